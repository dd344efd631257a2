/* Pages of messages: older and newer, by id, time and index, with and without subagents, across branches. */
#include "agent/bench.h"
#include "base/test.h"

#define MESSAGE_ID(digits) "msg_000000000000000000000000" digits

/* m0 to m99, one a second. Each tenth is a prompt; those with an odd ten were written 8.5 s before they were sent. A
 * subagent speaks three times after m20, and two prompts wait. */
static void fill(Bench *b) {
    bench_open(b);
    rig_run(&b->t, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99) "
                   "INSERT INTO message (conversation, id, branch, idx, role, content, is_complete, created_at) "
                   "SELECT 1, printf('msg_%026d', i), 1, i, iif(i % 10, 'assistant', 'user'), 'm' || i, 1, "
                   "1700000000000000 + i * 1000000 - iif(i % 20 = 10, 8500000, 0) FROM n");
    rig_run(&b->t,
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2) "
            "INSERT INTO message (conversation, id, branch, parent, behind, role, content, is_complete, created_at) "
            "SELECT 1, printf('msg_%026d', 200 + i), 1, 'call-1', 20, 'assistant', 's' || i, 1, "
            "1700000020300000 + i * 200000 FROM n");
    rig_run(&b->t, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1) "
                   "INSERT INTO message (conversation, id, branch, role, content, is_complete, state, created_at) "
                   "SELECT 1, printf('msg_%026d', 300 + i), 1, 'user', 'q' || i, 1, 'queued', 1700000000000000 FROM n");
    rig_run(&b->t, "UPDATE conversation SET next_index = 100");
}

/* "m1 m2 | 1 older newer", with firstIndex; the cursors must be the ends of the page. */
static Str page(Bench *b, const char *json) {
    CLEANUP(buf_done) Buf out;
    Json *root = NULL;
    TestCall c = {.op = "get_agent_messages",
                  .json = arena_fmt(b->t.arena, "{\"agentId\":\"" AGENT_ID "\"%s}", json).p};
    buf_init(&out, 65536);
    if (test_call(&b->t, &c) != 200) test_fail(__FILE__, __LINE__, "%s: " STR_FMT, json, STR_ARG(c.body));
    CHECK(json_parse(b->t.arena, c.body, JSON_DEPTH_MAX, &root, NULL) >= 0);
    const Json *rows = json_get(root, "messages");
    for (size_t i = 0; i < rows->n; i++) buf_add_fmt(&out, STR_FMT " ", STR_ARG(json_str(&rows->items[i], "content")));
    bool older = json_bool(root, "hasMore", false), newer = json_bool(root, "hasNewer", false);
    buf_add_fmt(&out, "| %lld%s%s", (long long)json_i64(root, "firstIndex", -1), older ? " older" : "",
                newer ? " newer" : "");
    Str first = rows->n && older ? json_str(&rows->items[0], "id") : (Str){0};
    Str last = rows->n && newer ? json_str(&rows->items[rows->n - 1], "id") : (Str){0};
    CHECK(str_eq(json_str(root, "nextCursor"), first));
    CHECK(str_eq(json_str(root, "previousCursor"), last));
    return arena_str(b->t.arena, buf_str(&out));
}

typedef struct PageCase {
    const char *json, *want;
} PageCase;

static void check_pages(Bench *b, const PageCase *cases) {
    for (const PageCase *c = cases; c->json; c++) {
        Str got = page(b, c->json);
        if (!str_is(got, c->want))
            test_fail(__FILE__, __LINE__, "%s gives `" STR_FMT "`, not `%s`", c->json, STR_ARG(got), c->want);
    }
}

TEST(messages_are_read_before_after_and_around_an_id_and_an_index) {
    static const PageCase cases[] = {
        {",\"limit\":3", "m99 q0 q1 | 99 older"},
        {",\"limit\":1", "q1 | -1 older"},
        {",\"limit\":3,\"before\":\"50\"", "m47 m48 m49 | 47 older newer"},
        {",\"limit\":3,\"before\":\"" MESSAGE_ID("50") "\"", "m47 m48 m49 | 47 older newer"},
        {",\"limit\":3,\"before\":\"2\"", "m0 m1 | 0 newer"},
        {",\"limit\":3,\"before\":\"0\"", "| -1"},
        {",\"limit\":2,\"before\":\"5000\"", "m98 m99 | 98 older newer"},
        {",\"limit\":3,\"after\":\"97\"", "m98 m99 q0 | 98 older newer"},
        {",\"limit\":3,\"after\":\"" MESSAGE_ID("97") "\"", "m98 m99 q0 | 98 older newer"},
        {",\"after\":\"msg_00000000000000000000000301\"", "| -1"},
        {",\"after\":\"msg_00000000000000000000000300\"", "q1 | -1 older"},
        {",\"limit\":2,\"before\":\"msg_00000000000000000000000300\"", "m98 m99 | 98 older newer"},
        {",\"limit\":3,\"before\":\"msg_00000000000000000000000301\"", "m98 m99 q0 | 98 older newer"},
        {",\"limit\":5,\"around\":\"50\"", "m48 m49 m50 m51 m52 | 48 older newer"},
        {",\"limit\":1,\"around\":\"" MESSAGE_ID("50") "\"", "m50 | 50 older newer"},
        {",\"limit\":5,\"around\":\"0\"", "m0 m1 m2 m3 m4 | 0 newer"},
        {",\"limit\":5,\"around\":\"msg_00000000000000000000000301\"", "m97 m98 m99 q0 q1 | 97 older"},
        {",\"limit\":2,\"around\":\"5000\"", "m99 q0 | 99 older newer"},
        {0}};
    Bench b;
    fill(&b);
    check_pages(&b, cases);
    bench_close(&b);
}

