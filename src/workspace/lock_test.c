#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"

#define LOCK "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\",\"path\":\"%s/%s/.git/%s\"}"

TEST(a_lock_that_was_left_behind_is_moved_away_after_a_salvage) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "locked");
    Str ws = rig_open(r, "locked"), wt = rig_worktree(r, ws, "main");
    static const char *const names[] = {"index.lock", "HEAD.lock", "index.lock"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        fixture_sh(test_dir(), "echo precious >locked/u; echo half >locked/.git/%s", names[i]);
        Str out = rig_call(r, "remove_lock", LOCK, STR_ARG(ws), STR_ARG(wt), r->dir, "locked", names[i]);
        CHECK(!fixture_exists(test_dir(), arena_fmt(r->arena, "locked/.git/%s", names[i]).p));
        CHECK_STR(fixture_out(r->arena, "/", "cat '" STR_FMT "'", STR_ARG(rig_text(r, out, "kept"))), "half");
        CHECK_STR(fixture_out(r->arena, arena_fmt(r->arena, "%s/locked", r->dir).p, "git show " STR_FMT ":files/u",
                              STR_ARG(rig_text(r, out, "salvage.commit"))),
                  "precious");
    }
    CHECK_STR(fixture_out(r->arena, test_dir(), "ls locked/.git/muster/removed | wc -l"), "3");
    Err e = rig_error(r, "remove_lock", LOCK, STR_ARG(ws), STR_ARG(wt), r->dir, "locked", "index.lock");
    CHECK_I64(e.code, ERR_NOT_FOUND);
    CHECK_I64(rig_error(r, "remove_lock", LOCK, STR_ARG(ws), STR_ARG(wt), r->dir, "locked", "config").code,
              ERR_INVALID);
    CHECK_STR(
        rig_text(r, rig_call(r, "list_workspace_salvages", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws)), "total"),
        "1");
}

TEST(a_lock_is_there_or_moved_away_after_each_crash_point) {
    static const char *const points[] = {"lock.intended", "lock.moved"};
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *home = arena_fmt(a, "%s/home-lock-%zu", test_dir(), i).p;
        int status;
        fixture_sh(test_dir(), "rm -rf dying");
        pid_t pid = fork();
        if (pid == 0) {
            Rig *r = rig_new(home);
            fixture_repo(r->arena, "dying");
            Str ws = rig_open(r, "dying"), wt = rig_worktree(r, ws, "main");
            fixture_sh(test_dir(), "echo half >dying/.git/index.lock");
            setenv("MUSTER_CRASH", points[i], 1);
            rig_call(r, "remove_lock", LOCK, STR_ARG(ws), STR_ARG(wt), r->dir, "dying", "index.lock");
            _exit(7);
        }
        CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
        CLEANUP(rig_freep) Rig *r = rig_new(home);
        rig_recover(r);
        CHECK_STR(
            fixture_out(a, test_dir(), "cat dying/.git/index.lock dying/.git/muster/removed/* 2>/dev/null || true"),
            "half");
        CHECK(fixture_exists(test_dir(), "dying/.git/index.lock") == (i == 0));
    }
}
