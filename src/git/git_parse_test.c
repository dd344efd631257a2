#include "git/diff_parse.h"
#include "git/git_parse.h"

#include "base/mem.h"
#include "base/test.h"

/* NUL inside a recording is written as '@'. */
static Str recorded(Arena *a, const char *text) {
    Str s = arena_str(a, str(text));
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '@') ((char *)s.p)[i] = '\0';
    return s;
}

/* git 2.39.5 */
static const char status_text[] =
    "# branch.oid 46fde2245c086ba8ac567237cd3155aa24c90c36@# branch.head master@# branch.upstream origin/master@"
    "# branch.ab +2 -1@"
    "2 R. N... 100644 100644 100644 587be6b4c3f93f93c489c0111bba5596147a26cb 587be6b4c3f93f93c489c0111bba5596147a26cb "
    "R100 new name@old\nname@"
    "1 .M N... 120000 120000 100644 4d1ae35ba2c8ec712fa2a379db44ad639ca277bd 4d1ae35ba2c8ec712fa2a379db44ad639ca277bd lnk@"
    "u UU N... 100644 100644 100644 100644 de980441c3ab03a8c07dda1ad27b8a11f39deb1e "
    "0c02cccd4ca03aab5fcf3996660d5c0f5020a107 7be73ce3c1b1cdaea86e8168dfee8575175953bf f@? -dash\ttab\xff@! ignored/@";

TEST(reads_a_status_with_odd_names) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitStatusRaw st;
    Err e = {0};
    CHECK_OK(git_parse_status(a, recorded(a, status_text), &st, &e), e);
    CHECK_STR(st.branch, "master");
    CHECK_STR(st.upstream, "origin/master");
    CHECK_I64(st.ahead, 2);
    CHECK_I64(st.behind, 1);
    CHECK_I64(st.entries.n, 5);
    CHECK_STR(st.entries.items[0].path, "new name");
    CHECK_STR(st.entries.items[0].from, "old\nname");
    CHECK(st.entries.items[0].index == 'R' && st.entries.items[0].tree == '.');
    CHECK(st.entries.items[1].tree == 'M');
    CHECK(st.entries.items[2].kind == 'u');
    CHECK_STR(st.entries.items[3].path, "-dash\ttab\xff");
    CHECK_STR(st.entries.items[4].path, "ignored/");
}

TEST(reads_a_status_before_the_first_commit_and_a_detached_one) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitStatusRaw st;
    Err e = {0};
    CHECK_OK(git_parse_status(a, recorded(a, "# branch.oid (initial)@# branch.head main@"), &st, &e), e);
    CHECK(!st.oid.p);
    CHECK_OK(git_parse_status(a, recorded(a, "# branch.oid abc@# branch.head (detached)@"), &st, &e), e);
    CHECK(!st.branch.p);
}

static const char worktree_text[] =
    "worktree /r/main@HEAD 46fde2245c086ba8ac567237cd3155aa24c90c36@branch refs/heads/main@@"
    "worktree /r/odd\nname@HEAD 46fde2245c086ba8ac567237cd3155aa24c90c36@detached@locked why\nnot@@"
    "worktree /r/gone@HEAD 0000000000000000000000000000000000000000@branch refs/heads/x@locked@prunable gitdir file "
    "points to non-existent location@@worktree /r/bare.git@bare@@";

TEST(reads_a_list_of_worktrees) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitWorktreeList l;
    Err e = {0};
    CHECK_OK(git_parse_worktrees(a, recorded(a, worktree_text), &l, &e), e);
    CHECK_I64(l.n, 4);
    CHECK_STR(l.items[0].branch, "refs/heads/main");
    CHECK(!l.items[0].locked.p && !l.items[0].prunable.p);
    CHECK_STR(l.items[1].path, "/r/odd\nname");
    CHECK(!l.items[1].branch.p);
    CHECK_STR(l.items[1].locked, "why\nnot");
    CHECK(l.items[2].locked.p && l.items[2].locked.n == 0 && l.items[2].prunable.n > 0);
    CHECK(l.items[3].is_bare);
}

