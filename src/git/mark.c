#include "git/mark.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"

enum { PROC_BYTES = 8 << 20 };
#define VARIABLE "MUSTER_ACT"

void git_mark(Git *g, Str act) { git_add_env(g, GIT_ARGS(arena_fmt(g->arena, VARIABLE "=" STR_FMT, STR_ARG(act)).p)); }

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

/* Hooks and signing programs inherit the environment too, and what they leave running, such as an agent with keys, may never
 * end. git may be a script, and a program of another name that keeps git's in its arguments. */
static bool is_git(const char *pid, Str program) {
    CLEANUP(buf_done) Buf name;
    size_t at = 0;
    if (read_proc(pid, "comm", &name) && str_is(str_trim(buf_str(&name)), "git")) return true;
    for (size_t i = 0; i < program.n; i++)
        if (program.p[i] == '/') at = i + 1;
    return str_is(str_from(program, at), "git");
}

/* git's own background programs outlive the call that started them. */
static bool is_background(Str command) {
    static const char *const commands[] = {"gc", "maintenance", "fsmonitor--daemon"};
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (str_is(command, commands[i])) return true;
    return false;
}

static bool is_awaited(const char *pid) {
    CLEANUP(buf_done) Buf line;
    Str rest, program, command = {0};
    if (!read_proc(pid, "cmdline", &line)) return false;
    rest = buf_str(&line);
    if (!str_split(&rest, '\0', &program)) return false;
    (void)str_split(&rest, '\0', &command);
    return is_git(pid, program) && !is_background(command);
}

/* process_run makes the git that it starts the leader of a session. */
int64_t git_marked_find(Str act) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    Str wanted = arena_fmt(a, VARIABLE "=" STR_FMT, STR_ARG(act));
    for (struct dirent *p; d && (p = readdir(d));) {
        int64_t pid;
        if (!str_parse_i64(str(p->d_name), 1, INT32_MAX, &pid) || getsid((pid_t)pid) != (pid_t)pid) continue;
        if (has_mark(p->d_name, wanted) && is_awaited(p->d_name)) return pid;
    }
    return 0;
}

static bool is_beneath(Str path, const StrList *folders) {
    for (size_t i = 0; i < folders->n; i++)
        if (path_is_beneath(path, folders->items[i])) return true;
    return false;
}

/* A path of the process, from its folder on; "" is that folder. */
static bool leads_into(const char *pid, Str path, const StrList *folders) {
    char from[2 * PATH_MAX], *real;
    bool is_absolute = path.n && path.p[0] == '/';
    int n = is_absolute ? snprintf(from, sizeof from, STR_FMT, STR_ARG(path))
                        : snprintf(from, sizeof from, "/proc/%.20s/cwd/" STR_FMT, pid, STR_ARG(path));
    if (n >= (int)sizeof from || file_real_path(from, &real, &(Err){0}) < 0) return false;
    bool is = is_beneath(str(real), folders);
    free(real);
    return is;
}

/* `name` has the "=". */
static bool names_folder(const char *pid, Str entries, const char *name, const StrList *folders) {
    Str one;
    while (entries.n && str_split(&entries, '\0', &one))
        if (str_starts(one, str(name)) && leads_into(pid, str_from(one, strlen(name)), folders)) return true;
    return false;
}

/* Where it runs, or the repository that its environment or its arguments name. */
static bool is_in(const char *pid, const StrList *folders) {
    CLEANUP(buf_done) Buf env, args;
    bool has_env = read_proc(pid, "environ", &env), has_args = read_proc(pid, "cmdline", &args);
    return leads_into(pid, STR(""), folders) || (has_env && names_folder(pid, buf_str(&env), "GIT_DIR=", folders)) ||
           (has_args && names_folder(pid, buf_str(&args), "--git-dir=", folders));
}

int64_t git_working_in(const StrList *folders) {
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    for (struct dirent *p; d && (p = readdir(d));) {
        int64_t pid;
        if (!str_parse_i64(str(p->d_name), 1, INT32_MAX, &pid) || !is_awaited(p->d_name)) continue;
        if (is_in(p->d_name, folders) && !has_mark(p->d_name, STR(GIT_LOOKS "=1"))) return pid;
    }
    return 0;
}
