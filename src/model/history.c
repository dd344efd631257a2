#include "model/history.h"

#include "base/mem.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

/* `joins`: one answer may be several items in a row. */
static const struct {
    const char *system, *list;
    bool joins;
} forms[DIALECT_COUNT] = {
    [DIALECT_ANTHROPIC] = {"system", "messages", false},
    [DIALECT_OPENAI] = {"system", "messages", false},
    [DIALECT_RESPONSES] = {"instructions", "input", true},
    [DIALECT_GEMINI] = {"systemInstruction", "contents", true},
};

static void add_text(Buf *b, const Json *content) {
    if (json_is(content, JSON_STRING)) buf_add_str(b, content->s);
    for (size_t i = 0; json_is(content, JSON_ARRAY) && i < content->n; i++) {
        Str text = json_str(&content->items[i], "text");
        if (b->n && text.n) buf_add_c(b, '\n');
        buf_add_str(b, text);
    }
}

/* A string, or parts of which some have text; in an object they are in `content` or `parts`. */
static Str text_of(const Json *content, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TEXT_MAX);
    add_text(&b, content);
    add_text(&b, json_get(content, "content"));
    add_text(&b, json_get(content, "parts"));
    return arena_str(a, str_trim(buf_str(&b)));
}

/* Items without a role are calls, thoughts and results (Responses: the results' types end in "_output"). */
static Speaker speaker_of(const Json *item) {
    static const struct {
        const char *role;
        Speaker who;
    } roles[] = {{"system", SPEAKER_SYSTEM},   {"developer", SPEAKER_SYSTEM}, {"user", SPEAKER_USER},
                 {"assistant", SPEAKER_MODEL}, {"model", SPEAKER_MODEL},      {"tool", SPEAKER_TOOL}};
    Str role = json_str(item, "role"), type = json_str(item, "type");
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (str_is(role, roles[i].role)) return roles[i].who;
    return type.n && !str_ends(type, STR("_output")) ? SPEAKER_MODEL : SPEAKER_TOOL;
}

static void add_items(const Json *list, bool joins, Arena *a, History *ret) {
    for (size_t i = 0; i < list->n; i++) {
        Speaker who = speaker_of(&list->items[i]);
        bool is_same = ret->n && who == SPEAKER_MODEL && ret->items[ret->n - 1].who == who;
        if (joins && is_same) continue;
        Str text = who == SPEAKER_TOOL ? (Str){0} : text_of(&list->items[i], a);
        ret->items[ret->n++] = (Spoken){.who = who, .text = text};
    }
}

/* `{name}`, `{function: {name}}`, or `{functionDeclarations: [{name}]}`. */
static void add_tools(const Json *list, History *ret, size_t max) {
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->n; i++) {
        const Json *tool = &list->items[i], *declared = json_get(tool, "functionDeclarations");
        Str name = json_str(tool, "name");
        if (!name.n) name = json_str(json_get(tool, "function"), "name");
        if (name.n && ret->n_tools < max) ret->tools[ret->n_tools++] = name;
        for (size_t k = 0; json_is(declared, JSON_ARRAY) && k < declared->n && ret->n_tools < max; k++)
            ret->tools[ret->n_tools++] = json_str(&declared->items[k], "name");
    }
}

void history_read(const Json *request, ModelDialect d, Arena *a, History *ret) {
    enum { TOOLS_MAX = 1000 };
    const Json *system = json_get(request, forms[d].system), *list = json_get(request, forms[d].list);
    size_t n = json_is(list, JSON_ARRAY) ? list->n : 0;
    *ret = (History){.items = arena_array(a, n + 2, sizeof *ret->items),
                     .tools = arena_array(a, TOOLS_MAX, sizeof *ret->tools)};
    if (system) ret->items[ret->n++] = (Spoken){.who = SPEAKER_SYSTEM, .text = text_of(system, a)};
    if (json_is(list, JSON_STRING)) ret->items[ret->n++] = (Spoken){.who = SPEAKER_USER, .text = list->s};
    if (n) add_items(list, forms[d].joins, a, ret);
    add_tools(json_get(request, "tools"), ret, TOOLS_MAX);
}

static const struct {
    Str open, close;
} added[] = {
    {{"<system-reminder>", 17}, {"</system-reminder>", 18}},
    {{"<session_context>", 17}, {"</session_context>", 18}},
    {{"<environment_context>", 21}, {"</environment_context>", 22}},
};

/* The first block that the CLI added; a tag that is only mentioned is none. */
static bool find_block(Str text, size_t *ret_at, size_t *ret_end) {
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(added); i++) {
        size_t at, end;
        if (!str_find(text, added[i].open, &at) || (found && at > *ret_at)) continue;
        if (!str_find(str_from(text, at), added[i].close, &end)) continue;
        *ret_at = at;
        *ret_end = at + end + added[i].close.n;
        found = true;
    }
    return found;
}

Str history_own_text(Str text, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TEXT_MAX);
    for (size_t at, end; find_block(text, &at, &end); text = str_from(text, end)) buf_add_str(&b, str_upto(text, at));
    buf_add_str(&b, text);
    return arena_str(a, str_trim(buf_str(&b)));
}

/* How the CLIs name it: Claude Code and opencode, Qwen, Gemini, Codex. */
static bool find_cwd(Str text, Str *ret) {
    static const struct {
        Str before;
        char after;
    } words[] = {{{"orking directory: ", 18}, '\n'},
                 {{"orking in the directory: ", 25}, '\n'},
                 {{"Workspace Directories:**\n  - ", 29}, '\n'},
                 {{"<cwd>", 5}, '<'}};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        Str rest = text;
        for (size_t at; str_find(rest, words[i].before, &at);) {
            rest = str_from(rest, at + words[i].before.n);
            Str next = rest, line = rest;
            str_split(&next, words[i].after, &line);
            line = str_trim(line);
            if (!str_starts(line, STR("/"))) continue;
            *ret = line;
            return true;
        }
    }
    return false;
}

Str history_cwd(const History *h) {
    Str found = {0};
    for (size_t i = 0; i < h->n; i++) {
        Str text = h->items[i].text;
        if (h->items[i].who == SPEAKER_SYSTEM && find_cwd(text, &found)) return found;
        if (h->items[i].who != SPEAKER_USER) continue;
        for (size_t at, end; find_block(text, &at, &end); text = str_from(text, end))
            if (find_cwd(str_upto(str_from(text, at), end - at), &found)) return found;
    }
    return found;
}

bool history_offers(const History *h, Str tool) {
    for (size_t i = 0; i < h->n_tools; i++)
        if (str_eq(h->tools[i], tool)) return true;
    return false;
}
