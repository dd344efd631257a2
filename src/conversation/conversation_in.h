/* Internal to conversation: what its files share. Called inside a write unless stated otherwise. */
#pragma once

#include "approval/approval.h"
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
/* Likewise of the answer to a change of an option. */
int conversation_option_answered(App *app, Tx *tx, const ConversationSubject *who, Str launch_id, EvOption *v, Err *e);
/* Stores the commands that the CLI lists (commands.c). *v gets what was known of those of which it has only the name. */
int commands_keep(Tx *tx, const Conversation *c, EvCommands *v, Arena *a, bool *ret_changed, Err *e);
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
    void *value;             /* of the kind's shape; NULL: it violates the shape, and `why` says where */
    const Err *why;          /* NULL: it has a value. Not in place: an Err is larger than most events */
    Str shown;               /* of an ask: its input as the event shows it, if cut */
    Ask *ask;                /* its row; not yet with what only the write knows */
    bool is_awaited;         /* the CLI still waits for its answer after the batch: rules may decide it */
    const AskRuling *ruling; /* what they say; NULL: a person is asked */
};
/* Fills b->parsed, in the arena (parse.c). On a worker before the write, because an ask may be large. `who`: whose events
 * they are, for the rows of asks; NULL: there are none. */
void conversation_parse(DerivedBatch *b, const ConversationSubject *who, const LaunchRow *l, Arena *a);
/* What the rules say about the asks of the batch (ruling.c). On a worker, after conversation_parse. */
typedef struct RulingOf {
    App *app;
    DbConn *db;
    const LaunchRow *launch;
    const Derive *derive; /* after the batch */
    Arena *arena;
} RulingOf;
int conversation_prepare_rulings(const RulingOf *of, DerivedBatch *b, Err *e);
/* In the write, after the event of an ask. *ret_decided: a rule has answered it. */
int conversation_rule(App *app, Tx *tx, const ParsedEvent *p, Arena *a, bool *ret_decided, Err *e);
/* The id of what is derived from an event. */
Id conversation_derived_id(const char *prefix, Str launch_id, const DerivedEvent *ev);
/* Applies a batch of derived events (apply.c). */
int conversation_apply_batch(App *app, Tx *tx, const LaunchRow *l, const DerivedBatch *b, Err *e);
