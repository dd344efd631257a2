/* The set of living launches and one of them: shared by supervisor.c (a run's life) and launches.c (the set). */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "base/vec.h"
#include "core/holdlink.h"
#include "core/supervisor.h"
#include "sys/loop.h"

enum { OWNERS_MAX = 8 };

struct Launches {
    App *app;
    const LaunchOwner *owners[OWNERS_MAX];
    int n_owners;
    Map runs; /* launch id → Run* */
    bool is_stopping;
    void (*on_stopped)(void *arg);
    void *stopped_arg;
    List waits; /* head: LaunchWait.link */
};

/* What a run is made from: copies, since the row's text dies with its write. */
typedef struct RunInfo {
    char id[40], nonce[65], owner_kind[32], owner_id[64];
    Role role;
    int64_t n_inputs;
    bool stop_asked, has_ended;
} RunInfo;

/* How far a run has come. supervisor.c has the table of what may follow what. */
typedef enum RunState {
    RUN_PREPARING,       /* its folder, spec and hold are made or looked for */
    RUN_CALLING,         /* its hold is called, or looked for */
    RUN_LINKED,          /* its hold answers */
    RUN_ORPHANED,        /* its hold is gone: what its log shows is derived, up to an exit or a loss */
    RUN_ENDED_PREPARING, /* had ended before our start: a hold that may still wait for the bye is looked for */
    RUN_ENDED_CALLING,   /* that hold is called */
    RUN_OVER,            /* its end is stored, or the daemon leaves it; the link and the jobs are waited for */
    RUN_CLOSING,         /* out of the set; its timer closes */
    RUN_N
} RunState;

typedef enum DeriveState {
    DERIVE_IDLE,
    DERIVE_WANTED,  /* there is more to read; the next pump begins */
    DERIVE_RUNNING, /* a job reads */
    DERIVE_AGAIN,   /* a job reads, and more has come meanwhile */
    DERIVE_FAILED   /* the retry begins the next one, not the output */
} DeriveState;

typedef enum InputState {
    INPUT_IDLE,
    INPUT_LOADING, /* a job reads the row `loading` */
    INPUT_SENDING  /* the hold's answer is waited for */
} InputState;

/* One living launch. Freed when it is over, its link is closed and no job is under way. */
typedef struct Run {
    Launches *ls;
    const LaunchOwner *owner;
    char id[40], nonce[65], owner_id[64];
    Role role;
    int dirfd;      /* streams/<id>, -1 before it was prepared */
    HoldLink *link; /* NULL while down */
    Timer retry;
    int64_t hold_pid;   /* 0 until known */
    int64_t spawned_us; /* when we started its hold; 0 = it was there already */
    LaunchFacts facts;
    int64_t n_inputs, n_acked; /* stored; accepted by the hold */
    int64_t loading;           /* the number of the input that a job reads */
    RunState state;
    DeriveState derive;
    InputState input;
    bool is_reporting; /* a job stores `reported_flags` */
    bool is_stop_due;  /* asked for, and not yet said to the hold */
    LaunchStopHow stop_how;
    Buf exit_body; /* of the exit, as its hold reported it: set once, then read by the derive job */
    uint64_t exit_at;
    uint32_t reported_flags;
    void *live; /* the owner's derivation; touched by the derive job while is_deriving */
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
    int64_t spawned_us;
} Job;

static inline bool run_is_over(const Run *r) { return r->state == RUN_OVER || r->state == RUN_CLOSING; }
/* The store has its end already. */
static inline bool run_has_ended(const Run *r) {
    return r->state == RUN_ENDED_PREPARING || r->state == RUN_ENDED_CALLING || run_is_over(r);
}
static inline bool run_is_deriving(const Run *r) { return r->derive == DERIVE_RUNNING || r->derive == DERIVE_AGAIN; }

void run_start(Launches *ls, const RunInfo *info);
void run_add_input(Run *r, int64_t n);
void run_stop(Run *r, LaunchStopHow how);
void run_leave(Run *r);               /* the daemon stops: the launch goes on without it */
void launches_run_gone(Launches *ls); /* a link or run is gone: is the set stopped now? */
/* Its end is in the store: whoever waits for it goes on. */
void launches_notify_ended(Launches *ls, const char *launch_id);
