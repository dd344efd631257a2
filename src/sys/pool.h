/* A bounded pool of worker threads with bounded queues. Any thread may submit.
 *
 * Threads beyond n_threads start when no thread is idle for a job, and end after a while without work; each opens its
 * context when it starts and closes it when it ends, so that there are as many contexts as threads.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

typedef struct Pool Pool;

typedef struct PoolConfig {
    const char *name;
    int n_threads;                   /* the minimum */
    int n_max;                       /* the maximum; 0 = n_threads */
    int n_background;                /* at most this many of them do background work; 0 = all */
    int queue_max;                   /* for each queue */
    void *(*thread_open)(void *arg); /* per-thread context, passed to each job; NULL fails pool_new */
    void (*thread_close)(void *context);
    void *arg;
} PoolConfig;

int pool_new(const PoolConfig *c, Pool **ret, Err *e);
/* Runs the queued jobs, then joins the threads; accepts no more jobs. Pools whose jobs submit to one another must all
 * be stopped before the first is freed. NULL is allowed for both. */
void pool_stop(Pool *p);
void pool_free(Pool *p); /* stops it first */
/* False: the queue is full (the caller answers 503) or the pool is stopping. */
bool pool_submit(Pool *p, void (*run)(void *context, void *arg), void *arg);
/* Work that no caller waits for: it starts when no other job is queued, on at most n_background threads. */
bool pool_submit_background(Pool *p, void (*run)(void *context, void *arg), void *arg);
/* How many jobs wait for a thread. */
int pool_queued(Pool *p);
