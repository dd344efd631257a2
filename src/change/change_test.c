/* The operations of change/ over a real repository: their refusals, bounds and orders. */
#include "change/change.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "agent/agent.h"
#include "agent/agent_migrations.h"
#include "approval/approval_migrations.h"
#include "attachment/attachment_migrations.h"
#include "base/test.h"
#include "change/change_migrations.h"
#include "change/comment_in.h"
#include "change/land_queue.h"
#include "checkpoint/checkpoint_migrations.h"
#include "conversation/conversation_migrations.h"
#include "core/core_migrations.h"
#include "core/hook.h"
#include "core/launch_migrations.h"
#include "core/op_migrations.h"
#include "core/setting.h"
#include "core/test_app.h"
#include "git/git_fixture.h"
#include "script/script_migrations.h"
#include "sys/fault.h"
#include "usage/usage_migrations.h"
#include "workspace/workspace_migrations.h"

typedef struct Scene {
    TestApp t;
    const char *repo;
    Str ws, wt; /* ids of the workspace and of its main worktree */
} Scene;

static int set_roots(Tx *tx, void *arg, Err *e) {
    (void)arg;
    return setting_put(tx, setting_def(SET_WORKSPACE_ROOTS), str(test_dir()), e);
}

__attribute__((format(printf, 4, 5))) static Str call(Scene *s, int want, const char *op, const char *fmt, ...) {
    char json[8192];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(json, sizeof json, fmt, ap);
    va_end(ap);
    TestCall c = {.app = &s->t, .op = op, .json = json};
    int got = test_call(&s->t, &c);
    if (got != want) test_fail(__FILE__, __LINE__, "%s %s: %d " STR_FMT, op, json, got, STR_ARG(c.body));
    return c.body;
}

#define AT "\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\""
#define MAIN STR_ARG(s.ws), STR_ARG(s.wt)

/* The owner that is registered with the hooks stays on a separate App, so that launches here are only rows. */
static void scene_open(Scene *s, const char *name) {
    static const Migration *const migrations[] = {core_migrations,
                                                  op_migrations,
                                                  launch_migrations,
                                                  workspace_migrations,
                                                  script_migrations,
                                                  approval_migrations,
                                                  agent_migrations,
                                                  usage_migrations,
                                                  conversation_migrations,
                                                  change_migrations,
                                                  checkpoint_migrations,
                                                  attachment_migrations,
                                                  NULL};
    static const Op *const ops[] = {workspace_ops,  base_ops,   agent_ops,      agent_run_ops, message_ops,
                                    diff_ops,       stage_ops,  merge_ops,      radar_ops,     comment_ops,
                                    land_queue_ops, script_ops, script_run_ops, remote_ops,    NULL};
    static const TopicDef *const topics[] = {agent_topics, workspace_topics, NULL};
    static const ConversationKind *const conversations[] = {&agent_conversation, NULL};
    App apart = {0};
    Err e = {0};
    test_app_start(&s->t, &(TestAppConfig){
                              .migrations = migrations, .ops = ops, .topics = topics, .conversations = conversations});
    CHECK_OK(launches_new(&apart, &apart.launches, &e), e);
    conversation_register(&apart);
    agent_register(&apart);
    s->t.app.hooks = apart.hooks;
    s->t.app.agents = apart.agents;
    launches_free(apart.launches);
    change_register(&s->t.app);
    test_write(&s->t, set_roots, NULL);
    CHECK_OK(settings_reload(s->t.app.settings, s->t.conn, &e), e);
    s->repo = fixture_repo(s->t.arena, name);
    s->ws = test_json(&s->t, call(s, 201, "create_workspace", "{\"path\":\"%s\"}", s->repo), "id");
    s->wt = test_json(&s->t, call(s, 200, "list_worktrees", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(s->ws)),
                      "worktrees.0.id");
}

static void scene_close(Scene *s) {
    landings_join(&s->t.app);
    change_done(&s->t.app);
    test_app_stop(&s->t);
}

TEST(a_check_counts_only_for_the_content_that_it_saw_from_its_start_to_its_end) {
    ScriptRun runs[] = {
        {.state = SCRIPT_PASSED, .content_id = STR("c"), .end_content_id = STR("c")},
        {.state = SCRIPT_PASSED, .content_id = STR("c"), .end_content_id = STR("d")},
        {.state = SCRIPT_PASSED, .content_id = STR("d"), .end_content_id = STR("c")},
        {.state = SCRIPT_PASSED, .content_id = STR("c")},
        {.state = SCRIPT_PASSED},
        {.state = SCRIPT_FAILED, .content_id = STR("c"), .end_content_id = STR("c")},
    };
    CHECK_I64(checks_unmet(&(ScriptRunList){runs, 6}, STR("c")), 5);
    CHECK_I64(checks_unmet(&(ScriptRunList){runs, 1}, STR("d")), 1);
    CHECK_I64(checks_unmet(&(ScriptRunList){NULL, 0}, STR("c")), 0);
}

TEST(a_prompt_names_a_path_on_one_line_and_without_escape_sequences) {
    static const struct {
        const char *path, *want;
    } rows[] = {{"a b.txt", "a b.txt"},      {"caf\xc3\xa9", "caf\xc3\xa9"},
                {"a\n- b", "\"a\\n- b\""},   {"\x1b[31mred", "\"\\033[31mred\""},
                {"caf\xe9", "\"caf\\351\""}, {"say \"x\"", "\"say \\\"x\\\"\""}};
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) CHECK_STR(prompt_path(a, str(rows[i].path)), rows[i].want);
}

