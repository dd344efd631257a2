/* Rows to shapes by column name, and shapes to values by :name. */
#include "base/path_text.h"
#include "db/db_int.h"
#include "db/db_sql.h"

enum { COLUMNS_MAX = 64 };

typedef struct AnyList {
    void *items;
    size_t n;
} AnyList;

/* The reader of a row: one field per column. */
typedef struct Reader {
    const Sql *sql;
    const Shape *shape;
    Arena *arena;
    const Field *fields[COLUMNS_MAX];
    int n;
} Reader;

int64_t db_col_i64(DbRow *r, int i) { return sqlite3_column_int64(r->h, i); }

Str db_col_text(DbRow *r, int i) {
    const void *p = sqlite3_column_blob(r->h, i);
    size_t n = (size_t)sqlite3_column_bytes(r->h, i);
    if (!p && sqlite3_column_type(r->h, i) != SQLITE_NULL) p = "";
    return str_n(p, n);
}

/* Columns are mostly in the order of the shape, so the field at the column's index is tried first. */
static const Field *field_named(const Shape *s, const char *name, size_t hint) {
    if (hint < s->n && !strcmp(s->fields[hint].name, name)) return &s->fields[hint];
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->fields[i].name, name)) return &s->fields[i];
    return NULL;
}

static int reader_init(Reader *r, sqlite3_stmt *h, Err *e) {
    r->n = sqlite3_column_count(h);
    if (r->n > COLUMNS_MAX) return err_fail(e, ERR_INTERNAL, "store: %s has too many columns", r->sql->name);
    for (int i = 0; i < r->n; i++) {
        const char *name = sqlite3_column_name(h, i);
        r->fields[i] = field_named(r->shape, name, (size_t)i);
        if (!r->fields[i])
            return err_fail(e, ERR_INTERNAL, "store: %s: %s has no field %s", r->sql->name, r->shape->name, name);
    }
    return 0;
}

static int read_strs(Reader *r, const Field *f, const Json *j, StrList *ret, Err *e) {
    if (!json_is(j, JSON_ARRAY)) return err_fail(e, ERR_INTERNAL, "store: %s: not a list", r->sql->name);
    Str *items = arena_array(r->arena, j->n + 1, sizeof *items);
    for (size_t i = 0; i < j->n; i++) {
        items[i] = j->items[i].type == JSON_STRING ? j->items[i].s : STR("");
        if (f->is_file && !path_of_text(r->arena, items[i], &items[i]))
            return err_fail(e, ERR_INTERNAL, "store: %s: not a path", r->sql->name);
    }
    *ret = (StrList){items, j->n};
    return 0;
}

static int read_list(Reader *r, const Field *f, const Json *j, AnyList *ret, Err *e) {
    if (!json_is(j, JSON_ARRAY)) return err_fail(e, ERR_INTERNAL, "store: %s: not a list", r->sql->name);
    char *items = arena_array(r->arena, j->n + 1, f->shape->size);
    for (size_t i = 0; i < j->n; i++)
        TRY(shape_decode(f->shape, &j->items[i], r->arena, items + i * f->shape->size, e));
    *ret = (AnyList){items, j->n};
    return 0;
}

/* Kinds that are stored as JSON text. The text is copied first, because nodes borrow from it. */
static int read_json(Reader *r, const Field *f, Str text, void *at, Err *e) {
    Json *j;
    TRY(json_parse(r->arena, arena_str(r->arena, text), JSON_DEPTH_MAX, &j, e));
    if (f->kind == FIELD_STRS) return read_strs(r, f, j, at, e);
    if (f->kind == FIELD_LIST) return read_list(r, f, j, at, e);
    void *object = arena_alloc(r->arena, f->shape->size);
    TRY(shape_decode(f->shape, j, r->arena, object, e));
    *(void **)at = object;
    return 0;
}

static int read_enum(Reader *r, const Field *f, Str word, int *at, Err *e) {
    if (enum_find(f->words, word, at)) return 0;
    return err_fail(e, ERR_INTERNAL, "store: %s: unknown %s \"" STR_FMT "\"", r->sql->name, f->words->name,
                    STR_ARG(word));
}

