#define LOG_MODULE "watch"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/stream.h"
#include "core/topic.h"
#include "git/merge.h"
#include "sys/digest.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/path_look.h"
#include "workspace/base.h"
#include "workspace/overview.h"
#include "workspace/watch_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(WatchTree, WATCH_TREE);

enum { DEPTH_MAX = 64, TREES_MAX = 10000, STATUS_MAX = 16 << 20 };
enum { EMITTED_PATHS = 200, EMITTED_BYTES = 64 << 10 };
enum {
    FOLDER_MASK =
        IN_CREATE | IN_DELETE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR | IN_DONT_FOLLOW,
    GIT_MASK = IN_MOVED_TO | IN_DELETE | IN_ONLYDIR
};

/* -- watches ------------------------------------------------------------------------------------------------- */

typedef struct Scan {
    WatchJob *job;
    Map ignored; /* folders, relative to the worktree, with a slash at the end */
} Scan;

static bool add_watch(WatchJob *j, const char *path, uint32_t mask) {
    if (j->is_polled) return false;
    bool is_full = j->wds.n >= WATCHES_PER_TREE;
    int wd = is_full ? -1 : inotify_add_watch(j->inotify_fd, path, mask);
    if (wd < 0)
        j->is_polled = is_full || errno == ENOSPC || errno == ENOMEM;
    else
        vec_push(&j->wds, wd);
    return wd >= 0;
}

/* Ignored folders as git collapses them (node_modules/ and the like), each once. */
static int read_ignored(Scan *s, const Git *g, Err *e) {
    GitOut o;
    const char *const *args = GIT_ARGS("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z");
    int r = git_quiet(g, &(GitCall){.args = args, .output_max = STATUS_MAX}, &o, e);
    if (r == -ERR_TOO_LARGE) { /* without their names each of them would be watched */
        s->job->is_polled = true;
        return 0;
    }
    TRY(r);
    Str rest = o.out, path;
    while (rest.n && str_split(&rest, '\0', &path))
        if (str_ends(path, STR("/"))) map_put(&s->ignored, path, s);
    return 0;
}

static bool is_folder(int dir_fd, const struct dirent *d) {
    struct stat st;
    if (d->d_type != DT_UNKNOWN) return d->d_type == DT_DIR;
    return fstatat(dir_fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* A nested repository or worktree is not part of this one's status, and its folders may already be watched. */
static bool is_other_repository(const Scan *s, Str under) {
    struct stat st;
    return under.n &&
           lstat(arena_fmt(s->job->arena, STR_FMT "/" STR_FMT ".git", STR_ARG(s->job->path), STR_ARG(under)).p, &st) ==
               0;
}

static void walk(Scan *s, Str under, int depth) {
    WatchJob *j = s->job;
    Str path = arena_fmt(j->arena, STR_FMT "/" STR_FMT, STR_ARG(j->path), STR_ARG(under));
    if (depth > DEPTH_MAX || is_other_repository(s, under) || !add_watch(j, path.p, FOLDER_MASK)) return;
    CLEANUP(dir_closep) DIR *d = opendir(path.p);
    for (struct dirent *en; d && !j->is_polled && (en = readdir(d));) {
        Str name = str(en->d_name);
        if (str_is(name, ".") || str_is(name, "..") || str_is(name, ".git") || !is_folder(dirfd(d), en)) continue;
        Str inner = arena_fmt(j->arena, STR_FMT STR_FMT "/", STR_ARG(under), STR_ARG(name));
        if (!map_find(&s->ignored, inner)) walk(s, inner, depth + 1);
    }
}

static int scan(WatchJob *j, const Git *g, Err *e) {
    GitOut o;
    Scan s = {.job = j};
    int r = read_ignored(&s, g, e);
    if (r == 0) walk(&s, STR(""), 0);
    map_done(&s.ignored);
    TRY(r);
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("rev-parse", "--absolute-git-dir")}, &o, e));
    if (o.out.n) add_watch(j, arena_str(j->arena, str_upto(o.out, o.out.n - 1)).p, GIT_MASK);
    return 0;
}

/* -- places ------------------------------------------------------------------------------------------------- */

enum { LOOK_FOLDER, LOOK_COMMON, LOOK_REF, LOOK_PACKED, LOOKS_OF_PLACE };

