/* See overview.h. */
#define LOG_MODULE "agent"
#include "agent/overview.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "agent/agent_sql.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "conversation/last_line.h"
#include "core/hub.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

SHAPE_DEFINE(AgentOverview, AGENT_OVERVIEW);
SHAPE_DEFINE(AgentOverviewNews, AGENT_OVERVIEW_NEWS);

#define KIND_WORD_(member, word, shape, on_parent) [member] = word,
static const char *const AgentNews_words[] = {
    AGENT_EVENT_TABLE(KIND_WORD_)[AGENT_ADDED] = "added",
    [AGENT_REMOVED] = "removed",
    [AGENT_UPDATED] = "updated",
    [AGENT_LAST_LINE] = "last_line",
    [AGENT_SILENT] = "silent",
    [AGENT_HEARD] = "heard",
};
const EnumDef AgentNews_enum = {"AgentNews", AgentNews_words, AgentNews_n};

int agents_overview(DbConn *c, const AgentsFrom *from, Arena *a, AgentOverviewList *ret, Err *e) {
    return db_all(
        c, &sql_agent_overview_list,
        DB_ARGS(db_text(from->workspace_id), db_text(from->after), db_i64(from->limit), db_text(from->org_id)),
        DB_INTO(AgentOverview, a, ret), (size_t)from->limit, e);
}

int agent_overview(DbConn *c, Str id, Arena *a, AgentOverview *ret, bool *ret_found, Err *e) {
    return db_one(c, &sql_agent_overview_one, DB_ARGS(db_text(id)), DB_INTO(AgentOverview, a, ret), ret_found, e);
}

static int emit_news(Tx *tx, uint64_t bits, AgentOverview *row, Arena *a, Err *e) {
    AgentOverviewNews v = {.changes = changes_of(&AgentNews_enum, bits, a), .data = row};
    return stream_emit(tx, topic_of(a, "overview", row->org_id), "overview_agent", &AgentOverviewNews_shape, &v, e);
}

int agent_emit_removed(Tx *tx, const Agent *bare, Str org_id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AgentOverview row = {.id = bare->id,
                         .worktree_id = bare->worktree_id,
                         .workspace_id = bare->workspace_id,
                         .name = bare->name,
                         .status = bare->status,
                         .status_reason = bare->status_reason,
                         .status_source = bare->status_source,
                         .mode = bare->mode,
                         .adapter = bare->adapter,
                         .display_order = bare->display_order,
                         .org_id = org_id};
    return emit_news(tx, 1ull << AGENT_REMOVED, &row, a, e);
}

int agent_emit_row(Tx *tx, Str agent_id, uint64_t bits, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AgentOverview row;
    bool found;
    TRY(agent_overview(tx_conn(tx), agent_id, a, &row, &found, e));
    if (!found) return 0;
    return emit_news(tx, bits, &row, a, e);
}

void agent_note_change(Tx *tx, Str agent_id, const char *change) {
    int bit = AGENT_UPDATED;
    (void)enum_find(&AgentNews_enum, str_from(str(change), sizeof "agent_" - 1), &bit);
    tx_at_end(tx, agent_emit_row, agent_id, 1ull << bit);
}

/* --- last lines --- */

enum { EVERY_MS = 1000, ROWS_A_WRITE = 50 };

/* The timer runs while an agent has said something since its row was emitted. */
struct LastLines {
    App *app;
    Timer timer;
    Map said;     /* ids: a text or a call has set the line */
    Map streamed; /* ids: the line of the deltas is read when the row is emitted */
    atomic_bool is_emitting;
    bool is_stopping;
};

typedef struct Said {
    Id id;
    bool is_part;
} Said;

typedef struct Emit {
    LastLines *of;
    VEC(Said) agents;
    size_t from, to; /* of this write */
} Emit;

