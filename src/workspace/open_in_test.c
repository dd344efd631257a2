/* Opening a place of a worktree in a program of the person's own. */
#include <unistd.h>

#include "base/test.h"
#include "core/setting.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"

typedef struct Put {
    Setting id;
    const char *text;
} Put;

static int put_tx(Tx *tx, void *arg, Err *e) {
    const Put *p = arg;
    return setting_put(tx, setting_def(p->id), str(p->text), e);
}

static void set(Rig *r, Setting id, const char *text) {
    Err e = {0};
    CHECK_OK(db_tx(r->app.db, DB_PERSON, put_tx, &(Put){id, text}, &e), e);
    CHECK_OK(settings_reload(r->app.settings, r->conn, &e), e);
}

#define OF "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\",\"what\":\"%s\"%s}"

/* The program writes its folder and its arguments, one per line, into `said`. */
static Str said(Rig *r) {
    for (int i = 0; i < 1000 && !fixture_exists(test_dir(), "said"); i++) usleep(10000);
    Str text = fixture_out(r->arena, test_dir(), "cat said; rm said");
    return text;
}

TEST(a_place_is_opened_by_the_program_of_the_settings_without_a_shell) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *dir = fixture_repo(r->arena, "open");
    fixture_sh(dir, "mkdir d; touch 'd/$(touch ran); x {line}'");
    fixture_sh(
        test_dir(),
        "cat >tool <<'END'\n#!/bin/sh\n{ pwd; printf '%%s\\n' \"$@\"; } >%s/new; mv %s/new %s/said\nEND\nchmod +x tool",
        test_dir(), test_dir(), test_dir());
    Str ws = rig_open(r, "open"), wt = rig_worktree(r, ws, "main");
    Str real = fixture_out(r->arena, dir, "pwd -P");
    Str tool = arena_fmt(r->arena, "%s/tool", test_dir());
    set(r, SET_OPEN_EDITOR, arena_fmt(r->arena, STR_FMT "\n--at\n+{line}:{path}", STR_ARG(tool)).p);
    set(r, SET_OPEN_TERMINAL, tool.p);
    rig_call(r, "open_in", OF, STR_ARG(ws), STR_ARG(wt), "editor", ",\"path\":\"d/$(touch ran); x {line}\",\"line\":7");
    CHECK_STR(said(r), arena_fmt(r->arena, STR_FMT "/d\n--at\n+7:" STR_FMT "/d/$(touch ran); x {line}", STR_ARG(real),
                                 STR_ARG(real))
                           .p);
    rig_call(r, "open_in", OF, STR_ARG(ws), STR_ARG(wt), "terminal", ",\"path\":\"a\"");
    CHECK_STR(said(r), real.p);
    rig_call(r, "open_in", OF, STR_ARG(ws), STR_ARG(wt), "terminal", ",\"path\":\"d\"");
    CHECK_STR(said(r), arena_fmt(r->arena, STR_FMT "/d", STR_ARG(real)).p);
    CHECK(!fixture_exists(dir, "ran") && !fixture_exists(dir, "d/ran"));
}

TEST(a_place_is_not_opened_for_others_or_out_of_the_worktree) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *dir = fixture_repo(r->arena, "not-open");
    fixture_sh(dir, "ln -s ../ out; mkfifo pipe");
    Str ws = rig_open(r, "not-open"), wt = rig_worktree(r, ws, "main");
    set(r, SET_OPEN_TERMINAL, "/nowhere/terminal");
    static const struct {
        const char *what, *more;
        ErrCode want;
    } rows[] = {{"editor", "", ERR_MISSING_CLI},
                {"terminal", "", ERR_MISSING_CLI},
                {"terminal", ",\"path\":\"out\"", ERR_FORBIDDEN},
                {"terminal", ",\"path\":\"pipe\"", ERR_INVALID},
                {"terminal", ",\"path\":\"gone\"", ERR_NOT_FOUND}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_I64(rig_error(r, "open_in", OF, STR_ARG(ws), STR_ARG(wt), rows[i].what, rows[i].more).code, rows[i].want);
    r->is_remote = true;
    CHECK_I64(rig_error(r, "open_in", OF, STR_ARG(ws), STR_ARG(wt), "terminal", "").code, ERR_FORBIDDEN);
}
