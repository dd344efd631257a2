#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/test.h"
#include "db/db_int.h"
#include "db/db_test_migrations.h"
#include "db/db_test_sql.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/log.h"

#define THING_STATES(W) W(THING_NEW, "new") W(THING_OLD, "old")
ENUM_DECLARE(ThingState, THING_STATES);
ENUM_DEFINE(ThingState, THING_STATES);

#define THING_PART(F, S)                 \
    F(S, STR, label, .doc = "Its label") \
    F(S, I64, size, .opt = 1, .max = 100, .doc = "Its size")
SHAPE(ThingPart, THING_PART);
SHAPE_DEFINE(ThingPart, THING_PART);

#define THING(F, S)                                           \
    F(S, I64, id, .min = 0, .max = INT64_MAX, .doc = "Key")   \
    F(S, STR, name, .doc = "Name")                            \
    F(S, BOOL, is_big, .opt = 1, .doc = "Big?")               \
    F(S, F64, score, .opt = 1, .doc = "Score")                \
    F(S, ENUM(ThingState), state, .doc = "State")             \
    F(S, STRS, tags, .opt = 1, .doc = "Tags")                 \
    F(S, OBJ(ThingPart), nested, .opt = 1, .doc = "One part") \
    F(S, LIST(ThingPart), parts, .opt = 1, .doc = "Parts")    \
    F(S, ANY, extra, .opt = 1, .doc = "Raw JSON")             \
    F(S, TIME, made_at, .opt = 1, .doc = "Made")
SHAPE(Thing, THING);
SHAPE_DEFINE(Thing, THING);

static const Migration *const newest[] = {db_test_migrations, NULL};

typedef struct Seen {
    VEC(int64_t) values;
    int n_dropped;
} Seen;

static void on_committed(void *arg, void **items, size_t n) {
    Seen *seen = arg;
    for (size_t i = 0; i < n; i++) {
        if (seen) vec_push(&seen->values, *(int64_t *)items[i]);
        free(items[i]);
    }
}

static void on_dropped(void *arg, void *item) {
    Seen *seen = arg;
    if (seen) seen->n_dropped++;
    free(item);
}

/* One folder per store; it exists as long as the process. */
static const char *fresh_dir(void) {
    static char dirs[128][512];
    static int n;
    char *dir = dirs[n++ % 128];
    snprintf(dir, 512, "%s/store-%d", test_dir(), n);
    CHECK(mkdir(dir, 0700) == 0);
    return dir;
}

static DbConfig config_in(const char *dir, Seen *seen) {
    return (DbConfig){
        .dir = dir, .migrations = newest, .on_committed = on_committed, .on_dropped = on_dropped, .arg = seen};
}

static Db *open_in(const char *dir, Seen *seen) {
    Err e = {0};
    Db *db = NULL;
    DbConfig c = config_in(dir, seen);
    CHECK_OK(db_open(&c, &db, &e), e);
    return db;
}

static int64_t scalar(Db *db, const Sql *q, DbArgs args) {
    Err e = {0};
    CLEANUP(db_conn_closep) DbConn *c = NULL;
    int64_t ret = -1;
    CHECK_OK(db_conn_open(db, &c, &e), e);
    CHECK_OK(db_scalar(c, q, args, -1, &ret, &e), e);
    return ret;
}

/* ---- what closures leave to their end ---- */

typedef struct Ends {
    int n;
    char text[64];
} Ends;
static Ends ends;

static int note_end(Tx *tx, Str key, uint64_t bits, Err *e UNUSED) {
    size_t n = strlen(ends.text);
    ends.n++;
    snprintf(ends.text + n, sizeof ends.text - n, STR_FMT "=%llu ", STR_ARG(key), (unsigned long long)bits);
    if (str_is(key, "a")) tx_at_end(tx, note_end, STR("late"), 8);
    return str_is(key, "bad") ? -(int)ERR_INTERNAL : 0;
}

