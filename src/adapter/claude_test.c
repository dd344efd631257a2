/* The claude adapter: what it writes, what it makes of bytes that no CLI should send, and what it keeps. */
#include "adapter/adapters.h"
#include "adapter/claude_int.h"
#include "adapter/replay.h"
#include "base/mem.h"
#include "base/test.h"
#include "base/text_cut.h"

static bool has_arg(const AdapterCommand *c, const char *arg) {
    for (size_t i = 0; i < c->argv.n; i++)
        if (str_is(c->argv.items[i], arg)) return true;
    return false;
}

static AdapterCommand command_of(AdapterSpec spec, Arena *a) {
    Err e = {0};
    AdapterCommand c;
    spec.program = STR("/usr/bin/claude");
    if (!spec.session_id.n) spec.session_id = STR("11111111-1111-4111-8111-111111111111");
    CHECK_OK(adapter_claude.command(&spec, a, &c, &e), e);
    return c;
}

TEST(the_command_speaks_stream_json_both_ways) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AdapterCommand c = command_of((AdapterSpec){0}, a);
    CHECK_STR(c.argv.items[0], "/usr/bin/claude");
    CHECK(has_arg(&c, "-p") && has_arg(&c, "--verbose") && has_arg(&c, "--permission-prompt-tool=stdio"));
    CHECK(has_arg(&c, "--input-format=stream-json") && has_arg(&c, "--output-format=stream-json"));
    CHECK(has_arg(&c, "--session-id=11111111-1111-4111-8111-111111111111") && has_arg(&c, "--permission-mode=default"));
    CHECK_STR(c.env.items[0], "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS=1");
    CHECK(!c.is_pty);
}

TEST(modes_permissions_resume_and_fork_become_flags) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AdapterCommand c =
        command_of((AdapterSpec){.resume = true, .mode = AGENT_PLAN, .permissions = 1 << PERMIT_EXECUTE}, a);
    CHECK(has_arg(&c, "--resume=11111111-1111-4111-8111-111111111111") && has_arg(&c, "--permission-mode=plan"));
    CHECK(has_arg(&c, "--allowedTools=Bash") && !has_arg(&c, "--allowedTools=Read,Glob,Grep"));
    c = command_of((AdapterSpec){.fork_from = STR("22222222-2222-4222-8222-222222222222"), .mode = AGENT_AUTO}, a);
    CHECK(has_arg(&c, "--resume=22222222-2222-4222-8222-222222222222") && has_arg(&c, "--fork-session"));
    CHECK(has_arg(&c, "--permission-mode=acceptEdits") && !has_arg(&c, "--dangerously-skip-permissions"));
    c = command_of((AdapterSpec){.mode = AGENT_AUTO, .allow_bypass = true, .model = STR("opus"), .effort = STR("high")},
                   a);
    CHECK(has_arg(&c, "--dangerously-skip-permissions") && has_arg(&c, "--model=opus") && has_arg(&c, "--effort=high"));
}

TEST(a_prompt_is_one_line_whatever_it_holds) {
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    CHECK_OK(adapter_claude.prompt(&(AdapterTo){0}, STR("a\n\"b\"\r\xff"), &b, &e), e);
    CHECK_STR(buf_str(&b),
              "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"a\\n\\\"b\\\"\\r\xef\xbf\xbd\"}}\n");
}

TEST(what_is_too_large_leaves_nothing_behind) {
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 16);
    CHECK_ERR(adapter_claude.prompt(&(AdapterTo){0}, STR("a prompt that is longer than the buffer"), &b, &e), e,
              ERR_TOO_LARGE);
    CHECK_I64(b.n, 0);
}

