/* What a person's answer becomes for an ACP agent, and what is refused. */
#include "adapter/adapters.h"
#include "base/mem.h"
#include "base/test.h"

#define OPTIONS_                                                                                          \
    "[{\"optionId\":\"always\",\"kind\":\"allow_always\"},{\"optionId\":\"go\",\"kind\":\"allow_once\"}," \
    "{\"optionId\":\"other\",\"kind\":\"allow_once\"},{\"optionId\":\"no\",\"kind\":\"reject_once\"}]"

static const struct {
    const char *name;
    AdapterAnswer answer;
    const char *want; /* NULL: refused */
} answers[] = {
    {"allow is the first allow_once",
     {.decision = DECISION_ALLOW, .suggestions = STR(OPTIONS_)},
     "\"optionId\":\"go\""},
    {"always", {.decision = DECISION_ALLOW_ALWAYS, .suggestions = STR(OPTIONS_)}, "\"optionId\":\"always\""},
    {"deny", {.decision = DECISION_DENY, .suggestions = STR(OPTIONS_)}, "\"optionId\":\"no\""},
    {"deny with an interrupt cancels the turn",
     {.decision = DECISION_DENY, .suggestions = STR(OPTIONS_), .interrupt = true},
     "\"method\":\"session/cancel\",\"params\":{\"sessionId\":\"s1\"}}\n"},
    {"what is not offered", {.decision = DECISION_ALLOW_ALWAYS, .suggestions = STR("[]")}, NULL},
    {"an answer to what is no question", {.decision = DECISION_ANSWER, .suggestions = STR(OPTIONS_)}, NULL},
    {"an answer to a question",
     {.kind = ASK_QUESTION,
      .decision = DECISION_ANSWER,
      .suggestions = STR(OPTIONS_),
      .original_input = STR("{\"questions\":[{\"question\":\"Size?\"},{\"question\":\"Colour?\"}]}"),
      .input = STR("{\"Colour?\":\"Red\"}")},
     "\"optionId\":\"go\"},\"answers\":{\"1\":\"Red\"}"},
    {"an answer to another question",
     {.kind = ASK_QUESTION,
      .decision = DECISION_ANSWER,
      .suggestions = STR(OPTIONS_),
      .original_input = STR("{\"questions\":[{\"question\":\"Size?\"}]}"),
      .input = STR("{\"Colour?\":\"Red\"}")},
     NULL},
    {"a question that is only allowed",
     {.kind = ASK_QUESTION, .decision = DECISION_ALLOW, .suggestions = STR(OPTIONS_)},
     NULL},
    {"a plan is approved without a change to another mode",
     {.kind = ASK_PLAN,
      .decision = DECISION_ALLOW,
      .suggestions = STR("[{\"optionId\":\"restore_previous\",\"kind\":\"allow_once\"},{\"optionId\":\"proceed_once\","
                         "\"kind\":\"allow_once\"}]")},
     "\"optionId\":\"proceed_once\""},
    {"a message", {.decision = DECISION_DENY, .suggestions = STR(OPTIONS_), .message = STR("why")}, NULL},
    {"other arguments", {.decision = DECISION_ALLOW, .suggestions = STR(OPTIONS_), .input = STR("{}")}, NULL},
};

TEST(an_answer_chooses_an_option_by_its_kind) {
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        Err e = {0};
        CLEANUP(arena_freep) Arena *a = arena_new();
        CLEANUP(buf_done) Buf b;
        AdapterAnswer ans = answers[i].answer;
        AdapterHeard heard;
        size_t at;
        buf_init(&b, 4096);
        ans.request_id = STR("\"r-1\"");
        int r = adapter_acp.answer(&(AdapterTo){.session_id = STR("s1")}, &ans, &b, &e);
        CHECK_I64(r < 0, !answers[i].want);
        if (r < 0) CHECK_I64(b.n, 0);
        if (r < 0) continue;
        CHECK(str_find(buf_str(&b), str(answers[i].want), &at));
        adapter_acp.hear(buf_str(&b), a, &heard);
        CHECK_I64(heard.kind, HEARD_ANSWER);
        CHECK_STR(heard.request_id, "\"r-1\"");
        CHECK_I64(heard.decision, ans.decision);
    }
}
