#include "sys/environment.h"

#include "base/mem.h"
#include "base/test.h"

TEST(environment_hands_on_the_user_and_nothing_of_the_service) {
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

TEST(environment_fits_names_to_patterns) {
    CHECK(environment_name_fits(STR("CLAUDE_X"), STR("CLAUDE_*")));
    CHECK(!environment_name_fits(STR("CLAUDE"), STR("CLAUDE_*")));
    CHECK(!environment_name_fits(STR("CLAUDE_X"), STR("CLAUDE_")));
    CHECK(environment_name_fits(STR("ANY"), STR("*")));
}

TEST(environment_knows_the_name_of_an_entry) {
    CHECK(str_is(environment_name("A=b=c"), "A"));
    CHECK(str_is(environment_name("A="), "A"));
}
