/* The handshake of an ACP agent: initialize, a session, its model and its mode; then it is ready. */
#include "adapter/acp_int.h"
#include "adapter/emit.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { PROTOCOL_VERSION = 1 };

static Str word(AcpLine *l, const Json *o, const char *key) {
    return text_plain(l->keep, json_str(o, key), ACP_WORD_MAX);
}

static void emit_session(const AcpLine *l, bool plan_ended) {
    const AcpState *s = l->s;
    EvSession v = {.session_id = s->session_id, .model = s->model, .mode = s->mode, .version = s->version};
    if (plan_ended) GIVE(EvSession, &v, plan_ended, true);
    GIVE(EvSession, &v, resumable, s->is_resumable);
    l->sink->event(l->sink->arg, EV_KIND_SESSION, &v);
}

/* From now on there is something to resume. */
void acp_note_answer(AcpLine *l) {
    AcpState *s = l->s;
    if (s->is_resumable || !s->has_session || !(s->can_load || s->can_resume)) return;
    s->is_resumable = true;
    emit_session(l, false);
}

/* --- modes and models --- */

/* Agents name their modes themselves; these are the names in use. */
static const char *const known_modes[AgentMode_n][6] = {
    [AGENT_REGULAR] = {"default", "build", "manual", "ask", "code"},
    [AGENT_PLAN] = {"plan", "architect"},
    [AGENT_AUTO] = {"autoEdit", "auto-edit", "auto_edit", "acceptEdits", "accept-edits"},
};

Str acp_find_mode(const AcpState *s, AgentMode mode) {
    for (const char *const *name = known_modes[mode]; *name; name++)
        for (size_t i = 0; i < s->modes.n; i++)
            if (str_is(s->modes.items[i], *name)) return s->modes.items[i];
    return (Str){0};
}

void acp_keep_mode(AcpLine *l, Str mode) {
    AcpState *s = l->s;
    mode = text_plain(l->keep, mode, ACP_WORD_MAX);
    if (!mode.n || str_eq(mode, s->mode)) return;
    bool plan_ended = s->is_ready && str_eq(s->mode, acp_find_mode(s, AGENT_PLAN));
    s->mode = mode;
    if (s->is_ready) emit_session(l, plan_ended);
}

static void add_mode(AcpLine *l, Str id) {
    Str mode = text_plain(l->keep, id, ACP_WORD_MAX);
    if (mode.n && l->s->modes.n < ACP_MODES_MAX) l->s->modes.items[l->s->modes.n++] = mode;
}

static const Json *items_of(const Json *list, size_t *ret_n) {
    *ret_n = json_is(list, JSON_ARRAY) ? list->n : 0;
    return *ret_n ? list->items : NULL;
}

/* The values of an option may be in groups. */
static void add_mode_values(AcpLine *l, const Json *values) {
    size_t n, n_inner;
    const Json *items = items_of(values, &n);
    for (size_t i = 0; i < n; i++) {
        const Json *inner = items_of(json_get(&items[i], "options"), &n_inner);
        for (size_t k = 0; k < n_inner; k++) add_mode(l, json_str(&inner[k], "value"));
        if (!inner) add_mode(l, json_str(&items[i], "value"));
    }
}

static void read_option(AcpLine *l, const Json *option) {
    AcpState *s = l->s;
    Str category = json_str(option, "category"), value = json_str(option, "currentValue");
    if (!category.n) category = json_str(option, "id");
    if (str_is(category, "model")) {
        s->model_option = word(l, option, "id");
        s->model = text_plain(l->keep, value, ACP_ID_MAX);
    } else if (str_is(category, "mode")) {
        if (!s->modes.n) {
            s->mode_option = word(l, option, "id");
            add_mode_values(l, json_get(option, "options"));
        }
        acp_keep_mode(l, value);
    }
}

