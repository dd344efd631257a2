/* See launch.h: the rows of launches and their inputs. Worker and writer threads. */
#include "core/launch.h"
#include "core/launch_input.h"
#include "core/launch_limits.h"

#include "base/mem.h"
#include "base/vec.h"
#include "core/hub.h"
#include "core/launch_restore.h"
#include "core/launch_sql.h"
#include "core/setting.h"
#include "core/supervisor.h"
#include "sys/digest.h"

ENUM_DEFINE(LaunchState, LAUNCH_STATE);
SHAPE_DEFINE(LaunchRow, LAUNCH_ROW);
SHAPE_DEFINE(LaunchCause, LAUNCH_CAUSE);

enum { NONCE_BYTES = 16 };

static int encode_spec(const HoldSpec *h, Arena *a, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, HOLD_SPEC_BYTES_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&HoldSpec_shape, h, &o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "command and environment together are too large");
    *ret = arena_str(a, buf_str(&b));
    return 0;
}

static Str name_of(Str variable) {
    size_t at;
    return str_find(variable, STR("="), &at) ? str_upto(variable, at) : variable;
}

static bool has_name(const StrList *variables, Str name) {
    for (size_t i = 0; i < variables->n; i++)
        if (str_eq(name_of(variables->items[i]), name)) return true;
    return false;
}

int launch_complete_spec(const LaunchRow *row, const StrList *environment, Arena *a, Str *ret, Err *e) {
    HoldSpec h;
    TRY(holdspec_parse(row->spec, a, &h, e));
    StrList own = h.envp, all = {arena_array(a, own.n + environment->n + 1, sizeof *all.items), 0};
    for (size_t i = 0; i < own.n; i++) all.items[all.n++] = own.items[i];
    for (size_t i = 0; i < environment->n; i++)
        if (!has_name(&own, name_of(environment->items[i]))) all.items[all.n++] = environment->items[i];
    all.items[all.n++] = arena_fmt(a, "MUSTER_LAUNCH=" STR_FMT, STR_ARG(row->id));
    GIVE(HoldSpec, &h, envp, all);
    return encode_spec(&h, a, ret, e);
}

LaunchLimits launch_limits(const App *app) {
    return (LaunchLimits){.wall_ms = setting_i64(app->settings, SET_AGENT_WALL_SECONDS) * 1000,
                          .memory_mib = setting_i64(app->settings, SET_AGENT_MEMORY_MIB),
                          .processes = setting_i64(app->settings, SET_AGENT_PROCESSES),
                          .output_mib = setting_i64(app->settings, SET_AGENT_OUTPUT_MIB)};
}

HoldSpecLimits launch_limits_spec(const LaunchLimits *l) {
    HoldSpecLimits h = {0};
    shape_init(&HoldSpecLimits_shape, &h);
    GIVE(HoldSpecLimits, &h, wall_ms, l->wall_ms);
    GIVE(HoldSpecLimits, &h, memory_bytes, l->memory_mib << 20);
    GIVE(HoldSpecLimits, &h, processes, l->processes);
    GIVE(HoldSpecLimits, &h, output_bytes, l->output_mib << 20);
    GIVE(HoldSpecLimits, &h, mechanism, l->memory_mib || l->processes ? HOLD_LIMIT_SAMPLED : HOLD_LIMIT_NONE);
    return h;
}

static int make_spec(App *app, const LaunchSpec *s, LaunchRow *row, Arena *a, Err *e) {
    HoldSpec h = {0};
    HoldSpecPty pty = {.rows = s->rows ? s->rows : 24, .cols = s->cols ? s->cols : 120};
    HoldSpecLimits limits = s->limits;
    shape_init(&HoldSpec_shape, &h);
    GIVE(HoldSpec, &h, launch, row->id);
    GIVE(HoldSpec, &h, nonce, row->nonce);
    GIVE(HoldSpec, &h, argv, s->argv);
    GIVE(HoldSpec, &h, envp, s->envp);
    GIVE(HoldSpec, &h, cwd, s->cwd);
    if (s->is_pty) GIVE(HoldSpec, &h, pty, &pty);
    GIVE(HoldSpec, &h, limits, &limits);
    HoldSpecRlimits rlimits = {0};
    if (app->launch_files > 0) GIVE(HoldSpecRlimits, &rlimits, files, app->launch_files);
    GIVE(HoldSpec, &h, rlimits, &rlimits);
    GIVE(HoldSpec, &h, backlog_cap_bytes, setting_i64(app->settings, SET_LAUNCH_BACKLOG_MIB) << 20);
    if (s->keep_background) GIVE(HoldSpec, &h, keep_background, true);
    return encode_spec(&h, a, &row->spec, e);
}

bool launch_is_pty(const LaunchRow *l) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    HoldSpec h;
    return holdspec_parse(l->spec, a, &h, &(Err){0}) >= 0 && HAS(HoldSpec, &h, pty);
}

