#include <stdlib.h>

#include "base/mem.h"
#include "net/ws_conn.h"

static size_t head_size(size_t payload_n) { return payload_n < 126 ? 2 : payload_n <= UINT16_MAX ? 4 : 10; }

/* RFC 6455 5.2: final, not masked, the length in the fewest bytes. */
static void write_head(char *to, WsOpcode op, size_t n) {
    size_t n_extra = head_size(n) - 2;
    to[0] = (char)(0x80 | op);
    to[1] = (char)(n_extra == 0 ? n : n_extra == 2 ? 126 : 127);
    for (size_t i = 0; i < n_extra; i++) to[2 + i] = (char)((uint64_t)n >> 8 * (n_extra - 1 - i));
}

WsFrame *ws_frame_join(WsOpcode op, const Str *parts, int n) {
    size_t payload_n = 0;
    for (int i = 0; i < n; i++) payload_n += parts[i].n;
    size_t head_n = head_size(payload_n);
    WsFrame *f = mu_alloc(sizeof *f + head_n + payload_n);
    f->n_refs = 1;
    f->head_n = (uint8_t)head_n;
    f->n = head_n + payload_n;
    write_head(f->bytes, op, payload_n);
    char *to = f->bytes + head_n;
    for (int i = 0; i < n; i++) {
        if (parts[i].n) memcpy(to, parts[i].p, parts[i].n);
        to += parts[i].n;
    }
    return f;
}

WsFrame *ws_frame_new(WsOpcode op, Str payload) { return ws_frame_join(op, &payload, 1); }

WsFrame *ws_frame_ref(WsFrame *f) {
    f->n_refs++;
    return f;
}

void ws_frame_unref(WsFrame *f) {
    if (f && --f->n_refs == 0) free(f);
}

Str ws_frame_payload(const WsFrame *f) { return str_n(f->bytes + f->head_n, f->n - f->head_n); }
