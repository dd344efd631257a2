/* Comments on the lines of a plan: a denial whose message quotes each line with what a person says about it. Pure.
 */
#pragma once

#include "approval/approval.h"

enum { PLAN_COMMENTS_MAX = 50 };
#define PLAN_COMMENT(F, S)                                                                                \
    F(S, I64, line, .min = 1, .max = 100000, .example = "3", .doc = "Number of a line of `plan`, from 1") \
    F(S, STR, text, .min = 1, .max = 1000, .example = "Not on a Friday", .doc = "The comment")
SHAPE(PlanComment, PLAN_COMMENT);

/* The answer that a person gives to an ask. */
typedef struct PlanReview {
    const Ask *ask;
    AskDecision decision;
    Str message; /* before the comments; empty: none */
    const PlanCommentList *comments;
} PlanReview;
/* The message, in the order of the lines. ERR_INVALID: the ask is not a plan, it is not denied, or the plan has no such
 * line. ERR_TOO_LARGE: it is longer than a message may be. */
int plan_review(const PlanReview *r, Arena *a, Str *ret, Err *e);
