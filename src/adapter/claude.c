/* The claude adapter: its lifecycle and its three inputs (a line, an input frame, the exit). */
#include "adapter/adapters.h"
#include "adapter/claude_int.h"
#include "adapter/claude_write.h"
#include "adapter/emit.h"
#include "adapter/kept.h"
#include "base/mem.h"
#include "base/text_cut.h"

SHAPE_DEFINE(ClaudeAsk, CLAUDE_ASK);
SHAPE_DEFINE(ClaudeModel, CLAUDE_MODEL);
SHAPE_DEFINE(ClaudeSpeaker, CLAUDE_SPEAKER);
SHAPE_DEFINE(ClaudeState, CLAUDE_STATE);

static void widen_lists(void *of, Arena *a) {
    ClaudeState *s = of;
    kept_widen(&s->asks.items, &s->asks.n, CLAUDE_ASKS_MAX, sizeof(ClaudeAsk), a);
    kept_widen(&s->models.items, &s->models.n, CLAUDE_MODELS_MAX, sizeof(ClaudeModel), a);
    kept_widen(&s->speakers.items, &s->speakers.n, CLAUDE_SPEAKERS_MAX, sizeof(ClaudeSpeaker), a);
    kept_widen(&s->tasks.items, &s->tasks.n, CLAUDE_TASKS_MAX, sizeof(Str), a);
    kept_widen(&s->bash_calls.items, &s->bash_calls.n, CLAUDE_TASKS_MAX, sizeof(Str), a);
}

static const KeptDef kept_def = {&ClaudeState_shape, widen_lists};

static int claude_open(Str saved, AdapterState **ret, Err *e) { return kept_open(&kept_def, saved, ret, e); }

static int claude_renew(Str last, AdapterState **ret, Err *e) {
    TRY(claude_open(last, ret, e));
    ClaudeState *s = (*ret)->s;
    s->has_init = s->is_retrying = s->is_interrupting = s->turn_failed = false;
    s->is_carried = true;
    GIVE(ClaudeState, s, commands, 0);
    s->plan = s->error_tail = (Str){0};
    s->asks.n = s->speakers.n = s->tasks.n = s->bash_calls.n = 0;
    for (size_t i = 0; i < s->models.n; i++) claude_forget_open(&s->models.items[i]);
    return 0;
}

/* Windows reported in the session itself take precedence. Rows without figures come first, because they are evicted
 * first. */
static void add_windows(AdapterState *st, const AdapterBegin *b) {
    ClaudeState *s = st->s;
    ClaudeModelList *l = &s->models;
    ClaudeModel *rows = arena_array(st->keep, CLAUDE_MODELS_MAX, sizeof *rows);
    size_t n = 0;
    for (size_t i = 0; i < b->n_windows && n + l->n < CLAUDE_MODELS_MAX; i++) {
        Str model = text_plain(st->keep, b->windows[i].model, CLAUDE_ID_MAX);
        ClaudeModel *own = claude_find_model(s, model);
        if (own && !own->window) own->window = b->windows[i].tokens;
        if (!own) rows[n++] = (ClaudeModel){.model = model, .window = b->windows[i].tokens};
    }
    if (l->n) memcpy(rows + n, l->items, l->n * sizeof *rows);
    l->items = rows;
    l->n += n;
}

static int claude_begin(const AdapterBegin *b, Buf *out, Err *e) {
    CLEANUP(kept_closep) AdapterState *st = NULL;
    TRY(claude_open(b->last, &st, e));
    add_windows(st, b);
    kept_save(st, out);
    return out->failed ? err_fail(e, ERR_TOO_LARGE, "the state of the session is too large") : 0;
}

static void claude_line(AdapterState *st, const AdapterLine *l, const AdapterSink *sink) {
    ClaudeState *s = st->s;
    arena_reset(st->scratch);
    if (l->channel == ADAPTER_STDERR) {
        s->error_tail = kept_tail(s->error_tail, l->bytes, CLAUDE_STDERR_MAX, st->scratch, st->keep);
    } else if (str_trim(l->bytes).n) {
        Json *root;
        bool is_object = !l->is_cut && json_parse(st->scratch, l->bytes, JSON_DEPTH_MAX, &root, NULL) == 0 &&
                         root->type == JSON_OBJECT;
        if (!is_object)
            emit_unknown(sink, st->scratch, (Str){0}, l->bytes);
        else
            claude_read_line(&(ClaudeLine){s, st->keep, st->scratch, root, sink});
    }
    kept_tidy(st);
}

/* What our own lines to the CLI mean for the status. */
static void read_input_line(AdapterState *st, const Json *root, const AdapterSink *sink) {
    Str type = json_str(root, "type");
    if (str_is(type, "user")) {
        emit_state(sink, CLI_TURN_BEGUN, false, (Str){0});
    } else if (str_is(type, "control_response")) {
        const Json *r = json_get(root, "response");
        Str id = json_str(r, "request_id");
        if (!claude_has_ask(st->s, id)) return;
        claude_forget_ask(st->s, id);
        emit_state(sink, CLI_ANSWERED, false, id);
    }
}

static void claude_input(AdapterState *st, Str bytes, TimeUs at, const AdapterSink *sink) {
    (void)at;
    Str line;
    while (str_split(&bytes, '\n', &line)) {
        arena_reset(st->scratch);
        Json *root;
        if (json_parse(st->scratch, line, JSON_DEPTH_MAX, &root, NULL) == 0) read_input_line(st, root, sink);
    }
    kept_tidy(st);
}

static bool has_ask(const AdapterState *st, Str request_id) { return claude_has_ask(st->s, request_id); }

/* Exit code 1 after a failed turn only repeats that turn's result. */
static void claude_exited(AdapterState *st, int code, int signal, bool is_stop, const AdapterSink *sink) {
    ClaudeState *s = st->s;
    size_t at;
    claude_void_asks(s, CANCEL_EXIT, sink);
    claude_settle_usage(s, sink);
    EvExit v = {.is_clean = is_stop || code == 0 || (code == 1 && s->has_init && s->turn_failed)};
    if (code >= 0)
        GIVE(EvExit, &v, code, code);
    else
        GIVE(EvExit, &v, signal, signal);
    if (!s->has_init) GIVE(EvExit, &v, before_session, true);
    if (!s->has_init && str_find(s->error_tail, STR("No conversation found"), &at))
        GIVE(EvExit, &v, session_gone, true);
    if (!v.is_clean) v.text = str_trim(s->error_tail);
    sink->event(sink->arg, EV_KIND_EXIT, &v);
}

const Adapter adapter_claude = {
    .name = "claude",
    .program = "claude",
    .install = "npm install -g @anthropic-ai/claude-code",
    .caps = ADAPTER_FILES | ADAPTER_IMAGES | ADAPTER_WORDS | ADAPTER_EFFORT | ADAPTER_RESUME | ADAPTER_FORK |
            ADAPTER_ASK | ADAPTER_PROMPT | ADAPTER_INTERRUPT | ADAPTER_STEER | ADAPTER_COMMANDS | ADAPTER_CONTEXT |
            ADAPTER_USAGE,
    .command = claude_command,
    .open = claude_open,
    .renew = claude_renew,
    .begin = claude_begin,
    .close = kept_close,
    .save = kept_save,
    .line = claude_line,
    .input = claude_input,
    .has_ask = has_ask,
    .hear = claude_hear,
    .exited = claude_exited,
    .start = claude_start,
    .prompt = claude_prompt,
    .answer = claude_answer,
    .interrupt = claude_interrupt,
    .change = claude_change,
    .tool_title = claude_tool_title,
};
