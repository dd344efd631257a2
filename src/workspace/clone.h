/* Cloning a repository and opening it: what runs now, and what failed and has not been seen to. See clone.c. */
#pragma once

#include "core/op.h"
#include "git/clone.h"
#include "workspace/workspace.h"

enum { CLONES_AT_ONCE = 4, CLONES_LISTED = 100 };

#define CLONE_STATE_WORDS(W)        \
    W(CLONE_RUNNING, "running")     \
    W(CLONE_FAILED, "failed")       \
    W(CLONE_DONE, "done")           \
    W(CLONE_CANCELLED, "cancelled") \
    W(CLONE_DISMISSED, "dismissed")
ENUM_DECLARE(CloneState, CLONE_STATE_WORDS);

#define CLONE_REPOSITORY(F, S)                                                                                              \
    F(S, STR, url, .min = 1, .max_bytes = CLONE_URL_MAX, .example = "https://github.com/octocat/hello.git",                 \
      .doc = "Its address, of https or ssh (https://…, ssh://…, user@host:path), without a password or a token")            \
    F(S, STR, path, .opt = 1, .min = 1, .max_bytes = 4096, .is_path = 1,                                                    \
      .doc =                                                                                                                \
          "Its folder: a new one, or an empty one; default: named after the address, in the folder that list_clones names") \
    F(S, STR, name, .opt = 1, .min = 1, .max = 100, .is_name = 1, .doc = "Shown in lists; default: its folder's name")
SHAPE(CloneRepository, CLONE_REPOSITORY);

#define CLONE_REF(F, S) F(S, ID("cln"), clone_id, .from = FROM_PATH, .doc = "The clone")
SHAPE(CloneRef, CLONE_REF);

/* Also the payload of clone_changed on `overview/org_…`. */
#define CLONE(F, S)                                                                                             \
    F(S, ID("cln"), id, .doc = "The clone")                                                                     \
    F(S, STR, url, .max_bytes = CLONE_URL_MAX, .doc = "Where it comes from")                                    \
    F(S, STR, path, .max_bytes = 4096, .is_path = 1, .doc = "Its folder, which exists once it is complete")     \
    F(S, ENUM(CloneState), state, .doc = "Listed are those that run, and failed ones until they are dismissed") \
    F(S, ENUM(CloneStep), step, .doc = "What git does now, or did last")                                        \
    F(S, I64, done, .min = 0, .max = INT64_MAX, .doc = "Parts of the step that are done")                       \
    F(S, I64, total, .min = 0, .max = INT64_MAX, .doc = "Its parts in all, 0 = unknown")                        \
    F(S, STR, tail, .max_bytes = CLONE_TAIL_MAX, .doc = "The newest lines of git's messages, secrets masked")   \
    F(S, STR, error, .opt = 1, .max_bytes = 512, .doc = "Why it failed")                                        \
    F(S, ID("ws"), workspace_id, .opt = 1, .doc = "The workspace that was opened in it")                        \
    F(S, TIME, started_at, .doc = "When it began")                                                              \
    F(S, TIME, ended_at, .opt = 1, .doc = "When it ended")
SHAPE(Clone, CLONE);

#define CLONES(F, S)                                                       \
    F(S, LIST(Clone), clones, .max = CLONES_LISTED, .doc = "Newest first") \
    F(S, STR, folder, .max_bytes = 4096, .is_path = 1, .doc = "Where a repository is put if no path is given")
SHAPE(Clones, CLONES);

/* Makes App.clones, by which a clone that runs is found and ended. Start-up. */
void clones_register(App *app);
/* Ends all that run, and whatever begins later: the daemon stops. Any thread. */
void clones_stop(App *app);
void clones_done(App *app);

extern const Op clone_ops[];
