#include "sys/errand.h"

#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/test.h"

typedef struct Job {
    sem_t gate;
    bool waits, has_run;
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

static bool begin(Job *j, bool waits) {
    *j = (Job){.waits = waits};
    sem_init(&j->gate, 0, 0);
    return errand_run(all, &(Errand){run_job, drop_job, j}, waits ? 10 : 60000);
}

TEST(an_errand_that_does_not_end_keeps_nobody_waiting_and_only_so_many_do) {
    Job quick, stuck[ERRANDS_LOST_MAX];
    all = errands_new();
    CHECK(begin(&quick, false) && quick.has_run);
    for (int i = 0; i < ERRANDS_LOST_MAX; i++) CHECK(!begin(&stuck[i], true));
    CHECK_I64(atomic_load(&n_dropped), 0);
    CHECK(!begin(&quick, false) && !quick.has_run);
    CHECK_I64(atomic_load(&n_dropped), 1);
    for (int i = 0; i < ERRANDS_LOST_MAX; i++) sem_post(&stuck[i].gate);
    while (atomic_load(&n_dropped) <= ERRANDS_LOST_MAX) sched_yield();
    while (!begin(&quick, false)) sched_yield();
    sem_destroy(&quick.gate);
    CHECK(!begin(&stuck[0], true));
    errands_free(all);
    sem_post(&stuck[0].gate);
    while (atomic_load(&n_dropped) <= ERRANDS_LOST_MAX + 1) sched_yield();
}
