/* JSON and text into shapes. */
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/path_text.h"
#include "base/shape.h"
#include "base/shape_in.h"
#include "base/ulid.h"

typedef struct Input {
    Arena *arena;
    unsigned from_mask;
    Faults faults;
} Input;

/* LIST(T) is this with a typed pointer. */
typedef struct AnyList {
    void *items;
    size_t n;
} AnyList;

typedef bool PutFn(Input *in, const Field *f, const Json *v, const Place *at, void *to);

static bool put_object(Input *in, const Shape *s, const Json *object, const Place *at, void *out);

static bool bad(Input *in, const Place *at, const char *what) {
    shape_fault(&in->faults, at, "%s", what);
    return false;
}

/* `what` is "character", "byte", "item" or "" for a plain value. */
static bool in_bounds(Input *in, const Field *f, const Place *at, int64_t n, const char *what) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    if (n >= min && n <= max) return true;
    const char *side = n < min ? "least" : "most";
    int64_t bound = n < min ? min : max;
    if (*what)
        shape_fault(&in->faults, at, "must have at %s %lld %s%s", side, (long long)bound, what,
                    str_plural(bound, "", "s"));
    else
        shape_fault(&in->faults, at, "must be at %s %lld", side, (long long)bound);
    return false;
}

static bool put_bool(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    (void)f;
    if (v->type != JSON_BOOL) return bad(in, at, "must be true or false");
    *(bool *)to = v->b;
    return true;
}

static bool put_i64(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    bool whole = v->type == JSON_DOUBLE && v->d == trunc(v->d) && fabs(v->d) < 0x1p63;
    if (v->type != JSON_INT && !whole) return bad(in, at, "must be a whole number");
    int64_t n = v->type == JSON_INT ? v->i : (int64_t)v->d;
    if (!in_bounds(in, f, at, n, "")) return false;
    *(int64_t *)to = n;
    return true;
}

static bool put_f64(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    if (v->type != JSON_INT && v->type != JSON_DOUBLE) return bad(in, at, "must be a number");
    double d = v->type == JSON_INT ? (double)v->i : v->d;
    bool bounded = f->min || f->max;
    if (bounded && d < (double)f->min) return in_bounds(in, f, at, f->min - 1, "");
    if (bounded && f->max >= f->min && d > (double)f->max) return in_bounds(in, f, at, f->max + 1, "");
    *(double *)to = d;
    return true;
}

static bool is_text(Input *in, const Json *v, const Place *at) {
    if (v->type != JSON_STRING) return bad(in, at, "must be text");
    if (v->s.n && memchr(v->s.p, '\0', v->s.n)) return bad(in, at, "must not contain a NUL character");
    return true;
}

static bool is_name(Input *in, Str s, const Place *at) {
    if (!str_trim(s).n) return bad(in, at, "must not be blank");
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f) return bad(in, at, "must not contain a control character");
    return true;
}

static bool is_length(Input *in, const Field *f, Str s, const Place *at) {
    if (field_counts_chars(f)) return in_bounds(in, f, at, (int64_t)str_chars(s), "character");
    return in_bounds(in, f, at, (int64_t)s.n, "byte");
}

static bool refuse_word(Input *in, const Field *f, const Place *at) {
    char words[sizeof(((ErrDetail *)0)->text)] = "";
    size_t n = 0;
    for (int i = 0; i < f->words->n && n < sizeof words; i++)
        if (f->words->words[i])
            n += (size_t)snprintf(words + n, sizeof words - n, "%s%s", n ? ", " : "", f->words->words[i]);
    shape_fault(&in->faults, at, "must be one of: %s", words);
    return false;
}

static bool is_word(Input *in, const Field *f, Str s, const Place *at) {
    return !f->words || enum_find(f->words, s, &(int){0}) || refuse_word(in, f, at);
}