#define HEAD_ "{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\",\"request_id\":\"r1\",\"response\":"
static const struct {
    const char *name;
    AdapterAnswer answer;
    const char *want; /* NULL: refused */
} answers[] = {
    {"allow echoes the input",
     {.decision = DECISION_ALLOW, .original_input = STR("{\"command\":\"ls\"}")},
     HEAD_ "{\"behavior\":\"allow\",\"updatedInput\":{\"command\":\"ls\"}}}}\n"},
    {"an edited input replaces it, on one line",
     {.decision = DECISION_ALLOW,
      .original_input = STR("{\"command\":\"ls\"}"),
      .input = STR("{\n \"command\": \"pwd\"\n}")},
     HEAD_ "{\"behavior\":\"allow\",\"updatedInput\":{\"command\":\"pwd\"}}}}\n"},
    {"always grants only for the session",
     {.decision = DECISION_ALLOW_ALWAYS,
      .original_input = STR("{}"),
      .suggestions = STR("[{\"type\":\"setMode\",\"destination\":\"session\"},{\"destination\":\"localSettings\"}]")},
     HEAD_ "{\"behavior\":\"allow\",\"updatedInput\":{},\"updatedPermissions\":"
           "[{\"type\":\"setMode\",\"destination\":\"session\"}]}}}\n"},
    {"deny gives the reason",
     {.decision = DECISION_DENY, .message = STR("not now"), .original_input = STR("{}")},
     HEAD_ "{\"behavior\":\"deny\",\"message\":\"not now\"}}}\n"},
    {"deny may end the turn",
     {.decision = DECISION_DENY, .interrupt = true},
     HEAD_ "{\"behavior\":\"deny\",\"message\":\"The user said no.\",\"interrupt\":true}}}\n"},
    {"a question gets its answers",
     {.decision = DECISION_ANSWER,
      .kind = ASK_QUESTION,
      .original_input = STR("{\"questions\":[{\"question\":\"Which?\"}]}"),
      .input = STR("{\"Which?\":\"Red\"}")},
     HEAD_
     "{\"behavior\":\"allow\",\"updatedInput\":{\"questions\":[{\"question\":\"Which?\"}],\"answers\":{\"Which?\":\"Red\"}}}}}\n"},
    {"a question without answers is refused",
     {.decision = DECISION_ALLOW, .kind = ASK_QUESTION, .original_input = STR("{}")},
     NULL},
    {"an answer to what was not asked is refused",
     {.decision = DECISION_ANSWER,
      .kind = ASK_QUESTION,
      .original_input = STR("{\"questions\":[{\"question\":\"Which?\"}]}"),
      .input = STR("{\"answers\":{\"Which?\":\"Red\"}}")},
     NULL},
    {"several options are one text",
     {.decision = DECISION_ANSWER,
      .kind = ASK_QUESTION,
      .original_input = STR("{\"questions\":[{\"question\":\"Which?\"}]}"),
      .input = STR("{\"Which?\":[\"Red\",\"my own\"]}")},
     HEAD_
     "{\"behavior\":\"allow\",\"updatedInput\":{\"questions\":[{\"question\":\"Which?\"}],\"answers\":{\"Which?\":\"Red, my own\"}}}}}\n"},
    {"an answer that is not text is refused",
     {.decision = DECISION_ANSWER,
      .kind = ASK_QUESTION,
      .original_input = STR("{\"questions\":[{\"question\":\"Which?\"}]}"),
      .input = STR("{\"Which?\":[\"Red\",1]}")},
     NULL},
    {"an empty list is no answer",
     {.decision = DECISION_ANSWER,
      .kind = ASK_QUESTION,
      .original_input = STR("{\"questions\":[{\"question\":\"Which?\"}]}"),
      .input = STR("{\"Which?\":[]}")},
     NULL},
    {"an argument that the tool does not have is refused",
     {.decision = DECISION_ALLOW,
      .tool = STR("Write"),
      .original_input = STR("{\"file_path\":\"a\",\"content\":\"b\"}"),
      .input = STR("{\"file_path\":\"a\",\"content\":\"b\",\"bogus\":1}")},
     NULL},
    {"an input without an argument that the tool must have is refused",
     {.decision = DECISION_ALLOW,
      .tool = STR("Write"),
      .original_input = STR("{\"file_path\":\"a\",\"content\":\"b\"}"),
      .input = STR("{\"bogus\":\"b\"}")},
     NULL},
    {"an argument of another type is refused",
     {.decision = DECISION_ALLOW,
      .tool = STR("Bash"),
      .original_input = STR("{\"command\":\"ls\"}"),
      .input = STR("{\"command\":[\"ls\"]}")},
     NULL},
    {"what the call or the tool may have is accepted",
     {.decision = DECISION_ALLOW,
      .tool = STR("Bash"),
      .original_input = STR("{\"command\":\"ls\",\"newer\":1,\"description\":\"d\"}"),
      .input = STR("{\"command\":\"pwd\",\"newer\":2,\"timeout\":3}")},
     HEAD_ "{\"behavior\":\"allow\",\"updatedInput\":{\"command\":\"pwd\",\"newer\":2,\"timeout\":3}}}}\n"},
    {"nobody knows the arguments of a tool of others",
     {.decision = DECISION_ALLOW, .tool = STR("mcp__x__y"), .original_input = STR("{}"), .input = STR("{\"a\":1}")},
     HEAD_ "{\"behavior\":\"allow\",\"updatedInput\":{\"a\":1}}}}\n"},
    {"an input that is not an object is refused", {.decision = DECISION_ALLOW, .input = STR("[1]")}, NULL},
    {"an input that is not JSON is refused", {.decision = DECISION_ALLOW, .input = STR("{")}, NULL},
};

