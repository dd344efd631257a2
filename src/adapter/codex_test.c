/* The Codex adapter where no recording leads: what it asks for at the start, sessions that are gone, asks, and how much
 * it keeps. */
#include "adapter/adapters.h"
#include "adapter/codex_int.h"
#include "base/mem.h"
#include "base/test.h"

enum { OUT_MAX = 8 << 20 };

#define CHECK_HAS(got, want)                                                                  \
    do {                                                                                      \
        Str got_ = (got);                                                                     \
        size_t at_;                                                                           \
        if (!str_find(got_, str(want), &at_))                                                 \
            test_fail(__FILE__, __LINE__, "%s is missing in\n" STR_FMT, want, STR_ARG(got_)); \
    } while (0)

typedef struct Bench {
    AdapterState *state;
    Buf events, replies; /* events: word SP payload LF */
    Arena *arena;
} Bench;

static void on_event(void *arg, AgentEventKind kind, const void *value) {
    Buf *events = &((Bench *)arg)->events;
    JsonOut o = json_out(events);
    buf_add_fmt(events, "%s ", agent_events[kind].word);
    shape_encode(agent_events[kind].shape, value, &o);
    buf_add_c(events, '\n');
}
static void on_reply(void *arg, Str bytes) { buf_add_str(&((Bench *)arg)->replies, bytes); }

static void say(Bench *b, const char *line) {
    AdapterSink sink = {on_event, on_reply, b};
    adapter_codex.line(b->state, &(AdapterLine){.bytes = str(line), .at = 1}, &sink);
}

static void write_in(Bench *b, Str bytes) {
    AdapterSink sink = {on_event, on_reply, b};
    adapter_codex.input(b->state, bytes, 1, &sink);
}

static Str take(Bench *b, Buf *of) {
    Str all = arena_str(b->arena, buf_str(of));
    buf_clear(of);
    if (of == &b->replies) write_in(b, all); /* as the hold would */
    return all;
}

/* Up to the answer to initialize. */
static void bench_open(Bench *b, const AdapterSpec *spec) {
    Err e = {0};
    CLEANUP(buf_done) Buf begin, first;
    *b = (Bench){.arena = arena_new()};
    buf_init(&b->events, OUT_MAX);
    buf_init(&b->replies, OUT_MAX);
    buf_init(&begin, ADAPTER_STATE_MAX);
    buf_init(&first, ADAPTER_STATE_MAX);
    CHECK_OK(adapter_codex.begin(&(AdapterBegin){.spec = spec, .folder = STR("/wt")}, &begin, &e), e);
    CHECK_OK(adapter_codex.renew(buf_str(&begin), &b->state, &e), e);
    CHECK_OK(adapter_codex.start(&(AdapterTo){.number = 1}, &first, &e), e);
    write_in(b, buf_str(&first));
    say(b, "{\"id\":1,\"result\":{\"userAgent\":\"muster/0.169.0 (Debian)\"}}");
}

static void bench_close(Bench *b) {
    adapter_codex.close(b->state);
    buf_done(&b->events);
    buf_done(&b->replies);
    arena_free(b->arena);
}

/* Ready in thread t1, with a turn u1 that runs. */
static void bench_begin(Bench *b, const AdapterSpec *spec) {
    Err e = {0};
    CLEANUP(buf_done) Buf prompt;
    bench_open(b, spec);
    (void)take(b, &b->replies);
    say(b, "{\"id\":\"muster-thread\",\"result\":{\"thread\":{\"id\":\"t1\"},\"model\":\"m\"}}");
    buf_init(&prompt, OUT_MAX);
    CHECK_OK(adapter_codex.prompt(&(AdapterTo){STR("t1"), 9, {0}}, STR("go"), &prompt, &e), e);
    write_in(b, buf_str(&prompt));
    say(b, "{\"id\":9,\"result\":{\"turn\":{\"id\":\"u1\"}}}");
    (void)take(b, &b->events);
}

static Str saved(Bench *b) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, ADAPTER_STATE_MAX);
    adapter_codex.save(b->state, &out);
    CHECK(!out.failed);
    return arena_str(b->arena, buf_str(&out));
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
        Bench b;
        bench_open(&b, &cases[i].spec);
        CHECK_HAS(take(&b, &b.replies), cases[i].asked);
        bench_close(&b);
    }
}

TEST(a_thread_that_codex_no_longer_has_is_begun_again_and_another_error_is_told) {
    Bench b;
    bench_open(&b, &(AdapterSpec){.resume = true, .session_id = STR("t0")});
    (void)take(&b, &b.replies);
    say(&b, "{\"id\":\"muster-thread\",\"error\":{\"code\":-32600,\"message\":\"no rollout found for thread id t0\"}}");
    CHECK_HAS(take(&b, &b.events), "session {\"sessionId\":\"t0\",\"gone\":true}");
    CHECK_HAS(take(&b, &b.replies), "\"thread/start\"");
    say(&b, "{\"id\":\"muster-thread\",\"error\":{\"code\":-32600,\"message\":\"not logged in\"}}");
    CHECK_HAS(take(&b, &b.events), "\"text\":\"not logged in; stop the agent, and start it again");
    bench_close(&b);
}

