/* What Muster writes for the claude CLI: its command line, and lines for its stdin. A line that is not JSON makes the
 * CLI exit, so every byte goes through the JSON writer. */
#include "adapter/claude_write.h"

#include "adapter/attachment.h"
#include "adapter/claude_int.h"
#include "base/mem.h"
#include "base/vec.h"

typedef VEC(Str) StrVec;

static void add(StrVec *v, Str s) { vec_push(v, s); }
static void add_flag(StrVec *v, Arena *a, const char *flag, Str value) {
    add(v, arena_fmt(a, "%s=" STR_FMT, flag, STR_ARG(value)));
}

/* Options take their value after "=": some of them are variadic and would consume what follows. */
static void add_session(StrVec *v, Arena *a, const AdapterSpec *s) {
    if (s->fork_from.n) {
        add_flag(v, a, "--resume", s->fork_from);
        add(v, STR("--fork-session"));
        add_flag(v, a, "--session-id", s->session_id);
        return;
    }
    add_flag(v, a, s->resume ? "--resume" : "--session-id", s->session_id);
}

static const char *const mode_words[AgentMode_n] = {
    [AGENT_REGULAR] = "default", [AGENT_PLAN] = "plan", [AGENT_AUTO] = "acceptEdits"};

/* What may run without asking; everything else asks. */
#define ALLOWED_FLAG "--allowedTools"
static const char *const permitted_tools[AgentPermission_n] = {
    [PERMIT_READ] = "Read,Glob,Grep",
    [PERMIT_WRITE] = "Edit,Write,NotebookEdit",
    [PERMIT_EXECUTE] = "Bash",
};

static void add_permissions(StrVec *v, Arena *a, unsigned permissions) {
    for (int p = 0; p < AgentPermission_n; p++)
        if (permissions >> p & 1) add_flag(v, a, ALLOWED_FLAG, str(permitted_tools[p]));
}

int claude_command(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e) {
    static const char *const fixed[] = {
        "-p",        "--input-format=stream-json", "--output-format=stream-json",
        "--verbose", "--include-partial-messages", "--permission-prompt-tool=stdio",
    };
    if (!s->program.n) return err_fail(e, ERR_INVALID, "no program is given for the agent");
    if (!s->session_id.n) return err_fail(e, ERR_INVALID, "no session id is given for the agent");
    StrVec v = {0};
    add(&v, s->program);
    for (size_t i = 0; i < COUNT_OF(fixed); i++) add(&v, str(fixed[i]));
    add_session(&v, a, s);
    bool bypass = s->mode == AGENT_AUTO && s->allow_bypass;
    if (bypass)
        add(&v, STR("--dangerously-skip-permissions"));
    else
        add_flag(&v, a, "--permission-mode", str(mode_words[s->mode]));
    add_permissions(&v, a, s->permissions);
    if (s->model.n) add_flag(&v, a, "--model", s->model);
    if (s->effort.n) add_flag(&v, a, "--effort", s->effort);

    Str *argv = arena_array(a, v.n, sizeof *argv), *env = arena_array(a, 1, sizeof *env);
    for (size_t i = 0; i < v.n; i++) argv[i] = arena_str(a, v.items[i]);
    env[0] = STR("CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS=1");
    *ret = (AdapterCommand){.argv = {argv, v.n}, .env = {env, 1}};
    vec_done(&v);
    return 0;
}

/* Ends the line; an encoder that overran its buffer leaves nothing in it. */
static int end_line(Buf *out, size_t before, Err *e) {
    buf_add_c(out, '\n');
    if (!out->failed) return 0;
    out->n = before;
    return err_fail(e, ERR_TOO_LARGE, "this is more than can be sent to the agent at once");
}

static void begin_request(JsonOut *o, Str request_id, const char *subtype) {
    json_begin_object(o);
    json_kv_str(o, "type", STR("control_request"));
    json_kv_str(o, "request_id", request_id);
    json_key(o, STR("request"));
    json_begin_object(o);
    json_kv_str(o, "subtype", str(subtype));
}

static int end_request(JsonOut *o, size_t before, Err *e) {
    json_end_object(o);
    json_end_object(o);
    return end_line(o->buf, before, e);
}

