/* See seat.h. Protocol: wayland.xml, wl_seat, wl_keyboard, wl_pointer. */
#include "eye/seat.h"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-server-protocol.h>
#include <xkbcommon/xkbcommon.h>

#include "base/inputcode.h"
#include "base/mem.h"
#include "eye/data_device.h"
#include "eye/output.h"
#include "eye/present.h"
#include "eye/xdg.h"

enum { XKB_OFFSET = 8, WHEEL_NOTCH = 120 };

/* Keys that end or suspend more than a game. */
static const uint16_t always_denied[] = {KEY_POWER, KEY_SLEEP,    KEY_SUSPEND,   KEY_WAKEUP,  KEY_SYSRQ,
                                         KEY_MACRO, KEY_LEFTMETA, KEY_RIGHTMETA, KEY_RESTART, KEY_POWER2};

static bool is_denied(const Seat *seat, unsigned code) {
    return code >= SEAT_CODE_MAX || seat->denied[code / 8] & 1u << code % 8;
}

/* --- keyboard ----------------------------------------------------------------------------------------------------- */

static bool is_of(struct wl_resource *r, const Surface *s) {
    return s && wl_resource_get_client(r) == wl_resource_get_client(s->resource);
}

static uint32_t next_serial(const Seat *seat) { return wl_display_next_serial(seat->eye->display); }

static void send_modifiers(const Seat *seat, struct wl_resource *r) {
    wl_keyboard_send_modifiers(r, next_serial(seat), xkb_state_serialize_mods(seat->state, XKB_STATE_MODS_DEPRESSED),
                               xkb_state_serialize_mods(seat->state, XKB_STATE_MODS_LATCHED),
                               xkb_state_serialize_mods(seat->state, XKB_STATE_MODS_LOCKED),
                               xkb_state_serialize_layout(seat->state, XKB_STATE_LAYOUT_EFFECTIVE));
}

static void send_enter(const Seat *seat, struct wl_resource *r) {
    struct wl_array keys;
    wl_array_init(&keys);
    uint32_t *at = seat->n_keys ? wl_array_add(&keys, seat->n_keys * sizeof *seat->keys) : NULL;
    if (at) memcpy(at, seat->keys, seat->n_keys * sizeof *seat->keys);
    wl_keyboard_send_enter(r, next_serial(seat), seat->focus->resource, &keys);
    wl_array_release(&keys);
    send_modifiers(seat, r);
}

static void set_focus(Seat *seat, Surface *s) {
    if (seat->focus == s) return;
    struct wl_resource *r;
    wl_resource_for_each(r, &seat->keyboards) {
        if (is_of(r, seat->focus)) wl_keyboard_send_leave(r, next_serial(seat), seat->focus->resource);
    }
    Surface *before = seat->focus;
    seat->focus = s;
    wl_resource_for_each(r, &seat->keyboards) {
        if (is_of(r, s)) send_enter(seat, r);
    }
    data_device_focus(seat->eye);
    if (!seat->eye->config.places_windows) return;
    const XdgSurface *old = before ? xdg_of(before) : NULL, *now = s ? xdg_of(s) : NULL;
    if (old && old->toplevel) xdg_schedule_configure(old->toplevel->xdg);
    if (now && now->toplevel) xdg_schedule_configure(now->toplevel->xdg);
}

Surface *seat_focus(const Seat *seat) { return seat ? seat->focus : NULL; }

void seat_focus_again(Seat *seat) {
    Surface *s = seat->eye->shown;
    list_each(&seat->eye->popups, Popup, link, p) {
        if (popup_can_grab(p)) s = p->xdg->surface; /* the last one is on top */
    }
    set_focus(seat, s);
}

static bool set_pressed(Seat *seat, uint32_t code, bool is_pressed) {
    for (size_t i = 0; i < seat->n_keys; i++) {
        if (seat->keys[i] != code) continue;
        if (is_pressed) return false;
        seat->keys[i] = seat->keys[--seat->n_keys];
        return true;
    }
    if (!is_pressed || seat->n_keys == SEAT_KEYS_MAX) return false;
    seat->keys[seat->n_keys++] = code;
    return true;
}

static bool press_key(Seat *seat, uint32_t code, bool is_pressed) {
    if (is_denied(seat, code)) {
        seat->n_denied++;
        return false;
    }
    if (!set_pressed(seat, code, is_pressed)) return true; /* it already is so */
    enum xkb_state_component changed =
        xkb_state_update_key(seat->state, code + XKB_OFFSET, is_pressed ? XKB_KEY_DOWN : XKB_KEY_UP);
    uint32_t serial = next_serial(seat), time = eye_time_ms(seat->eye);
    struct wl_resource *r;
    wl_resource_for_each(r, &seat->keyboards) {
        if (!is_of(r, seat->focus)) continue;
        wl_keyboard_send_key(r, serial, time, code,
                             is_pressed ? WL_KEYBOARD_KEY_STATE_PRESSED : WL_KEYBOARD_KEY_STATE_RELEASED);
        if (changed) send_modifiers(seat, r);
    }
    return true;
}

