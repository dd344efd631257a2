/* Inside core's streams: the envelope, which is made in one place so that the bytes are the same live and later. */
#pragma once

#include "core/hub.h"
#include "core/stream.h"

enum { SEQ_BITS = 40, ENVELOPE_EXTRA_MAX = 4096 };
#define SEQ_END (INT64_C(1) << SEQ_BITS)

/* What an envelope is made of. `source` is the child's stream where a parent shows its event, its topic {NULL,0} else. */
typedef struct EnvelopeIn {
    Str topic, kind, payload;
    int64_t generation, seq;
    Cursor source;
    LogPlace place; /* its launch {NULL,0}: of a person's act */
    TimeUs at;
} EnvelopeIn;

/* Where the payload stands, counted from the envelope's start. */
typedef struct EnvelopePart {
    size_t at, n;
} EnvelopePart;
/* Writes the envelope behind what b holds. */
void envelope_put(Buf *b, const EnvelopeIn *in, EnvelopePart *ret_payload);
static inline int64_t event_id(int64_t stream, int64_t seq) { return (stream << SEQ_BITS) + seq; }

/* A row of `stream` with its head. */
typedef struct StreamRow {
    int64_t number, generation, seq;
    bool is_empty; /* no event is kept */
} StreamRow;
/* Of a stream that nobody wrote to: the generation that it will begin with. */
int stream_row_find(DbConn *c, Str topic, StreamRow *ret, bool *ret_found, Err *e);
