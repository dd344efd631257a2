/* See shot.h. */
#define LOG_MODULE "terminal"
#include "terminal/shot.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/launch_watch.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "terminal/screen.h"
#include "terminal/terminals.h"

typedef struct Shot {
    App *app;
    char id[40];
    bool has_more;
    bool is_due; /* the log has grown meanwhile */
} Shot;

static void work(void *db, void *arg);

static void over(Shot *s) {
    map_remove(&s->app->terminals->shots, str(s->id));
    free(s);
}

static void submit(Shot *s) {
    if (!pool_submit_background(s->app->slow, work, s)) over(s); /* what is left out is drawn when it is needed */
}

static void on_done(void *arg) {
    Shot *s = arg;
    bool again = s->has_more || s->is_due;
    s->is_due = false;
    if (again)
        submit(s);
    else
        over(s);
}

static void work(void *db, void *arg) {
    Shot *s = arg;
    TermSize first;
    Err e = {0};
    s->has_more = false;
    if (screen_first_size(db, str(s->id), &first, &e) < 0 ||
        screen_keep(s->app, str(s->id), first, &s->has_more, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "keeping the screen of a terminal", &e);
    loop_post(s->app->loop, on_done, s);
}

static void on_grown(App *app, const char *launch_id) {
    Shot *s = map_find(&app->terminals->shots, str(launch_id));
    if (s) {
        s->is_due = true;
        return;
    }
    s = mu_new(Shot);
    s->app = app;
    snprintf(s->id, sizeof s->id, "%s", launch_id);
    map_put(&app->terminals->shots, str(s->id), s);
    submit(s);
}

void shots_register(App *app) { launches_on_grown(app->launches, on_grown); }
