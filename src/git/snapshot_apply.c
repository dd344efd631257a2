/* Putting the files of a snapshot back. git writes them (git-read-tree(1), -m -u with one tree): it writes only what
 * differs from the private index, and refuses where a file is no longer as that index has it. It would overwrite ignored
 * files, so everything in the way that the snapshot of the present does not hold is found first. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text_cut.h"
#include "git/snapshot_in.h"
#include "sys/fault.h"
#include "sys/file.h"

enum { SHOWN_PATHS = 12, SHOWN_BYTES = 120, IN_THE_WAY_DEPTH = 64 };

typedef struct Apply {
    SnapshotDir *d;
    const Snapshot *now, *want; /* without what belongs to nested repositories */
    const Manifest *whole;      /* of what is wanted */
    int top;
    Map held;   /* paths of `now` that the restore changes or removes */
    StrVec way; /* files that stand in the way and are not in `now` */
} Apply;

static void apply_done(Apply *x) {
    map_done(&x->held);
    vec_done(&x->way);
    fd_closep(&x->top);
}

/* -- what is in the way -------------------------------------------------------------------------------------- */

static void look_inside(Apply *x, Str path, int depth) {
    struct stat st;
    int fd = openat(x->top, path.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEANUP(dir_closep) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir || depth > IN_THE_WAY_DEPTH) {
        vec_push(&x->way, path);
        return;
    }
    for (struct dirent *en; (en = readdir(dir)) && x->way.n < SHOWN_PATHS;) {
        if (str_is(str(en->d_name), ".") || str_is(str(en->d_name), "..")) continue;
        Str inner = arena_fmt(x->d->arena, STR_FMT "/%s", STR_ARG(path), en->d_name);
        if (fstatat(x->top, inner.p, &st, AT_SYMLINK_NOFOLLOW) < 0) continue;
        if (S_ISDIR(st.st_mode))
            look_inside(x, inner, depth + 1);
        else if (!map_find(&x->held, inner))
            vec_push(&x->way, inner);
    }
}

/* A path that the restore adds: neither it nor a folder above it may be something that would be lost. */
static void look_at(Apply *x, Str path) {
    struct stat st;
    for (size_t n = 1; n <= path.n; n++) {
        if (n < path.n && path.p[n] != '/') continue;
        Str part = arena_str(x->d->arena, str_upto(path, n));
        if (fstatat(x->top, part.p, &st, AT_SYMLINK_NOFOLLOW) < 0) return;
        if (!S_ISDIR(st.st_mode)) {
            if (!map_find(&x->held, part)) vec_push(&x->way, part);
            return;
        }
        if (n == path.n) look_inside(x, part, 0);
    }
}

static int refuse_way(const Apply *x, Err *e) {
    if (!x->way.n) return 0;
    int r = err_fail(e, ERR_CONFLICT, "files that are ignored or were not saved are in the way; no file was changed");
    for (size_t i = 0; i < x->way.n && i < SHOWN_PATHS; i++)
        err_detail(e, "inTheWay", STR_FMT, STR_ARG(text_cut(x->way.items[i], SHOWN_BYTES)));
    return r;
}

/* What differs: `diff-tree --raw -z` prints ":mode mode id id letter", NUL, a path, NUL. */
typedef struct Change {
    Str mode, id, path; /* as it is to be; the id is all zeros where it is to be removed */
    Str was_mode, was_id;
    char kind;
} Change;
typedef VEC(Change) Changes;

