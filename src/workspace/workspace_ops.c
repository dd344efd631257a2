#include "base/mem.h"
#include "core/stream.h"
#include "core/subject.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

static int list_workspaces(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    Workspaces *o = out;
    TRY(workspace_list(c->db, str(c->who->org), c->arena, &o->workspaces, e));
    for (size_t i = 0; i < o->workspaces.n; i++) TRY(workspace_count_agents(c->app, c->db, &o->workspaces.items[i], e));
    return op_cursor(c, topic_of(c->arena, "overview", str(c->who->org)), e);
}

static int create_workspace(OpCall *c, const void *in, void *out, Err *e) {
    return workspace_open(c, ((const WorkspaceCreate *)in)->path, out, e);
}

static int get_workspace(OpCall *c, const void *in, void *out, Err *e) {
    return workspace_detail(c, ((const WorkspaceRef *)in)->workspace_id, out, e);
}

static int get_copied_files(OpCall *c, const void *in, void *out, Err *e) {
    return copied_files_get(c, ((const WorkspaceRef *)in)->workspace_id, out, e);
}

static int set_copied_files(OpCall *c, const void *in, void *out, Err *e) { return copied_files_set(c, in, out, e); }

static int update_workspace(OpCall *c, const void *in, void *out, Err *e) { return workspace_rename(c, in, out, e); }

static int relocate_workspace(OpCall *c, const void *in, void *out, Err *e) {
    return workspace_relocate(c, in, out, e);
}

static int delete_workspace(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    return workspace_close(c, ((const WorkspaceRef *)in)->workspace_id, e);
}

static int refresh_workspace(OpCall *c, const void *in, void *out, Err *e) {
    return workspace_refresh(c, ((const WorkspaceRef *)in)->workspace_id, out, e);
}

static int list_worktrees(OpCall *c, const void *in, void *out, Err *e) {
    Workspace w;
    TRY(workspace_get(c->app, c->db, ((const WorkspaceRef *)in)->workspace_id, c->arena, &w, e));
    TRY(worktree_list(c->db, w.id, c->arena, &((Worktrees *)out)->worktrees, e));
    return op_cursor(c, topic_of(c->arena, "workspace", w.id), e);
}

static int create_worktree(OpCall *c, const void *in, void *out, Err *e) { return worktree_create(c, in, out, e); }

static int get_worktree(OpCall *c, const void *in, void *out, Err *e) {
    Worktree w;
    TRY(worktree_of(c->db, in, c->arena, &w, e));
    TRY(worktree_detail(c->app, c->db, &w, c->arena, out, e));
    worktrees_find_missing(out, 1, c->arena);
    return op_cursor(c, topic_of(c->arena, "workspace", w.workspace_id), e);
}

static int update_worktree(OpCall *c, const void *in, void *out, Err *e) { return worktree_update(c, in, out, e); }

static int reorder_worktrees(OpCall *c, const void *in, void *out, Err *e) { return worktree_reorder(c, in, out, e); }

static int delete_worktree(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    return trash_put(c, in, e);
}

static int checkout_branch(OpCall *c, const void *in, void *out, Err *e) { return worktree_checkout(c, in, out, e); }

/* The cursor is taken before git runs: events emitted in the meantime are delivered again. */
static int get_git_status(OpCall *c, const void *in, void *out, Err *e) {
    Worktree w;
    Git *g;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", ((const WorktreeRef *)in)->workspace_id), e));
    TRY(worktree_git(c, in, &w, &g, e));
    TRY(git_status(g, out, e));
    TRY(git_status_add_hidden(g, out, e));
    return git_status_add_message(g, out, e);
}

static int list_branches(OpCall *c, const void *in, void *out, Err *e) {
    Worktree w;
    Git *g;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", ((const WorktreeRef *)in)->workspace_id), e));
    TRY(worktree_git(c, in, &w, &g, e));
    return git_branches(g, out, e);
}

static int list_salvages(OpCall *c, const void *in, void *out, Err *e) { return salvages_read(c, in, out, e); }