/* --- pointer ------------------------------------------------------------------------------------------------------ */

static void set_pointer_focus(Seat *seat, Surface *s, double x, double y) {
    struct wl_resource *r;
    wl_fixed_t fx = wl_fixed_from_double(x), fy = wl_fixed_from_double(y);
    if (seat->pointer_focus == s) {
        if (!s || (fx == wl_fixed_from_double(seat->focus_x) && fy == wl_fixed_from_double(seat->focus_y))) return;
        seat->focus_x = x;
        seat->focus_y = y;
        wl_resource_for_each(r, &seat->pointers) {
            if (is_of(r, s)) wl_pointer_send_motion(r, eye_time_ms(seat->eye), fx, fy);
        }
        seat->is_frame_due = true;
        return;
    }
    wl_resource_for_each(r, &seat->pointers) {
        if (!is_of(r, seat->pointer_focus)) continue;
        wl_pointer_send_leave(r, next_serial(seat), seat->pointer_focus->resource);
        if (!is_of(r, s) && wl_resource_get_version(r) >= WL_POINTER_FRAME_SINCE_VERSION) wl_pointer_send_frame(r);
    }
    if (!s || !seat->pointer_focus || s->client != seat->pointer_focus->client) seat->cursor = NULL;
    seat->pointer_focus = s;
    seat->focus_x = x;
    seat->focus_y = y;
    seat->pointer_serial = next_serial(seat);
    wl_resource_for_each(r, &seat->pointers) {
        if (is_of(r, s)) wl_pointer_send_enter(r, seat->pointer_serial, s->resource, fx, fy);
    }
    seat->is_frame_due = true;
    constraints_focus(seat);
}

/* While a button is pressed, the surface on which it was pressed gets all motion, also outside of it. */
void seat_pointer_again(Seat *seat) {
    double x = 0, y = 0;
    if (seat->n_buttons && seat->pointer_focus) {
        int32_t left, top;
        present_place_of(seat->pointer_focus, &left, &top);
        set_pointer_focus(seat, seat->pointer_focus, seat->x - left, seat->y - top);
        return;
    }
    Surface *s = present_surface_at(seat->eye, seat->x, seat->y, &x, &y);
    set_pointer_focus(seat, s, x, y);
}

static double clamp(double v, double max) { return v < 0 ? 0 : v > max ? max : v; }

static void move_pointer(Seat *seat, double dx, double dy) {
    if (dx == 0 && dy == 0) return;
    relative_send(seat, dx, dy);
    seat->is_frame_due = true;
    double x = seat->x + dx, y = seat->y + dy;
    if (constraints_move(seat, dx, dy, &x, &y)) return;
    seat->x = clamp(x, seat->eye->output->width - 1.0 / 256);
    seat->y = clamp(y, seat->eye->output->height - 1.0 / 256);
    seat_pointer_again(seat);
}

static bool is_button(uint16_t code) { return code >= BTN_MISC && code < KEY_OK; }

static bool press_button(Seat *seat, uint16_t code, bool is_pressed) {
    if (!is_button(code)) return false;
    size_t at = 0;
    while (at < seat->n_buttons && seat->buttons[at] != code) at++;
    bool was_pressed = at < seat->n_buttons;
    if (was_pressed == is_pressed) return true;
    if (is_pressed && seat->n_buttons == SEAT_BUTTONS_MAX) return false;
    if (is_pressed)
        seat->buttons[seat->n_buttons++] = code;
    else
        seat->buttons[at] = seat->buttons[--seat->n_buttons];
    uint32_t serial = next_serial(seat), time = eye_time_ms(seat->eye);
    struct wl_resource *r;
    wl_resource_for_each(r, &seat->pointers) {
        if (is_of(r, seat->pointer_focus))
            wl_pointer_send_button(r, serial, time, code,
                                   is_pressed ? WL_POINTER_BUTTON_STATE_PRESSED : WL_POINTER_BUTTON_STATE_RELEASED);
    }
    seat->is_frame_due = true;
    if (is_pressed) present_pressed(seat->eye, seat->pointer_focus); /* a pop-up hears of the press before of its end */
    if (!seat->n_buttons) seat_pointer_again(seat);
    return true;
}

static bool is_axis(uint16_t axis) { return axis <= WL_POINTER_AXIS_HORIZONTAL_SCROLL; }

