#include "approval/plan_review.h"
#include "base/mem.h"
#include "base/test.h"

#define PLAN_ "# Plan\n\n1. Do it\n2. Stop"

TEST(comments_quote_their_lines_in_order) {
    static const struct {
        PlanComment comments[2];
        size_t n;
        const char *message, *want;
    } cases[] = {
        {{{.line = 1, .text = {"No", 2}}},
         1,
         "",
         "The plan is not approved yet.\n\nComments on the plan:\n\nLine 1:\n> # Plan\n    No"},
        {{{.line = 4, .text = {"Go on\n", 6}}, {.line = 2, .text = {"More?", 5}}},
         2,
         "Nearly.",
         "Nearly.\n\nComments on the plan:\n\nLine 2:\n> \n    More?\n\nLine 4:\n> 2. Stop\n    Go on"},
        {{{.line = 3, .text = {"a", 1}}, {.line = 3, .text = {"b", 1}}},
         2,
         "x",
         "x\n\nComments on the plan:\n\nLine 3:\n> 1. Do it\n    a\n\nLine 3:\n> 1. Do it\n    b"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Err e = {0};
        Str got;
        Ask ask = {.kind = STR("plan"), .plan = STR(PLAN_)};
        PlanCommentList l = {(PlanComment *)(uintptr_t)cases[i].comments, cases[i].n};
        CHECK_OK(plan_review(&(PlanReview){&ask, DECISION_DENY, str(cases[i].message), &l}, a, &got, &e), e);
        CHECK_STR(got, cases[i].want);
    }
}

TEST(comments_that_fit_no_plan_are_refused) {
    char text[1000];
    memset(text, 'x', sizeof text);
    PlanComment many[PLAN_COMMENTS_MAX];
    for (size_t i = 0; i < PLAN_COMMENTS_MAX; i++) many[i] = (PlanComment){.line = 1, .text = str_n(text, sizeof text)};
    const struct {
        Ask ask;
        AskDecision decision;
        PlanComment comment;
        int code;
        size_t n;
    } cases[] = {
        {{.kind = STR("permission"), .plan = STR(PLAN_)}, DECISION_DENY, {.line = 1, .text = STR("x")}, ERR_INVALID, 1},
        {{.kind = STR("plan"), .plan = STR(PLAN_)}, DECISION_ALLOW, {.line = 1, .text = STR("x")}, ERR_INVALID, 1},
        {{.kind = STR("plan"), .plan = STR("")}, DECISION_DENY, {.line = 1, .text = STR("x")}, ERR_INVALID, 1},
        {{.kind = STR("plan"), .plan = STR(PLAN_)}, DECISION_DENY, {.line = 5, .text = STR("x")}, ERR_INVALID, 1},
        {{.kind = STR("plan"), .plan = STR(PLAN_)}, DECISION_DENY, {0}, ERR_TOO_LARGE, PLAN_COMMENTS_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Err e = {0};
        Str got;
        PlanComment one = cases[i].comment;
        PlanCommentList l = {cases[i].n == 1 ? &one : many, cases[i].n};
        CHECK_ERR(plan_review(&(PlanReview){&cases[i].ask, cases[i].decision, STR(""), &l}, a, &got, &e), e,
                  cases[i].code);
    }
}
