#include "base/holdlog.h"

#include "base/crc32c.h"
#include "base/le.h"

/* Offsets inside a frame's header. The checksum covers everything but itself. */
enum { FRAME_AT_LENGTH = 0, FRAME_AT_CRC = 4, FRAME_AT_CHANNEL = 8, FRAME_AT_TIME = 9 };
/* Offsets inside a segment's header. */
enum {
    SEG_AT_MAGIC = 0,
    SEG_AT_VERSION = 8,
    SEG_AT_SIZE = 12,
    SEG_AT_FIRST = 16,
    SEG_AT_LAUNCH = 24,
    SEG_AT_BOOT = 64,
    SEG_AT_TIME = 80,
    SEG_AT_CRC = 92
};

static const char segment_magic[8] = {'M', 'U', 'S', 'T', 'R', 'L', 'O', 'G'};
static const char segment_prefix[] = "log.";
enum { SEGMENT_DIGITS = 20 };

static uint32_t frame_crc(const uint8_t *head, Str bytes, Str tail) {
    uint32_t crc = crc32c(0, head, FRAME_AT_CRC);
    crc = crc32c(crc, head + FRAME_AT_CHANNEL, HOLD_FRAME_HEADER - FRAME_AT_CHANNEL);
    crc = crc32c(crc, bytes.p, bytes.n);
    return crc32c(crc, tail.p, tail.n);
}

void holdlog_frame_head(const HoldFrame *f, Str tail, uint8_t out[HOLD_FRAME_HEADER]) {
    le_store32(out + FRAME_AT_LENGTH, (uint32_t)(f->bytes.n + tail.n));
    out[FRAME_AT_CHANNEL] = (uint8_t)f->channel;
    le_store64(out + FRAME_AT_TIME, (uint64_t)f->at);
    le_store32(out + FRAME_AT_CRC, frame_crc(out, f->bytes, tail));
}

HoldCond holdlog_frame_parse(Str in, HoldFrame *ret, size_t *ret_size) {
    if (in.n < 4) return HOLD_CUT;
    const uint8_t *head = (const uint8_t *)in.p;
    uint32_t length = le_load32(head + FRAME_AT_LENGTH);
    if (length > HOLD_FRAME_BYTES_MAX) return HOLD_BAD;
    if (in.n < HOLD_FRAME_HEADER + (size_t)length) return HOLD_CUT;
    Str bytes = {in.p + HOLD_FRAME_HEADER, length};
    if (le_load32(head + FRAME_AT_CRC) != frame_crc(head, bytes, (Str){0})) return HOLD_BAD;
    *ret = (HoldFrame){
        .channel = (HoldChannel)head[FRAME_AT_CHANNEL], .at = (TimeUs)le_load64(head + FRAME_AT_TIME), .bytes = bytes};
    *ret_size = HOLD_FRAME_HEADER + (size_t)length;
    return HOLD_WHOLE;
}

void holdlog_segment_head(const HoldSegment *s, uint8_t out[HOLD_SEGMENT_HEADER]) {
    memset(out, 0, HOLD_SEGMENT_HEADER);
    memcpy(out + SEG_AT_MAGIC, segment_magic, sizeof segment_magic);
    le_store32(out + SEG_AT_VERSION, HOLD_LOG_VERSION);
    le_store32(out + SEG_AT_SIZE, HOLD_SEGMENT_HEADER);
    le_store64(out + SEG_AT_FIRST, s->first);
    memcpy(out + SEG_AT_LAUNCH, s->launch, sizeof s->launch);
    memcpy(out + SEG_AT_BOOT, s->boot_id, sizeof s->boot_id);
    le_store64(out + SEG_AT_TIME, (uint64_t)s->at);
    le_store32(out + SEG_AT_CRC, crc32c(0, out, SEG_AT_CRC));
}

