/* See derive.h. */
#include "conversation/derive.h"

#include <stdlib.h>

#include "base/holdwire.h"
#include "base/mem.h"
#include "base/vec.h"

enum { PAYLOAD_MAX = 2 * EVENT_WHOLE_MAX + (1 << 20), STREAM_STDOUT_HEAD = HOLD_FRAME_HEADER, LINE_KEPT_MAX = 1 << 20 };

struct Derive {
    const Adapter *adapter;
    AdapterState *state;
    LaunchPlace from;      /* frames below from.seen were done before: only their stdout is read again */
    Buf line;              /* unfinished line */
    bool is_after_gap;     /* no line of stdout has ended since the last gap: the gap may contain its beginning */
    int64_t gap_from;      /* offset of that gap */
    bool is_line_cut;      /* it grew past ADAPTER_LINE_MAX: the rest up to its newline is dropped */
    int64_t line_frame;    /* frame in which it began */
    int64_t line_at;       /* `fed` where it began */
    int64_t line_frame_at; /* `fed` where that frame began */
    Buf input;             /* parts of an input that is not whole yet */
    bool has_input;
    int64_t input_frame; /* frame of its first part */
    int64_t input_at;    /* `fed` at that frame */
    int64_t fed;         /* bytes of stdout since from.derived */
    int64_t skip_left;   /* bytes of stdout that were done before and are read again */
    int64_t seen;
    int64_t offset, index; /* place of the next event */
    TimeUs at;
    Arena *arena;
    VEC(DerivedEvent) events;
    VEC(DerivedInput) inputs;
    VEC(Str) replies;
    HoldExit exit;
    bool has_exit;
    Buf delta_text;     /* joined deltas of the current frame */
    DerivedEvent delta; /* its place; delta.kind is set while delta_text is open */
    Str delta_block, delta_parent;
    bool has_delta;
};

int derive_new(const Adapter *adapter, const DeriveFrom *f, Derive **ret, Err *e) {
    AdapterState *state = NULL;
    bool renews = !f->saved.n && f->last.n && adapter->renew;
    TRY(renews ? adapter->renew(f->last, &state, e) : adapter->open(f->saved, &state, e));
    Derive *d = mu_new(Derive);
    d->adapter = adapter;
    d->state = state;
    d->from = f->from;
    d->seen = f->from.seen;
    d->skip_left = f->from.skip;
    d->arena = arena_new();
    buf_init(&d->line, ADAPTER_LINE_MAX);
    buf_init(&d->input, HOLD_INPUT_MAX);
    buf_init(&d->delta_text, EVENT_TEXT_MAX);
    *ret = d;
    return 0;
}

void derive_free(Derive *d) {
    if (!d) return;
    d->adapter->close(d->state);
    buf_done(&d->line);
    buf_done(&d->input);
    buf_done(&d->delta_text);
    vec_done(&d->events);
    vec_done(&d->inputs);
    vec_done(&d->replies);
    arena_free(d->arena);
    free(d);
}

static Str encode(Derive *d, AgentEventKind kind, const void *value) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, PAYLOAD_MAX);
    JsonOut o = json_out(&b);
    shape_encode(agent_events[kind].shape, value, &o);
    return arena_str(d->arena, buf_str(&b));
}

static void push_event(Derive *d, AgentEventKind kind, const void *value) {
    DerivedEvent ev = {
        .kind = kind, .offset = d->offset, .index = d->index++, .at = d->at, .payload = encode(d, kind, value)};
    vec_push(&d->events, ev);
}

static void close_delta(Derive *d) {
    if (!d->has_delta) return;
    d->has_delta = false;
    EvTextDelta v = {.block = d->delta_block, .text = buf_str(&d->delta_text)};
    if (d->delta_parent.p) GIVE(EvTextDelta, &v, parent, d->delta_parent);
    d->delta.payload = encode(d, EV_KIND_TEXT_DELTA, &v);
    vec_push(&d->events, d->delta);
    buf_clear(&d->delta_text);
}

static void add_delta(Derive *d, const EvTextDelta *v) {
    bool joins = d->has_delta && str_eq(d->delta_block, v->block) && d->delta_text.n + v->text.n <= d->delta_text.max;
    if (!joins) {
        close_delta(d);
        d->has_delta = true;
        d->delta = (DerivedEvent){.kind = EV_KIND_TEXT_DELTA, .offset = d->offset, .index = d->index++, .at = d->at};
        d->delta_block = arena_str(d->arena, v->block);
        d->delta_parent = v->parent.p ? arena_str(d->arena, v->parent) : (Str){0};
    }
    buf_add_str(&d->delta_text, v->text);
}

