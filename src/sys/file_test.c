#include "sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "sys/fault.h"
#include "sys/file_in.h"
#include "sys/process.h"

/* A new folder of this name below test_dir. */
static const char *folder(const char *name) {
    static char path[512];
    Err e;
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    CHECK_OK(file_remove_tree(path, &e), e);
    CHECK_OK(file_mkdirs(path, 0700, &e), e);
    return path;
}

static int open_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static int n_entries(const char *path) {
    DIR *d = opendir(path);
    int n = -2; /* "." and ".." */
    CHECK(d);
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

static void check_content(int dirfd, const char *path, const char *want) {
    CLEANUP(buf_done) Buf b;
    Err e;
    buf_init(&b, 1 << 20);
    CHECK_OK(file_read(dirfd, path, &b, &e), e);
    CHECK_STR(buf_str(&b), want);
}

static void put(int dirfd, const char *path, const char *text) {
    Err e;
    CHECK_OK(file_write_atomic(dirfd, path, str(text), 0600, &e), e);
}

TEST(file_reads_up_to_the_bound) {
    CLEANUP(fd_closep) int dir = open_folder(folder("read"));
    put(dir, "f", "0123456789");
    put(dir, "empty", "");
    static const struct {
        size_t max;
        int code;
    } rows[] = {{11, 0}, {10, 0}, {9, -ERR_TOO_LARGE}, {0, -ERR_TOO_LARGE}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) Buf b;
        Err e;
        buf_init(&b, rows[i].max);
        CHECK_I64(file_read(dir, "f", &b, &e), rows[i].code);
        CHECK_I64(b.n, rows[i].code ? 0 : 10);
    }
    check_content(dir, "empty", "");
    CLEANUP(buf_done) Buf b;
    Err e;
    buf_init(&b, 100);
    CHECK_ERR(file_read(dir, "none", &b, &e), e, ERR_NOT_FOUND);
    CHECK_STR(str(e.text), "cannot read none: No such file or directory");
    CHECK_ERR(file_read(dir, ".", &b, &e), e, ERR_INTERNAL);
}

/* A repository's files are not ours: a pipe among them must not block a thread. */
TEST(file_does_not_wait_for_a_pipe) {
    CLEANUP(fd_closep) int dir = open_folder(folder("pipe"));
    CHECK(mkfifoat(dir, "f", 0600) == 0);
    check_content(dir, "f", "");
    CLEANUP(fd_closep) int writer = openat(dir, "f", O_RDWR | O_CLOEXEC);
    CHECK(writer >= 0);
    CLEANUP(buf_done) Buf b;
    Err e;
    buf_init(&b, 100);
    CHECK(file_read(dir, "f", &b, &e) < 0);
}

/* Files in /proc report a size of 0. */
TEST(file_reads_files_without_a_size) {
    CLEANUP(buf_done) Buf b;
    Err e;
    buf_init(&b, 100000);
    CHECK_OK(file_read(AT_FDCWD, "/proc/self/status", &b, &e), e);
    CHECK(str_starts(buf_str(&b), STR("Name:")));
}

TEST(atomic_write_replaces_and_sets_the_mode) {
    const char *path = folder("write");
    CLEANUP(fd_closep) int dir = open_folder(path);
    struct stat st;
    Err e;
    put(dir, "f", "old");
    CHECK_OK(file_write_atomic(dir, "f", STR("new"), 0640, &e), e);
    check_content(dir, "f", "new");
    CHECK(fstatat(dir, "f", &st, 0) == 0);
    CHECK_I64(st.st_mode & 07777, 0640);
    CHECK_I64(n_entries(path), 1);
    CHECK_ERR(file_write_atomic(dir, "none/f", STR("x"), 0600, &e), e, ERR_NOT_FOUND);
}

