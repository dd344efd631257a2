/* A store restored from a backup under living launches. Their holds have inputs that the store does not know. If their
 * numbers were used again, the holds would take new inputs for old ones and ignore them. The logs show these inputs:
 * each becomes a row again before another can be added. Worker thread.
 */
#include "core/launch_restore.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/holdwire.h"
#include "base/vec.h"
#include "core/launch_sql.h"
#include "core/launches.h"
#include "sys/file.h"

enum { ALIVE_MAX = 10000, BATCH_BYTES = 1 << 20 };

typedef struct Found {
    int64_t n;
    TimeUs at;
    Str bytes; /* in the arena */
} Found;

/* The inputs in one launch's log. */
typedef struct Restore {
    const LaunchRow *row;
    Arena *arena; /* borrowed */
    Buf part;     /* of an input that spans frames */
    VEC(Found) found;
} Restore;

/* Parts that begin again replace the earlier parts of the same input. For a terminal there is only the number. */
static void take_input(Restore *r, const HoldFrame *f) {
    HoldInput in;
    if (!holdlog_input_parse(f->bytes, &in) || (int64_t)in.n <= r->row->n_inputs) return;
    if (in.at == 0) buf_clear(&r->part);
    if (in.bytes.n && in.at != r->part.n) return;
    buf_add_str(&r->part, in.bytes);
    if (in.bytes.n && r->part.n < in.total) return;
    Found x = {.n = (int64_t)in.n, .at = f->at, .bytes = arena_str(r->arena, buf_str(&r->part))};
    vec_push(&r->found, x);
    buf_clear(&r->part);
}

/* *ret_next: where reading continues; `at` itself at the end. */
static int read_from(Restore *r, LaunchLog *log, uint64_t at, uint64_t *ret_next, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchBatch b;
    TRY(launchlog_read(log, at, BATCH_BYTES, a, &b, e));
    for (size_t i = 0; i < b.n; i++)
        if (b.frames[i].frame.channel == HOLD_INPUT) take_input(r, &b.frames[i].frame);
    *ret_next = b.cond == LAUNCHLOG_GAP && b.resume > b.next ? b.resume : b.next;
    if (b.cond == LAUNCHLOG_BAD) TRY(launchlog_skip_damage(log, b.next, 0, ret_next, e));
    return 0;
}

static int read_log(App *app, Restore *r, Err *e) {
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    const char *folder = arena_fmt(r->arena, "streams/" STR_FMT, STR_ARG(r->row->id)).p;
    CLEANUP(fd_closep) int dirfd = openat(app->home_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0) return 0; /* it has not started */
    TRY(launchlog_open(dirfd, &log, e));
    uint64_t at = (uint64_t)r->row->derived;
    for (uint64_t next = at;; at = next) {
        TRY(read_from(r, log, at, &next, e));
        if (next == at) return 0;
    }
}

typedef struct Restored {
    App *app;
    const LaunchRow *row;
    const Restore *read;
} Restored;

/* Numbers have no holes: one hidden by damage gets a row without bytes, which its hold never asks for. */
static int restore_rows(Tx *tx, const Restored *x, Err *e) {
    int64_t n = x->row->n_inputs;
    for (size_t i = 0; i < x->read->found.n; i++) {
        const Found *f = &x->read->found.items[i];
        while (n < f->n) {
            n++;
            Str bytes = n == f->n && f->bytes.p ? f->bytes : STR("");
            TRY(tx_run(tx, &sql_launch_input_restore,
                       DB_ARGS(db_text(x->row->id), db_i64(n), db_blob(bytes), db_i64(f->at)), NULL, e));
        }
    }
    return tx_run(tx, &sql_launch_set_restored, DB_ARGS(db_text(x->row->id), db_i64(n)), NULL, e);
}

static int restore_tx(Tx *tx, void *arg, Err *e) {
    const Restored *x = arg;
    const LaunchOwner *owner = launches_owner(x->app->launches, x->row->owner_kind);
    TRY(restore_rows(tx, x, e));
    return owner && owner->restored ? owner->restored(x->app, tx, x->row, e) : 0;
}

static int restore_one(App *app, const LaunchRow *row, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Restore r = {.row = row, .arena = a};
    buf_init(&r.part, HOLD_INPUT_MAX);
    int rc = read_log(app, &r, e);
    if (rc >= 0) rc = db_tx(app->db, DB_PERSON, restore_tx, (&(Restored){app, row, &r}), e);
    buf_done(&r.part);
    vec_done(&r.found);
    return rc;
}

/* A launch that was restored before a crash is not restored again: its notice is kept. */
int launches_restore(App *app, DbConn *db, int64_t *ret_n, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchRowList alive = {0};
    TRY(db_all(db, &sql_launches_alive, DB_NONE, DB_INTO(LaunchRow, a, &alive), ALIVE_MAX, e));
    for (size_t i = 0; i < alive.n; i++)
        if (!alive.items[i].restored) TRY(restore_one(app, &alive.items[i], e));
    *ret_n = (int64_t)alive.n;
    return 0;
}
