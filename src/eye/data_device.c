/* See data_device.h. Protocol: wayland.xml, wl_data_device_manager. One selection; a drag ends at once as cancelled, since
 * a game has nobody to drag to. */
#include "eye/data_device.h"

#include <stdlib.h>
#include <unistd.h>
#include <wayland-server-protocol.h>

#include "base/mem.h"
#include "base/vec.h"
#include "eye/seat.h"

enum { MIME_TYPES_MAX = 128, MIME_TYPE_MAX = 256 };

typedef struct Source {
    DataDevices *all;
    struct wl_resource *resource;
    struct wl_list offers; /* resources made of it */
    VEC(char *) types;
} Source;

struct DataDevices {
    Eye *eye;
    struct wl_list devices; /* resources */
    Source *selection;
};

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_unlink(struct wl_resource *r) { wl_list_remove(wl_resource_get_link(r)); }

/* --- offers --- */

static void on_accept(struct wl_client *wl, struct wl_resource *r, uint32_t serial, const char *type) {
    (void)wl, (void)serial;
    Source *s = wl_resource_get_user_data(r);
    if (s) wl_data_source_send_target(s->resource, type);
}

static void on_receive(struct wl_client *wl, struct wl_resource *r, const char *type, int32_t fd) {
    (void)wl;
    Source *s = wl_resource_get_user_data(r);
    if (s) wl_data_source_send_send(s->resource, type, fd);
    close(fd);
}

static void on_finish(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_post_error(r, WL_DATA_OFFER_ERROR_INVALID_FINISH, "this offer is a selection, not a drag");
}

static void on_set_actions(struct wl_client *wl, struct wl_resource *r, uint32_t actions, uint32_t preferred) {
    (void)wl, (void)actions, (void)preferred;
    wl_resource_post_error(r, WL_DATA_OFFER_ERROR_INVALID_OFFER, "this offer is a selection, not a drag");
}

static const struct wl_data_offer_interface offer_requests = {.accept = on_accept,
                                                              .receive = on_receive,
                                                              .destroy = on_destroy,
                                                              .finish = on_finish,
                                                              .set_actions = on_set_actions};

static void send_selection(DataDevices *d, struct wl_resource *device) {
    Source *s = d->selection;
    if (!s) {
        wl_data_device_send_selection(device, NULL);
        return;
    }
    struct wl_resource *offer = wl_resource_create(wl_resource_get_client(device), &wl_data_offer_interface,
                                                   wl_resource_get_version(device), 0);
    if (!offer) return;
    wl_resource_set_implementation(offer, &offer_requests, s, on_unlink);
    wl_list_insert(&s->offers, wl_resource_get_link(offer));
    wl_data_device_send_data_offer(device, offer);
    vec_each(&s->types, type) wl_data_offer_send_offer(offer, *type);
    wl_data_device_send_selection(device, offer);
}

void data_device_focus(Eye *eye) {
    DataDevices *d = eye->data_devices;
    const Surface *focus = seat_focus(eye->seat);
    struct wl_resource *r;
    wl_resource_for_each(r, &d->devices) {
        if (focus && wl_resource_get_client(r) == wl_resource_get_client(focus->resource)) send_selection(d, r);
    }
}

/* --- sources --- */

static void on_offer(struct wl_client *wl, struct wl_resource *r, const char *type) {
    (void)wl;
    Source *s = wl_resource_get_user_data(r);
    if (s->types.n < MIME_TYPES_MAX && strlen(type) < MIME_TYPE_MAX) vec_push(&s->types, mu_strdup(type));
}

static void on_source_actions(struct wl_client *wl, struct wl_resource *r, uint32_t actions) {
    (void)wl;
    if (actions & ~(uint32_t)(WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY | WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE |
                              WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK))
        wl_resource_post_error(r, WL_DATA_SOURCE_ERROR_INVALID_ACTION_MASK, "unknown actions");
}

static const struct wl_data_source_interface source_requests = {
    .offer = on_offer, .destroy = on_destroy, .set_actions = on_source_actions};

static void on_source_gone(struct wl_resource *r) {
    Source *s = wl_resource_get_user_data(r);
    DataDevices *d = s->all;
    struct wl_resource *offer, *next;
    wl_resource_for_each_safe(offer, next, &s->offers) {
        wl_resource_set_user_data(offer, NULL);
        wl_list_remove(wl_resource_get_link(offer));
        wl_list_init(wl_resource_get_link(offer));
    }
    if (d->selection == s) {
        d->selection = NULL;
        data_device_focus(d->eye);
    }
    vec_each(&s->types, type) free(*type);
    vec_done(&s->types);
    free(s);
}

/* --- devices --- */

static void on_start_drag(struct wl_client *wl, struct wl_resource *r, struct wl_resource *source,
                          struct wl_resource *origin, struct wl_resource *icon, uint32_t serial) {
    (void)wl, (void)r, (void)origin, (void)icon, (void)serial;
    if (source) wl_data_source_send_cancelled(source);
}

static void on_set_selection(struct wl_client *wl, struct wl_resource *r, struct wl_resource *source, uint32_t serial) {
    (void)wl, (void)serial;
    DataDevices *d = wl_resource_get_user_data(r);
    Source *s = source ? wl_resource_get_user_data(source) : NULL;
    if (d->selection == s) return;
    if (d->selection) wl_data_source_send_cancelled(d->selection->resource);
    d->selection = s;
    data_device_focus(d->eye);
}

static const struct wl_data_device_interface device_requests = {
    .start_drag = on_start_drag, .set_selection = on_set_selection, .release = on_destroy};

static void on_create_source(struct wl_client *wl, struct wl_resource *manager, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &wl_data_source_interface, wl_resource_get_version(manager), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    Source *s = mu_new(Source);
    s->all = wl_resource_get_user_data(manager);
    s->resource = r;
    wl_list_init(&s->offers);
    wl_resource_set_implementation(r, &source_requests, s, on_source_gone);
}

static void on_get_device(struct wl_client *wl, struct wl_resource *manager, uint32_t id, struct wl_resource *seat) {
    (void)seat;
    DataDevices *d = wl_resource_get_user_data(manager);
    struct wl_resource *r = wl_resource_create(wl, &wl_data_device_interface, wl_resource_get_version(manager), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &device_requests, d, on_unlink);
    wl_list_insert(&d->devices, wl_resource_get_link(r));
    const Surface *focus = seat_focus(d->eye->seat);
    if (focus && wl_resource_get_client(focus->resource) == wl) send_selection(d, r);
}

static const struct wl_data_device_manager_interface manager_requests = {.create_data_source = on_create_source,
                                                                         .get_data_device = on_get_device};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &wl_data_device_manager_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &manager_requests, data, NULL);
}

void data_device_init(Eye *eye) {
    DataDevices *d = eye->data_devices = mu_new(DataDevices);
    d->eye = eye;
    wl_list_init(&d->devices);
    wl_global_create(eye->display, &wl_data_device_manager_interface, 3, d, on_bind);
}
