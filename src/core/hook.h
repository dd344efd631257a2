/* Hooks: how a lower noun calls a higher one, inside the same transaction or before it, without depending on it.
 *
 * One typed row for each hook; registration happens at start-up only, in the order of daemon/features.c. The first
 * failure rolls the transaction back.
 */
#pragma once

#include "db/db.h"

typedef struct App App;

typedef struct AskAnswered AskAnswered; /* approval/approval.h: core does not know asks */

typedef struct WorktreeGone {
    Str worktree_id, workspace_id;
} WorktreeGone;

/* A worktree was created, in the write that adds its row. */
typedef struct WorktreeMade {
    Str worktree_id, workspace_id, path;
    Str principal; /* who created it */
} WorktreeMade;

/* A worktree is about to be removed. First worktree_emptying: what runs there and may be ended is asked to end, and its
 * launches are added; ERR_CONFLICT keeps the worktree. Then, when they have ended, worktree_leaving with n_ended 0: who has something to run there before starts it and adds its
 * launches. Then, when all of them have ended: ERR_CONFLICT keeps the worktree. */
typedef struct WorktreeLeaving {
    Str worktree_id, workspace_id, path;
    Str principal; /* who removes it */
    bool is_forced;
    bool is_emptied; /* what was asked to end has had its time */
    Arena *arena;
    StrList launches;
    int64_t wait_ms; /* how long each may last */
    size_t n_ended;
} WorktreeLeaving;

/* A moment of a conversation at which the files of its worktree may have changed, or are about to. */
#define WORK_MARK_WORDS(W)             \
    W(MARK_TURN_START, "turn_start")   \
    W(MARK_BEFORE_TOOL, "before_tool") \
    W(MARK_AFTER_TOOL, "after_tool")   \
    W(MARK_TURN_END, "turn_end")
ENUM_DECLARE(WorkMarkKind, WORK_MARK_WORDS);
typedef struct WorkMark {
    WorkMarkKind kind;
    bool goes_on; /* the agent works, or commands of its turn still do; false at an ask */
    Str subject_id, worktree_id, workspace_id;
    int64_t turn;      /* index */
    Str tool_id, tool; /* of a call; {NULL,0}: none */
    TimeUs at;         /* by the log */
} WorkMark;

/* A prompt of a person that its program will never answer: it was withdrawn, dropped, or erased with its conversation. */
typedef struct MessageWithdrawn {
    Str message_id;
} MessageWithdrawn;

/* name, where it runs, payload. On a DbConn: on the call's worker before its write, to refuse early and to prepare what
 * would keep the writer. worktree_rewriting: its files are about to be replaced. */
#define HOOK_LIST(H)                                                                              \
    H(ask_answering, DbConn, AskAnswered)                                                         \
    H(ask_answered, Tx, const AskAnswered)                                                        \
    H(worktree_emptying, DbConn, WorktreeLeaving)                                                 \
    H(worktree_leaving, DbConn, WorktreeLeaving)                                                  \
    H(worktree_removing, Tx, const WorktreeGone)  /* may refuse: ERR_CONFLICT while agents run */ \
    H(worktree_rewriting, Tx, const WorktreeGone) /* likewise, while their turns run */           \
    H(work_marked, Tx, const WorkMark)                                                            \
    H(message_withdrawn, Tx, const MessageWithdrawn)                                              \
    H(worktree_made, Tx, const WorktreeMade)                                                      \
    H(worktree_gone, Tx, const WorktreeGone)                                                      \
    H(worktree_back, Tx, const WorktreeGone)

/* The registered functions: App.hooks, created by the first registration. */
typedef struct Hooks Hooks;
void hooks_free(Hooks *h); /* NULL is fine */

#define HOOK_DECLARE_(name, C, T)                                               \
    void hook_on_##name(App *app, int (*fn)(App * app, C * c, T * v, Err * e)); \
    int hook_run_##name(App *app, C *c, T *v, Err *e);
HOOK_LIST(HOOK_DECLARE_)
#undef HOOK_DECLARE_
