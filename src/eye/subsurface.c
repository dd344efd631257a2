/* See subsurface.h. Protocol: wayland.xml, wl_subcompositor, wl_subsurface. */
#include "eye/subsurface.h"

#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "base/mem.h"
#include "eye/present.h"

enum { SUBSURFACE_DEPTH_MAX = 32 };

static void on_surface_destroyed(Surface *s);

static const SurfaceRole subsurface_role = {.name = "wl_subsurface", .destroyed = on_surface_destroyed};

Subsurface *subsurface_of(const Surface *s) { return s->role == &subsurface_role ? s->role_data : NULL; }

bool subsurface_is_synchronized(const Subsurface *sub) {
    for (int depth = 0; sub && depth <= SUBSURFACE_DEPTH_MAX; depth++) {
        if (sub->is_sync) return true;
        sub = sub->parent ? subsurface_of(sub->parent) : NULL;
    }
    return false;
}

static void apply_cached(Subsurface *sub) {
    Surface *s = sub->surface;
    if (!s->has_cached) return; /* nor is anything of its children applied: that waits for its own commit */
    s->has_cached = false;
    surface_apply(s, &s->cached);
}

void subsurfaces_parent_applied(Surface *parent) {
    list_each(&parent->pending_stack, StackEntry, pending, entry) {
        list_remove(&entry->link);
        list_add_last(&parent->stack, &entry->link);
        Subsurface *sub = entry->surface == parent ? NULL : subsurface_of(entry->surface);
        if (!sub) continue;
        sub->is_added = true;
        if (sub->is_position_pending) {
            sub->x = sub->pending_x;
            sub->y = sub->pending_y;
            sub->is_position_pending = false;
        }
    }
    list_each(&parent->stack, StackEntry, link, entry) {
        Subsurface *sub = entry->surface == parent ? NULL : subsurface_of(entry->surface);
        if (sub && subsurface_is_synchronized(sub)) apply_cached(sub);
    }
}

static void leave_parent(Subsurface *sub) {
    list_remove(&sub->entry.link);
    list_remove(&sub->entry.pending);
    sub->parent = NULL;
}

void subsurfaces_parent_gone(Surface *parent) {
    list_each(&parent->pending_stack, StackEntry, pending, entry) {
        if (entry->surface != parent && subsurface_of(entry->surface)) leave_parent(subsurface_of(entry->surface));
    }
}

/* --- requests --- */

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_set_position(struct wl_client *wl, struct wl_resource *r, int32_t x, int32_t y) {
    (void)wl;
    Subsurface *sub = wl_resource_get_user_data(r);
    if (!sub) return;
    sub->pending_x = place_near(x);
    sub->pending_y = place_near(y);
    sub->is_position_pending = true;
}

static void place(struct wl_resource *r, struct wl_resource *sibling_resource, bool is_above) {
    Subsurface *sub = wl_resource_get_user_data(r);
    if (!sub || !sub->parent) return;
    Surface *sibling = surface_from(sibling_resource);
    StackEntry *beside = sibling == sub->parent ? &sub->parent->self : NULL;
    Subsurface *other = subsurface_of(sibling);
    if (other && other != sub && other->parent == sub->parent) beside = &other->entry;
    if (!beside) {
        wl_resource_post_error(r, WL_SUBSURFACE_ERROR_BAD_SURFACE, "that surface is neither its parent nor a sibling");
        return;
    }
    list_remove(&sub->entry.pending);
    if (is_above)
        list_add_first(&beside->pending, &sub->entry.pending); /* behind `beside` in the list */
    else
        list_add_last(&beside->pending, &sub->entry.pending);
}

static void on_place_above(struct wl_client *wl, struct wl_resource *r, struct wl_resource *sibling) {
    (void)wl;
    place(r, sibling, true);
}

static void on_place_below(struct wl_client *wl, struct wl_resource *r, struct wl_resource *sibling) {
    (void)wl;
    place(r, sibling, false);
}

static void on_set_sync(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    Subsurface *sub = wl_resource_get_user_data(r);
    if (sub) sub->is_sync = true;
}

static void on_set_desync(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    Subsurface *sub = wl_resource_get_user_data(r);
    if (!sub) return;
    sub->is_sync = false;
    if (!subsurface_is_synchronized(sub)) apply_cached(sub);
}

static const struct wl_subsurface_interface subsurface_requests = {
    .destroy = on_destroy,
    .set_position = on_set_position,
    .place_above = on_place_above,
    .place_below = on_place_below,
    .set_sync = on_set_sync,
    .set_desync = on_set_desync,
};

/* Its surface is no longer shown, but keeps the role. */
static void subsurface_free(Subsurface *sub) {
    wl_resource_set_user_data(sub->resource, NULL);
    if (sub->parent) {
        Surface *parent = sub->parent;
        leave_parent(sub);
        present_changed(parent);
    }
    sub->surface->role_data = NULL;
    free(sub);
}

static void on_resource_gone(struct wl_resource *r) {
    Subsurface *sub = wl_resource_get_user_data(r);
    if (sub) subsurface_free(sub);
}

static void on_surface_destroyed(Surface *s) { subsurface_free(s->role_data); }

static bool is_below(const Surface *s, const Surface *ancestor) {
    for (int depth = 0; s && depth <= SUBSURFACE_DEPTH_MAX; depth++) {
        if (s == ancestor) return true;
        const Subsurface *sub = subsurface_of(s);
        s = sub ? sub->parent : NULL;
    }
    return s != NULL; /* too deep */
}

static void on_get_subsurface(struct wl_client *wl, struct wl_resource *r, uint32_t id, struct wl_resource *child,
                              struct wl_resource *parent_resource) {
    Surface *s = surface_from(child), *parent = surface_from(parent_resource);
    if (is_below(parent, s)) {
        wl_resource_post_error(r, WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE,
                               "a surface cannot be the sub-surface of itself or of its own sub-surface");
        return;
    }
    struct wl_resource *made = wl_resource_create(wl, &wl_subsurface_interface, wl_resource_get_version(r), id);
    if (!made) {
        wl_client_post_no_memory(wl);
        return;
    }
    Subsurface *sub = mu_new(Subsurface);
    *sub = (Subsurface){.resource = made, .surface = s, .parent = parent, .is_sync = true, .entry.surface = s};
    if (!surface_set_role(s, &subsurface_role, sub, r, WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE)) {
        free(sub);
        wl_resource_destroy(made);
        return;
    }
    list_add_last(&parent->pending_stack, &sub->entry.pending);
    wl_resource_set_implementation(made, &subsurface_requests, sub, on_resource_gone);
}

static const struct wl_subcompositor_interface subcompositor_requests = {.destroy = on_destroy,
                                                                         .get_subsurface = on_get_subsurface};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &wl_subcompositor_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &subcompositor_requests, data, NULL);
}

void subsurfaces_init(Eye *eye) { wl_global_create(eye->display, &wl_subcompositor_interface, 1, eye, on_bind); }
