/* Operations of agents: starting, stopping, interrupting, deleting. */
#include "agent/agent_sql.h"
#include "agent/agent_start.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "sys/fault.h"

enum {
    DELETE_TRIES = 3,
    INTERRUPT_TRIES = 5,
    STOP_ALL_MAX = 100000,
    INTERRUPT_MAX = 16384,
    LINK_WAITS = 20,
    LINK_WAIT_MS = 100
};

#define AGENT_START_IN(F, S)                                                                        \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                 \
    F(S, STR, initial_prompt, .opt = 1, .max = AGENT_PROMPT_MAX, .doc = "The prompt to send first") \
    F(S, STRS, attachments, .opt = 1, .max = ATTACHMENTS_MAX, .item_max = ID_TEXT_MAX,              \
      .example = "att_00000000000000000000000001", .doc = "Ids of attachments that go with it")
SHAPE(AgentStartIn, AGENT_START_IN);
SHAPE_DEFINE(AgentStartIn, AGENT_START_IN);
#define AGENT_RESUME_IN(F, S)                                       \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent") \
    F(S, STR, session_id, .opt = 1, .min = 1, .max_bytes = 256,     \
      .doc = "One of its earlier sessions; default: the current one")
SHAPE(AgentResumeIn, AGENT_RESUME_IN);
SHAPE_DEFINE(AgentResumeIn, AGENT_RESUME_IN);
#define AGENT_STOP_IN(F, S)                                         \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent") \
    F(S, BOOL, force, .opt = 1, .from = FROM_QUERY, .doc = "Kills it at once, without first asking it to end")
SHAPE(AgentStopIn, AGENT_STOP_IN);
SHAPE_DEFINE(AgentStopIn, AGENT_STOP_IN);
#define AGENT_STOP_ALL(F, S)                                                                          \
    F(S, ID("ws"), workspace_id, .opt = 1, .from = FROM_QUERY, .doc = "Only those of this workspace") \
    F(S, ID("wt"), worktree_id, .opt = 1, .from = FROM_QUERY, .doc = "Only those of this worktree")   \
    F(S, BOOL, force, .opt = 1, .from = FROM_QUERY, .doc = "Kill at once, without asking them to end")
SHAPE(AgentStopAll, AGENT_STOP_ALL);
SHAPE_DEFINE(AgentStopAll, AGENT_STOP_ALL);
#define AGENT_STOP_FAILED(F, S)            \
    F(S, ID("ag"), id, .doc = "The agent") \
    F(S, STR, error, .max_bytes = sizeof((Err){0}.text), .doc = "Why it has not ended, or what went wrong")
SHAPE(AgentStopFailed, AGENT_STOP_FAILED);
SHAPE_DEFINE(AgentStopFailed, AGENT_STOP_FAILED);
#define AGENTS_STOPPED(F, S)                                                                                   \
    F(S, STRS, stopped, .max = STOP_ALL_MAX, .item_max = ID_TEXT_MAX, .doc = "Agents that ran and have ended") \
    F(S, LIST(AgentStopFailed), failed, .max = STOP_ALL_MAX, .doc = "Those that were not seen to end")
SHAPE(AgentsStopped, AGENTS_STOPPED);
SHAPE_DEFINE(AgentsStopped, AGENTS_STOPPED);
#define AGENT_INTERRUPT(F, S)                                       \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent") \
    F(S, ID("msg"), message_id, .opt = 1,                           \
      .doc = "The prompt whose turn to interrupt: 409 if another turn is running by now")
SHAPE(AgentInterrupt, AGENT_INTERRUPT);
SHAPE_DEFINE(AgentInterrupt, AGENT_INTERRUPT);

typedef struct StartOp {
    OpCall *call;
    AgentStart start;
} StartOp;

static int start_tx(Tx *tx, void *arg, Err *e) {
    StartOp *x = arg;
    TRY(agent_start_tx(tx, &x->start, e));
    return agent_notify_workspace(tx, x->start.agent, "agent_updated", e);
}