TEST(answers_are_what_the_cli_expects) {
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        Err e = {0};
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 4096);
        AdapterAnswer ans = answers[i].answer;
        ans.request_id = STR("r1");
        int r = adapter_claude.answer(&(AdapterTo){0}, &ans, &b, &e);
        if (!answers[i].want)
            CHECK_I64(r, -ERR_INVALID);
        else if (r < 0 || !str_is(buf_str(&b), answers[i].want))
            test_fail(__FILE__, __LINE__, "%s: " STR_FMT, answers[i].name, STR_ARG(buf_str(&b)));
    }
}

/* Feeds stdout lines to a fresh adapter and returns what came out. */
static Str feed(Arena *a, const char *const *lines) {
    ReplayRun r;
    replay_begin(&r, &adapter_claude);
    for (; *lines; lines++) replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT, .bytes = str(*lines)});
    Str out = arena_str(a, buf_str(&r.out));
    replay_done(&r);
    return out;
}

static Str read_recording(const char *name, Arena *a) {
    char path[600];
    snprintf(path, sizeof path, "%s/claude/%s.jsonl", RECORDINGS, name);
    FILE *f = fopen(path, "rb");
    if (!f) test_fail(__FILE__, __LINE__, "cannot open %s", path);
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 16 << 20);
    char chunk[65536];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_add(&b, chunk, n);
    fclose(f);
    return arena_str(a, buf_str(&b));
}

static bool holds(Str s, const char *what) {
    size_t at;
    return str_find(s, str(what), &at);
}

TEST(what_is_not_known_is_shown_and_harms_nothing) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    static const char *const lines[] = {
        "not json",
        "[1]",
        "{\"type\":\"new_thing\",\"x\":1}",
        "",
        "{\"type\":7}",
        "{\"subtype\":\"init\"}",
        "{\"type\":\"assistant\",\"message\":{\"content\":\"text\"}}",
        "{\"type\":\"stream_event\"}",
        "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":-5}}",
        "{\"type\":\"control_response\"}",
        "{\"type\":\"user\",\"message\":{\"content\":[7,{\"type\":\"tool_result\"}]}}",
        "{\"type\":\"system\",\"subtype\":\"brand_new\"}",
        NULL};
    Str out = feed(a, lines);
    CHECK(holds(out, "{\"type\":\"unknown\",\"payload\":{\"text\":\"not json\",\"size\":8}}"));
    CHECK(holds(out, "\"type\":\"new_thing\""));
    CHECK(holds(out, "\"type\":\"system/brand_new\""));
}

/* An interrupt is a poke, which no log contains: what the CLI writes must show it, even if it gives no reason. */
TEST(an_interrupted_turn_is_reported_by_the_cli_alone) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    static const char init[] = "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\"}",
                      said[] = "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                               "\"text\":\"[Request interrupted by user]\"}]}}",
                      failed[] = "{\"type\":\"result\",\"subtype\":\"error_during_execution\",\"is_error\":false}";
    static const char *const interrupted[] = {init, said, failed, failed, NULL};
    Str out = feed(a, interrupted), line;
    size_t at;
    CHECK(str_find(out, STR("\"outcome\":\"interrupted\""), &at));
    line = str_from(out, at);
    CHECK(holds(line, "\"outcome\":\"error\"")); /* the next turn has an end of its own */
}

