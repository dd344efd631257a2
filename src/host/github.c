/* Pull requests and issues of GitHub. */
#include "base/mem.h"
#include "base/vec.h"
#include "host/github_in.h"

enum { VARIABLES_MAX = 16 << 10, CURSOR_MAX = 512, LABELS_MAX = 20, FOUND_MAX = 20, BODY_MAX = 1 << 20 };

#define QUERY(name, vars, body) \
    "query " name "($owner:String!,$name:String!," vars "){repository(owner:$owner,name:$name){" body "}}"
#define PAGE "pageInfo{hasNextPage endCursor}"
#define PULL_FIELDS                                                                                        \
    "number title isDraft state mergeable reviewDecision url createdAt updatedAt headRefName baseRefName " \
    "isCrossRepository headRepositoryOwner{login} author{login} headRefOid "                               \
    "commits(last:1){nodes{commit{statusCheckRollup{state}}}}"
#define ISSUE_FIELDS "number title state url author{login} createdAt updatedAt labels(first:20){nodes{name}}"

static const char pulls_query[] =
    QUERY("PullRequests", "$states:[PullRequestState!],$first:Int!,$after:String",
          "pullRequests(states:$states,first:$first,after:$after,orderBy:{field:CREATED_AT,direction:DESC}){"
          "nodes{" PULL_FIELDS "}" PAGE "}");
static const char pull_query[] =
    QUERY("PullRequest", "$number:Int!", "pullRequest(number:$number){" PULL_FIELDS " body}");
static const char found_query[] =
    QUERY("PullRequestsOfBranch", "$head:String!,$base:String!",
          "pullRequests(states:[OPEN],headRefName:$head,baseRefName:$base,first:20){nodes{" PULL_FIELDS "}}");
static const char issues_query[] =
    QUERY("Issues", "$states:[IssueState!],$first:Int!,$after:String",
          "issues(states:$states,first:$first,after:$after,orderBy:{field:CREATED_AT,direction:DESC}){"
          "nodes{" ISSUE_FIELDS "}" PAGE "}");
static const char issue_query[] = QUERY("Issue", "$number:Int!", "issue(number:$number){" ISSUE_FIELDS " body}");

/* -- queries --------------------------------------------------------------------------------------------------- */

static int split_project(const Host *h, Str *ret_owner, Str *ret_name, Err *e) {
    Str rest = h->project;
    if (str_split(&rest, '/', ret_owner) && rest.n && !memchr(rest.p, '/', rest.n)) {
        *ret_name = rest;
        return 0;
    }
    return err_fail(e, ERR_CONFLICT, STR_FMT " is not the owner/name of a repository on GitHub", STR_ARG(h->project));
}

int github_query_begin(const Host *h, GithubQuery *ret, Err *e) {
    Str owner, name;
    TRY(split_project(h, &owner, &name, e));
    ret->host = h;
    buf_init(&ret->buf, VARIABLES_MAX);
    ret->vars = json_out(&ret->buf);
    json_begin_object(&ret->vars);
    json_kv_str(&ret->vars, "owner", owner);
    json_kv_str(&ret->vars, "name", name);
    return 0;
}

void github_query_done(GithubQuery *q) { buf_done(&q->buf); }

void github_query_after(GithubQuery *q, Str after) {
    if (after.n) json_kv_str(&q->vars, "after", after);
}

int github_query_run(GithubQuery *q, const char *text, Json **ret, Err *e) {
    Arena *a = q->host->call->arena;
    q->vars.buf = &q->buf; /* the query may have been moved */
    json_end_object(&q->vars);
    return host_graphql(q->host, text, arena_str(a, buf_str(&q->buf)), ret, e);
}

Str github_next(Answer *a, const Json *connection) {
    bool has_more = connection && answer_bool(a, connection, "pageInfo.hasNextPage");
    return has_more ? answer_line(a, connection, "pageInfo.endCursor", CURSOR_MAX) : (Str){0};
}

/* -- pull requests ----------------------------------------------------------------------------------------------- */

static const AnswerWord pull_states[] = {{"OPEN", PULL_OPEN},
                                         {"open", PULL_OPEN},
                                         {"CLOSED", PULL_CLOSED},
                                         {"closed", PULL_CLOSED},
                                         {"MERGED", PULL_MERGED}};
