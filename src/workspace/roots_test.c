#include <limits.h>
#include <stdlib.h>

#include "base/test.h"
#include "core/setting.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"
#include "workspace/workspace_in.h"

static void make_places(void) {
    fixture_sh(test_dir(),
               "rm -rf at; mkdir -p at/in/side; touch at/file; ln -s in at/link; ln -s nowhere at/dangling; "
               "ln -s /etc at/out; ln -s loop at/loop");
}

TEST(a_path_is_written_as_git_lists_it) {
    static const struct {
        const char *path, *canonical, *base; /* relative to at/; NULL: like `canonical` */
    } rows[] = {
        {"in", "in", NULL},
        {"in/", "in", NULL},
        {"in//side/.", "in/side", NULL},
        {"in/side/..", "in", NULL},
        {"link/side", "in/side", NULL},
        {"new", "new", ""},
        {"new/", "new", ""},
        {"in//new//deep/./er/", "in/new/deep/er", "in"},
        {"link/new", "in/new", "in"},
        {"in/ new ", "in/ new ", "in"},
        {"in/new\n", "in/new\n", "in"},
        {"file/x", "file/x", "file"},
        {"dangling", "dangling", ""},
        {"loop/x", "loop/x", ""},
        {"in/...", "in/...", "in"},
    };
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    make_places();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RootPath p;
        Err e = {0};
        Str path = arena_fmt(r->arena, "%s/at/%s", r->dir, rows[i].path);
        CHECK_OK(roots_resolve(&r->app, r->arena, path, &p, &e), e);
        CHECK_STR(str(p.path), arena_fmt(r->arena, "%s/at/%s", r->dir, rows[i].canonical).p);
        CHECK(p.exists == !rows[i].base);
        if (!p.exists && rows[i].base[0])
            CHECK_STR(str(p.base), arena_fmt(r->arena, "%s/at/%s", r->dir, rows[i].base).p);
        else if (!p.exists)
            CHECK_STR(str(p.base), arena_fmt(r->arena, "%s/at", r->dir).p);
    }
}

TEST(a_path_outside_the_roots_is_refused) {
    static const struct {
        const char *path; /* relative to the rig's folder when it begins with "at" */
        int code;
    } rows[] = {
        {"", ERR_INVALID},           {"x/y", ERR_INVALID},
        {"~nobody/x", ERR_INVALID},  {"/", ERR_FORBIDDEN},
        {"/etc", ERR_FORBIDDEN},     {"/etc/none", ERR_FORBIDDEN},
        {"at/out", ERR_FORBIDDEN},   {"at/out/none", ERR_FORBIDDEN},
        {"at/new/..", ERR_INVALID},  {"at/new/../../../etc", ERR_INVALID},
        {"at/../..", ERR_FORBIDDEN}, {"at/\xff", ERR_INVALID},
    };
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    make_places();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RootPath p;
        Err e = {0};
        Str path = str(rows[i].path);
        if (str_starts(path, STR("at"))) path = arena_fmt(r->arena, "%s/%s", r->dir, rows[i].path);
        CHECK_ERR(roots_resolve(&r->app, r->arena, path, &p, &e), e, rows[i].code);
        CHECK_STR(str(e.details[0].path), "path");
    }
    Err e = {0};
    CHECK_ERR(roots_require(&r->app, r->arena, STR("/etc"), &e), e, ERR_FORBIDDEN);
    CHECK(str_find(str(e.text), STR(" setting set workspace.roots \"$(printf '%s\\n' "), &(size_t){0}));
    CHECK(str_ends(str(e.text), STR(" /etc)\"`")));
    CHECK_ERR(roots_require(&r->app, r->arena, arena_fmt(r->arena, "/%0400d", 1), &e), e, ERR_FORBIDDEN);
    CHECK(str_find(str(e.text), STR(" setting list` shows the value"), &(size_t){0}));
    CHECK_ERR(roots_resolve(&r->app, r->arena, str_n("/a\0b", 4), &(RootPath){0}, &e), e, ERR_INVALID);
}

TEST(a_tilde_leads_home_where_that_is_beneath_the_roots) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    CLEANUP(free_p) char *home = getenv("HOME") ? mu_strdup(getenv("HOME")) : NULL;
    RootPath p;
    Err e = {0};
    make_places();
    setenv("HOME", arena_fmt(r->arena, "%s/at", r->dir).p, 1);
    CHECK_OK(roots_resolve(&r->app, r->arena, STR("~/in"), &p, &e), e);
    CHECK(p.exists);
    CHECK_STR(str(p.path), arena_fmt(r->arena, "%s/at/in", r->dir).p);
    CHECK_STR(rig_text(r, rig_call(r, "browse_folders", "{\"path\":\"~\"}"), "path"),
              arena_fmt(r->arena, "%s/at", r->dir).p);
    setenv("HOME", "/nonexistent", 1);
    CHECK_ERR(roots_resolve(&r->app, r->arena, STR("~/in"), &p, &e), e, ERR_FORBIDDEN);
    if (home)
        setenv("HOME", home, 1);
    else
        unsetenv("HOME");
}

static int narrow(Tx *tx, void *arg, Err *e) {
    return setting_put(tx, setting_def(SET_WORKSPACE_ROOTS), arena_fmt(arg, "%s/at/in", test_dir()), e);
}

TEST(the_demo_needs_no_root) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    RootPath p;
    Err e = {0};
    make_places();
    CHECK_OK(db_tx(r->app.db, DB_PERSON, narrow, r->arena, &e), e);
    CHECK_OK(settings_reload(r->app.settings, r->conn, &e), e);
    fixture_sh(r->home, "mkdir demo");
    CHECK_OK(roots_resolve(&r->app, r->arena, arena_fmt(r->arena, "%s/demo/sample", r->home), &p, &e), e);
    CHECK_OK(roots_resolve(&r->app, r->arena, arena_fmt(r->arena, "%s/at/in", r->dir), &p, &e), e);
    CHECK_ERR(roots_resolve(&r->app, r->arena, str(r->home), &p, &e), e, ERR_FORBIDDEN);
    CHECK_ERR(roots_resolve(&r->app, r->arena, arena_fmt(r->arena, "%s/at/file", r->dir), &p, &e), e, ERR_FORBIDDEN);
}
