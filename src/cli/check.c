/* `muster agent check`: one agent CLI from its file to its end, through a daemon of its own: what works here works for
 * every agent. Each step says what it saw and how long it took; the first that fails says why. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapter/adapter.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text_cut.h"
#include "cli/check_place.h"
#include "core/lostsweep.h"
#include "sys/process.h"

enum {
    VERSION_MS = 30000,
    SESSION_MS = 90000,
    ANSWER_MS = 180000,
    PAUSE_MS = 100,
    SAID_MAX = 64 * 1024,
    PATH_SIZE = 4096
};

static const char prompt[] = "Reply with the single word ready. Use no tools.";

typedef struct Check {
    const CliContext *cli;
    const CliCheck *asked;
    const Adapter *adapter;
    const AdapterProgram *program;
    Arena *arena; /* owned */
    CheckPlace place;
    char path[PATH_SIZE];
    Str agent, launch; /* ids; empty: not yet */
    Buf said;          /* what the current step saw */
} Check;

/* ---- the steps ---- */

/* By the path that the person's own daemon uses, if it runs. */
static int find(Check *x, Err *e) {
    Json *answer = NULL;
    CliQuestion q = {.op = "list_clis", .timeout_ms = 5000};
    const Json *clis = cli_ask(x->cli, &q, x->arena, &answer, NULL) < 0 ? NULL : json_get(answer, "clis");
    Str name = str(x->adapter->program);
    for (size_t i = 0; json_is(clis, JSON_ARRAY) && i < clis->n; i++) {
        Str path = json_str(&clis->items[i], "path");
        if (str_is(json_str(&clis->items[i], "adapter"), x->adapter->name) && path.n) name = path;
    }
    if (!process_find_program(name, getenv("PATH"), x->path, sizeof x->path))
        return err_fail(e, ERR_MISSING_CLI, "`%s` is not installed; install it with: %s", x->adapter->program,
                        x->adapter->install);
    buf_add_str(&x->said, str(x->path));
    return 0;
}

static int ask_version(Check *x, Err *e) {
    char version[PROCESS_VERSION_SIZE];
    if (!process_version(x->path, VERSION_MS, version))
        return err_fail(e, ERR_PROCESS, "`%s --version` took longer than %d s", x->path, VERSION_MS / 1000);
    if (!version[0]) return err_fail(e, ERR_PROCESS, "`%s --version` failed", x->path);
    bool is_tested = false;
    for (size_t i = 0; i < ADAPTER_FACTS_MAX && x->program->tested_versions[i]; i++)
        is_tested |= strcmp(x->program->tested_versions[i], version) == 0;
    buf_add_fmt(&x->said, "%s, %s", version, is_tested ? "which is tested" : "which is not among the tested ones");
    return 0;
}

/* A call whose path contains the agent's id, and whose answer is an object. */
static int ask_agent(Check *x, const char *op, const char *behind, Str body, Json **ret, Err *e) {
    CliQuestion q = {.op = op,
                     .target = arena_fmt(x->arena, "/api/agents/" STR_FMT "%s", STR_ARG(x->agent), behind).p,
                     .body = body};
    return checkplace_ask(&x->place, &q, ret, e);
}

static int find_worktree(Check *x, Str *ret, Err *e) {
    Json *workspace, *found;
    Str body = arena_fmt(x->arena, "{\"path\":\"%s/repository\"}", x->place.folder);
    TRY(checkplace_ask(&x->place, &(CliQuestion){.op = "create_workspace", .body = body}, &workspace, e));
    CliQuestion q = {
        .op = "list_worktrees",
        .target = arena_fmt(x->arena, "/api/workspaces/" STR_FMT "/worktrees", STR_ARG(json_str(workspace, "id"))).p};
    TRY(checkplace_ask(&x->place, &q, &found, e));
    const Json *list = json_get(found, "worktrees");
    if (!json_is(list, JSON_ARRAY) || !list->n) return err_fail(e, ERR_NOT_FOUND, "the repository has no worktree");
    *ret = json_str(&list->items[0], "id");
    return 0;
}

static int start(Check *x, Err *e) {
    Json *agent;
    Str worktree;
    x->place.program = x->path;
    TRY(checkplace_open(x->cli, x->program, x->asked->model_url, &x->place, e));
    TRY(find_worktree(x, &worktree, e));
    Str body = arena_fmt(x->arena, "{\"worktreeId\":\"" STR_FMT "\",\"adapter\":\"%s\",\"name\":\"check\"}",
                         STR_ARG(worktree), x->adapter->name);
    TRY(checkplace_ask(&x->place, &(CliQuestion){.op = "create_agent", .body = body}, &agent, e));
    x->agent = json_str(agent, "id");
    body = arena_fmt(x->arena, "{\"initialPrompt\":\"%s\"}", prompt);
    TRY(ask_agent(x, "start_agent", "/start", body, &agent, e));
    TRY(ask_agent(x, "get_agent", "", (Str){0}, &agent, e));
    x->launch = json_str(agent, "launchId");
    buf_add_fmt(&x->said, "in %s", x->place.folder);
    return 0;
}

