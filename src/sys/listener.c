#include "sys/listener.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "sys/file.h"
#include "sys/process_in.h"

enum { TABLE_MAX = 16 << 20, STATE_LISTEN = 0x0A, SPACES_MAX = 8, SOCKETS_MAX = 4096, SPACE_SIZE = 64 };

/* One that listens. */
typedef struct Entry {
    int64_t port;
    unsigned long inode;
    char address[LISTENER_ADDRESS_SIZE];
} Entry;

/* The kernel prints each word of an address as the number that it is in memory. */
static void print_address(const char *hex, char out[LISTENER_ADDRESS_SIZE]) {
    uint32_t words[4] = {0};
    size_t n = strlen(hex) / 8;
    for (size_t i = 0; i < n && i < 4; i++) (void)sscanf(hex + 8 * i, "%8x", &words[i]);
    out[0] = 0;
    inet_ntop(n > 1 ? AF_INET6 : AF_INET, words, out, LISTENER_ADDRESS_SIZE);
}

/* A line's words: number, local address:port, remote one, state, …; the inode is the tenth (all but it in hexadecimal). */
static bool parse_line(Str line, Entry *ret) {
    char one[512], address[65];
    unsigned local = 0, state = 0;
    snprintf(one, sizeof one, STR_FMT, STR_ARG(str_upto(line, sizeof one - 1)));
    int n = sscanf(one, " %*d: %64[0-9A-Fa-f]:%x %*64[0-9A-Fa-f]:%*x %x %*s %*s %*s %*s %*s %lu", address, &local,
                   &state, &ret->inode);
    if (n != 4 || state != STATE_LISTEN) return false;
    ret->port = (int64_t)local;
    print_address(address, ret->address);
    return true;
}

static bool find_in(const char *table, int64_t port, unsigned long *ret_inode) {
    CLEANUP(buf_done) Buf all;
    Entry x;
    buf_init(&all, TABLE_MAX);
    if (file_read(AT_FDCWD, table, &all, NULL) < 0) return false;
    Str text = buf_str(&all), line;
    while (str_split(&text, '\n', &line)) {
        if (!parse_line(line, &x) || x.port != port) continue;
        *ret_inode = x.inode;
        return true;
    }
    return false;
}

/* Only one's own processes can be looked at. */
static bool has_socket(int64_t pid, unsigned long inode) {
    char path[64], want[64], link[64];
    snprintf(path, sizeof path, "/proc/%lld/fd", (long long)pid);
    snprintf(want, sizeof want, "socket:[%lu]", inode);
    CLEANUP(dir_closep) DIR *d = opendir(path);
    for (struct dirent *f; d && (f = readdir(d));) {
        ssize_t n = readlinkat(dirfd(d), f->d_name, link, sizeof link);
        if (n > 0 && str_eq(str_n(link, (size_t)n), str(want))) return true;
    }
    return false;
}

static void read_name(Listener *x) {
    char path[64];
    CLEANUP(buf_done) Buf b;
    buf_init(&b, sizeof x->name);
    snprintf(path, sizeof path, "/proc/%lld/comm", (long long)x->pid);
    if (file_read(AT_FDCWD, path, &b, NULL) < 0) return;
    Str name = str_trim(buf_str(&b));
    snprintf(x->name, sizeof x->name, STR_FMT, STR_ARG(str_upto(name, sizeof x->name - 1)));
}

static void find_owner(unsigned long inode, Listener *ret) {
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    for (struct dirent *p; d && (p = readdir(d));) {
        int64_t pid;
        if (!str_parse_i64(str(p->d_name), 1, INT32_MAX, &pid) || !has_socket(pid, inode)) continue;
        ret->pid = pid;
        read_name(ret);
        return;
    }
}

bool listener_find(int64_t port, Listener *ret) {
    unsigned long inode = 0;
    *ret = (Listener){0};
    if (!find_in("/proc/net/tcp", port, &inode) && !find_in("/proc/net/tcp6", port, &inode)) return false;
    find_owner(inode, ret);
    return true;
}

/* --- of a process and its descendants --- */

