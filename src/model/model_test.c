/* The step chosen from a script, and the bytes made from it. The dialects follow the services' public references; the
 * end-to-end scenarios show that the real CLI accepts them. */
#include "base/mem.h"
#include "base/test.h"
#include "model/answer.h"
#include "model/demo.h"
#include "model/model.h"
#include "sys/loop.h"

static Script *script_of(const char *text) {
    Err e = {0};
    Script *s = NULL;
    CHECK_OK(script_parse(str(text), &s, &e), e);
    return s;
}

static Json *json_of(const char *text, Arena *a) {
    Err e = {0};
    Json *j;
    CHECK_OK(json_parse(a, str(text), JSON_DEPTH_MAX, &j, &e), e);
    return j;
}

static Str body_of(const ModelAnswer *m, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < m->n_beats; i++) buf_add_str(&b, m->beats[i].bytes);
    return arena_str(a, buf_str(&b));
}

static bool holds(Str s, const char *what) {
    size_t at;
    return str_find(s, str(what), &at);
}

/* A request with one member besides the model's name. */
static History history_of(ModelDialect d, const char *member, const char *value, Arena *a) {
    History h;
    history_read(json_of(arena_fmt(a, "{\"model\":\"m\",\"%s\":%s}", member, value).p, a), d, a, &h);
    return h;
}

static const char two_steps[] =
    "{\"scenarios\":{\"a\":[{\"content\":[{\"text\":\"one\"}]},{\"content\":[{\"text\":\"two\"}]}],\"b\":[{}]}}";

static const struct {
    const char *name, *messages, *scenario, *nonce;
    int64_t step;
    bool is_found;
} turns[] = {
    {"a marker picks the scenario", "[{\"role\":\"user\",\"content\":\"go @@a\"}]", "a", "", 0, true},
    {"the last marker of a text counts", "[{\"role\":\"user\",\"content\":\"@@b and @@a#t17.\"}]", "a", "t17", 0, true},
    {"assistant messages after it are steps",
     "[{\"role\":\"user\",\"content\":\"@@a\"},{\"role\":\"assistant\",\"content\":[]},{\"role\":\"user\",\"content\":"
     "[{\"type\":\"tool_result\",\"content\":\"@@b\"}]}]",
     "a", "", 1, true},
    {"past the last step nothing is found",
     "[{\"role\":\"user\",\"content\":\"@@b\"},{\"role\":\"assistant\"},{\"role\":\"user\",\"content\":\"more\"}]", "b",
     "", 1, false},
    {"a newer marker starts again",
     "[{\"role\":\"user\",\"content\":\"@@a\"},{\"role\":\"assistant\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\","
     "\"text\":\"<system-reminder>@@a</system-reminder>@@b\"}]}]",
     "b", "", 0, true},
    {"text that the CLI adds is not a person's",
     "[{\"role\":\"user\",\"content\":\"<system-reminder>@@a</system-reminder>hi\"}]", NULL, "", 0, false},
    {"a tag that is only mentioned hides nothing",
     "[{\"role\":\"user\",\"content\":\"what is <system-reminder>? @@a\"}]", "a", "", 0, true},
    {"an unknown name", "[{\"role\":\"user\",\"content\":\"@@zzz\"}]", "zzz", "", 0, false},
    {"no messages", "[]", NULL, "", 0, false},
};

TEST(the_request_alone_determines_the_step) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(script_freep) Script *s = script_of(two_steps);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        ScriptTurn t;
        History h = history_of(DIALECT_ANTHROPIC, "messages", turns[i].messages, a);
        script_turn(s, &h, a, &t);
        bool same = str_eq(t.scenario, str(turns[i].scenario)) && str_is(t.nonce, turns[i].nonce) &&
                    t.step == turns[i].step && (t.found != NULL) == turns[i].is_found;
        if (!same)
            test_fail(__FILE__, __LINE__, "%s: " STR_FMT " step %lld", turns[i].name, STR_ARG(t.scenario),
                      (long long)t.step);
    }
}

