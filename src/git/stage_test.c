#include "git/stage.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"
#include "git/repo.h"

/* The hunks of a file as the client was shown them. */
static GitDiffFile shown(Arena *a, const char *dir, const char *from, const char *to, const char *path) {
    GitSides s;
    GitDiff d;
    Err e = {0};
    GitDiffWindow w = {.sides = &s, .path = str(path), .lines = {0, 1000}};
    CHECK_OK(git_sides(fixture_git(a, dir), str(from), str(to), STR(""), &s, &e), e);
    CHECK_OK(git_diff(fixture_git(a, dir), &w, &d, &e), e);
    return d.files.items[0];
}

static int apply(Arena *a, const char *dir, GitHunkAct act, GitHunkRef one, Err *e) {
    return git_apply_hunks(fixture_git(a, dir), act, &(GitHunkRefList){&one, 1}, e);
}

static StrList paths_of(Arena *a, const char *path) {
    StrList l = {.items = arena_array(a, 1, sizeof(Str)), .n = path ? 1 : 0};
    l.items[0] = str(path);
    return l;
}

static const char *const odd_names[] = {"plain", "sp ace", "q\"uote", "-dash", "new\nline", ":(top)x"};

TEST(stages_unstages_and_discards_one_hunk_of_each_odd_name) {
    for (size_t i = 0; i < COUNT_OF(odd_names); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *r = fixture_repo(a, "hunks");
        Err e = {0};
        fixture_sh(r,
                   "f='%s'; for i in 1 2 3; do echo x; seq 1 20; done >\"./$f\"; printf end >>\"./$f\"; "
                   "git add .; git commit -qm f; sed -i 's/^10$/ten/' \"./$f\"; printf ' more' >>\"./$f\"",
                   odd_names[i]);
        GitDiffFile f = shown(a, r, "index", NULL, odd_names[i]);
        CHECK_I64(f.hunks.n, 4);
        for (size_t h = 1; h < 4; h += 2)
            CHECK_OK(apply(a, r, GIT_HUNK_STAGE, (GitHunkRef){.path = f.path, .id = f.hunks.items[h].id}, &e), e);
        GitDiffFile staged = shown(a, r, "head", "index", odd_names[i]);
        CHECK_I64(staged.hunks.n, 2);
        CHECK_I64(staged.hunks.items[0].old_start, 29);
        GitHunkRef first = {.path = f.path, .id = staged.hunks.items[0].id};
        CHECK_OK(apply(a, r, GIT_HUNK_UNSTAGE, first, &e), e);
        CHECK_I64(shown(a, r, "head", "index", odd_names[i]).hunks.n, 1);
        CHECK_ERR(apply(a, r, GIT_HUNK_UNSTAGE, (GitHunkRef){.path = f.path, .id = STR("feed")}, &e), e, ERR_CONFLICT);
        CHECK_STR(str(e.details[0].path), "hunks");
        f = shown(a, r, "index", NULL, odd_names[i]);
        CHECK_OK(apply(a, r, GIT_HUNK_DISCARD, (GitHunkRef){.path = f.path, .id = f.hunks.items[2].id}, &e), e);
        CHECK_STR(fixture_out(a, r, "git diff | grep -c '^+ten'"), "2");
    }
}

TEST(a_hunk_of_a_new_a_removed_and_a_converted_file_is_staged_whole) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "kinds");
    Err e = {0};
    fixture_sh(
        r,
        "git config core.autocrlf true; printf 'one\\r\\ntwo\\r\\n' >crlf; echo 1 >gone; git add .; git commit -qm k; "
        "printf 'one\\r\\nTWO\\r\\n' >crlf; rm gone; echo new >new; git add -N new");
    static const char *const names[] = {"crlf", "gone", "new"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        GitDiffFile f = shown(a, r, "index", NULL, names[i]);
        CHECK_OK(apply(a, r, GIT_HUNK_STAGE, (GitHunkRef){.path = f.path, .id = f.hunks.items[0].id}, &e), e);
    }
    CHECK_STR(fixture_out(a, r, "git status --porcelain"), "M  crlf\nD  gone\nA  new");
    CHECK_STR(fixture_out(a, r, "git show :crlf | od -An -c | tr -d ' '"), "one\\nTWO\\n");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        GitDiffFile f = shown(a, r, "head", "index", names[i]);
        CHECK_OK(apply(a, r, GIT_HUNK_UNSTAGE, (GitHunkRef){.path = f.path, .id = f.hunks.items[0].id}, &e), e);
    }
    CHECK_STR(fixture_out(a, r, "git status --porcelain"), "M crlf\n D gone\n?? new");
}

