/* See present.h. */
#include "eye/present.h"

#include "eye/compose.h"
#include "eye/frame.h"
#include "eye/output.h"
#include "eye/pattern.h"
#include "eye/presentation.h"
#include "eye/seat.h"
#include "eye/step.h"
#include "eye/subsurface.h"
#include "eye/xdg.h"

#include "viewporter-server-protocol.h"

enum { TREE_DEPTH_MAX = 32 };

/* --- what is shown ------------------------------------------------------------------------------------------------ */

static void add_tree(Picture *p, Surface *s, int32_t x, int32_t y, int depth) {
    if (!surface_has_content(s) || depth > TREE_DEPTH_MAX) return;
    list_each(&s->stack, StackEntry, link, entry) {
        if (p->n == PICTURE_LAYERS_MAX) return;
        if (entry->surface == s) {
            p->layers[p->n++] = (Layer){s, x, y};
            continue;
        }
        const Subsurface *sub = subsurface_of(entry->surface);
        if (sub && sub->is_added) add_tree(p, entry->surface, x + sub->x, y + sub->y, depth + 1);
    }
}

static bool is_over(const Popup *p, const Surface *window) {
    for (const XdgSurface *up = p->parent; up; up = up->popup ? up->popup->parent : NULL) {
        if (up->surface == window) return true;
        if (up->toplevel) return false;
    }
    return false;
}

static void add_window(Picture *p, XdgSurface *window) {
    int32_t x, y;
    xdg_origin(window, &x, &y);
    add_tree(p, window->surface, x, y, 0);
    list_each(&window->eye->popups, Popup, link, popup) {
        if (!popup->xdg->is_mapped || !popup->xdg->surface || !is_over(popup, window->surface)) continue;
        xdg_origin(popup->xdg, &x, &y);
        add_tree(p, popup->xdg->surface, x, y, 0);
    }
}

/* All mapped surfaces of the shown window; for input too. */
static void find_picture(Eye *eye, Picture *ret) {
    ret->n = 0;
    if (eye->config.places_windows) { /* all of them, the first one on top */
        for (List *at = eye->toplevels.prev; at != &eye->toplevels; at = at->prev)
            add_window(ret, container_of(at, Toplevel, link)->xdg);
    } else if (eye->shown) {
        add_window(ret, xdg_of(eye->shown));
    }
    const Seat *seat = eye->seat;
    if (eye->config.draws_cursor && seat->cursor && ret->n)
        add_tree(ret, seat->cursor, (int32_t)seat->x - seat->hotspot_x, (int32_t)seat->y - seat->hotspot_y, 0);
}

static bool is_part(Eye *eye, const Surface *s) {
    if (s == eye->shown) return true;
    Picture p;
    find_picture(eye, &p);
    for (int i = 0; i < p.n; i++) {
        if (p.layers[i].surface == s) return true;
    }
    return false;
}

void present_place_of(const Surface *s, int32_t *ret_x, int32_t *ret_y) {
    Picture p;
    find_picture(s->eye, &p);
    *ret_x = *ret_y = 0;
    for (int i = 0; i < p.n; i++) {
        if (p.layers[i].surface != s) continue;
        *ret_x = p.layers[i].x;
        *ret_y = p.layers[i].y;
    }
}

Surface *present_surface_at(Eye *eye, double x, double y, double *ret_x, double *ret_y) {
    Picture p;
    find_picture(eye, &p);
    for (int i = p.n - 1; i >= 0; i--) {
        Surface *s = p.layers[i].surface;
        double inside_x = x - p.layers[i].x, inside_y = y - p.layers[i].y;
        if (s == eye->seat->cursor || !surface_takes_input(s, inside_x, inside_y)) continue;
        *ret_x = inside_x;
        *ret_y = inside_y;
        return s;
    }
    return NULL;
}

/* Surfaces that are not part of the picture are not paced: nobody would ever send them a callback. */
static void settle_unseen(Surface *s) {
    surface_send_frames(s, eye_time_ms(s->eye));
    presentation_discard(&s->current.feedback);
}

/* A window that is not shown any more, with its sub-surfaces. */
static void settle_tree(Surface *s, int depth) {
    list_each(&s->stack, StackEntry, link, entry) {
        if (entry->surface == s)
            settle_unseen(s);
        else if (depth < TREE_DEPTH_MAX)
            settle_tree(entry->surface, depth + 1);
    }
}

void present_choose(Eye *eye) {
    Toplevel *first = list_first(&eye->toplevels, Toplevel, link);
    Surface *shown = first && first->xdg->is_mapped ? first->xdg->surface : NULL;
    if (shown != eye->shown) {
        Surface *was = eye->shown;
        eye->shown = shown;
        if (was) eye_reset(eye, EYE_RESET_CLIENT);
        step_on_shown(eye);
        if (was && !is_part(eye, was)) settle_tree(was, 0);
    }
    seat_focus_again(eye->seat);
    seat_pointer_again(eye->seat);
    seat_frame(eye->seat);
}

void present_pressed(Eye *eye, Surface *s) {
    const Surface *root = s;
    for (const Subsurface *sub = s ? subsurface_of(s) : NULL; sub && sub->parent; sub = subsurface_of(root))
        root = sub->parent;
    XdgSurface *x = root ? xdg_of(root) : NULL;
    if (!x || !x->popup) popups_dismiss(eye);
    if (!x || !x->toplevel || !eye->config.places_windows) return;
    toplevel_mapped(x->toplevel, true);
    present_choose(eye);
}

