/* See start.h. */
#include "eye_control/start.h"
#include "eye_control/fold.h"

#include <unistd.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "core/launch_limits.h"
#include "core/launch_space.h"
#include "core/setting.h"
#include "eye_control/eye_control_sql.h"
#include "sys/environment.h"
#include "sys/file.h"

/* --- the plan --- */

static int invalid(Err *e, const char *field, const char *what) {
    int r = err_fail(e, ERR_INVALID, "%s %s", field, what);
    err_detail(e, field, "%s", what);
    return r;
}

static void put_setting_size(const App *app, Arena *a, EyeSetup *s) {
    Str height = setting_str(app->settings, SET_EYE_SIZE, a), width;
    if (!str_split(&height, 'x', &width)) return;
    (void)str_parse_i64(width, 1, EYE_WIDTH_MAX, &s->width);
    (void)str_parse_i64(height, 1, EYE_HEIGHT_MAX, &s->height);
}

static int put_setting_socket(App *app, DbConn *db, Arena *a, EyeSetup *s, Err *e) {
    int64_t n = 0;
    Str path = setting_str(app->settings, SET_EYE_SOCKET_PATH, a);
    if (!path.n) return 0;
    TRY(db_scalar(db, &sql_eye_uses_socket, DB_ARGS(db_text(STR("")), db_text(path)), 0, &n, e));
    if (!n) GIVE(EyeSetup, s, socket_path, path); /* else the next eye has its own place */
    return 0;
}

static int put_settings(App *app, DbConn *db, Arena *a, EyeSetup *s, Err *e) {
    *s = (EyeSetup){.width = 1280,
                    .height = 720,
                    .lockstep = setting_bool(app->settings, SET_EYE_LOCKSTEP),
                    .hz = EYE_HZ_DEF,
                    .buffers = setting_i64(app->settings, SET_EYE_BUFFERS),
                    .clock = EYE_TIME_REAL,
                    .route = EYE_ROUTE_AUTO,
                    .seed = 1};
    put_setting_size(app, a, s);
    return put_setting_socket(app, db, a, s, e);
}

#define TAKE_FIELD(T, from, field) \
    if (HAS(T, from, field)) s->field = (from)->field

static void put_manifest(const GameManifest *m, EyeSetup *s) {
    TAKE_FIELD(GameManifest, m, width);
    TAKE_FIELD(GameManifest, m, height);
    TAKE_FIELD(GameManifest, m, lockstep);
    TAKE_FIELD(GameManifest, m, hz);
    TAKE_FIELD(GameManifest, m, step_timeout_ms);
    TAKE_FIELD(GameManifest, m, clock);
    TAKE_FIELD(GameManifest, m, route);
    TAKE_FIELD(GameManifest, m, seed);
    TAKE_FIELD(GameManifest, m, draws_cursor);
    if (m->denied_keys.n) GIVE(EyeSetup, s, denied_keys, m->denied_keys);
}

static void put_wish(const EyeSetupIn *in, EyeSetup *s) {
    TAKE_FIELD(EyeSetupIn, in, width);
    TAKE_FIELD(EyeSetupIn, in, height);
    TAKE_FIELD(EyeSetupIn, in, lockstep);
    TAKE_FIELD(EyeSetupIn, in, hz);
    TAKE_FIELD(EyeSetupIn, in, buffers);
    TAKE_FIELD(EyeSetupIn, in, step_timeout_ms);
    TAKE_FIELD(EyeSetupIn, in, clock);
    TAKE_FIELD(EyeSetupIn, in, route);
    TAKE_FIELD(EyeSetupIn, in, seed);
    TAKE_FIELD(EyeSetupIn, in, draws_cursor);
    TAKE_FIELD(EyeSetupIn, in, is_restarted);
    if (HAS(EyeSetupIn, in, denied_keys)) GIVE(EyeSetup, s, denied_keys, in->denied_keys);
    if (HAS(EyeSetupIn, in, socket_path)) GIVE(EyeSetup, s, socket_path, in->socket_path);
    if (s->socket_path.p && !s->socket_path.n) s->set &= ~(1ull << EyeSetup_socket_path_bit), s->socket_path = (Str){0};
}
#undef TAKE_FIELD

static bool is_key_name(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return s.n > 0;
}

/* A living eye's own socket is in use until it is stopped. */
static bool is_own_socket(const Eye *before, const EyeSetup *s) {
    return before && !HAS(Eye, before, ended_at) && str_eq(before->config->socket_path, s->socket_path);
}

