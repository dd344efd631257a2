#include "sys/errand.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/list.h"
#include "base/mem.h"
#include "sys/fault.h"

struct Errands {
    atomic_int refs;
    pthread_mutex_t lock; /* of what follows; taken last */
    List lost;
};

Errands *errands_new(void) {
    Errands *all = mu_new(Errands);
    atomic_init(&all->refs, 1);
    pthread_mutex_init(&all->lock, NULL);
    list_init(&all->lost);
    return all;
}

void errands_free(Errands *all) {
    if (!all || atomic_fetch_sub(&all->refs, 1) != 1) return;
    pthread_mutex_destroy(&all->lock);
    free(all);
}

typedef struct Run {
    Errands *all;
    Errand errand;
    List link;            /* Errands.lost */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t ended;
    bool has_ended, is_left; /* the caller waits no longer */
} Run;

static void lose(Run *r) {
    if (!r->all) return;
    pthread_mutex_lock(&r->all->lock);
    list_add_last(&r->all->lost, &r->link);
    pthread_mutex_unlock(&r->all->lock);
}

static void leave_lost(Run *r) {
    if (!r->all) return;
    pthread_mutex_lock(&r->all->lock);
    list_remove(&r->link);
    pthread_mutex_unlock(&r->all->lock);
}

static bool is_full(Errands *all, Str about) {
    int n = 0, n_of_one = 0;
    if (!all) return false;
    pthread_mutex_lock(&all->lock);
    list_each(&all->lost, Run, link, r) {
        n++;
        n_of_one += str_eq(r->errand.about, about);
    }
    pthread_mutex_unlock(&all->lock);
    return n >= ERRANDS_LOST_MAX || n_of_one >= ERRANDS_LOST_OF_ONE;
}

static void run_free(Run *r) {
    errands_free(r->all);
    pthread_cond_destroy(&r->ended);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static void *on_thread(void *arg) {
    Run *r = arg;
    r->errand.run(r->errand.arg);
    pthread_mutex_lock(&r->lock);
    bool is_left = r->is_left;
    r->has_ended = true;
    pthread_cond_signal(&r->ended);
    pthread_mutex_unlock(&r->lock);
    if (!is_left) return NULL;
    leave_lost(r); /* first: `about` is in what is dropped */
    r->errand.drop(r->errand.arg);
    run_free(r);
    return NULL;
}

static Run *run_new(Errands *all, const Errand *errand) {
    pthread_condattr_t attr;
    Run *r = mu_new(Run);
    *r = (Run){.all = all, .errand = *errand};
    if (all) atomic_fetch_add(&all->refs, 1);
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->ended, &attr);
    pthread_condattr_destroy(&attr);
    return r;
}

static bool start(Run *r) {
    pthread_t thread;
    pthread_attr_t attr;
    if (is_full(r->all, r->errand.about) || fault_point("errand.thread")) return false;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &attr, on_thread, r);
    pthread_attr_destroy(&attr);
    return !failed;
}

static bool wait_for(Run *r, int64_t ms) {
    struct timespec until;
    int failed = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&r->lock);
    while (!r->has_ended && failed != ETIMEDOUT) failed = pthread_cond_timedwait(&r->ended, &r->lock, &until);
    bool has_ended = r->has_ended;
    r->is_left = !has_ended;
    if (!has_ended) lose(r);
    pthread_mutex_unlock(&r->lock);
    return has_ended;
}

bool errand_run(Errands *all, const Errand *errand, int64_t ms) {
    Run *r = run_new(all, errand);
    if (!start(r)) {
        errand->drop(errand->arg);
        run_free(r);
        return false;
    }
    if (!wait_for(r, ms)) return false;
    run_free(r);
    return true;
}
