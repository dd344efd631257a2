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
    int64_t loading; /* the input that a job reads, 0 = none; the job reads it, so it stays until it is done */
    bool is_prepared, is_sending, is_deriving, wants_derive, is_telling;
    bool is_backing_off; /* a derivation failed: output does not begin the next one, the retry does */
    bool is_hold_gone, is_over, is_closing;
    bool is_farewell; /* the store has its end; only the bye to its hold is left to say */
    bool stop_wanted;
    LaunchStopHow stop_how;
    Buf exit_body; /* of the exit, as its hold reported it: set once, then read by the derive job */
    uint64_t exit_at;
    uint32_t told_flags;
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

void run_start(Launches *ls, const RunInfo *info);
void run_add_input(Run *r, int64_t n);
void run_stop(Run *r, LaunchStopHow how);
void run_leave(Run *r);               /* the daemon stops: the launch goes on without it */
void launches_run_gone(Launches *ls); /* a link or run is gone: is the set stopped now? */
/* Its end is in the store: whoever waits for it goes on. */
void launches_tell_ended(Launches *ls, const char *launch_id);
