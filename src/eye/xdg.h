/* xdg_wm_base version 5: windows (toplevels) and pop-ups.
 *
 * A window is configured full screen and activated at the output's size, so that a game draws what the output shows; with
 * config.places_windows it keeps its own size and is placed by the tests (place_window). The window that was mapped last
 * and is still there is the one that is shown.
 */
#pragma once

#include "eye/surface.h"

typedef struct XdgSurface XdgSurface;
typedef struct Toplevel Toplevel;
typedef struct Popup Popup;

typedef struct Box {
    int32_t x, y, width, height;
} Box;

/* xdg_positioner: where a pop-up goes (xdg_positioner.c). */
typedef struct Positioner {
    int32_t width, height;
    Box anchor_rect;
    uint32_t anchor, gravity, constraint_adjustment;
    int32_t dx, dy;
    bool has_size, has_anchor, is_reactive;
    int32_t parent_width, parent_height;
} Positioner;

struct XdgSurface {
    List link; /* XdgBase.surfaces */
    struct wl_resource *resource, *base;
    Surface *surface; /* NULL: it is gone */
    struct wl_listener on_surface_gone;
    Eye *eye;
    Toplevel *toplevel;
    Popup *popup;
    Box geometry, pending_geometry;
    bool has_geometry, has_pending_geometry;
    bool is_configured;    /* the client has acknowledged one */
    bool is_configure_due; /* after its first commit */
    bool is_mapped;
    struct wl_event_source *configure_idle;
    struct wl_array serials; /* sent and not acknowledged */
};

struct Toplevel {
    List link; /* Eye.toplevels: the one that is shown first */
    struct wl_resource *resource;
    XdgSurface *xdg;
    Toplevel *parent;
    int32_t x, y; /* of its window geometry on the output */
    char title[256], app_id[256];
    int32_t min_width, min_height, max_width, max_height;
};

struct Popup {
    List link; /* Eye.popups: those above are behind those below */
    struct wl_resource *resource;
    XdgSurface *xdg, *parent; /* parent NULL: it is gone */
    Positioner positioner;
    Box box; /* relative to the parent's window geometry */
    bool is_grabbing;
    uint32_t reposition_token;
    bool is_reposition_due;
};

void xdg_init(Eye *eye);
void positioner_create(struct wl_client *wl, struct wl_resource *base, uint32_t id);
const Positioner *positioner_from(struct wl_resource *r);
bool positioner_is_complete(const Positioner *p);
/* Relative to the parent's geometry; `limits` is the output in the same coordinates. */
Box positioner_place(const Positioner *p, Box limits);

void toplevel_create(XdgSurface *x, struct wl_client *wl, uint32_t id);
void toplevel_send_configure(Toplevel *t);
void toplevel_mapped(Toplevel *t, bool is_mapped);
void toplevel_free(Toplevel *t);  /* its xdg_surface or resource goes */
void toplevels_resized(Eye *eye); /* the output has another size */
void popup_create(XdgSurface *x, struct wl_client *wl, uint32_t id, XdgSurface *parent, const Positioner *p);
void popup_send_configure(Popup *p);
void popup_free(Popup *p);
/* Ends the pop-ups that hold a grab, because somebody pressed elsewhere. */
void popups_dismiss(Eye *eye);
bool popup_can_grab(const Popup *p);

void xdg_schedule_configure(XdgSurface *x); /* sends one in the next turn of the loop */
XdgSurface *xdg_of(const Surface *s);       /* NULL: neither window nor pop-up */
Box xdg_geometry(const XdgSurface *x);      /* set by the client, else the whole surface */
/* Where the surface's own origin is on the output. */
void xdg_origin(const XdgSurface *x, int32_t *ret_x, int32_t *ret_y);
extern const SurfaceRole xdg_toplevel_role, xdg_popup_role;
