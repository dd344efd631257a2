/* Before the store is used: is it intact, is it ours, is its schema known; backups and migrations. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "db/db_int.h"
#include "db/db_sql.h"
#include "db/state.h"
#include "sys/digest.h"
#include "sys/file.h"

enum { BACKUPS_KEPT = 5 };

typedef struct Applied {
    Str time, name, checksum;
} Applied;

typedef struct Plan {
    Arena *arena;
    VEC(const Migration *) known; /* in order of (time, name) */
    VEC(Applied) applied;
} Plan;

static void plan_done(Plan *p) {
    vec_done(&p->known);
    vec_done(&p->applied);
    arena_free(p->arena);
}

/* ---- marks in store_meta ---- */

static bool on_meta(void *arg, DbRow *r) {
    Buf *out = arg;
    buf_add_str(out, db_col_text(r, 0));
    return false;
}

static int meta_get(DbConn *c, const char *key, Buf *out, Err *e) {
    buf_clear(out);
    return db_each(c, &sql_db_meta_get, DB_ARGS(db_text(str(key))), on_meta, out, e);
}

static int meta_put(DbConn *c, const char *key, Str value, Err *e) {
    CLEANUP(stmt_givep) Stmt *s = NULL;
    bool has_row;
    TRY(stmt_take(c, &sql_db_meta_put, &s, e));
    TRY(stmt_bind(c, s, DB_ARGS(db_text(str(key)), db_text(value)), e));
    return stmt_step(c, s, &has_row, e);
}

static void read_boot_id(Buf *out) {
    buf_clear(out);
    if (file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", out, NULL) < 0) buf_add_str(out, STR("unknown"));
}

int store_mark_clean(DbConn *c, Err *e) { return meta_put(c, "clean", STR("1"), e); }

/* ---- backups ---- */

static bool is_backup(const char *name) {
    return str_starts(str(name), STR("muster.")) && str_ends(str(name), STR(".backup"));
}

/* Names start with their time, so the newest sorts last. Empty if there is none. */
static void edge_backup(const char *dir, int sign, int *ret_n, char out[BACKUP_NAME]) {
    out[0] = 0;
    *ret_n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *f; d && (f = readdir(d));) {
        if (!is_backup(f->d_name)) continue;
        ++*ret_n;
        if (!out[0] || strcmp(f->d_name, out) * sign > 0) snprintf(out, BACKUP_NAME, "%s", f->d_name);
    }
    if (d) closedir(d);
}

const char *newest_backup(const char *dir, char out[BACKUP_NAME]) {
    int n;
    edge_backup(dir, 1, &n, out);
    return out[0] ? out : "none was made";
}

static bool remove_backup(const Db *db, const char *name) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", db->dir, name);
    return unlink(path) == 0;
}

static void prune_backups(const Db *db) {
    char name[BACKUP_NAME];
    int n;
    for (edge_backup(db->dir, -1, &n, name); n > BACKUPS_KEPT; edge_backup(db->dir, -1, &n, name)) {
        if (!remove_backup(db, name)) return;
    }
}

static int sync_path(const char *path, int flags, Err *e) {
    CLEANUP(fd_closep) int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0) return err_sys(e, "cannot sync %s", path);
    return 0;
}

static int vacuum_into(Db *db, const char *path, Err *e) {
    CLEANUP(db_conn_closep) DbConn *c = NULL;
    CLEANUP(stmt_givep) Stmt *s = NULL;
    bool has_row;
    TRY(conn_open(db, CONN_HELPER, &c, e));
    TRY(stmt_take(c, &sql_db_vacuum_into, &s, e));
    TRY(stmt_bind(c, s, DB_ARGS(db_text(str(path))), e));
    return stmt_step(c, s, &has_row, e);
}

/* SQLite copies into an existing empty file; one that it created itself could be readable by others. */
static int make_part(const char *part, Err *e) {
    unlink(part);
    CLEANUP(fd_closep) int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? err_sys(e, "cannot create %s", part) : 0;
}

/* SQLite does not sync the copy, and an incomplete one must never have the final name. The next backup replaces one
 * that a crash left. */
