/* Finding files of a worktree, and the names that are kept for it. */
#include "base/test.h"
#include "git/git_fixture.h"
#include "workspace/file_index.h"
#include "workspace/rig.h"

static Str find(Rig *r, Str ws, Str wt, const char *query, const char *more) {
    return rig_call(r, "find_files",
                    "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\",\"query\":\"%s\"%s}", STR_ARG(ws),
                    STR_ARG(wt), query, more);
}

TEST(files_are_found_by_letters_of_their_paths_the_best_first) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *dir = fixture_repo(r->arena, "find");
    fixture_sh(dir,
               "mkdir -p src/main lib out; touch src/main/other.c src/main.c src/domain.c lib/main.c out/main.c; "
               "echo /out/ >.gitignore; git add src; git init -q nested-main; printf 'main-\\351' | xargs -0 touch");
    Str ws = rig_open(r, "find"), wt = rig_worktree(r, ws, "main"), out = find(r, ws, wt, "main.c", "");
    CHECK_STR(rig_text(r, out, "paths"), "[\"lib/main.c\",\"src/main.c\",\"src/domain.c\",\"src/main/other.c\"]");
    CHECK_STR(rig_text(r, out, "total"), "4");
    CHECK_STR(rig_text(r, find(r, ws, wt, "main.c", ",\"limit\":1"), "paths"), "[\"lib/main.c\"]");
    CHECK_STR(rig_text(r, find(r, ws, wt, "src main", ",\"limit\":1"), "paths"), "[\"src/main.c\"]");
    CHECK_STR(rig_text(r, find(r, ws, wt, "main-", ""), "paths"), "[\"\\\"main-\\\\351\\\"\"]");
    CHECK_STR(rig_text(r, find(r, ws, wt, "nothing here", ""), "paths"), "[]");
}

TEST(a_tracked_file_that_was_deleted_is_not_found) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    const char *dir = fixture_repo(r->arena, "deleted");
    fixture_sh(dir, "mkdir d; touch d/one.txt d/two.txt; git add d; git commit -qm d; rm d/one.txt; touch d/three.txt");
    Str ws = rig_open(r, "deleted"), wt = rig_worktree(r, ws, "main");
    CHECK_STR(rig_text(r, find(r, ws, wt, "txt", ""), "paths"), "[\"d/two.txt\",\"d/three.txt\"]");
}

static Str names_of(FileIndex *x, Arena *a, const char *id, const char *dir) {
    Err e = {0};
    CLEANUP(file_names_unrefp) FileNames *n = NULL;
    CHECK_OK(file_index_names(x, str(id), fixture_git(a, dir), &n, &e), e);
    char *text = arena_cstr(a, n->paths);
    for (size_t i = 0; i < n->paths.n; i++)
        if (!text[i]) text[i] = ' ';
    return str(text);
}

TEST(names_are_read_again_once_something_changed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *dir = fixture_repo(a, "names");
    FileIndex *x = file_index_new(1 << 20);
    file_index_changed(x, STR("wt"));
    CHECK_STR(names_of(x, a, "wt", dir), "a ");
    fixture_sh(dir, "touch b");
    CHECK_STR(names_of(x, a, "wt", dir), "a ");
    file_index_changed(x, STR("wt"));
    CHECK_STR(names_of(x, a, "wt", dir), "b a ");
    file_index_forget(x, STR("wt"));
    fixture_sh(dir, "touch c");
    CHECK_STR(names_of(x, a, "wt", dir), "b c a ");
    file_index_free(x);
}

TEST(the_names_that_were_used_longest_ago_go_when_there_are_too_many) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *dir = fixture_repo(a, "budget");
    fixture_sh(dir, "touch $(seq -w 100)");
    FileIndex *first = file_index_new(1 << 20);
    size_t one = names_of(first, a, "x", dir).n;
    file_index_free(first);
    FileIndex *x = file_index_new(2 * one);
    static const char *const ids[] = {"1", "2", "1", "3"};
    for (size_t i = 0; i < 3; i++) file_index_changed(x, str(ids[i]));
    file_index_changed(x, STR("3"));
    for (size_t i = 0; i < COUNT_OF(ids); i++) CHECK_I64(names_of(x, a, ids[i], dir).n, one);
    fixture_sh(dir, "touch later");
    CHECK_I64(names_of(x, a, "1", dir).n, one); /* kept */
    CHECK(names_of(x, a, "2", dir).n > one);    /* was gone */
    FileIndex *small = file_index_new(10);
    file_index_changed(small, STR("1"));
    size_t more = names_of(small, a, "1", dir).n;
    fixture_sh(dir, "touch last");
    CHECK(names_of(small, a, "1", dir).n > more); /* none were kept */
    file_index_free(small);
    file_index_free(x);
}
