/* See answer.h. The observer runs on workers; titles belong to the loop, and are stored on the slow pool. */
#define LOG_MODULE "terminal"
#include "terminal/answer.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/launch_watch.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "term/query.h"
#include "terminal/screen.h"
#include "terminal/terminal.h"

enum {
    YOUNG_US = 5 * 1000 * 1000, /* of a question that is still answered */
    SCREEN_BYTES =
        256 << 10,      /* so much output is drawn after a question that needed the screen, in case another follows */
    ANSWERS_MAX = 1024, /* bytes, to one batch of output */
    TITLE_MS = 1000,    /* between two titles that are stored */
    TITLE_SIZE = TERMINAL_TITLE_MAX * 4 + 1,
    ID_SIZE = 40
};

/* --- titles: loop thread ---------------------------------------------------------------------------------------- */

typedef struct Title {
    App *app;
    Timer timer; /* runs from one that was stored to the next */
    char id[ID_SIZE];
    char text[TITLE_SIZE], stored[TITLE_SIZE]; /* `stored` belongs to the job while is_busy */
    bool is_busy, is_due;
} Title;

static int store_tx(Tx *tx, void *arg, Err *e) {
    const Title *t = arg;
    return terminal_set_title(tx, str(t->id), str(t->stored), e);
}

static void on_stored(void *arg) {
    Title *t = arg;
    t->is_busy = false;
    if (!t->app->terminals->is_stopped) timer_start(&t->timer, TITLE_MS, 0);
}

static void store_work(void *db, void *arg) {
    Title *t = arg;
    Err e = {0};
    (void)db;
    if (db_tx(t->app->db, DB_DERIVED, store_tx, t, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "storing a title", &e);
    loop_post(t->app->loop, on_stored, t);
}

static void on_closed(Timer *timer) { free(container_of(timer, Title, timer)); }

static void submit(Title *t) {
    memcpy(t->stored, t->text, sizeof t->stored);
    t->is_due = false;
    t->is_busy = pool_submit_background(t->app->slow, store_work, t);
    if (!t->is_busy) {
        t->is_due = true;
        timer_start(&t->timer, TITLE_MS, 0);
    }
}

static void on_due(Timer *timer) {
    Title *t = container_of(timer, Title, timer);
    if (t->is_due) {
        submit(t);
        return;
    }
    map_remove(&t->app->terminals->titles, str(t->id));
    timer_close(&t->timer, on_closed);
}

static Title *title_get(App *app, const char *id) {
    Title *t = map_find(&app->terminals->titles, str(id));
    if (t) return t;
    t = mu_new(Title);
    t->app = app;
    snprintf(t->id, sizeof t->id, "%s", id);
    timer_init(app->loop, &t->timer, on_due);
    map_put(&app->terminals->titles, str(t->id), t);
    return t;
}

typedef struct NewTitle {
    App *app;
    char id[ID_SIZE], text[TITLE_SIZE];
} NewTitle;

static void title_on_loop(void *arg) {
    NewTitle *n = arg;
    if (!n->app->terminals->is_stopped) {
        Title *t = title_get(n->app, n->id);
        bool is_idle = !t->is_busy && !t->is_due && !uv_is_active((uv_handle_t *)&t->timer.uv);
        memcpy(t->text, n->text, sizeof t->text);
        t->is_due = true;
        if (is_idle) submit(t);
    }
    free(n);
}

static void on_stopped(Timer *timer) { (void)timer; }

void terminals_stop(Terminals *t) {
    if (!t || t->is_stopped) return;
    t->is_stopped = true;
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&t->titles, &i));) timer_close(&((Title *)s->value)->timer, on_stopped);
}

void answers_done(Terminals *t) {
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&t->titles, &i));) free(s->value);
    map_done(&t->titles);
}

/* At most so many characters, without controls: C0, DEL, and C1 (U+0080 to U+009F). */
static void copy_title(Str from, char out[TITLE_SIZE]) {
    size_t n = 0, chars = 0;
    for (size_t i = 0; i < from.n && chars < TERMINAL_TITLE_MAX;) {
        size_t step = utf8_step(from.p + i, from.n - i);
        unsigned char c = (unsigned char)from.p[i];
        bool is_control = c < ' ' || c == 0x7f || (step == 2 && c == 0xc2 && (unsigned char)from.p[i + 1] < 0xa0);
        if (step && !is_control) {
            memcpy(out + n, from.p + i, step);
            n += step;
            chars++;
        }
        i += step ? step : 1;
    }
    out[n] = 0;
}

/* --- questions: workers ----------------------------------------------------------------------------------------- */

