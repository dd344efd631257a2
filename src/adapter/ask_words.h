/* The words of asks, and an answer to one. They depend on base alone, because adapters use them too. */
#pragma once

#include "base/shape.h"

#define ASK_KIND_LIST(W) W(ASK_PERMISSION, "permission") W(ASK_QUESTION, "question") W(ASK_PLAN, "plan")
ENUM_DECLARE(AskKind, ASK_KIND_LIST);

#define ASK_STATE_LIST(W) \
    W(ASK_OPEN, "open") W(ASK_ANSWERED, "answered") W(ASK_CANCELLED, "cancelled") W(ASK_VOID, "void")
ENUM_DECLARE(AskState, ASK_STATE_LIST);

#define ASK_DECISION_LIST(W)                 \
    W(DECISION_ALLOW, "allow")               \
    W(DECISION_ALLOW_ALWAYS, "allow_always") \
    W(DECISION_DENY, "deny")                 \
    W(DECISION_ANSWER, "answer")
ENUM_DECLARE(AskDecision, ASK_DECISION_LIST);

/* All borrowed. */
typedef struct AdapterAnswer {
    Str request_id; /* the CLI's own id of the question */
    AskKind kind;
    Str tool; /* that asks */
    AskDecision decision;
    Str message; /* for the agent; may be empty */
    Str input;   /* edited input, or for DECISION_ANSWER an object question → answer; JSON; {NULL,0}: unchanged */
    Str original_input; /* JSON */
    Str suggestions;    /* JSON array or empty */
    bool interrupt;     /* deny: end the turn too */
} AdapterAnswer;

/* The answer to a question as its CLI gets it: text, or the chosen options joined by commas. {NULL,0}: it is neither. */
Str ask_answer_text(Arena *a, const Json *answer);
