#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"

typedef struct ErrRow {
    const char *word;
    int http;
    const char *text;
} ErrRow;

#define ERR_ROW_(name, word, http, text) [name] = {word, http, text},
static const ErrRow rows[ERR_CODES] = {[ERR_OK] = {"OK", 200, "done"}, ERR_LIST(ERR_ROW_)};

static const ErrRow *row_of(ErrCode code) {
    return (unsigned)code < COUNT_OF(rows) ? &rows[code] : &rows[ERR_INTERNAL];
}

const char *err_word(ErrCode code) { return row_of(code)->word; }

int err_http(ErrCode code) { return row_of(code)->http; }

/* The bytes that represent the character at p; *ret_step is its length in the input. */
static size_t show(const char *p, size_t *ret_step, char out[8]) {
    unsigned char c = (unsigned char)*p;
    bool is_control = c < 0x20 || c == 0x7f;
    *ret_step = is_control ? 1 : utf8_step(p, strlen(p));
    if (is_control) return (size_t)snprintf(out, 8, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\x%02x", c);
    if (!*ret_step) {
        *ret_step = 1;
        out[0] = '?';
        return 1;
    }
    memcpy(out, p, *ret_step);
    return *ret_step;
}

/* Writes as much of the line as fits, in whole characters. */
static void put_line(char *to, size_t size, const char *from) {
    size_t n = 0, step;
    char shown[8];
    for (; *from; from += step) {
        size_t len = show(from, &step, shown);
        if (n + len >= size) break;
        memcpy(to + n, shown, len);
        n += len;
    }
    to[n] = 0;
}

static void fill(Err *e, ErrCode code, const char *where, const char *fmt, va_list ap) {
    e->code = code;
    e->where = where;
    e->sys_errno = 0;
    e->retry_s = 0;
    e->n_details = 0;
    char text[sizeof e->text];
    text[0] = 0;
    if (fmt) vsnprintf(text, sizeof text, fmt, ap);
    put_line(e->text, sizeof e->text, text[0] ? text : row_of(code)->text);
}

int err_fail_at(Err *e, ErrCode code, const char *where, const char *fmt, ...) {
    if (!e) return -(int)code;
    va_list ap;
    va_start(ap, fmt);
    fill(e, code, where, fmt, ap);
    va_end(ap);
    return -(int)code;
}

int err_sys_at(Err *e, ErrCode code, const char *where, const char *fmt, ...) {
    int number = errno;
    if (number == ENOSPC || number == EDQUOT) code = ERR_DISK_FULL;
    if (number == ENAMETOOLONG) code = ERR_INVALID;
    if (!e) return -(int)code;
    va_list ap;
    va_start(ap, fmt);
    fill(e, code, where, fmt, ap);
    va_end(ap);
    e->sys_errno = number;
    char reason[128];
    size_t n = strlen(e->text);
    snprintf(e->text + n, sizeof e->text - n, ": %s", strerror_r(number, reason, sizeof reason));
    return -(int)code;
}

void err_detail(Err *e, const char *path, const char *fmt, ...) {
    if (!e || e->n_details == ERR_DETAILS_MAX) return;
    ErrDetail *d = &e->details[e->n_details++];
    char text[sizeof d->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put_line(d->path, sizeof d->path, path);
    put_line(d->text, sizeof d->text, text);
}
