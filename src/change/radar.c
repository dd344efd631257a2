/* Conflict radar: which worktrees would conflict with each other now, with what is not committed too.
 *
 * Objects that this needs are written into a temporary folder and removed with it; the repository only lends its own. No
 * worktree, index or ref is touched. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "change/radar_in.h"
#include "git/bases.h"
#include "git/merge.h"
#include "sys/file.h"

SHAPE_DEFINE(RadarTree, RADAR_TREE);
SHAPE_DEFINE(RadarPair, RADAR_PAIR);
SHAPE_DEFINE(RadarLeftOut, RADAR_LEFT_OUT);
SHAPE_DEFINE(Radar, RADAR);

#define SCRATCH "radar"
#define NO_PLACE SIZE_MAX
enum { LIST_BYTES = 64 << 20, DIRTY_FILES = 2000, DIRTY_BYTES = 64 << 20, PATHS_SHOWN = 100 };

typedef struct Radaring {
    OpCall *call;
    const Workspace *w;
    Git *g; /* in the common git folder */
    Scratch scratch;
    Radar *out;
    GitBases bases;
    size_t *tip;      /* by worktree: its place in bases, NO_PLACE */
    Map sets;         /* "<from>:<to>" to Map*: what their changed paths begin with */
    VEC(Map *) owned; /* the values of sets */
} Radaring;

static void radar_done(Radaring *x) {
    vec_each(&x->owned, m) {
        map_done(*m);
        free(*m);
    }
    vec_done(&x->owned);
    map_done(&x->sets);
    scratch_close(&x->scratch);
}

/* -- what a worktree has now ------------------------------------------------------------------------------------- */

/* In a list of paths, where a colon ends one that is not quoted (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES). */
static Str quoted(Arena *a, Str path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 2 * path.n + 2);
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] == '"' || path.p[i] == '\\') buf_add_c(&b, '\\');
        buf_add_c(&b, path.p[i]);
    }
    return arena_fmt(a, "\"" STR_FMT "\"", STR_ARG(buf_str(&b)));
}

int scratch_open(OpCall *c, const Workspace *w, Scratch *ret, Err *e) {
    char *folder = arena_strdup(c->arena, arena_fmt(c->arena, "%s/" SCRATCH "-XXXXXX", c->app->home).p);
    *ret = (Scratch){.call = c, .objects = arena_fmt(c->arena, STR_FMT "/objects", STR_ARG(w->common_dir))};
    if (!mkdtemp(folder)) return err_sys(e, "cannot create %s", folder);
    ret->folder = folder;
    return 0;
}

void scratch_close(Scratch *s) {
    if (s->folder) (void)file_remove_tree(s->folder, &(Err){0});
}

const Git *scratch_git(const Scratch *s, const Git *g, const char *index) {
    Arena *a = s->call->arena;
    const char **more = arena_array(a, 8, sizeof *more);
    size_t n = 0;
    more[n++] = arena_fmt(a, "GIT_OBJECT_DIRECTORY=%s", s->folder).p;
    Str objects = quoted(a, s->objects);
    more[n++] = arena_fmt(a, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" STR_FMT, STR_ARG(objects)).p;
    if (index) more[n++] = arena_fmt(a, "GIT_INDEX_FILE=%s", index).p;
    more[n++] = "GIT_AUTHOR_NAME=Muster";
    more[n++] = "GIT_AUTHOR_EMAIL=muster";
    more[n++] = "GIT_COMMITTER_NAME=Muster";
    more[n++] = "GIT_COMMITTER_EMAIL=muster";
    return git_with(g, g->dir, more);
}

static bool add_size(const Worktree *w, const StrList *paths, int64_t *sum) {
    for (size_t i = 0; i < paths->n; i++) {
        char path[8192];
        struct stat st;
        snprintf(path, sizeof path, STR_FMT "/" STR_FMT, STR_ARG(w->path), STR_ARG(paths->items[i]));
        if (lstat(path, &st) == 0) *sum += st.st_size;
    }
    return *sum <= DIRTY_BYTES;
}

/* Too much would make a look cost what a commit of it costs. */
static bool is_small(const Worktree *w, const GitStatus *s) {
    int64_t n = s->counts->modified + s->counts->staged + s->counts->untracked, bytes = 0;
    return n <= DIRTY_FILES && !s->truncated && !s->is_folded && add_size(w, &s->modified, &bytes) &&
           add_size(w, &s->staged, &bytes) && add_size(w, &s->untracked, &bytes);
}

/* With its time: a file that was edited in the second in which the index was written has the size and time that the index
 * says, and git looks into it only because the index is not newer (git's "racy" entries). */
static int copy_index(const Git *g, const char *to, Err *e) {
    GitOut o;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, LIST_BYTES);
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("rev-parse", "--absolute-git-dir")}, &o, e));
    const char *from = arena_fmt(g->arena, STR_FMT "/index", STR_ARG(str_trim(o.out))).p;
    struct stat st;
    if (stat(from, &st) < 0) return err_sys(e, "cannot look at %s", from);
    TRY(file_read(AT_FDCWD, from, &b, e));
    TRY(file_write_atomic(AT_FDCWD, to, buf_str(&b), 0600, e));
    struct timespec times[] = {st.st_mtim, st.st_mtim};
    return utimensat(AT_FDCWD, to, times, 0) < 0 ? err_sys(e, "cannot set the time of %s", to) : 0;
}

