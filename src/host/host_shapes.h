/* The shapes of a host, and of pull requests. */
#pragma once

#include "host/remote_url.h"
#include "workspace/workspace.h"

enum {
    PULL_PAGE_MAX = 100,
    HOST_LINE_MAX = 1024,     /* bytes of a title, a name, a branch */
    HOST_BODY_MAX = 64 << 10, /* bytes of a description */
    REVIEW_BODY_MAX = 16 << 10
};

#define IN_HOST(F, S)                                                                                \
    IN_WORKSPACE(F, S)                                                                               \
    F(S, STR, remote, .opt = 1, .min = 1, .max_bytes = 255, .from = FROM_QUERY, .example = "origin", \
      .doc = "The git remote whose host is meant; default: origin, or the only one")
#define IN_PAGE(F, S, what)                                                                                 \
    F(S, STR, after, .opt = 1, .min = 1, .max_bytes = 512, .from = FROM_QUERY, .example = "2",              \
      .doc = "The page after this cursor; default: the first page")                                         \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 30, .min = 1, .max = PULL_PAGE_MAX, .from = FROM_QUERY, \
      .doc = "Number of " what " on the page")
#define PAGE_NEXT(F, S) \
    F(S, STR, next_cursor, .opt = 1, .max_bytes = 512, .doc = "`after` for the next page; absent on the last one")

#define HOST_READ(F, S) \
    IN_HOST(F, S)       \
    F(S, BOOL, refresh, .opt = 1, .from = FROM_QUERY, .doc = "Ask the program again, and forget what it said before")
SHAPE(HostRead, HOST_READ);
#define HOST_INFO(F, S)                                                                                      \
    F(S, ENUM(HostKind), kind, .doc = "The service: github, gitlab, or unknown")                             \
    F(S, STR, remote, .opt = 1, .max_bytes = 255, .doc = "The git remote; absent: there is none")            \
    F(S, STR, name, .opt = 1, .max_bytes = 300, .doc = "The host's name; absent: the remote is on no host")  \
    F(S, STR, project, .opt = 1, .max_bytes = REMOTE_PROJECT_MAX, .doc = "The repository there: owner/name") \
    F(S, STR, url, .opt = 1, .max_bytes = 1024, .doc = "Its page")                                           \
    F(S, STR, program, .opt = 1, .max_bytes = 16, .doc = "Program that serves it: gh or glab")               \
    F(S, BOOL, is_installed, .doc = "The program was found on PATH")                                         \
    F(S, STR, version, .opt = 1, .max_bytes = 64, .doc = "The program's version")                            \
    F(S, STR, login, .opt = 1, .max_bytes = 255, .doc = "Who is logged in")                                  \
    F(S, BOOL, is_ready, .doc = "Pull requests and issues can be read")                                      \
    F(S, STR, problem, .opt = 1, .max_bytes = 480, .doc = "If it is not ready: why, and what to do")         \
    F(S, TIME, checked_at, .opt = 1, .doc = "When the program was asked; kept for half a minute")
SHAPE(HostInfo, HOST_INFO);

#define LIST_STATE_WORDS(W) W(LIST_OPEN, "open") W(LIST_CLOSED, "closed") W(LIST_MERGED, "merged") W(LIST_ALL, "all")
ENUM_DECLARE(PullListState, LIST_STATE_WORDS);
#define ISSUE_LIST_WORDS(W) W(ISSUES_OPEN, "open") W(ISSUES_CLOSED, "closed") W(ISSUES_ALL, "all")
ENUM_DECLARE(IssueListState, ISSUE_LIST_WORDS);
#define PULL_STATE_WORDS(W) \
    W(PULL_UNKNOWN, "unknown") W(PULL_OPEN, "open") W(PULL_CLOSED, "closed") W(PULL_MERGED, "merged")
ENUM_DECLARE(PullState, PULL_STATE_WORDS);
#define PULL_MERGEABLE_WORDS(W) \
    W(MERGEABLE_UNKNOWN, "unknown") W(MERGEABLE_YES, "mergeable") W(MERGEABLE_CONFLICTING, "conflicting")
