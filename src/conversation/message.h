/* Messages of conversations, and the queue of prompts.
 *
 * A message belongs to a branch of its conversation and has a dense index there. Queued messages have none yet; those
 * of subagents never have one and carry their parent's id instead. Inside a write, or on worker threads.
 */
#pragma once

#include "attachment/attachment.h"
#include "conversation/conversation.h"

#define MESSAGE_ROLE(W)       \
    W(ROLE_WORD_USER, "user") \
    W(ROLE_WORD_ASSISTANT, "assistant") W(ROLE_WORD_SYSTEM, "system") W(ROLE_WORD_TOOL, "tool")
ENUM_DECLARE(MessageRole, MESSAGE_ROLE);
/* Why a queued message has not been sent: it is on its way; others go first; the program is not running, is being
 * stopped, or is still opening its session; its log is read again after a restore; the prompt before it was lost with
 * its session, unanswered; an ask is open; a turn is running. */
#define MESSAGE_WAIT(W)          \
    W(WAIT_DELIVERY, "delivery") \
    W(WAIT_ORDER, "order")       \
    W(WAIT_START, "start")       \
    W(WAIT_STOP, "stop")         \
    W(WAIT_READY, "ready")       \
    W(WAIT_RESTORING, "restoring") W(WAIT_SESSION_LOST, "session_lost") W(WAIT_ASK, "ask") W(WAIT_TURN, "turn")
