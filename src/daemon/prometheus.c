/* The figures of MetricsView as Prometheus text: one table, read by path from its JSON, so that a figure that is missing
 * there is missing here. */
#include <string.h>

#include "base/mem.h"
#include "daemon/metrics.h"

enum { JSON_MAX = 1 << 20 };

typedef enum FigureKind { COUNTER, GAUGE } FigureKind;

/* `ours` after "muster_", `theirs` after "claude_manager_" (NULL: source 001 has no such figure). With a label, `path`
 * is an object and each of its members one line. */
static const struct Figure {
    const char *ours, *theirs;
    FigureKind kind;
    const char *path, *label, *help;
} figures[] = {
    {"requests_total", "requests_total", COUNTER, "requests.totalRequests", NULL, "HTTP requests that were answered"},
    {"requests_by_method_total", "requests_by_method", COUNTER, "requests.requestsByMethod", "method",
     "HTTP requests by method"},
    {"requests_by_route_total", NULL, COUNTER, "requests.requestsByRoute", "route", "HTTP requests by route"},
    {"requests_by_status_total", "requests_by_status", COUNTER, "requests.requestsByStatus", "status",
     "HTTP requests by class of status"},
    {"http_connections_active", NULL, GAUGE, "connections.activeHttpConnections", NULL,
     "Open connections that speak HTTP"},
    {"websocket_connections_active", "websocket_connections_active", GAUGE, "connections.activeWebSocketConnections",
     NULL, "Open WebSockets"},
    {"websocket_connections_total", "websocket_connections_total", COUNTER, "connections.totalWebSocketConnections",
     NULL, "WebSockets that were opened"},
    {"subscriptions_active", NULL, GAUGE, "connections.webSocketSubscriptions", NULL, "Open subscriptions to topics"},
    {"agents_running", "agents_running", GAUGE, "processes.runningAgents", NULL, "Agents whose program is alive"},
    {"agents_spawned_total", "agents_spawned_total", COUNTER, "processes.totalAgentsSpawned", NULL,
     "Programs of agents that were started"},
    {"agents_crashed_total", "agents_crashed_total", COUNTER, "processes.totalAgentsCrashed", NULL,
     "Agents whose program failed or whose hold was lost"},
    {"messages_processed_total", "messages_processed_total", COUNTER, "processes.totalMessagesProcessed", NULL,
     "Messages that reached an agent"},
    {"agents", NULL, GAUGE, "processes.agentsByStatus", "status", "Agents by status"},
    {"events_appended_total", NULL, COUNTER, "streams.eventsAppended", NULL,
     "Events that were committed and published"},
    {"events_delivered_total", NULL, COUNTER, "streams.eventsDelivered", NULL, "Events that a subscriber took"},
    {"subscribers_lagged_total", NULL, COUNTER, "streams.lagged", NULL, "How often a subscriber was too slow"},
    {"subscribers_reset_total", NULL, COUNTER, "streams.resets", NULL,
     "How often a subscriber's cursor was no longer valid"},
    {"ring_bytes", NULL, GAUGE, "streams.ringBytes", NULL, "Bytes of events kept in memory for subscribers"},
    {"queue_length", NULL, GAUGE, "streams.queued", "queue", "Lengths of the queues"},
    {"uptime_seconds", "uptime_seconds", GAUGE, "system.uptimeSeconds", NULL, "Time since the daemon started"},
    {"memory_bytes", "memory_bytes", GAUGE, "system.memoryUsage", "type", "Memory of the daemon"},
    {"cpu_seconds_total", NULL, COUNTER, "system.cpuSeconds", NULL, "CPU time of the daemon"},
    {"open_files", NULL, GAUGE, "system.openFiles", NULL, "Open descriptors of the daemon"},
    {"store_bytes", NULL, GAUGE, "store.bytes", NULL, "Size of the store's file"},
    {"store_wal_bytes", NULL, GAUGE, "store.walBytes", NULL, "Size of the store's write-ahead log"},
    {"store_last_commit_timestamp_seconds", NULL, GAUGE, "store.lastCommitAt", NULL,
     "When the store was last written, in seconds since 1970"},
    {"start_timestamp_seconds", NULL, GAUGE, "since", NULL,
     "When the daemon started, in seconds since 1970; its counters count from there"},
};

