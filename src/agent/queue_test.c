/* The queue of prompts, options and commands: what is stored and sent, without a program. */
#include "agent/bench.h"
#include "base/mem.h"
#include "base/test.h"

static Str id_at(Bench *b, int place) {
    return (
        test_cell(&b->t, arena_fmt(b->t.arena, "SELECT id FROM message ORDER BY number LIMIT 1 OFFSET %d", place).p));
}

static int call_on(Bench *b, const char *op, const char *message, const char *more, Str *ret_body) {
    TestCall c = {.op = op,
                  .json = arena_fmt(b->t.arena, "{\"agentId\":\"" AGENT_ID "\"%s%s%s%s}",
                                    *message ? ",\"messageId\":\"" : "", message, *message ? "\"" : "", more)
                              .p};
    int status = test_call(&b->t, &c);
    if (ret_body) *ret_body = c.body;
    return status;
}

static Str queue_order(Bench *b) {
    return (test_cell(&b->t,
                      "SELECT group_concat(content, ' ') FROM (SELECT content FROM message WHERE state = 'queued' "
                      "ORDER BY coalesce(rank, number))"));
}

static bool has(Str body, const char *text) {
    size_t at;
    return str_find(body, str(text), &at);
}

static void accept_and_say(Bench *b, const Say *list) {
    bench_accept_prompt(b);
    bench_apply(b, list);
}

TEST(waiting_prompts_change_their_places_and_their_text) {
    Bench b;
    Str body;
    bench_open(&b);
    for (int i = 0; i < 3; i++) bench_send(&b, (const char *[]){"one", "two", "three"}[i]);
    Str first = arena_str(b.t.arena, id_at(&b, 0)), second = arena_str(b.t.arena, id_at(&b, 1)),
        third = arena_str(b.t.arena, id_at(&b, 2));
    const char *order = arena_fmt(b.t.arena, ",\"messageIds\":[\"%s\",\"%s\",\"%s\"]", third.p, first.p, second.p).p;
    CHECK_I64(call_on(&b, "reorder_messages", "", order, &body), 200);
    CHECK(str_is(queue_order(&b), "three one two"));
    CHECK_I64(call_on(&b, "reorder_messages", "", order, NULL), 200); /* the same again is no event */
    CHECK_STR(
        test_cell(&b.t, "SELECT count(*) FROM event e JOIN event_word w ON w.number = e.kind WHERE w.text = 'queue'"),
        "1");
    order = arena_fmt(b.t.arena, ",\"messageIds\":[\"%s\",\"%s\"]", third.p, first.p).p;
    CHECK_I64(call_on(&b, "reorder_messages", "", order, &body), 409);
    CHECK(has(body, second.p));
    CHECK_I64(call_on(&b, "send_message_now", second.p, "", &body), 202);
    CHECK(has(body, "\"waitsFor\":\"start\""));
    CHECK(str_is(queue_order(&b), "two three one"));
    CHECK_I64(call_on(&b, "update_message", first.p, ",\"content\":\"ONE\"", &body), 200);
    CHECK(has(body, "\"waitsFor\":\"order\""));
    bench_send(&b, "four");
    CHECK(str_is(queue_order(&b), "two three ONE four"));
    CHECK_I64(call_on(&b, "withdraw_message", third.p, "", NULL), 204);
    CHECK(str_is(queue_order(&b), "two ONE four"));
    bench_close(&b);
}

/* Numbers of withdrawn messages are given again. */
TEST(a_new_prompt_is_last_also_after_others_changed_places_and_went) {
    Bench b;
    Str body;
    bench_open(&b);
    for (int i = 0; i < 3; i++) bench_send(&b, (const char *[]){"A", "B", "C"}[i]);
    Str first = arena_str(b.t.arena, id_at(&b, 0)), second = arena_str(b.t.arena, id_at(&b, 1)),
        third = arena_str(b.t.arena, id_at(&b, 2));
    const char *order = arena_fmt(b.t.arena, ",\"messageIds\":[\"%s\",\"%s\",\"%s\"]", second.p, third.p, first.p).p;
    CHECK_I64(call_on(&b, "reorder_messages", "", order, NULL), 200);
    CHECK_I64(call_on(&b, "withdraw_message", second.p, "", NULL), 204);
    CHECK_I64(call_on(&b, "withdraw_message", third.p, "", NULL), 204);
    bench_send(&b, "D");
    CHECK(str_is(queue_order(&b), "A D"));
    Str last = arena_str(b.t.arena, test_cell(&b.t, "SELECT id FROM message WHERE content = 'D'"));
    CHECK_I64(call_on(&b, "send_message_now", last.p, "", &body), 202);
    CHECK(str_is(queue_order(&b), "D A"));
    CHECK_I64(call_on(&b, "reorder_messages", "",
                      arena_fmt(b.t.arena, ",\"messageIds\":[\"%s\",\"%s\"]", first.p, last.p).p, NULL),
              200);
    CHECK(str_is(queue_order(&b), "A D"));
    bench_close(&b);
}

