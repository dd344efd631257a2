/* Functions that a program asks for by name. SDL does so for all of EGL, GLX and X11, script languages for everything. */
#include <dlfcn.h>
#include <string.h>

#include "preload/preload.h"

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static bool is_ours(const void *at) { return (const char *)at >= __ehdr_start && (const char *)at < _end; }

static void *own_handle(void) {
    static _Atomic(void *) handle;
    Dl_info info;
    if (!atomic_load(&handle) && dladdr(__ehdr_start, &info))
        atomic_store(&handle, dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD));
    return atomic_load(&handle);
}

/* A plug-in may have a `read` or `clock` of its own: only libc's are replaced. */
static bool is_of_libc(const void *at) {
    Dl_info libc, info;
    return dladdr(real_find("getpid"), &libc) && dladdr(at, &info) && libc.dli_fbase == info.dli_fbase;
}

static void *chosen(const char *name, void *real);

/* What dlsym gives instead of its own answer; NULL: that. Called by the stub below. The searches by a caller's place
 * (RTLD_DEFAULT, RTLD_NEXT) find this library by themselves where it comes first, and mean not to where it does not. */
__attribute__((used)) void *lookup_choose(void *handle, const char *name);
void *lookup_choose(void *handle, const char *name) {
    if (handle == RTLD_DEFAULT || handle == RTLD_NEXT || !name || !page()) return NULL;
    void *own = own_handle() ? real_dlsym(own_handle(), name) : NULL;
    if (!own || !is_ours(own)) return NULL;
    void *real = real_dlsym(handle, name);
    if (!real || is_ours(real)) return NULL;
    void *wrapper = chosen(name, real);
    if (wrapper != real) return wrapper;
    return is_of_libc(real) ? own : NULL;
}

/* libc finds the caller of dlsym by its return address, which decides what RTLD_NEXT means. So the stub jumps there, and
 * does not call it. */
#if defined(__x86_64__)
__asm__(".globl dlsym\n.type dlsym,@function\ndlsym:\n"
        "  endbr64\n"
        "  push %rdi\n  push %rsi\n  sub $8, %rsp\n"
        "  call lookup_choose\n"
        "  test %rax, %rax\n  jnz 1f\n"
        "  call real_dlsym_at\n"
        "  add $8, %rsp\n  pop %rsi\n  pop %rdi\n"
        "  jmp *%rax\n"
        "1: add $24, %rsp\n  ret\n"
        ".size dlsym,.-dlsym\n");
#elif defined(__aarch64__)
__asm__(".globl dlsym\n.type dlsym,%function\ndlsym:\n"
        "  stp x29, x30, [sp, #-32]!\n  mov x29, sp\n  stp x0, x1, [sp, #16]\n"
        "  bl lookup_choose\n"
        "  cbnz x0, 1f\n"
        "  bl real_dlsym_at\n"
        "  mov x16, x0\n  ldp x0, x1, [sp, #16]\n  ldp x29, x30, [sp], #32\n"
        "  br x16\n"
        "1: ldp x29, x30, [sp], #32\n  ret\n"
        ".size dlsym,.-dlsym\n");
#endif

/* --- the ways of EGL, GLX and Vulkan --- */

typedef void *ByName(const char *);
typedef void *ByOwner(void *, const char *);

static void *finder_wrapper(const char *name, void *real);

static void *chosen(const char *name, void *real) {
    if (!real || !name || !page()) return real;
    void *wrapper = present_wrapper(name, real);
    if (!wrapper) wrapper = finder_wrapper(name, real);
    return wrapper ? wrapper : real;
}

/* What dlsym found, where it found any: a library that was loaded for its program alone is not found by symbol. */
static _Atomic(void *) finders[5];
static void *finder(int i, const char *name, const void *own) {
    void *real = atomic_load(&finders[i]);
    if (!real) atomic_store(&finders[i], real = real_find_anywhere(name, own));
    return real;
}

#define BY_NAME(i, of)                                          \
    ByName of;                                                  \
    EXPORT void *of(const char *name) {                         \
        ByName *real = (ByName *)(uintptr_t)finder(i, #of, of); \
        return real ? chosen(name, real(name)) : NULL;          \
    }
#define BY_OWNER(i, of)                                           \
    ByOwner of;                                                   \
    EXPORT void *of(void *owner, const char *name) {              \
        ByOwner *real = (ByOwner *)(uintptr_t)finder(i, #of, of); \
        return real ? chosen(name, real(owner, name)) : NULL;     \
    }
BY_NAME(0, eglGetProcAddress)
BY_NAME(1, glXGetProcAddress)
BY_NAME(2, glXGetProcAddressARB)
BY_OWNER(3, vkGetInstanceProcAddr)
BY_OWNER(4, vkGetDeviceProcAddr)

static void *finder_wrapper(const char *name, void *real) {
    static const struct {
        const char *name;
        void *wrapper;
    } rows[] = {{"eglGetProcAddress", eglGetProcAddress},
                {"glXGetProcAddress", glXGetProcAddress},
                {"glXGetProcAddressARB", glXGetProcAddressARB},
                {"vkGetInstanceProcAddr", vkGetInstanceProcAddr},
                {"vkGetDeviceProcAddr", vkGetDeviceProcAddr}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) != 0) continue;
        if (real != rows[i].wrapper) atomic_store(&finders[i], real);
        return rows[i].wrapper;
    }
    return NULL;
}
