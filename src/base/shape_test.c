#include "base/shape.h"

#include "base/mem.h"
#include "base/test.h"

#define COLOURS(W) W(COLOUR_RED, "red") W(COLOUR_DARK_BLUE, "dark_blue")
ENUM_DECLARE(Colour, COLOURS);
ENUM_DEFINE(Colour, COLOURS);

#define DAYS(W) W(DAY_SUN, "sun") W(DAY_MON, "mon")
ENUM_DECLARE(Day, DAYS);
ENUM_DEFINE(Day, DAYS);

#define LIMITS(F, S)                                               \
    F(S, I64, memory_mib, .min = 16, .max = 1024, .doc = "Memory") \
    F(S, F64, cpu_share, .opt = 1, .min = 0, .max = 4, .doc = "Share of a processor")
SHAPE(Limits, LIMITS);
SHAPE_DEFINE(Limits, LIMITS);

#define PART(F, S)                                                           \
    F(S, STR, path, .min = 1, .max_bytes = 10, .is_path = 1, .doc = "Where") \
    F(S, STRS, tags, .opt = 1, .max = 2, .item_max = 3, .doc = "Words")
SHAPE(Part, PART);
SHAPE_DEFINE(Part, PART);

#define THING(F, S)                                                                                   \
    F(S, ID("wt"), worktree_id, .from = FROM_PATH, .doc = "Its worktree")                             \
    F(S, ID(""), foreign_id, .opt = 1, .doc = "Its id in another system")                             \
    F(S, STR, name, .opt = 1, .min = 1, .max = 5, .is_name = 1, .def_str = "anon", .doc = "Its name") \
    F(S, BOOL, is_on, .opt = 1, .def = 1, .has_def = 1, .doc = "Whether it is on")                    \
    F(S, I64, count, .opt = 1, .def = 7, .has_def = 1, .doc = "How many")                             \
    F(S, ENUM(Colour), colour, .opt = 1, .def = COLOUR_DARK_BLUE, .doc = "Its colour")                \
    F(S, TIME, made_at, .opt = 1, .doc = "When it was created")                                       \
    F(S, STRS, words, .opt = 1, .from = FROM_QUERY, .max = 3, .doc = "Some words")                    \
    F(S, OBJ(Limits), limits, .opt = 1, .doc = "Its limits")                                          \
    F(S, LIST(Part), parts, .opt = 1, .max = 3, .wire = "files", .doc = "Its parts")                  \
    F(S, ANY, extra, .opt = 1, .max_bytes = 20, .doc = "Anything")                                    \
    F(S, STR, day, .opt = 1, .max_bytes = 4, .words = &Day_enum, .doc = "A word of a list")           \
    F(S, STRS, days, .opt = 1, .max = 2, .item_max = 4, .words = &Day_enum, .doc = "Words of a list") \
    F(S, STR, folder, .opt = 1, .max_bytes = 4096, .is_path = 1, .doc = "Where it is kept")           \
    F(S, STR, password, .opt = 1, .secret = 1, .doc = "Never shown")
SHAPE(Thing, THING);
SHAPE_DEFINE(Thing, THING);

#define MUSIC "\xf0\x9d\x84\x9e" /* U+1D11E */
#define NAME_16 "0123456789abcdef"
#define NAME_64 NAME_16 NAME_16 NAME_16 NAME_16
#define NAME_256 NAME_64 NAME_64 NAME_64 NAME_64
#define WORKTREE "wt_01arz3ndektsv4rrffq69g5fav"

static Json *parse(Arena *a, const char *text) {
    Json *v;
    Err e;
    CHECK_OK(json_parse(a, str(text), JSON_DEPTH_REQUEST, &v, &e), e);
    return v;
}

static void check_encoded(const Shape *s, const void *v, const char *want) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 10000);
    JsonOut o = json_out(&b);
    shape_encode(s, v, &o);
    CHECK_STR(buf_str(&b), want);
}

TEST(shape_decodes_every_kind_and_encodes_it_back) {
    static const char text[] =
        "{\"worktreeId\":\"" WORKTREE "\",\"foreignId\":\"a.B_1:-\",\"name\":\"bob\",\"isOn\":false,\"count\":-3,"
        "\"colour\":\"red\",\"madeAt\":\"2026-11-21T10:00:00.000000Z\",\"words\":[\"a\",\"\"],"
        "\"limits\":{\"memoryMib\":64,\"cpuShare\":0.5},\"files\":[{\"path\":\"x\",\"tags\":[]},{\"path\":\"y\"}],"
        "\"extra\":{\"k\":[1]}}";
    CLEANUP(arena_freep) Arena *a = arena_new();
    Thing t;
    Err e;
    CHECK_OK(shape_decode(&Thing_shape, parse(a, text), a, &t, &e), e);
    CHECK_STR(t.worktree_id, WORKTREE);
    CHECK(HAS(Thing, &t, name) && !HAS(Thing, &t, password));
    CHECK(!t.is_on && t.count == -3 && t.colour == COLOUR_RED && t.limits->memory_mib == 64);
    CHECK(t.limits->cpu_share == 0.5 && t.parts.n == 2 && t.words.n == 2);
    CHECK_STR(t.parts.items[1].path, "y");
    check_encoded(&Thing_shape, &t, text);
    GIVE(Thing, &t, password, STR("secret"));
    check_encoded(&Thing_shape, &t, text);
}

