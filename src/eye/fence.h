/* Fences of dma-bufs: when a client's GPU has finished writing a buffer, and when a consumer's has finished reading it.
 *
 * The kernel keeps them with the dma-buf (linux/dma-buf.h, DMA_BUF_IOCTL_EXPORT_SYNC_FILE and _IMPORT_SYNC_FILE, Linux 6.0
 * and later). Where it has no such ioctl, the dma-buf itself is polled: it is readable when nobody writes it any more.
 * Nothing here blocks: what is not finished is waited for in the event loop, FENCE_WAIT_MS at most.
 */
#pragma once

#include "eye/buffer.h"

enum { FENCE_WAIT_MS = 1000 };

/* A descriptor of the caller's that becomes readable when what was written into `b` until now is there. -1: it is there
 * already, or `b` is no dma-buf. */
int fence_of_writes(const Buffer *b);
/* The same as a sync file, which a consumer can wait for itself. -1: also where the kernel exports none. */
int fence_export(const Buffer *b);

typedef struct FenceWait FenceWait;
/* Calls done once, in a later turn of the loop: when fd is readable, or, after a report, when it was not in time. Takes fd.
 * NULL: it cannot be waited for, and done is not called. `what`: a literal, of the report. */
FenceWait *fence_wait(Eye *eye, int fd, const char *what, void (*done)(void *data, bool is_signalled), void *data);
void fence_cancel(FenceWait *w); /* done is not called; NULL: nothing */

/* Instead of buffer_unhold: gives a dma-buf back that is read until `fd`, which is borrowed, signals. */
void fence_unhold(Buffer *b, int fd);
void fences_done(Eye *eye); /* all waits end */
