#include "workspace/clone.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"

/* ssh is a program of the person's choice: here it runs what it is asked for on this machine. */
static void choose_ssh(Arena *a, const char *script) {
    fixture_sh(test_dir(), "mkdir -p bin; printf '#!/bin/sh\\n%s\\n' >bin/ssh; chmod +x bin/ssh", script);
    setenv("GIT_SSH_COMMAND", arena_fmt(a, "%s/bin/ssh", test_dir()).p, 1);
}

static const char here[] = "for last; do :; done; eval \"$last\"";

static void check_nothing_left(Rig *r) {
    CHECK_STR(fixture_out(r->arena, test_dir(), "find . -name '.muster-clone-*'"), "");
}

static Str clone_of(Rig *r, const char *repo, const char *more) {
    return rig_call(r, "clone_repository", "{\"url\":\"ssh://git@example.org%s\"%s}", repo, more);
}

TEST(a_clone_appears_whole_and_is_opened) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "clone-there");
    choose_ssh(r->arena, here);
    fixture_sh(test_dir(), "rm -rf clone-made clone-empty; mkdir clone-empty");
    Str w = clone_of(r, repo, arena_fmt(r->arena, ",\"path\":\"%s/clone-made/deep/copy\",\"name\":\"Mine\"", r->dir).p);
    CHECK_STR(rig_text(r, w, "name"), "Mine");
    CHECK_STR(rig_text(r, w, "worktreeCount"), "1");
    CHECK_STR(
        fixture_out(
            r->arena, test_dir(),
            "git -C clone-made/deep/copy status --porcelain; cat clone-made/deep/copy/a; stat -c %%a clone-made/deep/copy"),
        fixture_out(r->arena, repo, "cat a; stat -c %%a .").p);
    CHECK(rig_emitted(r, "clone_changed", "\"state\":\"running\""));
    CHECK(rig_emitted(r, "clone_changed",
                      arena_fmt(r->arena, "\"workspaceId\":\"" STR_FMT "\"", STR_ARG(rig_text(r, w, "id"))).p));
    CHECK(rig_emitted(r, "workspace_opened", "Mine"));
    Str l = rig_call(r, "list_clones", "{}");
    CHECK_STR(rig_text(r, l, "clones"), "[]");
    CHECK_STR(rig_text(r, l, "folder"), arena_fmt(r->arena, "%s/clone-made/deep", r->dir).p);
    w = clone_of(r, repo, "");
    CHECK_STR(rig_text(r, w, "path"), arena_fmt(r->arena, "%s/clone-made/deep/clone-there", r->dir).p);
    CHECK_STR(rig_text(r, w, "name"), "clone-there");
    w = clone_of(r, repo, arena_fmt(r->arena, ",\"path\":\"%s/clone-empty\"", r->dir).p);
    CHECK_STR(rig_text(r, w, "name"), "clone-empty");
    check_nothing_left(r);
}

TEST(what_cannot_be_cloned_is_refused_before_anything_is_made) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_sh(
        test_dir(),
        "rm -rf clone-not; mkdir -p clone-not/full clone-not/repo/.git; echo x >clone-not/full/x; echo x >clone-not/file");
    static const struct {
        const char *url, *path;
        ErrCode code;
        const char *field;
    } rows[] = {
        {"http://example.org/a", "clone-not/new", ERR_INVALID, "url"},
        {"https://me:hunter2@example.org/a", "clone-not/new", ERR_INVALID, "url"},
        {"--upload-pack=touch x", "clone-not/new", ERR_INVALID, "url"},
        {"https://example.org/a", "clone-not/full", ERR_CONFLICT, "path"},
        {"https://example.org/a", "clone-not/file", ERR_CONFLICT, "path"},
        {"https://example.org/a", "clone-not/file/new", ERR_INVALID, "path"},
        {"https://example.org/a", "clone-not/repo/.git/new", ERR_INVALID, "path"},
        {"https://example.org/a", "clone-not/../../../../etc/new", ERR_FORBIDDEN, "path"},
        {"https://example.org/a", ".", ERR_FORBIDDEN, "path"}, /* beside it is outside */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e =
            rig_error(r, "clone_repository", "{\"url\":\"%s\",\"path\":\"%s/%s\"}", rows[i].url, r->dir, rows[i].path);
        if (e.code != rows[i].code || strcmp(e.details[0].path, rows[i].field) != 0)
            test_fail(__FILE__, __LINE__, "%s into %s: %s (%s)", rows[i].url, rows[i].path, e.text, e.details[0].path);
        CHECK(!strstr(e.text, "hunter2"));
    }
    Err e = rig_error(r, "clone_repository", "{\"url\":\"https://example.org/..\"}");
    CHECK_STR(str(e.details[0].path), "path");
    CHECK(!fixture_exists(test_dir(), "clone-not/new"));
    CHECK_STR(rig_text(r, rig_call(r, "list_clones", "{}"), "clones"), "[]");
    check_nothing_left(r);
}

