/* A consumer of an eye's frames (muster-eye-abi.h, version 2) that looks at none: for the test of a connection and the
 * benchmark. It closes what memory it is given: the daemon never maps a program's memory. Blocking, one thread.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct Consumer Consumer;
typedef struct ConsumerInfo {
    int64_t width, height, frame_id;
    bool is_lockstep, is_stepper; /* the role that was granted */
} ConsumerInfo;

/* ERR_CONFLICT: nobody listens there, or the eye says no; ERR_TIMEOUT. */
int consumer_open(const char *path, bool wants_step, int64_t timeout_ms, Consumer **ret, ConsumerInfo *ret_info,
                  Err *e);
void consumer_close(Consumer *c); /* NULL is fine */
void consumer_closep(Consumer **c);
/* Asks for one frame, as the stepper of an eye in lockstep. */
int consumer_step(Consumer *c, Err *e);
typedef struct ConsumerFrame {
    int64_t id, flags, commit_ns, send_ns, seen_ns; /* CLOCK_MONOTONIC */
} ConsumerFrame;
/* Waits for the next frame, and releases it. ERR_TIMEOUT: none came; ERR_CONFLICT: the eye has gone, and why. */
int consumer_next(Consumer *c, int64_t timeout_ms, ConsumerFrame *ret, Err *e);
