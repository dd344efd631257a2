/* Error reports: the last hundred internal failures, for the person who runs the daemon.
 *
 * What is reported: an answer with a status of 500 or more, a line of level error in the log, a recovery that failed, an
 * agent's program that crashed. What is not: a person's mistake (4xx). A report contains no prompt and no secret: text
 * that looks like a secret is masked, and only ids are taken from an input.
 *
 * Reports are kept in memory and written to the store in the background, so that reporting never blocks, never fails and
 * works when the store is full; they are then written later. The same failure within a minute is one report that counts
 * its repetitions. Any thread, unless a function says otherwise.
 */
#pragma once

#include "base/shape.h"
#include "core/app.h"
#include "db/db.h"

enum { ERROR_REPORTS_MAX = 100 };

#define ERROR_SOURCES(W)               \
    W(ERROR_FROM_ANSWER, "answer")     \
    W(ERROR_FROM_LOG, "log")           \
    W(ERROR_FROM_RECOVERY, "recovery") \
    W(ERROR_FROM_LAUNCH, "launch")
ENUM_DECLARE(ErrorSource, ERROR_SOURCES);

#define ERROR_CAUSE(F, S)                                                                                  \
    F(S, STR, name, .max_bytes = 64, .doc = "The error's code, such as GIT_ERROR")                         \
    F(S, STR, message, .max_bytes = 600, .doc = "What failed and why; what looks like a secret is masked") \
    F(S, STR, stack, .opt = 1, .max_bytes = 200, .doc = "Where it was detected, as file:line")
SHAPE(ErrorCause, ERROR_CAUSE);
#define ERROR_EXTRA(F, S)                                                                                       \
    F(S, I64, times, .min = 1, .max = INT64_MAX, .doc = "How often it failed that way, a minute apart at most") \
    F(S, TIME, last_at, .doc = "The last time")
SHAPE(ErrorExtra, ERROR_EXTRA);
#define ERROR_CONTEXT(F, S)                                                                 \
    F(S, STR, agent_id, .opt = 1, .max_bytes = 64, .doc = "The agent that it is about")     \
    F(S, STR, workspace_id, .opt = 1, .max_bytes = 64, .doc = "The workspace")              \
    F(S, STR, worktree_id, .opt = 1, .max_bytes = 64, .doc = "The worktree")                \
    F(S, STR, request_id, .opt = 1, .max_bytes = 200, .doc = "Idempotency-Key of the call") \
    F(S, STR, operation, .opt = 1, .max_bytes = 64, .doc = "The operation that failed")     \
    F(S, OBJ(ErrorExtra), extra, .doc = "How often")
SHAPE(ErrorContext, ERROR_CONTEXT);
#define ERROR_TAGS(F, S)                                                                        \
    F(S, ENUM(ErrorSource), source, .doc = "What reported it: answer, log, recovery or launch") \
    F(S, STR, error_type, .max_bytes = 64, .doc = "The error's code")                           \
    F(S, STR, operation, .opt = 1, .max_bytes = 64, .doc = "The operation that failed")         \
    F(S, STR, agent_id, .opt = 1, .max_bytes = 64, .doc = "The agent that it is about")
SHAPE(ErrorTags, ERROR_TAGS);
#define ERROR_REPORT(F, S)                                                                         \
    F(S, ID("err"), id, .doc = "The report")                                                       \
    F(S, TIME, timestamp, .doc = "The first time that it failed that way")                         \
    F(S, OBJ(ErrorCause), error, .doc = "What failed")                                             \
    F(S, OBJ(ErrorContext), context, .doc = "Where")                                               \
    F(S, STR, environment, .max_bytes = 16, .doc = "release, or debug for a build for developers") \
    F(S, STR, release, .max_bytes = 32, .doc = "Version of Muster that reported it")               \
    F(S, OBJ(ErrorTags), tags, .doc = "To sort by")
SHAPE(ErrorReport, ERROR_REPORT);

typedef struct ErrorLog ErrorLog;

/* At the start, before anything can fail. Log lines of level error are reported from here on. */
ErrorLog *error_log_new(App *app);
/* Reads what earlier runs reported. Once, when the loop, the pools and the store are there. */
int error_log_open(ErrorLog *l, DbConn *db, Err *e);
/* Queues what is not yet written. Before the pools are stopped; loop thread. */
void error_log_stop(ErrorLog *l);
void error_log_free(ErrorLog *l); /* after the pools; NULL is allowed */

/* What failed. Everything is copied, and may be {NULL,0} or NULL but `name` and `message`. */
typedef struct ErrorNote {
    ErrorSource source;
    Str name, message;
    const char *where;
    Str operation, request_id, agent_id, workspace_id, worktree_id;
} ErrorNote;
void error_log_add(ErrorLog *l, const ErrorNote *n); /* a NULL log is allowed */

/* The newest `max` reports, newest first, in the arena. */
void error_log_list(ErrorLog *l, size_t max, Arena *a, ErrorReportList *ret);
bool error_log_find(ErrorLog *l, Str id, Arena *a, ErrorReport *ret);
