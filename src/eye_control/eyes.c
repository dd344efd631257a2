/* See eyes.h. */
#include "eye_control/eyes.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/hub.h"

typedef struct News {
    App *app;
    char id[40];
    EyeFacts facts;
} News;

static void put_figures(EyeFacts *f, const Eye *row) {
    const EyeStatusLine *s = row->status;
    f->fps = f->latency_ms = -1;
    if (!s || !eye_is_alive(row->state)) return;
    f->fps = s->fps;
    if (HAS(EyeStatusLine, s, latency_p50_us)) f->latency_ms = s->latency_p50_us / 1000;
}

void eye_facts_init(EyeFacts *f, const Eye *row) {
    *f = (EyeFacts){.state = EYE_STOPPED, .fps = -1, .latency_ms = -1};
    buf_init(&f->row, EYE_ROW_MAX);
    if (!row) return;
    f->state = row->state;
    f->why = row->why;
    f->started_at = row->started_at;
    snprintf(f->org, sizeof f->org, STR_FMT, STR_ARG(row->org_id));
    if (row->sockets) snprintf(f->view_socket, sizeof f->view_socket, STR_FMT, STR_ARG(row->sockets->view_socket));
    put_figures(f, row);
    JsonOut o = json_out(&f->row);
    shape_encode(&Eye_shape, row, &o);
}

EyeSeen *eyes_get(Eyes *s, Str id) {
    EyeSeen *seen = map_find(&s->seen, id);
    if (seen) return seen;
    seen = mu_new(EyeSeen);
    snprintf(seen->id, sizeof seen->id, STR_FMT, STR_ARG(id));
    eye_facts_init(&seen->facts, NULL);
    list_init(&seen->feeds);
    map_put(&s->seen, id, seen);
    return seen;
}

void eyes_fill(EyeSeen *seen, EyeFacts *read) {
    if (seen->facts.row.n) return;
    buf_done(&seen->facts.row);
    seen->facts = *read;
    read->row = (Buf){0};
}

void eyes_let_go(Eyes *s, EyeSeen *seen) {
    if (seen->n_busy || eye_is_alive(seen->facts.state) || !list_is_empty(&seen->feeds)) return;
    map_remove(&s->seen, str(seen->id));
    buf_done(&seen->facts.row);
    free(seen);
}

static void news_free(void *arg) {
    News *n = arg;
    buf_done(&n->facts.row);
    free(n);
}

static void on_news(void *arg) {
    News *n = arg;
    Eyes *s = n->app->eyes;
    EyeSeen *seen = eyes_get(s, str(n->id));
    Buf old = seen->facts.row;
    seen->facts = n->facts;
    n->facts.row = old;
    seen->n_busy++;
    eye_feeds_row(seen);
    seen->n_busy--;
    eyes_let_go(s, seen);
    news_free(n);
}

void eyes_publish(App *app, Tx *tx, Str id, const Eye *row) {
    if (!app->eyes) return;
    News *n = mu_new(News);
    n->app = app;
    snprintf(n->id, sizeof n->id, STR_FMT, STR_ARG(id));
    eye_facts_init(&n->facts, row);
    hub_after_commit(tx, on_news, news_free, n);
}

const EyeSeen *eyes_foremost(const Eyes *s, Str org) {
    const EyeSeen *best = NULL;
    size_t i = 0;
    for (MapSlot *slot; s && (slot = map_next(&s->seen, &i));) {
        const EyeSeen *seen = slot->value;
        bool fits = eye_is_alive(seen->facts.state) && str_is(org, seen->facts.org);
        if (fits && (!best || seen->facts.started_at > best->facts.started_at)) best = seen;
    }
    return best;
}

void eyes_free(Eyes *s) {
    size_t i = 0;
    if (!s) return;
    for (MapSlot *slot; (slot = map_next(&s->seen, &i));) {
        EyeSeen *seen = slot->value;
        buf_done(&seen->facts.row);
        free(seen);
    }
    map_done(&s->seen);
    free(s);
}
