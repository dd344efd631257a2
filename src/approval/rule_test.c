/* Rules as rows: their order, what they decide, and what they would have decided. */
#include "approval/rule.h"

#include <unistd.h>

#include "approval/approval_migrations.h"
#include "approval/facts.h"
#include "base/mem.h"
#include "base/test.h"
#include "core/core_migrations.h"
#include "core/hook.h"
#include "core/launch_migrations.h"
#include "core/op_migrations.h"
#include "core/test_app.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "workspace/workspace_migrations.h"

#define ID_(prefix, last) prefix "_01arz3ndektsv4rrffq69g5f" last

static int n_answered;
static AskDecision last_decision;
static bool refuses;
static int on_answering(App *app, DbConn *db, AskAnswered *v, Err *e) {
    (void)app, (void)db;
    last_decision = v->answer.decision;
    return refuses ? err_fail(e, ERR_INVALID, "the agent does not offer this") : 0;
}
static int on_answered(App *app, Tx *tx, const AskAnswered *v, Err *e) {
    (void)app, (void)tx, (void)v, (void)e;
    n_answered++;
    return 0;
}

static int run_tx(Tx *tx, void *sql, Err *e) { return tx_run(tx, sql, DB_NONE, NULL, e); }

static void test_run(TestApp *t, const char *sql) {
    Sql *q = arena_new_in(t->arena, Sql); /* connections know statements by their address */
    *q = (Sql){.name = "of_a_test", .text = sql, .file = "test"};
    test_write(t, run_tx, q);
}

static void start(TestApp *t) {
    static const Migration *const migrations[] = {core_migrations,      op_migrations,       launch_migrations,
                                                  workspace_migrations, approval_migrations, NULL};
    static const Op *const ops[] = {approval_ops, rule_ops, NULL};
    static const TopicDef *const topics[] = {approval_topics, NULL};
    static const OrgOf *const orgs[] = {approval_orgs, NULL};
    test_app_start(t, &(TestAppConfig){.migrations = migrations, .ops = ops, .topics = topics, .orgs = orgs});
    hook_on_ask_answering(&t->app, on_answering);
    hook_on_ask_answered(&t->app, on_answered);
    n_answered = 0;
    refuses = false;
    static const char *const names[] = {"aa", "bb"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        test_run(t, arena_fmt(t->arena,
                              "INSERT INTO workspace (id, name, path, common_dir, created_at, updated_at) "
                              "VALUES ('ws_01arz3ndektsv4rrffq69g5f%s', 'w', '/%s', '/%s/.git', 1, 1)",
                              names[i], names[i], names[i])
                        .p);
        test_run(
            t,
            arena_fmt(t->arena,
                      "INSERT INTO worktree (id, workspace_id, name, branch, path, sort_mode, display_order, is_main, "
                      "is_detached, created_at, updated_at) VALUES ('wt_01arz3ndektsv4rrffq69g5f%s', "
                      "'ws_01arz3ndektsv4rrffq69g5f%s', 'w', 'b', '/%s', 'free', 0, 0, 0, 1, 1)",
                      names[i], names[i], names[i])
                .p);
    }
}

/* --- asks --- */

typedef struct Opening {
    App *app;
    Ask ask;
    AskRuling *ruling;
    Arena *arena;
    bool is_decided;
    const char *between; /* SQL that runs between the worker's part and the write */
} Opening;

static int open_tx(Tx *tx, void *arg, Err *e) {
    Opening *x = arg;
    Sql *q = arena_new_in(x->arena, Sql);
    *q = (Sql){.name = "between", .text = x->between, .file = "test"};
    if (x->between) TRY(tx_run(tx, q, DB_NONE, NULL, e));
    TRY(ask_open(tx, &x->ask, e));
    return ask_rule(tx, &(AskRule){.app = x->app, .ask = &x->ask, .prepared = x->ruling, .arena = x->arena},
                    &x->is_decided, e);
}

typedef struct Call {
    const char *tool, *input, *kind, *folder;
    const char *between;
} Call;

