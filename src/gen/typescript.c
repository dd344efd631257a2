/* web/src/api/generated.ts: a type for every shape and enum, and the operations as types and as routes. */
#include "gen/gen.h"

#include <inttypes.h>

static void put_words(const EnumDef *d, Buf *out) {
    buf_add_fmt(out, "export type %s =", d->name);
    for (int i = 0; i < d->n; i++)
        if (d->words[i]) buf_add_fmt(out, "\n  | '%s'", d->words[i]);
    buf_add_str(out, STR("\n\n"));
}

static void put_type(const Field *f, Buf *out) {
    static const char *const plain[] = {
        [FIELD_BOOL] = "boolean",  [FIELD_I64] = "number", [FIELD_F64] = "number",  [FIELD_STR] = "string",
        [FIELD_STRS] = "string[]", [FIELD_ID] = "string",  [FIELD_TIME] = "string", [FIELD_ANY] = "unknown",
    };
    if (f->words)
        buf_add_fmt(out, "%s%s", f->words->name, f->kind == FIELD_STRS ? "[]" : "");
    else if (f->kind == FIELD_OBJ)
        buf_add_fmt(out, "%s", f->shape->name);
    else if (f->kind == FIELD_LIST)
        buf_add_fmt(out, "%s[]", f->shape->name);
    else
        buf_add_str(out, str(plain[f->kind]));
}

/* Lengths and ranges. The types of words and ids are enough. */
static Str bounds_of(const Field *f, Arena *a) {
    bool is_said = f->kind == FIELD_ENUM || f->kind == FIELD_ID || f->words;
    Str bounds = is_said ? STR("") : gen_bounds(f, a);
    return bounds.n ? arena_fmt(a, " (" STR_FMT ")", STR_ARG(bounds)) : bounds;
}

static void put_shape(const Shape *s, Arena *a, Buf *out) {
    buf_add_fmt(out, "export type %s = {\n", s->name);
    for (size_t i = 0; i < s->n; i++) {
        const Field *f = &s->fields[i];
        if (f->secret) continue;
        char wire[65];
        field_wire(f, wire);
        buf_add_fmt(out, "  /** %s" STR_FMT " */\n  %s%s: ", f->doc, STR_ARG(bounds_of(f, a)), wire, f->opt ? "?" : "");
        put_type(f, out);
        buf_add_c(out, '\n');
    }
    buf_add_str(out, STR("}\n\n"));
}

static void put_events(const GenAll *all, Buf *out) {
    buf_add_str(out, STR("/** The payload of each kind of event. */\nexport type Events = {\n"));
    for (const GenEvent *ev = all->events; ev->kind; ev++) {
        const GenEvent *first = all->events;
        while (strcmp(first->kind, ev->kind) != 0) first++;
        if (first == ev) buf_add_fmt(out, "  %s: %s\n", ev->kind, ev->payload->name);
    }
    buf_add_str(out, STR("}\n\n"));
}

static void put_op_types(const GenAll *all, Buf *out) {
    buf_add_str(out, STR("export type Operations = {\n"));
    for (size_t i = 0; i < all->n_ops; i++) {
        const Op *op = all->ops[i];
        buf_add_fmt(out, "  /** %s */\n  %s: { input: %s; output: %s }\n", op->doc, op->name,
                    op->in && op->in->n ? op->in->name : "Record<string, never>",
                    op->out ? op->out->name : "undefined");
    }
    buf_add_str(out, STR("}\n\n"));
}

/* A line for each, which is what the page loads first. */
static void put_routes(const GenAll *all, Buf *out) {
    buf_add_str(
        out,
        STR("/** The method, the path with its parameters in braces, and the fields that are sent in the query; all others are "
            "the body. */\n"
            "export const operations = {\n"));
    for (size_t i = 0; i < all->n_ops; i++) {
        const Op *op = all->ops[i];
        buf_add_fmt(out, "  %s: '" STR_FMT " " STR_FMT, op->name, STR_ARG(gen_method(op)), STR_ARG(gen_path(op)));
        for (size_t k = 0; op->in && k < op->in->n; k++) {
            if (gen_from(op, &op->in->fields[k]) != FROM_QUERY) continue;
            char wire[65];
            field_wire(&op->in->fields[k], wire);
            buf_add_fmt(out, " %s", wire);
        }
        buf_add_str(out, STR("',\n"));
    }
    buf_add_str(
        out,
        STR("} as const satisfies Record<keyof Operations, `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`>\n"));
}

static void put_longest_of(const Op *op, Buf *out) {
    bool any = false;
    for (size_t i = 0; op->in && i < op->in->n; i++) {
        const Field *f = &op->in->fields[i];
        if (f->kind != FIELD_STR || f->words || !field_counts_chars(f)) continue;
        char wire[65];
        int64_t min, max;
        field_wire(f, wire);
        field_bounds(f, &min, &max);
        if (!any) buf_add_fmt(out, "  %s: {", op->name);
        buf_add_fmt(out, "%s %s: %" PRId64, any ? "," : "", wire, max);
        any = true;
    }
    if (any) buf_add_str(out, STR(" },\n"));
}

static void put_longest(const GenAll *all, Buf *out) {
    buf_add_str(
        out,
        STR("\n/** How many characters each text that people write may have; the page checks it before it sends. */\n"
            "export const longest: Partial<Record<keyof Operations, Readonly<Record<string, number>>>> = {\n"));
    for (size_t i = 0; i < all->n_ops; i++) put_longest_of(all->ops[i], out);
    buf_add_str(out, STR("}\n"));
}

#define ERR_WORD_(name, word, http, text) buf_add_str(out, STR("\n  | '" word "'"));
static void put_error_types(Buf *out) {
    buf_add_str(out, STR("export type ErrorCode ="));
    ERR_LIST(ERR_WORD_)
    buf_add_str(
        out,
        STR("\n\nexport type ApiError = { code: string; message: string; details?: Record<string, string[]> }\n\n"));
}
#undef ERR_WORD_

/* Every answer has cursors, whether or not its shape contains one. */
static bool has_cursor(const GenAll *all) {
    for (size_t i = 0; i < all->n_shapes; i++)
        if (strcmp(all->shapes[i]->name, "Cursor") == 0) return true;
    return false;
}

void gen_typescript(const GenAll *all, Arena *a, Buf *out) {
    buf_add_str(out, STR("// Generated by muster-gen from the tables of the daemon. Do not edit; run ./dev fmt.\n\n"));
    for (size_t i = 0; i < all->n_enums; i++) put_words(all->enums[i], out);
    put_error_types(out);
    if (!has_cursor(all)) put_shape(&Cursor_shape, a, out);
    for (size_t i = 0; i < all->n_shapes; i++) put_shape(all->shapes[i], a, out);
    put_events(all, out);
    put_op_types(all, out);
    put_routes(all, out);
    put_longest(all, out);
}
