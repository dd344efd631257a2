/* Surfaces and windows: damage, limits, what is destroyed while it is used, and what is against the protocol. */
#include "eye/surface.h"

#include <wayland-server-protocol.h>

#include "base/test.h"
#include "eye/frame.h"
#include "eye/rig.h"

#include "xdg-shell-server-protocol.h"

enum { WIDTH = 64, HEIGHT = 32 };

/* --- damage ------------------------------------------------------------------------------------------------------- */

typedef struct Damaged {
    const char *name;
    int32_t scale;
    bool is_of_buffer;
    Box in[2], out;
} Damaged;

static const Damaged damages[] = {
    {"a box", 1, true, {{3, 4, 5, 6}}, {3, 4, 5, 6}},
    {"of the surface", 1, false, {{3, 4, 5, 6}}, {3, 4, 5, 6}},
    {"two boxes", 1, true, {{0, 0, 2, 2}, {10, 20, 2, 2}}, {0, 0, 12, 22}},
    {"of a scaled surface", 2, false, {{3, 4, 5, 6}}, {6, 8, 10, 12}},
    {"of a scaled surface's buffer", 2, true, {{3, 4, 5, 6}}, {3, 4, 5, 6}},
    {"all there can be", 1, true, {{0, 0, INT32_MAX, INT32_MAX}}, {0, 0, WIDTH, HEIGHT}},
    {"from far left", 1, true, {{INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX}}, {0, 0, 0, 0}},
    {"from outside into it", 1, true, {{-10, -10, 20, 20}}, {0, 0, 10, 10}},
    {"outside", 1, true, {{WIDTH, HEIGHT, 10, 10}}, {0, 0, 0, 0}},
    {"beyond all sizes", 1, false, {{INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX}}, {0, 0, 0, 0}},
    {"of no size", 1, true, {{1, 1, 0, 0}, {1, 1, -1, -1}}, {0, 0, 0, 0}},
};

TEST(damage_is_in_pixels_of_the_buffer_and_within_it) {
    Eye *eye = rig_eye();
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        const Damaged *d = &damages[i];
        RigClient *c = rig_client();
        rig_window(c);
        RigBuffer *b = rig_buffer(c, WIDTH, HEIGHT);
        rig_draw(c, b);
        wl_surface_set_buffer_scale(c->surface, d->scale);
        rig_attach(c, b);
        for (size_t k = 0; k < COUNT_OF(d->in); k++) {
            const Box *in = &d->in[k];
            if (d->is_of_buffer)
                wl_surface_damage_buffer(c->surface, in->x, in->y, in->width, in->height);
            else
                wl_surface_damage(c->surface, in->x, in->y, in->width, in->height);
        }
        wl_surface_commit(c->surface);
        rig_roundtrip(c);
        const Box *got = &eye->frames->last.picture.damage;
        bool is_same = d->out.width ? memcmp(got, &d->out, sizeof *got) == 0 : got->width == 0 && got->height == 0;
        if (!is_same)
            test_fail(__FILE__, __LINE__, "%s: %d,%d %dx%d", d->name, got->x, got->y, got->width, got->height);
        rig_leave(c);
    }
}

