#include "core/launchlog.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"

/* A log written by the test: segments of a few frames. */
typedef struct Made {
    char dir[300];
    int dirfd;
    Buf segment; /* bytes of the newest one, including its header */
    uint64_t first, at;
} Made;

static void store(Made *m) {
    char name[HOLD_SEGMENT_NAME_MAX];
    holdlog_segment_name(m->first, name);
    CLEANUP(fd_closep) int fd = openat(m->dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, m->segment.p, m->segment.n) == (ssize_t)m->segment.n);
}

static void begin_segment(Made *m) {
    uint8_t head[HOLD_SEGMENT_HEADER];
    HoldSegment s = {.first = m->at, .launch = "lch_test", .boot_id = {7}};
    holdlog_segment_head(&s, head);
    m->first = m->at;
    buf_clear(&m->segment);
    buf_add(&m->segment, head, sizeof head);
    store(m);
}

static uint64_t add(Made *m, HoldChannel channel, Str bytes) {
    uint64_t at = m->at;
    uint8_t head[HOLD_FRAME_HEADER];
    holdlog_frame_head(&(HoldFrame){.channel = channel, .at = 1000 + (TimeUs)at, .bytes = bytes}, (Str){0}, head);
    buf_add(&m->segment, head, sizeof head);
    buf_add_str(&m->segment, bytes);
    m->at += sizeof head + bytes.n;
    store(m);
    return at;
}

static void made_open(Made *m, const char *name) {
    *m = (Made){.dirfd = -1};
    buf_init(&m->segment, 1 << 22);
    snprintf(m->dir, sizeof m->dir, "%s/%s", test_dir(), name);
    CHECK(mkdir(m->dir, 0700) == 0);
    m->dirfd = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(m->dirfd >= 0);
}

static void made_close(Made *m) {
    buf_done(&m->segment);
    fd_closep(&m->dirfd);
}

static LaunchBatch read_at(const Made *m, uint64_t offset, size_t max, Arena *a) {
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    LaunchBatch batch;
    Err e = {0};
    CHECK_OK(launchlog_open(m->dirfd, &log, &e), e);
    CHECK_OK(launchlog_read(log, offset, max, a, &batch, &e), e);
    return batch;
}

TEST(a_launch_without_segments_is_an_empty_log) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Made m;
    made_open(&m, "empty");
    LaunchBatch b = read_at(&m, 0, 100, a);
    CHECK_I64(b.cond, LAUNCHLOG_END);
    CHECK_I64(b.n, 0);
    b = read_at(&m, 50, 100, a);
    CHECK_I64(b.cond, LAUNCHLOG_GAP);
    CHECK_I64(b.resume, 0);
    made_close(&m);
}

TEST(frames_are_read_across_segments) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Made m;
    made_open(&m, "borders");
    static const char *const texts[] = {"one", "two", "three", "four", "five"};
    uint64_t offsets[COUNT_OF(texts)];
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (i % 2 == 0) begin_segment(&m);
        offsets[i] = add(&m, HOLD_STDOUT, str(texts[i]));
    }
    for (size_t from = 0; from < COUNT_OF(texts); from++) {
        LaunchBatch b = read_at(&m, offsets[from], 1 << 20, a);
        CHECK_I64(b.n, COUNT_OF(texts) - from);
        CHECK_I64(b.cond, LAUNCHLOG_END);
        CHECK_I64(b.next, m.at);
        for (size_t i = 0; i < b.n; i++) {
            CHECK_I64(b.frames[i].offset, offsets[from + i]);
            CHECK_STR(b.frames[i].frame.bytes, texts[from + i]);
        }
    }
    made_close(&m);
}

