/* See derive_print.h. */
#include "daemon/derive_print.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "conversation/derive.h"

enum { BATCH_BYTES = 1 << 20, LINE_MAX_BYTES = 32 << 20 };

static void print_event(const DerivedEvent *ev) {
    CLEANUP(buf_done) Buf b;
    char at[TIME_TEXT_MAX];
    buf_init(&b, LINE_MAX_BYTES);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_i64(&o, "offset", ev->offset);
    json_kv_i64(&o, "index", ev->index);
    json_kv_str(&o, "kind", str(agent_events[ev->kind].word));
    json_kv_str(&o, "at", str_n(at, time_print(ev->at, at)));
    json_kv_raw(&o, "payload", ev->payload);
    json_end_object(&o);
    fwrite(b.p, 1, b.n, stdout);
    putchar('\n');
}

static int print_batch(Derive *d, LaunchLog *log, uint64_t *at, bool *ret_more, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchBatch batch;
    DerivedBatch made;
    LaunchPlace place;
    TRY(launchlog_read(log, *at, BATCH_BYTES, a, &batch, e));
    if (batch.cond == LAUNCHLOG_GAP && batch.n == 0) {
        derive_gap(d, *at, batch.resume, STR("the log's beginning was removed"));
        *at = batch.resume;
        *ret_more = true;
        return 0;
    }
    derive_feed(d, batch.frames, batch.n, &place);
    derive_batch(d, &made);
    for (size_t i = 0; i < made.n_events; i++) print_event(&made.events[i]);
    derive_clear(d);
    *at = batch.next;
    *ret_more = batch.cond == LAUNCHLOG_MORE || batch.cond == LAUNCHLOG_GAP;
    return 0;
}

static int print_all(const char *adapter_name, const char *folder, Err *e) {
    CLEANUP(fd_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    CLEANUP(derive_freep) Derive *d = NULL;
    const Adapter *adapter = adapter_find(str(adapter_name));
    if (!adapter) return err_fail(e, ERR_INVALID, "no adapter `%s`", adapter_name);
    if (fd < 0) return err_sys(e, "open %s", folder);
    DeriveFrom from = {0};
    uint64_t at = 0;
    TRY(launchlog_open(fd, &log, e));
    TRY(derive_new(adapter, &from, &d, e));
    for (bool more = true; more;) TRY(print_batch(d, log, &at, &more, e));
    return 0;
}

int derive_print_main(int argc, char **argv) {
    Err e = {0};
    if (argc != 3) {
        fprintf(stderr, "muster: usage: muster derive ADAPTER FOLDER\n");
        return 2;
    }
    if (print_all(argv[1], argv[2], &e) >= 0) return 0;
    fprintf(stderr, "muster: %s\n", e.text);
    return 1;
}
