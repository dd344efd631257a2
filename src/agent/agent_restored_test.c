/* A store that was put back from a backup while an agent ran: what the log shows beyond the backup is claimed, and what
 * the program no longer waits for is settled. */
#include "agent/agent.h"
#include "agent/bench.h"
#include "base/test.h"
#include "conversation/conversation_in.h"

/* --- replies --- */

/* An input that the log shows and the backup does not have. */
static void recover_input(Bench *b, const char *bytes) {
    rig_run(&b->t, "UPDATE launch SET n_inputs = n_inputs + 1");
    rig_run(&b->t, arena_fmt(b->t.arena,
                             "INSERT INTO launch_input (launch, n, bytes, cause, cause_id, at) "
                             "SELECT id, n_inputs, CAST('%s' AS BLOB), 'recovered', '', 1 FROM launch",
                             bytes)
                       .p);
}

static void apply_reply(Bench *b, const char *bytes) {
    Batch batch;
    bench_say(&batch, b, NULL);
    batch.reply = str(bytes);
    batch.out.replies = &batch.reply;
    batch.out.n_replies = 1;
    test_write(&b->t, bench_apply_tx, &batch);
}

static void check_inputs(Bench *b, const char *want) {
    CHECK_STR(test_cell(&b->t, "SELECT group_concat(n || ' ' || cause || ' ' || bytes, ', ') FROM (SELECT * FROM "
                               "launch_input WHERE cause <> 'handshake' ORDER BY n)"),
              want);
}

TEST(a_derived_reply_claims_a_recovered_input_of_the_same_bytes_and_is_sent_only_where_there_is_none) {
    Bench b;
    bench_open(&b);
    bench_start(&b);
    recover_input(&b, "{}");
    recover_input(&b, "{}");
    recover_input(&b, "{\"a\":1}");
    check_inputs(&b, "2 recovered {}, 3 recovered {}, 4 recovered {\"a\":1}");
    apply_reply(&b, "{}");
    check_inputs(&b, "2 reply {}, 3 recovered {}, 4 recovered {\"a\":1}");
    apply_reply(&b, "{\"b\":1}");
    check_inputs(&b, "2 reply {}, 3 recovered {}, 4 recovered {\"a\":1}, 5 reply {\"b\":1}");
    apply_reply(&b, "{}");
    check_inputs(&b, "2 reply {}, 3 reply {}, 4 recovered {\"a\":1}, 5 reply {\"b\":1}");
    apply_reply(&b, "{}");
    check_inputs(&b, "2 reply {}, 3 reply {}, 4 recovered {\"a\":1}, 5 reply {\"b\":1}, 6 reply {}");
    bench_close(&b);
}

/* --- asks --- */

typedef struct AtHead {
    Bench *bench;
    const Derive *derive;
} AtHead;

static int end_restored_tx(Tx *tx, void *arg, Err *e) {
    const AtHead *x = arg;
    LaunchRow row;
    bool found = false;
    TRY(launch_find(tx_conn(tx), x->bench->launch, x->bench->t.arena, &row, &found, e));
    return conversation_end_restored(&x->bench->t.app, tx, &row, x->derive, e);
}

TEST(an_open_ask_that_the_program_does_not_wait_for_at_the_head_is_void) {
    static const Say asked[] = {{EV_KIND_STATE, "{\"state\":\"running\",\"byProtocol\":true}"}, ASK_OF("r-1"), {0}};
    for (int waits = 0; waits < 2; waits++) {
        CLEANUP(derive_freep) Derive *d = bench_derive(waits);
        Bench b;
        bench_open(&b);
        bench_start(&b);
        bench_apply(&b, asked);
        bench_check_status(&b, "waiting permission");
        test_write(&b.t, end_restored_tx, &(AtHead){&b, d});
        CHECK_STR(test_cell(&b.t, "SELECT state FROM ask"), waits ? "open" : "void");
        bench_check_status(&b, waits ? "waiting permission" : "running working");
        CHECK(str_find(bench_kinds(&b, "agent/" AGENT_ID), STR("ask_cancel"), &(size_t){0}) == !waits);
        bench_close(&b);
    }
}
