/* Operations on eyes: list, show, delete; games. */
#include "base/mem.h"
#include "eye_control/eye_control_sql.h"
#include "eye_control/eye_in.h"
#include "eye_control/game.h"

SHAPE_DEFINE(EyePath, EYE_PATH);

enum { LIST_MAX = 1000 };

#define EYES_IN(F, S)                                                                                   \
    F(S, BOOL, include_ended, .opt = 1, .has_def = 1, .def = 1, .from = FROM_QUERY,                     \
      .doc = "Also those that do not run")                                                              \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = LIST_MAX, .from = FROM_QUERY, \
      .doc = "Maximum number of rows")                                                                  \
    F(S, ID("eye"), after, .opt = 1, .from = FROM_QUERY, .doc = "Only those created before this one; default: all")
SHAPE(EyesIn, EYES_IN);
SHAPE_DEFINE(EyesIn, EYES_IN);
#define EYES(F, S)                                                \
    F(S, LIST(Eye), eyes, .max = LIST_MAX, .doc = "Newest first") \
    F(S, BOOL, has_more, .doc = "There are older ones")           \
    F(S, ID("eye"), next_cursor, .opt = 1, .doc = "`after` of the next page")
SHAPE(EyePage, EYES);
SHAPE_DEFINE(EyePage, EYES);
#define GAMES(F, S) F(S, LIST(Game), games, .max = GAMES_MAX, .doc = "By name; what cannot be started behind the rest")
SHAPE(Games, GAMES);
SHAPE_DEFINE(Games, GAMES);

Str eyes_topic(const OpCall *c) { return topic_of(c->arena, "eyes", str(c->who->org)); }

static int list_synthetic_eyes(OpCall *c, const void *in_, void *out_, Err *e) {
    const EyesIn *in = in_;
    EyePage *out = out_;
    Eye before;
    if (in->after.n) TRY(eye_get(c->db, in->after, c->arena, &before, e));
    out->eyes.items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, &sql_eye_list,
               DB_ARGS(db_text(str(c->who->org)), db_i64(in->include_ended), db_text(in->after), db_i64(in->limit + 1)),
               DB_INTO(Eye, c->arena, &out->eyes), (size_t)in->limit + 1, e));
    out->has_more = out->eyes.n > (size_t)in->limit;
    if (out->has_more) GIVE(EyePage, out, next_cursor, out->eyes.items[--out->eyes.n - 1].id);
    return op_cursor(c, eyes_topic(c), e);
}

static int get_synthetic_eye(OpCall *c, const void *in, void *out, Err *e) {
    TRY(eye_get(c->db, ((const EyePath *)in)->eye_id, c->arena, out, e));
    return op_cursor(c, eyes_topic(c), e);
}

static int delete_synthetic_eye(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    Eye eye;
    TRY(eye_get(c->db, ((const EyePath *)in)->eye_id, c->arena, &eye, e));
    if (!HAS(Eye, &eye, ended_at)) return err_fail(e, ERR_CONFLICT, "this eye is running; stop it first");
    TRY(op_audit_first(c, e));
    TRY(eye_remove(c->app, c->db, &eye, e));
    return op_tx(c, NULL, NULL, NULL, e);
}

static int list_games(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in, (void)e;
    Games *out = out_;
    games_find(c->app, c->arena, &out->games);
    return 0;
}

int eye_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)c, (void)e;
    *ret = ((const EyePath *)in)->eye_id;
    return 0;
}

/* Their files are read by one call at a time. */
static int games_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)c, (void)in, (void)e;
    *ret = STR("games");
    return 0;
}

const Op eye_ops[] = {
    {"list_synthetic_eyes", "GET /api/eyes", "eye list", OP_RUN(list_synthetic_eyes, EyesIn, EyePage),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Lists Synthetic Eyes with their newest status, newest first."},
    {"get_synthetic_eye", "GET /api/eyes/{eyeId}", "eye show", OP_RUN(get_synthetic_eye, EyePath, Eye),
     .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Shows one eye. Its topic on /ws is eye/eye_…: each status, and pictures for those who ask for them."},
    {"delete_synthetic_eye", "DELETE /api/eyes/{eyeId}", "eye delete", OP_RUN_IN(delete_synthetic_eye, EyePath),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = eye_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Deletes an eye that does not run, with its recordings and logs."},
    {"list_games", "GET /api/games", "eye games", OP_RUN_OUT(list_games, Games), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = games_subject,
     .doc = "Lists the games that an eye can run: manifests in $XDG_CONFIG_HOME/muster/games and those that come with "
            "Muster, and installed programs of the category Game."},
    {0},
};
