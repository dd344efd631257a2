#include "git/removed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "git/salvage_in.h"
#include "sys/file.h"

enum { PLACES_MAX = 1000 };

static Str folder_in(Arena *a, const char *common_dir) { return arena_fmt(a, "%s/muster/removed", common_dir); }
static Str folder_of(const Git *g) { return folder_in(g->arena, g->dir); }

static int sync_dir(const char *dir, Err *e) {
    CLEANUP(fd_closep) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? err_sys(e, "could not sync %s", dir) : 0;
}

/* By the salvage's id; an equal one is answered again, so the same may be taken out twice. */
int removed_place(const Git *g, Str path, Str salvage_id, Str *ret, Err *e) {
    struct stat st;
    for (int i = 0; i < PLACES_MAX; i++) {
        Str more = i ? arena_fmt(g->arena, ".%d", i) : STR("");
        *ret = arena_fmt(g->arena, STR_FMT "/" STR_FMT STR_FMT "-" STR_FMT, STR_ARG(folder_of(g)),
                         STR_ARG(path_last(path)), STR_ARG(more), STR_ARG(salvage_id));
        if (lstat(ret->p, &st) < 0 && errno == ENOENT) return 0;
    }
    return err_fail(e, ERR_CONFLICT, "too much is in " STR_FMT, STR_ARG(folder_of(g)));
}

int removed_move(const Git *g, Str path, Str place, Err *e) {
    const char *from = arena_cstr(g->arena, path), *to = arena_cstr(g->arena, place), *folder = folder_of(g).p;
    TRY(file_mkdirs(folder, 0777, e));
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
        return err_sys(e, "could not move %s to %s", from, to);
    TRY(sync_dir(folder, e));
    return sync_dir(arena_cstr(g->arena, str_upto(path, path.n - path_last(path).n)), e);
}

int removed_keep(const Git *g, Str path, Str salvage_id, Err *e) {
    Str place;
    TRY(removed_place(g, path, salvage_id, &place, e));
    return removed_move(g, path, place, e);
}

/* The id at the end of its name. */
static bool salvage_of(Str name, Str *ret) {
    enum { ID_CHARS = sizeof "slv_" - 1 + ULID_CHARS };
    if (name.n <= ID_CHARS || name.p[name.n - ID_CHARS - 1] != '-') return false;
    *ret = str_from(name, name.n - ID_CHARS);
    return id_is(*ret, "slv");
}

/* Of one that the list does not have, nothing says whose it is. */
static bool is_needed(const SalvageOfAll *all, const SalvageLimits *l, Str id) {
    for (size_t i = 0; i < all->salvages.n; i++)
        if (str_eq(all->salvages.items[i].id, id))
            return salvage_is_damaged(&all->salvages.items[i]) || !l->is_own(l->arg, all->worktrees.items[i]);
    return true;
}

static int expire_one(const Git *g, Str name, const SalvageOfAll *all, const SalvageLimits *l, Err *e) {
    struct stat st;
    Str id, path = arena_fmt(g->arena, STR_FMT "/" STR_FMT, STR_ARG(folder_of(g)), STR_ARG(name));
    if (!salvage_of(name, &id) || id_time(id) >= l->older_than || is_needed(all, l, id)) return 0;
    if (lstat(arena_fmt(g->arena, STR_FMT "/modules", STR_ARG(path)).p, &st) == 0) return 0;
    return file_remove_tree(path.p, e);
}

int removed_expire(const Git *g, const SalvageLimits *l, Err *e) {
    CLEANUP(dir_closep) DIR *d = opendir(folder_of(g).p);
    SalvageOfAll all;
    int r = 0;
    if (!d) return errno == ENOENT ? 0 : err_sys(e, "could not read " STR_FMT, STR_ARG(folder_of(g)));
    TRY(salvage_list_all(g, &all, e));
    for (struct dirent *en; (en = readdir(d));) {
        int one = expire_one(g, arena_str(g->arena, str(en->d_name)), &all, l, e);
        r = one < 0 ? one : r;
    }
    return r;
}

int64_t removed_bytes(Arena *a, const char *common_dir) {
    struct stat st;
    Str folder = folder_in(a, common_dir);
    return lstat(folder.p, &st) < 0 ? 0 : file_tree_bytes(folder.p);
}
