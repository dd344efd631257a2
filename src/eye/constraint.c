/* See seat.h. Protocol: pointer-constraints-unstable-v1.xml.
 *
 * A constraint of the surface that has the pointer is active; a one-shot one ends for good when it loses it. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "eye/present.h"
#include "eye/seat.h"

#include "pointer-constraints-unstable-v1-server-protocol.h"

typedef struct Constraint {
    List link; /* Seat.constraints */
    Seat *seat;
    struct wl_resource *resource;
    Surface *surface; /* NULL: gone */
    bool is_lock, is_persistent, is_active, is_defunct;
    bool has_region, has_pending_region, is_region_pending;
    pixman_region32_t region, pending_region;
    bool has_hint, is_hint_pending;
    double hint_x, hint_y, pending_hint_x, pending_hint_y;
} Constraint;

static Constraint *find(Seat *seat, const Surface *s) {
    list_each(&seat->constraints, Constraint, link, c) {
        if (c->surface == s && !c->is_defunct) return c;
    }
    return NULL;
}

static void set_active(Constraint *c, bool is_active) {
    if (c->is_active == is_active) return;
    c->is_active = is_active;
    if (c->is_lock && is_active) zwp_locked_pointer_v1_send_locked(c->resource);
    if (c->is_lock && !is_active) zwp_locked_pointer_v1_send_unlocked(c->resource);
    if (!c->is_lock && is_active) zwp_confined_pointer_v1_send_confined(c->resource);
    if (!c->is_lock && !is_active) zwp_confined_pointer_v1_send_unconfined(c->resource);
    if (!is_active && !c->is_persistent) c->is_defunct = true;
}

static bool contains(const Constraint *c, double x, double y) {
    if (!surface_takes_input(c->surface, x, y)) return false;
    return !c->has_region || pixman_region32_contains_point(&c->region, (int)x, (int)y, NULL);
}

void constraints_focus(Seat *seat) {
    list_each(&seat->constraints, Constraint, link, c) {
        if (c->is_defunct || !c->surface) continue;
        bool has_pointer = seat->pointer_focus == c->surface;
        if (c->is_active && !has_pointer) set_active(c, false);
        if (!c->is_active && has_pointer && contains(c, seat->focus_x, seat->focus_y)) set_active(c, true);
    }
}

/* How far it goes of a way along one axis (`is_x`): all of it, or to the last pixel before it would leave the region. */
static double go(const Constraint *c, double x, double y, double way, bool is_x) {
    double from = is_x ? x : y, in = 0, out = 1;
    if (contains(c, is_x ? x + way : x, is_x ? y : y + way)) return from + way;
    for (int halvings = 0; halvings < 24; halvings++) {
        double middle = (in + out) / 2;
        bool is_in = contains(c, is_x ? x + way * middle : x, is_x ? y : y + way * middle);
        *(is_in ? &in : &out) = middle;
    }
    return floor(from + way * in);
}

/* Each axis by itself, so that the pointer slides along an edge. */
bool constraints_move(Seat *seat, double dx, double dy, double *ret_x, double *ret_y) {
    Constraint *c = seat->pointer_focus ? find(seat, seat->pointer_focus) : NULL;
    if (!c || !c->is_active) return false;
    if (c->is_lock) return true;
    double x = seat->focus_x, y = seat->focus_y, left = seat->x - x, top = seat->y - y;
    x = go(c, x, y, dx, true);
    y = go(c, x, y, dy, false);
    *ret_x = left + x;
    *ret_y = top + y;
    return false;
}

void constraints_surface_gone(Seat *seat, Surface *s) {
    list_each(&seat->constraints, Constraint, link, c) {
        if (c->surface != s) continue;
        c->surface = NULL;
        c->is_active = false;
        c->is_defunct = true;
    }
}

/* The state of the constraint that a surface's commit makes current. */
void constraints_committed(Seat *seat, Surface *s) {
    Constraint *c = find(seat, s);
    if (!c) return;
    if (c->is_region_pending) {
        pixman_region32_copy(&c->region, &c->pending_region);
        c->has_region = c->has_pending_region;
        c->is_region_pending = false;
    }
    if (c->is_hint_pending) {
        c->hint_x = c->pending_hint_x;
        c->hint_y = c->pending_hint_y;
        c->has_hint = true;
        c->is_hint_pending = false;
    }
    constraints_focus(seat);
}

