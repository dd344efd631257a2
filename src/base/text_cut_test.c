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

TEST(text_is_cut_between_two_characters) {
    CHECK_STR(text_cut(STR("a\xc3\xa9"), 2), "a");
    CHECK_STR(text_cut(STR("a\xc3\xa9"), 3), "a\xc3\xa9");
    CHECK_STR(text_cut(STR("\xf0\x9f\x98\x80"), 3), "");
}