/* The n-th ask; true: a rule has decided it. */
static bool open_ask(TestApp *t, int n, Call c) {
    Err e = {0};
    Opening x = {.app = &t->app, .arena = t->arena, .between = c.between};
    AskFacts *facts = arena_new_in(t->arena, AskFacts);
    FactsOf of = {.tool = str(c.tool), .input = str(c.input), .folder = str(c.folder), .errands = t->app.errands};
    facts_read(&of, t->arena, facts);
    x.ask = (Ask){.id = arena_fmt(t->arena, "ask_01arz3ndektsv4rrffq69%05d", n),
                  .org_id = STR(LOCAL_ORG),
                  .subject_kind = STR("agent"),
                  .subject_id = STR(ID_("ag", "aa")),
                  .worktree_id = STR(ID_("wt", "aa")),
                  .workspace_id = STR(ID_("ws", "aa")),
                  .launch_id = STR(ID_("lch", "aa")),
                  .request_id = arena_fmt(t->arena, "r%d", n),
                  .kind = str(c.kind ? c.kind : "permission"),
                  .tool = str(c.tool),
                  .input = str(c.input),
                  .digest = STR("d"),
                  .created_at = 1000000 + n};
    GIVE(Ask, &x.ask, facts, facts);
    CHECK_OK(ask_prepare(&t->app, t->conn, &x.ask, t->arena, &x.ruling, &e), e);
    test_write(t, open_tx, &x);
    return x.is_decided;
}

static bool opens(TestApp *t, int n, const char *tool, const char *input) {
    return open_ask(t, n, (Call){.tool = tool, .input = input});
}

static Str call_json(TestApp *t, const char *op, const char *json, int status) {
    TestCall c = {.op = op, .json = json};
    int got = test_call(t, &c);
    if (got != status)
        test_fail(__FILE__, __LINE__, "%s %s gave %d: " STR_FMT, op, json ? json : "{}", got, STR_ARG(c.body));
    return c.body;
}

static const char *make_rule(TestApp *t, const char *json) {
    return arena_cstr(t->arena, test_json(t, call_json(t, "create_rule", json, 201), "id"));
}

static Str ask_field(TestApp *t, int n, const char *field) {
    const char *in = arena_fmt(t->arena, "{\"askId\":\"ask_01arz3ndektsv4rrffq69%05d\"}", n).p;
    return test_json(t, call_json(t, "get_ask", in, 200), field);
}

#define BASH(command) "Bash", "{\"command\":\"" command "\"}"

TEST(a_rule_answers_what_it_allows_and_nothing_else) {
    TestApp t;
    start(&t);
    const char *id = make_rule(&t, "{\"decision\":\"allow\",\"command\":\"npm run *\"}");
    CHECK(opens(&t, 1, BASH("npm run test")));
    CHECK_STR(ask_field(&t, 1, "state"), "answered");
    CHECK_STR(ask_field(&t, 1, "decision"), "allow");
    CHECK_STR(ask_field(&t, 1, "decidedBy"), "rule");
    CHECK_STR(ask_field(&t, 1, "ruleId"), id);
    CHECK_STR(ask_field(&t, 1, "answeredBy"), id);
    CHECK_STR(ask_field(&t, 1, "rule"), "allow any tool: npm run *");
    CHECK_I64(n_answered, 1);
    CHECK(!opens(&t, 2, BASH("npm run test; rm -rf /")));
    CHECK(!opens(&t, 3, "Bash", "{\"command\":\"npm run test\",\"dangerouslyDisableSandbox\":true}"));
    CHECK(!open_ask(&t, 4, (Call){.tool = "Bash", .input = "{\"command\":\"npm run test\"}", .kind = "plan"}));
    CHECK_STR(ask_field(&t, 2, "state"), "open");
    CHECK(!ask_field(&t, 2, "ruleId").n);
    CHECK_I64(n_answered, 1);
    Str rules = call_json(&t, "list_rules", NULL, 200);
    size_t at;
    CHECK(str_find(rules, STR("\"matched\":1"), &at) && str_find(rules, STR("\"lastMatchedAt\""), &at));
    test_app_stop(&t);
}

