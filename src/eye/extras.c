/* See extras.h. Protocol: viewporter.xml, xdg-decoration-unstable-v1.xml, idle-inhibit-unstable-v1.xml,
 * xdg-activation-v1.xml. */
#include "eye/extras.h"

#include <wayland-server-protocol.h>

#include "eye/surface.h"

#include "idle-inhibit-unstable-v1-server-protocol.h"
#include "viewporter-server-protocol.h"
#include "xdg-activation-v1-server-protocol.h"
#include "xdg-decoration-unstable-v1-server-protocol.h"

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

/* Creates an object of a request, or reports that there is no memory. */
static struct wl_resource *create(struct wl_client *wl, const struct wl_interface *interface, struct wl_resource *of,
                                  uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, interface, wl_resource_get_version(of), id);
    if (!r) wl_client_post_no_memory(wl);
    return r;
}

/* --- viewporter --- */

/* What is pending, which starts from what the last commit said. */
static Viewport *pending_viewport(Surface *s) {
    if (!(s->pending.set & STATE_VIEWPORT)) s->pending.viewport = surface_newest(s, STATE_VIEWPORT)->viewport;
    return &s->pending.viewport;
}

static void on_set_source(struct wl_client *wl, struct wl_resource *r, wl_fixed_t x, wl_fixed_t y, wl_fixed_t width,
                          wl_fixed_t height) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    if (!s) {
        wl_resource_post_error(r, WP_VIEWPORT_ERROR_NO_SURFACE, "the viewport's surface is gone");
        return;
    }
    Viewport *v = pending_viewport(s);
    int32_t none = wl_fixed_from_int(-1);
    bool is_unset = x == none && y == none && width == none && height == none;
    if (!is_unset && (x < 0 || y < 0 || width <= 0 || height <= 0)) {
        wl_resource_post_error(r, WP_VIEWPORT_ERROR_BAD_VALUE,
                               "a source rectangle outside of its surface or without area");
        return;
    }
    v->has_source = !is_unset;
    v->x = wl_fixed_to_double(x);
    v->y = wl_fixed_to_double(y);
    v->width = wl_fixed_to_double(width);
    v->height = wl_fixed_to_double(height);
    s->pending.set |= STATE_VIEWPORT;
}

static void on_set_destination(struct wl_client *wl, struct wl_resource *r, int32_t width, int32_t height) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    if (!s) {
        wl_resource_post_error(r, WP_VIEWPORT_ERROR_NO_SURFACE, "the viewport's surface is gone");
        return;
    }
    Viewport *v = pending_viewport(s);
    bool is_unset = width == -1 && height == -1;
    if (!is_unset && (width <= 0 || height <= 0 || width > EYE_SURFACE_SIDE_MAX || height > EYE_SURFACE_SIDE_MAX)) {
        wl_resource_post_error(r, WP_VIEWPORT_ERROR_BAD_VALUE, "a destination of %dx%d", width, height);
        return;
    }
    v->has_size = !is_unset;
    v->to_width = width;
    v->to_height = height;
    s->pending.set |= STATE_VIEWPORT;
}

static const struct wp_viewport_interface viewport_requests = {
    .destroy = on_destroy, .set_source = on_set_source, .set_destination = on_set_destination};

static void on_viewport_gone(struct wl_resource *r) {
    Surface *s = wl_resource_get_user_data(r);
    if (!s) return;
    s->viewport = NULL;
    s->pending.viewport = (Viewport){0};
    s->pending.set |= STATE_VIEWPORT;
}

static void on_get_viewport(struct wl_client *wl, struct wl_resource *manager, uint32_t id,
                            struct wl_resource *surface) {
    Surface *s = surface_from(surface);
    if (s->viewport) {
        wl_resource_post_error(manager, WP_VIEWPORTER_ERROR_VIEWPORT_EXISTS, "this surface already has a viewport");
        return;
    }
    struct wl_resource *r = create(wl, &wp_viewport_interface, manager, id);
    if (!r) return;
    s->viewport = r;
    wl_resource_set_implementation(r, &viewport_requests, s, on_viewport_gone);
}

