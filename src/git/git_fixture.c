#include "git/git_fixture.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/test.h"
#include "sys/process.h"

static void run(const char *dir, const char *script, ProcessResult *ret) {
    static char home[4096], path[8192];
    snprintf(home, sizeof home, "HOME=%s/empty-home", test_dir());
    snprintf(path, sizeof path, "PATH=%s", getenv("PATH"));
    const char *const env[] = {home,
                               path,
                               "GIT_AUTHOR_NAME=A",
                               "GIT_AUTHOR_EMAIL=a@example.org",
                               "GIT_COMMITTER_NAME=A",
                               "GIT_COMMITTER_EMAIL=a@example.org",
                               "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
                               "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z",
                               "LC_ALL=C",
                               NULL};
    const char *const argv[] = {"/bin/sh", "-ec", script, NULL};
    ProcessSpec spec = {.argv = argv, .envp = env, .cwd = dir, .timeout_ms = 60000, .output_max = 1 << 20};
    Err e = {0};
    CHECK_OK(process_run(&spec, ret, &e), e);
    if (ret->exit_code) test_fail(__FILE__, __LINE__, "script failed: %s\n%s", script, ret->err.p ? ret->err.p : "");
}

void fixture_sh(const char *dir, const char *fmt, ...) {
    char script[16384];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(script, sizeof script, fmt, ap);
    va_end(ap);
    CLEANUP(process_result_done) ProcessResult r = {0};
    run(dir, script, &r);
}

Str fixture_out(Arena *a, const char *dir, const char *fmt, ...) {
    char script[16384];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(script, sizeof script, fmt, ap);
    va_end(ap);
    CLEANUP(process_result_done) ProcessResult r = {0};
    run(dir, script, &r);
    return arena_str(a, str_trim(buf_str(&r.out)));
}

const char *fixture_repo(Arena *a, const char *name) {
    fixture_sh(test_dir(),
               "mkdir -p empty-home; rm -rf '%s'; git init -q -b main '%s'; cd '%s'; printf 'one\\ntwo\\n' >a; "
               "git add a; git commit -qm first",
               name, name, name);
    return arena_fmt(a, "%s/%s", test_dir(), name).p;
}

bool fixture_exists(const char *dir, const char *name) {
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return lstat(path, &st) == 0;
}

Git *fixture_git(Arena *a, const char *dir) {
    Git *g = NULL;
    Err e = {0};
    CHECK_OK(git_open(a, dir, &g, &e), e);
    return g;
}
