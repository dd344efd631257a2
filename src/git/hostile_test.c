/* A repository whose configuration, attributes, hooks, submodules and remotes all run a program that leaves a mark.
 * Every quiet operation runs in it, and no mark may appear. First a person's git shows that the trap works. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/diff.h"
#include "git/git_fixture.h"
#include "git/repo.h"
#include "git/salvage.h"
#include "git/trash.h"

/* Every key that names a program, from git-config(1) of git 2.39 and gitattributes(5); the value is the trap unless
 * one is given, in which "%T" is the trap's path. */
static const struct {
    const char *key, *value;
} keys[] = {
    {"core.fsmonitor", NULL},
    {"core.fsmonitorHookVersion", "2"},
    {"core.hooksPath", "%T.hooks"},
    {"core.sshCommand", NULL},
    {"core.gitProxy", NULL},
    {"core.pager", NULL},
    {"core.editor", NULL},
    {"core.askPass", NULL},
    {"core.alternateRefsCommand", NULL},
    {"core.untrackedCache", "true"},
    {"core.sparseCheckout", "false"},
    {"sequence.editor", NULL},
    {"pager.status", NULL},
    {"pager.diff", NULL},
    {"pager.branch", NULL},
    {"pager.config", NULL},
    {"pager.worktree", NULL},
    {"pager.for-each-ref", NULL},
    {"diff.external", NULL},
    {"diff.evil.command", NULL},
    {"diff.evil.textconv", NULL},
    {"diff.evil.cachetextconv", "true"},
    {"diff.tool", "evil"},
    {"diff.guitool", "evil"},
    {"difftool.evil.cmd", NULL},
    {"difftool.evil.path", NULL},
    {"mergetool.evil.cmd", NULL},
    {"merge.tool", "evil"},
    {"merge.evil.driver", "%T %%O %%A %%B"},
    {"merge.default", "evil"},
    {"filter.evil.clean", NULL},
    {"filter.evil.smudge", NULL},
    {"filter.evil.required", "true"},
    {"filter.evilproc.process", NULL},
    {"filter.evilproc.required", "true"},
    {"filter.with.dots=and equals.clean", NULL},
    {"interactive.diffFilter", NULL},
    {"gpg.program", NULL},
    {"gpg.openpgp.program", NULL},
    {"gpg.x509.program", NULL},
    {"gpg.ssh.program", NULL},
    {"gpg.ssh.defaultKeyCommand", NULL},
    {"log.showSignature", "true"},
    {"commit.gpgSign", "true"},
    {"tag.gpgSign", "true"},
    {"push.gpgSign", "true"},
    {"credential.helper", "!%T"},
    {"credential.https://example.org.helper", "!%T"},
    {"alias.status", "!%T"},
    {"alias.diff", "!%T"},
    {"alias.worktree", "!%T"},
    {"alias.config", "!%T"},
    {"alias.for-each-ref", "!%T"},
    {"submodule.sub.update", "!%T"},
    {"submodule.recurse", "true"},
    {"status.submoduleSummary", "true"},
    {"diff.submodule", "diff"},
    {"protocol.allow", "always"},
    {"protocol.ext.allow", "always"},
    {"remote.origin.url", "ext::%T"},
    {"remote.origin.promisor", "true"},
    {"remote.origin.partialclonefilter", "blob:none"},
    {"remote.origin.vcs", "evil"},
    {"remote.origin.uploadpack", NULL},
    {"remote.origin.receivepack", NULL},
    {"extensions.partialClone", "origin"},
    {"uploadpack.packObjectsHook", NULL},
    {"fetch.recurseSubmodules", "true"},
    {"receive.procReceiveRefs", "refs"},
    {"tar.evil.command", NULL},
    {"trailer.evil.command", NULL},
    {"trailer.evil.cmd", NULL},
    {"trailer.evil.key", "Evil"},
    {"sendemail.smtpServer", NULL},
    {"sendemail.sendmailCmd", NULL},
    {"sendemail.toCmd", NULL},
    {"imap.tunnel", NULL},
    {"instaweb.browser", NULL},
    {"browser.evil.cmd", NULL},
    {"web.browser", "evil"},
    {"man.evil.cmd", NULL},
    {"man.viewer", "evil"},
    {"help.format", "web"},
    {"guitool.evil.cmd", NULL},
    {"gui.diffTool", "evil"},
    {"init.templateDir", "%T.hooks"},
    {"blame.ignoreRevsFile", ""},
    {"gc.auto", "1"},
    {"gc.recentObjectsHook", NULL},
    {"maintenance.auto", "true"},
    {"core.bigFileThreshold", "1"},
    {"safe.bareRepository", "all"},
};

