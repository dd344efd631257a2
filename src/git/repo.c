#include "git/repo.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "git/index_bits.h"
#include "git/index_lock.h"
#include "sys/digest.h"
#include "sys/file.h"

SHAPE_DEFINE(GitCounts, GIT_COUNTS);
SHAPE_DEFINE(GitStatus, GIT_STATUS);
SHAPE_DEFINE(GitBranches, GIT_BRANCHES);

enum { LINK_BYTES = 8192 };

typedef VEC(Str) StrVec;

/* One value of rev-parse: a path may contain newlines, so each is queried separately. */
static int rev_parse(const Git *g, const char *what, GitOut *ret, Err *e) {
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("rev-parse", "--path-format=absolute", what), .any_exit = true}, ret,
                  e));
    if (ret->exit_code == 0 && ret->out.n) ret->out = arena_str(g->arena, str_upto(ret->out, ret->out.n - 1));
    return 0;
}

static int canonical(const Git *g, Str path, const char **ret, Err *e) {
    char *real = NULL;
    TRY(file_real_path(path.p, &real, e));
    *ret = arena_strdup(g->arena, real);
    free(real);
    return 0;
}

/* Names one of its worktrees, or says how to add the first. */
static int refuse_bare(const Git *g, Err *e) {
    GitWorktreeList l = {0};
    if (git_worktrees(g, &l, &(Err){0}) < 0) l.n = 0;
    for (size_t i = 0; i < l.n; i++)
        if (!l.items[i].is_bare && !l.items[i].prunable.p)
            return err_fail(e, ERR_INVALID,
                            "%s is a bare repository or a git folder; open one of its worktrees, as " STR_FMT, g->dir,
                            STR_ARG(l.items[i].path));
    return err_fail(
        e, ERR_INVALID,
        "%s is a bare repository without a worktree; add one (git worktree add FOLDER BRANCH) and open that", g->dir);
}

int git_places(const Git *g, GitPlaces *ret, Err *e) {
    GitOut bare, top, common;
    TRY(rev_parse(g, "--is-bare-repository", &bare, e));
    if (bare.exit_code) {
        bool is_other_users = str_find(bare.err, STR("dubious ownership"), &(size_t){0});
        return err_fail(e, ERR_INVALID,
                        is_other_users ? "%s belongs to another user and is not in git's safe.directory"
                                       : "%s is not a git repository",
                        g->dir);
    }
    TRY(rev_parse(g, "--show-toplevel", &top, e));
    if (str_is(bare.out, "true") || top.exit_code) return refuse_bare(g, e);
    TRY(rev_parse(g, "--git-common-dir", &common, e));
    if (common.exit_code) return git_failed(&common, "find the common folder", e);
    TRY(canonical(g, top.out, &ret->top, e));
    return canonical(g, common.out, &ret->common, e);
}

/* git reports the common folder without its "/.git" as the main worktree, so for a submodule, or after
 * --separate-git-dir, it names the git folder itself. Then the configuration or the handle's folder gives the main
 * worktree; else the repository counts as bare. */
static int find_main(const Git *g, GitWorktree *w, Err *e) {
    struct stat st;
    GitOut top, common, own;
    const char *folder;
    if (w->is_bare || lstat(arena_fmt(g->arena, STR_FMT "/.git", STR_ARG(w->path)).p, &st) == 0) return 0;
    Git inside = *g;
    inside.dir = arena_cstr(g->arena, w->path);
    TRY(rev_parse(&inside, "--show-toplevel", &top, e));
    if (top.exit_code) {
        TRY(rev_parse(g, "--git-common-dir", &common, e));
        TRY(rev_parse(g, "--git-dir", &own, e));
        if (str_eq(common.out, own.out)) TRY(rev_parse(g, "--show-toplevel", &top, e));
    }
    w->is_bare = top.exit_code != 0;
    if (w->is_bare) return 0;
    TRY(canonical(g, top.out, &folder, e));
    w->path = str(folder);
    return 0;
}

int git_worktrees(const Git *g, GitWorktreeList *ret, Err *e) {
    GitOut o;
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("worktree", "list", "--porcelain", "-z")}, &o, e));
    TRY(git_parse_worktrees(g->arena, o.out, ret, e));
    return find_main(g, ret->items, e);
}