/* A name that no file system accepts would otherwise fail later, when it is opened. */
static bool is_path(Input *in, Str s, const Place *at) {
    Str one;
    while (str_split(&s, '/', &one)) {
        if (one.n <= NAME_MAX) continue;
        shape_fault(&in->faults, at, "must not contain a name of more than %d bytes", NAME_MAX);
        return false;
    }
    return true;
}

/* What the text means, in the arena: the bounds are those of the path that it stands for. */
static bool take_text(Input *in, const Field *f, const Json *v, const Place *at, Str *ret) {
    if (!is_text(in, v, at)) return false;
    if (f->is_file && !path_of_text(in->arena, v->s, ret))
        return bad(in, at, "begins with a double quote, but is not a path as git quotes it (\"caf\\351\")");
    if (!f->is_file) *ret = arena_str(in->arena, v->s);
    return true;
}

static bool put_str(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    Str s;
    if (!take_text(in, f, v, at, &s) || !is_length(in, f, s, at) || !is_word(in, f, s, at)) return false;
    if (f->is_name && !is_name(in, s, at)) return false;
    if (f->is_path && !is_path(in, s, at)) return false;
    *(Str *)to = s;
    return true;
}

static int64_t item_max(const Field *f) { return f->item_max ? f->item_max : 65536; }

static bool take_item(Input *in, const Field *f, const Json *v, const Place *at, Str *ret) {
    if (!take_text(in, f, v, at, ret)) return false;
    if ((int64_t)ret->n <= item_max(f)) return is_word(in, f, *ret, at);
    shape_fault(&in->faults, at, "must have at most %lld byte%s", (long long)item_max(f),
                str_plural(item_max(f), "", "s"));
    return false;
}

static bool put_strs(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    if (v->type != JSON_ARRAY) return bad(in, at, "must be a list");
    if (!in_bounds(in, f, at, (int64_t)v->n, "item")) return false;
    StrList list = {arena_array(in->arena, v->n, sizeof(Str)), v->n};
    bool ok = true;
    for (size_t i = 0; i < v->n; i++) {
        bool good = take_item(in, f, &v->items[i], &(Place){at, {0}, (long)i}, &list.items[i]);
        ok = ok && good;
    }
    if (ok) *(StrList *)to = list;
    return ok;
}

/* Ids from another system: only characters that are safe in a path, a file name and a topic. */
static bool is_foreign_id(Str s) {
    if (s.n < 1 || s.n > 128) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!word && !(c && strchr("._:-", c))) return false;
    }
    return true;
}

static bool put_id(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    if (!is_text(in, v, at)) return false;
    if (!*f->prefix && !is_foreign_id(v->s)) return bad(in, at, "must be an id of 1 to 128 letters, digits or . _ : -");
    if (*f->prefix && !id_is(v->s, f->prefix)) {
        shape_fault(&in->faults, at, "must be an id: %s_ and 26 characters, all lower case", f->prefix);
        return false;
    }
    *(Str *)to = arena_str(in->arena, v->s);
    return true;
}

static bool put_time(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    (void)f;
    TimeUs t;
    if (v->type != JSON_STRING || !time_parse(v->s, &t))
        return bad(in, at, "must be a time as in 2026-01-31T12:00:00Z");
    *(TimeUs *)to = t;
    return true;
}

static bool put_enum(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    int value;
    if (v->type == JSON_STRING && enum_find(f->words, v->s, &value)) {
        *(int *)to = value;
        return true;
    }
    return refuse_word(in, f, at);
}

static bool put_obj(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    void *inner = arena_alloc(in->arena, f->shape->size);
    shape_init(f->shape, inner);
    if (!put_object(in, f->shape, v, at, inner)) return false;
    memcpy(to, &inner, sizeof inner);
    return true;
}