TEST(without_a_marker_the_default_plays_from_the_newest_prompt) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(script_freep) Script *s = script_of("{\"default\":\"d\",\"scenarios\":{\"d\":[{},{}]}}");
    ScriptTurn t;
    History h = history_of(
        DIALECT_ANTHROPIC, "messages",
        "[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\"},{\"role\":\"user\",\"content\":\"y\"},"
        "{\"role\":\"assistant\"},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\"}]}]",
        a);
    script_turn(s, &h, a, &t);
    CHECK_STR(t.scenario, "d");
    CHECK_I64(t.step, 1);
    CHECK_STR(t.user_text, "y");
}

TEST(the_error_of_a_wrong_script_names_the_place) {
    static const char *const wrong[] = {"[]",
                                        "{}",
                                        "{\"scenarios\":{\"a\":{}}}",
                                        "{\"scenarios\":{},\"default\":\"a\"}",
                                        "{\"scenarios\":{\"a\":[{\"content\":[{\"txt\":\"x\"}]}]}}",
                                        "{\"scenarios\":{\"a\":[{\"status\":200}]}}",
                                        "{\"scenarios\":{},\"tools\":[]}",
                                        "{\"scenarios\":{},\"tools\":{\"Write\":{}}}",
                                        "{\"scenarios\":{},\"tools\":{\"Write\":[{\"name\":\"w\"}]}}"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        Err e = {0};
        Script *s;
        CHECK_ERR(script_parse(str(wrong[i]), &s, &e), e, ERR_INVALID);
        CHECK(e.text[0]);
    }
}

TEST(variables_and_the_working_directory) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ScriptVars v = {.cwd = STR("/w \"t\""), .nonce = STR("n1")};
    CHECK_STR(script_expand(STR("${cwd}/a ${nonce} ${other} $"), &v, a), "/w \"t\"/a n1 ${other} $");
    CHECK_STR(script_expand_json(STR("{\"p\":\"${cwd}/a\",\"n\":[1,\"${nonce}\"]}"), &v, a),
              "{\"p\":\"/w \\\"t\\\"/a\",\"n\":[1,\"n1\"]}");
    v.args = json_of("{\"file_path\":\"/w/a\",\"n\":[1,2],\"e\":\"${cwd}\"}", a);
    CHECK_STR(script_expand_json(
                  STR("{\"p\":\"${file_path}\",\"c\":\"cat ${file_path} ${n}\",\"n\":\"${n}\",\"e\":\"${e}\"}"), &v, a),
              "{\"p\":\"/w/a\",\"c\":\"cat /w/a [1,2]\",\"n\":[1,2],\"e\":\"${cwd}\"}");
}

/* As each CLI words it (Claude Code 2.1, opencode 1.18, Qwen Code 0.24, Gemini CLI 0.61, Codex 0.169). */
static const struct {
    const char *name;
    ModelDialect dialect;
    const char *request, *cwd;
} folders[] = {
    {"a system text", DIALECT_ANTHROPIC,
     "{\"system\":[{\"type\":\"text\",\"text\":\"Mind <system-reminder> tags and the working directory: it is yours.\\n - "
     "Primary working directory: /w/t\\n - x\"}]}",
     "/w/t"},
    {"a system message", DIALECT_OPENAI,
     "{\"messages\":[{\"role\":\"system\",\"content\":\"<env>\\n  Working directory: /x\\n\"}]}", "/x"},
    {"a reminder in the first prompt", DIALECT_OPENAI,
     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"<system-reminder>I'm currently working in "
     "the directory: /q\\nHere</system-reminder>\"}]}]}",
     "/q"},
    {"the context of a session", DIALECT_GEMINI,
     "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"<session_context>\\n- **Workspace Directories:**\\n  - "
     "/g\\n- **Directory</session_context>\"},{\"text\":\"go\"}]}]}",
     "/g"},
    {"the context of an environment", DIALECT_RESPONSES,
     "{\"input\":[{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":"
     "\"<environment_context>\\n  <cwd>/c</cwd>\\n</environment_context>\"}]}]}",
     "/c"},
    {"a person's own words do not count", DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"user\",\"content\":\"Working directory: /x\"}]}", NULL},
};

