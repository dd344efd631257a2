/* The descendants of a child: a hook can leave its group and its session, but not its ancestry. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/vec.h"
#include "sys/file.h"
#include "sys/process_in.h"

typedef struct Kin {
    int64_t pid, parent;
} Kin;
typedef VEC(Kin) KinVec;

static void list_all(KinVec *ret) {
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    int64_t pid;
    for (struct dirent *en; d && (en = readdir(d));)
        if (str_parse_i64(str(en->d_name), 1, INT32_MAX, &pid)) vec_push(ret, ((Kin){pid, process_parent(pid)}));
}

void process_tree_find(ProcessTree *t, int64_t root) {
    KinVec all = {0};
    list_all(&all);
    t->n = 0;
    for (size_t next = 0;; next++) {
        int64_t parent = next ? t->members[next - 1].pid : root;
        for (size_t i = 0; i < all.n && t->n < PROCESS_TREE_MAX; i++)
            if (all.items[i].parent == parent)
                t->members[t->n++] = (ProcessMember){all.items[i].pid, process_start_time(all.items[i].pid)};
        if (next >= t->n) break;
    }
    vec_done(&all);
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
