#include "git/trash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "git/git_parse.h"
#include "git/removed.h"
#include "git/repo.h"
#include "git/salvage.h"
#include "git/salvage_in.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/process.h"

SHAPE_DEFINE(GitTrashed, GIT_TRASHED);

enum { LINK_MAX_BYTES = 8192, MANIFEST_MAX = 64 << 10 };

static bool is_there(Str path) {
    struct stat st;
    return lstat(path.p, &st) == 0;
}

static Str parent_of(Arena *a, Str path) {
    const char *slash = memrchr(path.p, '/', path.n);
    return arena_str(a, str_upto(path, slash > path.p ? (size_t)(slash - path.p) : 1));
}

static Str place_beside(Arena *a, const GitTrashed *t) {
    return arena_fmt(a, STR_FMT "/.muster-trash/" STR_FMT, STR_ARG(parent_of(a, t->path)), STR_ARG(t->id));
}

static Str join(Arena *a, Str dir, const char *name) { return arena_fmt(a, STR_FMT "/%s", STR_ARG(dir), name); }

static int read_link_file(Arena *a, Str path, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, LINK_MAX_BYTES);
    TRY(file_read(AT_FDCWD, path.p, &b, e));
    *ret = arena_str(a, buf_str(&b));
    return 0;
}

/* -- plan ---------------------------------------------------------------------------------------------------- */

static int belongs_not(Str path, Err *e) {
    return err_fail(e, ERR_CONFLICT,
                    "git's record of the worktree does not match " STR_FMT "; "
                    "`git worktree repair` may help",
                    STR_ARG(path));
}

/* Reads both links (gitrepository-layout(5), "worktrees/<id>/gitdir") and checks that each points to the other. */
static int read_links(const Git *g, GitTrashed *t, Err *e) {
    Arena *a = g->arena;
    Str dotgit = join(a, t->path, ".git"), target;
    struct stat st;
    if (lstat(dotgit.p, &st) < 0 || !S_ISREG(st.st_mode)) return belongs_not(t->path, e);
    TRY(read_link_file(a, dotgit, &t->link, e));
    if (!str_starts(t->link, STR("gitdir: "))) return belongs_not(t->path, e);
    target = str_trim(str_from(t->link, sizeof "gitdir: " - 1));
    bool is_absolute = target.n && target.p[0] == '/';
    Str full =
        is_absolute ? arena_str(a, target) : arena_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(t->path), STR_ARG(target));
    char *real = NULL;
    if (file_real_path(full.p, &real, e) < 0) return belongs_not(t->path, e);
    t->git_dir = arena_str(a, str(real));
    free(real);
    if (!path_is_beneath(t->git_dir, join(a, t->common_dir, "worktrees"))) return belongs_not(t->path, e);
    TRY(read_link_file(a, join(a, t->git_dir, "gitdir"), &t->back_link, e));
    Str back = str_trim(t->back_link);
    if (back.n && back.p[0] != '/') back = arena_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(t->git_dir), STR_ARG(back));
    struct stat mine;
    if (stat(arena_cstr(a, back), &mine) < 0 || mine.st_ino != st.st_ino || mine.st_dev != st.st_dev)
        return belongs_not(t->path, e);
    return 0;
}

static int refuse_state(const GitWorktreeList *l, const GitWorktree *w, Err *e) {
    if (w == l->items) return err_fail(e, ERR_INVALID, "the main worktree cannot be removed");
    if (w->locked.p)
        return err_fail(e, ERR_CONFLICT, "the worktree is locked%s" STR_FMT "; unlock it first",
                        w->locked.n ? ": " : "", STR_ARG(w->locked));
    for (size_t i = 0; i < l->n; i++)
        if (&l->items[i] != w && path_is_beneath(l->items[i].path, w->path))
            return err_fail(e, ERR_CONFLICT, "the worktree " STR_FMT " is inside it; remove that one first",
                            STR_ARG(l->items[i].path));
    return 0;
}

