/* Every recording yields the events that were reviewed for it, also when each line is read by another process.
 *
 * An expectation is changed by hand, after the output of `adapter-replay ADAPTER RECORDING` was reviewed. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapter/adapters.h"
#include "adapter/replay.h"
#include "base/mem.h"
#include "base/test.h"

enum { FILE_MAX = 16 * 1024 * 1024, SAVED_MAX = 2 * ADAPTER_STATE_MAX };

static bool read_file(const char *path, Buf *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    char chunk[65536];
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0;) buf_add(out, chunk, (size_t)n);
    close(fd);
    return !out->failed;
}

static void read_path(const char *path, Buf *out) {
    if (!read_file(path, out)) test_fail(__FILE__, __LINE__, "cannot read %s", path);
}

/* The first line at which two lists of events differ, so that a failure names it. */
static void check_same(const char *what, const char *path, Str got, Str want) {
    Str g, w;
    for (int line = 1; got.n || want.n; line++) {
        bool has_g = str_split(&got, '\n', &g), has_w = str_split(&want, '\n', &w);
        if (!has_g) g = STR("(nothing)");
        if (!has_w) w = STR("(nothing)");
        if (!str_eq(g, w))
            test_fail(__FILE__, __LINE__, "%s: %s, line %d\n  got    " STR_FMT "\n  wanted " STR_FMT, path, what, line,
                      STR_ARG(g), STR_ARG(w));
    }
}

typedef struct Case {
    char path[512], events_path[512];
    Arena *arena;
    Buf file, events;
    const Adapter *adapter;
    Replay recording;
} Case;

static void case_open(Case *c, const Adapter *adapter, const char *path) {
    Err e = {0};
    *c = (Case){.arena = arena_new(), .adapter = adapter};
    buf_init(&c->file, FILE_MAX);
    buf_init(&c->events, FILE_MAX);
    snprintf(c->path, sizeof c->path, "%s", path);
    snprintf(c->events_path, sizeof c->events_path, "%.*s.events.jsonl", (int)(strlen(path) - strlen(".jsonl")), path);
    read_path(c->path, &c->file);
    read_path(c->events_path, &c->events);
    CHECK_OK(replay_parse(buf_str(&c->file), c->arena, &c->recording, &e), e);
}

static void case_done(Case *c) {
    arena_free(c->arena);
    buf_done(&c->file);
    buf_done(&c->events);
}

typedef struct Each {
    void (*check)(Case *c);
    size_t n[16]; /* of each adapter, in the order of the table */
} Each;

static void on_recording(void *arg, const Adapter *adapter, const char *path) {
    Each *x = arg;
    Case c;
    case_open(&c, adapter, path);
    if (x->check) x->check(&c);
    case_done(&c);
    for (size_t i = 0; adapters[i]; i++) x->n[i] += adapters[i] == adapter;
}

/* Bytes of a pty are not events: there is nothing to record. */
static void each_recording(void (*check)(Case *c)) {
    Each x = {.check = check};
    Err e = {0};
    CHECK_OK(replay_each(RECORDINGS, on_recording, &x, &e), e);
    for (size_t i = 0; adapters[i]; i++)
        if (!x.n[i] && !(adapters[i]->caps & ADAPTER_PTY))
            test_fail(__FILE__, __LINE__, "the adapter %s has no recordings", adapters[i]->name);
}

static void check_whole(Case *c) {
    ReplayRun r;
    replay_begin(&r, c->adapter);
    for (size_t i = 0; i < c->recording.n; i++) replay_step(&r, &c->recording.items[i]);
    check_same("read as a whole", c->path, buf_str(&r.out), buf_str(&c->events));
    replay_done(&r);
}

TEST(every_recording_gives_the_reviewed_events) { each_recording(check_whole); }

/* The state is stored after each line and read again by a process that knows nothing else. */
static void check_cut_everywhere(Case *c) {
    Err e = {0};
    CLEANUP(buf_done) Buf saved, out;
    buf_init(&saved, SAVED_MAX);
    buf_init(&out, FILE_MAX);
    ReplayRun r;
    replay_begin(&r, c->adapter);
    for (size_t i = 0; i < c->recording.n; i++) {
        replay_step(&r, &c->recording.items[i]);
        buf_add_str(&out, buf_str(&r.out));
        buf_clear(&saved);
        replay_save(&r, &saved);
        CHECK(!saved.failed);
        replay_done(&r);
        CHECK_OK(replay_load(&r, c->adapter, buf_str(&saved), &e), e);
    }
    check_same("stored and read again after each line", c->path, buf_str(&out), buf_str(&c->events));
    replay_done(&r);
}

