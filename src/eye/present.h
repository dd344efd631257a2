/* From the state of surfaces to a picture: which window is shown, of how many surfaces it consists, and by which path it
 * goes to consumers.
 *
 * One buffer that is the whole picture goes as it is. Anything else (sub-surfaces over the main one, pop-ups, a cursor that
 * was asked for) is composed into the ring, and the frame says so.
 */
#pragma once

#include "eye/surface.h"

/* A surface of the picture, and where its origin is on the output. */
typedef struct Layer {
    Surface *surface;
    int32_t x, y;
} Layer;

enum { PICTURE_LAYERS_MAX = 64 };
typedef struct Picture {
    Layer layers[PICTURE_LAYERS_MAX]; /* lowest first */
    int n;
} Picture;

/* A surface's state was applied. `is_new`: its content changed. `old`: what it was before, still counted as current. */
void present_applied(Surface *s, bool is_new, Buffer *old);
void present_changed(Surface *s);                         /* something about its place changed */
void present_surface_gone(Surface *s);                    /* before it is freed */
bool present_check_viewport(Surface *s, const Buffer *b); /* false: the client got an error */
/* The window that is shown may be another one. */
void present_choose(Eye *eye);
/* The picture as one buffer, with its flags and damage. False: there is none, or it could not be drawn. */
struct FramePicture;
bool present_take(Eye *eye, struct FramePicture *ret);
/* The topmost surface at a point of the output that takes input, and the point in its coordinates. NULL: none. */
Surface *present_surface_at(Eye *eye, double x, double y, double *ret_x, double *ret_y);
void present_place_of(const Surface *s, int32_t *ret_x, int32_t *ret_y); /* its origin on the output */
/* A button was pressed on `s` (NULL: on nothing): pop-ups of others end, and its window comes to the front. */
void present_pressed(Eye *eye, Surface *s);
void present_send_frames(Eye *eye); /* of everything that is shown */
void present_shown(Eye *eye);       /* the picture was published: presentation feedback */