static int list_workspace_salvages(OpCall *c, const void *in, void *out, Err *e) {
    return salvages_read_all(c, in, out, e);
}

static int get_salvage(OpCall *c, const void *in, void *out, Err *e) { return salvage_read(c, in, out, e); }

static int delete_salvages(OpCall *c, const void *in, void *out, Err *e) { return salvages_delete(c, in, out, e); }

static int restore_salvage(OpCall *c, const void *in, void *out, Err *e) { return salvage_put_back(c, in, out, e); }

static int remove_lock(OpCall *c, const void *in, void *out, Err *e) { return lock_remove(c, in, out, e); }

static int browse_folders(OpCall *c, const void *in, void *out, Err *e) { return roots_browse(c, in, out, e); }

static int list_trash(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    return trash_list(c, out, e);
}

static int restore_trash(OpCall *c, const void *in, void *out, Err *e) {
    const TrashRestore *r = in;
    return trash_restore(c, r->trash_id, r->path, out, e);
}

static int empty_trash(OpCall *c, const void *in, void *out, Err *e) { return trash_empty(c, in, out, e); }

static int restore_worktree(OpCall *c, const void *in, void *out, Err *e) {
    const WorktreeRef *ref = in;
    Worktree w;
    bool found;
    TRY(worktree_row(c->db, ref->worktree_id, c->arena, &w, &found, e));
    if (!found || HAS(Worktree, &w, closed_at) || !str_eq(w.workspace_id, ref->workspace_id))
        return err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT " in this workspace", STR_ARG(ref->worktree_id));
    if (!w.trash_id.p) return err_fail(e, ERR_CONFLICT, STR_FMT " is not in the trash", STR_ARG(w.name));
    return trash_restore(c, w.trash_id, (Str){0}, out, e);
}

/* --- what a call may block on ------------------------------------------------------------------------------ */

typedef struct CommonDir {
    Arena *arena;
    Str path;
} CommonDir;

static bool on_common_dir(void *arg, DbRow *r) {
    CommonDir *d = arg;
    d->path = arena_str(d->arena, db_col_text(r, 0));
    return false;
}

/* Of a closed workspace too: a call refuses it, but what a crash cut off there is still recovered. */
int workspace_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    CommonDir d = {.arena = c->arena};
    TRY(db_each(c->db, &sql_workspace_common_dir, DB_ARGS(db_text(op_text(c, in, "workspaceId"))), on_common_dir, &d,
                e));
    *ret = d.path;
    return 0;
}

int worktree_part_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    TRY(workspace_subject(c, in, ret, e));
    if (ret->n) *ret = subject_part(c->arena, *ret, op_text(c, in, "worktreeId"));
    return 0;
}

/* While a crash's intents are open, reads wait behind them as writes do: nobody sees a half-done effect. */
int worktree_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    if (c->app->is_recovering) return workspace_subject(c, in, ret, e);
    *ret = op_text(c, in, "worktreeId");
    return 0;
}

static int trash_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    TrashEntry en;
    bool found;
    TRY(db_one(c->db, &sql_trash_by_id, DB_ARGS(db_text(op_text(c, in, "trashId"))), DB_INTO(TrashEntry, c->arena, &en),
               &found, e));
    if (found) *ret = en.common_dir;
    return 0;
}

/* Entries of several repositories. A list looks for the folder of each: one that a dead network mount holds keeps only other
 * lists waiting. An emptying and a restore, which has its repository's turn, exclude each other by their open intents: each
 * names its entries, and the other leaves those alone. */
static int whole_trash(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)c, (void)in, (void)e;
    *ret = STR("trash");
    return 0;
}

static int path_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)e;
    *ret = op_text(c, in, "path");
    return 0;
}

#define WS "/api/workspaces/{workspaceId}"
#define WT WS "/worktrees/{worktreeId}"

const OrgOf workspace_orgs[] = {{"ws", &sql_org_of_workspace},
                                {"wt", &sql_org_of_worktree},
                                {"trs", &sql_org_of_trash},
                                {"cln", &sql_org_of_clone},
                                {0}};

