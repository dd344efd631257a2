/* See xdg.h: pop-ups. Protocol: xdg-shell.xml, xdg_popup. */
#include <stdlib.h>

#include "base/mem.h"
#include "eye/output.h"
#include "eye/present.h"
#include "eye/seat.h"
#include "eye/xdg.h"

#include "xdg-shell-server-protocol.h"

/* The output in coordinates of the parent's window geometry. */
static Box limits_of(const Popup *p) {
    int32_t x, y;
    xdg_origin(p->parent, &x, &y);
    Box parent = xdg_geometry(p->parent);
    const Output *o = p->xdg->eye->output;
    return (Box){-(x + parent.x), -(y + parent.y), o->width, o->height};
}

static void place(Popup *p) { p->box = positioner_place(&p->positioner, limits_of(p)); }

void popup_send_configure(Popup *p) {
    if (!p->parent) return;
    if (p->is_reposition_due) {
        p->is_reposition_due = false;
        place(p);
        xdg_popup_send_repositioned(p->resource, p->reposition_token);
    }
    xdg_popup_send_configure(p->resource, p->box.x, p->box.y, p->box.width, p->box.height);
}

bool popup_can_grab(const Popup *p) { return p->is_grabbing && p->xdg->is_mapped; }

static Popup *child_of(Eye *eye, const XdgSurface *parent) {
    list_each(&eye->popups, Popup, link, p) {
        if (p->parent == parent) return p;
    }
    return NULL;
}

void popups_dismiss(Eye *eye) {
    list_each(&eye->popups, Popup, link, p) {
        if (!p->is_grabbing) continue;
        p->is_grabbing = false;
        xdg_popup_send_popup_done(p->resource);
    }
}

void popup_free(Popup *p) {
    Eye *eye = p->xdg->eye;
    wl_resource_set_user_data(p->resource, NULL);
    list_each(&eye->popups, Popup, link, other) {
        if (other->parent == p->xdg) {
            other->parent = NULL;
            xdg_popup_send_popup_done(other->resource);
        }
    }
    p->xdg->popup = NULL;
    p->xdg->is_mapped = false;
    if (p->xdg->surface) p->xdg->surface->role_data = NULL;
    list_remove(&p->link);
    free(p);
    present_choose(eye);
    seat_focus_again(eye->seat);
}

static void on_resource_gone(struct wl_resource *r) {
    Popup *p = wl_resource_get_user_data(r);
    if (p) popup_free(p);
}

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    Popup *p = wl_resource_get_user_data(r);
    const Popup *child = p ? child_of(p->xdg->eye, p->xdg) : NULL;
    if (child && child->xdg->is_mapped) {
        wl_resource_post_error(p->xdg->base, XDG_WM_BASE_ERROR_NOT_THE_TOPMOST_POPUP,
                               "a pop-up above this one is still there");
        return;
    }
    wl_resource_destroy(r);
}

static void on_grab(struct wl_client *wl, struct wl_resource *r, struct wl_resource *seat, uint32_t serial) {
    (void)wl, (void)seat, (void)serial;
    Popup *p = wl_resource_get_user_data(r);
    if (!p) return;
    if (p->xdg->is_mapped) {
        wl_resource_post_error(r, XDG_POPUP_ERROR_INVALID_GRAB, "a pop-up takes its grab before it is mapped");
        return;
    }
    p->is_grabbing = true;
    seat_focus_again(p->xdg->eye->seat);
}

static void on_reposition(struct wl_client *wl, struct wl_resource *r, struct wl_resource *positioner, uint32_t token) {
    (void)wl;
    Popup *p = wl_resource_get_user_data(r);
    if (!p) return;
    const Positioner *how = positioner_from(positioner);
    if (!positioner_is_complete(how)) {
        wl_resource_post_error(p->xdg->base, XDG_WM_BASE_ERROR_INVALID_POSITIONER,
                               "the positioner lacks its size or its anchor rectangle");
        return;
    }
    p->positioner = *how;
    p->reposition_token = token;
    p->is_reposition_due = true;
    xdg_schedule_configure(p->xdg);
}

static const struct xdg_popup_interface popup_requests = {
    .destroy = on_destroy, .grab = on_grab, .reposition = on_reposition};

void popup_create(XdgSurface *x, struct wl_client *wl, uint32_t id, XdgSurface *parent, const Positioner *how) {
    struct wl_resource *r = wl_resource_create(wl, &xdg_popup_interface, wl_resource_get_version(x->resource), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    Popup *p = mu_new(Popup);
    *p = (Popup){.resource = r, .xdg = x, .parent = parent, .positioner = *how};
    if (!surface_set_role(x->surface, &xdg_popup_role, p, x->base, XDG_WM_BASE_ERROR_ROLE)) {
        free(p);
        wl_resource_destroy(r);
        return;
    }
    x->popup = p;
    list_add_last(&x->eye->popups, &p->link);
    wl_resource_set_implementation(r, &popup_requests, p, on_resource_gone);
    place(p);
}