static int list_changes(const SnapshotDir *d, Str from, Str to, Changes *ret, Err *e) {
    GitOut o;
    Str facts;
    const char *const *args = GIT_ARGS("diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev", from.p, to.p);
    TRY(snapshot_run(d, d->git, args, STR(""), &o, e));
    while (o.out.n && str_split(&o.out, '\0', &facts)) {
        Change c;
        bool is_whole = str_split(&o.out, '\0', &c.path) && str_split(&facts, ' ', &c.was_mode) &&
                        str_split(&facts, ' ', &c.mode) && str_split(&facts, ' ', &c.was_id) &&
                        str_split(&facts, ' ', &c.id) && facts.n;
        if (!is_whole) return err_fail(e, ERR_GIT, "git's list of changes cannot be read");
        c.was_mode = str_from(c.was_mode, 1);
        c.kind = facts.p[0];
        vec_push(ret, c);
    }
    return 0;
}

static int refuse_lost(const StrVec *lost, Err *e) {
    if (!lost->n) return 0;
    int r = err_fail(e, ERR_NOT_FOUND,
                     "git has lost the content of %zu of the files to be restored; no file was changed, and the others "
                     "can be restored by their paths",
                     lost->n);
    for (size_t i = 0; i < lost->n && i < SHOWN_PATHS; i++)
        err_detail(e, "lost", STR_FMT, STR_ARG(text_cut(lost->items[i], SHOWN_BYTES)));
    return r;
}

static int refuse_room(const Apply *x, int64_t bytes, Err *e) {
    int64_t left = file_free_bytes(x->d->top);
    if (left < 0 || bytes <= left) return 0;
    return err_fail(e, ERR_DISK_FULL, "the files to be restored have %lld bytes and %lld are free; no file was changed",
                    (long long)bytes, (long long)left);
}

/* Every object must be there, and room for it, before the first file is written. */
static int check_objects(const Apply *x, const Changes *all, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    Str line, type;
    int64_t size, sum = 0;
    StrVec asked = {0}, lost = {0};
    buf_init(&in, SNAPSHOT_LIST_MAX);
    vec_each(all, c) {
        if (c->kind == 'D' || str_is(c->mode, "160000")) continue;
        buf_add_fmt(&in, STR_FMT "\n", STR_ARG(c->id));
        vec_push(&asked, c->path);
    }
    int r = snapshot_run(x->d, x->d->git, GIT_ARGS("cat-file", "--buffer", "--batch-check=%(objecttype) %(objectsize)"),
                         buf_str(&in), &o, e);
    for (size_t i = 0; r >= 0 && i < asked.n && str_split(&o.out, '\n', &line); i++) {
        bool is_there =
            str_split(&line, ' ', &type) && str_is(type, "blob") && str_parse_i64(line, 0, INT64_MAX, &size);
        if (is_there)
            sum += size;
        else
            vec_push(&lost, asked.items[i]);
    }
    if (r >= 0) r = refuse_lost(&lost, e);
    if (r >= 0) r = refuse_room(x, sum, e);
    vec_done(&asked);
    vec_done(&lost);
    return r;
}

static int check_way(Apply *x, const Changes *all, Err *e) {
    vec_each(all, c) if (c->kind != 'A') map_put(&x->held, c->path, x);
    vec_each(all, c) if (c->kind == 'A' && x->way.n < SHOWN_PATHS) look_at(x, c->path);
    return refuse_way(x, e);
}

static int check(Apply *x, Err *e) {
    Changes all = {0};
    int r = list_changes(x->d, x->now->own, x->want->own, &all, e);
    if (r >= 0) r = check_objects(x, &all, e);
    if (r >= 0) r = check_way(x, &all, e);
    vec_done(&all);
    return r;
}

/* -- what was left out --------------------------------------------------------------------------------------- */

static bool is_beneath_any(const Map *paths, Str path) {
    for (size_t n = 1; n <= path.n; n++)
        if ((n == path.n || path.p[n] == '/') && map_find(paths, str_upto(path, n))) return true;
    return false;
}

