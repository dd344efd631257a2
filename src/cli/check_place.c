/* See check_place.h. */
#include "cli/check_place.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "sys/environment.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/self.h"

enum { READY_MS = 30000, END_MS = 30000, LOOK_MS = 50, GIT_MS = 20000, LOG_MAX = 1 << 20 };

extern char **environ;

/* An interrupted check must still stop its agent, which would otherwise outlive it: signals are only read. */
static int watch_signals(CheckPlace *x, Err *e) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    x->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
    return x->signal_fd < 0 ? err_sys(e, "cannot watch for signals") : 0;
}

static int run_git(const CheckPlace *x, const char *const *argv, Err *e) {
    const char *path = getenv("PATH");
    const char *envp[] = {arena_fmt(x->arena, "PATH=%s", path ? path : "").p,
                          arena_fmt(x->arena, "HOME=%s", x->folder).p,
                          "GIT_CONFIG_NOSYSTEM=1",
                          "GIT_AUTHOR_NAME=Muster",
                          "GIT_AUTHOR_EMAIL=muster@localhost",
                          "GIT_COMMITTER_NAME=Muster",
                          "GIT_COMMITTER_EMAIL=muster@localhost",
                          NULL};
    ProcessSpec spec = {.argv = argv, .envp = envp, .cwd = x->folder, .timeout_ms = GIT_MS, .output_max = 65536};
    CLEANUP(process_result_done) ProcessResult r = {0};
    TRY(process_run(&spec, &r, e));
    if (r.exit_code == 0) return 0;
    return err_fail(e, ERR_PROCESS, "git failed: " STR_FMT, STR_ARG(text_line(x->arena, buf_str(&r.err), 300)));
}

static int make_repository(const CheckPlace *x, Err *e) {
    static const char *const init[] = {"git", "init", "--quiet", "--initial-branch=main", "repository", NULL};
    static const char *const commit[] = {"git",           "-C",      "repository",    "commit", "--quiet",
                                         "--allow-empty", "-mFirst", "--no-gpg-sign", NULL};
    TRY(run_git(x, init, e));
    return run_git(x, commit, e);
}

typedef VEC(const char *) Words;
static void words_done(Words *w) { vec_done(w); }

/* The daemon must start the program that was found: if PATH leads to another one, its folder comes first, where its
 * interpreter may be too. */
static void add_path(const CheckPlace *x, Words *v) {
    char first[4096];
    const char *path = getenv("PATH"), *name = strrchr(x->program, '/') + 1;
    bool is_first = process_find_program(str(name), path, first, sizeof first) && strcmp(first, x->program) == 0;
    int folder = is_first ? 0 : (int)(name - x->program);
    vec_push(v,
             arena_fmt(x->arena, "PATH=%.*s%s%s", folder, x->program, folder && path ? ":" : "", path ? path : "").p);
}

static bool is_replaced(const AdapterProgram *p, const char *url, Str name) {
    bool is_ours = str_starts(name, STR("MUSTER_")) || str_is(name, "PATH");
    for (size_t i = 0; url && i < ADAPTER_FACTS_MAX && p->scripted[i]; i++)
        is_ours |= str_eq(environment_name(p->scripted[i]), name);
    return is_ours;
}

/* The caller's environment without options of Muster, which belong to its own daemon, and with the scripted model. Of two
 * entries of one name a program reads the first, so none is there twice. */
static void add_environment(const CheckPlace *x, const AdapterProgram *p, const char *url, Words *v) {
    add_path(x, v);
    for (char **entry = environ; *entry; entry++)
        if (!is_replaced(p, url, environment_name(*entry))) vec_push(v, *entry);
    for (size_t i = 0; url && i < ADAPTER_FACTS_MAX && p->scripted[i]; i++) {
        Str text = str(p->scripted[i]), mark = STR("${url}");
        size_t at;
        bool has_url = str_find(text, mark, &at);
        Str before = has_url ? str_upto(text, at) : text, after = has_url ? str_from(text, at + mark.n) : (Str){0};
        vec_push(v, arena_fmt(x->arena, STR_FMT "%s" STR_FMT, STR_ARG(before), has_url ? url : "", STR_ARG(after)).p);
    }
    vec_push(v, NULL);
}

static int start_daemon(CheckPlace *x, const AdapterProgram *p, const char *url, Err *e) {
    const char *program = arena_fmt(x->arena, STR_FMT "/muster", STR_ARG(self_dir(x->arena))).p;
    const char *argv[] = {program, "serve", "--home", x->cli.home, "--port", "0", NULL};
    const char *log = arena_fmt(x->arena, "%s/log", x->folder).p;
    CLEANUP(fd_closep) int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return err_sys(e, "cannot create %s", log);
    CLEANUP(words_done) Words env = {0};
    add_environment(x, p, url, &env);
    ProcessSpec spec = {.argv = argv, .envp = env.items};
    TRY(process_spawn_detached(&spec, fd, &x->pid, e));
    x->pidfd = (int)syscall(SYS_pidfd_open, (pid_t)x->pid, 0);
    return x->pidfd < 0 ? err_sys(e, "cannot watch the daemon") : 0;
}

