/* See setting.h. */
#include "core/setting.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/op_sql.h"
#include "sys/environment.h"

#define SETTING_ROW_(id, name_, ...) [id] = {.name = name_, __VA_ARGS__},
static const SettingDef defs[Setting_n] = {SETTING_TABLE(SETTING_ROW_)};
#undef SETTING_ROW_

struct Settings {
    pthread_mutex_t lock;
    char *texts[Setting_n]; /* owned; NULL = default */
};

const SettingDef *setting_def(Setting id) { return &defs[id]; }

const SettingDef *setting_find(Str name) {
    for (size_t i = 0; i < Setting_n; i++)
        if (str_is(name, defs[i].name)) return &defs[i];
    return NULL;
}

typedef struct Texts {
    char *items[Setting_n]; /* owned; NULL = default */
} Texts;

static bool on_row(void *arg, DbRow *r) {
    Texts *texts = arg;
    const SettingDef *d = setting_find(db_col_text(r, 0));
    if (!d) return true; /* a setting of another version; kept in the store */
    Buf b;
    buf_init(&b, 1 << 20);
    buf_add_str(&b, db_col_text(r, 1));
    buf_add_c(&b, 0);
    texts->items[d - defs] = buf_take(&b, NULL);
    return true;
}

static void texts_done(Texts *t) {
    for (size_t i = 0; i < Setting_n; i++) free(t->items[i]);
}

/* If the store cannot be read, the values stay as they are: a default may allow more than the user's own value. */
int settings_reload(Settings *s, DbConn *c, Err *e) {
    CLEANUP(texts_done) Texts texts = {0};
    pthread_mutex_lock(&s->lock);
    int r = db_each(c, &sql_settings_all, DB_NONE, on_row, &texts, e);
    for (size_t i = 0; r >= 0 && i < Setting_n; i++) {
        char *old = s->texts[i];
        s->texts[i] = texts.items[i];
        texts.items[i] = old;
    }
    pthread_mutex_unlock(&s->lock);
    return r;
}

int settings_open(DbConn *c, Settings **ret, Err *e) {
    Settings *s = mu_new(Settings);
    pthread_mutex_init(&s->lock, NULL);
    if (settings_reload(s, c, e) < 0) {
        settings_close(s);
        return -(int)(e ? e->code : ERR_INTERNAL);
    }
    *ret = s;
    return 0;
}

void settings_close(Settings *s) {
    if (!s) return;
    for (size_t i = 0; i < Setting_n; i++) free(s->texts[i]);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void settings_closep(Settings **s) { settings_close(*s); }

Str setting_default(const SettingDef *d, Arena *a) {
    if (d->kind == SETTING_I64) return arena_fmt(a, "%lld", (long long)d->def);
    if (d->kind == SETTING_BOOL) return d->def ? STR("true") : STR("false");
    const char *home = getenv("HOME");
    if (strcmp(d->def_str, "$HOME") == 0) return arena_str(a, str(home && *home ? home : ""));
    return str(d->def_str);
}

Str setting_text(const Settings *s, const SettingDef *d, Arena *a) {
    Settings *m = (Settings *)s; /* only the lock changes */
    pthread_mutex_lock(&m->lock);
    Str own = m->texts[d - defs] ? arena_str(a, str(m->texts[d - defs])) : (Str){0};
    pthread_mutex_unlock(&m->lock);
    return own.p ? own : setting_default(d, a);
}

static const SettingDef *get_def(Setting id, SettingKind kind) {
    assert(defs[id].kind == kind);
    return &defs[id];
}

int64_t setting_i64(const Settings *s, Setting id) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const SettingDef *d = get_def(id, SETTING_I64);
    int64_t v = d->def;
    (void)str_parse_i64(setting_text(s, d, a), d->min, d->max, &v); /* checked when it was stored */
    return v;
}

bool setting_bool(const Settings *s, Setting id) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    return str_is(setting_text(s, get_def(id, SETTING_BOOL), a), "true");
}

