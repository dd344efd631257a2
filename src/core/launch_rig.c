/* See launch_rig.h. */
#include "core/launch_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/test.h"
#include "core/launch_input.h"
#include "sys/loop.h"
#include "sys/process.h"

struct OwnerLog owner_log;

static int refuse_some(Err *e) {
    if (atomic_fetch_sub(&owner_log.n_refused, 1) > 0) return err_fail(e, ERR_DISK_FULL, "no room");
    atomic_store(&owner_log.n_refused, 0);
    return 0;
}

static int own_derive(void *live_, const LaunchBatchIn *in, LaunchPlace *ret, Err *e UNUSED) {
    TestLive *live = live_;
    for (size_t i = 0; i < in->n; i++) {
        const HoldFrame *f = &in->frames[i].frame;
        if (f->channel == HOLD_STDOUT && !in->is_plain) buf_add_str(&live->text, f->bytes);
        *ret = test_place_after(&in->frames[i]);
    }
    return 0;
}

/* Refuses poisoned text each time it comes. */
static int own_apply(void *live_, App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, Buf *state, Err *e) {
    Str text = buf_str(&((TestLive *)live_)->text);
    atomic_fetch_add(&owner_log.n_applied, 1);
    TRY(refuse_some(e));
    if (str_find(text, STR("poison"), &(size_t){0})) return err_fail(e, ERR_INVALID, "poison");
    buf_add_str(state, text);
    return 0;
}

static int own_lost(App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, const char *why, Err *e) {
    TRY(refuse_some(e));
    atomic_fetch_add(&owner_log.n_lost, 1);
    snprintf(owner_log.why, sizeof owner_log.why, "%s", why);
    return 0;
}

static int own_held(App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, const char *why UNUSED, Err *e) {
    TRY(refuse_some(e));
    atomic_fetch_add(&owner_log.n_held, 1);
    return 0;
}

typedef struct Look {
    const Launches *launches;
    bool is_stopping;
} Look;

static void look(void *arg) {
    Look *l = arg;
    l->is_stopping = l->launches->is_stopping;
}

static bool is_stopping(void *app_) {
    App *app = app_;
    Look l = {.launches = app->launches};
    loop_call(app->loop, look, &l);
    return l.is_stopping;
}

static void own_ended(App *app, DbConn *db UNUSED, Str launch UNUSED) {
    if (atomic_load(&owner_log.ends_late)) test_app_until(is_stopping, app);
    atomic_fetch_add(&owner_log.n_ended, 1);
}

static int own_environment(App *app UNUSED, DbConn *db UNUSED, const LaunchRow *l UNUSED, Arena *a, StrList *ret,
                           Err *e) {
    if (atomic_load(&owner_log.has_no_environment)) return err_fail(e, ERR_NOT_FOUND, "no environment");
    *ret = (StrList){arena_array(a, 2, sizeof(Str)), 2};
    ret->items[0] = STR("PATH=/nowhere");
    ret->items[1] = STR("SECRET=from-the-owner");
    return 0;
}

static const LaunchOwner own = {.kind = "own",
                                .open = test_live_open,
                                .close = test_live_close,
                                .derive = own_derive,
                                .apply = own_apply,
                                .lost = own_lost,
                                .held = own_held,
                                .ended = own_ended,
                                .environment = own_environment};

void rig_start(LaunchRig *b) {
    TestAppConfig c = b->config;
    c.home = b->home[0] ? b->home : NULL;
    test_app_start(&b->t, &c);
    snprintf(b->home, sizeof b->home, "%s", b->t.app.home);
}

void rig_stop(LaunchRig *b) { test_app_stop(&b->t); }

void rig_open(LaunchRig *b, const TestAppConfig *c) {
    *b = (LaunchRig){.config = c ? *c : (TestAppConfig){0}};
    snprintf(b->exe_dir, sizeof b->exe_dir, "%.*s", (int)(strrchr(HOLD_EXE, '/') - HOLD_EXE), HOLD_EXE);
    if (!b->config.exe_dir) b->config.exe_dir = b->exe_dir;
    b->config.owner = &own;
    memset(&owner_log, 0, sizeof owner_log);
    rig_start(b);
}

int rig_launch_tx(Tx *tx, void *arg, Err *e) {
    static Str envp[] = {{"PATH=/usr/bin:/bin", 18}};
    LaunchRig *b = arg;
    Str argv[8];
    LaunchSpec s = {.owner_kind = STR("own"),
                    .owner_id = STR("one"),
                    .argv = {argv, 0},
                    .envp = {envp, 1},
                    .cwd = STR("/"),
                    .role = ROLE_AGENT};
    for (const char *const *p = b->argv; *p; p++) argv[s.argv.n++] = str(*p);
    shape_init(&HoldSpecLimits_shape, &s.limits);
    return launch_add(&b->t.app, tx, &s, &b->launch, e);
}

void rig_launch(LaunchRig *b, const char *const *argv) {
    b->argv = argv;
    test_write(&b->t, rig_launch_tx, b);
}

static int input_tx(Tx *tx, void *arg, Err *e) {
    LaunchRig *b = arg;
    return launch_add_input(&b->t.app, tx, &(LaunchInput){id_str(&b->launch), str(b->input), "message", STR("m")}, e);
}

int rig_input(LaunchRig *b, const char *text) {
    b->input = text;
    return db_tx(b->t.app.db, DB_PERSON, input_tx, b, NULL);
}

Str rig_written(LaunchRig *b) { return test_cell(&b->t, "SELECT coalesce(owner_state, '') FROM launch"); }

bool rig_has_ended(void *arg) {
    return str_is(test_cell(&((LaunchRig *)arg)->t, "SELECT ended_at IS NOT NULL FROM launch ORDER BY id DESC"), "1");
}

void rig_check_ended(LaunchRig *b, const char *state) {
    CHECK(test_app_until(rig_has_ended, b));
    CHECK_STR(test_cell(&b->t, "SELECT state || (ended_at IS NOT NULL) FROM launch ORDER BY id DESC"), state);
}

int64_t rig_child(LaunchRig *b) {
    Str ids[] = {STR(""), id_str(&b->launch), STR("lch_unknown")};
    LaunchFacts f[COUNT_OF(ids)];
    launches_facts(&b->t.app, ids, COUNT_OF(ids), f);
    CHECK_I64(f[0].pid + f[2].pid, 0);
    return f[1].pid;
}

bool rig_has_child(void *arg) { return rig_child(arg) > 0; }

void rig_run(LaunchRig *b, const char *const *argv) {
    rig_launch(b, argv);
    CHECK(test_app_until(rig_has_child, b));
}

int64_t rig_hold(LaunchRig *b) {
    CHECK(test_app_until(rig_has_child, b));
    int64_t hold = process_parent(rig_child(b));
    CHECK(hold > 1 && hold != getpid());
    return hold;
}

bool rig_has_hold_left(void *arg) {
    LaunchRig *b = arg;
    bool held = true;
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *folder = arena_fmt(a, "%s/streams/%s", b->home, b->launch.text).p;
    CLEANUP(fd_closep) int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    Err e = {0};
    CHECK_OK(launch_lock_is_held(dirfd, &held, &e), e);
    return !held;
}
