/* Shapes to JSON. */
#include "base/path_text.h"
#include "base/shape.h"

typedef struct AnyList {
    char *items;
    size_t n;
} AnyList;

static AnyList list_at(const char *at) {
    AnyList list;
    memcpy(&list, at, sizeof list);
    return list;
}

static const void *pointer_at(const char *at) {
    const void *p;
    memcpy(&p, at, sizeof p);
    return p;
}

static bool is_empty(const Field *f, const char *at, bool given) {
    switch (f->kind) {
    case FIELD_STR:
    case FIELD_ID:
    case FIELD_ANY: return ((const Str *)at)->p == NULL;
    case FIELD_TIME: return *(const TimeUs *)at == 0;
    case FIELD_OBJ:
    case FIELD_STRS:
    case FIELD_LIST: return pointer_at(at) == NULL; /* `items` is a list's first member */
    default: return !given;
    }
}

static void put_time(JsonOut *o, TimeUs t) {
    char text[TIME_TEXT_MAX];
    size_t n = time_print(t, text);
    json_put_str(o, str_n(text, n));
}

static void put_obj(JsonOut *o, const Shape *s, const void *v) {
    if (v)
        shape_encode(s, v, o);
    else
        json_put_null(o);
}

/* Each escape takes four bytes. */
static void put_path(JsonOut *o, Str path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4 * path.n + 2);
    path_put_text(&b, path);
    json_put_str(o, buf_str(&b));
}

void shape_put_str(JsonOut *o, const Field *f, Str s) {
    if (f->is_file && !path_is_text(s))
        put_path(o, s);
    else
        json_put_str(o, s);
}

static void put_strs(JsonOut *o, const Field *f, const StrList *list) {
    json_begin_array(o);
    for (size_t i = 0; i < list->n; i++) shape_put_str(o, f, list->items[i]);
    json_end_array(o);
}

static void put_list(JsonOut *o, const Shape *s, AnyList list) {
    json_begin_array(o);
    for (size_t i = 0; i < list.n; i++) shape_encode(s, list.items + i * s->size, o);
    json_end_array(o);
}

static void put_field(JsonOut *o, const Field *f, const char *at) {
    switch (f->kind) {
    case FIELD_BOOL: json_put_bool(o, *(const bool *)at); break;
    case FIELD_I64: json_put_i64(o, *(const int64_t *)at); break;
    case FIELD_F64: json_put_f64(o, *(const double *)at); break;
    case FIELD_STR:
    case FIELD_ID: shape_put_str(o, f, *(const Str *)at); break;
    case FIELD_STRS: put_strs(o, f, (const StrList *)at); break;
    case FIELD_TIME: put_time(o, *(const TimeUs *)at); break;
    case FIELD_ENUM: json_put_str(o, str(enum_word(f->words, *(const int *)at))); break;
    case FIELD_OBJ: put_obj(o, f->shape, pointer_at(at)); break;
    case FIELD_LIST: put_list(o, f->shape, list_at(at)); break;
    case FIELD_ANY: json_put_raw(o, ((const Str *)at)->p ? *(const Str *)at : STR("null")); break;
    }
}

void shape_encode(const Shape *s, const void *v, JsonOut *o) {
    uint64_t set = *(const uint64_t *)v;
    json_begin_object(o);
    for (size_t i = 0; i < s->n; i++) {
        const Field *f = &s->fields[i];
        const char *at = (const char *)v + f->offset;
        if (f->secret || (f->opt && is_empty(f, at, set >> i & 1))) continue;
        char wire[65];
        json_key(o, str_n(wire, field_wire(f, wire)));
        put_field(o, f, at);
    }
    json_end_object(o);
}
