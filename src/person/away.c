/* What happened while a person was away: the newest events of each workspace, counted per agent. The events are on the
 * workspace's topic without the text of the agents, so that few have to be read. */
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "person/person_in.h"
#include "person/person_sql.h"
#include "workspace/workspace.h"

SHAPE_DEFINE(AwayRead, AWAY_READ);
SHAPE_DEFINE(AwayAgent, AWAY_AGENT);
SHAPE_DEFINE(AwayDigest, AWAY_DIGEST);

/* Events of one workspace, and of all. Times of events follow the logs: those of a launch that was read late come after newer
 * ones, but not by more than a few. */
enum { EVENTS_OF_ONE = 10000, EVENTS_OF_ALL = 30000, OLDER_IN_A_ROW = 500 };

typedef struct Landed {
    Str worktree_id;
    TimeUs at;
} Landed;

/* Events come newest first, so an undo comes before the landing that it undoes. */
typedef struct Counting {
    Arena *arena;
    TimeUs after;
    Map by_id; /* of AwayAgent, in the arena */
    VEC(AwayAgent *) agents;
    VEC(Landed) landed;
    Map undone;   /* ids of landings */
    int64_t left; /* events */
    int older;
} Counting;

static void counting_done(Counting *x) {
    map_done(&x->by_id);
    map_done(&x->undone);
    vec_done(&x->agents);
    vec_done(&x->landed);
}

static AwayAgent *agent_of(Counting *x, Str topic) {
    Str id = topic, noun;
    if (!str_split(&id, '/', &noun) || !str_is(noun, "agent")) return NULL;
    AwayAgent *a = map_find(&x->by_id, id);
    if (a || x->agents.n == AWAY_AGENTS_MAX) return a;
    a = arena_new_in(x->arena, AwayAgent);
    a->agent_id = arena_str(x->arena, id);
    map_put(&x->by_id, id, a);
    vec_push(&x->agents, a);
    return a;
}

static const Json *payload_of(Counting *x, const StreamSeen *ev) {
    Json *j;
    Str kept = arena_str(x->arena, ev->payload);
    return ev->payload.p && json_parse(x->arena, kept, JSON_DEPTH_MAX, &j, &(Err){0}) == 0 ? j : NULL;
}

/* An exit after a stop is clean. */
static bool is_failure(const Json *p, bool is_exit) {
    if (is_exit) return p && !json_bool(p, "isClean", true);
    return str_is(json_str(p, "outcome"), "error");
}

static void count_one(Counting *x, const StreamSeen *ev) {
    bool is_turn = str_is(ev->kind, "turn_end"), is_exit = str_is(ev->kind, "exit"),
         is_usage = str_is(ev->kind, "usage");
    bool is_ask = str_is(ev->kind, "ask"), is_answer = str_is(ev->kind, "ask_answered");
    if (!is_turn && !is_exit && !is_usage && !is_ask && !is_answer) return;
    AwayAgent *a = agent_of(x, ev->source);
    if (!a) return;
    const Json *p = is_ask ? NULL : payload_of(x, ev);
    a->turns_ended += is_turn;
    a->asks_opened += is_ask;
    a->asks_answered += is_answer;
    a->asks_by_rule += is_answer && json_str(p, "ruleId").n > 0;
    a->failures += (is_turn || is_exit) && is_failure(p, is_exit);
    if (is_usage) a->cost_micros += json_i64(p, "costMicros", 0);
    if (ev->at > a->last_at) a->last_at = ev->at;
}

static void count_landing(Counting *x, const StreamSeen *ev) {
    size_t at;
    bool is_about_one = ev->payload.p && (str_find(ev->payload, STR("\"landed\""), &at) ||
                                          str_find(ev->payload, STR("\"landing_undone\""), &at));
    if (!is_about_one) return;
    const Json *p = payload_of(x, ev), *data = json_get(p, "data");
    Str change = json_str(p, "change"), worktree = json_str(data, "worktreeId"), id = json_str(data, "id");
    if (str_is(change, "landing_undone") && id.n) map_put(&x->undone, id, x);
    if (str_is(change, "landed") && worktree.n && !map_find(&x->undone, id))
        vec_push(&x->landed, (Landed){worktree, ev->at});
}

static bool on_event(void *arg, const StreamSeen *ev) {
    Counting *x = arg;
    x->left--;
    x->older = ev->at < x->after ? x->older + 1 : 0;
    if (x->older == OLDER_IN_A_ROW || x->left <= 0) return false;
    if (ev->at < x->after) return true;
    if (ev->source.p)
        count_one(x, ev);
    else if (str_is(ev->kind, "workspace_updated"))
        count_landing(x, ev);
    return true;
}

static int count_all(OpCall *c, Counting *x, bool *ret_cut, Err *e) {
    WorkspaceList all = {0};
    TRY(workspace_list(c->db, str(c->who->org), c->arena, &all, e));
    for (size_t i = 0; i < all.n; i++) {
        bool more = false;
        StreamBack back = {topic_of(c->arena, "workspace", all.items[i].id), EVENTS_OF_ONE, on_event, x};
        x->older = 0;
        if (x->left > 0) TRY(stream_each_newest(c->db, &back, &more, e));
        *ret_cut |= x->left <= 0 || (more && x->older < OLDER_IN_A_ROW);
    }
    return 0;
}

/* False: it was deleted for good. */
static int describe(OpCall *c, const Counting *x, AwayAgent *a, bool *ret, Err *e) {
    Agent g;
    int r = agent_get(c->db, a->agent_id, c->arena, &g, e);
    *ret = r == 0;
    if (r < 0) return r == -ERR_NOT_FOUND ? 0 : r;
    a->name = g.name;
    a->status = g.status;
    a->worktree_id = g.worktree_id;
    a->workspace_id = g.workspace_id;
    for (size_t i = 0; i < x->landed.n; i++) a->landings += str_eq(x->landed.items[i].worktree_id, a->worktree_id);
    return db_scalar(c->db, &sql_away_files, DB_ARGS(db_text(a->agent_id), db_i64(x->after)), 0, &a->files_changed, e);
}

static int newest_first(const void *a, const void *b) {
    const AwayAgent *x = a, *y = b;
    return x->last_at == y->last_at ? str_cmp(x->agent_id, y->agent_id) : x->last_at < y->last_at ? 1 : -1;
}

int away_digest(OpCall *c, const AwayRead *in, AwayDigest *out, Err *e) {
    CLEANUP(counting_done) Counting x = {.arena = c->arena, .after = in->after, .left = EVENTS_OF_ALL};
    TRY(count_all(c, &x, &out->truncated, e));
    out->landings = (int64_t)x.landed.n;
    out->agents.items = arena_array(c->arena, x.agents.n + 1, sizeof *out->agents.items);
    for (size_t i = 0; i < x.agents.n; i++) {
        bool found;
        TRY(describe(c, &x, x.agents.items[i], &found, e));
        if (found) out->agents.items[out->agents.n++] = *x.agents.items[i];
    }
    if (out->agents.n) qsort(out->agents.items, out->agents.n, sizeof *out->agents.items, newest_first);
    return 0;
}
