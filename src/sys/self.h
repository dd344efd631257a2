/* The running program: where it is, and what a person types to run it. Any thread. */
#pragma once

#include "base/str.h"

/* The folder of the running program; NUL-terminated. */
Str self_dir(Arena *a);
/* How a shell finds this program: "muster" if PATH leads to this file, else its path, quoted. */
Str self_program(Arena *a);
/* The same for a data folder: with --home, unless `home` is NULL (the default folder). NUL-terminated. */
Str self_command(const char *home, Arena *a);
/* The word quoted for a POSIX shell: unchanged if no character of it is special to a shell. */
Str shell_word(Str word, Arena *a);
