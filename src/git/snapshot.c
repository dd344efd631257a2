#include "git/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text_cut.h"
#include "git/repo.h"
#include "git/snapshot_in.h"
#include "sys/fault.h"
#include "sys/file.h"

/* A tracked file over the limit is stored if its content is in the repository already; to know that, it is read. */
enum { HASHED_MAX = 512 << 20, HASHED_FILES = 64, TRIES = 3, SHOWN_PATHS = 8, SHOWN_BYTES = 120 };

/* One snapshot in the making. */
typedef struct Take {
    SnapshotDir *d;
    Map tracked; /* by the user's index */
    Map files;   /* of the snapshot; a value of FRESH is not in the private index yet */
    Map folders; /* above them */
    Map nested;
    StrVec add, remove, repos;
    int64_t untracked, untracked_bytes;
    int n_hashed;
    size_t n_loose; /* objects that were written as files of their own */
    struct timespec began;
    Manifest manifest;
    Str own, files_tree;
} Take;

static const char known[] = "known", fresh[] = "fresh"; /* the values of Take.files */

static void take_done(Take *t) {
    map_done(&t->tracked);
    map_done(&t->files);
    map_done(&t->folders);
    map_done(&t->nested);
    vec_done(&t->add);
    vec_done(&t->remove);
    vec_done(&t->repos);
    manifest_done(&t->manifest);
}

static void leave(Take *t, ManifestKind kind, Str path, int64_t bytes) {
    Str value = arena_fmt(t->d->arena, "%lld", (long long)bytes);
    vec_push(&t->manifest.items, (ManifestItem){.kind = kind, .value = value, .path = path});
}

/* -- what there is ------------------------------------------------------------------------------------------- */

static int list_tracked(Take *t, Err *e) {
    GitOut o;
    Str path;
    TRY(snapshot_ask(t->d, t->d->user, GIT_ARGS("ls-files", "-z", "--cached"), &o, e));
    if (o.exit_code) { /* an index that git cannot read: every file counts as untracked */
        o.out = STR("");
    }
    while (o.out.n && str_split(&o.out, '\0', &path)) map_put(&t->tracked, path, (void *)known);
    return 0;
}

static bool has_git_part(Str path) {
    Str part;
    while (str_split(&path, '/', &part))
        if (str_ieq(part, STR(".git"))) return true;
    return false;
}

