#include "git/checkpoint.h"

#include "git/repo.h"
#include "git/snapshot_in.h"
#include "sys/fault.h"

#define CHECKPOINT_REFS "refs/muster/checkpoints/"

enum { REFS_BYTES = 256 << 20 };

/* -- taking -------------------------------------------------------------------------------------------------- */

typedef struct Taking {
    SnapshotDir *d;
    const CheckpointAsk *ask;
    Snapshot now;
    Str tree; /* of the commit: files and manifest */
    Checkpointed *out;
} Taking;

/* An object that a revision names; {NULL,0}: none. */
static int object(const Taking *x, Str rev, Str *ret, Err *e) {
    GitOut o;
    const char *const *args =
        GIT_ARGS("rev-parse", "--verify", "--quiet", "--end-of-options", arena_cstr(x->d->arena, rev));
    TRY(snapshot_ask(x->d, x->d->user, args, &o, e));
    *ret = o.exit_code ? (Str){0} : arena_str(x->d->arena, str_trim(o.out));
    return 0;
}

/* Is the last one still kept, and the same in files, manifest and HEAD? */
static int is_last_same(const Taking *x, bool *ret, Err *e) {
    const CheckpointRef *last = &x->ask->last;
    Str at, tree, parent;
    *ret = false;
    if (!last->commit.p) return 0;
    TRY(git_resolve(x->d->user, arena_cstr(x->d->arena, last->ref), &at, e));
    if (!at.p || !str_eq(at, last->commit)) return 0;
    TRY(object(x, arena_fmt(x->d->arena, STR_FMT "^{tree}", STR_ARG(at)), &tree, e));
    TRY(object(x, arena_fmt(x->d->arena, STR_FMT "^1", STR_ARG(at)), &parent, e));
    *ret = str_eq(tree, x->tree) && str_eq(parent, x->out->head);
    return 0;
}

static int count_changed(const Taking *x, Err *e) {
    GitOut o;
    x->out->files_changed = -1;
    if (!x->ask->last.commit.p) return 0;
    const char *from = arena_fmt(x->d->arena, STR_FMT ":files", STR_ARG(x->ask->last.commit)).p;
    const char *const *args = GIT_ARGS("diff-tree", "-r", "-z", "--name-only", "--no-renames", from, x->now.files.p);
    TRY(snapshot_ask(x->d, x->d->git, args, &o, e));
    if (o.exit_code) return 0; /* the last one is gone */
    x->out->files_changed = 0;
    for (size_t i = 0; i < o.out.n; i++) x->out->files_changed += o.out.p[i] == '\0';
    return 0;
}

static int keep(Taking *x, Err *e) {
    GitOut o;
    StrVec parents = {0};
    Str message = arena_fmt(x->d->arena, "muster: a checkpoint of %s\n", x->ask->shot.name);
    if (x->out->head.p) vec_push(&parents, x->out->head);
    int r = snapshot_write_commit(x->d, x->tree, &parents, message, &x->out->kept.commit, e);
    vec_done(&parents);
    TRY(r);
    x->out->kept.ref = arena_fmt(x->d->arena, CHECKPOINT_REFS "%s", x->ask->ref);
    const char *const *args = GIT_ARGS("update-ref", x->out->kept.ref.p, x->out->kept.commit.p);
    return snapshot_run(x->d, x->d->user, args, STR(""), &o, e);
}

static int take(Taking *x, Err *e) {
    CLEANUP(buf_done) Buf entries;
    bool same;
    buf_init(&entries, 4096);
    TRY(snapshot_take(x->d, &x->now, e));
    TRY(git_resolve(x->d->user, "HEAD", &x->out->head, e));
    snapshot_entries(&x->now, &entries);
    TRY(snapshot_make_tree(x->d, buf_str(&entries), &x->tree, e));
    x->out->tree = x->now.files;
    x->out->left_out = (int64_t)x->now.left;
    TRY(count_changed(x, e));
    TRY(is_last_same(x, &same, e));
    if (same)
        x->out->kept = x->ask->last;
    else
        TRY(keep(x, e));
    CRASH("checkpoint.kept");
    return 0;
}

int checkpoint_take(const Git *g, const CheckpointAsk *ask, Checkpointed *ret, Err *e) {
    SnapshotDir *opened;
    *ret = (Checkpointed){0};
    TRY(snapshot_open(g, &ask->shot, &opened, e));
    CLEANUP(snapshot_closep) SnapshotDir *d = opened;
    Taking x = {.d = d, .ask = ask, .out = ret};
    return take(&x, e);
}

int checkpoint_present(const Git *g, const SnapshotAsk *ask, Str *ret_tree, Err *e) {
    SnapshotDir *opened;
    Snapshot now;
    TRY(snapshot_open(g, ask, &opened, e));
    CLEANUP(snapshot_closep) SnapshotDir *d = opened;
    TRY(snapshot_take(d, &now, e));
    *ret_tree = now.files;
    return 0;
}

/* -- restoring ----------------------------------------------------------------------------------------------- */

int checkpoint_restore(const Git *g, const SalvageAsk *ask, CheckpointRestore *r, GitSalvage *ret, Err *e) {
    SalvageRestore how = {
        .from = &(GitSalvage){.commit = r->commit}, .paths = r->paths, .files_only = true, .once = r->once};
    int result = salvage_restore(g, ask, &how, ret, e);
    r->note = how.note;
    return result;
}

int checkpoint_is_there(const Git *g, Str commit, bool *ret, Err *e) {
    Err why = {0};
    int r = salvage_require(g, commit, &why);
    *ret = r >= 0;
    if (r >= 0 || r == -ERR_GIT) return 0;
    *e = why;
    return r;
}

int checkpoint_left_out(const Git *g, Str commit, size_t max, StrList *ret, Err *e) {
    return salvage_left_out(g, &(GitSalvage){.commit = commit}, max, ret, e);
}

/* -- refs ---------------------------------------------------------------------------------------------------- */

int checkpoint_drop(const Git *g, const CheckpointRef *c, Err *e) {
    GitOut o;
    Str now;
    const char *ref = arena_cstr(g->arena, c->ref);
    TRY(git_resolve(g, ref, &now, e));
    if (!now.p || !str_eq(now, c->commit)) return 0;
    const char *const *args = GIT_ARGS("update-ref", "-d", ref, now.p);
    return git_quiet(g, &(GitCall){.args = args}, &o, e);
}

int checkpoint_list_older(const Git *g, Str store, TimeUs older_than, CheckpointRefs *ret, Err *e) {
    GitOut o;
    Str line, ref, commit;
    int64_t at;
    const char *refs = arena_fmt(g->arena, CHECKPOINT_REFS STR_FMT "/", STR_ARG(store)).p;
    const char *const *args = GIT_ARGS("for-each-ref", "--format=%(refname) %(objectname) %(creatordate:unix)", refs);
    TRY(git_quiet(g, &(GitCall){.args = args, .output_max = REFS_BYTES}, &o, e));
    while (o.out.n && str_split(&o.out, '\n', &line)) {
        if (!str_split(&line, ' ', &ref) || !str_split(&line, ' ', &commit)) continue;
        if (!str_parse_i64(line, 0, INT64_MAX / 1000000, &at) || at * 1000000 >= older_than) continue;
        vec_push(ret, (CheckpointRef){arena_str(g->arena, ref), arena_str(g->arena, commit)});
    }
    return 0;
}