void acp_read_options(AcpLine *l, const Json *options) {
    size_t n;
    const Json *items = items_of(options, &n);
    for (size_t i = 0; i < n; i++) read_option(l, &items[i]);
}

static void read_modes(AcpLine *l, const Json *modes) {
    size_t n;
    const Json *items = items_of(json_get(modes, "availableModes"), &n);
    l->s->modes.n = 0;
    for (size_t i = 0; i < n; i++) add_mode(l, json_str(&items[i], "id"));
    acp_keep_mode(l, json_str(modes, "currentModeId"));
}

/* Some ids of models are the agent's own inventions: then the name is what a person knows. */
static void read_models(AcpLine *l, const Json *models) {
    AcpState *s = l->s;
    size_t n;
    const Json *items = items_of(json_get(models, "availableModels"), &n);
    Str current = json_str(models, "currentModelId");
    if (!current.n) return;
    s->has_models = true;
    s->model = text_plain(l->keep, current, ACP_ID_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(json_str(&items[i], "modelId"), current)) continue;
        Str name = text_plain(l->keep, json_str(&items[i], "name"), ACP_ID_MAX);
        int64_t window = json_i64(json_get(&items[i], "_meta"), "contextLimit", 0);
        if (name.n && str_starts(current, STR("$"))) s->model = name;
        s->window = window > 0 ? window : 0;
    }
}

/* --- steps after the session --- */

static void be_ready(AcpLine *l) {
    l->s->is_ready = true;
    emit_session(l, false);
    emit_state(l->sink, CLI_READY, false, (Str){0});
}

/* Plan is what a person relies on to keep their files as they are: without it the agent does not start to work. */
static void lack_mode(AcpLine *l) {
    AcpState *s = l->s;
    bool is_named = s->wanted_mode == AGENT_AUTO || s->modes.n; /* without modes, it has nothing but the regular one */
    Str asked = str(enum_word(&AgentMode_enum, (int)s->wanted_mode));
    if (s->wanted_mode == AGENT_PLAN) {
        acp_fail_because(l, STR("mode"), STR("this agent has no mode `plan`"));
        return;
    }
    if (is_named)
        emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("mode"),
                    arena_fmt(l->scratch, "This agent has no mode `" STR_FMT "`; it stays in `" STR_FMT "`.",
                              STR_ARG(asked), STR_ARG(s->mode.n ? s->mode : STR("regular"))));
    be_ready(l);
}

static void set_model(AcpLine *l) {
    l->s->tried_model = true;
    if (l->s->model_option.n || l->s->has_models) {
        acp_reply_model(l, l->s->wanted_model);
        return;
    }
    emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("model"),
                STR("This agent does not let its model be chosen; it uses its own."));
}

/* The protocol says that an agent repeats a session before it answers that it has loaded it. Gemini CLI (0.61) writes
 * the rest after that answer, and a prompt that reached it then would get old text as its own. So a loaded session is
 * ready only when nothing was repeated between two answers: the agent writes one message after another, so whatever it
 * is still repeating comes before its next answer. The request is for the mode that it has. */
static bool repeats(AcpLine *l) {
    AcpState *s = l->s;
    if (!s->may_repeat || !s->mode.n) return false;
    s->may_repeat = false;
    acp_reply_mode(l, s->mode);
    return true;
}

/* One request at a time; its answer calls this again. */
static void next_step(AcpLine *l) {
    AcpState *s = l->s;
    bool had_model = s->tried_model || !s->wanted_model.n || str_eq(s->wanted_model, s->model);
    if (!had_model) set_model(l);
    if (!had_model && (s->model_option.n || s->has_models)) return;
    if (repeats(l)) return;
    Str mode = acp_find_mode(s, s->wanted_mode);
    if (s->tried_mode || (mode.n && str_eq(mode, s->mode))) {
        be_ready(l);
    } else if (!mode.n) {
        lack_mode(l);
    } else {
        s->tried_mode = true;
        acp_reply_mode(l, mode);
    }
}

