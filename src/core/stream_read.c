/* Reading streams: heads and pages; and the envelope. */
#include "base/mem.h"
#include "core/stream_int.h"
#include "core/stream_sql.h"

SHAPE_DEFINE(Cursor, CURSOR);

void envelope_put(Buf *b, const EnvelopeIn *in, EnvelopePart *ret_payload) {
    char at[TIME_TEXT_MAX];
    size_t from = b->n;
    JsonOut o = json_out(b);
    json_begin_object(&o);
    json_kv_str(&o, "type", in->kind);
    json_kv_str(&o, "topic", in->topic);
    json_kv_i64(&o, "generation", in->generation);
    json_kv_i64(&o, "seq", in->seq);
    json_kv_str(&o, "at", str_n(at, time_print(in->at, at)));
    if (in->source.topic.p) {
        json_key(&o, STR("source"));
        json_begin_object(&o);
        json_kv_str(&o, "topic", in->source.topic);
        json_kv_i64(&o, "generation", in->source.generation);
        json_kv_i64(&o, "seq", in->source.seq);
        json_end_object(&o);
    }
    if (in->place.launch.p) {
        json_key(&o, STR("place"));
        json_begin_array(&o);
        json_put_str(&o, in->place.launch);
        json_put_i64(&o, in->place.offset);
        json_put_i64(&o, in->place.index);
        json_end_array(&o);
    }
    json_key(&o, STR("payload"));
    ret_payload->at = b->n - from;
    json_put_raw(&o, in->payload);
    ret_payload->n = b->n - from - ret_payload->at;
    json_end_object(&o);
}

typedef struct Finding {
    StreamRow *row;
    bool is_found;
} Finding;

static bool on_stream(void *arg, DbRow *r) {
    Finding *f = arg;
    int64_t dropped = db_col_i64(r, 2), last = db_col_i64(r, 3);
    *f->row = (StreamRow){.number = db_col_i64(r, 0),
                          .generation = db_col_i64(r, 1),
                          .seq = last > dropped ? last : dropped,
                          .is_empty = last == 0};
    f->is_found = true;
    return false;
}

static bool on_floor(void *arg, DbRow *r) {
    ((StreamRow *)arg)->generation = db_col_i64(r, 0);
    return false;
}

int stream_row_find(DbConn *c, Str topic, StreamRow *ret, bool *ret_found, Err *e) {
    Finding f = {.row = ret};
    TRY(db_each(c, &sql_stream_find, DB_ARGS(db_text(topic)), on_stream, &f, e));
    *ret_found = f.is_found;
    if (f.is_found) return 0;
    *ret = (StreamRow){.generation = 1, .is_empty = true};
    return db_each(c, &sql_stream_floor, DB_NONE, on_floor, ret, e);
}

int stream_head(DbConn *c, Str topic, Cursor *ret, Err *e) {
    StreamRow row;
    bool found;
    TRY(stream_row_find(c, topic, &row, &found, e));
    *ret = (Cursor){.topic = topic, .generation = row.generation, .seq = row.seq};
    return 0;
}

/* A page being read. */
typedef struct Paging {
    Str topic;
    Arena *arena;
    StreamPage *page;
    size_t limit, bytes;
    Buf text; /* one envelope at a time */
} Paging;

static void add_item(Paging *p, const EnvelopeIn *in) {
    EnvelopePart payload;
    buf_clear(&p->text);
    envelope_put(&p->text, in, &payload);
    Str envelope = arena_str(p->arena, buf_str(&p->text));
    p->page->items[p->page->n++] = (StreamItem){
        .seq = in->seq,
        .kind = arena_str(p->arena, in->kind),
        .envelope = envelope,
        .payload = {envelope.p + payload.at, payload.n},
    };
    p->bytes += envelope.n;
}

/* A parent's row whose event was deleted yields nothing, but its number counts as read. */
static bool on_event_row(void *arg, DbRow *r) {
    Paging *p = arg;
    if (p->limit == 0 || p->bytes >= STREAM_PAGE_BYTES) {
        p->page->more = true;
        return false;
    }
    EnvelopeIn in = {.topic = p->topic,
                     .generation = p->page->generation,
                     .seq = db_col_i64(r, 0),
                     .kind = db_col_text(r, 1),
                     .at = db_col_i64(r, 2),
                     .payload = db_col_text(r, 3),
                     .source = {.topic = db_col_text(r, 4), .generation = db_col_i64(r, 5), .seq = db_col_i64(r, 6)},
                     .place = {.launch = db_col_text(r, 7), .offset = db_col_i64(r, 8), .index = db_col_i64(r, 9)}};
    if (in.payload.p) add_item(p, &in);
    p->page->reached = in.seq;
    p->limit--;
    return true;
}

typedef struct Range {
    int64_t above, below;
    size_t limit;
} Range;

static int read_page(DbConn *c, const Sql *q, const Range *range, const StreamRow *row, Paging *p, Err *e) {
    p->limit = range->limit;
    p->page->items = arena_array(p->arena, range->limit, sizeof *p->page->items);
    buf_init(&p->text, STREAM_PAYLOAD_MAX + ENVELOPE_EXTRA_MAX);
    int64_t above = event_id(row->number, range->above), below = event_id(row->number, range->below);
    int rc =
        db_each(c, q, DB_ARGS(db_i64(above), db_i64(below), db_i64((int64_t)range->limit + 1)), on_event_row, p, e);
    buf_done(&p->text);
    return rc;
}

int stream_read(DbConn *c, Str topic, int64_t after, Arena *a, StreamPage *ret, Err *e) {
    StreamRow row;
    StreamPage page = {0};
    bool found;
    if (after < 0) return err_fail(e, ERR_INVALID, "a cursor must not be negative");
    TRY(stream_row_find(c, topic, &row, &found, e));
    page.generation = row.generation;
    page.reached = after;
    if (found && after < row.seq) {
        Paging p = {.topic = topic, .arena = a, .page = &page};
        TRY(read_page(c, &sql_stream_events_after, &(Range){after, SEQ_END, STREAM_PAGE_EVENTS}, &row, &p, e));
    }
    page.head = row.seq > page.reached || after > row.seq ? row.seq : page.reached;
    *ret = page;
    return 0;
}

int stream_room(DbConn *c, int64_t *ret, Err *e) { return db_scalar(c, &sql_stream_room, DB_NONE, 0, ret, e); }

/* -- backwards ----------------------------------------------------------------------------------------------- */

typedef struct Newest {
    const StreamBack *of;
    int64_t left;
    bool has_more;
} Newest;

static bool on_newest(void *arg, DbRow *r) {
    Newest *n = arg;
    n->has_more = n->left-- == 0;
    if (n->has_more) return false;
    StreamSeen ev = {
        .kind = db_col_text(r, 0), .at = db_col_i64(r, 1), .payload = db_col_text(r, 2), .source = db_col_text(r, 3)};
    return n->of->fn(n->of->arg, &ev);
}

int stream_each_newest(DbConn *c, const StreamBack *back, bool *ret_more, Err *e) {
    StreamRow row;
    bool found;
    Newest n = {.of = back, .left = back->max};
    *ret_more = false;
    TRY(stream_row_find(c, back->topic, &row, &found, e));
    if (!found) return 0;
    TRY(db_each(c, &sql_stream_newest, DB_ARGS(db_i64(row.number), db_i64(back->max + 1)), on_newest, &n, e));
    *ret_more = n.has_more;
    return 0;
}
