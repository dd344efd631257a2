/* What can be cancelled, and what is kept between calls: an eventfd for each act that runs, which its programs watch. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "change/comment_in.h"
#include "change/land_queue.h"
#include "change/radar_in.h"
#include "git/hook_watch.h"

struct ChangeRuns {
    pthread_mutex_t lock;
    List runs; /* Run.link */
    GitBlobKeep *blobs;
};

void change_register(App *app) {
    app->changes = mu_new(ChangeRuns);
    pthread_mutex_init(&app->changes->lock, NULL);
    list_init(&app->changes->runs);
    app->changes->blobs = git_blob_keep_new(app->home);
    app->landings = land_drives_new(app);
    hook_on_message_withdrawn(app, comments_unsend);
    radar_sweep(app);
    hook_watch_sweep();
}

void change_done(App *app) {
    land_drives_free(app->landings);
    app->landings = NULL;
    if (app->changes) pthread_mutex_destroy(&app->changes->lock);
    if (app->changes) git_blob_keep_free(app->changes->blobs);
    free(app->changes);
    app->changes = NULL;
}

int run_begin(OpCall *c, Run *r, Str worktree_id, Git *g, Err *e) {
    *r = (Run){.worktree_id = worktree_id, .key = c->key, .cancel_fd = -1};
    if (!c->app->changes) return 0;
    r->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->cancel_fd < 0) return err_sys(e, "cannot create an event descriptor");
    r->all = c->app->changes;
    pthread_mutex_lock(&r->all->lock);
    list_add_last(&r->all->runs, &r->link);
    pthread_mutex_unlock(&r->all->lock);
    g->cancel_fd = r->cancel_fd;
    return 0;
}

void run_end(Run *r) {
    if (!r->all) return;
    pthread_mutex_lock(&r->all->lock);
    list_remove(&r->link);
    pthread_mutex_unlock(&r->all->lock);
    fd_closep(&r->cancel_fd);
    r->all = NULL;
}

GitBlobKeep *changes_blobs(const App *app) { return app->changes ? app->changes->blobs : NULL; }

int64_t runs_cancel(App *app, Str worktree_id, Str key_start) {
    int64_t n = 0;
    if (!app->changes) return 0;
    pthread_mutex_lock(&app->changes->lock);
    list_each(&app->changes->runs, Run, link, r) {
        bool is_meant = str_eq(r->worktree_id, worktree_id) && str_starts(r->key, key_start);
        if (is_meant && eventfd_write(r->cancel_fd, 1) == 0) n++;
    }
    pthread_mutex_unlock(&app->changes->lock);
    return n;
}
