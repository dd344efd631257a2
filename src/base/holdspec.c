#include "base/holdspec.h"

ENUM_DEFINE(HoldMechanism, HOLD_MECHANISMS);
SHAPE_DEFINE(HoldSpecPty, HOLD_SPEC_PTY);
SHAPE_DEFINE(HoldSpecLimits, HOLD_SPEC_LIMITS);
SHAPE_DEFINE(HoldSpecRlimits, HOLD_SPEC_RLIMITS);
SHAPE_DEFINE(HoldSpec, HOLD_SPEC);

/* execve would silently cut a string at a NUL. */
static bool has_nul(const StrList *list) {
    for (size_t i = 0; i < list->n; i++) {
        if (memchr(list->items[i].p, 0, list->items[i].n)) return true;
    }
    return false;
}

int holdspec_parse(Str text, Arena *a, HoldSpec *ret, Err *e) {
    if (text.n > HOLD_SPEC_BYTES_MAX) return err_fail(e, ERR_TOO_LARGE, "the spec is larger than 4 MiB");
    Json *json;
    TRY(json_parse(a, text, JSON_DEPTH_REQUEST, &json, e));
    HoldSpec spec;
    TRY(shape_decode(&HoldSpec_shape, json, a, &spec, e));
    if (spec.argv.n == 0 || spec.argv.items[0].n == 0) return err_fail(e, ERR_INVALID, "argv is empty");
    if (has_nul(&spec.argv) || has_nul(&spec.envp)) return err_fail(e, ERR_INVALID, "argv or envp contains a NUL");
    if (spec.cwd.p[0] != '/') return err_fail(e, ERR_INVALID, "cwd is not absolute");
    *ret = spec;
    return 0;
}
