/* See client.h. */
#include "eye/client.h"

#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "base/mem.h"
#include "eye/lines.h"

Client *client_of(Eye *eye, struct wl_client *wl) {
    list_each(&eye->clients, Client, link, c) {
        if (c->wl == wl) return c;
    }
    return NULL;
}

/* Its resources are destroyed after the listener has run, and name it until then. Buffers and pools that consumers still
 * hold outlive it. */
static void free_client(void *arg) {
    Client *c = arg;
    list_each(&c->eye->pools, Pool, link, p) {
        if (p->client == c) p->client = NULL;
    }
    list_each(&c->eye->buffers, Buffer, link, b) {
        if (b->client == c) b->client = NULL;
    }
    list_remove(&c->link);
    free(c);
}

static void on_client_destroyed(struct wl_listener *l, void *data) {
    (void)data;
    Client *c = container_of(l, Client, on_destroy);
    c->wl = NULL;
    wl_event_loop_add_idle(c->eye->loop, free_client, c);
}

static size_t count_clients(const Eye *eye) {
    size_t n = 0;
    list_each(&eye->clients, Client, link, c) n += c->eye == eye;
    return n;
}

static void on_client_created(struct wl_listener *l, void *data) {
    Eye *eye = container_of(l, Eye, on_client);
    struct wl_client *wl = data;
    Client *c = mu_new(Client);
    *c = (Client){.eye = eye, .wl = wl};
    wl_client_get_credentials(wl, &c->pid, NULL, NULL);
    c->on_destroy.notify = on_client_destroyed;
    wl_client_add_destroy_listener(wl, &c->on_destroy);
    bool is_full = count_clients(eye) >= CLIENTS_MAX;
    list_add_last(&eye->clients, &c->link);
    if (is_full)
        wl_client_post_implementation_error(wl, "%d clients are connected, the most there may be", CLIENTS_MAX);
}

/* Every message passes here; only what ends a client is of interest: it is the last that the client hears, and its own
 * report of it is easily lost. */
static void on_logged(void *data, enum wl_protocol_logger_type direction,
                      const struct wl_protocol_logger_message *message) {
    if (direction != WL_PROTOCOL_LOGGER_EVENT || message->message_opcode != WL_DISPLAY_ERROR ||
        wl_resource_get_id(message->resource) != 1)
        return;
    pid_t pid = 0;
    wl_client_get_credentials(wl_resource_get_client(message->resource), &pid, NULL, NULL);
    lines_error(data, "process %d used Wayland wrongly and was disconnected: %s", (int)pid, message->arguments[2].s);
}

void clients_init(Eye *eye) {
    list_init(&eye->clients);
    list_init(&eye->buffers);
    list_init(&eye->pools);
    eye->on_client.notify = on_client_created;
    wl_display_add_client_created_listener(eye->display, &eye->on_client);
    eye->logger = wl_display_add_protocol_logger(eye->display, on_logged, eye);
}

bool client_add(Client *c, size_t *counter, size_t max, const char *what) {
    if (*counter >= max) {
        wl_client_post_implementation_error(c->wl, "this client has %zu %s, the most there may be", *counter, what);
        return false;
    }
    ++*counter;
    return true;
}

struct wl_resource *client_create(Client *c, size_t *counter, const struct wl_interface *interface, int version,
                                  uint32_t id) {
    struct wl_resource *r = wl_resource_create(c->wl, interface, version, id);
    if (r) return r;
    --*counter;
    wl_client_post_no_memory(c->wl);
    return NULL;
}

bool client_grow_pool(Client *c, size_t more) {
    if (more > CLIENT_POOL_BYTES_MAX - c->pool_bytes) {
        wl_client_post_implementation_error(c->wl, "the pools of this client would have more than %zu bytes",
                                            CLIENT_POOL_BYTES_MAX);
        return false;
    }
    c->pool_bytes += more;
    return true;
}

bool client_add_pool(Client *c, Pool *p) {
    if (!client_add(c, &c->n_pools, CLIENT_POOLS_MAX, "pools")) return false;
    if (!client_grow_pool(c, p->size)) {
        c->n_pools--;
        return false;
    }
    p->client = c;
    return true;
}

bool client_add_buffer(Client *c, Buffer *b) {
    if (!client_add(c, &c->n_buffers, CLIENT_BUFFERS_MAX, "buffers")) return false;
    b->client = c;
    return true;
}

void client_pool_gone(Client *c, Pool *p) {
    c->n_pools--;
    c->pool_bytes -= p->size;
}

void client_buffer_gone(Client *c) { c->n_buffers--; }
