/* The private git folder of a worktree: its configuration, its lock and the calls that go through it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "git/index_lock.h"
#include "git/repo.h"
#include "git/snapshot_in.h"
#include "sys/digest.h"
#include "sys/file.h"

enum { LOCK_STEP_MS = 50, NESTED_NAME = 20, SMALL_FILE = 1 << 20 };

/* -- calls --------------------------------------------------------------------------------------------------- */

int64_t snapshot_left_ms(const SnapshotDir *d) {
    int64_t ms = (d->end_us - clock_mono_us()) / 1000;
    return ms > 1 ? ms : 1;
}

int snapshot_run(const SnapshotDir *d, const Git *g, const char *const *args, Str input, GitOut *ret, Err *e) {
    GitCall c = {.args = args, .input = input, .timeout_ms = snapshot_left_ms(d), .output_max = SNAPSHOT_LIST_MAX};
    Err why = {0};
    int r = git_quiet(g, &c, ret, &why);
    if (r == -ERR_GIT && (git_is_disk_full(d->dir) || git_is_disk_full(d->objects)))
        return err_fail(e, ERR_DISK_FULL, "the disk is full: %s", why.text);
    if (r < 0) *e = why;
    return r;
}

int snapshot_ask(const SnapshotDir *d, const Git *g, const char *const *args, GitOut *ret, Err *e) {
    GitCall c = {.args = args, .timeout_ms = snapshot_left_ms(d), .output_max = SNAPSHOT_LIST_MAX, .any_exit = true};
    return git_quiet(g, &c, ret, e);
}

const Git *snapshot_index(const SnapshotDir *d, const char *name, const char *work) {
    Str path = arena_fmt(d->arena, "%s/%s.index", d->dir, name);
    (void)unlink(path.p);
    (void)unlink(arena_fmt(d->arena, STR_FMT ".lock", STR_ARG(path)).p);
    const char *const more[] = {arena_fmt(d->arena, "GIT_INDEX_FILE=" STR_FMT, STR_ARG(path)).p,
                                arena_fmt(d->arena, "GIT_WORK_TREE=%s", work).p, NULL};
    return git_with(d->git, work, more);
}

static int one_line(const SnapshotDir *d, const Git *g, const char *const *args, Str input, Str *ret, Err *e) {
    GitOut o;
    TRY(snapshot_run(d, g, args, input, &o, e));
    *ret = arena_str(d->arena, str_trim(o.out));
    return 0;
}

int snapshot_write_tree(const SnapshotDir *d, const Git *g, Str *ret, Err *e) {
    return one_line(d, g, GIT_ARGS("write-tree", "--missing-ok"), STR(""), ret, e);
}

int snapshot_tree_of_files(const SnapshotDir *d, const char *work, const StrVec *paths, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    const Git *g = snapshot_index(d, "files", work);
    buf_init(&in, SNAPSHOT_LIST_MAX);
    vec_each(paths, p) {
        buf_add_str(&in, *p);
        buf_add_c(&in, '\0');
    }
    TRY(snapshot_run(d, g, GIT_ARGS("update-index", "--add", "--remove", "--replace", "-z", "--stdin"), buf_str(&in),
                     &o, e));
    return snapshot_write_tree(d, g, ret, e);
}

void snapshot_entry(Buf *b, const char *mode_and_type, Str id, const char *name) {
    buf_add_fmt(b, "%s " STR_FMT "\t%s", mode_and_type, STR_ARG(id), name);
    buf_add_c(b, '\0');
}

int snapshot_make_tree(const SnapshotDir *d, Str entries, Str *ret, Err *e) {
    return one_line(d, d->git, GIT_ARGS("mktree", "-z"), entries, ret, e);
}

int snapshot_write_blob(const SnapshotDir *d, Str bytes, Str *ret, Err *e) {
    return one_line(d, d->git, GIT_ARGS("hash-object", "-w", "--no-filters", "--stdin"), bytes, ret, e);
}

/* The object is written as it is (git-hash-object(1)): no name or signature of the user's configuration gets into it,
 * and the number of its parents is not limited by the length of a command line. */