static int check_setup(DbConn *db, const EyeSetup *s, const Eye *before, Arena *a, Err *e) {
    int64_t n = 0;
    Str own_id = before ? before->id : STR("");
    if (s->width % 2) return invalid(e, "config.width", "must be even");
    if (s->height % 2) return invalid(e, "config.height", "must be even");
    for (size_t i = 0; i < s->denied_keys.n; i++)
        if (!is_key_name(s->denied_keys.items[i]))
            return invalid(e, "config.deniedKeys", "must be names as in input-event-codes.h without KEY_, as LEFTMETA");
    if (!s->socket_path.n) return 0;
    TRY(db_scalar(db, &sql_eye_uses_socket, DB_ARGS(db_text(own_id), db_text(s->socket_path)), 0, &n, e));
    if (n) {
        int r = err_fail(e, ERR_CONFLICT, "another eye has its socket at socketPath");
        err_detail(e, "config.socketPath", "is used by another eye");
        return r;
    }
    return is_own_socket(before, s) ? 0 : socket_path_check(s->socket_path, "config.socketPath", a, e);
}

static int find_game(App *app, const EyeWish *w, Arena *a, Game *ret, Err *e) {
    Str id = w->has_game ? w->game
             : w->before ? w->before->game_id
                         : setting_str(app->settings, SET_EYE_ENVIRONMENT, a);
    *ret = (Game){0};
    if (!id.n) return 0;
    TRY(game_get(app, id, a, ret, e));
    return game_check(ret, e);
}

static int find_compositor(const App *app, Err *e) {
    char path[4096];
    snprintf(path, sizeof path, "%s/muster-eye", app->exe_dir);
    if (access(path, X_OK) == 0) return 0;
    return err_fail(e, ERR_MISSING_CLI, "muster-eye is missing: it belongs beside muster, in %s; install Muster again",
                    app->exe_dir);
}

/* Nobody has said one: with a virtual clock a step may take long, and one that timed out is not like its twin. */
static int64_t default_timeout_ms(const EyeSetup *s) {
    return s->clock == EYE_TIME_REAL ? EYE_STEP_TIMEOUT_MS_DEF : EYE_VIRTUAL_TIMEOUT_MS_DEF;
}

static void take_before(const EyeSetup *before, EyeSetup *s) {
    *s = *before;
    if (s->step_timeout_ms == default_timeout_ms(s)) s->step_timeout_ms = 0; /* that of its new clock */
}

int eye_plan(App *app, DbConn *db, const EyeWish *w, Arena *a, EyePlan *ret, Err *e) {
    EyePlan p = {.name = w->name};
    TRY(find_compositor(app, e));
    TRY(launch_check_space(app, e));
    TRY(find_game(app, w, a, &p.game, e));
    if (w->before)
        take_before(w->before->config, &p.setup);
    else
        TRY(put_settings(app, db, a, &p.setup, e));
    bool is_same = w->before && str_eq(w->before->game_id, p.game.id);
    if (p.game.manifest && !is_same) put_manifest(p.game.manifest, &p.setup);
    if (w->config) put_wish(w->config, &p.setup);
    if (!p.setup.step_timeout_ms) p.setup.step_timeout_ms = default_timeout_ms(&p.setup);
    TRY(check_setup(db, &p.setup, w->before, a, e));
    *ret = p;
    return 0;
}

/* --- folders and programs --- */

int eye_prepare(const App *app, Str id, Arena *a, Err *e) {
    Str home = arena_fmt(a, STR_FMT "/home", STR_ARG(eye_folder(app, id, a)));
    TRY(file_remove_tree(home.p, e));
    return file_mkdirs(home.p, 0700, e);
}

static void put_program(const App *app, Str id, const EyePlan *p, Arena *a, EyeProgram *ret) {
    const GameManifest *m = p->game.manifest;
    shape_init(&EyeProgram_shape, ret);
    GIVE(EyeProgram, ret, argv, (StrList){arena_alloc(a, 1), 0});
    GIVE(EyeProgram, ret, route, p->setup.route);
    GIVE(EyeProgram, ret, is_restarted, p->setup.is_restarted);
    if (!m) return;
    VEC(Str) argv = {0}, env = {0};
    Str home = arena_fmt(a, STR_FMT "/home", STR_ARG(eye_folder(app, id, a)));
    vec_push(&argv, p->game.program);
    for (size_t i = 1; i < m->command.n; i++) vec_push(&argv, m->command.items[i]);
    static const char *const homes[][2] = {{"HOME", ""},
                                           {"XDG_CONFIG_HOME", "/.config"},
                                           {"XDG_DATA_HOME", "/.local/share"},
                                           {"XDG_STATE_HOME", "/.local/state"},
                                           {"XDG_CACHE_HOME", "/.cache"}};
    for (size_t i = 0; i < COUNT_OF(homes) && m->home == GAME_HOME_PRIVATE; i++)
        vec_push(&env, arena_fmt(a, "%s=" STR_FMT "%s", homes[i][0], STR_ARG(home), homes[i][1]));
    for (size_t i = 0; i < m->env.n; i++) vec_push(&env, m->env.items[i]);
    vec_take(&argv, a, &ret->argv);
    vec_take(&env, a, &ret->env);
    GIVE(EyeProgram, ret, argv, ret->argv);
    GIVE(EyeProgram, ret, env, ret->env);
    if (m->cwd.n) GIVE(EyeProgram, ret, cwd, environment_expand_home(a, m->cwd));
}

