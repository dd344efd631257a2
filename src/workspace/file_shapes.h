/* The shapes of the operations on files of a worktree. Paths are from its folder on. */
#pragma once

#include "git/folder.h"
#include "git/salvage.h"
#include "workspace/workspace.h"

enum { FILE_PART_MAX = 1 << 20, FILE_LIST_MAX = 500 };

#define FILE_KIND_WORDS(W)   \
    W(FILE_REGULAR, "file")  \
    W(FILE_FOLDER, "folder") \
    W(FILE_LINK, "link")     \
    W(FILE_SPECIAL, "special")
ENUM_DECLARE(FileKind, FILE_KIND_WORDS);

#define FILES_READ(F, S)                                                                                        \
    IN_WORKTREE(F, S)                                                                                           \
    F(S, STR, path, .opt = 1, .min = 1, .max_bytes = 4096, .is_file = 1, .from = FROM_QUERY, .example = "src",  \
      .doc = "The folder; default: the worktree's own")                                                         \
    F(S, STR, after, .opt = 1, .min = 1, .max_bytes = 512, .is_file = 1, .from = FROM_QUERY, .example = "src/", \
      .doc = "`next` of the page before")                                                                       \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 200, .min = 1, .max = FILE_LIST_MAX, .from = FROM_QUERY,    \
      .doc = "Number of entries of the page")
SHAPE(FilesRead, FILES_READ);
#define FILE_ENTRY(F, S)                                                                                     \
    F(S, STR, path, .min = 1, .max_bytes = 8192, .is_file = 1, .doc = "Its path")                            \
    F(S, ENUM(FileKind), kind, .doc = "link: a symbolic link; special: a pipe, a socket or a device")        \
    F(S, I64, size, .min = 0, .max = INT64_MAX, .doc = "Bytes of a file; of anything else 0")                \
    F(S, TIME, modified_at, .doc = "When its content, or the list of a folder, last changed")                \
    F(S, ENUM(GitFileState), state, .doc = "What git says of it; clean also for what git does not look at")  \
    F(S, I64, changed, .min = 0, .max = INT64_MAX,                                                           \
      .doc = "Changed files beneath a folder, deleted ones too; an untracked folder among them counts once") \
    F(S, BOOL, is_ignored, .doc = "The repository's ignore rules name it, and git does not track it")
SHAPE(FileEntry, FILE_ENTRY);
#define FILES(F, S)                                                                                             \
    F(S, LIST(FileEntry), entries, .max = FILE_LIST_MAX,                                                        \
      .doc = "Of this page: folders, then all others, each in the order of their bytes; without .git")          \
    F(S, I64, total, .min = 0, .max = INT64_MAX, .doc = "Number of entries of the folder")                      \
    F(S, STR, next, .opt = 1, .max_bytes = 512, .is_file = 1,                                                   \
      .doc = "`after` of the next page; absent on the last one")                                                \
    F(S, BOOL, truncated, .doc = "The folder has more entries than can be listed: total counts those that are") \
    F(S, BOOL, has_states, .doc = "False: there are too many changes to tell which entries changed")
SHAPE(Files, FILES);

enum { FILES_FOUND_MAX = 200 };
#define FILES_FIND(F, S)                                                                                            \
    IN_WORKTREE(F, S)                                                                                               \
    F(S, STR, query, .min = 1, .max = 128, .from = FROM_QUERY, .example = "readme",                                 \
      .doc = "Words whose letters the path has, in their order; a word with a capital letter fits in its own case") \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 50, .min = 1, .max = FILES_FOUND_MAX, .from = FROM_QUERY,       \
      .doc = "Number of paths")
SHAPE(FilesFind, FILES_FIND);
#define FILES_FOUND(F, S)                                                                                  \
    F(S, STRS, paths, .max = FILES_FOUND_MAX, .item_max = 8192, .is_file = 1, .doc = "The best fit first") \
    F(S, I64, total, .min = 0, .max = INT64_MAX, .doc = "All that fit")                                    \
    F(S, BOOL, truncated, .doc = "There are so many untracked files that only tracked ones were looked for")
