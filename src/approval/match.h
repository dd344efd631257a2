/* Patterns of rules, and what of an ask they are compared with. Pure; any thread.
 *
 * A tool pattern is a name in which * stands for any characters. A path is a glob over the parts of a path: * and ? stay
 * inside a part, ** stands for any number of parts, a backslash quotes. It is relative to the worktree; one that asks or
 * denies may also be absolute. A command pattern is compared by words: * stands for any characters of one word, and ** at
 * the end for any further words.
 *
 * What allows must cover all that a call does, and what asks or denies only a part: so the first matches one simple
 * command and every path after links were resolved, the second any command in the text and any path in either form.
 */
#pragma once

#include "adapter/ask_what.h"
#include "base/err.h"

#define RULE_DECISION_LIST(W) W(RULE_ALLOW, "allow") W(RULE_DENY, "deny") W(RULE_ASK, "ask")
ENUM_DECLARE(RuleDecision, RULE_DECISION_LIST);

enum { MATCH_TOOL_MAX = 256, MATCH_PATH_MAX = 1024, MATCH_COMMAND_MAX = 4096, ASK_COMMAND_MAX = 16 << 10 };

/* Of an ask, stored with it: what it asked for when it was opened. */
#define ASK_FACTS(F, S)                                                                                              \
    F(S, STR, command, .opt = 1, .max_bytes = ASK_COMMAND_MAX, .doc = "The shell command that it asks to run")       \
    F(S, STRS, paths, .opt = 1, .max = ASK_PATHS_MAX, .item_max = 2 * ASK_PATH_MAX,                                  \
      .doc = "The files that it names: relative to the worktree if they are in it, else absolute")                   \
    F(S, STRS, resolved, .opt = 1, .max = ASK_PATHS_MAX, .item_max = 2 * ASK_PATH_MAX,                               \
      .doc = "The same after links were resolved")                                                                   \
    F(S, BOOL, is_unknown, .opt = 1, .doc = "Muster does not know the arguments of this tool: only its name counts") \
    F(S, STR, unclear, .opt = 1, .max_bytes = 600, .doc = "Why no rule may allow it")
SHAPE(AskFacts, ASK_FACTS);

/* An empty pattern matches anything. Borrowed. */
typedef struct MatchPattern {
    RuleDecision decision;
    Str tool, path, command;
} MatchPattern;

/* ERR_INVALID, with the field: a pattern that is malformed, or that allows what it cannot know. */
int match_check(const MatchPattern *p, Arena *a, Err *e);
/* One ask beside many patterns: its command is read once. Borrowed; what is not set here is empty at first. */
typedef struct MatchAsk {
    Str tool;
    const AskFacts *facts;
    Arena *arena;
    StrList words, loose; /* of the command */
    const char *why;      /* it has no words that a rule may allow; NULL: it has */
    bool has_words, has_loose;
} MatchAsk;
/* NULL: it matches. Else why it does not, as a sentence. */
const char *match_ask(const MatchPattern *p, MatchAsk *ask);

bool match_tool(Str pattern, Str tool);
bool match_path(Str glob, Str path);
/* The pattern that matches this text alone. {NULL,0}: there is none. */
Str match_exact_path(Str path, Arena *a);
Str match_exact_command(Str command, Arena *a);
