#include "base/json.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"

static Json *parse(Arena *a, Str text) {
    Json *v;
    Err e;
    if (json_parse(a, text, JSON_DEPTH_MAX, &v, &e) < 0)
        test_fail(__FILE__, __LINE__, STR_FMT ": %s", STR_ARG(text), e.text);
    return v;
}

static void check_canonical(Str text, const char *want) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    JsonOut o = json_out(&b);
    json_put_canonical(&o, parse(a, text));
    CHECK_STR(buf_str(&b), want);
}

TEST(json_values_are_read) {
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"null", "null"},
        {" \t\r\n true \n", "true"},
        {"false", "false"},
        {"0", "0"},
        {"-0", "0"},
        {"-12", "-12"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9223372036854775808", "9.223372036854776e+18"},
        {"1.5", "1.5"},
        {"1E2", "100"},
        {"1e+2", "100"},
        {"25e-2", "0.25"},
        {"0.1", "0.1"},
        {"1e-7", "1e-07"},
        {"\"\"", "\"\""},
        {"\"abc\"", "\"abc\""},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
        {"\"\\u0041\\u00e9\\u20AC\"", "\"A\xC3\xA9\xE2\x82\xAC\""},
        {"\"\\u0000\\u001f\"", "\"\\u0000\\u001f\""},
        {"\"\x7F\"", "\"\x7F\""},
        {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""},
        {"\"\\uDBFF\\uDFFF\"", "\"\xF4\x8F\xBF\xBF\""},
        {"[]", "[]"},
        {"[ ]", "[]"},
        {"{}", "{}"},
        {"{ }", "{}"},
        {"[1,[2,[]],{}]", "[1,[2,[]],{}]"},
        {"{\"b\":1,\"a\":{\"d\":[],\"c\":null}}", "{\"a\":{\"c\":null,\"d\":[]},\"b\":1}"},
        {"{\"\":1,\"\\u0061\":2}", "{\"\":1,\"a\":2}"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
        {"{\"ab\":1,\"a\":2}", "{\"a\":2,\"ab\":1}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) check_canonical(str(rows[i].text), rows[i].canonical);
}

/* Agents print text that was cut in the middle of a surrogate pair. */
TEST(json_lone_surrogates_become_the_replacement_character) {
    static const char *const rows[] = {"\"\\ud83d\"",
                                       "\"\\ude00\"",
                                       "\"\\uDC00x\"",
                                       "\"\\ud83dx\"",
                                       "\"\\ud83d\\n\"",
                                       "\"\\ud83d\\u0041\"",
                                       "\"\\ud83d\\ud83d\\ude00\""};
    static const char *const want[] = {"\"\xEF\xBF\xBD\"",
                                       "\"\xEF\xBF\xBD\"",
                                       "\"\xEF\xBF\xBDx\"",
                                       "\"\xEF\xBF\xBDx\"",
                                       "\"\xEF\xBF\xBD\\n\"",
                                       "\"\357\277\275A\"",
                                       "\"\xEF\xBF\xBD\xF0\x9F\x98\x80\""};
    for (size_t i = 0; i < COUNT_OF(rows); i++) check_canonical(str(rows[i]), want[i]);
}

/* Most of these are cases of "Parsing JSON is a minefield" (N. Seriot, JSONTestSuite, its n_ files). */
TEST(json_refuses_what_is_not_json) {
    static const struct {
        const char *text;
        size_t at;
    } rows[] = {
        {"", 0},
        {" ", 1},
        {"nul", 0},
        {"nulL", 0},
        {"True", 0},
        {"NaN", 0},
        {"Infinity", 0},
        {"-", 1},
        {"+1", 0},
        {"-Infinity", 1},
        {"01", 2},
        {"-01", 3},
        {"1.", 2},
        {".5", 0},
        {"1.e1", 2},
        {"1e", 2},
        {"1e+", 3},
        {"0x1", 1},
        {"1_000", 1},
        {"1 2", 2},
        {"1e999", 5},
        {"-1e999", 6},
        {"'a'", 0},
        {"\"", 1},
        {"\"a", 2},
        {"\"\\\"", 3},
        {"\"\\", 1},
        {"\"\\x41\"", 1},
        {"\"\\u12\"", 1},
        {"\"\\u12G4\"", 1},
        {"\"\\u\"", 1},
        {"\"\\U0041\"", 1},
        {"\"a\nb\"", 2},
        {"\"a\tb\"", 2},
        {"\"\x01\"", 1},
        {"\"\x80\"", 1},
        {"\"\xC3\"", 1},
        {"\"\xED\xA0\x80\"", 1},
        {"\"\xF5\x80\x80\x80\"", 1},
        {"[", 1},
        {"[1", 2},
        {"[1,", 3},
        {"[1,]", 3},
        {"[,1]", 1},
        {"[1 2]", 3},
        {"[1}", 2},
        {"]", 0},
        {"[]]", 2},
        {"{", 1},
        {"{\"a\"}", 4},
        {"{\"a\":}", 5},
        {"{\"a\":1", 6},
        {"{\"a\":1,}", 7},
        {"{a:1}", 1},
        {"{1:1}", 1},
        {"{\"a\" 1}", 5},
        {"{\"a\":1 \"b\":2}", 7},
        {"{\"a\":1]", 6},
        {"[\"a\":1]", 4},
        {"{,}", 1},
        {"\xEF\xBB\xBF"
         "1",
         0},
        {"/**/1", 0},
        {"1 // x", 2},
        {"\"\\uD83D\\u\"", 7},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Json *v = NULL;
        Err e;
        char want[40];
        if (json_parse(a, str(rows[i].text), JSON_DEPTH_MAX, &v, &e) != -ERR_INVALID || v)
            test_fail(__FILE__, __LINE__, "%s was accepted", rows[i].text);
        snprintf(want, sizeof want, "not valid JSON at byte %zu:", rows[i].at);
        if (!str_starts(str(e.text), str(want))) test_fail(__FILE__, __LINE__, "%s: %s", rows[i].text, e.text);
    }
    Json *v;
    Err e;
    CHECK_ERR(json_parse(a, str_n("1\0", 2), 8, &v, &e), e, ERR_INVALID);
    CHECK_ERR(json_parse(a, str_n("\"\\\0\"", 4), 8, &v, &e), e, ERR_INVALID);
    CHECK_ERR(json_parse(a, (Str){0}, 8, &v, &e), e, ERR_INVALID);
}

/* Every offset of a special byte within the eight-byte steps of the scanner. */
TEST(json_strings_end_where_they_should_at_every_offset) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    static const char *const specials[] = {"\\n", "\xC3\xA9", "\\u00e9", "\xF0\x9F\x98\x80"};
    for (size_t before = 0; before < 20; before++) {
        for (size_t after = 0; after < 20; after++) {
            Str special = str(specials[(before + after) % COUNT_OF(specials)]);
            Str text = arena_fmt(a, "[\"%.*s" STR_FMT "%.*s\",7]", (int)before, "aaaaaaaaaaaaaaaaaaaa",
                                 STR_ARG(special), (int)after, "zzzzzzzzzzzzzzzzzzzz");
            const Json *v = parse(a, text);
            CHECK_I64(v->n, 2);
            CHECK_I64(v->items[1].i, 7);
            Str s = v->items[0].s;
            CHECK(s.n > before + after);
            CHECK(before == 0 || s.p[before - 1] == 'a');
            CHECK(after == 0 || s.p[s.n - after] == 'z');
        }
    }
}

TEST(json_depth_is_bounded) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf b;
    Json *v;
    Err e;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 32; i++) buf_add_str(&b, i % 2 ? STR("[") : STR("{\"a\":"));
    buf_add_c(&b, '1');
    for (int i = 32; i-- > 0;) buf_add_c(&b, i % 2 ? ']' : '}');
    CHECK_OK(json_parse(a, buf_str(&b), 32, &v, &e), e);
    CHECK_ERR(json_parse(a, buf_str(&b), 31, &v, &e), e, ERR_INVALID);
    buf_clear(&b);
    for (int i = 0; i < 100000; i++) buf_add_c(&b, '[');
    CHECK_ERR(json_parse(a, buf_str(&b), 1u << 30, &v, &e), e, ERR_INVALID);
    CHECK(strstr(e.text, "byte 512") && strstr(e.text, "nested too deeply"));
}

