/* See output.h. Protocol: wayland.xml, wl_output; xdg-output-unstable-v1.xml. */
#include "eye/output.h"

#include <wayland-server-protocol.h>

#include "base/mem.h"
#include "eye/xdg.h"

#include "xdg-output-unstable-v1-server-protocol.h"

enum { MILLIMETRES_PER_METRE = 1000, DOTS_PER_METRE = 3780 /* 96 dpi */ };

static int32_t refresh_mhz(const Eye *eye) { return (int32_t)(eye->config.hz ? eye->config.hz : EYE_HZ_DEF) * 1000; }

static void send_mode(struct wl_resource *r) {
    const Output *o = wl_resource_get_user_data(r);
    int version = wl_resource_get_version(r);
    wl_output_send_geometry(r, 0, 0, o->width * MILLIMETRES_PER_METRE / DOTS_PER_METRE,
                            o->height * MILLIMETRES_PER_METRE / DOTS_PER_METRE, WL_OUTPUT_SUBPIXEL_UNKNOWN, "Muster",
                            "Eye", WL_OUTPUT_TRANSFORM_NORMAL);
    wl_output_send_mode(r, WL_OUTPUT_MODE_CURRENT | WL_OUTPUT_MODE_PREFERRED, o->width, o->height, refresh_mhz(o->eye));
    if (version >= WL_OUTPUT_SCALE_SINCE_VERSION) wl_output_send_scale(r, 1);
    if (version >= WL_OUTPUT_NAME_SINCE_VERSION) wl_output_send_name(r, "EYE-1");
    if (version >= WL_OUTPUT_DESCRIPTION_SINCE_VERSION) wl_output_send_description(r, "The Synthetic Eye");
    if (version >= WL_OUTPUT_DONE_SINCE_VERSION) wl_output_send_done(r);
}

static void on_release(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_unlink(struct wl_resource *r) { wl_list_remove(wl_resource_get_link(r)); }

static const struct wl_output_interface output_requests = {.release = on_release};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    Output *o = data;
    struct wl_resource *r = wl_resource_create(wl, &wl_output_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &output_requests, o, on_unlink);
    wl_list_insert(&o->resources, wl_resource_get_link(r));
    send_mode(r);
    list_each(&o->eye->surfaces, Surface, link, s) { /* bound after its surfaces were shown */
        if (s->has_entered && wl_resource_get_client(s->resource) == wl) wl_surface_send_enter(s->resource, r);
    }
}

void output_send_enter(Surface *s) {
    struct wl_resource *r;
    wl_resource_for_each(r, &s->eye->output->resources) {
        if (wl_resource_get_client(r) == wl_resource_get_client(s->resource)) wl_surface_send_enter(s->resource, r);
    }
}

/* --- xdg_output --- */

static void send_logical(struct wl_resource *r) {
    const Output *o = wl_resource_get_user_data(r);
    int version = wl_resource_get_version(r);
    zxdg_output_v1_send_logical_position(r, 0, 0);
    zxdg_output_v1_send_logical_size(r, o->width, o->height);
    if (version >= ZXDG_OUTPUT_V1_NAME_SINCE_VERSION) zxdg_output_v1_send_name(r, "EYE-1");
    if (version >= ZXDG_OUTPUT_V1_DESCRIPTION_SINCE_VERSION) zxdg_output_v1_send_description(r, "The Synthetic Eye");
    if (version < 3) zxdg_output_v1_send_done(r); /* from 3 on wl_output.done says it */
}

static const struct zxdg_output_v1_interface xdg_output_requests = {.destroy = on_release};

static void on_get_xdg_output(struct wl_client *wl, struct wl_resource *manager, uint32_t id,
                              struct wl_resource *output) {
    Output *o = wl_resource_get_user_data(manager);
    struct wl_resource *r = wl_resource_create(wl, &zxdg_output_v1_interface, wl_resource_get_version(manager), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &xdg_output_requests, o, on_unlink);
    wl_list_insert(&o->xdg_resources, wl_resource_get_link(r));
    send_logical(r);
    if (wl_resource_get_version(r) >= 3 && wl_resource_get_version(output) >= WL_OUTPUT_DONE_SINCE_VERSION)
        wl_output_send_done(output);
}

static const struct zxdg_output_manager_v1_interface manager_requests = {.destroy = on_release,
                                                                         .get_xdg_output = on_get_xdg_output};

static void on_bind_manager(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &zxdg_output_manager_v1_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &manager_requests, data, NULL);
}

/* --- size --- */

void output_resize(Eye *eye, int32_t width, int32_t height) {
    Output *o = eye->output;
    if (o->width == width && o->height == height) return;
    o->width = width;
    o->height = height;
    struct wl_resource *r;
    wl_resource_for_each(r, &o->xdg_resources) send_logical(r);
    wl_resource_for_each(r, &o->resources) send_mode(r);
    toplevels_resized(eye);
}

void output_init(Eye *eye) {
    Output *o = eye->output = mu_new(Output);
    *o = (Output){.eye = eye, .width = (int32_t)eye->config.width, .height = (int32_t)eye->config.height};
    wl_list_init(&o->resources);
    wl_list_init(&o->xdg_resources);
    wl_global_create(eye->display, &wl_output_interface, 4, o, on_bind);
    wl_global_create(eye->display, &zxdg_output_manager_v1_interface, 3, o, on_bind_manager);
}
