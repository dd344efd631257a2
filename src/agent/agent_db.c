/* Rows of agents and messages in and out. */
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "base/mem.h"

SHAPE_DEFINE(AgentLimits, AGENT_LIMITS);
SHAPE_DEFINE(Agent, AGENT);
ENUM_DEFINE(MessageRole, MESSAGE_ROLE);
SHAPE_DEFINE(Message, MESSAGE);

enum { STATUS_STATE_MAX = 65536 };

int agent_find(DbConn *c, Str id, Arena *a, Agent *ret, bool *ret_found, Err *e) {
    return db_one(c, &sql_agent_by_id, DB_ARGS(db_text(id)), DB_INTO(Agent, a, ret), ret_found, e);
}

int agent_get(DbConn *c, Str id, Arena *a, Agent *ret, Err *e) {
    bool found = false;
    TRY(agent_find(c, id, a, ret, &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no agent " STR_FMT, STR_ARG(id));
}

int agent_list_living(DbConn *c, Str worktree_id, Arena *a, AgentList *ret, Err *e) {
    return db_all(
        c, &sql_agent_list,
        DB_ARGS(db_text(worktree_id), db_text((Str){0}), db_i64(0), db_text((Str){0}), db_i64(AGENTS_OF_WORKTREE_MAX)),
        DB_INTO(Agent, a, ret), AGENTS_OF_WORKTREE_MAX, e);
}

int agent_check_room(DbConn *c, Str worktree_id, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(c, &sql_agent_count_of_worktree, DB_ARGS(db_text(worktree_id)), 0, &n, e));
    if (n < AGENTS_OF_WORKTREE_MAX) return 0;
    return err_fail(e, ERR_CONFLICT, "this worktree has %d agents, as many as it may; archive some first",
                    AGENTS_OF_WORKTREE_MAX);
}

int agent_store_status(Tx *tx, const Agent *a, const StatusState *s, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, STATUS_STATE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&StatusState_shape, s, &o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the status of " STR_FMT " is too large", STR_ARG(a->id));
    const AgentStatus *now = s->now;
    return tx_run(tx, &sql_agent_set_status,
                  DB_ARGS(db_text(a->id), db_text(str(enum_word(&AgentStatusWord_enum, now->status))),
                          db_text(str(enum_word(&AgentReason_enum, now->reason))),
                          db_text(str(enum_word(&StatusSource_enum, now->source))), db_i64(now->since),
                          db_text(now->detail), db_text(buf_str(&b)), db_i64(tx_now(tx))),
                  NULL, e);
}

int message_insert(Tx *tx, const Message *m, Str tool_id, Err *e) {
    Str state = HAS(Message, m, state) ? str(enum_word(&MessageState_enum, m->state)) : (Str){0};
    return tx_run(tx, &sql_message_insert,
                  DB_ARGS(db_text(m->id), db_text(m->agent_id), db_text(str(enum_word(&MessageRole_enum, m->role))),
                          db_text(m->content.p ? m->content : STR("")), db_text(tool_id), db_text(m->tool_name),
                          db_text(m->tool_input), db_text(m->tool_output), db_i64(m->is_complete), db_text(state),
                          db_i64(m->created_at), m->truncated ? db_i64(1) : (DbValue){0}),
                  NULL, e);
}