/* Whatever call fails, the file contains the old or the new text and no temporary file is left. */
TEST(atomic_write_survives_every_failing_call) {
    const char *path = folder("faults");
    CLEANUP(fd_closep) int dir = open_folder(path);
    put(dir, "f", "old");
    int64_t failures = 0;
    size_t n_points;
    crash_points(&n_points);
    if (!n_points) return; /* a release build: no injected faults */
    for (int64_t k = 1;; k++) {
        Err e;
        fault_arm(k, "file.");
        int r = file_write_atomic(dir, "f", STR("new"), 0600, &e);
        int64_t seen = fault_seen();
        fault_arm(0, NULL);
        CHECK_I64(n_entries(path), 1);
        if (seen < k) break;
        CHECK(r < 0 && e.sys_errno == EIO);
        failures++;
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 10);
        CHECK_OK(file_read(dir, "f", &b, &e), e);
        CHECK(str_is(buf_str(&b), "old") || str_is(buf_str(&b), "new"));
        put(dir, "f", "old");
    }
    CHECK(failures >= 5); /* open, write, sync, rename, open and sync of the folder */
    check_content(dir, "f", "new");
}

TEST(folders_are_created_with_their_parents) {
    const char *path = folder("mkdirs");
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *deep = arena_fmt(a, "%s/a//b/c/", path).p;
    struct stat st;
    Err e;
    CHECK_OK(file_mkdirs(deep, 0700, &e), e);
    CHECK_OK(file_mkdirs(deep, 0700, &e), e);
    CHECK(stat(deep, &st) == 0 && S_ISDIR(st.st_mode));
    CLEANUP(fd_closep) int dir = open_folder(path);
    put(dir, "f", "x");
    CHECK_ERR(file_mkdirs(arena_fmt(a, "%s/f", path).p, 0700, &e), e, ERR_CONFLICT);
    CHECK(file_mkdirs(arena_fmt(a, "%s/f/g", path).p, 0700, &e) < 0);
}

TEST(a_tree_is_removed_without_following_links) {
    const char *path = folder("tree");
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *victim = arena_fmt(a, "%s/victim", path).p, *tree = arena_fmt(a, "%s/t", path).p;
    Err e;
    CHECK_OK(file_mkdirs(arena_fmt(a, "%s/a/b", tree).p, 0700, &e), e);
    CHECK_OK(file_mkdirs(victim, 0700, &e), e);
    put(AT_FDCWD, arena_fmt(a, "%s/kept", victim).p, "kept");
    put(AT_FDCWD, arena_fmt(a, "%s/a/f", tree).p, "x");
    CHECK(symlink(victim, arena_fmt(a, "%s/a/link", tree).p) == 0);
    CHECK(symlink("nowhere", arena_fmt(a, "%s/a/b/dangling", tree).p) == 0);
    CHECK(chmod(arena_fmt(a, "%s/a/b", tree).p, 0500) == 0);
    CHECK_OK(file_remove_tree(tree, &e), e);
    CHECK(access(tree, F_OK) < 0);
    check_content(AT_FDCWD, arena_fmt(a, "%s/kept", victim).p, "kept");
    CHECK_OK(file_remove_tree(tree, &e), e);
    const char *link = arena_fmt(a, "%s/l", path).p;
    CHECK(symlink(victim, link) == 0);
    CHECK_OK(file_remove_tree(link, &e), e);
    CHECK(access(link, F_OK) < 0 && access(victim, F_OK) == 0);
}

static void make_deep(const char *path, const char *first) {
    CLEANUP(fd_closep) int at = open_folder(path);
    for (int i = 0; i < 3000; i++) {
        const char *name = i ? "folder" : first;
        CHECK(mkdirat(at, name, 0700) == 0);
        int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(next >= 0);
        fd_closep(&at);
        at = next;
    }
}

/* Deeper than descriptors and paths allow for plain recursion; the second as an interrupted removal leaves it. */
static void run_shell(const char *script) {
    const char *const argv[] = {"sh", "-c", script, NULL}, *const envp[] = {"PATH=/usr/bin:/bin", NULL};
    CLEANUP(process_result_done) ProcessResult r = {0};
    Err e;
    CHECK_OK(process_run(&(ProcessSpec){.argv = argv, .envp = envp, .timeout_ms = 60000, .output_max = 4096}, &r, &e),
             e);
    CHECK(r.exit_code == 0);
}

