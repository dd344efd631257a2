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
    Buf text; /* what is printed of it */
} Sample;

static void sample_done(Sample *s) { buf_done(&s->text); }

static void print(Sample *s) {
    buf_clear(&s->text);
    prometheus_print(&s->view, &s->text);
}

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
    buf_init(&s->text, 1 << 20);
    print(s);
}

static bool has_line(const Buf *b, const char *line) {
    Str rest = buf_str(b), one;
    while (str_split(&rest, '\n', &one))
        if (str_is(one, line)) return true;
    return false;
}

#define CHECK_LINE(s, line) \
    if (!has_line(&(s).text, line)) test_fail(__FILE__, __LINE__, "no line `%s` in:\n%s", line, (s).text.p)

TEST(each_figure_has_our_name_and_that_of_the_source) {
    CLEANUP(sample_done) Sample s;
    make_sample(&s);
    CHECK_LINE(s, "# HELP muster_requests_total HTTP requests that were answered");
    CHECK_LINE(s, "# TYPE muster_requests_total counter");
    CHECK_LINE(s, "muster_requests_total 3");
    CHECK_LINE(s, "claude_manager_requests_total 3");
    CHECK_LINE(s, "claude_manager_requests_by_method{method=\"GET\"} 2");
    CHECK_LINE(s, "claude_manager_requests_by_status{status=\"2xx\"} 3");
    CHECK_LINE(s, "muster_agents{status=\"waiting\"} 4");
    CHECK_LINE(s, "claude_manager_uptime_seconds 61");
    CHECK_LINE(s, "claude_manager_memory_bytes{type=\"heap_used\"} 1024");
    CHECK_LINE(s, "muster_store_last_commit_timestamp_seconds 1700000000.500");
}

TEST(label_values_are_escaped) {
    CLEANUP(sample_done) Sample s;
    make_sample(&s);
    CHECK_LINE(s, "muster_requests_by_route_total{route=\"GET /api/agents/{agentId}\"} 2");
    CHECK_LINE(s, "muster_requests_by_route_total{route=\"a\\\"b\\\\c\"} 1");
}

TEST(what_was_not_measured_is_left_out) {
    CLEANUP(sample_done) Sample s;
    size_t at;
    make_sample(&s);
    CHECK(!str_find(buf_str(&s.text), STR("cpu_seconds"), &at));
    CHECK(!str_find(buf_str(&s.text), STR("\"rss\""), &at));
    CHECK(!str_find(buf_str(&s.text), STR("response_time"), &at));
    MetricsPercentiles p = {.p50 = 1, .p90 = 2, .p95 = 3, .p99 = 250};
    s.requests.response_time_percentiles = &p;
    s.requests.timed_requests = 3;
    s.requests.total_response_time = 253;
    print(&s);
    CHECK_LINE(s, "# TYPE claude_manager_response_time_seconds summary");
    CHECK_LINE(s, "claude_manager_response_time_seconds{quantile=\"0.99\"} 0.25");
    CHECK_LINE(s, "claude_manager_response_time_seconds_sum 0.253");
    CHECK_LINE(s, "muster_response_time_seconds_count 3");
}
