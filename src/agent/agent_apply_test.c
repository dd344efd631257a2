/* What an agent's events do to its rows, its asks, its queue and its status. */
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "agent/bench.h"
#include "base/test.h"
#include "conversation/conversation_in.h"
#include "core/hook.h"

static void check_named(Bench *b, const char *fields, const char *want) {
    TestCall c = {.op = "create_agent", .json = arena_fmt(b->t.arena, "{\"worktreeId\":\"wt" ULID_ "\"%s}", fields).p};
    CHECK_I64(test_call(&b->t, &c), 201);
    CHECK_STR(test_cell(&b->t, "SELECT name FROM agent ORDER BY created_at DESC, id DESC LIMIT 1"), want);
}

TEST(an_agent_without_a_name_is_named_after_its_prompt) {
    static const struct {
        const char *fields, *want;
    } cases[] = {
        {"", "Agent"},
        {"", "Agent 2"},
        {",\"name\":\"Agent\"", "Agent"},
        {",\"initialPrompt\":\"Fix the login\"", "Fix the login"},
        {",\"initialPrompt\":\" Fix \\n\\n the\\tlogin \"", "Fix the login 2"},
        {",\"initialPrompt\":\"Fix the login\"", "Fix the login 3"},
        {",\"initialPrompt\":\"\\u0001 \\n\"", "Agent 3"},
        {",\"initialPrompt\":\"Write a test for every branch of the parser\"", "Write a test for every branch of the"},
        {",\"initialPrompt\":\"Exactly as many words as a name can have.\"", "Exactly as many words as a name can"},
        {",\"initialPrompt\":\"Precisely the words that a name can have\"", "Precisely the words that a name can have"},
        {",\"initialPrompt\":\"ääääääääääääääääääääääääääääääääääääääääää\"",
         "ääääääääääääääääääääääääääääääääääääääää"},
    };
    Bench b;
    bench_open(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) check_named(&b, cases[i].fields, cases[i].want);
    bench_close(&b);
}

/* ---- starting ---- */

/* What held when the start was prepared may have changed before its write. */
TEST(nothing_starts_that_went_away_meanwhile) {
    static const struct {
        const char *change, *back;
        ErrCode want;
    } rows[] = {
        {"UPDATE agent SET deleted_at = 1", "UPDATE agent SET deleted_at = NULL", ERR_CONFLICT},
        {"UPDATE worktree SET trash_id = 'trs" ULID_ "'", "UPDATE worktree SET trash_id = NULL", ERR_NOT_FOUND},
        {"INSERT INTO op_intent VALUES ('int', 'delete_worktree', NULL, 'me', '{\"worktreeId\":\"wt" ULID_
         "\"}', '', 1)",
         "DELETE FROM op_intent", ERR_CONFLICT},
    };
    Bench b;
    bench_open(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rig_run(&b.t, rows[i].change);
        CHECK_I64(db_tx(b.t.app.db, DB_PERSON, bench_start_tx, &b, NULL), -(int)rows[i].want);
        rig_run(&b.t, rows[i].back);
    }
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM launch"), "0");
    bench_start(&b);
    bench_close(&b);
}

/* ---- a gap in the log ---- */

static void apply_gap(Bench *b, DerivedGap gap) {
    static const Say missing[] = {{EV_KIND_GAP, "{\"from\":0,\"to\":100,\"reason\":\"the log is damaged\"}"}, {0}};
    Batch batch;
    bench_say(&batch, b, missing);
    batch.out.gap = &gap;
    test_write(&b->t, bench_apply_tx, &batch);
}

