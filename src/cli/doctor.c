/* `muster doctor`: prints what the daemon's doctor finds, or what the same checks find here when it does not answer. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "cli/cli.h"
#include "doctor/doctor.h"

enum { ANSWER_MS = DOCTOR_MS + 5000 /* a daemon that takes longer is reported as a fault */ };

static const char *const marks[] = {
    [DOCTOR_OK] = "ok  ", [DOCTOR_SKIPPED] = "skip", [DOCTOR_WARNING] = "note", [DOCTOR_ERROR] = "BAD "};

static void print(const DoctorReport *r, Arena *a) {
    for (size_t i = 0; i < r->checks.n; i++) {
        const DoctorRow *x = &r->checks.items[i];
        bool has_advice = x->advice.n > 0;
        printf("%s  %-14s " STR_FMT "%s" STR_FMT "\n", marks[x->state], arena_cstr(a, text_printable(a, x->title)),
               STR_ARG(text_printable(a, x->detail)), has_advice ? "; " : "", STR_ARG(text_printable(a, x->advice)));
    }
}

static int ask_daemon(const CliContext *c, Arena *a, DoctorReport *ret, Err *e) {
    Json *answer = NULL;
    CliQuestion q = {.op = "get_doctor", .timeout_ms = ANSWER_MS};
    TRY(cli_ask(c, &q, a, &answer, e));
    return shape_decode(&DoctorReport_shape, answer, a, ret, e);
}

/* Checks that hang are left behind. */
static void look_here(const CliContext *c, const Err *absence, Arena *a, DoctorReport *ret) {
    Doctor *d = doctor_new(&(DoctorPlace){.home = c->home, .command = c->command, .sql = c->sql, .absence = *absence});
    doctor_run(d, clock_mono_us(), a, ret);
    (void)doctor_free(d);
}

int cli_doctor(const CliContext *c) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    DoctorReport report;
    Err e = {0};
    printf("muster %s\n", c->version);
    if (ask_daemon(c, a, &report, &e) < 0) look_here(c, &e, a, &report);
    print(&report, a);
    return report.state == DOCTOR_ERROR;
}
