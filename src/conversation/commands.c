/* See commands.h. */
#include "conversation/commands.h"

#include "base/mem.h"
#include "conversation/conversation_in.h"
#include "conversation/conversation_sql.h"

typedef struct Stored {
    Arena *arena;
    Str text;
} Stored;

static bool on_text(void *arg, DbRow *r) {
    Stored *s = arg;
    s->text = arena_str(s->arena, db_col_text(r, 0));
    return false;
}

static int read_stored(DbConn *db, const Conversation *c, Arena *a, EvCommands *ret, Str *ret_text, Err *e) {
    Stored s = {.arena = a};
    Json *root = NULL;
    *ret = (EvCommands){0};
    TRY(db_each(db, &sql_commands_get, DB_ARGS(db_i64(c->number)), on_text, &s, e));
    *ret_text = s.text;
    if (!s.text.n) return 0;
    TRY(json_parse(a, s.text, JSON_DEPTH_REQUEST, &root, e));
    return shape_decode(&EvCommands_shape, root, a, ret, e);
}

int commands_list(DbConn *db, const Conversation *c, Arena *a, EvCommands *ret, bool *ret_listed, Err *e) {
    Str text;
    TRY(read_stored(db, c, a, ret, &text, e));
    *ret_listed = text.n > 0;
    return 0;
}

static void add_known(EvCommand *c, const EvCommands *known) {
    for (size_t i = 0; i < known->commands.n; i++)
        if (str_eq(known->commands.items[i].name, c->name)) *c = known->commands.items[i];
}

int commands_keep(Tx *tx, const Conversation *c, EvCommands *v, Arena *a, bool *ret_changed, Err *e) {
    CLEANUP(buf_done) Buf b = {0};
    EvCommands known;
    Str text;
    TRY(read_stored(tx_conn(tx), c, a, &known, &text, e));
    for (size_t i = 0; v->names_only && i < v->commands.n; i++) add_known(&v->commands.items[i], &known);
    *v = (EvCommands){.commands = v->commands};
    TRY(conversation_encode(&b, EV_KIND_COMMANDS, v, e));
    *ret_changed = !str_eq(buf_str(&b), text);
    if (!*ret_changed) return 0;
    return tx_run(tx, &sql_commands_set, DB_ARGS(db_i64(c->number), db_text(buf_str(&b)), db_i64(tx_now(tx))), NULL, e);
}
