/* Sessions of an agent and its forks, as the events of the CLI make them. */
#include "agent/bench.h"
#include "base/test.h"

#define SEEN(id) \
    { EV_KIND_SESSION, "{\"sessionId\":\"" id "\",\"resumable\":true}" }

static Str call(Bench *b, int want, const char *op, const char *rest) {
    TestCall c = {.op = op, .json = arena_fmt(b->t.arena, "{\"agentId\":\"" AGENT_ID "\"%s}", rest).p};
    CHECK_I64(test_call(&b->t, &c), want);
    return c.body;
}

static Str sessions(Bench *b) {
    return test_cell(
        &b->t,
        "SELECT group_concat(id || iif(is_resumable, '', ' lost') || iif(ended_at IS NULL, '', ' ended') || ' ' || "
        "context_level || coalesce(' of ' || parent_session_id, ''), ', ') "
        "FROM (SELECT * FROM session ORDER BY started_at, id)");
}

TEST(each_session_that_the_cli_confirms_is_kept_and_one_of_them_is_current) {
    static const Say first[] = {SEEN("s1"), {EV_KIND_CONTEXT, "{\"used\":4,\"window\":10,\"level\":40}"}, IDLE, {0}};
    static const Say second[] = {SEEN("s2"), IDLE, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    CHECK(!rig_id(&b.t, call(&b, 200, "list_agent_sessions", ""), "sessions", 0).p);
    bench_apply(&b, first);
    CHECK_STR(sessions(&b), "s1 40");
    bench_apply(&b, second); /* as after /clear */
    CHECK_STR(sessions(&b), "s1 ended 40, s2 0");
    Str listed = call(&b, 200, "list_agent_sessions", ",\"limit\":1");
    CHECK_STR(rig_id(&b.t, listed, "sessions", 0), "s2");
    CHECK(!rig_id(&b.t, listed, "sessions", 1).p);
    bench_exit(&b, (HoldExit){.reason = STR("exited")}, (const Say[]){{EV_KIND_EXIT, "{\"isClean\":true}"}, {0}});
    CHECK_STR(sessions(&b), "s1 ended 40, s2 ended 0");
    bench_close(&b);
}

TEST(a_fork_shows_the_context_of_its_parent_and_forks_the_session_that_was_named) {
    static const Say both[] = {
        SEEN("s1"), SEEN("s2"), {EV_KIND_CONTEXT, "{\"used\":4,\"window\":10,\"level\":40}"}, IDLE, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, both);
    Str fork = call(&b, 201, "fork_agent", "");
    CHECK_STR(test_json(&b.t, fork, "forkSessionId"), "s2");
    CHECK_STR(test_json(&b.t, fork, "contextLevel"), "40");
    CHECK_STR(test_json(&b.t, fork, "parentAgentId"), AGENT_ID);
    CHECK_STR(test_json(&b.t, call(&b, 201, "fork_agent", ",\"sessionId\":\"s1\""), "forkSessionId"), "s1");
    CHECK_STR(test_json(&b.t, call(&b, 404, "fork_agent", ",\"sessionId\":\"s3\""), "error.code"), "NOT_FOUND");
    CHECK_STR(test_json(&b.t, call(&b, 404, "resume_agent", ",\"sessionId\":\"s3\""), "error.code"), "NOT_FOUND");
    bench_close(&b);
}

TEST(a_fork_of_a_long_name_fits_and_a_fork_of_a_fork_that_never_ran_forks_the_same_session) {
    static const Say one[] = {SEEN("s1"), IDLE, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, one);
    CLEANUP(buf_done) Buf name;
    buf_init(&name, 4096);
    for (int i = 0; i < 100; i++) buf_add_str(&name, STR("\xf0\x9f\x90\x99"));
    call(&b, 200, "update_agent", arena_fmt(b.t.arena, ",\"name\":\"" STR_FMT "\"", STR_ARG(buf_str(&name))).p);
    call(&b, 201, "fork_agent", "");
    Str again = call(&b, 201, "fork_agent", "");
    CHECK_STR(test_cell(&b.t, "SELECT max(length(name)) FROM agent WHERE name LIKE '% (fork)%'"), "97");
    TestCall c = {.op = "fork_agent",
                  .json =
                      arena_fmt(b.t.arena, "{\"agentId\":\"" STR_FMT "\"}", STR_ARG(test_json(&b.t, again, "id"))).p};
    CHECK_I64(test_call(&b.t, &c), 201);
    CHECK_STR(test_json(&b.t, c.body, "forkSessionId"), "s1");
    bench_close(&b);
}

/* A person named the earlier one, which the CLI has lost: nothing starts over by itself, and the newest one is not lost. */
TEST(resuming_an_earlier_session_that_is_gone_leaves_the_newest_one_current) {
    static const Say both[] = {SEEN("s1"), SEEN("s2"), IDLE, {0}};
    static const Say gone[] = {
        {EV_KIND_EXIT, "{\"isClean\":false,\"code\":1,\"beforeSession\":true,\"sessionGone\":true}"}, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, both);
    bench_exit(&b, (HoldExit){.reason = STR("exit")}, (const Say[]){{EV_KIND_EXIT, "{\"isClean\":true}"}, {0}});
    rig_run(&b.t, "UPDATE session SET started_at = started_at + 1 WHERE id = 's2'");
    rig_run(&b.t, "UPDATE conversation SET session_id = 's1'"); /* as resume_agent leaves it */
    bench_start(&b);
    rig_run(&b.t, "UPDATE conversation SET session_id = 's1'");
    bench_exit(&b, (HoldExit){.code = 1, .reason = STR("exit")}, gone);
    CHECK_STR(test_cell(&b.t, "SELECT session_id || ' ' || is_resumable FROM conversation"), "s2 1");
    CHECK_STR(sessions(&b), "s1 lost ended 0, s2 ended 0");
    bench_close(&b);
}

static Str last_state(Bench *b, Str agent_id) {
    Agent g;
    Str state;
    Err e = {0};
    ConversationSubject who;
    CHECK_OK(agent_get(b->t.conn, agent_id, b->t.arena, &g, &e), e);
    CHECK_OK(agent_subject(&g, b->t.arena, &who, &e), e);
    ConversationBegin begin = {.session = STR("s1")};
    CHECK_OK(conversation_begin(b->t.conn, &who, &begin, b->t.arena, &state, &e), e);
    return state;
}

TEST(a_launch_begins_with_the_state_of_its_own_session_or_of_one_of_the_same_cli) {
    static const Say one[] = {SEEN("s1"), IDLE, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, one);
    Str second = test_json(&b.t, call(&b, 201, "fork_agent", ""), "id");
    rig_run(&b.t, "UPDATE launch SET owner_state = '{\"of\":\"first\"}', adapter = 'claude'");
    rig_run(&b.t, "CREATE TABLE other AS SELECT * FROM launch");
    rig_run(&b.t, "UPDATE other SET id = 'lch_zzz', ended_at = 1, owner_state = '{\"of\":\"second\"}'");
    rig_run(&b.t, "INSERT INTO launch SELECT * FROM other");
    CHECK_STR(last_state(&b, second), "{\"of\":\"first\"}"); /* it has none of its own yet */
    rig_run(&b.t, "INSERT INTO session (conversation, id, is_resumable, context_level, launch_id, started_at) "
                  "SELECT max(number), 's1', 1, 0, 'lch_zzz', 1 FROM conversation");
    CHECK_STR(last_state(&b, b.agent.id), "{\"of\":\"first\"}");
    CHECK_STR(last_state(&b, second), "{\"of\":\"second\"}");
    rig_run(&b.t, "UPDATE launch SET adapter = 'codex' WHERE id <> 'lch_zzz'");
    CHECK_STR(last_state(&b, b.agent.id), ""); /* another agent has one of the same id: it is not its own */
    bench_close(&b);
}
