/* From a launch's log to an agent's events: pure, so that the same bytes always give the same events.
 *
 * Frames go in in order; events come out with their place in the log: `offset` is where the line began, in bytes of the
 * log, and `index` counts the events of that line. Deltas of one text block that end in one frame are joined. An
 * unfinished line or input is not part of the stored state: the place says from which frame to read again. One thread
 * at a time.
 */
#pragma once

#include "adapter/adapter.h"
#include "core/launch.h"

typedef struct Derive Derive;

typedef struct DerivedEvent {
    AgentEventKind kind;
    int64_t offset, index;
    TimeUs at;
    Str payload; /* the kind's shape as JSON; in the batch's arena */
} DerivedEvent;

/* An input that is complete in the log, so the hold accepted it. */
typedef struct DerivedInput {
    int64_t n;
    TimeUs at;
    int64_t offset; /* of its first frame */
    size_t before;  /* the number of the batch's events before it */
} DerivedInput;

/* What the log does not show because of a gap. */
typedef struct DerivedGap {
    int64_t accepted;  /* number of the last input that the hold accepted */
    int64_t delivered; /* number of the last one that it has written to the child */
    bool is_hold_gone;
} DerivedGap;

typedef struct ParsedEvent ParsedEvent;
typedef struct DerivedBatch {
    const DerivedEvent *events;
    size_t n_events;
    ParsedEvent *parsed; /* their contents, filled by conversation_parse; NULL before that */
    const DerivedInput *inputs;
    size_t n_inputs;
    const Str *replies; /* bytes for the child, in order */
    size_t n_replies;
    const HoldExit *exit;  /* NULL while it runs */
    const DerivedGap *gap; /* NULL: none was skipped before its frames */
    bool is_plain;         /* its events are stored as unknown, without effects, because applying them was refused */
} DerivedBatch;

/* `saved`: what derive_save wrote, empty at the start; `from`: the place stored with it. `last`: the last saved state
 * of the previous launch, whose session continues; empty if there is none. */
typedef struct DeriveFrom {
    Str saved, last;
    LaunchPlace from;
} DeriveFrom;
int derive_new(const Adapter *adapter, const DeriveFrom *f, Derive **ret, Err *e);
void derive_free(Derive *d);
CLEANUP_HOOK(Derive, derive_free)
/* Feeds frames and returns the place reached. The batch grows until derive_clear. */
void derive_feed(Derive *d, const LaunchFrame *frames, size_t n, LaunchPlace *ret);
/* The next frames begin at `to`, and the beginning of their first line of stdout may be missing. */
typedef struct DeriveJump {
    uint64_t from, to;
    Str reason;
    TimeUs at; /* of the first frame after it; 0: unknown */
} DeriveJump;
void derive_gap(Derive *d, const DeriveJump *jump);
void derive_batch(const Derive *d, DerivedBatch *ret);
void derive_clear(Derive *d);
void derive_save(const Derive *d, Buf *out);
/* True while the CLI waits for an answer to it. */
bool derive_has_ask(const Derive *d, Str request_id);
