/* Frames as bytes → events. The cases follow RFC 6455 sections 5, 7.4 and 8.1. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/test.h"
#include "net/ws_parse.h"

enum { MESSAGE_MAX = 300, INPUT_MAX = 70000 };

/* Frames are written unmasked as {first byte, payload}; the test masks them. */
typedef struct Frame {
    uint8_t first;
    const char *payload;
    size_t n; /* 0: strlen(payload) */
} Frame;

typedef struct Case {
    const char *name;
    Frame frames[6];
    const char *want; /* events: "text(…)", "binary(…)", "ping(…)", "pong(…)", "close(code …)", "fail(code)" */
} Case;

#define FIN_TEXT 0x81
#define FIN_BINARY 0x82
#define FIN_MORE 0x80
#define TEXT 0x01
#define BINARY 0x02
#define MORE 0x00
#define CLOSE 0x88
#define PING 0x89
#define PONG 0x8a

static const Case cases[] = {
    {"one text", {{FIN_TEXT, "Hello"}}, "text(Hello) "},
    {"an empty text", {{FIN_TEXT, ""}}, "text() "},
    {"one binary", {{FIN_BINARY, "\xff\xfe"}}, "binary(\xff\xfe) "},
    {"two messages", {{FIN_TEXT, "a"}, {FIN_BINARY, "b"}}, "text(a) binary(b) "},
    {"fragments", {{TEXT, "Hel"}, {FIN_MORE, "lo"}}, "text(Hello) "},
    {"three fragments", {{BINARY, "a"}, {MORE, "b"}, {FIN_MORE, "c"}}, "binary(abc) "},
    {"empty fragments", {{TEXT, ""}, {MORE, ""}, {FIN_MORE, ""}}, "text() "},
    {"ping between fragments", {{TEXT, "a"}, {PING, "p"}, {FIN_MORE, "b"}}, "ping(p) text(ab) "},
    {"close between fragments", {{TEXT, "a"}, {CLOSE, "\x03\xe8"}}, "close(1000 ) "},
    {"pong alone", {{PONG, "x"}}, "pong(x) "},
    {"ping without data", {{PING, ""}}, "ping() "},
    {"fragments, then a message", {{TEXT, "a"}, {FIN_MORE, "b"}, {FIN_TEXT, "c"}}, "text(ab) text(c) "},

    {"reserved bit 1", {{0xc1, "a"}}, "fail(1002) "},
    {"reserved bit 2", {{0xa1, "a"}}, "fail(1002) "},
    {"reserved bit 3", {{0x91, "a"}}, "fail(1002) "},
    {"reserved data opcode", {{0x83, "a"}}, "fail(1002) "},
    {"reserved data opcode 7", {{0x87, "a"}}, "fail(1002) "},
    {"reserved control opcode", {{0x8b, "a"}}, "fail(1002) "},
    {"reserved control opcode 15", {{0x8f, "a"}}, "fail(1002) "},
    {"continuation of nothing", {{FIN_MORE, "a"}}, "fail(1002) "},
    {"continuation after the end", {{TEXT, "a"}, {FIN_MORE, "b"}, {FIN_MORE, "c"}}, "text(ab) fail(1002) "},
    {"a message inside a message", {{TEXT, "a"}, {FIN_TEXT, "b"}}, "fail(1002) "},
    {"ping in fragments", {{0x09, "a"}}, "fail(1002) "},
    {"close in fragments", {{0x08, ""}}, "fail(1002) "},

    {"close without a code", {{CLOSE, ""}}, "close(1005 ) "},
    {"close with a reason",
     {{CLOSE, "\x03\xe9"
              "bye"}},
     "close(1001 bye) "},
    {"close with one byte", {{CLOSE, "\x03"}}, "fail(1002) "},
    {"close with a broken reason", {{CLOSE, "\x03\xe8\xff"}}, "fail(1007) "},
    {"nothing counts after a close", {{CLOSE, "\x03\xe8"}, {0xff, "?"}}, "close(1000 ) "},

    {"UTF-8 of two, three and four bytes",
     {{FIN_TEXT, "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"}},
     "text(\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80) "},
    {"a character over two fragments", {{TEXT, "\xe2\x82"}, {FIN_MORE, "\xac"}}, "text(\xe2\x82\xac) "},
    {"a character around a ping",
     {{TEXT, "\xe2"}, {PING, "\xff"}, {FIN_MORE, "\x82\xac"}},
     "ping(\xff) text(\xe2\x82\xac) "},
    {"the highest character", {{FIN_TEXT, "\xf4\x8f\xbf\xbf"}}, "text(\xf4\x8f\xbf\xbf) "},
    {"a character cut off", {{FIN_TEXT, "\xe2\x82"}}, "fail(1007) "},
    {"a character cut off by the last fragment", {{TEXT, "a"}, {FIN_MORE, "\xe2\x82"}}, "fail(1007) "},
    {"broken in the first fragment", {{TEXT, "\xff"}}, "fail(1007) "},
    {"a continuation byte alone", {{FIN_TEXT, "\x80"}}, "fail(1007) "},
    {"overlong of two bytes", {{FIN_TEXT, "\xc0\xaf"}}, "fail(1007) "},
    {"overlong of three bytes", {{FIN_TEXT, "\xe0\x80\xaf"}}, "fail(1007) "},
    {"overlong of four bytes", {{FIN_TEXT, "\xf0\x80\x80\xaf"}}, "fail(1007) "},
    {"a surrogate", {{FIN_TEXT, "\xed\xa0\x80"}}, "fail(1007) "},
    {"past the highest character", {{FIN_TEXT, "\xf4\x90\x80\x80"}}, "fail(1007) "},
    {"five bytes", {{FIN_TEXT, "\xf8\x88\x80\x80\x80"}}, "fail(1007) "},
    {"broken after much ASCII",
     {{FIN_TEXT, "0123456789abcdef0123456789abcdef\xff"
                 "0123456789abcdef"}},
     "fail(1007) "},
    {"broken text is fine as binary", {{FIN_BINARY, "\xc0\xaf"}}, "binary(\xc0\xaf) "},
};

