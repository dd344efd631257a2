#include "git/index_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "sys/fault.h"
#include "sys/file.h"

enum { MARK_BYTES = 8192 };

bool index_lock_find(Str git_err, Str *ret_path) {
    static const char head[] = "Unable to create '", tail[] = ".lock': File exists";
    size_t at, end;
    if (!str_find(git_err, str(head), &at)) return false;
    Str rest = str_from(git_err, at + sizeof head - 1);
    if (!str_find(rest, str(tail), &end)) return false;
    *ret_path = str_upto(rest, end + sizeof ".lock" - 1);
    return true;
}

/* Is one of the process's descriptors this file? */
static bool has_open(const char *pid, const struct stat *want) {
    char path[320];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    CLEANUP(dir_closep) DIR *d = opendir(path);
    if (!d) return false;
    for (struct dirent *f; (f = readdir(d));) {
        struct stat st;
        if (f->d_name[0] != '.' && fstatat(dirfd(d), f->d_name, &st, 0) == 0 && st.st_ino == want->st_ino &&
            st.st_dev == want->st_dev)
            return true;
    }
    return false;
}

static int64_t find_holder(const struct stat *want) {
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    if (!d) return 0;
    for (struct dirent *p; (p = readdir(d));) {
        int64_t pid;
        if (str_parse_i64(str(p->d_name), 1, INT32_MAX, &pid) && has_open(p->d_name, want)) return pid;
    }
    return 0;
}

int64_t index_lock_holder(const char *path) {
    struct stat st;
    return stat(path, &st) < 0 ? 0 : find_holder(&st);
}

static bool is_git_folder(Str folder) {
    static const char *const parts[] = {"objects", "commondir"}; /* of a repository, of a worktree */
    char path[PATH_MAX];
    bool has_head =
        snprintf(path, sizeof path, STR_FMT "/HEAD", STR_ARG(folder)) < (int)sizeof path && access(path, F_OK) == 0;
    for (size_t i = 0; has_head && i < COUNT_OF(parts); i++)
        if (snprintf(path, sizeof path, STR_FMT "/%s", STR_ARG(folder), parts[i]) < (int)sizeof path &&
            access(path, F_OK) == 0)
            return true;
    return false;
}

bool index_lock_place(Str path, Str *ret_git_folder) {
    static const char refs[] = "/refs";
    Str name = path_last(path), folder = str_upto(path, path.n > name.n ? path.n - name.n - 1 : 0);
    *ret_git_folder = folder;
    if (is_git_folder(folder)) return true;
    for (size_t i = 0; i + sizeof refs - 1 <= folder.n; i++) {
        Str above = str_upto(folder, i), rest = str_from(folder, i);
        if (!path_is_beneath(rest, str(refs)) || !is_git_folder(above)) continue;
        *ret_git_folder = above;
        return !path_is_beneath(rest, STR("/refs/muster"));
    }
    return false;
}

int index_lock_fail(const char *path, Err *e) {
    struct stat st;
    Str folder;
    if (stat(path, &st) < 0) return err_fail(e, ERR_CONFLICT, "%s was held by another git; try again", path);
    long long age_s = (long long)(clock_now_us() / 1000000 - st.st_mtim.tv_sec);
    int64_t pid = find_holder(&st);
    if (pid)
        return err_fail(e, ERR_CONFLICT, "%s is %lld s old and process %lld has it open", path, age_s, (long long)pid);
    bool can_go = index_lock_place(str(path), &folder);
    return err_fail(e, ERR_CONFLICT, "%s is %lld s old and no running process has it open; it was kept%s", path, age_s,
                    can_go ? ". If no git works here, remove_lock removes it" : "");
}

static int write_all(int fd, Str text) {
    for (size_t at = 0; at < text.n;) {
        ssize_t n = fault_point("index_lock.write") ? -1 : write(fd, text.p + at, text.n - at);
        if (n < 0 && errno != EINTR) return -1;
        if (n > 0) at += (size_t)n;
    }
    return 0;
}

/* It gets its name with its content, so that no crash leaves an empty one, which would be nobody's. */
int index_lock_take(const char *index, Str mark, Err *e) {
    char lock[PATH_MAX], fresh[PATH_MAX];
    bool fits = snprintf(lock, sizeof lock, "%s.lock", index) < (int)sizeof lock &&
                snprintf(fresh, sizeof fresh, "%s.muster", index) < (int)sizeof fresh;
    if (!fits) return err_fail(e, ERR_INVALID, "the path %s is too long", index);
    (void)unlink(fresh); /* of a process that was killed */
    CLEANUP(fd_closep) int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_sys(e, "could not create %s", fresh);
    int r = write_all(fd, mark) < 0 ? err_sys(e, "could not write %s", fresh) : 0;
    if (r >= 0 && link(fresh, lock) < 0)
        r = errno == EEXIST ? index_lock_fail(lock, e) : err_sys(e, "could not create %s", lock);
    (void)unlink(fresh);
    return r;
}

void index_lock_release(const char *index, Str mark) {
    CLEANUP(buf_done) Buf b;
    char lock[PATH_MAX];
    buf_init(&b, MARK_BYTES);
    if (snprintf(lock, sizeof lock, "%s.lock", index) >= (int)sizeof lock) return;
    if (file_read(AT_FDCWD, lock, &b, &(Err){0}) == 0 && str_eq(buf_str(&b), mark)) (void)unlink(lock);
}
