/* Watching one launch, and what a person does at its terminal. Loop thread only.
 *
 * Typing is not durable: bytes are handed to the hold in pieces, each once the child has taken the one before it. What has
 * not been handed over when the link to the hold breaks follows later; what the daemon held when it died is lost, never
 * repeated. No byte of it is stored or logged.
 */
#pragma once

#include "base/list.h"
#include "core/launch.h"

enum { LAUNCH_TYPED_MAX = 256 * 1024, LAUNCH_TYPED_PIECE = 4096 };

/* Embedded in its owner. Callbacks may unwatch. */
typedef struct LaunchWatch {
    List link;                                             /* Run.watches */
    void (*on_head)(struct LaunchWatch *w, uint64_t head); /* the log may have grown up to `head` */
    void (*on_typed)(struct LaunchWatch *w,
                     uint64_t taken); /* bytes that the child took, as launch_type counts; or NULL */
    void (*on_ended)(struct LaunchWatch *w, bool is_left); /* once, last; is_left: alive, but the daemon stops */
} LaunchWatch;

/* False: it is not alive. *ret_head: as far as is known, 0 at first. */
bool launch_watch(App *app, Str launch_id, LaunchWatch *w, uint64_t *ret_head);
void launch_unwatch(LaunchWatch *w); /* also when it has ended, or was never watched */

/* `fn` is called whenever another MiB of the log of a launch with a terminal has been derived, and once soon after a start.
 * Start-up only. */
enum { LAUNCH_GROWN_BYTES = 1 << 20 };
void launches_on_grown(Launches *ls, void (*fn)(App *app, const char *launch_id));

/* Sees the log of launches with a terminal: each frame once, in order, after what it did was committed; not again after a crash.
 * `seen` is called on a worker, one call at a time for a launch; *state is the observer's, and `close` frees it. */
typedef struct LaunchObserver {
    void (*seen)(App *app, DbConn *db, const LaunchBatchIn *in, void **state);
    void (*close)(void *state);
} LaunchObserver;
void launches_observe(Launches *ls, const LaunchObserver *o); /* start-up only */

/* Answers what a program asked its terminal, in order with what is typed. Dropped where the child is behind with what it was
 * sent: a program that asks and never reads gets no pile of answers. */
void launch_answer(App *app, Str launch_id, Str bytes);

/* Types all of it, or nothing. *ret_total: bytes typed at this launch so far. ERR_CONFLICT: it is not alive. ERR_BUSY: more
 * waits for its child than LAUNCH_TYPED_MAX. */
int launch_type(App *app, Str launch_id, Str bytes, uint64_t *ret_total, Err *e);
/* Sets the size of its terminal. False: no hold takes it now. */
bool launch_resize(App *app, Str launch_id, HoldSize size);
