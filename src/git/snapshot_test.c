#include "git/snapshot.h"

#include <sys/stat.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"
#include "sys/fault.h"

static SnapshotDir *open_dir(Arena *a, const char *repo) {
    SnapshotDir *d = NULL;
    Err e = {0};
    SnapshotAsk ask = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_1"};
    CHECK_OK(snapshot_open(fixture_git(a, repo), &ask, &d, &e), e);
    return d;
}

static Snapshot take(SnapshotDir *d) {
    Snapshot s;
    Err e = {0};
    CHECK_OK(snapshot_take(d, &s, &e), e);
    return s;
}

static Snapshot snap(Arena *a, const char *repo) {
    SnapshotDir *d = open_dir(a, repo);
    Snapshot s = take(d);
    snapshot_close(d);
    return s;
}

static const ManifestItem *item(const Snapshot *s, const char *path) {
    vec_each(&s->contents.items, i) if (str_is(i->path, path)) return i;
    return NULL;
}

/* Each file with its type, mode, content or target, without git's folders; empty folders too. */
static Str picture(Arena *a, const char *repo) {
    return fixture_out(a, repo,
                       "find . -name .git -prune -o -printf '%%p %%m %%y %%l\\n' | sort; "
                       "find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha1sum");
}

/* Rows: a state whose every byte a snapshot must hold, and restore after `ruin`. */
static const struct {
    const char *name, *make, *ruin;
} states[] = {
    {"modified", "echo x >>a", "echo other >a"},
    {"untracked", "mkdir -p d/e; echo 1 >d/e/f; echo 2 >u", "rm -r d u"},
    {"deleted", "rm a", "echo back >a"},
    {"crlf", "printf 'one\\r\\ntwo\\n' >crlf; echo '* text=auto eol=crlf' >.gitattributes",
     "echo >crlf; rm .gitattributes"},
    {"filter",
     "git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z a-z'; "
     "echo '*.f filter=up' >.gitattributes; echo lower >x.f; git add x.f; git commit -qm f; echo low >>x.f",
     "echo nothing >x.f"},
    {"encoding",
     "echo '*.u working-tree-encoding=UTF-16' >.gitattributes; printf '\\376\\377\\0a' >x.u; printf bad >y.u",
     "rm x.u y.u"},
    {"ident", "echo '*.c ident' >.gitattributes; echo '$Id$ $Id: abc $' >i.c", "echo >i.c"},
    {"binary", "printf '\\0\\1\\2\\377' >bin", "printf '\\0' >bin"},
    {"links", "ln -s nowhere l; ln -s / out; ln -s .. up; mkdir d; ln -s ../a d/l", "rm l out up d/l; echo file >l"},
    {"link for folder", "mkdir d; echo 1 >d/f; git add d; git commit -qm d; mkdir e; echo 2 >e/f; rm -r d; ln -s e d",
     "rm d; mkdir d; echo 3 >d/f"},
    {"folder for file", "rm a; mkdir a; echo in >a/in", "rm -r a; echo file >a"},
    {"modes", "chmod 600 a; echo s >s; chmod 4711 s; echo r >r; chmod 400 r; mkdir -m 700 d; echo p >d/p",
     "chmod 644 a; chmod 755 s d; chmod 666 r"},
    {"empty folders", "mkdir -p e1 e2/e3; mkdir -m 750 e4", "rmdir e1 e2/e3 e4; mkdir e5"},
    {"fifo", "mkfifo -m 640 p; mkdir sub; mkfifo sub/q", "rm p sub/q; rmdir sub; mkfifo z"},
    {"odd names",
     "printf 1 >\"$(printf 'n\\nl')\"; printf 1 >-x; printf 1 >\"$(printf 'b\\377')\"; echo >'sp ace'; "
     "echo >'git~1'; echo >':(top)'; echo >'*'",
     "rm -f ./*; echo 1 >a"},
    {"case", "echo 1 >Name; echo 2 >name; echo 3 >NAME", "echo 4 >Name; rm name NAME"},
    {"unicode", "echo 1 >\"$(printf 'e\\314\\201')\"; echo 2 >\"$(printf '\\303\\251')\"", "rm -f ./*"},
    {"tracked and ignored",
     "echo '*.log' >.gitignore; echo 1 >x.log; git add -f x.log .gitignore; git commit -qm l; "
     "echo 2 >>x.log",
     "echo 3 >x.log"},
    {"assumed unchanged", "git update-index --assume-unchanged a; echo hidden >>a", "echo >a"},
    {"skipped", "git update-index --skip-worktree a; echo hidden >>a", "echo >a"},
    {"intent to add", "echo new >n; git add -N n", "rm n"},
    {"unmerged",
     "git switch -qc side; echo 1 >a; git commit -qam 1; git switch -q main; echo 2 >a; git commit -qam 2; "
     "git merge side >/dev/null || true",
     "git checkout -q --ours a"},
    {"nested",
     "git init -q inner; cd inner; echo n >n; git add n; git commit -qm n; echo dirty >>n; mkdir deep; "
     "echo u >deep/u; git init -q in2; echo 2 >in2/f; mkdir in2/e",
     "echo >inner/n; rm inner/deep/u inner/in2/f"},
    {"nested without commits", "git init -q inner; echo n >inner/n", "echo >inner/n"},
    {"submodule",
     "git init -q ../sub-$$; (cd ../sub-$$; echo s >s; git add s; git commit -qm s); "
     "git -c protocol.file.allow=always submodule --quiet add $PWD/../sub-$$ sub; git commit -qm sub; "
     "echo d >>sub/s; echo u >sub/u",
     "echo >sub/s; rm sub/u"},
};