static const AnswerWord mergeables[] = {{"MERGEABLE", MERGEABLE_YES}, {"CONFLICTING", MERGEABLE_CONFLICTING}};
static const AnswerWord reviews[] = {
    {"APPROVED", REVIEW_APPROVED}, {"CHANGES_REQUESTED", REVIEW_CHANGES}, {"REVIEW_REQUIRED", REVIEW_REQUIRED}};
static const AnswerWord rollups[] = {{"SUCCESS", CHECK_PASSED},
                                     {"FAILURE", CHECK_FAILED},
                                     {"ERROR", CHECK_FAILED},
                                     {"PENDING", CHECK_RUNNING},
                                     {"EXPECTED", CHECK_QUEUED}};

static PullCheckState rollup_of(Answer *a, const Json *o) {
    const Json *nodes = answer_array(a, o, "commits.nodes");
    const Json *commit = nodes && nodes->n ? json_get(&nodes->items[nodes->n - 1], "commit") : NULL;
    Str word = answer_find_line(a, commit, "statusCheckRollup.state", HOST_LINE_MAX);
    return word.n ? (PullCheckState)ANSWER_WORD(rollups, word) : CHECK_NONE;
}

static void read_pull(Answer *a, const Json *o, PullRequest *out) {
    Str review = answer_find_line(a, o, "reviewDecision", HOST_LINE_MAX);
    Str author = answer_find_line(a, o, "author.login", HOST_LINE_MAX);
    *out = (PullRequest){
        .number = answer_number(a, o, "number"),
        .title = answer_line(a, o, "title", HOST_LINE_MAX),
        .state = (PullState)ANSWER_WORD(pull_states, answer_line(a, o, "state", HOST_LINE_MAX)),
        .is_draft = answer_bool(a, o, "isDraft"),
        .author = author.p ? author : STR(""),
        .base = answer_line(a, o, "baseRefName", HOST_LINE_MAX),
        .head = answer_line(a, o, "headRefName", HOST_LINE_MAX),
        .mergeable = (PullMergeable)ANSWER_WORD(mergeables, answer_line(a, o, "mergeable", HOST_LINE_MAX)),
        .review = review.n ? (PullReview)ANSWER_WORD(reviews, review) : REVIEW_NONE,
        .checks = rollup_of(a, o),
        .url = answer_find_url(a, o, "url"),
        .created_at = answer_time(a, o, "createdAt"),
        .updated_at = answer_time(a, o, "updatedAt"),
    };
    out->head_id = answer_find_line(a, o, "headRefOid", 64);
    if (answer_bool(a, o, "isCrossRepository"))
        out->head_owner = answer_find_line(a, o, "headRepositoryOwner.login", HOST_LINE_MAX);
}

static void put_states(GithubQuery *q, const char *const *words) {
    json_key(&q->vars, STR("states"));
    json_begin_array(&q->vars);
    for (; *words; words++) json_put_str(&q->vars, str(*words));
    json_end_array(&q->vars);
}

/* The nodes of a list, `read` one by one into items of that size. */
typedef struct Nodes {
    Answer *answer;
    const Json *nodes;
    size_t max, size;
    void (*read)(Answer *a, const Json *o, void *out);
} Nodes;

static void *read_nodes(const Nodes *n, size_t *ret_n) {
    size_t count = n->nodes ? n->nodes->n : 0;
    if (count > n->max) count = n->max;
    char *items = arena_array(n->answer->arena, count + 1, n->size);
    for (size_t i = 0; i < count; i++) n->read(n->answer, &n->nodes->items[i], items + i * n->size);
    *ret_n = count;
    return items;
}

static void read_pull_node(Answer *a, const Json *o, void *out) { read_pull(a, o, out); }

/* One page of a list of the repository. */
typedef struct Page {
    const char *query, *at; /* at: where its list is in the answer */
    const char *const *states;
    int64_t limit;
    Str after;
    size_t size;
    void (*read)(Answer *a, const Json *o, void *out);
} Page;