typedef struct Socket {
    unsigned long inode;
    int64_t pid;
    int space; /* index in Look.spaces */
} Socket;

typedef struct Look {
    char spaces[SPACES_MAX][SPACE_SIZE]; /* network namespaces, as their links name them */
    int64_t member[SPACES_MAX];          /* a process in each */
    int n_spaces;
    VEC(Socket) sockets;
    ListenerPort *ret;
    size_t n, max;
} Look;

static bool read_space(const char *pid, char out[SPACE_SIZE]) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
    ssize_t n = readlink(path, out, SPACE_SIZE - 1);
    if (n <= 0) return false;
    out[n] = 0;
    return true;
}

/* -1: it is gone, another user's, or in one namespace too many. */
static int space_of(Look *l, int64_t pid) {
    char name[24], space[SPACE_SIZE];
    snprintf(name, sizeof name, "%lld", (long long)pid);
    if (!read_space(name, space)) return -1;
    for (int i = 0; i < l->n_spaces; i++)
        if (strcmp(l->spaces[i], space) == 0) return i;
    if (l->n_spaces == SPACES_MAX) return -1;
    memcpy(l->spaces[l->n_spaces], space, sizeof space);
    l->member[l->n_spaces] = pid;
    return l->n_spaces++;
}

static void add_sockets(Look *l, int64_t pid) {
    char path[64], link[64];
    int space = space_of(l, pid);
    snprintf(path, sizeof path, "/proc/%lld/fd", (long long)pid);
    CLEANUP(dir_closep) DIR *d = space < 0 ? NULL : opendir(path);
    for (struct dirent *f; d && l->sockets.n < SOCKETS_MAX && (f = readdir(d));) {
        Socket s = {.pid = pid, .space = space};
        ssize_t n = readlinkat(dirfd(d), f->d_name, link, sizeof link - 1);
        link[n > 0 ? n : 0] = 0;
        if (sscanf(link, "socket:[%lu]", &s.inode) == 1) vec_push(&l->sockets, s);
    }
}

static const Socket *find_socket(const Look *l, int space, unsigned long inode) {
    for (size_t i = 0; i < l->sockets.n; i++)
        if (l->sockets.items[i].inode == inode && l->sockets.items[i].space == space) return &l->sockets.items[i];
    return NULL;
}

static void add_ports(Look *l, int space, const char *table) {
    CLEANUP(buf_done) Buf all;
    char path[64], ours[SPACE_SIZE] = "";
    snprintf(path, sizeof path, "/proc/%lld/net/%s", (long long)l->member[space], table);
    buf_init(&all, TABLE_MAX);
    if (file_read(AT_FDCWD, path, &all, NULL) < 0) return;
    (void)read_space("self", ours);
    Str text = buf_str(&all), line;
    Entry x;
    while (l->n < l->max && str_split(&text, '\n', &line)) {
        const Socket *s = parse_line(line, &x) ? find_socket(l, space, x.inode) : NULL;
        if (!s) continue;
        ListenerPort *p = &l->ret[l->n++];
        *p = (ListenerPort){
            .port = x.port, .who.pid = s->pid, .is_apart = ours[0] && strcmp(l->spaces[space], ours) != 0};
        memcpy(p->address, x.address, sizeof x.address);
        read_name(&p->who);
    }
}

static int by_port(const void *a, const void *b) {
    const ListenerPort *x = a, *y = b;
    return x->port != y->port ? (x->port > y->port) - (x->port < y->port) : strcmp(x->address, y->address);
}

size_t listener_find_beneath(int64_t root, ListenerPort *ret, size_t max) {
    CLEANUP(free_p) ProcessTree *tree = mu_new(ProcessTree);
    Look l = {.ret = ret, .max = max};
    process_tree_find(tree, root);
    for (size_t i = 0; i < tree->n; i++) add_sockets(&l, tree->members[i].pid);
    for (int i = 0; i < l.n_spaces && l.sockets.n; i++) {
        add_ports(&l, i, "tcp");
        add_ports(&l, i, "tcp6");
    }
    vec_done(&l.sockets);
    qsort(ret, l.n, sizeof *ret, by_port);
    return l.n;
}