TEST(the_first_rule_that_matches_decides) {
    TestApp t;
    start(&t);
    const char *allow = make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"Bash\"}");
    const char *deny = make_rule(&t, "{\"decision\":\"deny\",\"command\":\"rm\",\"note\":\"Ask me first.\"}");
    CHECK(opens(&t, 1, BASH("rm a")));
    CHECK_STR(ask_field(&t, 1, "ruleId"), allow);
    call_json(&t, "reorder_rules", arena_fmt(t.arena, "{\"ruleIds\":[\"%s\",\"%s\"]}", deny, allow).p, 200);
    CHECK(opens(&t, 2, BASH("ls && rm a")));
    CHECK_STR(ask_field(&t, 2, "ruleId"), deny);
    CHECK_STR(ask_field(&t, 2, "decision"), "deny");
    CHECK_STR(ask_field(&t, 2, "message"), "A rule denies this call: Ask me first.");
    CHECK(last_decision == DECISION_DENY);
    const char *person = make_rule(&t, "{\"decision\":\"ask\",\"command\":\"git push\",\"position\":0}");
    CHECK(!opens(&t, 3, BASH("git push")));
    CHECK_STR(ask_field(&t, 3, "ruleId"), person);
    CHECK(!ask_field(&t, 3, "decidedBy").n);
    call_json(&t, "reorder_rules", arena_fmt(t.arena, "{\"ruleIds\":[\"%s\",\"%s\"]}", deny, allow).p, 409);
    call_json(&t, "reorder_rules", arena_fmt(t.arena, "{\"ruleIds\":[\"%s\",\"%s\",\"%s\"]}", deny, allow, allow).p,
              409);
    call_json(&t, "delete_rule", arena_fmt(t.arena, "{\"ruleId\":\"%s\"}", person).p, 204);
    CHECK_STR(test_cell(&t, "SELECT group_concat(position) FROM (SELECT position FROM rule ORDER BY position)"), "0,1");
    CHECK(opens(&t, 4, BASH("git push")));
    CHECK_STR(ask_field(&t, 4, "ruleId"), allow);
    test_app_stop(&t);
}

TEST(a_rule_holds_where_its_scope_says) {
    TestApp t;
    start(&t);
    make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"A\",\"workspaceId\":\"" ID_("ws", "bb") "\"}");
    make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"B\",\"worktreeId\":\"" ID_("wt", "bb") "\"}");
    make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"C\",\"agentId\":\"" ID_("ag", "bb") "\"}");
    make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"D\",\"enabled\":false}");
    make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"E\",\"workspaceId\":\"" ID_(
                      "ws", "aa") "\",\"worktreeId\":\"" ID_("wt", "aa") "\",\"agentId\":\"" ID_("ag", "aa") "\"}");
    CHECK(!opens(&t, 1, "A", "{}") && !opens(&t, 2, "B", "{}") && !opens(&t, 3, "C", "{}") && !opens(&t, 4, "D", "{}"));
    CHECK(opens(&t, 5, "E", "{}"));
    call_json(&t, "create_rule", "{\"decision\":\"deny\",\"workspaceId\":\"" ID_("ws", "cc") "\"}", 404);
    call_json(&t, "create_rule", "{\"decision\":\"deny\",\"worktreeId\":\"" ID_("wt", "cc") "\"}", 404);
    call_json(&t, "create_rule",
              "{\"decision\":\"deny\",\"workspaceId\":\"" ID_("ws", "bb") "\",\"worktreeId\":\"" ID_("wt", "aa") "\"}",
              400);
    test_app_stop(&t);
}

TEST(a_rule_that_changes_between_the_worker_and_the_write_decides_as_it_is_then) {
    TestApp t;
    start(&t);
    make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"Bash\"}");
    Call c = {.tool = "Bash", .input = "{\"command\":\"ls\"}"};
    c.between = "UPDATE rule SET decision = 'deny', updated_at = updated_at + 1";
    CHECK(open_ask(&t, 1, c));
    CHECK_STR(ask_field(&t, 1, "decision"), "deny");
    CHECK(last_decision == DECISION_DENY);
    c.between = "DELETE FROM rule";
    CHECK(!open_ask(&t, 2, c));
    CHECK_STR(ask_field(&t, 2, "state"), "open");
    c.between = "INSERT INTO rule (id, org_id, position, decision, tool, enabled, created_by, created_at, updated_at) "
                "VALUES ('" ID_("rul", "zz") "', '" LOCAL_ORG "', 0, 'allow', 'Bash', 1, 'x', 1, 1)";
    CHECK(open_ask(&t, 3, c));
    CHECK_STR(ask_field(&t, 3, "ruleId"), ID_("rul", "zz"));
    test_app_stop(&t);
}

