/* Operations from the worktree to a commit. */
#include "base/mem.h"
#include "change/change_in.h"
#include "sys/fault.h"
#include "sys/file.h"

#define CHOICE(F, S)                                                                                         \
    IN_WORKTREE(F, S)                                                                                        \
    F(S, STRS, files, .opt = 1, .max = 1000, .item_max = 4096, .is_file = 1,                                 \
      .doc = "Whole files, or folders with all in them")                                                     \
    F(S, LIST(GitHunkRef), hunks, .opt = 1, .max = 1000, .doc = "Hunks of other files: all of them or none") \
    F(S, BOOL, all, .opt = 1, .doc = "Everything; in place of files and hunks")
SHAPE(Choice, CHOICE);
SHAPE_DEFINE(Choice, CHOICE);

#define DISCARD_IN(F, S) \
    CHOICE(F, S)         \
    F(S, BOOL, accept_unsaved, .opt = 1, .doc = ACCEPT_UNSAVED_DOC)
SHAPE(DiscardIn, DISCARD_IN);
SHAPE_DEFINE(DiscardIn, DISCARD_IN);

#define COMMIT_IN(F, S)                                                                                \
    IN_WORKTREE(F, S)                                                                                  \
    F(S, STR, message, .opt = 1, .min = 1, .max = 100000, .example = "Fix the login",                  \
      .doc = "Required, except with amend")                                                            \
    F(S, BOOL, amend, .opt = 1, .doc = "Replace the last commit; without a message, with its message") \
    F(S, BOOL, all, .opt = 1, .doc = "Stage changed tracked files first")                              \
    F(S, BOOL, untracked, .opt = 1,                                                                    \
      .doc = "Stage everything first, new files too; it stays staged where git refuses to commit")     \
    F(S, BOOL, allow_empty, .opt = 1, .doc = "Commit even if nothing differs")
SHAPE(CommitIn, COMMIT_IN);
SHAPE_DEFINE(CommitIn, COMMIT_IN);

#define UNDO_COMMIT_IN(F, S)                                                                                  \
    IN_WORKTREE(F, S)                                                                                         \
    F(S, STR, commit_id, .min = 40, .max_bytes = 64, .doc = "The commit that is undone: HEAD is still at it") \
    F(S, STR, before_id, .min = 40, .max_bytes = 64,                                                          \
      .doc =                                                                                                  \
          "The commit that HEAD returns to: its only parent, or the one that it amended; the beforeId of commit_changes")
SHAPE(UndoCommitIn, UNDO_COMMIT_IN);
SHAPE_DEFINE(UndoCommitIn, UNDO_COMMIT_IN);

static int check_choice(const Choice *in, Err *e) {
    bool has_some = in->files.n || in->hunks.n;
    for (size_t i = 0; i < in->files.n; i++)
        if (!in->files.items[i].n) return err_fail(e, ERR_INVALID, "an entry of files is empty");
    if (in->all != has_some) return 0;
    return err_fail(e, ERR_INVALID, in->all ? "all excludes files and hunks" : "files, hunks or all is required");
}

static bool has(const StrList *l, Str path) {
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->items[i], path)) return true;
    return false;
}

/* Of a file that was staged and then edited, the index alone has what was staged: it is salvaged before it is replaced. */
static int keep_staged(Act *a, Err *e) {
    GitStatus s;
    TRY(git_status(a->g, &s, e));
    bool has_some = s.counts->staged > (int64_t)s.staged.n && s.modified.n;
    for (size_t i = 0; i < s.staged.n && !has_some; i++) has_some = has(&s.modified, s.staged.items[i]);
    WorktreeSalvage how = {.act = a->call->op->name, .may_leave = true};
    return has_some ? act_salvage(a, &how, e) : 0;
}

/* Where no reflog is kept, no ref names the commit that an amended one replaces. */
static int keep_commit(const Act *a, Err *e) {
    WorktreeSalvage how = {.act = a->call->op->name, .no_files = true};
    return worktree_salvage(a->call, &a->w, a->g, &how, &(GitSalvage){0}, e);
}

