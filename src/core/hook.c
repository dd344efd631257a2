/* See hook.h: one small array a hook, filled at start-up and then read-only. */
#include "core/hook.h"

#include <assert.h>

enum { LISTENERS_MAX = 8 };

#define HOOK_DEFINE_(name, T)                                                 \
    static int (*name##_fns[LISTENERS_MAX])(App *, Tx *, const T *, Err *);   \
    static int name##_n;                                                      \
    void hook_on_##name(int (*fn)(App * app, Tx * tx, const T *v, Err *e)) {  \
        assert(name##_n < LISTENERS_MAX);                                     \
        name##_fns[name##_n++] = fn;                                          \
    }                                                                         \
    int hook_run_##name(App *app, Tx *tx, const T *v, Err *e) {               \
        for (int i = 0; i < name##_n; i++) TRY(name##_fns[i](app, tx, v, e)); \
        return 0;                                                             \
    }
HOOK_LIST(HOOK_DEFINE_)