TEST(reads_refs_and_symbolic_ones) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitRefList l;
    Err e = {0};
    Str out = recorded(a, "refs/heads/main@abc@\nrefs/remotes/origin/HEAD@abc@refs/remotes/origin/main\n");
    CHECK_OK(git_parse_refs(a, out, &l, &e), e);
    CHECK_I64(l.n, 2);
    CHECK_I64(l.items[0].symref.n, 0);
    CHECK_STR(l.items[1].symref, "refs/remotes/origin/main");
}

TEST(finds_each_configured_driver_once) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitDriverList l;
    Err e = {0};
    Str out = recorded(a, "user.name@filter.lfs.clean@filter.lfs.smudge@filter.a.b=c.process@merge.ours.driver@"
                          "diff.external@merge.tool@diff.x.textconv@filter.clean@difftool.x.cmd@filters.x.y@");
    CHECK_OK(git_parse_drivers(a, out, 10, &l, &e), e);
    CHECK_I64(l.n, 4);
    CHECK_STR(l.items[0].name, "lfs");
    CHECK_STR(l.items[1].name, "a.b=c");
    CHECK_STR(l.items[2].name, "ours");
    CHECK_STR(l.items[3].name, "x");
    CHECK_ERR(git_parse_drivers(a, out, 3, &l, &e), e, ERR_GIT);
}

static const char diff_text[] =
    ":100644 100644 0c02ccc 0000000 M@f@:100644 100644 587be6b 587be6b R100@g@h@:120000 100644 4d1ae35 0000000 T@lnk@"
    ":100644 000000 4d1ae35 0000000 D@say \"hi\"@:000000 100755 0000000 1234567 A@bin@"
    "4\t1\tf@0\t0\t@g@h@1\t1\tlnk@0\t2\tsay \"hi\"@-\t-\tbin@";

static const char patch_text[] =
    "diff --git a/f b/f\nindex 0c02ccc..a54b4de 100644\n--- a/f\n+++ b/f\n@@ -1,3 +1,4 @@ int main(void)\n a\n-b\n+B\n+C\n c\n"
    "\\ No newline at end of file\n"
    "@@ -10 +11 @@\n-x\n+y\n"
    "diff --git a/g b/h\nsimilarity index 100%\nrename from g\nrename to h\n"
    "diff --git a/unlisted b/unlisted\n--- a/unlisted\n+++ b/unlisted\n@@ -1 +1 @@\n-1\n+2\n"
    "diff --git a/lnk b/lnk\ndeleted file mode 120000\n--- a/lnk\n+++ /dev/null\n@@ -1 +0,0 @@\n-f\n"
    "\\ No newline at end of file\n"
    "diff --git a/lnk b/lnk\nnew file mode 100644\n--- /dev/null\n+++ b/lnk\n@@ -0,0 +1 @@\n+hello\n"
    "diff --git \"a/say \\\"hi\\\"\" \"b/say \\\"hi\\\"\"\ndeleted file mode 100644\n--- \"a/say \\\"hi\\\"\"\n+++ /dev/null\n"
    "@@ -1,2 +0,0 @@\n--- a/not a header\n-+++ b/nor this\n"
    "diff --git a/bin b/bin\nnew file mode 100755\nBinary files /dev/null and b/bin differ\n";

static GitDiffFileList parsed(Arena *a, const GitLineWindow *w) {
    GitDiffFileList l;
    GitDiffTotals all;
    Err e = {0};
    CHECK_OK(git_parse_diff_files(a, recorded(a, diff_text), 10, &l, &all, &e), e);
    CHECK_I64(all.files, 5);
    CHECK_I64(all.added, 5);
    CHECK_I64(all.removed, 4);
    CHECK_OK(git_parse_patches(a, arena_str(a, str(patch_text)), w, &l, &e), e);
    return l;
}

TEST(reads_the_files_of_a_diff) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitDiffFileList l = parsed(a, &(GitLineWindow){0, 100});
    CHECK_I64(l.n, 5);
    CHECK_I64(l.items[0].added, 4);
    CHECK_I64(l.items[1].status, GIT_FILE_RENAMED);
    CHECK_STR(l.items[1].old_path, "g");
    CHECK_STR(l.items[1].path, "h");
    CHECK_I64(l.items[2].status, GIT_FILE_TYPE_CHANGED);
    CHECK_STR(l.items[3].path, "say \"hi\"");
    CHECK_STR(l.items[4].new_mode, "100755");
    CHECK(!l.items[4].old_mode.p);
    CHECK(l.items[4].is_binary);
}

