/* See ask_words.h. */
#include "adapter/ask_words.h"

ENUM_DEFINE(AskKind, ASK_KIND_LIST);
ENUM_DEFINE(AskState, ASK_STATE_LIST);
ENUM_DEFINE(AskDecision, ASK_DECISION_LIST);
