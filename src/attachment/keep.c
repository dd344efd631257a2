/* Attachments that come and go: an upload gets its name and its row, and what nobody uses loses them.
 *
 * Invariant: a row's file has its name. Names are given before the row's write, and again in it if a removal came between;
 * they are taken in a write of their own, which finds no row of the content. Both run on the one writer. What a crash
 * leaves has no row, and goes with the next start. */
#define LOG_MODULE "attachment"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attachment/attachment_in.h"
#include "attachment/attachment_sql.h"
#include "attachment/sniff.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "core/op_body.h"
#include "core/setting.h"
#include "sys/digest.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/pool.h"

enum { DIGEST_CHARS = 64, REMOVE_ROWS = 50 };

/* --- coming --- */

Str attachment_name(Str given, const char *suffix, Arena *a) {
    Str name = path_last(given);
    bool is_none = !str_trim(name).n || str_is(name, ".") || str_is(name, "..");
    return is_none ? arena_fmt(a, "attachment.%s", suffix) : name;
}

static int look_at(const OpCall *c, Sniffed *ret, Err *e) {
    CLEANUP(free_p) char *head = mu_alloc(SNIFF_BYTES);
    CLEANUP(fd_closep) int fd = openat(c->app->home_fd, c->body->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    size_t n = 0;
    ssize_t got = 1;
    if (fd < 0) return err_sys(e, "cannot open the upload");
    while (n < SNIFF_BYTES && got > 0) {
        got = read(fd, head + n, SNIFF_BYTES - n);
        if (got > 0) n += (size_t)got;
    }
    if (got < 0) return err_sys(e, "cannot read the upload");
    *ret = sniff(str_n(head, n), c->body->size);
    return 0;
}

/* A link first, because the upload keeps its own name until the call ends; the rename replaces a file that was damaged. */
static int give_name(const OpCall *c, const char *name, Err *e) {
    char link[ATTACHMENT_FILE_NAME_MAX + 8];
    int home = c->app->home_fd;
    snprintf(link, sizeof link, "%s.link", c->body->name);
    CLEANUP(fd_closep) int folder = openat(home, ATTACHMENT_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || linkat(home, c->body->name, home, link, 0) < 0) return err_sys(e, "cannot link the upload");
    if (fault_point("attachment.rename") || renameat(home, link, home, name) < 0 || fsync(folder) < 0) {
        int r = err_sys(e, "cannot name the upload");
        unlinkat(home, link, 0);
        return r;
    }
    unlinkat(home, link, 0); /* a rename between two names of one file leaves both */
    return 0;
}

typedef struct Keeping {
    OpCall *call;
    Attachment *out;
    const char *file;
} Keeping;

static int check_total(Tx *tx, const Keeping *x, Err *e) {
    int64_t bytes = 0, known = 0, cap_mib = setting_i64(x->call->app->settings, SET_ATTACHMENT_TOTAL_MIB);
    TRY(db_scalar(tx_conn(tx), &sql_attachment_count_file, DB_ARGS(db_text(x->out->sha256)), 0, &known, e));
    TRY(attachments_room(tx_conn(tx), &bytes, e));
    if (known || !cap_mib || bytes + x->out->size <= cap_mib << 20) return 0;
    return err_fail(
        e, ERR_DISK_FULL,
        "all attachments take %lld MiB, and the setting attachment.total_mib allows %lld; delete some, or the "
        "agents whose messages have them",
        (long long)bytes >> 20, (long long)cap_mib);
}

static int ensure_named(const Keeping *x, Err *e) {
    int home = x->call->app->home_fd;
    if (faccessat(home, x->file, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return 0;
    return linkat(home, x->call->body->name, home, x->file, 0) < 0 ? err_sys(e, "cannot name the upload") : 0;
}

static int keep_tx(Tx *tx, void *arg, Err *e) {
    Keeping *x = arg;
    Attachment *at = x->out;
    const Principal *who = x->call->who;
    DbValue none = {0};
    TRY(check_total(tx, x, e));
    TRY(ensure_named(x, e));
    TRY(tx_run(tx, &sql_attachment_add_file,
               DB_ARGS(db_text(at->sha256), db_text(at->suffix), db_text(at->media_type), db_i64(at->size),
                       at->width ? db_i64(at->width) : none, at->height ? db_i64(at->height) : none),
               NULL, e));
    at->created_at = tx_now(tx);
    return tx_run(tx, &sql_attachment_add,
                  DB_ARGS(db_text(at->id), db_text(at->sha256), db_text(at->name), db_text(str(who->org)),
                          db_text(str(who->id)), db_i64(at->created_at)),
                  NULL, e);
}

int attachment_create(OpCall *c, Str name, Attachment *out, Err *e) {
    Id id = id_new("att");
    char hex[65], file[ATTACHMENT_FILE_NAME_MAX];
    Sniffed what;
    if (c->body->size == 0) return err_fail(e, ERR_INVALID, "the body is empty: it must be the file");
    TRY(look_at(c, &what, e));
    digest_hex(c->body->sha256, sizeof c->body->sha256, hex);
    *out = (Attachment){.id = arena_str(c->arena, id_str(&id)),
                        .name = attachment_name(name, what.suffix, c->arena),
                        .media_type = str(what.media),
                        .suffix = str(what.suffix),
                        .size = c->body->size,
                        .sha256 = arena_str(c->arena, str(hex))};
    if (what.width) GIVE(Attachment, out, width, what.width);
    if (what.height) GIVE(Attachment, out, height, what.height);
    attachment_file_name(out->sha256, out->suffix, file);
    TRY(give_name(c, file, e));
    CRASH("attachment.named");
    TRY(op_tx(c, keep_tx, &(Keeping){c, out, file}, out, e));
    CRASH("attachment.stored");
    return 0;
}

/* --- going --- */

typedef struct Taking {
    const App *app;
    Str digest;
    const char *name, *away;
    bool is_taken;
} Taking;

static int take_name_tx(Tx *tx, void *arg, Err *e) {
    Taking *t = arg;
    int64_t known = 0;
    TRY(db_scalar(tx_conn(tx), &sql_attachment_count_file, DB_ARGS(db_text(t->digest)), 0, &known, e));
    if (!known) t->is_taken = renameat(t->app->home_fd, t->name, t->app->home_fd, t->away) == 0;
    return 0;
}

/* Removes a file without a row. */
static int remove_file(App *app, Str digest, const char *name, Err *e) {
    char away[ATTACHMENT_FILE_NAME_MAX + 8];
    snprintf(away, sizeof away, ATTACHMENT_FOLDER "/upload.gone." STR_FMT, STR_ARG(digest));
    Taking t = {.app = app, .digest = digest, .name = name, .away = away};
    TRY(db_tx(app->db, DB_DERIVED, take_name_tx, &t, e));
    if (t.is_taken) unlinkat(app->home_fd, away, 0);
    return 0;
}

/* Without its row a file is removed by the next start at the latest. */
static void remove_content(App *app, const Attachment *at) {
    char name[ATTACHMENT_FILE_NAME_MAX];
    Err e = {0};
    attachment_file_name(at->sha256, at->suffix, name);
    if (remove_file(app, at->sha256, name, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "removing a file", &e);
}

static int remove_tx(Tx *tx, void *arg, Err *e) {
    const Attachment *at = arg;
    int64_t changes = 0;
    TRY(tx_run(tx, &sql_attachment_remove, DB_ARGS(db_text(at->id)), &changes, e));
    if (changes) return tx_run(tx, &sql_attachment_remove_file, DB_ARGS(db_text(at->sha256)), NULL, e);
    return err_fail(e, ERR_CONFLICT, "a message has this attachment; it is removed with the last one that has it");
}

int attachment_delete(OpCall *c, const Attachment *at, Err *e) {
    TRY(op_tx(c, remove_tx, (void *)at, NULL, e));
    remove_content(c->app, at);
    return 0;
}

typedef struct Unused {
    Arena *arena;
    VEC(Str) ids;
} Unused;

static bool on_unused(void *arg, DbRow *r) {
    Unused *u = arg;
    vec_push(&u->ids, arena_str(u->arena, db_col_text(r, 0)));
    return true;
}

/* One that a message got in the meantime stays. */
static int expire_one(App *app, DbConn *db, Str id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Attachment at;
    TRY(attachment_get(db, id, a, &at, e));
    int r = db_tx(app->db, DB_DERIVED, remove_tx, &at, e);
    if (r >= 0) remove_content(app, &at);
    return r == -(int)ERR_CONFLICT ? 0 : r;
}

static int expire_some(App *app, DbConn *db, Unused *u, Err *e) {
    DbArgs args = DB_ARGS(db_i64(clock_now_us() - DAY_US), db_i64(REMOVE_ROWS));
    TRY(db_each(db, &sql_attachment_unused_before, args, on_unused, u, e));
    for (size_t i = 0; i < u->ids.n; i++) {
        int r = expire_one(app, db, u->ids.items[i], e);
        if (r < 0 && r != -(int)ERR_NOT_FOUND) return r;
    }
    return 0;
}

typedef struct Left {
    App *app;
    int folder;
    VEC(ino_t) named; /* contents of uploads that were cut off after they had their names */
} Left;

static bool is_upload(const char *name) { return str_starts(str(name), STR("upload.")); }

/* Of a daemon that has ended. A content in which the same file has a name too was about to get its row. */
static void remove_upload(Left *x, const char *name, const struct stat *st) {
    if ((TimeUs)st->st_ctim.tv_sec * 1000000 >= x->app->started_at) return;
    if (st->st_nlink > 1) vec_push(&x->named, st->st_ino);
    unlinkat(x->folder, name, 0);
}

static int remove_unstored(Left *x, const char *name, const struct stat *st, Err *e) {
    char path[ATTACHMENT_FILE_NAME_MAX];
    Str is = str(name);
    bool is_cut_off = false;
    vec_each(&x->named, i) is_cut_off |= *i == st->st_ino;
    if (!is_cut_off || is.n <= DIGEST_CHARS || is.n > DIGEST_CHARS + 6 || is.p[DIGEST_CHARS] != '.') return 0;
    attachment_file_name(str_upto(is, DIGEST_CHARS), str_from(is, DIGEST_CHARS + 1), path);
    return remove_file(x->app, str_upto(is, DIGEST_CHARS), path, e);
}

/* Uploads come first, so that the second pass knows what they named. Other files without a row stay: they may belong to a
 * store that somebody puts back. */
static int walk(Left *x, DIR *dir, bool is_second, Err *e) {
    struct dirent *d;
    struct stat st;
    rewinddir(dir);
    while ((d = readdir(dir))) {
        if (fstatat(x->folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode)) continue;
        if (!is_second && is_upload(d->d_name)) remove_upload(x, d->d_name, &st);
        if (is_second && !is_upload(d->d_name)) TRY(remove_unstored(x, d->d_name, &st, e));
    }
    return 0;
}

static int tidy_folder(App *app, Err *e) {
    Left x = {.app = app};
    x.folder = openat(app->home_fd, ATTACHMENT_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (x.folder < 0) return errno == ENOENT ? 0 : err_sys(e, "cannot open the folder of attachments");
    CLEANUP(dir_closep) DIR *dir = fdopendir(x.folder);
    if (!dir) {
        close(x.folder);
        return err_sys(e, "cannot list the attachments");
    }
    int r = walk(&x, dir, false, e);
    if (r >= 0 && x.named.n) r = walk(&x, dir, true, e);
    vec_done(&x.named);
    return r;
}

int attachments_expire(App *app, DbConn *db, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    bool is_done = false;
    while (!is_done) {
        Unused u = {.arena = a};
        int r = expire_some(app, db, &u, e);
        is_done = u.ids.n < REMOVE_ROWS;
        vec_done(&u.ids);
        TRY(r);
    }
    return 0;
}

static void start_job(void *context, void *arg) {
    Err e = {0};
    (void)context;
    if (tidy_folder(arg, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "removing unfinished uploads", &e);
}

void attachments_start(App *app) { (void)pool_submit_background(app->slow, start_job, app); }
