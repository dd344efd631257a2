/* Scripts of a workspace: commands that run in its worktrees, as launches, and what became of each run.
 *
 * A setup script runs when a worktree is created, a teardown script before it is removed; a run script (a server) and a
 * check run when somebody asks. A file of the repository can propose scripts: what runs are the copies that a person
 * accepted, never the file. Setup scripts run one after another, by name; teardown scripts side by side. The store keeps
 * the newest runs of each script in each worktree, with their logs: the beginning and the end of a long one. A worktree
 * has ten ports of its own, which its agents and scripts find in MUSTER_PORT and MUSTER_PORT_1 to MUSTER_PORT_9. A
 * script's environment is the user's, the names of the setting agent.env, and the ports; its process tree has the
 * limits of the settings agent.memory_mib, agent.processes and agent.output_mib. A setup script that fails leaves the
 * worktree as it is, and so does a teardown script, unless the removal is forced.
 */
#pragma once

#include "core/hook.h"
#include "core/op.h"
#include "core/org.h"
#include "core/topic.h"
#include "script/port.h"

enum { SCRIPTS_MAX = 100, TEARDOWN_SECONDS_MAX = 600, SCRIPT_RUNS_KEPT = 20, SCRIPT_LOG_MAX = 4 << 20 };

#define SCRIPT_KIND_WORDS(W) \
    W(SCRIPT_CHECK, "check") W(SCRIPT_RUN, "run") W(SCRIPT_SETUP, "setup") W(SCRIPT_TEARDOWN, "teardown")
ENUM_DECLARE(ScriptKind, SCRIPT_KIND_WORDS);

#define SCRIPT_NAMED(F, S)                                                                           \
    F(S, STR, name, .min = 1, .max = 100, .is_name = 1, .example = "Tests", .doc = "Shown in lists") \
    F(S, STR, command, .min = 1, .max_bytes = 65536, .example = "make test", .doc = "Run by /bin/sh -c in the worktree")
enum { SCRIPT_SECONDS_MAX = 6000000 };
#define SCRIPT_TIMEOUT_DOC \
    "It is killed after so long, with its whole process tree; 0 = no limit. Of a teardown script 1 to 600"
/* As a client sends them. */
#define SCRIPT_VALUES(F, S)                                                                             \
    SCRIPT_NAMED(F, S)                                                                                  \
    F(S, I64, timeout_seconds, .opt = 1, .has_def = 1, .def = 600, .min = 0, .max = SCRIPT_SECONDS_MAX, \
      .doc = SCRIPT_TIMEOUT_DOC)
#define SCRIPT_KIND_DOC "check, run, setup: run when a worktree is created, or teardown: run before it is removed"
#define SCRIPT(F, S)                                                                                          \
    F(S, ID("scr"), id, .doc = "The script")                                                                  \
    F(S, ID("ws"), workspace_id, .doc = "Its workspace")                                                      \
    F(S, ENUM(ScriptKind), kind, .doc = SCRIPT_KIND_DOC)                                                      \
    SCRIPT_NAMED(F, S)                                                                                        \
    F(S, I64, timeout_seconds, .min = 0, .max = SCRIPT_SECONDS_MAX, .doc = SCRIPT_TIMEOUT_DOC)                \
    F(S, BOOL, is_proposed, .doc = "Accepted from the repository's file; a change makes it the person's own") \
    F(S, TIME, created_at, .doc = "When it was created")                                                      \
    F(S, TIME, updated_at, .doc = "When it last changed")
SHAPE(Script, SCRIPT);

#define SCRIPT_STATE_WORDS(W)        \
    W(SCRIPT_NEVER, "never")         \
    W(SCRIPT_RUNNING, "running")     \
    W(SCRIPT_PASSED, "passed")       \
    W(SCRIPT_FAILED, "failed")       \
    W(SCRIPT_TIMED_OUT, "timed_out") \
    W(SCRIPT_STOPPED, "stopped")     \
    W(SCRIPT_LOST, "lost")
ENUM_DECLARE(ScriptState, SCRIPT_STATE_WORDS);

