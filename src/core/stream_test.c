#include <sys/stat.h>

#include "base/mem.h"
#include "base/test.h"
#include "base/vec.h"
#include "core/core_migrations.h"
#include "core/hub_item.h"
#include "core/stream.h"
#include "core/stream_sql.h"
#include "sys/fault.h"

/* A store whose published items are kept. */
typedef struct Bench {
    Db *db;
    DbConn *c;
    Arena *arena;
    VEC(HubItem *) items;
} Bench;

static void on_committed(void *arg, void **items, size_t n) {
    Bench *b = arg;
    for (size_t i = 0; i < n; i++) vec_push(&b->items, items[i]);
}

static void on_dropped(void *arg UNUSED, void *item) { free(item); }

static void open_bench(Bench *b) {
    static char dir[512];
    static int n;
    static const Migration *const migrations[] = {core_migrations, NULL};
    Err e = {0};
    snprintf(dir, sizeof dir, "%s/stream-%d", test_dir(), n++);
    CHECK(mkdir(dir, 0700) == 0);
    *b = (Bench){.arena = arena_new()};
    DbConfig c = {
        .dir = dir, .migrations = migrations, .on_committed = on_committed, .on_dropped = on_dropped, .arg = b};
    CHECK_OK(db_open(&c, &b->db, &e), e);
    CHECK_OK(db_conn_open(b->db, &b->c, &e), e);
}

static void close_bench(Bench *b) {
    db_conn_close(b->c);
    db_close(b->db);
    vec_each(&b->items, it) free(*it);
    vec_done(&b->items);
    arena_free(b->arena);
}

/* Appends this many events with payloads {"n":1}, {"n":2}, ... one second apart. */
typedef struct Batch {
    const char *topic, *parent;
    int n;
    int64_t from;
    bool fails;
    Cursor last;
} Batch;

static int append_batch(Tx *tx, void *arg, Err *e) {
    Batch *b = arg;
    for (int i = 0; i < b->n; i++) {
        char payload[64];
        snprintf(payload, sizeof payload, "{\"n\":%d}", i + 1);
        StreamEvent ev = {.topic = str(b->topic),
                          .kind = STR("text"),
                          .at = (b->from + i) * 1000000,
                          .payload = str(payload),
                          .parents = {str(b->parent)},
                          .place = {.launch = STR("lch_1"), .offset = i, .index = 0}};
        TRY(stream_append(tx, &ev, &b->last, e));
    }
    return b->fails ? err_fail(e, ERR_FORBIDDEN, "meant to fail") : 0;
}

static Cursor append(Bench *b, Batch batch) {
    Err e = {0};
    CHECK_OK(db_tx(b->db, DB_DERIVED, append_batch, &batch, &e), e);
    return batch.last;
}

static StreamPage page_after(Bench *b, const char *topic, int64_t after) {
    Err e = {0};
    StreamPage p;
    CHECK_OK(stream_read(b->c, str(topic), after, b->arena, &p, &e), e);
    return p;
}

TEST(an_event_is_the_same_bytes_when_it_is_published_and_when_it_is_read) {
    Bench b;
    open_bench(&b);
    append(&b, (Batch){.topic = "agent/ag_1", .parent = "workspace/ws_1", .n = 1, .from = 1700000000});
    StreamPage own = page_after(&b, "agent/ag_1", 0), parent = page_after(&b, "workspace/ws_1", 0);
    CHECK_I64(own.n, 1);
    CHECK_I64(parent.n, 1);
    CHECK_I64(b.items.n, 2);
    CHECK_STR(own.items[0].envelope,
              "{\"type\":\"text\",\"topic\":\"agent/ag_1\",\"generation\":1,\"seq\":1,"
              "\"at\":\"2023-11-14T22:13:20.000000Z\",\"place\":[\"lch_1\",0,0],\"payload\":{\"n\":1}}");
    CHECK_STR(own.items[0].payload, "{\"n\":1}");
    CHECK(str_eq(own.items[0].envelope, b.items.items[0]->envelope));
    CHECK(str_eq(own.items[0].payload, b.items.items[0]->payload));
    CHECK(str_eq(parent.items[0].envelope, b.items.items[1]->envelope));
    CHECK_STR(parent.items[0].envelope,
              "{\"type\":\"text\",\"topic\":\"workspace/ws_1\",\"generation\":1,\"seq\":1,"
              "\"at\":\"2023-11-14T22:13:20.000000Z\",\"source\":{\"topic\":\"agent/ag_1\",\"generation\":1,\"seq\":1},"
              "\"place\":[\"lch_1\",0,0],\"payload\":{\"n\":1}}");
    close_bench(&b);
}

