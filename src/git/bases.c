#include "git/bases.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"

enum { LIST_BYTES = 64 << 20, GROUPS_MAX = 16 };

/* Which tips reach a commit: a bit for each. */
typedef uint64_t Word;
typedef VEC(Word *) Sets;

/* A commit whose children are not all read yet: the sets of its children, without those that another one contains, and one
 * for itself if it is a tip. */
typedef struct Open {
    Sets sets;
} Open;

typedef struct Walk {
    const Git *g;
    GitBases *out;
    Map open; /* id to Open* */
    VEC(Str) ids;
    size_t words;
} Walk;

static Open *open_of(Walk *w, Str id) {
    Open *o = map_find(&w->open, id);
    if (o) return o;
    o = mu_new(Open);
    map_put(&w->open, id, o);
    return o;
}

static void open_free(Open *o) {
    vec_each(&o->sets, s) free(*s);
    vec_done(&o->sets);
    free(o);
}

static bool has(const Word *set, size_t i) { return set[i / 64] >> (i % 64) & 1; }

static bool contains(const Walk *w, const Word *set, const Word *part) {
    for (size_t i = 0; i < w->words; i++)
        if (part[i] & ~set[i]) return false;
    return true;
}

static void add_set(const Walk *w, Open *o, const Word *set) {
    vec_each(&o->sets, s) if (contains(w, *s, set)) return;
    for (size_t i = o->sets.n; i > 0; i--) {
        if (!contains(w, set, o->sets.items[i - 1])) continue;
        free(o->sets.items[i - 1]);
        vec_swap_remove(&o->sets, i - 1);
    }
    Word *copy = mu_alloc(w->words * sizeof *copy);
    memcpy(copy, set, w->words * sizeof *copy);
    vec_push(&o->sets, copy);
}

static void add_tip(const Walk *w, Open *o, size_t i) {
    Word *own = mu_alloc(w->words * sizeof *own);
    own[i / 64] |= (Word)1 << (i % 64);
    add_set(w, o, own);
    free(own);
}

static void add_base(Walk *w, size_t i, size_t k, bool *is_used) {
    GitBases *b = w->out;
    size_t at = i * b->n + k;
    if (b->at[at]) b->are_several[at] = true;
    if (b->at[at]) return;
    b->at[at] = (uint32_t)w->ids.n + 1;
    *is_used = true;
}

/* The commit is a base of two tips that reach it and of which no child has both: then no descendant has both either, for each
 * way to it leads through a child. */
static void meet(Walk *w, const Open *o, const Word *all, Str id) {
    bool is_used = false;
    Word *near = mu_alloc(w->words * sizeof *near); /* what some child has together with i */
    for (size_t i = 0; i < w->out->rows && o->sets.n > 1; i++) {
        if (!has(all, i)) continue;
        memset(near, 0, w->words * sizeof *near);
        vec_each(&o->sets, s) for (size_t k = 0; has(*s, i) && k < w->words; k++) near[k] |= (*s)[k];
        for (size_t k = 0; k < w->out->n; k++)
            if (has(all, k) && !has(near, k)) add_base(w, i, k, &is_used);
    }
    free(near);
    if (is_used) vec_push(&w->ids, arena_str(w->g->arena, id));
}

/* "<commit> <parent>…" */
static void visit(Walk *w, Str line) {
    Str id, parent;
    if (!str_split(&line, ' ', &id)) return;
    Open *o = map_find(&w->open, id);
    if (!o) return;
    map_remove(&w->open, id);
    Word *all = mu_alloc(w->words * sizeof *all);
    vec_each(&o->sets, s) for (size_t k = 0; k < w->words; k++) all[k] |= (*s)[k];
    meet(w, o, all, id);
    while (line.n && str_split(&line, ' ', &parent)) add_set(w, open_of(w, parent), all);
    free(all);
    open_free(o);
}

static void clear(Walk *w) {
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&w->open, &i));) open_free(s->value);
    map_done(&w->open);
    w->open = (Map){0};
}

static void walk_done(Walk *w) {
    clear(w);
    vec_done(&w->ids);
}

/* -- which commits are read ---------------------------------------------------------------------------------------- */

/* Tips of which each has a common commit with the first. */
typedef struct Group {
    VEC(size_t) tips;
} Group;

typedef struct Groups {
    VEC(Group) v;
} Groups;

static void groups_done(Groups *all) {
    vec_each(&all->v, x) vec_done(&x->tips);
    vec_done(&all->v);
}

static int merge_base(const Git *g, const char *const *args, Str *ret, Err *e) {
    GitOut o;
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    if (o.exit_code != 0 && o.exit_code != 1) return git_failed(&o, "find a common commit", e);
    *ret = o.exit_code ? (Str){0} : arena_str(g->arena, str_trim(o.out));
    return 0;
}

