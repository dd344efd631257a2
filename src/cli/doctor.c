/* `muster doctor`: looks at the installation the way a helpful colleague would. Reads only. */
#include <dirent.h>
#include <fcntl.h>
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

enum { HOLDS_BYTES_MAX = 4 << 20 };

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

static void check_program(const char *name, const char *why, Finding when_missing, const char *hint) {
    char path[4096];
    const char *search = getenv("PATH");
    if (process_find_program(str(name), search ? search : "", path, sizeof path))
        report(FINDING_OK, name, "%s", path);
    else
        report(when_missing, name, "not found: %s; %s", why, hint);
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
    report(free_bytes >= 0 && free_bytes < (512ll << 20) ? FINDING_BAD : FINDING_OK, "free space", "%lld MiB",
           (long long)(free_bytes >> 20));
}

static void check_cgroup(void) {
    char root[CGROUP_PATH_MAX];
    bool can = cgroup_root(NULL, root);
    report(can ? FINDING_OK : FINDING_NOTE, "cgroup",
           can ? "a v2 folder can be made: trees are killed and frozen by the kernel"
               : "none can be made here: trees are found by descent, limits are sampled each second");
}

static void check_daemon(const CliContext *c) {
    static const Op health = {.name = "get_health", .route = "GET /api/health"};
    CliCall call = {.op = &health, .target = "/api/health"};
    buf_init(&call.answer, 65536);
    Err e = {0};
    if (cli_call(c, &call, &e) < 0)
        report(FINDING_NOTE, "daemon", "%s", e.text);
    else
        report(call.status == 200 ? FINDING_OK : FINDING_BAD, "daemon", "answers %d: %.*s", call.status,
               STR_ARG(buf_str(&call.answer)));
    buf_done(&call.answer);
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

/* As the daemon sees them; false when it does not answer. */
static bool ask_holds(const CliContext *c) {
    static const Op list = {.name = "list_holds", .route = "GET /api/holds"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf answer;
    CliCall call = {.op = &list, .target = "/api/holds"};
    Json *j = NULL;
    int n_alive = 0;
    buf_init(&call.answer, HOLDS_BYTES_MAX);
    bool ok = cli_call(c, &call, NULL) >= 0 && call.status == 200;
    answer = call.answer;
    if (!ok || json_parse(a, buf_str(&answer), JSON_DEPTH_REQUEST, &j, NULL) < 0) return false;
    const Json *holds = json_get(j, "holds");
    for (size_t i = 0; json_is(holds, JSON_ARRAY) && i < holds->n; i++) report_hold(&holds->items[i], &n_alive);
    report(FINDING_OK, "holds", "%d alive", n_alive);
    return true;
}

/* Holds that live, counted here where no daemon can say more. */
static void check_holds(const CliContext *c) {
    if (ask_holds(c)) return;
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
    check_program("git", "repositories cannot be opened", FINDING_BAD, "install the package git");
    check_program("claude", "coding agents cannot be started", FINDING_NOTE,
                  "npm install -g @anthropic-ai/claude-code");
    check_modes(c);
    check_cgroup();
    check_holds(c);
    check_daemon(c);
    return n_bad > 0;
}