TEST(shape_gives_defaults_and_leaves_out_what_is_empty) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Thing t;
    Err e;
    CHECK_OK(shape_decode(&Thing_shape, parse(a, "{\"worktreeId\":\"" WORKTREE "\",\"limits\":null}"), a, &t, &e), e);
    CHECK_STR(t.name, "anon");
    CHECK(t.is_on && t.count == 7 && t.colour == COLOUR_DARK_BLUE && t.limits == NULL && t.made_at == 0);
    CHECK(!HAS(Thing, &t, name) && !HAS(Thing, &t, count));
    check_encoded(&Thing_shape, &t, "{\"worktreeId\":\"" WORKTREE "\",\"name\":\"anon\"}");
}

typedef struct Mutation {
    const char *members; /* in addition to a valid worktreeId */
    const char *path, *text;
} Mutation;

TEST(shape_names_the_path_of_each_fault) {
    static const Mutation rows[] = {
        {"\"foreignId\":\"a/b\"", "foreignId", "must be an id of 1 to 128"},
        {"\"foreignId\":\"\"", "foreignId", "must be an id of 1 to 128"},
        {"\"foreignId\":7", "foreignId", "must be text"},
        {"\"name\":7", "name", "must be text"},
        {"\"name\":\"\"", "name", "must have at least 1 character"},
        {"\"name\":\"sixsix\"", "name", "must have at most 5 characters"},
        {"\"name\":\"a\\u0000\"", "name", "must not contain a NUL character"},
        {"\"name\":\" \"", "name", "must not be blank"},
        {"\"name\":\"a\\nb\"", "name", "must not contain a control character"},
        {"\"name\":\"a\\u007f\"", "name", "must not contain a control character"},
        {"\"isOn\":1", "isOn", "must be true or false"},
        {"\"isOn\":\"true\"", "isOn", "must be true or false"},
        {"\"count\":1.5", "count", "must be a whole number"},
        {"\"count\":\"1\"", "count", "must be a whole number"},
        {"\"count\":1e30", "count", "must be a whole number"},
        {"\"colour\":\"green\"", "colour", "must be one of: red, dark_blue"},
        {"\"colour\":0", "colour", "must be one of: red, dark_blue"},
        {"\"madeAt\":\"yesterday\"", "madeAt", "must be a time"},
        {"\"madeAt\":1700000000", "madeAt", "must be a time"},
        {"\"words\":\"a\"", "words", "must be a list"},
        {"\"words\":[\"a\",2]", "words[1]", "must be text"},
        {"\"words\":[\"a\",null]", "words[1]", "must be text"},
        {"\"words\":[\"a\",\"b\",\"c\",\"d\"]", "words", "must have at most 3 items"},
        {"\"limits\":[]", "limits", "must be an object"},
        {"\"limits\":{}", "limits.memoryMib", "is required"},
        {"\"limits\":{\"memoryMib\":null}", "limits.memoryMib", "is required"},
        {"\"limits\":{\"memoryMib\":15}", "limits.memoryMib", "must be at least 16"},
        {"\"limits\":{\"memoryMib\":1025}", "limits.memoryMib", "must be at most 1024"},
        {"\"limits\":{\"memoryMib\":64,\"cpuShare\":4.01}", "limits.cpuShare", "must be at most 4"},
        {"\"limits\":{\"memoryMib\":64,\"cpuShare\":-0.1}", "limits.cpuShare", "must be at least 0"},
        {"\"limits\":{\"memoryMib\":64,\"swap\":1}", "limits.swap", "is not a known field"},
        {"\"files\":{}", "files", "must be a list"},
        {"\"files\":[{\"path\":\"x\"},7]", "files[1]", "must be an object"},
        {"\"files\":[{\"path\":\"x\"},{}]", "files[1].path", "is required"},
        {"\"files\":[{\"path\":\"x\",\"tags\":[\"a\",\"long\"]}]", "files[0].tags[1]", "must have at most 3 bytes"},
        {"\"parts\":[]", "parts", "is not a known field"},
        {"\"is_on\":true", "is_on", "is not a known field"},
        {"\"limits\":{\"memoryMib\":64,\"memoryMib\":65}", "limits.memoryMib", "is given twice"},
        {"\"extra\":\"0123456789012345678\"", "extra", "must have at most 20 bytes"},
        {"\"name\":\"" MUSIC MUSIC MUSIC MUSIC MUSIC MUSIC "\"", "name", "must have at most 5 characters"},
        {"\"files\":[{\"path\":\"" MUSIC MUSIC MUSIC "\"}]", "files[0].path", "must have at most 10 bytes"},
        {"\"day\":\"tue\"", "day", "must be one of: sun, mon"},
        {"\"day\":\"\"", "day", "must be one of: sun, mon"},
        {"\"days\":[\"sun\",\"tue\"]", "days[1]", "must be one of: sun, mon"},
        {"\"folder\":\"/" NAME_256 "/x\"", "folder", "must not contain a name of more than 255 bytes"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Thing t;
        Err e;
        Str text = arena_fmt(a, "{\"worktreeId\":\"" WORKTREE "\",%s}", rows[i].members);
        CHECK_ERR(shape_decode(&Thing_shape, parse(a, text.p), a, &t, &e), e, ERR_INVALID);
        CHECK_I64(e.n_details, 1);
        CHECK_STR(str(e.details[0].path), rows[i].path);
        if (!str_starts(str(e.details[0].text), str(rows[i].text)))
            test_fail(__FILE__, __LINE__, "%s: %s", rows[i].path, e.details[0].text);
    }
}

TEST(shape_collects_all_faults_up_to_the_bound) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Thing t;
    Err e;
    CHECK_ERR(shape_decode(&Thing_shape, parse(a, "{\"name\":7,\"x\":1,\"count\":true}"), a, &t, &e), e, ERR_INVALID);
    CHECK_I64(e.n_details, 4);
    CHECK_STR(str(e.text), "x is not a known field (and 3 more)");
    CHECK_STR(str(e.details[1].path), "name");
    CHECK_STR(str(e.details[2].path), "count");
    CHECK_STR(str(e.details[3].path), "worktreeId");
    CHECK_STR(str(e.details[3].text), "is required");
    const char *many =
        "{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0,\"k\":0,\"l\":0,"
        "\"m\":0,\"n\":0,\"o\":0,\"p\":0,\"q\":0,\"r\":0}";
    CHECK_ERR(shape_decode(&Thing_shape, parse(a, many), a, &t, &e), e, ERR_INVALID);
    CHECK_I64(e.n_details, ERR_DETAILS_MAX);
    CHECK_ERR(shape_decode(&Thing_shape, parse(a, "[]"), a, &t, &e), e, ERR_INVALID);
    CHECK_ERR(shape_decode(&Thing_shape, NULL, a, &t, &e), e, ERR_INVALID);
}