static int start_with(OpCall *c, StartOp *x, Str agent_id, Err *e) {
    x->call = c;
    x->start.app = c->app;
    x->start.arena = c->arena;
    x->start.role = c->who->role;
    x->start.principal = str(c->who->id);
    TRY(agent_get(c->db, agent_id, c->arena, x->start.agent, e));
    TRY(agent_start_prepare(&x->start, c->db, e));
    CRASH("agent.before_start");
    TRY(op_tx(c, start_tx, x, x->start.agent, e));
    CRASH("agent.start_stored");
    return 0;
}

static int start_agent(OpCall *c, const void *in_, void *out, Err *e) {
    const AgentStartIn *in = in_;
    StartOp x = {.start = {.agent = out, .prompt = in->initial_prompt, .attachments = in->attachments}};
    return start_with(c, &x, in->agent_id, e);
}

static int resume_agent(OpCall *c, const void *in_, void *out, Err *e) {
    const AgentResumeIn *in = in_;
    StartOp x = {.start = {.agent = out, .must_resume = true, .resume_session = in->session_id}};
    return start_with(c, &x, in->agent_id, e);
}

typedef struct Stop {
    OpCall *call;
    Str agent_id;
    Agent *agent;
    LaunchRow launch;
    bool is_alive;
    bool deletes; /* the agent is removed too: archived, or deleted for good */
    bool archives;
} Stop;

/* A stop that was requested is never an error, whatever the exit looks like. */
static int mark_stop(Tx *tx, Stop *x, Err *e) {
    Arena *a = x->call->arena;
    TRY(launch_find_alive(tx_conn(tx), x->agent_id, a, &x->launch, &x->is_alive, e));
    if (!x->is_alive) return 0;
    TRY(launch_mark_stop(tx, x->launch.id, e));
    return agent_act(tx, x->agent, (ConversationAct){.act = ACT_STOP_ASKED}, a, e);
}

static int stop_tx(Tx *tx, void *arg, Err *e) {
    Stop *x = arg;
    TRY(agent_get(tx_conn(tx), x->agent_id, x->call->arena, x->agent, e));
    TRY(op_audit(tx, x->call, e)); /* also when the end is not seen in time */
    return mark_stop(tx, x, e);
}

/* Unless an input after `n_inputs` was sent. A kind of agent without interrupts counts as unreachable. */
static LaunchPoke send_interrupt(App *app, const Agent *g, const LaunchRow *l, int64_t n_inputs) {
    const Adapter *ad = adapter_find(g->adapter);
    AdapterTo to = {.session_id = g->session_id, .state = l->owner_state};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, INTERRUPT_MAX);
    Id id = id_new("req");
    if (!ad || !ad->interrupt || ad->interrupt(&to, id_str(&id), &b, NULL) < 0) return LAUNCH_POKE_UNREACHABLE;
    return launch_poke(app, l->id, n_inputs, buf_str(&b));
}

/* Interrupt, close stdin, SIGTERM, SIGKILL, sweep. */
static void stop_launch(OpCall *c, const Stop *x, bool force) {
    if (!force) (void)send_interrupt(c->app, x->agent, &x->launch, INT64_MAX);
    launch_stop(c->app, x->launch.id, force ? LAUNCH_STOP_KILL : LAUNCH_STOP_GRACEFUL);
}

/* `then` runs when the end is recorded. */
static void end_launch(OpCall *c, const Stop *x, bool force, OpRunFn then) {
    stop_launch(c, x, force);
    op_after_end(c, x->launch.id, AGENT_STOP_WAIT_MS, then);
}

