/* See xdg.h: xdg_wm_base and xdg_surface. Protocol: xdg-shell.xml. */
#include <stdlib.h>

#include "base/mem.h"
#include "eye/present.h"
#include "eye/xdg.h"

#include "xdg-shell-server-protocol.h"

enum { SERIALS_MAX = 1024 };

XdgSurface *xdg_of(const Surface *s) {
    if (s->role == &xdg_toplevel_role) return s->role_data ? ((Toplevel *)s->role_data)->xdg : NULL;
    if (s->role == &xdg_popup_role) return s->role_data ? ((Popup *)s->role_data)->xdg : NULL;
    return NULL;
}

Box xdg_geometry(const XdgSurface *x) {
    if (x->has_geometry) return x->geometry;
    return (Box){0, 0, x->surface ? x->surface->width : 0, x->surface ? x->surface->height : 0};
}

void xdg_origin(const XdgSurface *x, int32_t *ret_x, int32_t *ret_y) {
    int32_t left = 0, top = 0;
    const XdgSurface *at = x;
    while (at) {
        if (at->toplevel) {
            left += at->toplevel->x;
            top += at->toplevel->y;
            break;
        }
        if (!at->popup) break;
        left += at->popup->box.x;
        top += at->popup->box.y;
        at = at->popup->parent;
    }
    Box own = xdg_geometry(x);
    *ret_x = left - own.x;
    *ret_y = top - own.y;
}

/* --- configure ---------------------------------------------------------------------------------------------------- */

static void on_configure_idle(void *data) {
    XdgSurface *x = data;
    x->configure_idle = NULL;
    if (!x->resource || (!x->toplevel && !x->popup)) return;
    if (x->toplevel) toplevel_send_configure(x->toplevel);
    if (x->popup) popup_send_configure(x->popup);
    uint32_t serial = wl_display_next_serial(x->eye->display);
    if (x->serials.size / sizeof serial < SERIALS_MAX) {
        uint32_t *at = wl_array_add(&x->serials, sizeof serial);
        if (at) *at = serial;
    }
    xdg_surface_send_configure(x->resource, serial);
}

void xdg_schedule_configure(XdgSurface *x) {
    if (!x->configure_idle) x->configure_idle = wl_event_loop_add_idle(x->eye->loop, on_configure_idle, x);
}

static void on_ack_configure(struct wl_client *wl, struct wl_resource *r, uint32_t serial) {
    (void)wl;
    XdgSurface *x = wl_resource_get_user_data(r);
    if (!x) return;
    const uint32_t *serials = x->serials.data;
    size_t n = x->serials.size / sizeof *serials, at = 0;
    while (at < n && serials[at] != serial) at++;
    if (!x->toplevel && !x->popup) {
        wl_resource_post_error(r, XDG_SURFACE_ERROR_NOT_CONSTRUCTED, "this surface has no role yet");
        return;
    }
    if (at == n) {
        wl_resource_post_error(x->base, XDG_WM_BASE_ERROR_INVALID_SURFACE_STATE,
                               "the serial %u was not sent, or is answered", serial);
        return;
    }
    size_t left = n - at - 1;
    memmove(x->serials.data, serials + at + 1, left * sizeof *serials);
    x->serials.size = left * sizeof *serials;
    x->is_configured = true;
}

/* --- commits ------------------------------------------------------------------------------------------------------ */

static void set_mapped(XdgSurface *x, bool is_mapped) {
    if (x->is_mapped == is_mapped) return;
    x->is_mapped = is_mapped;
    if (x->toplevel) toplevel_mapped(x->toplevel, is_mapped);
    if (!is_mapped) {
        x->is_configured = false;
        x->is_configure_due = true;
        x->has_geometry = false;
        x->serials.size = 0;
    }
    present_choose(x->eye);
}

