/* For tests: a store and an App without a network, and calls of operations by name with JSON, as a face makes them. */
#pragma once

#include "base/mem.h"
#include "workspace/workspace.h"

typedef struct Rig {
    App app;
    DbConn *conn;
    Arena *arena;
    const char *home, *dir; /* data folder; the one root of workspace.roots */
    bool is_remote;         /* calls come from another machine */
    Buf emitted;            /* the envelopes of all committed events, one per line */
} Rig;

/* What a noun above adds; its tests define it. */
typedef struct RigMore {
    const Op *ops;
    const Migration *migrations;
} RigMore;
extern const RigMore rig_more;

/* Uses a new data folder below test_dir(), or `home`, the data folder of an earlier rig. */
Rig *rig_new(const char *home);
/* With a loop, a hub and pools, none of which is running yet. */
Rig *rig_new_live(void);
void rig_free(Rig *r);
CLEANUP_HOOK(Rig, rig_free)

/* Runs the operation with JSON input; its answer is in the rig's arena. */
int rig_try(Rig *r, const char *op, Str json, Str *ret, Err *e);
/* Runs the operation and returns its answer as JSON, in the rig's arena. Fails the test on an error. */
Str rig_call(Rig *r, const char *op, const char *input_fmt, ...) __attribute__((format(printf, 3, 4)));
/* Returns the error of a call that must fail. */
Err rig_error(Rig *r, const char *op, const char *input_fmt, ...) __attribute__((format(printf, 3, 4)));
/* The text of a field of an answer, by a dotted path with indexes ("worktrees.0.id"); numbers and words unchanged. */
Str rig_text(Rig *r, Str json, const char *path);
/* Runs the operation's `recover` for every open intent, as a start does. rig_try_recover returns how many failed; for
 * rig_recover none may fail. */
int rig_try_recover(Rig *r);
void rig_recover(Rig *r);
/* Opens the repository at dir/<name> (created by fixture_repo) and returns the workspace's id. */
Str rig_open(Rig *r, const char *name);
/* The id of the worktree with this name. */
Str rig_worktree(Rig *r, Str workspace, const char *name);
/* True when there is an event of this kind whose envelope contains `what`. */
bool rig_emitted(const Rig *r, const char *kind, const char *what);