typedef struct Look {
    Str outcome;                           /* of its only turn: empty, "running", or how it ended */
    bool has_session, is_alive, has_ended; /* neither alive nor ended: it is being started */
    Str status, detail;
} Look;

static int look(Check *x, Look *ret, Err *e) {
    Json *agent, *found;
    /* In this order: the agent's status is at least as new as its turn. */
    TRY(ask_agent(x, "list_turns", "/turns", (Str){0}, &found, e));
    TRY(ask_agent(x, "get_agent", "", (Str){0}, &agent, e));
    const Json *turns = json_get(found, "turns");
    const Json *turn = json_is(turns, JSON_ARRAY) && turns->n ? &turns->items[turns->n - 1] : NULL;
    *ret = (Look){.outcome = json_str(turn, "outcome"),
                  .has_session = json_bool(agent, "isResumable", false),
                  .is_alive = json_get(agent, "pid"),
                  .has_ended = json_get(agent, "stoppedAt"),
                  .status = json_str(agent, "status"),
                  .detail = json_str(agent, "statusDetail")};
    return 0;
}

/* What keeps an agent from going on by itself; empty: nothing. */
static Str trouble_of(const Check *x, const Look *l) {
    Str detail = text_printable(x->arena, l->detail);
    if (str_is(l->status, "waiting")) return arena_fmt(x->arena, "it waits: " STR_FMT, STR_ARG(detail));
    if (str_is(l->status, "error")) return detail.n ? detail : STR("it failed without a reason");
    /* Some CLIs say why only after the end of the turn. */
    bool is_over = l->outcome.n && !str_is(l->outcome, "running") && !str_is(l->status, "running");
    bool has_failed = is_over && !str_is(l->outcome, "ok");
    if (has_failed) return arena_fmt(x->arena, "the turn ended: " STR_FMT, STR_ARG(l->outcome));
    return l->has_ended && !str_is(l->outcome, "ok") ? STR("its program ended without an answer") : (Str){0};
}

/* Looks again and again until `is_done`, trouble, or the deadline. */
static int wait_until(Check *x, bool (*is_done)(const Look *l), int ms, Err *e) {
    int64_t until = clock_mono_us() + ms * (int64_t)1000;
    for (;;) {
        Look l;
        TRY(look(x, &l, e));
        if (is_done(&l)) return 0;
        Str trouble = trouble_of(x, &l);
        if (trouble.n) return err_fail(e, ERR_PROCESS, STR_FMT, STR_ARG(trouble));
        if (clock_mono_us() > until)
            return err_fail(e, ERR_TIMEOUT, "not within %d s%s" STR_FMT, ms / 1000, l.detail.n ? ": " : "",
                            STR_ARG(text_printable(x->arena, l.detail)));
        TRY(checkplace_nap(&x->place, PAUSE_MS, e));
    }
}

static bool has_session(const Look *l) { return l->has_session || str_is(l->outcome, "ok"); }
static bool has_answered(const Look *l) { return str_is(l->outcome, "ok"); }

static int shake_hands(Check *x, Err *e) {
    Json *agent;
    TRY(wait_until(x, has_session, SESSION_MS, e));
    TRY(ask_agent(x, "get_agent", "", (Str){0}, &agent, e));
    buf_add_fmt(&x->said, "session " STR_FMT, STR_ARG(json_str(agent, "sessionId")));
    return 0;
}

static int get_answer(Check *x, Err *e) {
    Json *found;
    TRY(wait_until(x, has_answered, ANSWER_MS, e));
    TRY(ask_agent(x, "get_agent_messages", "/messages", (Str){0}, &found, e));
    const Json *list = json_get(found, "messages");
    Str text = {0};
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->n; i++)
        if (str_is(json_str(&list->items[i], "role"), "assistant")) text = json_str(&list->items[i], "content");
    if (!text.n) return err_fail(e, ERR_PROCESS, "its turn ended without an answer");
    text = text_printable(x->arena, text_line(x->arena, str_trim(text), 100));
    buf_add_fmt(&x->said, "\"" STR_FMT "\"", STR_ARG(text));
    return 0;
}

