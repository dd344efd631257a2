#include "sys/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

enum { MODULES_MAX = 32, LINE_MAX_BYTES = 8192, PATH_MAX_BYTES = 4096 };

typedef struct ModuleLevel {
    char module[LOG_MODULE_SIZE];
    LogLevel level;
} ModuleLevel;

/* Written by log_open before other threads start; `lock` guards the file. */
static struct {
    pthread_mutex_t lock;
    LogLevel level;
    ModuleLevel modules[MODULES_MAX];
    size_t n_modules;
    LogFormat format;
    char *path; /* owned; NULL = stderr */
    int fd;
    int64_t size, rotate_bytes;
    int rotate_keep, rotate_days;
    void (*listener)(void *arg, const Err *e, const char *text);
    void *listener_arg;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO, .fd = STDERR_FILENO};

static const char *const level_words[] = {"error", "warn", "info", "debug"};

static bool find_level(Str word, LogLevel *ret) {
    for (size_t i = 0; i < COUNT_OF(level_words); i++) {
        if (!str_is(word, level_words[i])) continue;
        *ret = (LogLevel)i;
        return true;
    }
    return false;
}

/* The linker's array of every LOG_KNOW_MODULE; weak, because a program may have none. */
extern const char __start_log_modules[][LOG_MODULE_SIZE] __attribute__((weak));
extern const char __stop_log_modules[][LOG_MODULE_SIZE] __attribute__((weak));

static size_t n_known_modules(void) { return (size_t)(__stop_log_modules - __start_log_modules); }

static bool is_known_before(Str module, size_t end) {
    for (size_t i = 0; i < end; i++)
        if (str_is(module, __start_log_modules[i])) return true;
    return false;
}

static int refuse_module(Str module, Err *e) {
    CLEANUP(buf_done) Buf known;
    buf_init(&known, sizeof e->text);
    for (size_t i = 0; i < n_known_modules(); i++)
        if (!is_known_before(str(__start_log_modules[i]), i))
            buf_add_fmt(&known, "%s%s", known.n ? ", " : "", __start_log_modules[i]);
    return err_fail(e, ERR_INVALID, "unknown log module \"" STR_FMT "\" (" STR_FMT ")", STR_ARG(str_upto(module, 64)),
                    STR_ARG(buf_str(&known)));
}

/* "info" sets the level of all modules, "net=debug" that of one. */
static int put_level(Str part, Err *e) {
    size_t at;
    LogLevel level;
    bool one = str_find(part, STR("="), &at);
    Str word = one ? str_from(part, at + 1) : part;
    if (!find_level(word, &level))
        return err_fail(e, ERR_INVALID, "\"" STR_FMT "\" is not a valid log level (error, warn, info, debug)",
                        STR_ARG(str_upto(word, 64)));
    if (!one) {
        sink.level = level;
        return 0;
    }
    Str module = str_upto(part, at);
    if (!is_known_before(module, n_known_modules())) return refuse_module(module, e);
    if (sink.n_modules == MODULES_MAX) return err_fail(e, ERR_INVALID, "at most %d log levels can be set", MODULES_MAX);
    ModuleLevel *m = &sink.modules[sink.n_modules++];
    snprintf(m->module, sizeof m->module, STR_FMT, STR_ARG(module));
    m->level = level;
    return 0;
}

static int put_levels(const char *levels, Err *e) {
    Str rest = str(levels), part;
    sink.level = LOG_INFO;
    sink.n_modules = 0;
    while (str_split(&rest, ',', &part))
        if (part.n) TRY(put_level(str_trim(part), e));
    return 0;
}

static bool old_path(int n, char out[PATH_MAX_BYTES]) {
    return snprintf(out, PATH_MAX_BYTES, "%s.%d", sink.path, n) < PATH_MAX_BYTES;
}

