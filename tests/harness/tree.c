#include "tree.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Proc {
    pid_t pid, parent;
    char state;
} Proc;

typedef struct ProcList {
    Proc *procs;
    size_t n, cap;
} ProcList;

/* proc(5): "pid (comm) state ppid"; the name may contain anything, so the last parenthesis counts. */
static bool read_proc(const char *pid_name, Proc *ret) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%s/stat", pid_name);
    FILE *f = fopen(path, "re");
    if (!f) return false;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    const char *after = strrchr(text, ')');
    int parent;
    if (!after || sscanf(after + 1, " %c %d", &ret->state, &parent) != 2) return false;
    ret->pid = (pid_t)strtol(pid_name, NULL, 10);
    ret->parent = parent;
    return true;
}

static ProcList read_all(void) {
    ProcList l = {0};
    DIR *d = opendir("/proc");
    if (!d) return l;
    for (struct dirent *entry; (entry = readdir(d));) {
        Proc p;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !read_proc(entry->d_name, &p)) continue;
        if (l.n == l.cap) {
            l.cap = l.cap ? l.cap * 2 : 256;
            l.procs = realloc(l.procs, l.cap * sizeof *l.procs);
            if (!l.procs) abort();
        }
        l.procs[l.n++] = p;
    }
    closedir(d);
    return l;
}

static bool holds(const PidList *l, pid_t pid) {
    for (size_t i = 0; i < l->n; i++)
        if (l->pids[i] == pid) return true;
    return false;
}

/* Adds the children of the processes in the list (and of `root`) that are not in it yet; false if there were none. */
static bool add_generation(const ProcList *all, pid_t root, PidList *l) {
    size_t before = l->n;
    for (size_t i = 0; i < all->n; i++) {
        const Proc *p = &all->procs[i];
        if (p->parent != root && !holds(l, p->parent)) continue;
        if (!holds(l, p->pid)) l->pids[l->n++] = p->pid;
    }
    return l->n > before;
}

static void drop_zombies(const ProcList *all, PidList *l) {
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < all->n; k++)
            if (all->procs[k].pid == l->pids[i] && all->procs[k].state != 'Z') l->pids[n++] = l->pids[i];
    l->n = n;
}

PidList tree_below(pid_t root) {
    ProcList all = read_all();
    PidList l = {.pids = calloc(all.n + 1, sizeof(pid_t))};
    if (!l.pids) abort();
    while (add_generation(&all, root, &l)) continue;
    drop_zombies(&all, &l);
    free(all.procs);
    return l;
}

void pids_done(PidList *l) {
    free(l->pids);
    *l = (PidList){0};
}

static void describe_command(pid_t pid, FILE *out) {
    char path[64], text[300];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    for (size_t i = 0; i + 1 < n; i++)
        if (!text[i]) text[i] = ' ';
    text[n] = 0;
    fputs(n ? text : "(its command line is gone)", out);
}

/* The listening line of a socket's inode in one of proc(5)'s tables, as its local address or path. */
static void describe_listener(pid_t pid, const char *table, unsigned long inode, FILE *out) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/net/%s", (int)pid, table);
    bool is_unix = strcmp(table, "unix") == 0;
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f)) {
        char local[128] = "", name[256] = "";
        unsigned state = 0, flags = 0;
        unsigned long found = 0;
        if (is_unix) {
            sscanf(line, "%*s %*s %*s %x %*s %*s %lu %255s", &flags, &found, name);
            if (found == inode && (flags & 0x10000)) fprintf(out, ", listens on %s", name); /* __SO_ACCEPTCON */
        } else {
            sscanf(line, " %*d: %127s %*s %x %*s %*s %*s %*s %*s %lu", local, &state, &found);
            if (found == inode && state == 10) fprintf(out, ", listens on %s %s", table, local); /* TCP_LISTEN */
        }
    }
    if (f) fclose(f);
}

static void describe_sockets(pid_t pid, FILE *out) {
    static const char *const tables[] = {"tcp", "tcp6", "unix"};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *d = opendir(path);
    for (struct dirent *entry; d && (entry = readdir(d));) {
        char target[128] = "";
        unsigned long inode;
        if (readlinkat(dirfd(d), entry->d_name, target, sizeof target - 1) < 0) continue;
        if (sscanf(target, "socket:[%lu]", &inode) != 1) continue;
        for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) describe_listener(pid, tables[i], inode, out);
    }
    if (d) closedir(d);
}

void tree_describe(pid_t pid, FILE *out) {
    fprintf(out, "muster-reap: left behind: process %d: ", (int)pid);
    describe_command(pid, out);
    describe_sockets(pid, out);
    fputc('\n', out);
}