static int stop(Check *x, Err *e) {
    Json *answer;
    Look l;
    TRY(ask_agent(x, "stop_agent", "/stop", (Str){0}, &answer, e));
    TRY(look(x, &l, e));
    if (l.is_alive) return err_fail(e, ERR_PROCESS, "its program still runs");
    buf_add_str(&x->said, STR("its program has ended"));
    return 0;
}

static int look_for_rest(Check *x, Err *e) {
    const char *path = arena_fmt(x->arena, "%s/streams/" STR_FMT, x->place.cli.home, STR_ARG(x->launch)).p;
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t n = 0;
    if (fd < 0) return err_sys(e, "cannot read %s", path);
    TRY(lostsweep_count(fd, x->launch, &n, e));
    if (!n) buf_add_str(&x->said, STR("no process of it runs"));
    return !n ? 0 : err_fail(e, ERR_PROCESS, "%zu of its processes still %s", n, str_plural((int64_t)n, "runs", "run"));
}

static int clean_up(Check *x, Err *e) {
    TRY(checkplace_close(&x->place, e));
    buf_add_str(&x->said, STR("the temporary folder is removed"));
    return 0;
}

/* ---- */

typedef struct Step {
    const char *name;
    int (*run)(Check *x, Err *e);
    enum {
        STEP_TRIES,
        STEP_ENDS_AGENT,
        STEP_ENDS_LAUNCH,
        STEP_ENDS
    } kind; /* what ends something is done after a failure too */
} Step;
static const Step steps[] = {
    {"found", find, STEP_TRIES},
    {"version", ask_version, STEP_TRIES},
    {"starts", start, STEP_TRIES},
    {"handshake", shake_hands, STEP_TRIES},
    {"answers", get_answer, STEP_TRIES},
    {"stops", stop, STEP_ENDS_AGENT},
    {"nothing left", look_for_rest, STEP_ENDS_LAUNCH},
    {"cleaned up", clean_up, STEP_ENDS},
};

static bool must_run(const Check *x, const Step *s, bool has_failed) {
    if (s->kind == STEP_ENDS_AGENT) return x->agent.n;
    if (s->kind == STEP_ENDS_LAUNCH) return x->launch.n;
    return s->kind == STEP_ENDS ? x->place.folder != NULL : !has_failed;
}

/* Returns whether it failed. */
static bool run_step(Check *x, const Step *s) {
    Err e = {0};
    int64_t began = clock_mono_us();
    buf_clear(&x->said);
    bool failed = s->run(x, &e) < 0;
    double seconds = (double)(clock_mono_us() - began) / 1e6;
    printf("%s  %-13s %5.1f s  " STR_FMT "\n", failed ? "BAD " : "ok  ", s->name, seconds,
           STR_ARG(failed ? str(e.text) : buf_str(&x->said)));
    fflush(stdout);
    return failed;
}

static int refuse(const char *name) {
    fprintf(stderr, "muster: `%s` is not an adapter with a program of its own; these are:", name);
    for (const Adapter *const *ad = adapters; *ad; ad++)
        if (adapter_program(*ad)) fprintf(stderr, " %s", (*ad)->name);
    fprintf(stderr, "\n");
    return 2;
}

static int refuse_url(const AdapterProgram *p) {
    fprintf(stderr, "muster: %s takes the address of a model only from its own configuration; leave out --model-url\n",
            p->title);
    return 2;
}

/* What it costs comes first. */
static void announce(const Check *x) {
    const char *title = x->program->title;
    if (x->asked->model_url)
        printf("%s answers one short prompt in a temporary repository, from the model at %s: no provider is asked.\n",
               title, x->asked->model_url);
    else
        printf("%s answers one short prompt in a temporary repository, with your login: its provider counts the prompt "
               "and what the CLI adds to it, some 20,000 tokens. The CLI keeps its own record of the session.\n",
               title);
    fflush(stdout);
}

int cli_check(const CliContext *c, const CliCheck *k) {
    const char *name = k->adapter ? k->adapter : "claude";
    CLEANUP(arena_freep) Arena *a = arena_new();
    Check x = {.cli = c, .asked = k, .adapter = adapter_find(str(name)), .arena = a};
    x.place = (CheckPlace){.arena = a, .pidfd = -1, .signal_fd = -1};
    x.program = x.adapter ? adapter_program(x.adapter) : NULL;
    if (!x.program) return refuse(name);
    if (k->model_url && !x.program->scripted[0]) return refuse_url(x.program);
    buf_init(&x.said, SAID_MAX);
    announce(&x);
    bool has_failed = false;
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if (must_run(&x, &steps[i], has_failed)) has_failed |= run_step(&x, &steps[i]);
    buf_done(&x.said);
    return has_failed ? 1 : 0;
}
