/* Scripts: their rows, runs as launches that are only rows, their logs, and the ports of worktrees. */
#include "script/script.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/holdlog.h"
#include "base/mem.h"
#include "base/test.h"
#include "core/core_migrations.h"
#include "core/hook.h"
#include "core/launch_migrations.h"
#include "core/op_migrations.h"
#include "core/test_app.h"
#include "git/git_fixture.h"
#include "script/script_migrations.h"
#include "workspace/workspace.h"
#include "workspace/workspace_migrations.h"

#define ULID_ "_01arz3ndektsv4rrffq69g5faa"
#define OF "\"workspaceId\":\"ws" ULID_ "\""
#define IN OF ",\"worktreeId\":\"wt" ULID_ "\""

typedef struct Bench {
    TestApp t;
    Str script, run, launch;
} Bench;

static int run_tx(Tx *tx, void *sql, Err *e) { return tx_run(tx, sql, DB_NONE, NULL, e); }

static void change(Bench *b, const char *sql) {
    Sql *q = arena_new_in(b->t.arena, Sql);
    *q = (Sql){.name = "of_a_test", .text = sql, .file = "test"};
    test_write(&b->t, run_tx, q);
}

static Str call(Bench *b, const char *op, const char *json, int want) {
    TestCall c = {.op = op, .json = json};
    int got = test_call(&b->t, &c);
    if (got != want) test_fail(__FILE__, __LINE__, "%s %s: %d " STR_FMT, op, json, got, STR_ARG(c.body));
    return c.body;
}

/* The owner that is registered with the hooks stays on a separate App, so that launches here are only rows. */
static void open_bench(Bench *b) {
    static const Migration *const migrations[] = {core_migrations,      op_migrations,     launch_migrations,
                                                  workspace_migrations, script_migrations, NULL};
    static const Op *const ops[] = {script_ops, script_run_ops, port_ops, proposal_ops, workspace_ops, NULL};
    App apart = {0};
    Err e = {0};
    *b = (Bench){0};
    test_app_start(&b->t, &(TestAppConfig){.migrations = migrations,
                                           .ops = ops,
                                           .topics = (const TopicDef *const[]){workspace_topics, NULL}});
    CHECK_OK(launches_new(&apart, &apart.launches, &e), e);
    script_register(&apart);
    b->t.app.hooks = apart.hooks;
    launches_free(apart.launches);
    change(b, "INSERT INTO workspace (id, name, path, common_dir, created_at, updated_at) "
              "VALUES ('ws" ULID_ "', 'w', '/nowhere', '/nowhere/.git', 1, 1)");
    change(
        b,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
        "INSERT INTO worktree (id, workspace_id, name, branch, path, sort_mode, display_order, is_main, is_detached, created_at, "
        "updated_at) SELECT 'wt_01arz3ndektsv4rrffq69g5fa' || char(97 + i), 'ws" ULID_
        "', i, i, '/tmp/' || i, 'free', i, 0, 0, 1, 1 FROM n");
    static int n_repos;
    const char *repo = fixture_repo(b->t.arena, arena_fmt(b->t.arena, "repo%d", n_repos++).p);
    change(b, arena_fmt(b->t.arena, "UPDATE worktree SET path = '%s' WHERE id = 'wt" ULID_ "'", repo).p);
}

static Str add(Bench *b, const char *kind, const char *name) {
    const char *json =
        arena_fmt(b->t.arena, "{" OF ",\"kind\":\"%s\",\"name\":\"%s\",\"command\":\"make test\"}", kind, name).p;
    return test_json(&b->t, call(b, "create_script", json, 201), "id");
}

static const char *of_script(Bench *b, Str script) {
    return arena_fmt(b->t.arena, "{" IN ",\"scriptId\":\"" STR_FMT "\"}", STR_ARG(script)).p;
}

static void begin(Bench *b) {
    Str run = call(b, "run_script", of_script(b, b->script), 201);
    b->run = test_json(&b->t, run, "id");
    b->launch = test_json(&b->t, run, "launchId");
}

typedef struct Feed {
    Bench *b;
    LaunchFrame *frames;
    size_t n;
} Feed;