TEST(an_error_without_a_message_is_not_called_success) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    static const char init[] = "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\"}",
                      failed[] = "{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":true,\"result\":\"\"}";
    static const char *const lines[] = {init, failed, NULL};
    Str out = feed(a, lines);
    CHECK(holds(out, "\"outcome\":\"error\""));
    CHECK(holds(out, "\"text\":\"the CLI reported an error without a message\""));
}

TEST(a_request_that_cannot_be_put_to_a_person_is_refused) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    static const char *const lines[] = {
        "{\"type\":\"control_request\",\"request_id\":\"h1\",\"request\":{\"subtype\":\"hook_callback\"}}", NULL};
    Str out = feed(a, lines);
    CHECK(holds(out,
                "{\"type\":\"reply\",\"payload\":{\"type\":\"control_response\",\"response\":{\"subtype\":\"error\","
                "\"request_id\":\"h1\""));
    CHECK(!holds(out, "\"type\":\"ask\""));
}

TEST(the_same_request_twice_is_one_ask) {
    CLEANUP(arena_freep) Arena *a = arena_new();
#define REQUEST_                                                                                     \
    "{\"type\":\"control_request\",\"request_id\":\"r1\",\"request\":{\"subtype\":\"can_use_tool\"," \
    "\"tool_name\":\"Bash\",\"input\":{\"command\":\"ls\"},\"tool_use_id\":\"t1\"}}"
    static const char *const once[] = {REQUEST_, NULL}, *const twice[] = {REQUEST_, REQUEST_, NULL};
    CHECK(str_eq(feed(a, once), feed(a, twice)));
}

/* Only what the CLI says of the call itself is a figure. */
TEST(a_tool_call_ends_with_the_figures_that_the_cli_reports) {
#define CALL_(name)                                                                                                       \
    "{\"type\":\"assistant\",\"message\":{\"id\":\"m\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"" name \
    "\",\"input\":{}}]}}"
#define END_(fields, result)                                                                               \
    "{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\"," fields \
    "}]},\"tool_use_result\":" result "}"
    static const struct {
        const char *call, *end, *figures;
    } cases[] = {
        {CALL_("Bash"), END_("\"content\":\"Exit code 3\\nfailing\",\"is_error\":true", "\"Error: Exit code 3\""),
         "\"output\":\"Exit code 3\\nfailing\",\"exitCode\":3}"},
        {CALL_("mcp__x__y"), END_("\"content\":\"Exit code 3\",\"is_error\":true", "\"Error: Exit code 3\""),
         "\"output\":\"Exit code 3\"}"},
        {CALL_("Bash"), END_("\"content\":\"Exit code 3x\",\"is_error\":true", "\"Error\""),
         "\"output\":\"Exit code 3x\"}"},
        {CALL_("Bash"), END_("\"content\":\"a\"", "{\"stdout\":\"a\",\"interrupted\":false}"),
         "\"output\":\"a\",\"exitCode\":0}"},
        {CALL_("Bash"), END_("\"content\":\"\"", "{\"stdout\":\"\",\"interrupted\":true}"), "\"output\":\"\"}"},
        {CALL_("Bash"),
         END_("\"content\":\"\"",
              "{\"stdout\":\"\",\"interrupted\":false,\"returnCodeInterpretation\":\"No matches found\"}"),
         "\"output\":\"\"}"},
        {CALL_("Bash"), END_("\"content\":\"\"", "{\"stdout\":\"\",\"interrupted\":false,\"backgroundTaskId\":\"b1\"}"),
         "\"output\":\"\"}"},
        {CALL_("Edit"),
         END_("\"content\":\"ok\"",
              "{\"filePath\":\"/f\",\"structuredPatch\":[{\"lines\":[\" a\",\"-b\",\"+c\",\"+d\"]}]}"),
         "\"path\":\"/f\",\"added\":2,\"removed\":1}"},
        {CALL_("Edit"), END_("\"content\":\"ok\"", "{\"filePath\":\"/f\"}"), "\"path\":\"/f\"}"},
        {CALL_("WebFetch"), END_("\"content\":\"ok\"", "{\"code\":200,\"durationMs\":57}"),
         "\"output\":\"ok\",\"durationMs\":57}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *const lines[] = {cases[i].call, cases[i].end, NULL};
        CHECK(holds(feed(a, lines), cases[i].figures));
    }
}

TEST(usage_is_a_difference_and_starts_again_when_the_session_went_back) {
    CLEANUP(arena_freep) Arena *a = arena_new();
#define RESULT_(in, cost)                                                             \
    "{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"modelUsage\":" \
    "{\"m\":{\"inputTokens\":" #in ",\"outputTokens\":1,\"costUSD\":" #cost ",\"contextWindow\":1000}}}"
    static const char *const lines[] = {"{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\"}",
                                        RESULT_(100, 0.5), RESULT_(150, 0.75), RESULT_(20, 0.1), NULL};
    Str out = feed(a, lines);
    CHECK(holds(out, "\"input\":100,\"output\":1,\"cacheRead\":0,\"cacheCreation\":0,\"costMicros\":500000"));
    CHECK(holds(out, "\"input\":50,\"output\":0,\"cacheRead\":0,\"cacheCreation\":0,\"costMicros\":250000"));
    CHECK(holds(out, "\"input\":20,\"output\":1,\"cacheRead\":0,\"cacheCreation\":0,\"costMicros\":100000"));
}

static Str replaced(Arena *a, Str text, Str old, Str new) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 64 << 20);
    for (size_t at; str_find(text, old, &at); text = str_from(text, at + old.n)) {
        buf_add_str(&b, str_upto(text, at));
        buf_add_str(&b, new);
    }
    buf_add_str(&b, text);
    return arena_str(a, buf_str(&b));
}

