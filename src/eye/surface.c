/* See surface.h. Protocol: wayland.xml, wl_compositor, wl_surface, wl_region. */
#include "eye/surface.h"

#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "base/mem.h"
#include "eye/consumer.h"
#include "eye/output.h"
#include "eye/present.h"
#include "eye/presentation.h"
#include "eye/subsurface.h"

enum { REGION_RECTANGLES_MAX = 4096, DELAYED_MAX = 16, TREE_DEPTH_MAX = 32 };

/* A commit that waits for a GPU; those that follow on its surface wait behind it. */
typedef struct DelayedCommit {
    List link; /* Surface.delayed */
    SurfaceState state;
    Buffer *held; /* as long as it waits; NULL: it has no new content */
} DelayedCommit;

/* --- states ------------------------------------------------------------------------------------------------------- */

static void state_init(SurfaceState *s) {
    *s = (SurfaceState){.scale = 1, .input_is_all = true};
    pixman_region32_init(&s->surface_damage);
    pixman_region32_init(&s->buffer_damage);
    pixman_region32_init(&s->opaque);
    pixman_region32_init(&s->input);
    wl_list_init(&s->callbacks);
    wl_list_init(&s->feedback);
}

static void destroy_list(struct wl_list *resources) {
    struct wl_resource *r, *next;
    wl_resource_for_each_safe(r, next, resources) wl_resource_destroy(r);
}

static void state_done(SurfaceState *s) {
    buffer_unref(s->buffer);
    pixman_region32_fini(&s->surface_damage);
    pixman_region32_fini(&s->buffer_damage);
    pixman_region32_fini(&s->opaque);
    pixman_region32_fini(&s->input);
    destroy_list(&s->callbacks);
    presentation_discard(&s->feedback);
}

/* Moves what `from` changes into `to`; `from` changes nothing afterwards. Does not count what is current. */
static void state_move(SurfaceState *to, SurfaceState *from) {
    if (from->set & STATE_BUFFER) {
        buffer_unref(to->buffer);
        to->buffer = from->buffer;
        from->buffer = NULL;
        presentation_discard(&to->feedback); /* of a content that is replaced before it was shown */
    }
    if (from->set & STATE_OPAQUE) pixman_region32_copy(&to->opaque, &from->opaque);
    if (from->set & STATE_INPUT) {
        pixman_region32_copy(&to->input, &from->input);
        to->input_is_all = from->input_is_all;
    }
    if (from->set & STATE_SCALE) to->scale = from->scale;
    if (from->set & STATE_TRANSFORM) to->transform = from->transform;
    if (from->set & STATE_VIEWPORT) to->viewport = from->viewport;
    to->set |= from->set;
    to->dx = place_near(to->dx + from->dx);
    to->dy = place_near(to->dy + from->dy);
    pixman_region32_union(&to->surface_damage, &to->surface_damage, &from->surface_damage);
    pixman_region32_union(&to->buffer_damage, &to->buffer_damage, &from->buffer_damage);
    pixman_region32_clear(&from->surface_damage);
    pixman_region32_clear(&from->buffer_damage);
    wl_list_insert_list(to->callbacks.prev, &from->callbacks);
    wl_list_init(&from->callbacks);
    wl_list_insert_list(to->feedback.prev, &from->feedback);
    wl_list_init(&from->feedback);
    from->set = 0;
    from->dx = from->dy = 0;
}

/* --- sizes -------------------------------------------------------------------------------------------------------- */

static bool is_turned(int32_t transform) { return transform & 1; } /* 90 or 270 degrees */

static void measure(Surface *s) {
    const SurfaceState *c = &s->current;
    if (!c->buffer) {
        s->width = s->height = 0;
        return;
    }
    int32_t w = (int32_t)c->buffer->width / c->scale, h = (int32_t)c->buffer->height / c->scale;
    s->width = is_turned(c->transform) ? h : w;
    s->height = is_turned(c->transform) ? w : h;
    if (c->viewport.has_source) {
        s->width = (int32_t)c->viewport.width;
        s->height = (int32_t)c->viewport.height;
    }
    if (c->viewport.has_size) {
        s->width = c->viewport.to_width;
        s->height = c->viewport.to_height;
    }
}

bool surface_has_content(const Surface *s) { return s->current.buffer != NULL; }

