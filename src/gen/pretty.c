#include "base/mem.h"
#include "gen/gen.h"

static void put_line(Buf *out, int depth) {
    buf_add_c(out, '\n');
    for (int i = 0; i < depth; i++) buf_add_str(out, STR("  "));
}

static void put_value(const Json *v, int depth, Buf *out);

static void put_members(const Json *v, int depth, Buf *out) {
    for (size_t i = 0; i < v->n; i++) {
        if (i) buf_add_c(out, ',');
        put_line(out, depth + 1);
        JsonOut key = json_out(out);
        json_put_str(&key, v->members[i].key);
        buf_add_str(out, STR(": "));
        put_value(&v->members[i].value, depth + 1, out);
    }
}

static void put_items(const Json *v, int depth, Buf *out) {
    for (size_t i = 0; i < v->n; i++) {
        if (i) buf_add_c(out, ',');
        put_line(out, depth + 1);
        put_value(&v->items[i], depth + 1, out);
    }
}

static void put_value(const Json *v, int depth, Buf *out) {
    bool is_object = v->type == JSON_OBJECT;
    if ((!is_object && v->type != JSON_ARRAY) || v->n == 0) {
        buf_add_str(out, v->raw);
        return;
    }
    buf_add_c(out, is_object ? '{' : '[');
    (is_object ? put_members : put_items)(v, depth, out);
    put_line(out, depth);
    buf_add_c(out, is_object ? '}' : ']');
}

int gen_pretty(Str json, Arena *a, Buf *out, Err *e) {
    Json *v;
    TRY(json_parse(a, json, JSON_DEPTH_MAX, &v, e));
    put_value(v, 0, out);
    buf_add_c(out, '\n');
    return 0;
}