TEST(a_prompt_that_a_gap_may_hide_is_sent_if_its_hold_delivered_it_and_else_nobody_knows) {
    static const struct {
        int accepted, delivered; /* 0: up to the input before */
        bool is_hold_gone;
        const char *want;
    } rows[] = {
        {1, 1, false, "a=sent*"}, {1, 0, false, "a=delivery_unknown*"}, {0, 0, false, "a=queued*"},
        {1, 1, true, "a=sent*"},  {1, 0, true, "a=delivery_unknown*"},  {0, 0, true, "a=delivery_unknown*"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Bench b;
        int64_t n = 0;
        bench_open(&b);
        CHECK_I64(bench_send(&b, "a"), 202);
        bench_start(&b);
        CHECK(str_parse_i64(test_cell(&b.t, "SELECT n FROM launch_input WHERE cause = 'message'"), 1, 100, &n));
        n--;
        apply_gap(&b, (DerivedGap){n + rows[i].accepted, n + rows[i].delivered, rows[i].is_hold_gone});
        CHECK_STR(bench_queue(&b), rows[i].want);
        if (!rows[i].is_hold_gone) {
            bench_accept_prompt(&b); /* the log shows it behind the gap */
            CHECK_STR(bench_queue(&b), "a=sent*");
        }
        bench_close(&b);
    }
}

/* ---- a worktree that goes and comes back ---- */

static int gone_tx(Tx *tx, void *app, Err *e) {
    return hook_run_worktree_gone(app, tx, &(WorktreeGone){STR("wt" ULID_), STR("ws" ULID_)}, e);
}

static int back_tx(Tx *tx, void *app, Err *e) {
    return hook_run_worktree_back(app, tx, &(WorktreeGone){STR("wt" ULID_), STR("ws_other")}, e);
}

TEST(agents_that_went_with_their_worktree_come_back_with_it) {
    static const char archived[] = "SELECT count(deleted_at) FROM agent";
    Bench b;
    bench_open(&b);
    test_write(&b.t, gone_tx, &b.t.app);
    CHECK_STR(test_cell(&b.t, archived), "1");
    test_write(&b.t, back_tx, &b.t.app);
    CHECK_STR(test_cell(&b.t, archived), "0");
    CHECK_STR(test_cell(&b.t, "SELECT workspace_id FROM agent"), "ws_other");
    CHECK_STR(bench_kinds(&b, "workspace/ws_other"), "workspace_updated");
    rig_run(&b.t, "UPDATE agent SET deleted_at = 7");
    test_write(&b.t, gone_tx, &b.t.app);
    test_write(&b.t, back_tx, &b.t.app);
    CHECK_STR(test_cell(&b.t, "SELECT deleted_at FROM agent"), "7"); /* a person archived it before */
    bench_close(&b);
}

/* ---- events ---- */

TEST(events_become_rows_and_appear_on_their_streams) {
    static const Say said[] = {
        {EV_KIND_SESSION, "{\"sessionId\":\"session-2\",\"model\":\"model-1\",\"resumable\":true}"},
        {EV_KIND_STATE, "{\"state\":\"running\",\"byProtocol\":true}"},
        {EV_KIND_TEXT_DELTA, "{\"block\":\"b\",\"text\":\"Hel\"}"},
        {EV_KIND_TEXT, "{\"block\":\"b\",\"text\":\"Hello\"}"},
        {EV_KIND_THOUGHT, "{\"block\":\"c\",\"text\":\"Hm\"}"},
        {EV_KIND_TEXT, "{\"block\":\"d\",\"text\":\"of a subagent\",\"parent\":\"t-0\"}"},
        {EV_KIND_TOOL_START,
         "{\"toolId\":\"t-1\",\"name\":\"Bash\",\"kind\":\"execute\",\"title\":\"ls\",\"input\":{\"command\":\"ls\"}}"},
        {EV_KIND_TOOL_END, "{\"toolId\":\"t-1\",\"isError\":false,\"output\":\"a \\\"file\\\"\"}"},
        {EV_KIND_CONTEXT, "{\"used\":50,\"window\":100,\"level\":50}"},
        {EV_KIND_USAGE,
         "{\"model\":\"model-1\",\"input\":1,\"output\":2,\"cacheRead\":3,\"cacheCreation\":4,\"costMicros\":5,\"requests\":1}"},
        {0},
    };
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, said);
    CHECK_STR(
        test_cell(
            &b.t,
            "SELECT session_id || is_resumable || coalesce(model, '-') || context_level FROM agent JOIN conversation ON subject_id = id"),
        "session-21-50"); /* the model in use is not one that anybody requested */
    CHECK_STR(
        test_cell(
            &b.t,
            "SELECT group_concat(role || ':' || content || ':' || coalesce(tool_output, ''), ' ') FROM message WHERE parent IS NULL"),
        "assistant:Hello: tool:ls:\"a \\\"file\\\"\"");
    CHECK_STR(
        test_cell(
            &b.t,
            "SELECT model || input || output || cache_read || cache_creation || cost_micros || requests FROM usage_day"),
        "model-1123451");
    CHECK_STR(bench_kinds(&b, "agent/" AGENT_ID),
              "status session status text_delta text thought text tool_start tool_end context usage");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM event WHERE source IS NOT NULL"),
              "4"); /* status twice, context, usage */
    bench_check_status(&b, "running working");
    bench_close(&b);
}

