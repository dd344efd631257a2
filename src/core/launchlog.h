/* Launch log: reads what a hold has appended (docs/hold-wire.md). Blocking: worker threads; one thread at a time.
 *
 * An offset counts bytes of the launch's frames, including frame headers but not segment headers. A frame begins at its
 * offset and the next one at offset + size, across segments too. The reader never writes.
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
    HoldFrame frame; /* its bytes are in the batch's arena */
} LaunchFrame;

typedef enum LaunchLogCond {
    LAUNCHLOG_MORE, /* the bound was reached: read again from `next` */
    LAUNCHLOG_END,  /* there is no whole frame at `next` yet */
    LAUNCHLOG_GAP,  /* nothing exists from `next` to `resume` (removed, or the log is shorter): continue at `resume` */
    LAUNCHLOG_BAD   /* no valid frame at `next`: torn by power loss, or damaged; see launchlog_skip_damage */
} LaunchLogCond;

typedef struct LaunchBatch {
    LaunchFrame *frames; /* in the arena */
    size_t n;
    uint64_t next;   /* offset after the last frame returned */
    uint64_t resume; /* GAP only; below `next` when the requested offset is beyond the log's end */
    LaunchLogCond cond;
    bool saw_exit; /* the last frame returned is the exit frame */
} LaunchBatch;

/* Returns whole frames from `offset` on, at most about bytes_max (at least one if there is one). */
int launchlog_read(LaunchLog *l, uint64_t offset, size_t bytes_max, Arena *a, LaunchBatch *ret, Err *e);

/* Where the log ends by now: no whole frame that is there ends behind it. */
int launchlog_end(const LaunchLog *l, uint64_t *ret, Err *e);

/* Finds where to continue reading after damage at `offset`: after that frame if a whole frame follows; otherwise at the
 * next segment; otherwise at the first position from which whole frames run without a break to the end. `head`: the end
 * that a living hold reports, which is also a position to continue at; 0: the hold is gone and the log ends with the
 * file. *ret_resume is `offset` itself when no whole frame follows, or when this time the frame could be read. */
int launchlog_skip_damage(LaunchLog *l, uint64_t offset, uint64_t head, uint64_t *ret_resume, Err *e);

/* The newest frame of the child's output: in the last segment, or in the one before it. *ret_found: false if there is
 * none. Reads at most those two. *ret_end: the offset behind the last whole frame. */
int launchlog_last_output(LaunchLog *l, LaunchFrame *ret, bool *ret_found, uint64_t *ret_end, Err *e);

/* Removes the segments that are entirely below `offset` and were last written before `older_than`, oldest first; the
 * newest segment always stays. */
int launchlog_drop_below(int dirfd, uint64_t offset, TimeUs older_than, int *ret_removed, Err *e);
