/* From a launch's log to events: however the bytes were cut into frames, and wherever the daemon died between two
 * frames, the list of events with their places is the same. */
#include "conversation/derive.h"

#include <fcntl.h>
#include <unistd.h>

#include "adapter/adapters.h"
#include "adapter/replay.h"
#include "base/mem.h"
#include "base/test.h"
#include "base/vec.h"

enum { FILE_MAX = 16 << 20, LIST_MAX = 64 << 20, STATE_MAX = 1 << 18 };

/* ---- a log, written frame by frame ---- */

typedef struct Log {
    const Adapter *adapter;
    Arena *arena;
    VEC(LaunchFrame) frames;
    uint64_t head;
    int64_t n_inputs;
    uint64_t random;
} Log;

static unsigned next_random(Log *l, unsigned below) {
    l->random = l->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(l->random >> 33) % below;
}

static void log_open(Log *l, uint64_t seed) {
    *l = (Log){.adapter = &adapter_claude, .arena = arena_new(), .random = seed};
}

static void log_close(Log *l) {
    vec_done(&l->frames);
    arena_free(l->arena);
}

static void add_frame(Log *l, HoldChannel channel, Str bytes) {
    LaunchFrame f = {.offset = l->head,
                     .frame = {.channel = channel,
                               .at = 1700000000000000 + (TimeUs)l->frames.n * 1000,
                               .bytes = arena_str(l->arena, bytes)}};
    vec_push(&l->frames, f);
    l->head += HOLD_FRAME_HEADER + bytes.n;
}

static void add_part(Log *l, Str whole, size_t at, size_t n) {
    CLEANUP(buf_done) Buf b;
    uint8_t head[HOLD_INPUT_HEAD];
    HoldInput in = {.n = (uint64_t)l->n_inputs, .total = (uint32_t)whole.n, .at = (uint32_t)at};
    buf_init(&b, FILE_MAX);
    holdlog_input_head(&in, head);
    buf_add(&b, head, sizeof head);
    buf_add_str(&b, str_upto(str_from(whole, at), n));
    add_frame(l, HOLD_INPUT, buf_str(&b));
}

/* An input of one line, in frames of at most part_max bytes. */
static void add_input(Log *l, Str line, size_t part_max) {
    Str whole = arena_fmt(l->arena, STR_FMT "\n", STR_ARG(line));
    l->n_inputs++;
    for (size_t at = 0; at < whole.n; at += part_max) add_part(l, whole, at, part_max);
}

static void add_exit(Log *l, int code, int signal, const char *reason) {
    CLEANUP(buf_done) Buf b;
    HoldExit x = {
        .code = code, .signal = signal, .reason = str(reason), .text = STR(""), .limit = STR(""), .mechanism = STR("")};
    buf_init(&b, 4096);
    holdlog_put_exit(&b, &x);
    add_frame(l, HOLD_EXIT, buf_str(&b));
}

/* ---- the result as text, one line per item ---- */

static void print_events(const DerivedBatch *b, Buf *out) {
    for (size_t i = 0; i < b->n_events; i++) {
        const DerivedEvent *ev = &b->events[i];
        buf_add_fmt(out, "%s %lld.%lld %lld ", agent_events[ev->kind].word, (long long)ev->offset, (long long)ev->index,
                    (long long)ev->at);
        buf_add_str(out, ev->payload);
        buf_add_c(out, '\n');
    }
    if (b->exit) buf_add_fmt(out, "(exit %d %d)\n", b->exit->code, b->exit->signal);
}

/* Three lists: a batch has no order between them. */
typedef struct Lists {
    Buf events, inputs, replies;
} Lists;

static void lists_open(Lists *l) {
    buf_init(&l->events, LIST_MAX);
    buf_init(&l->inputs, LIST_MAX);
    buf_init(&l->replies, LIST_MAX);
}

static void lists_close(Lists *l) {
    buf_done(&l->events);
    buf_done(&l->inputs);
    buf_done(&l->replies);
}

static void add_batch(Lists *l, const Derive *d) {
    DerivedBatch b;
    derive_batch(d, &b);
    print_events(&b, &l->events);
    for (size_t i = 0; i < b.n_inputs; i++) buf_add_fmt(&l->inputs, "%lld\n", (long long)b.inputs[i].n);
    for (size_t i = 0; i < b.n_replies; i++) buf_add_str(&l->replies, b.replies[i]);
}