static int leave_ends(Tx *tx, void *arg, Err *e UNUSED) {
    static const char *const keys[] = {"a", "b", "a", NULL};
    for (int i = 0; keys[i]; i++) tx_at_end(tx, note_end, str(keys[i]), 1u << i);
    CHECK_I64(ends.n, 0);
    if (arg) tx_at_end(tx, note_end, STR("bad"), 0);
    return 0;
}

TEST(what_a_closure_leaves_to_its_end_runs_once_with_all_bits) {
    Err e = {0};
    Db *db = open_in(fresh_dir(), NULL);
    ends = (Ends){0};
    CHECK_OK(db_tx(db, DB_PERSON, leave_ends, NULL, &e), e);
    CHECK_STR(str(ends.text), "a=5 b=2 late=8 ");
    ends = (Ends){0};
    CHECK(db_tx(db, DB_PERSON, leave_ends, db, &e) < 0); /* an end that fails undoes the closure */
    CHECK_I64(ends.n, 3);
    ends = (Ends){0};
    CHECK_OK(db_tx(db, DB_PERSON, leave_ends, NULL, &e), e); /* nothing of it is left */
    CHECK_STR(str(ends.text), "a=5 b=2 late=8 ");
    db_close(db);
}

/* ---- rows and shapes ---- */

static int add_thing(Tx *tx, void *arg, Err *e) {
    int64_t changes = 0;
    TRY(tx_run_shape(tx, &sql_test_thing_add, &Thing_shape, arg, &changes, e));
    return changes == 1 ? 0 : err_fail(e, ERR_INTERNAL, "no row was added");
}

static Thing full_thing(void) {
    static ThingPart parts[] = {{.label = {"left", 4}},
                                {.set = 1 << ThingPart_size_bit, .label = {"right", 5}, .size = 7}};
    static Str tags[] = {{"a", 1}, {"b \"c\"", 5}};
    Thing t = {.id = 1,
               .name = STR("first"),
               .state = THING_OLD,
               .tags = {tags, 2},
               .nested = &parts[1],
               .parts = {parts, 2},
               .extra = STR("{\"x\":[1,2]}"),
               .made_at = 1700000000000000};
    GIVE(Thing, &t, is_big, true);
    GIVE(Thing, &t, score, 2.5);
    return t;
}

TEST(every_kind_of_field_is_read_back_as_it_was_written) {
    Err e = {0};
    Db *db = open_in(fresh_dir(), NULL);
    CLEANUP(arena_freep) Arena *a = arena_new();
    Thing in = full_thing(), out;
    bool found = false;
    CHECK_OK(db_tx(db, DB_PERSON, add_thing, &in, &e), e);
    DbConn *c = NULL;
    CHECK_OK(db_conn_open(db, &c, &e), e);
    CHECK_OK(db_one(c, &sql_test_thing_by_name, DB_ARGS(db_text(STR("first"))), DB_INTO(Thing, a, &out), &found, &e),
             e);
    CHECK(found && HAS(Thing, &out, is_big) && out.is_big && out.score == 2.5 && out.state == THING_OLD);
    CHECK_I64(out.tags.n, 2);
    CHECK_STR(out.tags.items[1], "b \"c\"");
    CHECK_STR(out.nested->label, "right");
    CHECK_I64(out.parts.n, 2);
    CHECK_I64(out.parts.items[1].size, 7);
    CHECK(!HAS(ThingPart, &out.parts.items[0], size));
    CHECK_STR(out.extra, "{\"x\":[1,2]}");
    CHECK_I64(out.made_at, in.made_at);
    db_conn_close(c);
    db_close(db);
}

TEST(an_absent_field_is_stored_as_null_and_read_back_unset) {
    Err e = {0};
    Db *db = open_in(fresh_dir(), NULL);
    CLEANUP(arena_freep) Arena *a = arena_new();
    Thing in = {.id = 2, .name = STR("bare"), .state = THING_NEW}, out;
    bool found = false;
    CHECK_OK(db_tx(db, DB_PERSON, add_thing, &in, &e), e);
    DbConn *c = NULL;
    CHECK_OK(db_conn_open(db, &c, &e), e);
    CHECK_OK(db_one(c, &sql_test_thing_by_name, DB_ARGS(db_text(STR("bare"))), DB_INTO(Thing, a, &out), &found, &e), e);
    CHECK(found && !HAS(Thing, &out, is_big) && !HAS(Thing, &out, score) && !out.tags.items && !out.nested);
    CHECK(!out.parts.items && !out.extra.p && out.made_at == 0);
    CHECK_OK(db_one(c, &sql_test_thing_by_name, DB_ARGS(db_text(STR("nobody"))), DB_INTO(Thing, a, &out), &found, &e),
             e);
    CHECK(!found);
    db_conn_close(c);
    db_close(db);
}

