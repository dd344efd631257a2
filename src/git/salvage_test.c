#include "git/salvage.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"

static SalvageAsk asking(Arena *a, const char *repo) {
    return (SalvageAsk){.shot = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_01arz3ndektsv4rrffq69g5faa"},
                        .act = "test_act"};
}

static GitSalvage make(Arena *a, const char *repo) {
    GitSalvage s;
    Err e = {0};
    SalvageAsk ask = asking(a, repo);
    CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &s, &e), e);
    return s;
}

static bool is_own(void *arg, Str worktree) {
    (void)arg;
    return str_is(worktree, "wt_01arz3ndektsv4rrffq69g5faa");
}

static GitSalvage restore(Arena *a, const char *repo, const GitSalvage *s, const char *only, Str *ret_note) {
    GitSalvage before;
    Err e = {0};
    Str path = str(only);
    SalvageAsk ask = asking(a, repo);
    SalvageRestore r = {.from = s, .paths = {&path, only != NULL}};
    CHECK_OK(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e);
    if (ret_note) *ret_note = r.note;
    return before;
}

/* What a person would miss: files, index with all stages, HEAD, branches, and what is in progress. */
static Str picture(Arena *a, const char *repo) {
    return fixture_out(
        a, repo,
        "find . -name .git -prune -o -printf '%%p %%m %%y %%l\\n' | sort; "
        "find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha1sum; "
        "git ls-files -s; git symbolic-ref -q HEAD || git rev-parse HEAD; git rev-parse -q --verify HEAD || true; "
        "git for-each-ref refs/heads refs/bisect refs/worktree; git status | grep -v '^  (use\\|^HEAD detached\\|^Not currently'; "
        "cat .git/MERGE_HEAD .git/CHERRY_PICK_HEAD .git/REVERT_HEAD .git/rebase-merge/git-rebase-todo "
        ".git/rebase-merge/done .git/MERGE_MSG .git/BISECT_LOG 2>/dev/null || true");
}

#define DIVERGED \
    "git switch -qc side; echo 1 >a; git commit -qam 1; git switch -q main; echo 2 >a; git commit -qam 2; echo s >s; "

/* A state, what destroys it, and what must have come back. */
static const struct {
    const char *name, *make, *destroy, *state;
} states[] = {
    {"dirty", "echo x >>a; echo s >s; git add s; echo s2 >>s; echo u >u", "git reset -q --hard; git clean -qfdx",
     "none"},
    {"staged only", "echo 1 >n; git add n; rm n", "git reset -q --hard", "none"},
    {"merge", DIVERGED "git merge side >/dev/null || true; echo half >a", "git merge --abort", "merge"},
    {"merge resolved", DIVERGED "git merge side >/dev/null || true; echo both >a; git add a", "git reset -q --hard",
     "merge"},
    {"merge then committed", DIVERGED "git merge side >/dev/null || true", "echo b >a; git commit -qam merged",
     "merge"},
    {"rebase", DIVERGED "git rebase side >/dev/null 2>&1 || true", "git rebase --abort", "rebase"},
    {"rebase skipped", DIVERGED "git rebase side >/dev/null 2>&1 || true", "git rebase --skip >/dev/null 2>&1",
     "rebase"},
    {"rebase continued", DIVERGED "git rebase side >/dev/null 2>&1 || true",
     "echo c >a; git add a; GIT_EDITOR=true git rebase --continue >/dev/null 2>&1", "rebase"},
    {"cherry-pick", DIVERGED "git cherry-pick side >/dev/null 2>&1 || true", "git cherry-pick --abort", "cherry-pick"},
    {"revert", "echo 3 >a; git commit -qam 3; echo 4 >a; git commit -qam 4; git revert HEAD~1 >/dev/null 2>&1 || true",
     "git revert --abort", "revert"},
    {"bisect", "for i in 1 2 3 4; do echo $i >a; git commit -qam $i; done; git bisect start -q HEAD HEAD~4 >/dev/null",
     "git bisect reset >/dev/null 2>&1", "bisect"},
    {"detached", "git switch -q --detach; echo d >a; git commit -qam lone",
     "git switch -q main; git reflog expire --expire=now --all; "
     "git gc -q --prune=now",
     "none"},
    {"reset commits", "echo 3 >a; git commit -qam 3; echo 4 >a; git commit -qam 4", "git reset -q --hard HEAD~2",
     "none"},
    {"amended", "echo 3 >a; git commit -qam 3; echo extra >e", "git add e; git commit -q --amend -m amended", "none"},
    {"new branch", "git branch other; echo 3 >a", "git stash -q; git switch -q other", "none"},
    {"split index", "git update-index --split-index; echo 1 >n; git add n", "git reset -q --hard", "none"},
    {"unborn", "git switch -q --orphan fresh; echo n >n; git add n",
     "git rm -q -f n; git symbolic-ref HEAD refs/heads/main; git reset -q --hard", "none"},
};

