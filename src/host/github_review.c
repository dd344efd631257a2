/* Checks and review comments of GitHub. */
#include "base/mem.h"
#include "base/vec.h"
#include "host/github_in.h"

#define QUERY(name, body)                                                                  \
    "query " name "($owner:String!,$name:String!,$number:Int!,$first:Int!,$after:String){" \
    "repository(owner:$owner,name:$name){pullRequest(number:$number){" body "}}}"
#define PAGE "pageInfo{hasNextPage endCursor}"

static const char checks_query[] =
    QUERY("Checks", "commits(last:1){nodes{commit{statusCheckRollup{contexts(first:$first,after:$after){nodes{"
                    "__typename ...on CheckRun{name status conclusion title detailsUrl startedAt completedAt "
                    "checkSuite{workflowRun{workflow{name}}}}"
                    "...on StatusContext{context state description targetUrl createdAt}}" PAGE "}}}}}");
static const char threads_query[] =
    QUERY("ReviewThreads",
          "reviewThreads(first:$first,after:$after){nodes{id isResolved isOutdated path line startLine originalLine "
          "diffSide comments(first:30){nodes{id body url createdAt author{login}}}}" PAGE "}");

static int ask(const Host *h, const PullPageIn *in, const char *query, Json **ret, Err *e) {
    CLEANUP(github_query_done) GithubQuery q = {0};
    TRY(github_query_begin(h, &q, e));
    json_kv_i64(&q.vars, "number", in->number);
    json_kv_i64(&q.vars, "first", in->limit);
    github_query_after(&q, in->after);
    TRY(github_query_run(&q, query, ret, e));
    if (!json_is(json_at(*ret, "data.repository.pullRequest"), JSON_NULL)) return 0;
    return err_fail(e, ERR_NOT_FOUND, STR_FMT " has no pull request %lld", STR_ARG(h->project), (long long)in->number);
}

static const AnswerWord running[] = {
    {"QUEUED", CHECK_QUEUED},  {"REQUESTED", CHECK_QUEUED}, {"WAITING", CHECK_QUEUED},
    {"PENDING", CHECK_QUEUED}, {"EXPECTED", CHECK_QUEUED},  {"IN_PROGRESS", CHECK_RUNNING},
    {"SUCCESS", CHECK_PASSED}, {"FAILURE", CHECK_FAILED},   {"ERROR", CHECK_FAILED}};
static const AnswerWord conclusions[] = {
    {"SUCCESS", CHECK_PASSED},         {"FAILURE", CHECK_FAILED},         {"TIMED_OUT", CHECK_FAILED},
    {"ACTION_REQUIRED", CHECK_FAILED}, {"STARTUP_FAILURE", CHECK_FAILED}, {"CANCELLED", CHECK_CANCELLED},
    {"SKIPPED", CHECK_SKIPPED},        {"NEUTRAL", CHECK_NEUTRAL},        {"STALE", CHECK_NEUTRAL}};

static void read_run(Answer *a, const Json *o, PullCheck *out) {
    Str conclusion = answer_find_line(a, o, "conclusion", HOST_LINE_MAX);
    Str status = answer_line(a, o, "status", HOST_LINE_MAX);
    *out = (PullCheck){
        .name = answer_line(a, o, "name", HOST_LINE_MAX),
        .group = answer_find_line(a, o, "checkSuite.workflowRun.workflow.name", HOST_LINE_MAX),
        .state = (PullCheckState)(conclusion.n ? ANSWER_WORD(conclusions, conclusion) : ANSWER_WORD(running, status)),
        .detail = answer_find_line(a, o, "title", HOST_LINE_MAX),
        .url = answer_find_url(a, o, "detailsUrl"),
        .started_at = answer_find_time(a, o, "startedAt"),
        .ended_at = answer_find_time(a, o, "completedAt")};
}

