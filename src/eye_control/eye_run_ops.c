/* Operations that start, stop and change eyes and what runs in them. */
#include "base/mem.h"
#include "base/ulid.h"
#include "eye_control/eye_in.h"
#include "eye_control/start.h"

enum { STOP_WAIT_MS = 20000 };

#define EYE_START_IN(F, S)                                                                                      \
    F(S, OBJ(EyeSetupIn), config, .opt = 1, .doc = "Default: the game's manifest, then the settings")           \
    F(S, STR, game, .opt = 1, .max_bytes = GAME_ID_MAX, .example = "kobodeluxe",                                \
      .doc = "What runs in it, as list_games names it; empty: a moving test pattern; default: eye.environment") \
    F(S, STR, name, .opt = 1, .min = 1, .max = 100, .is_name = 1, .doc = "Shown in lists; default: the game's name")
SHAPE(EyeStartIn, EYE_START_IN);
SHAPE_DEFINE(EyeStartIn, EYE_START_IN);
#define EYE_RESTART_IN(F, S)                                                                                  \
    EYE_PATH_FIELD(F, S)                                                                                      \
    F(S, OBJ(EyeSetupIn), config, .opt = 1, .doc = "What is to be different from now on")                     \
    F(S, STR, game, .opt = 1, .max_bytes = GAME_ID_MAX, .example = "kobodeluxe", .doc = "Default: as before") \
    F(S, STR, name, .opt = 1, .min = 1, .max = 100, .is_name = 1, .doc = "Default: as before")
SHAPE(EyeRestartIn, EYE_RESTART_IN);
SHAPE_DEFINE(EyeRestartIn, EYE_RESTART_IN);
#define EYE_SIZE_IN(F, S)                                                                       \
    EYE_PATH_FIELD(F, S)                                                                        \
    F(S, I64, width, .min = 16, .max = EYE_WIDTH_MAX, .example = "1280", .doc = "Pixels; even") \
    F(S, I64, height, .min = 16, .max = EYE_HEIGHT_MAX, .example = "720", .doc = "Pixels; even")
SHAPE(EyeSizeIn, EYE_SIZE_IN);
SHAPE_DEFINE(EyeSizeIn, EYE_SIZE_IN);
typedef struct Write {
    OpCall *call;
    const void *in;
    Eye *out;
    EyePlan plan;
    Str id;
    LaunchRow launch;
    bool is_alive;
} Write;

static EyeStart start_of(const Write *x) {
    return (EyeStart){.app = x->call->app, .id = x->id, .plan = &x->plan, .who = x->call->who, .arena = x->call->arena};
}

/* --- start --- */

static int start_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    EyeStart s = start_of(x);
    return eye_start(tx, &s, x->out, e);
}

static int start_synthetic_eye(OpCall *c, const void *in_, void *out, Err *e) {
    const EyeStartIn *in = in_;
    Write x = {.call = c, .in = in, .out = out};
    Id id = id_new("eye");
    EyeWish wish = {.config = in->config, .has_game = HAS(EyeStartIn, in, game), .game = in->game, .name = in->name};
    TRY(eye_plan(c->app, c->db, &wish, c->arena, &x.plan, e));
    x.id = arena_str(c->arena, id_str(&id));
    TRY(eye_prepare(c->app, x.id, c->arena, e));
    return op_tx(c, start_tx, &x, out, e);
}

/* Two at once would both find the same socket free. */
static int start_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)c, (void)in, (void)e;
    *ret = STR("start of an eye");
    return 0;
}

/* --- stop --- */

static int stop_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Arena *a = x->call->arena;
    TRY(eye_get(tx_conn(tx), ((const EyePath *)x->in)->eye_id, a, x->out, e));
    TRY(op_audit(tx, x->call, e));
    TRY(launch_find_alive(tx_conn(tx), x->out->id, a, &x->launch, &x->is_alive, e));
    if (!x->is_alive) return 0;
    EyeOrder end = {.type = EYE_ORDER_END};
    TRY(eye_order(x->call->app, tx, x->out, &end, e));
    return launch_mark_stop(tx, x->launch.id, e);
}

