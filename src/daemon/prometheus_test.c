/* The text that a Prometheus server reads. */
#include "base/mem.h"
#include "base/test.h"
#include "daemon/metrics.h"

typedef struct Sample {
    MetricsView view;
    MetricsRequests requests;
    MetricsConnections connections;
    MetricsProcesses processes;
    MetricsAgents agents;
    MetricsStreams streams;
    MetricsQueues queued;
    MetricsSystem system;
    MetricsMemory memory;
    MetricsStore store;
} Sample;

static void make_sample(Sample *s) {
    *s = (Sample){.requests = {.total_requests = 3,
                               .requests_by_method = STR("{\"GET\":2,\"POST\":1}"),
                               .requests_by_route = STR("{\"GET /api/agents/{agentId}\":2,\"a\\\"b\\\\c\":1}"),
                               .requests_by_status = STR("{\"2xx\":3}")},
                  .agents = {.waiting = 4},
                  .system = {.uptime_seconds = 61, .platform = STR("linux")}};
    s->processes.agents_by_status = &s->agents;
    s->streams.queued = &s->queued;
    s->system.memory_usage = &s->memory;
    s->store.last_commit_at = 1700000000500000;
    GIVE(MetricsMemory, &s->memory, heap_used, 1024);
    s->view = (MetricsView){.timestamp = 1,
                            .since = 2000000,
                            .requests = &s->requests,
                            .connections = &s->connections,
                            .processes = &s->processes,
                            .streams = &s->streams,
                            .system = &s->system,
                            .store = &s->store};
}

static bool has_line(const Buf *b, const char *line) {
    Str rest = buf_str(b), one;
    while (str_split(&rest, '\n', &one))
        if (str_is(one, line)) return true;
    return false;
}

#define CHECK_LINE(b, line) \
    if (!has_line(b, line)) test_fail(__FILE__, __LINE__, "no line `%s` in:\n%s", line, (b)->p)

TEST(each_figure_has_our_name_and_that_of_the_source) {
    Sample s;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    make_sample(&s);
    prometheus_print(&s.view, &b);
    CHECK_LINE(&b, "# HELP muster_requests_total HTTP requests that were answered");
    CHECK_LINE(&b, "# TYPE muster_requests_total counter");
    CHECK_LINE(&b, "muster_requests_total 3");
    CHECK_LINE(&b, "claude_manager_requests_total 3");
    CHECK_LINE(&b, "claude_manager_requests_by_method{method=\"GET\"} 2");
    CHECK_LINE(&b, "claude_manager_requests_by_status{status=\"2xx\"} 3");
    CHECK_LINE(&b, "muster_agents{status=\"waiting\"} 4");
    CHECK_LINE(&b, "claude_manager_uptime_seconds 61");
    CHECK_LINE(&b, "claude_manager_memory_bytes{type=\"heap_used\"} 1024");
    CHECK_LINE(&b, "muster_store_last_commit_timestamp_seconds 1700000000.500");
}

TEST(label_values_are_escaped) {
    Sample s;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    make_sample(&s);
    prometheus_print(&s.view, &b);
    CHECK_LINE(&b, "muster_requests_by_route_total{route=\"GET /api/agents/{agentId}\"} 2");
    CHECK_LINE(&b, "muster_requests_by_route_total{route=\"a\\\"b\\\\c\"} 1");
}

TEST(what_was_not_measured_is_left_out) {
    Sample s;
    size_t at;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    make_sample(&s);
    prometheus_print(&s.view, &b);
    CHECK(!str_find(buf_str(&b), STR("cpu_seconds"), &at));
    CHECK(!str_find(buf_str(&b), STR("\"rss\""), &at));
    CHECK(!str_find(buf_str(&b), STR("response_time"), &at));
    MetricsPercentiles p = {.p50 = 1, .p90 = 2, .p95 = 3, .p99 = 250};
    s.requests.response_time_percentiles = &p;
    s.requests.timed_requests = 3;
    s.requests.total_response_time = 253;
    buf_clear(&b);
    prometheus_print(&s.view, &b);
    CHECK_LINE(&b, "# TYPE claude_manager_response_time_seconds summary");
    CHECK_LINE(&b, "claude_manager_response_time_seconds{quantile=\"0.99\"} 0.25");
    CHECK_LINE(&b, "claude_manager_response_time_seconds_sum 0.253");
    CHECK_LINE(&b, "muster_response_time_seconds_count 3");
}