/* The base of the times is 22:13:20. */
TEST(a_time_leads_to_what_was_sent_or_said_then) {
    static const PageCase cases[] = {
        {",\"limit\":2,\"before\":\"2023-11-14T22:13:50Z\"",
         "m29 m30 | 29 older newer"}, /* m30 was written before it */
        {",\"limit\":2,\"before\":\"2023-11-14T22:14:00Z\"", "m38 m39 | 38 older newer"},
        {",\"limit\":2,\"before\":\"2023-11-14T23:14:00+01:00\"", "m38 m39 | 38 older newer"},
        {",\"limit\":2,\"after\":\"2023-11-14T22:14:00Z\"", "m41 m42 | 41 older newer"},
        {",\"limit\":2,\"after\":\"2023-11-14T22:13:59.999999Z\"", "m40 m41 | 40 older newer"},
        {",\"limit\":3,\"around\":\"2023-11-14T22:14:00Z\"", "m39 m40 m41 | 39 older newer"},
        {",\"limit\":2,\"before\":\"2033-01-01T00:00:00Z\"", "m98 m99 | 98 older newer"},
        {",\"limit\":2,\"after\":\"2033-01-01T00:00:00Z\"", "q0 q1 | -1 older"},
        {",\"limit\":2,\"before\":\"1983-01-01T00:00:00Z\"", "| -1"},
        {",\"limit\":2,\"around\":\"1983-01-01T00:00:00Z\"", "m0 m1 | 0 newer"},
        {",\"limit\":2,\"before\":\"2023-11-14T22:13:40.5Z\",\"includeSubagents\":true", "m20 s0 | 20 older newer"},
        {",\"limit\":2,\"after\":\"2023-11-14T22:13:40.5Z\",\"includeSubagents\":true", "s2 m21 | 21 older newer"},
        {0}};
    Bench b;
    fill(&b);
    check_pages(&b, cases);
    bench_close(&b);
}

TEST(messages_of_subagents_are_left_out_until_they_are_asked_for) {
    static const PageCase cases[] = {
        {",\"limit\":3,\"before\":\"22\"", "m19 m20 m21 | 19 older newer"},
        {",\"limit\":6,\"before\":\"22\",\"includeSubagents\":true", "m19 m20 s0 s1 s2 m21 | 19 older newer"},
        {",\"limit\":4,\"after\":\"20\",\"includeSubagents\":true", "s0 s1 s2 m21 | 21 older newer"},
        {",\"limit\":2,\"after\":\"msg_00000000000000000000000201\",\"includeSubagents\":true",
         "s2 m21 | 21 older newer"},
        {",\"limit\":2,\"after\":\"msg_00000000000000000000000201\"", "m21 m22 | 21 older newer"},
        {",\"limit\":2,\"before\":\"msg_00000000000000000000000201\"", "m19 m20 | 19 older newer"},
        {",\"limit\":3,\"around\":\"msg_00000000000000000000000201\",\"includeSubagents\":true",
         "s0 s1 s2 | -1 older newer"},
        {0}};
    Bench b;
    fill(&b);
    check_pages(&b, cases);
    TestCall c = {.op = "get_agent_messages", .json = "{\"agentId\":\"" AGENT_ID "\",\"includeSubagents\":true}"};
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK_STR(test_json(&b.t, c.body, "total"), "102");
    bench_close(&b);
}

