/* Opening and closing the store. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "db/db_int.h"

static void db_free(Db *db) {
    if (db->writer.group.conn) db_conn_close(db->writer.group.conn);
    fd_closep(&db->starts_fd);
    free(db->dir);
    free(db->path);
    pthread_mutex_destroy(&db->state_lock);
    free(db);
}
CLEANUP_HOOK(Db, db_free)

/* SQLite gives its log and index files the mode of the store. */
static int make_file(Db *db, Err *e) {
    struct stat st;
    CLEANUP(fd_closep) int fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &st) < 0) return err_sys(e, "cannot open the store %s", db->path);
    db->device = st.st_dev;
    db->inode = st.st_ino;
    return 0;
}

static char *path_in(const char *dir, const char *name) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    buf_add_fmt(&b, "%s/%s", dir, name);
    return buf_take(&b, NULL);
}

/* The checkpointer starts first, because the writer notifies it. */
int db_open(const DbConfig *config, Db **ret, Err *e) {
    CLEANUP(db_freep) Db *db = mu_new(Db);
    db->config = *config;
    db->starts_fd = -1;
    pthread_mutex_init(&db->state_lock, NULL);
    db->dir = mu_strdup(config->dir);
    db->path = path_in(config->dir, "muster.db");
    TRY(make_file(db, e));
    TRY(conn_open(db, CONN_WRITER, &db->writer.group.conn, e));
    TRY(store_prepare(db, db->writer.group.conn, e));
    int rc = checkpointer_start(db, e);
    if (rc >= 0) rc = writer_start(db, e);
    if (rc < 0) {
        checkpointer_stop(db);
        return rc;
    }
    state_note_kept(db);
    *ret = TAKE(db);
    return 0;
}

/* The mark must be durable before the log is emptied; a store without the mark is checked when it is next opened. */
void db_close(Db *db) {
    if (!db) return;
    writer_stop(db);
    checkpointer_stop(db);
    DbConn *c = db->writer.group.conn;
    if (conn_exec(c, "PRAGMA synchronous = FULL", "close", NULL) >= 0 && store_mark_clean(c, NULL) >= 0)
        conn_checkpoint(c, SQLITE_CHECKPOINT_TRUNCATE, NULL);
    db_free(db);
}

bool db_lost_power(const Db *db) { return db->lost_power; }