static const char *const hooks[] = {
    "applypatch-msg",     "pre-applypatch",
    "post-applypatch",    "pre-commit",
    "pre-merge-commit",   "prepare-commit-msg",
    "commit-msg",         "post-commit",
    "pre-rebase",         "post-checkout",
    "post-merge",         "pre-push",
    "pre-receive",        "update",
    "proc-receive",       "post-receive",
    "post-update",        "reference-transaction",
    "push-to-checkout",   "pre-auto-gc",
    "post-rewrite",       "sendemail-validate",
    "fsmonitor-watchman", "post-index-change",
};

typedef struct Trap {
    const char *program, *mark;
} Trap;

static Trap make_trap(Arena *a) {
    Trap t = {arena_fmt(a, "%s/trap", test_dir()).p, arena_fmt(a, "%s/MARK", test_dir()).p};
    fixture_sh(test_dir(),
               "printf '#!/bin/sh\\necho \"$0 $*\" >>%s\\nexit 1\\n' >trap; chmod +x trap; rm -rf trap.hooks MARK; "
               "mkdir trap.hooks",
               t.mark);
    for (size_t i = 0; i < COUNT_OF(hooks); i++) fixture_sh(test_dir(), "cp trap trap.hooks/%s", hooks[i]);
    return t;
}

/* The value with "%T" replaced by the trap, for a shell, in single quotes. */
static Str value_of(Arena *a, const Trap *t, const char *value) {
    if (!value) return str(t->program);
    Str v = str(value);
    size_t at;
    if (!str_find(v, STR("%T"), &at)) return v;
    return arena_fmt(a, STR_FMT "%s" STR_FMT, STR_ARG(str_upto(v, at)), t->program, STR_ARG(str_from(v, at + 2)));
}

/* One script per file, because a process per key would take longer than the rest of the test. */
static void set_traps(Arena *a, const Trap *t, const char *config) {
    CLEANUP(buf_done) Buf script;
    buf_init(&script, 64 << 10);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        Str v = value_of(a, t, keys[i].value);
        buf_add_fmt(&script, "git config --file '%s' --add '%s' '" STR_FMT "'\n", config, keys[i].key, STR_ARG(v));
    }
    fixture_sh(test_dir(), STR_FMT, STR_ARG(buf_str(&script)));
}

/* Everything is prepared while the repository is still harmless; the traps are added last. */
static const char *hostile_repo(Arena *a, const Trap *t) {
    const char *r = fixture_repo(a, "hostile");
    fixture_sh(
        test_dir(),
        "rm -rf hostile-wt hostile-home hostile-sub; mkdir hostile-home; git init -q hostile-sub; cd hostile-sub; "
        "echo s >s; git add s; git commit -qm s");
    fixture_sh(
        r,
        "git -c protocol.file.allow=always submodule --quiet add '%s/hostile-sub' sub; echo x >x.proc; echo y >y.dots; "
        "printf '* filter=evil diff=evil merge=evil\\n*.proc filter=evilproc\\n*.dots filter=with.dots=and?equals\\n' "
        ">.gitattributes; echo missing >missing; git add .; git commit -qm all; git branch other; "
        "git worktree add -q -b topic ../hostile-wt; touch -d 2020-01-01 a x.proc y.dots; echo changed >>a; "
        "echo new >new; rm missing; find .git/objects -type f -name \"$(git rev-parse HEAD:missing | cut -c3-)\" -delete",
        test_dir());
    for (size_t i = 0; i < COUNT_OF(hooks); i++) fixture_sh(r, "cp ../trap .git/hooks/%s", hooks[i]);
    fixture_sh(r, "echo changed >>sub/s; printf '* filter=evil diff=evil\\n' >sub/.gitattributes");
    set_traps(a, t, arena_fmt(a, "%s/.git/modules/sub/config", r).p);
    fixture_sh(
        r,
        "git config include.path more; git config extensions.worktreeConfig true; git config core.repositoryFormatVersion 1");
    set_traps(a, t, arena_fmt(a, "%s/.git/more", r).p);
    set_traps(a, t, arena_fmt(a, "%s/.git/config", r).p);
    set_traps(a, t, arena_fmt(a, "%s/.git/config.worktree", r).p);
    return r;
}

static void expect_quiet(const Trap *t, const char *after) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    if (fixture_exists(t->mark, ""))
        test_fail(__FILE__, __LINE__, "%s ran %s", after, fixture_out(a, "/", "cat '%s'", t->mark).p);
    CHECK(!fixture_exists(test_dir(), "MARK"));
}

