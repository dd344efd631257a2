#include "base/path_text.h"

#include "base/mem.h"
#include "base/test.h"

static Str text_of(Arena *a, Str path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 16);
    path_put_text(&b, path);
    return arena_str(a, buf_str(&b));
}

TEST(a_path_that_is_utf8_is_its_own_text) {
    static const char *const rows[] = {"a.txt",     "caf\xc3\xa9",     "back\\slash", "\\351",
                                       "new\nline", "in \"quotes\"",   "tab\there",   "\x7f",
                                       "'single'",  "caf\xef\xbf\xbd", " ",           ""};
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str back = {0};
        CHECK(path_is_text(str(rows[i])));
        CHECK_STR(text_of(a, str(rows[i])), rows[i]);
        CHECK(path_of_text(a, str(rows[i]), &back));
        CHECK_STR(back, rows[i]);
    }
}

/* The quoted forms are those of git 2.39: `git ls-files` with core.quotePath=true, where every byte from 0x80 on is
 * escaped; characters that are UTF-8 stay here. */
TEST(other_paths_are_quoted_as_git_does) {
    static const struct {
        const char *path, *text;
    } rows[] = {
        {"caf\xe9", "\"caf\\351\""},
        {"\xff", "\"\\377\""},
        {"\"", "\"\\\"\""},
        {"\"a\"", "\"\\\"a\\\"\""},
        {"\xe9\\351", "\"\\351\\\\351\""},
        {"d\xe9/\n\t\x1b\x7f\r\a\b\v\f", "\"d\\351/\\n\\t\\033\\177\\r\\a\\b\\v\\f\""},
        {"\xc3\xa9\xc3", "\"\xc3\xa9\\303\""},
        {"\xed\xa0\x80", "\"\\355\\240\\200\""}, /* a surrogate */
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str back = {0};
        CHECK(!path_is_text(str(rows[i].path)));
        CHECK_STR(text_of(a, str(rows[i].path)), rows[i].text);
        CHECK(path_of_text(a, str(rows[i].text), &back));
        CHECK_STR(back, rows[i].path);
    }
}

TEST(every_byte_and_pair_of_bytes_comes_back) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (int x = 1; x < 256; x++) {
        for (int y = 1; y < 256; y++) {
            char path[] = {(char)x, (char)y, 0};
            Str back = {0}, text = text_of(a, str(path));
            CHECK(str_is_utf8(text));
            CHECK(path_of_text(a, text, &back));
            CHECK_STR(back, path);
        }
        arena_reset(a);
    }
}

TEST(a_malformed_quoted_path_is_refused) {
    static const char *const rows[] = {"\"",        "\"a",       "\"a\"b",      "\"\\\"",    "\"\\q\"",    "\"\\35\"",
                                       "\"\\400\"", "\"\\000\"", "\"\\3\"51\"", "\"\\38 \"", "\"a\"\"b\"", "\"\\"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) CHECK(!path_of_text(a, str(rows[i]), &(Str){0}));
}
