#include "git/hook_watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "sys/file.h"

#define START(sid, id, name) \
    "{\"event\":\"child_start\",\"sid\":\"" sid "\",\"child_id\":" id ",\"hook_name\":\"" name "\"}\n"
#define EXIT(sid, id, code) "{\"event\":\"child_exit\",\"sid\":\"" sid "\",\"child_id\":" id ",\"code\":" code "}\n"

TEST(the_last_hook_that_failed_is_found_among_other_children) {
    static const struct {
        const char *events, *name;
        int exit_code;
    } rows[] = {
        {"", NULL, 0},
        {"not json\n{\"event\":\"child_\n", NULL, 0},
        {START("a", "0", "pre-commit") EXIT("a", "0", "0"), NULL, 0},
        {START("a", "0", "pre-commit") EXIT("a", "0", "3"), "pre-commit", 3},
        {START("a", "0", "pre-commit") EXIT("a/b", "0", "3"), NULL, 0}, /* a child of the hook's own git */
        {START("a", "0", "pre-commit") EXIT("a", "0", "3") EXIT("a", "0", "4"), "pre-commit", 3},
        {START("a", "1", "pre-commit") START("a/b", "1", "post-checkout") EXIT("a/b", "1", "1") EXIT("a", "1", "2"),
         "pre-commit", 2},
        {"{\"event\":\"child_start\",\"sid\":\"a\",\"child_id\":0,\"child_class\":\"?\"}\n" EXIT("a", "0", "9"), NULL,
         0},
        {START("a", "0", "commit-msg"), NULL, 0}, /* it still ran when git was killed */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        CLEANUP(hook_watch_done) HookWatch w = {0};
        HookEnd end;
        Err e = {0};
        hook_watch_open(a, &w);
        CHECK(w.dir && w.env[0] && !w.env[2]);
        CHECK_OK(file_write_atomic(AT_FDCWD, w.events, str(rows[i].events), 0600, &e), e);
        bool found = hook_watch_read(&w, a, &end);
        CHECK(found == (rows[i].name != NULL));
        if (!found) continue;
        CHECK_STR(end.name, rows[i].name);
        CHECK_I64(end.exit_code, rows[i].exit_code);
    }
}

TEST(folders_of_programs_that_are_gone_are_removed_and_those_of_others_stay) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *dir = test_dir(), *had = getenv("TMPDIR");
    const char *gone = arena_fmt(a, "%s/muster-hooks-2147483646-abcdef", dir).p;
    const char *other = arena_fmt(a, "%s/muster-hooks-notanumber", dir).p;
    CLEANUP(hook_watch_done) HookWatch own = {0};
    CHECK(mkdir(gone, 0700) == 0 && mkdir(other, 0700) == 0 && setenv("TMPDIR", dir, 1) == 0);
    hook_watch_open(a, &own);
    hook_watch_sweep();
    CHECK(access(gone, F_OK) < 0);
    CHECK(access(other, F_OK) == 0 && access(own.dir, F_OK) == 0);
    CHECK(had ? setenv("TMPDIR", had, 1) == 0 : unsetenv("TMPDIR") == 0);
}
