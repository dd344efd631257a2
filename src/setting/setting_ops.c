/* See setting_ops.h. */
#include "setting/setting_ops.h"

#include "base/mem.h"
#include "core/setting.h"

#define SETTING_KIND_WORDS(W) \
    W(KIND_NUMBER, "number") W(KIND_BOOLEAN, "boolean") W(KIND_TEXT, "text") W(KIND_LINES, "lines")
ENUM_DECLARE(SettingWord, SETTING_KIND_WORDS);
ENUM_DEFINE(SettingWord, SETTING_KIND_WORDS);

#define SETTING_VIEW(F, S)                                                                         \
    F(S, STR, name, .max_bytes = 64, .doc = "The setting")                                         \
    F(S, STR, section, .max_bytes = 64, .doc = "Heading under which a page shows it")              \
    F(S, STR, label, .max_bytes = 64, .doc = "What it is, in a few words")                         \
    F(S, ENUM(SettingWord), kind, .doc = "number, boolean, text or lines")                         \
    F(S, STR, value, .max_bytes = 16384, .doc = "Decimal; true or false; text; one item per line") \
    F(S, STR, default_value, .max_bytes = 16384, .doc = "Likewise, until it is changed")           \
    F(S, I64, min, .opt = 1, .min = INT64_MIN, .max = INT64_MAX, .doc = "Minimum, of a number")    \
    F(S, I64, max, .opt = 1, .min = INT64_MIN, .max = INT64_MAX, .doc = "Maximum, of a number")    \
    F(S, STRS, words, .opt = 1, .max = 16, .item_max = 16, .doc = "The only values of a text")     \
    F(S, STR, unit, .opt = 1, .max_bytes = 16, .doc = "Of a number")                               \
    F(S, STR, doc, .max_bytes = 400, .doc = "What it does")
SHAPE(SettingView, SETTING_VIEW);
SHAPE_DEFINE(SettingView, SETTING_VIEW);
#define SETTING_LIST(F, S) F(S, LIST(SettingView), settings, .max = 500, .doc = "All settings")
SHAPE(SettingViews, SETTING_LIST);
SHAPE_DEFINE(SettingViews, SETTING_LIST);
#define SETTING_SET(F, S)                                                               \
    F(S, STR, name, .min = 1, .max_bytes = 64, .from = FROM_PATH, .doc = "The setting", \
      .example = "max_context_warning")                                                 \
    F(S, STR, value, .max_bytes = 16384, .doc = "Its new value", .example = "80")
SHAPE(SettingSet, SETTING_SET);
SHAPE_DEFINE(SettingSet, SETTING_SET);
#define SETTING_REF(F, S)                                                               \
    F(S, STR, name, .min = 1, .max_bytes = 64, .from = FROM_PATH, .doc = "The setting", \
      .example = "max_context_warning")
SHAPE(SettingRef, SETTING_REF);
SHAPE_DEFINE(SettingRef, SETTING_REF);

static const SettingWord words[] = {
    [SETTING_I64] = KIND_NUMBER, [SETTING_BOOL] = KIND_BOOLEAN, [SETTING_STR] = KIND_TEXT, [SETTING_STRS] = KIND_LINES};

static StrList split_words(const char *list, Arena *a) {
    StrList l = {arena_array(a, strlen(list), sizeof(Str)), 0};
    Str rest = str(list);
    while (str_split(&rest, '\n', &l.items[l.n])) l.n++;
    return l;
}

/* By the part of the name before the dot. */
static const struct {
    const char *prefix, *title;
} sections[] = {{"notify", "Notifications"},  {"workspace", "Workspaces"}, {"open", "Opening files"},
                {"agent", "Agents"},          {"launch", "Launches"},      {"eye", "Synthetic Eye"},
                {"net", "Network"},           {"usage", "Usage display"},  {"rate", "Rate limits"},
                {"retention", "What is kept"}};

static Str section_of(Str name) {
    for (size_t i = 0; i < COUNT_OF(sections); i++)
        if (str_starts(name, str(sections[i].prefix)) &&
            str_starts(str_from(name, strlen(sections[i].prefix)), STR(".")))
            return str(sections[i].title);
    return STR("Page");
}

