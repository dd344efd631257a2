/* Writing streams. The writer caches the heads of topics and the numbers of words that it used recently, so that an
 * event costs one insert; a rollback clears the cache.
 */
#include "core/stream.h"

#include "base/map.h"
#include "base/mem.h"
#include "core/hub_item.h"
#include "core/stream_int.h"
#include "core/stream_sql.h"

enum { MEMORY_MAX = 4096 };

typedef struct Memory {
    int64_t rollbacks;
    Map topics;         /* -> StreamRow, owned */
    Map words;          /* -> its number as a pointer */
    Buf text;           /* the envelope being built */
    StreamHeads *heads; /* of the running closure; NULL: not requested */
} Memory;

static void forget_topics(Memory *m) {
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&m->topics, &i));) free(s->value);
    map_done(&m->topics);
    m->topics = (Map){0};
}

static void forget(Memory *m) {
    forget_topics(m);
    map_done(&m->words);
    m->words = (Map){0};
}

static void memory_free(void *slot) {
    Memory *m = slot;
    forget(m);
    buf_done(&m->text);
    free(m);
}

static Memory *memory_of(Tx *tx) {
    void **slot = tx_slot(tx, memory_free);
    Memory *m = *slot;
    if (!m) {
        *slot = m = mu_new(Memory);
        buf_init(&m->text, STREAM_PAYLOAD_MAX + ENVELOPE_EXTRA_MAX);
    }
    if (m->rollbacks != tx_rollbacks(tx)) forget(m);
    if (m->topics.n >= MEMORY_MAX) forget_topics(m);
    if (m->words.n >= MEMORY_MAX) forget(m);
    m->rollbacks = tx_rollbacks(tx);
    return m;
}

static int add_stream(Tx *tx, Str topic, int64_t generation, StreamRow *ret, Err *e) {
    *ret = (StreamRow){.generation = generation, .is_empty = true};
    return db_scalar(tx_conn(tx), &sql_stream_add, DB_ARGS(db_text(topic), db_i64(generation)), 0, &ret->number, e);
}

static int row_of(Tx *tx, Memory *m, Str topic, StreamRow **ret, Err *e) {
    *ret = map_find(&m->topics, topic);
    if (*ret) return 0;
    if (topic.n == 0 || topic.n > STREAM_TOPIC_MAX) return err_fail(e, ERR_INVALID, "the topic is empty or too long");
    StreamRow row;
    bool found;
    TRY(stream_row_find(tx_conn(tx), topic, &row, &found, e));
    if (!found) TRY(add_stream(tx, topic, row.generation, &row, e));
    *ret = mu_new(StreamRow);
    **ret = row;
    map_put(&m->topics, topic, *ret);
    return 0;
}

static int word_of(Tx *tx, Memory *m, Str text, int64_t *ret, Err *e) {
    void *known = map_find(&m->words, text);
    if (known) {
        *ret = (intptr_t)known;
        return 0;
    }
    int64_t number;
    TRY(db_scalar(tx_conn(tx), &sql_stream_word_find, DB_ARGS(db_text(text)), 0, &number, e));
    if (!number) TRY(db_scalar(tx_conn(tx), &sql_stream_word_add, DB_ARGS(db_text(text)), 0, &number, e));
    map_put(&m->words, text, (void *)(intptr_t)number);
    *ret = number;
    return 0;
}

/* An event being added to one topic: its own or a parent's; for a parent's, `source` is the event in its own topic. */
typedef struct Adding {
    Tx *tx;
    Memory *memory;
    const StreamEvent *ev;
    int64_t kind;
    Cursor source;     /* its topic {NULL,0}: none */
    int64_t source_id; /* of that event */
} Adding;

