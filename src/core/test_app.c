#include "core/test_app.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/test.h"
#include "core/core_migrations.h"
#include "core/hook.h"
#include "core/hub.h"
#include "core/launch_migrations.h"
#include "core/metrics.h"
#include "core/op_call.h"
#include "core/op_migrations.h"
#include "core/setting.h"
#include "sys/errand.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum { PATIENCE_MS = 60000, STEP_US = 2000, THREADS = 2, QUEUE = 64 };

static pthread_mutex_t answered_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;

static void *open_conn(void *arg) {
    DbConn *c = NULL;
    thread_set_role(THREAD_WORKER);
    return db_conn_open(((App *)arg)->db, &c, NULL) == 0 ? c : NULL;
}

static void close_conn(void *c) { db_conn_close(c); }

static void *run_loop(void *arg) {
    loop_run(arg);
    return NULL;
}

static void open_store(TestApp *t, const TestAppConfig *c) {
    static const Migration *const own[] = {core_migrations, op_migrations, launch_migrations, NULL};
    App *app = &t->app;
    Err e = {0};
    DbConfig config = {.dir = app->home, .migrations = c->migrations ? c->migrations : own};
    CHECK_OK(loop_new(&app->loop, &e), e);
    CHECK_OK(hub_new(app, HUB_RING_BYTES, &app->hub, &e), e);
    app->errands = errands_new();
    hub_feed(app->hub, &config);
    CHECK_OK(db_open(&config, &app->db, &e), e);
    CHECK_OK(db_conn_open(app->db, &t->conn, &e), e);
    CHECK_OK(settings_open(t->conn, &app->settings, &e), e);
}

static void open_pools(App *app, int queue_max) {
    Err e = {0};
    PoolConfig pool = {.name = "test",
                       .n_threads = THREADS,
                       .queue_max = queue_max ? queue_max : QUEUE,
                       .thread_open = open_conn,
                       .thread_close = close_conn,
                       .arg = app};
    CHECK_OK(pool_new(&pool, &app->workers, &e), e);
    CHECK_OK(pool_new(&pool, &app->launchers, &e), e);
    CHECK_OK(pool_new(&pool, &app->slow, &e), e);
}

void test_app_start(TestApp *t, const TestAppConfig *c) {
    static const Op *const none[] = {NULL};
    static int n;
    Err e = {0};
    *t = (TestApp){.arena = arena_new()};
    App *app = &t->app;
    app->metrics = metrics_new();
    app->home = c->home ? arena_strdup(t->arena, c->home) : arena_fmt(t->arena, "%s/app-%d", test_dir(), n++).p;
    app->exe_dir = c->exe_dir;
    CHECK_OK(file_mkdirs(app->home, 0700, &e), e);
    app->home_fd = open(app->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    open_store(t, c);
    open_pools(app, c->queue_max);
    CHECK_OK(op_table_new(c->ops ? c->ops : none, &app->ops, &e), e);
    app->topics = c->topics;
    app->orgs = c->orgs;
    app->conversations = c->conversations;
    app->dispatch = dispatch_new();
    CHECK_OK(launches_new(app, &app->launches, &e), e);
    if (c->owner) launches_register(app->launches, c->owner);
    CHECK_OK(launches_recover(app->launches, t->conn, &e), e);
    CHECK(pthread_create(&t->loop, NULL, run_loop, app->loop) == 0);
}

static void on_stopped(void *arg) { loop_stop(((TestApp *)arg)->app.loop); }

static void stop(void *arg) { launches_stop(((TestApp *)arg)->app.launches, on_stopped, arg); }

void test_app_stop(TestApp *t) {
    App *app = &t->app;
    loop_post(app->loop, stop, t);
    pthread_join(t->loop, NULL);
    Pool *const pools[] = {app->slow, app->launchers, app->workers};
    for (size_t i = 0; i < COUNT_OF(pools); i++) pool_stop(pools[i]);
    for (size_t i = 0; i < COUNT_OF(pools); i++) pool_free(pools[i]);
    db_conn_close(t->conn);
    db_close(app->db);
    launches_free(app->launches);
    dispatch_free(app->dispatch);
    op_table_free(app->ops);
    metrics_free(app->metrics);
    settings_close(app->settings);
    hooks_free(app->hooks);
    hub_free(app->hub);
    errands_free(app->errands);
    loop_free(app->loop);
    close(app->home_fd);
    arena_free(t->arena);
}

/* --- calls ------------------------------------------------------------------------------------------------ */

static void on_answer(void *arg, const OpAnswer *a) {
    TestCall *c = arg;
    pthread_mutex_lock(&answered_lock);
    c->body = arena_str(c->app->arena, a->body);
    c->cursors = arena_str(c->app->arena, a->cursors);
    c->status = a->status;
    pthread_cond_broadcast(&answered);
    pthread_mutex_unlock(&answered_lock);
}

static void begin(void *arg) {
    TestCall *c = arg;
    Principal who = auth_local(c->role ? c->role : ROLE_OWNER);
    if (c->who) snprintf(who.id, sizeof who.id, "%s", c->who);
    OpTask *t = op_task_new(&c->app->app, op_find(c->app->app.ops, str(c->op)), &who);
    Err e = {0};
    if (c->key) CHECK_OK(op_task_set_key(t, str(c->key), &e), e);
    op_task_put_json(t, str(c->json), FROM_ALL);
    c->task = t;
    op_task_run(t, on_answer, c);
}

static void cancel(void *arg) { op_task_cancel(((TestCall *)arg)->task); }

void test_call_cancel(TestCall *c) { loop_call(c->app->app.loop, cancel, c); }

void test_call_begin(TestCall *c) {
    c->status = 0;
    loop_call(c->app->app.loop, begin, c);
}

static TestCall *find_answered(TestCall *calls, int n) {
    for (int i = 0; i < n; i++)
        if (calls[i].status) return &calls[i];
    return NULL;
}

TestCall *test_call_wait_any(TestCall *calls, int n) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    pthread_mutex_lock(&answered_lock);
    TestCall *found;
    for (int r = 0; !(found = find_answered(calls, n)) && r == 0;)
        r = pthread_cond_timedwait(&answered, &answered_lock, &until);
    pthread_mutex_unlock(&answered_lock);
    if (!found) test_fail(__FILE__, __LINE__, "%s was not answered", calls->op);
    return found;
}

