/* openapi.json: OpenAPI 3.1 of the REST face. */
#include "base/mem.h"
#include "gen/gen.h"

typedef bool (*FieldFilter)(const Op *op, const Field *f);

static bool in_body(const Op *op, const Field *f) { return gen_from(op, f) == FROM_BODY; }
static bool is_shown(const Op *op, const Field *f) { return (void)op, !f->secret; }

/* The members that make an object schema of those fields of a shape that `takes` lets through. */
static void put_object(JsonOut *o, const Op *op, const Shape *s, FieldFilter takes, Arena *a) {
    char wire[65];
    json_kv_str(o, "type", STR("object"));
    json_key(o, STR("required"));
    json_begin_array(o);
    for (size_t i = 0; i < s->n; i++)
        if (takes(op, &s->fields[i]) && !s->fields[i].opt)
            json_put_str(o, str_n(wire, field_wire(&s->fields[i], wire)));
    json_end_array(o);
    json_key(o, STR("properties"));
    json_begin_object(o);
    for (size_t i = 0; i < s->n; i++) {
        if (!takes(op, &s->fields[i])) continue;
        json_key(o, str_n(wire, field_wire(&s->fields[i], wire)));
        gen_schema(&s->fields[i], a, o);
    }
    json_end_object(o);
}

static void put_param(JsonOut *o, const Op *op, const Field *f, Arena *a) {
    FieldFrom from = gen_from(op, f);
    if (from == FROM_BODY) return;
    char wire[65];
    json_begin_object(o);
    json_kv_str(o, "name", str_n(wire, field_wire(f, wire)));
    json_kv_str(o, "in", from == FROM_PATH ? STR("path") : STR("query"));
    json_kv_bool(o, "required", from == FROM_PATH || !f->opt);
    json_kv_str(o, "description", str(f->doc));
    json_key(o, STR("schema"));
    gen_schema(f, a, o);
    json_end_object(o);
}

static void put_params(JsonOut *o, const Op *op, Arena *a) {
    json_key(o, STR("parameters"));
    json_begin_array(o);
    for (size_t i = 0; op->in && i < op->in->n; i++) put_param(o, op, &op->in->fields[i], a);
    if (op->flags & OP_WRITES) json_put_raw(o, STR("{\"$ref\":\"#/components/parameters/IdempotencyKey\"}"));
    json_end_array(o);
}

static void put_body(JsonOut *o, const Op *op, Arena *a) {
    if (!gen_has_body(op)) return;
    json_key(o, STR("requestBody"));
    json_begin_object(o);
    json_kv_bool(o, "required", true);
    json_key(o, STR("content"));
    json_begin_object(o);
    json_key(o, STR("application/json"));
    json_begin_object(o);
    json_key(o, STR("schema"));
    json_begin_object(o);
    put_object(o, op, op->in, in_body, a);
    json_kv_bool(o, "additionalProperties", false);
    json_end_object(o);
    json_end_object(o);
    json_end_object(o);
    json_end_object(o);
}

static Str answer_content(const Op *op, Arena *a) {
    if (!op->out) return STR("");
    return arena_fmt(a, ",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}",
                     op->out->name);
}

/* A failure that the row makes possible: status and the flags or parts that bring it. */
static bool can_fail(const Op *op, int http) {
    switch (http) {
    case 400: return op->in != NULL;
    case 401:
    case 403: return !(op->flags & OP_PUBLIC);
    case 404: return str_find(gen_path(op), STR("{"), &(size_t){0});
    case 409:
    case 507: return op->flags & OP_WRITES;
    case 413: return gen_has_body(op);
    case 503: return op->where != ON_LOOP;
    default: return false;
    }
}

static void put_responses(JsonOut *o, const Op *op, Arena *a) {
    static const int failures[] = {400, 401, 403, 404, 409, 413, 503, 507};
    json_key(o, STR("responses"));
    json_begin_object(o);
    json_key(o, arena_fmt(a, "%d", gen_status(op)));
    json_put_raw(
        o,
        arena_fmt(
            a,
            "{\"description\":\"Done\",\"headers\":{\"Muster-Cursor\":{\"$ref\":\"#/components/headers/MusterCursor\"}}" STR_FMT
            "}",
            STR_ARG(answer_content(op, a))));
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        if (!can_fail(op, failures[i])) continue;
        json_key(o, arena_fmt(a, "%d", failures[i]));
        json_put_raw(o, STR("{\"$ref\":\"#/components/responses/Error\"}"));
    }
    json_kv_raw(o, "default", STR("{\"$ref\":\"#/components/responses/Error\"}"));
    json_end_object(o);
}

