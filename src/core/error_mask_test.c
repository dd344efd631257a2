/* Nothing that looks like a secret is kept; everything else is. */
#include "core/error_mask.h"

#include "base/mem.h"
#include "base/test.h"

TEST(what_looks_like_a_secret_is_masked) {
    static const struct {
        const char *text, *masked;
    } rows[] = {
        {"git: could not read from https://ann:s3cret@example.org/a.git",
         "git: could not read from https://***@example.org/a.git"},
        {"https://ghp_0123456789abcdefABCDEF@github.com/a/b", "https://***@github.com/a/b"},
        {"Authorization: Bearer abc.def", "Authorization: Bearer ***"},
        {"Authorization: Basic YW5uOnMzY3JldA== was refused", "Authorization: Basic *** was refused"},
        {"password=hunter2&x=1, token: none", "password=***&x=1, token: none"},
        {"{\"token\": \"abc\", \"n\": 1}", "{\"token\": \"***\", \"n\": 1}"},
        {"key sk-ant-api03-AAAAAAAAAAAA is not valid", "key *** is not valid"},
        {"token 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef!", "token ***!"},
        {"https://example.org/user@host/path", "https://example.org/user@host/path"},
        {"commit 0123456789abcdef0123456789abcdef01234567 is not there",
         "commit 0123456789abcdef0123456789abcdef01234567 is not there"},
        {"agent ag_01arz3ndektsv4rrffq69g5faa of /home/ann/sk-1",
         "agent ag_01arz3ndektsv4rrffq69g5faa of /home/ann/sk-1"},
        {"", ""},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) CHECK_STR(error_mask(a, str(rows[i].text), 600), rows[i].masked);
}

TEST(a_long_text_is_cut_between_characters) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CHECK_STR(error_mask(a, STR("aa \xc3\xa4\xc3\xa4"), 6), "aa \xc3\xa4");
    CHECK_STR(error_mask(a, STR("bad \xff byte"), 60), "bad ? byte");
}
