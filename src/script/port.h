/* What the programs that run in a worktree get there: ports of its own, and the environment. */
#pragma once

#include "core/app.h"
#include "db/db.h"

/* Inside a write: reserves ten ports if the worktree has none. One in which nobody listens, as far as there
 * is one. Nothing happens when all ranges are taken. */
int worktree_take_ports(Tx *tx, Str worktree_id, Err *e);
/* Which of them somebody listens on, and who; empty: none. Worker. */
int worktree_ports_in_use(DbConn *c, Str worktree_id, Arena *a, Str *ret, Err *e);
/* MUSTER_PORT=… and nine more; none if the worktree has no ports. Worker. */
int worktree_port_names(DbConn *c, Str worktree_id, Arena *a, StrList *ret, Err *e);

/* What a person's programs get in a worktree: the user's environment, the names of the setting agent.env, and its ports.
 * NAME=value; never stored: it may contain keys. Worker. */
int worktree_environment(App *app, DbConn *db, Str worktree_id, Arena *a, StrList *ret, Err *e);
