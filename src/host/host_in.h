/* The services behind the operations, and the programs that reach them, by file. */
#pragma once

#include "git/git.h"
#include "host/answer.h"
#include "host/host.h"
#include "host/review_shapes.h"

typedef struct HostService HostService;

/* A repository on a host, for one call. */
typedef struct Host {
    OpCall *call;
    HostKind kind;
    Str remote, name, project;
    const HostService *service; /* NULL: of a kind that is not known */
    const char *program;        /* path; NULL: not installed */
} Host;

/* host.c: finding it. */
/* The host of a remote ({NULL,0}: origin, or the only one). ERR_CONFLICT: there is no remote, or its address is not one of a
 * host; *ret has then what is known. */
int host_find(OpCall *c, const Git *g, Str remote, Host *ret, Err *e);
/* The same for the input of an operation on a workspace, and ready to be asked. */
int host_open(OpCall *c, Str workspace_id, Str remote, Host *ret, Err *e);
/* One that was found before; its project and remote are left to the caller. */
void host_restore(OpCall *c, HostKind kind, Str name, Host *ret);
/* ERR_CONFLICT: no program is known for this host; ERR_MISSING_CLI: it is not installed. */
int host_require(const Host *h, Err *e);
/* "GitHub", and what a person runs to log in. */
Str host_title(const Host *h);
Str host_login_command(const Host *h);
int host_info(OpCall *c, const HostRead *in, HostInfo *out, Err *e);

/* host_api.c: one call of the program. */
typedef struct HostRequest {
    const char *method; /* NULL: GET */
    const char *path;
    Str body;           /* JSON; {NULL,0}: none */
    int64_t timeout_ms; /* 0: half a minute */
} HostRequest;
/* What the host answered, in the call's arena. ERR_CONFLICT: nobody is logged in; ERR_NOT_FOUND, ERR_RATE_LIMITED; ERR_TIMEOUT;
 * ERR_PROVIDER: the program, the host or the network failed. */
int host_api(const Host *h, const HostRequest *r, Json **ret, Err *e);
/* GraphQL: the query's name is its first word after "query"; `variables` is a JSON object. */
int host_graphql(const Host *h, const char *query, Str variables, Json **ret, Err *e);
Answer host_answer(const Host *h);

/* host_ops.c: the short form with room for the rest. */
void pull_detail(const PullRequest *p, PullRequestDetail *ret);
void issue_detail(const Issue *i, IssueDetail *ret);

typedef struct PullNew {
    Str title, body, base, head;
    bool is_draft;
} PullNew;

/* What gh and glab do differently. Lists begin after `after` ({NULL,0}: at the start). */
struct HostService {
    const char *program, *title, *install;
    int (*login)(const Host *h, Str *ret, Err *e);
    int (*list_pulls)(const Host *h, const PullListIn *in, PullList *out, Err *e);
    int (*get_pull)(const Host *h, int64_t number, PullRequestDetail *out, Err *e);
    int (*list_checks)(const Host *h, const PullPageIn *in, PullChecks *out, Err *e);
    int (*list_comments)(const Host *h, const PullPageIn *in, ReviewComments *out, Err *e);
    int (*list_issues)(const Host *h, const IssueListIn *in, Issues *out, Err *e);
    int (*get_issue)(const Host *h, int64_t number, IssueDetail *out, Err *e);
    /* An open one of this repository's own branch `head` into `base`. */
    int (*find_pull)(const Host *h, Str head, Str base, PullRequest *out, bool *ret_found, Err *e);
    int (*create_pull)(const Host *h, const PullNew *p, PullRequest *out, Err *e);
};
extern const HostService host_github, host_gitlab;

/* github_review.c, gitlab_review.c */
int github_list_checks(const Host *h, const PullPageIn *in, PullChecks *out, Err *e);
int github_list_comments(const Host *h, const PullPageIn *in, ReviewComments *out, Err *e);
int gitlab_list_checks(const Host *h, const PullPageIn *in, PullChecks *out, Err *e);
int gitlab_list_comments(const Host *h, const PullPageIn *in, ReviewComments *out, Err *e);
