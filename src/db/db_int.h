/* Internal to db/: what its files share. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include <sqlite3.h>

#include "base/list.h"
#include "base/vec.h"
#include "db/db.h"
#include "db/state.h"

enum {
    STMT_SETS = 64, /* statement cache: STMT_SETS sets of STMT_WAYS; the least recently used is evicted */
    STMT_WAYS = 4,
    READ_MAX_US = 1000000, /* a read transaction holds back the checkpoint, so it may not last */
    BUSY_MS = 10000,
    READER_CACHE_KIB = 512,
    WRITER_CACHE_KIB = 4096,
    GROUP_EVENTS = 512,
    GROUP_BYTES = 1 << 20,
};

typedef struct Stmt {
    const Sql *sql;
    sqlite3_stmt *h;
    uint32_t used;          /* the connection's clock at its last use */
    bool is_busy, is_loose; /* loose: not in the cache, because its set was busy */
} Stmt;

typedef enum ConnKind { CONN_READER, CONN_WRITER, CONN_HELPER, CONN_CHECKER } ConnKind;

struct DbConn {
    Db *db;
    sqlite3 *h;
    ConnKind kind;
    bool in_read;
    int64_t deadline_us; /* monotonic; 0 = none */
    uint32_t clock;
    Stmt stmts[STMT_SETS][STMT_WAYS];
};

struct DbRow {
    sqlite3_stmt *h;
};

struct Tx {
    Db *db;
    TimeUs now;
};

/* Only the writer's thread uses it. */
typedef struct Group {
    DbConn *conn;
    bool is_full_sync;             /* the last value set with `PRAGMA synchronous` */
    int64_t bytes;                 /* bound in the group so far */
    VEC(void *) items;             /* published in the group so far */
    struct Ends *ends;             /* owned; what the closure that runs leaves to its end */
    int64_t n_counted, counted_us; /* counter_raise; monotonic, when it was last raised */
    bool counts;                   /* this group raises it */
    int64_t n_rollbacks;
    int64_t rows_max; /* the most rows that one closure changed */
    void *slot;
    void (*slot_done)(void *slot);
} Group;

typedef struct Writer {
    pthread_t thread;
    pthread_mutex_t lock; /* guards the following members up to group */
    pthread_cond_t wake;
    List queue; /* Write.link */
    bool is_stopping, is_started;
    int64_t n_groups, n_closures; /* run so far */
    Group group;
} Writer;

typedef struct Checkpointer {
    pthread_t thread;
    pthread_mutex_t lock; /* guards the following members up to conn */
    pthread_cond_t wake;
    bool is_stopping, is_started;
    bool wants_truncate;    /* asked for by db_forget_log */
    int wal_pages;          /* after the last commit; 0 once truncated */
    int64_t last_commit_us; /* monotonic */
    DbConn *conn;
} Checkpointer;

struct Db {
    DbConfig config;
    char *dir, *path; /* owned */
    dev_t device;     /* with inode: the file at `path` when it was opened */
    ino_t inode;
    bool was_clean, lost_power, was_put_back;
    int starts_fd; /* the file `starts`, beside the store; -1: it could not be created */
    atomic_bool stops_checks;
    pthread_mutex_t state_lock; /* guards state */
    DbState state;
    Writer writer;
    Checkpointer checkpointer;
};

/* state.c: what SQLite's rc says about the store itself, where it says anything. */
void state_note_failure(DbConn *c, int rc, const Err *e);
void state_note_kept(Db *db);
bool is_damage(int rc);

/* conn.c */
int conn_open(Db *db, ConnKind kind, DbConn **ret, Err *e);
CLEANUP_HOOK(DbConn, db_conn_close)
/* Fails with SQLite's message for rc; `what` is the statement or the operation. */
int conn_fail(DbConn *c, int rc, const char *what, Err *e);
int stmt_take(DbConn *c, const Sql *q, Stmt **ret, Err *e);
void stmt_give(Stmt *s);
CLEANUP_HOOK(Stmt, stmt_give)
int stmt_bind_at(DbConn *c, Stmt *s, int at, const DbValue *v, Err *e);
int stmt_bind(DbConn *c, Stmt *s, DbArgs args, Err *e);
int stmt_step(DbConn *c, Stmt *s, bool *ret_row, Err *e);
/* Runs a statement that has no parameters and returns no rows. */
int conn_do(DbConn *c, const Sql *q, Err *e);
/* Runs any text without the cache: for migrations, and for pragmas, which take effect while they are compiled. */
int conn_exec(DbConn *c, const char *text, const char *what, Err *e);

/* row.c */
int stmt_bind_shape(DbConn *c, Stmt *s, const Shape *shape, const void *in, int64_t *ret_bytes, Err *e);

/* migrate.c: on the writer's connection, before its thread starts. */
enum { BACKUP_NAME = 256 };
/* The name of the newest backup in the store's folder; if there is none, a text for the message that says so. */
const char *newest_backup(const char *dir, char out[BACKUP_NAME]);
/* Reads the whole store. ERR_INTERNAL: it is damaged; the message names the file and the newest backup. */
int check_whole(DbConn *c, Err *e);
int store_prepare(Db *db, DbConn *c, Err *e);
int store_mark_clean(DbConn *c, Err *e);

/* The counter that detects a store restored from a backup (migrate.c): in the transaction; after it in the file. */
int counter_raise(DbConn *c, int64_t n, Err *e);
void counter_write(const Db *db, int64_t n);

/* writer.c */
int writer_start(Db *db, Err *e);
void writer_stop(Db *db);

/* checkpoint.c */
int checkpointer_start(Db *db, Err *e);
void checkpointer_stop(Db *db);
/* From the writer after a commit: the log now has wal_pages pages. */
void checkpointer_note(Db *db, int wal_pages);
int conn_checkpoint(DbConn *c, int mode, Err *e);
