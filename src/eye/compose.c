/* See compose.h. */
#include "eye/compose.h"

#include "eye/fourcc.h"
#include "eye/guard.h"
#include "eye/output.h"
#include "eye/ring.h"

/* Maps points of the surface to points of its buffer: the reverse of viewport, scale and transform. */
static void set_transform(pixman_image_t *image, const Surface *s) {
    const SurfaceState *c = &s->current;
    double width = c->buffer->width, height = c->buffer->height;
    bool is_turned = c->transform & 1;
    double full_w = (is_turned ? height : width) / c->scale, full_h = (is_turned ? width : height) / c->scale;
    double src_x = 0, src_y = 0, src_w = full_w, src_h = full_h;
    if (c->viewport.has_source) {
        src_x = c->viewport.x;
        src_y = c->viewport.y;
        src_w = c->viewport.width;
        src_h = c->viewport.height;
    }
    pixman_f_transform_t t;
    pixman_f_transform_init_identity(&t);
    pixman_f_transform_scale(&t, NULL, src_w / s->width, src_h / s->height);
    pixman_f_transform_translate(&t, NULL, src_x, src_y);
    /* wl_output.transform: the number of counter-clockwise quarter turns, and 4 for a flip before them. */
    static const double turn[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    pixman_f_transform_translate(&t, NULL, -full_w / 2, -full_h / 2);
    pixman_f_transform_rotate(&t, NULL, turn[c->transform & 3][0], turn[c->transform & 3][1]);
    if (c->transform & 4) pixman_f_transform_scale(&t, NULL, -1, 1);
    pixman_f_transform_scale(&t, NULL, c->scale, c->scale);
    pixman_f_transform_translate(&t, NULL, width / 2, height / 2);
    pixman_transform_t fixed;
    if (pixman_transform_from_pixman_f_transform(&fixed, &t)) pixman_image_set_transform(image, &fixed);
    bool is_same_size = src_w * c->scale == s->width && src_h * c->scale == s->height;
    pixman_image_set_filter(image, is_same_size ? PIXMAN_FILTER_NEAREST : PIXMAN_FILTER_BILINEAR, NULL, 0);
}

static bool is_plain(const Surface *s) {
    const SurfaceState *c = &s->current;
    return !c->transform && c->scale == 1 && !c->viewport.has_source && !c->viewport.has_size;
}

typedef struct Draw {
    const Layer *layer;
    pixman_image_t *to;
    pixman_image_t *from;
    bool is_over;
} Draw;

static void draw(void *arg) {
    const Draw *d = arg;
    const Surface *s = d->layer->surface;
    pixman_image_composite32(d->is_over ? PIXMAN_OP_OVER : PIXMAN_OP_SRC, d->from, NULL, d->to, 0, 0, 0, 0, d->layer->x,
                             d->layer->y, s->width, s->height);
}

static void draw_layer(const Layer *l, pixman_image_t *to) {
    const Buffer *b = l->surface->current.buffer;
    const FourccShm *format = fourcc_of_drm(b->fourcc);
    const BufferPlane *plane = &b->planes[0];
    if (!format || l->surface->width <= 0 || l->surface->height <= 0) return;
    const uint8_t *bits = buffer_begin_read(b);
    if (!bits) return;
    pixman_image_t *from = pixman_image_create_bits_no_clear(format->pixman, (int)b->width, (int)b->height,
                                                             (uint32_t *)bits, (int)plane->stride);
    if (!is_plain(l->surface)) set_transform(from, l->surface);
    Draw d = {.layer = l, .to = to, .from = from, .is_over = format->has_alpha};
    if (buffer_is_safe(b))
        draw(&d);
    else
        guard_run(plane->pool->map, plane->pool->mapped, draw, &d);
    pixman_image_unref(from);
    buffer_end_read(b);
}

bool compose_take(Eye *eye, const Picture *p, int first, FramePicture *ret) {
    const Output *o = eye->output;
    uint8_t *pixels;
    Buffer *b = ring_take(eye, (uint32_t)o->width, (uint32_t)o->height, true, &pixels);
    if (!b) return false;
    pixman_image_t *to = pixman_image_create_bits_no_clear(PIXMAN_x8r8g8b8, o->width, o->height, (uint32_t *)pixels,
                                                           (int)b->planes[0].stride);
    pixman_color_t black = {.alpha = 0xffff};
    pixman_rectangle16_t all = {0, 0, (uint16_t)o->width, (uint16_t)o->height};
    pixman_image_fill_rectangles(PIXMAN_OP_SRC, to, &black, 1, &all);
    *ret = (FramePicture){.buffer = b,
                          .flags = EYE_FRAME_COMPOSED,
                          .damage = {0, 0, o->width, o->height},
                          .width = o->width,
                          .height = o->height};
    for (int i = first; i < p->n; i++) {
        Surface *s = p->layers[i].surface;
        draw_layer(&p->layers[i], to);
        if (s->commit_ns > ret->commit_ns) ret->commit_ns = s->commit_ns;
        pixman_region32_t forgotten;
        pixman_region32_init(&forgotten);
        surface_take_damage(s, &forgotten);
        pixman_region32_fini(&forgotten);
    }
    pixman_image_unref(to);
    return true;
}
