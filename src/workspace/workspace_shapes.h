/* The shapes of the operations of workspace/: their inputs, and the answers that no other noun uses. */
#pragma once

#include "git/trash.h"
#include "workspace/workspace.h"

#define WORKSPACES(F, S) F(S, LIST(Workspace), workspaces, .max = 10000, .doc = "Most recently changed first")
SHAPE(Workspaces, WORKSPACES);
#define WORKTREES(F, S) F(S, LIST(Worktree), worktrees, .max = 10000, .doc = "In their order")
SHAPE(Worktrees, WORKTREES);

#define WORKSPACE_CREATE(F, S)                                 \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, \
      .doc = "Absolute path of a git repository, or of a folder inside it")
SHAPE(WorkspaceCreate, WORKSPACE_CREATE);

#define WORKSPACE_UPDATE(F, S) \
    IN_WORKSPACE(F, S)         \
    F(S, STR, name, .min = 1, .max = 100, .is_name = 1, .doc = "Shown in lists")
SHAPE(WorkspaceUpdate, WORKSPACE_UPDATE);

#define WORKSPACE_RELOCATE(F, S)                               \
    IN_WORKSPACE(F, S)                                         \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, \
      .doc = "Where the repository is now: its folder, or one inside it")
SHAPE(WorkspaceRelocate, WORKSPACE_RELOCATE);

#define WORKTREE_CREATE(F, S)                                                                                   \
    IN_WORKSPACE(F, S)                                                                                          \
    F(S, STR, name, .min = 1, .max_bytes = 255, .is_name = 1,                                                   \
      .doc = "Shown in lists; also the end of its folder's name")                                               \
    F(S, STR, branch, .min = 1, .max_bytes = 255, .example = "fix-tests",                                       \
      .doc = "Branch to check out; one that only one remote has is tracked")                                    \
    F(S, BOOL, create_branch, .opt = 1, .has_def = 1, .def = 0, .doc = "Create the branch")                     \
    F(S, STR, start, .opt = 1, .min = 1, .max_bytes = 1024, .doc = "Start point of a new branch; default HEAD") \
    F(S, STR, path, .opt = 1, .min = 1, .max_bytes = 4096, .is_path = 1,                                        \
      .doc = "Its folder; default: <repository>-<name> beside the repository")
SHAPE(WorktreeCreate, WORKTREE_CREATE);

#define WORKTREE_UPDATE(F, S)                                                                    \
    IN_WORKTREE(F, S)                                                                            \
    F(S, STR, name, .opt = 1, .min = 1, .max_bytes = 255, .is_name = 1, .doc = "Shown in lists") \
    F(S, ENUM(WorktreeSort), sort_mode, .opt = 1, .doc = "How its agents are ordered")           \
    F(S, I64, order, .opt = 1, .min = 0, .max = 100000, .doc = "Its position in lists")
SHAPE(WorktreeUpdate, WORKTREE_UPDATE);

#define WORKTREE_REORDER(F, S) \
    IN_WORKSPACE(F, S)         \
    F(S, STRS, worktree_ids, .min = 1, .max = 10000, .item_max = 40, .doc = "Worktrees in their new order")
SHAPE(WorktreeReorder, WORKTREE_REORDER);
#define WORKTREE_ORDER(F, S)                  \
    F(S, ID("wt"), id, .doc = "The worktree") \
    F(S, I64, order, .min = 0, .max = 100000, .doc = "Its position")
SHAPE(WorktreeOrder, WORKTREE_ORDER);
#define WORKTREE_ORDERS(F, S) F(S, LIST(WorktreeOrder), worktrees, .max = 10000, .doc = "In the new order")
SHAPE(WorktreeOrders, WORKTREE_ORDERS);

#define WORKTREE_REMOVE(F, S)                                               \
    IN_WORKTREE(F, S)                                                       \
    F(S, BOOL, force, .opt = 1, .has_def = 1, .def = 0, .from = FROM_QUERY, \
      .doc = "Remove it even if it is dirty; it is moved to the trash either way")
SHAPE(WorktreeRemove, WORKTREE_REMOVE);

#define WORKTREE_CHECKOUT(F, S)                                                                         \
    IN_WORKTREE(F, S)                                                                                   \
    F(S, STR, branch, .min = 1, .max_bytes = 255, .example = "fix-tests", .doc = "Branch to switch to") \
    F(S, BOOL, create_branch, .opt = 1, .has_def = 1, .def = 0, .doc = "Create the branch, from HEAD")  \
    F(S, BOOL, accept_unsaved, .opt = 1, .has_def = 1, .def = 0, .doc = ACCEPT_UNSAVED_DOC)
SHAPE(WorktreeCheckout, WORKTREE_CHECKOUT);

#define COPIED_PATTERNS(F, S)                                                                              \
    F(S, STRS, patterns, .max = 100, .item_max = 1024,                                                     \
      .doc = "Of ignored files: with a slash of the whole path, else of the name; * ? [ ] as in a shell. " \
             "With a slash at its end only a folder fits. A folder that fits is copied with all that is in it")
