/* See agent_derive.h. */
#include "agent/agent_derive.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/vec.h"

enum { PAYLOAD_MAX = 24 << 20, STREAM_STDOUT_HEAD = HOLD_FRAME_HEADER };

struct AgentDerive {
    const Adapter *adapter;
    AdapterState *state;
    LaunchPlace from;   /* frames below from.seen were done before: only their stdout counts again */
    Buf line;           /* unfinished line */
    bool is_line_cut;   /* it grew past ADAPTER_LINE_MAX: the rest up to its newline is dropped */
    int64_t line_frame; /* frame in which it began */
    int64_t line_skip;  /* bytes of that frame before it */
    int64_t seen;
    int64_t offset, index; /* place of the event that comes next */
    TimeUs at;
    Arena *arena;
    VEC(DerivedEvent) events;
    VEC(DerivedInput) inputs;
    VEC(Str) replies;
    HoldExit exit;
    bool has_exit;
    Buf delta_text;     /* joined deltas of the frame at hand */
    DerivedEvent delta; /* its place; delta.kind is set while delta_text is open */
    Str delta_block, delta_parent;
    bool has_delta;
};

int agent_derive_new(const Adapter *adapter, const AgentDeriveFrom *f, AgentDerive **ret, Err *e) {
    AdapterState *state = NULL;
    bool renews = !f->saved.n && f->last.n && adapter->renew;
    TRY(renews ? adapter->renew(f->last, &state, e) : adapter->open(f->saved, &state, e));
    AgentDerive *d = mu_new(AgentDerive);
    d->adapter = adapter;
    d->state = state;
    d->from = f->from;
    d->seen = f->from.seen;
    d->arena = arena_new();
    buf_init(&d->line, ADAPTER_LINE_MAX);
    buf_init(&d->delta_text, EVENT_TEXT_MAX);
    *ret = d;
    return 0;
}

void agent_derive_free(AgentDerive *d) {
    if (!d) return;
    d->adapter->close(d->state);
    buf_done(&d->line);
    buf_done(&d->delta_text);
    vec_done(&d->events);
    vec_done(&d->inputs);
    vec_done(&d->replies);
    arena_free(d->arena);
    free(d);
}

static Str encode(AgentDerive *d, AgentEventKind kind, const void *value) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, PAYLOAD_MAX);
    JsonOut o = json_out(&b);
    shape_encode(agent_events[kind].shape, value, &o);
    return arena_str(d->arena, buf_str(&b));
}

static void push_event(AgentDerive *d, AgentEventKind kind, const void *value) {
    DerivedEvent ev = {
        .kind = kind, .offset = d->offset, .index = d->index++, .at = d->at, .payload = encode(d, kind, value)};
    vec_push(&d->events, ev);
}

static void close_delta(AgentDerive *d) {
    if (!d->has_delta) return;
    d->has_delta = false;
    EvTextDelta v = {.block = d->delta_block, .text = buf_str(&d->delta_text)};
    if (d->delta_parent.p) GIVE(EvTextDelta, &v, parent, d->delta_parent);
    d->delta.payload = encode(d, EV_KIND_TEXT_DELTA, &v);
    vec_push(&d->events, d->delta);
    buf_clear(&d->delta_text);
}

static void add_delta(AgentDerive *d, const EvTextDelta *v) {
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
    AgentDerive *d = arg;
    if (kind == EV_KIND_TEXT_DELTA) {
        add_delta(d, value);
        return;
    }
    close_delta(d);
    push_event(d, kind, value);
}

static void on_reply(void *arg, Str bytes) {
    AgentDerive *d = arg;
    vec_push(&d->replies, arena_str(d->arena, bytes));
}

static AdapterSink sink_of(AgentDerive *d) { return (AdapterSink){on_event, on_reply, d}; }

static void give_line(AgentDerive *d) {
    AdapterSink sink = sink_of(d);
    AdapterLine l = {.channel = ADAPTER_STDOUT, .bytes = buf_str(&d->line), .at = d->at, .is_cut = d->is_line_cut};
    d->offset = d->line_frame + STREAM_STDOUT_HEAD + d->line_skip;
    d->index = 0;
    d->adapter->line(d->state, &l, &sink);
    buf_clear(&d->line);
    d->is_line_cut = false;
}

static void keep_part(AgentDerive *d, Str part) {
    size_t room = d->line.max - d->line.n;
    if (part.n > room) d->is_line_cut = true;
    buf_add_str(&d->line, str_upto(part, room));
}

