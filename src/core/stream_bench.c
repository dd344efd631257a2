/* How many durable events per second the store takes, compared with plain SQLite inserting the same rows in the same
 * run.
 *
 *     stream-bench FOLDER [EVENTS [BYTES]]
 *
 * Durable: committed in WAL mode with synchronous NORMAL, which survives SIGKILL. Closures of 512 events, spread over
 * 8 streams; each event is also published. The peer does not number events, look up streams or build envelopes.
 */
#include <stdio.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/core_migrations.h"
#include "core/stream.h"

enum { CLOSURE = 512, STREAMS = 8 };

typedef struct Bench {
    Str payload;
    int64_t n, done;
    size_t published;
} Bench;

static void on_committed(void *arg, void **items, size_t n) {
    ((Bench *)arg)->published += n;
    for (size_t i = 0; i < n; i++) free(items[i]);
}

static int append(Tx *tx, void *arg, Err *e) {
    Bench *b = arg;
    char topic[32];
    for (int i = 0; i < CLOSURE; i++, b->done++) {
        snprintf(topic, sizeof topic, "agent/%d", (int)(b->done % STREAMS));
        StreamEvent ev = {.topic = str(topic),
                          .kind = STR("text"),
                          .at = tx_now(tx),
                          .payload = b->payload,
                          .place = {.launch = STR("lch_01j00000000000000000000000"), .offset = b->done * 300}};
        TRY(stream_append(tx, &ev, NULL, e));
    }
    return 0;
}

static double run_store(const char *dir, Bench *b, Err *e) {
    static const Migration *const migrations[] = {core_migrations, NULL};
    DbConfig c = {.dir = dir, .migrations = migrations, .on_committed = on_committed, .arg = b};
    Db *db = NULL;
    if (db_open(&c, &db, e) < 0) return -1;
    int rc = 0;
    int64_t from = clock_mono_us();
    while (rc >= 0 && b->done < b->n) rc = db_tx(db, DB_DERIVED, append, b, e);
    double took = (double)(clock_mono_us() - from) / 1e6;
    db_close(db);
    return rc < 0 ? -1 : (double)b->done / took;
}

static int peer_group(sqlite3 *h, sqlite3_stmt *s, const Bench *b, int64_t from) {
    if (sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) return -1;
    for (int64_t i = from; i < from + CLOSURE; i++) {
        sqlite3_bind_int64(s, 1, (i % STREAMS) << 40 | i / STREAMS);
        sqlite3_bind_int64(s, 2, i);
        sqlite3_bind_text(s, 3, b->payload.p, (int)b->payload.n, SQLITE_STATIC);
        if (sqlite3_step(s) != SQLITE_DONE) return -1;
        sqlite3_reset(s);
    }
    return sqlite3_exec(h, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

static double run_peer(const char *dir, const Bench *b) {
    char path[4096];
    sqlite3 *h = NULL;
    sqlite3_stmt *s = NULL;
    snprintf(path, sizeof path, "%s/peer.db", dir);
    sqlite3_open(path, &h);
    sqlite3_exec(h,
                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                 "CREATE TABLE event(id INTEGER PRIMARY KEY, at INTEGER, payload TEXT) STRICT",
                 NULL, NULL, NULL);
    sqlite3_prepare_v2(h, "INSERT INTO event VALUES(?1, ?2, ?3)", -1, &s, NULL);
    int rc = 0;
    int64_t from = clock_mono_us(), done = 0;
    for (; rc >= 0 && done < b->n; done += CLOSURE) rc = peer_group(h, s, b, done);
    double took = (double)(clock_mono_us() - from) / 1e6;
    sqlite3_finalize(s);
    sqlite3_close(h);
    return rc < 0 ? -1 : (double)done / took;
}

int main(int argc, char **argv) {
    int64_t n = 300000, bytes = 300;
    Err e = {0};
    bool ok = argc > 1 && (argc < 3 || str_parse_i64(str(argv[2]), 1, 100000000, &n)) &&
              (argc < 4 || str_parse_i64(str(argv[3]), 16, 1 << 20, &bytes));
    if (!ok) return fprintf(stderr, "stream-bench FOLDER [EVENTS [BYTES]]\n"), 2;
    char *payload = mu_alloc((size_t)bytes + 1);
    memset(payload, 'x', (size_t)bytes);
    memcpy(payload, "{\"t\":\"", 6);
    memcpy(payload + bytes - 2, "\"}", 2);
    Bench b = {.payload = str_n(payload, (size_t)bytes), .n = n};
    double ours = run_store(argv[1], &b, &e), peer = run_peer(argv[1], &b);
    free(payload);
    if (ours < 0) return fprintf(stderr, "%s\n", e.text), 1;
    printf("events of %d bytes: %.0f/s into the store, %.0f/s bare SQLite, ratio %.2f\n", (int)bytes, ours, peer,
           ours / peer);
    return 0;
}