TEST(a_list_is_bounded_by_the_callers_maximum) {
    Err e = {0};
    Db *db = open_in(fresh_dir(), NULL);
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (int64_t i = 1; i <= 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", (int)i);
        Thing in = {.id = i, .name = str(name), .state = THING_NEW};
        CHECK_OK(db_tx(db, DB_DERIVED, add_thing, &in, &e), e);
    }
    DbConn *c = NULL;
    ThingList list = {0}, small = {0};
    CHECK_OK(db_conn_open(db, &c, &e), e);
    CHECK_OK(db_all(c, &sql_test_thing_all, DB_NONE, DB_INTO(Thing, a, &list), 20, &e), e);
    CHECK_I64(list.n, 20);
    CHECK_STR(list.items[19].name, "t20");
    CHECK_ERR(db_all(c, &sql_test_thing_all, DB_NONE, DB_INTO(Thing, a, &small), 19, &e), e, ERR_TOO_LARGE);
    db_conn_close(c);
    db_close(db);
}

TEST(a_second_row_with_the_same_unique_value_is_a_conflict) {
    Err e = {0};
    Db *db = open_in(fresh_dir(), NULL);
    Thing one = {.id = 1, .name = STR("same"), .state = THING_NEW}, two = one;
    two.id = 2;
    CHECK_OK(db_tx(db, DB_PERSON, add_thing, &one, &e), e);
    CHECK_ERR(db_tx(db, DB_PERSON, add_thing, &two, &e), e, ERR_CONFLICT);
    db_close(db);
}

TEST(a_worker_cannot_write) {
    Err e = {0};
    Db *db = open_in(fresh_dir(), NULL);
    DbConn *c = NULL;
    int64_t v;
    CHECK_OK(db_conn_open(db, &c, &e), e);
    CHECK(db_scalar(c, &sql_test_n_add, DB_ARGS(db_i64(1)), 0, &v, &e) < 0);
    CHECK_I64(scalar(db, &sql_test_n_count, DB_NONE), 0);
    db_conn_close(c);
    db_close(db);
}

TEST(a_read_that_takes_too_long_is_ended) {
    Err e = {0};
    Db *db = open_in(fresh_dir(), NULL);
    DbConn *c = NULL;
    int64_t v;
    CHECK_OK(db_conn_open(db, &c, &e), e);
    CHECK_ERR(db_scalar(c, &sql_test_n_endless, DB_NONE, 0, &v, &e), e, ERR_TIMEOUT);
    CHECK_OK(db_scalar(c, &sql_test_n_count, DB_NONE, 0, &v, &e), e);
    db_conn_close(c);
    db_close(db);
}

/* ---- groups ---- */

typedef struct Put {
    Db *db;
    int64_t value;
    int64_t bytes;
    bool fails; /* after its row and its item */
    int rc;
    Err e;
} Put;

static int put(Tx *tx, void *arg, Err *e) {
    Put *p = arg;
    CLEANUP(buf_done) Buf body;
    buf_init(&body, 1 << 24);
    buf_reserve(&body, (size_t)p->bytes + 1);
    memset(body.p, 'x', (size_t)p->bytes);
    Str bytes = p->bytes ? str_n(body.p, (size_t)p->bytes) : (Str){0};
    TRY(tx_run(tx, &sql_test_n_add_blob, DB_ARGS(db_i64(p->value), db_blob(bytes)), NULL, e));
    int64_t *item = mu_new(int64_t);
    *item = p->value;
    tx_publish(tx, item);
    return p->fails ? err_fail(e, ERR_FORBIDDEN, "meant to fail") : 0;
}