TEST(each_cli_names_its_folder) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        History h;
        history_read(json_of(folders[i].request, a), folders[i].dialect, a, &h);
        Str got = history_cwd(&h);
        if (!str_eq(got, str(folders[i].cwd)))
            test_fail(__FILE__, __LINE__, "%s: " STR_FMT, folders[i].name, STR_ARG(got));
    }
}

/* The same turn in each dialect: a prompt, two calls and their results; the next step is the second. */
static const struct {
    ModelDialect dialect;
    const char *request;
} second_steps[] = {
    {DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"user\",\"content\":\"@@a\"},{\"role\":\"assistant\",\"content\":[]},{\"role\":\"user\","
     "\"content\":[{\"type\":\"tool_result\",\"content\":\"x\"}]}],\"tools\":[{\"name\":\"Write\"}]}"},
    {DIALECT_OPENAI,
     "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"@@a\"},{\"role\":\"assistant\","
     "\"content\":\"\",\"tool_calls\":[]},{\"role\":\"tool\",\"content\":\"@@b\"},{\"role\":\"tool\",\"content\":\"x\"}],"
     "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"Write\"}}]}"},
    {DIALECT_RESPONSES,
     "{\"instructions\":\"s\",\"input\":[{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
     "\"text\":\"@@a\"}]},{\"type\":\"reasoning\",\"summary\":[]},{\"type\":\"message\",\"role\":\"assistant\",\"content\":"
     "[{\"type\":\"output_text\",\"text\":\"t\"}]},{\"type\":\"function_call\"},{\"type\":\"function_call\"},"
     "{\"type\":\"function_call_output\",\"output\":\"@@b\"},{\"type\":\"function_call_output\"}],\"tools\":[{\"type\":"
     "\"web_search\"},{\"type\":\"function\",\"name\":\"Write\"}]}"},
    {DIALECT_GEMINI,
     "{\"systemInstruction\":{\"parts\":[{\"text\":\"s\"}]},\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":"
     "\"<session_context>@@b</session_context>\"},{\"text\":\"@@a\"}]},{\"role\":\"model\",\"parts\":[{\"functionCall\":{}}]},"
     "{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"response\":{\"output\":\"@@b\"}}}]}],\"tools\":[{"
     "\"functionDeclarations\":[{\"name\":\"Read\"},{\"name\":\"Write\"}]}]}"},
};

TEST(every_dialect_says_which_step_is_next_and_which_tools_there_are) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(script_freep) Script *s = script_of(two_steps);
    for (size_t i = 0; i < COUNT_OF(second_steps); i++) {
        History h;
        ScriptTurn t;
        history_read(json_of(second_steps[i].request, a), second_steps[i].dialect, a, &h);
        script_turn(s, &h, a, &t);
        CHECK_STR(t.scenario, "a");
        CHECK_STR(t.user_text, "@@a");
        CHECK_I64(t.step, 1);
        CHECK(history_offers(&h, STR("Write")) && !history_offers(&h, STR("Edit")));
    }
}