typedef int (*PathsFn)(const Git *g, const StrList *paths, Err *e);

static bool covers(const StrList *files, Str path) {
    for (size_t i = 0; i < files->n; i++)
        if (path_is_beneath(path, files->items[i])) return true;
    return false;
}

static bool has_paths(const Choice *in) { return in->files.n || in->all; }

static int check_apart(const Choice *in, Err *e) {
    for (size_t i = 0; i < in->hunks.n; i++)
        if (covers(&in->files, in->hunks.items[i].path))
            return err_fail(e, ERR_INVALID, STR_FMT " is both in files and in hunks", STR_ARG(in->hunks.items[i].path));
    return 0;
}

/* Hunks and files are two calls of git: what could refuse the second is asked before the first. */
static int act_on(const Git *g, const Choice *in, PathsFn on_paths, GitHunkAct on_hunks, Err *e) {
    TRY(check_apart(in, e));
    if (in->hunks.n && has_paths(in)) TRY(git_check_hunks(g, on_hunks, &in->hunks, e));
    if (has_paths(in)) TRY(on_paths(g, &in->files, e));
    return in->hunks.n ? git_apply_hunks(g, on_hunks, &in->hunks, e) : 0;
}

static int choose(OpCall *c, const Choice *in, PathsFn on_paths, GitHunkAct on_hunks, GitStatus *out, Err *e) {
    CLEANUP(act_close) Act a = {0};
    TRY(check_choice(in, e));
    TRY(act_open(c, &(WorktreeRef){.workspace_id = in->workspace_id, .worktree_id = in->worktree_id}, &a, e));
    if (in->files.n || in->all) TRY(keep_staged(&a, e));
    CRASH("change.begun");
    TRY(act_on(a.g, in, on_paths, on_hunks, e));
    CRASH("change.done");
    return git_status(a.g, out, e);
}

static int stage_changes(OpCall *c, const void *in, void *out, Err *e) {
    return choose(c, in, git_stage, GIT_HUNK_STAGE, out, e);
}

static int unstage_changes(OpCall *c, const void *in, void *out, Err *e) {
    return choose(c, in, git_unstage, GIT_HUNK_UNSTAGE, out, e);
}

/* Before the salvage, so that a refused call leaves none. */
static int check_discard(const Git *g, const Choice *what, Str *ret_note, Err *e) {
    *ret_note = (Str){0};
    TRY(check_apart(what, e));
    if (what->hunks.n) TRY(git_check_hunks(g, GIT_HUNK_DISCARD, &what->hunks, e));
    return has_paths(what) ? git_check_discard(g, &what->files, ret_note, e) : 0;
}

/* Salvaged first, so that restore_salvage brings it back. */
static int discard_changes(OpCall *c, const void *in_, void *out, Err *e) {
    const DiscardIn *in = in_;
    const Choice *what = &(Choice){.files = in->files, .hunks = in->hunks, .all = in->all};
    WorktreeSalvage how = {.act = "discard_changes", .may_leave = in->accept_unsaved};
    CLEANUP(act_close) Act a = {0};
    GitStatus *now = out;
    Str note;
    TRY(check_choice(what, e));
    TRY(act_open(c, &(WorktreeRef){.workspace_id = in->workspace_id, .worktree_id = in->worktree_id}, &a, e));
    TRY(check_discard(a.g, what, &note, e));
    TRY(act_salvage(&a, &how, e));
    TRY(op_audit_first(c, e));
    CRASH("change.begun");
    TRY(act_on(a.g, what, git_discard, GIT_HUNK_DISCARD, e));
    CRASH("change.done");
    TRY(git_status(a.g, now, e));
    if (note.n) GIVE(GitStatus, now, note, note);
    GIVE(GitStatus, now, salvage_id, a.kept.id);
    return 0;
}

/* -- committing ------------------------------------------------------------------------------------------------ */