TEST(a_snapshot_holds_every_byte_and_restores_it) {
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *repo = fixture_repo(a, "kept");
        Err e = {0};
        Snapshot again;
        fixture_sh(repo, "rm -rf '%s-private'; %s", repo, states[i].make);
        Str before = picture(a, repo),
            status = fixture_out(a, repo, "git status --porcelain=v2 --ignored; cat .git/index | sha1sum");
        CLEANUP(snapshot_closep) SnapshotDir *d = open_dir(a, repo);
        Snapshot s = take(d);
        if (s.left) test_fail(__FILE__, __LINE__, "%s: %zu left out", states[i].name, s.left);
        CHECK_STR(fixture_out(a, repo, "git status --porcelain=v2 --ignored; cat .git/index | sha1sum"), status.p);
        Snapshot same = take(d);
        if (!str_eq(same.files, s.files) || !str_eq(same.manifest, s.manifest))
            test_fail(__FILE__, __LINE__, "%s: a second snapshot differs", states[i].name);
        fixture_sh(repo, "%s", states[i].ruin);
        Snapshot now = take(d);
        if (str_eq(now.files, s.files) && str_eq(now.manifest, s.manifest))
            test_fail(__FILE__, __LINE__, "%s: the change was not noticed", states[i].name);
        if (snapshot_apply(d, &now, &s, &e) < 0) test_fail(__FILE__, __LINE__, "%s: %s", states[i].name, e.text);
        Str after = picture(a, repo);
        if (!str_eq(before, after))
            test_fail(__FILE__, __LINE__, "%s: before\n" STR_FMT "\nafter\n" STR_FMT, states[i].name, STR_ARG(before),
                      STR_ARG(after));
        CHECK_OK(snapshot_take(d, &again, &e), e);
        CHECK_STR(again.files, s.files.p);
        if (!str_eq(again.manifest, s.manifest))
            test_fail(__FILE__, __LINE__, "%s: the manifests differ:\n" STR_FMT, states[i].name,
                      STR_ARG(fixture_out(a, repo,
                                          "git cat-file blob " STR_FMT " | tr '\\0' '\\n'; git cat-file blob " STR_FMT
                                          " | tr '\\0' '\\n'",
                                          STR_ARG(s.manifest), STR_ARG(again.manifest))));
    }
}