TEST(a_tool_is_called_as_the_request_offers_it) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(script_freep)
    Script *s = script_of(
        "{\"scenarios\":{\"a\":[{\"content\":[{\"tool\":\"Write\",\"input\":{\"file_path\":\"${cwd}/f\",\"content\":\"x\"}}]}]},"
        "\"tools\":{\"Write\":[{\"name\":\"write\",\"input\":{\"filePath\":\"${file_path}\"}},{\"name\":\"sh\",\"input\":"
        "{\"cmd\":[\"sh\",\"-c\",\"echo ${content} > ${file_path}\"]}}]}}");
    static const struct {
        const char *tools, *called;
    } cases[] = {
        {"[{\"name\":\"Write\"},{\"name\":\"write\"}]",
         "\"name\":\"Write\",\"input\":{\"file_path\":\"/w/f\",\"content\":\"x\"}"},
        {"[{\"name\":\"sh\"},{\"name\":\"write\"}]", "\"name\":\"write\",\"input\":{\"filePath\":\"/w/f\"}"},
        {"[{\"name\":\"sh\"}]", "\"name\":\"sh\",\"input\":{\"cmd\":[\"sh\",\"-c\",\"echo x > /w/f\"]}"},
        {"[]", "\"name\":\"Write\",\"input\":{\"file_path\":\"/w/f\",\"content\":\"x\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        History asked = history_of(DIALECT_ANTHROPIC, "messages", "[{\"role\":\"user\",\"content\":\"@@a\"}]", a),
                h = history_of(DIALECT_ANTHROPIC, "tools", cases[i].tools, a);
        ScriptTurn t;
        ModelAnswer m;
        script_turn(s, &asked, a, &t);
        ModelAsk ask = {.run = STR("r"), .vars = {.cwd = STR("/w")}, .script = s, .history = &h};
        model_answer(&ask, t.found, false, a, &m);
        Str got = body_of(&m, a);
        if (!holds(got, cases[i].called)) test_fail(__FILE__, __LINE__, "%zu: " STR_FMT, i, STR_ARG(got));
    }
}

static Str answer_to(const char *step, ModelDialect d, bool is_stream, Arena *a, ModelAnswer *ret) {
    CLEANUP(arena_freep) Arena *own = arena_new();
    Err e = {0};
    ScriptStep s;
    CHECK_OK(shape_decode(&ScriptStep_shape, json_of(step, own), own, &s, &e), e);
    CLEANUP(script_freep) Script *none = script_of("{\"scenarios\":{}}");
    ModelAsk ask = {.dialect = d,
                    .is_stream = is_stream,
                    .wants_usage = true,
                    .number = 7,
                    .run = STR("r"),
                    .vars = {.model = STR("m")},
                    .script = none,
                    .history = &(History){0}};
    model_answer(&ask, &s, HAS(ScriptStep, &s, status), a, ret);
    return body_of(ret, a);
}

TEST(a_streamed_answer_is_the_messages_event_sequence) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ModelAnswer m;
    Str got = answer_to("{\"content\":[{\"text\":\"hi\"}],\"usage\":{\"input\":3,\"output\":5}}", DIALECT_ANTHROPIC,
                        true, a, &m);
    CHECK_STR(
        got,
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_scripted_r_7\",\"type\":\"message\","
        "\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{"
        "\"input_tokens\":3,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":1}}}\n\n"
        "event: ping\ndata: {\"type\":\"ping\"}\n\n"
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n"
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
        "\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":5}}\n\n"
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    CHECK_I64(m.status, 200);
}

TEST(tools_thinking_and_breaks) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ModelAnswer m;
    Str got = answer_to("{\"content\":[{\"thinking\":\"t\"},{\"tool\":\"Bash\",\"input\":{\"command\":\"ls\"}}]}",
                        DIALECT_ANTHROPIC, true, a, &m);
    CHECK(holds(got, "thinking_delta") && holds(got, "signature_delta"));
    CHECK(holds(got, "\"id\":\"toolu_scripted_r_7_1\",\"name\":\"Bash\",\"input\":{}"));
    CHECK(holds(got, "\"partial_json\":\"{\\\"command\\\":\\\"ls\\\"}\"") &&
          holds(got, "\"stop_reason\":\"tool_use\""));
    got = answer_to("{\"content\":[{\"text\":\"a\"},{\"error\":\"Overloaded\"},{\"text\":\"never\"}]}",
                    DIALECT_ANTHROPIC, true, a, &m);
    CHECK(holds(got, "event: error\n") && !holds(got, "never") && !holds(got, "message_stop") && !m.drops);
    got = answer_to("{\"content\":[{\"text\":\"a\"},{\"drop\":true}]}", DIALECT_ANTHROPIC, true, a, &m);
    CHECK(m.drops && !holds(got, "message_stop"));
    got = answer_to("{\"content\":[{\"tool\":\"Bash\",\"raw\":\"{\\\"x\"}]}", DIALECT_ANTHROPIC, true, a, &m);
    CHECK(holds(got, "\"partial_json\":\"{\\\"x\""));
}

