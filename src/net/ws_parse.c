#include "net/ws_parse.h"

enum {
    FIN = 0x80,
    RESERVED = 0x70,
    OPCODE = 0x0f,
    MASKED = 0x80,
    LENGTH = 0x7f,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
    OP_CONTINUATION = 0,
    MASK_BYTES = 4
};

void ws_parse_init(WsParse *p, size_t message_max) {
    *p = (WsParse){.message_max = message_max};
    buf_init(&p->message, message_max);
    buf_init(&p->control, WS_CONTROL_MAX);
}

void ws_parse_done(WsParse *p) {
    buf_done(&p->message);
    buf_done(&p->control);
}

bool ws_is_close_code(int code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/* RFC 3629 section 4: lead byte, and the range of the next byte. */
static const struct {
    uint8_t from, to, n_more, low, high;
} leads[] = {
    {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

static bool take_lead(Utf8Check *u, uint8_t c) {
    for (size_t i = 0; i < COUNT_OF(leads); i++) {
        if (c < leads[i].from || c > leads[i].to) continue;
        *u = (Utf8Check){leads[i].n_more, leads[i].low, leads[i].high};
        return true;
    }
    return false;
}

static size_t ascii_run(const char *p, size_t n) {
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= n; at += sizeof word) {
        memcpy(&word, p + at, sizeof word);
        if (word & 0x8080808080808080u) break;
    }
    return at;
}

bool utf8_check(Utf8Check *u, Str s) {
    for (size_t at = 0; at < s.n; at++) {
        if (u->n_more == 0) at += ascii_run(s.p + at, s.n - at);
        if (at == s.n) return true;
        uint8_t c = (uint8_t)s.p[at];
        if (u->n_more == 0) {
            if (!take_lead(u, c)) return false;
            continue;
        }
        if (c < u->low || c > u->high) return false;
        *u = (Utf8Check){(uint8_t)(u->n_more - 1), 0x80, 0xbf};
    }
    return true;
}

static WsStep fail(WsEvent *ret, int code) {
    *ret = (WsEvent){.op = WS_CLOSE, .code = code};
    return WS_STEP_FAIL;
}

static uint8_t opcode_of(const WsParse *p) { return p->head[0] & OPCODE; }
static bool is_control(const WsParse *p) { return opcode_of(p) >= WS_CLOSE; }
static bool is_final(const WsParse *p) { return p->head[0] & FIN; }

static size_t length_bytes(const WsParse *p) {
    uint8_t length = p->head[1] & LENGTH;
    return length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
}

static size_t head_size(const WsParse *p) { return p->head_n < 2 ? 2 : 2 + length_bytes(p) + MASK_BYTES; }

/* Errors visible in the first two bytes: 5.2 (reserved bits, opcodes, mask), 5.4, 5.5. */
static bool is_head_valid(const WsParse *p) {
    uint8_t op = opcode_of(p);
    if (p->head[0] & RESERVED || !(p->head[1] & MASKED)) return false;
    if (is_control(p)) return op <= WS_PONG && is_final(p) && (p->head[1] & LENGTH) <= WS_CONTROL_MAX;
    if (op == OP_CONTINUATION) return p->message_op != 0;
    return op <= WS_BINARY && p->message_op == 0;
}

/* The length, in the fewest bytes (5.2); false if it uses more. */
static bool read_length(const WsParse *p, uint64_t *ret) {
    uint64_t v = p->head[1] & LENGTH;
    size_t n = length_bytes(p);
    if (n == 0) {
        *ret = v;
        return true;
    }
    v = 0;
    for (size_t i = 0; i < n; i++) v = v << 8 | p->head[2 + i];
    *ret = v;
    return n == 2 ? v >= LENGTH_16 : v > UINT16_MAX && v <= INT64_MAX;
}

static WsStep begin_payload(WsParse *p, WsEvent *ret) {
    if (!read_length(p, &p->left)) return fail(ret, WS_PROTOCOL_ERROR);
    if (!is_control(p) && p->left > p->message_max - p->message.n) return fail(ret, WS_TOO_BIG);
    if (!is_control(p) && opcode_of(p) != OP_CONTINUATION) {
        p->message_op = opcode_of(p);
        p->utf8 = (Utf8Check){0};
    }
    p->in_payload = true;
    p->mask_at = 0;
    return WS_STEP_MORE;
}

static WsStep take_head(WsParse *p, const char *in, size_t n, size_t *used, WsEvent *ret) {
    while (*used < n && !p->in_payload) {
        p->head[p->head_n++] = (uint8_t)in[(*used)++];
        if (p->head_n == 2 && !is_head_valid(p)) return fail(ret, WS_PROTOCOL_ERROR);
        if (p->head_n == head_size(p) && p->head_n > 2) return begin_payload(p, ret);
    }
    return WS_STEP_MORE;
}

/* 5.3, eight bytes at a time. */
static void unmask(WsParse *p, char *bytes, size_t n) {
    const uint8_t *key = p->head + head_size(p) - MASK_BYTES;
    uint8_t turned[8];
    for (size_t i = 0; i < sizeof turned; i++) turned[i] = key[(p->mask_at + i) % MASK_BYTES];
    uint64_t mask, word;
    memcpy(&mask, turned, sizeof mask);
    size_t at = 0;
    for (; at + sizeof word <= n; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        word ^= mask;
        memcpy(bytes + at, &word, sizeof word);
    }
    for (; at < n; at++) bytes[at] = (char)(bytes[at] ^ (char)turned[at % sizeof turned]);
    p->mask_at = (uint8_t)((p->mask_at + n) % MASK_BYTES);
}

static WsStep control_done(WsParse *p, Str payload, WsEvent *ret) {
    *ret = (WsEvent){.op = (WsOpcode)opcode_of(p), .payload = payload, .code = WS_NO_CODE};
    if (ret->op != WS_CLOSE || payload.n == 0) return WS_STEP_CONTROL;
    if (payload.n == 1) return fail(ret, WS_PROTOCOL_ERROR);
    ret->code = (uint8_t)payload.p[0] << 8 | (uint8_t)payload.p[1];
    ret->payload = str_from(payload, 2);
    if (!ws_is_close_code(ret->code)) return fail(ret, WS_PROTOCOL_ERROR);
    return str_is_utf8(ret->payload) ? WS_STEP_CONTROL : fail(ret, WS_BAD_TEXT);
}

static WsStep data_done(WsParse *p, Str payload, WsEvent *ret) {
    if (!is_final(p)) return WS_STEP_MORE;
    bool is_text = p->message_op == WS_TEXT;
    *ret = (WsEvent){.op = (WsOpcode)p->message_op, .payload = payload};
    p->message_op = 0;
    if (is_text && !utf8_is_complete(&p->utf8)) return fail(ret, WS_BAD_TEXT);
    return WS_STEP_MESSAGE;
}

/* Takes the available part of a payload. A complete one is not copied; parts are collected. */
static WsStep take_payload(WsParse *p, char *in, size_t n, size_t *used, WsEvent *ret) {
    Buf *store = is_control(p) ? &p->control : &p->message;
    size_t part_n = n - *used < p->left ? n - *used : (size_t)p->left;
    Str part = str_n(in + *used, part_n);
    unmask(p, in + *used, part_n);
    *used += part_n;
    p->left -= part_n;
    if (!is_control(p) && p->message_op == WS_TEXT && !utf8_check(&p->utf8, part)) return fail(ret, WS_BAD_TEXT);
    bool is_whole = p->left == 0 && store->n == 0 && (is_control(p) || is_final(p));
    if (!is_whole) buf_add_str(store, part);
    if (p->left > 0) return WS_STEP_MORE;
    p->in_payload = false;
    p->head_n = 0;
    p->is_delivered = !is_whole && (is_control(p) || is_final(p));
    Str payload = is_whole ? part : buf_str(store);
    return is_control(p) ? control_done(p, payload, ret) : data_done(p, payload, ret);
}

/* Drops the buffer whose bytes the last event returned. `head` still identifies it: the next head is not started. */
static void drop_delivered(WsParse *p) {
    Buf *store = is_control(p) ? &p->control : &p->message;
    size_t max = store->max;
    buf_done(store);
    buf_init(store, max);
    p->is_delivered = false;
}

WsStep ws_parse_feed(WsParse *p, char *in, size_t n, size_t *ret_used, WsEvent *ret) {
    WsStep step = WS_STEP_MORE;
    *ret_used = 0;
    if (p->is_delivered) drop_delivered(p);
    while (step == WS_STEP_MORE) {
        if (!p->in_payload) step = take_head(p, in, n, ret_used, ret);
        bool waits = !p->in_payload || (*ret_used == n && p->left > 0);
        if (step != WS_STEP_MORE || waits) return step;
        step = take_payload(p, in, n, ret_used, ret);
    }
    return step;
}
