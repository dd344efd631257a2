/* Comments, and prompts to an agent of the worktree. */
#pragma once

#include "change/change_in.h"
#include "change/prompt.h"
#include "core/hook.h"
#include "git/diff_parse.h"

/* comment.c */
enum { COMMENTS_MAX = 1000, COMMENT_LINE_KEPT = 4096 };
#define COMMENT_SIDE_WORDS(W) W(COMMENT_NEW_SIDE, "new") W(COMMENT_OLD, "old")
ENUM_DECLARE(CommentSide, COMMENT_SIDE_WORDS);
#define COMMENT_PLACE(F, S)                                                                               \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_file = 1, .example = "README.md", .doc = "The file") \
    F(S, ENUM(CommentSide), side, .doc = "new: the worktree's file; old: the one before the change")      \
    F(S, I64, line, .min = 1, .max = 100000000, .doc = "Number of the line on that side")                 \
    F(S, STR, line_text, .max_bytes = 3 * GIT_LINE_BYTES,                                                 \
      .doc = "The line as it was shown, which finds it again; its first 4096 bytes are kept")             \
    F(S, STR, from, .opt = 1, .min = 1, .max_bytes = 255, .example = "head",                              \
      .doc = "Of the side old: the diff's from, any word of get_worktree_diff; default head")             \
    F(S, STR, body, .min = 1, .max = 10000, .example = "Why not reuse the parser?", .doc = "The comment")
#define COMMENT(F, S)                                                                                                \
    F(S, ID("cmt"), id, .doc = "The comment")                                                                        \
    F(S, ID("ws"), workspace_id, .doc = "The workspace")                                                             \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                                                               \
    COMMENT_PLACE(F, S)                                                                                              \
    F(S, I64, current_line, .opt = 1, .min = 1, .max = INT64_MAX,                                                    \
      .doc = "Where that line is now; absent when it is gone or not known, and in a write's answer")                 \
    F(S, BOOL, is_outdated, .doc = "The file, as it could be read, has no such line any more")                       \
    F(S, TIME, created_at, .doc = "When it was written")                                                             \
    F(S, TIME, updated_at, .doc = "When it was last changed")                                                        \
    F(S, TIME, sent_at, .opt = 1,                                                                                    \
      .doc = "When it was last sent to an agent; absent again when that prompt is withdrawn before it was answered") \
    F(S, ID("msg"), message_id, .opt = 1, .doc = "The prompt in which it was last sent")
SHAPE(Comment, COMMENT);
#define COMMENT_NEW(F, S) IN_WORKTREE(F, S) COMMENT_PLACE(F, S)
SHAPE(CommentNew, COMMENT_NEW);
#define COMMENT_REF(F, S) \
    IN_WORKTREE(F, S)     \
    F(S, ID("cmt"), comment_id, .from = FROM_PATH, .doc = "The comment")
SHAPE(CommentRef, COMMENT_REF);
#define COMMENT_UPDATE(F, S) \
    COMMENT_REF(F, S) F(S, STR, body, .min = 1, .max = 10000, .example = "Better so", .doc = "The comment")
SHAPE(CommentUpdate, COMMENT_UPDATE);
#define COMMENTS(F, S) F(S, LIST(Comment), comments, .max = COMMENTS_MAX, .doc = "By file and line")
SHAPE(Comments, COMMENTS);
#define COMMENTS_SEND(F, S)                                                                            \
    IN_WORKTREE(F, S)                                                                                  \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "Default: the worktree's only agent that takes prompts") \
    F(S, STRS, comment_ids, .opt = 1, .max = COMMENTS_MAX, .item_max = 40,                             \
      .doc = "Default: those that were not sent yet")                                                  \
    F(S, STR, text, .opt = 1, .min = 1, .max = 10000, .doc = "What is shown above them")
SHAPE(CommentsSend, COMMENTS_SEND);
#define COMMENTS_SENT(F, S)                          \
    F(S, ID("ag"), agent_id, .doc = "The agent")     \
    F(S, ID("msg"), message_id, .doc = "The prompt") \
    F(S, I64, sent, .min = 1, .max = COMMENTS_MAX, .doc = "Comments in it")
SHAPE(CommentsSent, COMMENTS_SENT);
int comment_add(OpCall *c, const CommentNew *in, Comment *out, Err *e);
int comment_update(OpCall *c, const CommentUpdate *in, Comment *out, Err *e);
int comment_delete(OpCall *c, const CommentRef *in, Err *e);
/* As it was, with its id; its line is looked for again. */
int comment_restore(OpCall *c, const CommentRef *in, Comment *out, Err *e);
int comments_list(OpCall *c, const WorktreeRef *ref, Comments *out, Err *e);
int comments_send(OpCall *c, const CommentsSend *in, CommentsSent *out, Err *e);
/* Hook: the comments of a prompt that nobody will answer count as not sent. */
int comments_unsend(App *app, Tx *tx, const MessageWithdrawn *m, Err *e);

/* comment_anchor.c: sets where the lines are now, or that they are gone; neither where the file cannot be read. The comments come by path, side, from and line. */
void comments_anchor(OpCall *c, const Git *g, Str workspace_id, CommentList *l);
/* ERR_NOT_FOUND: there is no such file on the comment's side, or it cannot be read; ERR_INVALID: it has no such line. */
int comment_check_place(OpCall *c, const Git *g, const Comment *comment, Err *e);