TEST(damage_of_very_many_boxes_becomes_one) {
    Eye *eye = rig_eye();
    RigClient *c = rig_client();
    rig_window(c);
    RigBuffer *b = rig_buffer(c, 1024, 64);
    rig_draw(c, b);
    rig_attach(c, b);
    for (int i = 0; i < 20000; i++) {
        wl_surface_damage_buffer(c->surface, 2 * (i % 500), 2 * (i / 500 % 30), 1, 1);
        if (i % 50 == 0) rig_roundtrip(c);
    }
    wl_surface_commit(c->surface);
    rig_roundtrip(c);
    CHECK_I64(eye->frames->last.picture.damage.width, 999);
    CHECK_I64(eye->frames->last.picture.damage.height, 59);
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static void want_limit(RigClient *c, const char *says) {
    rig_want_error(c, &wl_display_interface, WL_DISPLAY_ERROR_IMPLEMENTATION);
    CHECK(rig_said(says));
    rig_leave(c);
    CHECK(rig_is_empty());
}

TEST(a_client_has_256_surfaces_at_most) {
    rig_eye();
    RigClient *c = rig_client();
    for (int i = 0; i < 3 * CLIENT_SURFACES_MAX; i++) wl_surface_destroy(wl_compositor_create_surface(c->compositor));
    rig_roundtrip(c);
    CHECK(!c->is_over);
    for (int i = 0; i <= CLIENT_SURFACES_MAX; i++) wl_compositor_create_surface(c->compositor);
    want_limit(c, "256 surfaces");
}

TEST(a_client_has_1024_regions_at_most_and_each_is_bounded) {
    Eye *eye = rig_eye();
    RigClient *c = rig_client();
    struct wl_region *region = wl_compositor_create_region(c->compositor);
    for (int i = 0; i < 10000; i++) {
        wl_region_add(region, 3 * (i % 100), 3 * (i / 100), 1, 1);
        if (i % 3 == 0) wl_region_subtract(region, INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX);
        if (i % 50 == 0) rig_roundtrip(c);
    }
    wl_region_add(region, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX);
    wl_region_add(region, INT32_MIN, 0, INT32_MAX, 1);
    struct wl_surface *s = wl_compositor_create_surface(c->compositor);
    wl_surface_set_input_region(s, region);
    wl_surface_set_opaque_region(s, region);
    wl_surface_commit(s);
    rig_roundtrip(c);
    CHECK(!c->is_over && !list_is_empty(&eye->surfaces));
    for (int i = 0; i <= CLIENT_REGIONS_MAX; i++) wl_compositor_create_region(c->compositor);
    want_limit(c, "1024 regions");
}

TEST(a_client_waits_for_4096_callbacks_at_most) {
    rig_eye();
    RigClient *c = rig_client();
    struct wl_surface *s = wl_compositor_create_surface(c->compositor);
    for (int i = 0; i <= CLIENT_CALLBACKS_MAX; i++) wl_surface_frame(s);
    want_limit(c, "4096 frame callbacks");
}

TEST(32_clients_at_most_are_connected) {
    rig_eye();
    RigClient *clients[CLIENTS_MAX];
    for (int i = 0; i < CLIENTS_MAX; i++) clients[i] = rig_client();
    RigClient *more = rig_client();
    rig_want_error(more, &wl_display_interface, WL_DISPLAY_ERROR_IMPLEMENTATION);
    rig_roundtrip(clients[0]);
    CHECK(!clients[0]->is_over);
}

/* 100,000 empty commits took 46 MB in a spike. */
TEST(empty_commits_cost_nothing_that_stays) {
    rig_eye();
    RigClient *c = rig_client();
    struct wl_surface *s = wl_compositor_create_surface(c->compositor);
    int before = rig_count_fds();
    for (int i = 0; i < 100000; i++) {
        wl_surface_commit(s);
        if (i % 1000 == 0) rig_roundtrip(c);
    }
    rig_roundtrip(c);
    CHECK(!c->is_over);
    CHECK_I64(rig_count_fds(), before);
}

TEST(odd_sizes_are_shown_as_they_are) {
    Eye *eye = rig_eye();
    RigMessage m;
    RigClient *c = rig_client();
    rig_window(c);
    int fd = rig_consumer(EYE_ROLE_STEP, 1, NULL);
    static const int32_t sizes[][2] = {{1, 1}, {16384, 1}, {1, 16384}, {63, 31}, {4097, 33}};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        rig_draw(c, rig_buffer(c, sizes[i][0], sizes[i][1]));
        rig_receive(fd, EYE_FRAME, &m);
        CHECK(m.frame.flags & EYE_FRAME_OTHER_SIZE);
        CHECK_I64(m.frame.content_width, sizes[i][0]);
        CHECK_I64(m.frame.content_height, sizes[i][1]);
        CHECK_I64(eye->frames->last.picture.buffer->width, sizes[i][0]);
        rig_release(fd, &m.frame);
    }
}

/* --- destroyed in use --------------------------------------------------------------------------------------------- */

TEST(a_buffer_that_is_destroyed_while_it_is_shown_and_held_stays_readable) {
    Eye *eye = rig_eye();
    RigMessage m;
    RigClient *c = rig_client();
    rig_window(c);
    RigBuffer *b = rig_buffer(c, WIDTH, HEIGHT);
    int fd = rig_consumer(EYE_ROLE_STEP, 2, NULL), watcher = rig_consumer(EYE_ROLE_WATCH, 1, NULL);
    rig_draw(c, b);
    rig_receive(fd, EYE_FRAME, &m);
    rig_free_buffer(c, b);
    rig_roundtrip(c);
    CHECK(!c->is_over && eye->frames->last.picture.buffer);
    rig_disconnect(watcher);
    rig_consumer(EYE_ROLE_WATCH, 1, NULL); /* copies it now */
    rig_leave(c);
    CHECK(!rig_is_empty()); /* what is held is there until it is released */
    rig_release(fd, &m.frame);
    CHECK(list_is_empty(&eye->surfaces));
    list_each(&eye->buffers, Buffer, link, left) CHECK(left->on_idle);
}

