/* The ACP adapters: the handshake, what they write, what they make of each message, and how much they keep. */
#include "adapter/acp_int.h"
#include "adapter/adapters.h"
#include "base/mem.h"
#include "base/test.h"

enum { OUT_MAX = 8 << 20 };

#define CHECK_CONTAINS(got, want)                                                             \
    do {                                                                                      \
        Str got_ = (got);                                                                     \
        size_t at_;                                                                           \
        if (!str_find(got_, str(want), &at_))                                                 \
            test_fail(__FILE__, __LINE__, "%s is missing in\n" STR_FMT, want, STR_ARG(got_)); \
    } while (0)

typedef struct Rig {
    const Adapter *adapter;
    AdapterState *state;
    Buf events, replies; /* events: word SP payload LF */
    Arena *arena;
    int64_t number;
} Rig;

static void on_event(void *arg, AgentEventKind kind, const void *value) {
    Rig *r = arg;
    JsonOut o = json_out(&r->events);
    buf_add_fmt(&r->events, "%s ", agent_events[kind].word);
    shape_encode(agent_events[kind].shape, value, &o);
    buf_add_c(&r->events, '\n');
}

static void on_reply(void *arg, Str bytes) { buf_add_str(&((Rig *)arg)->replies, bytes); }

static AdapterSink sink_of(Rig *r) { return (AdapterSink){on_event, on_reply, r}; }

static void say(Rig *r, const char *line) {
    AdapterSink sink = sink_of(r);
    r->adapter->line(r->state, &(AdapterLine){.bytes = str(line), .at = 1}, &sink);
}

static void write_in(Rig *r, Str bytes) {
    AdapterSink sink = sink_of(r);
    r->adapter->input(r->state, bytes, 1, &sink);
}

/* What the adapter replied is written to the agent, as the hold would. */
static Str take_replies(Rig *r) {
    Str all = arena_str(r->arena, buf_str(&r->replies));
    buf_clear(&r->replies);
    write_in(r, all);
    return all;
}

static Str take_events(Rig *r) {
    Str all = arena_str(r->arena, buf_str(&r->events));
    buf_clear(&r->events);
    return all;
}

static void rig_open(Rig *r, const Adapter *ad, const AdapterSpec *spec) {
    Err e = {0};
    CLEANUP(buf_done) Buf begin, first;
    *r = (Rig){.adapter = ad, .arena = arena_new()};
    buf_init(&r->events, OUT_MAX);
    buf_init(&r->replies, OUT_MAX);
    buf_init(&begin, ADAPTER_STATE_MAX);
    buf_init(&first, ADAPTER_STATE_MAX);
    CHECK_OK(ad->begin(&(AdapterBegin){.spec = spec, .folder = STR("/wt")}, &begin, &e), e);
    CHECK_OK(ad->renew(buf_str(&begin), &r->state, &e), e);
    CHECK_OK(ad->start(&(AdapterTo){.number = 1}, &first, &e), e);
    CHECK_CONTAINS(buf_str(&first), "\"id\":1,\"method\":\"initialize\"");
    CHECK_CONTAINS(buf_str(&first), "\"readTextFile\":false,\"writeTextFile\":false},\"terminal\":false");
    write_in(r, buf_str(&first));
}

static void rig_close(Rig *r) {
    r->adapter->close(r->state);
    buf_done(&r->events);
    buf_done(&r->replies);
    arena_free(r->arena);
}

#define CAPS_(caps) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":1,\"agentCapabilities\":{" caps "}}}"
#define MODES_ "\"modes\":{\"currentModeId\":\"default\",\"availableModes\":[{\"id\":\"default\"},{\"id\":\"plan\"}]}"
#define OPENED_ "{\"jsonrpc\":\"2.0\",\"id\":\"muster-session\",\"result\":{\"sessionId\":\"s1\"," MODES_ "}}"
#define UPDATE_(update) \
    "{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":{\"sessionId\":\"s1\",\"update\":{" update "}}}"
#define CHUNK_(text) \
    UPDATE_("\"sessionUpdate\":\"agent_message_chunk\",\"content\":{\"type\":\"text\",\"text\":\"" text "\"}")

static Str rig_saved(Rig *r) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ADAPTER_STATE_MAX);
    r->adapter->save(r->state, &b);
    CHECK(!b.failed);
    return arena_str(r->arena, buf_str(&b));
}

static void rig_prompt(Rig *r, const char *text) {
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, OUT_MAX);
    r->number = r->number ? r->number + 1 : 9;
    CHECK_OK(r->adapter->prompt(&(AdapterTo){STR("s1"), r->number, {0}}, str(text), &b, &e), e);
    write_in(r, buf_str(&b));
}

/* Ready in session s1, with a turn running whose prompt has the id 9. */
static void rig_ready(Rig *r, const AdapterSpec *spec) {
    rig_open(r, &adapter_acp, spec);
    say(r, CAPS_("\"loadSession\":true"));
    take_replies(r);
    say(r, OPENED_);
    rig_prompt(r, "go");
    take_events(r);
}

