/* Search in messages: where matches are, filters, pages, and time that runs out. */
#include "agent/bench.h"
#include "base/test.h"
#include "conversation/find.h"

/* A prompt, an answer, two calls (one failed) and a thought. */
static void fill(Bench *b) {
    static const Say said[] = {
        {EV_KIND_THOUGHT, "{\"block\":\"m/0\",\"text\":\"Where is the Error?\"}"},
        {EV_KIND_TEXT, "{\"block\":\"m/1\",\"text\":\"An \xc3\x84rger: ERROR in a.c\\nand error in b.c\"}"},
        {EV_KIND_TOOL_START, "{\"toolId\":\"t1\",\"name\":\"Bash\",\"kind\":\"execute\",\"title\":\"grep error\","
                             "\"input\":{\"command\":\"grep error\",\"deep\":[{\"x\":\"no\"},{\"y\":\"an error\"}]}}"},
        {EV_KIND_TOOL_END,
         "{\"toolId\":\"t1\",\"isError\":true,\"output\":\"Exit code 2\\n\\\"error\\\"\",\"exitCode\":2}"},
        {EV_KIND_TOOL_START, "{\"toolId\":\"t2\",\"name\":\"Edit\",\"kind\":\"edit\",\"title\":\"a.c\","
                             "\"input\":{\"file_path\":\"a.c\"}}"},
        {EV_KIND_TOOL_END, "{\"toolId\":\"t2\",\"isError\":false,\"output\":\"ok\",\"added\":3,\"removed\":1}"},
        {-1, NULL}};
    bench_open(b);
    bench_start(b);
    bench_apply(b, said);
}

/* One answer as lines of "place part member start-end [excerpt]". */
static Str print_hits(Bench *b, Str body) {
    CLEANUP(buf_done) Buf out;
    Json *root = NULL;
    buf_init(&out, 65536);
    CHECK(json_parse(b->t.arena, body, JSON_DEPTH_MAX, &root, NULL) >= 0);
    const Json *hits = json_get(root, "hits");
    for (size_t i = 0; hits && i < hits->n; i++) {
        const Json *h = &hits->items[i];
        if (json_get(h, "index"))
            buf_add_fmt(&out, "%lld ", (long long)json_i64(h, "index", -1));
        else
            buf_add_fmt(&out, STR_FMT " ", STR_ARG(json_str(h, "kind")));
        buf_add_fmt(&out, STR_FMT STR_FMT " %lld-%lld; ", STR_ARG(json_str(h, "part")), STR_ARG(json_str(h, "member")),
                    (long long)json_i64(h, "start", -1), (long long)json_i64(h, "end", -1));
    }
    buf_add_str(&out, json_get(root, "nextCursor") ? STR("more") : STR("all"));
    return arena_str(b->t.arena, buf_str(&out));
}

static TestCall find(Bench *b, const char *json, int want) {
    TestCall c = {.op = "find_in_messages", .json = arena_fmt(b->t.arena, "{\"agentId\":\"" AGENT_ID "\",%s}", json).p};
    if (test_call(&b->t, &c) != want) test_fail(__FILE__, __LINE__, "%s: " STR_FMT, json, STR_ARG(c.body));
    return c;
}

static void check_found(Bench *b, const char *json, const char *want) {
    TestCall c = find(b, json, 200);
    Str got = print_hits(b, c.body);
    if (!str_is(got, want)) test_fail(__FILE__, __LINE__, "%s gives `" STR_FMT "`, not `%s`", json, STR_ARG(got), want);
}