TEST(what_cannot_be_staged_is_refused_before_anything_is) {
    static const struct {
        int status;
        const char *choice, *says;
    } rows[] = {
        {400, "\"all\":false", "files, hunks or all is required"},
        {400, "\"all\":true,\"files\":[\"a\"]", "all excludes files and hunks"},
        {400, "\"files\":[\"a\",\"\"]", "an entry of files is empty"},
        {400, "\"files\":[\"d\"],\"hunks\":[{\"path\":\"d/f\",\"id\":\"0\"}]", "d/f is both in files and in hunks"},
        {400, "\"files\":[\"\\\"a\"]", "files[0]"},
        {404, "\"files\":[\"none\"]", "none"},
        {409, "\"hunks\":[{\"path\":\"a\",\"id\":\"0\"}]", "a has changed since: hunk 0 is no longer there"},
    };
    static const char *const ops[] = {"stage_changes", "discard_changes"};
    Scene s = {0};
    scene_open(&s, "choices");
    fixture_sh(s.repo, "mkdir d; echo f >d/f; git add .; git commit -qm d; echo two >>a; echo two >>d/f");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t k = 0; k < 2; k++) {
            Str said = call(&s, rows[i].status, ops[k], "{" AT ",%s}", MAIN, rows[i].choice);
            if (!str_find(said, str(rows[i].says), &(size_t){0}))
                test_fail(__FILE__, __LINE__, "%s gives " STR_FMT, rows[i].choice, STR_ARG(said));
            CHECK_STR(fixture_out(s.t.arena, s.repo, "git status --porcelain"), "M a\n M d/f");
        }
    }
    scene_close(&s);
}

static int turn_begins_at; /* how often it is asked until then */

static int begin_turn(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app, (void)tx, (void)v;
    return --turn_begins_at ? 0 : err_fail(e, ERR_CONFLICT, "a turn has begun");
}

TEST(the_files_of_a_turn_that_begins_during_a_merge_stay) {
    static const struct {
        int asked, status;
        const char *says, *state;
    } rows[] = {{2, 409, "a turn has begun", ""},
                {3, 500, "files are half changed: restore salvage", "A  new"},
                {0, 500, "the worktree is as it was before", ""}};
    Scene s = {0};
    scene_open(&s, "turns");
    hook_on_worktree_rewriting(&s.t.app, begin_turn);
    fixture_sh(s.repo,
               "git config user.name A; git config user.email a@example.org; git switch -qc other; echo n >new; "
               "git add .; git commit -qm new; git switch -q main; echo m >a; git commit -qam m; mkdir -p "
               ".git/hooks; printf '#!/bin/sh\nkill -9 $PPID\n' >.git/hooks/pre-merge-commit; "
               "chmod +x .git/hooks/pre-merge-commit");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        turn_begins_at = rows[i].asked;
        Str said = call(&s, rows[i].status, "merge_base", "{" AT ",\"branch\":\"other\"}", MAIN);
        if (!str_find(said, str(rows[i].says), &(size_t){0}))
            test_fail(__FILE__, __LINE__, "row %zu gives " STR_FMT, i, STR_ARG(said));
        CHECK_STR(fixture_out(s.t.arena, s.repo, "git status --porcelain"), rows[i].state);
        fixture_sh(s.repo, "git reset -q --hard");
    }
    scene_close(&s);
}

TEST(a_step_that_is_refused_leaves_no_salvage) {
    Scene s = {0};
    scene_open(&s, "refused");
    fixture_sh(s.repo, "git config user.name A; git config user.email a@example.org; git switch -qc other; echo o >a; "
                       "git commit -qam o; git switch -q main; echo m >a; git commit -qam m; echo dirty >a");
    call(&s, 409, "continue_merge", "{" AT "}", MAIN);
    call(&s, 409, "abort_merge", "{" AT "}", MAIN);
    fixture_sh(s.repo, "git remote add origin .; git fetch -q origin; git branch -q -u origin/other; "
                       "git checkout -q -- a");
    call(&s, 409, "pull_branch", "{" AT ",\"how\":\"ff\"}", MAIN);
    fixture_sh(s.repo, "git merge -q other || true");
    call(&s, 409, "continue_merge", "{" AT "}", MAIN);
    Str all = call(&s, 200, "list_salvages", "{" AT "}", MAIN);
    CHECK_STR(test_json(&s.t, all, "total"), "0");
    scene_close(&s);
}

