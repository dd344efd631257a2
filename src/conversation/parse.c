/* Parses derived events on a worker: an ask may contain 8 MiB, and every write waits while the writer parses. */
#include <stdio.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "conversation/conversation_in.h"
#include "sys/digest.h"

typedef struct Parsing {
    const ConversationSubject *who; /* NULL: nobody who asks */
    const LaunchRow *launch;
    Arena *arena;
} Parsing;

Id conversation_derived_id(const char *prefix, Str launch_id, const DerivedEvent *ev) {
    char text[160];
    int n = snprintf(text, sizeof text, STR_FMT " %lld %lld", STR_ARG(launch_id), (long long)ev->offset,
                     (long long)ev->index);
    uint8_t digest[32];
    digest_sha256(str_n(text, (size_t)n), digest);
    return id_derived(prefix, ev->at, digest);
}

/* The digest to which the answer is bound: of the tool and its arguments in canonical form. */
static Str ask_digest(const EvAsk *v, Arena *arena) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EVENT_ASK_MAX + 1024);
    buf_add_str(&b, v->tool);
    buf_add_c(&b, '\n');
    Json *input = NULL;
    JsonOut o = json_out(&b);
    if (v->input.n && json_parse(arena, v->input, JSON_DEPTH_MAX, &input, NULL) >= 0) json_put_canonical(&o, input);
    uint8_t digest[32];
    char hex[65];
    digest_sha256(buf_str(&b), digest);
    digest_hex(digest, sizeof digest, hex);
    return arena_str(arena, str(hex));
}

static Ask ask_row(const Parsing *x, const DerivedEvent *ev, const EvAsk *v) {
    const ConversationSubject *who = x->who;
    Id id = conversation_derived_id("ask", x->launch->id, ev);
    Ask ask = {.id = arena_str(x->arena, id_str(&id)),
               .org_id = who->org_id,
               .subject_kind = who->kind,
               .subject_id = who->id,
               .worktree_id = who->worktree_id,
               .workspace_id = who->workspace_id,
               .launch_id = x->launch->id,
               .request_id = v->request_id,
               .kind = str(enum_word(&AskKind_enum, v->kind)),
               .tool = v->tool,
               .title = v->title,
               .reason = v->reason,
               .tool_id = v->tool_id,
               .plan = v->plan,
               .input = v->input,
               .suggestions = v->suggestions,
               .digest = ask_digest(v, x->arena),
               .state = ASK_OPEN,
               .created_at = ev->at};
    if (v->kind != ASK_QUESTION && !(who->adapter->caps & ADAPTER_WORDS)) GIVE(Ask, &ask, decision_only, true);
    return ask;
}

static int parse_ask(const Parsing *x, const DerivedEvent *ev, const EvAsk *v, ParsedEvent *ret, Err *e) {
    Json *input = NULL;
    if (!x->who) return err_fail(e, ERR_NOT_FOUND, "nobody asks");
    ret->ask = arena_new_in(x->arena, Ask);
    *ret->ask = ask_row(x, ev, v);
    TRY(ask_cut_input(ret->ask, x->arena, e));
    if (v->input.n <= EVENT_INPUT_MAX) return 0;
    TRY(json_parse(x->arena, v->input, JSON_DEPTH_MAX, &input, e));
    ret->shown = json_cut(x->arena, input, EVENT_INPUT_MAX);
    return 0;
}

static int parse(const Parsing *x, const DerivedEvent *ev, ParsedEvent *ret, Err *e) {
    const Shape *shape = agent_events[ev->kind].shape;
    Json *j = NULL;
    TRY(json_parse(x->arena, ev->payload, JSON_DEPTH_MAX, &j, e));
    void *value = arena_alloc(x->arena, shape->size);
    TRY(shape_decode(shape, j, x->arena, value, e));
    if (ev->kind == EV_KIND_ASK) TRY(parse_ask(x, ev, value, ret, e));
    ret->value = value;
    return 0;
}

void conversation_parse(DerivedBatch *b, const ConversationSubject *who, const LaunchRow *l, Arena *a) {
    const Parsing x = {who, l, a};
    ParsedEvent *all = arena_array(a, b->n_events + 1, sizeof *all);
    for (size_t i = 0; i < b->n_events; i++) {
        Err e = {0};
        all[i] = (ParsedEvent){0};
        if (parse(&x, &b->events[i], &all[i], &e) >= 0) continue; /* one without a value is stored as unknown */
        Err *why = arena_new_in(a, Err);
        *why = e;
        all[i].why = why;
    }
    b->parsed = all;
}