static bool put_list(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    if (v->type != JSON_ARRAY) return bad(in, at, "must be a list");
    if (!in_bounds(in, f, at, (int64_t)v->n, "item")) return false;
    AnyList list = {arena_array(in->arena, v->n, f->shape->size), v->n};
    bool ok = true;
    for (size_t i = 0; i < v->n; i++) {
        char *item = (char *)list.items + i * f->shape->size;
        shape_init(f->shape, item);
        if (!put_object(in, f->shape, &v->items[i], &(Place){at, {0}, (long)i}, item)) ok = false;
    }
    if (ok) memcpy(to, &list, sizeof list);
    return ok;
}

static bool put_any(Input *in, const Field *f, const Json *v, const Place *at, void *to) {
    if (!in_bounds(in, f, at, (int64_t)v->raw.n, "byte")) return false;
    *(Str *)to = arena_str(in->arena, v->raw);
    return true;
}

static PutFn *const put_fns[] = {
    [FIELD_BOOL] = put_bool, [FIELD_I64] = put_i64,   [FIELD_F64] = put_f64,   [FIELD_STR] = put_str,
    [FIELD_STRS] = put_strs, [FIELD_ID] = put_id,     [FIELD_TIME] = put_time, [FIELD_ENUM] = put_enum,
    [FIELD_OBJ] = put_obj,   [FIELD_LIST] = put_list, [FIELD_ANY] = put_any,
};

static bool counts_as_absent(const Field *f, const Json *v) {
    return v->type == JSON_NULL && (f->opt || f->kind != FIELD_ANY);
}

static bool is_taken(const Input *in, const Field *f) { return f && (in->from_mask >> f->from & 1); }

/* With a duplicate member it is undefined which one counts (RFC 8259, section 4). */
static void check_members(Input *in, const Shape *s, const Json *object, const Place *up) {
    uint64_t seen = 0;
    for (size_t i = 0; i < object->n && in->faults.n < ERR_DETAILS_MAX; i++) {
        Place at = {up, object->members[i].key, -1};
        const Field *f = shape_find(s, at.name);
        uint64_t bit = f ? UINT64_C(1) << (f - s->fields) : 0;
        if (!is_taken(in, f))
            bad(in, &at, "is not a known field");
        else if (seen & bit)
            bad(in, &at, "is given twice");
        seen |= bit;
    }
}

/* Decodes every known member; *ret_given gets the bits of those that were there, valid or not. */
static void put_members(Input *in, const Shape *s, const Json *object, const Place *up, void *out,
                        uint64_t *ret_given) {
    uint64_t *set = out;
    *ret_given = *set;
    for (size_t i = 0; i < s->n; i++) {
        const Field *f = &s->fields[i];
        char wire[65];
        size_t n = field_wire(f, wire);
        const Json *v = is_taken(in, f) ? json_get(object, wire) : NULL;
        if (!v || counts_as_absent(f, v)) continue;
        *ret_given |= 1ull << i;
        if (put_fns[f->kind](in, f, v, &(Place){up, str_n(wire, n), -1}, (char *)out + f->offset)) *set |= 1ull << i;
    }
}

/* A complete inner object: only known members, and all required ones. */
static bool put_object(Input *in, const Shape *s, const Json *object, const Place *at, void *out) {
    unsigned before = in->faults.n;
    if (object->type != JSON_OBJECT) return bad(in, at, "must be an object");
    uint64_t given;
    check_members(in, s, object, at);
    put_members(in, s, object, at, out, &given);
    shape_check_at(s, given, at, &in->faults);
    return in->faults.n == before && before < ERR_DETAILS_MAX;
}

static Input *input_new(Arena *a, unsigned from_mask) {
    Input *in = arena_new_in(a, Input);
    in->arena = a;
    in->from_mask = from_mask;
    return in;
}

int shape_put_json(const Shape *s, const Json *object, unsigned from_mask, Arena *a, void *out, Err *e) {
    Input *in = input_new(a, from_mask);
    uint64_t given;
    if (!json_is(object, JSON_OBJECT)) return err_fail(e, ERR_INVALID, "the value must be an object");
    check_members(in, s, object, NULL);
    put_members(in, s, object, NULL, out, &given);
    return shape_faults_end(&in->faults, e);
}

