/* Jobs of a merge request's newest pipeline, as checks, and the discussions of its lines, as review comments. */
#include "base/mem.h"
#include "host/gitlab_in.h"

/* The pipeline runs in the project of the branch, which may be a fork. */
static int newest_pipeline(const Host *h, int64_t number, int64_t *ret_project, int64_t *ret_id, Err *e) {
    Json *j;
    Answer a = host_answer(h);
    TRY(gitlab_get(h, gitlab_path(h, "/merge_requests/%lld/pipelines?per_page=1", (long long)number), &j, e));
    const Json *list = answer_array(&a, j, "");
    *ret_id = 0;
    if (list && list->n) {
        *ret_id = answer_number(&a, &list->items[0], "id");
        *ret_project = answer_number(&a, &list->items[0], "project_id");
    }
    return answer_end(&a, e);
}

static void read_job(Answer *a, const Json *o, PullCheck *out) {
    *out = (PullCheck){.name = answer_line(a, o, "name", HOST_LINE_MAX),
                       .group = answer_find_line(a, o, "stage", HOST_LINE_MAX),
                       .state = gitlab_check_state(answer_line(a, o, "status", HOST_LINE_MAX)),
                       .detail = answer_find_line(a, o, "failure_reason", HOST_LINE_MAX),
                       .url = answer_find_url(a, o, "web_url"),
                       .started_at = answer_find_time(a, o, "started_at"),
                       .ended_at = answer_find_time(a, o, "finished_at")};
}

int gitlab_list_checks(const Host *h, const PullPageIn *in, PullChecks *out, Err *e) {
    Json *j;
    int64_t page, project = 0, pipeline;
    Answer a = host_answer(h);
    TRY(gitlab_page(in->after, &page, e));
    TRY(newest_pipeline(h, in->number, &project, &pipeline, e));
    out->checks.items = arena_array(a.arena, (size_t)in->limit, sizeof(PullCheck));
    if (!pipeline) return 0;
    const char *path = arena_fmt(a.arena, "projects/%lld/pipelines/%lld/jobs?per_page=%lld&page=%lld",
                                 (long long)project, (long long)pipeline, (long long)in->limit, (long long)page)
                           .p;
    TRY(gitlab_get(h, path, &j, e));
    const Json *list = answer_array(&a, j, "");
    for (size_t i = 0; list && i < list->n && i < (size_t)in->limit; i++)
        read_job(&a, &list->items[i], &out->checks.items[out->checks.n++]);
    Str next = gitlab_next(h, list, in->limit, page);
    if (next.n) GIVE(PullChecks, out, next_cursor, next);
    return answer_end(&a, e);
}

/* -- review comments ------------------------------------------------------------------------------------------------ */

static void read_place(Answer *a, const Json *position, ReviewComment *out) {
    int64_t now = answer_find_number(a, position, "new_line", 0), was = answer_find_number(a, position, "old_line", 0);
    out->side = now || !was ? REVIEW_NEW : REVIEW_OLD;
    out->path = answer_line(a, position, out->side == REVIEW_NEW ? "new_path" : "old_path", 4096);
    if (now || was) GIVE(ReviewComment, out, line, now ? now : was);
}

static void read_note(Answer *a, const Json *o, Str thread_id, ReviewComment *out) {
    Str author = answer_find_line(a, o, "author.username", HOST_LINE_MAX);
    *out = (ReviewComment){.id = arena_fmt(a->arena, "%lld", (long long)answer_number(a, o, "id")),
                           .thread_id = thread_id,
                           .author = author.p ? author : STR(""),
                           .is_resolved = json_bool(o, "resolved", false),
                           .created_at = answer_time(a, o, "created_at")};
    out->body = answer_text(a, o, "body", REVIEW_BODY_MAX, &out->is_body_cut);
    read_place(a, json_get(o, "position"), out);
}

/* Remarks on the merge request as a whole have no position, and what GitLab itself notes is of the system. */
static void read_discussion(Answer *a, const Json *o, ReviewComments *out) {
    Str id = answer_line(a, o, "id", 128);
    const Json *notes = answer_array(a, o, "notes");
    for (size_t i = 0; notes && i < notes->n && i < THREAD_COMMENTS_MAX; i++) {
        const Json *note = &notes->items[i];
        if (json_bool(note, "system", false) || !json_is(json_get(note, "position"), JSON_OBJECT)) continue;
        read_note(a, note, id, &out->comments.items[out->comments.n++]);
    }
}

int gitlab_list_comments(const Host *h, const PullPageIn *in, ReviewComments *out, Err *e) {
    Json *j;
    int64_t page;
    Answer a = host_answer(h);
    TRY(gitlab_page(in->after, &page, e));
    TRY(gitlab_get(h,
                   gitlab_path(h, "/merge_requests/%lld/discussions?per_page=%lld&page=%lld", (long long)in->number,
                               (long long)in->limit, (long long)page),
                   &j, e));
    const Json *list = answer_array(&a, j, "");
    out->comments.items = arena_array(a.arena, (size_t)in->limit * THREAD_COMMENTS_MAX, sizeof(ReviewComment));
    for (size_t i = 0; list && i < list->n && i < (size_t)in->limit; i++) read_discussion(&a, &list->items[i], out);
    Str next = gitlab_next(h, list, in->limit, page);
    if (next.n) GIVE(ReviewComments, out, next_cursor, next);
    return answer_end(&a, e);
}
