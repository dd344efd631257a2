#include "base/holdwire.h"

#include "base/holdspec.h"
#include "base/mem.h"
#include "base/test.h"

static const HoldMsg messages[] = {
    {.type = HOLD_MSG_HELLO,
     .hello = {.version = 1, .launch = {"lch_x", 5}, .nonce = {"secret", 6}, .features = {"a b", 3}}},
    {.type = HOLD_MSG_GO},
    {.type = HOLD_MSG_INPUT, .input = {.n = 7, .total = 10, .at = 4, .bytes = {"abcdef", 6}}},
    {.type = HOLD_MSG_POKE, .poke = {"poke", 4}},
    {.type = HOLD_MSG_SIZE, .size = {.rows = 24, .cols = 80}},
    {.type = HOLD_MSG_SIGNAL, .signal = {.signal = 2, .whole_tree = true}},
    {.type = HOLD_MSG_STOP, .grace_ms = 3000},
    {.type = HOLD_MSG_KILL},
    {.type = HOLD_MSG_SET_DERIVED, .derived = 1ull << 40},
    {.type = HOLD_MSG_BYE},
    {.type = HOLD_MSG_HEAD,
     .head = {.head = 1,
              .first = 2,
              .last_input = 3,
              .delivered = 4,
              .flags = 5,
              .pid = 6,
              .rss_bytes = -1,
              .processes = -1}},
    {.type = HOLD_MSG_INPUT_ACK, .ack = {.n = 9, .status = HOLD_ACK_GAP}},
    {.type = HOLD_MSG_EXITED, .exited = {.offset = 99, .exit = {.code = 3, .reason = {"exit", 4}}}},
};

TEST(a_message_is_laid_out_as_the_document_says) {
    static const char want[] = "\x04\0\0\0\x07\xb8\x0b\0\0";
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 64);
    CHECK(holdwire_put(&b, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 3000}));
    CHECK_I64(b.n, sizeof want - 1);
    CHECK(memcmp(b.p, want, b.n) == 0);
}

/* A message that was read is written as the same bytes again; a cut one is never accepted. */
TEST(every_message_is_received_as_it_was_sent) {
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        CLEANUP(buf_done) Buf sent, again;
        buf_init(&sent, 1024);
        buf_init(&again, 1024);
        CHECK(holdwire_put(&sent, &messages[i]));
        HoldMsg m;
        size_t size;
        for (size_t n = 0; n < sent.n; n++) CHECK_I64(holdwire_parse(str_n(sent.p, n), &m, &size), HOLD_CUT);
        CHECK_I64(holdwire_parse(buf_str(&sent), &m, &size), HOLD_WHOLE);
        CHECK_I64(size, sent.n);
        CHECK_I64(m.type, messages[i].type);
        CHECK(holdwire_put(&again, &m));
        CHECK(str_eq(buf_str(&again), buf_str(&sent)));
    }
}

TEST(a_body_that_is_too_short_is_bad_and_one_of_a_later_version_is_not) {
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        HoldMsgType type = messages[i].type;
        bool is_open_ended = type == HOLD_MSG_POKE || type == HOLD_MSG_INPUT;
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 1024);
        CHECK(holdwire_put(&b, &messages[i]));
        HoldMsg m;
        size_t size;
        size_t body = b.n - HOLD_MSG_HEADER;
        if (body > 0 && !is_open_ended) {
            b.p[0] = (char)(body - 1);
            CHECK_I64(holdwire_parse(buf_str(&b), &m, &size), HOLD_BAD);
        }
        b.p[0] = (char)(body + 1);
        buf_add_c(&b, 'x');
        if (!is_open_ended) CHECK_I64(holdwire_parse(buf_str(&b), &m, &size), HOLD_WHOLE);
    }
}

TEST(an_unknown_message_is_recognised_and_a_huge_one_is_bad) {
    HoldMsg m;
    size_t size;
    CHECK_I64(holdwire_parse(STR("\x02\0\0\0\xc8zz"), &m, &size), HOLD_WHOLE);
    CHECK_I64(m.type, HOLD_MSG_UNKNOWN);
    CHECK_I64(size, 7);
    CHECK_I64(holdwire_parse(STR("\x41\x00\x01\x00\x03"), &m, &size), HOLD_BAD);
}

TEST(a_spec_is_read_back_as_it_was_written) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str argv[] = {STR("/bin/echo"), STR(""), STR("\xc3\xa9\n\"")};
    HoldSpec spec, back;
    HoldSpecPty pty = {.rows = 24, .cols = 80};
    HoldSpecLimits limits = {.mechanism = HOLD_LIMIT_SAMPLED};
    shape_init(&HoldSpec_shape, &spec);
    GIVE(HoldSpecLimits, &limits, memory_bytes, INT64_C(1) << 33);
    spec.launch = STR("lch_01jd7zzzzzzzzzzzzzzzzzzzzz");
    spec.nonce = STR("0123456789abcdef");
    spec.argv = (StrList){argv, 3};
    spec.envp = (StrList){argv, 0};
    spec.cwd = STR("/tmp");
    spec.pty = &pty;
    spec.limits = &limits;
    CLEANUP(buf_done) Buf text;
    buf_init(&text, 1 << 20);
    JsonOut out = json_out(&text);
    shape_encode(&HoldSpec_shape, &spec, &out);
    Err e = {0};
    CHECK_OK(holdspec_parse(buf_str(&text), a, &back, &e), e);
    CHECK_I64(back.argv.n, 3);
    CHECK_STR(back.argv.items[2], "\xc3\xa9\n\"");
    CHECK_I64(back.pty->cols, 80);
    CHECK_I64(back.limits->memory_bytes, INT64_C(1) << 33);
    CHECK_I64(back.limits->mechanism, HOLD_LIMIT_SAMPLED);
    CHECK(!back.rlimits);
    CHECK_I64(back.backlog_cap_bytes, 256 << 20);
    CHECK_I64(back.log_segment_bytes, 16 << 20);
}

TEST(a_spec_that_cannot_be_run_is_refused) {
#define SPEC(argv, cwd)                                                                            \
    "{\"launch\":\"lch_01jd7zzzzzzzzzzzzzzzzzzzzz\",\"nonce\":\"0123456789abcdef\",\"argv\":" argv \
    ",\"envp\":[],\"cwd\":\"" cwd "\",\"limits\":{\"mechanism\":\"none\"}}"
    static const char *const wrong[] = {
        SPEC("[]", "/"), SPEC("[\"\"]", "/"), SPEC("[\"a\\u0000b\"]", "/"), SPEC("[\"a\"]", "relative"), "{}", "[", ""};
    CLEANUP(arena_freep) Arena *a = arena_new();
    HoldSpec spec;
    Err e = {0};
    CHECK_OK(holdspec_parse(str(SPEC("[\"a\"]", "/")), a, &spec, &e), e);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) CHECK_ERR(holdspec_parse(str(wrong[i]), a, &spec, &e), e, ERR_INVALID);
#undef SPEC
}
