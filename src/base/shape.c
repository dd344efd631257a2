/* Names, bounds, defaults and the check for missing fields. */
#include "base/shape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/shape_in.h"

enum { WIRE_MAX = 64 };

typedef struct Bounds {
    int64_t min, max;
} Bounds;

static const Bounds default_bounds[] = {
    [FIELD_BOOL] = {0, 1},
    [FIELD_I64] = {INT64_MIN, INT64_MAX},
    [FIELD_F64] = {INT64_MIN, INT64_MAX},
    [FIELD_STR] = {0, 65536},
    [FIELD_STRS] = {0, 1024},
    [FIELD_ID] = {1, 128},
    [FIELD_TIME] = {0, INT64_MAX},
    [FIELD_ENUM] = {0, INT32_MAX},
    [FIELD_OBJ] = {0, 1},
    [FIELD_LIST] = {0, 1024},
    [FIELD_ANY] = {0, 1 << 20},
};

void field_bounds(const Field *f, int64_t *ret_min, int64_t *ret_max) {
    const Bounds *d = &default_bounds[f->kind];
    int64_t max = f->max_bytes ? f->max_bytes : f->max;
    bool given = f->min || max;
    *ret_min = given ? f->min : d->min;
    *ret_max = given && max >= f->min ? max : d->max;
}

bool field_counts_chars(const Field *f) { return f->kind == FIELD_STR && f->max > 0; }

/* One character of the camelCase form; steps over the underscore before it. */
static char camel_char(const char **name) {
    if (**name == '_' && (*name)[1]) {
        (*name)++;
        char c = *(*name)++;
        return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return *(*name)++;
}

size_t field_wire(const Field *f, char out[WIRE_MAX + 1]) {
    size_t n = 0;
    const char *name = f->wire ? f->wire : f->name;
    while (*name && n < WIRE_MAX) out[n++] = f->wire ? *name++ : camel_char(&name);
    out[n] = '\0';
    return n;
}

static bool has_wire_name(const Field *f, Str wanted) {
    if (f->wire) return str_is(wanted, f->wire);
    const char *name = f->name;
    size_t i = 0;
    while (*name && i < wanted.n)
        if (camel_char(&name) != wanted.p[i++]) return false;
    return !*name && i == wanted.n;
}

const Field *shape_find(const Shape *s, Str wire_name) {
    for (size_t i = 0; i < s->n; i++)
        if (has_wire_name(&s->fields[i], wire_name)) return &s->fields[i];
    return NULL;
}

static void set_default(const Field *f, char *at) {
    switch (f->kind) {
    case FIELD_BOOL: *(bool *)at = f->def != 0; break;
    case FIELD_I64: *(int64_t *)at = f->def; break;
    case FIELD_F64: *(double *)at = (double)f->def; break;
    case FIELD_ENUM: *(int *)at = (int)f->def; break;
    case FIELD_STR:
        if (f->def_str) *(Str *)at = str(f->def_str);
        break;
    default: break;
    }
}

void shape_init(const Shape *s, void *out) {
    memset(out, 0, s->size);
    for (size_t i = 0; i < s->n; i++) set_default(&s->fields[i], (char *)out + s->fields[i].offset);
}

/* ---- faults and their paths ---- */

static void print_path(const Place *p, Buf *b) {
    if (!p) return;
    print_path(p->up, b);
    if (p->index >= 0) {
        buf_add_fmt(b, "[%ld]", p->index);
        return;
    }
    if (b->n) buf_add_c(b, '.');
    buf_add_str(b, p->name);
}

void shape_fault(Faults *f, const Place *at, const char *fmt, ...) {
    if (f->n == ERR_DETAILS_MAX) return;
    ErrDetail *d = &f->details[f->n++];
    CLEANUP(buf_done) Buf path;
    buf_init(&path, sizeof d->path - 1);
    print_path(at, &path);
    snprintf(d->path, sizeof d->path, STR_FMT, STR_ARG(buf_str(&path)));
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(d->text, sizeof d->text, fmt, ap);
    va_end(ap);
}

int shape_faults_end(const Faults *f, Err *e) {
    if (!f->n) return 0;
    const ErrDetail *first = &f->details[0];
    const char *path = first->path[0] ? first->path : "the value";
    int failed = f->n == 1 ? err_fail(e, ERR_INVALID, "%s %s", path, first->text)
                           : err_fail(e, ERR_INVALID, "%s %s (and %u more)", path, first->text, f->n - 1);
    for (unsigned i = 0; i < f->n; i++) err_detail(e, f->details[i].path, "%s", f->details[i].text);
    return failed;
}

void shape_check_at(const Shape *s, uint64_t given, const Place *up, Faults *faults) {
    for (size_t i = 0; i < s->n; i++) {
        const Field *f = &s->fields[i];
        if (f->opt || (given >> i & 1)) continue;
        char wire[WIRE_MAX + 1];
        size_t n = field_wire(f, wire);
        shape_fault(faults, &(Place){up, str_n(wire, n), -1}, "is required");
    }
}

int shape_check(const Shape *s, const void *out, Err *e) {
    Faults faults;
    faults.n = 0;
    shape_check_at(s, *(const uint64_t *)out, NULL, &faults);
    return shape_faults_end(&faults, e);
}
