#include "git/index_bits.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "git/git_fixture.h"

static bool put(void *arg, Str path) {
    Buf *b = arg;
    buf_add_fmt(b, STR_FMT ";", STR_ARG(path));
    return true;
}

/* What is found in the index of the repository; "?" where it is not read here. */
static Str hidden(Arena *a, const char *repo, size_t oid_bytes) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    bool is_read = index_each_hidden(arena_fmt(a, "%s/.git/index", repo).p, oid_bytes, put, &b);
    return is_read ? arena_str(a, buf_str(&b)) : STR("?");
}

/* As git lists them: git ls-files -v. */
static Str listed(Arena *a, const char *repo) {
    Str all = fixture_out(a, repo,
                          "git -c core.quotePath=false ls-files -v | grep '^[Sa-z]' | cut -c3- | tr '\\n' ';' || true");
    return all;
}

TEST(hidden_files_are_those_that_git_lists) {
    static const char *const versions[] = {"2", "3", "4"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < 3; i++) {
        const char *r = fixture_repo(a, arena_fmt(a, "v%s", versions[i]).p);
        fixture_sh(r,
                   "mkdir -p d/e; for i in 1 22 333 4444 55555 666666 7777777 88888888 999999999; do echo $i >d/f$i; "
                   "echo $i >d/e/$i; done; long=$(printf 'x%%.0s' $(seq 200)); mkdir -p $long/$long; "
                   "for i in $(seq 20); do mkdir -p $long/$long/$long/$long/$long; done; "
                   "echo l >$long/$long/$long/$long/$long/one; echo é >é; git add .; git commit -qm all");
        fixture_sh(r, "git update-index --index-version %s", versions[i]);
        CHECK_STR(hidden(a, r, 20), "");
        fixture_sh(
            r,
            "git update-index --assume-unchanged a d/f22 d/e/88888888 é; git update-index --skip-worktree d/f333 d/e/1; "
            "git ls-files | grep /one | git update-index --assume-unchanged --stdin; echo new >new; git add -N new");
        Str want = listed(a, r);
        CHECK(str_find(want, STR("d/e/88888888;"), &(size_t){0}));
        CHECK_STR(hidden(a, r, 20), want.p);
        fixture_sh(r, "git ls-files | git update-index --assume-unchanged --stdin");
        CHECK_STR(hidden(a, r, 20), listed(a, r).p);
    }
}

TEST(an_index_with_object_ids_of_32_bytes_is_read) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "sha256");
    fixture_sh(
        r,
        "rm -rf .git; git init -q --object-format=sha256; echo b >b; git add .; git update-index --assume-unchanged b");
    CHECK_STR(hidden(a, r, 32), "b;");
    CHECK_STR(hidden(a, r, 20), "?");
}

TEST(an_index_that_is_not_whole_is_left_to_git) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "odd");
    static const char *const acts[] = {
        "git update-index --split-index",
        "git update-index --no-split-index; cp .git/index whole; head -c 50 whole >.git/index",
        "head -c 120 whole >.git/index",
        ": >.git/index",
        "(head -c 4 whole; printf '\\0\\0\\0\\5'; tail -c +9 whole) >.git/index",
        "(head -c 8 whole; printf '\\377\\377\\377\\377'; tail -c +13 whole) >.git/index",
        "rm .git/index; mkfifo .git/index",
        "rm .git/index; ln -s ../whole .git/index",
    };
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        fixture_sh(r, "%s", acts[i]);
        CHECK_STR(hidden(a, r, 20), "?");
    }
    fixture_sh(r, "rm .git/index");
    CHECK_STR(hidden(a, r, 20), "?");
    fixture_sh(r, "cp whole .git/index");
    CHECK_STR(hidden(a, r, 20), "");
}

TEST(a_sparse_index_is_left_to_git) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "sparse");
    fixture_sh(r, "mkdir in out; echo i >in/f; echo o >out/f; git add .; git commit -qm d; "
                  "git sparse-checkout set --cone --sparse-index in");
    CHECK_STR(hidden(a, r, 20), "?");
}
