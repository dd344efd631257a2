/* See video.h. */
#include "eye/video.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/child.h"
#include "eye/fourcc.h"
#include "eye/guard.h"
#include "eye/lines.h"
#include "eye/output.h"

enum {
    QUEUE_MAX = 32,
    QUEUE_BYTES = 64 << 20, /* or two frames */
    PIPE_BYTES = 1 << 20,
    FINISH_MS = 30000, /* of the encoder, after the last frame */
    DONE_MS = 3000,    /* when the eye itself ends */
    LOOK_MS = 10
};

struct Video {
    Eye *eye;
    pid_t pid; /* of the encoder; 0: no video is being made */
    int fd;    /* its standard input; -1: it has all */
    char path[EYE_PATH_MAX];
    uint32_t width, height;
    size_t frame_size;
    uint8_t *queue; /* a ring of n_max frames in memory of its own: `n` from `first` on; NULL: no video is being made */
    size_t first, n, n_max, n_sent; /* n_sent: bytes of the first that are written */
    uint64_t n_frames, n_left_out;
    bool is_ending;
    struct wl_event_source *writable, *kill;
};

static void set_writable(Video *v) { wl_event_source_fd_update(v->writable, v->n ? WL_EVENT_WRITABLE : 0); }

static uint8_t *slot(const Video *v, size_t i) { return v->queue + (v->first + i) % v->n_max * v->frame_size; }

static void drop_first(Video *v) {
    v->first = (v->first + 1) % v->n_max;
    v->n--;
    v->n_sent = 0;
}

/* Nothing more goes to the encoder, which then finishes its file. */
static void close_pipe(Video *v) {
    if (v->fd < 0) return;
    munmap(v->queue, v->n_max * v->frame_size);
    v->queue = NULL;
    v->n = 0;
    wl_event_source_remove(v->writable);
    v->writable = NULL;
    fd_closep(&v->fd);
    wl_event_source_timer_update(v->kill, FINISH_MS);
}

static void write_queue(Video *v) {
    while (v->n) {
        ssize_t n = write(v->fd, slot(v, 0) + v->n_sent, v->frame_size - v->n_sent);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) break;
        if (n < 0) { /* it has ended: its exit says why */
            close_pipe(v);
            return;
        }
        v->n_sent += (size_t)n;
        if (v->n_sent == v->frame_size) drop_first(v);
    }
    if (!v->n && v->is_ending)
        close_pipe(v);
    else
        set_writable(v);
}

static int on_writable(int fd, uint32_t mask, void *data) {
    (void)fd, (void)mask;
    write_queue(data);
    return 0;
}

static int on_late(void *data) {
    Video *v = data;
    if (v->pid) kill(v->pid, SIGKILL);
    return 0;
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

typedef struct Copying {
    uint8_t *to;
    const uint8_t *from;
    uint32_t stride, width, height;
    bool is_swapped; /* red comes first */
} Copying;

static void copy_rows(void *arg) {
    const Copying *c = arg;
    for (uint32_t y = 0; y < c->height; y++) {
        uint8_t *to = c->to + (size_t)y * c->width * 4;
        memcpy(to, c->from + (size_t)y * c->stride, (size_t)c->width * 4);
        for (uint32_t x = 0; c->is_swapped && x < c->width; x++) {
            uint8_t red = to[4 * x];
            to[4 * x] = to[4 * x + 2];
            to[4 * x + 2] = red;
        }
    }
}

static bool take_copy(const Video *v, const Buffer *b) {
    const BufferPlane *plane = &b->planes[0];
    if (v->n == v->n_max || b->width != v->width || b->height != v->height) return false;
    const uint8_t *pixels = buffer_begin_read(b);
    if (!pixels) return false;
    Copying c = {.to = slot(v, v->n),
                 .from = pixels,
                 .stride = plane->stride,
                 .width = b->width,
                 .height = b->height,
                 .is_swapped = b->fourcc == FOURCC_XBGR8888 || b->fourcc == FOURCC_ABGR8888};
    if (buffer_is_safe(b))
        copy_rows(&c);
    else
        guard_run(plane->pool->map, plane->pool->mapped, copy_rows, &c);
    buffer_end_read(b);
    return true;
}

bool video_is_on(const Eye *eye) { return eye->video->queue != NULL; }

bool video_is_full(const Eye *eye) {
    const Video *v = eye->video;
    return v->queue && !v->is_ending && v->n == v->n_max;
}

void video_frame(Eye *eye, const Frame *f) {
    Video *v = eye->video;
    if (!v->pid || v->fd < 0 || v->is_ending) return;
    if (!take_copy(v, f->picture.buffer)) {
        v->n_left_out++;
        return;
    }
    v->n++;
    v->n_frames++;
    write_queue(v);
}

/* --- begin and end ------------------------------------------------------------------------------------------------ */

/* By steps each frame lasts as long as the next; in free run as long as it was shown. The file is written in pieces that can
 * be played without the rest. */
static int start_encoder(Video *v, Str encoder, int in, Err *e) {
    char size[32], rate[16];
    const EyeConfig *c = &v->eye->config;
    bool is_even = c->lockstep || c->clock != EYE_TIME_REAL;
    snprintf(size, sizeof size, "%ux%u", v->width, v->height);
    snprintf(rate, sizeof rate, "%lld", (long long)(c->hz ? c->hz : EYE_HZ_DEF));
    Str argv[] = {encoder,
                  STR("-loglevel"),
                  STR("error"),
                  STR("-use_wallclock_as_timestamps"),
                  is_even ? STR("0") : STR("1"),
                  STR("-f"),
                  STR("rawvideo"),
                  STR("-pixel_format"),
                  STR("bgr0"),
                  STR("-video_size"),
                  str(size),
                  STR("-framerate"),
                  str(rate),
                  STR("-i"),
                  STR("pipe:0"),
                  STR("-fps_mode"),
                  is_even ? STR("passthrough") : STR("vfr"),
                  STR("-c:v"),
                  STR("libx264"),
                  STR("-preset"),
                  STR("veryfast"),
                  STR("-pix_fmt"),
                  STR("yuv420p"),
                  STR("-movflags"),
                  STR("frag_keyframe+empty_moov"),
                  STR("-f"),
                  STR("mp4"),
                  STR("-n"),
                  str(v->path)};
    return child_start(&(ChildSpec){.argv = {argv, COUNT_OF(argv)}, .in = in}, &v->pid, e);
}

static int open_pipe(Video *v, int *ret_in, Err *e) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return err_sys(e, "a pipe to the encoder cannot be made");
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* a smaller one works, too */
    *ret_in = ends[0];
    v->fd = ends[1];
    return 0;
}

