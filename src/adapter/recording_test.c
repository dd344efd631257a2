/* Every recording gives the events that were reviewed for it, also when each line is read by another process.
 *
 * An expectation is changed by hand, after `adapter-replay claude RECORDING` was read and found true. */
#include <fcntl.h>
#include <glob.h>
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
    Replay recording;
} Case;

static void case_open(Case *c, const char *path) {
    Err e = {0};
    *c = (Case){.arena = arena_new()};
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

static void each_recording(void (*check)(Case *c)) {
    size_t n = 0;
    glob_t g = {0};
    CHECK(glob(RECORDINGS "/claude/*/*.jsonl", 0, NULL, &g) == 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        if (str_ends(str(g.gl_pathv[i]), STR(".events.jsonl"))) continue;
        Case c;
        case_open(&c, g.gl_pathv[i]);
        check(&c);
        case_done(&c);
        n++;
    }
    globfree(&g);
    CHECK(n >= 50);
}

static void check_whole(Case *c) {
    ReplayRun r;
    replay_begin(&r, &adapter_claude);
    for (size_t i = 0; i < c->recording.n; i++) replay_step(&r, &c->recording.items[i]);
    check_same("read as a whole", c->path, buf_str(&r.out), buf_str(&c->events));
    replay_done(&r);
}

TEST(every_recording_gives_the_reviewed_events) { each_recording(check_whole); }

/* The state is stored after each line and read again by something that knows nothing else. */
static void check_cut_everywhere(Case *c) {
    Err e = {0};
    CLEANUP(buf_done) Buf saved, out;
    buf_init(&saved, SAVED_MAX);
    buf_init(&out, FILE_MAX);
    ReplayRun r;
    replay_begin(&r, &adapter_claude);
    for (size_t i = 0; i < c->recording.n; i++) {
        replay_step(&r, &c->recording.items[i]);
        buf_add_str(&out, buf_str(&r.out));
        buf_clear(&saved);
        replay_save(&r, &saved);
        CHECK(!saved.failed);
        replay_done(&r);
        CHECK_OK(replay_load(&r, &adapter_claude, buf_str(&saved), &e), e);
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
    replay_begin(&r, &adapter_claude);
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

/* The second: goes on from what it finds in a file. */
static bool go_on_from_every_cut(const Case *c) {
    bool ok = true;
    for (size_t cut = 1; ok && cut < c->recording.n; cut++) {
        CLEANUP(buf_done) Buf saved;
        buf_init(&saved, SAVED_MAX);
        ReplayRun r;
        ok = read_file(cut_path(cut, "state").text, &saved) &&
             replay_load(&r, &adapter_claude, buf_str(&saved), NULL) == 0;
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
    test_dir(); /* made here, so that both find it */
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

TEST(one_process_goes_on_where_another_stopped) { each_recording(check_two_processes); }
