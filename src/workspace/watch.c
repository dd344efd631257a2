#define LOG_MODULE "watch"
#include "workspace/watch.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/hub.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "workspace/file_index.h"
#include "workspace/watch_in.h"

enum { DEBOUNCE_MS = 300, APART_MS = 600, SYNC_MS = 50, RETRY_MS = 1000 };
/* A poll finishes within the 5 s that the event's doc promises, unless a status takes so long that polling would use
 * most of the machine. */
enum { POLL_MS = 4000, POLL_REST = 3 };
/* Of the background's threads. A worktree whose last status took long may hang again, and those run one at a time: they
 * delay the statuses of other worktrees once at most. */
enum { RUNNING_MAX = 3, SLOW_MAX = 1, SLOW_MS = 5000 };
enum { REMOVED_AT_ONCE = 128, REMOVE_AGAIN_MS = 20, LOOK_MS = 2000 };

/* One worktree. */
typedef struct Watched {
    WorkspaceWatch *watch;
    char *id, *workspace_id, *path, *common_dir, *set_base; /* owned; set_base: "" if nobody chose one */
    VEC(int) wds;
    Timer timer;
    uint8_t digest[32];
    WatchLines lines;
    WatchBase base;
    WatchPlace place;           /* as the last job found it, if has_place */
    int64_t began_us, ended_us; /* of the last job */
    bool is_running;            /* a job is using it */
    bool is_due;                /* something has changed since the last status began */
    bool needs_scan;
    bool is_polled;
    bool has_place;
    bool is_slow;      /* its last status took SLOW_MS or more */
    bool chosen_again; /* another base, while a job looked for the one before */
    bool is_gone;      /* freed when its job or timer ends */
    bool is_listed;    /* mark used by a sync */
} Watched;

struct WorkspaceWatch {
    App *app;
    int fd;
    uv_poll_t poll;
    Timer sync, look;
    Map trees;         /* id to Watched */
    Map by_wd;         /* watch descriptor to Watched, or to `unwanted` */
    Map at_work;       /* workspace id to the Watched that a job is using */
    int n_running;     /* jobs, at most one per workspace */
    int n_slow;        /* those of them whose worktree was slow before */
    int n_scans;       /* those of them that add watches */
    VEC(int) unwanted; /* watches to remove, a few at a time: each removal is slow in the kernel */
    Timer removal;
    bool is_stopping, is_syncing, sync_again, is_looking;
};

/* The poll handle keeps the loop alive until the last job has come back. */
static void close_if_done(WorkspaceWatch *w) {
    if (w->is_stopping && !w->n_running && !w->is_syncing && !w->is_looking && !uv_is_closing((uv_handle_t *)&w->poll))
        uv_close((uv_handle_t *)&w->poll, NULL);
}

static Str wd_key(const int *wd) { return str_n(wd, sizeof *wd); }

/* -- a worktree's life --------------------------------------------------------------------------------------- */

static void on_watched_closed(Timer *t) {
    Watched *x = container_of(t, Watched, timer);
    vec_done(&x->wds);
    free(x->id);
    free(x->workspace_id);
    free(x->path);
    free(x->common_dir);
    free(x->set_base);
    free(x);
}

/* From here on its events are ignored; the kernel reports IN_IGNORED when it is gone. Closing the descriptor at the end
 * removes all of them. */
static void discard_wd(WorkspaceWatch *w, int wd) {
    map_put(&w->by_wd, wd_key(&wd), &w->unwanted);
    vec_push(&w->unwanted, wd);
    if (!w->is_stopping && !uv_is_active((uv_handle_t *)&w->removal.uv)) timer_start(&w->removal, 0, 0);
}

static void forget_wds(Watched *x) {
    for (size_t i = 0; i < x->wds.n; i++)
        if (map_find(&x->watch->by_wd, wd_key(&x->wds.items[i])) == x) discard_wd(x->watch, x->wds.items[i]);
    vec_clear(&x->wds);
}

