/* Checks of the machine: what the kernel allows, and how much of it is used. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "doctor/doctor_in.h"
#include "script/port.h"
#include "sys/file.h"
#include "sys/self_figures.h"

enum {
    PORT_FIRST = WORKTREE_PORT_FIRST,
    PORT_LAST = WORKTREE_PORT_LAST + WORKTREE_PORTS - 1,
    PROCESSES_FEW = 500,
    FILES_FEW = 4096,
    WATCHES_LOOKED_AT = 4000 /* descriptors of other processes */
};

static const char *amount(Check *c, rlim_t n) {
    return n == RLIM_INFINITY ? "unlimited" : arena_fmt(c->arena, "%lld", (long long)n).p;
}

void check_limits(Check *c) {
    struct rlimit processes = {0}, size = {0};
    getrlimit(RLIMIT_NPROC, &processes);
    getrlimit(RLIMIT_FSIZE, &size);
    bool is_few = processes.rlim_cur < PROCESSES_FEW, is_cut = size.rlim_cur != RLIM_INFINITY;
    check_say(c, is_few || is_cut ? DOCTOR_WARNING : DOCTOR_OK, "limits",
              "processes of this user: %s; size of a file: %s", amount(c, processes.rlim_cur),
              amount(c, size.rlim_cur));
    if (is_few || is_cut) check_advise(c, "raise it where the daemon is started, with `ulimit` or in limits.conf(5)");
}

void check_files(Check *c) {
    struct rlimit files = {0};
    SelfFigures own;
    getrlimit(RLIMIT_NOFILE, &files);
    self_figures(&own);
    bool is_few = files.rlim_max < FILES_FEW;
    bool is_full = own.open_files > 0 && (rlim_t)own.open_files > files.rlim_cur / 10 * 8;
    check_say(c, is_few || is_full ? DOCTOR_WARNING : DOCTOR_OK, "open files", "%lld of %s are open; at most %s",
              (long long)own.open_files, amount(c, files.rlim_cur), amount(c, files.rlim_max));
    if (is_few || is_full) check_advise(c, "raise the hard limit of open files to %d or more", FILES_FEW);
}

/* --- inotify --- */

static int64_t count_lines(Check *c, const char *path) {
    CLEANUP(buf_done) Buf b;
    int64_t n = 0;
    Str text, line;
    (void)c;
    buf_init(&b, 64 << 20);
    if (file_read(AT_FDCWD, path, &b, NULL) < 0) return 0;
    for (text = buf_str(&b); str_split(&text, '\n', &line);) n += str_starts(line, STR("inotify "));
    return n;
}

/* Of a process of this user: the watches are listed in fdinfo (proc(5)). */
static int64_t count_watches(Check *c, const char *pid, int *n_left) {
    char folder[64], path[128], link[32];
    int64_t n = 0;
    snprintf(folder, sizeof folder, "/proc/%.20s/fd", pid);
    CLEANUP(dir_closep) DIR *d = opendir(folder);
    for (struct dirent *f; d && *n_left > 0 && (f = readdir(d));) {
        ssize_t len = readlinkat(dirfd(d), f->d_name, link, sizeof link);
        if (len <= 0 || !str_eq(str_n(link, (size_t)len), STR("anon_inode:inotify"))) continue;
        snprintf(path, sizeof path, "/proc/%.20s/fdinfo/%.20s", pid, f->d_name);
        n += count_lines(c, path);
        --*n_left;
    }
    return n;
}

void check_watches(Check *c) {
    int64_t most = check_read_i64(c, "/proc/sys/fs/inotify/max_user_watches"), used = 0;
    int64_t instances = check_read_i64(c, "/proc/sys/fs/inotify/max_user_instances");
    int n_left = WATCHES_LOOKED_AT;
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    for (struct dirent *p; d && (p = readdir(d)) && clock_mono_us() < c->until_us - 1000000;)
        if (p->d_name[0] >= '1' && p->d_name[0] <= '9') used += count_watches(c, p->d_name, &n_left);
    if (most < 0) {
        check_say(c, DOCTOR_SKIPPED, "file watches", "the kernel does not say how many are allowed");
        return;
    }
    bool is_full = used > most / 10 * 9;
    check_say(c, is_full ? DOCTOR_WARNING : DOCTOR_OK, "file watches",
              "%lld of %lld are used by this user; %lld instances are allowed", (long long)used, (long long)most,
              (long long)instances);
    if (is_full) check_advise(c, "run `sysctl fs.inotify.max_user_watches=%lld` as root", (long long)most * 4);
}

/* --- time --- */

void check_clock(Check *c) {
    char now[TIME_TEXT_MAX];
    struct stat st;
    struct timex state = {0};
    bool is_unsynced = adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC);
    time_print(clock_now_us(), now);
    if (stat(arena_fmt(c->arena, "%s/muster.db", c->place->home).p, &st) == 0 && st.st_mtime > time(NULL) + 60) {
        check_say(c, DOCTOR_WARNING, "clock", "%s, which is before the last change of the store: it was set back", now);
        check_advise(c, "set the clock; times of what happens now stand before those of what happened");
        return;
    }
    check_say(c, DOCTOR_OK, "clock", "%s%s", now, is_unsynced ? "; no time service keeps it" : "");
}

/* --- ports and terminals --- */

void check_ports(Check *c) {
    Str range = check_read(c, "/proc/sys/net/ipv4/ip_local_port_range"), word;
    int64_t first = 0;
    if (str_split(&range, '\t', &word)) (void)str_parse_i64(str_trim(word), 1, 65535, &first);
    if (!first || first > PORT_LAST) {
        check_say(c, DOCTOR_OK, "ports", "worktrees get theirs from %d to %d", PORT_FIRST, PORT_LAST);
        return;
    }
    check_say(c, DOCTOR_WARNING, "ports",
              "worktrees get ports from %d to %d, and the kernel gives those from %lld on to outgoing connections: a "
              "server may find its port taken",
              PORT_FIRST, PORT_LAST, (long long)first);
    check_advise(c, "begin net.ipv4.ip_local_port_range above %d", PORT_LAST);
}

void check_terminal(Check *c) {
    int64_t most = check_read_i64(c, "/proc/sys/kernel/pty/max"), used = check_read_i64(c, "/proc/sys/kernel/pty/nr");
    CLEANUP(fd_closep) int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        check_say(c, DOCTOR_ERROR, "terminals",
                  "/dev/ptmx cannot be opened: no terminal and no terminal agent can start");
        check_advise(c, "mount devpts at /dev/pts, and give this user access to /dev/ptmx");
        return;
    }
    bool is_full = most > 0 && used > most / 10 * 9;
    check_say(c, is_full ? DOCTOR_WARNING : DOCTOR_OK, "terminals", "%lld of %lld are used", (long long)used,
              (long long)most);
    if (is_full) check_advise(c, "run `sysctl kernel.pty.max=%lld` as root", (long long)most * 4);
}