TEST(shape_accepts_only_the_fields_of_the_mask) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Thing t;
    Err e;
    shape_init(&Thing_shape, &t);
    CHECK_ERR(shape_put_json(&Thing_shape, parse(a, "{\"worktreeId\":\"" WORKTREE "\"}"), FROM_BODY_ONLY, a, &t, &e), e,
              ERR_INVALID);
    CHECK_STR(str(e.details[0].path), "worktreeId");
    shape_init(&Thing_shape, &t);
    CHECK_OK(shape_put_json(&Thing_shape, parse(a, "{\"name\":\"x\"}"), FROM_BODY_ONLY, a, &t, &e), e);
    CHECK_ERR(shape_check(&Thing_shape, &t, &e), e, ERR_INVALID);
    CHECK_STR(str(e.text), "worktreeId is required");
    CHECK_OK(shape_put_text(&Thing_shape, STR("worktreeId"), STR(WORKTREE), a, &t, &e), e);
    CHECK_OK(shape_check(&Thing_shape, &t, &e), e);
}

TEST(shape_reads_text_of_every_kind) {
    static const struct {
        const char *name, *text;
        bool good;
    } rows[] = {{"worktree-id", WORKTREE, true},
                {"worktreeId", "wt_1", false},
                {"foreign-id", "x", true},
                {"name", "bob", true},
                {"name", "toolong", false},
                {"name", MUSIC MUSIC MUSIC MUSIC MUSIC, true},
                {"day", "mon", true},
                {"folder", "/a/" NAME_64 NAME_64 "/b", true},
                {"is-on", "0", true},
                {"isOn", "yes", false},
                {"count", "-5", true},
                {"count", "5x", false},
                {"colour", "red", true},
                {"colour", "RED", false},
                {"made-at", "2026-01-01T00:00:00Z", true},
                {"made-at", "now", false},
                {"limits", "{\"memoryMib\":64}", true},
                {"limits", "{\"memoryMib\":1}", false},
                {"limits", "nonsense", false},
                {"files", "[{\"path\":\"a\"}]", true},
                {"parts", "[]", true},
                {"extra", "[1,2]", true},
                {"extra", "[1,2", false},
                {"nothing", "1", false},
                {"worktree_id", WORKTREE, false},
                {"name", "\xFF", false}};
    CLEANUP(arena_freep) Arena *a = arena_new();
    Thing t;
    Err e;
    shape_init(&Thing_shape, &t);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int r = shape_put_text(&Thing_shape, str(rows[i].name), str(rows[i].text), a, &t, &e);
        if ((r == 0) != rows[i].good) test_fail(__FILE__, __LINE__, "%s=%s gave %d", rows[i].name, rows[i].text, r);
    }
    CHECK(!t.is_on && t.count == -5 && t.colour == COLOUR_RED && t.limits->memory_mib == 64);
    CHECK_STR(t.extra, "[1,2]");
}

