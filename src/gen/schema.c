/* A field as a JSON Schema (the dialect of OpenAPI 3.1), and a value that it accepts.
 *
 * JSON Schema counts characters. Where the server counts bytes, maxLength is the same number, which is never too small,
 * and x-max-bytes is the actual bound. */
#include <stdio.h>

#include "base/mem.h"
#include "gen/gen.h"

enum { EXAMPLE_DEPTH = 3 };

static void put_types(JsonOut *o, const char *type, bool takes_null) {
    if (!takes_null) {
        json_kv_str(o, "type", str(type));
        return;
    }
    json_key(o, STR("type"));
    json_begin_array(o);
    json_put_str(o, str(type));
    json_put_str(o, STR("null"));
    json_end_array(o);
}

static void put_ref(JsonOut *o, const char *name, bool takes_null, Arena *a) {
    Str ref = arena_fmt(a, "#/components/schemas/%s", name);
    if (takes_null)
        json_kv_raw(o, "anyOf", arena_fmt(a, "[{\"$ref\":\"" STR_FMT "\"},{\"type\":\"null\"}]", STR_ARG(ref)));
    else
        json_kv_str(o, "$ref", ref);
}

static void put_range(JsonOut *o, const Field *f, const char *min_key, const char *max_key) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (min != INT64_MIN && !(min == 0 && f->kind != FIELD_I64)) json_kv_i64(o, min_key, min);
    if (max != INT64_MAX) json_kv_i64(o, max_key, max);
}

/* Every text refuses NUL; a name on one line also refuses control characters and blank text. */
static Str text_pattern(const Field *f) {
    return f->is_name ? STR("^[^\\u0000-\\u001f\\u007f]*[^\\u0000-\\u0020\\u007f][^\\u0000-\\u001f\\u007f]*$")
                      : STR("^[^\\u0000]*$");
}

static void put_str(JsonOut *o, const Field *f, bool takes_null) {
    int64_t min, max;
    put_types(o, "string", takes_null);
    put_range(o, f, "minLength", "maxLength");
    field_bounds(f, &min, &max);
    if (!field_counts_chars(f)) json_kv_i64(o, "x-max-bytes", max);
    const char *format = f->format ? f->format : f->is_path ? "path" : f->is_file ? "relative-path" : NULL;
    if (format) json_kv_str(o, "format", str(format));
    json_kv_str(o, "pattern", text_pattern(f));
    if (f->def_str) json_kv_str(o, "default", str(f->def_str));
}

static void put_strs(JsonOut *o, const Field *f, bool takes_null, Arena *a) {
    put_types(o, "array", takes_null);
    put_range(o, f, "minItems", "maxItems");
    json_key(o, STR("items"));
    json_begin_object(o);
    if (f->words)
        put_ref(o, f->words->name, false, a);
    else
        put_str(o, &(Field){.kind = FIELD_STR, .max_bytes = f->item_max, .is_file = f->is_file}, false);
    json_end_object(o);
}

/* Crockford's alphabet in lower case, 26 characters (the ULID's text form) of which the first has three bits. */
static void put_id(JsonOut *o, const Field *f, bool takes_null, Arena *a) {
    bool own = f->prefix && *f->prefix;
    put_types(o, "string", takes_null);
    json_kv_str(o, "pattern",
                own ? arena_fmt(a, "^%s_[0-7][0-9a-hjkmnp-tv-z]{25}$", f->prefix) : STR("^[A-Za-z0-9._:-]{1,128}$"));
}

static void put_list(JsonOut *o, const Field *f, bool takes_null, Arena *a) {
    put_types(o, "array", takes_null);
    put_range(o, f, "minItems", "maxItems");
    json_key(o, STR("items"));
    json_begin_object(o);
    put_ref(o, f->shape->name, false, a);
    json_end_object(o);
}

static void put_number(JsonOut *o, const Field *f, const char *type, bool takes_null) {
    put_types(o, type, takes_null);
    put_range(o, f, "minimum", "maximum");
    if (f->has_def) json_kv_i64(o, "default", f->def);
}

