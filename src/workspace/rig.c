#include "workspace/rig.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/test.h"
#include "core/core_migrations.h"
#include "core/hub_item.h"
#include "core/op_call.h"
#include "core/op_migrations.h"
#include "core/setting.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "workspace/clone.h"
#include "workspace/file_index.h"
#include "workspace/workspace_migrations.h"
#include "workspace/worktree_file.h"

enum { TEXT_MAX = 32 << 20 };

static void on_committed(void *arg, void **items, size_t n) {
    Rig *r = arg;
    for (size_t i = 0; i < n; i++) {
        HubItem *it = items[i];
        buf_add_str(&r->emitted, it->envelope);
        buf_add_c(&r->emitted, '\n');
        free(it);
    }
}

static void on_dropped(void *arg, void *item) {
    (void)arg;
    free(item);
}

static int set_roots(Tx *tx, void *arg, Err *e) {
    Rig *r = arg;
    return setting_put(tx, setting_def(SET_WORKSPACE_ROOTS), str(r->dir), e);
}

static Rig *rig_start(const char *home) {
    static int n;
    Rig *r = mu_new(Rig);
    Err e = {0};
    r->arena = arena_new();
    r->dir = test_dir();
    r->home = home ? arena_strdup(r->arena, home) : arena_fmt(r->arena, "%s/home-%d", r->dir, ++n).p;
    r->app.home = r->home;
    files_register(&r->app);
    clones_register(&r->app);
    buf_init(&r->emitted, TEXT_MAX);
    CHECK_OK(file_mkdirs(r->home, 0700, &e), e);
    return r;
}

static void open_store(Rig *r, DbConfig c) {
    const Migration *const migrations[] = {core_migrations, op_migrations, workspace_migrations, rig_more.migrations,
                                           NULL};
    const Op *const ops[] = {workspace_ops, clone_ops, file_ops, rig_more.ops, NULL};
    Err e = {0};
    c.dir = r->home;
    c.migrations = migrations;
    CHECK_OK(db_open(&c, &r->app.db, &e), e);
    CHECK_OK(db_conn_open(r->app.db, &r->conn, &e), e);
    CHECK_OK(db_tx(r->app.db, DB_PERSON, set_roots, r, &e), e);
    CHECK_OK(settings_open(r->conn, &r->app.settings, &e), e);
    CHECK_OK(op_table_new(ops, &r->app.ops, &e), e);
}

Rig *rig_new(const char *home) {
    Rig *r = rig_start(home);
    open_store(r, (DbConfig){.on_committed = on_committed, .on_dropped = on_dropped, .arg = r});
    return r;
}

static void *open_conn(void *arg) {
    DbConn *c = NULL;
    Err e = {0};
    thread_set_role(THREAD_WORKER);
    return db_conn_open(((App *)arg)->db, &c, &e) == 0 ? c : NULL;
}

static void close_conn(void *c) { db_conn_close(c); }

Rig *rig_new_live(void) {
    Rig *r = rig_start(NULL);
    DbConfig c = {0};
    Err e = {0};
    CHECK_OK(loop_new(&r->app.loop, &e), e);
    CHECK_OK(hub_new(&r->app, HUB_RING_BYTES, &r->app.hub, &e), e);
    hub_feed(r->app.hub, &c);
    open_store(r, c);
    PoolConfig pool = {.name = "test",
                       .n_threads = 2,
                       .queue_max = 8,
                       .thread_open = open_conn,
                       .thread_close = close_conn,
                       .arg = &r->app};
    CHECK_OK(pool_new(&pool, &r->app.workers, &e), e);
    CHECK_OK(pool_new(&pool, &r->app.slow, &e), e);
    return r;
}

void rig_free(Rig *r) {
    pool_free(r->app.workers);
    pool_free(r->app.slow);
    op_table_free(r->app.ops);
    settings_close(r->app.settings);
    db_conn_close(r->conn);
    db_close(r->app.db);
    file_index_free(r->app.files);
    clones_done(&r->app);
    hub_free(r->app.hub);
    if (r->app.loop) loop_free(r->app.loop);
    buf_done(&r->emitted);
    arena_free(r->arena);
    free(r);
}

static int decode(Rig *r, const Op *op, Str json, void **ret, Str *ret_canonical, Err *e) {
    CLEANUP(buf_done) Buf b;
    Json *j;
    buf_init(&b, TEXT_MAX);
    JsonOut o = json_out(&b);
    *ret = op->in ? arena_alloc(r->arena, op->in->size) : NULL;
    *ret_canonical = STR("{}");
    if (!op->in) return 0;
    TRY(json_parse(r->arena, json, JSON_DEPTH_REQUEST, &j, e));
    TRY(shape_decode(op->in, j, r->arena, *ret, e));
    shape_encode(op->in, *ret, &o);
    *ret_canonical = arena_str(r->arena, buf_str(&b));
    return 0;
}

