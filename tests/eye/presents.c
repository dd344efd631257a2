/* presents FOLDER: with the libraries that lie there, presents through each way to a function, at the barrier of libmuster-clock. Each line that it prints
 * precedes one present. */
#include <dlfcn.h>
#include <pthread.h>

#include "check.h"

typedef int Render(void *);
typedef void SwapWindow(void *);
typedef unsigned Swap(void *, void *);
typedef void *Finder(const char *);

static void say(const char *what) {
    printf("%s\n", what);
    fflush(stdout);
}

static void *present_in_thread(void *render) {
    say("thread");
    ((Render *)(uintptr_t)render)("x");
    return NULL;
}

static void *load(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CHECK(library);
    return library;
}

/* First of all, when nothing has been found by name yet. */
static void present_by_plugin(const char *folder, void *window) {
    Render *render = (Render *)(uintptr_t)dlsym(load(folder, "libeye-plugin.so"), "plugin_present");
    say("plugin");
    CHECK(render && render(window) == 5);
}

/* How long the start took is not shown; from the first present on it is, from a full second. */
static void sleep_before(void) {
    CHECK(now() == 0);
    nanosleep(&(struct timespec){.tv_nsec = 234567890}, NULL);
    CHECK(now() == SECOND / 5);
}

static void check_second(void) {
    int64_t first = now();
    CHECK(first == SECOND + 1000 && now() == first + 1000);
}

int main(int argc, char **argv) {
    char window[1];
    CHECK(argc == 2);
    sleep_before();
    present_by_plugin(argv[1], window);
    check_second();
    void *library = load(argv[1], "libeye-pictures.so");
    Render *render = (Render *)(uintptr_t)dlsym(library, "SDL_RenderPresent");
    SwapWindow *swap_window = (SwapWindow *)(uintptr_t)dlsym(library, "SDL_GL_SwapWindow");
    Finder *find = (Finder *)(uintptr_t)dlsym(library, "eglGetProcAddress");
    int (*count)(void) = (int (*)(void))(uintptr_t)dlsym(library, "pictures_count");
    CHECK(render && swap_window && find && count && dlsym(library, "SDL_Flip") == NULL);
    Swap *swap = (Swap *)(uintptr_t)find("eglSwapBuffers");
    CHECK(swap && find("eglNothing") == NULL);
    say("render");
    CHECK(render(window) == 5);
    say("window");
    swap_window(window);
    say("swap");
    CHECK(swap(window, window) == 77);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, present_in_thread, (void *)(uintptr_t)render) == 0 &&
          pthread_join(other, NULL) == 0);
    say("end");
    return count() == 5 ? 0 : 1;
}
