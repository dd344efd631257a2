#include "host/answer.h"

#include "base/mem.h"
#include "base/test.h"

static const Json *parse(Arena *a, const char *text) {
    Json *j = NULL;
    Err e = {0};
    CHECK_OK(json_parse(a, str(text), 64, &j, &e), e);
    return j;
}

TEST(what_is_required_must_be_there_and_have_its_type) {
    static const struct {
        const char *json, *fault;
    } rows[] = {
        {"{\"n\":3,\"s\":\"x\",\"b\":true,\"t\":\"2026-01-02T03:04:05Z\",\"l\":[],\"more\":{}}", ""},
        {"{\"s\":\"x\",\"b\":true,\"t\":\"2026-01-02T03:04:05Z\",\"l\":[]}", "n is not a number"},
        {"{\"n\":\"3\",\"s\":\"x\",\"b\":true,\"t\":\"2026-01-02T03:04:05Z\",\"l\":[]}", "n is not a number"},
        {"{\"n\":-3,\"s\":\"x\",\"b\":true,\"t\":\"2026-01-02T03:04:05Z\",\"l\":[]}", "n is not a number"},
        {"{\"n\":3,\"s\":null,\"b\":true,\"t\":\"2026-01-02T03:04:05Z\",\"l\":[]}", "s is not text"},
        {"{\"n\":3,\"s\":7,\"b\":true,\"t\":\"2026-01-02T03:04:05Z\",\"l\":[]}", "s is not text"},
        {"{\"n\":3,\"s\":\"x\",\"b\":\"true\",\"t\":\"2026-01-02T03:04:05Z\",\"l\":[]}", "b is not true or false"},
        {"{\"n\":3,\"s\":\"x\",\"b\":true,\"t\":\"yesterday\",\"l\":[]}", "t is not a time"},
        {"{\"n\":3,\"s\":\"x\",\"b\":true,\"t\":\"2026-01-02T03:04:05Z\",\"l\":{}}", "l is not a list"},
        {"[]", "n is not a number"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Answer x = {.arena = a, .program = "gh"};
        const Json *o = parse(a, rows[i].json);
        Err e = {0};
        (void)answer_number(&x, o, "n");
        (void)answer_line(&x, o, "s", 10);
        (void)answer_bool(&x, o, "b");
        (void)answer_time(&x, o, "t");
        (void)answer_array(&x, o, "l");
        CHECK_STR(str(x.fault), rows[i].fault);
        CHECK_I64(answer_end(&x, &e), rows[i].fault[0] ? -ERR_PROVIDER : 0);
    }
}

TEST(text_of_a_host_cannot_act_on_a_terminal_nor_hide) {
    static const struct {
        const char *json, *want;
    } rows[] = {
        {"\"plain\"", "plain"},
        {"\"a\\u001b[31mred\\u0007\\r\\nb\"", "ared b"},
        {"\"left \\u202eright\\u2066!\"", "left right!"},
        {"\"shown\\udb40\\udc69\\udb40\\udc67\"", "shown"},
        {"\"caf\\u00e9 \\ud83d\\ude00\"", "caf\xc3\xa9 \xf0\x9f\x98\x80"},
        {"\"a\\u0000b\"", "ab"},
        {"\"  \\t\\n \"", ""},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Answer x = {.arena = a, .program = "gh"};
        CHECK_STR(answer_line(&x, parse(a, rows[i].json), "", 100), rows[i].want);
    }
}

TEST(a_line_is_cut_between_characters_and_a_text_says_so) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Answer x = {.arena = a, .program = "gh"};
    bool is_cut;
    CHECK_STR(answer_line(&x, parse(a, "\"caf\\u00e9\""), "", 4), "caf");
    CHECK_STR(answer_text(&x, parse(a, "{\"b\":\"one\\r\\ntwo\"}"), "b", 100, &is_cut), "one\ntwo");
    CHECK(!is_cut);
    CHECK_STR(answer_text(&x, parse(a, "{\"b\":\"one two\"}"), "b", 3, &is_cut), "one");
    CHECK(is_cut);
    CHECK_STR(answer_text(&x, parse(a, "{\"b\":null}"), "b", 3, &is_cut), "");
    CHECK_STR(str(x.fault), "");
}

TEST(only_a_web_address_is_one_to_open) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Answer x = {.arena = a, .program = "gh"};
    CHECK_STR(answer_find_url(&x, parse(a, "\"https://github.com/a/b\""), ""), "https://github.com/a/b");
    CHECK(!answer_find_url(&x, parse(a, "\"javascript:alert(1)\""), "").p);
    CHECK(!answer_find_url(&x, parse(a, "\"file:///etc/passwd\""), "").p);
}
