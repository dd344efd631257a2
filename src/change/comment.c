/* Comments on lines of a diff: rows, with the line's text, so that they can be found again when the file moves on. */
#include <fcntl.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "change/change_sql.h"
#include "change/comment_in.h"
#include "conversation/message.h"
#include "core/stream.h"
#include "sys/file.h"

ENUM_DEFINE(CommentSide, COMMENT_SIDE_WORDS);
SHAPE_DEFINE(Comment, COMMENT);
SHAPE_DEFINE(CommentNew, COMMENT_NEW);
SHAPE_DEFINE(CommentUpdate, COMMENT_UPDATE);
SHAPE_DEFINE(CommentRef, COMMENT_REF);
SHAPE_DEFINE(Comments, COMMENTS);
SHAPE_DEFINE(CommentsSend, COMMENTS_SEND);
SHAPE_DEFINE(CommentsSent, COMMENTS_SENT);

enum { FILE_BYTES = 32 << 20, LINE_SHOWN = 400 };

/* -- rows ------------------------------------------------------------------------------------------------------- */

static int find(DbConn *db, const CommentRef *ref, Arena *a, Comment *ret, Err *e) {
    bool found;
    TRY(db_one(db, &sql_change_comment_by_id, DB_ARGS(db_text(ref->comment_id)), DB_INTO(Comment, a, ret), &found, e));
    if (found && str_eq(ret->worktree_id, ref->worktree_id)) return 0;
    return err_fail(e, ERR_NOT_FOUND, "no comment " STR_FMT " on this worktree", STR_ARG(ref->comment_id));
}

typedef struct Change {
    OpCall *call;
    const void *in;
    Comment *out;
} Change;

static int add_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_change_comment_count, DB_ARGS(db_text(x->out->worktree_id)), 0, &n, e));
    if (n >= COMMENTS_MAX)
        return err_fail(e, ERR_CONFLICT, "a worktree has at most %d comments: delete some first", COMMENTS_MAX);
    x->out->created_at = x->out->updated_at = tx_now(tx);
    return tx_run_shape(tx, &sql_change_comment_add, &Comment_shape, x->out, NULL, e);
}

int comment_add(OpCall *c, const CommentNew *in, Comment *out, Err *e) {
    Worktree w;
    Id id = id_new("cmt");
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    TRY(worktree_of(c->db, &ref, c->arena, &w, e));
    *out = (Comment){.id = arena_str(c->arena, id_str(&id)),
                     .workspace_id = in->workspace_id,
                     .worktree_id = in->worktree_id,
                     .path = in->path,
                     .side = in->side,
                     .line = in->line,
                     .line_text = in->line_text,
                     .body = in->body};
    return op_tx(c, add_tx, &(Change){c, in, out}, out, e);
}

static int update_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    const CommentUpdate *in = x->in;
    CommentRef ref = {.worktree_id = in->worktree_id, .comment_id = in->comment_id};
    TRY(find(tx_conn(tx), &ref, x->call->arena, x->out, e));
    x->out->body = in->body;
    x->out->updated_at = tx_now(tx);
    return tx_run(tx, &sql_change_comment_set, DB_ARGS(db_text(x->out->id), db_text(in->body), db_i64(tx_now(tx))),
                  NULL, e);
}

int comment_update(OpCall *c, const CommentUpdate *in, Comment *out, Err *e) {
    return op_tx(c, update_tx, &(Change){c, in, out}, out, e);
}

static int delete_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    const CommentRef *ref = x->in;
    Comment had;
    TRY(find(tx_conn(tx), ref, x->call->arena, &had, e));
    return tx_run(tx, &sql_change_comment_remove, DB_ARGS(db_text(ref->comment_id)), NULL, e);
}

int comment_delete(OpCall *c, const CommentRef *in, Err *e) {
    return op_tx(c, delete_tx, &(Change){c, in, NULL}, NULL, e);
}

/* -- where it is now ---------------------------------------------------------------------------------------------- */

/* The file's lines now: of HEAD for the old side, of the worktree for the new one. Empty if there is none. */
static Str content(const Git *g, const Comment *c) {
    const char *path = arena_cstr(g->arena, c->path);
    GitOut o;
    Err none = {0};
    if (c->side == COMMENT_OLD) {
        GitCall show = {.args = GIT_ARGS("cat-file", "blob", arena_fmt(g->arena, "HEAD:%s", path).p),
                        .output_max = FILE_BYTES};
        return git_quiet(g, &show, &o, &none) < 0 ? STR("") : o.out;
    }
    CLEANUP(buf_done) Buf b;
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(fd_closep) int top = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    buf_init(&b, FILE_BYTES);
    if (top < 0 || file_open_beneath(top, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, &fd, &none) < 0)
        return STR("");
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_BYTES) return STR("");
    for (ssize_t n = 1; n > 0 && buf_reserve(&b, 64 << 10);) {
        n = read(fd, b.p + b.n, 64 << 10);
        if (n > 0) b.n += (size_t)n;
    }
    return arena_str(g->arena, buf_str(&b));
}

static int64_t distance(int64_t a, int64_t b) { return a < b ? b - a : a - b; }

