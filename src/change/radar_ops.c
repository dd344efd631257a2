/* Which worktrees conflict, and in which order they could land. */
#include <stdlib.h>

#include "base/mem.h"
#include "change/merge_in.h"
#include "change/radar_in.h"
#include "git/merge.h"
#include "sys/path_look.h"

#define RADAR_IN(F, S) \
    IN_WORKSPACE(F, S) \
    F(S, ID("wt"), worktree_id, .opt = 1, .from = FROM_QUERY, .doc = "Only pairs with this worktree")
SHAPE(RadarIn, RADAR_IN);
SHAPE_DEFINE(RadarIn, RADAR_IN);

#define LANDING_PLAN_ROW(F, S)                                                                              \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                                                      \
    F(S, STR, branch, .max_bytes = 1024, .doc = "Its branch")                                               \
    F(S, STR, head_id, .max_bytes = 64, .doc = "Its commit")                                                \
    F(S, I64, ahead, .min = 0, .max = INT64_MAX, .doc = "Commits that base lacks")                          \
    F(S, I64, behind, .min = 0, .max = INT64_MAX, .doc = "Commits of base that it lacks: merge them first") \
    F(S, I64, files, .min = 0, .max = INT64_MAX, .doc = "Files that it changes")                            \
    F(S, I64, added, .min = 0, .max = INT64_MAX, .doc = "Lines that it adds")                               \
    F(S, I64, removed, .min = 0, .max = INT64_MAX, .doc = "Lines that it removes")                          \
    F(S, BOOL, is_dirty, .doc = "It has changes that are not committed and would not land")                 \
    F(S, STRS, base_conflicts, .max = 100, .item_max = 8192, .is_file = 1,                                  \
      .doc = "Files in which it conflicts with base, the first 100")                                        \
    F(S, STRS, conflicts_with, .max = 10000, .item_max = 40, .doc = "Worktrees that it conflicts with")     \
    F(S, LIST(ScriptRun), checks, .max = 1000, .doc = "The newest run of each check")                       \
    F(S, I64, unmet_checks, .min = 0, .max = INT64_MAX,                                                     \
      .doc = "Those that have not passed on what it has now: land_worktree refuses")
SHAPE(LandingPlanRow, LANDING_PLAN_ROW);
SHAPE_DEFINE(LandingPlanRow, LANDING_PLAN_ROW);
#define LANDING_EXCLUDED(F, S)                                \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")        \
    F(S, STR, branch, .max_bytes = 1024, .doc = "Its branch") \
    F(S, STR, why, .max_bytes = 480, .doc = "Why it cannot land as it is")
SHAPE(LandingExcluded, LANDING_EXCLUDED);
SHAPE_DEFINE(LandingExcluded, LANDING_EXCLUDED);
#define LANDING_PLAN(F, S)                                                                                                                                                     \
    F(S, STR, base_ref, .max_bytes = 1024, .doc = "The branch to land on")                                                                                                     \
    F(S, LIST(LandingPlanRow), worktrees, .max = 10000,                                                                                                                        \
      .doc =                                                                                                                                                                   \
          "In the order proposed: those that conflict with base or have a check that has not passed on what they have now come last; then fewer conflicts, then smaller ones") \
    F(S, LIST(LandingExcluded), excluded, .max = 10000, .doc = "The other worktrees")                                                                                          \
    F(S, I64, left_out, .min = 0, .max = INT64_MAX, .doc = "Pairs that were not compared")
SHAPE(LandingPlan, LANDING_PLAN);
SHAPE_DEFINE(LandingPlan, LANDING_PLAN);

#define LANDABLE(F, S)                                 \
    F(S, ID("ws"), workspace_id, .doc = "A workspace") \
    F(S, I64, worktrees, .min = 1, .max = INT64_MAX, .doc = "Its worktrees with changes that base lacks")
SHAPE(Landable, LANDABLE);
SHAPE_DEFINE(Landable, LANDABLE);
#define LANDABLES(F, S)                                                           \
    F(S, LIST(Landable), workspaces, .max = 10000, .doc = "Those that have some") \
    F(S, I64, left_out, .min = 0, .max = INT64_MAX,                               \
      .doc = "Worktrees of which this is not known: too many, or git could not read them, or a disk does not answer")
