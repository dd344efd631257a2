/* See xdg.h: windows. Protocol: xdg-shell.xml, xdg_toplevel. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "eye/output.h"
#include "eye/present.h"
#include "eye/seat.h"
#include "eye/xdg.h"

#include "xdg-shell-server-protocol.h"

static void add_state(struct wl_array *states, uint32_t state) {
    uint32_t *at = wl_array_add(states, sizeof *at);
    if (at) *at = state;
}

void toplevel_send_configure(Toplevel *t) {
    Eye *eye = t->xdg->eye;
    struct wl_array states;
    wl_array_init(&states);
    int32_t width = 0, height = 0;
    if (!eye->config.places_windows) {
        add_state(&states, XDG_TOPLEVEL_STATE_FULLSCREEN);
        width = eye->output->width;
        height = eye->output->height;
    }
    if (seat_focus(eye->seat) == t->xdg->surface || !eye->config.places_windows)
        add_state(&states, XDG_TOPLEVEL_STATE_ACTIVATED);
    int version = wl_resource_get_version(t->resource);
    if (version >= XDG_TOPLEVEL_CONFIGURE_BOUNDS_SINCE_VERSION)
        xdg_toplevel_send_configure_bounds(t->resource, eye->output->width, eye->output->height);
    if (version >= XDG_TOPLEVEL_WM_CAPABILITIES_SINCE_VERSION) {
        struct wl_array can;
        wl_array_init(&can);
        add_state(&can, XDG_TOPLEVEL_WM_CAPABILITIES_FULLSCREEN);
        xdg_toplevel_send_wm_capabilities(t->resource, &can);
        wl_array_release(&can);
    }
    xdg_toplevel_send_configure(t->resource, width, height, &states);
    wl_array_release(&states);
}

void toplevel_mapped(Toplevel *t, bool is_mapped) {
    list_remove(&t->link);
    if (!is_mapped) return;
    list_add_first(&t->xdg->eye->toplevels, &t->link);
    popups_dismiss(t->xdg->eye); /* of the window that was in front */
}

void toplevels_resized(Eye *eye) { list_each(&eye->toplevels, Toplevel, link, t) xdg_schedule_configure(t->xdg); }

void toplevel_free(Toplevel *t) {
    Eye *eye = t->xdg->eye;
    wl_resource_set_user_data(t->resource, NULL);
    t->xdg->toplevel = NULL;
    if (t->xdg->surface) t->xdg->surface->role_data = NULL;
    list_remove(&t->link);
    list_each(&eye->toplevels, Toplevel, link, other) {
        if (other->parent == t) other->parent = t->parent;
    }
    free(t);
    present_choose(eye);
}

static void on_resource_gone(struct wl_resource *r) {
    Toplevel *t = wl_resource_get_user_data(r);
    if (!t) return;
    XdgSurface *x = t->xdg;
    toplevel_free(t);
    x->is_mapped = x->is_configured = false;
    x->is_configure_due = true;
    x->has_geometry = false;
    x->serials.size = 0;
}

/* --- requests --- */

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_set_parent(struct wl_client *wl, struct wl_resource *r, struct wl_resource *parent) {
    (void)wl;
    Toplevel *t = wl_resource_get_user_data(r), *above = parent ? wl_resource_get_user_data(parent) : NULL;
    if (!t) return;
    for (Toplevel *up = above; up; up = up->parent) {
        if (up != t) continue;
        wl_resource_post_error(r, XDG_TOPLEVEL_ERROR_INVALID_PARENT, "a window cannot be its own ancestor");
        return;
    }
    t->parent = above && above->xdg->is_mapped ? above : NULL;
}

static void on_set_title(struct wl_client *wl, struct wl_resource *r, const char *title) {
    (void)wl;
    Toplevel *t = wl_resource_get_user_data(r);
    if (t) snprintf(t->title, sizeof t->title, "%s", title);
}