TEST(a_salvage_brings_back_what_was_destroyed) {
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *repo = fixture_repo(a, "saved");
        fixture_sh(repo, "rm -rf '%s-private'; %s", repo, states[i].make);
        Str before = picture(a, repo);
        GitSalvage s = make(a, repo);
        if (!str_is(s.state, states[i].state))
            test_fail(__FILE__, __LINE__, "%s: state " STR_FMT, states[i].name, STR_ARG(s.state));
        if (!str_eq(picture(a, repo), before))
            test_fail(__FILE__, __LINE__, "%s: it changed something", states[i].name);
        fixture_sh(repo, "%s; git reflog expire --expire=now --all; git gc -q --prune=now", states[i].destroy);
        Str destroyed = picture(a, repo);
        CHECK(!str_eq(destroyed, before));
        GitSalvage was = restore(a, repo, &s, NULL, NULL);
        Str after = picture(a, repo);
        if (!str_eq(after, before))
            test_fail(__FILE__, __LINE__, "%s: before\n" STR_FMT "\n--- after\n" STR_FMT, states[i].name,
                      STR_ARG(before), STR_ARG(after));
        fixture_sh(repo, "git fsck --no-dangling >/dev/null");
        restore(a, repo, &was, NULL, NULL); /* the restore can be undone */
        after = picture(a, repo);
        if (!str_eq(after, destroyed))
            test_fail(__FILE__, __LINE__, "%s: undone\n" STR_FMT "\n--- wanted\n" STR_FMT, states[i].name,
                      STR_ARG(after), STR_ARG(destroyed));
    }
}

TEST(every_commit_of_the_reflog_survives) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "reflog");
    fixture_sh(repo,
               "rm -rf '%s-private'; git switch -q --detach; for i in 1 2 3; do echo $i >a; git commit -qam $i; "
               "git rev-parse HEAD >>../lone; git reset -q --hard HEAD~1; done; git switch -q main",
               repo);
    GitSalvage s = make(a, repo);
    fixture_sh(repo, "git reflog expire --expire=now --all; git gc -q --prune=now; "
                     "for c in $(cat ../lone); do git cat-file -e $c; done; git fsck --no-dangling >/dev/null");
    CHECK(HAS(GitSalvage, &s, head));
}

TEST(one_file_is_restored_and_the_rest_stays) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "onefile");
    fixture_sh(repo, "rm -rf '%s-private'; echo u >u; mkdir -p d; echo 1 >d/1; echo 2 >d/2; chmod 600 d/2", repo);
    GitSalvage s = make(a, repo);
    fixture_sh(repo, "echo other >u; rm -r d; echo new >n; echo 9 >a");
    restore(a, repo, &s, "u", NULL);
    CHECK_STR(fixture_out(a, repo, "cat u a n; ls"), "u\n9\nnew\na\nn\nu");
    GitSalvage before = restore(a, repo, &s, "d", NULL);
    CHECK_STR(fixture_out(a, repo, "cat d/1 d/2; stat -c %%a d/2; cat n"), "1\n2\n600\nnew");
    restore(a, repo, &s, "n", NULL); /* it did not exist then */
    CHECK(!fixture_exists(repo, "n"));
    restore(a, repo, &before, "n", NULL);
    CHECK_STR(fixture_out(a, repo, "cat n"), "new");
    SalvageAsk ask = asking(a, repo);
    Str never = STR("never");
    SalvageRestore r = {.from = &s, .paths = {&never, 1}};
    Err e = {0};
    CHECK_ERR(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e, ERR_NOT_FOUND);
}