TEST(a_snapshot_has_the_exact_bytes_of_plain_files) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "exact");
    fixture_sh(repo,
               "rm -rf '%s-private'; git config core.autocrlf true; echo '* text=auto' >.gitattributes; "
               "printf 'x\\r\\ny\\n' >mixed; printf '\\0\\r\\n' >bin",
               repo);
    Snapshot s = snap(a, repo);
    CHECK_STR(fixture_out(a, repo,
                          "for f in a mixed bin .gitattributes; do git cat-file blob " STR_FMT
                          ":$f | cmp - $f; done; echo same",
                          STR_ARG(s.files)),
              "same");
}

/* A change of the same size within the second of the snapshot is what git itself may miss. */
TEST(a_change_within_the_same_second_is_noticed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "racy");
    fixture_sh(repo, "rm -rf '%s-private'", repo);
    Str last = snap(a, repo).files;
    for (int i = 0; i < 8; i++) {
        fixture_sh(repo, "echo %d >r", i);
        Str now = snap(a, repo).files;
        CHECK(!str_eq(now, last));
        CHECK_STR(fixture_out(a, repo, "git cat-file blob " STR_FMT ":r", STR_ARG(now)), arena_fmt(a, "%d", i).p);
        last = now;
    }
    fixture_sh(repo, "echo 1 >r; touch -d '2020-01-01' r");
    Str first = snap(a, repo).files;
    fixture_sh(repo, "echo 2 >r; touch -d '2020-01-01' r");
    CHECK(!str_eq(snap(a, repo).files, first));
}

TEST(nothing_that_the_repository_names_runs) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "hostile-snapshot");
    fixture_sh(
        repo,
        "rm -rf '%s-private'; for k in filter.x.clean filter.x.smudge filter.x.process core.fsmonitor diff.external "
        "core.hooksPath core.pager core.editor diff.x.textconv merge.x.driver core.sshCommand; do "
        "git config $k \"touch $PWD/ran; cat\"; done; git config filter.x.required true; "
        "echo '* filter=x diff=x merge=x' >.gitattributes; mkdir -p .git/hooks; "
        "for h in pre-commit post-index-change reference-transaction post-checkout; do "
        "printf '#!/bin/sh\\ntouch ran\\n' >.git/hooks/$h; chmod +x .git/hooks/$h; done; echo new >n",
        repo);
    CLEANUP(snapshot_closep) SnapshotDir *d = open_dir(a, repo);
    Err e = {0};
    Snapshot s = take(d), now;
    fixture_sh(repo, "rm n; echo 2 >a");
    CHECK_OK(snapshot_take(d, &now, &e), e);
    CHECK_OK(snapshot_apply(d, &now, &s, &e), e);
    CHECK(!fixture_exists(repo, "ran"));
    CHECK_STR(fixture_out(a, repo, "cat n"), "new");
}

TEST(what_is_left_out_is_named) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "left");
    fixture_sh(repo,
               "rm -rf '%s-private'; truncate -s 60M big; mkdir -p x/.git; echo secret >x/.git/y; "
               "git worktree add -q inside -b inside; mkdir -p z/.GIT; echo 1 >z/.GIT/c",
               repo);
    CLEANUP(snapshot_closep) SnapshotDir *d = open_dir(a, repo);
    Err e = {0};
    Snapshot s = take(d);
    CHECK(item(&s, "big") && item(&s, "big")->kind == LEFT_LARGE);
    CHECK_STR(item(&s, "big")->value, "62914560");
    CHECK(item(&s, "x/.git") && item(&s, "x/.git")->kind == LEFT_NAME);
    CHECK(item(&s, "z/.GIT/c") && item(&s, "z/.GIT/c")->kind == LEFT_NAME);
    CHECK(item(&s, "inside") && item(&s, "inside")->kind == LEFT_WORKTREE);
    CHECK_I64(s.left, 3);
    CHECK_ERR(snapshot_take_all(d, false, &s, &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.details[0].text), STR("big"), &(size_t){0}));
    CHECK_OK(snapshot_take_all(d, true, &s, &e), e);
    /* tracked and unchanged, its content is in the repository already */
    fixture_sh(repo, "rm -rf x z; git add big; git commit -qm big");
    s = take(d);
    CHECK_I64(s.left, 0);
    CHECK(!item(&s, "big"));
}

