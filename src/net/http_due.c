#include "net/http_conn.h"

enum { LINGER_MS = 2000, CLOSE_HANDSHAKE_MS = 5000, TICK_MS_MIN = 10, TICK_MS_MAX = 1000 };

static void refuse_slow(HttpConn *c) { http_refuse(c, HTTP_SLOW_REQUEST); }

static void check_body(HttpConn *c) {
    if (http_body_goes_on(&c->x->parse))
        http_conn_enter(c, CONN_BODY);
    else
        refuse_slow(c);
}

static void check_progress(HttpConn *c) {
    size_t waiting = http_conn_waiting(c);
    if (c->server->is_stopping || (waiting > 0 && waiting == c->write_mark)) {
        http_conn_close(c);
    } else {
        http_conn_enter(c, (HttpState)c->state);
    }
}

static void notify_owner(HttpConn *c) {
    http_conn_enter(c, CONN_UPGRADED);
    c->takeover->on_due(c->takeover_arg);
}

/* on_due must close the connection or enter a state. */
static const struct {
    size_t limit_at; /* of an int64_t in HttpLimits, when fixed_ms is 0 */
    int64_t fixed_ms;
    void (*on_due)(HttpConn *c);
} rules[HTTP_STATES] = {
    [CONN_IDLE] = {offsetof(HttpLimits, idle_timeout_ms), 0, http_conn_close},
    [CONN_HEAD] = {offsetof(HttpLimits, head_timeout_ms), 0, refuse_slow},
    [CONN_BODY] = {offsetof(HttpLimits, head_timeout_ms), 0, check_body},
    [CONN_STREAM] = {offsetof(HttpLimits, idle_timeout_ms), 0, check_progress},
    [CONN_WRITE] = {offsetof(HttpLimits, idle_timeout_ms), 0, check_progress},
    [CONN_LINGER] = {0, LINGER_MS, http_conn_close},
    [CONN_UPGRADED] = {offsetof(HttpLimits, ping_ms), 0, notify_owner},
    [CONN_UPGRADED_END] = {0, CLOSE_HANDSHAKE_MS, http_conn_close},
};

int64_t http_state_timeout_ms(const HttpServer *s, HttpState state) {
    if (!rules[state].on_due) return 0;
    if (rules[state].fixed_ms) return rules[state].fixed_ms;
    if (s->is_stopping && state == CONN_WRITE) return s->limits.head_timeout_ms;
    return *(const int64_t *)((const char *)&s->limits + rules[state].limit_at);
}

int64_t http_tick_ms(const HttpServer *s) {
    int64_t tick = TICK_MS_MAX;
    for (int i = 0; i < HTTP_STATES; i++) {
        int64_t quarter = http_state_timeout_ms(s, (HttpState)i) / 4;
        if (rules[i].on_due && quarter < tick) tick = quarter;
    }
    return tick < TICK_MS_MIN ? TICK_MS_MIN : tick;
}

void http_check_due(HttpServer *s) {
    int64_t now = http_now_ms(s);
    for (int i = 0; i < HTTP_STATES; i++) {
        HttpConn *c;
        while (rules[i].on_due && (c = list_first(&s->states[i], HttpConn, link)) && c->due_ms <= now) {
            rules[i].on_due(c);
        }
    }
}
