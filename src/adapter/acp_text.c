/* What an ACP agent says: chunks, joined to blocks.
 *
 * The protocol has no end of a message, and its chunks are not repeated as a whole. The block that is open is part of
 * the state, which is bounded: a long one is stored in parts, which end at the end of a line. */
#include "adapter/acp_int.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { HIGH_FIRST = 0xD800, LOW_FIRST = 0xDC00, LOW_LAST = 0xDFFF, ESCAPE = 6 /* \uXXXX */, REPLACED = 3 };

Str acp_content_text(AcpLine *l, const Json *content) {
    Buf *b = arena_new_in(l->scratch, Buf);
    buf_init(b, ADAPTER_LINE_MAX);
    arena_defer(l->scratch, (void (*)(void *))buf_done, b);
    size_t n = json_is(content, JSON_ARRAY) ? content->n : json_is(content, JSON_OBJECT) ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        const Json *item = content->type == JSON_ARRAY ? &content->items[i] : content;
        const Json *inner = json_get(item, "content") ? json_get(item, "content") : item;
        Str type = json_str(inner, "type");
        if (str_is(type, "diff")) continue;
        if (b->n) buf_add_c(b, '\n');
        if (str_is(type, "text"))
            buf_add_str(b, json_str(inner, "text"));
        else
            buf_add_fmt(b, "[" STR_FMT "]", STR_ARG(text_clean(l->scratch, type, ACP_WORD_MAX)));
    }
    return buf_str(b);
}

/* --- surrogates that are split over two chunks --- */

static int64_t hex4(const char *p) {
    int64_t v = 0;
    for (int i = 0; i < 4; i++) {
        int c = p[i] | 0x20;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return 0;
        v = v * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return v;
}

/* The value of the escape at raw[at]; 0 if there is none. */
static int64_t escape_at(Str raw, size_t at) {
    size_t slashes = 0;
    if (at + ESCAPE > raw.n || raw.p[at] != '\\' || raw.p[at + 1] != 'u') return 0;
    while (slashes < at && raw.p[at - 1 - slashes] == '\\') slashes++;
    return slashes % 2 ? 0 : hex4(raw.p + at + 2);
}

static bool is_high(int64_t v) { return v >= HIGH_FIRST && v < LOW_FIRST; }
static bool is_low(int64_t v) { return v >= LOW_FIRST && v <= LOW_LAST; }

static Str pair(Arena *a, int64_t high, int64_t low) {
    int64_t c = 0x10000 + ((high - HIGH_FIRST) << 10) + (low - LOW_FIRST);
    char *p = arena_alloc(a, 5);
    p[0] = (char)(0xf0 | c >> 18);
    p[1] = (char)(0x80 | (c >> 12 & 0x3f));
    p[2] = (char)(0x80 | (c >> 6 & 0x3f));
    p[3] = (char)(0x80 | (c & 0x3f));
    return str_n(p, 4);
}

/* The reader made U+FFFD of each half. A high one at the end waits for the next chunk of its block. */
static Str whole_text(AcpLine *l, const Json *text) {
    AcpState *s = l->s;
    Str raw = text->raw, all = text->s, first = {0};
    int64_t last = raw.n > ESCAPE + 1 ? escape_at(raw, raw.n - 1 - ESCAPE) : 0;
    int64_t begins = raw.n > ESCAPE + 1 ? escape_at(raw, 1) : 0;
    if (s->high && all.n) {
        first = is_low(begins) ? pair(l->scratch, s->high, begins) : STR("\xef\xbf\xbd");
        if (is_low(begins)) all = str_from(all, REPLACED);
        s->high = 0;
    }
    if (is_high(last)) {
        s->high = last;
        all = str_upto(all, all.n - REPLACED);
    }
    return first.n ? arena_fmt(l->scratch, STR_FMT STR_FMT, STR_ARG(first), STR_ARG(all)) : all;
}

/* --- blocks --- */

static size_t json_length(Str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        n += c < ' ' ? ESCAPE : c == '"' || c == '\\' ? 2 : 1;
    }
    return n;
}

static void emit_block(AcpLine *l, Str text) {
    const AcpState *s = l->s;
    bool is_text = s->block == BLOCK_TEXT;
    size_t max = is_text ? EVENT_WHOLE_MAX : EVENT_TEXT_MAX;
    if (!text.n) return;
    EvText v = {.block = s->block_id, .text = text_clean(l->scratch, text, max)};
    if (text.n > max) {
        GIVE(EvText, &v, truncated, true);
        GIVE(EvText, &v, size, (int64_t)text.n);
    }
    l->sink->event(l->sink->arg, is_text ? EV_KIND_TEXT : EV_KIND_THOUGHT, &v);
}

static void name_block(AcpLine *l) {
    l->s->n_blocks++;
    l->s->block_id = arena_fmt(l->keep, "%llx-%lld", (unsigned long long)l->at, (long long)l->s->n_blocks);
}

static void emit_delta(AcpLine *l, Str text) {
    if (l->s->block != BLOCK_TEXT || !text.n) return;
    EvTextDelta v = {.block = l->s->block_id, .text = text_clean(l->scratch, text, EVENT_TEXT_MAX)};
    l->sink->event(l->sink->arg, EV_KIND_TEXT_DELTA, &v);
}

/* Up to the last line that has ended, if the rest is short enough to be kept. */
static size_t part_of(Str text) {
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != '\n') at--;
    return at && json_length(str_from(text, at)) <= ACP_TEXT_MAX / 2 ? at : text.n;
}

static void append(AcpLine *l, Str text) {
    AcpState *s = l->s;
    Str all = text;
    if (s->text.n) {
        Buf *b = arena_new_in(l->scratch, Buf);
        buf_init(b, ADAPTER_LINE_MAX + ADAPTER_STATE_MAX);
        arena_defer(l->scratch, (void (*)(void *))buf_done, b);
        buf_add_str(b, s->text);
        buf_add_str(b, text);
        all = buf_str(b);
    }
    if (json_length(all) > ACP_TEXT_MAX) {
        size_t part = part_of(all);
        emit_block(l, str_upto(all, part));
        name_block(l);
        all = str_from(all, part);
    }
    s->text = arena_str(l->keep, text_clean(l->scratch, all, all.n));
}

void acp_close_block(AcpLine *l) {
    AcpState *s = l->s;
    if (s->high) {
        s->high = 0;
        emit_delta(l, STR("\xef\xbf\xbd"));
        append(l, STR("\xef\xbf\xbd"));
    }
    if (s->block != BLOCK_NONE) emit_block(l, s->text);
    s->block = BLOCK_NONE;
    s->text = s->message_id = s->block_id = (Str){0};
}

static void open_block(AcpLine *l, AcpBlock kind, Str message_id) {
    AcpState *s = l->s;
    if (s->block == kind && str_eq(s->message_id, message_id)) return;
    acp_close_block(l);
    s->block = kind;
    s->message_id = arena_str(l->keep, message_id);
    name_block(l);
}

void acp_add_text(AcpLine *l, AcpBlock kind, const Json *update) {
    const Json *content = json_get(update, "content"), *text = json_get(content, "text");
    bool is_text = str_is(json_str(content, "type"), "text") && json_is(text, JSON_STRING);
    if (is_text && !text->s.n) return;
    open_block(l, kind, text_plain(l->scratch, json_str(update, "messageId"), ACP_ID_MAX));
    Str all = is_text ? whole_text(l, text) : acp_content_text(l, content);
    emit_delta(l, all);
    if (all.n) append(l, all);
}
