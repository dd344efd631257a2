#include "git/checkpoint.h"

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"

static Checkpointed take(Arena *a, const char *repo, const char *name, CheckpointRef last) {
    Checkpointed c;
    Err e = {0};
    CheckpointAsk ask = {
        .shot = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_1"}, .ref = name, .last = last};
    CHECK_OK(checkpoint_take(fixture_git(a, repo), &ask, &c, &e), e);
    return c;
}

static GitSalvage restore(Arena *a, const char *repo, Str commit, const char *only) {
    GitSalvage before = {0};
    Err e = {0};
    Str path = str(only);
    SalvageAsk ask = {.shot = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_1"}, .act = "test_act"};
    CheckpointRestore r = {.commit = commit, .paths = {&path, only != NULL}};
    CHECK_OK(checkpoint_restore(fixture_git(a, repo), &ask, &r, &before, &e), e);
    return before;
}

/* Files with types, modes, targets and bytes; and what a restore must leave: index, HEAD and branches. */
static Str files(Arena *a, const char *repo) {
    return fixture_out(a, repo,
                       "find . -name .git -prune -o -printf '%%p %%m %%y %%l\\n' | sort; "
                       "find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha1sum");
}
static Str kept(Arena *a, const char *repo) {
    return fixture_out(a, repo,
                       "git ls-files -s; git symbolic-ref HEAD; git for-each-ref refs/heads; cat .git/MERGE_HEAD "
                       "2>/dev/null || true");
}

/* A state, and what replaces it before the restore. */
static const struct {
    const char *name, *make, *then;
} states[] = {
    {"text", "echo edited >>a; echo u >u", "git checkout -q a; rm u; echo other >v"},
    {"crlf", "printf 'x\\r\\ny\\r\\n' >c; echo '* text=auto eol=lf' >.gitattributes; git add .",
     "printf 'x\\ny\\n' >c"},
    {"filter",
     "git config filter.u.clean 'tr a-z A-Z'; git config filter.u.smudge 'tr A-Z a-z'; "
     "echo '*.f filter=u' >.gitattributes; echo lower >x.f",
     "echo Other >x.f"},
    {"binary", "printf '\\0\\1\\377\\r\\n' >bin", "printf '\\0' >bin"},
    {"links", "ln -s nowhere l; ln -s / root; mkdir d; ln -s d e", "rm l root e; echo file >l; mkdir e; echo 1 >e/f"},
    {"modes", "echo k >key; chmod 600 key; chmod 755 a; mkdir -m 700 shut; echo s >shut/s",
     "chmod 644 key; chmod 644 a; chmod 755 shut"},
    {"empty folders", "mkdir -p empty/deeper; mkdir -m 750 other", "rm -r empty other; mkdir more"},
    {"nested", "git init -q inner; cd inner; echo n >n; git add n; git commit -qm n; echo dirty >>n; echo u >u",
     "cd inner; git checkout -q n; rm u"},
    {"submodule",
     "git init -q ../sub; (cd ../sub; echo s >s; git add s; git commit -qm s); "
     "git -c protocol.file.allow=always submodule --quiet add ../sub sub; git commit -qm sub; echo d >>sub/s",
     "cd sub; git checkout -q s; echo u >u"},
    {"folder for file", "mkdir d; echo 1 >d/f", "rm -r d; echo file >d"},
    {"committed", "echo 1 >n; git add n", "git commit -qm n; echo 2 >n; git commit -qam 2"},
    {"merge",
     "git switch -qc side; echo 1 >a; git commit -qam 1; git switch -q main; echo 2 >a; git commit -qam 2; "
     "echo u >u",
     "git merge side >/dev/null || true; rm u"},
};

TEST(a_restored_checkpoint_equals_its_files_and_leaves_index_and_head) {
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        const char *repo = fixture_repo(a, arena_fmt(a, "state-%zu", i).p);
        fixture_sh(repo, "%s", states[i].make);
        Checkpointed c = take(a, repo, "ag_1/1", (CheckpointRef){0});
        Str was = files(a, repo);
        fixture_sh(repo, "%s", states[i].then);
        Str changed = files(a, repo), had = kept(a, repo);
        CHECK(!str_eq(changed, was));
        GitSalvage before = restore(a, repo, c.kept.commit, NULL);
        CHECK_STR(files(a, repo), arena_cstr(a, was));
        CHECK_STR(kept(a, repo), arena_cstr(a, had));
        /* git's own comparison of the tree with what is there now finds nothing. */
        Checkpointed again = take(a, repo, "ag_1/2", c.kept);
        CHECK_STR(fixture_out(a, repo, "git diff --raw %s %s", c.tree.p, again.tree.p), "");
        restore(a, repo, before.commit, NULL);
        CHECK_STR(files(a, repo), arena_cstr(a, changed));
    }
}

TEST(one_file_is_restored_and_the_others_stay) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    const char *repo = fixture_repo(a, "one");
    fixture_sh(repo, "mkdir d; echo 1 >d/x; echo 1 >d/y; echo 1 >z");
    Checkpointed c = take(a, repo, "ag_1/1", (CheckpointRef){0});
    fixture_sh(repo, "echo 2 >d/x; rm d/y; echo 2 >z; echo new >d/n");
    restore(a, repo, c.kept.commit, "d/x");
    CHECK_STR(fixture_out(a, repo, "cat d/x z d/n; ls d"), "1\n2\nnew\nn\nx");
    restore(a, repo, c.kept.commit, "d");
    CHECK_STR(fixture_out(a, repo, "cat d/x d/y z; ls d"), "1\n1\n2\nx\ny");
    Str path = STR("nothing");
    GitSalvage before;
    SalvageAsk ask = {.shot = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_1"}, .act = "test_act"};
    CheckpointRestore r = {.commit = c.kept.commit, .paths = {&path, 1}};
    CHECK(checkpoint_restore(fixture_git(a, repo), &ask, &r, &before, &e) == -ERR_NOT_FOUND);
    CHECK_STR(str(e.text), "neither the checkpoint nor the worktree has nothing");
}

TEST(a_worktree_in_which_nothing_changed_keeps_its_commit) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "same");
    Checkpointed one = take(a, repo, "ag_1/1", (CheckpointRef){0});
    CHECK(one.files_changed == -1);
    CHECK_STR(one.kept.ref, "refs/muster/checkpoints/ag_1/1");
    Checkpointed two = take(a, repo, "ag_1/2", one.kept);
    CHECK(two.files_changed == 0);
    CHECK_STR(two.kept.ref, "refs/muster/checkpoints/ag_1/1");
    fixture_sh(repo, "echo 1 >n; echo 2 >>a; mkdir d");
    Checkpointed three = take(a, repo, "ag_1/3", two.kept);
    CHECK(three.files_changed == 2);
    CHECK_STR(three.kept.ref, "refs/muster/checkpoints/ag_1/3");
    CHECK_STR(fixture_out(a, repo, "git rev-parse %s^1", three.kept.commit.p),
              arena_cstr(a, fixture_out(a, repo, "git rev-parse HEAD")));
    fixture_sh(repo, "git add .; git commit -qm next"); /* the same files, another HEAD */
    Checkpointed four = take(a, repo, "ag_1/4", three.kept);
    CHECK(four.files_changed == 0);
    CHECK_STR(four.kept.ref, "refs/muster/checkpoints/ag_1/4");
    CHECK_STR(four.tree, arena_cstr(a, three.tree));
}