TEST(the_handshake_opens_a_session_sets_its_mode_and_is_ready_then) {
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.mode = AGENT_PLAN});
    say(&r, CAPS_("\"loadSession\":true"));
    CHECK_STR(take_replies(&r), "{\"jsonrpc\":\"2.0\",\"id\":\"muster-session\",\"method\":\"session/new\",\"params\":"
                                "{\"cwd\":\"/wt\",\"mcpServers\":[]}}\n");
    say(&r, OPENED_);
    CHECK_STR(take_events(&r), "");
    CHECK_STR(take_replies(&r),
              "{\"jsonrpc\":\"2.0\",\"id\":\"muster-mode\",\"method\":\"session/set_mode\",\"params\":"
              "{\"sessionId\":\"s1\",\"modeId\":\"plan\"}}\n");
    say(&r, "{\"id\":\"muster-mode\",\"result\":{}}");
    CHECK_STR(take_events(&r), "session {\"sessionId\":\"s1\",\"mode\":\"plan\",\"resumable\":false}\n"
                               "state {\"state\":\"ready\",\"byProtocol\":false}\n");
    rig_close(&r);
}

static const struct {
    const char *name, *caps;
    AdapterSpec spec;
    const char *want; /* the method that opens the session */
} openings[] = {
    {"resume is preferred",
     "\"loadSession\":true,\"sessionCapabilities\":{\"resume\":{}}",
     {.session_id = STR("s0"), .resume = true},
     "\"method\":\"session/resume\",\"params\":{\"sessionId\":\"s0\","},
    {"load without resume",
     "\"loadSession\":true",
     {.session_id = STR("s0"), .resume = true},
     "\"method\":\"session/load\",\"params\":{\"sessionId\":\"s0\","},
    {"fork where it is declared",
     "\"sessionCapabilities\":{\"fork\":{}}",
     {.fork_from = STR("s0")},
     "\"method\":\"session/fork\",\"params\":{\"sessionId\":\"s0\","},
    {"a new session where it is not",
     "\"loadSession\":true",
     {.fork_from = STR("s0")},
     "\"method\":\"session/new\",\"params\":{\"cwd\""},
};

TEST(an_error_whose_request_is_missing_from_the_log_ends_the_turn) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r, "{\"id\":77,\"error\":{\"code\":-32603,\"message\":\"no\"}}"); /* the prompt is still open */
    CHECK_CONTAINS(take_events(&r), "unknown {\"type\":\"answer\"");
    say(&r, "{\"id\":9,\"result\":{\"stopReason\":\"end_turn\"}}");
    CHECK_CONTAINS(take_events(&r), "turn_end {\"outcome\":\"ok\"");
    say(&r, "{\"id\":\"muster-x\",\"error\":{\"code\":-32603,\"message\":\"no\"}}");
    CHECK_CONTAINS(take_events(&r), "unknown {\"type\":\"answer\"");
    say(&r, "{\"id\":77,\"error\":{\"code\":-32603,\"message\":\"out of memory\"}}");
    CHECK_CONTAINS(take_events(&r), "turn_end {\"outcome\":\"error\"");
    rig_close(&r);
}

TEST(a_session_is_opened_as_the_agent_can) {
    for (size_t i = 0; i < COUNT_OF(openings); i++) {
        Rig r;
        rig_open(&r, &adapter_acp, &openings[i].spec);
        say(&r, arena_cstr(r.arena, arena_fmt(r.arena, CAPS_("%s"), openings[i].caps)));
        CHECK_CONTAINS(take_replies(&r), openings[i].want);
        rig_close(&r);
    }
}

TEST(what_an_agent_repeats_before_it_has_loaded_its_session_is_known) {
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.session_id = STR("s1"), .resume = true});
    say(&r, CAPS_("\"loadSession\":true"));
    take_replies(&r);
    say(&r, CHUNK_("said before"));
    CHECK_STR(take_events(&r), "");
    say(&r, "{\"id\":\"muster-session\",\"result\":{}}");
    CHECK_CONTAINS(take_events(&r), "session {\"sessionId\":\"s1\",\"resumable\":true}\n");
    rig_close(&r);
}

/* Gemini CLI: each answer may have more of the old conversation behind it; the last one has not. */
TEST(what_an_agent_repeats_after_it_has_loaded_its_session_is_known_too) {
    Rig r;
    size_t at;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.session_id = STR("s1"), .resume = true});
    say(&r, CAPS_("\"loadSession\":true"));
    take_replies(&r);
    say(&r, OPENED_);
    for (int i = 0; i < 3; i++) {
        CHECK_CONTAINS(take_replies(&r), "\"id\":\"muster-mode\",\"method\":\"session/set_mode\",\"params\":"
                                         "{\"sessionId\":\"s1\",\"modeId\":\"default\"}");
        if (i < 2) say(&r, CHUNK_("said before"));
        CHECK_STR(take_events(&r), "");
        say(&r, "{\"id\":\"muster-mode\",\"result\":{}}");
    }
    Str events = take_events(&r);
    CHECK_CONTAINS(events, "session {\"sessionId\":\"s1\",\"mode\":\"default\",\"resumable\":true}\n"
                           "state {\"state\":\"ready\"");
    CHECK(!str_find(events, STR("said before"), &at));
    CHECK_STR(take_replies(&r), "");
    rig_close(&r);
}