TEST(a_bound_is_kept_and_reading_on_gives_every_frame_once) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Made m;
    made_open(&m, "bound");
    enum { FRAMES = 100, LARGE = 3000 };
    static char bytes[LARGE];
    for (size_t i = 0; i < FRAMES; i++) {
        if (i % 30 == 0) begin_segment(&m);
        add(&m, HOLD_STDOUT, str_n(bytes, 1 + i * 29));
    }
    for (size_t max = 1; max < 200000; max = max * 7 + 1) {
        uint64_t at = 0;
        size_t n = 0;
        LaunchBatch b;
        do {
            b = read_at(&m, at, max, a);
            CHECK(b.n > 0 || b.cond == LAUNCHLOG_END);
            CHECK(b.next - at < max + LARGE + HOLD_FRAME_HEADER);
            for (size_t i = 0; i < b.n; i++) CHECK_I64(b.frames[i].frame.bytes.n, 1 + (n + i) * 29);
            n += b.n;
            at = b.next;
        } while (b.cond == LAUNCHLOG_MORE);
        CHECK_I64(n, FRAMES);
        CHECK_I64(at, m.at);
    }
    made_close(&m);
}

/* What a killed hold or a power loss may leave. */
TEST(a_log_that_is_cut_at_any_byte_gives_exactly_its_whole_frames) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Made m;
    made_open(&m, "cut");
    begin_segment(&m);
    add(&m, HOLD_STDOUT, STR("first segment"));
    begin_segment(&m);
    uint64_t begin = m.first, ends[4] = {begin};
    static const char *const texts[] = {"alpha", "", "gamma gamma"};
    for (size_t i = 0; i < 3; i++) {
        add(&m, HOLD_STDOUT, str(texts[i]));
        ends[i + 1] = m.at;
    }
    size_t whole = m.segment.n;
    for (size_t n = 0; n <= whole; n++) {
        m.segment.n = n;
        store(&m);
        size_t want = 0;
        while (want < 3 && HOLD_SEGMENT_HEADER + (ends[want + 1] - begin) <= n) want++;
        LaunchBatch b = read_at(&m, 0, 1 << 20, a);
        CHECK_I64(b.cond, LAUNCHLOG_END);
        CHECK_I64(b.n, want + 1);
        CHECK_I64(b.next, ends[want]);
        /* An offset derived before the tail was lost is beyond the end. */
        b = read_at(&m, ends[3], 1 << 20, a);
        CHECK_I64(b.cond, want == 3 ? LAUNCHLOG_END : LAUNCHLOG_GAP);
        if (want < 3) CHECK_I64(b.resume, ends[want]);
        arena_reset(a);
    }
    made_close(&m);
}

TEST(a_missing_segment_is_a_gap_with_the_offset_to_continue_at) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Made m;
    made_open(&m, "gone");
    uint64_t firsts[3];
    for (size_t i = 0; i < 3; i++) {
        begin_segment(&m);
        firsts[i] = m.first;
        add(&m, HOLD_STDOUT, STR("text"));
    }
    char name[HOLD_SEGMENT_NAME_MAX];
    holdlog_segment_name(firsts[1], name);
    CHECK(unlinkat(m.dirfd, name, 0) == 0);
    LaunchBatch b = read_at(&m, 0, 1 << 20, a);
    CHECK_I64(b.n, 1);
    CHECK_I64(b.cond, LAUNCHLOG_GAP);
    CHECK_I64(b.next, firsts[1]);
    CHECK_I64(b.resume, firsts[2]);
    holdlog_segment_name(firsts[0], name);
    CHECK(unlinkat(m.dirfd, name, 0) == 0);
    b = read_at(&m, 0, 1 << 20, a);
    CHECK_I64(b.n, 0);
    CHECK_I64(b.cond, LAUNCHLOG_GAP);
    CHECK_I64(b.resume, firsts[2]);
    made_close(&m);
}

TEST(an_open_log_sees_segments_that_are_added_and_removed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    Made m;
    Err e = {0};
    LaunchBatch b;
    made_open(&m, "growing");
    CHECK_OK(launchlog_open(m.dirfd, &log, &e), e);
    uint64_t at = 0;
    for (int i = 0; i < 10; i++) {
        if (i % 3 == 0) begin_segment(&m);
        add(&m, HOLD_STDOUT, STR("text"));
        CHECK_OK(launchlog_read(log, at, 1 << 20, a, &b, &e), e);
        CHECK_I64(b.n, 1);
        at = b.next;
    }
    int removed;
    CHECK_OK(launchlog_drop_below(m.dirfd, at, INT64_MAX, &removed, &e), e);
    CHECK_I64(removed, 3); /* the newest stays */
    CHECK_OK(launchlog_read(log, 0, 1 << 20, a, &b, &e), e);
    CHECK_I64(b.cond, LAUNCHLOG_GAP);
    CHECK_I64(b.resume, m.first);
    CHECK_OK(launchlog_drop_below(m.dirfd, at, INT64_MAX, &removed, &e), e);
    CHECK_I64(removed, 0);
    made_close(&m);
}