TEST(what_the_agent_does_not_offer_is_left_to_a_person) {
    TestApp t;
    start(&t);
    const char *id = make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"Bash\"}");
    refuses = true;
    CHECK(!opens(&t, 1, BASH("ls")));
    CHECK_STR(ask_field(&t, 1, "state"), "open");
    CHECK_STR(ask_field(&t, 1, "ruleId"), id);
    CHECK_I64(n_answered, 0);
    test_app_stop(&t);
}

TEST(a_rule_that_is_changed_or_deleted_leaves_what_it_has_decided) {
    TestApp t;
    start(&t);
    const char *id = make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"Bash\"}");
    CHECK(opens(&t, 1, BASH("ls")));
    Str changed =
        call_json(&t, "update_rule",
                  arena_fmt(t.arena, "{\"ruleId\":\"%s\",\"decision\":\"deny\",\"tool\":\"Bash\"}", id).p, 200);
    CHECK_STR(test_json(&t, changed, "matched"), "1");
    CHECK(test_json(&t, changed, "lastMatchedAt").n > 0);
    CHECK_STR(ask_field(&t, 1, "rule"), "allow Bash");
    CHECK(opens(&t, 2, BASH("ls")));
    CHECK_STR(ask_field(&t, 2, "decision"), "deny");
    call_json(&t, "delete_rule", arena_fmt(t.arena, "{\"ruleId\":\"%s\"}", id).p, 204);
    CHECK_STR(ask_field(&t, 1, "ruleId"), id);
    CHECK_STR(ask_field(&t, 1, "decision"), "allow");
    call_json(&t, "delete_rule", arena_fmt(t.arena, "{\"ruleId\":\"%s\"}", id).p, 404);
    call_json(&t, "update_rule", arena_fmt(t.arena, "{\"ruleId\":\"%s\",\"decision\":\"deny\"}", id).p, 404);
    test_app_stop(&t);
}

TEST(applying_a_rule_answers_the_open_asks_that_it_is_the_first_to_match) {
    TestApp t;
    start(&t);
    CHECK(!opens(&t, 1, BASH("ls")) && !opens(&t, 2, BASH("rm a")) && !opens(&t, 3, "Write", "{}"));
    make_rule(&t, "{\"decision\":\"deny\",\"command\":\"rm\"}");
    const char *id = make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"Bash\"}");
    CHECK_STR(ask_field(&t, 1, "state"), "open");
    const char *in = arena_fmt(t.arena, "{\"ruleId\":\"%s\"}", id).p;
    Str out = call_json(&t, "apply_rule", in, 200);
    CHECK_STR(test_json(&t, out, "examined"), "3");
    CHECK_STR(test_json(&t, out, "decided"), "1");
    CHECK_STR(ask_field(&t, 1, "ruleId"), id);
    CHECK_STR(ask_field(&t, 2, "state"), "open");
    CHECK_STR(ask_field(&t, 3, "state"), "open");
    CHECK_STR(test_json(&t, call_json(&t, "apply_rule", in, 200), "decided"), "0");
    CHECK(!opens(&t, 4, "X", "{}"));
    refuses = true;
    const char *other = make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"X\"}");
    out = call_json(&t, "apply_rule", arena_fmt(t.arena, "{\"ruleId\":\"%s\"}", other).p, 200);
    CHECK_STR(test_json(&t, out, "left"), "1");
    CHECK_STR(test_json(&t, out, "decided"), "0");
    const char *person = make_rule(&t, "{\"decision\":\"ask\",\"tool\":\"X\"}");
    call_json(&t, "apply_rule", arena_fmt(t.arena, "{\"ruleId\":\"%s\"}", person).p, 409);
    test_app_stop(&t);
}