/* Surface damage in buffer coordinates: exact where neither turned nor scaled by a viewport, else all of it. */
void surface_take_damage(Surface *s, pixman_region32_t *ret) {
    SurfaceState *c = &s->current;
    if (c->buffer && pixman_region32_not_empty(&c->surface_damage)) {
        if (c->transform || c->viewport.has_source || c->viewport.has_size) {
            pixman_region32_union_rect(ret, ret, 0, 0, c->buffer->width, c->buffer->height);
        } else {
            int n = 0;
            const pixman_box32_t *boxes = pixman_region32_rectangles(&c->surface_damage, &n);
            for (int i = 0; i < n; i++)
                pixman_region32_union_rect(ret, ret, boxes[i].x1 * c->scale, boxes[i].y1 * c->scale,
                                           (unsigned)((boxes[i].x2 - boxes[i].x1) * c->scale),
                                           (unsigned)((boxes[i].y2 - boxes[i].y1) * c->scale));
        }
    }
    pixman_region32_union(ret, ret, &c->buffer_damage);
    pixman_region32_clear(&c->surface_damage);
    pixman_region32_clear(&c->buffer_damage);
}

bool surface_takes_input(const Surface *s, double x, double y) {
    if (x < 0 || y < 0 || x >= s->width || y >= s->height) return false;
    return s->current.input_is_all || pixman_region32_contains_point(&s->current.input, (int)x, (int)y, NULL);
}

void surface_send_frames(Surface *s, uint32_t time_ms) {
    struct wl_resource *r, *next;
    wl_resource_for_each_safe(r, next, &s->current.callbacks) {
        wl_callback_send_done(r, time_ms);
        wl_resource_destroy(r);
    }
}

/* --- commit ------------------------------------------------------------------------------------------------------- */

void surface_apply(Surface *s, SurfaceState *from) {
    bool is_new = from->set & STATE_BUFFER;
    Buffer *old = is_new && s->current.buffer ? buffer_ref(s->current.buffer) : NULL;
    state_move(&s->current, from);
    if (is_new && s->current.buffer) {
        buffer_enter(s->current.buffer);
        s->commit_ns = eye_now_ns();
    }
    measure(s);
    if (is_new && s->current.buffer && !s->has_entered) {
        s->has_entered = true;
        output_send_enter(s);
    }
    subsurfaces_parent_applied(s);
    if (s->role && s->role->committed && s->role_data) s->role->committed(s);
    present_applied(s, is_new, old);
    if (old) {
        buffer_leave(old);
        buffer_unref(old);
    }
}

const SurfaceState *surface_newest(const Surface *s, unsigned what) {
    if (s->pending.set & what) return &s->pending;
    for (List *at = s->delayed.prev; at != &s->delayed; at = at->prev) {
        const DelayedCommit *d = container_of(at, DelayedCommit, link);
        if (d->state.set & what) return &d->state;
    }
    return s->has_cached && s->cached.set & what ? &s->cached : &s->current;
}

static bool check_pending(Surface *s) {
    const Buffer *b = surface_newest(s, STATE_BUFFER)->buffer;
    int32_t scale = surface_newest(s, STATE_SCALE)->scale;
    if (b && scale > 1 && (b->width % (unsigned)scale || b->height % (unsigned)scale)) {
        wl_resource_post_error(s->resource, WL_SURFACE_ERROR_INVALID_SIZE,
                               "a buffer of %ux%u cannot have the scale %d: it is not a multiple of it", b->width,
                               b->height, scale);
        return false;
    }
    return present_check_viewport(s, b);
}

static bool is_synchronized(const Surface *s) {
    const Subsurface *sub = subsurface_of(s);
    return sub && subsurface_is_synchronized(sub);
}

static void commit_state(Surface *s, SurfaceState *from) {
    if (is_synchronized(s)) {
        state_move(&s->cached, from);
        s->has_cached = true;
        return;
    }
    if (s->has_cached) {
        state_move(&s->cached, from);
        s->has_cached = false;
        surface_apply(s, &s->cached);
        return;
    }
    surface_apply(s, from);
}

/* --- delayed commits: of content that a GPU still draws ----------------------------------------------------------- */

/* What the commit has to wait for, with what its sub-surfaces have cached for it. -1: nothing. */
static int fence_of_commit(const Surface *s, const SurfaceState *from, int depth) {
    int fence = from->set & STATE_BUFFER && from->buffer ? fence_of_writes(from->buffer) : -1;
    if (fence < 0 && from != &s->cached && s->has_cached && s->cached.buffer) fence = fence_of_writes(s->cached.buffer);
    if (depth == 0) return fence;
    list_each(&s->pending_stack, StackEntry, pending, entry) { /* also those that this commit adds */
        Surface *child = entry->surface;
        if (fence < 0 && child != s && child->has_cached) fence = fence_of_commit(child, &child->cached, depth - 1);
    }
    return fence;
}

