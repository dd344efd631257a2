/* The scripted model: any script is accepted or refused with the place of the error, and any request is answered from
 * it in both dialects. A line of '%' separates the script from the request. */
#include "base/mem.h"
#include "fuzz.h"
#include "model/answer.h"

enum { LONG_REPEAT = 1000 };

static void check_answer(const ModelAnswer *got) {
    MUST(got->status >= 200 && got->status <= 599 && got->delay_ms >= 0);
    for (size_t i = 0; i < got->n_beats; i++) MUST(got->beats[i].wait_ms >= 0);
}

/* A text that is repeated a million times is only slow. */
static bool is_short(const ScriptStep *step) {
    for (size_t i = 0; step && i < step->content.n; i++)
        if (step->content.items[i].repeat > LONG_REPEAT) return false;
    return true;
}

static void answer(const Script *s, const Json *request, Arena *a) {
    ScriptTurn turn;
    script_turn(s, json_get(request, "messages"), a, &turn);
    MUST(turn.step >= 0 && (!turn.found || turn.scenario.p));
    if (!is_short(turn.found)) return;
    ScriptVars vars = {.cwd = script_cwd(request, a), .nonce = turn.nonce, .model = json_str(request, "model")};
    bool can_fail = turn.found && HAS(ScriptStep, turn.found, status);
    for (unsigned i = 0; i < (can_fail ? 8 : 4); i++) {
        ModelAnswer got = {0};
        ModelAsk ask = {.dialect = i & 1 ? DIALECT_OPENAI : DIALECT_ANTHROPIC,
                        .is_stream = i & 2,
                        .number = i,
                        .run = STR("run"),
                        .vars = vars};
        model_answer(&ask, turn.found, i & 4, a, &got);
        check_answer(&got);
    }
    (void)script_expand(turn.user_text, &vars, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(script_freep) Script *s = NULL;
    Str in = str_n(data, size), asked = STR("{}");
    Json *request;
    Err e = {0};
    size_t at;
    if (str_find(in, STR("\n%\n"), &at)) {
        asked = str_from(in, at + 3);
        in = str_upto(in, at);
    }
    if (script_parse(in, &s, &e) < 0) {
        MUST(e.text[0]);
        return 0;
    }
    if (json_parse(a, asked, JSON_DEPTH_MAX, &request, NULL) == 0) answer(s, request, a);
    return 0;
}
