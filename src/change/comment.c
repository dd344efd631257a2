/* Comments on lines of a diff: rows, with the line's text, so that they can be found again when the file moves on. */
#include "agent/agent.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "change/change_sql.h"
#include "change/comment_in.h"
#include "core/stream.h"

ENUM_DEFINE(CommentSide, COMMENT_SIDE_WORDS);
SHAPE_DEFINE(Comment, COMMENT);
SHAPE_DEFINE(CommentNew, COMMENT_NEW);
SHAPE_DEFINE(CommentUpdate, COMMENT_UPDATE);
SHAPE_DEFINE(CommentRef, COMMENT_REF);
SHAPE_DEFINE(Comments, COMMENTS);
SHAPE_DEFINE(CommentsSend, COMMENTS_SEND);
SHAPE_DEFINE(CommentsSent, COMMENTS_SENT);

/* Data of `comment_unsent`, and of `comment_sent` with the agent. */
#define COMMENTS_OF(F, S)                              \
    F(S, ID("wt"), worktree_id, .doc = "The worktree") \
    F(S, ID("msg"), message_id, .doc = "The prompt")   \
    F(S, STRS, comment_ids, .max = COMMENTS_MAX, .item_max = 40, .doc = "The comments in it")
SHAPE(CommentsOf, COMMENTS_OF);
SHAPE_DEFINE(CommentsOf, COMMENTS_OF);
#define COMMENTS_NEWS(F, S) COMMENTS_OF(F, S) F(S, ID("ag"), agent_id, .doc = "The agent")
SHAPE(CommentsNews, COMMENTS_NEWS);
SHAPE_DEFINE(CommentsNews, COMMENTS_NEWS);

/* SENT_MAX: in one prompt; an agent that moves may have the same one for several worktrees. */
enum { LINE_SHOWN = 400, SENT_MAX = 100 * COMMENTS_MAX };
/* So many deleted comments of a worktree can be restored: those that were deleted last. */
enum { DELETED_KEPT = 100 };

/* -- rows ------------------------------------------------------------------------------------------------------- */

static int find(DbConn *db, const CommentRef *ref, Arena *a, Comment *ret, Err *e) {
    bool found;
    DbArgs args = DB_ARGS(db_text(ref->comment_id), db_i64(0));
    TRY(db_one(db, &sql_change_comment_by_id, args, DB_INTO(Comment, a, ret), &found, e));
    if (found && str_eq(ret->worktree_id, ref->worktree_id)) return 0;
    return err_fail(e, ERR_NOT_FOUND, "no comment " STR_FMT " on this worktree", STR_ARG(ref->comment_id));
}

static int emit(Tx *tx, const char *change, const Comment *c, Err *e) {
    return workspace_emit(tx, c->workspace_id, change, &Comment_shape, c, e);
}

typedef struct Change {
    OpCall *call;
    const void *in;
    Comment *out;
} Change;

static int check_room(Tx *tx, Str worktree_id, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_change_comment_count, DB_ARGS(db_text(worktree_id)), 0, &n, e));
    if (n < COMMENTS_MAX) return 0;
    return err_fail(e, ERR_CONFLICT, "a worktree has at most %d comments: delete some first", COMMENTS_MAX);
}

static int add_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    TRY(check_room(tx, x->out->worktree_id, e));
    x->out->created_at = x->out->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_change_comment_add, &Comment_shape, x->out, NULL, e));
    return emit(tx, "comment_added", x->out, e);
}

static int check_from(const CommentNew *in, Err *e) {
    if (!in->from.p || in->side == COMMENT_OLD) return git_from_check(in->from, e);
    int r = err_fail(e, ERR_INVALID, "from names the old side, but the comment is on the new one");
    err_detail(e, "from", "is only for the side old");
    return r;
}

int comment_add(OpCall *c, const CommentNew *in, Comment *out, Err *e) {
    Worktree w;
    Git *g;
    Id id = id_new("cmt");
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    TRY(check_from(in, e));
    TRY(worktree_git(c, &ref, &w, &g, e));
    *out = (Comment){.id = arena_str(c->arena, id_str(&id)),
                     .workspace_id = in->workspace_id,
                     .worktree_id = in->worktree_id,
                     .path = in->path,
                     .side = in->side,
                     .line = in->line,
                     .line_text = text_cut(in->line_text, COMMENT_LINE_KEPT),
                     .body = in->body};
    if (in->side == COMMENT_OLD) GIVE(Comment, out, from, in->from.p ? in->from : STR("head"));
    TRY(comment_check_place(c, g, out, e));
    return op_tx(c, add_tx, &(Change){c, in, out}, out, e);
}