const GitWorktree *git_worktree_find(const GitWorktreeList *l, Str path) {
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->items[i].path, path)) return &l->items[i];
    return NULL;
}

Str git_worktree_record(Arena *a, Str path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, LINK_BYTES);
    if (file_read(AT_FDCWD, arena_fmt(a, STR_FMT "/.git", STR_ARG(path)).p, &b, &(Err){0}) < 0) return STR("");
    return str_starts(buf_str(&b), STR("gitdir: ")) ? arena_str(a, path_last(str_trim(buf_str(&b)))) : STR("");
}

Str git_short_branch(Str full_ref) {
    Str head = STR("refs/heads/");
    return str_starts(full_ref, head) ? str_from(full_ref, head.n) : full_ref;
}

int git_resolve(const Git *g, const char *ref, Str *ret_oid, Err *e) {
    GitOut o;
    Str commit = arena_fmt(g->arena, "%s^{commit}", ref);
    const char *const *args = GIT_ARGS("rev-parse", "--verify", "--quiet", "--end-of-options", commit.p);
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    *ret_oid = o.exit_code == 0 ? arena_str(g->arena, str_trim(o.out)) : (Str){0};
    return 0;
}

int git_branch_find(const Git *g, Str branch, Str *ret_oid, Err *e) {
    GitOut o;
    Str ref = arena_fmt(g->arena, "refs/heads/" STR_FMT, STR_ARG(branch));
    const char *const *args = GIT_ARGS("show-ref", "--verify", "--quiet", "--", ref.p);
    *ret_oid = (Str){0};
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    return o.exit_code == 0 ? git_resolve(g, ref.p, ret_oid, e) : 0;
}

enum { CONTENT_ID_BYTES = 16 };

/* -- status -------------------------------------------------------------------------------------------------- */

/* Entering every untracked folder may exceed the answer; then the folders are named instead. */
static int status_output(const Git *g, GitStatusRaw *ret, bool *ret_folded, Err *e) {
    GitOut o;
    const char *const *all = GIT_ARGS("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all",
                                      "--ignore-submodules=dirty", "--ahead-behind");
    const char *const *folded = GIT_ARGS("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal",
                                         "--ignore-submodules=dirty", "--ahead-behind");
    int r = git_quiet(g, &(GitCall){.args = all, .output_max = 4 << 20}, &o, e);
    *ret_folded = r == -ERR_TOO_LARGE;
    if (*ret_folded) r = git_quiet(g, &(GitCall){.args = folded, .output_max = 64 << 20}, &o, e);
    TRY(r);
    return git_parse_status(g->arena, o.out, ret, e);
}

/* `check-attr -z` answers path NUL attribute NUL value NUL. */
int git_filtered(const Git *g, const StrList *paths, Map *ret, Err *e) {
    CLEANUP(buf_done) Buf in;
    buf_init(&in, 64 << 20);
    for (size_t i = 0; i < paths->n; i++) buf_add(&in, paths->items[i].p, paths->items[i].n + 1);
    GitOut o;
    GitCall c = {
        .args = GIT_ARGS("check-attr", "--stdin", "-z", "filter"), .input = buf_str(&in), .output_max = 64 << 20};
    TRY(git_quiet(g, &c, &o, e));
    Str rest = o.out, path, name, value;
    while (rest.n && str_split(&rest, '\0', &path) && str_split(&rest, '\0', &name) && str_split(&rest, '\0', &value))
        if (!str_is(value, "unspecified") && !str_is(value, "unset")) map_put(ret, path, ret);
    return 0;
}

int git_is_filtered(const Git *g, Str path, bool *ret, Err *e) {
    *ret = false;
    if (!g->has_filters) return 0;
    Str one = arena_str(g->arena, path);
    Map filtered = {0};
    int r = git_filtered(g, &(StrList){&one, 1}, &filtered, e);
    *ret = r == 0 && filtered.n;
    map_done(&filtered);
    return r;
}