static int refuse_second(Tx *tx, Str owner_id, Arena *a, Err *e) {
    LaunchRow alive;
    bool found = false;
    TRY(launch_find_alive(tx_conn(tx), owner_id, a, &alive, &found, e));
    if (found) return err_fail(e, ERR_CONFLICT, "it is already running");
    return 0;
}

int launch_add(App *app, Tx *tx, const LaunchSpec *s, Id *ret_id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    TRY(refuse_second(tx, s->owner_id, a, e));
    Id id = id_new("lch");
    uint8_t raw[NONCE_BYTES];
    char nonce[2 * NONCE_BYTES + 1];
    random_bytes(raw, sizeof raw);
    digest_hex(raw, sizeof raw, nonce);
    LaunchRow row = {.id = id_str(&id),
                     .owner_kind = s->owner_kind,
                     .owner_id = s->owner_id,
                     .state = LAUNCH_STARTING,
                     .nonce = str(nonce),
                     .role = s->role,
                     .owner_begin = s->begin,
                     .adapter = s->adapter,
                     .principal = s->principal.n ? s->principal : STR(LOCAL_USER),
                     .created_at = tx_now(tx)};
    TRY(make_spec(app, s, &row, a, e));
    TRY(tx_run_shape(tx, &sql_launch_insert, &LaunchRow_shape, &row, NULL, e));
    supervisor_added(app, tx, &row);
    *ret_id = id;
    return 0;
}

int launch_add_input(App *app, Tx *tx, const LaunchInput *in, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_launch_next_input, DB_ARGS(db_text(in->launch_id)), 0, &n, e));
    if (n == 0) return err_fail(e, ERR_CONFLICT, "it is no longer running");
    TRY(tx_run(tx, &sql_launch_input_add,
               DB_ARGS(db_text(in->launch_id), db_i64(n), db_blob(in->bytes), db_text(str(in->cause)),
                       db_text(in->cause_id), db_i64(tx_now(tx))),
               NULL, e));
    supervisor_input_added(app, tx, in->launch_id, n);
    return 0;
}

static int claimed(Tx *tx, const Sql *q, const LaunchInput *in, DbValue which, bool *ret, Err *e) {
    int64_t changes = 0;
    TRY(tx_run(tx, q, DB_ARGS(db_text(in->launch_id), which, db_text(str(in->cause)), db_text(in->cause_id)), &changes,
               e));
    *ret = changes > 0;
    return 0;
}

int launch_claim_input(Tx *tx, const LaunchInput *in, bool *ret_claimed, Err *e) {
    return claimed(tx, &sql_launch_input_claim, in, db_blob(in->bytes), ret_claimed, e);
}

int launch_claim_number(Tx *tx, const LaunchInput *in, int64_t n, Err *e) {
    bool was_there;
    return claimed(tx, &sql_launch_input_claim_number, in, db_i64(n), &was_there, e);
}

static bool on_bytes(void *arg, DbRow *r) {
    buf_add_str(arg, db_col_text(r, 0));
    return false;
}

int launch_input_bytes(DbConn *c, Str launch_id, int64_t n, Buf *ret, Err *e) {
    return db_each(c, &sql_launch_input_by_n, DB_ARGS(db_text(launch_id), db_i64(n)), on_bytes, ret, e);
}

int launch_mark_stop(Tx *tx, Str launch_id, Err *e) {
    return tx_run(tx, &sql_launch_set_stop_asked, DB_ARGS(db_text(launch_id)), NULL, e);
}

int launch_find(DbConn *c, Str launch_id, Arena *a, LaunchRow *ret, bool *ret_found, Err *e) {
    return db_one(c, &sql_launch_by_id, DB_ARGS(db_text(launch_id)), DB_INTO(LaunchRow, a, ret), ret_found, e);
}

int launch_find_alive(DbConn *c, Str owner_id, Arena *a, LaunchRow *ret, bool *ret_found, Err *e) {
    return db_one(c, &sql_launch_alive_of, DB_ARGS(db_text(owner_id)), DB_INTO(LaunchRow, a, ret), ret_found, e);
}

int launch_input_cause(DbConn *c, Str launch_id, int64_t n, Arena *a, LaunchCause *ret, Err *e) {
    bool found;
    *ret = (LaunchCause){0};
    return db_one(c, &sql_launch_input_cause, DB_ARGS(db_text(launch_id), db_i64(n)), DB_INTO(LaunchCause, a, ret),
                  &found, e);
}

int launch_input_number(DbConn *c, Str launch_id, Str cause_id, int64_t *ret, Err *e) {
    return db_scalar(c, &sql_launch_input_number, DB_ARGS(db_text(launch_id), db_text(cause_id)), 0, ret, e);
}

int launches_distrust(Tx *tx, Err *e) { return tx_run(tx, &sql_launches_distrust, DB_NONE, NULL, e); }

int launches_room(DbConn *c, int64_t *ret, Err *e) {
    int64_t inputs = 0;
    TRY(db_scalar(c, &sql_launch_input_room, DB_NONE, 0, &inputs, e));
    TRY(db_scalar(c, &sql_launch_room, DB_NONE, 0, ret, e));
    *ret += inputs;
    return 0;
}