/* git's listing has no file of `pkg`, so it is known only from the walk; what it contains is ignored all the same. */
TEST(what_is_ignored_below_a_folder_without_files_is_not_left_out) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "levels");
    fixture_sh(
        repo,
        "rm -rf '%s-private'; echo 'modules/' >.gitignore; mkdir -p pkg/in/modules/x/.git pkg/modules/.git pkg/e/f; "
        "mkfifo pkg/modules/pipe; echo k >pkg/in/modules/k; mkdir -m 700 pkg/in/kept",
        repo);
    CLEANUP(snapshot_closep) SnapshotDir *d = open_dir(a, repo);
    Snapshot s = take(d);
    CHECK_I64(s.left, 0);
    CHECK(item(&s, "pkg") && item(&s, "pkg/e/f") && item(&s, "pkg/in/kept"));
    CHECK_I64(item(&s, "pkg/in/kept")->mode, 0700);
    CHECK(!item(&s, "pkg/modules") && !item(&s, "pkg/modules/pipe") && !item(&s, "pkg/in/modules"));
}

TEST(a_snapshot_of_a_worktree_that_is_gone_is_forgotten) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "forgotten");
    Err e = {0};
    fixture_sh(repo, "rm -rf '%s-private'", repo);
    (void)snap(a, repo);
    Git *g = fixture_git(a, repo);
    CHECK_OK(snapshot_forget(g, "wt_2", &e), e);
    CHECK_STR(fixture_out(a, repo, "git for-each-ref --format='%%(refname)' refs/muster"),
              "refs/muster/snapshots/wt_1");
    CHECK_OK(snapshot_forget(g, "wt_1", &e), e);
    CHECK_STR(fixture_out(a, repo, "git for-each-ref refs/muster"), "");
}

TEST(a_file_that_cannot_be_read_is_named_and_stops_what_would_overwrite_it) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "unreadable");
    fixture_sh(repo, "rm -rf '%s-private'", repo);
    CLEANUP(snapshot_closep) SnapshotDir *d = open_dir(a, repo);
    Err e = {0};
    Snapshot s;
    fault_arm(1, "snapshot.open");
    CHECK_ERR(snapshot_take_all(d, true, &s, &e), e, ERR_CONFLICT);
    fault_arm(0, NULL);
    CHECK_STR(str(e.details[0].path), "unreadable");
    CHECK_STR(str(e.details[0].text), "a");
    fault_arm(1, "snapshot.open");
    s = take(d);
    fault_arm(0, NULL);
    CHECK(item(&s, "a") && item(&s, "a")->kind == LEFT_UNREADABLE);
    CHECK_I64(take(d).left, 0);
}

TEST(ignored_files_in_the_way_are_refused_before_anything_is_written) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "in-the-way");
    fixture_sh(repo, "rm -rf '%s-private'; echo kept >k; mkdir d; echo in >d/in", repo);
    CLEANUP(snapshot_closep) SnapshotDir *d = open_dir(a, repo);
    Snapshot s = take(d), now;
    Err e = {0};
    fixture_sh(repo, "rm -r k d; echo k >.gitignore; echo d >>.gitignore; echo precious >k; echo other >d; echo 3 >a");
    now = take(d);
    CHECK_ERR(snapshot_apply(d, &now, &s, &e), e, ERR_CONFLICT);
    CHECK_STR(fixture_out(a, repo, "cat k d a"), "precious\nother\n3");
    fixture_sh(repo, "rm k d; mkdir k; echo deep >k/deep");
    now = take(d);
    CHECK_ERR(snapshot_apply(d, &now, &s, &e), e, ERR_CONFLICT);
    CHECK_STR(fixture_out(a, repo, "cat k/deep"), "deep");
}

