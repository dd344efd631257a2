#include <dlfcn.h>
#include <link.h>

#include "preload/preload.h"

typedef void *Dlsym(void *, const char *);

/* dlsym is one of the functions that this library replaces: libc's is asked for by version. */
void *real_dlsym_at(void) {
    static _Atomic(void *) found;
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
    for (size_t i = 0; !atomic_load(&found) && i < sizeof versions / sizeof *versions; i++)
        atomic_store(&found, dlvsym(RTLD_NEXT, "dlsym", versions[i]));
    return atomic_load(&found);
}

void *real_dlsym(void *handle, const char *name) {
    Dlsym *real = (Dlsym *)(uintptr_t)real_dlsym_at();
    return real ? real(handle, name) : NULL;
}

void *real_find(const char *name) { return real_dlsym(RTLD_NEXT, name); }

/* A plug-in's libraries are seen by the plug-in alone (RTLD_LOCAL), and yet its calls come here, as this library is seen by
 * all: perl's SDL. Each library is asked, with what it needs itself. */
void *real_find_anywhere(const char *name, const void *own) {
    void *found = real_find(name);
    Dl_info info;
    struct link_map *at = NULL;
    if (found || !dladdr1(own, &info, (void **)&at, RTLD_DL_LINKMAP) || !at) return found;
    while (at->l_prev) at = at->l_prev;
    for (; at && !found; at = at->l_next) {
        void *library = at->l_name[0] ? dlopen(at->l_name, RTLD_LAZY | RTLD_NOLOAD) : NULL;
        found = library ? real_dlsym(library, name) : NULL;
        if (found == own) found = NULL;
        if (library) dlclose(library);
    }
    return found;
}
