/* docs/api.md and docs/events.md. */
#include "base/mem.h"
#include "gen/gen.h"

static const char made[] = "<!-- Written by muster-gen from the tables. Do not edit; run ./dev fmt. -->\n";

/* A cell must not end the row. */
static void put_cell(Buf *out, Str text) {
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '|') buf_add_c(out, '\\');
        buf_add_c(out, text.p[i] == '\n' ? ' ' : text.p[i]);
    }
}

static void put_default(const Field *f, Buf *out) {
    if (f->def_str)
        buf_add_fmt(out, " Default `%s`.", f->def_str);
    else if (f->has_def && f->kind == FIELD_ENUM)
        buf_add_fmt(out, " Default `%s`.", enum_word(f->words, (int)f->def));
    else if (f->has_def && f->kind == FIELD_BOOL)
        buf_add_fmt(out, " Default `%s`.", f->def ? "true" : "false");
    else if (f->has_def)
        buf_add_fmt(out, " Default `%lld`.", (long long)f->def);
}

static void put_row(const Field *f, const char *where, Arena *a, Buf *out) {
    char wire[65];
    field_wire(f, wire);
    Str bounds = gen_bounds(f, a);
    buf_add_fmt(out, "| `%s`%s%s | " STR_FMT "%s" STR_FMT " | ", wire, f->opt ? "?" : "", where,
                STR_ARG(gen_kind(f, a)), bounds.n ? ", " : "", STR_ARG(bounds));
    put_cell(out, str(f->doc));
    if (!str_ends(str(f->doc), STR("."))) buf_add_c(out, '.');
    put_default(f, out);
    buf_add_str(out, STR(" |\n"));
}

static void put_table_head(Buf *out) { buf_add_str(out, STR("\n| field | kind | meaning |\n|---|---|---|\n")); }

/* A table of its fields. */
static void put_shape(const Shape *s, Arena *a, Buf *out) {
    put_table_head(out);
    for (size_t i = 0; i < s->n; i++)
        if (!s->fields[i].secret) put_row(&s->fields[i], "", a, out);
}

static void put_input(const Op *op, Arena *a, Buf *out) {
    static const char *const places[] = {[FROM_BODY] = "", [FROM_PATH] = " (path)", [FROM_QUERY] = " (query)"};
    if (!op->in || op->in->n == 0) return;
    put_table_head(out);
    for (size_t i = 0; i < op->in->n; i++)
        put_row(&op->in->fields[i], places[gen_from(op, &op->in->fields[i])], a, out);
}

static void put_op(const Op *op, Arena *a, Buf *out) {
    buf_add_fmt(out, "\n### %s\n\n`%s`", op->name, op->route);
    const char *role = gen_role(op);
    if (role)
        buf_add_fmt(out, ", role `%s`%s", role, op->flags & OP_AGENT_MAY ? ", open to agents for what is theirs" : "");
    else
        buf_add_str(out, STR(", no token needed"));
    if (op->alias) buf_add_fmt(out, ", command line `muster %s`", op->alias);
    buf_add_fmt(out, "\n\n%s\n", op->doc);
    put_input(op, a, out);
    buf_add_fmt(out, "\nAnswers %d", gen_status(op));
    if (op->out) buf_add_fmt(out, " with " STR_FMT, STR_ARG(gen_link(op->out, a)));
    buf_add_str(out, STR(".\n"));
}

static bool holds(const Shape *outer, const Shape *s) {
    for (size_t i = 0; i < outer->n; i++)
        if (outer->fields[i].shape == s) return true;
    return false;
}

/* Inputs stand with their operation, payloads in events.md; here is what answers are and what shapes hold. */
static bool is_listed(const GenAll *all, const Shape *s) {
    for (size_t i = 0; i < all->n_ops; i++)
        if (all->ops[i]->out == s) return true;
    for (size_t i = 0; i < all->n_shapes; i++)
        if (holds(all->shapes[i], s)) return true;
    return false;
}

#define ERR_ROW_(name, word, http, text) buf_add_fmt(out, "| `%s` | %d | %s |\n", word, http, text);
static void put_errors(Buf *out) {
    buf_add_str(
        out,
        STR("\n## Errors\n\nEvery failure answers `{\"error\":{\"code\",\"message\",\"details\"?}}`; `details` maps "
            "the path of a field to what is wrong with it.\n\n| code | status | meaning |\n|---|---|---|\n"));
    ERR_LIST(ERR_ROW_)
}
#undef ERR_ROW_

void gen_api_md(const GenAll *all, Arena *a, Buf *out) {
    buf_add_str(out, str(made));
    buf_add_str(
        out,
        STR("# Operations\n\n"
            "Each is a REST request, a `call` on the socket `/ws`, and a command line. Over REST a field travels in the "
            "path, the query or the JSON body; on the other faces all fields stand in one object. A writing request may "
            "carry `Idempotency-Key`; an answer names the streams that it was read at, or wrote to, in `Muster-Cursor`.\n"
            "A field with `?` may be left out. Lengths in characters count Unicode code points, lengths in bytes count "
            "UTF-8.\n\n## Authentication\n\n"));
    buf_add_str(out, str(gen_how_to_authenticate));
    buf_add_str(out, STR("\n\n## Operations\n"));
    for (size_t i = 0; i < all->n_ops; i++) put_op(all->ops[i], a, out);
    buf_add_str(out, STR("\n## Shapes\n"));
    for (size_t i = 0; i < all->n_shapes; i++) {
        if (!is_listed(all, all->shapes[i])) continue;
        buf_add_fmt(out, "\n### %s\n", all->shapes[i]->name);
        put_shape(all->shapes[i], a, out);
    }
    put_errors(out);
}

/* All events of one topic, wherever they stand in the table. */
static void put_topic(const GenAll *all, const char *topic, Arena *a, Buf *out) {
    buf_add_fmt(out, "\n## `%s`\n", topic);
    for (const GenEvent *ev = all->events; ev->kind; ev++) {
        if (strcmp(ev->topic, topic) != 0) continue;
        buf_add_fmt(out, "\n### %s\n", ev->kind);
        put_shape(ev->payload, a, out);
    }
}

void gen_events_md(const GenAll *all, Arena *a, Buf *out) {
    buf_add_str(out, str(made));
    buf_add_str(
        out,
        STR("# Events\n\n"
            "`{\"type\",\"topic\",\"generation\",\"seq\",\"at\",\"payload\"}` on `/ws` (subprotocol `muster.v1`) after "
            "`{\"type\":\"subscribe\",\"topic\",\"after\"}`. `seq` orders the events of one topic; a new `generation` "
            "says that the numbers began again. `live.md` tells the rest of the socket, `api.md` the shapes that a "
            "payload holds.\n"));
    for (const GenEvent *ev = all->events; ev->kind; ev++) {
        const GenEvent *first = all->events;
        while (strcmp(first->topic, ev->topic) != 0) first++;
        if (first == ev) put_topic(all, ev->topic, a, out);
    }
}
