/* The barrier: after each present a program that was started with one waits until the eye grants it the next.
 *
 * Presents call each other (SDL_RenderPresent → SDL_GL_SwapWindow → eglSwapBuffers): only the outermost of a thread counts.
 * Libraries that are linked are replaced by symbol; what a program asks dlsym, eglGetProcAddress or the like for is replaced
 * there (lookup.c), and its own function is remembered here.
 */
#include <limits.h>
#include <linux/futex.h>
#include <string.h>

#include "preload/preload.h"
#include "preload/raw.h"

/* Six words are as many as any of them takes. All are pointers or integers, and so is what they return, if anything: the
 * registers are passed on as they are. */
typedef uintptr_t Present(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);

#define PRESENT_TABLE(P)            \
    P(SDL_Flip)                     \
    P(SDL_UpdateRect)               \
    P(SDL_UpdateRects)              \
    P(SDL_GL_SwapBuffers)           \
    P(SDL_GL_SwapWindow)            \
    P(SDL_RenderPresent)            \
    P(SDL_UpdateWindowSurface)      \
    P(SDL_UpdateWindowSurfaceRects) \
    P(glutSwapBuffers)              \
    P(glXSwapBuffers)               \
    P(eglSwapBuffers)               \
    P(eglSwapBuffersWithDamageEXT)  \
    P(eglSwapBuffersWithDamageKHR)  \
    P(vkQueuePresentKHR)

#define PRESENT_ID(name) ID_##name,
enum { PRESENT_TABLE(PRESENT_ID) N_PRESENTS };
static _Atomic(Present *) reals[N_PRESENTS];
static _Thread_local int depth; /* of presents in each other */

static bool is_granted(const EyeClockPage *p, uint32_t mine) { return (int32_t)(atomic_load(&p->granted) - mine) >= 0; }

/* The thread that presents waits, whichever it is; `doing` is of the main thread alone. */
static void pass_barrier(EyeClockPage *p) {
    int32_t pid = (int32_t)raw(SYS_getpid);
    if (atomic_load(&p->pid) != pid) atomic_store(&p->pid, pid);
    if (!atomic_load(&p->first_ns)) timers_move(eye_clock_first(p));
    if (!(p->flags & EYE_CLOCK_HAS_BARRIER)) {
        atomic_fetch_add(&p->presented, 1);
        raw(SYS_futex, &p->presented, FUTEX_WAKE, INT_MAX);
        return;
    }
    page_doing(EYE_DOING_PRESENT, FOREVER);
    uint32_t mine = atomic_fetch_add(&p->presented, 1) + 1;
    raw(SYS_futex, &p->presented, FUTEX_WAKE, INT_MAX);
    while (!is_granted(p, mine)) {
        uint32_t granted = atomic_load(&p->granted);
        if (!is_granted(p, mine)) raw(SYS_futex, &p->granted, FUTEX_WAIT, granted, NULL);
    }
    page_doing(EYE_DOING_RUN, FOREVER);
}

static Present *real_of(int id, const char *name, Present *own) {
    Present *real = atomic_load(&reals[id]);
    if (!real) {
        real = (Present *)(uintptr_t)real_find_anywhere(name, (const void *)(uintptr_t)own);
        atomic_store(&reals[id], real);
    }
    return real;
}

static uintptr_t present(int id, const char *name, Present *own, const uintptr_t a[6]) {
    Present *real = real_of(id, name, own);
    if (!real) return 0;
    depth++;
    uintptr_t r = real(a[0], a[1], a[2], a[3], a[4], a[5]);
    EyeClockPage *p = page();
    if (--depth == 0 && p) pass_barrier(p);
    return r;
}

#define PRESENT(name)                                                                                     \
    uintptr_t name(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f);         \
    EXPORT uintptr_t name(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f) { \
        return present(ID_##name, #name, name, (uintptr_t[6]){a, b, c, d, e, f});                         \
    }
PRESENT_TABLE(PRESENT)

void *present_wrapper(const char *name, void *real) {
#define PRESENT_ROW(name) {#name, name},
    static const struct {
        const char *name;
        Present *wrapper;
    } rows[] = {PRESENT_TABLE(PRESENT_ROW)};
    for (int id = 0; id < N_PRESENTS; id++) {
        if (strcmp(rows[id].name, name) != 0) continue;
        Present *wrapper = rows[id].wrapper, *found = (Present *)(uintptr_t)real;
        if (found != wrapper) atomic_store(&reals[id], found);
        return (void *)(uintptr_t)wrapper;
    }
    return NULL;
}

/* --- plain X: an image that is large enough for a window's content --- */

enum { IMAGE_MIN = 128 };
typedef int PutImage(void *, unsigned long, void *, void *, int, int, int, int, unsigned, unsigned, int);
PutImage XShmPutImage;

/* Toolkits and text draw small images, several a frame. */
EXPORT int XShmPutImage(void *display, unsigned long drawable, void *gc, void *image, int from_x, int from_y, int x,
                        int y, unsigned width, unsigned height, int sends_event) {
    static _Atomic(PutImage *) found;
    PutImage *real = atomic_load(&found);
    if (!real) real = (PutImage *)(uintptr_t)real_find_anywhere("XShmPutImage", (const void *)(uintptr_t)XShmPutImage);
    atomic_store(&found, real);
    if (!real) return 0;
    depth++;
    int r = real(display, drawable, gc, image, from_x, from_y, x, y, width, height, sends_event);
    EyeClockPage *p = page();
    if (--depth == 0 && p && width >= IMAGE_MIN && height >= IMAGE_MIN) pass_barrier(p);
    return r;
}
