/* The wire formats of the Synthetic Eye: what a consumer of frames and the compositor send each other.
 *
 * Two sockets lie in the eye's folder, both for processes of the same user only:
 *   eye.sock    SOCK_SEQPACKET, version 2: one message is one packet, with its descriptors. Memory is announced once
 *               (POOL, BUFFER); a FRAME carries no descriptor but an optional fence.
 *   frame.sock  SOCK_STREAM, version 1: one consumer; each FRAME carries its descriptors, a PING asks for one frame.
 * All integers are little endian. The payload begins at byte 20 and is therefore not aligned: these structs are packed.
 * This header needs nothing but the C library and is installed beside muster-eye.h.
 */
#pragma once

#include <stdint.h>

#define EYE_ABI_MAGIC "MBEYEABI"
enum { EYE_ABI_V1 = 1, EYE_ABI_V2 = 2 };
enum {
    EYE_ABI_PLANES_MAX = 4,
    EYE_ABI_INPUTS_MAX = 1024, /* of one STEP or INPUT */
    EYE_ABI_CREDITS_MAX = 4,
    EYE_ABI_NAME_SIZE = 16,
};

#define EYE_PACKED __attribute__((packed))

typedef struct EYE_PACKED EyeAbiHeader {
    char magic[8];
    uint16_t version, type;
    uint32_t payload; /* bytes that follow */
    uint32_t fds;     /* descriptors that come with it */
} EyeAbiHeader;

enum EyeAbiType {
    EYE_HELLO = 1,     /* consumer → eye */
    EYE_HELLO_ACK = 2, /* eye → consumer */
    EYE_FRAME = 3,
    EYE_RESET = 4,
    EYE_PING = 5, /* liveness, both ways; in version 1 from the consumer: one frame please */
    EYE_PONG = 6,
    EYE_POOL = 16, /* eye → consumer, with the memory's descriptor */
    EYE_BUFFER = 17,
    EYE_GONE = 18,    /* eye → consumer: unmap; only after its last RELEASE */
    EYE_RELEASE = 19, /* consumer → eye */
    EYE_STEP = 20,
    EYE_INPUT = 21,
    EYE_BYE = 22, /* both ways: the sender closes the connection, and why */
};

/* The consumer that steps gets the client's own buffers, watchers get copies. There is one stepper; a HELLO that asks for
 * the role while another has it is granted EYE_ROLE_WATCH. */
enum EyeAbiRole { EYE_ROLE_WATCH = 0, EYE_ROLE_STEP = 1 };
enum EyeAbiAccepts {
    EYE_ACCEPTS_SHM = 1,
    EYE_ACCEPTS_DMABUF = 2,
    EYE_ACCEPTS_UNSEALED = 4, /* memory that its owner may truncate: reading it may raise SIGBUS */
};

typedef struct EYE_PACKED EyeHello {
    uint32_t role, accepts;
    uint32_t credits; /* frames that it may hold at once, 1 to EYE_ABI_CREDITS_MAX */
    uint32_t max_hz;  /* frames a second at most; 0: all */
    char name[EYE_ABI_NAME_SIZE];
} EyeHello;

enum EyeAbiMode { EYE_MODE_FREE = 0, EYE_MODE_LOCKSTEP = 1 };
enum EyeAbiClock {
    EYE_CLOCK_NONE = 0,
    EYE_CLOCK_VIRTUAL = 1,
    EYE_CLOCK_BARRIER = 2, /* virtual, and each of the program's presents waits for its step */
};

typedef struct EYE_PACKED EyeHelloAck {
    uint32_t width, height, fourcc, mode, role, credits, clock, refresh_mhz;
    uint64_t generation, frame_id, step, now_ns; /* now: CLOCK_MONOTONIC */
} EyeHelloAck;

enum EyeAbiPoolKind { EYE_POOL_SHM = 0, EYE_POOL_DMABUF = 1, EYE_POOL_RING = 2 };
enum EyeAbiPoolFlags { EYE_POOL_READ_ONLY = 1 };

typedef struct EYE_PACKED EyePool {
    uint32_t pool, kind;
    uint64_t size;         /* bytes; a pool that has grown is announced again with the same id */
    uint32_t seals, flags; /* F_SEAL_… of a memfd */
    uint64_t generation;
} EyePool;

typedef struct EYE_PACKED EyePlane {
    uint32_t pool, stride, offset, size, zero;
} EyePlane;

typedef struct EYE_PACKED EyeBuffer {
    uint32_t buffer, width, height, fourcc, planes, flags;
    uint64_t modifier;
    EyePlane plane[]; /* `planes` of them */
} EyeBuffer;

enum EyeAbiGone { EYE_GONE_POOL = 0, EYE_GONE_BUFFER = 1 };
typedef struct EYE_PACKED EyeGone {
    uint32_t kind, id;
} EyeGone;

