/* See eye_serving.h. */
#include "eye_serving.h"

#include <stdarg.h>

#include "base/test.h"
#include "eye/seat.h"
#include "eye/step.h"
#include "fuzz.h"

/* What fails in the rig, a wait for example, ends the process, so that the fuzzer keeps the input. */
void test_fail(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    abort();
}

static struct {
    RigClient *client;
    RigBuffer *pictures[SERVING_PICTURES];
    int n;
} serving;

static void open_window(void) {
    serving.client = rig_client();
    rig_window(serving.client);
    for (int i = 0; i < SERVING_PICTURES; i++) serving.pictures[i] = rig_buffer(serving.client, RIG_WIDTH, RIG_HEIGHT);
    serving_draw();
}

Eye *serving_begin(bool is_lockstep) {
    static Eye *eye;
    if (!eye) {
        eye = rig_eye();
        open_window();
    }
    eye->config.lockstep = is_lockstep;
    rig_settle();
    return eye;
}

void serving_draw(void) { rig_draw(serving.client, serving.pictures[serving.n++ % SERVING_PICTURES]); }

void serving_replace(void) {
    RigBuffer **b = &serving.pictures[(serving.n + 1) % SERVING_PICTURES];
    rig_free_buffer(serving.client, *b);
    *b = rig_buffer(serving.client, RIG_WIDTH, RIG_HEIGHT);
}

void serving_end(const Eye *eye, int fd) {
    rig_disconnect(fd);
    for (int i = 0; i < EYE_CONSUMERS_MAX; i++) MUST(!eye->consumers->items[i].version);
    MUST(!eye->consumers->stepper && !step_is_busy(eye->step));
    MUST(eye->seat->n_keys == 0 && eye->seat->n_buttons == 0);
    list_each(&eye->buffers, Buffer, link, b) MUST(b->announced == 0 && (b->on_idle || b->n_held == 0));
    list_each(&eye->pools, Pool, link, p) MUST(p->announced == 0);
    MUST(!serving.client->is_over);
}
