#include "base/mem.h"
#include "base/test.h"
#include "gen/gen.h"

#define COLOUR_LIST(W) W(COLOUR_RED, "red") W(COLOUR_GREEN, "green")
ENUM_DECLARE(Colour, COLOUR_LIST);
ENUM_DEFINE(Colour, COLOUR_LIST);

#define BRUSH(F, S) F(S, I64, width, .min = 1, .max = 9, .doc = "In pixels")
SHAPE(Brush, BRUSH);
SHAPE_DEFINE(Brush, BRUSH);

#define PAINT(F, S)                                                           \
    F(S, ID("wal"), wall_id, .from = FROM_PATH, .doc = "The wall")            \
    F(S, ENUM(Colour), colour, .doc = "What it becomes")                      \
    F(S, STR, note, .opt = 1, .min = 1, .max = 10, .doc = "Left | beside it") \
    F(S, STR, place, .opt = 1, .max_bytes = 9, .doc = "Counted in bytes")     \
    F(S, OBJ(Brush), brush, .opt = 1, .doc = "Else the last one")             \
    F(S, BOOL, is_dry, .opt = 1, .from = FROM_QUERY, .doc = "Whether it may wait")
SHAPE(Paint, PAINT);
SHAPE_DEFINE(Paint, PAINT);

#define WALL(F, S)                                    \
    F(S, ID("wal"), id, .doc = "Its id")              \
    F(S, STR, key, .secret = 1, .doc = "Never shown") \
    F(S, TIME, painted_at, .opt = 1, .doc = "Last time")
SHAPE(Wall, WALL);
SHAPE_DEFINE(Wall, WALL);

#define LONELY(F, S) F(S, ENUM(Colour), colour, .doc = "Of an event alone")
SHAPE(Lonely, LONELY);
SHAPE_DEFINE(Lonely, LONELY);

#define HIRE(F, S) F(S, STR, who, .opt = 1, .max = 10, .doc = "Whom")
SHAPE(Hire, HIRE);
SHAPE_DEFINE(Hire, HIRE);

static int run(OpCall *c, const void *in, void *out, Err *e) { return (void)c, (void)in, (void)out, (void)e, 0; }

static const Op wall_ops[] = {
    {"paint_wall", "POST /api/walls/{wallId}/paint", OP_RUN(run, Paint, Wall), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES, .doc = "Paints a wall"},
    {"ping", "GET /api/ping", .run = run, .flags = OP_PUBLIC, .doc = "Answers"},
    {0},
};
static const Op *const lists[] = {wall_ops, NULL};
static const Op hire_ops[] = {
    {"hire", "POST /api/hire", OP_RUN_IN(run, Hire), .role = ROLE_MEMBER, .flags = OP_WRITES, .doc = "Hires"},
    {0},
};
static const Op *const bodies_lists[] = {hire_ops, NULL};
static const GenEvent events[] = {{"wall/{wallId}", "painted", &Wall_shape}, {"app", "painted", &Wall_shape}, {0}};
static const GenTables tables = {lists, events, "1.2.3", "4567"};

typedef struct Sample {
    Arena *arena;
    GenAll all;
    Buf out;
} Sample;

static void sample_done(Sample *s) {
    buf_done(&s->out);
    arena_free(s->arena);
}

static void sample_init(Sample *s) {
    Err e = {0};
    s->arena = arena_new();
    buf_init(&s->out, 1 << 20);
    CHECK_OK(gen_collect(&tables, s->arena, &s->all, &e), e);
}

static bool has(const Sample *s, const char *text) { return str_find(buf_str(&s->out), str(text), &(size_t){0}); }
#define CHECK_HAS(s, text) CHECK(has(s, text))

TEST(shapes_and_enums_are_collected_once_and_by_name) {
    CLEANUP(sample_done) Sample s;
    sample_init(&s);
    CHECK_I64(s.all.n_ops, 2);
    CHECK_I64(s.all.n_shapes, 3);
    CHECK_STR(str(s.all.shapes[0]->name), "Brush");
    CHECK_STR(str(s.all.shapes[2]->name), "Wall");
    CHECK_I64(s.all.n_enums, 1);
}

TEST(one_kind_of_event_with_two_shapes_is_refused) {
    static const GenEvent twice[] = {{"wall/{wallId}", "painted", &Wall_shape}, {"app", "painted", &Brush_shape}, {0}};
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    GenAll all;
    CHECK_ERR(gen_collect(&(GenTables){lists, twice, "", ""}, a, &all, &e), e, ERR_INVALID);
}