static void on_event(void *arg, AgentEventKind kind, const void *value) {
    Derive *d = arg;
    if (kind == EV_KIND_TEXT_DELTA) {
        add_delta(d, value);
        return;
    }
    close_delta(d);
    push_event(d, kind, value);
}

static void on_reply(void *arg, Str bytes) {
    Derive *d = arg;
    vec_push(&d->replies, arena_str(d->arena, bytes));
}

static AdapterSink sink_of(Derive *d) { return (AdapterSink){on_event, on_reply, d}; }

static void forget_line(Derive *d) {
    if (d->line.cap > LINE_KEPT_MAX)
        buf_done(&d->line);
    else
        buf_clear(&d->line);
    d->is_line_cut = d->is_after_gap = false;
}

static void give_line(Derive *d) {
    AdapterSink sink = sink_of(d);
    AdapterLine l = {.channel = ADAPTER_STDOUT,
                     .bytes = buf_str(&d->line),
                     .at = d->at,
                     .is_cut = d->is_line_cut || d->is_after_gap};
    d->offset = d->line_frame + STREAM_STDOUT_HEAD + d->line_at - d->line_frame_at;
    d->index = 0;
    d->adapter->line(d->state, &l, &sink);
    forget_line(d);
}

static void keep_part(Derive *d, Str part) {
    size_t room = d->line.max - d->line.n;
    if (part.n > room) d->is_line_cut = true;
    buf_add_str(&d->line, str_upto(part, room));
}

static size_t take_skip(Derive *d, size_t n) {
    size_t skip = d->skip_left < (int64_t)n ? (size_t)d->skip_left : n;
    d->skip_left -= (int64_t)skip;
    return skip;
}

static void feed_stdout(Derive *d, const LaunchFrame *f) {
    Str bytes = f->frame.bytes;
    for (size_t at = take_skip(d, bytes.n); at < bytes.n;) {
        const char *newline = memchr(bytes.p + at, '\n', bytes.n - at);
        size_t end = newline ? (size_t)(newline - bytes.p) : bytes.n;
        if (d->line.n == 0 && !d->is_line_cut) {
            d->line_frame = (int64_t)f->offset;
            d->line_frame_at = d->fed;
            d->line_at = d->fed + (int64_t)at;
        }
        keep_part(d, str_n(bytes.p + at, end - at));
        if (newline) give_line(d);
        at = end + 1;
    }
    d->fed += (int64_t)bytes.n;
}

static void forget_input(Derive *d) {
    d->has_input = false;
    buf_done(&d->input);
}

static void give_input(Derive *d, const HoldInput *in) {
    AdapterSink sink = sink_of(d);
    DerivedInput whole = {(int64_t)in->n, d->at, d->input_frame, d->events.n};
    if (d->adapter->input) d->adapter->input(d->state, buf_str(&d->input), d->at, &sink);
    vec_push(&d->inputs, whole);
}

/* Parts are collected, because the adapter reads whole lines and a line may span frames. Parts that start again at 0
 * replace what the hold had received of the same input before its daemon ended. The frames of a pty's input contain
 * only numbers, no bytes. */
static void feed_input(Derive *d, const LaunchFrame *f, bool is_done) {
    HoldInput in;
    if (!holdlog_input_parse(f->frame.bytes, &in)) return;
    if (in.at == 0) {
        forget_input(d);
        d->has_input = true;
        d->input_frame = (int64_t)f->offset;
        d->input_at = d->fed;
    }
    if (!d->has_input || (in.bytes.n && in.at != d->input.n)) return;
    buf_add_str(&d->input, in.bytes);
    if (in.bytes.n && d->input.n < in.total) return;
    if (!is_done) give_input(d, &in);
    forget_input(d);
}

static void feed_exit(Derive *d, Str body) {
    HoldExit x;
    if (!holdlog_exit_parse(body, &x)) return;
    d->exit = (HoldExit){.code = x.code,
                         .signal = x.signal,
                         .lost = x.lost,
                         .survivors = x.survivors,
                         .reason = arena_str(d->arena, x.reason),
                         .text = arena_str(d->arena, x.text),
                         .limit = arena_str(d->arena, x.limit),
                         .mechanism = arena_str(d->arena, x.mechanism)};
    d->has_exit = true;
    if (d->line.n) give_line(d);
    d->offset = d->seen;
    d->index = 0;
    AdapterSink sink = sink_of(d);
    bool is_stop = str_is(x.reason, "stopped") || str_is(x.reason, "killed");
    d->adapter->exited(d->state, x.code, x.signal, is_stop, &sink);
}

