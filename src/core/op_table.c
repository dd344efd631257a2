/* The table of operations and the router over it. Read-only after start-up. */
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "core/dispatch.h"

enum { SEGMENTS_MAX = 10 };

typedef struct Route {
    const Op *op;
    Str method;
    Str segments[SEGMENTS_MAX]; /* "{id}" is a parameter */
    int n_segments;
} Route;

struct OpTable {
    VEC(const Op *) ops;
    VEC(Route) routes;
    Map by_name;
};

static int split_path(Str path, Str segments[SEGMENTS_MAX]) {
    int n = 0;
    Str rest = str_from(path, 1), one;
    while (str_split(&rest, '/', &one)) {
        if (n == SEGMENTS_MAX) return -1;
        segments[n++] = one;
    }
    return n;
}

static bool is_param(Str segment) { return segment.n > 2 && segment.p[0] == '{'; }

static Str param_name(Str segment) { return str_n(segment.p + 1, segment.n - 2); }

static const Field *path_field(const Op *op, Str segment) {
    const Field *f = op->in ? shape_find(op->in, param_name(segment)) : NULL;
    return f && f->from == FROM_PATH ? f : NULL;
}

/* Parameters and path fields must be the same set: a field that no URL can supply could not be set over REST. */
static int check_params(const Route *r, Err *e) {
    size_t n_params = 0, n_fields = 0;
    for (int i = 0; i < r->n_segments; i++) {
        if (!is_param(r->segments[i])) continue;
        n_params++;
        if (!path_field(r->op, r->segments[i]))
            return err_fail(e, ERR_INTERNAL, "operation %s: no path field for " STR_FMT, r->op->name,
                            STR_ARG(r->segments[i]));
    }
    for (size_t i = 0; r->op->in && i < r->op->in->n; i++) n_fields += r->op->in->fields[i].from == FROM_PATH;
    if (n_params != n_fields)
        return err_fail(e, ERR_INTERNAL, "operation %s: a path field is missing from the route", r->op->name);
    if (n_params <= COUNT_OF(((OpParams *)0)->names)) return 0;
    return err_fail(e, ERR_INTERNAL, "operation %s: too many parameters", r->op->name);
}

static bool is_same_route(const Route *a, const Route *b) {
    if (!str_eq(a->method, b->method) || a->n_segments != b->n_segments) return false;
    for (int i = 0; i < a->n_segments; i++) {
        bool both = is_param(a->segments[i]) && is_param(b->segments[i]);
        if (!both && !str_eq(a->segments[i], b->segments[i])) return false;
    }
    return true;
}

static int add_route(OpTable *t, const Op *op, Err *e) {
    Route r = {.op = op};
    Str rest = str(op->route);
    if (!str_split(&rest, ' ', &r.method) || !str_starts(rest, STR("/")))
        return err_fail(e, ERR_INTERNAL, "operation %s: route `%s` is not `METHOD /path`", op->name, op->route);
    r.n_segments = split_path(rest, r.segments);
    if (r.n_segments < 0) return err_fail(e, ERR_INTERNAL, "operation %s: route `%s` is too long", op->name, op->route);
    TRY(check_params(&r, e));
    vec_each(&t->routes, other) if (is_same_route(other, &r)) return err_fail(
        e, ERR_INTERNAL, "operation %s: %s has this route", op->name, other->op->name);
    vec_push(&t->routes, r);
    return 0;
}

static int check_work(const Op *op, Err *e) {
    bool is_text = op->out && op->out->n == 1 && op->out->fields[0].kind == FIELD_STR && !(op->flags & OP_WRITES);
    if (op->media && !is_text)
        return err_fail(e, ERR_INTERNAL, "operation %s has a media type but does not read one text", op->name);
    if (op->where == ON_SLOW && !op->subject)
        return err_fail(e, ERR_INTERNAL, "operation %s is slow but lacks a subject", op->name);
    if (op->body_max && (!op->body_dir || !(op->flags & OP_WRITES) || op->where != ON_SLOW))
        return err_fail(e, ERR_INTERNAL, "operation %s takes a file but no folder, or does not write, or is not slow",
                        op->name);
    if ((op->flags & OP_SENDS_FILE) && (op->out || op->where != ON_SLOW))
        return err_fail(e, ERR_INTERNAL, "operation %s answers a file and something else, or is not slow", op->name);
    if (op->subject && op->where != ON_SLOW)
        return err_fail(e, ERR_INTERNAL, "operation %s has a subject but is not ON_SLOW", op->name);
    return 0;
}