/* There are four workers, and every list waits for one. */
TEST(a_rule_that_is_applied_to_all_open_asks_holds_no_worker) {
    const Op *op = rule_ops;
    while (op->name && strcmp(op->name, "apply_rule") != 0) op++;
    CHECK(op->name && op->where == ON_SLOW && op->subject);
}

#define ANSWER(n, rest) "{\"askId\":\"ask_01arz3ndektsv4rrffq690000" n "\"," rest "}"

TEST(an_answer_that_is_remembered_decides_the_next_ask_like_it) {
    TestApp t;
    start(&t);
    make_rule(&t, "{\"decision\":\"ask\",\"tool\":\"Bash\"}");
    CHECK(!opens(&t, 1, BASH("git commit -m 'a b'")));
    Str out = call_json(&t, "answer_ask", ANSWER("1", "\"decision\":\"allow\",\"remember\":\"agent\""), 200);
    Str id = test_json(&t, out, "rememberedId");
    CHECK(str_starts(id, STR("rul_")));
    CHECK_STR(test_json(&t, out, "decidedBy"), "person");
    CHECK_STR(
        test_cell(
            &t,
            "SELECT command || '|' || tool || '|' || agent_id || '|' || position FROM rule WHERE command IS NOT NULL"),
        "git commit -m 'a b'|Bash|" ID_("ag", "aa") "|0");
    CHECK(opens(&t, 2, BASH("git commit -m \\\"a b\\\"")));
    CHECK(str_eq(ask_field(&t, 2, "ruleId"), id));
    CHECK(!opens(&t, 3, BASH("git commit -m 'a c'")));
    call_json(&t, "answer_ask", ANSWER("3", "\"decision\":\"deny\",\"remember\":\"always\""), 200);
    CHECK_STR(test_cell(&t, "SELECT workspace_id FROM rule WHERE decision = 'deny'"), ID_("ws", "aa"));
    CHECK(opens(&t, 4, BASH("git commit -m 'a c'")));
    CHECK_STR(ask_field(&t, 4, "decision"), "deny");
    CHECK(!opens(&t, 5, BASH("ls | wc")));
    call_json(&t, "answer_ask", ANSWER("5", "\"decision\":\"allow\",\"remember\":\"agent\""), 400);
    CHECK_STR(ask_field(&t, 5, "state"), "open");
    call_json(&t, "answer_ask", ANSWER("5", "\"decision\":\"allow_always\",\"remember\":\"agent\""), 400);
    call_json(&t, "answer_ask", ANSWER("5", "\"decision\":\"allow\",\"input\":{},\"remember\":\"agent\""), 400);
    call_json(&t, "answer_ask", ANSWER("5", "\"decision\":\"deny\",\"remember\":\"agent\""), 200);
    CHECK(opens(&t, 6, BASH("ls | wc")));
    test_app_stop(&t);
}