TEST(a_clone_that_failed_leaves_its_reason_and_nothing_else) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "clone-again");
    fixture_sh(test_dir(), "rm -rf clone-made");
    choose_ssh(
        r->arena,
        "echo \"Bearer abcdefghijk\" >&2; mkdir x; echo \"git@example.org: Permission denied (publickey).\" >&2; exit 255");
    Err e = rig_error(r, "clone_repository", "{\"url\":\"git@example.org:a\",\"path\":\"%s/clone-made/a\"}", r->dir);
    CHECK_I64(e.code, ERR_CONFLICT);
    CHECK(strstr(e.text, "ssh keys"));
    for (unsigned i = 0; i < e.n_details; i++) CHECK(!strstr(e.details[i].text, "abcdefghijk"));
    CHECK(!fixture_exists(test_dir(), "clone-made"));
    check_nothing_left(r);
    Str l = rig_call(r, "list_clones", "{}");
    CHECK_STR(rig_text(r, l, "clones.0.state"), "failed");
    CHECK_STR(rig_text(r, l, "clones.0.error"), e.text);
    CHECK(str_find(rig_text(r, l, "clones.0.tail"), STR("Bearer ***"), &(size_t){0}));
    CHECK_STR(str(e.details[e.n_details - 1].text), rig_text(r, l, "clones.0.id").p);
    choose_ssh(r->arena, here);
    (void)clone_of(r, repo, arena_fmt(r->arena, ",\"path\":\"%s/clone-made/a\"", r->dir).p);
    CHECK_STR(rig_text(r, rig_call(r, "list_clones", "{}"), "clones"), "[]");
    (void)rig_error(r, "clone_repository", "{\"url\":\"ssh://example.org/nowhere\",\"path\":\"%s/clone-made/b\"}",
                    r->dir);
    Str id = rig_text(r, rig_call(r, "list_clones", "{}"), "clones.0.id");
    e = rig_error(r, "cancel_clone", "{\"cloneId\":\"" STR_FMT "\"}", STR_ARG(id));
    CHECK_I64(e.code, ERR_CONFLICT);
    (void)rig_call(r, "dismiss_clone", "{\"cloneId\":\"" STR_FMT "\"}", STR_ARG(id));
    CHECK(rig_emitted(r, "clone_changed", "\"state\":\"dismissed\""));
    CHECK_I64(rig_error(r, "dismiss_clone", "{\"cloneId\":\"" STR_FMT "\"}", STR_ARG(id)).code, ERR_NOT_FOUND);
}

TEST(a_daemon_that_stops_ends_its_clones) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    clones_stop(&r->app);
    choose_ssh(r->arena, "sleep 600");
    Err e = rig_error(r, "clone_repository", "{\"url\":\"git@example.org:a\",\"path\":\"%s/clone-stopped\"}", r->dir);
    CHECK(strstr(e.text, "Muster was stopped"));
    CHECK_STR(rig_text(r, rig_call(r, "list_clones", "{}"), "clones.0.state"), "failed");
    check_nothing_left(r);
}

/* In a separate process, which dies at the crash point. */
static void act(const char *point, const char *home, const char *repo) {
    Rig *r = rig_new(home);
    choose_ssh(r->arena, here);
    setenv("MUSTER_CRASH", point, 1);
    (void)clone_of(r, repo, arena_fmt(r->arena, ",\"path\":\"%s/clone-crash/clone\"", r->dir).p);
    _exit(7);
}

TEST(after_each_crash_point_a_clone_is_whole_or_gone) {
    static const struct {
        const char *point;
        bool is_whole;
    } rows[] = {{"clone.intended", false},
                {"clone.made", false},
                {"clone.cloned", false},
                {"clone.placed", true},
                {"clone.stored", true}};
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "clone-source");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *home = arena_fmt(a, "%s/home-clone-%zu", test_dir(), i).p;
        fixture_sh(test_dir(), "rm -rf clone-crash");
        pid_t pid = fork();
        if (pid == 0) act(rows[i].point, home, repo);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            test_fail(__FILE__, __LINE__, "%s was not reached (%d)", rows[i].point, status);
        CLEANUP(rig_freep) Rig *r = rig_new(home);
        for (int again = 0; again < 2; again++) {
            rig_recover(r);
            Str l = rig_call(r, "list_clones", "{}"), w = rig_call(r, "list_workspaces", "{}");
            bool is_open = rig_text(r, w, "workspaces.0.id").p, has_failed = rig_text(r, l, "clones.0.error").p;
            if (is_open != rows[i].is_whole || has_failed == is_open ||
                fixture_exists(test_dir(), "clone-crash") != is_open)
                test_fail(__FILE__, __LINE__, "after %s: " STR_FMT STR_FMT, rows[i].point, STR_ARG(l), STR_ARG(w));
            check_nothing_left(r);
        }
    }
}
