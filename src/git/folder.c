#include "git/folder.h"

#include "base/map.h"
#include "base/mem.h"
#include "git/git_parse.h"
#include "git/repo.h"

ENUM_DEFINE(GitFileState, GIT_FILE_STATE_WORDS);

enum { STATUS_MAX = 16 << 20 };

Str git_in_folder(Arena *a, Str folder, Str name) {
    return arena_fmt(a, STR_FMT "%s" STR_FMT, STR_ARG(folder), folder.n ? "/" : "", STR_ARG(name));
}

typedef struct Listing {
    const Git *g;
    Str folder;
    GitFolderEntry *entries;
    Map by_name;
} Listing;

static void raise_state(GitFolderEntry *en, GitFileState state) {
    if (state > en->state) en->state = state;
}

static GitFileState state_of(const GitEntry *en) {
    if (en->kind == 'u') return GIT_FILE_CONFLICTED;
    if (en->kind == '?') return GIT_FILE_UNTRACKED;
    return en->tree != '.' ? GIT_FILE_MODIFIED : GIT_FILE_STAGED;
}

/* An untracked folder is one entry of the status, "a/": everything beneath it is untracked. */
static bool contains_folder(const GitEntry *en, Str folder) {
    if (!folder.n || !str_ends(en->path, STR("/")) || en->path.n > folder.n + 1) return false;
    return str_starts(folder, str_upto(en->path, en->path.n - 1)) &&
           (en->path.n == folder.n + 1 || folder.p[en->path.n - 1] == '/');
}

static void apply(Listing *l, size_t n, const GitEntry *en) {
    Str rest = en->path, name;
    if (contains_folder(en, l->folder)) {
        for (size_t i = 0; i < n; i++) raise_state(&l->entries[i], state_of(en));
        return;
    }
    if (l->folder.n && (!str_starts(rest, l->folder) || !str_starts(str_from(rest, l->folder.n), STR("/")))) return;
    if (l->folder.n) rest = str_from(rest, l->folder.n + 1);
    if (!rest.n || !str_split(&rest, '/', &name)) return;
    GitFolderEntry *in = map_find(&l->by_name, name);
    if (!in) return;
    if (rest.n)
        in->changed++;
    else
        raise_state(in, state_of(en));
}

/* Without running the filter, a difference that it would remove cannot be distinguished from a change. */
static int mark_unverified(Listing *l, size_t n, Err *e) {
    Map filtered = {0};
    StrList paths = {.items = arena_array(l->g->arena, n + 1, sizeof(Str))};
    for (size_t i = 0; i < n; i++)
        if (l->entries[i].state == GIT_FILE_MODIFIED)
            paths.items[paths.n++] = git_in_folder(l->g->arena, l->folder, l->entries[i].name);
    int r = paths.n ? git_filtered(l->g, &paths, &filtered, e) : 0;
    for (size_t i = 0; r == 0 && i < n; i++)
        if (l->entries[i].state == GIT_FILE_MODIFIED &&
            map_find(&filtered, git_in_folder(l->g->arena, l->folder, l->entries[i].name)))
            l->entries[i].state = GIT_FILE_UNVERIFIED;
    map_done(&filtered);
    return r;
}

static int mark_changed(Listing *l, size_t n, Err *e) {
    GitOut o;
    GitStatusRaw raw;
    const char *folder = l->folder.n ? arena_cstr(l->g->arena, l->folder) : NULL;
    const char *const *args = GIT_ARGS("status", "--porcelain=v2", "-z", "--untracked-files=normal", "--no-renames",
                                       "--ignore-submodules=dirty", "--", folder);
    TRY(git_quiet(l->g, &(GitCall){.args = args, .output_max = STATUS_MAX}, &o, e));
    TRY(git_parse_status(l->g->arena, o.out, &raw, e));
    for (size_t i = 0; i < raw.entries.n; i++) apply(l, n, &raw.entries.items[i]);
    return l->g->has_filters ? mark_unverified(l, n, e) : 0;
}

static int mark_ignored(Listing *l, size_t n, Err *e) {
    Map ignored = {0};
    StrList paths = {.items = arena_array(l->g->arena, n + 1, sizeof(Str)), .n = n};
    for (size_t i = 0; i < n; i++) paths.items[i] = git_in_folder(l->g->arena, l->folder, l->entries[i].name);
    int r = git_ignored(l->g, &paths, &ignored, e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        l->entries[i].is_ignored = map_find(&ignored, paths.items[i]);
        if (l->entries[i].is_ignored && l->entries[i].state == GIT_FILE_UNTRACKED) l->entries[i].state = GIT_FILE_CLEAN;
    }
    map_done(&ignored);
    return r;
}

int git_folder(const Git *g, Str folder, GitFolderEntry *entries, size_t n, Err *e) {
    Listing l = {.g = g, .folder = folder, .entries = entries};
    if (!n) return 0;
    for (size_t i = 0; i < n; i++) map_put(&l.by_name, entries[i].name, &entries[i]);
    int r = mark_changed(&l, n, e);
    if (r == 0) r = mark_ignored(&l, n, e);
    map_done(&l.by_name);
    return r;
}

/* "./" keeps a name from being taken for a pathspec's magic; exit 1 says that none is ignored, 128 that one is in a
 * submodule or behind a link (git-check-ignore(1)). */
int git_ignored(const Git *g, const StrList *paths, Map *ret, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    Str path;
    buf_init(&in, STATUS_MAX);
    for (size_t i = 0; i < paths->n; i++) {
        buf_add_str(&in, STR("./"));
        buf_add(&in, paths->items[i].p, paths->items[i].n + 1);
    }
    GitCall c = {.args = GIT_ARGS("check-ignore", "-z", "--stdin"),
                 .more_env = GIT_ARGS("GIT_LITERAL_PATHSPECS=0"),
                 .input = buf_str(&in),
                 .output_max = STATUS_MAX,
                 .any_exit = true};
    TRY(git_quiet(g, &c, &o, e));
    if (o.exit_code != 0) return 0;
    while (o.out.n && str_split(&o.out, '\0', &path)) map_put(ret, str_from(path, 2), ret);
    return 0;
}