TEST(ignored_files_are_saved_when_asked_for) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "ignored");
    fixture_sh(repo, "rm -rf '%s-private'; echo '*.key' >.gitignore; echo secret >my.key", repo);
    Str key = STR("my.key");
    SalvageAsk ask = asking(a, repo);
    ask.ignored = (StrList){&key, 1};
    GitSalvage s;
    Err e = {0};
    CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &s, &e), e);
    fixture_sh(repo, "echo lost >my.key");
    GitSalvage before = restore(a, repo, &s, NULL, NULL);
    CHECK_STR(fixture_out(a, repo, "cat my.key"), "secret");
    restore(a, repo, &before, "my.key", NULL);
    CHECK_STR(fixture_out(a, repo, "cat my.key"), "lost");
}

TEST(a_salvage_without_files_keeps_commits_and_the_index) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "nofiles");
    GitSalvage s;
    Err e = {0};
    SalvageAsk ask = asking(a, repo);
    ask.no_files = true;
    fixture_sh(repo, "echo staged >b; git add b; echo u >u");
    CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &s, &e), e);
    CHECK_STR(fixture_out(a, repo, "git ls-tree --name-only %s", s.commit.p), "staged\nstate");
    fixture_sh(repo, "git commit -q --amend -m amended; git reflog expire --expire=now --all; git gc -q --prune=now");
    Str note;
    restore(a, repo, &s, NULL, &note);
    CHECK_STR(note, "this was saved without files: of them, only those that were staged are restored");
    CHECK_STR(fixture_out(a, repo, "git log -1 --format=%%s; git status --porcelain; cat b"),
              "first\nA  b\n?? u\nstaged");
}

/* A folder that was deleted leaves git's record, with the branch and the index, and no files. */
TEST(a_record_is_restored_over_what_it_knows_nothing_of) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "record");
    fixture_sh(repo, "rm -rf ../record-gone; git worktree add -q -b gone ../record-gone; cd ../record-gone; mkdir d; "
                     "echo staged >d/s; echo staged >a; git add .; rm -r ../record-gone");
    GitSalvage s, before;
    Err e = {0};
    SalvageAsk ask = asking(a, repo);
    Git *common = fixture_git(a, arena_fmt(a, "%s/.git", repo).p);
    CHECK_OK(salvage_make_record(common, &ask, arena_fmt(a, "%s/.git/worktrees/record-gone", repo).p, &s, &e), e);
    fixture_sh(repo,
               "echo mine >secret; chmod 600 secret; mkdir -p empty d; mkfifo pipe; echo mine >d/mine; git add secret; "
               "chmod 640 a");
    static const char *const asked[] = {NULL, "d"};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        Str path = str(asked[i]);
        SalvageRestore r = {.from = &s, .is_anothers = true, .paths = {&path, asked[i] != NULL}};
        fixture_sh(repo, "echo mine >a; rm -f d/s");
        CHECK_OK(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e);
        CHECK(r.note.p && str_find(r.note, STR("only those that were staged"), &(size_t){0}));
        CHECK_STR(fixture_out(a, repo,
                              "cat a d/s d/mine secret; find . -name .git -prune -o -printf '%%p %%m %%y\\n' | sort; "
                              "git symbolic-ref HEAD; git diff --cached --name-only"),
                  arena_fmt(a,
                            "%s\nstaged\nmine\nmine\n. 755 d\n./a 640 f\n./d 755 d\n./d/mine 644 f\n./d/s 644 f\n"
                            "./empty 755 d\n./pipe 644 p\n./secret 600 f\nrefs/heads/main\nsecret",
                            asked[i] ? "mine" : "staged")
                      .p);
        restore(a, repo, &before, NULL, NULL);
        CHECK_STR(fixture_out(a, repo, "cat a d/mine secret; ls d"), "mine\nmine\nmine\nmine");
    }
}

