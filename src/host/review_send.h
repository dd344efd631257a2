/* Review comments, as a prompt to an agent of the worktree. */
#pragma once

#include "host/review_shapes.h"

enum { REVIEW_SENT_MAX = 500 };
#define REVIEW_SEND(F, S)                                                                                 \
    IN_WORKTREE(F, S)                                                                                     \
    F(S, I64, number, .min = 1, .max = 2147483647, .from = FROM_PATH, .doc = "The pull request's number") \
    F(S, STR, remote, .opt = 1, .min = 1, .max_bytes = 255, .example = "origin",                          \
      .doc = "The git remote whose host is meant; default: origin, or the only one")                      \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "Default: the worktree's only agent that takes prompts")    \
    F(S, STRS, comment_ids, .opt = 1, .min = 1, .max = REVIEW_SENT_MAX, .item_max = 128,                  \
      .doc = "Default: those of all threads that are not resolved")                                       \
    F(S, STR, text, .opt = 1, .min = 1, .max = 5000, .doc = "What the agent is asked; shown above them")
SHAPE(ReviewSend, REVIEW_SEND);
#define REVIEW_SENT(F, S)                            \
    F(S, ID("ag"), agent_id, .doc = "The agent")     \
    F(S, ID("msg"), message_id, .doc = "The prompt") \
    F(S, I64, sent, .min = 1, .max = REVIEW_COMMENTS_MAX, .doc = "Comments in it")
SHAPE(ReviewSent, REVIEW_SENT);

int review_send(OpCall *c, const void *in, void *out, Err *e);
