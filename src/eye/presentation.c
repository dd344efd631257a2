/* See presentation.h. Protocol: presentation-time.xml. */
#include "eye/presentation.h"

#include <time.h>
#include <wayland-server-protocol.h>

#include "eye/clock.h"
#include "eye/step.h"

#include "presentation-time-server-protocol.h"

enum { NS_PER_S = 1000000000 };

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_feedback_gone(struct wl_resource *r) {
    Client *c = wl_resource_get_user_data(r);
    c->n_callbacks--;
    wl_list_remove(wl_resource_get_link(r));
}

static void on_feedback(struct wl_client *wl, struct wl_resource *r, struct wl_resource *surface, uint32_t id) {
    (void)wl, (void)r;
    Surface *s = surface_from(surface);
    if (!client_add(s->client, &s->client->n_callbacks, CLIENT_CALLBACKS_MAX, "frame callbacks")) return;
    struct wl_resource *made =
        client_create(s->client, &s->client->n_callbacks, &wp_presentation_feedback_interface, 1, id);
    if (!made) return;
    wl_resource_set_implementation(made, NULL, s->client, on_feedback_gone);
    wl_list_insert(s->pending.feedback.prev, wl_resource_get_link(made));
}

void presentation_discard(struct wl_list *feedback) {
    struct wl_resource *r, *next;
    wl_resource_for_each_safe(r, next, feedback) {
        wp_presentation_feedback_send_discarded(r);
        wl_resource_destroy(r);
    }
}

void presentation_shown(Surface *s) {
    if (wl_list_empty(&s->current.feedback)) return;
    const Eye *eye = s->eye;
    uint64_t ns = eye->clock ? EYE_CLOCK_EPOCH_NS + clock_now(eye->clock) : eye_now_ns();
    uint64_t seconds = ns / NS_PER_S, seq = eye->frames->last.id;
    uint32_t refresh = eye->config.hz ? (uint32_t)(NS_PER_S / eye->config.hz) : 0;
    struct wl_resource *r, *next;
    wl_resource_for_each_safe(r, next, &s->current.feedback) {
        wp_presentation_feedback_send_presented(r, (uint32_t)(seconds >> 32), (uint32_t)seconds,
                                                (uint32_t)(ns % NS_PER_S), refresh, (uint32_t)(seq >> 32),
                                                (uint32_t)seq, 0);
        wl_resource_destroy(r);
    }
}

static const struct wp_presentation_interface presentation_requests = {.destroy = on_destroy, .feedback = on_feedback};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &wp_presentation_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    const Eye *eye = data;
    wl_resource_set_implementation(r, &presentation_requests, data, NULL);
    wp_presentation_send_clock_id(r, eye->clock ? CLOCK_REALTIME : CLOCK_MONOTONIC);
}

void presentation_init(Eye *eye) { wl_global_create(eye->display, &wp_presentation_interface, 1, eye, on_bind); }