TEST(the_document_shows_place_kind_bounds_and_meaning) {
    CLEANUP(sample_done) Sample s;
    sample_init(&s);
    gen_api_md(&s.all, s.arena, &s.out);
    CHECK_HAS(&s, "`POST /api/walls/{wallId}/paint`, role `member`");
    CHECK_HAS(&s, "| `wallId` (path) | id, `wal_…` | The wall. |");
    CHECK_HAS(&s, "| `colour` | word, one of `red`, `green` | What it becomes. |");
    CHECK_HAS(&s, "| `note`? | string, 1 to 10 characters | Left \\| beside it. |");
    CHECK_HAS(&s, "| `place`? | string, at most 9 bytes | Counted in bytes. |");
    CHECK_HAS(&s, "| `isDry`? (query) | boolean |");
    CHECK_HAS(&s, "\n## Authentication\n\nOver TCP");
    CHECK_HAS(&s, "`Authorization: Bearer <token>`");
    CHECK_HAS(&s, "Answers 200 with [Wall](#wall).");
    CHECK_HAS(&s, "`GET /api/ping`, no token needed");
    CHECK_HAS(&s, "Answers 204.");
    CHECK(!has(&s, "Never shown"));
}

TEST(types_name_every_shape_operation_and_event_once) {
    CLEANUP(sample_done) Sample s;
    sample_init(&s);
    gen_typescript(&s.all, s.arena, &s.out);
    CHECK_HAS(&s, "export type Colour =\n  | 'red'\n  | 'green'\n");
    CHECK_HAS(&s, "  wallId: string\n");
    CHECK_HAS(&s, "  brush?: Brush\n");
    CHECK_HAS(&s, "  /** Left | beside it (1 to 10 characters) */\n  note?: string\n");
    CHECK_HAS(&s, "  /** Counted in bytes (at most 9 bytes) */\n  place?: string\n");
    CHECK_HAS(&s, "  paint_wall: { input: Paint; output: Wall }\n");
    CHECK_HAS(&s, "  ping: { input: Record<string, never>; output: undefined }\n");
    CHECK_HAS(&s, "export type Events = {\n  painted: Wall\n}\n");
    CHECK_HAS(&s, "  paint_wall: 'POST /api/walls/{wallId}/paint isDry',\n");
    CHECK_HAS(&s, " = {\n  paint_wall: { note: 10 },\n}\n");
    CHECK(!has(&s, "Never shown"));
}

TEST(openapi_is_json_and_contains_paths_bodies_and_bounds) {
    CLEANUP(sample_done) Sample s;
    sample_init(&s);
    gen_openapi(&s.all, s.arena, &s.out);
    Err e = {0};
    Json *doc;
    CHECK_OK(json_parse(s.arena, buf_str(&s.out), JSON_DEPTH_MAX, &doc, &e), e);
    const Json *op = json_get(json_get(json_get(doc, "paths"), "/api/walls/{wallId}/paint"), "post");
    CHECK_STR(json_str(op, "operationId"), "paint_wall");
    CHECK_I64(json_get(op, "parameters")->n, 3);
    const Json *body =
        json_get(json_get(json_get(json_get(op, "requestBody"), "content"), "application/json"), "schema");
    CHECK_I64(json_i64(json_at(body, "properties.note"), "maxLength", 0), 10);
    CHECK(json_get(json_get(body, "properties"), "wallId") == NULL);
    CHECK_STR(json_get(body, "required")->items[0].s, "colour");
    CHECK_STR(json_str(json_at(doc, "components.schemas.Wall.properties.paintedAt"), "format"), "date-time");
    CHECK(json_get(json_at(body, "properties.note"), "x-max-bytes") == NULL);
    CHECK_I64(json_i64(json_at(body, "properties.place"), "x-max-bytes", 0), 9);
    CHECK_I64(json_get(json_at(body, "properties.place"), "type")->n, 2); /* or null: it is optional */
    CHECK(json_is(json_get(body, "additionalProperties"), JSON_BOOL));
    CHECK_STR(json_str(json_get(json_at(doc, "components.schemas"), "ErrorCode"), "type"), "string");
    CHECK_STR(json_str(&json_get(op, "parameters")->items[0], "example"), "wal_01arz3ndektsv4rrffq69g5fav");
    CHECK_STR(json_str(json_at(json_get(doc, "servers")->items, "variables.port"), "default"), "4567");
    CHECK(json_get(json_get(doc, "info"), "description"));
}

