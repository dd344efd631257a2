/* The store: SQLite in WAL mode behind named statements, shapes in and out, one writer thread.
 *
 * Each thread has its own DbConn. Worker connections are read-only. All writes go through db_tx, which runs a closure
 * on the writer thread, inside the group's transaction and under a savepoint. SQL is in x.sql files
 * ("-- name: agent_by_id" before each statement), from which the build generates `const Sql sql_agent_by_id` and a
 * NULL-terminated table `agent_sql[]`.
 */
#pragma once

#include "base/shape.h"

typedef struct Db Db;         /* the store of one data folder, shared by all threads */
typedef struct DbConn DbConn; /* one thread's connection */
typedef struct Tx Tx;         /* a write in progress, only inside a closure */

typedef struct Sql {
    const char *name;
    const char *text;
    const char *file;
} Sql;

/* Migrations live in x_migrations.sql ("-- migration: 2026-11-21T10:00 workspace_create"). Each runs once, in order of
 * (time, name), in a transaction, after a backup of the store into the same folder. */
typedef struct Migration {
    const char *time, *name, *text;
} Migration;

typedef struct DbConfig {
    const char *dir;                    /* folder of muster.db */
    const Migration *const *migrations; /* NULL-terminated list of {0}-terminated arrays */
    /* After a group's commit, on the writer: everything passed to tx_publish, in commit order. */
    void (*on_committed)(void *arg, void **items, size_t n);
    void (*on_dropped)(void *arg, void *item); /* the item's closure or group was rolled back */
    /* On the caller of db_tx after its write ended: may block it while the consumer of the items is behind. */
    void (*after_tx)(void *arg);
    void *arg;
} DbConfig;

/* The detail of an error about a damaged store: the name of its newest backup in the folder, or "none". */
#define DB_BACKUP "backup"
#define DB_NO_BACKUP "none"

/* Checks integrity, refuses a newer store (and names the backup to restore), backs up, migrates. ERR_CONFLICT,
 * ERR_DISK_FULL, ERR_INTERNAL. */
int db_open(const DbConfig *c, Db **ret, Err *e);
void db_close(Db *db); /* finishes queued writes, checkpoints, joins threads */
/* As found when the store was opened: the last shutdown was not clean and the machine has booted since, so DERIVED
 * writes may be lost, and no write has called tx_forget_lost_power yet. */
bool db_lost_power(const Db *db);
int db_conn_open(Db *db, DbConn **ret, Err *e); /* read-only, for the calling thread */
/* Read-only access to a store that this process did not open, without a schema check. ERR_NOT_FOUND: no store. */
int db_peek(const char *dir, DbConn **ret, Err *e);
void db_conn_close(DbConn *c);

/* One positional value (?1, ?2, ...). */
typedef struct DbValue {
    enum { DB_NULL, DB_I64, DB_F64, DB_TEXT, DB_BLOB } kind;
    int64_t i;
    double f;
    Str s;
} DbValue;
static inline DbValue db_i64(int64_t v) { return (DbValue){.kind = DB_I64, .i = v}; }
static inline DbValue db_f64(double v) { return (DbValue){.kind = DB_F64, .f = v}; }
static inline DbValue db_text(Str s) { return (DbValue){.kind = s.p ? DB_TEXT : DB_NULL, .s = s}; }
static inline DbValue db_blob(Str s) { return (DbValue){.kind = s.p ? DB_BLOB : DB_NULL, .s = s}; }
typedef struct DbArgs {
    const DbValue *v; /* borrowed for the call */
    int n;
} DbArgs;
#define DB_ARGS(...) \
    ((DbArgs){(const DbValue[]){__VA_ARGS__}, (int)(sizeof((const DbValue[]){__VA_ARGS__}) / sizeof(DbValue))})
#define DB_NONE ((DbArgs){0})
/* Where rows go: a struct of the shape or, for db_all, a list of them; text is copied into the arena. */
typedef struct DbInto {
    const Shape *shape;
    Arena *arena;
    void *out;
} DbInto;
#define DB_INTO(S, arena_, out_) ((DbInto){&S##_shape, arena_, out_})

/* Reading. A column fills the field of the same name: ENUM is stored as its word, TIME and BOOL as an integer, STRS,
 * OBJ, LIST and ANY as JSON text. NULL leaves the field unset. */