SHAPE(Landables, LANDABLES);
SHAPE_DEFINE(Landables, LANDABLES);

static int get_radar(OpCall *c, const void *in_, void *out, Err *e) {
    const RadarIn *in = in_;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", in->workspace_id), e));
    return radar(c, in->workspace_id, in->worktree_id, out, e);
}

typedef struct Planning {
    OpCall *call;
    const Git *g; /* new objects go to a temporary folder */
    Str base_ref, base_id, base_tree;
    const Radar *radar;
} Planning;

static int measure(const Planning *p, Str head, LandingPlanRow *row, bool *ret_has_common, Err *e) {
    Str common;
    GitSides s = {.to = arena_cstr(p->g->arena, head)};
    GitDiff d;
    GitDiffWindow w = {.sides = &s, .limit = 1, .without_hunks = true};
    TRY(git_distance(p->g, p->base_id, head, &row->ahead, &row->behind, e));
    TRY(git_merge_base(p->g, p->base_id, head, &common, e));
    *ret_has_common = common.p;
    s.from = arena_cstr(p->g->arena, common.p ? common : p->base_id);
    TRY(git_diff(p->g, &w, &d, e));
    row->files = d.total_files;
    row->added = d.total_added;
    row->removed = d.total_removed;
    return 0;
}

static void find_conflicts(const Planning *p, const GitMergeTree *merged, LandingPlanRow *row) {
    Arena *a = p->call->arena;
    row->base_conflicts.items = arena_array(a, merged->conflicts.n + 1, sizeof(Str));
    for (size_t i = 0; i < merged->conflicts.n && i < 100; i++)
        row->base_conflicts.items[row->base_conflicts.n++] = merged->conflicts.items[i].path;
    row->conflicts_with.items = arena_array(a, p->radar->pairs.n + 1, sizeof(Str));
    for (size_t i = 0; i < p->radar->pairs.n; i++) {
        const RadarPair *pair = &p->radar->pairs.items[i];
        bool is_one = str_eq(pair->one_id, row->worktree_id), is_other = str_eq(pair->other_id, row->worktree_id);
        if (!pair->is_clean && (is_one || is_other))
            row->conflicts_with.items[row->conflicts_with.n++] = is_one ? pair->other_id : pair->one_id;
    }
}

static int64_t weight(const LandingPlanRow *r) { return r->added + r->removed; }

static int by_order(const void *a_, const void *b_) {
    const LandingPlanRow *a = a_, *b = b_;
    bool a_stuck = a->base_conflicts.n > 0, b_stuck = b->base_conflicts.n > 0;
    if (a_stuck != b_stuck) return a_stuck - b_stuck;
    if (!a->unmet_checks != !b->unmet_checks) return a->unmet_checks ? 1 : -1;
    if (a->conflicts_with.n != b->conflicts_with.n) return a->conflicts_with.n < b->conflicts_with.n ? -1 : 1;
    if (weight(a) != weight(b)) return weight(a) < weight(b) ? -1 : 1;
    return str_cmp(a->worktree_id, b->worktree_id);
}

/* {NULL,0}: it has commits that could land. After a squash its own commits are still not in base, but their changes are:
 * a merge into base would change nothing. */
static Str why_not(const Planning *p, const RadarTree *t, const LandingPlanRow *row, const GitMergeTree *merged,
                   int64_t in_turn) {
    bool is_there = merged->is_clean && str_eq(merged->tree, p->base_tree);
    if (t->note.p) return t->note;
    if (row->ahead && !is_there)
        return in_turn ? STR("its agent is in the middle of a turn: it works, or waits for an answer") : (Str){0};
    if (row->ahead)
        return t->is_dirty ? STR("its base has what it committed; its other changes are not committed")
                           : STR("its base has all of its changes");
    if (str_eq(t->branch, git_short_branch(p->base_ref))) return STR("it has the base branch itself checked out");
    return t->is_dirty ? STR("it has no commits of its own; its changes are not committed")
                       : STR("it has no commits of its own");
}

