#include "git/merge.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "git/move.h"
#include "git/refusal.h"
#include "git/repo.h"
#include "sys/fault.h"
#include "sys/file.h"

ENUM_DEFINE(GitConflictKind, GIT_CONFLICT_WORDS);
ENUM_DEFINE(GitProgress, GIT_PROGRESS_WORDS);
SHAPE_DEFINE(GitStage, GIT_STAGE);
SHAPE_DEFINE(GitConflict, GIT_CONFLICT);
SHAPE_DEFINE(GitMergeState, GIT_MERGE_STATE);

enum { LIST_BYTES = 256 << 20 };
/* A submodule keeps its files and its HEAD, whatever submodule.recurse says. */
#define NO_RECURSION "-c", "submodule.recurse=false"

/* -- conflicts ----------------------------------------------------------------------------------------------- */

/* By the stages that a path has (git-ls-files(1)), bit n - 1 for stage n. */
static const GitConflictKind kinds[8] = {
    [1] = GIT_CONFLICT_BOTH_DELETED,    [2] = GIT_CONFLICT_ADDED_BY_US,   [4] = GIT_CONFLICT_ADDED_BY_THEM,
    [3] = GIT_CONFLICT_DELETED_BY_THEM, [5] = GIT_CONFLICT_DELETED_BY_US, [6] = GIT_CONFLICT_BOTH_ADDED,
    [7] = GIT_CONFLICT_BOTH_MODIFIED,
};

typedef struct Conflicts {
    VEC(GitConflict) v;
    int64_t n; /* all, kept or not */
    Str last;
} Conflicts;

static void add_stage(Arena *a, Conflicts *all, Str path, const GitStage *stage) {
    if (!str_eq(path, all->last) || !all->n) {
        all->n++;
        all->last = path;
        GitConflict c = {.path = arena_str(a, path)};
        c.stages.items = arena_array(a, 3, sizeof *c.stages.items);
        if (all->v.n < GIT_CONFLICTS_MAX) vec_push(&all->v, c);
    }
    if (all->n > (int64_t)all->v.n) return;
    GitConflict *c = &all->v.items[all->v.n - 1];
    if (c->stages.n < 3) c->stages.items[c->stages.n++] = *stage;
}

/* "<mode> <object> <stage><tab><path>": of git ls-files --unmerged and of git merge-tree. */
static bool read_record(Arena *a, Str record, Conflicts *all) {
    Str path = record, head, mode, id;
    GitStage s;
    if (!str_split(&path, '\t', &head) || !path.n || !str_split(&head, ' ', &mode) || !str_split(&head, ' ', &id) ||
        mode.n != 6 || !str_parse_i64(head, 1, 3, &s.stage))
        return false;
    s.mode = arena_str(a, mode);
    s.id = arena_str(a, id);
    add_stage(a, all, path, &s);
    return true;
}

static GitConflictList take(Arena *a, Conflicts *all) {
    GitConflictList l;
    vec_take(&all->v, a, &l);
    for (size_t i = 0; i < l.n; i++) {
        unsigned mask = 0;
        for (size_t k = 0; k < l.items[i].stages.n; k++) mask |= 1u << (l.items[i].stages.items[k].stage - 1);
        l.items[i].kind = kinds[mask];
    }
    return l;
}

static int bad_output(Err *e) { return err_fail(e, ERR_GIT, "could not parse git's list of conflicts"); }

static int read_unmerged(const Git *g, GitMergeState *ret, Err *e) {
    GitOut o;
    Conflicts all = {0};
    Str rest, record;
    bool ok = true;
    GitCall c = {.args = GIT_ARGS("ls-files", "-z", "--unmerged"), .output_max = LIST_BYTES};
    TRY(git_quiet(g, &c, &o, e));
    for (rest = o.out; ok && rest.n && str_split(&rest, 0, &record);) ok = read_record(g->arena, record, &all);
    ret->conflict_count = all.n;
    ret->conflicts = take(g->arena, &all);
    return ok ? 0 : bad_output(e);
}

int git_merge_tree(const Git *g, Str ours, Str theirs, GitMergeTree *ret, Err *e) {
    GitOut o;
    Conflicts all = {0};
    const char *const *args = GIT_ARGS("merge-tree", "--write-tree", "--allow-unrelated-histories", "-z",
                                       "--no-messages", arena_cstr(g->arena, ours), arena_cstr(g->arena, theirs));
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true, .output_max = LIST_BYTES}, &o, e));
    if (o.exit_code != 0 && o.exit_code != 1) return git_failed(&o, "compare two commits", e);
    Str rest = o.out, tree = {0}, record;
    bool ok = str_split(&rest, 0, &tree) && tree.n >= 40;
    while (ok && rest.n && str_split(&rest, 0, &record) && record.n) ok = read_record(g->arena, record, &all);
    *ret = (GitMergeTree){.tree = arena_str(g->arena, tree), .is_clean = o.exit_code == 0};
    ret->conflicts = take(g->arena, &all);
    return ok ? 0 : bad_output(e);
}

