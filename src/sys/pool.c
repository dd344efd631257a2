#include "sys/pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "sys/fault.h"
#include "sys/loop.h"

enum { IDLE_S = 10 };

typedef struct Job {
    void (*run)(void *context, void *arg);
    void *arg;
} Job;

typedef struct Ring {
    Job *jobs;
    int first, n;
} Ring;

typedef enum SlotState { SLOT_FREE, SLOT_RUNS, SLOT_ENDED } SlotState; /* ended: not yet joined */

typedef struct Slot {
    Pool *pool;
    pthread_t thread;
    SlotState state;
} Slot;

struct Pool {
    PoolConfig config;
    char name[16]; /* the kernel's limit for a thread's name */

    pthread_mutex_t lock; /* guards the following members */
    pthread_cond_t changed;
    Slot *slots; /* n_max */
    Ring queue, background;
    int n_running;    /* all threads */
    int n_idle;       /* of these: waiting for a job, or about to */
    int n_background; /* of these: doing background work */
    int n_opened;     /* threads that have called thread_open */
    bool open_failed;
    bool stopping;
};

static bool put_job(const Pool *p, Ring *r, Job job) {
    if (r->n == p->config.queue_max) return false;
    r->jobs[(r->first + r->n++) % p->config.queue_max] = job;
    return true;
}

static bool get_job(const Pool *p, Ring *r, Job *ret) {
    if (!r->n) return false;
    *ret = r->jobs[r->first];
    r->first = (r->first + 1) % p->config.queue_max;
    r->n--;
    return true;
}

static bool get_background(Pool *p, Job *ret) {
    return p->n_background < p->config.n_background && get_job(p, &p->background, ret);
}

/* How many of the queued jobs a thread could start now. */
static int count_ready(const Pool *p) {
    int room = p->config.n_background - p->n_background;
    return p->queue.n + (p->background.n < room ? p->background.n : room);
}

/* False after a while without a job. */
static bool wait_for_change(Pool *p) {
    struct timespec until;
    if (p->n_running <= p->config.n_threads) return pthread_cond_wait(&p->changed, &p->lock) == 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_S;
    return pthread_cond_timedwait(&p->changed, &p->lock, &until) != ETIMEDOUT;
}

/* The lock is held. From here on the thread only closes its context, so that joining it does not take long. */
static void leave(Slot *s) {
    s->pool->n_running--;
    s->pool->n_idle--;
    s->state = SLOT_ENDED;
}

/* Waits for a job. False: this thread must end, because the pool stops or does not need it any more. */
static bool take_job(Slot *s, Job *ret, bool *ret_is_background) {
    Pool *p = s->pool;
    bool got = false, is_wanted = true;
    *ret_is_background = false;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        got = get_job(p, &p->queue, ret);
        if (!got) got = *ret_is_background = get_background(p, ret);
        if (got || p->stopping || (!is_wanted && p->n_running > p->config.n_threads)) break;
        is_wanted = wait_for_change(p);
    }
    if (got) {
        p->n_idle--;
        p->n_background += *ret_is_background;
    } else {
        leave(s);
    }
    pthread_mutex_unlock(&p->lock);
    return got;
}

static void end_job(Pool *p, bool was_background) {
    pthread_mutex_lock(&p->lock);
    p->n_idle++;
    p->n_background -= was_background;
    pthread_mutex_unlock(&p->lock);
}

static bool open_context(Slot *s, void **ret) {
    Pool *p = s->pool;
    *ret = p->config.thread_open ? p->config.thread_open(p->config.arg) : NULL;
    bool failed = p->config.thread_open && !*ret;
    pthread_mutex_lock(&p->lock);
    p->n_opened++;
    p->open_failed |= failed;
    if (failed) leave(s);
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return !failed;
}

/* No job runs on a thread without a context: the pool is not returned before all threads have one. */
static int await_contexts(Pool *p, Err *e) {
    pthread_mutex_lock(&p->lock);
    while (p->n_opened < p->config.n_threads) pthread_cond_wait(&p->changed, &p->lock);
    bool failed = p->open_failed;
    pthread_mutex_unlock(&p->lock);
    return failed ? err_fail(e, ERR_INTERNAL, "cannot open a thread of pool %s", p->name) : 0;
}