static const struct wp_viewporter_interface viewporter_requests = {.destroy = on_destroy,
                                                                   .get_viewport = on_get_viewport};

/* --- decorations --- */

static void send_server_side(struct wl_resource *r) {
    zxdg_toplevel_decoration_v1_send_configure(r, ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
}

static void on_set_mode(struct wl_client *wl, struct wl_resource *r, uint32_t mode) {
    (void)wl, (void)mode;
    send_server_side(r);
}

static void on_unset_mode(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    send_server_side(r);
}

static const struct zxdg_toplevel_decoration_v1_interface decoration_requests = {
    .destroy = on_destroy, .set_mode = on_set_mode, .unset_mode = on_unset_mode};

static void on_get_decoration(struct wl_client *wl, struct wl_resource *manager, uint32_t id,
                              struct wl_resource *toplevel) {
    (void)toplevel;
    struct wl_resource *r = create(wl, &zxdg_toplevel_decoration_v1_interface, manager, id);
    if (!r) return;
    wl_resource_set_implementation(r, &decoration_requests, NULL, NULL);
    send_server_side(r);
}

static const struct zxdg_decoration_manager_v1_interface decoration_manager_requests = {
    .destroy = on_destroy, .get_toplevel_decoration = on_get_decoration};

/* --- idle inhibition --- */

static const struct zwp_idle_inhibitor_v1_interface inhibitor_requests = {.destroy = on_destroy};

static void on_create_inhibitor(struct wl_client *wl, struct wl_resource *manager, uint32_t id, struct wl_resource *s) {
    (void)s;
    struct wl_resource *r = create(wl, &zwp_idle_inhibitor_v1_interface, manager, id);
    if (r) wl_resource_set_implementation(r, &inhibitor_requests, NULL, NULL);
}

static const struct zwp_idle_inhibit_manager_v1_interface inhibit_requests = {.destroy = on_destroy,
                                                                              .create_inhibitor = on_create_inhibitor};

/* --- activation --- */

static void on_set_serial(struct wl_client *wl, struct wl_resource *r, uint32_t serial, struct wl_resource *seat) {
    (void)wl, (void)r, (void)serial, (void)seat;
}

static void on_set_app_id(struct wl_client *wl, struct wl_resource *r, const char *id) { (void)wl, (void)r, (void)id; }

static void on_set_surface(struct wl_client *wl, struct wl_resource *r, struct wl_resource *s) {
    (void)wl, (void)r, (void)s;
}

static void on_commit_token(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    xdg_activation_token_v1_send_done(r, "eye");
}

static const struct xdg_activation_token_v1_interface token_requests = {.set_serial = on_set_serial,
                                                                        .set_app_id = on_set_app_id,
                                                                        .set_surface = on_set_surface,
                                                                        .commit = on_commit_token,
                                                                        .destroy = on_destroy};

static void on_get_token(struct wl_client *wl, struct wl_resource *manager, uint32_t id) {
    struct wl_resource *r = create(wl, &xdg_activation_token_v1_interface, manager, id);
    if (r) wl_resource_set_implementation(r, &token_requests, NULL, NULL);
}

static void on_activate(struct wl_client *wl, struct wl_resource *r, const char *token, struct wl_resource *s) {
    (void)wl, (void)r, (void)token, (void)s;
}

static const struct xdg_activation_v1_interface activation_requests = {
    .destroy = on_destroy, .get_activation_token = on_get_token, .activate = on_activate};

/* --- globals --- */

typedef struct Extra {
    const struct wl_interface *interface;
    const void *requests;
} Extra;

static const Extra extras[] = {
    {&wp_viewporter_interface, &viewporter_requests},
    {&zxdg_decoration_manager_v1_interface, &decoration_manager_requests},
    {&zwp_idle_inhibit_manager_v1_interface, &inhibit_requests},
    {&xdg_activation_v1_interface, &activation_requests},
};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    const Extra *x = data;
    struct wl_resource *r = wl_resource_create(wl, x->interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, x->requests, NULL, NULL);
}

void extras_init(Eye *eye) {
    for (size_t i = 0; i < COUNT_OF(extras); i++)
        wl_global_create(eye->display, extras[i].interface, 1, (void *)&extras[i], on_bind);
}
