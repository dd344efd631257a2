/* See eye.h. */
#include "adapter/eye.h"

enum { LINE_DEPTH_MAX = 8 };

#define ROW_(word, T) {word, &T##_shape},
static const struct {
    const char *word;
    const Shape *shape;
} reports[] = {EYE_REPORT_TABLE(ROW_)};
#undef ROW_
_Static_assert(COUNT_OF(reports) == EYE_REPORT_KINDS, "EyeReportKind follows EYE_REPORT_TABLE");

/* Shapes refuse what they do not know; here that is a newer eye's. */
static void keep_known(const Shape *s, Json *object) {
    size_t kept = 0;
    for (size_t i = 0; i < object->n; i++) {
        JsonMember m = object->members[i];
        const Field *f = shape_find(s, m.key);
        if (!f) continue;
        if (f->kind == FIELD_OBJ && m.value.type == JSON_OBJECT) keep_known(f->shape, &m.value);
        for (size_t k = 0; f->kind == FIELD_LIST && m.value.type == JSON_ARRAY && k < m.value.n; k++)
            if (m.value.items[k].type == JSON_OBJECT) keep_known(f->shape, &m.value.items[k]);
        object->members[kept++] = m;
    }
    object->n = kept;
}

static int read_line(Str line, Arena *a, EyeReport *ret, Err *e) {
    Json *root = NULL;
    size_t i = 0;
    TRY(json_parse(a, line, LINE_DEPTH_MAX, &root, e));
    Str type = json_str(root, "type");
    if (!type.n) return err_fail(e, ERR_INVALID, "it has no type");
    while (i < COUNT_OF(reports) && !str_is(type, reports[i].word)) i++;
    ret->kind = (EyeReportKind)i;
    if (i == COUNT_OF(reports)) return 0;
    keep_known(reports[i].shape, root);
    return shape_decode(reports[i].shape, root, a, &ret->hello, e);
}

void eye_report_read(Str line, Arena *a, EyeReport *ret) {
    Err e = {0};
    *ret = (EyeReport){.kind = EYE_SAYS_UNKNOWN};
    if (read_line(line, a, ret, &e) >= 0) return;
    *ret = (EyeReport){.kind = EYE_SAYS_NONSENSE};
    ret->error.message = arena_fmt(a, "a line of muster-eye cannot be read: %s", e.text);
    if (e.n_details)
        ret->error.message =
            arena_fmt(a, STR_FMT " (%s %s)", STR_ARG(ret->error.message), e.details[0].path, e.details[0].text);
}