#define COPIED_FILES(F, S) COPIED_PATTERNS(F, S)
SHAPE(CopiedFiles, COPIED_FILES);
#define COPIED_FILES_SET(F, S) \
    IN_WORKSPACE(F, S)         \
    COPIED_PATTERNS(F, S)
SHAPE(CopiedFilesSet, COPIED_FILES_SET);

#define BROWSE(F, S)                                                                         \
    F(S, STR, path, .opt = 1, .min = 1, .max_bytes = 4096, .from = FROM_QUERY, .is_path = 1, \
      .doc = "Folder to list; default: the first root")
SHAPE(Browse, BROWSE);
#define FOLDER_ENTRY(F, S)                                                                 \
    F(S, STR, name, .min = 1, .max_bytes = 255, .doc = "Name of the folder")               \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, .doc = "Its absolute path") \
    F(S, BOOL, is_repository, .doc = "A git repository or worktree")
SHAPE(FolderEntry, FOLDER_ENTRY);
#define FOLDERS(F, S)                                                                                          \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, .doc = "The folder, with links resolved")       \
    F(S, STR, parent, .opt = 1, .max_bytes = 4096, .is_path = 1, .doc = "Its parent folder; absent at a root") \
    F(S, LIST(FolderEntry), entries, .max = 5000,                                                              \
      .doc = "Its folders, by name; names that are not UTF-8 are left out")                                    \
    F(S, BOOL, truncated, .doc = "There are more")
SHAPE(Folders, FOLDERS);

#define TRASH_REF(F, S) F(S, ID("trs"), trash_id, .from = FROM_PATH, .doc = "Entry of the trash")
SHAPE(TrashRef, TRASH_REF);
#define TRASH_RESTORE(F, S)                                              \
    TRASH_REF(F, S)                                                      \
    F(S, STR, path, .opt = 1, .min = 1, .max_bytes = 4096, .is_path = 1, \
      .doc = "Where to restore it, if not where it was; must not exist")
SHAPE(TrashRestore, TRASH_RESTORE);
enum { TRASH_EMPTY_MAX = 1000 };
#define TRASH_EMPTY(F, S)                                                                                           \
    F(S, STRS, trash_ids, .opt = 1, .max = TRASH_EMPTY_MAX, .item_max = 40, .doc = "These entries")                 \
    F(S, I64, older_than_days, .opt = 1, .min = 0, .max = 36500, .doc = "All entries that were removed longer ago") \
    F(S, BOOL, accept_changed, .opt = 1, .has_def = 1, .def = 0,                                                    \
      .doc = "Also entries in which something was changed after their removal")
SHAPE(TrashEmpty, TRASH_EMPTY);
#define TRASH_EMPTIED(F, S)                                                                                   \
    F(S, STRS, deleted, .max = 10000, .item_max = 40,                                                         \
      .doc = "Entries that were deleted for good, or whose folder was gone already")                          \
    F(S, STRS, kept, .max = 10000, .item_max = 600, .doc = "Entries that could not be, each with the reason") \
    F(S, I64, freed_bytes, .min = 0, .max = INT64_MAX, .doc = "Size of what was deleted")
SHAPE(TrashEmptied, TRASH_EMPTIED);
#define TRASH_ENTRY(F, S)                                                                        \
    GIT_TRASHED_PLACE(F, S)                                                                      \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                                           \
    F(S, ID("ws"), workspace_id, .doc = "The workspace that it was removed from")                \
    F(S, STR, name, .min = 1, .max_bytes = 255, .doc = "Name of the worktree")                   \
    F(S, I64, bytes, .min = 0, .max = INT64_MAX, .doc = "Size of its files on disk")             \
    F(S, TIME, removed_at, .doc = "When it was removed; it is never deleted automatically")      \
    F(S, TIME, deadline_at, .opt = 1, .doc = "From then on the trash asks for it to be deleted") \
    F(S, BOOL, is_gone,                                                                          \
      .doc = "It was moved or deleted outside Muster; emptying ends the entry. False while its disk is not mounted")
SHAPE(TrashEntry, TRASH_ENTRY);
#define TRASH_LIST(F, S)                                                                        \
    F(S, LIST(TrashEntry), entries, .max = 10000, .doc = "Newest first")                        \
    F(S, I64, total_bytes, .min = 0, .max = INT64_MAX, .doc = "Total size")                     \
    F(S, I64, cap_bytes, .min = 0, .max = INT64_MAX, .doc = "workspace.trash_cap_mib in bytes") \
    F(S, I64, overdue, .min = 0, .max = INT64_MAX, .doc = "Entries past their deadline")        \
    F(S, BOOL, is_over_cap, .doc = "Larger than workspace.trash_cap_mib: should be emptied")
SHAPE(Trash, TRASH_LIST);
