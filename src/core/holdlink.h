/* Hold link: the daemon's end of the hold wire (docs/hold-wire.md). Loop thread only.
 *
 * holdlink_open tries to connect until `connect_ms` has passed (a hold that was just started needs a moment), checks
 * that the peer has the daemon's uid and answers with the same launch and nonce, then calls on_ready. Whatever happens,
 * on_closed is called exactly once, last, and never from inside one of the calls below; the link is freed after it.
 */
#pragma once

#include "base/err.h"
#include "base/holdwire.h"

typedef struct Loop Loop;
typedef struct HoldLink HoldLink;

typedef struct HoldLinkEvents {
    void (*on_ready)(void *arg, const HoldHello *hello, const HoldHead *head);
    void (*on_head)(void *arg, const HoldHead *head);
    void (*on_input_ack)(void *arg, uint64_t n, HoldAck status);
    void (*on_exited)(void *arg, uint64_t offset, const HoldExit *exit);
    void (*on_closed)(void *arg, const Err *why); /* NULL after holdlink_close */
    void (*on_poked)(void *arg);                  /* holdlink_pokes_left has shrunk; may be NULL */
} HoldLinkEvents;

typedef struct HoldLinkConfig {
    Loop *loop;
    int dirfd;                     /* launch folder; duplicated */
    Str launch, nonce;             /* copied */
    int64_t connect_ms, answer_ms; /* until a hold listens; from then until its hello */
    const HoldLinkEvents *on;
    void *arg;
} HoldLinkConfig;

int holdlink_open(const HoldLinkConfig *c, HoldLink **ret, Err *e);
void holdlink_close(HoldLink *l); /* on_closed follows in a later turn */

bool holdlink_is_ready(const HoldLink *l);
int64_t holdlink_peer_pid(const HoldLink *l);     /* of the hold; 0 before on_ready */
const HoldHead *holdlink_head(const HoldLink *l); /* the newest; zero before on_ready */

/* Starts the child. Has no effect when it is sent again after a reconnect. */
void holdlink_go(HoldLink *l);
/* Sends input n of at most HOLD_INPUT_MAX bytes, copied. Only one may be in flight: false while the last one is not yet
 * acknowledged or the link is not ready; then wait for on_input_ack or on_ready. */
bool holdlink_input(HoldLink *l, uint64_t n, Str bytes);
/* Sends at most HOLD_PART_MAX bytes between two inputs; not durable. False when not ready or the queue is full. */
bool holdlink_poke(HoldLink *l, Str bytes);
/* Bytes of pokes of this connection that the child has not taken yet. A hold from before the feature poke-ack does not
 * say: there its next head counts. */
uint64_t holdlink_pokes_left(const HoldLink *l);
bool holdlink_acks_pokes(const HoldLink *l);
void holdlink_size(HoldLink *l, HoldSize size); /* of a pty */
/* Closes stdin, sends SIGTERM to the group, then SIGKILL, then sweeps, with `grace_ms` between the steps. */
void holdlink_stop(HoldLink *l, int64_t grace_ms);
void holdlink_kill(HoldLink *l);
void holdlink_set_derived(HoldLink *l, uint64_t offset);
/* The daemon has read the exit: the hold may exit. */
void holdlink_bye(HoldLink *l);

/* *ret_held: a living hold has this launch. Its lock decides, never a pid. Blocking, any thread. */
int launch_lock_is_held(int dirfd, bool *ret_held, Err *e);
