/* Merge requests, under the names of pull requests, and issues of GitLab. */
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "host/gitlab_in.h"

enum { LABELS_MAX = 20, FOUND_MAX = 20, BODY_MAX = 1 << 20, PAGES_MAX = 100000 };

/* -- calls ----------------------------------------------------------------------------------------------------- */

/* Names are sent as one part of an address or as a value in its query. */
static Str escape(Arena *a, Str s) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 3 * s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                        c == '_' || c == '.' || c == '~';
        if (is_plain)
            buf_add_c(&b, (char)c);
        else
            buf_add_fmt(&b, "%%%02X", c);
    }
    return arena_str(a, buf_str(&b));
}

const char *gitlab_path(const Host *h, const char *fmt, ...) {
    CLEANUP(buf_done) Buf b;
    va_list ap;
    buf_init(&b, 64 << 10);
    buf_add_fmt(&b, "projects/" STR_FMT, STR_ARG(escape(h->call->arena, h->project)));
    va_start(ap, fmt);
    buf_add_vfmt(&b, fmt, ap);
    va_end(ap);
    return arena_cstr(h->call->arena, buf_str(&b));
}

int gitlab_get(const Host *h, const char *path, Json **ret, Err *e) {
    return host_api(h, &(HostRequest){.path = path}, ret, e);
}

int gitlab_page(Str after, int64_t *ret, Err *e) {
    *ret = 1;
    if (!after.n || str_parse_i64(after, 2, PAGES_MAX, ret)) return 0;
    int r = err_fail(e, ERR_INVALID, "after is not a cursor of this list");
    err_detail(e, "after", "is not the nextCursor of an answer");
    return r;
}

Str gitlab_next(const Host *h, const Json *list, int64_t limit, int64_t page) {
    if (!list || list->n < (size_t)limit) return (Str){0};
    return arena_fmt(h->call->arena, "%lld", (long long)page + 1);
}

/* -- merge requests ---------------------------------------------------------------------------------------------- */

PullCheckState gitlab_check_state(Str word) {
    static const AnswerWord words[] = {{"created", CHECK_QUEUED},   {"waiting_for_resource", CHECK_QUEUED},
                                       {"preparing", CHECK_QUEUED}, {"pending", CHECK_QUEUED},
                                       {"scheduled", CHECK_QUEUED}, {"waiting_for_callback", CHECK_QUEUED},
                                       {"running", CHECK_RUNNING},  {"success", CHECK_PASSED},
                                       {"failed", CHECK_FAILED},    {"manual", CHECK_NEUTRAL},
                                       {"skipped", CHECK_SKIPPED},  {"canceled", CHECK_CANCELLED},
                                       {"canceling", CHECK_RUNNING}};
    return (PullCheckState)ANSWER_WORD(words, word);
}

static const AnswerWord pull_states[] = {
    {"opened", PULL_OPEN}, {"locked", PULL_OPEN}, {"closed", PULL_CLOSED}, {"merged", PULL_MERGED}};

static PullMergeable mergeable_of(Answer *a, const Json *o) {
    static const AnswerWord words[] = {{"can_be_merged", MERGEABLE_YES}, {"cannot_be_merged", MERGEABLE_CONFLICTING}};
    if (json_bool(o, "has_conflicts", false)) return MERGEABLE_CONFLICTING;
    return (PullMergeable)ANSWER_WORD(words, answer_find_line(a, o, "merge_status", HOST_LINE_MAX));
}

/* A fork has no name in these answers, only a number. */
static Str fork_of(Answer *a, const Json *o) {
    int64_t from = answer_find_number(a, o, "source_project_id", 0),
            to = answer_find_number(a, o, "target_project_id", 0);
    return from == to ? (Str){0} : arena_fmt(a->arena, "project %lld", (long long)from);
}

/* Only the answer about a single merge request has its pipeline. */
static PullCheckState checks_of(Answer *a, const Json *o) {
    if (!json_get(o, "head_pipeline")) return CHECK_UNKNOWN;
    Str word = answer_find_line(a, o, "head_pipeline.status", HOST_LINE_MAX);
    return word.n ? gitlab_check_state(word) : CHECK_NONE;
}

