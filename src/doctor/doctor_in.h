/* What the checks share. */
#pragma once

#include "base/vec.h"
#include "doctor/doctor.h"

/* One run of one check, on its own thread. */
typedef struct Check {
    const DoctorPlace *place;
    const char *id;
    Arena *arena;
    int64_t until_us; /* its deadline, on the monotonic clock */
    VEC(DoctorRow) rows;
} Check;

__attribute__((format(printf, 4, 5))) void check_say(Check *c, DoctorState state, const char *title, const char *fmt,
                                                     ...);
/* What to do about the row that was said last. */
__attribute__((format(printf, 2, 3))) void check_advise(Check *c, const char *fmt, ...);
/* Milliseconds up to the deadline, less a moment to say something. */
int64_t check_left_ms(const Check *c);
/* False: no daemon answers this. `e` may be NULL. */
bool check_ask(Check *c, const char *op, Json **ret, Err *e);
/* The member of the answer; NULL likewise, or when it is no list. */
const Json *check_ask_list(Check *c, const char *op, const char *input, const char *field);
/* A whole small file, as of /proc; empty if it cannot be read. */
Str check_read(Check *c, const char *path);
/* The number that it holds; -1: none. */
int64_t check_read_i64(Check *c, const char *path);

typedef struct CheckDef {
    const char *id, *title;
    void (*run)(Check *c);
    int64_t ms;
} CheckDef;

/* check_data.c */
void check_home(Check *c);
void check_space(Check *c);
void check_store(Check *c);
void check_streams(Check *c);
void check_trash(Check *c);
void check_salvages(Check *c);
/* check_programs.c */
void check_hold(Check *c);
void check_git(Check *c);
void check_daemon(Check *c);
void check_clis(Check *c);
void check_holds(Check *c);
void check_cgroup(Check *c);
void check_sandbox(Check *c);
/* check_machine.c */
void check_limits(Check *c);
void check_watches(Check *c);
void check_files(Check *c);
void check_clock(Check *c);
void check_ports(Check *c);
void check_terminal(Check *c);