static void *put_thread(void *arg) {
    Put *p = arg;
    p->rc = db_tx(p->db, DB_DERIVED, put, p, &p->e);
    return NULL;
}

typedef struct Gate {
    Db *db;
    size_t wanted;
    atomic_bool is_shut;
} Gate;

static size_t n_queued(Db *db) {
    size_t n = 0;
    pthread_mutex_lock(&db->writer.lock);
    for (List *l = db->writer.queue.next; l != &db->writer.queue; l = l->next) n++;
    pthread_mutex_unlock(&db->writer.lock);
    return n;
}

/* Occupies the writer until that many closures wait: they form the next group. */
static int wait_for_queue(Tx *tx UNUSED, void *arg, Err *e UNUSED) {
    Gate *g = arg;
    atomic_store(&g->is_shut, true);
    while (n_queued(g->db) < g->wanted) sched_yield();
    return 0;
}

static void *gate_thread(void *arg) {
    Gate *g = arg;
    db_tx(g->db, DB_DERIVED, wait_for_queue, g, NULL);
    return NULL;
}

static int64_t closures_run(Db *db) {
    pthread_mutex_lock(&db->writer.lock);
    int64_t n = db->writer.n_closures;
    pthread_mutex_unlock(&db->writer.lock);
    return n;
}

static void run_as_group(Db *db, Put *puts, size_t n) {
    pthread_t gate, threads[16];
    Gate g = {.db = db, .wanted = n};
    int64_t before = closures_run(db);
    pthread_create(&gate, NULL, gate_thread, &g);
    while (!atomic_load(&g.is_shut)) sched_yield();
    for (size_t i = 0; i < n; i++) {
        puts[i].db = db;
        pthread_create(&threads[i], NULL, put_thread, &puts[i]);
    }
    pthread_join(gate, NULL);
    for (size_t i = 0; i < n; i++) pthread_join(threads[i], NULL);
    CHECK_I64(closures_run(db) - before, (int64_t)n + 1);
}

TEST(a_closure_that_fails_undoes_only_its_own_changes) {
    Seen seen = {0};
    Db *db = open_in(fresh_dir(), &seen);
    Put puts[] = {{.value = 1}, {.value = 2, .fails = true}, {.value = 3}};
    run_as_group(db, puts, 3);
    CHECK_I64(puts[0].rc, 0);
    CHECK_I64(puts[1].rc, -ERR_FORBIDDEN);
    CHECK_I64(puts[2].rc, 0);
    CHECK_I64(scalar(db, &sql_test_n_count, DB_NONE), 2);
    CHECK_I64(scalar(db, &sql_test_n_has, DB_ARGS(db_i64(2))), 0);
    CHECK_I64(seen.values.n, 2);
    CHECK_I64(seen.n_dropped, 1);
    vec_done(&seen.values);
    db_close(db);
}

TEST(when_a_group_cannot_be_committed_each_closure_gets_the_error) {
    Seen seen = {0};
    Db *db = open_in(fresh_dir(), &seen);
    Put puts[] = {{.value = 1}, {.value = 2, .bytes = 1 << 19}};
    Err e = {0};
    CHECK_OK(conn_exec(db->writer.group.conn, "PRAGMA max_page_count = 40", "test", &e), e);
    run_as_group(db, puts, 2);
    CHECK_I64(puts[1].rc, -ERR_DISK_FULL);
    CHECK(puts[0].rc == 0 || puts[0].rc == -ERR_DISK_FULL);
    CHECK_I64(scalar(db, &sql_test_n_count, DB_NONE), puts[0].rc == 0);
    CHECK_I64(seen.values.n, puts[0].rc == 0);
    vec_done(&seen.values);
    db_close(db);
}

