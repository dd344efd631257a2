#include "sys/pool.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/test.h"
#include "sys/loop.h"

/* A gate that holds jobs until the test opens it. */
typedef struct Gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int waiting;
    _Atomic int ran;
} Gate;

static void gate_init(Gate *g) {
    *g = (Gate){.open = false};
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
}

static void pass_gate(void *context, void *arg) {
    Gate *g = arg;
    (void)context;
    pthread_mutex_lock(&g->lock);
    g->waiting++;
    pthread_cond_broadcast(&g->changed);
    while (!g->open) pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    g->ran++;
}

static void await_waiting(Gate *g, int n) {
    pthread_mutex_lock(&g->lock);
    while (g->waiting < n) pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void open_gate(Gate *g) {
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static Pool *new_pool(const PoolConfig *c) {
    Pool *p;
    Err e;
    CHECK_OK(pool_new(c, &p, &e), e);
    return p;
}

TEST(pool_refuses_jobs_that_do_not_fit_and_runs_the_others) {
    Gate g;
    gate_init(&g);
    Pool *p = new_pool(&(PoolConfig){.name = "small", .n_threads = 2, .queue_max = 3});
    CHECK(pool_submit(p, pass_gate, &g) && pool_submit(p, pass_gate, &g));
    await_waiting(&g, 2);
    for (int i = 0; i < 3; i++) CHECK(pool_submit(p, pass_gate, &g));
    CHECK(!pool_submit(p, pass_gate, &g));
    open_gate(&g);
    pool_free(p);
    CHECK_I64(g.ran, 5);
}

static void *open_context(void *arg) {
    ++*(_Atomic int *)arg;
    return arg;
}

static void close_context(void *context) { --*(_Atomic int *)context; }

typedef struct Probe {
    Gate gate;
    void *context;
    ThreadRole role;
} Probe;

static void look_around(void *context, void *arg) {
    Probe *p = arg;
    p->context = context;
    p->role = thread_role();
    pass_gate(context, &p->gate);
}

TEST(pool_threads_have_a_context_and_a_role) {
    static _Atomic int contexts;
    Probe probe;
    gate_init(&probe.gate);
    Pool *p = new_pool(&(PoolConfig){.name = "a name that is too long",
                                     .n_threads = 1,
                                     .queue_max = 1,
                                     .thread_open = open_context,
                                     .thread_close = close_context,
                                     .arg = (void *)&contexts});
    CHECK(pool_submit(p, look_around, &probe));
    await_waiting(&probe.gate, 1);
    CHECK_I64(contexts, 1);
    CHECK(probe.context == (void *)&contexts && probe.role == THREAD_WORKER);
    open_gate(&probe.gate);
    pool_free(p);
    CHECK_I64(contexts, 0);
    pool_free(NULL);
}

TEST(a_pool_grows_while_its_threads_are_busy_and_background_work_gets_only_its_share) {
    static _Atomic int contexts;
    Gate people, background;
    gate_init(&people);
    gate_init(&background);
    Pool *p = new_pool(&(PoolConfig){.name = "grows",
                                     .n_threads = 1,
                                     .n_max = 5,
                                     .n_background = 2,
                                     .queue_max = 4,
                                     .thread_open = open_context,
                                     .thread_close = close_context,
                                     .arg = (void *)&contexts});
    CHECK_I64(contexts, 1);
    for (int i = 0; i < 4; i++) CHECK(pool_submit_background(p, pass_gate, &background));
    await_waiting(&background, 2);
    for (int i = 0; i < 3; i++) CHECK(pool_submit(p, pass_gate, &people));
    await_waiting(&people, 3); /* whatever is in the other queue */
    CHECK_I64(contexts, 5);
    CHECK_I64(background.waiting, 2);
    for (int i = 0; i < 4; i++) CHECK(pool_submit(p, pass_gate, &people));
    CHECK(!pool_submit(p, pass_gate, &people));
    open_gate(&background);
    open_gate(&people);
    pool_free(p);
    CHECK_I64(background.ran, 4);
    CHECK_I64(people.ran, 7);
    CHECK_I64(contexts, 0);
}

TEST(a_stopped_pool_accepts_nothing_and_can_still_be_queried) {
    Gate g;
    gate_init(&g);
    Pool *p = new_pool(&(PoolConfig){.name = "stops", .n_threads = 1, .n_max = 2, .queue_max = 1});
    pool_stop(p);
    CHECK(!pool_submit(p, pass_gate, &g) && !pool_submit_background(p, pass_gate, &g));
    pool_free(p);
}
