/* See plan_review.h. */
#include "approval/plan_review.h"

#include "base/mem.h"
#include "base/text_cut.h"

SHAPE_DEFINE(PlanComment, PLAN_COMMENT);

enum { QUOTE_MAX = 300, MESSAGE_BYTES_MAX = ASK_MESSAGE_MAX };

static int refuse(const char *member, const char *why, const char *text, Err *e) {
    int r = err_fail(e, ERR_INVALID, "%s", text);
    err_detail(e, member, "%s", why);
    return r;
}

static int check(const PlanReview *r, Err *e) {
    if (!str_is(r->ask->kind, "plan"))
        return refuse("comments", "are only for a plan", "only a plan can be answered with comments on its lines", e);
    if (r->decision != DECISION_DENY)
        return refuse("comments", "need the decision deny", "comments send a plan back: they need the decision `deny`",
                      e);
    return r->ask->plan.n ? 0 : refuse("comments", "have no lines", "the plan has no text to comment on", e);
}

/* The line `n`, from 1; false: the text has fewer. A newline at its end begins no other line. */
static bool find_line(Str text, int64_t n, Str *ret) {
    for (int64_t i = 1; str_split(&text, '\n', ret); i++)
        if (i == n) return true;
    return false;
}

static size_t next_in_order(const PlanCommentList *l, const bool *is_done) {
    size_t best = l->n;
    for (size_t i = 0; i < l->n; i++)
        if (!is_done[i] && (best == l->n || l->items[i].line < l->items[best].line)) best = i;
    return best;
}

static void put_indented(Buf *b, Str text) {
    Str line;
    while (str_split(&text, '\n', &line)) {
        buf_add_str(b, STR("    "));
        buf_add_str(b, line);
        buf_add_c(b, '\n');
    }
}

static int put_comment(Buf *b, Str plan, const PlanComment *c, Arena *a, Err *e) {
    Str line;
    if (!find_line(plan, c->line, &line)) {
        int r = err_fail(e, ERR_INVALID, "the plan has no line %lld", (long long)c->line);
        err_detail(e, "comments", "line %lld is not in the plan", (long long)c->line);
        return r;
    }
    Str quote = text_clean(a, line, QUOTE_MAX);
    buf_add_str(b, arena_fmt(a, "Line %lld:\n> " STR_FMT "%s\n", (long long)c->line, STR_ARG(quote),
                             quote.n < line.n ? "…" : ""));
    put_indented(b, str_trim(c->text));
    return 0;
}

int plan_review(const PlanReview *r, Arena *a, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    bool is_done[PLAN_COMMENTS_MAX] = {0};
    buf_init(&b, MESSAGE_BYTES_MAX);
    TRY(check(r, e));
    Str first = str_trim(r->message);
    buf_add_str(&b, first.n ? first : STR("The plan is not approved yet."));
    buf_add_str(&b, STR("\n\nComments on the plan:\n"));
    for (size_t n = 0; n < r->comments->n; n++) {
        size_t i = next_in_order(r->comments, is_done);
        is_done[i] = true;
        buf_add_c(&b, '\n');
        TRY(put_comment(&b, r->ask->plan, &r->comments->items[i], a, e));
    }
    if (b.failed)
        return err_fail(e, ERR_TOO_LARGE, "message and comments are longer than %d bytes together", MESSAGE_BYTES_MAX);
    *ret = arena_str(a, str_trim(buf_str(&b)));
    return 0;
}
