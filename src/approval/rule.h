/* Rules: which asks for a permission are answered without a person.
 *
 * An org has one ordered list of them. The first rule whose scope and patterns (match.h) match an ask decides it: allow
 * and deny answer it, ask leaves it to a person, whatever follows. A rule decides when the ask is opened, in the same
 * write, and never again: what is changed later, and what a log says that is read again, stays as it is. Questions
 * and plans are always a person's.
 */
#pragma once

#include "approval/approval.h"

enum { RULES_MAX = 200 };

#define RULE_VALUES(F, S)                                                                                              \
    F(S, ENUM(RuleDecision), decision, .doc = "allow, deny, or ask: a person answers")                                 \
    F(S, STR, tool, .opt = 1, .min = 1, .max_bytes = MATCH_TOOL_MAX, .example = "Bash",                                \
      .doc = "Name of the tool, as its CLI has it; * stands for any characters; default: any tool")                    \
    F(S, STR, path, .opt = 1, .min = 1, .max_bytes = MATCH_PATH_MAX, .example = "src/**",                              \
      .doc = "Glob of the files that it names, relative to the worktree; to deny or ask also absolute. ** stands for " \
             "any folders. To allow, every file must match after links were resolved, and .git only by its name")      \
    F(S, STR, command, .opt = 1, .min = 1, .max_bytes = MATCH_COMMAND_MAX, .example = "npm run *",                     \
      .doc = "Words of a shell command: * stands for any characters of a word, ** at the end for further words. To "   \
             "allow, the command must be one simple command, without operators, expansions or redirections; to deny "  \
             "or ask, the words may stand anywhere in it")                                                             \
    F(S, ID("ws"), workspace_id, .opt = 1, .doc = "Only asks of this workspace")                                       \
    F(S, ID("wt"), worktree_id, .opt = 1, .doc = "Only asks of this worktree")                                         \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "Only asks of this agent")                                               \
    F(S, STR, note, .opt = 1, .max = 1000, .doc = "Why; a denial shows it to the agent")                               \
    F(S, BOOL, enabled, .opt = 1, .has_def = 1, .def = 1, .doc = "A rule that is not enabled matches nothing")

/* Copies them from an input. */
#define RULE_COPY_VALUES(in, r)                                                    \
    do {                                                                           \
        (r)->decision = (in)->decision;                                            \
        if ((in)->tool.n) GIVE(Rule, r, tool, (in)->tool);                         \
        if ((in)->path.n) GIVE(Rule, r, path, (in)->path);                         \
        if ((in)->command.n) GIVE(Rule, r, command, (in)->command);                \
        if ((in)->workspace_id.n) GIVE(Rule, r, workspace_id, (in)->workspace_id); \
        if ((in)->worktree_id.n) GIVE(Rule, r, worktree_id, (in)->worktree_id);    \
        if ((in)->agent_id.n) GIVE(Rule, r, agent_id, (in)->agent_id);             \
        if ((in)->note.p) GIVE(Rule, r, note, (in)->note);                         \
        GIVE(Rule, r, enabled, (in)->enabled);                                     \
    } while (0)

#define RULE_ROW(F, S)                                                                                        \
    F(S, ID("rul"), id, .doc = "The rule")                                                                    \
    F(S, ID("org"), org_id, .secret = 1, .doc = "Whose it is")                                                \
    F(S, I64, position, .min = 0, .max = RULES_MAX, .doc = "Its place in the order; the first match decides") \
    RULE_VALUES(F, S)                                                                                         \
    F(S, STR, created_by, .max_bytes = 64, .doc = "Who created it")                                           \
    F(S, I64, matched, .min = 0, .max = INT64_MAX, .doc = "How many asks it has decided or left to a person") \
    F(S, STR, gone, .opt = 1, .max_bytes = 200,                                                               \
      .doc = "Why it can match nothing: its workspace, worktree or agent no longer exists")                   \
    F(S, TIME, last_matched_at, .opt = 1, .doc = "When it last did")                                          \
    F(S, TIME, created_at, .doc = "When it was created")                                                      \
    F(S, TIME, updated_at, .doc = "When it last changed")
SHAPE(Rule, RULE_ROW);

int rule_list(DbConn *c, Str org_id, Arena *a, RuleList *ret, Err *e);
int rule_get(DbConn *c, Str org_id, Str id, Arena *a, Rule *ret, Err *e); /* ERR_NOT_FOUND */
/* NULL: it matches. Else why it does not, as a sentence. */
const char *rule_why_not(const Rule *r, const Ask *ask, Arena *a);
/* The first that matches; NULL: none. */
const Rule *rule_choose(const RuleList *rules, const Ask *ask, Arena *a);
/* "allow Bash: npm run *". */
Str rule_text(const Rule *r, Arena *a);
/* ERR_INVALID, with the field: patterns that cannot be, or that allow what they cannot know. */
int rule_check(const Rule *r, Arena *a, Err *e);

/* Inside a write. Adds it at r->position, at the end if that is past it. ERR_CONFLICT: there are RULES_MAX. */
int rule_add(Tx *tx, Rule *r, Err *e);
int rule_remove(Tx *tx, const Rule *r, Err *e);
int rule_emit(Tx *tx, Str org_id, Err *e);
/* The rule that an answer to this ask creates: for exactly what it asked for. ERR_INVALID: no pattern can say that. */
#define ASK_REMEMBER_LIST(W) W(REMEMBER_AGENT, "agent") W(REMEMBER_ALWAYS, "always")
ENUM_DECLARE(AskRemember, ASK_REMEMBER_LIST);
typedef struct RuleFrom {
    const Ask *ask;
    RuleDecision decision;
    AskRemember remember;
    Str created_by;
} RuleFrom;
int rule_from_ask(DbConn *c, const RuleFrom *of, Arena *a, Rule *ret, Err *e);

/* approval.c: an open ask gets this answer. *ret_won is false when it was no longer open. */
int ask_settle_as(Tx *tx, Ask *ask, const AskAnswered *v, bool *ret_won, Err *e);
/* The answer with this decision, without the message and other arguments that a person may add. */
AskAnswered ask_answer_of(Arena *a, const Ask *ask, AskDecision decision);
int ask_find(DbConn *c, Str org_id, Str id, Arena *a, Ask *ret, Err *e);