static Derive *derive_from(const Log *l, Str saved, LaunchPlace place) {
    Derive *d = NULL;
    Err e = {0};
    CHECK_OK(derive_new(l->adapter, &(DeriveFrom){.saved = saved, .from = place}, &d, &e), e);
    return d;
}

static void derive_at_once(const Log *l, Lists *ret) {
    CLEANUP(derive_freep) Derive *d = derive_from(l, (Str){0}, (LaunchPlace){0});
    LaunchPlace place;
    derive_feed(d, l->frames.items, l->frames.n, &place);
    add_batch(ret, d);
}

static size_t frame_at(const Log *l, int64_t offset) {
    size_t i = 0;
    while (i < l->frames.n && (int64_t)l->frames.items[i].offset < offset) i++;
    return i;
}

/* Each run of a daemon reads from the stored place up to a later frame, stores what it has, and dies. */
static void derive_in_lives(const Log *l, size_t frames_a_life, Lists *ret) {
    CLEANUP(buf_done) Buf saved;
    LaunchPlace place = {0};
    buf_init(&saved, STATE_MAX);
    for (size_t end = 0; end < l->frames.n;) {
        CLEANUP(derive_freep) Derive *d = derive_from(l, buf_str(&saved), place);
        size_t from = frame_at(l, place.derived);
        end = end + frames_a_life < l->frames.n ? end + frames_a_life : l->frames.n;
        derive_feed(d, &l->frames.items[from], end - from, &place);
        add_batch(ret, d);
        buf_clear(&saved);
        derive_save(d, &saved);
        CHECK(!saved.failed);
    }
}

/* One daemon that stays alive and reads in batches. */
static void derive_in_batches(const Log *l, size_t frames_a_batch, Lists *ret) {
    CLEANUP(derive_freep) Derive *d = derive_from(l, (Str){0}, (LaunchPlace){0});
    LaunchPlace place;
    for (size_t at = 0; at < l->frames.n; at += frames_a_batch) {
        size_t n = l->frames.n - at < frames_a_batch ? l->frames.n - at : frames_a_batch;
        derive_clear(d);
        derive_feed(d, &l->frames.items[at], n, &place);
        add_batch(ret, d);
    }
}

static void check_same(const char *what, Str got, Str want) {
    Str g, w;
    for (int line = 1; got.n || want.n; line++) {
        if (!str_split(&got, '\n', &g)) g = STR("(nothing)");
        if (!str_split(&want, '\n', &w)) w = STR("(nothing)");
        if (str_eq(g, w)) continue;
        test_fail(__FILE__, __LINE__, "%s, line %d\n  got    " STR_FMT "\n  wanted " STR_FMT, what, line,
                  STR_ARG(str_upto(g, 400)), STR_ARG(str_upto(w, 400)));
    }
}

static void check_same_lists(const char *what, const Lists *got, const Lists *want) {
    check_same(what, buf_str(&got->events), buf_str(&want->events));
    check_same(what, buf_str(&got->inputs), buf_str(&want->inputs));
    check_same(what, buf_str(&got->replies), buf_str(&want->replies));
}

static void check_every_way(const char *what, const Log *l) {
    Lists whole, other;
    lists_open(&whole);
    derive_at_once(l, &whole);
    CHECK(whole.events.n > 0);
    static const size_t frames[] = {1, 3};
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        lists_open(&other);
        derive_in_lives(l, frames[i], &other);
        check_same_lists(what, &other, &whole);
        lists_close(&other);
        lists_open(&other);
        derive_in_batches(l, frames[i], &other);
        check_same_lists(what, &other, &whole);
        lists_close(&other);
    }
    lists_close(&whole);
}

/* ---- every recording, in frames of random sizes ---- */

/* Lines of stdout are cut anywhere, with frames of other channels between the pieces. */
typedef struct Cutter {
    Log *log;
    Buf pending;
    unsigned frame_max;
} Cutter;

static void cut_some(Cutter *c, size_t keep) {
    while (c->pending.n > keep) {
        size_t n = next_random(c->log, c->frame_max) + 1;
        if (n > c->pending.n - keep) n = c->pending.n - keep;
        add_frame(c->log, HOLD_STDOUT, str_upto(buf_str(&c->pending), n));
        buf_drop(&c->pending, n);
    }
}

