/* Metrics: what the daemon measures of itself, as JSON with the names of source 001, and as Prometheus text.
 *
 * What a sensor does not report is left out. Counters count since `since`, the start of this process; they are not kept
 * over a restart.
 */
#pragma once

#include "core/op.h"

#define COUNT_FIELD(F, S, name_, doc_) F(S, I64, name_, .min = 0, .max = INT64_MAX, .doc = doc_)
#define SENSOR_FIELD(F, S, name_, doc_) F(S, I64, name_, .opt = 1, .min = 0, .max = INT64_MAX, .doc = doc_)
#define MS_FIELD(F, S, name_, doc_) F(S, F64, name_, .opt = 1, .min = 0, .max = INT64_MAX, .doc = doc_)

#define METRICS_PERCENTILES(F, S)          \
    MS_FIELD(F, S, p50, "50th percentile") \
    MS_FIELD(F, S, p90, "90th percentile") \
    MS_FIELD(F, S, p95, "95th percentile") \
    MS_FIELD(F, S, p99, "99th percentile")
SHAPE(MetricsPercentiles, METRICS_PERCENTILES);
#define METRICS_REQUESTS(F, S)                                                                                      \
    COUNT_FIELD(F, S, total_requests, "Requests that were answered")                                                \
    F(S, ANY, requests_by_method, .max_bytes = 1024, .doc = "Maps a method to its requests")                        \
    F(S, ANY, requests_by_route, .max_bytes = 65536,                                                                \
      .doc = "Maps `METHOD /path` of an operation to its requests; page: the web page; other: nothing served them") \
    F(S, ANY, requests_by_status, .max_bytes = 1024, .doc = "Maps 2xx, 4xx and so on to the answers of that class") \
    COUNT_FIELD(F, S, timed_requests, "Requests whose time was measured: all that arrived as a whole")              \
    MS_FIELD(F, S, total_response_time, "Sum of their times in ms, from the whole request to its answer")           \
    MS_FIELD(F, S, average_response_time, "In ms")                                                                  \
    MS_FIELD(F, S, max_response_time, "In ms")                                                                      \
    MS_FIELD(F, S, min_response_time, "In ms")                                                                      \
    F(S, OBJ(MetricsPercentiles), response_time_percentiles, .opt = 1, .doc = "Of the last 10,000 times, in ms")
SHAPE(MetricsRequests, METRICS_REQUESTS);
#define METRICS_CONNECTIONS(F, S)                                                  \
    COUNT_FIELD(F, S, active_http_connections, "Open connections that speak HTTP") \
    COUNT_FIELD(F, S, active_web_socket_connections, "Open WebSockets")            \
    COUNT_FIELD(F, S, total_web_socket_connections, "WebSockets that were opened") \
    COUNT_FIELD(F, S, web_socket_subscriptions, "Open subscriptions to topics")
SHAPE(MetricsConnections, METRICS_CONNECTIONS);
#define METRICS_AGENTS(F, S)                                    \
    COUNT_FIELD(F, S, running, "Agents at work")                \
    COUNT_FIELD(F, S, waiting, "Agents that wait for a person") \
    COUNT_FIELD(F, S, finished, "Agents with nothing to do")    \
    COUNT_FIELD(F, S, error, "Agents that failed")              \
    COUNT_FIELD(F, S, archived, "Archived agents, whatever their status was")
SHAPE(MetricsAgents, METRICS_AGENTS);
#define METRICS_PROCESSES(F, S)                                                                   \
    COUNT_FIELD(F, S, running_agents, "Agents whose program is alive")                            \
    COUNT_FIELD(F, S, total_agents_spawned, "Programs of agents that were started")               \
    COUNT_FIELD(F, S, total_agents_crashed, "Agents whose program failed or whose hold was lost") \
    COUNT_FIELD(F, S, total_messages_processed, "Messages that reached an agent")                 \
    F(S, OBJ(MetricsAgents), agents_by_status, .doc = "All agents by their status")
SHAPE(MetricsProcesses, METRICS_PROCESSES);
#define METRICS_QUEUES(F, S)                                             \
    COUNT_FIELD(F, S, writer, "Writes that wait for the store's writer") \
    COUNT_FIELD(F, S, workers, "Calls that wait for a worker")           \
    COUNT_FIELD(F, S, launchers, "Launches that wait for a thread")      \
    COUNT_FIELD(F, S, slow, "Slow calls and background work that wait for a thread")
SHAPE(MetricsQueues, METRICS_QUEUES);
#define METRICS_STREAMS(F, S)                                                        \
    COUNT_FIELD(F, S, events_appended, "Events that were committed and published")   \
    COUNT_FIELD(F, S, events_delivered, "Events that a subscriber took")             \
    COUNT_FIELD(F, S, lagged, "How often a subscriber was too slow")                 \
    COUNT_FIELD(F, S, resets, "How often a subscriber's cursor was no longer valid") \
    COUNT_FIELD(F, S, ring_bytes, "Bytes of events kept in memory for subscribers")  \
    F(S, OBJ(MetricsQueues), queued, .doc = "Lengths of the queues")
SHAPE(MetricsStreams, METRICS_STREAMS);
#define METRICS_MEMORY(F, S)                                           \
    SENSOR_FIELD(F, S, heap_used, "Bytes that the allocator gave out") \
    SENSOR_FIELD(F, S, heap_total, "Bytes that the allocator holds")   \
    SENSOR_FIELD(F, S, rss, "Bytes of resident memory")                \
    SENSOR_FIELD(F, S, unshared, "Bytes of it that no other process shares")
SHAPE(MetricsMemory, METRICS_MEMORY);
#define METRICS_SYSTEM(F, S)                                                                      \
    COUNT_FIELD(F, S, uptime_seconds, "Since the daemon started")                                 \
    F(S, OBJ(MetricsMemory), memory_usage, .doc = "Of the daemon")                                \
    F(S, F64, cpu_seconds, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "CPU time of the daemon") \
    SENSOR_FIELD(F, S, open_files, "Open descriptors of the daemon")                              \
    F(S, STR, platform, .max_bytes = 32, .doc = "linux")
SHAPE(MetricsSystem, METRICS_SYSTEM);
#define METRICS_STORE(F, S)                                      \
    SENSOR_FIELD(F, S, bytes, "Size of the store's file")        \
    SENSOR_FIELD(F, S, wal_bytes, "Size of its write-ahead log") \
    F(S, TIME, last_commit_at, .doc = "The last write; opening the store counts as one")
SHAPE(MetricsStore, METRICS_STORE);
#define METRICS_VIEW(F, S)                                                             \
    F(S, TIME, timestamp, .doc = "Now")                                                \
    F(S, TIME, since, .doc = "When this daemon started: all counters count from here") \
    F(S, OBJ(MetricsRequests), requests, .doc = "HTTP requests")                       \
    F(S, OBJ(MetricsConnections), connections, .doc = "Connections and subscriptions") \
    F(S, OBJ(MetricsProcesses), processes, .doc = "Agents")                            \
    F(S, OBJ(MetricsStreams), streams, .doc = "Events and queues")                     \
    F(S, OBJ(MetricsSystem), system, .doc = "The daemon's process")                    \
    F(S, OBJ(MetricsStore), store, .doc = "The store's files")
SHAPE(MetricsView, METRICS_VIEW);

/* Counts what is published of agents. Start-up only. */
void metrics_register(App *app);
/* The text exposition format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) of a MetricsView:
 * each figure under our name and, where source 001 has one, under its name too. */
#define PROMETHEUS_TYPE "text/plain; version=0.0.4"
void prometheus_print(const MetricsView *v, Buf *out);