/* Without running the filter, a difference that it would remove cannot be distinguished from a change. */
static int split_unverified(const Git *g, StrVec *modified, StrVec *unverified, Err *e) {
    if (!g->has_filters || modified->n == 0) return 0;
    Map filtered = {0};
    int r = git_filtered(g, &(StrList){modified->items, modified->n}, &filtered, e);
    size_t kept = 0;
    vec_each(modified, p) {
        if (map_find(&filtered, *p))
            vec_push(unverified, *p);
        else
            modified->items[kept++] = *p;
    }
    modified->n = kept;
    map_done(&filtered);
    return r;
}

/* Changes with a second change of a file, although no list does. Deleted files have neither size nor time. */
static void hash_content(const Git *g, const GitStatusRaw *raw, Str *ret) {
    CLEANUP(buf_done) Buf b;
    uint8_t digest[32];
    char hex[65];
    CLEANUP(fd_closep) int top = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    buf_init(&b, 256 << 20);
    buf_add_str(&b, raw->oid);
    for (size_t i = 0; i < raw->entries.n; i++) {
        const GitEntry *en = &raw->entries.items[i];
        struct stat st = {0};
        if (fstatat(top, en->path.p, &st, AT_SYMLINK_NOFOLLOW) < 0) st = (struct stat){0};
        int64_t facts[] = {st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec, st.st_mode, en->index, en->tree};
        buf_add(&b, en->path.p, en->path.n + 1);
        buf_add(&b, facts, sizeof facts);
    }
    digest_sha256(buf_str(&b), digest);
    for (size_t i = 0; i < CONTENT_ID_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    *ret = arena_str(g->arena, str_n(hex, 2 * CONTENT_ID_BYTES));
}

typedef struct StatusLists {
    StrVec modified, staged, untracked, conflicted, unverified;
    StrVec content; /* modified only in content, which a filter could explain */
    GitCounts counts;
    bool cut;
} StatusLists;

static void push_bounded(StatusLists *l, StrVec *v, int64_t *count, Str path) {
    ++*count;
    if (v->n < GIT_STATUS_MAX)
        vec_push(v, path);
    else
        l->cut = true;
}

static void sort_entry(StatusLists *l, const GitEntry *en) {
    GitCounts *n = &l->counts;
    if (en->kind == '?') push_bounded(l, &l->untracked, &n->untracked, en->path);
    if (en->kind == 'u') push_bounded(l, &l->conflicted, &n->conflicted, en->path);
    if (en->kind != '1' && en->kind != '2') return;
    if (en->index != '.') push_bounded(l, &l->staged, &n->staged, en->path);
    if (en->tree == 'M')
        push_bounded(l, &l->content, &n->modified, en->path);
    else if (en->tree != '.')
        push_bounded(l, &l->modified, &n->modified, en->path);
}

static void status_done(StatusLists *l) {
    vec_done(&l->modified);
    vec_done(&l->staged);
    vec_done(&l->untracked);
    vec_done(&l->conflicted);
    vec_done(&l->unverified);
    vec_done(&l->content);
}

static void fill_status(const Git *g, StatusLists *l, const GitStatusRaw *raw, GitStatus *ret) {
    vec_each(&l->content, p) push_bounded(l, &l->modified, &(int64_t){0}, *p);
    *ret = (GitStatus){.ahead = raw->ahead, .behind = raw->behind, .head = raw->oid, .upstream = raw->upstream};
    ret->branch = raw->branch.p ? raw->branch : STR("HEAD");
    ret->is_detached = !raw->branch.p;
    ret->is_clean = !l->modified.n && !l->staged.n && !l->untracked.n && !l->conflicted.n && !l->unverified.n;
    vec_take(&l->modified, g->arena, &ret->modified);
    vec_take(&l->staged, g->arena, &ret->staged);
    vec_take(&l->untracked, g->arena, &ret->untracked);
    vec_take(&l->conflicted, g->arena, &ret->conflicted);
    vec_take(&l->unverified, g->arena, &ret->unverified);
    ret->counts = arena_new_in(g->arena, GitCounts);
    *ret->counts = l->counts;
    ret->counts->unverified = (int64_t)ret->unverified.n;
    ret->counts->modified -= ret->counts->unverified; /* they were counted before the filter attributes were known */
    ret->truncated = l->cut;
}

int git_status_outer(const Git *g, GitStatus *ret, Err *e) {
    GitStatusRaw raw;
    bool folded;
    TRY(status_output(g, &raw, &folded, e));
    CLEANUP(status_done) StatusLists l = {.cut = folded};
    for (size_t i = 0; i < raw.entries.n; i++) sort_entry(&l, &raw.entries.items[i]);
    TRY(split_unverified(g, &l.content, &l.unverified, e));
    fill_status(g, &l, &raw, ret);
    ret->is_folded = folded;
    hash_content(g, &raw, &ret->content_id);
    return 0;
}

typedef struct Hidden {
    Arena *arena;
    int top_fd;
    StrVec paths;
} Hidden;

static void hidden_done(Hidden *x) {
    vec_done(&x->paths);
    if (x->top_fd >= 0) close(x->top_fd);
}

/* A sparse checkout skips files that do not exist. */
static bool add_hidden(void *arg, Str path) {
    Hidden *x = arg;
    struct stat st;
    Str kept = arena_str(x->arena, path);
    if (fstatat(x->top_fd, kept.p, &st, AT_SYMLINK_NOFOLLOW) == 0) vec_push(&x->paths, kept);
    return x->paths.n < GIT_HIDDEN_MAX;
}

/* "<tag> <path>": S is skip-worktree, a small letter assume-unchanged (git-ls-files(1), -v). */
static int list_hidden(const Git *g, Hidden *x, Err *e) {
    GitOut o;
    Str entry;
    vec_clear(&x->paths);
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("ls-files", "-v", "-z"), .output_max = 64 << 20}, &o, e));
    for (bool wants_more = true; wants_more && o.out.n && str_split(&o.out, 0, &entry);)
        if (entry.n > 2 && (entry.p[0] == 'S' || (entry.p[0] >= 'a' && entry.p[0] <= 'z')))
            wants_more = add_hidden(x, str_from(entry, 2));
    return 0;
}