TEST(a_path_is_that_of_the_file_behind_its_links) {
    TestApp t;
    Err e = {0};
    start(&t);
    const char *dir = arena_fmt(t.arena, "%s/worktree", test_dir()).p;
    CHECK_OK(file_mkdirs(arena_fmt(t.arena, "%s/src", dir).p, 0700, &e), e);
    CHECK_OK(file_mkdirs(arena_fmt(t.arena, "%s/docs", dir).p, 0700, &e), e);
    CHECK(symlink("/etc", arena_fmt(t.arena, "%s/src/out", dir).p) == 0);
    CHECK(symlink("../docs", arena_fmt(t.arena, "%s/src/docs", dir).p) == 0);
    make_rule(&t, "{\"decision\":\"allow\",\"tool\":\"Write\",\"path\":\"src/**\"}");
    make_rule(&t, "{\"decision\":\"deny\",\"path\":\"/etc/**\"}");
    static const struct {
        const char *path;
        bool is_decided;
    } cases[] = {
        {"src/new.c", true},
        {"%s/src/new.c", true},
        {"src/../src/a", true},
        {"src/../../a", false},
        {"docs/a", false},
        {"src/docs/a", false},
        {"src/out/a", true}, /* denied: it is in /etc */
        {"src/out", true},
        {"../../../../../../../../../../../../etc/passwd", true},
        {"/../etc/passwd", true},
        {"src/out/../usr/a", false},
        {"~/src/a", false},
        {"/etc/passwd", true},
        {"%s/../worktree/src/a", false},
        {"%s/src/../../../etc/a", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool is_beneath = cases[i].path[0] == '%';
        const char *path = is_beneath ? arena_fmt(t.arena, "%s%s", dir, cases[i].path + 2).p : cases[i].path;
        Call c = {.tool = "Write", .folder = dir};
        c.input = arena_fmt(t.arena, "{\"file_path\":\"%s\",\"content\":\"x\"}", path).p;
        if (open_ask(&t, (int)i, c) != cases[i].is_decided) test_fail(__FILE__, __LINE__, "%s", path);
    }
    test_app_stop(&t);
}

TEST(a_worktree_that_does_not_answer_leaves_what_names_its_files_to_a_person) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AskFacts write = {0}, command = {0};
    FactsOf of = {.tool = STR("Write"), .folder = str(test_dir()), .errands = errands_new()};
    of.input = STR("{\"file_path\":\"a\",\"content\":\"x\"}");
    fault_arm(1, "errand.thread");
    facts_read(&of, a, &write);
    CHECK_STR(write.unclear,
              "Nobody knows where its files are: a look at its worktree did not end in time, or could not begin.");
    CHECK_STR(write.paths.items[0], "a");
    CHECK_I64(write.resolved.n, 0);
    fault_arm(1, "errand.thread");
    of.tool = STR("Bash");
    of.input = STR("{\"command\":\"ls\"}");
    facts_read(&of, a, &command);
    CHECK(!command.unclear.n);
    CHECK_I64(fault_seen(), 0);
    fault_arm(0, NULL);
    errands_free(of.errands);
}

/* 10,000 past asks, of which a hundred match, looked at in as many calls as the time of one takes. */
TEST(a_dry_run_looks_at_ten_thousand_past_asks) {
    TestApp t;
    start(&t);
    test_run(
        &t,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
        "INSERT INTO ask (id, org_id, subject_kind, subject_id, request_id, kind, tool, digest, facts, state, decision, "
        "decided_by, created_at) SELECT printf('ask_01arz3ndektsv4rrffq69%05d', i), '" LOCAL_ORG "', 'agent', '" ID_(
            "ag",
            "aa") "', 'r', 'permission', 'Bash', 'd', iif(i % 10 = 9, NULL, json_object('command', "
                  "iif(i % 100 = 0, 'npm run test', 'ls | wc ' || i))), 'answered', iif(i % 200 = 0, 'deny', 'allow'), 'person', i FROM n");
    make_rule(&t, "{\"decision\":\"allow\",\"command\":\"npm run test\",\"agentId\":\"" ID_("ag", "bb") "\"}");
    int64_t sums[5] = {0};
    static const char *const names[] = {"examined", "matched", "same", "other", "unknown"};
    Str next = {0}, out = {0};
    int n_calls = 0;
    do {
        out = call_json(&t, "try_rule",
                        arena_fmt(t.arena,
                                  "{\"decision\":\"allow\",\"command\":\"npm run *\",\"examine\":4000%s" STR_FMT "%s}",
                                  next.n ? ",\"before\":\"" : "", STR_ARG(next), next.n ? "\"" : "")
                            .p,
                        200);
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            int64_t n = -1;
            CHECK(str_parse_i64(test_json(&t, out, names[i]), 0, 10000, &n));
            sums[i] += n;
        }
        next = test_json(&t, out, "next");
        n_calls++;
    } while (next.n && n_calls < 100);
    CHECK(n_calls >= 3 && n_calls < 100);
    CHECK_I64(sums[0], 10000);
    CHECK_I64(sums[1], 100);
    CHECK_I64(sums[2], 50);
    CHECK_I64(sums[3], 50);
    CHECK_I64(sums[4], 1000);
    test_app_stop(&t);
}

