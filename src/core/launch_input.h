/* Inputs of launches: numbered rows, committed with their cause, sent to the hold in order, each once. */
#pragma once

#include "core/launch.h"

typedef struct LaunchInput {
    Str launch_id, bytes;
    const char *cause; /* "message" "ask" "reply" "mode" "handshake", "recovered" from the log */
    Str cause_id;
} LaunchInput;
/* Adds the next input. ERR_CONFLICT when the launch has ended. */
int launch_add_input(App *app, Tx *tx, const LaunchInput *in, Err *e);
/* Gives the cause to the oldest recovered input with these bytes instead of adding one; false where there is none. */
int launch_claim_input(Tx *tx, const LaunchInput *in, bool *ret_claimed, Err *e);
/* Gives it to recovered input n. */
int launch_claim_number(Tx *tx, const LaunchInput *in, int64_t n, Err *e);
/* The bytes of input n; empty when there is no such input. */
int launch_input_bytes(DbConn *c, Str launch_id, int64_t n, Buf *ret, Err *e);
/* Why input n was added. */
#define LAUNCH_CAUSE(F, S)                                                  \
    F(S, STR, cause, .max_bytes = 32, .doc = "message, ask, reply or mode") \
    F(S, STR, cause_id, .max_bytes = 64, .doc = "The id of the cause")
SHAPE(LaunchCause, LAUNCH_CAUSE);
/* The number of the input with this cause; 0 when there is none. */
int launch_input_number(DbConn *c, Str launch_id, Str cause_id, int64_t *ret, Err *e);
/* Empty when there is no such input. */
int launch_input_cause(DbConn *c, Str launch_id, int64_t n, Arena *a, LaunchCause *ret, Err *e);