int claude_start(const AdapterTo *to, Buf *out, Err *e) {
    (void)to;
    size_t before = out->n;
    JsonOut o = json_out(out);
    begin_request(&o, STR(CLAUDE_HANDSHAKE_ID), "initialize");
    return end_request(&o, before, e);
}

static void put_image(JsonOut *o, const AttachedFile *f) {
    json_begin_object(o);
    json_kv_str(o, "type", STR("image"));
    json_key(o, STR("source"));
    json_begin_object(o);
    json_kv_str(o, "type", STR("base64"));
    json_kv_str(o, "media_type", f->is->media_type);
    json_kv_base64(o, "data", f->base64);
    json_end_object(o);
    json_end_object(o);
}

static void put_text(JsonOut *o, Str text) {
    json_begin_object(o);
    json_kv_str(o, "type", STR("text"));
    json_kv_str(o, "text", text);
    json_end_object(o);
}

/* The prompt is the first text, as claude_hear expects it. */
static void put_blocks(JsonOut *o, Str text, const AttachedFiles *files) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str note = attachment_note(files, a);
    json_begin_array(o);
    put_text(o, text);
    for (size_t i = 0; i < files->n; i++)
        if (files->items[i].base64.p) put_image(o, &files->items[i]);
    if (note.n) put_text(o, note);
    json_end_array(o);
}

int claude_prompt(const AdapterTo *to, Str text, Buf *out, Err *e) {
    size_t before = out->n;
    JsonOut o = json_out(out);
    json_begin_object(&o);
    json_kv_str(&o, "type", STR("user"));
    json_key(&o, STR("message"));
    json_begin_object(&o);
    json_kv_str(&o, "role", STR("user"));
    json_key(&o, STR("content"));
    if (to->files.n)
        put_blocks(&o, text, &to->files);
    else
        json_put_str(&o, text);
    json_end_object(&o);
    json_end_object(&o);
    return end_line(out, before, e);
}

int claude_interrupt(const AdapterTo *to, Str request_id, Buf *out, Err *e) {
    (void)to;
    size_t before = out->n;
    JsonOut o = json_out(out);
    begin_request(&o, request_id, "interrupt");
    return end_request(&o, before, e);
}

/* --- options of a running CLI --- */

static void put_tools(JsonOut *o, const char *key, unsigned permissions) {
    json_key(o, str(key));
    json_begin_array(o);
    for (int p = 0; p < AgentPermission_n; p++) {
        Str rest = str(permitted_tools[p]), tool;
        while (permissions >> p & 1 && str_split(&rest, ',', &tool)) json_put_str(o, tool);
    }
    json_end_array(o);
}

/* What the command line allows cannot be taken back, but a rule that asks goes before one that allows. */
static unsigned revoked(const AdapterChange *c) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    unsigned given = 0;
    for (int p = 0; p < AgentPermission_n; p++) {
        Str flag = arena_fmt(a, ALLOWED_FLAG "=%s", permitted_tools[p]);
        for (size_t i = 0; i < c->begun.n; i++)
            if (str_eq(c->begun.items[i], flag)) given |= 1u << p;
    }
    if (c->want.mode == AGENT_AUTO) given &= ~(1u << PERMIT_WRITE); /* this mode allows it by itself */
    return given & ~c->want.permissions;
}

static void put_settings(JsonOut *o, const AdapterChange *c) {
    json_key(o, STR("settings"));
    json_begin_object(o);
    if (c->option == OPTION_EFFORT) {
        json_kv_str(o, "effortLevel", c->want.effort);
    } else {
        json_key(o, STR("permissions"));
        json_begin_object(o);
        put_tools(o, "allow", c->want.permissions);
        put_tools(o, "ask", revoked(c));
        json_end_object(o);
    }
    json_end_object(o);
}