static void try_everything(Arena *a, const Trap *t, const char *dir) {
    Git *g = fixture_git(a, dir);
    GitPlaces places;
    GitWorktreeList trees;
    GitStatus status;
    GitBranches branches;
    GitBranchPlan plan;
    GitDiff diff;
    Str oid;
    Err e = {0};
    expect_quiet(t, "git_open");
    CHECK_OK(git_places(g, &places, &e), e);
    CHECK_OK(git_worktrees(g, &trees, &e), e);
    CHECK_OK(git_resolve(g, "HEAD", &oid, &e), e);
    expect_quiet(t, "git_places");
    CHECK_OK(git_status(g, &status, &e), e);
    expect_quiet(t, "git_status");
    CHECK_OK(git_status_outer(g, &status, &e), e);
    expect_quiet(t, "git_status_outer");
    CHECK_OK(git_branches(g, &branches, &e), e);
    CHECK_OK(git_branch_plan(g, STR("other"), false, STR(""), &plan, &e), e);
    expect_quiet(t, "git_branches");
    static const struct {
        const char *from, *to;
    } sides[] = {{NULL, NULL}, {"index", NULL}, {"head", "index"}, {"base", NULL}, {"base", "head"}};
    for (size_t i = 0; i < COUNT_OF(sides); i++) {
        GitSides s;
        GitBlob blob;
        CHECK_OK(git_sides(g, str(sides[i].from), str(sides[i].to), STR("refs/heads/main"), &s, &e), e);
        expect_quiet(t, "git_sides");
        GitDiffWindow w = {.sides = &s, .limit = 100, .lines = {0, 1000}};
        (void)git_diff(g, &w, &diff, &e);
        w.path = STR("a");
        (void)git_diff(g, &w, &diff, &e);
        expect_quiet(t, "git_diff");
        (void)git_blob(g, &s, &(GitBlobPart){STR("a"), 0, 100}, &blob, &e);
        expect_quiet(t, "git_blob");
    }
}

static void try_trash(Arena *a, const Trap *t, const char *repo) {
    Git *g = fixture_git(a, arena_fmt(a, "%s/.git", repo).p);
    GitTrashed trashed;
    GitUndone undone;
    Err e = {0};
    CHECK_OK(git_trash_plan(g, arena_fmt(a, "%s-home", repo).p, "trs_01j00000000000000000000000",
                            arena_fmt(a, "%s-wt", repo).p, &trashed, &e),
             e);
    CHECK_OK(git_trash_put(g, &trashed, &e), e);
    expect_quiet(t, "git_trash_put");
    CHECK_OK(git_trash_undo(g, &trashed, &undone, &e), e);
    CHECK(undone.is_attached);
    expect_quiet(t, "git_trash_undo");
}

TEST(nothing_runs_in_a_hostile_repository) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Trap t = make_trap(a);
    const char *r = hostile_repo(a, &t);
    try_everything(a, &t, r);
    try_everything(a, &t, arena_fmt(a, "%s/hostile-wt", test_dir()).p);
    try_trash(a, &t, r);
    Git *g = fixture_git(a, r);
    GitOut o;
    Err e = {0};
    CHECK_OK(git_user(g, &(GitCall){.args = GIT_ARGS("status"), .any_exit = true}, &o, &e), e);
    CHECK(fixture_exists(test_dir(), "MARK"));
}

/* One key at a time, so that a key that makes git stop early does not hide another. */
TEST(nothing_runs_with_each_key_alone) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Trap t = make_trap(a);
    const char *r = hostile_repo(a, &t);
    fixture_sh(
        r,
        "rm .git/config.worktree; git config -f .git/config --unset-all include.path; cp .git/config .git/all; "
        "for s in core sequence pager diff diff.evil difftool.evil mergetool.evil merge merge.evil filter.evil "
        "filter.evilproc interactive gpg log commit tag push alias remote.origin protocol protocol.ext extensions; do "
        "git config -f .git/config --remove-section $s 2>/dev/null || true; done; "
        "git config -f .git/config core.repositoryFormatVersion 0; cp .git/config .git/base");
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        fixture_sh(r, "cp .git/base .git/config; git config -f .git/config --add '%s' '%s'", keys[i].key,
                   value_of(a, &t, keys[i].value).p);
        CLEANUP(arena_freep) Arena *b = arena_new();
        Git *g = fixture_git(b, r);
        GitStatus status;
        GitDiff diff;
        Err e = {0};
        GitDiffWindow w = {.limit = 100, .lines = {0, 1000}};
        (void)git_status(g, &status, &e);
        (void)git_diff(g, &w, &diff, &e);
        expect_quiet(&t, keys[i].key);
    }
}