/* --- answers --- */

static void open_session(AcpLine *l) {
    const AcpState *s = l->s;
    AcpStep resume = s->can_resume ? STEP_RESUME : STEP_LOAD;
    if (!s->folder.n) return;
    if (!s->wanted.n)
        acp_reply_open(l, STEP_NEW);
    else if (s->wants_fork)
        acp_reply_open(l, STEP_FORK);
    else
        acp_reply_open(l, resume);
}

static bool has_member(const Json *o, const char *key) { return json_is(json_get(o, key), JSON_OBJECT); }

/* A session that the agent no longer has: a new one begins in its place. */
static void begin_again(AcpLine *l) {
    GIVE(AcpState, l->s, is_replacing, true);
    acp_reply_open(l, STEP_NEW);
}

/* Only now is it given up: if no new one can be opened either, something else is wrong. The conversation decides what
 * follows. */
static void give_up(AcpLine *l) {
    AcpState *s = l->s;
    EvSession gone = {.session_id = s->wanted};
    GIVE(EvSession, &gone, gone, true);
    if (s->is_replacing) l->sink->event(l->sink->arg, EV_KIND_SESSION, &gone);
    if (s->is_replacing) s->cost_micros = s->cost_counted = 0;
    s->is_replacing = false;
    s->wanted = (Str){0};
}

/* The session that was to be forked is not concerned. */
static void begin_without(AcpLine *l) {
    emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("fork"),
                STR("This agent cannot fork a session: it begins with an empty context."));
    l->s->wanted = (Str){0};
    l->s->wants_fork = false;
    acp_reply_open(l, STEP_NEW);
}

static void on_initialized(AcpLine *l) {
    AcpState *s = l->s;
    const Json *r = l->rpc.result, *caps = json_get(r, "agentCapabilities");
    const Json *sessions = json_get(caps, "sessionCapabilities");
    s->version = word(l, json_get(r, "agentInfo"), "version");
    s->can_load = json_bool(caps, "loadSession", false);
    s->can_resume = has_member(sessions, "resume");
    s->can_fork = has_member(sessions, "fork");
    s->can_list = has_member(sessions, "list");
    GIVE(AcpState, s, takes_images, json_bool(json_get(caps, "promptCapabilities"), "image", false));
    int64_t version = json_i64(r, "protocolVersion", 0);
    if (version != PROTOCOL_VERSION)
        acp_fail_because(
            l, STR("protocol"),
            arena_fmt(l->scratch, "this agent speaks version %lld of the protocol, not 1", (long long)version));
    else if (s->wanted.n && s->wants_fork && !s->can_fork)
        begin_without(l);
    else if (s->wanted.n && !s->wants_fork && !s->can_resume && !s->can_load)
        acp_fail_because(l, STR("resume"), STR("this agent cannot resume a session"));
    else
        open_session(l);
}

static void on_opened(AcpLine *l, const AcpPending *p) {
    AcpState *s = l->s;
    const Json *r = l->rpc.result;
    Str id = json_str(r, "sessionId");
    if (!id.n && (p->step == STEP_LOAD || p->step == STEP_RESUME)) id = p->value;
    if (!id.n || id.n > ACP_SESSION_MAX || !str_eq(text_plain(l->scratch, id, ACP_SESSION_MAX), id)) {
        acp_fail_because(l, STR("session"), STR("the agent's session id is empty, too long or not plain text"));
        return;
    }
    if (p->step == STEP_NEW) give_up(l);
    s->session_id = arena_str(l->keep, id);
    s->has_session = true;
    s->opened_at = l->at;
    s->is_resumable = p->step != STEP_NEW && (s->can_load || s->can_resume);
    GIVE(AcpState, s, may_repeat, p->step == STEP_LOAD);
    read_modes(l, json_get(r, "modes"));
    acp_read_options(l, json_get(r, "configOptions"));
    read_models(l, json_get(r, "models"));
    if (s->folder.n)
        next_step(l);
    else
        be_ready(l);
}