/* True when a folder above the path is a link: then the file is not in the worktree. */
static bool is_beyond_link(const Take *t, int top, Str path) {
    struct stat st;
    for (size_t i = 1; i < path.n; i++) {
        if (path.p[i] != '/') continue;
        Str above = str_upto(path, i);
        if (map_find(&t->folders, above)) continue;
        if (fstatat(top, arena_cstr(t->d->arena, above), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
            return true;
    }
    return false;
}

static bool is_readable(int top, Str path) {
    if (fault_point("snapshot.open")) return false;
    CLEANUP(fd_closep) int fd = openat(top, path.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 || errno == ENOENT || errno == ELOOP;
}

/* Is the content of this large file an object already? */
static int is_stored(Take *t, Str path, int64_t bytes, bool *ret, Err *e) {
    GitOut o;
    *ret = false;
    if (bytes > HASHED_MAX || t->n_hashed++ >= HASHED_FILES || !map_find(&t->tracked, path)) return 0;
    TRY(snapshot_ask(t->d, t->d->git, GIT_ARGS("hash-object", "--no-filters", "--", arena_cstr(t->d->arena, path)), &o,
                     e));
    if (o.exit_code) return 0;
    Str id = arena_str(t->d->arena, str_trim(o.out));
    TRY(snapshot_ask(t->d, t->d->git, GIT_ARGS("cat-file", "-e", id.p), &o, e));
    *ret = o.exit_code == 0;
    return 0;
}

/* Counts an untracked file; false: it is past the limits. */
static bool has_room(Take *t, Str path, int64_t bytes) {
    if (map_find(&t->tracked, path)) return true;
    if (t->untracked >= SNAPSHOT_UNTRACKED_FILES || t->untracked_bytes + bytes > SNAPSHOT_UNTRACKED_BYTES) return false;
    t->untracked++;
    t->untracked_bytes += bytes;
    return true;
}

static void drop(Take *t, Str path, bool is_indexed) {
    if (is_indexed) vec_push(&t->remove, path);
    map_remove(&t->files, path);
}

static Str racy_path(const Take *t) { return arena_fmt(t->d->arena, "%s/racy", t->d->dir); }

/* Files whose modification time is older than the last change of their inode, by a copy that keeps times: within the
 * second of the snapshot a second change of the same size cannot be seen in their stat. They are read again. */
static void note_racy(const Take *t, int top) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, SNAPSHOT_LIST_MAX);
    vec_each(&t->add, p) {
        struct stat st;
        if (fstatat(top, p->p, &st, AT_SYMLINK_NOFOLLOW) < 0) continue;
        if (st.st_ctim.tv_sec >= t->began.tv_sec - 1) buf_add(&b, p->p, p->n + 1);
    }
    if (!b.n || file_write_atomic(AT_FDCWD, racy_path(t).p, buf_str(&b), 0600, &(Err){0}) < 0)
        (void)unlink(racy_path(t).p);
}

static int sort_file(Take *t, int top, Str path, bool is_indexed, Err *e);

static int sort_racy(Take *t, int top, Err *e) {
    CLEANUP(buf_done) Buf b;
    Str path;
    buf_init(&b, SNAPSHOT_LIST_MAX);
    if (file_read(AT_FDCWD, racy_path(t).p, &b, &(Err){0}) < 0) return 0;
    Str rest = arena_str(t->d->arena, buf_str(&b));
    while (rest.n && str_split(&rest, '\0', &path)) {
        if (map_find(&t->files, path) != (void *)known) continue;
        vec_push(&t->remove, path); /* git would not read a file whose stat it knows */
        TRY(sort_file(t, top, path, true, e));
    }
    return 0;
}

/* Decides about a file that the private index lacks or has with other content. */
static int sort_file(Take *t, int top, Str path, bool is_indexed, Err *e) {
    struct stat st;
    bool stored = true, gone = fstatat(top, path.p, &st, AT_SYMLINK_NOFOLLOW) < 0;
    if (gone || is_beyond_link(t, top, path) || !(S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))) {
        drop(t, path, is_indexed);
        return 0;
    }
    ManifestKind why = 0;
    if (st.st_size > SNAPSHOT_FILE_MAX) TRY(is_stored(t, path, st.st_size, &stored, e));
    if (has_git_part(path))
        why = LEFT_NAME;
    else if (!stored)
        why = LEFT_LARGE;
    else if (!has_room(t, path, st.st_size))
        why = LEFT_MANY;
    else if (S_ISREG(st.st_mode) && !is_readable(top, path))
        why = LEFT_UNREADABLE;
    if (why) {
        leave(t, why, path, st.st_size);
        drop(t, path, is_indexed);
        return 0;
    }
    map_put(&t->files, path, (void *)fresh);
    vec_push(&t->add, path);
    return 0;
}

/* A worktree of the same repository has its own snapshots, and its .git file names the repository's records. */
static bool is_other_worktree(const Take *t, Str path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 8192);
    Str file = arena_fmt(t->d->arena, "%s/" STR_FMT "/.git", t->d->top, STR_ARG(path));
    if (file_read(AT_FDCWD, file.p, &b, &(Err){0}) < 0) return false;
    Str records = arena_fmt(t->d->arena, "gitdir: %s/worktrees/", t->d->common);
    return str_starts(buf_str(&b), records);
}

static void sort_nested(Take *t, Str path) {
    map_put(&t->nested, path, (void *)known);
    if (is_other_worktree(t, path))
        leave(t, LEFT_WORKTREE, path, 0);
    else if (t->d->depth + 1 >= SNAPSHOT_DEPTH_MAX || t->repos.n >= SNAPSHOT_NESTED_MAX)
        leave(t, LEFT_DEEP, path, 0);
    else
        vec_push(&t->repos, path);
}

