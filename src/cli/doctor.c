/* `muster doctor`: looks at the installation the way a helpful colleague would. Reads only. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/own.h"
#include "cli/cli.h"
#include "sys/cgroup.h"
#include "sys/file.h"
#include "sys/process.h"

typedef enum Finding { FINDING_OK, FINDING_NOTE, FINDING_BAD } Finding;

enum { ANSWER_MAX = 4 << 20, ANSWER_MS = 10000 /* a daemon that takes longer is what the doctor is there to find */ };

static int n_bad;

__attribute__((format(printf, 3, 4))) static void report(Finding f, const char *what, const char *fmt, ...) {
    static const char *const marks[] = {"ok  ", "note", "BAD "};
    va_list ap;
    printf("%s  %-14s ", marks[f], what);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    if (f == FINDING_BAD) n_bad++;
}

static void check_git(void) {
    char path[PATH_MAX];
    if (process_find_program(STR("git"), getenv("PATH"), path, sizeof path))
        report(FINDING_OK, "git", "%s", path);
    else
        report(FINDING_BAD, "git", "not found: repositories cannot be opened; install the package git");
}

static void check_hold(void) {
    char exe[4096], path[4200];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = 0;
    char *slash = strrchr(exe, '/');
    snprintf(path, sizeof path, "%.*s/muster-hold", slash ? (int)(slash - exe) : 0, exe);
    if (access(path, X_OK) == 0)
        report(FINDING_OK, "muster-hold", "%s", path);
    else
        report(FINDING_BAD, "muster-hold", "is not beside muster (%s): no agent can be started", path);
}

static void check_modes(const CliContext *c) {
    struct stat st;
    char path[4200];
    if (stat(c->home, &st) < 0) {
        report(FINDING_NOTE, "data folder", "%s does not exist yet; the first `muster serve` makes it", c->home);
        return;
    }
    report(st.st_mode & 077 ? FINDING_BAD : FINDING_OK, "data folder", "%s, mode %04o%s", c->home, st.st_mode & 07777,
           st.st_mode & 077 ? ": others can read it; chmod 700 it" : "");
    snprintf(path, sizeof path, "%s/token", c->home);
    if (stat(path, &st) == 0)
        report(st.st_mode & 077 ? FINDING_BAD : FINDING_OK, "token", "mode %04o%s", st.st_mode & 07777,
               st.st_mode & 077 ? ": others can read it; chmod 600 it" : "");
    int64_t free_bytes = file_free_bytes(c->home);
    if (free_bytes < 0)
        report(FINDING_NOTE, "free space", "cannot be told");
    else
        report(free_bytes < (512ll << 20) ? FINDING_BAD : FINDING_OK, "free space", "%lld MiB",
               (long long)(free_bytes >> 20));
}

static void check_cgroup(void) {
    char root[CGROUP_PATH_MAX];
    bool can = cgroup_root(NULL, root);
    report(can ? FINDING_OK : FINDING_NOTE, "cgroup",
           can ? "a v2 folder can be made: trees are killed and frozen by the kernel"
               : "none can be made here: trees are found by descent, limits are sampled each second");
}

/* What the daemon answers to a GET, in the arena; NULL when that is nothing to go by. */
static const Json *ask(const CliContext *c, const char *route, Arena *a) {
    const Op op = {.name = "", .route = route};
    CliCall call = {.op = &op, .target = strchr(route, ' ') + 1, .timeout_ms = ANSWER_MS};
    Json *j = NULL;
    buf_init(&call.answer, ANSWER_MAX);
    if (cli_call(c, &call, NULL) < 0 || call.status != 200 ||
        json_parse(a, arena_str(a, buf_str(&call.answer)), JSON_DEPTH_REQUEST, &j, NULL) < 0)
        j = NULL;
    buf_done(&call.answer);
    return j;
}

/* None is no fault; one that does not answer is. */
static bool check_daemon(const CliContext *c) {
    static const Op health = {.name = "get_health", .route = "GET /api/health"};
    CliCall call = {.op = &health, .target = "/api/health", .timeout_ms = ANSWER_MS};
    buf_init(&call.answer, 65536);
    Err e = {0};
    bool answers = cli_call(c, &call, &e) >= 0;
    if (!answers)
        report(e.code == ERR_NOT_FOUND ? FINDING_NOTE : FINDING_BAD, "daemon", "%s", e.text);
    else
        report(call.status == 200 ? FINDING_OK : FINDING_BAD, "daemon", "answers %d: %.*s", call.status,
               STR_ARG(buf_str(&call.answer)));
    buf_done(&call.answer);
    return answers;
}

/* As the daemon finds it, by its own PATH and the setting; by ours where there is none. */
static void check_claude(const CliContext *c, bool has_daemon) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const Json *claude = has_daemon ? json_get(ask(c, "GET /api/system", a), "claude") : NULL;
    char path[PATH_MAX];
    bool found = claude ? json_bool(claude, "found", false)
                        : process_find_program(STR("claude"), getenv("PATH"), path, sizeof path);
    if (claude && found) snprintf(path, sizeof path, STR_FMT, STR_ARG(json_str(claude, "path")));
    if (found)
        report(FINDING_OK, "claude", "%s", path);
    else
        report(FINDING_NOTE, "claude",
               "not found: coding agents cannot be started; npm install -g @anthropic-ai/claude-code");
}

static bool is_held(const char *folder) {
    CLEANUP(fd_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool held = false;
    return fd >= 0 && file_is_locked(fd, "lock", &held, NULL) >= 0 && held;
}

static void report_hold(const Json *hold, int *n_alive) {
    bool is_alive = json_bool(hold, "isAlive", false);
    *n_alive += is_alive;
    if (json_bool(hold, "isKnown", false)) return;
    report(FINDING_NOTE, "hold", STR_FMT " %s", STR_ARG(json_str(hold, "launchId")),
           is_alive ? "lives, and no row of the store knows it: Muster leaves it alone"
                    : "left a folder that no row of the store knows: it is removed after a day");
}

/* As the daemon sees them; false when it does not say. */
static bool ask_holds(const CliContext *c) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const Json *holds = json_get(ask(c, "GET /api/holds", a), "holds");
    int n_alive = 0;
    if (!holds) return false;
    for (size_t i = 0; json_is(holds, JSON_ARRAY) && i < holds->n; i++) report_hold(&holds->items[i], &n_alive);
    report(FINDING_OK, "holds", "%d alive", n_alive);
    return true;
}

/* Holds that live, counted here where no daemon can say more. */
static void check_holds(const CliContext *c, bool has_daemon) {
    if (has_daemon && ask_holds(c)) return;
    char path[4400];
    snprintf(path, sizeof path, "%s/streams", c->home);
    DIR *d = opendir(path);
    int n = 0;
    for (struct dirent *x; d && (x = readdir(d));) {
        if (x->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/streams/%s", c->home, x->d_name);
        n += is_held(path);
    }
    if (d) closedir(d);
    report(FINDING_OK, "holds", "%d alive", n);
}

int cli_doctor(const CliContext *c) {
    printf("muster %s\n", c->version);
    check_hold();
    check_git();
    check_modes(c);
    check_cgroup();
    bool has_daemon = check_daemon(c);
    check_claude(c, has_daemon);
    check_holds(c, has_daemon);
    return n_bad > 0;
}