/* A scan that adds a watch for the same folder gets the same descriptor and reports it only when it has finished. So
 * nothing is removed while a scan runs; afterwards the descriptor has an owner again. */
static void on_removal(Timer *t) {
    WorkspaceWatch *w = container_of(t, WorkspaceWatch, removal);
    for (int i = 0; i < REMOVED_AT_ONCE && w->unwanted.n && !w->n_scans; i++) {
        int wd = w->unwanted.items[--w->unwanted.n];
        if (map_find(&w->by_wd, wd_key(&wd)) == &w->unwanted) inotify_rm_watch(w->fd, wd);
    }
    if (w->unwanted.n) timer_start(&w->removal, w->n_scans ? REMOVE_AGAIN_MS : 0, 0);
}

/* Removes it from the table now; frees it when it is no longer used. */
static void drop(Watched *x) {
    map_remove(&x->watch->trees, str(x->id));
    forget_wds(x);
    file_index_forget(x->watch->app->files, str(x->id));
    x->is_gone = true;
    timer_stop(&x->timer);
    if (!x->is_running) timer_close(&x->timer, on_watched_closed);
}

static void start_job(Watched *x);

static void on_due(Timer *t) {
    Watched *x = container_of(t, Watched, timer);
    x->is_due = true;
    start_job(x);
}

static char *own_text(Str s) {
    Buf b;
    buf_init(&b, 8192);
    buf_add_str(&b, s);
    return buf_take(&b, NULL);
}

static void add(WorkspaceWatch *w, const WatchTree *t) {
    Watched *x = mu_new(Watched);
    const Str texts[] = {t->id, t->workspace_id, t->path, t->common_dir, t->base};
    char **const places[] = {&x->id, &x->workspace_id, &x->path, &x->common_dir, &x->set_base};
    for (size_t i = 0; i < COUNT_OF(texts); i++) *places[i] = own_text(texts[i]);
    x->watch = w;
    x->needs_scan = x->is_listed = true;
    map_put(&w->trees, str(x->id), x);
    timer_init(w->app->loop, &x->timer, on_due);
    timer_start(&x->timer, 0, 0);
}

/* -- statuses ------------------------------------------------------------------------------------------------ */

static void start_job(Watched *x) {
    WorkspaceWatch *w = x->watch;
    if (x->is_running || x->is_gone || !x->is_due || w->is_stopping) return;
    if (w->n_running >= RUNNING_MAX || (x->is_slow && w->n_slow >= SLOW_MAX) ||
        map_find(&w->at_work, str(x->workspace_id)))
        return; /* watch_job_done starts the next */
    Arena *a = arena_new();
    WatchJob *j = arena_new_in(a, WatchJob);
    *j = (WatchJob){.watch = w,
                    .tree = x,
                    .app = w->app,
                    .inotify_fd = w->fd,
                    .arena = a,
                    .scan = x->needs_scan,
                    .is_polled = x->is_polled && !x->needs_scan,
                    .worktree_id = arena_str(a, str(x->id)),
                    .workspace_id = arena_str(a, str(x->workspace_id)),
                    .path = arena_str(a, str(x->path)),
                    .common_dir = arena_str(a, str(x->common_dir)),
                    .set_base = x->set_base[0] ? arena_str(a, str(x->set_base)) : (Str){0},
                    .lines = x->lines,
                    .base = x->base};
    memcpy(j->digest, x->digest, sizeof j->digest);
    if (!pool_submit_background(w->app->slow, watch_job_run, j)) {
        arena_free(a);
        timer_start(&x->timer, RETRY_MS, 0);
        return;
    }
    map_put(&w->at_work, str(x->workspace_id), x);
    x->is_running = true;
    x->began_us = clock_mono_us();
    x->is_due = x->needs_scan = false;
    w->n_running++;
    w->n_slow += x->is_slow;
    w->n_scans += j->scan;
}