static bool turn_wheel(Seat *seat, uint16_t axis, int32_t amount) {
    if (!is_axis(axis)) return false;
    struct wl_resource *r;
    wl_resource_for_each(r, &seat->pointers) {
        if (!is_of(r, seat->pointer_focus)) continue;
        int version = wl_resource_get_version(r);
        if (version >= WL_POINTER_AXIS_SOURCE_SINCE_VERSION)
            wl_pointer_send_axis_source(r, WL_POINTER_AXIS_SOURCE_WHEEL);
        if (version >= WL_POINTER_AXIS_DISCRETE_SINCE_VERSION && amount / WHEEL_NOTCH)
            wl_pointer_send_axis_discrete(r, axis, amount / WHEEL_NOTCH);
        wl_pointer_send_axis(r, eye_time_ms(seat->eye), axis, wl_fixed_from_double(amount * 15.0 / WHEEL_NOTCH));
    }
    seat->is_frame_due = true;
    return true;
}

void seat_frame(Seat *seat) {
    if (!seat->is_frame_due) return;
    seat->is_frame_due = false;
    struct wl_resource *r;
    wl_resource_for_each(r, &seat->pointers) {
        if (is_of(r, seat->pointer_focus) && wl_resource_get_version(r) >= WL_POINTER_FRAME_SINCE_VERSION)
            wl_pointer_send_frame(r);
    }
}

/* --- inputs ------------------------------------------------------------------------------------------------------- */

bool seat_input(Seat *seat, const EyeInput *in) {
    switch (in->kind) {
    case EYE_INPUT_KEY: return press_key(seat, in->code, in->a != 0);
    case EYE_INPUT_BUTTON: return press_button(seat, in->code, in->a != 0);
    case EYE_INPUT_MOTION: move_pointer(seat, in->a / 256.0, in->b / 256.0); return true;
    case EYE_INPUT_POSITION: move_pointer(seat, in->a / 256.0 - seat->x, in->b / 256.0 - seat->y); return true;
    case EYE_INPUT_WHEEL: return turn_wheel(seat, in->code, in->a);
    default: return false;
    }
}

bool seat_accepts(const Seat *seat, const EyeInput *in) {
    switch (in->kind) {
    case EYE_INPUT_KEY: return !is_denied(seat, in->code);
    case EYE_INPUT_BUTTON: return is_button(in->code);
    case EYE_INPUT_WHEEL: return is_axis(in->code);
    default: return in->kind == EYE_INPUT_MOTION || in->kind == EYE_INPUT_POSITION;
    }
}

void seat_release_all(Seat *seat) {
    while (seat->n_keys) press_key(seat, seat->keys[seat->n_keys - 1], false);
    while (seat->n_buttons) press_button(seat, seat->buttons[seat->n_buttons - 1], false);
    seat_frame(seat);
}

