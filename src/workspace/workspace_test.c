#include "base/test.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"
#include "workspace/workspace_sql.h"

#define AT "\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\""

TEST(every_statement_prepares_against_the_migrated_store) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Err e = {0};
    DbConn *c;
    CHECK_OK(db_conn_open(r->app.db, &c, &e), e);
    CHECK_OK(db_check_sql(c, workspace_sql, &e), e);
    db_conn_close(c);
}

TEST(opening_registers_the_worktrees_that_are_there) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "open");
    fixture_sh(repo, "rm -rf ../open-wt ../open-gone; git worktree add -q -b topic ../open-wt; "
                     "git worktree add -q --detach ../open-gone; rm -r ../open-gone; mkdir inside");
    Str w = rig_call(r, "create_workspace", "{\"path\":\"%s/inside\"}", repo);
    CHECK_STR(rig_text(r, w, "path"), repo);
    CHECK_STR(rig_text(r, w, "name"), "open");
    CHECK_STR(rig_text(r, w, "worktreeCount"), "2");
    CHECK_STR(rig_text(r, w, "agentCount"), "0");
    CHECK(!rig_text(r, w, "commonDir").p);
    Str d = rig_call(r, "get_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(rig_text(r, w, "id")));
    CHECK_STR(rig_text(r, d, "worktrees.0.name"), "main");
    CHECK_STR(rig_text(r, d, "worktrees.0.isMain"), "true");
    CHECK_STR(rig_text(r, d, "worktrees.1.branch"), "topic");
    CHECK_STR(rig_text(r, d, "worktrees.1.sortMode"), "free");
    CHECK_STR(rig_text(r, d, "worktrees.1.displayOrder"), "1");
    CHECK_STR(rig_text(r, d, "worktrees.1.agents"), "[]");
    CHECK_STR(rig_text(r, d, "worktrees.1.previousAgents"), "[]");
    CHECK(rig_emitted(r, "workspace_opened", repo));
}

TEST(opening_refuses_what_it_must) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "refused");
    fixture_sh(test_dir(), "mkdir -p no-repo; git init -q --bare refused.git; ln -sfn /etc outside; touch a-file; "
                           "rm -rf refused-wt; git -C refused worktree add -q -b wt ../refused-wt");
    rig_open(r, "refused");
    const struct {
        const char *path;
        int want;
    } rows[] = {
        {"no-repo", ERR_INVALID},     {"refused.git", ERR_INVALID}, {"missing", ERR_INVALID},
        {"a-file", ERR_INVALID},      {"outside", ERR_FORBIDDEN},   {"refused", ERR_CONFLICT},
        {"refused-wt", ERR_CONFLICT}, {"../../etc", ERR_FORBIDDEN}, {"missing/../../../etc", ERR_INVALID},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_I64(rig_error(r, "create_workspace", "{\"path\":\"%s/%s\"}", r->dir, rows[i].path).code, rows[i].want);
    CHECK_I64(rig_error(r, "create_workspace", "{\"path\":\"/etc\"}").code, ERR_FORBIDDEN);
    CHECK_I64(rig_error(r, "create_workspace", "{\"path\":\"/nowhere/x\"}").code, ERR_FORBIDDEN);
    CHECK_I64(rig_error(r, "create_workspace", "{\"path\":\"relative\"}").code, ERR_INVALID);
    (void)repo;
}

/* A configuration that sets the location of the files must not lead outside the roots. */
TEST(a_repository_that_points_elsewhere_is_outside) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "elsewhere");
    fixture_sh(repo, "git config core.worktree /etc");
    CHECK_I64(rig_error(r, "create_workspace", "{\"path\":\"%s\"}", repo).code, ERR_FORBIDDEN);
}

