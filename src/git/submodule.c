/* Submodules are examined one by one, each with a separate handle: git's own recursion would run the programs that the
 * submodule's configuration names, because only the outer ones are overridden. */
#include <sys/stat.h>

#include "base/mem.h"
#include "git/repo.h"
#include "sys/digest.h"

enum { DEPTH_MAX = 4, CONTENT_ID_CHARS = 32 };

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
    *ret = (StrList){arena_array(g->arena, GIT_SUBMODULES_MAX, sizeof *ret->items), 0};
    if (lstat(arena_fmt(g->arena, "%s/.gitmodules", g->dir).p, &st) < 0 || !S_ISREG(st.st_mode)) return 0;
    const char *const *args =
        GIT_ARGS("config", "--file", ".gitmodules", "--null", "--get-regexp", "^submodule\\..*\\.path$");
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    while (o.out.n && str_split(&o.out, '\0', &entry) && ret->n < GIT_SUBMODULES_MAX)
        if (str_split(&entry, '\n', &key) && entry.p && is_inside(entry)) ret->items[ret->n++] = entry;
    return 0;
}

static int deep(const Git *g, int depth, GitStatus *ret, Err *e);

/* A submodule that was never checked out has no .git and has nothing to lose. */
static int look_inside(const Git *g, Str path, int depth, GitStatus *ret, Err *e) {
    struct stat st;
    Git *sub;
    Str dir = arena_fmt(g->arena, "%s/" STR_FMT, g->dir, STR_ARG(path));
    *ret = (GitStatus){.is_clean = true};
    if (lstat(arena_fmt(g->arena, STR_FMT "/.git", STR_ARG(dir)).p, &st) < 0) return 0;
    TRY(git_open(g->arena, dir.p, &sub, e));
    return deep(sub, depth + 1, ret, e);
}

static bool is_in(const StrList *l, Str path) {
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->items[i], path)) return true;
    return false;
}

/* So that the content id changes with what is in the submodule. */
static void mix_content(Arena *a, Str path, const GitStatus *sub, GitStatus *ret) {
    uint8_t digest[32];
    char hex[65];
    Str all = arena_fmt(a, STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(ret->content_id), STR_ARG(sub->content_id),
                        STR_ARG(path));
    digest_sha256(all, digest);
    digest_hex(digest, sizeof digest, hex);
    ret->content_id = arena_str(a, str_n(hex, CONTENT_ID_CHARS));
}

static int deep(const Git *g, int depth, GitStatus *ret, Err *e) {
    StrList subs, dirty;
    TRY(git_status_outer(g, ret, e));
    if (depth >= DEPTH_MAX) return 0;
    TRY(list_submodules(g, &subs, e));
    if (!subs.n) return 0;
    StrList modified = {arena_array(g->arena, ret->modified.n + subs.n + 1, sizeof(Str)), ret->modified.n};
    if (modified.n) memcpy(modified.items, ret->modified.items, modified.n * sizeof(Str));
    dirty = (StrList){arena_array(g->arena, subs.n + 1, sizeof(Str)), 0};
    for (size_t i = 0; i < subs.n; i++) {
        GitStatus sub;
        TRY(look_inside(g, subs.items[i], depth, &sub, e));
        if (sub.is_clean || is_in(&dirty, subs.items[i])) continue;
        dirty.items[dirty.n++] = subs.items[i];
        mix_content(g->arena, subs.items[i], &sub, ret);
        ret->is_clean = false;
        if (is_in(&ret->modified, subs.items[i])) continue; /* another commit of it is checked out too */
        ret->counts->modified++;
        if (modified.n < GIT_STATUS_MAX)
            modified.items[modified.n++] = subs.items[i];
        else
            ret->truncated = true;
    }
    ret->modified = modified;
    if (dirty.n) GIVE(GitStatus, ret, submodules, dirty);
    return 0;
}

int git_status(const Git *g, GitStatus *ret, Err *e) { return deep(g, 0, ret, e); }

int git_submodules_dirty(const Git *g, StrList *ret, Err *e) {
    StrList subs;
    TRY(list_submodules(g, &subs, e));
    *ret = (StrList){arena_array(g->arena, subs.n + 1, sizeof(Str)), 0};
    for (size_t i = 0; i < subs.n; i++) {
        GitStatus sub;
        TRY(look_inside(g, subs.items[i], 0, &sub, e));
        if (!sub.is_clean) ret->items[ret->n++] = subs.items[i];
    }
    return 0;
}