/* What recover needs: HEAD before, whose child, or sibling for an amended one, the new commit is. Of an undo it is the commit
 * that is undone. */
#define COMMIT_STATE(F, S) F(S, STR, head, .max_bytes = 64, .doc = "HEAD before; empty before the first commit")
SHAPE(CommitState, COMMIT_STATE);
SHAPE_DEFINE(CommitState, COMMIT_STATE);

typedef struct Committing {
    Act act;
    const CommitIn *in;
    CommitState state;
    GitCommit *out;
    Str note;
    bool is_made;
} Committing;

static int begin(Committing *x, Err *e) {
    TRY(git_resolve(x->act.g, "HEAD", &x->state.head, e));
    if (!x->state.head.p) x->state.head = STR("");
    return act_begin(&x->act, NULL, &CommitState_shape, &x->state, e);
}

static void commit_done(Committing *x) { act_close(&x->act); }

static const char *reflog_of(const Committing *x) {
    return arena_fmt(x->act.call->arena, "commit (muster " STR_FMT ")", STR_ARG(x->act.intent)).p;
}

static bool same_parents(const GitCommit *one, const GitCommit *other) {
    bool is_same = one->parents.n == other->parents.n;
    for (size_t i = 0; is_same && i < one->parents.n; i++)
        is_same = str_eq(one->parents.items[i], other->parents.items[i]);
    return is_same;
}

/* Was it made on top of that commit alone, or in its place? */
static int has_come_from(const Git *g, const GitCommit *made, Str before, bool *ret, Err *e) {
    GitCommit had;
    *ret = made->parents.n == 1 && str_eq(made->parents.items[0], before);
    if (*ret || str_eq(made->id, before)) return 0;
    TRY(git_commit_read(g, before, &had, e));
    *ret = str_eq(had.id, before) && same_parents(made, &had);
    return 0;
}

/* HEAD on top of what was there before, or beside it if that is amended. */
static int find_by_parents(const Committing *x, Str *ret, Err *e) {
    Str now, before = x->state.head;
    GitCommit made, had;
    *ret = (Str){0};
    TRY(git_resolve(x->act.g, "HEAD", &now, e));
    if (!now.p || str_eq(now, before)) return 0;
    TRY(git_commit_read(x->act.g, now, &made, e));
    if (x->in->amend) TRY(git_commit_read(x->act.g, before, &had, e));
    bool is_on_top = before.n ? made.parents.n && str_eq(made.parents.items[0], before) : !made.parents.n;
    if (x->in->amend ? same_parents(&made, &had) : is_on_top) *ret = now;
    return 0;
}

/* HEAD's reflog has the intent's name, so that nobody else's commit is taken for this one. Where no reflog is kept, the
 * parents must do. */
static int settle(void *arg, bool *ret_made, Err *e) {
    Committing *x = arg;
    OpCall *c = x->act.call;
    Str made;
    bool has_log, can_undo = false;
    TRY(git_commit_find(x->act.g, reflog_of(x), &made, &has_log, e));
    if (!has_log) TRY(find_by_parents(x, &made, e));
    *ret_made = x->is_made = made.p != NULL;
    if (!*ret_made) return op_intent_abandon(c, x->act.intent, e);
    TRY(git_commit_read(x->act.g, made, x->out, e));
    if (x->state.head.n) TRY(has_come_from(x->act.g, x->out, x->state.head, &can_undo, e));
    if (can_undo) GIVE(GitCommit, x->out, before_id, x->state.head);
    if (x->note.n) GIVE(GitCommit, x->out, note, x->note);
    return op_intent_close(c, x->act.intent, NULL, NULL, x->out, e);
}

