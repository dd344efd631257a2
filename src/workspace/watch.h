/* Watches worktrees for changes, so that clients need not poll: after inotify has reported something, one debounced git
 * status runs for the worktree. It is emitted as git_status on `workspace/ws_…` when it, or the content of a changed
 * file, differs from the last one.
 *
 * A folder that was moved away or deleted, and one that came back, is noticed within a few seconds, also where inotify
 * reports nothing.
 *
 * Ignored folders and .git are not watched; of the git folder only its own files are (HEAD, index). When the inotify
 * watches run out, the worktree is polled, and its events say so. Statuses run on the slow pool as background work, one
 * per repository and three in all at a time, so that they never delay a user's request. Loop thread.
 */
#pragma once

#include "core/app.h"

typedef struct Err Err;

/* Watches every worktree of every open workspace, and follows workspaces and worktrees that are opened, added, removed
 * and closed. Needs app->loop, hub, db, slow. Start-up only. */
int workspace_watch_start(App *app, WorkspaceWatch **ret, Err *e);
/* Closes its handles once the last status has finished, so that the loop can end. NULL is fine. */
void workspace_watch_stop(WorkspaceWatch *w);
/* After the loop has ended: until then the hub may call it. NULL is fine. */
void workspace_watch_free(WorkspaceWatch *w);