/* As git would commit it, except that no filter runs. */
static int work_commit(const Radaring *x, const Git *g, Str head, Str *ret, Err *e) {
    GitOut o;
    const char *index = arena_fmt(x->call->arena, "%s/index", x->scratch.folder).p;
    const Git *s = scratch_git(&x->scratch, g, index);
    TRY(copy_index(g, index, e));
    TRY(git_quiet(s, &(GitCall){.args = GIT_ARGS("add", "--all", "--", ".")}, &o, e));
    TRY(git_quiet(s, &(GitCall){.args = GIT_ARGS("write-tree")}, &o, e));
    const char *tree = arena_cstr(g->arena, str_trim(o.out));
    const char *const *args = GIT_ARGS("commit-tree", tree, "-p", arena_cstr(g->arena, head), "-m", "radar");
    TRY(git_quiet(s, &(GitCall){.args = args}, &o, e));
    *ret = arena_str(x->call->arena, str_trim(o.out));
    return 0;
}

/* One worktree that cannot be read says why, and the others are compared. */
static int read_tree(const Radaring *x, const Worktree *w, RadarTree *t, Err *e) {
    Git *g;
    GitStatus s;
    GitMergeState state;
    TRY(git_open(x->call->arena, w->path.p, &g, e));
    TRY(git_status(g, &s, e));
    TRY(git_merge_state(g, &state, e));
    if (!s.head.p) return err_fail(e, ERR_CONFLICT, "it has no commit yet");
    t->head = t->compared = s.head;
    t->content_id = s.content_id;
    t->is_dirty = !s.is_clean;
    t->is_committed_only = t->is_dirty && (!is_small(w, &s) || state.conflict_count);
    return t->is_dirty && !t->is_committed_only ? work_commit(x, g, s.head, &t->compared, e) : 0;
}

static int read_trees(Radaring *x, Err *e) {
    WorktreeList l = {0};
    TRY(worktree_list(x->call->db, x->w->id, x->call->arena, &l, e));
    x->out->worktrees.items = arena_array(x->call->arena, l.n + 1, sizeof(RadarTree));
    for (size_t i = 0; i < l.n; i++) {
        RadarTree t = {.worktree_id = l.items[i].id, .branch = l.items[i].branch};
        Err why = {0};
        if (read_tree(x, &l.items[i], &t, &why) < 0) t.note = arena_fmt(x->call->arena, "%s", why.text);
        x->out->worktrees.items[x->out->worktrees.n++] = t;
    }
    return 0;
}

/* -- pairs -------------------------------------------------------------------------------------------------------- */

/* The first part of each changed path: two changes that share none cannot conflict, not even through a renamed folder. */
static int changed_parts(Radaring *x, const Git *g, Str from, Str to, Map **ret, Err *e) {
    GitOut o;
    Str key = arena_fmt(g->arena, STR_FMT ":" STR_FMT, STR_ARG(from), STR_ARG(to));
    *ret = map_find(&x->sets, key);
    if (*ret) return 0;
    const char *const *args = GIT_ARGS("diff-tree", "-r", "-z", "--name-only", "--no-renames",
                                       arena_cstr(g->arena, from), arena_cstr(g->arena, to));
    TRY(git_quiet(g, &(GitCall){.args = args, .output_max = LIST_BYTES}, &o, e));
    Map *set = mu_new(Map);
    vec_push(&x->owned, set);
    Str rest = o.out, path, part;
    while (rest.n && str_split(&rest, 0, &path))
        if (str_split(&path, '/', &part)) map_put(set, part, set);
    map_put(&x->sets, key, set);
    *ret = set;
    return 0;
}

static bool share_some(const Map *one, const Map *other) {
    size_t i = 0;
    for (MapSlot *s; (s = map_next(one, &i));)
        if (map_find(other, str_n(s->key, s->key_n))) return true;
    return false;
}

/* The bases of all pairs in one walk; of one worktree's, with `only`. A worktree beyond GIT_BASES_MAX has no place. */
static int find_bases(Radaring *x, const Git *g, Str only, Err *e) {
    const RadarTreeList *l = &x->out->worktrees;
    StrList tips = {arena_array(g->arena, l->n + 1, sizeof *tips.items), 0};
    x->tip = arena_array(g->arena, l->n + 1, sizeof *x->tip);
    for (int is_rest = 0; is_rest < 2; is_rest++)
        for (size_t i = 0; i < l->n; i++) {
            if (!l->items[i].compared.p || is_rest == (only.p && str_eq(only, l->items[i].worktree_id))) continue;
            x->tip[i] = only.p || tips.n < GIT_BASES_MAX ? tips.n : NO_PLACE;
            if (x->tip[i] != NO_PLACE) tips.items[tips.n++] = l->items[i].compared;
        }
    return git_merge_bases(g, &tips, only.p && tips.n ? 1 : tips.n, &x->bases, e);
}