static void on_set_app_id(struct wl_client *wl, struct wl_resource *r, const char *app_id) {
    (void)wl;
    Toplevel *t = wl_resource_get_user_data(r);
    if (t) snprintf(t->app_id, sizeof t->app_id, "%s", app_id);
}

static void on_show_menu(struct wl_client *wl, struct wl_resource *r, struct wl_resource *seat, uint32_t serial,
                         int32_t x, int32_t y) {
    (void)wl, (void)r, (void)seat, (void)serial, (void)x, (void)y;
}

static void on_move(struct wl_client *wl, struct wl_resource *r, struct wl_resource *seat, uint32_t serial) {
    (void)wl, (void)r, (void)seat, (void)serial;
}

static void on_resize(struct wl_client *wl, struct wl_resource *r, struct wl_resource *seat, uint32_t serial,
                      uint32_t edges) {
    (void)wl, (void)seat, (void)serial;
    if (edges > XDG_TOPLEVEL_RESIZE_EDGE_BOTTOM_RIGHT)
        wl_resource_post_error(r, XDG_TOPLEVEL_ERROR_INVALID_RESIZE_EDGE, "there is no edge %u", edges);
}

static void set_limits(struct wl_resource *r, bool is_max, int32_t width, int32_t height) {
    Toplevel *t = wl_resource_get_user_data(r);
    if (!t) return;
    int32_t *w = is_max ? &t->max_width : &t->min_width, *h = is_max ? &t->max_height : &t->min_height;
    *w = width;
    *h = height;
    bool is_bad = width < 0 || height < 0 || (t->max_width && t->max_width < t->min_width) ||
                  (t->max_height && t->max_height < t->min_height);
    if (is_bad)
        wl_resource_post_error(r, XDG_TOPLEVEL_ERROR_INVALID_SIZE, "the limits of the window's size exclude any size");
}

static void on_set_max_size(struct wl_client *wl, struct wl_resource *r, int32_t width, int32_t height) {
    (void)wl;
    set_limits(r, true, width, height);
}

static void on_set_min_size(struct wl_client *wl, struct wl_resource *r, int32_t width, int32_t height) {
    (void)wl;
    set_limits(r, false, width, height);
}

/* A window always is full screen: asking for another state gets the same configure again, as the protocol requires. */
static void configure_again(struct wl_resource *r) {
    Toplevel *t = wl_resource_get_user_data(r);
    if (t && t->xdg->is_configured) xdg_schedule_configure(t->xdg);
}

static void on_state(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    configure_again(r);
}

static void on_set_fullscreen(struct wl_client *wl, struct wl_resource *r, struct wl_resource *output) {
    (void)wl, (void)output;
    configure_again(r);
}

static void on_set_minimized(struct wl_client *wl, struct wl_resource *r) { (void)wl, (void)r; }

static const struct xdg_toplevel_interface toplevel_requests = {
    .destroy = on_destroy,
    .set_parent = on_set_parent,
    .set_title = on_set_title,
    .set_app_id = on_set_app_id,
    .show_window_menu = on_show_menu,
    .move = on_move,
    .resize = on_resize,
    .set_max_size = on_set_max_size,
    .set_min_size = on_set_min_size,
    .set_maximized = on_state,
    .unset_maximized = on_state,
    .set_fullscreen = on_set_fullscreen,
    .unset_fullscreen = on_state,
    .set_minimized = on_set_minimized,
};

void toplevel_create(XdgSurface *x, struct wl_client *wl, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &xdg_toplevel_interface, wl_resource_get_version(x->resource), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    Toplevel *t = mu_new(Toplevel);
    *t = (Toplevel){.resource = r, .xdg = x};
    if (!surface_set_role(x->surface, &xdg_toplevel_role, t, x->base, XDG_WM_BASE_ERROR_ROLE)) {
        free(t);
        wl_resource_destroy(r);
        return;
    }
    list_init(&t->link);
    x->toplevel = t;
    wl_resource_set_implementation(r, &toplevel_requests, t, on_resource_gone);
}