TEST(a_surface_that_is_destroyed_or_unmapped_is_a_reset) {
    Eye *eye = rig_eye();
    RigMessage m;
    int fd = rig_consumer(EYE_ROLE_STEP, 2, NULL);
    for (int how = 0; how < 4; how++) {
        RigClient *c = rig_client();
        rig_window(c);
        rig_draw(c, rig_buffer(c, WIDTH, HEIGHT));
        rig_receive(fd, EYE_FRAME, &m);
        rig_release(fd, &m.frame);
        uint64_t generation = eye->generation;
        if (how == 0) rig_draw(c, NULL);
        if (how == 1) xdg_toplevel_destroy(c->toplevel);
        if (how == 2) wl_surface_destroy(c->surface); /* before its roles */
        if (how == 3) rig_leave(c);
        rig_receive(fd, EYE_RESET, &m);
        CHECK_I64(m.reset.reason, EYE_RESET_CLIENT);
        CHECK_I64(m.reset.generation, generation + 1);
        CHECK(!eye->shown);
        if (how < 3) rig_leave(c);
    }
}

TEST(a_buffer_that_is_destroyed_before_its_commit_is_no_error) {
    rig_eye();
    RigClient *c = rig_client();
    rig_window(c);
    RigBuffer *b = rig_buffer(c, WIDTH, HEIGHT);
    rig_attach(c, b);
    rig_free_buffer(c, b);
    wl_surface_commit(c->surface);
    rig_roundtrip(c);
    CHECK(!c->is_over);
}

TEST(an_xdg_surface_outlives_its_surface_with_or_without_a_role) {
    rig_eye();
    for (int how = 0; how < 3; how++) {
        RigClient *c = rig_client();
        rig_window(c);
        struct wl_surface *s = wl_compositor_create_surface(c->compositor);
        struct xdg_surface *x = xdg_wm_base_get_xdg_surface(c->base, s);
        struct xdg_toplevel *t = how ? xdg_surface_get_toplevel(x) : NULL;
        if (how == 2) xdg_toplevel_destroy(t);
        wl_surface_destroy(s);
        struct xdg_positioner *p = xdg_wm_base_create_positioner(c->base);
        xdg_positioner_set_size(p, 5, 5);
        xdg_positioner_set_anchor_rect(p, 0, 0, 1, 1);
        if (how != 1) xdg_surface_get_toplevel(x);
        xdg_surface_get_popup(x, c->xdg, p);
        xdg_surface_set_window_geometry(x, 0, 0, 5, 5);
        rig_roundtrip(c);
        rig_leave(c);
        CHECK(rig_is_empty());
    }
}

/* --- against the protocol ----------------------------------------------------------------------------------------- */

static void unconfigured(RigClient *c) {
    c->surface = wl_compositor_create_surface(c->compositor);
    c->xdg = xdg_wm_base_get_xdg_surface(c->base, c->surface);
    xdg_surface_get_toplevel(c->xdg);
    rig_attach(c, rig_buffer(c, WIDTH, HEIGHT));
    wl_surface_commit(c->surface);
}

static void buffer_before_role(RigClient *c) {
    c->surface = wl_compositor_create_surface(c->compositor);
    rig_attach(c, rig_buffer(c, WIDTH, HEIGHT));
    wl_surface_commit(c->surface);
    xdg_wm_base_get_xdg_surface(c->base, c->surface);
}

static void two_roles(RigClient *c) {
    rig_window(c);
    wl_subcompositor_get_subsurface(c->subcompositor, c->surface, wl_compositor_create_surface(c->compositor));
}

static void own_child(RigClient *c) {
    struct wl_surface *s = wl_compositor_create_surface(c->compositor);
    wl_subcompositor_get_subsurface(c->subcompositor, s, s);
}

static void child_of_its_child(RigClient *c) {
    struct wl_surface *a = wl_compositor_create_surface(c->compositor),
                      *b = wl_compositor_create_surface(c->compositor);
    wl_subcompositor_get_subsurface(c->subcompositor, a, b);
    wl_subcompositor_get_subsurface(c->subcompositor, b, a);
}

static void place_beside_a_stranger(RigClient *c) {
    struct wl_surface *a = wl_compositor_create_surface(c->compositor),
                      *b = wl_compositor_create_surface(c->compositor);
    struct wl_subsurface *sub = wl_subcompositor_get_subsurface(c->subcompositor, a, b);
    wl_subsurface_place_above(sub, wl_compositor_create_surface(c->compositor));
}

static void unknown_serial(RigClient *c) {
    rig_window(c);
    xdg_surface_ack_configure(c->xdg, 0xdead);
}

static void surface_before_window(RigClient *c) {
    rig_window(c);
    xdg_surface_destroy(c->xdg);
}

static void base_before_surface(RigClient *c) {
    rig_window(c);
    xdg_wm_base_destroy(c->base);
}

static void second_window(RigClient *c) {
    rig_window(c);
    xdg_surface_get_toplevel(c->xdg);
}