/* --- rows --- */

static int check_room(Tx *tx, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_eye_count_alive, DB_NONE, 0, &n, e));
    if (n < EYES_ALIVE_MAX) return 0;
    return err_fail(e, ERR_CONFLICT, "%d eyes are running, the maximum; stop some first", EYES_ALIVE_MAX);
}

/* What only its newest launch said. */
static void begin_row(Eye *row, const EyeStart *s, TimeUs now) {
    const EyePlan *p = s->plan;
    *row = (Eye){.id = row->id, .org_id = row->org_id, .name = row->name, .created_at = row->created_at};
    if (p->game.id.n) {
        GIVE(Eye, row, game_id, p->game.id);
        GIVE(Eye, row, game_digest, p->game.digest);
    }
    row->is_pattern = !p->game.id.n;
    GIVE(Eye, row, config, arena_new_in(s->arena, EyeSetup));
    *row->config = p->setup;
    row->state = EYE_STARTING;
    row->why = EYE_WHY_PREPARING;
    row->since = row->started_at = now;
    row->is_news_due = true;
}

static int add_launch(Tx *tx, const EyeStart *s, Eye *row, Err *e) {
    LaunchLimits limits = launch_limits(s->app);
    limits.wall_ms = limits.output_mib = 0; /* a person ends it, and what of its log was read goes with its age */
    Str argv[] = {arena_fmt(s->arena, "%s/muster-eye", s->app->exe_dir)};
    Id launch;
    LaunchSpec spec = {.owner_kind = STR("eye"),
                       .owner_id = row->id,
                       .argv = {argv, COUNT_OF(argv)},
                       .cwd = eye_folder(s->app, row->id, s->arena),
                       .limits = launch_limits_spec(&limits),
                       .principal = str(s->who->id),
                       .role = ROLE_AGENT};
    TRY(launch_add(s->app, tx, &spec, &launch, e));
    GIVE(Eye, row, launch_id, arena_str(s->arena, id_str(&launch)));
    return 0;
}

static int order_start(Tx *tx, const EyeStart *s, const Eye *row, Err *e) {
    const EyeSetup *p = row->config;
    EyeConfig c = {0};
    EyeOrder order = {.type = EYE_ORDER_START};
    shape_init(&EyeConfig_shape, &c);
    c.id = row->id;
    GIVE(EyeConfig, &c, width, p->width);
    GIVE(EyeConfig, &c, height, p->height);
    GIVE(EyeConfig, &c, lockstep, p->lockstep);
    GIVE(EyeConfig, &c, hz, p->hz);
    GIVE(EyeConfig, &c, buffers, p->buffers);
    GIVE(EyeConfig, &c, step_timeout_ms, p->step_timeout_ms);
    GIVE(EyeConfig, &c, clock, p->clock);
    GIVE(EyeConfig, &c, seed, p->seed);
    GIVE(EyeConfig, &c, draws_cursor, p->draws_cursor);
    if (p->socket_path.n) GIVE(EyeConfig, &c, socket_path, p->socket_path);
    if (p->denied_keys.n) GIVE(EyeConfig, &c, denied_keys, p->denied_keys);
    GIVE(EyeConfig, &c, program, arena_new_in(s->arena, EyeProgram));
    put_program(s->app, row->id, s->plan, s->arena, c.program);
    GIVE(EyeOrder, &order, config, &c);
    return eye_order(s->app, tx, row, &order, e);
}

int eye_start(Tx *tx, const EyeStart *s, Eye *ret, Err *e) {
    Str name = s->plan->name.n ? s->plan->name : s->plan->game.id.n ? s->plan->game.name : STR("Test pattern");
    TRY(check_room(tx, e));
    *ret = (Eye){.id = s->id, .org_id = str(s->who->org), .name = name, .created_at = tx_now(tx)};
    begin_row(ret, s, tx_now(tx));
    TRY(tx_run_shape(tx, &sql_eye_add, &Eye_shape, ret, NULL, e));
    TRY(add_launch(tx, s, ret, e));
    TRY(order_start(tx, s, ret, e));
    return eye_store(s->app, tx, ret, e);
}

int eye_start_again(Tx *tx, const EyeStart *s, Eye *row, Err *e) {
    TRY(check_room(tx, e));
    begin_row(row, s, tx_now(tx));
    if (s->plan->name.n) row->name = s->plan->name;
    TRY(add_launch(tx, s, row, e));
    TRY(order_start(tx, s, row, e));
    return eye_store(s->app, tx, row, e);
}
