/* Tool calls of the claude CLI: the kind and title of each, its start, progress and end. */
#include "adapter/claude_int.h"
#include "adapter/figures.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { TITLE_MAX = 500, PATH_TEXT_MAX = 4096, TASK_TEXT_MAX = 4000 };

static const ClaudeTool tools[] = {
    {"Read", TOOL_READ, "file_path"},
    {"NotebookRead", TOOL_READ, "notebook_path"},
    {"LS", TOOL_READ, "path"},
    {"Glob", TOOL_SEARCH, "pattern"},
    {"Grep", TOOL_SEARCH, "pattern"},
    {"ToolSearch", TOOL_SEARCH, "query"},
    {"LSP", TOOL_SEARCH, "operation"},
    {"Write", TOOL_EDIT, "file_path", " file_path content ", " "},
    {"Edit", TOOL_EDIT, "file_path", " file_path old_string new_string ", " replace_all "},
    {"MultiEdit", TOOL_EDIT, "file_path", " file_path edits ", " "},
    {"NotebookEdit", TOOL_EDIT, "notebook_path", " notebook_path new_source ", " cell_id cell_type edit_mode "},
    {"Bash", TOOL_EXECUTE, "command", " command ", " description timeout run_in_background dangerouslyDisableSandbox "},
    {"BashOutput", TOOL_EXECUTE, "bash_id"},
    {"KillShell", TOOL_EXECUTE, "shell_id"},
    {"Monitor", TOOL_EXECUTE, "description"},
    {"WebFetch", TOOL_FETCH, "url", " url prompt ", " "},
    {"WebSearch", TOOL_FETCH, "query", " query ", " allowed_domains blocked_domains "},
    {"Task", TOOL_AGENT, "description"},
    {"Agent", TOOL_AGENT, "description"},
    {"TodoWrite", TOOL_PLAN, NULL},
    {"EnterPlanMode", TOOL_PLAN, NULL},
    {"ExitPlanMode", TOOL_PLAN, NULL},
    {"AskUserQuestion", TOOL_ASK, NULL},
    {NULL, TOOL_OTHER, "description"},
};

/* Never NULL: an unknown tool is TOOL_OTHER. */
static const ClaudeTool *find_tool(Str name) {
    const ClaudeTool *t = tools;
    while (t->name && !str_is(name, t->name)) t++;
    return t;
}

Str claude_tool_title(Str tool, const Json *input, Arena *a) {
    const ClaudeTool *t = find_tool(tool);
    Str title = t->title_key ? text_line(a, json_str(input, t->title_key), TITLE_MAX) : (Str){0};
    if (title.n) return title;
    const Json *questions = json_get(input, "questions");
    if (t->kind == TOOL_ASK && json_is(questions, JSON_ARRAY) && questions->n)
        title = text_line(a, json_str(&questions->items[0], "question"), TITLE_MAX);
    return title.n ? title : text_clean(a, tool, TITLE_MAX);
}

/* Whether the words, which are between spaces, have this one. */
static bool has_word(const char *words, Str word) {
    for (Str rest = str(words), one; str_split(&rest, ' ', &one);)
        if (one.n && str_eq(one, word)) return true;
    return false;
}

static const Json *member_of(const Json *o, Str name) {
    for (size_t i = 0; json_is(o, JSON_OBJECT) && i < o->n; i++)
        if (str_eq(o->members[i].key, name)) return &o->members[i].value;
    return NULL;
}

