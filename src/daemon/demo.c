/* See demo.h. */
#define LOG_MODULE "demo"
#include "daemon/demo.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapter/adapters.h"
#include "base/mem.h"
#include "daemon/installed.h"
#include "model/model.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/process.h"

enum { GIT_MS = 20000 };

/* An address without a model. An empty address would send an agent of the demo to the real service. */
static const char nowhere[] = "http://127.0.0.1:0";

struct Demo {
    AgentSamples samples;
    App *app;
    bool is_elsewhere;    /* the model runs in another process, at `url` from the start */
    pthread_mutex_t lock; /* around url */
    char url[128];        /* "" until the model runs */
    Model *model;         /* of the loop thread; with `port` set once */
    int port;
};

/* The previous port is tried first, so that agents that outlived the daemon find their model again. */
static int remembered_port(const App *app) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 64);
    int64_t port = 0;
    if (file_read(app->home_fd, "demo/port", &b, NULL) >= 0)
        (void)str_parse_i64(str_trim(buf_str(&b)), 1, 65535, &port);
    return (int)port;
}

static void start_model(void *arg) {
    Demo *d = arg;
    Err e = {0};
    ModelConfig c = {.script = "demo", .port = remembered_port(d->app)};
    if (d->model) return;
    int r = model_start(d->app->loop, &c, &d->model, &d->port, &e);
    c.port = 0;
    if (r < 0) r = model_start(d->app->loop, &c, &d->model, &d->port, &e);
    if (r < 0) log_err(LOG_ERROR, LOG_MODULE, "starting the scripted model", &e);
}