TEST(pauses_cut_an_answer_into_beats) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ModelAnswer m;
    answer_to("{\"delay\":5,\"content\":[{\"text\":\"ab \",\"repeat\":3,\"pace\":50},{\"sleep\":200}]}",
              DIALECT_ANTHROPIC, true, a, &m);
    CHECK_I64(m.delay_ms, 5);
    static const int64_t waits[] = {0, 50, 50, 50, 200}; /* head and delta, two deltas, the block's end, the rest */
    CHECK_I64(m.n_beats, COUNT_OF(waits));
    for (size_t i = 0; i < COUNT_OF(waits); i++) CHECK_I64(m.beats[i].wait_ms, waits[i]);
    CHECK(holds(m.beats[1].bytes, "\"text\":\"ab \""));
}

TEST(failures_have_the_services_form) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ModelAnswer m;
    Str got = answer_to("{\"status\":429,\"message\":\"slow down\",\"retryAfter\":2}", DIALECT_ANTHROPIC, true, a, &m);
    CHECK_STR(got, "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}}");
    CHECK(m.status == 429 && m.retry_after_s == 2 && !m.is_stream);
    static const char limited[] = "{\"status\":429,\"message\":\"slow down\",\"retryAfter\":2}";
    static const char openai[] =
        "{\"error\":{\"type\":\"rate_limit_exceeded\",\"message\":\"slow down\",\"param\":null,"
        "\"code\":\"rate_limit_exceeded\"}}";
    CHECK_STR(answer_to(limited, DIALECT_OPENAI, true, a, &m), openai);
    CHECK_STR(answer_to(limited, DIALECT_RESPONSES, true, a, &m), openai);
    CHECK_STR(
        answer_to(limited, DIALECT_GEMINI, true, a, &m),
        "{\"error\":{\"code\":429,\"message\":\"slow down\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"@type\":"
        "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"2s\"}]}}");
    CHECK(holds(answer_to("{\"status\":401}", DIALECT_OPENAI, true, a, &m), "\"code\":\"invalid_api_key\""));
    CHECK(holds(answer_to("{\"status\":500}", DIALECT_GEMINI, true, a, &m), "\"status\":\"INTERNAL\""));
}

TEST(whole_answers) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    static const char step[] =
        "{\"content\":[{\"text\":\"a\"},{\"tool\":\"f\",\"input\":{\"x\":1}}],\"usage\":{\"output\":2}}";
    ModelAnswer m;
    CHECK_STR(
        answer_to(step, DIALECT_ANTHROPIC, false, a, &m),
        "{\"id\":\"msg_scripted_r_7\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[{\"type\":\"text\","
        "\"text\":\"a\"},{\"type\":\"tool_use\",\"id\":\"toolu_scripted_r_7_1\",\"name\":\"f\",\"input\":{\"x\":1}}],\"stop_reason\":"
        "\"tool_use\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":1200,\"cache_creation_input_tokens\":0,"
        "\"cache_read_input_tokens\":0,\"output_tokens\":2}}");
    CHECK_STR(
        answer_to(step, DIALECT_OPENAI, false, a, &m),
        "{\"id\":\"chatcmpl_scripted_r_7\",\"object\":\"chat.completion\",\"created\":0,\"model\":\"m\",\"choices\":[{\"index\":0,"
        "\"message\":{\"role\":\"assistant\",\"content\":\"a\",\"tool_calls\":[{\"id\":\"call_scripted_r_7_0\",\"type\":\"function\","
        "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\"}}]},\"finish_reason\":\"tool_calls\"}],\"usage\":{"
        "\"prompt_tokens\":1200,\"completion_tokens\":2,\"total_tokens\":1202,\"prompt_tokens_details\":{\"cached_tokens\":0}}}");
    CHECK_STR(
        answer_to(step, DIALECT_RESPONSES, false, a, &m),
        "{\"id\":\"resp_scripted_r_7\",\"object\":\"response\",\"created_at\":0,\"status\":\"completed\",\"model\":\"m\",\"output\":["
        "{\"id\":\"msg_scripted_r_7_0\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":"
        "\"output_text\",\"text\":\"a\",\"annotations\":[]}]},{\"id\":\"fc_scripted_r_7_1\",\"type\":\"function_call\",\"status\":"
        "\"completed\",\"call_id\":\"call_scripted_r_7_1\",\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\"}],\"incomplete_details\":null,"
        "\"usage\":{\"input_tokens\":1200,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":2,"
        "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":1202}}");
    CHECK_STR(
        answer_to(step, DIALECT_GEMINI, false, a, &m),
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"},{\"functionCall\":{\"name\":\"f\",\"args\":{\"x\":1}}}],\"role\":"
        "\"model\"},\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":1200,\"candidatesTokenCount\":2,"
        "\"totalTokenCount\":1202,\"cachedContentTokenCount\":0},\"modelVersion\":\"m\",\"responseId\":\"resp_scripted_r_7\"}");
}

