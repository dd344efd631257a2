/* Connections, the statement cache, binding and stepping: all calls into SQLite that a query makes. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "db/db_int.h"
#include "db/db_sql.h"
#include "sys/fault.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* SQLite needs no mutexes for connections: each stays on its thread. Counting memory would cost another lock. */
static void set_up_sqlite(void) {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* The last row is the default. */
static const struct {
    int rc;
    ErrCode code;
} codes[] = {
    {SQLITE_CONSTRAINT_UNIQUE, ERR_CONFLICT},
    {SQLITE_CONSTRAINT_PRIMARYKEY, ERR_CONFLICT},
    {SQLITE_CONSTRAINT_ROWID, ERR_CONFLICT},
    {SQLITE_CONSTRAINT_FOREIGNKEY, ERR_CONFLICT},
    {SQLITE_CONSTRAINT_NOTNULL, ERR_INVALID},
    {SQLITE_CONSTRAINT_CHECK, ERR_INVALID},
    {SQLITE_CONSTRAINT_DATATYPE, ERR_INVALID},
    {SQLITE_FULL, ERR_DISK_FULL},
    {SQLITE_BUSY, ERR_BUSY},
    {SQLITE_LOCKED, ERR_BUSY},
    {SQLITE_INTERRUPT, ERR_TIMEOUT},
    {SQLITE_TOOBIG, ERR_TOO_LARGE},
    {0, ERR_INTERNAL},
};

static ErrCode code_of(DbConn *c, int rc) {
    if ((rc & 0xff) == SQLITE_IOERR && sqlite3_system_errno(c->h) == ENOSPC) return ERR_DISK_FULL;
    for (size_t i = 0; i + 1 < COUNT_OF(codes); i++)
        if (codes[i].rc == rc || codes[i].rc == (rc & 0xff)) return codes[i].code;
    return ERR_INTERNAL;
}

/* The detail lets a start that fails say how to go on. */
static int fail_damaged_store(const Db *db, int rc, Err *e) {
    char name[BACKUP_NAME];
    int r = err_fail(e, ERR_INTERNAL, "the store %s is damaged (%s); newest backup: %s", db->path, sqlite3_errstr(rc),
                     newest_backup(db->dir, name));
    err_detail(e, DB_BACKUP, "%s", name[0] ? name : DB_NO_BACKUP);
    return r;
}

/* SQLite's message about damage may contain bytes of the page, so it is not shown. A store that is only peeked at
 * (db_peek) has no backups to name. */
static int fail_damaged(const Db *db, int rc, Err *e) {
    if (db) return fail_damaged_store(db, rc, e);
    return err_fail(e, ERR_INTERNAL, "the store is damaged (%s)", sqlite3_errstr(rc));
}

static int fail(DbConn *c, int rc, const char *what, Err *e) {
    bool is_ours = sqlite3_errcode(c->h) == (rc & 0xff) || sqlite3_extended_errcode(c->h) == rc;
    ErrCode code = code_of(c, rc);
    if (is_damage(rc)) return fail_damaged(c->db, rc, e);
    if (code == ERR_DISK_FULL && c->db) return err_fail(e, code, "the disk of the store %s is full", c->db->path);
    if ((rc & 0xff) == SQLITE_IOERR && c->db)
        return err_fail(e, code, "the store %s cannot be read or written: %s", c->db->path, sqlite3_errstr(rc));
    return err_fail(e, code, "the store failed: %s (%s)", is_ours ? sqlite3_errmsg(c->h) : sqlite3_errstr(rc), what);
}

int conn_fail(DbConn *c, int rc, const char *what, Err *e) {
    Err own;
    int r = fail(c, rc, what, &own);
    if (c->db) state_note_failure(c, rc, &own);
    if (e) *e = own;
    return r;
}

static int on_progress(void *arg) {
    DbConn *c = arg;
    if (c->kind == CONN_CHECKER) return atomic_load(&c->db->stops_checks);
    return c->deadline_us && clock_mono_us() > c->deadline_us;
}

/* Overwrite deleted content: FAST would leave the text of long rows in free pages. */
static const char *const pragmas[] = {
    [CONN_READER] = "PRAGMA query_only = ON",
    [CONN_WRITER] = ("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 4194304"),
    [CONN_CHECKER] = "PRAGMA query_only = ON",
    [CONN_HELPER] = "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON",
};

/* No memory map: its pages would count as resident once per connection. */
static int set_up(DbConn *c, Err *e) {
    sqlite3_extended_result_codes(c->h, 1);
    sqlite3_busy_timeout(c->h, BUSY_MS);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    sqlite3_progress_handler(c->h, 20000, on_progress, c);
    TRY(conn_exec(c, pragmas[c->kind], "open", e));
    char cache[64];
    snprintf(cache, sizeof cache, "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY",
             c->kind == CONN_WRITER ? WRITER_CACHE_KIB : READER_CACHE_KIB);
    return conn_exec(c, cache, "open", e);
}

static int open_path(const char *path, DbConn *taken, DbConn **ret, Err *e) {
    CLEANUP(db_conn_closep) DbConn *c = taken;
    pthread_once(&once, set_up_sqlite);
    bool is_reader = c->kind == CONN_READER || c->kind == CONN_CHECKER;
    int flags = SQLITE_OPEN_NOMUTEX | (is_reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int rc = sqlite3_open_v2(path, &c->h, flags, NULL);
    if (rc != SQLITE_OK) return conn_fail(c, rc, "open", e);
    TRY(set_up(c, e));
    *ret = TAKE(c);
    return 0;
}

int conn_open(Db *db, ConnKind kind, DbConn **ret, Err *e) {
    DbConn *c = mu_new(DbConn);
    *c = (DbConn){.db = db, .kind = kind};
    return open_path(db->path, c, ret, e);
}

int db_peek(const char *dir, DbConn **ret, Err *e) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/muster.db", dir);
    if (access(path, F_OK) < 0) return err_fail(e, ERR_NOT_FOUND, "there is no store at %s", path);
    DbConn *c = mu_new(DbConn);
    c->kind = CONN_READER;
    return open_path(path, c, ret, e);
}

int db_conn_open(Db *db, DbConn **ret, Err *e) { return conn_open(db, CONN_READER, ret, e); }

void db_conn_close(DbConn *c) {
    for (int set = 0; set < STMT_SETS; set++)
        for (int way = 0; way < STMT_WAYS; way++) sqlite3_finalize(c->stmts[set][way].h);
    sqlite3_close_v2(c->h);
    free(c);
}

static int prepare(DbConn *c, const Sql *q, bool is_kept, sqlite3_stmt **ret, Err *e) {
    if (fault_point("db.prepare")) return conn_fail(c, SQLITE_IOERR, q->name, e);
    const char *tail = NULL;
    int rc = sqlite3_prepare_v3(c->h, q->text, -1, is_kept ? SQLITE_PREPARE_PERSISTENT : 0, ret, &tail);
    if (rc != SQLITE_OK) return conn_fail(c, rc, q->name, e);
    if (!*ret || str_trim(str(tail)).n) {
        sqlite3_finalize(TAKE(*ret));
        return err_fail(e, ERR_INTERNAL, "store: %s in %s is not one statement", q->name, q->file);
    }
    return 0;
}

/* The statement itself, or the slot for it: a free one, else the least recently used; NULL if all are busy. */
static Stmt *find_way(Stmt ways[STMT_WAYS], const Sql *q) {
    Stmt *best = NULL;
    for (Stmt *s = ways; s < ways + STMT_WAYS; s++) {
        if (s->is_busy) continue;
        if (s->sql == q) return s;
        if (!best || s->used < best->used) best = s;
    }
    return best;
}

static Stmt *way_for(DbConn *c, const Sql *q) {
    size_t hash = ((uintptr_t)q >> 3) * 0x9e3779b97f4a7c15u >> 40;
    Stmt *s = find_way(c->stmts[hash % STMT_SETS], q);
    if (s) return s;
    s = mu_new(Stmt);
    s->is_loose = true;
    return s;
}

static int check_deadline(DbConn *c, const Sql *q, Err *e) {
    if (c->kind != CONN_READER) return 0;
    int64_t now = clock_mono_us();
    if (!c->in_read)
        c->deadline_us = now + READ_MAX_US;
    else if (now > c->deadline_us)
        return err_fail(e, ERR_TIMEOUT, "reading the store took too long (%s)", q->name);
    return 0;
}

int stmt_take(DbConn *c, const Sql *q, Stmt **ret, Err *e) {
    TRY(check_deadline(c, q, e));
    CLEANUP(stmt_givep) Stmt *s = way_for(c, q);
    if (s->sql != q) {
        sqlite3_finalize(TAKE(s->h));
        s->sql = NULL;
        s->used = 0;
        TRY(prepare(c, q, !s->is_loose, &s->h, e));
        s->sql = q;
    }
    s->used = ++c->clock;
    s->is_busy = true;
    *ret = TAKE(s);
    return 0;
}

void stmt_give(Stmt *s) {
    if (s->is_loose) {
        sqlite3_finalize(s->h);
        free(s);
        return;
    }
    if (!s->is_busy) return;
    sqlite3_reset(s->h);
    sqlite3_clear_bindings(s->h);
    s->is_busy = false;
}

static int bind_value(sqlite3_stmt *h, int at, const DbValue *v) {
    switch (v->kind) {
    case DB_I64: return sqlite3_bind_int64(h, at, v->i);
    case DB_F64: return sqlite3_bind_double(h, at, v->f);
    case DB_TEXT: return sqlite3_bind_text64(h, at, v->s.p, v->s.n, SQLITE_STATIC, SQLITE_UTF8);
    case DB_BLOB: return sqlite3_bind_blob64(h, at, v->s.p, v->s.n, SQLITE_STATIC);
    case DB_NULL: break;
    }
    return sqlite3_bind_null(h, at);
}

int stmt_bind_at(DbConn *c, Stmt *s, int at, const DbValue *v, Err *e) {
    int rc = bind_value(s->h, at, v);
    return rc == SQLITE_OK ? 0 : conn_fail(c, rc, s->sql->name, e);
}

int stmt_bind(DbConn *c, Stmt *s, DbArgs args, Err *e) {
    int wanted = sqlite3_bind_parameter_count(s->h);
    if (args.n != wanted)
        return err_fail(e, ERR_INTERNAL, "store: %s takes %d values, got %d", s->sql->name, wanted, args.n);
    for (int i = 0; i < args.n; i++) TRY(stmt_bind_at(c, s, i + 1, &args.v[i], e));
    return 0;
}

int stmt_step(DbConn *c, Stmt *s, bool *ret_row, Err *e) {
    if (fault_point("db.step")) return conn_fail(c, SQLITE_IOERR, s->sql->name, e);
    int rc = sqlite3_step(s->h);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) return conn_fail(c, rc, s->sql->name, e);
    *ret_row = rc == SQLITE_ROW;
    return 0;
}

int conn_do(DbConn *c, const Sql *q, Err *e) {
    CLEANUP(stmt_givep) Stmt *s = NULL;
    bool row;
    TRY(stmt_take(c, q, &s, e));
    return stmt_step(c, s, &row, e);
}

int conn_exec(DbConn *c, const char *text, const char *what, Err *e) {
    if (fault_point("db.exec")) return conn_fail(c, SQLITE_IOERR, what, e);
    int rc = sqlite3_exec(c->h, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : conn_fail(c, rc, what, e);
}

int db_read_begin(DbConn *c, Err *e) {
    TRY(conn_do(c, &sql_db_begin_read, e));
    c->in_read = true;
    return 0;
}

void db_read_end(DbConn *c) {
    if (!c->in_read) return;
    c->in_read = false;
    c->deadline_us = 0;
    sqlite3_exec(c->h, "ROLLBACK", NULL, NULL, NULL);
}

int db_check_sql(DbConn *c, const Sql *const *table, Err *e) {
    for (; *table; table++) {
        sqlite3_stmt *h = NULL;
        TRY(prepare(c, *table, false, &h, e));
        sqlite3_finalize(h);
    }
    return 0;
}
