/* Every setting, said once: name, kind, range, default, and the sentence that a person reads. SettingDef (core/setting.h) says what
 * its fields mean; list_settings, the command line and the page draw themselves from these rows.
 */
#pragma once

/* Of the CLI that an adapter of that name runs: agent.<adapter>_path. */
#define SETTING_PATH_(S, id, name_, title_)                                                                 \
    S(id, name_, .kind = SETTING_STR, .max = 4096, .is_path = 1, .def_str = "", .label = title_ " program", \
      .doc = "Path of the " title_ " program; empty: search PATH")
#define SETTING_TABLE(S)                                                                                               \
    S(SET_THEME, "theme", .kind = SETTING_STR, .max = 16, .def_str = "system", .words = "system\nlight\ndark",         \
      .doc = "Colours of the page; system: those of the device")                                                       \
    S(SET_CURSOR_BLINK, "cursor_blink", .label = "Blinking cursor", .kind = SETTING_BOOL, .def = 0,                    \
      .doc = "The cursor of terminals and of the editor blinks")                                                       \
    S(SET_AUTO_SAVE, "auto_save", .kind = SETTING_BOOL, .def = 1,                                                      \
      .doc = "The page keeps text that was not sent when it is reloaded")                                              \
    S(SET_NOTIFICATIONS, "notifications", .kind = SETTING_BOOL, .def = 1,                                              \
      .doc = "The page reports agents that are not on screen, if the browser allows it")                               \
    S(SET_NOTIFY_ASKS, "notify.asks", .kind = SETTING_BOOL, .def = 1,                                                  \
      .doc = "Report permissions, questions and plans that wait for an answer")                                        \
    S(SET_NOTIFY_FAILURES, "notify.failures", .kind = SETTING_BOOL, .def = 1, .doc = "Report agents that failed")      \
    S(SET_NOTIFY_FINISHED, "notify.finished", .label = "Finished turns", .kind = SETTING_BOOL, .def = 0,               \
      .doc = "Report agents that have finished a turn")                                                                \
    S(SET_NOTIFY_SOUND, "notify.sound", .kind = SETTING_BOOL, .def = 0,                                                \
      .doc = "A notification may have the sound of the system")                                                        \
    S(SET_LETTER_KEYS, "letter_keys", .label = "Keys of one letter", .kind = SETTING_BOOL, .def = 1,                   \
      .doc = "Letters and signs without Ctrl or Alt are keys of the page; off for those who dictate")                  \
    S(SET_DEFAULT_MODE, "default_mode", .kind = SETTING_STR, .max = 16, .def_str = "regular",                          \
      .words = "regular\nplan\nauto", .doc = "Mode of a new agent if none is given")                                   \
    S(SET_CONFIRM_DELETE, "confirm_delete", .kind = SETTING_BOOL, .def = 1,                                            \
      .doc = "The page asks before it removes a worktree; if it has uncommitted changes, always")                      \
    S(SET_MAX_CONTEXT_WARNING, "max_context_warning", .label = "Context warning", .kind = SETTING_I64, .min = 1,       \
      .max = 100, .def = 80, .unit = "%", .doc = "Context usage from which an agent is marked")                        \
    S(SET_WORKSPACE_ROOTS, "workspace.roots", .label = "Folders that may be opened", .kind = SETTING_STRS,             \
      .max = 16384, .is_path = 1, .def_str = "$HOME",                                                                  \
      .doc = "Folders inside which clients may open and browse, one per line")                                         \
    S(SET_WORKSPACE_TRASH_CAP_MIB, "workspace.trash_cap_mib", .label = "Size of the trash", .kind = SETTING_I64,       \
      .min = 0, .max = 1 << 24, .def = 20480, .unit = "MiB",                                                           \
      .doc = "Above this size the trash asks to be emptied; nothing is deleted automatically")                         \
    S(SET_WORKSPACE_TRASH_DAYS, "workspace.trash_days", .label = "Age of the trash", .kind = SETTING_I64, .min = 0,    \
      .max = 36500, .def = 30, .unit = "days",                                                                         \
      .doc = "After so long the trash asks for an entry to be deleted; nothing is deleted automatically; 0 = never")   \
    S(SET_CLONE_SILENCE_SECONDS, "workspace.clone_silence_seconds", .label = "Silence of a clone",                     \
      .kind = SETTING_I64, .min = 1, .max = 86400, .def = 300, .unit = "s",                                            \
      .doc = "A clone of which nothing is heard for so long is ended")                                                 \
    S(SET_OPEN_EDITOR, "open.editor", .kind = SETTING_STRS, .max = 4096, .def_str = "",                                \
      .doc = "Program that opens a file, and its arguments, one per line; {path} and {line} stand for the place")      \
    S(SET_OPEN_TERMINAL, "open.terminal", .kind = SETTING_STRS, .max = 4096, .def_str = "x-terminal-emulator",         \
      .doc = "Program that opens a terminal in {path}, where it starts, and its arguments, one per line")              \
    S(SET_OPEN_FILE_MANAGER, "open.file_manager", .kind = SETTING_STRS, .max = 4096, .def_str = "xdg-open\n{path}",    \
      .doc = "Program that shows a folder, and its arguments, one per line; {path} stands for the folder")             \
    S(SET_AGENT_ENV, "agent.env", .label = "Inherited variables", .kind = SETTING_STRS, .max = 16384,                  \
      .is_variable = 1, .def_str = "ANTHROPIC_*\nCLAUDE_*",                                                            \
      .doc = "Names of variables that agents and scripts inherit from the daemon's environment; a name may end in *")  \
    SETTING_PATH_(S, SET_AGENT_CLAUDE_PATH, "agent.claude_path", "Claude Code")                                        \
    SETTING_PATH_(S, SET_AGENT_GEMINI_PATH, "agent.gemini_path", "Gemini CLI")                                         \
    SETTING_PATH_(S, SET_AGENT_OPENCODE_PATH, "agent.opencode_path", "opencode")                                       \
    SETTING_PATH_(S, SET_AGENT_QWEN_PATH, "agent.qwen_path", "Qwen Code")                                              \
    SETTING_PATH_(S, SET_AGENT_CODEX_PATH, "agent.codex_path", "Codex")                                                \
    S(SET_AGENT_WALL_SECONDS, "agent.wall_seconds", .label = "Run time", .kind = SETTING_I64, .min = 0,                \
      .max = 6000000, .def = 0, .unit = "s", .doc = "Maximum run time of one launch of an agent; 0 = no limit")        \
    S(SET_AGENT_HANDSHAKE_SECONDS, "agent.handshake_seconds", .label = "Time to open a session", .kind = SETTING_I64,  \
      .min = 1, .max = 86400, .def = 180, .unit = "s",                                                                 \
      .doc = "How long a CLI may take to open its session before its agent is stopped")                                \
    S(SET_AGENT_SILENT_SECONDS, "agent.silent_seconds", .label = "Silence that is shown", .kind = SETTING_I64,         \
      .min = 1, .max = 86400, .def = 30, .unit = "s",                                                                  \
      .doc = "After how long without a word from its program a running agent is shown as silent")                      \
    S(SET_AGENT_MEMORY_MIB, "agent.memory_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 22, .def = 8192,            \
      .unit = "MiB", .doc = "Maximum memory of the process tree of an agent, a script or an eye; 0 = no limit")        \
    S(SET_AGENT_PROCESSES, "agent.processes", .kind = SETTING_I64, .min = 0, .max = 100000, .def = 1000,               \
      .doc = "Maximum number of processes in the process tree of an agent, a script or an eye; 0 = no limit")          \
    S(SET_AGENT_OUTPUT_MIB, "agent.output_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 24, .def = 8192,            \
      .unit = "MiB", .doc = "Maximum output of one launch, as stored in its log; 0 = no limit")                        \
    S(SET_LAUNCH_BACKLOG_MIB, "launch.backlog_mib", .kind = SETTING_I64, .min = 1, .max = 1 << 20, .def = 256,         \
      .unit = "MiB", .doc = "Unread output above which a launch is held back")                                         \
    S(SET_LAUNCH_MIN_FREE_MIB, "launch.min_free_mib", .label = "Free space to start", .kind = SETTING_I64, .min = 0,   \
      .max = 1 << 22, .def = 512, .unit = "MiB", .doc = "Free space below which no agent is started")                  \
    S(SET_EYE_SIZE, "eye.size", .label = "Resolution", .kind = SETTING_STR, .max = 16, .def_str = "1280x720",          \
      .words = "1280x720\n1920x1080\n2560x1440\n3840x2160", .doc = "Size of a new eye's frames if its game has none")  \
    S(SET_EYE_LOCKSTEP, "eye.lockstep", .label = "Lockstep", .kind = SETTING_BOOL, .def = 0,                           \
      .doc = "A new eye draws a frame only when its consumer asks for one, so that training is deterministic")         \
    S(SET_EYE_BUFFERS, "eye.buffers", .label = "Buffer pool size", .kind = SETTING_I64, .min = 2, .max = 5, .def = 3,  \
      .unit = "buffers", .doc = "Frames that a new eye keeps for those who watch, and for composition")                \
    S(SET_EYE_SOCKET_PATH, "eye.socket_path", .label = "Socket path", .kind = SETTING_STR, .max = 107, .is_path = 1,   \
      .def_str = "", .doc = "Place of the frame socket of an eye, if no other eye has it; empty: each has its own")    \
    S(SET_EYE_ENVIRONMENT, "eye.environment", .label = "Game", .kind = SETTING_STR, .max = 128, .def_str = "",         \
      .doc = "Game of an eye that is started without one, as list_games names it; empty: a moving test pattern")       \
    S(SET_NET_LAB_PORT, "net.lab_port", .label = "Port of MetaBonk's clients", .kind = SETTING_I64, .min = 0,          \
      .max = 65535, .def = 0,                                                                                          \
      .doc = "Port on which /ws/lab is also served, at any path, from the next start on; MetaBonk's is 8765; 0: none") \
    S(SET_ATTACHMENT_TOTAL_MIB, "attachment.total_mib", .kind = SETTING_I64, .min = 0, .max = 1 << 24, .def = 4096,    \
      .unit = "MiB", .doc = "Size of all attachments above which no file is taken; 0 = no limit")                      \
    S(SET_USAGE_DAILY_LIMIT, "usage.daily_limit", .kind = SETTING_I64, .min = 0, .max = 1ll << 50, .def = 0,           \
      .unit = "tokens", .doc = "Daily token limit for the usage display; does not stop agents; 0 = none")              \
    S(SET_USAGE_WEEKLY_LIMIT, "usage.weekly_limit", .kind = SETTING_I64, .min = 0, .max = 1ll << 50, .def = 0,         \
      .unit = "tokens", .doc = "Weekly token limit for the usage display; does not stop agents; 0 = none")             \
    S(SET_USAGE_MONTHLY_LIMIT, "usage.monthly_limit", .kind = SETTING_I64, .min = 0, .max = 1ll << 50, .def = 0,       \
      .unit = "tokens", .doc = "Monthly token limit for the usage display; does not stop agents; 0 = none")            \
    S(SET_USAGE_DAILY_REQUESTS, "usage.daily_requests", .kind = SETTING_I64, .min = 0, .max = 1ll << 40, .def = 0,     \
      .unit = "requests", .doc = "Daily request limit for the usage display; does not stop agents; 0 = none")          \
    S(SET_RATE_REQUESTS, "rate.requests", .kind = SETTING_I64, .min = 0, .max = 1 << 30, .def = 60000,                 \
      .unit = "per minute",                                                                                            \
      .doc = "Calls that a person may make with the token; ten times as many on the Unix socket; 0 = no limit")        \
    S(SET_RATE_WRITES, "rate.writes", .kind = SETTING_I64, .min = 0, .max = 1 << 30, .def = 12000,                     \
      .unit = "per minute",                                                                                            \
      .doc = "Of these, calls that change something; ten times as many on the Unix socket; 0 = no limit")              \
    S(SET_RATE_AGENT_REQUESTS, "rate.agent_requests", .kind = SETTING_I64, .min = 0, .max = 1 << 30, .def = 6000,      \
      .unit = "per minute", .doc = "Calls that the programs of one agent may make; 0 = no limit")                      \
    S(SET_RATE_AGENT_WRITES, "rate.agent_writes", .kind = SETTING_I64, .min = 0, .max = 1 << 30, .def = 600,           \
      .unit = "per minute", .doc = "Of these, calls that change something; 0 = no limit")                              \
    S(SET_RATE_UNKNOWN_REQUESTS, "rate.unknown_requests", .kind = SETTING_I64, .min = 0, .max = 1 << 30, .def = 6000,  \
      .unit = "per minute", .doc = "Calls from one address without a valid token, except health; 0 = no limit")        \
    S(SET_RETENTION_EVENT_DAYS, "retention.event_days", .label = "Events and logs", .kind = SETTING_I64, .min = 1,     \
      .max = 3650, .def = 365, .unit = "days",                                                                         \
      .doc = "How long events, logs of launches, settled asks and the audit log are kept")                             \
    S(SET_RETENTION_MESSAGE_DAYS, "retention.message_days", .label = "Messages", .kind = SETTING_I64, .min = 0,        \
      .max = 36500, .def = 0, .unit = "days",                                                                          \
      .doc = "How long messages are kept, except waiting prompts; 0 = forever")                                        \
    S(SET_RETENTION_ARCHIVED_DAYS, "retention.archived_days", .label = "Archived agents", .kind = SETTING_I64,         \
      .min = 0, .max = 36500, .def = 0, .unit = "days",                                                                \
      .doc = "How long archived agents are kept before they are deleted for good; 0 = forever")                        \
    S(SET_RETENTION_SALVAGE_DAYS, "retention.salvage_days", .label = "Age of salvages", .kind = SETTING_I64, .min = 0, \
      .max = 36500, .def = 0, .unit = "days",                                                                          \
      .doc = "After how long a salvage is deleted for good, with what only it holds; the newest of each worktree "     \
             "stays; 0 = never")                                                                                       \
    S(SET_RETENTION_SALVAGE_MIB, "retention.salvage_mib", .label = "Size of salvages", .kind = SETTING_I64, .min = 0,  \
      .max = 1 << 24, .def = 0, .unit = "MiB",                                                                         \
      .doc = "Size of a repository's salvages above which the oldest are deleted for good, with what only they hold; " \
             "the newest of each worktree stays; 0 = never")                                                           \
    S(SET_RETENTION_CHECKPOINT_DAYS, "retention.checkpoint_days", .label = "Age of checkpoints", .kind = SETTING_I64,  \
      .min = 0, .max = 36500, .def = 30, .unit = "days",                                                               \
      .doc = "After how long a checkpoint is deleted for good, except the newest of each worktree; 0 = never")         \
    S(SET_RETENTION_CHECKPOINTS, "retention.checkpoints", .kind = SETTING_I64, .min = 10, .max = 100000, .def = 1000,  \
      .unit = "checkpoints",                                                                                           \
      .doc = "How many checkpoints of a worktree are kept, the newest ones; older ones are deleted for good")          \
    S(SET_RETENTION_STORE_MIB, "retention.store_mib", .label = "Size of the store", .kind = SETTING_I64, .min = 0,     \
      .max = 1 << 24, .def = 8192, .unit = "MiB",                                                                      \
      .doc = "Size of the store above which older events are deleted, except those of the last day, if that is "       \
             "enough to get below it; `muster storage` shows what else uses the space; 0 = no limit")                  \
    S(SET_RETENTION_LOG_MIB, "retention.log_mib", .label = "Size of the logs", .kind = SETTING_I64, .min = 0,          \
      .max = 1 << 24, .def = 20480, .unit = "MiB",                                                                     \
      .doc = "Total size of the logs above which older ones are deleted, except those of the last day; 0 = no limit")