static void add_looks(Arena *a, const WatchTree *t, const char *base_ref, PathLook *looks) {
    looks[LOOK_FOLDER].path = t->path;
    looks[LOOK_COMMON].path = t->common_dir;
    looks[LOOK_REF].path = arena_fmt(a, STR_FMT "/%s", STR_ARG(t->common_dir), base_ref);
    looks[LOOK_PACKED].path = arena_fmt(a, STR_FMT "/packed-refs", STR_ARG(t->common_dir));
    for (int i = 0; i < LOOKS_OF_PLACE; i++) looks[i].follows_link = true;
}

static WatchPlace place_in(const PathLook *looks, const char *base_ref) {
    WatchPlace p = {0};
    for (int i = LOOK_FOLDER; i <= LOOK_COMMON; i++) {
        p.folders[2 * i] = looks[i].device;
        p.folders[2 * i + 1] = looks[i].inode;
        p.is_silent |= looks[i].state == PATH_SILENT;
    }
    for (int i = LOOK_REF; base_ref[0] && i <= LOOK_PACKED; i++) {
        p.base[2 * (i - LOOK_REF)] = looks[i].inode;
        p.base[2 * (i - LOOK_REF) + 1] = looks[i].modified_ns;
    }
    return p;
}

static WatchPlace place_of(const WatchJob *j, const char *base_ref) {
    PathLook looks[LOOKS_OF_PLACE] = {0};
    add_looks(j->arena, &(WatchTree){.path = j->path, .common_dir = j->common_dir}, base_ref, looks);
    paths_look(looks, LOOKS_OF_PLACE);
    return place_in(looks, base_ref);
}

void watch_look_run(void *db, void *arg) {
    (void)db;
    WatchLook *l = arg;
    PathLook *looks = arena_array(l->arena, l->trees.n * LOOKS_OF_PLACE + 1, sizeof *looks);
    for (size_t i = 0; i < l->trees.n; i++)
        add_looks(l->arena, &l->trees.items[i], l->base_refs[i], looks + i * LOOKS_OF_PLACE);
    paths_look(looks, l->trees.n * LOOKS_OF_PLACE);
    for (size_t i = 0; i < l->trees.n; i++) l->places[i] = place_in(looks + i * LOOKS_OF_PLACE, l->base_refs[i]);
    loop_post(l->loop, watch_look_done, l);
}

static bool is_missing(Str path) { return path.n && path_look(path) == PATH_ABSENT; }

/* git's own words for it name what it looked for, and not what is wrong. */
static void say_missing(const WatchJob *j, WorktreeStatus *st) {
    bool has_folder = !is_missing(j->path), has_repository = !is_missing(j->common_dir);
    if (has_folder && has_repository) return;
    GIVE(WorktreeStatus, st, missing, has_repository ? MISSING_FOLDER : MISSING_REPOSITORY);
    Str what = has_repository || !has_folder ? j->path : j->common_dir;
    GIVE(WorktreeStatus, st, error,
         arena_fmt(j->arena, "%s gone: " STR_FMT, has_repository ? "its folder is" : "its repository is",
                   STR_ARG(str_upto(what, 440))));
}

static void keep(char *to, size_t size, Str text) { snprintf(to, size, STR_FMT, STR_ARG(text)); }

/* -- status -------------------------------------------------------------------------------------------------- */

typedef struct Emission {
    WatchJob *job;
    const WorktreeStatus *status;
} Emission;

/* Updates the row's branch to the one in the status. */
static int update_branch(Tx *tx, const Emission *t, Err *e) {
    Worktree w;
    const GitStatus *s = t->status->status;
    if (!s || worktree_get(tx_conn(tx), t->job->worktree_id, t->job->arena, &w, &(Err){0}) < 0) return 0;
    if (str_eq(w.branch, s->branch) && w.is_detached == s->is_detached) return 0;
    w.branch = s->branch;
    w.is_detached = s->is_detached;
    return worktree_store(tx, &w, e);
}

/* Events are stored and sent to every subscriber of the workspace, so they contain only the first paths; a client that
 * needs all of them requests the status. */
static GitStatus first_paths_of(const GitStatus *whole) {
    GitStatus s = *whole;
    StrList *const lists[] = {&s.conflicted, &s.staged, &s.modified, &s.untracked, &s.unverified};
    size_t paths = EMITTED_PATHS, bytes = EMITTED_BYTES;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        size_t n = 0;
        for (; n < lists[i]->n && paths > 0 && lists[i]->items[n].n <= bytes; n++, paths--)
            bytes -= lists[i]->items[n].n;
        s.truncated |= n < lists[i]->n;
        lists[i]->n = n;
    }
    return s;
}

