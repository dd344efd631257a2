/* The doctor: checks an installation and says what it finds and what to do. Reads only.
 *
 * There is one list of checks. The daemon runs it for `get_doctor`; `muster doctor` prints that answer, and runs the same list
 * itself where no daemon answers. What only a daemon knows, a check asks it for, by an operation; without one it is skipped, or
 * looks at what can be seen from outside.
 *
 * Each check has a thread and a deadline, so that a program or a disk that hangs keeps nobody: a check that has not ended says
 * so, and is not begun again while it still runs. All memory that a check touches belongs to it or to the Doctor.
 */
#pragma once

#include "base/json.h"
#include "base/shape.h"
#include "db/db.h"

#define DOCTOR_STATE_WORDS(W)    \
    W(DOCTOR_OK, "ok")           \
    W(DOCTOR_SKIPPED, "skipped") \
    W(DOCTOR_WARNING, "warning") \
    W(DOCTOR_ERROR, "error")
ENUM_DECLARE(DoctorState, DOCTOR_STATE_WORDS);

enum { DOCTOR_ROWS_MAX = 500, DOCTOR_MS = 10000 /* the longest deadline */ };

#define DOCTOR_ROW(F, S)                                                                                   \
    F(S, STR, id, .max_bytes = 32, .doc = "The check: home, store, git, cli …; one may have several rows") \
    F(S, STR, title, .max_bytes = 64, .doc = "What the row is about, as a table shows it")                 \
    F(S, ENUM(DoctorState), state, .doc = "ok, skipped, warning, or error: something cannot work")         \
    F(S, STR, detail, .max_bytes = 65536, .doc = "What was found")                                         \
    F(S, STR, advice, .opt = 1, .max_bytes = 8192, .doc = "What to do about it")
SHAPE(DoctorRow, DOCTOR_ROW);
#define DOCTOR_REPORT(F, S)                                                              \
    F(S, ENUM(DoctorState), state, .doc = "The worst of the rows")                       \
    F(S, TIME, begun_at, .doc = "When the checks began")                                 \
    F(S, TIME, ended_at, .doc = "When the last of them had ended, or its time was over") \
    F(S, LIST(DoctorRow), checks, .max = DOCTOR_ROWS_MAX, .doc = "In a fixed order of checks")
SHAPE(DoctorReport, DOCTOR_REPORT);

/* Calls a reading operation of the daemon with an input as JSON, on a check's thread; the answer is in the arena. ERR_BUSY: the
 * daemon works and refuses; any other error: it could not be asked. */
typedef struct DoctorQuestion {
    const char *op;
    Str input; /* empty: none */
    int64_t timeout_ms;
} DoctorQuestion;
typedef int (*DoctorAsk)(void *arg, const DoctorQuestion *q, Arena *a, Json **ret, Err *e);

typedef struct DoctorPlace {
    const char *home, *command;   /* copied; `command` starts this program for this data folder */
    const Sql *const *const *sql; /* of all nouns */
    DoctorAsk ask;                /* NULL: no daemon can be asked */
    void *ask_arg;
    Err absence; /* then, why; ERR_NOT_FOUND: none is running */
} DoctorPlace;

typedef struct Doctor Doctor;
Doctor *doctor_new(const DoctorPlace *p);
/* Runs all checks and waits for them, unless the last run has ended since the report was asked for (clock_mono_us): then that is
 * its report. Blocks for at most DOCTOR_MS and a little. Any thread but the loop's, one at a time. */
void doctor_run(Doctor *d, int64_t asked_us, Arena *a, DoctorReport *ret);
/* Ends a run that waits. Any thread. NULL is fine, here and below. */
void doctor_stop(Doctor *d);
/* Waits a moment for checks that still run. False: one is stuck, and what it uses stays. */
bool doctor_free(Doctor *d);
