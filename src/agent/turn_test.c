/* Turns: what happens between a prompt and its answer, and how it ends. */
#include "agent/bench.h"
#include "base/test.h"

/* "0 outcome message tools=n files=n cost tokens | ..." of the rows, in order. */
static Str rows(Bench *b) {
    return test_cell(
        &b->t,
        "SELECT group_concat(t.idx || ' ' || outcome || ' ' || coalesce(m.content, '-') || ' tools=' || tool_calls "
        "|| ' files=' || files_changed || coalesce(' ' || t.cost_micros || ' ' || tokens, ''), ' | ') "
        "FROM (SELECT * FROM turn ORDER BY idx) t "
        "LEFT JOIN message m ON m.conversation = t.conversation AND m.id = t.message_id");
}

static void begin(Bench *b, const char *prompt) {
    CHECK_I64(bench_send(b, prompt), 202);
    bench_accept_prompt(b);
}

static void open_with(Bench *b, const char *prompt) {
    bench_open(b);
    bench_start(b);
    begin(b, prompt);
}

#define EDIT_START(id, file) \
    { EV_KIND_TOOL_START, "{\"toolId\":\"" id "\",\"name\":\"Write\",\"kind\":\"edit\",\"title\":\"" file "\"}" }
#define TOOL_END(id, rest) \
    { EV_KIND_TOOL_END, "{\"toolId\":\"" id "\",\"output\":\"\"," rest "}" }
#define USAGE(cost)                                                                                              \
    {                                                                                                            \
        EV_KIND_USAGE,                                                                                           \
            "{\"model\":\"m\",\"input\":1,\"output\":2,\"cacheRead\":3,\"cacheCreation\":4,\"costMicros\":" cost \
            ",\"requests\":1}"                                                                                   \
    }

TEST(a_turn_counts_what_happens_in_it) {
    static const Say works[] = {
        EDIT_START("t-1", "/w/a"),
        TOOL_END("t-1", "\"isError\":false,\"path\":\"/w/a\""),
        EDIT_START("t-2", "/w/a"),
        TOOL_END("t-2", "\"isError\":false"), /* the same file, by its title */
        EDIT_START("t-3", "/w/b"),
        TOOL_END("t-3", "\"isError\":false"),
        EDIT_START("t-4", "/w/c"),
        TOOL_END("t-4", "\"isError\":true"), /* refused */
        {EV_KIND_TOOL_START, "{\"toolId\":\"t-5\",\"name\":\"Read\",\"kind\":\"read\",\"title\":\"/w/d\"}"},
        TOOL_END("t-5", "\"isError\":false,\"path\":\"/w/d\""),
        USAGE("70"),
        USAGE("5"),
        {EV_KIND_TURN_END, "{\"outcome\":\"ok\",\"durationMs\":1234}"},
        {EV_KIND_STATE, "{\"state\":\"idle\",\"byProtocol\":true}"},
        {0}};
    Bench b;
    open_with(&b, "Fix it");
    CHECK_STR(rows(&b), "0 running Fix it tools=0 files=0");
    bench_apply(&b, works);
    CHECK_STR(rows(&b), "0 ok Fix it tools=5 files=2 75 20");
    begin(&b, "\\n  Second line\\nthird");
    bench_apply(&b, (Say[]){{EV_KIND_TURN_END, "{\"outcome\":\"error\",\"text\":\"no\"}"}, {0}});
    TestCall c = {.op = "list_turns", .json = "{\"agentId\":\"" AGENT_ID "\"}"};
    CHECK_I64(test_call(&b.t, &c), 200);
    Json *root = NULL;
    CHECK(json_parse(b.t.arena, c.body, JSON_DEPTH_MAX, &root, NULL) >= 0);
    const Json *first = &json_get(root, "turns")->items[0], *second = &json_get(root, "turns")->items[1];
    CHECK_STR(json_str(first, "firstLine"), "Fix it");
    CHECK_STR(json_str(first, "outcome"), "ok");
    CHECK_I64(json_i64(first, "durationMs", -1), 1234);
    CHECK_I64(json_i64(first, "filesChanged", -1), 2);
    CHECK_I64(json_i64(first, "toolCalls", -1), 5);
    CHECK_I64(json_i64(first, "costMicros", -1), 75);
    CHECK_I64(json_i64(first, "tokens", -1), 20);
    CHECK(id_is(json_str(first, "messageId"), "msg"));
    CHECK_STR(json_str(second, "firstLine"), "Second line");
    CHECK_STR(json_str(second, "outcome"), "error");
    CHECK(!json_get(second, "costMicros") && !json_get(second, "tokens"));
    CHECK_I64(json_i64(root, "total", -1), 2);
    bench_close(&b);
}

