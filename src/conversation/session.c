/* See session.h. */
#include "conversation/session.h"

#include "conversation/conversation_in.h"
#include "conversation/conversation_sql.h"

SHAPE_DEFINE(Session, SESSION);

int session_list(DbConn *db, const Conversation *c, int64_t limit, Arena *a, SessionList *ret, Err *e) {
    return db_all(db, &sql_session_list, DB_ARGS(db_i64(c->number), db_i64(limit)), DB_INTO(Session, a, ret),
                  (size_t)limit, e);
}

int session_get(DbConn *db, const Conversation *c, Str id, Arena *a, Session *ret, Err *e) {
    bool found = false;
    TRY(db_one(db, &sql_session_by_id, DB_ARGS(db_i64(c->number), db_text(id)), DB_INTO(Session, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "this agent has had no session `" STR_FMT "`", STR_ARG(id));
}

int session_at(DbConn *db, const Conversation *c, TimeUs at, Arena *a, Str *ret, Err *e) {
    Session s = {0};
    bool found = false;
    TRY(db_one(db, &sql_session_at, DB_ARGS(db_i64(c->number), db_i64(at)), DB_INTO(Session, a, &s), &found, e));
    *ret = found ? s.id : (Str){0};
    return 0;
}

int session_seen(Tx *tx, const Conversation *c, const SessionSeen *s, Err *e) {
    TRY(tx_run(tx, &sql_session_end_others, DB_ARGS(db_i64(c->number), db_text(s->id), db_i64(s->at)), NULL, e));
    TRY(tx_run(
        tx, &sql_session_seen,
        DB_ARGS(db_i64(c->number), db_text(s->id), db_i64(s->is_resumable), db_text(s->launch_id), db_i64(s->at)), NULL,
        e));
    return tx_run(tx, &sql_conversation_forked, DB_ARGS(db_i64(c->number)), NULL, e);
}

int session_end(Tx *tx, const Conversation *c, TimeUs at, Err *e) {
    return tx_run(tx, &sql_session_end_others, DB_ARGS(db_i64(c->number), db_text(STR("")), db_i64(at)), NULL, e);
}
