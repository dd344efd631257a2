/* Lines added and removed: the shortest difference, and unified diffs. */
#include "adapter/figures.h"
#include "base/mem.h"
#include "base/test.h"

TEST(lines_are_counted_with_a_last_one_without_newline) {
    CHECK_I64(figures_lines(STR("")), 0);
    CHECK_I64(figures_lines(STR("a")), 1);
    CHECK_I64(figures_lines(STR("a\n")), 1);
    CHECK_I64(figures_lines(STR("a\n\nb")), 3);
}

TEST(the_shortest_difference_is_counted) {
    static const struct {
        const char *before, *after;
        int64_t added, removed;
    } cases[] = {
        {"", "", 0, 0},
        {"", "a\nb\n", 2, 0},
        {"a\nb\n", "", 0, 2},
        {"a\nb\nc\n", "a\nB\nc\n", 1, 1},
        {"a\nb\nc\n", "a\nb\nc", 1, 1},                        /* the newline at the end is part of the line */
        {"a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", 2, 3}, /* Myers 1986, figure 1 */
        {"x\na\ny\n", "a\n", 0, 2},
        {"a\na\na\n", "a\na\na\na\n", 1, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        LineCount n = {-1, -1};
        CHECK(figures_change(str(cases[i].before), str(cases[i].after), &n));
        CHECK_I64(n.added, cases[i].added);
        CHECK_I64(n.removed, cases[i].removed);
    }
}

static void put_lines(Buf *b, const char *word, int n) {
    buf_init(b, 1 << 20);
    for (int i = 0; i < n; i++) buf_add_fmt(b, "%s %d\n", word, i);
}

TEST(what_differs_too_much_is_not_counted) {
    CLEANUP(buf_done) Buf a, b, c;
    LineCount n;
    put_lines(&a, "old", 600);
    put_lines(&b, "new", 600);
    put_lines(&c, "new", 20001);
    CHECK(!figures_change(buf_str(&a), buf_str(&b), &n));
    CHECK(!figures_change((Str){0}, buf_str(&c), &n));
    CHECK(figures_change((Str){0}, buf_str(&b), &n));
    CHECK_I64(n.added, 600);
}

TEST(a_unified_diff_is_counted_hunk_by_hunk) {
    static const struct {
        const char *diff;
        bool ok;
        int64_t added, removed;
    } cases[] = {
        {"@@ -1,2 +1,2 @@\n a\n-b\n+c\n", true, 1, 1},
        {"--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n+--- a\n++++ b\n", true, 2, 1},
        {"@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n", true, 1, 0},
        {"@@ -1,2 +1,1 @@ void f()\n-a\n b\n@@ -9 +8 @@\n-c\n+d\n\n\nMoved to: y", true, 1, 2},
        {"@@ -1,3 +1,2 @@\n a\n-b\n", false, 0, 0}, /* cut */
        {"@@ -1,1 +1,1 @@\nx\n", false, 0, 0},
        {"@@ -1,1 @@\n-x\n", false, 0, 0},
        {"hello\n", false, 0, 0},
        {"", false, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        LineCount n = {0};
        CHECK_I64(figures_patch(str(cases[i].diff), &n), cases[i].ok);
        CHECK_I64(n.added, cases[i].added);
        CHECK_I64(n.removed, cases[i].removed);
    }
}