TEST(a_cursor_leads_on_where_its_own_file_is_no_longer_changed) {
    Scene s = {0};
    scene_open(&s, "cursors");
    fixture_sh(s.repo, "echo 2 >>a; for i in b c d; do echo $i >$i; done");
    Str page = call(&s, 200, "get_worktree_diff", "{" AT ",\"limit\":2}", MAIN);
    CHECK_STR(test_json(&s.t, page, "files.1.path"), "b");
    Str next = test_json(&s.t, page, "next");
    fixture_sh(s.repo, "rm b");
    page = call(&s, 200, "get_worktree_diff", "{" AT ",\"limit\":2,\"after\":\"" STR_FMT "\"}", MAIN, STR_ARG(next));
    CHECK_STR(test_json(&s.t, page, "files.0.path"), "c");
    CHECK_STR(test_json(&s.t, page, "files.1.path"), "d");
    CHECK(!test_json(&s.t, page, "next").p);
    static const char *const bad[] = {"t6", "x61", "t6g", "u6A", "b"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        call(&s, 400, "get_worktree_diff", "{" AT ",\"after\":\"%s\"}", MAIN, bad[i]);
    page = call(&s, 200, "get_worktree_diff", "{" AT ",\"after\":\"uff\"}", MAIN);
    CHECK(!test_json(&s.t, page, "files.0.path").p);
    call(&s, 404, "get_worktree_diff", "{" AT ",\"path\":\"none\"}", MAIN);
    scene_close(&s);
}

TEST(the_base_branch_is_a_local_branch_or_the_default) {
    Scene s = {0};
    scene_open(&s, "base");
    fixture_sh(s.repo, "git branch other; git tag v1");
    Str set = call(&s, 200, "set_base_branch", "{\"workspaceId\":\"" STR_FMT "\",\"branch\":\"other\"}", STR_ARG(s.ws));
    CHECK_STR(test_json(&s.t, set, "branch"), "other");
    call(&s, 404, "set_base_branch", "{\"workspaceId\":\"" STR_FMT "\",\"branch\":\"v1\"}", STR_ARG(s.ws));
    Str got = call(&s, 200, "get_base_branch", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(s.ws));
    CHECK_STR(test_json(&s.t, got, "branch"), "other");
    got = call(&s, 200, "set_base_branch", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(s.ws));
    CHECK_STR(test_json(&s.t, got, "branch"), "main");
    scene_close(&s);
}

/* A worktree with a commit of the script's. */
static Str tree(Scene *s, const char *name, const char *script) {
    Str made = call(s, 201, "create_worktree",
                    "{\"workspaceId\":\"" STR_FMT "\",\"name\":\"%s\",\"branch\":\"%s\",\"createBranch\":true}",
                    STR_ARG(s->ws), name, name);
    const char *path = test_json(&s->t, made, "path").p;
    fixture_sh(path, "%s; git add -A; git commit -qm %s", script, name);
    return test_json(&s->t, made, "id");
}

/* "branch branch": the rows of the plan in their order. */
static Str plan_order(Scene *s) {
    Str plan = call(s, 200, "plan_landing", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(s->ws)), all = STR("");
    for (int i = 0;; i++) {
        Str branch = test_json(&s->t, plan, arena_fmt(s->t.arena, "worktrees.%d.branch", i).p);
        if (!branch.p) return all;
        all = arena_fmt(s->t.arena, STR_FMT "%s" STR_FMT, STR_ARG(all), all.n ? " " : "", STR_ARG(branch));
    }
}

TEST(the_plan_puts_conflicts_last_and_small_ones_first) {
    Scene s = {0};
    scene_open(&s, "plan");
    fixture_sh(s.repo, "seq 1 50 >n; git add .; git commit -qm n");
    tree(&s, "large", "seq 1 400 >large");
    tree(&s, "small", "echo s >small");
    Str left = tree(&s, "left", "sed -i 's/^10$/left/' n");
    Str right = tree(&s, "right", "sed -i 's/^10$/right/' n; seq 1 5 >more");
    tree(&s, "apart", "sed -i 's/^40$/apart/' n");
    tree(&s, "stale", "sed -i 's/^25$/stale/' n");
    CHECK_STR(plan_order(&s), "small apart stale large left right");
    CHECK_STR(test_json(&s.t, call(&s, 200, "list_landable", "{}"), "workspaces.0.worktrees"), "6");
    fixture_sh(s.repo, "sed -i 's/^25$/base/' n; git commit -qam base");
    CHECK_STR(plan_order(&s), "small apart large left right stale");
    fixture_sh(s.repo, "git merge --squash -q small; git commit -qm small");
    CHECK_STR(plan_order(&s), "apart large left right stale");
    CHECK_STR(test_json(&s.t, call(&s, 200, "list_landable", "{}"), "workspaces.0.worktrees"), "5");

    Str radar = call(&s, 200, "get_radar", "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\"}",
                     STR_ARG(s.ws), STR_ARG(left));
    bool has_right = str_find(radar, right, &(size_t){0});
    CHECK(has_right);
    CHECK(str_find(radar, STR("\"conflicts\":[\"n\"]"), &(size_t){0}));
    scene_close(&s);
}

#define WS "{\"workspaceId\":\"" STR_FMT "\"}"

static Str radar_of(Scene *s, Str only) {
    if (!only.n) return call(s, 200, "get_radar", WS, STR_ARG(s->ws));
    return call(s, 200, "get_radar", "{" AT "}", STR_ARG(s->ws), STR_ARG(only));
}

/* How many of its list have this id as a side; how many there are, without one. */
static int64_t count_sides(Scene *s, Str radar, const char *list, Str id) {
    int64_t n = 0;
    for (int i = 0;; i++) {
        Str one = test_json(&s->t, radar, arena_fmt(s->t.arena, "%s.%d.oneId", list, i).p);
        Str other = test_json(&s->t, radar, arena_fmt(s->t.arena, "%s.%d.otherId", list, i).p);
        if (!one.p) return n;
        n += !id.n || str_eq(one, id) || str_eq(other, id);
    }
}

static bool names(Scene *s, Str radar, const char *list, Str a, Str b) {
    for (int i = 0;; i++) {
        Str one = test_json(&s->t, radar, arena_fmt(s->t.arena, "%s.%d.oneId", list, i).p);
        Str other = test_json(&s->t, radar, arena_fmt(s->t.arena, "%s.%d.otherId", list, i).p);
        if (!one.p) return false;
        if ((str_eq(one, a) && str_eq(other, b)) || (str_eq(one, b) && str_eq(other, a))) return true;
    }
}

TEST(the_radar_names_each_pair_that_nobody_compared) {
    enum { TREES = 11, PAIRS = TREES * (TREES - 1) / 2 };
    Scene s = {0};
    Str ids[TREES];
    scene_open(&s, "left");
    fixture_sh(s.repo, "seq 1 50 >n; git add .; git commit -qm n");
    for (int i = 0; i < TREES; i++)
        ids[i] = tree(&s, arena_fmt(s.t.arena, "t%d", i).p, arena_fmt(s.t.arena, "sed -i 's/^10$/t%d/' n", i).p);
    Str r = radar_of(&s, (Str){0});
    CHECK_STR(test_json(&s.t, r, "compared"), "50");
    CHECK_STR(test_json(&s.t, r, "leftOut"), "5");
    CHECK_I64(count_sides(&s, r, "pairs", (Str){0}), 50);
    CHECK_I64(count_sides(&s, r, "notCompared", (Str){0}), PAIRS - 50);
    for (int i = 0; i < TREES; i++)
        for (int k = i + 1; k < TREES; k++)
            CHECK(names(&s, r, "pairs", ids[i], ids[k]) != names(&s, r, "notCompared", ids[i], ids[k]));
    CHECK_STR(test_json(&s.t, call(&s, 200, "plan_landing", WS, STR_ARG(s.ws)), "leftOut"), "5");

    Str alone = test_json(&s.t, r, "notCompared.0.oneId");
    r = radar_of(&s, alone);
    CHECK_I64(count_sides(&s, r, "pairs", alone), TREES - 1);
    CHECK_I64(count_sides(&s, r, "notCompared", (Str){0}), 0);

    const char *find = arena_fmt(s.t.arena, "SELECT path FROM worktree WHERE id = '" STR_FMT "'", STR_ARG(ids[0])).p;
    fixture_sh(s.repo, "rm -rf '%s'", arena_cstr(s.t.arena, test_cell(&s.t, find)));
    r = radar_of(&s, (Str){0});
    CHECK_STR(test_json(&s.t, r, "compared"), "45");
    CHECK_STR(test_json(&s.t, r, "leftOut"), "11"); /* with each of the ten others, and with the main worktree */
    CHECK_I64(count_sides(&s, r, "notCompared", ids[0]), 11);
    CHECK_I64(count_sides(&s, r, "pairs", ids[0]), 0);
    scene_close(&s);
}

static int open_turn_tx(Tx *tx, void *arg, Err *e) {
    static const Sql begin = {"begin",
                              "INSERT INTO turn (conversation, step, idx, started_at, outcome) "
                              "SELECT number, '', 0, 1, 'running' FROM conversation",
                              "test"};
    (void)arg;
    return tx_run(tx, &begin, DB_NONE, NULL, e);
}

/* What is committed may be half of the work. */
TEST(a_worktree_in_the_middle_of_a_turn_is_not_ready_to_land) {
    Scene s = {0};
    scene_open(&s, "turn");
    Str one = tree(&s, "one", "seq 1 3 >n");
    call(&s, 201, "create_agent", "{\"worktreeId\":\"" STR_FMT "\"}", STR_ARG(one));
    CHECK_STR(test_json(&s.t, call(&s, 200, "list_landable", "{}"), "workspaces.0.worktrees"), "1");
    CHECK_STR(test_json(&s.t, call(&s, 200, "plan_landing", WS, STR_ARG(s.ws)), "worktrees.0.branch"), "one");
    test_write(&s.t, open_turn_tx, NULL);
    Str plan = call(&s, 200, "plan_landing", WS, STR_ARG(s.ws));
    CHECK(!test_json(&s.t, plan, "worktrees.0.branch").p);
    CHECK(str_find(plan, STR("its agent is in the middle of a turn"), &(size_t){0}));
    CHECK(!test_json(&s.t, call(&s, 200, "list_landable", "{}"), "workspaces.0.worktrees").p);
    Str e = call(&s, 409, "land_worktree", "{" AT ",\"how\":\"ff\"}", STR_ARG(s.ws), STR_ARG(one));
    CHECK(str_find(e, STR("in the middle of a turn"), &(size_t){0}));
    call(&s, 200, "land_worktree", "{" AT ",\"how\":\"ff\",\"inTurn\":true}", STR_ARG(s.ws), STR_ARG(one));
    scene_close(&s);
}

/* A branch for pages or documents often has a history of its own. */
TEST(a_branch_without_a_common_commit_cannot_land_and_stops_nobody) {
    Scene s = {0};
    scene_open(&s, "orphan");
    Str orphan = tree(&s, "pages", "git checkout -q --orphan alone; git rm -rqf .; echo p >page; seq 1 9 >n");
    Str one = tree(&s, "one", "seq 1 3 >n");
    Str plan = call(&s, 200, "plan_landing", WS, STR_ARG(s.ws));
    CHECK_STR(test_json(&s.t, plan, "worktrees.0.branch"), "one");
    CHECK(!test_json(&s.t, plan, "worktrees.1.branch").p);
    CHECK_STR(test_json(&s.t, plan, "excluded.0.why"), "it has the base branch itself checked out");
    CHECK_STR(test_json(&s.t, plan, "excluded.1.branch"), "pages");
    CHECK_STR(test_json(&s.t, plan, "excluded.1.why"), "it and the base branch have no common commit");
    CHECK_STR(test_json(&s.t, call(&s, 200, "list_landable", "{}"), "workspaces.0.worktrees"), "1");
    Str r = radar_of(&s, (Str){0});
    CHECK_STR(test_json(&s.t, r, "leftOut"), "0");
    CHECK(names(&s, r, "pairs", orphan, one));
    Str e = call(&s, 409, "merge_base", "{" AT "}", STR_ARG(s.ws), STR_ARG(orphan));
    CHECK_STR(test_json(&s.t, e, "error.message"), "the two branches have no common commit");
    CHECK_STR(fixture_out(s.t.arena, s.repo, "git for-each-ref refs/muster"), "");
    scene_close(&s);
}

TEST(what_cannot_be_counted_is_not_counted_as_nothing) {
    Scene s = {0};
    scene_open(&s, "uncounted");
    tree(&s, "one", "echo o >one");
    fixture_sh(s.repo, "mv .git/HEAD .git/HEAD-away");
    Str all = call(&s, 200, "list_landable", "{}");
    CHECK_STR(test_json(&s.t, all, "workspaces"), "[]");
    CHECK_STR(test_json(&s.t, all, "leftOut"), "2");
    fixture_sh(s.repo, "mv .git/HEAD-away .git/HEAD");
    CHECK_STR(test_json(&s.t, call(&s, 200, "list_landable", "{}"), "workspaces.0.worktrees"), "1");
    scene_close(&s);
}

TEST(what_ran_at_a_remote_leaves_no_intent) {
    Scene s = {0};
    scene_open(&s, "remote");
    fixture_sh(s.repo, "git clone -q --bare . ../remote.git; git remote add origin \"$PWD/../remote.git\"");
    call(&s, 200, "fetch_remote", "{" AT "}", MAIN);
    call(&s, 200, "push_branch", "{" AT "}", MAIN);
    CHECK_STR(test_cell(&s.t, "SELECT count(*) FROM op_intent"), "0");
    fixture_sh(s.repo, "git remote set-url origin \"$PWD/../absent.git\"");
    call(&s, 404, "fetch_remote", "{" AT "}", MAIN);
    call(&s, 404, "push_branch", "{" AT "}", MAIN);
    CHECK_STR(test_cell(&s.t, "SELECT count(*) FROM op_intent"), "0");
    scene_close(&s);
}

/* "landed landed | stopped": the rows of the newest queue, and its state, once it has ended. */
static bool has_ended(void *arg) {
    Scene *s = arg;
    Str q = call(s, 200, "get_land_queue", WS, STR_ARG(s->ws));
    return test_json(&s->t, q, "queue.endedAt").n > 0;
}

static Str queue(Scene *s, Str *ret_text) {
    CHECK(test_app_until(has_ended, s));
    Str q = call(s, 200, "get_land_queue", WS, STR_ARG(s->ws)), all = STR("");
    for (int i = 0;; i++) {
        Str state = test_json(&s->t, q, arena_fmt(s->t.arena, "queue.rows.%d.state", i).p);
        if (!state.p) break;
        Str text = test_json(&s->t, q, arena_fmt(s->t.arena, "queue.rows.%d.text", i).p);
        if (text.p) *ret_text = text;
        all = arena_fmt(s->t.arena, STR_FMT STR_FMT " ", STR_ARG(all), STR_ARG(state));
    }
    return arena_fmt(s->t.arena, STR_FMT "| " STR_FMT, STR_ARG(all), STR_ARG(test_json(&s->t, q, "queue.state")));
}

static Str item(Scene *s, Str id, const char *more) {
    return arena_fmt(s->t.arena, "{\"worktreeId\":\"" STR_FMT "\",\"how\":\"squash\",\"message\":\"Land\"%s}",
                     STR_ARG(id), more);
}

#define LAND "{\"workspaceId\":\"" STR_FMT "\",\"worktrees\":[" STR_FMT "," STR_FMT "]}"

TEST(a_queue_lands_one_after_the_other_until_one_does_not_and_says_why) {
    Scene s = {0};
    Str text = {0};
    scene_open(&s, "queue");
    fixture_sh(s.repo, "seq 1 50 >n; git add .; git commit -qm n");
    CHECK(!test_json(&s.t, call(&s, 200, "get_land_queue", WS, STR_ARG(s.ws)), "queue.id").p);
    call(&s, 409, "cancel_land_queue", WS, STR_ARG(s.ws));
    Str one = tree(&s, "one", "echo s >small"), two = tree(&s, "two", "sed -i 's/^10$/two/' n");
    Str three = tree(&s, "three", "sed -i 's/^10$/three/' n"), four = tree(&s, "four", "echo f >four");
    call(&s, 202, "land_worktrees", LAND, STR_ARG(s.ws), STR_ARG(item(&s, one, "")), STR_ARG(item(&s, two, "")));
    CHECK_STR(queue(&s, &text), "landed landed | landed");
    CHECK_STR(fixture_out(s.t.arena, s.repo, "git log --format=%%s -3 main"), "Land\nLand\nn");
    call(&s, 202, "land_worktrees", LAND, STR_ARG(s.ws), STR_ARG(item(&s, three, "")), STR_ARG(item(&s, four, "")));
    CHECK_STR(queue(&s, &text), "stopped waiting | stopped");
    CHECK_STR(
        text,
        "1 file in conflict. The merge is open in this worktree: resolve it there, hand it to the agent, or abort it.");
    Str q = call(&s, 200, "get_land_queue", WS, STR_ARG(s.ws));
    CHECK_STR(test_json(&s.t, q, "queue.rows.0.conflicts.0"), "n");
    CHECK_STR(test_json(&s.t, q, "queue.rows.0.step"), "merge");
    call(&s, 202, "land_worktrees", "{\"workspaceId\":\"" STR_FMT "\",\"worktrees\":[" STR_FMT "]}", STR_ARG(s.ws),
         STR_ARG(item(&s, four, ",\"headId\":\"4b825dc642cb6eb9a060e54bf8d69288fbee4904\"")));
    CHECK_STR(queue(&s, &text), "stopped | stopped");
    CHECK(str_starts(text, STR("It has changed since it was put in the queue")));
    call(&s, 202, "land_worktrees", "{\"workspaceId\":\"" STR_FMT "\",\"worktrees\":[" STR_FMT "]}", STR_ARG(s.ws),
         STR_ARG(item(&s, four, "")));
    CHECK_STR(queue(&s, &text), "landed | landed");
    call(&s, 200, "undo_merge", "{" AT "}", STR_ARG(s.ws), STR_ARG(four));
    CHECK_STR(queue(&s, &text), "undone | landed");
    scene_close(&s);
}

TEST(a_queue_that_cannot_land_is_refused_before_anything_is_done) {
    Scene s = {0};
    scene_open(&s, "refused");
    Str one = tree(&s, "one", "echo s >small");
    static const char *const bare =
        "{\"workspaceId\":\"" STR_FMT "\",\"worktrees\":[{\"worktreeId\":\"" STR_FMT "\",\"how\":\"squash\"}]}";
    call(&s, 400, "land_worktrees", LAND, STR_ARG(s.ws), STR_ARG(item(&s, one, "")), STR_ARG(item(&s, one, "")));
    call(&s, 400, "land_worktrees", bare, STR_ARG(s.ws), STR_ARG(one));
    call(&s, 400, "land_worktrees", "{\"workspaceId\":\"" STR_FMT "\",\"worktrees\":[]}", STR_ARG(s.ws));
    call(&s, 404, "land_worktrees", LAND, STR_ARG(s.ws), STR_ARG(item(&s, one, "")),
         STR_ARG(item(&s, STR("wt_01arz3ndektsv4rrffq69g5fzz"), "")));
    CHECK_STR(test_cell(&s.t, "SELECT count(*) FROM change_queue"), "0");
    scene_close(&s);
}

static int run_sql(Tx *tx, void *sql, Err *e) { return tx_run(tx, sql, DB_NONE, NULL, e); }

static void rig_sql(Scene *s, const char *text) {
    Sql *q = arena_new_in(s->t.arena, Sql);
    *q = (Sql){.file = "test", .text = text};
    test_write(&s->t, run_sql, q);
}

/* What was merged and checked is what lands: the queue stops at the base branch, which has a change, and the agent commits meanwhile. */
TEST(a_commit_that_nobody_has_looked_at_does_not_land) {
    Scene s = {0};
    Str text = {0};
    Err e = {0};
    scene_open(&s, "sneaked");
    Str one = tree(&s, "one", "echo s >one");
    fixture_sh(s.repo, "echo x >>a");
    call(&s, 202, "land_worktrees", "{\"workspaceId\":\"" STR_FMT "\",\"worktrees\":[" STR_FMT "]}", STR_ARG(s.ws),
         STR_ARG(item(&s, one, "")));
    CHECK_STR(queue(&s, &text), "stopped | stopped");
    CHECK(str_starts(text, STR("moving the branch that")));
    fixture_sh(s.repo, "git checkout -q a");
    Str path = test_cell(&s.t, "SELECT path FROM worktree WHERE name = 'one'");
    Str merged = fixture_out(s.t.arena, arena_cstr(s.t.arena, path), "git rev-parse HEAD");
    fixture_sh(arena_cstr(s.t.arena, path), "echo more >more; git add .; git commit -qm more");
    rig_sql(&s, "UPDATE change_queue SET state = 'running', ended_at = NULL");
    rig_sql(&s, "UPDATE change_queue_row SET state = 'running', text = NULL");
    CHECK_OK(landings_start(&s.t.app, s.t.conn, &e), e);
    CHECK_STR(queue(&s, &text), "stopped | stopped");
    CHECK(str_starts(text, STR("this worktree is at ")));
    CHECK(str_find(text, merged, &(size_t){0}));
    CHECK_STR(fixture_out(s.t.arena, s.repo, "git log --format=%%s main | grep -c Land || true"), "0");
    call(&s, 409, "land_worktree", "{" AT ",\"how\":\"ff\",\"headId\":\"" STR_FMT "\"}", STR_ARG(s.ws), STR_ARG(one),
         STR_ARG(merged));
    Str now = fixture_out(s.t.arena, arena_cstr(s.t.arena, path), "git rev-parse HEAD");
    call(&s, 200, "land_worktree", "{" AT ",\"how\":\"ff\",\"headId\":\"" STR_FMT "\"}", STR_ARG(s.ws), STR_ARG(one),
         STR_ARG(now));
    scene_close(&s);
}

/* As after a crash at any point: the row says where it was, and its calls' results are stored under their keys. */
TEST(a_queue_that_was_interrupted_goes_on_and_lands_nothing_twice) {
    static const char *const was[] = {
        "UPDATE change_queue_row SET state = 'running', step = 'land', landing_id = NULL, to_id = NULL WHERE n = 1",
        ("UPDATE change_queue_row SET state = 'running', step = 'merge', is_seen = 0, landing_id = NULL, to_id = NULL"
         " WHERE n = 1"),
        "UPDATE change_queue_row SET state = iif(n = 0, 'landed', 'waiting'), step = NULL WHERE n < 2"};
    for (size_t i = 0; i < COUNT_OF(was); i++) {
        Scene s = {0};
        Str text = {0};
        Err e = {0};
        scene_open(&s, (const char *[]){"again", "again-merged", "again-waiting"}[i]);
        Str one = tree(&s, "one", "echo s >one"), two = tree(&s, "two", "echo s >two");
        call(&s, 202, "land_worktrees", LAND, STR_ARG(s.ws), STR_ARG(item(&s, one, "")), STR_ARG(item(&s, two, "")));
        CHECK_STR(queue(&s, &text), "landed landed | landed");
        rig_sql(&s, "UPDATE change_queue SET state = 'running', ended_at = NULL");
        rig_sql(&s, was[i]);
        CHECK_OK(landings_start(&s.t.app, s.t.conn, &e), e);
        CHECK_STR(queue(&s, &text), "landed landed | landed");
        CHECK_STR(fixture_out(s.t.arena, s.repo, "git log --format=%%s main | grep -c Land"), "2");
        rig_sql(&s, "UPDATE change_queue SET state = 'running', is_cancelled = 1, ended_at = NULL");
        rig_sql(&s, "UPDATE change_queue_row SET state = 'waiting' WHERE n = 1");
        CHECK_OK(landings_start(&s.t.app, s.t.conn, &e), e);
        CHECK_STR(queue(&s, &text), "landed waiting | cancelled");
        scene_close(&s);
    }
}

/* Both races of a cancel: it comes before the thread that lands, and beside what a person does in the same worktree. */
TEST(a_cancel_of_a_queue_is_never_lost_and_ends_only_what_is_its_own) {
    Scene s = {0};
    Str text = {0};
    scene_open(&s, "cancel");
    Str one = tree(&s, "one", "echo s >one"), two = tree(&s, "two", "echo s >two");
    call(&s, 202, "land_worktrees", LAND, STR_ARG(s.ws), STR_ARG(item(&s, one, "")), STR_ARG(item(&s, two, "")));
    CHECK_STR(queue(&s, &text), "landed landed | landed");
    rig_sql(&s, "UPDATE change_queue SET state = 'running', is_cancelled = 1, ended_at = NULL");
    rig_sql(&s, "UPDATE change_queue_row SET state = 'waiting'");
    Str id = test_cell(&s.t, "SELECT id FROM change_queue");
    land_drive_start(s.t.app.landings, &(LandQueue){.id = id, .workspace_id = s.ws, .role = ROLE_MEMBER});
    CHECK_STR(queue(&s, &text), "waiting waiting | cancelled");

    Run own, its;
    Git g = {0};
    Err e = {0};
    OpCall person = {.app = &s.t.app},
           step = {.app = &s.t.app, .key = arena_fmt(s.t.arena, STR_FMT ":0:merge", STR_ARG(id))};
    CHECK_OK(run_begin(&person, &own, one, &g, &e), e);
    CHECK_OK(run_begin(&step, &its, one, &g, &e), e);
    rig_sql(&s, "UPDATE change_queue SET state = 'running', ended_at = NULL");
    rig_sql(&s, "UPDATE change_queue_row SET state = 'running' WHERE n = 0");
    call(&s, 200, "cancel_land_queue", WS, STR_ARG(s.ws));
    eventfd_t n;
    CHECK(eventfd_read(its.cancel_fd, &n) == 0);
    CHECK(eventfd_read(own.cancel_fd, &n) < 0);
    run_end(&own);
    run_end(&its);
    scene_close(&s);
}

/* A comment on line 1 of the file `a`; the answer's id. */
static Str comment(Scene *s, const char *body) {
    return test_json(&s->t,
                     call(s, 201, "create_comment",
                          "{" AT ",\"path\":\"a\",\"side\":\"new\",\"line\":1,\"lineText\":\"one\",\"body\":\"%s\"}",
                          STR_ARG(s->ws), STR_ARG(s->wt), body),
                     "id");
}

TEST(comments_are_sent_once_until_their_prompt_is_withdrawn) {
    Scene s = {0};
    scene_open(&s, "sent");
    call(&s, 409, "send_comments", "{" AT "}", MAIN);
    Str first = comment(&s, "first");
    call(&s, 409, "send_comments", "{" AT "}", MAIN); /* no agent */
    Str agent = test_json(&s.t, call(&s, 201, "create_agent", "{\"worktreeId\":\"" STR_FMT "\"}", STR_ARG(s.wt)), "id");
    comment(&s, "second");
    Str sent = call(&s, 200, "send_comments", "{" AT ",\"commentIds\":[\"" STR_FMT "\"]}", MAIN, STR_ARG(first));
    CHECK_STR(test_json(&s.t, sent, "sent"), "1");
    CHECK_STR(test_json(&s.t, call(&s, 200, "send_comments", "{" AT "}", MAIN), "sent"), "1");
    call(&s, 409, "send_comments", "{" AT "}", MAIN);
    call(&s, 404, "send_comments", "{" AT ",\"commentIds\":[\"" STR_FMT "\",\"" STR_FMT "\"]}", MAIN, STR_ARG(first),
         STR_ARG(first)); /* twice */
    Str message = test_json(&s.t, sent, "messageId");
    call(&s, 204, "withdraw_message", "{\"agentId\":\"" STR_FMT "\",\"messageId\":\"" STR_FMT "\"}", STR_ARG(agent),
         STR_ARG(message));
    CHECK_STR(test_cell(&s.t, "SELECT group_concat(body) FROM change_comment WHERE sent_at IS NULL"), "first");
    sent = call(&s, 200, "send_comments", "{" AT "}", MAIN);
    CHECK_STR(test_json(&s.t, sent, "sent"), "1");
    scene_close(&s);
}

static void check_anchor(Scene *s_, const char *line, const char *outdated) {
    Scene s = *s_;
    Str all = call(s_, 200, "list_comments", "{" AT "}", MAIN);
    CHECK_STR(test_json(&s.t, all, "comments.0.currentLine"), line);
    CHECK_STR(test_json(&s.t, all, "comments.0.isOutdated"), outdated);
}

TEST(a_file_that_cannot_be_read_does_not_say_that_a_line_is_gone) {
    static const char *const faults[] = {"file.beneath", "comment.read"};
    Scene s = {0};
    scene_open(&s, "unreadable");
    Str id = comment(&s, "here");
    check_anchor(&s, "1", "false");
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        fault_arm(1, faults[i]);
        check_anchor(&s, "", "false");
        fault_arm(0, NULL);
    }
    fixture_sh(s.repo, "echo other >a");
    check_anchor(&s, "", "true");
    fixture_sh(s.repo, "rm a");
    check_anchor(&s, "", "true");
    call(&s, 204, "delete_comment", "{" AT ",\"commentId\":\"" STR_FMT "\"}", MAIN, STR_ARG(id));
    call(&s, 201, "create_comment",
         "{" AT ",\"path\":\"a\",\"side\":\"old\",\"line\":1,\"lineText\":\"one\",\"body\":\"x\"}", MAIN);
    check_anchor(&s, "1", "false");
    fixture_sh(s.repo, "o=$(git rev-parse HEAD:a); rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)");
    check_anchor(&s, "", "false");
    scene_close(&s);
}

