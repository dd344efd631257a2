#include "git/folder.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"

/* "name=state" with "+n" for what changed beneath and "!" for ignored, a word each. */
static Str states(Arena *a, const char *repo, const char *folder, const char *names) {
    CLEANUP(buf_done) Buf b;
    GitFolderEntry entries[16] = {0};
    size_t n = 0;
    Str rest = str(names), name;
    Err e = {0};
    while (str_split(&rest, ' ', &name)) entries[n++].name = arena_str(a, name);
    CHECK_OK(git_folder(fixture_git(a, repo), str(folder), entries, n, &e), e);
    buf_init(&b, 4096);
    for (size_t i = 0; i < n; i++) {
        buf_add_fmt(&b, "%s" STR_FMT "=%s", i ? " " : "", STR_ARG(entries[i].name),
                    enum_word(&GitFileState_enum, (int)entries[i].state));
        if (entries[i].changed) buf_add_fmt(&b, "+%lld", (long long)entries[i].changed);
        if (entries[i].is_ignored) buf_add_c(&b, '!');
    }
    return arena_str(a, buf_str(&b));
}

TEST(each_entry_of_a_folder_has_its_own_state) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "folder");
    fixture_sh(r,
               "mkdir -p src/deep new/in; for f in m s k both src/one src/deep/two; do echo x >$f; done; "
               "printf '*.o\\n/out/\\n' >.gitignore; git add .; git commit -qm files; "
               "echo y >m; echo y >s; git add s; echo y >both; git add both; echo z >both; "
               "echo y >src/one; rm src/deep/two; echo n >src/deep/three; echo o >src/x.o; mkdir out; echo o >out/f; "
               "echo u >new/in/u; echo o >new/in/u.o");
    CHECK_STR(states(a, r, "", "m s k both src new out"),
              "m=modified s=staged k=clean both=modified src=clean+3 new=untracked out=clean!");
    CHECK_STR(states(a, r, "src", "one deep x.o"), "one=modified deep=clean+2 x.o=clean!");
    CHECK_STR(states(a, r, "new/in", "u u.o"), "u=untracked u.o=clean!");
    CHECK_STR(states(a, r, "new", "in"), "in=untracked");
    CHECK_STR(states(a, r, "out", "f"), "f=clean!");
    CHECK_STR(states(a, r, "sr", "one"), "one=clean");
}

TEST(conflicts_and_files_behind_a_filter_are_marked) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "folder-filter");
    fixture_sh(r, "echo '*.bin filter=x' >.gitattributes; echo 1 >f.bin; echo 1 >t; git add .; git commit -qm one; "
                  "git switch -qc other; echo 2 >t; git commit -qam two; git switch -q main; echo 3 >t; "
                  "git commit -qam three; git merge -q other || true; git config filter.x.clean cat; echo 2 >f.bin");
    CHECK_STR(states(a, r, "", "f.bin t a"), "f.bin=unverified t=conflicted a=clean");
}

/* check-ignore refuses a path behind a link or in a submodule: such an entry is not ignored, and nothing fails. */
TEST(a_folder_that_git_does_not_look_into_has_no_states) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "folder-link");
    fixture_sh(r, "mkdir d; echo 1 >d/f; ln -s d l; git add .; git commit -qm one; echo 2 >d/f; "
                  "git init -q nested; echo 1 >nested/n");
    CHECK_STR(states(a, r, "l", "f"), "f=clean");
    CHECK_STR(states(a, r, "", "l d nested"), "l=clean d=clean+1 nested=untracked");
    CHECK_STR(states(a, r, "nested", "n"), "n=untracked");
}
