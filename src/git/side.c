/* The words for the two sides of a diff, and what they name. */
#include "base/mem.h"
#include "git/diff.h"
#include "git/merge.h"
#include "git/repo.h"

enum { SIDE_MAX = 255 };

static bool is_object_id(Str s) {
    if (s.n != 40 && s.n != 64) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f'))) return false;
    return true;
}

static int not_a_side(const char *field, Str word, const char *why, ErrCode code, Err *e) {
    int r = err_fail(e, code, "%s " STR_FMT " %s", field, STR_ARG(str_upto(word, SIDE_MAX)), why);
    err_detail(e, field, "%s", why);
    return r;
}

/* The empty tree stands for HEAD before the first commit; its id depends on the object format. */
static int empty_tree(const Git *g, const char **ret, Err *e) {
    GitOut o;
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("hash-object", "-t", "tree", "--stdin")}, &o, e));
    *ret = arena_cstr(g->arena, str_trim(o.out));
    return 0;
}

static int head_tree(const Git *g, GitSides *s, const char **ret, Err *e) {
    if (!s->head.p) return empty_tree(g, ret, e);
    *ret = arena_cstr(g->arena, s->head);
    return 0;
}

/* Of a merge the first one; before the first commit is nothing. */
static int parent_tree(const Git *g, const char **ret, Err *e) {
    Str parent;
    TRY(git_resolve(g, "HEAD^", &parent, e));
    if (!parent.p) return empty_tree(g, ret, e);
    *ret = arena_cstr(g->arena, parent);
    return 0;
}

/* Without a common commit the base itself is compared with. */
static int base_tree(const Git *g, const GitSides *s, Str base_ref, const char **ret, Err *e) {
    Str base, common = {0};
    if (!base_ref.n)
        return err_fail(e, ERR_NOT_FOUND, "the workspace has no base branch; name one with set_base_branch");
    TRY(git_resolve(g, arena_cstr(g->arena, base_ref), &base, e));
    if (!base.p) return err_fail(e, ERR_NOT_FOUND, "the base branch " STR_FMT " does not exist", STR_ARG(base_ref));
    if (s->head.p) TRY(git_merge_base(g, base, s->head, &common, e));
    *ret = arena_cstr(g->arena, common.p ? common : base);
    return 0;
}

static int check_name(const char *field, Str word, Err *e) {
    bool is_ref = str_starts(word, STR("refs/")) && word.n <= SIDE_MAX && !memchr(word.p, 0, word.n);
    if (is_ref || is_object_id(word)) return 0;
    return not_a_side(field, word, "is not one of " GIT_SIDE_WORDS, ERR_INVALID, e);
}

static int named_tree(const Git *g, const char *field, Str word, const char **ret, Err *e) {
    GitOut o;
    TRY(check_name(field, word, e));
    const char *treeish = arena_fmt(g->arena, STR_FMT "^{tree}", STR_ARG(word)).p;
    const char *const *args = GIT_ARGS("rev-parse", "--verify", "--quiet", "--end-of-options", treeish);
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    if (o.exit_code) return not_a_side(field, word, "names no commit or tree here", ERR_NOT_FOUND, e);
    *ret = arena_cstr(g->arena, word);
    return 0;
}

typedef struct Side {
    const char *field;
    Str word, base_ref;
} Side;

static int side(const Git *g, const Side *d, GitSides *s, const char **ret, Err *e) {
    if (str_is(d->word, "head")) return head_tree(g, s, ret, e);
    if (str_is(d->word, "parent")) return parent_tree(g, ret, e);
    if (str_is(d->word, "base")) return base_tree(g, s, d->base_ref, ret, e);
    return named_tree(g, d->field, d->word, ret, e);
}

static int refuse_worktree(Str from, Err *e) {
    if (!str_is(from, "worktree")) return 0;
    return not_a_side("from", from, "can only be the other side: to", ERR_INVALID, e);
}

int git_from_check(Str from, Err *e) {
    TRY(refuse_worktree(from, e));
    bool is_word = str_is(from, "head") || str_is(from, "parent") || str_is(from, "index") || str_is(from, "base");
    if (!from.p || is_word) return 0;
    return check_name("from", from, e);
}

int git_sides(const Git *g, Str from, Str to, Str base_ref, GitSides *ret, Err *e) {
    GitSides s = {.to_index = str_is(to, "index")};
    bool from_index = str_is(from, "index"), to_worktree = !to.p || str_is(to, "worktree");
    TRY(git_resolve(g, "HEAD", &s.head, e));
    if (from_index && !to_worktree)
        return not_a_side("to", to, "must be the worktree when from is the index", ERR_INVALID, e);
    TRY(refuse_worktree(from, e));
    if (!from_index) TRY(side(g, &(Side){"from", from.p ? from : STR("head"), base_ref}, &s, &s.from, e));
    if (!s.to_index && !to_worktree) TRY(side(g, &(Side){"to", to, base_ref}, &s, &s.to, e));
    *ret = s;
    return 0;
}