/* A rename cannot cross file systems; the data folder's is tried first. */
static Str choose_place(Arena *a, const char *home, const GitTrashed *t) {
    struct stat here, there;
    bool is_same = stat(parent_of(a, t->path).p, &here) == 0 && stat(home, &there) == 0 && here.st_dev == there.st_dev;
    return is_same ? arena_fmt(a, "%s/trash/" STR_FMT, home, STR_ARG(t->id)) : place_beside(a, t);
}

int git_trash_plan(const Git *g, const char *home, const char *id, const char *path, GitTrashed *ret, Err *e) {
    GitWorktreeList l;
    TRY(git_worktrees(g, &l, e));
    const GitWorktree *w = git_worktree_find(&l, str(path));
    if (!w) return err_fail(e, ERR_NOT_FOUND, "git knows no worktree at %s", path);
    TRY(refuse_state(&l, w, e));
    if (!is_there(w->path)) return err_fail(e, ERR_NOT_FOUND, "the folder %s is gone", path);
    GitTrashed t = {
        .id = arena_str(g->arena, str(id)), .path = w->path, .common_dir = str(g->dir), .branch = w->branch};
    GIVE(GitTrashed, &t, home, arena_str(g->arena, str(home)));
    bool is_unborn = w->head.n == 0 || strspn(w->head.p, "0") >= w->head.n;
    if (!is_unborn) t.head = w->head;
    TRY(read_links(g, &t, e));
    t.place = choose_place(g->arena, home, &t);
    *ret = t;
    return 0;
}

/* -- steps --------------------------------------------------------------------------------------------------- */

static int sync_dir(Str dir, Err *e) {
    CLEANUP(fd_closep) int fd = open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? err_sys(e, "could not sync " STR_FMT, STR_ARG(dir)) : 0;
}

static int move(Arena *a, Str from, Str to, bool *ret_crosses, Err *e) {
    *ret_crosses = false;
    if (fault_point("trash.move") || renameat2(AT_FDCWD, from.p, AT_FDCWD, to.p, RENAME_NOREPLACE) < 0) {
        *ret_crosses = errno == EXDEV;
        if (errno == EEXIST || errno == ENOTEMPTY)
            return err_fail(e, ERR_CONFLICT, STR_FMT " already exists", STR_ARG(to));
        return err_sys(e, "could not move " STR_FMT " to " STR_FMT, STR_ARG(from), STR_ARG(to));
    }
    TRY(sync_dir(parent_of(a, to), e));
    return sync_dir(parent_of(a, from), e);
}

#define LOCK_HEAD "in the trash of muster as "
#define LOCK_HOME " of " /* older versions did not write what follows */

static Str lock_reason(Arena *a, const GitTrashed *t) {
    if (!t->home.p) return arena_fmt(a, LOCK_HEAD STR_FMT, STR_ARG(t->id));
    return arena_fmt(a, LOCK_HEAD STR_FMT LOCK_HOME STR_FMT, STR_ARG(t->id), STR_ARG(t->home));
}

static bool read_reason(Str reason, Str *ret_id, Str *ret_home) {
    if (!str_starts(reason, STR(LOCK_HEAD))) return false;
    Str rest = str_from(reason, sizeof LOCK_HEAD - 1);
    size_t at;
    *ret_home = (Str){0};
    *ret_id = rest;
    if (str_find(rest, STR(LOCK_HOME), &at)) {
        *ret_id = str_upto(rest, at);
        *ret_home = str_from(rest, at + sizeof LOCK_HOME - 1);
    }
    return id_is(*ret_id, "trs");
}

/* A removal that was cut off before the move leaves the lock on a worktree that is where it was. */
bool git_trash_is_in(const GitWorktree *w, Str *ret_id, Str *ret_home) {
    return w->locked.p && read_reason(w->locked, ret_id, ret_home) && str_eq(path_last(w->path), *ret_id);
}

