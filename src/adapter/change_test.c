/* Options that change while a CLI runs, the commands that it lists, and the answers to both. */
#include "adapter/adapters.h"
#include "adapter/rig.h"
#include "base/mem.h"
#include "base/test.h"

static Str change(const Adapter *ad, const AdapterTo *to, const AdapterChange *c, Arena *a) {
    CLEANUP(buf_done) Buf b;
    Err e = {0};
    buf_init(&b, 8192);
    CHECK_OK(ad->change(to, c, &b, &e), e);
    return arena_str(a, buf_str(&b));
}

#define REQUEST_ "{\"type\":\"control_request\",\"request_id\":\"muster-option-7\",\"request\":{\"subtype\":"
#define ALLOW_ "\"apply_flag_settings\",\"settings\":{\"permissions\":{\"allow\":"

TEST(claude_changes_each_option_by_a_request) {
    Str began[] = {STR("claude"), STR("--allowedTools=Read,Glob,Grep"), STR("--allowedTools=Edit,Write,NotebookEdit")};
    static const struct {
        AdapterOption option;
        AdapterOptions want;
        const char *written;
    } cases[] = {
        {OPTION_MODEL,
         {.model = {"opus \"4\"", 8}, .permissions = 3},
         REQUEST_ "\"set_model\",\"model\":\"opus \\\"4\\\"\"}}\n"},
        {OPTION_EFFORT,
         {.effort = {"high", 4}, .permissions = 3},
         REQUEST_ "\"apply_flag_settings\",\"settings\":{\"effortLevel\":\"high\"}}}\n"},
        {OPTION_MODE, {.mode = AGENT_PLAN, .permissions = 3}, REQUEST_ "\"set_permission_mode\",\"mode\":\"plan\"}}\n"},
        {OPTION_PERMISSIONS,
         {.permissions = 5},
         REQUEST_ ALLOW_ "[\"Read\",\"Glob\",\"Grep\",\"Bash\"],\"ask\":"
                         "[\"Edit\",\"Write\",\"NotebookEdit\"]}}}}\n"},
        /* This mode writes without asking, whatever is permitted; the next one does not. */
        {OPTION_PERMISSIONS,
         {.mode = AGENT_AUTO, .permissions = 1},
         REQUEST_ ALLOW_ "[\"Read\",\"Glob\",\"Grep\"],\"ask\":[]}}}}\n"},
        {OPTION_MODE,
         {.mode = AGENT_REGULAR, .permissions = 1},
         REQUEST_
         "\"set_permission_mode\",\"mode\":\"default\"}}\n"
         "{\"type\":\"control_request\",\"request_id\":\"muster-permissions-7\",\"request\":{\"subtype\":" ALLOW_
         "[\"Read\",\"Glob\",\"Grep\"],\"ask\":[\"Edit\",\"Write\",\"NotebookEdit\"]}}}}\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        AdapterTo to = {.number = 7};
        AdapterChange c = {cases[i].option, cases[i].want, {began, COUNT_OF(began)}};
        CHECK_STR(change(&adapter_claude, &to, &c, a), cases[i].written);
    }
}

TEST(claude_answers_a_change_and_lists_its_commands) {
    Rig r;
    rig_open(&r, &adapter_claude, &(AdapterSpec){0});
    rig_say(
        &r,
        "{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\",\"request_id\":\"muster-init\",\"response\":{"
        "\"commands\":[{\"name\":\"compact\",\"description\":\"Makes room\",\"argumentHint\":\"[what]\",\"builtin\":true},{\"name\":\"\"},7]}}}");
    Str got = rig_take_events(&r);
    CHECK_CONTAINS(
        got,
        "commands {\"commands\":[{\"name\":\"compact\",\"text\":\"Makes room\",\"hint\":\"[what]\",\"source\":\"builtin\"}]}");
    CHECK_CONTAINS(got, "\"ready\"");
    rig_say(
        &r,
        "{\"type\":\"system\",\"subtype\":\"commands_changed\",\"commands\":[{\"name\":\"compact\"},{\"name\":\"/mine\"}]}");
    CHECK_CONTAINS(rig_take_events(&r), "{\"name\":\"mine\"}");
    rig_say(&r, "{\"type\":\"system\",\"subtype\":\"init\",\"slash_commands\":[\"compact\",\"other\"]}");
    CHECK_CONTAINS(rig_take_events(&r), "\"namesOnly\":true");
    rig_say(
        &r,
        "{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\",\"request_id\":\"muster-option-9\"}}");
    CHECK_STR(rig_take_events(&r), "option {\"input\":9,\"isRefused\":false}\n");
    rig_say(
        &r,
        "{\"type\":\"control_response\",\"response\":{\"subtype\":\"error\",\"request_id\":\"muster-option-10\",\"error\":\"no\"}}");
    got = rig_take_events(&r);
    CHECK_CONTAINS(got, "option {\"input\":10,\"isRefused\":true,\"text\":\"no\"}");
    CHECK_CONTAINS(got, "notice {\"level\":\"warning\",\"code\":\"request\",\"text\":\"no\"}");
    rig_say(&r,
            "{\"type\":\"control_response\",\"response\":{\"subtype\":\"error\",\"request_id\":\"muster-option-x\"}}");
    CHECK_CONTAINS(rig_take_events(&r), "notice");
    rig_close(&r);
}

static void open_acp(Rig *r, const char *models) {
    rig_open(r, &adapter_acp, &(AdapterSpec){0});
    rig_say(r, "{\"id\":1,\"result\":{\"protocolVersion\":1,\"agentCapabilities\":{}}}");
    (void)rig_take_replies(r);
    rig_say(
        r,
        "{\"method\":\"session/update\",\"params\":{\"sessionId\":\"s1\",\"update\":{\"sessionUpdate\":\"available_commands_update\","
        "\"availableCommands\":[{\"name\":\"init\",\"description\":\"Begins\",\"input\":{\"hint\":\"a name\"}}]}}}");
    CHECK_CONTAINS(rig_take_events(r),
                   "commands {\"commands\":[{\"name\":\"init\",\"text\":\"Begins\",\"hint\":\"a name\"}]}");
    rig_say(r,
            arena_fmt(
                r->arena,
                "{\"id\":\"muster-session\",\"result\":{\"sessionId\":\"s1\",\"modes\":{\"currentModeId\":\"default\","
                "\"availableModes\":[{\"id\":\"default\"}]}%s}}",
                models)
                .p);
    CHECK_CONTAINS(rig_take_events(r), "\"ready\"");
}

TEST(an_acp_agent_changes_what_it_offers) {
    Rig r;
    open_acp(&r, ",\"models\":{\"currentModelId\":\"m1\",\"availableModels\":[]}");
    AdapterTo to = {STR("s1"), 4, rig_saved(&r), NULL};
    Str model = change(&adapter_acp, &to, &(AdapterChange){OPTION_MODEL, {.model = STR("m2")}, {0}}, r.arena);
    CHECK_CONTAINS(model,
                   "\"id\":4,\"method\":\"session/set_model\",\"params\":{\"sessionId\":\"s1\",\"modelId\":\"m2\"}");
    rig_write(&r, model);
    rig_say(&r, "{\"id\":4,\"error\":{\"code\":-32602,\"message\":\"unknown model\"}}");
    Str got = rig_take_events(&r);
    CHECK_CONTAINS(got, "option {\"input\":4,\"isRefused\":true,\"text\":\"unknown model\"}");
    CHECK_CONTAINS(got, "The model `m2` was refused");
    CHECK_STR(change(&adapter_acp, &to, &(AdapterChange){OPTION_EFFORT, {.effort = STR("high")}, {0}}, r.arena), "");
    rig_close(&r);
}

/* The adapter allows by itself what is permitted: it learns of the change from what was written. */
TEST(permissions_of_an_acp_agent_change_with_its_log) {
    static const char *const asks =
        "{\"id\":%d,\"method\":\"session/request_permission\",\"params\":{\"sessionId\":\"s1\",\"toolCall\":{\"toolCallId\":\"t%d\","
        "\"kind\":\"execute\",\"title\":\"ls\"},\"options\":[{\"optionId\":\"once\",\"kind\":\"allow_once\"}]}}";
    Rig r;
    open_acp(&r, "");
    AdapterTo to = {STR("s1"), 5, rig_saved(&r), NULL};
    Str line = change(&adapter_acp, &to, &(AdapterChange){OPTION_PERMISSIONS, {.permissions = 4}, {0}}, r.arena);
    CHECK_CONTAINS(line, "\"modeId\":\"default\",\"_meta\":{\"musterPermissions\":4}");
    rig_write(&r, line);
    rig_say(&r, "{\"id\":5,\"error\":{\"code\":1,\"message\":\"no\"}}");
    CHECK_STR(rig_take_events(&r), "option {\"input\":5,\"isRefused\":false}\n");
    rig_say(&r, arena_fmt(r.arena, asks, 90, 1).p);
    CHECK_CONTAINS(rig_take_replies(&r), "\"optionId\":\"once\"");
    to = (AdapterTo){STR("s1"), 6, rig_saved(&r), NULL};
    rig_write(&r, change(&adapter_acp, &to, &(AdapterChange){OPTION_PERMISSIONS, {.permissions = 1}, {0}}, r.arena));
    rig_say(&r, arena_fmt(r.arena, asks, 91, 2).p);
    CHECK_CONTAINS(rig_take_events(&r), "ask {");
    rig_close(&r);
}

/* The saved state has the old mode until the agent answers. */
TEST(a_change_of_mode_and_permissions_at_once_never_writes_the_old_mode) {
    static const char *const modes[] = {
        "\"modes\":{\"currentModeId\":\"autoEdit\",\"availableModes\":[{\"id\":\"default\"},{\"id\":\"autoEdit\"}]}",
        "\"configOptions\":[{\"id\":\"m\",\"category\":\"mode\",\"currentValue\":\"autoEdit\",\"options\":["
        "{\"value\":\"default\"},{\"value\":\"autoEdit\"}]}]"};
    static const AdapterOptions want = {.mode = AGENT_REGULAR, .permissions = 1};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        Rig r;
        rig_open(&r, &adapter_acp, &(AdapterSpec){.mode = AGENT_AUTO});
        rig_say(&r, "{\"id\":1,\"result\":{\"protocolVersion\":1,\"agentCapabilities\":{}}}");
        (void)rig_take_replies(&r);
        const char *opened = "{\"id\":\"muster-session\",\"result\":{\"sessionId\":\"s1\",%s}}";
        rig_say(&r, arena_fmt(r.arena, opened, modes[i]).p);
        CHECK_CONTAINS(rig_take_events(&r), "\"ready\"");
        AdapterTo to = {STR("s1"), 5, rig_saved(&r), NULL}, then = {STR("s1"), 6, to.state, NULL};
        AdapterChange mode = {.option = OPTION_MODE, .want = want};
        AdapterChange permissions = {.option = OPTION_PERMISSIONS, .want = want, .is_mode_open = true};
        const char *named = i ? "\"value\":\"default\"" : "\"modeId\":\"default\"";
        Str first = change(&adapter_acp, &to, &mode, r.arena);
        Str second = change(&adapter_acp, &then, &permissions, r.arena);
        CHECK_CONTAINS(first, named);
        CHECK_CONTAINS(second, arena_fmt(r.arena, "%s,\"_meta\":{\"musterPermissions\":1}", named).p);
        rig_write(&r, first);
        rig_write(&r, second);
        rig_say(&r, "{\"id\":5,\"result\":{}}");
        rig_say(&r, "{\"id\":6,\"result\":{}}");
        Str events = rig_take_events(&r);
        CHECK_CONTAINS(events, "\"mode\":\"default\"");
        CHECK_CONTAINS(events, "option {\"input\":6,\"isRefused\":false}");
        /* Once the agent has it, the mode is what the agent says, even if it chose another one by itself. */
        permissions.is_mode_open = false;
        permissions.want.mode = AGENT_AUTO;
        then.state = rig_saved(&r);
        CHECK_CONTAINS(change(&adapter_acp, &then, &permissions, r.arena), named);
        rig_close(&r);
    }
}

