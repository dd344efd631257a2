#include "host/token.h"

#include <stdlib.h>

#include "base/test.h"

static const char *joined(Arena *a, const char *host) {
    Str names[TOKEN_NAMES_MAX];
    const char *all = "";
    size_t n = token_names(a, str(host), names);
    for (size_t i = 0; i < n; i++) all = arena_fmt(a, "%s" STR_FMT " ", all, STR_ARG(names[i])).p;
    return all;
}

static void set(const char *name, const char *value) {
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

TEST(a_token_goes_only_to_the_host_that_it_is_for) {
    static const char gh[] = "GH_TOKEN GITHUB_TOKEN ", enterprise[] = "GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN ",
                      glab[] = "GITLAB_TOKEN GITLAB_ACCESS_TOKEN OAUTH_TOKEN ";
    static const struct {
        const char *gh_host, *gitlab_host, *host, *names;
    } rows[] = {
        {NULL, NULL, "github.com", gh},
        {NULL, NULL, "acme.ghe.com", gh},
        {NULL, NULL, "ghe.com", ""},
        {NULL, NULL, "github.evil.example", ""},
        {NULL, NULL, "github.com.evil.example", ""},
        {NULL, NULL, "github.com:8443", ""},
        {NULL, NULL, "gitlab.com", glab},
        {NULL, NULL, "gitlab.evil.example", ""},
        {NULL, NULL, "gitlab.com.evil.example", ""},
        {NULL, NULL, "", ""},
        {"", "", "gitlab.com", glab},
        {"github.example.com", NULL, "github.example.com", enterprise},
        {"github.example.com", NULL, "github.com", gh},
        {"github.example.com", NULL, "github.evil.example", ""},
        {NULL, "gitlab.example.com", "gitlab.example.com", glab},
        {NULL, "gitlab.example.com", "gitlab.example.com:8443", ""},
        {NULL, "gitlab.example.com", "gitlab.com", ""},
        {NULL, "gitlab.example.com", "gitlab.evil.example", ""},
        {NULL, "https://GitLab.example.com/", "gitlab.example.com", glab},
        {NULL, "https://gitlab.example.com:8443", "gitlab.example.com:8443", glab},
        {NULL, "https://gitlab.example.com:8443", "gitlab.example.com", ""},
        {NULL, "no host", "gitlab.com", ""},
        {NULL, "://", "", ""},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        set("GH_HOST", rows[i].gh_host);
        set("GITLAB_HOST", rows[i].gitlab_host);
        const char *got = joined(a, rows[i].host);
        if (strcmp(got, rows[i].names) != 0) test_fail(__FILE__, __LINE__, "row %zu: %s: %s", i, rows[i].host, got);
    }
    set("GH_HOST", NULL);
    set("GITLAB_HOST", NULL);
}
