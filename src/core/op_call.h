/* What dispatch.c and op_call.c share, and Dispatch's life. */
#pragma once

#include "core/dispatch.h"

Dispatch *dispatch_new(void);
void dispatch_free(Dispatch *d);

/* Looks for the stored result of the call's key. Same operation and input: *ret_found, and its JSON in *out.
 * Another: ERR_CONFLICT. */
int op_result_find(OpCall *c, Buf *out, bool *ret_found, Err *e);
