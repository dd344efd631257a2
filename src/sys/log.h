/* The log: JSON lines or text on stderr or into a rotated file; levels by module (MUSTER_LOG=info,launch=debug).
 * Any thread. Never log a secret, a prompt or an agent's output. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef enum LogLevel { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG } LogLevel;
typedef enum LogFormat { LOG_TEXT, LOG_JSON } LogFormat;

typedef struct LogConfig {
    const char *levels; /* "info,net=debug"; NULL = info */
    LogFormat format;
    const char *path;     /* file to write and rotate; NULL = stderr */
    int64_t rotate_bytes; /* default 16 MiB */
    int rotate_keep;      /* default 5 old files */
    int rotate_days;      /* older files are removed; default 14 */
} LogConfig;

int log_open(const LogConfig *c, Err *e); /* ERR_INVALID names a bad level or an unknown module */
void log_close(void);
bool log_wants(const char *module, LogLevel level);
/* One line: time, level, module, text. */
__attribute__((format(printf, 3, 4))) void log_put(LogLevel level, const char *module, const char *fmt, ...);
/* An Err with its code and place of origin. */
void log_err(LogLevel level, const char *module, const char *doing, const Err *e);

/* Calls fn for each line of level error, on the thread that logs it, which may hold any lock;
 * `e` is NULL for a line without one. NULL: nobody listens. One listener, set while there is one thread. */
void log_listen(void (*fn)(void *arg, const Err *e, const char *text), void *arg);

/* A program knows the modules of the files linked into it: each name is in a special section, which the linker turns
 * into one array. An entry's size is a multiple of its alignment, so that the array has no gaps. */
enum { LOG_MODULE_SIZE = 16 };
#define LOG_KNOW_MODULE(variable, name) \
    static const char variable[LOG_MODULE_SIZE] __attribute__((used, aligned(1), section("log_modules"))) = name
/* Each .c file that logs defines LOG_MODULE before its includes. */
#ifdef LOG_MODULE
LOG_KNOW_MODULE(log_module_of_this_file, LOG_MODULE);
#endif
#define log_error(...) log_put(LOG_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_warn(...) log_put(LOG_WARN, LOG_MODULE, __VA_ARGS__)
#define log_info(...) log_put(LOG_INFO, LOG_MODULE, __VA_ARGS__)
#define log_debug(...)                                                                     \
    do {                                                                                   \
        if (log_wants(LOG_MODULE, LOG_DEBUG)) log_put(LOG_DEBUG, LOG_MODULE, __VA_ARGS__); \
    } while (0)
