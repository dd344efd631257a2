/* Launch log: reads what a hold appended (docs/hold-wire.md). Blocking: worker threads; one thread at a time.
 *
 * An offset counts bytes of the launch's frames, frame headers included, segment headers not. A frame begins at its
 * offset and the next one at offset + size, over the border of segments too. The reader never writes.
 */
#pragma once

#include "base/err.h"
#include "base/holdlog.h"
#include "base/mem.h"

typedef struct LaunchLog LaunchLog;

/* dirfd of streams/<lch>/ is borrowed until close. A launch without any segment is an empty log. */
int launchlog_open(int dirfd, LaunchLog **ret, Err *e);
void launchlog_close(LaunchLog *l);
CLEANUP_HOOK(LaunchLog, launchlog_close)

typedef struct LaunchFrame {
    uint64_t offset;
    HoldFrame frame; /* bytes lie in the batch's arena */
} LaunchFrame;

typedef enum LaunchLogCond {
    LAUNCHLOG_MORE, /* the bound was reached: read again from `next` */
    LAUNCHLOG_END,  /* no whole frame stands at `next` yet */
    LAUNCHLOG_GAP,  /* nothing is kept from `next` up to `resume` (removed, or the log is shorter): go on there */
    LAUNCHLOG_BAD   /* what stands at `next` is not a frame: torn by power loss, or damaged; see launchlog_pass */
} LaunchLogCond;

typedef struct LaunchBatch {
    LaunchFrame *frames; /* in the arena */
    size_t n;
    uint64_t next;   /* offset behind the last frame given */
    uint64_t resume; /* GAP only; below `next` when the offset asked for lies beyond the log's end */
    LaunchLogCond cond;
    bool saw_exit; /* the last frame given is the exit frame */
} LaunchBatch;

/* Whole frames from `offset` on, at most about bytes_max (always at least one if there is one). */
int launchlog_read(LaunchLog *l, uint64_t offset, size_t bytes_max, Arena *a, LaunchBatch *ret, Err *e);

/* Where reading goes on behind damage at `offset`: behind that frame if a whole frame stands there; else at the next
 * segment; else at the first place from which whole frames run unbroken to the end. `head`: the end that a living hold
 * reports, at which reading may go on too; 0: its hold is gone and the log ends with the file.
 * *ret_resume is `offset` itself when nothing whole stands behind it, or when it was read whole this time. */
int launchlog_pass(LaunchLog *l, uint64_t offset, uint64_t head, uint64_t *ret_resume, Err *e);

/* Removes the segments that lie wholly below `offset` and were last written before `older_than`, the oldest first; the
 * newest always stays. */
int launchlog_drop_below(int dirfd, uint64_t offset, TimeUs older_than, int *ret_removed, Err *e);
