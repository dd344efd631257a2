/* Sessions: the CLI's own conversations that a subject has had, each of which can be resumed or forked later.
 *
 * A row is added when the CLI confirms a session, so every row is one that the CLI knows. Inside a write, or on worker
 * threads.
 */
#pragma once

#include "conversation/conversation.h"

#define SESSION(F, S)                                                                                        \
    F(S, STR, id, .max_bytes = 256, .doc = "The CLI's own id")                                               \
    F(S, STR, parent_session_id, .opt = 1, .max_bytes = 256, .doc = "Session that it was forked from")       \
    F(S, BOOL, is_current, .doc = "The next start resumes it, unless it names another one")                  \
    F(S, BOOL, is_resumable, .doc = "It can be resumed by its id")                                           \
    F(S, I64, context_level, .min = 0, .max = 100, .doc = "Percent of the model's window that it last used") \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its newest launch")                                         \
    F(S, TIME, started_at, .doc = "When the CLI first reported it")                                          \
    F(S, TIME, ended_at, .opt = 1, .doc = "When its newest launch ended or began another session")
SHAPE(Session, SESSION);

/* Newest first, at most `limit`, appended to *ret. */
int session_list(DbConn *db, const Conversation *c, int64_t limit, Arena *a, SessionList *ret, Err *e);
int session_get(DbConn *db, const Conversation *c, Str id, Arena *a, Session *ret, Err *e); /* ERR_NOT_FOUND */
/* The newest one that began before `at` and can be resumed; {NULL,0}: none. */
int session_at(DbConn *db, const Conversation *c, TimeUs at, Arena *a, Str *ret, Err *e);
