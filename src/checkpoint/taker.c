/* When checkpoints are taken: the loop's half. A worktree is in the table while something in it is due. */
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "checkpoint/checkpoint_in.h"
#include "checkpoint/checkpoint_sql.h"
#include "core/hub.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/pool.h"

/* Of the threads for background work one is always left to others; a repository that did not answer waits, so that a few
 * of them cannot keep all places. What a full disk did not take, or what another call kept from being looked at, is tried
 * again soon. */
enum { RUNNING_MAX = 3, RETRY_MS = 1000, KEPT_MS = 5000, STUCK_MS = 5 * 60 * 1000 };

typedef struct Due {
    Id worktree_id, workspace_id;
    int64_t not_before_us; /* monotonic */
    bool is_running, is_again, was_stuck;
} Due;

struct Checkpoints {
    App *app;
    Map due;     /* worktree id to Due* */
    Map at_work; /* workspace ids */
    Timer timer;
    int cancel_fd, n_running;
    bool is_stopping;
};

/* -- jobs ---------------------------------------------------------------------------------------------------- */

typedef struct Running {
    TakeJob job;
    Checkpoints *of;
} Running;

static void start_all(Checkpoints *c);

/* May run after the loop has ended: then nothing is started any more, and the timer is closed. */
static void on_done(void *arg) {
    Running *r = arg;
    Checkpoints *c = r->of;
    Due *d = map_find(&c->due, r->job.worktree_id);
    map_remove(&c->at_work, r->job.workspace_id);
    c->n_running--;
    d->is_running = false;
    int64_t pause_ms = r->job.is_stuck ? STUCK_MS : r->job.is_kept ? KEPT_MS : 0;
    d->not_before_us = clock_mono_us() + pause_ms * 1000;
    d->was_stuck = r->job.is_stuck;
    if (!d->is_again && !r->job.is_again && !pause_ms) {
        map_remove(&c->due, r->job.worktree_id);
        free(d);
    }
    arena_free(r->job.arena);
    start_all(c);
}

static void run(void *db, void *arg) {
    Running *r = arg;
    take_job_look(&r->job, db);
    loop_post(r->job.app->loop, on_done, r);
}

static void start(Checkpoints *c, Due *d) {
    Arena *a = arena_new();
    Running *r = arena_new_in(a, Running);
    r->of = c;
    r->job = (TakeJob){.app = c->app,
                       .arena = a,
                       .worktree_id = arena_str(a, id_str(&d->worktree_id)),
                       .workspace_id = arena_str(a, id_str(&d->workspace_id)),
                       .cancel_fd = c->cancel_fd,
                       .was_stuck = d->was_stuck};
    if (!pool_submit_background(c->app->slow, run, r)) {
        arena_free(a);
        d->not_before_us = clock_mono_us() + RETRY_MS * 1000;
        return;
    }
    d->is_running = true;
    d->is_again = false;
    c->n_running++;
    map_put(&c->at_work, r->job.workspace_id, d);
}

static void start_all(Checkpoints *c) {
    MapSlot *s;
    int64_t now = clock_mono_us();
    bool waits = false;
    if (c->is_stopping) return;
    for (size_t i = 0; (s = map_next(&c->due, &i));) {
        Due *d = s->value;
        bool is_free = !d->is_running && !map_find(&c->at_work, id_str(&d->workspace_id));
        if (is_free && d->not_before_us <= now && c->n_running < RUNNING_MAX) start(c, d);
        waits |= !d->is_running && d->not_before_us > now;
    }
    if (waits && !uv_is_active((uv_handle_t *)&c->timer.uv)) timer_start(&c->timer, RETRY_MS, 0);
}

static void on_due(Timer *t) { start_all(container_of(t, Checkpoints, timer)); }

/* -- what is due --------------------------------------------------------------------------------------------- */

typedef struct Note {
    Checkpoints *of;
    Id worktree_id, workspace_id;
} Note;

static void put_id(Id *ret, Str id) {
    size_t n = id.n < sizeof ret->text ? id.n : sizeof ret->text - 1;
    memcpy(ret->text, id.p, n);
    ret->text[n] = '\0';
}

static void add(Checkpoints *c, const Note *n) {
    Due *d = map_find(&c->due, id_str(&n->worktree_id));
    if (d) {
        d->is_again = true;
        return;
    }
    d = mu_new(Due);
    d->worktree_id = n->worktree_id;
    d->workspace_id = n->workspace_id;
    map_put(&c->due, id_str(&d->worktree_id), d);
}

static void on_noted(void *arg) {
    Note *n = arg;
    if (!n->of->is_stopping) {
        add(n->of, n);
        start_all(n->of);
    }
    free(n);
}

void taker_note(Tx *tx, App *app, Str worktree_id, Str workspace_id) {
    if (!app->checkpoints) return;
    Note *n = mu_new(Note);
    n->of = app->checkpoints;
    put_id(&n->worktree_id, worktree_id);
    put_id(&n->workspace_id, workspace_id);
    hub_after_commit(tx, on_noted, free, n);
}

/* -- start and stop ------------------------------------------------------------------------------------------ */

static bool on_due_tree(void *arg, DbRow *r) {
    Note n = {0};
    put_id(&n.worktree_id, db_col_text(r, 0));
    put_id(&n.workspace_id, db_col_text(r, 1));
    add(arg, &n);
    return true;
}

int checkpoints_start(App *app, DbConn *db, Err *e) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) return err_sys(e, "cannot create an event descriptor");
    Checkpoints *c = mu_new(Checkpoints);
    c->app = app;
    c->cancel_fd = fd;
    timer_init(app->loop, &c->timer, on_due);
    app->checkpoints = c;
    TRY(db_each(db, &sql_checkpoint_due_trees, DB_NONE, on_due_tree, c, e));
    start_all(c);
    return 0;
}

void checkpoints_stop(Checkpoints *c) {
    if (!c) return;
    c->is_stopping = true;
    (void)eventfd_write(c->cancel_fd, 1);
    timer_close(&c->timer, NULL);
}

void checkpoints_free(Checkpoints *c) {
    MapSlot *s;
    if (!c) return;
    for (size_t i = 0; (s = map_next(&c->due, &i));) free(s->value);
    map_done(&c->due);
    map_done(&c->at_work);
    fd_closep(&c->cancel_fd);
    free(c);
}
