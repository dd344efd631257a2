/* What a person's git refused, as an error that says what to do: a table of git's own sentences, and the last lines of what
 * it and its hooks printed. */
#pragma once

#include "git/git.h"

/* The error of a failed call: `doing` as in git_failed. ERR_CONFLICT names the hook that refused it. Details: output, the
 * last lines. */
__attribute__((warn_unused_result)) int git_refused(const GitOut *o, const char *doing, Err *e);
/* As git_user; a non-zero exit is the error of `doing`, as in git_failed, with the details output: the last lines. */
/* Of a call that did what it should: the hook that failed in it, and its last words; {NULL,0}: none failed. */
Str git_hook_note(const Git *g, const GitOut *o);
int git_user_act(const Git *g, const GitCall *c, const char *doing, GitOut *ret, Err *e);