static int read_field(Reader *r, const Field *f, DbRow *row, int i, void *at, Err *e) {
    switch (f->kind) {
    case FIELD_BOOL: *(bool *)at = db_col_i64(row, i) != 0; return 0;
    case FIELD_I64:
    case FIELD_TIME: *(int64_t *)at = db_col_i64(row, i); return 0;
    case FIELD_F64: *(double *)at = sqlite3_column_double(row->h, i); return 0;
    case FIELD_STR:
    case FIELD_ID:
    case FIELD_ANY: *(Str *)at = arena_str(r->arena, db_col_text(row, i)); return 0;
    case FIELD_ENUM: return read_enum(r, f, db_col_text(row, i), at, e);
    case FIELD_STRS:
    case FIELD_OBJ:
    case FIELD_LIST: return read_json(r, f, db_col_text(row, i), at, e);
    }
    return err_fail(e, ERR_INTERNAL, "store: %s: unknown kind of field", r->sql->name);
}

static int read_row(Reader *r, sqlite3_stmt *h, void *out, Err *e) {
    DbRow row = {h};
    for (int i = 0; i < r->n; i++) {
        const Field *f = r->fields[i];
        if (sqlite3_column_type(h, i) == SQLITE_NULL) continue;
        TRY(read_field(r, f, &row, i, (char *)out + f->offset, e));
        *(uint64_t *)out |= 1ull << (f - r->shape->fields);
    }
    return 0;
}

int db_one(DbConn *c, const Sql *q, DbArgs args, DbInto into, bool *ret_found, Err *e) {
    CLEANUP(stmt_givep) Stmt *s = NULL;
    Reader r = {.sql = q, .shape = into.shape, .arena = into.arena};
    bool has_row;
    TRY(stmt_take(c, q, &s, e));
    TRY(stmt_bind(c, s, args, e));
    TRY(reader_init(&r, s->h, e));
    TRY(stmt_step(c, s, &has_row, e));
    if (has_row) {
        memset(into.out, 0, into.shape->size);
        TRY(read_row(&r, s->h, into.out, e));
    }
    *ret_found = has_row;
    return 0;
}

/* Makes room for one more item at the end of the list; the old block stays in the arena. */
static void *list_more(AnyList *list, size_t *cap, size_t size, Arena *a) {
    if (list->n == *cap) {
        *cap = *cap ? *cap * 2 : 8;
        void *items = arena_array(a, *cap, size);
        if (list->n) memcpy(items, list->items, list->n * size);
        list->items = items;
    }
    return (char *)list->items + list->n * size;
}

int db_all(DbConn *c, const Sql *q, DbArgs args, DbInto into, size_t max, Err *e) {
    CLEANUP(stmt_givep) Stmt *s = NULL;
    Reader r = {.sql = q, .shape = into.shape, .arena = into.arena};
    AnyList list = *(AnyList *)into.out;
    size_t cap = list.n, first = list.n;
    bool has_row;
    TRY(stmt_take(c, q, &s, e));
    TRY(stmt_bind(c, s, args, e));
    TRY(reader_init(&r, s->h, e));
    for (;;) {
        TRY(stmt_step(c, s, &has_row, e));
        if (!has_row) break;
        if (list.n - first == max) return err_fail(e, ERR_TOO_LARGE, "more than %zu results", max);
        TRY(read_row(&r, s->h, list_more(&list, &cap, into.shape->size, into.arena), e));
        list.n++;
    }
    *(AnyList *)into.out = list;
    return 0;
}

int db_each(DbConn *c, const Sql *q, DbArgs args, bool (*fn)(void *arg, DbRow *r), void *arg, Err *e) {
    CLEANUP(stmt_givep) Stmt *s = NULL;
    TRY(stmt_take(c, q, &s, e));
    TRY(stmt_bind(c, s, args, e));
    DbRow row = {s->h};
    bool has_row;
    do {
        TRY(stmt_step(c, s, &has_row, e));
    } while (has_row && fn(arg, &row));
    return 0;
}