/* The head shows its own messages behind what it shares with its parent. */
TEST(a_page_follows_the_branch_that_is_shown) {
    static const PageCase cases[] = {{",\"limit\":4,\"before\":\"52\"", "m48 m49 b50 b51 | 48 older newer"},
                                     {",\"limit\":3,\"after\":\"48\"", "m49 b50 b51 | 49 older newer"},
                                     {",\"limit\":3,\"around\":\"50\"", "m49 b50 b51 | 49 older newer"},
                                     {",\"limit\":2,\"before\":\"2023-11-14T22:14:20Z\"", "m48 m49 | 48 older newer"},
                                     {",\"limit\":2,\"before\":\"2023-11-14T22:14:02Z\"", "m40 m41 | 40 older newer"},
                                     {",\"limit\":3", "b59 q0 q1 | 59 older"},
                                     {0}};
    Bench b;
    fill(&b);
    rig_run(&b.t, "INSERT INTO branch (conversation, number, parent, behind) VALUES (1, 2, 1, 49)");
    rig_run(&b.t, "WITH RECURSIVE n(i) AS (SELECT 50 UNION ALL SELECT i + 1 FROM n WHERE i < 59) "
                  "INSERT INTO message (conversation, id, branch, idx, role, content, is_complete, created_at) "
                  "SELECT 1, printf('msg_%026d', 400 + i), 2, i, 'assistant', 'b' || i, 1, "
                  "1700001000000000 + i * 1000000 FROM n");
    rig_run(&b.t, "UPDATE conversation SET head_branch = 2, next_index = 60");
    check_pages(&b, cases);
    bench_close(&b);
}

TEST(a_place_that_cannot_be_read_is_named) {
    static const struct {
        const char *json;
        int status;
        const char *says;
    } cases[] = {
        {"\"before\":\"msg_00000000000000000000000999\"", 404,
         "no message msg_00000000000000000000000999 of " AGENT_ID},
        {"\"before\":\"3\",\"around\":\"4\"", 400, "`before` and `around` cannot be used together"},
        {"\"after\":\"2026-13-45T00:00:00Z\"", 400, "`after` takes the id of a message, a time (RFC 3339) or an index"},
        {"\"around\":\"-1\"", 400, "`around` takes the id of a message, a time (RFC 3339) or an index"},
        {"\"around\":\"99999999999999999999\"", 400,
         "`around` takes the id of a message, a time (RFC 3339) or an index"},
        {"\"around\":\"\"", 400, NULL}};
    Bench b;
    fill(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        TestCall c = {.op = "get_agent_messages",
                      .json = arena_fmt(b.t.arena, "{\"agentId\":\"" AGENT_ID "\",%s}", cases[i].json).p};
        CHECK_I64(test_call(&b.t, &c), cases[i].status);
        if (cases[i].says) CHECK_STR(test_json(&b.t, c.body, "error.message"), cases[i].says);
    }
    bench_close(&b);
}

/* What a subagent says follows the message of the main thread that came before it. */
TEST(a_subagent_speaks_after_the_call_that_began_it) {
    static const Say said[] = {{EV_KIND_TEXT, "{\"block\":\"a\",\"text\":\"one\"}"},
                               {EV_KIND_TEXT, "{\"block\":\"b\",\"text\":\"sub\",\"parent\":\"call-1\"}"},
                               {EV_KIND_TEXT, "{\"block\":\"c\",\"text\":\"two\"}"},
                               {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, said);
    CHECK_STR(page(&b, ""), "one two | 0");
    CHECK_STR(page(&b, ",\"includeSubagents\":true"), "one sub two | 0");
    CHECK_STR(page(&b, ",\"after\":\"0\",\"includeSubagents\":true"), "sub two | 1 older");
    bench_close(&b);
}

/* "q2 q1 | more" */
static Str doubtful(Bench *b, const char *json) {
    CLEANUP(buf_done) Buf out;
    Json *root = NULL;
    TestCall c = {.op = "list_doubtful_messages", .json = json};
    buf_init(&out, 65536);
    CHECK_I64(test_call(&b->t, &c), 200);
    CHECK(json_parse(b->t.arena, c.body, JSON_DEPTH_MAX, &root, NULL) >= 0);
    const Json *rows = json_get(root, "messages");
    for (size_t i = 0; i < rows->n; i++) buf_add_fmt(&out, STR_FMT " ", STR_ARG(json_str(&rows->items[i], "content")));
    buf_add_fmt(&out, "|%s", json_bool(root, "hasMore", false) ? " more" : "");
    return arena_str(b->t.arena, buf_str(&out));
}

TEST(prompts_that_may_not_have_arrived_are_listed_however_old_they_are) {
    Bench b;
    bench_open(&b);
    rig_run(&b.t, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99) "
                  "INSERT INTO message (conversation, id, branch, idx, role, content, is_complete, state, created_at) "
                  "SELECT 1, printf('msg_%026d', i), 1, i, 'user', 'm' || i, 1, "
                  "iif(i IN (1, 5, 70), 'delivery_unknown', 'sent'), 1700000000000000 FROM n");
    CHECK_STR(doubtful(&b, "{\"agentId\":\"" AGENT_ID "\"}"), "m70 m5 m1 |");
    CHECK_STR(doubtful(&b, "{\"limit\":2}"), "m70 m5 | more");
    CHECK_STR(doubtful(&b, "{\"limit\":2,\"after\":\"msg_00000000000000000000000005\"}"), "m1 |");
    rig_run(&b.t, "UPDATE agent SET deleted_at = 1");
    CHECK_STR(doubtful(&b, "{}"), "|");
    bench_close(&b);
}