TEST(what_a_person_allowed_for_the_agent_is_not_asked_again) {
    Bench b;
    bench_begin(&b, &(AdapterSpec){.permissions = 1 << PERMIT_WRITE});
    say(&b,
        "{\"id\":3,\"method\":\"item/fileChange/requestApproval\",\"params\":{\"threadId\":\"t1\",\"itemId\":\"c\"}}");
    CHECK_STR(take(&b, &b.replies), "{\"id\":3,\"result\":{\"decision\":\"accept\"}}\n");
    CHECK_STR(take(&b, &b.events), "");
    say(&b,
        "{\"id\":\"x\",\"method\":\"item/commandExecution/requestApproval\",\"params\":{\"itemId\":\"c\",\"command\":\"ls\"}}");
    CHECK_HAS(take(&b, &b.events),
              "ask {\"requestId\":\"\\\"x\\\"\",\"kind\":\"permission\",\"tool\":\"shell\",\"title\":\"ls\"");
    CHECK(adapter_codex.has_ask(b.state, STR("\"x\"")));
    say(&b, "{\"method\":\"serverRequest/resolved\",\"params\":{\"threadId\":\"t1\",\"requestId\":\"x\"}}");
    CHECK_HAS(take(&b, &b.events), "ask_cancel {\"requestId\":\"\\\"x\\\"\",\"why\":\"cancelled\"}");
    say(&b, "{\"id\":4,\"method\":\"item/tool/requestUserInput\",\"params\":{}}");
    CHECK_HAS(take(&b, &b.replies), "\"id\":4,\"error\":{\"code\":-32601");
    bench_close(&b);
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
        buf_init(&out, OUT_MAX);
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
    Bench b;
    CLEANUP(buf_done) Buf out;
    Err e = {0};
    buf_init(&out, OUT_MAX);
    bench_begin(&b, &(AdapterSpec){0});
    CHECK_OK(adapter_codex.interrupt(&(AdapterTo){STR("t1"), 10, saved(&b)}, (Str){0}, &out, &e), e);
    CHECK_STR(buf_str(&out),
              "{\"id\":10,\"method\":\"turn/interrupt\",\"params\":{\"threadId\":\"t1\",\"turnId\":\"u1\"}}\n");
    say(&b,
        "{\"method\":\"turn/completed\",\"params\":{\"threadId\":\"t1\",\"turn\":{\"id\":\"u1\",\"status\":\"interrupted\"}}}");
    CHECK_ERR(adapter_codex.interrupt(&(AdapterTo){STR("t1"), 11, saved(&b)}, (Str){0}, &out, &e), e, ERR_CONFLICT);
    bench_close(&b);
}

TEST(a_long_message_that_is_interrupted_and_a_large_change_are_cut_and_say_so) {
    Bench b;
    bench_begin(&b, &(AdapterSpec){0});
    CLEANUP(buf_done) Buf many;
    buf_init(&many, OUT_MAX);
    for (int i = 0; i < 1000; i++) buf_add_str(&many, STR("\\\"\\\\\\n0123"));
    for (int i = 0; i < 20; i++)
        say(&b,
            arena_fmt(b.arena,
                      "{\"method\":\"item/agentMessage/delta\",\"params\":{\"itemId\":\"m\",\"delta\":\"%s\"}}", many.p)
                .p);
    say(&b, arena_fmt(
                b.arena,
                "{\"method\":\"item/started\",\"params\":{\"item\":{\"type\":\"fileChange\",\"id\":\"c\",\"changes\":["
                "{\"path\":\"/wt/a\",\"diff\":\"%s\"}]}}}",
                many.p)
                .p);
    (void)take(&b, &b.events);
    say(&b, "{\"id\":0,\"method\":\"item/fileChange/requestApproval\",\"params\":{\"itemId\":\"c\"}}");
    CHECK_HAS(take(&b, &b.events), "the call above shows it");
    (void)saved(&b); /* within its bound */
    say(&b, "{\"method\":\"turn/completed\",\"params\":{\"turn\":{\"status\":\"interrupted\"}}}");
    Str events = take(&b, &b.events);
    CHECK_HAS(events, "text {\"block\":\"m\"");
    CHECK_HAS(events, "\"truncated\":true,\"size\":140000}");
    CHECK_HAS(events, "tool_end {\"toolId\":\"c\",\"isError\":true,\"output\":\"The turn ended before this call.\"}");
    CHECK_HAS(events, "ask_cancel {\"requestId\":\"0\",\"why\":\"turn_end\"}");
    bench_close(&b);
}

TEST(what_subagents_say_is_not_the_agents) {
    Bench b;
    bench_begin(&b, &(AdapterSpec){0});
    say(&b, "{\"method\":\"turn/completed\",\"params\":{\"threadId\":\"t2\",\"turn\":{\"status\":\"completed\"}}}");
    CHECK_STR(take(&b, &b.events), "");
    say(&b, "{\"method\":\"something/new\",\"params\":{\"threadId\":\"t1\"}}");
    CHECK_HAS(take(&b, &b.events), "unknown {\"type\":\"something/new\"");
    bench_close(&b);
}
