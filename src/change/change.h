/* Change: the way from what was written in a worktree to the branch that it lands on.
 *
 * Diffs and comments on them, staging, commits, remotes, the merge in two stages, landing, and the radar of what conflicts.
 * git and the worktrees hold the state; rows hold only what git has no place for. Reading is quiet (git/git.h); what a
 * person does runs with their configuration, hooks and credentials, one writer at a time per repository, and fetches and
 * pushes one at a time per remote. Worker threads.
 */
#pragma once

#include "base/list.h"
#include "core/op.h"
#include "core/org.h"

typedef struct Git Git;

/* Creates App.changes. Start-up only. */
void change_register(App *app);
void change_done(App *app); /* after the pools have ended */
/* land_drive.c: the queues of landings that are open go on. After the recovery has begun. */
int landings_start(App *app, DbConn *db, Err *e);
void landings_stop(App *app); /* they stay open; any thread */
void landings_join(App *app); /* before the store is closed; not on the loop's thread while the loop runs */

extern const OrgOf change_orgs[];
extern const Op diff_ops[], stage_ops[], remote_ops[], merge_ops[], radar_ops[], comment_ops[], land_queue_ops[];

/* For other nouns whose acts land on a branch, wait for a remote, or run programs for a worktree. */

/* The subject of what waits for the network: it waits only for its like, not in the queue of the repository's other writes. */
int remote_subject(OpCall *c, const void *in, Str *ret, Err *e);
/* runs.c: the programs that work for a worktree now, so that a person can cancel them. */
typedef struct Run {
    ChangeRuns *all; /* NULL: not registered */
    Str worktree_id; /* borrowed, as the next */
    Str key;         /* of the call that runs it */
    int cancel_fd;   /* -1: none */
    List link;       /* ChangeRuns.runs */
} Run;
/* Registers the run and makes calls of `g` end when it is cancelled. The run must not move. */
int run_begin(OpCall *c, Run *r, Str worktree_id, Git *g, Err *e);
void run_end(Run *r); /* CLEANUP hook */
