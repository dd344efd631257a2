#include "git/git.h"

#include <time.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "git/fifo.h"
#include "git/git_parse.h"
#include "git/hook_watch.h"
#include "git/index_lock.h"
#include "git/mark.h"
#include "sys/environment.h"
#include "sys/file.h"
#include "sys/path_look.h"
#include "sys/process.h"

enum {
    QUIET_MS = 30000,
    USER_MS = 600000,
    OUTPUT_MAX = 16 << 20,
    CAUSE_MAX = 200,
    DRIVERS_MAX = 1000,
    FULL_BYTES = 64 << 10
};
enum { LOCK_WAIT_MS = 2000, LOCK_STEP_MS = 50 };

typedef struct EnvPair {
    const char *name, *value;
} EnvPair;

/* The variables of a quiet call besides HOME, XDG_CONFIG_HOME and PATH. An empty GIT_ALLOW_PROTOCOL is a list that
 * allows none, and beats every protocol.<name>.allow of the configuration (git(1), "GIT_ALLOW_PROTOCOL"). */
static const EnvPair quiet_vars[] = {
    {"LC_ALL", "C"},
    {"GIT_OPTIONAL_LOCKS", "0"},
    {GIT_LOOKS, "1"},
    {"GIT_TERMINAL_PROMPT", "0"},
    {"GIT_LITERAL_PATHSPECS", "1"},
    {"GIT_ALLOW_PROTOCOL", ""},
    {"GIT_NO_LAZY_FETCH", "1"},
    {"GIT_PROTOCOL_FROM_USER", "0"},
    {"GIT_PAGER", "cat"},
    {"GIT_EDITOR", "/bin/false"},
    {"GIT_SEQUENCE_EDITOR", "/bin/false"},
    {"GIT_ASKPASS", "/bin/false"},
    {"GIT_SSH_COMMAND", "/bin/false"},
};

/* The configuration of a quiet call. Where an empty value would be run as a command, /bin/false fails closed. */
static const EnvPair quiet_config[] = {
    {"core.fsmonitor", "false"},
    {"core.hooksPath", "/dev/null"},
    {"core.sshCommand", "/bin/false"},
    {"core.pager", "cat"},
    {"core.editor", "/bin/false"},
    {"sequence.editor", "/bin/false"},
    {"core.askPass", "/bin/false"},
    {"core.alternateRefsCommand", "/bin/false"},
    {"diff.external", "/bin/false"},
    {"diff.orderFile", "/dev/null"},
    {"core.quotePath", "false"},
    {"diff.autoRefreshIndex", "true"},
    {"diff.suppressBlankEmpty", "false"},
    {"diff.ignoreSubmodules", "dirty"},
    {"interactive.diffFilter", "/bin/false"},
    {"gpg.program", "/bin/false"},
    {"gpg.openpgp.program", "/bin/false"},
    {"gpg.x509.program", "/bin/false"},
    {"gpg.ssh.program", "/bin/false"},
    {"gpg.ssh.defaultKeyCommand", "/bin/false"},
    {"log.showSignature", "false"},
    {"commit.gpgSign", "false"},
    {"tag.gpgSign", "false"},
    {"credential.helper", ""},
    {"protocol.allow", "never"},
    {"submodule.recurse", "false"},
    {"fetch.recurseSubmodules", "false"},
    {"status.submoduleSummary", "false"},
    {"gc.auto", "0"},
    {"maintenance.auto", "false"},
    {"color.ui", "false"},
    {"column.ui", "never"},
};

/* The values for a configured driver's own keys, by section. git skips a filter whose commands are empty. */
static const struct {
    const char *section, *key, *value;
} driver_keys[] = {
    {"filter", "clean", ""},
    {"filter", "smudge", ""},
    {"filter", "process", ""},
    {"filter", "required", "false"},
    {"merge", "driver", "/bin/false"},
    {"diff", "command", "/bin/false"},
    {"diff", "textconv", "/bin/false"},
};

/* Variables of a person's call besides those of environment.h; our LC_* override the user's, because messages are
 * parsed.
 */
