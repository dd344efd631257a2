/* Erasing for good what the streams contain about one object. Worker threads.
 *
 * The parents' rows of its events stay, without text: if the last rows of a stream were deleted, their numbers would be
 * used again. A row without a payload yields nothing and counts as read.
 */
#include "base/mem.h"
#include "base/vec.h"
#include "core/stream_int.h"
#include "core/stream_sql.h"

enum { WINDOW = 20000, BLANKS_A_WRITE = 100 };

typedef struct Renewal {
    Str topic;
    int64_t number; /* 0: it was never written to */
} Renewal;

static int renew_tx(Tx *tx, void *arg, Err *e) {
    Renewal *x = arg;
    StreamRow row;
    bool found;
    TRY(stream_row_find(tx_conn(tx), x->topic, &row, &found, e));
    x->number = found ? row.number : 0;
    return found ? stream_renew(tx, x->topic, e) : 0;
}

static int remove_tx(Tx *tx, void *arg, Err *e) {
    return tx_run(tx, &sql_stream_remove, DB_ARGS(db_i64(((Renewal *)arg)->number)), NULL, e);
}

/* If this is interrupted between the two writes, retention does the rest: events without a topic are deleted first. */
static int erase_own(Db *db, Str topic, Err *e) {
    Renewal x = {.topic = topic};
    TRY(db_tx(db, DB_PERSON, renew_tx, &x, e));
    if (!x.number) return 0;
    TRY(db_slices(db, &(DbSlices){.sql = &sql_stream_erase_some, .args = DB_ARGS(db_i64(x.number))}, e));
    return db_tx(db, DB_DERIVED, remove_tx, &x, e);
}

typedef struct Mentions {
    VEC(int64_t) ids;
    size_t done;
} Mentions;

static bool on_mention(void *arg, DbRow *r) {
    vec_push(&((Mentions *)arg)->ids, db_col_i64(r, 0));
    return true;
}

static int blank_tx(Tx *tx, void *arg, Err *e) {
    Mentions *m = arg;
    size_t end = m->done + BLANKS_A_WRITE < m->ids.n ? m->done + BLANKS_A_WRITE : m->ids.n;
    for (size_t i = m->done; i < end; i++)
        TRY(tx_run(tx, &sql_stream_blank, DB_ARGS(db_i64(m->ids.items[i])), NULL, e));
    m->done = end;
    return 0;
}

/* Reads the stream in windows: a single read of a long stream would delay the checkpoint. */
static int find_mentions(DbConn *c, Str topic, Str id, Mentions *m, Err *e) {
    StreamRow row;
    bool found;
    TRY(stream_row_find(c, topic, &row, &found, e));
    for (int64_t from = 0; found && from <= row.seq; from += WINDOW) {
        int64_t to = from + WINDOW <= row.seq ? from + WINDOW : row.seq + 1;
        TRY(db_each(c, &sql_stream_mentions,
                    DB_ARGS(db_i64(event_id(row.number, from)), db_i64(event_id(row.number, to)), db_text(id)),
                    on_mention, m, e));
    }
    return 0;
}

static int blank_parent(Db *db, DbConn *c, Str topic, Str id, Err *e) {
    Mentions m = {0};
    int r = find_mentions(c, topic, id, &m, e);
    while (r >= 0 && m.done < m.ids.n) r = db_tx(db, DB_DERIVED, blank_tx, &m, e);
    vec_done(&m.ids);
    return r;
}

int stream_erase(Db *db, DbConn *c, const StreamErase *x, Err *e) {
    TRY(erase_own(db, x->topic, e));
    for (int i = 0; i < STREAM_PARENTS_MAX && x->parents[i].p; i++) TRY(blank_parent(db, c, x->parents[i], x->id, e));
    return 0;
}