/* What the call itself has may stay, also what a newer CLI has added; tools of others name their arguments nowhere. */
int claude_check_input(Str tool, const Json *original, const Json *given, Err *e) {
    const ClaudeTool *t = find_tool(tool);
    if (!t->required) return 0;
    for (size_t i = 0; i < given->n; i++) {
        Str name = given->members[i].key;
        const Json *asked = member_of(original, name);
        if (!asked && !has_word(t->required, name) && !has_word(t->optional, name))
            return err_fail(e, ERR_INVALID, "`" STR_FMT "` is not an argument of %s", STR_ARG(text_cut(name, 100)),
                            t->name);
        if (asked && asked->type != given->members[i].value.type)
            return err_fail(e, ERR_INVALID, "the argument `" STR_FMT "` of %s has another type than in the call",
                            STR_ARG(text_cut(name, 100)), t->name);
    }
    for (Str rest = str(t->required), name; str_split(&rest, ' ', &name);)
        if (name.n && !member_of(given, name))
            return err_fail(e, ERR_INVALID, "the argument `" STR_FMT "` of %s is missing", STR_ARG(name), t->name);
    return 0;
}

/* TodoWrite carries the whole list each time. */
static void emit_plan(ClaudeLine *l, const Json *todos) {
    enum { ENTRIES_MAX = 200, ENTRY_MAX = 2000 };
    if (!json_is(todos, JSON_ARRAY)) return;
    size_t n = todos->n < ENTRIES_MAX ? todos->n : ENTRIES_MAX;
    EvPlan v = {.entries = {arena_array(l->scratch, n + 1, sizeof(EvPlanEntry)), n}};
    for (size_t i = 0; i < n; i++) {
        v.entries.items[i].text = text_clean(l->scratch, json_str(&todos->items[i], "content"), ENTRY_MAX);
        v.entries.items[i].state = text_clean(l->scratch, json_str(&todos->items[i], "status"), 32);
    }
    l->sink->event(l->sink->arg, EV_KIND_PLAN, &v);
}

/* --- figures of a call --- */

static void drop_bash_call(ClaudeState *s, size_t at) {
    s->bash_calls.n--;
    memmove(s->bash_calls.items + at, s->bash_calls.items + at + 1, (s->bash_calls.n - at) * sizeof(Str));
}

static void keep_bash_call(ClaudeLine *l, Str tool_id) {
    ClaudeState *s = l->s;
    Str id = text_plain(l->scratch, tool_id, CLAUDE_ID_MAX);
    if (!id.n) return;
    if (s->bash_calls.n == CLAUDE_TASKS_MAX) drop_bash_call(s, 0);
    s->bash_calls.items[s->bash_calls.n++] = arena_str(l->keep, id);
}

static bool forget_bash_call(ClaudeLine *l, Str tool_id) {
    ClaudeState *s = l->s;
    Str id = text_plain(l->scratch, tool_id, CLAUDE_ID_MAX);
    for (size_t i = 0; i < s->bash_calls.n; i++) {
        if (!str_eq(s->bash_calls.items[i], id)) continue;
        drop_bash_call(s, i);
        return true;
    }
    return false;
}

/* The hunks of Edit and Write: lines with their signs. A file that is created has none, but its whole content. */
static bool count_patch(const Json *result, LineCount *n) {
    const Json *hunks = json_get(result, "structuredPatch"), *content = json_get(result, "content");
    if (!json_is(hunks, JSON_ARRAY) || !json_get(result, "filePath")) return false;
    if (str_is(json_str(result, "type"), "create") && json_is(content, JSON_STRING)) {
        n->added = figures_lines(content->s);
        return true;
    }
    for (size_t i = 0; i < hunks->n; i++) {
        const Json *lines = json_get(&hunks->items[i], "lines");
        if (!json_is(lines, JSON_ARRAY)) return false;
        for (size_t k = 0; k < lines->n; k++) {
            Str line = lines->items[k].type == JSON_STRING ? lines->items[k].s : (Str){0};
            n->added += str_starts(line, STR("+"));
            n->removed += str_starts(line, STR("-"));
        }
    }
    return true;
}

/* A command that fails begins its result with its code. One that succeeded has code 0, unless the CLI says what another
 * code of it means, or it goes on in the background. */
