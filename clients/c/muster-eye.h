/* libmuster-eye: frames of a program that runs in a Synthetic Eye, without a copy, and inputs back to it.
 *
 *     MusterEye *eye;
 *     MusterEyeError error;
 *     MusterEyeEvent event;
 *     if (muster_eye_open(path, &(MusterEyeOptions){.name = "me", .role = EYE_ROLE_STEP}, &eye, &error) < 0) …error.text…
 *     EyeInput jump = muster_eye_key((uint16_t)muster_eye_key_code("space"), true);
 *     while (muster_eye_step(eye, &(MusterEyeStep){.inputs = &jump, .n_inputs = 1}, &event, &error) == 1)
 *         if (event.kind == MUSTER_EYE_FRAME) look_at(event.frame.plane[0].pixels, event.frame.plane[0].stride);
 *     muster_eye_close(eye);
 *
 * One connection is used by one thread at a time; several connections do not know of each other. The library starts no
 * thread, sets no signal handler and prints nothing. The pixels are mapped for reading only, straight from the program that
 * drew them: it may be a bad program, so nothing of what the eye says is used before it was checked, and a picture may
 * still be torn by a program that draws into a buffer after it has handed it over.
 *
 * Functions that can fail return a negative errno and say why in `ret_error`, which may be NULL. -EPROTO: the eye broke the
 * protocol; -ECONNRESET: it is gone. The connection is over then; frames that are held remain readable until they are
 * released. -EINVAL: the call was wrong; -EBUSY: too many frames are held; -EPERM: this connection does not step;
 * -ETIMEDOUT: the eye does not answer, or does not read. These change nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "muster-eye-abi.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct MusterEye MusterEye;
typedef struct MusterEyeError {
    int code;       /* a negative errno, as returned */
    char text[200]; /* one sentence without a full stop */
} MusterEyeError;

typedef struct MusterEyeOptions {
    const char *name; /* at most 15 bytes; shown to people */
    uint32_t role;    /* EyeAbiRole; a second stepper is made a watcher: see muster_eye_info */
    uint32_t
        accepts; /* EyeAbiAccepts; 0: EYE_ACCEPTS_SHM. With EYE_ACCEPTS_UNSEALED the program may truncate memory while
                         * it is read here, which ends this process with SIGBUS unless it handles that */
    uint32_t credits;   /* frames that may be held at once, 1 to 4; 0: 2 */
    uint32_t max_hz;    /* of a watcher; 0: all frames */
    int timeout_ms;     /* of opening, and of sending to an eye that does not read; 0: 5,000 */
    bool leaves_fences; /* frames come before they are drawn; the caller waits for MusterEyeFrame.fence */
} MusterEyeOptions;

/* What the eye said when the connection was opened, kept up to date. */
typedef struct MusterEyeInfo {
    uint32_t width, height, fourcc;                   /* of the output; a frame has its own */
    uint32_t mode, role, credits, clock, refresh_mhz; /* EyeAbiMode, EyeAbiRole as granted, -, EyeAbiClock */
    uint64_t generation, frame_id, step;              /* the newest that were seen */
    uint64_t opened_ns;                               /* CLOCK_MONOTONIC of the eye when it answered */
} MusterEyeInfo;

/* A part of a picture's memory. */
typedef struct MusterEyePlane {
    const uint8_t *pixels; /* NULL: memory of a GPU that cannot be mapped; import `fd` */
    uint32_t stride;       /* bytes from row to row */
    uint32_t offset;       /* of `pixels` in the memory of `fd` */
    size_t size;           /* bytes that may be read at `pixels` */
    int fd;                /* of a dma-buf, borrowed; -1: shared memory */
} MusterEyePlane;

typedef struct MusterEyeFrame {
    uint64_t id, step, generation;
    uint64_t commit_ns, send_ns; /* CLOCK_MONOTONIC: the program handed it over; the eye sent it */
    uint64_t virtual_ns;         /* 0 without a virtual clock */
    uint32_t flags;              /* EyeAbiFrameFlags */
    uint32_t dropped;            /* frames between the last one and this one that did not come */
    uint32_t width, height, fourcc, n_planes;
    uint64_t modifier; /* 0: rows one after the other */
    /* What changed since the frame before, and how much of the picture is shown; both lie within it. */
    uint32_t damage_x, damage_y, damage_width, damage_height, content_width, content_height;
    MusterEyePlane plane[EYE_ABI_PLANES_MAX];
    int fence;       /* with leaves_fences: readable when it is drawn, borrowed until the release; else -1 */
    uint32_t buffer; /* the eye's number of this memory: the same memory comes again with it */
    uint64_t ticket; /* what muster_eye_release goes by */
} MusterEyeFrame;