static void add_folders(Take *t, Str path) {
    for (size_t n = path.n; n > 0; n--) {
        if (path.p[n - 1] != '/') continue;
        Str above = str_upto(path, n - 1);
        if (map_find(&t->folders, above)) return;
        map_put(&t->folders, above, (void *)known);
    }
}

/* `ls-files -t -z`: a letter, a space and a path: H is in the private index, C differs from it, ? is not in it. A path
 * that ends in a slash is a repository. */
static int sort_listing(Take *t, int top, Str out, Err *e) {
    StrVec changed = {0}, others = {0};
    Str record;
    int r = 0;
    while (out.n && str_split(&out, '\0', &record)) {
        Str path = str_from(record, 2);
        if (record.n < 3) continue;
        if (record.p[0] == 'H' || record.p[0] == 'S') map_put(&t->files, path, (void *)known);
        if (record.p[0] == 'C') vec_push(&changed, path);
        if (record.p[0] == '?' && path.p[path.n - 1] == '/')
            sort_nested(t, arena_str(t->d->arena, str_upto(path, path.n - 1)));
        else if (record.p[0] == '?')
            vec_push(&others, path);
    }
    struct stat st;
    size_t i = 0;
    MapSlot *s;
    while ((s = map_next(&t->files, &i))) { /* untracked files that are stored already count first */
        Str path = str_n(s->key, s->key_n);
        if (!map_find(&t->tracked, path) && fstatat(top, s->key, &st, AT_SYMLINK_NOFOLLOW) == 0) {
            t->untracked++;
            t->untracked_bytes += st.st_size;
        }
    }
    for (i = 0; r >= 0 && i < changed.n; i++) {
        if (map_find(&t->files, changed.items[i]) && !map_find(&t->tracked, changed.items[i]) &&
            fstatat(top, changed.items[i].p, &st, AT_SYMLINK_NOFOLLOW) == 0) {
            t->untracked--; /* it is counted again below */
            t->untracked_bytes -= st.st_size;
        }
        r = sort_file(t, top, changed.items[i], true, e);
    }
    for (i = 0; r >= 0 && i < others.n; i++) r = sort_file(t, top, others.items[i], false, e);
    vec_done(&changed);
    vec_done(&others);
    return r;
}

/* Tracked although it is ignored: git's listing of other files leaves it out. */
static int sort_ignored(Take *t, int top, Err *e) {
    size_t i = 0;
    MapSlot *s;
    while ((s = map_next(&t->tracked, &i))) {
        struct stat st;
        Str path = str_n(s->key, s->key_n);
        if (map_find(&t->files, path) || map_find(&t->nested, path)) continue;
        if (fstatat(top, s->key, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode)) continue;
        bool is_left = false;
        vec_each(&t->manifest.items, m) is_left |= manifest_is_left(m->kind) && str_eq(m->path, path);
        if (!is_left) TRY(sort_file(t, top, arena_str(t->d->arena, path), false, e));
    }
    return 0;
}

/* -- storing ------------------------------------------------------------------------------------------------- */

static int remove_gone(Take *t, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    if (!t->remove.n) return 0;
    vec_each(&t->remove, p) {
        buf_add_fmt(&in, "0 %0*d\t", (int)t->d->id_chars, 0);
        buf_add(&in, p->p, p->n + 1);
    }
    return snapshot_run(t->d, t->d->git, GIT_ARGS("update-index", "-z", "--index-info"), buf_str(&in), &o, e);
}

