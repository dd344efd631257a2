/* Where a new worktree may be created. What git or the file system would refuse halfway is refused here, before
 * anything is created. */
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"
#include "workspace/workspace_in.h"

/* Bytes: git appends a number to the last part when its record's name is taken, and the files in it need room too. */
enum { PART_MAX = 255, LAST_PART_MAX = 250, PLACE_MAX = PATH_MAX - 512 };

static int refuse(Str path, ErrCode code, const char *why, Err *e) {
    int r = err_fail(e, code, STR_FMT " %s", STR_ARG(path), why);
    err_detail(e, "path", "%s", why);
    return r;
}

/* -- the folder of a name ------------------------------------------------------------------------------------ */

/* U+0080 to U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF: controls and spaces. */
static bool is_wide_blank(const char *p, size_t n) {
    const unsigned char *c = (const unsigned char *)p;
    if (n == 2) return c[0] == 0xc2 && c[1] <= 0xa0;
    if (n != 3) return false;
    unsigned at = (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
    return at == 0x1680 || (at >= 0x2000 && at <= 0x200a) || at == 0x2028 || at == 0x2029 || at == 0x202f ||
           at == 0x205f || at == 0x3000 || at == 0xfeff;
}

/* True when the character at p, of n bytes, becomes a dash. */
static bool is_dashed(const char *p, size_t n) {
    unsigned char c = (unsigned char)*p;
    if (n > 1) return is_wide_blank(p, n);
    return c <= ' ' || c == 0x7f || strchr("~^:?*[\\", c) || (c == '@' && p[1] == '{');
}

static Str strip(Str part) {
    while (part.n && strchr("-.", part.p[0])) part = str_from(part, 1);
    while (part.n && strchr("-.", part.p[part.n - 1])) part.n--;
    while (str_ends(part, STR(".lock"))) part.n -= sizeof ".lock" - 1;
    return part;
}

/* The rules by which the page converts a name to a branch (git-check-ref-format(1)); slashes also become dashes. */
static Str folder_of(Arena *a, Str name) {
    CLEANUP(buf_done) Buf whole, folder;
    buf_init(&whole, name.n + 1);
    buf_init(&folder, name.n + 1);
    for (size_t i = 0, n; i < name.n; i += n) {
        n = utf8_step(name.p + i, name.n - i);
        const char *p = is_dashed(name.p + i, n) ? "-" : name.p + i;
        bool is_twice = strchr("-.", *p) && whole.n && whole.p[whole.n - 1] == *p;
        if (!is_twice) buf_add(&whole, p, *p == '-' ? 1 : n);
    }
    Str rest = buf_str(&whole), part;
    while (str_split(&rest, '/', &part)) {
        part = strip(part);
        if (!part.n || str_is(part, "@")) continue;
        if (folder.n) buf_add_c(&folder, '-');
        buf_add_str(&folder, part);
    }
    return arena_str(a, buf_str(&folder));
}

int place_of_name(Arena *a, const Workspace *w, Str name, Str *ret, Err *e) {
    Str folder = folder_of(a, name);
    if (!folder.n || name.p[0] == '.' || name.p[0] == '-') {
        const char *why =
            folder.n ? "must not begin with a dot or a dash" : "has no character allowed in a folder name";
        int r = err_fail(e, ERR_INVALID, "the worktree's name %s", why);
        err_detail(e, "name", "%s", why);
        return r;
    }
    *ret = arena_fmt(a, STR_FMT "-" STR_FMT, STR_ARG(w->path), STR_ARG(folder));
    return 0;
}

/* -- where it may not be ------------------------------------------------------------------------------------- */

/* A git folder belongs to git, whether this repository's or another one's. The data folder, except for the demo, and
 * the trash beside a worktree belong to Muster. */
static int refuse_others(const App *app, Arena *a, const Workspace *w, Str path, Err *e) {
    Str rest = path, part;
    if (w && path_is_beneath(path, w->common_dir)) return refuse(path, ERR_INVALID, "is inside a git folder", e);
    while (str_split(&rest, '/', &part)) {
        if (str_is(part, ".git")) return refuse(path, ERR_INVALID, "is inside a git folder", e);
        if (str_is(part, ".muster-trash")) return refuse(path, ERR_INVALID, "is inside the trash", e);
    }
    bool is_data = path_is_beneath(path, str(app->home)) && !path_is_beneath(path, arena_fmt(a, "%s/demo", app->home));
    return is_data ? refuse(path, ERR_INVALID, "is inside Muster's data folder", e) : 0;
}

static int check_text(Str path, Err *e) {
    Str rest = path, part = {0};
    if (path.n > PLACE_MAX) return refuse(path, ERR_INVALID, "is too long", e);
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] < ' ' || path.p[i] == 0x7f)
            return refuse(path, ERR_INVALID, "contains a control character", e);
    while (str_split(&rest, '/', &part))
        if (part.n > PART_MAX) return refuse(path, ERR_INVALID, "has a component of more than 255 bytes", e);
    return part.n > LAST_PART_MAX ? refuse(path, ERR_INVALID, "has a last component of more than 250 bytes", e) : 0;
}

/* The part of the path that exists must be a folder in which something can be created. A dangling link counts as
 * existing. */
static int check_base(Arena *a, const RootPath *r, Err *e) {
    struct stat st;
    Str path = str(r->path), rest = str_from(path, strlen(r->base)), part;
    if (stat(r->base, &st) < 0 || !S_ISDIR(st.st_mode))
        return refuse(path, ERR_INVALID, "cannot be created: a file is in the way", e);
    if (access(r->base, W_OK | X_OK) < 0) return refuse(str(r->base), ERR_FORBIDDEN, "is not writable", e);
    if (rest.n && rest.p[0] == '/') rest = str_from(rest, 1);
    str_split(&rest, '/', &part);
    Str next = arena_fmt(a, "%s/" STR_FMT, r->base, STR_ARG(part));
    if (lstat(next.p, &st) == 0) return refuse(next, ERR_CONFLICT, "is a dangling link", e);
    return 0;
}

int place_check(const App *app, Arena *a, const Workspace *w, const RootPath *r, Err *e) {
    TRY(check_text(str(r->path), e));
    TRY(refuse_others(app, a, w, str(r->path), e));
    return r->exists ? 0 : check_base(a, r, e);
}
