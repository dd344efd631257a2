/* What a request contains, read the same way from each dialect: who said what, and which tools the agent offers.
 * Pure; any thread. All text borrows from the request or is in the arena.
 */
#pragma once

#include "base/json.h"

/* The request's history is in `messages` (Anthropic's, OpenAI's chat), in `input` (OpenAI's Responses), or in `contents`
 * (Gemini's). */
typedef enum ModelDialect { DIALECT_ANTHROPIC, DIALECT_OPENAI, DIALECT_RESPONSES, DIALECT_GEMINI } ModelDialect;
enum { DIALECT_COUNT = DIALECT_GEMINI + 1 };

typedef enum Speaker { SPEAKER_SYSTEM, SPEAKER_USER, SPEAKER_MODEL, SPEAKER_TOOL } Speaker;

typedef struct Spoken {
    Speaker who;
    Str text; /* empty for a tool's result */
} Spoken;

typedef struct History {
    Spoken *items; /* one per answer of the model, even where the dialect splits an answer into several items */
    size_t n;
    Str *tools; /* names */
    size_t n_tools;
} History;

void history_read(const Json *request, ModelDialect d, Arena *a, History *ret);
/* A person's text without the blocks that the CLI adds to it (<system-reminder> and its siblings). */
Str history_own_text(Str text, Arena *a);
/* The agent's folder, as its CLI names it in a system text or in a block that it adds to a person's; or {NULL,0}. */
Str history_cwd(const History *h);
bool history_offers(const History *h, Str tool);