/* Is git's record locked, and by us? */
static bool is_locked(const Git *g, const GitTrashed *t, bool *ret_ours) {
    Str text, id, home;
    Err ignored;
    if (read_link_file(g->arena, join(g->arena, t->git_dir, "locked"), &text, &ignored) < 0) return false;
    *ret_ours = read_reason(str_trim(text), &id, &home) && str_eq(id, t->id);
    return true;
}

/* Without `git worktree lock`, which leaves a lock without its reason where the disk is full. */
static int lock_record(const Git *g, const GitTrashed *t, Err *e) {
    bool crosses, ours = false;
    Arena *a = g->arena;
    Str made = join(a, t->git_dir, "locked.muster"), text = arena_fmt(a, STR_FMT "\n", STR_ARG(lock_reason(a, t)));
    if (is_locked(g, t, &ours) && ours) return 0;
    TRY(file_write_atomic(AT_FDCWD, made.p, text, 0644, e));
    int r = move(a, made, join(a, t->git_dir, "locked"), &crosses, e);
    if (r < 0) (void)unlink(made.p);
    return r;
}

/* Through the record's own file, because git names worktrees by a path, which may be either end of the move. */
static int unlock_record(const Git *g, const GitTrashed *t, Err *e) {
    bool ours = false;
    if (!is_locked(g, t, &ours) || !ours) return 0;
    Str path = join(g->arena, t->git_dir, "locked");
    return unlink(path.p) < 0 ? err_sys(e, "could not unlock " STR_FMT, STR_ARG(t->git_dir)) : 0;
}

static int make_place(Arena *a, Str place, Err *e) {
    Str dir = parent_of(a, place);
    TRY(file_mkdirs(dir.p, 0700, e));
    if (!str_ends(dir, STR("/.muster-trash"))) return 0;
    Str ignore = join(a, dir, ".gitignore");
    return is_there(ignore) ? 0 : file_write_atomic(AT_FDCWD, ignore.p, STR("*\n"), 0600, e);
}

/* Two mounts of one file system also refuse a rename, so the folder beside the worktree is tried then. */
static int move_to_trash(const Git *g, GitTrashed *t, Err *e) {
    bool crosses;
    TRY(make_place(g->arena, t->place, e));
    int r = move(g->arena, t->path, t->place, &crosses, e);
    if (r == 0 || !crosses) return r;
    t->place = place_beside(g->arena, t);
    TRY(make_place(g->arena, t->place, e));
    return move(g->arena, t->path, t->place, &crosses, e);
}

/* On a full disk an undo succeeds where nothing was changed. */
static int write_text(Arena *a, Str path, Str text, Err *e) {
    struct stat st;
    Str now;
    if (read_link_file(a, path, &now, &(Err){0}) >= 0 && str_eq(now, text)) return 0;
    mode_t mode = stat(path.p, &st) == 0 ? st.st_mode & 0777 : 0644;
    return file_write_atomic(AT_FDCWD, path.p, text, mode, e);
}

/* The record points to the files' new place, from which a relative .git file would be wrong. */
static int link_to_trash(const Git *g, const GitTrashed *t, Err *e) {
    Arena *a = g->arena;
    Str dotgit = join(a, t->place, ".git");
    TRY(write_text(a, join(a, t->git_dir, "gitdir"), arena_fmt(a, STR_FMT "\n", STR_ARG(dotgit)), e));
    if (str_starts(t->link, STR("gitdir: /"))) return 0;
    return write_text(a, dotgit, arena_fmt(a, "gitdir: " STR_FMT "\n", STR_ARG(t->git_dir)), e);
}

static int in_record(const Git *g, const GitTrashed *t, const char *const *tail, GitOut *ret, Err *e) {
    const char *args[8] = {arena_fmt(g->arena, "--git-dir=" STR_FMT, STR_ARG(t->git_dir)).p};
    for (size_t i = 0; tail[i]; i++) args[i + 1] = tail[i];
    return git_quiet(g, &(GitCall){.args = args, .any_exit = true}, ret, e);
}