/* Of this worktree, whose .git is a folder or names one (gitrepository-layout(5)). */
static const char *index_path(const Git *g) {
    CLEANUP(buf_done) Buf b;
    Str link = STR("gitdir: ");
    buf_init(&b, LINK_BYTES);
    if (file_read(AT_FDCWD, arena_fmt(g->arena, "%s/.git", g->dir).p, &b, &(Err){0}) < 0)
        return arena_fmt(g->arena, "%s/.git/index", g->dir).p;
    Str to = str_trim(buf_str(&b));
    to = str_starts(to, link) ? str_from(to, link.n) : to;
    return arena_fmt(g->arena, "%s%s" STR_FMT "/index", to.n && to.p[0] == '/' ? "" : g->dir,
                     to.n && to.p[0] == '/' ? "" : "/", STR_ARG(to))
        .p;
}

int git_status_add_hidden(const Git *g, GitStatus *s, Err *e) {
    CLEANUP(hidden_done) Hidden x = {.arena = g->arena, .top_fd = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (x.top_fd < 0) return err_sys(e, "could not open %s", g->dir);
    bool is_read = s->head.n && index_each_hidden(index_path(g), s->head.n / 2, add_hidden, &x);
    if (!is_read) TRY(list_hidden(g, &x, e));
    if (!x.paths.n) return 0;
    StrList hidden;
    vec_take(&x.paths, g->arena, &hidden);
    GIVE(GitStatus, s, hidden, hidden);
    return 0;
}

int git_status_add_message(const Git *g, GitStatus *s, Err *e) {
    enum { MESSAGE_MAX = 65536 };
    GitOut o;
    if (!s->head.n) return 0;
    const char *const *args =
        GIT_ARGS("log", "-1", "--no-show-signature", "--format=%B", arena_cstr(g->arena, s->head), "--");
    TRY(git_quiet(g, &(GitCall){.args = args}, &o, e));
    Str message = str_trim(o.out);
    if (message.n <= MESSAGE_MAX) GIVE(GitStatus, s, head_message, message);
    return 0;
}

typedef struct Dirt {
    const char *names, *count, *omitted; /* the details' members; the first is also the word in the message */
    const StrList *list;
    int64_t n; /* the list may be cut */
} Dirt;

enum { DIRT_NAMES = 4, DIRT_NAME_BYTES = 120, DIRT_KINDS = 5, IN_THE_WAY_NAMES = ERR_DETAILS_MAX - 1 };
static_assert(3 * DIRT_KINDS <= ERR_DETAILS_MAX, "every kind has its count, its first name and the number omitted");

/* Counts and names have separate members; omitted names are counted too. */
static void detail_dirt(const Dirt *d, size_t names_max, Err *e) {
    size_t n = d->list->n < names_max ? d->list->n : names_max;
    err_detail(e, d->count, "%lld", (long long)d->n);
    for (size_t k = 0; k < n; k++) {
        Str name = d->list->items[k], shown = text_cut(name, DIRT_NAME_BYTES);
        err_detail(e, d->names, STR_FMT "%s", STR_ARG(shown), shown.n < name.n ? "…" : "");
    }
    if (d->n > (int64_t)n) err_detail(e, d->omitted, "%lld", (long long)d->n - (long long)n);
}

int git_require_clean(const GitStatus *s, const char *what, Err *e) {
    if (s->is_clean) return 0;
    const GitCounts *c = s->counts;
    const Dirt rows[DIRT_KINDS] = {
        {"modified", "modifiedCount", "modifiedOmitted", &s->modified, c->modified},
        {"staged", "stagedCount", "stagedOmitted", &s->staged, c->staged},
        {"untracked", "untrackedCount", "untrackedOmitted", &s->untracked, c->untracked},
        {"conflicted", "conflictedCount", "conflictedOmitted", &s->conflicted, c->conflicted},
        {"unverified", "unverifiedCount", "unverifiedOmitted", &s->unverified, c->unverified},
    };
    CLEANUP(buf_done) Buf counts;
    size_t kinds = 0;
    buf_init(&counts, 400);
    for (size_t i = 0; i < DIRT_KINDS; i++) {
        if (!rows[i].n) continue;
        buf_add_fmt(&counts, "%s%lld %s", kinds++ ? ", " : "", (long long)rows[i].n, rows[i].names);
    }
    int r = err_fail(e, ERR_CONFLICT, "%s is refused because the worktree is not clean: " STR_FMT, what,
                     STR_ARG(buf_str(&counts)));
    size_t room = kinds ? (ERR_DETAILS_MAX - 2 * kinds) / kinds : 0;
    for (size_t i = 0; i < DIRT_KINDS; i++)
        if (rows[i].n) detail_dirt(&rows[i], room < DIRT_NAMES ? room : DIRT_NAMES, e);
    return r;
}

/* -- branches ------------------------------------------------------------------------------------------------ */

static int list_refs(const Git *g, const char *under, const char *and_under, GitRefList *ret, Err *e) {
    GitOut o;
    const char *const *args =
        GIT_ARGS("for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)", under, and_under);
    TRY(git_quiet(g, &(GitCall){.args = args, .output_max = 64 << 20}, &o, e));
    return git_parse_refs(g->arena, o.out, ret, e);
}

int git_branches(const Git *g, GitBranches *ret, Err *e) {
    GitRefList refs;
    GitOut head;
    TRY(list_refs(g, "refs/heads/", "refs/remotes/", &refs, e));
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("symbolic-ref", "--quiet", "HEAD"), .any_exit = true}, &head, e));
    StrVec local = {0}, remote = {0};
    Str heads = STR("refs/heads/"), remotes = STR("refs/remotes/"), origin = STR("origin/");
    for (size_t i = 0; i < refs.n; i++) {
        Str name = refs.items[i].name;
        if (str_starts(name, heads)) vec_push(&local, str_from(name, heads.n));
        if (!str_starts(name, remotes) || refs.items[i].symref.n) continue;
        name = str_from(name, remotes.n);
        vec_push(&remote, str_starts(name, origin) ? str_from(name, origin.n) : name);
    }
    *ret = (GitBranches){0};
    vec_take(&local, g->arena, &ret->local);
    vec_take(&remote, g->arena, &ret->remote);
    ret->current = head.exit_code == 0 ? git_short_branch(arena_str(g->arena, str_trim(head.out))) : STR("HEAD");
    return 0;
}

