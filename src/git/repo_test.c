#include "git/repo.h"

#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"

static GitStatus status_of(Arena *a, const char *dir) {
    GitStatus s;
    Err e = {0};
    CHECK_OK(git_status(fixture_git(a, dir), &s, &e), e);
    return s;
}

static bool has(StrList l, const char *want) {
    for (size_t i = 0; i < l.n; i++)
        if (str_is(l.items[i], want)) return true;
    return false;
}

TEST(finds_the_places_of_a_repository_from_a_folder_inside) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "places");
    fixture_sh(r, "mkdir -p deep/er");
    GitPlaces p;
    Err e = {0};
    CHECK_OK(git_places(fixture_git(a, arena_fmt(a, "%s/deep/er", r).p), &p, &e), e);
    CHECK_STR(str(p.top), r);
    CHECK_STR(str(p.common), arena_fmt(a, "%s/.git", r).p);
}

TEST(refuses_folders_outside_repositories_and_bare_ones) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    fixture_sh(test_dir(), "mkdir -p plain; git init -q --bare bare.git");
    GitPlaces p;
    Git *g;
    Err e = {0};
    CHECK_ERR(git_places(fixture_git(a, arena_fmt(a, "%s/plain", test_dir()).p), &p, &e), e, ERR_INVALID);
    CHECK_ERR(git_places(fixture_git(a, arena_fmt(a, "%s/bare.git", test_dir()).p), &p, &e), e, ERR_INVALID);
    CHECK_ERR(git_open(a, "/nowhere/at/all", &g, &e), e, ERR_NOT_FOUND);
}

TEST(reports_a_status_with_names_of_any_bytes) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "status");
    CHECK(status_of(a, r).is_clean);
    fixture_sh(
        r, "echo x >>a; echo s >staged; git add staged; printf 1 >-dash; printf 1 >\"$(printf 'new\\nline\\ttab')\"; "
           "printf 1 >\"$(printf 'bad\\377byte')\"");
    GitStatus s = status_of(a, r);
    CHECK(!s.is_clean);
    CHECK(has(s.modified, "a") && has(s.staged, "staged"));
    CHECK(has(s.untracked, "-dash") && has(s.untracked, "new\nline\ttab") &&
          has(s.untracked, "bad\xff"
                           "byte"));
    CHECK_STR(s.branch, "main");
    CHECK_I64(s.head.n, 40);
}

static const char *detail_of(const Err *e, const char *path) {
    const char *text = NULL;
    for (unsigned i = 0; i < e->n_details; i++) {
        if (strcmp(e->details[i].path, path) != 0) continue;
        CHECK(!text); /* called only for members that occur once */
        text = e->details[i].text;
    }
    return text ? text : "";
}

static int details_of(const Err *e, const char *path) {
    int n = 0;
    for (unsigned i = 0; i < e->n_details; i++) n += strcmp(e->details[i].path, path) == 0;
    return n;
}

TEST(a_refusal_names_counts_and_paths_and_the_number_omitted) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "refusal");
    Err e = {0};
    fixture_sh(r, "echo x >>a; printf 1 >\"$(printf 'new\\nline')\"");
    GitStatus s = status_of(a, r);
    CHECK_ERR(git_require_clean(&s, "it", &e), e, ERR_CONFLICT);
    CHECK_STR(str(detail_of(&e, "modifiedCount")), "1");
    CHECK_STR(str(detail_of(&e, "modified")), "a");
    CHECK_STR(str(detail_of(&e, "untracked")), "new\\nline");
    CHECK_I64(details_of(&e, "modifiedOmitted"), 0);
    CHECK_I64(e.n_details, 4);
    fixture_sh(r,
               "seq -f u%%.0f 20 | xargs touch; touch $(printf 'n%%.0s' $(seq 200)); echo s >s; git add s; echo t >>s");
    s = status_of(a, r);
    CHECK_ERR(git_require_clean(&s, "it", &e), e, ERR_CONFLICT);
    CHECK_STR(str(detail_of(&e, "modifiedCount")), "2");
    CHECK_I64(details_of(&e, "modified"), 2);
    CHECK_STR(str(detail_of(&e, "stagedCount")), "1");
    CHECK_STR(str(detail_of(&e, "untrackedCount")), "22");
    CHECK_I64(details_of(&e, "untracked"), 3);
    CHECK_STR(str(detail_of(&e, "untrackedOmitted")), "19");
}