/* If no run watches the launch, there is no wait: its row decides. */
static int check_ended(const OpCall *c, Err *e) {
    LaunchRow row;
    bool found = false;
    if (c->waited == LAUNCH_WAIT_CUT_OFF)
        return err_fail(e, ERR_BUSY,
                        "Muster is stopping; the agent was asked to stop, but its end has not been seen yet");
    if (c->then_launch.n) TRY(launch_find(c->db, c->then_launch, c->arena, &row, &found, e));
    if (c->waited == LAUNCH_WAITED && (!found || HAS(LaunchRow, &row, ended_at))) return 0;
    return err_fail(e, ERR_TIMEOUT, "the agent was asked to stop and has not ended within %d s",
                    AGENT_STOP_WAIT_MS / 1000);
}

static int finish_stop(OpCall *c, const void *in, void *out, Err *e) {
    TRY(check_ended(c, e));
    TRY(agent_get(c->db, ((const AgentStopIn *)in)->agent_id, c->arena, out, e));
    return op_tx(c, NULL, NULL, out, e); /* the result stored under the key is the agent after its end */
}

/* No row can be written, perhaps because of this very agent; it is ended all the same. */
static int stop_without_room(OpCall *c, Stop *x, bool force, Err *e) {
    TRY(agent_get(c->db, x->agent_id, c->arena, x->agent, e));
    TRY(launch_find_alive(c->db, x->agent_id, c->arena, &x->launch, &x->is_alive, e));
    if (x->is_alive) stop_launch(c, x, force);
    return err_fail(e, ERR_DISK_FULL, "%s, but the disk is full: its status will be stored when there is room again",
                    x->is_alive ? "the agent is being stopped" : "the agent is not running");
}

static int stop_agent(OpCall *c, const void *in_, void *out, Err *e) {
    const AgentStopIn *in = in_;
    Stop x = {.call = c, .agent_id = in->agent_id, .agent = out};
    int r = db_tx(c->app->db, DB_PERSON, stop_tx, &x, e);
    if (r == -(int)ERR_DISK_FULL) return stop_without_room(c, &x, in->force, e);
    if (r < 0) return r;
    CRASH("agent.stop_stored");
    if (!x.is_alive) return finish_stop(c, in, out, e);
    end_launch(c, &x, in->force, finish_stop);
    return 0;
}

/* --- stopping all --- */

typedef struct Stopping {
    Stop stop;
    Agent agent;
    Err why; /* code 0: it is being stopped */
} Stopping;

/* All stops are sent before the first end is awaited, so the waits run side by side; `at` is the one that the call waits
 * for now. */
typedef struct StopAll {
    VEC(Str) ids;
    Stopping *items; /* in the arena, as many as ids */
    size_t n, at;
    int64_t until_us; /* of clock_mono_us */
    bool has_no_room;
} StopAll;

static bool on_running(void *arg, DbRow *r) {
    Arena *a = ((OpCall *)arg)->arena;
    StopAll *x = ((OpCall *)arg)->state;
    vec_push(&x->ids, arena_str(a, db_col_text(r, 0)));
    return x->ids.n < STOP_ALL_MAX;
}

static int find_running(OpCall *c, const AgentStopAll *in, StopAll *x, Err *e) {
    int r = db_each(c->db, &sql_agents_running,
                    DB_ARGS(db_text(in->workspace_id), db_text(in->worktree_id), db_text(str(c->who->org))), on_running,
                    c, e);
    x->n = x->ids.n;
    x->items = arena_array(c->arena, x->n + 1, sizeof(Stopping));
    for (size_t i = 0; i < x->n; i++)
        x->items[i].stop = (Stop){.call = c, .agent_id = x->ids.items[i], .agent = &x->items[i].agent};
    vec_done(&x->ids);
    return r;
}

