/* The descendants of a child: a hook can leave its group and its session, but not its ancestry. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/process_in.h"
#include "sys/process_list.h"

enum { LOOKED_MAX = 1 << 20 };

void process_tree_find(ProcessTree *t, int64_t root) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ProcessList all, own;
    process_list(LOOKED_MAX, a, &all);
    process_below(&all, root, PROCESS_TREE_MAX + 1, a, &own);
    t->n = 0;
    for (size_t i = 0; i < own.n && t->n < PROCESS_TREE_MAX; i++)
        if (own.items[i].pid != root) t->members[t->n++] = (ProcessMember){own.items[i].pid, own.items[i].look.start};
}

/* The pidfd ensures that the pid still names the same process when the signal is sent. */
void process_tree_kill(const ProcessTree *t, int signal) {
    for (size_t i = 0; i < t->n; i++) {
        const ProcessMember *m = &t->members[i];
        CLEANUP(fd_closep) int fd = (int)syscall(SYS_pidfd_open, (pid_t)m->pid, 0);
        if (fd >= 0 && m->started && process_start_time(m->pid) == m->started)
            syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
    }
}

static Str read_command(int64_t pid, char *out, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/cmdline", (long long)pid);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, out, size);
    Str text = str_n(out, n > 0 ? (size_t)n : 0);
    while (text.n && !text.p[text.n - 1]) text.n--;
    return text;
}

bool process_tree_command(const ProcessTree *t, Str except, char *out, size_t size) {
    for (size_t i = 0; i < t->n; i++) {
        Str rest = read_command(t->members[i].pid, out, size - 1), program, text = rest;
        if (!str_split(&rest, '\0', &program) || str_eq(path_last(program), except)) continue;
        for (size_t k = 0; k < text.n; k++)
            if (!out[k]) out[k] = ' ';
        out[text.n] = 0;
        return text.n > 0;
    }
    return false;
}