int snapshot_write_commit(const SnapshotDir *d, Str tree, const StrVec *parents, Str message, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    long long now = (long long)(clock_now_us() / 1000000);
    buf_init(&b, 64 << 20);
    buf_add_fmt(&b, "tree " STR_FMT "\n", STR_ARG(tree));
    vec_each(parents, p) buf_add_fmt(&b, "parent " STR_FMT "\n", STR_ARG(*p));
    buf_add_fmt(&b, "author Muster <muster@localhost> %lld +0000\ncommitter Muster <muster@localhost> %lld +0000\n\n",
                now, now);
    buf_add_str(&b, message);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the commit has too many parents");
    return one_line(d, d->git, GIT_ARGS("hash-object", "-t", "commit", "-w", "--stdin"), buf_str(&b), ret, e);
}

void snapshot_entries(const Snapshot *s, Buf *b) {
    snapshot_entry(b, "040000 tree", s->files, "files");
    snapshot_entry(b, "100644 blob", s->manifest, "manifest");
}

/* -- its files ----------------------------------------------------------------------------------------------- */

/* What decides how git reads the worktree, against any configuration of the user or the system: a private folder's own
 * file has precedence over both. The protections for other systems would refuse names that are ordinary here. */
static const char fixed_config[] =
    "[core]\n\tbare = false\n\tfileMode = true\n\tsymlinks = true\n\tignoreCase = false\n\tautocrlf = false\n"
    "\tsafecrlf = false\n\teol = lf\n\ttrustctime = true\n\tcheckStat = default\n\tuntrackedCache = false\n"
    "\tsplitIndex = false\n\tsparseCheckout = false\n\tprotectNTFS = false\n\tprotectHFS = false\n"
    "\tprecomposeUnicode = false\n\tlogAllRefUpdates = false\n\tfsync = loose-object,pack,pack-metadata,reference\n"
    "\tfsyncMethod = batch\n"
    "[index]\n\tsparse = false\n[feature]\n\tmanyFiles = false\n";

static void add_quoted(Buf *b, const char *key, Str value) {
    buf_add_fmt(b, "\t%s = \"", key);
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"' || value.p[i] == '\\') buf_add_c(b, '\\');
        if (value.p[i] == '\n')
            buf_add_str(b, STR("\\n"));
        else
            buf_add_c(b, value.p[i]);
    }
    buf_add_str(b, STR("\"\n"));
}

/* One value of the repository's configuration; empty if it has none. */
static int configured(const SnapshotDir *d, const char *type, const char *key, Str *ret, Err *e) {
    GitOut o;
    TRY(snapshot_ask(d, d->user, GIT_ARGS("config", "--null", type, "--get", key), &o, e));
    *ret = o.exit_code == 0 && o.out.n ? arena_str(d->arena, str_upto(o.out, o.out.n - 1)) : STR("");
    return 0;
}

static int put_text(const SnapshotDir *d, const char *name, Str text, Err *e) {
    CLEANUP(buf_done) Buf old;
    Str path = arena_fmt(d->arena, "%s/%s", d->dir, name);
    buf_init(&old, SMALL_FILE);
    if (file_read(AT_FDCWD, path.p, &old, &(Err){0}) == 0 && str_eq(buf_str(&old), text)) return 0;
    return file_write_atomic(AT_FDCWD, path.p, text, 0600, e);
}

static int put_config(SnapshotDir *d, Err *e) {
    CLEANUP(buf_done) Buf b;
    Str excludes, shared, format;
    buf_init(&b, SMALL_FILE);
    TRY(configured(d, "--path", "core.excludesFile", &excludes, e));
    TRY(configured(d, "--no-type", "core.sharedRepository", &shared, e));
    GitOut o;
    TRY(snapshot_run(d, d->user, GIT_ARGS("rev-parse", "--show-object-format"), STR(""), &o, e));
    format = arena_str(d->arena, str_trim(o.out));
    bool is_sha256 = str_is(format, "sha256");
    d->id_chars = is_sha256 ? 64 : 40;
    buf_add_str(&b, str(fixed_config));
    buf_add_fmt(&b, "[core]\n\trepositoryFormatVersion = %d\n", is_sha256);
    if (excludes.n) add_quoted(&b, "excludesFile", excludes);
    if (shared.n) add_quoted(&b, "sharedRepository", shared);
    if (is_sha256) buf_add_str(&b, STR("[extensions]\n\tobjectFormat = sha256\n"));
    return put_text(d, "config", buf_str(&b), e);
}

