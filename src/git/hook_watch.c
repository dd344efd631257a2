#include "git/hook_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "sys/file.h"

#define FOLDER "muster-hooks-"
enum { EVENTS_BYTES = 4 << 20, RUNNING_MAX = 32, DEPTH = 8 };

static const char *parent_folder(void) {
    const char *dir = getenv("TMPDIR");
    return dir && *dir == '/' ? dir : "/tmp";
}

void hook_watch_open(Arena *a, HookWatch *ret) {
    char *dir = arena_strdup(a, arena_fmt(a, "%s/" FOLDER "%d-XXXXXX", parent_folder(), (int)getpid()).p);
    *ret = (HookWatch){.dir = mkdtemp(dir)};
    if (!ret->dir) return;
    ret->events = arena_fmt(a, "%s/events", dir).p;
    ret->env[0] = arena_fmt(a, "GIT_TRACE2_EVENT=%s", ret->events).p;
    ret->env[1] = "GIT_TRACE2_EVENT_NESTING=1";
}

void hook_watch_trim(const HookWatch *w) {
    struct stat st;
    bool is_long = w->dir && stat(w->events, &st) == 0 && st.st_size > EVENTS_BYTES;
    if (is_long && truncate(w->events, 0) < 0) return; /* the next look tries again */
}

typedef struct Running {
    Str sid; /* of the git that runs it; child ids are its own */
    int64_t child;
    Str name;
} Running;

typedef struct Hooks {
    Running running[RUNNING_MAX];
    size_t n;
} Hooks;

/* True: it is the end of a hook that failed. */
static bool read_event(Hooks *h, const Json *j, HookEnd *ret) {
    Str event = json_str(j, "event"), sid = json_str(j, "sid"), name = json_str(j, "hook_name");
    int64_t child = json_i64(j, "child_id", -1);
    if (str_is(event, "child_start") && name.n && h->n < RUNNING_MAX) h->running[h->n++] = (Running){sid, child, name};
    if (!str_is(event, "child_exit")) return false;
    for (size_t i = 0; i < h->n; i++) {
        if (h->running[i].child != child || !str_eq(h->running[i].sid, sid)) continue;
        *ret = (HookEnd){h->running[i].name, (int)json_i64(j, "code", 0)};
        h->running[i] = h->running[--h->n];
        return ret->exit_code != 0;
    }
    return false;
}

bool hook_watch_read(const HookWatch *w, Arena *a, HookEnd *ret) {
    CLEANUP(buf_done) Buf b;
    Hooks h = {.n = 0};
    Str line;
    bool found = false;
    buf_init(&b, EVENTS_BYTES + 1);
    if (!w->dir || file_read(AT_FDCWD, w->events, &b, &(Err){0}) < 0) return false;
    for (Str rest = arena_str(a, buf_str(&b)); rest.n && str_split(&rest, '\n', &line);) {
        Json *j;
        HookEnd end;
        bool is_child = str_find(line, STR("\"event\":\"child_"), &(size_t){0});
        if (!is_child || json_parse(a, line, DEPTH, &j, &(Err){0}) < 0 || !read_event(&h, j, &end)) continue;
        *ret = end;
        found = true;
    }
    return found;
}

void hook_watch_done(HookWatch *w) {
    if (w->dir) (void)file_remove_tree(w->dir, &(Err){0});
    w->dir = NULL;
}

void hook_watch_sweep(void) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *parent = parent_folder();
    CLEANUP(dir_closep) DIR *d = opendir(parent);
    for (struct dirent *f; d && (f = readdir(d));) {
        Str rest = str(f->d_name), pid;
        int64_t n;
        struct stat st;
        if (!str_starts(rest, STR(FOLDER))) continue;
        rest = str_from(rest, sizeof FOLDER - 1);
        if (!str_split(&rest, '-', &pid) || !str_parse_i64(pid, 1, INT32_MAX, &n)) continue;
        bool is_left = kill((pid_t)n, 0) < 0 && errno == ESRCH;
        bool is_own = fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid == geteuid();
        if (is_left && is_own) (void)file_remove_tree(arena_fmt(a, "%s/%s", parent, f->d_name).p, &(Err){0});
    }
}
