/* WebSocket frames: the events do not depend on where the bytes are cut; messages are within their limits and text is
 * UTF-8. The first byte selects the cuts. */
#include "base/mem.h"
#include "fuzz.h"
#include "net/ws_parse.h"

enum { MESSAGE_MAX = 4096, TEXT_MAX = 64 << 20 };

static void check_event(WsStep step, const WsEvent *ev) {
    if (step == WS_STEP_FAIL) {
        MUST(ev->code == WS_PROTOCOL_ERROR || ev->code == WS_BAD_TEXT || ev->code == WS_TOO_BIG);
        return;
    }
    MUST(ev->payload.n <= (step == WS_STEP_CONTROL ? WS_CONTROL_MAX : MESSAGE_MAX));
    if (ev->op == WS_TEXT || ev->op == WS_CLOSE) MUST(str_is_utf8(ev->payload));
    if (ev->op == WS_CLOSE) MUST(ev->code == WS_NO_CODE || ws_is_close_code(ev->code));
}

static bool feed(WsParse *p, char *bytes, size_t n, Buf *out) {
    WsEvent ev;
    for (size_t at = 0, used;; at += used) {
        WsStep step = ws_parse_feed(p, bytes + at, n - at, &used, &ev);
        MUST(used <= n - at);
        if (step == WS_STEP_MORE) return true;
        check_event(step, &ev);
        buf_add_fmt(out, "%d %d %d ", step, ev.op, ev.code);
        buf_add_str(out, ev.payload);
        if (step == WS_STEP_FAIL || ev.op == WS_CLOSE) return false;
    }
}

/* Each piece is in separate memory: the parser may change it, and must not read past it. */
static void parse(Str in, size_t piece, Buf *out) {
    WsParse p;
    ws_parse_init(&p, MESSAGE_MAX);
    for (bool goes_on = true; goes_on && in.n; in = str_from(in, piece)) {
        Str part = str_upto(in, piece);
        char *bytes = mu_alloc(part.n);
        memcpy(bytes, part.p, part.n);
        goes_on = feed(&p, bytes, part.n, out);
        free(bytes);
    }
    MUST(p.message.n <= MESSAGE_MAX);
    ws_parse_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    CLEANUP(buf_done) Buf whole;
    CLEANUP(buf_done) Buf cut;
    Str in = str_n(data + 1, size - 1);
    buf_init(&whole, TEXT_MAX);
    buf_init(&cut, TEXT_MAX);
    parse(in, in.n + 1, &whole);
    parse(in, 1 + data[0] % 40, &cut);
    MUST(str_eq(buf_str(&whole), buf_str(&cut)));
    return 0;
}