static int open_file(void) {
    struct stat st;
    int fd = open(sink.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    sink.size = fstat(fd, &st) == 0 ? st.st_size : 0;
    sink.fd = fd;
    return 0;
}

static void remove_aged(void) {
    char path[PATH_MAX_BYTES];
    struct stat st;
    TimeUs oldest = clock_now_us() / 1000000 - (int64_t)sink.rotate_days * 86400;
    for (int i = 1; i <= sink.rotate_keep; i++)
        if (old_path(i, path) && stat(path, &st) == 0 && st.st_mtime < oldest) unlink(path);
}

/* path -> path.1 -> path.2 ...; removes the last one. If the new file cannot be opened, as on a full disk, logging
 * continues in the old one under its new name and tries again after another rotate_bytes. */
static void rotate(void) {
    char from[PATH_MAX_BYTES], to[PATH_MAX_BYTES];
    int before = sink.fd;
    for (int i = sink.rotate_keep; i > 0; i--) {
        bool first = i == 1;
        bool fits = old_path(i, to) && (first || old_path(i - 1, from));
        if (fits) rename(first ? sink.path : from, to);
    }
    if (open_file() == 0)
        close(before);
    else
        sink.size = 0;
    remove_aged();
}

int log_open(const LogConfig *c, Err *e) {
    log_close();
    TRY(put_levels(c->levels, e));
    sink.format = c->format;
    sink.rotate_bytes = c->rotate_bytes > 0 ? c->rotate_bytes : 16 << 20;
    sink.rotate_keep = c->rotate_keep > 0 ? c->rotate_keep : 5;
    sink.rotate_days = c->rotate_days > 0 ? c->rotate_days : 14;
    if (!c->path) return 0;
    sink.path = mu_strdup(c->path);
    if (open_file() < 0) {
        int failed = err_sys(e, "cannot open the log %s", c->path);
        log_close();
        return failed;
    }
    remove_aged();
    return 0;
}

void log_close(void) {
    pthread_mutex_lock(&sink.lock);
    if (sink.fd != STDERR_FILENO) close(sink.fd);
    free(sink.path);
    sink.path = NULL;
    sink.fd = STDERR_FILENO;
    sink.format = LOG_TEXT;
    put_levels(NULL, NULL);
    pthread_mutex_unlock(&sink.lock);
}

bool log_wants(const char *module, LogLevel level) {
    for (size_t i = 0; i < sink.n_modules; i++)
        if (strcmp(sink.modules[i].module, module) == 0) return level <= sink.modules[i].level;
    return level <= sink.level;
}

static void write_line(Str line) {
    pthread_mutex_lock(&sink.lock);
    if (sink.path && sink.size && sink.size + (int64_t)line.n > sink.rotate_bytes) rotate();
    ssize_t n = write(sink.fd, line.p, line.n); /* a failure to log cannot be logged */
    if (n > 0) sink.size += n;
    pthread_mutex_unlock(&sink.lock);
}

/* One entry is one line: characters that would end it or move a terminal's cursor are shown as '?'. */
static void blank_controls(char *text) {
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F) *p = *p == '\n' || *p == '\t' ? ' ' : '?';
}

static void print_text(Buf *line, LogLevel level, const char *module, char *text) {
    char time[TIME_TEXT_MAX];
    time_print(clock_now_us(), time);
    blank_controls(text);
    buf_add_fmt(line, "%s %-5s %s: %s\n", time, level_words[level], module, text);
}

static void print_json(Buf *line, LogLevel level, const char *module, const char *text) {
    char time[TIME_TEXT_MAX];
    JsonOut o = json_out(line);
    json_begin_object(&o);
    json_kv_str(&o, "time", str_n(time, time_print(clock_now_us(), time)));
    json_kv_str(&o, "level", str(level_words[level]));
    json_kv_str(&o, "module", str(module));
    json_kv_str(&o, "text", str(text));
    json_end_object(&o);
    buf_add_c(line, '\n');
}

void log_listen(void (*fn)(void *arg, const Err *e, const char *text), void *arg) {
    sink.listener = fn;
    sink.listener_arg = arg;
}

static void write_text(LogLevel level, const char *module, char *text) {
    CLEANUP(buf_done) Buf line;
    buf_init(&line, 8 * LINE_MAX_BYTES);
    if (sink.format == LOG_JSON)
        print_json(&line, level, module, text);
    else
        print_text(&line, level, module, text);
    write_line(buf_str(&line));
}

static void put(LogLevel level, const char *module, const Err *e, char *text) {
    if (level == LOG_ERROR && sink.listener) sink.listener(sink.listener_arg, e, text);
    write_text(level, module, text);
}

void log_put(LogLevel level, const char *module, const char *fmt, ...) {
    if (!log_wants(module, level)) return;
    char text[LINE_MAX_BYTES];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put(level, module, NULL, text);
}

void log_err(LogLevel level, const char *module, const char *doing, const Err *e) {
    if (!log_wants(module, level)) return;
    char text[LINE_MAX_BYTES];
    snprintf(text, sizeof text, "%s: %s (%s at %s)", doing, e->text, err_word(e->code), e->where ? e->where : "?");
    put(level, module, e, text);
}
