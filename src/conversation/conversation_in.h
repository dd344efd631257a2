/* Inside conversation: what its files share. Inside a write. */
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
/* What a batch of derived events does (apply.c). */
int conversation_apply_batch(App *app, Tx *tx, const LaunchRow *l, const DerivedBatch *b, Err *e);