static int check_ended(const OpCall *c, Err *e) {
    if (c->waited == LAUNCH_WAITED) return 0;
    if (c->waited == LAUNCH_WAIT_CUT_OFF)
        return err_fail(e, ERR_BUSY, "Muster is stopping; the eye was asked to end, but its end has not been seen yet");
    return err_fail(e, ERR_TIMEOUT, "the eye was asked to end and has not ended within %d s", STOP_WAIT_MS / 1000);
}

static int finish_stop(OpCall *c, const void *in, void *out, Err *e) {
    TRY(check_ended(c, e));
    TRY(eye_get(c->db, ((const EyePath *)in)->eye_id, c->arena, out, e));
    return op_tx(c, NULL, NULL, out, e);
}

/* Ends it if it runs; `then` follows its end. */
static int stop_then(OpCall *c, const void *in, void *out, OpRunFn then, Err *e) {
    Eye row;
    Write x = {.call = c, .in = in, .out = &row};
    TRY(db_tx(c->app->db, DB_PERSON, stop_tx, &x, e));
    c->waited = LAUNCH_WAITED;
    if (!x.is_alive) return then(c, in, out, e);
    launch_stop(c->app, x.launch.id, LAUNCH_STOP_GRACEFUL);
    op_after_end(c, x.launch.id, STOP_WAIT_MS, then);
    return 0;
}

static int stop_synthetic_eye(OpCall *c, const void *in, void *out, Err *e) {
    return stop_then(c, in, out, finish_stop, e);
}

/* --- restart --- */

static int start_again_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    EyeStart s = start_of(x);
    TRY(eye_get(tx_conn(tx), x->id, x->call->arena, x->out, e));
    return eye_start_again(tx, &s, x->out, e);
}

static int plan_again(OpCall *c, const EyeRestartIn *in, EyePlan *ret, Err *e) {
    Eye before;
    TRY(eye_get(c->db, in->eye_id, c->arena, &before, e));
    EyeWish wish = {.config = in->config,
                    .has_game = HAS(EyeRestartIn, in, game),
                    .game = in->game,
                    .name = in->name,
                    .before = &before};
    return eye_plan(c->app, c->db, &wish, c->arena, ret, e);
}

static int finish_restart(OpCall *c, const void *in_, void *out, Err *e) {
    const EyeRestartIn *in = in_;
    Write x = {.call = c, .in = in, .out = out, .id = in->eye_id};
    TRY(check_ended(c, e));
    TRY(plan_again(c, in, &x.plan, e));
    TRY(eye_prepare(c->app, x.id, c->arena, e));
    return op_tx(c, start_again_tx, &x, out, e);
}

/* What is wrong with the wish is said before the eye is stopped for it. Its own socket is in use until then. */
static int restart_synthetic_eye(OpCall *c, const void *in, void *out, Err *e) {
    EyePlan plan;
    TRY(plan_again(c, in, &plan, e));
    return stop_then(c, in, out, finish_restart, e);
}

/* --- while it runs --- */

static bool has_program(const Eye *row) { return row->program && str_is(row->program->event, "started"); }

static int resize_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    const EyeSizeIn *in = x->in;
    TRY(eye_get(tx_conn(tx), in->eye_id, x->call->arena, x->out, e));
    if (has_program(x->out) && str_is(x->out->program->route, "x11"))
        return err_fail(e, ERR_CONFLICT, "Xwayland keeps its size while it runs; restart the eye with the new size");
    EyeOrder order = {.type = EYE_ORDER_SIZE};
    GIVE(EyeOrder, &order, width, in->width);
    GIVE(EyeOrder, &order, height, in->height);
    TRY(eye_order(x->call->app, tx, x->out, &order, e));
    x->out->config->width = in->width;
    x->out->config->height = in->height;
    x->out->is_news_due = true;
    return eye_store(x->call->app, tx, x->out, e);
}

