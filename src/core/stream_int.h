/* Inside core's streams: the envelope, built in one place so that its bytes are the same live and when read later. */
#pragma once

#include "core/hub.h"
#include "core/stream.h"

enum { SEQ_BITS = 40, ENVELOPE_EXTRA_MAX = 4096 };
#define SEQ_END (INT64_C(1) << SEQ_BITS)

/* The parts of an envelope. `source` is the child's stream when a parent shows its event; otherwise its topic is
 * {NULL,0}. */
typedef struct EnvelopeIn {
    Str topic, kind, payload;
    int64_t generation, seq;
    Cursor source;
    LogPlace place; /* its launch is {NULL,0} for a user's action */
    TimeUs at;
} EnvelopeIn;

/* The position of the payload, counted from the envelope's start. */
typedef struct EnvelopePart {
    size_t at, n;
} EnvelopePart;
/* Appends the envelope to b. */
void envelope_put(Buf *b, const EnvelopeIn *in, EnvelopePart *ret_payload);
static inline int64_t event_id(int64_t stream, int64_t seq) { return (stream << SEQ_BITS) + seq; }

/* A row of `stream` with its head. */
typedef struct StreamRow {
    int64_t number, generation, seq;
    bool is_empty; /* no event is kept */
} StreamRow;
/* For a stream that was never written to: the generation with which it will begin. */
int stream_row_find(DbConn *c, Str topic, StreamRow *ret, bool *ret_found, Err *e);
/* Removes a word that no event uses. */
int stream_remove_word(Tx *tx, int64_t number, Err *e);