/* A name that starts with '-' is a valid ref but a bad branch: git's own commands would read it as an option. So is
 * "@", which they read as HEAD. */
static int check_name(const Git *g, Str branch, Err *e) {
    GitOut o;
    bool is_bad = branch.n == 0 || branch.p[0] == '-' || str_is(branch, "HEAD") || str_is(branch, "@") ||
                  memchr(branch.p, '\0', branch.n);
    if (!is_bad) {
        Str ref = arena_fmt(g->arena, "refs/heads/" STR_FMT, STR_ARG(branch));
        TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("check-ref-format", ref.p), .any_exit = true}, &o, e));
        is_bad = o.exit_code != 0;
    }
    if (!is_bad) return 0;
    int r = err_fail(e, ERR_INVALID, "\"" STR_FMT "\" is not a valid branch name", STR_ARG(branch));
    err_detail(e, "branch", "not a valid branch name");
    return r;
}

static int conflict_on_branch(const char *why, Str branch, Err *e) {
    int r = err_fail(e, ERR_CONFLICT, "branch " STR_FMT " %s", STR_ARG(branch), why);
    err_detail(e, "branch", "%s", why);
    return r;
}

/* A branch of exactly one remote is created here and tracks it. */
static int plan_from_remotes(const Git *g, Str branch, GitBranchPlan *ret, Err *e) {
    GitRefList refs;
    Str found = {0}, tail = arena_fmt(g->arena, "/" STR_FMT, STR_ARG(branch)), remotes = STR("refs/remotes/");
    TRY(list_refs(g, "refs/remotes/", NULL, &refs, e));
    for (size_t i = 0; i < refs.n; i++) {
        Str name = refs.items[i].name, remote;
        Str rest = str_from(name, remotes.n);
        if (refs.items[i].symref.n || !str_ends(name, tail) || !str_split(&rest, '/', &remote) || !str_eq(rest, branch))
            continue;
        if (found.p) return conflict_on_branch("is in several remotes; create it with a start point", branch, e);
        found = name;
    }
    if (!found.p) {
        int r = err_fail(e, ERR_NOT_FOUND, "the branch " STR_FMT " does not exist", STR_ARG(branch));
        err_detail(e, "branch", "does not exist");
        return r;
    }
    ret->is_new = ret->is_tracking = true;
    ret->start = arena_cstr(g->arena, found);
    return 0;
}