/* What must come in this order in a stream of that dialect. */
static const struct {
    const char *name;
    ModelDialect dialect;
    const char *step, *parts[12];
} streams[] = {
    {"chat: text, a call in pieces, usage last",
     DIALECT_OPENAI,
     "{\"content\":[{\"thinking\":\"t\"},{\"text\":\"a\"},{\"tool\":\"f\",\"input\":{\"x\":\"012345678901234567890123456789012345678901234567\"}}]}",
     {"\"role\":\"assistant\"", "\"reasoning_content\":\"t\"", "\"delta\":{\"content\":\"a\"}",
      "\"tool_calls\":[{\"index\":0,\"id\":\"call_scripted_r_7_0\"",
      "\"arguments\":\"{\\\"x\\\":", "\"arguments\":\"234567\\\"}\"", "\"finish_reason\":\"tool_calls\"",
      "\"choices\":[],\"usage\":{\"prompt_tokens\":1200", "data: [DONE]\n\n"}},
    {"chat: a break in the middle",
     DIALECT_OPENAI,
     "{\"content\":[{\"text\":\"a\"},{\"error\":\"Overloaded\"}]}",
     {"\"content\":\"a\"", "data: {\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\""}},
    {"responses: thought, text and call as items",
     DIALECT_RESPONSES,
     "{\"content\":[{\"thinking\":\"t\"},{\"text\":\"a\"},{\"tool\":\"f\",\"input\":{\"x\":1}}]}",
     {"event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":"
      "\"resp_scripted_r_7\"",
      "event: response.output_item.added\n", "\"type\":\"reasoning\"",
      "\"type\":\"response.reasoning_summary_text.delta\"", "\"delta\":\"t\"",
      "\"type\":\"response.output_text.delta\",\"sequence_number\":10,\"item_id\":\"msg_scripted_r_7_1\",\"output_index\":1,"
      "\"content_index\":0,\"delta\":\"a\"",
      "event: response.output_item.done\n", "\"type\":\"response.function_call_arguments.delta\"",
      "\"arguments\":\"{\\\"x\\\":1}\"", "event: response.completed\n", "\"status\":\"completed\"",
      "\"usage\":{\"input_tokens\":1200"}},
    {"responses: cut off",
     DIALECT_RESPONSES,
     "{\"content\":[{\"text\":\"a\"}],\"stop\":\"max_tokens\"}",
     {"event: response.incomplete\n", "\"incomplete_details\":{\"reason\":\"max_output_tokens\"}"}},
    {"responses: a break in the middle",
     DIALECT_RESPONSES,
     "{\"content\":[{\"text\":\"a\"},{\"error\":\"Overloaded\"}]}",
     {"\"delta\":\"a\"", "event: response.failed\n",
      "\"error\":{\"code\":\"overloaded_error\",\"message\":\"Overloaded\"}"}},
    {"gemini: thought, text, a whole call, usage last",
     DIALECT_GEMINI,
     "{\"content\":[{\"thinking\":\"t\"},{\"text\":\"a\"},{\"tool\":\"f\",\"input\":{\"x\":1}}]}",
     {"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"t\",\"thought\":true}],\"role\":\"model\"},\"index\":0}]",
      "\"parts\":[{\"text\":\"a\"}]", "{\"functionCall\":{\"name\":\"f\",\"args\":{\"x\":1}}}",
      "\"finishReason\":\"STOP\"", "\"usageMetadata\":{\"promptTokenCount\":1200"}},
    {"gemini: a call that cannot be written",
     DIALECT_GEMINI,
     "{\"content\":[{\"tool\":\"f\",\"raw\":\"{\\\"x\"}]}",
     {"\"finishReason\":\"MALFORMED_FUNCTION_CALL\""}},
    {"gemini: a break in the middle",
     DIALECT_GEMINI,
     "{\"content\":[{\"text\":\"a\"},{\"error\":\"Overloaded\",\"type\":\"UNAVAILABLE\"}]}",
     {"\"text\":\"a\"", "data: {\"error\":{\"code\":500,\"message\":\"Overloaded\",\"status\":\"UNAVAILABLE\"}}"}},
};