static int commit_changes(OpCall *c, const void *in_, void *out, Err *e) {
    const CommitIn *in = in_;
    CLEANUP(commit_done) Committing x = {.in = in, .out = out};
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    GitCommitAsk ask = {.message = in->message,
                        .amend = in->amend,
                        .all = in->all,
                        .allow_empty = in->allow_empty,
                        .ret_note = &x.note};
    if (!in->message.p && !in->amend) return err_fail(e, ERR_INVALID, "message is required");
    TRY(act_open(c, &ref, &x.act, e));
    if (in->amend) TRY(keep_commit(&x.act, e));
    if (in->all || in->untracked) TRY(keep_staged(&x.act, e));
    if (in->untracked) TRY(git_stage(x.act.g, &(StrList){0}, e));
    TRY(begin(&x, e));
    CRASH("commit.intended");
    ask.reflog = reflog_of(&x);
    int r = git_commit(x.act.g, &ask, e);
    CRASH("commit.made");
    x.note = act_note(&x.act, r, e, x.note);
    r = act_end(&x.act, r, settle, &x, e);
    CRASH("commit.stored");
    if (r < 0 || x.is_made) return r;
    return err_fail(e, ERR_CONFLICT, "the commit was made, but HEAD no longer has it");
}

static int commit_recover(OpCall *c, const OpIntent *i, Err *e) {
    CommitIn in;
    GitCommit out;
    CLEANUP(commit_done) Committing x = {.in = &in, .out = &out};
    bool is_gone, is_made;
    TRY(act_read(c, i, &in, &CommitState_shape, &x.state, e));
    WorktreeRef ref = {.workspace_id = in.workspace_id, .worktree_id = in.worktree_id};
    TRY(act_recover(c, &ref, i->id, &x.act, &is_gone, e));
    return is_gone ? op_intent_abandon(c, i->id, e) : settle(&x, &is_made, e);
}

/* -- undoing a commit ------------------------------------------------------------------------------------------- */

typedef struct Undoing {
    Act act;
    const UndoCommitIn *in;
    GitCommit *out;
} Undoing;

static void undoing_done(Undoing *x) { act_close(&x->act); }

static const char *undo_reflog_of(const Undoing *x) {
    return arena_fmt(x->act.call->arena, "undo of a commit (muster " STR_FMT ")", STR_ARG(x->act.intent)).p;
}

/* Whoever has it from a remote would bring it back, or build on it. */
static int refuse_pushed(const Git *g, Str commit, Err *e) {
    Str there;
    TRY(git_remotes_with(g, commit, &there, e));
    if (!there.n) return 0;
    return err_fail(e, ERR_CONFLICT, "the commit was pushed (" STR_FMT " has it): revert it with a commit of its own",
                    STR_ARG(there));
}

static int check_undo(const Undoing *x, Err *e) {
    const Git *g = x->act.g;
    GitMergeState s;
    GitCommit made;
    bool is_before;
    Str commit = x->in->commit_id, before = x->in->before_id;
    TRY(git_merge_state(g, &s, e));
    if (s.in_progress)
        return err_fail(e, ERR_CONFLICT,
                        "undoing a commit is refused because a %s is in progress: continue or abort it first",
                        git_progress_name(s.in_progress));
    if (!str_eq(s.head, commit))
        return err_fail(e, ERR_CONFLICT, "HEAD is no longer at " STR_FMT ": only the last commit can be undone",
                        STR_ARG(commit));
    TRY(git_commit_read(g, commit, &made, e));
    TRY(has_come_from(g, &made, before, &is_before, e));
    if (!is_before)
        return err_fail(e, ERR_CONFLICT,
                        STR_FMT " is neither the only parent of this commit nor the commit that it amended",
                        STR_ARG(before));
    return refuse_pushed(g, commit, e);
}

/* HEAD's reflog has the intent's name; where none is kept, HEAD's place must do. */
static int settle_undo(void *arg, bool *ret_done, Err *e) {
    Undoing *x = arg;
    OpCall *c = x->act.call;
    Str now, found;
    bool has_log;
    TRY(git_commit_find(x->act.g, undo_reflog_of(x), &found, &has_log, e));
    TRY(git_resolve(x->act.g, "HEAD", &now, e));
    *ret_done = found.p || (!has_log && str_eq(now, x->in->before_id));
    if (!*ret_done) return op_intent_abandon(c, x->act.intent, e);
    TRY(git_commit_read(x->act.g, x->in->before_id, x->out, e));
    return op_intent_close(c, x->act.intent, NULL, NULL, x->out, e);
}

