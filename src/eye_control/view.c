/* People who watch an eye: the topic eye/eye_… on the live socket (live_source.h). Loop thread.
 *
 * A feed gets each row of its eye as it is committed. One that wants pictures has a connection of its own to the eye's
 * view.sock, over which pictures come and what its person does goes; the eye encodes only for those. It is made again when
 * the eye has a new one, and tried again with each row, which comes once a second.
 */
#include <stdlib.h>

#include "base/le.h"
#include "base/mem.h"
#include "core/auth.h"
#include "eye_control/eyes.h"
#include "eye_control/view_link.h"
#include "muster-eye-abi.h"
#include "sys/pool.h"

enum { PICTURE_HEAD = sizeof(EyeViewPicture), INPUTS_AT_ONCE = 256, STEPS_AT_ONCE = 1000, NAME_MAX_BYTES = 64 };

#define EYE_CONTROL_WORDS(W)    \
    W(EYE_CONTROL_WANT, "want") \
    W(EYE_CONTROL_TAKE, "take") \
    W(EYE_CONTROL_GIVE, "give") \
    W(EYE_CONTROL_HOLD, "hold") \
    W(EYE_CONTROL_STEP, "step")
ENUM_DECLARE(EyeControlType, EYE_CONTROL_WORDS);
ENUM_DEFINE(EyeControlType, EYE_CONTROL_WORDS);
#define EYE_PICTURES(F, S)                                                                                       \
    F(S, I64, max_width, .opt = 1, .has_def = 1, .def = 1280, .min = 16, .max = EYE_WIDTH_MAX, .doc = "Pixels")  \
    F(S, I64, max_height, .opt = 1, .has_def = 1, .def = 720, .min = 16, .max = EYE_HEIGHT_MAX, .doc = "Pixels") \
    F(S, I64, quality, .opt = 1, .has_def = 1, .def = 80, .min = 1, .max = 100, .doc = "Of the JPEG")            \
    F(S, I64, hz, .opt = 1, .has_def = 1, .def = EYE_VIEW_HZ_MAX, .min = 0, .max = EYE_VIEW_HZ_MAX,              \
      .doc = "Pictures a second at most; 0: none")
SHAPE(EyePictures, EYE_PICTURES);
SHAPE_DEFINE(EyePictures, EYE_PICTURES);
#define EYE_CONTROL(F, S)                                                               \
    F(S, ENUM(EyeControlType), type, .doc = "want, take, give, hold or step")           \
    F(S, OBJ(EyePictures), pictures, .opt = 1, .doc = "Of want; left out: none")        \
    F(S, STR, name, .opt = 1, .max_bytes = NAME_MAX_BYTES, .doc = "Of take: who plays") \
    F(S, BOOL, is_held, .opt = 1, .doc = "Of hold: time stands still")                  \
    F(S, I64, steps, .opt = 1, .has_def = 1, .def = 1, .min = 1, .max = STEPS_AT_ONCE, .doc = "Of step")
SHAPE(EyeControl, EYE_CONTROL);
SHAPE_DEFINE(EyeControl, EYE_CONTROL);

struct LiveFeed {
    App *app;
    EyeSeen *seen;
    List link; /* EyeSeen.feeds */
    LiveClient *client;
    bool may_act, is_loading, is_closed, has_begun;
    bool is_row_due;  /* there was no room for the newest row */
    EyePictures want; /* hz 0: no pictures */
    ViewLink *view;   /* NULL: no pictures are wanted, or the eye cannot be reached */
    char connected_to[108];
    Buf picture;           /* the one that there was no room for; empty: none */
    uint64_t shown, acked; /* frames: sent to the client; acknowledged to the eye */
    /* of the load job */
    EyeFacts loaded;
    Err err;
    bool has_failed;
};

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static void say_row(LiveFeed *v, const char *type, Str row) {
    Buf b;
    JsonOut o;
    live_client_begin(v->client, type, v->has_begun ? false : true, &b, &o);
    b.max = EYE_ROW_MAX * 2; /* more than most messages may have */
    json_kv_raw(&o, "eye", row);
    live_client_end(v->client, &b, &o);
}

static void reach(LiveFeed *v);

/* A row that finds no room is left out: the next one, within a second, says all that it said. */
static void give_row(LiveFeed *v) {
    Str row = buf_str(&v->seen->facts.row);
    if (!v->has_begun || v->is_closed) return;
    if (!row.n) {
        Err gone = {0};
        err_set(&gone, ERR_NOT_FOUND, "this eye was deleted");
        live_client_fail(v->client, &gone);
        return;
    }
    v->is_row_due = !live_client_has_room(v->client);
    if (!v->is_row_due) say_row(v, "eye", row);
    reach(v);
}

void eye_feeds_row(EyeSeen *seen) { list_each(&seen->feeds, LiveFeed, link, v) give_row(v); }

/* --- the eye's side ------------------------------------------------------------------------------------------------- */

