/* A field as a JSON Schema (the dialect of OpenAPI 3.1). Lengths are counted in bytes, so maxLength is never less. */
#include "base/mem.h"
#include "gen/gen.h"

static void put_type(JsonOut *o, const char *type) { json_kv_str(o, "type", str(type)); }

static void put_ref(JsonOut *o, const char *name, Arena *a) {
    json_kv_str(o, "$ref", arena_fmt(a, "#/components/schemas/%s", name));
}

static void put_range(JsonOut *o, const Field *f, const char *min_key, const char *max_key) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (min != INT64_MIN && !(min == 0 && f->kind != FIELD_I64)) json_kv_i64(o, min_key, min);
    if (max != INT64_MAX) json_kv_i64(o, max_key, max);
}

static void put_str(JsonOut *o, const Field *f) {
    put_type(o, "string");
    put_range(o, f, "minLength", "maxLength");
    if (f->def_str) json_kv_str(o, "default", str(f->def_str));
}

static void put_strs(JsonOut *o, const Field *f) {
    put_type(o, "array");
    put_range(o, f, "minItems", "maxItems");
    json_key(o, STR("items"));
    json_begin_object(o);
    put_type(o, "string");
    if (f->item_max) json_kv_i64(o, "maxLength", f->item_max);
    json_end_object(o);
}

/* Crockford's alphabet in lower case, 26 characters (the ULID's text form). */
static void put_id(JsonOut *o, const Field *f, Arena *a) {
    bool own = f->prefix && *f->prefix;
    put_type(o, "string");
    json_kv_str(o, "pattern",
                own ? arena_fmt(a, "^%s_[0-9a-hjkmnp-tv-z]{26}$", f->prefix) : STR("^[A-Za-z0-9._:-]{1,128}$"));
}

static void put_list(JsonOut *o, const Field *f, Arena *a) {
    put_type(o, "array");
    put_range(o, f, "minItems", "maxItems");
    json_key(o, STR("items"));
    json_begin_object(o);
    put_ref(o, f->shape->name, a);
    json_end_object(o);
}

static void put_number(JsonOut *o, const Field *f, const char *type) {
    put_type(o, type);
    put_range(o, f, "minimum", "maximum");
    if (f->has_def) json_kv_i64(o, "default", f->def);
}

void gen_schema(const Field *f, Arena *a, JsonOut *o) {
    json_begin_object(o);
    switch (f->kind) {
    case FIELD_BOOL:
        put_type(o, "boolean");
        if (f->has_def) json_kv_bool(o, "default", f->def != 0);
        break;
    case FIELD_I64: put_number(o, f, "integer"); break;
    case FIELD_F64: put_number(o, f, "number"); break;
    case FIELD_STR: put_str(o, f); break;
    case FIELD_STRS: put_strs(o, f); break;
    case FIELD_ID: put_id(o, f, a); break;
    case FIELD_TIME:
        put_type(o, "string");
        json_kv_str(o, "format", STR("date-time"));
        break;
    case FIELD_ENUM: put_ref(o, f->words->name, a); break;
    case FIELD_OBJ: put_ref(o, f->shape->name, a); break;
    case FIELD_LIST: put_list(o, f, a); break;
    case FIELD_ANY: break;
    }
    json_kv_str(o, "description", str(f->doc));
    json_end_object(o);
}
