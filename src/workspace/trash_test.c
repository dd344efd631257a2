#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "core/dispatch.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"

#define WS "{\"workspaceId\":\"" STR_FMT "\""
#define WT WS ",\"worktreeId\":\"" STR_FMT "\""

typedef struct Scene {
    Str ws, wt;
} Scene;

/* A repository with the worktree `topic`, both open. */
static Scene scene(Rig *r, const char *name) {
    fixture_repo(r->arena, name);
    fixture_sh(test_dir(), "rm -rf %s-*", name);
    Str ws = rig_open(r, name);
    rig_call(r, "create_worktree", WS ",\"name\":\"topic\",\"branch\":\"topic\",\"createBranch\":true}", STR_ARG(ws));
    return (Scene){ws, rig_worktree(r, ws, "topic")};
}

TEST(a_dirty_worktree_needs_force_and_both_ways_lose_nothing) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "dirty");
    fixture_sh(test_dir(), "cd dirty-topic; echo precious >u; echo x >>a");
    Err e = rig_error(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_I64(e.code, ERR_CONFLICT);
    CHECK_STR(str(e.details[0].path), "modifiedCount");
    CHECK_STR(str(e.details[0].text), "1");
    CHECK_STR(str(e.details[2].path), "untrackedCount");
    CHECK_STR(fixture_out(r->arena, test_dir(), "cat dirty-topic/u"), "precious");
    rig_call(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK(!fixture_exists(test_dir(), "dirty-topic"));
    CHECK_I64(rig_error(r, "get_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt)).code, ERR_NOT_FOUND);
    CHECK(rig_emitted(r, "workspace_updated", "worktree_removed"));
    Str w = rig_call(r, "restore_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_STR(rig_text(r, w, "branch"), "topic");
    CHECK_STR(rig_text(r, w, "id"), arena_cstr(r->arena, s.wt));
    CHECK_STR(fixture_out(r->arena, test_dir(), "cat dirty-topic/u; git -C dirty-topic branch --show-current"),
              "precious\ntopic");
    CHECK_I64(rig_error(r, "restore_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt)).code, ERR_CONFLICT);
}

TEST(the_trash_lists_size_and_outlives_the_workspace) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "listed");
    fixture_sh(test_dir(), "head -c 100000 /dev/urandom >listed-topic/big");
    rig_call(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    Str t = rig_call(r, "list_trash", "{}");
    Str id = rig_text(r, t, "entries.0.id");
    int64_t bytes;
    CHECK(str_parse_i64(rig_text(r, t, "entries.0.bytes"), 100000, 10000000, &bytes));
    CHECK_STR(rig_text(r, t, "entries.0.name"), "topic");
    CHECK_STR(rig_text(r, t, "isOverCap"), "false");
    rig_call(r, "delete_workspace", WS "}", STR_ARG(s.ws));
    CHECK_I64(rig_error(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(id)).code, ERR_CONFLICT);
    Str again = rig_open(r, "listed");
    Str w = rig_call(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(id));
    CHECK_STR(rig_text(r, w, "workspaceId"), arena_cstr(r->arena, again));
    CHECK(fixture_exists(test_dir(), "listed-topic/big"));
    CHECK(!rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0").p);
    CHECK_I64(rig_error(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(id)).code, ERR_NOT_FOUND);
}

TEST(an_entry_whose_folder_was_moved_by_hand_stays_until_a_call_names_it) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "kept");
    rig_call(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK(rig_emitted(r, "trash_changed", "\"isThere\":true"));
    Str t = rig_call(r, "list_trash", "{}"), place = rig_text(r, t, "entries.0.place");
    fixture_sh(test_dir(), "mv '" STR_FMT "' kept-moved", STR_ARG(place));
    CHECK_STR(rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.isGone"), "true");
    /* git's record is still there: the folder is a worktree again once git knows its place. */
    CHECK_STR(fixture_out(r->arena, test_dir(),
                          "git -C kept worktree repair ../kept-moved >/dev/null; git -C kept-moved rev-parse HEAD"),
              fixture_out(r->arena, test_dir(), "git -C kept rev-parse topic").p);
    fixture_sh(test_dir(), "mv kept-moved '" STR_FMT "'; git -C kept worktree repair '" STR_FMT "' >/dev/null",
               STR_ARG(place), STR_ARG(place));
    CHECK_STR(rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.isGone"), "false");
    fixture_sh(test_dir(), "rm -rf '" STR_FMT "'", STR_ARG(place));
    rig_call(r, "empty_trash", "{\"trashIds\":[\"" STR_FMT "\"]}", STR_ARG(rig_text(r, t, "entries.0.id")));
    CHECK(!rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0").p);
    CHECK(rig_emitted(r, "trash_changed", "\"isThere\":false"));
    CHECK_I64(rig_error(r, "restore_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt)).code, ERR_NOT_FOUND);
}

TEST(an_entry_on_a_disk_that_is_not_mounted_stays) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "unmounted");
    rig_call(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    Str t = rig_call(r, "list_trash", "{}"), id = rig_text(r, t, "entries.0.id");
    Str place = rig_text(r, t, "entries.0.place");
    fixture_sh(test_dir(), "mv \"$(dirname '" STR_FMT "')\" not-mounted", STR_ARG(place));
    CHECK_STR(rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.isGone"), "false");
    Str out = rig_call(r, "empty_trash", "{\"trashIds\":[\"" STR_FMT "\"],\"acceptChanged\":true}", STR_ARG(id));
    Str why = rig_text(r, out, "kept.0");
    CHECK(why.p && str_find(why, STR("its disk may not be mounted"), &(size_t){0}));
    CHECK(!rig_text(r, out, "deleted.0").p);
    Err e = rig_error(r, "restore_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    CHECK(str_find(str(e.text), STR("or its disk is not mounted"), &(size_t){0}));
    fixture_sh(test_dir(), "mv not-mounted \"$(dirname '" STR_FMT "')\"", STR_ARG(place));
    rig_call(r, "restore_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_STR(fixture_out(r->arena, test_dir(), "git -C unmounted-topic branch --show-current"), "topic");
}

TEST(refuses_main_and_locked_worktrees) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "kept");
    Str main_id = rig_worktree(r, s.ws, "main");
    CHECK_I64(rig_error(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(main_id)).code,
              ERR_INVALID);
    fixture_sh(test_dir(), "git -C kept worktree lock --reason 'on a stick' ../kept-topic");
    Err e = rig_error(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_I64(e.code, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("on a stick"), &(size_t){0}));
}

/* Neither repository's git knows that one worktree contains the other. */
TEST(a_worktree_that_contains_another_workspaces_stays) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "around");
    fixture_repo(r->arena, "within");
    Str other = rig_open(r, "within");
    rig_call(r, "create_worktree",
             WS ",\"name\":\"guest\",\"branch\":\"guest\",\"createBranch\":true,\"path\":\"%s/around-topic/guest\"}",
             STR_ARG(other), r->dir);
    Err e = rig_error(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_I64(e.code, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("around-topic/guest"), &(size_t){0}));
    CHECK(fixture_exists(test_dir(), "around-topic/guest/a"));
    rig_recover(r);
    rig_call(r, "delete_worktree", WT "}", STR_ARG(other), STR_ARG(rig_worktree(r, other, "guest")));
    rig_call(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK(!fixture_exists(test_dir(), "around-topic"));
}

TEST(a_worktree_whose_folder_is_gone_is_forgotten_and_no_other) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "lost");
    rig_call(r, "create_worktree", WS ",\"name\":\"other\",\"branch\":\"other\",\"createBranch\":true}", STR_ARG(s.ws));
    fixture_sh(test_dir(), "mv lost-topic lost-away; mv lost-other lost-elsewhere");
    Str tree = rig_call(r, "get_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_STR(rig_text(r, tree, "isMissing"), "true");
    fixture_sh(test_dir(), "git -C lost worktree lock --reason 'on a stick' ../lost-topic");
    Err e = rig_error(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_I64(e.code, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("on a stick"), &(size_t){0}));
    fixture_sh(test_dir(), "git -C lost worktree unlock ../lost-topic");
    rig_call(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_I64(rig_error(r, "get_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt)).code, ERR_NOT_FOUND);
    CHECK(rig_emitted(r, "workspace_updated", "worktree_removed"));
    CHECK(!rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id").p);
    CHECK_STR(fixture_out(r->arena, test_dir(),
                          "ls lost/.git/worktrees; git -C lost branch --list topic; "
                          "ls lost/.git/muster/removed | cut -c 1-10"),
              "lost-other\n  topic\nlost-topic");
    fixture_sh(test_dir(), "mv lost-elsewhere lost-other");
    Str d = rig_call(r, "refresh_workspace", WS "}", STR_ARG(s.ws));
    CHECK_STR(rig_text(r, d, "worktreeCount"), "2");
    CHECK_STR(rig_text(r, d, "worktrees.1.isMissing"), "false");
}

/* git has already deleted its record: only the row is left. */
TEST(a_worktree_that_git_forgot_can_be_removed) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "pruned");
    fixture_sh(test_dir(), "rm -r pruned-topic; git -C pruned worktree prune");
    rig_call(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    CHECK_I64(rig_error(r, "get_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt)).code, ERR_NOT_FOUND);
}

TEST(a_record_with_repositories_in_it_is_not_forgotten) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "held");
    fixture_repo(r->arena, "held.lib");
    fixture_sh(test_dir(), "git -C held-topic -c protocol.file.allow=always submodule --quiet add ../held.lib part; "
                           "rm -r held-topic");
    CHECK_I64(rig_error(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt)).code, ERR_CONFLICT);
    CHECK(fixture_exists(test_dir(), "held/.git/worktrees/held-topic/modules/part"));
}

TEST(a_refresh_does_not_list_the_trash) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "unseen");
    rig_call(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    Str d = rig_call(r, "refresh_workspace", WS "}", STR_ARG(s.ws));
    CHECK_STR(rig_text(r, d, "worktreeCount"), "1");
    CHECK(!rig_text(r, d, "notes").p);
    rig_call(r, "restore_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
}

/* -- crash points -------------------------------------------------------------------------------------------- */

/* git, the rows and the folders must agree. */
static void check_agreement(Rig *r, const char *point, const char *repo, Str ws) {
    Str d = rig_call(r, "get_workspace", WS "}", STR_ARG(ws));
    Str git = fixture_out(r->arena, repo,
                          "git worktree list --porcelain | grep '^worktree ' | grep -v /trash/ | cut -c10- | sort");
    Str rows = fixture_out(
        r->arena, "/",
        "printf '%%s' '" STR_FMT "' | grep -o '\"path\":\"[^\"]*\"' | tail -n +2 | cut -d'\"' -f4 | sort", STR_ARG(d));
    Str folders = fixture_out(r->arena, repo, "ls -d \"$PWD\" \"$PWD\"-* 2>/dev/null | sort || true");
    if (!str_eq(git, rows) || !str_eq(git, folders))
        test_fail(__FILE__, __LINE__, "after %s:\ngit\n" STR_FMT "\nrows\n" STR_FMT "\nfolders\n" STR_FMT, point,
                  STR_ARG(git), STR_ARG(rows), STR_ARG(folders));
    Str trash = fixture_out(r->arena, repo, "git worktree list --porcelain | grep -c '^worktree .*/trash/' || true");
    Str entries = rig_call(r, "list_trash", "{}");
    CHECK_STR(trash, rig_text(r, entries, "entries.0").p ? "1" : "0");
    CHECK_STR(fixture_out(r->arena, repo, "git branch --list topic | tr -d ' +*'"), "topic");
    CHECK_STR(fixture_out(r->arena, test_dir(), "find . -name precious | xargs cat"), "every byte");
}

typedef struct CrashCase {
    const char *point, *op;
} CrashCase;

static const CrashCase cases[] = {
    {"worktree.intended", "create_worktree"}, {"worktree.added", "create_worktree"},
    {"worktree.stored", "create_worktree"},   {"checkout.intended", "checkout_branch"},
    {"checkout.switched", "checkout_branch"}, {"checkout.stored", "checkout_branch"},
    {"remove.intended", "delete_worktree"},   {"trash.locked", "delete_worktree"},
    {"trash.moved", "delete_worktree"},       {"trash.linked", "delete_worktree"},
    {"trash.detached", "delete_worktree"},    {"remove.moved", "delete_worktree"},
    {"remove.stored", "delete_worktree"},     {"restore.intended", "restore_worktree"},
    {"restore.moved", "restore_worktree"},    {"restore.linked", "restore_worktree"},
    {"restore.attached", "restore_worktree"}, {"restore.stored", "restore_worktree"},
};

/* In a separate process, which dies at the crash point. */
static void act(const CrashCase *c, const char *home, const char *name) {
    Rig *r = rig_new(home);
    Scene s = scene(r, name);
    fixture_sh(test_dir(), "printf 'every byte' >%s-topic/precious", name);
    if (!strcmp(c->op, "restore_worktree"))
        rig_call(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    setenv("MUSTER_CRASH", c->point, 1);
    if (!strcmp(c->op, "create_worktree"))
        rig_call(r, c->op, WS ",\"name\":\"more\",\"branch\":\"more\",\"createBranch\":true}", STR_ARG(s.ws));
    else if (!strcmp(c->op, "checkout_branch"))
        rig_call(r, c->op, WT ",\"branch\":\"more\",\"createBranch\":true}", STR_ARG(s.ws),
                 STR_ARG(rig_worktree(r, s.ws, "main")));
    else
        rig_call(r, c->op, WT "%s}", STR_ARG(s.ws), STR_ARG(s.wt),
                 strcmp(c->op, "delete_worktree") ? "" : ",\"force\":true");
    _exit(7);
}

TEST(git_rows_and_folders_agree_after_each_crash_point) {
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *home = arena_fmt(a, "%s/home-crash-%zu", test_dir(), i).p;
        const char *repo = arena_fmt(a, "%s/crash", test_dir()).p;
        fixture_sh(test_dir(), "rm -rf crash crash-topic crash-more; find . -name precious -delete");
        pid_t pid = fork();
        if (pid == 0) act(&cases[i], home, "crash");
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        bool died_there = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        if (!died_there) test_fail(__FILE__, __LINE__, "%s was not reached (%d)", cases[i].point, status);
        CLEANUP(rig_freep) Rig *r = rig_new(home);
        rig_recover(r);
        Str ws = rig_text(r, rig_call(r, "list_workspaces", "{}"), "workspaces.0.id");
        check_agreement(r, cases[i].point, repo, ws);
        rig_recover(r);
        check_agreement(r, cases[i].point, repo, ws);
    }
}

TEST(no_work_starts_inside_a_worktree_that_is_being_removed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *home = arena_fmt(a, "%s/home-going", test_dir()).p;
    CrashCase at = {"remove.intended", "delete_worktree"};
    fixture_sh(test_dir(), "rm -rf going going-*; find . -name precious -delete");
    pid_t pid = fork();
    if (pid == 0) act(&at, home, "going");
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CLEANUP(rig_freep) Rig *r = rig_new(home);
    fixture_repo(r->arena, "going-topic/late");
    fixture_repo(r->arena, "going-topical");
    static const char *const names[] = {"going-topic/late", "going-topical"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Worktree w;
        Err e = {0};
        Str tree = rig_worktree(r, rig_open(r, names[i]), "main");
        CHECK_I64(worktree_get_usable(r->conn, tree, r->arena, &w, &e), i == 0 ? -ERR_CONFLICT : 0);
    }
    rig_recover(r);
}

/* A checkout that outlives the daemon: a filter blocks git halfway. */
TEST(a_worktree_that_git_still_fills_is_left_to_it) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *home = arena_fmt(a, "%s/home-filling", test_dir()).p;
    CrashCase at = {"worktree.intended", "create_worktree"};
    fixture_sh(test_dir(), "rm -rf filling filling-*; find . -name precious -delete");
    pid_t pid = fork();
    if (pid == 0) act(&at, home, "filling");
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    fixture_sh(test_dir(), "rm -f reached go ended; mkfifo reached go ended; cd filling; "
                           "echo 'a filter=wait' >.git/info/attributes; "
                           "git config filter.wait.smudge 'echo >../reached; read x <../go; cat'; "
                           "(git worktree add -q -b more ../filling-more; echo >../ended) >/dev/null 2>&1 & "
                           "read x <../reached");
    CLEANUP(rig_freep) Rig *r = rig_new(home);
    CHECK_I64(rig_try_recover(r), 1);
    CHECK(fixture_exists(test_dir(), "filling-more"));
    fixture_sh(test_dir(), "echo >go; read x <ended");
    rig_recover(r);
    Str ws = rig_text(r, rig_call(r, "list_workspaces", "{}"), "workspaces.0.id");
    rig_worktree(r, ws, "more");
    check_agreement(r, "a worktree filled late", arena_fmt(a, "%s/filling", test_dir()).p, ws);
}

/* In a separate process, which dies at the crash point; the worktree is in the trash. */
static void act_on_entry(const char *point, const char *home, const char *name, const char *op, const char *around[2]) {
    Rig *r = rig_new(home);
    Scene s = scene(r, name);
    fixture_sh(test_dir(), "printf 'every byte' >%s-topic/precious", name);
    rig_call(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    Str id = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id");
    setenv("MUSTER_CRASH", point, 1);
    rig_call(r, op, "%s" STR_FMT "%s", around[0], STR_ARG(id), around[1]);
    _exit(7);
}

/* Elsewhere, nothing is where the entry or git's record could show it. */
TEST(an_emptying_leaves_an_entry_to_its_unfinished_restore) {
    static const char *const points[] = {"restore.intended", "restore.moved", "restore.linked", "restore.attached"};
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *home = arena_fmt(a, "%s/home-back-%zu", test_dir(), i).p;
        fixture_sh(test_dir(), "rm -rf back back-*; find . -name precious -delete");
        const char *around[] = {"{\"trashId\":\"", arena_fmt(a, "\",\"path\":\"%s/back-again\"}", test_dir()).p};
        pid_t pid = fork();
        if (pid == 0) act_on_entry(points[i], home, "back", "restore_trash", around);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CLEANUP(rig_freep) Rig *r = rig_new(home);
        Str out = rig_call(r, "empty_trash", "{\"olderThanDays\":0,\"acceptChanged\":true}");
        Str why = rig_text(r, out, "kept.0");
        if (!why.p || !str_find(why, STR("is being restored"), &(size_t){0}))
            test_fail(__FILE__, __LINE__, "%s: " STR_FMT, points[i], STR_ARG(out));
        rig_recover(r);
        CHECK_STR(fixture_out(a, test_dir(), "cat $(find . -name precious)"), "every byte");
        CHECK_STR(fixture_out(a, test_dir(), "ls back/.git/worktrees"), "back-topic");
        Str left = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id");
        if (left.p) rig_call(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(left));
        CHECK_STR(fixture_out(a, test_dir(), "git -C back-%s branch --show-current", left.p ? "topic" : "again"),
                  "topic");
    }
}

TEST(a_restore_leaves_an_entry_to_its_unfinished_emptying) {
    static const char *const points[] = {"empty.intended", "empty.renamed", "empty.forgotten", "empty.stored"};
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *home = arena_fmt(a, "%s/home-going-%zu", test_dir(), i).p;
        fixture_sh(test_dir(), "rm -rf gone gone-*; find . -name precious -delete");
        const char *around[] = {"{\"trashIds\":[\"", "\"]}"};
        pid_t pid = fork();
        if (pid == 0) act_on_entry(points[i], home, "gone", "empty_trash", around);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CLEANUP(rig_freep) Rig *r = rig_new(home);
        Str id = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id");
        CHECK((id.p != NULL) == (i < 3));
        if (id.p) {
            Err e = rig_error(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(id));
            CHECK_I64(e.code, ERR_CONFLICT);
            CHECK(str_find(str(e.text), STR("is being emptied"), &(size_t){0}));
        }
        rig_recover(r);
        CHECK(!rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id").p);
        CHECK_STR(fixture_out(a, home, "ls trash"), "");
    }
}

TEST(an_interrupted_restore_into_a_closed_workspace_is_undone) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *home = arena_fmt(a, "%s/home-closed", test_dir()).p;
    CrashCase at = {"restore.attached", "restore_worktree"};
    fixture_sh(test_dir(), "rm -rf closed closed-*; find . -name precious -delete");
    pid_t pid = fork();
    if (pid == 0) act(&at, home, "closed");
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CLEANUP(rig_freep) Rig *r = rig_new(home);
    Str ws = rig_text(r, rig_call(r, "list_workspaces", "{}"), "workspaces.0.id");
    rig_call(r, "delete_workspace", WS "}", STR_ARG(ws));
    CHECK(fixture_exists(test_dir(), "closed-topic"));
    rig_recover(r);
    CHECK(!fixture_exists(test_dir(), "closed-topic"));
    Str id = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id");
    rig_open(r, "closed");
    rig_call(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(id));
    check_agreement(r, "a restore taken back", arena_fmt(a, "%s/closed", test_dir()).p, ws);
}

/* git killed halfway leaves a worktree that is locked as "initializing" and half checked out. */
TEST(a_half_created_worktree_is_moved_to_the_trash) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *home = arena_fmt(a, "%s/home-half", test_dir()).p;
    CrashCase at = {"worktree.intended", "create_worktree"};
    fixture_sh(test_dir(), "rm -rf half half-*; find . -name precious -delete");
    pid_t pid = fork();
    if (pid == 0) act(&at, home, "half");
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    fixture_sh(test_dir(),
               "cd half; git worktree add -q --no-checkout -b more ../half-more; echo by-hook >../half-more/made; "
               "echo initializing >.git/worktrees/half-more/locked");
    CLEANUP(rig_freep) Rig *r = rig_new(home);
    rig_recover(r);
    CHECK(!fixture_exists(test_dir(), "half-more"));
    CHECK_STR(fixture_out(a, test_dir(), "git -C half branch --list more"), "");
    Str t = rig_call(r, "list_trash", "{}");
    CHECK_STR(rig_text(r, t, "entries.0.name"), "more");
    Str ws = rig_text(r, rig_call(r, "list_workspaces", "{}"), "workspaces.0.id");
    check_agreement(r, "half a worktree", arena_fmt(a, "%s/half", test_dir()).p, ws);
    Str back = rig_call(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(rig_text(r, t, "entries.0.id")));
    CHECK(rig_text(r, back, "note").p);
    CHECK_STR(fixture_out(a, test_dir(), "cat half-more/made"), "by-hook");
}

TEST(only_what_is_named_is_deleted_for_good) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "emptied");
    Str ws = rig_open(r, "emptied"), ids[2];
    for (int i = 0; i < 2; i++) {
        Str wt = rig_text(r,
                          rig_call(r, "create_worktree",
                                   "{\"workspaceId\":\"" STR_FMT
                                   "\",\"name\":\"e%d\",\"branch\":\"e%d\",\"createBranch\":true}",
                                   STR_ARG(ws), i, i),
                          "id");
        rig_call(r, "delete_worktree", "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\"}", STR_ARG(ws),
                 STR_ARG(wt));
        ids[i] = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id");
    }
    CHECK_I64(rig_error(r, "empty_trash", "{}").code, ERR_INVALID);
    Str out = rig_call(r, "empty_trash", "{\"trashIds\":[\"" STR_FMT "\"]}", STR_ARG(ids[0]));
    CHECK_STR(rig_text(r, out, "deleted.0"), ids[0].p);
    CHECK(!rig_text(r, out, "kept.0").p);
    Str left = rig_call(r, "list_trash", "{}");
    CHECK_STR(rig_text(r, left, "entries.0.id"), ids[1].p);
    CHECK(rig_text(r, left, "entries.0.deadlineAt").p);
    CHECK(!rig_text(r, left, "entries.1.id").p);
    CHECK_STR(fixture_out(r->arena, arena_fmt(r->arena, "%s/emptied", r->dir).p,
                          "ls .git/worktrees; git worktree list | wc -l"),
              "emptied-e1\n2");
    CHECK(rig_emitted(r, "trash_changed", ids[0].p));
    out = rig_call(r, "empty_trash", "{\"olderThanDays\":1}");
    CHECK(!rig_text(r, out, "deleted.0").p);
    /* moved by hand: nothing of it is deleted */
    Str place = rig_text(r, left, "entries.0.place");
    fixture_sh(r->dir, "mv '" STR_FMT "' moved-by-hand", STR_ARG(place));
    CHECK_STR(rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.isGone"), "true");
    out = rig_call(r, "empty_trash", "{\"olderThanDays\":0}");
    CHECK_STR(rig_text(r, out, "deleted.0"), ids[1].p);
    CHECK_STR(rig_text(r, out, "freedBytes"), "0");
    CHECK(fixture_exists(r->dir, "moved-by-hand/a"));
    CHECK_STR(fixture_out(r->arena, r->dir, "ls emptied/.git/muster/removed | sed 's/-slv_.*//'"), "emptied-e1");
}

TEST(a_restore_can_name_another_place) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "elsewhere");
    Str ws = rig_open(r, "elsewhere");
    Str made = rig_call(r, "create_worktree",
                        "{\"workspaceId\":\"" STR_FMT "\",\"name\":\"w\",\"branch\":\"w\",\"createBranch\":true}",
                        STR_ARG(ws));
    Str wt = rig_text(r, made, "id"), path = rig_text(r, made, "path");
    fixture_sh(path.p, "echo kept >k");
    rig_call(r, "delete_worktree", "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\",\"force\":true}",
             STR_ARG(ws), STR_ARG(wt));
    fixture_sh(r->dir, "mkdir '" STR_FMT "'; echo other >'" STR_FMT "/o'", STR_ARG(path), STR_ARG(path));
    Str id = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.id");
    CHECK_I64(rig_error(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(id)).code, ERR_CONFLICT);
    CHECK_I64(rig_error(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\",\"path\":\"" STR_FMT "\"}", STR_ARG(id),
                        STR_ARG(path))
                  .code,
              ERR_CONFLICT);
    Str back = rig_call(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\",\"path\":\"%s/again\"}", STR_ARG(id), r->dir);
    CHECK_STR(rig_text(r, back, "id"), wt.p);
    CHECK_STR(rig_text(r, back, "path"), arena_fmt(r->arena, "%s/again", r->dir).p);
    CHECK_STR(rig_text(r,
                       rig_call(r, "get_worktree", "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\"}",
                                STR_ARG(ws), STR_ARG(wt)),
                       "path"),
              arena_fmt(r->arena, "%s/again", r->dir).p);
    CHECK_STR(fixture_out(r->arena, arena_fmt(r->arena, "%s/again", r->dir).p,
                          "cat k; git symbolic-ref HEAD; git worktree list | grep -c again"),
              "kept\nrefs/heads/w\n1");
    CHECK(fixture_exists(path.p, "o"));
}

/* -- without the store, and beside another one ----------------------------------------------------------------- */

TEST(what_the_trash_holds_is_found_again_after_the_store_was_lost) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *home = arena_fmt(a, "%s/home-lost-store", test_dir()).p;
    Rig *before = rig_new(home);
    Scene s = scene(before, "refound");
    Str wt = arena_str(a, s.wt);
    fixture_sh(test_dir(), "printf 'every byte' >refound-topic/precious");
    rig_call(before, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    rig_free(before);
    fixture_sh(home, "rm -f muster.db*");
    CLEANUP(rig_freep) Rig *r = rig_new(home);
    CHECK(!rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0").p);
    Str ws = rig_open(r, "refound");
    Str t = rig_call(r, "list_trash", "{}");
    CHECK_STR(rig_text(r, t, "entries.0.worktreeId"), wt.p);
    CHECK_STR(rig_text(r, t, "entries.0.workspaceId"), ws.p);
    CHECK_STR(rig_text(r, t, "entries.0.branch"), "refs/heads/topic");
    CHECK_STR(rig_text(r, t, "entries.0.isGone"), "false");
    CHECK(!rig_text(r, t, "entries.1").p);
    CHECK(rig_emitted(r, "trash_changed", "\"isThere\":true"));
    Str d = rig_call(r, "refresh_workspace", WS "}", STR_ARG(ws));
    CHECK_STR(rig_text(r, d, "worktreeCount"), "1");
    CHECK(!rig_text(r, d, "notes").p);
    CHECK(!rig_text(r, rig_call(r, "list_trash", "{}"), "entries.1").p);
    Str back = rig_call(r, "restore_trash", "{\"trashId\":\"" STR_FMT "\"}", STR_ARG(rig_text(r, t, "entries.0.id")));
    CHECK_STR(rig_text(r, back, "id"), wt.p);
    CHECK_STR(rig_text(r, back, "branch"), "topic");
    CHECK_STR(fixture_out(a, test_dir(), "cat refound-topic/precious"), "every byte");
}

TEST(a_manifest_that_cannot_be_read_is_named) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *home = arena_fmt(a, "%s/home-no-manifest", test_dir()).p;
    Rig *before = rig_new(home);
    Scene s = scene(before, "unnamed");
    rig_call(before, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    rig_free(before);
    fixture_sh(home, "rm -f muster.db*; echo '{' >\"$(ls trash/*.json)\"");
    CLEANUP(rig_freep) Rig *r = rig_new(home);
    Str ws = rig_open(r, "unnamed");
    Str d = rig_call(r, "refresh_workspace", WS "}", STR_ARG(ws)), note = rig_text(r, d, "notes.0");
    CHECK(note.p && str_find(note, STR("its manifest cannot be used"), &(size_t){0}));
    CHECK(!rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0").p);
    CHECK_STR(fixture_out(a, home, "ls trash | wc -l"), "2");
}

TEST(another_data_folders_trash_is_left_to_it) {
    CLEANUP(rig_freep) Rig *first = rig_new(NULL);
    Scene s = scene(first, "both");
    rig_call(first, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Str ws = rig_open(r, "both"), d = rig_call(r, "refresh_workspace", WS "}", STR_ARG(ws));
    CHECK_STR(rig_text(r, d, "worktreeCount"), "1");
    Str note = rig_text(r, d, "notes.0");
    CHECK(note.p && str_find(note, str(first->home), &(size_t){0}));
    CHECK(!rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0").p);
    rig_call(first, "restore_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    d = rig_call(r, "refresh_workspace", WS "}", STR_ARG(ws));
    CHECK_STR(rig_text(r, d, "worktreeCount"), "2");
    CHECK(!rig_text(r, d, "notes").p);
}

/* A link to a file changes its ctime, and so does the deletion of one. */
TEST(entries_whose_files_are_links_of_one_another_are_deleted_together) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "linked");
    rig_call(r, "create_worktree", WS ",\"name\":\"other\",\"branch\":\"other\",\"createBranch\":true}", STR_ARG(s.ws));
    fixture_sh(test_dir(), "echo shared >linked-topic/s; ln linked-topic/s linked-other/s; rm -f stored; "
                           "echo stored >stored; ln stored linked-topic/t");
    rig_call(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(s.wt));
    rig_call(r, "delete_worktree", WT ",\"force\":true}", STR_ARG(s.ws), STR_ARG(rig_worktree(r, s.ws, "other")));
    fixture_sh(test_dir(), "ln -f stored stored-too");
    Str out = rig_call(r, "empty_trash", "{\"olderThanDays\":0}");
    CHECK(rig_text(r, out, "deleted.1").p);
    CHECK(!rig_text(r, out, "kept.0").p);
    CHECK_STR(fixture_out(r->arena, test_dir(), "cat stored"), "stored");
}

/* The times as a copy has them that keeps mtimes. */
TEST(a_copied_data_folder_is_not_a_change) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "copied");
    rig_call(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    Str place = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.place");
    fixture_sh("/",
               "find '" STR_FMT "' -exec touch -h -d '3 hours ago' {} +; touch -d '2 hours ago' '" STR_FMT ".json'; "
               "echo more >>'" STR_FMT "/a'",
               STR_ARG(place), STR_ARG(place), STR_ARG(place));
    Str why = rig_text(r, rig_call(r, "empty_trash", "{\"olderThanDays\":0}"), "kept.0");
    CHECK(why.p && str_find(why, STR("/a was changed after"), &(size_t){0}));
    fixture_sh("/", "touch -d '3 hours ago' '" STR_FMT "/a'", STR_ARG(place));
    CHECK(rig_text(r, rig_call(r, "empty_trash", "{\"olderThanDays\":0}"), "deleted.0").p);
}

/* Its path is longer than a path may be. */
TEST(what_cannot_be_read_in_the_trash_is_kept_unless_that_is_accepted) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    Scene s = scene(r, "deep");
    rig_call(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
    Str place = rig_text(r, rig_call(r, "list_trash", "{}"), "entries.0.place");
    fixture_sh(r->dir,
               "n=$(printf 'd%%.0s' $(seq 200)); p=$(printf \"$n/%%.0s\" $(seq 14)); rm -rf one two; mkdir -p one/$p "
               "two/$p; mv two one/$p; touch -d '3 hours ago' one; mv one '" STR_FMT "/one'; "
               "find '" STR_FMT "' -exec touch -h -d '3 hours ago' {} + 2>/dev/null || true; "
               "touch -d '2 hours ago' '" STR_FMT ".json'",
               STR_ARG(place), STR_ARG(place), STR_ARG(place));
    Str why = rig_text(r, rig_call(r, "empty_trash", "{\"olderThanDays\":0}"), "kept.0");
    CHECK(why.p && str_find(why, STR("cannot be read, so nothing shows"), &(size_t){0}));
    CHECK(rig_text(r, rig_call(r, "empty_trash", "{\"olderThanDays\":0,\"acceptChanged\":true}"), "deleted.0").p);
}

TEST(what_was_changed_in_the_trash_is_kept_unless_that_is_accepted) {
    static const char *const changes[] = {"echo more >>a", "mkdir -p d/e; echo new >d/e/f", "chmod 755 a"};
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        CLEANUP(rig_freep) Rig *r = rig_new(NULL);
        Scene s = scene(r, "changed");
        rig_call(r, "delete_worktree", WT "}", STR_ARG(s.ws), STR_ARG(s.wt));
        Str t = rig_call(r, "list_trash", "{}"), id = rig_text(r, t, "entries.0.id");
        fixture_sh(rig_text(r, t, "entries.0.place").p, "%s", changes[i]);
        Str out = rig_call(r, "empty_trash", "{\"trashIds\":[\"" STR_FMT "\"]}", STR_ARG(id));
        Str why = rig_text(r, out, "kept.0");
        if (!why.p || !str_find(why, STR("was changed after"), &(size_t){0}))
            test_fail(__FILE__, __LINE__, "%s: " STR_FMT, changes[i], STR_ARG(out));
        CHECK(fixture_exists(rig_text(r, t, "entries.0.place").p, "a"));
        out = rig_call(r, "empty_trash", "{\"trashIds\":[\"" STR_FMT "\"],\"acceptChanged\":true}", STR_ARG(id));
        CHECK_STR(rig_text(r, out, "deleted.0"), id.p);
    }
}
