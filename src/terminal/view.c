/* Viewers of terminals (live_source.h). Loop thread; a screen is drawn on the slow pool.
 *
 * A view reads its launch's log with a tail of its own, so that it never slows another view or the program: what is sent is
 * at most TERMINAL_WINDOW ahead of what the viewer has acknowledged, and waits in the log, not in memory. All views of a
 * launch share a stage: the size of the terminal, who owns it, and what is typed.
 *
 * Invariants:
 * - Everything that a viewer gets is in the order of the log: a message (`resized`, `exited`, `gap`) is sent when the tail
 *   reaches its frame, behind all output before it.
 * - While is_loading, a job uses `load`; a view that is closed meanwhile is freed when the job has ended.
 * - A screen of a view is sent whole before its tail is opened behind it.
 */
#include <stdlib.h>

#include "base/le.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "core/auth.h"
#include "core/launch_watch.h"
#include "core/tail.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "terminal/answer.h"
#include "terminal/screen.h"
#include "terminal/terminal.h"
#include "terminal/terminals.h"

enum { PIECE_BYTES = 60 << 10, FRAME_MAX_BYTES = HOLD_FRAME_HEADER + HOLD_FRAME_BYTES_MAX, SIZE_BYTES = 4 };

typedef struct Stage {
    Terminals *of;
    char id[40];
    List views;      /* LiveFeed.link */
    LiveFeed *owner; /* of the size; NULL: nobody has typed or resized */
    LaunchWatch watch;
    uint64_t taken;   /* bytes that the program has taken, as LaunchWatch counts them */
    TermSize size;    /* as it was last asked for here; 0: not known */
    bool is_size_due; /* no hold took it yet */
    uint64_t n_acts;  /* counts keys, to find who typed last */
} Stage;

/* What a job of a view needs and gives. */
typedef struct Load {
    ScreenWant want;
    bool wants_screen;
    TermSize size;
    uint64_t offset;
    bool is_partial;
    Buf screen;
    Buf exit; /* Screen.exit */
    Err err;
    bool has_failed;
} Load;

/* A view. */
struct LiveFeed {
    App *app;
    Stage *stage;
    List link; /* Stage.views */
    LiveClient *client;
    Tail *tail; /* NULL until the first load is done, and while a screen is loaded or sent */
    uint32_t sub;
    bool may_type, wants_screen;
    bool is_loading, is_closed, has_begun, has_exited;
    const char *reason;    /* why a screen is loaded again; NULL: it is the first */
    uint64_t skipped_from; /* then, where the view stood */
    uint64_t sent, acked;  /* offsets of the log */
    Buf screen;            /* being sent, from `screen_sent` on */
    size_t screen_sent;
    TermSize wish;                             /* the viewer's own size; 0: it has not said */
    uint64_t acted;                            /* Stage.n_acts when it last typed; 0: never */
    uint64_t n_typed, n_typed_acked, typed_to; /* bytes of this view; of the launch, behind the last of them */
    Load load;
};

static void view_load(LiveFeed *v, const char *reason);

/* --- stages ----------------------------------------------------------------------------------------------------- */

static void apply_size(Stage *g, TermSize size) {
    g->size = size;
    g->is_size_due = !launch_resize(g->of->app, str(g->id), (HoldSize){(uint16_t)size.rows, (uint16_t)size.cols});
}

static void say_owner(LiveFeed *v) {
    Buf b;
    JsonOut o;
    if (!v->has_begun || v->is_closed) return; /* `subscribed` says it */
    live_client_begin(v->client, "size_owner", false, &b, &o);
    json_kv_bool(&o, "isYours", v->stage->owner == v);
    live_client_end(v->client, &b, &o);
}

static void set_owner(Stage *g, LiveFeed *v) {
    if (g->owner == v) return;
    g->owner = v;
    list_each(&g->views, LiveFeed, link, w) say_owner(w);
    if (v && v->wish.rows) apply_size(g, v->wish);
}

