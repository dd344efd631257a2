#include "git/salvage.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text_cut.h"
#include "base/ulid.h"
#include "git/merge.h"
#include "git/repo.h"
#include "git/salvage_in.h"
#include "sys/fault.h"
#include "sys/file.h"

SHAPE_DEFINE(GitSalvage, GIT_SALVAGE);
SHAPE_DEFINE(SalvagedFile, SALVAGED_FILE);

enum { SALVAGES_MAX = 100000, STAGES = 4, MEASURES_MAX = 50, SHOWN_BYTES = 120 };
enum { COMMIT_LINE = 65 /* SHA-256 and a newline */ };
enum { BATCH = 500 /* refs as arguments of one call */ };

#define DAMAGED "damaged" /* a state */
bool salvage_is_damaged(const GitSalvage *s) { return str_is(s->state, DAMAGED); }

/* An equal salvage is answered again only for so long: it expires by its own date. */
static const TimeUs REUSE_US = 3600ll * 1000000;

/* -- making -------------------------------------------------------------------------------------------------- */

/* `ls-files -s -z`: mode SP id SP stage TAB path NUL. */
static int read_stages(const SnapshotDir *d, Buf stage[STAGES], Err *e) {
    GitOut o;
    Str record, mode, id, n;
    int64_t at;
    TRY(snapshot_run(d, d->user, GIT_ARGS("ls-files", "-s", "-z"), STR(""), &o, e));
    while (o.out.n && str_split(&o.out, '\0', &record)) {
        if (!str_split(&record, ' ', &mode) || !str_split(&record, ' ', &id) || !str_split(&record, '\t', &n) ||
            !str_parse_i64(n, 0, STAGES - 1, &at))
            return err_fail(e, ERR_GIT, "git's list of the index cannot be read");
        Buf *b = &stage[at];
        buf_add_fmt(b, STR_FMT " " STR_FMT "\t", STR_ARG(mode), STR_ARG(id));
        buf_add(b, record.p, record.n + 1);
    }
    return 0;
}

static int add_stages(const SnapshotDir *d, Buf stage[STAGES], Buf *top, Err *e) {
    static const char *const names[STAGES] = {"staged", "base", "ours", "theirs"};
    for (int i = 0; i < STAGES; i++) {
        GitOut o;
        Str tree;
        if (!stage[i].n) continue;
        const Git *g = snapshot_index(d, "stage", d->top);
        TRY(snapshot_run(d, g, GIT_ARGS("update-index", "-z", "--index-info"), buf_str(&stage[i]), &o, e));
        TRY(snapshot_write_tree(d, g, &tree, e));
        snapshot_entry(top, "040000 tree", tree, names[i]);
    }
    return 0;
}

/* The tree of an index without unmerged entries, which git finds in the index itself if nothing has changed since it was
 * last written. Through another name for the user's, so that its lock is not taken; git replaces an index and never writes
 * into it. *ret is {NULL,0} where that does not work: the two are on different file systems, or the index is unmerged,
 * split or cannot be read. */
static int staged_at_once(const SnapshotDir *d, Str *ret, Err *e) {
    GitOut o;
    const Git *g = snapshot_index(d, "staged", d->top);
    const char *path = arena_fmt(d->arena, "%s/staged.index", d->dir).p;
    *ret = (Str){0};
    if (link(d->index, path) < 0) return 0;
    int r = snapshot_ask(d, g, GIT_ARGS("write-tree", "--missing-ok"), &o, e);
    (void)unlink(path);
    TRY(r);
    if (o.exit_code == 0) *ret = arena_str(d->arena, str_trim(o.out));
    return 0;
}

/* An index that git cannot read is kept as a file; its entries then cannot be. */
static int add_index(const SnapshotDir *d, Buf *top, Err *e) {
    Str staged;
    TRY(staged_at_once(d, &staged, e));
    if (staged.p) {
        snapshot_entry(top, "040000 tree", staged, "staged");
        return 0;
    }
    Buf stage[STAGES];
    for (int i = 0; i < STAGES; i++) buf_init(&stage[i], SNAPSHOT_LIST_MAX);
    Err unreadable = {0};
    int r = read_stages(d, stage, &unreadable);
    r = r == -ERR_GIT ? 0 : r < 0 ? (*e = unreadable, r) : add_stages(d, stage, top, e);
    for (int i = 0; i < STAGES; i++) buf_done(&stage[i]);
    return r;
}