TEST(numbers_the_lines_of_hunks) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitDiffFileList l = parsed(a, &(GitLineWindow){0, 100});
    CHECK_I64(l.items[0].hunks.n, 2);
    const GitDiffHunk *h = &l.items[0].hunks.items[0];
    CHECK_STR(h->section, "int main(void)");
    CHECK_I64(h->lines.n, 5);
    CHECK_I64(h->lines.items[1].type, GIT_LINE_REMOVED);
    CHECK_I64(h->lines.items[1].old_line, 2);
    CHECK_I64(h->lines.items[3].new_line, 3);
    CHECK_I64(h->lines.items[4].new_line, 4);
    CHECK(h->lines.items[4].no_newline);
    CHECK_I64(l.items[0].hunks.items[1].new_start, 11);
}

TEST(gives_hunks_only_to_the_file_that_the_header_names) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitDiffFileList l = parsed(a, &(GitLineWindow){0, 100});
    CHECK_I64(l.items[1].hunks.n, 0);
    CHECK_I64(l.items[2].hunks.n, 2);
    CHECK_STR(l.items[2].hunks.items[1].lines.items[0].text, "hello");
    CHECK_I64(l.items[3].hunks.n, 1);
    CHECK_STR(l.items[3].hunks.items[0].lines.items[0].text, "-- a/not a header");
}

TEST(keeps_a_window_of_lines_and_reports_when_more_follow) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitDiffFileList l = parsed(a, &(GitLineWindow){2, 4});
    const GitDiffFile *f = &l.items[0];
    CHECK(f->truncated);
    CHECK_I64(f->hunks.n, 2);
    CHECK_I64(f->hunks.items[0].lines.n, 3);
    CHECK_STR(f->hunks.items[0].lines.items[0].text, "B");
    CHECK_I64(f->hunks.items[1].lines.n, 1);
    CHECK(!l.items[2].truncated);
}

TEST(keeps_the_first_files_of_more_than_requested) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitDiffFileList l;
    GitDiffTotals all;
    Err e = {0};
    CHECK_OK(git_parse_diff_files(a, recorded(a, diff_text), 4, &l, &all, &e), e);
    CHECK_I64(all.files, 5);
    CHECK_I64(all.added, 5);
    CHECK_I64(all.removed, 4);
    CHECK_I64(l.n, 4);
    CHECK_I64(l.items[0].added, 4);
    CHECK_I64(l.items[3].removed, 2);
}

/* Cut anywhere, an output is read or refused; the sanitizers detect reads past its end. */
TEST(survives_outputs_cut_at_every_byte) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *const texts[] = {status_text, worktree_text, diff_text, patch_text};
    for (size_t t = 0; t < COUNT_OF(texts); t++) {
        Str whole = texts[t] == patch_text ? str(patch_text) : recorded(a, texts[t]);
        for (size_t n = 0; n <= whole.n; n++) {
            CLEANUP(arena_freep) Arena *b = arena_new();
            Str cut = arena_str(b, str_upto(whole, n));
            GitStatusRaw st;
            GitWorktreeList wl;
            GitRefList rl;
            GitDiffFileList fl = {0};
            Err e = {0};
            (void)git_parse_status(b, cut, &st, &e);
            (void)git_parse_worktrees(b, cut, &wl, &e);
            (void)git_parse_refs(b, cut, &rl, &e);
            (void)git_parse_diff_files(b, cut, 10, &fl, &(GitDiffTotals){0}, &e);
            (void)git_parse_patches(b, cut, &(GitLineWindow){0, 10}, &fl, &e);
        }
    }
}

TEST(quotes_paths_as_git_does) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CHECK_STR(git_quote_path(a, "a/", STR("plain \xff name")), "a/plain \xff name");
    CHECK_STR(git_quote_path(a, "a/", STR("t\tn\nq\"b\\e\x1b")), "\"a/t\\tn\\nq\\\"b\\\\e\\033\"");
}
