#include "base/holdlog.h"

#include "base/test.h"

static void check_bytes(const void *got, const void *want, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint8_t g = ((const uint8_t *)got)[i], w = ((const uint8_t *)want)[i];
        if (g != w) test_fail(__FILE__, __LINE__, "byte %zu is %02x, wanted %02x", i, g, w);
    }
}

static void add_frame(Buf *out, HoldChannel channel, TimeUs at, Str bytes) {
    uint8_t head[HOLD_FRAME_HEADER];
    HoldFrame f = {.channel = channel, .at = at, .bytes = bytes};
    holdlog_frame_head(&f, (Str){0}, head);
    buf_add(out, head, sizeof head);
    buf_add_str(out, bytes);
}

/* The layout is frozen (docs/hold-wire.md). The checksums of this and the next test were computed independently, bit by
 * bit with the reflected polynomial 0x82F63B78 of RFC 3720. */
TEST(a_frame_is_laid_out_as_the_document_says) {
    static const uint8_t want[] = {3, 0, 0, 0, 0x42, 0xc4, 0xd7, 0x86, 1, 8, 7, 6, 5, 4, 3, 2, 1, 'a', 'b', 'c'};
    CLEANUP(buf_done) Buf got;
    buf_init(&got, 1024);
    add_frame(&got, HOLD_STDOUT, 0x0102030405060708, STR("abc"));
    CHECK_I64(got.n, sizeof want);
    check_bytes(got.p, want, sizeof want);
}

TEST(a_segment_header_is_laid_out_as_the_document_says) {
    uint8_t got[HOLD_SEGMENT_HEADER],
        want[HOLD_SEGMENT_HEADER] = {'M', 'U', 'S', 'T',      'R',  'L', 'O', 'G',         1,    0,    0,   0,   96,
                                     0,   0,   0,   0x22,     0x11, 0,   0,   0,           0,    0,    0,   'l', 'c',
                                     'h', '_', 'x', [64] = 0, 1,    2,   3,   4,           5,    6,    7,   8,   9,
                                     10,  11,  12,  13,       14,   15,  7,   [92] = 0x2f, 0x50, 0xfc, 0xd7};
    HoldSegment s = {.first = 0x1122, .launch = "lch_x", .at = 7}, back;
    for (uint8_t i = 0; i < 16; i++) s.boot_id[i] = i;
    holdlog_segment_head(&s, got);
    check_bytes(got, want, sizeof want);
    CHECK_I64(holdlog_segment_parse(str_n(got, sizeof got), &back), HOLD_WHOLE);
    CHECK_I64(back.first, 0x1122);
    CHECK_STR(str(back.launch), "lch_x");
    CHECK_I64(holdlog_segment_parse(str_n(got, sizeof got - 1), &back), HOLD_CUT);
    for (size_t i = 0; i < sizeof got; i++) {
        got[i] ^= 1;
        CHECK_I64(holdlog_segment_parse(str_n(got, sizeof got), &back), HOLD_BAD);
        got[i] ^= 1;
    }
}

TEST(a_frame_that_is_cut_anywhere_is_incomplete_and_never_wrong) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1024);
    add_frame(&b, HOLD_STDERR, 5, STR("some bytes"));
    HoldFrame f;
    size_t size;
    for (size_t n = 0; n < b.n; n++) CHECK_I64(holdlog_frame_parse(str_n(b.p, n), &f, &size), HOLD_CUT);
    CHECK_I64(holdlog_frame_parse(buf_str(&b), &f, &size), HOLD_WHOLE);
    CHECK_I64(size, b.n);
    CHECK_I64(f.channel, HOLD_STDERR);
    CHECK_I64(f.at, 5);
    CHECK_STR(f.bytes, "some bytes");
}

TEST(a_frame_with_one_wrong_bit_is_never_accepted) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1024);
    add_frame(&b, HOLD_STDOUT, 5, STR("some bytes"));
    HoldFrame f;
    size_t size;
    for (size_t bit = 0; bit < b.n * 8; bit++) {
        b.p[bit / 8] ^= (char)(1 << bit % 8);
        CHECK(holdlog_frame_parse(buf_str(&b), &f, &size) != HOLD_WHOLE);
        b.p[bit / 8] ^= (char)(1 << bit % 8);
    }
}

/* A file system leaves zeros where it had allocated blocks but lost their content. */
TEST(zeros_are_not_a_frame) {
    static const char zeros[64];
    HoldFrame f;
    size_t size;
    CHECK_I64(holdlog_frame_parse(str_n(zeros, sizeof zeros), &f, &size), HOLD_BAD);
}