/* More children than fit on the local stack, in several open containers. */
TEST(json_wide_values_are_read) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    JsonOut o = json_out(&b);
    json_begin_array(&o);
    for (int i = 0; i < 300; i++) {
        json_begin_object(&o);
        json_kv_i64(&o, "i", i);
        json_key(&o, STR("list"));
        json_begin_array(&o);
        for (int k = 0; k < i; k++) json_put_i64(&o, k);
        json_end_array(&o);
        json_end_object(&o);
    }
    json_end_array(&o);
    const Json *v = parse(a, buf_str(&b));
    CHECK_I64(v->n, 300);
    for (int i = 0; i < 300; i++) {
        CHECK_I64(json_i64(&v->items[i], "i", -1), i);
        const Json *list = json_get(&v->items[i], "list");
        CHECK_I64(list->n, i);
        CHECK(i == 0 || list->items[i - 1].i == i - 1);
    }
}

TEST(json_numbers_are_the_nearest_doubles) {
    static const struct {
        const char *text;
        double want;
    } rows[] = {
        {"0.1", 0.1},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"123456789012345678", 123456789012345678.0},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"5e-324", 5e-324},
        {"1e-400", 0},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"9007199254740993.0", 9007199254740992.0},
        {"0.000000000000000000000000000000000000000000000000000000000000000000000000000000123456789", 1.23456789e-79},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"-1.25", -1.25},
        {"100000000000000000000000000000000000000000000000000000000000000000000000000000000e-80", 1.0},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Json *v = parse(a, str(rows[i].text));
        double got = v->type == JSON_INT ? (double)v->i : v->d;
        if (got != rows[i].want) test_fail(__FILE__, __LINE__, "%s is %.17g", rows[i].text, got);
    }
}