/* -- what is in progress ------------------------------------------------------------------------------------- */

GitProgress git_progress_in(const char *git_dir) {
    static const struct {
        const char *file;
        GitProgress is;
    } marks[] = {
        {"rebase-merge", GIT_PROGRESS_REBASE}, {"rebase-apply", GIT_PROGRESS_REBASE},
        {"MERGE_HEAD", GIT_PROGRESS_MERGE},    {"CHERRY_PICK_HEAD", GIT_PROGRESS_CHERRY_PICK},
        {"REVERT_HEAD", GIT_PROGRESS_REVERT},  {"BISECT_LOG", GIT_PROGRESS_BISECT},
    };
    CLEANUP(fd_closep) int dir = open(git_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    for (size_t i = 0; dir >= 0 && i < COUNT_OF(marks); i++)
        if (fstatat(dir, marks[i].file, &st, AT_SYMLINK_NOFOLLOW) == 0) return marks[i].is;
    return GIT_PROGRESS_NONE;
}

const char *git_progress_name(GitProgress p) {
    static const char *const names[GitProgress_n] = {"none", "merge", "rebase", "cherry-pick", "revert", "bisect"};
    return names[p];
}

static int other_of(const Git *g, GitMergeState *s, Err *e) {
    static const char *const heads[GitProgress_n] = {[GIT_PROGRESS_MERGE] = "MERGE_HEAD",
                                                     [GIT_PROGRESS_REBASE] = "REBASE_HEAD",
                                                     [GIT_PROGRESS_CHERRY_PICK] = "CHERRY_PICK_HEAD",
                                                     [GIT_PROGRESS_REVERT] = "REVERT_HEAD"};
    return heads[s->in_progress] ? git_resolve(g, heads[s->in_progress], &s->other, e) : 0;
}

/* In a linked worktree git does not resolve the file's name as a ref. */
static void read_last(const Git *g, Str dir, GitMergeState *s) {
    static const char *const files[] = {"rebase-merge/orig-head", "rebase-apply/orig-head"};
    for (size_t i = 0; i < COUNT_OF(files) && !s->last.p; i++) {
        CLEANUP(buf_done) Buf text;
        buf_init(&text, 128);
        if (file_read(AT_FDCWD, arena_fmt(g->arena, STR_FMT "/%s", STR_ARG(dir), files[i]).p, &text, NULL) >= 0 &&
            text.n)
            s->last = arena_str(g->arena, str_trim(buf_str(&text)));
    }
}

int git_merge_state(const Git *g, GitMergeState *ret, Err *e) {
    GitOut o;
    GitMergeState s = {0};
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("rev-parse", "--absolute-git-dir")}, &o, e));
    Str dir = str_trim(o.out);
    s.in_progress = git_progress_in(arena_cstr(g->arena, dir));
    TRY(git_resolve(g, "HEAD", &s.head, e));
    TRY(other_of(g, &s, e));
    if (s.in_progress == GIT_PROGRESS_REBASE) read_last(g, dir, &s);
    TRY(read_unmerged(g, &s, e));
    *ret = s;
    return 0;
}

/* -- merging -------------------------------------------------------------------------------------------------- */

/* A failure that left conflicts is the answer. */
static int run_merge(const Git *g, const GitCall *c, const char *doing, GitMergeEnd *ret, Err *e) {
    GitOut o;
    GitMergeState s;
    *ret = (GitMergeEnd){.is_broken_off = true};
    TRY(git_user(g, c, &o, e));
    *ret = (GitMergeEnd){git_hook_note(g, &o), o.signal || o.is_disk_full};
    if (o.exit_code == 0) return 0;
    TRY(git_merge_state(g, &s, e));
    return s.in_progress && s.conflict_count ? 0 : git_refused(&o, doing, e);
}

int git_merge(const Git *g, const GitMergeAsk *ask, GitMergeEnd *ret, Err *e) {
    const char *commit = arena_cstr(g->arena, ask->commit), *message = arena_cstr(g->arena, ask->message);
    const char *const *ff =
        GIT_ARGS(NO_RECURSION, "merge", "--no-autostash", "--no-overwrite-ignore", "--no-stat", "--ff-only", commit);
    const char *const *any = GIT_ARGS(NO_RECURSION, "merge", "--no-autostash", "--no-overwrite-ignore", "--no-stat",
                                      "--no-edit", "--ff", "-m", message, commit);
    GitCall c = {.args = ask->ff_only ? ff : any, .any_exit = true, .takes_index = true};
    return run_merge(g, &c, "merge", ret, e);
}

