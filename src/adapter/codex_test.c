/* The Codex adapter where no recording leads: what it asks for at the start, sessions that are gone, asks, and how much
 * it keeps. */
#include "adapter/adapters.h"
#include "adapter/codex_int.h"
#include "adapter/rig.h"
#include "base/mem.h"
#include "base/test.h"

/* Up to the answer to initialize. */
static void open_codex(Rig *r, const AdapterSpec *spec) {
    rig_open(r, &adapter_codex, spec);
    rig_say(r, "{\"id\":1,\"result\":{\"userAgent\":\"muster/0.169.0 (Debian)\"}}");
}

/* Ready in thread t1, with a turn u1 that runs, whose prompt has the id 9. */
static void begin_codex(Rig *r, const AdapterSpec *spec) {
    open_codex(r, spec);
    (void)rig_take_replies(r);
    rig_say(r, "{\"id\":\"muster-thread\",\"result\":{\"thread\":{\"id\":\"t1\"},\"model\":\"m\"}}");
    r->session_id = STR("t1");
    rig_prompt(r, "go");
    rig_say(r, "{\"id\":9,\"result\":{\"turn\":{\"id\":\"u1\"}}}");
    (void)rig_take_events(r);
}

TEST(codex_opens_the_thread_that_its_launch_asks_for) {
    static const struct {
        AdapterSpec spec;
        const char *asked;
    } cases[] = {
        {{.mode = AGENT_REGULAR},
         "{\"method\":\"initialized\",\"params\":{}}\n{\"id\":\"muster-thread\",\"method\":\"thread/start\",\"params\":{"
         "\"cwd\":\"/wt\",\"approvalPolicy\":\"untrusted\",\"sandbox\":\"workspace-write\"}}"},
        {{.mode = AGENT_PLAN, .model = {"o", 1}},
         "\"thread/start\",\"params\":{\"cwd\":\"/wt\",\"approvalPolicy\":\"never\",\"sandbox\":\"read-only\",\"model\":\"o\"}"},
        {{.mode = AGENT_AUTO, .resume = true, .session_id = {"t0", 2}},
         "\"thread/resume\",\"params\":{\"threadId\":\"t0\",\"cwd\":\"/wt\",\"approvalPolicy\":\"on-request\""},
        {{.fork_from = {"t0", 2}, .session_id = {"x", 1}}, "\"thread/fork\",\"params\":{\"threadId\":\"t0\""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Rig r;
        open_codex(&r, &cases[i].spec);
        CHECK_CONTAINS(rig_take_replies(&r), cases[i].asked);
        rig_close(&r);
    }
}

TEST(a_thread_that_codex_no_longer_has_is_begun_again_and_another_error_is_told) {
    Rig r;
    open_codex(&r, &(AdapterSpec){.resume = true, .session_id = STR("t0")});
    (void)rig_take_replies(&r);
    rig_say(&r,
            "{\"id\":\"muster-thread\",\"error\":{\"code\":-32600,\"message\":\"no rollout found for thread id t0\"}}");
    CHECK_STR(rig_take_events(&r), "");
    CHECK_CONTAINS(rig_take_replies(&r), "\"thread/start\"");
    rig_say(&r, "{\"id\":\"muster-thread\",\"result\":{\"thread\":{\"id\":\"t1\"},\"model\":\"m\"}}");
    CHECK_CONTAINS(rig_take_events(&r), "session {\"sessionId\":\"t0\",\"gone\":true}\nsession {\"sessionId\":\"t1\"");
    rig_close(&r);

    static const char *const reasons[] = {"not logged in", "Model provider `own` not found"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        open_codex(&r, &(AdapterSpec){.resume = true, .session_id = STR("t0")});
        (void)rig_take_replies(&r);
        rig_say(&r, arena_fmt(r.arena, "{\"id\":\"muster-thread\",\"error\":{\"message\":\"%s\"}}", reasons[i]).p);
        CHECK_STR(rig_take_replies(&r), "");
        Str events = rig_take_events(&r);
        CHECK_CONTAINS(events, arena_fmt(r.arena, "\"text\":\"%s; stop the agent, and start it", reasons[i]).p);
        CHECK(str_starts(events, STR("turn_end {\"outcome\":\"error\"")));
        rig_close(&r);
    }
}

TEST(what_a_person_allowed_for_the_agent_is_not_asked_again) {
    Rig r;
    begin_codex(&r, &(AdapterSpec){.permissions = 1 << PERMIT_WRITE});
    rig_say(
        &r,
        "{\"id\":3,\"method\":\"item/fileChange/requestApproval\",\"params\":{\"threadId\":\"t1\",\"itemId\":\"c\"}}");
    CHECK_STR(rig_take_replies(&r), "{\"id\":3,\"result\":{\"decision\":\"accept\"}}\n");
    CHECK_STR(rig_take_events(&r), "");
    rig_say(
        &r,
        "{\"id\":\"x\",\"method\":\"item/commandExecution/requestApproval\",\"params\":{\"itemId\":\"c\",\"command\":\"ls\"}}");
    CHECK_CONTAINS(rig_take_events(&r),
                   "ask {\"requestId\":\"\\\"x\\\"\",\"kind\":\"permission\",\"tool\":\"shell\",\"title\":\"ls\"");
    CHECK(adapter_codex.has_ask(r.state, STR("\"x\"")));
    rig_say(&r, "{\"method\":\"serverRequest/resolved\",\"params\":{\"threadId\":\"t1\",\"requestId\":\"x\"}}");
    CHECK_CONTAINS(rig_take_events(&r), "ask_cancel {\"requestId\":\"\\\"x\\\"\",\"why\":\"cancelled\"}");
    rig_say(&r, "{\"id\":4,\"method\":\"item/tool/requestUserInput\",\"params\":{}}");
    CHECK_CONTAINS(rig_take_replies(&r), "\"id\":4,\"error\":{\"code\":-32601");
    rig_close(&r);
}

TEST(an_answer_carries_a_decision_and_nothing_else) {
    static const struct {
        AdapterAnswer answer;
        const char *line; /* NULL: refused */
    } cases[] = {
        {{.request_id = {"0", 1}, .decision = DECISION_ALLOW}, "{\"id\":0,\"result\":{\"decision\":\"accept\"}}\n"},
        {{.request_id = {"0", 1}, .decision = DECISION_ALLOW_ALWAYS},
         "{\"id\":0,\"result\":{\"decision\":\"acceptForSession\"}}\n"},
        {{.request_id = {"0", 1}, .decision = DECISION_DENY}, "{\"id\":0,\"result\":{\"decision\":\"decline\"}}\n"},
        {{.request_id = {"0", 1}, .decision = DECISION_DENY, .interrupt = true},
         "{\"id\":0,\"result\":{\"decision\":\"cancel\"}}\n"},
        {{.request_id = {"0", 1}, .decision = DECISION_DENY, .message = {"no", 2}}, NULL},
        {{.request_id = {"0", 1}, .decision = DECISION_ALLOW, .input = {"{}", 2}}, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        CLEANUP(buf_done) Buf out;
        AdapterHeard heard;
        Err e = {0};
        buf_init(&out, RIG_OUT_MAX);
        int r = adapter_codex.answer(&(AdapterTo){0}, &cases[i].answer, &out, &e);
        CHECK_STR(buf_str(&out), cases[i].line ? cases[i].line : "");
        CHECK((r < 0) == !cases[i].line && (r >= 0 || e.code == ERR_INVALID));
        if (r < 0) continue;
        adapter_codex.hear(buf_str(&out), a, &heard);
        CHECK(heard.kind == HEARD_ANSWER && heard.decision == cases[i].answer.decision);
        CHECK_STR(heard.request_id, "0");
    }
}

TEST(a_turn_is_interrupted_by_its_id) {
    Rig r;
    CLEANUP(buf_done) Buf out;
    Err e = {0};
    buf_init(&out, RIG_OUT_MAX);
    begin_codex(&r, &(AdapterSpec){0});
    CHECK_OK(adapter_codex.interrupt(&(AdapterTo){STR("t1"), 0, rig_saved(&r)}, STR("req_1"), &out, &e), e);
    CHECK_STR(buf_str(&out),
              "{\"id\":\"req_1\",\"method\":\"turn/interrupt\",\"params\":{\"threadId\":\"t1\",\"turnId\":\"u1\"}}\n");
    rig_say(
        &r,
        "{\"method\":\"turn/completed\",\"params\":{\"threadId\":\"t1\",\"turn\":{\"id\":\"u1\",\"status\":\"interrupted\"}}}");
    CHECK_ERR(adapter_codex.interrupt(&(AdapterTo){STR("t1"), 0, rig_saved(&r)}, STR("req_2"), &out, &e), e,
              ERR_CONFLICT);
    rig_close(&r);
}

TEST(a_long_message_that_is_interrupted_and_a_large_change_are_cut_and_say_so) {
    Rig r;
    begin_codex(&r, &(AdapterSpec){0});
    CLEANUP(buf_done) Buf many;
    buf_init(&many, RIG_OUT_MAX);
    for (int i = 0; i < 1000; i++) buf_add_str(&many, STR("\\\"\\\\\\n0123"));
    for (int i = 0; i < 20; i++)
        rig_say(&r, arena_fmt(r.arena,
                              "{\"method\":\"item/agentMessage/delta\",\"params\":{\"itemId\":\"m\",\"delta\":\"%s\"}}",
                              many.p)
                        .p);
    rig_say(&r,
            arena_fmt(
                r.arena,
                "{\"method\":\"item/started\",\"params\":{\"item\":{\"type\":\"fileChange\",\"id\":\"c\",\"changes\":["
                "{\"path\":\"/wt/a\",\"diff\":\"%s\"}]}}}",
                many.p)
                .p);
    (void)rig_take_events(&r);
    rig_say(&r, "{\"id\":0,\"method\":\"item/fileChange/requestApproval\",\"params\":{\"itemId\":\"c\"}}");
    CHECK_CONTAINS(rig_take_events(&r), "the call above shows it");
    (void)rig_saved(&r); /* within its bound */
    rig_say(&r, "{\"method\":\"turn/completed\",\"params\":{\"turn\":{\"status\":\"interrupted\"}}}");
    Str events = rig_take_events(&r);
    CHECK_CONTAINS(events, "text {\"block\":\"m\"");
    CHECK_CONTAINS(events, "\"truncated\":true,\"size\":140000}");
    CHECK_CONTAINS(events,
                   "tool_end {\"toolId\":\"c\",\"isError\":true,\"output\":\"The turn ended before this call.\"}");
    CHECK_CONTAINS(events, "ask_cancel {\"requestId\":\"0\",\"why\":\"turn_end\"}");
    rig_close(&r);
}

TEST(what_subagents_say_is_not_the_agents) {
    Rig r;
    begin_codex(&r, &(AdapterSpec){0});
    rig_say(&r, "{\"method\":\"turn/completed\",\"params\":{\"threadId\":\"t2\",\"turn\":{\"status\":\"completed\"}}}");
    CHECK_STR(rig_take_events(&r), "");
    rig_say(&r, "{\"method\":\"something/new\",\"params\":{\"threadId\":\"t1\"}}");
    CHECK_CONTAINS(rig_take_events(&r), "unknown {\"type\":\"something/new\"");
    rig_close(&r);
}

/* The members that a plain command has are in tests/recordings/codex. */
TEST(a_request_for_more_than_its_command_or_change_is_always_asked_and_shows_all_of_it) {
    static const struct {
        const char *method, *params, *title, *shown;
    } cases[] = {
        {"commandExecution",
         "\"command\":\"curl a.b\",\"networkApprovalContext\":{\"host\":\"a.b\",\"protocol\":\"https\"}",
         "\"title\":\"network access: https a.b\"",
         "\"input\":{\"command\":\"curl a.b\",\"networkApprovalContext\":{\"host\":\"a.b\",\"protocol\":\"https\"}}"},
        {"commandExecution", "\"command\":\"ls\",\"additionalPermissions\":{\"network\":{\"enabled\":true}}",
         "\"title\":\"ls\"", "\"additionalPermissions\":{\"network\":{\"enabled\":true}}"},
        {"commandExecution", "\"command\":\"y\",\"kind\":\"writeStdin\"", "\"title\":\"y\"", "\"kind\":\"writeStdin\""},
        {"commandExecution", "\"command\":\"ls\",\"environmentId\":\"cloud\"", "\"title\":\"ls\"",
         "\"environmentId\":\"cloud\""},
        {"commandExecution", "\"command\":\"ls\",\"reason\":\"outside the sandbox\"", "\"title\":\"ls\"",
         "\"reason\":\"outside the sandbox\""},
        {"fileChange", "\"grantRoot\":\"/etc\"", "\"title\":\"/wt/a\"",
         "\"reason\":\"It also asks to write to everything in /etc in this session.\""},
        {"fileChange", "\"grantRoot\":\"/etc\"", "\"title\":\"/wt/a\"", "\"path\":\"/wt/a\"}],\"grantRoot\":\"/etc\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Rig r;
        begin_codex(&r, &(AdapterSpec){.permissions = 1 << PERMIT_WRITE | 1 << PERMIT_EXECUTE});
        rig_say(&r,
                "{\"method\":\"item/started\",\"params\":{\"item\":{\"type\":\"fileChange\",\"id\":\"c\",\"changes\":["
                "{\"path\":\"/wt/a\",\"diff\":\"a\"}]}}}");
        (void)rig_take_events(&r);
        rig_say(
            &r,
            arena_fmt(
                r.arena,
                "{\"id\":3,\"method\":\"item/%s/requestApproval\",\"params\":{\"threadId\":\"t1\",\"itemId\":\"c\",%s}}",
                cases[i].method, cases[i].params)
                .p);
        CHECK_STR(rig_take_replies(&r), "");
        Str events = rig_take_events(&r);
        CHECK_CONTAINS(events, cases[i].title);
        CHECK_CONTAINS(events, cases[i].shown);
        rig_close(&r);
    }
    Rig r;
    begin_codex(&r, &(AdapterSpec){.permissions = 1 << PERMIT_EXECUTE});
    rig_say(
        &r,
        "{\"id\":4,\"method\":\"item/commandExecution/requestApproval\",\"params\":{\"kind\":\"command\",\"threadId\":\"t1\","
        "\"itemId\":\"c\",\"environmentId\":\"local\",\"command\":\"ls\",\"cwd\":\"/wt\",\"reason\":null}}");
    CHECK_STR(rig_take_replies(&r), "{\"id\":4,\"result\":{\"decision\":\"accept\"}}\n");
    rig_close(&r);
}

TEST(what_follows_a_retry_shows_that_it_works_again) {
    Rig r;
    begin_codex(&r, &(AdapterSpec){0});
    rig_say(
        &r,
        "{\"method\":\"error\",\"params\":{\"threadId\":\"t1\",\"willRetry\":true,\"error\":{\"message\":\"429\"}}}");
    CHECK_STR(rig_take_events(&r), "state {\"state\":\"retrying\",\"byProtocol\":false,\"detail\":\"429\"}\n");
    Str stored = rig_saved(&r);
    Err e = {0};
    adapter_codex.close(r.state);
    CHECK_OK(adapter_codex.open(stored, &r.state, &e), e);
    for (int i = 0; i < 2; i++) {
        rig_say(
            &r,
            "{\"method\":\"item/started\",\"params\":{\"threadId\":\"t1\",\"item\":{\"type\":\"agentMessage\",\"id\":\"m\"}}}");
        CHECK_STR(rig_take_events(&r), i ? "" : "state {\"state\":\"running\",\"byProtocol\":false}\n");
    }
    rig_close(&r);
}

TEST(an_ask_of_a_subagent_outlives_the_turn_and_ends_with_its_own) {
    Rig r;
    begin_codex(&r, &(AdapterSpec){0});
    rig_say(
        &r,
        "{\"id\":3,\"method\":\"item/commandExecution/requestApproval\",\"params\":{\"threadId\":\"t1\",\"itemId\":\"c\",\"command\":\"ls\"}}");
    rig_say(
        &r,
        "{\"id\":4,\"method\":\"item/commandExecution/requestApproval\",\"params\":{\"threadId\":\"t2\",\"itemId\":\"d\",\"command\":\"ls\"}}");
    (void)rig_take_events(&r);
    rig_say(&r, "{\"method\":\"turn/completed\",\"params\":{\"threadId\":\"t1\",\"turn\":{\"status\":\"completed\"}}}");
    Str events = rig_take_events(&r);
    size_t at;
    CHECK_CONTAINS(events, "ask_cancel {\"requestId\":\"3\",\"why\":\"turn_end\"}");
    CHECK(!str_find(events, STR("\"requestId\":\"4\""), &at) && adapter_codex.has_ask(r.state, STR("4")));
    rig_say(&r, "{\"method\":\"turn/completed\",\"params\":{\"threadId\":\"t2\",\"turn\":{\"status\":\"completed\"}}}");
    CHECK_STR(rig_take_events(&r), "ask_cancel {\"requestId\":\"4\",\"why\":\"turn_end\"}\n");
    rig_close(&r);
}

TEST(an_error_whose_request_is_missing_from_the_log_ends_the_turn) {
    Rig r;
    begin_codex(&r, &(AdapterSpec){0});
    rig_say(&r, "{\"id\":\"req_x\",\"error\":{\"code\":-32600,\"message\":\"no turn\"}}");
    CHECK_CONTAINS(rig_take_events(&r), "unknown {\"type\":\"answer\"");
    rig_say(&r, "{\"id\":77,\"error\":{\"code\":-32600,\"message\":\"the input is too large\"}}");
    CHECK_CONTAINS(rig_take_events(&r), "turn_end {\"outcome\":\"error\",\"text\":\"the input is too large\"");
    rig_close(&r);
}
