/* See metrics.h. */
#include "daemon/metrics.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "base/mem.h"
#include "core/hub.h"
#include "core/launches.h"
#include "core/metrics.h"
#include "daemon/system.h"
#include "db/state.h"
#include "net/http.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "sys/self_figures.h"

SHAPE_DEFINE(MetricsPercentiles, METRICS_PERCENTILES);
SHAPE_DEFINE(MetricsRequests, METRICS_REQUESTS);
SHAPE_DEFINE(MetricsConnections, METRICS_CONNECTIONS);
SHAPE_DEFINE(MetricsAgents, METRICS_AGENTS);
SHAPE_DEFINE(MetricsProcesses, METRICS_PROCESSES);
SHAPE_DEFINE(MetricsQueues, METRICS_QUEUES);
SHAPE_DEFINE(MetricsStreams, METRICS_STREAMS);
SHAPE_DEFINE(MetricsMemory, METRICS_MEMORY);
SHAPE_DEFINE(MetricsSystem, METRICS_SYSTEM);
SHAPE_DEFINE(MetricsStore, METRICS_STORE);
SHAPE_DEFINE(MetricsView, METRICS_VIEW);

enum { MAP_MAX = 65536, TEXT_MAX = 1 << 20 };

/* --- what is counted of agents ------------------------------------------------------------------------------ */

/* An event of an agent is also published on its parents' topics, where it is not counted again. */
static bool is_agents_own(const HubEvent *ev) { return str_starts(ev->topic, STR("agent/")); }

static bool says(const HubEvent *ev, const char *key, const char *const *words) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *payload = NULL;
    if (json_parse(a, ev->payload, JSON_DEPTH_MAX, &payload, NULL) < 0) return false;
    for (; *words; words++)
        if (str_is(json_str(payload, key), *words)) return true;
    return false;
}

static void on_status(void *arg, const HubEvent *ev) {
    static const char *const crashes[] = {"exit", "hold_lost", NULL};
    Metrics *m = arg;
    if (is_agents_own(ev)) m->n_crashed += says(ev, "reason", crashes);
}

static void on_message(void *arg, const HubEvent *ev) {
    static const char *const sent[] = {"sent", NULL};
    Metrics *m = arg;
    if (is_agents_own(ev)) m->n_messages += says(ev, "state", sent);
}

void metrics_register(App *app) {
    hub_listen(app->hub, "status", on_status, app->metrics);
    hub_listen(app->hub, "message", on_message, app->metrics);
}

/* --- reading ------------------------------------------------------------------------------------------------ */

/* What only the loop knows, as of one turn. */
typedef struct Seen {
    const App *app;
    Metrics metrics;
    HttpFigures http;
    HubFigures hub;
    LaunchFigures agents;
} Seen;

static void look(void *arg) {
    Seen *s = arg;
    s->metrics = *s->app->metrics;
    if (s->metrics.server) http_server_figures(s->metrics.server, &s->http);
    s->hub = hub_figures(s->app->hub);
    s->agents = launches_figures(s->app->launches, "agent");
}

/* One JSON object, made by `put`. */
static Str make_map(const Metrics *m, Arena *a, void (*put)(const Metrics *m, Arena *a, JsonOut *o)) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, MAP_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    put(m, a, &o);
    json_end_object(&o);
    return arena_str(a, buf_str(&b));
}

static void put_methods(const Metrics *m, Arena *a, JsonOut *o) {
    (void)a;
    for (int i = 0; i < METRICS_METHODS_N; i++)
        if (m->by_method[i]) json_kv_i64(o, metrics_methods[i], m->by_method[i]);
}

static void put_routes(const Metrics *m, Arena *a, JsonOut *o) {
    (void)a;
    for (int i = 0; i < METRICS_ROUTES; i++)
        if (m->routes[i].n) json_kv_i64(o, m->routes[i].route, m->routes[i].n);
    if (m->n_elsewhere) json_kv_i64(o, "other", m->n_elsewhere);
}

