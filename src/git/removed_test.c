#include "git/removed.h"

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"
#include "git/salvage.h"

static GitSalvage make(Arena *a, const char *repo, const char *content) {
    GitSalvage s;
    Err e = {0};
    SalvageAsk ask = {.shot = {arena_fmt(a, "%s-private", repo).p, "wt_01arz3ndektsv4rrffq69g5faa", 0, 0},
                      .act = "a_test"};
    fixture_sh(repo, "echo %s >u", content);
    CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &s, &e), e);
    return s;
}

TEST(what_was_taken_out_expires_unless_it_may_be_needed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "taken"), *dir = arena_fmt(a, "%s/.git", repo).p;
    Git *g = fixture_git(a, dir);
    Err e = {0};
    CHECK_I64(removed_bytes(a, dir), 0);
    CHECK_OK(removed_expire(g, INT64_MAX, &e), e);
    GitSalvage kept = make(a, repo, "kept"), damaged = make(a, repo, "damaged");
    static const char *const names[] = {"plain", "file.lock", "with-modules", "of-damaged"};
    fixture_sh(
        dir,
        "mkdir plain with-modules with-modules/modules of-damaged; echo x | tee plain/HEAD of-damaged/HEAD >file.lock");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str path = arena_fmt(a, "%s/%s", dir, names[i]), id = i < 3 ? kept.id : damaged.id;
        CHECK_OK(removed_keep(g, path, id, &e), e);
        CHECK(!fixture_exists(dir, names[i]));
        CHECK(fixture_exists(dir, arena_fmt(a, "muster/removed/%s-" STR_FMT, names[i], STR_ARG(id)).p));
    }
    fixture_sh(dir, "mkdir muster/removed/by-hand; echo again >file.lock");
    CHECK_OK(removed_keep(g, arena_fmt(a, "%s/file.lock", dir), kept.id, &e), e);
    CHECK(removed_bytes(a, dir) > 0);
    fixture_sh(repo, "id=" STR_FMT "; rm -f .git/objects/$(echo $id | cut -c 1-2)/$(echo $id | cut -c 3-)",
               STR_ARG(damaged.commit));
    CHECK_OK(removed_expire(g, clock_now_us() - DAY_US, &e), e);
    CHECK_STR(fixture_out(a, dir, "ls muster/removed | wc -l"), "6");
    CHECK_OK(removed_expire(g, clock_now_us() + DAY_US, &e), e);
    CHECK_STR(fixture_out(a, dir, "ls muster/removed | sed 's/-slv_.*//'"), "by-hand\nof-damaged\nwith-modules");
}