static int update_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    const CommentUpdate *in = x->in;
    CommentRef ref = {.worktree_id = in->worktree_id, .comment_id = in->comment_id};
    TRY(find(tx_conn(tx), &ref, x->call->arena, x->out, e));
    TRY(tx_run(tx, &sql_change_comment_set, DB_ARGS(db_text(x->out->id), db_text(in->body), db_i64(tx_now(tx))), NULL,
               e));
    TRY(find(tx_conn(tx), &ref, x->call->arena, x->out, e));
    return emit(tx, "comment_updated", x->out, e);
}

int comment_update(OpCall *c, const CommentUpdate *in, Comment *out, Err *e) {
    return op_tx(c, update_tx, &(Change){c, in, out}, out, e);
}

static int delete_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    const CommentRef *ref = x->in;
    Comment had;
    TRY(find(tx_conn(tx), ref, x->call->arena, &had, e));
    TRY(tx_run(tx, &sql_change_comment_set_deleted, DB_ARGS(db_text(had.id), db_i64(tx_now(tx))), NULL, e));
    TRY(tx_run(tx, &sql_change_comments_forget, DB_ARGS(db_text(had.worktree_id), db_i64(DELETED_KEPT)), NULL, e));
    return emit(tx, "comment_removed", &had, e);
}

int comment_delete(OpCall *c, const CommentRef *in, Err *e) {
    return op_tx(c, delete_tx, &(Change){c, in, NULL}, NULL, e);
}

/* ERR_NOT_FOUND: it was never there, or is not kept any more; ERR_CONFLICT: it is not deleted. */
static int find_deleted(DbConn *db, const CommentRef *ref, Arena *a, Comment *ret, Err *e) {
    bool found;
    DbArgs args = DB_ARGS(db_text(ref->comment_id), db_i64(1));
    TRY(db_one(db, &sql_change_comment_by_id, args, DB_INTO(Comment, a, ret), &found, e));
    if (found && str_eq(ret->worktree_id, ref->worktree_id)) return 0;
    TRY(find(db, ref, a, ret, e));
    return err_fail(e, ERR_CONFLICT, "the comment is not deleted");
}

/* What was found of it before the write, its line, is kept; whether it is sent may have changed since. */
static int restore_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    Comment now = {0};
    TRY(find_deleted(tx_conn(tx), x->in, x->call->arena, &now, e));
    TRY(check_room(tx, now.worktree_id, e));
    now.is_outdated = x->out->is_outdated;
    if (HAS(Comment, x->out, current_line)) GIVE(Comment, &now, current_line, x->out->current_line);
    *x->out = now;
    TRY(tx_run(tx, &sql_change_comment_set_deleted, DB_ARGS(db_text(now.id), db_text((Str){0})), NULL, e));
    return emit(tx, "comment_added", x->out, e);
}

int comment_restore(OpCall *c, const CommentRef *in, Comment *out, Err *e) {
    Worktree w;
    Git *g;
    CommentList one = {.items = out, .n = 1};
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    TRY(worktree_git(c, &ref, &w, &g, e));
    TRY(find_deleted(c->db, in, c->arena, out, e));
    comments_anchor(c, g, w.workspace_id, &one);
    return op_tx(c, restore_tx, &(Change){c, in, out}, out, e);
}

/* -- lists ------------------------------------------------------------------------------------------------------ */

static int list_rows(OpCall *c, Str worktree_id, CommentList *ret, Err *e) {
    return db_all(c->db, &sql_change_comments_of, DB_ARGS(db_text(worktree_id)), DB_INTO(Comment, c->arena, ret),
                  COMMENTS_MAX, e);
}

int comments_list(OpCall *c, const WorktreeRef *ref, Comments *out, Err *e) {
    Worktree w;
    Git *g;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", ref->workspace_id), e));
    TRY(worktree_git(c, ref, &w, &g, e));
    TRY(list_rows(c, w.id, &out->comments, e));
    comments_anchor(c, g, w.workspace_id, &out->comments);
    return 0;
}

/* -- to the agent --------------------------------------------------------------------------------------------------- */

static void put_comment(Arena *a, const Comment *c, Buf *out) {
    int64_t line = HAS(Comment, c, current_line) ? c->current_line : c->line;
    Str text = text_printable(a, text_line(a, c->line_text, LINE_SHOWN));
    buf_add_fmt(out, "\n" STR_FMT ":%lld%s%s\n", STR_ARG(prompt_path(a, c->path)), (long long)line,
                c->side == COMMENT_OLD ? " (before the change)" : "",
                c->is_outdated ? " (the line has changed since)" : "");
    buf_add_fmt(out, "> " STR_FMT "\n", STR_ARG(text));
    buf_add_fmt(out, STR_FMT "\n", STR_ARG(c->body));
}

static bool is_chosen(const StrList *ids, const Comment *c) {
    for (size_t i = 0; i < ids->n; i++)
        if (str_eq(ids->items[i], c->id)) return true;
    return ids->n == 0 && !HAS(Comment, c, sent_at);
}

