#include "base/test.h"
#include "git/git_fixture.h"
#include "sys/fault.h"
#include "workspace/rig.h"

typedef struct Scene {
    Rig *r;
    Str ws, wt;
    const char *repo;
} Scene;

static Scene scene(const char *name) {
    Scene s = {.r = rig_new(NULL)};
    s.repo = fixture_repo(s.r->arena, name);
    s.ws = rig_open(s.r, name);
    s.wt = rig_worktree(s.r, s.ws, "main");
    return s;
}

#define AT "\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\""
#define AT_ARG(s) STR_ARG((s).ws), STR_ARG((s).wt)

static Str newest(const Scene *s) {
    return rig_text(s->r, rig_call(s->r, "list_salvages", "{" AT "}", AT_ARG(*s)), "salvages.0.id");
}

TEST(a_checkout_salvages_first) {
    Scene s = scene("checkout-salvage");
    fixture_sh(s.repo, "git switch -q --detach; echo lone >a; git commit -qam lone; git rev-parse HEAD >.git/lone");
    rig_call(s.r, "checkout_branch", "{" AT ",\"branch\":\"main\"}", AT_ARG(s));
    fixture_sh(s.repo, "git reflog expire --expire=now --all; git gc -q --prune=now; git cat-file -e $(cat .git/lone)");
    Str l = rig_call(s.r, "list_salvages", "{" AT "}", AT_ARG(s));
    CHECK_STR(rig_text(s.r, l, "total"), "1");
    CHECK_STR(rig_text(s.r, l, "salvages.0.act"), "checkout_branch");
    rig_free(s.r);
}

