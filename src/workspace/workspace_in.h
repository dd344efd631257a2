/* The rules behind the operations, by file. */
#pragma once

#include "git/trash.h"
#include "workspace/salvage_shapes.h"
#include "workspace/workspace_shapes.h"

/* roots.c: the paths that clients may use. */
typedef struct RootPath {
    const char *path; /* canonical as far as it exists; in the rest, one slash between the parts and none at the end */
    const char *base; /* the part that exists */
    bool exists;
} RootPath;
/* `~` and `~/…` are the user's home. ERR_INVALID: not absolute or not UTF-8. ERR_FORBIDDEN: outside the roots, whether
 * or not it exists. */
int roots_resolve(const App *app, Arena *a, Str path, RootPath *ret, Err *e);
bool roots_allow(const App *app, Arena *a, Str canonical);
int roots_require(const App *app, Arena *a, Str canonical, Err *e); /* ERR_FORBIDDEN: outside the roots */
int roots_browse(OpCall *c, const Browse *in, Folders *out, Err *e);

/* place.c: where a new worktree may be created. */
/* <repository>-<name> beside the repository, with the name converted as the page converts it to a branch. ERR_INVALID:
 * the name yields no folder name. */
int place_of_name(Arena *a, const Workspace *w, Str name, Str *ret, Err *e);
/* Refuses what git or the file system would refuse halfway, and folders that belong to git or Muster. The caller checks
 * whether the path already exists. `w` NULL: for a repository of its own. */
int place_check(const App *app, Arena *a, const Workspace *w, const RootPath *r, Err *e);

/* workspace_db.c */
int worktree_detail(const App *app, DbConn *db, const Worktree *w, Arena *a, WorktreeDetail *ret, Err *e);
void worktrees_find_missing(WorktreeDetail *items, size_t n, Arena *a); /* sets is_missing of details */
int workspace_count_agents(const App *app, DbConn *db, Workspace *w, Err *e);
int workspace_detail(OpCall *c, Str id, WorkspaceDetail *ret, Err *e);
/* Both emit worktree_added. ERR_CONFLICT: the workspace is closed, which may happen while git is still running. */
int worktree_insert(Tx *tx, Worktree *w, Err *e);                      /* sets order and times */
int worktree_return(Tx *tx, Worktree *w, const Worktree *old, Err *e); /* with the id, order and sort mode of `old` */
int worktree_store(Tx *tx, Worktree *w, Err *e);                       /* emits worktree_updated */
int worktree_close(App *app, Tx *tx, const Worktree *w, Err *e); /* hook and worktree_removed; the row stays, closed */

/* workspace.c */
typedef struct Opening Opening;
int workspace_open(OpCall *c, Str path, Workspace *out, Err *e);
/* The same in two parts: finds what is there, and stores it in the caller's write; one that is open already is found. The
 * caller may set out->name in between. */
int workspace_look(OpCall *c, Str path, Workspace *out, Opening **ret, Err *e);
int workspace_open_tx(Tx *tx, Opening *o, Err *e);
int workspace_rename(OpCall *c, const WorkspaceUpdate *in, Workspace *out, Err *e);
/* Follows a repository whose folder was moved. ERR_CONFLICT: it is still where it was, or another one is at the path. */
int workspace_relocate(OpCall *c, const WorkspaceRelocate *in, Workspace *out, Err *e);
int workspace_close(OpCall *c, Str id, Err *e);
int workspace_refresh(OpCall *c, Str id, WorkspaceDetail *out, Err *e);

/* worktree_make.c */
int worktree_create(OpCall *c, const WorktreeCreate *in, Worktree *out, Err *e);
int worktree_create_recover(OpCall *c, const OpIntent *i, Err *e);
/* ERR_CONFLICT: "<what> <value> already exists", for that field. */
int worktree_exists(const char *field, const char *what, Str value, Err *e);

/* worktree.c */
int worktree_update(OpCall *c, const WorktreeUpdate *in, Worktree *out, Err *e);
int worktree_reorder(OpCall *c, const WorktreeReorder *in, WorktreeOrders *out, Err *e);
int worktree_checkout(OpCall *c, const WorktreeCheckout *in, Worktree *out, Err *e);
int worktree_checkout_recover(OpCall *c, const OpIntent *i, Err *e);
/* True when nothing exists at its path; false when that cannot be determined, as on a disk that does not answer. */
bool worktree_is_missing(const Worktree *w);

