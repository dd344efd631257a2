/* The set of living launches and a single one (a run), shared by supervisor.c (the life of a run) and launches.c (the
 * set). */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "base/vec.h"
#include "core/holdlink.h"
#include "core/launch_watch.h"
#include "core/supervisor.h"
#include "sys/loop.h"

enum { OWNERS_MAX = 8 };

struct Launches {
    App *app;
    const LaunchOwner *owners[OWNERS_MAX];
    int n_owners;
    int64_t n_spawned[OWNERS_MAX];                     /* holds that this process started for each owner */
    Map runs;                                          /* launch id → Run* */
    void (*on_grown)(App *app, const char *launch_id); /* launches_on_grown; NULL: nobody asks */
    const struct LaunchObserver *observer;             /* launches_observe; NULL: nobody asks */
    bool is_stopping;
    void (*on_stopped)(void *arg);
    void *stopped_arg;
    List waits; /* head: LaunchWait.link */
};

/* What a run is created from: copies, because the row's text is freed with its write. */
typedef struct RunInfo {
    char id[40], nonce[65], owner_kind[32], owner_id[64];
    Role role;
    int64_t n_inputs;
    bool stop_asked, has_ended, is_pty;
} RunInfo;

/* The state of a run. supervisor.c has the table of the permitted transitions. */
typedef enum RunState {
    RUN_PREPARING,       /* creates or looks for its folder, spec and hold */
    RUN_CALLING,         /* connects to its hold, or looks whether there is one */
    RUN_LINKED,          /* connected to its hold */
    RUN_ORPHANED,        /* its hold is gone: derives the rest of its log, up to an exit or a loss */
    RUN_ENDED_PREPARING, /* ended before the daemon started: looks for a hold that may still wait for the bye */
    RUN_ENDED_CALLING,   /* connects to that hold */
    RUN_OVER,            /* its end is stored, or the daemon leaves it; waits for the link and the jobs */
    RUN_CLOSING,         /* removed from the set; its timer is closing */
    RUN_N
} RunState;

typedef enum DeriveState {
    DERIVE_IDLE,
    DERIVE_WANTED,  /* there is more to read; the next pump starts a job */
    DERIVE_RUNNING, /* a job is reading */
    DERIVE_AGAIN,   /* a job is reading, and more has arrived in the meantime */
    DERIVE_FAILED   /* the retry timer starts the next job; new output does not */
} DeriveState;

typedef enum InputState {
    INPUT_IDLE,
    INPUT_LOADING, /* a job is reading the row `loading` */
    INPUT_SENDING  /* waits for the hold's answer */
} InputState;

/* One living launch. Freed when it is over, its link is closed and no job is in progress. */
typedef struct Run {
    Launches *ls;
    const LaunchOwner *owner;
    char id[40], nonce[65], owner_id[64];
    Role role;
    int dirfd;      /* streams/<id>, -1 before it is prepared */
    HoldLink *link; /* NULL while down */
    Timer retry;
    int64_t hold_pid;   /* 0 until known */
    int64_t spawned_us; /* when this daemon started its hold; 0 = an earlier one did */
    LaunchFacts facts;
    TimeUs heard_at;           /* when its hold last reported; 0: not yet */
    int64_t n_inputs, n_acked; /* stored; accepted by the hold */
    int64_t n_delivered;       /* written to the child, as the hold last reported */
    int64_t loading;           /* the number of the input that a job is reading */
    RunState state;
    DeriveState derive;
    InputState input;
    bool is_pty;
    int64_t grown_to;  /* as on_grown was last told */
    bool is_reporting; /* a job is storing `reported_flags` */
    bool is_stop_due;  /* requested, but not yet sent to the hold */
    LaunchStopHow stop_how;
    List watches;        /* LaunchWatch.link */
    Buf typed;           /* by people, and not yet sent to the hold */
    uint64_t n_typed;    /* bytes of all that was typed */
    int64_t typed_until; /* a hold that does not acknowledge pokes gets no more before */
    Buf exit_body;       /* of the exit frame, as its hold reported it: set once, then read by the derive job */
    uint64_t exit_at;
    uint32_t reported_flags;
    void *observed; /* the observer's state, likewise */
    void *live;     /* the owner's derivation; used only by the derive job while one runs */
    DeriveStep step;
    int n_jobs;
} Run;

/* Work on a pool thread; `done` runs on the loop afterwards. */
typedef struct Job {
    Run *run;
    void (*work)(struct Job *j);
    void (*done)(struct Job *j);
    DbConn *db;
    Buf bytes;
    bool ok, has_failed, is_hold_gone;
    bool is_stop_asked; /* the row says so: a stop may have come before the run was in the set */
    int64_t spawned_us;
} Job;

static inline bool run_is_over(const Run *r) { return r->state == RUN_OVER || r->state == RUN_CLOSING; }
/* True when the store already has its end. */
static inline bool run_has_ended(const Run *r) {
    return r->state == RUN_ENDED_PREPARING || r->state == RUN_ENDED_CALLING || run_is_over(r);
}
static inline bool run_is_deriving(const Run *r) { return r->derive == DERIVE_RUNNING || r->derive == DERIVE_AGAIN; }

void run_start(Launches *ls, const RunInfo *info);
void run_add_input(Run *r, int64_t n);
void run_stop(Run *r, LaunchStopHow how);
void run_leave(Run *r);               /* the daemon is stopping: the launch continues without it */
void launches_run_gone(Launches *ls); /* a link or run is gone: checks whether the set has stopped */
/* Of the launches that an owner of this kind has: alive now, and started by this process. Loop thread. */
typedef struct LaunchFigures {
    int64_t n_alive, n_spawned;
} LaunchFigures;
LaunchFigures launches_figures(const Launches *ls, const char *kind);
void launches_count_spawned(Launches *ls, const LaunchOwner *owner);
/* launch_watch.c: of a run's life and its link. */
void run_watch_head(Run *r);
void run_watch_poked(Run *r);
void run_watch_ended(Run *r, bool is_left); /* is_left: the daemon leaves it alive */
void run_pump_typed(Run *r);
enum { RUN_TYPED_WAIT_MS = 200 }; /* at most, for a hold that does not acknowledge pokes */
/* Its end is in the store: calls every waiter. */
void launches_notify_ended(Launches *ls, const char *launch_id);
