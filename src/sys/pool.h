/* A bounded pool of worker threads with a bounded queue. Any thread may submit. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

typedef struct Pool Pool;

typedef struct PoolConfig {
    const char *name;
    int n_threads;
    int queue_max;
    void *(*thread_open)(void *arg); /* per-thread context, passed to each job; NULL fails pool_new */
    void (*thread_close)(void *context);
    void *arg;
} PoolConfig;

int pool_new(const PoolConfig *c, Pool **ret, Err *e);
void pool_free(Pool *p); /* runs what is queued, then joins; NULL is fine */
/* False when the queue is full (the caller answers 503) or the pool is stopping. */
bool pool_submit(Pool *p, void (*run)(void *context, void *arg), void *arg);
int pool_queued(const Pool *p);
