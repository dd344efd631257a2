#include "git/left_lock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"
#include "git/index_lock.h"
#include "git/mark.h"

static int check(Arena *a, const char *repo, const char *name, Err *e) {
    Str path, lock = name[0] == '/' ? str(name) : arena_fmt(a, "%s/%s", repo, name);
    int r = left_lock_check(fixture_git(a, repo), lock, &path, e);
    if (r >= 0) CHECK_STR(path, lock.p);
    return r;
}

/* Does the sentence about a lock in the way say that it can be removed? */
static bool is_told(const char *repo, const char *name) {
    char path[8192];
    Err e = {0};
    snprintf(path, sizeof path, "%s/%s", repo, name);
    CHECK_ERR(index_lock_fail(path, &e), e, ERR_CONFLICT);
    return strstr(e.text, "remove_lock removes it") != NULL;
}

TEST(only_locks_of_the_repository_are_found) {
    static const struct {
        const char *path;
        int want;
    } rows[] = {{".git/index.lock", 0},
                {".git/HEAD.lock", 0},
                {".git/packed-refs.lock", 0},
                {".git/refs/heads/deep/main.lock", 0},
                {".git/refs/muster/own.lock", -ERR_INVALID},
                {".git/objects/some.lock", -ERR_INVALID},
                {".git/modules/sub/index.lock", 0},
                {".git/modules/sub/refs/heads/main.lock", 0},
                {".git/modules/sub/objects/some.lock", -ERR_INVALID},
                {".git/index", -ERR_INVALID},
                {".git/none.lock", -ERR_NOT_FOUND},
                {"Cargo.lock", -ERR_INVALID},
                {".git/refs/../../Cargo.lock", -ERR_INVALID},
                {".git/folder.lock", -ERR_INVALID},
                {".git/link.lock", -ERR_INVALID},
                {"/etc/passwd", -ERR_INVALID},
                {"/nowhere/index.lock", -ERR_INVALID},
                {"none/index.lock", -ERR_INVALID}};
    enum { LEFT = 9 /* the locks that git has left, at the beginning */ };
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "left");
    fixture_sh(
        repo,
        "mkdir -p .git/refs/heads/deep .git/refs/muster .git/folder.lock; ln -s ../Cargo.lock .git/link.lock; "
        "touch Cargo.lock .git/index.lock .git/HEAD.lock .git/packed-refs.lock .git/refs/heads/deep/main.lock "
        ".git/refs/muster/own.lock .git/objects/some.lock; mkdir .git/modules; git init -q --bare .git/modules/sub; "
        "touch .git/modules/sub/index.lock .git/modules/sub/refs/heads/main.lock .git/modules/sub/objects/some.lock");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e = {0};
        int r = check(a, repo, rows[i].path, &e);
        if (r != rows[i].want) test_fail(__FILE__, __LINE__, "%s: %d %s", rows[i].path, r, e.text);
        if (i < LEFT) CHECK(is_told(repo, rows[i].path) == (r >= 0));
    }
}

TEST(a_lock_of_another_worktree_is_its_own) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "apart"), *tree = arena_fmt(a, "%s-wt", repo).p;
    Err e = {0};
    fixture_sh(repo,
               "rm -rf '%s'; git worktree prune; git worktree add -q --detach '%s'; "
               "touch .git/index.lock .git/packed-refs.lock .git/worktrees/apart-wt/index.lock",
               tree, tree);
    CHECK_ERR(check(a, tree, arena_fmt(a, "%s/.git/worktrees/none/index.lock", repo).p, &e), e, ERR_INVALID);
    CHECK_OK(check(a, tree, arena_fmt(a, "%s/.git/worktrees/apart-wt/index.lock", repo).p, &e), e);
    CHECK_OK(check(a, tree, arena_fmt(a, "%s/.git/packed-refs.lock", repo).p, &e), e);
    CHECK_ERR(check(a, repo, ".git/worktrees/apart-wt/index.lock", &e), e, ERR_INVALID);
}

/* git has closed its lock when it runs a hook. */
TEST(a_lock_that_a_living_process_can_have_stays) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "held");
    Err e = {0};
    fixture_sh(repo, "rm -f ../go ../in; mkfifo ../go ../in; printf '#!/bin/sh\\necho >../in; read x <../go\\n' "
                     ">.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; echo x >>a; "
                     "(git commit -qam held; echo >../in) >/dev/null 2>&1 & read x <../in; test -e .git/index.lock");
    CHECK_ERR(check(a, repo, ".git/index.lock", &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("is a git that works in this repository"), &(size_t){0}));
    fixture_sh(repo, "echo >../go; read x <../in; test ! -e .git/index.lock");
    Str pid = fixture_out(a, repo, "rm .git/hooks/pre-commit; sleep 100 >.git/index.lock 2>/dev/null & echo $!");
    CHECK_ERR(check(a, repo, ".git/index.lock", &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), pid, &(size_t){0}));
    fixture_sh("/", "kill " STR_FMT "; while readlink /proc/" STR_FMT "/cwd >/dev/null; do :; done", STR_ARG(pid),
               STR_ARG(pid));
    CHECK_OK(check(a, repo, ".git/index.lock", &e), e);
}
