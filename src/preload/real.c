#include <dlfcn.h>

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
