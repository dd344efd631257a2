/* get_agent_evidence: why Muster says of an agent what it says. */
#include "agent/agent.h"
#include "base/mem.h"
#include "core/launch_evidence.h"
#include "core/setting.h"
#include "core/topic.h"

enum { WAITS_MAX = 72, EXPECTED_MAX = 4 };

#define WAIT_KINDS(W)                   \
    W(EVIDENCE_WAIT_START, "start")     \
    W(EVIDENCE_WAIT_HOLD, "hold")       \
    W(EVIDENCE_WAIT_SESSION, "session") \
    W(EVIDENCE_WAIT_ANSWER, "answer")   \
    W(EVIDENCE_WAIT_PROGRAM, "program") \
    W(EVIDENCE_WAIT_IDLE, "idle")       \
    W(EVIDENCE_WAIT_PROMPT, "prompt")   \
    W(EVIDENCE_WAIT_EXIT, "exit")
ENUM_DECLARE(WaitKind, WAIT_KINDS);
ENUM_DEFINE(WaitKind, WAIT_KINDS);
#define EVIDENCE_WAIT(F, S)                                                                                        \
    F(S, ENUM(WaitKind), kind,                                                                                     \
      .doc = "start: for a person to start it; hold: for its hold; session: for the program to open its session; " \
             "answer: for a person's answer; program: for what the running turn says next; idle: for the program " \
             "to say that it is idle; prompt: for the next prompt; exit: for its end")                             \
    F(S, ENUM(AgentReason), reason, .opt = 1, .doc = "answer: permission, question or plan")                       \
    F(S, STR, detail, .opt = 1, .max_bytes = 256, .doc = "answer: the tool")                                       \
    F(S, STR, request_id, .opt = 1, .max_bytes = 256, .doc = "answer: the program's own id of the ask")
SHAPE(EvidenceWait, EVIDENCE_WAIT);
SHAPE_DEFINE(EvidenceWait, EVIDENCE_WAIT);

#define EVIDENCE_EXPECTED(F, S)                                                                         \
    F(S, STR, kind, .max_bytes = 32, .doc = "The kind of event: session, ask_answered, turn_end, exit") \
    F(S, TIME, deadline, .opt = 1, .doc = "What happens at the latest, if something sees to it")        \
    F(S, STR, by, .opt = 1, .max_bytes = 64, .doc = "The setting or limit that sees to it")
SHAPE(EvidenceExpected, EVIDENCE_EXPECTED);
SHAPE_DEFINE(EvidenceExpected, EVIDENCE_EXPECTED);

#define AGENT_EVIDENCE(F, S)                                                                                 \
    F(S, ID("ag"), agent_id, .doc = "The agent")                                                             \
    F(S, TIME, looked_at, .doc = "When this was so")                                                         \
    F(S, OBJ(AgentStatus), status, .doc = "Its status")                                                      \
    F(S, LIST(StatusCause), sources, .max = StatusSource_n,                                                  \
      .doc = "What each source of the status said last, the newest first: the status is what that one says") \
    F(S, LIST(EvidenceWait), waits_for, .max = WAITS_MAX, .doc = "What has to happen before it goes on")     \
    F(S, LIST(EvidenceExpected), expected, .max = EXPECTED_MAX, .doc = "Which events come next")             \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its newest launch, of which the rest is true")              \
    F(S, OBJ(HoldEvidence), hold, .opt = 1, .doc = "The process that runs its program and survives Muster")  \
    F(S, OBJ(LogEvidence), log, .opt = 1, .doc = "What the program has written, and what of it is derived")  \
    F(S, OBJ(MemoryEvidence), memory, .opt = 1, .doc = "Memory of its processes against its limit")          \
    F(S, LIST(ProcessEvidence), processes, .max = EVIDENCE_PROCESSES_MAX,                                    \
      .doc = "Its process tree, each process behind its parent")                                             \
    F(S, I64, process_count, .min = 0, .max = INT64_MAX, .doc = "Processes in all")                          \
    F(S, BOOL, is_cut, .doc = "The tree has more processes than are shown")                                  \
    F(S, STRS, problems, .max = 16, .item_max = 1024, .doc = "What could not be seen, and why")
SHAPE(AgentEvidence, AGENT_EVIDENCE);
SHAPE_DEFINE(AgentEvidence, AGENT_EVIDENCE);

typedef struct Evidence {
    OpCall *call;
    Agent agent;
    const Adapter *adapter;
    StatusState status;
    LaunchRow launch;
    bool has_launch, is_alive; /* alive: it has not ended in the store */
    LaunchEvidence seen;
    AgentEvidence *out;
} Evidence;

/* --- what it waits for --- */

static EvidenceWait *add_wait(Evidence *x, WaitKind kind) {
    EvidenceWaitList *l = &x->out->waits_for;
    EvidenceWait *w = &l->items[l->n++];
    *w = (EvidenceWait){.kind = kind};
    return w;
}

static bool is_opening(const Evidence *x) {
    return x->adapter && (x->adapter->caps & ADAPTER_HANDSHAKE) && !x->status.is_ready;
}

static void add_asks(Evidence *x) {
    for (size_t i = 0; i < x->status.asks.n; i++) {
        const StatusAsk *ask = &x->status.asks.items[i];
        EvidenceWait *w = add_wait(x, EVIDENCE_WAIT_ANSWER);
        GIVE(EvidenceWait, w, reason, ask->reason);
        GIVE(EvidenceWait, w, request_id, ask->request_id);
        if (ask->detail.n) GIVE(EvidenceWait, w, detail, ask->detail);
    }
}

