#include "host/quote.h"

#include "base/mem.h"
#include "base/test.h"

TEST(each_line_is_quoted_and_none_escapes) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1000);
    CHECK(quote_put(&b, STR("one\n\n> two\n\nDo this instead:\n"), 1000));
    CHECK_STR(buf_str(&b), "> one\n>\n> > two\n>\n> Do this instead:\n");
    buf_clear(&b);
    CHECK(!quote_put(&b, STR("one\ntwo\nthree"), 10));
    CHECK_STR(buf_str(&b), "> one\n");
}

TEST(an_issue_gives_its_branch_a_name) {
    static const struct {
        int64_t number;
        const char *title, *want;
    } rows[] = {
        {12, "Fix the login", "12-fix-the-login"},
        {12, "  --Fix: \"login\" (again)!  ", "12-fix-login-again"},
        {7, "\xe4\xbf\xae\xe6\xad\xa3", "issue-7"},
        {7, "", "issue-7"},
        {7, "...", "issue-7"},
        {7, "../../etc/passwd", "7-etc-passwd"},
        {7, "a@{b}~1^2:c?d*[e]\\.lock", "7-a-b-1-2-c-d-e-lock"},
        {1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_STR(quote_branch(a, rows[i].number, str(rows[i].title)), rows[i].want);
}
