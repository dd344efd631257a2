/* A command shown to a person must run this program, whatever the names of its folder and the data folder. */
#include "sys/self.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/test.h"
#include "sys/process.h"

TEST(a_word_is_quoted_where_it_is_special_to_a_shell) {
    static const struct {
        const char *word, *quoted;
    } rows[] = {
        {"/home/ann/.local/share/muster", "/home/ann/.local/share/muster"},
        {"wt_01", "wt_01"},
        {"", "''"},
        {"/home/ann/my data", "'/home/ann/my data'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
        {"$HOME/`id`;&|<>*?[]{}()#!\\\"", "'$HOME/`id`;&|<>*?[]{}()#!\\\"'"},
        {"~ann", "'~ann'"},
        {"/home/\xc3\xa4nn", "/home/\xc3\xa4nn"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) CHECK_STR(shell_word(str(rows[i].word), a), rows[i].quoted);
}

TEST(a_shell_reads_a_quoted_word_unchanged) {
    static const char *const words[] = {"a b", "it's", "$HOME `id` \"x\" \\n", "~", "a\nb\t*",
                                        "-n",  "''",   "\xc3\xa4 \xe2\x82\xac"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        Str script = arena_fmt(a, "printf %%s " STR_FMT, STR_ARG(shell_word(str(words[i]), a)));
        const char *argv[] = {"/bin/sh", "-c", script.p, NULL}, *envp[] = {NULL};
        ProcessSpec spec = {.argv = argv, .envp = envp, .timeout_ms = 10000, .output_max = 4096};
        CLEANUP(process_result_done) ProcessResult r = {0};
        Err e = {0};
        CHECK_OK(process_run(&spec, &r, &e), e);
        CHECK_STR(buf_str(&r.out), words[i]);
    }
}

TEST(the_command_contains_the_given_data_folder) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str plain = self_command(NULL, a), own = self_command("/tmp/a b", a);
    CHECK(str_eq(plain, self_program(a)));
    CHECK(str_starts(own, plain));
    CHECK_STR(str_from(own, plain.n), " --home '/tmp/a b'");
    CHECK(str_starts(plain, self_dir(a))); /* this test is not the muster on PATH */
}
