#include "base/str.h"

#include <stdlib.h>

#include "base/test.h"

TEST(str_compares_by_bytes) {
    static const struct {
        const char *a, *b;
        int sign;
    } rows[] = {{"", "", 0},    {"a", "", 1},     {"", "a", -1},    {"a", "b", -1},
                {"ab", "a", 1}, {"\xFF", "a", 1}, {"abc", "abc", 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int order = str_cmp(str(rows[i].a), str(rows[i].b));
        CHECK_I64((order > 0) - (order < 0), rows[i].sign);
    }
    CHECK(str_ieq(STR("Content-Type"), STR("content-tYPE")));
    CHECK(!str_ieq(STR("a["), STR("a{")));
}

TEST(str_takes_parts) {
    size_t at;
    CHECK_STR(str_trim(STR(" \t a b \r\n")), "a b");
    CHECK_STR(str_trim(STR("  ")), "");
    CHECK_STR(str_from(STR("abc"), 5), "");
    CHECK_STR(str_upto(STR("abc"), 2), "ab");
    CHECK(str_starts(STR("abc"), STR("ab")) && !str_starts(STR("a"), STR("ab")));
    CHECK(str_ends(STR("abc"), STR("bc")) && str_ends(STR("abc"), STR("")) && !str_ends(STR("c"), STR("bc")));
    CHECK(str_find(STR("hello"), STR("l"), &at) && at == 2);
    CHECK(str_find(STR("hello"), STR(""), &at) && at == 0);
    CHECK(!str_find(STR("hello"), STR("x"), &at) && !str_find((Str){0}, STR("x"), &at));
}

TEST(str_splits_into_all_parts) {
    static const struct {
        const char *text, *joined;
    } rows[] = {{"a,b", "[a][b]"}, {"a", "[a]"}, {"", "[]"}, {",", "[][]"}, {"a,,b,", "[a][][b][]"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 100);
        Str rest = str(rows[i].text), part;
        while (str_split(&rest, ',', &part)) buf_add_fmt(&b, "[" STR_FMT "]", STR_ARG(part));
        CHECK_STR(buf_str(&b), rows[i].joined);
    }
}

/* RFC 3629 sections 3 and 4; the bad sequences follow Markus Kuhn's "UTF-8 decoder capability and stress test". */
TEST(characters_are_counted_instead_of_bytes) {
    CHECK_I64(str_chars(STR("")), 0);
    CHECK_I64(str_chars(STR("abc")), 3);
    CHECK_I64(str_chars(STR("a\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e")), 4);
    CHECK_I64(str_chars(STR("\xff\x80z")), 3);
}

TEST(utf8_is_distinguished_from_other_bytes) {
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"", true},
        {"plain", true},
        {"\xC2\x80", true},
        {"\xDF\xBF", true},
        {"\xE0\xA0\x80", true},
        {"\xED\x9F\xBF", true},
        {"\xEE\x80\x80", true},
        {"\xEF\xBF\xBF", true},
        {"\xF0\x90\x80\x80", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"a\xE2\x82\xAC"
         "b",
         true},
        {"\x80", false},
        {"\xBF", false},
        {"\xC0\xAF", false},
        {"\xC1\xBF", false},
        {"\xC2", false},
        {"\xC2"
         "a",
         false},
        {"\xE0\x9F\xBF", false},
        {"\xED\xA0\x80", false},
        {"\xED\xBF\xBF", false},
        {"\xE2\x82", false},
        {"\xE2\x82"
         "a",
         false},
        {"\xF0\x8F\xBF\xBF", false},
        {"\xF4\x90\x80\x80", false},
        {"\xF5\x80\x80\x80", false},
        {"\xF8\x88\x80\x80\x80", false},
        {"\xFE", false},
        {"\xFF", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (str_is_utf8(str(rows[i].text)) != rows[i].good) test_fail(__FILE__, __LINE__, "row %zu", i);
}

TEST(whole_numbers_are_parsed_strictly) {
    static const struct {
        const char *text;
        bool good;
        int64_t v;
    } rows[] = {{"0", true, 0},
                {"-1", true, -1},
                {"007", true, 7},
                {"9223372036854775807", true, INT64_MAX},
                {"-9223372036854775808", true, INT64_MIN},
                {"9223372036854775808", false, 0},
                {"-9223372036854775809", false, 0},
                {"", false, 0},
                {"-", false, 0},
                {"+1", false, 0},
                {" 1", false, 0},
                {"1 ", false, 0},
                {"1.0", false, 0},
                {"0x1", false, 0},
                {"99999999999999999999999", false, 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t v = 42;
        CHECK(str_parse_i64(str(rows[i].text), INT64_MIN, INT64_MAX, &v) == rows[i].good);
        CHECK_I64(v, rows[i].good ? rows[i].v : 42);
    }
    int64_t v;
    CHECK(!str_parse_i64(STR("11"), 0, 10, &v) && !str_parse_i64(STR("-1"), 0, 10, &v));
}

TEST(fractions_are_parsed_strictly) {
    static const struct {
        const char *text;
        bool good;
        double v;
    } rows[] = {{"1.5", true, 1.5}, {"-2e3", true, -2000}, {"0", true, 0},     {".5", true, 0.5},
                {"nan", false, 0},  {"inf", false, 0},     {"0x10", false, 0}, {"1e999", false, 0},
                {" 1", false, 0},   {"1,5", false, 0},     {"", false, 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double v = 42;
        CHECK(str_parse_f64(str(rows[i].text), &v) == rows[i].good);
        CHECK(v == (rows[i].good ? rows[i].v : 42));
    }
}

TEST(buf_stops_at_its_maximum) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 10);
    CHECK_STR(buf_str(&b), "");
    CHECK(buf_add_str(&b, STR("12345")) && buf_add_fmt(&b, "%d", 678));
    CHECK(!buf_add_str(&b, STR("9ab")) && b.failed);
    CHECK(!buf_add_c(&b, 'x'));
    CHECK_STR(buf_str(&b), "12345678");
    CHECK_I64(b.p[b.n], 0);
    buf_clear(&b);
    CHECK(buf_add(&b, "0123456789", 10) && !buf_add_c(&b, 'x'));
    CHECK_STR(buf_str(&b), "0123456789");
}

TEST(buf_drops_from_the_front_and_hands_over) {
    CLEANUP(buf_done) Buf b;
    size_t n;
    buf_init(&b, 1000);
    buf_drop(&b, 3);
    buf_add_str(&b, STR("abcdef"));
    buf_drop(&b, 2);
    CHECK_STR(buf_str(&b), "cdef");
    CLEANUP(free_p) char *taken = buf_take(&b, &n);
    CHECK_STR(str_n(taken, n), "cdef");
    CHECK_I64(b.n, 0);
    buf_drop(&b, 1);
    CLEANUP(free_p) char *empty = buf_take(&b, &n);
    CHECK(n == 0 && *empty == '\0');
}
