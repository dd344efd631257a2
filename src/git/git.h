/* git as a program: one handle per request, two ways to call it.
 *
 * git_quiet is for everything that no person asked for (open, list, status, diff, trash): its environment is HOME,
 * XDG_CONFIG_HOME, PATH and overrides, so that no program that the repository's configuration names can run, and no
 * lock, fetch or prompt happens. git_user is for a person's own acts (create a worktree, switch): their
 * configuration, hooks and credentials.
 * A handle belongs to one request: it lists the configured drivers once and keeps its environments in the arena.
 * Blocking: worker threads only. Answers lie in the handle's arena.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

typedef struct Arena Arena;

typedef struct Git {
    Arena *arena;                 /* borrowed */
    const char *dir;              /* absolute; where git stands */
    const char *const *quiet_env; /* NULL-terminated */
    const char *const *user_env;
    bool has_filters; /* some filter.<name> is configured: only it could tell some files' state */
} Git;

/* One call: the arguments behind "git", ended by NULL. Zeroes take the defaults. */
typedef struct GitCall {
    const char *const *args;
    Str input;
    int64_t timeout_ms; /* 30 s quiet, 10 min user */
    size_t output_max;  /* 16 MiB */
    bool any_exit;      /* a non-zero exit is an answer, not an error */
} GitCall;

typedef struct GitOut {
    Str out, err;  /* NUL-terminated in the arena */
    int exit_code; /* 0 unless any_exit; -1 = ended by a signal */
} GitOut;

#define GIT_ARGS(...) \
    (const char *const[]) { __VA_ARGS__, NULL }

/* Reads which drivers the configuration names and builds both environments. ERR_NOT_FOUND: no such folder, or no
 * git. ERR_GIT: the configuration cannot be read. */
int git_open(Arena *a, const char *dir, Git **ret, Err *e);

/* ERR_GIT with git's own reason when it fails; ERR_TIMEOUT, which names the hook or filter that git waited for;
 * ERR_CONFLICT: it waits for a named pipe that stands in a file's place; ERR_TOO_LARGE: more output than output_max.
 * On ERR_TOO_LARGE nothing of the output is had. */
int git_quiet(const Git *g, const GitCall *c, GitOut *ret, Err *e);
/* As git_quiet with the person's environment. A held index.lock is waited for, at most 2 s; then ERR_CONFLICT names
 * the lock's age and whether a living process has it open. */
int git_user(const Git *g, const GitCall *c, GitOut *ret, Err *e);

/* The error of a call that ended badly: `doing`, what a filter or hook said last, and git's own first sentence. */
__attribute__((warn_unused_result)) int git_failed(const GitOut *o, const char *doing, Err *e);