TEST(a_damaged_frame_is_reported_after_the_frames_before_it) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Made m;
    made_open(&m, "damaged");
    begin_segment(&m);
    add(&m, HOLD_STDOUT, STR("good"));
    uint64_t bad = add(&m, HOLD_STDOUT, STR("damaged"));
    add(&m, HOLD_STDOUT, STR("behind"));
    m.segment.p[HOLD_SEGMENT_HEADER + bad + HOLD_FRAME_HEADER] ^= 1;
    store(&m);
    LaunchBatch b = read_at(&m, 0, 1 << 20, a);
    CHECK_I64(b.n, 1);
    CHECK_I64(b.cond, LAUNCHLOG_BAD);
    CHECK_I64(b.next, bad);
    made_close(&m);
}

/* How many frames a reader that skips damage returns, and how often it skipped. */
static size_t read_past(const Made *m, uint64_t head, uint64_t *ret_end, size_t *ret_n_gaps) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    LaunchBatch b;
    Err e = {0};
    size_t n = 0;
    uint64_t at = 0;
    *ret_n_gaps = 0;
    CHECK_OK(launchlog_open(m->dirfd, &log, &e), e);
    for (bool goes_on = true; goes_on;) {
        CHECK_OK(launchlog_read(log, at, 1 << 20, a, &b, &e), e);
        uint64_t resume = b.next;
        if (b.n == 0) CHECK_OK(launchlog_skip_damage(log, b.next, head, &resume, &e), e);
        for (size_t i = 0; i < b.n; i++) CHECK(str_starts(b.frames[i].frame.bytes, STR("frame ")));
        *ret_n_gaps += resume > b.next;
        n += b.n;
        goes_on = b.n || resume > b.next;
        at = resume;
    }
    *ret_end = at;
    return n;
}

/* One byte of the log is wrong, at any position: only the damaged frame is lost, unless its length is damaged and
 * another segment follows. */
TEST(reading_continues_after_damage_at_every_byte) {
    enum { SEGMENTS = 2, EACH = 4 };
    Made m;
    made_open(&m, "flipped");
    for (int segment = 0; segment < SEGMENTS; segment++) {
        begin_segment(&m);
        for (int i = 0; i < EACH; i++)
            add(&m, HOLD_STDOUT, str_upto(STR("frame that has so many bytes"), 8 + (size_t)i));
        size_t size = m.segment.n;
        bool is_last = segment == SEGMENTS - 1;
        if (!is_last) continue;
        uint64_t head = m.at, end;
        for (size_t at = 0; at < size; at++) {
            size_t frame = 0, place = at - HOLD_SEGMENT_HEADER, gaps;
            for (; at >= HOLD_SEGMENT_HEADER && place >= HOLD_FRAME_HEADER + 8 + frame; frame++)
                place -= HOLD_FRAME_HEADER + 8 + frame;
            size_t lost = at >= HOLD_SEGMENT_HEADER;
            m.segment.p[at] ^= 1;
            store(&m);
            CHECK_I64(read_past(&m, head, &end, &gaps), SEGMENTS * EACH - lost);
            CHECK_I64(end, head);
            CHECK_I64(gaps, lost);
            /* Without a hold, damage at the end was caused by a power loss: nothing follows it. */
            size_t n = read_past(&m, 0, &end, &gaps);
            CHECK_I64(n, SEGMENTS * EACH - lost);
            CHECK_I64(gaps, lost && frame < EACH - 1);
            CHECK_I64(end, lost && frame == EACH - 1 ? head - (HOLD_FRAME_HEADER + 8 + EACH - 1) : head);
            m.segment.p[at] ^= 1;
        }
    }
    made_close(&m);
}