TEST(a_frame_of_two_parts_equals_one_of_both) {
    uint8_t whole[HOLD_FRAME_HEADER], parts[HOLD_FRAME_HEADER];
    holdlog_frame_head(&(HoldFrame){.channel = HOLD_INPUT, .at = 9, .bytes = STR("headtail")}, (Str){0}, whole);
    holdlog_frame_head(&(HoldFrame){.channel = HOLD_INPUT, .at = 9, .bytes = STR("head")}, STR("tail"), parts);
    check_bytes(parts, whole, sizeof whole);
}

TEST(names_of_segments_sort_as_their_offsets) {
    char name[HOLD_SEGMENT_NAME_MAX];
    uint64_t first;
    holdlog_segment_name(16777216, name);
    CHECK_STR(str(name), "log.00000000000016777216");
    CHECK(holdlog_segment_name_parse(str(name), &first));
    CHECK_I64(first, 16777216);
    static const char *const wrong[] = {"log.",
                                        "log.1",
                                        "log.0000000000001677721x",
                                        "lag.00000000000016777216",
                                        "log.000000000000167772160",
                                        "log.-0000000000016777216"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) CHECK(!holdlog_segment_name_parse(str(wrong[i]), &first));
}

TEST(an_exit_is_read_back_as_it_was_written) {
    HoldExit x = {.code = -1,
                  .signal = 9,
                  .lost = 77,
                  .survivors = 2,
                  .reason = STR("limit"),
                  .text = STR("memory limit 512 MiB exceeded (sampled)"),
                  .limit = STR("memory"),
                  .mechanism = STR("sampled")};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1024);
    CHECK(holdlog_put_exit(&b, &x));
    buf_add(&b, "later", 5); /* a later version's bytes are ignored */
    HoldExit back;
    CHECK(holdlog_exit_parse(buf_str(&b), &back));
    CHECK_I64(back.code, -1);
    CHECK_I64(back.signal, 9);
    CHECK_I64(back.lost, 77);
    CHECK_I64(back.survivors, 2);
    CHECK_STR(back.reason, "limit");
    CHECK_STR(back.text, "memory limit 512 MiB exceeded (sampled)");
    CHECK_STR(back.limit, "memory");
    CHECK_STR(back.mechanism, "sampled");
    for (size_t n = 0; n < b.n - 5; n++) CHECK(!holdlog_exit_parse(str_n(b.p, n), &back));
}

TEST(any_exit_frame_gives_an_exit_and_what_to_say_of_it) {
    static const struct {
        HoldExit in;
        const char *detail;
    } cases[] = {
        {{.code = 3}, ""},
        {{.code = -1, .signal = 9}, "ended by signal 9"},
        {{.code = -1, .signal = 9, .text = {"memory limit exceeded", 21}}, "memory limit exce"},
        {{.code = 1, .text = {"cut inside \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 19}},
         "cut inside \xc3\xa4\xc3\xa4\xc3\xa4"},
    };
    char detail[18];
    HoldExit back;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 1024);
        CHECK(holdlog_put_exit(&b, &cases[i].in));
        holdlog_exit_read(buf_str(&b), &back, detail, sizeof detail);
        CHECK_I64(back.code, cases[i].in.code);
        CHECK_I64(back.signal, cases[i].in.signal);
        CHECK_STR(str(detail), cases[i].detail);
    }
    holdlog_exit_read(STR("damaged"), &back, detail, sizeof detail);
    CHECK_I64(back.code, 255);
    CHECK_STR(back.reason, "exit");
    CHECK_STR(str(detail), "");
}

TEST(parts_of_an_input_are_within_it) {
    static const struct {
        HoldInput in;
        bool is_right;
    } cases[] = {
        {{.n = 1, .total = 5, .at = 0, .bytes = {"abcde", 5}}, true},
        {{.n = 1, .total = 5, .at = 5, .bytes = {"", 0}}, true},
        {{.n = 1, .total = 5, .at = 6, .bytes = {"", 0}}, false},
        {{.n = 1, .total = 5, .at = 1, .bytes = {"abcde", 5}}, false},
        {{.n = 1, .total = 5, .at = UINT32_MAX, .bytes = {"abcde", 5}}, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 1024);
        uint8_t head[HOLD_INPUT_HEAD];
        holdlog_input_head(&cases[i].in, head);
        buf_add(&b, head, sizeof head);
        buf_add_str(&b, cases[i].in.bytes);
        HoldInput back;
        CHECK(holdlog_input_parse(buf_str(&b), &back) == cases[i].is_right);
    }
}
