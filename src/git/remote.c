#include "git/remote.h"

#include "base/mem.h"
#include "git/refusal.h"
#include "git/repo.h"

SHAPE_DEFINE(GitRemoteBranch, GIT_REMOTE_BRANCH);

int git_config_find(const Git *g, Str key, Str *ret, Err *e) {
    GitOut o;
    const char *const *args = GIT_ARGS("config", "--get", "--null", arena_cstr(g->arena, key));
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    Str rest = o.out;
    *ret = (Str){0};
    if (o.exit_code == 0) str_split(&rest, 0, ret);
    return 0;
}

int git_remotes_with(const Git *g, Str commit, Str *ret, Err *e) {
    enum { NAMED = 5, NAMES_MAX = 800 };
    CLEANUP(buf_done) Buf names;
    GitOut o;
    Str name;
    const char *const *args = GIT_ARGS("for-each-ref", "--format=%(if)%(symref)%(then)%(else)%(refname:short)%(end)",
                                       "--contains", arena_cstr(g->arena, commit), "refs/remotes/");
    buf_init(&names, NAMES_MAX);
    TRY(git_quiet(g, &(GitCall){.args = args}, &o, e));
    for (int n = 0; n < NAMED && o.out.n && str_split(&o.out, '\n', &name);)
        if (name.n) buf_add_fmt(&names, "%s" STR_FMT, n++ ? ", " : "", STR_ARG(name));
    *ret = arena_str(g->arena, buf_str(&names));
    return 0;
}

int git_remote_choose(const Git *g, Str wanted, Str *ret, Err *e) {
    GitOut o;
    Str rest, name, only = {0};
    size_t n = 0;
    bool has_wanted = false, has_origin = false;
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("remote")}, &o, e));
    for (rest = o.out; rest.n && str_split(&rest, '\n', &name); n += name.n > 0) {
        if (!name.n) continue;
        has_wanted |= str_eq(name, wanted);
        has_origin |= str_is(name, "origin");
        only = name;
    }
    if (wanted.p && !has_wanted) {
        int r = err_fail(e, ERR_NOT_FOUND, "there is no remote " STR_FMT, STR_ARG(wanted));
        err_detail(e, "remote", "does not exist");
        return r;
    }
    if (!n) return err_fail(e, ERR_CONFLICT, "this repository has no remote: add one with git remote add");
    if (!wanted.p && n > 1 && !has_origin) {
        int r = err_fail(e, ERR_CONFLICT, "this repository has %zu remotes: name one", n);
        err_detail(e, "remote", "is required");
        return r;
    }
    *ret = arena_str(g->arena, wanted.p ? wanted : n == 1 ? only : STR("origin"));
    return 0;
}

int git_remote_of(const Git *g, Str branch, Str remote, GitRemoteBranch *ret, Err *e) {
    Str up_remote, up_branch, heads = STR("refs/heads/");
    *ret = (GitRemoteBranch){.branch = branch};
    TRY(git_config_find(g, arena_fmt(g->arena, "branch." STR_FMT ".remote", STR_ARG(branch)), &up_remote, e));
    TRY(git_config_find(g, arena_fmt(g->arena, "branch." STR_FMT ".merge", STR_ARG(branch)), &up_branch, e));
    bool has_upstream = up_remote.n && !str_is(up_remote, ".") && str_starts(up_branch, heads);
    bool is_upstream = has_upstream && (!remote.p || str_eq(remote, up_remote));
    TRY(git_remote_choose(g, is_upstream ? up_remote : remote, &ret->remote, e));
    if (is_upstream) ret->branch = arena_str(g->arena, str_from(up_branch, heads.n));
    Str ref = arena_fmt(g->arena, "refs/remotes/" STR_FMT "/" STR_FMT, STR_ARG(ret->remote), STR_ARG(ret->branch));
    Str id;
    TRY(git_resolve(g, ref.p, &id, e));
    if (id.p) GIVE(GitRemoteBranch, ret, id, id);
    return 0;
}

int git_remote_url(const Git *g, Str remote, Str *ret, Err *e) {
    GitOut o;
    const char *const *args = GIT_ARGS("remote", "get-url", "--", arena_cstr(g->arena, remote));
    TRY(git_quiet(g, &(GitCall){.args = args}, &o, e));
    Str rest = o.out;
    *ret = (Str){0};
    (void)str_split(&rest, '\n', ret);
    return 0;
}