TEST(json_doubles_are_read_back_as_they_were_written) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    uint64_t state = 88172645463325252u; /* xorshift64, Marsaglia 2003 */
    for (int i = 0; i < 20000; i++) {
        double d;
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        memcpy(&d, &state, sizeof d);
        if (!isfinite(d)) continue;
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 100);
        JsonOut o = json_out(&b);
        json_put_f64(&o, d);
        const Json *v = parse(a, buf_str(&b));
        double got = v->type == JSON_INT ? (double)v->i : v->d;
        if (got != d) test_fail(__FILE__, __LINE__, "%.17g was written as %s", d, b.p);
    }
}

TEST(json_lookups_are_lenient) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const Json *v =
        parse(a, STR("{\"s\":\"x\",\"i\":-3,\"d\":2.9,\"big\":1e300,\"b\":true,\"o\":{\"p\":{\"q\":5}},\"n\":null}"));
    CHECK_STR(json_str(v, "s"), "x");
    CHECK(json_str(v, "i").p == NULL && json_str(NULL, "s").p == NULL && json_str(v, "none").p == NULL);
    CHECK_I64(json_i64(v, "i", 9), -3);
    CHECK_I64(json_i64(v, "d", 9), 2);
    CHECK_I64(json_i64(v, "big", 9), 9);
    CHECK_I64(json_i64(v, "s", 9), 9);
    CHECK(json_f64(v, "i", 0) == -3 && json_f64(v, "d", 0) == 2.9 && json_f64(v, "n", 7) == 7);
    CHECK(json_bool(v, "b", false) && json_bool(v, "none", true));
    CHECK_I64(json_at(v, "o.p.q")->i, 5);
    CHECK(json_at(v, "o.x.q") == NULL && json_at(v, "s.x") == NULL && json_at(NULL, "a") == NULL);
    CHECK_STR(json_get(v, "o")->raw, "{\"p\":{\"q\":5}}");
    CHECK_STR(json_get(v, "big")->raw, "1e300");
    CHECK_STR(json_get(v, "s")->raw, "\"x\"");
    CHECK(json_is(json_get(v, "n"), JSON_NULL) && !json_is(NULL, JSON_NULL));
}