/* Protocol: error -32002, resource not found. Gemini CLI (0.61) uses the general error and these sentences; any other
 * error leaves it to the list. */
static bool says_gone(AcpLine *l) {
    static const char *const words[] = {"No previous sessions found for this project.",
                                        "Invalid session identifier \""};
    Str text = acp_error_text(l, l->rpc.error);
    size_t at;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_find(text, str(words[i]), &at)) return true;
    return json_i64(l->rpc.error, "code", 0) == -32002;
}

static void on_not_opened(AcpLine *l, AcpStep step) {
    if (step == STEP_NEW || !l->s->wanted.n)
        acp_fail(l, l->rpc.error);
    else if (says_gone(l))
        begin_again(l);
    else if (l->s->can_list)
        acp_reply_list(l);
    else
        acp_fail(l, l->rpc.error);
}

/* The list decides whether the session is gone or could not be opened for another reason. */
static void on_listed(AcpLine *l) {
    size_t n;
    if (l->s->is_ready || !l->s->wanted.n) return;
    const Json *items = items_of(json_get(l->rpc.result, "sessions"), &n);
    bool has_more = json_str(l->rpc.result, "nextCursor").n, is_listed = false;
    for (size_t i = 0; i < n; i++) is_listed |= str_eq(json_str(&items[i], "sessionId"), l->s->wanted);
    if (is_listed || has_more || !l->rpc.result)
        acp_fail_because(l, STR("session"), STR("the agent could not open its session"));
    else
        begin_again(l);
}

static void on_mode_set(AcpLine *l, Str mode) {
    if (l->rpc.result) {
        acp_keep_mode(l, mode);
        acp_read_options(l, json_get(l->rpc.result, "configOptions"));
    } else if (!l->s->is_ready && l->s->wanted_mode == AGENT_PLAN) {
        acp_fail(l, l->rpc.error);
        return;
    } else {
        emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("mode"),
                    arena_fmt(l->scratch, "The mode `" STR_FMT "` was refused: " STR_FMT, STR_ARG(mode),
                              STR_ARG(acp_error_text(l, l->rpc.error))));
    }
    if (!l->s->is_ready) next_step(l);
}

static void on_model_set(AcpLine *l, Str model) {
    if (l->rpc.result)
        l->s->model = arena_str(l->keep, model);
    else
        emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("model"),
                    arena_fmt(l->scratch, "The model `" STR_FMT "` was refused: " STR_FMT, STR_ARG(model),
                              STR_ARG(acp_error_text(l, l->rpc.error))));
    if (!l->s->is_ready) next_step(l);
}

/* A change that a person asked for has the number of its input. Permissions are Muster's own, whatever it answers. */
static void on_changed(AcpLine *l, const AcpPending *p) {
    int64_t n;
    bool is_refused = p->value.n && !l->rpc.result;
    if (p->step != STEP_MODE && p->step != STEP_MODEL) return;
    if (str_parse_i64(p->id, 1, INT64_MAX, &n))
        emit_option(l->sink, l->scratch, n, is_refused ? acp_error_text(l, l->rpc.error) : (Str){0});
}

void acp_read_step(AcpLine *l, const AcpPending *p) {
    bool failed = l->rpc.kind == RPC_ERROR;
    on_changed(l, p);
    switch (p->step) {
    case STEP_INITIALIZE: failed ? acp_fail(l, l->rpc.error) : on_initialized(l); break;
    case STEP_NEW:
    case STEP_LOAD:
    case STEP_RESUME:
    case STEP_FORK: failed ? on_not_opened(l, p->step) : on_opened(l, p); break;
    case STEP_LIST: on_listed(l); break;
    case STEP_MODE:
        if (p->value.n) on_mode_set(l, p->value);
        break;
    case STEP_MODEL: on_model_set(l, p->value); break;
    default: break;
    }
}
