/* wl_seat version 7: one keyboard and one pointer, fed by consumers, viewers and replays; no touch, no key repeat.
 *
 * Keyboard focus has the window that is shown, or a pop-up that took a grab. Pointer focus has the topmost surface under the
 * pointer; while a button is pressed it stays. An input is sent at once, a batch ends with seat_frame.
 */
#pragma once

#include "eye/surface.h"
#include "muster-eye-abi.h"

enum { SEAT_KEYS_MAX = 64, SEAT_BUTTONS_MAX = 16, SEAT_CODE_MAX = 0x300 };

struct xkb_state;
struct xkb_keymap;
struct Constraint;

struct Seat {
    Eye *eye;
    struct wl_list keyboards, pointers, relative_pointers; /* resources */
    List constraints;                                      /* Constraint.link */
    int keymap_fd;
    uint32_t keymap_size;
    struct xkb_keymap *keymap;
    struct xkb_state *state;
    Surface *focus, *pointer_focus;
    uint32_t keys[SEAT_KEYS_MAX]; /* pressed */
    size_t n_keys;
    uint16_t buttons[SEAT_BUTTONS_MAX];
    size_t n_buttons;
    double x, y;             /* of the pointer on the output */
    double focus_x, focus_y; /* in pointer_focus, as sent last */
    bool is_frame_due;
    Surface *cursor; /* NULL: hidden, or none set */
    int32_t hotspot_x, hotspot_y;
    uint32_t pointer_serial; /* of the last enter */
    uint8_t denied[SEAT_CODE_MAX / 8];
    uint64_t n_denied;
};

int seat_init(Eye *eye, Err *e);
/* Applies one input. False: the key may not be pressed here, or the code is unknown. */
bool seat_input(Seat *seat, const EyeInput *in);
/* Whether it would: for an input that is applied later. */
bool seat_accepts(const Seat *seat, const EyeInput *in);
void seat_frame(Seat *seat);
/* Lifts every key and button: whoever pressed them is gone. */
void seat_release_all(Seat *seat);
Surface *seat_focus(const Seat *seat);
void seat_focus_again(Seat *seat); /* the windows changed */
void seat_surface_gone(Seat *seat, Surface *s);
/* Sends a motion without one: what is under the pointer changed. */
void seat_pointer_again(Seat *seat);

/* constraint.c: zwp_pointer_constraints_v1 */
void constraints_init(Eye *eye);
/* Where the pointer goes from (x, y) by (dx, dy) under the active constraint. True: it is locked and stays. */
bool constraints_move(Seat *seat, double dx, double dy, double *ret_x, double *ret_y);
void constraints_focus(Seat *seat); /* the pointer's focus or a surface's region changed */
void constraints_surface_gone(Seat *seat, Surface *s);
void constraints_committed(Seat *seat, Surface *s); /* its pending regions are current */
/* relative.c: zwp_relative_pointer_manager_v1 */
void relative_init(Eye *eye);
void relative_send(Seat *seat, double dx, double dy);