static int add_state(const SnapshotDir *d, Buf *top, Err *e) {
    StrVec paths = {0};
    Str tree, refs, blob;
    int r = salvage_state_files(d, &paths, e);
    if (r >= 0) r = snapshot_tree_of_files(d, d->git_dir, &paths, &tree, e);
    vec_done(&paths);
    TRY(r);
    snapshot_entry(top, "040000 tree", tree, "state");
    TRY(salvage_refs_text(d, &refs, e));
    if (!refs.n) return 0;
    TRY(snapshot_write_blob(d, refs, &blob, e));
    snapshot_entry(top, "100644 blob", blob, "refs");
    return 0;
}

static int add_ignored(const SnapshotDir *d, StrList ignored, Buf *top, Err *e) {
    StrVec paths = {0};
    Str tree;
    if (!ignored.n) return 0;
    for (size_t i = 0; i < ignored.n; i++) vec_push(&paths, ignored.items[i]);
    int r = snapshot_tree_of_files(d, d->top, &paths, &tree, e);
    vec_done(&paths);
    TRY(r);
    snapshot_entry(top, "040000 tree", tree, "ignored");
    return 0;
}

static int add_merge_result(const SnapshotDir *d, Buf *top, Err *e) {
    GitOut o;
    TRY(snapshot_ask(d, d->user, GIT_ARGS("rev-parse", "--verify", "--quiet", "AUTO_MERGE^{tree}"), &o, e));
    if (o.exit_code == 0) snapshot_entry(top, "040000 tree", arena_str(d->arena, str_trim(o.out)), "merged");
    return 0;
}

/* The message's lines are read back by salvage_list; a branch's name cannot hold a newline (git-check-ref-format(1)). */
static int describe(const SnapshotDir *d, const SalvageAsk *ask, GitSalvage *s, Str *ret, Err *e) {
    GitOut o;
    Str head;
    TRY(snapshot_ask(d, d->user, GIT_ARGS("symbolic-ref", "--quiet", "HEAD"), &o, e));
    TRY(git_resolve(d->user, "HEAD", &head, e));
    s->act = arena_str(d->arena, str(ask->act));
    s->state = str(git_progress_name(git_progress_in(d->git_dir)));
    if (o.exit_code == 0) GIVE(GitSalvage, s, branch, git_short_branch(arena_str(d->arena, str_trim(o.out))));
    if (head.p) GIVE(GitSalvage, s, head, head);
    *ret = arena_fmt(d->arena,
                     "muster: %s, before %s\n\nMuster-Act: %s\nMuster-State: " STR_FMT "\nMuster-Left-Out: %lld\n"
                     "Muster-Head: " STR_FMT "\nMuster-Branch: " STR_FMT "\n",
                     ask->shot.name, ask->act, ask->act, STR_ARG(s->state), (long long)s->left_out, STR_ARG(s->head),
                     STR_ARG(s->branch));
    return 0;
}

/* Is the newest salvage of this worktree the same in everything but its time and its act? */
static int is_same(const SnapshotDir *d, const GitSalvage *last, Str tree, const StrVec *parents, bool *ret, Err *e) {
    CLEANUP(buf_done) Buf want;
    GitOut o;
    buf_init(&want, SNAPSHOT_LIST_MAX);
    buf_add_fmt(&want, "tree " STR_FMT "\n", STR_ARG(tree));
    vec_each(parents, p) buf_add_fmt(&want, "parent " STR_FMT "\n", STR_ARG(*p));
    buf_add_str(&want, STR("author "));
    TRY(snapshot_run(d, d->git, GIT_ARGS("cat-file", "commit", last->commit.p), STR(""), &o, e));
    *ret = str_starts(o.out, buf_str(&want));
    return 0;
}

typedef struct Making {
    Str tree, message;
    StrVec parents;
} Making;