static void *worker(void *arg) {
    Slot *s = arg;
    Pool *p = s->pool;
    void *context;
    Job job;
    bool is_background;
    pthread_setname_np(pthread_self(), p->name);
    thread_set_role(THREAD_WORKER);
    if (!open_context(s, &context)) return NULL;
    while (take_job(s, &job, &is_background)) {
        job.run(context, job.arg);
        end_job(p, is_background);
    }
    if (p->config.thread_close && context) p->config.thread_close(context);
    return NULL;
}

static Slot *find_slot(Pool *p) {
    int i = 0;
    while (p->slots[i].state == SLOT_RUNS) i++;
    if (p->slots[i].state == SLOT_ENDED) pthread_join(p->slots[i].thread, NULL);
    p->slots[i].state = SLOT_FREE;
    return &p->slots[i];
}

/* The lock is held. Workers inherit a full mask: signals belong to the loop thread. Gives an errno. */
static int start_thread(Pool *p) {
    sigset_t all, before;
    Slot *s = find_slot(p);
    s->pool = p;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = fault_point("pool.thread") ? EAGAIN : pthread_create(&s->thread, NULL, worker, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) return failed;
    s->state = SLOT_RUNS;
    p->n_running++;
    p->n_idle++;
    return 0;
}

static int start_threads(Pool *p, Err *e) {
    int failed = 0;
    pthread_mutex_lock(&p->lock);
    while (p->n_running < p->config.n_threads && !failed) failed = start_thread(p);
    pthread_mutex_unlock(&p->lock);
    if (failed) return err_fail(e, ERR_INTERNAL, "cannot start a thread of pool %s: %s", p->name, strerror(failed));
    return 0;
}

static void init_changed(Pool *p) {
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &attr);
    pthread_condattr_destroy(&attr);
}

int pool_new(const PoolConfig *c, Pool **ret, Err *e) {
    assert(c->n_threads > 0 && c->queue_max > 0);
    Pool *p = mu_new(Pool);
    p->config = *c;
    if (!c->n_max) p->config.n_max = c->n_threads;
    if (!c->n_background) p->config.n_background = p->config.n_max;
    snprintf(p->name, sizeof p->name, "%s", c->name);
    p->slots = mu_array((size_t)p->config.n_max, sizeof *p->slots);
    p->queue.jobs = mu_array((size_t)c->queue_max, sizeof(Job));
    p->background.jobs = mu_array((size_t)c->queue_max, sizeof(Job));
    pthread_mutex_init(&p->lock, NULL);
    init_changed(p);
    int started = start_threads(p, e);
    if (started >= 0) started = await_contexts(p, e);
    if (started < 0) {
        pool_free(p);
        return started;
    }
    *ret = p;
    return 0;
}

/* Once the pool is stopping, no thread starts any more, so the slots do not change. */
void pool_stop(Pool *p) {
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->config.n_max; i++) {
        pthread_mutex_lock(&p->lock);
        bool is_there = p->slots[i].state != SLOT_FREE;
        pthread_mutex_unlock(&p->lock);
        if (!is_there) continue;
        pthread_join(p->slots[i].thread, NULL);
        p->slots[i].state = SLOT_FREE;
    }
}

void pool_free(Pool *p) {
    if (!p) return;
    pool_stop(p);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p->slots);
    free(p->queue.jobs);
    free(p->background.jobs);
    free(p);
}

/* If no thread can be started, the existing ones run the job. */
static bool submit(Pool *p, Ring *r, Job job) {
    pthread_mutex_lock(&p->lock);
    bool room = !p->stopping && put_job(p, r, job);
    if (room) pthread_cond_signal(&p->changed);
    if (room && count_ready(p) > p->n_idle && p->n_running < p->config.n_max) (void)start_thread(p);
    pthread_mutex_unlock(&p->lock);
    return room;
}

bool pool_submit(Pool *p, void (*run)(void *context, void *arg), void *arg) {
    return submit(p, &p->queue, (Job){run, arg});
}

bool pool_submit_background(Pool *p, void (*run)(void *context, void *arg), void *arg) {
    return submit(p, &p->background, (Job){run, arg});
}

int pool_queued(Pool *p) {
    pthread_mutex_lock(&p->lock);
    int n = p->queue.n + p->background.n;
    pthread_mutex_unlock(&p->lock);
    return n;
}
