#include <pthread.h>

#include "base/test.h"
#include "core/hook.h"
#include "git/git_fixture.h"
#include "sys/file.h"
#include "workspace/rig.h"

const RigMore rig_more = {0};

#define WS "{\"workspaceId\":\"" STR_FMT "\""
#define WT WS ",\"worktreeId\":\"" STR_FMT "\""

/* A fresh repository and its workspace. */
static Str opened(Rig *r, const char *name) {
    fixture_repo(r->arena, name);
    fixture_sh(test_dir(), "rm -rf %s-*", name);
    return rig_open(r, name);
}

TEST(creates_a_worktree_beside_the_repository) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "make");
    Str w = rig_call(r, "create_worktree", WS ",\"name\":\"fix/it\",\"branch\":\"feature\",\"createBranch\":true}",
                     STR_ARG(ws));
    CHECK_STR(rig_text(r, w, "path"), arena_fmt(r->arena, "%s/make-fix-it", r->dir).p);
    CHECK_STR(rig_text(r, w, "branch"), "feature");
    CHECK_STR(rig_text(r, w, "name"), "fix/it");
    CHECK_STR(rig_text(r, w, "isMain"), "false");
    CHECK(fixture_exists(test_dir(), "make-fix-it/a"));
    CHECK(rig_emitted(r, "workspace_updated", "worktree_added"));
    CHECK_STR(rig_worktree(r, ws, "fix/it"), rig_text(r, w, "id").p ? arena_cstr(r->arena, rig_text(r, w, "id")) : "");
}

TEST(creates_from_an_existing_branch_a_remote_one_and_a_start) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "upstream");
    fixture_sh(
        test_dir(),
        "rm -rf from from-*; cd upstream; git branch old; echo 2 >b; git add b; git commit -qm two; git branch far; "
        "cd ..; git clone -q upstream from; git -C from branch old origin/old");
    Str ws = rig_open(r, "from");
    rig_call(r, "create_worktree", WS ",\"name\":\"old\",\"branch\":\"old\"}", STR_ARG(ws));
    CHECK(!fixture_exists(test_dir(), "from-old/b"));
    rig_call(r, "create_worktree", WS ",\"name\":\"far\",\"branch\":\"far\"}", STR_ARG(ws));
    CHECK(fixture_exists(test_dir(), "from-far/b"));
    rig_call(r, "create_worktree",
             WS ",\"name\":\"s\",\"branch\":\"s\",\"createBranch\":true,\"start\":\"main~1\","
                "\"path\":\"%s/from-deep/er\"}",
             STR_ARG(ws), r->dir);
    CHECK(fixture_exists(test_dir(), "from-deep/er/a") && !fixture_exists(test_dir(), "from-deep/er/b"));
}

TEST(refuses_to_create_and_says_why) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "no");
    fixture_sh(test_dir(), "git -C no branch there; mkdir no-taken");
    const struct {
        const char *body;
        int want;
        const char *field;
    } rows[] = {
        {"\"name\":\"x\",\"branch\":\"there\",\"createBranch\":true", ERR_CONFLICT, "branch"},
        {"\"name\":\"x\",\"branch\":\"main\"", ERR_CONFLICT, "branch"},
        {"\"name\":\"x\",\"branch\":\"nowhere\"", ERR_NOT_FOUND, "branch"},
        {"\"name\":\"x\",\"branch\":\"-f\",\"createBranch\":true", ERR_INVALID, "branch"},
        {"\"name\":\"x\",\"branch\":\"a..b\",\"createBranch\":true", ERR_INVALID, "branch"},
        {"\"name\":\"x\",\"branch\":\"@\",\"createBranch\":true", ERR_INVALID, "branch"},
        {"\"name\":\"x\",\"branch\":\"@\"", ERR_INVALID, "branch"},
        {"\"name\":\"taken\",\"branch\":\"there\"", ERR_CONFLICT, "path"},
        {"\"name\":\"main\",\"branch\":\"there\"", ERR_CONFLICT, "name"},
        {"\"name\":\"..\",\"branch\":\"there\"", ERR_INVALID, "name"},
        {"\"name\":\"a\\nb\",\"branch\":\"there\"", ERR_INVALID, "name"},
        {"\"name\":\"x\",\"branch\":\"there\",\"path\":\"/etc/x\"", ERR_FORBIDDEN, "path"},
        {"\"name\":\"x\",\"branch\":\"y\",\"createBranch\":true,\"start\":\"--all\"", ERR_NOT_FOUND, "start"},
        {"\"name\":\"x\",\"branch\":\"y\",\"createBranch\":true,\"start\":\"nothing\"", ERR_NOT_FOUND, "start"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e = rig_error(r, "create_worktree", WS ",%s}", STR_ARG(ws), rows[i].body);
        CHECK_I64(e.code, rows[i].want);
        CHECK_STR(str(e.details[0].path), rows[i].field);
    }
    static const char *const git_folders[] = {"no/.git/wt", "no-taken/.git/wt", "no/.git"};
    for (size_t i = 0; i < COUNT_OF(git_folders); i++) {
        Err e = rig_error(r, "create_worktree", WS ",\"name\":\"x\",\"branch\":\"there\",\"path\":\"%s/%s\"}",
                          STR_ARG(ws), r->dir, git_folders[i]);
        CHECK_I64(e.code, ERR_INVALID);
        CHECK_STR(str(e.details[0].path), "path");
    }
    CHECK_STR(fixture_out(r->arena, test_dir(), "git -C no worktree list | wc -l"), "1");
    CHECK(!fixture_exists(test_dir(), "no-x"));
}

