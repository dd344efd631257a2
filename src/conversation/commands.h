/* The commands that an agent's CLI lists: the last list of each conversation, which stays when the CLI has ended.
 */
#pragma once

#include "conversation/conversation.h"

/* *ret_listed: the CLI has listed them at least once. Worker threads. */
int commands_list(DbConn *db, const Conversation *c, Arena *a, EvCommands *ret, bool *ret_listed, Err *e);
