/* Messages of conversations, and the queue of prompts.
 *
 * A message belongs to a branch of its conversation and has a dense index there; queued ones have none yet, and neither
 * have those of subagents, which name their parent. Inside a write, or on worker threads.
 */
#pragma once

#include "conversation/conversation.h"

#define MESSAGE_ROLE(W)       \
    W(ROLE_WORD_USER, "user") \
    W(ROLE_WORD_ASSISTANT, "assistant") W(ROLE_WORD_SYSTEM, "system") W(ROLE_WORD_TOOL, "tool")
ENUM_DECLARE(MessageRole, MESSAGE_ROLE);
#define MESSAGE(F, S)                                                                                             \
    F(S, ID(""), id, .doc = "The message")                                                                        \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "Whose conversation, where an agent talks")                         \
    F(S, I64, index, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Place in the conversation; none while queued") \
    F(S, ENUM(MessageRole), role, .doc = "user, assistant, system or tool")                                       \
    F(S, STR, content, .max_bytes = EVENT_WHOLE_MAX, .doc = "Text; in lists its first 256 KiB")                   \
    F(S, BOOL, truncated, .opt = 1, .doc = "The text is longer. get_message answers all of it, up to 16 MiB")     \
    F(S, I64, size, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Bytes of the text, where a list cut it")        \
    F(S, I64, token_count, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Tokens, where known")                    \
    F(S, STR, tool_name, .opt = 1, .max_bytes = 256, .doc = "The tool")                                           \
    F(S, ANY, tool_input, .opt = 1, .max_bytes = EVENT_INPUT_MAX, .doc = "Its arguments")                         \
    F(S, ANY, tool_output, .opt = 1, .max_bytes = EVENT_OUTPUT_MAX * 6, .doc = "What it gave back")               \
    F(S, TIME, created_at, .doc = "When")                                                                         \
    F(S, BOOL, is_complete, .doc = "Nothing is added to it any more")                                             \
    F(S, ENUM(MessageState), state, .opt = 1,                                                                     \
      .doc = "Of a user's message: queued, sent, delivery_unknown or unanswered")                                 \
    F(S, ID("lch"), launch_id, .opt = 1, .secret = 1, .doc = "Launch that it was handed to")
SHAPE(Message, MESSAGE);

/* Where a new message stands. */
typedef struct MessagePlace {
    Str tool_id, parent; /* of a call; the subagent's call; {NULL,0}: none */
    LogPlace log;
} MessagePlace;
/* Of the main thread and not queued: gets the next index of the head branch. */
int message_insert(Tx *tx, const Conversation *c, const Message *m, const MessagePlace *at, Err *e);

/* With its whole text. ERR_NOT_FOUND. */
int message_get(DbConn *db, const Conversation *c, Str id, Arena *a, Message *ret, Err *e);
/* Newest first, with texts of at most EVENT_TEXT_MAX; at most `limit`, appended to *ret. `before` {NULL,0}: from the
 * newest on. ERR_NOT_FOUND. */
typedef struct MessagePage {
    Str before;
    int64_t limit;
} MessagePage;
int message_page(DbConn *db, const Conversation *c, const MessagePage *p, Arena *a, MessageList *ret, Err *e);
/* Takes a queued message back, or drops an unanswered one. ERR_NOT_FOUND; ERR_CONFLICT once it was handed over. */
int message_withdraw(Tx *tx, const ConversationSubject *who, const Conversation *c, Str id, Err *e);
/* The prompt that this launch was sent last; its id is empty when there is none. */
int message_last_sent(DbConn *db, const Conversation *c, Str launch_id, Arena *a, Message *ret, Err *e);
/* Likewise the one that was handed to this launch and does not stand in its log yet. */
int message_find_handed(DbConn *db, const Conversation *c, Str launch_id, Arena *a, Message *ret, Err *e);
/* From one state to another; emits it when it stood there. A message that is sent gets its index. */
typedef struct MessageMove {
    Str id;
    MessageState from, to;
} MessageMove;
int message_move(Tx *tx, const ConversationSubject *who, const Conversation *c, const MessageMove *m, Err *e);
/* Those that were handed to a launch that has ended wait again. */
int message_take_back(Tx *tx, const Conversation *c, Err *e);
int message_set_tool_output(Tx *tx, const Conversation *c, Str tool_id, Str output, Err *e);
/* What runs is not what was asked for: title and input (JSON) of a call that has not ended. */
int message_set_tool_input(Tx *tx, const Conversation *c, Str tool_id, Str title, Str input, Err *e);

/* --- the queue --- */

/* Stores a user's message as queued and hands it over when the program is idle. An unanswered one with the same text is
 * the one that is sent again: it takes its place at the head of the queue. */
typedef struct MessageAdd {
    Str text;
    Str id;         /* out */
    bool is_handed; /* out: given to the living launch */
} MessageAdd;
int message_add(App *app, Tx *tx, const ConversationSubject *who, MessageAdd *m, Arena *a, Err *e);
/* Hands the oldest queued message to the living launch, if it is idle and none is under way. */
int message_deliver_next(App *app, Tx *tx, const ConversationSubject *who, Arena *a, bool *ret_handed, Err *e);
