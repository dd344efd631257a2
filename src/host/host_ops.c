/* Operations that read what a host has. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "change/change.h"
#include "host/host_in.h"
#include "host/issue_start.h"

ENUM_DEFINE(PullListState, LIST_STATE_WORDS);
ENUM_DEFINE(IssueListState, ISSUE_LIST_WORDS);
ENUM_DEFINE(PullState, PULL_STATE_WORDS);
ENUM_DEFINE(PullMergeable, PULL_MERGEABLE_WORDS);
ENUM_DEFINE(PullReview, PULL_REVIEW_WORDS);
ENUM_DEFINE(PullCheckState, PULL_CHECK_WORDS);
ENUM_DEFINE(ReviewSide, REVIEW_SIDE_WORDS);
ENUM_DEFINE(IssueState, ISSUE_STATE_WORDS);
SHAPE_DEFINE(PullRequest, PULL_REQUEST);
SHAPE_DEFINE(PullRequestDetail, PULL_REQUEST_DETAIL);
SHAPE_DEFINE(PullListIn, PULL_LIST_IN);
SHAPE_DEFINE(PullList, PULL_LIST);
SHAPE_DEFINE(PullRef, PULL_REF);
SHAPE_DEFINE(PullCheck, PULL_CHECK);
SHAPE_DEFINE(PullPageIn, PULL_PAGE_IN);
SHAPE_DEFINE(PullChecks, PULL_CHECKS);
SHAPE_DEFINE(ReviewComment, REVIEW_COMMENT);
SHAPE_DEFINE(ReviewComments, REVIEW_COMMENTS);
SHAPE_DEFINE(Issue, ISSUE);
SHAPE_DEFINE(IssueDetail, ISSUE_DETAIL);
SHAPE_DEFINE(IssueRef, ISSUE_REF);
SHAPE_DEFINE(IssueListIn, ISSUE_LIST_IN);
SHAPE_DEFINE(Issues, ISSUES);

void pull_detail(const PullRequest *p, PullRequestDetail *ret) {
    static_assert(offsetof(PullRequestDetail, body) <= sizeof *p, "its first members are a PullRequest's");
    *ret = (PullRequestDetail){0};
    memcpy(ret, p, offsetof(PullRequestDetail, body));
}

void issue_detail(const Issue *i, IssueDetail *ret) {
    static_assert(offsetof(IssueDetail, body) <= sizeof *i, "its first members are an Issue's");
    *ret = (IssueDetail){0};
    memcpy(ret, i, offsetof(IssueDetail, body));
}

static int get_host(OpCall *c, const void *in, void *out, Err *e) { return host_info(c, in, out, e); }

static int list_pull_requests(OpCall *c, const void *in_, void *out, Err *e) {
    const PullListIn *in = in_;
    Host h;
    TRY(host_open(c, in->workspace_id, in->remote, &h, e));
    return h.service->list_pulls(&h, in, out, e);
}

static int get_pull_request(OpCall *c, const void *in_, void *out, Err *e) {
    const PullRef *in = in_;
    Host h;
    TRY(host_open(c, in->workspace_id, in->remote, &h, e));
    return h.service->get_pull(&h, in->number, out, e);
}

static int list_pull_request_checks(OpCall *c, const void *in_, void *out, Err *e) {
    const PullPageIn *in = in_;
    Host h;
    TRY(host_open(c, in->workspace_id, in->remote, &h, e));
    return h.service->list_checks(&h, in, out, e);
}

static int list_review_comments(OpCall *c, const void *in_, void *out, Err *e) {
    const PullPageIn *in = in_;
    Host h;
    TRY(host_open(c, in->workspace_id, in->remote, &h, e));
    return h.service->list_comments(&h, in, out, e);
}

static int list_issues(OpCall *c, const void *in_, void *out, Err *e) {
    const IssueListIn *in = in_;
    Host h;
    TRY(host_open(c, in->workspace_id, in->remote, &h, e));
    return h.service->list_issues(&h, in, out, e);
}

static int get_issue(OpCall *c, const void *in_, void *out, Err *e) {
    const IssueRef *in = in_;
    Host h;
    TRY(host_open(c, in->workspace_id, in->remote, &h, e));
    return h.service->get_issue(&h, in->number, out, e);
}

#define HOST "/api/workspaces/{workspaceId}/host"
#define READS .role = ROLE_VIEWER, .where = ON_SLOW, .subject = remote_subject

const Op host_ops[] = {
    {"get_host", "GET " HOST, "host show", OP_RUN(get_host, HostRead, HostInfo), READS,
     .doc = "Says on which host a workspace's repository is, which program reaches it, and who is logged in there; if "
            "nobody is, what to do."},
    {"list_pull_requests", "GET " HOST "/pulls", "pr list", OP_RUN(list_pull_requests, PullListIn, PullList), READS,
     .doc = "Lists the pull requests of the repository; on GitLab, its merge requests."},
    {"get_pull_request", "GET " HOST "/pulls/{number}", "pr show", OP_RUN(get_pull_request, PullRef, PullRequestDetail),
     READS, .doc = "Returns a pull request with its description."},
    {"list_pull_request_checks", "GET " HOST "/pulls/{number}/checks", "pr checks",
     OP_RUN(list_pull_request_checks, PullPageIn, PullChecks), READS,
     .doc = "Lists the checks of a pull request's newest commit; on GitLab, the jobs of its newest pipeline."},
    {"list_review_comments", "GET " HOST "/pulls/{number}/comments", "pr comments",
     OP_RUN(list_review_comments, PullPageIn, ReviewComments), READS,
     .doc = "Lists the comments on lines and files of a pull request, by thread."},
    {"list_issues", "GET " HOST "/issues", "issue list", OP_RUN(list_issues, IssueListIn, Issues), READS,
     .doc = "Lists the issues of the repository."},
    {"get_issue", "GET " HOST "/issues/{number}", "issue show", OP_RUN(get_issue, IssueRef, IssueDetail), READS,
     .doc = "Returns an issue with its description."},
    {"create_worktree_from_issue", "POST " HOST "/issues/{number}/worktree", "issue start",
     OP_RUN(issue_start, IssueStart, IssueStarted), .status = 201, .role = ROLE_MEMBER, .where = ON_SLOW,
     .before = issue_fetch, .before_subject = remote_subject, .subject = workspace_subject,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = issue_start_recover,
     .doc =
         "Makes a worktree for an issue, with a new branch named after it, and an agent whose first prompt quotes it. "
         "The agent is not started."},
    {0},
};
