/* Asks: questions that agents put to their user, in one durable queue; answered once, from any face.
 *
 * An ask is opened by the noun whose subject asks (ask_open, inside its derived write), answered by a person
 * (answer_ask: a compare-and-set from open), cancelled by the agent, or void once nobody waits for it. Answering runs
 * the hook ask_answered in the same transaction: whoever asked adds its input there. Every change is an event on
 * `inbox/org_…`. This noun knows no agent: who asks is a kind and an id.
 */
#pragma once

#include "adapter/ask_words.h"
#include "core/op.h"
#include "core/topic.h"

enum { ASK_SHOWN_MAX = 32 << 10 };

#define ASK_ROW(F, S)                                                                                                  \
    F(S, ID("ask"), id, .doc = "The ask")                                                                              \
    F(S, ID("org"), org_id, .secret = 1, .doc = "Whose it is")                                                         \
    F(S, STR, subject_kind, .max_bytes = 32, .doc = "agent")                                                           \
    F(S, ID(""), subject_id, .doc = "Who asks")                                                                        \
    F(S, ID("wt"), worktree_id, .opt = 1, .doc = "Of an agent's ask: where it works")                                  \
    F(S, ID("ws"), workspace_id, .opt = 1, .doc = "Of an agent's ask: of which repository")                            \
    F(S, ID("lch"), launch_id, .opt = 1, .secret = 1, .doc = "The launch that waits")                                  \
    F(S, STR, request_id, .max_bytes = 256, .secret = 1, .doc = "The CLI's own id of the question")                    \
    F(S, STR, kind, .max_bytes = 32, .words = &AskKind_enum, .doc = "permission, question or plan")                    \
    F(S, STR, tool, .max_bytes = 256, .doc = "The tool that it is about")                                              \
    F(S, STR, title, .opt = 1, .max_bytes = 500, .doc = "One line: the command, the file, the question")               \
    F(S, STR, reason, .opt = 1, .max_bytes = 2000, .doc = "Why the CLI asks")                                          \
    F(S, STR, tool_id, .opt = 1, .max_bytes = 256, .doc = "Id of the tool call")                                       \
    F(S, STR, plan, .opt = 1, .max_bytes = 8192, .doc = "Text of the plan to review")                                  \
    F(S, ANY, input, .opt = 1, .max_bytes = 8 << 20, .doc = "Arguments as JSON; left out a day after it was settled")  \
    F(S, ANY, input_cut, .opt = 1, .max_bytes = ASK_SHOWN_MAX, .secret = 1, .doc = "What lists show of a larger one")  \
    F(S, BOOL, truncated, .opt = 1, .doc = "The input is cut, as lists show a large one: get_ask tells it whole")      \
    F(S, I64, size, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Bytes of the whole input, where it is cut")          \
    F(S, ANY, suggestions, .opt = 1, .max_bytes = 65536, .doc = "What allow_always would grant, as the CLI offers it") \
    F(S, STR, digest, .max_bytes = 64, .doc = "SHA-256 of tool and canonical arguments: what the answer is bound to")  \
    F(S, ENUM(AskState), state, .doc = "open, answered, cancelled or void")                                            \
    F(S, STR, decision, .opt = 1, .max_bytes = 32, .words = &AskDecision_enum, .doc = "How it was answered")           \
    F(S, STR, message, .opt = 1, .max = 4000, .doc = "What was said to the agent")                                     \
    F(S, STR, answered_by, .opt = 1, .max_bytes = 64, .doc = "Who answered")                                           \
    F(S, TIME, created_at, .doc = "When it was asked")                                                                 \
    F(S, TIME, answered_at, .opt = 1, .doc = "When it was answered, cancelled or void")
SHAPE(Ask, ASK_ROW);

/* Who asks. Borrowed. */
typedef struct AskSubject {
    Str org_id, kind, id;
} AskSubject;

/* The row's id is given: it is derived from its place in the log, so that deriving again opens it once. The input is
 * kept whole, since the answer echoes it. */
int ask_open(Tx *tx, const Ask *ask, Err *e);
/* Before that, on a worker: what lists show of a large input. */
int ask_cut_input(Ask *row, Arena *a, Err *e);
/* The agent no longer needs the answer, and its log shows none: one that a person gave meanwhile is void. *ret_id is
 * empty when there was no such ask. */
typedef struct AskEnd {
    Str launch_id, request_id;
    AskState state; /* of one that is open */
} AskEnd;
int ask_cancel(Tx *tx, const AskSubject *by, const AskEnd *end, Arena *a, Str *ret_id, Err *e);
/* Its log shows that an ask was answered, though nobody here knows of it: the store was put back. *ret_id is empty when
 * it is not open. */
typedef struct AskHeard {
    Str request_id;
    AskDecision decision;
    Str message;
} AskHeard;
int ask_settle_heard(Tx *tx, const AskSubject *by, const AskHeard *heard, Arena *a, Str *ret_id, Err *e);
/* The CLI's own ids of the asks of this subject that are open. */
int ask_list_open(DbConn *c, const AskSubject *by, Arena *a, StrList *ret, Err *e);
/* Nobody waits for the asks of this subject any more. */
int ask_void_all(Tx *tx, const AskSubject *by, Err *e);
/* Rows of a subject that is deleted for good, in small writes. Worker. */
int ask_erase(App *app, const AskSubject *by, Err *e);
/* Removes asks that were settled before then, and the arguments of those settled for a day: log, event and message
 * still tell them. */
int ask_expire(App *app, TimeUs settled_before, Err *e);
/* About how many bytes all asks take. */
int ask_room(DbConn *c, int64_t *ret, Err *e);

/* What the hook ask_answered tells. All borrowed. */
typedef struct AskAnswered {
    AdapterAnswer answer;
    Str ask_id, launch_id;
    Str subject_kind, subject_id; /* "agent", "ag_…" */
    Str tool, tool_id;            /* what it asks for, and the call's id; may be empty */
    Str answered_by;
} AskAnswered;

extern const Op approval_ops[];
extern const TopicDef approval_topics[];
