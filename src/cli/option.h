/* The names of an operation's fields on the command line, and the reports of their faults. */
#pragma once

#include "core/op.h"

enum { OPTION_MAX = 72 };

/* The option's name without dashes: "worktree" for worktree_id, "first-note" for first_note. */
void option_name(const Shape *s, const Field *f, char out[OPTION_MAX]);
/* The field of "--name": by its name, its wire name, or either without the trailing id. NULL: none. */
const Field *option_find(const Shape *s, Str name);
/* A sentence of the daemon or of the table, with options in place of the wire names of fields. */
Str option_sentence(const Op *op, Str text, Arena *a);
/* Prints a line for each fault of the input on stderr, with the option in place of the field; `op` may be NULL. Returns
 * the exit code. */
int option_complain(const Op *op, const Err *e);
/* The same for the body of a refusal. */
void option_complain_answer(const Op *op, Str body);
