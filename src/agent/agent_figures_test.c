/* Figures of agents: windows of models, tokens, errors, and the mode after an approved plan. */
#include "adapter/adapters.h"
#include "agent/bench.h"
#include "base/test.h"

static const char begun[] = "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\",\"model\":\"m\"}\n",
                  answers[] = "{\"type\":\"assistant\",\"message\":{\"id\":\"1\",\"model\":\"m\",\"usage\":"
                              "{\"input_tokens\":150000,\"output_tokens\":7},\"content\":[]}}\n";

/* The `context` event of a launch's first answer, derived from the initial state in its row. */
static Str first_context(Bench *b) {
    CLEANUP(derive_freep) Derive *d = NULL;
    Err e = {0};
    LaunchPlace place;
    DerivedBatch made;
    DeriveFrom from = {.last = test_cell(&b->t, "SELECT owner_begin FROM launch ORDER BY id DESC LIMIT 1")};
    CHECK_OK(derive_new(&adapter_claude, &from, &d, &e), e);
    Str lines[] = {str(begun), str(answers)};
    LaunchFrame frames[COUNT_OF(lines)] = {0};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        frames[i] =
            (LaunchFrame){.offset = i * 1000, .frame = {.channel = HOLD_STDOUT, .at = BENCH_TIME, .bytes = lines[i]}};
    derive_feed(d, frames, COUNT_OF(frames), &place);
    derive_batch(d, &made);
    for (size_t i = 0; i < made.n_events; i++)
        if (made.events[i].kind == EV_KIND_CONTEXT) return arena_str(b->t.arena, made.events[i].payload);
    return STR("none");
}

TEST(a_launch_starts_with_the_known_windows) {
    static const Say reported[] = {{EV_KIND_USAGE,
                                    "{\"model\":\"m\",\"input\":1,\"output\":1,\"cacheRead\":0,\"cacheCreation\":0,"
                                    "\"costMicros\":0,\"requests\":1,\"window\":1000000}"},
                                   {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    CHECK_STR(first_context(&b), "{\"used\":150000,\"window\":200000,\"level\":75,\"isAssumed\":true}");
    bench_apply(&b, reported);
    bench_exit(&b, (HoldExit){.reason = STR("exited")}, NULL);
    CHECK_STR(test_cell(&b.t, "SELECT model || ' ' || tokens FROM model_window"), "m 1000000");
    bench_start(&b); /* also for a session that has not reported it, and for any other agent */
    CHECK_STR(first_context(&b), "{\"used\":150000,\"window\":1000000,\"level\":15}");
    bench_close(&b);
}

TEST(only_the_newest_windows_are_kept) {
    Bench b;
    bench_open(&b);
    rig_run(&b.t, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) "
                  "INSERT INTO model_window SELECT 'old-' || i, 1000, i FROM n");
    static const Say reported[] = {{EV_KIND_USAGE,
                                    "{\"model\":\"m\",\"input\":0,\"output\":0,\"cacheRead\":0,\"cacheCreation\":0,"
                                    "\"costMicros\":0,\"requests\":0,\"window\":5}"},
                                   {0}};
    bench_start(&b);
    bench_apply(&b, reported);
    CHECK_STR(
        test_cell(&b.t, "SELECT count(*) || ' ' || sum(model = 'm') || ' ' || sum(model = 'old-51') FROM model_window"),
        "100 1 0");
    bench_close(&b);
}

TEST(requests_that_failed_are_counted) {
    static const Say failed[] = {{EV_KIND_USAGE,
                                  "{\"model\":\"m\",\"input\":0,\"output\":0,\"cacheRead\":0,\"cacheCreation\":0,"
                                  "\"costMicros\":0,\"requests\":1,\"errors\":3}"},
                                 {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, failed);
    CHECK_STR(test_cell(&b.t, "SELECT requests || ' ' || errors FROM usage_day"), "1 3");
    bench_close(&b);
}

/* Its hold is gone without an exit: the usage of its turn so far is in the state that was stored with the events. */
TEST(a_lost_launch_counts_what_its_turn_used) {
    CLEANUP(buf_done) Buf saved;
    Bench b;
    Err e = {0};
    CLEANUP(derive_freep) Derive *d = NULL;
    LaunchPlace place;
    bench_open(&b);
    bench_start(&b);
    buf_init(&saved, ADAPTER_STATE_MAX);
    CHECK_OK(derive_new(&adapter_claude, &(DeriveFrom){0}, &d, &e), e);
    LaunchFrame frame = {.frame = {.channel = HOLD_STDOUT, .at = BENCH_TIME, .bytes = str(answers)}};
    derive_feed(d, &frame, 1, &place);
    derive_save(d, &saved);
    rig_run(&b.t, arena_fmt(b.t.arena, "UPDATE launch SET owner_state = '" STR_FMT "'", STR_ARG(buf_str(&saved))).p);
    test_write(&b.t, bench_lose_tx, &(Loss){&b, LAUNCH_LOST_WHY});
    CHECK_STR(test_cell(&b.t, "SELECT model || ' ' || input || ' ' || output || ' ' || requests FROM usage_day"),
              "m 150000 7 1");
    bench_check_status(&b, "error hold_lost");
    bench_close(&b);
}

TEST(an_agent_whose_plan_was_approved_does_not_plan_again) {
    static const struct {
        const char *session, *want;
    } rows[] = {
        {"{\"sessionId\":\"s\",\"mode\":\"plan\"}", "plan"},
        {"{\"sessionId\":\"s\",\"mode\":\"acceptEdits\",\"planEnded\":true}", "regular"},
    };
    Bench b;
    bench_open(&b);
    rig_run(&b.t, "UPDATE agent SET mode = 'plan'");
    bench_start(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bench_apply(&b, (const Say[]){{EV_KIND_SESSION, rows[i].session}, {0}});
        CHECK_STR(test_cell(&b.t, "SELECT mode FROM agent"), rows[i].want);
    }
    CHECK(str_ends(bench_kinds(&b, "workspace/" RIG_WORKSPACE), STR("workspace_updated")));
    bench_close(&b);
}

/* ---- events of a status ---- */

TEST(a_changed_status_carries_the_previous_one) {
    static const Say fails[] = {{EV_KIND_TURN_END, "{\"outcome\":\"error\"}"}, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    CHECK(b.agent.updated_at >= b.agent.status_since);
    bench_apply(&b, fails);
    CHECK_STR(
        test_cell(
            &b.t,
            "SELECT group_concat(coalesce(e.payload ->> '$.previous', '-') || ' ' || (e.payload ->> '$.status'), ', ') "
            "FROM event e JOIN event_word w ON w.number = e.kind JOIN stream s ON s.number = e.id >> 40 "
            "WHERE w.text = 'status' AND s.topic = 'agent/" AGENT_ID "'"),
        "finished running, running error");
    bench_close(&b);
}