static int commit(const SnapshotDir *d, const SalvageAsk *ask, const Making *m, GitSalvage *s, Err *e) {
    GitOut o;
    GitSalvageList had;
    bool same = false;
    TRY(salvage_list(d->user, str(ask->shot.name), &had, e));
    TimeUs age = had.n && !salvage_is_damaged(&had.items[0]) ? clock_now_us() - had.items[0].made_at : -1;
    if (age >= 0 && age < REUSE_US) TRY(is_same(d, &had.items[0], m->tree, &m->parents, &same, e));
    if (same) {
        *s = had.items[0];
        return 0;
    }
    Id id = id_new("slv");
    s->made_at = clock_now_us();
    TRY(snapshot_write_commit(d, m->tree, &m->parents, m->message, &s->commit, e));
    s->id = arena_str(d->arena, id_str(&id));
    Str ref = arena_fmt(d->arena, SALVAGE_REFS "%s/" STR_FMT, ask->shot.name, STR_ARG(str_from(s->id, 4)));
    Str none = arena_fmt(d->arena, "%0*d", (int)d->id_chars, 0);
    return snapshot_run(d, d->user, GIT_ARGS("update-ref", ref.p, s->commit.p, none.p), STR(""), &o, e);
}

static bool has(const StrVec *v, Str id) {
    vec_each(v, one) if (str_eq(*one, id)) return true;
    return false;
}

/* Everything but the files, whose entries are in `top`. */
static int finish(const SnapshotDir *d, const SalvageAsk *ask, Buf *top, GitSalvage *s, Err *e) {
    Making m = {0};
    TRY(add_index(d, top, e));
    TRY(add_state(d, top, e));
    TRY(add_ignored(d, ask->ignored, top, e));
    TRY(add_merge_result(d, top, e));
    TRY(snapshot_make_tree(d, buf_str(top), &m.tree, e));
    TRY(describe(d, ask, s, &m.message, e));
    int r = salvage_parents(d, &m.parents, e);
    for (size_t i = 0; i < ask->commits.n; i++)
        if (!has(&m.parents, ask->commits.items[i])) vec_push(&m.parents, ask->commits.items[i]);
    if (r >= 0) r = commit(d, ask, &m, s, e);
    vec_done(&m.parents);
    TRY(r);
    CRASH("salvage.made");
    return 0;
}

int salvage_make_in(SnapshotDir *d, const SalvageAsk *ask, Snapshot *ret_now, GitSalvage *ret, Err *e) {
    CLEANUP(buf_done) Buf top;
    GitSalvage s = {0};
    buf_init(&top, 1 << 20);
    TRY(snapshot_take_all(d, ask->may_leave, ret_now, e));
    snapshot_entries(ret_now, &top);
    s.left_out = (int64_t)ret_now->left;
    TRY(finish(d, ask, &top, &s, e));
    *ret = s;
    return 0;
}

static int make_without_files(const SnapshotDir *d, const SalvageAsk *ask, GitSalvage *ret, Err *e) {
    CLEANUP(buf_done) Buf top;
    GitSalvage s = {0};
    buf_init(&top, 1 << 20);
    TRY(finish(d, ask, &top, &s, e));
    *ret = s;
    return 0;
}

int salvage_make_record(const Git *g, const SalvageAsk *ask, const char *git_dir, GitSalvage *ret, Err *e) {
    SnapshotDir *opened;
    TRY(snapshot_open_record(g, &ask->shot, git_dir, &opened, e));
    CLEANUP(snapshot_closep) SnapshotDir *d = opened;
    return make_without_files(d, ask, ret, e);
}

int salvage_make(const Git *g, const SalvageAsk *ask, GitSalvage *ret, Err *e) {
    SnapshotDir *opened;
    Snapshot now;
    TRY(snapshot_open(g, &ask->shot, &opened, e));
    CLEANUP(snapshot_closep) SnapshotDir *d = opened;
    return ask->no_files ? make_without_files(d, ask, ret, e) : salvage_make_in(d, ask, &now, ret, e);
}

/* -- the list ------------------------------------------------------------------------------------------------ */

