/* See op_ask.h. */
#include "core/op_ask.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/dispatch.h"
#include "sys/loop.h"

enum { ANSWER_MAX = 64 << 20, LOOK_MS = 100 };

struct OpAsked {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    App *app;
    const char *op;
    Str input, key; /* owned */
    Principal who;
    int n_refs; /* the thread that waits, and the loop that answers */
    bool is_answered;
    int status;
    Buf body;
};

static void unref(OpAsked *x) {
    pthread_mutex_lock(&x->lock);
    bool is_last = --x->n_refs == 0;
    pthread_mutex_unlock(&x->lock);
    if (!is_last) return;
    pthread_cond_destroy(&x->changed);
    pthread_mutex_destroy(&x->lock);
    buf_done(&x->body);
    free((char *)x->input.p);
    free((char *)x->key.p);
    free(x);
}

static void on_answer(void *arg, const OpAnswer *a) {
    OpAsked *x = arg;
    pthread_mutex_lock(&x->lock);
    x->status = a->status;
    buf_add_str(&x->body, a->body);
    x->is_answered = true;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->lock);
    unref(x);
}

static void ask_on_loop(void *arg) {
    OpAsked *x = arg;
    OpTask *t = op_task_new(x->app, op_find(x->app->ops, str(x->op)), &x->who);
    op_task_put_json(t, x->input, FROM_ALL);
    if (x->key.n) (void)op_task_set_key(t, x->key, &(Err){0});
    op_task_run(t, on_answer, x);
}

OpAsked *op_ask_begin(App *app, const OpAsk *q) {
    OpAsked *x = mu_new(OpAsked);
    pthread_condattr_t attr;
    *x = (OpAsked){.app = app, .op = q->op, .who = q->who, .n_refs = 2};
    x->input = str(mu_strdup(q->input.n ? q->input.p : "{}"));
    x->key = str(mu_strdup(q->key.n ? q->key.p : ""));
    buf_init(&x->body, ANSWER_MAX);
    pthread_mutex_init(&x->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&x->changed, &attr);
    pthread_condattr_destroy(&attr);
    loop_post(app->loop, ask_on_loop, x);
    return x;
}

static bool is_over(const OpAsked *x, const OpAskWait *w, int64_t until_us) {
    return x->is_answered || (w->stop && atomic_load(w->stop)) || (w->ms && clock_mono_us() >= until_us);
}

static bool wait_for(OpAsked *x, const OpAskWait *w) {
    int64_t until_us = clock_mono_us() + w->ms * 1000;
    pthread_mutex_lock(&x->lock);
    while (!is_over(x, w, until_us)) {
        int64_t look_us = clock_mono_us() + LOOK_MS * 1000;
        if (w->ms && look_us > until_us) look_us = until_us;
        struct timespec until = {look_us / 1000000, look_us % 1000000 * 1000};
        pthread_cond_timedwait(&x->changed, &x->lock, &until);
    }
    bool is_answered = x->is_answered;
    pthread_mutex_unlock(&x->lock);
    return is_answered;
}

int op_ask_end(OpAsked *x, const OpAskWait *w, Arena *a, Json **ret, int *ret_status, Err *e) {
    bool is_answered = wait_for(x, w);
    int r = 0;
    *ret_status = is_answered ? x->status : 0;
    if (is_answered) r = json_parse(a, arena_str(a, buf_str(&x->body)), JSON_DEPTH_REQUEST, ret, e);
    unref(x);
    return r;
}
