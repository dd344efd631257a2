/* The writer: one thread, one connection, groups of closures under one commit.
 *
 * Invariants, and what would break them:
 * - A caller of db_tx returns only after its group's outcome is known: success means that the commit is done. Waking a
 *   caller between its closure and the commit would acknowledge a write that a crash still undoes.
 * - A closure runs under a savepoint inside the group's transaction, so its failure undoes only its own changes. SQLite
 *   may however end the whole transaction on a full disk or an I/O error. is_in_tx finds that out; without the check
 *   the statements that follow would each commit separately.
 * - Items reach on_committed only after the commit and in commit order; the items of an undone closure or group go to
 *   on_dropped. Each item goes to exactly one of the two.
 * - A Write is on the stack of the thread that waits for it. So the queue is never longer than the number of threads,
 *   and the writer must not touch a Write after it has set is_done and released the lock.
 */
#define LOG_MODULE "db"
#include <assert.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "db/db_int.h"
#include "db/db_sql.h"
#include "sys/log.h"
#include "sys/loop.h"

/* A closure should take at most 5 ms; one that takes ten times as long is logged. */
enum { COUNT_US = 1000000, LONG_US = 50000, SLICE_US = 5000 };

typedef struct Write {
    List link; /* Writer.queue, then the group's list */
    DbClass cls;
    const char *name; /* borrowed; of the closure, for the log */
    int (*fn)(Tx *tx, void *arg, Err *e);
    void *arg;
    Err *e; /* the caller's, may be NULL */
    int rc;
    bool is_done;
    pthread_cond_t done;
} Write;

/* ---- inside a closure ---- */

DbConn *tx_conn(Tx *tx) { return tx->db->writer.group.conn; }

TimeUs tx_now(const Tx *tx) { return tx->now; }

void tx_publish(Tx *tx, void *item) { vec_push(&tx->db->writer.group.items, item); }

void **tx_slot(Tx *tx, void (*done)(void *slot)) {
    tx->db->writer.group.slot_done = done;
    return &tx->db->writer.group.slot;
}

int64_t tx_rollbacks(const Tx *tx) { return tx->db->writer.group.n_rollbacks; }

/* SQLite itself ends a transaction on a full disk and on some I/O errors. */
static bool is_in_tx(DbConn *c) { return !sqlite3_get_autocommit(c->h); }

/* If a closure continued after its transaction has ended, each of its statements would commit separately. */
static int take_in_tx(DbConn *c, const Sql *q, Stmt **ret, Err *e) {
    if (!is_in_tx(c)) return err_fail(e, ERR_INTERNAL, "store: %s: the transaction was rolled back", q->name);
    return stmt_take(c, q, ret, e);
}

static int run_bound(DbConn *c, Stmt *s, int64_t *ret_changes, Err *e) {
    bool has_row;
    TRY(stmt_step(c, s, &has_row, e));
    if (ret_changes) *ret_changes = sqlite3_changes64(c->h);
    return 0;
}

int tx_run(Tx *tx, const Sql *q, DbArgs args, int64_t *ret_changes, Err *e) {
    Group *g = &tx->db->writer.group;
    CLEANUP(stmt_givep) Stmt *s = NULL;
    TRY(take_in_tx(g->conn, q, &s, e));
    TRY(stmt_bind(g->conn, s, args, e));
    for (int i = 0; i < args.n; i++) g->bytes += (int64_t)args.v[i].s.n;
    return run_bound(g->conn, s, ret_changes, e);
}

int tx_run_shape(Tx *tx, const Sql *q, const Shape *shape, const void *in, int64_t *ret_changes, Err *e) {
    Group *g = &tx->db->writer.group;
    CLEANUP(stmt_givep) Stmt *s = NULL;
    TRY(take_in_tx(g->conn, q, &s, e));
    TRY(stmt_bind_shape(g->conn, s, shape, in, &g->bytes, e));
    return run_bound(g->conn, s, ret_changes, e);
}

int db_queued(Db *db) {
    int n = 0;
    pthread_mutex_lock(&db->writer.lock);
    list_each(&db->writer.queue, Write, link, w) n++;
    pthread_mutex_unlock(&db->writer.lock);
    return n;
}