static Str trailer(Arena *a, Str message, const char *name) {
    Str line;
    while (message.n && str_split(&message, '\n', &line))
        if (str_starts(line, str(name))) return arena_str(a, str_trim(str_from(line, strlen(name))));
    return STR("");
}

/* One ref as `for-each-ref` prints it: name, id, seconds and message, each ended by NUL. False: not one of ours. */
static bool read_ref(const Git *g, Str name, Str id, Str seconds, Str message, GitSalvage *ret) {
    int64_t at;
    Arena *a = g->arena;
    GitSalvage s = {.id = arena_fmt(a, "slv_" STR_FMT, STR_ARG(path_last(name))), .commit = arena_str(a, id)};
    if (!id_is(s.id, "slv") || !str_parse_i64(seconds, 0, INT64_MAX / 1000000, &at)) return false;
    s.made_at = at * 1000000;
    s.act = trailer(a, message, "Muster-Act: ");
    s.state = trailer(a, message, "Muster-State: ");
    Str head = trailer(a, message, "Muster-Head: "), branch = trailer(a, message, "Muster-Branch: ");
    if (head.n && !salvage_is_id(head)) return false;
    if (head.n) GIVE(GitSalvage, &s, head, head);
    if (branch.n) GIVE(GitSalvage, &s, branch, branch);
    if (!str_parse_i64(trailer(a, message, "Muster-Left-Out: "), 0, INT64_MAX, &s.left_out)) s.left_out = 0;
    *ret = s;
    return s.act.n && s.state.n;
}

typedef struct Listing {
    const Git *g;
    VEC(GitSalvage) found;
    StrVec names; /* the refs of these */
} Listing;

/* Of one whose commit cannot be read: {NULL,0} if not even the ref can. */
static void add_damaged(Listing *l, Str name, Str commit) {
    Arena *a = l->g->arena;
    GitSalvage s = {.id = arena_fmt(a, "slv_" STR_FMT, STR_ARG(path_last(name))), .act = STR("unknown")};
    if (!id_is(s.id, "slv")) return;
    s.made_at = id_time(s.id);
    s.state = STR(DAMAGED);
    s.commit = commit.p ? arena_str(a, commit) : arena_fmt(a, "%040d", 0);
    vec_push(&l->found, s);
    vec_push(&l->names, arena_str(a, name));
}

static void add_refs(Listing *l, Str out) {
    Str name, id, seconds, message;
    GitSalvage s;
    while (out.n && str_split(&out, '\0', &name) && str_split(&out, '\0', &id) && str_split(&out, '\0', &seconds) &&
           str_split(&out, '\0', &message)) {
        name = str_trim(name); /* each entry ends in a newline */
        if (l->found.n >= SALVAGES_MAX || !read_ref(l->g, name, id, seconds, message, &s)) continue;
        vec_push(&l->found, s);
        vec_push(&l->names, arena_str(l->g->arena, name));
    }
}

/* git leaves out what it cannot read of a ref, and says so. */
static void add_broken(Listing *l, Str err) {
    Str line, says = STR("warning: ignoring broken ref ");
    while (err.n && str_split(&err, '\n', &line))
        if (str_starts(line, says)) add_damaged(l, str_from(line, says.n), (Str){0});
}

/* `names` are refs, or what is above them. */
static int print_refs(const Git *g, const char *format, const StrList *names, GitOut *ret, Err *e) {
    const char **args = arena_array(g->arena, names->n + 4, sizeof *args);
    args[0] = "for-each-ref";
    args[1] = format;
    args[2] = "--sort=-refname";
    for (size_t i = 0; i < names->n; i++) args[3 + i] = arena_cstr(g->arena, names->items[i]);
    return git_quiet(g, &(GitCall){.args = args, .output_max = 256 << 20}, ret, e);
}

static int list_whole(Listing *l, const StrList *names, GitOut *ret, Err *e) {
    TRY(print_refs(l->g, "--format=%(refname)%00%(objectname)%00%(creatordate:unix)%00%(contents)%00", names, ret, e));
    add_refs(l, ret->out);
    return 0;
}

