#include "git/trash.h"

#include <sys/stat.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"
#include "git/git_parse.h"
#include "git/repo.h"
#include "sys/fault.h"

/* A repository <name>, its worktree <name>-wt on branch `topic`, and a data folder <name>-home. */
typedef struct Scene {
    Arena *a;
    const char *repo, *tree, *home;
    Git *g; /* of the common git folder */
} Scene;

static Scene scene(Arena *a, const char *name) {
    Scene s = {.a = a, .repo = fixture_repo(a, name)};
    s.tree = arena_fmt(a, "%s-wt", s.repo).p;
    s.home = arena_fmt(a, "%s-home", s.repo).p;
    fixture_sh(s.repo,
               "chmod -R u+w '%s' '%s' 2>/dev/null || true; rm -rf '%s' '%s'; mkdir '%s'; git worktree prune; "
               "git worktree add -q -b topic '%s'",
               s.tree, s.home, s.tree, s.home, s.home, s.tree);
    s.g = fixture_git(a, arena_fmt(a, "%s/.git", s.repo).p);
    return s;
}

static const char *id = "trs_01j00000000000000000000000";

static GitTrashed put(const Scene *s) {
    GitTrashed t;
    Err e = {0};
    CHECK_OK(git_trash_plan(s->g, s->home, id, s->tree, &t, &e), e);
    CHECK_OK(git_trash_put(s->g, &t, &e), e);
    return t;
}

static GitUndone undo(const Scene *s, const GitTrashed *t) {
    GitUndone u;
    Err e = {0};
    CHECK_OK(git_trash_undo(s->g, t, &u, &e), e);
    return u;
}

/* Everything that a person could miss: each file's mode, type, size and content, and git's view of them. */
static Str picture(const Scene *s) {
    return fixture_out(
        s->a, s->tree,
        "find . -path ./.git -o -printf '%%p %%m %%y %%s %%l %%T@\\n' | sort; "
        "find . -type f -exec sha1sum {} + | sort; git status --porcelain=v2 --branch --ignored; git stash list; "
        "git submodule foreach --quiet --recursive git status --porcelain=v2 --branch");
}

/* Each row creates a state of the worktree that undo must restore to the byte. */
static const struct {
    const char *name, *script;
} states[] = {
    {"clean", ":"},
    {"dirty", "echo x >>a; echo s >s; git add s; echo u >u; mkdir -p d/e; echo i >d/e/f; chmod 600 u; ln -s nowhere l"},
    {"ignored", "echo '*.key' >.gitignore; echo secret >my.key; mkdir empty"},
    {"merging", "git switch -qc side; echo 1 >a; git commit -qam 1; git switch -q topic; echo 2 >a; git commit -qam 2; "
                "git merge side >/dev/null || true"},
    {"rebasing",
     "git switch -qc side; echo 1 >a; git commit -qam 1; git switch -q topic; echo 2 >a; git commit -qam 2; "
     "git rebase side >/dev/null 2>&1 || true"},
    {"detached",
     "git commit -q --allow-empty -m lone; git switch -q --detach HEAD; git commit -q --allow-empty -m more"},
    {"nested", "git init -q inner; cd inner; echo n >n; git add n; git commit -qm n; echo dirty >>n"},
    {"submodule",
     "git init -q ../sub-$$; (cd ../sub-$$; echo s >s; git add s; git commit -qm s); "
     "git -c protocol.file.allow=always submodule --quiet add $PWD/../sub-$$ sub; git commit -qm sub; echo d >>sub/s"},
    {"odd names", "printf 1 >\"$(printf 'n\\nl')\"; printf 1 >-x; printf 1 >\"$(printf 'b\\377')\""},
    {"unreadable", "mkdir shut; echo x >shut/x; chmod 000 shut"},
};

TEST(undo_restores_every_byte_and_the_branch) {
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Scene s = scene(a, "matrix");
        fixture_sh(s.tree, "%s", states[i].script);
        Str before = picture(&s);
        GitTrashed t = put(&s);
        CHECK(!fixture_exists(s.tree, ".git"));
        CHECK(fixture_exists(t.place.p, ".git"));
        CHECK(str_starts(t.place, str(s.home)));
        GitUndone u = undo(&s, &t);
        CHECK(u.is_attached && !u.note.p);
        Str after = picture(&s);
        if (!str_eq(before, after))
            test_fail(__FILE__, __LINE__, "%s: before\n%s\nafter\n%s", states[i].name, before.p, after.p);
        CHECK(!fixture_exists(s.home, arena_fmt(a, "trash/%s.json", id).p));
        fixture_sh(s.tree, "chmod -R u+rwx .");
    }
}