/* "Trash cap" of "workspace.trash_cap_mib": the rest of the name as words, without the unit that is shown beside the value. */
static Str label_of(const SettingDef *d, Arena *a) {
    static const char *const units[] = {"_mib", "_days", "_seconds"};
    const char *dot = strchr(d->name, '.');
    Str rest = str(dot ? dot + 1 : d->name);
    if (d->label) return str(d->label);
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (str_ends(rest, str(units[i]))) rest.n -= strlen(units[i]);
    char *text = arena_cstr(a, rest);
    for (size_t i = 0; i < rest.n; i++)
        if (text[i] == '_') text[i] = ' ';
    if (text[0] >= 'a' && text[0] <= 'z') text[0] = (char)(text[0] - 'a' + 'A');
    return str_n(text, rest.n);
}

static SettingView view_of(const Settings *s, const SettingDef *d, Arena *a) {
    SettingView v = {.name = str(d->name), .kind = words[d->kind], .value = setting_text(s, d, a), .doc = str(d->doc)};
    v.default_value = setting_default(d, a);
    v.section = section_of(v.name);
    v.label = label_of(d, a);
    if (d->kind == SETTING_I64) GIVE(SettingView, &v, min, d->min);
    if (d->kind == SETTING_I64) GIVE(SettingView, &v, max, d->max);
    if (d->words) GIVE(SettingView, &v, words, split_words(d->words, a));
    if (d->unit) GIVE(SettingView, &v, unit, str(d->unit));
    return v;
}

/* Reads the store and not memory, so that the cursor matches the values. */
static int list_settings(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in;
    SettingViews *out = out_;
    CLEANUP(settings_closep) Settings *stored = NULL;
    TRY(settings_open(c->db, &stored, e));
    out->settings.n = Setting_n;
    out->settings.items = arena_array(c->arena, Setting_n, sizeof(SettingView));
    for (Setting id = 0; id < Setting_n; id++) out->settings.items[id] = view_of(stored, setting_def(id), c->arena);
    return op_cursor(c, STR("app"), e);
}

#define SETTING_CHANGED(F, S) F(S, STR, name, .max_bytes = 64, .doc = "The setting that changed")
SHAPE(SettingChanged, SETTING_CHANGED);
SHAPE_DEFINE(SettingChanged, SETTING_CHANGED);

typedef struct Put {
    OpCall *call;
    const SettingDef *def;
    Str value; /* {NULL,0}: the default */
    SettingView *out;
} Put;

static int put_tx(Tx *tx, void *arg, Err *e) {
    Put *x = arg;
    SettingChanged v = {.name = str(x->def->name)};
    TRY(setting_put(tx, x->def, x->value, e));
    *x->out = view_of(x->call->app->settings, x->def, x->call->arena);
    x->out->value = x->value.p ? x->value : setting_default(x->def, x->call->arena);
    return stream_emit(tx, STR("app"), "setting_changed", &SettingChanged_shape, &v, e);
}

static int put(OpCall *c, Str name, Str value, SettingView *out, Err *e) {
    Put x = {c, setting_find(name), value, out};
    if (!x.def) return err_fail(e, ERR_NOT_FOUND, "no setting `" STR_FMT "`", STR_ARG(name));
    TRY(op_tx(c, put_tx, &x, out, e));
    return settings_reload(c->app->settings, c->db, e);
}

static int update_setting(OpCall *c, const void *in_, void *out, Err *e) {
    const SettingSet *in = in_;
    return put(c, in->name, in->value, out, e);
}

static int reset_setting(OpCall *c, const void *in_, void *out, Err *e) {
    const SettingRef *in = in_;
    return put(c, in->name, (Str){0}, out, e);
}

const Op setting_ops[] = {
    {"list_settings", "GET /api/settings", "setting list", OP_RUN_OUT(list_settings, SettingViews), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "Lists all settings with their values, ranges and units."},
    {"update_setting", "PUT /api/settings/{name}", "setting set", OP_RUN(update_setting, SettingSet, SettingView),
     .role = ROLE_OWNER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED, .doc = "Changes a setting."},
    {"reset_setting", "DELETE /api/settings/{name}", "setting reset", OP_RUN(reset_setting, SettingRef, SettingView),
     .role = ROLE_OWNER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Resets a setting to its default."},
    {0},
};