TEST(reports_a_missing_start_commit) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_sh(test_dir(), "rm -rf empty; git init -q empty");
    Str ws = rig_open(r, "empty");
    CHECK_I64(
        rig_error(r, "create_worktree", WS ",\"name\":\"x\",\"branch\":\"x\",\"createBranch\":true}", STR_ARG(ws)).code,
        ERR_CONFLICT);
}

TEST(a_failed_creation_leaves_nothing_but_what_a_hook_made_in_the_trash) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "fail");
    fixture_sh(test_dir(), "mkdir fail-ro; chmod 500 fail-ro; cd fail; echo '* filter=no' >.gitattributes; "
                           "git add .gitattributes; git commit -qm f; git config filter.no.smudge false; "
                           "git config filter.no.required true");
    Err e = rig_error(r, "create_worktree", WS ",\"name\":\"x\",\"branch\":\"x\",\"createBranch\":true}", STR_ARG(ws));
    CHECK_I64(e.code, ERR_GIT);
    CHECK(!fixture_exists(test_dir(), "fail-x"));
    CHECK_STR(fixture_out(r->arena, test_dir(), "git -C fail branch --list x"), "");
    rig_recover(r);
}

/* -- odd paths ----------------------------------------------------------------------------------------------- */

/* The store, git and the file system must agree about the worktrees, whatever a call answered. */
static void check_nothing_half_done(Rig *r, Str ws, const char *what) {
    Str rows = rig_call(r, "list_worktrees", WS "}", STR_ARG(ws));
    Str is = fixture_out(r->arena, test_dir(),
                         "git -C odd worktree list --porcelain | grep -c ^worktree; "
                         "find odd odd-at -name .git | wc -l; git -C odd for-each-ref refs/heads | wc -l; "
                         "find odd-at -mindepth 1 -type d -empty | head -n 1");
    long long n = 0;
    while (rig_text(r, rows, arena_fmt(r->arena, "worktrees.%lld.id", n).p).p) n++;
    if (!str_eq(is, arena_fmt(r->arena, "%lld\n%lld\n%lld", n, n, n)))
        test_fail(__FILE__, __LINE__, "%s: %lld rows; listed, folders, branches, empty folder: " STR_FMT, what, n,
                  STR_ARG(is));
}

static void try_odd_path(Rig *r, Str ws, const char *path, int n) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 64 << 10);
    JsonOut o = json_out(&b);
    json_put_str(&o, str(path));
    Str json = arena_fmt(r->arena,
                         "{\"workspaceId\":\"" STR_FMT "\",\"name\":\"odd%d\",\"branch\":\"odd%d\","
                         "\"createBranch\":true,\"path\":" STR_FMT "}",
                         STR_ARG(ws), n, n, STR_ARG(buf_str(&b)));
    Err e = {0};
    Str out;
    int code = rig_try(r, "create_worktree", json, &out, &e);
    if (code < 0 && err_http(e.code) >= 500) test_fail(__FILE__, __LINE__, "%s: %s", path, e.text);
    check_nothing_half_done(r, ws, path);
    Str again = rig_call(r, "refresh_workspace", WS "}", STR_ARG(ws));
    CHECK(!rig_text(r, again, "notes.0").p);
    check_nothing_half_done(r, ws, path);
}