static void read_pull(Answer *a, const Json *o, PullRequest *out) {
    Str author = answer_find_line(a, o, "author.username", HOST_LINE_MAX);
    *out = (PullRequest){
        .number = answer_number(a, o, "iid"),
        .title = answer_line(a, o, "title", HOST_LINE_MAX),
        .state = (PullState)ANSWER_WORD(pull_states, answer_line(a, o, "state", HOST_LINE_MAX)),
        .is_draft = json_bool(o, "draft", json_bool(o, "work_in_progress", false)),
        .author = author.p ? author : STR(""),
        .base = answer_line(a, o, "target_branch", HOST_LINE_MAX),
        .head = answer_line(a, o, "source_branch", HOST_LINE_MAX),
        .head_owner = fork_of(a, o),
        .head_id = answer_find_line(a, o, "sha", 64),
        .mergeable = mergeable_of(a, o),
        .checks = checks_of(a, o),
        .url = answer_find_url(a, o, "web_url"),
        .created_at = answer_time(a, o, "created_at"),
        .updated_at = answer_time(a, o, "updated_at"),
    };
}

static int list_pulls(const Host *h, const PullListIn *in, PullList *out, Err *e) {
    static const char *const states[PullListState_n] = {
        [LIST_OPEN] = "opened", [LIST_CLOSED] = "closed", [LIST_MERGED] = "merged", [LIST_ALL] = "all"};
    Json *j;
    int64_t page;
    Answer a = host_answer(h);
    TRY(gitlab_page(in->after, &page, e));
    TRY(gitlab_get(h,
                   gitlab_path(h, "/merge_requests?state=%s&order_by=created_at&sort=desc&per_page=%lld&page=%lld",
                               states[in->state], (long long)in->limit, (long long)page),
                   &j, e));
    const Json *list = answer_array(&a, j, "");
    out->pull_requests.items = arena_array(a.arena, (size_t)in->limit, sizeof(PullRequest));
    for (size_t i = 0; list && i < list->n && i < (size_t)in->limit; i++)
        read_pull(&a, &list->items[i], &out->pull_requests.items[out->pull_requests.n++]);
    Str next = gitlab_next(h, list, in->limit, page);
    if (next.n) GIVE(PullList, out, next_cursor, next);
    return answer_end(&a, e);
}

/* "Get the approval state": required rules are a feature of paid tiers, a list of approvals is not. Without an answer it
 * stays unknown. */
static PullReview review_of(const Host *h, int64_t number) {
    Json *j;
    if (gitlab_get(h, gitlab_path(h, "/merge_requests/%lld/approvals", (long long)number), &j, NULL) < 0)
        return REVIEW_UNKNOWN;
    const Json *by = json_get(j, "approved_by");
    if (json_i64(j, "approvals_left", 0) > 0) return REVIEW_REQUIRED;
    return json_is(by, JSON_ARRAY) && by->n ? REVIEW_APPROVED : REVIEW_NONE;
}

static int get_pull(const Host *h, int64_t number, PullRequestDetail *out, Err *e) {
    Json *j;
    PullRequest p;
    Answer a = host_answer(h);
    TRY(gitlab_get(h, gitlab_path(h, "/merge_requests/%lld", (long long)number), &j, e));
    read_pull(&a, answer_object(&a, j, ""), &p);
    p.review = review_of(h, number);
    pull_detail(&p, out);
    out->body = answer_text(&a, j, "description", HOST_BODY_MAX, &out->is_body_cut);
    return answer_end(&a, e);
}

static int find_pull(const Host *h, Str head, Str base, PullRequest *out, bool *ret_found, Err *e) {
    Json *j;
    Arena *arena = h->call->arena;
    Answer a = host_answer(h);
    *ret_found = false;
    TRY(gitlab_get(
        h,
        gitlab_path(h, "/merge_requests?state=opened&source_branch=" STR_FMT "&target_branch=" STR_FMT "&per_page=%d",
                    STR_ARG(escape(arena, head)), STR_ARG(escape(arena, base)), FOUND_MAX),
        &j, e));
    const Json *list = answer_array(&a, j, "");
    for (size_t i = 0; list && i < list->n && !*ret_found; i++) {
        PullRequest p;
        read_pull(&a, &list->items[i], &p);
        if (p.head_owner.n) continue; /* a fork's branch of the same name */
        *out = p;
        *ret_found = true;
    }
    return answer_end(&a, e);
}