static void unstage_from_renamed(const char *repo, bool names_old_path) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, repo);
    GitSides s;
    GitDiff d;
    Err e = {0};
    fixture_sh(
        r, "seq 1 60 >old; git add old; git commit -qm old; git mv old new; sed -i 's/^5$/five/; s/^50$/fifty/' new; "
           "git add new");
    CHECK_OK(git_sides(fixture_git(a, r), STR("head"), STR("index"), STR(""), &s, &e), e);
    CHECK_OK(git_diff(fixture_git(a, r), &(GitDiffWindow){.sides = &s, .limit = 10, .lines = {0, 1000}}, &d, &e), e);
    const GitDiffFile *f = &d.files.items[0];
    CHECK_STR(f->old_path, "old");
    CHECK_I64(f->hunks.n, 2);
    GitHunkRef one = {.path = f->path, .id = f->hunks.items[0].id};
    if (names_old_path) GIVE(GitHunkRef, &one, old_path, f->old_path);
    CHECK_OK(apply(a, r, GIT_HUNK_UNSTAGE, one, &e), e);
    CHECK_STR(
        fixture_out(a, r, "git diff --cached -M --name-status | cut -c1,5-; git show :new | grep -c -e five -e fifty"),
        "R\told\tnew\n1");
    CHECK_STR(fixture_out(a, r, "git show :new | sed -n 50p; sed -n 5p new"), "fifty\nfive");
    one.id = STR("00000000000000000000000000000000");
    CHECK_ERR(apply(a, r, GIT_HUNK_UNSTAGE, one, &e), e, ERR_CONFLICT);
}

TEST(a_hunk_of_a_renamed_file_is_unstaged_and_the_rename_stays) { unstage_from_renamed("renamed", true); }

TEST(the_old_path_of_a_renamed_file_is_found_where_it_is_not_named) { unstage_from_renamed("found", false); }

/* How often git listed all changes, and how often it was asked for a patch, in one call of these hunks. */
static void check_calls(const char *r, GitHunkRefList hunks, int want, const char *calls) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    const char *old = arena_strdup(a, getenv("PATH"));
    fixture_sh(r,
               "rm -rf .git/bin; mkdir .git/bin; printf '#!/bin/sh\necho \"$@\" >>%s/.git/calls\nexec %%s \"$@\"\n' "
               "\"$(command -v git)\" >.git/bin/git; chmod +x .git/bin/git; : >.git/calls",
               r);
    setenv("PATH", arena_fmt(a, "%s/.git/bin:%s", r, old).p, 1);
    int got = git_apply_hunks(fixture_git(a, r), GIT_HUNK_UNSTAGE, &hunks, &e);
    setenv("PATH", old, 1);
    if (got != want) test_fail(__FILE__, __LINE__, "%d %s", got, e.text);
    CHECK_STR(fixture_out(a, r, "grep -c -- --raw .git/calls; grep -c -- --unified .git/calls"), calls);
}