/* git prints nothing of any ref if one of them names a commit that it cannot read: that one is found by halving. */
static int list_around(Listing *l, const StrList *names, const StrList *ids, Err *e) {
    GitOut o;
    Err why = {0};
    size_t half = names->n / 2;
    int r = names->n > BATCH ? -ERR_GIT : list_whole(l, names, &o, &why);
    if (r != -ERR_GIT) {
        if (r < 0) *e = why;
        return r;
    }
    if (names->n == 1) {
        add_damaged(l, names->items[0], ids->items[0]);
        return 0;
    }
    TRY(list_around(l, &(StrList){names->items, half}, &(StrList){ids->items, half}, e));
    return list_around(l, &(StrList){names->items + half, names->n - half},
                       &(StrList){ids->items + half, ids->n - half}, e);
}

static int list_damaged(Listing *l, const StrList *under, Err *e) {
    GitOut o;
    Str name, id, out;
    StrVec names = {0}, ids = {0};
    TRY(print_refs(l->g, "--format=%(refname)%00%(objectname)%00", under, &o, e));
    for (out = o.out; out.n && names.n < SALVAGES_MAX && str_split(&out, '\0', &name) && str_split(&out, '\0', &id);) {
        vec_push(&names, str_trim(name));
        vec_push(&ids, id);
    }
    int r = names.n ? list_around(l, &(StrList){names.items, names.n}, &(StrList){ids.items, ids.n}, e) : 0;
    vec_done(&names);
    vec_done(&ids);
    add_broken(l, o.err);
    return r;
}

static int list_refs(const Git *g, const char *under, GitSalvageList *ret, StrList *ret_names, Err *e) {
    Listing l = {.g = g};
    GitOut o;
    Err why = {0};
    Str root = str(under);
    StrList all = {&root, 1};
    int r = list_whole(&l, &all, &o, &why);
    if (r >= 0)
        add_broken(&l, o.err);
    else if (r == -ERR_GIT)
        r = list_damaged(&l, &all, e);
    else
        *e = why;
    vec_take(&l.found, g->arena, ret);
    vec_take(&l.names, g->arena, ret_names);
    return r;
}

int salvage_list(const Git *g, Str worktree, GitSalvageList *ret, Err *e) {
    StrList names;
    return list_refs(g, arena_fmt(g->arena, SALVAGE_REFS STR_FMT "/", STR_ARG(worktree)).p, ret, &names, e);
}

/* An entry of refs/muster/salvage/<worktree>/<time>. */
typedef struct OfAll {
    GitSalvage salvage;
    Str worktree;
} OfAll;

static int newest_first(const void *a, const void *b) {
    return str_cmp(((const OfAll *)b)->salvage.id, ((const OfAll *)a)->salvage.id);
}

int salvage_list_all(const Git *g, SalvageOfAll *ret, Err *e) {
    GitSalvageList l;
    StrList names;
    TRY(list_refs(g, SALVAGE_REFS, &l, &names, e));
    OfAll *all = arena_array(g->arena, l.n + 1, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < l.n; i++) {
        Str name = str_from(names.items[i], sizeof SALVAGE_REFS - 1), id = path_last(name);
        Str worktree = name.n > id.n ? arena_str(g->arena, str_upto(name, name.n - id.n - 1)) : STR("");
        if (id_is(worktree, "wt")) all[n++] = (OfAll){l.items[i], worktree};
    }
    if (n) qsort(all, n, sizeof *all, newest_first);
    for (size_t i = 0; i < n; i++) {
        l.items[i] = all[i].salvage;
        names.items[i] = all[i].worktree;
    }
    l.n = names.n = n;
    *ret = (SalvageOfAll){l, names};
    return 0;
}

