/* Erasing for good what the streams contain about one object. Worker threads.
 *
 * The parents' rows of its events stay, without text: if the last rows of a stream were deleted, their numbers would be
 * used again. A row without a payload yields nothing and counts as read.
 */
#include "base/mem.h"
#include "base/vec.h"
#include "core/stream_int.h"
#include "core/stream_sql.h"

enum { WINDOW = 20000, CHANGES_A_WRITE = 100 };

/* Rows to change, in small writes. */
typedef struct Ids {
    int (*change)(Tx *tx, int64_t id, Err *e);
    VEC(int64_t) all;
    size_t done;
} Ids;

static bool on_id(void *arg, DbRow *r) {
    vec_push(&((Ids *)arg)->all, db_col_i64(r, 0));
    return true;
}

static int change_tx(Tx *tx, void *arg, Err *e) {
    Ids *x = arg;
    size_t end = x->done + CHANGES_A_WRITE < x->all.n ? x->done + CHANGES_A_WRITE : x->all.n;
    for (size_t i = x->done; i < end; i++) TRY(x->change(tx, x->all.items[i], e));
    x->done = end;
    return 0;
}

static int change_all(Db *db, Ids *x, Err *e) {
    while (x->done < x->all.n) TRY(db_tx(db, DB_DERIVED, change_tx, x, e));
    return 0;
}

static void ids_done(Ids *x) { vec_done(&x->all); }

typedef struct Renewal {
    Str topic;
    int64_t number; /* 0: it was never written to */
    int64_t seq;
} Renewal;

static int renew_tx(Tx *tx, void *arg, Err *e) {
    Renewal *x = arg;
    StreamRow row;
    bool found;
    TRY(stream_row_find(tx_conn(tx), x->topic, &row, &found, e));
    x->number = found ? row.number : 0;
    x->seq = row.seq;
    return found ? stream_renew(tx, x->topic, e) : 0;
}

static int remove_tx(Tx *tx, void *arg, Err *e) {
    return tx_run(tx, &sql_stream_remove, DB_ARGS(db_i64(((Renewal *)arg)->number)), NULL, e);
}

/* Launches of one owner occur in the owner's stream only. */
static int find_launches(DbConn *c, const Renewal *x, Ids *out, Err *e) {
    for (int64_t from = 0; from <= x->seq; from += WINDOW)
        TRY(db_each(c, &sql_stream_launches,
                    DB_ARGS(db_i64(event_id(x->number, from)), db_i64(event_id(x->number, from + WINDOW))), on_id, out,
                    e));
    return 0;
}

/* If this is interrupted between the two writes, retention does the rest: events without a topic are deleted first. */
static int erase_own(Db *db, DbConn *c, Str topic, Err *e) {
    Renewal x = {.topic = topic};
    CLEANUP(ids_done) Ids words = {.change = stream_remove_word};
    TRY(db_tx(db, DB_PERSON, renew_tx, &x, e));
    if (!x.number) return 0;
    TRY(find_launches(c, &x, &words, e));
    TRY(db_slices(db, &(DbSlices){.sql = &sql_stream_erase_some, .args = DB_ARGS(db_i64(x.number))}, e));
    TRY(change_all(db, &words, e));
    return db_tx(db, DB_DERIVED, remove_tx, &x, e);
}

/* Reads the stream in windows: a single read of a long stream would delay the checkpoint. */
static int find_mentions(DbConn *c, Str topic, Str id, Ids *m, Err *e) {
    StreamRow row;
    bool found;
    TRY(stream_row_find(c, topic, &row, &found, e));
    for (int64_t from = 0; found && from <= row.seq; from += WINDOW) {
        int64_t to = from + WINDOW <= row.seq ? from + WINDOW : row.seq + 1;
        TRY(db_each(c, &sql_stream_mentions,
                    DB_ARGS(db_i64(event_id(row.number, from)), db_i64(event_id(row.number, to)), db_text(id)), on_id,
                    m, e));
    }
    return 0;
}

static int blank(Tx *tx, int64_t id, Err *e) { return tx_run(tx, &sql_stream_blank, DB_ARGS(db_i64(id)), NULL, e); }

static int blank_parent(Db *db, DbConn *c, Str topic, Str id, Err *e) {
    CLEANUP(ids_done) Ids m = {.change = blank};
    TRY(find_mentions(c, topic, id, &m, e));
    return change_all(db, &m, e);
}

int stream_erase(Db *db, DbConn *c, const StreamErase *x, Err *e) {
    TRY(erase_own(db, c, x->topic, e));
    for (int i = 0; i < STREAM_PARENTS_MAX && x->parents[i].p; i++) TRY(blank_parent(db, c, x->parents[i], x->id, e));
    return 0;
}
