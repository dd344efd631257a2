/* See clone.h. What git would take as an option, a transport program or a path is refused, and so is what would put a secret
 * into the clone's configuration. */
#include <string.h>

#include "base/mem.h"
#include "git/clone.h"

static int refuse(const char *why, Err *e) {
    int r = err_fail(e, ERR_INVALID, "the address %s", why);
    err_detail(e, "url", "%s", why);
    return r;
}

/* The part after the last `sep`; all of it if there is none. */
static Str after_last(Str s, char sep) {
    const char *at = s.n ? memrchr(s.p, sep, s.n) : NULL;
    return at ? str_from(s, (size_t)(at - s.p) + 1) : s;
}

static bool is_word_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
           c == '.';
}

/* Of a name, or of an IPv6 address in brackets, with a port. ssh would take a leading dash as an option. */
static bool is_host(Str host) {
    bool is_bracketed = str_starts(host, STR("["));
    if (!host.n || host.p[0] == '-') return false;
    for (size_t i = 0; i < host.n; i++) {
        bool is_sign = host.p[i] == ':' || (is_bracketed && (host.p[i] == '[' || host.p[i] == ']' || host.p[i] == '%'));
        if (!is_word_char(host.p[i]) && !is_sign) return false;
    }
    return is_bracketed || is_word_char(host.p[0]);
}

static void find_name(Str path, CloneUrl *ret) {
    while (str_ends(path, STR("/"))) path.n--;
    Str name = after_last(path, '/');
    if (str_ends(name, STR(".git"))) name.n -= sizeof ".git" - 1;
    bool is_fit = name.n && name.n <= CLONE_NAME_MAX && !strchr(".-~", name.p[0]);
    ret->name = is_fit ? name : (Str){0};
}

static int check_text(Str url, Err *e) {
    if (!url.n) return refuse("is empty", e);
    if (url.n > CLONE_URL_MAX) return refuse("is too long", e);
    if (!str_is_utf8(url)) return refuse("is not UTF-8 text", e);
    if (url.p[0] == '-') return refuse("begins with a dash", e);
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
            return refuse("contains a space or a control character", e);
    return 0;
}

static int check_scheme(Str scheme, Err *e) {
    if (str_is(scheme, "https") || str_is(scheme, "ssh")) return 0;
    if (str_is(scheme, "http") || str_is(scheme, "git"))
        return refuse("is one of a transport that is not encrypted: use https:// or ssh://", e);
    return refuse("begins with neither https:// nor ssh://", e);
}

static int refuse_secret(Err *e) {
    return refuse(
        "contains a user name or a password, which the clone would keep: store them with git's credential helper", e);
}

/* A user name alone is part of an ssh address; with https it is what tokens are passed in. */
static int check_user(Str user, bool is_ssh, Err *e) {
    if (memchr(user.p, ':', user.n) || !is_ssh) return refuse_secret(e);
    return user.n && is_word_char(user.p[0]) && user.p[0] != '-' ? 0 : refuse("has a user name that is not valid", e);
}

static int parse_whole(Str scheme, Str rest, CloneUrl *ret, Err *e) {
    Str place, path;
    bool is_ssh = str_is(scheme, "ssh");
    TRY(check_scheme(scheme, e));
    path = rest;
    (void)str_split(&path, '/', &place);
    ret->host = after_last(place, '@');
    if (ret->host.n < place.n) TRY(check_user(str_upto(place, place.n - ret->host.n - 1), is_ssh, e));
    if (!is_host(ret->host)) return refuse("names no host", e);
    if (!path.n) return refuse("names no repository on its host", e);
    if (memchr(path.p, '?', path.n) || memchr(path.p, '#', path.n))
        return refuse("contains ? or #: use the address without what begins there", e);
    find_name(path, ret);
    return 0;
}

/* user@host:path. What looks like user:password@host:path is none: ssh takes no password there. */
static int parse_short(Str place, Str path, CloneUrl *ret, Err *e) {
    Str rest = path, first = path;
    (void)str_split(&rest, '/', &first);
    if (memchr(first.p, '@', first.n)) return refuse_secret(e);
    ret->host = after_last(place, '@');
    if (ret->host.n < place.n) TRY(check_user(str_upto(place, place.n - ret->host.n - 1), true, e));
    if (!is_host(ret->host)) return refuse("names no host", e);
    if (str_starts(path, STR(":"))) return refuse("names a transport program: use https or ssh", e);
    if (!path.n || path.p[0] == '-') return refuse("names no repository on its host", e);
    find_name(path, ret);
    return 0;
}

int clone_url_parse(Arena *a, Str url, CloneUrl *ret, Err *e) {
    size_t at;
    Str place, path = url;
    *ret = (CloneUrl){0};
    TRY(check_text(url, e));
    if (str_find(url, STR("://"), &at))
        TRY(parse_whole(str_upto(url, at), str_from(url, at + 3), ret, e));
    else if (!memchr(url.p, ':', url.n) || !str_split(&path, ':', &place) || memchr(place.p, '/', place.n))
        return refuse("is not one of https or ssh; a folder of this machine is opened, not cloned", e);
    else
        TRY(parse_short(place, path, ret, e));
    ret->host = arena_str(a, ret->host);
    if (ret->name.p) ret->name = arena_str(a, ret->name);
    return 0;
}