int shape_decode(const Shape *s, const Json *object, Arena *a, void *out, Err *e) {
    Input *in = input_new(a, FROM_ALL);
    if (!json_is(object, JSON_OBJECT)) return err_fail(e, ERR_INVALID, "the value must be an object");
    shape_init(s, out);
    put_object(in, s, object, NULL, out);
    return shape_faults_end(&in->faults, e);
}

/* ---- text ---- */

static bool is_kebab_of(Str text, const char *name) {
    if (text.n != strlen(name)) return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != (name[i] == '_' ? '-' : name[i])) return false;
    return true;
}

static const Field *find_text_field(const Shape *s, Str name) {
    const Field *f = shape_find(s, name);
    for (size_t i = 0; !f && i < s->n; i++)
        if (is_kebab_of(name, s->fields[i].name)) f = &s->fields[i];
    return f;
}

/* Grows by doubling: items come one call at a time. */
static bool append_item(Input *in, const Field *f, const Json *v, const Place *at, StrList *list) {
    Str item;
    if (!take_item(in, f, v, at, &item) || !in_bounds(in, f, at, (int64_t)list->n + 1, "item")) return false;
    bool full = (list->n & (list->n - 1)) == 0;
    if (full) {
        Str *bigger = arena_array(in->arena, list->n ? list->n * 2 : 1, sizeof *bigger);
        if (list->n) memcpy(bigger, list->items, list->n * sizeof *bigger);
        list->items = bigger;
    }
    list->items[list->n++] = item;
    return true;
}

static bool bool_of(Str text, Json *v) {
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"1", true}, {"false", false}, {"0", false}};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (!str_is(text, words[i].word)) continue;
        *v = (Json){.type = JSON_BOOL, .b = words[i].value};
        return true;
    }
    return false;
}

/* The text as the JSON value that the field's kind expects. Text that cannot be converted stays text, which the kind
 * refuses. */
static Json value_of(const Field *f, Str text, Arena *a) {
    Json v = {.type = JSON_STRING, .s = text};
    Json *parsed;
    switch (f->kind) {
    case FIELD_BOOL: bool_of(text, &v); break;
    case FIELD_I64:
        if (str_parse_i64(text, INT64_MIN, INT64_MAX, &v.i)) v.type = JSON_INT;
        break;
    case FIELD_F64:
        if (str_parse_f64(text, &v.d)) v.type = JSON_DOUBLE;
        break;
    case FIELD_OBJ:
    case FIELD_LIST:
    case FIELD_ANY:
        if (json_parse(a, arena_str(a, text), JSON_DEPTH_REQUEST, &parsed, NULL) == 0) v = *parsed;
        break;
    default: break;
    }
    return v;
}

int shape_put_text(const Shape *s, Str wire_name, Str text, Arena *a, void *out, Err *e) {
    Input *in = input_new(a, FROM_ALL);
    const Field *f = find_text_field(s, wire_name);
    Place at = {NULL, wire_name, -1};
    if (!f) {
        bad(in, &at, "is not a known field");
        return shape_faults_end(&in->faults, e);
    }
    Json v = value_of(f, text, a);
    char *to = (char *)out + f->offset;
    if (!f->is_file && !str_is_utf8(text))
        bad(in, &at, "must be UTF-8");
    else if (f->kind == FIELD_ANY && !v.raw.p)
        bad(in, &at, "must be JSON");
    else if (f->kind == FIELD_STRS)
        append_item(in, f, &v, &at, (StrList *)to);
    else
        put_fns[f->kind](in, f, &v, &at, to);
    if (!in->faults.n) *(uint64_t *)out |= 1ull << (f - s->fields);
    return shape_faults_end(&in->faults, e);
}
