/* What the end of an agent's launch does: to its asks, its queue and its status. */
#include "adapter/adapters.h"
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "agent/bench.h"
#include "agent/handshake.h"
#include "base/test.h"
#include "conversation/conversation_in.h"
#include "core/hook.h"
#include "core/launch_held.h"
#include "sys/loop.h"

TEST(an_exit_voids_asks_and_withdraws_what_was_not_accepted) {
    static const Say asked[] = {ASK_OF("r-1"), {0}};
    static const Say gone[] = {{EV_KIND_EXIT, "{\"code\":1,\"isClean\":false,\"text\":\"crashed\"}"}, {0}};
    Bench b;
    bench_open(&b);
    CHECK_I64(bench_send(&b, "a"), 202);
    CHECK_I64(bench_send(&b, "b"), 202);
    bench_start(&b);
    bench_apply(&b, asked);
    bench_exit(&b, (HoldExit){.code = 1, .reason = STR("exit")}, gone);
    bench_check_status(&b, "error exit");
    CHECK_STR(test_cell(&b.t, "SELECT state FROM ask"), "void");
    CHECK_STR(test_cell(&b.t, "SELECT stopped_at IS NOT NULL FROM conversation"), "1");
    CHECK_STR(bench_queue(&b), "a=queued b=queued");
    bench_start(&b);
    CHECK_STR(bench_queue(&b), "a=queued* b=queued");
    bench_close(&b);
}

/* An agent in a turn: it was sent a prompt per letter of `prompts` and started, and the log shows the first. */
static void open_in_turn(Bench *b, const char *prompts) {
    bench_open(b);
    for (; *prompts; prompts++) CHECK_I64(bench_send(b, (char[]){*prompts, 0}), 202);
    bench_start(b);
    bench_accept_prompt(b);
}

static void exit_by_kill(Bench *b) {
    static const Say gone[] = {{EV_KIND_EXIT, "{\"signal\":9,\"isClean\":false}"}, {0}};
    bench_exit(b, (HoldExit){.signal = 9, .reason = STR("exit")}, gone);
}

TEST(a_prompt_that_nothing_answered_is_sent_again_by_a_person_alone) {
    Bench b;
    open_in_turn(&b, "a");
    exit_by_kill(&b);
    CHECK_STR(bench_queue(&b), "a=unanswered*");
    bench_start(&b);
    CHECK_STR(bench_queue(&b), "a=unanswered*");
    CHECK_I64(bench_send(&b, "a"), 202);
    CHECK_STR(bench_queue(&b), "a=queued*");
    bench_close(&b);
}

TEST(a_lost_session_lets_the_queue_wait_for_its_unanswered_prompt) {
    static const Say lost[] = {
        {EV_KIND_EXIT, "{\"code\":1,\"isClean\":false,\"beforeSession\":true,\"sessionGone\":true}"}, {0}};
    for (int drops = 0; drops < 2; drops++) {
        Bench b;
        open_in_turn(&b, "ab");
        exit_by_kill(&b);
        bench_start(&b);
        CHECK_STR(bench_queue(&b), "a=unanswered* b=queued*");
        bench_exit(&b, (HoldExit){.code = 1, .reason = STR("exit")}, lost);
        bench_start(&b);
        CHECK_STR(bench_queue(&b), "a=unanswered* b=queued");
        Str id = test_cell(&b.t, "SELECT id FROM message WHERE content = 'a'");
        TestCall c = {
            .op = "withdraw_message",
            .json =
                arena_fmt(b.t.arena, "{\"agentId\":\"" AGENT_ID "\",\"messageId\":\"" STR_FMT "\"}", STR_ARG(id)).p};
        CHECK_I64(drops ? test_call(&b.t, &c) : bench_send(&b, "a"), drops ? 204 : 202);
        CHECK_STR(bench_queue(&b), drops ? "a=withdrawn* b=queued*" : "a=queued* b=queued");
        bench_close(&b);
    }
}

static int mark_stop_tx(Tx *tx, void *arg, Err *e) { return launch_mark_stop(tx, ((Bench *)arg)->launch, e); }

static int answer(Bench *b) {
    Str id = test_cell(&b->t, "SELECT id FROM ask");
    TestCall c = {.op = "answer_ask",
                  .json = arena_fmt(b->t.arena, "{\"askId\":\"" STR_FMT "\",\"decision\":\"allow\"}", STR_ARG(id)).p};
    return test_call(&b->t, &c);
}

