#include "base/mem.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "core/org.h"
#include "person/person_in.h"
#include "person/person_sql.h"
#include "sys/digest.h"

SHAPE_DEFINE(UiDraft, UI_DRAFT);
SHAPE_DEFINE(UiTick, UI_TICK);
SHAPE_DEFINE(UiReview, UI_REVIEW);
SHAPE_DEFINE(UiStateRead, UI_STATE_READ);
SHAPE_DEFINE(UiState, UI_STATE);
SHAPE_DEFINE(UiStatesRead, UI_STATES_READ);
SHAPE_DEFINE(UiStates, UI_STATES);
SHAPE_DEFINE(UiStatePut, UI_STATE_PUT);
SHAPE_DEFINE(UiStored, UI_STORED);
SHAPE_DEFINE(UiStateNews, UI_STATE_NEWS);

const TopicDef person_topics[] = {{.noun = "person", .prefix = "usr", .role = ROLE_VIEWER}, {0}};

/* Keys that name a row, and the shape of their values. */
static const struct {
    const char *prefix, *id; /* "draft/ag_…" */
    const Shape *shape;
} kinds[] = {{"draft/", "ag", &UiDraft_shape}, {"review/", "wt", &UiReview_shape}};

typedef struct Key {
    Str text, subject_id; /* the row that it names; {NULL,0}: none */
    const Shape *shape;   /* NULL: any value */
} Key;

static bool is_key_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("/._:-", c));
}

/* "run.seen.srn_…": such a key is kept as long as the row that it ends with. */
static Str id_at_end(Str text) {
    char prefix[8];
    size_t from = text.n, n = 0;
    while (from > 0 && text.p[from - 1] != '/' && text.p[from - 1] != '.') from--;
    Str id = str_from(text, from);
    while (n < id.n && n < sizeof prefix - 1 && id.p[n] != '_') n++;
    memcpy(prefix, id.p, n);
    prefix[n] = 0;
    return n && id_is(id, prefix) ? id : (Str){0};
}

static int parse_key(Str text, Key *ret, Err *e) {
    *ret = (Key){.text = text};
    for (size_t i = 0; i < text.n; i++)
        if (!is_key_char(text.p[i])) return err_fail(e, ERR_INVALID, "a key has only letters, digits and / . _ : -");
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        Str prefix = str(kinds[i].prefix);
        if (!str_starts(text, prefix)) continue;
        ret->subject_id = str_from(text, prefix.n);
        ret->shape = kinds[i].shape;
        if (!id_is(ret->subject_id, kinds[i].id))
            return err_fail(e, ERR_INVALID, "after %s the key names a row: %s_…", kinds[i].prefix, kinds[i].id);
    }
    if (!ret->subject_id.p) ret->subject_id = id_at_end(text);
    return 0;
}

static int check_key(OpCall *c, Str text, Key *ret, Err *e) {
    TRY(parse_key(text, ret, e));
    return ret->shape ? org_check(c->app, c->db, c->who, ret->subject_id, e) : 0;
}

static int read_at(OpCall *c, Err *e) { return op_cursor(c, topic_of(c->arena, "person", str(c->who->id)), e); }

/* -- reading ------------------------------------------------------------------------------------------------- */

static int find(OpCall *c, DbConn *db, Str key, UiState *ret, bool *ret_found, Err *e) {
    *ret = (UiState){0};
    return db_one(db, &sql_ui_state_get, DB_ARGS(db_text(str(c->who->id)), db_text(key)),
                  DB_INTO(UiState, c->arena, ret), ret_found, e);
}

int ui_state_get(OpCall *c, Str text, UiState *out, Err *e) {
    Key key;
    bool found;
    TRY(check_key(c, text, &key, e));
    TRY(find(c, c->db, text, out, &found, e));
    if (!found) *out = (UiState){.key = text};
    return read_at(c, e);
}

/* Between a key and every longer one that begins with it lies that key and a byte below all that keys have; behind all that
 * begin with a prefix, the prefix and a byte above them. */
int ui_state_list(OpCall *c, const UiStatesRead *in, UiStates *out, Err *e) {
    bool is_on = str_cmp(in->after, in->prefix) >= 0 && in->after.n;
    Str from = is_on ? arena_fmt(c->arena, STR_FMT "\x01", STR_ARG(in->after)) : in->prefix;
    Str end = arena_fmt(c->arena, STR_FMT "\x7f", STR_ARG(in->prefix));
    TRY(db_all(c->db, &sql_ui_state_from,
               DB_ARGS(db_text(str(c->who->id)), db_text(from), db_text(end), db_i64(in->limit + 1)),
               DB_INTO(UiState, c->arena, &out->states), (size_t)in->limit + 1, e));
    if ((int64_t)out->states.n <= in->limit) return read_at(c, e);
    out->states.n = (size_t)in->limit;
    GIVE(UiStates, out, next, out->states.items[out->states.n - 1].key);
    return read_at(c, e);
}

/* -- storing ------------------------------------------------------------------------------------------------- */

typedef struct Putting {
    OpCall *call;
    const UiStatePut *in;
    Key key;
    Str value; /* canonical; {NULL,0}: remove */
    UiStored *out;
} Putting;

static int canonical(OpCall *c, const Key *key, Str raw, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b = {0};
    Json *j;
    TRY(json_parse(c->arena, raw, JSON_DEPTH_REQUEST, &j, e));
    if (key->shape) TRY(shape_decode(key->shape, j, c->arena, arena_alloc(c->arena, key->shape->size), e));
    buf_init(&b, UI_VALUE_MAX);
    JsonOut o = json_out(&b);
    json_put_canonical(&o, j);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the value is larger than %d KiB", UI_VALUE_MAX >> 10);
    *ret = arena_str(c->arena, buf_str(&b));
    return 0;
}

