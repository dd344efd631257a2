/* Inside conversation: what its files share. Inside a write, where nothing else is said. */
#pragma once

#include "conversation/derive.h"
#include "conversation/message.h"

/* Completes the event with its topics and kind. */
int conversation_append(Tx *tx, const ConversationSubject *who, AgentEventKind kind, StreamEvent *ev, Err *e);
/* Into an empty buffer, which it bounds. */
int conversation_encode(Buf *b, AgentEventKind kind, const void *value, Err *e);
int conversation_emit_status(Tx *tx, const ConversationSubject *who, Conversation *c, const StatusState *s, Err *e);
/* Its kind hears that the CLI has left its plan mode. */
int conversation_plan_ended(App *app, Tx *tx, const ConversationSubject *who, Err *e);
/* A store that was put back (restore.c): what an input was for that only the log knows. */
typedef struct RecoveredInput {
    const ConversationSubject *who;
    const Conversation *row;
    const LaunchRow *launch;
    const DerivedInput *in;
} RecoveredInput;
int conversation_claim_input(Tx *tx, const RecoveredInput *r, Arena *a, Err *e);
/* Derivation has reached the head: what is still open and the CLI does not wait for is void. */
int conversation_end_restored(App *app, Tx *tx, const LaunchRow *l, const Derive *d, Err *e);
/* What an event says. */
struct ParsedEvent {
    void *value; /* of the kind's shape; NULL: it breaks it, and `why` says where. Deltas have none */
    Err why;
    Str digest, listed,
        shown; /* of an ask: what binds the answer; its input as lists and as the event show it, where cut */
};
/* Fills b->parsed, in the arena (parse.c). On a worker, before the write: an ask may be large. */
void conversation_parse(DerivedBatch *b, Arena *a);
/* What a batch of derived events does (apply.c). */
int conversation_apply_batch(App *app, Tx *tx, const LaunchRow *l, const DerivedBatch *b, Err *e);
