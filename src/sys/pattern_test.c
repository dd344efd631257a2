/* Literal and regular search, its errors, and that nothing makes it run on. */
#include "sys/pattern.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"

enum { LONG_US = 20 * 1000 * 1000 };

typedef struct Case {
    const char *pattern;
    bool is_regex, is_case_sensitive;
    const char *text, *match; /* match: NULL: none */
} Case;

static void check_case(const Case *c) {
    CLEANUP(pattern_freep) Pattern *p = NULL;
    PatternSpan at = {0};
    Err e = {0};
    CHECK_OK(pattern_new(&(PatternSpec){str(c->pattern), c->is_regex, c->is_case_sensitive}, &p, &e), e);
    PatternFound f = pattern_find(p, str(c->text), 0, clock_mono_us() + LONG_US, &at);
    CHECK_I64(f, c->match ? PATTERN_FOUND : PATTERN_NONE);
    if (c->match) CHECK_STR(str_from(str_upto(str(c->text), at.end), at.begin), c->match);
}

TEST(text_is_found_as_it_is_or_by_an_expression) {
    static const Case cases[] = {
        {"a.c", false, false, "abc a.c", "a.c"},
        {"A.C", false, false, "abc a.c", "a.c"},
        {"A.C", false, true, "abc a.c", NULL},
        {"(", false, false, "f(x)", "("},
        {"\\Qx", false, false, "\\qX", "\\qX"},
        {"STRASSE \xc3\x84", false, false, "strasse \xc3\xa4", "strasse \xc3\xa4"}, /* Ä ä */
        {"\xce\xa3", false, false, "\xcf\x82", "\xcf\x82"},                         /* Σ ς */
        {"k", false, false, "\xe2\x84\xaa", "\xe2\x84\xaa"},                        /* the Kelvin sign */
        {"\xd0\x9f\xd1\x80", false, false, "\xd0\xbf\xd0\xa0", "\xd0\xbf\xd0\xa0"}, /* Cyrillic */
        {"a.c", true, false, "xABCx", "ABC"},
        {"^b$", true, false, "a\nb\r\nc", "b"},
        {"\\w+", true, true, "-\xc3\xa9t\xc3\xa9-", "\xc3\xa9t\xc3\xa9"},
        {"x*", true, true, "aaxxb", "xx"}, /* not the empty ones before it */
        {"x*", true, true, "aa", NULL},
        {"a\\K", true, true, "ba", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) check_case(&cases[i]);
}

TEST(a_pattern_that_is_not_valid_names_the_place) {
    static const struct {
        const char *pattern, *part;
    } cases[] = {{"a(b", "after character 3"},
                 {"\xc3\xa4\xc3\xb6[z-a]", "after character 5"},
                 {"\\C", "after character 2"},
                 {"(?=a\\K)", "after character 7"},
                 {"((ab){1000}){1000}", "regular expression is"},
                 {"", "1 to 1000 characters"},
                 {"\xff", "1 to 1000 characters"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Pattern *p = NULL;
        Err e = {0};
        size_t at;
        CHECK_I64(pattern_new(&(PatternSpec){str(cases[i].pattern), true, false}, &p, &e), -ERR_INVALID);
        CHECK(str_find(str(e.text), str(cases[i].part), &at));
    }
    CLEANUP(buf_done) Buf deep, long_one;
    buf_init(&deep, 4096);
    buf_init(&long_one, 4096);
    for (int i = 0; i < 400; i++) buf_add_c(&deep, '(');
    for (int i = 0; i < 1001; i++) buf_add_c(&long_one, 'x');
    Pattern *p = NULL;
    Err e = {0};
    CHECK_I64(pattern_new(&(PatternSpec){buf_str(&deep), true, false}, &p, &e), -ERR_INVALID);
    CHECK_I64(pattern_new(&(PatternSpec){buf_str(&long_one), false, false}, &p, &e), -ERR_INVALID);
}

/* Each of them would take longer than the universe is old, or hours on a long text. */
TEST(no_pattern_makes_a_search_run_on) {
    static const char *const patterns[] = {"(a+)+$",
                                           "(a|aa)+$",
                                           "(a|a?)+$",
                                           "a*a*a*a*a*a*[bc]",
                                           "(.*)*[bc]",
                                           "((a*)*)*[bc]",
                                           "(?:a?){40}a{40}[bc]",
                                           "^(([a-z])+.)+[A-Z]([a-z])+$",
                                           "a*[bc]",
                                           "(?<=a)a*[bc]",
                                           "(?:(?R)|a)*[bc]"};
    CLEANUP(buf_done) Buf text;
    buf_init(&text, 4 << 20);
    for (int i = 0; i < 1 << 20; i++) buf_add_c(&text, 'a');
    buf_add_c(&text, '!');
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        CLEANUP(pattern_freep) Pattern *p = NULL;
        PatternSpan at;
        Err e = {0};
        CHECK_OK(pattern_new(&(PatternSpec){str(patterns[i]), true, false}, &p, &e), e);
        int64_t begun = clock_mono_us();
        (void)pattern_find(p, buf_str(&text), 0, begun + 20000, &at);
        CHECK(clock_mono_us() - begun < LONG_US); /* the deadline is 20 ms; slow machines get much more */
    }
}

TEST(a_search_goes_on_behind_a_match) {
    CLEANUP(pattern_freep) Pattern *p = NULL;
    PatternSpan at = {0};
    Err e = {0};
    Str text = STR("ab ab \xff ab");
    size_t from = 0;
    int n = 0;
    CHECK_OK(pattern_new(&(PatternSpec){STR("\\bAB\\b"), true, false}, &p, &e), e);
    while (pattern_find(p, text, from, clock_mono_us() + LONG_US, &at) == PATTERN_FOUND) from = at.end, n++;
    CHECK_I64(n, 3);
    CHECK_I64(pattern_find(p, text, 0, 0, &at), PATTERN_LATE);
}
