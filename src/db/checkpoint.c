/* Checkpoints, on a separate thread and connection, so that no commit waits for one.
 *
 * PASSIVE when the log has grown or PERIOD_S has passed: it blocks no reader or writer, but cannot reset the log
 * while writes continue. TRUNCATE after IDLE_US without a write, when the log has passed WAL_PAGES_HARD, or on
 * db_forget_log.
 *
 * Invariants, and what would break them:
 * - The lock is never held during a checkpoint: checkpointer_note takes it after each commit, so the writer would wait.
 * - wal_pages is 0 only if the log is known to be empty, because the thread then sleeps without a deadline. So a
 *   TRUNCATE sets it to 0 only if no commit happened meanwhile; otherwise the pages of that commit would stay in the
 *   log until the next one.
 * - wants_truncate stays set until a TRUNCATE succeeds: db_forget_log promises that deleted data leaves the log.
 */
#include <errno.h>

#include "db/db_int.h"

enum {
    WAL_PAGES_SOFT = 1000,  /* 4 MiB: checkpoint at once */
    WAL_PAGES_HARD = 16000, /* 64 MiB: writers may wait for it */
    PERIOD_S = 2,
    IDLE_US = 5000000,
    HELPER_BUSY_MS = 200, /* after that, a long reader delays the checkpoint to the next turn */
};

static bool is_idle(const Checkpointer *k) { return clock_mono_us() - k->last_commit_us > IDLE_US; }

int conn_checkpoint(DbConn *c, int mode, Err *e) {
    int rc = sqlite3_wal_checkpoint_v2(c->h, NULL, mode, NULL, NULL);
    return rc == SQLITE_OK ? 0 : conn_fail(c, rc, "checkpoint", e);
}

/* Called and left with the lock held. A failed checkpoint is repeated at the next turn. */
static void checkpoint(Checkpointer *k) {
    bool truncates = is_idle(k) || k->wal_pages > WAL_PAGES_HARD || k->wants_truncate;
    int mode = truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    bool was_asked = k->wants_truncate;
    k->wants_truncate = false;
    int64_t commit = k->last_commit_us;
    pthread_mutex_unlock(&k->lock);
    int rc = conn_checkpoint(k->conn, mode, NULL);
    pthread_mutex_lock(&k->lock);
    if (rc < 0 && was_asked) k->wants_truncate = true;
    bool is_empty = rc >= 0 && mode == SQLITE_CHECKPOINT_TRUNCATE && commit == k->last_commit_us;
    if (is_empty) k->wal_pages = 0;
}

static void wait_turn(Checkpointer *k) {
    if (!k->wal_pages) {
        pthread_cond_wait(&k->wake, &k->lock);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PERIOD_S;
    pthread_cond_timedwait(&k->wake, &k->lock, &until);
}

static void *checkpointer_main(void *arg) {
    Checkpointer *k = &((Db *)arg)->checkpointer;
    pthread_mutex_lock(&k->lock);
    while (!k->is_stopping) {
        wait_turn(k);
        if (k->wal_pages && !k->is_stopping) checkpoint(k);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

/* Wakes the thread if it sleeps without a deadline, and each time the log has grown by WAL_PAGES_SOFT. */
void checkpointer_note(Db *db, int wal_pages) {
    Checkpointer *k = &db->checkpointer;
    if (!k->is_started) return;
    pthread_mutex_lock(&k->lock);
    bool has_grown = wal_pages / WAL_PAGES_SOFT > k->wal_pages / WAL_PAGES_SOFT;
    if (!k->wal_pages || has_grown) pthread_cond_signal(&k->wake);
    k->wal_pages = wal_pages;
    k->last_commit_us = clock_mono_us();
    pthread_mutex_unlock(&k->lock);
}

void db_forget_log(Db *db) {
    Checkpointer *k = &db->checkpointer;
    pthread_mutex_lock(&k->lock);
    k->wants_truncate = true;
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
}

int checkpointer_start(Db *db, Err *e) {
    Checkpointer *k = &db->checkpointer;
    TRY(conn_open(db, CONN_HELPER, &k->conn, e));
    sqlite3_busy_timeout(k->conn->h, HELPER_BUSY_MS);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&k->thread, NULL, checkpointer_main, db))
        return err_fail(e, ERR_INTERNAL, "cannot start the checkpoint thread");
    k->is_started = true;
    return 0;
}

void checkpointer_stop(Db *db) {
    Checkpointer *k = &db->checkpointer;
    if (k->is_started) {
        pthread_mutex_lock(&k->lock);
        k->is_stopping = true;
        pthread_cond_signal(&k->wake);
        pthread_mutex_unlock(&k->lock);
        pthread_join(k->thread, NULL);
        k->is_started = false;
        pthread_mutex_destroy(&k->lock);
        pthread_cond_destroy(&k->wake);
    }
    if (k->conn) db_conn_close(TAKE(k->conn));
}
