#include "git/merge.h"

#include <pthread.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/bases.h"
#include "git/branch_use.h"
#include "git/git_fixture.h"
#include "git/repo.h"

/* main with two commits, the older one is also `old`; worktree `side` beside it. */
static const char *two_commits(Arena *a, const char *name) {
    const char *r = fixture_repo(a, name);
    fixture_sh(r,
               "git config user.name A; git config user.email a@example.org; git branch old; printf 'one\\nTWO\\n' >a; "
               "echo b >b; git add .; git commit -qm second");
    return r;
}

static GitRefMove back(Arena *a, const char *r) {
    return (GitRefMove){STR("refs/heads/main"), fixture_out(a, r, "git rev-parse main"),
                        fixture_out(a, r, "git rev-parse old"), "test"};
}

static Str state_of(Arena *a, const char *r) {
    return fixture_out(a, r,
                       "git rev-parse --symbolic-full-name HEAD; git log -1 --format=%%s; git status --porcelain");
}

TEST(a_checked_out_branch_moves_with_its_index_and_files) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = two_commits(a, "moves");
    GitRefMove m = back(a, r), there = {m.ref, m.to, m.from, m.why};
    Err e = {0};
    fixture_sh(r, "touch -d 2001-01-01 a; echo mine >untracked");
    CHECK_OK(git_move_checked_out(fixture_git(a, r), &m, &e), e);
    CHECK_STR(state_of(a, r), "refs/heads/main\nfirst\n?? untracked");
    CHECK(!fixture_exists(r, "b"));
    CHECK_OK(git_move_checked_out(fixture_git(a, r), &there, &e), e);
    CHECK_STR(state_of(a, r), "refs/heads/main\nsecond\n?? untracked");
}

TEST(nothing_moves_when_something_has_changed_meanwhile) {
    static const struct {
        const char *change, *state;
    } rows[] = {
        {"git switch -qc other", "refs/heads/other\nsecond"},
        {"git switch -q --detach", "HEAD\nsecond"},
        {"git commit -q --allow-empty -m third", "refs/heads/main\nthird"},
        {"echo edited >a", "refs/heads/main\nsecond\n M a"},
        {"echo staged >a; git add a", "refs/heads/main\nsecond\nM  a"},
        {"echo staged >a; git add a; echo edited >a", "refs/heads/main\nsecond\nMM a"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *r = two_commits(a, "stays");
        GitRefMove m = back(a, r);
        Err e = {0};
        fixture_sh(r, "%s", rows[i].change);
        CHECK_ERR(git_move_checked_out(fixture_git(a, r), &m, &e), e, ERR_CONFLICT);
        CHECK_STR(state_of(a, r), rows[i].state);
    }
}

TEST(files_follow_back_when_the_branch_cannot_be_moved) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = two_commits(a, "refused");
    GitRefMove m = back(a, r);
    Err e = {0};
    fixture_sh(
        r,
        "printf '#!/bin/sh\\nexit 1\\n' >.git/hooks/reference-transaction; chmod +x .git/hooks/reference-transaction");
    CHECK_ERR(git_move_checked_out(fixture_git(a, r), &m, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "the hook reference-transaction refused it"));
    fixture_sh(r, "rm .git/hooks/reference-transaction");
    CHECK_STR(state_of(a, r), "refs/heads/main\nsecond");
}

TEST(a_move_is_finished_only_if_index_and_files_were_moved) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = two_commits(a, "finishes");
    GitRefMove m = back(a, r);
    Err e = {0};
    CHECK_OK(git_move_checked_out_finish(fixture_git(a, r), &m, &e), e);
    CHECK_STR(state_of(a, r), "refs/heads/main\nsecond");
    fixture_sh(r, "git read-tree -m -u main old");
    CHECK_OK(git_move_checked_out_finish(fixture_git(a, r), &m, &e), e);
    CHECK_STR(state_of(a, r), "refs/heads/main\nfirst");
}

