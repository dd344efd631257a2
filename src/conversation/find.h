/* Search in one conversation: what was said, the arguments of calls and what they gave back, and thoughts.
 *
 * A call looks for about FIND_SLICE_MS and says how far it came; its cursor goes on there, inside a message too. Messages
 * come first, in their order, then thoughts, in theirs: those are events, not messages. Slow threads: it may take its
 * whole slice.
 */
#pragma once

#include "conversation/message.h"
#include "sys/pattern.h"

enum { FIND_SLICE_MS = 250, FIND_ROWS_MAX = 500, FIND_AT_MAX = 64, FIND_EXCERPT_MAX = 400, FIND_CURSOR_MAX = 128 };

#define FIND_KINDS(W) W(FIND_TEXT, "text") W(FIND_TOOL, "tool") W(FIND_THOUGHT, "thought")
ENUM_DECLARE(FindKind, FIND_KINDS);
#define FIND_PARTS(W) W(FIND_CONTENT, "content") W(FIND_INPUT, "input") W(FIND_OUTPUT, "output")
ENUM_DECLARE(FindPart, FIND_PARTS);

#define FIND_PLACE_ ": a time (RFC 3339) or an index"
#define MESSAGE_FIND(F, S)                                                                                             \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                                    \
    F(S, STR, q, .min = 1, .max = PATTERN_CHARS_MAX, .example = "error", .doc = "What to look for")                    \
    F(S, BOOL, regex, .opt = 1,                                                                                        \
      .doc = "It is a regular expression (PCRE2): ^ and $ match at lines, classes know Unicode")                       \
    F(S, BOOL, case_sensitive, .opt = 1, .doc = "Upper and lower case differ")                                         \
    F(S, STRS, roles, .opt = 1, .max = 8, .item_max = 16, .words = &MessageRole_enum,                                  \
      .doc = "Only of these; left out: of all")                                                                        \
    F(S, STRS, kinds, .opt = 1, .max = 8, .item_max = 16, .words = &FindKind_enum, .doc = "Only these; left out: all") \
    F(S, STR, tool_name, .opt = 1, .min = 1, .max_bytes = 256, .example = "Bash", .doc = "Only calls of this tool")    \
    F(S, BOOL, only_errors, .opt = 1, .doc = "Only calls that failed, and errors that the CLI wrote as text")          \
    F(S, STR, from, .opt = 1, .min = 1, .max_bytes = FIND_AT_MAX, .example = "500",                                    \
      .doc = "Not before this" FIND_PLACE_ "; with an index no thoughts are searched")                                 \
    F(S, STR, to, .opt = 1, .min = 1, .max_bytes = FIND_AT_MAX, .example = "600", .doc = "Not after this" FIND_PLACE_) \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = FIND_ROWS_MAX, .doc = "At most so many")     \
    F(S, STR, cursor, .opt = 1, .min = 1, .max_bytes = FIND_CURSOR_MAX, .example = "m0.1.0.0",                         \
      .doc = "`nextCursor` of the page before")
SHAPE(MessageFind, MESSAGE_FIND);

#define FIND_HIT(F, S)                                                                                               \
    F(S, ID("msg"), message_id, .opt = 1, .doc = "The message; none for a thought")                                  \
    F(S, I64, index, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Its index, if it has one")                        \
    F(S, I64, seq, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Of a thought: the number of its event")             \
    F(S, STR, parent, .opt = 1, .max_bytes = 256, .doc = "Of a subagent's: the tool call that started it")           \
    F(S, ENUM(FindKind), kind, .doc = "text, tool or thought")                                                       \
    F(S, ENUM(MessageRole), role, .doc = "user, assistant, system or tool")                                          \
    F(S, STR, tool_name, .opt = 1, .max_bytes = 256, .doc = "The tool")                                              \
    F(S, BOOL, is_error, .opt = 1, .doc = "The call failed, or the text is an error")                                \
    F(S, TIME, created_at, .doc = "When")                                                                            \
    F(S, ENUM(FindPart), part, .doc = "Where the match is: content, input or output")                                \
    F(S, STR, member, .opt = 1, .max_bytes = 512, .doc = "Of input: the argument, like `edits[0].new_string`")       \
    F(S, I64, start, .min = 0, .max = INT64_MAX, .doc = "Where it begins in that text, in characters (code points)") \
    F(S, I64, end, .min = 0, .max = INT64_MAX, .doc = "Where it ends")                                               \
    F(S, STR, excerpt, .max = FIND_EXCERPT_MAX, .doc = "The match with what surrounds it")                           \
    F(S, I64, excerpt_start, .min = 0, .max = FIND_EXCERPT_MAX, .doc = "Where the match begins in the excerpt")      \
    F(S, I64, excerpt_end, .min = 0, .max = FIND_EXCERPT_MAX, .doc = "Where it ends there, or is cut")
SHAPE(FindHit, FIND_HIT);

#define MESSAGE_FOUND(F, S)                                                                                        \
    F(S, LIST(FindHit), hits, .max = FIND_ROWS_MAX, .doc = "Messages in order, then thoughts in order")            \
    F(S, I64, looked, .min = 0, .max = INT64_MAX, .doc = "Messages and thoughts that this call looked at")         \
    F(S, I64, looked_index, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Index of the last message it looked at") \
    F(S, TIME, looked_at, .opt = 1, .doc = "When the last one that it looked at was written")                      \
    F(S, I64, total, .min = 0, .max = INT64_MAX, .doc = "Messages of the conversation that have an index")         \
    F(S, I64, gave_up, .min = 0, .max = INT64_MAX,                                                                 \
      .doc = "Texts that were not searched to their end, because the expression takes too long on them")           \
    F(S, STR, next_cursor, .opt = 1, .max_bytes = FIND_CURSOR_MAX,                                                 \
      .doc = "`cursor` of the rest; none: all was searched")
SHAPE(MessageFound, MESSAGE_FOUND);

typedef struct FindCall {
    const MessageFind *in;
    int64_t slice_ms; /* FIND_SLICE_MS */
} FindCall;
/* ERR_INVALID: the expression, a place or the cursor is not valid. */
int message_find(DbConn *db, const Conversation *c, const FindCall *call, Arena *a, MessageFound *ret, Err *e);
