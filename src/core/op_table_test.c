/* The table of operations: which row serves a URL, and which tables are refused at start. */
#include "base/test.h"
#include "core/dispatch.h"

#define ONE_ID(F, S) F(S, STR, id, .max_bytes = 64, .from = FROM_PATH, .doc = "Which one")
SHAPE(OneId, ONE_ID);
SHAPE_DEFINE(OneId, ONE_ID);
#define FIVE_IDS(F, S)                                               \
    F(S, STR, a, .max_bytes = 64, .from = FROM_PATH, .doc = "One")   \
    F(S, STR, b, .max_bytes = 64, .from = FROM_PATH, .doc = "Two")   \
    F(S, STR, c, .max_bytes = 64, .from = FROM_PATH, .doc = "Three") \
    F(S, STR, d, .max_bytes = 64, .from = FROM_PATH, .doc = "Four")  \
    F(S, STR, e, .max_bytes = 64, .from = FROM_PATH, .doc = "Five")
SHAPE(FiveIds, FIVE_IDS);
SHAPE_DEFINE(FiveIds, FIVE_IDS);
#define BODY_ID(F, S) F(S, STR, id, .max_bytes = 64, .doc = "In the body")
SHAPE(BodyId, BODY_ID);
SHAPE_DEFINE(BodyId, BODY_ID);

static int nothing(OpCall *c UNUSED, const void *in UNUSED, void *out UNUSED, Err *e UNUSED) { return 0; }

static int undo_nothing(OpCall *c UNUSED, const OpIntent *i UNUSED, Err *e UNUSED) { return 0; }

#define ROW(name_, route_, ...) \
    { .name = name_, .route = route_, .run = nothing, .role = ROLE_VIEWER, .doc = "x", __VA_ARGS__ }

static const Op served[] = {
    ROW("list", "GET /api/things"),
    ROW("create", "POST /api/things"),
    ROW("get", "GET /api/things/{id}", .in = &OneId_shape),
    ROW("reorder", "PUT /api/things/reorder"),
    ROW("update", "PUT /api/things/{id}", .in = &OneId_shape),
    ROW("start", "POST /api/things/{id}/start", .in = &OneId_shape),
    {0},
};

static OpTable *open_table(void) {
    static const Op *const lists[] = {served, NULL};
    OpTable *t = NULL;
    Err e = {0};
    CHECK_OK(op_table_new(lists, &t, &e), e);
    return t;
}

TEST(a_url_finds_its_operation_or_whether_its_path_is_known) {
    static const struct {
        const char *method, *path, *op; /* NULL: none */
        bool path_known;
        const char *id; /* NULL: no parameter */
    } rows[] = {
        {"GET", "/api/things", "list", true, NULL},
        {"POST", "/api/things", "create", true, NULL},
        {"DELETE", "/api/things", NULL, true, NULL},
        {"GET", "/api/things/7", "get", true, "7"},
        {"GET", "/api/things/a%b {id}", "get", true, "a%b {id}"},
        {"PUT", "/api/things/reorder", "reorder", true, NULL},
        {"GET", "/api/things/reorder", NULL, true, NULL},
        {"PUT", "/api/things/reorders", "update", true, "reorders"},
        {"POST", "/api/things/7/start", "start", true, "7"},
        {"GET", "/api/things/7/start", NULL, true, NULL},
        {"GET", "/api/things/7/stop", NULL, false, NULL},
        {"GET", "/api/thing", NULL, false, NULL},
        {"GET", "/", NULL, false, NULL},
        {"GET", "/api/things/7/start/8", NULL, false, NULL},
        {"GET", "/1/2/3/4/5/6/7/8/9/10/11", NULL, false, NULL},
        {"get", "/api/things", NULL, true, NULL},
    };
    OpTable *t = open_table();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        OpParams p = {0};
        bool known = false;
        const Op *op = op_route(t, str(rows[i].method), str(rows[i].path), &p, &known);
        CHECK_STR(str(op ? op->name : "none"), rows[i].op ? rows[i].op : "none");
        CHECK_I64(known, rows[i].path_known);
        if (!op) continue;
        CHECK_I64(p.n, rows[i].id ? 1 : 0);
        if (rows[i].id) CHECK_STR(p.values[0], rows[i].id);
    }
    op_table_free(t);
}