int db_backup(Db *db, const char *path, Err *e) {
    char part[PATH_MAX];
    if ((size_t)snprintf(part, sizeof part, "%s/backup.part", db->dir) >= sizeof part)
        return err_fail(e, ERR_INVALID, "the path of the backup is too long");
    TRY(make_part(part, e));
    int rc = vacuum_into(db, part, e);
    if (rc >= 0) rc = sync_path(part, O_RDONLY, e);
    if (rc >= 0 && rename(part, path) < 0) rc = err_sys(e, "cannot rename the backup to %s", path);
    if (rc >= 0) return sync_path(db->dir, O_RDONLY | O_DIRECTORY, e);
    unlink(part);
    return rc;
}

/* A start that failed is tried again, and each try makes a copy: the newest of one migration is enough. */
static void remove_older(const Db *db, const char *newest, const char *end) {
    DIR *d = opendir(db->dir);
    for (struct dirent *f; d && (f = readdir(d));)
        if (is_backup(f->d_name) && str_ends(str(f->d_name), str(end)) && strcmp(f->d_name, newest) < 0)
            (void)remove_backup(db, f->d_name);
    if (d) closedir(d);
}

static int backup_before(Db *db, const Migration *m, Err *e) {
    char time[TIME_TEXT_MAX], end[BACKUP_NAME], name[BACKUP_NAME], path[PATH_MAX];
    time_print(clock_now_us(), time);
    if ((size_t)snprintf(end, sizeof end, ".before-%s.backup", m->name) >= sizeof end ||
        (size_t)snprintf(name, sizeof name, "muster.%s%s", time, end) >= sizeof name ||
        (size_t)snprintf(path, sizeof path, "%s/%s", db->dir, name) >= sizeof path)
        return err_fail(e, ERR_INVALID, "the path of the backup is too long");
    TRY(db_backup(db, path, e));
    remove_older(db, name, end);
    prune_backups(db);
    return 0;
}

/* ---- migrations ---- */

static int by_time(const void *a, const void *b) {
    const Migration *x = *(const Migration *const *)a, *y = *(const Migration *const *)b;
    int c = strcmp(x->time, y->time);
    return c ? c : strcmp(x->name, y->name);
}

static bool on_applied(void *arg, DbRow *r) {
    Plan *p = arg;
    vec_push(&p->applied, (Applied){arena_str(p->arena, db_col_text(r, 0)), arena_str(p->arena, db_col_text(r, 1)),
                                    arena_str(p->arena, db_col_text(r, 2))});
    return true;
}

static int make_plan(Db *db, DbConn *c, Plan *p, Err *e) {
    p->arena = arena_new();
    for (const Migration *const *list = db->config.migrations; list && *list; list++)
        for (const Migration *m = *list; m->name; m++) vec_push(&p->known, m);
    if (p->known.n) qsort(p->known.items, p->known.n, sizeof *p->known.items, by_time);
    return db_each(c, &sql_db_migration_all, DB_NONE, on_applied, p, e);
}

static const Migration *find_known(Plan *p, const Applied *a) {
    vec_each(&p->known, m) if (str_is(a->time, (*m)->time) && str_is(a->name, (*m)->name)) return *m;
    return NULL;
}

static bool is_applied(Plan *p, const Migration *m) {
    vec_each(&p->applied, a) if (str_is(a->time, m->time) && str_is(a->name, m->name)) return true;
    return false;
}

static void checksum_of(const Migration *m, char out[65]) {
    uint8_t digest[32];
    digest_sha256(str(m->text), digest);
    digest_hex(digest, sizeof digest, out);
}

static int check_applied(const Db *db, Plan *p, const Applied *a, Err *e) {
    char sum[65], name[BACKUP_NAME];
    const Migration *m = find_known(p, a);
    if (!m)
        return err_fail(e, ERR_CONFLICT,
                        "the store was written by a newer version (migration " STR_FMT " " STR_FMT
                        "); run that version, or restore the newest backup in %s: %s",
                        STR_ARG(a->time), STR_ARG(a->name), db->dir, newest_backup(db->dir, name));
    checksum_of(m, sum);
    if (str_is(a->checksum, sum)) return 0;
    return err_fail(e, ERR_CONFLICT,
                    "the migration %s %s differs from the one applied to this store; newest backup in %s: %s", m->time,
                    m->name, db->dir, newest_backup(db->dir, name));
}