int salvage_find(const Git *g, Str worktree, Str id, GitSalvage *ret, Err *e) {
    GitSalvageList l;
    StrList names;
    Str ref = arena_fmt(g->arena, SALVAGE_REFS STR_FMT "/" STR_FMT, STR_ARG(worktree), STR_ARG(str_from(id, 4)));
    TRY(list_refs(g, ref.p, &l, &names, e));
    if (!l.n || !str_eq(l.items[0].id, id))
        return err_fail(e, ERR_NOT_FOUND, "this worktree has no salvage " STR_FMT, STR_ARG(id));
    *ret = l.items[0];
    if (salvage_is_damaged(ret))
        return err_fail(e, ERR_GIT,
                        "salvage " STR_FMT " is damaged: its ref " STR_FMT " or the commit that this names cannot be "
                        "read; `git fsck` names the object, which a copy of the repository may still have",
                        STR_ARG(id), STR_ARG(ref));
    return 0;
}

/* -- what one holds ------------------------------------------------------------------------------------------ */

/* `ls-tree -r -l -z`: mode SP type SP id SP+ size TAB path NUL. */
static bool read_entry(Arena *a, Str record, SalvagedFile *ret) {
    Str mode, type, id, size;
    if (!str_split(&record, ' ', &mode) || !str_split(&record, ' ', &type) || !str_split(&record, ' ', &id) ||
        !str_split(&record, '\t', &size))
        return false;
    *ret = (SalvagedFile){.path = arena_str(a, record), .mode = mode, .blob = id};
    if (!str_parse_i64(str_trim(size), 0, INT64_MAX, &ret->bytes)) ret->bytes = 0; /* a submodule's commit */
    return true;
}

/* `cat-file --batch-check` answers a line for each object, in order. */
static int size_blobs(const Git *g, SalvagedFileList *l, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    Str line;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    for (size_t i = 0; i < l->n; i++) buf_add_fmt(&in, STR_FMT "\n", STR_ARG(l->items[i].blob));
    GitCall c = {.args = GIT_ARGS("cat-file", "--batch-check=%(objectsize)"), .input = buf_str(&in)};
    TRY(git_quiet(g, &c, &o, e));
    for (size_t i = 0; i < l->n && str_split(&o.out, '\n', &line); i++)
        if (!str_parse_i64(line, 0, INT64_MAX, &l->items[i].bytes)) l->items[i].bytes = 0; /* it is missing */
    return 0;
}

int salvage_require(const Git *g, Str commit, Err *e) {
    GitOut o;
    Str tree = arena_fmt(g->arena, STR_FMT "^{tree}", STR_ARG(commit));
    GitCall c = {.args = GIT_ARGS("rev-parse", "--verify", "--quiet", tree.p), .any_exit = true};
    TRY(git_quiet(g, &c, &o, e));
    if (!o.exit_code) return 0;
    return err_fail(e, ERR_GIT, "commit " STR_FMT " is missing or damaged, so what it holds cannot be read",
                    STR_ARG(commit));
}

int salvage_files(const Git *g, const GitSalvage *s, const SalvageWindow *w, SalvagedFileList *ret, int64_t *ret_total,
                  Err *e) {
    GitOut o;
    Str record, tree = arena_fmt(g->arena, STR_FMT ":%s", STR_ARG(s->commit), w->folder);
    *ret = (SalvagedFileList){arena_array(g->arena, (size_t)w->limit + 1, sizeof *ret->items), 0};
    *ret_total = 0;
    GitCall probe = {.args = GIT_ARGS("rev-parse", "--verify", "--quiet", tree.p), .any_exit = true};
    TRY(git_quiet(g, &probe, &o, e));
    if (o.exit_code) return salvage_require(g, s->commit, e);
    GitCall list = {.args = GIT_ARGS("ls-tree", "-r", "-l", "-z", "--full-tree", tree.p),
                    .output_max = SNAPSHOT_LIST_MAX};
    Err why = {0};
    int r = git_quiet(g, &list, &o, &why);
    if (r == -ERR_GIT) return err_fail(e, ERR_GIT, "folder " STR_FMT " cannot be read: %s", STR_ARG(tree), why.text);
    if (r < 0) *e = why;
    TRY(r);
    while (o.out.n && str_split(&o.out, '\0', &record)) {
        bool is_wanted = *ret_total >= w->offset && (int64_t)ret->n < w->limit;
        SalvagedFile *f = &ret->items[ret->n];
        if (is_wanted && read_entry(g->arena, record, f)) {
            if (!manifest_is_inside(f->path))
                return err_fail(e, ERR_GIT, "the salvage is damaged: %s has the path " STR_FMT, w->folder,
                                STR_ARG(text_cut(f->path, SHOWN_BYTES)));
            ret->n++;
        }
        ++*ret_total;
    }
    return 0;
}