/* The last line of the daemon's log. */
static int explain_end(const CheckPlace *x, Err *e) {
    CLEANUP(buf_done) Buf log;
    buf_init(&log, LOG_MAX);
    Str rest = {0}, line, last = STR("it wrote no log");
    if (file_read(AT_FDCWD, arena_fmt(x->arena, "%s/log", x->folder).p, &log, NULL) >= 0) rest = buf_str(&log);
    while (str_split(&rest, '\n', &line))
        if (line.n) last = line;
    return err_fail(e, ERR_PROCESS, "the temporary daemon has ended: " STR_FMT,
                    STR_ARG(text_printable(x->arena, text_line(x->arena, last, 300))));
}

int checkplace_nap(const CheckPlace *x, int ms, Err *e) {
    struct pollfd p[] = {{.fd = x->pidfd, .events = POLLIN}, {.fd = x->signal_fd, .events = POLLIN}};
    poll(p, COUNT_OF(p), ms);
    if (p[1].revents) return err_fail(e, ERR_CONFLICT, "interrupted");
    return p[0].revents ? explain_end(x, e) : 0;
}

static int wait_ready(const CheckPlace *x, Err *e) {
    CliQuestion q = {.op = "get_health_live", .timeout_ms = 1000};
    int64_t until = clock_mono_us() + READY_MS * (int64_t)1000;
    for (Json *answer; cli_ask(&x->cli, &q, x->arena, &answer, NULL) < 0;) {
        TRY(checkplace_nap(x, LOOK_MS, e));
        if (clock_mono_us() > until)
            return err_fail(e, ERR_TIMEOUT, "the temporary daemon did not answer within %d s", READY_MS / 1000);
    }
    return 0;
}

int checkplace_ask(const CheckPlace *x, const CliQuestion *q, Json **ret, Err *e) {
    return cli_ask(&x->cli, q, x->arena, ret, e);
}

static int put_setting(const CheckPlace *x, Str name, Str value, Err *e) {
    CLEANUP(buf_done) Buf body;
    buf_init(&body, 1 << 20);
    JsonOut o = json_out(&body);
    json_begin_object(&o);
    json_kv_str(&o, "value", value);
    json_end_object(&o);
    Json *answer;
    CliQuestion q = {.op = "update_setting",
                     .target = arena_fmt(x->arena, "/api/settings/" STR_FMT, STR_ARG(name)).p,
                     .body = buf_str(&body)};
    return checkplace_ask(x, &q, &answer, e);
}

/* What decides how an agent starts is taken from the person's own daemon, if that runs. */
static int copy_settings(const CheckPlace *x, const CliContext *own, Err *e) {
    Json *answer = NULL;
    CliQuestion q = {.op = "list_settings", .timeout_ms = 5000};
    if (cli_ask(own, &q, x->arena, &answer, NULL) < 0) return 0;
    const Json *settings = json_get(answer, "settings");
    for (size_t i = 0; json_is(settings, JSON_ARRAY) && i < settings->n; i++) {
        Str name = json_str(&settings->items[i], "name");
        bool is_path = str_starts(name, STR("agent.")) && str_ends(name, STR("_path"));
        bool is_it = str_is(name, "agent.env") || is_path;
        if (is_it) TRY(put_setting(x, name, json_str(&settings->items[i], "value"), e));
    }
    return 0;
}

int checkplace_open(const CliContext *c, const AdapterProgram *p, const char *model_url, CheckPlace *ret, Err *e) {
    const char *tmp = getenv("TMPDIR");
    char *folder = arena_cstr(ret->arena, arena_fmt(ret->arena, "%s/muster-check-XXXXXX", tmp && *tmp ? tmp : "/tmp"));
    TRY(watch_signals(ret, e));
    if (!mkdtemp(folder)) return err_sys(e, "cannot create a folder %s", folder);
    ret->folder = folder;
    ret->cli = *c;
    ret->cli.home = arena_fmt(ret->arena, "%s/home", folder).p;
    TRY(make_repository(ret, e));
    TRY(start_daemon(ret, p, model_url, e));
    TRY(wait_ready(ret, e));
    TRY(put_setting(ret, STR("workspace.roots"), str(folder), e));
    return copy_settings(ret, c, e);
}

static int end_daemon(CheckPlace *x, Err *e) {
    struct pollfd p = {.fd = x->pidfd, .events = POLLIN};
    int64_t until = clock_mono_us() + END_MS * (int64_t)1000;
    kill((pid_t)x->pid, SIGTERM);
    while (poll(&p, 1, LOOK_MS) <= 0 && clock_mono_us() < until) continue;
    bool has_ended = p.revents & POLLIN;
    if (!has_ended) kill((pid_t)x->pid, SIGKILL);
    if (!has_ended) poll(&p, 1, END_MS);
    process_reap();
    fd_closep(&x->pidfd);
    x->pid = 0;
    return has_ended ? 0 : err_fail(e, ERR_TIMEOUT, "the temporary daemon did not end within %d s", END_MS / 1000);
}

int checkplace_close(CheckPlace *x, Err *e) {
    int r = x->pid ? end_daemon(x, e) : 0;
    fd_closep(&x->signal_fd);
    if (x->folder) TRY(file_remove_tree(x->folder, e));
    return r;
}
