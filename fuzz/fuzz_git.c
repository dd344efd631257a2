/* Fuzzes the readers of git's output: the first byte selects the reader, the rest is git's output. */
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "git/diff_parse.h"
#include "git/git_parse.h"

static void read_drivers(Arena *a, Str out, Err *e) {
    GitDriverList l;
    (void)git_parse_drivers(a, out, 100, &l, e);
}

static void read_worktrees(Arena *a, Str out, Err *e) {
    GitWorktreeList l;
    (void)git_parse_worktrees(a, out, &l, e);
}

static void read_status(Arena *a, Str out, Err *e) {
    GitStatusRaw s;
    (void)git_parse_status(a, out, &s, e);
}

static void read_refs(Arena *a, Str out, Err *e) {
    GitRefList l;
    (void)git_parse_refs(a, out, &l, e);
}

/* Files and patches come from two calls, which a line of '%' separates here. */
static void read_diff(Arena *a, Str out, Err *e) {
    size_t at;
    GitDiffFileList l = {0};
    Str patch = STR("");
    if (str_find(out, STR("\n%\n"), &at)) {
        patch = arena_str(a, str_from(out, at + 3));
        out = arena_str(a, str_upto(out, at));
    }
    if (git_parse_diff_files(a, out, 100, &l, &(GitDiffTotals){0}, e) < 0) return;
    (void)git_parse_patches(a, patch, &(GitLineWindow){1, 50}, &l, e);
    for (size_t i = 0; i < l.n; i++) (void)git_quote_path(a, "a/", l.items[i].path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const readers[])(Arena *, Str, Err *) = {read_drivers, read_worktrees, read_status, read_refs,
                                                           read_diff};
    if (size == 0) return 0;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    readers[data[0] % COUNT_OF(readers)](a, arena_str(a, str_n(data + 1, size - 1)), &e);
    return 0;
}
