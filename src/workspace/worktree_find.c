/* Finding files of a worktree by their names: all of them are looked at, the best ones are kept. */
#include "base/mem.h"
#include "workspace/file_in.h"
#include "workspace/file_index.h"
#include "workspace/fuzzy.h"

SHAPE_DEFINE(FilesFind, FILES_FIND);
SHAPE_DEFINE(FilesFound, FILES_FOUND);

typedef struct Found {
    Str path;
    int score;
} Found;

typedef struct Best {
    Found items[FILES_FOUND_MAX]; /* the best first */
    size_t n, max;
} Best;

static bool is_better(const Found *a, const Found *b) {
    if (a->score != b->score) return a->score > b->score;
    return a->path.n != b->path.n ? a->path.n < b->path.n : str_cmp(a->path, b->path) < 0;
}

static void add(Best *b, Found f) {
    size_t at = b->n;
    if (at == b->max && !is_better(&f, &b->items[at - 1])) return;
    if (at == b->max) at--;
    for (; at > 0 && is_better(&f, &b->items[at - 1]); at--) b->items[at] = b->items[at - 1];
    b->items[at] = f;
    if (b->n < b->max) b->n++;
}

/* A path that ends in a slash is a repository of its own. */
static int64_t search(const FileNames *names, Str query, Best *best) {
    FuzzyQuery q = fuzzy_query(query);
    Str rest = names->paths, path;
    int64_t total = 0;
    while (rest.n && str_split(&rest, '\0', &path)) {
        int score = str_ends(path, STR("/")) ? -1 : fuzzy_score(&q, path);
        if (score < 0) continue;
        total++;
        add(best, (Found){path, score});
    }
    return total;
}

int worktree_find_files(OpCall *c, const FilesFind *in, FilesFound *out, Err *e) {
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    Worktree w;
    Git *g;
    Best best = {.max = (size_t)in->limit};
    CLEANUP(file_names_unrefp) FileNames *names = NULL;
    TRY(worktree_git(c, &ref, &w, &g, e));
    TRY(file_index_names(c->app->files, w.id, g, &names, e));
    out->total = search(names, in->query, &best);
    out->truncated = names->is_cut;
    out->paths.items = arena_array(c->arena, best.n + 1, sizeof(Str));
    out->paths.n = best.n;
    for (size_t i = 0; i < best.n; i++) out->paths.items[i] = arena_str(c->arena, best.items[i].path);
    return 0;
}