/* Of those that are left the one that typed last. */
static void owner_left(Stage *g) {
    LiveFeed *next = NULL;
    list_each(&g->views, LiveFeed, link, v) {
        if (v->acted && !v->is_closed && (!next || v->acted > next->acted)) next = v;
    }
    g->owner = NULL;
    if (next) set_owner(g, next);
}

static void ack_typed(LiveFeed *v) {
    if (v->n_typed_acked == v->n_typed || v->typed_to > v->stage->taken) return;
    if (live_client_send(v->client, LIVE_ACK, v->n_typed, NULL, 0)) v->n_typed_acked = v->n_typed;
}

static void on_stage_typed(LaunchWatch *w, uint64_t taken) {
    Stage *g = container_of(w, Stage, watch);
    g->taken = taken;
    list_each(&g->views, LiveFeed, link, v) if (!v->is_closed) ack_typed(v);
}

static void on_stage_head(LaunchWatch *w, uint64_t head) {
    (void)head;
    Stage *g = container_of(w, Stage, watch);
    if (g->is_size_due) apply_size(g, g->size);
}

static void on_stage_ended(LaunchWatch *w, bool is_left) { (void)w, (void)is_left; }

static Stage *stage_get(App *app, Str launch_id) {
    Terminals *t = app->terminals;
    Stage *g = map_find(&t->stages, launch_id);
    uint64_t head;
    if (g) return g;
    g = mu_new(Stage);
    g->of = t;
    g->watch = (LaunchWatch){.on_head = on_stage_head, .on_typed = on_stage_typed, .on_ended = on_stage_ended};
    snprintf(g->id, sizeof g->id, STR_FMT, STR_ARG(launch_id));
    list_init(&g->views);
    map_put(&t->stages, launch_id, g);
    (void)launch_watch(app, launch_id, &g->watch, &head);
    return g;
}

static void stage_leave(LiveFeed *v) {
    Stage *g = v->stage;
    list_remove(&v->link);
    if (!list_is_empty(&g->views)) return;
    launch_unwatch(&g->watch);
    map_remove(&g->of->stages, str(g->id));
    free(g);
}

bool terminal_take_size(App *app, Str launch_id, uint32_t sub, TermSize *ret) {
    Stage *g = map_find(&app->terminals->stages, launch_id);
    if (!g) return false;
    list_each(&g->views, LiveFeed, link, v) {
        if (v->sub != sub || !v->may_type || v->is_closed) continue;
        v->acted = ++g->n_acts;
        set_owner(g, v);
        *ret = v->wish.rows ? v->wish : g->size;
        return true;
    }
    return false;
}

/* --- messages --------------------------------------------------------------------------------------------------- */

static void put_place(JsonOut *o, const LiveFeed *v) {
    json_kv_i64(o, "offset", (int64_t)v->load.offset);
    json_kv_i64(o, "rows", v->load.size.rows);
    json_kv_i64(o, "cols", v->load.size.cols);
    if (!v->load.wants_screen) return;
    json_kv_i64(o, "screenBytes", (int64_t)v->load.screen.n);
    json_kv_bool(o, "isPartial", v->load.is_partial);
}

static void say_begun(LiveFeed *v) {
    Buf b;
    JsonOut o;
    v->has_begun = true;
    live_client_begin(v->client, "subscribed", true, &b, &o);
    put_place(&o, v);
    json_kv_bool(&o, "isYours", v->stage->owner == v);
    live_client_end(v->client, &b, &o);
}

/* Nothing of [from, to) is sent. With a screen, what follows draws it. */
static void say_gap(LiveFeed *v, uint64_t from, uint64_t to, const char *reason, bool has_screen) {
    Buf b;
    JsonOut o;
    live_client_begin(v->client, "gap", false, &b, &o);
    json_kv_i64(&o, "from", (int64_t)from);
    json_kv_i64(&o, "to", (int64_t)to);
    json_kv_str(&o, "reason", str(reason));
    if (has_screen) put_place(&o, v);
    live_client_end(v->client, &b, &o);
}

