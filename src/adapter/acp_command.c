/* The command lines of ACP agents. */
#include "adapter/acp_int.h"
#include "base/mem.h"
#include "base/vec.h"

typedef VEC(Str) StrVec;

typedef struct CommandLine {
    const char *args[3]; /* that make it speak ACP */
    const char *model;   /* the flag that chooses the model; NULL: it is chosen in the session */
    const char *env[3];
} CommandLine;

static int check(const AdapterSpec *s, Err *e) {
    return s->program.n ? 0 : err_fail(e, ERR_INVALID, "no program is given for the agent");
}

static StrList take(StrVec *v, Arena *a) {
    StrList l = {arena_array(a, v->n + 1, sizeof(Str)), v->n};
    for (size_t i = 0; i < v->n; i++) l.items[i] = arena_str(a, v->items[i]);
    vec_done(v);
    return l;
}

static int make(const AdapterSpec *s, const CommandLine *c, Arena *a, AdapterCommand *ret) {
    StrVec argv = {0}, env = {0};
    vec_push(&argv, s->program);
    for (const char *const *arg = c->args; *arg; arg++) vec_push(&argv, str(*arg));
    if (c->model && s->model.n) vec_push(&argv, arena_fmt(a, "%s=" STR_FMT, c->model, STR_ARG(s->model)));
    for (const char *const *name = c->env; *name; name++) vec_push(&env, str(*name));
    *ret = (AdapterCommand){.argv = take(&argv, a), .env = take(&env, a)};
    return 0;
}

/* Without the variable it starts itself again as a child, which outlives a signal to the first. */
int acp_command_gemini(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e) {
    static const CommandLine line = {{"--acp"}, "--model", {"GEMINI_CLI_NO_RELAUNCH=true"}};
    TRY(check(s, e));
    return make(s, &line, a, ret);
}

/* By itself it edits and runs everything without a question. What the agent's permissions grant is answered here. */
int acp_command_opencode(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e) {
    static const CommandLine line = {
        {"acp"}, NULL, {"OPENCODE_PERMISSION={\"edit\":\"ask\",\"bash\":\"ask\",\"webfetch\":\"ask\"}"}};
    TRY(check(s, e));
    return make(s, &line, a, ret);
}

int acp_command_qwen(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e) {
    static const CommandLine line = {{"--acp"}, "--model", {NULL}};
    TRY(check(s, e));
    return make(s, &line, a, ret);
}

int acp_command_any(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e) {
    StrVec argv = {0};
    TRY(check(s, e));
    vec_push(&argv, s->program);
    for (size_t i = 1; i < s->command.n; i++) vec_push(&argv, s->command.items[i]);
    *ret = (AdapterCommand){.argv = take(&argv, a)};
    return 0;
}