typedef struct Sending {
    Prompt prompt;
    CommentList comments; /* those that are sent */
    CommentsSent *out;
} Sending;

/* What the agent gets is what is marked as sent: a comment that was edited meanwhile is neither. */
static int mark_sent(Tx *tx, const Comment *c, Str message_id, Err *e) {
    int64_t n = 0;
    TRY(tx_run(tx, &sql_change_comment_sent,
               DB_ARGS(db_text(c->id), db_i64(tx_now(tx)), db_i64(c->updated_at), db_text(message_id)), &n, e));
    if (n) return 0;
    return err_fail(e, ERR_CONFLICT,
                    "comment " STR_FMT " was changed or deleted while it was being sent; nothing was sent, try again",
                    STR_ARG(c->id));
}

static int send_tx(Tx *tx, void *arg, Err *e) {
    Sending *x = arg;
    Prompt *p = &x->prompt;
    const CommentList *l = &x->comments;
    TRY(prompt_tx(tx, p, e));
    *x->out = (CommentsSent){.agent_id = p->agent_id, .message_id = p->message_id, .sent = (int64_t)l->n};
    CommentsNews news = {.worktree_id = l->items[0].worktree_id, .agent_id = p->agent_id, .message_id = p->message_id};
    news.comment_ids.items = arena_array(p->call->arena, l->n, sizeof(Str));
    for (size_t i = 0; i < l->n; i++) {
        TRY(mark_sent(tx, &l->items[i], p->message_id, e));
        news.comment_ids.items[news.comment_ids.n++] = l->items[i].id;
    }
    return workspace_emit(tx, l->items[0].workspace_id, "comment_sent", &CommentsNews_shape, &news, e);
}

/* Those of one worktree, from the first on; returns how many. */
static size_t of_worktree(const Comment *c, size_t n, CommentsOf *ret) {
    size_t k = 0;
    for (; k < n && str_eq(c[k].worktree_id, c[0].worktree_id); k++) ret->comment_ids.items[k] = c[k].id;
    ret->worktree_id = c[0].worktree_id;
    ret->comment_ids.n = k;
    return k;
}

int comments_unsend(App *app, Tx *tx, const MessageWithdrawn *m, Err *e) {
    (void)app;
    CLEANUP(arena_freep) Arena *a = arena_new();
    CommentList l = {0};
    CommentsOf of = {.message_id = m->message_id};
    TRY(db_all(tx_conn(tx), &sql_change_comments_in, DB_ARGS(db_text(m->message_id)), DB_INTO(Comment, a, &l), SENT_MAX,
               e));
    if (!l.n) return 0;
    TRY(tx_run(tx, &sql_change_comments_unsent, DB_ARGS(db_text(m->message_id)), NULL, e));
    of.comment_ids.items = arena_array(a, l.n, sizeof(Str));
    for (size_t i = 0, n; i < l.n; i += n) {
        n = of_worktree(&l.items[i], l.n - i, &of);
        TRY(workspace_emit(tx, l.items[i].workspace_id, "comment_unsent", &CommentsOf_shape, &of, e));
    }
    return 0;
}

static int choose(OpCall *c, const CommentsSend *in, const Git *g, Sending *x, Err *e) {
    CommentList all = {0};
    TRY(list_rows(c, in->worktree_id, &all, e));
    comments_anchor(c, g, in->workspace_id, &all);
    x->comments.items = arena_array(c->arena, all.n + 1, sizeof *all.items);
    for (size_t i = 0; i < all.n; i++)
        if (is_chosen(&in->comment_ids, &all.items[i])) x->comments.items[x->comments.n++] = all.items[i];
    if (in->comment_ids.n && x->comments.n != in->comment_ids.n)
        return err_fail(e, ERR_NOT_FOUND, "a comment of the list is not on this worktree, or is named twice");
    return x->comments.n ? 0 : err_fail(e, ERR_CONFLICT, "there is no comment that was not sent yet");
}

int comments_send(OpCall *c, const CommentsSend *in, CommentsSent *out, Err *e) {
    Worktree w;
    Git *g;
    Sending x = {.out = out};
    CLEANUP(buf_done) Buf b;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    buf_init(&b, AGENT_PROMPT_MAX);
    TRY(worktree_git(c, &ref, &w, &g, e));
    TRY(prompt_find(c, w.id, in->agent_id, &x.prompt, e));
    TRY(choose(c, in, g, &x, e));
    buf_add_str(&b, in->text.p ? in->text : STR("Comments on your changes:"));
    buf_add_c(&b, '\n');
    for (size_t i = 0; i < x.comments.n; i++) put_comment(c->arena, &x.comments.items[i], &b);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the comments are longer than one prompt may be: send fewer");
    x.prompt.text = arena_str(c->arena, buf_str(&b));
    return op_tx(c, send_tx, &x, out, e);
}
