/* The interface between launch.c, launch_derive.c and the supervisor (supervisor.c). */
#pragma once

#include "core/launch.h"

/* Inside a write: after its commit the loop starts the launch or sends the input. */
void supervisor_added(App *app, Tx *tx, const LaunchRow *row);
void supervisor_input_added(App *app, Tx *tx, Str launch_id, int64_t n);

/* It has a terminal. */
bool launch_is_pty(const LaunchRow *l);
/* The spec for the hold: the stored one, plus the environment, which its own variables override, plus the mark. */
int launch_complete_spec(const LaunchRow *row, const StrList *environment, Arena *a, Str *ret, Err *e);

/* How a launch's log is derived. Without these modes, a batch that its owner always refuses would keep the launch from
 * ever ending. */
typedef enum DeriveMode {
    DERIVE_WHOLE, /* batches of many frames */
    DERIVE_ONE,   /* one frame at a time, so that only the faulty one is derived plain */
    DERIVE_PLAIN, /* the faulty frame is stored without effect */
    DERIVE_RESET  /* as a last resort, without the owner's state */
} DeriveMode;

/* One step of derivation. Worker thread; at most one at a time for a launch. */
typedef struct DeriveStep {
    App *app;
    const LaunchOwner *owner;
    int dirfd;
    void **live;                           /* the owner's; kept between steps */
    const struct LaunchObserver *observer; /* launch_watch.h; NULL: none */
    void **observed;                       /* its state; kept between steps */
    int64_t read_at;                       /* where the last step stopped; used while *live is set */
    bool is_hold_gone;                     /* the link is down and the lock is free: an end without an exit is a loss */
    uint64_t head;                         /* of the log, as its hold last reported; 0: unknown, or the hold is gone */
    int64_t accepted;                      /* number of the last input that the hold accepted, as far as is known */
    int64_t delivered;                     /* likewise, of the last that it has written to the child */
    Str exit_body;                         /* of the exit frame, as the hold reported it; empty: unknown */
    uint64_t exit_at;                      /* that frame's offset */
    DeriveMode mode;                       /* see launch_derive.c */
    int n_refused;                         /* failures in a row in this mode that the frames themselves caused */
    int64_t failed_to, refused_to;         /* after the batch that failed last, and after the widest that was refused */
    LaunchPlace place;                     /* out */
    bool has_more, has_ended, has_failed;
} DeriveStep;
void launch_derive_step(DeriveStep *s, DbConn *db, Str launch_id);
/* Records an end without an exit frame: its hold was lost, or it never ran. Worker. */
typedef struct LaunchEnd {
    App *app;
    const LaunchOwner *owner;
    LaunchState state;
    const char *why;
} LaunchEnd;
int launch_record_end(const LaunchEnd *end, DbConn *db, Str launch_id, Err *e);
const LaunchOwner *launches_owner(const Launches *ls, Str kind);