static int feed_tx(Tx *tx, void *arg, Err *e) {
    Feed *f = arg;
    LaunchRow row;
    bool found;
    void *live = NULL;
    LaunchPlace place;
    CLEANUP(buf_done) Buf state;
    buf_init(&state, 1 << 18);
    Arena *a = f->b->t.arena;
    TRY(launch_find(tx_conn(tx), f->b->launch, a, &row, &found, e));
    TRY(script_owner.open(&f->b->t.app, tx_conn(tx), &row, &live, e));
    TRY(script_owner.derive(live, &(LaunchBatchIn){.launch = &row, .frames = f->frames, .n = f->n, .arena = a}, &place,
                            e));
    TRY(script_owner.apply(live, &f->b->t.app, tx, &row, &state, e));
    script_owner.close(live);
    static const Sql keep = {"keep", "UPDATE launch SET owner_state = ?2 WHERE id = ?1", "test"},
                     end = {"end", "UPDATE launch SET ended_at = 1, state = 'exited' WHERE id = ?1", "test"};
    TRY(tx_run(tx, &keep, DB_ARGS(db_text(row.id), db_text(buf_str(&state))), NULL, e));
    bool is_last = f->n && f->frames[f->n - 1].frame.channel == HOLD_EXIT;
    return is_last ? tx_run(tx, &end, DB_ARGS(db_text(row.id)), NULL, e) : 0;
}

static void say(Bench *b, Str text) {
    LaunchFrame f = {.frame = {.channel = HOLD_STDOUT, .bytes = text}};
    test_write(&b->t, feed_tx, &(Feed){b, &f, 1});
}

static void leave(Bench *b, HoldExit x) {
    CLEANUP(buf_done) Buf body;
    buf_init(&body, 4096);
    CHECK(holdlog_put_exit(&body, &x));
    LaunchFrame f = {.frame = {.channel = HOLD_EXIT, .bytes = buf_str(&body)}};
    test_write(&b->t, feed_tx, &(Feed){b, &f, 1});
}

static Str log_from(Bench *b, int64_t offset) {
    return call(
        b, "get_script_log",
        arena_fmt(b->t.arena, "{\"runId\":\"" STR_FMT "\",\"offset\":%lld}", STR_ARG(b->run), (long long)offset).p,
        200);
}

static Str state(Bench *b) {
    return test_cell(
        &b->t,
        "SELECT state || coalesce(' ' || exit_code, '') || coalesce(' ' || detail, '') FROM script_run ORDER BY started_at DESC, id DESC");
}

TEST(a_run_ends_as_its_shell_did_and_keeps_its_output) {
    static const struct {
        HoldExit exit;
        const char *want;
    } cases[] = {
        {{.reason = {"exit", 4}}, "passed 0"},
        {{.reason = {"exit", 4}, .code = 3}, "failed 3"},
        {{.reason = {"signal", 6}, .signal = 11}, "failed ended by signal 11"},
        {{.reason = {"limit", 5}, .limit = {"wall", 4}, .signal = 9, .text = {"too long", 8}}, "timed_out too long"},
        {{.reason = {"exec_failed", 11}, .code = 127, .text = {"no sh", 5}}, "failed 127 no sh"},
    };
    Bench b;
    open_bench(&b);
    b.script = add(&b, "check", "Tests");
    CHECK(str_find(call(&b, "list_checks", "{" IN "}", 200), STR("\"state\":\"never\""), &(size_t){0}));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin(&b);
        CHECK_STR(state(&b), "running");
        call(&b, "run_script", of_script(&b, b.script), 409);
        say(&b, STR("first \xc3"));
        say(&b, STR("\xa4\nsecond\n\xff"));
        leave(&b, cases[i].exit);
        CHECK_STR(state(&b), cases[i].want);
        Str page = log_from(&b, 0);
        CHECK_STR(test_json(&b.t, page, "text"), "first \xc3\xa4\nsecond\n?");
        CHECK_STR(test_json(&b.t, page, "logBytes"), "17");
        CHECK_STR(test_json(&b.t, page, "hasMore"), "false");
    }
    CHECK(str_find(call(&b, "list_checks", "{" IN "}", 200), STR("\"detail\":\"no sh\""), &(size_t){0}));
    Str runs = call(&b, "list_script_runs", "{" IN ",\"limit\":2}", 200);
    CHECK_STR(test_json(&b.t, runs, "hasMore"), "true");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM event WHERE payload ->> 'change' = 'script_run'"), "10");
    test_app_stop(&b.t);
}

