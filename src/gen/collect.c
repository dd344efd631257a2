/* Everything that the tables name, each once and in an order that does not depend on how it was reached. */
#include <stdlib.h>

#include "base/map.h"
#include "base/vec.h"
#include "gen/gen.h"

typedef struct Collect {
    VEC(const Op *) ops;
    VEC(const Shape *) shapes;
    VEC(const EnumDef *) enums;
    Map shape_by_name, enum_by_name, payload_by_kind;
} Collect;

static void collect_done(Collect *c) {
    vec_done(&c->ops);
    vec_done(&c->shapes);
    vec_done(&c->enums);
    map_done(&c->shape_by_name);
    map_done(&c->enum_by_name);
    map_done(&c->payload_by_kind);
}

static int add_enum(Collect *c, const EnumDef *d, Err *e) {
    const EnumDef *had = map_put(&c->enum_by_name, str(d->name), (void *)d);
    if (had && had != d) return err_fail(e, ERR_INVALID, "two enums are named %s", d->name);
    if (!had) vec_push(&c->enums, d);
    return 0;
}

/* Shapes nest only as deep as the tables, so recursion ends; a shape that was seen is not entered again. */
static int add_shape(Collect *c, const Shape *s, Err *e) {
    if (!s) return 0;
    const Shape *had = map_put(&c->shape_by_name, str(s->name), (void *)s);
    if (had && had != s) return err_fail(e, ERR_INVALID, "two shapes are named %s", s->name);
    if (had) return 0;
    vec_push(&c->shapes, s);
    for (size_t i = 0; i < s->n; i++) {
        if (s->fields[i].words) TRY(add_enum(c, s->fields[i].words, e));
        TRY(add_shape(c, s->fields[i].shape, e));
    }
    return 0;
}

static int add_op(Collect *c, const Op *op, Err *e) {
    vec_push(&c->ops, op);
    TRY(add_shape(c, op->in, e));
    return add_shape(c, op->out, e);
}

/* Clients distinguish events only by kind, so a kind has one shape on every stream. */
static int add_event(Collect *c, const GenEvent *ev, Err *e) {
    const Shape *had = map_put(&c->payload_by_kind, str(ev->kind), (void *)ev->payload);
    if (had && had != ev->payload)
        return err_fail(e, ERR_INVALID, "event %s has two shapes: %s and %s", ev->kind, had->name, ev->payload->name);
    return add_shape(c, ev->payload, e);
}

static int collect(Collect *c, const GenTables *t, Err *e) {
    for (const Op *const *list = t->ops; *list; list++)
        for (const Op *op = *list; op->name; op++) TRY(add_op(c, op, e));
    for (const GenEvent *ev = t->events; ev->kind; ev++) TRY(add_event(c, ev, e));
    return 0;
}

static int by_shape_name(const void *a, const void *b) {
    return strcmp((*(const Shape *const *)a)->name, (*(const Shape *const *)b)->name);
}

static int by_enum_name(const void *a, const void *b) {
    return strcmp((*(const EnumDef *const *)a)->name, (*(const EnumDef *const *)b)->name);
}

static void *in_arena(Arena *a, const void *items, size_t n, size_t size) {
    void *copy = arena_array(a, n + 1, size);
    if (n) memcpy(copy, items, n * size);
    return copy;
}

int gen_collect(const GenTables *t, Arena *a, GenAll *ret, Err *e) {
    CLEANUP(collect_done) Collect c = {0};
    TRY(collect(&c, t, e));
    if (c.shapes.n) qsort(c.shapes.items, c.shapes.n, sizeof *c.shapes.items, by_shape_name);
    if (c.enums.n) qsort(c.enums.items, c.enums.n, sizeof *c.enums.items, by_enum_name);
    *ret = (GenAll){
        .ops = in_arena(a, c.ops.items, c.ops.n, sizeof *c.ops.items),
        .n_ops = c.ops.n,
        .shapes = in_arena(a, c.shapes.items, c.shapes.n, sizeof *c.shapes.items),
        .n_shapes = c.shapes.n,
        .enums = in_arena(a, c.enums.items, c.enums.n, sizeof *c.enums.items),
        .n_enums = c.enums.n,
        .events = t->events,
        .version = t->version,
        .port = t->port,
    };
    return 0;
}
