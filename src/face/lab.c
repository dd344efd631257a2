/* See lab.h. */
#include "face/lab.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "core/dispatch.h"
#include "core/rate.h"
#include "eye_control/eyes.h"
#include "eye_control/game.h"
#include "eye_control/requirement.h"
#include "net/http.h"
#include "net/ws.h"
#include "sys/loop.h"

enum { FRAME_MAX = 1 << 20, CALLS_MAX = 16, HEALTH_MS = 1000, TYPE_MAX = 64 };

/* Freed when it is closed, its calls have ended and its timer is gone. */
typedef struct Lab {
    App *app;
    WsConn *ws; /* NULL once closed */
    Principal who;
    bool is_unix, is_timer_closed;
    int n_calls;
    Timer timer;
} Lab;

typedef struct Command Command;
typedef struct LabCall {
    Lab *lab;
    const Command *command;
} LabCall;

/* A command of the source: the operation that does it, how its payload becomes that operation's input, and how the answer
 * becomes the source's. */
struct Command {
    const char *type, *op;
    int (*put_input)(const Json *payload, Arena *a, JsonOut *o, Err *e); /* NULL: it has none */
    void (*put_result)(const Json *answer, JsonOut *o);
};

static void release(Lab *l) {
    if (!l->ws && l->n_calls == 0 && l->is_timer_closed) free(l);
}

/* --- frames --- */

typedef struct Frame {
    Buf payload;
    JsonOut o;
} Frame;

static void frame_begin(Frame *f) {
    buf_init(&f->payload, FRAME_MAX);
    f->o = json_out(&f->payload);
    json_begin_object(&f->o);
}

/* False: the client is behind. */
static bool frame_send(Frame *f, Lab *l, Str type, bool is_inline) {
    json_end_object(&f->o);
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf payload = f->payload, out;
    Json *p = NULL;
    buf_init(&out, 2 * FRAME_MAX + 256);
    if (!l->ws || json_parse(a, buf_str(&payload), JSON_DEPTH_MAX, &p, NULL) < 0) return true;
    JsonOut o = json_out(&out);
    json_begin_object(&o);
    json_kv_str(&o, "type", type);
    json_kv_raw(&o, "payload", p->raw);
    for (size_t i = 0; is_inline && i < p->n; i++) {
        json_key(&o, p->members[i].key);
        json_put_raw(&o, p->members[i].value.raw);
    }
    json_end_object(&o);
    return ws_send_text(l->ws, buf_str(&out));
}

/* A client that does not read what it asked for is disconnected. */
static void answer_end(Frame *f, Lab *l, Str type) {
    if (!frame_send(f, l, type, true)) ws_close(l->ws, 1013, STR("too many answers are waiting"));
}

static void refuse(Lab *l, Str type, const Err *why) {
    Frame f;
    frame_begin(&f);
    json_kv_bool(&f.o, "ok", false);
    op_put_error(why, &f.o);
    answer_end(&f, l, type);
}

/* --- health --- */

static void put_figure(JsonOut *o, const char *name, double v) {
    json_key(o, str(name));
    if (v < 0)
        json_put_null(o);
    else
        json_put_f64(o, v);
}

/* What is not measured is null. */
static void on_health(Timer *t) {
    Lab *l = container_of(t, Lab, timer);
    const EyeSeen *eye = eyes_foremost(l->app->eyes, str(l->who.org));
    Frame f;
    frame_begin(&f);
    json_key(&f.o, STR("syntheticEye"));
    json_begin_object(&f.o);
    put_figure(&f.o, "fps", eye ? eye->facts.fps : -1);
    put_figure(&f.o, "latency", eye ? eye->facts.latency_ms : -1);
    put_figure(&f.o, "pcieBandwidth", -1);
    json_kv_str(&f.o, "status", str(enum_word(&EyeWord_enum, (int)(eye ? eye->facts.state : EYE_STOPPED))));
    json_end_object(&f.o);
    (void)frame_send(&f, l, STR("system_health"), false); /* the next one is as good */
}

/* --- commands --- */

static void put_requirements(const Json *answer, JsonOut *o) {
    json_kv_str(o, "gpu_name", json_str(answer, "gpuName"));
    json_kv_str(o, "cuda_version", json_str(answer, "cudaVersion"));
    json_kv_str(o, "kernel_version", json_str(answer, "kernelVersion"));
    json_kv_bool(o, "dmabuf_support", json_bool(answer, "dmabufSupport", false));
}

#define LAB_EYE_CONFIG(F, S)                                                                                       \
    F(S, STR, socket_path, .wire = "socket_path", .opt = 1, .max_bytes = EYE_SOCKET_PATH_MAX, .doc = "Its socket") \
    F(S, I64, width, .opt = 1, .min = 16, .max = EYE_WIDTH_MAX, .doc = "Pixels")                                   \
    F(S, I64, height, .opt = 1, .min = 16, .max = EYE_HEIGHT_MAX, .doc = "Pixels")                                 \
    F(S, BOOL, lockstep, .opt = 1, .doc = "A frame is drawn when a consumer asks for it")
SHAPE(LabEyeConfig, LAB_EYE_CONFIG);
SHAPE_DEFINE(LabEyeConfig, LAB_EYE_CONFIG);
#define LAB_EYE_START(F, S)                                                      \
    F(S, OBJ(LabEyeConfig), config, .doc = "As the source's SyntheticEyeConfig") \
    F(S, STR, game, .opt = 1, .max_bytes = GAME_ID_MAX, .doc = "Ours")
