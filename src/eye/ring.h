/* The eye's own buffers: copies for those who may not hold a client's memory, and composed pictures. */
#pragma once

#include "eye/frame.h"

enum { RING_EXTRA = 6 }; /* beyond the configured number: for a stepper that must get its frame */

typedef struct RingSlot {
    Buffer *buffer;  /* one reference; NULL: not made yet */
    uint8_t *pixels; /* writable */
    size_t size;
    bool is_free;
} RingSlot;

struct Ring {
    Eye *eye;
    RingSlot slots[EYE_BUFFERS_MAX + RING_EXTRA];
};

void ring_init(Eye *eye);
void ring_drop(Eye *eye); /* those that are free; the others when they come back: the size is another one */
/* A free buffer of that size and its pixels, held once for the caller. NULL: none is free. `must`: may take an extra one. */
Buffer *ring_take(Eye *eye, uint32_t width, uint32_t height, bool must, uint8_t **ret_pixels);
/* A copy of `from`, likewise. Guards against memory that its owner truncates: what is missing is black. */
Buffer *ring_copy(Eye *eye, const Buffer *from, bool must);