static void give_exit_of(EvToolEnd *v, const Json *result) {
    Str rest = v->output, line;
    int64_t code;
    if (v->is_error) {
        if (!str_starts(rest, STR("Exit code "))) return;
        rest = str_from(rest, sizeof "Exit code " - 1);
        if (str_split(&rest, '\n', &line) && str_parse_i64(line, INT32_MIN, INT32_MAX, &code))
            GIVE(EvToolEnd, v, exit_code, code);
        return;
    }
    bool is_over = json_is(json_get(result, "stdout"), JSON_STRING) && !json_bool(result, "interrupted", true);
    if (is_over && !json_str(result, "backgroundTaskId").n && !json_str(result, "returnCodeInterpretation").n)
        GIVE(EvToolEnd, v, exit_code, 0);
}

/* A line with several results has only one account of what they did. */
static const Json *only_result(const ClaudeLine *l) {
    const Json *content = json_at(l->root, "message.content");
    return json_is(content, JSON_ARRAY) && content->n == 1 ? json_get(l->root, "tool_use_result") : NULL;
}

static void give_figures(ClaudeLine *l, const Json *block, EvToolEnd *v) {
    const Json *result = only_result(l), *ms = json_get(result, "durationMs");
    LineCount n = {0};
    if (forget_bash_call(l, json_str(block, "tool_use_id"))) give_exit_of(v, result);
    if (!v->is_error && count_patch(result, &n)) figures_give_lines(v, n);
    figures_give_ms(v, ms ? ms : json_get(result, "totalDurationMs"));
}

void claude_emit_tool_start(ClaudeLine *l, const Json *block, Str parent) {
    const Json *input = json_get(block, "input");
    Str name = text_clean(l->scratch, json_str(block, "name"), 256);
    EvToolStart v = {
        .tool_id = text_clean(l->scratch, json_str(block, "id"), 256),
        .name = name,
        .kind = find_tool(name)->kind,
        .title = claude_tool_title(name, input, l->scratch),
        .input = json_cut(l->scratch, input, EVENT_INPUT_MAX),
        .parent = parent,
    };
    if (input && input->raw.n > EVENT_INPUT_MAX) {
        GIVE(EvToolStart, &v, truncated, true);
        GIVE(EvToolStart, &v, size, (int64_t)input->raw.n);
    }
    l->sink->event(l->sink->arg, EV_KIND_TOOL_START, &v);
    if (str_is(name, "Bash")) keep_bash_call(l, v.tool_id);
    if (str_is(name, "TodoWrite")) emit_plan(l, json_get(input, "todos"));
    if (str_is(name, "ExitPlanMode")) {
        Str plan = text_printable(l->scratch, text_cut(json_str(input, "plan"), CLAUDE_PLAN_MAX));
        l->s->plan = arena_str(l->keep, plan);
    }
}

/* The content of a tool result is a string, or blocks, of which only text can be shown. */
static Str result_text(ClaudeLine *l, const Json *content) {
    if (json_is(content, JSON_STRING)) return content->s;
    if (!json_is(content, JSON_ARRAY)) return STR("");
    Buf *b = arena_new_in(l->scratch, Buf);
    buf_init(b, ADAPTER_LINE_MAX);
    arena_defer(l->scratch, (void (*)(void *))buf_done, b);
    for (size_t i = 0; i < content->n; i++) {
        const Json *item = &content->items[i];
        if (b->n) buf_add_c(b, '\n');
        if (str_is(json_str(item, "type"), "text"))
            buf_add_str(b, json_str(item, "text"));
        else
            buf_add_fmt(b, "[" STR_FMT "]", STR_ARG(text_clean(l->scratch, json_str(item, "type"), 64)));
    }
    return buf_str(b);
}

