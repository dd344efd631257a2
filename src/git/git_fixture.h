/* Real repositories for tests: a new folder, a shell, and git with a person's name. */
#pragma once

#include <stdbool.h>

#include "base/mem.h"
#include "base/str.h"
#include "git/git.h"

/* Runs a shell script in `dir`, which must succeed. The environment is HOME (empty of configuration), PATH, an
 * author and a fixed date. `fmt` must not contain paths with quotes. */
__attribute__((format(printf, 2, 3))) void fixture_sh(const char *dir, const char *fmt, ...);
/* As fixture_sh; returns the trimmed output, in the arena. */
__attribute__((format(printf, 3, 4))) Str fixture_out(Arena *a, const char *dir, const char *fmt, ...);
/* A repository <test_dir>/<name> with one commit of the file `a` on branch main. Exists as long as the process. */
const char *fixture_repo(Arena *a, const char *name);
bool fixture_exists(const char *dir, const char *name);
Git *fixture_git(Arena *a, const char *dir);