TEST(a_stream_without_events_is_at_generation_1_and_seq_0) {
    Bench b;
    Err e = {0};
    Cursor c;
    open_bench(&b);
    CHECK_OK(stream_head(b.c, STR("app"), &c, &e), e);
    CHECK_I64(c.generation, 1);
    CHECK_I64(c.seq, 0);
    CHECK_I64(page_after(&b, "app", 0).n, 0);
    close_bench(&b);
}

TEST(pages_follow_one_another_without_gap_or_repetition) {
    Bench b;
    open_bench(&b);
    append(&b, (Batch){.topic = "agent/ag_1", .n = 700});
    append(&b, (Batch){.topic = "agent/ag_2", .n = 10});
    append(&b, (Batch){.topic = "agent/ag_1", .n = 600});
    int64_t seen = 0;
    StreamPage p;
    do {
        p = page_after(&b, "agent/ag_1", seen);
        CHECK(p.n <= STREAM_PAGE_EVENTS && p.n > 0);
        for (size_t i = 0; i < p.n; i++) CHECK_I64(p.items[i].seq, ++seen);
        CHECK_I64(p.reached, seen);
        CHECK_I64(p.head, 1300);
    } while (p.more);
    CHECK_I64(seen, 1300);
    close_bench(&b);
}

TEST(numbers_of_a_rolled_back_write_are_used_again) {
    Bench b;
    open_bench(&b);
    append(&b, (Batch){.topic = "t", .n = 2});
    Batch bad = {.topic = "t", .n = 5, .fails = true};
    CHECK(db_tx(b.db, DB_DERIVED, append_batch, &bad, NULL) < 0);
    CHECK_I64(append(&b, (Batch){.topic = "t", .n = 1}).seq, 3);
    CHECK_I64(page_after(&b, "t", 0).n, 3);
    CHECK_I64(b.items.n, 3);
    close_bench(&b);
}

static int renew(Tx *tx, void *arg, Err *e) { return stream_renew(tx, str(arg), e); }

TEST(a_new_generation_starts_at_1_and_hides_what_was_before) {
    Bench b;
    Err e = {0};
    open_bench(&b);
    int64_t before = clock_now_us() / 1000000;
    append(&b, (Batch){.topic = "t", .n = 5});
    CHECK_OK(db_tx(b.db, DB_PERSON, renew, "t", &e), e);
    StreamPage p = page_after(&b, "t", 0);
    CHECK(p.generation >= before); /* never one that a reader of another copy of this store may have seen */
    CHECK_I64(p.n, 0);
    Cursor c = append(&b, (Batch){.topic = "t", .n = 1});
    CHECK_I64(c.generation, p.generation);
    CHECK_I64(c.seq, 1);
    CHECK(b.items.items[5]->is == ITEM_RENEWAL);
    close_bench(&b);
}

typedef struct Retain {
    TimeUs older_than;
    int64_t limit, deleted;
} Retain;

static int retain(Tx *tx, void *arg, Err *e) {
    Retain *r = arg;
    return stream_retain(tx, r->older_than, r->limit, &r->deleted, e);
}

static int64_t retain_step(Bench *b, int64_t older_than_s, int64_t limit) {
    Err e = {0};
    Retain r = {older_than_s * 1000000, limit, 0};
    CHECK_OK(db_tx(b->db, DB_DERIVED, retain, &r, &e), e);
    return r.deleted;
}

TEST(retention_deletes_the_oldest_in_steps_and_numbers_continue) {
    Bench b;
    open_bench(&b);
    append(&b, (Batch){.topic = "a", .n = 10, .from = 100});
    append(&b, (Batch){.topic = "b", .n = 10, .from = 200});
    CHECK_I64(retain_step(&b, 205, 4), 4);
    CHECK_I64(page_after(&b, "a", 0).items[0].seq, 5);
    CHECK_I64(retain_step(&b, 205, 100), 11);
    CHECK_I64(retain_step(&b, 205, 100), 0);
    CHECK_I64(page_after(&b, "a", 0).n, 0);
    CHECK_I64(page_after(&b, "b", 0).items[0].seq, 6);
    CHECK_I64(append(&b, (Batch){.topic = "a", .n = 1, .from = 300}).seq, 11);
    CHECK_I64(retain_step(&b, 301, 100), 6);
    close_bench(&b);
}

