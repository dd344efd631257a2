/* See film.h. Invariant: of the frames that the encoder has not taken, at most two are kept: `now`, of which it may have a
 * part, and `next`. */
#include "eye/film.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/child.h"
#include "eye/fourcc.h"
#include "eye/guard.h"
#include "eye/lines.h"
#include "eye/step.h"

enum { FREE_HZ = 30, PIPE_BYTES = 1 << 20, LOOK_MS = 10, NS_PER_S = 1000000000, NS_PER_MS = 1000000 };

#define END_NS UINT64_C(5000000000)

typedef struct Picked {
    uint8_t *pixels; /* owned; rows without gaps */
    bool is_full;
} Picked;

struct Film {
    Eye *eye;
    bool is_on, is_ending;
    char path[EYE_PATH_MAX], encoder[EYE_PATH_MAX], why[200]; /* why it ends before its end; "": it does not */
    pid_t pid;                                                /* of the encoder; 0: no frame has come yet */
    int fd;                                                   /* of its input; -1 */
    uint32_t width, height, fourcc;
    size_t size, written; /* of a frame; of `now` */
    Picked now, next;
    uint64_t n_frames, due_ns;
    struct wl_event_source *writable, *tick;
};

/* --- its end ------------------------------------------------------------------------------------------------------ */

static void close_input(Film *f) {
    if (f->writable) wl_event_source_remove(f->writable);
    f->writable = NULL;
    fd_closep(&f->fd);
    wl_event_source_timer_update(f->tick, 0);
}

static void report(Film *f) {
    struct stat st;
    EyeRecordedLine line = {.path = str(f->path), .steps = (int64_t)f->n_frames};
    GIVE(EyeRecordedLine, &line, bytes, stat(f->path, &st) == 0 ? (int64_t)st.st_size : 0);
    if (f->why[0]) GIVE(EyeRecordedLine, &line, detail, str(f->why));
    lines_report(f->eye, "filmed", &EyeRecordedLine_shape, &line);
}

static void reset(Film *f) {
    close_input(f);
    free(f->now.pixels);
    free(f->next.pixels);
    f->now = f->next = (Picked){0};
    f->is_on = f->is_ending = false;
    f->pid = 0;
    f->n_frames = f->written = 0;
    f->why[0] = 0;
}

/* The encoder ends when it has read the last of its input. */
static void end(Film *f, const char *why) {
    if (why && !f->why[0]) snprintf(f->why, sizeof f->why, "%s", why);
    f->is_ending = true;
    if (f->pid) {
        if (!f->now.is_full) close_input(f);
        return;
    }
    if (!f->why[0]) snprintf(f->why, sizeof f->why, "no frame was drawn");
    report(f);
    reset(f);
}

bool film_exited(Eye *eye, pid_t pid, int status) {
    Film *f = eye->film;
    if (!f->pid || pid != f->pid) return false;
    bool is_well = f->is_ending && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!is_well && !f->why[0] && WIFEXITED(status))
        snprintf(f->why, sizeof f->why, "the encoder exited with status %d", WEXITSTATUS(status));
    if (!is_well && !f->why[0]) snprintf(f->why, sizeof f->why, "signal %d ended the encoder", WTERMSIG(status));
    report(f);
    reset(f);
    return true;
}

/* --- to the encoder ----------------------------------------------------------------------------------------------- */

static int on_writable(int fd, uint32_t mask, void *data) {
    (void)mask;
    Film *f = data;
    while (f->now.is_full) {
        ssize_t n = write(fd, f->now.pixels + f->written, f->size - f->written);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return 0;
        if (n < 0) { /* film_exited says why */
            close_input(f);
            return 0;
        }
        f->written += (size_t)n;
        if (f->written < f->size) continue;
        Picked taken = f->now;
        taken.is_full = false;
        f->now = f->next;
        f->next = taken;
        f->written = 0;
        f->n_frames++;
    }
    wl_event_source_fd_update(f->writable, 0);
    if (f->is_ending) close_input(f);
    return 0;
}

static int64_t rate_of(const Eye *eye) {
    if (!eye->config.lockstep) return FREE_HZ;
    return eye->config.hz ? eye->config.hz : EYE_HZ_DEF;
}

static int spawn(Film *f, int in, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    bool is_swapped = f->fourcc == FOURCC_XBGR8888 || f->fourcc == FOURCC_ABGR8888;
    Str argv[] = {str(f->encoder),
                  STR("-hide_banner"),
                  STR("-loglevel"),
                  STR("error"),
                  STR("-n"),
                  STR("-f"),
                  STR("rawvideo"),
                  STR("-pixel_format"),
                  is_swapped ? STR("rgb0") : STR("bgr0"),
                  STR("-video_size"),
                  arena_fmt(a, "%ux%u", f->width, f->height),
                  STR("-framerate"),
                  arena_fmt(a, "%lld", (long long)rate_of(f->eye)),
                  STR("-i"),
                  STR("pipe:0"),
                  STR("-pix_fmt"),
                  STR("yuv420p"),
                  STR("-movflags"),
                  STR("+faststart"),
                  str(f->path)};
    ChildSpec spec = {.argv = {argv, COUNT_OF(argv)}, .in = in};
    return child_start(&spec, &f->pid, e);
}

