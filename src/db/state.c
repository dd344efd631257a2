/* State of the store: the writer's last result, what any connection found, and whether its file is still there. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "db/db_int.h"
#include "db/db_sql.h"

bool is_damage(int rc) {
    int primary = rc & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_FORMAT;
}

/* Errors of the disk or its file system, not of the statement. */
static bool is_disk(int rc) {
    static const int codes[] = {SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM};
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if ((rc & 0xff) == codes[i]) return true;
    return false;
}

static void say_why(DbState *s, const Err *e) { snprintf(s->why, sizeof s->why, "%s", e->text); }

static void note_damage(Db *db, const Err *e) {
    pthread_mutex_lock(&db->state_lock);
    if (!db->state.is_damaged) {
        say_why(&db->state, e);
        db->state.damaged_at = clock_now_us();
    }
    db->state.is_damaged = true;
    pthread_mutex_unlock(&db->state_lock);
}

void state_note_failure(DbConn *c, int rc, const Err *e) {
    Db *db = c->db;
    if (is_damage(rc)) {
        note_damage(db, e);
        return;
    }
    if (c->kind != CONN_WRITER || !is_disk(rc)) return;
    pthread_mutex_lock(&db->state_lock);
    DbState *s = &db->state;
    s->failed_at = clock_now_us();
    if (!s->failing_since) s->failing_since = s->failed_at;
    if (!s->is_damaged) say_why(s, e);
    pthread_mutex_unlock(&db->state_lock);
}

/* Only for a commit that changed something: one that changed nothing proves nothing about the disk. */
void state_note_kept(Db *db) {
    pthread_mutex_lock(&db->state_lock);
    db->state.kept_at = clock_now_us();
    db->state.failing_since = 0;
    pthread_mutex_unlock(&db->state_lock);
}

void db_state(Db *db, DbState *ret) {
    pthread_mutex_lock(&db->state_lock);
    *ret = db->state;
    pthread_mutex_unlock(&db->state_lock);
}

static int probe_tx(Tx *tx, void *arg, Err *e) {
    char now[32];
    (void)arg;
    snprintf(now, sizeof now, "%lld", (long long)tx_now(tx));
    return tx_run(tx, &sql_db_meta_put, DB_ARGS(db_text(STR("probe")), db_text(str(now))), NULL, e);
}

int db_probe(Db *db, Err *e) { return db_tx(db, DB_DERIVED, probe_tx, NULL, e); }

int db_check(Db *db, Err *e) {
    CLEANUP(db_conn_closep) DbConn *c = NULL;
    if (atomic_load(&db->stops_checks)) return err_fail(e, ERR_TIMEOUT, "the store is about to close");
    TRY(conn_open(db, CONN_CHECKER, &c, e));
    return check_whole(c, e);
}

void db_stop_checks(Db *db) { atomic_store(&db->stops_checks, true); }

bool db_was_clean(const Db *db) { return db->was_clean; }

bool db_was_put_back(const Db *db) { return db->was_put_back; }

DbName db_look(const Db *db) {
    struct stat st;
    if (stat(db->path, &st) == 0)
        return st.st_dev == db->device && st.st_ino == db->inode ? DB_NAME_OURS : DB_NAME_ANOTHER;
    return errno == ENOENT || errno == ENOTDIR ? DB_NAME_GONE : DB_NAME_UNKNOWN;
}