static bool is_below(const Git *g, Str ref, Str folder) {
    return str_starts(ref, arena_fmt(g->arena, STR_FMT "/", STR_ARG(folder)));
}

/* git stores branches as paths: none can have the name of another one's folder. */
static int check_place(const Git *g, Str branch, Str ref, Err *e) {
    GitRefList refs;
    TRY(list_refs(g, "refs/heads/", NULL, &refs, e));
    for (size_t i = 0; i < refs.n; i++) {
        Str other = refs.items[i].name;
        if (!is_below(g, ref, other) && !is_below(g, other, ref)) continue;
        const char *why = arena_fmt(g->arena, "conflicts with branch " STR_FMT, STR_ARG(git_short_branch(other))).p;
        return conflict_on_branch(why, branch, e);
    }
    return 0;
}

int git_branch_plan(const Git *g, Str branch, bool create, Str except, GitBranchPlan *ret, Err *e) {
    GitWorktreeList trees;
    Str tip;
    TRY(check_name(g, branch, e));
    Str ref = arena_fmt(g->arena, "refs/heads/" STR_FMT, STR_ARG(branch));
    TRY(git_branch_find(g, branch, &tip, e));
    bool exists = tip.p;
    *ret = (GitBranchPlan){.branch = arena_cstr(g->arena, branch), .is_new = create};
    if (create && exists) return conflict_on_branch("already exists", branch, e);
    if (!exists) TRY(check_place(g, branch, ref, e));
    if (!create && !exists) return plan_from_remotes(g, branch, ret, e);
    TRY(git_worktrees(g, &trees, e));
    for (size_t i = 0; i < trees.n; i++) {
        const GitWorktree *w = &trees.items[i];
        if (!str_eq(w->branch, ref) || str_eq(w->path, except)) continue;
        return conflict_on_branch(arena_fmt(g->arena, "is checked out at " STR_FMT, STR_ARG(w->path)).p, branch, e);
    }
    return 0;
}