TEST(no_path_however_odd_leaves_anything_half_done) {
    static const char *const shapes[] = {
        "%s/%s",
        "%s/%s/",
        "%s/%s//",
        "%s//%s",
        "%s/%s/.",
        "%s/./%s",
        "//%s/%s",
        "%s/%s/..",
        "%s/../%s",
        "%s/%s/../x",
        " %s/%s",
        "%s/%s ",
        "%s/ %s",
        "%s/%s\n",
        "%s/\t%s",
        "%s/%s/\\",
        "%s/%s/a/b/",
        "%s/%s/.git",
        "%s/.git%s",
        "%s/-%s",
        "%s/%s/-",
        "%s/~%s",
        "~%s/%s",
        "%s/%s/...",
        "%s/%s\x7f",
        "%s/%s\xc3\xa9",
        "%s/%s/\xe2\x80\xae",
        "%s/'%s\"",
        "%s/$(%s)",
        "%s/*%s?",
        "%s/%s/.muster-trash/x",
    };
    static const char *const bases[] = {"plain", "deep/er", "link", "dangling", "file", "linked-file", "empty-folder"};
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "odd");
    fixture_sh(test_dir(), "rm -rf odd-at; mkdir -p odd-at/plain odd-at/empty-folder/kept; ln -s plain odd-at/link; "
                           "ln -s nowhere odd-at/dangling; touch odd-at/file odd-at/empty-folder/kept/x; "
                           "ln -s file odd-at/linked-file; touch odd-at/plain/x");
    int n = 0;
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        for (size_t k = 0; k < (i < 3 ? COUNT_OF(bases) : 2); k++) {
            Str base = arena_fmt(r->arena, "%s/odd-at/%s", r->dir, bases[k]), name = arena_fmt(r->arena, "w%zu", i);
            char path[8192];
            snprintf(path, sizeof path, shapes[i], base.p, name.p);
            try_odd_path(r, ws, path, n++);
        }
    static const int lengths[] = {250, 251, 255, 256, 4000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        char name[8192];
        memset(name, 'n', sizeof name);
        name[lengths[i]] = 0;
        try_odd_path(r, ws, arena_fmt(r->arena, "%s/odd-at/%s", r->dir, name).p, n++);
        for (int at = 200; at < lengths[i]; at += 200) name[at] = '/';
        try_odd_path(r, ws, arena_fmt(r->arena, "%s/odd-at/%s", r->dir, name).p, n++);
    }
    const char *const others[] = {"",
                                  "/",
                                  "x",
                                  r->dir,
                                  r->home,
                                  arena_fmt(r->arena, "%s/trash/x", r->home).p,
                                  arena_fmt(r->arena, "%s/odd", r->dir).p,
                                  arena_fmt(r->arena, "%s/odd/a", r->dir).p,
                                  arena_fmt(r->arena, "%s/odd/a/b", r->dir).p};
    for (size_t i = 1; i < COUNT_OF(others); i++) try_odd_path(r, ws, others[i], n++);
}

TEST(the_folder_of_a_worktree_is_named_as_its_branch_would_be) {
    static const char *const rows[][2] = {
        {"Fix the login", "slug-Fix-the-login"},
        {"a  b--c", "slug-a-b-c"},
        {"fix/it: now?", "slug-fix-it-now"},
        {"x\xe2\x80\x83y\xc2\xa0z", "slug-x-y-z"},
        {"\xc3\xa9t\xc3\xa9", "slug-\xc3\xa9t\xc3\xa9"},
        {"a..b.lock", "slug-a.b"},
        {"m@{1}", "slug-m-{1}"},
    };
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "slug");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str w = rig_call(r, "create_worktree", WS ",\"name\":\"%s\",\"branch\":\"b%zu\",\"createBranch\":true}",
                         STR_ARG(ws), rows[i][0], i);
        CHECK_STR(path_last(rig_text(r, w, "path")), rows[i][1]);
        CHECK_STR(rig_text(r, w, "name"), rows[i][0]);
    }
    Err e =
        rig_error(r, "create_worktree", WS ",\"name\":\"~?*\",\"branch\":\"b\",\"createBranch\":true}", STR_ARG(ws));
    CHECK_I64(e.code, ERR_INVALID);
    CHECK_STR(str(e.details[0].path), "name");
}

/* -- other calls while git is running ------------------------------------------------------------------------ */

/* Another call, made while the first one's post-checkout hook waits for it. */
typedef struct Meanwhile {
    Rig rig; /* the same store through its own connection and arena */
    const char *op, *input;
} Meanwhile;

