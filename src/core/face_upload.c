/* See face_upload.h.
 *
 * Invariant: while a job runs (is_busy) the loop touches only `gathered` and the flags that it sets itself; everything
 * else belongs to the job. An upload ends in `discard`, on the loop and without a job. */
#include "core/face_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "core/face_rest.h"
#include "core/op_body.h"
#include "net/http_body.h"
#include "sys/digest.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum {
    PIECE_BYTES = 256 << 10,
    GATHERED_MAX = PIECE_BYTES + 2 * HTTP_BODY_AHEAD,
    ROOM_BYTES = 4 << 20 /* of the disk, that no upload may use */
};

struct Upload {
    App *app;
    HttpRequest *r; /* NULL: the client has gone */
    OpTask *task;   /* owned until it runs */
    const Op *op;
    OpDoneFn on_done;
    OpBody body;
    char name[128];
    int64_t expected; /* as the client says; 0: it does not */
    Buf gathered, writing;
    DigestParts *digest;
    int fd; /* -1: not yet made */
    bool is_busy;
    bool is_whole; /* nothing follows what is gathered */
    bool is_last;  /* `writing` is the end */
    Err why;       /* of the job */
    List link;     /* App.uploads */
};

static void free_upload(Upload *u) {
    if (u->fd >= 0) unlinkat(u->app->home_fd, u->name, 0);
    fd_closep(&u->fd);
    digest_partsp(&u->digest);
    buf_done(&u->gathered);
    buf_done(&u->writing);
    free(u);
}

static void remove_job(void *context, void *arg) {
    (void)context;
    free_upload(arg);
}

static void discard(Upload *u) {
    App *app = u->app;
    list_remove(&u->link);
    if (u->task) op_task_drop(TAKE(u->task));
    if (u->fd < 0 || !pool_submit(app->slow, remove_job, u)) free_upload(u);
}

/* --- the file --- */

static int open_file(Upload *u, Err *e) {
    if (mkdirat(u->app->home_fd, u->op->body_dir, 0700) < 0 && errno != EEXIST)
        return err_sys(e, "cannot make the folder %s", u->op->body_dir);
    u->fd = fault_point("upload.open")
                ? -1
                : openat(u->app->home_fd, u->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return u->fd < 0 ? err_sys(e, "cannot create %s", u->name) : 0;
}

static int check_room(const Upload *u, Err *e) {
    int64_t rest = u->expected > u->body.size ? u->expected - u->body.size : (int64_t)u->writing.n;
    int64_t free_bytes = file_free_bytes(u->app->home);
    if (free_bytes < 0 || free_bytes - rest >= ROOM_BYTES) return 0;
    return err_fail(e, ERR_DISK_FULL, "the data folder has too little room: %lld MiB are free, and %d MiB stay free",
                    (long long)free_bytes >> 20, ROOM_BYTES >> 20);
}

static int write_piece(Upload *u, Err *e) {
    Str left = buf_str(&u->writing);
    TRY(check_room(u, e));
    if (u->fd < 0) TRY(open_file(u, e));
    digest_add(u->digest, left);
    u->body.size += (int64_t)left.n;
    while (left.n) {
        ssize_t n = fault_point("upload.write") ? -1 : write(u->fd, left.p, left.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_sys(e, "cannot write %s", u->name);
        left = str_from(left, (size_t)n);
    }
    CRASH("upload.written");
    if (!u->is_last) return 0;
    digest_end(u->digest, u->body.sha256);
    if (fault_point("upload.sync") || fdatasync(u->fd) < 0) return err_sys(e, "cannot sync %s", u->name);
    CRASH("upload.synced");
    return 0;
}

static void on_written(void *arg);

static void write_job(void *context, void *arg) {
    Upload *u = arg;
    (void)context;
    (void)write_piece(u, &u->why);
    loop_post(u->app->loop, on_written, u);
}

static void start_job(Upload *u) {
    Buf empty = u->writing;
    u->writing = u->gathered;
    u->gathered = empty;
    u->is_last = u->is_whole;
    u->is_busy = true;
    if (pool_submit(u->app->slow, write_job, u)) return;
    err_set(&u->why, ERR_BUSY, "too many calls are waiting; try again in a second");
    loop_post(u->app->loop, on_written, u);
}

/* --- the call --- */

static void on_called(void *arg, const OpAnswer *a) {
    Upload *u = arg;
    u->on_done(u->r, a);
    discard(u);
}

static void go_on(Upload *u) {
    if (u->is_last) {
        list_remove(&u->link);
        op_task_put_body(u->task, &u->body);
        op_task_run(TAKE(u->task), on_called, u);
        return;
    }
    if (u->is_whole || u->gathered.n >= PIECE_BYTES) start_job(u);
    if (!u->is_whole) http_body_resume(u->r);
}

static void on_written(void *arg) {
    Upload *u = arg;
    u->is_busy = false;
    buf_clear(&u->writing);
    if (u->r && !u->why.code) {
        go_on(u);
        return;
    }
    if (u->r) face_rest_error(u->r, &u->why);
    discard(u);
}

/* --- what arrives --- */

static bool on_piece(void *arg, Str bytes) {
    Upload *u = arg;
    buf_add_str(&u->gathered, bytes);
    bool is_full = u->gathered.n >= PIECE_BYTES;
    if (is_full && !u->is_busy) start_job(u);
    return !is_full || u->gathered.n == 0;
}

static void on_gone(void *arg) {
    Upload *u = arg;
    u->r = NULL;
    if (!u->is_busy) discard(u);
}

static int check_place(const App *app, const Principal *who, Err *e) {
    int n = 0, all = 0;
    list_each(&app->uploads, Upload, link, u) {
        n += strcmp(op_task_who(u->task)->id, who->id) == 0;
        all++;
    }
    if (n >= UPLOADS_OF_ONE)
        return err_fail(e, ERR_BUSY, "%d of your files are arriving already; try again when one of them has arrived",
                        n);
    if (all >= UPLOADS_MAX)
        return err_fail(e, ERR_BUSY, "%d files are arriving already; try again in a moment", UPLOADS_MAX);
    return 0;
}

int upload_begin(App *app, HttpRequest *r, OpTask *t, const Op *op, OpDoneFn on_done, Err *e) {
    uint8_t random[16];
    char hex[2 * sizeof random + 1];
    if (!app->uploads.next) list_init(&app->uploads);
    TRY(check_place(app, op_task_who(t), e));
    Upload *u = mu_new(Upload);
    *u = (Upload){.app = app, .r = r, .task = t, .op = op, .on_done = on_done, .digest = digest_begin(), .fd = -1};
    (void)str_parse_i64(http_header(r, "content-length"), 0, INT64_MAX, &u->expected);
    random_bytes(random, sizeof random);
    digest_hex(random, sizeof random, hex);
    snprintf(u->name, sizeof u->name, "%s/upload.%s", op->body_dir, hex);
    u->body.name = u->name;
    buf_init(&u->gathered, GATHERED_MAX);
    buf_init(&u->writing, GATHERED_MAX);
    list_add_last(&app->uploads, &u->link);
    http_body_to(r, (size_t)op->body_max, &(HttpBodySink){on_piece, on_gone, u});
    return 0;
}

void upload_end(Upload *u) {
    u->is_whole = true;
    if (!u->is_busy) start_job(u);
}
