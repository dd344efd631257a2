#include "model/scenario.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"

SHAPE_DEFINE(ScriptPiece, SCRIPT_PIECE);
SHAPE_DEFINE(ScriptUsage, SCRIPT_USAGE);
SHAPE_DEFINE(ScriptStep, SCRIPT_STEP);

enum { STEPS_MAX = 1000, EXPANDED_MAX = 64 * 1024 * 1024 };

typedef struct Scenario {
    ScriptStep *steps;
    size_t n;
} Scenario;

struct Script {
    Arena *arena;
    Map scenarios; /* name → Scenario in the arena */
    Str fallback;  /* "default", or empty */
};

static int parse_steps(Script *s, Str name, const Json *list, Err *e) {
    if (!json_is(list, JSON_ARRAY) || list->n > STEPS_MAX)
        return err_fail(e, ERR_INVALID, "scenario \"" STR_FMT "\" is not a list of steps", STR_ARG(name));
    Scenario *sc = arena_new_in(s->arena, Scenario);
    sc->steps = arena_array(s->arena, list->n + 1, sizeof *sc->steps);
    sc->n = list->n;
    for (size_t i = 0; i < list->n; i++) {
        Err inner = {0};
        if (shape_decode(&ScriptStep_shape, &list->items[i], s->arena, &sc->steps[i], &inner) < 0)
            return err_fail(e, ERR_INVALID, "scenario \"" STR_FMT "\", step %zu: %s", STR_ARG(name), i, inner.text);
    }
    map_put(&s->scenarios, name, sc);
    return 0;
}

static int parse(Script *s, Str file, Err *e) {
    Json *root;
    TRY(json_parse(s->arena, arena_str(s->arena, file), JSON_DEPTH_REQUEST, &root, e));
    const Json *all = json_get(root, "scenarios");
    if (!json_is(all, JSON_OBJECT)) return err_fail(e, ERR_INVALID, "a script must have an object \"scenarios\"");
    s->fallback = json_str(root, "default");
    for (size_t i = 0; i < all->n; i++) TRY(parse_steps(s, all->members[i].key, &all->members[i].value, e));
    if (s->fallback.n && !map_find(&s->scenarios, s->fallback))
        return err_fail(e, ERR_INVALID, "the default scenario \"" STR_FMT "\" is not in the file",
                        STR_ARG(s->fallback));
    return 0;
}

int script_parse(Str file, Script **ret, Err *e) {
    CLEANUP(script_freep) Script *s = mu_new(Script);
    s->arena = arena_new();
    TRY(parse(s, file, e));
    *ret = TAKE(s);
    return 0;
}

void script_free(Script *s) {
    if (!s) return;
    map_done(&s->scenarios);
    arena_free(s->arena);
    free(s);
}

/* Text without its <system-reminder> parts, which the CLI adds to a person's text. */
static void add_without_reminders(Buf *b, Str s) {
    static const char open_tag[] = "<system-reminder>", close_tag[] = "</system-reminder>";
    size_t at, end;
    while (str_find(s, str(open_tag), &at)) {
        if (!str_find(str_from(s, at), str(close_tag), &end)) break; /* only mentioned */
        buf_add_str(b, str_upto(s, at));
        s = str_from(s, at + end + sizeof close_tag - 1);
    }
    buf_add_str(b, s);
}

static Str join_text(const Json *content, void (*add)(Buf *b, Str s), Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EXPANDED_MAX);
    if (json_is(content, JSON_STRING)) add(&b, content->s);
    for (size_t i = 0; json_is(content, JSON_ARRAY) && i < content->n; i++) {
        if (!str_is(json_str(&content->items[i], "type"), "text")) continue;
        if (b.n) buf_add_c(&b, '\n');
        add(&b, json_str(&content->items[i], "text"));
    }
    return arena_str(a, str_trim(buf_str(&b)));
}

static void add_all(Buf *b, Str s) { buf_add_str(b, s); }

/* All text of a message's content: a string, or its text blocks; without <system-reminder> parts. */
static Str text_of(const Json *content, Arena *a) { return join_text(content, add_without_reminders, a); }

static bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static Str take_name(Str *rest) {
    size_t n = 0;
    while (n < rest->n && is_name_char(rest->p[n])) n++;
    Str name = str_upto(*rest, n);
    *rest = str_from(*rest, n);
    return name;
}

