/* Whether an agent CLI is logged in, from files and names of variables alone: nothing is started, asked or read. */
#pragma once

#include "adapter/program.h"

#define LOGIN_STATE_LIST(W) W(LOGIN_UNKNOWN, "unknown") W(LOGIN_FOUND, "logged_in") W(LOGIN_NONE, "logged_out")
ENUM_DECLARE(LoginState, LOGIN_STATE_LIST);

/* Worker threads. A variable counts if agents get it: if the CLI's adapter passes it on, or a pattern of `named` (the
 * setting agent.env) does. `ret_source`: the variable or the file from which it is known; empty: there is none. */
LoginState login_find(const AdapterProgram *p, const StrList *named, Arena *a, Str *ret_source);
