/* Operations on comments, and what is handed to an agent. */
#include "base/mem.h"
#include "change/change_sql.h"
#include "change/comment_in.h"
#include "git/merge.h"

#define HAND_OVER_IN(F, S)                                                                             \
    IN_WORKTREE(F, S)                                                                                  \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "Default: the worktree's only agent that takes prompts") \
    F(S, STR, text, .opt = 1, .min = 1, .max = 10000,                                                  \
      .doc = "What the agent is asked; default: to resolve the conflicts")
SHAPE(HandOverIn, HAND_OVER_IN);
SHAPE_DEFINE(HandOverIn, HAND_OVER_IN);
#define HANDED_OVER(F, S)                            \
    F(S, ID("ag"), agent_id, .doc = "The agent")     \
    F(S, ID("msg"), message_id, .doc = "The prompt") \
    F(S, I64, conflict_count, .min = 0, .max = INT64_MAX, .doc = "Files in conflict")
SHAPE(HandedOver, HANDED_OVER);
SHAPE_DEFINE(HandedOver, HANDED_OVER);

enum { PROMPT_BYTES = 40000, FILES_NAMED = 300 };

static int create_comment(OpCall *c, const void *in, void *out, Err *e) { return comment_add(c, in, out, e); }
static int update_comment(OpCall *c, const void *in, void *out, Err *e) { return comment_update(c, in, out, e); }
static int restore_comment(OpCall *c, const void *in, void *out, Err *e) { return comment_restore(c, in, out, e); }
static int list_comments(OpCall *c, const void *in, void *out, Err *e) { return comments_list(c, in, out, e); }
static int send_comments(OpCall *c, const void *in, void *out, Err *e) { return comments_send(c, in, out, e); }
static int delete_comment(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    return comment_delete(c, in, e);
}

static void put_conflicts(Arena *a, const GitMergeState *s, Str text, Buf *out) {
    static const char ask[] = "Merging into this worktree left conflicts. Resolve each of them, keep what both sides "
                              "intended, and stage the files (git add). Do not commit.";
    buf_add_str(out, text.p ? text : str(ask));
    buf_add_fmt(out, "\n\n%lld %s in conflict:\n", (long long)s->conflict_count,
                str_plural(s->conflict_count, "file", "files"));
    for (size_t i = 0; i < s->conflicts.n && i < FILES_NAMED && out->n < PROMPT_BYTES; i++)
        buf_add_fmt(out, "- " STR_FMT " (%s)\n", STR_ARG(prompt_path(a, s->conflicts.items[i].path)),
                    enum_word(&GitConflictKind_enum, (int)s->conflicts.items[i].kind));
}

static int hand_over_conflicts(OpCall *c, const void *in_, void *out_, Err *e) {
    const HandOverIn *in = in_;
    HandedOver *out = out_;
    Worktree w;
    Git *g;
    GitMergeState s;
    Prompt p;
    CLEANUP(buf_done) Buf b;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    buf_init(&b, 1 << 20);
    TRY(worktree_git(c, &ref, &w, &g, e));
    TRY(git_merge_state(g, &s, e));
    if (!s.conflict_count) return err_fail(e, ERR_CONFLICT, "nothing is in conflict in this worktree");
    TRY(prompt_find(c, w.id, in->agent_id, &p, e));
    put_conflicts(c->arena, &s, in->text, &b);
    p.text = arena_str(c->arena, buf_str(&b));
    p.is_once = true;
    out->conflict_count = s.conflict_count;
    return prompt_send(&p, &(PromptAnswer){out, &out->agent_id, &out->message_id}, e);
}

const OrgOf change_orgs[] = {{"cmt", &sql_org_of_comment}, {0}};

#define WT "/api/workspaces/{workspaceId}/worktrees/{worktreeId}"

const Op comment_ops[] = {
    {"create_comment", "POST " WT "/comments", "comment add", OP_RUN(create_comment, CommentNew, Comment),
     .status = 201, .role = ROLE_MEMBER, .where = ON_SLOW, .subject = worktree_subject, .flags = OP_WRITES,
     .doc = "Comments on a line of a diff. The file must have that line on that side."},
    {"list_comments", "GET " WT "/comments", "comment list", OP_RUN(list_comments, WorktreeRef, Comments),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Lists the comments on a worktree's changes by file and line, with where their lines are now."},
    {"update_comment", "PUT " WT "/comments/{commentId}", "comment edit",
     OP_RUN(update_comment, CommentUpdate, Comment), .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES,
     .doc = "Changes a comment's text."},
    {"delete_comment", "DELETE " WT "/comments/{commentId}", "comment delete", OP_RUN_IN(delete_comment, CommentRef),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES,
     .doc = "Deletes a comment. restore_comment brings it back."},
    {"restore_comment", "POST " WT "/comments/{commentId}/restore", "comment restore",
     OP_RUN(restore_comment, CommentRef, Comment), .role = ROLE_MEMBER, .where = ON_SLOW, .subject = worktree_subject,
     .flags = OP_WRITES,
     .doc =
         "Brings back a deleted comment as it was: its id, and whether it was sent. The answer says where its line is now. "
         "The 100 that were deleted last are kept."},
    {"send_comments", "POST " WT "/comments/send", "comment send", OP_RUN(send_comments, CommentsSend, CommentsSent),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Sends comments to an agent of the worktree, all of them as one prompt."},
    {"hand_over_conflicts", "POST " WT "/merge/hand-over", "change hand-over",
     OP_RUN(hand_over_conflicts, HandOverIn, HandedOver), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Asks an agent of the worktree to resolve its conflicts: one prompt with the list of files. While the same "
            "prompt still waits or is being answered, it is not sent again."},
    {0},
};