static const char *const user_vars[] = {"GNUPGHOME", "GIT_SSH", "GIT_SSH_COMMAND", "DBUS_SESSION_BUS_ADDRESS"};
static const EnvPair user_fixed[] = {
    {"LC_ALL", "C.UTF-8"},        {"GIT_TERMINAL_PROMPT", "0"},
    {"GIT_EDITOR", "/bin/false"}, {"GIT_SEQUENCE_EDITOR", "/bin/false"},
    {"GIT_ASKPASS", ""},          {"SSH_ASKPASS_REQUIRE", "never"},
};
/* Without a terminal nobody can answer; ssh then says so at once. Not where the person chose the command. */
static const EnvPair batch_ssh = {"GIT_SSH_COMMAND", "ssh -o BatchMode=yes"};

typedef VEC(const char *) EnvVec;

static void env_put(Arena *a, EnvVec *v, const char *name, const char *value) {
    vec_push(v, arena_fmt(a, "%s=%s", name, value).p);
}

static void env_inherit(Arena *a, EnvVec *v, const char *name) {
    const char *value = getenv(name);
    if (value) env_put(a, v, name, value);
}

/* The vector as an arena array ended by NULL. */
static const char *const *env_take(Arena *a, EnvVec *v) {
    vec_push(v, NULL);
    const char **items = arena_array(a, v->n, sizeof *items);
    memcpy(items, v->items, v->n * sizeof *items);
    vec_done(v);
    return items;
}

static bool env_is_wanted(Str name) {
    for (size_t i = 0; i < COUNT_OF(user_vars); i++)
        if (str_is(name, user_vars[i])) return true;
    return environment_is_user_name(name) && !str_starts(name, STR("LC_"));
}

static const char *const *user_env(Arena *a, bool has_ssh_command) {
    EnvVec v = {0};
    for (char **p = environ; p && *p; p++) {
        if (env_is_wanted(environment_name(*p))) vec_push(&v, arena_strdup(a, *p));
    }
    for (size_t i = 0; i < COUNT_OF(user_fixed); i++) env_put(a, &v, user_fixed[i].name, user_fixed[i].value);
    bool is_chosen = has_ssh_command || getenv("GIT_SSH_COMMAND") || getenv("GIT_SSH");
    if (!is_chosen) env_put(a, &v, batch_ssh.name, batch_ssh.value);
    return env_take(a, &v);
}

static void config_put(Arena *a, EnvVec *v, int *n, const char *key, const char *value) {
    vec_push(v, arena_fmt(a, "GIT_CONFIG_KEY_%d=%s", *n, key).p);
    vec_push(v, arena_fmt(a, "GIT_CONFIG_VALUE_%d=%s", *n, value).p);
    ++*n;
}

static const char *const *quiet_env(Arena *a, const GitDriverList *drivers) {
    EnvVec v = {0};
    env_inherit(a, &v, "HOME");
    env_inherit(a, &v, "XDG_CONFIG_HOME");
    env_inherit(a, &v, "PATH");
    for (size_t i = 0; i < COUNT_OF(quiet_vars); i++) env_put(a, &v, quiet_vars[i].name, quiet_vars[i].value);
    int n = 0;
    for (size_t i = 0; i < COUNT_OF(quiet_config); i++)
        config_put(a, &v, &n, quiet_config[i].name, quiet_config[i].value);
    for (size_t d = 0; d < drivers->n; d++)
        for (size_t i = 0; i < COUNT_OF(driver_keys); i++) {
            if (!str_eq(str(drivers->items[d].section), str(driver_keys[i].section))) continue;
            Str key = arena_fmt(a, "%s." STR_FMT ".%s", driver_keys[i].section, STR_ARG(drivers->items[d].name),
                                driver_keys[i].key);
            config_put(a, &v, &n, key.p, driver_keys[i].value);
        }
    vec_push(&v, arena_fmt(a, "GIT_CONFIG_COUNT=%d", n).p);
    return env_take(a, &v);
}

static bool is_replaced(Str name, const char *const *more) {
    for (; *more; more++)
        if (str_eq(name, environment_name(*more))) return true;
    return false;
}

static const char *const *env_with(Arena *a, const char *const *env, const char *const *more) {
    EnvVec v = {0};
    if (!more) return env;
    for (; *env; env++)
        if (!is_replaced(environment_name(*env), more)) vec_push(&v, *env);
    for (; *more; more++) vec_push(&v, *more);
    return env_take(a, &v);
}

