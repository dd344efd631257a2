/* See adapter_lines.h. */
#include "adapter_lines.h"

#include "base/mem.h"
#include "fuzz.h"

enum { EVENTS_MAX = 64 << 20, LONG_BYTES = EVENT_TEXT_MAX + 4096, LONG_LINES_MAX = 3 };

typedef struct Run {
    const Adapter *adapter;
    AdapterState *state;
    StatusState status;
    Arena *arena;
    Buf events;
    TimeUs at;
    int n_long;
    Buf replies; /* not written to the child yet */
} Run;

static void check_decodes(const Shape *shape, Str text) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *root;
    Err e = {0};
    MUST(json_parse(a, text, JSON_DEPTH_MAX + 2, &root, &e) == 0);
    if (shape_decode(shape, root, a, arena_alloc(a, shape->size), &e) < 0) {
        fprintf(stderr, "%s: %s\n", shape->name, e.text);
        abort();
    }
}

static void on_event(void *arg, AgentEventKind kind, const void *value) {
    Run *r = arg;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EVENTS_MAX);
    JsonOut o = json_out(&b);
    shape_encode(agent_events[kind].shape, value, &o);
    check_decodes(agent_events[kind].shape, buf_str(&b));
    buf_add_str(&r->events, buf_str(&b));
    status_event(&r->status, kind, value, r->at, r->arena);
}

static void on_reply(void *arg, Str bytes) {
    Run *r = arg;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *root;
    Str line;
    buf_add_str(&r->events, bytes);
    buf_add_str(&r->replies, bytes);
    MUST(str_ends(bytes, STR("\n")));
    bytes = str_upto(bytes, bytes.n - 1);
    while (str_split(&bytes, '\n', &line)) MUST(json_parse(a, line, JSON_DEPTH_MAX, &root, NULL) == 0);
}

static void begin(Run *r, const Adapter *adapter, Str first) {
    *r = (Run){.adapter = adapter, .arena = arena_new()};
    buf_init(&r->events, EVENTS_MAX);
    buf_init(&r->replies, EVENTS_MAX);
    MUST((first.n ? adapter->renew(first, &r->state, NULL) : adapter->open((Str){0}, &r->state, NULL)) == 0);
    status_init(&r->status, 0, r->arena);
}

static void end(Run *r) {
    r->adapter->close(r->state);
    arena_free(r->arena);
    buf_done(&r->events);
    buf_done(&r->replies);
}

static Str saved_state(Run *r, const AdapterState *state) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ADAPTER_STATE_MAX);
    r->adapter->save(state, &b);
    MUST(!b.failed);
    return arena_str(r->arena, buf_str(&b));
}

/* Renewal is idempotent: the second one changes nothing. */
static void renew(Run *r) {
    Str last = saved_state(r, r->state), once;
    r->adapter->close(r->state);
    MUST(r->adapter->renew(last, &r->state, NULL) == 0);
    once = saved_state(r, r->state);
    r->adapter->close(r->state);
    MUST(r->adapter->renew(once, &r->state, NULL) == 0);
    MUST(str_eq(saved_state(r, r->state), once));
}

static void long_line(Run *r, Str line, AdapterLine *l, const AdapterSink *sink) {
    CLEANUP(buf_done) Buf b;
    size_t at;
    buf_init(&b, ADAPTER_LINE_MAX);
    if (str_find(line, STR("@"), &at) && r->n_long++ < LONG_LINES_MAX) {
        buf_add_str(&b, str_upto(line, at));
        for (int i = 0; i < LONG_BYTES / 4; i++) buf_add_str(&b, STR("a\xC3\xA9 "));
        line = str_from(line, at + 1);
    }
    buf_add_str(&b, line);
    l->bytes = buf_str(&b);
    r->adapter->line(r->state, l, sink);
}

static void step(Run *r, Str line) {
    AdapterSink sink = {.event = on_event, .reply = on_reply, .arg = r};
    Str rest = str_from(line, 1);
    AdapterLine l = {.channel = ADAPTER_STDOUT, .bytes = line, .at = ++r->at};
    switch (line.n ? line.p[0] : 0) {
    case '>': r->adapter->input(r->state, rest, r->at, &sink); break;
    case '!': r->adapter->exited(r->state, (int)(rest.n % 3) - 1, 9, rest.n > 8, &sink); break;
    case '~': renew(r); break;
    case '%': long_line(r, rest, &l, &sink); break;
    case '<':
        l = (AdapterLine){.channel = ADAPTER_STDERR, .bytes = rest, .at = r->at};
        r->adapter->line(r->state, &l, &sink);
        break;
    case '^':
        l.bytes = rest;
        l.is_cut = true;
        r->adapter->line(r->state, &l, &sink);
        break;
    default: r->adapter->line(r->state, &l, &sink);
    }
}

static void store_and_read(Run *r) {
    Str saved = saved_state(r, r->state);
    r->adapter->close(r->state);
    MUST(r->adapter->open(saved, &r->state, NULL) == 0);
    CLEANUP(buf_done) Buf status;
    buf_init(&status, ADAPTER_STATE_MAX);
    JsonOut o = json_out(&status);
    shape_encode(&StatusState_shape, &r->status, &o);
    MUST(!status.failed);
    check_decodes(&StatusState_shape, buf_str(&status));
}

/* Replies are written to the child after the line, as a hold does it. */
static void write_replies(Run *r) {
    AdapterSink sink = {.event = on_event, .reply = on_reply, .arg = r};
    CLEANUP(buf_done) Buf written = r->replies;
    buf_init(&r->replies, EVENTS_MAX);
    if (written.n) r->adapter->input(r->state, buf_str(&written), r->at, &sink);
}

void adapter_lines(const Adapter *adapter, Str first, Str rest) {
    Run whole, cut;
    Str line;
    begin(&whole, adapter, first);
    begin(&cut, adapter, first);
    while (str_split(&rest, '\n', &line)) {
        step(&whole, line);
        write_replies(&whole);
        step(&cut, line);
        write_replies(&cut);
        store_and_read(&cut);
    }
    MUST(str_eq(buf_str(&whole.events), buf_str(&cut.events)));
    end(&whole);
    end(&cut);
}

void adapter_lines_begun(const Adapter *adapter, unsigned choice, Str lines) {
    enum { RESUMES = 1, FORKS = 2, HAS_MODEL = 4, MODE_SHIFT = 3, PERMISSION_SHIFT = 5 };
    CLEANUP(buf_done) Buf first;
    AdapterSpec spec = {.session_id = STR("s0"),
                        .resume = choice & RESUMES,
                        .fork_from = choice & FORKS ? STR("s0") : (Str){0},
                        .mode = (AgentMode)(choice >> MODE_SHIFT & 3) % AgentMode_n,
                        .permissions = choice >> PERMISSION_SHIFT,
                        .model = choice & HAS_MODEL ? STR("m") : (Str){0}};
    buf_init(&first, ADAPTER_STATE_MAX);
    MUST(adapter->begin(&(AdapterBegin){.spec = &spec, .folder = STR("/wt")}, &first, NULL) == 0);
    adapter_lines(adapter, buf_str(&first), lines);
}
