#define LOG_MODULE "change"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "change/change_in.h"
#include "git/in_way.h"
#include "git/mark.h"
#include "sys/log.h"
#include "workspace/rewrite.h"

enum { STATE_MAX = 16384, NOTE_MAX = 1000, SHOWN_BYTES = 200 };

int act_open(OpCall *c, const WorktreeRef *ref, Act *ret, Err *e) {
    Worktree usable;
    ret->call = c;
    TRY(worktree_git(c, ref, &ret->w, &ret->g, e));
    TRY(worktree_get_usable(c->db, ref->worktree_id, c->arena, &usable, e));
    return run_begin(c, &ret->run, ret->w.id, ret->g, e);
}

void act_close(Act *a) { run_end(&a->run); }

int act_salvage(Act *a, const WorktreeSalvage *how, Err *e) {
    enum { TRIES = 3 };
    for (int i = 0; i < TRIES; i++) {
        GitStatus before, after;
        TRY(git_status(a->g, &before, e));
        TRY(worktree_salvage(a->call, &a->w, a->g, how, &a->kept, e));
        TRY(git_status(a->g, &after, e));
        a->content_id = after.content_id;
        if (str_eq(before.content_id, after.content_id)) return 0;
    }
    return err_fail(e, ERR_CONFLICT,
                    "files change while they are saved: stop what writes them first; nothing was changed");
}

void act_add(Err *e, const char *fmt, ...) {
    char more[sizeof e->text];
    va_list args;
    size_t n = strlen(e->text);
    va_start(args, fmt);
    (void)vsnprintf(more, sizeof more, fmt, args);
    va_end(args);
    Str cut = text_cut(str(more), sizeof e->text - n - 1);
    snprintf(e->text + n, sizeof e->text - n, STR_FMT, STR_ARG(cut));
}

typedef struct PutBack {
    const Act *act;
    Str brought_in;
} PutBack;

/* Of a path in a salvage's commit: is it one of the worktree or of the index, and not written by git? *ret: that one. */
static bool is_foreign(const Map *written, Str path, Str *ret) {
    static const char *const folders[] = {"files", "staged", "base", "ours", "theirs"};
    Str folder;
    bool is_of_worktree = false;
    if (!str_split(&path, '/', &folder)) return false;
    for (size_t i = 0; i < COUNT_OF(folders); i++) is_of_worktree |= str_is(folder, folders[i]);
    *ret = path;
    return is_of_worktree && !map_find(written, path);
}

/* Once the present is saved: did anything but git's call change it, or would it change under a turn that has begun? */
static int check_own(void *arg, const GitSalvage *now, Str files, Err *e) {
    const PutBack *x = arg;
    const Act *a = x->act;
    Map written = {0};
    GitMergeTree merged;
    StrList by_git, changed;
    Str path;
    int r = 0;
    (void)files;
    TRY(rewrite_check(a->call, &a->w, e));
    TRY(git_merge_tree(a->g, a->kept.head, x->brought_in, &merged, e));
    TRY(git_paths_differing(a->g, a->kept.head, merged.tree, &by_git, e));
    TRY(git_paths_differing(a->g, a->kept.commit, now->commit, &changed, e));
    for (size_t i = 0; i < by_git.n; i++) map_put(&written, by_git.items[i], arg);
    for (size_t i = 0; i < changed.n && r == 0; i++)
        if (is_foreign(&written, changed.items[i], &path))
            r = err_fail(e, ERR_CONFLICT, STR_FMT " has changed since it began", STR_ARG(text_cut(path, SHOWN_BYTES)));
    map_done(&written);
    return r;
}

int act_put_back(Act *a, Str brought_in, int r, Err *e) {
    Err late = {0};
    GitStatus now;
    GitSalvage left;
    PutBack own = {a, brought_in};
    SalvageRestore how = {.from = &a->kept, .once = {.on_saved = check_own, .arg = &own}};
    a->g->cancel_fd = -1;
    if (git_status(a->g, &now, &late) >= 0 && str_eq(now.content_id, a->content_id)) return r;
    if (worktree_put_back(a->call, &a->w, a->g, &how, &left, &late) >= 0)
        act_add(e, "; the worktree is as it was before, and what git left is in salvage " STR_FMT, STR_ARG(left.id));
    else
        act_add(e, "; files are half changed: restore salvage " STR_FMT " to have them as they were before (%s)",
                STR_ARG(a->kept.id), late.text);
    err_detail(e, "salvage", STR_FMT, STR_ARG(a->kept.id));
    return r;
}

int act_begin(Act *a, const Worktree *rewritten, const Shape *shape, const void *state, Err *e) {
    CLEANUP(buf_done) Buf b;
    Rewrite rewrite = {.call = a->call, .w = rewritten};
    buf_init(&b, STATE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(shape, state, &o);
    TRY(op_intent_begin(a->call, arena_str(a->call->arena, buf_str(&b)), rewritten ? rewrite_check_tx : NULL, &rewrite,
                        &a->intent, e));
    git_mark(a->g, a->intent);
    return 0;
}

int act_end(Act *a, int r, ActSettle settle, void *arg, Err *e) {
    Err late = {0};
    bool is_done = false;
    a->g->cancel_fd = -1;
    int settled = settle(arg, &is_done, &late);
    bool has_failed = r < 0 && !is_done;
    if (has_failed && settled < 0) log_err(LOG_WARN, LOG_MODULE, "settling a failed act", &late);
    if (has_failed) return r;
    if (settled < 0) *e = late;
    return settled;
}

int act_read(OpCall *c, const OpIntent *i, void *in, const Shape *shape, void *state, Err *e) {
    Json *j;
    if (in) {
        TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &j, e));
        TRY(shape_decode(c->op->in, j, c->arena, in, e));
    }
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &j, e));
    return shape_decode(shape, j, c->arena, state, e);
}

Str act_note(const Act *a, int r, const Err *e, Str hook_note) {
    return r < 0 ? arena_fmt(a->call->arena, "%s", e->text) : text_cut(hook_note, NOTE_MAX);
}

int act_require_ended(Str intent, Err *e) {
    int64_t pid = git_marked_find(intent);
    if (!pid) return 0;
    return err_fail(e, ERR_BUSY,
                    "the git that was started for it still runs (process %lld); what it did is stored when it ends",
                    (long long)pid);
}

int act_recover(OpCall *c, const WorktreeRef *ref, Str intent, Act *ret, bool *ret_is_gone, Err *e) {
    *ret = (Act){.call = c, .run.cancel_fd = -1, .intent = intent};
    *ret_is_gone = false;
    TRY(act_require_ended(intent, e));
    int r = worktree_git(c, ref, &ret->w, &ret->g, e);
    *ret_is_gone = r == -ERR_NOT_FOUND;
    return *ret_is_gone ? 0 : r;
}