TEST(a_session_that_is_gone_gives_way_to_a_new_one) {
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.session_id = STR("s0"), .resume = true});
    say(&r, CAPS_("\"loadSession\":true"));
    take_replies(&r);
    say(&r, "{\"id\":\"muster-session\",\"error\":{\"code\":-32603,\"message\":\"Internal error\",\"data\":"
            "{\"details\":\"No previous sessions found for this project.\"}}}");
    CHECK_STR(take_events(&r), "");
    CHECK_CONTAINS(take_replies(&r), "\"method\":\"session/new\"");
    say(&r, OPENED_);
    CHECK_CONTAINS(take_events(&r), "session {\"sessionId\":\"s0\",\"gone\":true}\n"
                                    "session {\"sessionId\":\"s1\",\"mode\":\"default\",\"resumable\":false}\n");
    rig_close(&r);
}

/* The same error for both: it was not the session. */
TEST(a_session_is_not_given_up_when_no_other_can_be_opened_in_its_place) {
    static const char error[] = "{\"id\":\"muster-session\",\"error\":{\"code\":-32002,\"message\":\"not found\"}}";
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.session_id = STR("s0"), .resume = true});
    say(&r, CAPS_("\"loadSession\":true"));
    take_replies(&r);
    say(&r, error);
    CHECK_CONTAINS(take_replies(&r), "\"method\":\"session/new\"");
    say(&r, error);
    CHECK_CONTAINS(take_events(&r), "turn_end {\"outcome\":\"error\",\"code\":\"-32002\"");
    rig_close(&r);
}

TEST(an_error_about_something_else_that_is_not_found_does_not_give_up_the_session) {
    static const char *const texts[] = {"model not found", "API key not found. Please set it.", "command not found"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        Rig r;
        rig_open(&r, &adapter_gemini, &(AdapterSpec){.session_id = STR("s0"), .resume = true});
        say(&r, CAPS_("\"loadSession\":true"));
        take_replies(&r);
        say(&r, arena_cstr(r.arena, arena_fmt(r.arena,
                                              "{\"id\":\"muster-session\",\"error\":{\"code\":-32603,"
                                              "\"message\":\"Internal error\",\"data\":{\"details\":\"%s\"}}}",
                                              texts[i])));
        CHECK_CONTAINS(take_events(&r), texts[i]);
        CHECK_STR(take_replies(&r), "");
        rig_close(&r);
    }
}

TEST(a_fork_by_an_agent_that_cannot_open_a_session_again_is_not_resumable) {
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.fork_from = STR("s0")});
    say(&r, CAPS_("\"sessionCapabilities\":{\"fork\":{}}"));
    take_replies(&r);
    say(&r, OPENED_);
    CHECK_CONTAINS(take_events(&r), "\"resumable\":false}");
    rig_close(&r);
}

TEST(an_agent_that_cannot_fork_begins_anew_and_gives_nothing_up) {
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.fork_from = STR("s0")});
    say(&r, CAPS_("\"loadSession\":true"));
    CHECK_CONTAINS(take_replies(&r), "\"method\":\"session/new\"");
    say(&r, OPENED_);
    Str events = take_events(&r);
    size_t at;
    CHECK_CONTAINS(events, "This agent cannot fork a session: it begins with an empty context.");
    CHECK(!str_find(events, STR("gone"), &at));
    rig_close(&r);
}

TEST(where_the_error_does_not_say_it_the_list_decides_whether_a_session_is_gone) {
    static const struct {
        const char *listed, *want;
    } cases[] = {{"[]", "session {\"sessionId\":\"s0\",\"gone\":true}\n"},
                 {"[{\"sessionId\":\"s0\"}]", "\"outcome\":\"error\",\"code\":\"session\""}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Rig r;
        rig_open(&r, &adapter_opencode, &(AdapterSpec){.session_id = STR("s0"), .resume = true});
        say(&r, CAPS_("\"sessionCapabilities\":{\"resume\":{},\"list\":{}}"));
        take_replies(&r);
        say(&r, "{\"id\":\"muster-session\",\"error\":{\"code\":-32603,\"message\":\"service failure\"}}");
        CHECK_CONTAINS(take_replies(&r), "\"method\":\"session/list\"");
        say(&r, arena_cstr(r.arena, arena_fmt(r.arena, "{\"id\":\"muster-list\",\"result\":{\"sessions\":%s}}",
                                              cases[i].listed)));
        take_replies(&r);
        say(&r, OPENED_);
        CHECK_CONTAINS(take_events(&r), cases[i].want);
        rig_close(&r);
    }
}

