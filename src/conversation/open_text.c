/* See open_text.h. */
#include "conversation/open_text.h"

#include "base/mem.h"
#include "base/text_cut.h"
#include "conversation/conversation_sql.h"
#include "core/stream.h"
#include "core/topic.h"

SHAPE_DEFINE(OpenText, OPEN_TEXT);

/* The writer reads them. A block that stays open while that many events pass is cut there. */
enum { PAGES_MAX = 200 };

static Str topic(const Conversation *c, Arena *a) { return topic_of(a, arena_cstr(a, c->subject_kind), c->subject_id); }

int open_text_note(Tx *tx, const Conversation *c, const OpenText *o, bool *ret_is_new, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    OpenText known;
    Cursor head;
    TRY(open_text_find(tx_conn(tx), c, o->block, a, &known, e));
    *ret_is_new = !known.block.n;
    if (!*ret_is_new) return 0;
    TRY(stream_head(tx_conn(tx), topic(c, a), &head, e));
    return tx_run(tx, &sql_open_text_add,
                  DB_ARGS(db_i64(c->number), db_text(o->block), db_text(o->parent), db_i64(head.seq + 1),
                          db_i64(o->log_offset), db_i64(o->log_index), db_i64(o->at)),
                  NULL, e);
}

int open_text_find(DbConn *db, const Conversation *c, Str block, Arena *a, OpenText *ret, Err *e) {
    bool found;
    *ret = (OpenText){0};
    return db_one(db, &sql_open_text_find, DB_ARGS(db_i64(c->number), db_text(block)), DB_INTO(OpenText, a, ret),
                  &found, e);
}

int open_text_list(DbConn *db, const Conversation *c, Arena *a, OpenTextList *ret, Err *e) {
    *ret = (OpenTextList){0};
    return db_all(db, &sql_open_text_list, DB_ARGS(db_i64(c->number), db_i64(OPEN_TEXTS_MAX + 1)),
                  DB_INTO(OpenText, a, ret), OPEN_TEXTS_MAX + 1, e);
}

int open_text_set_message(Tx *tx, const Conversation *c, const OpenText *o, Err *e) {
    return tx_run(tx, &sql_open_text_set_message, DB_ARGS(db_i64(c->number), db_text(o->block), db_text(o->message_id)),
                  NULL, e);
}

int open_text_remove(Tx *tx, const Conversation *c, Str block, Err *e) {
    return tx_run(tx, &sql_open_text_remove, DB_ARGS(db_i64(c->number), db_text(block)), NULL, e);
}

int open_text_clear(Tx *tx, const Conversation *c, bool with_all, Err *e) {
    return tx_run(tx, &sql_open_text_clear, DB_ARGS(db_i64(c->number), db_i64(with_all)), NULL, e);
}

static void add_delta(const StreamItem *item, const OpenText *o, Arena *a, Buf *to, int64_t *size) {
    Json *v;
    if (!str_is(item->kind, "text_delta") || json_parse(a, item->payload, JSON_DEPTH_REQUEST, &v, NULL) < 0) return;
    if (!str_eq(json_str(v, "block"), o->block)) return;
    Str text = json_str(v, "text");
    bool is_whole = (size_t)*size == to->n;
    *size += (int64_t)text.n;
    if (is_whole) buf_add_str(to, text_cut(text, to->max - to->n));
}

int open_text_read(DbConn *db, const Conversation *c, const OpenText *o, Arena *a, Streamed *ret, Err *e) {
    CLEANUP(buf_done) Buf all;
    CLEANUP(arena_freep) Arena *scratch = arena_new();
    StreamPage page = {.reached = o->seq - 1, .more = true};
    buf_init(&all, EVENT_WHOLE_MAX);
    *ret = (Streamed){0};
    for (size_t n = 0; page.more && n < PAGES_MAX; n++) {
        arena_reset(scratch);
        TRY(stream_read(db, topic(c, scratch), page.reached, scratch, &page, e));
        for (size_t i = 0; i < page.n; i++) add_delta(&page.items[i], o, scratch, &all, &ret->size);
    }
    ret->text = arena_str(a, buf_str(&all));
    return 0;
}