static int make_demo_tx(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql make_demo = {"make_demo", "UPDATE agent SET is_demo = 1", "test"};
    return tx_run(tx, &make_demo, DB_NONE, NULL, e);
}

TEST(a_scripted_models_tokens_count_only_where_everything_is_a_demo) {
    static const Say said[] = {{EV_KIND_USAGE, "{\"model\":\"scripted\",\"input\":1,\"output\":2,\"cacheRead\":3,"
                                               "\"cacheCreation\":4,\"costMicros\":5,\"requests\":1}"},
                               {0}};
    for (int is_all_demo = 0; is_all_demo < 2; is_all_demo++) {
        Bench b;
        bench_open(&b);
        b.t.app.samples = &(AgentSamples){.is_all = is_all_demo};
        test_write(&b.t, make_demo_tx, NULL);
        bench_start(&b);
        bench_apply(&b, said);
        CHECK_STR(bench_kinds(&b, "agent/" AGENT_ID), "status usage");
        CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM usage_day"), is_all_demo ? "1" : "0");
        bench_close(&b);
    }
}

TEST(a_text_that_was_cut_is_a_message_that_says_so) {
    static const Say said[] = {
        {EV_KIND_TEXT, "{\"block\":\"a\",\"text\":\"whole\"}"},
        {EV_KIND_TEXT, "{\"block\":\"b\",\"text\":\"beginn\",\"truncated\":true,\"size\":9}"},
        {0},
    };
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, said);
    CHECK_STR(test_cell(&b.t, "SELECT group_concat(content || coalesce(truncated, '-'), ' ') FROM message"),
              "whole- beginn1");
    bench_close(&b);
}

/* A long answer: its message stores all of it; lists and events show the beginning and the full length. */
TEST(a_long_answer_is_kept_whole_and_shown_cut) {
    enum { BYTES = 2 << 20 };
    Bench b;
    CLEANUP(buf_done) Buf json;
    bench_open(&b);
    bench_start(&b);
    buf_init(&json, 2 * BYTES);
    buf_add_str(&json, STR("{\"block\":\"a\",\"text\":\""));
    for (int i = 0; i < BYTES / 2; i++) buf_add_str(&json, STR("\xc3\xa9"));
    buf_add_str(&json, STR("\"}"));
    bench_apply(&b, (Say[]){{EV_KIND_TEXT, json.p}, {0}});
    Str id = test_cell(&b.t, "SELECT id FROM message");
    CHECK_STR(test_cell(&b.t, "SELECT length(CAST(content AS BLOB)) || coalesce(truncated, '-') FROM message"),
              arena_fmt(b.t.arena, "%d-", BYTES).p);
    CHECK_STR(test_cell(&b.t,
                        "SELECT length(CAST(payload ->> 'text' AS BLOB)) || ' ' || (payload ->> 'truncated') || ' ' "
                        "|| (payload ->> 'size') || ' ' || (payload ->> 'messageId') FROM event "
                        "WHERE payload ->> 'block' = 'a'"),
              arena_fmt(b.t.arena, "%d 1 %d " STR_FMT, EVENT_TEXT_MAX, BYTES, STR_ARG(id)).p);
    Json *list = NULL, *one = NULL;
    TestCall c = {.op = "get_agent_messages", .json = "{\"agentId\":\"" AGENT_ID "\"}"};
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK(json_parse(b.t.arena, c.body, JSON_DEPTH_MAX, &list, NULL) >= 0);
    const Json *shown = &json_get(list, "messages")->items[0];
    CHECK_I64(json_str(shown, "content").n, EVENT_TEXT_MAX);
    CHECK(json_bool(shown, "truncated", false));
    CHECK_I64(json_i64(shown, "size", 0), BYTES);
    c = (TestCall){
        .op = "get_message",
        .json = arena_fmt(b.t.arena, "{\"agentId\":\"" AGENT_ID "\",\"messageId\":\"" STR_FMT "\"}", STR_ARG(id)).p};
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK(json_parse(b.t.arena, c.body, JSON_DEPTH_MAX, &one, NULL) >= 0);
    CHECK_I64(json_str(one, "content").n, BYTES);
    CHECK(!json_get(one, "truncated"));
    bench_close(&b);
}

