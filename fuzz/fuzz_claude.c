/* The claude adapter: whatever a CLI writes, every event is a valid shape within its bounds, every reply is one JSON
 * line, the state stays below its cap, and storing and reading it after each line changes nothing.
 * A line that starts with '<' is stderr, with '>' input written to the child, with '!' the exit, with '~' a new launch
 * that continues the session, with '^' a line that was cut for its length; others are stdout. In a line that starts
 * with
 * '%' the first '@' is replaced by a text that is too long for any event. */
#include "adapter/adapters.h"
#include "base/mem.h"
#include "fuzz.h"

enum { EVENTS_MAX = 64 << 20, LONG_BYTES = EVENT_TEXT_MAX + 4096, LONG_LINES_MAX = 3 };

typedef struct Run {
    AdapterState *state;
    StatusState status;
    Arena *arena;
    Buf events;
    TimeUs at;
    int n_long;
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
    size_t at;
    MUST(str_find(bytes, STR("\n"), &at) && at == bytes.n - 1);
    MUST(json_parse(a, bytes, JSON_DEPTH_MAX, &root, NULL) == 0);
    buf_add_str(&r->events, bytes);
}

static void begin(Run *r) {
    *r = (Run){.arena = arena_new()};
    buf_init(&r->events, EVENTS_MAX);
    MUST(adapter_claude.open((Str){0}, &r->state, NULL) == 0);
    status_init(&r->status, 0, r->arena);
}

static void end(Run *r) {
    adapter_claude.close(r->state);
    arena_free(r->arena);
    buf_done(&r->events);
}

static Str saved_state(Run *r, const AdapterState *state) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ADAPTER_STATE_MAX);
    adapter_claude.save(state, &b);
    MUST(!b.failed);
    return arena_str(r->arena, buf_str(&b));
}

/* Renewal is idempotent: the second one changes nothing. */
static void renew(Run *r) {
    Str last = saved_state(r, r->state), once;
    adapter_claude.close(r->state);
    MUST(adapter_claude.renew(last, &r->state, NULL) == 0);
    once = saved_state(r, r->state);
    adapter_claude.close(r->state);
    MUST(adapter_claude.renew(once, &r->state, NULL) == 0);
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
    adapter_claude.line(r->state, l, sink);
}

static void step(Run *r, Str line) {
    AdapterSink sink = {.event = on_event, .reply = on_reply, .arg = r};
    Str rest = str_from(line, 1);
    AdapterLine l = {.channel = ADAPTER_STDOUT, .bytes = line, .at = ++r->at};
    switch (line.n ? line.p[0] : 0) {
    case '>': adapter_claude.input(r->state, rest, r->at, &sink); break;
    case '!': adapter_claude.exited(r->state, (int)(rest.n % 3) - 1, 9, rest.n > 8, &sink); break;
    case '~': renew(r); break;
    case '%': long_line(r, rest, &l, &sink); break;
    case '<':
        l = (AdapterLine){.channel = ADAPTER_STDERR, .bytes = rest, .at = r->at};
        adapter_claude.line(r->state, &l, &sink);
        break;
    case '^':
        l.bytes = rest;
        l.is_cut = true;
        adapter_claude.line(r->state, &l, &sink);
        break;
    default: adapter_claude.line(r->state, &l, &sink);
    }
}

static void store_and_read(Run *r) {
    Str saved = saved_state(r, r->state);
    adapter_claude.close(r->state);
    MUST(adapter_claude.open(saved, &r->state, NULL) == 0);
    CLEANUP(buf_done) Buf status;
    buf_init(&status, ADAPTER_STATE_MAX);
    JsonOut o = json_out(&status);
    shape_encode(&StatusState_shape, &r->status, &o);
    MUST(!status.failed);
    check_decodes(&StatusState_shape, buf_str(&status));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Run whole, cut;
    begin(&whole);
    begin(&cut);
    Str rest = str_n(data, size), line;
    while (str_split(&rest, '\n', &line)) {
        step(&whole, line);
        step(&cut, line);
        store_and_read(&cut);
    }
    MUST(str_eq(buf_str(&whole.events), buf_str(&cut.events)));
    end(&whole);
    end(&cut);
    return 0;
}
