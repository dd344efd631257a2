/* The loop thread: libuv, posts from other threads, timers, and loop_call.
 *
 * One Loop per process, run by one thread. That thread owns sockets, children, timers and live state and never
 * blocks. Waits go one way: a worker may wait for the loop (loop_call), but the loop never waits for another thread;
 * debug builds assert it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "base/err.h"
#include "base/list.h"

typedef struct Loop Loop;

int loop_new(Loop **ret, Err *e);
void loop_free(Loop *l); /* after loop_run has returned; NULL is allowed */
void loop_run(Loop *l);  /* until loop_stop and every handle is closed */
void loop_stop(Loop *l); /* any thread */
uv_loop_t *loop_uv(Loop *l);
bool loop_is_current(const Loop *l); /* is this the loop's thread? */

/* Runs fn(arg) on the loop thread later, in order of posting. Any thread. */
void loop_post(Loop *l, void (*fn)(void *arg), void *arg);
/* Runs fn(arg) on the loop thread and waits for it. Worker threads only; asserts when called on the loop or on
 * the writer. */
void loop_call(Loop *l, void (*fn)(void *arg), void *arg);
/* Runs fn(arg) after this turn of the loop, so that nothing is freed inside its own callback. Loop thread only. */
void loop_after_turn(Loop *l, void (*fn)(void *arg), void *arg);

/* A timer embedded in its owner: `on_due(Timer *)` finds it with container_of. Loop thread only. */
typedef struct Timer {
    uv_timer_t uv;
    void (*on_due)(struct Timer *t);
    void (*on_closed)(struct Timer *t);
} Timer;

void timer_init(Loop *l, Timer *t, void (*on_due)(Timer *));
void timer_start(Timer *t, int64_t after_ms, int64_t repeat_ms); /* repeat 0 = once; restarts */
void timer_stop(Timer *t);
void timer_close(Timer *t, void (*on_closed)(Timer *)); /* t may be freed in on_closed */

/* Thread roles, for the assertions on one-way waits. */
typedef enum ThreadRole { THREAD_OTHER, THREAD_LOOP, THREAD_WORKER, THREAD_WRITER } ThreadRole;
void thread_set_role(ThreadRole r);
ThreadRole thread_role(void);