static void say_resized(LiveFeed *v, const LaunchFrame *f) {
    HoldSize size;
    Buf b;
    JsonOut o;
    if (!holdlog_size_parse(f->frame.bytes, &size)) return;
    live_client_begin(v->client, "resized", false, &b, &o);
    json_kv_i64(&o, "offset", (int64_t)tail_frame_end(f));
    json_kv_i64(&o, "rows", size.rows);
    json_kv_i64(&o, "cols", size.cols);
    live_client_end(v->client, &b, &o);
}

static void say_exited(LiveFeed *v, uint64_t offset, const HoldExit *x) {
    Buf b;
    JsonOut o;
    v->has_exited = true;
    live_client_begin(v->client, "exited", false, &b, &o);
    json_kv_i64(&o, "offset", (int64_t)offset);
    if (x->code >= 0) json_kv_i64(&o, "code", x->code);
    if (x->signal) json_kv_i64(&o, "signal", x->signal);
    json_kv_str(&o, "reason", x->reason);
    if (x->text.n) json_kv_str(&o, "text", text_cut(x->text, 500));
    live_client_end(v->client, &b, &o);
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

static bool is_out_of_window(const LiveFeed *v, const LaunchFrame *f) {
    return tail_frame_end(f) > v->acked + TERMINAL_WINDOW;
}

/* Sends as many frames of output as one message takes. Returns how many; 0: there is no room. */
static size_t send_output(LiveFeed *v, const LaunchFrame *frames, size_t n) {
    Str parts[LIVE_PARTS_MAX];
    size_t i = 0, bytes = 0;
    while (i < n && i < LIVE_PARTS_MAX && frames[i].frame.channel == HOLD_STDOUT && !is_out_of_window(v, &frames[i]) &&
           (i == 0 || bytes + frames[i].frame.bytes.n <= PIECE_BYTES)) {
        parts[i] = frames[i].frame.bytes;
        bytes += parts[i++].n;
    }
    if (i == 0) return 0;
    uint64_t end = tail_frame_end(&frames[i - 1]);
    if (!live_client_send(v->client, LIVE_OUTPUT, end, parts, (int)i)) return 0;
    v->sent = end;
    return i;
}

static void take_other(LiveFeed *v, const LaunchFrame *f) {
    HoldExit x;
    bool is_all_acked = v->acked == v->sent;
    v->sent = tail_frame_end(f);
    if (is_all_acked) v->acked = v->sent; /* only output is acknowledged */
    if (f->frame.channel == HOLD_RESIZE) say_resized(v, f);
    if (f->frame.channel == HOLD_EXIT && holdlog_exit_parse(f->frame.bytes, &x)) say_exited(v, v->sent, &x);
}

static size_t on_frames(void *arg, const LaunchFrame *frames, size_t n) {
    LiveFeed *v = arg;
    size_t i = 0;
    while (i < n) {
        size_t sent = live_client_has_room(v->client);
        if (frames[i].frame.channel == HOLD_STDOUT)
            sent = send_output(v, frames + i, n - i);
        else if (sent)
            take_other(v, &frames[i]);
        if (sent == 0) break;
        i += sent;
    }
    return i;
}

static void on_gap(void *arg, uint64_t from, uint64_t to) {
    LiveFeed *v = arg;
    v->sent = to;
    if (v->acked < to || to < from) v->acked = to;
    if (v->wants_screen) {
        v->skipped_from = from;
        view_load(v, "lost");
    } else {
        say_gap(v, from, to, "lost", false);
    }
}

/* The exit frame may be before the place where the view begins. */
static void on_end(void *arg) {
    LiveFeed *v = arg;
    HoldExit x;
    if (v->has_exited) return;
    if (!v->load.exit.n || !holdlog_exit_parse(buf_str(&v->load.exit), &x))
        x = (HoldExit){.code = -1, .reason = STR("lost")};
    say_exited(v, v->sent, &x);
}

static void on_failed(void *arg, const Err *why) { live_client_fail(((LiveFeed *)arg)->client, why); }

static const TailSink sink = {on_frames, on_gap, on_end, on_failed};

/* Sends the rest of the screen, and what the log holds behind it. */
static void pump(LiveFeed *v) {
    while (v->screen_sent < v->screen.n) {
        Str piece = str_upto(str_from(buf_str(&v->screen), v->screen_sent), PIECE_BYTES);
        if (!live_client_send(v->client, LIVE_OUTPUT, v->sent, &piece, 1)) return;
        v->screen_sent += piece.n;
    }
    buf_done(&v->screen);
    buf_init(&v->screen, TERM_SNAPSHOT_MAX);
    v->screen_sent = 0;
    if (!v->tail) v->tail = tail_open(v->app, str(v->stage->id), v->sent, &sink, v);
}

/* --- loading: where the view begins ------------------------------------------------------------------------------ */

static void on_loaded(void *arg);

/* Half of a snapshot would end anywhere in a sequence: one that is too large gives way to an empty screen. */
static void put_screen(Load *l, Term *t) {
    term_snapshot(t, &l->screen);
    if (!l->screen.failed) return;
    buf_done(&l->screen);
    buf_init(&l->screen, TERM_SNAPSHOT_MAX);
    buf_add_str(&l->screen, STR("\033c"));
    l->is_partial = true;
}

static int load(const LiveFeed *v, DbConn *db, Load *l, Err *e) {
    Screen s;
    TermSize first;
    TRY(screen_first_size(db, str(v->stage->id), &first, e));
    TRY(screen_load(v->app, str(v->stage->id), first, &l->want, &s, e));
    l->size = term_size(s.term);
    l->offset = s.offset;
    l->is_partial = s.is_partial;
    buf_done(&l->exit);
    l->exit = TAKE(s.exit);
    if (l->wants_screen) put_screen(l, s.term);
    screen_done(&s);
    return 0;
}

static void load_work(void *db, void *arg) {
    LiveFeed *v = arg;
    v->load.has_failed = load(v, db, &v->load, &v->load.err) < 0;
    loop_post(v->app->loop, on_loaded, v);
}

static void view_free(LiveFeed *v) {
    stage_leave(v);
    buf_done(&v->load.screen);
    buf_done(&v->load.exit);
    buf_done(&v->screen);
    free(v);
}

static int submit_load(LiveFeed *v, Err *e) {
    v->is_loading = true;
    v->load.err = (Err){0};
    if (pool_submit(v->app->slow, load_work, v)) return 0;
    v->is_loading = false;
    return err_fail(e, ERR_BUSY, "too much other work is waiting; try again in a moment");
}

/* A fresh screen in place of what is not sent. */
static void view_load(LiveFeed *v, const char *reason) {
    Err e = {0};
    tail_close(TAKE(v->tail));
    v->reason = reason;
    if (submit_load(v, &e) < 0) live_client_fail(v->client, &e);
}

static void on_loaded(void *arg) {
    LiveFeed *v = arg;
    v->is_loading = false;
    if (v->is_closed) {
        view_free(v);
        return;
    }
    if (v->load.has_failed) {
        live_client_fail(v->client, &v->load.err);
        return;
    }
    Stage *g = v->stage;
    bool is_after = v->load.want.upto != UINT64_MAX; /* the place that the client named, which may lie behind the end */
    if (is_after) v->load.offset = v->load.want.upto;
    v->sent = v->acked = v->load.offset;
    if (!g->size.rows && !is_after) g->size = v->load.size;
    if (v->has_begun)
        say_gap(v, v->skipped_from, v->load.offset, v->reason, true);
    else
        say_begun(v);
    if (v->load.wants_screen) {
        buf_done(&v->screen);
        v->screen = TAKE(v->load.screen);
        buf_init(&v->load.screen, TERM_SNAPSHOT_MAX);
    }
    pump(v);
}

/* --- the client ------------------------------------------------------------------------------------------------- */

static int source_open(const LiveOpen *o, LiveFeed **ret, Err *e) {
    bool wants_screen = json_bool(o->message, "screen", false);
    const Json *after = json_get(o->message, "after");
    if (after && after->type != JSON_NULL && (after->type != JSON_INT || after->i < 0))
        return err_fail(e, ERR_INVALID, "after must be an offset of the log, not below 0");
    bool has_after = after && after->type == JSON_INT;
    if (has_after && wants_screen)
        return err_fail(e, ERR_INVALID, "a subscription has either after or screen: a screen is the newest one");
    LiveFeed *v = mu_new(LiveFeed);
    *v = (LiveFeed){.app = o->app,
                    .stage = stage_get(o->app, o->id),
                    .client = o->client,
                    .sub = o->sub,
                    .may_type = o->who->role >= ROLE_MEMBER,
                    .wants_screen = wants_screen};
    v->load = (Load){.wants_screen = wants_screen,
                     .want = {.upto = has_after ? (uint64_t)after->i : UINT64_MAX,
                              .is_blank = !wants_screen,
                              .budget = wants_screen ? SCREEN_REPLAY_MAX : 0}};
    buf_init(&v->load.screen, TERM_SNAPSHOT_MAX);
    buf_init(&v->screen, TERM_SNAPSHOT_MAX);
    list_add_last(&v->stage->views, &v->link);
    if (submit_load(v, e) < 0) {
        view_free(v);
        return -(int)e->code;
    }
    *ret = v;
    return 0;
}

static void source_close(LiveFeed *v) {
    tail_close(TAKE(v->tail));
    v->is_closed = true;
    if (v->stage->owner == v) owner_left(v->stage);
    if (!v->is_loading) view_free(v); /* else when its job has ended */
}

static int take_input(LiveFeed *v, Str bytes, Err *e) {
    if (!bytes.n) return 0;
    TRY(launch_type(v->app, str(v->stage->id), bytes, &v->typed_to, e));
    v->n_typed += bytes.n;
    v->acted = ++v->stage->n_acts;
    set_owner(v->stage, v);
    return 0;
}

static int take_resize(LiveFeed *v, Str bytes, Err *e) {
    LeReader r = {.rest = bytes};
    TermSize size = {.rows = le_take16(&r)};
    size.cols = le_take16(&r);
    TermSize within = term_size_within(size);
    if (bytes.n != SIZE_BYTES || within.rows != size.rows || within.cols != size.cols)
        return err_fail(e, ERR_INVALID, "a size is u16 rows from %d to %d and u16 cols from %d to %d", TERM_ROWS_MIN,
                        TERM_ROWS_MAX, TERM_COLS_MIN, TERM_COLS_MAX);
    v->wish = size;
    if (!v->stage->owner) set_owner(v->stage, v);
    if (v->stage->owner == v) apply_size(v->stage, size);
    return 0;
}

static int take_ack(LiveFeed *v, uint64_t offset, Err *e) {
    if (offset > v->sent)
        return err_fail(e, ERR_INVALID, "an ack names an offset that was sent; %llu is behind it",
                        (unsigned long long)offset);
    if (offset <= v->acked || !v->tail) return 0;
    v->acked = offset;
    uint64_t behind = tail_head(v->tail) - v->acked;
    if (v->wants_screen && behind > TERMINAL_BEHIND_MAX) {
        v->skipped_from = v->sent;
        view_load(v, "behind");
    } else {
        tail_resume(v->tail);
    }
    return 0;
}

static int source_take(LiveFeed *v, const LiveFrame *f, Err *e) {
    if (!v->has_begun) return err_fail(e, ERR_CONFLICT, "wait until the subscription is answered");
    if (f->kind == LIVE_ACK) return take_ack(v, f->offset, e);
    if (f->kind == LIVE_CONTROL) return err_fail(e, ERR_INVALID, "a terminal takes no frames of kind 6");
    if (!v->may_type) return err_fail(e, ERR_FORBIDDEN, "you may watch this terminal, and not type in it");
    return f->kind == LIVE_INPUT ? take_input(v, f->bytes, e) : take_resize(v, f->bytes, e);
}

static void source_resume(LiveFeed *v) {
    ack_typed(v);
    if (!v->has_begun || v->is_loading) return;
    if (v->tail)
        tail_resume(v->tail);
    else
        pump(v);
}

const LiveSource terminal_source = {source_open, source_take, source_resume, source_close};

void terminals_free(Terminals *t) {
    if (!t) return;
    map_done(&t->stages);
    map_done(&t->shots);
    answers_done(t);
    free(t);
}