/* --- commits ------------------------------------------------------------------------------------------------------ */

void present_applied(Surface *s, bool is_new, Buffer *old) {
    Eye *eye = s->eye;
    constraints_committed(eye->seat, s);
    bool is_shown = s == eye->shown;
    if (!is_shown && !is_part(eye, s)) {
        settle_unseen(s);
        return;
    }
    bool has_parts = s->stack.next != s->stack.prev; /* which may have another place or order from here on */
    if (is_new || has_parts) {
        seat_pointer_again(eye->seat);
        seat_frame(eye->seat);
    }
    if (is_shown && is_new) {
        step_on_content(eye, old);
        return;
    }
    step_on_commit(eye, s);
}

void present_changed(Surface *s) {
    if (!is_part(s->eye, s)) return;
    seat_pointer_again(s->eye->seat);
    seat_frame(s->eye->seat);
}

void present_surface_gone(Surface *s) {
    Eye *eye = s->eye;
    if (eye->shown == s) {
        eye->shown = NULL;
        eye_reset(eye, EYE_RESET_CLIENT);
        step_on_shown(eye);
    }
    seat_surface_gone(eye->seat, s);
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

static bool is_covering(const Layer *l, const Layer *below) {
    const Surface *s = l->surface, *b = below->surface;
    if (l->x > below->x || l->y > below->y || l->x + s->width < below->x + b->width ||
        l->y + s->height < below->y + b->height)
        return false;
    const FourccShm *format = fourcc_of_drm(s->current.buffer->fourcc);
    if (format && !format->has_alpha) return true;
    pixman_box32_t all = {0, 0, s->width, s->height};
    return pixman_region32_contains_rectangle(&s->current.opaque, &all) == PIXMAN_REGION_IN;
}

/* Drops what is covered by one surface, so that a player whose sub-surface fills its window is not composed. */
static int first_visible(const Picture *p) {
    for (int i = p->n - 1; i > 0; i--) {
        bool covers = true;
        for (int k = 0; k < i && covers; k++) covers = is_covering(&p->layers[i], &p->layers[k]);
        if (covers) return i;
    }
    return 0;
}

static Box damage_of(Surface *s) {
    pixman_region32_t damage;
    pixman_region32_init(&damage);
    surface_take_damage(s, &damage);
    const Buffer *b = s->current.buffer;
    pixman_region32_intersect_rect(&damage, &damage, 0, 0, b->width, b->height);
    const pixman_box32_t *box = pixman_region32_extents(&damage);
    Box ret = {box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1};
    pixman_region32_fini(&damage);
    return ret;
}

static bool is_plain(const Surface *s) {
    const SurfaceState *c = &s->current;
    return c->transform == 0 && c->scale == 1 && !c->viewport.has_source && !c->viewport.has_size;
}

static void take_one(const Eye *eye, Surface *s, FramePicture *ret) {
    Buffer *b = s->current.buffer;
    *ret = (FramePicture){
        .buffer = b, .damage = damage_of(s), .width = s->width, .height = s->height, .commit_ns = s->commit_ns};
    if (!is_plain(s)) ret->flags |= EYE_FRAME_TRANSFORMED;
    if ((int32_t)b->width != eye->output->width || (int32_t)b->height != eye->output->height)
        ret->flags |= EYE_FRAME_OTHER_SIZE;
}

bool present_take(Eye *eye, FramePicture *ret) {
    if (eye->pattern) return pattern_take(eye, ret);
    if (!eye->shown || !surface_has_content(eye->shown)) return false;
    Picture p;
    find_picture(eye, &p);
    if (!p.n) return false;
    int first = first_visible(&p);
    if (p.n - first == 1)
        take_one(eye, p.layers[first].surface, ret);
    else if (!compose_take(eye, &p, first, ret))
        return false;
    return true;
}

void present_send_frames(Eye *eye) {
    Picture p;
    find_picture(eye, &p);
    uint32_t time = eye_time_ms(eye);
    for (int i = 0; i < p.n; i++) surface_send_frames(p.layers[i].surface, time);
}

void present_shown(Eye *eye) {
    Picture p;
    find_picture(eye, &p);
    for (int i = 0; i < p.n; i++) presentation_shown(p.layers[i].surface);
}

bool present_check_viewport(Surface *s, const Buffer *b) {
    const Viewport *v = &surface_newest(s, STATE_VIEWPORT)->viewport;
    if (!s->viewport || !v->has_source) return true;
    if (!v->has_size && (v->width != (int32_t)v->width || v->height != (int32_t)v->height)) {
        wl_resource_post_error(s->viewport, WP_VIEWPORT_ERROR_BAD_SIZE,
                               "the source's size is no whole number of pixels");
        return false;
    }
    int32_t scale = surface_newest(s, STATE_SCALE)->scale;
    int32_t transform = surface_newest(s, STATE_TRANSFORM)->transform;
    if (!b) return true;
    double w = (double)b->width / scale, h = (double)b->height / scale;
    if (transform & 1) {
        double swap = w;
        w = h;
        h = swap;
    }
    if (v->x + v->width <= w && v->y + v->height <= h) return true;
    wl_resource_post_error(s->viewport, WP_VIEWPORT_ERROR_OUT_OF_BUFFER, "the source is not inside the buffer");
    return false;
}