/* HEAD names the commit instead of the branch; index and files stay as they are. An unborn branch has no commit. */
static int detach(const Git *g, const GitTrashed *t, Err *e) {
    GitOut o;
    if (!t->branch.p || !t->head.p) return 0;
    TRY(in_record(g, t, GIT_ARGS("update-ref", "--no-deref", "-m", "muster: to the trash", "HEAD", t->head.p), &o, e));
    return o.exit_code ? git_failed(&o, "detach HEAD", e) : 0;
}

#define DELETING ".deleting" /* what the folder is called while it is deleted */

static bool is_deleting(Str place) { return str_ends(place, STR(DELETING)); }
static Str deleting_place(Arena *a, Str place) { return arena_fmt(a, STR_FMT DELETING, STR_ARG(place)); }
static Str kept_place(Arena *a, Str place) {
    return is_deleting(place) ? arena_str(a, str_upto(place, place.n - (sizeof DELETING - 1))) : place;
}

static Str manifest_path(Arena *a, Str place) { return arena_fmt(a, STR_FMT ".json", STR_ARG(kept_place(a, place))); }

static int write_manifest(const Git *g, const GitTrashed *t, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, MANIFEST_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&GitTrashed_shape, t, &o);
    buf_add_c(&b, '\n');
    return file_write_atomic(AT_FDCWD, manifest_path(g->arena, t->place).p, buf_str(&b), 0600, e);
}

/* It may lie in a folder that others write, and says where files are moved to and what is written into git's folder: each
 * path must be one that git itself lists, except the one to return to, which the caller checks. */
static bool is_plausible(const Git *g, const GitTrashed *t, Str record) {
    return str_eq(t->common_dir, str(g->dir)) && str_eq(t->git_dir, record) && str_starts(t->link, STR("gitdir: ")) &&
           t->path.p[0] == '/' && (!t->branch.p || str_starts(t->branch, STR("refs/heads/"))) &&
           (!t->head.p || salvage_is_id(t->head));
}

static int find_record(const Git *g, Str path, Str *ret, Err *e);

int git_trash_read(const Git *g, Str place, GitTrashed *ret, TimeUs *ret_at, Err *e) {
    CLEANUP(buf_done) Buf b;
    Json *json;
    struct stat st;
    Str record, path = manifest_path(g->arena, place);
    buf_init(&b, MANIFEST_MAX);
    TRY(file_read(AT_FDCWD, path.p, &b, e));
    if (stat(path.p, &st) < 0) return err_sys(e, "could not read " STR_FMT, STR_ARG(path));
    TRY(json_parse(g->arena, arena_str(g->arena, buf_str(&b)), JSON_DEPTH_REQUEST, &json, e));
    TRY(shape_decode(&GitTrashed_shape, json, g->arena, ret, e));
    ret->place = place; /* the data folder may have been moved */
    TRY(find_record(g, place, &record, e));
    if (!record.p || !str_eq(ret->id, path_last(place)) || !is_plausible(g, ret, record))
        return err_fail(e, ERR_GIT, STR_FMT " does not fit git's record of the worktree", STR_ARG(path));
    *ret_at = st.st_mtim.tv_sec * 1000000ll + st.st_mtim.tv_nsec / 1000;
    return 0;
}

/* The old path may have been reused: the .git file shows it. */
static bool is_at_home(Arena *a, const GitTrashed *t) {
    Str link, moved = arena_fmt(a, "gitdir: " STR_FMT "\n", STR_ARG(t->git_dir));
    Err ignored;
    if (read_link_file(a, join(a, t->path, ".git"), &link, &ignored) < 0) return false;
    return str_eq(link, t->link) || str_eq(link, moved);
}

/* Nothing of a folder is deleted before git's record of it: as long as that is there, an emptying that was cut off, or that
 * could not move the folder back, has left all of it. */
