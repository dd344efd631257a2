/* The owner "script" of launches: its output becomes the run's log, its exit the result. */
#include <stdlib.h>

#include "base/holdlog.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "core/setting.h"
#include "script/port.h"
#include "script/port_watch.h"
#include "script/script.h"
#include "script/script_sql.h"
#include "sys/environment.h"

extern char **environ;

enum { OUTPUT_MAX = 32 << 20, CHUNK_MAX = 64 << 10, HEAD_BYTES = 1 << 20 };

/* A piece of a character at the end of a batch waits for the rest. */
typedef struct Live {
    Buf text;
    size_t whole; /* bytes of it that are ready to be stored */
    bool has_exit;
    ScriptEnd end;
    char detail[512];
} Live;

static int open_live(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ScriptRun run;
    if (script_run_get(db, l->owner_id, a, &run, &(Err){0}) >= 0) port_watch_add(app, &run);
    (void)e;
    Live *x = mu_new(Live);
    buf_init(&x->text, OUTPUT_MAX);
    buf_add_str(&x->text, l->owner_state);
    *ret_live = x;
    return 0;
}

static void close_live(void *live) {
    Live *x = live;
    buf_done(&x->text);
    free(x);
}

static void set_end(Live *x, const LaunchRow *l, Str body) {
    HoldExit h;
    holdlog_exit_read(body, &h, x->detail, sizeof x->detail);
    x->has_exit = true;
    x->end = (ScriptEnd){.run_id = {0}, .state = SCRIPT_FAILED, .exit_code = h.signal ? -1 : h.code & 0xff};
    if (str_is(h.limit, "wall"))
        x->end.state = SCRIPT_TIMED_OUT;
    else if (l->stop_asked)
        x->end.state = SCRIPT_STOPPED;
    else if (str_is(h.reason, "exit") && !h.signal && h.code == 0)
        x->end.state = SCRIPT_PASSED;
}

static int derive(void *live, const LaunchBatchIn *in, LaunchPlace *ret, Err *e) {
    Live *x = live;
    (void)e;
    for (size_t i = 0; i < in->n; i++) {
        const HoldFrame *f = &in->frames[i].frame;
        int64_t end = (int64_t)in->frames[i].offset + HOLD_FRAME_HEADER + (int64_t)f->bytes.n;
        if (f->channel == HOLD_STDOUT || f->channel == HOLD_STDERR) buf_add_str(&x->text, f->bytes);
        if (f->channel == HOLD_EXIT) set_end(x, in->launch, f->bytes);
        *ret = (LaunchPlace){.derived = end, .seen = end};
    }
    x->whole = x->has_exit ? x->text.n : text_whole(buf_str(&x->text));
    if (x->text.n - x->whole > CHUNK_MAX) x->whole = x->text.n;
    return 0;
}

/* Little by little the last row becomes a whole chunk: a page of the log is a number of rows. */
static int store_chunk(Tx *tx, Str run_id, Str text, Err *e) {
    int64_t at = 0, n = (int64_t)text.n, joined = 0;
    TRY(db_scalar(tx_conn(tx), &sql_script_log_count, DB_ARGS(db_text(run_id), db_i64(n)), 0, &at, e));
    TRY(tx_run(tx, &sql_script_log_append, DB_ARGS(db_text(run_id), db_text(text), db_i64(n), db_i64(CHUNK_MAX)),
               &joined, e));
    if (joined) return 0;
    return tx_run(tx, &sql_script_log_add, DB_ARGS(db_text(run_id), db_i64(at), db_text(text)), NULL, e);
}

static bool on_dropped(void *arg, DbRow *r) {
    *(int64_t *)arg += db_col_i64(r, 0);
    return true;
}

/* The beginning and the end are kept. */
static int cut_log(Tx *tx, Str run_id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ScriptRun r;
    int64_t n = 0;
    TRY(script_run_get(tx_conn(tx), run_id, a, &r, e));
    if (r.log_bytes - r.dropped_bytes <= SCRIPT_LOG_MAX) return 0;
    TRY(db_each(tx_conn(tx), &sql_script_log_cut,
                DB_ARGS(db_text(run_id), db_i64(HEAD_BYTES), db_i64(r.log_bytes), db_i64(SCRIPT_LOG_MAX - HEAD_BYTES)),
                on_dropped, &n, e));
    return n ? tx_run(tx, &sql_script_log_dropped, DB_ARGS(db_text(run_id), db_i64(n)), NULL, e) : 0;
}

static int store_output(Tx *tx, Str run_id, Str text, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    if (!text.n) return 0;
    while (text.n) {
        Str piece = text_cut(text, CHUNK_MAX);
        TRY(store_chunk(tx, run_id, text_clean(a, piece, CHUNK_MAX), e));
        text = str_from(text, piece.n);
    }
    return cut_log(tx, run_id, e);
}

static int apply(void *live, App *app, Tx *tx, const LaunchRow *l, Buf *state, Err *e) {
    Live *x = live;
    Str all = buf_str(&x->text);
    TRY(store_output(tx, l->owner_id, str_upto(all, x->whole), e));
    if (x->has_exit) {
        ScriptEnd end = x->end;
        end.run_id = l->owner_id;
        end.detail = str(x->detail);
        end.principal = l->principal;
        TRY(script_end(app, tx, &end, e));
    }
    buf_add_str(state, str_from(all, x->whole));
    buf_drop(&x->text, x->whole);
    x->whole = 0;
    return 0;
}

static int lost(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    ScriptState state = l->stop_asked ? SCRIPT_STOPPED : SCRIPT_LOST;
    return script_end(app, tx, &(ScriptEnd){l->owner_id, state, -1, str(why), l->principal}, e);
}

static int held(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    (void)app;
    return script_held(tx, l->owner_id, str(why), e);
}

int worktree_environment(App *app, DbConn *db, Str worktree_id, Arena *a, StrList *ret, Err *e) {
    StrList ports, named = setting_strs(app->settings, SET_AGENT_ENV, a);
    VEC(Str) v = {0};
    TRY(worktree_port_names(db, worktree_id, a, &ports, e));
    for (char **p = environ; *p; p++) {
        if (environment_is_passed(environment_name(*p), &named)) vec_push(&v, arena_str(a, str(*p)));
    }
    for (size_t i = 0; i < ports.n; i++) vec_push(&v, ports.items[i]);
    vec_take(&v, a, ret);
    return 0;
}

static int environment(App *app, DbConn *db, const LaunchRow *l, Arena *a, StrList *ret, Err *e) {
    ScriptRun run;
    TRY(script_run_get(db, l->owner_id, a, &run, e));
    return worktree_environment(app, db, run.worktree_id, a, ret, e);
}

const LaunchOwner script_owner = {.kind = "script",
                                  .open = open_live,
                                  .close = close_live,
                                  .derive = derive,
                                  .apply = apply,
                                  .lost = lost,
                                  .held = held,
                                  .ended = script_content_end,
                                  .environment = environment};