static int add_op(OpTable *t, const Op *op, Err *e) {
    if (!op->run || !op->doc) return err_fail(e, ERR_INTERNAL, "operation %s lacks a handler or a doc", op->name);
    if ((op->flags & OP_EFFECTS) && !op->recover)
        return err_fail(e, ERR_INTERNAL, "operation %s lacks recover", op->name);
    if (!op->before != !op->before_subject || (op->before && !op->subject))
        return err_fail(e, ERR_INTERNAL, "operation %s has half of a first part", op->name);
    if ((op->flags & OP_EFFECTS) && !op->subject)
        return err_fail(e, ERR_INTERNAL, "operation %s lacks a subject for its recovery", op->name);
    if ((op->flags & (OP_AUDITED | OP_EFFECTS)) && !(op->flags & OP_WRITES))
        return err_fail(e, ERR_INTERNAL, "operation %s is audited or has effects but does not write", op->name);
    if (op->role == ROLE_NONE && !(op->flags & OP_PUBLIC))
        return err_fail(e, ERR_INTERNAL, "operation %s lacks a role", op->name);
    if ((op->flags & OP_WRITES) && op->where == ON_LOOP)
        return err_fail(e, ERR_INTERNAL, "operation %s writes on the loop, which must never block", op->name);
    TRY(check_work(op, e));
    if (map_put(&t->by_name, str(op->name), (void *)op))
        return err_fail(e, ERR_INTERNAL, "operation %s is listed twice", op->name);
    vec_push(&t->ops, op);
    return add_route(t, op, e);
}

int op_table_new(const Op *const *lists, OpTable **ret, Err *e) {
    OpTable *t = mu_new(OpTable);
    for (; *lists; lists++)
        for (const Op *op = *lists; op->name; op++) {
            if (add_op(t, op, e) == 0) continue;
            op_table_free(t);
            return -(int)(e ? e->code : ERR_INTERNAL);
        }
    *ret = t;
    return 0;
}

void op_table_free(OpTable *t) {
    if (!t) return;
    vec_done(&t->ops);
    vec_done(&t->routes);
    map_done(&t->by_name);
    free(t);
}

const Op *op_find(const OpTable *t, Str name) { return map_find(&t->by_name, name); }

static bool route_fits(const Route *r, const Str *segments, int n, OpParams *ret) {
    if (r->n_segments != n) return false;
    ret->n = 0;
    for (int i = 0; i < n; i++) {
        if (!is_param(r->segments[i])) {
            if (!str_eq(r->segments[i], segments[i])) return false;
            continue;
        }
        if (ret->n == (int)COUNT_OF(ret->names)) return false;
        ret->names[ret->n] = param_name(r->segments[i]);
        ret->values[ret->n++] = segments[i];
    }
    return true;
}

/* The number of parameters of the most literal route that matches; -1: none does. Routes with more parameters do not
 * count: in "/agents/reorder", "reorder" is not an agent id. */
static int least_params(const OpTable *t, const Str *segments, int n) {
    int least = -1;
    for (const Route *r = t->routes.items; n >= 0 && r < t->routes.items + t->routes.n; r++) {
        OpParams params;
        if (route_fits(r, segments, n, &params) && (least < 0 || params.n < least)) least = params.n;
    }
    return least;
}

/* GET implies HEAD, and OPTIONS is answered everywhere. */
void op_allow(const OpTable *t, Str path, Buf *out) {
    Str segments[SEGMENTS_MAX];
    int n = split_path(path, segments), least = least_params(t, segments, n);
    for (const Route *r = t->routes.items; least >= 0 && r < t->routes.items + t->routes.n; r++) {
        OpParams params;
        size_t at;
        if (!route_fits(r, segments, n, &params) || params.n > least) continue;
        if (str_find(buf_str(out), r->method, &at)) continue;
        buf_add_fmt(out, STR_FMT ", ", STR_ARG(r->method));
        if (str_is(r->method, "GET")) buf_add_str(out, STR("HEAD, "));
    }
    buf_add_str(out, STR("OPTIONS"));
}

const Op *op_route(const OpTable *t, Str method, Str path, OpParams *ret, bool *ret_path_known) {
    Str segments[SEGMENTS_MAX];
    int n = split_path(path, segments), least = least_params(t, segments, n);
    *ret_path_known = least >= 0;
    for (const Route *r = t->routes.items; least >= 0 && r < t->routes.items + t->routes.n; r++) {
        if (!str_eq(r->method, method) || !route_fits(r, segments, n, ret) || ret->n > least) continue;
        return r->op;
    }
    return NULL;
}