TEST(the_renamed_files_are_listed_once_and_nothing_is_asked_after_a_hunk_that_is_gone) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "listed");
    GitHunkRef gone[3], found[3];
    fixture_sh(r, "for f in 1 2 3; do seq 1 60 | sed \"s/^/$f /\" >$f; done; git add .; git commit -qm o; "
                  "for f in 1 2 3; do git mv $f new$f; sed -i 's/ 5$/ five/' new$f; done; git add .");
    for (int i = 0; i < 3; i++) {
        Str path = arena_fmt(a, "new%d", i + 1), old_path = arena_fmt(a, "%d", i + 1);
        GitSides s;
        GitPatch p;
        Err e = {0};
        CHECK_OK(git_sides(fixture_git(a, r), STR("head"), STR("index"), STR(""), &s, &e), e);
        CHECK_OK(git_diff_patch(fixture_git(a, r), &s, path, old_path, &p, &e), e);
        found[i] = (GitHunkRef){.path = path, .id = p.hunks[0].id};
        gone[i] = (GitHunkRef){.path = path, .id = STR("00000000000000000000000000000000")};
    }
    check_calls(r, (GitHunkRefList){gone, 3}, -ERR_CONFLICT, "1\n2");
    check_calls(r, (GitHunkRefList){found, 3}, 0, "1\n6");
}

TEST(a_hunk_of_a_file_with_a_filter_is_refused) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "filtered");
    Err e = {0};
    fixture_sh(r, "git config filter.up.clean 'tr a-z A-Z'; echo 'f filter=up' >.gitattributes; echo x >f; git add .; "
                  "git commit -qm f; echo y >>f");
    GitDiffFile f = shown(a, r, "index", NULL, "f");
    CHECK_ERR(apply(a, r, GIT_HUNK_STAGE, (GitHunkRef){.path = f.path, .id = f.hunks.items[0].id}, &e), e,
              ERR_CONFLICT);
    StrList one = paths_of(a, "f");
    CHECK_OK(git_stage(fixture_git(a, r), &one, &e), e);
    CHECK_STR(fixture_out(a, r, "git show :f"), "X\nY");
}

TEST(stages_unstages_and_discards_files) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "files");
    Err e = {0};
    fixture_sh(r, "mkdir d; echo 1 >d/one; echo x >>a; echo 2 >'*'; git init -q nested");
    StrList all = {0}, d = paths_of(a, "d"), star = paths_of(a, "*"), tracked = paths_of(a, "a"),
            none = paths_of(a, "none");
    Git *g = fixture_git(a, r);
    CHECK_OK(git_stage(g, &d, &e), e);
    CHECK_OK(git_stage(g, &star, &e), e);
    CHECK_STR(fixture_out(a, r, "git diff --cached --name-only | sort"), "*\nd/one");
    CHECK_ERR(git_stage(g, &none, &e), e, ERR_NOT_FOUND);
    CHECK_OK(git_unstage(g, &all, &e), e);
    CHECK_STR(fixture_out(a, r, "git diff --cached --name-only"), "");
    CHECK_OK(git_discard(g, &d, &e), e);
    CHECK_OK(git_discard(g, &tracked, &e), e);
    CHECK(!fixture_exists(r, "d/one"));
    CHECK_STR(fixture_out(a, r, "git status --porcelain"), "?? *\n?? nested/");
    StrList nested = paths_of(a, "nested");
    CHECK_ERR(git_discard(g, &nested, &e), e, ERR_CONFLICT);
    CHECK_OK(git_discard(g, &all, &e), e);
    CHECK_STR(fixture_out(a, r, "git status --porcelain"), "?? nested/");
    CHECK(fixture_exists(r, "nested/.git"));
    CHECK_ERR(git_discard(g, &none, &e), e, ERR_NOT_FOUND);
}

TEST(a_file_that_has_no_changes_any_more_is_discarded_already) {
    static const struct {
        const char *path;
        ErrCode code;
    } rows[] = {{"a", 0},
                {"d", 0},
                {"d/f", 0},
                {"unstaged", 0},
                {"none", ERR_NOT_FOUND},
                {".git/config", ERR_NOT_FOUND},
                {"../gone", ERR_NOT_FOUND},
                {"", ERR_INVALID}};
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "nothing-left");
    fixture_sh(r, "mkdir d; echo f >d/f; echo u >unstaged; echo b >b; git add .; git commit -qm d; git rm -q unstaged");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e = {0};
        StrList both = {arena_array(a, 2, sizeof(Str)), 2};
        both.items[0] = STR("b");
        both.items[1] = str(rows[i].path);
        fixture_sh(r, "echo edited >b");
        int got = git_discard(fixture_git(a, r), &both, &e);
        if (got != -(int)rows[i].code) test_fail(__FILE__, __LINE__, "%s: %d %s", rows[i].path, got, e.text);
        CHECK_STR(fixture_out(a, r, "cat b"), got ? "edited" : "b");
    }
}

