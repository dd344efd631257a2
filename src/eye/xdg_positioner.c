/* xdg_positioner: from anchor, gravity and constraints to a box. Protocol: xdg-shell.xml, xdg_positioner. */
#include <stdlib.h>

#include "base/mem.h"
#include "eye/xdg.h"

#include "xdg-shell-server-protocol.h"

const Positioner *positioner_from(struct wl_resource *r) { return wl_resource_get_user_data(r); }

bool positioner_is_complete(const Positioner *p) { return p->has_size && p->has_anchor; }

/* --- placing ------------------------------------------------------------------------------------------------------ */

/* Which side of an axis a value of the enums anchor and gravity names: -1, 0, 1. They have the same numbers. */
static int side_x(uint32_t v) {
    if (v == XDG_POSITIONER_ANCHOR_LEFT || v == XDG_POSITIONER_ANCHOR_TOP_LEFT ||
        v == XDG_POSITIONER_ANCHOR_BOTTOM_LEFT)
        return -1;
    return v == XDG_POSITIONER_ANCHOR_RIGHT || v == XDG_POSITIONER_ANCHOR_TOP_RIGHT ||
           v == XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT;
}

static int side_y(uint32_t v) {
    if (v == XDG_POSITIONER_ANCHOR_TOP || v == XDG_POSITIONER_ANCHOR_TOP_LEFT || v == XDG_POSITIONER_ANCHOR_TOP_RIGHT)
        return -1;
    return v == XDG_POSITIONER_ANCHOR_BOTTOM || v == XDG_POSITIONER_ANCHOR_BOTTOM_LEFT ||
           v == XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT;
}

/* One axis of the whole: everything that adjusting needs. */
typedef struct Axis {
    int32_t rect, rect_size, size, offset, limit, limit_size;
    int anchor, gravity;
    bool may_slide, may_flip, may_resize;
} Axis;

static int32_t axis_place(const Axis *a, int anchor, int gravity, int32_t offset) {
    int32_t at = a->rect + (anchor < 0 ? 0 : anchor > 0 ? a->rect_size : a->rect_size / 2) + offset;
    return gravity < 0 ? at - a->size : gravity > 0 ? at : at - a->size / 2;
}

static bool axis_fits(const Axis *a, int32_t at) { return at >= a->limit && at + a->size <= a->limit + a->limit_size; }

/* In the order of the protocol: flip, slide, resize. */
static void axis_solve(const Axis *a, int32_t *ret_at, int32_t *ret_size) {
    int32_t at = axis_place(a, a->anchor, a->gravity, a->offset), size = a->size;
    if (!axis_fits(a, at) && a->may_flip) {
        int32_t flipped = axis_place(a, -a->anchor, -a->gravity, -a->offset);
        if (axis_fits(a, flipped)) at = flipped;
    }
    if (!axis_fits(a, at) && a->may_slide) {
        int32_t last = a->limit + a->limit_size - size;
        if (at > last) at = last;
        if (at < a->limit) at = a->limit;
    }
    if (!axis_fits(a, at) && a->may_resize) {
        int32_t end = at + size, limit_end = a->limit + a->limit_size;
        if (at < a->limit) at = a->limit;
        if (end > limit_end) end = limit_end;
        if (end > at) size = end - at;
    }
    *ret_at = at;
    *ret_size = size;
}