/* What precedes a gap is not the beginning of what follows it. `place` is where reading again finds the gap. */
static void cut_lines(Derive *d, int64_t place) {
    forget_line(d);
    forget_input(d);
    d->skip_left = 0;
    d->is_after_gap = !(d->adapter->caps & ADAPTER_PTY);
    d->gap_from = place;
}

/* The hold dropped what the log had before. Read again, it still cuts. */
static void feed_gap(Derive *d, const LaunchFrame *f, bool is_done) {
    HoldGap g;
    if (!holdlog_gap_parse(f->frame.bytes, &g)) return;
    close_delta(d);
    EvGap v = {
        .from = (int64_t)g.from, .to = (int64_t)g.to, .reason = STR("the log was full: its oldest part was dropped")};
    if (!is_done) push_event(d, EV_KIND_GAP, &v);
    cut_lines(d, (int64_t)f->offset);
}

static void feed_stderr(Derive *d, Str bytes) {
    AdapterSink sink = sink_of(d);
    AdapterLine l = {.channel = ADAPTER_STDERR, .bytes = bytes, .at = d->at};
    d->adapter->line(d->state, &l, &sink);
}

static void feed_one(Derive *d, const LaunchFrame *f) {
    bool is_done = (int64_t)f->offset < d->from.seen;
    d->at = f->frame.at;
    if (f->frame.channel == HOLD_STDOUT && !(d->adapter->caps & ADAPTER_PTY)) feed_stdout(d, f);
    d->seen = is_done ? d->seen : (int64_t)f->offset;
    if (!is_done) {
        d->offset = (int64_t)f->offset;
        d->index = 0;
    }
    if (!is_done && f->frame.channel == HOLD_STDERR) feed_stderr(d, f->frame.bytes);
    if (f->frame.channel == HOLD_INPUT) feed_input(d, f, is_done);
    if (f->frame.channel == HOLD_GAP) feed_gap(d, f, is_done);
    if (!is_done && f->frame.channel == HOLD_EXIT) feed_exit(d, f->frame.bytes);
    close_delta(d);
    if (!is_done) d->seen = (int64_t)f->offset + HOLD_FRAME_HEADER + (int64_t)f->frame.bytes.n;
}

/* The place from which to read again: the frame in which an unfinished line or input began, whichever is earlier;
 * stdout after it that is already done is skipped. Until a line has ended after a gap, it is the gap itself: reading
 * the gap again shows that the line is cut. */
static LaunchPlace place_now(const Derive *d) {
    bool has_part = d->line.n || d->is_line_cut;
    LaunchPlace p = {.derived = has_part ? d->line_frame : d->seen, .seen = d->seen};
    int64_t done = has_part ? d->line_at : d->fed, at = has_part ? d->line_frame_at : d->fed;
    if (d->has_input && d->input_frame < p.derived) {
        p.derived = d->input_frame;
        at = d->input_at;
    }
    p.skip = done - at;
    if (d->is_after_gap) p = (LaunchPlace){.derived = d->gap_from, .seen = d->seen};
    return p;
}

void derive_feed(Derive *d, const LaunchFrame *frames, size_t n, LaunchPlace *ret) {
    for (size_t i = 0; i < n; i++) feed_one(d, &frames[i]);
    *ret = place_now(d);
}

void derive_gap(Derive *d, const DeriveJump *jump) {
    int64_t from = (int64_t)jump->from, to = (int64_t)jump->to;
    bool has_lines = !(d->adapter->caps & ADAPTER_PTY);
    /* The gap was emitted before; the line after it had not ended when the place was stored. */
    bool is_done = has_lines && from >= d->from.derived && to <= d->from.seen;
    close_delta(d);
    EvGap v = {.from = from, .to = to, .reason = jump->reason};
    if (jump->at) d->at = jump->at;
    d->offset = from;
    d->index = 0;
    if (!is_done) push_event(d, EV_KIND_GAP, &v);
    cut_lines(d, from);
    if (is_done) return;
    d->from = (LaunchPlace){0};
    d->seen = to;
}

void derive_batch(const Derive *d, DerivedBatch *ret) {
    *ret = (DerivedBatch){.events = d->events.items,
                          .n_events = d->events.n,
                          .inputs = d->inputs.items,
                          .n_inputs = d->inputs.n,
                          .replies = d->replies.items,
                          .n_replies = d->replies.n,
                          .exit = d->has_exit ? &d->exit : NULL};
}

void derive_clear(Derive *d) {
    vec_clear(&d->events);
    vec_clear(&d->inputs);
    vec_clear(&d->replies);
    arena_reset(d->arena);
}

void derive_save(const Derive *d, Buf *out) { d->adapter->save(d->state, out); }

bool derive_has_ask(const Derive *d, Str request_id) {
    return d->adapter->has_ask && d->adapter->has_ask(d->state, request_id);
}