static void take_watches(Watched *x, const WatchJob *j) {
    WorkspaceWatch *w = x->watch;
    for (size_t i = 0; i < x->wds.n; i++)
        if (map_find(&w->by_wd, wd_key(&x->wds.items[i])) == x) map_remove(&w->by_wd, wd_key(&x->wds.items[i]));
    for (size_t i = 0; i < j->wds.n; i++) map_put(&w->by_wd, wd_key(&j->wds.items[i]), x);
    for (size_t i = 0; i < x->wds.n; i++)
        if (!map_find(&w->by_wd, wd_key(&x->wds.items[i]))) discard_wd(w, x->wds.items[i]);
    vec_clear(&x->wds);
    for (size_t i = 0; i < j->wds.n; i++) vec_push(&x->wds, j->wds.items[i]);
    if (j->is_polled && !x->is_polled)
        log_warn("too many folders to watch, or too few inotify watches, for %s; polling it instead (see "
                 "fs.inotify.max_user_watches)",
                 x->path);
    x->is_polled = j->is_polled;
}

static void start_waiting(WorkspaceWatch *w) {
    MapSlot *s;
    for (size_t i = 0; (s = map_next(&w->trees, &i));) {
        Watched *x = s->value;
        if (x->is_due) start_job(x);
    }
}

/* Starts it soon; continuous writing causes an event only once in a while. */
static void start_soon(Watched *x) {
    int64_t since_ms = (clock_mono_us() - x->ended_us) / 1000;
    timer_start(&x->timer, since_ms + DEBOUNCE_MS < APART_MS ? (uint64_t)(APART_MS - since_ms) : DEBOUNCE_MS, 0);
}

static void schedule(Watched *x) {
    int64_t took_ms = (x->ended_us - x->began_us) / 1000;
    if (x->is_due)
        start_soon(x);
    else if (x->is_polled || x->needs_scan)
        timer_start(&x->timer, (uint64_t)(took_ms * POLL_REST > POLL_MS ? took_ms * POLL_REST : POLL_MS), 0);
}

static void finish(Watched *x, const WatchJob *j) {
    x->is_running = false;
    x->ended_us = clock_mono_us();
    x->is_slow = j->took_us >= SLOW_MS * 1000;
    if (j->scan) take_watches(x, j);
    x->needs_scan |= j->scan && j->has_failed; /* until one succeeds nothing else reports a change */
    if (x->is_gone) {
        forget_wds(x);
        timer_close(&x->timer, on_watched_closed);
        return;
    }
    memcpy(x->digest, j->digest, sizeof x->digest);
    x->lines = j->lines;
    x->base = j->base;
    if (x->chosen_again) x->base.is_known = false;
    x->chosen_again = false;
    x->place = j->place;
    x->has_place = true;
    if (x->is_polled || (j->scan && x->wds.n)) file_index_changed(x->watch->app->files, str(x->id));
    schedule(x);
}

void watch_job_done(void *arg) {
    WatchJob *j = arg;
    WorkspaceWatch *w = j->watch;
    w->n_running--;
    w->n_slow -= j->tree->is_slow;
    w->n_scans -= j->scan;
    map_remove(&w->at_work, j->workspace_id);
    finish(j->tree, j);
    vec_done(&j->wds);
    arena_free(j->arena);
    if (!w->is_stopping) start_waiting(w);
    close_if_done(w);
}

/* -- inotify events ------------------------------------------------------------------------------------------ */

static bool is_soon(const Watched *x) {
    return uv_is_active((const uv_handle_t *)&x->timer.uv) && uv_timer_get_due_in(&x->timer.uv) <= APART_MS;
}

/* An event never postpones a status: a program that writes continuously would postpone it forever. */
static void mark(Watched *x, bool needs_scan) {
    if (needs_scan) file_index_changed(x->watch->app->files, str(x->id));
    x->needs_scan |= needs_scan;
    if (x->is_running)
        x->is_due = true;
    else if (!is_soon(x))
        start_soon(x);
}

static void mark_all(WorkspaceWatch *w, bool only_running, bool needs_scan) {
    MapSlot *s;
    for (size_t i = 0; (s = map_next(&w->trees, &i));) {
        Watched *x = s->value;
        if (x->is_running || !only_running) mark(x, needs_scan);
    }
}

