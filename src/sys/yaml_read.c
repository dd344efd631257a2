/* See yaml_read.h. */
#include "sys/yaml_read.h"

#include <yaml.h>

#include "base/mem.h"
#include "base/vec.h"

typedef struct Reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    Arena *arena;
    Err *err;
} Reader;

static void drop_event(Reader *r) {
    if (r->has_event) yaml_event_delete(&r->event);
    r->has_event = false;
}

static int next(Reader *r) {
    drop_event(r);
    if (!yaml_parser_parse(&r->parser, &r->event))
        return err_fail(r->err, ERR_INVALID, "line %zu: %s", r->parser.problem_mark.line + 1,
                        r->parser.problem ? r->parser.problem : "not YAML");
    r->has_event = true;
    return 0;
}

static int refuse(Reader *r, const char *what) {
    return err_fail(r->err, ERR_INVALID, "line %zu: %s", r->event.start_mark.line + 1, what);
}

static bool looks_like_number(Str s) {
    size_t sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
    return s.n > sign && ((s.p[sign] >= '0' && s.p[sign] <= '9') || s.p[sign] == '.');
}

static Json plain(Str s) {
    Json j = {.type = JSON_STRING, .s = s};
    if (!s.n || str_is(s, "~") || str_is(s, "null")) return (Json){.type = JSON_NULL};
    if (str_is(s, "true") || str_is(s, "false")) return (Json){.type = JSON_BOOL, .b = str_is(s, "true")};
    int64_t i;
    double d;
    if (str_parse_i64(s, INT64_MIN, INT64_MAX, &i)) return (Json){.type = JSON_INT, .i = i};
    if (looks_like_number(s) && str_parse_f64(s, &d)) return (Json){.type = JSON_DOUBLE, .d = d};
    return j;
}

static int read_scalar(Reader *r, Json *ret) {
    Str text = arena_str(r->arena, str_n(r->event.data.scalar.value, r->event.data.scalar.length));
    if (r->event.data.scalar.tag) return refuse(r, "tags are not supported");
    if (!str_is_utf8(text) || memchr(text.p, 0, text.n)) return refuse(r, "not text");
    bool is_plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    *ret = is_plain ? plain(text) : (Json){.type = JSON_STRING, .s = text};
    return 0;
}

static int read_value(Reader *r, unsigned depth, Json *ret);

static int read_sequence(Reader *r, unsigned depth, Json *ret) {
    VEC(Json) items = {0};
    int bad = 0;
    while (bad >= 0 && (bad = next(r)) >= 0 && r->event.type != YAML_SEQUENCE_END_EVENT) {
        Json item;
        bad = read_value(r, depth + 1, &item);
        if (bad >= 0) vec_push(&items, item);
    }
    struct {
        Json *items;
        size_t n;
    } list;
    vec_take(&items, r->arena, &list);
    *ret = (Json){.type = JSON_ARRAY, .items = list.items, .n = list.n};
    return bad;
}

static int read_member(Reader *r, unsigned depth, const JsonMember *had, size_t n, JsonMember *ret) {
    if (r->event.type != YAML_SCALAR_EVENT) return refuse(r, "a key must be text");
    ret->key = arena_str(r->arena, str_n(r->event.data.scalar.value, r->event.data.scalar.length));
    for (size_t i = 0; i < n; i++)
        if (str_eq(had[i].key, ret->key)) return refuse(r, "this key is there twice");
    TRY(next(r));
    return read_value(r, depth + 1, &ret->value);
}

static int read_mapping(Reader *r, unsigned depth, Json *ret) {
    VEC(JsonMember) members = {0};
    int bad = 0;
    while (bad >= 0 && (bad = next(r)) >= 0 && r->event.type != YAML_MAPPING_END_EVENT) {
        JsonMember m;
        bad = read_member(r, depth, members.items, members.n, &m);
        if (bad >= 0) vec_push(&members, m);
    }
    struct {
        JsonMember *items;
        size_t n;
    } list;
    vec_take(&members, r->arena, &list);
    *ret = (Json){.type = JSON_OBJECT, .members = list.items, .n = list.n};
    return bad;
}

static int read_value(Reader *r, unsigned depth, Json *ret) {
    if (depth > YAML_DEPTH_MAX) return refuse(r, "nested too deeply");
    switch (r->event.type) {
    case YAML_SCALAR_EVENT: return read_scalar(r, ret);
    case YAML_SEQUENCE_START_EVENT: return read_sequence(r, depth, ret);
    case YAML_MAPPING_START_EVENT: return read_mapping(r, depth, ret);
    case YAML_ALIAS_EVENT: return refuse(r, "aliases are not supported");
    default: return refuse(r, "a value is missing");
    }
}

static int read_document(Reader *r, Json *ret) {
    TRY(next(r)); /* the stream's start */
    TRY(next(r));
    if (r->event.type == YAML_STREAM_END_EVENT) return 0;
    TRY(next(r));
    TRY(read_value(r, 0, ret));
    TRY(next(r)); /* the document's end */
    TRY(next(r));
    return r->event.type == YAML_STREAM_END_EVENT ? 0 : refuse(r, "there is a second document");
}

int yaml_read(Arena *a, Str text, Json **ret, Err *e) {
    Reader r = {.arena = a, .err = e};
    Json *root = arena_new_in(a, Json);
    *root = (Json){.type = JSON_OBJECT};
    yaml_parser_initialize(&r.parser);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
    int bad = read_document(&r, root);
    drop_event(&r);
    yaml_parser_delete(&r.parser);
    if (bad >= 0) *ret = root;
    return bad;
}