HoldCond holdlog_segment_parse(Str in, HoldSegment *ret) {
    if (in.n < HOLD_SEGMENT_HEADER) return HOLD_CUT;
    const uint8_t *head = (const uint8_t *)in.p;
    if (memcmp(head + SEG_AT_MAGIC, segment_magic, sizeof segment_magic) != 0) return HOLD_BAD;
    if (le_load32(head + SEG_AT_VERSION) != HOLD_LOG_VERSION) return HOLD_BAD;
    if (le_load32(head + SEG_AT_SIZE) != HOLD_SEGMENT_HEADER) return HOLD_BAD;
    if (le_load32(head + SEG_AT_CRC) != crc32c(0, head, SEG_AT_CRC)) return HOLD_BAD;
    *ret = (HoldSegment){.first = le_load64(head + SEG_AT_FIRST), .at = (TimeUs)le_load64(head + SEG_AT_TIME)};
    memcpy(ret->launch, head + SEG_AT_LAUNCH, sizeof ret->launch);
    memcpy(ret->boot_id, head + SEG_AT_BOOT, sizeof ret->boot_id);
    return HOLD_WHOLE;
}

void holdlog_segment_name(uint64_t first, char out[HOLD_SEGMENT_NAME_MAX]) {
    snprintf(out, HOLD_SEGMENT_NAME_MAX, "%s%0*llu", segment_prefix, SEGMENT_DIGITS, (unsigned long long)first);
}

bool holdlog_segment_name_parse(Str name, uint64_t *ret_first) {
    if (!str_starts(name, str(segment_prefix))) return false;
    Str digits = str_from(name, sizeof segment_prefix - 1);
    int64_t first;
    if (digits.n != SEGMENT_DIGITS || !str_parse_i64(digits, 0, INT64_MAX, &first)) return false;
    *ret_first = (uint64_t)first;
    return true;
}

bool holdlog_input_parse(Str body, HoldInput *ret) {
    LeReader r = {.rest = body};
    HoldInput input = {.n = le_take64(&r), .total = le_take32(&r), .at = le_take32(&r)};
    input.bytes = r.rest;
    if (r.failed || input.at > input.total || input.bytes.n > input.total - input.at) return false;
    *ret = input;
    return true;
}

void holdlog_input_head(const HoldInput *i, uint8_t out[HOLD_INPUT_HEAD]) {
    le_store64(out, i->n);
    le_store32(out + 8, i->total);
    le_store32(out + 12, i->at);
}

bool holdlog_size_parse(Str body, HoldSize *ret) {
    LeReader r = {.rest = body};
    HoldSize size = {.rows = le_take16(&r), .cols = le_take16(&r)};
    if (!r.failed) *ret = size;
    return !r.failed;
}

bool holdlog_gap_parse(Str body, HoldGap *ret) {
    LeReader r = {.rest = body};
    HoldGap gap = {.from = le_take64(&r), .to = le_take64(&r)};
    if (r.failed || gap.to < gap.from) return false;
    *ret = gap;
    return true;
}

bool holdlog_exit_parse(Str body, HoldExit *ret) {
    LeReader r = {.rest = body};
    HoldExit x = {.code = (int32_t)le_take32(&r), .signal = (int32_t)le_take32(&r)};
    x.lost = le_take64(&r);
    x.survivors = le_take32(&r);
    x.reason = le_take_str(&r);
    x.text = le_take_str(&r);
    x.limit = le_take_str(&r);
    x.mechanism = le_take_str(&r);
    if (!r.failed) *ret = x;
    return !r.failed;
}

void holdlog_exit_read(Str body, HoldExit *ret, char *detail, size_t size) {
    if (!holdlog_exit_parse(body, ret)) *ret = (HoldExit){.reason = STR("exit"), .code = 255};
    size_t n = ret->text.n < size ? ret->text.n : size - 1;
    while (n < ret->text.n && n && ((unsigned char)ret->text.p[n] & 0xc0) == 0x80) n--; /* between two characters */
    snprintf(detail, size, STR_FMT, STR_ARG(str_upto(ret->text, n)));
    if (ret->signal && !ret->text.n) snprintf(detail, size, "ended by signal %d", ret->signal);
}

bool holdlog_put_size(Buf *out, const HoldSize *s) { return le_put16(out, s->rows) && le_put16(out, s->cols); }

bool holdlog_put_gap(Buf *out, const HoldGap *g) { return le_put64(out, g->from) && le_put64(out, g->to); }

bool holdlog_put_exit(Buf *out, const HoldExit *x) {
    return le_put32(out, (uint32_t)x->code) && le_put32(out, (uint32_t)x->signal) && le_put64(out, x->lost) &&
           le_put32(out, x->survivors) && le_put_str(out, x->reason) && le_put_str(out, x->text) &&
           le_put_str(out, x->limit) && le_put_str(out, x->mechanism);
}
