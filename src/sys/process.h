/* Child programs: the only place that execs (the hold's own is the exception). Worker threads.
 *
 * The child gets exactly argv and envp, an own session, default signals, and no descriptor but 0, 1, 2. At the
 * deadline its group gets SIGTERM (git removes its lock files then) and a second later SIGKILL, and so does whatever
 * else descends from it, in groups of its own too. Waiting is by
 * pidfd, so that no SIGCHLD handler is needed. The first run makes the process ignore SIGPIPE.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

typedef struct ProcessSpec {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in the PATH of envp */
    const char *const *envp; /* NULL-terminated */
    const char *cwd;         /* NULL = "/" */
    int cwd_fd;              /* > 0: used instead of cwd */
    Str input;               /* written to stdin, then closed */
    int64_t timeout_ms;      /* > 0 */
    size_t output_max;       /* bytes of stdout; more ends the child with ERR_TOO_LARGE */
    const char *title;       /* what errors call it; NULL = argv[0] */
    /* Asked after 1, 4, 16, … seconds, on the thread that waits: true ends the child with ERR_CONFLICT, and the asked
     * one knows why. NULL = nobody is asked. */
    bool (*is_stuck)(void *arg);
    void *stuck_arg;
} ProcessSpec;

typedef struct ProcessResult {
    int exit_code; /* -1 when ended by a signal */
    int signal;
    Buf out; /* owned */
    Buf err; /* owned; the last 64 KiB */
} ProcessResult;

void process_result_done(ProcessResult *r); /* CLEANUP hook */
/* Runs to the end. A non-zero exit is not an Err. ERR_NOT_FOUND: no such program; ERR_TIMEOUT, which names the program
 * that the child was waiting for; ERR_TOO_LARGE; ERR_CONFLICT: it was stuck. */
int process_run(const ProcessSpec *s, ProcessResult *ret, Err *e);
/* Starts and forgets: stdin, stdout and stderr are /dev/null (or `log_fd` > 0 for stderr); the child is reaped
 * by process_reap. For holds. */
int process_spawn_detached(const ProcessSpec *s, int log_fd, int64_t *ret_pid, Err *e);
/* Collects detached children that have ended; returns how many. Each spawn does it too. Any thread. */
int process_reap(void);
/* Absolute path of a program on PATH (NULL: there is none); a name with a slash is a path already. */
bool process_find_program(Str name, const char *path_env, char *out, size_t out_size);
typedef struct ProcessLook {
    int64_t parent;
    uint64_t start; /* clock ticks since boot */
    char state;     /* as proc(5) writes it: Z is a zombie */
    char name[16];  /* of its program's file, cut at 15 bytes */
} ProcessLook;

/* What /proc/PID/stat says; false when the process is gone. */
bool process_look(int64_t pid, ProcessLook *ret);
/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat), 0 when gone. */
uint64_t process_start_time(int64_t pid);
/* Parent of a process, 0 when gone. */
int64_t process_parent(int64_t pid);