static int plan_row(const Planning *p, const RadarTree *t, LandingPlanRow *row, Str *ret_why, Err *e) {
    GitMergeTree merged = {0};
    bool has_common = true;
    int64_t in_turn = 0;
    *row = (LandingPlanRow){
        .worktree_id = t->worktree_id, .branch = t->branch, .head_id = t->head, .is_dirty = t->is_dirty};
    if (t->head.p) TRY(measure(p, t->head, row, &has_common, e));
    if (row->ahead) TRY(git_merge_tree(p->g, p->base_id, t->head, &merged, e));
    TRY(land_count_in_turn(p->call, t->worktree_id, &in_turn, e));
    *ret_why = has_common ? why_not(p, t, row, &merged, in_turn) : STR("it and the base branch have no common commit");
    if (ret_why->p) return 0;
    find_conflicts(p, &merged, row);
    TRY(script_checks(p->call->db, row->worktree_id, p->call->arena, &row->checks, e));
    row->unmet_checks = checks_unmet(&row->checks, t->content_id);
    return 0;
}

/* One worktree that cannot be read is excluded, and the others are planned. */
static void plan_rows(const Planning *p, LandingPlan *out) {
    Arena *a = p->call->arena;
    const RadarTreeList *l = &p->radar->worktrees;
    out->worktrees.items = arena_array(a, l->n + 1, sizeof(LandingPlanRow));
    out->excluded.items = arena_array(a, l->n + 1, sizeof(LandingExcluded));
    for (size_t i = 0; i < l->n; i++) {
        const RadarTree *t = &l->items[i];
        LandingPlanRow row;
        Str why;
        Err e = {0};
        if (plan_row(p, t, &row, &why, &e) < 0) why = arena_fmt(a, "%.480s", e.text);
        if (why.p)
            out->excluded.items[out->excluded.n++] =
                (LandingExcluded){.worktree_id = t->worktree_id, .branch = t->branch, .why = why};
        else
            out->worktrees.items[out->worktrees.n++] = row;
    }
    qsort(out->worktrees.items, out->worktrees.n, sizeof(LandingPlanRow), by_order);
}

/* In the common git folder, with a temporary one for new objects. */
static int open_base(Planning *p, const Workspace *w, Scratch *scratch, Err *e) {
    Git *g;
    TRY(workspace_git(p->call, w, &g, e));
    TRY(scratch_open(p->call, w, scratch, e));
    p->g = scratch_git(scratch, g, NULL);
    TRY(base_ref(p->call->db, p->g, w->id, &p->base_ref, e));
    TRY(git_resolve(p->g, p->base_ref.n ? p->base_ref.p : "HEAD", &p->base_id, e));
    if (!p->base_ref.n || !p->base_id.p)
        return err_fail(e, ERR_CONFLICT, "the workspace has no base branch: set one first");
    return git_tree_of(p->g, p->base_id, &p->base_tree, e);
}

static int plan_landing(OpCall *c, const void *in_, void *out_, Err *e) {
    const WorkspaceRef *in = in_;
    LandingPlan *out = out_;
    Workspace w;
    Radar r;
    CLEANUP(scratch_close) Scratch scratch = {0};
    Planning p = {.call = c, .radar = &r};
    TRY(op_cursor(c, topic_of(c->arena, "workspace", in->workspace_id), e));
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &w, e));
    TRY(open_base(&p, &w, &scratch, e));
    out->base_ref = p.base_ref;
    TRY(radar(c, w.id, (Str){0}, &r, e));
    out->left_out = r.left_out;
    plan_rows(&p, out);
    return 0;
}

/* -- where something can land -------------------------------------------------------------------------------------- */

/* As why_not has it, without a look at the worktree's files. */
static int has_to_land(const Planning *p, const GitWorktree *w, bool *ret, Err *e) {
    GitMergeTree merged;
    Str common;
    *ret = false;
    if (w->prunable.p || w->is_bare || str_eq(w->branch, p->base_ref)) return 0;
    TRY(git_merge_base(p->g, p->base_id, w->head, &common, e));
    if (!common.p || str_eq(common, w->head)) return 0;
    TRY(git_merge_tree(p->g, p->base_id, w->head, &merged, e));
    *ret = !merged.is_clean || !str_eq(merged.tree, p->base_tree);
    return 0;
}

static const Worktree *registered(const WorktreeList *l, Str path) {
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->items[i].path, path)) return &l->items[i];
    return NULL;
}

