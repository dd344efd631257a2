#include "sys/environment.h"

#include <pwd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"

TEST(environment_passes_on_the_users_variables_and_none_of_the_service) {
    static const struct {
        const char *name;
        bool passes;
    } cases[] = {
        {"HOME", true}, {"LC_ALL", true},      {"XDG_RUNTIME_DIR", true},    {"NO_PROXY", true},
        {"LC", false},  {"HOMEPAGE", false},   {"ANTHROPIC_API_KEY", false}, {"MUSTER_HOME", false},
        {"", false},    {"LD_PRELOAD", false}, {"NOTIFY_SOCKET", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) CHECK(environment_is_user_name(str(cases[i].name)) == cases[i].passes);
}

TEST(environment_matches_names_against_patterns) {
    CHECK(environment_name_fits(STR("CLAUDE_X"), STR("CLAUDE_*")));
    CHECK(!environment_name_fits(STR("CLAUDE"), STR("CLAUDE_*")));
    CHECK(!environment_name_fits(STR("CLAUDE_X"), STR("CLAUDE_")));
    CHECK(environment_name_fits(STR("ANY"), STR("*")));
}

TEST(environment_finds_the_name_of_an_entry) {
    CHECK(str_is(environment_name("A=b=c"), "A"));
    CHECK(str_is(environment_name("A="), "A"));
}

TEST(environment_without_home_has_the_one_of_the_user_database) {
    const struct passwd *user = getpwuid(getuid());
    setenv("HOME", "/somewhere/else", 1);
    environment_find_home();
    CHECK_STR(str(getenv("HOME")), "/somewhere/else");
    unsetenv("HOME");
    environment_find_home();
    CHECK(user && str_is(str(getenv("HOME")), user->pw_dir));
    setenv("HOME", "", 1);
    environment_find_home();
    CHECK(user && str_is(str(getenv("HOME")), user->pw_dir));
}

TEST(environment_expands_a_tilde_to_the_home_folder) {
    static const char *const rows[][2] = {
        {"~", "/home/u"}, {"~/a b/", "/home/u/a b/"}, {"~u/a", "~u/a"}, {"/a/~", "/a/~"}, {"", ""}, {"a/~/b", "a/~/b"}};
    CLEANUP(arena_freep) Arena *a = arena_new();
    setenv("HOME", "/home/u", 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) CHECK_STR(environment_expand_home(a, str(rows[i][0])), rows[i][1]);
    unsetenv("HOME");
    CHECK_STR(environment_expand_home(a, STR("~/a")), "~/a");
}
