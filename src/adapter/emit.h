/* Events that all adapters emit in the same way. Text is borrowed; what is cut or cleaned is in `scratch`. */
#pragma once

#include "adapter/adapter.h"

void emit_state(const AdapterSink *sink, CliState state, bool by_protocol, Str detail);
/* The CLI tries a failed request again, in wait_ms; 0: it did not say when. */
void emit_retry(const AdapterSink *sink, Str why, int64_t wait_ms);
void emit_notice(const AdapterSink *sink, Arena *scratch, NoticeLevel level, Str code, Str text);
/* A line that the adapter does not know, as it came. type: its own; {NULL,0}: it has none. */
void emit_unknown(const AdapterSink *sink, Arena *scratch, Str type, Str line);
/* The commands in a list of objects, or of names. */
void emit_commands(const AdapterSink *sink, Arena *scratch, const Json *list);
/* A number that changes with the names in such a list, in whatever order; 0: there are none. */
int64_t commands_sum(const Json *list);
/* The answer to input n, which changed an option; `why` if it was refused. */
void emit_option(const AdapterSink *sink, Arena *scratch, int64_t n, Str why);