/* The rules of the past do not have them, so for a while they are untracked files like others. */
TEST(what_the_restored_rules_ignore_stays) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "rules");
    Str note;
    GitSalvage old = make(a, repo);
    fixture_sh(repo, "printf '.env\\nnm/\\n' >.gitignore; echo secret >.env; mkdir -p nm sub; echo m >nm/x; "
                     "echo '*.o' >sub/.gitignore; echo o >sub/b.o");
    GitSalvage before = restore(a, repo, &old, NULL, &note);
    CHECK(!fixture_exists(repo, ".gitignore") && fixture_exists(repo, ".env") && fixture_exists(repo, "sub/b.o"));
    fixture_sh(repo, "echo new >other");
    restore(a, repo, &before, NULL, &note);
    CHECK(!fixture_exists(repo, "other"));
    CHECK_STR(note, "ignored or left out when this was saved, so left as they are: .env, nm/x, sub/b.o");
    CHECK_STR(fixture_out(a, repo, "cat .gitignore .env nm/x sub/b.o; git status --porcelain"),
              ".env\nnm/\nsecret\nm\no\n?? .gitignore\n?? sub/");
}

TEST(a_branch_that_moved_is_not_moved_back) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "moved");
    Str note;
    fixture_sh(repo, "rm -rf '%s-private' '%s-other'; git switch -qc topic; echo x >x", repo, repo);
    GitSalvage s = make(a, repo);
    fixture_sh(
        repo,
        "rm x; git switch -q main; git worktree add -q '%s-other' topic; cd '%s-other'; echo y >y; git add y; git commit -qm y",
        repo, repo);
    Str topic = fixture_out(a, repo, "git rev-parse topic");
    restore(a, repo, &s, NULL, &note);
    CHECK(note.p && str_find(note, STR("topic is checked out in another worktree"), &(size_t){0}));
    CHECK_STR(fixture_out(a, repo, "git rev-parse topic"), topic.p);
    CHECK_STR(fixture_out(a, repo, "cat x; git rev-parse HEAD"), arena_fmt(a, "x\n" STR_FMT, STR_ARG(s.head)).p);
}

/* -- while a salvage is restored ----------------------------------------------------------------------------- */

/* A handle whose git runs `act` once, in the repository, right before the files are restored. */
static Git *with_act(Arena *a, const char *repo, const char *act) {
    const char *dir = arena_fmt(a, "%s-wrapped", repo).p, *path = arena_strdup(a, getenv("PATH"));
    fixture_sh(
        test_dir(),
        "rm -rf '%s'; mkdir '%s'; real=$(command -v git); cd '%s'; cat >act <<'END'\n"
        "for n in DIR INDEX_FILE WORK_TREE OBJECT_DIRECTORY; do unset GIT_$n; done\ncd '%s'; { %s; } >/dev/null 2>&1\n"
        "END\nprintf '#!/bin/sh\\ncase \" $* \" in *\" read-tree -m \"*) mv %s/act %s/done 2>/dev/null && sh "
        "%s/done ;; esac\\nexec %%s \"$@\"\\n' $real >git; chmod +x git",
        dir, dir, dir, repo, act, dir, dir, dir);
    setenv("PATH", arena_fmt(a, "%s:%s", dir, path).p, 1);
    Git *g = fixture_git(a, repo);
    setenv("PATH", path, 1);
    return g;
}

