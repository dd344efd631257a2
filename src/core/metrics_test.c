/* What is counted of a request, and the percentiles of its time. */
#include "core/metrics.h"

#include "base/test.h"
#include "net/http.h"

static void count(Metrics *m, const char *method, const char *route, int status, int64_t took_us) {
    HttpRequest r = {.method = str(method), .route = route, .begun_us = took_us ? clock_mono_us() - took_us : 0};
    metrics_request(m, &r, status);
}

static int64_t count_of(const Metrics *m, const char *route) {
    for (size_t i = 0; i < METRICS_ROUTES; i++)
        if (m->routes[i].route && strcmp(m->routes[i].route, route) == 0) return m->routes[i].n;
    return 0;
}

TEST(requests_are_counted_by_method_route_and_class) {
    static const char agents[] = "GET /api/agents", start[] = "POST /api/agents/{agentId}/start";
    Metrics *m = metrics_new();
    for (int i = 0; i < 3; i++) count(m, "GET", agents, 200, 1000);
    count(m, "POST", start, 409, 5000);
    count(m, "BREW", NULL, 501, 0);
    CHECK_I64(m->n_requests, 5);
    CHECK_I64(m->by_method[0], 3);
    CHECK_I64(m->by_method[METRICS_METHODS_N - 1], 1);
    CHECK_I64(m->by_class[2], 3);
    CHECK_I64(m->by_class[4], 1);
    CHECK_I64(m->by_class[5], 1);
    CHECK_I64(count_of(m, agents), 3);
    CHECK_I64(count_of(m, start), 1);
    CHECK_I64(m->n_elsewhere, 1);
    metrics_free(m);
}

TEST(only_a_whole_request_has_a_time) {
    Metrics *m = metrics_new();
    count(m, "GET", NULL, 400, 0);
    CHECK_I64(m->n_timed, 0);
    count(m, "GET", NULL, 200, 2000);
    count(m, "GET", NULL, 200, 9000);
    CHECK_I64(m->n_timed, 2);
    CHECK(m->min_us >= 2000 && m->max_us >= 9000 && m->min_us <= m->max_us);
    CHECK_I64(m->sum_us, (int64_t)m->times_us[0] + m->times_us[1]);
    metrics_free(m);
}

TEST(the_ring_keeps_the_last_times) {
    Metrics *m = metrics_new();
    for (int i = 0; i < METRICS_TIMES; i++) count(m, "GET", NULL, 200, 1);
    count(m, "GET", NULL, 200, 60 * 1000 * 1000);
    CHECK_I64(m->n_timed, METRICS_TIMES + 1);
    CHECK(m->times_us[0] >= 60 * 1000 * 1000);
    metrics_free(m);
}

TEST(more_routes_than_fit_are_counted_together) {
    static char routes[METRICS_ROUTES + 8][16];
    Metrics *m = metrics_new();
    for (size_t i = 0; i < COUNT_OF(routes); i++) count(m, "GET", routes[i], 200, 1);
    CHECK_I64(m->n_elsewhere, 8);
    CHECK_I64(m->n_requests, METRICS_ROUTES + 8);
    metrics_free(m);
}

/* Nearest rank: https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method and its worked example. */
TEST(a_percentile_is_the_nearest_rank) {
    static const uint32_t sorted[] = {15, 20, 35, 40, 50};
    CHECK_I64(metrics_percentile(sorted, 5, 5), 15);
    CHECK_I64(metrics_percentile(sorted, 5, 30), 20);
    CHECK_I64(metrics_percentile(sorted, 5, 40), 20);
    CHECK_I64(metrics_percentile(sorted, 5, 50), 35);
    CHECK_I64(metrics_percentile(sorted, 5, 100), 50);
}