/* "/api/agents/{agentId}" belongs to "agents". */
static Str tag_of(const Op *op) {
    Str rest = str_from(gen_path(op), 1), one = {0};
    while (str_split(&rest, '/', &one))
        if (!str_is(one, "api")) return one;
    return one;
}

static void put_op(JsonOut *o, const Op *op, Arena *a) {
    char lower[8] = "";
    Str method = gen_method(op);
    for (size_t i = 0; i < method.n && i + 1 < sizeof lower; i++) lower[i] = (char)(method.p[i] | 0x20);
    json_key(o, str(lower));
    json_begin_object(o);
    json_kv_str(o, "operationId", str(op->name));
    json_kv_str(o, "summary", str(op->doc));
    json_key(o, STR("tags"));
    json_begin_array(o);
    json_put_str(o, tag_of(op));
    json_end_array(o);
    json_kv_str(o, "x-role", str(gen_role(op) ? gen_role(op) : "none"));
    if (op->flags & OP_PUBLIC) json_kv_raw(o, "security", STR("[]"));
    put_params(o, op, a);
    put_body(o, op, a);
    put_responses(o, op, a);
    json_end_object(o);
}

/* One member per path, in the order of first appearance, with all its methods. */
static void put_paths(JsonOut *o, const GenAll *all, Arena *a) {
    bool *done = arena_array(a, all->n_ops, sizeof *done);
    json_key(o, STR("paths"));
    json_begin_object(o);
    for (size_t i = 0; i < all->n_ops; i++) {
        if (done[i]) continue;
        Str path = gen_path(all->ops[i]);
        json_key(o, path);
        json_begin_object(o);
        for (size_t k = i; k < all->n_ops; k++) {
            if (!str_eq(gen_path(all->ops[k]), path)) continue;
            put_op(o, all->ops[k], a);
            done[k] = true;
        }
        json_end_object(o);
    }
    json_end_object(o);
}

static void put_enum(JsonOut *o, const EnumDef *d) {
    json_key(o, str(d->name));
    json_begin_object(o);
    json_kv_str(o, "type", STR("string"));
    json_key(o, STR("enum"));
    json_begin_array(o);
    for (int i = 0; i < d->n; i++)
        if (d->words[i]) json_put_str(o, str(d->words[i]));
    json_end_array(o);
    json_end_object(o);
}

static void put_components(JsonOut *o, const GenAll *all, Arena *a) {
    json_key(o, STR("components"));
    json_begin_object(o);
    json_kv_raw(o, "securitySchemes", STR("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    json_kv_raw(
        o, "parameters",
        STR("{\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,"
            "\"description\":\"The same key with the same input acts once\",\"schema\":{\"type\":\"string\",\"maxLength\":128}}}"));
    json_kv_raw(
        o, "headers",
        STR("{\"MusterCursor\":{\"description\":\"topic;generation;seq of the streams that the answer was read at\","
            "\"schema\":{\"type\":\"string\"}}}"));
    json_kv_raw(o, "responses",
                STR("{\"Error\":{\"description\":\"A failure\",\"content\":{\"application/json\":{\"schema\":"
                    "{\"$ref\":\"#/components/schemas/ErrorAnswer\"}}}}}"));
    json_key(o, STR("schemas"));
    json_begin_object(o);
    json_kv_raw(o, "ErrorAnswer",
                STR("{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":\"object\","
                    "\"required\":[\"code\",\"message\"],\"properties\":{\"code\":{\"type\":\"string\"},"
                    "\"message\":{\"type\":\"string\"},\"details\":{\"type\":\"object\",\"additionalProperties\":"
                    "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}}}}"));
    for (size_t i = 0; i < all->n_enums; i++) put_enum(o, all->enums[i]);
    for (size_t i = 0; i < all->n_shapes; i++) {
        json_key(o, str(all->shapes[i]->name));
        json_begin_object(o);
        put_object(o, NULL, all->shapes[i], is_shown, a);
        json_end_object(o);
    }
    json_end_object(o);
    json_end_object(o);
}

void gen_openapi(const GenAll *all, Arena *a, Buf *out) {
    JsonOut o = json_out(out);
    json_begin_object(&o);
    json_kv_str(&o, "openapi", STR("3.1.0"));
    json_key(&o, STR("info"));
    json_begin_object(&o);
    json_kv_str(&o, "title", STR("Muster"));
    json_kv_str(&o, "version", str(all->version));
    json_kv_raw(&o, "license", STR("{\"name\":\"MIT\",\"identifier\":\"MIT\"}"));
    json_end_object(&o);
    json_kv_raw(&o, "security", STR("[{\"token\":[]}]"));
    put_paths(&o, all, a);
    put_components(&o, all, a);
    json_end_object(&o);
}
