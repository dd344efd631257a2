/* Pages of long lists, newer and older: where a page stands, and the messages of a conversation in both directions.
 *
 * Every page is found by indexes and reads about as many rows as it answers, however long the conversation is. Messages
 * are in the order (place, number): the place is a message's index; a subagent's message has the index of the message of
 * the main thread before it. Queued messages follow all others. Worker threads.
 */
#pragma once

#include "conversation/message.h"

typedef enum PageSide { PAGE_NEWEST, PAGE_BEFORE, PAGE_AFTER, PAGE_AROUND } PageSide;
typedef enum PageKey { PAGE_ID, PAGE_TIME, PAGE_INDEX } PageKey;
/* Borrows its text. */
typedef struct PageAt {
    PageSide side;
    PageKey key;
    Str id;    /* PAGE_ID: "msg_..." */
    int64_t n; /* PAGE_TIME: TimeUs; PAGE_INDEX: the index */
} PageAt;
enum { PAGE_AT_MAX = 64, PAGE_ROWS_MAX = 1000 };

/* What a client wrote: of `before`, `after` and `around` at most one, the others {NULL,0}. A message id, a time
 * (RFC 3339) or an index (digits). ERR_INVALID names the field. */
typedef struct PageAsked {
    Str before, after, around;
} PageAsked;
int page_at(const PageAsked *in, PageAt *ret, Err *e);

typedef struct MessagePage {
    PageAt at;
    int64_t limit; /* at most PAGE_ROWS_MAX */
    bool with_subagents;
} MessagePage;
typedef struct MessagePageFound {
    MessageList messages; /* oldest first, with texts of at most EVENT_TEXT_MAX */
    bool has_older, has_newer;
    int64_t total; /* of the main thread, queued ones too; those that retention removed still count */
} MessagePageFound;
/* A place in a conversation; queued messages are at INT64_MAX. */
typedef struct MessageSpot {
    int64_t place, number;
} MessageSpot;
typedef struct MessageNumbers {
    int64_t *items;
    size_t n, max;
} MessageNumbers;
/* Numbers of the messages at a place and behind it, in order: those of subagents and queued ones too. */
int message_numbers_from(DbConn *db, const Conversation *c, MessageSpot from, MessageNumbers *ret, Err *e);
/* The message with this number, as lists show it. */
int message_listed(DbConn *db, int64_t number, Arena *a, Message *ret, bool *ret_found, Err *e);
/* ERR_NOT_FOUND: no such message in this conversation. */
int message_page(DbConn *db, const Conversation *c, const MessagePage *p, Arena *a, MessagePageFound *ret, Err *e);
