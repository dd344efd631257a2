/* The rows of get_overview: what they contain, how writes report them, and how pages follow one another. */
#include "agent/overview.h"

#include "agent/bench.h"
#include "agent/silence.h"
#include "base/test.h"

#define OVERVIEW "overview/org_00000000000000000000000000"

static Str overview(Bench *b, const char *json) {
    TestCall c = {.op = "get_overview", .json = json};
    CHECK_I64(test_call(&b->t, &c), 200);
    return c.body;
}

/* A row of a list of the answer; {NULL,0} behind its end. */
static Str row_of(Bench *b, Str json, const char *list, size_t place) {
    Json *root = NULL;
    Err e = {0};
    CHECK_OK(json_parse(b->t.arena, json, JSON_DEPTH_MAX, &root, &e), e);
    const Json *rows = json_get(root, list);
    return rows && place < rows->n ? rows->items[place].raw : (Str){0};
}

/* "changes | changes": of all overview events, in order. */
static Str changes(Bench *b) {
    return test_cell(&b->t,
                     "SELECT group_concat(c, ' | ') FROM (SELECT (SELECT group_concat(value, ' ') FROM "
                     "json_each(payload ->> 'changes')) AS c FROM event e JOIN stream s ON s.number = e.id >> 40 "
                     "WHERE s.topic = '" OVERVIEW "' ORDER BY e.id)");
}