SHAPE(LabEyeStart, LAB_EYE_START);
SHAPE_DEFINE(LabEyeStart, LAB_EYE_START);

static int put_start(const Json *payload, Arena *a, JsonOut *o, Err *e) {
    static const Json none = {.type = JSON_OBJECT};
    LabEyeStart in;
    TRY(shape_decode(&LabEyeStart_shape, payload ? payload : &none, a, &in, e));
    const LabEyeConfig *c = in.config;
    json_key(o, STR("config"));
    json_begin_object(o);
    if (c->socket_path.n) json_kv_str(o, "socketPath", c->socket_path);
    if (HAS(LabEyeConfig, c, width)) json_kv_i64(o, "width", c->width);
    if (HAS(LabEyeConfig, c, height)) json_kv_i64(o, "height", c->height);
    if (HAS(LabEyeConfig, c, lockstep)) json_kv_bool(o, "lockstep", c->lockstep);
    json_end_object(o);
    if (HAS(LabEyeStart, &in, game)) json_kv_str(o, "game", in.game);
    return 0;
}

static void put_started(const Json *answer, JsonOut *o) { json_kv_str(o, "id", json_str(answer, "id")); }

static const Command commands[] = {
    {"check_synthetic_eye_requirements", "check_synthetic_eye_requirements", NULL, put_requirements},
    {"start_synthetic_eye", "start_synthetic_eye", put_start, put_started},
};

static void on_called(void *arg, const OpAnswer *answer) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LabCall *c = arg;
    Lab *l = c->lab;
    Json *body = NULL;
    Frame f;
    bool ok = answer->status < 400;
    (void)json_parse(a, answer->body, JSON_DEPTH_MAX, &body, NULL);
    frame_begin(&f);
    json_kv_bool(&f.o, "ok", ok);
    if (ok) {
        json_key(&f.o, STR("result"));
        json_begin_object(&f.o);
        c->command->put_result(body, &f.o);
        json_end_object(&f.o);
    } else if (json_get(body, "error")) {
        json_kv_raw(&f.o, "error", json_get(body, "error")->raw);
    }
    answer_end(&f, l, str(c->command->type));
    l->n_calls--;
    free(c);
    release(l);
}

static int run(Lab *l, const Command *c, const Json *payload, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf input = {0};
    const Op *op = op_find(l->app->ops, str(c->op));
    if (l->n_calls >= CALLS_MAX)
        return err_fail(e, ERR_RATE_LIMITED, "a socket may run at most %d commands at once", CALLS_MAX);
    TRY(rate_take(l->app->rates, &l->who, l->is_unix, op->flags & OP_WRITES, e));
    buf_init(&input, FRAME_MAX);
    JsonOut o = json_out(&input);
    json_begin_object(&o);
    if (c->put_input) TRY(c->put_input(payload, a, &o, e));
    json_end_object(&o);
    OpTask *t = op_task_new(l->app, op, &l->who);
    if (c->put_input) op_task_put_json(t, buf_str(&input), FROM_ALL);
    LabCall *call = mu_new(LabCall);
    *call = (LabCall){l, c};
    l->n_calls++;
    op_task_run(t, on_called, call);
    return 0;
}

static int handle(Lab *l, Str type, const Json *payload, Err *e) {
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (str_is(type, commands[i].type)) return run(l, &commands[i], payload, e);
    if (!type.n) return err_fail(e, ERR_INVALID, "a message must have a type");
    return err_fail(e, ERR_NOT_IMPLEMENTED, "unknown command `" STR_FMT "`", STR_ARG(str_upto(type, TYPE_MAX)));
}

static void on_message(void *arg, WsOpcode op, Str text) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Lab *l = arg;
    Json *m = NULL;
    Err e = {0};
    int r = op == WS_TEXT ? json_parse(a, text, JSON_DEPTH_REQUEST, &m, &e)
                          : err_fail(&e, ERR_INVALID, "a message is JSON text");
    Str type = str_upto(json_str(m, "type"), TYPE_MAX);
    if (r >= 0) r = handle(l, type, json_get(m, "payload"), &e);
    if (r < 0) refuse(l, type.n ? type : STR("error"), &e);
}

/* --- the socket --- */

static void on_timer_closed(Timer *t) {
    Lab *l = container_of(t, Lab, timer);
    l->is_timer_closed = true;
    release(l);
}

static void on_closed(void *arg, int code) {
    (void)code;
    Lab *l = arg;
    l->ws = NULL;
    timer_close(&l->timer, on_timer_closed);
}

static const WsHandler handler = {on_message, NULL, on_closed};

void lab_accept(App *app, HttpRequest *r, const Principal *who) {
    Lab *l = mu_new(Lab);
    WsConfig c = {0};
    l->app = app;
    l->who = *who;
    l->is_unix = r->is_unix;
    l->ws = ws_accept(r, &c, &handler, l);
    if (!l->ws) { /* the client has disconnected in the meantime */
        free(l);
        return;
    }
    timer_init(app->loop, &l->timer, on_health);
    timer_start(&l->timer, 0, HEALTH_MS);
}