/* The last @@name or @@name#nonce. */
static bool find_marker(Str text, Str *ret_name, Str *ret_nonce) {
    bool found = false;
    size_t at;
    while (str_find(text, STR("@@"), &at)) {
        text = str_from(text, at + 2);
        Str name = take_name(&text), nonce = {0};
        if (!name.n) continue;
        if (str_starts(text, STR("#"))) {
            text = str_from(text, 1);
            nonce = take_name(&text);
        }
        *ret_name = name;
        *ret_nonce = nonce;
        found = true;
    }
    return found;
}

/* Walks back to the newest user text that has a marker; without any, to the newest user text at all. */
void script_turn(const Script *s, const Json *messages, Arena *a, ScriptTurn *ret) {
    *ret = (ScriptTurn){0};
    int64_t answers = 0;
    bool has_text = false;
    for (size_t i = json_is(messages, JSON_ARRAY) ? messages->n : 0; i-- > 0;) {
        const Json *m = &messages->items[i];
        answers += str_is(json_str(m, "role"), "assistant");
        if (!str_is(json_str(m, "role"), "user")) continue;
        Str text = text_of(json_get(m, "content"), a);
        bool is_marked = find_marker(text, &ret->scenario, &ret->nonce);
        if (!is_marked && (has_text || !text.n)) continue;
        has_text = true;
        ret->user_text = text;
        ret->step = answers;
        if (is_marked) break;
    }
    if (!ret->scenario.n && has_text) ret->scenario = s->fallback;
    const Scenario *sc = ret->scenario.n ? map_find(&s->scenarios, ret->scenario) : NULL;
    if (sc && ret->step < (int64_t)sc->n) ret->found = &sc->steps[ret->step];
}

Str script_expand(Str text, const ScriptVars *v, Arena *a) {
    const struct {
        const char *name;
        Str value;
    } vars[] = {{"${cwd}", v->cwd}, {"${nonce}", v->nonce}, {"${model}", v->model}};
    size_t at;
    if (!str_find(text, STR("${"), &at)) return text;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EXPANDED_MAX);
    while (str_find(text, STR("${"), &at)) {
        buf_add_str(&b, str_upto(text, at));
        text = str_from(text, at);
        size_t i = 0;
        while (i < COUNT_OF(vars) && !str_starts(text, str(vars[i].name))) i++;
        buf_add_str(&b, i < COUNT_OF(vars) ? vars[i].value : STR("${"));
        text = str_from(text, i < COUNT_OF(vars) ? strlen(vars[i].name) : 2);
    }
    buf_add_str(&b, text);
    return arena_str(a, buf_str(&b));
}

static void put_expanded(JsonOut *o, const Json *j, const ScriptVars *v, Arena *a) {
    switch (j->type) {
    case JSON_STRING: json_put_str(o, script_expand(j->s, v, a)); return;
    case JSON_ARRAY:
        json_begin_array(o);
        for (size_t i = 0; i < j->n; i++) put_expanded(o, &j->items[i], v, a);
        json_end_array(o);
        return;
    case JSON_OBJECT: {
        JsonMembers l = json_members(a, j);
        json_begin_object(o);
        for (size_t i = 0; i < l.n; i++) {
            json_key(o, l.items[i]->key);
            put_expanded(o, &l.items[i]->value, v, a);
        }
        json_end_object(o);
        return;
    }
    default: json_put_raw(o, j->raw);
    }
}

Str script_expand_json(Str json, const ScriptVars *v, Arena *a) {
    Json *root;
    if (json_parse(a, json, JSON_DEPTH_MAX, &root, NULL) < 0) return json;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EXPANDED_MAX);
    JsonOut o = json_out(&b);
    put_expanded(&o, root, v, a);
    return arena_str(a, buf_str(&b));
}

static bool find_cwd(Str text, Str *ret) {
    static const Str what = {"orking directory: ", 18};
    for (size_t at; str_find(text, what, &at);) {
        text = str_from(text, at + what.n);
        Str rest = text, line = rest;
        str_split(&rest, '\n', &line);
        line = str_trim(line);
        if (!str_starts(line, STR("/"))) continue;
        *ret = line;
        return true;
    }
    return false;
}

/* Anthropic's clients put it into `system`; newer CLIs and the other dialect into a message with that role. */
Str script_cwd(const Json *request, Arena *a) {
    Str found = {0};
    if (find_cwd(join_text(json_get(request, "system"), add_all, a), &found)) return found;
    const Json *messages = json_get(request, "messages");
    for (size_t i = 0; json_is(messages, JSON_ARRAY) && i < messages->n; i++) {
        const Json *m = &messages->items[i];
        if (!str_is(json_str(m, "role"), "system")) continue;
        if (find_cwd(join_text(json_get(m, "content"), add_all, a), &found)) return found;
    }
    return found;
}