/* What a service outside GitHub's own has reported for the commit. */
static void read_status(Answer *a, const Json *o, PullCheck *out) {
    *out = (PullCheck){.name = answer_line(a, o, "context", HOST_LINE_MAX),
                       .state = (PullCheckState)ANSWER_WORD(running, answer_line(a, o, "state", HOST_LINE_MAX)),
                       .detail = answer_find_line(a, o, "description", HOST_LINE_MAX),
                       .url = answer_find_url(a, o, "targetUrl"),
                       .started_at = answer_find_time(a, o, "createdAt")};
}

int github_list_checks(const Host *h, const PullPageIn *in, PullChecks *out, Err *e) {
    Json *j;
    Answer a = host_answer(h);
    TRY(ask(h, in, checks_query, &j, e));
    const Json *commits = answer_array(&a, j, "data.repository.pullRequest.commits.nodes");
    const Json *commit = commits && commits->n ? &commits->items[0] : NULL;
    const Json *list = json_at(commit, "commit.statusCheckRollup.contexts"); /* null: there are no checks */
    const Json *nodes = list ? answer_array(&a, list, "nodes") : NULL;
    out->checks.items = arena_array(a.arena, (size_t)in->limit, sizeof(PullCheck));
    for (size_t i = 0; nodes && i < nodes->n && i < (size_t)in->limit; i++) {
        const Json *o = &nodes->items[i];
        bool is_run = str_is(json_str(o, "__typename"), "CheckRun");
        (is_run ? read_run : read_status)(&a, o, &out->checks.items[out->checks.n++]);
    }
    Str next = github_next(&a, list);
    if (next.n) GIVE(PullChecks, out, next_cursor, next);
    return answer_end(&a, e);
}

/* -- review comments ------------------------------------------------------------------------------------------------ */

/* An outdated thread has no line any more, only the one on which it was written. */
static void read_thread(Answer *a, const Json *o, ReviewComment *out) {
    int64_t line = answer_find_number(a, o, "line", 0), start = answer_find_number(a, o, "startLine", 0);
    *out = (ReviewComment){.thread_id = answer_line(a, o, "id", 128),
                           .path = answer_line(a, o, "path", 4096),
                           .side = str_is(json_str(o, "diffSide"), "LEFT") ? REVIEW_OLD : REVIEW_NEW,
                           .is_resolved = answer_bool(a, o, "isResolved"),
                           .is_outdated = answer_bool(a, o, "isOutdated")};
    if (!line) line = answer_find_number(a, o, "originalLine", 0);
    if (line) GIVE(ReviewComment, out, line, line);
    if (line && start && start < line) GIVE(ReviewComment, out, start_line, start);
}

static void read_comment(Answer *a, const Json *o, ReviewComment *out) {
    Str author = answer_find_line(a, o, "author.login", HOST_LINE_MAX);
    out->id = answer_line(a, o, "id", 128);
    out->author = author.p ? author : STR("");
    out->body = answer_text(a, o, "body", REVIEW_BODY_MAX, &out->is_body_cut);
    out->url = answer_find_url(a, o, "url");
    out->created_at = answer_time(a, o, "createdAt");
}

int github_list_comments(const Host *h, const PullPageIn *in, ReviewComments *out, Err *e) {
    Json *j;
    Answer a = host_answer(h);
    TRY(ask(h, in, threads_query, &j, e));
    const Json *list = answer_object(&a, j, "data.repository.pullRequest.reviewThreads");
    const Json *threads = answer_array(&a, list, "nodes");
    out->comments.items = arena_array(a.arena, (size_t)in->limit * THREAD_COMMENTS_MAX, sizeof(ReviewComment));
    for (size_t i = 0; threads && i < threads->n && i < (size_t)in->limit; i++) {
        ReviewComment thread;
        read_thread(&a, &threads->items[i], &thread);
        const Json *comments = answer_array(&a, &threads->items[i], "comments.nodes");
        for (size_t k = 0; comments && k < comments->n && k < THREAD_COMMENTS_MAX; k++) {
            ReviewComment *c = &out->comments.items[out->comments.n++];
            *c = thread;
            read_comment(&a, &comments->items[k], c);
        }
    }
    Str next = github_next(&a, list);
    if (next.n) GIVE(ReviewComments, out, next_cursor, next);
    return answer_end(&a, e);
}
