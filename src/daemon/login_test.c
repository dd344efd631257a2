/* What shows a login: a variable, a file, or nothing that could be seen from outside. */
#include "daemon/login.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"

static const AdapterProgram cli = {.adapter = "cli",
                                   .title = "A CLI",
                                   .login = "cli login",
                                   .keys = {"LOGIN_TEST_KEY"},
                                   .logins = {{"LOGIN_TEST_HOME", ".cli", "login.json"}},
                                   .settings = {{NULL, ".cli", "settings.json"}}};

static void write_file(const char *path) {
    FILE *f = fopen(path, "w");
    CHECK(f && fputs("{}", f) >= 0);
    fclose(f);
}

TEST(a_login_is_known_from_variables_and_files_alone) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *home = arena_fmt(a, "%s/home", test_dir()).p, *moved = arena_fmt(a, "%s/moved", test_dir()).p;
    Str source, patterns[] = {STR("LOGIN_*")};
    StrList named = {patterns, 1}, none = {0};
    CHECK(mkdir(home, 0700) == 0 && mkdir(moved, 0700) == 0 && mkdir(arena_fmt(a, "%s/.cli", home).p, 0700) == 0);
    const char *was = arena_strdup(a, getenv("HOME") ? getenv("HOME") : "/");
    setenv("HOME", home, 1);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_NONE);
    CHECK_STR(source, "");
    AdapterProgram free_of_charge = cli;
    free_of_charge.may_need_none = true;
    CHECK_I64(login_find(&free_of_charge, &named, a, &source), LOGIN_UNKNOWN);
    write_file(arena_fmt(a, "%s/.cli/settings.json", home).p);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_UNKNOWN);
    CHECK_STR(source, arena_fmt(a, "%s/.cli/settings.json", home).p);
    write_file(arena_fmt(a, "%s/.cli/login.json", home).p);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_FOUND);
    CHECK_STR(source, arena_fmt(a, "%s/.cli/login.json", home).p);
    setenv("LOGIN_TEST_HOME", moved, 1);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_UNKNOWN);
    const char *login = arena_fmt(a, "%s/login.json", moved).p;
    CHECK(mkdir(login, 0700) == 0);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_UNKNOWN);
    CHECK(rmdir(login) == 0 && close(creat(login, 0600)) == 0);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_UNKNOWN);
    write_file(login);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_FOUND);
    setenv("LOGIN_TEST_KEY", "", 1);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_FOUND);
    CHECK_STR(source, arena_fmt(a, "%s/login.json", moved).p);
    setenv("LOGIN_TEST_KEY", "a secret", 1);
    CHECK_I64(login_find(&cli, &named, a, &source), LOGIN_FOUND);
    CHECK_STR(source, "LOGIN_TEST_KEY");
    CHECK_I64(login_find(&cli, &none, a, &source), LOGIN_FOUND);
    CHECK_STR(source, login); /* no agent gets the variable */
    unsetenv("LOGIN_TEST_KEY");
    unsetenv("LOGIN_TEST_HOME");
    setenv("HOME", was, 1);
}