TEST(a_file_that_changes_before_the_restore_is_not_overwritten) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "late");
    fixture_sh(repo, "rm -rf '%s-private'", repo);
    CLEANUP(snapshot_closep) SnapshotDir *d = open_dir(a, repo);
    Snapshot s = take(d), now;
    Err e = {0};
    fixture_sh(repo, "echo 2 >a");
    now = take(d);
    fixture_sh(repo, "echo 3 and more >a");
    CHECK_ERR(snapshot_apply(d, &now, &s, &e), e, ERR_CONFLICT);
    CHECK_STR(fixture_out(a, repo, "cat a"), "3 and more");
}

TEST(objects_that_were_pruned_are_stored_again) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "pruned");
    fixture_sh(repo, "rm -rf '%s-private'; echo once >u", repo);
    (void)snap(a, repo);
    fixture_sh(repo, "git update-ref -d refs/muster/snapshots/wt_1; git gc -q --prune=now");
    Snapshot s = snap(a, repo);
    CHECK_STR(fixture_out(a, repo, "git cat-file blob " STR_FMT ":u", STR_ARG(s.files)), "once");
    fixture_sh(repo, "git gc -q --prune=now; printf x >'%s-private/index'", repo);
    s = snap(a, repo);
    CHECK_STR(fixture_out(a, repo, "git fsck --strict 2>&1 | grep missing || true; git cat-file blob " STR_FMT ":u",
                          STR_ARG(s.files)),
              "once");
}

/* Odd names, links and empty files among them, and contents that are objects already. */
TEST(many_new_objects_are_packed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "many");
    fixture_sh(
        repo,
        "rm -rf '%s-private'; mkdir m; i=0; while [ $i -lt 2100 ]; do echo $i >m/$i; i=$((i+1)); done; "
        "echo n >\"$(printf 'm/n\\nl')\"; echo r >\"$(printf 'm/r\\r')\"; echo q >'\"q\"'; echo b >'m/b\\s'; : >m/empty; "
        "ln -s 7 m/link; printf 'a\\r\\n' >m/crlf; echo '* text=auto' >.gitattributes; cp a m/copy",
        repo);
    CLEANUP(snapshot_closep) SnapshotDir *d = open_dir(a, repo);
    Snapshot s = take(d), now;
    Err e = {0};
    CHECK_STR(fixture_out(a, repo,
                          "find .git/objects -type f -not -path '*/pack/*' -not -path '*/info/*' | wc -l | "
                          "xargs test 30 -gt && ls .git/objects/pack/*.pack | wc -l; git cat-file blob " STR_FMT
                          ":m/2099",
                          STR_ARG(s.files)),
              "1\n2099");
    Str was = picture(a, repo);
    fixture_sh(repo, "git gc -q --prune=now; rm -r m '\"q\"' a; git fsck --strict >/dev/null 2>&1");
    now = take(d);
    CHECK_OK(snapshot_apply(d, &now, &s, &e), e);
    CHECK_STR(picture(a, repo), was.p);
}

TEST(sha256_repositories_and_linked_worktrees_are_snapshotted) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *dir = test_dir();
    const char *repo = arena_fmt(a, "%s/snap256", dir).p, *tree = arena_fmt(a, "%s/snap256-wt", dir).p;
    fixture_sh(dir, "git init -q --object-format=sha256 snap256; cd snap256; echo 1 >f; git add f; git commit -qm 1; "
                    "git worktree add -q ../snap256-wt -b side; echo 2 >../snap256-wt/g");
    Snapshot s = snap(a, tree);
    CHECK_I64(s.files.n, 64);
    CHECK_STR(fixture_out(a, repo, "git cat-file blob " STR_FMT ":g", STR_ARG(s.files)), "2");
}