/* *ret_next: the cursor of the next page; {NULL,0}: this is the last one. */
static int read_page(const Host *h, const Page *p, void **ret, size_t *ret_n, Str *ret_next, Err *e) {
    CLEANUP(github_query_done) GithubQuery q = {0};
    Json *j;
    Answer a = host_answer(h);
    TRY(github_query_begin(h, &q, e));
    put_states(&q, p->states);
    json_kv_i64(&q.vars, "first", p->limit);
    github_query_after(&q, p->after);
    TRY(github_query_run(&q, p->query, &j, e));
    const Json *list = answer_object(&a, j, p->at);
    *ret = read_nodes(&(Nodes){&a, answer_array(&a, list, "nodes"), (size_t)p->limit, p->size, p->read}, ret_n);
    *ret_next = github_next(&a, list);
    return answer_end(&a, e);
}

static int list_pulls(const Host *h, const PullListIn *in, PullList *out, Err *e) {
    static const char *const states[PullListState_n][4] = {[LIST_OPEN] = {"OPEN"},
                                                           [LIST_CLOSED] = {"CLOSED"},
                                                           [LIST_MERGED] = {"MERGED"},
                                                           [LIST_ALL] = {"OPEN", "CLOSED", "MERGED"}};
    Page p = {
        pulls_query,   "data.repository.pullRequests", states[in->state], in->limit, in->after, sizeof(PullRequest),
        read_pull_node};
    void *items = NULL;
    Str next = {0};
    TRY(read_page(h, &p, &items, &out->pull_requests.n, &next, e));
    out->pull_requests.items = items;
    if (next.n) GIVE(PullList, out, next_cursor, next);
    return 0;
}

static int missing(const Host *h, const char *what, int64_t number, Err *e) {
    return err_fail(e, ERR_NOT_FOUND, STR_FMT " has no %s %lld", STR_ARG(h->project), what, (long long)number);
}

static int get_pull(const Host *h, int64_t number, PullRequestDetail *out, Err *e) {
    CLEANUP(github_query_done) GithubQuery q = {0};
    Json *j;
    PullRequest p;
    Answer a = host_answer(h);
    TRY(github_query_begin(h, &q, e));
    json_kv_i64(&q.vars, "number", number);
    TRY(github_query_run(&q, pull_query, &j, e));
    const Json *o = json_at(j, "data.repository.pullRequest");
    if (json_is(o, JSON_NULL)) return missing(h, "pull request", number, e);
    read_pull(&a, answer_object(&a, j, "data.repository.pullRequest"), &p);
    pull_detail(&p, out);
    out->body = answer_text(&a, o, "body", HOST_BODY_MAX, &out->is_body_cut);
    return answer_end(&a, e);
}

static int find_pull(const Host *h, Str head, Str base, PullRequest *out, bool *ret_found, Err *e) {
    CLEANUP(github_query_done) GithubQuery q = {0};
    Json *j;
    Answer a = host_answer(h);
    PullRequestList l = {0};
    *ret_found = false;
    TRY(github_query_begin(h, &q, e));
    json_kv_str(&q.vars, "head", head);
    json_kv_str(&q.vars, "base", base);
    TRY(github_query_run(&q, found_query, &j, e));
    Nodes n = {&a, answer_array(&a, j, "data.repository.pullRequests.nodes"), FOUND_MAX, sizeof(PullRequest),
               read_pull_node};
    l.items = read_nodes(&n, &l.n);
    TRY(answer_end(&a, e));
    for (size_t i = 0; i < l.n && !*ret_found; i++) {
        if (l.items[i].head_owner.n) continue; /* a fork's branch of the same name */
        *out = l.items[i];
        *ret_found = true;
    }
    return 0;
}

/* "Create a pull request", REST. */
static void read_created(Answer *a, const Json *o, PullRequest *out) {
    *out = (PullRequest){
        .number = answer_number(a, o, "number"),
        .title = answer_line(a, o, "title", HOST_LINE_MAX),
        .state = (PullState)ANSWER_WORD(pull_states, answer_line(a, o, "state", HOST_LINE_MAX)),
        .is_draft = json_bool(o, "draft", false),
        .author = answer_line(a, o, "user.login", HOST_LINE_MAX),
        .base = answer_line(a, o, "base.ref", HOST_LINE_MAX),
        .head = answer_line(a, o, "head.ref", HOST_LINE_MAX),
        .head_id = answer_find_line(a, o, "head.sha", 64),
        .url = answer_find_url(a, o, "html_url"),
        .created_at = answer_time(a, o, "created_at"),
        .updated_at = answer_time(a, o, "updated_at"),
    };
}

