/* The dry run of a rule: over past asks, from what was stored with each when it was opened, and over one given call. */
#pragma once

#include "approval/rule.h"

enum { TRY_EXAMINE_MAX = 10000, TRY_LIST_MAX = 200 };

#define RULE_CALL(F, S)                                                                           \
    F(S, STR, tool, .min = 1, .max_bytes = 256, .example = "Bash", .doc = "The tool")             \
    F(S, ANY, input, .opt = 1, .max_bytes = 1 << 18, .doc = "Its arguments, an object")           \
    F(S, ID("ws"), workspace_id, .opt = 1, .doc = "Where it is called")                           \
    F(S, ID("wt"), worktree_id, .opt = 1, .doc = "Likewise; without it no file is in a worktree") \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "Who calls it")
SHAPE(RuleCall, RULE_CALL);
#define RULE_TRY(F, S)                                                                                                 \
    RULE_VALUES(F, S)                                                                                                  \
    F(S, I64, position, .opt = 1, .min = 0, .max = RULES_MAX, .doc = "The place that it would have; default: the end") \
    F(S, ID("rul"), rule_id, .opt = 1, .doc = "The rule in whose place it stands; that one is left out")               \
    F(S, ID("ask"), before, .opt = 1, .doc = "Only asks older than this one: `next` of an earlier answer")             \
    F(S, I64, examine, .opt = 1, .has_def = 1, .def = TRY_EXAMINE_MAX, .min = 0, .max = TRY_EXAMINE_MAX,               \
      .doc = "How many asks to look at, at most")                                                                      \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 50, .min = 0, .max = TRY_LIST_MAX,                                 \
      .doc = "How many of the matching asks to list, at most")                                                         \
    F(S, OBJ(RuleCall), call, .opt = 1, .doc = "A call to try it on as well")
SHAPE(RuleTry, RULE_TRY);
#define TRIED_ASK(F, S)                                                                                  \
    F(S, ID("ask"), id, .doc = "The ask")                                                                \
    F(S, STR, subject_kind, .max_bytes = 32, .doc = "agent")                                             \
    F(S, ID(""), subject_id, .doc = "Who asked")                                                         \
    F(S, STR, tool, .max_bytes = 256, .doc = "The tool")                                                 \
    F(S, STR, title, .opt = 1, .max_bytes = 500, .doc = "The command, the file")                         \
    F(S, ENUM(AskState), state, .doc = "What became of it")                                              \
    F(S, STR, decision, .opt = 1, .max_bytes = 32, .words = &AskDecision_enum, .doc = "Its answer")      \
    F(S, STR, decided_by, .opt = 1, .max_bytes = 16, .words = &AskDecider_enum, .doc = "person or rule") \
    F(S, TIME, created_at, .doc = "When it was asked")
SHAPE(TriedAsk, TRIED_ASK);
#define TRIED_CALL(F, S)                                                   \
    F(S, BOOL, is_matched, .doc = "The rule would decide it")              \
    F(S, STR, why, .opt = 1, .max_bytes = 1000, .doc = "Why it would not") \
    F(S, ID("rul"), earlier_id, .opt = 1, .doc = "The rule in front of it that decides the call")
SHAPE(TriedCall, TRIED_CALL);
#define RULE_TRIED(F, S)                                                                                    \
    F(S, I64, examined, .min = 0, .max = TRY_EXAMINE_MAX, .doc = "Asks that were looked at")                \
    F(S, I64, matched, .min = 0, .max = TRY_EXAMINE_MAX, .doc = "Asks that the rule would have decided")    \
    F(S, I64, earlier, .min = 0, .max = TRY_EXAMINE_MAX,                                                    \
      .doc = "Asks that it matches and that a rule in front of it would have decided")                      \
    F(S, I64, same, .min = 0, .max = TRY_EXAMINE_MAX, .doc = "Of `matched`: a person gave the same answer") \
    F(S, I64, other, .min = 0, .max = TRY_EXAMINE_MAX, .doc = "Of `matched`: a person gave another answer") \
    F(S, I64, unknown, .min = 0, .max = TRY_EXAMINE_MAX,                                                    \
      .doc = "Asks from before there were rules: what they asked for is no longer known")                   \
    F(S, LIST(TriedAsk), asks, .max = TRY_LIST_MAX, .doc = "The newest of `matched`, newest first")         \
    F(S, ID("ask"), next, .opt = 1, .doc = "The last ask that was looked at, while there are older ones")   \
    F(S, OBJ(TriedCall), call, .opt = 1, .doc = "What it does with the given call")
SHAPE(RuleTried, RULE_TRIED);

int rule_try(OpCall *c, const void *in, void *out, Err *e);
