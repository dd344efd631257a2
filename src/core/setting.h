/* Settings in the store: one typed table (rows in setting.c) with range, default and unit.
 *
 * Start-up options are not settings (daemon/config.h). Reading is from memory, by any thread; writing is
 * setting_put inside a write and settings_reload after its commit.
 */
#pragma once

#include "db/db.h"

typedef struct App App;
typedef struct Settings Settings;

typedef enum SettingKind { SETTING_I64, SETTING_BOOL, SETTING_STR, SETTING_STRS } SettingKind;
typedef struct SettingDef {
    const char *name; /* "workspace.roots" */
    SettingKind kind;
    int64_t min, max, def; /* I64; BOOL: def; STR, STRS: max bytes */
    const char *def_str;   /* STR; STRS: items split by '\n'; "$HOME" is replaced */
    const char *unit;      /* "MiB", "" */
    const char *doc;
} SettingDef;

int settings_open(DbConn *c, Settings **ret, Err *e);
void settings_close(Settings *s);
const SettingDef *setting_defs(size_t *ret_n);
int64_t setting_i64(const Settings *s, const char *name); /* asserts that the name exists */
bool setting_bool(const Settings *s, const char *name);
Str setting_str(const Settings *s, const char *name, Arena *a);
StrList setting_strs(const Settings *s, const char *name, Arena *a);

const SettingDef *setting_find(Str name); /* NULL when unknown */
/* The value as text: decimal, "true" or "false", lines. */
Str setting_text(const Settings *s, const SettingDef *d, Arena *a);
Str setting_default(const SettingDef *d, Arena *a);
/* Checks the text against kind and range and stores it; {NULL,0} goes back to the default. ERR_INVALID. */
int setting_put(Tx *tx, const SettingDef *d, Str text, Err *e);
int settings_reload(Settings *s, DbConn *c, Err *e);