TEST(a_prompt_that_is_being_sent_is_not_changed_any_more) {
    Bench b;
    Str body;
    bench_open(&b);
    bench_send(&b, "one");
    bench_send(&b, "two");
    bench_start(&b);
    Str first = arena_str(b.t.arena, id_at(&b, 0)), second = arena_str(b.t.arena, id_at(&b, 1));
    CHECK_I64(call_on(&b, "update_message", first.p, ",\"content\":\"x\"", &body), 409);
    CHECK(has(body, "being sent"));
    CHECK_I64(call_on(&b, "send_message_now", first.p, "", NULL), 409);
    CHECK_I64(call_on(&b, "get_message", first.p, "", &body), 200);
    CHECK(has(body, "\"waitsFor\":\"delivery\""));
    CHECK_I64(call_on(&b, "send_message_now", second.p, "", &body), 202);
    CHECK(has(body, "\"waitsFor\":\"order\"")); /* one prompt is on its way */
    bench_close(&b);
}

/* In the middle of a turn, and once: then the prompt belongs to the CLI. */
TEST(a_prompt_sent_now_steers_the_turn_and_the_next_waits_until_the_cli_is_idle) {
    static const Say working[] = {{EV_KIND_STATE, "{\"state\":\"turn_begun\",\"byProtocol\":false}"},
                                  {EV_KIND_STATE, "{\"state\":\"running\",\"byProtocol\":true}"},
                                  {0}};
    static const Say begun[] = {{EV_KIND_STATE, "{\"state\":\"turn_begun\",\"byProtocol\":false}"}, {0}};
    static const Say ended[] = {{EV_KIND_TURN_END, "{\"outcome\":\"interrupted\"}"}, {0}};
    static const Say own[] = {{EV_KIND_STATE, "{\"state\":\"running\",\"byProtocol\":true}"}, {0}};
    static const Say idle[] = {IDLE, {0}};
    Bench b;
    Str body;
    bench_open(&b);
    bench_send(&b, "one");
    bench_start(&b);
    accept_and_say(&b, working);
    bench_send(&b, "two");
    bench_send(&b, "three");
    Str second = arena_str(b.t.arena, id_at(&b, 1));
    CHECK_I64(call_on(&b, "send_message_now", second.p, "", &body), 202);
    CHECK(has(body, "\"status\":\"sent\""));
    CHECK_I64(call_on(&b, "send_message_now", second.p, "", NULL), 409);
    accept_and_say(&b, begun);
    bench_apply(&b, ended);
    CHECK(str_is(queue_order(&b), "three"));
    CHECK_STR(test_cell(&b.t, "SELECT state FROM message WHERE content = 'two'"), "sent");
    CHECK_STR(test_cell(&b.t, "SELECT launch_id IS NULL FROM message WHERE content = 'three'"), "1");
    bench_apply(&b, own);
    CHECK_STR(
        test_cell(&b.t,
                  "SELECT m.content FROM turn t JOIN message m ON m.id = t.message_id WHERE t.outcome = 'running'"),
        "two");
    bench_apply(&b, idle);
    CHECK_STR(test_cell(&b.t, "SELECT launch_id IS NULL FROM message WHERE content = 'three'"), "0");
    bench_close(&b);
}

static Str model_of(Bench *b) { return (test_cell(&b->t, "SELECT coalesce(model, 'none') FROM agent")); }

/* Two changes before the first answer: what is refused falls back to what the CLI has. */
TEST(a_refused_option_gets_its_old_value_back) {
    Bench b;
    Str body;
    bench_open(&b);
    bench_start(&b);
    int64_t n = 0;
    CHECK(str_parse_i64(test_cell(&b.t, "SELECT coalesce(max(n), 0) FROM launch_input"), 0, INT64_MAX, &n));
    CHECK_I64(call_on(&b, "update_agent", "", ",\"model\":\"first\"", &body), 200);
    CHECK(has(body, "\"changed\":[{\"option\":\"model\",\"applied\":\"now\"}]"));
    CHECK_I64(call_on(&b, "update_agent", "", ",\"model\":\"second\"", NULL), 200);
    const char *no = "{\"input\":%d,\"isRefused\":true,\"text\":\"no such model\"}";
    bench_apply(&b, (Say[]){{EV_KIND_OPTION, arena_fmt(b.t.arena, no, (int)n + 1).p}, {0}});
    CHECK(str_is(model_of(&b), "second"));
    bench_apply(&b, (Say[]){{EV_KIND_OPTION, arena_fmt(b.t.arena, no, (int)n + 2).p}, {0}});
    CHECK(str_is(model_of(&b), "none"));
    bench_apply(&b, (Say[]){{EV_KIND_OPTION, arena_fmt(b.t.arena, no, (int)n + 2).p}, {0}}); /* read again */
    CHECK(str_is(model_of(&b), "none"));
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM agent_option"), "0");
    bench_close(&b);
}

