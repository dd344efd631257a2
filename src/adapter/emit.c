/* See emit.h. */
#include "adapter/emit.h"

#include "base/text_cut.h"

enum { NOTICE_MAX = 8000, UNKNOWN_MAX = 2000, TYPE_MAX = 128, STATE_TEXT_MAX = 2000 };

void emit_state(const AdapterSink *sink, CliState state, bool by_protocol, Str detail) {
    EvState v = {.state = state, .by_protocol = by_protocol, .detail = text_cut(detail, STATE_TEXT_MAX)};
    sink->event(sink->arg, EV_KIND_STATE, &v);
}

void emit_notice(const AdapterSink *sink, Arena *scratch, NoticeLevel level, Str code, Str text) {
    EvNotice v = {.level = level, .code = code, .text = text_clean(scratch, text, NOTICE_MAX)};
    sink->event(sink->arg, EV_KIND_NOTICE, &v);
}

void emit_unknown(const AdapterSink *sink, Arena *scratch, Str type, Str line) {
    EvUnknown v = {.type = text_clean(scratch, type, TYPE_MAX),
                   .text = text_clean(scratch, line, UNKNOWN_MAX),
                   .size = (int64_t)line.n};
    sink->event(sink->arg, EV_KIND_UNKNOWN, &v);
}