/* length_form: 0 = fewest bytes, else 126 or 127. */
static void add_frame(Buf *out, const Frame *f, int length_form, bool is_masked) {
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    size_t n = f->n ? f->n : strlen(f->payload);
    int form = length_form ? length_form : n < 126 ? 0 : n < 65536 ? 126 : 127;
    buf_add_c(out, (char)f->first);
    buf_add_c(out, (char)((is_masked ? 0x80 : 0) | (form ? form : (int)n)));
    for (int i = form == 127 ? 7 : form == 126 ? 1 : -1; i >= 0; i--) buf_add_c(out, (char)((uint64_t)n >> 8 * i));
    if (is_masked) buf_add(out, key, 4);
    for (size_t i = 0; i < n; i++) buf_add_c(out, (char)(f->payload[i] ^ (is_masked ? key[i % 4] : 0)));
}

static const char *op_name(WsOpcode op) {
    return op == WS_TEXT     ? "text"
           : op == WS_BINARY ? "binary"
           : op == WS_PING   ? "ping"
           : op == WS_PONG   ? "pong"
                             : "close";
}

/* Feeds one piece from separate memory; false at the end of the conversation. */
static bool feed_piece(WsParse *p, Str piece, Buf *out) {
    WsEvent ev;
    bool goes_on = true;
    char *bytes = mu_alloc(piece.n ? piece.n : 1);
    if (piece.n) memcpy(bytes, piece.p, piece.n);
    for (size_t at = 0, used; goes_on; at += used) {
        WsStep step = ws_parse_feed(p, bytes + at, piece.n - at, &used, &ev);
        if (step == WS_STEP_MORE) break;
        goes_on = step != WS_STEP_FAIL && ev.op != WS_CLOSE;
        if (step == WS_STEP_FAIL)
            buf_add_fmt(out, "fail(%d) ", ev.code);
        else if (ev.op == WS_CLOSE)
            buf_add_fmt(out, "close(%d " STR_FMT ") ", ev.code, STR_ARG(ev.payload));
        else
            buf_add_fmt(out, "%s(" STR_FMT ") ", op_name(ev.op), STR_ARG(ev.payload));
    }
    free(bytes);
    return goes_on;
}