static int check_digest(const UiStatePut *in, const UiState *now, bool found, Err *e) {
    Str present = found ? now->digest : STR("");
    if (!in->if_digest.p || str_eq(in->if_digest, present)) return 0;
    int r = err_fail(e, ERR_CONFLICT, "something else is stored under this key");
    err_detail(e, "digest", STR_FMT, STR_ARG(present));
    return r;
}

typedef struct Room {
    int64_t keys, bytes;
} Room;

static bool on_room(void *arg, DbRow *r) {
    *(Room *)arg = (Room){db_col_i64(r, 0), db_col_i64(r, 1)};
    return false;
}

static int read_room(Tx *tx, const Putting *x, Room *ret, Err *e) {
    *ret = (Room){0};
    return db_each(tx_conn(tx), &sql_ui_state_room, DB_ARGS(db_text(str(x->call->who->id)), db_text(x->key.text)),
                   on_room, ret, e);
}

/* What was typed goes only by its owner's hand; of the rest, what was stored longest ago makes room. */
static int make_room(Tx *tx, const Putting *x, Err *e) {
    for (int64_t gone = 1; gone > 0;) {
        Room room;
        TRY(read_room(tx, x, &room, e));
        if (room.keys < UI_KEYS_MAX && room.bytes + (int64_t)x->value.n <= UI_BYTES_MAX) return 0;
        TRY(tx_run(tx, &sql_ui_state_drop_oldest, DB_ARGS(db_text(str(x->call->who->id)), db_text(x->key.text)), &gone,
                   e));
        if (gone == 0)
            return err_fail(e, ERR_TOO_LARGE, "too much is stored: %lld drafts, %lld KiB; send or remove some first",
                            (long long)room.keys, (long long)room.bytes >> 10);
    }
    return 0;
}

/* A page that stores the same again is no news. */
static int emit_change(Tx *tx, const Putting *x, const UiState *before, Err *e) {
    UiStateNews news = {.key = x->key.text};
    if (str_eq(before->digest, x->out->digest)) return 0;
    if (x->out->digest.n) GIVE(UiStateNews, &news, digest, x->out->digest);
    return stream_emit(tx, topic_of(x->call->arena, "person", str(x->call->who->id)), "person_state",
                       &UiStateNews_shape, &news, e);
}

static int remove_key(Tx *tx, const Putting *x, const UiState *before, Err *e) {
    TRY(tx_run(tx, &sql_ui_state_remove, DB_ARGS(db_text(str(x->call->who->id)), db_text(x->key.text)), NULL, e));
    return emit_change(tx, x, before, e);
}

static int put_tx(Tx *tx, void *arg, Err *e) {
    Putting *x = arg;
    UiState now = {0};
    bool found;
    uint8_t digest[32];
    char hex[65];
    Str who = str(x->call->who->id);
    TRY(find(x->call, tx_conn(tx), x->key.text, &now, &found, e));
    TRY(check_digest(x->in, &now, found, e));
    *x->out = (UiStored){.key = x->key.text};
    if (!x->value.p) return remove_key(tx, x, &now, e);
    TRY(make_room(tx, x, e));
    digest_sha256(x->value, digest);
    digest_hex(digest, sizeof digest, hex);
    GIVE(UiStored, x->out, digest, arena_str(x->call->arena, str(hex)));
    GIVE(UiStored, x->out, updated_at, tx_now(tx));
    TRY(tx_run(tx, &sql_ui_state_put,
               DB_ARGS(db_text(who), db_text(x->key.text), db_text(x->key.subject_id), db_text(x->value),
                       db_text(x->out->digest), db_i64(x->out->updated_at)),
               NULL, e));
    return emit_change(tx, x, &now, e);
}

int ui_state_put(OpCall *c, const UiStatePut *in, UiStored *out, Err *e) {
    Putting x = {.call = c, .in = in, .out = out};
    TRY(check_key(c, in->key, &x.key, e));
    if (in->value.p) TRY(canonical(c, &x.key, in->value, &x.value, e));
    return op_tx(c, put_tx, &x, out, e);
}

/* -- what names rows that are gone --------------------------------------------------------------------------- */

typedef struct Subjects {
    Arena *arena;
    VEC(Str) ids;
} Subjects;

static bool on_subject(void *arg, DbRow *r) {
    Subjects *s = arg;
    vec_push(&s->ids, arena_str(s->arena, db_col_text(r, 0)));
    return true;
}

static int forget_tx(Tx *tx, void *arg, Err *e) {
    return tx_run(tx, &sql_ui_state_forget, DB_ARGS(db_text(*(const Str *)arg)), NULL, e);
}

static int forget_gone(App *app, DbConn *db, const Subjects *s, Err *e) {
    for (size_t i = 0; i < s->ids.n; i++) {
        bool is_there;
        TRY(org_has(app, db, s->ids.items[i], &is_there, e));
        if (!is_there) TRY(db_tx(app->db, DB_DERIVED, forget_tx, &s->ids.items[i], e));
    }
    return 0;
}

int ui_state_expire(App *app, DbConn *db, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str last = STR("");
    for (bool is_done = false; !is_done;) {
        Subjects s = {.arena = a};
        int r = db_each(db, &sql_ui_state_subject_from, DB_ARGS(db_text(last)), on_subject, &s, e);
        if (r == 0) r = forget_gone(app, db, &s, e);
        is_done = s.ids.n == 0;
        if (!is_done) last = s.ids.items[s.ids.n - 1];
        vec_done(&s.ids);
        TRY(r);
    }
    return 0;
}
