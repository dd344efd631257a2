/* See hook.h: one small array for each hook, filled at start-up and then read-only. */
#include "core/hook.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/app.h"

ENUM_DEFINE(WorkMarkKind, WORK_MARK_WORDS);

enum { LISTENERS_MAX = 8 };

#define HOOK_MEMBER_(name, C, T)                              \
    int (*name##_fns[LISTENERS_MAX])(App *, C *, T *, Err *); \
    int name##_n;
struct Hooks {
    HOOK_LIST(HOOK_MEMBER_)
};

void hooks_free(Hooks *h) { free(h); }

#define HOOK_DEFINE_(name, C, T)                                                        \
    void hook_on_##name(App *app, int (*fn)(App * app, C * c, T * v, Err * e)) {        \
        if (!app->hooks) app->hooks = mu_new(Hooks);                                    \
        assert(app->hooks->name##_n < LISTENERS_MAX);                                   \
        app->hooks->name##_fns[app->hooks->name##_n++] = fn;                            \
    }                                                                                   \
    int hook_run_##name(App *app, C *c, T *v, Err *e) {                                 \
        const Hooks *h = app->hooks;                                                    \
        for (int i = 0; h && i < h->name##_n; i++) TRY(h->name##_fns[i](app, c, v, e)); \
        return 0;                                                                       \
    }
HOOK_LIST(HOOK_DEFINE_)