static void on_committed(Surface *s) {
    XdgSurface *x = xdg_of(s);
    if (!x) return;
    if (x->has_pending_geometry) {
        x->geometry = x->pending_geometry;
        x->has_geometry = true;
        x->has_pending_geometry = false;
    }
    bool has_content = surface_has_content(s);
    /* The conformance suite's own windows do not wait for their first configure. */
    if (has_content && !x->is_configured && !x->eye->config.places_windows) {
        wl_resource_post_error(x->resource, XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER,
                               "a buffer was committed before the first configure was acknowledged");
        return;
    }
    if (!has_content && x->is_configure_due) {
        x->is_configure_due = false;
        xdg_schedule_configure(x);
    } else if (!has_content && x->is_mapped) {
        set_mapped(x, false);
        return;
    }
    if (has_content) set_mapped(x, true);
}

static void on_surface_destroyed(Surface *s) {
    XdgSurface *x = xdg_of(s);
    if (!x) return;
    set_mapped(x, false);
    x->surface = NULL;
    if (x->toplevel) toplevel_free(x->toplevel);
    if (x->popup) popup_free(x->popup);
}

const SurfaceRole xdg_toplevel_role = {
    .name = "xdg_toplevel", .committed = on_committed, .destroyed = on_surface_destroyed};
const SurfaceRole xdg_popup_role = {.name = "xdg_popup", .committed = on_committed, .destroyed = on_surface_destroyed};

/* --- requests ----------------------------------------------------------------------------------------------------- */

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    XdgSurface *x = wl_resource_get_user_data(r);
    if (x && (x->toplevel || x->popup)) {
        wl_resource_post_error(x->base, XDG_WM_BASE_ERROR_DEFUNCT_SURFACES,
                               "an xdg_surface was destroyed before its window or pop-up");
        return;
    }
    wl_resource_destroy(r);
}

static bool has_role(XdgSurface *x, struct wl_resource *r) {
    if (x->toplevel || x->popup) {
        wl_resource_post_error(r, XDG_SURFACE_ERROR_ALREADY_CONSTRUCTED, "this xdg_surface already has a role");
        return true;
    }
    return false;
}

static void on_get_toplevel(struct wl_client *wl, struct wl_resource *r, uint32_t id) {
    XdgSurface *x = wl_resource_get_user_data(r);
    if (x && x->surface && !has_role(x, r)) toplevel_create(x, wl, id);
}

static void on_get_popup(struct wl_client *wl, struct wl_resource *r, uint32_t id, struct wl_resource *parent,
                         struct wl_resource *positioner) {
    XdgSurface *x = wl_resource_get_user_data(r);
    if (!x || !x->surface || has_role(x, r)) return;
    const Positioner *p = positioner_from(positioner);
    if (!positioner_is_complete(p)) {
        wl_resource_post_error(x->base, XDG_WM_BASE_ERROR_INVALID_POSITIONER,
                               "the positioner lacks its size or its anchor rectangle");
        return;
    }
    XdgSurface *above = parent ? wl_resource_get_user_data(parent) : NULL;
    if (!above || (!above->toplevel && !above->popup)) {
        wl_resource_post_error(x->base, XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT,
                               "a pop-up needs a window or pop-up as parent");
        return;
    }
    popup_create(x, wl, id, above, p);
}

static void on_set_geometry(struct wl_client *wl, struct wl_resource *r, int32_t x0, int32_t y0, int32_t width,
                            int32_t height) {
    (void)wl;
    XdgSurface *x = wl_resource_get_user_data(r);
    if (!x) return;
    if (!x->toplevel && !x->popup) {
        wl_resource_post_error(r, XDG_SURFACE_ERROR_NOT_CONSTRUCTED, "this surface has no role yet");
        return;
    }
    if (width <= 0 || height <= 0) {
        wl_resource_post_error(r, XDG_SURFACE_ERROR_INVALID_SIZE, "a window geometry of %dx%d", width, height);
        return;
    }
    x->pending_geometry = (Box){place_near(x0), place_near(y0), place_near(width), place_near(height)};
    x->has_pending_geometry = true;
}

static const struct xdg_surface_interface surface_requests = {
    .destroy = on_destroy,
    .get_toplevel = on_get_toplevel,
    .get_popup = on_get_popup,
    .set_window_geometry = on_set_geometry,
    .ack_configure = on_ack_configure,
};