static void cut_record(Cutter *c, const ReplayRecord *r) {
    if (r->kind == REPLAY_OUT) {
        buf_add_str(&c->pending, r->bytes);
        buf_add_c(&c->pending, '\n');
        return;
    }
    cut_some(c, r->kind == REPLAY_EXIT || !c->pending.n ? 0 : next_random(c->log, (unsigned)c->pending.n));
    if (r->kind == REPLAY_ERR) add_frame(c->log, HOLD_STDERR, r->bytes);
    if (r->kind == REPLAY_IN) add_input(c->log, r->bytes, next_random(c->log, 200) + 1);
    if (r->kind == REPLAY_EXIT) add_exit(c->log, r->code, r->signal, "exit");
}

static void read_recording(const char *path, Arena *a, Replay *ret) {
    Buf text;
    Err e = {0};
    char chunk[65536];
    buf_init(&text, FILE_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0;) buf_add(&text, chunk, (size_t)n);
    close(fd);
    CHECK(text.n > 0);
    CHECK_OK(replay_parse(arena_str(a, buf_str(&text)), a, ret, &e), e);
    buf_done(&text);
}

static void check_recording(void *arg, const Adapter *adapter, const char *path) {
    static const unsigned sizes[] = {300, 3000, 65000};
    size_t number = (*(size_t *)arg)++;
    Log l;
    Replay recording;
    log_open(&l, number + 1);
    l.adapter = adapter;
    Cutter c = {.log = &l, .frame_max = sizes[number % COUNT_OF(sizes)]};
    buf_init(&c.pending, FILE_MAX);
    read_recording(path, l.arena, &recording);
    for (size_t i = 0; i < recording.n; i++) cut_record(&c, &recording.items[i]);
    cut_some(&c, 0);
    check_every_way(path, &l);
    buf_done(&c.pending);
    log_close(&l);
}

TEST(every_recording_gives_the_same_events_wherever_the_daemon_dies) {
    size_t n = 0;
    Err e = {0};
    CHECK_OK(replay_each(RECORDINGS, check_recording, &n, &e), e);
    CHECK(n > 0);
}

/* ---- single cases ---- */

#define DELTA(text)                                                                                                                          \
    "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" text \
    "\"}}}\n"
#define BEGIN_TEXT                                                                                                                     \
    "{\"type\":\"stream_event\",\"event\":{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\",\"usage\":{}}}}\n" \
    "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}}\n"

/* The texts of all deltas, with a bar between the events. */
static Str deltas_of(const Log *l) {
    CLEANUP(derive_freep) Derive *d = derive_from(l, (Str){0}, (LaunchPlace){0});
    CLEANUP(buf_done) Buf text;
    LaunchPlace place;
    DerivedBatch b;
    buf_init(&text, LIST_MAX);
    derive_feed(d, l->frames.items, l->frames.n, &place);
    derive_batch(d, &b);
    for (size_t i = 0; i < b.n_events; i++) {
        if (b.events[i].kind != EV_KIND_TEXT_DELTA) continue;
        Json *j = NULL;
        Err e = {0};
        CHECK_OK(json_parse(l->arena, b.events[i].payload, 8, &j, &e), e);
        if (text.n) buf_add_c(&text, '|');
        buf_add_str(&text, json_str(j, "text"));
    }
    return arena_str(l->arena, buf_str(&text));
}

TEST(deltas_that_end_in_one_frame_are_one_event) {
    Log l;
    log_open(&l, 1);
    add_frame(&l, HOLD_STDOUT, STR(BEGIN_TEXT DELTA("a") DELTA("b")));
    add_frame(&l, HOLD_STDOUT, STR(DELTA("c")));
    add_frame(&l, HOLD_STDOUT, str_upto(STR(DELTA("d")), 30));
    add_frame(&l, HOLD_STDOUT, str_from(STR(DELTA("d") DELTA("e")), 30));
    CHECK_STR(deltas_of(&l), "ab|c|de");
    check_every_way("deltas", &l);
    log_close(&l);
}