GitTrashPlace git_trash_find(const Git *g, GitTrashed *t) {
    bool ours = false, is_whole = is_locked(g, t, &ours) && ours;
    Str beside = place_beside(g->arena, t);
    Str places[] = {t->place, beside, deleting_place(g->arena, t->place), deleting_place(g->arena, beside)};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if ((i >= 2 && !is_whole) || !is_there(places[i])) continue;
        t->place = places[i];
        return TRASH_IN_TRASH;
    }
    return is_at_home(g->arena, t) ? TRASH_AT_HOME : TRASH_NOWHERE;
}

int git_trash_put(const Git *g, GitTrashed *t, Err *e) {
    GitTrashPlace at = git_trash_find(g, t);
    if (at == TRASH_NOWHERE) return err_fail(e, ERR_NOT_FOUND, "the folder " STR_FMT " is gone", STR_ARG(t->path));
    if (at == TRASH_AT_HOME) {
        TRY(lock_record(g, t, e));
        CRASH("trash.locked");
        int r = move_to_trash(g, t, e);
        if (r < 0 && git_trash_find(g, t) == TRASH_AT_HOME) (void)unlock_record(g, t, &(Err){0});
        TRY(r);
        CRASH("trash.moved");
    }
    TRY(link_to_trash(g, t, e));
    CRASH("trash.linked");
    TRY(detach(g, t, e));
    CRASH("trash.detached");
    return write_manifest(g, t, e);
}

int git_trash_follow(const Git *g, const GitTrashed *t, Err *e) {
    if (str_starts(t->link, STR("gitdir: /"))) TRY(write_text(g->arena, join(g->arena, t->place, ".git"), t->link, e));
    TRY(link_to_trash(g, t, e));
    return write_manifest(g, t, e);
}

int git_trash_cancel(const Git *g, const GitTrashed *t, Err *e) { return unlock_record(g, t, e); }

/* -- forgetting ---------------------------------------------------------------------------------------------- */

/* git's record that points to this place; {NULL,0} if there is none. */
static int find_record(const Git *g, Str path, Str *ret, Err *e) {
    Arena *a = g->arena;
    Str records = join(a, str(g->dir), "worktrees"), dotgit = join(a, path, ".git"), back;
    CLEANUP(dir_closep) DIR *d = opendir(records.p);
    if (!d) return err_sys(e, "could not read " STR_FMT, STR_ARG(records));
    *ret = (Str){0};
    for (struct dirent *en; !ret->p && (en = readdir(d));) {
        Str record = join(a, records, en->d_name);
        if (read_link_file(a, join(a, record, "gitdir"), &back, &(Err){0}) < 0) continue;
        if (str_eq(str_trim(back), dotgit)) *ret = record;
    }
    return 0;
}

int git_trash_forget(const Git *g, const char *path, const SnapshotAsk *shot, Err *e) {
    GitWorktreeList l;
    GitSalvage s;
    Str record;
    SalvageAsk ask = {.shot = *shot, .act = "delete_worktree"};
    TRY(git_worktrees(g, &l, e));
    const GitWorktree *w = git_worktree_find(&l, str(path));
    if (!w) return 0;
    TRY(refuse_state(&l, w, e));
    TRY(find_record(g, w->path, &record, e));
    if (!record.p) return err_fail(e, ERR_CONFLICT, "git's record of %s was not found; nothing was changed", path);
    if (is_there(join(g->arena, record, "modules")))
        return err_fail(e, ERR_CONFLICT,
                        "git's record " STR_FMT " contains the repositories of submodules; "
                        "`git worktree prune` would delete them",
                        STR_ARG(record));
    TRY(salvage_make_record(g, &ask, record.p, &s, e));
    if (is_there(w->path)) return err_fail(e, ERR_CONFLICT, "the folder %s exists again", path);
    return removed_keep(g, record, s.id, e);
}

/* -- deleting ------------------------------------------------------------------------------------------------ */

