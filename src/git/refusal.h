/* What a person's git refused, as an error that says what to do: a table of git's own sentences, and the last lines of what
 * it and its hooks printed. */
#pragma once

#include "git/git.h"

/* The error of a failed call: `doing` as in git_failed. Details: output, the last lines. */
__attribute__((warn_unused_result)) int git_refused(const GitOut *o, const char *doing, Err *e);
/* As git_user; a non-zero exit is the error of `doing`, as in git_failed, with the details output: the last lines. */
int git_user_act(const Git *g, const GitCall *c, const char *doing, GitOut *ret, Err *e);