TEST(matches_are_found_in_texts_arguments_outputs_and_thoughts) {
    static const struct {
        const char *json, *want;
    } cases[] = {
        {"\"q\":\"error\"", "0 content 10-15; 0 content 27-32; 1 inputcommand 5-10; 1 inputdeep[1].y 3-8; "
                            "1 output 13-18; thought content 13-18; all"},
        {"\"q\":\"Error\",\"caseSensitive\":true", "thought content 13-18; all"},
        {"\"q\":\"\xc3\xa4RGER\"", "0 content 3-8; all"},
        {"\"q\":\"^and\",\"regex\":true", "0 content 23-26; all"},
        {"\"q\":\"^and\"", "all"},
        {"\"q\":\"\\\"error\\\"\"", "1 output 12-19; all"},
        {"\"q\":\"error\",\"kinds\":[\"tool\"]", "1 inputcommand 5-10; 1 inputdeep[1].y 3-8; 1 output 13-18; all"},
        {"\"q\":\"error\",\"kinds\":[\"thought\"]", "thought content 13-18; all"},
        {"\"q\":\"error\",\"roles\":[\"user\"]", "all"},
        {"\"q\":\"error\",\"roles\":[\"assistant\"],\"to\":\"9\"", "0 content 10-15; 0 content 27-32; all"},
        {"\"q\":\"a.c\",\"toolName\":\"Edit\"", "2 inputfile_path 0-3; all"},
        {"\"q\":\"o\",\"onlyErrors\":true,\"limit\":1", "1 inputcommand 8-9; more"},
        {"\"q\":\"error\",\"from\":\"1\",\"to\":\"1\"",
         "1 inputcommand 5-10; 1 inputdeep[1].y 3-8; 1 output 13-18; all"},
        {"\"q\":\"error\",\"from\":\"2033-01-01T00:00:00Z\"", "all"},
        {"\"q\":\"error\",\"to\":\"2033-01-01T00:00:00Z\",\"limit\":2", "0 content 10-15; 0 content 27-32; more"},
        {"\"q\":\"error\",\"to\":\"1983-01-01T00:00:00Z\"", "all"},
    };
    Bench b;
    fill(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) check_found(&b, cases[i].json, cases[i].want);
    bench_close(&b);
}

TEST(what_is_asked_wrongly_is_refused_by_name) {
    static const struct {
        const char *json, *part;
    } cases[] = {{"\"q\":\"a(b\",\"regex\":true", "after character 3"},
                 {"\"q\":\"a\",\"from\":\"soon\"", "`from` must be a time"},
                 {"\"q\":\"a\",\"cursor\":\"m1.2.3\"", "`cursor` must be"},
                 {"\"q\":\"a\",\"cursor\":\"x1.2.3.4\"", "`cursor` must be"},
                 {"\"q\":\"a\",\"cursor\":\"m1.2.3.4.5\"", "`cursor` must be"},
                 {"\"q\":\"\"", "q"},
                 {"\"q\":\"a\",\"kinds\":[\"texts\"]", "kinds"}};
    Bench b;
    fill(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        TestCall c = find(&b, cases[i].json, 400);
        size_t at;
        CHECK(str_find(c.body, str(cases[i].part), &at));
    }
    bench_close(&b);
}

/* Each page has one match; together they are those of one call. */
TEST(a_cursor_goes_on_inside_a_message) {
    Bench b;
    fill(&b);
    CLEANUP(buf_done) Buf all;
    buf_init(&all, 65536);
    Str cursor = STR("");
    int n = 0;
    do {
        const char *json =
            cursor.n ? arena_fmt(b.t.arena, "\"q\":\"error\",\"limit\":1,\"cursor\":\"" STR_FMT "\"", STR_ARG(cursor)).p
                     : "\"q\":\"error\",\"limit\":1";
        TestCall c = find(&b, json, 200);
        Str hits = print_hits(&b, c.body);
        cursor = test_json(&b.t, c.body, "nextCursor");
        buf_add_str(&all, str_upto(hits, hits.n - (cursor.n ? 4 : 3)));
    } while (cursor.n && ++n < 10);
    CHECK_STR(buf_str(&all), "0 content 10-15; 0 content 27-32; 1 inputcommand 5-10; 1 inputdeep[1].y 3-8; "
                             "1 output 13-18; thought content 13-18; ");
    bench_close(&b);
}

