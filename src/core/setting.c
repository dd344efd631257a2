/* See setting.h. */
#include "core/setting.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/op_sql.h"

static const SettingDef defs[] = {
    {"workspace.roots", SETTING_STRS, 0, 16384, 0, "$HOME", "",
     "Folders beneath which clients may open and browse, one a line"},
    {"workspace.trash_days", SETTING_I64, 1, 3650, 30, NULL, "days", "How long a removed worktree can be brought back"},
    {"workspace.trash_cap_mib", SETTING_I64, 0, 1 << 24, 20480, NULL, "MiB",
     "Above this size the trash asks to be emptied; it deletes nothing by itself"},
    {"agent.env", SETTING_STRS, 0, 16384, 0, "ANTHROPIC_*\nCLAUDE_*", "",
     "Names of variables that an agent gets from the daemon's environment; * stands at the end only"},
    {"agent.claude_path", SETTING_STR, 0, 4096, 0, "", "", "The Claude Code program; empty looks on PATH"},
    {"agent.context_warning", SETTING_I64, 1, 100, 80, NULL, "%", "Context level from which an agent is marked"},
    {"agent.wall_seconds", SETTING_I64, 0, 6000000, 0, NULL, "s", "Longest life of one launch; 0 = no limit"},
    {"agent.memory_mib", SETTING_I64, 0, 1 << 22, 8192, NULL, "MiB",
     "Memory of an agent's whole process tree; 0 = no limit"},
    {"agent.processes", SETTING_I64, 0, 100000, 1000, NULL, "", "Processes of an agent's whole tree; 0 = no limit"},
    {"agent.output_mib", SETTING_I64, 0, 1 << 24, 8192, NULL, "MiB",
     "Output of one launch, as its log holds it; 0 = no limit"},
    {"launch.backlog_mib", SETTING_I64, 1, 1 << 20, 256, NULL, "MiB",
     "Output that may wait to be read before a launch is held back"},
    {"launch.min_free_mib", SETTING_I64, 0, 1 << 22, 512, NULL, "MiB", "Below this free space no agent is started"},
    {"usage.daily_limit", SETTING_I64, 0, 1ll << 50, 0, NULL, "tokens",
     "Tokens a day that usage is shown against; stops no agent; 0 = none"},
    {"usage.weekly_limit", SETTING_I64, 0, 1ll << 50, 0, NULL, "tokens",
     "Tokens a week that usage is shown against; stops no agent; 0 = none"},
    {"usage.monthly_limit", SETTING_I64, 0, 1ll << 50, 0, NULL, "tokens",
     "Tokens a month that usage is shown against; stops no agent; 0 = none"},
    {"usage.daily_requests", SETTING_I64, 0, 1ll << 40, 0, NULL, "requests",
     "Requests a day that usage is shown against; stops no agent; 0 = none"},
    {"retention.event_days", SETTING_I64, 1, 3650, 365, NULL, "days", "How long events are kept"},
};
enum { N_DEFS = COUNT_OF(defs) };

struct Settings {
    pthread_mutex_t lock;
    char *texts[N_DEFS]; /* owned; NULL = default */
};

const SettingDef *setting_defs(size_t *ret_n) {
    *ret_n = N_DEFS;
    return defs;
}

const SettingDef *setting_find(Str name) {
    for (size_t i = 0; i < N_DEFS; i++)
        if (str_is(name, defs[i].name)) return &defs[i];
    return NULL;
}

typedef struct Texts {
    char *items[N_DEFS]; /* owned; NULL = default */
} Texts;

static bool on_row(void *arg, DbRow *r) {
    Texts *texts = arg;
    const SettingDef *d = setting_find(db_col_text(r, 0));
    if (!d) return true; /* of another version; kept in the store */
    Buf b;
    buf_init(&b, 1 << 20);
    buf_add_str(&b, db_col_text(r, 1));
    buf_add_c(&b, 0);
    texts->items[d - defs] = buf_take(&b, NULL);
    return true;
}

static void texts_done(Texts *t) {
    for (size_t i = 0; i < N_DEFS; i++) free(t->items[i]);
}

