/* See login.h. */
#include "daemon/login.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/environment.h"

ENUM_DEFINE(LoginState, LOGIN_STATE_LIST);

static bool find_file(const AdapterFile *files, Arena *a, Str *ret) {
    const char *home = getenv("HOME");
    for (size_t i = 0; i < ADAPTER_FACTS_MAX && files[i].name; i++) {
        const char *moved = files[i].variable ? getenv(files[i].variable) : NULL;
        Str path = moved && *moved ? arena_fmt(a, "%s/%s", moved, files[i].name)
                                   : arena_fmt(a, "%s/%s/%s", home ? home : "", files[i].folder, files[i].name);
        struct stat st;
        bool has_text = stat(path.p, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
        if (!has_text || access(path.p, R_OK) < 0) continue;
        *ret = path;
        return true;
    }
    return false;
}

static bool is_passed(const AdapterProgram *p, const StrList *named, Str name) {
    const Adapter *ad = adapter_find(str(p->adapter));
    for (const char *const *v = ad ? ad->variables : NULL; v && *v; v++)
        if (environment_name_fits(name, str(*v))) return true;
    return environment_is_passed(name, named);
}

LoginState login_find(const AdapterProgram *p, const StrList *named, Arena *a, Str *ret_source) {
    *ret_source = (Str){0};
    for (size_t i = 0; i < ADAPTER_FACTS_MAX && p->keys[i]; i++) {
        const char *value = getenv(p->keys[i]);
        if (!value || !*value || !is_passed(p, named, str(p->keys[i]))) continue;
        *ret_source = str(p->keys[i]);
        return LOGIN_FOUND;
    }
    if (find_file(p->logins, a, ret_source)) return LOGIN_FOUND;
    if (find_file(p->settings, a, ret_source)) return LOGIN_UNKNOWN;
    return p->may_need_none ? LOGIN_UNKNOWN : LOGIN_NONE;
}
