#include "base/text_cut.h"

#include "base/mem.h"
#include "base/test.h"

TEST(text_for_a_terminal_carries_no_commands_to_it) {
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

TEST(a_stream_is_cut_where_nothing_is_torn) {
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
}

TEST(json_that_is_cut_has_no_member_twice) {
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