static Str replay_all(Arena *a, Str text) {
    ReplayRun r;
    Replay recording;
    Err e = {0};
    CHECK_OK(replay_parse(text, a, &recording, &e), e);
    replay_begin(&r, &adapter_claude);
    for (size_t i = 0; i < recording.n; i++) replay_step(&r, &recording.items[i]);
    Str out = arena_str(a, buf_str(&r.out));
    replay_done(&r);
    return out;
}

TEST(a_dialect_is_read_from_what_the_cli_writes_and_never_from_its_version) {
    static const struct {
        const char *file, *version;
    } cases[] = {{"versions/2.0.76", "2.0.76"}, {"versions/2.1.112", "2.1.112"}, {"whole/2.1.329-agent", "2.1.329"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Str text = read_recording(cases[i].file, a);
        Str own = arena_fmt(a, "\"%s\"", cases[i].version);
        for (int major = 0; major < 10; major += 9) {
            Str other = arena_fmt(a, "\"%d.0.0\"", major);
            Str changed = replaced(a, text, own, other);
            CHECK(!str_eq(changed, text));
            CHECK(str_eq(replaced(a, replay_all(a, text), own, other), replay_all(a, changed)));
        }
    }
}

/* Usage events of a first launch, of one that resumes it, and of a fork, each continuing from the one before. */
static void check_launches(const char *version) {
    static const char *const names[] = {"resume-1", "resume-2", "fork"};
    Err e = {0};
    CLEANUP(buf_done) Buf saved;
    buf_init(&saved, ADAPTER_STATE_MAX);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        ReplayRun r;
        Replay recording;
        CHECK_OK(replay_parse(read_recording(arena_fmt(a, "whole/%s-%s", version, names[i]).p, a), a, &recording, &e),
                 e);
        replay_begin(&r, &adapter_claude);
        if (i) {
            adapter_claude.close(r.state);
            CHECK_OK(adapter_claude.renew(buf_str(&saved), &r.state, &e), e);
        }
        for (size_t k = 0; k < recording.n; k++) replay_step(&r, &recording.items[k]);
        if (!holds(buf_str(&r.out), "\"input\":1200,\"output\":8,"))
            test_fail(__FILE__, __LINE__, "%s %s: " STR_FMT, version, names[i], STR_ARG(buf_str(&r.out)));
        buf_clear(&saved);
        adapter_claude.save(r.state, &saved);
        replay_done(&r);
    }
}

TEST(a_resumed_session_counts_each_token_once) {
    check_launches("2.1.112"); /* starts at zero in each process */
    check_launches("2.1.329"); /* continues counting and reports the difference */
}