/* `diff-tree --raw -z`: ":mode mode id id letter" NUL path NUL; the second half is the index's. A salvage of git's record
 * alone has no files, so every entry is listed. */
int salvage_staged(const Git *g, const GitSalvage *s, int64_t max, SalvagedFileList *ret, Err *e) {
    GitOut o;
    Str facts, path, word[4];
    Str files = arena_fmt(g->arena, STR_FMT ":files", STR_ARG(s->commit));
    Str staged = arena_fmt(g->arena, STR_FMT ":staged", STR_ARG(s->commit));
    *ret = (SalvagedFileList){arena_array(g->arena, (size_t)max + 1, sizeof *ret->items), 0};
    GitCall probe = {.args = GIT_ARGS("rev-parse", "--verify", "--quiet", staged.p), .any_exit = true};
    TRY(git_quiet(g, &probe, &o, e));
    if (o.exit_code) return 0;
    probe.args = GIT_ARGS("rev-parse", "--verify", "--quiet", files.p);
    TRY(git_quiet(g, &probe, &o, e));
    if (o.exit_code) return salvage_files(g, s, &(SalvageWindow){"staged", 0, max}, ret, &(int64_t){0}, e);
    GitCall c = {.args = GIT_ARGS("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=AM",
                                  files.p, staged.p),
                 .output_max = SNAPSHOT_LIST_MAX};
    TRY(git_quiet(g, &c, &o, e));
    while (o.out.n && str_split(&o.out, '\0', &facts) && str_split(&o.out, '\0', &path) && (int64_t)ret->n < max) {
        for (int i = 0; i < 4; i++)
            if (!str_split(&facts, ' ', &word[i])) return err_fail(e, ERR_GIT, "git's list of changes cannot be read");
        if (str_is(word[1], "160000")) continue; /* a submodule's commit has no file */
        ret->items[ret->n++] = (SalvagedFile){.path = path, .mode = word[1], .blob = word[3]};
    }
    return size_blobs(g, ret, e);
}

int salvage_left_out(const Git *g, const GitSalvage *s, size_t max, StrList *ret, Err *e) {
    GitOut o;
    Manifest m;
    Str blob = arena_fmt(g->arena, STR_FMT ":manifest", STR_ARG(s->commit));
    GitCall probe = {.args = GIT_ARGS("rev-parse", "--verify", "--quiet", blob.p), .any_exit = true};
    *ret = (StrList){arena_array(g->arena, max + 1, sizeof *ret->items), 0};
    TRY(git_quiet(g, &probe, &o, e));
    if (o.exit_code) return salvage_require(g, s->commit, e); /* a salvage of git's record alone */
    GitCall c = {.args = GIT_ARGS("cat-file", "blob", blob.p), .output_max = SNAPSHOT_LIST_MAX};
    Err why = {0};
    if (git_quiet(g, &c, &o, &why) < 0 || manifest_parse(o.out, &m, &why) < 0) {
        ret->items[ret->n++] = arena_fmt(g->arena, "damaged: the list of what it left out: %s", why.text);
        return 0;
    }
    vec_each(&m.items, i) if (manifest_is_left(i->kind) && ret->n < max) ret->items[ret->n++] =
        arena_fmt(g->arena, "%s " STR_FMT, manifest_reason(i->kind), STR_ARG(i->path));
    manifest_done(&m);
    return 0;
}

/* -- expiry -------------------------------------------------------------------------------------------------- */

static int drop_ref(const Git *g, Str name, Str id, Err *e) {
    GitOut o;
    return git_quiet(g, &(GitCall){.args = GIT_ARGS("update-ref", "-d", name.p, id.p)}, &o, e);
}

