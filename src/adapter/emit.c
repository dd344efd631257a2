/* See emit.h. */
#include "adapter/emit.h"

#include "base/crc32c.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { NOTICE_MAX = 8000, UNKNOWN_MAX = 2000, TYPE_MAX = 128, STATE_TEXT_MAX = 2000 };

void emit_state(const AdapterSink *sink, CliState state, bool by_protocol, Str detail) {
    EvState v = {.state = state, .by_protocol = by_protocol, .detail = text_cut(detail, STATE_TEXT_MAX)};
    sink->event(sink->arg, EV_KIND_STATE, &v);
}

void emit_retry(const AdapterSink *sink, Str why, int64_t wait_ms) {
    EvState v = {.state = CLI_RETRYING, .detail = text_cut(why, STATE_TEXT_MAX)};
    if (wait_ms > 0 && wait_ms <= EV_RETRY_MS_MAX) GIVE(EvState, &v, retry_ms, wait_ms);
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

static Str name_of(const Json *item) { return item->type == JSON_STRING ? item->s : json_str(item, "name"); }

/* Claude Code names the hint of a command's arguments differently than ACP does. */
static EvCommand command_of(const Json *item, Arena *a) {
    Str hint = json_str(item, "argumentHint");
    if (!hint.n) hint = json_str(json_get(item, "input"), "hint");
    EvCommand c = {.name = text_line(a, name_of(item), COMMAND_NAME_MAX),
                   .text = text_clean(a, json_str(item, "description"), COMMAND_TEXT_MAX),
                   .hint = text_line(a, hint, COMMAND_TEXT_MAX)};
    if (json_bool(item, "builtin", false)) c.source = STR("builtin");
    if (c.name.n && c.name.p[0] == '/') c.name = str_from(c.name, 1);
    return c;
}

void emit_commands(const AdapterSink *sink, Arena *scratch, const Json *list) {
    size_t n = json_is(list, JSON_ARRAY) ? list->n : 0;
    if (n > COMMANDS_MAX) n = COMMANDS_MAX;
    EvCommands v = {.commands = {arena_array(scratch, n + 1, sizeof(EvCommand)), 0}};
    for (size_t i = 0; i < n; i++) {
        v.commands.items[v.commands.n] = command_of(&list->items[i], scratch);
        if (v.commands.items[v.commands.n].name.n) v.commands.n++;
    }
    if (n && list->items[0].type == JSON_STRING) GIVE(EvCommands, &v, names_only, true);
    sink->event(sink->arg, EV_KIND_COMMANDS, &v);
}

int64_t commands_sum(const Json *list) {
    int64_t sum = 0;
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->n; i++) {
        Str name = name_of(&list->items[i]);
        sum += (int64_t)crc32c(0, name.p, name.n) + 1;
    }
    return sum;
}

void emit_option(const AdapterSink *sink, Arena *scratch, int64_t n, Str why) {
    EvOption v = {.input = n, .is_refused = why.n > 0, .text = text_clean(scratch, why, STATE_TEXT_MAX)};
    sink->event(sink->arg, EV_KIND_OPTION, &v);
}