int rig_try(Rig *r, const char *name, Str json, Str *ret, Err *e) {
    const Op *op = op_find(r->app.ops, str(name));
    if (!op) test_fail(__FILE__, __LINE__, "no operation %s", name);
    CLEANUP(buf_done) Buf b, cursors;
    buf_init(&b, TEXT_MAX);
    buf_init(&cursors, 4096);
    Principal who = auth_local(ROLE_OWNER);
    who.is_local = !r->is_remote;
    OpCall c = {.app = &r->app, .op = op, .db = r->conn, .arena = r->arena, .who = &who, .cursors = cursors};
    void *in, *out = op->out ? arena_alloc(r->arena, op->out->size) : NULL;
    TRY(decode(r, op, json, &in, &c.input, e));
    int result = op->run(&c, in, out, e);
    cursors = c.cursors;
    TRY(result);
    JsonOut o = json_out(&b);
    if (out) shape_encode(op->out, out, &o);
    *ret = arena_str(r->arena, buf_str(&b));
    return 0;
}

Str rig_call(Rig *r, const char *op, const char *input_fmt, ...) {
    char json[8192];
    va_list ap;
    va_start(ap, input_fmt);
    vsnprintf(json, sizeof json, input_fmt, ap);
    va_end(ap);
    Str out = {0};
    Err e = {0};
    if (rig_try(r, op, arena_str(r->arena, str(json)), &out, &e) < 0)
        test_fail(__FILE__, __LINE__, "%s %s: %s (%s)", op, json, e.text, e.where);
    return out;
}

Err rig_error(Rig *r, const char *op, const char *input_fmt, ...) {
    char json[8192];
    va_list ap;
    va_start(ap, input_fmt);
    vsnprintf(json, sizeof json, input_fmt, ap);
    va_end(ap);
    Str out = {0};
    Err e = {0};
    if (rig_try(r, op, arena_str(r->arena, str(json)), &out, &e) == 0)
        test_fail(__FILE__, __LINE__, "%s %s succeeded: " STR_FMT, op, json, STR_ARG(out));
    return e;
}

Str rig_text(Rig *r, Str json, const char *path) {
    Json *root;
    Err e = {0};
    CHECK_OK(json_parse(r->arena, json, 64, &root, &e), e);
    const Json *at = root;
    Str rest = str(path), part;
    int64_t index;
    while (at && str_split(&rest, '.', &part)) {
        bool is_index = at->type == JSON_ARRAY && str_parse_i64(part, 0, 1 << 20, &index);
        at = is_index ? ((size_t)index < at->n ? &at->items[index] : NULL) : json_get(at, arena_cstr(r->arena, part));
    }
    if (!at) return (Str){0};
    return arena_str(r->arena, at->type == JSON_STRING ? at->s : at->raw);
}

int rig_try_recover(Rig *r) {
    OpenIntents open = {0};
    Err e = {0};
    int n_failed = 0;
    CHECK_OK(op_intents_open(r->conn, r->arena, &open, &e), e);
    vec_each(&open, i) n_failed += op_intent_recover(&r->app, r->conn, i, NULL) < 0;
    vec_done(&open);
    return n_failed;
}

void rig_recover(Rig *r) { CHECK_I64(rig_try_recover(r), 0); }

Str rig_open(Rig *r, const char *name) {
    return rig_text(r, rig_call(r, "create_workspace", "{\"path\":\"%s/%s\"}", r->dir, name), "id");
}

Str rig_worktree(Rig *r, Str workspace, const char *name) {
    Str all = rig_call(r, "list_worktrees", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(workspace));
    for (int i = 0;; i++) {
        Str got = rig_text(r, all, arena_fmt(r->arena, "worktrees.%d.name", i).p);
        if (!got.p) test_fail(__FILE__, __LINE__, "no worktree %s in " STR_FMT, name, STR_ARG(all));
        if (str_is(got, name)) return rig_text(r, all, arena_fmt(r->arena, "worktrees.%d.id", i).p);
    }
}

bool rig_emitted(const Rig *r, const char *kind, const char *what) {
    Str rest = buf_str(&r->emitted), line;
    char type[64];
    snprintf(type, sizeof type, "\"type\":\"%s\"", kind);
    while (str_split(&rest, '\n', &line))
        if (str_find(line, str(type), &(size_t){0}) && str_find(line, str(what), &(size_t){0})) return true;
    return false;
}