TEST(counts_all_paths_of_a_cut_list) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "counts");
    fixture_sh(r, "seq -f u%%.0f 5003 | xargs touch; echo x >>a; echo s >s; git add s; echo t >>s");
    GitStatus s = status_of(a, r);
    CHECK_I64(s.untracked.n, 5000);
    CHECK(s.truncated);
    CHECK_I64(s.counts->untracked, 5003);
    CHECK_I64(s.counts->modified, 2);
    CHECK_I64(s.counts->staged, 1);
    CHECK_I64(s.counts->conflicted + s.counts->unverified, 0);
    Err e = {0};
    CHECK_ERR(git_require_clean(&s, "it", &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("2 modified, 1 staged, 5003 untracked"), &(size_t){0}));
    CHECK_STR(str(detail_of(&e, "untrackedOmitted")), "5000");
}

TEST(works_with_sha256_repositories_and_before_the_first_commit) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    fixture_sh(test_dir(), "rm -rf sha256; git init -q -b trunk --object-format=sha256 sha256");
    const char *r = arena_fmt(a, "%s/sha256", test_dir()).p;
    GitStatus s = status_of(a, r);
    CHECK_STR(s.branch, "trunk");
    CHECK(!s.head.p && s.is_clean);
    fixture_sh(r, "echo 1 >f; git add f; git commit -qm one");
    CHECK_I64(status_of(a, r).head.n, 64);
}

TEST(reports_how_far_a_branch_is_from_its_upstream) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "upstream");
    fixture_sh(test_dir(), "rm -rf clone; git clone -q upstream clone; cd clone; git config user.name A; "
                           "git config user.email a@b; echo 1 >c; git add c; git commit -qm c");
    fixture_sh(r, "echo 2 >d; git add d; git commit -qm d; echo 3 >d; git commit -qam e");
    const char *clone = arena_fmt(a, "%s/clone", test_dir()).p;
    fixture_sh(clone, "git fetch -q");
    GitStatus s = status_of(a, clone);
    CHECK_I64(s.ahead, 1);
    CHECK_I64(s.behind, 2);
    CHECK_STR(s.upstream, "origin/main");
}

TEST(marks_files_whose_state_depends_on_a_filter_as_unverified) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "filtered");
    fixture_sh(
        r, "git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z a-z'; "
           "echo '*.up filter=up' >.gitattributes; echo hello >x.up; echo hello >y.txt; git add .; git commit -qm f; "
           "touch -d 2020-01-01 x.up; echo more >>y.txt");
    GitStatus s = status_of(a, r);
    CHECK(has(s.unverified, "x.up") && !has(s.modified, "x.up"));
    CHECK(has(s.modified, "y.txt"));
    CHECK_I64(s.counts->unverified, 1);
    CHECK_I64(s.counts->modified, 1);
    CHECK(!s.is_clean);
}

TEST(lists_branches_as_the_source_prints_them) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "origin");
    fixture_sh(r, "git branch feature/x");
    fixture_sh(test_dir(), "rm -rf branches; git clone -q origin branches; cd branches; "
                           "git update-ref refs/remotes/fork/y HEAD; git branch local");
    GitBranches b;
    Err e = {0};
    CHECK_OK(git_branches(fixture_git(a, arena_fmt(a, "%s/branches", test_dir()).p), &b, &e), e);
    CHECK_I64(b.local.n, 2);
    CHECK(has(b.remote, "feature/x") && has(b.remote, "main") && has(b.remote, "fork/y") && !has(b.remote, "HEAD"));
    CHECK_STR(b.current, "main");
}

static int plan(Arena *a, const char *dir, const char *branch, bool create, GitBranchPlan *ret, Err *e) {
    return git_branch_plan(fixture_git(a, dir), str(branch), create, STR(""), ret, e);
}