static int octopus(const Git *g, const StrList *tips, const Group *some, Str *ret, Err *e) {
    const char **args = arena_array(g->arena, some->tips.n + 3, sizeof *args);
    size_t n = 0;
    args[n++] = "merge-base";
    args[n++] = "--octopus";
    vec_each(&some->tips, i) args[n++] = arena_cstr(g->arena, tips->items[*i]);
    return merge_base(g, args, ret, e);
}

/* Beyond GROUPS_MAX a tip is left alone: it has no base. */
static int add_to_group(const Git *g, const StrList *tips, size_t i, Groups *all, Err *e) {
    Str base;
    vec_each(&all->v, x) {
        Str first = tips->items[x->tips.items[0]];
        TRY(merge_base(g, GIT_ARGS("merge-base", arena_cstr(g->arena, first), arena_cstr(g->arena, tips->items[i])),
                       &base, e));
        if (base.p) vec_push(&x->tips, i);
        if (base.p) return 0;
    }
    if (all->v.n == GROUPS_MAX) return 0;
    Group own = {0};
    vec_push(&own.tips, i);
    vec_push(&all->v, own);
    return 0;
}

/* One group, unless a history has nothing in common with the others: all of it would be read for each look. */
static int find_groups(const Git *g, const StrList *tips, Groups *all, Str *ret_base, Err *e) {
    Group whole = {0};
    for (size_t i = 0; i < tips->n; i++) vec_push(&whole.tips, i);
    int r = octopus(g, tips, &whole, ret_base, e);
    if (r == 0 && ret_base->p) {
        vec_push(&all->v, whole);
        return 0;
    }
    vec_done(&whole.tips);
    for (size_t i = 0; r == 0 && i < tips->n; i++) r = add_to_group(g, tips, i, all, e);
    return r;
}

/* What all share is older than each pair's base, except for the newest such commit. */
static int list_commits(const Git *g, const StrList *tips, const Group *some, Str base, GitOut *ret, Err *e) {
    CLEANUP(buf_done) Buf in;
    buf_init(&in, LIST_BYTES);
    vec_each(&some->tips, i) buf_add_fmt(&in, STR_FMT "\n", STR_ARG(tips->items[*i]));
    if (base.p) buf_add_fmt(&in, "^" STR_FMT "^@\n", STR_ARG(base));
    GitCall list = {.args = GIT_ARGS("rev-list", "--topo-order", "--parents", "--stdin"),
                    .input = buf_str(&in),
                    .output_max = LIST_BYTES};
    return git_quiet(g, &list, ret, e);
}

/* A history that is too long to be read gives no bases. */
static int walk_group(Walk *w, const StrList *tips, const Group *some, Str base, Err *e) {
    GitOut o;
    Str rest, line;
    Err why = {0};
    if (some->tips.n < 2) return 0;
    if (!base.p) TRY(octopus(w->g, tips, some, &base, e));
    int r = list_commits(w->g, tips, some, base, &o, &why);
    if (r == -ERR_TOO_LARGE) return 0;
    if (r < 0) *e = why;
    if (r < 0) return r;
    vec_each(&some->tips, i) add_tip(w, open_of(w, tips->items[*i]), *i);
    for (rest = o.out; rest.n && str_split(&rest, '\n', &line);) visit(w, line);
    clear(w);
    return 0;
}

static int walk_all(Walk *w, const StrList *tips, Err *e) {
    CLEANUP(groups_done) Groups all = {0};
    Str base = {0};
    TRY(find_groups(w->g, tips, &all, &base, e));
    vec_each(&all.v, x) TRY(walk_group(w, tips, x, base, e));
    return 0;
}

int git_merge_bases(const Git *g, const StrList *tips, size_t rows, GitBases *ret, Err *e) {
    CLEANUP(walk_done) Walk w = {.g = g, .out = ret, .words = (tips->n + 63) / 64};
    if (rows > GIT_BASES_MAX)
        return err_fail(e, ERR_TOO_LARGE, "more than %d worktrees cannot be compared at once", GIT_BASES_MAX);
    *ret = (GitBases){.n = tips->n, .rows = rows};
    ret->at = arena_alloc(g->arena, (rows * tips->n + 1) * sizeof *ret->at);
    ret->are_several = arena_alloc(g->arena, rows * tips->n + 1);
    if (!tips->n) return 0;
    TRY(walk_all(&w, tips, e));
    ret->ids = arena_array(g->arena, w.ids.n + 1, sizeof *ret->ids);
    if (w.ids.n) memcpy(ret->ids, w.ids.items, w.ids.n * sizeof *w.ids.items);
    return 0;
}

bool git_bases_are_several(const GitBases *b, size_t i, size_t k) { return b->are_several[i * b->n + k]; }

Str git_bases_find(const GitBases *b, size_t i, size_t k) {
    uint32_t at = b->at[i * b->n + k];
    return at ? b->ids[at - 1] : (Str){0};
}
