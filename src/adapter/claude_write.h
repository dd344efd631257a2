/* Internal to the claude adapter: its command line, and what it writes to the CLI. */
#pragma once

#include "adapter/adapter.h"

#define CLAUDE_HANDSHAKE_ID "muster-init"
#define CLAUDE_OPTION_ID "muster-option-" /* and the number of the input */
int claude_command(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e);
int claude_start(const AdapterTo *to, Buf *out, Err *e);
int claude_prompt(const AdapterTo *to, Str text, Buf *out, Err *e);
int claude_answer(const AdapterTo *to, const AdapterAnswer *ans, Buf *out, Err *e);
/* Reads what claude_prompt and claude_answer wrote. */
void claude_hear(Str bytes, Arena *a, AdapterHeard *ret);
int claude_interrupt(const AdapterTo *to, Str request_id, Buf *out, Err *e);
int claude_change(const AdapterTo *to, const AdapterChange *c, Buf *out, Err *e);
/* Refuses a control request that Muster does not serve. */
void claude_refuse(Str request_id, const char *why, const AdapterSink *sink);
