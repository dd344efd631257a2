/* For tests: a store and an App without a network, and calls of operations by name with JSON, as a face makes them. */
#pragma once

#include "base/mem.h"
#include "workspace/workspace.h"

typedef struct Rig {
    App app;
    DbConn *conn;
    Arena *arena;
    const char *home, *dir; /* data folder; the one root of workspace.roots */
    Buf told;               /* envelopes of every committed event, a line each */
} Rig;

/* A data folder below test_dir() that is new, or the one given: the store of an earlier rig. */
Rig *rig_new(const char *home);
/* With a loop, a hub and pools, none of them running yet. */
Rig *rig_new_live(void);
void rig_free(Rig *r);
CLEANUP_HOOK(Rig, rig_free)

/* Runs the operation with input as JSON; its answer in the rig's arena. */
int rig_try(Rig *r, const char *op, Str json, Str *ret, Err *e);
/* Runs the operation; its answer as JSON, in the rig's arena. Fails the test on an error. */
Str rig_call(Rig *r, const char *op, const char *input_fmt, ...) __attribute__((format(printf, 3, 4)));
/* The call must fail; the error. */
Err rig_error(Rig *r, const char *op, const char *input_fmt, ...) __attribute__((format(printf, 3, 4)));
/* Text of a field of an answer, by a dotted path with indexes ("worktrees.0.id"); numbers and words as they stand. */
Str rig_text(Rig *r, Str json, const char *path);
/* Runs `recover` of the operation for every open intent, as a start does. How many failed; none may. */
int rig_try_recover(Rig *r);
void rig_recover(Rig *r);
/* Opens the repository at dir/<name> (made by fixture_repo); the workspace's id. */
Str rig_open(Rig *r, const char *name);
/* Id of the worktree of this name. */
Str rig_worktree(Rig *r, Str workspace, const char *name);
/* Is there an event of this kind whose envelope holds `what`? */
bool rig_emitted(const Rig *r, const char *kind, const char *what);