TEST(a_rebase_or_bisection_of_a_branch_is_found_in_any_worktree) {
    static const struct {
        const char *begin;
        GitProgress is;
    } rows[] = {
        {"git rebase -q --apply main", GIT_PROGRESS_REBASE},
        {"git rebase -q --merge main", GIT_PROGRESS_REBASE},
        {"git bisect start HEAD main", GIT_PROGRESS_BISECT},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *r = two_commits(a, "used");
        GitBranchUse use;
        Err e = {0};
        fixture_sh(r, "rm -rf ../used-side; git worktree prune; git worktree add -q -b side ../used-side old; cd "
                      "../used-side; for n in 1 2 3; do echo $n >a; git commit -qam $n; done");
        CHECK_OK(git_branch_use(fixture_git(a, r), STR("refs/heads/side"), &use, &e), e);
        CHECK_I64(use.is, GIT_PROGRESS_NONE);
        fixture_sh(r, "cd ../used-side; %s >/dev/null 2>&1 || true", rows[i].begin);
        CHECK_OK(git_branch_use(fixture_git(a, r), STR("refs/heads/side"), &use, &e), e);
        CHECK_I64(use.is, rows[i].is);
        CHECK(str_ends(use.path, STR("/used-side")));
        CHECK_OK(git_branch_use(fixture_git(a, r), STR("refs/heads/main"), &use, &e), e);
        CHECK_I64(use.is, GIT_PROGRESS_NONE);
    }
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = two_commits(a, "main-used");
    GitBranchUse use;
    Err e = {0};
    fixture_sh(r, "git bisect start main old >/dev/null");
    CHECK_OK(git_branch_use(fixture_git(a, r), STR("refs/heads/main"), &use, &e), e);
    CHECK_I64(use.is, GIT_PROGRESS_BISECT);
    CHECK_STR(use.path, r);
}

TEST(lists_conflicts_of_commits_as_the_merge_leaves_them) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = two_commits(a, "conflicts");
    GitMergeTree tree;
    GitMergeState state;
    Err e = {0};
    GitMergeEnd end;
    fixture_sh(r, "git switch -qc side old; echo other >a; echo c >c; git add .; git commit -qm side");
    Str ours = fixture_out(a, r, "git rev-parse side"), theirs = fixture_out(a, r, "git rev-parse main");
    CHECK_OK(git_merge_tree(fixture_git(a, r), ours, theirs, &tree, &e), e);
    CHECK(!tree.is_clean);
    CHECK_I64(tree.conflicts.n, 1);
    CHECK_OK(git_merge(fixture_git(a, r), &(GitMergeAsk){.commit = theirs, .message = STR("m")}, &end, &e), e);
    CHECK_OK(git_merge_state(fixture_git(a, r), &state, &e), e);
    CHECK_I64(state.in_progress, GIT_PROGRESS_MERGE);
    CHECK_STR(state.other, theirs.p);
    CHECK_I64(state.conflicts.n, 1);
    CHECK_I64(state.conflicts.items[0].kind, GIT_CONFLICT_BOTH_MODIFIED);
    for (size_t i = 0; i < 3; i++)
        CHECK_STR(state.conflicts.items[0].stages.items[i].id, tree.conflicts.items[0].stages.items[i].id.p);
    CHECK_ERR(git_merge_continue(fixture_git(a, r), GIT_PROGRESS_MERGE, &end, &e), e, ERR_CONFLICT);
    CHECK_OK(git_merge_abort(fixture_git(a, r), GIT_PROGRESS_MERGE, &e), e);
    CHECK_STR(state_of(a, r), "refs/heads/side\nside");
    CHECK_ERR(git_merge_abort(fixture_git(a, r), GIT_PROGRESS_NONE, &e), e, ERR_CONFLICT);
}

