/* Shared by the readers of git's output. Internal to git_parse.c and diff_parse.c. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/* The next field of -z output, ended by NUL; false at the end or if the last NUL is missing. */
bool git_next_field(Str *rest, Str *ret);
