/* Fences: nothing is read before it is drawn, nothing is drawn into before it is read, and nobody waits for ever. */
#include "eye/fence.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/test.h"
#include "eye/frame.h"
#include "eye/gpu_rig.h"
#include "eye/step.h"

enum { STRIDE = RIG_WIDTH * 4 };

static int consumer(uint32_t role) {
    uint32_t accepts = EYE_ACCEPTS_SHM | EYE_ACCEPTS_DMABUF;
    return rig_consumer_of(&(EyeHello){.role = role, .accepts = accepts, .credits = 4, .name = "rig"}, NULL);
}

static bool has_frame(int fd, RigMessage *ret) {
    rig_settle();
    while (rig_try_receive(fd, ret)) {
        if (ret->head.type == EYE_FRAME) return true;
        for (int i = 0; i < ret->n_fds; i++) close(ret->fds[i]);
    }
    return false;
}

TEST(a_stepper_that_alone_reads_gets_the_fence_with_its_frame) {
    rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    rig_window(c->rig);
    RigBuffer *first = gpu_buffer(c, STRIDE, 0), *b = gpu_buffer(c, STRIDE, 0);
    int fd = consumer(EYE_ROLE_STEP);
    rig_draw(c->rig, first);
    CHECK(has_frame(fd, &m) && m.n_fds == 0); /* it was drawn already */
    gpu_draw(b);
    rig_draw(c->rig, b);
    CHECK(has_frame(fd, &m) && m.n_fds == 1 && m.head.fds == 1);
    struct pollfd p = {m.fds[0], POLLIN, 0};
    CHECK(poll(&p, 1, 0) == 0);
    gpu_finish();
    CHECK(poll(&p, 1, 0) == 1);
    close(m.fds[0]);
}

TEST(a_picture_that_is_copied_is_shown_when_it_is_drawn_and_in_the_order_of_its_commits) {
    Eye *eye = rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    rig_window(c->rig);
    RigBuffer *first = gpu_buffer(c, STRIDE, 0), *late = gpu_buffer(c, STRIDE, 0), *shared = rig_buffer(c->rig, 64, 32);
    int watcher = consumer(EYE_ROLE_WATCH);
    rig_draw(c->rig, first);
    CHECK(has_frame(watcher, &m));
    uint64_t id = m.frame.frame_id;
    gpu_draw(late);
    rig_draw(c->rig, late);
    rig_draw(c->rig, shared); /* behind it, though it is finished */
    CHECK(!has_frame(watcher, &m));
    CHECK(!late->n_releases && !shared->n_releases && eye->frames->last.id == id);
    gpu_finish();
    CHECK(has_frame(watcher, &m) && m.frame.frame_id == id + 1);
    CHECK(has_frame(watcher, &m) && m.frame.frame_id == id + 2);
    rig_draw(c->rig, first);
    rig_roundtrip(c->rig);
    CHECK(late->n_releases == 1 && shared->n_releases == 1);
}

TEST(what_was_committed_before_a_step_and_is_drawn_in_it_does_not_answer_it) {
    Eye *eye = rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    rig_window(c->rig);
    RigBuffer *first = gpu_buffer(c, STRIDE, 0), *early = gpu_buffer(c, STRIDE, 0), *answer = gpu_buffer(c, STRIDE, 0);
    eye->config.lockstep = true;
    rig_draw(c->rig, first);
    int stepper = consumer(EYE_ROLE_STEP);
    consumer(EYE_ROLE_WATCH); /* so that the eye itself waits */
    gpu_draw(early);
    rig_draw(c->rig, early);
    rig_step(stepper, 1, 0);
    CHECK(!has_frame(stepper, &m));
    int callbacks = c->rig->n_callbacks;
    gpu_finish();
    RIG_UNTIL(c->rig->n_callbacks > callbacks);
    CHECK(!has_frame(stepper, &m) && eye->step->n_ran_ahead);
    rig_draw(c->rig, answer);
    CHECK(has_frame(stepper, &m) && m.frame.step == 1 && !(m.frame.flags & EYE_FRAME_STALE));
}