TEST(of_a_long_log_the_beginning_and_the_end_are_kept) {
    enum { PIECE = 1 << 19, PIECES = 14 };
    Bench b;
    open_bench(&b);
    b.script = add(&b, "run", "Server");
    begin(&b);
    char *text = arena_alloc(b.t.arena, PIECE);
    for (int i = 0; i < PIECES; i++) {
        memset(text, 'a' + i, PIECE);
        say(&b, str_n(text, PIECE));
    }
    int64_t at = 0, bytes = 0, n_pages = 0, dropped = 0;
    Str page;
    do {
        page = log_from(&b, at);
        Str piece = test_json(&b.t, page, "text"), from = test_json(&b.t, page, "offset"),
            next = test_json(&b.t, page, "nextOffset");
        int64_t start = 0;
        CHECK(str_parse_i64(from, 0, INT64_MAX, &start));
        dropped += start - at;
        CHECK(piece.n && piece.p[0] == 'a' + start / PIECE &&
              piece.p[piece.n - 1] == 'a' + (start + (int64_t)piece.n - 1) / PIECE);
        bytes += (int64_t)piece.n;
        at = start + (int64_t)piece.n;
        if (next.n) CHECK_I64(at, strtoll(next.p, NULL, 10));
    } while (str_is(test_json(&b.t, page, "hasMore"), "true") && ++n_pages < 100);
    CHECK_I64(at, (int64_t)PIECE * PIECES);
    CHECK_I64(dropped, (int64_t)PIECE * PIECES - bytes);
    CHECK(bytes <= SCRIPT_LOG_MAX && bytes > SCRIPT_LOG_MAX / 2);
    CHECK_I64(dropped, strtoll(test_json(&b.t, page, "droppedBytes").p, NULL, 10));
    test_app_stop(&b.t);
}

typedef struct Removal {
    Bench *bench;
    ErrCode want;
} Removal;

static int removal_tx(Tx *tx, void *arg, Err *e) {
    Removal *x = arg;
    Err why = {0};
    WorktreeGone gone = {STR("wt" ULID_), STR("ws" ULID_)};
    WorktreeRemoving removing = {.worktree_id = gone.worktree_id, .workspace_id = gone.workspace_id};
    (void)hook_run_worktree_removing(&x->bench->t.app, tx, &removing, &why);
    CHECK_I64(why.code, x->want);
    if (why.code) CHECK(strstr(why.text, "1 script is running in worktree 0; stop it first"));
    return why.code ? 0 : hook_run_worktree_gone(&x->bench->t.app, tx, &gone, e);
}

static int made_tx(Tx *tx, void *arg, Err *e) {
    Bench *b = arg;
    WorktreeMade made = {STR("wt" ULID_), STR("ws" ULID_), STR("/tmp"), STR(LOCAL_USER)};
    return hook_run_worktree_made(&b->t.app, tx, &made, e);
}

static Str runs(Bench *b) {
    return test_cell(&b->t,
                     "SELECT group_concat(name || ' ' || state, ', ') FROM (SELECT * FROM script_run ORDER BY name)");
}

static void leave_last(Bench *b, int code) {
    b->launch = test_cell(&b->t, "SELECT launch_id FROM script_run WHERE ended_at IS NULL");
    leave(b, (HoldExit){.reason = STR("exit"), .code = code});
}

TEST(setup_scripts_run_one_after_another_in_a_worktree_that_was_created) {
    Bench b;
    open_bench(&b);
    change(&b, "UPDATE worktree SET created_at = 4000000000000000");
    add(&b, "setup", "Link");
    b.script = add(&b, "setup", "Install");
    add(&b, "setup", "Migrate");
    add(&b, "check", "Tests");
    test_write(&b.t, made_tx, &b);
    CHECK_STR(runs(&b), "Install running");
    CHECK_STR(test_cell(&b.t,
                        "SELECT json_extract(spec, '$.limits.processes') || ' ' || json_extract(spec, "
                        "'$.limits.memoryBytes') || ' ' || json_extract(spec, '$.limits.outputBytes') FROM launch"),
              "1000 8589934592 8589934592");
    leave_last(&b, 3);
    CHECK_STR(runs(&b), "Install failed, Link running");
    change(&b, "UPDATE launch SET stop_asked = 1 WHERE ended_at IS NULL");
    leave_last(&b, 1);
    CHECK_STR(runs(&b), "Install failed, Link stopped"); /* a person has stopped it, and what comes after it */
    begin(&b);
    leave_last(&b, 0);
    CHECK_STR(runs(&b), "Install failed, Install passed, Link stopped, Migrate running");
    test_app_stop(&b.t);
}

