/* Settings in the store: one typed table (SETTING_TABLE) with range, default and unit.
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
    const char *name;
    SettingKind kind;
    int64_t min, max, def; /* I64; BOOL: def; STR, STRS: max bytes */
    bool is_path;          /* STR, STRS: absolute paths; ~ is the home folder */
    bool is_variable;      /* STRS: names of variables, with * at their end or not */
    const char *def_str;   /* STR; STRS: items split by '\n'; "$HOME" is replaced */
    const char *unit;      /* "MiB"; NULL: a plain number or text */
    const char *doc;
} SettingDef;

#define SETTING_TABLE(S)                                                                                             \
    S(SET_WORKSPACE_ROOTS, "workspace.roots", .kind = SETTING_STRS, .max = 16384, .is_path = 1, .def_str = "$HOME",  \
      .doc = "Folders beneath which clients may open and browse, one a line")                                        \
    S(SET_WORKSPACE_TRASH_DAYS, "workspace.trash_days", .kind = SETTING_I64, .min = 1, .max = 3650, .def = 30,       \
      .unit = "days", .doc = "How long a removed worktree can be brought back")                                      \
    S(SET_WORKSPACE_TRASH_CAP_MIB, "workspace.trash_cap_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 24,         \
      .def = 20480, .unit = "MiB",                                                                                   \
      .doc = "Above this size the trash asks to be emptied; it deletes nothing by itself")                           \
    S(SET_AGENT_ENV, "agent.env", .kind = SETTING_STRS, .max = 16384, .is_variable = 1,                              \
      .def_str = "ANTHROPIC_*\nCLAUDE_*",                                                                            \
      .doc = "Names of variables that an agent gets from the daemon's environment; * stands at the end only")        \
    S(SET_AGENT_CLAUDE_PATH, "agent.claude_path", .kind = SETTING_STR, .max = 4096, .is_path = 1, .def_str = "",     \
      .doc = "The Claude Code program; empty looks on PATH")                                                         \
    S(SET_AGENT_CONTEXT_WARNING, "agent.context_warning", .kind = SETTING_I64, .min = 1, .max = 100, .def = 80,      \
      .unit = "%", .doc = "Context level from which an agent is marked")                                             \
    S(SET_AGENT_WALL_SECONDS, "agent.wall_seconds", .kind = SETTING_I64, .min = 0, .max = 6000000, .def = 0,         \
      .unit = "s", .doc = "Longest life of one launch; 0 = no limit")                                                \
    S(SET_AGENT_MEMORY_MIB, "agent.memory_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 22, .def = 8192,          \
      .unit = "MiB", .doc = "Memory of an agent's whole process tree; 0 = no limit")                                 \
    S(SET_AGENT_PROCESSES, "agent.processes", .kind = SETTING_I64, .min = 0, .max = 100000, .def = 1000,             \
      .doc = "Processes of an agent's whole tree; 0 = no limit")                                                     \
    S(SET_AGENT_OUTPUT_MIB, "agent.output_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 24, .def = 8192,          \
      .unit = "MiB", .doc = "Output of one launch, as its log holds it; 0 = no limit")                               \
    S(SET_LAUNCH_BACKLOG_MIB, "launch.backlog_mib", .kind = SETTING_I64, .min = 1, .max = 1 << 20, .def = 256,       \
      .unit = "MiB", .doc = "Output that may wait to be read before a launch is held back")                          \
    S(SET_LAUNCH_MIN_FREE_MIB, "launch.min_free_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 22, .def = 512,     \
      .unit = "MiB", .doc = "Below this free space no agent is started")                                             \
    S(SET_USAGE_DAILY_LIMIT, "usage.daily_limit", .kind = SETTING_I64, .min = 0, .max = 1ll << 50, .def = 0,         \
      .unit = "tokens", .doc = "Tokens a day that usage is shown against; stops no agent; 0 = none")                 \
    S(SET_USAGE_WEEKLY_LIMIT, "usage.weekly_limit", .kind = SETTING_I64, .min = 0, .max = 1ll << 50, .def = 0,       \
      .unit = "tokens", .doc = "Tokens a week that usage is shown against; stops no agent; 0 = none")                \
    S(SET_USAGE_MONTHLY_LIMIT, "usage.monthly_limit", .kind = SETTING_I64, .min = 0, .max = 1ll << 50, .def = 0,     \
      .unit = "tokens", .doc = "Tokens a month that usage is shown against; stops no agent; 0 = none")               \
    S(SET_USAGE_DAILY_REQUESTS, "usage.daily_requests", .kind = SETTING_I64, .min = 0, .max = 1ll << 40, .def = 0,   \
      .unit = "requests", .doc = "Requests a day that usage is shown against; stops no agent; 0 = none")             \
    S(SET_RETENTION_EVENT_DAYS, "retention.event_days", .kind = SETTING_I64, .min = 1, .max = 3650, .def = 365,      \
      .unit = "days", .doc = "How long events, logs of launches, settled asks and the audit log are kept")           \
    S(SET_RETENTION_MESSAGE_DAYS, "retention.message_days", .kind = SETTING_I64, .min = 0, .max = 36500, .def = 0,   \
      .unit = "days", .doc = "How long messages are kept, but for prompts that wait; 0 = always")                    \
    S(SET_RETENTION_ARCHIVED_DAYS, "retention.archived_days", .kind = SETTING_I64, .min = 0, .max = 36500, .def = 0, \
      .unit = "days", .doc = "How long archived agents are kept before they are deleted for good; 0 = always")       \
    S(SET_RETENTION_STORE_MIB, "retention.store_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 24, .def = 8192,    \
      .unit = "MiB",                                                                                                 \
      .doc = "Above this size of the store older events go too, never those of the last day and only where that is " \
             "enough: what takes the room otherwise is named by get_storage; 0 = no limit")                          \
    S(SET_RETENTION_LOG_MIB, "retention.log_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 24, .def = 20480,       \
      .unit = "MiB",                                                                                                 \
      .doc = "Above this size of all logs older ones go too, never those of the last day; 0 = no limit")

#define SETTING_ID_(id, ...) id,
typedef enum Setting { SETTING_TABLE(SETTING_ID_) Setting_n } Setting;
#undef SETTING_ID_

int settings_open(DbConn *c, Settings **ret, Err *e);
void settings_close(Settings *s);
void settings_closep(Settings **s); /* CLEANUP hook */
const SettingDef *setting_def(Setting id);
int64_t setting_i64(const Settings *s, Setting id); /* asserts that the kind fits, as the others do */
Str setting_str(const Settings *s, Setting id, Arena *a);
StrList setting_strs(const Settings *s, Setting id, Arena *a);

const SettingDef *setting_find(Str name); /* NULL when unknown */
/* The value as text: decimal, "true" or "false", lines. */
Str setting_text(const Settings *s, const SettingDef *d, Arena *a);
Str setting_default(const SettingDef *d, Arena *a);
/* Checks the text against kind and range and stores it; {NULL,0} goes back to the default. ERR_INVALID. */
int setting_put(Tx *tx, const SettingDef *d, Str text, Err *e);
int settings_reload(Settings *s, DbConn *c, Err *e);
