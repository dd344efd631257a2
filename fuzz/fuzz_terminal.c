/* The terminal adapter: a program's output produces no event; a typed prompt is passed on unchanged. */
#include "adapter/adapters.h"
#include "base/mem.h"
#include "fuzz.h"

static void on_event(void *arg, AgentEventKind kind, const void *value) {
    int *n = arg;
    (void)value;
    MUST(kind == EV_KIND_EXIT);
    ++*n;
}

static void on_reply(void *arg, Str bytes) {
    (void)arg, (void)bytes;
    MUST(!"a terminal's bytes are never answered");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    AdapterState *st;
    Err e = {0};
    int n_events = 0;
    Str in = str_n(data, size);
    AdapterSink sink = {.event = on_event, .reply = on_reply, .arg = &n_events};
    /* The bytes are also parsed as a stored state: an invalid one is refused. */
    if (adapter_terminal.open(in, &st, &e) == 0) adapter_terminal.close(st);
    MUST(adapter_terminal.open((Str){0}, &st, &e) == 0);
    for (Str rest = in, chunk; rest.n; rest = str_from(rest, chunk.n)) {
        chunk = str_upto(rest, (uint8_t)rest.p[0] + 1u);
        adapter_terminal.line(st, &(AdapterLine){.bytes = chunk}, &sink);
        adapter_terminal.input(st, chunk, 0, &sink);
    }
    MUST(n_events == 0);
    adapter_terminal.exited(st, -1, 9, false, &sink);
    MUST(n_events == 1);
    adapter_terminal.close(st);

    CLEANUP(buf_done) Buf typed;
    buf_init(&typed, size + 1);
    MUST(adapter_terminal.prompt(&(AdapterTo){0}, in, &typed, &e) == 0);
    MUST(typed.n == size + 1 && str_starts(buf_str(&typed), in));
    return 0;
}