TEST(the_branch_is_free_while_the_worktree_is_in_the_trash) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "free");
    GitTrashed t = put(&s);
    CHECK_STR(t.branch, "refs/heads/topic");
    fixture_sh(
        s.repo,
        "git switch -q topic; echo elsewhere >>a; git commit -qam elsewhere; git switch -q main; git worktree prune; "
        "git gc -q --prune=now");
    GitUndone u = undo(&s, &t);
    CHECK(!u.is_attached);
    CHECK(str_find(u.note, STR("moved"), &(size_t){0}));
    CHECK_STR(fixture_out(a, s.tree, "git rev-parse HEAD"), fixture_out(a, s.repo, "git rev-parse main").p);
    CHECK_STR(fixture_out(a, s.tree, "git branch --show-current"), "");
}

TEST(a_branch_gone_or_checked_out_elsewhere_is_reported) {
    static const struct {
        const char *script, *word;
    } rows[] = {
        {"git branch -qD topic", "gone"},
        {"git switch -q topic", "checked out"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Scene s = scene(a, "told");
        GitTrashed t = put(&s);
        fixture_sh(s.repo, "%s", rows[i].script);
        GitUndone u = undo(&s, &t);
        CHECK(!u.is_attached && str_find(u.note, str(rows[i].word), &(size_t){0}));
    }
}

TEST(a_commit_that_only_the_trash_refers_to_survives_gc) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "gc");
    fixture_sh(s.tree, "git switch -q --detach; echo lone >lone; git add lone; git commit -qm lone");
    GitTrashed t = put(&s);
    fixture_sh(s.repo, "git worktree prune --expire now; git reflog expire --expire=now --all; git gc -q --prune=now");
    undo(&s, &t);
    CHECK_STR(fixture_out(a, s.tree, "git show HEAD:lone"), "lone");
}

TEST(an_unborn_branch_is_restored) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "unborn");
    fixture_sh(s.tree, "git symbolic-ref HEAD refs/heads/not-yet; git rm -rqf --cached .; echo first >first");
    GitTrashed t = put(&s);
    CHECK(!t.head.p);
    CHECK(undo(&s, &t).is_attached);
    CHECK_STR(fixture_out(a, s.tree, "git symbolic-ref HEAD"), "refs/heads/not-yet");
    CHECK(fixture_exists(s.tree, "first"));
}

/* The folder may stand elsewhere: git's record is then all that names these commits and this content. */
TEST(a_record_of_a_folder_that_was_moved_by_hand_is_kept) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "hand");
    Err e = {0};
    fixture_sh(
        s.tree,
        "git switch -q --detach; echo lone >lone; git add lone; git commit -qm lone; git rev-parse HEAD "
        ">../hand-lone; git switch -q topic; echo staged >s; git add s; rm s; echo mine >mine; rm -rf ../hand-away; "
        "mv ../hand-wt ../hand-away");
    SnapshotAsk shot = {.dir = arena_fmt(a, "%s-private", s.repo).p, .name = "wt_1"};
    CHECK_OK(git_trash_forget(s.g, s.tree, &shot, &e), e);
    CHECK_STR(fixture_out(a, s.repo, "git worktree list | wc -l; ls .git/worktrees | wc -l"), "1\n0");
    fixture_sh(s.repo, "git worktree prune --expire now; git reflog expire --expire=now --all; git gc -q --prune=now");
    const char *ref = "$(git for-each-ref --format='%(refname)' refs/muster/salvage)";
    CHECK_STR(fixture_out(a, s.repo,
                          "git show %s:staged/s; lone=$(cat ../hand-lone); git merge-base --is-ancestor $lone %s && "
                          "git show $lone:lone",
                          ref, ref),
              "staged\nlone");
    CHECK_OK(git_trash_forget(s.g, s.tree, &shot, &e), e);
    /* and put back as docs/lossless.md says, it is the worktree again */
    fixture_sh(s.repo, "mkdir -p .git/worktrees; mv .git/muster/removed/hand-wt-* .git/worktrees/hand-wt; "
                       "git worktree repair ../hand-away >/dev/null");
    CHECK_STR(fixture_out(a, s.repo, "cd ../hand-away; git show :s; git branch --show-current; git status --porcelain"),
              "staged\ntopic\nAD s\n?? mine");
}

