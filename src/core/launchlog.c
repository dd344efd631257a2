#include "core/launchlog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/le.h"
#include "base/mem.h"
#include "base/vec.h"

enum {
    FRAME_MAX = HOLD_FRAME_HEADER + HOLD_FRAME_BYTES_MAX,
    HEAD_CHUNK = 1 << 20,
    SEGMENT_REST_MAX = 64 << 20,
    READS_MAX = 64
};

typedef VEC(uint64_t) Firsts;

struct LaunchLog {
    int dirfd;     /* borrowed */
    Firsts firsts; /* first offsets of the segments, ascending, as last listed */
    int fd;        /* the segment that was read last; -1 = none */
    HoldSegment segment;
};

/* ---- Segments ---- */

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int list_segments(int dirfd, Firsts *out, Err *e) {
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        fd_closep(&fd);
        return err_sys(e, "cannot list the log's segments");
    }
    vec_clear(out);
    struct dirent *entry;
    uint64_t first;
    while ((entry = readdir(dir))) {
        if (holdlog_segment_name_parse(str(entry->d_name), &first)) vec_push(out, first);
    }
    closedir(dir);
    if (out->n) qsort(out->items, out->n, sizeof out->items[0], compare_u64);
    return 0;
}

int launchlog_open(int dirfd, LaunchLog **ret, Err *e) {
    LaunchLog *l = mu_new(LaunchLog);
    l->dirfd = dirfd;
    l->fd = -1;
    int result = list_segments(dirfd, &l->firsts, e);
    if (result < 0)
        launchlog_close(l);
    else
        *ret = l;
    return result;
}

void launchlog_close(LaunchLog *l) {
    if (!l) return;
    fd_closep(&l->fd);
    vec_done(&l->firsts);
    free(l);
}

/* The index of the segment that contains `offset`; firsts.n when it is below the oldest. */
static size_t find_segment(const LaunchLog *l, uint64_t offset) {
    size_t i = l->firsts.n;
    while (i > 0 && l->firsts.items[i - 1] > offset) i--;
    return i > 0 ? i - 1 : l->firsts.n;
}

/* HOLD_CUT: the segment is gone, or its header is not yet complete. A damaged header hides no frame: the file's name
 * gives the first offset, and each frame has its own checksum. */
