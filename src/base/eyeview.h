/* The wire between the daemon and an eye's view.sock (SOCK_STREAM): small pictures for people who watch, and what they do.
 *
 * One connection is one viewer. Each message is a u32 with the length of what follows it, a u8 type and the body, little
 * endian. The eye sends a picture only when the last one was acknowledged; the newest wins, and nothing is encoded
 * while nobody wants pictures.
 */
#pragma once

#include <stdint.h>

enum {
    EYE_VIEW_MESSAGE_MAX = 8 << 20, /* length of type and body, from the eye */
    EYE_VIEW_ORDER_MAX = 64 << 10,  /* likewise, from the daemon */
    EYE_VIEW_HZ_MAX = 30,
};

enum EyeViewType {
    /* eye → daemon */
    EYE_VIEW_PICTURE = 1, /* EyeViewPicture, then a JPEG (4:2:0, sRGB) */
    EYE_VIEW_LEASE = 2,   /* u8: 1 this viewer holds the step; then the holder's name, which may be empty */
    EYE_VIEW_REFUSED = 3, /* text: why an input or an order of this viewer did nothing */
    /* daemon → eye */
    EYE_VIEW_WANT = 16,  /* EyeViewWant */
    EYE_VIEW_ACK = 17,   /* u64 frame_id: of the last picture */
    EYE_VIEW_INPUT = 18, /* EyeInput (muster-eye-abi.h), any number; refused while another consumer holds the step */
    EYE_VIEW_TAKE = 19,  /* takes the step lease, also from another holder; u16 name length, name */
    EYE_VIEW_GIVE = 20,  /* gives it back */
    EYE_VIEW_HOLD = 21,  /* u8: 1 time stands still, 0 it goes on at the eye's rate; only with the lease */
    EYE_VIEW_STEP = 22,  /* u32: so many steps, while time stands still */
};

typedef struct __attribute__((packed)) EyeViewPicture {
    uint64_t frame_id, step, generation;
    uint32_t width, height; /* of the output; inputs use its pixels */
    uint32_t flags;         /* EyeAbiFrameFlags */
    uint64_t commit_ns;     /* CLOCK_MONOTONIC */
    uint16_t jpeg_width, jpeg_height;
} EyeViewPicture;

typedef struct __attribute__((packed)) EyeViewWant {
    uint16_t max_width, max_height; /* the picture is made smaller to fit, never larger */
    uint8_t quality;                /* 1 to 100 */
    uint8_t hz;                     /* at most; 0: no pictures */
} EyeViewWant;
