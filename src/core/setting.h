/* Settings in the store: one typed table (core/setting_table.h) with range, default and unit.
 *
 * Start-up options are not settings (daemon/config.h). Any thread may read them from memory. To write one: setting_put
 * inside a write, and settings_reload after its commit.
 */
#pragma once

#include "core/setting_table.h"
#include "db/db.h"

typedef struct Settings Settings;

typedef enum SettingKind { SETTING_I64, SETTING_BOOL, SETTING_STR, SETTING_STRS } SettingKind;
typedef struct SettingDef {
    const char *name;
    SettingKind kind;
    int64_t min, max, def; /* I64; BOOL: def; STR, STRS: max bytes */
    bool is_path;          /* STR, STRS: absolute paths; ~ stands for the home folder */
    bool is_variable;      /* STRS: names of variables, which may end in * */
    const char *def_str;   /* STR; STRS: items separated by '\n'; "$HOME" is replaced */
    const char *words;     /* STR: the only values, separated by '\n'; NULL: any text */
    const char *unit;      /* "MiB"; NULL: a number without a unit, or text */
    const char *label;     /* NULL: the words of its name */
    const char *doc;
} SettingDef;

#define SETTING_ID_(id, ...) id,
typedef enum Setting { SETTING_TABLE(SETTING_ID_) Setting_n } Setting;
#undef SETTING_ID_

int settings_open(DbConn *c, Settings **ret, Err *e);
void settings_close(Settings *s);
void settings_closep(Settings **s); /* CLEANUP hook */
const SettingDef *setting_def(Setting id);
int64_t setting_i64(const Settings *s, Setting id); /* asserts the kind, as the others do */
bool setting_bool(const Settings *s, Setting id);
Str setting_str(const Settings *s, Setting id, Arena *a);
StrList setting_strs(const Settings *s, Setting id, Arena *a);

const SettingDef *setting_find(Str name); /* NULL when unknown */
/* The value as text: decimal, "true" or "false", lines. */
Str setting_text(const Settings *s, const SettingDef *d, Arena *a);
Str setting_default(const SettingDef *d, Arena *a);
/* Checks the text against kind and range and stores it; {NULL,0} restores the default. ERR_INVALID. */
int setting_put(Tx *tx, const SettingDef *d, Str text, Err *e);
int settings_reload(Settings *s, DbConn *c, Err *e);