/* A worktree inside the roots gives access to its repository: operations on it write there. */
TEST(a_worktree_of_a_repository_outside_the_roots_is_outside) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "window");
    Str outside = fixture_out(r->arena, test_dir(), "mktemp -d /tmp/muster-outside-XXXXXX");
    fixture_sh(test_dir(),
               "rm -rf window-wt; git clone -q --bare %s " STR_FMT "/bare; "
               "git --git-dir=" STR_FMT "/bare worktree add -q -b inside window-wt",
               repo, STR_ARG(outside), STR_ARG(outside));
    Err e = rig_error(r, "create_workspace", "{\"path\":\"%s/window-wt\"}", r->dir);
    fixture_sh(test_dir(), "rm -rf " STR_FMT, STR_ARG(outside));
    CHECK_I64(e.code, ERR_FORBIDDEN);
}

/* Its git folder is inside the superproject's: that folder must not become a workspace, and nothing may be created in
 * it. */
TEST(a_submodule_is_the_folder_of_its_files) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "outer");
    fixture_repo(r->arena, "lib");
    fixture_sh(repo, "rm -rf ../lib-wt; git -c protocol.file.allow=always submodule --quiet add ../lib part; "
                     "git commit -qm part; git -C part worktree add -q -b away ../../lib-wt");
    static const char *const doors[] = {"outer/part", "lib-wt"};
    for (size_t i = 0; i < COUNT_OF(doors); i++) {
        Str ws = rig_open(r, doors[i]);
        Str d = rig_call(r, "refresh_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
        Str part = arena_fmt(r->arena, "%s/part", repo);
        CHECK_STR(rig_text(r, d, "path"), part.p);
        CHECK_STR(rig_text(r, d, "name"), "part");
        CHECK_STR(rig_text(r, d, "worktrees.0.path"), part.p);
        CHECK_STR(rig_text(r, d, "worktrees.0.isMain"), "true");
        CHECK_STR(rig_text(r, d, "worktreeCount"), "2");
        rig_call(r, "delete_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
    }
    Str ws = rig_open(r, "outer/part");
    Str w = rig_call(r, "create_worktree",
                     "{\"workspaceId\":\"" STR_FMT "\",\"name\":\"x\",\"branch\":\"x\",\"createBranch\":true}",
                     STR_ARG(ws));
    CHECK_STR(rig_text(r, w, "path"), arena_fmt(r->arena, "%s/part-x", repo).p);
}

TEST(a_folder_apart_from_its_git_folder_stays_the_main_worktree) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "split");
    fixture_sh(test_dir(), "rm -rf split.store; git -C split init -q --separate-git-dir ../split.store");
    Str ws = rig_open(r, "split");
    Str d = rig_call(r, "refresh_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
    CHECK_STR(rig_text(r, d, "path"), arena_fmt(r->arena, "%s/split", r->dir).p);
    CHECK_STR(rig_text(r, d, "worktrees.0.path"), arena_fmt(r->arena, "%s/split", r->dir).p);
    CHECK_STR(rig_text(r, d, "worktrees.0.isMain"), "true");
}

