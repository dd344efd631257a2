/* See doctor.h: the list of checks, and how they are run.
 *
 * Invariants: a slot belongs to its thread while is_running, to whoever holds the lock otherwise; a thread that outlives its run
 * finds that its run is over and drops what it found. */
#include "doctor/doctor_in.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "sys/file.h"

ENUM_DEFINE(DoctorState, DOCTOR_STATE_WORDS);
SHAPE_DEFINE(DoctorRow, DOCTOR_ROW);
SHAPE_DEFINE(DoctorReport, DOCTOR_REPORT);

static const CheckDef checks[] = {
    {"hold", "muster-hold", check_hold, 2000},
    {"git", "git", check_git, 6000},
    {"daemon", "daemon", check_daemon, DOCTOR_MS},
    {"home", "data folder", check_home, 5000},
    {"space", "free space", check_space, 5000},
    {"store", "store", check_store, 8000},
    {"streams", "streams", check_streams, 6000},
    {"cgroup", "cgroup", check_cgroup, 6000},
    {"limits", "limits", check_limits, 5000},
    {"cli", "agent CLIs", check_clis, DOCTOR_MS},
    {"holds", "holds", check_holds, DOCTOR_MS},
    {"trash", "trash", check_trash, DOCTOR_MS},
    {"salvages", "salvages", check_salvages, DOCTOR_MS},
    {"watches", "file watches", check_watches, 5000},
    {"files", "open files", check_files, 5000},
    {"clock", "clock", check_clock, 5000},
    {"sandbox", "sandbox", check_sandbox, 5000},
    {"ports", "ports", check_ports, 5000},
    {"terminal", "terminals", check_terminal, 5000},
};
enum { N_CHECKS = COUNT_OF(checks), END_MS = 2000, TEXT_MAX = 32 << 10 };

typedef struct Slot {
    Doctor *of;
    const CheckDef *def;
    pthread_t thread;
    bool has_thread, is_running; /* has_thread: to be joined */
    uint64_t run;                /* Doctor.run when it began */
    TimeUs begun_at;
    Check check; /* its rows, once it has ended */
} Slot;

struct Doctor {
    DoctorPlace place;
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t changed;
    bool is_stopped;
    uint64_t run;
    int64_t ended_us; /* of the last run, on the monotonic clock; 0: none */
    TimeUs begun_at, ended_at;
    Slot slots[N_CHECKS];
};

/* --- what checks use -------------------------------------------------------------------------------------------- */

static Str print_text(Arena *a, const char *fmt, va_list ap) {
    CLEANUP(buf_done) Buf text;
    buf_init(&text, TEXT_MAX);
    buf_add_vfmt(&text, fmt, ap);
    return arena_str(a, text_printable(a, text_clean(a, buf_str(&text), TEXT_MAX)));
}

void check_say(Check *c, DoctorState state, const char *title, const char *fmt, ...) {
    va_list ap;
    if (c->rows.n >= DOCTOR_ROWS_MAX / 4) return;
    va_start(ap, fmt);
    DoctorRow row = {.id = str(c->id), .title = arena_str(c->arena, str(title)), .state = state};
    row.detail = print_text(c->arena, fmt, ap);
    va_end(ap);
    vec_push(&c->rows, row);
}

void check_advise(Check *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    if (c->rows.n) GIVE(DoctorRow, &c->rows.items[c->rows.n - 1], advice, print_text(c->arena, fmt, ap));
    va_end(ap);
}

int64_t check_left_ms(const Check *c) {
    int64_t left = (c->until_us - clock_mono_us()) / 1000 - 500;
    return left > 100 ? left : 100;
}

bool check_ask(Check *c, const char *op, Json **ret, Err *e) {
    DoctorQuestion q = {.op = op, .timeout_ms = check_left_ms(c)};
    *ret = NULL;
    return c->place->ask && c->place->ask(c->place->ask_arg, &q, c->arena, ret, e) >= 0;
}

const Json *check_ask_list(Check *c, const char *op, const char *input, const char *field) {
    Json *answer = NULL;
    DoctorQuestion q = {.op = op, .input = str(input), .timeout_ms = check_left_ms(c)};
    if (!c->place->ask || c->place->ask(c->place->ask_arg, &q, c->arena, &answer, NULL) < 0) return NULL;
    const Json *list = json_get(answer, field);
    return json_is(list, JSON_ARRAY) ? list : NULL;
}

Str check_read(Check *c, const char *path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TEXT_MAX);
    return file_read(AT_FDCWD, path, &b, NULL) < 0 ? STR("") : str_trim(arena_str(c->arena, buf_str(&b)));
}

int64_t check_read_i64(Check *c, const char *path) {
    int64_t n;
    return str_parse_i64(check_read(c, path), 0, INT64_MAX, &n) ? n : -1;
}

/* --- running ---------------------------------------------------------------------------------------------------- */

static void check_done(Check *c) {
    vec_done(&c->rows);
    arena_freep(&c->arena);
    c->arena = NULL;
}

