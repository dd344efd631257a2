/* See tail.h. */
#include "cli/tail.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "cli/follow.h"
#include "core/launchlog.h"

enum { BATCH_BYTES = 1 << 20, ESCAPE_MAX = 4096, LAUNCH_MAX = 64 };

typedef struct Tail {
    const CliContext *cli;
    const char *target;
    char launch[LAUNCH_MAX]; /* the launch whose log is read; empty: none yet */
    int inotify, watch;      /* of the launch's folder */
    int folder;              /* -1: none */
    LaunchLog *log;          /* owned; NULL: none */
    uint64_t at;
    Buf rest;      /* read but not printed: it ends inside an escape sequence or a character */
    bool is_open;  /* the last printed line is not ended yet */
    bool is_stale; /* the agent may have a newer launch */
} Tail;

/* ---- printing ---- */

/* A line that is rewritten from its start is printed as a new line. */
static Str with_line_ends(Str s, Arena *a) {
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool is_more = s.p[i] == '\r' && i + 1 < s.n && (s.p[i + 1] == '\n' || s.p[i + 1] == '\r');
        if (!is_more) out[n++] = s.p[i] == '\r' ? '\n' : s.p[i];
    }
    return str_n(out, n);
}

static void print_rest(Tail *t, bool is_end) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    size_t n = is_end || t->rest.n > ESCAPE_MAX + BATCH_BYTES ? t->rest.n : text_whole(buf_str(&t->rest));
    if (!is_end && n && t->rest.p[n - 1] == '\r') n--;
    Str text = text_printable(a, with_line_ends(str_upto(buf_str(&t->rest), n), a));
    buf_drop(&t->rest, n);
    if (!text.n) return;
    fwrite(text.p, 1, text.n, stdout);
    t->is_open = text.p[text.n - 1] != '\n';
}

/* Prints a line of Muster's own. */
static void print_note(Tail *t, const char *mark, Str text) {
    printf("%s%s " STR_FMT "\n", t->is_open ? "\n" : "", mark, STR_ARG(text));
    t->is_open = false;
}

static void print_exit(Tail *t, Str body) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    HoldExit x;
    print_rest(t, true);
    if (holdlog_exit_parse(body, &x)) print_note(t, "--", text_printable(a, x.text));
}

static void print_frame(Tail *t, const HoldFrame *f) {
    if (f->channel == HOLD_STDOUT || f->channel == HOLD_STDERR) {
        buf_add_str(&t->rest, f->bytes);
        print_rest(t, false);
    }
    if (f->channel == HOLD_EXIT) print_exit(t, f->bytes);
}

static int read_batch(Tail *t, bool *ret_more, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchBatch b;
    TRY(launchlog_read(t->log, t->at, BATCH_BYTES, a, &b, e));
    for (size_t i = 0; i < b.n; i++) print_frame(t, &b.frames[i].frame);
    t->at = b.next;
    *ret_more = b.cond == LAUNCHLOG_MORE;
    if ((b.cond != LAUNCHLOG_GAP && b.cond != LAUNCHLOG_BAD) || b.n) {
        *ret_more = *ret_more || b.cond == LAUNCHLOG_GAP || b.cond == LAUNCHLOG_BAD;
        return 0;
    }
    bool is_bad = b.cond == LAUNCHLOG_BAD;
    if (is_bad) TRY(launchlog_skip_damage(t->log, t->at, 0, &b.resume, e));
    if (b.resume == t->at) return 0; /* being written, or the end */
    print_note(t, "!",
               arena_fmt(a, "%llu bytes of output are %s", (unsigned long long)(b.resume - t->at),
                         is_bad ? "damaged" : "no longer kept"));
    t->at = b.resume;
    *ret_more = true;
    return 0;
}

static int read_log(Tail *t, Err *e) {
    for (bool more = t->log != NULL; more;) TRY(read_batch(t, &more, e));
    return 0;
}

/* ---- launches ---- */

static void close_launch(Tail *t) {
    launchlog_close(t->log);
    t->log = NULL;
    if (t->watch >= 0) inotify_rm_watch(t->inotify, t->watch);
    t->watch = -1;
    fd_closep(&t->folder);
    t->folder = -1;
    t->launch[0] = 0;
    t->at = 0;
    buf_clear(&t->rest);
}

/* Watches the folder before reading it, so that nothing is missed in between. A launch without a folder was removed or
 * is not created yet; then its status will change again. */
static int open_launch(Tail *t, Str id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *path = arena_fmt(a, "%s/streams/" STR_FMT, t->cli->home, STR_ARG(id)).p;
    t->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t->folder < 0) return 0;
    t->watch = inotify_add_watch(t->inotify, path, IN_MODIFY | IN_CREATE);
    if (t->watch < 0) return err_sys(e, "watching %s", path);
    snprintf(t->launch, sizeof t->launch, STR_FMT, STR_ARG(id));
    return launchlog_open(t->folder, &t->log, e);
}

/* While the daemon is gone, no launch starts. */
static int look_for_launch(Tail *t, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *agent = NULL;
    Err why = {0};
    if (cli_ask(t->cli, &(CliQuestion){.op = "get_agent", .target = t->target}, a, &agent, &why) < 0) {
        if (why.code == ERR_NOT_FOUND || why.code == ERR_BUSY) return 0;
        *e = why;
        return -(int)why.code;
    }
    t->is_stale = false;
    Str id = json_str(agent, "launchId");
    if (!id.n || str_is(id, t->launch)) return 0;
    TRY(read_log(t, e));
    close_launch(t);
    return open_launch(t, id, e);
}

static int on_event(void *arg, Str text UNUSED, const Json *event UNUSED, Err *e UNUSED) {
    Tail *t = arg;
    t->is_stale = true;
    return 0;
}

static int on_idle(void *arg, Err *e) {
    Tail *t = arg;
    char chunk[4096];
    while (read(t->inotify, chunk, sizeof chunk) > 0) continue;
    if (t->is_stale) TRY(look_for_launch(t, e));
    return read_log(t, e);
}

int tail_follow(const CliContext *c, const CliFollow *f, Str topic, const char *target, Err *e) {
    CLEANUP(fd_closep) int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (inotify < 0) return err_sys(e, "inotify");
    Tail t = {.cli = c, .target = target, .inotify = inotify, .watch = -1, .folder = -1, .is_stale = true};
    FollowSink sink = {.on_event = on_event, .on_idle = on_idle, .wake_fd = inotify, .arg = &t};
    buf_init(&t.rest, 2 * BATCH_BYTES);
    int r = follow_topic(c, f, topic, "[\"status\"]", &sink, e);
    print_rest(&t, true);
    close_launch(&t);
    buf_done(&t.rest);
    return r;
}