/* salvage.c */
int salvages_read(OpCall *c, const SalvagesRead *in, Salvages *out, Err *e);
int salvages_read_all(OpCall *c, const AllSalvagesRead *in, AllSalvages *out, Err *e);
int salvage_read(OpCall *c, const SalvageRead *in, SalvageDetail *out, Err *e);
int salvages_delete(OpCall *c, const SalvagesDelete *in, SalvagesDeleted *out, Err *e);
int salvages_delete_recover(OpCall *c, const OpIntent *i, Err *e);
int salvage_put_back(OpCall *c, const SalvageRestoreIn *in, SalvageRestored *out, Err *e);
int salvage_put_back_recover(OpCall *c, const OpIntent *i, Err *e);

/* lock.c */
int lock_remove(OpCall *c, const LockRemove *in, LockRemoved *out, Err *e);
int lock_remove_recover(OpCall *c, const OpIntent *i, Err *e);

/* copied.c */
int copied_files_get(OpCall *c, Str workspace_id, CopiedFiles *out, Err *e);
int copied_files_set(OpCall *c, const CopiedFilesSet *in, CopiedFiles *out, Err *e);
bool copied_files_are_wanted(OpCall *c, const Workspace *w);
/* Copies them from the workspace's folder to the new worktree; takes as long as a gigabyte does, so the caller has left its
 * turn. A remark for a person: what was copied, what was not and why, which patterns match nothing. */
Str copied_files_make(OpCall *c, const Workspace *w, Str to);

/* trash.c */
int trash_put(OpCall *c, const WorktreeRemove *in, Err *e);
int trash_put_recover(OpCall *c, const OpIntent *i, Err *e);
int trash_list(OpCall *c, Trash *out, Err *e);
int trash_restore(OpCall *c, Str trash_id, Str path, Worktree *out, Err *e); /* path: empty = where it was */
void trash_entry_state(const TrashEntry *en, GitTrashed *ret);
int trash_insert(Tx *tx, const char *org, const TrashEntry *en, Err *e); /* and says so */
int trash_gone_tx(Tx *tx, void *arg, Err *e);                            /* arg: TrashEntry */
/* AWAY: neither is the folder around it, as on a disk that is not mounted, or the disk does not answer; its files may come
 * back. */
typedef enum TrashPresence { TRASH_IS_THERE, TRASH_IS_GONE, TRASH_IS_AWAY } TrashPresence;
TrashPresence trash_presence(Arena *a, const TrashEntry *en);
int trash_drop(App *app, Arena *a, const TrashEntry *en, Err *e); /* the rest of one that is gone; git_trash_drop */
int trash_restore_recover(OpCall *c, const OpIntent *i, Err *e);
/* trash_adopt.c */
typedef struct TrashScan {
    Str common_dir;
    TrashEntryList found; /* the store does not have them; without workspace */
    StrList notes;        /* why others are not listed */
} TrashScan;
/* Of one that git lists and that is in the trash; both lists have room. */
int trash_scan(OpCall *c, const Git *g, const GitWorktree *w, TrashScan *out, Err *e);
int trash_adopt(Tx *tx, OpCall *c, Str workspace_id, const TrashScan *scan, Err *e);
/* trash_follow.c */
typedef struct TrashMove {
    Str from, to;               /* the repository's folder, */
    Str from_common, to_common; /* and its common git folder */
    TrashEntryList entries;     /* of trash_follow: as they are now */
} TrashMove;
/* Writes manifests and git's links; may be repeated. `g` runs in the new common git folder. */
int trash_follow(OpCall *c, const Git *g, TrashMove *m, Err *e);
int trash_follow_tx(Tx *tx, const TrashMove *m, Err *e); /* then the rows */
/* trash_empty.c */
int trash_empty(OpCall *c, const TrashEmpty *in, TrashEmptied *out, Err *e);
int trash_empty_recover(OpCall *c, const OpIntent *i, Err *e);
/* trash.c */
/* Moves a half-created worktree to the trash instead of deleting it. On any error it stays where it is. */
int trash_keep(OpCall *c, const Workspace *w, const char *path, const char *name, Err *e);
