/* Submodules are examined one by one, each with a separate handle: git's own recursion would run the programs that the
 * submodule's configuration names, because only the outer ones are overridden. */
#include <sys/stat.h>

#include "base/mem.h"
#include "git/repo.h"

enum { DEPTH_MAX = 4, SUBMODULES_MAX = 256 };

/* Paths come from a file of the repository: none may lead out of it. */
static bool is_inside(Str path) {
    Str part;
    if (path.n == 0 || path.p[0] == '/') return false;
    while (str_split(&path, '/', &part))
        if (str_is(part, "..") || str_is(part, ".git")) return false;
    return true;
}

/* From .gitmodules: `config --null --get-regexp` prints key, newline, value, NUL. */
static int list_submodules(const Git *g, StrList *ret, Err *e) {
    struct stat st;
    GitOut o;
    Str entry, key;
    *ret = (StrList){arena_array(g->arena, SUBMODULES_MAX, sizeof *ret->items), 0};
    if (lstat(arena_fmt(g->arena, "%s/.gitmodules", g->dir).p, &st) < 0 || !S_ISREG(st.st_mode)) return 0;
    const char *const *args =
        GIT_ARGS("config", "--file", ".gitmodules", "--null", "--get-regexp", "^submodule\\..*\\.path$");
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    while (o.out.n && str_split(&o.out, '\0', &entry) && ret->n < SUBMODULES_MAX)
        if (str_split(&entry, '\n', &key) && entry.p && is_inside(entry)) ret->items[ret->n++] = entry;
    return 0;
}

static int deep(const Git *g, int depth, GitStatus *ret, Err *e);

/* A submodule that was never checked out has no .git and has nothing to lose. */
static int is_clean(const Git *g, Str path, int depth, bool *ret, Err *e) {
    struct stat st;
    Git *sub;
    GitStatus s;
    Str dir = arena_fmt(g->arena, "%s/" STR_FMT, g->dir, STR_ARG(path));
    *ret = true;
    if (lstat(arena_fmt(g->arena, STR_FMT "/.git", STR_ARG(dir)).p, &st) < 0) return 0;
    TRY(git_open(g->arena, dir.p, &sub, e));
    TRY(deep(sub, depth + 1, &s, e));
    *ret = s.is_clean;
    return 0;
}

static int deep(const Git *g, int depth, GitStatus *ret, Err *e) {
    StrList subs;
    TRY(git_status(g, ret, e));
    if (depth >= DEPTH_MAX) return 0;
    TRY(list_submodules(g, &subs, e));
    Str *modified = arena_array(g->arena, ret->modified.n + subs.n + 1, sizeof *modified);
    if (ret->modified.n) memcpy(modified, ret->modified.items, ret->modified.n * sizeof *modified);
    ret->modified.items = modified;
    for (size_t i = 0; i < subs.n; i++) {
        bool clean;
        TRY(is_clean(g, subs.items[i], depth, &clean, e));
        if (clean) continue;
        modified[ret->modified.n++] = subs.items[i];
        ret->counts->modified++;
        ret->is_clean = false;
    }
    return 0;
}

int git_status_deep(const Git *g, GitStatus *ret, Err *e) { return deep(g, 0, ret, e); }
