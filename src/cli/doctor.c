/* `muster doctor`: checks the installation and reports what it finds. Reads only. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapter/adapter.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "cli/cli.h"
#include "core/setting.h"
#include "db/db.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/self.h"

typedef enum Finding { FINDING_OK, FINDING_NOTE, FINDING_BAD } Finding;

enum { ANSWER_MS = 10000 /* a daemon that takes longer is reported as a fault */ };

typedef struct Doctor {
    const CliContext *cli;
    Arena *arena; /* owned */
    bool has_daemon;
    int n_bad;
} Doctor;

__attribute__((format(printf, 4, 5))) static void report(Doctor *d, Finding f, const char *what, const char *fmt, ...) {
    static const char *const marks[] = {"ok  ", "note", "BAD "};
    va_list ap;
    CLEANUP(buf_done) Buf text;
    buf_init(&text, 65536);
    va_start(ap, fmt);
    buf_add_vfmt(&text, fmt, ap);
    va_end(ap);
    printf("%s  %-14s " STR_FMT "\n", marks[f], what, STR_ARG(text_printable(d->arena, buf_str(&text))));
    if (f == FINDING_BAD) d->n_bad++;
}

static void check_git(Doctor *d) {
    char path[PATH_MAX];
    if (process_find_program(STR("git"), getenv("PATH"), path, sizeof path))
        report(d, FINDING_OK, "git", "%s", path);
    else
        report(d, FINDING_BAD, "git", "not found: repositories cannot be opened; install git");
}

static const char *hold_path(Doctor *d) {
    return arena_fmt(d->arena, STR_FMT "/muster-hold", STR_ARG(self_dir(d->arena))).p;
}

static void check_hold(Doctor *d) {
    const char *path = hold_path(d);
    if (access(path, X_OK) == 0)
        report(d, FINDING_OK, "muster-hold", "%s", path);
    else
        report(d, FINDING_BAD, "muster-hold", "%s is missing: no agent can be started", path);
}

/* ---- the data folder ---- */

static const char *shell_path(Doctor *d, const char *path) { return shell_word(str(path), d->arena).p; }

static void check_mode(Doctor *d, const char *what, const char *path, const struct stat *st, const char *mode) {
    if (st->st_mode & 077)
        report(d, FINDING_BAD, what, "%s has mode %04o: others can read it; run `chmod %s %s`", path,
               st->st_mode & 07777, mode, shell_path(d, path));
    else
        report(d, FINDING_OK, what, "%s, mode %04o", path, st->st_mode & 07777);
}

/* The daemon's setting; its default when no daemon can be asked. */
static int64_t min_free_mib(Doctor *d, bool *ret_is_default) {
    const SettingDef *def = setting_def(SET_LAUNCH_MIN_FREE_MIB);
    Json *all = NULL;
    CliQuestion q = {.op = "list_settings", .timeout_ms = ANSWER_MS};
    *ret_is_default = !d->has_daemon || cli_ask(d->cli, &q, d->arena, &all, NULL) < 0;
    const Json *list = json_get(all, "settings");
    for (size_t i = 0; list && i < list->n; i++) {
        int64_t value;
        if (str_is(json_str(&list->items[i], "name"), def->name) &&
            str_parse_i64(json_str(&list->items[i], "value"), def->min, def->max, &value))
            return value;
    }
    return def->def;
}

static void check_space(Doctor *d) {
    bool is_default = false;
    int64_t least = min_free_mib(d, &is_default), free_bytes = file_free_bytes(d->cli->home);
    const char *name = setting_def(SET_LAUNCH_MIN_FREE_MIB)->name, *whose = is_default ? " by default" : "";
    if (free_bytes < 0)
        report(d, FINDING_NOTE, "free space", "cannot be read");
    else if (free_bytes < least << 20)
        report(d, FINDING_BAD, "free space", "%lld MiB: no agent is started below %lld MiB (setting %s%s)",
               (long long)(free_bytes >> 20), (long long)least, name, whose);
    else
        report(d, FINDING_OK, "free space", "%lld MiB; agents need %lld MiB (setting %s%s)",
               (long long)(free_bytes >> 20), (long long)least, name, whose);
}

static void check_home(Doctor *d) {
    struct stat st;
    const char *home = d->cli->home, *token = arena_fmt(d->arena, "%s/token", home).p;
    if (stat(home, &st) < 0) {
        report(d, FINDING_NOTE, "data folder", "%s does not exist yet; `%s serve` creates it", home, d->cli->command);
        return;
    }
    check_mode(d, "data folder", home, &st, "700");
    if (stat(token, &st) == 0) check_mode(d, "token", token, &st, "600");
    check_space(d);
}

/* ---- the daemon ---- */