static int put_excludes(const SnapshotDir *d, Err *e) {
    CLEANUP(buf_done) Buf b;
    GitOut o;
    buf_init(&b, SMALL_FILE);
    TRY(snapshot_run(d, d->user, GIT_ARGS("rev-parse", "--path-format=absolute", "--git-path", "info/exclude"), STR(""),
                     &o, e));
    Str path = arena_str(d->arena, str_upto(o.out, o.out.n ? o.out.n - 1 : 0));
    if (file_read(AT_FDCWD, path.p, &b, &(Err){0}) < 0) buf_clear(&b);
    return put_text(d, "info/exclude", buf_str(&b), e);
}

static int put_files(SnapshotDir *d, Err *e) {
    static const char *const folders[] = {"info", "refs", "nested"};
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        TRY(file_mkdirs(arena_fmt(d->arena, "%s/%s", d->dir, folders[i]).p, 0700, e));
    TRY(put_text(d, "HEAD", STR("ref: refs/heads/none\n"), e));
    TRY(put_text(d, "info/attributes", STR("* -text -filter -ident -working-tree-encoding\n"), e));
    TRY(put_config(d, e));
    (void)unlink(arena_fmt(d->arena, "%s/index.lock", d->dir).p); /* of a git that was killed: the folder is locked */
    return put_excludes(d, e);
}

/* -- what the index relies on -------------------------------------------------------------------------------- */

static Str memo_path(const SnapshotDir *d) { return arena_fmt(d->arena, "%s/kept", d->dir); }

static void forget_index(const SnapshotDir *d) { (void)unlink(arena_fmt(d->arena, "%s/index", d->dir).p); }

static int check_memo(const SnapshotDir *d, Err *e) {
    CLEANUP(buf_done) Buf b;
    Str now;
    buf_init(&b, SMALL_FILE);
    if (!d->ref) return 0;
    TRY(git_resolve(d->user, d->ref, &now, e));
    bool is_kept =
        now.p && file_read(AT_FDCWD, memo_path(d).p, &b, &(Err){0}) == 0 && str_eq(str_trim(buf_str(&b)), now);
    if (is_kept) return 0;
    forget_index(d);
    return file_remove_tree(arena_fmt(d->arena, "%s/nested", d->dir).p, e);
}

int snapshot_remember(SnapshotDir *d, const Snapshot *s, Err *e) {
    CLEANUP(buf_done) Buf b;
    Str tree, old, old_tree, commit;
    GitOut o;
    buf_init(&b, 4096);
    snapshot_entries(s, &b);
    TRY(snapshot_make_tree(d, buf_str(&b), &tree, e));
    TRY(git_resolve(d->user, d->ref, &old, e));
    TRY(snapshot_ask(d, d->user,
                     GIT_ARGS("rev-parse", "--verify", "--quiet", arena_fmt(d->arena, "%s^{tree}", d->ref).p), &o, e));
    old_tree = str_trim(o.out);
    if (old.p && str_eq(old_tree, tree)) return put_text(d, "kept", old, e);
    TRY(snapshot_write_commit(d, tree, &(StrVec){0}, STR("muster: the latest snapshot of a worktree\n"), &commit, e));
    TRY(snapshot_run(d, d->user, GIT_ARGS("update-ref", d->ref, commit.p), STR(""), &o, e));
    return put_text(d, "kept", commit, e);
}

/* -- open ---------------------------------------------------------------------------------------------------- */

static int lock_dir(SnapshotDir *d, int64_t wait_ms, Err *e) {
    Str path = arena_fmt(d->arena, "%s/lock", d->dir);
    bool held = false;
    for (int64_t waited = 0; !held; waited += LOCK_STEP_MS) {
        TRY(file_lock(AT_FDCWD, path.p, &d->lock, &held, e));
        if (held) break;
        if (waited >= wait_ms || snapshot_left_ms(d) <= LOCK_STEP_MS)
            return err_fail(e, ERR_BUSY, "another snapshot of %s is still being taken", d->top);
        nanosleep(&(struct timespec){.tv_nsec = LOCK_STEP_MS * 1000000L}, NULL);
    }
    return 0;
}

static void free_dir(void *arg) {
    SnapshotDir *d = arg;
    fd_closep(&d->lock);
}

static void private_git(SnapshotDir *d) {
    Arena *a = d->arena;
    const char *const more[] = {arena_fmt(a, "GIT_DIR=%s", d->dir).p, arena_fmt(a, "GIT_WORK_TREE=%s", d->top).p,
                                arena_fmt(a, "GIT_OBJECT_DIRECTORY=%s", d->objects).p,
                                arena_fmt(a, "GIT_INDEX_FILE=%s/index", d->dir).p, NULL};
    d->git = git_with(d->user, d->top, more);
}

