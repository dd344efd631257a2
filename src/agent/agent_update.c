/* See agent_update.h. */
#include "agent/agent_update.h"

#include <assert.h>

#include "agent/agent_sql.h"
#include "agent/profile.h"
#include "base/mem.h"
#include "core/launch_input.h"

SHAPE_DEFINE(AgentUpdate, AGENT_UPDATE);
ENUM_DEFINE(OptionApplied, OPTION_APPLIED);
SHAPE_DEFINE(OptionChange, OPTION_CHANGE);
SHAPE_DEFINE(AgentUpdated, AGENT_UPDATED);

typedef struct Update {
    OpCall *call;
    const AgentUpdate *in;
    AgentUpdated *out;
    Agent agent;         /* as it was; in the end, as it is */
    AdapterOptions want; /* all of them, as they shall be */
    LaunchRow launch;
    bool is_alive;
} Update;

static Str encode_strs(const StrList *l, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    JsonOut o = json_out(&b);
    json_begin_array(&o);
    for (size_t i = 0; i < l->n; i++) json_put_str(&o, l->items[i]);
    json_end_array(&o);
    return arena_str(a, buf_str(&b));
}

static Str encode_limits(const AgentLimits *l, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    JsonOut o = json_out(&b);
    shape_encode(&AgentLimits_shape, l, &o);
    return arena_str(a, buf_str(&b));
}

/* --- options --- */

static Str word_of(const EnumDef *words, int value) { return str(enum_word(words, value)); }

static AdapterOptions wanted(const AgentUpdate *in, const AdapterOptions *was) {
    AdapterOptions want = *was;
    if (in->model.n) want.model = in->model;
    if (HAS(AgentUpdate, in, effort)) want.effort = word_of(&AgentEffort_enum, in->effort);
    if (HAS(AgentUpdate, in, mode)) want.mode = in->mode;
    if (HAS(AgentUpdate, in, permissions)) want.permissions = agent_permission_bits(&in->permissions);
    return want;
}

static bool differs(const AdapterOptions *a, const AdapterOptions *b, AdapterOption o) {
    switch (o) {
    case OPTION_MODEL: return !str_eq(a->model, b->model);
    case OPTION_EFFORT: return !str_eq(a->effort, b->effort);
    case OPTION_MODE: return a->mode != b->mode;
    case OPTION_PERMISSIONS: return a->permissions != b->permissions;
    default: return false;
    }
}

/* As the column stores it; {NULL,0}: the CLI's default. */
static Str column_of(const Agent *g, AdapterOption o, Arena *a) {
    switch (o) {
    case OPTION_MODEL: return g->model.n ? g->model : (Str){0};
    case OPTION_EFFORT: return HAS(Agent, g, effort) ? word_of(&AgentEffort_enum, (int)g->effort) : (Str){0};
    case OPTION_MODE: return word_of(&AgentMode_enum, (int)g->mode);
    default: return encode_strs(&g->permissions, a);
    }
}

static int read_begun(const LaunchRow *l, Arena *a, StrList *ret, Err *e) {
    Json *spec = NULL;
    TRY(json_parse(a, l->spec, JSON_DEPTH_REQUEST, &spec, e));
    const Json *argv = json_get(spec, "argv");
    size_t n = json_is(argv, JSON_ARRAY) ? argv->n : 0;
    *ret = (StrList){arena_array(a, n + 1, sizeof(Str)), 0};
    for (size_t i = 0; i < n; i++)
        if (argv->items[i].type == JSON_STRING) ret->items[ret->n++] = argv->items[i].s;
    return 0;
}

/* What the CLI has until it answers is kept, in case it refuses. */
static int add_change(Tx *tx, Update *x, AdapterOption o, Str bytes, Err *e) {
    Arena *a = x->call->arena;
    LaunchRow *l = &x->launch;
    TRY(launch_add_input(x->call->app, tx, &(LaunchInput){l->id, bytes, "option", x->agent.id}, e));
    l->n_inputs++;
    TRY(tx_run(tx, &sql_option_forget_others, DB_ARGS(db_text(x->agent.id), db_text(l->id)), NULL, e));
    return tx_run(tx, &sql_option_add,
                  DB_ARGS(db_text(x->agent.id), db_text(l->id), db_i64(l->n_inputs),
                          db_text(word_of(&AdapterOption_enum, (int)o)), db_text(column_of(&x->agent, o, a))),
                  NULL, e);
}

/* A mode is what a person relies on: while the session is being opened in the old one, it is not changed. */
static int check_ready(const Update *x, const Adapter *ad, AdapterOption o, bool *ret, Err *e) {
    StatusState s;
    TRY(agent_load_status(&x->agent, &s, x->call->arena, e));
    *ret = s.is_ready || !(ad->caps & ADAPTER_HANDSHAKE);
    if (*ret || o != OPTION_MODE) return 0;
    return err_fail(e, ERR_CONFLICT, "the agent is still opening its session; change its mode once it is ready");
}

/* It was sent to the CLI, which has not answered yet. */
static int check_open(Tx *tx, const Update *x, AdapterOption o, bool *ret, Err *e) {
    int64_t n;
    TRY(db_scalar(tx_conn(tx), &sql_option_count_open,
                  DB_ARGS(db_text(x->launch.id), db_text(word_of(&AdapterOption_enum, (int)o))), 0, &n, e));
    *ret = n > 0;
    return 0;
}