static const char ours[] = "muster_", theirs[] = "claude_manager_";

static void put_head(Buf *out, const char *prefix, const char *name, const char *type, const char *help) {
    buf_add_fmt(out, "# HELP %s%s %s\n# TYPE %s%s %s\n", prefix, name, help, prefix, name, type);
}

static void put_value(Buf *out, const Json *v) {
    TimeUs at;
    if (v->type == JSON_STRING && time_parse(v->s, &at))
        buf_add_fmt(out, " %.3f\n", (double)at / 1e6);
    else
        buf_add_fmt(out, " " STR_FMT "\n", STR_ARG(v->raw));
}

/* "heapUsed" as "heap_used", the way source 001 names its kinds of memory; every other value has no capital after its
 * first letter. Escapes are those of the format. */
static void put_label(Buf *out, const char *label, Str value) {
    buf_add_fmt(out, "{%s=\"", label);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        bool begins_word = c >= 'A' && c <= 'Z' && i > 0 && value.p[i - 1] >= 'a' && value.p[i - 1] <= 'z';
        if (c == '\\' || c == '"') buf_add_c(out, '\\');
        if (begins_word && strcmp(label, "type") == 0)
            buf_add_fmt(out, "_%c", c | 0x20);
        else
            buf_add_c(out, c == '\n' ? ' ' : c);
    }
    buf_add_str(out, STR("\"}"));
}

static void put_figure(Buf *out, const struct Figure *f, const char *prefix, const char *name, const Json *v) {
    put_head(out, prefix, name, f->kind == COUNTER ? "counter" : "gauge", f->help);
    if (!f->label) {
        buf_add_fmt(out, "%s%s", prefix, name);
        put_value(out, v);
    }
    for (size_t i = 0; f->label && i < v->n; i++) {
        buf_add_fmt(out, "%s%s", prefix, name);
        put_label(out, f->label, v->members[i].key);
        put_value(out, &v->members[i].value);
    }
}

/* The one summary. Its quantiles are those of the last 10,000 times, sum and count those of all. */
static void put_times(Buf *out, const char *prefix, const MetricsRequests *r) {
    const MetricsPercentiles *p = r->response_time_percentiles;
    if (!p) return;
    const struct {
        const char *quantile;
        double ms;
    } rows[] = {{"0.5", p->p50}, {"0.9", p->p90}, {"0.95", p->p95}, {"0.99", p->p99}};
    put_head(out, prefix, "response_time_seconds", "summary", "Time from a whole request to its answer");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        buf_add_fmt(out, "%sresponse_time_seconds{quantile=\"%s\"} %.9g\n", prefix, rows[i].quantile,
                    rows[i].ms / 1000);
    buf_add_fmt(out, "%sresponse_time_seconds_sum %.9g\n%sresponse_time_seconds_count %lld\n", prefix,
                r->total_response_time / 1000, prefix, (long long)r->timed_requests);
}

void prometheus_print(const MetricsView *v, Buf *out) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf json;
    Json *root = NULL;
    buf_init(&json, JSON_MAX);
    JsonOut o = json_out(&json);
    shape_encode(&MetricsView_shape, v, &o);
    if (json_parse(a, buf_str(&json), JSON_DEPTH_REQUEST, &root, NULL) < 0) return;
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        const struct Figure *f = &figures[i];
        const Json *value = json_at(root, f->path);
        if (!value) continue;
        put_figure(out, f, ours, f->ours, value);
        if (f->theirs) put_figure(out, f, theirs, f->theirs, value);
    }
    put_times(out, ours, v->requests);
    put_times(out, theirs, v->requests);
}