static int resize_synthetic_eye(OpCall *c, const void *in_, void *out, Err *e) {
    const EyeSizeIn *in = in_;
    if (in->width % 2 || in->height % 2) {
        int r = err_fail(e, ERR_INVALID, "width and height must be even");
        err_detail(e, in->width % 2 ? "width" : "height", "must be even");
        return r;
    }
    return op_tx(c, resize_tx, &(Write){.call = c, .in = in, .out = out}, out, e);
}

static int check_program(const Eye *row, Err *e) {
    TRY(eye_check_alive(row, e));
    if (row->is_pattern) return err_fail(e, ERR_CONFLICT, "this eye has no game; restart it with one");
    return has_program(row) ? err_fail(e, ERR_CONFLICT, "the program runs already; stop it first") : 0;
}

static int start_program_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    EyeOrder order = {.type = EYE_ORDER_START_PROGRAM};
    TRY(eye_get(tx_conn(tx), ((const EyePath *)x->in)->eye_id, x->call->arena, x->out, e));
    TRY(check_program(x->out, e));
    return eye_order(x->call->app, tx, x->out, &order, e);
}

static int start_eye_program(OpCall *c, const void *in, void *out, Err *e) {
    Eye before;
    TRY(eye_get(c->db, ((const EyePath *)in)->eye_id, c->arena, &before, e));
    TRY(check_program(&before, e));
    TRY(eye_prepare(c->app, before.id, c->arena, e));
    return op_tx(c, start_program_tx, &(Write){.call = c, .in = in, .out = out}, out, e);
}

static int stop_program_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    EyeOrder order = {.type = EYE_ORDER_STOP_PROGRAM};
    TRY(eye_get(tx_conn(tx), ((const EyePath *)x->in)->eye_id, x->call->arena, x->out, e));
    TRY(eye_check_alive(x->out, e));
    if (!has_program(x->out)) return err_fail(e, ERR_CONFLICT, "no program runs in this eye");
    return eye_order(x->call->app, tx, x->out, &order, e);
}

static int stop_eye_program(OpCall *c, const void *in, void *out, Err *e) {
    return op_tx(c, stop_program_tx, &(Write){.call = c, .in = in, .out = out}, out, e);
}

#define CHANGES .role = ROLE_MEMBER, .flags = OP_WRITES | OP_AUDITED
const Op eye_run_ops[] = {
    {"start_synthetic_eye", "POST /api/eyes", "eye start", OP_RUN(start_synthetic_eye, EyeStartIn, Eye), CHANGES,
     .status = 201, .where = ON_SLOW, .subject = start_subject,
     .doc = "Starts a Synthetic Eye, and in it a game, the program of the setting eye.environment, or a moving test "
            "pattern. It goes on when the daemon ends."},
    {"stop_synthetic_eye", "POST /api/eyes/{eyeId}/stop", "eye stop", OP_RUN(stop_synthetic_eye, EyePath, Eye), CHANGES,
     .where = ON_WORKER, .doc = "Ends an eye and what runs in it; answers when they have ended."},
    {"restart_synthetic_eye", "POST /api/eyes/{eyeId}/restart", "eye restart",
     OP_RUN(restart_synthetic_eye, EyeRestartIn, Eye), CHANGES, .where = ON_SLOW, .subject = eye_subject,
     .doc = "Stops an eye if it runs, and starts it again, with another configuration or game if one is given."},
    {"resize_synthetic_eye", "PUT /api/eyes/{eyeId}/size", "eye resize", OP_RUN(resize_synthetic_eye, EyeSizeIn, Eye),
     CHANGES, .where = ON_WORKER,
     .doc = "Gives the output of a running eye another size: consumers get a RESET. A game of X11 needs a restart."},
    {"start_eye_program", "POST /api/eyes/{eyeId}/program", "eye run", OP_RUN(start_eye_program, EyePath, Eye), CHANGES,
     .where = ON_SLOW, .subject = eye_subject,
     .doc = "Starts the game of a running eye again, after it has ended. restart_synthetic_eye runs another one."},
    {"stop_eye_program", "DELETE /api/eyes/{eyeId}/program", "eye halt", OP_RUN(stop_eye_program, EyePath, Eye),
     CHANGES, .where = ON_WORKER, .doc = "Ends the program in an eye, which goes on without one."},
    {0},
};
