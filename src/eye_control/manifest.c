/* See game.h: manifests. */
#include "base/mem.h"
#include "eye_control/game.h"
#include "sys/yaml_read.h"

SHAPE_DEFINE(GameKey, GAME_KEY);
SHAPE_DEFINE(GameManifest, GAME_MANIFEST);

static bool is_variable(Str s) {
    size_t at;
    return str_find(s, STR("="), &at) && at > 0;
}

static int check(const GameManifest *m, Err *e) {
    if (!m->command.n || !m->command.items[0].n) return err_fail(e, ERR_INVALID, "command names no program");
    for (size_t i = 0; i < m->env.n; i++)
        if (!is_variable(m->env.items[i]))
            return err_fail(e, ERR_INVALID, "env[%zu] is not NAME=value: " STR_FMT, i,
                            STR_ARG(str_upto(m->env.items[i], 100)));
    bool has_width = HAS(GameManifest, m, width), has_height = HAS(GameManifest, m, height);
    if (has_width != has_height) return err_fail(e, ERR_INVALID, "width and height belong together");
    if (m->width % 2 || m->height % 2) return err_fail(e, ERR_INVALID, "width and height must be even");
    return 0;
}

int manifest_read(Str text, Arena *a, GameManifest *ret, Err *e) {
    Json *root;
    GameManifest m;
    TRY(yaml_read(a, text, &root, e));
    if (root->type != JSON_OBJECT) return err_fail(e, ERR_INVALID, "a manifest is a list of `name: value`");
    int bad = shape_decode(&GameManifest_shape, root, a, &m, e);
    if (bad < 0 && e->n_details) /* the sentence that a list shows has room for the first */
        return err_fail(e, ERR_INVALID, "%s: %s", e->details[0].path, e->details[0].text);
    TRY(bad);
    TRY(check(&m, e));
    *ret = m;
    return 0;
}