static void *act_during_call(void *arg) {
    Meanwhile *m = arg;
    Err e = {0};
    CHECK_OK(db_conn_open(m->rig.app.db, &m->rig.conn, &e), e);
    fixture_sh(test_dir(), "read x <reached");
    rig_call(&m->rig, m->op, "%s", m->input);
    fixture_sh(test_dir(), "echo >go");
    db_conn_close(m->rig.conn);
    return NULL;
}

/* Runs `op` and, while it runs, m->op. Returns the first one's answer, or {NULL,0} with *ret_e when it failed. */
static Str call_while(Rig *r, Meanwhile *m, const char *repo, const char *op, Str input, Err *ret_e) {
    pthread_t other;
    m->rig = *r;
    m->rig.arena = arena_new();
    fixture_sh(test_dir(),
               "rm -f reached go; mkfifo reached go; hook=%s/.git/hooks/post-checkout; "
               "printf '#!/bin/sh\\necho >%s/reached; read x <%s/go' >$hook; chmod +x $hook",
               repo, test_dir(), test_dir());
    CHECK(pthread_create(&other, NULL, act_during_call, m) == 0);
    Str out = {0};
    if (ret_e)
        *ret_e = rig_error(r, op, STR_FMT, STR_ARG(input));
    else
        out = rig_call(r, op, STR_FMT, STR_ARG(input));
    pthread_join(other, NULL);
    arena_free(m->rig.arena);
    return out;
}

TEST(a_worktree_whose_workspace_was_closed_is_undone) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "shut");
    const char *repo = arena_fmt(r->arena, "%s/shut", test_dir()).p;
    Meanwhile m = {.op = "delete_workspace", .input = arena_fmt(r->arena, WS "}", STR_ARG(ws)).p};
    Err e;
    Str in = arena_fmt(r->arena, WS ",\"name\":\"late\",\"branch\":\"late\",\"createBranch\":true}", STR_ARG(ws));
    call_while(r, &m, repo, "create_worktree", in, &e);
    CHECK_I64(e.code, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("closed in the meantime"), &(size_t){0}));
    CHECK(!fixture_exists(test_dir(), "shut-late"));
    CHECK_STR(fixture_out(r->arena, repo, "git branch --list late"), "");
    CHECK_STR(rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.name"), "late");
    fixture_sh(repo, "rm .git/hooks/post-checkout");
    Str again = rig_open(r, "shut");
    CHECK_STR(rig_text(r, rig_call(r, "get_workspace", WS "}", STR_ARG(again)), "worktreeCount"), "1");
    rig_call(r, "create_worktree", STR_FMT, STR_ARG(in));
}

TEST(a_checkout_keeps_concurrent_changes) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "slow"), id = rig_worktree(r, ws, "main");
    const char *repo = arena_fmt(r->arena, "%s/slow", test_dir()).p;
    const char *change = WT ",\"name\":\"renamed\",\"sortMode\":\"name\",\"order\":7}";
    Meanwhile m = {.op = "update_worktree", .input = arena_fmt(r->arena, change, STR_ARG(ws), STR_ARG(id)).p};
    Str in = arena_fmt(r->arena, WT ",\"branch\":\"more\",\"createBranch\":true}", STR_ARG(ws), STR_ARG(id));
    Str w = call_while(r, &m, repo, "checkout_branch", in, NULL);
    Str now = rig_call(r, "get_worktree", WT "}", STR_ARG(ws), STR_ARG(id));
    const Str seen[] = {w, now};
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        CHECK_STR(rig_text(r, seen[i], "branch"), "more");
        CHECK_STR(rig_text(r, seen[i], "name"), "renamed");
        CHECK_STR(rig_text(r, seen[i], "sortMode"), "name");
        CHECK_STR(rig_text(r, seen[i], "displayOrder"), "7");
    }
}

