#include "git/bases.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"

enum { LIST_BYTES = 256 << 20 };

/* A commit whose children are not all read yet, and which tips reach it. */
typedef struct Open {
    uint64_t *tips;
} Open;

typedef struct Walk {
    const Git *g;
    GitBases *out;
    Map open; /* id to Open* */
    Map seen; /* sets of tips whose pairs have their base */
    VEC(Str) ids;
    size_t words;
} Walk;

static Open *open_of(Walk *w, Str id) {
    Open *o = map_find(&w->open, id);
    if (o) return o;
    o = mu_new(Open);
    o->tips = mu_alloc(w->words * sizeof *o->tips);
    map_put(&w->open, id, o);
    return o;
}

static bool has(const uint64_t *tips, size_t i) { return tips[i / 64] >> (i % 64) & 1; }

/* Children come before their parents: the first commit that two tips reach has no descendant that both reach. */
static void meet(Walk *w, const uint64_t *tips, Str id) {
    GitBases *b = w->out;
    Str set = str_n((const char *)tips, w->words * sizeof *tips);
    bool is_used = false;
    if (map_find(&w->seen, set)) return;
    map_put(&w->seen, set, w);
    for (size_t i = 0; i < b->rows; i++)
        for (size_t k = 0; has(tips, i) && k < b->n; k++) {
            if (!has(tips, k) || b->at[i * b->n + k]) continue;
            b->at[i * b->n + k] = (uint32_t)w->ids.n + 1;
            is_used = true;
        }
    if (is_used) vec_push(&w->ids, arena_str(w->g->arena, id));
}

/* "<commit> <parent>…" */
static void visit(Walk *w, Str line) {
    Str id, parent;
    if (!str_split(&line, ' ', &id)) return;
    Open *o = map_find(&w->open, id);
    if (!o) return;
    meet(w, o->tips, id);
    while (line.n && str_split(&line, ' ', &parent)) {
        Open *up = open_of(w, parent);
        for (size_t i = 0; i < w->words; i++) up->tips[i] |= o->tips[i];
    }
    map_remove(&w->open, id);
    free(o->tips);
    free(o);
}

static void walk_done(Walk *w) {
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&w->open, &i));) {
        Open *o = s->value;
        free(o->tips);
        free(o);
    }
    map_done(&w->open);
    map_done(&w->seen);
    vec_done(&w->ids);
}

/* What all tips share is older than each pair's base, except for the newest such commit. */
static int list_commits(const Git *g, const StrList *tips, GitOut *ret, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut shared;
    const char **args = arena_array(g->arena, tips->n + 3, sizeof *args);
    args[0] = "merge-base";
    args[1] = "--octopus";
    buf_init(&in, LIST_BYTES);
    for (size_t i = 0; i < tips->n; i++) {
        args[i + 2] = arena_cstr(g->arena, tips->items[i]);
        buf_add_fmt(&in, STR_FMT "\n", STR_ARG(tips->items[i]));
    }
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &shared, e));
    Str base = str_trim(shared.out);
    if (shared.exit_code == 0 && base.n) buf_add_fmt(&in, "^" STR_FMT "^@\n", STR_ARG(base));
    GitCall list = {.args = GIT_ARGS("rev-list", "--topo-order", "--parents", "--stdin"),
                    .input = buf_str(&in),
                    .output_max = LIST_BYTES};
    return git_quiet(g, &list, ret, e);
}

int git_merge_bases(const Git *g, const StrList *tips, size_t rows, GitBases *ret, Err *e) {
    CLEANUP(walk_done) Walk w = {.g = g, .out = ret, .words = (tips->n + 63) / 64};
    GitOut o;
    Str rest, line;
    if (rows > GIT_BASES_MAX)
        return err_fail(e, ERR_TOO_LARGE, "more than %d worktrees cannot be compared at once", GIT_BASES_MAX);
    *ret = (GitBases){.n = tips->n, .rows = rows};
    ret->at = arena_alloc(g->arena, (rows * tips->n + 1) * sizeof *ret->at);
    if (!tips->n) return 0;
    TRY(list_commits(g, tips, &o, e));
    for (size_t i = 0; i < tips->n; i++) open_of(&w, tips->items[i])->tips[i / 64] |= (uint64_t)1 << (i % 64);
    for (rest = o.out; rest.n && str_split(&rest, '\n', &line);) visit(&w, line);
    ret->ids = arena_array(g->arena, w.ids.n + 1, sizeof *ret->ids);
    if (w.ids.n) memcpy(ret->ids, w.ids.items, w.ids.n * sizeof *w.ids.items);
    return 0;
}

Str git_bases_find(const GitBases *b, size_t i, size_t k) {
    uint32_t at = b->at[i * b->n + k];
    return at ? b->ids[at - 1] : (Str){0};
}
