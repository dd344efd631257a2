/* The terminal adapter: any command in a pty. Its bytes are the stream that a terminal view reads, so they yield no
 * events; the status follows from start and end only. */
#include <stdlib.h>

#include "adapter/adapters.h"
#include "base/mem.h"

/* There is no state to keep. */
struct AdapterState {
    char nothing;
};

static int terminal_command(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e) {
    if (!s->command.n || !s->command.items[0].n) return err_fail(e, ERR_INVALID, "a terminal requires a command");
    Str *env = arena_array(a, 1, sizeof *env);
    env[0] = STR("TERM=xterm-256color");
    *ret = (AdapterCommand){.argv = s->command, .env = {env, 1}, .is_pty = true};
    return 0;
}

static int terminal_open(Str saved, AdapterState **ret, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *root = NULL;
    if (saved.n) TRY(json_parse(a, saved, JSON_DEPTH_REQUEST, &root, e));
    *ret = mu_new(AdapterState);
    return 0;
}

static int terminal_renew(Str last, AdapterState **ret, Err *e) {
    (void)last;
    return terminal_open((Str){0}, ret, e);
}

static void terminal_close(AdapterState *st) { free(st); }

static void terminal_save(const AdapterState *st, Buf *out) {
    (void)st;
    buf_add_str(out, STR("{}"));
}

static void terminal_line(AdapterState *st, const AdapterLine *l, const AdapterSink *sink) {
    (void)st, (void)l, (void)sink;
}

static void terminal_input(AdapterState *st, Str bytes, TimeUs at, const AdapterSink *sink) {
    (void)st, (void)bytes, (void)at, (void)sink;
}

static void terminal_exited(AdapterState *st, int code, int signal, bool is_stop, const AdapterSink *sink) {
    (void)st;
    EvExit v = {.is_clean = is_stop || code == 0};
    if (code >= 0)
        GIVE(EvExit, &v, code, code);
    else
        GIVE(EvExit, &v, signal, signal);
    sink->event(sink->arg, EV_KIND_EXIT, &v);
}

static int terminal_start(const AdapterTo *to, Buf *out, Err *e) {
    (void)to, (void)out, (void)e;
    return 0;
}

/* A prompt is typed, with the key that ends a line. */
static int terminal_prompt(const AdapterTo *to, Str text, Buf *out, Err *e) {
    (void)to;
    size_t before = out->n;
    buf_add_str(out, text);
    buf_add_c(out, '\r');
    if (!out->failed) return 0;
    out->n = before;
    return err_fail(e, ERR_TOO_LARGE, "this is more than can be typed at once");
}

static int terminal_interrupt(const AdapterTo *to, Str request_id, Buf *out, Err *e) {
    (void)to, (void)request_id;
    return buf_add_c(out, '\x03') ? 0 : err_fail(e, ERR_TOO_LARGE, "the terminal's input is full");
}

const Adapter adapter_terminal = {
    .name = "terminal",
    .caps = ADAPTER_PROMPT | ADAPTER_INTERRUPT | ADAPTER_PTY,
    .command = terminal_command,
    .open = terminal_open,
    .renew = terminal_renew,
    .close = terminal_close,
    .save = terminal_save,
    .line = terminal_line,
    .input = terminal_input,
    .exited = terminal_exited,
    .start = terminal_start,
    .prompt = terminal_prompt,
    .interrupt = terminal_interrupt,
};