static int apply_in_tx(DbConn *c, const Migration *m, Err *e) {
    CLEANUP(stmt_givep) Stmt *s = NULL;
    char sum[65];
    bool has_row;
    TRY(conn_exec(c, m->text, m->name, e));
    checksum_of(m, sum);
    TRY(stmt_take(c, &sql_db_migration_add, &s, e));
    TRY(stmt_bind(c, s,
                  DB_ARGS(db_text(str(m->time)), db_text(str(m->name)), db_text(str(sum)), db_i64(clock_now_us())), e));
    return stmt_step(c, s, &has_row, e);
}

static int apply(DbConn *c, const Migration *m, Err *e) {
    TRY(conn_do(c, &sql_db_begin_write, e));
    int rc = apply_in_tx(c, m, e);
    if (rc >= 0) rc = conn_do(c, &sql_db_commit, e);
    if (rc < 0) sqlite3_exec(c->h, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

/* The backup is one copy, a rebuilt table another, and its log a third. Starting with less would only fill the disk. */
static int check_room(Db *db, DbConn *c, Err *e) {
    enum { COPIES = 3 };
    int64_t used = 0, free_bytes = file_free_bytes(db->dir);
    TRY(db_used_bytes(c, &used, e));
    if (free_bytes < 0 || free_bytes >= used * COPIES) return 0;
    return err_fail(
        e, ERR_DISK_FULL,
        "the store in %s has to be brought to this version, for which %lld MiB must be free there: three times "
        "its size; %lld MiB are free",
        db->dir, (long long)((used * COPIES) >> 20) + 1, (long long)(free_bytes >> 20));
}

static int migrate(Db *db, DbConn *c, Err *e) {
    CLEANUP(plan_done) Plan p = {0};
    TRY(make_plan(db, c, &p, e));
    vec_each(&p.applied, a) TRY(check_applied(db, &p, a, e));
    bool needs_backup = p.applied.n > 0;
    vec_each(&p.known, m) {
        if (is_applied(&p, *m)) continue;
        if (needs_backup) TRY(check_room(db, c, e));
        if (needs_backup) TRY(backup_before(db, *m, e));
        needs_backup = false;
        TRY(apply(c, *m, e));
    }
    return 0;
}

/* ---- the store as a whole ---- */

int check_whole(DbConn *c, Err *e) {
    CLEANUP(buf_done) Buf said;
    buf_init(&said, 4096);
    TRY(db_each(c, &sql_db_quick_check, DB_NONE, on_meta, &said, e));
    return str_is(buf_str(&said), "ok") ? 0 : conn_fail(c, SQLITE_CORRUPT, "quick_check", e);
}

int db_check_for(DbConn *c, int64_t ms, bool *ret_is_whole, Err *e) {
    Err why = {0};
    c->deadline_us = clock_mono_us() + ms * 1000;
    int r = check_whole(c, &why);
    c->deadline_us = 0;
    *ret_is_whole = r >= 0;
    if (r >= 0 || why.code == ERR_TIMEOUT) return 0;
    if (e) *e = why;
    return r;
}

/* ---- a store restored from a backup ---- */

enum { COUNTER_DIGITS = 20 };

/* Each start raises a counter, and so does each write of a person; other writes raise it once a second. It is in the
 * store and, after the commit, in a file beside it, which restoring a backup of the store does not restore: a store
 * that is behind its file is older than the one that was here last. The file is overwritten in place and not synced, so
 * after a power loss it may be ahead or behind on its own and proves nothing. */
static int64_t counter_read(Db *db) {
    char text[COUNTER_DIGITS + 1] = {0};
    int64_t n = 0;
    CLEANUP(buf_done) Buf path;
    buf_init(&path, PATH_MAX);
    buf_add_fmt(&path, "%s/starts%c", db->dir, 0);
    db->starts_fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (db->starts_fd < 0 || pread(db->starts_fd, text, COUNTER_DIGITS, 0) <= 0) return 0;
    return str_parse_i64(str_trim(str(text)), 0, INT64_MAX, &n) ? n : 0;
}

void counter_write(const Db *db, int64_t n) {
    char text[COUNTER_DIGITS + 2];
    int size = snprintf(text, sizeof text, "%0*lld\n", COUNTER_DIGITS, (long long)n);
    /* A failure is harmless: a file that is behind proves nothing. */
    if (db->starts_fd >= 0 && pwrite(db->starts_fd, text, (size_t)size, 0) != size) return;
}

int counter_raise(DbConn *c, int64_t n, Err *e) {
    char text[COUNTER_DIGITS + 1];
    snprintf(text, sizeof text, "%lld", (long long)n);
    return meta_put(c, "starts", str(text), e);
}

static int compare_counters(Db *db, DbConn *c, Err *e) {
    CLEANUP(buf_done) Buf value;
    buf_init(&value, 256);
    int64_t here = counter_read(db), stored = 0;
    TRY(meta_get(c, "starts", &value, e));
    (void)str_parse_i64(buf_str(&value), 0, INT64_MAX, &stored); /* empty: a store that has never counted */
    TRY(meta_get(c, "put_back", &value, e));
    db->was_put_back = value.n > 0 || (stored < here && !db->lost_power);
    db->writer.group.n_counted = (here > stored ? here : stored) + 1;
    return 0;
}

int tx_forget_put_back(Tx *tx, Err *e) {
    return tx_run(tx, &sql_db_meta_remove, DB_ARGS(db_text(STR("put_back"))), NULL, e);
}

/* The new boot id hides an earlier loss of power, so that has a mark of its own. The mark stays until the loss was
 * handled, however often the daemon starts and stops before. */
static int mark_in_tx(DbConn *c, Str boot_id, Err *e) {
    TRY(meta_put(c, "clean", STR("0"), e));
    if (c->db->lost_power) TRY(meta_put(c, "lost_power", STR("1"), e));
    if (c->db->was_put_back) TRY(meta_put(c, "put_back", STR("1"), e));
    TRY(counter_raise(c, c->db->writer.group.n_counted, e));
    return meta_put(c, "boot_id", boot_id, e);
}

int tx_forget_lost_power(Tx *tx, Err *e) {
    return tx_run(tx, &sql_db_meta_remove, DB_ARGS(db_text(STR("lost_power"))), NULL, e);
}

/* In one commit: each commit waits for the disk and delays the start. */
static int mark_open(DbConn *c, Str boot_id, Err *e) {
    TRY(conn_do(c, &sql_db_begin_write, e));
    int rc = mark_in_tx(c, boot_id, e);
    if (rc >= 0) rc = conn_do(c, &sql_db_commit, e);
    if (rc < 0) sqlite3_exec(c->h, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int store_prepare(Db *db, DbConn *c, Err *e) {
    CLEANUP(buf_done) Buf value, boot;
    buf_init(&value, 256);
    buf_init(&boot, 256);
    TRY(conn_do(c, &sql_db_make_meta, e));
    TRY(conn_do(c, &sql_db_make_migration, e));
    TRY(meta_get(c, "clean", &value, e));
    bool is_new = value.n == 0;
    db->was_clean = is_new || str_is(buf_str(&value), "1");
    read_boot_id(&boot);
    TRY(meta_get(c, "boot_id", &value, e));
    db->lost_power = !db->was_clean && !str_eq(buf_str(&value), buf_str(&boot));
    TRY(meta_get(c, "lost_power", &value, e));
    db->lost_power |= value.n > 0;
    if (!db->was_clean) TRY(check_whole(c, e));
    TRY(migrate(db, c, e));
    TRY(compare_counters(db, c, e));
    TRY(mark_open(c, buf_str(&boot), e));
    counter_write(db, db->writer.group.n_counted);
    return 0;
}
