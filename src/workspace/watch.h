/* Notices changes in worktrees, so that nobody has to ask: one debounced git status per worktree after inotify saw
 * something, told as git_status on `workspace/ws_…` when it, or the content of a changed file, differs from the last one.
 *
 * Ignored folders and .git are not watched; of the git folder only its own files are (HEAD, index). Where watches run
 * out the worktree is polled and its events say so. Statuses run on the slow pool, as background work, one of a
 * repository and three in all at a time, so that they never starve a person's click. Loop thread.
 */
#pragma once

#include "core/app.h"

typedef struct Err Err;

/* Watches every worktree of every open workspace, and follows what is opened, added, removed and closed. Needs
 * app->loop, hub, db, slow. Start-up only. */
int workspace_watch_start(App *app, WorkspaceWatch **ret, Err *e);
/* Closes its handles once the last status is done, so that the loop can end. NULL is fine. */
void workspace_watch_stop(WorkspaceWatch *w);
/* After the loop has ended: the hub may call until then. NULL is fine. */
void workspace_watch_free(WorkspaceWatch *w);
