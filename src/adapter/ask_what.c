/* See ask_what.h. */
#include "adapter/ask_what.h"

#include "base/mem.h"
#include "base/text_cut.h"

/* Keys between spaces. `others` change neither which command nor which files. `is_argv`: only a list of words is the
 * command itself; a text is what a person is shown. `is_wrapped`: see AskWhat. */
typedef struct ToolRow {
    const char *name, *command, *paths, *folders, *others;
    bool is_argv, is_wrapped;
} ToolRow;

static const ToolRow tools[] = {
    /* Claude Code */
    {"Bash", " command ", "", "", " description timeout run_in_background "},
    {"Read", "", " file_path ", "", " offset limit pages "},
    {"Write", "", " file_path ", "", " content "},
    {"Edit", "", " file_path ", "", " old_string new_string replace_all content "},
    {"MultiEdit", "", " file_path ", "", " edits old_string new_string "},
    {"NotebookEdit", "", " notebook_path ", "", " new_source cell_id cell_type edit_mode "},
    {"NotebookRead", "", " notebook_path ", "", " "},
    /* Gemini CLI and Qwen Code */
    {"run_shell_command", " command ", "", " directory dir_path ", " description is_background timeout "},
    {"write_file", "", " file_path ", "", " content old_string new_string "},
    {"replace", "", " file_path ", "", " content old_string new_string expected_replacements instruction "},
    {"read_file", "", " file_path absolute_path path ", "", " offset limit "},
    /* opencode; `edit` is also the protocol's own word */
    {"bash", " command ", "", " workdir ", " description timeout "},
    {"write", "", " file_path filePath ", "", " content old_string new_string "},
    {"edit", "", " file_path filePath ", "", " content old_string new_string oldString newString replaceAll "},
    {"read", "", " file_path filePath ", "", " offset limit "},
    /* Codex, by its own protocol and by ACP */
    {"shell", " command ", "", " cwd ", "", false, true},
    {"apply_patch", "", " changes ", "", ""},
    {"execute", " command ", "", " cwd ",
     " call_id turn_id started_at_ms approval_id proposed_execpolicy_amendment available_decisions parsed_cmd ", true,
     true},
};

static const ToolRow usual = {NULL, " command ", " file_path filePath notebook_path absolute_path path uri ",
                              " cwd directory dir_path workdir ", ""};

static const ToolRow *find(Str tool) {
    for (size_t i = 0; i < COUNT_OF(tools); i++)
        if (str_is(tool, tools[i].name)) return &tools[i];
    return NULL;
}

static bool has_word(const char *words, Str word) {
    for (Str rest = str(words), one; str_split(&rest, ' ', &one);)
        if (one.n && str_eq(one, word)) return true;
    return false;
}

static void set_unclear(AskWhat *w, Str why) {
    if (!w->unclear.n) w->unclear = why;
}

static void add(AskWhat *w, StrList *list, const Json *v) {
    bool is_text = json_is(v, JSON_STRING) && v->s.n && v->s.n <= ASK_PATH_MAX && !memchr(v->s.p, 0, v->s.n);
    if (!is_text || list->n == ASK_PATHS_MAX) {
        set_unclear(w, STR("It names too many files, or one in a form that rules do not know."));
        return;
    }
    list->items[list->n++] = v->s;
}

/* Codex: a list of changes, each of one file that may get another name. */
static void add_changes(AskWhat *w, const Json *changes) {
    for (size_t i = 0; i < changes->n; i++) {
        const Json *change = &changes->items[i], *kind = json_get(change, "kind"), *to = json_get(kind, "move_path");
        add(w, &w->paths, json_get(change, "path"));
        if (to && to->type != JSON_NULL) add(w, &w->paths, to);
    }
}

static void add_paths(AskWhat *w, const Json *v) {
    if (json_is(v, JSON_ARRAY))
        add_changes(w, v);
    else
        add(w, &w->paths, v);
}

static void add_command(AskWhat *w, const ToolRow *t, const Json *v, Arena *a) {
    if (json_is(v, JSON_STRING)) w->command = v->s;
    if (json_is(v, JSON_STRING) && t->is_argv)
        set_unclear(w, STR("The agent shows its command as a title and does not give it as arguments."));
    if (v->type == JSON_STRING) return;
    if (!json_is(v, JSON_ARRAY)) {
        set_unclear(w, STR("Its command has a form that rules do not know."));
        return;
    }
    w->argv.items = arena_array(a, v->n + 1, sizeof(Str));
    for (size_t i = 0; i < v->n; i++) {
        if (!json_is(&v->items[i], JSON_STRING)) set_unclear(w, STR("Its command has words that are not text."));
        w->argv.items[w->argv.n++] = json_is(&v->items[i], JSON_STRING) ? v->items[i].s : STR("");
    }
}

static void add_member(AskWhat *w, const ToolRow *t, const JsonMember *m, Arena *a) {
    bool is_nothing = m->value.type == JSON_NULL || (m->value.type == JSON_BOOL && !m->value.b);
    if (is_nothing || has_word(t->others, m->key)) return;
    if (has_word(t->command, m->key))
        add_command(w, t, &m->value, a);
    else if (has_word(t->paths, m->key))
        add_paths(w, &m->value);
    else if (has_word(t->folders, m->key))
        add(w, &w->folders, &m->value);
    else if (t->name)
        set_unclear(w, arena_fmt(a, "It has the argument `" STR_FMT "`, which rules do not know.",
                                 STR_ARG(text_clean(a, m->key, 64))));
}

void ask_what(Str tool, const Json *input, Arena *a, AskWhat *ret) {
    const ToolRow *t = find(tool);
    *ret = (AskWhat){.is_known = t != NULL, .is_wrapped = t && t->is_wrapped};
    ret->paths.items = arena_array(a, ASK_PATHS_MAX, sizeof(Str));
    ret->folders.items = arena_array(a, ASK_PATHS_MAX, sizeof(Str));
    if (!t) t = &usual;
    JsonMembers l = json_members(a, input);
    for (size_t i = 0; i < l.n; i++) add_member(ret, t, &l.items[i][0], a);
}
