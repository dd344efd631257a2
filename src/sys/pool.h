/* A bounded pool of worker threads with bounded queues. Any thread may submit.
 *
 * Threads beyond n_threads start when a job finds none idle, and end after a while without work; each opens its context
 * when it starts and closes it when it ends, so that contexts are as many as threads.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

typedef struct Pool Pool;

typedef struct PoolConfig {
    const char *name;
    int n_threads;                   /* always there */
    int n_max;                       /* at most; 0 = n_threads */
    int n_background;                /* of these at most so many do background work; 0 = all */
    int queue_max;                   /* of each queue */
    void *(*thread_open)(void *arg); /* per-thread context, passed to each job; NULL fails pool_new */
    void (*thread_close)(void *context);
    void *arg;
} PoolConfig;

int pool_new(const PoolConfig *c, Pool **ret, Err *e);
/* Runs what is queued, then joins; from then on nothing is accepted. For pools whose jobs submit to one another: all
 * are stopped before the first is freed. NULL is fine for both. */
void pool_stop(Pool *p);
void pool_free(Pool *p); /* stops it first */
/* False when the queue is full (the caller answers 503) or the pool is stopping. */
bool pool_submit(Pool *p, void (*run)(void *context, void *arg), void *arg);
/* Work that nobody waits for: it begins when no other job is queued, in at most n_background threads. */
bool pool_submit_background(Pool *p, void (*run)(void *context, void *arg), void *arg);
int pool_queued(const Pool *p);
