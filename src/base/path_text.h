/* Paths in a repository as text.
 *
 * git and file systems keep names as bytes, JSON is UTF-8. A path that is UTF-8 and does not begin with a double quote is
 * its own text; any other is quoted as git quotes names (git-config(1), core.quotePath): "caf\351". So every path has a
 * text, and no text stands for two paths. Any thread.
 */
#pragma once

#include "base/str.h"

/* The path needs no quotes. */
bool path_is_text(Str path);
/* Adds git's escapes of the path, without quotes: of control characters, double quotes and backslashes, and, with_bytes, of
 * each byte that is not UTF-8. True: there were some. */
bool path_escape(Buf *b, Str path, bool with_bytes);
/* The path's text. */
void path_put_text(Buf *b, Str path);
/* The path that the text stands for, in the arena. False: the quoted form is malformed or contains NUL. */
bool path_of_text(Arena *a, Str text, Str *ret);