/* Only a record that is locked with this entry's name is its own: the same name may belong to a new worktree. */
static int delete_record(const Git *g, const GitTrashed *t, Err *e) {
    bool ours = false, is_record = path_is_beneath(t->git_dir, join(g->arena, t->common_dir, "worktrees"));
    if (!is_record || !is_locked(g, t, &ours) || !ours) return 0;
    return file_remove_tree(arena_cstr(g->arena, t->git_dir), e);
}

/* /proc names files by their canonical paths, and follows a rename. */
static int refuse_used(Arena *a, Str folder, Err *e) {
    char *real = NULL, name[16] = "";
    TRY(file_real_path(arena_cstr(a, folder), &real, e));
    int64_t pid = process_in_folder(real, name);
    free(real);
    if (!pid) return 0;
    return err_fail(e, ERR_CONFLICT, "process %lld (%s) works in it; end that, or restore the worktree", (long long)pid,
                    name);
}

static int put_back(const Git *g, Str gone, Err *e) {
    bool crosses;
    Err late = {0}, why = *e;
    if (move(g->arena, gone, kept_place(g->arena, gone), &crosses, &late) >= 0) return -(int)why.code;
    return err_fail(e, why.code, "%s; its files are at " STR_FMT ": %s", why.text, STR_ARG(gone), late.text);
}

/* What began to use it in the meantime is found once no other can; also what did while a crash kept it from being found. */
static int take_out(const Git *g, Str place, Str gone, Err *e) {
    bool crosses;
    if (!is_deleting(place)) {
        TRY(refuse_used(g->arena, place, e));
        TRY(move(g->arena, place, gone, &crosses, e));
        CRASH("empty.renamed");
    }
    return refuse_used(g->arena, gone, e) < 0 ? put_back(g, gone, e) : 0;
}

int git_trash_delete(const Git *g, const GitTrashed *t, Err *e) {
    GitTrashed found = *t;
    bool is_whole = git_trash_find(g, &found) == TRASH_IN_TRASH;
    Str gone = is_deleting(found.place) ? found.place : deleting_place(g->arena, found.place);
    if (!is_whole && !is_there(gone)) gone = deleting_place(g->arena, place_beside(g->arena, t));
    if (!is_whole && !is_there(gone))
        return err_fail(e, ERR_NOT_FOUND, "the folder of " STR_FMT " is not in the trash", STR_ARG(t->path));
    if (is_whole) TRY(take_out(g, found.place, gone, e));
    TRY(delete_record(g, t, e));
    CRASH("empty.forgotten");
    TRY(file_remove_tree(gone.p, e));
    (void)unlink(manifest_path(g->arena, gone).p);
    return 0;
}

int git_trash_drop(const Git *g, const GitTrashed *t, const SnapshotAsk *shot, Err *e) {
    GitTrashed found = *t;
    GitSalvage s;
    SalvageAsk ask = {.shot = *shot, .act = "empty_trash"};
    bool ours = false;
    if (git_trash_find(g, &found) != TRASH_NOWHERE)
        return err_fail(e, ERR_CONFLICT, "its folder is there again; restore the worktree, or empty the trash again");
    if (is_locked(g, t, &ours) && ours) {
        TRY(salvage_make_record(g, &ask, arena_cstr(g->arena, t->git_dir), &s, e));
        TRY(removed_keep(g, t->git_dir, s.id, e));
    }
    (void)unlink(manifest_path(g->arena, t->place).p);
    return 0;
}

/* -- undo ---------------------------------------------------------------------------------------------------- */

static int link_back(const Git *g, const GitTrashed *t, Err *e) {
    TRY(write_text(g->arena, join(g->arena, t->git_dir, "gitdir"), t->back_link, e));
    return write_text(g->arena, join(g->arena, t->path, ".git"), t->link, e);
}

