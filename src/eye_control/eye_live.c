/* The owner "eye" of launches: lines of muster-eye become the row, its exit the row's end. */
#include <stdlib.h>

#include "base/holdlog.h"
#include "base/mem.h"
#include "base/vec.h"
#include "eye_control/fold.h"
#include "eye_control/recording.h"
#include "sys/environment.h"
#include "sys/file.h"

extern char **environ;

/* A line is longer only by mistake; the rest of it is dropped. */
enum { LINE_MAX_BYTES = 64 << 10, EXIT_TEXT_MAX = 512 };

typedef struct Said {
    EyeReport report;
    TimeUs at;
} Said;

/* Invariant: `line` is what follows the last newline, and is all of the state that is stored: the row has the rest. */
typedef struct Live {
    Arena *arena; /* of what was derived and is not stored yet */
    VEC(Said) said;
    Buf line;
    bool is_cut; /* `line` was longer than it may be */
    bool has_exit;
    EyeEnd end;
    TimeUs ended_at;
    char detail[EXIT_TEXT_MAX];
} Live;

static int open_live(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e) {
    (void)app, (void)db, (void)e;
    Live *x = mu_new(Live);
    x->arena = arena_new();
    buf_init(&x->line, LINE_MAX_BYTES);
    buf_add_str(&x->line, l->owner_state);
    *ret_live = x;
    return 0;
}

static void close_live(void *live) {
    Live *x = live;
    vec_done(&x->said);
    buf_done(&x->line);
    arena_free(x->arena);
    free(x);
}

/* --- deriving --- */

static void give_line(Live *x, TimeUs at) {
    Said s = {.at = at};
    if (x->is_cut)
        s.report =
            (EyeReport){.kind = EYE_SAYS_NONSENSE, .error.message = STR("muster-eye wrote a line that is too long")};
    else
        eye_report_read(arena_str(x->arena, buf_str(&x->line)), x->arena, &s.report);
    buf_clear(&x->line);
    x->is_cut = false;
    vec_push(&x->said, s);
}

static void feed(Live *x, const HoldFrame *f) {
    Str rest = f->bytes;
    while (rest.n) {
        const char *newline = memchr(rest.p, '\n', rest.n);
        Str part = newline ? str_n(rest.p, (size_t)(newline - rest.p)) : rest;
        if (x->line.n + part.n > LINE_MAX_BYTES) x->is_cut = true;
        buf_add_str(&x->line, str_upto(part, LINE_MAX_BYTES - x->line.n));
        rest = str_from(rest, part.n + (newline != NULL));
        if (newline) give_line(x, f->at);
    }
}

static EyeWhy why_ended(const HoldExit *h) {
    if (str_is(h->reason, "limit")) return EYE_WHY_LIMIT;
    if (str_is(h->reason, "exec_failed") || str_is(h->reason, "not_started")) return EYE_WHY_NOT_STARTED;
    return h->signal ? EYE_WHY_KILLED : EYE_WHY_EXITED;
}

static void set_end(Live *x, const LaunchRow *l, const HoldFrame *f) {
    HoldExit h;
    holdlog_exit_read(f->bytes, &h, x->detail, sizeof x->detail);
    bool has_code = !h.signal && h.code >= 0;
    x->has_exit = true;
    x->ended_at = f->at;
    x->end = (EyeEnd){.state = EYE_EXITED, .why = why_ended(&h), .exit_code = has_code ? h.code & 0xff : -1};
    if (l->stop_asked) {
        x->end = (EyeEnd){.state = EYE_STOPPED, .why = EYE_WHY_ASKED, .exit_code = x->end.exit_code};
        return;
    }
    if (x->end.why == EYE_WHY_NOT_STARTED) x->end.state = EYE_FAILED;
    if (has_code && str_is(h.reason, "exit"))
        snprintf(x->detail, sizeof x->detail, "muster-eye exited with status %d", h.code);
    if (h.signal && str_is(h.reason, "signal"))
        snprintf(x->detail, sizeof x->detail, "signal %d ended muster-eye", h.signal);
    x->end.detail = str(x->detail);
}