#define SCRIPT_RUN_FIELDS(F, S)                                                                                      \
    F(S, ID("srn"), id, .opt = 1, .doc = "The run; left out for a check that never ran")                             \
    F(S, ID("scr"), script_id, .doc = "Its script")                                                                  \
    F(S, ID("ws"), workspace_id, .doc = "The workspace")                                                             \
    F(S, ID("wt"), worktree_id, .doc = "The worktree in which it ran")                                               \
    F(S, ENUM(ScriptKind), kind, .doc = "check, run, setup or teardown")                                             \
    F(S, STR, name, .min = 1, .max = 100, .doc = "The script's name")                                                \
    F(S, STR, command, .max_bytes = 65536, .doc = "As it ran")                                                       \
    F(S, STR, content_id, .opt = 1, .max_bytes = 64, .doc = "Of a check: contentId of the worktree when it began")   \
    F(S, STR, end_content_id, .opt = 1, .max_bytes = 64,                                                             \
      .doc = "Likewise after it had ended: the result is old unless both are what the worktree has now")             \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its launch")                                                        \
    F(S, ENUM(ScriptState), state, .doc = "never, running, passed, failed, timed_out, stopped or lost")              \
    F(S, I64, exit_code, .opt = 1, .min = 0, .max = 255, .doc = "Of its shell; left out when a signal ended it")     \
    F(S, STR, detail, .opt = 1, .max_bytes = 2000, .doc = "Why it did not pass, if the exit code does not say it")   \
    F(S, STR, notice, .opt = 1, .max_bytes = 1000, .doc = "Of a run script: which of its ports others use already")  \
    F(S, LIST(ScriptPort), ports, .opt = 1, .max = SCRIPT_PORTS_MAX,                                                 \
      .doc = "Of a run script that runs: what it listens on, as last seen; looked at in its first minute and while " \
             "somebody follows the workspace or lists its runs")                                                     \
    F(S, I64, log_bytes, .min = 0, .max = INT64_MAX, .doc = "Bytes of its output")                                   \
    F(S, I64, dropped_bytes, .min = 0, .max = INT64_MAX, .doc = "Bytes that the log left out in its middle")         \
    F(S, TIME, started_at, .opt = 1, .doc = "When it began")                                                         \
    F(S, TIME, ended_at, .opt = 1, .doc = "When it ended")
SHAPE(ScriptRun, SCRIPT_RUN_FIELDS);

/* Reading, for other nouns too. ERR_NOT_FOUND. */
int script_get(DbConn *c, Str workspace_id, Str id, Arena *a, Script *ret, Err *e);
int script_run_get(DbConn *c, Str id, Arena *a, ScriptRun *ret, Err *e);
/* The newest run of each check of the worktree's workspace, by name. */
int script_checks(DbConn *c, Str worktree_id, Arena *a, ScriptRunList *ret, Err *e);

/* Starts a run inside a write. ERR_CONFLICT: this script is running in this worktree. */
typedef struct ScriptStart {
    App *app;
    const Script *script;
    Str worktree_id, path; /* of the worktree */
    Str principal;
    Str notice;
    Str content_id; /* of a check: what the worktree has now */
    Arena *arena;
} ScriptStart;
int script_start(Tx *tx, const ScriptStart *s, ScriptRun *ret, Err *e);
/* The run has ended: stores how, and reports it. */
typedef struct ScriptEnd {
    Str run_id;
    ScriptState state;
    int64_t exit_code; /* -1: none */
    Str detail;
    Str principal; /* who started it */
} ScriptEnd;
/* Of a setup script, the next one starts. */
int script_end(App *app, Tx *tx, const ScriptEnd *x, Err *e);
/* Its output is not read for now, or again with an empty `why`. */
int script_held(Tx *tx, Str run_id, Str why, Err *e);

/* What a check runs on (content.c). Reads the worktree's content id from git. Slow pool. */
int script_content_id(const char *path, Arena *a, Str *ret, Err *e);
/* After a check has passed, reads it again and stores it. Any thread. */
void script_content_end(App *app, DbConn *db, Str launch_id);
int script_run_emit(Tx *tx, const ScriptRun *r, Err *e);

/* The rules that a script's fields must fit together by. ERR_INVALID, with the field. */
int script_check(const Script *s, Err *e);
/* Adding, replacing and removing rows, with their events. */
int script_insert(Tx *tx, Script *s, Err *e);
int script_replace(Tx *tx, Script *s, Err *e);
int script_remove(Tx *tx, const Script *s, Err *e);

/* Deletes runs that ended before older_than, with their logs. Worker. */
int scripts_expire(App *app, TimeUs older_than, Err *e);
/* Bytes that runs and their logs take. */
int scripts_room(DbConn *c, int64_t *ret, Err *e);

/* teardown.c: of hook.h. */
int teardown_on_leaving(App *app, DbConn *db, WorktreeLeaving *l, Err *e);
/* ERR_DISK_FULL: the workspace has teardown scripts, and there is no room for them to run. */
int teardown_check_room(App *app, DbConn *db, Str workspace_id, Err *e);

/* Registers the owner "script" and the hooks on worktrees. Start-up only. */
void script_register(App *app);
extern const LaunchOwner script_owner;
extern const OrgOf script_orgs[];
extern const Op script_ops[], script_run_ops[], port_ops[], proposal_ops[];