void test_call_wait(TestCall *c) { (void)test_call_wait_any(c, 1); }

int test_call(TestApp *t, TestCall *c) {
    c->app = t;
    test_call_begin(c);
    test_call_wait(c);
    return c->status;
}

typedef struct Recovered {
    TestApp *app;
    atomic_int n_failed; /* -1 until all have finished */
} Recovered;

static void on_recovered(void *arg, int n_failed) { atomic_store(&((Recovered *)arg)->n_failed, n_failed); }

static bool is_recovered(void *arg) { return atomic_load(&((Recovered *)arg)->n_failed) >= 0; }

int test_recover(TestApp *t) {
    Recovered r = {t, -1};
    Err e = {0};
    CHECK_OK(op_recover_begin(&t->app, t->conn, on_recovered, &r, &e), e);
    CHECK(test_app_until(is_recovered, &r));
    return atomic_load(&r.n_failed);
}

Str test_json(TestApp *t, Str json, const char *path) {
    Json *root = NULL;
    Err e = {0};
    CHECK_OK(json_parse(t->arena, json, JSON_DEPTH_MAX, &root, &e), e);
    const Json *at = root;
    Str rest = str(path), part;
    int64_t index;
    while (at && str_split(&rest, '.', &part)) {
        bool is_index = at->type == JSON_ARRAY && str_parse_i64(part, 0, INT32_MAX, &index);
        at = is_index ? ((size_t)index < at->n ? &at->items[index] : NULL) : json_get(at, arena_cstr(t->arena, part));
    }
    if (!at) return (Str){0};
    return arena_str(t->arena, at->type == JSON_STRING ? at->s : at->raw);
}

/* --- store ------------------------------------------------------------------------------------------------ */

bool test_app_until(bool (*is_so)(void *arg), void *arg) {
    int64_t deadline = clock_mono_us() + PATIENCE_MS * 1000;
    while (!is_so(arg)) {
        if (clock_mono_us() > deadline) return false;
        usleep(STEP_US);
    }
    return true;
}

void test_write(TestApp *t, int (*fn)(Tx *tx, void *arg, Err *e), void *arg) {
    Err e = {0};
    CHECK_OK(db_tx(t->app.db, DB_PERSON, fn, arg, &e), e);
}

typedef struct Cell {
    Arena *arena;
    Str text;
} Cell;

static bool on_cell(void *arg, DbRow *r) {
    Cell *c = arg;
    Str text = db_col_text(r, 0);
    if (text.p) c->text = arena_str(c->arena, text);
    return false;
}

Str test_cell(TestApp *t, const char *sql) {
    Cell c = {.arena = t->arena};
    Sql *q = arena_new_in(t->arena, Sql); /* a connection identifies statements by their address */
    Err e = {0};
    *q = (Sql){.name = "of_a_test", .text = sql, .file = "test"};
    CHECK_OK(db_each(t->conn, q, DB_NONE, on_cell, &c, &e), e);
    return c.text;
}

/* --- an owner's derivation ---------------------------------------------------------------------------------- */

int test_live_open(App *app UNUSED, DbConn *db UNUSED, const LaunchRow *l, void **ret_live, Err *e UNUSED) {
    TestLive *live = mu_new(TestLive);
    buf_init(&live->text, TEST_TEXT_MAX);
    buf_add_str(&live->text, l->owner_state);
    live->has_state = l->owner_state.n > 0;
    *ret_live = live;
    return 0;
}

void test_live_close(void *live_) {
    TestLive *live = live_;
    buf_done(&live->text);
    free(live);
}

LaunchPlace test_place_after(const LaunchFrame *f) {
    int64_t end = (int64_t)f->offset + HOLD_FRAME_HEADER + (int64_t)f->frame.bytes.n;
    return (LaunchPlace){.derived = end, .seen = end};
}
