#include "git/mark.h"

#include <pthread.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"

static void *run_until_told(void *arg) {
    GitOut o;
    Err e = {0};
    const char *const *args = GIT_ARGS("-c", "alias.hold=!touch begun; while [ ! -e go ]; do sleep 0.02; done", "hold");
    CHECK_OK(git_user(arg, &(GitCall){.args = args}, &o, &e), e);
    return NULL;
}

static void await_file(const char *dir, const char *name) {
    for (int i = 0; i < 1000 && !fixture_exists(dir, name); i++) usleep(10000);
    CHECK(fixture_exists(dir, name));
}

TEST(a_git_that_runs_for_an_act_is_found_until_it_ends) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "marked");
    Git *g = fixture_git(a, r);
    pthread_t thread;
    git_mark(g, STR("int_1"));
    CHECK_I64(git_marked_find(STR("int_1")), 0);
    pthread_create(&thread, NULL, run_until_told, g);
    await_file(r, "begun");
    CHECK(git_marked_find(STR("int_1")) > 0);
    CHECK_I64(git_marked_find(STR("int_")), 0);
    fixture_sh(r, "touch go");
    pthread_join(thread, NULL);
    CHECK_I64(git_marked_find(STR("int_1")), 0);
}

/* Runs it with the mark as the leader of a session, until the file `go` is there. */
static void check_not_awaited(const char *r, const char *act, const char *program) {
    fixture_sh(r,
               "printf 'touch begun; while [ ! -e go ]; do sleep 0.02; done; touch gone' >gc; chmod +x gc; "
               "cp \"$(command -v sh)\" git; MUSTER_ACT=%s setsid bash -c '%s' >/dev/null 2>&1 &",
               act, program);
    await_file(r, "begun");
    CHECK_I64(git_marked_find(str(act)), 0);
    fixture_sh(r, "touch go");
    await_file(r, "gone");
}

TEST(what_git_leaves_running_by_itself_does_not_count) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    check_not_awaited(fixture_repo(a, "background"), "int_2", "exec ./git gc");
}

TEST(what_a_hook_leaves_running_does_not_count) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    check_not_awaited(fixture_repo(a, "server"), "int_3", "exec sh ./gc server");
}

/* The text with `by` in place of its "%s". */
static const char *replaced(Arena *a, const char *text, const char *by) {
    size_t at = 0;
    CHECK(str_find(str(text), STR("%s"), &at));
    return arena_fmt(a, "%.*s%s%s", (int)at, text, by, text + at + 2).p;
}

TEST(a_git_that_works_in_a_repository_is_found_wherever_it_runs) {
    static const struct {
        const char *way;
        bool is_found;
    } rows[] = {{"cd '%s'; git", true},
                {"cd '%s'; GIT_OPTIONAL_LOCKS=0 git", true},
                {"cd /; GIT_DIR='%s/.git' git", true},
                {"cd /; GIT_DIR='.%s/.git' git", true},
                {"cd /; git --git-dir='%s/.git'", true},
                {"cd '%s'; MUSTER_LOOKS=1 git", false},
                {"cd '%s-apart'; git", false}};
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "worked-in");
    fixture_repo(a, "worked-in-apart");
    StrList folders = {arena_array(a, 1, sizeof(Str)), 1};
    folders.items[0] = fixture_out(a, r, "pwd -P");
    CHECK_I64(git_working_in(&folders), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *way = replaced(a, rows[i].way, r);
        fixture_sh(
            r,
            "rm -f begun go gone; (%s -c alias.hold='!touch %s/begun; while [ ! -e %s/go ]; do sleep 0.02; done' "
            "hold; touch %s/gone) >/dev/null 2>&1 &",
            way, r, r, r);
        await_file(r, "begun");
        bool is_found = git_working_in(&folders) != 0;
        if (is_found != rows[i].is_found) test_fail(__FILE__, __LINE__, "%s", way);
        fixture_sh(r, "touch go");
        await_file(r, "gone");
    }
}
