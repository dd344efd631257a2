/* Checks of programs: our own, git, the agents' CLIs, and what runs. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapter/adapter.h"
#include "base/mem.h"
#include "base/own.h"
#include "doctor/doctor_in.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/self.h"

enum { GIT_MAJOR = 2, GIT_MINOR = 38 /* the first with `git merge-tree --write-tree` */ };

static const char *hold_path(Check *c) {
    return arena_fmt(c->arena, STR_FMT "/muster-hold", STR_ARG(self_dir(c->arena))).p;
}

void check_hold(Check *c) {
    const char *path = hold_path(c);
    if (access(path, X_OK) == 0) {
        check_say(c, DOCTOR_OK, "muster-hold", "%s", path);
        return;
    }
    check_say(c, DOCTOR_ERROR, "muster-hold", "%s is missing: no agent can be started", path);
    check_advise(c, "install Muster again: muster-hold belongs beside muster");
}

static bool is_old_git(const char *version) {
    int major = 0, minor = 0;
    return sscanf(version, "%d.%d", &major, &minor) == 2 &&
           (major < GIT_MAJOR || (major == GIT_MAJOR && minor < GIT_MINOR));
}

void check_git(Check *c) {
    char path[PATH_MAX], version[PROCESS_VERSION_SIZE];
    if (!process_find_program(STR("git"), getenv("PATH"), path, sizeof path)) {
        check_say(c, DOCTOR_ERROR, "git", "not found: repositories cannot be opened");
        check_advise(c, "install git");
    } else if (!process_version(path, check_left_ms(c), version)) {
        check_say(c, DOCTOR_ERROR, "git", "%s does not report its version", path);
        check_advise(c, "run `git --version` to see what it waits for");
    } else if (is_old_git(version)) {
        check_say(c, DOCTOR_WARNING, "git", "%s, version %s: merges need %d.%d or later", path, version, GIT_MAJOR,
                  GIT_MINOR);
        check_advise(c, "install a newer git");
    } else {
        check_say(c, DOCTOR_OK, "git", "%s, version %s", path, version);
    }
}

/* --- the daemon --- */

/* A missing daemon is not a fault; one that does not answer or cannot work is. Its other problems have rows of their own. */
void check_daemon(Check *c) {
    Err e = c->place->absence;
    Json *health = NULL;
    bool is_well = check_ask(c, "get_health", &health, &e);
    if (is_well) {
        check_say(c, DOCTOR_OK, "daemon", "version " STR_FMT " is running", STR_ARG(json_str(health, "version")));
    } else {
        check_say(c, e.code == ERR_NOT_FOUND && !c->place->ask ? DOCTOR_WARNING : DOCTOR_ERROR, "daemon", "%s", e.text);
    }
    const Json *problems = json_get(health, "problems");
    for (size_t i = 0; json_is(problems, JSON_ARRAY) && i < problems->n; i++)
        check_say(c, DOCTOR_ERROR, arena_cstr(c->arena, json_str(&problems->items[i], "check")), STR_FMT,
                  STR_ARG(json_str(&problems->items[i], "message")));
}

/* The holds of the daemon create their cgroups beside its own, or beside this process if there is no daemon. Asks the hold,
 * because only it knows what it needs. */
void check_cgroup(Check *c) {
    const char *argv[] = {hold_path(c), "--cgroup", "self", NULL}, *envp[] = {NULL};
    ProcessSpec spec = {.argv = argv, .envp = envp, .timeout_ms = check_left_ms(c), .output_max = 65536};
    CLEANUP(process_result_done) ProcessResult r = {0};
    Err e = {0};
    if (process_run(&spec, &r, &e) < 0) {
        check_say(c, DOCTOR_WARNING, "cgroup", "cannot be checked: %s", e.text);
        return;
    }
    Str where = str_trim(buf_str(&r.out));
    if (r.exit_code == 0)
        check_say(c, DOCTOR_OK, "cgroup", "each agent gets one below " STR_FMT ", which ends all its processes at once",
                  STR_ARG(where));
    else
        check_say(c, DOCTOR_WARNING, "cgroup",
                  STR_FMT "; agents' processes are found by parent and environment instead",
                  STR_ARG(str_trim(buf_str(&r.err))));
}

/* --- agent CLIs --- */

/* The daemon may not have asked yet. *ret_known: it reports a version. */
static const char *version_text(Check *c, const char *program, bool *ret_known) {
    char version[PROCESS_VERSION_SIZE];
    int64_t ms = check_left_ms(c);
    bool is_in_time = process_version(program, ms, version);
    *ret_known = version[0] != 0;
    if (!is_in_time)
        return arena_fmt(c->arena, ", which did not report its version within %lld s", (long long)(ms + 999) / 1000).p;
    return version[0] ? arena_fmt(c->arena, ", version %s", version).p : ", which reports no version";
}

static void say_other_program(Check *c, const char *title, const char *path, const char *text) {
    check_say(c, DOCTOR_WARNING, title, "%s%s: it may be another program of that name", path, text);
    check_advise(c, "run `" STR_FMT " --version`", STR_ARG(shell_word(str(path), c->arena)));
}

static void say_not_executable(Check *c, const char *title, const char *path) {
    check_say(c, DOCTOR_WARNING, title, "%s is not executable: its agents cannot be started", path);
    check_advise(c, "run `chmod +x " STR_FMT "`", STR_ARG(shell_word(str(path), c->arena)));
}

