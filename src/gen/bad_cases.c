/* Inputs that must be refused, with one fault each, generated from the shapes so that no new field is missed.
 *
 * A case changes one member of a valid input: `at` names a top-level field and `value` its new value (absent: the field
 * is left out); `fill` means a text of that many times `with`, `items` a list of that many such texts.
 *
 * The bounds are the opposite: the longest text of each field, made of four-byte characters, which must be accepted. */
#include <inttypes.h>

#include "base/mem.h"
#include "gen/gen.h"

enum { FILL_MAX = 512 * 1024, ITEMS_MAX = 4096, WIDE_BYTES = 4 };

static const char wide[] = "\xf0\x9d\x84\x9e"; /* U+1D11E */

typedef struct CaseOut {
    JsonOut *o;
    Arena *arena;
    Str at;     /* top-level field */
    Str path;   /* expected in details */
    Str before; /* what surrounds the faulty value: {"memoryMib": … } */
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

/* Long texts and lists are given by their size; only at the top level, where nothing surrounds them. */
static void put_fill(const CaseOut *c, int64_t n, const char *with) {
    if (!is_top(c) || n > FILL_MAX) return;
    begin_case(c, "too long");
    json_kv_i64(c->o, "fill", n);
    json_kv_str(c->o, "with", str(with));
    json_end_object(c->o);
}

static void put_items(const CaseOut *c, const char *why, int64_t n_items, int64_t fill) {
    if (!is_top(c) || n_items > ITEMS_MAX || fill > FILL_MAX) return;
    begin_case(c, why);
    json_kv_i64(c->o, "items", n_items);
    json_kv_i64(c->o, "fill", fill);
    json_kv_str(c->o, "with", STR("x"));
    json_end_object(c->o);
}

/* A field that counts bytes must not accept that many characters. */
static void put_too_long(const CaseOut *c, const Field *f) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    put_fill(c, max + 1, field_counts_chars(f) ? wide : "a");
    if (!field_counts_chars(f)) put_fill(c, max / WIDE_BYTES + 1, wide);
    if (min > 0) put_value(c, "too short", "\"\"");
}

static void put_out_of_range(const CaseOut *c, const Field *f) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (min > INT64_MIN) put_value(c, "below its range", arena_fmt(c->arena, "%" PRId64, min - 1).p);
    if (max < INT64_MAX) put_value(c, "above its range", arena_fmt(c->arena, "%" PRId64, max + 1).p);
}

static void put_item_too_long(const CaseOut *c, const Field *f) {
    CaseOut item = *c;
    item.path = arena_fmt(c->arena, STR_FMT "[0]", STR_ARG(c->path));
    put_items(&item, "item too long", 1, f->item_max + 1);
}

static void put_too_many(const CaseOut *c, const Field *f) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (f->kind == FIELD_STRS) put_items(c, "too many", max + 1, 1);
    if (f->kind == FIELD_STRS && f->item_max && !f->words) put_item_too_long(c, f);
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
    case FIELD_STR:
        put_too_long(c, f);
        if (f->words) put_value(c, "not a word of its list", "\"no such word\"");
        break;
    case FIELD_I64: put_out_of_range(c, f); break;
    case FIELD_ID: put_value(c, *f->prefix ? "not an id" : "no id of any kind", "\"not an id\""); break;
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

/* One level below the top: each case is an object with only the faulty member. Deeper shapes are top-level elsewhere,
 * and recursion would repeat them. */
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

/* A text from a closed list, a date or a path cannot be filled with arbitrary characters. */
static void put_bounds(JsonOut *o, const Op *op) {
    json_key(o, STR("bounds"));
    json_begin_array(o);
    for (size_t i = 0; op->in && i < op->in->n; i++) {
        const Field *f = &op->in->fields[i];
        char wire[65];
        int64_t min, max;
        field_bounds(f, &min, &max);
        if (f->kind != FIELD_STR || f->words || f->format || f->is_path || f->is_file || max > FILL_MAX) continue;
        bool is_chars = field_counts_chars(f);
        json_begin_object(o);
        json_kv_str(o, "at", str_n(wire, field_wire(f, wire)));
        json_kv_i64(o, "fill", is_chars ? max : max / WIDE_BYTES);
        json_kv_str(o, "with", str(wide));
        json_kv_bool(o, "chars", is_chars);
        json_end_object(o);
    }
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
        json_kv_bool(&o, "audited", op->flags & OP_AUDITED);
        json_kv_bool(&o, "effects", op->flags & OP_EFFECTS);
        json_kv_bool(&o, "public", op->flags & OP_PUBLIC);
        json_kv_bool(&o, "agentMay", op->flags & OP_AGENT_MAY);
        json_kv_bool(&o, "takesFile", op->body_max != 0);
        json_kv_bool(&o, "overRest", op->body_max || (op->flags & OP_SENDS_FILE));
        put_places(&o, op);
        put_cases(&o, op, a);
        put_bounds(&o, op);
        json_end_object(&o);
    }
    json_end_array(&o);
    json_end_object(&o);
}