static Str codex_prompt_of(Rig *r, const AdapterOptions *want, int64_t number) {
    CLEANUP(buf_done) Buf b;
    Err e = {0};
    buf_init(&b, 8192);
    AdapterTo to = {STR("t1"), number, rig_saved(r), want};
    CHECK_OK(adapter_codex.prompt(&to, STR("go"), &b, &e), e);
    return arena_str(r->arena, buf_str(&b));
}

#define SETS_(model, policies) "],\"model\":\"" model "\",\"approvalPolicy\":\"" policies "\"}}}"
#define REGULAR_ "untrusted\",\"sandboxPolicy\":{\"type\":\"workspaceWrite"
#define PLAN_ "never\",\"sandboxPolicy\":{\"type\":\"readOnly"

TEST(a_prompt_of_codex_carries_what_has_changed_until_it_is_accepted) {
    Rig r;
    AdapterOptions want = {.model = STR("m"), .mode = AGENT_REGULAR}, was = {.model = STR("o"), .mode = AGENT_PLAN};
    rig_open(&r, &adapter_codex, &(AdapterSpec){.mode = AGENT_PLAN, .model = STR("o")});
    Str prompt = codex_prompt_of(&r, &want, 9);
    CHECK_CONTAINS(prompt, SETS_("m", REGULAR_));
    rig_write(&r, prompt);
    CHECK_CONTAINS(codex_prompt_of(&r, &want, 10), SETS_("m", REGULAR_)); /* no answer yet */
    rig_say(&r, "{\"id\":9,\"error\":{\"code\":-32600,\"message\":\"no\"}}");
    CHECK_CONTAINS(rig_take_events(&r), "turn_end {\"outcome\":\"error\",\"text\":\"no\"");
    /* Whether Codex took over a part of it is unknown: what it had before is said again too. */
    CHECK_CONTAINS(codex_prompt_of(&r, &was, 10), SETS_("o", PLAN_));
    prompt = codex_prompt_of(&r, &want, 10);
    CHECK_CONTAINS(prompt, SETS_("m", REGULAR_));
    rig_write(&r, prompt);
    rig_say(&r, "{\"id\":10,\"result\":{\"turn\":{\"id\":\"u1\"}}}");
    CHECK_CONTAINS(codex_prompt_of(&r, &want, 11), "\"text_elements\":[]}]}}"); /* nothing to change any more */
    CHECK_CONTAINS(codex_prompt_of(&r, &was, 11), SETS_("o", PLAN_));
    rig_close(&r);
}
