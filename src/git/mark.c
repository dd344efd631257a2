#include "git/mark.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"

enum { PROC_BYTES = 8 << 20, STEP_MS = 50 };
#define VARIABLE "MUSTER_ACT"

void git_mark(Git *g, Str act) {
    git_add_user_env(g, GIT_ARGS(arena_fmt(g->arena, VARIABLE "=" STR_FMT, STR_ARG(act)).p));
}

static bool read_proc(const char *pid, const char *name, Buf *out) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/%s", pid, name);
    buf_init(out, PROC_BYTES);
    return file_read(AT_FDCWD, path, out, &(Err){0}) >= 0;
}

static bool has_mark(const char *pid, Str wanted) {
    CLEANUP(buf_done) Buf env;
    if (!read_proc(pid, "environ", &env)) return false;
    Str rest = buf_str(&env), one;
    while (rest.n && str_split(&rest, '\0', &one))
        if (str_eq(one, wanted)) return true;
    return false;
}

/* git's own background programs inherit the environment, and outlive the call that started them. */
static bool is_background(const char *pid) {
    static const char *const commands[] = {"gc", "maintenance", "fsmonitor--daemon"};
    CLEANUP(buf_done) Buf line;
    Str rest, word;
    if (!read_proc(pid, "cmdline", &line)) return true;
    rest = buf_str(&line);
    if (!str_split(&rest, '\0', &word) || !str_split(&rest, '\0', &word)) return false;
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (str_is(word, commands[i])) return true;
    return false;
}

/* process_run makes the git that it starts the leader of a session. */
int64_t git_marked_find(Str act) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    Str wanted = arena_fmt(a, VARIABLE "=" STR_FMT, STR_ARG(act));
    for (struct dirent *p; d && (p = readdir(d));) {
        int64_t pid;
        if (!str_parse_i64(str(p->d_name), 1, INT32_MAX, &pid) || getsid((pid_t)pid) != (pid_t)pid) continue;
        if (has_mark(p->d_name, wanted) && !is_background(p->d_name)) return pid;
    }
    return 0;
}

int64_t git_marked_wait(Str act, int64_t timeout_ms) {
    for (int64_t waited = 0;; waited += STEP_MS) {
        int64_t pid = git_marked_find(act);
        if (!pid || waited >= timeout_ms) return pid;
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
}
