/* What a program that runs for the user may have of the daemon's own environment: never all of it, since a service's
 * environment may carry what an agent must not see.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/* Is this a name that every program of the user's gets: home, person, language, terminal, folders, proxies? */
bool environment_is_user_name(Str name);
/* `pattern` is a name, or the beginning of names followed by '*'. */
bool environment_name_fits(Str name, Str pattern);
/* A path as a person types it: "~" and "~/…" lead to HOME, everything else stays as it is, also where HOME is not set. */
Str environment_expand_home(Arena *a, Str path);
/* The name of "NAME=value". */
Str environment_name(const char *entry);