TEST(a_commit_of_the_parent_waits_for_what_its_sub_surface_draws) {
    Eye *eye = rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    rig_window(c->rig);
    RigBuffer *main = gpu_buffer(c, STRIDE, 0), *over = gpu_buffer(c, STRIDE, 0);
    struct wl_surface *child = wl_compositor_create_surface(c->rig->compositor);
    wl_subcompositor_get_subsurface(c->rig->subcompositor, child, c->rig->surface);
    int fd = consumer(EYE_ROLE_STEP);
    gpu_draw(over);
    wl_surface_attach(child, over->wl, 0, 0);
    wl_surface_commit(child);
    rig_draw(c->rig, main);
    CHECK(!has_frame(fd, &m) && !eye->shown);
    gpu_finish();
    CHECK(has_frame(fd, &m) && eye->shown);
}

TEST(what_is_never_drawn_is_reported_and_does_not_stop_its_client) {
    rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    rig_window(c->rig);
    RigBuffer *first = gpu_buffer(c, STRIDE, 0), *stuck = gpu_buffer(c, STRIDE, 0);
    int watcher = consumer(EYE_ROLE_WATCH);
    rig_draw(c->rig, first);
    CHECK(has_frame(watcher, &m));
    gpu_draw(stuck);
    rig_draw(c->rig, stuck);
    RIG_UNTIL(rig_said("the GPU has not finished drawing a buffer within 1000 ms"));
    CHECK(!has_frame(watcher, &m)); /* reading it would block */
    rig_draw(c->rig, first);
    CHECK(has_frame(watcher, &m));
    rig_roundtrip(c->rig);
    CHECK_I64(stuck->n_releases, 1);
    gpu_finish();
}

TEST(commits_that_wait_are_bounded_and_go_with_their_surface) {
    rig_eye();
    int before = rig_count_fds();
    GpuClient *c = gpu_client(4);
    rig_window(c->rig);
    RigBuffer *b = gpu_buffer(c, STRIDE, 0);
    consumer(EYE_ROLE_WATCH);
    gpu_draw(b);
    for (int i = 0; i < 100; i++) rig_draw(c->rig, b);
    CHECK(!c->rig->is_over);
    xdg_toplevel_destroy(c->rig->toplevel);
    xdg_surface_destroy(c->rig->xdg);
    wl_surface_destroy(c->rig->surface);
    rig_roundtrip(c->rig);
    CHECK(!c->rig->is_over);
    CHECK_I64(b->n_releases, 1);
    gpu_finish();
    rig_leave(c->rig);
    rig_eye();
    CHECK_I64(rig_count_fds(), before);
}

/* Draws two frames and gives the first one back with a fence; returns that buffer. */
static RigBuffer *give_back(const GpuClient *c, int fd, int fence) {
    RigMessage m;
    RigBuffer *first = gpu_buffer((GpuClient *)c, STRIDE, 0), *second = gpu_buffer((GpuClient *)c, STRIDE, 0);
    rig_draw(c->rig, first);
    CHECK(has_frame(fd, &m));
    EyeRelease release = {.buffer = m.frame.buffer, .frame_id = m.frame.frame_id};
    rig_draw(c->rig, second);
    CHECK(has_frame(fd, &m));
    rig_send_fd(fd, EYE_RELEASE, &release, sizeof release, fence);
    rig_roundtrip(c->rig);
    return first;
}

TEST(the_fence_of_a_release_goes_to_the_buffer_before_its_client_gets_it) {
    rig_eye();
    GpuClient *c = gpu_client(4);
    rig_window(c->rig);
    int fd = consumer(EYE_ROLE_STEP), fence = eventfd(0, EFD_CLOEXEC);
    RigBuffer *b = give_back(c, fd, fence);
    CHECK(gpu.n_imports == 1 && b->n_releases == 1);
    close(fence);
}

TEST(where_the_kernel_imports_no_fence_the_release_waits_for_it) {
    rig_eye();
    GpuClient *c = gpu_client(4);
    rig_window(c->rig);
    gpu.has_fences = false;
    int fd = consumer(EYE_ROLE_STEP), fence = eventfd(0, EFD_CLOEXEC), never = eventfd(0, EFD_CLOEXEC);
    RigBuffer *b = give_back(c, fd, fence);
    CHECK_I64(b->n_releases, 0);
    CHECK(eventfd_write(fence, 1) == 0);
    rig_settle();
    rig_roundtrip(c->rig);
    CHECK_I64(b->n_releases, 1);
    b = give_back(c, fd, never);
    CHECK_I64(b->n_releases, 0);
    RIG_UNTIL(rig_said("has not finished reading a buffer"));
    RIG_UNTIL(b->n_releases == 1);
    close(fence);
    close(never);
}