static int change_running(Tx *tx, Update *x, const Adapter *ad, AdapterOption o, OptionApplied *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    bool is_ready;
    AdapterChange change = {.option = o, .want = x->want};
    AdapterTo to = {
        .session_id = x->agent.session_id, .number = x->launch.n_inputs + 1, .state = x->launch.owner_state};
    buf_init(&b, 65536);
    if (ad->caps & ADAPTER_PER_TURN && (o == OPTION_MODE || o == OPTION_MODEL)) {
        *ret = APPLIED_NEXT_TURN;
        return 0;
    }
    TRY(check_ready(x, ad, o, &is_ready, e));
    if (!is_ready || !ad->change) return 0;
    TRY(read_begun(&x->launch, x->call->arena, &change.begun, e));
    TRY(check_open(tx, x, OPTION_MODE, &change.is_mode_open, e));
    TRY(ad->change(&to, &change, &b, e));
    if (!b.n) return 0;
    *ret = APPLIED_NOW;
    return add_change(tx, x, o, buf_str(&b), e);
}

static int change_option(Tx *tx, Update *x, AdapterOption o, Err *e) {
    const Adapter *ad = adapter_find(x->agent.adapter);
    OptionApplied applied = APPLIED_NEXT_START;
    bool is_running = x->is_alive && ad && !(ad->caps & ADAPTER_PTY) && !x->launch.stop_asked;
    if (is_running && x->launch.restored)
        return err_fail(
            e, ERR_BUSY,
            "the store was restored from a backup and the agent's log is being read again; try again in a second");
    if (is_running) TRY(change_running(tx, x, ad, o, &applied, e));
    x->out->changed.items[x->out->changed.n++] = (OptionChange){.option = o, .applied = applied};
    return 0;
}

static int change_options(Tx *tx, Update *x, Err *e) {
    AdapterOptions was = agent_options(&x->agent);
    x->want = wanted(x->in, &was);
    x->out->changed = (OptionChangeList){arena_array(x->call->arena, AdapterOption_n, sizeof(OptionChange)), 0};
    TRY(launch_find_alive(tx_conn(tx), x->agent.id, x->call->arena, &x->launch, &x->is_alive, e));
    for (int o = 0; o < AdapterOption_n; o++)
        if (differs(&was, &x->want, (AdapterOption)o)) TRY(change_option(tx, x, (AdapterOption)o, e));
    return 0;
}

/* --- the row --- */

static int update_tx(Tx *tx, void *arg, Err *e) {
    Update *x = arg;
    const AgentUpdate *in = x->in;
    Arena *a = x->call->arena;
    TRY(agent_get(tx_conn(tx), in->agent_id, a, &x->agent, e));
    Str mode = HAS(AgentUpdate, in, mode) ? word_of(&AgentMode_enum, (int)in->mode) : (Str){0};
    Str permissions = HAS(AgentUpdate, in, permissions) ? encode_strs(&in->permissions, a) : (Str){0};
    Str limits = in->limits ? encode_limits(in->limits, a) : (Str){0};
    Str effort = HAS(AgentUpdate, in, effort) ? word_of(&AgentEffort_enum, (int)in->effort) : (Str){0};
    if (effort.n) TRY(profile_check_adapter(x->agent.adapter, &x->agent.command, true, e));
    TRY(change_options(tx, x, e));
    TRY(tx_run(tx, &sql_agent_update,
               DB_ARGS(db_text(in->agent_id), db_text(in->name), db_text(mode), db_text(permissions), db_text(limits),
                       db_i64(tx_now(tx)), db_text(effort), db_text(in->model)),
               NULL, e));
    TRY(agent_get(tx_conn(tx), in->agent_id, a, &x->agent, e));
    TRY(agent_notify_workspace(tx, &x->agent, "agent_updated", e));
    static_assert(offsetof(AgentUpdated, changed) <= sizeof(Agent), "its first fields are an agent's");
    memcpy(x->out, &x->agent, offsetof(AgentUpdated, changed));
    return 0;
}

int agent_update(OpCall *c, const AgentUpdate *in, AgentUpdated *out, Err *e) {
    Update x = {.call = c, .in = in, .out = out};
    return op_tx(c, update_tx, &x, out, e);
}

/* --- what the CLI answers --- */

typedef struct Sent {
    Arena *arena;
    Str option, was;
    bool is_found;
} Sent;

static bool on_sent(void *arg, DbRow *r) {
    Sent *s = arg;
    s->is_found = true;
    s->option = arena_str(s->arena, db_col_text(r, 0));
    s->was = db_col_text(r, 1).p ? arena_str(s->arena, db_col_text(r, 1)) : (Str){0};
    return false;
}

/* Where a person has changed it once more since then, the newer change falls back to what the CLI has. */
static int take_back(Tx *tx, Str id, Str launch_id, const Sent *s, int64_t n, Err *e) {
    Agent g;
    int64_t newer = 0;
    TRY(tx_run(tx, &sql_option_was, DB_ARGS(db_text(launch_id), db_i64(n), db_text(s->option), db_text(s->was)), &newer,
               e));
    if (newer) return 0;
    TRY(tx_run(tx, &sql_agent_set_option, DB_ARGS(db_text(id), db_text(s->option), db_text(s->was), db_i64(tx_now(tx))),
               NULL, e));
    TRY(agent_get(tx_conn(tx), id, s->arena, &g, e));
    return agent_notify_workspace(tx, &g, "agent_updated", e);
}

int agent_option_answered(Tx *tx, Str id, Str launch_id, EvOption *v, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Sent s = {.arena = a};
    int option;
    DbArgs which = DB_ARGS(db_text(launch_id), db_i64(v->input));
    TRY(db_each(tx_conn(tx), &sql_option_sent, which, on_sent, &s, e));
    if (!s.is_found) return 0;
    if (enum_find(&AdapterOption_enum, s.option, &option)) GIVE(EvOption, v, option, (AdapterOption)option);
    TRY(tx_run(tx, &sql_option_forget, which, NULL, e));
    return v->is_refused ? take_back(tx, id, launch_id, &s, v->input, e) : 0;
}
