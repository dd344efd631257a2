/* openapi.json: OpenAPI 3.1 of the REST face. */
#include "base/map.h"
#include "base/mem.h"
#include "gen/gen.h"

typedef bool (*FieldFilter)(const Op *op, const Field *f);

/* The shapes that operations use, by name: payloads of events are not part of this interface. */
typedef struct Reached {
    Map in, out; /* shapes below an input, below an answer */
    Map enums;
} Reached;

static void reached_done(Reached *r) {
    map_done(&r->in);
    map_done(&r->out);
    map_done(&r->enums);
}

/* Terminates, because a shape that was seen is not entered again. */
static void reach(Reached *r, Map *into, const Shape *s) {
    for (size_t i = 0; s && i < s->n; i++) {
        const Field *f = &s->fields[i];
        if (f->secret) continue;
        if (f->words) map_put(&r->enums, str(f->words->name), (void *)f->words);
        if (f->shape && !map_put(into, str(f->shape->name), (void *)f->shape)) reach(r, into, f->shape);
    }
}

static void reach_all(Reached *r, const GenAll *all) {
    for (size_t i = 0; i < all->n_ops; i++) {
        const Op *op = all->ops[i];
        reach(r, &r->in, op->in);
        if (op->out && !op->media && !map_put(&r->out, str(op->out->name), (void *)op->out)) reach(r, &r->out, op->out);
    }
}

static bool in_body(const Op *op, const Field *f) { return gen_from(op, f) == FROM_BODY; }
static bool is_shown(const Op *op, const Field *f) { return (void)op, !f->secret; }

/* The members of an object schema for those fields of a shape that `takes` accepts. */
static void put_object(JsonOut *o, const Op *op, const Shape *s, FieldFilter takes, bool is_input, Arena *a) {
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
        gen_schema(&s->fields[i], is_input, a, o);
    }
    json_end_object(o);
    if (is_input) json_kv_bool(o, "additionalProperties", false);
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
    gen_schema(f, false, a, o);
    json_key(o, STR("example"));
    gen_example(f, o);
    json_end_object(o);
}

static void put_params(JsonOut *o, const Op *op, Arena *a) {
    json_key(o, STR("parameters"));
    json_begin_array(o);
    for (size_t i = 0; op->in && i < op->in->n; i++) put_param(o, op, &op->in->fields[i], a);
    if (op->flags & OP_WRITES) json_put_raw(o, STR("{\"$ref\":\"#/components/parameters/IdempotencyKey\"}"));
    json_end_array(o);
}

static void put_body_example(JsonOut *o, const Op *op) {
    json_key(o, STR("example"));
    json_begin_object(o);
    for (size_t i = 0; i < op->in->n; i++) {
        char wire[65];
        if (!in_body(op, &op->in->fields[i])) continue;
        json_key(o, str_n(wire, field_wire(&op->in->fields[i], wire)));
        gen_example(&op->in->fields[i], o);
    }
    json_end_object(o);
}

static void put_file_body(JsonOut *o) {
    json_kv_raw(o, "requestBody",
                STR("{\"required\":true,\"content\":{\"application/octet-stream\":{\"schema\":{\"type\":\"string\","
                    "\"format\":\"binary\"},\"example\":\"the bytes of the file\"}}}"));
}

static void put_body(JsonOut *o, const Op *op, Arena *a) {
    bool is_required;
    if (op->body_max) put_file_body(o);
    if (!gen_has_body(op, &is_required)) return;
    json_key(o, STR("requestBody"));
    json_begin_object(o);
    json_kv_bool(o, "required", is_required);
    json_key(o, STR("content"));
    json_begin_object(o);
    json_key(o, STR("application/json"));
    json_begin_object(o);
    json_key(o, STR("schema"));
    json_begin_object(o);
    put_object(o, op, op->in, in_body, true, a);
    json_end_object(o);
    put_body_example(o, op);
    json_end_object(o);
    json_end_object(o);
    json_end_object(o);
}

static void put_answer(JsonOut *o, const Op *op, Arena *a) {
    json_begin_object(o);
    json_kv_str(o, "description", STR("Done"));
    json_kv_raw(o, "headers", STR("{\"Muster-Cursor\":{\"$ref\":\"#/components/headers/MusterCursor\"}}"));
    if (op->flags & OP_SENDS_FILE)
        json_kv_raw(o, "content",
                    STR("{\"application/octet-stream\":{\"schema\":{\"type\":\"string\",\"format\":\"binary\"},"
                        "\"example\":\"the bytes of the file\"}}"));
    if (op->out) {
        json_key(o, STR("content"));
        json_begin_object(o);
        json_key(o, str(op->media ? op->media : "application/json"));
        json_begin_object(o);
        json_kv_raw(o, "schema",
                    op->media ? STR("{\"type\":\"string\"}")
                              : arena_fmt(a, "{\"$ref\":\"#/components/schemas/%s\"}", op->out->name));
        json_key(o, STR("example"));
        if (op->media)
            gen_example(&op->out->fields[0], o);
        else
            gen_example_of(op->out, o);
        json_end_object(o);
        json_end_object(o);
    }
    json_end_object(o);
}

