#include "model/scenario.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"

SHAPE_DEFINE(ScriptPiece, SCRIPT_PIECE);
SHAPE_DEFINE(ScriptUsage, SCRIPT_USAGE);
SHAPE_DEFINE(ScriptStep, SCRIPT_STEP);
SHAPE_DEFINE(ScriptTool, SCRIPT_TOOL);

enum { STEPS_MAX = 1000, TOOLS_MAX = 100, EXPANDED_MAX = 64 * 1024 * 1024 };

typedef struct Scenario {
    ScriptStep *steps;
    size_t n;
} Scenario;

typedef struct ScriptTools {
    ScriptTool *items;
    size_t n;
} ScriptTools;

struct Script {
    Arena *arena;
    Map scenarios; /* name → Scenario in the arena */
    Map tools;     /* name → ScriptTools in the arena */
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

static int parse_tools(Script *s, Str name, const Json *list, Err *e) {
    if (!json_is(list, JSON_ARRAY) || list->n > TOOLS_MAX)
        return err_fail(e, ERR_INVALID, "tool \"" STR_FMT "\" is not a list of alternatives", STR_ARG(name));
    ScriptTools *t = arena_new_in(s->arena, ScriptTools);
    t->items = arena_array(s->arena, list->n + 1, sizeof *t->items);
    t->n = list->n;
    for (size_t i = 0; i < list->n; i++) {
        Err inner = {0};
        if (shape_decode(&ScriptTool_shape, &list->items[i], s->arena, &t->items[i], &inner) < 0)
            return err_fail(e, ERR_INVALID, "tool \"" STR_FMT "\", alternative %zu: %s", STR_ARG(name), i, inner.text);
    }
    map_put(&s->tools, name, t);
    return 0;
}

static int parse(Script *s, Str file, Err *e) {
    Json *root;
    TRY(json_parse(s->arena, arena_str(s->arena, file), JSON_DEPTH_REQUEST, &root, e));
    const Json *all = json_get(root, "scenarios"), *tools = json_get(root, "tools");
    if (!json_is(all, JSON_OBJECT)) return err_fail(e, ERR_INVALID, "a script must have an object \"scenarios\"");
    s->fallback = json_str(root, "default");
    for (size_t i = 0; i < all->n; i++) TRY(parse_steps(s, all->members[i].key, &all->members[i].value, e));
    if (tools && tools->type != JSON_OBJECT) return err_fail(e, ERR_INVALID, "\"tools\" is not an object");
    for (size_t i = 0; tools && i < tools->n; i++)
        TRY(parse_tools(s, tools->members[i].key, &tools->members[i].value, e));
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
    map_done(&s->tools);
    arena_free(s->arena);
    free(s);
}

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
void script_turn(const Script *s, const History *h, Arena *a, ScriptTurn *ret) {
    *ret = (ScriptTurn){0};
    int64_t answers = 0;
    bool has_text = false;
    for (size_t i = h->n; i-- > 0;) {
        answers += h->items[i].who == SPEAKER_MODEL;
        if (h->items[i].who != SPEAKER_USER) continue;
        Str text = history_own_text(h->items[i].text, a);
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

const ScriptTool *script_tool(const Script *s, Str name, const History *h) {
    const ScriptTools *t = map_find(&s->tools, name);
    if (!t || history_offers(h, name)) return NULL;
    for (size_t i = 0; i < t->n; i++)
        if (history_offers(h, t->items[i].name)) return &t->items[i];
    return NULL;
}

/* The value of a text that starts with "${name}"; false if it does not. `ret_json`: of an argument. */
static bool find_var(Str text, const ScriptVars *v, size_t *ret_n, Str *ret_text, const Json **ret_json) {
    const struct {
        const char *name;
        Str value;
    } vars[] = {{"${cwd}", v->cwd}, {"${nonce}", v->nonce}, {"${model}", v->model}};
    *ret_json = NULL;
    for (size_t i = 0; i < COUNT_OF(vars); i++) {
        if (!str_starts(text, str(vars[i].name))) continue;
        *ret_n = strlen(vars[i].name);
        *ret_text = vars[i].value;
        return true;
    }
    for (size_t i = 0; json_is(v->args, JSON_OBJECT) && i < v->args->n; i++) {
        const JsonMember *m = &v->args->members[i];
        if (!str_starts(str_from(text, 2), m->key) || !str_starts(str_from(text, 2 + m->key.n), STR("}"))) continue;
        *ret_n = m->key.n + 3;
        *ret_json = &m->value;
        *ret_text = m->value.type == JSON_STRING ? m->value.s : m->value.raw;
        return true;
    }
    return false;
}

Str script_expand(Str text, const ScriptVars *v, Arena *a) {
    size_t at;
    if (!str_find(text, STR("${"), &at)) return text;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EXPANDED_MAX);
    while (str_find(text, STR("${"), &at)) {
        Str value = STR("${");
        const Json *json;
        size_t n = value.n;
        buf_add_str(&b, str_upto(text, at));
        text = str_from(text, at);
        find_var(text, v, &n, &value, &json);
        buf_add_str(&b, value);
        text = str_from(text, n);
    }
    buf_add_str(&b, text);
    return arena_str(a, buf_str(&b));
}

static void put_string(JsonOut *o, Str s, const ScriptVars *v, Arena *a) {
    size_t n;
    Str text;
    const Json *json;
    if (str_starts(s, STR("${")) && find_var(s, v, &n, &text, &json) && json && n == s.n)
        json_put_raw(o, json->raw);
    else
        json_put_str(o, script_expand(s, v, a));
}

static void put_expanded(JsonOut *o, const Json *j, const ScriptVars *v, Arena *a) {
    switch (j->type) {
    case JSON_STRING: put_string(o, j->s, v, a); return;
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