static int insert(Adding *a, int64_t id, Err *e) {
    const LogPlace *place = &a->ev->place;
    bool is_link = a->source.topic.p, has_place = !is_link && place->launch.p;
    int64_t launch = 0;
    if (has_place) TRY(word_of(a->tx, a->memory, place->launch, &launch, e));
    DbValue none = {0};
    return tx_run(a->tx, &sql_stream_event_add,
                  DB_ARGS(db_i64(id), db_i64(a->kind), db_i64(a->ev->at), is_link ? none : db_text(a->ev->payload),
                          is_link ? db_i64(a->source_id) : none, has_place ? db_i64(launch) : none,
                          has_place ? db_i64(place->offset) : none, has_place ? db_i64(place->index) : none),
                  NULL, e);
}

static int publish(Adding *a, Str topic, const StreamRow *row, Err *e) {
    EnvelopeIn in = {.topic = topic,
                     .kind = a->ev->kind,
                     .payload = a->ev->payload,
                     .generation = row->generation,
                     .seq = row->seq,
                     .at = a->ev->at,
                     .source = a->source,
                     .place = a->ev->place};
    Buf *b = &a->memory->text;
    EnvelopePart payload;
    buf_clear(b);
    envelope_put(b, &in, &payload);
    if (b->failed) return err_fail(e, ERR_TOO_LARGE, "an event is larger than %d bytes", STREAM_PAYLOAD_MAX);
    tx_publish(a->tx, hub_item_event(&(HubEvent){.topic = topic,
                                                 .generation = row->generation,
                                                 .seq = row->seq,
                                                 .kind = in.kind,
                                                 .envelope = buf_str(b),
                                                 .payload = {b->p + payload.at, payload.n}}));
    return 0;
}

void stream_note_heads(Tx *tx, StreamHeads *heads) { memory_of(tx)->heads = heads; }

static void note_head(StreamHeads *heads, Str topic, const StreamRow *row) {
    if (!heads) return;
    size_t i = 0;
    while (i < heads->n && !str_eq(heads->items[i].topic, topic)) i++;
    if (i == STREAM_HEADS_MAX) return;
    if (i == heads->n) heads->items[heads->n++].topic = arena_str(heads->arena, topic);
    heads->items[i].generation = row->generation;
    heads->items[i].seq = row->seq;
}

static int add_to(Adding *a, Str topic, StreamRow **ret, Err *e) {
    TRY(row_of(a->tx, a->memory, topic, ret, e));
    StreamRow *row = *ret;
    if (row->is_empty)
        TRY(tx_run(a->tx, &sql_stream_set_oldest, DB_ARGS(db_i64(row->number), db_i64(a->ev->at)), NULL, e));
    row->is_empty = false;
    row->seq++;
    note_head(a->memory->heads, topic, row);
    TRY(insert(a, event_id(row->number, row->seq), e));
    return publish(a, topic, row, e);
}

int stream_append(Tx *tx, const StreamEvent *ev, Cursor *ret, Err *e) {
    Adding a = {.tx = tx, .memory = memory_of(tx), .ev = ev};
    StreamRow *row, *parent;
    TRY(word_of(tx, a.memory, ev->kind, &a.kind, e));
    TRY(add_to(&a, ev->topic, &row, e));
    Cursor at = {.topic = ev->topic, .generation = row->generation, .seq = row->seq};
    if (ret) *ret = at;
    a.source = at;
    a.source_id = event_id(row->number, row->seq);
    for (size_t i = 0; i < STREAM_PARENTS_MAX && ev->parents[i].p; i++) TRY(add_to(&a, ev->parents[i], &parent, e));
    return 0;
}

int stream_emit(Tx *tx, Str topic, const char *kind, const Shape *shape, const void *v, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, STREAM_PAYLOAD_MAX);
    JsonOut o = json_out(&b);
    shape_encode(shape, v, &o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the event %s is too large", kind);
    StreamEvent ev = {.topic = topic, .kind = str(kind), .at = tx_now(tx), .payload = buf_str(&b)};
    return stream_append(tx, &ev, NULL, e);
}

/* A store restored from a backup would use numbers again that its readers have seen; the time does not repeat. */
static int64_t next_generation(const Tx *tx, int64_t old) {
    int64_t now_s = tx_now(tx) / 1000000;
    return now_s > old ? now_s : old + 1;
}

