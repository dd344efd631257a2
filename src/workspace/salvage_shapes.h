/* The shapes of the operations on salvages. */
#pragma once

#include "git/salvage.h"
#include "workspace/workspace_shapes.h"

enum { SALVAGE_PATHS_MAX = 1000, SALVAGE_WINDOW_MAX = 5000 };

#define SALVAGES_READ(F, S)                                                                                       \
    IN_WORKTREE(F, S)                                                                                             \
    F(S, I64, offset, .opt = 1, .has_def = 1, .def = 0, .min = 0, .max = 1000000, .from = FROM_QUERY,             \
      .doc = "First salvage of the window")                                                                       \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = SALVAGE_WINDOW_MAX, .from = FROM_QUERY, \
      .doc = "Number of salvages in the window")
SHAPE(SalvagesRead, SALVAGES_READ);
#define SALVAGES(F, S)                                                                 \
    F(S, LIST(GitSalvage), salvages, .max = SALVAGE_WINDOW_MAX, .doc = "Newest first") \
    F(S, I64, total, .min = 0, .max = INT64_MAX, .doc = "Number of salvages, also where the list is cut")
SHAPE(Salvages, SALVAGES);

#define ALL_SALVAGES_READ(F, S)                                                                                   \
    IN_WORKSPACE(F, S)                                                                                            \
    F(S, I64, offset, .opt = 1, .has_def = 1, .def = 0, .min = 0, .max = 1000000, .from = FROM_QUERY,             \
      .doc = "First salvage of the window")                                                                       \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = SALVAGE_WINDOW_MAX, .from = FROM_QUERY, \
      .doc = "Number of salvages in the window")
SHAPE(AllSalvagesRead, ALL_SALVAGES_READ);
#define OWNED_SALVAGE(F, S)                                                                                      \
    GIT_SALVAGE(F, S)                                                                                            \
    F(S, ID("wt"), worktree_id, .doc = "Its worktree")                                                           \
    F(S, STR, worktree_name, .opt = 1, .max_bytes = 255, .doc = "Its name; absent if nothing is known about it") \
    F(S, STR, path, .opt = 1, .max_bytes = 4096, .is_path = 1, .doc = "The folder that it has or had")           \
    F(S, BOOL, is_gone, .doc = "The worktree was removed, or its folder is gone: restore into another one")
SHAPE(OwnedSalvage, OWNED_SALVAGE);
#define ALL_SALVAGES(F, S)                                                               \
    F(S, LIST(OwnedSalvage), salvages, .max = SALVAGE_WINDOW_MAX, .doc = "Newest first") \
    F(S, I64, total, .min = 0, .max = INT64_MAX, .doc = "Number of salvages, also where the list is cut")
SHAPE(AllSalvages, ALL_SALVAGES);

#define SALVAGES_DELETE(F, S)                                                                            \
    IN_WORKSPACE(F, S)                                                                                   \
    F(S, STRS, salvage_ids, .opt = 1, .max = SALVAGE_PATHS_MAX, .item_max = 40, .doc = "These salvages") \
    F(S, I64, older_than_days, .opt = 1, .min = 0, .max = 36500,                                         \
      .doc = "The salvages that were made longer ago, the oldest 1000 of them")
SHAPE(SalvagesDelete, SALVAGES_DELETE);
#define SALVAGES_DELETED(F, S)                                                                                  \
    F(S, STRS, deleted, .max = SALVAGE_PATHS_MAX, .item_max = 40, .doc = "Salvages that were deleted for good") \
    F(S, STRS, kept, .max = SALVAGE_PATHS_MAX, .item_max = 600, .doc = "Those that could not be, each with the reason")
SHAPE(SalvagesDeleted, SALVAGES_DELETED);

#define IN_SALVAGE(F, S) \
    IN_WORKTREE(F, S)    \
    F(S, ID("slv"), salvage_id, .from = FROM_PATH, .doc = "The salvage")
#define SALVAGE_READ(F, S)                                                                                         \
    IN_SALVAGE(F, S)                                                                                               \
    F(S, I64, offset, .opt = 1, .has_def = 1, .def = 0, .min = 0, .max = INT64_MAX, .from = FROM_QUERY,            \
      .doc = "First file of the window")                                                                           \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 1000, .min = 1, .max = SALVAGE_WINDOW_MAX, .from = FROM_QUERY, \
      .doc = "Number of files in the window")
SHAPE(SalvageRead, SALVAGE_READ);
#define SALVAGE_DETAIL(F, S)                                                                                \
    GIT_SALVAGE(F, S)                                                                                       \
    F(S, LIST(SalvagedFile), files, .max = SALVAGE_WINDOW_MAX, .doc = "Files of the worktree, by path")     \
    F(S, I64, file_count, .min = 0, .max = INT64_MAX, .doc = "Number of files, also where the list is cut") \
    F(S, LIST(SalvagedFile), ignored, .max = SALVAGE_WINDOW_MAX,                                            \
      .doc = "Ignored files that the operation was about to change, the first ones")                        \
    F(S, LIST(SalvagedFile), staged, .max = SALVAGE_WINDOW_MAX,                                             \
      .doc = "Entries of the index whose content differs from the file, the first ones")                    \
    F(S, STRS, left_out_paths, .max = 1000, .item_max = 8192, .doc = "What it does not hold, with the reason")
SHAPE(SalvageDetail, SALVAGE_DETAIL);

#define SALVAGE_RESTORE(F, S)                                                                                     \
    IN_SALVAGE(F, S)                                                                                              \
    F(S, STRS, paths, .opt = 1, .max = SALVAGE_PATHS_MAX, .item_max = 4096, .is_file = 1,                         \
      .doc = "Only these files and folders, from the worktree's folder on; default: everything, with the index, " \
             "HEAD and what was in progress")                                                                     \
    F(S, ID("wt"), into, .opt = 1,                                                                                \
      .doc = "Another worktree of the workspace to restore into; needed where the salvage's own is gone. Of a "   \
             "salvage that was made after its folder was gone, the files that were staged are added; HEAD and "   \
             "the index there stay")                                                                              \
    F(S, BOOL, accept_unsaved, .opt = 1, .has_def = 1, .def = 0, .doc = ACCEPT_UNSAVED_DOC)
SHAPE(SalvageRestoreIn, SALVAGE_RESTORE);
#define SALVAGE_RESTORED(F, S)                                                                                 \
    F(S, OBJ(GitSalvage), before, .doc = "The salvage of what the restore replaced; restoring it undoes this") \
    F(S, STR, note, .opt = 1, .max_bytes = 2048, .doc = "What could not be restored as it was")
SHAPE(SalvageRestored, SALVAGE_RESTORED);

#define LOCK_REMOVE(F, S)                                       \
    IN_WORKTREE(F, S)                                           \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1,  \
      .doc = "The lock, as errors name it: /…/.git/index.lock") \
    F(S, BOOL, accept_unsaved, .opt = 1, .has_def = 1, .def = 0, .doc = ACCEPT_UNSAVED_DOC)
SHAPE(LockRemove, LOCK_REMOVE);
#define LOCK_REMOVED(F, S)                                                               \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, .doc = "The lock")        \
    F(S, STR, kept, .min = 1, .max_bytes = 8192, .is_path = 1, .doc = "Where it is now") \
    F(S, OBJ(GitSalvage), salvage, .doc = "The salvage that was made first of all that is in the worktree")
SHAPE(LockRemoved, LOCK_REMOVED);