TEST(refreshing_follows_git_and_keeps_missing_worktrees) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "fresh");
    fixture_sh(repo,
               "rm -rf ../fresh-*; git worktree add -q -b one ../fresh-one; git worktree add -q -b two ../fresh-two");
    Str ws = rig_open(r, "fresh");
    Str two = rig_worktree(r, ws, "fresh-two");
    fixture_sh(
        repo, "git worktree remove ../fresh-one; git worktree add -q -b three ../fresh-three; mv ../fresh-two ../away; "
              "git switch -qc renamed");
    Str d = rig_call(r, "refresh_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
    CHECK_STR(rig_text(r, d, "worktreeCount"), "3");
    CHECK_STR(rig_text(r, d, "worktrees.0.branch"), "renamed");
    CHECK_STR(rig_worktree(r, ws, "fresh-two"), two.p);
    rig_worktree(r, ws, "fresh-three");
    CHECK(rig_text(r, d, "notes.0").p);
    CHECK(rig_emitted(r, "workspace_updated", "worktree_removed"));
    Err e = rig_error(r, "get_git_status", "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\"}",
                      STR_ARG(ws), STR_ARG(two));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    fixture_sh(repo, "mv ../away ../fresh-two");
    d = rig_call(r, "refresh_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
    CHECK(!rig_text(r, d, "notes").p);
}

TEST(refreshing_follows_a_worktree_that_was_moved) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "moving");
    fixture_sh(repo, "rm -rf ../moving-* ../moved-*; git worktree add -q -b one ../moving-one; "
                     "git worktree add -q --detach ../moving-two; git worktree add -q --detach ../moving-three");
    Str ws = rig_open(r, "moving");
    Str one = rig_worktree(r, ws, "moving-one"), two = rig_worktree(r, ws, "moving-two");
    rig_worktree(r, ws, "moving-three");
    r->emitted.n = 0;
    fixture_sh(repo, "git worktree move ../moving-one ../moved-one; git worktree move ../moving-two ../moved-two; "
                     "git worktree remove ../moving-three; git worktree add -q --detach ../moving-four");
    Str d = rig_call(r, "refresh_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
    CHECK_STR(rig_text(r, d, "worktreeCount"), "4");
    CHECK_STR(rig_worktree(r, ws, "moving-one"), arena_cstr(r->arena, one));
    CHECK_STR(rig_worktree(r, ws, "moving-two"), arena_cstr(r->arena, two));
    CHECK(rig_emitted(r, "workspace_updated", "/moved-one\""));
    static const char *const ends[] = {"/moved-one", "/moved-two"};
    const Str ids[] = {one, two};
    for (size_t i = 0; i < 2; i++) {
        Str w = rig_call(r, "get_worktree", "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\"}",
                         STR_ARG(ws), STR_ARG(ids[i]));
        CHECK(str_ends(rig_text(r, w, "path"), str(ends[i])));
        CHECK_STR(rig_text(r, w, "isMissing"), "false");
    }
    rig_worktree(r, ws, "moving-four"); /* a different one, although three is gone */
}

TEST(closing_touches_no_file) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "close");
    Str ws = rig_open(r, "close");
    rig_call(r, "delete_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
    CHECK(fixture_exists(repo, "a"));
    CHECK_I64(rig_error(r, "get_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws)).code, ERR_NOT_FOUND);
    CHECK(rig_emitted(r, "workspace_closed", ws.p));
    rig_open(r, "close");
}

#define WS "{\"workspaceId\":\"" STR_FMT "\""
#define WT WS ",\"worktreeId\":\"" STR_FMT "\""

TEST(a_closed_workspace_cannot_be_found_and_is_restored_unchanged) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "again");
    fixture_sh(repo, "rm -rf ../again-*; git worktree add -q -b one ../again-one; git worktree add -q -b two "
                     "../again-two");
    Str ws = rig_open(r, "again"), one = rig_worktree(r, ws, "again-one"), main_id = rig_worktree(r, ws, "main");
    rig_call(r, "update_workspace", WS ",\"name\":\"mine\"}", STR_ARG(ws));
    rig_call(r, "update_worktree", WT ",\"name\":\"first\",\"order\":7}", STR_ARG(ws), STR_ARG(one));
    rig_call(r, "delete_workspace", WS "}", STR_ARG(ws));
    CHECK_STR(rig_call(r, "list_workspaces", "{}"), "{\"workspaces\":[]}");
    static const char *const of_workspace[] = {"get_workspace", "delete_workspace", "refresh_workspace",
                                               "list_worktrees"};
    for (size_t i = 0; i < COUNT_OF(of_workspace); i++)
        CHECK_I64(rig_error(r, of_workspace[i], WS "}", STR_ARG(ws)).code, ERR_NOT_FOUND);
    static const char *const of_worktree[] = {"get_worktree",     "update_worktree", "delete_worktree",
                                              "restore_worktree", "get_git_status",  "list_branches"};
    for (size_t i = 0; i < COUNT_OF(of_worktree); i++)
        CHECK_I64(rig_error(r, of_worktree[i], WT "}", STR_ARG(ws), STR_ARG(one)).code, ERR_NOT_FOUND);
    CHECK_I64(rig_error(r, "update_workspace", WS ",\"name\":\"x\"}", STR_ARG(ws)).code, ERR_NOT_FOUND);
    fixture_sh(repo, "git worktree remove ../again-two; git worktree add -q -b three ../again-three; "
                     "git -C ../again-one switch -qc other");
    Str w = rig_call(r, "create_workspace", "{\"path\":\"%s\"}", repo);
    CHECK_STR(rig_text(r, w, "id"), arena_cstr(r->arena, ws));
    CHECK_STR(rig_text(r, w, "name"), "mine");
    CHECK_STR(rig_text(r, w, "worktreeCount"), "3");
    CHECK_STR(rig_worktree(r, ws, "main"), arena_cstr(r->arena, main_id));
    CHECK_STR(rig_worktree(r, ws, "first"), arena_cstr(r->arena, one));
    rig_worktree(r, ws, "again-three");
    Str tree = rig_call(r, "get_worktree", WT "}", STR_ARG(ws), STR_ARG(one));
    CHECK_STR(rig_text(r, tree, "branch"), "other");
    CHECK_STR(rig_text(r, tree, "displayOrder"), "7");
}

