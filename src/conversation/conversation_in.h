/* Internal to conversation: what its files share. Called inside a write unless stated otherwise. */
#pragma once

#include "conversation/derive.h"
#include "conversation/message.h"

/* Completes the event with its topics and kind. */
int conversation_append(Tx *tx, const ConversationSubject *who, AgentEventKind kind, StreamEvent *ev, Err *e);
/* Writes into an empty buffer and sets its bound. */
int conversation_encode(Buf *b, AgentEventKind kind, const void *value, Err *e);
int conversation_emit_status(Tx *tx, const ConversationSubject *who, Conversation *c, const StatusState *s, Err *e);
/* The CLI has reported the session that it uses now (session.c): the conversation's others have ended, and a fork is
 * complete. */
typedef struct SessionSeen {
    Str id, launch_id;
    bool is_resumable;
    TimeUs at;
} SessionSeen;
int session_seen(Tx *tx, const Conversation *c, const SessionSeen *s, Err *e);
/* The launch that used one has ended. */
int session_end(Tx *tx, const Conversation *c, TimeUs at, Err *e);
/* Notifies its kind that the CLI has left its plan mode. */
int conversation_plan_ended(App *app, Tx *tx, const ConversationSubject *who, Err *e);
/* A store restored from a backup (restore.c): finds the purpose of an input that only the log knows. */
typedef struct RecoveredInput {
    const ConversationSubject *who;
    const Conversation *row;
    const LaunchRow *launch;
    const DerivedInput *in;
} RecoveredInput;
int conversation_claim_input(Tx *tx, const RecoveredInput *r, Arena *a, Err *e);
/* Derivation has reached the head: asks that are still open but that the CLI does not wait for become void. */
int conversation_end_restored(App *app, Tx *tx, const LaunchRow *l, const Derive *d, Err *e);
/* The contents of an event. */
struct ParsedEvent {
    void *value;    /* of the kind's shape; NULL: it violates the shape, and `why` says where */
    const Err *why; /* NULL: it has a value. Not in place: an Err is larger than most events */
    Str digest, listed,
        shown; /* of an ask: the digest that binds the answer; its input as lists and as the event show it, if cut */
};
/* Fills b->parsed, in the arena (parse.c). On a worker before the write, because an ask may be large. */
void conversation_parse(DerivedBatch *b, Arena *a);
/* Applies a batch of derived events (apply.c). */
int conversation_apply_batch(App *app, Tx *tx, const LaunchRow *l, const DerivedBatch *b, Err *e);