TEST(a_salvage_shows_what_it_holds_and_is_restored) {
    Scene s = scene("restore-salvage");
    fixture_sh(s.repo, "git switch -q --detach; git switch -qc topic; git switch -q main");
    rig_call(s.r, "checkout_branch", "{" AT ",\"branch\":\"topic\"}", AT_ARG(s));
    Str id = newest(&s);
    Str got = rig_call(s.r, "get_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(s), STR_ARG(id));
    CHECK_STR(rig_text(s.r, got, "files.0.path"), "a");
    CHECK_STR(rig_text(s.r, got, "files.0.bytes"), "8");
    CHECK_STR(rig_text(s.r, got, "branch"), "main");
    CHECK_STR(rig_text(s.r, got, "state"), "none");
    fixture_sh(s.repo, "echo edited >a; echo staged >s; git add s; echo later >s; echo new >n");
    Str out = rig_call(s.r, "restore_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(s), STR_ARG(id));
    CHECK_STR(fixture_out(s.r->arena, s.repo, "cat a; ls; git symbolic-ref HEAD"), "one\ntwo\na\nrefs/heads/main");
    CHECK(rig_emitted(s.r, "workspace_updated", "\"branch\":\"main\""));
    Str before = rig_text(s.r, out, "before.id");
    got = rig_call(s.r, "get_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(s), STR_ARG(before));
    CHECK_STR(rig_text(s.r, got, "staged.1.path"), "s");
    CHECK_STR(rig_text(s.r, got, "staged.1.bytes"), "7");
    rig_call(s.r, "restore_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\",\"paths\":[\"n\"]}", AT_ARG(s),
             STR_ARG(before));
    CHECK_STR(fixture_out(s.r->arena, s.repo, "cat n; ls"), "new\na\nn");
    rig_call(s.r, "restore_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(s), STR_ARG(before));
    CHECK_STR(fixture_out(s.r->arena, s.repo, "cat a s; git show :s; git symbolic-ref HEAD"),
              "edited\nlater\nstaged\nrefs/heads/topic");
    Err e = rig_error(s.r, "get_salvage", "{" AT ",\"salvageId\":\"slv_01j00000000000000000000000\"}", AT_ARG(s));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    rig_free(s.r);
}

static Str list_all(const Scene *s) {
    return rig_call(s->r, "list_workspace_salvages", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(s->ws));
}

TEST(a_salvage_of_a_worktree_that_is_gone_is_listed_and_restored_into_another) {
    Scene s = scene("gone-salvage");
    Rig *r = s.r;
    rig_call(r, "create_worktree",
             "{\"workspaceId\":\"" STR_FMT "\",\"name\":\"topic\",\"branch\":\"topic\",\"createBranch\":true}",
             STR_ARG(s.ws));
    Scene lost = s;
    lost.wt = rig_worktree(r, s.ws, "topic");
    Str path = rig_text(r, rig_call(r, "get_worktree", "{" AT "}", AT_ARG(lost)), "path");
    fixture_sh(path.p, "git switch -q --detach; git switch -qc next; git switch -q topic");
    rig_call(r, "checkout_branch", "{" AT ",\"branch\":\"next\"}", AT_ARG(lost));
    Str clean = newest(&lost);
    fixture_sh(path.p, "echo kept >k");
    rig_call(r, "restore_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(lost), STR_ARG(clean));
    Str with = newest(&lost); /* holds k */
    fixture_sh(path.p, "echo staged >staged; git add staged; rm -r \"$PWD\"");
    Str l = list_all(&s);
    CHECK_STR(rig_text(r, l, "salvages.0.id"), with.p);
    CHECK_STR(rig_text(r, l, "salvages.0.isGone"), "true");
    Err e = rig_error(r, "restore_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(lost), STR_ARG(with));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    CHECK(strstr(e.text, "name another worktree"));
    rig_call(r, "delete_worktree", "{" AT "}", AT_ARG(lost));
    fixture_sh(s.repo, "c=$(git for-each-ref --count=1 --format='%%(objectname)' refs/muster/salvage); "
                       "for w in mine wt_1 a/wt_01j00000000000000000000000; do "
                       "git update-ref refs/muster/salvage/$w/01j00000000000000000000000 $c; done");
    l = list_all(&s);
    CHECK_STR(rig_text(r, l, "total"), "3");
    CHECK_STR(rig_text(r, l, "salvages.0.act"), "delete_worktree");
    CHECK_STR(rig_text(r, l, "salvages.0.worktreeName"), "topic");
    Str record = rig_text(r, l, "salvages.0.id");
    Str got = rig_call(r, "get_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(lost), STR_ARG(record));
    CHECK_STR(rig_text(r, got, "staged.1.path"), "staged");
    const char *into = "{" AT ",\"salvageId\":\"" STR_FMT "\",\"into\":\"" STR_FMT "\"%s}";
    rig_call(r, "restore_salvage", into, AT_ARG(lost), STR_ARG(with), STR_ARG(s.wt), ",\"paths\":[\"k\"]");
    CHECK_STR(fixture_out(r->arena, s.repo, "cat k; git symbolic-ref HEAD"), "kept\nrefs/heads/main");
    Err none =
        rig_error(r, "restore_salvage", into, AT_ARG(lost), STR_ARG(record), STR_ARG(s.wt), ",\"paths\":[\"k\"]");
    CHECK_I64(none.code, ERR_NOT_FOUND);
    CHECK_STR(fixture_out(r->arena, s.repo, "cat k"), "kept");
    Str out = rig_call(r, "restore_salvage", into, AT_ARG(lost), STR_ARG(record), STR_ARG(s.wt), "");
    CHECK(strstr(rig_text(r, out, "note").p, "only those that were staged are restored"));
    CHECK_STR(fixture_out(r->arena, s.repo, "ls; cat staged k; git ls-files; git symbolic-ref HEAD"),
              "a\nk\nstaged\nstaged\nkept\na\nrefs/heads/main");
    e = rig_error(r, "list_salvages",
                  "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"wt_01j00000000000000000000000\"}", STR_ARG(s.ws));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    rig_free(r);
}

TEST(a_snapshot_goes_when_its_worktree_has_been_gone_for_long) {
    Scene s = scene("snapshot-owner");
    Err e = {0};
    Rig *r = s.r;
    const char *refs = "git for-each-ref refs/muster/snapshots | wc -l";
    rig_call(r, "create_worktree",
             "{\"workspaceId\":\"" STR_FMT "\",\"name\":\"topic\",\"branch\":\"topic\",\"createBranch\":true}",
             STR_ARG(s.ws));
    s.wt = rig_worktree(r, s.ws, "topic");
    rig_call(r, "checkout_branch", "{" AT ",\"branch\":\"next\",\"createBranch\":true}", AT_ARG(s));
    const char *folder = arena_fmt(r->arena, "%s/snapshots", r->home).p;
    CHECK(fixture_exists(folder, arena_cstr(r->arena, s.wt)));
    rig_call(r, "delete_worktree", "{" AT "}", AT_ARG(s));
    CHECK_OK(snapshots_expire(&r->app, r->conn, clock_now_us() + DAY_US, &e), e);
    CHECK_STR(fixture_out(r->arena, s.repo, "%s", refs), "1"); /* it can come back from the trash */
    Str id = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id");
    rig_call(r, "empty_trash", "{\"trashIds\":[\"" STR_FMT "\"]}", STR_ARG(id));
    CHECK_OK(snapshots_expire(&r->app, r->conn, clock_now_us() - DAY_US, &e), e);
    CHECK_STR(fixture_out(r->arena, s.repo, "%s", refs), "1");
    fixture_sh(folder, "mkdir wt_01j00000000000000000000000 left.gone");
    CHECK_OK(snapshots_expire(&r->app, r->conn, clock_now_us() + DAY_US, &e), e);
    CHECK_STR(fixture_out(r->arena, s.repo, "%s; ls '%s'", refs, folder), "0\nwt_01j00000000000000000000000");
    rig_free(r);
}

/* An intent that stayed would be finished by the next start, perhaps weeks after the error was read. */
TEST(a_failed_deletion_of_salvages_deletes_nothing_later) {
    Scene s = scene("fail-salvages");
    Rig *r = s.r;
    rig_call(r, "checkout_branch", "{" AT ",\"branch\":\"fifth\",\"createBranch\":true}", AT_ARG(s));
    Str id = newest(&s), out = {0};
    Str in = arena_fmt(r->arena, "{\"workspaceId\":\"" STR_FMT "\",\"salvageIds\":[\"" STR_FMT "\"]}", STR_ARG(s.ws),
                       STR_ARG(id));
    int failed = 0;
    for (int k = 1; k < 100; k++) {
        Err e = {0};
        fault_arm(k, "process.spawn");
        int got = rig_try(r, "delete_salvages", in, &out, &e);
        fault_arm(0, NULL);
        if (got >= 0 && rig_text(r, out, "deleted.0").p) break;
        failed += got < 0;
        rig_recover(r);
        CHECK_STR(newest(&s), arena_cstr(r->arena, id));
    }
    CHECK(failed > 0);
    CHECK_STR(rig_text(r, out, "deleted.0"), arena_cstr(r->arena, id));
    rig_free(r);
}

TEST(salvages_are_deleted_by_name_or_by_age_and_nothing_else) {
    Scene s = scene("delete-salvages");
    Rig *r = s.r;
    const char *of = "{\"workspaceId\":\"" STR_FMT "\"%s}";
    rig_call(r, "checkout_branch", "{" AT ",\"branch\":\"third\",\"createBranch\":true}", AT_ARG(s));
    Str id = newest(&s);
    CHECK_I64(rig_error(r, "delete_salvages", of, STR_ARG(s.ws), "").code, ERR_INVALID);
    CHECK_I64(
        rig_error(r, "delete_salvages", of, STR_ARG(s.ws), ",\"salvageIds\":[\"slv_01j00000000000000000000000\"]").code,
        ERR_NOT_FOUND);
    Str out = rig_call(r, "delete_salvages", of, STR_ARG(s.ws), ",\"olderThanDays\":1");
    CHECK(!rig_text(r, out, "deleted.0").p);
    out = rig_call(r, "delete_salvages", "{\"workspaceId\":\"" STR_FMT "\",\"salvageIds\":[\"" STR_FMT "\"]}",
                   STR_ARG(s.ws), STR_ARG(id));
    CHECK_STR(rig_text(r, out, "deleted.0"), arena_cstr(r->arena, id));
    CHECK_I64(rig_error(r, "get_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(s), STR_ARG(id)).code,
              ERR_NOT_FOUND);
    rig_call(r, "checkout_branch", "{" AT ",\"branch\":\"fourth\",\"createBranch\":true}", AT_ARG(s));
    id = newest(&s);
    out = rig_call(r, "delete_salvages", of, STR_ARG(s.ws), ",\"olderThanDays\":0");
    CHECK_STR(rig_text(r, out, "deleted.0"), arena_cstr(r->arena, id));
    rig_free(r);
}