TEST(an_agent_that_cannot_open_its_session_says_why_and_is_not_ready) {
    Rig r;
    rig_open(&r, &adapter_gemini, &(AdapterSpec){0});
    say(&r, CAPS_(""));
    take_replies(&r);
    say(&r, "{\"id\":\"muster-session\",\"error\":{\"code\":-32000,\"message\":\"Authentication required\"}}");
    CHECK_STR(take_events(&r),
              "turn_end {\"outcome\":\"error\",\"code\":\"-32000\",\"text\":\"Authentication required; "
              "stop the agent, and start it again when this is settled\"}\n");
    rig_close(&r);
}

TEST(gemini_is_not_resumed_in_the_minute_in_which_its_session_was_opened) {
    enum { MINUTE_US = 60000000 };
    static const struct {
        TimeUs now;
        bool resumes, is_refused;
    } cases[] = {{MINUTE_US - 1, true, true}, {MINUTE_US - 1, false, false}, {MINUTE_US, true, false}};
    Rig r;
    rig_open(&r, &adapter_gemini, &(AdapterSpec){0});
    say(&r, CAPS_("\"loadSession\":true"));
    take_replies(&r);
    say(&r, OPENED_);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Err e = {0};
        CLEANUP(buf_done) Buf out;
        AdapterSpec spec = {.session_id = STR("s1"), .resume = cases[i].resumes};
        buf_init(&out, ADAPTER_STATE_MAX);
        AdapterBegin begin = {.last = rig_saved(&r), .spec = &spec, .folder = STR("/wt"), .now = cases[i].now};
        int got = adapter_gemini.begin(&begin, &out, &e);
        CHECK_I64(got, cases[i].is_refused ? -ERR_BUSY : 0);
    }
    rig_close(&r);
}

TEST(a_mode_that_the_agent_lacks_is_refused_with_words) {
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.mode = AGENT_AUTO});
    say(&r, CAPS_(""));
    take_replies(&r);
    say(&r, OPENED_);
    CHECK_CONTAINS(take_events(&r), "This agent has no mode `auto`; it stays in `default`.");
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    AdapterTo to = {STR("s1"), 4, rig_saved(&r)};
    CHECK_ERR(adapter_acp.change(&to, &(AdapterChange){OPTION_MODE, {.mode = AGENT_AUTO}, {0}}, &b, &e), e,
              ERR_CONFLICT);
    CHECK_OK(adapter_acp.change(&to, &(AdapterChange){OPTION_MODE, {.mode = AGENT_PLAN}, {0}}, &b, &e), e);
    CHECK_STR(buf_str(&b),
              "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"session/set_mode\",\"params\":{\"sessionId\":\"s1\","
              "\"modeId\":\"plan\"}}\n");
    write_in(&r, buf_str(&b));
    say(&r, "{\"id\":4,\"result\":{}}");
    CHECK_CONTAINS(take_events(&r), "\"mode\":\"plan\"");
    rig_close(&r);
}

TEST(a_mode_that_is_asked_for_while_the_session_is_being_opened_must_wait) {
    static const struct {
        const char *name, *session;
        bool is_initialized;
    } cases[] = {{"nothing yet", "", false}, {"resuming", "s1", true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Rig r;
        Err e = {0};
        CLEANUP(buf_done) Buf b;
        rig_open(&r, &adapter_acp, &(AdapterSpec){.session_id = STR("s1"), .resume = true});
        if (cases[i].is_initialized) say(&r, CAPS_("\"loadSession\":true"));
        take_replies(&r);
        buf_init(&b, 4096);
        AdapterTo to = {str(cases[i].session), 4, rig_saved(&r)};
        CHECK_ERR(adapter_acp.change(&to, &(AdapterChange){OPTION_MODE, {.mode = AGENT_PLAN}, {0}}, &b, &e), e,
                  ERR_CONFLICT);
        CHECK_STR(str(e.text), "the agent has not opened its session yet");
        rig_close(&r);
    }
}

TEST(an_agent_that_has_modes_but_not_the_regular_one_says_in_which_it_works) {
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.mode = AGENT_REGULAR});
    say(&r, CAPS_(""));
    take_replies(&r);
    say(&r, "{\"id\":\"muster-session\",\"result\":{\"sessionId\":\"s1\",\"modes\":{\"currentModeId\":\"yolo\","
            "\"availableModes\":[{\"id\":\"yolo\"}]}}}");
    CHECK_CONTAINS(take_events(&r), "This agent has no mode `regular`; it stays in `yolo`.");
    rig_close(&r);
}