/* 40 commits on top of up to two earlier ones each, by a fixed rule, and two without a common commit. */
TEST(finds_the_base_of_each_pair_as_git_does) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "bases");
    Str tips[14];
    StrList l = {tips, COUNT_OF(tips)};
    GitBases all, first;
    int n_several = 0;
    Err e = {0};
    fixture_sh(
        r, "t=$(git rev-parse HEAD^{tree}); set -- $(git rev-parse HEAD); s=7; i=0; while [ $i -lt 40 ]; do "
           "i=$((i+1)); s=$((s*75%%65537)); eval a=\\${$((s%%$#+1))}; s=$((s*75%%65537)); eval b=\\${$((s%%$#+1))}; "
           "[ $a = $b ] && p= || p=\"-p $b\"; c=$(git commit-tree $t -p $a $p -m $i); git branch c$i $c; "
           "set -- $* $c; done; git branch lone $(git commit-tree $t -m lone)");
    for (size_t i = 0; i < COUNT_OF(tips); i++)
        tips[i] =
            i ? fixture_out(a, r, "git rev-parse c%zu", 40 - 3 * (i - 1)) : fixture_out(a, r, "git rev-parse lone");
    CHECK_OK(git_merge_bases(fixture_git(a, r), &l, l.n, &all, &e), e);
    CHECK_OK(git_merge_bases(fixture_git(a, r), &l, 2, &first, &e), e);
    for (size_t i = 0; i < l.n; i++)
        for (size_t k = i + 1; k < l.n; k++) {
            Str found = git_bases_find(&all, i, k);
            Str known = fixture_out(a, r, "git merge-base --all " STR_FMT " " STR_FMT " || true", STR_ARG(tips[i]),
                                    STR_ARG(tips[k]));
            CHECK(found.n ? str_find(known, found, &(size_t){0}) : !known.n);
            CHECK_I64(git_bases_are_several(&all, i, k), memchr(known.p, '\n', known.n) != NULL);
            n_several += git_bases_are_several(&all, i, k);
            if (i < 2) CHECK_STR(git_bases_find(&first, i, k), found.n ? found.p : "");
        }
    CHECK(n_several > 0);
}

/* Two histories with nothing in common, each with two tips. */
TEST(a_history_without_a_common_commit_does_not_keep_the_others_from_their_bases) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "apart");
    fixture_sh(r,
               "git branch c0; t=$(git rev-parse HEAD^{tree}); c() { git branch $1 $(git commit-tree $t -m $1 $2); }; "
               "c c1 '-p c0'; c c2 '-p c0'; c d0; c d1 '-p d0'; c d2 '-p d0'");
    static const char *const names[] = {"c1", "d1", "c2", "d2"}, *const bases[] = {"c0", "d0"};
    Str tips[COUNT_OF(names)];
    StrList l = {tips, COUNT_OF(tips)};
    GitBases all;
    Err e = {0};
    for (size_t i = 0; i < l.n; i++) tips[i] = fixture_out(a, r, "git rev-parse %s", names[i]);
    CHECK_OK(git_merge_bases(fixture_git(a, r), &l, l.n, &all, &e), e);
    for (size_t i = 0; i < l.n; i++)
        for (size_t k = i + 1; k < l.n; k++)
            CHECK_STR(git_bases_find(&all, i, k),
                      i % 2 == k % 2 ? fixture_out(a, r, "git rev-parse %s", bases[i % 2]).p : "");
}

static void *unlock_later(void *path) {
    usleep(300000);
    (void)unlink(path);
    return NULL;
}

TEST(a_call_that_takes_the_index_waits_for_it_and_runs_once) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = two_commits(a, "locked");
    GitOut o;
    Err e = {0};
    pthread_t thread;
    Str lock = arena_fmt(a, "%s/.git/index.lock", r);
    const char *say =
        "alias.say=!echo >>ran; echo \"fatal: Unable to create '$PWD/.git/index.lock': File exists.\" >&2; exit 1";
    GitCall c = {.args = GIT_ARGS("-c", say, "say"), .takes_index = true};
    fixture_sh(r, "touch .git/index.lock");
    CHECK_ERR(git_user(fixture_git(a, r), &c, &o, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "no running process has it open"));
    CHECK(!fixture_exists(r, "ran"));
    pthread_create(&thread, NULL, unlock_later, (void *)lock.p);
    CHECK_ERR(git_user(fixture_git(a, r), &c, &o, &e), e, ERR_CONFLICT);
    pthread_join(thread, NULL);
    CHECK_STR(fixture_out(a, r, "wc -l <ran"), "1");
    c.takes_index = false; /* what a hook prints about another lock is not this call's */
    CHECK_ERR(git_user(fixture_git(a, r), &c, &o, &e), e, ERR_GIT);
    CHECK_STR(fixture_out(a, r, "wc -l <ran"), "2");
}
