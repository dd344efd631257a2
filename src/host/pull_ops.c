/* Operations from a worktree to its pull request, and from there to its agent. */
#include "change/change.h"
#include "host/host_in.h"
#include "host/pull_create.h"
#include "host/review_send.h"

#define PULLS "/api/workspaces/{workspaceId}/worktrees/{worktreeId}/pulls"

const Op pull_ops[] = {
    {"create_pull_request", "POST " PULLS, "pr create", OP_RUN(pull_create, PullCreate, PullCreated), .status = 201,
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = remote_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS,
     .recover = pull_create_recover,
     .doc =
         "Opens a pull request for the worktree's branch, which is pushed first if the remote lacks commits of it. If "
         "an open one is there, that is the answer."},
    {"send_review_comments", "POST " PULLS "/{number}/send", "pr send", OP_RUN(review_send, ReviewSend, ReviewSent),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = remote_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Sends review comments of a pull request to an agent of the worktree, all of them as one prompt, in which "
            "they are quoted. While the same prompt still waits or is being answered, it is not sent again."},
    {0},
};
