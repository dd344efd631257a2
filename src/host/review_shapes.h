/* The shapes of what belongs to a pull request: its checks and the comments of its reviews; and of issues. */
#pragma once

#include "host/host_shapes.h"

#define PULL_CHECK(F, S)                                                                                             \
    F(S, STR, name, .max_bytes = HOST_LINE_MAX, .doc = "Its name")                                                   \
    F(S, STR, group, .opt = 1, .max_bytes = HOST_LINE_MAX, .doc = "The workflow, or the stage, to which it belongs") \
    F(S, ENUM(PullCheckState), state, .doc = "How it stands")                                                        \
    F(S, STR, detail, .opt = 1, .max_bytes = HOST_LINE_MAX, .doc = "What it says about itself")                      \
    F(S, STR, url, .opt = 1, .max_bytes = 2000, .doc = "Its page")                                                   \
    F(S, TIME, started_at, .opt = 1, .doc = "When it started")                                                       \
    F(S, TIME, ended_at, .opt = 1, .doc = "When it ended")
SHAPE(PullCheck, PULL_CHECK);
#define PULL_PAGE_IN(F, S) PULL_REF(F, S) IN_PAGE(F, S, "rows")
SHAPE(PullPageIn, PULL_PAGE_IN);
#define PULL_CHECKS(F, S)                                                                                   \
    F(S, LIST(PullCheck), checks, .max = PULL_PAGE_MAX, .doc = "Of its newest commit, in the host's order") \
    PAGE_NEXT(F, S)
SHAPE(PullChecks, PULL_CHECKS);

#define REVIEW_SIDE_WORDS(W) W(REVIEW_NEW, "new") W(REVIEW_OLD, "old")
ENUM_DECLARE(ReviewSide, REVIEW_SIDE_WORDS);
#define REVIEW_COMMENT(F, S)                                                                                      \
    F(S, STR, id, .max_bytes = 128, .doc = "The comment; as the host names it")                                   \
    F(S, STR, thread_id, .max_bytes = 128, .doc = "The thread to which it belongs")                               \
    F(S, STR, path, .max_bytes = 4096, .is_file = 1, .doc = "The file")                                           \
    F(S, I64, line, .opt = 1, .min = 1, .max = INT64_MAX, .doc = "The line on that side; absent: the whole file") \
    F(S, I64, start_line, .opt = 1, .min = 1, .max = INT64_MAX, .doc = "Of several lines: the first")             \
    F(S, ENUM(ReviewSide), side, .doc = "new: the file as the pull request changes it; old: as it was")           \
    F(S, STR, author, .max_bytes = HOST_LINE_MAX, .doc = "Who wrote it; empty: the account is gone")              \
    F(S, STR, body, .max_bytes = REVIEW_BODY_MAX, .doc = "Its text; at most 16 KiB of it")                        \
    F(S, BOOL, is_body_cut, .doc = "The text is longer")                                                          \
    F(S, BOOL, is_resolved, .doc = "The thread is resolved")                                                      \
    F(S, BOOL, is_outdated, .doc = "The line has changed since")                                                  \
    F(S, STR, url, .opt = 1, .max_bytes = 2000, .doc = "Its place on the page")                                   \
    F(S, TIME, created_at, .doc = "When it was written")
SHAPE(ReviewComment, REVIEW_COMMENT);
enum { THREAD_COMMENTS_MAX = 30, REVIEW_COMMENTS_MAX = 3000 };
#define REVIEW_COMMENTS(F, S)                                                      \
    F(S, LIST(ReviewComment), comments, .max = REVIEW_COMMENTS_MAX,                \
      .doc = "Of the threads on the page, by thread; the first 30 of each thread") \
    PAGE_NEXT(F, S)
SHAPE(ReviewComments, REVIEW_COMMENTS);

#define ISSUE_STATE_WORDS(W) W(ISSUE_UNKNOWN, "unknown") W(ISSUE_OPEN, "open") W(ISSUE_CLOSED, "closed")
ENUM_DECLARE(IssueState, ISSUE_STATE_WORDS);
#define ISSUE(F, S)                                                                                   \
    F(S, I64, number, .min = 1, .max = INT64_MAX, .doc = "Its number in the repository")              \
    F(S, STR, title, .max_bytes = HOST_LINE_MAX, .doc = "Its title")                                  \
    F(S, ENUM(IssueState), state, .doc = "open or closed")                                            \
    F(S, STR, author, .max_bytes = HOST_LINE_MAX, .doc = "Who opened it; empty: the account is gone") \
    F(S, STRS, labels, .max = 20, .item_max = HOST_LINE_MAX, .doc = "Its labels, the first 20")       \
    F(S, STR, url, .opt = 1, .max_bytes = 2000, .doc = "Its page")                                    \
    F(S, TIME, created_at, .doc = "When it was opened")                                               \
    F(S, TIME, updated_at, .doc = "When it last changed")
SHAPE(Issue, ISSUE);
#define ISSUE_DETAIL(F, S) \
    ISSUE(F, S)            \
    F(S, STR, body, .max_bytes = HOST_BODY_MAX, .doc = "Its description") F(S, BOOL, is_body_cut, .doc = "It is longer")
SHAPE(IssueDetail, ISSUE_DETAIL);
#define ISSUE_LIST_IN(F, S)                                                                           \
    IN_HOST(F, S)                                                                                     \
    F(S, ENUM(IssueListState), state, .opt = 1, .has_def = 1, .def = ISSUES_OPEN, .from = FROM_QUERY, \
      .doc = "open, closed or all")                                                                   \
    IN_PAGE(F, S, "issues")
SHAPE(IssueListIn, ISSUE_LIST_IN);
#define ISSUES(F, S)                                                                \
    F(S, LIST(Issue), issues, .max = PULL_PAGE_MAX, .doc = "The newest ones first") \
    PAGE_NEXT(F, S)
SHAPE(Issues, ISSUES);
#define ISSUE_REF(F, S) \
    IN_HOST(F, S)       \
    F(S, I64, number, .min = 1, .max = 2147483647, .from = FROM_PATH, .doc = "The issue's number")
SHAPE(IssueRef, ISSUE_REF);