SHAPE(FilesFound, FILES_FOUND);

#define FILE_READ(F, S)                                                                                                \
    IN_WORKTREE(F, S)                                                                                                  \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_file = 1, .from = FROM_QUERY, .example = "README.md",             \
      .doc = "The file")                                                                                               \
    F(S, I64, offset, .opt = 1, .has_def = 1, .def = 0, .min = 0, .max = INT64_MAX, .from = FROM_QUERY,                \
      .doc = "Byte at which the part begins")                                                                          \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = FILE_PART_MAX, .min = 4, .max = FILE_PART_MAX, .from = FROM_QUERY, \
      .doc = "Bytes of the part")
SHAPE(FileRead, FILE_READ);
#define FILE_PART(F, S)                                                                                         \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_file = 1, .doc = "The file")                               \
    F(S, I64, size, .min = 0, .max = INT64_MAX, .doc = "All its bytes")                                         \
    F(S, STR, digest, .opt = 1, .min = 64, .max_bytes = 64,                                                     \
      .doc = "SHA-256 of all of it, in lower-case hexadecimal; absent for a file of more than 256 MiB")         \
    F(S, BOOL, is_binary, .doc = "It has bytes that are not UTF-8, or NUL; get_worktree_blob returns them")     \
    F(S, I64, offset, .min = 0, .max = INT64_MAX, .doc = "Where this part begins: at the start of a character") \
    F(S, STR, content, .opt = 1, .max_bytes = FILE_PART_MAX, .doc = "This part; absent if the file is binary")  \
    F(S, I64, next, .opt = 1, .min = 1, .max = INT64_MAX, .doc = "`offset` of the next part; absent on the last one")
SHAPE(FilePart, FILE_PART);

#define FILE_WRITE(F, S)                                                               \
    IN_WORKTREE(F, S)                                                                  \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_file = 1, .example = "notes.txt", \
      .doc = "The file; its folder must exist")                                        \
    F(S, STR, content, .max_bytes = OP_FIELD_MAX, .doc = "All that it will hold")      \
    F(S, STR, if_digest, .opt = 1, .min = 64, .max_bytes = 64,                         \
      .doc = "The digest of the content that is replaced, as read_file returns it; absent: the file is new")
SHAPE(FileWrite, FILE_WRITE);
#define FILE_WRITTEN(F, S)                                                               \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_file = 1, .doc = "The file")        \
    F(S, STR, digest, .min = 64, .max_bytes = 64, .doc = "SHA-256 of what it holds now") \
    F(S, I64, size, .min = 0, .max = INT64_MAX, .doc = "Its bytes")                      \
    F(S, OBJ(GitSalvage), salvage, .opt = 1,                                             \
      .doc = "Holds what was replaced; absent for a new file, and for one that held the same")
SHAPE(FileWritten, FILE_WRITTEN);

#define OPEN_WITH_WORDS(W)       \
    W(OPEN_EDITOR, "editor")     \
    W(OPEN_TERMINAL, "terminal") \
    W(OPEN_FILE_MANAGER, "file_manager")
ENUM_DECLARE(OpenWith, OPEN_WITH_WORDS);
#define OPEN_IN(F, S)                                                                                                 \
    IN_WORKTREE(F, S)                                                                                                 \
    F(S, ENUM(OpenWith), what, .doc = "Which of the programs that the settings open.* name")                          \
    F(S, STR, path, .opt = 1, .min = 1, .max_bytes = 4096, .is_file = 1, .example = "README.md",                      \
      .doc = "A file or a folder; default: the worktree's own. Terminals and file managers get the folder of a file") \
    F(S, I64, line, .opt = 1, .has_def = 1, .def = 1, .min = 1, .max = 1000000000, .doc = "Line of the file")
SHAPE(OpenIn, OPEN_IN);
#define OPENED(F, S)                                                \
    F(S, STRS, command, .max = 256, .item_max = 8192, .is_file = 1, \
      .doc = "The program that was started, and its arguments")
SHAPE(Opened, OPENED);
