/* Terminals: shells and commands that a person runs beside the agents of a worktree, and how any launch's terminal is
 * watched.
 *
 * What a program asks its terminal is answered here (answer.c), whether anybody looks or not, and never by a viewer.
 *
 * A terminal is a launch with a pty. Its log is its stream (core/tail.h): a viewer subscribes to `terminal/lch_…` on the
 * live socket and gets the bytes from an offset, or a screen (screen.h) and the bytes behind it. A terminal agent's launch
 * is watched in the same way. Of several viewers the one that typed last owns the size. Nothing that is typed is stored or
 * logged. What runs in a terminal that a person started has that person's role on the daemon's socket, but no credential in
 * its environment, which is the one of the worktree's scripts.
 */
#pragma once

#include "core/live_source.h"
#include "core/op.h"
#include "core/org.h"
#include "core/topic.h"
#include "term/term.h"

enum { TERMINAL_TITLE_MAX = 200 };
enum { TERMINALS_ALIVE_MAX = 200, TERMINAL_BEHIND_MAX = 4 << 20, TERMINAL_WINDOW = 256 << 10 };

#define TERMINAL_STATE_WORDS(W)    \
    W(TERMINAL_RUNNING, "running") \
    W(TERMINAL_EXITED, "exited")   \
    W(TERMINAL_CLOSED, "closed")   \
    W(TERMINAL_LOST, "lost")
ENUM_DECLARE(TerminalState, TERMINAL_STATE_WORDS);

#define TERMINAL(F, S)                                                                                               \
    F(S, ID("trm"), id, .doc = "The terminal")                                                                       \
    F(S, ID("ws"), workspace_id, .doc = "The workspace of its worktree")                                             \
    F(S, ID("wt"), worktree_id, .doc = "The worktree in which it was started")                                       \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "The agent beside which it was opened")                                \
    F(S, STR, name, .min = 1, .max = 100, .is_name = 1, .example = "bash", .doc = "Shown in lists")                  \
    F(S, STR, title, .opt = 1, .max = TERMINAL_TITLE_MAX, .doc = "As the program set it last")                       \
    F(S, STR, command, .opt = 1, .max_bytes = 65536, .doc = "Run by /bin/sh -c; left out: the person's login shell") \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its launch: the topic is terminal/lch_…")                           \
    F(S, ENUM(TerminalState), state, .doc = "running, exited, closed by a person, or lost")                          \
    F(S, I64, exit_code, .opt = 1, .min = 0, .max = 255, .doc = "Left out when a signal ended it")                   \
    F(S, STR, detail, .opt = 1, .max_bytes = 2000, .doc = "Why it ended, or why its output is not read for now")     \
    F(S, TIME, created_at, .doc = "When it was started")                                                             \
    F(S, TIME, ended_at, .opt = 1, .doc = "When it ended")
SHAPE(Terminal, TERMINAL);

/* Rows. ERR_NOT_FOUND. */
int terminal_get(DbConn *c, Str id, Arena *a, Terminal *ret, Err *e);
typedef struct TerminalStart {
    App *app;
    Str worktree_id, agent_id; /* one of them */
    Str name, command;         /* {NULL,0}: none */
    Str shell;                 /* absolute path of the login shell */
    TermSize size;
    const Principal *who;
    Arena *arena;
} TerminalStart;
/* Adds the row and its launch. Inside a write. */
int terminal_start(Tx *tx, const TerminalStart *s, Terminal *ret, Err *e);
int terminal_rename(Tx *tx, Str id, Str name, Arena *a, Terminal *ret, Err *e);
typedef struct TerminalEnd {
    Str id;
    TerminalState state;
    int64_t exit_code; /* -1: none */
    Str detail;
} TerminalEnd;
int terminal_end(Tx *tx, const TerminalEnd *x, Err *e);
int terminal_held(Tx *tx, Str id, Str why, Err *e);
int terminal_set_title(Tx *tx, Str id, Str title, Err *e); /* empty: none */
/* Deletes terminals that ended before older_than, with their logs. Worker. */
int terminals_expire(App *app, DbConn *db, TimeUs older_than, Err *e);

/* Viewers (view.c). Loop thread. */
extern const LiveSource terminal_source;
/* Makes a viewer the owner of the size. False: this launch has no such viewer. *ret: the size that it asks for. */
bool terminal_take_size(App *app, Str launch_id, uint32_t sub, TermSize *ret);
void terminals_stop(Terminals *t); /* NULL is fine, here and below */
void terminals_free(Terminals *t); /* after the loop has ended */

/* Registers the owner "terminal", the hooks on worktrees, and what makes snapshots. Start-up only. */
void terminal_register(App *app);
extern const LaunchOwner terminal_owner;
extern const Op terminal_ops[];
extern const TopicDef terminal_topics[];
extern const OrgOf terminal_orgs[];