TEST(plans_a_branch_or_reports_why_not) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "plans");
    fixture_sh(r,
               "git branch there; git update-ref refs/remotes/origin/far HEAD; git update-ref refs/remotes/a/two HEAD; "
               "git update-ref refs/remotes/b/two HEAD");
    GitBranchPlan p;
    Err e = {0};
    CHECK_OK(plan(a, r, "new", true, &p, &e), e);
    CHECK(p.is_new && !p.is_tracking);
    CHECK_OK(plan(a, r, "there", false, &p, &e), e);
    CHECK(!p.is_new);
    CHECK_OK(plan(a, r, "far", false, &p, &e), e);
    CHECK(p.is_new && p.is_tracking);
    CHECK_STR(str(p.start), "refs/remotes/origin/far");
    CHECK_ERR(plan(a, r, "there", true, &p, &e), e, ERR_CONFLICT);
    CHECK_ERR(plan(a, r, "there/below", true, &p, &e), e, ERR_CONFLICT);
    fixture_sh(r, "git branch above/it");
    CHECK_ERR(plan(a, r, "above", true, &p, &e), e, ERR_CONFLICT);
    CHECK_OK(plan(a, r, "above/i", true, &p, &e), e);
    CHECK_ERR(plan(a, r, "main", false, &p, &e), e, ERR_CONFLICT);
    CHECK_ERR(plan(a, r, "two", false, &p, &e), e, ERR_CONFLICT);
    CHECK_ERR(plan(a, r, "nowhere", false, &p, &e), e, ERR_NOT_FOUND);
    const char *const bad[] = {"", "-f", "--detach", "a..b", "a b", "x.lock", "HEAD", "a\nb", "/a", "a/", "@{-1}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) CHECK_ERR(plan(a, r, bad[i], true, &p, &e), e, ERR_INVALID);
}

TEST(adds_a_worktree_and_keeps_it_when_a_hook_fails) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "adds");
    fixture_sh(r, "rm -rf ../adds-one; printf '#!/bin/sh\\necho no >&2; exit 3\\n' >.git/hooks/post-checkout; "
                  "chmod +x .git/hooks/post-checkout");
    GitBranchPlan p;
    Str note;
    GitWorktreeList l;
    Err e = {0};
    Git *g = fixture_git(a, r);
    const char *path = arena_fmt(a, "%s/adds-one", test_dir()).p;
    CHECK_OK(plan(a, r, "one", true, &p, &e), e);
    CHECK_OK(git_worktree_add(g, path, &p, &note, &e), e);
    CHECK(note.p && str_find(note, STR("no"), &(size_t){0}));
    CHECK_OK(git_worktrees(g, &l, &e), e);
    CHECK_STR(git_worktree_find(&l, str(path))->branch, "refs/heads/one");
    CHECK_STR(git_short_branch(STR("refs/heads/one")), "one");
}

TEST(switches_and_never_overwrites_an_ignored_file) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "switch");
    fixture_sh(r, "git switch -qc other; echo tracked >secret; git add secret; git commit -qm s; git switch -q main; "
                  "echo secret >.gitignore; git add .gitignore; git commit -qm i; echo precious >secret");
    GitBranchPlan p;
    Str note;
    Err e = {0};
    Git *g = fixture_git(a, r);
    CHECK_OK(plan(a, r, "other", false, &p, &e), e);
    CHECK_ERR(git_switch(g, &p, &note, &e), e, ERR_CONFLICT);
    CHECK_STR(str(e.details[0].text), "secret");
    CHECK_STR(fixture_out(a, r, "cat secret"), "precious");
    fixture_sh(r, "rm secret");
    CHECK_OK(git_switch(g, &p, &note, &e), e);
    CHECK_STR(status_of(a, r).branch, "other");
}

TEST(drops_a_branch_only_if_it_has_not_moved) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "drop");
    fixture_sh(r, "git branch gone; echo 2 >b; git add b; git commit -qm two; git branch moved");
    Git *g = fixture_git(a, r);
    Err e = {0};
    Str first = fixture_out(a, r, "git rev-parse HEAD~1");
    CHECK_OK(git_branch_drop(g, "gone", first, &e), e);
    CHECK_ERR(git_branch_drop(g, "moved", first, &e), e, ERR_GIT);
    Str oid;
    CHECK_OK(git_resolve(g, "refs/heads/moved", &oid, &e), e);
    CHECK(oid.p);
}