static int keep_files(const SnapshotDir *d, const Changes *kept, Str *files, Err *e) {
    CLEANUP(buf_done) Buf in = {0};
    GitOut o;
    if (!kept->n) return 0;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    vec_each(kept, c) {
        buf_add_fmt(&in, STR_FMT " " STR_FMT "\t", STR_ARG(c->was_mode), STR_ARG(c->was_id));
        buf_add_str(&in, c->path);
        buf_add_c(&in, '\0');
    }
    const Git *g = snapshot_index(d, "kept", d->top);
    TRY(snapshot_run(d, g, GIT_ARGS("read-tree", arena_cstr(d->arena, *files)), STR(""), &o, e));
    TRY(snapshot_run(d, g, GIT_ARGS("update-index", "-z", "--index-info"), buf_str(&in), &o, e));
    return snapshot_write_tree(d, g, files, e);
}

/* The usual modes of the two may differ: a kept file that has the present one then needs a record. */
static void keep_modes(const Manifest *now, const Changes *kept, const Map *had, Manifest *m) {
    vec_each(kept, c) {
        bool is_exec = str_is(c->was_mode, "100755");
        uint32_t bits = is_exec ? now->exec : now->file;
        if (!str_starts(c->was_mode, STR("100")) || map_find(had, c->path)) continue;
        if (bits != (is_exec ? m->exec : m->file))
            vec_push(&m->items, (ManifestItem){KEPT_FILE, bits, STR("-"), c->path});
    }
}

static void keep_items(const Manifest *now, const Manifest *want, const Map *left, const Changes *kept, Manifest *ret) {
    Map had = {0};
    *ret = (Manifest){.file = want->file, .exec = want->exec, .folder = want->folder};
    vec_each(&want->items, i) if (!is_beneath_any(left, i->path)) vec_push(&ret->items, *i);
    vec_each(&now->items, i) {
        if (manifest_is_left(i->kind) || !is_beneath_any(left, i->path)) continue;
        map_put(&had, i->path, ret);
        vec_push(&ret->items, *i);
    }
    keep_modes(now, kept, &had, ret);
    map_done(&had);
    manifest_sort(ret);
}

static int keep_left(const SnapshotDir *d, const Snapshot *now, Snapshot *want, const Map *left, Changes *kept,
                     Err *e) {
    Manifest m;
    Changes all = {0};
    int r = list_changes(d, now->files, want->files, &all, e);
    vec_each(&all, c) if (c->kind == 'D' && is_beneath_any(left, c->path)) vec_push(kept, *c);
    vec_done(&all);
    if (r >= 0) r = keep_files(d, kept, &want->files, e);
    if (r < 0) return r;
    keep_items(&now->contents, &want->contents, left, kept, &m);
    want->contents = *snapshot_own(d, &m);
    return snapshot_without_nested(d, want, &want->own, e);
}

/* Where the rules change, a file that is to go may have been there, ignored, when `want` was made. */
static int add_ignored(const SnapshotDir *d, const Snapshot *now, const Snapshot *want, Map *left, Err *e) {
    Changes all = {0};
    StrVec gone = {0};
    bool has_rules = false;
    int r = list_changes(d, now->files, want->files, &all, e);
    vec_each(&all, c) {
        if (c->kind == 'D') vec_push(&gone, c->path);
        has_rules |= c->kind != 'D' && str_is(path_last(c->path), ".gitignore");
    }
    if (r >= 0 && has_rules && gone.n) r = snapshot_ignored(d, want->files, &gone, left, e);
    vec_done(&all);
    vec_done(&gone);
    return r;
}

int snapshot_keep_left(const SnapshotDir *d, const Snapshot *now, Snapshot *want, StrVec *ret_kept, Err *e) {
    Map left = {0};
    Changes kept = {0};
    vec_each(&want->contents.items, i) if (manifest_is_left(i->kind)) map_put(&left, i->path, i);
    int r = add_ignored(d, now, want, &left, e);
    if (r >= 0 && left.n) r = keep_left(d, now, want, &left, &kept, e);
    vec_each(&kept, c) vec_push(ret_kept, c->path);
    vec_done(&kept);
    map_done(&left);
    return r;
}

/* -- files --------------------------------------------------------------------------------------------------- */