/* "Create MR"; a draft is one whose title says so. */
static int create_pull(const Host *h, const PullNew *p, PullRequest *out, Err *e) {
    CLEANUP(buf_done) Buf b;
    Json *j;
    Answer a = host_answer(h);
    bool says_draft = str_starts(p->title, STR("Draft:"));
    Str title = p->is_draft && !says_draft ? arena_fmt(a.arena, "Draft: " STR_FMT, STR_ARG(p->title)) : p->title;
    buf_init(&b, BODY_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "title", title);
    json_kv_str(&o, "description", p->body.p ? p->body : STR(""));
    json_kv_str(&o, "source_branch", p->head);
    json_kv_str(&o, "target_branch", p->base);
    json_end_object(&o);
    HostRequest q = {.method = "POST", .path = gitlab_path(h, "/merge_requests"), .body = buf_str(&b)};
    TRY(host_api(h, &q, &j, e));
    read_pull(&a, answer_object(&a, j, ""), out);
    return answer_end(&a, e);
}

/* -- issues -------------------------------------------------------------------------------------------------------- */

static void read_issue(Answer *a, const Json *o, Issue *out) {
    static const AnswerWord states[] = {{"opened", ISSUE_OPEN}, {"closed", ISSUE_CLOSED}};
    const Json *labels = answer_array(a, o, "labels");
    Str author = answer_find_line(a, o, "author.username", HOST_LINE_MAX);
    *out = (Issue){.number = answer_number(a, o, "iid"),
                   .title = answer_line(a, o, "title", HOST_LINE_MAX),
                   .state = (IssueState)ANSWER_WORD(states, answer_line(a, o, "state", HOST_LINE_MAX)),
                   .author = author.p ? author : STR(""),
                   .url = answer_find_url(a, o, "web_url"),
                   .created_at = answer_time(a, o, "created_at"),
                   .updated_at = answer_time(a, o, "updated_at")};
    out->labels.items = arena_array(a->arena, LABELS_MAX, sizeof(Str));
    for (size_t i = 0; labels && i < labels->n && i < LABELS_MAX; i++)
        out->labels.items[out->labels.n++] = answer_line(a, &labels->items[i], "", HOST_LINE_MAX);
}

static int list_issues(const Host *h, const IssueListIn *in, Issues *out, Err *e) {
    static const char *const states[IssueListState_n] = {
        [ISSUES_OPEN] = "opened", [ISSUES_CLOSED] = "closed", [ISSUES_ALL] = "all"};
    Json *j;
    int64_t page;
    Answer a = host_answer(h);
    TRY(gitlab_page(in->after, &page, e));
    TRY(gitlab_get(h,
                   gitlab_path(h, "/issues?state=%s&order_by=created_at&sort=desc&per_page=%lld&page=%lld",
                               states[in->state], (long long)in->limit, (long long)page),
                   &j, e));
    const Json *list = answer_array(&a, j, "");
    out->issues.items = arena_array(a.arena, (size_t)in->limit, sizeof(Issue));
    for (size_t i = 0; list && i < list->n && i < (size_t)in->limit; i++)
        read_issue(&a, &list->items[i], &out->issues.items[out->issues.n++]);
    Str next = gitlab_next(h, list, in->limit, page);
    if (next.n) GIVE(Issues, out, next_cursor, next);
    return answer_end(&a, e);
}

static int get_issue(const Host *h, int64_t number, IssueDetail *out, Err *e) {
    Json *j;
    Issue i;
    Answer a = host_answer(h);
    TRY(gitlab_get(h, gitlab_path(h, "/issues/%lld", (long long)number), &j, e));
    read_issue(&a, answer_object(&a, j, ""), &i);
    issue_detail(&i, out);
    out->body = answer_text(&a, j, "description", HOST_BODY_MAX, &out->is_body_cut);
    return answer_end(&a, e);
}

static int login(const Host *h, Str *ret, Err *e) {
    Json *j;
    Answer a = host_answer(h);
    TRY(gitlab_get(h, "user", &j, e));
    *ret = answer_line(&a, j, "username", 255);
    return answer_end(&a, e);
}

const HostService host_gitlab = {.program = "glab",
                                 .title = "GitLab",
                                 .install = "install it (https://gitlab.com/gitlab-org/cli)",
                                 .login = login,
                                 .list_pulls = list_pulls,
                                 .get_pull = get_pull,
                                 .list_checks = gitlab_list_checks,
                                 .list_comments = gitlab_list_comments,
                                 .list_issues = list_issues,
                                 .get_issue = get_issue,
                                 .find_pull = find_pull,
                                 .create_pull = create_pull};