static int derive(void *live, const LaunchBatchIn *in, LaunchPlace *ret, Err *e) {
    Live *x = live;
    (void)e;
    if (in->gap.n) { /* a line that was cut by it is none */
        buf_clear(&x->line);
        x->is_cut = false;
    }
    for (size_t i = 0; i < in->n; i++) {
        const HoldFrame *f = &in->frames[i].frame;
        int64_t end = (int64_t)in->frames[i].offset + HOLD_FRAME_HEADER + (int64_t)f->bytes.n;
        if (f->channel == HOLD_STDOUT && !in->is_plain) feed(x, f);
        if (f->channel == HOLD_EXIT) set_end(x, in->launch, f);
        *ret = (LaunchPlace){.derived = end, .seen = end};
    }
    return 0;
}

/* --- storing --- */

/* Of an eye that ended by itself, what it complained of last says why. */
static EyeEnd explained(const Eye *row, const EyeEnd *end, Arena *a) {
    EyeEnd e = *end;
    if (end->why == EYE_WHY_EXITED && end->state == EYE_EXITED && row->last_error.n)
        e.detail = arena_fmt(a, STR_FMT ": " STR_FMT, STR_ARG(end->detail), STR_ARG(row->last_error));
    return e;
}

static int end_row(App *app, Tx *tx, Eye *row, const EyeEnd *end, TimeUs at, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    EyeEnd known = explained(row, end, a);
    eye_fold_end(row, &known, at);
    TRY(recordings_cut(tx, row->id, STR("the eye has ended"), e));
    return eye_store(app, tx, row, e);
}

static int apply(void *live, App *app, Tx *tx, const LaunchRow *l, Buf *state, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Live *x = live;
    Eye row;
    TRY(eye_get(tx_conn(tx), l->owner_id, a, &row, e));
    for (size_t i = 0; i < x->said.n; i++) {
        const EyeReport *r = &x->said.items[i].report;
        eye_fold(&row, r, x->said.items[i].at, a);
        if (r->kind == EYE_SAYS_RECORDED || r->kind == EYE_SAYS_REPLAYED || r->kind == EYE_SAYS_FILMED)
            TRY(recording_report(app, tx, r, a, e));
        if (r->kind == EYE_SAYS_STATUS && !r->status.is_recording)
            TRY(recording_deny(tx, &row, x->said.items[i].at, e));
    }
    if (x->has_exit)
        TRY(end_row(app, tx, &row, &x->end, x->ended_at, e));
    else if (x->said.n)
        TRY(eye_store(app, tx, &row, e));
    buf_add_str(state, buf_str(&x->line));
    vec_clear(&x->said);
    arena_reset(x->arena);
    return 0;
}

static int lost(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Eye row;
    TRY(eye_get(tx_conn(tx), l->owner_id, a, &row, e));
    bool is_lost = str_starts(str(why), STR(LAUNCH_LOST_WHY));
    EyeEnd end = {.state = EYE_FAILED, .why = EYE_WHY_NOT_STARTED, .exit_code = -1, .detail = str(why)};
    if (is_lost) end = (EyeEnd){.state = EYE_LOST, .why = EYE_WHY_HOLD_LOST, .exit_code = -1, .detail = str(why)};
    if (l->stop_asked) end = (EyeEnd){.state = EYE_STOPPED, .why = EYE_WHY_ASKED, .exit_code = -1};
    return end_row(app, tx, &row, &end, tx_now(tx), e);
}

static int held(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Eye row;
    TRY(eye_get(tx_conn(tx), l->owner_id, a, &row, e));
    if (HAS(Eye, &row, ended_at) || str_is(row.held, why)) return 0;
    eye_fold_held(&row, str(why), tx_now(tx));
    return eye_store(app, tx, &row, e);
}

/* What every program of the person gets; of a game's own variables muster-eye learns in its first line. */
static int environment(App *app, DbConn *db, const LaunchRow *l, Arena *a, StrList *ret, Err *e) {
    (void)app, (void)db, (void)l, (void)e;
    VEC(Str) v = {0};
    for (char **p = environ; *p; p++) {
        Str name = environment_name(*p);
        bool is_screen = str_is(name, "DISPLAY") || str_is(name, "WAYLAND_DISPLAY") || str_is(name, "XAUTHORITY");
        bool is_temporary = str_is(name, "TMPDIR"); /* where its sockets go */
        if ((environment_is_user_name(name) && !is_screen) || is_temporary) vec_push(&v, arena_str(a, str(*p)));
    }
    vec_take(&v, a, ret);
    return 0;
}

const LaunchOwner eye_owner = {.kind = "eye",
                               .open = open_live,
                               .close = close_live,
                               .derive = derive,
                               .apply = apply,
                               .lost = lost,
                               .held = held,
                               .environment = environment};