/* One that fails keeps no other from being stopped. No row is needed to stop one where the disk is full. */
static void begin_stop(OpCall *c, StopAll *x, Stopping *s, bool force) {
    bool was_audited = c->is_audited;
    int r = db_tx(c->app->db, DB_PERSON, stop_tx, &s->stop, &s->why);
    if (r < 0) c->is_audited = was_audited; /* it was rolled back */
    if (r == -(int)ERR_DISK_FULL) {
        x->has_no_room = true;
        r = stop_without_room(c, &s->stop, force, &s->why);
    } else if (r >= 0 && s->stop.is_alive) {
        stop_launch(c, &s->stop, force);
    }
}

static int fill_stopped(OpCall *c, const StopAll *x, AgentsStopped *out, Err *e) {
    out->stopped.items = arena_array(c->arena, x->n + 1, sizeof(Str));
    out->failed.items = arena_array(c->arena, x->n + 1, sizeof(AgentStopFailed));
    for (size_t i = 0; i < x->n; i++) {
        const Stopping *s = &x->items[i];
        if (s->why.code)
            out->failed.items[out->failed.n++] = (AgentStopFailed){.id = s->stop.agent_id, .error = str(s->why.text)};
        else
            out->stopped.items[out->stopped.n++] = s->stop.agent_id;
    }
    return op_tx(c, NULL, NULL, out, e);
}

static int wait_next(OpCall *c, const void *in, void *out, Err *e);

static int on_one_ended(OpCall *c, const void *in, void *out, Err *e) {
    StopAll *x = c->state;
    if (c->waited == LAUNCH_WAIT_CUT_OFF) return check_ended(c, e); /* the same call waits again after a restart */
    (void)check_ended(c, &x->items[x->at].why);
    x->at++;
    return wait_next(c, in, out, e);
}

static int wait_next(OpCall *c, const void *in, void *out, Err *e) {
    StopAll *x = c->state;
    (void)in;
    while (x->at < x->n && (x->items[x->at].why.code || !x->items[x->at].stop.is_alive)) x->at++;
    if (x->at == x->n) return fill_stopped(c, x, out, e);
    int64_t left_ms = (x->until_us - clock_mono_us()) / 1000;
    op_after_end(c, x->items[x->at].stop.launch.id, left_ms > 1 ? left_ms : 1, on_one_ended);
    return 0;
}

static int stop_all_agents(OpCall *c, const void *in_, void *out, Err *e) {
    const AgentStopAll *in = in_;
    StopAll *x = arena_new_in(c->arena, StopAll);
    c->state = x;
    TRY(find_running(c, in, x, e));
    for (size_t i = 0; i < x->n; i++) begin_stop(c, x, &x->items[i], in->force);
    if (x->has_no_room)
        return err_fail(
            e, ERR_DISK_FULL,
            "the agents are being stopped, but the disk is full: their status follows when there is room again");
    x->until_us = clock_mono_us() + AGENT_STOP_WAIT_MS * 1000ll;
    return wait_next(c, in, out, e);
}

static bool has_turns(const Agent *g) {
    const Adapter *ad = adapter_find(g->adapter);
    return ad && !(ad->caps & ADAPTER_PTY);
}

/* A late interrupt must not end the turn that a queued prompt has started in the meantime. */
static int check_turn(OpCall *c, const AgentInterrupt *in, const Agent *g, Str launch, Err *e) {
    StatusState s;
    Conversation row;
    Message m;
    TRY(agent_load_status(g, &s, c->arena, e));
    if (!s.turn_open) return err_fail(e, ERR_CONFLICT, "no turn is running");
    if (!in->message_id.n) return 0;
    TRY(conversation_get(c->db, STR("agent"), g->id, c->arena, &row, e));
    TRY(message_last_sent(c->db, &row, launch, c->arena, &m, e));
    if (str_eq(m.id, in->message_id)) return 0;
    return err_fail(e, ERR_CONFLICT, "the turn to interrupt is over; another one is running");
}

/* A program without turns may end because of it, and nothing that it prints says why. */
static int mark_interrupt(Tx *tx, void *arg, Err *e) {
    Stop *x = arg;
    TRY(agent_get(tx_conn(tx), x->agent_id, x->call->arena, x->agent, e));
    return agent_act(tx, x->agent, (ConversationAct){.act = ACT_INTERRUPTED}, x->call->arena, e);
}

