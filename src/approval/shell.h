/* Shell commands as rules see them. Pure; any thread.
 *
 * A rule that allows may only rely on what every shell understands in the same way, so the reader below knows one form: a
 * simple command, whose words are plain or quoted. Everything else has a reason why it is not one: operators, expansions
 * of every kind, redirections, comments, assignments, control characters, and programs that run what their arguments say.
 * A rule that asks or denies sees the command loosely: every word that could be one.
 */
#pragma once

#include "base/shape.h"

enum { SHELL_TEXT_MAX = 16 << 10, SHELL_WORDS_MAX = 1024, SHELL_ANY = 1 };

/* The words of one simple command, without their quotes. Returns NULL, or why it is not one, as the end of a sentence
 * that begins with "the command". `wild`: an unquoted * is a character of its own, SHELL_ANY, and not a glob. */
const char *shell_words(Str text, bool wild, Arena *a, StrList *ret);
/* Why a pattern must not allow a command although it is simple: it runs what its arguments say. NULL: it may be allowed.
 * n_named: how many of its first words the pattern names, without a wildcard. */
const char *shell_runs_others(const StrList *words, size_t n_named, Arena *a);
/* Every word that could be one: without quotes and backslashes, split at white space and at every operator. */
StrList shell_loose(Str text, Arena *a);
/* The text that has this word as its only word. */
void shell_put_word(Buf *b, Str word);
/* The command that `sh -c` runs with these words, if they are that, as some agents wrap all of theirs; else the words
 * as a text. */
Str shell_unwrap(const StrList *words, Arena *a);