/* Whoever made the repository made the refs under refs/muster/salvage too. The scripts print a tree made from that of the
 * sound salvage $c; $up is a tree in which `..` has the file pwned. */
static const char lying[] =
    "file() { printf '100644 blob %s\\t%s\\n' $1 $2; }\n"
    "folder() { printf '040000 tree %s\\t%s\\n' $1 $2; }\n"
    "blob() { echo \"$1\" | git hash-object -w --stdin; }\n"
    "but() { git ls-tree $1 | grep -v \"$(printf '\\t')$2\\$\"; }\n"
    "with() { { but $c $2; $1 $3 $2; } | git mktree --missing; }\n"
    "with_state() { with folder state $({ but $c:state HEAD; cat; } | git mktree --missing); }\n"
    "with_head() { file $(blob \"$1\") HEAD | with_state; }\n"
    "with_ref() { with file refs $(blob \"$1\"); }\n"
    "x=$(file $(blob pwned) pwned | git mktree); up=$(folder $x .. | git mktree)\n";

static const struct {
    const char *name, *tree;
} lies[] = {
    {"a state file above git's folder",
     "{ git ls-tree $c:state HEAD; folder $(folder $up .. | git mktree) rebase-merge; } | with_state"},
    {"a state file beside its folder", "{ git ls-tree $c:state HEAD; folder $up sequencer; } | with_state"},
    {"an option as HEAD", "with_head --stdin"},
    {"an option as a branch", "with_head 'ref: -d'"},
    {"a branch outside the refs", "with_head 'ref: refs/heads/../../pwned'"},
    {"a ref that is not a branch", "with_head 'ref: refs/muster/pwned'"},
    {"a branch among its refs", "with_ref \"$(git rev-parse other) refs/heads/main\""},
    {"a ref above its folder", "with_ref \"$(git rev-parse other) refs/worktree/../heads/main\""},
    {"an option as an id", "with_ref '--stdin refs/worktree/x'"},
    {"an option as a ref", "with_ref \"$(git rev-parse other) -d\""},
    {"a file above the worktree", "with folder files $up"},
    {"an ignored file above the worktree", "with folder ignored $up"},
};

static Str all_of(Arena *a, const char *repo) {
    return fixture_out(a, repo,
                       "git for-each-ref refs/heads refs/worktree refs/bisect refs/muster/pwned; cat .git/HEAD a; "
                       "git status --short; find .. -name pwned; ls .git");
}

TEST(a_hostile_salvage_restores_nothing) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "liar");
    SalvageAsk ask = {.shot = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_1"}, .act = "test_act"};
    GitSalvage sound, before;
    Err e = {0};
    fixture_sh(repo, "git branch other $(git commit-tree -m other HEAD^{tree}); echo saved >a");
    CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &sound, &e), e);
    fixture_sh(repo, "echo edited >a");
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        GitSalvage lie = sound;
        lie.commit = fixture_out(a, repo, "c=" STR_FMT "\n%stree=$(%s)\ngit commit-tree -m lie $tree",
                                 STR_ARG(sound.commit), lying, lies[i].tree);
        Str was = all_of(a, repo);
        SalvageRestore r = {.from = &lie};
        e = (Err){0};
        if (salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e) >= 0)
            test_fail(__FILE__, __LINE__, "%s: it was restored", lies[i].name);
        Str is = all_of(a, repo);
        if (!str_eq(is, was))
            test_fail(__FILE__, __LINE__, "%s: before\n" STR_FMT "\n--- after\n" STR_FMT, lies[i].name, STR_ARG(was),
                      STR_ARG(is));
    }
}

/* Both its restore and what it removes: the state that is there now is that of the folder's link. */
TEST(a_link_in_gits_folder_is_not_followed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "linked");
    SalvageAsk ask = {.shot = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_1"}, .act = "test_act"};
    GitSalvage clean, rebasing, before;
    Err e = {0};
    CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &clean, &e), e);
    fixture_sh(repo, "mkdir .git/sequencer; echo pick >.git/sequencer/todo");
    CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &rebasing, &e), e);
    fixture_sh(repo, "rm -r .git/sequencer; rm -rf ../elsewhere; mkdir ../elsewhere; echo mine >../elsewhere/mine; "
                     "ln -s ../../elsewhere .git/sequencer");
    SalvageRestore r = {.from = &clean};
    CHECK_OK(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e);
    r.from = &rebasing;
    CHECK_ERR(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e, ERR_CONFLICT);
    CHECK_STR(fixture_out(a, repo, "ls ../elsewhere; cat ../elsewhere/mine"), "mine\nmine");
}