/* A failure that the row can have: its code and the flags or parts that cause it. */
static bool can_fail(const Op *op, ErrCode code) {
    bool is_required;
    switch (code) {
    case ERR_INVALID:
    case ERR_MISDIRECTED:
    case ERR_FORBIDDEN:
    case ERR_INTERNAL: return true;
    case ERR_UNAUTHORIZED: /* of those without a token, the exchange of a start code refuses wrong ones */
        return !(op->flags & OP_PUBLIC) || op->in;
    case ERR_RATE_LIMITED: return !(op->flags & OP_UNLIMITED);
    case ERR_NOT_FOUND: return str_find(gen_path(op), STR("{"), &(size_t){0}) || gen_has_body(op, &is_required);
    case ERR_CONFLICT:
    case ERR_DISK_FULL: return op->flags & OP_WRITES;
    case ERR_TOO_LARGE: return op->body_max || gen_has_body(op, &is_required);
    case ERR_MEDIA_TYPE: return gen_has_body(op, &is_required);
    case ERR_BUSY:
    case ERR_TIMEOUT: return op->where != ON_LOOP;
    default: return false;
    }
}

static void put_responses(JsonOut *o, const Op *op, Arena *a) {
    int last = 0;
    json_key(o, STR("responses"));
    json_begin_object(o);
    json_key(o, arena_fmt(a, "%d", gen_status(op)));
    put_answer(o, op, a);
    for (ErrCode code = ERR_OK + 1; code < ERR_CODES; code++) { /* in order of their statuses */
        if (!can_fail(op, code) || err_http(code) == last) continue;
        last = err_http(code);
        json_key(o, arena_fmt(a, "%d", last));
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

#define ERR_WORD_(name, word, http, text) json_put_str(o, STR(word));
static void put_error(JsonOut *o) {
    json_key(o, STR("ErrorCode"));
    json_begin_object(o);
    json_kv_str(o, "type", STR("string"));
    json_key(o, STR("enum"));
    json_begin_array(o);
    ERR_LIST(ERR_WORD_)
    json_end_array(o);
    json_end_object(o);
    json_kv_raw(
        o, "ErrorAnswer",
        STR("{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":\"object\","
            "\"required\":[\"code\",\"message\"],\"properties\":{\"code\":{\"$ref\":\"#/components/schemas/ErrorCode\"},"
            "\"message\":{\"type\":\"string\",\"minLength\":1},\"details\":{\"type\":\"object\","
            "\"description\":\"Maps the path of a field to what is wrong with it\",\"additionalProperties\":"
            "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}}},\"example\":{\"error\":{\"code\":"
            "\"VALIDATION_ERROR\",\"message\":\"name is required\",\"details\":{\"name\":[\"is required\"]}}}}"));
}
#undef ERR_WORD_

static void put_schemas(JsonOut *o, const GenAll *all, Arena *a) {
    CLEANUP(reached_done) Reached r = {0};
    reach_all(&r, all);
    json_key(o, STR("schemas"));
    json_begin_object(o);
    put_error(o);
    for (size_t i = 0; i < all->n_enums; i++)
        if (map_find(&r.enums, str(all->enums[i]->name))) put_enum(o, all->enums[i]);
    for (size_t i = 0; i < all->n_shapes; i++) {
        Str name = str(all->shapes[i]->name);
        bool is_input = map_find(&r.in, name);
        if (!is_input && !map_find(&r.out, name)) continue;
        json_key(o, name);
        json_begin_object(o);
        put_object(o, NULL, all->shapes[i], is_shown, is_input, a);
        json_end_object(o);
    }
    json_end_object(o);
}

static void put_components(JsonOut *o, const GenAll *all, Arena *a) {
    json_key(o, STR("components"));
    json_begin_object(o);
    json_kv_raw(
        o, "securitySchemes",
        STR("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"The content of the file token in "
            "the data folder\"}}"));
    json_kv_raw(
        o, "parameters",
        arena_fmt(a,
                  "{\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,"
                  "\"description\":\"The same key with the same input acts once and gets the same answer for a day\","
                  "\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":%d,\"pattern\":\"^[!-~]+$\"},"
                  "\"example\":\"8e03978e-40d5-43e8-bc93-6894a57f9324\"}}",
                  OP_KEY_MAX));
    json_kv_raw(
        o, "headers",
        STR("{\"MusterCursor\":{\"description\":\"topic;generation;seq of the streams that the answer was read at\","
            "\"schema\":{\"type\":\"string\"},\"example\":\"app;1;42\"}}"));
    json_kv_raw(o, "responses",
                STR("{\"Error\":{\"description\":\"A failure\",\"content\":{\"application/json\":{\"schema\":"
                    "{\"$ref\":\"#/components/schemas/ErrorAnswer\"}}}}}"));
    put_schemas(o, all, a);
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
    json_kv_str(&o, "description", str(gen_how_to_authenticate));
    json_kv_raw(&o, "license", STR("{\"name\":\"MIT\",\"identifier\":\"MIT\"}"));
    json_end_object(&o);
    json_kv_raw(&o, "servers",
                arena_fmt(a,
                          "[{\"url\":\"http://127.0.0.1:{port}\",\"description\":\"The daemon; it listens on loopback "
                          "alone\",\"variables\":{\"port\":{\"default\":\"%s\"}}}]",
                          all->port));
    json_kv_raw(&o, "security", STR("[{\"token\":[]}]"));
    put_paths(&o, all, a);
    put_components(&o, all, a);
    json_end_object(&o);
}
