#include "workspace/clone_run.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "base/mem.h"
#include "workspace/clone.h"

struct CloneRuns {
    pthread_mutex_t lock;
    List runs; /* CloneRun.link */
    bool is_stopped;
};

void clones_register(App *app) {
    app->clones = mu_new(CloneRuns);
    pthread_mutex_init(&app->clones->lock, NULL);
    list_init(&app->clones->runs);
}

void clones_done(App *app) {
    if (app->clones) pthread_mutex_destroy(&app->clones->lock);
    free(app->clones);
    app->clones = NULL;
}

int clone_run_begin(App *app, CloneRun *r, Str id, Err *e) {
    *r = (CloneRun){.id = id, .cancel_fd = -1};
    if (!app->clones) return 0;
    r->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->cancel_fd < 0) return err_sys(e, "cannot create an event descriptor");
    r->all = app->clones;
    pthread_mutex_lock(&r->all->lock);
    list_add_last(&r->all->runs, &r->link);
    r->is_stopped = r->all->is_stopped;
    if (r->is_stopped) (void)eventfd_write(r->cancel_fd, 1);
    pthread_mutex_unlock(&r->all->lock);
    return 0;
}

void clone_run_end(CloneRun *r) {
    if (!r->all) return;
    pthread_mutex_lock(&r->all->lock);
    list_remove(&r->link);
    pthread_mutex_unlock(&r->all->lock);
    fd_closep(&r->cancel_fd);
    r->all = NULL;
}

/* With the lock. */
static CloneRun *find(CloneRuns *all, Str id) {
    list_each(&all->runs, CloneRun, link, r) if (str_eq(r->id, id)) return r;
    return NULL;
}

bool clone_run_is_there(App *app, Str id) {
    if (!app->clones) return false;
    pthread_mutex_lock(&app->clones->lock);
    bool is_there = find(app->clones, id) != NULL;
    pthread_mutex_unlock(&app->clones->lock);
    return is_there;
}

void clone_run_cancel(App *app, Str id) {
    pthread_mutex_lock(&app->clones->lock);
    CloneRun *r = find(app->clones, id);
    if (r) r->is_cancelled = true;
    if (r) (void)eventfd_write(r->cancel_fd, 1);
    pthread_mutex_unlock(&app->clones->lock);
}

void clones_stop(App *app) {
    if (!app->clones) return;
    pthread_mutex_lock(&app->clones->lock);
    app->clones->is_stopped = true;
    list_each(&app->clones->runs, CloneRun, link, r) {
        r->is_stopped = true;
        (void)eventfd_write(r->cancel_fd, 1);
    }
    pthread_mutex_unlock(&app->clones->lock);
}

bool clone_run_was_ended(CloneRun *r, bool *ret_is_stopped) {
    if (!r->all) return false;
    pthread_mutex_lock(&r->all->lock);
    *ret_is_stopped = r->is_stopped && !r->is_cancelled;
    bool was_ended = r->is_stopped || r->is_cancelled;
    pthread_mutex_unlock(&r->all->lock);
    return was_ended;
}