TEST(what_others_do_while_a_salvage_is_restored_is_not_lost) {
    static const struct {
        const char *make, *act; /* the state that is restored over; what happens then */
        int want;
        const char *script, *out; /* what must be true afterwards */
    } rows[] = {
        {":", "echo meanwhile >m; git add m && touch added", 0, "ls m added 2>/dev/null", "m"},
        {":", "git update-ref refs/heads/main $(git commit-tree -m lone HEAD^{tree})", ERR_CONFLICT,
         "git log -1 --format=%s main; cat a", "lone\none\ntwo"},
        {":", "git symbolic-ref HEAD refs/heads/other", ERR_CONFLICT, "git symbolic-ref HEAD", "refs/heads/other"},
        {"git switch -q --detach", "git update-ref --no-deref HEAD $(git commit-tree -m lone HEAD^{tree})",
         ERR_CONFLICT, "git log -1 --format=%s HEAD", "lone"},
        {"git switch -q --detach", "git switch -q main", 0, "git symbolic-ref HEAD", "refs/heads/main"},
        {"git update-ref refs/worktree/w HEAD", "git update-ref refs/worktree/w $(git commit-tree -m lone HEAD^{tree})",
         ERR_CONFLICT, "git log -1 --format=%s refs/worktree/w", "lone"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *repo = fixture_repo(a, arena_fmt(a, "meanwhile-%zu", i).p);
        GitSalvage s = make(a, repo), before;
        Err e = {0};
        fixture_sh(repo, "git branch other; echo edited >a; %s", rows[i].make);
        SalvageAsk ask = asking(a, repo);
        SalvageRestore r = {.from = &s};
        int got = salvage_restore(with_act(a, repo, rows[i].act), &ask, &r, &before, &e);
        if (got != -rows[i].want) test_fail(__FILE__, __LINE__, "row %zu: %d %s", i, got, e.text);
        CHECK(fixture_exists(arena_fmt(a, "%s-wrapped", repo).p, "done"));
        CHECK(!fixture_exists(repo, ".git/index.lock"));
        CHECK_STR(fixture_out(a, repo, "%s || true", rows[i].script), rows[i].out);
        CHECK_STR(fixture_out(a, repo, "git show " STR_FMT ":files/a", STR_ARG(before.commit)), "edited");
    }
}

/* -- once more ----------------------------------------------------------------------------------------------- */

typedef struct Noted {
    Arena *arena;
    GitSalvage before;
    Str files;
} Noted;

/* The daemon dies as soon as it has noted what it is about to do. */
static int die(void *arg, const GitSalvage *before, Str files, Err *e) {
    Noted *n = arg;
    n->before = *before;
    n->files = arena_str(n->arena, files);
    return err_fail(e, ERR_INTERNAL, "dead");
}

/* What the interrupted restore, or anybody else, did before it is repeated. */
static const struct {
    const char *since;
    int want;
} sinces[] = {
    {":", 0},
    {"printf 'saved\\n' >a", 0},
    {"printf sav >a", 0},
    {"rm a", 0},
    {"rm n; echo k >k; printf s >a", 0},
    {"rm n; echo saved >a; echo k >k; git update-ref refs/heads/main HEAD~1", 0},
    {"rm n; echo saved >a; echo k >k; git reset -q HEAD~1; git add k .gitignore", 0},
    {"echo since >a", ERR_CONFLICT},
    {"echo since >new", ERR_CONFLICT},
    {"echo since >k", ERR_CONFLICT},
    {"rm a; echo since >n", ERR_CONFLICT},
    {"echo since >my.key", ERR_CONFLICT},
    {"git add -A", ERR_CONFLICT},
    {"git commit -qam since", ERR_CONFLICT},
    {"git commit -q --allow-empty -m since", ERR_CONFLICT},
    {"git switch -qc other", ERR_CONFLICT},
};

TEST(an_interrupted_restore_is_repeated_only_over_what_it_left) {
    for (size_t i = 0; i < COUNT_OF(sinces); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *repo = fixture_repo(a, arena_fmt(a, "again-%zu", i).p);
        Err e = {0};
        GitSalvage s, again;
        Noted noted = {.arena = a};
        Str key = STR("my.key");
        SalvageAsk ask = asking(a, repo);
        fixture_sh(repo, "echo my.key >.gitignore; echo then >my.key; echo saved >a; echo k >k; git add k .gitignore");
        ask.ignored = (StrList){&key, 1};
        CHECK_OK(salvage_make(fixture_git(a, repo), &ask, &s, &e), e);
        ask.ignored = (StrList){0};
        fixture_sh(repo, "rm k; git rm -q --cached k; echo next >a; git commit -qam next; echo edited >a; echo n >n; "
                         "echo now >my.key");
        SalvageRestore r = {.from = &s, .once = {.on_saved = die, .arg = &noted}};
        CHECK_ERR(salvage_restore(fixture_git(a, repo), &ask, &r, &again, &e), e, ERR_INTERNAL);
        fixture_sh(repo, "%s", sinces[i].since);
        Str was = picture(a, repo);
        r = (SalvageRestore){.from = &s, .once = {.before = &noted.before, .files = noted.files}};
        e = (Err){0};
        int got = salvage_restore(fixture_git(a, repo), &ask, &r, &again, &e);
        if (got != -sinces[i].want) test_fail(__FILE__, __LINE__, "%s: %d %s", sinces[i].since, got, e.text);
        if (got < 0 && !str_eq(picture(a, repo), was))
            test_fail(__FILE__, __LINE__, "%s: it changed something", sinces[i].since);
        if (got < 0) continue;
        CHECK_STR(again.id, noted.before.id.p);
        CHECK_STR(
            fixture_out(a, repo, "cat a k my.key; ls; git symbolic-ref HEAD; git log -1 --format=%%s; git ls-files"),
            "saved\nk\nthen\na\nk\nmy.key\nrefs/heads/main\nfirst\n.gitignore\na\nk");
        restore(a, repo, &again, NULL, NULL); /* and undone */
        CHECK_STR(fixture_out(a, repo, "cat a n; git log -1 --format=%%s"), "edited\nn\nnext");
    }
}

TEST(a_held_index_is_refused_before_anything_is_done) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "held");
    GitSalvage s = make(a, repo), before;
    Err e = {0};
    SalvageAsk ask = asking(a, repo);
    SalvageRestore r = {.from = &s};
    fixture_sh(repo, "echo edited >a; : >.git/index.lock");
    CHECK_ERR(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e, ERR_CONFLICT);
    CHECK(str_find(str(e.text), STR("index.lock"), &(size_t){0}));
    CHECK_STR(fixture_out(a, repo, "cat a; git for-each-ref refs/muster/salvage | wc -l; ls .git/index.lock"),
              "edited\n1\n.git/index.lock");
    /* a daemon that was killed has left its own */
    fixture_sh(repo, "echo 'held by muster for %s-private' >.git/index.lock", repo);
    CHECK_OK(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e);
    CHECK_STR(fixture_out(a, repo, "cat a; ls .git | grep -c 'index\\.' || true"), "one\ntwo\n0");
}