/* Without a common commit everything has changed; with several, from what git makes of them. */
static int do_meet(Radaring *x, const Git *g, size_t i, size_t k, bool *ret, Err *e) {
    const RadarTree *one = &x->out->worktrees.items[i], *other = &x->out->worktrees.items[k];
    bool is_row = x->tip[i] < x->bases.rows;
    size_t row = x->tip[is_row ? i : k], column = x->tip[is_row ? k : i];
    Str base = git_bases_find(&x->bases, row, column);
    Map *a, *b;
    *ret = !base.p || git_bases_are_several(&x->bases, row, column);
    if (*ret) return 0;
    TRY(changed_parts(x, g, base, one->compared, &a, e));
    TRY(changed_parts(x, g, base, other->compared, &b, e));
    *ret = share_some(a, b);
    return 0;
}

static void show_conflicts(Arena *a, const GitMergeTree *m, RadarPair *p) {
    p->is_clean = m->is_clean;
    p->conflict_count = (int64_t)m->conflicts.n;
    p->conflicts.n = m->conflicts.n < PATHS_SHOWN ? m->conflicts.n : PATHS_SHOWN;
    p->conflicts.items = arena_array(a, p->conflicts.n + 1, sizeof(Str));
    for (size_t i = 0; i < p->conflicts.n; i++) p->conflicts.items[i] = m->conflicts.items[i].path;
}

/* Nobody may take it for a pair without conflict. */
static void leave_out(Radaring *x, const RadarTree *one, const RadarTree *other) {
    RadarLeftOutList *l = &x->out->not_compared;
    x->out->left_out++;
    if (l->n < RADAR_NAMED_MAX)
        l->items[l->n++] = (RadarLeftOut){.one_id = one->worktree_id, .other_id = other->worktree_id};
}

/* One pair that git cannot compare is left out, and the others are compared. */
static void compare_pair(Radaring *x, const Git *g, size_t i, size_t k) {
    const RadarTree *one = &x->out->worktrees.items[i], *other = &x->out->worktrees.items[k];
    RadarPair p = {.one_id = one->worktree_id, .other_id = other->worktree_id};
    GitMergeTree m;
    Err why = {0};
    bool meets = true, has_place = x->tip[i] != NO_PLACE && x->tip[k] != NO_PLACE;
    if (str_eq(one->compared, other->compared)) return;
    if (has_place && do_meet(x, g, i, k, &meets, &why) >= 0 && !meets) return;
    if (!has_place || why.code || x->out->compared == RADAR_PAIRS_MAX ||
        git_merge_tree(g, one->compared, other->compared, &m, &why) < 0) {
        leave_out(x, one, other);
        return;
    }
    x->out->compared++;
    show_conflicts(x->call->arena, &m, &p);
    x->out->pairs.items[x->out->pairs.n++] = p;
}

static int compare_pairs(Radaring *x, Str only, Err *e) {
    const Git *g = scratch_git(&x->scratch, x->g, NULL);
    RadarTreeList *l = &x->out->worktrees;
    x->out->pairs.items = arena_array(x->call->arena, RADAR_PAIRS_MAX, sizeof(RadarPair));
    x->out->not_compared.items = arena_array(x->call->arena, RADAR_NAMED_MAX, sizeof(RadarLeftOut));
    TRY(find_bases(x, g, only, e));
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = i + 1; k < l->n; k++) {
            const RadarTree *one = &l->items[i], *other = &l->items[k];
            bool is_asked = !only.p || str_eq(only, one->worktree_id) || str_eq(only, other->worktree_id);
            if (!is_asked) continue;
            if (one->compared.p && other->compared.p)
                compare_pair(x, g, i, k);
            else
                leave_out(x, one, other);
        }
    return 0;
}

void radar_sweep(const App *app) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(dir_closep) DIR *d = opendir(app->home);
    for (struct dirent *en; d && (en = readdir(d));)
        if (str_starts(str(en->d_name), STR(SCRATCH "-")))
            (void)file_remove_tree(arena_fmt(a, "%s/%s", app->home, en->d_name).p, &(Err){0});
}

int radar(OpCall *c, Str workspace_id, Str only, Radar *out, Err *e) {
    Workspace w;
    CLEANUP(radar_done) Radaring x = {.call = c, .w = &w, .out = out};
    TRY(workspace_get(c->app, c->db, workspace_id, c->arena, &w, e));
    TRY(workspace_git(c, &w, &x.g, e));
    TRY(scratch_open(c, &w, &x.scratch, e));
    *out = (Radar){0};
    TRY(read_trees(&x, e));
    return compare_pairs(&x, only, e);
}