/* The old events stay under a number without a topic, because deleting them at once could take long. */
int stream_renew(Tx *tx, Str topic, Err *e) {
    Memory *m = memory_of(tx);
    StreamRow *row;
    TRY(row_of(tx, m, topic, &row, e));
    TRY(tx_run(tx, &sql_stream_retire, DB_ARGS(db_i64(row->number)), NULL, e));
    TRY(add_stream(tx, topic, next_generation(tx, row->generation), row, e));
    tx_publish(tx, hub_item_renewal(topic, row->generation));
    return 0;
}

int stream_forget(Tx *tx, Str topic, Err *e) {
    StreamRow row;
    bool found;
    TRY(stream_row_find(tx_conn(tx), topic, &row, &found, e));
    forget_topics(memory_of(tx));
    return found ? tx_run(tx, &sql_stream_retire, DB_ARGS(db_i64(row.number)), NULL, e) : 0;
}

int stream_remove_word(Tx *tx, int64_t number, Err *e) {
    forget(memory_of(tx));
    return tx_run(tx, &sql_stream_word_remove, DB_ARGS(db_i64(number)), NULL, e);
}

int stream_distrust(Tx *tx, Err *e) {
    forget_topics(memory_of(tx));
    return tx_run(tx, &sql_stream_distrust, DB_ARGS(db_i64(next_generation(tx, 0))), NULL, e);
}

/* ---- retention ---- */

/* One stream's oldest events: those before the first that is recent enough, at most `left` of them. */
typedef struct Ageing {
    TimeUs older_than;
    int64_t left;
    int64_t last_id; /* the last to delete, 0 = none */
    bool has_next;   /* the event after it has the time next_at */
    TimeUs next_at;
} Ageing;

static bool on_age(void *arg, DbRow *r) {
    Ageing *g = arg;
    TimeUs at = db_col_i64(r, 1);
    if (at >= g->older_than || g->left == 0) {
        g->has_next = true;
        g->next_at = at;
        return false;
    }
    g->last_id = db_col_i64(r, 0);
    g->left--;
    return true;
}

typedef struct Oldest {
    int64_t number;
    bool is_found, is_retired;
} Oldest;

static bool on_oldest(void *arg, DbRow *r) {
    *(Oldest *)arg = (Oldest){.number = db_col_i64(r, 0), .is_found = true, .is_retired = db_col_i64(r, 1) != 0};
    return false;
}

static int retain_one(Tx *tx, const Oldest *s, Ageing *g, Err *e) {
    DbConn *c = tx_conn(tx);
    int64_t limit = g->left;
    g->last_id = 0;
    g->has_next = false;
    if (s->is_retired) g->older_than = INT64_MAX;
    TRY(db_each(c, &sql_stream_ages, DB_ARGS(db_i64(s->number), db_i64(limit + 1)), on_age, g, e));
    if (g->last_id) TRY(tx_run(tx, &sql_stream_delete, DB_ARGS(db_i64(s->number), db_i64(g->last_id)), NULL, e));
    if (s->is_retired && !g->has_next) return tx_run(tx, &sql_stream_remove, DB_ARGS(db_i64(s->number)), NULL, e);
    DbValue next = s->is_retired ? db_i64(0) : g->has_next ? db_i64(g->next_at) : (DbValue){0};
    return tx_run(tx, &sql_stream_dropped, DB_ARGS(db_i64(s->number), db_i64(g->last_id), next), NULL, e);
}

int stream_retain(Tx *tx, TimeUs older_than, int64_t limit, int64_t *ret_deleted, Err *e) {
    int64_t left = limit;
    forget_topics(memory_of(tx));
    while (left > 0) {
        Oldest s = {0};
        TRY(db_each(tx_conn(tx), &sql_stream_oldest, DB_ARGS(db_i64(older_than)), on_oldest, &s, e));
        if (!s.is_found) break;
        Ageing g = {.older_than = older_than, .left = left};
        TRY(retain_one(tx, &s, &g, e));
        left = g.left;
    }
    *ret_deleted = limit - left;
    return 0;
}
