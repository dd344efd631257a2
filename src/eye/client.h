/* What one Wayland client may use. Past a limit its connection is ended with an error that names it. */
#pragma once

#include "eye/buffer.h"

enum {
    CLIENTS_MAX = 32,
    CLIENT_POOLS_MAX = 64,
    CLIENT_BUFFERS_MAX = 256,
    CLIENT_SURFACES_MAX = 256,
    CLIENT_REGIONS_MAX = 1024,
    CLIENT_CALLBACKS_MAX = 4096,
    CLIENT_PARAMS_MAX = 64,
    CLIENT_FEEDBACKS_MAX = 256,
};
#define CLIENT_POOL_BYTES_MAX ((size_t)1 << 30)

struct Client {
    List link; /* Eye.clients */
    Eye *eye;
    struct wl_client *wl; /* NULL once it is being destroyed; the rest is there until its last resource is gone */
    struct wl_listener on_destroy;
    size_t n_pools, n_buffers, n_surfaces, n_regions, n_callbacks, n_params, n_feedbacks, pool_bytes;
    pid_t pid;
    bool is_xwayland;
};

/* Watches a display for clients. */
void clients_init(Eye *eye);
Client *client_of(Eye *eye, struct wl_client *wl); /* for requests: it is alive */
/* Counts one more; false: the client was ended. */
bool client_add_pool(Client *c, Pool *p);
bool client_grow_pool(Client *c, size_t more);
bool client_add_buffer(Client *c, Buffer *b);
bool client_add(Client *c, size_t *counter, size_t max, const char *what);
/* The object of a request, which client_add has counted. NULL: there is no memory, which was reported, and nothing is counted. */
struct wl_resource *client_create(Client *c, size_t *counter, const struct wl_interface *interface, int version,
                                  uint32_t id);
void client_pool_gone(Client *c, Pool *p);
void client_buffer_gone(Client *c);
