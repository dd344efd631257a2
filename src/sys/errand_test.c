#include "sys/errand.h"

#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/test.h"

typedef struct Job {
    sem_t gate;
    bool waits, has_run;
    char about[16];
} Job;

static atomic_int n_dropped;

static void run_job(void *arg) {
    Job *j = arg;
    if (j->waits) sem_wait(&j->gate);
    j->has_run = true;
}

static void drop_job(void *arg) {
    sem_destroy(&((Job *)arg)->gate);
    atomic_fetch_add(&n_dropped, 1);
}

static Errands *all;

static bool begin(Job *j, int about, bool waits) {
    *j = (Job){.waits = waits};
    snprintf(j->about, sizeof j->about, "/disk/%d", about);
    sem_init(&j->gate, 0, 0);
    return errand_run(all, &(Errand){run_job, drop_job, j, str(j->about)}, waits ? 10 : 60000);
}

static void end(Job *stuck, int n) {
    int before = atomic_load(&n_dropped);
    for (int i = 0; i < n; i++) sem_post(&stuck[i].gate);
    while (atomic_load(&n_dropped) < before + n) sched_yield();
}

TEST(an_errand_that_does_not_end_keeps_nobody_waiting_and_only_so_many_do) {
    Job quick, stuck[ERRANDS_LOST_MAX];
    all = errands_new();
    atomic_store(&n_dropped, 0);
    CHECK(begin(&quick, 0, false) && quick.has_run);
    sem_destroy(&quick.gate);
    for (int i = 0; i < ERRANDS_LOST_MAX; i++) CHECK(!begin(&stuck[i], i, true));
    CHECK_I64(atomic_load(&n_dropped), 0);
    CHECK(!begin(&quick, ERRANDS_LOST_MAX, false) && !quick.has_run);
    CHECK_I64(atomic_load(&n_dropped), 1);
    end(stuck, ERRANDS_LOST_MAX);
    CHECK(begin(&quick, ERRANDS_LOST_MAX, false) && quick.has_run);
    sem_destroy(&quick.gate);
    CHECK(!begin(&stuck[0], 0, true));
    errands_free(all);
    end(stuck, 1);
}

TEST(errands_about_one_thing_that_do_not_end_keep_none_about_another_from_being_run) {
    Job quick, stuck[ERRANDS_LOST_OF_ONE];
    all = errands_new();
    atomic_store(&n_dropped, 0);
    for (int i = 0; i < ERRANDS_LOST_OF_ONE; i++) CHECK(!begin(&stuck[i], 1, true));
    CHECK(!begin(&quick, 1, false) && !quick.has_run);
    CHECK_I64(atomic_load(&n_dropped), 1);
    CHECK(begin(&quick, 2, false) && quick.has_run);
    sem_destroy(&quick.gate);
    end(stuck, 1);
    CHECK(begin(&quick, 1, false) && quick.has_run);
    sem_destroy(&quick.gate);
    end(stuck + 1, ERRANDS_LOST_OF_ONE - 1);
    errands_free(all);
}