/* A mode decides what a permission that was taken back means: then its settings follow it. */
int claude_change(const AdapterTo *to, const AdapterChange *c, Buf *out, Err *e) {
    static const char *const requests[AdapterOption_n] = {[OPTION_MODEL] = "set_model",
                                                          [OPTION_EFFORT] = "apply_flag_settings",
                                                          [OPTION_MODE] = "set_permission_mode",
                                                          [OPTION_PERMISSIONS] = "apply_flag_settings"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    size_t before = out->n;
    JsonOut o = json_out(out);
    begin_request(&o, arena_fmt(a, CLAUDE_OPTION_ID "%lld", (long long)to->number), requests[c->option]);
    if (c->option == OPTION_MODEL)
        json_kv_str(&o, "model", c->want.model);
    else if (c->option == OPTION_MODE)
        json_kv_str(&o, "mode", str(mode_words[c->want.mode]));
    else
        put_settings(&o, c);
    TRY(end_request(&o, before, e));
    AdapterChange known = *c;
    known.want.mode = AGENT_REGULAR;
    if (c->option != OPTION_MODE || !revoked(&known)) return 0;
    o = json_out(out);
    begin_request(&o, arena_fmt(a, "muster-permissions-%lld", (long long)to->number), "apply_flag_settings");
    put_settings(&o, c);
    return end_request(&o, before, e);
}

/* A value on one line. */
static void put_value(JsonOut *o, const Json *v) {
    size_t at;
    if (str_find(v->raw, STR("\n"), &at) || str_find(v->raw, STR("\r"), &at))
        json_put_canonical(o, v);
    else
        json_put_raw(o, v->raw);
}

/* The grants that apply only to this session: others would write settings files into the worktree. */
static void put_session_grants(JsonOut *o, Arena *a, Str suggestions) {
    Json *list;
    if (!suggestions.n || json_parse(a, suggestions, JSON_DEPTH_MAX, &list, NULL) < 0 || list->type != JSON_ARRAY)
        return;
    json_key(o, STR("updatedPermissions"));
    json_begin_array(o);
    for (size_t i = 0; i < list->n; i++)
        if (str_is(json_str(&list->items[i], "destination"), "session")) put_value(o, &list->items[i]);
    json_end_array(o);
}

/* The questions again with `answers` added, as the tool expects. */
static void put_answered_questions(JsonOut *o, Arena *a, const Json *original, const Json *answers) {
    JsonMembers l = json_members(a, original);
    json_begin_object(o);
    for (size_t i = 0; i < l.n; i++) {
        if (str_is(l.items[i]->key, "answers")) continue;
        json_key(o, l.items[i]->key);
        put_value(o, &l.items[i]->value);
    }
    json_key(o, STR("answers"));
    json_begin_object(o);
    JsonMembers given = json_members(a, answers);
    for (size_t i = 0; i < given.n; i++) {
        json_key(o, given.items[i]->key);
        json_put_str(o, ask_answer_text(a, &given.items[i]->value));
    }
    json_end_object(o);
    json_end_object(o);
}

static void put_deny(JsonOut *o, const AdapterAnswer *ans) {
    json_kv_str(o, "behavior", STR("deny"));
    json_kv_str(o, "message", ans->message.n ? ans->message : STR("The user said no."));
    if (ans->interrupt) json_kv_bool(o, "interrupt", true);
}

/* Both inputs are parsed values, so that nothing but JSON can reach the CLI. */
typedef struct Inputs {
    Json *original, *given;
} Inputs;

static bool is_asked(const Json *original, Str question) {
    const Json *questions = json_get(original, "questions");
    for (size_t i = 0; questions && questions->type == JSON_ARRAY && i < questions->n; i++)
        if (str_eq(json_str(&questions->items[i], "question"), question)) return true;
    return false;
}

/* An ask can be answered once, so an answer to none of its questions must be refused. */
static int check_answers(const Inputs *in, Arena *a, Err *e) {
    if (in->given->type != JSON_OBJECT)
        return err_fail(e, ERR_INVALID, "the answer to a question must be an object with question and answer members");
    for (size_t i = 0; i < in->given->n; i++) {
        const Json *answer = &in->given->members[i].value;
        Str question = in->given->members[i].key;
        if (!is_asked(in->original, question))
            return err_fail(e, ERR_INVALID, "`" STR_FMT "` is not one of the questions", STR_ARG(question));
        if (!ask_answer_text(a, answer).p)
            return err_fail(e, ERR_INVALID, "the answer to `" STR_FMT "` must be text, or a list of texts",
                            STR_ARG(question));
    }
    return 0;
}

static int parse_inputs(const AdapterAnswer *ans, Arena *a, Inputs *ret, Err *e) {
    TRY(json_parse(a, ans->original_input.n ? ans->original_input : STR("{}"), JSON_DEPTH_MAX, &ret->original, e));
    TRY(json_parse(a, ans->input.n ? ans->input : STR("null"), JSON_DEPTH_MAX, &ret->given, e));
    bool needs = ans->decision == DECISION_ANSWER || ans->kind == ASK_QUESTION;
    if (needs) TRY(check_answers(ret, a, e));
    if (ret->given->type != JSON_OBJECT && ret->given->type != JSON_NULL)
        return err_fail(e, ERR_INVALID, "an edited input must be an object");
    bool is_edited = !needs && ret->given->type == JSON_OBJECT;
    return is_edited ? claude_check_input(ans->tool, ret->original, ret->given, e) : 0;
}

static void put_allow(JsonOut *o, Arena *a, const AdapterAnswer *ans, const Inputs *in) {
    json_kv_str(o, "behavior", STR("allow"));
    json_key(o, STR("updatedInput"));
    if (ans->decision == DECISION_ANSWER || ans->kind == ASK_QUESTION)
        put_answered_questions(o, a, in->original, in->given);
    else
        put_value(o, in->given->type == JSON_OBJECT ? in->given : in->original);
    if (ans->decision == DECISION_ALLOW_ALWAYS) put_session_grants(o, a, ans->suggestions);
}

int claude_answer(const AdapterTo *to, const AdapterAnswer *ans, Buf *out, Err *e) {
    (void)to;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Inputs in = {0};
    if (ans->decision != DECISION_DENY) TRY(parse_inputs(ans, a, &in, e));
    size_t before = out->n;
    JsonOut o = json_out(out);
    json_begin_object(&o);
    json_kv_str(&o, "type", STR("control_response"));
    json_key(&o, STR("response"));
    json_begin_object(&o);
    json_kv_str(&o, "subtype", STR("success"));
    json_kv_str(&o, "request_id", ans->request_id);
    json_key(&o, STR("response"));
    json_begin_object(&o);
    if (ans->decision == DECISION_DENY)
        put_deny(&o, ans);
    else
        put_allow(&o, a, ans, &in);
    for (int i = 0; i < 3; i++) json_end_object(&o);
    return end_line(out, before, e);
}

void claude_refuse(Str request_id, const char *why, const AdapterSink *sink) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ADAPTER_STATE_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "type", STR("control_response"));
    json_key(&o, STR("response"));
    json_begin_object(&o);
    json_kv_str(&o, "subtype", STR("error"));
    json_kv_str(&o, "request_id", request_id);
    json_kv_str(&o, "error", str(why));
    json_end_object(&o);
    json_end_object(&o);
    buf_add_c(&b, '\n');
    if (!b.failed) sink->reply(sink->arg, buf_str(&b));
}