static int create_pull(const Host *h, const PullNew *p, PullRequest *out, Err *e) {
    CLEANUP(buf_done) Buf b;
    Json *j;
    Answer a = host_answer(h);
    buf_init(&b, BODY_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "title", p->title);
    json_kv_str(&o, "body", p->body.p ? p->body : STR(""));
    json_kv_str(&o, "head", p->head);
    json_kv_str(&o, "base", p->base);
    json_kv_bool(&o, "draft", p->is_draft);
    json_end_object(&o);
    const char *path = arena_fmt(h->call->arena, "repos/" STR_FMT "/pulls", STR_ARG(h->project)).p;
    TRY(host_api(h, &(HostRequest){.method = "POST", .path = path, .body = buf_str(&b)}, &j, e));
    read_created(&a, j, out);
    return answer_end(&a, e);
}

/* -- issues ------------------------------------------------------------------------------------------------------- */

static void read_issue(Answer *a, const Json *o, void *ret) {
    static const AnswerWord states[] = {{"OPEN", ISSUE_OPEN}, {"CLOSED", ISSUE_CLOSED}};
    Issue *out = ret;
    const Json *labels = answer_array(a, o, "labels.nodes");
    Str author = answer_find_line(a, o, "author.login", HOST_LINE_MAX);
    *out = (Issue){.number = answer_number(a, o, "number"),
                   .title = answer_line(a, o, "title", HOST_LINE_MAX),
                   .state = (IssueState)ANSWER_WORD(states, answer_line(a, o, "state", HOST_LINE_MAX)),
                   .author = author.p ? author : STR(""),
                   .url = answer_find_url(a, o, "url"),
                   .created_at = answer_time(a, o, "createdAt"),
                   .updated_at = answer_time(a, o, "updatedAt")};
    out->labels.items = arena_array(a->arena, LABELS_MAX, sizeof(Str));
    for (size_t i = 0; labels && i < labels->n && i < LABELS_MAX; i++)
        out->labels.items[out->labels.n++] = answer_line(a, &labels->items[i], "name", HOST_LINE_MAX);
}

static int list_issues(const Host *h, const IssueListIn *in, Issues *out, Err *e) {
    static const char *const states[IssueListState_n][3] = {
        [ISSUES_OPEN] = {"OPEN"}, [ISSUES_CLOSED] = {"CLOSED"}, [ISSUES_ALL] = {"OPEN", "CLOSED"}};
    Page p = {issues_query, "data.repository.issues", states[in->state], in->limit, in->after, sizeof(Issue),
              read_issue};
    void *items = NULL;
    Str next = {0};
    TRY(read_page(h, &p, &items, &out->issues.n, &next, e));
    out->issues.items = items;
    if (next.n) GIVE(Issues, out, next_cursor, next);
    return 0;
}

static int get_issue(const Host *h, int64_t number, IssueDetail *out, Err *e) {
    CLEANUP(github_query_done) GithubQuery q = {0};
    Json *j;
    Issue i;
    Answer a = host_answer(h);
    TRY(github_query_begin(h, &q, e));
    json_kv_i64(&q.vars, "number", number);
    TRY(github_query_run(&q, issue_query, &j, e));
    const Json *o = json_at(j, "data.repository.issue");
    if (json_is(o, JSON_NULL)) return missing(h, "issue", number, e);
    read_issue(&a, answer_object(&a, j, "data.repository.issue"), &i);
    issue_detail(&i, out);
    out->body = answer_text(&a, o, "body", HOST_BODY_MAX, &out->is_body_cut);
    return answer_end(&a, e);
}

static int login(const Host *h, Str *ret, Err *e) {
    Json *j;
    Answer a = host_answer(h);
    TRY(host_api(h, &(HostRequest){.path = "user"}, &j, e));
    *ret = answer_line(&a, j, "login", 255);
    return answer_end(&a, e);
}

const HostService host_github = {.program = "gh",
                                 .title = "GitHub",
                                 .install = "install it (Debian has the package gh, see also https://cli.github.com)",
                                 .login = login,
                                 .list_pulls = list_pulls,
                                 .get_pull = get_pull,
                                 .list_checks = github_list_checks,
                                 .list_comments = github_list_comments,
                                 .list_issues = list_issues,
                                 .get_issue = get_issue,
                                 .find_pull = find_pull,
                                 .create_pull = create_pull};
