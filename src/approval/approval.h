/* Asks: questions of agents to their user, in one durable queue; each is answered once, from any face.
 *
 * An ask is opened by the noun whose subject asks (ask_open, inside its derived write), answered by a user (answer_ask,
 * a compare-and-set from open), cancelled by the agent, or void once no launch waits for it. Answering runs the hook
 * ask_answered in the same transaction, in which the asking noun adds its input. Every change is an event on
 * `inbox/org_…`. This noun does not depend on agents: the subject that asks is a kind and an id. Rules (rule.h) decide a
 * permission in the write that opens it: ask_prepare on a worker before that write, ask_rule in it.
 */
#pragma once

#include "adapter/ask_words.h"
#include "approval/match.h"
#include "core/op.h"
#include "core/org.h"
#include "core/topic.h"

enum { ASK_SHOWN_MAX = 32 << 10, ASK_MESSAGE_MAX = 12000 };

#define ASK_DECIDER_LIST(W) W(DECIDED_BY_PERSON, "person") W(DECIDED_BY_RULE, "rule")
ENUM_DECLARE(AskDecider, ASK_DECIDER_LIST);

#define ASK_ROW(F, S)                                                                                                  \
    F(S, ID("ask"), id, .doc = "The ask")                                                                              \
    F(S, ID("org"), org_id, .secret = 1, .doc = "The org that it belongs to")                                          \
    F(S, STR, subject_kind, .max_bytes = 32, .doc = "agent")                                                           \
    F(S, ID(""), subject_id, .doc = "The subject that asks")                                                           \
    F(S, ID("wt"), worktree_id, .opt = 1, .doc = "For an agent's ask: the agent's worktree")                           \
    F(S, ID("ws"), workspace_id, .opt = 1, .doc = "For an agent's ask: the agent's workspace")                         \
    F(S, ID("lch"), launch_id, .opt = 1, .secret = 1, .doc = "The launch that waits")                                  \
    F(S, STR, request_id, .max_bytes = 256, .secret = 1, .doc = "The CLI's own id of the question")                    \
    F(S, STR, kind, .max_bytes = 32, .words = &AskKind_enum, .doc = "permission, question or plan")                    \
    F(S, STR, tool, .max_bytes = 256, .doc = "The tool to be used")                                                    \
    F(S, STR, title, .opt = 1, .max_bytes = 500, .doc = "One line: the command, the file or the question")             \
    F(S, STR, reason, .opt = 1, .max_bytes = 2000, .doc = "Why the CLI asks")                                          \
    F(S, STR, tool_id, .opt = 1, .max_bytes = 256, .doc = "Id of the tool call")                                       \
    F(S, STR, plan, .opt = 1, .max_bytes = 8192, .doc = "Text of the plan to review")                                  \
    F(S, ANY, input, .opt = 1, .max_bytes = 8 << 20, .doc = "Arguments as JSON; deleted a day after it was settled")   \
    F(S, ANY, input_cut, .opt = 1, .max_bytes = ASK_SHOWN_MAX, .secret = 1, .doc = "The part that lists show")         \
    F(S, BOOL, truncated, .opt = 1, .doc = "The input is cut, as lists do when it is large; get_ask returns it whole") \
    F(S, I64, size, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Bytes of the whole input, when it is cut")           \
    F(S, ANY, suggestions, .opt = 1, .max_bytes = 65536, .doc = "What allow_always would grant, offered by the CLI")   \
    F(S, BOOL, decision_only, .opt = 1,                                                                                \
      .doc = "Its answer is a decision alone: without a message, and the arguments cannot be changed")                 \
    F(S, STR, digest, .max_bytes = 64, .doc = "SHA-256 of tool and canonical arguments; binds the answer to them")     \
    F(S, OBJ(AskFacts), facts, .opt = 1, .secret = 1, .doc = "What rules compare")                                     \
    F(S, ENUM(AskState), state, .doc = "open, answered, cancelled or void")                                            \
    F(S, STR, decision, .opt = 1, .max_bytes = 32, .words = &AskDecision_enum, .doc = "How it was answered")           \
    F(S, STR, message, .opt = 1, .max = ASK_MESSAGE_MAX, .doc = "The message to the agent")                            \
    F(S, STR, answered_by, .opt = 1, .max_bytes = 64, .doc = "Who answered: a person, or a rule")                      \
    F(S, STR, decided_by, .opt = 1, .max_bytes = 16, .words = &AskDecider_enum, .doc = "person or rule")               \
    F(S, ID("rul"), rule_id, .opt = 1, .doc = "The rule that decided it, or that left it to a person")                 \
    F(S, STR, rule, .opt = 1, .max_bytes = 8192, .doc = "That rule as text, as it was then")                           \
    F(S, ID("rul"), remembered_id, .opt = 1, .doc = "The rule that the answer created")                                \
    F(S, TIME, created_at, .doc = "When it was asked")                                                                 \
    F(S, TIME, answered_at, .opt = 1, .doc = "When it was answered, cancelled or void")
SHAPE(Ask, ASK_ROW);

/* The subject that asks. Borrowed. */
typedef struct AskSubject {
    Str org_id, kind, id;
} AskSubject;

/* The caller sets the row's id: it is derived from its place in the log, so deriving again does not open it twice. The
 * whole input is kept, because the answer echoes it. */
int ask_open(Tx *tx, const Ask *ask, Err *e);
/* What the rules say about an ask that is about to be opened, and the answer that follows from it; NULL: nothing, or a
 * person is to be asked. On a worker, in its arena: the answer repeats the arguments. */
typedef struct AskRuling AskRuling;
int ask_prepare(App *app, DbConn *db, const Ask *ask, Arena *a, AskRuling **ret, Err *e);
/* In the write that has opened it, after its event: the first rule that matches now decides it, with the answer that was
 * prepared unless the rules have changed since. `prepared` may be NULL. */
typedef struct AskRule {
    App *app;
    Ask *ask; /* changed */
    const AskRuling *prepared;
    Str only; /* only if it is this rule that matches; {NULL,0}: any */
    Arena *arena;
} AskRule;
int ask_rule(Tx *tx, const AskRule *x, bool *ret_decided, Err *e);
/* Before that, on a worker: what lists show of a large input. */
int ask_cut_input(Ask *row, Arena *a, Err *e);
/* The agent no longer needs the answer, and its log shows none: an answer that a user has given in the meantime is
 * void. *ret_id is empty when there was no such ask. */
typedef struct AskEnd {
    Str launch_id, request_id;
    AskState state; /* the new state of an open ask */
} AskEnd;
int ask_cancel(Tx *tx, const AskSubject *by, const AskEnd *end, Arena *a, Str *ret_id, Err *e);
/* Its log shows that an ask was answered, although the store does not know it, because it was restored from a backup.
 * *ret_id is empty when the ask is not open. */
typedef struct AskHeard {
    Str request_id;
    AskDecision decision;
    Str message;
} AskHeard;
int ask_settle_heard(Tx *tx, const AskSubject *by, const AskHeard *heard, Arena *a, Str *ret_id, Err *e);
/* The CLI's own ids of the open asks of this subject. */
int ask_list_open(DbConn *c, const AskSubject *by, Arena *a, StrList *ret, Err *e);
/* Makes all open asks of this subject void. */
int ask_void_all(Tx *tx, const AskSubject *by, Err *e);
/* Deletes the rows of a subject that is being deleted for good, in small writes. Worker. */
int ask_erase(App *app, const AskSubject *by, Err *e);
/* Deletes asks that were settled before that time, and the arguments of those settled for more than a day, which the
 * log, the event and the message still contain. */
int ask_expire(App *app, TimeUs settled_before, Err *e);
/* About how many bytes all asks occupy. */
int ask_room(DbConn *c, int64_t *ret, Err *e);

/* The payload of the hooks ask_answering and ask_answered. All borrowed. */
typedef struct AskAnswered {
    Arena *arena;   /* the call's */
    void *prepared; /* set by ask_answering for ask_answered, which runs only while the ask is still the same */
    AdapterAnswer answer;
    Str ask_id, launch_id;
    Str subject_kind, subject_id; /* "agent", "ag_…" */
    Str tool, tool_id;            /* the tool that it asks for, and the call's id; may be empty */
    Str answered_by;
    Str rule_id, rule; /* of the rule that decides it; {NULL,0}: a person does */
} AskAnswered;

extern const Op approval_ops[], rule_ops[];
extern const OrgOf approval_orgs[];
extern const TopicDef approval_topics[];