ENUM_DECLARE(MessageWait, MESSAGE_WAIT);
#define MESSAGE(F, S)                                                                                                \
    F(S, ID(""), id, .doc = "The message")                                                                           \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "The agent, if the conversation is an agent's")                        \
    F(S, I64, index, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Position in the conversation; none while queued") \
    F(S, STR, parent, .opt = 1, .max_bytes = 256, .doc = "Of a subagent's message: the tool call that started it")   \
    F(S, ENUM(MessageRole), role, .doc = "user, assistant, system or tool")                                          \
    F(S, STR, content, .max_bytes = EVENT_WHOLE_MAX, .doc = "Text; in lists its first 256 KiB")                      \
    F(S, BOOL, truncated, .opt = 1, .doc = "The text is longer; get_message returns all of it, up to 16 MiB")        \
    F(S, I64, size, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Bytes of the whole text, if a list cut it")        \
    F(S, I64, token_count, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Tokens, if known")                          \
    F(S, STR, tool_name, .opt = 1, .max_bytes = 256, .doc = "The tool")                                              \
    F(S, ANY, tool_input, .opt = 1, .max_bytes = EVENT_INPUT_MAX, .doc = "Its arguments")                            \
    F(S, ANY, tool_output, .opt = 1, .max_bytes = EVENT_OUTPUT_MAX * 6, .doc = "Its result")                         \
    F(S, BOOL, is_error, .opt = 1, .doc = "The call failed or was refused, or the text is an error of the CLI")      \
    TOOL_FIGURES(F, S)                                                                                               \
    F(S, TIME, created_at, .doc = "When")                                                                            \
    F(S, BOOL, is_complete, .doc = "Nothing more will be added to it")                                               \
    F(S, ENUM(MessageState), state, .opt = 1,                                                                        \
      .doc = "Of a user's message: queued, sent, delivery_unknown or unanswered")                                    \
    F(S, ENUM(MessageWait), waits_for, .opt = 1, .doc = "Of a queued message: what keeps it there")                  \
    F(S, LIST(EvAttachment), attachments, .opt = 1, .max = ATTACHMENTS_MAX, .doc = "The files that go with it")      \
    F(S, ID("lch"), launch_id, .opt = 1, .secret = 1, .doc = "The launch that it was handed to")
SHAPE(Message, MESSAGE);

/* The position of a new message. */
typedef struct MessagePlace {
    Str tool_id, parent; /* of a call; the subagent's call; {NULL,0}: none */
    Str tool_kind;       /* of a call: ToolKind's word */
    LogPlace log;
} MessagePlace;
/* A message of the main thread that is not queued gets the next index of the head branch. */
int message_insert(Tx *tx, const Conversation *c, const Message *m, const MessagePlace *at, Err *e);

/* ERR_NOT_FOUND: the conversation has no such message. */
int message_missing(const Conversation *c, Str id, Err *e);
/* Reads a message with its whole text. ERR_NOT_FOUND. For pages see page.h. */
int message_get(DbConn *db, const Conversation *c, Str id, Arena *a, Message *ret, Err *e);
/* Withdraws a queued message, or drops an unanswered one. ERR_NOT_FOUND; ERR_CONFLICT if it was already handed over. */
int message_withdraw(App *app, Tx *tx, const ConversationSubject *who, const Conversation *c, Str id, Err *e);
/* The hook of each prompt that waits or was never answered, before all are erased; again until *at is done. */
typedef struct MessagesErased {
    size_t list;
    int64_t after;
    bool is_done;
} MessagesErased;
int message_withdraw_erased(App *app, Tx *tx, const Conversation *c, MessagesErased *at, Err *e);
/* The last prompt that was sent to this launch; its id is empty if there is none. */
int message_last_sent(DbConn *db, const Conversation *c, Str launch_id, Arena *a, Message *ret, Err *e);
/* Likewise the one that was handed to this launch and is not in its log yet. */
int message_find_handed(DbConn *db, const Conversation *c, Str launch_id, Arena *a, Message *ret, Err *e);
/* Moves a message from one state to another, and emits that if it was in the first state. A message that is sent gets
 * its index. */
typedef struct MessageMove {
    Str id;
    MessageState from, to;
} MessageMove;
int message_move(Tx *tx, const ConversationSubject *who, const Conversation *c, const MessageMove *m, Err *e);
/* Messages that were handed to a launch that has ended are queued again. */
int message_take_back(Tx *tx, const Conversation *c, Err *e);
/* The whole text of a message that was stored incomplete. */
int message_complete(Tx *tx, const Conversation *c, const Message *m, Err *e);
/* A call has ended: stores its output and its figures. */
int message_end_tool(Tx *tx, const Conversation *c, const EvToolEnd *v, Err *e);
/* What runs differs from what was asked: sets title and input (JSON) of a call that has not ended. */
int message_set_tool_input(Tx *tx, const Conversation *c, Str tool_id, Str title, Str input, Err *e);

/* --- the queue --- */

/* Stores a user's message as queued and hands it over if the program is idle. If an unanswered message has the same
 * text and attachments, that one is sent again instead, from the head of the queue. */
typedef struct MessageAdd {
    Str text;
    StrList attachments; /* ids */
    Str id;              /* out */
    bool is_handed;      /* out: given to the living launch */
} MessageAdd;
int message_add(App *app, Tx *tx, const ConversationSubject *who, MessageAdd *m, Arena *a, Err *e);
/* The message with this text that waits or that the running turn answers; {NULL,0}: none. */
int message_find_open(DbConn *db, const Conversation *c, Str text, Arena *a, Str *ret_id, Err *e);
/* Hands the oldest queued message to the living launch, if it is idle and no other message is on its way. */
int message_deliver_next(App *app, Tx *tx, const ConversationSubject *who, Arena *a, bool *ret_handed, Err *e);
/* The same with the files of one message, which were read before the write (attached.h). */
typedef struct MessageFiles {
    Str message_id;
    AttachedFiles files;
} MessageFiles;
typedef struct MessageDeliver {
    App *app;
    const ConversationSubject *who;
    const MessageFiles *ready; /* NULL: no file was read */
    Arena *arena;
    Str now; /* this message also in the middle of a turn, and while it waits for an answer, if the CLI takes prompts then */
} MessageDeliver;
int message_deliver(Tx *tx, const MessageDeliver *d, bool *ret_handed, Err *e);
/* The next three are what a person does with a waiting message, of any subject. ERR_NOT_FOUND; ERR_CONFLICT: it is not
 * queued, or it is being sent. */
typedef struct MessageEdit {
    Str id, text;
} MessageEdit;
int message_edit(Tx *tx, const ConversationSubject *who, const Conversation *c, const MessageEdit *edit, Arena *a,
                 Err *e);
/* `ids`: all that wait, in their new order. ERR_NOT_FOUND; ERR_CONFLICT names one that is missing or does not wait. */
int message_reorder(Tx *tx, const ConversationSubject *who, const Conversation *c, const StrList *ids, Err *e);
/* It goes first. */
int message_put_first(Tx *tx, const ConversationSubject *who, const Conversation *c, Str id, Arena *a, Err *e);
/* The same, and it is handed over at once if the CLI takes prompts in the middle of a turn. */
typedef struct MessageNow {
    App *app;
    Str id;
    bool is_interrupted; /* its turn is being interrupted: it waits for the end */
    bool is_handed;      /* out */
    MessageWait wait;    /* out: what it waits for; MessageWait_n: nothing */
} MessageNow;
int message_send_now(Tx *tx, const ConversationSubject *who, const Conversation *c, MessageNow *now, Arena *a, Err *e);
/* Sets what each queued message of a page waits for. */
int messages_fill_waits(DbConn *db, const ConversationSubject *who, const Conversation *c, MessageList *l, Err *e);