TEST(a_batch_applied_again_is_refused_whole) {
    static const Say said[] = {{EV_KIND_USAGE,
                                "{\"model\":\"m\",\"input\":1,\"output\":2,\"cacheRead\":3,\"cacheCreation\":4,"
                                "\"costMicros\":5,\"requests\":1}"},
                               {EV_KIND_TEXT, "{\"block\":\"b\",\"text\":\"Hello\"}"},
                               ASK_OF("r-1"),
                               {0}};
    Bench b;
    Batch batch;
    bench_open(&b);
    bench_start(&b);
    bench_say(&batch, &b, said);
    test_write(&b.t, bench_apply_tx, &batch);
    CHECK(db_tx(b.t.app.db, DB_DERIVED, bench_apply_tx, &batch, NULL) < 0);
    CHECK_STR(
        test_cell(
            &b.t,
            "SELECT (SELECT count(*) FROM message) || (SELECT count(*) FROM ask) || (SELECT sum(input) FROM usage_day)"),
        "111");
    bench_close(&b);
}

TEST(an_ask_waits_in_the_inbox_until_it_is_cancelled) {
    static const Say asked[] = {{EV_KIND_STATE, "{\"state\":\"running\",\"byProtocol\":true}"}, ASK_OF("r-1"), {0}};
    static const Say cancelled[] = {{EV_KIND_ASK_CANCEL, "{\"requestId\":\"r-1\",\"why\":\"cancelled\"}"}, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, asked);
    bench_check_status(&b, "waiting permission");
    CHECK_STR(test_cell(&b.t, "SELECT state || request_id || tool || input || launch_id FROM ask"),
              arena_fmt(b.t.arena, "openr-1Bash{\"command\":\"ls\"}" STR_FMT, STR_ARG(b.launch)).p);
    /* The event carries the row's id, so that any reader can answer the ask. */
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM event JOIN ask ON json_extract(event.payload, '$.askId') = ask.id "
                              "WHERE json_extract(event.payload, '$.tool') = 'Bash'"),
              "1");
    bench_apply(&b, cancelled);
    bench_check_status(&b, "running working");
    CHECK_STR(test_cell(&b.t, "SELECT state FROM ask"), "cancelled");
    CHECK_STR(bench_kinds(&b, "inbox/" LOCAL_ORG), "ask_changed ask_changed");
    bench_close(&b);
}

/* An ask may be larger than any event: the row stores all of it, because the answer echoes it. */
TEST(an_ask_with_a_large_input_is_stored_whole_and_emitted_cut) {
    Bench b;
    CLEANUP(buf_done) Buf json;
    bench_open(&b);
    bench_start(&b);
    buf_init(&json, 16 << 20);
    buf_add_str(
        &json,
        STR("{\"requestId\":\"r-1\",\"kind\":\"permission\",\"tool\":\"Write\",\"input\":{\"path\":\"a\",\"content\":\""));
    for (int i = 0; i < 5 << 20; i++) buf_add_c(&json, 'x');
    buf_add_str(&json, STR("\"}}"));
    bench_apply(&b, (Say[]){{EV_KIND_ASK, json.p}, {0}});
    CHECK_STR(test_cell(&b.t, "SELECT length(input) FROM ask"), arena_fmt(b.t.arena, "%d", (5 << 20) + 25).p);
    CHECK_STR(test_cell(&b.t, "SELECT (length(payload) < 300000) || json_extract(payload, '$.input.path') || "
                              "json_extract(payload, '$.truncated') || json_extract(payload, '$.size') FROM event "
                              "WHERE json_extract(payload, '$.tool') = 'Write'"),
              arena_fmt(b.t.arena, "1a1%d", (5 << 20) + 25).p);
    bench_close(&b);
}