void claude_emit_tool_end(ClaudeLine *l, const Json *block, Str parent) {
    Str output = result_text(l, json_get(block, "content"));
    EvToolEnd v = {
        .tool_id = text_clean(l->scratch, json_str(block, "tool_use_id"), 256),
        .is_error = json_bool(block, "is_error", false),
        .output = text_clean(l->scratch, output, EVENT_OUTPUT_MAX),
        .path = text_clean(l->scratch, json_str(json_get(l->root, "tool_use_result"), "filePath"), PATH_TEXT_MAX),
        .parent = parent,
    };
    give_figures(l, block, &v);
    claude_settle_ask(l->s, text_plain(l->scratch, json_str(block, "tool_use_id"), CLAUDE_ID_MAX), l->sink);
    if (output.n > EVENT_OUTPUT_MAX) {
        GIVE(EvToolEnd, &v, truncated, true);
        GIVE(EvToolEnd, &v, size, (int64_t)output.n);
    }
    l->sink->event(l->sink->arg, EV_KIND_TOOL_END, &v);
}

/* system/task_started, task_progress and task_notification: tools of more than 3 s, and subagents. */
void claude_emit_task(ClaudeLine *l) {
    Str id = json_str(l->root, "tool_use_id"), state = json_str(l->root, "status");
    if (!id.n) return;
    const Json *tokens = json_at(l->root, "usage.total_tokens");
    Str text = json_str(l->root, "summary");
    if (!text.n) text = json_str(l->root, "description");
    EvToolProgress v = {
        .tool_id = text_clean(l->scratch, id, 256),
        .state = state.n ? text_clean(l->scratch, state, 64) : STR("running"),
        .text = text_clean(l->scratch, text, TASK_TEXT_MAX),
    };
    if (json_is(tokens, JSON_INT) && tokens->i >= 0) GIVE(EvToolProgress, &v, tokens, tokens->i);
    l->sink->event(l->sink->arg, EV_KIND_TOOL_PROGRESS, &v);
}

static void emit_background(const ClaudeLine *l) {
    EvState v = {.state = CLI_BACKGROUND};
    GIVE(EvState, &v, count, (int64_t)l->s->tasks.n);
    l->sink->event(l->sink->arg, EV_KIND_STATE, &v);
}

static Str task_id(const ClaudeLine *l, const Json *task) {
    return text_plain(l->scratch, json_str(task, "task_id"), CLAUDE_ID_MAX);
}

static size_t find_task(const ClaudeState *s, Str id) {
    size_t i = 0;
    while (i < s->tasks.n && !str_eq(s->tasks.items[i], id)) i++;
    return i;
}

static void add_task(ClaudeLine *l, Str id) {
    ClaudeState *s = l->s;
    if (!id.n || s->tasks.n == CLAUDE_TASKS_MAX || find_task(s, id) < s->tasks.n) return;
    s->tasks.items[s->tasks.n++] = arena_str(l->keep, id);
}

void claude_begin_task(ClaudeLine *l) {
    claude_emit_task(l);
    add_task(l, task_id(l, l->root));
    emit_background(l);
}

/* task_notification ends a task; task_updated does so if its status says it. */
void claude_end_task(ClaudeLine *l) {
    ClaudeState *s = l->s;
    const Json *patch = json_get(l->root, "patch");
    Str state = json_str(patch, "status");
    if (patch && (!state.n || str_is(state, "running") || str_is(state, "pending"))) return;
    if (!patch) claude_emit_task(l);
    size_t at = find_task(s, task_id(l, l->root));
    if (at == s->tasks.n) return;
    s->tasks.n--;
    memmove(s->tasks.items + at, s->tasks.items + at + 1, (s->tasks.n - at) * sizeof(Str));
    emit_background(l);
}

/* Newer CLIs list all of them whenever one starts or ends. */
void claude_list_tasks(ClaudeLine *l) {
    const Json *tasks = json_get(l->root, "tasks");
    if (!json_is(tasks, JSON_ARRAY)) return;
    l->s->tasks.n = 0;
    for (size_t i = 0; i < tasks->n; i++) add_task(l, task_id(l, &tasks->items[i]));
    emit_background(l);
}
