#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"

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

static void fill(Err *e, ErrCode code, const char *where, const char *fmt, va_list ap) {
    e->code = code;
    e->where = where;
    e->sys_errno = 0;
    e->n_details = 0;
    vsnprintf(e->text, sizeof e->text, fmt ? fmt : row_of(code)->text, ap);
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
    snprintf(d->path, sizeof d->path, "%s", path);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(d->text, sizeof d->text, fmt, ap);
    va_end(ap);
}