TEST(a_damaged_length_costs_the_rest_of_a_segment_that_another_follows) {
    Made m;
    uint64_t end;
    size_t gaps;
    made_open(&m, "length");
    begin_segment(&m);
    add(&m, HOLD_STDOUT, STR("frame 1"));
    uint64_t bad = add(&m, HOLD_STDOUT, STR("frame 2"));
    add(&m, HOLD_STDOUT, STR("frame 3"));
    m.segment.p[HOLD_SEGMENT_HEADER + bad + 2] ^= 0x40;
    store(&m);
    begin_segment(&m);
    add(&m, HOLD_STDOUT, STR("frame 4"));
    CHECK_I64(read_past(&m, m.at, &end, &gaps), 2);
    CHECK_I64(gaps, 1);
    CHECK_I64(end, m.at);
    made_close(&m);
}

/* An incomplete frame is waited for while a hold may be writing it; without a hold it ends the log. */
TEST(nothing_is_skipped_without_damage) {
    Made m;
    uint64_t end;
    size_t gaps;
    made_open(&m, "torn");
    begin_segment(&m);
    uint64_t head = add(&m, HOLD_STDOUT, STR("frame 1"));
    head = add(&m, HOLD_STDOUT, STR("frame 2"));
    m.segment.n -= 3;
    store(&m);
    for (uint64_t reported = 0; reported <= head; reported += head) {
        CHECK_I64(read_past(&m, reported, &end, &gaps), 1);
        CHECK_I64(gaps, 0);
        CHECK_I64(end, head);
    }
    made_close(&m);
}

TEST(nothing_is_returned_after_the_exit) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf body;
    Made m;
    made_open(&m, "exit");
    begin_segment(&m);
    buf_init(&body, 1024);
    holdlog_put_exit(&body, &(HoldExit){.code = 4, .reason = STR("exit"), .text = STR("exited with code 4")});
    add(&m, HOLD_EXIT, buf_str(&body));
    add(&m, HOLD_STDOUT, STR("behind"));
    LaunchBatch b = read_at(&m, 0, 1 << 20, a);
    CHECK(b.saw_exit);
    CHECK_I64(b.n, 1);
    made_close(&m);
}

/* Derived segments are kept as long as the retention says. */
TEST(recent_segments_are_kept) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Made m;
    Err e = {0};
    int removed;
    made_open(&m, "young");
    for (int i = 0; i < 3; i++) {
        begin_segment(&m);
        add(&m, HOLD_STDOUT, STR("text"));
    }
    CHECK_OK(launchlog_drop_below(m.dirfd, m.at, clock_now_us() - 3600ll * 1000000, &removed, &e), e);
    CHECK_I64(removed, 0);
    CHECK_I64(read_at(&m, 0, 1 << 20, a).n, 3);
    made_close(&m);
}

/* What is not the program's output does not count, and a segment that has just begun has none yet. */
TEST(the_newest_output_is_found_in_the_last_two_segments) {
    Made m;
    Err e = {0};
    made_open(&m, "last");
    for (int step = 0; step < 3; step++) {
        CLEANUP(launchlog_closep) LaunchLog *log = NULL;
        LaunchFrame last;
        bool is_found;
        uint64_t end, at = 0;
        begin_segment(&m);
        if (step == 1) add(&m, HOLD_STDOUT, STR("out"));
        if (step == 1) at = add(&m, HOLD_STDERR, STR("wrong"));
        if (step < 2) add(&m, HOLD_INPUT, STR("in"));
        CHECK_OK(launchlog_open(m.dirfd, &log, &e), e);
        CHECK_OK(launchlog_last_output(log, &last, &is_found, &end, &e), e);
        CHECK_I64(is_found, step > 0);
        CHECK_I64(end, m.at);
        if (!is_found) continue;
        CHECK_I64(last.frame.channel, HOLD_STDERR);
        CHECK_I64(last.frame.bytes.n, 5);
        if (step == 1) CHECK_I64(last.offset, at);
    }
    made_close(&m);
}
