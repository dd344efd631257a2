/* What the programs that run in a worktree get there: ports of its own, and the environment. */
#pragma once

#include "core/app.h"
#include "db/db.h"

/* Below the ports that the kernel gives to outgoing connections (32768 on Linux). */
enum { WORKTREE_PORTS = 10, WORKTREE_PORT_FIRST = 20000, WORKTREE_PORT_LAST = 32750 /* the first of the last ten */ };

/* What a run script listens on. */
enum { SCRIPT_PORTS_MAX = 64 };
#define SCRIPT_PORT(F, S)                                                                  \
    F(S, I64, port, .min = 1, .max = 65535, .doc = "The TCP port")                         \
    F(S, STR, address, .max_bytes = 64, .doc = "On which it listens; 0.0.0.0 and ::: all") \
    F(S, I64, pid, .min = 1, .max = INT64_MAX, .doc = "The process")                       \
    F(S, STR, program, .max_bytes = 64, .doc = "Its name")                                 \
    F(S, BOOL, is_isolated, .opt = 1,                                                      \
      .doc = "In a network namespace of its own, so that a browser here cannot reach it")
SHAPE(ScriptPort, SCRIPT_PORT);

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
