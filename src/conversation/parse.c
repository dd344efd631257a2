/* Parses derived events on a worker: an ask may contain 8 MiB, and every write waits while the writer parses. */
#include "approval/approval.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "conversation/conversation_in.h"
#include "sys/digest.h"

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

static int parse_ask(const EvAsk *v, Arena *a, ParsedEvent *ret, Err *e) {
    Ask row = {.input = v->input};
    Json *input = NULL;
    ret->digest = ask_digest(v, a);
    TRY(ask_cut_input(&row, a, e));
    ret->listed = row.input_cut;
    if (v->input.n <= EVENT_INPUT_MAX) return 0;
    TRY(json_parse(a, v->input, JSON_DEPTH_MAX, &input, e));
    ret->shown = json_cut(a, input, EVENT_INPUT_MAX);
    return 0;
}

static int parse(const DerivedEvent *ev, Arena *a, ParsedEvent *ret, Err *e) {
    const Shape *shape = agent_events[ev->kind].shape;
    Json *j = NULL;
    TRY(json_parse(a, ev->payload, JSON_DEPTH_MAX, &j, e));
    void *value = arena_alloc(a, shape->size);
    TRY(shape_decode(shape, j, a, value, e));
    if (ev->kind == EV_KIND_ASK) TRY(parse_ask(value, a, ret, e));
    ret->value = value;
    return 0;
}

void conversation_parse(DerivedBatch *b, Arena *a) {
    ParsedEvent *all = arena_array(a, b->n_events + 1, sizeof *all);
    for (size_t i = 0; i < b->n_events; i++) {
        Err e = {0};
        all[i] = (ParsedEvent){0};
        if (parse(&b->events[i], a, &all[i], &e) >= 0) continue; /* one without a value is stored as unknown */
        Err *why = arena_new_in(a, Err);
        *why = e;
        all[i].why = why;
    }
    b->parsed = all;
}