TEST(old_refs_are_listed_and_one_that_moved_is_not_dropped) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    const char *repo = fixture_repo(a, "refs");
    const Git *g = fixture_git(a, repo);
    Checkpointed c = take(a, repo, "ag_1/1", (CheckpointRef){0});
    CheckpointRefs refs = {0};
    CHECK_OK(checkpoint_list_older(g, STR("ag_1"), 1000000, &refs, &e), e);
    CHECK(refs.n == 0);
    CHECK_OK(checkpoint_list_older(g, STR("ag_1"), INT64_MAX, &refs, &e), e);
    CHECK(refs.n == 1);
    if (refs.n) CHECK_STR(refs.items[0].commit, arena_cstr(a, c.kept.commit));
    vec_done(&refs);
    CheckpointRef other = {c.kept.ref, c.tree};
    CHECK_OK(checkpoint_drop(g, &other, &e), e);
    CHECK_STR(fixture_out(a, repo, "git for-each-ref --format='%%(refname)' refs/muster/checkpoints"), c.kept.ref.p);
    CHECK_OK(checkpoint_drop(g, &c.kept, &e), e);
    CHECK_STR(fixture_out(a, repo, "git for-each-ref refs/muster/checkpoints"), "");
}

TEST(what_cannot_be_read_is_named_and_refuses_nothing) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    StrList left;
    const char *repo = fixture_repo(a, "left");
    fixture_sh(repo, "truncate -s 60M big; echo 1 >n");
    Checkpointed c = take(a, repo, "ag_1/1", (CheckpointRef){0});
    CHECK(c.left_out == 1);
    CHECK_OK(checkpoint_left_out(fixture_git(a, repo), c.kept.commit, 10, &left, &e), e);
    CHECK(left.n == 1);
    if (left.n) CHECK(str_ends(left.items[0], STR(" big")));
}