/* The stepper alone reads what is shown, and gets the fence with its frame. */
static bool is_waited_for_elsewhere(const Surface *s, const SurfaceState *from) {
    bool is_alone = s->stack.next == s->stack.prev && s->pending_stack.next == s->pending_stack.prev &&
                    from->set & STATE_BUFFER && from->buffer;
    if (!is_alone || s != s->eye->shown || !consumers_wait_for(s->eye, from->buffer)) return false;
    CLEANUP(fd_closep) int fence = fence_export(from->buffer);
    return fence >= 0;
}

static void delayed_free(DelayedCommit *d) {
    list_remove(&d->link);
    state_done(&d->state);
    if (d->held) buffer_unhold(d->held);
    free(d);
}

static void commit_delayed(Surface *s, DelayedCommit *d) {
    s->n_delayed--;
    list_remove(&d->link);
    commit_state(s, &d->state);
    if (d->held && !d->held->n_current)
        d->held->is_out = false; /* not shown yet, and not to be released: it is cached */
    delayed_free(d);
}

static void on_finished(void *data, bool is_signalled);

/* Those that wait no longer. `is_forced`: the first one is among them. */
static void commit_finished(Surface *s, bool is_forced) {
    for (; !list_is_empty(&s->delayed); is_forced = false) {
        DelayedCommit *d = list_first(&s->delayed, DelayedCommit, link);
        int fence = is_forced ? -1 : fence_of_commit(s, &d->state, TREE_DEPTH_MAX);
        s->fence = fence < 0 ? NULL : fence_wait(s->eye, fence, "drawing a buffer", on_finished, s);
        if (s->fence) return;
        commit_delayed(s, d);
    }
}

static void on_finished(void *data, bool is_signalled) {
    Surface *s = data;
    s->fence = NULL;
    commit_finished(s, !is_signalled);
}

static void delay(Surface *s) {
    DelayedCommit *d = mu_new(DelayedCommit);
    state_init(&d->state);
    state_move(&d->state, &s->pending);
    if (d->state.buffer) { /* its client may not draw into it, and gets it back also if it is never shown */
        d->held = d->state.buffer;
        d->held->is_out = true;
        buffer_hold(d->held);
    }
    list_add_last(&s->delayed, &d->link);
    s->n_delayed++;
}

static bool has_to_wait(const Surface *s) {
    if (s->n_delayed) return true;
    if (is_synchronized(s) || is_waited_for_elsewhere(s, &s->pending)) return false;
    CLEANUP(fd_closep) int fence = fence_of_commit(s, &s->pending, TREE_DEPTH_MAX);
    return fence >= 0;
}

static void on_commit(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    if (!check_pending(s)) return;
    if (!has_to_wait(s)) {
        commit_state(s, &s->pending);
        return;
    }
    delay(s);
    bool is_full = s->n_delayed > DELAYED_MAX;
    if (s->fence && !is_full) return;
    fence_cancel(s->fence);
    commit_finished(s, is_full);
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_attach(struct wl_client *wl, struct wl_resource *r, struct wl_resource *buffer, int32_t x, int32_t y) {
    Surface *s = wl_resource_get_user_data(r);
    if (wl_resource_get_version(r) >= WL_SURFACE_OFFSET_SINCE_VERSION) {
        if (x || y) {
            wl_resource_post_error(r, WL_SURFACE_ERROR_INVALID_OFFSET, "attach has an offset; use wl_surface.offset");
            return;
        }
    } else {
        s->pending.dx = place_near(x);
        s->pending.dy = place_near(y);
    }
    Buffer *b = buffer ? buffer_from(buffer) : NULL;
    if (buffer && !b) {
        wl_client_post_implementation_error(wl, "this buffer was not made by a factory of this compositor");
        return;
    }
    buffer_unref(s->pending.buffer);
    s->pending.buffer = b ? buffer_ref(b) : NULL;
    s->pending.set |= STATE_BUFFER;
}

static void add_damage(pixman_region32_t *to, int32_t x, int32_t y, int32_t width, int32_t height) {
    if (width <= 0 || height <= 0) return;
    int64_t x2 = (int64_t)x + width, y2 = (int64_t)y + height;
    int left = x < 0 ? 0 : x, top = y < 0 ? 0 : y;
    int64_t right = x2 > EYE_SURFACE_SIDE_MAX ? EYE_SURFACE_SIDE_MAX : x2;
    int64_t bottom = y2 > EYE_SURFACE_SIDE_MAX ? EYE_SURFACE_SIDE_MAX : y2;
    if (right <= left || bottom <= top) return;
    if (pixman_region32_n_rects(to) > REGION_RECTANGLES_MAX) { /* one box says enough */
        pixman_box32_t all = *pixman_region32_extents(to);
        pixman_region32_fini(to);
        pixman_region32_init_with_extents(to, &all);
    }
    pixman_region32_union_rect(to, to, left, top, (unsigned)(right - left), (unsigned)(bottom - top));
}

static void on_damage(struct wl_client *wl, struct wl_resource *r, int32_t x, int32_t y, int32_t w, int32_t h) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    add_damage(&s->pending.surface_damage, x, y, w, h);
}