TEST(a_line_longer_than_any_frame_is_one_line) {
    Log l;
    CLEANUP(buf_done) Buf line;
    log_open(&l, 2);
    buf_init(&line, 1 << 20);
    buf_add_str(&line,
                STR(BEGIN_TEXT "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":0,"
                               "\"delta\":{\"type\":\"text_delta\",\"text\":\""));
    for (int i = 0; i < 200000; i++) buf_add_c(&line, (char)('a' + i % 26));
    buf_add_str(&line, STR("\"}}}\n" DELTA("end")));
    for (size_t at = 0; at < line.n; at += 60000)
        add_frame(&l, HOLD_STDOUT, str_upto(str_from(buf_str(&line), at), 60000));
    CHECK_I64(deltas_of(&l).n, 200003);
    check_every_way("a long line", &l);
    log_close(&l);
}

TEST(a_last_line_without_its_newline_is_read_at_the_exit) {
    Log l;
    Lists all;
    log_open(&l, 3);
    add_frame(&l, HOLD_STDOUT,
              STR("{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"5\",\"model\":\"m\"}\nnot JSON"));
    add_exit(&l, 1, 0, "exit");
    lists_open(&all);
    derive_at_once(&l, &all);
    CHECK(str_find(buf_str(&all.events), STR("not JSON"), &(size_t){0}));
    CHECK(str_find(buf_str(&all.events), STR("(exit 1 0)"), &(size_t){0}));
    lists_close(&all);
    check_every_way("the last line", &l);
    log_close(&l);
}

/* A prompt may be larger than a frame: the turn begins when all of it was written, and output may come in between. */
TEST(an_input_that_spans_frames_is_read_as_one) {
    Log l;
    CLEANUP(buf_done) Buf line;
    Lists all;
    log_open(&l, 4);
    buf_init(&line, 1 << 20);
    buf_add_str(&line, STR("{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\""));
    for (int i = 0; i < 100000; i++) buf_add_c(&line, 'x');
    buf_add_str(&line, STR("\"}}\n"));
    Str whole = buf_str(&line);
    l.n_inputs = 1;
    add_frame(&l, HOLD_STDOUT, STR(BEGIN_TEXT DELTA("a")));
    add_part(&l, whole, 0, 60000);
    add_frame(&l, HOLD_STDOUT, STR(DELTA("b") "{\"type\":\"str"));
    add_part(&l, whole, 60000, 60000);
    add_frame(&l, HOLD_STDOUT,
              STR("eam_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":0,"
                  "\"delta\":{\"type\":\"text_delta\",\"text\":\"c\"}}}\n"));
    lists_open(&all);
    derive_at_once(&l, &all);
    CHECK(str_find(buf_str(&all.events), STR("\"turn_begun\""), &(size_t){0}));
    CHECK_STR(buf_str(&all.inputs), "1\n");
    CHECK_STR(deltas_of(&l), "a|b|c");
    lists_close(&all);
    check_every_way("a long input", &l);
    log_close(&l);
}

TEST(an_input_whose_parts_start_again_counts_once) {
    Log l;
    Lists all;
    log_open(&l, 5);
    Str whole = STR("{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"x\"}}\n");
    l.n_inputs = 1;
    add_part(&l, whole, 0, 10);
    add_part(&l, whole, 0, 10);
    add_part(&l, whole, 10, 1000);
    lists_open(&all);
    derive_at_once(&l, &all);
    CHECK_STR(buf_str(&all.inputs), "1\n");
    lists_close(&all);
    check_every_way("an input sent again", &l);
    log_close(&l);
}

TEST(a_gap_is_emitted_and_what_precedes_it_is_not_a_beginning) {
    CLEANUP(buf_done) Buf text;
    Log l;
    LaunchPlace place;
    log_open(&l, 6);
    CLEANUP(derive_freep) Derive *d = derive_from(&l, (Str){0}, (LaunchPlace){0});
    buf_init(&text, LIST_MAX);
    add_frame(&l, HOLD_STDOUT, STR("{\"type\":\"sys"));
    derive_feed(d, l.frames.items, 1, &place);
    CHECK_I64(place.derived, 0);
    uint64_t from = l.head;
    l.head += 5000;
    derive_gap(d, &(DeriveJump){from, l.head, STR("removed"), 0});
    add_frame(&l, HOLD_STDOUT, STR("tem\"}\n" BEGIN_TEXT DELTA("a")));
    derive_feed(d, &l.frames.items[1], 1, &place);
    DerivedBatch b;
    derive_batch(d, &b);
    print_events(&b, &text);
    Str rest = buf_str(&text), first;
    CHECK(str_split(&rest, '\n', &first));
    CHECK_STR(first, arena_fmt(l.arena, "gap %d.0 %lld {\"from\":%d,\"to\":%d,\"reason\":\"removed\"}", (int)from,
                               (long long)l.frames.items[0].frame.at, (int)from, (int)from + 5000)
                         .p);
    CHECK(str_starts(rest, STR("unknown ")));
    CHECK(str_find(rest, STR("\ntext_delta "), &(size_t){0}));
    CHECK_I64(place.derived, (int64_t)l.head);
    CHECK_I64(place.skip, 0);
    log_close(&l);
}