enum EyeAbiFrameFlags {
    EYE_FRAME_STALE = 1,       /* nothing new was drawn in this step: the last buffer again */
    EYE_FRAME_COMPOSED = 2,    /* drawn from several surfaces by the eye */
    EYE_FRAME_COPIED = 4,      /* a copy in the eye's ring */
    EYE_FRAME_OTHER_SIZE = 8,  /* the buffer's size is not the output's */
    EYE_FRAME_FIRST = 16,      /* the first of its generation */
    EYE_FRAME_TRANSFORMED = 32 /* shown scaled, cropped or turned by its client; the pixels are as they were drawn */
};

typedef struct EYE_PACKED EyeFrame {
    uint64_t frame_id, step, generation;
    uint32_t buffer, flags;
    uint64_t commit_ns, send_ns; /* CLOCK_MONOTONIC */
    uint64_t virtual_ns;         /* since the virtual clock's epoch; 0 without one */
    uint32_t damage_x, damage_y, damage_width, damage_height;
    uint32_t content_width, content_height;
    uint32_t dropped; /* frames that this consumer did not get since its last one */
    uint32_t zero;
} EyeFrame;

typedef struct EYE_PACKED EyeRelease {
    uint32_t buffer, zero;
    uint64_t frame_id;
} EyeRelease;

enum EyeAbiInputKind {
    EYE_INPUT_KEY = 1,      /* code: Linux key code (linux/input-event-codes.h); a: 1 pressed, 0 released */
    EYE_INPUT_BUTTON = 2,   /* code: BTN_…; a: 1 pressed, 0 released */
    EYE_INPUT_MOTION = 3,   /* a, b: relative motion in 1/256 of a pixel */
    EYE_INPUT_POSITION = 4, /* a, b: absolute position in 1/256 of a pixel of the output */
    EYE_INPUT_WHEEL = 5     /* code: 0 vertical, 1 horizontal; a: in 1/120 of a notch, positive is down and right */
};

typedef struct EYE_PACKED EyeInput {
    uint16_t kind, code;
    int32_t a, b;
    uint32_t at; /* of a STEP over several frames: before which of them, from 0 */
} EyeInput;

enum EyeAbiStepFlags { EYE_STEP_RELEASES = 1 /* also releases the frame that this consumer got last */ };

typedef struct EYE_PACKED EyeStep {
    uint64_t step;       /* its number, as the consumer counts them; comes back in the FRAME */
    uint32_t frames;     /* 1 or more: that many are drawn, the last one is sent */
    uint32_t dt_ns;      /* of virtual time for each of them; 0: one refresh of the output */
    uint32_t timeout_ms; /* of real time for each of them; 0: the eye's own (500) */
    uint32_t flags, inputs, zero;
    EyeInput input[]; /* `inputs` of them */
} EyeStep;

typedef struct EYE_PACKED EyeInputs {
    uint32_t inputs, zero;
    EyeInput input[];
} EyeInputs;

enum EyeAbiResetReason {
    EYE_RESET_XWAYLAND = 1,
    EYE_RESET_OUTPUT = 2,      /* also: a frame could not be drawn */
    EYE_RESET_CLIENT = 3,      /* the program's window is gone */
    EYE_RESET_SIZE = 4,        /* another size or format from here on */
    EYE_RESET_LEASE = 5,       /* this consumer does not step any more */
    EYE_RESET_DOWN = 6,        /* the eye ends */
    EYE_RESET_LEASE_GAINED = 7 /* this consumer asked for the role and steps from here on: whoever did before is gone */
};

typedef struct EYE_PACKED EyeReset {
    uint32_t reason, zero;
    uint64_t generation; /* in version 1 it is left out */
} EyeReset;

typedef struct EYE_PACKED EyePing {
    uint64_t cookie;
} EyePing;

enum EyeAbiByeReason {
    EYE_BYE_DONE = 0,
    EYE_BYE_PROTOCOL = 1, /* a message was malformed */
    EYE_BYE_SLOW = 2,     /* it does not read what is sent */
    EYE_BYE_FULL = 3      /* there are as many consumers as there may be */
};

typedef struct EYE_PACKED EyeBye {
    uint32_t reason, zero;
} EyeBye;

/* Version 1. A FRAME is this and `planes` planes; its descriptors are those of the memory, the acquire fence and the release
 * fence; either fence may be missing. */
enum EyeAbiV1Flags {
    EYE_V1_SHM = 1 /* map it, do not import it as a dma-buf */,
    EYE_V1_COMPOSED = 2,
    EYE_V1_STALE = 4
};

typedef struct EYE_PACKED EyeV1Plane {
    uint8_t fd; /* index */
    uint8_t zero1;
    uint16_t zero2;
    uint32_t stride, offset, size, zero3;
} EyeV1Plane;

typedef struct EYE_PACKED EyeV1Frame {
    uint64_t frame_id;
    uint32_t width, height, fourcc;
    uint64_t modifier;
    uint8_t fds, planes; /* descriptors of memory, without fences */
    uint16_t flags;      /* EyeAbiV1Flags; 0 in a producer that knows only dma-bufs */
    EyeV1Plane plane[];
} EyeV1Frame;

typedef struct EYE_PACKED EyeV1Reset {
    uint32_t reason, zero;
} EyeV1Reset;
