/* Inputs that must be refused, one fault each, made from the shapes so that a new field cannot escape.
 *
 * A case changes one member of a valid input: `at` names a top-level field and `value` what it becomes (absent: the
 * field is left out), `fill` stands for a text of that many letters, `items` for a list of that many `value`s. */
#include <inttypes.h>

#include "base/mem.h"
#include "gen/gen.h"

enum { FILL_MAX = 512 * 1024, ITEMS_MAX = 4096 };

typedef struct CaseOut {
    JsonOut *o;
    Arena *arena;
    Str at;     /* top-level field */
    Str path;   /* expected in details */
    Str before; /* what stands around the faulty value: {"memoryMib": … } */
    Str after;
} CaseOut;

static void begin_case(const CaseOut *c, const char *why) {
    json_begin_object(c->o);
    json_kv_str(c->o, "at", c->at);
    json_kv_str(c->o, "why", str(why));
    json_kv_str(c->o, "path", c->path);
}

static void put_value(const CaseOut *c, const char *why, const char *json) {
    begin_case(c, why);
    json_kv_raw(c->o, "value", arena_fmt(c->arena, STR_FMT "%s" STR_FMT, STR_ARG(c->before), json, STR_ARG(c->after)));
    json_end_object(c->o);
}

static bool is_top(const CaseOut *c) { return c->before.n == 0; }

/* Long texts and lists are told by their size; only at the top, where nothing has to be put around them. */
static void put_size(const CaseOut *c, const char *why, const char *key, int64_t n) {
    if (!is_top(c)) return;
    begin_case(c, why);
    json_kv_i64(c->o, key, n);
    if (str_is(str(key), "items")) json_kv_raw(c->o, "value", STR("\"x\""));
    json_end_object(c->o);
}

static void put_too_long(const CaseOut *c, const Field *f) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (max < FILL_MAX) put_size(c, "too long", "fill", max + 1);
    if (min > 0) put_value(c, "too short", "\"\"");
}

static void put_out_of_range(const CaseOut *c, const Field *f) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (min > INT64_MIN) put_value(c, "below its range", arena_fmt(c->arena, "%" PRId64, min - 1).p);
    if (max < INT64_MAX) put_value(c, "above its range", arena_fmt(c->arena, "%" PRId64, max + 1).p);
}

static void put_too_many(const CaseOut *c, const Field *f) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (max < ITEMS_MAX && f->kind == FIELD_STRS) put_size(c, "too many", "items", max + 1);
    if (min > 0) put_value(c, "too few", "[]");
}

static const char *wrong_type(FieldKind kind) {
    switch (kind) {
    case FIELD_BOOL: return "\"yes\"";
    case FIELD_I64: return "1.5";
    case FIELD_F64: return "\"one\"";
    case FIELD_TIME: return "true";
    case FIELD_ANY: return NULL;
    default: return "7";
    }
}

static void put_shape_cases(const CaseOut *around, const Shape *s, const char *open, const char *close);

static void put_kind_cases(const CaseOut *c, const Field *f) {
    switch (f->kind) {
    case FIELD_STR: put_too_long(c, f); break;
    case FIELD_I64: put_out_of_range(c, f); break;
    case FIELD_ID: put_value(c, "not an id", "\"not an id\""); break;
    case FIELD_TIME: put_value(c, "not a time", "\"yesterday\""); break;
    case FIELD_ENUM: put_value(c, "not a word of its list", "\"no such word\""); break;
    case FIELD_STRS: put_too_many(c, f); break;
    case FIELD_LIST:
        put_too_many(c, f);
        put_shape_cases(c, f->shape, "[", "]");
        break;
    case FIELD_OBJ: put_shape_cases(c, f->shape, "", ""); break;
    default: break;
    }
}

static void put_field_cases(const CaseOut *c, const Field *f) {
    const char *wrong = wrong_type(f->kind);
    if (wrong) put_value(c, "wrong type", wrong);
    put_kind_cases(c, f);
}

/* One level below the top: each case is an object with nothing but the faulty member. Deeper shapes are their own
 * fields' business elsewhere, and recursion would repeat them. */
static void put_shape_cases(const CaseOut *around, const Shape *s, const char *open, const char *close) {
    if (!is_top(around)) return;
    for (size_t i = 0; i < s->n; i++) {
        char wire[65];
        field_wire(&s->fields[i], wire);
        CaseOut c = *around;
        c.path = arena_fmt(c.arena, STR_FMT "%s.%s", STR_ARG(around->path), *open ? "[0]" : "", wire);
        c.before = arena_fmt(c.arena, "%s{\"%s\":", open, wire);
        c.after = arena_fmt(c.arena, "}%s", close);
        put_field_cases(&c, &s->fields[i]);
    }
}

static void put_missing(const CaseOut *c) {
    begin_case(c, "missing");
    json_end_object(c->o);
}

static void put_cases(JsonOut *o, const Op *op, Arena *a) {
    json_key(o, STR("cases"));
    json_begin_array(o);
    for (size_t i = 0; op->in && i < op->in->n; i++) {
        const Field *f = &op->in->fields[i];
        char wire[65];
        Str name = arena_str(a, str_n(wire, field_wire(f, wire)));
        CaseOut c = {.o = o, .arena = a, .at = name, .path = name};
        if (!f->opt) put_missing(&c);
        put_field_cases(&c, f);
    }
    put_value(&(CaseOut){.o = o, .arena = a, .at = STR("noSuchField"), .path = STR("noSuchField")}, "unknown", "1");
    json_end_array(o);
}

static void put_places(JsonOut *o, const Op *op) {
    static const char *const places[] = {[FROM_BODY] = "body", [FROM_PATH] = "path", [FROM_QUERY] = "query"};
    json_key(o, STR("from"));
    json_begin_object(o);
    for (size_t i = 0; op->in && i < op->in->n; i++) {
        char wire[65];
        size_t n = field_wire(&op->in->fields[i], wire);
        json_key(o, str_n(wire, n));
        json_put_str(o, str(places[gen_from(op, &op->in->fields[i])]));
    }
    json_end_object(o);
}

void gen_bad_cases(const GenAll *all, Arena *a, Buf *out) {
    JsonOut o = json_out(out);
    json_begin_object(&o);
    json_key(&o, STR("operations"));
    json_begin_array(&o);
    for (size_t i = 0; i < all->n_ops; i++) {
        const Op *op = all->ops[i];
        json_begin_object(&o);
        json_kv_str(&o, "name", str(op->name));
        json_kv_str(&o, "method", gen_method(op));
        json_kv_str(&o, "path", gen_path(op));
        json_kv_bool(&o, "writes", op->flags & OP_WRITES);
        json_kv_bool(&o, "public", op->flags & OP_PUBLIC);
        put_places(&o, op);
        put_cases(&o, op, a);
        json_end_object(&o);
    }
    json_end_array(&o);
    json_end_object(&o);
}