typedef struct Interrupt {
    Str launch;
    LaunchPoke poke;
    int n_waits; /* for the link to its hold */
    bool is_marked;
} Interrupt;

/* The launch is read first: a prompt sent after that makes the interrupt late, whatever was read here. */
static int try_interrupt(OpCall *c, const AgentInterrupt *in, Agent *g, Interrupt *x, Err *e) {
    LaunchRow launch;
    bool alive = false;
    TRY(launch_find_alive(c->db, in->agent_id, c->arena, &launch, &alive, e));
    TRY(agent_get(c->db, in->agent_id, c->arena, g, e));
    if (!alive) return err_fail(e, ERR_CONFLICT, "the agent is not running");
    if (has_turns(g))
        TRY(check_turn(c, in, g, launch.id, e));
    else if (!x->is_marked)
        TRY(db_tx(c->app->db, DB_PERSON, mark_interrupt, &(Stop){.call = c, .agent_id = in->agent_id, .agent = g}, e));
    x->is_marked = true;
    x->launch = launch.id;
    x->poke = send_interrupt(c->app, g, &launch, has_turns(g) ? launch.n_inputs : INT64_MAX);
    return 0;
}

/* What was sent in the meantime may be an answer within the same turn, so the state is read again. A launch that has
 * just started can be reached a moment later; its end ends the wait. */
static int interrupt_agent(OpCall *c, const void *in, void *out, Err *e) {
    if (!c->state) c->state = arena_new_in(c->arena, Interrupt);
    Interrupt *x = c->state;
    x->poke = LAUNCH_POKE_LATE;
    for (int tries = 0; tries < INTERRUPT_TRIES && x->poke == LAUNCH_POKE_LATE; tries++)
        TRY(try_interrupt(c, in, out, x, e));
    if (x->poke == LAUNCH_POKED) return op_tx(c, NULL, NULL, out, e);
    if (x->poke == LAUNCH_POKE_UNREACHABLE && c->waited != LAUNCH_WAIT_CUT_OFF && x->n_waits++ < LINK_WAITS) {
        op_after_end(c, x->launch, LINK_WAIT_MS, interrupt_agent);
        return 0;
    }
    return err_fail(e, ERR_BUSY, "the agent cannot be reached at the moment; try again in a second");
}

int agent_interrupt_turn(OpCall *c, Str agent_id, bool *ret_sent, Err *e) {
    Interrupt x = {.poke = LAUNCH_POKE_LATE};
    AgentInterrupt in = {.agent_id = agent_id};
    *ret_sent = false;
    for (int tries = 0; tries < INTERRUPT_TRIES && x.poke == LAUNCH_POKE_LATE; tries++) {
        Agent g;
        StatusState s;
        TRY(agent_get(c->db, agent_id, c->arena, &g, e));
        TRY(agent_load_status(&g, &s, c->arena, e));
        if (!s.turn_open || !has_turns(&g)) return 0;
        TRY(try_interrupt(c, &in, &g, &x, e));
    }
    *ret_sent = x.poke == LAUNCH_POKED;
    return *ret_sent ? 0 : err_fail(e, ERR_BUSY, "the agent cannot be reached at the moment; try again in a second");
}

/* A start, or the retry after a failed one, may have happened between the stop and this write. */
static int refuse_alive(Tx *tx, Stop *x, Err *e) {
    TRY(launch_find_alive(tx_conn(tx), x->agent_id, x->call->arena, &x->launch, &x->is_alive, e));
    return x->is_alive ? err_fail(e, ERR_CONFLICT, "the agent was started again while it was being stopped") : 0;
}

