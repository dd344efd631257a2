/* The part of the daemon's environment that a program run for the user may get: never all of it, because a service's
 * environment may contain secrets that an agent must not see.
 */
#pragma once

#include <stdbool.h>

#include "base/shape.h"

/* Is this a variable that every program of the user gets: home, user, language, terminal, folders, proxies? */
bool environment_is_user_name(Str name);
/* `pattern` is a name, or a prefix of names followed by '*'. */
bool environment_name_fits(Str name, Str pattern);
/* Either of these: a variable of every program, or one that fits a pattern of the list. */
bool environment_is_passed(Str name, const StrList *patterns);
/* The variables of this process that are passed, in the arena, with those of `more` (NULL-terminated, "NAME=value"; NULL: none)
 * over them. NULL-terminated. */
const char *const *environment_list(Arena *a, const StrList *patterns, const char *const *more);
/* A path as a person types it: "~" and "~/…" expand to HOME; everything else is unchanged, also if HOME is not set. */
Str environment_expand_home(Arena *a, Str path);
/* Sets HOME to the user's folder in the user database if it is not set, as for a service: what this process starts, and its
 * own paths, would otherwise have none. Before any thread starts. */
void environment_find_home(void);
/* The name of "NAME=value". */
Str environment_name(const char *entry);