TEST(a_known_path_names_its_methods) {
    static const struct {
        const char *path, *want;
    } rows[] = {
        {"/api/things", "GET, HEAD, POST, OPTIONS"},
        {"/api/things/7", "GET, HEAD, PUT, OPTIONS"},
        {"/api/things/reorder", "PUT, OPTIONS"},
        {"/api/things/7/start", "POST, OPTIONS"},
    };
    OpTable *t = open_table();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) Buf allow;
        buf_init(&allow, 100);
        op_allow(t, str(rows[i].path), &allow);
        CHECK_STR(buf_str(&allow), rows[i].want);
    }
    op_table_free(t);
}

TEST(an_operation_is_found_by_its_name) {
    OpTable *t = open_table();
    CHECK(op_find(t, STR("start")) == &served[5]);
    CHECK(!op_find(t, STR("star")));
    CHECK(!op_find(t, STR("")));
    op_table_free(t);
}

TEST(an_invalid_row_is_named_and_the_table_is_refused) {
    static const struct {
        Op rows[3];
        const char *says;
    } faulty[] = {
        {{{.name = "no_handler", .route = "GET /a", .role = ROLE_VIEWER, .doc = "x"}}, "no_handler"},
        {{{.name = "no_doc", .route = "GET /a", .role = ROLE_VIEWER, .run = nothing}}, "no_doc"},
        {{{.name = "no_role", .route = "GET /a", .run = nothing, .doc = "x"}}, "no_role"},
        {{ROW("no_recover", "POST /a", .flags = OP_WRITES | OP_EFFECTS)}, "recover"},
        {{ROW("no_turn", "POST /a", .flags = OP_WRITES | OP_EFFECTS, .recover = undo_nothing)}, "subject"},
        {{ROW("no_method", "/a")}, "METHOD"},
        {{ROW("no_path", "GET a")}, "METHOD"},
        {{ROW("no_field", "GET /a/{ids}", .in = &OneId_shape)}, "{ids}"},
        {{ROW("no_input", "GET /a/{id}")}, "{id}"},
        {{ROW("from_body", "GET /a/{id}", .in = &BodyId_shape)}, "{id}"},
        {{ROW("not_on_path", "GET /a", .in = &OneId_shape)}, "not_on_path"},
        {{ROW("too_many", "GET /a/{a}/{b}/{c}/{d}/{e}", .in = &FiveIds_shape)}, "too_many"},
        {{ROW("too_long", "GET /1/2/3/4/5/6/7/8/9/10/11")}, "too_long"},
        {{ROW("twin", "GET /a"), ROW("twin", "GET /b")}, "twin"},
        {{ROW("first", "GET /a/{id}", .in = &OneId_shape), ROW("second", "GET /a/{id}", .in = &OneId_shape)}, "second"},
        {{ROW("slow_without", "POST /a", .where = ON_SLOW)}, "slow_without"},
        {{ROW("writes_on_loop", "POST /a", .where = ON_LOOP, .flags = OP_WRITES)}, "writes_on_loop"},
    };
    for (size_t i = 0; i < COUNT_OF(faulty); i++) {
        const Op *lists[] = {faulty[i].rows, NULL};
        OpTable *t = NULL;
        Err e = {0};
        CHECK_ERR(op_table_new(lists, &t, &e), e, ERR_INTERNAL);
        CHECK(!t);
        if (!str_find(str(e.text), str(faulty[i].says), &(size_t){0}))
            test_fail(__FILE__, __LINE__, "row %zu: \"%s\" does not name %s", i, e.text, faulty[i].says);
    }
}
