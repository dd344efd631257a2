#include "workspace/rewrite.h"

#include "base/mem.h"
#include "core/hook.h"
#include "git/mark.h"
#include "sys/fault.h"
#include "workspace/workspace_in.h"

enum { NOTE_MAX = 1024 };

#define REWRITE_NOTE(F, S)                                            \
    F(S, ID("slv"), before, .doc = "The salvage of what is replaced") \
    F(S, STR, files, .min = 1, .max_bytes = 64, .doc = "The tree that the files become")
SHAPE(RewriteNote, REWRITE_NOTE);
SHAPE_DEFINE(RewriteNote, REWRITE_NOTE);

int rewrite_check_tx(Tx *tx, void *arg, Err *e) {
    const Rewrite *r = arg;
    Worktree usable;
    TRY(worktree_get_usable(tx_conn(tx), r->w->id, r->call->arena, &usable, e));
    return hook_run_worktree_rewriting(r->call->app, tx, &(WorktreeGone){r->w->id, r->w->workspace_id}, e);
}

int rewrite_check(OpCall *c, const Worktree *w, Err *e) {
    Rewrite r = {.call = c, .w = w};
    return db_tx(c->app->db, DB_PERSON, rewrite_check_tx, &r, e);
}

static int on_saved(void *arg, const GitSalvage *before, Str files, Err *e) {
    CLEANUP(buf_done) Buf b;
    const Rewrite *r = arg;
    RewriteNote n = {.before = before->id, .files = files};
    buf_init(&b, NOTE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&RewriteNote_shape, &n, &o);
    return op_intent_note(r->call, r->intent, buf_str(&b), e);
}

/* For a first call. What it needs to be repeated is noted in the intent before the first file changes, and the git that it
 * starts can be found after a crash. `r` must live as long as the result. */
static SalvageOnce first(Rewrite *r, Git *g) {
    git_mark(g, r->intent);
    return (SalvageOnce){.on_saved = on_saved, .arg = r};
}

static int read_note(Arena *a, Str state, RewriteNote *ret, Err *e) {
    Json *j;
    TRY(json_parse(a, state, JSON_DEPTH_REQUEST, &j, e));
    return shape_decode(&RewriteNote_shape, j, a, ret, e);
}

/* For a recovery: had the call begun to change anything? */
static bool has_begun(OpCall *c, const OpIntent *i) {
    return read_note(c->arena, i->state, &(RewriteNote){0}, &(Err){0}) >= 0;
}

/* The same for a call that had. ERR_BUSY: git still runs for it; ERR_NOT_FOUND, ERR_CONFLICT: it cannot be repeated. */
static int again(Rewrite *r, Git *g, Str state, SalvageOnce *ret, Err *e) {
    RewriteNote n;
    int64_t pid = git_marked_find(r->intent);
    if (pid) return err_fail(e, ERR_BUSY, "the git that was started for it still runs (process %lld)", (long long)pid);
    TRY(read_note(r->call->arena, state, &n, e));
    TRY(db_tx(r->call->app->db, DB_PERSON, rewrite_check_tx, r, e));
    TRY(salvage_find(g, r->w->id, n.before, &r->before, e));
    git_mark(g, r->intent);
    *ret = (SalvageOnce){.before = &r->before, .files = n.files};
    return 0;
}

/* Ends the intent of a restore that cannot be repeated because of `e`, and says in it where what was replaced is. */
static int give_up(OpCall *c, const OpIntent *i, Err *e) {
    RewriteNote n;
    Err why = *e;
    TRY(op_intent_abandon(c, i->id, e));
    TRY(read_note(c->arena, i->state, &n, e));
    return err_fail(e, why.code, "an interrupted restore was not finished: %s; what it replaced is in salvage " STR_FMT,
                    why.text, STR_ARG(n.before));
}

int rewrite_restore(RewriteRestore *r, const StrList *paths, Err *e) {
    OpCall *c = r->rewrite.call;
    TRY(r->find(r->x, e));
    for (size_t i = 0; i < paths->n; i++)
        if (!paths->items[i].n) return err_fail(e, ERR_INVALID, "an entry of paths is empty");
    TRY(op_intent_begin(c, STR("{}"), rewrite_check_tx, &r->rewrite, &r->rewrite.intent, e));
    CRASH(r->intended);
    r->once = first(&r->rewrite, r->g);
    int result = r->run(r->x, e);
    if (result < 0) (void)op_intent_abandon(c, r->rewrite.intent, &(Err){0}); /* what was replaced is in the salvage */
    return result;
}

static int repeat(RewriteRestore *r, Str state, Err *e) {
    TRY(r->find(r->x, e));
    TRY(again(&r->rewrite, r->g, state, &r->once, e));
    return r->run(r->x, e);
}

int rewrite_restore_recover(RewriteRestore *r, const OpIntent *i, void *in, Err *e) {
    OpCall *c = r->rewrite.call;
    Json *input;
    r->rewrite.intent = i->id;
    if (!has_begun(c, i)) return op_intent_abandon(c, i->id, e);
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(c->op->in, input, c->arena, in, e));
    int result = repeat(r, i->state, e);
    return result == -ERR_CONFLICT || result == -ERR_NOT_FOUND ? give_up(c, i, e) : result;
}
