#include "host/remote_url.h"

#include "base/mem.h"

ENUM_DEFINE(HostKind, HOST_KIND_WORDS);

static const struct {
    const char *scheme;
    int port; /* its usual one; 0: a port says nothing about the service's web address */
} schemes[] = {{"https://", 443}, {"http://", 80}, {"ssh://", 0}, {"git+ssh://", 0}, {"ssh+git://", 0}, {"git://", 0}};

/* Hosts that only carry ssh, and the ones that they belong to. */
static const struct {
    const char *name, *host;
} aliases[] = {{"ssh.github.com", "github.com"}, {"www.github.com", "github.com"}, {"altssh.gitlab.com", "gitlab.com"}};

static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_host(Str s) {
    if (!s.n || s.n > REMOTE_HOST_MAX || !is_letter_or_digit(s.p[0])) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_letter_or_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' && s.p[i] != '_') return false;
    return true;
}

static bool is_part(Str s) {
    if (!s.n || str_is(s, ".") || str_is(s, "..")) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_letter_or_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' && s.p[i] != '_') return false;
    return true;
}

static Str lower(Arena *a, Str s) {
    char *p = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] - 'A' + 'a');
    return str_n(p, s.n);
}

/* At least two parts, without empty ones. */
static bool set_project(Arena *a, Str path, RemoteUrl *ret) {
    Str rest, part;
    size_t n = 0;
    while (path.n && path.p[0] == '/') path = str_from(path, 1);
    while (path.n && path.p[path.n - 1] == '/') path = str_upto(path, path.n - 1);
    if (str_ends(path, STR(".git"))) path = str_upto(path, path.n - 4);
    if (!path.n || path.n > REMOTE_PROJECT_MAX || path.p[path.n - 1] == '/') return false;
    for (rest = path; str_split(&rest, '/', &part); n++)
        if (!is_part(part)) return false;
    ret->project = arena_str(a, path);
    return n >= 2;
}

static bool set_host(Arena *a, Str name, int64_t port, RemoteUrl *ret) {
    if (!is_host(name)) return false;
    Str host = lower(a, name);
    for (size_t i = 0; i < COUNT_OF(aliases); i++)
        if (str_is(host, aliases[i].name)) host = str(aliases[i].host);
    ret->host = port ? arena_fmt(a, STR_FMT ":%lld", STR_ARG(host), (long long)port) : host;
    return true;
}

/* What stands before the last `@` is a user, perhaps with a password, and goes no further. */
static Str without_user(Str authority) {
    const char *at = authority.n ? memrchr(authority.p, '@', authority.n) : NULL;
    return at ? str_from(authority, (size_t)(at - authority.p) + 1) : authority;
}

static bool parse_url(Arena *a, Str rest, int usual_port, RemoteUrl *ret) {
    Str authority = {0}, name = {0};
    int64_t port = 0;
    (void)str_split(&rest, '/', &authority);
    authority = without_user(authority);
    (void)str_split(&authority, ':', &name);
    if (authority.n && !str_parse_i64(authority, 1, 65535, &port)) return false;
    if (!usual_port || port == usual_port) port = 0;
    return set_host(a, name, port, ret) && set_project(a, rest, ret);
}

/* "user@host:path": the first colon stands before any slash. */
static bool parse_scp(Arena *a, Str url, RemoteUrl *ret) {
    Str name = {0};
    const char *colon = url.n ? memchr(url.p, ':', url.n) : NULL, *slash = url.n ? memchr(url.p, '/', url.n) : NULL;
    if (!colon || (slash && slash < colon)) return false;
    (void)str_split(&url, ':', &name);
    return set_host(a, without_user(name), 0, ret) && set_project(a, url, ret);
}

bool remote_url_parse(Arena *a, Str url, RemoteUrl *ret) {
    RemoteUrl found = {0};
    bool is_found = false, is_url = str_find(url, STR("://"), &(size_t){0});
    for (size_t i = 0; i < COUNT_OF(schemes) && !is_found; i++) {
        Str scheme = str(schemes[i].scheme);
        if (str_ieq(str_upto(url, scheme.n), scheme))
            is_found = parse_url(a, str_from(url, scheme.n), schemes[i].port, &found);
    }
    if (!is_url) is_found = parse_scp(a, url, &found);
    if (is_found) *ret = found;
    return is_found;
}

HostKind remote_host_kind(Str host) {
    static const struct {
        const char *name;
        HostKind kind;
    } services[] = {{"github", HOST_GITHUB}, {"gitlab", HOST_GITLAB}};
    Str label, rest = host;
    if (str_ends(host, STR(".ghe.com"))) return HOST_GITHUB;
    while (str_split(&rest, '.', &label))
        for (size_t i = 0; i < COUNT_OF(services); i++)
            if (str_starts(label, str(services[i].name))) return services[i].kind;
    return HOST_UNKNOWN;
}