TEST(a_folder_that_a_file_has_replaced_comes_back) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "replaced");
    Err e = {0};
    fixture_sh(r, "mkdir d; echo f >d/f; git add .; git commit -qm d; rm -r d; echo mine >d");
    CHECK_OK(git_discard(fixture_git(a, r), &(StrList){0}, &e), e);
    CHECK_STR(fixture_out(a, r, "cat d/f; git status --porcelain"), "f");
}

TEST(what_is_in_conflict_is_neither_unstaged_nor_discarded) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "inconflict");
    Err e = {0};
    fixture_sh(r, "git switch -qc o; echo o >a; git commit -qam o; git switch -q main; echo m >a; git commit -qam m; "
                  "git merge o >/dev/null || true");
    StrList all = {0};
    CHECK_ERR(git_unstage(fixture_git(a, r), &all, &e), e, ERR_CONFLICT);
    CHECK_ERR(git_discard(fixture_git(a, r), &all, &e), e, ERR_CONFLICT);
    CHECK_STR(fixture_out(a, r, "git ls-files -u | wc -l | tr -d ' '"), "3");
    CHECK_ERR(git_commit(fixture_git(a, r), &(GitCommitAsk){.message = STR("m")}, &e), e, ERR_CONFLICT);
}

static const char identity[] = "git config user.name P; git config user.email p@example.org; ";

TEST(commits_with_the_persons_hooks_and_shows_what_they_printed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "commits");
    Err e = {0};
    Git *g = fixture_git(a, r);
    fixture_sh(r, "%secho two >>a; git add a", identity);
    CHECK_OK(git_commit(g, &(GitCommitAsk){.message = STR("# not a comment\n\nbody\n")}, &e), e);
    GitCommit c;
    CHECK_OK(git_commit_read(g, fixture_out(a, r, "git rev-parse HEAD"), &c, &e), e);
    CHECK_STR(c.summary, "# not a comment");
    CHECK_I64(c.parents.n, 1);
    CHECK_ERR(git_commit(g, &(GitCommitAsk){.message = STR("m")}, &e), e, ERR_CONFLICT);
    CHECK_OK(git_commit(g, &(GitCommitAsk){.message = STR("amended"), .amend = true}, &e), e);
    CHECK_STR(fixture_out(a, r, "git log --format=%%s"), "amended\nfirst");
    fixture_sh(r, "echo new >new");
    CHECK_ERR(git_commit(g, &(GitCommitAsk){.message = STR("m")}, &e), e, ERR_CONFLICT);
    bool has_name = false;
    for (size_t i = 0; i < ERR_DETAILS_MAX; i++) has_name |= strcmp(e.details[i].text, " new") == 0;
    CHECK(has_name); /* git indents it with a tab */
    fixture_sh(
        r, "rm new; mkdir -p .git/hooks; printf '#!/bin/sh\\necho the tests fail; exit 1\\n' >.git/hooks/pre-commit; "
           "chmod +x .git/hooks/pre-commit; echo three >>a");
    CHECK_ERR(git_commit(g, &(GitCommitAsk){.message = STR("m"), .all = true}, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "could not commit: the hook pre-commit refused it: the tests fail"));
    CHECK_STR(str(e.details[0].path), "output");
    CHECK_STR(str(e.details[0].text), "the tests fail");
}

