/* Operations that read changes. */
#include "base/mem.h"
#include "change/change_in.h"
#include "core/stream.h"

SHAPE_DEFINE(DiffRead, DIFF_READ);
SHAPE_DEFINE(BlobRead, BLOB_READ);

typedef struct SideWords {
    WorktreeRef of;
    Str from, to;
} SideWords;

enum { SHOT_MS = 30000 /* of a read */ };

/* The files of a salvage, of whichever worktree of the repository: it may be restored into another. */
static int salvage_side(const Git *g, Str word, Str *ret_tree, Err *e) {
    SalvageOfAll all;
    GitOut o;
    *ret_tree = (Str){0};
    if (!id_is(word, "slv")) return 0;
    TRY(salvage_list_all(g, &all, e));
    for (size_t i = 0; i < all.salvages.n; i++) {
        const GitSalvage *s = &all.salvages.items[i];
        if (!str_eq(s->id, word)) continue;
        const char *const *args =
            GIT_ARGS("rev-parse", "--verify", "--quiet", arena_fmt(g->arena, STR_FMT ":files", STR_ARG(s->commit)).p);
        if (!salvage_is_damaged(s)) TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
        if (salvage_is_damaged(s) || o.exit_code)
            return err_fail(e, ERR_NOT_FOUND, STR_FMT " has no files that could be compared", STR_ARG(word));
        *ret_tree = arena_str(g->arena, str_trim(o.out));
        return 0;
    }
    return err_fail(e, ERR_NOT_FOUND, "there is no " STR_FMT " here; list_workspace_salvages shows what there is",
                    STR_ARG(word));
}

static int exact_side(OpCall *c, const Git *g, const WorktreeRef *of, Str word, Str *ret_tree, Err *e) {
    TRY(salvage_side(g, word, ret_tree, e));
    return ret_tree->p ? 0 : checkpoint_side(c->db, of, word, c->arena, ret_tree, e);
}

/* A checkpoint or a salvage has exact bytes, which git would not compare with the files as it converts them: the worktree is then a
 * snapshot too. Further pages and files of the same comparison name that one: toId. */
static int exact_sides(OpCall *c, const Git *g, SideWords *w, Err *e) {
    Str from, to;
    TRY(exact_side(c, g, &w->of, w->from, &from, e));
    TRY(exact_side(c, g, &w->of, w->to, &to, e));
    if (from.p && (!w->to.p || str_is(w->to, "worktree"))) {
        SnapshotAsk shot = worktree_shot(c->app, c->arena, w->of.worktree_id);
        shot.timeout_ms = SHOT_MS;
        TRY(checkpoint_present(g, &shot, &to, e));
    }
    if (from.p) w->from = from;
    if (to.p) w->to = to;
    return 0;
}

/* The base is looked for only where it is asked for. */
static int sides_of(OpCall *c, const Git *g, SideWords *w, GitSides *ret, Err *e) {
    Str base = STR("");
    TRY(exact_sides(c, g, w, e));
    if (str_is(w->from, "base") || str_is(w->to, "base")) TRY(base_ref(c->db, g, w->of.workspace_id, &base, e));
    return git_sides(g, w->from, w->to, base, ret, e);
}

/* The cursor is taken before git runs: events emitted in the meantime are delivered again. */
static int get_worktree_diff(OpCall *c, const void *in, void *out, Err *e) {
    const DiffRead *d = in;
    Worktree w;
    Git *g;
    GitSides s;
    WorktreeRef ref = {.workspace_id = d->workspace_id, .worktree_id = d->worktree_id};
    TRY(op_cursor(c, topic_of(c->arena, "workspace", d->workspace_id), e));
    TRY(worktree_git(c, &ref, &w, &g, e));
    TRY(sides_of(c, g, &(SideWords){ref, d->from, d->to}, &s, e));
    GitDiffWindow window = {.sides = &s,
                            .path = d->path,
                            .old_path = d->old_path,
                            .after = d->after,
                            .limit = d->limit,
                            .lines = {d->line_offset, d->line_limit},
                            .without_hunks = !d->hunks,
                            .without_counts = !d->counts,
                            .words = d->words};
    return git_diff(g, &window, out, e);
}

static int get_worktree_blob(OpCall *c, const void *in, void *out, Err *e) {
    const BlobRead *b = in;
    Worktree w;
    Git *g;
    GitSides s;
    GitBlobPart part = {b->path, b->offset, b->limit, changes_blobs(c->app)};
    WorktreeRef ref = {.workspace_id = b->workspace_id, .worktree_id = b->worktree_id};
    TRY(op_cursor(c, topic_of(c->arena, "workspace", b->workspace_id), e));
    TRY(worktree_git(c, &ref, &w, &g, e));
    TRY(sides_of(c, g, &(SideWords){.of = ref, .to = b->side}, &s, e));
    return git_blob(g, &s, &part, out, e);
}

#define WS "/api/workspaces/{workspaceId}"
#define WT WS "/worktrees/{worktreeId}"

const Op diff_ops[] = {
    {"get_worktree_diff", "GET " WT "/diff", "worktree diff", OP_RUN(get_worktree_diff, DiffRead, GitDiff),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Returns what differs between two sides, by default HEAD and the worktree with its untracked files: "
            "a page of files, or one file. Unstaged: from index; staged: to index."},
    {"get_worktree_blob", "GET " WT "/blob", "worktree blob", OP_RUN(get_worktree_blob, BlobRead, GitBlob),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Returns a part of a file's bytes on one side of a diff, such as an image."},
    {0},
};