/* The line with the same text that is nearest to where it was. */
static void anchor(Str text, Comment *c) {
    Str line;
    int64_t at = 0, best = 0;
    while (text.n && str_split(&text, '\n', &line)) {
        at++;
        if (str_eq(line, c->line_text) && (!best || distance(at, c->line) < distance(best, c->line))) best = at;
    }
    c->is_outdated = !best;
    if (best) GIVE(Comment, c, current_line, best);
}

static int list_rows(OpCall *c, Str worktree_id, CommentList *ret, Err *e) {
    return db_all(c->db, &sql_change_comments_of, DB_ARGS(db_text(worktree_id)), DB_INTO(Comment, c->arena, ret),
                  COMMENTS_MAX, e);
}

/* Comments come in the order of their files: each is read once. */
static void anchor_all(const Git *g, CommentList *l) {
    Str text = STR("");
    for (size_t i = 0; i < l->n; i++) {
        Comment *c = &l->items[i];
        bool is_same = i && str_eq(c->path, l->items[i - 1].path) && c->side == l->items[i - 1].side;
        if (!is_same) text = content(g, c);
        anchor(text, c);
    }
}

int comments_list(OpCall *c, const WorktreeRef *ref, Comments *out, Err *e) {
    Worktree w;
    Git *g;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", ref->workspace_id), e));
    TRY(worktree_git(c, ref, &w, &g, e));
    TRY(list_rows(c, w.id, &out->comments, e));
    anchor_all(g, &out->comments);
    return 0;
}

/* -- to the agent --------------------------------------------------------------------------------------------------- */

/* The agent that is named, or the only one of the worktree. */
static int agent_of(OpCall *c, Str worktree_id, Str agent_id, Agent *ret, Err *e) {
    AgentList l = {0};
    if (agent_id.p) {
        TRY(agent_get(c->db, agent_id, c->arena, ret, e));
        if (str_eq(ret->worktree_id, worktree_id)) return 0;
        return err_fail(e, ERR_CONFLICT, "agent " STR_FMT " works in another worktree", STR_ARG(ret->name));
    }
    TRY(agent_list_living(c->db, worktree_id, c->arena, &l, e));
    if (l.n == 1) {
        *ret = l.items[0];
        return 0;
    }
    int r =
        err_fail(e, ERR_CONFLICT, l.n ? "this worktree has several agents: name one" : "this worktree has no agent");
    err_detail(e, "agentId", "is required");
    return r;
}

int prompt_tx(Tx *tx, Prompt *p, Err *e) {
    Arena *a = p->call->arena;
    Agent agent;
    ConversationSubject who;
    MessageAdd m = {.text = p->text};
    TRY(agent_get(tx_conn(tx), p->agent_id, a, &agent, e));
    if (HAS(Agent, &agent, deleted_at)) return err_fail(e, ERR_CONFLICT, "the agent is archived; restore it first");
    TRY(agent_subject(&agent, a, &who, e));
    TRY(message_add(p->call->app, tx, &who, &m, a, e));
    p->message_id = m.id;
    return 0;
}

int prompt_find(OpCall *c, Str worktree_id, Str agent_id, Prompt *ret, Err *e) {
    Agent agent;
    TRY(agent_of(c, worktree_id, agent_id, &agent, e));
    *ret = (Prompt){.call = c, .agent_id = agent.id};
    return 0;
}

static void put_comment(const Comment *c, Buf *out) {
    int64_t line = HAS(Comment, c, current_line) ? c->current_line : c->line;
    buf_add_fmt(out, "\n" STR_FMT ":%lld%s%s\n", STR_ARG(c->path), (long long)line,
                c->side == COMMENT_OLD ? " (before the change)" : "",
                c->is_outdated ? " (the line has changed since)" : "");
    buf_add_fmt(out, "> " STR_FMT "\n", STR_ARG(text_cut(c->line_text, LINE_SHOWN)));
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
} Sending;

static int send_tx(Tx *tx, void *arg, Err *e) {
    Sending *x = arg;
    TRY(prompt_tx(tx, &x->prompt, e));
    for (size_t i = 0; i < x->comments.n; i++)
        TRY(tx_run(tx, &sql_change_comment_sent, DB_ARGS(db_text(x->comments.items[i].id), db_i64(tx_now(tx))), NULL,
                   e));
    return 0;
}

static int choose(OpCall *c, const CommentsSend *in, const Git *g, Sending *x, Err *e) {
    CommentList all = {0};
    TRY(list_rows(c, in->worktree_id, &all, e));
    anchor_all(g, &all);
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
    Sending x = {0};
    CLEANUP(buf_done) Buf b;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    buf_init(&b, AGENT_PROMPT_MAX);
    TRY(worktree_git(c, &ref, &w, &g, e));
    TRY(prompt_find(c, w.id, in->agent_id, &x.prompt, e));
    TRY(choose(c, in, g, &x, e));
    buf_add_str(&b, in->text.p ? in->text : STR("Comments on your changes:"));
    buf_add_c(&b, '\n');
    for (size_t i = 0; i < x.comments.n; i++) put_comment(&x.comments.items[i], &b);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the comments are longer than one prompt may be: send fewer");
    x.prompt.text = arena_str(c->arena, buf_str(&b));
    TRY(op_tx(c, send_tx, &x, NULL, e));
    *out =
        (CommentsSent){.agent_id = x.prompt.agent_id, .message_id = x.prompt.message_id, .sent = (int64_t)x.comments.n};
    return 0;
}
