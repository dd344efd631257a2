/* Log file.
 *
 * Invariants, and what would break them:
 * - `head` is the offset after the last whole frame, and it moves only after all bytes of a frame are written. A reader
 *   relies on that: moving it earlier would show a frame that may be cut.
 * - After a failed write the bytes behind `head` are removed before the next attempt. Without that, a shorter frame
 *   written over a longer one would leave bytes behind it that look like the start of another frame.
 * - `l->fd`, `l->segment` and `l->reserved` describe the same, newest segment. begin_segment replaces all of them
 *   together, and only after the new file has its header; on failure the old segment stays the newest.
 * - Before each write, blocks for the frame and for RESERVE_LAST more are allocated, so that the exit frame can be
 *   written on a full disk. A file system without fallocate has no such guarantee.
 */
#include "hold/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"

enum { RESERVE_LAST = 4096, RESERVE_STEP = 256 * 1024 };

/* "xxxxxxxx-xxxx-…" as 16 bytes; zeros if the kernel does not provide it. */
static void read_boot_id(uint8_t out[16]) {
    char text[40] = {0};
    memset(out, 0, 16);
    CLEANUP(fd_closep) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 36) return;
    static const char digits[] = "0123456789abcdef";
    size_t nibbles = 0;
    for (const char *c = text; *c && nibbles < 32; c++) {
        const char *digit = strchr(digits, *c);
        if (!digit) continue;
        out[nibbles / 2] |= (uint8_t)((digit - digits) << (nibbles % 2 ? 0 : 4));
        nibbles++;
    }
}

static uint64_t place_of(const LogFile *l, uint64_t offset) {
    return HOLD_SEGMENT_HEADER + (offset - l->segment.first);
}

/* Allocates blocks up to file position `to` and RESERVE_LAST more. A write into allocated blocks cannot fail because
 * the disk is full, so a frame is never half written for that reason. */
static bool reserve(LogFile *l, int fd, uint64_t to) {
    uint64_t want = to + RESERVE_LAST;
    if (l->cannot_reserve || want <= l->reserved) return true;
    uint64_t tries[] = {want + RESERVE_STEP, want};
    for (size_t i = 0; i < COUNT_OF(tries); i++) {
        if (fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)l->reserved, (off_t)(tries[i] - l->reserved)) == 0) {
            l->reserved = tries[i];
            return true;
        }
        if (errno == EOPNOTSUPP || errno == ENOSYS) {
            l->cannot_reserve = true;
            return true;
        }
    }
    return false;
}

static bool write_at(int fd, const struct iovec *parts, int n_parts, uint64_t at) {
    size_t total = 0;
    for (int i = 0; i < n_parts; i++) total += parts[i].iov_len;
    ssize_t written;
    do written = pwritev(fd, parts, n_parts, (off_t)at);
    while (written < 0 && errno == EINTR);
    return written == (ssize_t)total;
}

static void release_reserved(LogFile *l) {
    if (l->fd < 0) return;
    /* Truncating at the current end releases the blocks after it. A failure costs space, not content. */
    if (ftruncate(l->fd, (off_t)place_of(l, l->head)) < 0) l->is_dirty = true;
}

static bool begin_segment(LogFile *l) {
    HoldSegment segment = l->segment;
    segment.first = l->head;
    segment.at = clock_now_us();
    char name[HOLD_SEGMENT_NAME_MAX];
    holdlog_segment_name(segment.first, name);
    uint8_t head[HOLD_SEGMENT_HEADER];
    holdlog_segment_head(&segment, head);

    CLEANUP(fd_closep) int fd = openat(l->dirfd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    uint64_t reserved_before = l->reserved;
    l->reserved = 0;
    struct iovec part = {head, sizeof head};
    if (!reserve(l, fd, sizeof head) || !write_at(fd, &part, 1, 0)) {
        unlinkat(l->dirfd, name, 0);
        l->reserved = reserved_before;
        return false;
    }
    if (l->fd >= 0) {
        release_reserved(l);
        fdatasync(l->fd);
        close(l->fd);
    }
    l->fd = TAKE_FD(fd);
    l->segment = segment;
    l->is_dirty = true;
    vec_push(&l->firsts, segment.first);
    fsync(l->dirfd);
    return true;
}

int logfile_open(LogFile *l, int dirfd, const char *launch, uint64_t segment_bytes, Err *e) {
    *l = (LogFile){.dirfd = dirfd, .fd = -1, .segment_bytes = segment_bytes};
    snprintf(l->segment.launch, sizeof l->segment.launch, "%s", launch);
    read_boot_id(l->segment.boot_id);
    if (!begin_segment(l)) return err_sys(e, "cannot start the log");
    return 0;
}

void logfile_close(LogFile *l) {
    release_reserved(l);
    if (l->fd >= 0) close(l->fd);
    l->fd = -1;
    vec_done(&l->firsts);
}

/* Removes a partly written frame, so that no reader sees a mixture of it and the next attempt. */
static void take_back(LogFile *l) {
    release_reserved(l);
    l->reserved = place_of(l, l->head);
}

static bool write_frame(LogFile *l, HoldChannel channel, Str a, Str b) {
    HoldFrame frame = {.channel = channel, .at = clock_now_us(), .bytes = a};
    uint8_t head[HOLD_FRAME_HEADER];
    holdlog_frame_head(&frame, b, head);
    struct iovec parts[] = {{head, sizeof head}, {(void *)a.p, a.n}, {(void *)b.p, b.n}};
    if (!write_at(l->fd, parts, COUNT_OF(parts), place_of(l, l->head))) {
        take_back(l);
        return false;
    }
    l->head += sizeof head + a.n + b.n;
    l->is_dirty = true;
    return true;
}

bool logfile_put2(LogFile *l, HoldChannel channel, Str head, Str bytes) {
    uint64_t size = HOLD_FRAME_HEADER + head.n + bytes.n;
    uint64_t at = place_of(l, l->head);
    if (at + size > l->segment_bytes && l->head > l->segment.first) {
        if (!begin_segment(l)) return false;
        at = place_of(l, l->head);
    }
    return reserve(l, l->fd, at + size) && write_frame(l, channel, head, bytes);
}

bool logfile_put(LogFile *l, HoldChannel channel, Str bytes) { return logfile_put2(l, channel, (Str){0}, bytes); }

bool logfile_put_last(LogFile *l, HoldChannel channel, Str bytes) { return write_frame(l, channel, bytes, (Str){0}); }

bool logfile_sync(LogFile *l) {
    if (!l->is_dirty) return true;
    if (fdatasync(l->fd) < 0) return false;
    l->is_dirty = false;
    return true;
}

uint64_t logfile_first(const LogFile *l) { return l->firsts.items[0]; }

bool logfile_drop_oldest(LogFile *l, HoldGap *ret) {
    if (l->firsts.n < 2) return false;
    char name[HOLD_SEGMENT_NAME_MAX];
    holdlog_segment_name(l->firsts.items[0], name);
    if (unlinkat(l->dirfd, name, 0) < 0 && errno != ENOENT) return false;
    *ret = (HoldGap){l->firsts.items[0], l->firsts.items[1]};
    l->firsts.n--;
    memmove(l->firsts.items, l->firsts.items + 1, l->firsts.n * sizeof l->firsts.items[0]);
    return true;
}