int db_scalar(DbConn *c, const Sql *q, DbArgs args, int64_t def, int64_t *ret, Err *e) {
    CLEANUP(stmt_givep) Stmt *s = NULL;
    bool has_row;
    TRY(stmt_take(c, q, &s, e));
    TRY(stmt_bind(c, s, args, e));
    TRY(stmt_step(c, s, &has_row, e));
    *ret = has_row && sqlite3_column_type(s->h, 0) != SQLITE_NULL ? sqlite3_column_int64(s->h, 0) : def;
    return 0;
}

int db_free_bytes(DbConn *c, int64_t *ret, Err *e) { return db_scalar(c, &sql_db_free_bytes, DB_NONE, 0, ret, e); }

int db_used_bytes(DbConn *c, int64_t *ret, Err *e) { return db_scalar(c, &sql_db_used_bytes, DB_NONE, 0, ret, e); }

static void encode_json(const Field *f, const void *at, Buf *b) {
    JsonOut o = json_out(b);
    const AnyList *list = at;
    if (f->kind == FIELD_OBJ) {
        shape_encode(f->shape, *(void *const *)at, &o);
        return;
    }
    json_begin_array(&o);
    for (size_t i = 0; i < list->n; i++) {
        if (f->kind == FIELD_STRS)
            shape_put_str(&o, f, ((const Str *)list->items)[i]);
        else
            shape_encode(f->shape, (const char *)list->items + i * f->shape->size, &o);
    }
    json_end_array(&o);
}

static int bind_json(DbConn *c, Stmt *s, int param, const Field *f, const void *at, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, GROUP_BYTES);
    encode_json(f, at, &b);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "store: %s: %s is too large", s->sql->name, f->name);
    int rc = sqlite3_bind_text64(s->h, param, buf_str(&b).p, b.n, SQLITE_TRANSIENT, SQLITE_UTF8);
    return rc == SQLITE_OK ? 0 : conn_fail(c, rc, s->sql->name, e);
}

/* True if the field has nothing to store: a scalar by its presence bit, others if they are empty. */
static bool is_absent(const Field *f, const void *at, bool is_set) {
    switch (f->kind) {
    case FIELD_BOOL:
    case FIELD_I64:
    case FIELD_F64:
    case FIELD_ENUM: return f->opt && !is_set && !f->has_def;
    case FIELD_TIME: return f->opt && *(const int64_t *)at == 0;
    case FIELD_STR:
    case FIELD_ID:
    case FIELD_ANY: return !((const Str *)at)->p;
    case FIELD_OBJ: return !*(void *const *)at;
    case FIELD_STRS:
    case FIELD_LIST: return f->opt && !((const AnyList *)at)->items;
    }
    return true;
}

static DbValue scalar_of(const Field *f, const void *at) {
    switch (f->kind) {
    case FIELD_BOOL: return db_i64(*(const bool *)at);
    case FIELD_F64: return db_f64(*(const double *)at);
    case FIELD_ENUM: return db_text(str(enum_word(f->words, *(const int *)at)));
    case FIELD_I64:
    case FIELD_TIME: return db_i64(*(const int64_t *)at);
    default: return db_text(*(const Str *)at);
    }
}

static bool is_json_kind(FieldKind k) { return k == FIELD_OBJ || k == FIELD_LIST || k == FIELD_STRS; }

int stmt_bind_shape(DbConn *c, Stmt *s, const Shape *shape, const void *in, int64_t *ret_bytes, Err *e) {
    uint64_t set = *(const uint64_t *)in;
    int n = sqlite3_bind_parameter_count(s->h);
    for (int i = 1; i <= n; i++) {
        const char *name = sqlite3_bind_parameter_name(s->h, i);
        const Field *f = name ? field_named(shape, name + 1, (size_t)i - 1) : NULL;
        if (!f)
            return err_fail(e, ERR_INTERNAL, "store: %s: %s has no field for parameter %d %s", s->sql->name,
                            shape->name, i, name ? name : "");
        const void *at = (const char *)in + f->offset;
        if (is_absent(f, at, set >> (f - shape->fields) & 1)) continue;
        if (is_json_kind(f->kind)) {
            TRY(bind_json(c, s, i, f, at, e));
            continue;
        }
        DbValue v = scalar_of(f, at);
        *ret_bytes += (int64_t)v.s.n;
        TRY(stmt_bind_at(c, s, i, &v, e));
    }
    return 0;
}