/* The state of a launch of Gemini CLI whose session is open in the mode that decides by itself. */
static Str state_in_auto(Bench *b) {
    CLEANUP(buf_done) Buf saved;
    Err e = {0};
    AdapterState *st;
    const Adapter *gemini = adapter_find(STR("gemini"));
    buf_init(&saved, ADAPTER_STATE_MAX);
    CHECK_OK(gemini->open((Str){0}, &st, &e), e);
    gemini->save(st, &saved);
    gemini->close(st);
    return arena_fmt(b->t.arena,
                     "json_set('" STR_FMT "', '$.sessionId', 's1', '$.isReady', json('true'), '$.mode', 'autoEdit', "
                     "'$.modes', json('[\"default\",\"autoEdit\"]'))",
                     STR_ARG(buf_str(&saved)));
}

/* The launch's state still has the old mode, as it does until the answer is read. */
TEST(permissions_that_change_while_a_mode_is_not_answered_do_not_bring_the_old_mode_back) {
    static const Say ready[] = {{EV_KIND_STATE, "{\"state\":\"ready\",\"byProtocol\":false}"}, {0}};
    static const char sent[] =
        "SELECT coalesce(group_concat(CAST(bytes AS TEXT), ''), '') FROM launch_input WHERE cause = 'option'";
    Bench b;
    Str body;
    bench_open(&b);
    rig_run(&b.t, "UPDATE agent SET adapter = 'gemini', mode = 'auto', permissions = '[]'");
    bench_start(&b);
    bench_apply(&b, ready);
    rig_run(&b.t, arena_fmt(b.t.arena, "UPDATE launch SET owner_state = %s", state_in_auto(&b).p).p);
    CHECK_I64(call_on(&b, "update_agent", "", ",\"mode\":\"regular\",\"permissions\":[\"read\"]", &body), 200);
    CHECK(has(body, "{\"option\":\"mode\",\"applied\":\"now\"},{\"option\":\"permissions\",\"applied\":\"now\"}"));
    CHECK_I64(call_on(&b, "update_agent", "", ",\"permissions\":[\"write\"]", NULL), 200);
    Str written = test_cell(&b.t, sent);
    CHECK(has(written, "\"modeId\":\"default\"}"));
    CHECK(has(written, "\"modeId\":\"default\",\"_meta\":{\"musterPermissions\":1}"));
    CHECK(has(written, "\"modeId\":\"default\",\"_meta\":{\"musterPermissions\":2}"));
    CHECK(!has(written, "autoEdit"));
    int64_t n = 0;
    Str first = test_cell(&b.t, "SELECT input FROM agent_option WHERE option = 'mode'");
    CHECK(str_parse_i64(first, 0, INT64_MAX, &n));
    bench_apply(&b,
                (Say[]){{EV_KIND_OPTION, arena_fmt(b.t.arena, "{\"input\":%d,\"isRefused\":false}", (int)n).p}, {0}});
    /* Nothing is open any more: the mode is what the state says. */
    CHECK_I64(call_on(&b, "update_agent", "", ",\"permissions\":[]", NULL), 200);
    CHECK(has(test_cell(&b.t, sent), "\"modeId\":\"autoEdit\",\"_meta\":{\"musterPermissions\":0}"));
    bench_close(&b);
}

TEST(commands_are_an_event_only_when_they_change) {
    static const Say listed[] = {{EV_KIND_COMMANDS, "{\"commands\":[{\"name\":\"compact\",\"text\":\"Makes room\"}]}"},
                                 {0}};
    static const Say named[] = {
        {EV_KIND_COMMANDS, "{\"commands\":[{\"name\":\"compact\"},{\"name\":\"mine\"}],\"namesOnly\":true}"}, {0}};
    Bench b;
    Str body;
    bench_open(&b);
    CHECK_I64(call_on(&b, "list_commands", "", "", &body), 200);
    CHECK(has(body, "\"reason\":\"the CLI lists its commands when it has started\""));
    bench_start(&b);
    bench_apply(&b, listed);
    bench_apply(&b, listed);
    bench_apply(&b, named);
    CHECK_I64(call_on(&b, "list_commands", "", "", &body), 200);
    CHECK(has(body, "\"commands\":[{\"name\":\"compact\",\"text\":\"Makes room\"},{\"name\":\"mine\"}]"));
    CHECK_STR(
        test_cell(&b.t,
                  "SELECT count(*) FROM event e JOIN event_word w ON w.number = e.kind WHERE w.text = 'commands'"),
        "2");
    bench_close(&b);
}