/* Without a daemon, only looks for the programs on PATH: the setting and the logins belong to the daemon. */
static void check_cli_here(Check *c, const char *program) {
    char path[PATH_MAX];
    if (process_find_program(str(program), getenv("PATH"), path, sizeof path)) {
        bool is_known;
        const char *text = version_text(c, path, &is_known);
        if (!is_known) {
            say_other_program(c, program, path, text);
            return;
        }
        check_say(c, DOCTOR_OK, program, "%s%s", path, text);
        check_advise(c, "start the daemon to check its login");
    } else if (process_find_not_executable(str(program), getenv("PATH"), path, sizeof path)) {
        say_not_executable(c, program, path);
    } else {
        check_say(c, DOCTOR_WARNING, program, "not found on PATH");
        check_advise(c, "the daemon, when it runs, also checks its settings");
    }
}

static void say_cli_found(Check *c, const Json *cli, const char *title) {
    Str path = json_str(cli, "path"), version = json_str(cli, "version"), login = json_str(cli, "login");
    bool is_known = version.n > 0;
    const char *known = is_known ? arena_fmt(c->arena, ", version " STR_FMT, STR_ARG(version)).p
                                 : version_text(c, arena_cstr(c->arena, path), &is_known);
    if (!is_known) {
        say_other_program(c, title, arena_cstr(c->arena, path), known);
        return;
    }
    if (str_is(login, "logged_out")) {
        check_say(c, DOCTOR_WARNING, title, STR_FMT "%s; no login was found", STR_ARG(path), known);
        check_advise(c, "run `" STR_FMT "` and log in", STR_ARG(json_str(cli, "loginCommand")));
        return;
    }
    check_say(c, DOCTOR_OK, title, STR_FMT "%s; %s", STR_ARG(path), known,
              str_is(login, "logged_in") ? "a login was found" : "only it knows whether it is logged in");
}

static void say_cli(Check *c, const Json *cli) {
    const char *title = arena_cstr(c->arena, json_str(cli, "program"));
    Str blocked = json_str(cli, "notExecutable");
    if (blocked.n) {
        say_not_executable(c, title, arena_cstr(c->arena, blocked));
    } else if (json_bool(cli, "found", false)) {
        say_cli_found(c, cli, title);
    } else {
        check_say(c, DOCTOR_WARNING, title, "not found: " STR_FMT " agents cannot be started",
                  STR_ARG(json_str(cli, "name")));
        check_advise(c, "install it with `" STR_FMT "`", STR_ARG(json_str(cli, "installCommand")));
    }
}

/* Says what the page shows, from the same answer. */
void check_clis(Check *c) {
    const Json *clis = check_ask_list(c, "list_clis", "", "clis");
    for (size_t i = 0; clis && i < clis->n; i++) say_cli(c, &clis->items[i]);
    for (const Adapter *const *ad = adapters; !clis && *ad; ad++)
        if ((*ad)->program) check_cli_here(c, (*ad)->program);
}

/* --- holds --- */

static bool is_held(const char *folder) {
    CLEANUP(fd_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool held = false;
    return fd >= 0 && file_is_locked(fd, "lock", &held, NULL) >= 0 && held;
}

static void say_hold(Check *c, const Json *hold) {
    Str id = json_str(hold, "launchId"), problem = json_str(hold, "problem");
    const char *folder = arena_fmt(c->arena, "%s/streams/" STR_FMT, c->place->home, STR_ARG(id)).p;
    if (problem.n) {
        check_say(c, DOCTOR_ERROR, "hold", "whether " STR_FMT " is alive is not known: " STR_FMT, STR_ARG(id),
                  STR_ARG(problem));
    } else if (json_bool(hold, "isKnown", false)) {
        return;
    } else if (json_bool(hold, "isAlive", false)) {
        check_say(c, DOCTOR_WARNING, "hold", STR_FMT " is alive but not in the store; Muster leaves it alone",
                  STR_ARG(id));
    } else {
        check_say(c, DOCTOR_WARNING, "hold",
                  "the launch of %s is not in the store; Muster keeps the folder, which may be all that is left of it",
                  folder);
        check_advise(c, "if you do not need it, run `rm -r " STR_FMT "`", STR_ARG(shell_word(str(folder), c->arena)));
    }
}

/* Counts the living holds here when no daemon answers. */
void check_holds(Check *c) {
    const Json *holds = check_ask_list(c, "list_holds", "", "holds");
    const char *streams = arena_fmt(c->arena, "%s/streams", c->place->home).p;
    int n = 0;
    for (size_t i = 0; holds && i < holds->n; i++) {
        say_hold(c, &holds->items[i]);
        n += json_bool(&holds->items[i], "isAlive", false);
    }
    CLEANUP(dir_closep) DIR *folder = holds ? NULL : opendir(streams);
    for (struct dirent *x; folder && (x = readdir(folder));)
        n += x->d_name[0] != '.' && is_held(arena_fmt(c->arena, "%s/%s", streams, x->d_name).p);
    check_say(c, DOCTOR_OK, "holds", "%d alive", n);
}

/* --- what later versions use --- */

void check_sandbox(Check *c) {
    char path[PATH_MAX], version[PROCESS_VERSION_SIZE] = "";
    int64_t spaces = check_read_i64(c, "/proc/sys/user/max_user_namespaces");
    const char *may = spaces == 0 ? "; the kernel allows no user namespaces" : "";
    if (!process_find_program(STR("bwrap"), getenv("PATH"), path, sizeof path)) {
        check_say(c, DOCTOR_SKIPPED, "sandbox",
                  "the program bwrap (bubblewrap) is not installed, and nothing needs it yet%s", may);
        return;
    }
    (void)process_version(path, check_left_ms(c), version);
    check_say(c, spaces == 0 ? DOCTOR_WARNING : DOCTOR_OK, "sandbox", "%s%s%s%s", path, version[0] ? ", version " : "",
              version, may);
}