static int archive_tx(Tx *tx, void *arg, Err *e) {
    Stop *x = arg;
    TRY(agent_get(tx_conn(tx), x->agent_id, x->call->arena, x->agent, e));
    TRY(refuse_alive(tx, x, e));
    TRY(tx_run(tx, &sql_agent_set_deleted, DB_ARGS(db_text(x->agent_id), db_i64(tx_now(tx)), db_i64(tx_now(tx))), NULL,
               e));
    return agent_notify_workspace(tx, x->agent, "agent_removed", e);
}

static int remove_for_good(OpCall *c, Stop *x, Err *e) { return agent_remove(c, x->agent, archive_tx, x, e); }

typedef struct Deletion {
    Stop stop;
    Agent agent;
    int tries;
} Deletion;

static int delete_agent(OpCall *c, const void *in, void *out, Err *e);

static int finish_delete(OpCall *c, const void *in, void *out, Err *e) {
    Deletion *d = c->state;
    TRY(check_ended(c, e));
    int r = d->stop.archives ? op_tx(c, archive_tx, &d->stop, NULL, e) : remove_for_good(c, &d->stop, e);
    if (r == -(int)ERR_CONFLICT && ++d->tries < DELETE_TRIES) return delete_agent(c, in, out, e);
    return r;
}

/* An agent that can be restored is ended like a stop: a CLI that is killed may not have written its transcript yet. */
static int delete_agent(OpCall *c, const void *in_, void *out, Err *e) {
    const AgentDelete *in = in_;
    if (!c->state) c->state = arena_new_in(c->arena, Deletion);
    Deletion *d = c->state;
    d->stop = (Stop){.call = c, .agent_id = in->agent_id, .agent = &d->agent, .archives = in->archive};
    TRY(db_tx(c->app->db, DB_PERSON, stop_tx, &d->stop, e));
    c->waited = LAUNCH_WAITED;
    if (!d->stop.is_alive) return finish_delete(c, in, out, e);
    end_launch(c, &d->stop, !in->archive, finish_delete);
    return 0;
}

static int agent_itself(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)e;
    *ret = op_text(c, in, "agentId");
    return 0;
}

/* A start looks at the folder and its programs, which may be on a disk that does not respond. */
static int start_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    Agent g;
    bool found;
    TRY(agent_find(c->db, op_text(c, in, "agentId"), c->arena, &g, &found, e));
    if (found) *ret = g.worktree_id;
    return 0;
}

const Op agent_run_ops[] = {
    {"delete_agent", "DELETE /api/agents/{agentId}", "agent delete", OP_RUN_IN(delete_agent, AgentDelete),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = agent_itself,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS | OP_NEEDS_NO_ROOM, .recover = agent_remove_recover,
     .doc = "Stops an agent and its whole process tree, and archives or deletes the agent."},
    {"start_agent", "POST /api/agents/{agentId}/start", "agent start", OP_RUN(start_agent, AgentStartIn, Agent),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = start_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Starts an agent and resumes its session if it has one. 409 if it is running."},
    {"stop_agent", "POST /api/agents/{agentId}/stop", "agent stop", OP_RUN(stop_agent, AgentStopIn, Agent),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Stops an agent and its whole process tree; answers when they have ended."},
    {"stop_all_agents", "POST /api/agents/stop-all", "agent stop-all",
     OP_RUN(stop_all_agents, AgentStopAll, AgentsStopped), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED,
     .doc = "Stops each agent that runs, as stop_agent does; answers when all have ended."},
    {"resume_agent", "POST /api/agents/{agentId}/resume", "agent resume", OP_RUN(resume_agent, AgentResumeIn, Agent),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = start_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Starts an agent with its current session or an earlier one. 409 if it has none, or if it is running."},
    {"interrupt_agent", "POST /api/agents/{agentId}/interrupt", "agent interrupt",
     OP_RUN(interrupt_agent, AgentInterrupt, Agent), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED,
     .doc = "Interrupts the current turn; the agent keeps running. 409 if no turn is running."},
    {0},
};
