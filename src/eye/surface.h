/* wl_compositor version 5: surfaces, regions, and the state that a commit applies at once.
 *
 * A surface has at most one role for its life (xdg.h, subsurface.h, the cursor of seat.h). What is pending becomes current
 * at its commit, or, while it is a synchronized sub-surface, when its parent's state does.
 */
#pragma once

#include <pixman.h>
#include <wayland-server-core.h>

#include "eye/buffer.h"
#include "eye/client.h"
#include "eye/fence.h"
#include "eye/fourcc.h"

enum SurfaceStateSet {
    STATE_BUFFER = 1,
    STATE_OPAQUE = 2,
    STATE_INPUT = 4,
    STATE_SCALE = 8,
    STATE_TRANSFORM = 16,
    STATE_VIEWPORT = 32,
};

typedef struct Viewport {
    bool has_source, has_size;
    double x, y, width, height; /* of the source, in surface coordinates before scaling */
    int32_t to_width, to_height;
} Viewport;

typedef struct SurfaceState {
    unsigned set;   /* SurfaceStateSet: what this commit changes */
    Buffer *buffer; /* a reference; NULL: detached */
    int32_t dx, dy;
    pixman_region32_t surface_damage, buffer_damage;
    pixman_region32_t opaque, input;
    bool input_is_all;
    int32_t scale, transform;
    Viewport viewport;
    struct wl_list callbacks; /* wl_callback resources */
    struct wl_list feedback;  /* wp_presentation_feedback resources */
} SurfaceState;

typedef struct SurfaceRole {
    const char *name;
    void (*committed)(Surface *s); /* its state was applied; may be NULL */
    void (*destroyed)(Surface *s); /* the surface goes; may be NULL */
} SurfaceRole;

/* One entry of the stack of a surface and its sub-surfaces, lowest first; one of them is the surface itself. */
typedef struct StackEntry {
    List link, pending; /* Surface.stack, Surface.pending_stack */
    Surface *surface;
} StackEntry;

struct Surface {
    List link; /* Eye.surfaces */
    Eye *eye;
    Client *client;
    struct wl_resource *resource;
    const SurfaceRole *role;
    void *role_data;                       /* NULL: the object that gave the role is gone */
    SurfaceState pending, cached, current; /* of current: set is unused, damage is since the last frame */
    bool has_cached;
    List stack, pending_stack; /* StackEntry */
    StackEntry self;
    int32_t width, height;        /* of its content in surface coordinates; 0: none */
    bool has_entered;             /* the output */
    struct wl_resource *viewport; /* wp_viewport */
    List delayed;                 /* DelayedCommit, oldest first: its buffers are still drawn */
    size_t n_delayed;
    FenceWait *fence;   /* that the oldest waits for; NULL: none is delayed */
    uint64_t commit_ns; /* when its content came */
};

enum { PLACE_MAX = 1 << 20 };
/* A place, size or offset that a client names, kept so near that no sum of those of all its surfaces overflows; nothing of
 * what is further out is shown. */
static inline int32_t place_near(int32_t v) { return v > PLACE_MAX ? PLACE_MAX : v < -PLACE_MAX ? -PLACE_MAX : v; }

void surfaces_init(Eye *eye);
Surface *surface_from(struct wl_resource *r);
/* Gives a role. False: it has another, and the client got the error `code` on `r`. */
bool surface_set_role(Surface *s, const SurfaceRole *role, void *data, struct wl_resource *r, uint32_t code);
/* The state that has the newest value of `what`, one of SurfaceStateSet: the pending one, or an earlier commit's. */
const SurfaceState *surface_newest(const Surface *s, unsigned what);
void surface_apply(Surface *s, SurfaceState *from); /* makes a state current; for subsurface.c */
bool surface_has_content(const Surface *s);
/* Sends the frame callbacks that its content waits for. */
void surface_send_frames(Surface *s, uint32_t time_ms);
/* The input region contains the point, in surface coordinates. */
bool surface_takes_input(const Surface *s, double x, double y);
/* Adds what was damaged since the last call, in buffer coordinates, and forgets it. */
void surface_take_damage(Surface *s, pixman_region32_t *ret);