TEST(a_dirty_submodule_makes_the_status_dirty) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "outer");
    fixture_sh(test_dir(), "rm -rf inner; git init -q inner; cd inner; echo s >s; git add s; git commit -qm s");
    fixture_sh(r,
               "for n in one two; do git -c protocol.file.allow=always submodule --quiet add '%s/inner' $n; done; "
               "git commit -qm subs; echo unsaved >two/new; "
               "git config -f .gitmodules submodule.evil.path ../../../etc; git commit -qam evil",
               test_dir());
    GitStatus s;
    Err e = {0};
    Git *g = fixture_git(a, r);
    CHECK_OK(git_status_outer(g, &s, &e), e);
    CHECK(s.is_clean);
    CHECK_OK(git_status(g, &s, &e), e);
    CHECK(!s.is_clean && s.modified.n == 1 && has(s.modified, "two"));
    CHECK(s.submodules.n == 1 && has(s.submodules, "two"));
    Str before = s.content_id;
    fixture_sh(r, "echo more >>two/new; cd one; git commit -q --allow-empty -m other; echo dirty >>s");
    CHECK_OK(git_status(g, &s, &e), e);
    CHECK(s.modified.n == 2 && s.submodules.n == 2 && s.counts->modified == 2 && !str_eq(s.content_id, before));
}

TEST(the_missing_program_of_a_filter_is_named) {
    static const char *const drivers[] = {"process", "smudge"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "lacks");
    fixture_sh(r, "rm -rf ../lacks-*; echo 'a filter=lfs' >.gitattributes; git add .; git commit -qm f; "
                  "git config filter.lfs.required true");
    for (size_t i = 0; i < COUNT_OF(drivers); i++) {
        const char *path = arena_fmt(a, "%s-%s", r, drivers[i]).p;
        GitBranchPlan plan = {.branch = drivers[i], .is_new = true};
        Str note;
        Err e = {0};
        fixture_sh(r, "git config filter.lfs.%s 'no-such-lfs --now'", drivers[i]);
        CHECK_ERR(git_worktree_add(fixture_git(a, r), path, &plan, &note, &e), e, ERR_GIT);
        CHECK(str_find(str(e.text), STR("no-such-lfs: not found; "), &(size_t){0}));
        fixture_sh(r, "git config --unset filter.lfs.%s", drivers[i]);
    }
}

/* git opens these and would wait for a writer. */
TEST(a_pipe_in_place_of_a_file_is_found_and_named) {
    static const char *const pipes[] = {".gitignore", "deep/er/.gitignore", ".git/info/exclude"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(pipes); i++) {
        const char *r = fixture_repo(a, "pipes");
        GitStatus s;
        Err e = {0};
        fixture_sh(r, "mkdir -p deep/er; touch deep/er/new; rm -f %s; mkfifo %s", pipes[i], pipes[i]);
        CHECK_ERR(git_status(fixture_git(a, r), &s, &e), e, ERR_CONFLICT);
        CHECK(str_starts(str(e.text), arena_fmt(a, "%s/%s is a named pipe", r, pipes[i])));
    }
    const char *r = fixture_repo(a, "linked");
    GitStatus s;
    Err e = {0};
    fixture_sh(r, "rm -rf ../linked-b; git worktree add -q ../linked-b; rm .git/info/exclude; mkfifo .git/info/exclude "
                  "pipe ../linked-b/pipe; touch ../linked-b/new");
    CHECK_ERR(git_status(fixture_git(a, arena_fmt(a, "%s-b", r).p), &s, &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("linked/.git/info/exclude is a named pipe"), &(size_t){0}));
    fixture_sh(r, "rm .git/info/exclude");
    CHECK(status_of(a, r).is_clean); /* other pipes do not matter */
}

TEST(a_call_that_hangs_ends_at_its_deadline_and_names_the_hook) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "hang");
    fixture_sh(r, "rm -rf ../hang-*; printf '#!/bin/sh\\nsetsid sleep 1000\\n' >.git/hooks/post-checkout; "
                  "chmod +x .git/hooks/post-checkout");
    const char *path = arena_fmt(a, "%s-b", r).p;
    Git *g = fixture_git(a, r);
    GitOut o;
    Err e = {0};
    for (int64_t ms = 500; !str_find(str(e.text), STR("post-checkout"), &(size_t){0}); ms *= 2) {
        fixture_sh(r, "rm -rf ../hang-b; git worktree prune; git branch -D b 2>/dev/null || :");
        GitCall c = {.args = GIT_ARGS("worktree", "add", "-b", "b", "--", path), .timeout_ms = ms};
        CHECK_ERR(git_user(g, &c, &o, &e), e, ERR_TIMEOUT);
        CHECK(str_starts(str(e.text), STR("git worktree add did not end within ")));
    }
}
