/* The hold's wire protocol, version 1: messages between muster-hold and the daemon. docs/hold-wire.md specifies it.
 *
 * Pure functions over bytes, no I/O, any thread. Integers are little endian. Decoders borrow from their input.
 */
#pragma once

#include "base/holdlog.h"

enum {
    HOLD_WIRE_VERSION = 1,
    HOLD_MSG_HEADER = 5,            /* u32 length of the body, u8 type */
    HOLD_MSG_BODY_MAX = 65536 + 64, /* an input part or poke of 65,536 bytes with its head */
    HOLD_INPUT_MAX = 16 * 1024 * 1024,
    HOLD_PART_MAX = 65536
};

typedef enum HoldMsgType {
    HOLD_MSG_UNKNOWN = 0, /* of a later version: ignore it */
    HOLD_MSG_HELLO = 1,   /* both ways, first */
    HOLD_MSG_GO = 2,      /* to the hold from here */
    HOLD_MSG_INPUT = 3,
    HOLD_MSG_POKE = 4,
    HOLD_MSG_SIZE = 5,
    HOLD_MSG_SIGNAL = 6,
    HOLD_MSG_STOP = 7,
    HOLD_MSG_KILL = 8,
    HOLD_MSG_SET_DERIVED = 9,
    HOLD_MSG_BYE = 10,
    HOLD_MSG_HEAD = 32, /* to the daemon from here */
    HOLD_MSG_INPUT_ACK = 33,
    HOLD_MSG_EXITED = 34,
    HOLD_MSG_POKE_ACK = 35 /* a hold that names HOLD_FEATURE_POKE_ACK */
} HoldMsgType;

#define HOLD_FEATURE_POKE_ACK "poke-ack"

typedef struct HoldHello {
    uint32_t version;
    Str launch, nonce;
    Str features; /* words, separated by spaces */
} HoldHello;

enum HoldFlags {
    HOLD_IS_STARTED = 1,    /* go was carried out */
    HOLD_IS_FULL = 2,       /* held: disk full */
    HOLD_IS_BACKLOGGED = 4, /* held: backlog */
    HOLD_IS_STOPPING = 8,
    HOLD_IS_EXITED = 16, /* the exit frame is in the log */
    HOLD_STDIN_CLOSED = 32,
    HOLD_IS_SUSPENDED = 64 /* a signal stopped the child, and none has continued it */
};

typedef struct HoldHead {
    uint64_t head;       /* offset after the last whole frame */
    uint64_t first;      /* lowest offset still kept */
    uint64_t last_input; /* n of the last accepted input, 0 = none */
    uint64_t delivered;  /* n of the last input completely written to the child */
    uint32_t flags;      /* enum HoldFlags */
    int32_t pid;         /* of the child, 0 = none */
    int64_t rss_bytes;   /* of the tree; -1 not measured */
    int32_t processes;   /* of the tree; -1 not measured */
} HoldHead;

typedef enum HoldAck {
    HOLD_ACK_ACCEPTED = 0, /* n is in the log */
    HOLD_ACK_KNOWN = 1,    /* n was accepted before */
    HOLD_ACK_GAP = 2,      /* n is above last + 1 */
    HOLD_ACK_BAD = 3,      /* too large, or its parts do not fit together */
    HOLD_ACK_CLOSED = 4    /* the child takes no more input */
} HoldAck;

typedef struct HoldMsg {
    HoldMsgType type;
    union {
        HoldHello hello;
        HoldInput input;
        Str poke;
        HoldSize size;
        struct {
            int32_t signal;
            bool whole_tree;
        } signal;
        uint32_t grace_ms; /* STOP: after each step */
        uint64_t derived;  /* SET_DERIVED */
        HoldHead head;
        struct {
            uint64_t n;
            HoldAck status;
        } ack;
        uint64_t poked; /* POKE_ACK: bytes of this connection's pokes that the child has taken, or that were dropped */
        struct {
            uint64_t offset;
            HoldExit exit;
        } exited; /* offset of the exit frame */
    };
} HoldMsg;

bool holdwire_put(Buf *out, const HoldMsg *m); /* false: the Buf is at its maximum */
HoldCond holdwire_parse(Str in, HoldMsg *ret, size_t *ret_size);