static void feed_stdout(AgentDerive *d, const LaunchFrame *f, size_t skip) {
    Str bytes = f->frame.bytes;
    for (size_t at = skip; at < bytes.n;) {
        const char *newline = memchr(bytes.p + at, '\n', bytes.n - at);
        size_t end = newline ? (size_t)(newline - bytes.p) : bytes.n;
        if (d->line.n == 0 && !d->is_line_cut) {
            d->line_frame = (int64_t)f->offset;
            d->line_skip = (int64_t)at;
        }
        keep_part(d, str_n(bytes.p + at, end - at));
        if (newline) give_line(d);
        at = end + 1;
    }
}

static void feed_input(AgentDerive *d, Str body) {
    HoldInput in;
    if (!holdlog_input_parse(body, &in)) return;
    AdapterSink sink = sink_of(d);
    if (d->adapter->input) d->adapter->input(d->state, in.bytes, d->at, &sink);
    if ((uint64_t)in.at + in.bytes.n < in.total && in.bytes.n) return;
    DerivedInput whole = {(int64_t)in.n, d->at};
    vec_push(&d->inputs, whole);
}

static void feed_exit(AgentDerive *d, Str body) {
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

static void feed_gap(AgentDerive *d, Str body) {
    HoldGap g;
    if (holdlog_gap_parse(body, &g))
        agent_derive_gap(d, g.from, g.to, STR("the log was full: its oldest part was dropped"));
}

static void feed_stderr(AgentDerive *d, Str bytes) {
    AdapterSink sink = sink_of(d);
    AdapterLine l = {.channel = ADAPTER_STDERR, .bytes = bytes, .at = d->at};
    d->adapter->line(d->state, &l, &sink);
}

static void feed_one(AgentDerive *d, const LaunchFrame *f) {
    bool is_done = (int64_t)f->offset < d->from.seen;
    d->at = f->frame.at;
    if (f->frame.channel == HOLD_STDOUT && !(d->adapter->caps & ADAPTER_PTY)) {
        bool is_first = (int64_t)f->offset == d->from.derived;
        feed_stdout(d, f, is_first ? (size_t)d->from.skip : 0);
    }
    d->seen = is_done ? d->seen : (int64_t)f->offset;
    if (!is_done) {
        d->offset = (int64_t)f->offset;
        d->index = 0;
    }
    if (!is_done && f->frame.channel == HOLD_STDERR) feed_stderr(d, f->frame.bytes);
    if (!is_done && f->frame.channel == HOLD_INPUT) feed_input(d, f->frame.bytes);
    if (!is_done && f->frame.channel == HOLD_GAP) feed_gap(d, f->frame.bytes);
    if (!is_done && f->frame.channel == HOLD_EXIT) feed_exit(d, f->frame.bytes);
    close_delta(d);
    if (!is_done) d->seen = (int64_t)f->offset + HOLD_FRAME_HEADER + (int64_t)f->frame.bytes.n;
}

void agent_derive_feed(AgentDerive *d, const LaunchFrame *frames, size_t n, LaunchPlace *ret) {
    for (size_t i = 0; i < n; i++) feed_one(d, &frames[i]);
    bool has_part = d->line.n || d->is_line_cut;
    *ret = (LaunchPlace){
        .derived = has_part ? d->line_frame : d->seen, .seen = d->seen, .skip = has_part ? d->line_skip : 0};
}

void agent_derive_gap(AgentDerive *d, uint64_t from, uint64_t to, Str reason) {
    close_delta(d);
    EvGap v = {.from = (int64_t)from, .to = (int64_t)to, .reason = reason};
    d->offset = (int64_t)from;
    d->index = 0;
    push_event(d, EV_KIND_GAP, &v);
    /* What came before the gap cannot be the beginning of what comes after it. */
    buf_clear(&d->line);
    d->is_line_cut = false;
    d->from = (LaunchPlace){0};
    d->seen = (int64_t)to;
}

void agent_derive_batch(const AgentDerive *d, DerivedBatch *ret) {
    *ret = (DerivedBatch){.events = d->events.items,
                          .n_events = d->events.n,
                          .inputs = d->inputs.items,
                          .n_inputs = d->inputs.n,
                          .replies = d->replies.items,
                          .n_replies = d->replies.n,
                          .exit = d->has_exit ? &d->exit : NULL};
}

void agent_derive_clear(AgentDerive *d) {
    vec_clear(&d->events);
    vec_clear(&d->inputs);
    vec_clear(&d->replies);
    arena_reset(d->arena);
}

void agent_derive_save(const AgentDerive *d, Buf *out) { d->adapter->save(d->state, out); }
