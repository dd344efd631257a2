/* The owner "terminal" of launches: nothing of the output is stored; the exit is the row's end. */
#include <stdlib.h>

#include "base/mem.h"
#include "script/port.h"
#include "terminal/terminal.h"

typedef struct Live {
    bool has_exit;
    TerminalEnd end;
    char detail[512];
} Live;

static int open_live(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e) {
    (void)app, (void)db, (void)l, (void)e;
    *ret_live = mu_new(Live);
    return 0;
}

static void close_live(void *live) { free(live); }

static void set_end(Live *x, const LaunchRow *l, Str body) {
    HoldExit h;
    holdlog_exit_read(body, &h, x->detail, sizeof x->detail);
    x->has_exit = true;
    x->end = (TerminalEnd){.state = l->stop_asked ? TERMINAL_CLOSED : TERMINAL_EXITED,
                           .exit_code = h.signal || h.code < 0 ? -1 : h.code & 0xff};
}

static int derive(void *live, const LaunchBatchIn *in, LaunchPlace *ret, Err *e) {
    (void)e;
    for (size_t i = 0; i < in->n; i++) {
        const HoldFrame *f = &in->frames[i].frame;
        int64_t end = (int64_t)in->frames[i].offset + HOLD_FRAME_HEADER + (int64_t)f->bytes.n;
        if (f->channel == HOLD_EXIT) set_end(live, in->launch, f->bytes);
        *ret = (LaunchPlace){.derived = end, .seen = end};
    }
    return 0;
}

static int apply(void *live, App *app, Tx *tx, const LaunchRow *l, Buf *state, Err *e) {
    (void)app, (void)state;
    Live *x = live;
    if (!x->has_exit) return 0;
    TerminalEnd end = x->end;
    end.id = l->owner_id;
    end.detail = str(x->detail);
    return terminal_end(tx, &end, e);
}

static int lost(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    (void)app;
    TerminalState state = l->stop_asked ? TERMINAL_CLOSED : TERMINAL_LOST;
    return terminal_end(tx, &(TerminalEnd){l->owner_id, state, -1, str(why)}, e);
}

static int held(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    (void)app;
    return terminal_held(tx, l->owner_id, str(why), e);
}

static int environment(App *app, DbConn *db, const LaunchRow *l, Arena *a, StrList *ret, Err *e) {
    Terminal t;
    TRY(terminal_get(db, l->owner_id, a, &t, e));
    return worktree_environment(app, db, t.worktree_id, a, ret, e);
}

const LaunchOwner terminal_owner = {.kind = "terminal",
                                    .open = open_live,
                                    .close = close_live,
                                    .derive = derive,
                                    .apply = apply,
                                    .lost = lost,
                                    .held = held,
                                    .environment = environment};