/* Why HEAD cannot name the branch again, {NULL,0} if it can. */
static int why_detached(const Git *g, const GitTrashed *t, Str *ret, Err *e) {
    GitWorktreeList l;
    Str now, name = git_short_branch(t->branch);
    TRY(git_resolve(g, t->branch.p, &now, e));
    TRY(git_worktrees(g, &l, e));
    *ret = (Str){0};
    for (size_t i = 0; i < l.n; i++)
        if (str_eq(l.items[i].branch, t->branch) && !str_eq(l.items[i].path, t->path))
            *ret = arena_fmt(g->arena, "branch " STR_FMT " is checked out at " STR_FMT, STR_ARG(name),
                             STR_ARG(l.items[i].path));
    if (!now.p)
        *ret = arena_fmt(g->arena, "branch " STR_FMT " is gone", STR_ARG(name));
    else if (!ret->p && !str_eq(now, t->head))
        *ret = arena_fmt(g->arena, "branch " STR_FMT " moved to " STR_FMT, STR_ARG(name), STR_ARG(str_upto(now, 12)));
    return 0;
}

static int record_failed(const GitTrashed *t, const GitOut *o, Err *e) {
    Err why = {0};
    int r = git_failed(o, "attach the branch", &why);
    return err_fail(e, r == -ERR_DISK_FULL ? ERR_DISK_FULL : ERR_GIT,
                    "git's record of the worktree, " STR_FMT
                    ", cannot be read or written: %s; the files are at " STR_FMT,
                    STR_ARG(t->git_dir), why.text, STR_ARG(t->path));
}

static int attach(const Git *g, const GitTrashed *t, GitUndone *ret, Err *e) {
    GitOut o;
    Str why;
    *ret = (GitUndone){.is_attached = true};
    if (!t->branch.p || !t->head.p) return 0;
    TRY(why_detached(g, t, &why, e));
    if (why.p) {
        *ret = (GitUndone){.note = arena_fmt(g->arena, STR_FMT "; HEAD stays detached at " STR_FMT, STR_ARG(why),
                                             STR_ARG(str_upto(t->head, 12)))};
        return 0;
    }
    TRY(in_record(g, t, GIT_ARGS("symbolic-ref", "--quiet", "HEAD"), &o, e));
    if (o.exit_code == 0 && str_eq(str_trim(o.out), t->branch)) return 0; /* it was not detached */
    TRY(in_record(g, t, GIT_ARGS("symbolic-ref", "-m", "muster: back from the trash", "HEAD", t->branch.p), &o, e));
    return o.exit_code ? record_failed(t, &o, e) : 0;
}

/* Links are absolute then, whatever they were. */
void git_trash_redirect(Arena *a, GitTrashed *t, Str path) {
    t->path = arena_str(a, path);
    t->link = arena_fmt(a, "gitdir: " STR_FMT "\n", STR_ARG(t->git_dir));
    t->back_link = arena_fmt(a, STR_FMT "/.git\n", STR_ARG(path));
}

int git_trash_undo(const Git *g, const GitTrashed *t, GitUndone *ret, Err *e) {
    GitTrashed found = *t;
    GitTrashPlace at = git_trash_find(g, &found);
    bool crosses;
    if (at == TRASH_NOWHERE)
        return err_fail(e, ERR_NOT_FOUND,
                        STR_FMT
                        " is not there: it was moved or deleted outside Muster, or its disk is not mounted; if it was "
                        "moved, move it back and try again",
                        STR_ARG(t->place));
    if (!is_there(t->git_dir))
        return err_fail(e, ERR_CONFLICT, "git's record of the worktree is gone; its files are at " STR_FMT,
                        STR_ARG(found.place));
    if (at == TRASH_IN_TRASH) {
        TRY(file_mkdirs(parent_of(g->arena, t->path).p, 0755, e));
        TRY(move(g->arena, found.place, t->path, &crosses, e));
        CRASH("restore.moved");
    }
    TRY(link_back(g, t, e));
    CRASH("restore.linked");
    TRY(attach(g, t, ret, e));
    CRASH("restore.attached");
    TRY(unlock_record(g, t, e));
    (void)unlink(manifest_path(g->arena, found.place).p);
    return 0;
}