/* Many loose objects would slow every git command of the user: links, and a tree for each folder of a changed file. */
static int pack(const Take *t, Err *e) {
    GitOut o;
    if (t->add.n <= SNAPSHOT_LOOSE_OBJECTS || t->n_loose + t->folders.n <= SNAPSHOT_LOOSE_OBJECTS) return 0;
    TRY(snapshot_run(t->d, t->d->git, GIT_ARGS("rev-list", "--objects", "--no-object-names", t->own.p), STR(""), &o,
                     e));
    Str to = arena_fmt(t->d->arena, "%s/pack/pack", t->d->objects), ids = o.out;
    TRY(snapshot_run(t->d, t->d->git, GIT_ARGS("pack-objects", "-q", "--incremental", "--window=0", to.p), ids, &o, e));
    return snapshot_run(t->d, t->d->git, GIT_ARGS("prune-packed", "-q"), STR(""), &o, e);
}

/* Every entry whose file changed since the snapshot began looks newer than the index, and is compared by content the
 * next time: git trusts an entry only if its file is older than the index (gitformat-index(5), "racy git"). One second
 * less, because the clock of files is coarser. */
static void backdate(const Take *t) {
    struct timespec at = {.tv_sec = t->began.tv_sec - 1};
    struct timespec times[2] = {at, at};
    (void)utimensat(AT_FDCWD, arena_fmt(t->d->arena, "%s/index", t->d->dir).p, times, AT_SYMLINK_NOFOLLOW);
}