TEST(a_recording_cut_at_every_line_gives_the_same_events) { each_recording(check_cut_everywhere); }

/* One file of one cut: "state", "events" (before it) or "rest" (after it). */
typedef struct CutPath {
    char text[600];
} CutPath;

static CutPath cut_path(size_t cut, const char *what) {
    CutPath p;
    snprintf(p.text, sizeof p.text, "%s/%zu.%s", test_dir(), cut, what);
    return p;
}

static bool write_file(CutPath path, Str bytes) {
    int fd = open(path.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n;
    if (fd >= 0) close(fd);
    return written;
}

/* The first process: derives the recording and stores, after each line, what a daemon would store. */
static bool store_every_cut(const Case *c) {
    ReplayRun r;
    replay_begin(&r, c->adapter);
    bool ok = true;
    for (size_t cut = 1; ok && cut < c->recording.n; cut++) {
        CLEANUP(buf_done) Buf saved;
        buf_init(&saved, SAVED_MAX);
        replay_step(&r, &c->recording.items[cut - 1]);
        replay_save(&r, &saved);
        ok = !saved.failed && write_file(cut_path(cut, "state"), buf_str(&saved)) &&
             write_file(cut_path(cut, "events"), buf_str(&r.out));
    }
    replay_done(&r);
    return ok;
}

/* The second process: continues from what it finds in a file. */
static bool go_on_from_every_cut(const Case *c) {
    bool ok = true;
    for (size_t cut = 1; ok && cut < c->recording.n; cut++) {
        CLEANUP(buf_done) Buf saved;
        buf_init(&saved, SAVED_MAX);
        ReplayRun r;
        ok = read_file(cut_path(cut, "state").text, &saved) && replay_load(&r, c->adapter, buf_str(&saved), NULL) == 0;
        if (!ok) return false;
        for (size_t i = cut; i < c->recording.n; i++) replay_step(&r, &c->recording.items[i]);
        ok = write_file(cut_path(cut, "rest"), buf_str(&r.out));
        replay_done(&r);
    }
    return ok;
}

static void in_process(bool (*part)(const Case *c), const Case *c) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) _exit(part(c) ? 0 : 1);
    int how;
    CHECK(waitpid(pid, &how, 0) == pid);
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

static void check_two_processes(Case *c) {
    test_dir(); /* created here, so that both find it */
    in_process(store_every_cut, c);
    in_process(go_on_from_every_cut, c);
    for (size_t cut = 1; cut < c->recording.n; cut++) {
        CLEANUP(buf_done) Buf got;
        buf_init(&got, FILE_MAX);
        read_path(cut_path(cut, "events").text, &got);
        read_path(cut_path(cut, "rest").text, &got);
        check_same("in two processes", c->path, buf_str(&got), buf_str(&c->events));
    }
}

TEST(one_process_continues_where_another_stopped) { each_recording(check_two_processes); }

static bool make_folders(char *path) {
    for (char *p = path + 1; (p = strchr(p, '/')); *p++ = '/') {
        *p = '\0';
        if (mkdir(path, 0700) < 0 && access(path, F_OK) < 0) return false;
    }
    return mkdir(path, 0700) == 0;
}

/* Recordings are found automatically, so a file that would be left out must be an error. */
TEST(what_is_not_a_recording_is_found_too) {
    static const struct {
        const char *folder, *file, *why;
    } rows[] = {
        {"newcli/turns", "a.jsonl", "unknown adapter `newcli`"},
        {"claude", "a.jsonl", "is not a recording"},
        {"claude/turns", "a.txt", "is not a recording"},
        {"claude/turns", "a.events.jsonl", "there is no recording beside it"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Each x = {0};
        Err e = {0};
        size_t at;
        Str base = arena_fmt(a, "%s/case%zu", test_dir(), i);
        CHECK(make_folders(arena_cstr(a, arena_fmt(a, STR_FMT "/%s", STR_ARG(base), rows[i].folder))));
        int fd = open(arena_fmt(a, STR_FMT "/%s/%s", STR_ARG(base), rows[i].folder, rows[i].file).p,
                      O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        CHECK(fd >= 0);
        close(fd);
        CHECK_ERR(replay_each(base.p, on_recording, &x, &e), e, ERR_INVALID);
        if (!str_find(str(e.text), str(rows[i].why), &at)) test_fail(__FILE__, __LINE__, "%s", e.text);
    }
}
