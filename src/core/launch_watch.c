/* See launch_watch.h. */
#include "core/launch_watch.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/launches.h"

static Run *find_alive(App *app, Str launch_id) {
    Run *r = app->launches->is_stopping ? NULL : map_find(&app->launches->runs, launch_id);
    return r && !run_has_ended(r) ? r : NULL;
}

bool launch_watch(App *app, Str launch_id, LaunchWatch *w, uint64_t *ret_head) {
    Run *r = find_alive(app, launch_id);
    *ret_head = r && r->link ? holdlink_head(r->link)->head : 0;
    if (r) list_add_last(&r->watches, &w->link);
    return r != NULL;
}

void launch_unwatch(LaunchWatch *w) { list_remove(&w->link); }

void run_watch_head(Run *r) {
    uint64_t head = holdlink_head(r->link)->head;
    list_each(&r->watches, LaunchWatch, link, w) w->on_head(w, head);
}

void run_watch_poked(Run *r) {
    uint64_t sent = r->n_typed - r->typed.n, left = holdlink_pokes_left(r->link);
    uint64_t taken = left < sent ? sent - left : 0; /* an interrupt that waits is counted as typed */
    list_each(&r->watches, LaunchWatch, link, w) if (w->on_typed) w->on_typed(w, taken);
}

/* A callback may unwatch others of the same launch: each is taken off the list before it is called. */
void run_watch_ended(Run *r, bool is_left) {
    LaunchWatch *w;
    while ((w = list_first(&r->watches, LaunchWatch, link))) {
        list_remove(&w->link);
        w->on_ended(w, is_left);
    }
}

/* Before its start the child takes nothing: a hold drops what comes then. */
void run_pump_typed(Run *r) {
    if (r->state != RUN_LINKED || !r->typed.n || !(holdlink_head(r->link)->flags & HOLD_IS_STARTED)) return;
    if (holdlink_pokes_left(r->link) && holdlink_acks_pokes(r->link)) return;
    if (holdlink_pokes_left(r->link) && clock_mono_us() < r->typed_until) return;
    Str piece = str_upto(buf_str(&r->typed), LAUNCH_TYPED_PIECE);
    if (holdlink_poke(r->link, piece)) {
        buf_drop(&r->typed, piece.n);
        r->typed_until = clock_mono_us() + RUN_TYPED_WAIT_MS * 1000;
    }
    if (r->typed.n) timer_start(&r->retry, RUN_TYPED_WAIT_MS + 1, 0); /* else the child's answer continues it */
}

int launch_type(App *app, Str launch_id, Str bytes, uint64_t *ret_total, Err *e) {
    Run *r = find_alive(app, launch_id);
    if (!r) return err_fail(e, ERR_CONFLICT, "the program has ended");
    if (bytes.n > LAUNCH_TYPED_MAX - r->typed.n)
        return err_fail(e, ERR_BUSY, "the program does not read what is typed: %zu bytes wait for it already",
                        r->typed.n);
    buf_add_str(&r->typed, bytes);
    r->n_typed += bytes.n;
    *ret_total = r->n_typed;
    run_pump_typed(r);
    return 0;
}

void launch_answer(App *app, Str launch_id, Str bytes) {
    Run *r = find_alive(app, launch_id);
    uint64_t total;
    if (r && r->typed.n + bytes.n <= LAUNCH_TYPED_PIECE) (void)launch_type(app, launch_id, bytes, &total, NULL);
}

bool launch_resize(App *app, Str launch_id, HoldSize size) {
    Run *r = find_alive(app, launch_id);
    if (!r || r->state != RUN_LINKED) return false;
    holdlink_size(r->link, size);
    return true;
}
