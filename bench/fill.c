/* Fills the store of a home that the daemon created, for measurements of its memory and start.
 *
 *     bench-fill HOME EVENTS BYTES
 *
 * Appends EVENTS events with payloads of BYTES to one stream, the topic of an agent, as in a long session. No daemon may have
 * the home open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/stream.h"
#include "daemon/features.h"

enum { CLOSURE = 512 };

typedef struct Fill {
    Str payload;
    int64_t n, done;
} Fill;

static void drop(void *arg, void **items, size_t n) {
    (void)arg;
    for (size_t i = 0; i < n; i++) free(items[i]);
}

static int append(Tx *tx, void *arg, Err *e) {
    Fill *f = arg;
    StreamEvent ev = {.topic = STR("agent/ag_00000000000000000000000000"),
                      .kind = STR("text"),
                      .at = tx_now(tx),
                      .payload = f->payload};
    for (int i = 0; i < CLOSURE && f->done < f->n; i++, f->done++) TRY(stream_append(tx, &ev, NULL, e));
    return 0;
}

static int fill(const char *home, Fill *f, Err *e) {
    DbConfig c = {.dir = home, .migrations = features_migrations(), .on_committed = drop};
    Db *db = NULL;
    TRY(db_open(&c, &db, e));
    int r = 0;
    while (r >= 0 && f->done < f->n) r = db_tx(db, DB_DERIVED, append, f, e);
    db_close(db);
    return r;
}

static Str make_payload(size_t bytes) {
    char *p = mu_alloc(bytes);
    memset(p, 'x', bytes);
    memcpy(p, "{\"text\":\"", 9);
    memcpy(p + bytes - 2, "\"}", 2);
    return str_n(p, bytes);
}

int main(int argc, char **argv) {
    int64_t n, bytes;
    Err e = {0};
    bool is_good = argc == 4 && str_parse_i64(str(argv[2]), 1, 100000000, &n) &&
                   str_parse_i64(str(argv[3]), 16, STREAM_PAYLOAD_MAX, &bytes);
    if (!is_good) return fprintf(stderr, "bench-fill HOME EVENTS BYTES\n"), 2;
    Fill f = {.payload = make_payload((size_t)bytes), .n = n};
    int r = fill(argv[1], &f, &e);
    free((char *)f.payload.p);
    if (r < 0) fprintf(stderr, "bench-fill: %s\n", e.text);
    return r < 0;
}