static int ask_stop(Tx *tx, void *arg, Err *e) {
    Bench *b = arg;
    TRY(launch_mark_stop(tx, b->launch, e));
    return agent_act(tx, &b->agent, (ConversationAct){.act = ACT_STOP_ASKED}, b->t.arena, e);
}

TEST(a_turn_that_is_cut_ends_as_the_status_says) {
    static const struct {
        const char *why, *exit, *want;
        bool stops, is_lost;
    } cases[] = {
        {"killed by someone", "{\"signal\":9,\"isClean\":false}", "0 error go", false, false},
        {"stopped by its user", "{\"signal\":9,\"isClean\":false}", "0 interrupted go", true, false},
        {"ended by itself", "{\"code\":0,\"isClean\":true}", "0 unknown go", false, false},
        {"its hold was lost", NULL, "0 unknown go", false, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Bench b;
        open_with(&b, "go");
        if (cases[i].stops) test_write(&b.t, ask_stop, &b);
        if (cases[i].is_lost) {
            test_write(&b.t, bench_lose_tx, &(Loss){&b, LAUNCH_LOST_WHY ": it was killed"});
            test_write(&b.t, bench_end_row, NULL);
        } else {
            bench_exit(&b, (HoldExit){.signal = 9, .reason = STR("exit")}, (Say[]){{EV_KIND_EXIT, cases[i].exit}, {0}});
        }
        if (!str_starts(rows(&b), str(cases[i].want)))
            test_fail(__FILE__, __LINE__, "%s: " STR_FMT, cases[i].why, STR_ARG(rows(&b)));
        bench_start(&b);
        begin(&b, "again");
        CHECK_STR(test_cell(&b.t, "SELECT outcome FROM turn WHERE idx = 1"), "running");
        bench_close(&b);
    }
}

TEST(a_gap_leaves_a_turn_unknown_until_its_program_speaks_on) {
    static const Say gap[] = {{EV_KIND_GAP, "{\"from\":1,\"to\":2,\"reason\":\"damaged\"}"}, {0}};
    static const Say speaks[] = {{EV_KIND_TEXT, "{\"block\":\"b\",\"text\":\"Still here\"}"}, {0}};
    DerivedGap lost = {.accepted = 1};
    Batch batch;
    Bench b;
    open_with(&b, "go");
    bench_say(&batch, &b, gap);
    batch.out.gap = &lost;
    test_write(&b.t, bench_apply_tx, &batch);
    CHECK_STR(rows(&b), "0 unknown go tools=0 files=0");
    bench_apply(&b, speaks);
    CHECK_STR(rows(&b), "0 running go tools=0 files=0");
    bench_close(&b);
}

TEST(what_a_program_says_by_itself_is_a_turn_without_a_prompt) {
    static const Say done[] = {IDLE, {0}};
    static const Say speaks[] = {{EV_KIND_TEXT, "{\"block\":\"b\",\"text\":\"The build is done\"}"},
                                 {EV_KIND_TURN_END, "{\"outcome\":\"ok\"}"},
                                 USAGE("3"),
                                 {0}};
    Bench b;
    open_with(&b, "go");
    bench_apply(&b, done);
    bench_apply(&b, speaks);
    CHECK_STR(rows(&b), "0 ok go tools=0 files=0 | 1 ok - tools=0 files=0 3 10");
    bench_close(&b);
}

/* "3 4 5 older newer" */
static Str page(Bench *b, const char *json) {
    CLEANUP(buf_done) Buf out;
    Json *root = NULL;
    TestCall c = {.op = "list_turns", .json = arena_fmt(b->t.arena, "{\"agentId\":\"" AGENT_ID "\"%s}", json).p};
    buf_init(&out, 65536);
    if (test_call(&b->t, &c) != 200) return test_json(&b->t, c.body, "error.message");
    CHECK(json_parse(b->t.arena, c.body, JSON_DEPTH_MAX, &root, NULL) >= 0);
    const Json *turns = json_get(root, "turns");
    for (size_t i = 0; i < turns->n; i++)
        buf_add_fmt(&out, "%lld ", (long long)json_i64(&turns->items[i], "index", -1));
    buf_add_fmt(&out, "of %lld", (long long)json_i64(root, "total", -1));
    if (json_bool(root, "hasMore", false)) buf_add_fmt(&out, " before " STR_FMT, STR_ARG(json_str(root, "nextCursor")));
    if (json_bool(root, "hasNewer", false))
        buf_add_fmt(&out, " after " STR_FMT, STR_ARG(json_str(root, "previousCursor")));
    return arena_str(b->t.arena, buf_str(&out));
}

TEST(turns_are_read_before_and_after_a_place) {
    static const struct {
        const char *json, *want;
    } cases[] = {
        {",\"limit\":3", "17 18 19 of 20 before 17"},
        {",\"limit\":3,\"before\":\"17\"", "14 15 16 of 20 before 14 after 16"},
        {",\"limit\":3,\"after\":\"16\"", "17 18 19 of 20 before 17"},
        {",\"limit\":3,\"before\":\"msg_00000000000000000000000005\"", "2 3 4 of 20 before 2 after 4"},
        {",\"limit\":3,\"after\":\"msg_00000000000000000000000005\"", "6 7 8 of 20 before 6 after 8"},
        {",\"limit\":2,\"before\":\"2023-11-14T22:13:30Z\"", "8 9 of 20 before 8 after 9"},
        {",\"limit\":2,\"after\":\"2023-11-14T22:13:30Z\"", "11 12 of 20 before 11 after 12"},
        {",\"after\":\"19\"", "of 20 before "},
        {",\"after\":\"900\"", "of 20 before "},
        {",\"before\":\"msg_00000000000000000000000099\"",
         "no turn of " AGENT_ID " begins with msg_00000000000000000000000099"},
        {",\"before\":\"1\",\"after\":\"2\"", "`before` and `after` cannot be used together"},
    };
    Bench b;
    bench_open(&b);
    CHECK_STR(page(&b, ""), "of 0");
    rig_run(&b.t, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19) "
                  "INSERT INTO turn (conversation, step, idx, message_id, started_at, outcome) "
                  "SELECT 1, '', i, printf('msg_%026d', i), 1700000000000000 + i * 1000000, 'ok' FROM n");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Str got = page(&b, cases[i].json);
        if (!str_is(got, cases[i].want))
            test_fail(__FILE__, __LINE__, "%s gives `" STR_FMT "`, not `%s`", cases[i].json, STR_ARG(got),
                      cases[i].want);
    }
    /* A prompt that was handed over three times. */
    rig_run(&b.t, "UPDATE turn SET message_id = 'msg_00000000000000000000000005' WHERE idx IN (6, 7)");
    CHECK_STR(page(&b, ",\"limit\":3,\"before\":\"msg_00000000000000000000000005\""), "2 3 4 of 20 before 2 after 4");
    CHECK_STR(page(&b, ",\"limit\":3,\"after\":\"msg_00000000000000000000000005\""), "8 9 10 of 20 before 8 after 10");
    bench_close(&b);
}