/* Of many, some are damaged: all are listed, and the others can be restored. */
TEST(a_damaged_salvage_hides_no_other) {
    enum { N = 7 };
    static const char *const damage[N] = {[1] = "rm $f", [2] = "chmod u+w $f; truncate -s 20 $f", [5] = "echo x >$ref"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "hides");
    GitSalvage s[N], found;
    GitSalvageList l;
    SalvageOfAll all;
    int damaged = 0, expired;
    Err e = {0};
    for (int i = 0; i < N; i++) {
        fixture_sh(repo, "echo %d >u", i);
        s[i] = make(a, repo);
    }
    for (int i = 0; i < N; i++)
        if (damage[i])
            fixture_sh(repo,
                       "o=" STR_FMT
                       "; f=.git/objects/${o%%${o#??}}/${o#??}; ref=$(grep -rl $o .git/refs/muster/salvage); %s",
                       STR_ARG(s[i].commit), damage[i]);
    CHECK_OK(salvage_list(fixture_git(a, repo), str(asking(a, repo).shot.name), &l, &e), e);
    CHECK_I64(l.n, N);
    for (size_t i = 0; i < l.n; i++) {
        int at = 0;
        while (at < N && !str_eq(s[at].id, l.items[i].id)) at++;
        CHECK(at < N && str_is(l.items[i].state, "damaged") == (damage[at] != NULL));
        CHECK(llabs(l.items[i].made_at - s[at].made_at) < 2000000);
        damaged += damage[at] != NULL;
    }
    CHECK_I64(damaged, 3);
    CHECK_OK(salvage_list_all(fixture_git(a, repo), &all, &e), e);
    CHECK_I64(all.salvages.n, N);
    CHECK_ERR(salvage_find(fixture_git(a, repo), str(asking(a, repo).shot.name), s[1].id, &found, &e), e, ERR_GIT);
    CHECK_ERR(salvage_find(fixture_git(a, repo), str(asking(a, repo).shot.name), s[5].id, &found, &e), e, ERR_GIT);
    restore(a, repo, &s[3], NULL, NULL);
    CHECK_STR(fixture_out(a, repo, "cat u"), "3");
    CHECK_OK(
        salvage_expire(fixture_git(a, repo), &(SalvageLimits){.older_than = INT64_MAX, .is_own = is_own}, &expired, &e),
        e);
    CHECK_I64(expired, 3); /* not the newest, nor what cannot be read */
    CHECK_STR(fixture_out(a, repo, "ls .git/refs/muster/salvage/wt_01arz3ndektsv4rrffq69g5faa | wc -l"), "4");
}

