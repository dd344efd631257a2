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
        script_turn(s, json_of(turns[i].messages, a), a, &t);
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
    script_turn(
        s,
        json_of("[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\"},{\"role\":\"user\",\"content\":\"y\"},"
                "{\"role\":\"assistant\"},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\"}]}]",
                a),
        a, &t);
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
                                        "{\"scenarios\":{\"a\":[{\"status\":200}]}}"};
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
    CHECK_STR(
        script_cwd(
            json_of(
                "{\"system\":[{\"type\":\"text\",\"text\":\"Mind <system-reminder> tags and the working directory: it is yours.\\n - Primary working directory: /w/t\\n - x\"}]}",
                a),
            a),
        "/w/t");
    CHECK_STR(script_cwd(json_of("{\"messages\":[{\"role\":\"system\",\"content\":\"Working directory: /x\"}]}", a), a),
              "/x");
    CHECK(!script_cwd(json_of("{\"messages\":[{\"role\":\"user\",\"content\":\"Working directory: /x\"}]}", a), a).p);
}

static Str body_of(const ModelAnswer *m, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < m->n_beats; i++) buf_add_str(&b, m->beats[i].bytes);
    return arena_str(a, buf_str(&b));
}

static Str answer_to(const char *step, ModelDialect d, bool is_stream, Arena *a, ModelAnswer *ret) {
    CLEANUP(arena_freep) Arena *own = arena_new();
    Err e = {0};
    ScriptStep s;
    CHECK_OK(shape_decode(&ScriptStep_shape, json_of(step, own), own, &s, &e), e);
    ModelAsk ask = {.dialect = d, .is_stream = is_stream, .number = 7, .run = STR("r"), .vars = {.model = STR("m")}};
    model_answer(&ask, &s, HAS(ScriptStep, &s, status), a, ret);
    return body_of(ret, a);
}

static bool holds(Str s, const char *what) {
    size_t at;
    return str_find(s, str(what), &at);
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
}

TEST(whole_answers_and_the_other_dialect) {
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
        "\"prompt_tokens\":1200,\"completion_tokens\":2,\"total_tokens\":1202}}");
    Str got = answer_to(step, DIALECT_OPENAI, true, a, &m);
    CHECK(holds(got, "\"delta\":{\"content\":\"a\"}") && holds(got, "\"finish_reason\":\"tool_calls\""));
    CHECK(str_ends(got, STR("data: [DONE]\n\n")));
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
