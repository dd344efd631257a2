/* Texts about a row that several writers need. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "gen/gen.h"

const char gen_how_to_authenticate[] =
    "Over TCP every operation not marked otherwise needs the token of this installation: the content of the file "
    "`token` in the data folder, which only its owner can read, sent as `Authorization: Bearer <token>`. A page exchanges "
    "the one-time code in the fragment of its start URL for the token with `POST /api/auth/code`; `muster open` opens a "
    "new URL. A page of one of the `allowed-origins` that cannot set headers may append `?access_token=<token>`. The "
    "Unix socket `sock` in the data folder needs no token: the user of the calling process decides, and a process "
    "that an agent started has the role `agent`.";

Str gen_method(const Op *op) {
    Str rest = str(op->route), method = {0};
    str_split(&rest, ' ', &method);
    return method;
}

Str gen_path(const Op *op) {
    size_t at = gen_method(op).n + 1;
    return str_from(str(op->route), at);
}

int gen_status(const Op *op) { return op->status ? op->status : op->out ? 200 : 204; }

const char *gen_role(const Op *op) { return op->flags & OP_PUBLIC ? NULL : auth_role_word(op->role); }

/* The route determines the path's fields: a shape may serve routes that name more or fewer of its fields. */
FieldFrom gen_from(const Op *op, const Field *f) {
    char wire[65], braced[68];
    field_wire(f, wire);
    snprintf(braced, sizeof braced, "{%s}", wire);
    if (str_find(gen_path(op), str(braced), &(size_t){0})) return FROM_PATH;
    return f->from;
}

bool gen_has_body(const Op *op, bool *ret_required) {
    bool has = false;
    *ret_required = false;
    for (size_t i = 0; op->in && i < op->in->n; i++) {
        if (gen_from(op, &op->in->fields[i]) != FROM_BODY) continue;
        has = true;
        *ret_required |= !op->in->fields[i].opt;
    }
    return has;
}

static Str enum_words(const EnumDef *d, Arena *a) {
    Str all = STR("one of");
    const char *comma = "";
    for (int i = 0; i < d->n; i++) {
        if (!d->words[i]) continue;
        all = arena_fmt(a, STR_FMT "%s `%s`", STR_ARG(all), comma, d->words[i]);
        comma = ",";
    }
    return all;
}

static Str range(int64_t min, int64_t max, const char *unit, Arena *a) {
    if (min <= 0 && max == INT64_MAX)
        return min == INT64_MIN ? STR("") : arena_fmt(a, "at least %" PRId64 "%s", min, unit);
    if (min == INT64_MIN) return arena_fmt(a, "at most %" PRId64 "%s", max, unit);
    if (max == INT64_MAX) return arena_fmt(a, "at least %" PRId64 "%s", min, unit);
    if (min == 0 && *unit) return arena_fmt(a, "at most %" PRId64 "%s", max, unit);
    return arena_fmt(a, "%" PRId64 " to %" PRId64 "%s", min, max, unit);
}

Str gen_bounds(const Field *f, Arena *a) {
    int64_t min, max;
    field_bounds(f, &min, &max);
    bool is_text = f->kind == FIELD_STR || f->kind == FIELD_ENUM;
    if (is_text && f->words) return enum_words(f->words, a);
    switch (f->kind) {
    case FIELD_STR: return range(min, max, field_counts_chars(f) ? " characters" : " bytes", a);
    case FIELD_ANY: return range(min, max, " bytes", a);
    case FIELD_STRS:
    case FIELD_LIST:
        return f->words ? arena_fmt(a, STR_FMT ", each " STR_FMT, STR_ARG(range(min, max, " items", a)),
                                    STR_ARG(enum_words(f->words, a)))
                        : range(min, max, " items", a);
    case FIELD_I64: return range(min, max, "", a);
    case FIELD_ID: return f->prefix && *f->prefix ? arena_fmt(a, "`%s_…`", f->prefix) : STR("");
    default: return STR("");
    }
}

/* A heading's anchor is its text in lower case. */
Str gen_link(const Shape *s, Arena *a) {
    char *anchor = arena_strdup(a, s->name);
    for (char *p = anchor; *p; p++) *p = (char)tolower((unsigned char)*p);
    return arena_fmt(a, "[%s](#%s)", s->name, anchor);
}

Str gen_kind(const Field *f, Arena *a) {
    switch (f->kind) {
    case FIELD_BOOL: return STR("boolean");
    case FIELD_I64: return STR("integer");
    case FIELD_F64: return STR("number");
    case FIELD_STR:
        return f->words     ? STR("word")
               : f->format  ? str(f->format)
               : f->is_path ? STR("path")
               : f->is_file ? STR("relative path")
                            : STR("string");
    case FIELD_STRS: return f->is_file ? STR("list of relative paths") : STR("list of strings");
    case FIELD_ID: return STR("id");
    case FIELD_TIME: return STR("time");
    case FIELD_ENUM: return STR("word");
    case FIELD_OBJ: return gen_link(f->shape, a);
    case FIELD_LIST: return arena_fmt(a, "list of " STR_FMT, STR_ARG(gen_link(f->shape, a)));
    case FIELD_ANY: return STR("any JSON");
    }
    return STR("");
}
