/* See environment.h. */
#include "sys/environment.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"

extern char **environ;

static const char *const user_names[] = {
    "HOME",       "USER",        "LOGNAME",     "SHELL",     "PATH",
    "LANG",       "LC_*",        "TZ",          "TERM",      "SSH_AUTH_SOCK",
    "XDG_*",      "http_proxy",  "https_proxy", "no_proxy",  "all_proxy",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",    "ALL_PROXY", "NODE_EXTRA_CA_CERTS",
};

bool environment_name_fits(Str name, Str pattern) {
    if (str_ends(pattern, STR("*"))) return str_starts(name, str_upto(pattern, pattern.n - 1));
    return str_eq(name, pattern);
}

bool environment_is_user_name(Str name) {
    for (size_t i = 0; i < COUNT_OF(user_names); i++)
        if (environment_name_fits(name, str(user_names[i]))) return true;
    return false;
}

bool environment_is_passed(Str name, const StrList *patterns) {
    bool fits = environment_is_user_name(name);
    for (size_t i = 0; i < patterns->n && !fits; i++) fits = environment_name_fits(name, patterns->items[i]);
    return fits;
}

static bool is_among(const char *const *list, Str name) {
    for (; list && *list; list++)
        if (str_eq(environment_name(*list), name)) return true;
    return false;
}

const char *const *environment_list(Arena *a, const StrList *patterns, const char *const *more) {
    VEC(const char *) v = {0};
    struct {
        const char **items;
        size_t n;
    } list;
    for (char **p = environ; p && *p; p++) {
        Str name = environment_name(*p);
        if (environment_is_passed(name, patterns) && !is_among(more, name)) vec_push(&v, arena_strdup(a, *p));
    }
    for (; more && *more; more++) vec_push(&v, *more);
    vec_push(&v, NULL);
    vec_take(&v, a, &list);
    return list.items;
}

Str environment_expand_home(Arena *a, Str path) {
    const char *home = getenv("HOME");
    bool is_home = str_is(path, "~") || str_starts(path, STR("~/"));
    return is_home && home && *home ? arena_fmt(a, "%s" STR_FMT, home, STR_ARG(str_from(path, 1))) : path;
}

void environment_find_home(void) {
    const char *home = getenv("HOME");
    const struct passwd *user = home && *home ? NULL : getpwuid(getuid());
    if (user && user->pw_dir && user->pw_dir[0] == '/') setenv("HOME", user->pw_dir, 1);
}

Str environment_name(const char *entry) {
    Str rest = str(entry), name = {0};
    (void)str_split(&rest, '=', &name);
    return name;
}