static void on_xdg_surface_gone(struct wl_resource *r) {
    XdgSurface *x = wl_resource_get_user_data(r);
    if (x->surface) set_mapped(x, false);
    if (x->toplevel) toplevel_free(x->toplevel);
    if (x->popup) popup_free(x->popup);
    if (x->configure_idle) wl_event_source_remove(x->configure_idle);
    list_remove(&x->link);
    wl_list_remove(&x->on_surface_gone.link);
    wl_array_release(&x->serials);
    free(x);
}

/* A surface without a window or pop-up has no role that would say so. */
static void on_surface_resource_gone(struct wl_listener *l, void *data) {
    (void)data;
    XdgSurface *x = container_of(l, XdgSurface, on_surface_gone);
    if (!x->toplevel && !x->popup) x->surface = NULL;
    wl_list_remove(&l->link);
    wl_list_init(&l->link);
}

/* --- xdg_wm_base -------------------------------------------------------------------------------------------------- */

typedef struct XdgBase {
    Eye *eye;
    List surfaces; /* XdgSurface.link */
} XdgBase;

static void on_base_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    XdgBase *base = wl_resource_get_user_data(r);
    if (!list_is_empty(&base->surfaces)) {
        wl_resource_post_error(r, XDG_WM_BASE_ERROR_DEFUNCT_SURFACES, "xdg_wm_base was destroyed before its surfaces");
        return;
    }
    wl_resource_destroy(r);
}

static void on_create_positioner(struct wl_client *wl, struct wl_resource *r, uint32_t id) {
    positioner_create(wl, r, id);
}

static void on_get_xdg_surface(struct wl_client *wl, struct wl_resource *r, uint32_t id, struct wl_resource *surface) {
    XdgBase *base = wl_resource_get_user_data(r);
    Surface *s = surface_from(surface);
    if ((s->role && s->role != &xdg_toplevel_role && s->role != &xdg_popup_role) || s->role_data) {
        wl_resource_post_error(r, XDG_WM_BASE_ERROR_ROLE, "this surface already is a %s", s->role->name);
        return;
    }
    if (surface_has_content(s) || s->pending.buffer) {
        wl_resource_post_error(r, XDG_WM_BASE_ERROR_INVALID_SURFACE_STATE, "this surface already has a buffer");
        return;
    }
    list_each(&base->surfaces, XdgSurface, link, other) {
        if (other->surface == s) {
            wl_resource_post_error(r, XDG_WM_BASE_ERROR_ROLE, "this surface already has an xdg_surface");
            return;
        }
    }
    struct wl_resource *made = wl_resource_create(wl, &xdg_surface_interface, wl_resource_get_version(r), id);
    if (!made) {
        wl_client_post_no_memory(wl);
        return;
    }
    XdgSurface *x = mu_new(XdgSurface);
    *x = (XdgSurface){.resource = made, .base = r, .surface = s, .eye = base->eye, .is_configure_due = true};
    wl_array_init(&x->serials);
    x->on_surface_gone.notify = on_surface_resource_gone;
    wl_resource_add_destroy_listener(s->resource, &x->on_surface_gone);
    list_add_last(&base->surfaces, &x->link);
    wl_resource_set_implementation(made, &surface_requests, x, on_xdg_surface_gone);
}

/* Nobody is pinged: whether a client still answers is seen by its frames. */
static void on_pong(struct wl_client *wl, struct wl_resource *r, uint32_t serial) { (void)wl, (void)r, (void)serial; }

static const struct xdg_wm_base_interface base_requests = {
    .destroy = on_base_destroy,
    .create_positioner = on_create_positioner,
    .get_xdg_surface = on_get_xdg_surface,
    .pong = on_pong,
};

static void on_base_gone(struct wl_resource *r) {
    XdgBase *base = wl_resource_get_user_data(r);
    list_each(&base->surfaces, XdgSurface, link, x) list_remove(&x->link);
    free(base);
}

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &xdg_wm_base_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    XdgBase *base = mu_new(XdgBase);
    base->eye = data;
    list_init(&base->surfaces);
    wl_resource_set_implementation(r, &base_requests, base, on_base_gone);
}

void xdg_init(Eye *eye) {
    list_init(&eye->toplevels);
    list_init(&eye->popups);
    wl_global_create(eye->display, &xdg_wm_base_interface, 5, eye, on_bind);
}