TEST(shape_collects_repeated_text_into_a_list) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Thing t;
    Err e;
    shape_init(&Thing_shape, &t);
    static const char *const words[] = {"a", "b", "c"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        CHECK_OK(shape_put_text(&Thing_shape, STR("words"), str(words[i]), a, &t, &e), e);
    CHECK_I64(t.words.n, 3);
    for (size_t i = 0; i < COUNT_OF(words); i++) CHECK_STR(t.words.items[i], words[i]);
    CHECK_ERR(shape_put_text(&Thing_shape, STR("words"), STR("d"), a, &t, &e), e, ERR_INVALID);
    CHECK_I64(t.words.n, 3);
}

#define ANSWER(F, S)                           \
    F(S, STR, title, .doc = "Title")           \
    F(S, OBJ(Limits), limits, .doc = "Limits") \
    F(S, LIST(Part), parts, .doc = "Parts")    \
    F(S, ANY, extra, .doc = "Anything")        \
    F(S, I64, n, .opt = 1, .doc = "Number")    \
    F(S, F64, x, .doc = "Number")
SHAPE(Answer, ANSWER);
SHAPE_DEFINE(Answer, ANSWER);

TEST(shape_writes_every_field_that_is_not_optional) {
    Answer t = {0};
    check_encoded(&Answer_shape, &t, "{\"title\":\"\",\"limits\":null,\"parts\":[],\"extra\":null,\"x\":0}");
    GIVE(Answer, &t, n, 0);
    check_encoded(&Answer_shape, &t, "{\"title\":\"\",\"limits\":null,\"parts\":[],\"extra\":null,\"n\":0,\"x\":0}");
}

TEST(shape_finds_fields_by_wire_name) {
    char wire[65];
    int v;
    CHECK(shape_find(&Thing_shape, STR("isOn")) == &Thing_shape.fields[Thing_is_on_bit]);
    CHECK(shape_find(&Thing_shape, STR("files")) == &Thing_shape.fields[Thing_parts_bit]);
    CHECK(shape_find(&Thing_shape, STR("isOnx")) == NULL && shape_find(&Thing_shape, STR("isO")) == NULL);
    CHECK_I64(field_wire(&Thing_shape.fields[Thing_worktree_id_bit], wire), 10);
    CHECK_STR(str(wire), "worktreeId");
    CHECK(enum_find(&Colour_enum, STR("dark_blue"), &v) && v == COLOUR_DARK_BLUE);
    CHECK(!enum_find(&Colour_enum, STR("dark"), &v));
    CHECK_STR(str(enum_word(&Colour_enum, 5)), "?");
}

TEST(shape_bounds_come_from_the_field_or_its_kind) {
    static const struct {
        Field f;
        int64_t min, max;
    } rows[] = {
        {{.kind = FIELD_STR}, 0, 65536},
        {{.kind = FIELD_STR, .max = 10}, 0, 10},
        {{.kind = FIELD_STR, .max_bytes = 10}, 0, 10},
        {{.kind = FIELD_STR, .min = 1, .max_bytes = 10}, 1, 10},
        {{.kind = FIELD_STR, .min = 1}, 1, 65536},
        {{.kind = FIELD_LIST}, 0, 1024},
        {{.kind = FIELD_STRS}, 0, 1024},
        {{.kind = FIELD_I64}, INT64_MIN, INT64_MAX},
        {{.kind = FIELD_I64, .min = -5, .max = -1}, -5, -1},
        {{.kind = FIELD_ANY}, 0, 1 << 20},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t min, max;
        field_bounds(&rows[i].f, &min, &max);
        CHECK_I64(min, rows[i].min);
        CHECK_I64(max, rows[i].max);
    }
    CHECK(field_counts_chars(&(Field){.kind = FIELD_STR, .max = 10}));
    CHECK(!field_counts_chars(&(Field){.kind = FIELD_STR, .max_bytes = 10}));
    CHECK(!field_counts_chars(&(Field){.kind = FIELD_STR}));
    CHECK(!field_counts_chars(&(Field){.kind = FIELD_STRS, .max = 10}));
}