TEST(a_row_has_what_lists_show_of_an_agent) {
    static const Say works[] = {
        {EV_KIND_TEXT, "{\"block\":\"b-1\",\"text\":\"First.\\n\\nThe last line \\u001b[31mis red\\u001b[0m\\n\"}"},
        {EV_KIND_TEXT, "{\"block\":\"b-2\",\"text\":\"A subagent\",\"parent\":\"t-9\"}"},
        {EV_KIND_USAGE, "{\"model\":\"m\",\"input\":1,\"output\":2,\"cacheRead\":3,\"cacheCreation\":4,"
                        "\"costMicros\":70,\"requests\":1}"},
        {EV_KIND_CONTEXT, "{\"used\":50,\"window\":100,\"level\":50}"},
        ASK_OF("r-1"),
        ASK_OF("r-2"),
        {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    CHECK_I64(bench_send(&b, "one"), 202);
    CHECK_I64(bench_send(&b, "two"), 202);
    bench_accept_prompt(&b);
    rig_run(&b.t,
            "INSERT INTO worktree_status (worktree_id, ahead, behind, staged, modified, untracked, conflicted, added, "
            "removed, source, seen_at) VALUES ('" RIG_WORKTREE "', 1, 2, 3, 4, 5, 6, 7, 8, 'inotify', 9)");
    bench_apply(&b, works);
    Str all = overview(&b, "{}");
    static const char *const want[][3] = {{"agents", "lastLine", "The last line is red"},
                                          {"agents", "tokens", "10"},
                                          {"agents", "costMicros", "70"},
                                          {"agents", "contextLevel", "50"},
                                          {"agents", "queueLength", "1"},
                                          {"agents", "openAsks", "2"},
                                          {"agents", "askTool", "Bash"},
                                          {"agents", "status", "waiting"},
                                          {"agents", "statusReason", "permission"},
                                          {"agents", "added", "7"},
                                          {"agents", "removed", "8"},
                                          {"agents", "conflicted", "6"},
                                          {"worktrees", "ahead", "1"},
                                          {"worktrees", "behind", "2"},
                                          {"worktrees", "staged", "3"},
                                          {"worktrees", "untracked", "5"},
                                          {"worktrees", "source", "inotify"},
                                          {"workspaces", "name", "w"}};
    for (size_t i = 0; i < COUNT_OF(want); i++)
        CHECK_STR(test_json(&b.t, row_of(&b, all, want[i][0], 0), want[i][1]), want[i][2]);
    CHECK_STR(test_json(&b.t, row_of(&b, all, "agents", 0), "askId"),
              test_cell(&b.t, "SELECT id FROM ask ORDER BY created_at, id LIMIT 1").p);
    bench_apply(
        &b, (Say[]){{EV_KIND_TOOL_START, "{\"toolId\":\"t-1\",\"name\":\"Read\",\"kind\":\"read\",\"title\":\"a.c\"}"},
                    {0}});
    CHECK_STR(test_json(&b.t, row_of(&b, overview(&b, "{}"), "agents", 0), "lastLine"), "a.c");
    bench_close(&b);
}

TEST(one_write_emits_one_row_with_all_that_changed_it) {
    static const Say works[] = {{EV_KIND_TEXT, "{\"block\":\"b-1\",\"text\":\"Done\"}"},
                                {EV_KIND_USAGE,
                                 "{\"model\":\"m\",\"input\":1,\"output\":2,\"cacheRead\":3,\"cacheCreation\":4,"
                                 "\"costMicros\":70,\"requests\":1}"},
                                {EV_KIND_CONTEXT, "{\"used\":50,\"window\":100,\"level\":50}"},
                                IDLE,
                                {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    CHECK_I64(bench_send(&b, "one"), 202);
    bench_accept_prompt(&b);
    /* changes nothing that a row shows */
    bench_apply(&b, (Say[]){{EV_KIND_THOUGHT, "{\"block\":\"b-2\",\"text\":\"hm\"}"}, {0}});
    CHECK_STR(changes(&b), "status | message | message");
    bench_apply(&b, works);
    CHECK_STR(changes(&b), "status | message | message | status context usage turn_end");
    Str row = test_cell(&b.t, "SELECT payload ->> 'data' FROM event WHERE payload ->> 'changes' LIKE '%usage%'");
    CHECK(str_eq(row, row_of(&b, overview(&b, "{}"), "agents", 0)));
    bench_close(&b);
}

static int heard_tx(Tx *tx, void *arg, Err *e) {
    Bench *b = arg;
    LaunchRow row;
    bool found = false;
    TRY(launch_find(tx_conn(tx), b->launch, b->t.arena, &row, &found, e));
    return agent_owner.heard(&b->t.app, tx, &row, e);
}

TEST(one_that_works_and_says_nothing_is_shown_as_silent_once_and_as_heard_when_it_speaks) {
    enum { HEARD = 5000 };
    Bench b;
    Err e = {0};
    bench_open(&b);
    bench_start(&b);
    CHECK_I64(bench_send(&b, "one"), 202);
    bench_accept_prompt(&b);
    rig_run(&b.t, "UPDATE launch SET heard_at = 5000");
    rig_run(&b.t, "UPDATE conversation SET status_since = 4000");
    CHECK_OK(silence_mark(&b.t.app, b.t.conn, HEARD - 1, &e), e);
    CHECK(!test_json(&b.t, row_of(&b, overview(&b, "{}"), "agents", 0), "silentSince").p);
    for (int i = 0; i < 2; i++) CHECK_OK(silence_mark(&b.t.app, b.t.conn, HEARD, &e), e);
    CHECK_STR(changes(&b), "status | message | message | silent");
    Str row = row_of(&b, overview(&b, "{}"), "agents", 0);
    CHECK_STR(test_json(&b.t, row, "silentSince"), "1970-01-01T00:00:00.005000Z");
    CHECK_STR(test_json(&b.t, row, "heardAt"), "1970-01-01T00:00:00.005000Z");
    rig_run(&b.t, "UPDATE conversation SET status = 'waiting'"); /* for a person: nobody expects a word of it */
    CHECK(!test_json(&b.t, row_of(&b, overview(&b, "{}"), "agents", 0), "silentSince").p);
    rig_run(&b.t, "UPDATE launch SET silent_since = NULL");
    CHECK_OK(silence_mark(&b.t.app, b.t.conn, HEARD, &e), e);
    rig_run(&b.t, "UPDATE conversation SET status = 'running', status_since = 6000"); /* it began after its last word */
    CHECK_OK(silence_mark(&b.t.app, b.t.conn, HEARD, &e), e);
    CHECK(!test_cell(&b.t, "SELECT silent_since FROM launch").p);
    CHECK_OK(silence_mark(&b.t.app, b.t.conn, 6000, &e), e);
    CHECK_STR(test_cell(&b.t, "SELECT silent_since FROM launch"), "6000");
    test_write(&b.t, heard_tx, &b);
    CHECK_STR(changes(&b), "status | message | message | silent | silent | heard");
    bench_close(&b);
}

/* The newest event's row, which equals the list's. */
static void check_life(Bench *b, const char *is_running, const char *is_in_turn) {
    Str row = test_cell(&b->t, "SELECT payload ->> 'data' FROM event e JOIN stream s ON s.number = e.id >> 40 "
                               "WHERE s.topic = '" OVERVIEW "' ORDER BY e.id DESC LIMIT 1");
    CHECK_STR(row_of(b, overview(b, "{}"), "agents", 0), arena_cstr(b->t.arena, row));
    CHECK_STR(test_json(&b->t, row, "isRunning"), is_running);
    CHECK_STR(test_json(&b->t, row, "isInTurn"), is_in_turn);
}

TEST(a_row_says_whether_its_program_runs_and_whether_a_turn_is_open_whatever_its_status) {
    Bench b;
    bench_open(&b);
    CHECK_STR(test_json(&b.t, row_of(&b, overview(&b, "{}"), "agents", 0), "isRunning"), "false");
    bench_start(&b);
    check_life(&b, "true", "false");
    CHECK_I64(bench_send(&b, "one"), 202);
    bench_accept_prompt(&b);
    check_life(&b, "true", "true");
    bench_apply(&b, (Say[]){{EV_KIND_TURN_END, "{\"outcome\":\"error\"}"},
                            {EV_KIND_STATE, "{\"state\":\"idle\",\"byProtocol\":true}"},
                            {0}});
    check_life(&b, "true", "false"); /* the API failed, which ends a turn and no program */
    bench_exit(&b, (HoldExit){.reason = STR("exit"), .code = 1},
               (Say[]){{EV_KIND_EXIT, "{\"code\":1,\"isClean\":false}"}, {0}});
    check_life(&b, "false", "false"); /* the reason is still that failure */
    CHECK_STR(test_json(&b.t, row_of(&b, overview(&b, "{}"), "agents", 0), "statusReason"), "api");
    bench_close(&b);
}

TEST(pages_show_every_worktree_and_agent_once) {
    Bench b;
    bench_open(&b);
    rig_run(
        &b.t,
        "INSERT INTO worktree (id, workspace_id, name, branch, path, sort_mode, display_order, is_main, is_detached, "
        "created_at, updated_at) VALUES ('wt_01arz3ndektsv4rrffq69g5fab', '" RIG_WORKSPACE
        "', 'second', 'second', '/second', 'free', 1, 0, 0, 1, 1)");
    for (int i = 0; i < 2; i++) {
        TestCall c = {.op = "create_agent", .json = "{\"worktreeId\":\"" RIG_WORKTREE "\"}"};
        CHECK_I64(test_call(&b.t, &c), 201);
    }
    int n_trees = 0, n_agents = 0, n_pages = 0;
    Str after = {0};
    do {
        Str page =
            overview(&b, after.n ? arena_fmt(b.t.arena, "{\"limit\":1,\"after\":\"" STR_FMT "\"}", STR_ARG(after)).p
                                 : "{\"limit\":1}");
        n_trees += row_of(&b, page, "worktrees", 0).n > 0;
        n_agents += row_of(&b, page, "agents", 0).n > 0;
        CHECK(!row_of(&b, page, "worktrees", 1).n && !row_of(&b, page, "agents", 1).n);
        CHECK_I64(row_of(&b, page, "workspaces", 0).n > 0, n_pages == 0);
        after = test_json(&b.t, page, "nextCursor");
    } while (after.n && ++n_pages < 20);
    CHECK_I64(n_trees, 2);
    CHECK_I64(n_agents, 3);
    Str of = overview(&b, "{\"workspaceId\":\"" RIG_WORKSPACE "\"}");
    CHECK(row_of(&b, of, "agents", 2).n && !test_json(&b.t, of, "nextCursor").n);
    static const char *const bad[] = {"{\"workspaceId\":\"ws_01arz3ndektsv4rrffq69g5fzz\"}",
                                      "{\"after\":\"wt_01arz3ndektsv4rrffq69g5fzz\"}",
                                      "{\"after\":\"ag_01arz3ndektsv4rrffq69g5fzz\"}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        TestCall c = {.op = "get_overview", .json = bad[i]};
        CHECK_I64(test_call(&b.t, &c), 404);
    }
    bench_close(&b);
}