static void send_want(LiveFeed *v) {
    uint8_t body[sizeof(EyeViewWant)];
    le_store16(body, (uint16_t)v->want.max_width);
    le_store16(body + 2, (uint16_t)v->want.max_height);
    body[4] = (uint8_t)v->want.quality;
    body[5] = (uint8_t)v->want.hz;
    Str part = str_n(body, sizeof body);
    (void)view_link_send(v->view, EYE_VIEW_WANT, &part, 1);
}

static void on_view_open(void *arg) { send_want(arg); }

static void give_picture(LiveFeed *v, Str picture) {
    uint64_t frame = le_load64(picture.p);
    if (live_client_send(v->client, LIVE_PICTURE, frame, &picture, 1)) {
        v->shown = frame;
        buf_clear(&v->picture);
    } else if (picture.p != v->picture.p) { /* the eye sends no other before this one is acknowledged */
        buf_clear(&v->picture);
        buf_add_str(&v->picture, picture);
    }
}

static void say_lease(LiveFeed *v, Str body) {
    Buf b;
    JsonOut o;
    live_client_begin(v->client, "lease", false, &b, &o);
    json_kv_bool(&o, "isYours", body.n > 0 && body.p[0] == 1);
    json_kv_str(&o, "holder", str_upto(str_from(body, 1), NAME_MAX_BYTES));
    live_client_end(v->client, &b, &o);
}

static void say_refused(LiveFeed *v, Str text) {
    Buf b;
    JsonOut o;
    live_client_begin(v->client, "refused", false, &b, &o);
    json_kv_str(&o, "text", str_upto(text, 500));
    live_client_end(v->client, &b, &o);
}

static void on_view_message(void *arg, uint8_t type, Str body) {
    LiveFeed *v = arg;
    if (type == EYE_VIEW_PICTURE && body.n >= PICTURE_HEAD) give_picture(v, body);
    if (type == EYE_VIEW_LEASE) say_lease(v, body);
    if (type == EYE_VIEW_REFUSED && live_client_has_room(v->client)) say_refused(v, body);
}

static void on_view_closed(void *arg) {
    LiveFeed *v = arg;
    v->view = NULL;
    v->connected_to[0] = 0;
    if (!v->is_closed) say_lease(v, (Str){0});
}

static const ViewLinkSink view_sink = {on_view_open, on_view_message, on_view_closed};

static void leave(LiveFeed *v) {
    view_link_close(TAKE(v->view));
    v->connected_to[0] = 0;
    buf_clear(&v->picture);
}

/* Connects where pictures are wanted, unless it is connected. */
static void reach(LiveFeed *v) {
    const EyeFacts *f = &v->seen->facts;
    bool is_wanted = v->want.hz > 0 && eye_is_alive(f->state) && f->view_socket[0];
    if (v->view && (!is_wanted || strcmp(v->connected_to, f->view_socket) != 0)) leave(v);
    if (!is_wanted || v->view) return;
    snprintf(v->connected_to, sizeof v->connected_to, "%s", f->view_socket);
    v->shown = v->acked = 0;
    v->view = view_link_open(v->app->loop, v->connected_to, &view_sink, v);
}

/* --- opening -------------------------------------------------------------------------------------------------------- */

static void feed_free(LiveFeed *v) {
    list_remove(&v->link);
    eyes_let_go(v->app->eyes, v->seen);
    buf_done(&v->loaded.row);
    buf_done(&v->picture);
    free(v);
}

/* What was committed while the row was read is newer. */
static void on_loaded(void *arg) {
    LiveFeed *v = arg;
    v->is_loading = false;
    if (v->is_closed) {
        feed_free(v);
    } else if (v->has_failed) {
        live_client_fail(v->client, &v->err);
    } else {
        eyes_fill(v->seen, &v->loaded);
        say_row(v, "subscribed", buf_str(&v->seen->facts.row));
        v->has_begun = true;
        reach(v);
    }
}

static int load(LiveFeed *v, DbConn *db, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Eye row;
    TRY(eye_get(db, str(v->seen->id), a, &row, e));
    eye_facts_init(&v->loaded, &row);
    return 0;
}

static void load_work(void *db, void *arg) {
    LiveFeed *v = arg;
    v->has_failed = load(v, db, &v->err) < 0;
    loop_post(v->app->loop, on_loaded, v);
}

static int read_wish(const LiveOpen *o, EyePictures *ret, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const Json *wish = json_get(o->message, "pictures");
    *ret = (EyePictures){0};
    if (!wish || wish->type == JSON_NULL) return 0;
    if (wish->type != JSON_OBJECT) return err_fail(e, ERR_INVALID, "pictures must be an object, as {\"hz\":30}");
    return shape_decode(&EyePictures_shape, wish, a, ret, e);
}

