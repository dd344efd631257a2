#include <pthread.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git.h"
#include "git/git_fixture.h"
#include "git/index_lock.h"

TEST(one_writer_a_repository_and_the_other_is_told_who) {
    GitLock *first, *second, *other;
    Err e = {0};
    CHECK_OK(git_lock("/repo/.git", "checkout_branch of main", 1000, &first, &e), e);
    CHECK_ERR(git_lock("/repo/.git", "x", 20, &second, &e), e, ERR_BUSY);
    CHECK(str_find(str(e.text), STR("checkout_branch of main"), &(size_t){0}));
    CHECK_OK(git_lock("/other/.git", "y", 20, &other, &e), e);
    git_unlock(first);
    CHECK_OK(git_lock("/repo/.git", "z", 20, &second, &e), e);
    git_unlock(second);
    git_unlock(other);
}

static int inside, most, total;

static void *work(void *arg) {
    for (int i = 0; i < 50; i++) {
        CLEANUP(git_unlockp) GitLock *l = NULL;
        Err e = {0};
        if (git_lock("/shared/.git", arg, 10000, &l, &e) < 0) return NULL;
        inside++;
        if (inside > most) most = inside;
        total++;
        inside--;
    }
    return NULL;
}

TEST(writers_wait_for_each_other) {
    pthread_t t[4];
    inside = most = total = 0;
    for (int i = 0; i < 4; i++) CHECK(pthread_create(&t[i], NULL, work, "worker") == 0);
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    CHECK_I64(most, 1);
    CHECK_I64(total, 200);
}

TEST(finds_the_lock_in_gits_message) {
    Str path;
    CHECK(
        index_lock_find(STR("fatal: Unable to create '/r/it's/.git/index.lock': File exists.\n\nAnother git"), &path));
    CHECK_STR(path, "/r/it's/.git/index.lock");
    CHECK(!index_lock_find(STR("fatal: Unable to create '/r/.git/index.lock': Permission denied"), &path));
    CHECK(!index_lock_find(STR("fatal: bad object"), &path));
}

TEST(a_held_index_lock_is_named_with_its_age_and_holder_and_kept) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "locked");
    fixture_sh(r, "git branch other; touch .git/index.lock");
    Git *g = fixture_git(a, r);
    GitOut o;
    Err e = {0};
    CHECK_ERR(git_user(g, &(GitCall){.args = GIT_ARGS("switch", "other")}, &o, &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("no living process"), &(size_t){0}));
    CHECK(fixture_exists(r, ".git/index.lock"));
    FILE *f = fopen(arena_fmt(a, "%s/.git/index.lock", r).p, "r+e");
    CHECK(f);
    CHECK_ERR(git_user(g, &(GitCall){.args = GIT_ARGS("switch", "other")}, &o, &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), arena_fmt(a, "process %d has it open", (int)getpid()), &(size_t){0}));
    fclose(f);
}