static MessageFound find_in(Bench *b, const MessageFind *in, int64_t slice_ms) {
    Conversation row;
    MessageFound out;
    Err e = {0};
    CHECK_OK(conversation_get(b->t.conn, STR("agent"), STR(AGENT_ID), b->t.arena, &row, &e), e);
    CHECK_OK(message_find(b->t.conn, &row, &(FindCall){in, slice_ms}, b->t.arena, &out, &e), e);
    return out;
}

/* An expression that never ends on one text gives up on it alone, and comes to the rest. */
TEST(time_that_runs_out_is_no_end) {
    Bench b;
    fill(&b);
    rig_run(
        &b.t,
        "INSERT INTO message (conversation, id, branch, idx, role, content, is_complete, created_at) "
        "SELECT 1, 'msg_00000000000000000000000900', 1, 3, 'user', replace(hex(zeroblob(60000)), '0', 'a') || '!', 1, 5");
    rig_run(&b.t, "INSERT INTO message (conversation, id, branch, idx, role, content, is_complete, created_at) "
                  "SELECT 1, 'msg_00000000000000000000000901', 1, 4, 'user', 'aaa', 1, 5");
    rig_run(&b.t, "UPDATE conversation SET next_index = 5");
    MessageFind in = {.q = STR("^(a|aa)+$"), .regex = true, .limit = 10};
    size_t hits = 0;
    int64_t gave_up = 0;
    int n = 0;
    do {
        MessageFound out = find_in(&b, &in, 50);
        hits += out.hits.n;
        gave_up += out.gave_up;
        in.cursor = out.next_cursor;
        if (out.hits.n) CHECK_I64(out.hits.items[0].index, 4);
    } while (in.cursor.n && ++n < 50);
    CHECK_I64(hits, 1);
    CHECK_I64(gave_up, 1);
    bench_close(&b);
}

/* Reading the arguments of the call takes longer than the slice; the expression does not. */
TEST(what_is_read_slowly_is_not_given_up) {
    Bench b;
    bench_open(&b);
    rig_run(&b.t,
            "INSERT INTO message (conversation, id, branch, idx, role, content, tool_input, is_complete, created_at) "
            "SELECT 1, 'msg_00000000000000000000000900', 1, 0, 'tool', '', '{\"a\":\"needle\",\"b\":[' || "
            "replace(hex(zeroblob(500000)), '00', '1,') || '1]}', 1, 5");
    rig_run(&b.t, "UPDATE conversation SET next_index = 1");
    MessageFind in = {.q = STR("needle"), .limit = 1};
    MessageFound out = find_in(&b, &in, 20);
    CHECK_I64(out.hits.n, 1);
    CHECK_I64(out.gave_up, 0);
    bench_close(&b);
}

TEST(many_messages_are_searched_in_slices_that_say_how_far_they_came) {
    enum { MANY = 20000 };
    Bench b;
    bench_open(&b);
    rig_run(&b.t,
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999) "
            "INSERT INTO message (conversation, id, branch, idx, role, content, is_complete, created_at) "
            "SELECT 1, printf('msg_%026d', i), 1, i, 'assistant', 'message ' || i, 1, 1700000000000000 + i FROM n");
    rig_run(&b.t, "UPDATE conversation SET next_index = 20000");
    MessageFind in = {.q = STR("MESSAGE 1\\d{3}5$"), .regex = true, .limit = 500};
    int64_t hits = 0, looked = 0, last = -1;
    do {
        MessageFound out = find_in(&b, &in, 5);
        CHECK(out.looked_index >= last && out.looked_at);
        last = out.looked_index;
        hits += (int64_t)out.hits.n;
        looked += out.looked;
        in.cursor = out.next_cursor;
        CHECK_I64(out.total, MANY);
    } while (in.cursor.n);
    CHECK_I64(hits, 1000);
    CHECK_I64(looked, MANY);
    bench_close(&b);
}