static int open_dir(SnapshotDir *d, int64_t lock_ms, Err *e) {
    TRY(file_mkdirs(d->dir, 0700, e));
    TRY(lock_dir(d, lock_ms, e));
    TRY(put_files(d, e));
    private_git(d);
    return check_memo(d, e);
}

static SnapshotDir *new_dir(const Git *g) {
    SnapshotDir *d = arena_new_in(g->arena, SnapshotDir);
    d->arena = g->arena;
    d->lock = -1;
    arena_defer(g->arena, free_dir, d);
    return d;
}

static int find_git_dir(SnapshotDir *d, Err *e) {
    GitOut o;
    TRY(snapshot_run(d, d->user, GIT_ARGS("rev-parse", "--absolute-git-dir"), STR(""), &o, e));
    d->git_dir = arena_cstr(d->arena, str_upto(o.out, o.out.n ? o.out.n - 1 : 0));
    return 0;
}

/* With `user`, `top` and `git_dir` set. */
static int open_first(SnapshotDir *d, const SnapshotAsk *ask, const char *common, Err *e) {
    d->end_us = clock_mono_us() + 1000 * (ask->timeout_ms ? ask->timeout_ms : SNAPSHOT_TIMEOUT_MS);
    d->common = common;
    d->objects = arena_fmt(d->arena, "%s/objects", common).p;
    d->dir = arena_strdup(d->arena, ask->dir);
    d->ref = arena_fmt(d->arena, SNAPSHOT_REFS "%s", ask->name).p;
    if (!d->git_dir) TRY(find_git_dir(d, e));
    d->index = arena_fmt(d->arena, "%s/index", d->git_dir).p;
    d->mark = arena_fmt(d->arena, "held by muster for %s\n", d->dir);
    TRY(open_dir(d, ask->lock_ms ? ask->lock_ms : SNAPSHOT_LOCK_MS, e));
    index_lock_release(d->index, d->mark); /* of a daemon that was killed */
    return 0;
}

int snapshot_open(const Git *g, const SnapshotAsk *ask, SnapshotDir **ret, Err *e) {
    GitPlaces places;
    SnapshotDir *d = new_dir(g);
    TRY(git_places(g, &places, e));
    d->top = places.top;
    d->user = git_with(g, places.top, NULL);
    TRY(open_first(d, ask, places.common, e));
    *ret = d;
    return 0;
}

int snapshot_open_record(const Git *g, const SnapshotAsk *ask, const char *git_dir, SnapshotDir **ret, Err *e) {
    SnapshotDir *d = new_dir(g);
    const char *const more[] = {arena_fmt(g->arena, "GIT_DIR=%s", git_dir).p,
                                arena_fmt(g->arena, "GIT_WORK_TREE=%s", git_dir).p, NULL};
    d->top = d->git_dir = git_dir;
    d->user = git_with(g, git_dir, more);
    TRY(open_first(d, ask, g->dir, e));
    *ret = d;
    return 0;
}

int snapshot_open_nested(const SnapshotDir *d, Str path, SnapshotDir **ret, Err *e) {
    uint8_t digest[32];
    char hex[65];
    Git *inside;
    SnapshotDir *n = new_dir(d->user);
    digest_sha256(path, digest);
    digest_hex(digest, 32, hex);
    n->top = arena_fmt(d->arena, "%s/" STR_FMT, d->top, STR_ARG(path)).p;
    n->dir = arena_fmt(d->arena, "%s/nested/%.*s", d->dir, NESTED_NAME, hex).p;
    n->end_us = d->end_us;
    n->common = d->common;
    n->objects = d->objects;
    n->depth = d->depth + 1;
    TRY(git_open(d->arena, n->top, &inside, e));
    n->user = inside;
    TRY(find_git_dir(n, e));
    TRY(open_dir(n, SNAPSHOT_LOCK_MS, e)); /* nobody else opens it without the outer one */
    *ret = n;
    return 0;
}

void snapshot_close(SnapshotDir *d) { fd_closep(&d->lock); }

int snapshot_forget(const Git *g, const char *name, Err *e) {
    GitOut o;
    Str now, ref = arena_fmt(g->arena, SNAPSHOT_REFS "%s", name);
    TRY(git_resolve(g, ref.p, &now, e));
    if (!now.p) return 0;
    return git_quiet(g, &(GitCall){.args = GIT_ARGS("update-ref", "-d", ref.p, now.p)}, &o, e);
}