TEST(refuses_main_locked_nested_and_strange_worktrees) {
    static const struct {
        const char *script, *tree;
        int want;
    } rows[] = {
        {":", "refuse", ERR_INVALID},
        {"git worktree lock --reason mine '../refuse-wt'", "refuse-wt", ERR_CONFLICT},
        {"git worktree add -q --detach '../refuse-wt/inside'", "refuse-wt", ERR_CONFLICT},
        {"rm -rf ../refuse-wt", "refuse-wt", ERR_NOT_FOUND},
        {"cd ../refuse-wt; rm .git; git init -q .", "refuse-wt", ERR_CONFLICT},
        {"echo 'gitdir: /etc' >../refuse-wt/.git", "refuse-wt", ERR_CONFLICT},
        {":", "refuse-home", ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Scene s = scene(a, "refuse");
        fixture_sh(s.repo, "%s", rows[i].script);
        GitTrashed t;
        Err e = {0};
        const char *path = arena_fmt(a, "%s/%s", test_dir(), rows[i].tree).p;
        CHECK_ERR(git_trash_plan(s.g, s.home, id, path, &t, &e), e, rows[i].want);
        fixture_sh(s.repo, "git worktree unlock ../refuse-wt 2>/dev/null || true");
    }
}

TEST(undo_refuses_an_occupied_path_and_keeps_the_trash) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "occupied");
    GitTrashed t = put(&s);
    fixture_sh(test_dir(), "mkdir occupied-wt");
    GitUndone u;
    Err e = {0};
    CHECK_ERR(git_trash_undo(s.g, &t, &u, &e), e, ERR_CONFLICT);
    CHECK(fixture_exists(t.place.p, "a"));
    fixture_sh(test_dir(), "rmdir occupied-wt");
    undo(&s, &t);
    CHECK(fixture_exists(s.tree, "a"));
}

TEST(undo_reports_where_the_files_are_when_gits_record_is_gone) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "record");
    GitTrashed t = put(&s);
    fixture_sh(s.repo, "rm -rf .git/worktrees");
    GitUndone u;
    Err e = {0};
    CHECK_ERR(git_trash_undo(s.g, &t, &u, &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), t.place, &(size_t){0}));
}

TEST(moves_beside_the_worktree_if_the_data_folder_is_on_another_file_system) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "beside");
    struct stat here, shm;
    CHECK(stat(s.repo, &here) == 0);
    if (stat("/dev/shm", &shm) < 0 || here.st_dev == shm.st_dev) return;
    s.home = "/dev/shm";
    GitTrashed t = put(&s);
    CHECK(str_starts(t.place, arena_fmt(a, "%s/.muster-trash/", test_dir())));
    CHECK_STR(fixture_out(a, test_dir(), "cat .muster-trash/.gitignore"), "*");
    undo(&s, &t);
    CHECK(fixture_exists(s.tree, "a"));
}

TEST(a_relative_link_is_made_absolute_in_the_trash_and_restored) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "relative");
    fixture_sh(s.tree, "echo 'gitdir: ../relative/.git/worktrees/relative-wt' >.git");
    GitTrashed t = put(&s);
    CHECK_STR(fixture_out(a, t.place.p, "git rev-parse --is-inside-work-tree"), "true");
    undo(&s, &t);
    CHECK_STR(fixture_out(a, s.tree, "cat .git"), "gitdir: ../relative/.git/worktrees/relative-wt");
}

/* After a crash the same call is made again, from whichever step was reached last. */
TEST(each_step_can_be_repeated) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "again");
    GitTrashed t = put(&s);
    Err e = {0};
    CHECK_I64(git_trash_find(s.g, &t), TRASH_IN_TRASH);
    CHECK_OK(git_trash_put(s.g, &t, &e), e);
    undo(&s, &t);
    CHECK_I64(git_trash_find(s.g, &t), TRASH_AT_HOME);
    undo(&s, &t);
    CHECK_STR(fixture_out(a, s.tree, "git branch --show-current"), "topic");
    CHECK_STR(fixture_out(a, s.repo, "git worktree list --porcelain | grep -c locked || true"), "0");
    fixture_sh(s.tree, "rm -r ../again-wt");
    CHECK_I64(git_trash_find(s.g, &t), TRASH_NOWHERE);
}

