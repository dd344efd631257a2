/* get_doctor: the checks of doctor/doctor.h inside the daemon, which ask it as any client does. */
#include "daemon/doctor_ops.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/op_ask.h"
#include "daemon/features.h"
#include "doctor/doctor.h"

/* How checks reach the daemon: shared by it and by their threads, which may outlive it. */
struct DoctorDesk {
    App *app;
    Doctor *doctor;
    pthread_mutex_t lock; /* guards what follows */
    bool is_closed;       /* nothing more can be asked */
};

static int ask(void *arg, const DoctorQuestion *q, Arena *a, Json **ret, Err *e) {
    DoctorDesk *desk = arg;
    OpAsked *x = NULL;
    int status;
    OpAsk question = {.op = q->op, .input = q->input, .who = auth_local(ROLE_OWNER)};
    pthread_mutex_lock(&desk->lock);
    if (!desk->is_closed) x = op_ask_begin(desk->app, &question);
    pthread_mutex_unlock(&desk->lock);
    if (!x) return err_fail(e, ERR_CONFLICT, "the daemon is stopping");
    TRY(op_ask_end(x, &(OpAskWait){.ms = q->timeout_ms}, a, ret, &status, e));
    if (!status) return err_fail(e, ERR_TIMEOUT, "%s did not answer in time", q->op);
    if (status < 400) return 0;
    Str why = json_str(json_get(*ret, "error"), "message");
    return err_fail(e, ERR_BUSY, STR_FMT, STR_ARG(why));
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
