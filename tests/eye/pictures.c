/* A library with the names of SDL, EGL and GLX, so that what they call of each other can be counted: pictures_count. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int SDL_RenderPresent(void *renderer);
void SDL_GL_SwapWindow(void *window);
unsigned eglSwapBuffers(void *display, void *surface);
void *eglGetProcAddress(const char *name);
int pictures_count(void);

static int n_swaps;

static unsigned swap(void *display, void *surface) {
    n_swaps++;
    return display && surface ? 77 : 0;
}

unsigned eglSwapBuffers(void *display, void *surface) { return swap(display, surface); }

void *eglGetProcAddress(const char *name) {
    return strcmp(name, "eglSwapBuffers") == 0 ? (void *)(uintptr_t)swap : NULL;
}

/* As SDL does it: the function of the driver's library is asked for by name. */
void SDL_GL_SwapWindow(void *window) {
    Dl_info info;
    if (!dladdr((void *)(uintptr_t)swap, &info)) return;
    void *library = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    ((unsigned (*)(void *, void *))(uintptr_t)dlsym(library, "eglSwapBuffers"))(window, window);
    dlclose(library);
}

int SDL_RenderPresent(void *renderer) {
    SDL_GL_SwapWindow(renderer);
    return 5;
}

int pictures_count(void) { return n_swaps; }