TEST(retention_deletes_what_a_new_generation_left) {
    Bench b;
    Err e = {0};
    open_bench(&b);
    append(&b, (Batch){.topic = "a", .n = 10, .from = 1000});
    CHECK_OK(db_tx(b.db, DB_PERSON, renew, "a", &e), e);
    append(&b, (Batch){.topic = "a", .n = 1, .from = 1000});
    CHECK_I64(retain_step(&b, 500, 6), 6);
    CHECK_I64(retain_step(&b, 500, 6), 4);
    CHECK_I64(retain_step(&b, 500, 6), 0);
    CHECK_I64(page_after(&b, "a", 0).n, 1);
    close_bench(&b);
}

TEST(a_parents_row_without_its_event_is_a_hole) {
    Bench b;
    open_bench(&b);
    append(&b, (Batch){.topic = "a", .parent = "p", .n = 3, .from = 100});
    Err e = {0};
    CHECK_OK(db_tx(b.db, DB_PERSON, renew, "a", &e), e);
    append(&b, (Batch){.topic = "a", .parent = "p", .n = 1, .from = 100});
    CHECK_I64(retain_step(&b, 50, 100), 3);
    StreamPage p = page_after(&b, "p", 0);
    CHECK_I64(p.n, 1);
    CHECK_I64(p.items[0].seq, 4);
    CHECK_I64(p.reached, 4);
    close_bench(&b);
}

static int distrust(Tx *tx, void *arg UNUSED, Err *e) { return stream_distrust(tx, e); }

TEST(streams_that_are_distrusted_keep_their_events_under_a_new_generation) {
    Bench b;
    Err e = {0};
    open_bench(&b);
    int64_t before = clock_now_us() / 1000000;
    append(&b, (Batch){.topic = "a", .n = 3});
    CHECK_OK(db_tx(b.db, DB_PERSON, distrust, NULL, &e), e);
    Cursor c = append(&b, (Batch){.topic = "a", .n = 1}), never_written;
    CHECK(c.generation >= before);
    CHECK_OK(stream_head(b.c, STR("new"), &never_written, &e), e);
    CHECK(never_written.generation >= before); /* another copy of this store may have been written to */
    CHECK_I64(c.seq, 4);
    CHECK_I64(page_after(&b, "a", 0).n, 4);
    close_bench(&b);
}

TEST(a_cursor_never_reaches_into_another_stream) {
    Bench b;
    Err e = {0};
    StreamPage p;
    open_bench(&b);
    append(&b, (Batch){.topic = "a", .n = 3});
    append(&b, (Batch){.topic = "b", .n = 3});
    CHECK_ERR(stream_read(b.c, STR("b"), -3, b.arena, &p, &e), e, ERR_INVALID);
    CHECK_OK(stream_read(b.c, STR("a"), INT64_MAX, b.arena, &p, &e), e);
    CHECK_I64(p.n, 0);
    CHECK_OK(stream_read(b.c, STR("b"), 0, b.arena, &p, &e), e);
    CHECK_I64(p.n, 3);
    close_bench(&b);
}

/* Failed writes are retried, as a deriver does. */
static void append_stubbornly(Bench *b, Batch batch) {
    while (db_tx(b->db, DB_DERIVED, append_batch, &batch, NULL) < 0) continue;
}

TEST(whichever_call_into_the_store_fails_numbers_have_no_holes_and_all_is_published_once) {
    bool was_hit = true;
    for (int64_t k = 1; was_hit; k++) {
        Bench b;
        open_bench(&b);
        append(&b, (Batch){.topic = "other", .n = 1});
        fault_arm(k, "db.");
        append_stubbornly(&b, (Batch){.topic = "a", .parent = "p", .n = 3});
        append_stubbornly(&b, (Batch){.topic = "a", .parent = "p", .n = 2});
        was_hit = fault_seen() >= k;
        fault_arm(0, NULL);
        StreamPage own = page_after(&b, "a", 0), parent = page_after(&b, "p", 0);
        CHECK_I64(own.n, 5);
        CHECK_I64(own.items[4].seq, 5);
        CHECK_I64(parent.n, 5);
        CHECK_I64(parent.items[4].seq, 5);
        CHECK_I64(b.items.n, 11);
        close_bench(&b);
    }
}

TEST(the_statements_of_streams_are_prepared) {
    Bench b;
    Err e = {0};
    open_bench(&b);
    DbConn *c;
    CHECK_OK(db_conn_open(b.db, &c, &e), e);
    CHECK_OK(db_check_sql(c, stream_sql, &e), e);
    db_conn_close(c);
    close_bench(&b);
}
