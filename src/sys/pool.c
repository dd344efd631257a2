#include "sys/pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sys/fault.h"
#include "sys/loop.h"

typedef struct Job {
    void (*run)(void *context, void *arg);
    void *arg;
} Job;

struct Pool {
    PoolConfig config;
    char name[16]; /* the kernel's limit for a thread's name */
    pthread_t *threads;
    int n_threads; /* started */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    Job *ring;
    int first, n_queued;
    int n_opened; /* threads that have tried thread_open */
    bool open_failed;
    bool stopping;
};

/* Waits for a job; false once the pool stops and nothing is queued. */
static bool take_job(Pool *p, Job *ret) {
    pthread_mutex_lock(&p->lock);
    while (!p->n_queued && !p->stopping) pthread_cond_wait(&p->changed, &p->lock);
    bool got = p->n_queued > 0;
    if (got) {
        *ret = p->ring[p->first];
        p->first = (p->first + 1) % p->config.queue_max;
        p->n_queued--;
    }
    pthread_mutex_unlock(&p->lock);
    return got;
}

static void *open_context(Pool *p) {
    void *context = p->config.thread_open ? p->config.thread_open(p->config.arg) : NULL;
    pthread_mutex_lock(&p->lock);
    p->n_opened++;
    p->open_failed |= p->config.thread_open && !context;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return context;
}

/* A job never meets a thread without its context: the pool is not handed out before all have one. */
static int await_contexts(Pool *p, Err *e) {
    pthread_mutex_lock(&p->lock);
    while (p->n_opened < p->n_threads) pthread_cond_wait(&p->changed, &p->lock);
    bool failed = p->open_failed;
    pthread_mutex_unlock(&p->lock);
    return failed ? err_fail(e, ERR_INTERNAL, "a thread of pool %s could not be opened", p->name) : 0;
}

static void *worker(void *arg) {
    Pool *p = arg;
    Job job;
    pthread_setname_np(pthread_self(), p->name);
    thread_set_role(THREAD_WORKER);
    void *context = open_context(p);
    while (take_job(p, &job)) job.run(context, job.arg);
    if (p->config.thread_close && context) p->config.thread_close(context);
    return NULL;
}

/* Workers inherit a full mask: signals belong to the loop thread. */
static int start_threads(Pool *p, Err *e) {
    sigset_t all, before;
    int failed = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (p->n_threads < p->config.n_threads && !failed) {
        failed = fault_point("pool.thread") ? EAGAIN : pthread_create(&p->threads[p->n_threads], NULL, worker, p);
        if (!failed) p->n_threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) return err_fail(e, ERR_INTERNAL, "a thread of pool %s does not start: %s", p->name, strerror(failed));
    return 0;
}

int pool_new(const PoolConfig *c, Pool **ret, Err *e) {
    assert(c->n_threads > 0 && c->queue_max > 0);
    Pool *p = mu_new(Pool);
    p->config = *c;
    snprintf(p->name, sizeof p->name, "%s", c->name);
    p->threads = mu_array((size_t)c->n_threads, sizeof *p->threads);
    p->ring = mu_array((size_t)c->queue_max, sizeof *p->ring);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    int started = start_threads(p, e);
    if (started >= 0) started = await_contexts(p, e);
    if (started < 0) {
        pool_free(p);
        return started;
    }
    *ret = p;
    return 0;
}

void pool_free(Pool *p) {
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_threads; i++) pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p->ring);
    free(p);
}

bool pool_submit(Pool *p, void (*run)(void *context, void *arg), void *arg) {
    pthread_mutex_lock(&p->lock);
    bool room = !p->stopping && p->n_queued < p->config.queue_max;
    if (room) {
        p->ring[(p->first + p->n_queued) % p->config.queue_max] = (Job){run, arg};
        p->n_queued++;
        pthread_cond_signal(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return room;
}

int pool_queued(const Pool *p) {
    Pool *open = (Pool *)p; /* the lock is no part of what const promises */
    pthread_mutex_lock(&open->lock);
    int n = open->n_queued;
    pthread_mutex_unlock(&open->lock);
    return n;
}
