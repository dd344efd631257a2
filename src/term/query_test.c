/* Questions of programs: found in any cut of their output, answered, and left out of what viewers get. */
#include "term/query.h"

#include <stdlib.h>

#include "base/test.h"

/* The questions, as letters in order, however the bytes are cut. */
static void find_all(Str bytes, size_t piece, char *out, Buf *titles) {
    static const char letters[] = " asSPDZT";
    QueryScan s = {0};
    for (size_t i = 0; i < bytes.n; i += piece) {
        Str rest = str_upto(str_from(bytes, i), piece), title;
        while (rest.n) {
            size_t used;
            Query q = query_next(&s, rest, &used, &title);
            rest = str_from(rest, used);
            if (q) *out++ = letters[q];
            if (q == QUERY_TITLE) buf_add_str(titles, title), buf_add_c(titles, '|');
        }
    }
    *out = 0;
}

static const struct {
    const char *bytes, *found, *titles, *left;
} cases[] = {
    {"plain \033[1;31mred\033[m\r\n", "", "", "plain \033[1;31mred\033[m\r\n"},
    {"a\033[cb\033[0cd\033[>cx\033[>0cy", "aass", "", "abdxy"},
    {"\033[5n\033[6n\033[?6n\033[18t", "SPDZ", "", ""},
    {"\033[21t\033[6;1n\033[=c\033[14t\033[?5n", "", "",
     "\033[21t\033[6;1n\033[=c\033[14t\033[?5n"}, /* never answered */
    {"\033]0;one\a\033]2;two\033\\x\033]1;icon\a\033]52;c;?\a", "TT", "one|two|",
     "\033]0;one\a\033]2;two\033\\x\033]1;icon\a\033]52;c;?\a"},
    {"\033]2;un\033[6nfinished", "P", "", "\033]2;un\030finished"}, /* the string was never ended */
    {"\033P+q544e\033[c\033\\\033[c", "aa", "", "\033P+q544e\030\033\\"},
    {"\033\033[c", "a", "", "\033"},
    {"\033[\033[c", "a", "", "\033["},
    {"\033[6\r\nn", "P", "", "\r\n"},
    {"\033[\0306n\033[1234567890123456789012345678901234567890n", "", "",
     "\033[\0306n\033[1234567890123456789012345678901234567890n"},
    {"\033(B\033[2J\033M\033[c", "a", "", "\033(B\033[2J\033M"},
};

TEST(questions_and_titles_are_found_in_any_cut_and_left_out) {
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t piece = 1; piece <= 64; piece = piece < 4 ? piece + 1 : piece * 4) {
            char found[32];
            CLEANUP(buf_done) Buf titles, left;
            buf_init(&titles, 4096);
            buf_init(&left, 4096);
            Str bytes = str(cases[i].bytes);
            find_all(bytes, piece, found, &titles);
            QueryScan s = {0};
            for (size_t k = 0; k < bytes.n; k += piece) query_strip(&s, str_upto(str_from(bytes, k), piece), &left);
            bool fits = strcmp(found, cases[i].found) == 0 && str_is(buf_str(&titles), cases[i].titles) &&
                        str_is(buf_str(&left), cases[i].left);
            if (!fits)
                test_fail(__FILE__, __LINE__, "case %zu in pieces of %zu: `%s` `" STR_FMT "` `" STR_FMT "`", i, piece,
                          found, STR_ARG(buf_str(&titles)), STR_ARG(buf_str(&left)));
        }
}

TEST(answers_are_those_of_the_screen) {
    Term *t = term_new((TermSize){30, 90});
    char out[QUERY_ANSWER_SIZE];
    term_feed(t, STR("\033[7;11Hx"));
    CHECK_STR(query_answer(QUERY_CURSOR, t, out), "\033[7;12R");
    CHECK_STR(query_answer(QUERY_CURSOR_DEC, t, out), "\033[?7;12R");
    CHECK_STR(query_answer(QUERY_SIZE, t, out), "\033[8;30;90t");
    CHECK_STR(query_answer(QUERY_STATUS, NULL, out), "\033[0n");
    CHECK_STR(query_answer(QUERY_ATTRIBUTES, NULL, out), "\033[?62;22c");
    CHECK_STR(query_answer(QUERY_TITLE, NULL, out), "");
    term_free(t);
}

/* What is left has no questions: a second pass finds none and changes nothing. */
TEST(any_bytes_are_taken_and_stripping_leaves_no_question) {
    static const char some[] = "\033\033[[]P0;6n5c>?t18\a\\\030\032 ab\r\n";
    srandom(7);
    for (int round = 0; round < 3000; round++) {
        char bytes[200], found[200];
        size_t n = 1 + (size_t)random() % (sizeof bytes - 1);
        for (size_t i = 0; i < n; i++) bytes[i] = some[(size_t)random() % (sizeof some - 1)];
        CLEANUP(buf_done) Buf left, titles;
        buf_init(&left, 1024);
        buf_init(&titles, 4096);
        QueryScan s = {0};
        query_strip(&s, str_n(bytes, n), &left);
        find_all(buf_str(&left), 7, found, &titles);
        for (const char *p = found; *p; p++)
            if (*p != 'T') test_fail(__FILE__, __LINE__, "round %d leaves %s", round, found);
    }
}
