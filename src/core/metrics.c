/* See metrics.h. */
#include "core/metrics.h"

#include <stdlib.h>

#include "base/mem.h"
#include "net/http.h"

#define METHOD_WORD_(word) word,
const char *const metrics_methods[METRICS_METHODS_N] = {METRICS_METHODS(METHOD_WORD_)};
#undef METHOD_WORD_

Metrics *metrics_new(void) {
    Metrics *m = mu_new(Metrics);
    m->since = clock_now_us();
    m->since_mono_us = clock_mono_us();
    return m;
}

void metrics_free(Metrics *m) { free(m); }

static int method_of(Str method) {
    int i = 0;
    while (i < METRICS_METHODS_N - 1 && !str_is(method, metrics_methods[i])) i++;
    return i;
}

/* Routes are few and live as long as the program, so their addresses identify them. */
static void count_route(Metrics *m, const char *route) {
    size_t at = ((uintptr_t)route >> 4) % METRICS_ROUTES;
    for (size_t i = 0; route && i < METRICS_ROUTES; i++, at = (at + 1) % METRICS_ROUTES) {
        RouteCount *c = &m->routes[at];
        if (!c->route) c->route = route;
        if (c->route != route) continue;
        c->n++;
        return;
    }
    m->n_elsewhere++;
}

static void add_time(Metrics *m, int64_t us) {
    m->times_us[m->n_timed % METRICS_TIMES] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
    if (us > m->max_us) m->max_us = us;
    if (m->n_timed == 0 || us < m->min_us) m->min_us = us;
    m->sum_us += us;
    m->n_timed++;
}

void metrics_request(Metrics *m, const HttpRequest *r, int status) {
    m->n_requests++;
    m->by_method[method_of(r->method)]++;
    if (status < 100 * METRICS_CLASSES) m->by_class[status / 100]++;
    count_route(m, r->route);
    if (r->begun_us) add_time(m, clock_mono_us() - r->begun_us);
}

uint32_t metrics_percentile(const uint32_t *sorted, int64_t n, int p) {
    int64_t rank = (n * p + 99) / 100;
    return sorted[rank > 0 ? rank - 1 : 0];
}
