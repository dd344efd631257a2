/* See tail.h.
 *
 * Invariants:
 * - The fields that a job uses (dirfd, log, arena, batch, resume, err, the copies in `now`) are not touched on the loop
 *   while is_reading; a tail that is closed meanwhile is freed by the job's end.
 * - A head that comes during a read is remembered: with is_reading it sets is_due, so that no growth is missed.
 */
#include "core/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/app.h"
#include "core/launch_watch.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum { RETRY_MS = 50 };

struct Tail {
    App *app;
    const TailSink *sink;
    void *arg;
    char id[40];
    LaunchWatch watch;
    Timer retry;
    uint64_t at, head;
    bool is_ended;  /* not alive: the log grows no more */
    bool is_left;   /* the daemon stops: silent from now on */
    bool is_full;   /* the sink has no room */
    bool is_due;    /* something to read may be there */
    bool is_inside; /* a callback runs */
    bool is_over;   /* on_end or on_failed was called */
    bool is_closed;

    /* The job's. */
    bool is_reading;
    int dirfd;
    LaunchLog *log;
    Arena *arena;
    LaunchBatch batch;
    uint64_t gap_to; /* batch.n is 0 and the log goes on here; == at: there is no gap */
    struct {
        uint64_t head;
        bool is_ended;
    } now; /* copies for the job */
    Err err;
    bool has_failed;
};

static void pump(Tail *t);

static void on_timer_closed(Timer *timer) { free(container_of(timer, Tail, retry)); }

static void release(Tail *t) {
    if (!t->is_closed || t->is_reading || t->is_inside) return;
    launchlog_close(t->log);
    fd_closep(&t->dirfd);
    arena_free(t->arena);
    timer_close(&t->retry, on_timer_closed);
}

/* --- the job ------------------------------------------------------------------------------------------------- */

static int open_log(Tail *t, Err *e) {
    char path[64];
    snprintf(path, sizeof path, "streams/%s", t->id);
    t->dirfd = openat(t->app->home_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t->dirfd < 0) return err_sys(e, "open %s", path);
    return launchlog_open(t->dirfd, &t->log, e);
}

/* There is no whole frame at `at`. While the hold writes, that is where its next frame will be; it is damage when the hold
 * reports a head beyond it, or writes no more. */
static int skip(Tail *t, Err *e) {
    bool is_due = t->now.is_ended || t->now.head > t->at;
    if (t->batch.cond == LAUNCHLOG_GAP)
        t->gap_to = t->batch.resume;
    else if (is_due)
        TRY(launchlog_skip_damage(t->log, t->at, t->now.is_ended ? 0 : t->now.head, &t->gap_to, e));
    return 0;
}

static int read_log(Tail *t, Err *e) {
    if (!t->log && open_log(t, e) < 0) {
        bool will_be = e->sys_errno == ENOENT && !t->now.is_ended; /* its folder is being made */
        return will_be ? 0 : -(int)e->code;
    }
    TRY(launchlog_read(t->log, t->at, TAIL_READ_BYTES, t->arena, &t->batch, e));
    return t->batch.n ? 0 : skip(t, e);
}

static void on_read(void *arg);

static void read_work(void *context UNUSED, void *arg) {
    Tail *t = arg;
    t->batch = (LaunchBatch){.next = t->at, .cond = LAUNCHLOG_END};
    t->gap_to = t->at;
    t->has_failed = read_log(t, &t->err) < 0;
    loop_post(t->app->loop, on_read, t);
}

/* --- on the loop ---------------------------------------------------------------------------------------------- */

static void end(Tail *t, const Err *why) {
    t->is_over = true;
    launch_unwatch(&t->watch);
    if (why)
        t->sink->on_failed(t->arg, why);
    else
        t->sink->on_end(t->arg);
}

/* True: all of them were taken. */
static bool hand_over(Tail *t) {
    size_t n = t->sink->on_frames(t->arg, t->batch.frames, t->batch.n);
    if (n) t->at = tail_frame_end(&t->batch.frames[n - 1]);
    t->is_full |= n < t->batch.n;
    return n == t->batch.n;
}

static void take_batch(Tail *t) {
    bool was_ended = t->now.is_ended;
    if (t->has_failed) {
        end(t, &t->err);
    } else if (t->batch.n) {
        bool all = hand_over(t);
        t->is_due = true; /* more may stand behind it */
        if (all && t->batch.saw_exit && !t->is_closed) end(t, NULL);
    } else if (t->gap_to != t->at) {
        uint64_t from = t->at;
        t->at = t->gap_to;
        t->is_due = true;
        t->sink->on_gap(t->arg, from, t->at);
    } else if (was_ended) {
        end(t, NULL);
    }
}

static void on_read(void *arg) {
    Tail *t = arg;
    t->is_reading = false;
    if (!t->is_closed && !t->is_left) {
        t->is_inside = true;
        take_batch(t);
        t->is_inside = false;
    }
    arena_reset(t->arena);
    if (t->is_closed)
        release(t);
    else
        pump(t);
}

static void pump(Tail *t) {
    if (!t->is_due || t->is_full || t->is_reading || t->is_over || t->is_left || t->is_closed) return;
    t->is_due = false;
    t->is_reading = true;
    t->now.head = t->head;
    t->now.is_ended = t->is_ended;
    if (pool_submit(t->app->workers, read_work, t)) return;
    t->is_reading = false;
    t->is_due = true;
    timer_start(&t->retry, RETRY_MS, 0);
}

static void on_retry(Timer *timer) { pump(container_of(timer, Tail, retry)); }

static void on_head(LaunchWatch *w, uint64_t head) {
    Tail *t = container_of(w, Tail, watch);
    if (head > t->head) t->head = head;
    t->is_due |= head > t->at;
    pump(t);
}

static void on_ended(LaunchWatch *w, bool is_left) {
    Tail *t = container_of(w, Tail, watch);
    t->is_left = is_left;
    t->is_ended = !is_left;
    t->is_due = true;
    pump(t);
}

Tail *tail_open(App *app, Str launch_id, uint64_t offset, const TailSink *sink, void *arg) {
    Tail *t = mu_new(Tail);
    *t = (Tail){.app = app, .sink = sink, .arg = arg, .at = offset, .is_due = true, .dirfd = -1, .arena = arena_new()};
    t->watch = (LaunchWatch){.on_head = on_head, .on_ended = on_ended};
    snprintf(t->id, sizeof t->id, STR_FMT, STR_ARG(launch_id));
    timer_init(app->loop, &t->retry, on_retry);
    t->is_ended = !launch_watch(app, launch_id, &t->watch, &t->head);
    pump(t);
    return t;
}

void tail_resume(Tail *t) {
    if (!t->is_full) return;
    t->is_full = false;
    t->is_due = true;
    pump(t);
}

void tail_close(Tail *t) {
    if (!t || t->is_closed) return;
    t->is_closed = true;
    launch_unwatch(&t->watch);
    release(t);
}

uint64_t tail_head(const Tail *t) { return t->head > t->at ? t->head : t->at; }
