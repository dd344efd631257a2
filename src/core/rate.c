/* See rate.h. */
#include "core/rate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "net/http.h"

enum { CALLERS_MAX = 4096, KEY_MAX = 96, MINUTE_US = 60 * 1000 * 1000, SWEEP_US = 1000 * 1000 };

typedef struct Bucket {
    double level;  /* calls that are left */
    int64_t at_us; /* monotonic, of `level`; 0: full */
} Bucket;

typedef struct Caller {
    Bucket all, writes;
    int64_t last_us;
} Caller;

struct Rates {
    const Settings *settings;
    int64_t (*now_us)(void);
    Map callers; /* → Caller, owned */
    int64_t swept_us;
};

/* A limit: its setting, and how often that a caller of this kind has it. */
typedef struct Limit {
    Setting setting;
    int factor;
} Limit;

Rates *rates_new(const Settings *s, int64_t (*now_us)(void)) {
    Rates *r = mu_new(Rates);
    r->settings = s;
    r->now_us = now_us ? now_us : clock_mono_us;
    return r;
}

static void free_callers(Map *m) {
    size_t i = 0;
    for (MapSlot *s; (s = map_next(m, &i));) free(s->value);
    map_done(m);
}

void rates_free(Rates *r) {
    if (!r) return;
    free_callers(&r->callers);
    free(r);
}

/* Whoever was quiet for a minute has full buckets again, so nothing is lost with them. */
static void sweep(Rates *r, int64_t now) {
    Map kept = {0};
    size_t i = 0;
    if (now - r->swept_us < SWEEP_US) return;
    r->swept_us = now;
    for (MapSlot *s; (s = map_next(&r->callers, &i));) {
        Caller *c = s->value;
        if (now - c->last_us >= MINUTE_US)
            free(c);
        else
            map_put(&kept, str_n(s->key, s->key_n), c);
    }
    map_done(&r->callers);
    r->callers = kept;
}

/* Past the bound, new callers share one bucket: their number can exhaust no memory. */
static Caller *caller_of(Rates *r, Str key, int64_t now) {
    Caller *c = map_find(&r->callers, key);
    if (!c && r->callers.n >= CALLERS_MAX) sweep(r, now);
    if (!c && r->callers.n >= CALLERS_MAX) c = map_find(&r->callers, key = STR("others"));
    if (!c) {
        c = mu_new(Caller);
        map_put(&r->callers, key, c);
    }
    c->last_us = now;
    return c;
}

/* The seconds until one call is left again; 0: one was taken. */
static int64_t take(Bucket *b, int64_t per_minute, int64_t now) {
    double most = (double)per_minute;
    double refilled = b->level + (double)(now - b->at_us) * most / MINUTE_US;
    b->level = b->at_us == 0 || refilled > most ? most : refilled;
    b->at_us = now;
    if (b->level >= 1) {
        b->level -= 1;
        return 0;
    }
    return (int64_t)ceil((1 - b->level) * 60 / most);
}

static int check(const Rates *r, Bucket *b, Limit limit, int64_t now, Err *e) {
    int64_t per_minute = setting_i64(r->settings, limit.setting) * limit.factor;
    int64_t wait_s = per_minute ? take(b, per_minute, now) : 0;
    if (wait_s == 0) return 0;
    const char *name = setting_def(limit.setting)->name;
    int failed = err_fail(e, ERR_RATE_LIMITED, "too many calls: %lld a minute are allowed (setting %s); wait %lld s",
                          (long long)per_minute, name, (long long)wait_s);
    err_detail(e, "limit", "%lld calls a minute, by the setting %s", (long long)per_minute, name);
    err_detail(e, "retryAfter", "%lld", (long long)wait_s);
    if (e) e->retry_s = wait_s;
    return failed;
}

int rate_take(Rates *r, const Principal *who, bool is_unix, bool writes, Err *e) {
    if (!r) return 0;
    bool is_agent = who->role == ROLE_AGENT;
    int factor = is_unix && !is_agent ? RATE_SOCKET_FACTOR : 1;
    char key[KEY_MAX];
    int n = snprintf(key, sizeof key, "%s%s", is_unix ? "socket " : "", who->id);
    int64_t now = r->now_us();
    Caller *c = caller_of(r, str_n(key, (size_t)n), now);
    Limit all = {is_agent ? SET_RATE_AGENT_REQUESTS : SET_RATE_REQUESTS, factor};
    Limit writing = {is_agent ? SET_RATE_AGENT_WRITES : SET_RATE_WRITES, factor};
    TRY(check(r, &c->all, all, now, e));
    return writes ? check(r, &c->writes, writing, now, e) : 0;
}

int rate_take_unknown(Rates *r, const HttpRequest *from, Err *e) {
    char address[HTTP_PEER_MAX];
    if (!r) return 0;
    http_peer(from, address);
    int64_t now = r->now_us();
    return check(r, &caller_of(r, str(address), now)->all, (Limit){SET_RATE_UNKNOWN_REQUESTS, 1}, now, e);
}