int video_start(Eye *eye, Str path, Str encoder, Err *e) {
    Video *v = eye->video;
    CLEANUP(fd_closep) int in = -1;
    if (v->pid) return err_fail(e, ERR_CONFLICT, "a video is being made");
    v->width = (uint32_t)eye->output->width;
    v->height = (uint32_t)eye->output->height;
    v->frame_size = (size_t)v->width * v->height * 4;
    v->n_max = QUEUE_BYTES / v->frame_size;
    v->n_max = v->n_max < 2 ? 2 : v->n_max > QUEUE_MAX ? QUEUE_MAX : v->n_max;
    v->first = v->n_sent = 0;
    v->n_frames = v->n_left_out = 0;
    v->is_ending = false;
    snprintf(v->path, sizeof v->path, STR_FMT, STR_ARG(path));
    TRY(open_pipe(v, &in, e));
    v->queue = mmap(NULL, v->n_max * v->frame_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
    if (v->queue == MAP_FAILED) {
        int r = err_sys(e, "there is no memory for frames of a video");
        fd_closep(&v->fd);
        return r;
    }
    if (start_encoder(v, encoder, in, e) < 0) {
        munmap(v->queue, v->n_max * v->frame_size);
        fd_closep(&v->fd);
        return -(int)e->code;
    }
    v->writable = wl_event_loop_add_fd(eye->loop, v->fd, 0, on_writable, v);
    return 0;
}

int video_stop(Eye *eye, Err *e) {
    Video *v = eye->video;
    if (!v->pid || v->is_ending) return err_fail(e, ERR_CONFLICT, "no video is being made");
    v->is_ending = true;
    if (v->fd >= 0) write_queue(v);
    return 0;
}

static void report(const Video *v, const char *why) {
    struct stat st;
    EyeRecordedLine line = {.path = str(v->path), .steps = (int64_t)v->n_frames};
    if (stat(v->path, &st) == 0) GIVE(EyeRecordedLine, &line, bytes, (int64_t)st.st_size);
    if (why) GIVE(EyeRecordedLine, &line, detail, str(why));
    lines_report(v->eye, "filmed", &EyeRecordedLine_shape, &line);
    if (v->n_left_out)
        lines_error(v->eye, "%llu frames are not in the video: the encoder was too slow, or they had another size",
                    (unsigned long long)v->n_left_out);
}

bool video_exited(Eye *eye, pid_t pid, int status) {
    Video *v = eye->video;
    if (!v->pid || pid != v->pid) return false;
    char why[160];
    bool was_asked = v->is_ending;
    close_pipe(v);
    wl_event_source_timer_update(v->kill, 0);
    v->pid = 0;
    if (WIFSIGNALED(status))
        snprintf(why, sizeof why, "signal %d ended the encoder", WTERMSIG(status));
    else if (WEXITSTATUS(status))
        snprintf(why, sizeof why, "the encoder exited with status %d; the log of the eye has what it said",
                 WEXITSTATUS(status));
    else
        snprintf(why, sizeof why, "the encoder ended by itself");
    bool is_good = was_asked && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    report(v, is_good ? NULL : why);
    return true;
}

void video_done(Eye *eye) {
    Video *v = eye->video;
    if (!v->pid) return;
    v->is_ending = true;
    int status = 0;
    pid_t ended = 0;
    for (int waited = 0; ended == 0 && waited < DONE_MS; waited += LOOK_MS) {
        if (v->fd >= 0) write_queue(v);
        poll(NULL, 0, LOOK_MS);
        ended = waitpid(v->pid, &status, WNOHANG);
    }
    if (ended == v->pid) video_exited(eye, v->pid, status);
}

void video_init(Eye *eye) {
    Video *v = eye->video = mu_new(Video);
    *v = (Video){.eye = eye, .fd = -1};
    v->kill = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_late, v));
}