/* Written by the daemon when it starts. */
static int64_t daemon_pid(const Doctor *d) {
    CLEANUP(fd_closep) int fd = open(d->cli->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(buf_done) Buf text;
    buf_init(&text, 256);
    int64_t pid = 0;
    Str word, rest = STR("");
    if (fd >= 0 && file_read(fd, "daemon", &text, NULL) >= 0) rest = str_trim(buf_str(&text));
    while (str_split(&rest, ' ', &word))
        if (str_parse_i64(word, 1, INT32_MAX, &pid)) break;
    return pid;
}

/* Checks the cgroup of the daemon, because its holds create their cgroups beside it, or of this process if there is no
 * daemon. Asks the hold, because only it knows what it needs. */
static void check_cgroup(Doctor *d) {
    int64_t pid = d->has_daemon ? daemon_pid(d) : 0;
    const char *whose = pid ? arena_fmt(d->arena, "%lld", (long long)pid).p : "self";
    const char *argv[] = {hold_path(d), "--cgroup", whose, NULL}, *envp[] = {NULL};
    ProcessSpec spec = {.argv = argv, .envp = envp, .timeout_ms = ANSWER_MS, .output_max = 65536};
    CLEANUP(process_result_done) ProcessResult r = {0};
    Err e = {0};
    if (process_run(&spec, &r, &e) < 0)
        report(d, FINDING_NOTE, "cgroup", "cannot be checked: %s", e.text);
    else if (r.exit_code == 0)
        report(d, FINDING_OK, "cgroup", "each agent gets one below " STR_FMT ", which ends all its processes at once",
               STR_ARG(str_trim(buf_str(&r.out))));
    else
        report(d, FINDING_NOTE, "cgroup", STR_FMT "; agents' processes are found by parent and environment instead",
               STR_ARG(str_trim(buf_str(&r.err))));
}

/* Reports the problems that a working daemon lists in its health. */
static void report_problems(Doctor *d, const Json *health) {
    const Json *problems = json_get(health, "problems");
    for (size_t i = 0; json_is(problems, JSON_ARRAY) && i < problems->n; i++) {
        const Json *p = &problems->items[i];
        report(d, FINDING_BAD, arena_fmt(d->arena, STR_FMT, STR_ARG(json_str(p, "check"))).p, STR_FMT,
               STR_ARG(json_str(p, "message")));
    }
}

/* A missing daemon is not a fault; one that does not answer or cannot work is. */
static void check_daemon(Doctor *d) {
    Err e = {0};
    Json *health = NULL;
    CliQuestion q = {.op = "get_health", .timeout_ms = ANSWER_MS};
    d->has_daemon = cli_ask(d->cli, &q, d->arena, &health, &e) >= 0;
    if (d->has_daemon)
        report(d, FINDING_OK, "daemon", "version " STR_FMT " is running", STR_ARG(json_str(health, "version")));
    else
        report(d, e.code == ERR_NOT_FOUND ? FINDING_NOTE : FINDING_BAD, "daemon", "%s", e.text);
    report_problems(d, health);
    d->has_daemon = d->has_daemon || e.code == ERR_BUSY;
}

/* ---- agent CLIs ---- */

/* The daemon may not have asked yet. */
static const char *version_text(Doctor *d, const char *program) {
    char version[PROCESS_VERSION_SIZE];
    if (!process_version(program, ANSWER_MS, version))
        return arena_fmt(d->arena, ", which did not report its version within %d s", ANSWER_MS / 1000).p;
    return version[0] ? arena_fmt(d->arena, ", version %s", version).p : ", which reports no version";
}

static void report_not_executable(Doctor *d, const char *what, const char *path) {
    report(d, FINDING_NOTE, what, "%s is not executable: its agents cannot be started; run `chmod +x %s`", path,
           shell_path(d, path));
}

/* Without a daemon, only looks for the programs on PATH: the setting and the logins belong to the daemon. */
static void check_cli_here(Doctor *d, const char *program) {
    char path[PATH_MAX];
    if (process_find_program(str(program), getenv("PATH"), path, sizeof path))
        report(d, FINDING_OK, program, "%s%s; start the daemon to check its login", path, version_text(d, path));
    else if (process_find_not_executable(str(program), getenv("PATH"), path, sizeof path))
        report_not_executable(d, program, path);
    else
        report(d, FINDING_NOTE, program, "not found on PATH; the daemon, when it runs, also checks its settings");
}

static void report_cli(Doctor *d, const Json *cli) {
    const char *what = arena_cstr(d->arena, json_str(cli, "program"));
    Str path = json_str(cli, "path"), version = json_str(cli, "version"), login = json_str(cli, "login");
    Str blocked = json_str(cli, "notExecutable");
    bool is_found = json_bool(cli, "found", false);
    const char *known = version.n  ? arena_fmt(d->arena, ", version " STR_FMT, STR_ARG(version)).p
                        : is_found ? version_text(d, arena_cstr(d->arena, path))
                                   : "";
    if (blocked.n)
        report_not_executable(d, what, arena_cstr(d->arena, blocked));
    else if (!is_found)
        report(d, FINDING_NOTE, what, "not found: " STR_FMT " agents cannot be started; install it with `" STR_FMT "`",
               STR_ARG(json_str(cli, "name")), STR_ARG(json_str(cli, "installCommand")));
    else if (str_is(login, "logged_out"))
        report(d, FINDING_NOTE, what, STR_FMT "%s; no login was found: run `" STR_FMT "` and log in", STR_ARG(path),
               known, STR_ARG(json_str(cli, "loginCommand")));
    else
        report(d, FINDING_OK, what, STR_FMT "%s; %s", STR_ARG(path), known,
               str_is(login, "logged_in") ? "a login was found" : "only it knows whether it is logged in");
}

/* Reports what the page shows, from the same answer. */
static void check_clis(Doctor *d) {
    Json *answer = NULL;
    CliQuestion q = {.op = "list_clis", .timeout_ms = ANSWER_MS};
    bool is_answered = d->has_daemon && cli_ask(d->cli, &q, d->arena, &answer, NULL) >= 0;
    const Json *clis = json_get(answer, "clis");
    for (size_t i = 0; json_is(clis, JSON_ARRAY) && i < clis->n; i++) report_cli(d, &clis->items[i]);
    for (const Adapter *const *ad = adapters; !is_answered && *ad; ad++)
        if ((*ad)->program) check_cli_here(d, (*ad)->program);
}

/* ---- holds ---- */

static bool is_held(const char *folder) {
    CLEANUP(fd_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool held = false;
    return fd >= 0 && file_is_locked(fd, "lock", &held, NULL) >= 0 && held;
}

static void report_hold(Doctor *d, const Json *hold) {
    Str id = json_str(hold, "launchId");
    const char *folder = arena_fmt(d->arena, "%s/streams/" STR_FMT, d->cli->home, STR_ARG(id)).p;
    Str problem = json_str(hold, "problem");
    if (problem.n) {
        report(d, FINDING_BAD, "hold", "whether " STR_FMT " is alive is not known: " STR_FMT, STR_ARG(id),
               STR_ARG(problem));
        return;
    }
    if (json_bool(hold, "isKnown", false)) return;
    if (json_bool(hold, "isAlive", false))
        report(d, FINDING_NOTE, "hold", STR_FMT " is alive but not in the store; Muster leaves it alone", STR_ARG(id));
    else
        report(d, FINDING_NOTE, "hold",
               "the launch of %s is not in the store; Muster keeps the folder, which may be all that is left of it. "
               "If you do not need it, run `rm -r %s`",
               folder, shell_path(d, folder));
}

/* Reports the holds that the daemon lists; false when it does not answer. */
static bool ask_holds(Doctor *d) {
    Json *answer = NULL;
    CliQuestion q = {.op = "list_holds", .timeout_ms = ANSWER_MS};
    if (cli_ask(d->cli, &q, d->arena, &answer, NULL) < 0) return false;
    const Json *holds = json_get(answer, "holds");
    int n_alive = 0;
    for (size_t i = 0; json_is(holds, JSON_ARRAY) && i < holds->n; i++) {
        report_hold(d, &holds->items[i]);
        n_alive += json_bool(&holds->items[i], "isAlive", false);
    }
    report(d, FINDING_OK, "holds", "%d alive", n_alive);
    return true;
}

/* Reports the living holds; counts them here when no daemon answers. */
static void check_holds(Doctor *d) {
    if (d->has_daemon && ask_holds(d)) return;
    const char *streams = arena_fmt(d->arena, "%s/streams", d->cli->home).p;
    DIR *folder = opendir(streams);
    int n = 0;
    for (struct dirent *x; folder && (x = readdir(folder));)
        n += x->d_name[0] != '.' && is_held(arena_fmt(d->arena, "%s/%s", streams, x->d_name).p);
    if (folder) closedir(folder);
    report(d, FINDING_OK, "holds", "%d alive", n);
}

/* ---- what is kept ---- */

static const Json *ask_list(Doctor *d, const CliQuestion *q, const char *field) {
    Json *answer = NULL;
    if (cli_ask(d->cli, q, d->arena, &answer, NULL) < 0) return NULL;
    const Json *list = json_get(answer, field);
    return json_is(list, JSON_ARRAY) ? list : NULL;
}

static bool has_entry(const Json *entries, Str id) {
    for (size_t i = 0; i < entries->n; i++)
        if (str_eq(json_str(&entries->items[i], "id"), id)) return true;
    return false;
}

/* Opening its repository adds it to the store again. */
static void report_unknown_entry(Doctor *d, const char *place) {
    CLEANUP(buf_done) Buf text;
    Json *manifest = NULL;
    Err e = {0};
    const char *path = arena_fmt(d->arena, "%s.json", place).p;
    buf_init(&text, 65536);
    int r = file_read(AT_FDCWD, path, &text, &e);
    if (r >= 0) r = json_parse(d->arena, arena_str(d->arena, buf_str(&text)), JSON_DEPTH_REQUEST, &manifest, &e);
    Str was = json_str(manifest, "path"), repository = json_str(manifest, "commonDir");
    if (r < 0 || !was.n || !repository.n)
        report(d, FINDING_NOTE, "trash", "%s is not in the store, and its manifest cannot be read%s%s", place,
               r < 0 ? ": " : "", r < 0 ? e.text : "");
    else
        report(d, FINDING_NOTE, "trash",
               "the worktree " STR_FMT " is at %s and not in the store; opening its repository, " STR_FMT
               ", lists it in the trash again",
               STR_ARG(was), place, STR_ARG(repository));
}

static void check_trash(Doctor *d) {
    CliQuestion q = {.op = "list_trash", .timeout_ms = ANSWER_MS};
    const Json *entries = d->has_daemon ? ask_list(d, &q, "entries") : NULL;
    const char *trash = arena_fmt(d->arena, "%s/trash", d->cli->home).p;
    CLEANUP(dir_closep) DIR *folder = entries ? opendir(trash) : NULL;
    for (struct dirent *x; folder && (x = readdir(folder));) {
        Str name = arena_str(d->arena, str(x->d_name));
        if (id_is(name, "trs") && !has_entry(entries, name))
            report_unknown_entry(d, arena_fmt(d->arena, "%s/" STR_FMT, trash, STR_ARG(name)).p);
    }
    for (size_t i = 0; entries && i < entries->n; i++)
        if (json_bool(&entries->items[i], "isGone", false))
            report(d, FINDING_NOTE, "trash",
                   "the folder of " STR_FMT ", " STR_FMT ", is gone; emptying the trash ends it",
                   STR_ARG(json_str(&entries->items[i], "name")), STR_ARG(json_str(&entries->items[i], "place")));
}

static void check_salvages_of(Doctor *d, const Json *workspace) {
    Str target =
        arena_fmt(d->arena, "/api/workspaces/" STR_FMT "/salvages?limit=5000", STR_ARG(json_str(workspace, "id")));
    CliQuestion q = {.op = "list_workspace_salvages", .target = target.p, .timeout_ms = ANSWER_MS};
    const Json *salvages = ask_list(d, &q, "salvages");
    for (size_t i = 0; salvages && i < salvages->n; i++)
        if (str_is(json_str(&salvages->items[i], "state"), "damaged"))
            report(d, FINDING_BAD, "salvages",
                   "salvage " STR_FMT " of the repository " STR_FMT " is damaged; `git fsck` there names the object",
                   STR_ARG(json_str(&salvages->items[i], "id")), STR_ARG(json_str(workspace, "path")));
}

static void check_salvages(Doctor *d) {
    CliQuestion q = {.op = "list_workspaces", .timeout_ms = ANSWER_MS};
    const Json *workspaces = d->has_daemon ? ask_list(d, &q, "workspaces") : NULL;
    for (size_t i = 0; workspaces && i < workspaces->n; i++) check_salvages_of(d, &workspaces->items[i]);
}

/* A store of another version, or one that was changed by hand, fails only at the first use of a statement. */
static void check_store(Doctor *d) {
    DbConn *store;
    Err e = {0};
    int r = db_peek(d->cli->home, &store, &e);
    if (r < 0 && e.code == ERR_NOT_FOUND) {
        report(d, FINDING_NOTE, "store", "%s", e.text);
        return;
    }
    if (r >= 0) {
        for (const Sql *const *const *table = d->cli->sql; *table && r >= 0; table++)
            r = db_check_sql(store, *table, &e);
        db_conn_close(store);
    }
    if (r >= 0)
        report(d, FINDING_OK, "store", "%s/muster.db fits this version", d->cli->home);
    else
        report(
            d, FINDING_BAD, "store",
            "%s/muster.db does not fit this version: %s; if an older version wrote it, starting the daemon migrates it",
            d->cli->home, e.text);
}

int cli_doctor(const CliContext *c) {
    static void (*const checks[])(Doctor * d) = {check_hold,   check_git,  check_daemon, check_home,  check_store,
                                                 check_cgroup, check_clis, check_holds,  check_trash, check_salvages};
    CLEANUP(arena_freep) Arena *a = arena_new();
    Doctor d = {.cli = c, .arena = a};
    printf("muster %s\n", c->version);
    for (size_t i = 0; i < COUNT_OF(checks); i++) checks[i](&d);
    return d.n_bad > 0;
}