/* --- requests --- */

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void set_region(Constraint *c, struct wl_resource *region) {
    c->has_pending_region = region != NULL;
    if (region) pixman_region32_copy(&c->pending_region, wl_resource_get_user_data(region));
    c->is_region_pending = true;
}

static void on_set_region(struct wl_client *wl, struct wl_resource *r, struct wl_resource *region) {
    (void)wl;
    set_region(wl_resource_get_user_data(r), region);
}

static void on_set_hint(struct wl_client *wl, struct wl_resource *r, wl_fixed_t x, wl_fixed_t y) {
    (void)wl;
    Constraint *c = wl_resource_get_user_data(r);
    c->pending_hint_x = wl_fixed_to_double(x);
    c->pending_hint_y = wl_fixed_to_double(y);
    c->is_hint_pending = true;
}

static const struct zwp_locked_pointer_v1_interface locked_requests = {
    .destroy = on_destroy, .set_cursor_position_hint = on_set_hint, .set_region = on_set_region};
static const struct zwp_confined_pointer_v1_interface confined_requests = {.destroy = on_destroy,
                                                                           .set_region = on_set_region};

static void on_constraint_gone(struct wl_resource *r) {
    Constraint *c = wl_resource_get_user_data(r);
    Seat *seat = c->seat;
    bool was_locked = c->is_lock && c->is_active;
    list_remove(&c->link);
    if (was_locked && c->has_hint && c->surface && seat->pointer_focus == c->surface) {
        seat->x += c->hint_x - seat->focus_x;
        seat->y += c->hint_y - seat->focus_y;
        seat_pointer_again(seat);
        seat_frame(seat);
    }
    pixman_region32_fini(&c->region);
    pixman_region32_fini(&c->pending_region);
    free(c);
}

typedef struct Wanted {
    struct wl_client *wl;
    struct wl_resource *manager, *surface, *region;
    uint32_t id, lifetime;
    bool is_lock;
} Wanted;

static void constrain(const Wanted *w) {
    Seat *seat = wl_resource_get_user_data(w->manager);
    Surface *s = surface_from(w->surface);
    if (find(seat, s)) {
        wl_resource_post_error(w->manager, ZWP_POINTER_CONSTRAINTS_V1_ERROR_ALREADY_CONSTRAINED,
                               "this surface already has a constraint of this pointer");
        return;
    }
    struct wl_resource *r = wl_resource_create(
        w->wl, w->is_lock ? &zwp_locked_pointer_v1_interface : &zwp_confined_pointer_v1_interface, 1, w->id);
    if (!r) {
        wl_client_post_no_memory(w->wl);
        return;
    }
    Constraint *c = mu_new(Constraint);
    *c = (Constraint){.seat = seat,
                      .resource = r,
                      .surface = s,
                      .is_lock = w->is_lock,
                      .is_persistent = w->lifetime == ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT};
    pixman_region32_init(&c->region);
    pixman_region32_init(&c->pending_region);
    if (w->region) {
        pixman_region32_copy(&c->region, wl_resource_get_user_data(w->region));
        c->has_region = true;
    }
    list_add_last(&seat->constraints, &c->link);
    wl_resource_set_implementation(r, w->is_lock ? (const void *)&locked_requests : (const void *)&confined_requests, c,
                                   on_constraint_gone);
    constraints_focus(seat);
}

static void on_lock(struct wl_client *wl, struct wl_resource *manager, uint32_t id, struct wl_resource *surface,
                    struct wl_resource *pointer, struct wl_resource *region, uint32_t lifetime) {
    (void)pointer;
    constrain(&(Wanted){wl, manager, surface, region, id, lifetime, true});
}

static void on_confine(struct wl_client *wl, struct wl_resource *manager, uint32_t id, struct wl_resource *surface,
                       struct wl_resource *pointer, struct wl_resource *region, uint32_t lifetime) {
    (void)pointer;
    constrain(&(Wanted){wl, manager, surface, region, id, lifetime, false});
}

static const struct zwp_pointer_constraints_v1_interface manager_requests = {
    .destroy = on_destroy, .lock_pointer = on_lock, .confine_pointer = on_confine};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &zwp_pointer_constraints_v1_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &manager_requests, data, NULL);
}

void constraints_init(Eye *eye) {
    wl_global_create(eye->display, &zwp_pointer_constraints_v1_interface, 1, eye->seat, on_bind);
}
