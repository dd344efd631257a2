/* Shapes of events that the daemon emits by itself, on the stream of the agent: messages, their queue, answers. See
 * event.h.
 */
#pragma once

#include "adapter/event_cli.h"
#include "base/ulid.h"

#define MESSAGE_STATE_LIST(W)                       \
    W(MESSAGE_QUEUED, "queued")                     \
    W(MESSAGE_SENT, "sent")                         \
    W(MESSAGE_DELIVERY_UNKNOWN, "delivery_unknown") \
    W(MESSAGE_UNANSWERED, "unanswered")             \
    W(MESSAGE_WITHDRAWN, "withdrawn")
ENUM_DECLARE(MessageState, MESSAGE_STATE_LIST);
#define EV_MESSAGE(F, S)                                                                                            \
    F(S, ID("msg"), message_id, .doc = "The message")                                                               \
    F(S, ENUM(MessageState), state, .doc = "queued, sent, delivery_unknown, unanswered or withdrawn")               \
    F(S, STR, text, .opt = 1, .max_bytes = EVENT_TEXT_MAX, .doc = "The prompt; left out if only the state changed") \
    F(S, BOOL, is_edited, .opt = 1, .doc = "A person has changed its text while it was queued")                     \
    F(S, BOOL, truncated, .opt = 1, .doc = "The text was cut; size is its full length")                             \
    F(S, I64, size, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Bytes of the uncut text")                         \
    F(S, LIST(EvAttachment), attachments, .opt = 1, .max = ATTACHMENTS_MAX, .doc = "The files that go with it")
SHAPE(EvMessage, EV_MESSAGE);

/* A person has changed the order of the queue. Prompts that are added to it or leave it are `message` events. */
enum { QUEUE_MAX = 1000 };
#define EV_QUEUE(F, S) \
    F(S, STRS, ids, .max = QUEUE_MAX, .item_max = ID_TEXT_MAX, .doc = "The waiting prompts in their new order")
SHAPE(EvQueue, EV_QUEUE);

#define EV_ASK_ANSWERED(F, S)                                                                     \
    F(S, STR, ask_id, .max_bytes = 64, .doc = "The ask")                                          \
    F(S, STR, request_id, .max_bytes = 256, .doc = "The adapter's id")                            \
    F(S, ENUM(AskDecision), decision, .doc = "What was decided")                                  \
    F(S, STR, message, .opt = 1, .max = 12000, .doc = "The message to the agent")                 \
    F(S, STR, by, .opt = 1, .max_bytes = 64, .doc = "Who answered: a person, or a rule")          \
    F(S, STR, rule_id, .opt = 1, .max_bytes = 64, .doc = "The rule that answered")                \
    F(S, STR, rule, .opt = 1, .max_bytes = 8192, .doc = "That rule as text, as it was then")      \
    F(S, BOOL, is_edited, .opt = 1, .doc = "The arguments were changed before they were allowed") \
    F(S, ANY, input, .opt = 1, .max_bytes = EVENT_INPUT_MAX,                                      \
      .doc = "The changed arguments, or each question with its answer, as JSON")                  \
    CUT_(F, S)
SHAPE(EvAskAnswered, EV_ASK_ANSWERED);