/* An unknown watch belongs to a scan that has not been reported as finished: its worktree is one of those running. */
static void on_event(WorkspaceWatch *w, const struct inotify_event *ev) {
    void *owner = map_find(&w->by_wd, wd_key(&ev->wd));
    Watched *x = owner == &w->unwanted ? NULL : owner;
    Str name = ev->len ? str(ev->name) : STR("");
    if (x && (ev->mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)))
        file_index_changed(w->app->files, str(x->id));
    if (ev->mask & IN_Q_OVERFLOW)
        mark_all(w, false, true);
    else if (ev->mask & IN_IGNORED)
        map_remove(&w->by_wd, wd_key(&ev->wd));
    else if (!owner)
        mark_all(w, true, true);
    else if (!x)
        return;
    else if (!str_ends(name, STR(".lock")))
        mark(x, ((ev->mask & IN_ISDIR) && (ev->mask & (IN_CREATE | IN_MOVED_TO))) || str_is(name, ".gitignore"));
}

/* Reads at most one buffer per turn of the loop. */
static void on_readable(uv_poll_t *p, int status, int events) {
    (void)status, (void)events;
    WorkspaceWatch *w = p->data;
    _Alignas(struct inotify_event) char buf[64 << 10];
    ssize_t n = read(w->fd, buf, sizeof buf);
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *ev = (const struct inotify_event *)(buf + at);
        on_event(w, ev);
        at += (ssize_t)(sizeof *ev + ev->len);
    }
}

/* -- worktrees to watch -------------------------------------------------------------------------------------- */

static void start_sync(WorkspaceWatch *w) {
    if (w->is_stopping || w->is_syncing) {
        w->sync_again = true;
        return;
    }
    Arena *a = arena_new();
    WatchSync *s = arena_new_in(a, WatchSync);
    *s = (WatchSync){.watch = w, .loop = w->app->loop, .arena = a};
    w->sync_again = false;
    w->is_syncing = pool_submit(w->app->workers, watch_sync_run, s);
    if (w->is_syncing) return;
    arena_free(a);
    timer_start(&w->sync, RETRY_MS, 0);
}

static void on_sync_due(Timer *t) { start_sync(container_of(t, WorkspaceWatch, sync)); }

/* Drops one per pass, because a map must not change during a walk. */
static bool drop_unlisted(WorkspaceWatch *w) {
    MapSlot *s;
    for (size_t i = 0; (s = map_next(&w->trees, &i));) {
        Watched *x = s->value;
        if (x->is_listed) continue;
        drop(x);
        return true;
    }
    return false;
}

static void follow_base(Watched *x, Str base) {
    if (str_eq(str(x->set_base), base)) return;
    free(x->set_base);
    x->set_base = own_text(base);
    x->base.is_known = false;
    x->chosen_again = x->is_running;
    mark(x, false);
}

static void apply(WorkspaceWatch *w, const WatchTreeList *l) {
    MapSlot *s;
    for (size_t i = 0; (s = map_next(&w->trees, &i));) ((Watched *)s->value)->is_listed = false;
    for (size_t i = 0; i < l->n; i++) {
        Watched *x = map_find(&w->trees, l->items[i].id);
        if (x && !(str_eq(str(x->path), l->items[i].path) && str_eq(str(x->common_dir), l->items[i].common_dir))) {
            drop(x);
            x = NULL;
        }
        if (!x) {
            add(w, &l->items[i]);
            continue;
        }
        x->is_listed = true;
        follow_base(x, l->items[i].base);
    }
    while (drop_unlisted(w)) continue;
}

void watch_sync_done(void *arg) {
    WatchSync *s = arg;
    WorkspaceWatch *w = s->watch;
    w->is_syncing = false;
    if (s->ok && !w->is_stopping) apply(w, &s->trees);
    arena_free(s->arena);
    if (w->sync_again && !w->is_stopping) start_sync(w);
    close_if_done(w);
}