static void keep_port(const Demo *d) {
    char text[16];
    int n = snprintf(text, sizeof text, "%d\n", d->port);
    Err e = {0};
    if (file_write_atomic(d->app->home_fd, "demo/port", str_n(text, (size_t)n), 0600, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "storing the model's port", &e);
}

/* `nowhere` when the model does not start; the next call tries again. */
static const char *model_url(AgentSamples *s) {
    Demo *d = container_of(s, Demo, samples);
    pthread_mutex_lock(&d->lock);
    if (!d->url[0]) loop_call(d->app->loop, start_model, d);
    if (!d->url[0] && d->port) {
        snprintf(d->url, sizeof d->url, "http://127.0.0.1:%d", d->port);
        keep_port(d);
    }
    const char *url = d->url[0] ? d->url : nowhere;
    pthread_mutex_unlock(&d->lock);
    return url;
}

/* Agents of an earlier run may still be talking to the model: it is started again as soon as the loop runs. */
static void revive(void *arg) {
    Demo *d = arg;
    if (!d->is_elsewhere && remembered_port(d->app)) start_model(d);
}

int demo_new(App *app, const Config *c, Demo **ret, Err *e) {
    (void)e;
    Demo *d = mu_new(Demo);
    d->app = app;
    d->samples = (AgentSamples){.is_all = c->demo, .cli_path = c->demo_path, .model_url = model_url};
    d->is_elsewhere = *c->model_url;
    pthread_mutex_init(&d->lock, NULL);
    snprintf(d->url, sizeof d->url, "%s", c->model_url);
    app->samples = &d->samples;
    loop_post(app->loop, revive, d);
    *ret = d;
    return 0;
}

void demo_free(Demo *d) {
    if (!d) return;
    pthread_mutex_destroy(&d->lock);
    free(d);
}

void demo_stop(Demo *d, void (*on_done)(void *arg), void *arg) {
    if (d->model)
        model_stop(d->model, on_done, arg);
    else
        on_done(arg);
    d->model = NULL;
}

/* --- the sample repository -------------------------------------------------------------------------------- */

static const struct {
    const char *path, *text;
} sample_files[] = {
    {"README.md",
     "# Sample\n\nA small repository to try Muster with. It is in Muster's data folder; change anything you like.\n"},
    {"greet.sh", "#!/bin/sh\n# Says hello to whoever is named.\necho \"Hello, ${1:-world}!\"\n"},
    {"notes/ideas.md", "- greet in more languages\n- count the greetings for each name\n"},
};

static int run_git(const char *folder, const char *const *argv, Err *e) {
    const char *path = getenv("PATH");
    char path_env[4096];
    snprintf(path_env, sizeof path_env, "PATH=%s", path ? path : "/usr/bin:/bin");
    const char *envp[] = {path_env,
                          "HOME=/nonexistent",
                          "GIT_CONFIG_NOSYSTEM=1",
                          "GIT_TERMINAL_PROMPT=0",
                          "GIT_AUTHOR_NAME=Muster demo",
                          "GIT_AUTHOR_EMAIL=demo@muster.invalid",
                          "GIT_COMMITTER_NAME=Muster demo",
                          "GIT_COMMITTER_EMAIL=demo@muster.invalid",
                          NULL};
    ProcessSpec s = {.argv = argv, .envp = envp, .cwd = folder, .timeout_ms = GIT_MS, .output_max = 1 << 20};
    CLEANUP(process_result_done) ProcessResult r = {0};
    TRY(process_run(&s, &r, e));
    return r.exit_code == 0 ? 0 : err_fail(e, ERR_GIT, "git %s: %.*s", argv[1], STR_ARG(str_trim(buf_str(&r.err))));
}

static int write_sample(const char *folder, Arena *a, Err *e) {
    TRY(file_mkdirs(arena_fmt(a, "%s/notes", folder).p, 0755, e));
    for (size_t i = 0; i < COUNT_OF(sample_files); i++)
        TRY(file_write_atomic(AT_FDCWD, arena_fmt(a, "%s/%s", folder, sample_files[i].path).p,
                              str(sample_files[i].text), 0644, e));
    const char *init[] = {"git", "init", "-q", "-b", "main", NULL}, *add[] = {"git", "add", "-A", NULL};
    const char *commit[] = {"git", "commit", "-q", "-m", "Add a sample to start with", NULL};
    TRY(run_git(folder, init, e));
    TRY(run_git(folder, add, e));
    return run_git(folder, commit, e);
}

/* Built beside its final path and renamed, so that a crash leaves nothing half-made there. */
static int make_sample(const char *home, const char *folder, Arena *a, Err *e) {
    if (access(folder, F_OK) == 0) return 0;
    const char *made = arena_fmt(a, "%s/demo/.sample-%d", home, getpid()).p;
    TRY(file_mkdirs(made, 0755, e));
    TRY(write_sample(made, a, e));
    if (rename(made, folder) < 0 && access(folder, F_OK) != 0) return err_sys(e, "rename %s", folder);
    return 0;
}

SHAPE_DEFINE(DemoStarted, DEMO_STARTED);

int start_demo(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in;
    DemoStarted *out = out_;
    Arena *a = c->arena;
    const char *folder = arena_fmt(a, "%s/demo/sample", c->app->home).p;
    char claude[4096];
    if (!installed_find_claude(c->app->installed, true, claude, sizeof claude))
        return err_fail(e, ERR_MISSING_CLI,
                        "the demo's agents run Claude Code, which is not installed; install it with: %s",
                        adapter_claude.install);
    TRY(file_mkdirs(arena_fmt(a, "%s/demo/claude", c->app->home).p, 0700, e));
    TRY(file_mkdirs(arena_fmt(a, "%s/demo/tmp", c->app->home).p, 0700, e));
    TRY(make_sample(c->app->home, folder, a, e));
    out->workspace = arena_new_in(a, Workspace);
    TRY(workspace_open_or_get(c, str(folder), out->workspace, e));
    const char *url = model_url(c->app->samples);
    if (url == nowhere) return err_fail(e, ERR_PROCESS, "the scripted model did not start; the log says why");
    out->model_url = arena_str(a, str(url));
    return 0;
}