static int write_files(Apply *x, Err *e) {
    GitOut o;
    TRY(snapshot_ask(x->d, x->d->git, GIT_ARGS("update-index", "-q", "--refresh"), &o, e));
    TRY(snapshot_ask(x->d, x->d->git, GIT_ARGS("read-tree", "-m", "-u", x->want->own.p), &o, e));
    if (o.exit_code == 0) return 0;
    size_t at;
    if (str_find(o.err, STR("not uptodate"), &at) || str_find(o.err, STR("would be overwritten"), &at) ||
        str_find(o.err, STR("would be removed"), &at)) {
        Str line, rest = o.err;
        str_split(&rest, '\n', &line);
        return err_fail(e, ERR_CONFLICT, "files changed while they were being restored; try again: " STR_FMT,
                        STR_ARG(text_cut(line, SHOWN_BYTES)));
    }
    if (str_find(o.err, STR("unable to read"), &at) || str_find(o.err, STR("corrupt"), &at))
        return err_fail(
            e, ERR_GIT,
            "git has a damaged object among those to be restored; other files may be restored already, and the "
            "rest can be by their paths: " STR_FMT,
            STR_ARG(text_cut(o.err, SHOWN_BYTES)));
    return git_failed(&o, "restore the files", e);
}

/* -- what trees do not hold ---------------------------------------------------------------------------------- */

static void index_items(const Snapshot *s, Map *ret) { vec_each(&s->contents.items, i) map_put(ret, i->path, i); }

static bool is_same_record(const Map *items, const ManifestItem *i) {
    const ManifestItem *other = map_find(items, i->path);
    return other && other->kind == i->kind;
}