static int store(Take *t, Err *e) {
    GitOut o;
    CLEANUP(fd_closep) int top = open(t->d->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return err_sys(e, "could not open %s", t->d->top);
    clock_gettime(CLOCK_REALTIME, &t->began);
    TRY(list_tracked(t, e));
    TRY(snapshot_run(t->d, t->d->git,
                     GIT_ARGS("ls-files", "-z", "-t", "--cached", "--modified", "--others", "--exclude-standard"),
                     STR(""), &o, e));
    TRY(sort_listing(t, top, o.out, e));
    TRY(sort_ignored(t, top, e));
    TRY(sort_racy(t, top, e));
    TRY(remove_gone(t, e));
    TRY(snapshot_add(t->d, top, &t->add, &t->n_loose, e));
    TRY(snapshot_write_tree(t->d, t->d->git, &t->own, e));
    note_racy(t, top);
    backdate(t);
    size_t i = 0;
    MapSlot *s;
    while ((s = map_next(&t->files, &i))) add_folders(t, str_n(s->key, s->key_n));
    return pack(t, e);
}

/* -- nested repositories ------------------------------------------------------------------------------------- */

static int take_once(SnapshotDir *d, Take *t, Err *e);

static int take(SnapshotDir *d, Take *t, Err *e) {
    for (int tries = 1;; tries++) {
        int r = take_once(d, t, e);
        bool is_lasting = r == 0 || tries == TRIES || (r != -ERR_GIT && r != -ERR_NOT_FOUND);
        if (is_lasting || snapshot_left_ms(d) <= 1) return r;
        take_done(t); /* a file changed its kind between the listing and the reading, or the index is damaged */
        *t = (Take){.d = d};
        if (tries == 2) (void)unlink(arena_fmt(d->arena, "%s/index", d->dir).p);
    }
}

static void adopt_manifest(Take *t, Str path, const Manifest *inner) {
    vec_each(&inner->items, i) {
        ManifestItem copy = *i;
        copy.path = arena_fmt(t->d->arena, STR_FMT "/" STR_FMT, STR_ARG(path), STR_ARG(i->path));
        copy.value = arena_str(t->d->arena, i->value);
        vec_push(&t->manifest.items, copy);
    }
}

static int graft_one(Take *t, const Git *index, Str path, Err *e) {
    SnapshotDir *n;
    GitOut o;
    Str head;
    TRY(snapshot_open_nested(t->d, path, &n, e));
    CLEANUP(take_done) Take inner = {.d = n};
    int r = take(n, &inner, e);
    snapshot_close(n);
    TRY(r);
    TRY(git_resolve(n->user, "HEAD", &head, e));
    vec_push(&t->manifest.items, (ManifestItem){KEPT_NESTED, 0, head.p ? head : STR("-"), path});
    adopt_manifest(t, path, &inner.manifest);
    Str prefix = arena_fmt(t->d->arena, "--prefix=" STR_FMT "/", STR_ARG(path));
    Str tree = arena_str(t->d->arena, inner.files_tree);
    return snapshot_run(t->d, index, GIT_ARGS("read-tree", prefix.p, tree.p), STR(""), &o, e);
}

static int graft(Take *t, Err *e) {
    GitOut o;
    t->files_tree = t->own;
    if (!t->repos.n) return 0;
    const Git *index = snapshot_index(t->d, "graft", t->d->top);
    TRY(snapshot_run(t->d, index, GIT_ARGS("read-tree", t->own.p), STR(""), &o, e));
    vec_each(&t->repos, p) TRY(graft_one(t, index, *p, e));
    return snapshot_write_tree(t->d, index, &t->files_tree, e);
}

static int take_once(SnapshotDir *d, Take *t, Err *e) {
    TRY(store(t, e));
    TRY(snapshot_walk(d, &t->files, &t->folders, &t->nested, &t->manifest, e));
    TRY(graft(t, e));
    manifest_sort(&t->manifest);
    return 0;
}

/* -- the whole ----------------------------------------------------------------------------------------------- */

static void free_manifest(void *arg) { manifest_done(arg); }

Manifest *snapshot_own(const SnapshotDir *d, Manifest *m) {
    Manifest *mine = arena_new_in(d->arena, Manifest);
    *mine = TAKE(*m);
    arena_defer(d->arena, free_manifest, mine);
    return mine;
}

/* Nothing that the commit will name may be missing: a clean-up of the user's could have run meanwhile. What the previous
 * snapshot named is kept by its ref; where that one is damaged, all is looked at. */
static int check_whole(SnapshotDir *d, const Snapshot *s, Err *e) {
    GitOut o;
    Str last;
    TRY(git_resolve(d->user, d->ref, &last, e));
    const char *but = last.p ? arena_fmt(d->arena, "^" STR_FMT ":files", STR_ARG(last)).p : NULL;
    TRY(snapshot_ask(d, d->git, GIT_ARGS("rev-list", "--objects", "--quiet", s->files.p, but), &o, e));
    if (o.exit_code && but)
        TRY(snapshot_ask(d, d->git, GIT_ARGS("rev-list", "--objects", "--quiet", s->files.p), &o, e));
    return o.exit_code ? git_failed(&o, "find every object of the snapshot", e) : 0;
}

int snapshot_take_nested(SnapshotDir *d, Snapshot *ret, Err *e) {
    CLEANUP(take_done) Take t = {.d = d};
    CLEANUP(buf_done) Buf text;
    Snapshot s = {0};
    buf_init(&text, SNAPSHOT_LIST_MAX);
    TRY(take(d, &t, e));
    manifest_print(&t.manifest, &text);
    if (text.failed) return err_fail(e, ERR_TOO_LARGE, "the snapshot's manifest is too large");
    TRY(snapshot_write_blob(d, buf_str(&text), &s.manifest, e));
    s.own = t.own;
    s.files = t.files_tree;
    vec_each(&t.manifest.items, i) {
        i->path = arena_str(d->arena, i->path);
        s.left += manifest_is_left(i->kind) && i->kind != LEFT_WORKTREE;
    }
    s.contents = *snapshot_own(d, &t.manifest);
    *ret = s;
    return 0;
}

int snapshot_take(SnapshotDir *d, Snapshot *ret, Err *e) {
    TRY(snapshot_take_nested(d, ret, e));
    TRY(check_whole(d, ret, e));
    TRY(snapshot_remember(d, ret, e));
    CRASH("snapshot.stored");
    return 0;
}

static int refuse(const Snapshot *s, ManifestKind only, Err *e) {
    const char *member = only == LEFT_UNREADABLE ? "unreadable" : "leftOut";
    size_t n = 0;
    int r = only == LEFT_UNREADABLE
                ? err_fail(e, ERR_CONFLICT, "a file cannot be read, so it cannot be saved first; nothing was changed")
                : err_fail(e, ERR_CONFLICT, "%zu %s too large or too many to be saved first; nothing was changed",
                           s->left, str_plural((int64_t)s->left, "file is", "files are"));
    for (size_t i = 0; i < s->contents.items.n; i++) {
        const ManifestItem *m = &s->contents.items.items[i];
        bool is_meant = only ? m->kind == only : manifest_is_left(m->kind) && m->kind != LEFT_WORKTREE;
        if (is_meant && n++ < SHOWN_PATHS) err_detail(e, member, STR_FMT, STR_ARG(text_cut(m->path, SHOWN_BYTES)));
    }
    if (n > SHOWN_PATHS) err_detail(e, "leftOutOmitted", "%zu", n - SHOWN_PATHS);
    return r;
}

int snapshot_take_all(SnapshotDir *d, bool may_leave, Snapshot *ret, Err *e) {
    TRY(snapshot_take(d, ret, e));
    for (size_t i = 0; i < ret->contents.items.n; i++)
        if (ret->contents.items.items[i].kind == LEFT_UNREADABLE) return refuse(ret, LEFT_UNREADABLE, e);
    return ret->left && !may_leave ? refuse(ret, 0, e) : 0;
}

/* -- reading one back ---------------------------------------------------------------------------------------- */

static int entry_of(SnapshotDir *d, Str commit, const char *name, Str *ret, Err *e) {
    GitOut o;
    Str what = arena_fmt(d->arena, STR_FMT ":%s", STR_ARG(commit), name);
    TRY(snapshot_ask(d, d->git, GIT_ARGS("rev-parse", "--verify", "--quiet", "--end-of-options", what.p), &o, e));
    *ret = o.exit_code ? (Str){0} : arena_str(d->arena, str_trim(o.out));
    return 0;
}

int snapshot_without_nested(const SnapshotDir *d, const Snapshot *s, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    vec_each(&s->contents.items, i) if (i->kind == KEPT_NESTED) {
        buf_add_str(&in, i->path);
        buf_add_c(&in, '\0');
    }
    *ret = s->files;
    if (!in.n) return 0;
    const Git *g = snapshot_index(d, "own", d->top);
    TRY(snapshot_run(d, g, GIT_ARGS("read-tree", s->files.p), STR(""), &o, e));
    TRY(snapshot_run(d, g,
                     GIT_ARGS("rm", "-r", "-f", "-q", "--cached", "--ignore-unmatch", "--pathspec-from-file=-",
                              "--pathspec-file-nul"),
                     buf_str(&in), &o, e));
    return snapshot_write_tree(d, g, ret, e);
}

static int read_manifest(SnapshotDir *d, Str blob, Manifest *ret, Err *e) {
    GitOut o;
    Manifest m;
    Err why = {0};
    int r = snapshot_run(d, d->git, GIT_ARGS("cat-file", "blob", blob.p), STR(""), &o, &why);
    if (r >= 0) r = manifest_parse(o.out, &m, &why);
    if (r == -ERR_GIT || r == -ERR_INVALID)
        return err_fail(e, ERR_GIT, "the snapshot's manifest is damaged: %s", why.text);
    if (r < 0) *e = why;
    if (r >= 0) *ret = *snapshot_own(d, &m);
    return r;
}

int snapshot_read(SnapshotDir *d, Str commit, Snapshot *ret, Err *e) {
    Snapshot s = {0};
    TRY(entry_of(d, commit, "files", &s.files, e));
    TRY(entry_of(d, commit, "manifest", &s.manifest, e));
    if (!s.files.p || !s.manifest.p)
        return err_fail(e, ERR_NOT_FOUND, "the objects of snapshot " STR_FMT " are gone or damaged", STR_ARG(commit));
    TRY(read_manifest(d, s.manifest, &s.contents, e));
    TRY(snapshot_without_nested(d, &s, &s.own, e));
    vec_each(&s.contents.items, i) s.left += manifest_is_left(i->kind) && i->kind != LEFT_WORKTREE;
    *ret = s;
    return 0;
}