const Git *git_with(const Git *g, const char *dir, const char *const *more) {
    Git *other = arena_new_in(g->arena, Git);
    *other = *g;
    other->dir = arena_strdup(g->arena, dir);
    other->quiet_env = env_with(g->arena, g->quiet_env, more);
    return other;
}

void git_add_env(Git *g, const char *const *more) {
    g->user_env = env_with(g->arena, g->user_env, more);
    g->quiet_env = env_with(g->arena, g->quiet_env, more);
}

/* Whoever opens a handle goes on to look at files there itself, which nothing ends. */
static int check_folder(const char *dir, Err *e) {
    PathLook l = {.path = str(dir), .follows_link = true};
    paths_look(&l, 1);
    if (l.state == PATH_SILENT) return err_fail(e, ERR_TIMEOUT, "the disk of %s does not answer", dir);
    return l.is_folder ? 0 : err_fail(e, ERR_NOT_FOUND, "%s is not a folder", dir);
}

int git_open(Arena *a, const char *dir, Git **ret, Err *e) {
    TRY(check_folder(dir, e));
    Git *g = arena_new_in(a, Git);
    GitDriverList none = {0}, drivers = {0};
    *g = (Git){.arena = a, .dir = arena_strdup(a, dir), .quiet_env = quiet_env(a, &none)};
    GitOut o;
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("config", "--list", "--null", "--name-only")}, &o, e));
    TRY(git_parse_drivers(a, o.out, DRIVERS_MAX, &drivers, e));
    g->quiet_env = quiet_env(a, &drivers);
    g->user_env = user_env(a, str_find(o.out, STR("core.sshcommand"), &(size_t){0}));
    for (size_t i = 0; i < drivers.n; i++) g->has_filters |= str_eq(str(drivers.items[i].section), STR("filter"));
    *ret = g;
    return 0;
}

/* "git worktree add": the words that name the command. */
static const char *title_of(const Git *g, const GitCall *c) {
    const char *const *at = c->args;
    while (*at && (*at)[0] == '-') at += str_is(str(*at), "-c") && at[1] ? 2 : 1;
    bool has_second = *at && str_is(str(*at), "worktree") && at[1];
    return arena_fmt(g->arena, "git%s%s%s%s", *at ? " " : "", *at ? *at : "", has_second ? " " : "",
                     has_second ? at[1] : "")
        .p;
}

/* How a call runs: quietly, or as the user with an eye on the hooks. */
typedef struct Way {
    const char *const *env;
    int64_t timeout_ms; /* default */
    const HookWatch *hooks;
} Way;

typedef struct Stuck {
    const Git *git;
    const HookWatch *hooks;
    bool is_silent; /* the disk does not answer: looking for a pipe there would never end */
    Str fifo;
} Stuck;

static bool is_stuck(void *arg) {
    Stuck *s = arg;
    if (s->hooks) hook_watch_trim(s->hooks);
    s->is_silent = s->is_silent || path_look(str(s->git->dir)) == PATH_SILENT;
    return !s->is_silent && git_fifo_find(s->git->arena, s->git->dir, &s->fifo);
}

static int run(const Git *g, const GitCall *c, const Way *way, GitOut *ret, Err *e) {
    size_t n = 0;
    while (c->args[n]) n++;
    const char **argv = arena_array(g->arena, n + 2, sizeof *argv);
    argv[0] = "git";
    memcpy(argv + 1, c->args, n * sizeof *argv);
    Stuck stuck = {.git = g, .hooks = way->hooks};
    const char *const *env = env_with(g->arena, way->env, c->more_env);
    ProcessSpec spec = {.argv = argv,
                        .title = title_of(g, c),
                        .is_stuck = is_stuck,
                        .stuck_arg = &stuck,
                        .envp = way->hooks ? env_with(g->arena, env, way->hooks->env) : env,
                        .cwd = g->dir,
                        .cancel_fd = g->cancel_fd,
                        .may_outlive_us = /* what it changes must not be left half done */
                        way->env == g->user_env && !c->ends_with_us,
                        .on_err = c->on_err,
                        .on_err_arg = c->on_err_arg,
                        .silence_ms = c->silence_ms,
                        .input = c->input,
                        .timeout_ms = c->timeout_ms ? c->timeout_ms : way->timeout_ms,
                        .output_max = c->output_max ? c->output_max : OUTPUT_MAX};
    CLEANUP(process_result_done) ProcessResult r = {0};
    int run = process_run(&spec, &r, e);
    if (stuck.fifo.p)
        return err_fail(e, ERR_CONFLICT, STR_FMT " is a named pipe, on which git would wait forever; remove it",
                        STR_ARG(stuck.fifo));
    TRY(run);
    size_t out_n;
    *ret = (GitOut){.err = arena_str(g->arena, buf_str(&r.err)), .exit_code = r.exit_code, .signal = r.signal};
    ret->is_disk_full = r.exit_code != 0 && git_is_disk_full(g->dir);
    char *out = buf_take(&r.out, &out_n);
    if (out) arena_defer(g->arena, free, out);
    ret->out = out ? str_n(out, out_n) : STR("");
    return 0;
}

