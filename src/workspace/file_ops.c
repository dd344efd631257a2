/* The operations on files of a worktree. */
#include "workspace/file_in.h"
#include "workspace/file_index.h"
#include "workspace/worktree_file.h"

void files_register(App *app) { app->files = file_index_new(FILE_INDEX_BYTES); }

/* The cursor is taken before anything is read, as with the status: events emitted in the meantime are delivered again. */
static int take_cursor(OpCall *c, Str workspace_id, Err *e) {
    return op_cursor(c, topic_of(c->arena, "workspace", workspace_id), e);
}

static int list_files(OpCall *c, const void *in, void *out, Err *e) {
    TRY(take_cursor(c, ((const FilesRead *)in)->workspace_id, e));
    return worktree_list_files(c, in, out, e);
}

static int read_file(OpCall *c, const void *in, void *out, Err *e) {
    TRY(take_cursor(c, ((const FileRead *)in)->workspace_id, e));
    return worktree_read_file(c, in, out, e);
}

static int find_files(OpCall *c, const void *in, void *out, Err *e) {
    TRY(take_cursor(c, ((const FilesFind *)in)->workspace_id, e));
    return worktree_find_files(c, in, out, e);
}

static int write_file(OpCall *c, const void *in, void *out, Err *e) { return worktree_write_file(c, in, out, e); }

static int open_in(OpCall *c, const void *in, void *out, Err *e) { return worktree_open_in(c, in, out, e); }

#define WT "/api/workspaces/{workspaceId}/worktrees/{worktreeId}"

const Op file_ops[] = {
    {"list_files", "GET " WT "/files", "file list", OP_RUN(list_files, FilesRead, Files), .role = ROLE_VIEWER,
     .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Lists a folder of a worktree a page at a time, with git's state of each entry."},
    {"find_files", "GET " WT "/files/find", "file find", OP_RUN(find_files, FilesFind, FilesFound), .role = ROLE_VIEWER,
     .where = ON_SLOW, .subject = worktree_subject,
     .doc =
         "Finds files of a worktree by the letters of their paths, the best fit first; ignored files are not looked for."},
    {"read_file", "GET " WT "/file", "file read", OP_RUN(read_file, FileRead, FilePart), .role = ROLE_VIEWER,
     .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Returns the current text of one file of a worktree, or a part of it, and the digest of all of it."},
    {"write_file", "PUT " WT "/file", "file write", OP_RUN(write_file, FileWrite, FileWritten), .role = ROLE_MEMBER,
     .where = ON_SLOW, .subject = worktree_part_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS,
     .recover = worktree_write_file_recover,
     .doc =
         "Replaces the content of a file, which is salvaged first, or makes a new one. Refused if the file does not hold "
         "what ifDigest says: the details name the present digest."},
    {"open_in", "POST " WT "/open", "file open", OP_RUN(open_in, OpenIn, Opened), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = worktree_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Opens a place of a worktree in the person's editor, terminal or file manager, on the machine of the daemon; "
         "refused to callers from elsewhere."},
    {0},
};
