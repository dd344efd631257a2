/* Change: the way from what was written in a worktree to the branch that it lands on.
 *
 * Diffs and comments on them, staging, commits, remotes, the merge in two stages, landing, and the radar of what conflicts.
 * git and the worktrees hold the state; rows hold only what git has no place for. Reading is quiet (git/git.h); what a
 * person does runs with their configuration, hooks and credentials, one writer at a time per repository, and fetches and
 * pushes one at a time per remote. Worker threads.
 */
#pragma once

#include "core/op.h"

/* Creates App.changes. Start-up only. */
void change_register(App *app);
void change_done(App *app); /* after the pools have ended */

extern const Op diff_ops[], stage_ops[], remote_ops[], merge_ops[], radar_ops[], comment_ops[];
