/* For tests: launches with real holds, over restarts of the daemon. Their owner keeps what the child wrote to stdout as
 * the state of its derivation. */
#pragma once

#include <stdatomic.h>

#include "core/launches.h"
#include "core/test_app.h"

/* What the owner received, and what it refuses. Cleared by rig_open. */
extern struct OwnerLog {
    atomic_int n_lost, n_ended, n_applied, n_held;
    atomic_int n_refused;           /* this many writes fail, as on a full disk */
    atomic_bool has_no_environment; /* making the child's environment fails */
    atomic_bool ends_late;          /* the work after an end is still running when the daemon is stopped */
    char why[200];                  /* of the last loss */
} owner_log;

typedef struct LaunchRig {
    TestApp t;
    TestAppConfig config; /* of each start */
    char home[300], exe_dir[300];
    Id launch; /* the last */
    const char *const *argv;
    const char *input;
    Str want; /* the child's expected output */
} LaunchRig;

/* Starts a daemon on a new home. `c` adds to the rig's own configuration; NULL: nothing. */
void rig_open(LaunchRig *b, const TestAppConfig *c);
void rig_start(LaunchRig *b);
void rig_stop(LaunchRig *b);

void rig_launch(LaunchRig *b, const char *const *argv);
/* The same write, of b->argv. */
int rig_launch_tx(Tx *tx, void *rig, Err *e);
/* Launches, and waits until there is a child. */
void rig_run(LaunchRig *b, const char *const *argv);
/* Returns what the write that adds the input does. */
int rig_input(LaunchRig *b, const char *text);

/* What the owner keeps of the first launch. */
Str rig_written(LaunchRig *b);
bool rig_has_ended(void *rig);
/* Waits until the last launch has ended; `state`: its word, and "1" for the time. */
void rig_check_ended(LaunchRig *b, const char *state);
/* The process of the child, 0 when there is none. */
int64_t rig_child(LaunchRig *b);
bool rig_has_child(void *rig);
/* The process of the hold, once it has a child. */
int64_t rig_hold(LaunchRig *b);
/* Nobody has the lock of the last launch. Also while no daemon runs. */
bool rig_has_hold_left(void *rig);