/* git's progress messages and hints are not the reason of a failure. */
static bool is_noise(Str line) {
    static const char *const heads[] = {"warning:", "hint:", "Preparing worktree", "Updating files:", "HEAD is now at"};
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        if (str_starts(line, str(heads[i]))) return true;
    return line.n == 0;
}

static bool cut_head(Str line, Str *ret) {
    static const char *const heads[] = {"fatal: ", "error: "};
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        if (!str_starts(line, str(heads[i]))) continue;
        *ret = str_from(line, strlen(heads[i]));
        return true;
    }
    return false;
}

/* Of a damaged object git reports first how its bytes disagree, and only then which one it is and where. */
static bool names_damage(Str err, Str *ret) {
    static const char *const names[] = {" (stored in ", "unable to read "};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str line, rest = err;
        while (str_split(&rest, '\n', &line))
            if (str_find(line, str(names[i]), &(size_t){0}) && cut_head(str_trim(line), ret)) return true;
    }
    return false;
}

/* git's own first reason without its "fatal: ". The message of a filter, a hook or a helper right before it is the
 * cause, which git itself does not know: "git-lfs: not found" before "the remote end hung up unexpectedly". */
static Str reason_of(Arena *a, Str err) {
    Str line, reason, cause = {0};
    if (names_damage(err, &reason)) return reason;
    while (str_split(&err, '\n', &line)) {
        line = str_trim(line);
        if (cut_head(line, &reason))
            return cause.n ? arena_fmt(a, STR_FMT "; " STR_FMT, STR_ARG(text_cut(cause, CAUSE_MAX)), STR_ARG(reason))
                           : reason;
        if (!is_noise(line)) cause = line;
    }
    return cause.n ? cause : STR("it gave no reason");
}

/* What any call of git may meet: errno's texts in the C locale, and git's own on a repository that is no longer usable. */
static const struct {
    const char *says;
    ErrCode code;
    const char *text;
} anywhere[] = {
    {": File name too long", ERR_INVALID, "a name is too long for the file system"}, /* the caller can shorten it */
    {"not a git repository", ERR_NOT_FOUND, "its repository is gone"},
    {"dubious ownership", ERR_FORBIDDEN, "the repository belongs to another user and is not in git's safe.directory"},
};

/* The texts of ENOSPC and EDQUOT in the C locale. */
static bool says_disk_full(Str err) {
    size_t at;
    return str_find(err, STR(": No space left on device"), &at) || str_find(err, STR(": Disk quota exceeded"), &at);
}

bool git_is_disk_full(const char *folder) {
    int64_t bytes = file_free_bytes(folder);
    return bytes >= 0 && bytes < FULL_BYTES;
}

int git_failed(const GitOut *o, const char *doing, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    bool is_full = says_disk_full(o->err);
    Str lock;
    /* A hook's words about a lock that is gone again are not this call's reason. */
    if (index_lock_find(o->err, &lock) && access(arena_cstr(a, lock), F_OK) == 0)
        return index_lock_fail(arena_cstr(a, lock), e);
    for (size_t i = 0; i < COUNT_OF(anywhere) && !is_full; i++)
        if (str_find(o->err, str(anywhere[i].says), &(size_t){0}))
            return err_fail(e, anywhere[i].code, "git could not %s: %s", doing, anywhere[i].text);
    if (is_full || o->is_disk_full)
        return err_fail(e, ERR_DISK_FULL, "git could not %s: the disk is full; " STR_FMT, doing,
                        STR_ARG(reason_of(a, o->err)));
    if (o->signal) return err_fail(e, ERR_GIT, "git could not %s: signal %d ended it", doing, o->signal);
    return err_fail(e, ERR_GIT, "git could not %s: " STR_FMT, doing, STR_ARG(reason_of(a, o->err)));
}