static void parse_cut(Str bytes, size_t cut, Buf *out) {
    WsParse p;
    bool goes_on = true;
    ws_parse_init(&p, MESSAGE_MAX);
    if (cut == SIZE_MAX) {
        for (size_t i = 0; i < bytes.n && goes_on; i++) goes_on = feed_piece(&p, str_n(bytes.p + i, 1), out);
    } else if (feed_piece(&p, str_upto(bytes, cut), out)) {
        feed_piece(&p, str_from(bytes, cut), out);
    }
    ws_parse_done(&p);
}

static void check_bytes(const char *name, Str bytes, size_t cut, const char *want) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, INPUT_MAX);
    parse_cut(bytes, cut, &out);
    if (str_is(buf_str(&out), want)) return;
    test_fail(__FILE__, __LINE__, "\"%s\" cut at %zd: \"%s\", wanted \"%s\"", name, (ssize_t)cut, out.p ? out.p : "",
              want);
}

static void check_everywhere(const char *name, Str bytes, const char *want) {
    for (size_t cut = 0; cut <= bytes.n; cut++) check_bytes(name, bytes, cut, want);
    check_bytes(name, bytes, SIZE_MAX, want);
}

TEST(each_conversation_has_one_outcome_wherever_it_is_cut) {
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(buf_done) Buf bytes;
        buf_init(&bytes, INPUT_MAX);
        for (const Frame *f = cases[i].frames; f->payload; f++) add_frame(&bytes, f, 0, true);
        check_everywhere(cases[i].name, buf_str(&bytes), cases[i].want);
    }
}

TEST(a_frame_that_is_not_masked_is_refused) {
    CLEANUP(buf_done) Buf bytes;
    buf_init(&bytes, INPUT_MAX);
    add_frame(&bytes, &(Frame){FIN_TEXT, "a", 0}, 0, false);
    check_everywhere("not masked", buf_str(&bytes), "fail(1002) ");
}

/* 5.2: "the minimal number of bytes MUST be used to encode the length". */
TEST(a_length_in_too_many_bytes_is_refused) {
    static const int forms[] = {126, 127};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        CLEANUP(buf_done) Buf bytes;
        buf_init(&bytes, INPUT_MAX);
        add_frame(&bytes, &(Frame){FIN_BINARY, "a", 0}, forms[i], true);
        check_everywhere("long length", buf_str(&bytes), "fail(1002) ");
    }
    check_everywhere("highest bit", STR("\x82\xff\x80\0\0\0\0\0\0\0mask"), "fail(1002) ");
}

TEST(a_control_frame_is_short) {
    char long_ping[127];
    CLEANUP(buf_done) Buf bytes;
    buf_init(&bytes, INPUT_MAX);
    memset(long_ping, 'p', sizeof long_ping - 1);
    long_ping[126] = '\0';
    add_frame(&bytes, &(Frame){PING, long_ping, 0}, 0, true);
    check_everywhere("long ping", buf_str(&bytes), "fail(1002) ");
    buf_clear(&bytes);
    long_ping[125] = '\0';
    add_frame(&bytes, &(Frame){PING, long_ping, 0}, 0, true);
    char want[160];
    snprintf(want, sizeof want, "ping(%s) ", long_ping);
    check_everywhere("longest ping", buf_str(&bytes), want);
}

