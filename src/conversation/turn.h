/* Turns of conversations: one prompt to one answer, with what happened in it as numbers.
 *
 * Rows are written in the derived write that stores the events which they sum up, so a turn never differs from them. A
 * turn belongs to a conversation and a step of it ('' where there are no steps); of each step at most one runs. What is
 * reported after a turn's end (usage, files of commands in the background) is added to the newest turn.
 */
#pragma once

#include "conversation/page.h"

enum { TURN_LINE_MAX = 200 };

extern const EnumDef TurnState_enum; /* running, and the words of TurnOutcome */
#define TURN(F, S)                                                                                                   \
    F(S, I64, index, .min = 0, .max = INT64_MAX, .doc = "Place in the conversation")                                 \
    F(S, ID("msg"), message_id, .opt = 1, .doc = "Its prompt; none where the CLI began it by itself")                \
    F(S, TIME, at, .doc = "When it began")                                                                           \
    F(S, TIME, ended_at, .opt = 1, .doc = "When it ended; none while it runs")                                       \
    F(S, STR, first_line, .opt = 1, .max = TURN_LINE_MAX, .doc = "How the prompt begins")                            \
    F(S, STR, outcome, .max_bytes = 16, .words = &TurnState_enum, .doc = "running, ok, error, interrupted, unknown") \
    F(S, I64, duration_ms, .opt = 1, .min = 0, .max = INT64_MAX,                                                     \
      .doc = "How long it took, as the CLI reports or else by the clock; none while it runs")                        \
    F(S, I64, files_changed, .min = 0, .max = INT64_MAX,                                                             \
      .doc = "Files that it changed: that its calls name, or at least as many as its checkpoints show")              \
    F(S, I64, tool_calls, .min = 0, .max = INT64_MAX, .doc = "Tool calls, those of subagents too")                   \
    F(S, I64, cost_micros, .opt = 1, .min = 0, .max = INT64_MAX,                                                     \
      .doc = "Millionths of a US dollar, as the CLI reports; none until it does")                                    \
    F(S, I64, tokens, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Input and output tokens; likewise")              \
    F(S, ID("ckp"), checkpoint_id, .opt = 1,                                                                         \
      .doc = "Checkpoint of the files at its end; none until it is taken, or if it was taken too late")              \
    F(S, ID("ckp"), start_checkpoint_id, .opt = 1, .doc = "Checkpoint of the files at its start; likewise")
SHAPE(Turn, TURN);

typedef struct TurnPage {
    PageAt at; /* before or after: PAGE_ID is the id of a turn's prompt */
    int64_t limit;
} TurnPage;
typedef struct TurnPageFound {
    TurnList turns; /* oldest first */
    bool has_older, has_newer;
    int64_t total; /* those that retention removed still count */
} TurnPageFound;
/* ERR_NOT_FOUND: no turn begins with this message. Worker threads; the others run inside a write. */
int turn_page(DbConn *db, const Conversation *c, const TurnPage *p, Arena *a, TurnPageFound *ret, Err *e);

/* A derived event, after the status has followed it. */
typedef struct TurnEvent {
    AgentEventKind kind;
    const void *value;
    TimeUs at;
    const StatusState *status;
    StatusState before; /* as it was; its texts are not read */
    Str message_id;     /* turn_begun: the prompt; {NULL,0} where nobody knows it */
} TurnEvent;
int turn_follow(Tx *tx, const Conversation *c, const TurnEvent *ev, Err *e);
/* The turn that runs ends, if one does, with what the status says of how the program ended. */
int turn_cut(Tx *tx, const Conversation *c, const StatusState *status, TimeUs at, Err *e);
int turn_count_usage(Tx *tx, const Conversation *c, const EvUsage *u, Err *e);