/* Gemini CLI's only word about a change of its mode. The model may write the same: then it is what the model wrote. */
TEST(a_mode_that_is_reported_as_text_counts_only_while_something_changes_it) {
    static const struct {
        const char *name, *call;
        bool is_change;
    } cases[] = {{"a plan is being approved", "switch_mode", true}, {"the model says it", "read", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Rig r;
        size_t at;
        rig_ready(&r, &(AdapterSpec){0});
        say(&r, UPDATE_("\"sessionUpdate\":\"current_mode_update\",\"currentModeId\":\"plan\""));
        say(&r, arena_cstr(r.arena, arena_fmt(r.arena,
                                              UPDATE_("\"sessionUpdate\":\"tool_call\",\"toolCallId\":\"t\","
                                                      "\"status\":\"in_progress\",\"kind\":\"%s\""),
                                              cases[i].call)));
        take_events(&r);
        say(&r, CHUNK_("[MODE_UPDATE] default"));
        Str events = take_events(&r);
        CHECK_I64(str_find(events, STR("\"planEnded\":true"), &at), cases[i].is_change);
        CHECK_I64(str_find(events, STR("text_delta"), &at), !cases[i].is_change);
        rig_close(&r);
    }
}

TEST(plan_mode_is_never_left_out_silently) {
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){.mode = AGENT_PLAN});
    say(&r, CAPS_(""));
    take_replies(&r);
    say(&r, "{\"id\":\"muster-session\",\"result\":{\"sessionId\":\"s1\"}}");
    Str events = take_events(&r);
    size_t at;
    CHECK_CONTAINS(events, "this agent has no mode `plan`");
    CHECK(!str_find(events, STR("ready"), &at));
    rig_close(&r);
}

TEST(chunks_are_deltas_and_one_text_at_the_end_of_their_block) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r, CHUNK_("one "));
    say(&r, CHUNK_("two"));
    take_events(&r);
    say(&r,
        UPDATE_("\"sessionUpdate\":\"tool_call\",\"toolCallId\":\"t\",\"status\":\"in_progress\",\"title\":\"ls\""));
    CHECK_CONTAINS(take_events(&r), "\"text\":\"one two\"}\ntool_start {\"toolId\":\"t\"");
    say(&r, CHUNK_("three"));
    take_events(&r);
    say(&r, "{\"id\":9,\"result\":{\"stopReason\":\"end_turn\"}}");
    CHECK_CONTAINS(take_events(&r), "\"text\":\"three\"}\ntool_end {\"toolId\":\"t\",\"isError\":true");
    rig_close(&r);
}

/* U+1F600, in two chunks. */
TEST(a_surrogate_pair_that_is_split_is_held_until_it_is_whole) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r, CHUNK_("a\\ud83d"));
    CHECK_CONTAINS(take_events(&r), "\"text\":\"a\"}");
    say(&r, CHUNK_("\\ude00b"));
    CHECK_CONTAINS(take_events(&r), "\"text\":\"\xf0\x9f\x98\x80"
                                    "b\"}");
    say(&r, CHUNK_("c\\\\ud83d"));
    CHECK_CONTAINS(take_events(&r), "\"text\":\"c\\\\ud83d\"}");
    say(&r, CHUNK_("d\\ud83d"));
    take_events(&r);
    say(&r, "{\"id\":9,\"result\":{\"stopReason\":\"end_turn\"}}");
    CHECK_CONTAINS(take_events(&r), "\"text\":\"a\xf0\x9f\x98\x80"
                                    "bc\\\\ud83dd\xef\xbf\xbd\"}");
    rig_close(&r);
}

TEST(a_long_text_is_stored_in_parts_that_have_all_of_it) {
    Rig r;
    enum { LINES = 3000 };
    rig_ready(&r, &(AdapterSpec){0});
    for (int i = 0; i < LINES; i++) {
        say(&r, CHUNK_("a line with \\\"quotes\\\"\\n"));
        rig_saved(&r);
    }
    say(&r, "{\"id\":9,\"result\":{\"stopReason\":\"end_turn\"}}");
    Str rest = take_events(&r), line;
    size_t n_lines = 0, n_parts = 0, at;
    while (str_split(&rest, '\n', &line)) {
        if (!str_starts(line, STR("text {"))) continue;
        n_parts++;
        for (Str s = line; str_find(s, STR("\\n"), &at); s = str_from(s, at + 1)) n_lines++;
        CHECK(str_ends(line, STR("\\n\"}")));
    }
    CHECK_I64(n_lines, LINES);
    CHECK(n_parts > 1);
    rig_close(&r);
}

#define OPTIONS_                                                                                          \
    "[{\"optionId\":\"always\",\"kind\":\"allow_always\"},{\"optionId\":\"go\",\"kind\":\"allow_once\"}," \
    "{\"optionId\":\"other\",\"kind\":\"allow_once\"},{\"optionId\":\"no\",\"kind\":\"reject_once\"}]"
#define PERMISSION_(kind)                                                                                             \
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"session/request_permission\",\"params\":{\"sessionId\":\"s1\","       \
    "\"toolCall\":{\"toolCallId\":\"t\",\"title\":\"Writing\",\"kind\":\"" kind "\",\"content\":[{\"type\":\"diff\"," \
    "\"path\":\"/wt/a\",\"oldText\":\"x\",\"newText\":\"y\"}]},\"options\":" OPTIONS_ "}}"

