/* Operations that are not finished: what a person sees when one was interrupted and its recovery has not succeeded. */
#include "core/op_sql.h"
#include "daemon/system.h"

enum { INTENTS_MAX = 1000 };

#define UNFINISHED(F, S)                                                                               \
    F(S, ID("int"), id, .doc = "The intent")                                                           \
    F(S, STR, operation, .max_bytes = 64, .doc = "Name of the operation")                              \
    F(S, STR, workspace_id, .opt = 1, .max_bytes = 64, .doc = "Its workspace, if its input names one") \
    F(S, STR, worktree_id, .opt = 1, .max_bytes = 64, .doc = "Its worktree, likewise")                 \
    F(S, TIME, begun_at, .doc = "When it began")                                                       \
    F(S, BOOL, is_interrupted,                                                                         \
      .doc = "It began before this daemon started, and could not be finished or undone yet; false: it is running")
SHAPE(Unfinished, UNFINISHED);
SHAPE_DEFINE(Unfinished, UNFINISHED);
#define INTENTS(F, S) F(S, LIST(Unfinished), intents, .max = INTENTS_MAX, .doc = "Oldest first")
SHAPE(Intents, INTENTS);
SHAPE_DEFINE(Intents, INTENTS);

static int list_intents(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    return db_all(c->db, &sql_op_intents_listed, DB_ARGS(db_i64(c->app->started_at), db_i64(INTENTS_MAX)),
                  DB_INTO(Unfinished, c->arena, &((Intents *)out)->intents), INTENTS_MAX, e);
}

const Op intent_ops[] = {
    {"list_intents", "GET /api/intents", "intents", OP_RUN_OUT(list_intents, Intents), .role = ROLE_VIEWER,
     .where = ON_WORKER,
     .doc = "Lists operations that are not finished: those that run, and those that an earlier daemon left behind."},
    {0},
};