typedef enum MusterEyeKind {
    MUSTER_EYE_FRAME = 1,
    MUSTER_EYE_RESET, /* what was not finished is void: the window, its size or the program is another one from here on */
    MUSTER_EYE_PONG,
    MUSTER_EYE_BYE /* the eye closes the connection */
} MusterEyeKind;

typedef struct MusterEyeEvent {
    MusterEyeKind kind;
    uint32_t reason;     /* EyeAbiResetReason of RESET, EyeAbiByeReason of BYE */
    uint64_t generation; /* of RESET: the new one */
    uint64_t cookie;     /* of PONG */
    MusterEyeFrame frame;
} MusterEyeEvent;

typedef struct MusterEyeStep {
    const EyeInput *inputs; /* at most EYE_ABI_INPUTS_MAX */
    uint32_t n_inputs;
    uint32_t frames;     /* drawn, of which the last one comes; 0: 1 */
    uint64_t dt_ns;      /* of virtual time for each; 0: one refresh of the output; below 2^32 */
    uint32_t timeout_ms; /* of each in the eye, which then sends the last picture as stale; 0: the eye's own */
    int wait_ms;         /* of muster_eye_step, for the frame; 0: without end */
    bool keeps_last;     /* the frame that came last stays held; otherwise the step releases it if it still is */
} MusterEyeStep;

/* Connects to eye.sock and waits for the eye's answer. */
int muster_eye_open(const char *path, const MusterEyeOptions *options, MusterEye **ret_eye, MusterEyeError *ret_error);
/* As muster_eye_open over a connected SOCK_SEQPACKET socket, which is taken, also when it fails. */
int muster_eye_open_fd(int fd, const MusterEyeOptions *options, MusterEye **ret_eye, MusterEyeError *ret_error);
/* Says goodbye, unmaps everything and closes; frames that are held are void. NULL is allowed. */
void muster_eye_close(MusterEye *eye);

const MusterEyeInfo *muster_eye_info(const MusterEye *eye);
/* What to poll for POLLIN before muster_eye_next with time-out 0. Ask again after each call: it may be a frame's fence. */
int muster_eye_fd(const MusterEye *eye);

/* The next event. `timeout_ms`: -1 waits, 0 does not. 1: there is one; 0: none came in time. A frame is held until it is
 * released; while as many are held as there are credits, none comes. */
int muster_eye_next(MusterEye *eye, int timeout_ms, MusterEyeEvent *ret_event, MusterEyeError *ret_error);
/* Gives the memory back. A second time is -EINVAL; that the eye is gone is no error, as it gave everything back with that. */
int muster_eye_release(MusterEye *eye, const MusterEyeFrame *frame, MusterEyeError *ret_error);

/* One step and its frame: muster_eye_send_step, then events until the frame of this step, a reset or a goodbye; what else
 * comes is released unseen. 1: there is one; 0: none came in wait_ms, and it will be an event later. */
int muster_eye_step(MusterEye *eye, const MusterEyeStep *step, MusterEyeEvent *ret_event, MusterEyeError *ret_error);
/* Only asks for the step; its frame is an event. Its number goes to `ret_step` unless that is NULL. */
int muster_eye_send_step(MusterEye *eye, const MusterEyeStep *step, uint64_t *ret_step, MusterEyeError *ret_error);
/* Inputs in free run, outside of a step. */
int muster_eye_send_inputs(MusterEye *eye, const EyeInput *inputs, uint32_t n, MusterEyeError *ret_error);
int muster_eye_ping(MusterEye *eye, uint64_t cookie, MusterEyeError *ret_error); /* asks for a PONG */

/* Codes by the names of linux/input-event-codes.h, in any case, with or without KEY_ and BTN_: "a", "leftshift", "left".
 * -1 and NULL: there is none. */
int muster_eye_key_code(const char *name);
int muster_eye_button_code(const char *name);
const char *muster_eye_key_name(uint16_t code);
const char *muster_eye_button_name(uint16_t code);

/* Inputs. For a step over several frames, set `.at` to the frame, from 0, before which it happens. */
EyeInput muster_eye_key(uint16_t code, bool is_pressed);
EyeInput muster_eye_button(uint16_t code, bool is_pressed);
EyeInput muster_eye_motion(double dx, double dy); /* pixels; for games that take the pointer for themselves */
EyeInput muster_eye_position(double x, double y); /* pixels of the output */
EyeInput muster_eye_wheel(double notches, bool is_horizontal); /* positive is down and right */
#ifdef __cplusplus
}
#endif
