/* Rules and the asks of an agent: one write stores the ask, its answer and the input that carries it. */
#include "agent/bench.h"
#include "approval/rule.h"
#include "base/test.h"
#include "conversation/conversation_in.h"

static void open_with_rule(Bench *b, const char *decision) {
    bench_open(b);
    bench_start(b);
    rig_run(&b->t,
            arena_fmt(
                b->t.arena,
                "INSERT INTO rule (id, org_id, position, decision, tool, enabled, created_by, created_at, updated_at) "
                "VALUES ('rul_01arz3ndektsv4rrffq69g5faa', '" LOCAL_ORG "', 0, '%s', 'Bash', 1, 'x', 1, 1)",
                decision)
                .p);
}

/* As conversation_prepare_rulings leaves it. */
static void ask(Bench *b, bool is_awaited, const char *between) {
    static const Say say[] = {ASK_OF("r-1"), {0}};
    Batch batch;
    AskRuling *ruling = NULL;
    Err e = {0};
    bench_say(&batch, b, say);
    ParsedEvent *p = &batch.out.parsed[0];
    AskFacts *facts = arena_new_in(b->t.arena, AskFacts);
    facts->command = STR("ls");
    GIVE(Ask, p->ask, facts, facts);
    p->is_awaited = is_awaited;
    CHECK_OK(ask_prepare(&b->t.app, b->t.conn, p->ask, b->t.arena, &ruling, &e), e);
    p->ruling = ruling;
    if (between) rig_run(&b->t, between);
    test_write(&b->t, bench_apply_tx, &batch);
}

#define N_INPUTS "SELECT count(*) FROM launch_input WHERE cause = 'ask'"
#define STATE "SELECT state || ' ' || coalesce(decided_by, '-') FROM ask"

TEST(a_rule_answers_an_ask_in_the_write_that_stores_it) {
    Bench b;
    size_t asked, answered;
    open_with_rule(&b, "allow");
    ask(&b, true, NULL);
    CHECK_STR(test_cell(&b.t, STATE), "answered rule");
    CHECK_STR(test_cell(&b.t, N_INPUTS), "1");
    Str kinds = bench_kinds(&b, "agent/" AGENT_ID);
    CHECK(str_find(kinds, STR("ask "), &asked) && str_find(kinds, STR("ask_answered"), &answered) && asked < answered);
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM conversation WHERE status = 'waiting'"), "0");
    CHECK_STR(test_cell(&b.t, "SELECT matched FROM rule"), "1");
    bench_close(&b);
}

TEST(a_rule_that_asks_leaves_the_ask_to_a_person) {
    Bench b;
    open_with_rule(&b, "ask");
    ask(&b, true, NULL);
    CHECK_STR(test_cell(&b.t, STATE), "open -");
    CHECK_STR(test_cell(&b.t, "SELECT rule FROM ask"), "ask Bash");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM conversation WHERE status = 'waiting'"), "1");
    bench_close(&b);
}

/* The rest of the batch has taken the ask back, or shows its answer. */
TEST(what_the_cli_does_not_wait_for_is_not_decided) {
    Bench b;
    open_with_rule(&b, "allow");
    ask(&b, false, NULL);
    CHECK_STR(test_cell(&b.t, STATE), "open -");
    CHECK_STR(test_cell(&b.t, N_INPUTS), "0");
    CHECK_STR(test_cell(&b.t, "SELECT matched FROM rule"), "0");
    bench_close(&b);
}

TEST(a_launch_that_takes_no_answers_leaves_the_ask_open) {
    static const char *const reasons[] = {"UPDATE launch SET stop_asked = 1", "UPDATE launch SET restored = 1"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        Bench b;
        open_with_rule(&b, "allow");
        ask(&b, true, reasons[i]);
        CHECK_STR(test_cell(&b.t, STATE), "open -");
        CHECK_STR(test_cell(&b.t, N_INPUTS), "0");
        bench_close(&b);
    }
}
