/* See bench.h. */
#include "agent/bench.h"
#include "agent/agent_start.h"

#include "adapter/adapters.h"
#include "agent/agent_sql.h"
#include "base/test.h"

static int insert_agent(Tx *tx, void *arg, Err *e) {
    static Str command[] = {{"read", 4}};
    Agent a = {.id = STR(AGENT_ID),
               .worktree_id = STR("wt" ULID_),
               .workspace_id = STR("ws" ULID_),
               .name = STR("test"),
               .mode = AGENT_REGULAR,
               .permissions = {command, 1},
               .adapter = STR("claude"),
               .created_at = BENCH_TIME,
               .updated_at = BENCH_TIME};
    *(Agent *)arg = a;
    TRY(tx_run_shape(tx, &sql_agent_insert, &Agent_shape, &a, NULL, e));
    return conversation_add(tx, STR("agent"), a.id, e);
}

void bench_open(Bench *b) {
    *b = (Bench){0};
    rig_start(&b->t);
    test_write(&b->t, insert_agent, &b->agent);
}

void bench_close(Bench *b) { test_app_stop(&b->t); }

int bench_start_tx(Tx *tx, void *arg, Err *e) {
    static Str argv[] = {{"claude", 6}};
    Bench *b = arg;
    AgentStart s = {.app = &b->t.app, .agent = &b->agent, .arena = b->t.arena, .session_id = STR("session-1")};
    TRY(agent_get(tx_conn(tx), STR(AGENT_ID), b->t.arena, &b->agent, e));
    s.spec = (LaunchSpec){.owner_kind = STR("agent"), .owner_id = b->agent.id, .argv = {argv, 1}, .cwd = STR("/")};
    TRY(agent_start_tx(tx, &s, e));
    b->launch = b->agent.launch_id;
    return 0;
}

void bench_start(Bench *b) { test_write(&b->t, bench_start_tx, b); }

void bench_say(Batch *batch, Bench *b, const Say *list) {
    *batch = (Batch){.bench = b};
    for (; list && list->json; list++, b->offset += 100)
        batch->events[batch->out.n_events++] = (DerivedEvent){.kind = (AgentEventKind)list->kind,
                                                              .offset = b->offset,
                                                              .at = BENCH_TIME + b->offset,
                                                              .payload = str(list->json)};
    batch->out.events = batch->events;
    ConversationSubject *who = arena_new_in(b->t.arena, ConversationSubject);
    LaunchRow *l = arena_new_in(b->t.arena, LaunchRow);
    Err e = {0};
    l->id = b->launch;
    CHECK_OK(conversation_find_subject(&b->t.app, b->t.conn, (ConversationOf){STR("agent"), STR(AGENT_ID)}, b->t.arena,
                                       who, &e),
             e);
    conversation_parse(&batch->out, who, l, b->t.arena);
}

int bench_apply_tx(Tx *tx, void *arg, Err *e) {
    Batch *x = arg;
    Bench *b = x->bench;
    LaunchRow row;
    bool found = false;
    TRY(launch_find(tx_conn(tx), b->launch, b->t.arena, &row, &found, e));
    return conversation_apply_batch(&b->t.app, tx, &row, &x->out, e);
}

void bench_apply(Bench *b, const Say *list) {
    Batch batch;
    bench_say(&batch, b, list);
    test_write(&b->t, bench_apply_tx, &batch);
}

void bench_accept_prompt(Bench *b) {
    static const Say begun[] = {{EV_KIND_STATE, "{\"state\":\"turn_begun\",\"byProtocol\":false}"}, {0}};
    Batch batch;
    int64_t n = 0;
    CHECK(str_parse_i64(test_cell(&b->t, "SELECT n FROM launch_input WHERE cause = 'message' ORDER BY at DESC, n DESC"),
                        1, 100, &n));
    bench_say(&batch, b, begun);
    batch.input = (DerivedInput){n, BENCH_TIME};
    batch.out.inputs = &batch.input;
    batch.out.n_inputs = 1;
    test_write(&b->t, bench_apply_tx, &batch);
}

int bench_end_row(Tx *tx, void *unused, Err *e) {
    static const Sql end = {"end", "UPDATE launch SET ended_at = 1, state = 'exited' WHERE ended_at IS NULL", "test"};
    (void)unused;
    return tx_run(tx, &end, DB_NONE, NULL, e);
}

/* In one write, as the supervisor does it. */
static int exit_tx(Tx *tx, void *batch, Err *e) {
    TRY(bench_apply_tx(tx, batch, e));
    return bench_end_row(tx, NULL, e);
}

void bench_exit(Bench *b, HoldExit exit, const Say *list) {
    Batch batch;
    bench_say(&batch, b, list);
    batch.exit = exit;
    batch.out.exit = &batch.exit;
    test_write(&b->t, exit_tx, &batch);
}

Derive *bench_derive(bool has_ask) {
    Derive *d = NULL;
    Err e = {0};
    LaunchPlace place;
    CHECK_OK(derive_new(&adapter_claude, &(DeriveFrom){0}, &d, &e), e);
    LaunchFrame frame = {
        .frame = {.channel = HOLD_STDOUT,
                  .at = BENCH_TIME,
                  .bytes = STR("{\"type\":\"control_request\",\"request_id\":\"r-1\",\"request\":{\"subtype\":"
                               "\"can_use_tool\",\"tool_name\":\"Bash\",\"input\":{\"command\":\"ls\"}}}\n")}};
    if (has_ask) derive_feed(d, &frame, 1, &place);
    return d;
}

int bench_lose_tx(Tx *tx, void *arg, Err *e) {
    Loss *x = arg;
    LaunchRow row;
    bool found = false;
    TRY(launch_find(tx_conn(tx), x->bench->launch, x->bench->t.arena, &row, &found, e));
    return conversation_lost(&x->bench->t.app, tx, &row, x->why, e);
}

void bench_check_status(Bench *b, const char *want) {
    CHECK_STR(test_cell(&b->t, "SELECT status || ' ' || status_reason FROM conversation"), want);
}

Str bench_kinds(Bench *b, const char *topic) {
    return test_cell(&b->t,
                     arena_fmt(b->t.arena,
                               "SELECT group_concat(text, ' ') FROM (SELECT coalesce(w.text, '?') AS text FROM event e "
                               "JOIN stream s ON s.number = e.id >> 40 LEFT JOIN event_word w ON w.number = e.kind "
                               "WHERE s.topic = '%s' ORDER BY e.id)",
                               topic)
                         .p);
}

Str bench_queue(Bench *b) {
    return test_cell(
        &b->t, "SELECT group_concat(content || '=' || coalesce(state, role) || iif(launch_id IS NULL, '', '*'), ' ') "
               "FROM (SELECT * FROM message ORDER BY number)");
}

int bench_send(Bench *b, const char *text) {
    TestCall c = {.op = "send_message_to_agent",
                  .json = arena_fmt(b->t.arena, "{\"agentId\":\"" AGENT_ID "\",\"content\":\"%s\"}", text).p};
    return test_call(&b->t, &c);
}