TEST(what_was_changed_in_a_tree_is_found) {
    static const struct {
        const char *change;
        FileChange want;
        const char *found;
        bool is_by_content;
    } rows[] = {{":", FILE_SAME, "", false},
                {"touch .git", FILE_SAME, "", false},
                {"mv ../seen ../was; mv ../was ../seen", FILE_SAME, "", false},
                {"echo x >>a", FILE_CHANGED, "seen/a", false},
                {"echo x >d/new", FILE_CHANGED, "seen/d", false},
                {"touch -d '2001-01-01' d/e/f", FILE_TOUCHED, "seen/d/e/f", false},
                {"chmod 600 a", FILE_TOUCHED, "seen/a", false},
                {"mkdir d/.git; touch -d '2001-01-01' d/e", FILE_CHANGED, "seen/d", false},
                {"ln -f a ../name", FILE_SAME, "", false},
                {"ln -f a ../name; echo x >>../name", FILE_CHANGED, "seen/a", false},
                {"ln -f a ../name; rm ../name", FILE_TOUCHED, "seen/a", false},
                {"chmod 600 a; touch -d '2001-01-01' d/e/f", FILE_SAME, "", true},
                {"echo x >>a", FILE_CHANGED, "seen/a", true},
                {"rm a; touch -d '2001-01-01' d", FILE_SAME, "", true},
                {"rm d/e/f", FILE_CHANGED, "seen/d/e", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) Buf path;
        struct stat st;
        char script[2048], tree[512];
        buf_init(&path, 4096);
        snprintf(tree, sizeof tree, "%s/seen", test_dir());
        snprintf(script, sizeof script,
                 "cd '%s'; rm -rf seen; mkdir -p seen/d/e; cd seen; echo x | tee a .git >d/e/f; "
                 "until touch ../since; test \"$(find ../since -newer .git)\"; do :; done; "
                 "until touch ../later; test \"$(find ../later -newer ../since)\"; do :; done; %s",
                 test_dir(), rows[i].change);
        run_shell(script);
        snprintf(script, sizeof script, "%s/since", test_dir());
        CHECK(stat(script, &st) == 0);
        FileSince since = {st.st_mtim.tv_sec * 1000000ll + st.st_mtim.tv_nsec / 1000, rows[i].is_by_content, ".git"};
        FileChange is = file_tree_changed(tree, &since, &path);
        if (is != rows[i].want || !str_ends(buf_str(&path), str(rows[i].found)))
            test_fail(__FILE__, __LINE__, "%s: " STR_FMT, rows[i].change, STR_ARG(buf_str(&path)));
    }
}

TEST(a_deep_tree_is_removed) {
    static const char *const first[] = {"folder", ".muster-removing-0"};
    for (size_t i = 0; i < COUNT_OF(first); i++) {
        const char *path = folder("deep");
        Err e;
        CLEANUP(buf_done) Buf found;
        buf_init(&found, 64 << 10);
        make_deep(path, first[i]);
        CHECK_I64(file_tree_changed(path, &(FileSince){INT64_MAX, false, ""}, &found), FILE_UNREADABLE);
        CHECK(str_starts(buf_str(&found), str(path)));
        CHECK_OK(file_remove_tree(path, &e), e);
        CHECK(access(path, F_OK) < 0);
    }
}

TEST(a_lock_is_held_once) {
    CLEANUP(fd_closep) int dir = open_folder(folder("lock"));
    CLEANUP(fd_closep) int first = -1;
    CLEANUP(fd_closep) int second = -1;
    bool held, locked;
    Err e;
    CHECK_OK(file_is_locked(dir, "lock", &locked, &e), e);
    CHECK(!locked);
    CHECK_OK(file_lock(dir, "lock", &first, &held, &e), e);
    CHECK(held && first >= 0);
    CHECK_OK(file_is_locked(dir, "lock", &locked, &e), e);
    CHECK(locked);
    CHECK_OK(file_lock(dir, "lock", &second, &held, &e), e);
    CHECK(!held && second == -1);
    fd_closep(&first);
    CHECK_OK(file_is_locked(dir, "lock", &locked, &e), e);
    CHECK(!locked);
    CHECK_OK(file_lock(dir, "lock", &second, &held, &e), e);
    CHECK(held);
}

