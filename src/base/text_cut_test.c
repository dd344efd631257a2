#include "base/text_cut.h"

#include "base/mem.h"
#include "base/test.h"

TEST(text_for_a_terminal_contains_no_commands_to_it) {
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"plain\ttext\n", "plain\ttext\n"},
        {"\033[31mred\033[0m\x01\r\x7f", "red"},
        {"\033]0;a title\aafter BEL", "after BEL"},
        {"\033]0;a title\033\\after ST", "after ST"},
        {"\033]0;cut by another\033[1mbold", "bold"},
        {"\033Pdata\033\\a\033_app\033\\b\033^pm\033\\c\033Xsos\033\\d", "abcd"},
        {"\033(Bascii\033#8", "ascii"},
        {"\033\xc3\xa9", "\xc3\xa9"},
        {"\xc2\x9b"
         "31m is a control too, \xc2\xa0 is not",
         "31m is a control too, \xc2\xa0 is not"},
        {"never closed \033]0;title", "never closed "},
        {"at the end \033", "at the end "},
        {"half \033[", "half "},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) CHECK_STR(text_printable(a, str(rows[i].in)), rows[i].out);
}

TEST(a_stream_is_cut_between_characters_and_sequences) {
    static const struct {
        const char *in;
        size_t whole;
    } rows[] = {
        {"plain", 5},
        {"a\033", 1},
        {"a\033[", 1},
        {"a\033[1;3", 1},
        {"a\033[1;31m", 8},
        {"a\033]0;title", 1},
        {"a\033]0;title\a", 11},
        {"a\033]0;t\033\\", 8},
        {"a\033(", 1},
        {"a\033(B", 4},
        {"a\033c", 3},
        {"a\xc3", 1},
        {"a\xc3\xa9", 3},
        {"a\xf0\x9f\x98", 1},
        {"a\xff", 2},
        {"a\033[1m\033[0", 5},
        {"", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) CHECK_I64(text_whole(str(rows[i].in)), rows[i].whole);
}

TEST(a_stream_reads_the_same_wherever_it_is_cut) {
    Str all = STR("one \033[1;31mred\033[0m \033]0;title\athe \033Pdata\033\\end \033(B\xc3\xa9 \xf0\x9f\x98\x80 done");
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t cut = 0; cut <= all.n; cut++) {
        size_t n = text_whole(str_upto(all, cut));
        Str one = text_printable(a, str_upto(all, n)), other = text_printable(a, str_from(all, n));
        CHECK_STR(arena_fmt(a, STR_FMT STR_FMT, STR_ARG(one), STR_ARG(other)),
                  "one red the end \xc3\xa9 \xf0\x9f\x98\x80 done");
    }
}

TEST(text_is_cut_between_two_characters) {
    CHECK_STR(text_cut(STR("a\xc3\xa9"), 2), "a");
    CHECK_STR(text_cut(STR("a\xc3\xa9"), 3), "a\xc3\xa9");
    CHECK_STR(text_cut(STR("\xf0\x9f\x98\x80"), 3), "");
    CHECK_STR(text_cut(STR("a\x80\x80\x80\x80\x80\x80"), 6), "a\x80\x80\x80\x80\x80");
    CHECK_STR(text_cut(STR("\x80\x80"), 1), "");
}

TEST(an_invalid_byte_does_not_affect_its_neighbours) {
    static const struct {
        Str in;
        size_t max;
        const char *out;
    } rows[] = {
        {STR("plain"), 9, "plain"},
        {STR(""), 9, ""},
        {STR("one \xff byte, and the rest"), 64, "one ? byte, and the rest"},
        {STR("\xff"), 9, "?"},
        {STR("a\0b"), 9, "a?b"},
        {STR("end \xc3"), 9, "end ?"},                         /* a cut character */
        {STR("\xe2\x82x\xe2\x82\xac"), 9, "?\?x\xe2\x82\xac"}, /* one cut in the middle, one whole */
        {STR("\xed\xa0\x80 surrogate"), 64, "??\? surrogate"}, /* RFC 3629 section 3 */
        {STR("\xc0\xaf overlong"), 64, "?\? overlong"},
        {STR("\xf0\x9f\x98\x80\xff\xf0\x9f\x98\x80"), 64, "\xf0\x9f\x98\x80?\xf0\x9f\x98\x80"},
        {STR("cut\xff here"), 5, "cut? "},
        {STR("a\x80\x80\x80\x80\x80\x80"), 6, "a?????"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) CHECK_STR(text_clean(a, rows[i].in, rows[i].max), rows[i].out);
    Str clean = STR("r\xc3\xa9sum\xc3\xa9");
    CHECK(text_clean(a, clean, 64).p == clean.p);
    CHECK_STR(text_line(a, STR("  first \xff line \nsecond"), 64), "first ? line");
}

TEST(cut_json_has_no_duplicate_member) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *v;
    Err e;
    Str text = arena_fmt(a, "{\"a\":1,\"a\":2,\"k%0200d\":3,\"k%0200d\":4}", 1, 2);
    CHECK_OK(json_parse(a, text, JSON_DEPTH_MAX, &v, &e), e);
    Str cut = json_cut(a, v, 300);
    CHECK_OK(json_parse(a, cut, JSON_DEPTH_MAX, &v, &e), e);
    CHECK_I64(v->n, 2);
    CHECK_I64(v->members[0].value.i, 2);
    CHECK_I64(v->members[1].value.i, 4);
}