/* The repository moved while it was closed: by its folder it is another one, but its worktrees have not moved. */
TEST(a_worktree_follows_its_folder_to_the_workspace_that_has_it_now) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "before");
    fixture_sh(repo, "rm -rf ../beside ../after; git worktree add -q -b one ../beside");
    Str ws = rig_open(r, "before"), one = rig_worktree(r, ws, "beside");
    rig_call(r, "delete_workspace", WS "}", STR_ARG(ws));
    fixture_sh(test_dir(), "mv before after; git -C after worktree repair ../beside 2>&1");
    Str now = rig_open(r, "after");
    CHECK(!str_eq(now, ws));
    CHECK_STR(rig_worktree(r, now, "beside"), arena_cstr(r->arena, one));
}

TEST(a_vanished_repository_is_reported) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "vanish");
    Str ws = rig_open(r, "vanish");
    fixture_sh(repo, "mv ../vanish ../vanished");
    CHECK_I64(rig_error(r, "refresh_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws)).code, ERR_NOT_FOUND);
    CHECK_I64(rig_error(r, "create_worktree",
                        "{\"workspaceId\":\"" STR_FMT "\",\"name\":\"x\",\"branch\":\"x\","
                        "\"createBranch\":true}",
                        STR_ARG(ws))
                  .code,
              ERR_NOT_FOUND);
    fixture_sh(test_dir(), "rm -rf vanished");
}

/* With a linked worktree beside it and one inside: both are found again, and git's links are mended. */
TEST(a_repository_that_was_moved_is_followed) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *repo = fixture_repo(r->arena, "home");
    fixture_sh(repo, "rm -rf ../aside ../away; git worktree add -q -b one ../aside; git worktree add -q -b two inner");
    Str ws = rig_open(r, "home"), aside = rig_worktree(r, ws, "aside"), inner = rig_worktree(r, ws, "inner");
    const char *to = "{\"workspaceId\":\"" STR_FMT "\",\"path\":\"%s\"}";
    const char *away = arena_fmt(r->arena, "%s/away", r->dir).p;
    CHECK_I64(rig_error(r, "relocate_workspace", to, STR_ARG(ws), repo).code, ERR_CONFLICT);
    const char *other = fixture_repo(r->arena, "other");
    fixture_sh(test_dir(), "mv home away");
    Err e = rig_error(r, "relocate_workspace", to, STR_ARG(ws), other);
    CHECK_I64(e.code, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("it seems to be another repository"), &(size_t){0}));
    Str out = rig_call(r, "relocate_workspace", to, STR_ARG(ws), away);
    CHECK_STR(rig_text(r, out, "path"), away);
    CHECK_STR(rig_text(r, out, "id"), arena_cstr(r->arena, ws));
    CHECK(rig_emitted(r, "workspace_moved", away));
    const char *at = "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\"}";
    CHECK_STR(rig_text(r, rig_call(r, "get_git_status", at, STR_ARG(ws), STR_ARG(aside)), "branch"), "one");
    CHECK_STR(rig_text(r, rig_call(r, "get_git_status", at, STR_ARG(ws), STR_ARG(inner)), "branch"), "two");
    CHECK_STR(rig_text(r, rig_call(r, "get_worktree", at, STR_ARG(ws), STR_ARG(inner)), "path"),
              arena_fmt(r->arena, "%s/inner", away).p);
    out = rig_call(r, "refresh_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
    CHECK_STR(rig_text(r, out, "worktrees.2.path"), arena_fmt(r->arena, "%s/inner", away).p);
    fixture_sh(test_dir(), "rm -rf away aside");
}

