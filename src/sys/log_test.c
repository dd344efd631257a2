#include "sys/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/test.h"
#include "sys/file.h"

LOG_KNOW_MODULE(net, "net");
LOG_KNOW_MODULE(db, "db");
LOG_KNOW_MODULE(net_again, "net"); /* like the second file of a module */

static const char *log_path(const char *name) {
    static char path[512];
    Err e;
    char dir[500];
    snprintf(dir, sizeof dir, "%s/log-%s", test_dir(), name);
    CHECK_OK(file_remove_tree(dir, &e), e);
    CHECK_OK(file_mkdirs(dir, 0700, &e), e);
    snprintf(path, sizeof path, "%s/log", dir);
    return path;
}

static void open_log(const LogConfig *c) {
    Err e;
    CHECK_OK(log_open(c, &e), e);
}

static void read_log(const char *path, Buf *b) {
    Err e;
    buf_init(b, 1 << 20);
    CHECK_OK(file_read(AT_FDCWD, path, b, &e), e);
}

TEST(log_levels_are_chosen_by_module) {
    static const struct {
        const char *levels, *module;
        LogLevel level;
        bool wanted;
    } rows[] = {
        {NULL, "net", LOG_INFO, true},
        {NULL, "net", LOG_DEBUG, false},
        {"warn", "net", LOG_WARN, true},
        {"warn", "net", LOG_INFO, false},
        {"info,net=debug", "net", LOG_DEBUG, true},
        {"info,net=debug", "db", LOG_DEBUG, false},
        {"net=error", "net", LOG_WARN, false},
        {"net=error", "db", LOG_INFO, true},
        {" debug , db=warn ", "db", LOG_INFO, false},
        {"debug,", "db", LOG_DEBUG, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        open_log(&(LogConfig){.levels = rows[i].levels});
        if (log_wants(rows[i].module, rows[i].level) != rows[i].wanted) test_fail(__FILE__, __LINE__, "row %zu", i);
    }
    log_close();
}

TEST(log_names_a_bad_level_or_module) {
    static const struct {
        const char *levels, *text;
    } rows[] = {
        {"loud", "\"loud\" is not a valid log level (error, warn, info, debug)"},
        {"net=loud", "\"loud\" is not a valid log level (error, warn, info, debug)"},
        {"info,=debug", "unknown log module \"\" (net, db)"},
        {"NET=debug", "unknown log module \"NET\" (net, db)"},
        {"dbs=debug", "unknown log module \"dbs\" (net, db)"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e;
        CHECK_ERR(log_open(&(LogConfig){.levels = rows[i].levels}, &e), e, ERR_INVALID);
        CHECK_STR(str(e.text), rows[i].text);
    }
    Err e;
    CHECK(log_open(&(LogConfig){.path = "/no/such/folder/log"}, &e) < 0);
}

TEST(log_writes_one_line_per_entry) {
    const char *path = log_path("text");
    CLEANUP(buf_done) Buf b;
    open_log(&(LogConfig){.path = path});
    log_put(LOG_INFO, "net", "first %d\nsecond\x1B[31m", 1);
    log_put(LOG_DEBUG, "net", "not wanted");
    log_err(LOG_ERROR, "db", "opening", &(Err){.code = ERR_CONFLICT, .where = "db.c:7", .text = "it is there"});
    log_close();
    read_log(path, &b);
    Str rest = buf_str(&b), line;
    CHECK(str_split(&rest, '\n', &line));
    CHECK_STR(str_from(line, 28), "info  net: first 1 second?[31m");
    CHECK(str_split(&rest, '\n', &line));
    CHECK_STR(str_from(line, 28), "error db: opening: it is there (CONFLICT at db.c:7)");
    CHECK_STR(rest, "");
}

TEST(log_writes_json_lines) {
    const char *path = log_path("json");
    CLEANUP(buf_done) Buf b;
    CLEANUP(arena_freep) Arena *a = arena_new();
    open_log(&(LogConfig){.path = path, .format = LOG_JSON});
    log_put(LOG_WARN, "net", "a \"quoted\"\nline");
    log_close();
    read_log(path, &b);
    Json *v;
    Err e;
    CHECK_OK(json_parse(a, buf_str(&b), 2, &v, &e), e);
    CHECK_STR(json_str(v, "level"), "warn");
    CHECK_STR(json_str(v, "module"), "net");
    CHECK_STR(json_str(v, "text"), "a \"quoted\"\nline");
    TimeUs t;
    CHECK(time_parse(json_str(v, "time"), &t));
}

TEST(log_rotates_by_size_and_keeps_a_fixed_number) {
    const char *path = log_path("size");
    CLEANUP(arena_freep) Arena *a = arena_new();
    open_log(&(LogConfig){.path = path, .rotate_bytes = 200, .rotate_keep = 2});
    for (int i = 0; i < 20; i++) log_put(LOG_INFO, "net", "entry %02d ........................................", i);
    log_close();
    CLEANUP(buf_done) Buf now;
    CLEANUP(buf_done) Buf old;
    read_log(path, &now);
    read_log(arena_fmt(a, "%s.1", path).p, &old);
    CHECK(now.n <= 200 && old.n <= 200 && strstr(now.p, "entry 19") && !strstr(old.p, "entry 19"));
    CHECK(access(arena_fmt(a, "%s.2", path).p, F_OK) == 0 && access(arena_fmt(a, "%s.3", path).p, F_OK) < 0);
}

/* The standard error that every child inherits must survive a removed folder or a full disk. */
TEST(log_that_cannot_rotate_keeps_its_file_and_closes_no_other) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *dir = arena_fmt(a, "%s/rotated-away", test_dir()).p, *moved = arena_fmt(a, "%s.moved", dir).p;
    Err e;
    CHECK_OK(file_mkdirs(dir, 0700, &e), e);
    open_log(&(LogConfig){.path = arena_fmt(a, "%s/log", dir).p, .rotate_bytes = 200, .rotate_keep = 2});
    log_put(LOG_INFO, "net", "entry 00 ........................................");
    CHECK(rename(dir, moved) == 0);
    for (int i = 1; i < 20; i++) log_put(LOG_INFO, "net", "entry %02d ........................................", i);
    CHECK(fcntl(STDERR_FILENO, F_GETFD) >= 0);
    log_close();
    CLEANUP(buf_done) Buf kept;
    read_log(arena_fmt(a, "%s/log", moved).p, &kept);
    CHECK(strstr(kept.p, "entry 00") && strstr(kept.p, "entry 19"));
}

TEST(log_removes_files_that_are_too_old) {
    const char *path = log_path("age");
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *old = arena_fmt(a, "%s.1", path).p, *young = arena_fmt(a, "%s.2", path).p;
    Err e;
    CHECK_OK(file_write_atomic(AT_FDCWD, old, STR("x"), 0600, &e), e);
    CHECK_OK(file_write_atomic(AT_FDCWD, young, STR("x"), 0600, &e), e);
    struct timespec times[2] = {{.tv_sec = time(NULL) - 4 * 86400}, {.tv_sec = time(NULL) - 4 * 86400}};
    CHECK(utimensat(AT_FDCWD, old, times, 0) == 0);
    open_log(&(LogConfig){.path = path, .rotate_days = 3});
    log_close();
    CHECK(access(old, F_OK) < 0 && access(young, F_OK) == 0);
}