static void no_geometry(RigClient *c) {
    rig_window(c);
    xdg_surface_set_window_geometry(c->xdg, 0, 0, 0, -1);
}

static void scale_of_zero(RigClient *c) {
    rig_window(c);
    wl_surface_set_buffer_scale(c->surface, 0);
}

static void unknown_transform(RigClient *c) {
    rig_window(c);
    wl_surface_set_buffer_transform(c->surface, 8);
}

static void scale_that_does_not_divide(RigClient *c) {
    rig_window(c);
    wl_surface_set_buffer_scale(c->surface, 3);
    rig_attach(c, rig_buffer(c, WIDTH, HEIGHT));
    wl_surface_commit(c->surface);
}

static void limits_that_exclude_all(RigClient *c) {
    rig_window(c);
    xdg_toplevel_set_max_size(c->toplevel, 10, 10);
    xdg_toplevel_set_min_size(c->toplevel, 20, 20);
}

static void popup_without_a_size(RigClient *c) {
    rig_window(c);
    struct wl_surface *s = wl_compositor_create_surface(c->compositor);
    struct xdg_surface *x = xdg_wm_base_get_xdg_surface(c->base, s);
    xdg_surface_get_popup(x, c->xdg, xdg_wm_base_create_positioner(c->base));
}

static void positioner_of_no_size(RigClient *c) {
    xdg_positioner_set_size(xdg_wm_base_create_positioner(c->base), 0, 5);
}

static const struct {
    const char *name;
    void (*act)(RigClient *c);
    const struct wl_interface *interface; /* NULL: the client has destroyed the object */
    uint32_t code;
} against[] = {
    {"a buffer before the first configure", unconfigured, &xdg_surface_interface,
     XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER},
    {"a buffer before the role", buffer_before_role, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_INVALID_SURFACE_STATE},
    {"two roles", two_roles, &wl_subcompositor_interface, WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE},
    {"its own sub-surface", own_child, &wl_subcompositor_interface, WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE},
    {"the child of its child", child_of_its_child, &wl_subcompositor_interface, WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE},
    {"placed beside a stranger", place_beside_a_stranger, &wl_subsurface_interface, WL_SUBSURFACE_ERROR_BAD_SURFACE},
    {"a serial that was not sent", unknown_serial, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_INVALID_SURFACE_STATE},
    {"an xdg_surface before its window", surface_before_window, &xdg_wm_base_interface,
     XDG_WM_BASE_ERROR_DEFUNCT_SURFACES},
    {"xdg_wm_base before its surfaces", base_before_surface, NULL, XDG_WM_BASE_ERROR_DEFUNCT_SURFACES},
    {"a second window", second_window, &xdg_surface_interface, XDG_SURFACE_ERROR_ALREADY_CONSTRUCTED},
    {"a geometry of no size", no_geometry, &xdg_surface_interface, XDG_SURFACE_ERROR_INVALID_SIZE},
    {"a scale of 0", scale_of_zero, &wl_surface_interface, WL_SURFACE_ERROR_INVALID_SCALE},
    {"an unknown transform", unknown_transform, &wl_surface_interface, WL_SURFACE_ERROR_INVALID_TRANSFORM},
    {"a scale that does not divide", scale_that_does_not_divide, &wl_surface_interface, WL_SURFACE_ERROR_INVALID_SIZE},
    {"limits that exclude all sizes", limits_that_exclude_all, &xdg_toplevel_interface,
     XDG_TOPLEVEL_ERROR_INVALID_SIZE},
    {"a pop-up without a size", popup_without_a_size, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_INVALID_POSITIONER},
    {"a positioner of no size", positioner_of_no_size, &xdg_positioner_interface, XDG_POSITIONER_ERROR_INVALID_INPUT},
};

TEST(what_is_against_the_protocol_ends_its_client_with_the_right_error_and_nobody_else) {
    rig_eye();
    RigClient *other = rig_client();
    rig_window(other);
    RigBuffer *b = rig_buffer(other, WIDTH, HEIGHT);
    rig_draw(other, b);
    int before = rig_count_fds();
    for (size_t i = 0; i < COUNT_OF(against); i++) {
        RigClient *c = rig_client();
        against[i].act(c);
        const struct wl_interface *got = NULL;
        uint32_t id;
        RIG_UNTIL(c->is_over);
        uint32_t code = wl_display_get_protocol_error(c->display, &got, &id);
        const char *want = against[i].interface ? against[i].interface->name : "nothing";
        if (strcmp(got ? got->name : "nothing", want) != 0 || code != against[i].code)
            test_fail(__FILE__, __LINE__, "%s: error %u of %s", against[i].name, code, got ? got->name : "nothing");
        rig_leave(c);
        CHECK_I64(rig_count_fds(), before);
    }
    rig_draw(other, b);
    CHECK(!other->is_over);
}