/* One removed from a folder outside and one from inside the repository, which moves along with its place. */
TEST(the_trash_of_a_repository_that_was_moved_is_restored_where_it_belongs_now) {
    const char *to = "{\"workspaceId\":\"" STR_FMT "\",\"path\":\"%s\"}";
    for (int without_store = 0; without_store < 2; without_store++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        CLEANUP(rig_freep) Rig *r = rig_new(NULL);
        const char *repo = fixture_repo(a, "trashed"), *away = arena_fmt(a, "%s/trashed-away", r->dir).p;
        fixture_sh(repo,
                   "rm -rf ../trashed-away ../outer; git worktree add -q -b one ../outer; git worktree add -q -b two "
                   "inner");
        Str ws = rig_open(r, "trashed"), trees[] = {rig_worktree(r, ws, "outer"), rig_worktree(r, ws, "inner")};
        for (int i = 0; i < 2; i++) rig_call(r, "delete_worktree", "{" AT "}", STR_ARG(ws), STR_ARG(trees[i]));
        fixture_sh(test_dir(), "mv trashed trashed-away");
        rig_call(r, "relocate_workspace", to, STR_ARG(ws), away);
        if (without_store) {
            const char *home = arena_strdup(a, r->home);
            rig_free(r);
            fixture_sh(home, "rm -f muster.db*");
            r = rig_new(home);
            rig_open(r, "trashed-away");
        }
        Str list = rig_call(r, "list_trash", "{}");
        for (int i = 0; i < 2; i++) {
            Str id = rig_text(r, list, arena_fmt(a, "entries.%d.id", i).p);
            rig_call(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(id));
        }
        fixture_sh(
            away,
            "test $(git -C inner branch --show-current) = two; test $(git -C ../outer branch --show-current) = one; "
            "git worktree prune; test $(git worktree list | wc -l) = 3");
        fixture_sh(test_dir(), "rm -rf trashed-away outer");
    }
}

