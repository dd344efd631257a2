/* See ask_words.h. */
#include "adapter/ask_words.h"

#include "base/mem.h"

ENUM_DEFINE(AskKind, ASK_KIND_LIST);
ENUM_DEFINE(AskState, ASK_STATE_LIST);
ENUM_DEFINE(AskDecision, ASK_DECISION_LIST);

Str ask_answer_text(Arena *a, const Json *answer) {
    Str all = {0};
    if (answer->type == JSON_STRING) return answer->s.p ? answer->s : STR("");
    for (size_t i = 0; answer->type == JSON_ARRAY && i < answer->n; i++) {
        if (answer->items[i].type != JSON_STRING) return (Str){0};
        Str one = answer->items[i].s;
        all = i ? arena_fmt(a, STR_FMT ", " STR_FMT, STR_ARG(all), STR_ARG(one)) : one;
    }
    return all;
}