static int start_encoder(Film *f, const Buffer *b, Err *e) {
    int pipe_fds[2];
    f->width = b->width;
    f->height = b->height;
    f->fourcc = b->fourcc;
    f->size = (size_t)b->width * b->height * 4;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0) return err_sys(e, "the encoder cannot be started");
    int r = spawn(f, pipe_fds[0], e);
    close(pipe_fds[0]);
    f->fd = pipe_fds[1];
    if (r < 0) return r;
    (void)fcntl(f->fd, F_SETPIPE_SZ, PIPE_BYTES);
    fcntl(f->fd, F_SETFL, fcntl(f->fd, F_GETFL) | O_NONBLOCK);
    f->writable = wl_event_loop_add_fd(f->eye->loop, f->fd, 0, on_writable, f);
    f->now.pixels = mu_alloc(f->size);
    f->next.pixels = mu_alloc(f->size);
    return 0;
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

typedef struct Copy {
    const Buffer *from;
    uint8_t *to;
} Copy;

static void copy_rows(void *arg) {
    const Copy *c = arg;
    const BufferPlane *plane = &c->from->planes[0];
    size_t row = (size_t)c->from->width * 4;
    for (uint32_t y = 0; y < c->from->height; y++)
        memcpy(c->to + y * row, plane->pool->map + plane->offset + (size_t)y * plane->stride, row);
}

static bool is_same_kind(const Film *f, const Buffer *b) {
    return b->width == f->width && b->height == f->height && b->fourcc == f->fourcc;
}

static void pick(Film *f, const Buffer *b) {
    Err e = {0};
    if (!f->pid && start_encoder(f, b, &e) < 0) {
        end(f, e.text);
        return;
    }
    if (!is_same_kind(f, b)) {
        end(f, "the size of the frames has changed");
        return;
    }
    Pool *pool = b->planes[0].pool;
    Picked *to = f->now.is_full ? &f->next : &f->now;
    if (f->fd < 0 || !pool_map(pool)) return;
    Copy c = {b, to->pixels};
    if (buffer_is_safe(b))
        copy_rows(&c);
    else
        guard_run(pool->map, pool->mapped, copy_rows, &c);
    to->is_full = true;
    wl_event_source_fd_update(f->writable, WL_EVENT_WRITABLE);
}

void film_frame(Eye *eye, const Frame *frame) {
    Film *f = eye->film;
    if (f->is_on && !f->is_ending && eye->config.lockstep) pick(f, frame->picture.buffer);
}

bool film_is_full(const Eye *eye) {
    const Film *f = eye->film;
    return f->is_on && !f->is_ending && f->now.is_full && f->next.is_full;
}

static int on_tick(void *data) {
    Film *f = data;
    const Buffer *b = frames_copy(f->eye);
    if (b && !f->is_ending) pick(f, b);
    if (!f->is_on || f->is_ending) return 0;
    uint64_t now = eye_now_ns();
    f->due_ns += NS_PER_S / FREE_HZ;
    if (f->due_ns < now) f->due_ns = now;
    int wait_ms = (int)((f->due_ns - now + NS_PER_MS / 2) / NS_PER_MS);
    wl_event_source_timer_update(f->tick, wait_ms > 0 ? wait_ms : 1);
    return 0;
}

/* --- orders ------------------------------------------------------------------------------------------------------- */

int film_start(Eye *eye, Str path, Str encoder, Err *e) {
    Film *f = eye->film;
    if (f->is_on) return err_fail(e, ERR_CONFLICT, "a video is being made already");
    if (path.p[0] != '/' || path.n >= sizeof f->path || encoder.n >= sizeof f->encoder || !encoder.n)
        return err_fail(e, ERR_INVALID, "video: path and encoder must be absolute paths");
    snprintf(f->path, sizeof f->path, STR_FMT, STR_ARG(path));
    snprintf(f->encoder, sizeof f->encoder, STR_FMT, STR_ARG(encoder));
    struct stat st;
    if (lstat(f->path, &st) == 0) return err_fail(e, ERR_CONFLICT, "%s is there already", f->path);
    f->is_on = true;
    f->due_ns = eye_now_ns();
    if (!eye->config.lockstep) wl_event_source_timer_update(f->tick, 1);
    return 0;
}

int film_stop(Eye *eye, Err *e) {
    Film *f = eye->film;
    if (!f->is_on || f->is_ending) return err_fail(e, ERR_CONFLICT, "no video is being made");
    end(f, NULL);
    return 0;
}

void film_init(Eye *eye) {
    Film *f = eye->film = mu_new(Film);
    *f = (Film){.eye = eye, .fd = -1};
    f->tick = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_tick, f));
}

void film_done(Eye *eye) {
    Film *f = eye->film;
    if (!f || !f->is_on) return;
    pid_t pid = f->pid;
    uint64_t until_ns = eye_now_ns() + END_NS;
    end(f, NULL);
    while (pid && f->is_on) {
        int status;
        bool is_late = eye_now_ns() > until_ns;
        struct pollfd input = {.fd = f->fd, .events = POLLOUT};
        if (f->fd >= 0 && poll(&input, 1, LOOK_MS) > 0) on_writable(f->fd, 0, f);
        if (f->fd < 0) poll(NULL, 0, LOOK_MS);
        if (is_late) kill(pid, SIGKILL);
        if (waitpid(pid, &status, is_late ? 0 : WNOHANG) == pid) film_exited(eye, pid, status);
    }
}
