/* Patterns of rules over tools, paths and commands. */
#include "approval/match.h"

#include "base/mem.h"
#include "base/test.h"

TEST(a_tool_pattern_is_a_name_with_stars) {
    static const struct {
        const char *pattern, *tool;
        bool matches;
    } cases[] = {
        {"Bash", "Bash", true},
        {"Bash", "bash", false},
        {"mcp__*", "mcp__a__b", true},
        {"mcp__*__get", "mcp__a__get", true},
        {"mcp__*__get", "mcp__a__gets", false},
        {"*", "anything", true},
        {"*a*b*", "xaxbx", true},
        {"*a*b*", "xbxax", false},
        {"", "Bash", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (match_tool(str(cases[i].pattern), str(cases[i].tool)) != cases[i].matches)
            test_fail(__FILE__, __LINE__, "`%s` over `%s`", cases[i].pattern, cases[i].tool);
}

TEST(a_path_glob_goes_part_by_part) {
    static const struct {
        const char *glob, *path;
        bool matches;
    } cases[] = {
        {"a.c", "a.c", true},
        {"a.c", "b/a.c", false},
        {"**/a.c", "a.c", true},
        {"**/a.c", "b/c/a.c", true},
        {"*.c", "a.c", true},
        {"*.c", "b/a.c", false},
        {"src/*", "src/a", true},
        {"src/*", "src/a/b", false},
        {"src/**", "src/a/b", true},
        {"src/**", "srcs/a", false},
        {"src/**/a", "src/a", true},
        {"src/**/a", "src/b/c/a", true},
        {"src/**/a", "src/b", false},
        {"**", "a/b/c", true},
        {"?.c", "a.c", true},
        {"?.c", "ab.c", false},
        {"?.c", "\xc3\xa4.c", true},
        {"a\\*b", "a*b", true},
        {"a\\*b", "axb", false},
        {"a\\\\", "a\\", true},
        {"**/x/**/y", "a/x/b/x/y", true},
        {"**/x/**/y", "a/x/b", false},
        {"/etc/**", "/etc/passwd", true},
        {"/etc/**", "etc/passwd", false},
        {"a/b", "a", false},
        {"a", "a/b", false},
        {"*", ".env", true},
        {"a/*/c/**", "a/b/c/d/e", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (match_path(str(cases[i].glob), str(cases[i].path)) != cases[i].matches)
            test_fail(__FILE__, __LINE__, "`%s` over `%s`", cases[i].glob, cases[i].path);
}

TEST(a_glob_with_many_stars_takes_no_time) {
    char glob[201], path[4001];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    for (size_t i = 0; i < 200; i += 2) memcpy(glob + i, "*a", 2);
    memcpy(glob + 198, "*b", 3);
    CHECK(!match_path(str(glob), str(path)));
    for (size_t i = 1; i < 4000; i += 2) path[i] = '/';
    for (size_t i = 0; i + 3 <= 198; i += 3) memcpy(glob + i, "**/", 3);
    memcpy(glob + 198, "b", 2);
    CHECK(!match_path(str(glob), str(path)));
}

static const char *why_not(MatchPattern p, const AskFacts *f) {
    static Arena *a;
    if (!a) a = arena_new();
    return match_ask(&p, &(MatchAsk){.tool = STR("Edit"), .facts = f, .arena = a});
}

#define ALLOWS(f, ...) (!why_not((MatchPattern){.decision = RULE_ALLOW, __VA_ARGS__}, f))
#define DENIES(f, ...) (!why_not((MatchPattern){.decision = RULE_DENY, __VA_ARGS__}, f))

TEST(what_allows_needs_every_path_and_what_denies_needs_one) {
    Str named[] = {STR("src/a.c"), STR("docs/link")}, real[] = {STR("src/a.c"), STR("secret/key")};
    AskFacts f = {.paths = {named, 2}, .resolved = {real, 2}};
    CHECK(ALLOWS(&f, .path = STR("**")));
    CHECK(!ALLOWS(&f, .path = STR("src/**")));
    CHECK(!ALLOWS(&f, .path = STR("docs/**")));
    CHECK(DENIES(&f, .path = STR("src/**")));
    CHECK(DENIES(&f, .path = STR("docs/**")));
    CHECK(DENIES(&f, .path = STR("secret/**")));
    CHECK(!DENIES(&f, .path = STR("other/**")));
    AskFacts none = {0};
    CHECK(!ALLOWS(&none, .path = STR("**")));
    CHECK(!DENIES(&none, .path = STR("**")));
}

TEST(what_is_in_git_is_allowed_only_by_its_name) {
    Str hook[] = {STR(".git/hooks/pre-commit")}, module[] = {STR("lib/.GIT/config")}, like[] = {STR("a.git/x")};
    AskFacts f = {.paths = {hook, 1}, .resolved = {hook, 1}}, sub = {.paths = {module, 1}, .resolved = {module, 1}};
    AskFacts other = {.paths = {like, 1}, .resolved = {like, 1}};
    CHECK(!ALLOWS(&f, .path = STR("**")));
    CHECK(!ALLOWS(&f, .tool = STR("Edit")));
    CHECK(!ALLOWS(&sub, .path = STR("lib/**")));
    CHECK(ALLOWS(&f, .path = STR(".git/hooks/*")));
    CHECK(ALLOWS(&other, .path = STR("**")));
    CHECK(DENIES(&f, .path = STR("**")));
}

TEST(what_is_unclear_is_never_allowed) {
    Str path[] = {STR("a.c")};
    AskFacts f = {.command = STR("ls"), .paths = {path, 1}, .resolved = {path, 1}, .unclear = STR("It asks for more.")};
    CHECK(!ALLOWS(&f, .tool = STR("Edit")));
    CHECK(!ALLOWS(&f, .path = STR("**")));
    CHECK(!ALLOWS(&f, .command = STR("ls")));
    CHECK_STR(str(why_not((MatchPattern){.decision = RULE_ALLOW, .tool = STR("Edit")}, &f)), "It asks for more.");
    CHECK(DENIES(&f, .tool = STR("Edit")) && DENIES(&f, .path = STR("a.c")) && DENIES(&f, .command = STR("ls")));
    AskFacts unknown = {.command = STR("ls"), .is_unknown = true};
    CHECK(ALLOWS(&unknown, .tool = STR("Edit")));
    CHECK(!ALLOWS(&unknown, .command = STR("ls")));
}

TEST(what_denies_finds_a_command_anywhere) {
    static const struct {
        const char *pattern, *command;
        bool matches;
    } cases[] = {
        {"rm -rf **", "rm -rf /", true},
        {"rm -rf **", "cd a && rm -rf b", true},
        {"rm -rf **", "sudo rm -rf b", true},
        {"rm -rf **", "bash -c 'rm -rf b'", true},
        {"rm -rf **", "r\\m -'rf' b", true},
        {"rm -rf **", "/bin/rm -rf b", true},
        {"rm -rf **", "echo $(rm -rf b)", true},
        {"rm -rf **", "ls\nrm -rf b", true},
        {"rm -rf **", "rm -r b", false},
        {"rm", "rm -r b", true},
        {"rm", "confirm", false},
        {"git push", "git push origin main", true},
        {"git push", "git pull", false},
        {"curl * | sh", "curl http://a | sh", true},
        {"git push --force*", "git push --force-with-lease", true},
        {"rm", "rmdir a", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AskFacts f = {.command = str(cases[i].command)};
        if (DENIES(&f, .command = str(cases[i].pattern)) != cases[i].matches)
            test_fail(__FILE__, __LINE__, "`%s` over `%s`", cases[i].pattern, cases[i].command);
    }
}

TEST(patterns_that_allow_what_they_cannot_know_are_refused) {
    static const struct {
        MatchPattern p;
        const char *field; /* NULL: it is fine */
    } cases[] = {
        {{RULE_ALLOW, {0}, {0}, {0}}, "tool"},
        {{RULE_ALLOW, {"*", 1}, {0}, {0}}, "tool"},
        {{RULE_ALLOW, {"**", 2}, {0}, {0}}, "tool"},
        {{RULE_DENY, {0}, {0}, {0}}, NULL},
        {{RULE_ALLOW, {"Bash", 4}, {0}, {0}}, NULL},
        {{RULE_ALLOW, {0}, {"src/**", 6}, {0}}, NULL},
        {{RULE_ALLOW, {0}, {"/etc/**", 7}, {0}}, "path"},
        {{RULE_DENY, {0}, {"/etc/**", 7}, {0}}, NULL},
        {{RULE_DENY, {0}, {"a/../b", 6}, {0}}, "path"},
        {{RULE_DENY, {0}, {"a//b", 4}, {0}}, "path"},
        {{RULE_DENY, {0}, {"./a", 3}, {0}}, "path"},
        {{RULE_DENY, {0}, {"a/", 2}, {0}}, "path"},
        {{RULE_DENY, {0}, {"a\\", 2}, {0}}, "path"},
        {{RULE_ALLOW, {0}, {0}, {"npm run *", 9}}, NULL},
        {{RULE_ALLOW, {0}, {0}, {"* a", 3}}, "command"},
        {{RULE_ALLOW, {0}, {0}, {"ls; a", 5}}, "command"},
        {{RULE_DENY, {0}, {0}, {"ls; a", 5}}, NULL},
        {{RULE_DENY, {0}, {0}, {";", 1}}, "command"},
        {{RULE_ALLOW, {0}, {0}, {"sudo ls", 7}}, "command"},
        {{RULE_ALLOW, {0}, {0}, {"bash *", 6}}, "command"},
        {{RULE_ALLOW, {0}, {0}, {"ls ** a", 7}}, "command"},
        {{RULE_ALLOW, {0}, {0}, {"sed **", 6}}, "command"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Err e = {0};
        int r = match_check(&cases[i].p, a, &e);
        if ((r < 0) != (cases[i].field != NULL)) test_fail(__FILE__, __LINE__, "case %zu gave %d: %s", i, r, e.text);
        if (cases[i].field) CHECK_STR(str(e.details[0].path), cases[i].field);
    }
}

TEST(an_exact_pattern_matches_its_own_text_alone) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str path = match_exact_path(STR("a*/b?\\c"), a), command = match_exact_command(STR("git commit -m 'a * b'"), a);
    CHECK(match_path(path, STR("a*/b?\\c")) && !match_path(path, STR("ax/by\\c")));
    AskFacts same = {.command = STR("git commit -m \"a * b\"")}, other = {.command = STR("git commit -m 'a x b'")};
    CHECK(ALLOWS(&same, .command = command) && !ALLOWS(&other, .command = command));
    CHECK(!match_exact_command(STR("a | b"), a).n);
}
