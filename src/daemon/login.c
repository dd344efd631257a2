/* See login.h. */
#include "daemon/login.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

ENUM_DEFINE(LoginState, LOGIN_STATE_LIST);

static bool find_file(const AdapterFile *files, Arena *a, Str *ret) {
    const char *home = getenv("HOME");
    for (size_t i = 0; i < ADAPTER_FACTS_MAX && files[i].name; i++) {
        const char *moved = files[i].variable ? getenv(files[i].variable) : NULL;
        Str path = moved && *moved ? arena_fmt(a, "%s/%s", moved, files[i].name)
                                   : arena_fmt(a, "%s/%s/%s", home ? home : "", files[i].folder, files[i].name);
        if (access(path.p, R_OK) < 0) continue;
        *ret = path;
        return true;
    }
    return false;
}

LoginState login_find(const AdapterProgram *p, Arena *a, Str *ret_source) {
    *ret_source = (Str){0};
    for (size_t i = 0; i < ADAPTER_FACTS_MAX && p->keys[i]; i++) {
        const char *value = getenv(p->keys[i]);
        if (!value || !*value) continue;
        *ret_source = str(p->keys[i]);
        return LOGIN_FOUND;
    }
    if (find_file(p->logins, a, ret_source)) return LOGIN_FOUND;
    if (find_file(p->settings, a, ret_source)) return LOGIN_UNKNOWN;
    return p->may_need_none ? LOGIN_UNKNOWN : LOGIN_NONE;
}
