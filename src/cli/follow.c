/* See follow.h. Also `muster events`. */
#include "cli/follow.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/option.h"
#include "net/local_ws.h"

enum {
    RETRY_MS = 200,
    SILENCE_MS = 120000, /* the daemon pings more often than that */
    TOPIC_MAX = 4096
};

typedef struct Following {
    const CliContext *cli;
    const CliFollow *want;
    const FollowSink *sink;
    Str topic;
    const char *kinds;
    LocalWs *ws;        /* owned; NULL while the daemon is gone */
    int64_t generation; /* the cursor: everything up to `after` has been delivered. 0: any */
    int64_t after;
    bool was_connected, is_done;
} Following;

/* ---- the connection ---- */

static int subscribe(Following *x, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 2 * TOPIC_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "type", STR("subscribe"));
    json_kv_str(&o, "topic", x->topic);
    json_kv_i64(&o, "after", x->after);
    if (x->generation) json_kv_i64(&o, "generation", x->generation);
    if (x->kinds) json_kv_raw(&o, "kinds", str(x->kinds));
    json_end_object(&o);
    return local_ws_send(x->ws, buf_str(&b), e);
}

static int connect_now(Following *x, Err *e) {
    CLEANUP(fd_closep) int home = open(x->cli->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = home < 0 ? -(int)ERR_NOT_FOUND : local_ws_open(home, "sock", "/ws", "muster.v1", &x->ws, e);
    if (r == -(int)ERR_NOT_FOUND) return cli_no_daemon(x->cli, e);
    TRY(r);
    return subscribe(x, e);
}

static void disconnect(Following *x) {
    local_ws_close(x->ws);
    x->ws = NULL;
}

/* A missing daemon is an error only at the first attempt; later it may be restarting. */
static int try_connect(Following *x, Err *e) {
    Err why = {0};
    if (connect_now(x, &why) >= 0) {
        if (x->was_connected) fprintf(stderr, "muster: the daemon is back\n");
        x->was_connected = true;
        return 0;
    }
    disconnect(x);
    if (x->was_connected && x->want->is_endless) return 0;
    *e = why;
    return -(int)why.code;
}

static int lose(Following *x, Err *e) {
    disconnect(x);
    if (!x->want->is_endless) return err_fail(e, ERR_PROCESS, "the daemon exited before it had sent everything");
    fprintf(stderr, "muster: the daemon is gone; waiting until it is back\n");
    return 0;
}

/* ---- messages ---- */

static void move_cursor(Following *x, const Json *m) {
    x->generation = json_i64(m, "generation", 0);
    x->after = json_i64(m, "seq", 0);
}

/* Ignores `subscribed`, whose head has not been delivered yet, like every unknown kind. */
static int take_message(Following *x, Str text, const Json *m, Err *e) {
    Str type = json_str(m, "type");
    bool is_reset = str_is(type, "reset"), is_live = str_is(type, "live"), is_event = json_get(m, "payload");
    if (!is_event && str_is(type, "error"))
        return err_fail(e, ERR_PROCESS, STR_FMT, STR_ARG(json_str(json_get(m, "error"), "message")));
    if (is_event) TRY(x->sink->on_event(x->sink->arg, text, m, e));
    if (is_reset && x->sink->on_reset) TRY(x->sink->on_reset(x->sink->arg, text, e));
    if (is_event || is_reset || is_live) move_cursor(x, m);
    x->is_done = is_live && !is_event && !x->want->is_endless;
    return 0;
}

static int read_messages(Following *x, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str text;
    LocalWsCond cond = LOCAL_WS_NOTHING;
    while (!x->is_done && (cond = local_ws_read(x->ws, &text)) == LOCAL_WS_TEXT) {
        Json *m = NULL;
        TRY(json_parse(a, text, JSON_DEPTH_MAX, &m, e));
        TRY(take_message(x, text, m, e));
        arena_reset(a);
    }
    return cond == LOCAL_WS_CLOSED ? lose(x, e) : 0;
}

/* ---- the loop ---- */

static int wait_and_act(Following *x, Err *e) {
    struct pollfd p[] = {
        {x->ws ? local_ws_fd(x->ws) : -1, POLLIN, 0}, {x->sink->wake_fd, POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
    int n = poll(p, COUNT_OF(p), x->ws ? SILENCE_MS : RETRY_MS);
    if (p[2].revents & POLLERR) x->is_done = true;
    if (x->is_done || n < 0) return 0;
    if (!x->ws) return try_connect(x, e);
    if (p[0].revents) return read_messages(x, e);
    return n == 0 ? lose(x, e) : 0;
}

static int parse_after(const char *text, Following *x, Err *e) {
    Str rest = str(text), generation, seq = {0};
    bool is_pair = str_split(&rest, ':', &generation) && str_split(&rest, ':', &seq) && !rest.n;
    if (is_pair && str_parse_i64(generation, 0, INT64_MAX, &x->generation) &&
        str_parse_i64(seq, 0, INT64_MAX - 1, &x->after))
        return 0;
    return err_fail(e, ERR_INVALID, "--after takes GENERATION:SEQ, the two numbers of an event, not `%s`", text);
}

int follow_topic(const CliContext *c, const CliFollow *f, Str topic, const char *kinds, const FollowSink *sink,
                 Err *e) {
    Following x = {.cli = c, .want = f, .sink = sink, .topic = topic, .kinds = kinds};
    if (f->after) TRY(parse_after(f->after, &x, e));
    int r = try_connect(&x, e);
    while (r >= 0 && !x.is_done && !ferror(stdout)) {
        r = wait_and_act(&x, e);
        if (r >= 0 && sink->on_idle) r = sink->on_idle(sink->arg, e);
        fflush(stdout);
    }
    disconnect(&x);
    return r;
}

/* ---- muster events ---- */

static int print_line(void *arg UNUSED, Str text, Err *e UNUSED) {
    fwrite(text.p, 1, text.n, stdout);
    putchar('\n');
    return 0;
}

static int print_event(void *arg, Str text, const Json *event UNUSED, Err *e) { return print_line(arg, text, e); }

int cli_events(const CliContext *c, const CliFollow *f) {
    static const FollowSink sink = {.on_event = print_event, .on_reset = print_line, .wake_fd = -1};
    Err e = {0};
    if (strlen(f->subject) > TOPIC_MAX)
        (void)!err_fail(&e, ERR_INVALID, "the topic is longer than %d bytes", TOPIC_MAX);
    else if (follow_topic(c, f, str(f->subject), NULL, &sink, &e) >= 0)
        return 0;
    return option_complain(NULL, &e);
}