TEST(a_message_has_a_limit_whole_or_in_fragments) {
    char big[MESSAGE_MAX + 2], want[MESSAGE_MAX + 16];
    memset(big, 'b', sizeof big);
    snprintf(want, sizeof want, "binary(%.*s) ", MESSAGE_MAX, big);
    CLEANUP(buf_done) Buf bytes;
    buf_init(&bytes, INPUT_MAX);
    add_frame(&bytes, &(Frame){FIN_BINARY, big, MESSAGE_MAX}, 0, true);
    check_everywhere("at the limit", buf_str(&bytes), want);
    buf_clear(&bytes);
    add_frame(&bytes, &(Frame){FIN_BINARY, big, MESSAGE_MAX + 1}, 0, true);
    check_everywhere("over the limit", buf_str(&bytes), "fail(1009) ");
    buf_clear(&bytes);
    add_frame(&bytes, &(Frame){BINARY, big, MESSAGE_MAX}, 0, true);
    add_frame(&bytes, &(Frame){FIN_MORE, big, 1}, 0, true);
    check_everywhere("over the limit by a fragment", buf_str(&bytes), "fail(1009) ");
    check_everywhere("a huge length", STR("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask"), "fail(1009) ");
}

/* 7.4.1 and 7.4.2; 1012 to 1014 from the registry of close codes. */
TEST(close_codes_are_those_that_may_be_sent) {
    static const struct {
        int from, to;
        bool is_fine;
    } ranges[] = {
        {0, 999, false},     {1000, 1003, true}, {1004, 1006, false}, {1007, 1014, true},
        {1015, 2999, false}, {3000, 4999, true}, {5000, 5010, false}, {65535, 65535, false},
    };
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        for (int code = ranges[i].from; code <= ranges[i].to; code++) {
            char payload[2] = {(char)(code >> 8), (char)code}, want[32];
            CLEANUP(buf_done) Buf bytes;
            buf_init(&bytes, INPUT_MAX);
            add_frame(&bytes, &(Frame){CLOSE, payload, 2}, 0, true);
            snprintf(want, sizeof want, ranges[i].is_fine ? "close(%d ) " : "fail(1002) ", code);
            check_bytes("close code", buf_str(&bytes), 3, want);
        }
    }
}

TEST(text_cut_at_random_is_checked_like_text_in_one_piece) {
    Utf8Check whole = {0}, parts = {0};
    Str text = STR("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80 0123456789012345678901234567890123456789\xc3\xa4");
    CHECK(utf8_check(&whole, text) && utf8_is_complete(&whole));
    for (size_t i = 0; i < text.n; i++) CHECK(utf8_check(&parts, str_n(text.p + i, 1)));
    CHECK(utf8_is_complete(&parts));
}

/* 5.7 has these bytes. */
TEST(our_frames_are_those_of_the_specification) {
    CLEANUP(ws_frame_unrefp) WsFrame *hello = ws_frame_new(WS_TEXT, STR("Hello"));
    Str payload = ws_frame_payload(hello);
    CHECK(memcmp(payload.p - 2, "\x81\x05Hello", 7) == 0);
    char bytes[65536] = {0};
    CLEANUP(ws_frame_unrefp) WsFrame *middle = ws_frame_new(WS_BINARY, str_n(bytes, 256));
    CHECK(memcmp(ws_frame_payload(middle).p - 4, "\x82\x7e\x01\x00", 4) == 0);
    Str parts[2] = {str_n(bytes, 65000), str_n(bytes, 536)};
    CLEANUP(ws_frame_unrefp) WsFrame *large = ws_frame_join(WS_BINARY, parts, 2);
    CHECK(memcmp(ws_frame_payload(large).p - 10, "\x82\x7f\0\0\0\0\0\1\0\0", 10) == 0);
    CHECK_I64(ws_frame_payload(large).n, 65536);
}
