/* Every adapter, one line each: from this list come the table in adapter.c and the words of the API. */
#pragma once

#include "adapter/adapter.h"

#define ADAPTER_LIST(A)                                                          \
    A(claude)   /* Claude Code: stream-json both ways, asks over stdio */        \
    A(gemini)   /* Gemini CLI, as the next two over the Agent Client Protocol */ \
    A(opencode) /* opencode */                                                   \
    A(qwen)     /* Qwen Code */                                                  \
    A(acp)      /* any command that speaks this protocol */                      \
    A(codex)    /* Codex, over its app-server */                                 \
    A(terminal) /* any command in a pty */
#define ADAPTER_DECLARE_(name) extern const Adapter adapter_##name;
ADAPTER_LIST(ADAPTER_DECLARE_)
#undef ADAPTER_DECLARE_