TEST(a_removal_on_a_full_disk_leaves_no_lock) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *disk = test_disk("full-lock", "8m");
    Scene s = {.a = a, .home = arena_fmt(a, "%s/home", disk).p};
    s.repo = arena_fmt(a, "%s/r", disk).p;
    s.tree = arena_fmt(a, "%s/wt", disk).p;
    fixture_sh(disk, "mkdir home r; cd r; git init -q -b main; echo a >a; git add a; git commit -qm one; "
                     "git worktree add -q -b topic ../wt; head -c 64M /dev/zero >../fill 2>/dev/null || true");
    s.g = fixture_git(a, arena_fmt(a, "%s/.git", s.repo).p);
    GitTrashed t;
    Err e = {0};
    CHECK_OK(git_trash_plan(s.g, s.home, id, s.tree, &t, &e), e);
    CHECK_ERR(git_trash_put(s.g, &t, &e), e, ERR_DISK_FULL);
    CHECK_STR(fixture_out(
                  a, s.repo,
                  "ls .git/worktrees/wt | grep ^locked || true; git worktree list --porcelain | grep ^locked || true"),
              "");
    fixture_sh(disk, "rm fill");
    t = put(&s);
    undo(&s, &t);
    CHECK_STR(fixture_out(a, s.tree, "cat a; git symbolic-ref HEAD"), "a\nrefs/heads/topic");
    test_disk_done(disk);
}

static GitWorktree listed(const Scene *s, Str place) {
    GitWorktreeList l;
    Err e = {0};
    CHECK_OK(git_worktrees(s->g, &l, &e), e);
    const GitWorktree *w = git_worktree_find(&l, place);
    if (!w) test_fail(__FILE__, __LINE__, "git does not list " STR_FMT, STR_ARG(place));
    return *w;
}

TEST(an_entry_can_be_read_again_without_the_store) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "again");
    fixture_sh(s.tree, "echo kept >k");
    GitTrashed t = put(&s), read;
    TimeUs at;
    Str is, home;
    Err e = {0};
    GitWorktree w = listed(&s, t.place);
    CHECK(git_trash_is_in(&w, &is, &home));
    CHECK_STR(is, id);
    CHECK_STR(home, s.home);
    CHECK_OK(git_trash_read(s.g, t.place, &read, &at, &e), e);
    CHECK(clock_now_us() - at < DAY_US);
    CHECK_STR(read.branch, "refs/heads/topic");
    CHECK(undo(&s, &read).is_attached);
    CHECK_STR(fixture_out(a, s.tree, "cat k; git branch --show-current"), "kept\ntopic");
}

/* A manifest says what is written where. */
TEST(a_manifest_that_does_not_fit_gits_record_is_refused) {
    static const char *const changes[] = {"s#\"gitDir\":\"#&/elsewhere#",
                                          "s#\"commonDir\":\"#&/elsewhere#",
                                          "s#refs/heads/#-refs/heads/#",
                                          "s#\"link\":\"#&x#",
                                          "s#trs_01#trs_02#",
                                          "s#\"path\":\"/#\"path\":\"#",
                                          "s#{#[#",
                                          "s#\"head\":\"#&-#"};
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Scene s = scene(a, "unfit");
        GitTrashed t = put(&s), read;
        TimeUs at;
        Err e = {0};
        fixture_sh("/", "sed -i '%s' '" STR_FMT ".json'", changes[i], STR_ARG(t.place));
        if (git_trash_read(s.g, t.place, &read, &at, &e) >= 0) test_fail(__FILE__, __LINE__, "%s", changes[i]);
        fixture_sh(s.repo, "rm -r .git/worktrees; git branch -qD topic");
    }
}

static const char *const uses[] = {"cd \"$1\"; exec sleep 100", "exec sleep 100 <\"$1/a\""};

/* Returns its pid. */
static Str start_in(const Scene *s, const char *use, Str place) {
    return fixture_out(s->a, "/",
                       "sh -c '%s' sh '" STR_FMT "' >/dev/null 2>&1 & p=$!; "
                       "until grep -qs sleep /proc/$p/comm; do :; done; echo $p",
                       use, STR_ARG(place));
}

static void end_process(Str pid) {
    fixture_sh("/", "kill " STR_FMT "; while readlink /proc/" STR_FMT "/cwd >/dev/null; do :; done", STR_ARG(pid),
               STR_ARG(pid));
}