static int source_open(const LiveOpen *o, LiveFeed **ret, Err *e) {
    EyePictures want;
    if (!o->app->eyes) return err_fail(e, ERR_NOT_FOUND, "no eye can be watched here");
    TRY(read_wish(o, &want, e));
    LiveFeed *v = mu_new(LiveFeed);
    v->app = o->app;
    v->seen = eyes_get(o->app->eyes, o->id);
    v->client = o->client;
    v->may_act = o->who->role >= ROLE_MEMBER;
    v->want = want;
    buf_init(&v->picture, EYE_VIEW_MESSAGE_MAX);
    list_add_last(&v->seen->feeds, &v->link);
    v->is_loading = pool_submit(o->app->workers, load_work, v);
    if (!v->is_loading) {
        feed_free(v);
        return err_fail(e, ERR_BUSY, "too much other work is waiting; try again in a moment");
    }
    *ret = v;
    return 0;
}

static void source_close(LiveFeed *v) {
    leave(v);
    v->is_closed = true;
    if (!v->is_loading) feed_free(v); /* else when its job has ended */
}

/* --- what the person does ------------------------------------------------------------------------------------------- */

static int send_order(LiveFeed *v, uint8_t type, const Str *parts, int n, Err *e) {
    if (!v->view)
        return err_fail(e, ERR_CONFLICT, "this eye cannot be reached now; subscribe with pictures to act in it");
    if (view_link_send(v->view, type, parts, n)) return 0;
    return err_fail(e, ERR_BUSY, "this eye does not take input now");
}

static int take_input(LiveFeed *v, Str bytes, Err *e) {
    size_t n = bytes.n / sizeof(EyeInput);
    if (!n || bytes.n % sizeof(EyeInput) || n > INPUTS_AT_ONCE)
        return err_fail(e, ERR_INVALID, "input is 1 to %d records of %zu bytes", INPUTS_AT_ONCE, sizeof(EyeInput));
    for (size_t i = 0; i < n; i++) {
        uint16_t kind = le_load16(bytes.p + i * sizeof(EyeInput));
        if (kind < EYE_INPUT_KEY || kind > EYE_INPUT_WHEEL)
            return err_fail(e, ERR_INVALID, "input %zu has the unknown kind %u", i, kind);
    }
    return send_order(v, EYE_VIEW_INPUT, &bytes, 1, e);
}

static int take_ack(LiveFeed *v, uint64_t frame, Err *e) {
    uint8_t body[8];
    Str part = str_n(body, sizeof body);
    if (frame > v->shown) return err_fail(e, ERR_INVALID, "an ack names a frame that was sent");
    if (frame <= v->acked || !v->view) return 0;
    v->acked = frame;
    le_store64(body, frame);
    return send_order(v, EYE_VIEW_ACK, &part, 1, e);
}

static int set_want(LiveFeed *v, const EyePictures *want) {
    v->want = want ? *want : (EyePictures){0};
    if (v->view && v->want.hz) send_want(v);
    reach(v);
    return 0;
}

static int send_control(LiveFeed *v, const EyeControl *c, Err *e) {
    uint8_t number[4];
    Str parts[2] = {str_n(number, 0), c->name};
    if (c->type == EYE_CONTROL_TAKE) {
        le_store16(number, (uint16_t)c->name.n);
        parts[0].n = 2;
        return send_order(v, EYE_VIEW_TAKE, parts, 2, e);
    }
    if (c->type == EYE_CONTROL_GIVE) return send_order(v, EYE_VIEW_GIVE, NULL, 0, e);
    number[0] = c->is_held;
    parts[0].n = 1;
    if (c->type == EYE_CONTROL_HOLD) return send_order(v, EYE_VIEW_HOLD, parts, 1, e);
    le_store32(number, (uint32_t)c->steps);
    parts[0].n = sizeof number;
    return send_order(v, EYE_VIEW_STEP, parts, 1, e);
}

static int take_control(LiveFeed *v, Str bytes, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *root = NULL;
    EyeControl c;
    TRY(json_parse(a, bytes, JSON_DEPTH_REQUEST, &root, e));
    TRY(shape_decode(&EyeControl_shape, root, a, &c, e));
    if (c.type == EYE_CONTROL_WANT) return set_want(v, c.pictures);
    if (!v->may_act) return err_fail(e, ERR_FORBIDDEN, "you may watch this eye, and not act in it");
    return send_control(v, &c, e);
}

static int source_take(LiveFeed *v, const LiveFrame *f, Err *e) {
    if (!v->has_begun) return err_fail(e, ERR_CONFLICT, "wait until the subscription is answered");
    if (f->kind == LIVE_ACK) return take_ack(v, f->offset, e);
    if (f->kind == LIVE_CONTROL) return take_control(v, f->bytes, e);
    if (f->kind != LIVE_INPUT)
        return err_fail(e, ERR_INVALID, "an eye takes no frames of kind 3; resize_synthetic_eye sets its size");
    if (!v->may_act) return err_fail(e, ERR_FORBIDDEN, "you may watch this eye, and not act in it");
    return take_input(v, f->bytes, e);
}

static void source_resume(LiveFeed *v) {
    if (v->picture.n) give_picture(v, buf_str(&v->picture));
    if (v->is_row_due) give_row(v);
}

const LiveSource eye_source = {source_open, source_take, source_resume, source_close};
