#include "git/removed.h"

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"
#include "git/salvage.h"
#include "sys/fault.h"

#define OWN "wt_01arz3ndektsv4rrffq69g5faa"
#define OTHER "wt_01arz3ndektsv4rrffq69g5fab"

static GitSalvage make(Arena *a, const char *repo, const char *content, const char *worktree) {
    GitSalvage s;
    Err e = {0};
    SalvageAsk ask = {.shot = {arena_fmt(a, "%s-private", repo).p, worktree, 0, 0}, .act = "a_test"};
    fixture_sh(repo, "echo %s >u", content);
    CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &s, &e), e);
    return s;
}

static bool is_own(void *arg, Str worktree) {
    (void)arg;
    return str_is(worktree, OWN);
}

static int expire(const Git *g, TimeUs older_than, Err *e) {
    return removed_expire(g, &(SalvageLimits){.older_than = older_than, .is_own = is_own}, e);
}

TEST(what_was_taken_out_expires_unless_it_may_be_needed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "taken"), *dir = arena_fmt(a, "%s/.git", repo).p;
    Git *g = fixture_git(a, dir);
    Err e = {0};
    CHECK_I64(removed_bytes(a, dir), 0);
    CHECK_OK(expire(g, INT64_MAX, &e), e);
    GitSalvage kept = make(a, repo, "kept", OWN), damaged = make(a, repo, "damaged", OWN);
    GitSalvage others = make(a, repo, "others", OTHER), unlisted = make(a, repo, "unlisted", OWN);
    static const char *const names[] = {"plain",      "file.lock",  "with-modules",
                                        "of-damaged", "of-another", "of-unlisted"};
    const Str ids[] = {kept.id, kept.id, kept.id, damaged.id, others.id, unlisted.id};
    fixture_sh(dir, "mkdir plain with-modules with-modules/modules of-damaged of-another of-unlisted; "
                    "echo x | tee plain/HEAD of-damaged/HEAD >file.lock");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str path = arena_fmt(a, "%s/%s", dir, names[i]), id = ids[i];
        CHECK_OK(removed_keep(g, path, id, &e), e);
        CHECK(!fixture_exists(dir, names[i]));
        CHECK(fixture_exists(dir, arena_fmt(a, "muster/removed/%s-" STR_FMT, names[i], STR_ARG(id)).p));
    }
    fixture_sh(dir, "mkdir muster/removed/by-hand; echo again >file.lock");
    CHECK_OK(removed_keep(g, arena_fmt(a, "%s/file.lock", dir), kept.id, &e), e);
    CHECK(removed_bytes(a, dir) > 0);
    fixture_sh(repo, "id=" STR_FMT "; rm -f .git/objects/$(echo $id | cut -c 1-2)/$(echo $id | cut -c 3-)",
               STR_ARG(damaged.commit));
    fixture_sh(
        repo, "git for-each-ref --format='%%(refname)' refs/muster/salvage | grep '%s$' | xargs -n 1 git update-ref -d",
        unlisted.id.p + sizeof "slv_" - 1);
    CHECK_OK(expire(g, clock_now_us() - DAY_US, &e), e);
    CHECK_STR(fixture_out(a, dir, "ls muster/removed | wc -l"), "8");
    fault_arm(1, "file.unlink");
    CHECK(expire(g, clock_now_us() + DAY_US, &e) < 0);
    fault_arm(0, NULL);
    CHECK_STR(fixture_out(a, dir, "ls muster/removed | wc -l"), "6");
    CHECK_OK(expire(g, clock_now_us() + DAY_US, &e), e);
    CHECK_STR(fixture_out(a, dir, "ls muster/removed | sed 's/-slv_.*//'"),
              "by-hand\nof-another\nof-damaged\nof-unlisted\nwith-modules");
}
