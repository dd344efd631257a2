/* See pty_ws.h. */
#include "face/pty_ws.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/launch_watch.h"
#include "core/tail.h"
#include "net/ws.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "term/query.h"
#include "terminal/screen.h"

enum { REPLAY_BYTES = 1 << 20, PIECE_BYTES = 4096, ID_SIZE = 40, CLOSE_NO_TERMINAL = 4404 };

typedef struct Pty {
    App *app;
    WsConn *ws; /* NULL once closed */
    bool may_type;
    char agent[ID_SIZE];
    char launch[ID_SIZE];
    Tail *tail;
    uint64_t from;  /* where the replay begins */
    QueryScan scan; /* of the output: the daemon answers its questions, not these clients' terminals */
    Buf frame;      /* the current frame, without them */
    bool has_frame;
    size_t n_frame; /* bytes of it that were sent */
    bool is_full, is_loading, is_missing;
    Err err;
} Pty;

static void pty_free(Pty *p) {
    tail_close(p->tail);
    buf_done(&p->frame);
    free(p);
}

/* --- from the log ----------------------------------------------------------------------------------------------- */

static void next_frame(Pty *p) {
    buf_clear(&p->frame);
    p->has_frame = false;
    p->n_frame = 0;
}

static bool send_frame(Pty *p, Str bytes) {
    if (!p->has_frame) query_strip(&p->scan, bytes, &p->frame);
    p->has_frame = true;
    while (p->n_frame < p->frame.n) {
        Str piece = str_upto(str_from(buf_str(&p->frame), p->n_frame), PIECE_BYTES);
        CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_new(WS_BINARY, piece);
        if (!ws_send(p->ws, f)) {
            p->is_full = true;
            return false;
        }
        p->n_frame += piece.n;
    }
    next_frame(p);
    return true;
}

static size_t on_frames(void *arg, const LaunchFrame *frames, size_t n) {
    Pty *p = arg;
    size_t i = 0;
    while (i < n && (frames[i].frame.channel != HOLD_STDOUT || send_frame(p, frames[i].frame.bytes))) i++;
    return i;
}

/* These clients have no word for it. */
static void on_gap(void *arg, uint64_t from, uint64_t to) {
    (void)from, (void)to;
    next_frame(arg);
}

static void on_end(void *arg) { ws_close(((Pty *)arg)->ws, 1000, STR("the program has ended")); }

static void on_failed(void *arg, const Err *why) { ws_close(((Pty *)arg)->ws, 1011, str_upto(str(why->text), 120)); }

static const TailSink sink = {on_frames, on_gap, on_end, on_failed};

/* --- finding the launch, on a slow thread ------------------------------------------------------------------------ */

static int find(Pty *p, DbConn *db, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Agent g;
    bool found = false;
    TermSize first;
    Screen s;
    p->is_missing = true;
    TRY(agent_find(db, str(p->agent), a, &g, &found, e));
    if (!found || !g.launch_id.n) return 0;
    Err none = {0};
    if (screen_first_size(db, g.launch_id, &first, &none) < 0) return 0;
    p->is_missing = false;
    snprintf(p->launch, sizeof p->launch, STR_FMT, STR_ARG(g.launch_id));
    TRY(screen_load(p->app, g.launch_id, first, &(ScreenWant){.upto = UINT64_MAX, .is_blank = true}, &s, e));
    uint64_t end = s.offset;
    screen_done(&s);
    if (end <= REPLAY_BYTES) return 0;
    TRY(screen_load(p->app, g.launch_id, first, &(ScreenWant){.upto = end - REPLAY_BYTES, .is_blank = true}, &s, e));
    p->from = s.offset;
    screen_done(&s);
    return 0;
}

static void on_found(void *arg) {
    Pty *p = arg;
    p->is_loading = false;
    if (!p->ws)
        pty_free(p);
    else if (p->err.code)
        on_failed(p, &p->err);
    else if (p->is_missing)
        ws_close(p->ws, CLOSE_NO_TERMINAL, STR("no terminal"));
    else
        p->tail = tail_open(p->app, str(p->launch), p->from, &sink, p);
}

static void find_work(void *db, void *arg) {
    Pty *p = arg;
    if (find(p, db, &p->err) >= 0) p->err = (Err){0};
    loop_post(p->app->loop, on_found, p);
}

/* --- the client -------------------------------------------------------------------------------------------------- */

static bool take_size(Pty *p, Str text) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *m = NULL;
    if (json_parse(a, text, JSON_DEPTH_REQUEST, &m, NULL) < 0 || !str_is(json_str(m, "type"), "resize")) return false;
    int64_t rows = json_i64(m, "rows", 0), cols = json_i64(m, "cols", 0);
    bool fits = rows >= TERM_ROWS_MIN && rows <= TERM_ROWS_MAX && cols >= TERM_COLS_MIN && cols <= TERM_COLS_MAX;
    if (fits) (void)launch_resize(p->app, str(p->launch), (HoldSize){(uint16_t)rows, (uint16_t)cols});
    return true;
}

static void on_message(void *arg, WsOpcode op, Str payload) {
    Pty *p = arg;
    uint64_t total;
    Err e = {0};
    if (!p->tail || !p->may_type) return;
    if (op == WS_TEXT && take_size(p, payload)) return;
    if (launch_type(p->app, str(p->launch), payload, &total, &e) < 0 && e.code == ERR_BUSY)
        ws_close(p->ws, 1013, str_upto(str(e.text), 120));
}

static void on_drain(void *arg) {
    Pty *p = arg;
    if (!p->is_full) return;
    p->is_full = false;
    tail_resume(p->tail);
}

static void on_closed(void *arg, int code) {
    (void)code;
    Pty *p = arg;
    p->ws = NULL;
    tail_close(TAKE(p->tail));
    if (!p->is_loading) pty_free(p);
}

static const WsHandler handler = {on_message, on_drain, on_closed};

void pty_ws_accept(App *app, HttpRequest *r, const Principal *who) {
    Pty *p = mu_new(Pty);
    p->app = app;
    buf_init(&p->frame, HOLD_FRAME_BYTES_MAX + 2 * QUERY_HELD_MAX);
    p->may_type = who->role >= ROLE_MEMBER;
    snprintf(p->agent, sizeof p->agent, STR_FMT,
             STR_ARG(str_upto(str_from(r->path, sizeof PTY_WS_PATH - 1), ID_SIZE - 1)));
    WsConfig c = {0};
    p->ws = ws_accept(r, &c, &handler, p);
    if (!p->ws) { /* the client has disconnected in the meantime */
        pty_free(p);
        return;
    }
    p->is_loading = pool_submit(app->slow, find_work, p);
    if (!p->is_loading) ws_close(p->ws, 1013, STR("too much other work is waiting; try again in a moment"));
}
