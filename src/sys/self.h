/* This very program: where it lies, and what a person types to run it. Any thread. */
#pragma once

#include "base/str.h"

/* The folder that holds the running program; NUL-terminated. */
Str self_dir(Arena *a);
/* How a shell finds this program: "muster" where PATH leads to this very file, else its path, quoted. */
Str self_program(Arena *a);
/* The same for a data folder: with --home, unless `home` is NULL (the default one). NUL-terminated. */
Str self_command(const char *home, Arena *a);
/* The word as a POSIX shell must be given it: as it is where no character of it means anything to a shell. */
Str shell_word(Str word, Arena *a);