/* Every write waits while the writer parses, so events are parsed on a worker. */
TEST(an_ask_is_not_parsed_in_the_write) {
    Bench b;
    Batch batch;
    bench_open(&b);
    bench_start(&b);
    bench_say(&batch, &b, (Say[]){ASK_OF("r-1"), {0}});
    batch.events[0].payload = STR("no longer JSON");
    test_write(&b.t, bench_apply_tx, &batch);
    CHECK_STR(test_cell(&b.t, "SELECT request_id || length(digest) FROM ask"), "r-164");
    bench_close(&b);
}

TEST(answers_about_agents_carry_the_cursors_of_their_streams) {
    static const struct {
        const char *op, *field, *topic; /* of the agent's row */
    } rows[] = {{"get_agent_status", "agentId", "SELECT 'agent/' || id FROM agent"},
                {"list_agents", "worktreeId", "SELECT 'workspace/' || workspace_id FROM agent"},
                {"list_agents", NULL, "SELECT ''"}}; /* no stream carries the events of all agents */
    Bench b;
    bench_open(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str id = test_cell(&b.t, i == 0 ? "SELECT id FROM agent" : "SELECT worktree_id FROM agent"), json = STR("{}");
        if (rows[i].field) json = arena_fmt(b.t.arena, "{\"%s\":\"" STR_FMT "\"}", rows[i].field, STR_ARG(id));
        TestCall c = {.op = rows[i].op, .json = json.p};
        CHECK_I64(test_call(&b.t, &c), 200);
        Str rest = c.cursors, topic = {0};
        (void)str_split(&rest, ';', &topic);
        CHECK_STR(topic, test_cell(&b.t, rows[i].topic).p);
    }
    bench_close(&b);
}

TEST(an_answer_is_committed_with_its_input) {
    static const Say asked[] = {ASK_OF("r-1"), ASK_OF("r-2"), {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, asked);
    Str id = test_cell(&b.t, "SELECT id FROM ask WHERE request_id = 'r-2'");
    TestCall c = {.op = "answer_ask",
                  .json = arena_fmt(b.t.arena, "{\"askId\":\"" STR_FMT "\",\"decision\":\"allow\"}", STR_ARG(id)).p};
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK_STR(
        test_cell(
            &b.t,
            "SELECT n || cause || (cause_id = (SELECT id FROM ask WHERE request_id = 'r-2')) || "
            "(instr(bytes, 'r-2') > 0) || (instr(bytes, 'allow') > 0) FROM launch_input WHERE cause <> 'handshake'"),
        "2ask111");
    CHECK_I64(test_call(&b.t, &c), 409);
    test_write(&b.t, bench_end_row, NULL);
    id = test_cell(&b.t, "SELECT id FROM ask WHERE request_id = 'r-1'");
    c.json = arena_fmt(b.t.arena, "{\"askId\":\"" STR_FMT "\",\"decision\":\"allow\"}", STR_ARG(id)).p;
    CHECK_I64(test_call(&b.t, &c), 409); /* no program runs that could read it: nothing is answered */
    CHECK_STR(test_cell(&b.t, "SELECT group_concat(state) FROM (SELECT state FROM ask ORDER BY request_id)"),
              "open,answered");
    bench_close(&b);
}

TEST(an_answer_with_other_arguments_shows_them) {
    static const Say asked[] = {ASK_OF("r-1"), {0}};
    Bench b;
    CLEANUP(buf_done) Buf json;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, asked);
    buf_init(&json, 1 << 20);
    buf_add_fmt(&json,
                "{\"askId\":\"" STR_FMT "\",\"decision\":\"allow\",\"input\":{\"command\":\"pwd\",\"description\":\"",
                STR_ARG(test_cell(&b.t, "SELECT id FROM ask")));
    for (int i = 0; i < 300 << 10; i++) buf_add_c(&json, 'x');
    buf_add_str(&json, STR("\"}}"));
    CHECK_I64(test_call(&b.t, &(TestCall){.op = "answer_ask", .json = json.p}), 200);
    CHECK_STR(test_cell(&b.t,
                        "SELECT json_extract(payload, '$.isEdited') || json_extract(payload, '$.input.command') || "
                        "(length(payload) < 300000) || json_extract(payload, '$.truncated') || "
                        "json_extract(payload, '$.size') FROM event "
                        "WHERE json_extract(payload, '$.decision') = 'allow'"),
              arena_fmt(b.t.arena, "1pwd11%d", (300 << 10) + 34).p);
    bench_close(&b);
}

