/* What this process has counted since it started: requests with their times, and what happened to agents.
 *
 * Loop thread only, so that counting needs no lock and no atomic instruction: another thread copies the whole in one turn
 * of the loop (loop_call).
 */
#pragma once

#include "base/clock.h"
#include "core/app.h"

typedef struct HttpRequest HttpRequest;
typedef struct HttpServer HttpServer;

/* The last one stands for every other method. */
#define METRICS_METHODS(M) M("GET") M("HEAD") M("POST") M("PUT") M("PATCH") M("DELETE") M("OPTIONS") M("other")
enum { METRICS_METHODS_N = 8, METRICS_CLASSES = 6, METRICS_ROUTES = 512, METRICS_TIMES = 10000 };
extern const char *const metrics_methods[METRICS_METHODS_N];

typedef struct RouteCount {
    const char *route; /* "GET /api/agents"; identified by its address; NULL: a free slot */
    int64_t n;
} RouteCount;

typedef struct Metrics {
    TimeUs since;
    int64_t since_mono_us;
    const HttpServer *server; /* NULL until it listens; borrowed */
    int64_t n_requests;
    int64_t by_method[METRICS_METHODS_N];
    int64_t by_class[METRICS_CLASSES];       /* [2]: answers with a status of 200 to 299 */
    RouteCount routes[METRICS_ROUTES];       /* a hash table without removal */
    int64_t n_elsewhere;                     /* requests that no route served */
    int64_t n_timed, sum_us, max_us, min_us; /* from the whole request to its answer */
    uint32_t times_us[METRICS_TIMES];        /* a ring: the next one goes to n_timed % METRICS_TIMES */
    int64_t n_crashed;                       /* agents whose program or hold failed */
    int64_t n_messages;                      /* messages that reached an agent */
} Metrics;

Metrics *metrics_new(void);
void metrics_free(Metrics *m); /* NULL is allowed */
/* HttpHandler.on_answered. */
void metrics_request(Metrics *m, const HttpRequest *r, int status);
/* The p-th percentile of a sorted list: the least value that p % of the list do not exceed (nearest rank). */
uint32_t metrics_percentile(const uint32_t *sorted, int64_t n, int p);