/* ---- what a closure leaves to its end ---- */

enum { TX_END_KEY_MAX = 64 };

typedef struct Ending {
    TxEnd fn;
    char key[TX_END_KEY_MAX];
    size_t key_n;
    uint64_t bits;
} Ending;
typedef struct Ends {
    VEC(Ending) all;
    Map by_key; /* fn and key to a place in `all`, from 1 */
} Ends;

static size_t end_place(Ends *x, TxEnd fn, Str key) {
    char text[sizeof fn + TX_END_KEY_MAX];
    Ending new = {.fn = fn, .key_n = key.n};
    memcpy(text, &fn, sizeof fn);
    memcpy(text + sizeof fn, key.p, key.n);
    Str name = str_n(text, sizeof fn + key.n);
    uintptr_t place = (uintptr_t)map_find(&x->by_key, name);
    if (place) return place - 1;
    memcpy(new.key, key.p, key.n);
    vec_push(&x->all, new);
    map_put(&x->by_key, name, (void *)(uintptr_t)x->all.n);
    return x->all.n - 1;
}

void tx_at_end(Tx *tx, TxEnd fn, Str key, uint64_t bits) {
    Ends *x = tx->db->writer.group.ends;
    assert(key.n <= TX_END_KEY_MAX);
    size_t place = end_place(x, fn, key);
    x->all.items[place].bits |= bits;
}

static void forget_ends(Ends *x) {
    vec_clear(&x->all);
    map_done(&x->by_key);
}

/* One may ask for further ones. */
static int run_ends(Tx *tx, Ends *x, Err *e) {
    for (size_t i = 0; i < x->all.n; i++) {
        Ending end = x->all.items[i];
        TRY(end.fn(tx, str_n(end.key, end.key_n), end.bits, e));
    }
    return 0;
}

/* ---- groups, on the writer ---- */

static void drop_items(Db *db, size_t from) {
    Group *g = &db->writer.group;
    while (g->items.n > from) {
        void *item = vec_pop(&g->items);
        if (db->config.on_dropped) db->config.on_dropped(db->config.arg, item);
    }
}

static void finish(Write *w, int rc, const Err *why) {
    w->rc = rc;
    if (rc < 0 && w->e && why) *w->e = *why;
}

static void fail_all(List *ran, int rc, const Err *why) {
    list_each(ran, Write, link, w) if (w->rc >= 0) finish(w, rc, why);
}

static bool wants_full_sync(List *queue) {
    list_each(queue, Write, link, w) if (w->cls == DB_PERSON) return true;
    return false;
}

static int begin(Group *g, bool is_full, Err *e) {
    if (is_full != g->is_full_sync) {
        TRY(conn_exec(g->conn, is_full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", "synchronous",
                      e));
        g->is_full_sync = is_full;
    }
    return conn_do(g->conn, &sql_db_begin_write, e);
}

static int run_saved(Tx *tx, Write *w, Err *e) {
    DbConn *c = tx_conn(tx);
    TRY(conn_do(c, &sql_db_savepoint, e));
    tx->now = clock_now_us();
    TRY(w->fn(tx, w->arg, e));
    TRY(run_ends(tx, tx->db->writer.group.ends, e));
    return conn_do(c, &sql_db_release, e);
}

/* The undo must work even where the closure failed, so it bypasses the statement cache. */
static void undo(Db *db, const Sql *q) {
    Group *g = &db->writer.group;
    if (is_in_tx(g->conn)) sqlite3_exec(g->conn->h, q->text, NULL, NULL, NULL);
    g->n_rollbacks++;
}