static int emit_tx(Tx *tx, void *arg, Err *e) {
    Emission *t = arg;
    Str topic = topic_of(t->job->arena, "workspace", t->job->workspace_id);
    GitStatus status;
    WorktreeStatus emitted = *t->status;
    if (emitted.status) {
        status = first_paths_of(emitted.status);
        emitted.status = &status;
    }
    TRY(update_branch(tx, t, e));
    TRY(worktree_store_status(tx, t->status, e));
    return stream_emit(tx, topic, "git_status", &WorktreeStatus_shape, &emitted, e);
}

/* Emits the status only if it differs from the last one in a path or in the content of a changed file. */
static void emit(WatchJob *j, const WorktreeStatus *st) {
    CLEANUP(buf_done) Buf b;
    uint8_t digest[32];
    Err e = {0};
    buf_init(&b, STATUS_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&WorktreeStatus_shape, st, &o);
    digest_sha256(buf_str(&b), digest);
    if (memcmp(digest, j->digest, sizeof digest) == 0) return;
    Emission t = {j, st};
    if (db_tx(j->app->db, DB_DERIVED, emit_tx, &t, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "emitting a status", &e);
    else
        memcpy(j->digest, digest, sizeof digest);
}

/* What cannot be counted, or not in time, is left out: the tracked files here, `from` as of git_lines. */
static bool count_tracked(const Git *g, const GitStatus *status, const char *from, WatchLines *l) {
    *l = (WatchLines){0};
    l->ok = git_lines(g, from, &l->n, NULL) == 0;
    keep(l->content_id, sizeof l->content_id, status->content_id);
    return l->ok;
}

static void add_untracked(const GitStatus *status, int64_t lines, bool is_least, WatchLines *l) {
    l->untracked = lines;
    l->is_least = is_least;
    l->n.files += status->counts->untracked;
    l->n.added += lines;
}

static void count_lines(const Git *g, const GitStatus *status, WatchLines *l) {
    int64_t untracked;
    if (str_is(status->content_id, l->content_id) || !count_tracked(g, status, NULL, l)) return;
    bool is_whole = git_untracked_lines(g, &status->untracked, &untracked) &&
                    status->counts->untracked == (int64_t)status->untracked.n;
    add_untracked(status, untracked, !is_whole, l);
}

/* Against where it left the base. Untracked files are the same there, and are not read again. */
static void count_base_lines(const Git *g, const GitStatus *status, const WatchLines *own, WatchBase *b) {
    WatchLines *l = &b->lines;
    if (str_is(status->content_id, l->content_id)) return;
    if (!own->ok || str_is(status->head, b->fork))
        *l = *own;
    else if (count_tracked(g, status, b->fork, l))
        add_untracked(status, own->untracked, own->is_least, l);
}

static bool is_same_place(const WatchPlace *one, const WatchPlace *other) {
    return memcmp(one->folders, other->folders, sizeof one->folders) == 0 &&
           memcmp(one->base, other->base, sizeof one->base) == 0;
}

static int find_base(WatchJob *j, const Git *g, Err *e) {
    WatchBase *b = &j->base;
    BaseBranch base;
    Str tip = {0};
    if (b->is_known && !j->scan && is_same_place(&b->at, &j->place)) return 0;
    b->is_known = false;
    TRY(base_find(g, j->set_base, &base, e));
    Str ref = base.branch.p ? arena_fmt(j->arena, "refs/heads/" STR_FMT, STR_ARG(base.branch)) : STR("");
    keep(b->ref, sizeof b->ref, ref.n < sizeof b->ref ? ref : STR(""));
    j->place = place_of(j, b->ref); /* before its commit is read */
    if (b->ref[0]) TRY(git_resolve(g, b->ref, &tip, e));
    if (!str_is(tip, b->tip)) b->head[0] = b->lines.content_id[0] = 0;
    keep(b->tip, sizeof b->tip, tip);
    b->at = j->place;
    b->is_known = true;
    return 0;
}

/* The worktree that has the base checked out, and one without a commit, have no distance. */
static bool is_apart(const WatchBase *b, const GitStatus *status) {
    Str own = status->is_detached ? (Str){0} : status->branch;
    return b->is_known && b->tip[0] && status->head.p && !str_eq(own, str(b->ref + strlen("refs/heads/")));
}

static int look_at_base(WatchJob *j, const Git *g, const GitStatus *status, Err *e) {
    WatchBase *b = &j->base;
    Str fork;
    TRY(find_base(j, g, e));
    if (!is_apart(b, status)) return 0;
    if (!str_is(status->head, b->head)) {
        b->head[0] = b->lines.content_id[0] = 0;
        TRY(git_distance(g, str(b->tip), status->head, &b->ahead, &b->behind, e));
        TRY(git_merge_base(g, str(b->tip), status->head, &fork, e));
        keep(b->fork, sizeof b->fork, fork.p ? fork : str(b->tip));
        keep(b->head, sizeof b->head, status->head);
    }
    count_base_lines(g, status, &j->lines, b);
    return 0;
}

static void add_base(const WatchJob *j, WorktreeStatus *st) {
    const WatchBase *b = &j->base;
    if (!is_apart(b, st->status) || !str_is(st->status->head, b->head)) return;
    GIVE(WorktreeStatus, st, base, str(b->ref + strlen("refs/heads/")));
    GIVE(WorktreeStatus, st, base_ahead, b->ahead);
    GIVE(WorktreeStatus, st, base_behind, b->behind);
    if (!b->lines.ok) return;
    GIVE(WorktreeStatus, st, base_files, b->lines.n.files);
    GIVE(WorktreeStatus, st, base_added, b->lines.n.added);
    GIVE(WorktreeStatus, st, base_removed, b->lines.n.removed);
}

/* A base that cannot be read says nothing about the worktree's own state. */
static void add_figures(WatchJob *j, const Git *g, WorktreeStatus *st) {
    Err e = {0};
    count_lines(g, st->status, &j->lines);
    if (j->lines.ok) {
        GIVE(WorktreeStatus, st, added, j->lines.n.added);
        GIVE(WorktreeStatus, st, removed, j->lines.n.removed);
        if (j->lines.is_least) GIVE(WorktreeStatus, st, is_added_least, true);
    }
    if (look_at_base(j, g, st->status, &e) < 0) log_err(LOG_DEBUG, LOG_MODULE, "reading the distance to the base", &e);
    add_base(j, st);
}

/* Nothing is known of what is in it, and no job may wait there: it would keep the others from running. */
static void say_silent(WatchJob *j) {
    WorktreeStatus st = {.worktree_id = j->worktree_id, .source = j->is_polled ? STR("polled") : STR("inotify")};
    GIVE(WorktreeStatus, &st, error,
         arena_fmt(j->arena, "its disk does not answer: " STR_FMT, STR_ARG(str_upto(j->path, 440))));
    j->has_failed = true;
    emit(j, &st);
}

void watch_job_look(WatchJob *j) {
    Git *g;
    GitStatus status;
    Err e = {0};
    WorktreeStatus st = {.worktree_id = j->worktree_id};
    j->place = place_of(j, j->base.ref);
    if (j->place.is_silent) {
        say_silent(j);
        return;
    }
    int r = git_open(j->arena, j->path.p, &g, &e);
    if (r == 0 && j->scan) r = scan(j, g, &e);
    j->has_failed = r < 0;
    if (r == 0) r = git_status(g, &status, &e);
    st.source = j->is_polled ? STR("polled") : STR("inotify");
    if (r == 0) {
        st.status = &status;
        GIVE(WorktreeStatus, &st, content_id, status.content_id);
        add_figures(j, g, &st);
    } else {
        GIVE(WorktreeStatus, &st, error, str(e.text));
        say_missing(j, &st);
    }
    emit(j, &st);
}

void watch_job_run(void *db, void *arg) {
    (void)db;
    WatchJob *j = arg;
    int64_t began_us = clock_mono_us();
    watch_job_look(j);
    j->took_us = clock_mono_us() - began_us;
    loop_post(j->app->loop, watch_job_done, j);
}

/* -- what there is ------------------------------------------------------------------------------------------- */

void watch_sync_run(void *db, void *arg) {
    WatchSync *s = arg;
    Err e = {0};
    s->ok = db_all(db, &sql_watch_trees, DB_NONE, DB_INTO(WatchTree, s->arena, &s->trees), TREES_MAX, &e) == 0;
    if (!s->ok) log_err(LOG_WARN, LOG_MODULE, "listing worktrees", &e);
    loop_post(s->loop, watch_sync_done, s);
}