/* Objects are files of the person's repository: each can be lost or damaged alone. */
TEST(damage_is_reported_and_the_rest_is_restored) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "damaged");
    GitSalvage before;
    StrList left;
    Str note = {0}, path = STR("u");
    Err e = {0};
    fixture_sh(repo, "echo one >u; echo two >v; echo three >w");
    GitSalvage s = make(a, repo);
    fixture_sh(repo, "rm u v w; o=$(git rev-parse " STR_FMT ":files/u); rm .git/objects/${o%%${o#??}}/${o#??}",
               STR_ARG(s.commit));
    SalvageAsk ask = asking(a, repo);
    SalvageRestore r = {.from = &s};
    CHECK_ERR(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e, ERR_NOT_FOUND);
    CHECK_STR(str(e.details[0].path), "lost");
    CHECK_STR(str(e.details[0].text), "u");
    CHECK_STR(fixture_out(a, repo, "ls"), "a");
    restore(a, repo, &s, "v", NULL);
    CHECK_STR(fixture_out(a, repo, "cat v; ls"), "two\na\nv");
    fixture_sh(repo,
               "o=$(git rev-parse " STR_FMT ":manifest); f=.git/objects/${o%%${o#??}}/${o#??}; chmod u+w $f; "
               "printf X | dd of=$f bs=1 seek=12 conv=notrunc 2>/dev/null",
               STR_ARG(s.commit));
    CHECK_ERR(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e, ERR_GIT);
    CHECK(str_find(str(e.text), STR("manifest is damaged"), &(size_t){0}));
    CHECK_OK(salvage_left_out(fixture_git(a, repo), &s, 10, &left, &e), e);
    CHECK(left.n == 1 && str_starts(left.items[0], STR("damaged: ")));
    restore(a, repo, &s, "w", &note);
    CHECK(note.p && str_find(note, STR("manifest is damaged"), &(size_t){0}));
    CHECK_STR(fixture_out(a, repo, "cat w"), "three");
    r.paths = (StrList){&path, 1};
    CHECK_ERR(salvage_restore(fixture_git(a, repo), &ask, &r, &before, &e), e, ERR_NOT_FOUND);
}

/* The reused one would expire with its own date. */
TEST(an_equal_salvage_of_long_ago_is_made_again) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "old");
    GitSalvage first = make(a, repo);
    fixture_sh(repo,
               "git update-ref refs/muster/salvage/wt_01arz3ndektsv4rrffq69g5faa/" STR_FMT
               " $(git cat-file commit " STR_FMT " | sed 's/> [0-9]* +0000$/> 1700000000 +0000/' | "
               "git hash-object -t commit -w --stdin)",
               STR_ARG(str_from(first.id, 4)), STR_ARG(first.commit));
    GitSalvage second = make(a, repo);
    CHECK(!str_eq(first.id, second.id));
    CHECK_I64(clock_now_us() - second.made_at < DAY_US, 1);
}

