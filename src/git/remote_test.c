#include "git/remote.h"

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"

static const char identity[] = "git config user.name P; git config user.email p@example.org; ";

static int push(Arena *a, const char *dir, Str expected, Err *e) {
    GitRemoteBranch to;
    TRY(git_remote_of(fixture_git(a, dir), STR("main"), (Str){0}, &to, e));
    GitPushAsk ask = {.branch = STR("main"), .to = &to, .expected = expected, .set_upstream = true};
    return git_push(fixture_git(a, dir), &ask, e);
}

TEST(pushes_one_branch_and_replaces_only_what_is_named) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "pushes");
    Err e = {0};
    CHECK_ERR(push(a, r, (Str){0}, &e), e, ERR_CONFLICT); /* no remote */
    fixture_sh(
        r,
        "%srm -rf ../there.git; git init -q --bare ../there.git; git remote add origin ../there.git; git branch other; "
        "git tag -m t annotated; git config push.followTags true; git update-ref refs/muster/salvage/x HEAD",
        identity);
    CHECK_OK(push(a, r, (Str){0}, &e), e);
    CHECK_STR(fixture_out(a, r, "git -C ../there.git for-each-ref --format='%%(refname)'"), "refs/heads/main");
    CHECK_STR(fixture_out(a, r, "git rev-parse --abbrev-ref main@{upstream}"), "origin/main");
    Str theirs = fixture_out(a, r, "git rev-parse main"), other = fixture_out(a, r, "git rev-parse main^{tree}");
    fixture_sh(r, "git commit -q --amend -m rewritten");
    CHECK_ERR(push(a, r, (Str){0}, &e), e, ERR_CONFLICT);
    CHECK_ERR(push(a, r, other, &e), e, ERR_CONFLICT);
    CHECK_STR(fixture_out(a, r, "git -C ../there.git rev-parse main"), theirs.p);
    CHECK_OK(push(a, r, theirs, &e), e);
    CHECK_STR(fixture_out(a, r, "git -C ../there.git log --format=%%s main"), "rewritten");
    fixture_sh(r, "git config remote.origin.mirror true");
    CHECK_ERR(push(a, r, (Str){0}, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "refs/muster"));
    fixture_sh(r,
               "git config --unset remote.origin.mirror; git remote add second ../there.git; git remote remove origin; "
               "git remote add third ../there.git");
    CHECK_ERR(push(a, r, (Str){0}, &e), e, ERR_CONFLICT);
    CHECK_STR(str(e.details[0].path), "remote");
}

TEST(fetches_what_is_new_there) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "fetches");
    Err e = {0};
    fixture_sh(r, "rm -rf ../copy; git clone -q . ../copy; echo more >>a; git commit -qam more; git branch gone");
    const char *copy = arena_fmt(a, "%s/copy", test_dir()).p;
    CHECK_OK(git_fetch(fixture_git(a, copy), STR("origin"), false, &e), e);
    fixture_sh(r, "git branch -D -q gone");
    CHECK_STR(fixture_out(a, copy, "git log -1 --format=%%s origin/main; git branch -r | grep -c gone"), "more\n1");
    CHECK_OK(git_fetch(fixture_git(a, copy), STR("origin"), true, &e), e);
    CHECK_STR(fixture_out(a, copy, "git branch -r | grep -c gone || true"), "0");
    fixture_sh(copy, "git remote set-url origin ../nowhere");
    CHECK_ERR(git_fetch(fixture_git(a, copy), STR("origin"), false, &e), e, ERR_NOT_FOUND);
    fixture_sh(copy, "git remote set-url origin http://127.0.0.1:1/r.git");
    CHECK_ERR(git_fetch(fixture_git(a, copy), STR("origin"), false, &e), e, ERR_PROVIDER);
    CHECK(strstr(e.text, "the remote cannot be reached"));
    GitRemoteBranch none;
    CHECK_ERR(git_remote_of(fixture_git(a, copy), STR("main"), STR("--upload-pack=x"), &none, &e), e, ERR_NOT_FOUND);
}

TEST(refuses_a_refspec_that_covers_what_only_muster_uses) {
    static const char *const specs[] = {"+refs/*:refs/*", "refs/heads/*:refs/muster/*", "HEAD:refs/muster/salvage/x"};
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *r = fixture_repo(a, "covered");
        Err e = {0};
        fixture_sh(r, "git remote add origin ../covered; git config remote.origin.fetch '%s'", specs[i]);
        CHECK_ERR(git_fetch(fixture_git(a, r), STR("origin"), true, &e), e, ERR_CONFLICT);
        CHECK(strstr(e.text, specs[i]));
    }
}