TEST(updates_names_orders_and_sort_modes) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "names");
    for (int i = 0; i < 2; i++)
        rig_call(r, "create_worktree", WS ",\"name\":\"n%d\",\"branch\":\"n%d\",\"createBranch\":true}", STR_ARG(ws), i,
                 i);
    Str main_id = rig_worktree(r, ws, "main"), n0 = rig_worktree(r, ws, "n0"), n1 = rig_worktree(r, ws, "n1");
    Str w = rig_call(r, "update_worktree", WT ",\"name\":\"new\",\"sortMode\":\"status\",\"order\":9}", STR_ARG(ws),
                     STR_ARG(n0));
    CHECK_STR(rig_text(r, w, "name"), "new");
    CHECK_STR(rig_text(r, w, "sortMode"), "status");
    CHECK_STR(rig_text(r, w, "displayOrder"), "9");
    CHECK_I64(rig_error(r, "update_worktree", WT ",\"name\":\"n1\"}", STR_ARG(ws), STR_ARG(n0)).code, ERR_CONFLICT);
    Str o = rig_call(r, "reorder_worktrees", WS ",\"worktreeIds\":[\"" STR_FMT "\",\"" STR_FMT "\",\"" STR_FMT "\"]}",
                     STR_ARG(ws), STR_ARG(n1), STR_ARG(n0), STR_ARG(main_id));
    CHECK_STR(rig_text(r, o, "worktrees.0.order"), "0");
    Str all = rig_call(r, "list_worktrees", WS "}", STR_ARG(ws));
    CHECK_STR(rig_text(r, all, "worktrees.0.name"), "n1");
    CHECK_STR(rig_text(r, all, "worktrees.2.name"), "main");
    CHECK_I64(
        rig_error(r, "reorder_worktrees", WS ",\"worktreeIds\":[\"wt_01j00000000000000000000000\"]}", STR_ARG(ws)).code,
        ERR_NOT_FOUND);
}

TEST(checks_out_only_what_is_clean) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "out");
    Str id = rig_worktree(r, ws, "main");
    fixture_sh(test_dir(), "cd out; git branch other; echo x >>a; echo u >u");
    Err e = rig_error(r, "checkout_branch", WT ",\"branch\":\"other\"}", STR_ARG(ws), STR_ARG(id));
    CHECK_I64(e.code, ERR_CONFLICT);
    CHECK_STR(str(e.details[0].path), "modifiedCount");
    CHECK_STR(str(e.details[1].text), "a");
    CHECK_STR(fixture_out(r->arena, test_dir(), "cat out/u"), "u");
    fixture_sh(test_dir(), "cd out; git checkout -q a; rm u");
    Str w = rig_call(r, "checkout_branch", WT ",\"branch\":\"other\"}", STR_ARG(ws), STR_ARG(id));
    CHECK_STR(rig_text(r, w, "branch"), "other");
    rig_call(r, "checkout_branch", WT ",\"branch\":\"brand-new\",\"createBranch\":true}", STR_ARG(ws), STR_ARG(id));
    CHECK_I64(
        rig_error(r, "checkout_branch", WT ",\"branch\":\"other\",\"createBranch\":true}", STR_ARG(ws), STR_ARG(id))
            .code,
        ERR_CONFLICT);
    Str b = rig_call(r, "list_branches", WT "}", STR_ARG(ws), STR_ARG(id));
    CHECK_STR(rig_text(r, b, "current"), "brand-new");
}

static int turn_begins_at; /* how often it is asked until then */

static int begin_turn(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app, (void)tx, (void)v;
    return --turn_begins_at ? 0 : err_fail(e, ERR_CONFLICT, "a turn has begun");
}

TEST(a_turn_that_begins_while_files_are_saved_refuses_a_checkout) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "turn");
    Str id = rig_worktree(r, ws, "main");
    hook_on_worktree_rewriting(&r->app, begin_turn);
    turn_begins_at = 2;
    Err e = rig_error(r, "checkout_branch", WT ",\"branch\":\"b\",\"createBranch\":true}", STR_ARG(ws), STR_ARG(id));
    CHECK_STR(str(e.text), "a turn has begun");
    CHECK_STR(fixture_out(r->arena, test_dir(), "cd turn; git branch --format='%%(refname:short)'"), "main");
    rig_call(r, "checkout_branch", WT ",\"branch\":\"b\",\"createBranch\":true}", STR_ARG(ws), STR_ARG(id));
    hooks_free(r->app.hooks);
}

TEST(status_has_the_sources_fields) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = opened(r, "look");
    Str id = rig_worktree(r, ws, "main");
    Str s = rig_call(r, "get_git_status", WT "}", STR_ARG(ws), STR_ARG(id));
    CHECK(str_find(s, STR("\"isClean\":true,\"ahead\":0,\"behind\":0,\"modified\":[],\"staged\":[],\"untracked\":[]"),
                   &(size_t){0}));
}

TEST(a_worktree_of_another_workspace_is_not_found) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str one = opened(r, "mine"), two = opened(r, "yours");
    Str id = rig_worktree(r, one, "main");
    CHECK_I64(rig_error(r, "get_worktree", WT "}", STR_ARG(two), STR_ARG(id)).code, ERR_NOT_FOUND);
    Str w = rig_call(r, "get_worktree", WT "}", STR_ARG(one), STR_ARG(id));
    CHECK_STR(rig_text(r, w, "agents"), "[]");
}
