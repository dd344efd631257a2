/* JSON: a value that was read is written, and reads back as the same value; the same for shapes. */
#include "base/json.h"

#include "base/mem.h"
#include "base/shape.h"
#include "fuzz.h"

#define COLOURS(W) W(COLOUR_RED, "red") W(COLOUR_BLUE, "blue")
ENUM_DECLARE(Colour, COLOURS);
ENUM_DEFINE(Colour, COLOURS);

#define PART(F, S)                                             \
    F(S, STR, path, .min = 1, .max_bytes = 10, .doc = "Where") \
    F(S, STRS, tags, .opt = 1, .max = 2, .item_max = 3, .doc = "Words")
SHAPE(Part, PART);
SHAPE_DEFINE(Part, PART);

#define THING(F, S)                                                    \
    F(S, ID("wt"), worktree_id, .opt = 1, .doc = "An id of ours")      \
    F(S, ID(""), foreign_id, .opt = 1, .doc = "An id of others")       \
    F(S, STR, name, .opt = 1, .min = 1, .max_bytes = 5, .doc = "Text") \
    F(S, BOOL, is_on, .opt = 1, .doc = "Truth")                        \
    F(S, I64, count, .opt = 1, .doc = "Whole number")                  \
    F(S, F64, share, .opt = 1, .min = -4, .max = 4, .doc = "Number")   \
    F(S, ENUM(Colour), colour, .opt = 1, .doc = "Word")                \
    F(S, TIME, made_at, .opt = 1, .doc = "Time")                       \
    F(S, STRS, words, .opt = 1, .max = 3, .doc = "Words")              \
    F(S, OBJ(Part), part, .opt = 1, .doc = "Shape")                    \
    F(S, LIST(Part), parts, .opt = 1, .max = 3, .doc = "Shapes")       \
    F(S, ANY, extra, .opt = 1, .max_bytes = 50, .doc = "Anything")
SHAPE(Thing, THING);
SHAPE_DEFINE(Thing, THING);

enum { TEXT_MAX = 64 << 20 };

static Str canonical(Arena *a, const Json *v) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TEXT_MAX);
    JsonOut o = json_out(&b);
    json_put_canonical(&o, v);
    MUST(!b.failed);
    return arena_str(a, buf_str(&b));
}

static Str encode(Arena *a, const Thing *t) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TEXT_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&Thing_shape, t, &o);
    MUST(!b.failed);
    return arena_str(a, buf_str(&b));
}

static void check_value(Arena *a, const Json *v) {
    Json *again;
    Str text = canonical(a, v);
    MUST(json_parse(a, text, JSON_DEPTH_MAX, &again, NULL) == 0);
    MUST(str_eq(canonical(a, again), text));
    MUST(str_is_utf8(text));
}

static void check_shape(Arena *a, const Json *v) {
    Thing t, again;
    Json *parsed;
    Err e;
    if (shape_decode(&Thing_shape, v, a, &t, &e) < 0) {
        MUST(e.n_details > 0 || v->type != JSON_OBJECT);
        return;
    }
    Str text = encode(a, &t);
    MUST(json_parse(a, text, JSON_DEPTH_MAX, &parsed, NULL) == 0);
    MUST(shape_decode(&Thing_shape, parsed, a, &again, &e) == 0);
    MUST(str_eq(encode(a, &again), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *v;
    if (json_parse(a, str_n(data, size), JSON_DEPTH_MAX, &v, NULL) < 0) return 0;
    check_value(a, v);
    check_shape(a, v);
    return 0;
}