#define ONE "{" AT ",\"commentId\":\"" STR_FMT "\"}"

TEST(a_deleted_comment_comes_back_as_it_was) {
    Scene s = {0};
    scene_open(&s, "again");
    Str id = comment(&s, "first");
    Str agent = test_json(&s.t, call(&s, 201, "create_agent", "{\"worktreeId\":\"" STR_FMT "\"}", STR_ARG(s.wt)), "id");
    Str message = test_json(&s.t, call(&s, 200, "send_comments", "{" AT "}", MAIN), "messageId");
    call(&s, 409, "restore_comment", ONE, MAIN, STR_ARG(id));
    call(&s, 204, "delete_comment", ONE, MAIN, STR_ARG(id));
    call(&s, 404, "delete_comment", ONE, MAIN, STR_ARG(id));
    call(&s, 404, "send_comments", "{" AT ",\"commentIds\":[\"" STR_FMT "\"]}", MAIN, STR_ARG(id));
    Str back = call(&s, 200, "restore_comment", ONE, MAIN, STR_ARG(id));
    CHECK(str_eq(test_json(&s.t, back, "id"), id));
    CHECK(str_eq(test_json(&s.t, back, "messageId"), message));
    CHECK_STR(test_json(&s.t, back, "currentLine"), "1");
    call(&s, 409, "send_comments", "{" AT "}", MAIN); /* it is sent */
    /* Its prompt is withdrawn while it is deleted. */
    call(&s, 204, "delete_comment", ONE, MAIN, STR_ARG(id));
    call(&s, 204, "withdraw_message", "{\"agentId\":\"" STR_FMT "\",\"messageId\":\"" STR_FMT "\"}", STR_ARG(agent),
         STR_ARG(message));
    CHECK(!test_json(&s.t, call(&s, 200, "restore_comment", ONE, MAIN, STR_ARG(id)), "messageId").p);
    scene_close(&s);
}

