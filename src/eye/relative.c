/* See seat.h. Protocol: relative-pointer-unstable-v1.xml. */
#include "eye/seat.h"

#include "relative-pointer-unstable-v1-server-protocol.h"

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_unlink(struct wl_resource *r) { wl_list_remove(wl_resource_get_link(r)); }

static const struct zwp_relative_pointer_v1_interface relative_requests = {.destroy = on_destroy};

static void on_get(struct wl_client *wl, struct wl_resource *manager, uint32_t id, struct wl_resource *pointer) {
    (void)pointer;
    Seat *seat = wl_resource_get_user_data(manager);
    struct wl_resource *r = wl_resource_create(wl, &zwp_relative_pointer_v1_interface, 1, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &relative_requests, seat, on_unlink);
    wl_list_insert(&seat->relative_pointers, wl_resource_get_link(r));
}

static const struct zwp_relative_pointer_manager_v1_interface manager_requests = {.destroy = on_destroy,
                                                                                  .get_relative_pointer = on_get};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &zwp_relative_pointer_manager_v1_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &manager_requests, data, NULL);
}

void relative_init(Eye *eye) {
    wl_global_create(eye->display, &zwp_relative_pointer_manager_v1_interface, 1, eye->seat, on_bind);
}

void relative_send(Seat *seat, double dx, double dy) {
    if (!seat->pointer_focus) return;
    uint64_t us = (uint64_t)eye_time_ms(seat->eye) * 1000;
    struct wl_resource *r;
    wl_resource_for_each(r, &seat->relative_pointers) {
        if (wl_resource_get_client(r) != wl_resource_get_client(seat->pointer_focus->resource)) continue;
        wl_fixed_t x = wl_fixed_from_double(dx), y = wl_fixed_from_double(dy);
        zwp_relative_pointer_v1_send_relative_motion(r, (uint32_t)(us >> 32), (uint32_t)us, x, y, x, y);
    }
}