/* Such a fetch would write, or with prune delete, what Muster keeps under refs/muster. */
static int refuse_everything(const Git *g, Str remote, Err *e) {
    GitOut o;
    Str to;
    const char *key = arena_fmt(g->arena, "remote." STR_FMT ".fetch", STR_ARG(remote)).p;
    GitCall ask = {.args = GIT_ARGS("config", "--get-all", "--null", key), .any_exit = true};
    TRY(git_quiet(g, &ask, &o, e));
    for (Str rest = o.out; o.exit_code == 0 && rest.n && str_split(&rest, 0, &to);) {
        Str spec = to, from, ours = STR("refs/muster/");
        if (!str_split(&to, ':', &from) || !to.n) continue;
        Str head = str_ends(to, STR("*")) ? str_upto(to, to.n - 1) : to;
        if (!str_starts(ours, head) && !str_starts(head, ours)) continue;
        return err_fail(e, ERR_CONFLICT,
                        "fetching from " STR_FMT " is refused because its refspec " STR_FMT
                        " covers refs that only Muster uses (refs/muster)",
                        STR_ARG(remote), STR_ARG(spec));
    }
    return 0;
}

int git_fetch(const Git *g, Str remote, bool prune, Err *e) {
    TRY(refuse_everything(g, remote, e));
    const char *name = arena_cstr(g->arena, remote);
    const char *const *args = GIT_ARGS("fetch", "--no-recurse-submodules", "--no-auto-maintenance", "--quiet",
                                       prune ? "--prune" : "--no-prune", "--end-of-options", name);
    return git_user_act(g, &(GitCall){.args = args}, "fetch", NULL, e);
}

/* A mirror would publish, or delete there, what Muster keeps under refs/muster. */
static int refuse_mirror(const Git *g, Str remote, Err *e) {
    Str mirror;
    GitOut o;
    TRY(git_config_find(g, arena_fmt(g->arena, "remote." STR_FMT ".mirror", STR_ARG(remote)), &mirror, e));
    if (!mirror.p || str_is(mirror, "false") || str_is(mirror, "0") || str_is(mirror, "no")) return 0;
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("for-each-ref", "--count=1", "refs/muster/")}, &o, e));
    if (!str_trim(o.out).n) return 0;
    return err_fail(
        e, ERR_CONFLICT,
        STR_FMT " is a mirror, and this repository has refs that only Muster uses (refs/muster): they are not pushed",
        STR_ARG(remote));
}

/* Where the remote branch is at the pushed commit already, git does not look at the lease: "=" (git-push(1), --porcelain). */
static int require_expected(const Git *g, const GitPushAsk *ask, const GitOut *o, Err *e) {
    Str pushed, line, rest = o->out;
    bool is_there = false;
    while (rest.n && str_split(&rest, '\n', &line)) is_there |= str_starts(line, STR("="));
    if (!is_there) return 0;
    TRY(git_branch_find(g, ask->branch, &pushed, e));
    if (str_eq(pushed, ask->expected)) return 0;
    return err_fail(e, ERR_CONFLICT,
                    STR_FMT " on " STR_FMT " is at " STR_FMT " already, not at " STR_FMT ": nothing was pushed",
                    STR_ARG(ask->to->branch), STR_ARG(ask->to->remote), STR_ARG(pushed), STR_ARG(ask->expected));
}

int git_push(const Git *g, const GitPushAsk *ask, Err *e) {
    Arena *a = g->arena;
    GitOut o;
    const GitRemoteBranch *to = ask->to;
    TRY(refuse_mirror(g, to->remote, e));
    const char *args[12] = {"push", "--porcelain", "--no-follow-tags", "--no-mirror", "--recurse-submodules=no"};
    size_t n = 5;
    if (ask->set_upstream) args[n++] = "--set-upstream";
    if (ask->expected.p)
        args[n++] = arena_fmt(a, "--force-with-lease=refs/heads/" STR_FMT ":" STR_FMT, STR_ARG(to->branch),
                              STR_ARG(ask->expected))
                        .p;
    args[n++] = "--end-of-options";
    args[n++] = arena_cstr(a, to->remote);
    args[n++] = arena_fmt(a, "refs/heads/" STR_FMT ":refs/heads/" STR_FMT, STR_ARG(ask->branch), STR_ARG(to->branch)).p;
    TRY(git_user_act(g, &(GitCall){.args = args}, "push", &o, e));
    return ask->expected.p ? require_expected(g, ask, &o, e) : 0;
}