TEST(the_comments_that_were_deleted_last_can_be_restored) {
    Scene s = {0};
    scene_open(&s, "forgotten");
    Str first = comment(&s, "first"), last = first;
    call(&s, 204, "delete_comment", ONE, MAIN, STR_ARG(first));
    for (int i = 0; i < 100; i++) {
        last = comment(&s, "one more");
        call(&s, 204, "delete_comment", ONE, MAIN, STR_ARG(last));
    }
    CHECK_STR(test_cell(&s.t, "SELECT count(*) FROM change_comment"), "100");
    call(&s, 404, "restore_comment", ONE, MAIN, STR_ARG(first));
    call(&s, 200, "restore_comment", ONE, MAIN, STR_ARG(last));
    scene_close(&s);
}

TEST(a_worktree_has_at_most_so_many_comments) {
    Scene s = {0};
    scene_open(&s, "many");
    comment(&s, "one");
    for (int i = 1; i < COMMENTS_MAX; i *= 2) {
        Sql *q = arena_new_in(s.t.arena, Sql);
        *q = (Sql){
            .name = "of_a_test",
            .file = "test",
            .text =
                arena_fmt(
                    s.t.arena,
                    "INSERT INTO change_comment (id, workspace_id, worktree_id, path, side, line, line_text, body, "
                    "created_at, updated_at) SELECT printf('cmt_%%026d', %d + rowid), workspace_id, worktree_id, path, "
                    "side, line, line_text, body, created_at, updated_at FROM change_comment LIMIT %d",
                    i * 2000, COMMENTS_MAX - i)
                    .p};
        Err e = {0};
        CHECK_OK(db_tx(s.t.app.db, DB_PERSON, run_sql, q, &e), e);
    }
    CHECK_STR(test_cell(&s.t, "SELECT count(*) FROM change_comment"), "1000");
    call(&s, 409, "create_comment",
         "{" AT ",\"path\":\"a\",\"side\":\"new\",\"line\":1,\"lineText\":\"one\",\"body\":\"more\"}", MAIN);
    scene_close(&s);
}
