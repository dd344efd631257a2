/* The log of a launch, version 1: muster-hold appends to it and the daemon reads it. docs/hold-wire.md specifies it.
 *
 * Pure functions over bytes, no I/O, any thread. Integers are little endian. Decoders borrow from their input.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

enum {
    HOLD_FRAME_HEADER = 17, /* u32 length, u32 crc32c, u8 channel, u64 time_us */
    HOLD_FRAME_BYTES_MAX = 65536,
    HOLD_SEGMENT_HEADER = 96,
    HOLD_LOG_VERSION = 1,
    HOLD_SEGMENT_NAME_MAX = 32, /* "log." and twenty digits */
    HOLD_INPUT_HEAD = 16,       /* in an input frame: u64 n, u32 total, u32 at */
};

/* channel, number, word */
#define HOLD_CHANNEL_LIST(C)    \
    C(HOLD_STDOUT, 1, "stdout") \
    C(HOLD_STDERR, 2, "stderr") \
    C(HOLD_INPUT, 3, "input")   \
    C(HOLD_RESIZE, 4, "resize") \
    C(HOLD_NOTE, 5, "note")     \
    C(HOLD_GAP, 6, "gap")       \
    C(HOLD_EXIT, 7, "exit")
#define HOLD_CHANNEL_(member, number, word) member = number,
typedef enum HoldChannel { HOLD_CHANNEL_LIST(HOLD_CHANNEL_) } HoldChannel;
#undef HOLD_CHANNEL_

typedef struct HoldFrame {
    HoldChannel channel; /* may be a number that is unknown to this version */
    TimeUs at;
    Str bytes; /* borrowed */
} HoldFrame;

/* What some bytes start with. */
typedef enum HoldCond {
    HOLD_WHOLE, /* one whole item */
    HOLD_CUT,   /* its end is missing: more bytes are needed */
    HOLD_BAD    /* not a valid item: wrong length, checksum or body */
} HoldCond;

/* Writes the header of a frame whose payload is f->bytes followed by `tail` (separate in memory; together at most
 * HOLD_FRAME_BYTES_MAX). */
void holdlog_frame_head(const HoldFrame *f, Str tail, uint8_t out[HOLD_FRAME_HEADER]);
HoldCond holdlog_frame_parse(Str in, HoldFrame *ret, size_t *ret_size);

typedef struct HoldSegment {
    uint64_t first;  /* offset of its first frame */
    char launch[40]; /* NUL-padded */
    uint8_t boot_id[16];
    TimeUs at;
} HoldSegment;
void holdlog_segment_head(const HoldSegment *s, uint8_t out[HOLD_SEGMENT_HEADER]);
HoldCond holdlog_segment_parse(Str in, HoldSegment *ret);
void holdlog_segment_name(uint64_t first, char out[HOLD_SEGMENT_NAME_MAX]);
bool holdlog_segment_name_parse(Str name, uint64_t *ret_first);

/* Bodies of frames. */
typedef struct HoldInput { /* also a message */
    uint64_t n;            /* 1, 2, 3 … */
    uint32_t total;        /* bytes of the whole input */
    uint32_t at;           /* offset of `bytes` in it */
    Str bytes;             /* empty in the log of a pty */
} HoldInput;
bool holdlog_input_parse(Str body, HoldInput *ret);
void holdlog_input_head(const HoldInput *i, uint8_t out[HOLD_INPUT_HEAD]);

typedef struct HoldSize {
    uint16_t rows, cols;
} HoldSize;
bool holdlog_size_parse(Str body, HoldSize *ret);

typedef struct HoldGap {
    uint64_t from, to;
} HoldGap; /* offsets [from, to) are no longer kept */
bool holdlog_gap_parse(Str body, HoldGap *ret);

/* Why a launch ended. code is -1 if a signal ended it or nothing ran. */
typedef struct HoldExit {
    int32_t code, signal;
    uint64_t lost;      /* bytes of output that a kill on a full disk discarded */
    uint32_t survivors; /* processes that SIGKILL did not end in time */
    Str reason;         /* word: exit signal stopped killed limit exec_failed not_started terminated */
    Str text;           /* sentence for a person: "memory limit 512 MiB exceeded (sampled)" */
    Str limit;          /* "memory" "processes" "wall" or empty */
    Str mechanism;      /* "sampled" "cgroup" or empty */
} HoldExit;
bool holdlog_exit_parse(Str body, HoldExit *ret);
/* For those who need some exit from any frame: a body that cannot be read is an exit with code 255. `detail` gets its text, cut
 * to `size`, else "ended by signal N", else "". */
void holdlog_exit_read(Str body, HoldExit *ret, char *detail, size_t size);
/* Adds the body of a resize, gap or exit frame. */
bool holdlog_put_size(Buf *out, const HoldSize *s);
bool holdlog_put_gap(Buf *out, const HoldGap *g);
bool holdlog_put_exit(Buf *out, const HoldExit *x);