TEST(paths_are_compared_by_whole_parts) {
    static const struct {
        const char *path, *root;
        bool beneath;
    } rows[] = {{"/a/b", "/a", true}, {"/a", "/a", true},  {"/a/b", "/a/", true},
                {"/ab", "/a", false}, {"/", "/a", false},  {"/a", "/", true},
                {"/", "/", true},     {"/b", "/a", false}, {"/a", "/a/b", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (path_is_beneath(str(rows[i].path), str(rows[i].root)) != rows[i].beneath)
            test_fail(__FILE__, __LINE__, "row %zu", i);
}

TEST(the_last_part_of_a_path) {
    static const char *const rows[][2] = {{"/a/b", "b"}, {"b", "b"}, {"/a/", ""}, {"/", ""}, {"", ""}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) CHECK_STR(path_last(str(rows[i][0])), rows[i][1]);
}

TEST(real_path_resolves_links) {
    const char *path = folder("real");
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(free_p) char *root = NULL;
    CLEANUP(free_p) char *real = NULL;
    Err e;
    CHECK_OK(file_real_path(path, &root, &e), e);
    put(AT_FDCWD, arena_fmt(a, "%s/f", path).p, "x");
    CHECK(symlink("f", arena_fmt(a, "%s/link", path).p) == 0);
    CHECK_OK(file_real_path(arena_fmt(a, "%s/../real/link", path).p, &real, &e), e);
    CHECK_STR(str(real), arena_fmt(a, "%s/f", root).p);
    CHECK_ERR(file_real_path(arena_fmt(a, "%s/none", path).p, &real, &e), e, ERR_NOT_FOUND);
    CHECK(file_free_bytes(path) > 0 && file_free_bytes("/no/such/folder") == -1);
}

/* Both ways of opening beneath a root refuse paths that leave it; the walk refuses inner links too. */
TEST(opening_beneath_a_root_never_leaves_it) {
    static const struct {
        const char *path;
        int by_openat2, by_walk;
    } rows[] = {
        {"in/f", 0, 0},
        {"in/./f", 0, 0},
        {"in//f", 0, 0},
        {"in/none", ENOENT, ENOENT},
        {"inner_link", 0, ELOOP},
        {"in/../in/f", 0, EXDEV},
        {"..", EXDEV, EXDEV},
        {"in/../../secret", EXDEV, EXDEV},
        {"out_link/secret", EXDEV, ENOTDIR},
        {"secret_link", EXDEV, ELOOP},
        {"/etc/passwd", EXDEV, EXDEV},
        {"in/up_link", EXDEV, ELOOP},
    };
    const char *path = folder("beneath");
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e;
    CHECK_OK(file_mkdirs(arena_fmt(a, "%s/root/in", path).p, 0700, &e), e);
    put(AT_FDCWD, arena_fmt(a, "%s/secret", path).p, "secret");
    CLEANUP(fd_closep) int root = open_folder(arena_fmt(a, "%s/root", path).p);
    put(root, "in/f", "inside");
    CHECK(symlinkat("in/f", root, "inner_link") == 0 && symlinkat("..", root, "out_link") == 0);
    CHECK(symlinkat("../secret", root, "secret_link") == 0 && symlinkat("../../secret", root, "in/up_link") == 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(fd_closep) int fd = -1;
        int r = file_open_beneath(root, rows[i].path, O_RDONLY, 0, &fd, &e);
        int want = rows[i].by_openat2 == 0 ? 0 : rows[i].by_openat2 == ENOENT ? -ERR_NOT_FOUND : -ERR_FORBIDDEN;
        if (r != want) test_fail(__FILE__, __LINE__, "%s gave %d", rows[i].path, r);
        errno = 0;
        CLEANUP(fd_closep) int walked = file_open_by_walk(root, rows[i].path, O_RDONLY, 0);
        int walk_errno = walked >= 0 ? 0 : errno;
        if (walk_errno != rows[i].by_walk)
            test_fail(__FILE__, __LINE__, "%s by walk: errno %d", rows[i].path, walk_errno);
    }
    CLEANUP(fd_closep) int made = -1;
    CHECK_OK(file_open_beneath(root, "in/made", O_WRONLY | O_CREAT, 0640, &made, &e), e);
    CHECK(fcntl(made, F_GETFD) & FD_CLOEXEC);
}

TEST(a_path_beneath_a_folder_is_resolved) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    static const struct {
        const char *path, *want; /* NULL: it leads out */
    } cases[] = {
        {"real/file", "real/file"},
        {"in/file", "real/file"},
        {"in", "real"},
        {"real/../in/file", "real/file"},
        {"in/new", "real/new"},
        {"in/new/deep", "real/new/deep"},
        {"./in//file", "real/file"},
        {".", "."},
        {"new/./a", "new/a"},
        {"new/../../a", NULL},
        {"new/../a", NULL},
        {"out/passwd", NULL},
        {"out/new", NULL},
        {"dangling", NULL},
        {"dangling/a", NULL},
        {"../a", NULL},
        {"/etc/passwd", NULL},
        {"up/x", NULL},
    };
    const char *dir = arena_fmt(a, "%s/resolve", test_dir()).p;
    CLEANUP(fd_closep) int fd = -1;
    Err e = {0};
    CHECK_OK(file_mkdirs(arena_fmt(a, "%s/real", dir).p, 0700, &e), e);
    fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_OK(file_write_atomic(AT_FDCWD, arena_fmt(a, "%s/real/file", dir).p, STR("x"), 0600, &e), e);
    CHECK(symlinkat("real", fd, "in") == 0 && symlinkat("/etc", fd, "out") == 0);
    CHECK(symlinkat("nowhere", fd, "dangling") == 0 && symlinkat("..", fd, "up") == 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Str got = {0};
        int r = file_resolve_beneath(fd, cases[i].path, a, &got, &e);
        if (!cases[i].want) CHECK_ERR(r, e, ERR_FORBIDDEN);
        if (!cases[i].want) continue;
        CHECK_OK(r, e);
        CHECK_STR(got, cases[i].want);
    }
}

TEST(a_path_is_resolved_wherever_it_leads) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *dir = arena_fmt(a, "%s/anywhere", test_dir()).p;
    static const struct {
        const char *path, *want; /* from the folder on; NULL: over a link to nothing, or up from what does not exist */
    } cases[] = {{"in/file", "/real/file"}, {"in/new/a", "/real/new/a"}, {"out/new", "-/etc/new"},
                 {"out/../new", "-/new"},   {"/../etc", "-/etc"},        {"/nowhere/a", "-/nowhere/a"},
                 {"dangling", NULL},        {"new/../a", NULL}};
    CLEANUP(fd_closep) int fd = -1;
    Err e = {0};
    CHECK_OK(file_mkdirs(arena_fmt(a, "%s/real", dir).p, 0700, &e), e);
    fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0 && symlinkat("real", fd, "in") == 0 && symlinkat("/etc", fd, "out") == 0);
    CHECK(symlinkat("nowhere", fd, "dangling") == 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Str got = {0};
        int r = file_resolve(fd, cases[i].path, a, &got, &e);
        if (!cases[i].want) CHECK_ERR(r, e, ERR_FORBIDDEN);
        if (!cases[i].want) continue;
        bool is_whole = cases[i].want[0] == '-';
        CHECK_OK(r, e);
        CHECK_STR(got, is_whole ? cases[i].want + 1 : arena_fmt(a, "%s%s", dir, cases[i].want).p);
    }
}