TEST(json_text_without_escapes_is_borrowed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str text = STR("[\"plain\",\"with\\tescape\"]");
    const Json *v = parse(a, text);
    CHECK(v->items[0].s.p == text.p + 2);
    CHECK_STR(v->items[1].s, "with\tescape");
    CHECK(v->items[1].s.p < text.p || v->items[1].s.p > text.p + text.n);
}

TEST(json_writer_places_commas_and_escapes) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1000);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "s", STR("a\"\\\n\x01\x7F"));
    json_kv_i64(&o, "min", INT64_MIN);
    json_key(&o, STR("nan"));
    json_put_f64(&o, NAN);
    json_key(&o, STR("half"));
    json_put_f64(&o, -0.5);
    json_kv_bool(&o, "b", false);
    json_kv_raw(&o, "raw", STR("[1]"));
    json_key(&o, STR("list"));
    json_begin_array(&o);
    json_put_null(&o);
    json_begin_object(&o);
    json_end_object(&o);
    json_put_str(&o, (Str){0});
    json_end_array(&o);
    json_end_object(&o);
    CHECK_STR(buf_str(&b), "{\"s\":\"a\\\"\\\\\\n\\u0001\x7F\",\"min\":-9223372036854775808,\"nan\":null,\"half\":-0.5,"
                           "\"b\":false,\"raw\":[1],\"list\":[null,{},\"\"]}");
}

static void write_pair(const char *first, const char *second) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1000);
    JsonOut o = json_out(&b);
    buf_add_str(&b, STR("text before, with \" and {"));
    json_begin_array(&o);
    json_begin_object(&o);
    json_key(&o, str(first));
    json_begin_object(&o);
    json_kv_str(&o, "b", STR("\"a\":"));
    json_end_object(&o);
    json_kv_raw(&o, second, STR("{\"a\":[{\"c\":\"}\"}]}"));
    json_end_object(&o);
    json_end_array(&o);
}

/* The writer's assertion ends the process, so a forked one triggers it. */
static bool is_refused(const char *first, const char *second) {
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        signal(SIGABRT, SIG_DFL);
        write_pair(first, second);
        _exit(0);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

TEST(json_writer_cannot_write_a_member_twice) {
    CHECK(!is_refused("a", "b"));
    CHECK(!is_refused("a", "a\""));
    CHECK(is_refused("a", "a"));
    CHECK(is_refused("a\\\"", "a\\\""));
}

TEST(json_members_are_those_that_a_reader_sees) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    JsonMembers l = json_members(a, parse(a, STR("{\"a\":1,\"b\":2,\"a\":3,\"c\":4}")));
    CHECK_I64(l.n, 3);
    CHECK_STR(l.items[0]->key, "b");
    CHECK_STR(l.items[1]->key, "a");
    CHECK_I64(l.items[1]->value.i, 3);
    CHECK_STR(l.items[2]->key, "c");
    CHECK_I64(json_members(a, parse(a, STR("[1]"))).n + json_members(a, NULL).n, 0);
}

TEST(json_writer_replaces_bytes_that_are_not_utf8) {
    static const struct {
        const char *bytes, *want;
    } rows[] = {
        {"a\xFF"
         "b",
         "\"a\xEF\xBF\xBD"
         "b\""},
        {"\xC3", "\"\xEF\xBF\xBD\""},
        {"\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xC3\xA9\x80", "\"\xC3\xA9\xEF\xBF\xBD\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 100);
        JsonOut o = json_out(&b);
        json_put_str(&o, str(rows[i].bytes));
        CHECK_STR(buf_str(&b), rows[i].want);
    }
}