static int held_tx(Tx *tx, void *arg, Err *e) {
    Bench *b = arg;
    LaunchRow row = {.owner_id = b->run};
    return script_owner.held(&b->t.app, tx, &row, "held: the disk is full", e);
}

TEST(a_run_says_why_it_is_held_and_old_ones_go) {
    Bench b;
    Err e = {0};
    open_bench(&b);
    b.script = add(&b, "check", "Tests");
    begin(&b);
    test_write(&b.t, held_tx, &b);
    CHECK_STR(state(&b), "running held: the disk is full");
    say(&b, STR("some text\n"));
    leave(&b, (HoldExit){.reason = STR("exit")});
    CHECK_STR(state(&b), "passed 0");
    CHECK_OK(scripts_expire(&b.t.app, 1, &e), e);
    CHECK_STR(test_cell(&b.t, "SELECT (SELECT count(*) FROM script_run) || (SELECT count(*) FROM script_log)"), "11");
    CHECK_OK(scripts_expire(&b.t.app, clock_now_us() + 1000000, &e), e);
    CHECK_STR(test_cell(&b.t, "SELECT (SELECT count(*) FROM script_run) || (SELECT count(*) FROM script_log)"), "00");
    test_app_stop(&b.t);
}

TEST(a_log_that_comes_line_by_line_is_kept_in_few_rows) {
    Bench b;
    open_bench(&b);
    b.script = add(&b, "check", "Tests");
    begin(&b);
    for (int i = 0; i < 3000; i++) say(&b, STR("a line of a test that prints while it works, one at a time\n"));
    CHECK_STR(test_cell(&b.t, "SELECT count(*) < 5 FROM script_log"), "1");
    CHECK_STR(test_json(&b.t, log_from(&b, 0), "hasMore"), "false");
    test_app_stop(&b.t);
}

static WorktreeLeaving leaving(Bench *b, bool is_forced) {
    return (WorktreeLeaving){.worktree_id = STR("wt" ULID_),
                             .workspace_id = STR("ws" ULID_),
                             .path = STR("/tmp"),
                             .principal = STR(LOCAL_USER),
                             .is_forced = is_forced,
                             .arena = b->t.arena};
}

static ErrCode run_leaving(Bench *b, WorktreeLeaving *l) {
    Err e = {0};
    (void)hook_run_worktree_leaving(&b->t.app, b->t.conn, l, &e);
    return e.code;
}

TEST(a_teardown_that_does_not_pass_keeps_its_worktree_unless_forced) {
    static const struct {
        int code;
        bool is_forced;
        ErrCode want;
    } cases[] = {{0, false, ERR_OK}, {3, false, ERR_CONFLICT}, {3, true, ERR_OK}};
    Bench b;
    open_bench(&b);
    WorktreeLeaving none = leaving(&b, false);
    CHECK_I64(run_leaving(&b, &none), ERR_OK);
    CHECK_I64((int64_t)none.launches.n, 0);
    add(&b, "teardown", "Down");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        WorktreeLeaving l = leaving(&b, cases[i].is_forced), again = l;
        CHECK_I64(run_leaving(&b, &l), ERR_OK);
        CHECK_I64(run_leaving(&b, &again), ERR_OK); /* waits for the same one */
        CHECK(l.launches.n == 1 && again.launches.n == 1 && str_eq(l.launches.items[0], again.launches.items[0]));
        b.launch = l.launches.items[0];
        l.n_ended = 1;
        CHECK_I64(run_leaving(&b, &l), ERR_CONFLICT); /* it is still running */
        leave(&b, (HoldExit){.reason = STR("exit"), .code = cases[i].code});
        CHECK_I64(run_leaving(&b, &l), cases[i].want);
    }
    test_app_stop(&b.t);
}

TEST(the_newest_runs_are_kept_and_their_worktree_stays_while_one_lasts) {
    Bench b;
    open_bench(&b);
    b.script = add(&b, "check", "Tests");
    for (int i = 0; i < SCRIPT_RUNS_KEPT + 5; i++) {
        begin(&b);
        if (i + 1 < SCRIPT_RUNS_KEPT + 5) leave(&b, (HoldExit){.reason = STR("exit")});
    }
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM script_run"), "20");
    test_write(&b.t, removal_tx, &(Removal){&b, ERR_CONFLICT});
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM worktree_port"), "1");
    leave(&b, (HoldExit){.reason = STR("exit")});
    test_write(&b.t, removal_tx, &(Removal){&b, ERR_OK});
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM worktree_port"), "0");
    test_app_stop(&b.t);
}