TEST(the_other_dialects_stream_in_their_order) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        ModelAnswer m;
        Str got = answer_to(streams[i].step, streams[i].dialect, true, a, &m), rest = got;
        CHECK_STR(str(m.content_type), "text/event-stream");
        for (size_t k = 0; k < COUNT_OF(streams[i].parts) && streams[i].parts[k]; k++) {
            size_t at;
            if (!str_find(rest, str(streams[i].parts[k]), &at)) {
                test_fail(__FILE__, __LINE__, "%s: part %zu is not in " STR_FMT, streams[i].name, k, STR_ARG(rest));
                break;
            }
            rest = str_from(rest, at + strlen(streams[i].parts[k]));
        }
    }
}

TEST(usage_ends_a_chat_stream_only_on_request) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ModelAnswer m;
    ModelAsk ask = {.dialect = DIALECT_OPENAI, .is_stream = true};
    model_answer(&ask, NULL, false, a, &m);
    CHECK(!holds(body_of(&m, a), "usage"));
}

TEST(an_unscripted_request_is_answered_ok) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ModelAnswer m;
    ModelAsk ask = {.is_stream = false, .vars = {.model = STR("m")}};
    model_answer(&ask, NULL, false, a, &m);
    CHECK(holds(body_of(&m, a), "\"text\":\"ok\""));
}

static void check_script(Str text) {
    Err e = {0};
    CLEANUP(script_freep) Script *s = NULL;
    CHECK_OK(script_parse(text, &s, &e), e);
}

TEST(the_scripts_shipped_with_muster_are_valid) {
    check_script(str_n(model_demo, model_demo_n));
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    FILE *f = fopen(SCENARIOS, "rb");
    CHECK(f);
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_add(&b, chunk, n);
    fclose(f);
    check_script(buf_str(&b));
}

static void stop_loop(void *loop) { loop_stop(loop); }

TEST(a_port_in_use_is_named_and_leaves_nothing_behind) {
    Loop *l;
    Model *first = NULL, *second = NULL;
    int port, other;
    Err e = {0};
    CHECK_OK(loop_new(&l, &e), e);
    CHECK_OK(model_start(l, &(ModelConfig){.script = "demo"}, &first, &port, &e), e);
    CHECK_ERR(model_start(l, &(ModelConfig){.script = "demo", .port = port}, &second, &other, &e), e, ERR_CONFLICT);
    CHECK(second == NULL);
    model_stop(first, stop_loop, l);
    loop_run(l);
    loop_free(l);
}
