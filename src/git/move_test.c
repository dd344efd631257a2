#include "git/move.h"

#include <string.h>

#include "base/test.h"
#include "git/git_fixture.h"
#include "git/merge.h"

typedef struct Fixture {
    Arena *arena;
    const char *r;
    Str from, to;
} Fixture;

/* main is checked out at `from`; between it and `to` one file each is changed, removed, made executable and added in a
 * folder, a folder takes the place of a file and a file of a folder. */
static void fixture_open(Fixture *f, const char *name) {
    f->r = fixture_repo(f->arena, name);
    fixture_sh(
        f->r,
        "git config user.name A; git config user.email a@example.org; mkdir sub; echo 'zz filter=bad' >.gitattributes; "
        "printf 'one\\ntwo\\n' >changed; echo d >gone; echo t >tool; echo f >turns; echo s >sub/s; ln -s a link; "
        "git add .; git commit -qm from; git switch -qc topic; "
        "printf 'ONE\\nTWO\\nTHREE\\n' >changed; git rm -q gone sub/s; chmod +x tool; rm turns; mkdir -p turns new/deep; "
        "echo i >turns/inner; echo n >new/deep/n; echo s >sub; ln -sf changed link; echo z >zz; "
        "git add .; git commit -qm to; git switch -q main");
    f->from = fixture_out(f->arena, f->r, "git rev-parse main");
    f->to = fixture_out(f->arena, f->r, "git rev-parse topic");
}

static Str state_of(const Fixture *f) {
    return fixture_out(
        f->arena, f->r,
        "git diff --cached --quiet && git status --porcelain; test ! -e new; cat turns/own 2>/dev/null || :");
}

TEST(a_move_that_fails_halfway_leaves_nothing_moved) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Fixture f = {.arena = a};
    Err e = {0};
    fixture_open(&f, "halfway");
    /* git writes zz last */
    fixture_sh(
        f.r,
        "git config filter.bad.smudge false; git config filter.bad.clean cat; git config filter.bad.required true");
    GitRefMove m = {STR("refs/heads/main"), f.from, f.to, "test"};
    CHECK_ERR(git_move_checked_out(fixture_git(f.arena, f.r), &m, &e), e, ERR_GIT);
    for (unsigned i = 0; i < e.n_details; i++) CHECK(strcmp(e.details[i].path, "files") != 0);
    CHECK_STR(state_of(&f), "");
    CHECK_STR(fixture_out(f.arena, f.r, "git rev-parse main"), f.from.p);
    fixture_sh(f.r, "git config --unset filter.bad.required; git config filter.bad.smudge cat");
    CHECK_OK(git_move_checked_out(fixture_git(f.arena, f.r), &m, &e), e);
    CHECK_STR(fixture_out(f.arena, f.r, "git status --porcelain; cat turns/inner new/deep/n sub"), "i\nn\ns");
}

TEST(a_move_over_changes_that_git_does_not_report_names_their_files) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Fixture f = {.arena = a};
    static const char *const bits[] = {"assume-unchanged", "skip-worktree"};
    fixture_open(&f, "hidden");
    GitRefMove m = {STR("refs/heads/main"), f.from, f.to, "test"};
    for (size_t i = 0; i < COUNT_OF(bits); i++) {
        Err e = {0};
        fixture_sh(f.r, "git update-index --%s changed; echo mine >changed", bits[i]);
        CHECK_ERR(git_move_checked_out(fixture_git(f.arena, f.r), &m, &e), e, ERR_CONFLICT);
        CHECK_I64(e.n_details, 1);
        CHECK_STR(str(e.details[0].path), "hidden");
        CHECK_STR(str(e.details[0].text), "changed");
        fixture_sh(f.r, "test \"$(cat changed)\" = mine; git update-index --no-%s changed; git restore changed",
                   bits[i]);
        CHECK_STR(state_of(&f), "");
    }
    Err e = {0};
    fixture_sh(f.r, "git update-index --assume-unchanged changed; touch -d @1 changed");
    CHECK_OK(git_move_checked_out(fixture_git(f.arena, f.r), &m, &e), e);
}

TEST(what_a_sparse_checkout_leaves_out_is_no_hidden_change) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Fixture f = {.arena = a};
    Err e = {0};
    fixture_open(&f, "sparse");
    GitRefMove m = {STR("refs/heads/main"), f.from, f.to, "test"};
    fixture_sh(f.r, "git sparse-checkout set --no-cone '/*' '!/gone' '!/tool'; test ! -e gone; echo mine >changed");
    CHECK_ERR(git_move_checked_out(fixture_git(f.arena, f.r), &m, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "could not move the files: files are being changed"));
    fixture_sh(f.r, "git restore changed; : >.git/index.lock");
    e = (Err){0};
    CHECK_ERR(git_move_checked_out(fixture_git(f.arena, f.r), &m, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "index.lock"));
    e = (Err){0};
    fixture_sh(f.r, "rm .git/index.lock; git update-index --assume-unchanged changed; echo mine >changed");
    CHECK_ERR(git_move_checked_out(fixture_git(f.arena, f.r), &m, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "1 file has changes that git does not report"));
    e = (Err){0};
    fixture_sh(f.r, "git update-index --no-assume-unchanged changed; git restore changed");
    CHECK_OK(git_move_checked_out(fixture_git(f.arena, f.r), &m, &e), e);
    CHECK(!fixture_exists(f.r, "tool"));
}

TEST(a_move_that_was_killed_is_undone_except_for_what_somebody_wrote_since) {
    static const struct {
        const char *since, *state;
    } rows[] = {
        {"git --work-tree=. read-tree -m -u HEAD topic && git read-tree HEAD", ""},
        {"printf 'ONE\\nTW' >changed; rm gone; mkdir -p new/deep; : >new/deep/n", ""},
        {"rm changed gone; rm -r sub; echo s >sub; rm link; ln -s changed link; chmod +x tool", ""},
        /* which git status does not list */
        {"rm turns; mkdir turns; echo i >turns/inner; echo mine >turns/own", "D turns\nmine"},
        {"echo mine >changed; rm gone", "M changed"},
        {"mkdir -p sub2; rm -r sub; ln -s sub2 sub; echo n >sub2/s", "D sub/s\n?? sub\n?? sub2/"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Fixture f = {.arena = a};
        Err e = {0};
        fixture_open(&f, "killed");
        fixture_sh(f.r, "%s", rows[i].since);
        GitRefMove m = {STR("refs/heads/main"), f.from, f.to, "test"};
        CHECK_OK(git_move_checked_out_finish(fixture_git(f.arena, f.r), &m, &e), e);
        CHECK_STR(state_of(&f), rows[i].state);
        CHECK_STR(fixture_out(f.arena, f.r, "git rev-parse main"), f.from.p);
    }
}

TEST(nothing_is_moved_to_what_git_has_lost) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Fixture f = {.arena = a};
    Err e = {0};
    fixture_open(&f, "lost");
    fixture_sh(f.r, "b=$(git rev-parse topic:zz); rm -f .git/objects/$(echo $b | cut -c1-2)/$(echo $b | cut -c3-)");
    CHECK_ERR(git_move_files(fixture_git(f.arena, f.r), f.from, f.to, &e), e, ERR_NOT_FOUND);
    CHECK_STR(str(e.details[0].text), "zz");
    CHECK_STR(state_of(&f), "");
}
