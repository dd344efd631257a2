/* How an operation's fields are called on the command line, and what it says of their faults. */
#pragma once

#include "core/op.h"

enum { OPTION_MAX = 72 };

/* The option's name without dashes: "worktree" for worktree_id, "first-note" for first_note. */
void option_name(const Shape *s, const Field *f, char out[OPTION_MAX]);
/* The field that "--name" means: its name, its wire name, or either without the id at the end. NULL: none. */
const Field *option_find(const Shape *s, Str name);
/* On stderr, a line for each fault of the input, with the option in place of the field; `op` may be NULL. Exit code. */
int option_complain(const Op *op, const Err *e);
/* The same of the body of a refusal. */
void option_complain_answer(const Op *op, Str body);