static int count_in(OpCall *c, const Workspace *w, const WorktreeList *rows, int64_t *looks, Landables *out, Err *e) {
    CLEANUP(scratch_close) Scratch scratch = {0};
    Planning p = {.call = c};
    Landable row = {.workspace_id = w->id};
    GitWorktreeList l;
    TRY(open_base(&p, w, &scratch, e));
    TRY(git_worktrees(p.g, &l, e));
    for (size_t i = 0; i < l.n; i++) {
        Err why = {0};
        bool has = false;
        int64_t in_turn = 0;
        const Worktree *one = registered(rows, l.items[i].path);
        if (!one) continue;
        TRY(land_count_in_turn(c, one->id, &in_turn, e));
        if (in_turn) continue; /* as the plan has it */
        if (*looks == 0 || has_to_land(&p, &l.items[i], &has, &why) < 0) out->left_out++;
        row.worktrees += has;
        *looks -= *looks > 0;
    }
    if (row.worktrees) out->workspaces.items[out->workspaces.n++] = row;
    return 0;
}

/* git looks at the folder of every worktree when it lists them. */
static int refuse_silent(OpCall *c, const WorktreeList *rows, Err *e) {
    PathLook *looks = arena_array(c->arena, rows->n + 1, sizeof *looks);
    for (size_t i = 0; i < rows->n; i++) looks[i].path = rows->items[i].path;
    paths_look(looks, rows->n);
    for (size_t i = 0; i < rows->n; i++)
        if (looks[i].state == PATH_SILENT)
            return err_fail(e, ERR_TIMEOUT, "the disk of " STR_FMT " does not answer", STR_ARG(looks[i].path));
    return 0;
}

/* A workspace that cannot be read does not stop the others, nor does one that would never answer; in one without a base branch
 * nothing can land. */
static int count_landable(OpCall *c, const Workspace *w, int64_t *looks, Landables *out, Err *e) {
    WorktreeList rows = {0};
    Err why = {0};
    TRY(worktree_list(c->db, w->id, c->arena, &rows, e));
    int r = refuse_silent(c, &rows, &why);
    if (r >= 0) r = count_in(c, w, &rows, looks, out, &why);
    if (r < 0 && r != -ERR_CONFLICT) out->left_out += (int64_t)rows.n;
    return 0;
}

static int list_landable(OpCall *c, const void *in, void *out_, Err *e) {
    enum { LOOKS = 1000 };
    Landables *out = out_;
    WorkspaceList all = {0};
    int64_t looks = LOOKS;
    (void)in;
    TRY(op_cursor(c, topic_of(c->arena, "overview", str(c->who->org)), e));
    TRY(workspace_list(c->db, str(c->who->org), c->arena, &all, e));
    out->workspaces.items = arena_array(c->arena, all.n + 1, sizeof(Landable));
    for (size_t i = 0; i < all.n; i++) TRY(count_landable(c, &all.items[i], &looks, out, e));
    return 0;
}

/* One at a time is enough. */
static int landable_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)in, (void)e;
    *ret = arena_fmt(c->arena, "landable/%s", c->who->org);
    return 0;
}

/* It takes its time: the other reads of the repository do not wait for it. */
static int radar_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    TRY(workspace_subject(c, in, ret, e));
    if (ret->n) *ret = arena_fmt(c->arena, STR_FMT "/radar", STR_ARG(*ret));
    return 0;
}

#define WS "/api/workspaces/{workspaceId}"

const Op radar_ops[] = {
    {"list_landable", "GET /api/landable", "landing list", OP_RUN_OUT(list_landable, Landables), .role = ROLE_VIEWER,
     .where = ON_SLOW, .subject = landable_subject,
     .doc = "Counts, by workspace, the worktrees that have something to land; without those that have nothing."},
    {"get_radar", "GET " WS "/radar", "workspace radar", OP_RUN(get_radar, RadarIn, Radar), .role = ROLE_VIEWER,
     .where = ON_SLOW, .subject = radar_subject,
     .doc =
         "Compares what the worktrees of a workspace have now, committed or not, and returns the pairs that touch the "
         "same places, with the files in which they conflict: at most 50 pairs a call. It names what was left out."},
    {"plan_landing", "GET " WS "/landing", "workspace landing", OP_RUN(plan_landing, WorkspaceRef, LandingPlan),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = radar_subject,
     .doc = "Proposes an order in which the worktrees could land, with their sizes and who conflicts with whom."},
    {0},
};
