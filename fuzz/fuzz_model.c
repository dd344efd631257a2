/* The scripted model: any script is accepted or refused with the place of the error, and any request is answered from
 * it in every dialect. A line of '%' separates the script from the request. */
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

/* One dialect's answers, streamed and whole, and the failure where there is one. */
static void answer(const Script *s, const Json *request, ModelDialect d, Arena *a) {
    History history;
    ScriptTurn turn;
    history_read(request, d, a, &history);
    script_turn(s, &history, a, &turn);
    MUST(turn.step >= 0 && (!turn.found || turn.scenario.p));
    if (!is_short(turn.found)) return;
    ScriptVars vars = {.cwd = history_cwd(&history), .nonce = turn.nonce, .model = json_str(request, "model")};
    bool can_fail = turn.found && HAS(ScriptStep, turn.found, status);
    for (unsigned i = 0; i < (can_fail ? 4 : 2); i++) {
        ModelAnswer got = {0};
        ModelAsk ask = {.dialect = d,
                        .is_stream = i & 1,
                        .wants_usage = true,
                        .number = i,
                        .run = STR("run"),
                        .vars = vars,
                        .script = s,
                        .history = &history};
        model_answer(&ask, turn.found, i & 2, a, &got);
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
    if (json_parse(a, asked, JSON_DEPTH_MAX, &request, NULL) < 0) return 0;
    for (ModelDialect d = 0; d < DIALECT_COUNT; d++) answer(s, request, d, a);
    return 0;
}