TEST(an_answer_that_never_reached_its_program_is_void) {
    static const Say asked[] = {ASK_OF("r-1"), {0}};
    static const Say gone[] = {{EV_KIND_ASK_CANCEL, "{\"requestId\":\"r-1\",\"why\":\"exit\"}"},
                               {EV_KIND_ASK_CANCEL, "{\"requestId\":\"r-2\",\"why\":\"exit\"}"},
                               {EV_KIND_EXIT, "{\"signal\":9,\"isClean\":false}"},
                               {0}};
    for (int stops = 0; stops < 2; stops++) {
        Bench b;
        bench_open(&b);
        bench_start(&b);
        bench_apply(&b, asked);
        if (stops) test_write(&b.t, mark_stop_tx, &b);
        CHECK_I64(answer(&b), stops ? 409 : 200);
        CHECK_STR(test_cell(&b.t, "SELECT state FROM ask"), stops ? "open" : "answered");
        bench_exit(&b, (HoldExit){.signal = 9, .reason = STR("exit")}, gone);
        CHECK_STR(test_cell(&b.t, "SELECT state FROM ask"), "void");
        Str kinds = bench_kinds(&b, "agent/" AGENT_ID);
        size_t at;
        CHECK(str_find(kinds, STR("ask_cancel"), &at) && !str_find(str_from(kinds, at + 1), STR("ask_cancel"), &at));
        bench_close(&b);
    }
}

/* The same when its hold is gone too: what the log shows is in the adapter's state. An answer in the log stays
 * answered. */
TEST(an_answer_that_a_lost_hold_never_wrote_is_void) {
    static const Say asked[] = {ASK_OF("r-1"), {0}};
    for (int is_written = 0; is_written < 2; is_written++) {
        CLEANUP(buf_done) Buf saved;
        CLEANUP(derive_freep) Derive *d = bench_derive(!is_written);
        Bench b;
        bench_open(&b);
        bench_start(&b);
        bench_apply(&b, asked);
        buf_init(&saved, ADAPTER_STATE_MAX);
        derive_save(d, &saved);
        rig_run(&b.t,
                arena_fmt(b.t.arena, "UPDATE launch SET owner_state = '" STR_FMT "'", STR_ARG(buf_str(&saved))).p);
        CHECK_I64(answer(&b), 200);
        test_write(&b.t, bench_lose_tx, &(Loss){&b, LAUNCH_LOST_WHY});
        CHECK_STR(test_cell(&b.t, "SELECT state FROM ask"), is_written ? "answered" : "void");
        bench_close(&b);
    }
}

static void on_left(void *arg UNUSED) {}

static void leave_launches(void *launches) { launches_stop(launches, on_left, NULL); }

/* This process will not see its end: the caller gets that answer at once, and the agent still ends as requested. */
TEST(a_stop_is_cut_off_where_the_daemon_stops_meanwhile) {
    Bench b;
    bench_open(&b);
    bench_start(&b);
    loop_call(b.t.app.loop, leave_launches, b.t.app.launches);
    TestCall c = {.op = "stop_agent", .json = "{\"agentId\":\"" AGENT_ID "\"}", .key = "k"};
    CHECK_I64(test_call(&b.t, &c), 503);
    CHECK(str_starts(test_json(&b.t, c.body, "error.message"), STR("Muster is stopping; the agent was asked to stop")));
    CHECK_STR(test_cell(&b.t, "SELECT stop_asked || (ended_at IS NULL) FROM launch"), "11");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM op_result"), "0"); /* after a restart the same call waits again */
    bench_close(&b);
}

TEST(an_exit_before_the_session_gives_the_prompt_back) {
    static const Say gone[] = {{EV_KIND_EXIT, "{\"code\":1,\"isClean\":false,\"beforeSession\":true}"}, {0}};
    Bench b;
    open_in_turn(&b, "a");
    CHECK_STR(bench_queue(&b), "a=sent*");
    bench_exit(&b, (HoldExit){.code = 1, .reason = STR("exit")}, gone);
    CHECK_STR(bench_queue(&b), "a=queued");
    bench_close(&b);
}