TEST(a_full_disk_loses_nothing_committed_and_writing_continues_when_there_is_room) {
    const char *dir = test_disk("full", "3m");
    Seen seen = {0};
    Db *db = open_in(dir, &seen);
    Err e = {0};
    int64_t stored = 0;
    char ballast[PATH_MAX];
    snprintf(ballast, sizeof ballast, "%s/ballast", dir);
    int fd = open(ballast, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && posix_fallocate(fd, 0, 1 << 20) == 0);
    int rc = 0;
    for (int64_t i = 1; i < 1000 && rc >= 0; i++) {
        Put p = {.value = i, .bytes = 20000};
        rc = db_tx(db, DB_PERSON, put, &p, &e);
        if (rc >= 0) stored = i;
    }
    CHECK_I64(rc, -ERR_DISK_FULL);
    CHECK_I64(scalar(db, &sql_test_n_count, DB_NONE), stored);
    CHECK_I64(seen.values.n, stored);
    close(fd);
    unlink(ballast);
    Put p = {.value = 5000};
    CHECK_OK(db_tx(db, DB_PERSON, put, &p, &e), e);
    CHECK_I64(scalar(db, &sql_test_n_count, DB_NONE), stored + 1);
    vec_done(&seen.values);
    db_close(db);
    test_disk_done(dir);
}

enum { CROWD = 8, CROWD_WRITES = 100 };

static void *crowd_thread(void *arg) {
    Put *p = arg;
    for (int i = 0; i < CROWD_WRITES && p->rc >= 0; i++) {
        p->rc = db_tx(p->db, i % 10 ? DB_DERIVED : DB_PERSON, put, p, &p->e);
        p->value += CROWD;
    }
    return NULL;
}

TEST(many_workers_write_at_once_and_each_reads_its_own_write) {
    Seen seen = {0};
    Db *db = open_in(fresh_dir(), &seen);
    pthread_t threads[CROWD];
    Put puts[CROWD] = {0};
    for (int i = 0; i < CROWD; i++) {
        puts[i] = (Put){.db = db, .value = i};
        pthread_create(&threads[i], NULL, crowd_thread, &puts[i]);
    }
    for (int i = 0; i < CROWD; i++) {
        pthread_join(threads[i], NULL);
        CHECK_OK(puts[i].rc, puts[i].e);
    }
    CHECK_I64(scalar(db, &sql_test_n_count, DB_NONE), CROWD * CROWD_WRITES);
    CHECK_I64(seen.values.n, CROWD * CROWD_WRITES);
    CHECK(db->writer.n_groups <= closures_run(db));
    vec_done(&seen.values);
    db_close(db);
}

static int delete_all(Tx *tx, void *arg, Err *e) { return tx_run(tx, &sql_test_n_delete, DB_NONE, arg, e); }

static int64_t file_bytes(const char *dir) {
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof path, "%s/muster.db", dir);
    CHECK(stat(path, &st) == 0);
    return st.st_size;
}

TEST(free_pages_are_returned_to_the_file_system) {
    const char *dir = fresh_dir();
    Db *db = open_in(dir, NULL);
    Err e = {0};
    Put p = {.value = 1, .bytes = 4 << 20};
    int64_t changes = 0;
    CHECK_OK(db_tx(db, DB_DERIVED, put, &p, &e), e);
    db_close(db);
    CHECK(file_bytes(dir) > 4 << 20);
    db = open_in(dir, NULL);
    CHECK_OK(db_tx(db, DB_DERIVED, delete_all, &changes, &e), e);
    CHECK_OK(db_free_pages(db, &e), e);
    db_close(db);
    CHECK_I64(changes, 1);
    CHECK(file_bytes(dir) < FREE_BYTES_KEPT + (256 << 10));
}

/* ---- opening ---- */

static const Migration *const *only_first(void) {
    static Migration first[2];
    static const Migration *list[] = {first, NULL};
    first[0] = db_test_migrations[0];
    return list;
}

/* The first backup in the folder, "" if there is none. */
static void find_backup(const char *dir, char out[512]) {
    out[0] = 0;
    DIR *d = opendir(dir);
    for (struct dirent *f; (f = readdir(d));)
        if (str_ends(str(f->d_name), STR(".backup"))) snprintf(out, 512, "%s", f->d_name);
    closedir(d);
}