static void on_damage_buffer(struct wl_client *wl, struct wl_resource *r, int32_t x, int32_t y, int32_t w, int32_t h) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    add_damage(&s->pending.buffer_damage, x, y, w, h);
}

static void on_callback_gone(struct wl_resource *r) {
    Client *c = wl_resource_get_user_data(r);
    if (c) c->n_callbacks--;
    wl_list_remove(wl_resource_get_link(r));
}

static void on_frame(struct wl_client *wl, struct wl_resource *r, uint32_t id) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    if (!client_add(s->client, &s->client->n_callbacks, CLIENT_CALLBACKS_MAX, "frame callbacks")) return;
    struct wl_resource *callback = client_create(s->client, &s->client->n_callbacks, &wl_callback_interface, 1, id);
    if (!callback) return;
    wl_resource_set_implementation(callback, NULL, s->client, on_callback_gone);
    wl_list_insert(s->pending.callbacks.prev, wl_resource_get_link(callback));
}

static void on_set_opaque(struct wl_client *wl, struct wl_resource *r, struct wl_resource *region) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    if (region)
        pixman_region32_copy(&s->pending.opaque, wl_resource_get_user_data(region));
    else
        pixman_region32_clear(&s->pending.opaque);
    s->pending.set |= STATE_OPAQUE;
}

static void on_set_input(struct wl_client *wl, struct wl_resource *r, struct wl_resource *region) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    s->pending.input_is_all = !region;
    if (region) pixman_region32_copy(&s->pending.input, wl_resource_get_user_data(region));
    s->pending.set |= STATE_INPUT;
}

static void on_set_transform(struct wl_client *wl, struct wl_resource *r, int32_t transform) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    if (transform < WL_OUTPUT_TRANSFORM_NORMAL || transform > WL_OUTPUT_TRANSFORM_FLIPPED_270) {
        wl_resource_post_error(r, WL_SURFACE_ERROR_INVALID_TRANSFORM, "there is no transform %d", transform);
        return;
    }
    s->pending.transform = transform;
    s->pending.set |= STATE_TRANSFORM;
}

static void on_set_scale(struct wl_client *wl, struct wl_resource *r, int32_t scale) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    if (scale < 1) {
        wl_resource_post_error(r, WL_SURFACE_ERROR_INVALID_SCALE, "a scale is at least 1, not %d", scale);
        return;
    }
    s->pending.scale = scale;
    s->pending.set |= STATE_SCALE;
}

static void on_offset(struct wl_client *wl, struct wl_resource *r, int32_t x, int32_t y) {
    (void)wl;
    Surface *s = wl_resource_get_user_data(r);
    s->pending.dx = place_near(x);
    s->pending.dy = place_near(y);
}

static const struct wl_surface_interface surface_requests = {
    .destroy = on_destroy,
    .attach = on_attach,
    .damage = on_damage,
    .frame = on_frame,
    .set_opaque_region = on_set_opaque,
    .set_input_region = on_set_input,
    .commit = on_commit,
    .set_buffer_transform = on_set_transform,
    .set_buffer_scale = on_set_scale,
    .damage_buffer = on_damage_buffer,
    .offset = on_offset,
};

Surface *surface_from(struct wl_resource *r) { return r ? wl_resource_get_user_data(r) : NULL; }

bool surface_set_role(Surface *s, const SurfaceRole *role, void *data, struct wl_resource *r, uint32_t code) {
    if (s->role && s->role != role) {
        wl_resource_post_error(r, code, "this surface already is a %s and cannot become a %s", s->role->name,
                               role->name);
        return false;
    }
    if (s->role_data) {
        wl_resource_post_error(r, code, "this surface already has an object of its role, %s", role->name);
        return false;
    }
    s->role = role;
    s->role_data = data;
    return true;
}