static void put_kind(JsonOut *o, const Field *f, bool takes_null, Arena *a) {
    switch (f->kind) {
    case FIELD_BOOL:
        put_types(o, "boolean", takes_null);
        if (f->has_def) json_kv_bool(o, "default", f->def != 0);
        break;
    case FIELD_I64: put_number(o, f, "integer", takes_null); break;
    case FIELD_F64: put_number(o, f, "number", takes_null); break;
    case FIELD_STR: put_str(o, f, takes_null); break;
    case FIELD_STRS: put_strs(o, f, takes_null, a); break;
    case FIELD_ID: put_id(o, f, takes_null, a); break;
    case FIELD_TIME:
        put_types(o, "string", takes_null);
        json_kv_str(o, "format", STR("date-time"));
        break;
    case FIELD_ENUM: put_ref(o, f->words->name, takes_null, a); break;
    case FIELD_OBJ: put_ref(o, f->shape->name, takes_null, a); break;
    case FIELD_LIST: put_list(o, f, takes_null, a); break;
    case FIELD_ANY: break;
    }
}

void gen_schema(const Field *f, bool takes_null, Arena *a, JsonOut *o) {
    bool may_be_null = takes_null && f->opt;
    json_begin_object(o);
    if (f->kind == FIELD_STR && f->words)
        put_ref(o, f->words->name, may_be_null, a);
    else
        put_kind(o, f, may_be_null, a);
    json_kv_str(o, "description", str(f->doc));
    json_end_object(o);
}

/* ---- examples ---- */

static Str example_text(const Field *f) {
    if (f->words) return str(f->words->words[0]);
    if (f->example) return str(f->example);
    if (f->def_str) return str(f->def_str);
    if (f->format && str_is(str(f->format), "date")) return STR("2026-01-31");
    return f->is_path ? STR("/home/ada/project") : STR("text");
}

static int64_t example_number(const Field *f) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (f->has_def) return f->def;
    return min > 1 ? min : max < 1 ? max : 1;
}

static void put_example(JsonOut *o, const Field *f, int depth);

static void put_object_example(JsonOut *o, const Shape *s, int depth) {
    json_begin_object(o);
    for (size_t i = 0; i < s->n; i++) {
        char wire[65];
        if (s->fields[i].secret) continue;
        json_key(o, str_n(wire, field_wire(&s->fields[i], wire)));
        put_example(o, &s->fields[i], depth);
    }
    json_end_object(o);
}

static void put_example(JsonOut *o, const Field *f, int depth) {
    bool is_list = f->kind == FIELD_STRS || f->kind == FIELD_LIST;
    if (is_list) json_begin_array(o);
    switch (f->kind) {
    case FIELD_BOOL: json_put_bool(o, f->has_def && f->def); break;
    case FIELD_I64:
    case FIELD_F64: json_put_i64(o, example_number(f)); break;
    case FIELD_STR:
    case FIELD_STRS: json_put_str(o, example_text(f)); break;
    case FIELD_TIME: json_put_str(o, STR("2026-01-31T12:00:00.000000Z")); break;
    case FIELD_ENUM: json_put_str(o, str(enum_word(f->words, (int)f->def))); break;
    case FIELD_OBJ: put_object_example(o, f->shape, depth + 1); break;
    case FIELD_LIST:
        if (depth < EXAMPLE_DEPTH) put_object_example(o, f->shape, depth + 1);
        break;
    case FIELD_ANY: json_put_raw(o, STR("{}")); break;
    case FIELD_ID: {
        char id[128];
        int n = snprintf(id, sizeof id, "%s%s01arz3ndektsv4rrffq69g5fav", f->prefix, *f->prefix ? "_" : "");
        json_put_str(o, str_n(id, (size_t)n));
    }
    }
    if (is_list) json_end_array(o);
}

void gen_example(const Field *f, JsonOut *o) { put_example(o, f, 0); }

void gen_example_of(const Shape *s, JsonOut *o) { put_object_example(o, s, 0); }