void seat_surface_gone(Seat *seat, Surface *s) {
    if (seat->cursor == s) seat->cursor = NULL;
    if (seat->focus == s) {
        seat->focus = NULL;
        seat_focus_again(seat);
    }
    constraints_surface_gone(seat, s);
    if (seat->pointer_focus == s) {
        seat->pointer_focus = NULL;
        seat_pointer_again(seat);
        seat_frame(seat);
    }
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static void on_release(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_unlink(struct wl_resource *r) { wl_list_remove(wl_resource_get_link(r)); }

static const struct wl_keyboard_interface keyboard_requests = {.release = on_release};

static void on_get_keyboard(struct wl_client *wl, struct wl_resource *seat_resource, uint32_t id) {
    Seat *seat = wl_resource_get_user_data(seat_resource);
    struct wl_resource *r = wl_resource_create(wl, &wl_keyboard_interface, wl_resource_get_version(seat_resource), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &keyboard_requests, seat, on_unlink);
    wl_list_insert(&seat->keyboards, wl_resource_get_link(r));
    wl_keyboard_send_keymap(r, WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, seat->keymap_fd, seat->keymap_size);
    if (wl_resource_get_version(r) >= WL_KEYBOARD_REPEAT_INFO_SINCE_VERSION) wl_keyboard_send_repeat_info(r, 0, 0);
    if (is_of(r, seat->focus)) send_enter(seat, r);
}

static void on_cursor_destroyed(Surface *s) {
    Seat *seat = s->eye->seat;
    if (seat->cursor == s) seat->cursor = NULL;
}

static void on_cursor_committed(Surface *s) {
    Seat *seat = s->eye->seat;
    if (seat->cursor != s) return;
    seat->hotspot_x = place_near(seat->hotspot_x - s->current.dx);
    seat->hotspot_y = place_near(seat->hotspot_y - s->current.dy);
    s->current.dx = s->current.dy = 0;
}

static const SurfaceRole cursor_role = {
    .name = "cursor", .committed = on_cursor_committed, .destroyed = on_cursor_destroyed};

static void on_set_cursor(struct wl_client *wl, struct wl_resource *r, uint32_t serial, struct wl_resource *surface,
                          int32_t hotspot_x, int32_t hotspot_y) {
    (void)serial;
    Seat *seat = wl_resource_get_user_data(r);
    Surface *s = surface ? surface_from(surface) : NULL;
    if (s && s->role != &cursor_role) {
        if (!surface_set_role(s, &cursor_role, seat, r, WL_POINTER_ERROR_ROLE)) return;
    }
    if (!seat->pointer_focus || wl_resource_get_client(seat->pointer_focus->resource) != wl) return;
    seat->cursor = s;
    seat->hotspot_x = place_near(hotspot_x);
    seat->hotspot_y = place_near(hotspot_y);
}

static const struct wl_pointer_interface pointer_requests = {.set_cursor = on_set_cursor, .release = on_release};

static void on_get_pointer(struct wl_client *wl, struct wl_resource *seat_resource, uint32_t id) {
    Seat *seat = wl_resource_get_user_data(seat_resource);
    struct wl_resource *r = wl_resource_create(wl, &wl_pointer_interface, wl_resource_get_version(seat_resource), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &pointer_requests, seat, on_unlink);
    wl_list_insert(&seat->pointers, wl_resource_get_link(r));
    if (!is_of(r, seat->pointer_focus)) return;
    wl_pointer_send_enter(r, seat->pointer_serial, seat->pointer_focus->resource, wl_fixed_from_double(seat->focus_x),
                          wl_fixed_from_double(seat->focus_y));
    if (wl_resource_get_version(r) >= WL_POINTER_FRAME_SINCE_VERSION) wl_pointer_send_frame(r);
}

static void on_get_touch(struct wl_client *wl, struct wl_resource *r, uint32_t id) {
    (void)wl, (void)id;
    wl_resource_post_error(r, WL_SEAT_ERROR_MISSING_CAPABILITY, "this seat has no touch device");
}

static const struct wl_seat_interface seat_requests = {
    .get_pointer = on_get_pointer, .get_keyboard = on_get_keyboard, .get_touch = on_get_touch, .release = on_release};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &wl_seat_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &seat_requests, data, NULL);
    wl_seat_send_capabilities(r, WL_SEAT_CAPABILITY_POINTER | WL_SEAT_CAPABILITY_KEYBOARD);
    if (version >= WL_SEAT_NAME_SINCE_VERSION) wl_seat_send_name(r, "eye");
}

/* --- start -------------------------------------------------------------------------------------------------------- */

static int make_keymap(Seat *seat, Err *e) {
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
    struct xkb_rule_names names = {.rules = "evdev", .model = "pc105", .layout = "us"};
    seat->keymap = context ? xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS) : NULL;
    xkb_context_unref(context);
    if (!seat->keymap) return err_fail(e, ERR_INTERNAL, "no keyboard layout `us`: is the package xkb-data installed?");
    seat->state = xkb_state_new(seat->keymap);
    char *text = xkb_keymap_get_as_string(seat->keymap, XKB_KEYMAP_FORMAT_TEXT_V1);
    seat->keymap_size = (uint32_t)strlen(text) + 1;
    seat->keymap_fd = memfd_create("keymap", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    bool is_written =
        seat->keymap_fd >= 0 && write(seat->keymap_fd, text, seat->keymap_size) == (ssize_t)seat->keymap_size;
    free(text);
    if (!is_written) return err_sys(e, "the keyboard layout cannot be shared");
    fcntl(seat->keymap_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    return 0;
}

static void deny(Seat *seat, uint16_t code) { seat->denied[code / 8] |= (uint8_t)(1u << code % 8); }

static int deny_keys(Seat *seat, Err *e) {
    for (size_t i = 0; i < COUNT_OF(always_denied); i++) deny(seat, always_denied[i]);
    const StrList *more = &seat->eye->config.denied_keys;
    for (size_t i = 0; i < more->n; i++) {
        uint16_t code;
        if (!input_code_find(INPUT_CODE_KEY, more->items[i], &code) || code >= SEAT_CODE_MAX)
            return err_fail(e, ERR_INVALID, "deniedKeys: there is no key `" STR_FMT "`", STR_ARG(more->items[i]));
        deny(seat, code);
    }
    return 0;
}

int seat_init(Eye *eye, Err *e) {
    Seat *seat = eye->seat = mu_new(Seat);
    *seat = (Seat){.eye = eye, .keymap_fd = -1, .x = eye->output->width / 2.0, .y = eye->output->height / 2.0};
    wl_list_init(&seat->keyboards);
    wl_list_init(&seat->pointers);
    wl_list_init(&seat->relative_pointers);
    list_init(&seat->constraints);
    TRY(deny_keys(seat, e));
    TRY(make_keymap(seat, e));
    wl_global_create(eye->display, &wl_seat_interface, 7, seat, on_bind);
    constraints_init(eye);
    relative_init(eye);
    return 0;
}
