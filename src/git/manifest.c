#include "git/manifest.h"

#include <stdlib.h>

enum { RECORDS_MAX = 1 << 20, MODE_MAX = 07777 };

static const char heading[] = "muster-manifest 1 ";
static const char kinds[] = "fdpscbnLMUGWN";

void manifest_done(Manifest *m) { vec_done(&m->items); }

const char *manifest_reason(ManifestKind k) {
    switch (k) {
    case LEFT_LARGE: return "too large:";
    case LEFT_MANY: return "too many untracked files:";
    case LEFT_UNREADABLE: return "unreadable:";
    case LEFT_NAME: return "named like git's folder:";
    case LEFT_WORKTREE: return "another worktree:";
    default: return "nested too deep:";
    }
}

static int by_path(const void *a, const void *b) {
    return str_cmp(((const ManifestItem *)a)->path, ((const ManifestItem *)b)->path);
}

void manifest_sort(Manifest *m) {
    if (m->items.n) qsort(m->items.items, m->items.n, sizeof *m->items.items, by_path);
}

void manifest_print(const Manifest *m, Buf *out) {
    buf_add_fmt(out, "%s%o %o %o\n", heading, m->file, m->exec, m->folder);
    vec_each(&m->items, i) {
        buf_add_fmt(out, "%c %o ", (char)i->kind, i->mode);
        buf_add_str(out, i->value.n ? i->value : STR("-"));
        buf_add_c(out, ' ');
        buf_add_str(out, i->path);
        buf_add_c(out, '\0');
    }
}

static bool parse_mode(Str s, uint32_t *ret) {
    uint32_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '7' || v > MODE_MAX) return false;
        v = v * 8 + (uint32_t)(s.p[i] - '0');
    }
    *ret = v;
    return s.n > 0 && v <= MODE_MAX;
}

bool manifest_is_inside(Str path) {
    Str part;
    if (!path.n || path.p[path.n - 1] == '/') return false;
    while (str_split(&path, '/', &part))
        if (!part.n || str_is(part, ".") || str_is(part, "..") || str_ieq(part, STR(".git"))) return false;
    return true;
}

static bool parse_record(Str s, ManifestItem *ret) {
    Str kind, mode;
    if (!str_split(&s, ' ', &kind) || !str_split(&s, ' ', &mode) || !str_split(&s, ' ', &ret->value)) return false;
    if (kind.n != 1 || !memchr(kinds, kind.p[0], sizeof kinds - 1) || !ret->value.n) return false;
    ret->kind = (ManifestKind)kind.p[0];
    ret->path = s;
    bool is_named_only = ret->kind == LEFT_NAME || ret->kind == LEFT_UNREADABLE;
    return parse_mode(mode, &ret->mode) && (is_named_only ? s.n > 0 : manifest_is_inside(s));
}

static bool parse_heading(Str line, Manifest *ret) {
    Str part[3];
    if (!str_starts(line, str(heading))) return false;
    line = str_from(line, sizeof heading - 1);
    for (int i = 0; i < 3; i++)
        if (!str_split(&line, ' ', &part[i])) return false;
    return !line.n && parse_mode(part[0], &ret->file) && parse_mode(part[1], &ret->exec) &&
           parse_mode(part[2], &ret->folder);
}

static int parse(Str text, Manifest *m, Err *e) {
    Str line, record;
    if (!str_split(&text, '\n', &line) || !parse_heading(line, m))
        return err_fail(e, ERR_INVALID, "the snapshot's manifest has an unknown heading");
    while (text.n) {
        ManifestItem i;
        if (!memchr(text.p, '\0', text.n)) return err_fail(e, ERR_INVALID, "the snapshot's manifest is cut off");
        str_split(&text, '\0', &record);
        bool is_next =
            parse_record(record, &i) && (!m->items.n || str_cmp(m->items.items[m->items.n - 1].path, i.path) < 0);
        if (!is_next || m->items.n >= RECORDS_MAX)
            return err_fail(e, ERR_INVALID, "record %zu of the snapshot's manifest is not valid", m->items.n + 1);
        vec_push(&m->items, i);
    }
    return 0;
}

int manifest_parse(Str text, Manifest *ret, Err *e) {
    Manifest m = {0};
    int r = parse(text, &m, e);
    if (r < 0)
        manifest_done(&m);
    else
        *ret = m;
    return r;
}