/* A CLI that continues counting without reporting differences: only what is new is emitted. */
TEST(carried_figures_are_not_counted_again) {
    Err e = {0};
    CLEANUP(buf_done) Buf saved;
    buf_init(&saved, ADAPTER_STATE_MAX);
#define TURN_(in, out, turn)                                                                \
    "{\"type\":\"result\",\"subtype\":\"success\",\"usage\":{\"output_tokens\":" #turn "}," \
    "\"modelUsage\":{\"m\":{\"inputTokens\":" #in ",\"outputTokens\":" #out "}}}"
    static const char *const first = TURN_(100, 10, 10), *const continues = TURN_(130, 14, 4),
                             *const restarted = TURN_(30, 4, 4);
    static const char init[] = "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\"}";
    const char *const seconds[] = {continues, restarted};
    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        ReplayRun r;
        replay_begin(&r, &adapter_claude);
        replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT, .bytes = str(init)});
        replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT, .bytes = str(first)});
        buf_clear(&saved);
        adapter_claude.save(r.state, &saved);
        adapter_claude.close(r.state);
        CHECK_OK(adapter_claude.renew(buf_str(&saved), &r.state, &e), e);
        buf_clear(&r.out);
        replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT, .bytes = str(init)});
        replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT, .bytes = str(seconds[i])});
        CHECK(holds(buf_str(&r.out), "\"input\":30,\"output\":4,"));
        replay_done(&r);
    }
}

TEST(a_new_launch_keeps_the_baseline_and_drops_the_process) {
    Err e = {0};
    CLEANUP(buf_done) Buf saved, again;
    buf_init(&saved, ADAPTER_STATE_MAX);
    buf_init(&again, ADAPTER_STATE_MAX);
    ReplayRun r;
    replay_begin(&r, &adapter_claude);
    static const char *const lines[] = {
        "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\",\"model\":\"m\"}", REQUEST_,
        "{\"type\":\"assistant\",\"message\":{\"id\":\"1\",\"model\":\"m\",\"content\":[]}}", NULL};
    for (const char *const *l = lines; *l; l++) replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT, .bytes = str(*l)});
    adapter_claude.save(r.state, &saved);
    replay_done(&r);
    AdapterState *st;
    CHECK_OK(adapter_claude.renew(buf_str(&saved), &st, &e), e);
    adapter_claude.save(st, &again);
    adapter_claude.close(st);
    CHECK(holds(buf_str(&saved), "\"requestId\":\"r1\"") && !holds(buf_str(&again), "\"requestId\""));
    CHECK(holds(buf_str(&again), "\"hasInit\":false") && holds(buf_str(&again), "\"model\":\"m\""));
}

/* What was reported in the session itself counts, and its figures stay whatever else is known. */
TEST(a_launch_may_begin_with_windows_that_are_known) {
    Err e = {0};
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf saved, begin, again;
    buf_init(&saved, ADAPTER_STATE_MAX);
    buf_init(&begin, ADAPTER_STATE_MAX);
    buf_init(&again, ADAPTER_STATE_MAX);
    AdapterWindow known[CLAUDE_MODELS_MAX + 4] = {{STR("m"), 7}};
    for (size_t i = 1; i < COUNT_OF(known); i++) known[i] = (AdapterWindow){arena_fmt(a, "other-%zu", i), 200000};
    ReplayRun r;
    replay_begin(&r, &adapter_claude);
    replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT,
                                    .bytes = STR("{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\"}")});
    replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT, .bytes = STR(RESULT_(100, 0.5))});
    adapter_claude.save(r.state, &saved);
    replay_done(&r);
    CHECK_OK(adapter_claude.begin(&(AdapterBegin){buf_str(&saved), known, COUNT_OF(known)}, &begin, &e), e);
    CHECK(holds(buf_str(&begin), "{\"model\":\"m\",\"window\":1000,\"input\":100,"));
    CHECK(holds(buf_str(&begin), "{\"model\":\"other-1\",\"window\":200000,"));
    AdapterState *st;
    CHECK_OK(adapter_claude.renew(buf_str(&begin), &st, &e), e);
    adapter_claude.save(st, &again);
    adapter_claude.close(st);
    CHECK(holds(buf_str(&again), "{\"model\":\"m\",\"window\":1000,\"input\":100,"));
}