TEST(salvages_are_listed_and_an_equal_one_is_not_made_twice) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "listed");
    fixture_sh(repo, "rm -rf '%s-private'; echo u >u; truncate -s 60M big", repo);
    GitSalvage first, second, found;
    GitSalvageList l;
    SalvagedFileList files;
    StrList left;
    int64_t total;
    Err e = {0};
    SalvageAsk ask = asking(a, repo);
    Git *g = fixture_git(a, repo);
    CHECK_ERR(salvage_make(g, &ask, &first, &e), e, ERR_CONFLICT);
    ask.may_leave = true;
    CHECK_OK(salvage_make(g, &ask, &first, &e), e);
    CHECK_OK(salvage_make(g, &ask, &second, &e), e);
    CHECK_STR(second.id, first.id.p);
    fixture_sh(repo, "echo v >u");
    CHECK_OK(salvage_make(g, &ask, &second, &e), e);
    CHECK_OK(salvage_list(g, STR("wt_01arz3ndektsv4rrffq69g5faa"), &l, &e), e);
    CHECK_I64(l.n, 2);
    CHECK_STR(l.items[0].id, second.id.p);
    CHECK_STR(l.items[1].act, "test_act");
    CHECK_STR(l.items[1].branch, "main");
    CHECK_I64(l.items[1].left_out, 1);
    CHECK_OK(salvage_find(g, STR("wt_01arz3ndektsv4rrffq69g5faa"), first.id, &found, &e), e);
    CHECK_OK(salvage_files(g, &found, &(SalvageWindow){"files", 0, 10}, &files, &total, &e), e);
    CHECK_I64(total, 2);
    CHECK_STR(files.items[1].path, "u");
    CHECK_I64(files.items[1].bytes, 2);
    CHECK_OK(salvage_left_out(g, &found, 10, &left, &e), e);
    CHECK_STR(left.items[0], "too large: big");
    CHECK_ERR(salvage_find(g, STR("wt_2"), first.id, &found, &e), e, ERR_NOT_FOUND);
}

TEST(expiry_keeps_the_newest_and_whatever_it_cannot_read) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "expiry");
    GitSalvageList l;
    Err e = {0};
    int deleted;
    fixture_sh(repo, "rm -rf '%s-private'", repo);
    for (int i = 0; i < 3; i++) {
        fixture_sh(repo, "head -c 100000 /dev/urandom >u");
        make(a, repo);
    }
    Git *g = fixture_git(a, repo);
    fixture_sh(repo, "git update-ref refs/muster/salvage/wt_01arz3ndektsv4rrffq69g5faa/strange HEAD");
    CHECK_OK(salvage_expire(g, &(SalvageLimits){.older_than = clock_now_us() - DAY_US, .is_own = is_own}, &deleted, &e),
             e);
    CHECK_I64(deleted, 0);
    CHECK_OK(salvage_expire(g, &(SalvageLimits){.max_bytes = 250000, .is_own = is_own}, &deleted, &e), e);
    CHECK_I64(deleted, 1);
    CHECK_OK(salvage_expire(g, &(SalvageLimits){.older_than = clock_now_us() + DAY_US, .is_own = is_own}, &deleted, &e),
             e);
    CHECK_I64(deleted, 1);
    CHECK_OK(salvage_list(g, STR("wt_01arz3ndektsv4rrffq69g5faa"), &l, &e), e);
    CHECK_I64(l.n, 1);
    fixture_sh(repo, "git rev-parse -q --verify refs/muster/salvage/wt_01arz3ndektsv4rrffq69g5faa/strange >/dev/null");
}

/* Two data folders may have the same repository open. */
TEST(expiry_deletes_and_counts_no_salvages_of_others) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "shared");
    GitSalvage s;
    Err e = {0};
    int deleted;
    Git *g = fixture_git(a, repo);
    fixture_sh(repo, "rm -rf '%s-private'", repo);
    for (int i = 0; i < 4; i++) {
        SalvageAsk ask = asking(a, repo);
        if (i % 2) ask.shot.name = "wt_01arz3ndektsv4rrffq69g5fab";
        fixture_sh(repo, "head -c 100000 /dev/urandom >u");
        CHECK_OK(salvage_make(g, &ask, &s, &e), e);
    }
    CHECK_OK(salvage_expire(g, &(SalvageLimits){.max_bytes = 250000, .is_own = is_own}, &deleted, &e), e);
    CHECK_I64(deleted, 0);
    CHECK_OK(salvage_expire(g, &(SalvageLimits){.older_than = INT64_MAX, .is_own = is_own}, &deleted, &e), e);
    CHECK_I64(deleted, 1);
    CHECK_STR(fixture_out(a, repo, "git for-each-ref refs/muster/salvage/wt_01arz3ndektsv4rrffq69g5fab | wc -l"), "2");
}