static void on_news(void *arg, const HubEvent *ev) {
    (void)ev;
    WorkspaceWatch *w = arg;
    if (!w->is_stopping && !uv_is_active((uv_handle_t *)&w->sync.uv)) timer_start(&w->sync, SYNC_MS, 0);
}

/* -- whether their folders are there, and their bases where they were ------------------------------------------------------------------------- */

static void on_look_due(Timer *t) {
    WorkspaceWatch *w = container_of(t, WorkspaceWatch, look);
    size_t n = w->trees.n;
    MapSlot *s;
    if (w->is_stopping || w->is_looking || !n) return;
    Arena *a = arena_new();
    WatchLook *l = arena_new_in(a, WatchLook);
    *l = (WatchLook){.watch = w, .loop = w->app->loop, .arena = a};
    l->trees.items = arena_array(a, n, sizeof *l->trees.items);
    l->base_refs = arena_array(a, n, sizeof *l->base_refs);
    l->places = arena_array(a, n, sizeof *l->places);
    for (size_t i = 0; (s = map_next(&w->trees, &i));) {
        const Watched *x = s->value;
        l->base_refs[l->trees.n] = arena_str(a, str(x->base.ref)).p;
        l->trees.items[l->trees.n++] = (WatchTree){.id = arena_str(a, str(x->id)),
                                                   .path = arena_str(a, str(x->path)),
                                                   .common_dir = arena_str(a, str(x->common_dir))};
    }
    w->is_looking = pool_submit_background(w->app->slow, watch_look_run, l);
    if (!w->is_looking) arena_free(a);
}

/* Another folder, or none, is at a path, its disk answers no longer or again, or the base has moved: its state is read again,
 * also where it came back. */
void watch_look_done(void *arg) {
    WatchLook *l = arg;
    WorkspaceWatch *w = l->watch;
    w->is_looking = false;
    for (size_t i = 0; i < l->trees.n; i++) {
        Watched *x = map_find(&w->trees, l->trees.items[i].id);
        const WatchPlace *now = &l->places[i];
        if (!x || !x->has_place || !str_eq(str(x->path), l->trees.items[i].path)) continue;
        if (now->is_silent != x->place.is_silent || memcmp(x->place.folders, now->folders, sizeof now->folders) != 0)
            mark(x, true);
        else if (memcmp(x->place.base, now->base, sizeof now->base) != 0 &&
                 str_eq(str(x->base.ref), str(l->base_refs[i])))
            mark(x, false);
    }
    arena_free(l->arena);
    close_if_done(w);
}

/* -- start and stop ------------------------------------------------------------------------------------------ */

int workspace_watch_start(App *app, WorkspaceWatch **ret, Err *e) {
    static const char *const kinds[] = {"workspace_updated", "workspace_opened", "workspace_closed"};
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) return err_sys(e, "cannot watch folders");
    WorkspaceWatch *w = mu_new(WorkspaceWatch);
    *w = (WorkspaceWatch){.app = app, .fd = fd};
    uv_poll_init(loop_uv(app->loop), &w->poll, fd);
    w->poll.data = w;
    uv_poll_start(&w->poll, UV_READABLE, on_readable);
    timer_init(app->loop, &w->sync, on_sync_due);
    timer_init(app->loop, &w->removal, on_removal);
    timer_start(&w->sync, 0, 0);
    timer_init(app->loop, &w->look, on_look_due);
    timer_start(&w->look, LOOK_MS, LOOK_MS);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) hub_listen(app->hub, kinds[i], on_news, w);
    *ret = w;
    return 0;
}

void workspace_watch_stop(WorkspaceWatch *w) {
    if (!w) return;
    w->is_stopping = true;
    apply(w, &(WatchTreeList){0});
    timer_close(&w->sync, NULL);
    timer_close(&w->look, NULL);
    timer_close(&w->removal, NULL);
    close_if_done(w);
}

void workspace_watch_free(WorkspaceWatch *w) {
    if (!w) return;
    map_done(&w->trees);
    map_done(&w->by_wd);
    map_done(&w->at_work);
    vec_done(&w->unwanted);
    close(w->fd);
    free(w);
}