/* A CLI's message may quote a file name or a tool's output in any encoding, and reads cut it anywhere. */
TEST(an_error_text_keeps_what_follows_bytes_that_are_not_text) {
    static const struct {
        const char *first, *second, *want;
    } rows[] = {
        {"cannot open caf\xe9.txt: no such file", "", "cannot open caf?.txt: no such file"},
        {"\xff\xfe, then the reason", " and more", "??, then the reason and more"},
        {"caf\xc3", "\xa9 is closed", "caf?? is closed"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        ReplayRun r;
        replay_begin(&r, &adapter_claude);
        replay_step(&r, &(ReplayRecord){.kind = REPLAY_ERR, .bytes = str(rows[i].first)});
        replay_step(&r, &(ReplayRecord){.kind = REPLAY_ERR, .bytes = str(rows[i].second)});
        replay_step(&r, &(ReplayRecord){.kind = REPLAY_EXIT, .code = 1});
        CHECK(holds(buf_str(&r.out), arena_fmt(a, "\"text\":\"%s\"", rows[i].want).p));
        replay_done(&r);
    }
}

TEST(a_state_that_is_not_ours_is_refused) {
    Err e = {0};
    AdapterState *st;
    CHECK_ERR(adapter_claude.open(STR("{\"x\":1}"), &st, &e), e, ERR_INVALID);
    CHECK_ERR(adapter_claude.open(STR("nonsense"), &st, &e), e, ERR_INVALID);
}

/* The worst that a CLI can do to the state: full tables of the longest text, all of it expensive to write as JSON. */
TEST(the_state_stays_below_its_limit) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    char *bad = arena_alloc(a, 20001);
    memset(bad, '\\', 20000);
    ReplayRun r;
    replay_begin(&r, &adapter_claude);
    for (int i = 0; i < 200; i++) {
        Str lines[] = {
            arena_fmt(a,
                      "{\"type\":\"control_request\",\"request_id\":\"%0128d\",\"request\":{\"subtype\":"
                      "\"can_use_tool\",\"tool_use_id\":\"%s\"}}",
                      i, bad),
            arena_fmt(a,
                      "{\"type\":\"assistant\",\"parent_tool_use_id\":\"%d%s\",\"message\":{\"id\":\"%s\",\"model\":"
                      "\"%d%s\",\"content\":[{\"type\":\"tool_use\",\"name\":\"ExitPlanMode\",\"input\":{\"plan\":"
                      "\"%s\"}}]}}",
                      i, bad, bad, i, bad, bad),
            arena_fmt(a, "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"%s\",\"model\":\"%s\"}", bad, bad),
        };
        for (size_t k = 0; k < COUNT_OF(lines); k++)
            replay_step(&r, &(ReplayRecord){.kind = REPLAY_OUT, .bytes = lines[k]});
        replay_step(&r, &(ReplayRecord){.kind = REPLAY_ERR, .bytes = str_n(bad, 20000)});
    }
    CLEANUP(buf_done) Buf saved;
    buf_init(&saved, ADAPTER_STATE_MAX);
    adapter_claude.save(r.state, &saved);
    CHECK(!saved.failed);
    CHECK(saved.n > ADAPTER_STATE_MAX / 2);
    replay_done(&r);
}

TEST(big_input_is_cut_inside_its_strings) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    Json *v;
    char *big = arena_alloc(a, 100001);
    memset(big, 'x', 100000);
    CHECK_OK(json_parse(a, arena_fmt(a, "{\"file_path\":\"/a\",\"content\":\"%s\",\"n\":1}", big), 8, &v, &e), e);
    Str cut = json_cut(a, v, 1000);
    CHECK(cut.n <= 1000);
    CHECK_OK(json_parse(a, cut, 8, &v, &e), e);
    CHECK_STR(json_str(v, "file_path"), "/a");
    CHECK_I64(json_i64(v, "n", 0), 1);
}

TEST(the_terminal_runs_any_command_in_a_pty) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    AdapterCommand c;
    Str argv[] = {STR("htop"), STR("-d")};
    CHECK_OK(adapter_terminal.command(&(AdapterSpec){.command = {argv, 2}}, a, &c, &e), e);
    CHECK(c.is_pty && c.argv.n == 2);
    CHECK_ERR(adapter_terminal.command(&(AdapterSpec){0}, a, &c, &e), e, ERR_INVALID);
    CHECK(adapter_find(STR("claude")) == &adapter_claude && adapter_find(STR("terminal")) == &adapter_terminal);
    CHECK(!adapter_find(STR("none")));
}
