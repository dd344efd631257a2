/* Small JPEGs of frames, made by a thread of their own. The loop thread gives and takes jobs; a job belongs to the thread in
 * between. */
#pragma once

#include "base/eyeview.h"
#include "eye/buffer.h"

typedef struct EncodeJob {
    List link;      /* Encoder.waiting or Encoder.done */
    Buffer *buffer; /* of the ring, held by the loop thread */
    const uint8_t *pixels;
    uint32_t width, height, stride;
    uint32_t to_width, to_height; /* at most width and height */
    int quality;
    EyeViewPicture picture; /* what goes before the JPEG */
    int viewer;             /* slot, and which connection of it */
    uint64_t connection;
    unsigned char *jpeg; /* result: free(); NULL: it failed */
    unsigned long n_jpeg;
} EncodeJob;

typedef struct Encoder Encoder;

Encoder *encoder_new(int *ret_event_fd, Err *e); /* readable when a job is done; NULL with an error */
void encoder_free(Encoder *en);                  /* waits for the job in work; drops the others without their buffers */
void encoder_give(Encoder *en, EncodeJob *job);  /* taken */
EncodeJob *encoder_take(Encoder *en);            /* a done one; NULL: none */
void encode_job_free(EncodeJob *job);
