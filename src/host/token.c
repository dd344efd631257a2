/* See token.h. What gh does: gh help environment; what glab does: its documentation, "Environment variables". */
#include "host/token.h"

#include <assert.h>
#include <stdlib.h>

#include "host/remote_url.h"

static const struct {
    const char *name;
    const char *chosen; /* the variable that names its host; NULL: none does */
    const char *usual;  /* its host where that is not set; NULL: none */
    const char *suffix; /* of the hosts that it is for as well; NULL: none */
} tokens[] = {
    {"GH_TOKEN", NULL, "github.com", ".ghe.com"},        {"GITHUB_TOKEN", NULL, "github.com", ".ghe.com"},
    {"GH_ENTERPRISE_TOKEN", "GH_HOST", NULL, NULL},      {"GITHUB_ENTERPRISE_TOKEN", "GH_HOST", NULL, NULL},
    {"GITLAB_TOKEN", "GITLAB_HOST", "gitlab.com", NULL}, {"GITLAB_ACCESS_TOKEN", "GITLAB_HOST", "gitlab.com", NULL},
    {"OAUTH_TOKEN", "GITLAB_HOST", "gitlab.com", NULL},
};
static_assert(COUNT_OF(tokens) == TOKEN_NAMES_MAX, "token.h has their number");

/* A host, or the address of one; what cannot be read names none. */
static Str host_of(Arena *a, Str value) {
    RemoteUrl at = {0};
    const char *scheme = str_find(value, STR("://"), &(size_t){0}) ? "" : "https://";
    (void)remote_url_parse(a, arena_fmt(a, "%s" STR_FMT "/a/b", scheme, STR_ARG(value)), &at);
    return at.host;
}

static bool is_for(Arena *a, size_t i, Str host) {
    const char *value = tokens[i].chosen ? getenv(tokens[i].chosen) : NULL;
    if (value && *value) return str_eq(host_of(a, str(value)), host);
    if (tokens[i].suffix && str_ends(host, str(tokens[i].suffix))) return true;
    return tokens[i].usual && str_is(host, tokens[i].usual);
}

size_t token_names(Arena *a, Str host, Str *ret) {
    size_t n = 0;
    for (size_t i = 0; host.n && i < COUNT_OF(tokens); i++)
        if (is_for(a, i, host)) ret[n++] = str(tokens[i].name);
    return n;
}