int git_rebase(const Git *g, Str onto, GitMergeEnd *ret, Err *e) {
    const char *const *args = GIT_ARGS(NO_RECURSION, "rebase", "--no-autostash", "--no-autosquash", "--no-update-refs",
                                       "--no-stat", arena_cstr(g->arena, onto));
    return run_merge(g, &(GitCall){.args = args, .any_exit = true, .takes_index = true}, "rebase", ret, e);
}

void git_after_merge(const Git *g, Str *ret_note) {
    GitOut o;
    Err why = {0};
    const char *const *args = GIT_ARGS("hook", "run", "--ignore-missing", "post-merge", "--", "0");
    int r = git_user(g, &(GitCall){.args = args, .any_exit = true}, &o, &why);
    *ret_note = r < 0 ? arena_fmt(g->arena, "the hook post-merge failed: %s", why.text) : git_hook_note(g, &o);
}

/* NULL: there is nothing that can be continued or aborted. */
static const char *command_of(GitProgress p) {
    return p == GIT_PROGRESS_NONE || p == GIT_PROGRESS_BISECT ? NULL : git_progress_name(p);
}

int git_merge_check_continue(const GitMergeState *now, Err *e) {
    if (!command_of(now->in_progress))
        return err_fail(e, ERR_CONFLICT, "nothing is in progress that could be continued");
    if (now->conflict_count)
        return err_fail(e, ERR_CONFLICT, "%lld %s still in conflict: resolve and stage them first",
                        (long long)now->conflict_count, str_plural(now->conflict_count, "file is", "files are"));
    return 0;
}

int git_merge_check_abort(const GitMergeState *now, Err *e) {
    if (command_of(now->in_progress)) return 0;
    return err_fail(e, ERR_CONFLICT, "nothing is in progress that could be aborted");
}

/* The messages exist already: nothing is edited. */
int git_merge_continue(const Git *g, GitProgress in_progress, GitMergeEnd *ret, Err *e) {
    GitMergeState s;
    const char *command = command_of(in_progress);
    TRY(git_merge_state(g, &s, e));
    s.in_progress = in_progress;
    TRY(git_merge_check_continue(&s, e));
    GitCall c = {.args = GIT_ARGS(NO_RECURSION, command, "--continue"),
                 .more_env = GIT_ARGS("GIT_EDITOR=true"),
                 .any_exit = true,
                 .takes_index = true};
    return run_merge(g, &c, "continue", ret, e);
}

int git_merge_abort(const Git *g, GitProgress in_progress, Err *e) {
    const char *command = command_of(in_progress);
    TRY(git_merge_check_abort(&(GitMergeState){.in_progress = in_progress}, e));
    GitCall c = {.args = GIT_ARGS(NO_RECURSION, command, "--abort"), .takes_index = true};
    return git_user_act(g, &c, "abort", NULL, e);
}

/* -- commits and refs ----------------------------------------------------------------------------------------- */

static int one_line(const Git *g, const char *const *args, Str *ret, int *ret_exit, Err *e) {
    GitOut o;
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    *ret = o.exit_code == 0 ? arena_str(g->arena, str_trim(o.out)) : (Str){0};
    *ret_exit = o.exit_code;
    return 0;
}

int git_commit_tree(const Git *g, const GitTreeCommit *c, Str *ret, Err *e) {
    GitOut sign, o;
    const char *args[2 * 16 + 8] = {"commit-tree"};
    size_t n = 1;
    GitCall ask = {.args = GIT_ARGS("config", "--type=bool", "--get", "commit.gpgSign"), .any_exit = true};
    TRY(git_user(g, &ask, &sign, e));
    if (str_is(str_trim(sign.out), "true")) args[n++] = "-S";
    for (size_t i = 0; i < c->parents.n && i < 16; i++) {
        args[n++] = "-p";
        args[n++] = arena_cstr(g->arena, c->parents.items[i]);
    }
    args[n++] = "-F";
    args[n++] = "-";
    args[n++] = arena_cstr(g->arena, c->tree);
    TRY(git_user_act(g, &(GitCall){.args = args, .input = c->message}, "commit", &o, e));
    *ret = arena_str(g->arena, str_trim(o.out));
    return 0;
}