typedef struct Watching {
    QueryScan scan;
    Term *term;     /* NULL: nobody has asked for what is on it lately */
    size_t n_drawn; /* since that was asked */
    bool has_title;
    char title[TITLE_SIZE]; /* of this batch */
} Watching;

typedef struct Batch {
    App *app;
    DbConn *db;
    const LaunchBatchIn *in;
    Watching *w;
    Buf answers;
} Batch;

static void draw(Watching *w, Str bytes) {
    if (!w->term) return;
    term_feed(w->term, bytes);
    w->n_drawn += bytes.n;
    if (w->n_drawn > SCREEN_BYTES) term_free(TAKE(w->term));
}

/* The screen before this frame. */
static Term *load(Batch *b, const LaunchFrame *f) {
    TermSize first;
    Screen s;
    Err e = {0};
    ScreenWant want = {.upto = f->offset, .budget = SCREEN_REPLAY_MAX};
    if (screen_first_size(b->db, b->in->launch->id, &first, &e) < 0 ||
        screen_load(b->app, b->in->launch->id, first, &want, &s, &e) < 0) {
        log_err(LOG_WARN, LOG_MODULE, "drawing a screen for a program that asks for it", &e);
        return NULL;
    }
    return s.term;
}

/* `before`: the frame's bytes up to the end of the question. */
static void answer(Batch *b, Query q, const LaunchFrame *f, Str before) {
    char out[QUERY_ANSWER_SIZE];
    Watching *w = b->w;
    if (b->in->launch->restored || clock_now_us() - f->frame.at > YOUNG_US) return;
    if (query_needs_screen(q)) {
        if (!w->term && (w->term = load(b, f))) term_feed(w->term, before);
        w->n_drawn = 0;
        if (!w->term) return;
    }
    Str text = query_answer(q, w->term, out);
    if (b->answers.n + text.n <= ANSWERS_MAX) buf_add_str(&b->answers, text);
}

static void take_output(Batch *b, const LaunchFrame *f) {
    Str bytes = f->frame.bytes, title;
    for (size_t at = 0, used; at < bytes.n; at += used) {
        Query q = query_next(&b->w->scan, str_from(bytes, at), &used, &title);
        draw(b->w, str_n(bytes.p + at, used));
        if (q == QUERY_TITLE) {
            copy_title(title, b->w->title);
            b->w->has_title = true;
        } else if (q) {
            answer(b, q, f, str_upto(bytes, at + used));
        }
    }
}

static void take_frame(Batch *b, const LaunchFrame *f) {
    HoldSize size;
    if (f->frame.channel == HOLD_STDOUT) take_output(b, f);
    if (f->frame.channel == HOLD_RESIZE && b->w->term && holdlog_size_parse(f->frame.bytes, &size))
        term_resize(b->w->term, (TermSize){size.rows, size.cols});
}

typedef struct Answers {
    App *app;
    char launch[ID_SIZE];
    size_t n;
    char bytes[ANSWERS_MAX];
} Answers;

static void answer_on_loop(void *arg) {
    Answers *a = arg;
    launch_answer(a->app, str(a->launch), str_n(a->bytes, a->n));
    free(a);
}

static void send_answers(const Batch *b) {
    Answers *a = mu_new(Answers);
    a->app = b->app;
    a->n = b->answers.n;
    snprintf(a->launch, sizeof a->launch, STR_FMT, STR_ARG(b->in->launch->id));
    memcpy(a->bytes, b->answers.p, a->n);
    loop_post(b->app->loop, answer_on_loop, a);
}

static void send_title(const Batch *b) {
    NewTitle *n = mu_new(NewTitle);
    n->app = b->app;
    snprintf(n->id, sizeof n->id, STR_FMT, STR_ARG(b->in->launch->owner_id));
    memcpy(n->text, b->w->title, sizeof n->text);
    loop_post(b->app->loop, title_on_loop, n);
}

static void seen(App *app, DbConn *db, const LaunchBatchIn *in, void **state) {
    if (!*state) *state = mu_new(Watching);
    Batch b = {.app = app, .db = db, .in = in, .w = *state};
    buf_init(&b.answers, ANSWERS_MAX);
    for (size_t i = 0; i < in->n; i++) take_frame(&b, &in->frames[i]);
    if (b.answers.n) send_answers(&b);
    if (b.w->has_title && str_is(in->launch->owner_kind, "terminal")) send_title(&b);
    b.w->has_title = false;
    buf_done(&b.answers);
}

static void close_watching(void *state) {
    Watching *w = state;
    term_free(w->term);
    free(w);
}

void answers_register(App *app) {
    static const LaunchObserver observer = {seen, close_watching};
    launches_observe(app->launches, &observer);
}
