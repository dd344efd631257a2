/* See eye_control.h: rows, and what follows from the ends of launches. */
#include "eye_control/eye_control.h"
#include "eye_control/fold.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/vec.h"
#include "core/launch_input.h"
#include "core/launchtidy.h"
#include "eye_control/eye_control_sql.h"
#include "eye_control/silence.h"
#include "sys/file.h"

ENUM_DEFINE(EyeWord, EYE_WORDS);
ENUM_DEFINE(EyeWhy, EYE_WHY_WORDS);
SHAPE_DEFINE(EyeSetup, EYE_SETUP);
SHAPE_DEFINE(EyeSetupIn, EYE_SETUP_IN);
SHAPE_DEFINE(Eye, EYE);

enum { ORDER_MAX = 1 << 20, EXPIRE_PAGE = 100 };

int eye_get(DbConn *c, Str id, Arena *a, Eye *ret, Err *e) {
    bool found;
    TRY(db_one(c, &sql_eye_by_id, DB_ARGS(db_text(id)), DB_INTO(Eye, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no eye " STR_FMT, STR_ARG(id));
}

int eye_check_alive(const Eye *row, Err *e) {
    if (!HAS(Eye, row, ended_at)) return 0;
    return err_fail(e, ERR_CONFLICT, "this eye does not run: it is %s%s" STR_FMT,
                    enum_word(&EyeWord_enum, (int)row->state), row->detail.n ? ": " : "", STR_ARG(row->detail));
}

int eye_emit(Tx *tx, Str org_id, const char *kind, const Shape *s, const void *v, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    return stream_emit(tx, topic_of(a, "eyes", org_id), kind, s, v, e);
}

int eye_store(App *app, Tx *tx, Eye *row, Err *e) {
    bool is_news = eye_take_news(row, tx_now(tx));
    TRY(tx_run_shape(tx, &sql_eye_set, &Eye_shape, row, NULL, e));
    eyes_publish(app, tx, row->id, row);
    return is_news ? eye_emit(tx, row->org_id, "eye_changed", &Eye_shape, row, e) : 0;
}

int eye_order(App *app, Tx *tx, const Eye *row, const EyeOrder *o, Err *e) {
    CLEANUP(buf_done) Buf line;
    buf_init(&line, ORDER_MAX);
    TRY(eye_check_alive(row, e));
    JsonOut out = json_out(&line);
    shape_encode(&EyeOrder_shape, o, &out);
    buf_add_c(&line, '\n');
    if (line.failed) return err_fail(e, ERR_TOO_LARGE, "the program's arguments and variables are together too large");
    LaunchInput in = {.launch_id = row->launch_id, .bytes = buf_str(&line), .cause = "order", .cause_id = row->id};
    return launch_add_input(app, tx, &in, e);
}

Str eye_folder(const App *app, Str id, Arena *a) { return arena_fmt(a, "%s/eyes/" STR_FMT, app->home, STR_ARG(id)); }

/* --- deleting --- */

typedef struct Over {
    Arena *arena;
    VEC(Str) ids;
} Over;

static bool on_over(void *arg, DbRow *r) {
    Over *o = arg;
    vec_push(&o->ids, arena_str(o->arena, db_col_text(r, 0)));
    return true;
}

#define EYE_GONE_NEWS(F, S) F(S, ID("eye"), id, .doc = "The eye that was deleted, with its recordings")
SHAPE(EyeGoneNews, EYE_GONE_NEWS);
SHAPE_DEFINE(EyeGoneNews, EYE_GONE_NEWS);

typedef struct Removal {
    App *app;
    Eye eye;
} Removal;

static int remove_tx(Tx *tx, void *arg, Err *e) {
    const Removal *x = arg;
    TRY(tx_run(tx, &sql_eye_recordings_remove, DB_ARGS(db_text(x->eye.id)), NULL, e));
    TRY(tx_run(tx, &sql_eye_remove, DB_ARGS(db_text(x->eye.id)), NULL, e));
    eyes_publish(x->app, tx, x->eye.id, NULL);
    EyeGoneNews gone = {.id = x->eye.id};
    return eye_emit(tx, x->eye.org_id, "eye_removed", &EyeGoneNews_shape, &gone, e);
}

/* Files and launch first: if this is interrupted before the row is gone, the next call finds it again. */
int eye_remove(App *app, DbConn *db, const Eye *eye, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Removal x = {app, *eye};
    TRY(launchtidy_erase(app, db, eye->id, e));
    TRY(file_remove_tree(eye_folder(app, eye->id, a).p, e));
    return db_tx(app->db, DB_PERSON, remove_tx, &x, e);
}

static int expire_some(App *app, DbConn *db, TimeUs older_than, size_t *ret_n, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Over o = {.arena = a};
    int r = db_each(db, &sql_eye_over, DB_ARGS(db_i64(older_than), db_i64(EXPIRE_PAGE)), on_over, &o, e);
    for (size_t i = 0; i < o.ids.n && r >= 0; i++) {
        Eye eye;
        r = eye_get(db, o.ids.items[i], a, &eye, e);
        if (r >= 0) r = eye_remove(app, db, &eye, e);
    }
    *ret_n = o.ids.n;
    vec_done(&o.ids);
    return r;
}

int eyes_expire(App *app, DbConn *db, TimeUs older_than, Err *e) {
    size_t n = EXPIRE_PAGE;
    while (n == EXPIRE_PAGE) TRY(expire_some(app, db, older_than, &n, e));
    return 0;
}

/* --- registration --- */

void eye_control_register(App *app) {
    launches_register(app->launches, &eye_owner);
    app->eyes = mu_new(Eyes);
    app->eyes->app = app;
    eye_silence_start(app->eyes);
}

const OrgOf eye_orgs[] = {{"eye", &sql_org_of_eye}, {"rec", &sql_org_of_recording}, {0}};
const TopicDef eye_topics[] = {{.noun = "eyes", .prefix = "org", .role = ROLE_VIEWER},
                               {.noun = "eye", .prefix = "eye", .role = ROLE_VIEWER, .source = &eye_source},
                               {0}};