/* Branches of the same names are in many repositories; what Muster kept is in one. */
TEST(another_repository_with_the_same_branches_is_not_taken_for_the_moved_one) {
    const char *to = "{\"workspaceId\":\"" STR_FMT "\",\"path\":\"%s\"}";
    const char *keep[] = {"{" AT ",\"branch\":\"main\"}", "{" AT "}"};
    const char *const ops[] = {"checkout_branch", "delete_worktree"};
    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        CLEANUP(rig_freep) Rig *r = rig_new(NULL);
        const char *repo = fixture_repo(r->arena, "sole"), *other = fixture_repo(r->arena, "twin");
        fixture_sh(repo, "git switch -qc topic; rm -rf ../sole-moved ../sole-tree");
        fixture_sh(other, "git branch topic");
        if (i)
            fixture_sh(repo, "git worktree add -q ../sole-tree main; git -C ../sole-tree commit -qm own --allow-empty");
        Str ws = rig_open(r, "sole"), wt = rig_worktree(r, ws, i ? "sole-tree" : "main");
        rig_call(r, ops[i], keep[i], STR_ARG(ws), STR_ARG(wt));
        fixture_sh(test_dir(), "mv sole sole-moved");
        Err e = rig_error(r, "relocate_workspace", to, STR_ARG(ws), other);
        CHECK_I64(e.code, ERR_CONFLICT);
        CHECK(str_find(str(e.text), STR("has nothing of what Muster kept in sole"), &(size_t){0}));
        const char *moved = arena_fmt(r->arena, "%s/sole-moved", r->dir).p;
        rig_call(r, "relocate_workspace", to, STR_ARG(ws), moved);
    }
}

static int agents_of(DbConn *db, Str worktree, Arena *a, WorktreeAgents *ret, Err *e) {
    (void)db, (void)a, (void)e;
    ret->living = worktree.n ? STR("[{\"id\":\"ag_1\"}]") : STR("[]");
    ret->archived = STR("[{\"id\":\"ag_0\"}]");
    ret->archived_count = 9;
    return 0;
}

static int count_agents(DbConn *db, Str workspace, int64_t *ret, Err *e) {
    (void)db, (void)workspace, (void)e;
    *ret = 7;
    return 0;
}

TEST(agents_are_listed_by_the_noun_that_has_them) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "agents");
    Str ws = rig_open(r, "agents");
    r->app.agents = &(WorkspaceAgents){agents_of, count_agents};
    Str d = rig_call(r, "get_workspace", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(ws));
    r->app.agents = NULL;
    CHECK_STR(rig_text(r, d, "agentCount"), "7");
    CHECK_STR(rig_text(r, d, "worktrees.0.agents.0.id"), "ag_1");
    CHECK_STR(rig_text(r, d, "worktrees.0.previousAgents.0.id"), "ag_0");
    CHECK_STR(rig_text(r, d, "worktrees.0.previousAgentCount"), "9");
}

TEST(browsing_stays_inside_the_roots) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "browse");
    fixture_sh(test_dir(),
               "rm -rf shelf; mkdir -p shelf/b shelf/a shelf/.hidden; touch shelf/file; ln -s /etc shelf/etc; "
               "ln -s ../browse shelf/repo; mkdir \"shelf/$(printf 'bad\\377')\"");
    Str f = rig_call(r, "browse_folders", "{\"path\":\"%s/shelf\"}", r->dir);
    CHECK_STR(rig_text(r, f, "entries.0.name"), "a");
    CHECK_STR(rig_text(r, f, "entries.1.name"), "b");
    CHECK_STR(rig_text(r, f, "entries.2.name"), "repo");
    CHECK_STR(rig_text(r, f, "entries.2.isRepository"), "true");
    CHECK(!rig_text(r, f, "entries.3").p);
    CHECK_STR(rig_text(r, f, "parent"), r->dir);
    Str top = rig_call(r, "browse_folders", "{}");
    CHECK_STR(rig_text(r, top, "path"), r->dir);
    CHECK(!rig_text(r, top, "parent").p);
    CHECK_I64(rig_error(r, "browse_folders", "{\"path\":\"%s/shelf/etc\"}", r->dir).code, ERR_FORBIDDEN);
    CHECK_I64(rig_error(r, "browse_folders", "{\"path\":\"/\"}").code, ERR_FORBIDDEN);
    CHECK_I64(rig_error(r, "browse_folders", "{\"path\":\"%s/shelf/file\"}", r->dir).code, ERR_INVALID);
    CHECK_I64(rig_error(r, "browse_folders", "{\"path\":\"%s/none\"}", r->dir).code, ERR_NOT_FOUND);
}
