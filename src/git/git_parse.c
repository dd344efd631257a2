#include "git/git_parse.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/git_parse_in.h"

static int bad(const char *what, Err *e) { return err_fail(e, ERR_GIT, "could not parse git's %s", what); }

bool git_next_field(Str *rest, Str *ret) {
    const char *end = rest->n ? memchr(rest->p, '\0', rest->n) : NULL;
    if (!end) return false;
    *ret = str_n(rest->p, (size_t)(end - rest->p));
    *rest = str_from(*rest, ret->n + 1);
    return true;
}

static bool cut_prefix(Str s, const char *prefix, Str *ret) {
    if (!str_starts(s, str(prefix))) return false;
    *ret = str_from(s, strlen(prefix));
    return true;
}

/* -- configuration ------------------------------------------------------------------------------------------- */

static const char *const driver_sections[] = {"filter", "merge", "diff"};

/* "filter.<name>.<key>": the name is between the first and the last dot and may contain dots itself. */
static bool driver_of(Str key, GitDriver *ret) {
    const char *last = key.n ? memrchr(key.p, '.', key.n) : NULL;
    for (size_t i = 0; i < COUNT_OF(driver_sections); i++) {
        Str rest;
        size_t n = strlen(driver_sections[i]);
        if (!cut_prefix(key, driver_sections[i], &rest) || rest.n == 0 || rest.p[0] != '.') continue;
        if (last <= key.p + n) return false;
        *ret = (GitDriver){driver_sections[i], str_n(key.p + n + 1, (size_t)(last - key.p) - n - 1)};
        return true;
    }
    return false;
}

int git_parse_drivers(Arena *a, Str out, size_t max, GitDriverList *ret, Err *e) {
    VEC(GitDriver) v = {0};
    Map seen = {0};
    GitDriver d;
    Str key;
    while (v.n <= max && git_next_field(&out, &key)) {
        if (!driver_of(key, &d)) continue;
        Str id = str_n(key.p, (size_t)(d.name.p + d.name.n - key.p));
        if (!map_put(&seen, id, a)) vec_push(&v, d);
    }
    vec_take(&v, a, ret);
    map_done(&seen);
    return ret->n > max ? err_fail(e, ERR_GIT, "the configuration names more than %zu drivers", max) : 0;
}

/* -- worktrees ----------------------------------------------------------------------------------------------- */

typedef VEC(GitWorktree) WorktreeVec;

static void worktree_line(GitWorktree *w, Str line) {
    Str rest;
    if (cut_prefix(line, "HEAD ", &rest))
        w->head = rest;
    else if (cut_prefix(line, "branch ", &rest))
        w->branch = rest;
    else if (str_is(line, "bare"))
        w->is_bare = true;
    else if (str_is(line, "locked"))
        w->locked = STR("");
    else if (cut_prefix(line, "locked ", &rest))
        w->locked = rest;
    else if (str_is(line, "prunable"))
        w->prunable = STR("");
    else if (cut_prefix(line, "prunable ", &rest))
        w->prunable = rest;
}

static bool worktree_lines(Str out, WorktreeVec *v) {
    Str line, path;
    bool inside = false;
    while (git_next_field(&out, &line)) {
        if (line.n == 0) {
            inside = false;
        } else if (inside) {
            worktree_line(&v->items[v->n - 1], line);
        } else if (cut_prefix(line, "worktree ", &path)) {
            vec_push(v, (GitWorktree){.path = path});
            inside = true;
        } else {
            return false;
        }
    }
    return out.n == 0 && v->n > 0;
}

int git_parse_worktrees(Arena *a, Str out, GitWorktreeList *ret, Err *e) {
    WorktreeVec v = {0};
    bool ok = worktree_lines(out, &v);
    if (ok) vec_take(&v, a, ret);
    vec_done(&v);
    return ok ? 0 : bad("list of worktrees", e);
}

/* -- status -------------------------------------------------------------------------------------------------- */

typedef VEC(GitEntry) EntryVec;

static bool parse_ahead_behind(Str s, GitStatusRaw *st) {
    Str ahead, behind = s;
    if (!str_split(&behind, ' ', &ahead) || ahead.n < 2 || behind.n < 2 || ahead.p[0] != '+' || behind.p[0] != '-')
        return false;
    return str_parse_i64(str_from(ahead, 1), 0, INT64_MAX, &st->ahead) &&
           str_parse_i64(str_from(behind, 1), 0, INT64_MAX, &st->behind);
}

/* Unknown headers are skipped, as git-status(1) requires. */
static bool status_header(Str line, GitStatusRaw *st) {
    Str v;
    if (cut_prefix(line, "# branch.oid ", &v))
        st->oid = str_is(v, "(initial)") ? (Str){0} : v;
    else if (cut_prefix(line, "# branch.head ", &v))
        st->branch = str_is(v, "(detached)") ? (Str){0} : v;
    else if (cut_prefix(line, "# branch.upstream ", &v))
        st->upstream = v;
    else if (cut_prefix(line, "# branch.ab ", &v))
        return parse_ahead_behind(v, st);
    return true;
}

/* How many fields precede the path, by the line's first character (git-status(1)). */
static int fields_before_path(char kind) {
    switch (kind) {
    case '1': return 8;
    case '2': return 9;
    case 'u': return 10;
    case '?':
    case '!': return 1;
    default: return 0;
    }
}

static bool status_entry(Str line, Str *rest, GitEntry *ret) {
    int before = fields_before_path(line.p[0]);
    GitEntry en = {.kind = line.p[0], .index = '.', .tree = '.'};
    Str path = line, field;
    for (int i = 0; i < before; i++) {
        const char *sp = path.n ? memchr(path.p, ' ', path.n) : NULL;
        if (!sp) return false;
        field = str_n(path.p, (size_t)(sp - path.p));
        path = str_from(path, field.n + 1);
        if (i == 1 && field.n != 2) return false;
        if (i == 1) en.index = field.p[0], en.tree = field.p[1];
    }
    if (before == 0 || path.n == 0) return false;
    if (en.kind == '2' && !git_next_field(rest, &en.from)) return false;
    en.path = path;
    *ret = en;
    return true;
}

static bool status_lines(Str out, GitStatusRaw *st, EntryVec *v) {
    Str line;
    while (git_next_field(&out, &line)) {
        GitEntry en;
        if (line.n == 0) return false;
        bool is_header = line.p[0] == '#';
        if (is_header ? !status_header(line, st) : !status_entry(line, &out, &en)) return false;
        if (!is_header) vec_push(v, en);
    }
    return out.n == 0;
}

int git_parse_status(Arena *a, Str out, GitStatusRaw *ret, Err *e) {
    EntryVec v = {0};
    GitStatusRaw st = {0};
    bool ok = status_lines(out, &st, &v);
    if (ok) {
        vec_take(&v, a, &st.entries);
        *ret = st;
    }
    vec_done(&v);
    return ok ? 0 : bad("status", e);
}

/* -- refs ---------------------------------------------------------------------------------------------------- */

int git_parse_refs(Arena *a, Str out, GitRefList *ret, Err *e) {
    VEC(GitRef) v = {0};
    bool ok = true;
    Str line;
    while (ok && out.n && str_split(&out, '\n', &line)) {
        GitRef r = {0};
        ok = git_next_field(&line, &r.name) && git_next_field(&line, &r.oid) && r.name.n && r.oid.n;
        r.symref = line;
        if (ok) vec_push(&v, r);
    }
    if (ok) vec_take(&v, a, ret);
    vec_done(&v);
    return ok ? 0 : bad("list of refs", e);
}