static AskDecision decision_of(const Json *answer) {
    if (!str_is(json_str(answer, "behavior"), "allow")) return DECISION_DENY;
    const Json *grants = json_get(answer, "updatedPermissions");
    if (json_is(json_at(answer, "updatedInput.answers"), JSON_OBJECT)) return DECISION_ANSWER;
    return json_is(grants, JSON_ARRAY) && grants->n ? DECISION_ALLOW_ALWAYS : DECISION_ALLOW;
}

static Str prompt_of(const Json *message) {
    const Json *content = json_get(message, "content");
    bool has_blocks = json_is(content, JSON_ARRAY) && content->n;
    return has_blocks ? json_str(&content->items[0], "text") : json_str(message, "content");
}

void claude_hear(Str bytes, Arena *a, AdapterHeard *ret) {
    Json *root = NULL;
    *ret = (AdapterHeard){.kind = HEARD_OTHER};
    if (json_parse(a, bytes, JSON_DEPTH_MAX, &root, NULL) < 0) return;
    Str type = json_str(root, "type");
    const Json *response = json_get(root, "response");
    if (str_is(type, "user"))
        *ret = (AdapterHeard){.kind = HEARD_PROMPT, .text = prompt_of(json_get(root, "message"))};
    else if (str_is(type, "control_response") && str_is(json_str(response, "subtype"), "success"))
        *ret = (AdapterHeard){.kind = HEARD_ANSWER,
                              .request_id = json_str(response, "request_id"),
                              .text = json_str(json_get(response, "response"), "message"),
                              .decision = decision_of(json_get(response, "response"))};
}
