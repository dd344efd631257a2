#include "sys/listener.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/file.h"

enum { TABLE_MAX = 16 << 20, STATE_LISTEN = 0x0A };

/* A line's words: number, local address:port, remote one, state, …; the inode is the tenth (all but it in hexadecimal). */
static bool line_listens(const char *line, int64_t port, unsigned long *ret_inode) {
    unsigned local = 0, state = 0;
    int n = sscanf(line, " %*d: %*64[0-9A-Fa-f]:%x %*64[0-9A-Fa-f]:%*x %x %*s %*s %*s %*s %*s %lu", &local, &state,
                   ret_inode);
    return n == 3 && state == STATE_LISTEN && (int64_t)local == port;
}

static bool find_in(const char *table, int64_t port, unsigned long *ret_inode) {
    CLEANUP(buf_done) Buf all;
    buf_init(&all, TABLE_MAX);
    if (file_read(AT_FDCWD, table, &all, NULL) < 0) return false;
    Str text = buf_str(&all), line;
    while (str_split(&text, '\n', &line)) {
        char one[512];
        snprintf(one, sizeof one, STR_FMT, STR_ARG(str_upto(line, sizeof one - 1)));
        if (line_listens(one, port, ret_inode)) return true;
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