Str setting_str(const Settings *s, Setting id, Arena *a) {
    const SettingDef *d = get_def(id, SETTING_STR);
    Str text = setting_text(s, d, a);
    return d->is_path ? environment_expand_home(a, str_trim(text)) : text;
}

StrList setting_strs(const Settings *s, Setting id, Arena *a) {
    const SettingDef *d = get_def(id, SETTING_STRS);
    Str text = setting_text(s, d, a), rest = text, line;
    size_t n = 0;
    while (str_split(&rest, '\n', &line)) n += str_trim(line).n > 0;
    StrList list = {arena_array(a, n + 1, sizeof(Str)), 0};
    for (rest = text; str_split(&rest, '\n', &line);)
        if (str_trim(line).n)
            list.items[list.n++] = d->is_path ? environment_expand_home(a, str_trim(line)) : str_trim(line);
    return list;
}

static int refuse_value(const SettingDef *d, const char *wants, Err *e) {
    int r = err_fail(e, ERR_INVALID, "%s must be %s", d->name, wants);
    err_detail(e, "value", "must be %s", wants);
    return r;
}

static bool is_path(Str line) { return line.p[0] == '/' || str_is(line, "~") || str_starts(line, STR("~/")); }

static bool is_variable(Str line) {
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!is_word && !(c == '*' && i + 1 == line.n)) return false;
    }
    return true;
}

static bool is_word_of(const char *words, Str text) {
    Str rest = str(words), word;
    while (str_split(&rest, '\n', &word))
        if (str_eq(word, text)) return true;
    return false;
}

static int refuse_word(const SettingDef *d, Err *e) {
    char wants[80] = "one of";
    Str rest = str(d->words), word;
    for (size_t n = strlen(wants); str_split(&rest, '\n', &word) && n < sizeof wants; n = strlen(wants))
        snprintf(wants + n, sizeof wants - n, "%s " STR_FMT, n > 6 ? "," : "", STR_ARG(word));
    return refuse_value(d, wants, e);
}

/* Empty lines are ignored. */
static bool are_all(Str text, bool (*is_one)(Str line)) {
    Str line;
    while (str_split(&text, '\n', &line))
        if (str_trim(line).n && !is_one(str_trim(line))) return false;
    return true;
}

static int check_text(const SettingDef *d, Str text, Err *e) {
    int64_t v;
    char wants[80];
    bool is_text = d->kind == SETTING_STR || d->kind == SETTING_STRS;
    snprintf(wants, sizeof wants, "a whole number from %lld to %lld", (long long)d->min, (long long)d->max);
    if (d->kind == SETTING_I64 && !str_parse_i64(text, d->min, d->max, &v)) return refuse_value(d, wants, e);
    if (d->kind == SETTING_BOOL && !str_is(text, "true") && !str_is(text, "false"))
        return refuse_value(d, "true or false", e);
    if (d->words && !is_word_of(d->words, text)) return refuse_word(d, e);
    if (d->is_path && !are_all(text, is_path)) return refuse_value(d, "absolute paths, or paths that begin with ~/", e);
    if (d->is_variable && !are_all(text, is_variable)) return refuse_value(d, "names of variables, one per line", e);
    snprintf(wants, sizeof wants, "at most %lld byte%s", (long long)d->max, str_plural(d->max, "", "s"));
    return is_text && (int64_t)text.n > d->max ? refuse_value(d, wants, e) : 0;
}

int setting_put(Tx *tx, const SettingDef *d, Str text, Err *e) {
    if (!text.p) return tx_run(tx, &sql_setting_remove, DB_ARGS(db_text(str(d->name))), NULL, e);
    TRY(check_text(d, text, e));
    return tx_run(tx, &sql_setting_put, DB_ARGS(db_text(str(d->name)), db_text(text), db_i64(tx_now(tx))), NULL, e);
}