int db_one(DbConn *c, const Sql *q, DbArgs args, DbInto into, bool *ret_found, Err *e);
/* Appends every row to the list. ERR_TOO_LARGE: more than max rows. */
int db_all(DbConn *c, const Sql *q, DbArgs args, DbInto into, size_t max, Err *e);
/* Calls fn for each row until it returns false; db_col_* return the values. */
typedef struct DbRow DbRow;
int db_each(DbConn *c, const Sql *q, DbArgs args, bool (*fn)(void *arg, DbRow *r), void *arg, Err *e);
int64_t db_col_i64(DbRow *r, int i);
Str db_col_text(DbRow *r, int i); /* borrowed for the row; {NULL,0} for NULL */
/* A single integer; `def` if there is no row or the value is NULL. */
int db_scalar(DbConn *c, const Sql *q, DbArgs args, int64_t def, int64_t *ret, Err *e);
/* Size of the store's content: the pages in use, without free pages and without the write-ahead log. */
int db_used_bytes(DbConn *c, int64_t *ret, Err *e);
/* Size of its free pages, which deleted content left. */
int db_free_bytes(DbConn *c, int64_t *ret, Err *e);
/* A read transaction, so that several reads see the same state; at most 1 s. */
int db_read_begin(DbConn *c, Err *e);
void db_read_end(DbConn *c);

/* Writing. PERSON: a person's action, money, an intent (synchronous FULL). DERIVED: can be derived again (NORMAL). */
typedef enum DbClass { DB_PERSON, DB_DERIVED } DbClass;
/* Runs fn on the writer and waits for the commit. Not from the loop thread (asserted). If SQLite rolled the group back
 * (ERR_DISK_FULL, ERR_INTERNAL), none of it is stored. */
#define db_tx(db, cls, fn, ...) db_tx_named(db, cls, #fn, fn, __VA_ARGS__)
/* The same with a name (borrowed). A closure that takes longer than 50 ms, while all other writes wait, is logged by
 * its name. */
int db_tx_named(Db *db, DbClass cls, const char *name, int (*fn)(Tx *tx, void *arg, Err *e), void *arg, Err *e);
/* Repeats a statement that changes a few rows until it changes none, in writes (DERIVED) of at most 5 ms and
 * DB_SLICE_STEPS repetitions, because other writes wait for them. The statement finds its rows by an index, and changes
 * only one where rows may be large. */
enum { DB_SLICE_STEPS = 500 };
typedef struct DbSlices {
    const Sql *sql;
    DbArgs args;
    void (*on_slice)(void *arg, int64_t n); /* on the caller, after each write that changed n rows; may be NULL */
    void *arg;
} DbSlices;
int db_slices(Db *db, const DbSlices *s, Err *e);
/* As db_slices, with older_than bound to ?1. */
int db_expire(Db *db, const Sql *q, TimeUs older_than, Err *e);
/* Returns the pages of deleted content to the file system, in writes of at most 5 ms, until at most FREE_BYTES_KEPT are
 * left for the next writes. The file shrinks at the next checkpoint. */
enum { FREE_BYTES_KEPT = 1 << 20 };
int db_free_pages(Db *db, Err *e);
/* The writer's connection: reads see the transaction's own writes. */
DbConn *tx_conn(Tx *tx);
TimeUs tx_now(const Tx *tx); /* one time for the whole closure */
int tx_run(Tx *tx, const Sql *q, DbArgs args, int64_t *ret_changes, Err *e);
/* Binds :field by field from a shape. Unset opt fields are NULL. */
int tx_run_shape(Tx *tx, const Sql *q, const Shape *s, const void *in, int64_t *ret_changes, Err *e);
/* Queues an item for on_committed (taken). */
void tx_publish(Tx *tx, void *item);
/* Runs fn at the end of this closure, inside its write, once for each fn and key (copied, up to 64 bytes), with all bits. */
typedef int (*TxEnd)(Tx *tx, Str key, uint64_t bits, Err *e);
void tx_at_end(Tx *tx, TxEnd fn, Str key, uint64_t bits);
/* One value that lives as long as the writer, freed by `done`: a cache of what closures would otherwise read again and
 * again. Not valid any more once tx_rollbacks has changed. */
void **tx_slot(Tx *tx, void (*done)(void *slot));
int64_t tx_rollbacks(const Tx *tx);
/* This write completes the recovery from lost power: the next start need not repeat it. */
int tx_forget_lost_power(Tx *tx, Err *e);

/* Removes data that is deleted by now from the write-ahead log too: truncates it as soon as no reader needs it. */
void db_forget_log(Db *db);

/* Prepares each statement of a table; the error names the first that the store's schema does not fit. */
int db_check_sql(DbConn *c, const Sql *const *table, Err *e);
/* `path` must be in the store's folder. */
int db_backup(Db *db, const char *path, Err *e);
