/* From a log to events: however the log is cut into batches, and wherever a daemon dies between two frames and another
 * continues from the stored offset, the events, their offsets, the inputs and the replies are the same.
 * The first byte is the number of frames that each daemon reads. Then each line is a frame: its first character is the
 * channel (o, e, i, g, x); a '\\' at its end means that the frame's bytes end in a newline. */
#include "conversation/derive.h"

#include "adapter/adapters.h"
#include "base/mem.h"
#include "base/vec.h"
#include "fuzz.h"

enum { LIST_MAX = 64 << 20, STATE_MAX = 1 << 18, FRAMES_MAX = 64, INPUT_MAX = 4096 };

typedef struct Log {
    Arena *arena;
    LaunchFrame frames[FRAMES_MAX];
    size_t n;
    uint64_t head;
    bool is_over; /* the exit is the last frame */
} Log;

typedef struct Lists {
    Buf events, inputs, replies;
} Lists;

static void add_frame(Log *l, HoldChannel channel, Str bytes) {
    if (l->n == FRAMES_MAX || l->is_over) return;
    l->frames[l->n] =
        (LaunchFrame){.offset = l->head, .frame = {.channel = channel, .at = (TimeUs)l->n, .bytes = bytes}};
    l->n++;
    l->head += HOLD_FRAME_HEADER + bytes.n;
}

/* "ABtext": part of input A, at byte B; the following letters give the total. */
static void add_input(Log *l, Str text) {
    CLEANUP(buf_done) Buf b = {0};
    uint8_t head[HOLD_INPUT_HEAD];
    if (text.n < 3) return;
    Str bytes = str_from(text, 3);
    HoldInput in = {.n = (uint8_t)text.p[0] % 8u, .at = (uint8_t)text.p[1] % 64u};
    in.total = in.at + (uint32_t)bytes.n + (uint8_t)text.p[2] % 64u;
    buf_init(&b, INPUT_MAX + HOLD_INPUT_HEAD);
    holdlog_input_head(&in, head);
    buf_add(&b, head, sizeof head);
    buf_add_str(&b, str_upto(bytes, INPUT_MAX));
    add_frame(l, HOLD_INPUT, arena_str(l->arena, buf_str(&b)));
}

static void add_exit(Log *l, Str text) {
    CLEANUP(buf_done) Buf b;
    HoldExit x = {.code = text.n ? text.p[0] % 3 : -1, .signal = 9, .reason = str_from(text, 1)};
    buf_init(&b, INPUT_MAX);
    if (holdlog_put_exit(&b, &x)) add_frame(l, HOLD_EXIT, arena_str(l->arena, buf_str(&b)));
    l->is_over = true;
}

static void add_line(Log *l, Str line) {
    Str bytes = str_from(line, 1);
    if (bytes.n && bytes.p[bytes.n - 1] == '\\')
        bytes = arena_fmt(l->arena, STR_FMT "\n", STR_ARG(str_upto(bytes, bytes.n - 1)));
    switch (line.n ? line.p[0] : 0) {
    case 'o': add_frame(l, HOLD_STDOUT, bytes); break;
    case 'e': add_frame(l, HOLD_STDERR, bytes); break;
    case 'i': add_input(l, bytes); break;
    case 'g': add_frame(l, HOLD_GAP, bytes); break;
    case 'x': add_exit(l, bytes); break;
    default: break;
    }
}

static void add_batch(Lists *to, const Derive *d) {
    DerivedBatch b;
    derive_batch(d, &b);
    for (size_t i = 0; i < b.n_events; i++) {
        const DerivedEvent *ev = &b.events[i];
        buf_add_fmt(&to->events, "%s %lld.%lld %lld " STR_FMT "\n", agent_events[ev->kind].word, (long long)ev->offset,
                    (long long)ev->index, (long long)ev->at, STR_ARG(ev->payload));
    }
    for (size_t i = 0; i < b.n_inputs; i++) buf_add_fmt(&to->inputs, "%lld\n", (long long)b.inputs[i].n);
    for (size_t i = 0; i < b.n_replies; i++) buf_add_str(&to->replies, b.replies[i]);
    if (b.exit) buf_add_fmt(&to->events, "(exit %d)\n", b.exit->code);
}

static Derive *open_at(Str saved, LaunchPlace place) {
    Derive *d = NULL;
    MUST(derive_new(&adapter_claude, &(DeriveFrom){.saved = saved, .from = place}, &d, NULL) == 0);
    return d;
}

static size_t frame_at(const Log *l, int64_t offset) {
    size_t i = 0;
    while (i < l->n && (int64_t)l->frames[i].offset < offset) i++;
    return i;
}

static void run_whole(const Log *l, Lists *ret) {
    CLEANUP(derive_freep) Derive *d = open_at((Str){0}, (LaunchPlace){0});
    LaunchPlace place;
    derive_feed(d, l->frames, l->n, &place);
    add_batch(ret, d);
}

static void run_in_lives(const Log *l, size_t frames_a_life, Lists *ret) {
    CLEANUP(buf_done) Buf saved;
    LaunchPlace place = {0};
    buf_init(&saved, STATE_MAX);
    for (size_t end = 0; end < l->n;) {
        CLEANUP(derive_freep) Derive *d = open_at(buf_str(&saved), place);
        size_t from = frame_at(l, place.derived);
        end = end + frames_a_life < l->n ? end + frames_a_life : l->n;
        derive_feed(d, &l->frames[from], end - from, &place);
        MUST(place.derived <= place.seen && place.skip >= 0);
        add_batch(ret, d);
        buf_clear(&saved);
        derive_save(d, &saved);
        MUST(!saved.failed);
    }
}

static void lists_init(Lists *l) {
    buf_init(&l->events, LIST_MAX);
    buf_init(&l->inputs, LIST_MAX);
    buf_init(&l->replies, LIST_MAX);
}

static void lists_done(Lists *l) {
    buf_done(&l->events);
    buf_done(&l->inputs);
    buf_done(&l->replies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    Log log = {.arena = arena_new()};
    Lists whole, lives;
    Str rest = str_n(data + 1, size - 1), line;
    while (str_split(&rest, '\n', &line)) add_line(&log, line);
    lists_init(&whole);
    lists_init(&lives);
    run_whole(&log, &whole);
    run_in_lives(&log, 1 + data[0] % 5, &lives);
    MUST(str_eq(buf_str(&whole.events), buf_str(&lives.events)));
    MUST(str_eq(buf_str(&whole.inputs), buf_str(&lives.inputs)));
    MUST(str_eq(buf_str(&whole.replies), buf_str(&lives.replies)));
    lists_done(&whole);
    lists_done(&lives);
    arena_free(log.arena);
    return 0;
}