static void on_surface_gone(struct wl_resource *r) {
    Surface *s = wl_resource_get_user_data(r);
    Buffer *last = s->current.buffer;
    if (s->role && s->role->destroyed && s->role_data) s->role->destroyed(s);
    subsurfaces_parent_gone(s);
    present_surface_gone(s);
    fence_cancel(s->fence);
    list_each(&s->delayed, DelayedCommit, link, d) delayed_free(d);
    list_remove(&s->link);
    if (last) buffer_leave(last);
    state_done(&s->pending);
    state_done(&s->cached);
    state_done(&s->current);
    if (s->viewport) wl_resource_set_user_data(s->viewport, NULL);
    s->client->n_surfaces--;
    free(s);
}

static void on_create_surface(struct wl_client *wl, struct wl_resource *compositor, uint32_t id) {
    Eye *eye = wl_resource_get_user_data(compositor);
    Client *c = client_of(eye, wl);
    if (!c || !client_add(c, &c->n_surfaces, CLIENT_SURFACES_MAX, "surfaces")) return;
    struct wl_resource *r =
        client_create(c, &c->n_surfaces, &wl_surface_interface, wl_resource_get_version(compositor), id);
    if (!r) return;
    Surface *s = mu_new(Surface);
    *s = (Surface){.eye = eye, .client = c, .resource = r, .self.surface = s};
    state_init(&s->pending);
    state_init(&s->cached);
    state_init(&s->current);
    list_init(&s->stack);
    list_init(&s->pending_stack);
    list_init(&s->delayed);
    list_add_last(&s->stack, &s->self.link);
    list_add_last(&s->pending_stack, &s->self.pending);
    list_add_last(&eye->surfaces, &s->link);
    wl_resource_set_implementation(r, &surface_requests, s, on_surface_gone);
}

/* --- regions ------------------------------------------------------------------------------------------------------ */

typedef struct Region {
    pixman_region32_t area; /* first: what wl_region's user data is read as */
    Client *client;
} Region;

static void on_region_add(struct wl_client *wl, struct wl_resource *r, int32_t x, int32_t y, int32_t w, int32_t h) {
    (void)wl;
    Region *region = wl_resource_get_user_data(r);
    if (w > 0 && h > 0 && pixman_region32_n_rects(&region->area) < REGION_RECTANGLES_MAX)
        pixman_region32_union_rect(&region->area, &region->area, x, y, (unsigned)w, (unsigned)h);
}

static void on_region_subtract(struct wl_client *wl, struct wl_resource *r, int32_t x, int32_t y, int32_t w,
                               int32_t h) {
    (void)wl;
    Region *region = wl_resource_get_user_data(r);
    if (w <= 0 || h <= 0 || pixman_region32_n_rects(&region->area) >= REGION_RECTANGLES_MAX) return;
    pixman_region32_t less;
    pixman_region32_init_rect(&less, x, y, (unsigned)w, (unsigned)h);
    pixman_region32_subtract(&region->area, &region->area, &less);
    pixman_region32_fini(&less);
}

static const struct wl_region_interface region_requests = {
    .destroy = on_destroy, .add = on_region_add, .subtract = on_region_subtract};

static void on_region_gone(struct wl_resource *r) {
    Region *region = wl_resource_get_user_data(r);
    region->client->n_regions--;
    pixman_region32_fini(&region->area);
    free(region);
}

static void on_create_region(struct wl_client *wl, struct wl_resource *compositor, uint32_t id) {
    Client *c = client_of(wl_resource_get_user_data(compositor), wl);
    if (!c || !client_add(c, &c->n_regions, CLIENT_REGIONS_MAX, "regions")) return;
    struct wl_resource *r = client_create(c, &c->n_regions, &wl_region_interface, 1, id);
    if (!r) return;
    Region *region = mu_new(Region);
    region->client = c;
    pixman_region32_init(&region->area);
    wl_resource_set_implementation(r, &region_requests, region, on_region_gone);
}

static const struct wl_compositor_interface compositor_requests = {.create_surface = on_create_surface,
                                                                   .create_region = on_create_region};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &wl_compositor_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &compositor_requests, data, NULL);
}

void surfaces_init(Eye *eye) {
    list_init(&eye->surfaces);
    wl_global_create(eye->display, &wl_compositor_interface, 5, eye, on_bind);
}