TEST(a_request_for_permission_is_an_ask_also_when_its_call_was_not_seen) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r, PERMISSION_("edit"));
    Str events = take_events(&r);
    CHECK_CONTAINS(events, "tool_start {\"toolId\":\"t\",\"name\":\"Writing\",\"kind\":\"edit\"");
    CHECK_CONTAINS(events,
                   "\"input\":{\"file_path\":\"/wt/a\",\"old_string\":\"x\",\"new_string\":\"y\"},\"suggestions\":[");
    CHECK(adapter_acp.has_ask(r.state, STR("0")));
    rig_close(&r);
}

TEST(a_question_of_qwen_code_is_a_question) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"session/request_permission\",\"params\":{\"sessionId\":\"s1\","
            "\"toolCall\":{\"toolCallId\":\"t\",\"title\":\"Ask user 1 question\",\"kind\":\"other\",\"_meta\":"
            "{\"toolName\":\"ask_user_question\"},\"rawInput\":{\"questions\":[{\"question\":\"Size?\"}]}},"
            "\"options\":" OPTIONS_ "}}");
    CHECK_CONTAINS(take_events(&r), "ask {\"requestId\":\"0\",\"kind\":\"question\",\"tool\":\"ask_user_question\"");
    rig_close(&r);
}

TEST(what_the_agent_may_do_anyway_is_allowed_at_once) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){.permissions = 1 << PERMIT_WRITE});
    say(&r, PERMISSION_("edit"));
    CHECK_CONTAINS(take_replies(&r), "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"outcome\":{\"outcome\":\"selected\","
                                     "\"optionId\":\"go\"}}}\n");
    say(&r, PERMISSION_("delete"));
    CHECK_CONTAINS(take_events(&r), "ask {\"requestId\":\"0\"");
    rig_close(&r);
}

/* What it reads or writes freely, it does not ask for. */
TEST(a_permission_to_read_or_write_covers_plain_files_of_the_worktree_only) {
    static const struct {
        const char *paths;
        bool is_allowed;
    } cases[] = {
        {"{\"type\":\"diff\",\"path\":\"/wt/src/a.c\"}", true},
        {"{\"type\":\"diff\",\"path\":\"src/a.c\"}", true},
        {"{\"type\":\"diff\",\"path\":\"/wt/.env\"}", false},
        {"{\"type\":\"diff\",\"path\":\"/wt/deploy/.env.production\"}", false},
        {"{\"type\":\"diff\",\"path\":\"/wt/.git/hooks/pre-commit\"}", false},
        {"{\"type\":\"diff\",\"path\":\"/wt/a.c\"},{\"type\":\"diff\",\"path\":\"/wt/.env\"}", false},
        {"{\"type\":\"diff\",\"path\":\"/wt/../secret\"}", false},
        {"{\"type\":\"diff\",\"path\":\"/wt2/a.c\"}", false},
        {"{\"type\":\"diff\",\"path\":\"/root/.bashrc\"}", false},
        {"", false},
    };
    static const struct {
        int permission;
        const char *kind, *member; /* which names the files */
    } calls[] = {
        {PERMIT_READ, "read", "locations"}, {PERMIT_WRITE, "edit", "locations"}, {PERMIT_WRITE, "edit", "content"}};
    for (size_t i = 0; i < COUNT_OF(cases) * COUNT_OF(calls); i++) {
        Rig r;
        const char *paths = cases[i / COUNT_OF(calls)].paths, *kind = calls[i % COUNT_OF(calls)].kind;
        bool is_allowed = cases[i / COUNT_OF(calls)].is_allowed;
        rig_ready(&r, &(AdapterSpec){.permissions = 1 << calls[i % COUNT_OF(calls)].permission});
        say(&r, arena_fmt(r.arena,
                          "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"session/request_permission\","
                          "\"params\":{\"sessionId\":\"s1\",\"toolCall\":{\"toolCallId\":\"t\","
                          "\"title\":\"%s\",\"kind\":\"%s\",\"%s\":[%s]},\"options\":" OPTIONS_ "}}",
                          kind, kind, calls[i % COUNT_OF(calls)].member, paths)
                    .p);
        CHECK_I64(take_replies(&r).n > 0, is_allowed);
        CHECK_I64(adapter_acp.has_ask(r.state, STR("0")), !is_allowed);
        rig_close(&r);
    }
}

TEST(what_the_agent_may_do_anyway_is_asked_while_it_plans) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){.permissions = 1 << PERMIT_WRITE});
    say(&r, UPDATE_("\"sessionUpdate\":\"current_mode_update\",\"currentModeId\":\"plan\""));
    take_events(&r);
    say(&r, PERMISSION_("edit"));
    CHECK_CONTAINS(take_events(&r), "ask {\"requestId\":\"0\"");
    rig_close(&r);
}

