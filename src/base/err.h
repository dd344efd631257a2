/* Errors: one closed list, one struct on the caller's stack. A text is one line of UTF-8: a newline or another control
 * character in a name that it quotes is shown as an escape (\n, \x1b), a byte that is not UTF-8 as '?'.
 *
 * A function that can fail returns int (0, or a negative ErrCode) and takes `Err *e` last. Success leaves
 * out-parameters set, failure leaves them untouched. Libraries never log; the topmost caller logs once, with
 * `where`. A condition that the caller must act on is a ret_ enum and never an Err.
 * Any thread. An Err owns nothing and needs no cleanup.
 */
#pragma once

#include <stdint.h>

/* member, wire word, HTTP status, default text */
#define ERR_LIST(E)                                                                       \
    E(ERR_INVALID, "VALIDATION_ERROR", 400, "the request is not valid")                   \
    E(ERR_UNAUTHORIZED, "UNAUTHORIZED", 401, "a token is required")                       \
    E(ERR_FORBIDDEN, "FORBIDDEN", 403, "not allowed")                                     \
    E(ERR_NOT_FOUND, "NOT_FOUND", 404, "not found")                                       \
    E(ERR_METHOD, "METHOD_NOT_ALLOWED", 405, "this method is not served here")            \
    E(ERR_CONFLICT, "CONFLICT", 409, "the current state does not allow this")             \
    E(ERR_MISSING_CLI, "MISSING_CLI", 409, "the program is not installed")                \
    E(ERR_TOO_LARGE, "PAYLOAD_TOO_LARGE", 413, "the request is too large")                \
    E(ERR_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", 415, "the body must be application/json") \
    E(ERR_MISDIRECTED, "MISDIRECTED", 421, "this host name is not served here")           \
    E(ERR_UPGRADE, "UPGRADE_REQUIRED", 426, "a WebSocket is served here")                 \
    E(ERR_RATE_LIMITED, "RATE_LIMITED", 429, "too many requests")                         \
    E(ERR_INTERNAL, "INTERNAL_ERROR", 500, "internal error")                              \
    E(ERR_GIT, "GIT_ERROR", 500, "git failed")                                            \
    E(ERR_PROCESS, "PROCESS_ERROR", 500, "a program failed")                              \
    E(ERR_NOT_IMPLEMENTED, "NOT_IMPLEMENTED", 501, "unknown method")                      \
    E(ERR_PROVIDER, "PROVIDER_ERROR", 502, "the provider failed")                         \
    E(ERR_BUSY, "BUSY", 503, "busy, try again")                                           \
    E(ERR_TIMEOUT, "TIMEOUT", 504, "took too long")                                       \
    E(ERR_DISK_FULL, "DISK_FULL", 507, "the disk is full")

#define ERR_MEMBER_(name, word, http, text) name,
typedef enum ErrCode { ERR_OK, ERR_LIST(ERR_MEMBER_) ERR_CODES } ErrCode;
#undef ERR_MEMBER_

/* One entry of the wire's `details`: a field path and what is wrong with it (or a name and a fact about it). Entries
 * with the same path form a list, wherever they are. */
typedef struct ErrDetail {
    char path[160];
    char text[160];
} ErrDetail;

enum { ERR_DETAILS_MAX = 16 };

typedef struct Err {
    ErrCode code;
    const char *where; /* "file.c:12" of the first err_fail */
    int sys_errno;     /* errno behind it, 0 if none */
    int64_t retry_s;   /* the same may succeed after so many seconds; 0 = not known */
    char text[480];    /* one sentence for a person that names what is wrong */
    unsigned n_details;
    ErrDetail details[ERR_DETAILS_MAX];
} Err;

/* Fills `e` and returns -code, so that failing takes one line. `e` may be NULL. If the format prints nothing, the text
 * is the code's default, so every error has a sentence. */
__attribute__((format(printf, 4, 5), warn_unused_result)) int err_fail_at(Err *e, ErrCode code, const char *where,
                                                                          const char *fmt, ...);
/* As err_fail_at with ": <strerror(errno)>" added; ENOSPC and EDQUOT become ERR_DISK_FULL, ENAMETOOLONG
 * ERR_INVALID. */
__attribute__((format(printf, 4, 5), warn_unused_result)) int err_sys_at(Err *e, ErrCode code, const char *where,
                                                                         const char *fmt, ...);
/* Adds one detail (dropped past ERR_DETAILS_MAX). Call it after err_fail. */
__attribute__((format(printf, 3, 4))) void err_detail(Err *e, const char *path, const char *fmt, ...);

const char *err_word(ErrCode code); /* "NOT_FOUND" */
int err_http(ErrCode code);         /* 404 */

#define ERR_STR2_(x) #x
#define ERR_STR_(x) ERR_STR2_(x)
#define err_fail(e, code, ...) err_fail_at((e), (code), __FILE__ ":" ERR_STR_(__LINE__), __VA_ARGS__)
#define err_sys(e, ...) err_sys_at((e), ERR_INTERNAL, __FILE__ ":" ERR_STR_(__LINE__), __VA_ARGS__)

/* As err_fail, where the failure is reported instead of passed up. */
#define err_set(e, code, ...)                          \
    do {                                               \
        int set_ = err_fail((e), (code), __VA_ARGS__); \
        (void)set_;                                    \
    } while (0)

/* Passes a failure up. The only macro that may hide a return; safe because locals clean themselves up. */
#define TRY(call)                  \
    do {                           \
        int try_ = (call);         \
        if (try_ < 0) return try_; \
    } while (0)