TEST(a_limit_is_named_as_the_reason) {
    static const Say gone[] = {{EV_KIND_EXIT, "{\"signal\":9,\"isClean\":false}"}, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_exit(&b,
               (HoldExit){.signal = 9, .reason = STR("limit"), .text = STR("memory limit 5 MiB exceeded (sampled)")},
               gone);
    bench_check_status(&b, "error limit");
    CHECK_STR(test_cell(&b.t, "SELECT status_detail FROM conversation"), "memory limit 5 MiB exceeded (sampled)");
    bench_close(&b);
}

TEST(a_lost_hold_leaves_the_delivery_of_its_turns_prompt_unknown) {
    Bench b;
    open_in_turn(&b, "ab");
    test_write(&b.t, bench_lose_tx, &(Loss){&b, LAUNCH_LOST_WHY ": a process may still run"});
    test_write(&b.t, bench_end_row, NULL);
    bench_check_status(&b, "error hold_lost");
    CHECK_STR(test_cell(&b.t, "SELECT status_detail FROM conversation"), "a process may still run");
    CHECK_STR(bench_queue(&b), "a=delivery_unknown* b=queued");
    bench_start(&b);
    CHECK_STR(bench_queue(&b), "a=delivery_unknown* b=queued*"); /* never sent again automatically */
    bench_close(&b);
}

TEST(a_lost_hold_whose_turn_had_ended_leaves_its_prompt_sent) {
    static const Say idle[] = {IDLE, {0}};
    Bench b;
    open_in_turn(&b, "a");
    bench_apply(&b, idle);
    test_write(&b.t, bench_lose_tx, &(Loss){&b, "hold lost"});
    CHECK_STR(bench_queue(&b), "a=sent*");
    bench_close(&b);
}

TEST(a_lost_hold_leaves_a_prompt_that_was_being_answered_sent) {
    static const Say answers[][2] = {
        {{EV_KIND_TEXT_DELTA, "{\"block\":\"b\",\"text\":\"Hel\"}"}, {0}},
        {{EV_KIND_TOOL_START, "{\"toolId\":\"t\",\"name\":\"Bash\",\"kind\":\"execute\"}"}, {0}},
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        Bench b;
        open_in_turn(&b, "a");
        bench_apply(&b, answers[i]);
        test_write(&b.t, bench_lose_tx, &(Loss){&b, "hold lost"});
        bench_check_status(&b, "error hold_lost");
        CHECK_STR(test_cell(&b.t, "SELECT state FROM message WHERE content = 'a'"), "sent");
        bench_close(&b);
    }
}

TEST(a_launch_that_never_ran_says_why) {
    Bench b;
    bench_open(&b);
    CHECK_I64(bench_send(&b, "a"), 202);
    bench_start(&b);
    test_write(&b.t, bench_lose_tx, &(Loss){&b, "cannot start muster-hold"});
    bench_check_status(&b, "error exit");
    CHECK_STR(test_cell(&b.t, "SELECT status_detail FROM conversation"), "cannot start muster-hold");
    CHECK_STR(bench_queue(&b), "a=queued");
    bench_close(&b);
}

static int hold_tx(Tx *tx, void *arg, Err *e) {
    Loss *x = arg;
    LaunchRow row;
    bool found = false;
    TRY(launch_find(tx_conn(tx), x->bench->launch, x->bench->t.arena, &row, &found, e));
    return conversation_held(&x->bench->t.app, tx, &row, x->why, e);
}

TEST(a_hold_that_stops_reading_is_reported_and_the_previous_status_returns) {
    static const Say running[] = {{EV_KIND_STATE, "{\"state\":\"running\",\"byProtocol\":true}"}, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, running);
    static const char *const held[][2] = {{LAUNCH_HELD_BACKLOG, "running held"},
                                          {LAUNCH_HELD_NO_ROOM, "error no_room"},
                                          {LAUNCH_HELD_SUSPENDED, "error suspended"}};
    for (size_t i = 0; i < COUNT_OF(held); i++) {
        test_write(&b.t, hold_tx, &(Loss){&b, held[i][0]});
        bench_check_status(&b, held[i][1]);
        test_write(&b.t, hold_tx, &(Loss){&b, ""});
        bench_check_status(&b, "running working");
    }
    bench_close(&b);
}

static int make_terminal(Tx *tx, void *arg, Err *e) {
    static const Sql change = {"change", "UPDATE agent SET adapter = 'terminal'", "test"};
    (void)arg;
    return tx_run(tx, &change, DB_NONE, NULL, e);
}

TEST(a_terminal_that_was_held_runs_again) {
    Bench b;
    bench_open(&b);
    test_write(&b.t, make_terminal, NULL);
    bench_start(&b);
    bench_check_status(&b, "running starting");
    test_write(&b.t, hold_tx, &(Loss){&b, ""});
    for (int times = 0; times < 2; times++) {
        bench_check_status(&b, "running working");
        test_write(&b.t, hold_tx, &(Loss){&b, LAUNCH_HELD_BACKLOG});
        bench_check_status(&b, "running held");
        test_write(&b.t, hold_tx, &(Loss){&b, ""});
    }
    bench_check_status(&b, "running working");
    bench_close(&b);
}

TEST(a_prompt_is_delivered_while_a_command_runs_in_the_background) {
    static const Say done[] = {{EV_KIND_STATE, "{\"state\":\"running\",\"byProtocol\":true}"},
                               {EV_KIND_STATE, "{\"state\":\"background\",\"byProtocol\":false,\"count\":1}"},
                               {EV_KIND_TURN_END, "{\"outcome\":\"ok\"}"},
                               {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, done);
    bench_check_status(&b, "finished turn_done");
    TestCall c = {.op = "get_agent", .json = "{\"agentId\":\"" AGENT_ID "\"}"};
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK_STR(test_json(&b.t, c.body, "backgroundCommands"), "1");
    CHECK_I64(bench_send(&b, "a"), 202);
    CHECK_STR(bench_queue(&b), "a=queued*");
    bench_close(&b);
}

/* A launch whose agent is gone: its stop cannot be stored. */
static void add_orphan(Bench *b) {
    rig_run(
        &b->t,
        "INSERT INTO agent (id, worktree_id, workspace_id, name, mode, permissions, adapter, created_at, updated_at) "
        "VALUES ('ag_00000000000000000000000000', '" RIG_WORKTREE "', '" RIG_WORKSPACE
        "', 'x', 'regular', '[]', 'claude', 1, 1)");
    rig_run(
        &b->t,
        "INSERT INTO launch (id, owner_kind, owner_id, state, nonce, spec, role, adapter, principal, created_at) "
        "SELECT 'lch_00000000000000000000000000', owner_kind, 'ag_00000000000000000000000000', 'running', nonce, spec, "
        "role, adapter, principal, created_at FROM launch");
}

TEST(one_that_cannot_be_stopped_is_named_with_the_reason) {
    Bench b;
    bench_open(&b);
    bench_start(&b);
    test_write(&b.t, bench_end_row, NULL);
    add_orphan(&b);
    TestCall c = {.op = "stop_all_agents", .json = "{}"};
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK_STR(c.body, "{\"stopped\":[],\"failed\":[{\"id\":\"ag_00000000000000000000000000\","
                      "\"error\":\"no agent ag_00000000000000000000000000\"}]}");
    bench_close(&b);
}

/* It keeps no other agent running. As with one agent, a daemon that stops meanwhile does not see their ends. */
TEST(a_stop_of_all_is_cut_off_where_the_daemon_stops_meanwhile) {
    Bench b;
    bench_open(&b);
    bench_start(&b);
    add_orphan(&b);
    loop_call(b.t.app.loop, leave_launches, b.t.app.launches);
    TestCall c = {.op = "stop_all_agents", .json = "{}", .key = "k"};
    CHECK_I64(test_call(&b.t, &c), 503);
    CHECK(str_starts(test_json(&b.t, c.body, "error.message"), STR("Muster is stopping")));
    CHECK_STR(test_cell(&b.t, "SELECT stop_asked FROM launch WHERE owner_id = '" AGENT_ID "'"), "1");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM op_result"), "0");
    bench_close(&b);
}

static void end_silent(Bench *b, TimeUs began_before) {
    Err e = {0};
    CHECK_OK(handshake_end_silent(&b->t.app, b->t.conn, began_before, &e), e);
}

TEST(a_cli_that_never_opens_its_session_is_stopped_and_its_status_says_why) {
    static const Say ready[] = {{EV_KIND_STATE, "{\"state\":\"ready\",\"byProtocol\":false}"}, {0}};
    static const char *const clis[] = {"claude", "gemini", "gemini"};
    static const char *const want[] = {"running starting", "finished ready", "error exit"};
    for (size_t i = 0; i < COUNT_OF(clis); i++) {
        Bench b;
        bench_open(&b);
        CHECK_I64(bench_send(&b, "a"), 202);
        rig_run(&b.t, arena_fmt(b.t.arena, "UPDATE agent SET adapter = '%s'", clis[i]).p);
        bench_start(&b);
        TestCall mode = {.op = "update_agent", .json = "{\"agentId\":\"" AGENT_ID "\",\"mode\":\"plan\"}"};
        if (i) CHECK_I64(test_call(&b.t, &mode), 409);
        if (i) CHECK(str_find(mode.body, STR("still opening its session"), &(size_t){0}));
        if (i == 1) rig_run(&b.t, "DELETE FROM message");
        if (i == 1) bench_apply(&b, ready);
        end_silent(&b, clock_now_us() - 60000000);
        CHECK_STR(test_cell(&b.t, "SELECT status <> 'error' FROM conversation"), "1");
        end_silent(&b, clock_now_us() + 1);
        bench_check_status(&b, want[i]);
        if (i == 2) CHECK_STR(bench_queue(&b), "a=queued");
        if (i == 2)
            CHECK_STR(test_cell(&b.t, "SELECT status_detail FROM conversation"),
                      "Gemini CLI has not opened its session within 180 s (agent.handshake_seconds) and was stopped");
        bench_close(&b);
    }
}

/* The state of an agent's launch that has said half a sentence and begun a call. */
static Str state_in_turn(Arena *a, const AdapterSink *sink) {
    static const char in[] = "{\"id\":\"muster-session\",\"method\":\"session/new\",\"params\":{}}\n";
    static const char prompt[] = "{\"id\":9,\"method\":\"session/prompt\",\"params\":{\"sessionId\":\"s1\"}}\n";
    static const char *const out[] = {
        "{\"id\":\"muster-session\",\"result\":{\"sessionId\":\"s1\"}}",
        "{\"method\":\"session/update\",\"params\":{\"sessionId\":\"s1\",\"update\":{\"sessionUpdate\":\"tool_call\","
        "\"toolCallId\":\"t\",\"status\":\"in_progress\",\"title\":\"ls\"}}}",
        "{\"method\":\"session/update\",\"params\":{\"sessionId\":\"s1\",\"update\":{\"sessionUpdate\":"
        "\"agent_message_chunk\",\"content\":{\"type\":\"text\",\"text\":\"half a sen\"}}}}"};
    CLEANUP(buf_done) Buf saved;
    Err e = {0};
    AdapterState *st;
    buf_init(&saved, ADAPTER_STATE_MAX);
    CHECK_OK(adapter_acp.open((Str){0}, &st, &e), e);
    adapter_acp.input(st, str(in), 1, sink);
    for (size_t i = 0; i < COUNT_OF(out); i++) {
        adapter_acp.line(st, &(AdapterLine){.bytes = str(out[i]), .at = 1}, sink);
        if (i == 0) adapter_acp.input(st, str(prompt), 1, sink);
    }
    adapter_acp.save(st, &saved);
    adapter_acp.close(st);
    return arena_str(a, buf_str(&saved));
}

static void no_event(void *arg, AgentEventKind kind, const void *value) { (void)arg, (void)kind, (void)value; }
static void no_reply(void *arg, Str bytes) { (void)arg, (void)bytes; }

TEST(a_lost_hold_leaves_what_was_being_said_and_ends_what_was_being_done) {
    static const Say begun[] = {{EV_KIND_TOOL_START, "{\"toolId\":\"t\",\"name\":\"ls\",\"kind\":\"other\"}"}, {0}};
    Bench b;
    open_in_turn(&b, "a");
    bench_apply(&b, begun);
    Str state = state_in_turn(b.t.arena, &(AdapterSink){no_event, no_reply, NULL});
    rig_run(&b.t, "UPDATE agent SET adapter = 'acp', command = '[\"x\"]'");
    rig_run(&b.t, arena_fmt(b.t.arena, "UPDATE launch SET owner_state = '" STR_FMT "'", STR_ARG(state)).p);
    test_write(&b.t, bench_lose_tx, &(Loss){&b, LAUNCH_LOST_WHY});
    CHECK_STR(test_cell(&b.t, "SELECT content FROM message WHERE role = 'assistant'"), "half a sen");
    CHECK_STR(test_cell(&b.t, "SELECT tool_output FROM message WHERE role = 'tool'"),
              "\"The turn ended before this call.\"");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM event JOIN event_word w ON w.number = kind "
                              "WHERE text IN ('text', 'tool_end')"),
              "2");
    bench_check_status(&b, "error hold_lost");
    bench_close(&b);
}
