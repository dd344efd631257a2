#include "git/left_lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"
#include "git/index_lock.h"
#include "git/mark.h"
#include "git/repo.h"
#include "sys/file.h"

enum { SHOWN_BYTES = 300, WAIT_MS = 2000, STEP_MS = 50 };

static Str parent_of(Str path) {
    Str name = path_last(path);
    return str_upto(path, path.n > name.n ? path.n - name.n - 1 : 0);
}

/* Of this worktree, of its repository, or of a submodule of these. */
static bool is_place(Arena *a, Str lock, Str git_dir, Str common) {
    Str folder;
    if (!index_lock_place(lock, &folder)) return false;
    return str_eq(folder, git_dir) || str_eq(folder, common) ||
           path_is_beneath(folder, arena_fmt(a, STR_FMT "/modules", STR_ARG(git_dir))) ||
           path_is_beneath(folder, arena_fmt(a, STR_FMT "/modules", STR_ARG(common)));
}

static int no_lock(Str path, Err *e) {
    int r = err_fail(e, ERR_INVALID, STR_FMT " is not the path of a lock of this worktree or its repository",
                     STR_ARG(str_upto(path, SHOWN_BYTES)));
    err_detail(e, "path", "is not a lock of git");
    return r;
}

/* The folder's canonical path with the name; ERR_INVALID where there is no such folder. */
static int resolve(const Git *g, Str path, Str *ret, Err *e) {
    char *real = NULL;
    if (!path.n || path.p[0] != '/' || !str_ends(path, STR(".lock"))) return no_lock(path, e);
    if (file_real_path(arena_cstr(g->arena, parent_of(path)), &real, &(Err){0}) < 0) return no_lock(path, e);
    *ret = arena_fmt(g->arena, "%s/" STR_FMT, real, STR_ARG(path_last(path)));
    free(real);
    return 0;
}

static int git_folders(const Git *g, Str *ret_own, Str *ret_common, Err *e) {
    GitOut o;
    Str rest;
    const char *const *args = GIT_ARGS("rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir");
    TRY(git_quiet(g, &(GitCall){.args = args}, &o, e));
    rest = o.out;
    if (!str_split(&rest, '\n', ret_own) || !str_split(&rest, '\n', ret_common))
        return err_fail(e, ERR_GIT, "git's folders are not known");
    return 0;
}

/* A git that was started in one worktree may lock what all of them share. */
static int refuse_workers(const Git *g, Str common, Err *e) {
    GitWorktreeList l;
    TRY(git_worktrees(g, &l, e));
    StrList folders = {arena_array(g->arena, l.n + 1, sizeof(Str)), 0};
    folders.items[folders.n++] = common;
    for (size_t i = 0; i < l.n; i++) folders.items[folders.n++] = l.items[i].path;
    int64_t pid = git_working_in(&folders);
    for (int waited = 0; pid && waited < WAIT_MS; waited += STEP_MS) { /* most of them end at once */
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
        pid = git_working_in(&folders);
    }
    if (!pid) return 0;
    return err_fail(e, ERR_CONFLICT, "process %lld is a git that works in this repository; the lock may be its own",
                    (long long)pid);
}

int left_lock_check(const Git *g, Str path, Str *ret_path, Err *e) {
    Str own, common, lock;
    struct stat st;
    TRY(resolve(g, path, &lock, e));
    TRY(git_folders(g, &own, &common, e));
    if (!is_place(g->arena, lock, own, common)) return no_lock(path, e);
    if (lstat(lock.p, &st) < 0) return err_fail(e, ERR_NOT_FOUND, "there is no lock " STR_FMT, STR_ARG(lock));
    if (!S_ISREG(st.st_mode)) return no_lock(path, e);
    int64_t pid = index_lock_holder(lock.p);
    if (pid) return err_fail(e, ERR_CONFLICT, "process %lld has " STR_FMT " open", (long long)pid, STR_ARG(lock));
    TRY(refuse_workers(g, common, e));
    *ret_path = lock;
    return 0;
}
