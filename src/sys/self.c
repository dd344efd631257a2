#include "sys/self.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/process.h"

enum { PATH_SIZE = 4096 };

Str self_dir(Arena *a) {
    char path[PATH_SIZE];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) return STR("/usr/bin");
    path[n] = 0;
    *strrchr(path, '/') = 0;
    return arena_str(a, str(path));
}

static bool is_same_file(const char *one, const char *other) {
    struct stat a, b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Str self_program(Arena *a) {
    char found[PATH_SIZE];
    bool is_on_path = process_find_program(STR("muster"), getenv("PATH"), found, sizeof found);
    if (is_on_path && is_same_file(found, "/proc/self/exe")) return STR("muster");
    return shell_word(arena_fmt(a, STR_FMT "/muster", STR_ARG(self_dir(a))), a);
}

Str self_command(const char *home, Arena *a) {
    Str program = self_program(a);
    if (!home) return program;
    return arena_fmt(a, STR_FMT " --home " STR_FMT, STR_ARG(program), STR_ARG(shell_word(str(home), a)));
}

/* A tilde is a home folder only at the front, and an equals sign is an assignment only in a command's name. */
static bool is_plain(char c) {
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_letter || (c && strchr("/._-+,:@%=", c)) || (c & 0x80);
}

/* Between single quotes every byte is literal, and only a single quote ends them (POSIX.1-2017, Shell Command Language
 * 2.2.2). */
Str shell_word(Str word, Arena *a) {
    size_t n_plain = 0, n_quotes = 0;
    for (size_t i = 0; i < word.n; i++) {
        n_plain += is_plain(word.p[i]);
        n_quotes += word.p[i] == '\'';
    }
    if (word.n && n_plain == word.n) return arena_str(a, word);
    char *out = arena_alloc(a, word.n + 3 * n_quotes + 3), *to = out;
    *to++ = '\'';
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '\'') to = stpcpy(to, "'\\'");
        *to++ = word.p[i];
    }
    *to++ = '\'';
    return str_n(out, (size_t)(to - out));
}