/* Named pipes and empty folders that `want` does not have. A pipe has no content; a folder goes only if it is empty. */
static void clear_items(Apply *x, const Map *wanted) {
    struct stat st;
    const Manifest *m = &x->now->contents;
    for (size_t k = m->items.n; k > 0; k--) {
        const ManifestItem *i = &m->items.items[k - 1];
        if (is_same_record(wanted, i)) continue;
        const char *path = arena_cstr(x->d->arena, i->path);
        if (i->kind == KEPT_FIFO && fstatat(x->top, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISFIFO(st.st_mode))
            (void)unlinkat(x->top, path, 0);
        if (i->kind == KEPT_FOLDER) (void)unlinkat(x->top, path, AT_REMOVEDIR);
    }
}

/* Makes the folders above a path; false if something else is in the way. */
static bool make_above(const Apply *x, Str path) {
    struct stat st;
    for (size_t n = 1; n < path.n; n++) {
        if (path.p[n] != '/') continue;
        const char *part = arena_cstr(x->d->arena, str_upto(path, n));
        if (mkdirat(x->top, part, 0777) < 0 && errno != EEXIST) return false;
        if (fstatat(x->top, part, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode)) return false;
    }
    return true;
}

static int set_mode(const Apply *x, const char *path, uint32_t mode, mode_t type, Err *e) {
    struct stat st;
    if (fstatat(x->top, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || (st.st_mode & S_IFMT) != type) return 0;
    if ((st.st_mode & 07777) == mode) return 0;
    return fchmodat(x->top, path, mode, 0) < 0 ? err_sys(e, "could not set the mode of %s/%s", x->d->top, path) : 0;
}

static int make_item(const Apply *x, const ManifestItem *i, Err *e) {
    const char *path = arena_cstr(x->d->arena, i->path);
    if (i->kind != KEPT_FOLDER && i->kind != KEPT_FIFO) return 0;
    if (!make_above(x, i->path)) return 0;
    int r = i->kind == KEPT_FOLDER ? mkdirat(x->top, path, 0777) : mkfifoat(x->top, path, 0666);
    if (r < 0 && errno != EEXIST) return err_sys(e, "could not create %s/%s", x->d->top, path);
    return i->kind == KEPT_FIFO ? set_mode(x, path, i->mode, S_IFIFO, e) : 0;
}

/* From `ls-tree -r -z`: mode SP type SP id TAB path NUL. */
static int set_file_modes(const Apply *x, const Map *wanted, Str files, Err *e) {
    Str record, mode;
    while (files.n && str_split(&files, '\0', &record)) {
        if (!str_split(&record, ' ', &mode) || !str_split(&record, '\t', &(Str){0}) || !record.p) continue;
        if (!str_starts(mode, STR("100"))) continue;
        const ManifestItem *i = map_find(wanted, record);
        bool is_exec = str_is(mode, "100755");
        uint32_t bits = i && i->kind == KEPT_FILE ? i->mode : is_exec ? x->want->contents.exec : x->want->contents.file;
        TRY(set_mode(x, record.p, bits, S_IFREG, e));
    }
    return 0;
}

static void note_above(Map *seen, StrVec *folders, Arena *a, Str path) {
    for (size_t n = 1; n < path.n; n++) {
        Str above = str_upto(path, n);
        if (path.p[n] != '/' || map_find(seen, above)) continue;
        above = arena_str(a, above);
        map_put(seen, above, folders);
        vec_push(folders, above);
    }
}

/* Deepest first, so that a folder that gets closed does not keep those in it from being set. */
static int set_folder_modes(const Apply *x, const Map *wanted, Str files, Err *e) {
    StrVec folders = {0};
    Map seen = {0};
    Str record;
    int r = 0;
    while (files.n && str_split(&files, '\0', &record))
        if (str_split(&record, '\t', &(Str){0}) && record.p) note_above(&seen, &folders, x->d->arena, record);
    vec_each(&x->want->contents.items, i) if (i->kind == KEPT_FOLDER) {
        note_above(&seen, &folders, x->d->arena, i->path);
        if (!map_put(&seen, i->path, &folders)) vec_push(&folders, i->path);
    }
    for (size_t k = folders.n; r >= 0 && k > 0; k--) {
        const ManifestItem *i = map_find(wanted, folders.items[k - 1]);
        uint32_t mode = i && i->kind == KEPT_FOLDER ? i->mode : x->want->contents.folder;
        r = set_mode(x, arena_cstr(x->d->arena, folders.items[k - 1]), mode, S_IFDIR, e);
    }
    vec_done(&folders);
    map_done(&seen);
    return r;
}

static int apply_items(Apply *x, const Map *wanted, Err *e) {
    vec_each(&x->want->contents.items, i) TRY(make_item(x, i, e));
    GitOut o;
    TRY(snapshot_run(x->d, x->d->git, GIT_ARGS("ls-tree", "-r", "-z", "--full-tree", x->want->own.p), STR(""), &o, e));
    TRY(set_file_modes(x, wanted, o.out, e));
    return set_folder_modes(x, wanted, o.out, e);
}

/* -- nested repositories ------------------------------------------------------------------------------------- */

/* The part of a manifest below a nested repository. */
static void inner_manifest(Arena *a, const Manifest *m, Str path, Manifest *ret) {
    *ret = (Manifest){.file = m->file, .exec = m->exec, .folder = m->folder};
    Str head = arena_fmt(a, STR_FMT "/", STR_ARG(path));
    vec_each(&m->items, i) {
        ManifestItem copy = *i;
        if (!str_starts(i->path, head)) continue;
        copy.path = str_from(i->path, head.n);
        vec_push(&ret->items, copy);
    }
}

static int tree_at(const SnapshotDir *d, Str tree, Str path, Str *ret, Err *e) {
    GitOut o;
    Str what = arena_fmt(d->arena, STR_FMT ":" STR_FMT, STR_ARG(tree), STR_ARG(path));
    TRY(snapshot_ask(d, d->git, GIT_ARGS("rev-parse", "--verify", "--quiet", "--end-of-options", what.p), &o, e));
    *ret = o.exit_code ? (Str){0} : arena_str(d->arena, str_trim(o.out));
    return 0;
}

/* Its git folder is gone: the files come back as plain ones, where nothing is in the way. */
static int write_plain(Apply *x, Str path, Str tree, Err *e) {
    GitOut o;
    const char *work = arena_fmt(x->d->arena, "%s/" STR_FMT, x->d->top, STR_ARG(path)).p;
    if (!make_above(x, path) || (mkdirat(x->top, arena_cstr(x->d->arena, path), 0777) < 0 && errno != EEXIST))
        return err_fail(e, ERR_CONFLICT, "could not create the folder %s", work);
    const Git *g = snapshot_index(x->d, "plain", work);
    TRY(snapshot_run(x->d, g, GIT_ARGS("read-tree", tree.p), STR(""), &o, e));
    return snapshot_ask(x->d, g, GIT_ARGS("checkout-index", "-a", "-q"), &o, e);
}

static int apply_nested(Apply *x, Str path, Err *e) {
    struct stat st;
    SnapshotDir *n;
    Snapshot now, want = {0};
    Str git_folder = arena_fmt(x->d->arena, STR_FMT "/.git", STR_ARG(path));
    TRY(tree_at(x->d, x->want->files, path, &want.files, e));
    if (!want.files.p) return 0; /* it had no files */
    if (fstatat(x->top, git_folder.p, &st, AT_SYMLINK_NOFOLLOW) < 0) return write_plain(x, path, want.files, e);
    TRY(snapshot_open_nested(x->d, path, &n, e));
    inner_manifest(x->d->arena, x->whole, path, &want.contents);
    int r = snapshot_without_nested(n, &want, &want.own, e);
    if (r >= 0) r = snapshot_take_nested(n, &now, e);
    if (r >= 0) r = snapshot_apply(n, &now, &want, e);
    manifest_done(&want.contents);
    snapshot_close(n);
    return r;
}

static bool is_within_nested(const Manifest *m, size_t at) {
    for (size_t k = at; k > 0; k--) {
        const ManifestItem *i = &m->items.items[k - 1];
        if (i->kind == KEPT_NESTED && path_is_beneath(m->items.items[at].path, i->path)) return true;
    }
    return false;
}

/* The snapshots of one repository, without those that belong to repositories inside it. */
static void own_items(const Snapshot *from, Snapshot *ret) {
    *ret = *from;
    ret->contents.items.items = NULL;
    ret->contents.items.n = ret->contents.items.cap = 0;
    for (size_t k = 0; k < from->contents.items.n; k++)
        if (!is_within_nested(&from->contents, k)) vec_push(&ret->contents.items, from->contents.items.items[k]);
}

static int apply_own(Apply *x, Err *e) {
    Map wanted = {0};
    index_items(x->want, &wanted);
    int r = check(x, e);
    if (r >= 0) {
        clear_items(x, &wanted);
        r = write_files(x, e);
    }
    CRASH("snapshot.files");
    if (r >= 0) r = apply_items(x, &wanted, e);
    map_done(&wanted);
    return r;
}

int snapshot_apply(SnapshotDir *d, const Snapshot *now, const Snapshot *want, Err *e) {
    Snapshot own_now, own_want;
    CLEANUP(apply_done) Apply x = {.d = d, .top = open(d->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (x.top < 0) return err_sys(e, "could not open %s", d->top);
    own_items(now, &own_now);
    own_items(want, &own_want);
    x.now = &own_now;
    x.want = &own_want;
    x.whole = &want->contents;
    int r = apply_own(&x, e);
    for (size_t k = 0; r >= 0 && k < own_want.contents.items.n; k++)
        if (own_want.contents.items.items[k].kind == KEPT_NESTED)
            r = apply_nested(&x, own_want.contents.items.items[k].path, e);
    manifest_done(&own_now.contents);
    manifest_done(&own_want.contents);
    return r;
}