ENUM_DECLARE(PullMergeable, PULL_MERGEABLE_WORDS);
#define PULL_REVIEW_WORDS(W)       \
    W(REVIEW_UNKNOWN, "unknown")   \
    W(REVIEW_NONE, "none")         \
    W(REVIEW_REQUIRED, "required") \
    W(REVIEW_APPROVED, "approved") \
    W(REVIEW_CHANGES, "changes_requested")
ENUM_DECLARE(PullReview, PULL_REVIEW_WORDS);
#define PULL_CHECK_WORDS(W)         \
    W(CHECK_UNKNOWN, "unknown")     \
    W(CHECK_NONE, "none")           \
    W(CHECK_QUEUED, "queued")       \
    W(CHECK_RUNNING, "running")     \
    W(CHECK_PASSED, "passed")       \
    W(CHECK_FAILED, "failed")       \
    W(CHECK_CANCELLED, "cancelled") \
    W(CHECK_SKIPPED, "skipped")     \
    W(CHECK_NEUTRAL, "neutral")
ENUM_DECLARE(PullCheckState, PULL_CHECK_WORDS);

#define PULL_REQUEST(F, S)                                                                                  \
    F(S, I64, number, .min = 1, .max = INT64_MAX, .doc = "Its number in the repository")                    \
    F(S, STR, title, .max_bytes = HOST_LINE_MAX, .doc = "Its title")                                        \
    F(S, ENUM(PullState), state, .doc = "open, closed or merged")                                           \
    F(S, BOOL, is_draft, .doc = "It is a draft")                                                            \
    F(S, STR, author, .max_bytes = HOST_LINE_MAX, .doc = "Who opened it; empty: the account is gone")       \
    F(S, STR, base, .max_bytes = HOST_LINE_MAX, .doc = "The branch into which it goes")                     \
    F(S, STR, head, .max_bytes = HOST_LINE_MAX, .doc = "Its own branch")                                    \
    F(S, STR, head_owner, .opt = 1, .max_bytes = HOST_LINE_MAX, .doc = "From a fork: whose, or which one")  \
    F(S, STR, head_id, .opt = 1, .max_bytes = 64, .doc = "Its newest commit")                               \
    F(S, ENUM(PullMergeable), mergeable, .doc = "mergeable, conflicting, or unknown to the host yet")       \
    F(S, ENUM(PullReview), review, .doc = "none, required, approved, changes_requested; unknown: not told") \
    F(S, ENUM(PullCheckState), checks, .doc = "Of all checks: none, queued, running, passed, failed, …")    \
    F(S, STR, url, .opt = 1, .max_bytes = 2000, .doc = "Its page")                                          \
    F(S, TIME, created_at, .doc = "When it was opened")                                                     \
    F(S, TIME, updated_at, .doc = "When it last changed")
SHAPE(PullRequest, PULL_REQUEST);
#define PULL_REQUEST_DETAIL(F, S)                                                                              \
    PULL_REQUEST(F, S)                                                                                         \
    F(S, STR, body, .max_bytes = HOST_BODY_MAX, .doc = "Its description, by its author; at most 64 KiB of it") \
    F(S, BOOL, is_body_cut, .doc = "The description is longer")
SHAPE(PullRequestDetail, PULL_REQUEST_DETAIL);
#define PULL_LIST_IN(F, S)                                                                         \
    IN_HOST(F, S)                                                                                  \
    F(S, ENUM(PullListState), state, .opt = 1, .has_def = 1, .def = LIST_OPEN, .from = FROM_QUERY, \
      .doc = "open, closed, merged or all")                                                        \
    IN_PAGE(F, S, "pull requests")
SHAPE(PullListIn, PULL_LIST_IN);
#define PULL_LIST(F, S)                                                                          \
    F(S, LIST(PullRequest), pull_requests, .max = PULL_PAGE_MAX, .doc = "The newest ones first") \
    PAGE_NEXT(F, S)
SHAPE(PullList, PULL_LIST);
#define PULL_REF(F, S) \
    IN_HOST(F, S)      \
    F(S, I64, number, .min = 1, .max = 2147483647, .from = FROM_PATH, .doc = "The pull request's number")
SHAPE(PullRef, PULL_REF);
