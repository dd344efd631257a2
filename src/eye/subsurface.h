/* wl_subcompositor version 1. */
#pragma once

#include "eye/surface.h"

typedef struct Subsurface {
    struct wl_resource *resource;
    Surface *surface;
    Surface *parent;  /* NULL: it is gone, and the sub-surface is not shown any more */
    StackEntry entry; /* in the parent's stacks */
    int32_t x, y, pending_x, pending_y;
    bool is_position_pending, is_added; /* added: the parent was committed since */
    bool is_sync;
} Subsurface;

void subsurfaces_init(Eye *eye);
Subsurface *subsurface_of(const Surface *s); /* NULL: it is none */
bool subsurface_is_synchronized(const Subsurface *sub);
/* The parent's state was applied: so is its children's order and position, and what they had cached. */
void subsurfaces_parent_applied(Surface *parent);
void subsurfaces_parent_gone(Surface *parent);