/* A store that cannot be read leaves the values as they were: a default may allow more than its user's own value. */
int settings_reload(Settings *s, DbConn *c, Err *e) {
    CLEANUP(texts_done) Texts texts = {0};
    pthread_mutex_lock(&s->lock);
    int r = db_each(c, &sql_settings_all, DB_NONE, on_row, &texts, e);
    for (size_t i = 0; r >= 0 && i < N_DEFS; i++) {
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
    for (size_t i = 0; i < N_DEFS; i++) free(s->texts[i]);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

Str setting_default(const SettingDef *d, Arena *a) {
    if (d->kind == SETTING_I64) return arena_fmt(a, "%lld", (long long)d->def);
    if (d->kind == SETTING_BOOL) return d->def ? STR("true") : STR("false");
    const char *home = getenv("HOME");
    if (strcmp(d->def_str, "$HOME") == 0) return arena_str(a, str(home && *home ? home : "/"));
    return str(d->def_str);
}

Str setting_text(const Settings *s, const SettingDef *d, Arena *a) {
    Settings *m = (Settings *)s; /* the lock alone changes */
    pthread_mutex_lock(&m->lock);
    Str own = m->texts[d - defs] ? arena_str(a, str(m->texts[d - defs])) : (Str){0};
    pthread_mutex_unlock(&m->lock);
    return own.p ? own : setting_default(d, a);
}

static const SettingDef *get_def(const char *name, SettingKind kind) {
    const SettingDef *d = setting_find(str(name));
    assert(d && d->kind == kind);
    return d;
}

int64_t setting_i64(const Settings *s, const char *name) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const SettingDef *d = get_def(name, SETTING_I64);
    int64_t v = d->def;
    (void)str_parse_i64(setting_text(s, d, a), d->min, d->max, &v); /* checked when it was stored */
    return v;
}

bool setting_bool(const Settings *s, const char *name) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    return str_is(setting_text(s, get_def(name, SETTING_BOOL), a), "true");
}

Str setting_str(const Settings *s, const char *name, Arena *a) {
    return setting_text(s, get_def(name, SETTING_STR), a);
}

StrList setting_strs(const Settings *s, const char *name, Arena *a) {
    Str text = setting_text(s, get_def(name, SETTING_STRS), a), rest = text, line;
    size_t n = 0;
    while (str_split(&rest, '\n', &line)) n += str_trim(line).n > 0;
    StrList list = {arena_array(a, n + 1, sizeof(Str)), 0};
    for (rest = text; str_split(&rest, '\n', &line);)
        if (str_trim(line).n) list.items[list.n++] = str_trim(line);
    return list;
}

static int refuse_value(const SettingDef *d, const char *wants, Err *e) {
    int r = err_fail(e, ERR_INVALID, "%s takes %s", d->name, wants);
    err_detail(e, "value", "must be %s", wants);
    return r;
}

static int check_text(const SettingDef *d, Str text, Err *e) {
    int64_t v;
    char wants[80];
    bool is_text = d->kind == SETTING_STR || d->kind == SETTING_STRS;
    snprintf(wants, sizeof wants, "a whole number from %lld to %lld", (long long)d->min, (long long)d->max);
    if (d->kind == SETTING_I64 && !str_parse_i64(text, d->min, d->max, &v)) return refuse_value(d, wants, e);
    if (d->kind == SETTING_BOOL && !str_is(text, "true") && !str_is(text, "false"))
        return refuse_value(d, "true or false", e);
    snprintf(wants, sizeof wants, "at most %lld bytes", (long long)d->max);
    return is_text && (int64_t)text.n > d->max ? refuse_value(d, wants, e) : 0;
}

int setting_put(Tx *tx, const SettingDef *d, Str text, Err *e) {
    if (!text.p) return tx_run(tx, &sql_setting_remove, DB_ARGS(db_text(str(d->name))), NULL, e);
    TRY(check_text(d, text, e));
    return tx_run(tx, &sql_setting_put, DB_ARGS(db_text(str(d->name)), db_text(text), db_i64(tx_now(tx))), NULL, e);
}