int git_move_ref(const Git *g, const GitRefMove *m, Err *e) {
    GitOut o;
    Str now;
    const char *ref = arena_cstr(g->arena, m->ref);
    const char *const *args =
        GIT_ARGS("update-ref", "-m", m->why, ref, arena_cstr(g->arena, m->to), arena_cstr(g->arena, m->from));
    TRY(git_user(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    if (o.exit_code == 0) return 0;
    TRY(git_resolve(g, ref, &now, e));
    if (str_eq(now, m->from)) return git_refused(&o, "move the branch", e);
    return err_fail(e, ERR_CONFLICT, STR_FMT " has moved to " STR_FMT, STR_ARG(git_short_branch(m->ref)), STR_ARG(now));
}

/* -- a branch that is checked out ------------------------------------------------------------------------------- */

static int require_at(const Git *g, Str ref, Str id, Err *e) {
    GitOut o;
    Str now;
    const char *const *args = GIT_ARGS("symbolic-ref", "--quiet", "HEAD");
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    if (!str_eq(str_trim(o.out), ref))
        return err_fail(e, ERR_CONFLICT, "%s no longer has " STR_FMT " checked out", g->dir,
                        STR_ARG(git_short_branch(ref)));
    TRY(git_resolve(g, "HEAD", &now, e));
    if (str_eq(now, id)) return 0;
    return err_fail(e, ERR_CONFLICT, STR_FMT " has moved to " STR_FMT, STR_ARG(git_short_branch(ref)), STR_ARG(now));
}

static int has_files_of(const Git *g, Str commit, bool *ret, Err *e) {
    GitOut o;
    const char *const *args = GIT_ARGS("diff-index", "--cached", "--quiet", arena_cstr(g->arena, commit), "--");
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    if (o.exit_code != 0 && o.exit_code != 1) return git_failed(&o, "compare the index with a commit", e);
    *ret = o.exit_code == 0;
    return 0;
}

int git_move_checked_out(const Git *g, const GitRefMove *m, Err *e) {
    Err late = {0};
    TRY(require_at(g, m->ref, m->from, e));
    TRY(git_move_files(g, m->from, m->to, e));
    CRASH("land.files");
    int r = require_at(g, m->ref, m->from, e);
    if (r == 0) r = git_move_ref(g, m, e);
    if (r < 0 && git_move_files(g, m->to, m->from, &late) < 0)
        err_detail(e, "files", "%s has the files of " STR_FMT " now: %s", g->dir, STR_ARG(m->to), late.text);
    return r;
}

int git_move_checked_out_finish(const Git *g, const GitRefMove *m, Err *e) {
    bool is_old = false, is_new = false;
    TRY(has_files_of(g, m->from, &is_old, e));
    TRY(has_files_of(g, m->to, &is_new, e));
    if (is_old == is_new || require_at(g, m->ref, m->from, &(Err){0}) < 0) return 0;
    return is_new ? git_move_ref(g, m, e) : git_move_files_back(g, m->from, m->to, e);
}

int git_is_ancestor(const Git *g, Str ancestor, Str commit, bool *ret, Err *e) {
    GitOut o;
    const char *const *args =
        GIT_ARGS("merge-base", "--is-ancestor", arena_cstr(g->arena, ancestor), arena_cstr(g->arena, commit));
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    if (o.exit_code != 0 && o.exit_code != 1) return git_failed(&o, "compare two commits", e);
    *ret = o.exit_code == 0;
    return 0;
}

int git_tree_of(const Git *g, Str commit, Str *ret, Err *e) {
    int code;
    const char *name = arena_fmt(g->arena, STR_FMT "^{tree}", STR_ARG(commit)).p;
    TRY(one_line(g, GIT_ARGS("rev-parse", "--verify", "--quiet", "--end-of-options", name), ret, &code, e));
    return ret->p ? 0 : err_fail(e, ERR_NOT_FOUND, "there is no commit " STR_FMT, STR_ARG(commit));
}

int git_merge_base(const Git *g, Str one, Str other, Str *ret, Err *e) {
    int code;
    return one_line(g, GIT_ARGS("merge-base", arena_cstr(g->arena, one), arena_cstr(g->arena, other)), ret, &code, e);
}

int git_distance(const Git *g, Str base, Str head, int64_t *ret_ahead, int64_t *ret_behind, Err *e) {
    GitOut o;
    const char *range = arena_fmt(g->arena, STR_FMT "..." STR_FMT, STR_ARG(base), STR_ARG(head)).p;
    const char *const *args = GIT_ARGS("rev-list", "--left-right", "--count", "--end-of-options", range, "--");
    TRY(git_quiet(g, &(GitCall){.args = args}, &o, e));
    Str ahead = str_trim(o.out), behind;
    bool ok = str_split(&ahead, '\t', &behind) && str_parse_i64(behind, 0, INT64_MAX, ret_behind) &&
              str_parse_i64(ahead, 0, INT64_MAX, ret_ahead);
    return ok ? 0 : err_fail(e, ERR_GIT, "could not count commits");
}