TEST(a_migration_runs_once_and_after_a_backup) {
    const char *dir = fresh_dir();
    Err e = {0};
    Db *db = NULL;
    char backup[512];
    DbConfig c = config_in(dir, NULL);
    c.migrations = only_first();
    CHECK_OK(db_open(&c, &db, &e), e);
    Put p = {.value = 7};
    CHECK_OK(db_tx(db, DB_PERSON, put, &p, &e), e);
    db_close(db);
    find_backup(dir, backup);
    CHECK_STR(str(backup), "");
    char old[PATH_MAX], copy[PATH_MAX];
    snprintf(old, sizeof old, "%s/backup.part", dir);
    close(open(old, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)); /* left by an interrupted start */
    db = open_in(dir, NULL);
    CHECK_I64(scalar(db, &sql_test_n_has, DB_ARGS(db_i64(7))), 1);
    db_close(db);
    find_backup(dir, backup);
    CHECK(strstr(backup, "before-test_colour"));

    CHECK(access(old, F_OK) < 0);
    snprintf(old, sizeof old, "%s/%s", dir, backup);
    struct stat st;
    CHECK(stat(old, &st) == 0 && (st.st_mode & 0777) == 0600);
    snprintf(copy, sizeof copy, "%s/muster.db", fresh_dir());
    CHECK(rename(old, copy) == 0);
    *strrchr(copy, '/') = 0;
    c.dir = copy;
    CHECK_OK(db_open(&c, &db, &e), e);
    CHECK_I64(scalar(db, &sql_test_n_has, DB_ARGS(db_i64(7))), 1);
    db_close(db);
}

static int count_backups(const char *dir) {
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *f; (f = readdir(d));) n += str_ends(str(f->d_name), STR(".backup"));
    closedir(d);
    return n;
}

TEST(a_migration_that_fails_at_every_start_leaves_one_backup) {
    static const Migration failing[] = {{"2999-01-01T10:00", "test_fails", "INSERT INTO no_such_table VALUES (1)"},
                                        {0}};
    static const Migration *const all[] = {db_test_migrations, failing, NULL};
    const char *dir = fresh_dir();
    Err e = {0};
    Db *db = open_in(dir, NULL);
    db_close(db);
    DbConfig c = config_in(dir, NULL);
    c.migrations = all;
    for (int i = 0; i < 3; i++) {
        CHECK(db_open(&c, &db, &e) < 0);
        CHECK_I64(count_backups(dir), 1);
    }
}

TEST(an_older_program_refuses_a_newer_store_and_names_the_backup) {
    const char *dir = fresh_dir();
    Err e = {0};
    Db *db = NULL;
    char backup[512];
    DbConfig c = config_in(dir, NULL);
    c.migrations = only_first();
    CHECK_OK(db_open(&c, &db, &e), e);
    db_close(db);
    db_close(open_in(dir, NULL));
    find_backup(dir, backup);
    CHECK_ERR(db_open(&c, &db, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "test_colour") && strstr(e.text, backup));
}

TEST(a_migration_that_was_changed_after_it_ran_is_refused) {
    const char *dir = fresh_dir();
    Err e = {0};
    Db *db = NULL;
    db_close(open_in(dir, NULL));
    Migration changed[] = {db_test_migrations[0], db_test_migrations[1], {0}};
    changed[0].text = "CREATE TABLE other(x INTEGER) STRICT;";
    const Migration *const list[] = {changed, NULL};
    DbConfig c = {.dir = dir, .migrations = list};
    CHECK_ERR(db_open(&c, &db, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "test_thing"));
}

TEST(a_migration_that_fails_leaves_the_store_as_it_was) {
    const char *dir = fresh_dir();
    Err e = {0};
    Db *db = NULL;
    DbConfig first = {.dir = dir, .migrations = only_first()};
    CHECK_OK(db_open(&first, &db, &e), e);
    db_close(db);
    Migration bad[] = {db_test_migrations[0],
                       {"2026-11-23T10:00", "bad", "CREATE TABLE extra(x INTEGER) STRICT; SELECT nonsense;"},
                       {0}};
    const Migration *const list[] = {bad, NULL};
    DbConfig c = {.dir = dir, .migrations = list};
    CHECK(db_open(&c, &db, &e) < 0);
    CHECK_OK(db_open(&first, &db, &e), e);
    db_close(db);
}

