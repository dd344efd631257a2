/* The lock table is one per process by its nature: it guards folders that every thread of the process can reach. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "git/git.h"

struct GitLock {
    GitLock *next;
    char *common_dir; /* owned */
    const char *who;  /* borrowed */
};

static pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t table_changed = PTHREAD_COND_INITIALIZER;
static GitLock *held;

static GitLock *find_held(const char *common_dir) {
    for (GitLock *l = held; l; l = l->next)
        if (str_eq(str(l->common_dir), str(common_dir))) return l;
    return NULL;
}

/* With the table's mutex held. Fails when the deadline passes first. */
static int wait_free(const char *common_dir, const struct timespec *deadline, Err *e) {
    GitLock *other;
    while ((other = find_held(common_dir)))
        if (pthread_cond_timedwait(&table_changed, &table_mutex, deadline) == ETIMEDOUT &&
            (other = find_held(common_dir)))
            return err_fail(e, ERR_BUSY, "this repository is being written by %s; try again", other->who);
    return 0;
}

int git_lock(const char *common_dir, const char *who, int64_t timeout_ms, GitLock **ret, Err *e) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    int64_t ns = deadline.tv_nsec + timeout_ms % 1000 * 1000000;
    deadline.tv_sec += timeout_ms / 1000 + ns / 1000000000;
    deadline.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&table_mutex);
    int r = wait_free(common_dir, &deadline, e);
    if (r == 0) {
        GitLock *l = mu_new(GitLock);
        *l = (GitLock){.next = held, .common_dir = mu_strdup(common_dir), .who = who};
        held = *ret = l;
    }
    pthread_mutex_unlock(&table_mutex);
    return r;
}

void git_unlock(GitLock *l) {
    pthread_mutex_lock(&table_mutex);
    GitLock **at = &held;
    while (*at != l) at = &(*at)->next;
    *at = l->next;
    pthread_cond_broadcast(&table_changed);
    pthread_mutex_unlock(&table_mutex);
    free(l->common_dir);
    free(l);
}