TEST(everything_is_discarded_however_long_the_list_of_names) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "many");
    Err e = {0};
    fixture_sh(
        r, "echo edited >a; mkdir -p d/e; cd d/e; n=$(printf '%%0200d' 0); seq -f \"f%%06g$n\" 25000 | xargs touch");
    CHECK_OK(git_discard(fixture_git(a, r), &(StrList){0}, &e), e); /* more than 5 MB of names */
    CHECK_STR(fixture_out(a, r, "git status --porcelain"), "");
}

TEST(each_of_very_many_conflicts_is_refused) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "conflicts");
    Err e = {0};
    fixture_sh(r, "b=$(git hash-object -w a); for i in $(seq -w 6000); do for s in 1 2 3; do "
                  "printf '100644 %%s %%s\tf%%s\n' $b $s $i; done; done | git update-index --index-info");
    CHECK_ERR(git_unstage(fixture_git(a, r), &(StrList){(Str[]){STR("f6000")}, 1}, &e), e, ERR_CONFLICT);
    CHECK_ERR(git_discard(fixture_git(a, r), &(StrList){(Str[]){STR("f6000")}, 1}, &e), e, ERR_CONFLICT);
    CHECK_STR(fixture_out(a, r, "git ls-files --unmerged | wc -l"), "18000");
}

TEST(a_commit_is_found_by_its_name_in_the_reflog) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "named");
    Str found;
    bool has_log;
    Err e = {0};
    fixture_sh(r, "%secho 1 >b; git add b", identity);
    GitCommitAsk ask = {.message = STR("mine"), .reflog = "commit (muster int_1)"};
    CHECK_OK(git_commit_find(fixture_git(a, r), ask.reflog, &found, &has_log, &e), e);
    CHECK(has_log && !found.p);
    CHECK_OK(git_commit(fixture_git(a, r), &ask, &e), e);
    fixture_sh(r, "git commit -q --allow-empty -m theirs");
    CHECK_OK(git_commit_find(fixture_git(a, r), ask.reflog, &found, &has_log, &e), e);
    CHECK_STR(found, fixture_out(a, r, "git rev-parse HEAD~1").p);
    CHECK_OK(git_commit_find(fixture_git(a, r), "commit (muster int_", &found, &has_log, &e), e);
    CHECK(!found.p);
    fixture_sh(r, "rm -r .git/logs");
    CHECK_OK(git_commit_find(fixture_git(a, r), ask.reflog, &found, &has_log, &e), e);
    CHECK(!has_log && !found.p);
}

typedef struct Refusal {
    const char *script; /* in a repository with the file a staged and changed */
    GitCommitAsk ask;
    ErrCode code;
    const char *says;
} Refusal;

TEST(what_refuses_a_commit_is_named) {
    static const char hook[] =
        "printf '#!/bin/sh\\necho no tabs >&2; exit 1' >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit";
    const Refusal rows[] = {
        {":", {.message = STR(" \n")}, ERR_INVALID, "the message is empty"},
        {hook, {.message = STR("m")}, ERR_CONFLICT, "the hook pre-commit refused it"},
        {"git commit -qm more; git checkout HEAD~1 -- a 2>&1", {.amend = true}, ERR_CONFLICT, "would change nothing"},
        {"rm -rf .git", {.message = STR("m")}, ERR_NOT_FOUND, "its repository is gone"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *r = fixture_repo(a, arena_fmt(a, "refused-%zu", i).p);
        Git *g = fixture_git(a, r);
        Err e = {0};
        fixture_sh(r, "%secho staged >a; git add a; mkdir -p .git/hooks; %s", identity, rows[i].script);
        CHECK(git_commit(g, &rows[i].ask, &e) < 0 && e.code == rows[i].code);
        CHECK(strstr(e.text, rows[i].says));
    }
}

TEST(a_path_out_of_the_worktree_is_refused) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "outside");
    Git *g = fixture_git(a, r);
    Err e = {0};
    Str path = STR("../x");
    CHECK_ERR(git_stage(g, &(StrList){&path, 1}, &e), e, ERR_INVALID);
    CHECK(strstr(e.text, "leads out of the worktree"));
}
