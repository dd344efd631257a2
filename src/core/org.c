#include "core/org.h"

#include "base/mem.h"
#include "core/app.h"

static const OrgOf *find(const App *app, Str id) {
    Str rest = id, prefix;
    if (!str_split(&rest, '_', &prefix)) return NULL;
    for (const OrgOf *const *list = app->orgs; list && *list; list++)
        for (const OrgOf *o = *list; o->prefix; o++)
            if (str_is(prefix, o->prefix)) return o;
    return NULL;
}

typedef struct Seen {
    const Principal *who;
    bool is_foreign;
} Seen;

static bool on_org(void *arg, DbRow *r) {
    Seen *s = arg;
    s->is_foreign = !str_is(db_col_text(r, 0), s->who->org);
    return false;
}

int org_check(const App *app, DbConn *db, const Principal *who, Str id, Err *e) {
    const OrgOf *o = find(app, id);
    Seen s = {.who = who};
    if (!o || who->role == ROLE_AGENT) return 0;
    TRY(db_each(db, o->of_id, DB_ARGS(db_text(id)), on_org, &s, e));
    return s.is_foreign ? err_fail(e, ERR_NOT_FOUND, "there is no " STR_FMT, STR_ARG(id)) : 0;
}

int org_check_input(const App *app, DbConn *db, const Principal *who, const Shape *s, const void *in, Err *e) {
    for (size_t i = 0; i < s->n; i++) {
        const Field *f = &s->fields[i];
        const void *at = (const char *)in + f->offset;
        const StrList *many = at;
        const void *inner = f->kind == FIELD_OBJ ? *(void *const *)at : NULL;
        if (inner) TRY(org_check_input(app, db, who, f->shape, inner, e));
        if (f->kind == FIELD_ID && ((const Str *)at)->n) TRY(org_check(app, db, who, *(const Str *)at, e));
        for (size_t k = 0; f->kind == FIELD_STRS && k < many->n; k++) TRY(org_check(app, db, who, many->items[k], e));
    }
    return 0;
}

static bool on_row(void *arg, DbRow *r) {
    (void)r;
    *(bool *)arg = true;
    return false;
}

int org_has(const App *app, DbConn *db, Str id, bool *ret, Err *e) {
    const OrgOf *o = find(app, id);
    *ret = !o;
    return o ? db_each(db, o->of_id, DB_ARGS(db_text(id)), on_row, ret, e) : 0;
}
