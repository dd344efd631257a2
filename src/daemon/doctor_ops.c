/* get_doctor: the checks of doctor/doctor.h inside the daemon, which ask it as any client does. */
#include "daemon/doctor_ops.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/dispatch.h"
#include "daemon/features.h"
#include "doctor/doctor.h"
#include "sys/loop.h"

enum { ANSWER_MAX = 64 << 20 };

/* How checks reach the daemon: shared by it and by their threads, which may outlive it. */
struct DoctorDesk {
    App *app;
    Doctor *doctor;
    pthread_mutex_t lock; /* guards what follows */
    bool is_closed;       /* nothing more can be asked */
};

/* One question: shared by the thread that waits and the loop that answers. */
typedef struct Asked {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    App *app;
    const char *op;
    Str input; /* owned */
    int n_refs;
    bool is_answered;
    int status;
    Buf body;
} Asked;

static void asked_unref(Asked *x) {
    pthread_mutex_lock(&x->lock);
    bool is_last = --x->n_refs == 0;
    pthread_mutex_unlock(&x->lock);
    if (!is_last) return;
    pthread_cond_destroy(&x->changed);
    pthread_mutex_destroy(&x->lock);
    buf_done(&x->body);
    free((char *)x->input.p);
    free(x);
}

static void on_answer(void *arg, const OpAnswer *a) {
    Asked *x = arg;
    pthread_mutex_lock(&x->lock);
    x->status = a->status;
    buf_add_str(&x->body, a->body);
    x->is_answered = true;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->lock);
    asked_unref(x);
}

static void ask_on_loop(void *arg) {
    Asked *x = arg;
    Principal who = auth_local(ROLE_OWNER);
    OpTask *t = op_task_new(x->app, op_find(x->app->ops, str(x->op)), &who);
    op_task_put_json(t, x->input, FROM_ALL);
    op_task_run(t, on_answer, x);
}

static Asked *asked_new(App *app, const DoctorQuestion *q) {
    Asked *x = mu_new(Asked);
    pthread_condattr_t attr;
    *x = (Asked){.app = app, .op = q->op, .n_refs = 2};
    x->input = str(mu_strdup(q->input.n ? q->input.p : "{}"));
    buf_init(&x->body, ANSWER_MAX);
    pthread_mutex_init(&x->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&x->changed, &attr);
    pthread_condattr_destroy(&attr);
    return x;
}

static bool wait_for(Asked *x, int64_t ms) {
    int64_t until_us = clock_mono_us() + ms * 1000;
    struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    pthread_mutex_lock(&x->lock);
    while (!x->is_answered && clock_mono_us() < until_us) pthread_cond_timedwait(&x->changed, &x->lock, &until);
    bool is_answered = x->is_answered;
    pthread_mutex_unlock(&x->lock);
    return is_answered;
}

static int read_answer(const Asked *x, Arena *a, Json **ret, Err *e) {
    TRY(json_parse(a, arena_str(a, buf_str(&x->body)), JSON_DEPTH_REQUEST, ret, e));
    if (x->status < 400) return 0;
    Str why = json_str(json_get(*ret, "error"), "message");
    return err_fail(e, ERR_BUSY, STR_FMT, STR_ARG(why));
}

static int ask(void *arg, const DoctorQuestion *q, Arena *a, Json **ret, Err *e) {
    DoctorDesk *desk = arg;
    Asked *x = NULL;
    pthread_mutex_lock(&desk->lock);
    if (!desk->is_closed) {
        x = asked_new(desk->app, q);
        loop_post(desk->app->loop, ask_on_loop, x);
    }
    pthread_mutex_unlock(&desk->lock);
    if (!x) return err_fail(e, ERR_CONFLICT, "the daemon is stopping");
    int r = wait_for(x, q->timeout_ms) ? read_answer(x, a, ret, e)
                                       : err_fail(e, ERR_TIMEOUT, "%s did not answer in time", q->op);
    asked_unref(x);
    return r;
}

DoctorDesk *doctor_desk_new(App *app) {
    DoctorDesk *desk = mu_new(DoctorDesk);
    desk->app = app;
    pthread_mutex_init(&desk->lock, NULL);
    desk->doctor = doctor_new(
        &(DoctorPlace){.home = app->home, .command = app->command, .sql = features_sql(), .ask = ask, .ask_arg = desk});
    return desk;
}

void doctor_desk_stop(DoctorDesk *desk) {
    if (!desk) return;
    pthread_mutex_lock(&desk->lock);
    desk->is_closed = true;
    pthread_mutex_unlock(&desk->lock);
    doctor_stop(desk->doctor);
}

/* A check that still runs after this keeps the desk, and finds it closed. */
void doctor_desk_free(DoctorDesk *desk) {
    if (!desk) return;
    doctor_desk_stop(desk);
    if (!doctor_free(desk->doctor)) return;
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}

static int get_doctor(OpCall *c, const void *in, void *out, Err *e) {
    (void)in, (void)e;
    doctor_run(c->app->doctor->doctor, *(const int64_t *)c->state, c->arena, out);
    return 0;
}

/* One call at a time: one that came while another ran gets its report. */
static int own_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)in, (void)e;
    int64_t *asked_us = c->state = arena_new_in(c->arena, int64_t);
    *asked_us = clock_mono_us();
    *ret = str(c->op->name);
    return 0;
}

const Op doctor_ops[] = {
    {"get_doctor", "GET /api/doctor", "system doctor", OP_RUN_OUT(get_doctor, DoctorReport), .role = ROLE_OWNER,
     .where = ON_SLOW, .subject = own_subject,
     .doc =
         "Checks the installation: data folder, store, logs, holds, git, agent CLIs and what the machine allows, each "
         "within its deadline, at most 10 s in all. Calls that come meanwhile get the same report."},
    {0},
};