/* Every reference has its component, every component its reference. */
TEST(openapi_names_what_it_uses_and_nothing_else) {
    CLEANUP(sample_done) Sample s;
    sample_init(&s);
    static const GenEvent more[] = {{"wall/{wallId}", "painted", &Wall_shape}, {"app", "lonely", &Lonely_shape}, {0}};
    Err e = {0};
    CHECK_OK(gen_collect(&(GenTables){lists, more, "", ""}, s.arena, &s.all, &e), e);
    gen_openapi(&s.all, s.arena, &s.out);
    Json *doc;
    CHECK_OK(json_parse(s.arena, buf_str(&s.out), JSON_DEPTH_MAX, &doc, &e), e);
    CHECK(!has(&s, "Lonely"));
    const Json *schemas = json_at(doc, "components.schemas");
    for (size_t i = 0; i < schemas->n; i++) {
        Str ref = arena_fmt(s.arena, "\"#/components/schemas/" STR_FMT "\"", STR_ARG(schemas->members[i].key));
        if (!has(&s, ref.p)) test_fail(__FILE__, __LINE__, STR_FMT " is not used", STR_ARG(schemas->members[i].key));
    }
    Str rest = buf_str(&s.out), name;
    size_t at;
    for (Str mark = STR("\"#/components/schemas/"); str_find(rest, mark, &at);) {
        rest = str_from(rest, at + mark.n);
        Str after = rest;
        CHECK(str_split(&after, '"', &name));
        if (!json_get(schemas, arena_cstr(s.arena, name))) test_fail(__FILE__, __LINE__, STR_FMT, STR_ARG(name));
    }
}

TEST(openapi_requires_a_body_if_a_field_of_it_is_required) {
    CLEANUP(sample_done) Sample s;
    sample_init(&s);
    Err e = {0};
    CHECK_OK(gen_collect(&(GenTables){bodies_lists, events, "", ""}, s.arena, &s.all, &e), e);
    gen_openapi(&s.all, s.arena, &s.out);
    CHECK_HAS(&s, "\"operationId\":\"hire\"");
    CHECK_HAS(&s, "\"requestBody\":{\"required\":false,");
    CHECK(!has(&s, "\"requestBody\":{\"required\":true,"));
    buf_clear(&s.out);
    CHECK_OK(gen_collect(&tables, s.arena, &s.all, &e), e);
    gen_openapi(&s.all, s.arena, &s.out);
    CHECK_HAS(&s, "\"requestBody\":{\"required\":true,");
}

TEST(bad_cases_cover_type_absence_bounds_words_and_nested_fields) {
    CLEANUP(sample_done) Sample s;
    sample_init(&s);
    gen_bad_cases(&s.all, s.arena, &s.out);
    CHECK_HAS(&s, "{\"at\":\"colour\",\"why\":\"missing\",\"path\":\"colour\"}");
    CHECK_HAS(&s,
              "{\"at\":\"colour\",\"why\":\"not a word of its list\",\"path\":\"colour\",\"value\":\"no such word\"}");
    CHECK_HAS(&s, "{\"at\":\"note\",\"why\":\"too long\",\"path\":\"note\",\"fill\":11,\"with\":\"\xf0\x9d\x84\x9e\"}");
    CHECK_HAS(&s, "{\"at\":\"place\",\"why\":\"too long\",\"path\":\"place\",\"fill\":10,\"with\":\"a\"}");
    CHECK_HAS(&s,
              "{\"at\":\"place\",\"why\":\"too long\",\"path\":\"place\",\"fill\":3,\"with\":\"\xf0\x9d\x84\x9e\"}");
    CHECK_HAS(&s, "{\"at\":\"note\",\"fill\":10,\"with\":\"\xf0\x9d\x84\x9e\",\"chars\":true}");
    CHECK_HAS(&s, "{\"at\":\"place\",\"fill\":2,\"with\":\"\xf0\x9d\x84\x9e\",\"chars\":false}");
    CHECK_HAS(&s, "{\"at\":\"brush\",\"why\":\"above its range\",\"path\":\"brush.width\",\"value\":{\"width\":10}}");
    CHECK_HAS(&s, "{\"at\":\"noSuchField\",\"why\":\"unknown\",\"path\":\"noSuchField\",\"value\":1}");
}

TEST(pretty_printing_keeps_the_value) {
    CLEANUP(sample_done) Sample s;
    sample_init(&s);
    Err e = {0};
    CHECK_OK(gen_pretty(STR("{\"a\":[1,{}],\"b\":\"x\\\"y\"}"), s.arena, &s.out, &e), e);
    CHECK_STR(buf_str(&s.out), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\\\"y\"\n}\n");
}