/* Runs one closure. Negative only if the whole group was rolled back with it. */
static int run_one(Db *db, Write *w, Err *e) {
    Group *g = &db->writer.group;
    size_t from = g->items.n;
    int64_t began = clock_mono_us(), changed = sqlite3_total_changes64(g->conn->h);
    int rc = run_saved(&(Tx){.db = db}, w, e);
    forget_ends(g->ends);
    int64_t took = clock_mono_us() - began;
    changed = sqlite3_total_changes64(g->conn->h) - changed;
    if (changed > g->rows_max) g->rows_max = changed;
    if (took > LONG_US) log_info("the write %s took %lld ms", w->name, (long long)(took / 1000));
    if (rc >= 0 && is_in_tx(g->conn)) {
        finish(w, 0, NULL);
        return 0;
    }
    if (rc >= 0) rc = err_fail(e, ERR_INTERNAL, "store: the transaction ended inside a closure");
    finish(w, rc, e);
    drop_items(db, from);
    undo(db, &sql_db_undo);
    if (!is_in_tx(g->conn)) return rc;
    conn_do(g->conn, &sql_db_release, NULL);
    return 0;
}

static bool is_group_full(const Group *g, int n) {
    return n >= GROUP_EVENTS || g->items.n >= GROUP_EVENTS || g->bytes >= GROUP_BYTES;
}

/* See counter_raise: the counter must never be behind a person's write. */
static int count_group(Db *db, int64_t changed_before, Err *e) {
    Group *g = &db->writer.group;
    bool has_changed = sqlite3_total_changes64(g->conn->h) != changed_before;
    g->counts = has_changed && (g->is_full_sync || clock_mono_us() - g->counted_us >= COUNT_US);
    return g->counts ? counter_raise(g->conn, g->n_counted + 1, e) : 0;
}

static void note_counted(Db *db) {
    Group *g = &db->writer.group;
    if (!g->counts) return;
    g->counted_us = clock_mono_us();
    counter_write(db, ++g->n_counted);
}

/* Runs closures until the queue is empty or the group is full, then commits. Moves them to `ran`. */
static int run_all(Db *db, List *queue, List *ran, Err *e) {
    Group *g = &db->writer.group;
    int64_t changed = sqlite3_total_changes64(g->conn->h);
    int n = 0;
    while (!list_is_empty(queue) && !is_group_full(g, n++)) {
        Write *w = list_first(queue, Write, link);
        list_remove(&w->link);
        list_add_last(ran, &w->link);
        TRY(run_one(db, w, e));
    }
    TRY(count_group(db, changed, e));
    return conn_do(g->conn, &sql_db_commit, e);
}

static void run_group(Db *db, List *queue, List *ran) {
    Group *g = &db->writer.group;
    Err e = {0};
    int64_t changed = sqlite3_total_changes64(g->conn->h);
    g->bytes = 0;
    int rc = begin(g, wants_full_sync(queue), &e);
    if (rc < 0) {
        while (!list_is_empty(queue)) {
            Write *w = list_first(queue, Write, link);
            list_remove(&w->link);
            list_add_last(ran, &w->link);
        }
    } else {
        rc = run_all(db, queue, ran, &e);
    }
    if (rc < 0) {
        undo(db, &sql_db_rollback);
        drop_items(db, 0);
        fail_all(ran, rc, &e);
        return;
    }
    if (sqlite3_total_changes64(g->conn->h) != changed) state_note_kept(db);
    note_counted(db);
    if (g->items.n && db->config.on_committed) db->config.on_committed(db->config.arg, g->items.items, g->items.n);
}

static int64_t count(List *l) {
    int64_t n = 0;
    list_each(l, Write, link, w) n += w != NULL;
    return n;
}

static void move_all(List *from, List *to) {
    while (!list_is_empty(from)) {
        List *n = from->next;
        list_remove(n);
        list_add_last(to, n);
    }
}

static void wake_all(Writer *w, List *ran) {
    list_each(ran, Write, link, write) {
        write->is_done = true;
        pthread_cond_signal(&write->done);
    }
    vec_clear(&w->group.items);
}

/* Called and left with the lock held; writes that did not fit into the group go back to the front of the queue. */
static void take_group(Db *db) {
    Writer *w = &db->writer;
    List queue, ran;
    list_init(&queue);
    list_init(&ran);
    move_all(&w->queue, &queue);
    pthread_mutex_unlock(&w->lock);
    run_group(db, &queue, &ran);
    pthread_mutex_lock(&w->lock);
    w->n_groups++;
    w->n_closures += count(&ran);
    wake_all(w, &ran);
    move_all(&w->queue, &queue);
    move_all(&queue, &w->queue);
}