/* What git cleaned up is not the state of an empty worktree. */
TEST(a_checkpoint_that_is_gone_changes_nothing) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *repo = fixture_repo(a, "gone");
    const char *picture = "find . -name .git -prune -o -printf '%p %m %y\\n' | sort; cat a key";
    fixture_sh(repo, "echo secret >key; chmod 600 key; mkdir empty; mkfifo pipe; echo 2 >>a");
    Str was = fixture_out(a, repo, "%s", picture);
    static const char *const commits[] = {"0123456789012345678901234567890123456789", NULL};
    for (size_t i = 0; i < COUNT_OF(commits); i++) {
        GitSalvage before;
        Err e = {0};
        SalvageAsk ask = {.shot = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_1"}, .act = "test_act"};
        Str commit = commits[i] ? str(commits[i]) : fixture_out(a, repo, "git rev-parse HEAD"); /* no snapshot */
        CheckpointRestore r = {.commit = commit};
        CHECK_ERR(checkpoint_restore(fixture_git(a, repo), &ask, &r, &before, &e), e, ERR_NOT_FOUND);
        CHECK(str_starts(str(e.text), STR("the objects of snapshot ")) && strstr(e.text, arena_cstr(a, commit)));
        CHECK_STR(fixture_out(a, repo, "%s", picture), was.p);
    }
}

/* Whole and by its path: a file that was too large then is small now, a folder that could not be read can be. */
TEST(what_was_left_out_is_not_removed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    static const char *const asked[] = {NULL, "big"};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        const char *repo = fixture_repo(a, arena_fmt(a, "leftout-%zu", i).p);
        fixture_sh(repo, "truncate -s 60M big; echo 1 >n");
        Checkpointed c = take(a, repo, "ag_1/1", (CheckpointRef){0});
        CHECK(c.left_out == 1);
        fixture_sh(repo, "echo small >big; chmod 600 big; echo 2 >n; echo new >new");
        Str path = str(asked[i]);
        GitSalvage before;
        Err e = {0};
        SalvageAsk ask = {.shot = {.dir = arena_fmt(a, "%s-private", repo).p, .name = "wt_1"}, .act = "test_act"};
        CheckpointRestore r = {.commit = c.kept.commit, .paths = {&path, asked[i] != NULL}};
        CHECK_OK(checkpoint_restore(fixture_git(a, repo), &ask, &r, &before, &e), e);
        CHECK_STR(fixture_out(a, repo, "cat big n; stat -c %%a big; ls"),
                  asked[i] ? "small\n2\n600\na\nbig\nn\nnew" : "small\n1\n600\na\nbig\nn");
        CHECK_STR(r.note, "ignored or left out when this was saved, so left as they are: big");
    }
    const char *repo = fixture_repo(a, "leftout-folder");
    fixture_sh(repo, "git init -q in; truncate -s 60M in/big; echo 1 >in/n");
    Checkpointed c = take(a, repo, "ag_1/1", (CheckpointRef){0});
    CHECK(c.left_out == 1);
    fixture_sh(repo, "rm in/big; mkdir in/big; echo small >in/big/x; mkfifo in/big/p; mkdir in/big/e; echo 2 >in/n");
    restore(a, repo, c.kept.commit, NULL);
    CHECK_STR(fixture_out(a, repo, "cat in/n in/big/x; find in/big | sort"),
              "1\nsmall\nin/big\nin/big/e\nin/big/p\nin/big/x");
}