const TopicDef workspace_topics[] = {{.noun = "workspace", .prefix = "ws", .role = ROLE_VIEWER},
                                     {.noun = "overview", .prefix = "org", .role = ROLE_VIEWER},
                                     {0}};

const Op workspace_ops[] = {
    {"list_workspaces", "GET /api/workspaces", "workspace list", OP_RUN_OUT(list_workspaces, Workspaces),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Lists the open workspaces."},
    {"create_workspace", "POST /api/workspaces", "workspace open", OP_RUN(create_workspace, WorkspaceCreate, Workspace),
     .status = 201, .role = ROLE_MEMBER, .where = ON_SLOW, .subject = path_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Opens a git repository and registers its worktrees; one that was open before gets its agents back."},
    {"get_workspace", "GET " WS, "workspace show", OP_RUN(get_workspace, WorkspaceRef, WorkspaceDetail),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Returns a workspace with its worktrees and their agents."},
    {"get_copied_files", "GET " WS "/copied-files", "workspace copied",
     OP_RUN(get_copied_files, WorkspaceRef, CopiedFiles), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Which ignored files new worktrees get from the repository's own folder."},
    {"set_copied_files", "PUT " WS "/copied-files", "workspace copy",
     OP_RUN(set_copied_files, CopiedFilesSet, CopiedFiles), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED,
     .doc = "Sets which ignored files new worktrees get: regular files and links; at most 20,000 and 1 GiB together."},
    {"update_workspace", "PUT " WS, "workspace rename", OP_RUN(update_workspace, WorkspaceUpdate, Workspace),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES, .doc = "Renames a workspace."},
    {"relocate_workspace", "POST " WS "/relocate", "workspace relocate",
     OP_RUN(relocate_workspace, WorkspaceRelocate, Workspace), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Follows a repository whose folder was moved: the workspace keeps its worktrees and agents, and git's links to "
         "linked worktrees are repaired. Refused while the repository is where it was, and where the path has another one."},
    {"delete_workspace", "DELETE " WS, "workspace close", OP_RUN_IN(delete_workspace, WorkspaceRef),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Closes a workspace, unless an agent runs in it; an act in it ends first. Its files are not changed; opening "
         "it restores everything."},
    {"refresh_workspace", "POST " WS "/refresh", "workspace refresh",
     OP_RUN(refresh_workspace, WorkspaceRef, WorkspaceDetail), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = workspace_subject, .flags = OP_WRITES, .doc = "Updates the list of worktrees from git."},
    {"list_worktrees", "GET " WS "/worktrees", "worktree list", OP_RUN(list_worktrees, WorkspaceRef, Worktrees),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Lists the worktrees of a workspace."},
    {"create_worktree", "POST " WS "/worktrees", "worktree create", OP_RUN(create_worktree, WorktreeCreate, Worktree),
     .status = 201, .role = ROLE_MEMBER, .where = ON_SLOW, .subject = workspace_subject,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = worktree_create_recover,
     .doc = "Creates a worktree with a new or an existing branch."},
    {"reorder_worktrees", "PUT " WS "/worktrees/reorder", "worktree reorder",
     OP_RUN(reorder_worktrees, WorktreeReorder, WorktreeOrders), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES, .doc = "Sets the order of the worktrees."},
    {"get_worktree", "GET " WT, "worktree show", OP_RUN(get_worktree, WorktreeRef, WorktreeDetail), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "Returns a worktree with its agents."},
    {"update_worktree", "PUT " WT, "worktree update", OP_RUN(update_worktree, WorktreeUpdate, Worktree),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES,
     .doc = "Changes a worktree's name, sort mode or position."},
    {"delete_worktree", "DELETE " WT, "worktree remove", OP_RUN_IN(delete_worktree, WorktreeRemove),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS,
     .recover = trash_put_recover,
     .doc =
         "Moves a worktree to the trash. A dirty one needs force; nothing is lost either way. Agents there that are "
         "running and idle (no turn, no prompt that waits, nothing in the background) are stopped first; while one "
         "works, the worktree is kept. "
         "If its folder is gone, its record is deleted, in git too; list_workspace_salvages shows what was saved of it."},
    {"restore_worktree", "POST " WT "/restore", "worktree restore", OP_RUN(restore_worktree, WorktreeRef, Worktree),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS,
     .recover = trash_restore_recover, .doc = "Restores a removed worktree from the trash."},
    {"checkout_branch", "POST " WT "/checkout", "worktree checkout",
     OP_RUN(checkout_branch, WorktreeCheckout, Worktree), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = worktree_checkout_recover,
     .doc = "Switches a clean worktree to a branch. No file is overwritten."},
    {"get_git_status", "GET " WT "/status", "worktree status", OP_RUN(get_git_status, WorktreeRef, GitStatus),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Returns a worktree's current git status."},
    {"list_branches", "GET " WT "/branches", "worktree branches", OP_RUN(list_branches, WorktreeRef, GitBranches),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = worktree_subject, .doc = "Lists local and remote branches."},
    {"list_salvages", "GET " WT "/salvages", "salvage list", OP_RUN(list_salvages, SalvagesRead, Salvages),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Lists what was saved of a worktree, also of a removed one, before operations that overwrite files."},
    {"list_workspace_salvages", "GET " WS "/salvages", "salvage all",
     OP_RUN(list_workspace_salvages, AllSalvagesRead, AllSalvages), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = workspace_subject,
     .doc = "Lists the salvages of all worktrees, also of those that were removed or whose folder is gone."},
    {"get_salvage", "GET " WT "/salvages/{salvageId}", "salvage show", OP_RUN(get_salvage, SalvageRead, SalvageDetail),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Returns what a salvage holds: files with their sizes, staged content, and what was left out."},
    {"restore_salvage", "POST " WT "/salvages/{salvageId}/restore", "salvage restore",
     OP_RUN(restore_salvage, SalvageRestoreIn, SalvageRestored), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = salvage_put_back_recover,
     .doc = "Restores a worktree, or some of its files, as a salvage holds them; into another one if its own is gone. "
            "The present is salvaged first."},
    {"delete_salvages", "POST " WS "/salvages/delete", "salvage delete",
     OP_RUN(delete_salvages, SalvagesDelete, SalvagesDeleted), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS | OP_NEEDS_NO_ROOM,
     .recover = salvages_delete_recover,
     .doc =
         "Deletes salvages for good: those that are named, or all that are older, with what only they hold. Nothing else. Git's "
         "own clean-up frees the space later."},
    {"remove_lock", "POST " WT "/remove-lock", "worktree unlock", OP_RUN(remove_lock, LockRemove, LockRemoved),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS,
     .recover = lock_remove_recover,
     .doc =
         "Removes a lock that a killed git left behind, after a salvage; refused while a git works in the repository."},
    {"browse_folders", "GET /api/browse", "browse", OP_RUN(browse_folders, Browse, Folders), .role = ROLE_VIEWER,
     .where = ON_SLOW, .subject = path_subject, .doc = "Lists folders inside workspace.roots, to find a repository."},
    {"list_trash", "GET /api/trash", "trash list", OP_RUN_OUT(list_trash, Trash), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = whole_trash, .doc = "Lists removed worktrees that can be restored."},
    {"restore_trash", "POST /api/trash/{trashId}/restore", "trash restore",
     OP_RUN(restore_trash, TrashRestore, Worktree), .role = ROLE_MEMBER, .where = ON_SLOW, .subject = trash_subject,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = trash_restore_recover,
     .doc = "Restores a worktree from the trash by its entry, to where it was or to another place."},
    {"empty_trash", "POST /api/trash/empty", "trash empty", OP_RUN(empty_trash, TrashEmpty, TrashEmptied),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = whole_trash,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS | OP_NEEDS_NO_ROOM, .recover = trash_empty_recover,
     .doc = "Deletes entries of the trash for good: those that are named, or all that are older. Nothing else."},
    {0},
};