TEST(what_a_process_uses_is_not_deleted) {
    for (size_t i = 0; i < COUNT_OF(uses); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Scene s = scene(a, "used");
        GitTrashed t = put(&s);
        Err e = {0};
        Str pid = start_in(&s, uses[i], t.place);
        CHECK_ERR(git_trash_delete(s.g, &t, &e), e, ERR_CONFLICT);
        CHECK(str_find(str(e.text), pid, &(size_t){0}));
        CHECK(fixture_exists(t.place.p, "a"));
        end_process(pid);
        CHECK_OK(git_trash_delete(s.g, &t, &e), e);
        CHECK(!fixture_exists("/", t.place.p + 1));
        fixture_sh(s.repo, "git branch -qD topic");
    }
}

/* As a crash after the rename leaves it. */
TEST(a_deletion_that_was_cut_off_looks_again_for_what_uses_the_folder) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "cutoff");
    GitTrashed t = put(&s), found = t;
    Err e = {0};
    fixture_sh("/", "mv '" STR_FMT "' '" STR_FMT ".deleting'", STR_ARG(t.place), STR_ARG(t.place));
    CHECK_I64(git_trash_find(s.g, &found), TRASH_IN_TRASH);
    Str pid = start_in(&s, uses[0], found.place);
    CHECK_ERR(git_trash_delete(s.g, &t, &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), pid, &(size_t){0}));
    CHECK(fixture_exists(t.place.p, "a"));
    end_process(pid);
    fixture_sh("/", "mv '" STR_FMT "' '" STR_FMT ".deleting'", STR_ARG(t.place), STR_ARG(t.place));
    undo(&s, &t);
    CHECK(fixture_exists(s.tree, "a"));
    CHECK_STR(fixture_out(a, s.home, "ls trash"), "");
    /* Once git's record is gone, the folder may be half deleted. */
    t = put(&s);
    fixture_sh("/", "mv '" STR_FMT "' '" STR_FMT ".deleting'; rm -r '" STR_FMT "'", STR_ARG(t.place), STR_ARG(t.place),
               STR_ARG(t.git_dir));
    found = t;
    CHECK_I64(git_trash_find(s.g, &found), TRASH_NOWHERE);
    CHECK_OK(git_trash_delete(s.g, &t, &e), e);
    CHECK_STR(fixture_out(a, s.home, "ls trash"), "");
}

TEST(a_folder_that_cannot_be_moved_back_is_named_and_can_be_restored) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "stuck");
    GitTrashed t = put(&s);
    Err e = {0};
    fixture_sh("/", "mv '" STR_FMT "' '" STR_FMT ".deleting'", STR_ARG(t.place), STR_ARG(t.place));
    Str pid = start_in(&s, uses[0], arena_fmt(a, STR_FMT ".deleting", STR_ARG(t.place)));
    fault_arm(1, "trash.move");
    CHECK_ERR(git_trash_delete(s.g, &t, &e), e, ERR_CONFLICT);
    fault_arm(0, NULL);
    CHECK(str_find(str(e.text), pid, &(size_t){0}) && str_find(str(e.text), STR(".deleting"), &(size_t){0}));
    end_process(pid);
    undo(&s, &t);
    CHECK(fixture_exists(s.tree, "a"));
}

TEST(the_record_of_an_entry_whose_folder_is_gone_is_kept) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Scene s = scene(a, "dropped");
    SnapshotAsk shot = {arena_fmt(a, "%s-private", s.repo).p, "wt_01arz3ndektsv4rrffq69g5faa", 0, 0};
    fixture_sh(s.tree, "echo staged >s; git add s");
    GitTrashed t = put(&s);
    Err e = {0};
    CHECK_ERR(git_trash_drop(s.g, &t, &shot, &e), e, ERR_CONFLICT);
    fixture_sh("/", "rm -rf '" STR_FMT "'", STR_ARG(t.place));
    CHECK_OK(git_trash_drop(s.g, &t, &shot, &e), e);
    CHECK_STR(fixture_out(a, s.repo,
                          "git worktree list | wc -l; ls .git/muster/removed | sed 's/-slv_.*//'; "
                          "git show $(git for-each-ref --format='%%(objectname)' refs/muster/salvage):staged/s"),
              "1\ndropped-wt\nstaged");
    CHECK_OK(git_trash_drop(s.g, &t, &shot, &e), e);
}
