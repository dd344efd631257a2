/* See derive_print.h. */
#include "daemon/derive_print.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "conversation/derive.h"
#include "db/db.h"
#include "sys/file.h"

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

typedef struct Print {
    LaunchLog *log;
    Derive *derive;
    uint64_t at;
    bool is_damaged;
} Print;

/* There is no whole frame where reading continues: is there one after it? */
static int jump(Print *p, LaunchBatch *batch, Arena *a, Err *e) {
    DeriveJump j = {.from = p->at, .to = batch->resume, .reason = STR("the beginning of the log was removed")};
    if (batch->cond != LAUNCHLOG_GAP) {
        j.reason = STR("the log is damaged");
        TRY(launchlog_skip_damage(p->log, p->at, 0, &j.to, e));
        p->is_damaged |= j.to != p->at || batch->cond == LAUNCHLOG_BAD;
        if (j.to == p->at) return 0;
    }
    TRY(launchlog_read(p->log, j.to, BATCH_BYTES, a, batch, e));
    if (batch->n) j.at = batch->frames[0].frame.at;
    derive_gap(p->derive, &j);
    return 0;
}

static int print_batch(Print *p, bool *ret_more, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Derive *d = p->derive;
    LaunchBatch batch;
    DerivedBatch made;
    LaunchPlace place;
    TRY(launchlog_read(p->log, p->at, BATCH_BYTES, a, &batch, e));
    if (batch.n == 0) TRY(jump(p, &batch, a, e));
    derive_feed(d, batch.frames, batch.n, &place);
    derive_batch(d, &made);
    for (size_t i = 0; i < made.n_events; i++) print_event(&made.events[i]);
    derive_clear(d);
    p->at = batch.next;
    *ret_more = batch.n && !batch.saw_exit;
    return 0;
}

/* --- the initial state --- */

static int read_begin(DbConn *store, Str launch_id, Arena *a, DeriveFrom *ret, Err *e) {
    LaunchRow row;
    bool found = false;
    TRY(launch_find(store, launch_id, a, &row, &found, e));
    if (found) ret->last = row.owner_begin;
    return 0;
}

/* The store of the home whose streams/ contains the folder, if there is one and it has this version. */
static int find_begin(const char *folder, Arena *a, DeriveFrom *ret, Err *e) {
    char *real = realpath(folder, NULL);
    if (!real) return err_sys(e, "open %s", folder);
    Str all = arena_str(a, str(real)), id = path_last(all), streams;
    free(real);
    *ret = (DeriveFrom){0};
    streams = str_upto(all, all.n - id.n);
    if (!id_is(id, "lch") || !str_ends(streams, STR("/streams/"))) return 0;
    DbConn *store;
    const char *home = arena_cstr(a, str_upto(streams, streams.n - strlen("/streams/")));
    Err why = {0};
    int r = db_peek(home, &store, &why);
    if (r >= 0) {
        r = read_begin(store, id, a, ret, &why);
        db_conn_close(store);
    }
    if (r < 0 && why.code != ERR_NOT_FOUND)
        fprintf(stderr, "muster: %s; the log is read as a first launch's\n", why.text);
    return 0;
}

static int print_all(const char *adapter_name, const char *folder, bool *ret_damaged, Err *e) {
    CLEANUP(fd_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    CLEANUP(derive_freep) Derive *d = NULL;
    const Adapter *adapter = adapter_find(str(adapter_name));
    if (!adapter) return err_fail(e, ERR_INVALID, "no adapter `%s`", adapter_name);
    if (fd < 0) return err_sys(e, "open %s", folder);
    CLEANUP(arena_freep) Arena *a = arena_new();
    DeriveFrom from;
    TRY(find_begin(folder, a, &from, e));
    TRY(launchlog_open(fd, &log, e));
    TRY(derive_new(adapter, &from, &d, e));
    Print p = {.log = log, .derive = d};
    for (bool more = true; more;) TRY(print_batch(&p, &more, e));
    *ret_damaged = p.is_damaged;
    return 0;
}

int derive_print_main(int argc, char **argv) {
    Err e = {0};
    bool is_damaged = false;
    if (argc != 3) {
        fprintf(stderr, "muster: usage: muster derive ADAPTER FOLDER\n");
        return 2;
    }
    bool is_done = print_all(argv[1], argv[2], &is_damaged, &e) >= 0;
    if (is_done && !is_damaged) return 0;
    if (is_done)
        fprintf(stderr, "muster: the log in %s is damaged: the events above are incomplete\n", argv[2]);
    else
        fprintf(stderr, "muster: %s\n", e.text);
    return 1;
}
