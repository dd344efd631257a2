/* Child programs: the only place that calls exec (except for the hold's own). Worker threads.
 *
 * The child gets exactly argv and envp, a new session, default signals, and only descriptors 0, 1 and 2 (one that may
 * outlive us also 3 and 4). At the
 * deadline its group gets SIGTERM (git then removes its lock files) and a second later SIGKILL, and so do its other
 * descendants, whatever their groups. One that does not end even then, because it waits for a disk that does not answer, is
 * left alone after a few seconds and reaped when it ends. It is awaited through a pidfd, so that no SIGCHLD handler is needed. The first
 * run makes the process ignore SIGPIPE.
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
    const char *title;       /* its name in errors; NULL = argv[0] */
    /* If this process dies meanwhile, the child goes on as if nothing had happened: its input is a file in memory, and it
     * holds the read ends of its own outputs, so that writing to them does not end it. */
    bool may_outlive_us;
    /* Called after 1, 4, 16, … seconds on the waiting thread: true ends the child with ERR_CONFLICT, for which the
     * callback knows the reason. NULL = never called. */
    bool (*is_stuck)(void *arg);
    void *stuck_arg;
    int cancel_fd; /* > 0: once it can be read, the child is ended with ERR_CONFLICT; borrowed */
    /* What it writes to stderr, in pieces, on the waiting thread; and {NULL,0} once after a second without one. NULL = never. */
    void (*on_err)(void *arg, Str piece);
    void *on_err_arg;
    int64_t silence_ms; /* > 0: a child that writes nothing for so long is ended with ERR_TIMEOUT */
} ProcessSpec;

typedef struct ProcessResult {
    int exit_code; /* -1 if a signal ended it */
    int signal;
    Buf out; /* owned */
    Buf err; /* owned; the last 64 KiB */
} ProcessResult;

void process_result_done(ProcessResult *r); /* CLEANUP hook */
/* Runs the child to its end. A non-zero exit is not an Err. ERR_NOT_FOUND: no such program; ERR_TIMEOUT names the
 * program that the child was waiting for; ERR_TOO_LARGE; ERR_CONFLICT: it was stuck, or
 * cancelled. */
int process_run(const ProcessSpec *s, ProcessResult *ret, Err *e);
/* Starts a detached child, for holds: stdin, stdout and stderr are /dev/null (or `log_fd` > 0 for stderr); process_reap
 * reaps it. */
int process_spawn_detached(const ProcessSpec *s, int log_fd, int64_t *ret_pid, Err *e);
/* Reaps detached children, and those that were left alone, that have ended; returns their number. Each spawn calls it too. Any thread. */
int process_reap(void);
/* Absolute path of a program on PATH (NULL: not found); a name with a slash is a path already. */
bool process_find_program(Str name, const char *path_env, char *out, size_t out_size);
/* The file that a search for the program meets and that only lacks the permission to be executed; false: none. */
bool process_find_not_executable(Str name, const char *path_env, char *out, size_t out_size);
/* If the program is a script (an absolute path) whose interpreter does not exist, the interpreter's path. */
bool process_missing_interpreter(const char *program, char *out, size_t out_size);
/* The first word of the line that `PROGRAM --version` prints which is a version ("1.2", "v1.2"); at most 64 bytes; "" if
 * there is none or it fails. False: it took longer. */
enum { PROCESS_VERSION_SIZE = 65 };
bool process_version(const char *program, int64_t timeout_ms, char out[PROCESS_VERSION_SIZE]);
typedef struct ProcessLook {
    int64_t parent;
    uint64_t start;    /* clock ticks since boot */
    int64_t cpu_ms;    /* used in all, in user and kernel mode */
    int64_t rss_bytes; /* resident memory; 0 of a zombie */
    char state;        /* as in proc(5): Z is a zombie */
    char name[16];     /* of its program's file, cut at 15 bytes */
} ProcessLook;

/* The content of /proc/PID/stat; false if the process is gone. */
bool process_look(int64_t pid, ProcessLook *ret);
/* Another process whose working folder, root, program or open file is in the folder (a canonical path), or has it open; its
 * name goes to `name`. 0: none. Processes of other users cannot be looked into. */
int64_t process_in_folder(const char *folder, char name[16]);
/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat), 0 if it is gone. */
uint64_t process_start_time(int64_t pid);
/* Parent of a process, 0 if the process is gone. */
int64_t process_parent(int64_t pid);