TEST(a_call_with_the_id_of_one_that_has_ended_is_another_call) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){.permissions = 1 << PERMIT_READ});
    say(&r, UPDATE_("\"sessionUpdate\":\"tool_call\",\"toolCallId\":\"t\",\"title\":\"Reading\",\"kind\":\"read\","
                    "\"status\":\"completed\""));
    take_events(&r);
    say(&r, PERMISSION_("execute"));
    Str events = take_events(&r);
    CHECK_CONTAINS(events, "tool_start {\"toolId\":\"t\",\"name\":\"Writing\",\"kind\":\"execute\"");
    CHECK_CONTAINS(events, "ask {\"requestId\":\"0\"");
    rig_close(&r);
}

TEST(a_denied_call_that_the_agent_forgets_ends_with_its_turn) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r, PERMISSION_("edit"));
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    AdapterAnswer deny = {.request_id = STR("0"), .decision = DECISION_DENY, .suggestions = STR(OPTIONS_)};
    CHECK_OK(adapter_acp.answer(&(AdapterTo){0}, &deny, &b, &e), e);
    take_events(&r);
    write_in(&r, buf_str(&b));
    CHECK_STR(take_events(&r), "state {\"state\":\"answered\",\"byProtocol\":false,\"detail\":\"0\"}\n");
    say(&r, "{\"id\":9,\"result\":{\"stopReason\":\"end_turn\"}}");
    CHECK_CONTAINS(take_events(&r), "\"output\":\"A person denied this call.\"");
    rig_close(&r);
}

TEST(an_interrupt_cancels_the_turn_and_every_open_request) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r, PERMISSION_("edit"));
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    CHECK_OK(adapter_acp.interrupt(&(AdapterTo){STR("s1"), 0, rig_saved(&r)}, STR("x"), &b, &e), e);
    CHECK_STR(buf_str(&b), "{\"jsonrpc\":\"2.0\",\"method\":\"session/cancel\",\"params\":{\"sessionId\":\"s1\"}}\n"
                           "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"outcome\":{\"outcome\":\"cancelled\"}}}\n");
    take_events(&r);
    say(&r, "{\"id\":9,\"result\":{\"stopReason\":\"cancelled\"}}");
    CHECK_CONTAINS(take_events(&r), "ask_cancel {\"requestId\":\"0\",\"why\":\"turn_end\"}\nturn_end {\"outcome\":"
                                    "\"interrupted\",\"code\":\"cancelled\"}\n");
    rig_close(&r);
}

#define ASKS_(id, call)                                                                                              \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"session/request_permission\",\"params\":{\"sessionId\":\"s1\"," \
    "\"toolCall\":{\"toolCallId\":\"" call "\",\"kind\":\"execute\"},\"options\":" OPTIONS_ "}}"

TEST(a_refusal_that_interrupts_ends_the_other_asks_too) {
    Rig r;
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r, ASKS_("0", "t0"));
    say(&r, ASKS_("1", "t1"));
    take_events(&r);
    buf_init(&b, 4096);
    AdapterAnswer deny = {
        .request_id = STR("0"), .decision = DECISION_DENY, .suggestions = STR(OPTIONS_), .interrupt = true};
    CHECK_OK(adapter_acp.answer(&(AdapterTo){STR("s1"), 0, rig_saved(&r)}, &deny, &b, &e), e);
    write_in(&r, buf_str(&b));
    CHECK_STR(take_events(&r), "state {\"state\":\"answered\",\"byProtocol\":false,\"detail\":\"0\"}\n"
                               "ask_cancel {\"requestId\":\"1\",\"why\":\"turn_end\"}\n");
    CHECK(!adapter_acp.has_ask(r.state, STR("1")));
    rig_close(&r);
}

TEST(what_was_said_and_begun_is_reported_when_the_agent_ends) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r,
        UPDATE_("\"sessionUpdate\":\"tool_call\",\"toolCallId\":\"t\",\"status\":\"in_progress\",\"title\":\"ls\""));
    say(&r, CHUNK_("half a sen"));
    take_events(&r);
    AdapterSink sink = sink_of(&r);
    adapter_acp.exited(r.state, -1, 9, false, &sink);
    CHECK_CONTAINS(take_events(&r), "\"text\":\"half a sen\"}\ntool_end {\"toolId\":\"t\",\"isError\":true");
    rig_close(&r);
}

static const struct {
    const char *answer, *want;
} ends[] = {
    {"\"result\":{\"stopReason\":\"end_turn\"}", "turn_end {\"outcome\":\"ok\",\"code\":\"end_turn\"}"},
    {"\"result\":{\"stopReason\":\"refusal\"}",
     "turn_end {\"outcome\":\"error\",\"code\":\"refusal\",\"text\":\"the agent refused"},
    {"\"result\":{\"stopReason\":\"max_tokens\"}", "turn_end {\"outcome\":\"error\",\"code\":\"max_tokens\""},
    {"\"error\":{\"code\":429,\"message\":\"{\\\"error\\\":{\\\"code\\\":429,\\\"message\\\":\\\"slow down\\\"}}\"}",
     "\"code\":\"429\",\"text\":\"slow down\",\"httpStatus\":429}"},
    {"\"error\":{\"code\":-32603,\"message\":\"Internal error\",\"data\":{\"details\":\"401 bad key\"}}",
     "\"code\":\"-32603\",\"text\":\"Internal error: 401 bad key\",\"httpStatus\":401}"},
    {"\"error\":{\"code\":-32603}", "\"text\":\"the agent reported an error without a message\"}"},
};