TEST(a_long_first_line_is_cut_at_200_characters) {
    CLEANUP(buf_done) Buf text;
    Bench b;
    buf_init(&text, 4096);
    for (int i = 0; i < 300; i++) buf_add_str(&text, STR("\xf0\x9d\x84\x9e"));
    open_with(&b, text.p);
    TestCall c = {.op = "list_turns", .json = "{\"agentId\":\"" AGENT_ID "\"}"};
    CHECK_I64(test_call(&b.t, &c), 200);
    Json *root = NULL;
    CHECK(json_parse(b.t.arena, c.body, JSON_DEPTH_MAX, &root, NULL) >= 0);
    CHECK_I64(str_chars(json_str(&json_get(root, "turns")->items[0], "firstLine")), 200);
    bench_close(&b);
}

TEST(turns_go_with_what_is_deleted_and_with_age) {
    Bench b;
    Err e = {0};
    open_with(&b, "go");
    bench_apply(&b, (Say[]){IDLE, {0}});
    begin(&b, "on");
    CHECK_OK(messages_expire(&b.t.app, INT64_MAX, &e), e);
    CHECK_STR(test_cell(&b.t, "SELECT group_concat(outcome) FROM turn"), "running");
    bench_exit(&b, (HoldExit){.reason = STR("exit")}, (Say[]){{EV_KIND_EXIT, "{\"code\":0,\"isClean\":true}"}, {0}});
    TestCall c = {.op = "delete_agent", .json = "{\"agentId\":\"" AGENT_ID "\",\"archive\":false}"};
    CHECK_I64(test_call(&b.t, &c), 204);
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM turn"), "0");
    bench_close(&b);
}
