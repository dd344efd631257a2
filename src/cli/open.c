/* `muster open`: opens a new start URL in the desktop's browser, at the page or at what it shows of one id. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text_cut.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "sys/process.h"

/* How long to wait for xdg-open to fail. It exits at once when a browser is already running or none is found. When it
 * runs the browser itself it keeps running, and the browser outlives this command. */
enum { PATIENCE_MS = 3000 };

extern char **environ;

/* Without a display xdg-open would start a text browser, which has no terminal here. BROWSER may name a usable one. */
static bool has_display(void) {
    static const char *const names[] = {"WAYLAND_DISPLAY", "DISPLAY", "BROWSER"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return true;
    }
    return false;
}

static int wait_for(int64_t pid, Err *e) {
    siginfo_t end = {0};
    CLEANUP(fd_closep) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (fd < 0 || poll(&p, 1, PATIENCE_MS) <= 0) return 0;
    if (waitid(P_PIDFD, (id_t)fd, &end, WEXITED) < 0 || (end.si_code == CLD_EXITED && end.si_status == 0)) return 0;
    if (end.si_code == CLD_EXITED) return err_fail(e, ERR_PROCESS, "xdg-open exited with code %d", end.si_status);
    return err_fail(e, ERR_PROCESS, "xdg-open was killed by signal %d", end.si_status);
}

static int open_browser(const char *url, Err *e) {
    const char *argv[] = {"xdg-open", url, NULL};
    ProcessSpec spec = {.argv = argv, .envp = (const char *const *)environ};
    int64_t pid;
    if (!has_display()) return err_fail(e, ERR_NOT_FOUND, "no display is available");
    TRY(process_spawn_detached(&spec, 0, &pid, e));
    return wait_for(pid, e);
}

/* Path and query of the page that shows what has this id. */
static int find_place(const CliContext *c, const char *id, Arena *a, Str *ret, Err *e) {
    Json *j = NULL;
    if (!id[0] || id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_")])
        return err_fail(e, ERR_INVALID, "`" STR_FMT "` is not an id", STR_ARG(text_printable(a, str(id))));
    Str target = arena_fmt(a, "/api/place?id=%s", id);
    TRY(cli_ask(c, &(CliQuestion){.op = "get_place", .target = arena_cstr(a, target)}, a, &j, e));
    *ret = json_str(j, "path");
    return 0;
}

/* A start URL whose code is redeemed at `place` instead of at /signin. */
static int make_url(const CliContext *c, const char *id, Arena *a, Str *ret, Err *e) {
    Json *j = NULL;
    Str place = {0};
    size_t path, code;
    if (id) TRY(find_place(c, id, a, &place, e));
    TRY(cli_ask(c, &(CliQuestion){.op = "create_start_code"}, a, &j, e));
    *ret = json_str(j, "url");
    if (!id || !str_find(*ret, STR("/signin"), &path) || !str_find(*ret, STR("#"), &code)) return 0;
    *ret = arena_fmt(a, STR_FMT STR_FMT STR_FMT, STR_ARG(str_upto(*ret, path)), STR_ARG(place),
                     STR_ARG(str_from(*ret, code)));
    return 0;
}

int cli_open(const CliContext *c, const char *id, bool only_prints) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str url;
    Err e = {0};
    if (make_url(c, id, a, &url, &e) < 0) return option_complain(NULL, &e);
    bool is_opened = !only_prints && open_browser(arena_cstr(a, url), &e) >= 0;
    if (is_opened)
        printf("Opened Muster in the browser. If it does not appear, `%s open --print%s%s` prints a URL to open.\n",
               c->command, id ? " " : "", id ? id : "");
    else
        printf(STR_FMT "\n", STR_ARG(url));
    if (!is_opened && !only_prints)
        fprintf(stderr, "muster: no browser was opened: %s; open the URL yourself (valid once, for 60 s)\n", e.text);
    return 0;
}
