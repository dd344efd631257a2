/* What a program asks its terminal, and the title that it sets, found in its output as it comes. Pure; zero-initialised is valid.
 *
 * The daemon answers for the terminal, whether anybody looks or not, so a viewer's own terminal must not answer too: to it the
 * output goes without its questions. Known are DA and DA2 (ECMA-48 8.3.24 and xterm's), DSR 5, 6 and ?6 (8.3.35), and the size in
 * characters (xterm's CSI 18 t). What no terminal must answer, as its title, is not.
 */
#pragma once

#include "base/str.h"
#include "term/term.h"

typedef enum Query {
    QUERY_NONE, /* nothing more in these bytes */
    QUERY_ATTRIBUTES,
    QUERY_ATTRIBUTES_2,
    QUERY_STATUS,
    QUERY_CURSOR,
    QUERY_CURSOR_DEC,
    QUERY_SIZE,
    QUERY_TITLE /* not a question: the title is set */
} Query;

enum { QUERY_HELD_MAX = 1040, QUERY_CSI_MAX = 32, QUERY_ANSWER_SIZE = 64 };

typedef struct QueryScan {
    int state; /* of query.c */
    char held[QUERY_HELD_MAX];
    size_t n;
} QueryScan;

/* The next of them. *ret_used: bytes up to and with its end. *ret_title: for QUERY_TITLE, borrowed until the next call. */
Query query_next(QueryScan *s, Str bytes, size_t *ret_used, Str *ret_title);
/* Does the answer depend on the screen? */
static inline bool query_needs_screen(Query q) { return q >= QUERY_CURSOR && q <= QUERY_SIZE; }
/* The answer; `t` may be NULL unless it depends on the screen. Empty for what has none. */
Str query_answer(Query q, const Term *t, char out[QUERY_ANSWER_SIZE]);
/* Adds the bytes without their questions. What may become one waits for the bytes that follow. */
void query_strip(QueryScan *s, Str bytes, Buf *out);