/* Each command has 8,000 words and each rule reads it. What does not fit in the time of a call is left to the next. */
TEST(a_dry_run_over_long_commands_behind_many_rules_takes_no_longer) {
    TestApp t;
    start(&t);
    for (int i = 0; i < RULES_MAX - 1; i++) make_rule(&t, "{\"decision\":\"deny\",\"command\":\"x * **\"}");
    test_run(
        &t,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
        "INSERT INTO ask (id, org_id, subject_kind, subject_id, request_id, kind, tool, digest, facts, state, "
        "created_at) SELECT printf('ask_01arz3ndektsv4rrffq69%05d', i), '" LOCAL_ORG "', 'agent', '" ID_(
            "ag",
            "aa") "', 'r', 'permission', 'Bash', 'd', "
                  "json_object('command', 'echo ' || replace(hex(zeroblob(4000)), '0', 'a ')), 'answered', i FROM n");
    TimeUs before = clock_mono_us();
    Str out = call_json(&t, "try_rule", "{\"decision\":\"deny\",\"command\":\"echo **\"}", 200);
    CHECK(clock_mono_us() - before < 5000000);
    CHECK(test_json(&t, out, "next").n > 0);
    test_app_stop(&t);
}

TEST(a_dry_run_names_what_exists) {
    TestApp t;
    start(&t);
    call_json(&t, "try_rule", "{\"decision\":\"deny\",\"tool\":\"Bash\",\"before\":\"" ID_("ask", "zz") "\"}", 404);
    call_json(&t, "try_rule", "{\"decision\":\"deny\",\"tool\":\"Bash\",\"ruleId\":\"" ID_("rul", "zz") "\"}", 404);
    test_app_stop(&t);
}

TEST(a_dry_run_over_one_call_says_why_it_does_not_match) {
    TestApp t;
    start(&t);
    const char *deny = make_rule(&t, "{\"decision\":\"deny\",\"command\":\"npm run deploy\"}");
#define TRY_CALL(command)                                                                                                 \
    call_json(                                                                                                            \
        &t, "try_rule",                                                                                                   \
        "{\"decision\":\"allow\",\"command\":\"npm run *\",\"call\":{\"tool\":\"Bash\",\"input\":{\"command\":\"" command \
        "\"}}}",                                                                                                          \
        200)
    CHECK_STR(test_json(&t, TRY_CALL("npm run test"), "call.isMatched"), "true");
    Str out = TRY_CALL("npm run test | sh");
    CHECK_STR(test_json(&t, out, "call.isMatched"), "false");
    CHECK_STR(test_json(&t, out, "call.why"), "The command has an operator.");
    out = TRY_CALL("npm run deploy");
    CHECK_STR(test_json(&t, out, "call.isMatched"), "false");
    CHECK_STR(test_json(&t, out, "call.earlierId"), deny);
    call_json(&t, "try_rule", "{\"decision\":\"allow\",\"tool\":\"Bash\",\"call\":{\"tool\":\"Bash\",\"input\":[1]}}",
              400);
    call_json(&t, "try_rule", "{\"decision\":\"allow\"}", 400);
    test_app_stop(&t);
}

TEST(there_is_a_maximum_of_rules) {
    TestApp t;
    start(&t);
    for (int i = 0; i < RULES_MAX; i++) make_rule(&t, "{\"decision\":\"deny\",\"tool\":\"X\",\"position\":0}");
    call_json(&t, "create_rule", "{\"decision\":\"deny\",\"tool\":\"X\"}", 409);
    CHECK_STR(test_cell(&t, "SELECT count(DISTINCT position) || '|' || max(position) FROM rule"), "200|199");
    test_app_stop(&t);
}

TEST(an_agent_may_not_see_or_change_rules) {
    static const char *const ops[] = {"list_rules",    "create_rule", "update_rule", "delete_rule",
                                      "reorder_rules", "try_rule",    "apply_rule"};
    TestApp t;
    start(&t);
    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        TestCall c = {.op = ops[i],
                      .json = "{\"decision\":\"allow\",\"tool\":\"Bash\"}",
                      .role = ROLE_AGENT,
                      .who = ID_("lch", "aa")};
        CHECK_I64(test_call(&t, &c), 403);
    }
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM rule"), "0");
    test_app_stop(&t);
}
