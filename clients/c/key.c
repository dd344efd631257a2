/* Names of keys and buttons, and inputs made of them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inputcode_table.h"
#include "muster-eye.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static int compare(const void *name, const void *row) { return strcasecmp(name, ((const InputCodeRow *)row)->name); }

static int find_code(const InputCodeRow *rows, size_t n, const char *prefix, const char *name) {
    if (!name) return -1;
    if (strncasecmp(name, prefix, strlen(prefix)) == 0) name += strlen(prefix);
    const InputCodeRow *row = bsearch(name, rows, n, sizeof *rows, compare);
    return row ? row->code : -1;
}

static const char *find_name(const InputCodeRow *rows, size_t n, uint16_t code) {
    for (size_t i = 0; i < n; i++) {
        if (rows[i].code == code && rows[i].is_shown) return rows[i].name;
    }
    return NULL;
}

int muster_eye_key_code(const char *name) {
    return find_code(input_code_keys, COUNT_OF(input_code_keys), "key_", name);
}

int muster_eye_button_code(const char *name) {
    return find_code(input_code_buttons, COUNT_OF(input_code_buttons), "btn_", name);
}

const char *muster_eye_key_name(uint16_t code) { return find_name(input_code_keys, COUNT_OF(input_code_keys), code); }

const char *muster_eye_button_name(uint16_t code) {
    return find_name(input_code_buttons, COUNT_OF(input_code_buttons), code);
}

/* Rounded, and kept within what the wire can say. */
static int32_t scaled(double value, double unit) {
    double x = value * unit;
    if (!(x > (double)INT32_MIN)) return x != x ? 0 : INT32_MIN;
    if (x >= (double)INT32_MAX) return INT32_MAX;
    return (int32_t)(x < 0 ? x - 0.5 : x + 0.5);
}

EyeInput muster_eye_key(uint16_t code, bool is_pressed) {
    return (EyeInput){.kind = EYE_INPUT_KEY, .code = code, .a = is_pressed};
}

EyeInput muster_eye_button(uint16_t code, bool is_pressed) {
    return (EyeInput){.kind = EYE_INPUT_BUTTON, .code = code, .a = is_pressed};
}

EyeInput muster_eye_motion(double dx, double dy) {
    return (EyeInput){.kind = EYE_INPUT_MOTION, .a = scaled(dx, 256), .b = scaled(dy, 256)};
}

EyeInput muster_eye_position(double x, double y) {
    return (EyeInput){.kind = EYE_INPUT_POSITION, .a = scaled(x, 256), .b = scaled(y, 256)};
}

EyeInput muster_eye_wheel(double notches, bool is_horizontal) {
    return (EyeInput){.kind = EYE_INPUT_WHEEL, .code = is_horizontal, .a = scaled(notches, 120)};
}