static void *writer_main(void *arg) {
    Db *db = arg;
    Writer *w = &db->writer;
    thread_set_role(THREAD_WRITER);
    pthread_mutex_lock(&w->lock);
    for (;;) {
        if (!list_is_empty(&w->queue))
            take_group(db);
        else if (w->is_stopping)
            break;
        else
            pthread_cond_wait(&w->wake, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static int on_wal(void *arg, sqlite3 *h UNUSED, const char *name UNUSED, int pages) {
    checkpointer_note(arg, pages);
    return SQLITE_OK;
}

int writer_start(Db *db, Err *e) {
    Writer *w = &db->writer;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    list_init(&w->queue);
    w->group.is_full_sync = true;
    w->group.ends = mu_new(Ends);
    sqlite3_wal_hook(w->group.conn->h, on_wal, db);
    if (pthread_create(&w->thread, NULL, writer_main, db))
        return err_fail(e, ERR_INTERNAL, "cannot start the writer thread");
    w->is_started = true;
    return 0;
}

void writer_stop(Db *db) {
    Writer *w = &db->writer;
    if (!w->is_started) return;
    pthread_mutex_lock(&w->lock);
    w->is_stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    if (w->group.slot) w->group.slot_done(w->group.slot);
    vec_done(&w->group.items);
    vec_done(&w->group.ends->all);
    free(w->group.ends);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
}

/* ---- on any thread ---- */

int db_tx_named(Db *db, DbClass cls, const char *name, int (*fn)(Tx *tx, void *arg, Err *e), void *arg, Err *e) {
    assert(thread_role() != THREAD_LOOP && thread_role() != THREAD_WRITER);
    Writer *w = &db->writer;
    Write write = {.cls = cls, .name = name, .fn = fn, .arg = arg, .e = e, .done = PTHREAD_COND_INITIALIZER};
    pthread_mutex_lock(&w->lock);
    list_add_last(&w->queue, &write.link);
    pthread_cond_signal(&w->wake);
    while (!write.is_done) pthread_cond_wait(&write.done, &w->lock);
    pthread_mutex_unlock(&w->lock);
    if (db->config.after_tx) db->config.after_tx(db->config.arg);
    return write.rc;
}

typedef struct Slice {
    const DbSlices *of;
    int64_t changed; /* by the whole write */
    bool is_last;
} Slice;

static int slice_tx(Tx *tx, void *arg, Err *e) {
    Slice *x = arg;
    int64_t until = clock_mono_us() + SLICE_US;
    for (int i = 0; i < DB_SLICE_STEPS && !x->is_last; i++) {
        int64_t n = 0;
        TRY(tx_run(tx, x->of->sql, x->of->args, &n, e));
        x->changed += n;
        x->is_last = n == 0;
        if (clock_mono_us() > until) break;
    }
    return 0;
}

int db_slices(Db *db, const DbSlices *s, Err *e) {
    Slice x = {.of = s};
    while (!x.is_last) {
        x.changed = 0;
        TRY(db_tx_named(db, DB_DERIVED, s->sql->name, slice_tx, &x, e));
        if (s->on_slice && x.changed) s->on_slice(s->arg, x.changed);
    }
    return 0;
}

int db_expire(Db *db, const Sql *q, TimeUs older_than, Err *e) {
    return db_slices(db, &(DbSlices){.sql = q, .args = DB_ARGS(db_i64(older_than))}, e);
}

static int free_tx(Tx *tx, void *arg, Err *e) {
    bool *is_last = arg;
    int64_t until = clock_mono_us() + SLICE_US, before = INT64_MAX, n = 0;
    for (;;) {
        TRY(db_free_bytes(tx_conn(tx), &n, e));
        *is_last = n <= FREE_BYTES_KEPT || n >= before;
        if (*is_last || (before != INT64_MAX && clock_mono_us() > until)) return 0;
        before = n;
        TRY(conn_exec(tx_conn(tx), "PRAGMA incremental_vacuum(16)", "incremental_vacuum", e));
    }
}

int db_free_pages(Db *db, Err *e) {
    bool is_last = false;
    while (!is_last) TRY(db_tx(db, DB_DERIVED, free_tx, &is_last, e));
    return 0;
}