/* What git's commands do, in a person's words; the others are named as they are called. */
static const struct {
    const char *command, *doing;
} phrases[] = {
    {"add", "stage files"},
    {"branch", "change branches"},
    {"cat-file", "read an object"},
    {"check-ignore", "find ignored files"},
    {"checkout-index", "write files"},
    {"commit-tree", "make a commit"},
    {"config", "read or change its configuration"},
    {"diff", "compare files"},
    {"diff-index", "compare files"},
    {"diff-tree", "compare commits"},
    {"for-each-ref", "list branches"},
    {"hash-object", "store a file"},
    {"log", "read commits"},
    {"ls-files", "list files"},
    {"ls-tree", "list the files of a commit"},
    {"merge-base", "find a common commit"},
    {"merge-tree", "merge two commits"},
    {"mktree", "store a folder"},
    {"read-tree", "write the index"},
    {"rev-list", "list commits"},
    {"rev-parse", "find a commit"},
    {"status", "read the status"},
    {"symbolic-ref", "read or change a branch"},
    {"update-index", "write the index"},
    {"update-ref", "change a branch"},
    {"worktree", "read or change the list of worktrees"},
    {"write-tree", "store the index"},
};

/* "list files in /home/u/repository" */
static const char *doing_of(const Git *g, const GitCall *c) {
    for (size_t i = 0; i < COUNT_OF(phrases); i++)
        if (strcmp(phrases[i].command, c->args[0]) == 0)
            return arena_fmt(g->arena, "%s in %s", phrases[i].doing, g->dir).p;
    return arena_fmt(g->arena, "run `git %s` in %s", c->args[0], g->dir).p;
}

static int settle(const Git *g, const GitCall *c, const GitOut *o, Err *e) {
    return o->exit_code == 0 || c->any_exit ? 0 : git_failed(o, doing_of(g, c), e);
}

int git_quiet(const Git *g, const GitCall *c, GitOut *ret, Err *e) {
    GitOut o;
    TRY(run(g, c, &(Way){g->quiet_env, QUIET_MS, NULL}, &o, e));
    TRY(settle(g, c, &o, e));
    *ret = o;
    return 0;
}

/* Before the call, because a second run could repeat what the first one had done. */
static int await_index(const Git *g, Err *e) {
    GitOut o;
    const char *const *args = GIT_ARGS("rev-parse", "--path-format=absolute", "--git-path", "index.lock");
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    if (o.exit_code || !o.out.n) return 0; /* the call itself will report it */
    const char *lock = arena_cstr(g->arena, str_upto(o.out, o.out.n - 1));
    for (int waited = 0; access(lock, F_OK) == 0; waited += LOCK_STEP_MS) {
        if (waited >= LOCK_WAIT_MS) return index_lock_fail(lock, e);
        nanosleep(&(struct timespec){.tv_nsec = LOCK_STEP_MS * 1000000L}, NULL);
    }
    return 0;
}

int git_user(const Git *g, const GitCall *c, GitOut *ret, Err *e) {
    GitOut o;
    Str lock;
    HookEnd hook;
    CLEANUP(hook_watch_done) HookWatch hooks = {0};
    if (c->takes_index) TRY(await_index(g, e));
    hook_watch_open(g->arena, &hooks);
    TRY(run(g, c, &(Way){g->user_env, USER_MS, &hooks}, &o, e));
    if (hook_watch_read(&hooks, g->arena, &hook)) o.hook = hook.name, o.hook_exit = hook.exit_code;
    if (c->takes_index && o.exit_code && index_lock_find(o.err, &lock))
        return index_lock_fail(arena_cstr(g->arena, lock), e);
    TRY(settle(g, c, &o, e));
    *ret = o;
    return 0;
}