TEST(what_cannot_be_a_script_is_refused) {
    Bench b;
    open_bench(&b);
    Str id = add(&b, "check", "Tests");
    add(&b, "run", "Tests");
    call(&b, "create_script", "{" OF ",\"kind\":\"check\",\"name\":\"Tests\",\"command\":\"x\"}", 409);
    call(&b, "create_script", "{" OF ",\"kind\":\"check\",\"name\":\"N\",\"command\":\"a\\u0000b\"}", 400);
    call(&b, "create_script", "{" OF ",\"kind\":\"nothing\",\"name\":\"N\",\"command\":\"x\"}", 400);
    call(&b, "create_script", "{" OF ",\"kind\":\"teardown\",\"name\":\"N\",\"command\":\"x\",\"timeoutSeconds\":0}",
         400);
    call(&b, "create_script",
         "{\"workspaceId\":\"ws_01arz3ndektsv4rrffq69g5fzz\",\"kind\":\"check\",\"name\":\"N\",\"command\":\"x\"}",
         404);
    const char *other =
        arena_fmt(b.t.arena,
                  "{" OF ",\"scriptId\":\"" STR_FMT "\",\"name\":\"Other\",\"command\":\"y\",\"timeoutSeconds\":5}",
                  STR_ARG(id))
            .p;
    CHECK_STR(test_json(&b.t, call(&b, "update_script", other, 200), "kind"), "check");
    CHECK_STR(
        test_cell(
            &b.t,
            "SELECT group_concat(kind || ' ' || name || ' ' || timeout_seconds, ', ') FROM (SELECT * FROM script ORDER BY kind)"),
        "check Other 5, run Tests 600");
    const char *gone = arena_fmt(b.t.arena, "{" OF ",\"scriptId\":\"" STR_FMT "\"}", STR_ARG(id)).p;
    call(&b, "delete_script", gone, 204);
    call(&b, "run_script", of_script(&b, id), 404);
    test_app_stop(&b.t);
}

static Str first_port(Bench *b, char worktree, int want) {
    const char *json = arena_fmt(b->t.arena, "{" OF ",\"worktreeId\":\"wt_01arz3ndektsv4rrffq69g5fa%c\"}", worktree).p;
    Str all = call(b, "reserve_worktree_ports", json, want);
    Json *root = NULL;
    Err e = {0};
    CHECK_OK(json_parse(b->t.arena, all, JSON_DEPTH_MAX, &root, &e), e);
    const Json *ports = json_get(root, "ports");
    return ports && ports->n == WORKTREE_PORTS ? test_json(&b->t, ports->items[0].raw, "port") : (Str){0};
}

static bool shares(Str port, const Str *others, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(port, others[i])) return true;
    return false;
}

/* Other programs of this machine may listen anywhere, so that no port is certain. */
TEST(worktrees_have_ports_that_never_overlap_and_come_free) {
    Bench b;
    Str had[4];
    open_bench(&b);
    for (size_t i = 0; i < 3; i++) {
        had[i] = first_port(&b, (char)('a' + i), 200);
        CHECK(had[i].n == 5 && !shares(had[i], had, i));
        CHECK(str_ends(had[i], STR("0")) && had[i].p[0] >= '2');
    }
    CHECK(str_eq(first_port(&b, 'b', 200), had[1]));
    change(&b, "DELETE FROM worktree_port WHERE worktree_id LIKE '%b'");
    had[3] = first_port(&b, 'd', 200);
    CHECK(!str_eq(had[3], had[0]) && !str_eq(had[3], had[2]));
    change(&b, "DELETE FROM worktree_port");
    change(&b, "WITH RECURSIVE n(i) AS (SELECT 20000 UNION ALL SELECT i + 10 FROM n WHERE i < 32750) "
               "INSERT INTO worktree_port SELECT 'x' || i, i FROM n");
    first_port(&b, 'a', 409);
    test_app_stop(&b.t);
}

static int listen_at(Str port, int behind) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int64_t n = 0;
    CHECK(str_parse_i64(port, 1, 65535, &n));
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(n + behind))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0);
    return fd;
}

TEST(ports_at_which_another_program_listens_are_left_to_it) {
    Bench b;
    open_bench(&b);
    Str first = first_port(&b, 'a', 200);
    change(&b, "DELETE FROM worktree_port");
    int fd = listen_at(first, 7);
    CHECK(!str_eq(first_port(&b, 'a', 200), first));
    close(fd);
    test_app_stop(&b.t);
}