static void *work(void *arg) {
    Slot *s = arg;
    Doctor *d = s->of;
    s->def->run(&s->check);
    pthread_mutex_lock(&d->lock);
    if (s->run != d->run) check_done(&s->check); /* it took too long */
    s->is_running = false;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* The lock is held. */
static void begin(Doctor *d, Slot *s) {
    if (s->is_running) return;
    if (s->has_thread) pthread_join(s->thread, NULL);
    check_done(&s->check);
    s->run = d->run;
    s->begun_at = clock_now_us();
    s->check = (Check){
        .place = &d->place, .id = s->def->id, .arena = arena_new(), .until_us = clock_mono_us() + s->def->ms * 1000};
    s->is_running = s->has_thread = true;
    if (pthread_create(&s->thread, NULL, work, s) == 0) return;
    s->is_running = s->has_thread = false;
    check_say(&s->check, DOCTOR_SKIPPED, s->def->title, "no thread can be started");
}

/* The lock is held. True: its run has it, or its time is over. */
static bool is_settled(const Slot *s, int64_t now) { return !s->is_running || now >= s->check.until_us; }

static void wait_for(Doctor *d) {
    for (;;) {
        int64_t now = clock_mono_us(), next = INT64_MAX;
        for (size_t i = 0; i < N_CHECKS; i++)
            if (!is_settled(&d->slots[i], now) && d->slots[i].check.until_us < next) next = d->slots[i].check.until_us;
        if (next == INT64_MAX || d->is_stopped) return;
        struct timespec until = {next / 1000000, next % 1000000 * 1000};
        pthread_cond_timedwait(&d->changed, &d->lock, &until);
    }
}

static void add_row(DoctorReport *r, Arena *a, const DoctorRow *from) {
    DoctorRow *to = &r->checks.items[r->checks.n++];
    *to = *from;
    to->title = arena_str(a, from->title);
    to->detail = arena_str(a, from->detail);
    if (from->advice.p) to->advice = arena_str(a, from->advice);
    if (to->state > r->state && to->state != DOCTOR_SKIPPED) r->state = to->state;
}

static void add_stuck(DoctorReport *r, Arena *a, const Slot *s) {
    char since[TIME_TEXT_MAX];
    time_print(s->begun_at, since);
    DoctorRow row = {.id = str(s->def->id), .title = str(s->def->title), .state = DOCTOR_WARNING};
    row.detail = arena_fmt(
        a, "this check began at %s and did not end in time: a disk or a program that it looks at may hang", since);
    add_row(r, a, &row);
}

/* The lock is held. */
static void copy(const Doctor *d, Arena *a, DoctorReport *ret) {
    *ret = (DoctorReport){.begun_at = d->begun_at, .ended_at = d->ended_at};
    ret->checks.items = arena_array(a, DOCTOR_ROWS_MAX, sizeof(DoctorRow));
    for (size_t i = 0; i < N_CHECKS; i++) {
        const Slot *s = &d->slots[i];
        /* One that ended only during a later run has dropped what it found. */
        bool is_stuck = s->is_running || s->run != d->run;
        if (is_stuck && s->run) add_stuck(ret, a, s);
        for (size_t k = 0; !is_stuck && k < s->check.rows.n && ret->checks.n < DOCTOR_ROWS_MAX - N_CHECKS; k++)
            add_row(ret, a, &s->check.rows.items[k]);
    }
}

void doctor_run(Doctor *d, int64_t asked_us, Arena *a, DoctorReport *ret) {
    pthread_mutex_lock(&d->lock);
    if (d->ended_us <= asked_us) {
        d->run++;
        d->begun_at = clock_now_us();
        for (size_t i = 0; i < N_CHECKS && !d->is_stopped; i++) begin(d, &d->slots[i]);
        wait_for(d);
        d->ended_at = clock_now_us();
        d->ended_us = clock_mono_us();
    }
    copy(d, a, ret);
    pthread_mutex_unlock(&d->lock);
}

/* --- life ------------------------------------------------------------------------------------------------------- */

Doctor *doctor_new(const DoctorPlace *p) {
    Doctor *d = mu_new(Doctor);
    pthread_condattr_t attr;
    d->place = *p;
    d->place.home = mu_strdup(p->home);
    d->place.command = mu_strdup(p->command);
    pthread_mutex_init(&d->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&d->changed, &attr);
    pthread_condattr_destroy(&attr);
    for (size_t i = 0; i < N_CHECKS; i++) d->slots[i] = (Slot){.of = d, .def = &checks[i]};
    return d;
}

void doctor_stop(Doctor *d) {
    if (!d) return;
    pthread_mutex_lock(&d->lock);
    d->is_stopped = true;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

/* The lock is held. */
static bool is_any_running(const Doctor *d) {
    for (size_t i = 0; i < N_CHECKS; i++)
        if (d->slots[i].is_running) return true;
    return false;
}

static bool wait_for_end(Doctor *d) {
    int64_t until_us = clock_mono_us() + END_MS * 1000;
    struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    pthread_mutex_lock(&d->lock);
    while (is_any_running(d) && clock_mono_us() < until_us) pthread_cond_timedwait(&d->changed, &d->lock, &until);
    bool has_ended = !is_any_running(d);
    pthread_mutex_unlock(&d->lock);
    return has_ended;
}

bool doctor_free(Doctor *d) {
    if (!d) return true;
    doctor_stop(d);
    if (!wait_for_end(d)) return false;
    for (size_t i = 0; i < N_CHECKS; i++) {
        if (d->slots[i].has_thread) pthread_join(d->slots[i].thread, NULL);
        check_done(&d->slots[i].check);
    }
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    free((char *)d->place.home);
    free((char *)d->place.command);
    free(d);
    return true;
}