TEST(the_answer_to_a_prompt_ends_its_turn) {
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        Rig r;
        rig_ready(&r, &(AdapterSpec){0});
        say(&r, arena_cstr(r.arena, arena_fmt(r.arena, "{\"id\":9,%s}", ends[i].answer)));
        CHECK_CONTAINS(take_events(&r), ends[i].want);
        rig_close(&r);
    }
}

/* Cost is counted for the session, so a turn's is the difference; a lower figure than before is a new count. */
TEST(the_cost_of_a_session_is_counted_once) {
    static const struct {
        const char *amount;
        const char *want; /* NULL: nothing was used */
    } turns[] = {{"0.5", "\"costMicros\":500000"},
                 {"0.5", NULL},
                 {"0.75", "\"costMicros\":250000"},
                 {"0.1", "\"costMicros\":100000"}};
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        size_t at;
        if (i) rig_prompt(&r, "more");
        say(&r, arena_cstr(r.arena, arena_fmt(r.arena,
                                              UPDATE_("\"sessionUpdate\":\"usage_update\",\"used\":10,\"size\":100,"
                                                      "\"cost\":{\"amount\":%s,\"currency\":\"USD\"}"),
                                              turns[i].amount)));
        say(&r, arena_cstr(r.arena, arena_fmt(r.arena, "{\"id\":%lld,\"result\":{\"stopReason\":\"end_turn\"}}",
                                              (long long)r.number)));
        Str events = take_events(&r);
        if (turns[i].want) CHECK_CONTAINS(events, turns[i].want);
        if (!turns[i].want) CHECK(!str_find(events, STR("usage {"), &at));
    }
    rig_close(&r);
}

TEST(a_request_for_what_is_not_offered_gets_an_answer) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){0});
    say(&r,
        "{\"jsonrpc\":\"2.0\",\"id\":\"u-1\",\"method\":\"fs/read_text_file\",\"params\":{\"path\":\"/etc/passwd\"}}");
    CHECK_STR(take_replies(&r), "{\"jsonrpc\":\"2.0\",\"id\":\"u-1\",\"error\":{\"code\":-32601,\"message\":"
                                "\"this method is not offered\"}}\n");
    CHECK_CONTAINS(take_events(&r), "unknown {\"type\":\"fs/read_text_file\"");
    rig_close(&r);
}

/* Everything at its maximum, in characters that JSON escapes. */
TEST(the_state_stays_within_its_bound_whatever_the_agent_does) {
    Rig r;
    rig_ready(&r, &(AdapterSpec){.model = STR("m")});
    Str q = {0};
    CLEANUP(buf_done) Buf wide;
    buf_init(&wide, 1 << 20);
    for (int i = 0; i < 3000; i++) buf_add_str(&wide, STR("\\\""));
    q = buf_str(&wide);
    for (int i = 0; i < 40; i++) {
        say(&r, arena_cstr(r.arena,
                           arena_fmt(r.arena,
                                     UPDATE_("\"sessionUpdate\":\"tool_call\",\"toolCallId\":\"%d-%.200s\","
                                             "\"status\":\"%s\",\"kind\":\"edit\",\"title\":\"%.*s\","
                                             "\"rawInput\":{\"a\":\"%.400s\"},\"locations\":[{\"path\":\"%.380s\"}]"),
                                     i, q.p, i % 2 ? "pending" : "in_progress", (int)q.n, q.p, q.p, q.p)));
        say(&r,
            arena_cstr(r.arena, arena_fmt(r.arena,
                                          "{\"id\":\"%d-%050d\",\"method\":\"session/request_permission\",\"params\":{"
                                          "\"toolCall\":{\"toolCallId\":\"%d-%.200s\"},\"options\":" OPTIONS_ "}}",
                                          i, i, i, q.p)));
        write_in(&r,
                 arena_fmt(r.arena,
                           "{\"id\":\"%d-%050d\",\"method\":\"session/set_mode\",\"params\":{\"modeId\":\"%.200s\"}}\n",
                           i, i, q.p));
    }
    for (int i = 0; i < 8; i++) say(&r, arena_cstr(r.arena, arena_fmt(r.arena, CHUNK_("%.*s"), 5000, q.p)));
    AdapterSink sink = sink_of(&r);
    adapter_acp.line(r.state, &(AdapterLine){.channel = ADAPTER_STDERR, .bytes = q}, &sink);
    CHECK(rig_saved(&r).n < ADAPTER_STATE_MAX);
    rig_close(&r);
}