static void put_classes(const Metrics *m, Arena *a, JsonOut *o) {
    for (int i = 1; i < METRICS_CLASSES; i++)
        if (m->by_class[i]) json_kv_i64(o, arena_fmt(a, "%dxx", i).p, m->by_class[i]);
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double ms(int64_t us) { return (double)us / 1000; }

/* Sorts the copy's times in place. */
static void put_times(Metrics *m, MetricsRequests *out, Arena *a) {
    out->timed_requests = m->n_timed;
    if (m->n_timed == 0) return;
    int64_t n = m->n_timed < METRICS_TIMES ? m->n_timed : METRICS_TIMES;
    qsort(m->times_us, (size_t)n, sizeof *m->times_us, by_value);
    MetricsPercentiles *p = arena_new_in(a, MetricsPercentiles);
    GIVE(MetricsPercentiles, p, p50, ms(metrics_percentile(m->times_us, n, 50)));
    GIVE(MetricsPercentiles, p, p90, ms(metrics_percentile(m->times_us, n, 90)));
    GIVE(MetricsPercentiles, p, p95, ms(metrics_percentile(m->times_us, n, 95)));
    GIVE(MetricsPercentiles, p, p99, ms(metrics_percentile(m->times_us, n, 99)));
    out->response_time_percentiles = p;
    GIVE(MetricsRequests, out, total_response_time, ms(m->sum_us));
    GIVE(MetricsRequests, out, average_response_time, ms(m->sum_us) / (double)m->n_timed);
    GIVE(MetricsRequests, out, max_response_time, ms(m->max_us));
    GIVE(MetricsRequests, out, min_response_time, ms(m->min_us));
}

static MetricsRequests *requests_of(Seen *s, Arena *a) {
    MetricsRequests *out = arena_new_in(a, MetricsRequests);
    out->total_requests = s->metrics.n_requests;
    out->requests_by_method = make_map(&s->metrics, a, put_methods);
    out->requests_by_route = make_map(&s->metrics, a, put_routes);
    out->requests_by_status = make_map(&s->metrics, a, put_classes);
    put_times(&s->metrics, out, a);
    return out;
}

static MetricsConnections *connections_of(const Seen *s, Arena *a) {
    MetricsConnections *out = arena_new_in(a, MetricsConnections);
    out->active_http_connections = s->http.n_open;
    out->active_web_socket_connections = s->http.n_sockets;
    out->total_web_socket_connections = s->http.n_upgraded;
    out->web_socket_subscriptions = s->hub.n_subscriptions;
    return out;
}

static int put_processes(const Seen *s, DbConn *db, Arena *a, MetricsView *out, Err *e) {
    AgentCounts n;
    TRY(agents_count(db, &n, e));
    MetricsProcesses *p = out->processes = arena_new_in(a, MetricsProcesses);
    MetricsAgents *by = p->agents_by_status = arena_new_in(a, MetricsAgents);
    p->running_agents = s->agents.n_alive;
    p->total_agents_spawned = s->agents.n_spawned;
    p->total_agents_crashed = s->metrics.n_crashed;
    p->total_messages_processed = s->metrics.n_messages;
    by->running = n.living[AGENT_RUNNING];
    by->waiting = n.living[AGENT_WAITING];
    by->finished = n.living[AGENT_FINISHED];
    by->error = n.living[AGENT_ERROR];
    by->archived = n.archived;
    return 0;
}

static MetricsStreams *streams_of(const Seen *s, Arena *a) {
    MetricsStreams *out = arena_new_in(a, MetricsStreams);
    MetricsQueues *q = out->queued = arena_new_in(a, MetricsQueues);
    out->events_appended = s->hub.n_published;
    out->events_delivered = s->hub.n_delivered;
    out->lagged = s->hub.n_lagged;
    out->resets = s->hub.n_resets;
    out->ring_bytes = s->hub.ring_bytes;
    q->writer = db_queued(s->app->db);
    q->workers = pool_queued(s->app->workers);
    q->launchers = pool_queued(s->app->launchers);
    q->slow = pool_queued(s->app->slow);
    return out;
}

static MetricsSystem *system_of(const Seen *s, Arena *a) {
    MetricsSystem *out = arena_new_in(a, MetricsSystem);
    MetricsMemory *memory = out->memory_usage = arena_new_in(a, MetricsMemory);
    SelfFigures f;
    self_figures(&f);
    out->uptime_seconds = (clock_mono_us() - s->metrics.since_mono_us) / 1000000;
    out->platform = STR("linux");
    if (f.heap_used_bytes >= 0) GIVE(MetricsMemory, memory, heap_used, f.heap_used_bytes);
    if (f.heap_total_bytes >= 0) GIVE(MetricsMemory, memory, heap_total, f.heap_total_bytes);
    if (f.rss_bytes >= 0) GIVE(MetricsMemory, memory, rss, f.rss_bytes);
    if (f.private_bytes >= 0) GIVE(MetricsMemory, memory, unshared, f.private_bytes);
    if (f.cpu_us >= 0) GIVE(MetricsSystem, out, cpu_seconds, (double)f.cpu_us / 1e6);
    if (f.open_files >= 0) GIVE(MetricsSystem, out, open_files, f.open_files);
    return out;
}

static MetricsStore *store_of(const Seen *s, Arena *a) {
    MetricsStore *out = arena_new_in(a, MetricsStore);
    struct stat st;
    DbState state;
    db_state(s->app->db, &state);
    out->last_commit_at = state.kept_at;
    if (fstatat(s->app->home_fd, "muster.db", &st, 0) == 0) GIVE(MetricsStore, out, bytes, st.st_size);
    if (fstatat(s->app->home_fd, "muster.db-wal", &st, 0) == 0) GIVE(MetricsStore, out, wal_bytes, st.st_size);
    return out;
}

static int read_all(OpCall *c, MetricsView *out, Err *e) {
    Seen *s = arena_new_in(c->arena, Seen);
    s->app = c->app;
    loop_call(c->app->loop, look, s);
    out->timestamp = clock_now_us();
    out->since = s->metrics.since;
    out->requests = requests_of(s, c->arena);
    out->connections = connections_of(s, c->arena);
    TRY(put_processes(s, c->db, c->arena, out, e));
    out->streams = streams_of(s, c->arena);
    out->system = system_of(s, c->arena);
    out->store = store_of(s, c->arena);
    return 0;
}

static int get_metrics(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    return read_all(c, out, e);
}

#define METRICS_TEXT(F, S) F(S, STR, text, .max_bytes = TEXT_MAX, .doc = "Lines of the text exposition format 0.0.4")
SHAPE(MetricsText, METRICS_TEXT);
SHAPE_DEFINE(MetricsText, METRICS_TEXT);

static int get_metrics_prometheus(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    MetricsView *v = arena_new_in(c->arena, MetricsView);
    TRY(read_all(c, v, e));
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TEXT_MAX);
    prometheus_print(v, &b);
    ((MetricsText *)out)->text = arena_str(c->arena, buf_str(&b));
    return 0;
}

const Op metrics_ops[] = {
    {"get_metrics", "GET /api/metrics", "metrics", OP_RUN_OUT(get_metrics, MetricsView), .role = ROLE_VIEWER,
     .where = ON_WORKER,
     .doc = "What the daemon measures of itself: requests, connections, agents, streams, memory, store."},
    {"get_metrics_prometheus", "GET /api/metrics/prometheus", "metrics prometheus",
     OP_RUN_OUT(get_metrics_prometheus, MetricsText), .role = ROLE_VIEWER, .where = ON_WORKER, .media = PROMETHEUS_TYPE,
     .doc = "The figures of get_metrics in the text format that a Prometheus server reads."},
    {0},
};