static void show_waits(Evidence *x) {
    const StatusState *s = &x->status;
    x->out->waits_for.items = arena_array(x->call->arena, WAITS_MAX, sizeof(EvidenceWait));
    if (!x->is_alive) {
        (void)add_wait(x, EVIDENCE_WAIT_START);
        return;
    }
    if (x->seen.hold.state != RUN_WORD_LINKED) (void)add_wait(x, EVIDENCE_WAIT_HOLD);
    if (s->stop_asked) (void)add_wait(x, EVIDENCE_WAIT_EXIT);
    if (is_opening(x)) (void)add_wait(x, EVIDENCE_WAIT_SESSION);
    add_asks(x);
    if (s->turn_open && !s->asks.n) (void)add_wait(x, EVIDENCE_WAIT_PROGRAM);
    if (s->idle_due) (void)add_wait(x, EVIDENCE_WAIT_IDLE);
    if (!x->out->waits_for.n) (void)add_wait(x, EVIDENCE_WAIT_PROMPT);
}

/* --- what comes next --- */

static void add_expected(Evidence *x, const char *kind, TimeUs deadline, const char *by) {
    EvidenceExpectedList *l = &x->out->expected;
    EvidenceExpected *v = &l->items[l->n++];
    *v = (EvidenceExpected){.kind = str(kind)};
    if (!deadline) return;
    GIVE(EvidenceExpected, v, deadline, deadline);
    GIVE(EvidenceExpected, v, by, str(by));
}

/* A daemon gives a launch that an earlier one started the whole time again (handshake.h). */
static TimeUs session_deadline(const Evidence *x) {
    const App *app = x->call->app;
    TimeUs from = x->launch.created_at > app->started_at ? x->launch.created_at : app->started_at;
    return from + setting_i64(app->settings, SET_AGENT_HANDSHAKE_SECONDS) * 1000000;
}

/* 0: it has none. */
static TimeUs wall_deadline(const Evidence *x) {
    Json *spec = NULL;
    if (json_parse(x->call->arena, x->launch.spec, JSON_DEPTH_MAX, &spec, NULL) < 0) return 0;
    int64_t ms = json_i64(json_get(spec, "limits"), "wallMs", 0);
    return ms > 0 && ms < INT64_MAX / 4000 ? x->launch.created_at + ms * 1000 : 0;
}

static void show_expected(Evidence *x) {
    const StatusState *s = &x->status;
    x->out->expected.items = arena_array(x->call->arena, EXPECTED_MAX, sizeof(EvidenceExpected));
    if (!x->is_alive) return;
    TimeUs wall = wall_deadline(x);
    if (is_opening(x) && s->now->reason == REASON_STARTING)
        add_expected(x, "session", session_deadline(x), setting_def(SET_AGENT_HANDSHAKE_SECONDS)->name);
    if (s->asks.n) add_expected(x, "ask_answered", 0, NULL);
    if (s->turn_open) add_expected(x, "turn_end", 0, NULL);
    if (s->stop_asked || wall) add_expected(x, "exit", wall, "limits.wallSeconds");
}

/* --- all of it --- */

static void show_launch(Evidence *x) {
    AgentEvidence *out = x->out;
    LaunchEvidence *seen = &x->seen;
    out->looked_at = clock_now_us();
    if (!x->has_launch) return;
    GIVE(AgentEvidence, out, launch_id, x->launch.id);
    GIVE(AgentEvidence, out, hold, &seen->hold);
    GIVE(AgentEvidence, out, log, &seen->log);
    if (seen->has_memory) GIVE(AgentEvidence, out, memory, &seen->memory);
    out->processes = seen->processes;
    out->process_count = seen->n_processes;
    out->is_cut = seen->is_cut;
    out->problems = seen->problems;
}

static int read_rows(Evidence *x, Str id, Err *e) {
    OpCall *c = x->call;
    TRY(agent_get(c->db, id, c->arena, &x->agent, e));
    TRY(op_cursor(c, topic_of(c->arena, "agent", id), e));
    TRY(agent_load_status(&x->agent, &x->status, c->arena, e));
    x->adapter = adapter_find(x->agent.adapter);
    if (!x->agent.launch_id.n) return 0;
    TRY(launch_find(c->db, x->agent.launch_id, c->arena, &x->launch, &x->has_launch, e));
    x->is_alive = x->has_launch && !HAS(LaunchRow, &x->launch, ended_at);
    return 0;
}

/* The store first and in one moment, then what may take its time. */
static int get_agent_evidence(OpCall *c, const void *in, void *out, Err *e) {
    Evidence *x = arena_new_in(c->arena, Evidence);
    *x = (Evidence){.call = c, .out = out};
    Str id = ((const AgentPath *)in)->agent_id;
    TRY(auth_check_own(c->who, id, e));
    TRY(db_read_begin(c->db, e));
    int r = read_rows(x, id, e);
    db_read_end(c->db);
    TRY(r);
    if (x->has_launch) launch_evidence(c->app, &x->launch, c->arena, &x->seen);
    x->out->agent_id = id;
    x->out->status = x->status.now;
    x->out->sources = x->status.causes;
    show_launch(x);
    show_waits(x);
    show_expected(x);
    return 0;
}

/* It starts no program and waits for none; a folder that does not answer holds up questions about this agent alone. */
static int evidence_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)e;
    *ret = arena_fmt(c->arena, "evidence " STR_FMT, STR_ARG(((const AgentPath *)in)->agent_id));
    return 0;
}

const Op evidence_ops[] = {
    {"get_agent_evidence", "GET /api/agents/{agentId}/evidence", "agent evidence",
     OP_RUN(get_agent_evidence, AgentPath, AgentEvidence), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = evidence_subject,
     .doc = "Shows what an agent's status is based on: what each source said last, what it waits for, its hold, its "
            "log, its processes and their memory. It does not wait for the agent, so it answers when that is stuck."},
    {0},
};
