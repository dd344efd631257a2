#include "base/holdwire.h"

#include "base/le.h"

/* One row per message: how its body is written and read. A type without a row belongs to a later version. */
typedef struct Codec {
    bool (*put)(Buf *out, const HoldMsg *m);
    bool (*parse)(Str body, HoldMsg *m);
} Codec;

static bool put_nothing(Buf *out UNUSED, const HoldMsg *m UNUSED) { return true; }
static bool parse_nothing(Str body UNUSED, HoldMsg *m UNUSED) { return true; }

static bool put_hello(Buf *out, const HoldMsg *m) {
    return le_put32(out, m->hello.version) && le_put_str(out, m->hello.launch) && le_put_str(out, m->hello.nonce) &&
           le_put_str(out, m->hello.features);
}
static bool parse_hello(Str body, HoldMsg *m) {
    LeReader r = {.rest = body};
    m->hello.version = le_take32(&r);
    m->hello.launch = le_take_str(&r);
    m->hello.nonce = le_take_str(&r);
    m->hello.features = le_take_str(&r);
    return !r.failed;
}

static bool put_input(Buf *out, const HoldMsg *m) {
    uint8_t head[HOLD_INPUT_HEAD];
    holdlog_input_head(&m->input, head);
    return buf_add(out, head, sizeof head) && buf_add_str(out, m->input.bytes);
}
static bool parse_input(Str body, HoldMsg *m) {
    return holdlog_input_parse(body, &m->input) && m->input.bytes.n <= HOLD_PART_MAX;
}

static bool put_poke(Buf *out, const HoldMsg *m) { return buf_add_str(out, m->poke); }
static bool parse_poke(Str body, HoldMsg *m) {
    m->poke = body;
    return body.n <= HOLD_PART_MAX;
}

static bool put_size(Buf *out, const HoldMsg *m) { return holdlog_put_size(out, &m->size); }
static bool parse_size(Str body, HoldMsg *m) { return holdlog_size_parse(body, &m->size); }

static bool put_signal(Buf *out, const HoldMsg *m) {
    return le_put32(out, (uint32_t)m->signal.signal) && buf_add_c(out, (char)m->signal.whole_tree);
}
static bool parse_signal(Str body, HoldMsg *m) {
    LeReader r = {.rest = body};
    m->signal.signal = (int32_t)le_take32(&r);
    m->signal.whole_tree = le_take8(&r) != 0;
    return !r.failed;
}

static bool put_stop(Buf *out, const HoldMsg *m) { return le_put32(out, m->grace_ms); }
static bool parse_stop(Str body, HoldMsg *m) {
    LeReader r = {.rest = body};
    m->grace_ms = le_take32(&r);
    return !r.failed;
}

static bool put_derived(Buf *out, const HoldMsg *m) { return le_put64(out, m->derived); }
static bool parse_derived(Str body, HoldMsg *m) {
    LeReader r = {.rest = body};
    m->derived = le_take64(&r);
    return !r.failed;
}

static bool put_head(Buf *out, const HoldMsg *m) {
    const HoldHead *h = &m->head;
    return le_put64(out, h->head) && le_put64(out, h->first) && le_put64(out, h->last_input) &&
           le_put64(out, h->delivered) && le_put32(out, h->flags) && le_put32(out, (uint32_t)h->pid) &&
           le_put64(out, (uint64_t)h->rss_bytes) && le_put32(out, (uint32_t)h->processes);
}
static bool parse_head(Str body, HoldMsg *m) {
    LeReader r = {.rest = body};
    HoldHead *h = &m->head;
    h->head = le_take64(&r);
    h->first = le_take64(&r);
    h->last_input = le_take64(&r);
    h->delivered = le_take64(&r);
    h->flags = le_take32(&r);
    h->pid = (int32_t)le_take32(&r);
    h->rss_bytes = (int64_t)le_take64(&r);
    h->processes = (int32_t)le_take32(&r);
    return !r.failed;
}

static bool put_ack(Buf *out, const HoldMsg *m) {
    return le_put64(out, m->ack.n) && buf_add_c(out, (char)m->ack.status);
}
static bool parse_ack(Str body, HoldMsg *m) {
    LeReader r = {.rest = body};
    m->ack.n = le_take64(&r);
    m->ack.status = (HoldAck)le_take8(&r);
    return !r.failed;
}

static bool put_exited(Buf *out, const HoldMsg *m) {
    return le_put64(out, m->exited.offset) && holdlog_put_exit(out, &m->exited.exit);
}
static bool parse_exited(Str body, HoldMsg *m) {
    LeReader r = {.rest = body};
    m->exited.offset = le_take64(&r);
    return !r.failed && holdlog_exit_parse(r.rest, &m->exited.exit);
}

static bool put_poked(Buf *out, const HoldMsg *m) { return le_put64(out, m->poked); }
static bool parse_poked(Str body, HoldMsg *m) {
    LeReader r = {.rest = body};
    m->poked = le_take64(&r);
    return !r.failed;
}

static const Codec codecs[] = {
    [HOLD_MSG_HELLO] = {put_hello, parse_hello},
    [HOLD_MSG_GO] = {put_nothing, parse_nothing},
    [HOLD_MSG_INPUT] = {put_input, parse_input},
    [HOLD_MSG_POKE] = {put_poke, parse_poke},
    [HOLD_MSG_SIZE] = {put_size, parse_size},
    [HOLD_MSG_SIGNAL] = {put_signal, parse_signal},
    [HOLD_MSG_STOP] = {put_stop, parse_stop},
    [HOLD_MSG_KILL] = {put_nothing, parse_nothing},
    [HOLD_MSG_SET_DERIVED] = {put_derived, parse_derived},
    [HOLD_MSG_BYE] = {put_nothing, parse_nothing},
    [HOLD_MSG_HEAD] = {put_head, parse_head},
    [HOLD_MSG_INPUT_ACK] = {put_ack, parse_ack},
    [HOLD_MSG_EXITED] = {put_exited, parse_exited},
    [HOLD_MSG_POKE_ACK] = {put_poked, parse_poked},
};

static const Codec *find_codec(HoldMsgType type) {
    return (size_t)type < COUNT_OF(codecs) && codecs[type].put ? &codecs[type] : NULL;
}

bool holdwire_put(Buf *out, const HoldMsg *m) {
    size_t start = out->n;
    if (!le_put32(out, 0) || !buf_add_c(out, (char)m->type)) return false;
    if (!find_codec(m->type)->put(out, m)) return false;
    le_store32(out->p + start, (uint32_t)(out->n - start - HOLD_MSG_HEADER));
    return true;
}

HoldCond holdwire_parse(Str in, HoldMsg *ret, size_t *ret_size) {
    if (in.n < 4) return HOLD_CUT;
    uint32_t length = le_load32(in.p);
    if (length > HOLD_MSG_BODY_MAX) return HOLD_BAD;
    if (in.n < HOLD_MSG_HEADER + (size_t)length) return HOLD_CUT;
    HoldMsg m = {.type = (HoldMsgType)(uint8_t)in.p[4]};
    const Codec *codec = find_codec(m.type);
    if (!codec)
        m.type = HOLD_MSG_UNKNOWN;
    else if (!codec->parse((Str){in.p + HOLD_MSG_HEADER, length}, &m))
        return HOLD_BAD;
    *ret = m;
    *ret_size = HOLD_MSG_HEADER + (size_t)length;
    return HOLD_WHOLE;
}