int salvage_drop(const Git *g, Str worktree, const GitSalvage *s, Err *e) {
    Str ref = arena_fmt(g->arena, SALVAGE_REFS STR_FMT "/" STR_FMT, STR_ARG(worktree), STR_ARG(str_from(s->id, 4)));
    return drop_ref(g, ref, s->commit, e);
}

static Str worktree_of(Str ref) {
    Str rest = str_from(ref, sizeof SALVAGE_REFS - 1), worktree = {0};
    (void)str_split(&rest, '/', &worktree);
    return worktree;
}

/* Refs sort newest first within a worktree, so the first of each worktree is its newest. */
static bool is_newest(const StrList *names, size_t i) {
    return i == 0 || !str_eq(worktree_of(names->items[i - 1]), worktree_of(names->items[i]));
}

typedef struct Expired {
    size_t at;
    Str id;
} Expired;

static int oldest_first(const void *a, const void *b) {
    return str_cmp(((const Expired *)a)->id, ((const Expired *)b)->id);
}

typedef struct Expiry {
    GitSalvageList all;
    StrList names;
    VEC(Expired) may; /* oldest first */
    bool *is_kept;    /* of all: it is the caller's and its commit can be read */
} Expiry;

static void choose(const Git *g, const SalvageLimits *l, Expiry *x) {
    bool is_own = false;
    x->is_kept = arena_array(g->arena, x->all.n + 1, sizeof *x->is_kept);
    for (size_t i = 0; i < x->all.n; i++) {
        bool is_first = is_newest(&x->names, i);
        if (is_first) is_own = l->is_own(l->arg, worktree_of(x->names.items[i]));
        x->is_kept[i] = is_own && !salvage_is_damaged(&x->all.items[i]);
        if (x->is_kept[i] && !is_first) vec_push(&x->may, (Expired){i, x->all.items[i].id});
    }
    if (x->may.n) qsort(x->may.items, x->may.n, sizeof *x->may.items, oldest_first);
}

/* Bytes of the objects that nothing but the caller's salvages keeps. */
static int measure(const Git *g, const Expiry *x, int64_t *ret, Err *e) {
    CLEANUP(buf_done) Buf commits;
    GitOut o;
    buf_init(&commits, SALVAGES_MAX * COMMIT_LINE);
    for (size_t i = 0; i < x->all.n; i++)
        if (x->is_kept[i]) buf_add_fmt(&commits, STR_FMT "\n", STR_ARG(x->all.items[i].commit));
    GitCall c = {.args = GIT_ARGS("rev-list", "--disk-usage", "--objects", "--stdin", "--not",
                                  "--exclude=refs/muster/*", "--all"),
                 .input = buf_str(&commits),
                 .timeout_ms = 120000};
    TRY(git_quiet(g, &c, &o, e));
    if (str_parse_i64(str_trim(o.out), 0, INT64_MAX, ret)) return 0;
    return err_fail(e, ERR_GIT, "the size of the salvages in %s is not known", g->dir);
}

static int drop_chosen(const Git *g, const SalvageLimits *l, Expiry *x, int *ret_deleted, Err *e) {
    int measured = 0;
    bool is_over = l->max_bytes > 0;
    vec_each(&x->may, m) {
        const GitSalvage *s = &x->all.items[m->at];
        bool is_old = s->made_at < l->older_than;
        if (!is_old && is_over) {
            int64_t bytes = 0;
            if (measured++ < MEASURES_MAX) TRY(measure(g, x, &bytes, e));
            is_over = bytes > l->max_bytes;
        }
        if (!is_old && !is_over) break; /* every later one is newer */
        TRY(drop_ref(g, x->names.items[m->at], s->commit, e));
        x->is_kept[m->at] = false;
        ++*ret_deleted;
    }
    return 0;
}

int salvage_expire(const Git *g, const SalvageLimits *l, int *ret_deleted, Err *e) {
    Expiry x = {0};
    *ret_deleted = 0;
    TRY(list_refs(g, SALVAGE_REFS, &x.all, &x.names, e));
    choose(g, l, &x);
    int r = drop_chosen(g, l, &x, ret_deleted, e);
    vec_done(&x.may);
    return r;
}