/* A frame of the hold's own: it names what was dropped, and cuts the line at its own place. */
TEST(a_gap_that_the_hold_wrote_cuts_the_line_before_it_wherever_the_daemon_dies) {
    Log l;
    CLEANUP(buf_done) Buf gap;
    log_open(&l, 4);
    buf_init(&gap, 1024);
    CHECK(holdlog_put_gap(&gap, &(HoldGap){.from = 0, .to = 10}));
    add_frame(&l, HOLD_STDOUT, STR("{\"type\":\"sys"));
    add_frame(&l, HOLD_GAP, buf_str(&gap));
    add_frame(&l, HOLD_STDOUT, STR("{\"a\":1}\n" BEGIN_TEXT DELTA("end")));
    check_every_way("a gap of the hold", &l);
    log_close(&l);
}

/* The line after a gap may lack its beginning, even if it looks complete, wherever a daemon died before its end. */
TEST(the_first_line_after_a_gap_is_cut_even_after_a_restart) {
    static const char line[] = "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"5\",\"model\":\"m\"}\n";
    for (int restarts = 0; restarts < 2; restarts++) {
        CLEANUP(buf_done) Buf text;
        Log l;
        LaunchPlace place;
        DerivedBatch b;
        log_open(&l, 8);
        CLEANUP(derive_freep) Derive *d = derive_from(&l, (Str){0}, (LaunchPlace){0});
        buf_init(&text, LIST_MAX);
        l.head = 700;
        DeriveJump jump = {100, l.head, STR("damaged"), 1700000000000000};
        add_frame(&l, HOLD_STDOUT, str_upto(str(line), 20));
        add_frame(&l, HOLD_STDOUT, str_from(str(line), 20));
        add_frame(&l, HOLD_STDOUT, str(line));
        derive_gap(d, &jump);
        derive_feed(d, l.frames.items, 1, &place);
        CHECK_I64(place.derived, 100);
        derive_batch(d, &b);
        print_events(&b, &text);
        CHECK(str_starts(buf_str(&text), STR("gap 100.0 1700000000000000 ")));
        derive_clear(d);
        buf_clear(&text);
        if (restarts) {
            derive_free(d);
            d = derive_from(&l, (Str){0}, place);
            derive_gap(d, &jump);
        }
        derive_feed(d, l.frames.items + !restarts, l.frames.n - !restarts, &place);
        derive_batch(d, &b);
        print_events(&b, &text);
        CHECK(str_starts(buf_str(&text), STR("unknown 717.0 ")));
        CHECK(str_find(buf_str(&text), STR("session "), &(size_t){0}));
        CHECK(!str_find(buf_str(&text), STR("gap "), &(size_t){0}));
        CHECK_I64(place.derived, (int64_t)l.head);
        log_close(&l);
    }
}

TEST(a_requested_stop_is_not_a_failure) {
    static const struct {
        const char *reason, *says;
    } rows[] = {{"exit", "\"isClean\":false"}, {"stopped", "\"isClean\":true"}, {"killed", "\"isClean\":true"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Log l;
        Lists all;
        log_open(&l, 7);
        add_frame(&l, HOLD_STDOUT,
                  STR("{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"5\",\"model\":\"m\"}\n"));
        add_exit(&l, -1, 15, rows[i].reason);
        lists_open(&all);
        derive_at_once(&l, &all);
        if (!str_find(buf_str(&all.events), str(rows[i].says), &(size_t){0}))
            test_fail(__FILE__, __LINE__, "%s: no %s in " STR_FMT, rows[i].reason, rows[i].says,
                      STR_ARG(buf_str(&all.events)));
        lists_close(&all);
        log_close(&l);
    }
}
