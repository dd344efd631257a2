/* See inputcode.h. */
#include "base/inputcode.h"

#include "base/inputcode_table.h"

enum { NAME_MAX_BYTES = 32 };

static const struct {
    const InputCodeRow *rows;
    size_t n;
    Str prefix;
} kinds[] = {
    [INPUT_CODE_KEY] = {input_code_keys, COUNT_OF(input_code_keys), {"key_", 4}},
    [INPUT_CODE_BUTTON] = {input_code_buttons, COUNT_OF(input_code_buttons), {"btn_", 4}},
};

static int compare(const void *name, const void *row) { return strcmp(name, ((const InputCodeRow *)row)->name); }

bool input_code_find(InputCodeKind kind, Str name, uint16_t *ret_code) {
    char lower[NAME_MAX_BYTES];
    if (name.n >= sizeof lower || (name.n && memchr(name.p, 0, name.n))) return false;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20 : name.p[i]);
    lower[name.n] = 0;
    size_t skipped = str_starts(str_n(lower, name.n), kinds[kind].prefix) ? kinds[kind].prefix.n : 0;
    const InputCodeRow *row = bsearch(lower + skipped, kinds[kind].rows, kinds[kind].n, sizeof *row, compare);
    if (!row) return false;
    *ret_code = row->code;
    return true;
}

const char *input_code_name(InputCodeKind kind, uint16_t code) {
    for (size_t i = 0; i < kinds[kind].n; i++) {
        if (kinds[kind].rows[i].code == code && kinds[kind].rows[i].is_shown) return kinds[kind].rows[i].name;
    }
    return NULL;
}