static HoldCond open_segment(LaunchLog *l, uint64_t first) {
    if (l->fd >= 0 && l->segment.first == first) return HOLD_WHOLE;
    fd_closep(&l->fd);
    char name[HOLD_SEGMENT_NAME_MAX], head[HOLD_SEGMENT_HEADER];
    holdlog_segment_name(first, name);
    CLEANUP(fd_closep) int fd = openat(l->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return errno == ENOENT ? HOLD_CUT : HOLD_BAD;
    ssize_t n = pread(fd, head, sizeof head, 0);
    HoldSegment segment;
    if (n < 0) return HOLD_BAD;
    HoldCond cond = holdlog_segment_parse(str_n(head, (size_t)n), &segment);
    if (cond == HOLD_CUT) return cond;
    if (cond == HOLD_WHOLE && segment.first != first) return HOLD_BAD;
    if (cond == HOLD_BAD) segment = (HoldSegment){.first = first};
    l->segment = segment;
    l->fd = TAKE_FD(fd);
    return HOLD_WHOLE;
}

int launchlog_end(const LaunchLog *l, uint64_t *ret, Err *e) {
    Firsts firsts = {0};
    char name[HOLD_SEGMENT_NAME_MAX];
    struct stat st = {0};
    *ret = 0;
    int result = list_segments(l->dirfd, &firsts, e);
    if (result == 0 && firsts.n) {
        *ret = firsts.items[firsts.n - 1];
        holdlog_segment_name(*ret, name);
        if (fstatat(l->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) result = err_sys(e, "cannot look at %s", name);
        if (st.st_size > HOLD_SEGMENT_HEADER) *ret += (uint64_t)st.st_size - HOLD_SEGMENT_HEADER;
    }
    vec_done(&firsts);
    return result;
}

/* ---- Reading ---- */

typedef struct Walk {
    LaunchLog *log;
    Arena *arena;
    size_t left;       /* bytes that may still be returned */
    bool is_refreshed; /* the segments were listed again for this walk */
    VEC(LaunchFrame) frames;
    LaunchBatch out;
} Walk;

/* Takes the frames at the start of `bytes`; returns the condition of what follows them. */
static HoldCond take_frames(Walk *w, Str bytes) {
    HoldFrame frame;
    size_t size;
    HoldCond cond = HOLD_CUT;
    while (w->left && !w->out.saw_exit && (cond = holdlog_frame_parse(bytes, &frame, &size)) == HOLD_WHOLE) {
        vec_push(&w->frames, (LaunchFrame){.offset = w->out.next, .frame = frame});
        w->out.next += size;
        w->out.saw_exit = frame.channel == HOLD_EXIT;
        w->left = size < w->left ? w->left - size : 0;
        bytes = str_from(bytes, size);
    }
    return cond;
}

/* Takes one chunk of the open segment. *ret_beyond: the file ends before the walk's position. */
static int read_chunk(Walk *w, HoldCond *ret, bool *ret_beyond, Err *e) {
    const LaunchLog *l = w->log;
    size_t want = w->left > FRAME_MAX ? w->left : FRAME_MAX;
    uint64_t at = HOLD_SEGMENT_HEADER + (w->out.next - l->segment.first);
    struct stat st;
    if (fstat(l->fd, &st) < 0) return err_sys(e, "cannot look at a segment of the log");
    *ret_beyond = (uint64_t)st.st_size < at;
    uint64_t there = *ret_beyond ? 0 : (uint64_t)st.st_size - at;
    if (want > there) want = (size_t)there;
    char *bytes = arena_alloc(w->arena, want + 1);
    ssize_t n = pread(l->fd, bytes, want, (off_t)at);
    if (n < 0) return err_sys(e, "cannot read the log");
    *ret = take_frames(w, str_n(bytes, (size_t)n));
    return 0;
}

static void finish(Walk *w, LaunchLogCond cond, uint64_t resume, bool *ret_done) {
    w->out.cond = cond;
    w->out.resume = resume;
    *ret_done = true;
}

static int refresh(Walk *w, Err *e) {
    w->is_refreshed = true;
    return list_segments(w->log->dirfd, &w->log->firsts, e);
}

/* The offset after the last whole frame of the segment that begins at `first`. */
static int find_head(LaunchLog *l, uint64_t first, uint64_t *ret, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchBatch batch = {.next = first};
    do {
        arena_reset(a);
        TRY(launchlog_read(l, batch.next, HEAD_CHUNK, a, &batch, e));
    } while (batch.cond == LAUNCHLOG_MORE);
    *ret = batch.next;
    return 0;
}

/* There is no whole frame at the walk's position in segment i: a later segment continues, or nothing does yet. The list
 * may be out of date, because the hold begins segments and the terminal's hold removes them. */
static int end_of_segment(Walk *w, size_t i, bool is_beyond, bool *ret_done, Err *e) {
    const Firsts *firsts = &w->log->firsts;
    bool has_later = i + 1 < firsts->n;
    if (has_later && firsts->items[i + 1] == w->out.next) return 0;
    if (!w->is_refreshed) return refresh(w, e);
    if (has_later) {
        finish(w, LAUNCHLOG_GAP, firsts->items[i + 1], ret_done);
        return 0;
    }
    uint64_t head = 0;
    if (is_beyond) TRY(find_head(w->log, firsts->items[i], &head, e));
    finish(w, is_beyond ? LAUNCHLOG_GAP : LAUNCHLOG_END, head, ret_done);
    return 0;
}

static int before_first_segment(Walk *w, bool *ret_done, Err *e) {
    const Firsts *firsts = &w->log->firsts;
    if (!w->is_refreshed) return refresh(w, e);
    bool is_empty = firsts->n == 0;
    finish(w, is_empty && w->out.next == 0 ? LAUNCHLOG_END : LAUNCHLOG_GAP, is_empty ? 0 : firsts->items[0], ret_done);
    return 0;
}

static int step(Walk *w, bool *ret_done, Err *e) {
    LaunchLog *l = w->log;
    size_t i = find_segment(l, w->out.next);
    if (i == l->firsts.n) return before_first_segment(w, ret_done, e);
    HoldCond cond = open_segment(l, l->firsts.items[i]);
    uint64_t before = w->out.next;
    bool is_beyond = before > l->firsts.items[i];
    if (cond == HOLD_CUT) return end_of_segment(w, i, is_beyond, ret_done, e);
    if (cond == HOLD_WHOLE) TRY(read_chunk(w, &cond, &is_beyond, e));
    if (w->out.saw_exit)
        finish(w, LAUNCHLOG_END, 0, ret_done);
    else if (w->left == 0)
        finish(w, LAUNCHLOG_MORE, 0, ret_done);
    else if (cond == HOLD_BAD)
        finish(w, LAUNCHLOG_BAD, 0, ret_done);
    else if (w->out.next == before)
        return end_of_segment(w, i, is_beyond, ret_done, e);
    return 0;
}

int launchlog_read(LaunchLog *l, uint64_t offset, size_t bytes_max, Arena *a, LaunchBatch *ret, Err *e) {
    Walk w = {.log = l, .arena = a, .left = bytes_max ? bytes_max : 1, .out = {.next = offset}};
    bool is_done = false;
    int result = 0;
    while (!is_done && result == 0) result = step(&w, &is_done, e);
    if (result == 0) {
        w.out.n = w.frames.n;
        w.out.frames = arena_array(a, w.frames.n + 1, sizeof *w.out.frames);
        if (w.frames.n) memcpy(w.out.frames, w.frames.items, w.frames.n * sizeof *w.frames.items);
        *ret = w.out;
    }
    vec_done(&w.frames);
    return result;
}

/* ---- Skipping damage ---- */

static HoldCond frame_at(Str bytes, size_t at, size_t *ret_size) {
    HoldFrame frame;
    return holdlog_frame_parse(str_from(bytes, at), &frame, ret_size);
}

/* The first position after 0 from which whole frames run without a break to the end of `bytes`, which itself counts as
 * such a position. Searches from the end to the start, so that each position is examined once; a checksum is computed
 * only where the frame would end at a good position. */
static size_t find_run(Str bytes) {
    bool *good = mu_array(bytes.n + 1, sizeof *good);
    size_t first = bytes.n;
    good[bytes.n] = true;
    for (size_t at = bytes.n; at-- > 1;) {
        size_t size = bytes.n - at < HOLD_FRAME_HEADER ? 0 : HOLD_FRAME_HEADER + (size_t)le_load32(bytes.p + at);
        if (!size || size > bytes.n - at || !good[at + size]) continue;
        good[at] = frame_at(bytes, at, &size) == HOLD_WHOLE;
        if (good[at]) first = at;
    }
    free(good);
    return first;
}

/* The position after a damaged frame whose length is intact; 0 if neither a whole frame nor the segment's end is
 * there. */
static size_t after_frame(Str bytes, bool ends_well) {
    if (bytes.n < HOLD_FRAME_HEADER) return 0;
    size_t size, at = HOLD_FRAME_HEADER + (size_t)le_load32(bytes.p);
    if (at == bytes.n) return ends_well ? at : 0;
    return at < bytes.n && frame_at(bytes, at, &size) == HOLD_WHOLE ? at : 0;
}

/* Reads the open segment from `offset` to `end` or the file's end. */
static int read_rest(LaunchLog *l, uint64_t offset, uint64_t end, Arena *a, Str *ret, Err *e) {
    struct stat st;
    uint64_t at = HOLD_SEGMENT_HEADER + (offset - l->segment.first);
    if (fstat(l->fd, &st) < 0) return err_sys(e, "cannot look at a segment of the log");
    uint64_t there = (uint64_t)st.st_size > at ? (uint64_t)st.st_size - at : 0;
    if (end && there > end - offset) there = end - offset;
    if (there > SEGMENT_REST_MAX) there = SEGMENT_REST_MAX;
    char *bytes = arena_alloc(a, (size_t)there + 1);
    ssize_t n = pread(l->fd, bytes, (size_t)there, (off_t)at);
    if (n < 0) return err_sys(e, "cannot read the log");
    *ret = str_n(bytes, (size_t)n);
    return 0;
}

int launchlog_skip_damage(LaunchLog *l, uint64_t offset, uint64_t head, uint64_t *ret_resume, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str bytes = {0};
    size_t size;
    *ret_resume = offset;
    TRY(list_segments(l->dirfd, &l->firsts, e));
    size_t i = find_segment(l, offset);
    if (i == l->firsts.n) return 0;
    uint64_t next = i + 1 < l->firsts.n ? l->firsts.items[i + 1] : 0, end = next ? next : head;
    if (end && end <= offset) return 0;
    if (open_segment(l, l->firsts.items[i]) == HOLD_WHOLE) TRY(read_rest(l, offset, end, a, &bytes, e));
    if (frame_at(bytes, 0, &size) == HOLD_WHOLE) return 0;
    size_t passed = after_frame(bytes, end != 0);
    if (!passed && next) {
        *ret_resume = next;
        return 0;
    }
    if (!passed) passed = find_run(bytes);
    if (passed < bytes.n)
        *ret_resume = offset + passed;
    else if (end)
        *ret_resume = end;
    return 0;
}

/* ---- Removing ---- */

/* From the segment's first frame to the log's end. */
static int find_output(LaunchLog *l, uint64_t first, LaunchFrame *ret, bool *ret_found, uint64_t *ret_end, Err *e) {
    LaunchBatch b = {.cond = LAUNCHLOG_MORE, .next = first};
    for (int i = 0; b.cond == LAUNCHLOG_MORE && i < READS_MAX; i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        TRY(launchlog_read(l, b.next, HEAD_CHUNK, a, &b, e));
        for (size_t k = 0; k < b.n; k++) {
            HoldChannel c = b.frames[k].frame.channel;
            if (c != HOLD_STDOUT && c != HOLD_STDERR) continue;
            *ret = b.frames[k];
            ret->frame.bytes.p = NULL; /* it goes with the arena; its length stays */
            *ret_found = true;
        }
    }
    *ret_end = b.next;
    return 0;
}

int launchlog_last_output(LaunchLog *l, LaunchFrame *ret, bool *ret_found, uint64_t *ret_end, Err *e) {
    uint64_t end;
    *ret_found = false;
    *ret_end = 0;
    if (!l->firsts.n) return 0;
    uint64_t newest = l->firsts.items[l->firsts.n - 1], before = l->firsts.n > 1 ? l->firsts.items[l->firsts.n - 2] : 0;
    TRY(find_output(l, newest, ret, ret_found, ret_end, e));
    return *ret_found || l->firsts.n == 1 ? 0 : find_output(l, before, ret, ret_found, &end, e);
}

static bool is_older(int dirfd, const char *name, TimeUs than) {
    struct stat st;
    return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (int64_t)st.st_mtime * 1000000 < than;
}

int launchlog_drop_below(int dirfd, uint64_t offset, TimeUs older_than, int *ret_removed, Err *e) {
    Firsts firsts = {0};
    int removed = 0, result = list_segments(dirfd, &firsts, e);
    for (size_t i = 0; result == 0 && i + 1 < firsts.n && firsts.items[i + 1] <= offset; i++) {
        char name[HOLD_SEGMENT_NAME_MAX];
        holdlog_segment_name(firsts.items[i], name);
        if (!is_older(dirfd, name, older_than)) break;
        if (unlinkat(dirfd, name, 0) == 0)
            removed++;
        else if (errno != ENOENT)
            result = err_sys(e, "cannot remove %s", name);
    }
    vec_done(&firsts);
    if (result == 0) *ret_removed = removed;
    return result;
}
