/* The claude adapter: its lifecycle and its three inputs (a line, an input frame, the exit). */
#include <stdlib.h>

#include "adapter/adapters.h"
#include "adapter/claude_int.h"
#include "adapter/emit.h"
#include "adapter/kept.h"
#include "base/mem.h"
#include "base/text_cut.h"

SHAPE_DEFINE(ClaudeAsk, CLAUDE_ASK);
SHAPE_DEFINE(ClaudeModel, CLAUDE_MODEL);
SHAPE_DEFINE(ClaudeSpeaker, CLAUDE_SPEAKER);
SHAPE_DEFINE(ClaudeState, CLAUDE_STATE);

enum { KEEP_MAX = 512 * 1024 /* of the state's arena, before the state is written again */ };

struct AdapterState {
    Arena *keep;    /* what `s` points to */
    Arena *scratch; /* one line */
    ClaudeState s;
};

static void widen_lists(AdapterState *st) {
    ClaudeState *s = &st->s;
    kept_widen(&s->asks.items, &s->asks.n, CLAUDE_ASKS_MAX, sizeof(ClaudeAsk), st->keep);
    kept_widen(&s->models.items, &s->models.n, CLAUDE_MODELS_MAX, sizeof(ClaudeModel), st->keep);
    kept_widen(&s->speakers.items, &s->speakers.n, CLAUDE_SPEAKERS_MAX, sizeof(ClaudeSpeaker), st->keep);
    kept_widen(&s->tasks.items, &s->tasks.n, CLAUDE_TASKS_MAX, sizeof(Str), st->keep);
}

static int load(AdapterState *st, Str saved, Err *e) {
    Json *root;
    TRY(json_parse(st->keep, arena_str(st->keep, saved), JSON_DEPTH_REQUEST, &root, e));
    return shape_decode(&ClaudeState_shape, root, st->keep, &st->s, e);
}

static void claude_close(AdapterState *st) {
    if (!st) return;
    arena_free(st->keep);
    arena_free(st->scratch);
    free(st);
}
CLEANUP_HOOK(AdapterState, claude_close)

static int claude_open(Str saved, AdapterState **ret, Err *e) {
    CLEANUP(claude_closep) AdapterState *st = mu_new(AdapterState);
    st->keep = arena_new();
    st->scratch = arena_new();
    if (saved.n) TRY(load(st, saved, e));
    widen_lists(st);
    *ret = TAKE(st);
    return 0;
}

static void claude_save(const AdapterState *st, Buf *out) {
    JsonOut o = json_out(out);
    shape_encode(&ClaudeState_shape, &st->s, &o);
}

static int claude_renew(Str last, AdapterState **ret, Err *e) {
    TRY(claude_open(last, ret, e));
    ClaudeState *s = &(*ret)->s;
    s->has_init = s->is_retrying = s->is_interrupting = s->turn_failed = false;
    s->is_carried = true;
    s->plan = s->error_tail = (Str){0};
    s->asks.n = s->speakers.n = s->tasks.n = 0;
    for (size_t i = 0; i < s->models.n; i++) claude_forget_open(&s->models.items[i]);
    return 0;
}

/* Windows reported in the session itself take precedence. Rows without figures come first, because they are evicted
 * first. */
static void add_windows(AdapterState *st, const AdapterBegin *b) {
    ClaudeModelList *l = &st->s.models;
    ClaudeModel *rows = arena_array(st->keep, CLAUDE_MODELS_MAX, sizeof *rows);
    size_t n = 0;
    for (size_t i = 0; i < b->n_windows && n + l->n < CLAUDE_MODELS_MAX; i++) {
        Str model = text_plain(st->keep, b->windows[i].model, CLAUDE_ID_MAX);
        ClaudeModel *own = claude_find_model(&st->s, model);
        if (own && !own->window) own->window = b->windows[i].tokens;
        if (!own) rows[n++] = (ClaudeModel){.model = model, .window = b->windows[i].tokens};
    }
    if (l->n) memcpy(rows + n, l->items, l->n * sizeof *rows);
    l->items = rows;
    l->n += n;
}

static int claude_begin(const AdapterBegin *b, Buf *out, Err *e) {
    CLEANUP(claude_closep) AdapterState *st = NULL;
    TRY(claude_open(b->last, &st, e));
    add_windows(st, b);
    claude_save(st, out);
    return out->failed ? err_fail(e, ERR_TOO_LARGE, "the state of the session is too large") : 0;
}

/* Moves the state into a fresh arena once replaced text has piled up. It goes through save and open, so nothing
 * survives that they do not preserve. */
static void tidy(AdapterState *st) {
    if (arena_used(st->keep) < KEEP_MAX) return;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ADAPTER_STATE_MAX);
    claude_save(st, &b);
    AdapterState *fresh;
    if (b.failed || claude_open(buf_str(&b), &fresh, NULL) < 0) return;
    AdapterState old = *st;
    *st = *fresh;
    *fresh = old;
    claude_close(fresh);
}

static void claude_line(AdapterState *st, const AdapterLine *l, const AdapterSink *sink) {
    arena_reset(st->scratch);
    if (l->channel == ADAPTER_STDERR) {
        st->s.error_tail = kept_tail(st->s.error_tail, l->bytes, CLAUDE_STDERR_MAX, st->scratch, st->keep);
    } else if (str_trim(l->bytes).n) {
        Json *root;
        bool is_object = !l->is_cut && json_parse(st->scratch, l->bytes, JSON_DEPTH_MAX, &root, NULL) == 0 &&
                         root->type == JSON_OBJECT;
        if (!is_object)
            emit_unknown(sink, st->scratch, (Str){0}, l->bytes);
        else
            claude_read_line(&(ClaudeLine){&st->s, st->keep, st->scratch, root, sink});
    }
    tidy(st);
}

/* What our own lines to the CLI mean for the status. */
static void read_input_line(AdapterState *st, const Json *root, const AdapterSink *sink) {
    Str type = json_str(root, "type");
    if (str_is(type, "user")) {
        emit_state(sink, CLI_TURN_BEGUN, false, (Str){0});
    } else if (str_is(type, "control_response")) {
        const Json *r = json_get(root, "response");
        Str id = json_str(r, "request_id");
        if (!claude_has_ask(&st->s, id)) return;
        claude_forget_ask(&st->s, id);
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
    tidy(st);
}

static bool has_ask(const AdapterState *st, Str request_id) { return claude_has_ask(&st->s, request_id); }

/* Exit code 1 after a failed turn only repeats that turn's result. */
static void claude_exited(AdapterState *st, int code, int signal, bool is_stop, const AdapterSink *sink) {
    const ClaudeState *s = &st->s;
    size_t at;
    claude_void_asks(&st->s, CANCEL_EXIT, sink);
    claude_settle_usage(&st->s, sink);
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
    .caps = ADAPTER_EFFORT | ADAPTER_RESUME | ADAPTER_FORK | ADAPTER_ASK | ADAPTER_PROMPT | ADAPTER_INTERRUPT |
            ADAPTER_MODES | ADAPTER_CONTEXT | ADAPTER_USAGE,
    .command = claude_command,
    .open = claude_open,
    .renew = claude_renew,
    .begin = claude_begin,
    .close = claude_close,
    .save = claude_save,
    .line = claude_line,
    .input = claude_input,
    .has_ask = has_ask,
    .hear = claude_hear,
    .exited = claude_exited,
    .start = claude_start,
    .prompt = claude_prompt,
    .answer = claude_answer,
    .interrupt = claude_interrupt,
    .set_mode = claude_set_mode,
    .tool_title = claude_tool_title,
};