Box positioner_place(const Positioner *p, Box limits) {
    uint32_t c = p->constraint_adjustment;
    Axis x = {.rect = p->anchor_rect.x,
              .rect_size = p->anchor_rect.width,
              .size = p->width,
              .offset = p->dx,
              .limit = limits.x,
              .limit_size = limits.width,
              .anchor = side_x(p->anchor),
              .gravity = side_x(p->gravity),
              .may_slide = c & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_X,
              .may_flip = c & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_FLIP_X,
              .may_resize = c & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_RESIZE_X};
    Axis y = {.rect = p->anchor_rect.y,
              .rect_size = p->anchor_rect.height,
              .size = p->height,
              .offset = p->dy,
              .limit = limits.y,
              .limit_size = limits.height,
              .anchor = side_y(p->anchor),
              .gravity = side_y(p->gravity),
              .may_slide = c & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_Y,
              .may_flip = c & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_FLIP_Y,
              .may_resize = c & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_RESIZE_Y};
    Box box;
    axis_solve(&x, &box.x, &box.width);
    axis_solve(&y, &box.y, &box.height);
    return box;
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void refuse(struct wl_resource *r, const char *what) {
    wl_resource_post_error(r, XDG_POSITIONER_ERROR_INVALID_INPUT, "%s", what);
}

static bool is_length(int32_t n) { return n > 0 && n <= EYE_SURFACE_SIDE_MAX; }

static void on_set_size(struct wl_client *wl, struct wl_resource *r, int32_t width, int32_t height) {
    (void)wl;
    Positioner *p = wl_resource_get_user_data(r);
    if (!is_length(width) || !is_length(height)) {
        refuse(r, "width and height must be positive");
        return;
    }
    p->width = width;
    p->height = height;
    p->has_size = true;
}

static void on_set_anchor_rect(struct wl_client *wl, struct wl_resource *r, int32_t x, int32_t y, int32_t width,
                               int32_t height) {
    (void)wl;
    Positioner *p = wl_resource_get_user_data(r);
    if (width < 0 || height < 0) {
        refuse(r, "the anchor rectangle must not have a negative size");
        return;
    }
    p->anchor_rect = (Box){place_near(x), place_near(y), place_near(width), place_near(height)};
    p->has_anchor = true;
}

static void on_set_anchor(struct wl_client *wl, struct wl_resource *r, uint32_t anchor) {
    (void)wl;
    Positioner *p = wl_resource_get_user_data(r);
    if (anchor > XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT)
        refuse(r, "there is no such anchor");
    else
        p->anchor = anchor;
}

static void on_set_gravity(struct wl_client *wl, struct wl_resource *r, uint32_t gravity) {
    (void)wl;
    Positioner *p = wl_resource_get_user_data(r);
    if (gravity > XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT)
        refuse(r, "there is no such gravity");
    else
        p->gravity = gravity;
}

static void on_set_constraint(struct wl_client *wl, struct wl_resource *r, uint32_t adjustment) {
    (void)wl;
    Positioner *p = wl_resource_get_user_data(r);
    p->constraint_adjustment = adjustment;
}

static void on_set_offset(struct wl_client *wl, struct wl_resource *r, int32_t x, int32_t y) {
    (void)wl;
    Positioner *p = wl_resource_get_user_data(r);
    p->dx = place_near(x);
    p->dy = place_near(y);
}

static void on_set_reactive(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    Positioner *p = wl_resource_get_user_data(r);
    p->is_reactive = true;
}

static void on_set_parent_size(struct wl_client *wl, struct wl_resource *r, int32_t width, int32_t height) {
    (void)wl;
    Positioner *p = wl_resource_get_user_data(r);
    p->parent_width = width;
    p->parent_height = height;
}

/* Windows are configured once a size: the serial of the parent's configure says nothing new. */
static void on_set_parent_configure(struct wl_client *wl, struct wl_resource *r, uint32_t serial) {
    (void)wl, (void)r, (void)serial;
}

static const struct xdg_positioner_interface positioner_requests = {
    .destroy = on_destroy,
    .set_size = on_set_size,
    .set_anchor_rect = on_set_anchor_rect,
    .set_anchor = on_set_anchor,
    .set_gravity = on_set_gravity,
    .set_constraint_adjustment = on_set_constraint,
    .set_offset = on_set_offset,
    .set_reactive = on_set_reactive,
    .set_parent_size = on_set_parent_size,
    .set_parent_configure = on_set_parent_configure,
};

static void on_resource_gone(struct wl_resource *r) { free(wl_resource_get_user_data(r)); }

void positioner_create(struct wl_client *wl, struct wl_resource *base, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &xdg_positioner_interface, wl_resource_get_version(base), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &positioner_requests, mu_new(Positioner), on_resource_gone);
}