TEST(an_answered_question_shows_its_answers) {
    static const Say asked[] = {
        {EV_KIND_ASK, "{\"requestId\":\"r-1\",\"kind\":\"question\",\"tool\":\"AskUserQuestion\",\"toolId\":\"t-1\","
                      "\"input\":{\"questions\":[{\"question\":\"Which store?\"}]}}"},
        {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, asked);
    TestCall c = {.op = "answer_ask",
                  .json = arena_fmt(b.t.arena,
                                    "{\"askId\":\"" STR_FMT
                                    "\",\"decision\":\"answer\",\"input\":{\"Which store?\":\"SQLite\"}}",
                                    STR_ARG(test_cell(&b.t, "SELECT id FROM ask")))
                              .p};
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK_STR(test_cell(&b.t,
                        "SELECT json_extract(payload, '$.input') || (json_extract(payload, '$.isEdited') IS NULL) "
                        "FROM event WHERE json_extract(payload, '$.decision') = 'answer'"),
              "{\"Which store?\":\"SQLite\"}1");
    bench_close(&b);
}

TEST(what_the_adapter_replies_is_an_input) {
    Bench b;
    Batch batch;
    bench_open(&b);
    bench_start(&b);
    bench_say(&batch, &b, NULL);
    batch.reply = STR("{}\n");
    batch.out.replies = &batch.reply;
    batch.out.n_replies = 1;
    test_write(&b.t, bench_apply_tx, &batch);
    CHECK_STR(test_cell(&b.t, "SELECT n || cause || bytes FROM launch_input WHERE cause <> 'handshake'"), "2reply{}\n");
    bench_close(&b);
}

/* An adapter's mistake must not suppress the events after it, least of all the exit. */
TEST(an_event_that_violates_its_shape_is_stored_as_unknown_and_the_rest_follows) {
    static const Say said[] = {{EV_KIND_TURN_END, "{\"outcome\":\"no such word\"}"},
                               {EV_KIND_USAGE, "{\"model\":\"cut o"},
                               {EV_KIND_TEXT, "{\"block\":\"b\",\"text\":\"Hello\"}"},
                               {0}};
    static const Say gone[] = {{EV_KIND_EXIT, "{\"code\":4711,\"isClean\":false}"}, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, said);
    CHECK_STR(bench_kinds(&b, "agent/" AGENT_ID), "status unknown unknown text");
    CHECK_STR(test_cell(&b.t, "SELECT group_concat(json_extract(payload, '$.type') || json_extract(payload, '$.size'), "
                              "' ') FROM event WHERE json_extract(payload, '$.size')"),
              "turn_end26 usage15");
    bench_exit(&b, (HoldExit){.code = 3, .reason = STR("exit")}, gone);
    bench_check_status(&b, "error exit");
    CHECK_STR(bench_kinds(&b, "agent/" AGENT_ID), "status unknown unknown text exit status");
    bench_close(&b);
}

TEST(a_plain_batch_is_kept_and_does_nothing_but_end) {
    static const Say said[] = {ASK_OF("r-1"), {EV_KIND_EXIT, "{\"code\":0,\"isClean\":true}"}, {0}};
    Bench b;
    Batch batch;
    bench_open(&b);
    bench_start(&b);
    bench_say(&batch, &b, said);
    batch.exit = (HoldExit){.reason = STR("exit")};
    batch.out.exit = &batch.exit;
    batch.out.is_plain = true;
    test_write(&b.t, bench_apply_tx, &batch);
    CHECK_STR(bench_kinds(&b, "agent/" AGENT_ID), "status unknown exit status");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM ask"), "0");
    bench_check_status(&b, "finished exited");
    bench_close(&b);
}

/* ---- the queue ---- */

TEST(messages_wait_for_a_start_and_are_handed_over_one_at_a_time) {
    static const Say idle[] = {IDLE, {0}};
    Bench b;
    bench_open(&b);
    CHECK_I64(bench_send(&b, "a"), 202);
    CHECK_I64(bench_send(&b, "b"), 202);
    CHECK_STR(bench_queue(&b), "a=queued b=queued");
    bench_start(&b);
    CHECK_STR(bench_queue(&b), "a=queued* b=queued");
    CHECK_I64(bench_send(&b, "c"), 202);
    CHECK_STR(bench_queue(&b), "a=queued* b=queued c=queued");
    bench_accept_prompt(&b);
    CHECK_STR(bench_queue(&b), "a=sent* b=queued c=queued");
    bench_apply(&b, NULL);
    CHECK_STR(bench_queue(&b), "a=sent* b=queued c=queued"); /* the turn runs */
    bench_apply(&b, idle);
    CHECK_STR(bench_queue(&b), "a=sent* b=queued* c=queued");
    CHECK_STR(test_cell(&b.t, "SELECT group_concat(n || cause, ' ') FROM launch_input"),
              "1handshake 2message 3message");
    bench_close(&b);
}

TEST(a_message_to_an_idle_agent_is_handed_over_at_once) {
    static const Say idle[] = {IDLE, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, idle);
    TestCall c = {.op = "send_message_to_agent", .json = "{\"agentId\":\"" AGENT_ID "\",\"content\":\"a\"}"};
    CHECK_I64(test_call(&b.t, &c), 202);
    CHECK_STR(test_json(&b.t, c.body, "status"), "sent");
    CHECK_STR(test_json(&b.t, c.body, "running"), "true");
    bench_close(&b);
}

TEST(nothing_is_handed_over_while_an_ask_is_open) {
    static const Say asked[] = {IDLE, ASK_OF("r-1"), {0}};
    static const Say cancelled[] = {{EV_KIND_ASK_CANCEL, "{\"requestId\":\"r-1\",\"why\":\"cancelled\"}"}, IDLE, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, asked);
    CHECK_I64(bench_send(&b, "a"), 202);
    CHECK_STR(bench_queue(&b), "a=queued");
    bench_apply(&b, cancelled);
    CHECK_STR(bench_queue(&b), "a=queued*");
    bench_close(&b);
}

/* 503 for one that could be sent: launches here have no hold. */
static void check_interrupt(Bench *b, const char *of, int want, const char *why) {
    Str id = test_cell(&b->t, arena_fmt(b->t.arena, "SELECT id FROM message WHERE content = '%s'", of).p);
    const char *field = id.n ? arena_fmt(b->t.arena, ",\"messageId\":\"" STR_FMT "\"", STR_ARG(id)).p : "";
    TestCall c = {.op = "interrupt_agent", .json = arena_fmt(b->t.arena, "{\"agentId\":\"" AGENT_ID "\"%s}", field).p};
    size_t at;
    CHECK_I64(test_call(&b->t, &c), want);
    CHECK(str_find(test_json(&b->t, c.body, "error.message"), str(why), &at));
}

TEST(an_interrupt_ends_the_turn_that_was_meant_and_no_other) {
    static const char none[] = "no turn is running", over[] = "is over", sent[] = "cannot be reached";
    static const Say ended[] = {IDLE, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    check_interrupt(&b, "", 409, none);
    CHECK_I64(bench_send(&b, "one"), 202);
    check_interrupt(&b, "one", 409, none);
    bench_accept_prompt(&b);
    CHECK_I64(bench_send(&b, "two"), 202);
    check_interrupt(&b, "", 503, sent);
    check_interrupt(&b, "one", 503, sent);
    check_interrupt(&b, "two", 409, over);
    bench_apply(&b, ended);
    check_interrupt(&b, "one", 409, none);
    bench_accept_prompt(&b);
    check_interrupt(&b, "one", 409, over);
    check_interrupt(&b, "two", 503, sent);
    bench_close(&b);
}

/* It keeps its place in the conversation, before a prompt that was sent earlier. */
TEST(a_prompt_that_is_sent_again_is_the_last_one_sent) {
    static const Say ended[] = {IDLE, {0}}, fails[] = {{EV_KIND_TURN_END, "{\"outcome\":\"error\"}"}, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    CHECK_I64(bench_send(&b, "one"), 202);
    bench_accept_prompt(&b);
    bench_apply(&b, fails);
    CHECK_I64(bench_send(&b, "two"), 202);
    bench_accept_prompt(&b);
    bench_apply(&b, (Say[]){{EV_KIND_TEXT, "{\"block\":\"b-1\",\"text\":\"Done\"}"}, {0}});
    bench_apply(&b, ended);
    CHECK_STR(bench_queue(&b), "one=unanswered* two=sent* Done=assistant*");
    CHECK_I64(bench_send(&b, "one"), 202);
    bench_accept_prompt(&b);
    check_interrupt(&b, "two", 409, "is over");
    check_interrupt(&b, "one", 503, "cannot be reached");
    bench_apply(&b, fails); /* at once, before any output */
    CHECK_STR(bench_queue(&b), "one=unanswered* two=sent* Done=assistant*");
    bench_close(&b);
}

TEST(a_queued_message_can_be_withdrawn_until_it_is_handed_over) {
    Bench b;
    bench_open(&b);
    CHECK_I64(bench_send(&b, "a"), 202);
    CHECK_I64(bench_send(&b, "b"), 202);
    bench_start(&b);
    for (int i = 0; i < 2; i++) {
        Str id = test_cell(&b.t, i ? "SELECT id FROM message WHERE content = 'b'"
                                   : "SELECT id FROM message WHERE content = 'a'");
        TestCall c = {
            .op = "withdraw_message",
            .json =
                arena_fmt(b.t.arena, "{\"agentId\":\"" AGENT_ID "\",\"messageId\":\"" STR_FMT "\"}", STR_ARG(id)).p};
        CHECK_I64(test_call(&b.t, &c), i ? 204 : 409);
    }
    CHECK_STR(bench_queue(&b), "a=queued*");
    bench_close(&b);
}

TEST(a_mode_that_goes_with_each_prompt_applies_from_the_next_turn) {
    Bench b;
    size_t at;
    bench_open(&b);
    bench_start(&b);
    rig_run(&b.t, "UPDATE agent SET adapter = 'codex'");
    TestCall c = {.op = "update_agent", .json = "{\"agentId\":\"" AGENT_ID "\",\"mode\":\"plan\"}"};
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK(str_find(c.body, STR("\"changed\":[{\"option\":\"mode\",\"applied\":\"next_turn\"}]"), &at));
    c.json = "{\"agentId\":\"" AGENT_ID "\",\"mode\":\"regular\",\"name\":\"as it was\"}";
    CHECK_I64(test_call(&b.t, &c), 200);
    rig_run(&b.t, "UPDATE launch SET ended_at = 1");
    c.json = "{\"agentId\":\"" AGENT_ID "\",\"mode\":\"plan\"}";
    CHECK_I64(test_call(&b.t, &c), 200);
    CHECK(str_find(c.body, STR("\"applied\":\"next_start\""), &at));
    CHECK_STR(test_cell(&b.t, "SELECT name || ' ' || mode FROM agent"), "as it was plan");
    bench_close(&b);
}
