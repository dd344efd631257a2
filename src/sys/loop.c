#include "sys/loop.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/vec.h"

typedef struct Task {
    void (*fn)(void *arg);
    void *arg;
} Task;

typedef VEC(Task) TaskVec;

struct Loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_check_t turn_end;
    uv_idle_t no_wait; /* active while there are tasks for the end of the turn: the poll must not block then */
    pthread_t thread;
    TaskVec after_turn;

    pthread_mutex_t lock; /* guards the following members; recursive for run_after_end */
    TaskVec posts;
    bool ended;
};

static _Thread_local ThreadRole role;

void thread_set_role(ThreadRole r) { role = r; }

ThreadRole thread_role(void) { return role; }

/* Tasks that are added while these run wait for the next turn. */
static void run_tasks(TaskVec *tasks) {
    vec_each(tasks, t) t->fn(t->arg);
    vec_done(tasks);
}

static TaskVec take_posts(Loop *l) {
    pthread_mutex_lock(&l->lock);
    TaskVec posts = TAKE(l->posts);
    pthread_mutex_unlock(&l->lock);
    return posts;
}

static void on_wake(uv_async_t *wake) {
    Loop *l = wake->data;
    TaskVec posts = take_posts(l);
    run_tasks(&posts);
}

static void on_idle(uv_idle_t *idle) { (void)idle; }

static void on_turn_end(uv_check_t *check) {
    Loop *l = check->data;
    TaskVec tasks = TAKE(l->after_turn);
    uv_check_stop(&l->turn_end);
    uv_idle_stop(&l->no_wait);
    run_tasks(&tasks);
}

static void init_lock(Loop *l) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&l->lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

int loop_new(Loop **ret, Err *e) {
    Loop *l = mu_new(Loop);
    signal(SIGPIPE, SIG_IGN); /* a write to a closed peer fails with an error instead */
    int failed = uv_loop_init(&l->uv);
    if (!failed) failed = uv_async_init(&l->uv, &l->wake, on_wake);
    if (failed) {
        free(l);
        return err_fail(e, ERR_INTERNAL, "cannot start the event loop: %s", uv_strerror(failed));
    }
    uv_check_init(&l->uv, &l->turn_end);
    uv_idle_init(&l->uv, &l->no_wait);
    l->wake.data = l->turn_end.data = l;
    l->thread = pthread_self();
    init_lock(l);
    *ret = l;
    return 0;
}

static void close_own_handles(Loop *l) {
    uv_close((uv_handle_t *)&l->wake, NULL);
    uv_close((uv_handle_t *)&l->turn_end, NULL);
    uv_close((uv_handle_t *)&l->no_wait, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

/* Runs the last posts, and from then on no thread waits for a loop that has ended. */
static void end(Loop *l) {
    for (bool empty = false; !empty;) {
        TaskVec posts = take_posts(l);
        run_tasks(&posts);
        uv_run(&l->uv, UV_RUN_DEFAULT);
        pthread_mutex_lock(&l->lock);
        empty = l->ended = l->posts.n == 0;
        pthread_mutex_unlock(&l->lock);
    }
}

void loop_run(Loop *l) {
    ThreadRole before = role;
    l->thread = pthread_self();
    role = THREAD_LOOP;
    uv_run(&l->uv, UV_RUN_DEFAULT);
    end(l);
    role = before;
}

void loop_free(Loop *l) {
    if (!l) return;
    close_own_handles(l);
    int busy = uv_loop_close(&l->uv);
    assert(busy == 0);
    (void)busy;
    vec_done(&l->posts);
    vec_done(&l->after_turn);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* Without the reference uv_run returns once the last of the other handles is closed. */
static void on_stop(void *loop) {
    Loop *l = loop;
    uv_unref((uv_handle_t *)&l->wake);
}

void loop_stop(Loop *l) { loop_post(l, on_stop, l); }

uv_loop_t *loop_uv(Loop *l) { return &l->uv; }

bool loop_is_current(const Loop *l) { return pthread_equal(l->thread, pthread_self()); }

/* After the end the loop's thread waits for the workers: the task runs here, under the lock, as if it ran there. */
static void run_after_end(Task t) {
    ThreadRole before = role;
    role = THREAD_LOOP;
    t.fn(t.arg);
    role = before;
}

void loop_post(Loop *l, void (*fn)(void *arg), void *arg) {
    Task t = {fn, arg};
    pthread_mutex_lock(&l->lock);
    bool first = l->posts.n == 0;
    if (l->ended)
        run_after_end(t);
    else
        vec_push(&l->posts, t);
    if (!l->ended && first) uv_async_send(&l->wake);
    pthread_mutex_unlock(&l->lock);
}

typedef struct Call {
    Task task;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
} Call;

static void on_call(void *arg) {
    Call *c = arg;
    c->task.fn(c->task.arg);
    pthread_mutex_lock(&c->lock);
    c->is_done = true;
    pthread_cond_signal(&c->done);
    pthread_mutex_unlock(&c->lock);
}

void loop_call(Loop *l, void (*fn)(void *arg), void *arg) {
    assert(role != THREAD_LOOP && role != THREAD_WRITER);
    Call c = {.task = {fn, arg}, .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    loop_post(l, on_call, &c);
    pthread_mutex_lock(&c.lock);
    while (!c.is_done) pthread_cond_wait(&c.done, &c.lock);
    pthread_mutex_unlock(&c.lock);
    pthread_cond_destroy(&c.done);
    pthread_mutex_destroy(&c.lock);
}

void loop_after_turn(Loop *l, void (*fn)(void *arg), void *arg) {
    assert(loop_is_current(l));
    if (l->after_turn.n == 0) {
        uv_check_start(&l->turn_end, on_turn_end);
        uv_idle_start(&l->no_wait, on_idle);
    }
    vec_push(&l->after_turn, (Task){fn, arg});
}

/* ---- timers ---- */

void timer_init(Loop *l, Timer *t, void (*on_due)(Timer *)) {
    uv_timer_init(&l->uv, &t->uv);
    t->on_due = on_due;
    t->on_closed = NULL;
}

static void on_timer(uv_timer_t *uv) {
    Timer *t = container_of(uv, Timer, uv);
    t->on_due(t);
}

void timer_start(Timer *t, int64_t after_ms, int64_t repeat_ms) {
    uint64_t after = after_ms > 0 ? (uint64_t)after_ms : 0, repeat = repeat_ms > 0 ? (uint64_t)repeat_ms : 0;
    uv_timer_start(&t->uv, on_timer, after, repeat);
}

void timer_stop(Timer *t) { uv_timer_stop(&t->uv); }

static void on_timer_closed(uv_handle_t *uv) {
    Timer *t = container_of((uv_timer_t *)uv, Timer, uv);
    if (t->on_closed) t->on_closed(t);
}

void timer_close(Timer *t, void (*on_closed)(Timer *)) {
    t->on_closed = on_closed;
    uv_close((uv_handle_t *)&t->uv, on_timer_closed);
}
