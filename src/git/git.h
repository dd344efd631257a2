/* git as a program: one handle per request, two ways to call it.
 *
 * git_quiet is for everything that no person requested (open, list, status, diff, trash): its environment is HOME,
 * XDG_CONFIG_HOME, PATH and overrides, so that no program named by the repository's configuration can run, and no
 * lock, fetch or prompt happens. git_user is for a person's own actions (create a worktree, switch), with their
 * configuration, hooks and credentials.
 * A handle belongs to one request: it lists the configured drivers once and keeps its environments in the arena.
 * Blocking: worker threads only. Answers are in the handle's arena.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

typedef struct Arena Arena;

typedef struct Git {
    Arena *arena;                 /* borrowed */
    const char *dir;              /* absolute; git's working folder */
    const char *const *quiet_env; /* NULL-terminated */
    const char *const *user_env;
    int cancel_fd;    /* > 0: once it can be read, the call ends with ERR_CONFLICT; borrowed */
    bool has_filters; /* some filter.<name> is configured: the state of some files depends on it */
} Git;

/* One call: the arguments after "git", ended by NULL. Zero means the default. */
typedef struct GitCall {
    const char *const *args;
    const char *const *more_env; /* NULL-terminated; each replaces a variable of the same name */
    Str input;
    int64_t timeout_ms; /* 30 s quiet, 10 min user */
    size_t output_max;  /* 16 MiB */
    bool any_exit;      /* a non-zero exit is an answer, not an error */
    bool takes_index;   /* of git_user: it locks the worktree's index */
    bool ends_with_us;  /* of git_user: what it makes is thrown away unless this process sees its end */
    /* As ProcessSpec has them: its messages while it runs, and how long it may write nothing. */
    void (*on_err)(void *arg, Str piece);
    void *on_err_arg;
    int64_t silence_ms;
} GitCall;

typedef struct GitOut {
    Str out, err;      /* NUL-terminated in the arena */
    int exit_code;     /* 0 unless any_exit; -1 = ended by a signal */
    int signal;        /* that one; otherwise 0 */
    bool is_disk_full; /* it failed, and the disk of its folder is full */
    Str hook;          /* of git_user: the last hook that failed, "pre-commit"; {NULL,0}: none */
    int hook_exit;
} GitOut;

#define GIT_ARGS(...) \
    (const char *const[]) { __VA_ARGS__, NULL }

/* Lists the drivers that the configuration names and builds both environments. ERR_NOT_FOUND: no such folder, or no
 * git. ERR_TIMEOUT: the folder's disk does not answer. ERR_GIT: the configuration cannot be read. */
int git_open(Arena *a, const char *dir, Git **ret, Err *e);

/* The same handle in another folder and with more variables ("NAME=value", borrowed) in its quiet environment; each
 * replaces one of the same name. */
const Git *git_with(const Git *g, const char *dir, const char *const *more);
/* Adds variables to the environment of the person's calls and of the quiet ones. */
void git_add_env(Git *g, const char *const *more);

/* ERR_GIT with git's own reason if it fails, ERR_DISK_FULL if that is one; ERR_TIMEOUT names the hook or filter that git was waiting for;
 * ERR_CONFLICT: git waits for a named pipe in place of a file; ERR_TOO_LARGE: more output than output_max, none of
 * which is returned. */
int git_quiet(const Git *g, const GitCall *c, GitOut *ret, Err *e);
/* As git_quiet with the person's environment. A call that takes the index first waits, at most 2 s, until no other git has
 * it locked; then ERR_CONFLICT reports the lock's age and whether a living process has it open. A call runs once: one that
 * failed may have done a part. */
int git_user(const Git *g, const GitCall *c, GitOut *ret, Err *e);

/* Of the disk that has this folder: git does not say why it could not write a ref, a lock or an index. */
bool git_is_disk_full(const char *folder);
/* The error of a failed call: `doing`, the last message of a filter or hook, and git's own first sentence. */
__attribute__((warn_unused_result)) int git_failed(const GitOut *o, const char *doing, Err *e);
