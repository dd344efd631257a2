/* Log file: appends frames to the segments of one launch (docs/hold-wire.md, "Log").
 *
 * A frame is complete or absent: on failure the head does not move, and the next attempt overwrites the same position.
 * Where the file system supports it, 4 KiB after the head stay allocated, so that the exit frame fits on a full disk.
 */
#pragma once

#include "base/err.h"
#include "base/holdlog.h"
#include "base/vec.h"

typedef struct LogFile {
    int dirfd;              /* borrowed */
    int fd;                 /* newest segment */
    HoldSegment segment;    /* its header */
    uint64_t head;          /* offset after the last whole frame */
    uint64_t segment_bytes; /* size at which a new segment begins */
    uint64_t reserved;      /* file position up to which blocks are allocated */
    bool cannot_reserve;    /* the file system has no fallocate */
    bool is_dirty;
    VEC(uint64_t) firsts; /* first offsets of the segments that have not been dropped, oldest first */
} LogFile;

/* Starts the log with an empty segment at offset 0. */
int logfile_open(LogFile *l, int dirfd, const char *launch, uint64_t segment_bytes, Err *e);
void logfile_close(LogFile *l);

/* False: nothing was written; the disk is full or broken. */
bool logfile_put(LogFile *l, HoldChannel channel, Str bytes);
/* Writes one frame whose payload is `head` followed by `bytes`. */
bool logfile_put2(LogFile *l, HoldChannel channel, Str head, Str bytes);
/* The exit frame: uses the reserved space in the newest segment. */
bool logfile_put_last(LogFile *l, HoldChannel channel, Str bytes);
bool logfile_sync(LogFile *l);
uint64_t logfile_first(const LogFile *l);
/* Removes the oldest segment unless it is the newest; *ret is the range it covered. */
bool logfile_drop_oldest(LogFile *l, HoldGap *ret);