/* -- a person's acts ----------------------------------------------------------------------------------------- */

int git_worktree_add(const Git *g, const char *path, const GitBranchPlan *p, Str *ret_note, Err *e) {
    GitOut o;
    const char *start = p->start ? p->start : "HEAD";
    const char *const *args = p->is_new ? GIT_ARGS("worktree", "add", p->is_tracking ? "--track" : "--no-track", "-b",
                                                   p->branch, "--", path, start)
                                        : GIT_ARGS("worktree", "add", "--", path, p->branch);
    TRY(git_user(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    *ret_note = (Str){0};
    if (o.exit_code == 0) return 0;
    GitWorktreeList trees;
    TRY(git_worktrees(g, &trees, e));
    const GitWorktree *w = git_worktree_find(&trees, str(path));
    if (!w || w->prunable.p || w->locked.p) return git_failed(&o, "add the worktree", e);
    *ret_note = o.err;
    return 0;
}

/* git lists the files in the way indented by a tab (unpack-trees' message). */
static int in_the_way(const GitOut *o, Err *e) {
    size_t at;
    if (!str_find(o->err, STR("would be overwritten"), &at) && !str_find(o->err, STR("would be removed"), &at) &&
        !str_find(o->err, STR("would lose untracked files"), &at))
        return git_failed(o, "switch", e);
    int r = err_fail(e, ERR_CONFLICT, "untracked or ignored files are in the way; nothing was changed");
    Str rest = str_from(o->err, at), line;
    int n = 0;
    for (; str_split(&rest, '\n', &line); n += str_starts(line, STR("\t")))
        if (str_starts(line, STR("\t")) && n < IN_THE_WAY_NAMES)
            err_detail(e, "inTheWay", STR_FMT, STR_ARG(text_cut(str_from(line, 1), DIRT_NAME_BYTES)));
    if (n > IN_THE_WAY_NAMES) err_detail(e, "inTheWayOmitted", "%d", n - IN_THE_WAY_NAMES);
    return r;
}

int64_t git_worktree_filler(const Git *g, const char *path) {
    Git *inside;
    GitOut o;
    Err ignored = {0};
    const GitCall ask = {.args = GIT_ARGS("rev-parse", "--absolute-git-dir")};
    if (git_open(g->arena, path, &inside, &ignored) < 0 || git_quiet(inside, &ask, &o, &ignored) < 0) return 0;
    return index_lock_holder(arena_fmt(g->arena, STR_FMT "/index.lock", STR_ARG(str_trim(o.out))).p);
}

int git_switch(const Git *g, const GitBranchPlan *p, Str *ret_note, Err *e) {
    GitOut o;
    const char *const *args = p->is_new ? GIT_ARGS("switch", "--no-overwrite-ignore", "--no-recurse-submodules",
                                                   "--no-guess", p->is_tracking ? "--track" : "--no-track", "-c",
                                                   p->branch, "--end-of-options", p->start ? p->start : "HEAD")
                                        : GIT_ARGS("switch", "--no-overwrite-ignore", "--no-recurse-submodules",
                                                   "--no-guess", "--end-of-options", p->branch);
    TRY(git_user(g, &(GitCall){.args = args, .any_exit = true, .takes_index = true}, &o, e));
    *ret_note = (Str){0};
    if (o.exit_code == 0) return 0;
    GitBranches b;
    TRY(git_branches(g, &b, e));
    if (!str_is(b.current, p->branch)) return in_the_way(&o, e);
    *ret_note = o.err;
    return 0;
}

int git_branch_drop(const Git *g, const char *branch, Str oid, Err *e) {
    GitOut o;
    Str ref = arena_fmt(g->arena, "refs/heads/%s", branch);
    return git_quiet(g, &(GitCall){.args = GIT_ARGS("update-ref", "-d", ref.p, arena_cstr(g->arena, oid))}, &o, e);
}