/* One that was deleted meanwhile has no line. */
static int emit_one(Tx *tx, const Said *said, Err *e) {
    bool is_other = true;
    int r = 0;
    if (said->is_part) r = last_line_follow(tx, (ConversationOf){STR("agent"), id_str(&said->id)}, &is_other, e);
    if (r == -ERR_NOT_FOUND) return 0;
    if (r == 0 && is_other) tx_at_end(tx, agent_emit_row, id_str(&said->id), 1ull << AGENT_LAST_LINE);
    return r;
}

static int emit_tx(Tx *tx, void *arg, Err *e) {
    const Emit *x = arg;
    for (size_t i = x->from; i < x->to; i++) TRY(emit_one(tx, &x->agents.items[i], e));
    return 0;
}

/* After an error the next line, or another change, carries the row. */
static void emit(void *context, void *arg) {
    (void)context;
    Emit *x = arg;
    Err e = {0};
    for (; x->from < x->agents.n; x->from = x->to) {
        x->to = x->from + ROWS_A_WRITE < x->agents.n ? x->from + ROWS_A_WRITE : x->agents.n;
        if (db_tx(x->of->app->db, DB_DERIVED, emit_tx, x, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "last lines", &e);
    }
    atomic_store(&x->of->is_emitting, false);
    vec_done(&x->agents);
    free(x);
}

static void take(Emit *x, const Map *ids, bool is_part) {
    MapSlot *s;
    for (size_t i = 0; (s = map_next(ids, &i));) {
        Said said = {.is_part = is_part};
        if (is_part && map_find(&x->of->said, str_n(s->key, s->key_n))) continue;
        memcpy(said.id.text, s->key, s->key_n);
        vec_push(&x->agents, said);
    }
}

static Emit *take_all(LastLines *l) {
    Emit *x = mu_new(Emit);
    x->of = l;
    take(x, &l->said, false);
    take(x, &l->streamed, true);
    return x;
}

static void forget_all(LastLines *l) {
    map_done(&l->said);
    map_done(&l->streamed);
}

static void on_due(Timer *t) {
    LastLines *l = container_of(t, LastLines, timer);
    if (atomic_load(&l->is_emitting)) {
        timer_start(t, EVERY_MS, 0);
        return;
    }
    Emit *x = take_all(l);
    atomic_store(&l->is_emitting, true);
    if (pool_submit_background(l->app->slow, emit, x)) {
        forget_all(l);
        return;
    }
    atomic_store(&l->is_emitting, false);
    vec_done(&x->agents);
    free(x);
    timer_start(t, EVERY_MS, 0);
}

static void note(LastLines *l, Map *in, Str topic) {
    Str id = topic, noun;
    if (l->is_stopping || !str_split(&id, '/', &noun) || !str_is(noun, "agent") || !id_is(id, "ag")) return;
    map_put(in, id, l);
    if (!uv_is_active((uv_handle_t *)&l->timer.uv)) timer_start(&l->timer, EVERY_MS, 0);
}

static void on_said(void *arg, const HubEvent *ev) {
    LastLines *l = arg;
    note(l, &l->said, ev->topic);
}

static void on_streamed(void *arg, const HubEvent *ev) {
    LastLines *l = arg;
    note(l, &l->streamed, ev->topic);
}

LastLines *last_lines_start(App *app) {
    LastLines *l = mu_new(LastLines);
    l->app = app;
    timer_init(app->loop, &l->timer, on_due);
    hub_listen(app->hub, agent_events[EV_KIND_TEXT].word, on_said, l);
    hub_listen(app->hub, agent_events[EV_KIND_TOOL_START].word, on_said, l);
    hub_listen(app->hub, agent_events[EV_KIND_TEXT_DELTA].word, on_streamed, l);
    return l;
}

void last_lines_stop(LastLines *l) {
    if (!l) return;
    l->is_stopping = true;
    timer_close(&l->timer, NULL);
}

void last_lines_free(LastLines *l) {
    if (l) forget_all(l);
    free(l);
}