static void run_sqlite(const char *dir, const char *text) {
    char path[PATH_MAX];
    sqlite3 *h = NULL;
    snprintf(path, sizeof path, "%s/muster.db", dir);
    CHECK(sqlite3_open(path, &h) == SQLITE_OK);
    CHECK(sqlite3_exec(h, text, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(h);
}

/* Makes the store look as after a run that was interrupted on an earlier boot. */
static void lose_power(const char *dir) {
    run_sqlite(dir, "UPDATE store_meta SET value = 'another' WHERE key = 'boot_id';"
                    "UPDATE store_meta SET value = '0' WHERE key = 'clean'");
}

TEST(power_was_lost_when_the_last_run_was_on_another_boot_and_did_not_end) {
    const char *dir = fresh_dir();
    Db *db = open_in(dir, NULL);
    CHECK(!db_lost_power(db));
    db_close(db);
    run_sqlite(dir, "UPDATE store_meta SET value = 'another' WHERE key = 'boot_id'");
    db = open_in(dir, NULL);
    CHECK(!db_lost_power(db));
    db_close(db);
    lose_power(dir);
    db = open_in(dir, NULL);
    CHECK(db_lost_power(db));
    db_close(db);
}

static int see_to_it(Tx *tx, void *fails, Err *e) {
    TRY(tx_forget_lost_power(tx, e));
    return *(bool *)fails ? err_fail(e, ERR_INTERNAL, "and yet not") : 0;
}

TEST(lost_power_is_reported_at_each_start_until_a_write_has_handled_it) {
    const char *dir = fresh_dir();
    Err e = {0};
    db_close(open_in(dir, NULL));
    lose_power(dir);
    db_close(open_in(dir, NULL)); /* ends early with a clean shutdown */
    for (int fails = 1; fails >= 0; fails--) {
        Db *db = open_in(dir, NULL);
        CHECK(db_lost_power(db));
        CHECK_I64(db_tx(db, DB_PERSON, see_to_it, &(bool){fails}, &e) < 0, fails);
        db_close(db);
    }
    Db *db = open_in(dir, NULL);
    CHECK(!db_lost_power(db));
    db_close(db);
}

TEST(a_damaged_store_is_refused) {
    const char *dir = fresh_dir();
    Err e = {0};
    Db *db = open_in(dir, NULL);
    for (int64_t i = 0; i < 200; i++) {
        Put p = {.value = i, .bytes = 2000};
        CHECK_OK(db_tx(db, DB_DERIVED, put, &p, &e), e);
    }
    db_close(db);
    run_sqlite(dir, "UPDATE store_meta SET value = '0' WHERE key = 'clean'; PRAGMA wal_checkpoint(TRUNCATE)");
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/muster.db", dir);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    char zeros[4096] = {0};
    for (int page = 20; page < 40; page++) CHECK(pwrite(fd, zeros, sizeof zeros, page * 4096) == sizeof zeros);
    close(fd);
    DbConfig c = config_in(dir, NULL);
    CHECK_ERR(db_open(&c, &db, &e), e, ERR_INTERNAL);
    CHECK(strstr(e.text, "damaged"));
}

TEST(every_named_statement_is_prepared_and_a_bad_one_is_named) {
    Err e = {0};
    Db *db = open_in(fresh_dir(), NULL);
    DbConn *c;
    CHECK_OK(db_conn_open(db, &c, &e), e);
    CHECK_OK(db_check_sql(c, db_test_sql, &e), e);
    static const Sql bad = {"test_bad", "SELECT missing FROM thing", "db_test.sql"};
    static const Sql two = {"test_two", "SELECT 1; SELECT 2", "db_test.sql"};
    CHECK(db_check_sql(c, (const Sql *const[]){&bad, NULL}, &e) < 0);
    CHECK(strstr(e.text, "test_bad") && strstr(e.text, "missing"));
    CHECK(db_check_sql(c, (const Sql *const[]){&two, NULL}, &e) < 0);
    db_conn_close(c);
    db_close(db);
}

/* ---- crashes and failing calls ---- */

/* Reports each number once its write is answered. */
static void write_until_killed(const char *dir, int fd) {
    Db *db = open_in(dir, &(Seen){0});
    for (int64_t i = 1;; i++) {
        Put p = {.value = i, .bytes = 3000};
        if (db_tx(db, DB_PERSON, put, &p, NULL) < 0 || write(fd, &i, sizeof i) != sizeof i) _exit(1);
    }
}

TEST(after_kill_9_during_commits_every_answered_write_is_there) {
    for (int64_t round = 1; round <= 3; round++) {
        const char *dir = fresh_dir();
        int fds[2];
        CHECK(pipe2(fds, O_CLOEXEC) == 0);
        pid_t child = fork();
        if (child == 0) write_until_killed(dir, fds[1]);
        close(fds[1]);
        int64_t answered = 0, next;
        while (answered < 20 * round && read(fds[0], &next, sizeof next) == sizeof next) answered = next;
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(fds[0], &next, sizeof next) == sizeof next) answered = next;
        close(fds[0]);
        CHECK(answered >= 20 * round);
        Db *db = open_in(dir, NULL);
        CHECK(scalar(db, &sql_test_n_count, DB_NONE) >= answered);
        CHECK_I64(scalar(db, &sql_test_n_has, DB_ARGS(db_i64(answered))), 1);
        db_close(db);
    }
}

/* Opens, writes twice, reads, backs up; returns how many writes were answered as committed. */
static int use_store(const char *dir, Seen *seen, Err *e) {
    Db *db = NULL;
    DbConfig config = config_in(dir, seen);
    int n = 0, rc = db_open(&config, &db, e);
    if (rc < 0) return 0;
    for (int64_t i = 1; i <= 2; i++) {
        Put p = {.value = i};
        n += db_tx(db, i == 1 ? DB_DERIVED : DB_PERSON, put, &p, e) >= 0;
    }
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/copy", dir);
    rc = db_backup(db, path, e);
    db_close(db);
    return n;
}

TEST(whichever_call_into_sqlite_fails_the_store_closes_cleanly) {
    Err e = {0};
    for (int64_t k = 1;; k++) {
        const char *dir = fresh_dir();
        Seen seen = {0};
        fault_arm(k, "db.");
        int answered = use_store(dir, &seen, &e);
        bool was_hit = fault_seen() >= k;
        fault_arm(0, NULL);
        Db *db = open_in(dir, NULL);
        int64_t stored = scalar(db, &sql_test_n_count, DB_NONE);
        db_close(db);
        CHECK_I64(stored, answered);
        CHECK_I64(seen.values.n, answered);
        vec_done(&seen.values);
        if (!was_hit) {
            CHECK(k > 20);
            break;
        }
    }
}

static int hold_up(Tx *tx UNUSED, void *arg, Err *e UNUSED) {
    nanosleep(&(struct timespec){.tv_nsec = *(long *)arg}, NULL);
    return 0;
}

TEST(a_closure_that_blocks_the_writer_is_logged_by_its_name) {
    enum { SHORT_NS = 1000000, LONG_NS = 60000000 };
    char path[256];
    Db *db = open_in(fresh_dir(), NULL);
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 16);
    snprintf(path, sizeof path, "%s/long.log", test_dir());
    CHECK_OK(log_open(&(LogConfig){.path = path}, &e), e);
    CHECK_OK(db_tx_named(db, DB_DERIVED, "brief", hold_up, &(long){SHORT_NS}, &e), e);
    CHECK_OK(db_tx(db, DB_DERIVED, hold_up, &(long){LONG_NS}, &e), e);
    log_close();
    CHECK_OK(file_read(AT_FDCWD, path, &b, &e), e);
    CHECK(memmem(b.p, b.n, "the write hold_up took ", 23));
    db_close(db);
}
