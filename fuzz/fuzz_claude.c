/* The claude adapter: whatever a CLI writes, every event is a valid shape within its bounds, every reply is one JSON line,
 * the state stays below its cap, and storing and reading it after each line changes nothing.
 * A line that begins with '<' is stderr, with '>' what was written to the child, with '!' the exit; others are stdout. */
#include "adapter/adapters.h"
#include "base/mem.h"
#include "fuzz.h"

enum { EVENTS_MAX = 64 << 20 };

typedef struct Run {
    AdapterState *state;
    StatusState status;
    Arena *arena;
    Buf events;
    TimeUs at;
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

static void step(Run *r, Str line) {
    AdapterSink sink = {.event = on_event, .reply = on_reply, .arg = r};
    Str rest = str_from(line, 1);
    r->at++;
    switch (line.n ? line.p[0] : 0) {
    case '>': adapter_claude.input(r->state, rest, r->at, &sink); break;
    case '!': adapter_claude.exited(r->state, (int)(rest.n % 3) - 1, 9, rest.n > 8, &sink); break;
    case '<':
        adapter_claude.line(r->state, &(AdapterLine){.channel = ADAPTER_STDERR, .bytes = rest, .at = r->at}, &sink);
        break;
    default:
        adapter_claude.line(r->state, &(AdapterLine){.channel = ADAPTER_STDOUT, .bytes = line, .at = r->at}, &sink);
    }
}

static void store_and_read(Run *r) {
    CLEANUP(buf_done) Buf saved;
    Err e = {0};
    buf_init(&saved, ADAPTER_STATE_MAX);
    adapter_claude.save(r->state, &saved);
    MUST(!saved.failed);
    adapter_claude.close(r->state);
    MUST(adapter_claude.open(buf_str(&saved), &r->state, &e) == 0);
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