/* Only HEAD's branch moves, from where it is expected; what was committed is staged afterwards. */
static int move_back(const Undoing *x, Err *e) {
    const char *why =
        arena_fmt(x->act.call->arena, "%s: back to " STR_FMT, undo_reflog_of(x), STR_ARG(x->in->before_id)).p;
    GitRefMove move = {.ref = STR("HEAD"), .from = x->in->commit_id, .to = x->in->before_id, .why = why};
    return git_move_ref(x->act.g, &move, e);
}

static int undo_commit(OpCall *c, const void *in_, void *out, Err *e) {
    const UndoCommitIn *in = in_;
    CLEANUP(undoing_done) Undoing x = {.in = in, .out = out};
    CommitState state = {.head = in->commit_id};
    TRY(act_open(c, &(WorktreeRef){.workspace_id = in->workspace_id, .worktree_id = in->worktree_id}, &x.act, e));
    TRY(check_undo(&x, e));
    TRY(keep_commit(&x.act, e));
    TRY(act_begin(&x.act, NULL, &CommitState_shape, &state, e));
    CRASH("undo.intended");
    int r = move_back(&x, e);
    CRASH("undo.made");
    r = act_end(&x.act, r, settle_undo, &x, e);
    CRASH("undo.stored");
    return r;
}

static int undo_recover(OpCall *c, const OpIntent *i, Err *e) {
    UndoCommitIn in;
    GitCommit out;
    CommitState state;
    CLEANUP(undoing_done) Undoing x = {.in = &in, .out = &out};
    bool is_gone, is_done;
    TRY(act_read(c, i, &in, &CommitState_shape, &state, e));
    WorktreeRef ref = {.workspace_id = in.workspace_id, .worktree_id = in.worktree_id};
    TRY(act_recover(c, &ref, i->id, &x.act, &is_gone, e));
    return is_gone ? op_intent_abandon(c, i->id, e) : settle_undo(&x, &is_done, e);
}

#define WT "/api/workspaces/{workspaceId}/worktrees/{worktreeId}"

const Op stage_ops[] = {
    {"stage_changes", "POST " WT "/stage", "change stage", OP_RUN(stage_changes, Choice, GitStatus),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = worktree_part_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Stages files and hunks. A hunk is named by the id that the unstaged diff (from index) gave it."},
    {"unstage_changes", "POST " WT "/unstage", "change unstage", OP_RUN(unstage_changes, Choice, GitStatus),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = worktree_part_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Unstages files and hunks. A hunk is named by the id that the staged diff (to index) gave it."},
    {"discard_changes", "POST " WT "/discard", "change discard", OP_RUN(discard_changes, DiscardIn, GitStatus),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = worktree_part_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Makes files and hunks as they are in the index, and removes untracked files. Everything is salvaged first: "
         "restore_salvage brings it back. `all` leaves out submodules and repositories of their own; `note` names them."},
    {"commit_changes", "POST " WT "/commit", "change commit", OP_RUN(commit_changes, CommitIn, GitCommit),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = worktree_part_subject,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = commit_recover,
     .doc = "Commits what is staged, with your hooks and signature. If a hook refuses, the error has its output."},
    {"undo_commit", "POST " WT "/commit/undo", "change uncommit", OP_RUN(undo_commit, UndoCommitIn, GitCommit),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = worktree_part_subject,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = undo_recover,
     .doc =
         "Takes back the last commit, or an amend of it: the branch returns to the commit before, index and files stay "
         "as they are, and the commit is kept in a salvage. Refused once it was pushed, while something is in progress, "
         "or when HEAD has moved on. Answers the commit that HEAD is at again."},
    {0},
};
