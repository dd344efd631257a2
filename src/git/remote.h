/* Remotes: fetching and pushing as the person, with their credentials; nobody is asked for any. Explicit refs only.
 * Blocking; worker threads. */
#pragma once

#include "base/shape.h"
#include "git/git.h"

#define GIT_REMOTE_BRANCH(F, S)                                                   \
    F(S, STR, remote, .max_bytes = 255, .doc = "Name of the remote")              \
    F(S, STR, branch, .max_bytes = 1024, .doc = "Short name of the branch there") \
    F(S, STR, id, .opt = 1, .max_bytes = 64, .doc = "The commit that it had there when last fetched or pushed")
SHAPE(GitRemoteBranch, GIT_REMOTE_BRANCH);

/* The value of a configuration variable, {NULL,0} if it has none. */
int git_config_find(const Git *g, Str key, Str *ret, Err *e);

/* Where a local branch (short name) goes: its upstream, else a branch of the same name on `remote`, on origin, or on the only
 * remote. `remote` {NULL,0}: not chosen. ERR_NOT_FOUND: no such remote; ERR_CONFLICT: none, or several. */
int git_remote_of(const Git *g, Str branch, Str remote, GitRemoteBranch *ret, Err *e);

/* `wanted`, which must exist; else ({NULL,0}) the only remote, or origin if there are several. Errors as git_remote_of. */
int git_remote_choose(const Git *g, Str wanted, Str *ret, Err *e);
/* Where it fetches from, as git would use it (url.<base>.insteadOf applied). */
int git_remote_url(const Git *g, Str remote, Str *ret, Err *e);

/* The remote branches that have a commit, as last fetched or pushed: up to five names with commas between; none: empty. */
int git_remotes_with(const Git *g, Str commit, Str *ret, Err *e);

/* Fetches the remote's branches. */
int git_fetch(const Git *g, Str remote, bool prune, Err *e);

typedef struct GitPushAsk {
    Str branch; /* short name of the local branch */
    const GitRemoteBranch *to;
    Str expected; /* {NULL,0}: never forces; else replaces the remote branch only if it has this commit */
    bool set_upstream;
} GitPushAsk;
/* ERR_CONFLICT: the remote has other commits, is a mirror while refs/muster exists, or wants credentials. */
int git_push(const Git *g, const GitPushAsk *ask, Err *e);
