/* Operations on scripts: their rows. Runs are in script_run_ops.c. */
#include "base/mem.h"
#include "base/ulid.h"
#include "script/script.h"
#include "script/script_sql.h"
#include "workspace/workspace.h"

#define IN_WORKSPACE_(F, S) F(S, ID("ws"), workspace_id, .from = FROM_PATH, .doc = "The workspace")
#define SCRIPT_LIST_IN(F, S) \
    IN_WORKSPACE_(F, S)      \
    F(S, ENUM(ScriptKind), kind, .opt = 1, .from = FROM_QUERY, .doc = "Only of this kind")
SHAPE(ScriptListIn, SCRIPT_LIST_IN);
SHAPE_DEFINE(ScriptListIn, SCRIPT_LIST_IN);
#define SCRIPT_CREATE(F, S) \
    IN_WORKSPACE_(F, S)     \
    F(S, ENUM(ScriptKind), kind, .doc = SCRIPT_KIND_DOC) SCRIPT_VALUES(F, S)
SHAPE(ScriptCreate, SCRIPT_CREATE);
SHAPE_DEFINE(ScriptCreate, SCRIPT_CREATE);
#define SCRIPT_UPDATE(F, S)                                            \
    IN_WORKSPACE_(F, S)                                                \
    F(S, ID("scr"), script_id, .from = FROM_PATH, .doc = "The script") \
    SCRIPT_VALUES(F, S)
SHAPE(ScriptUpdate, SCRIPT_UPDATE);
SHAPE_DEFINE(ScriptUpdate, SCRIPT_UPDATE);
#define SCRIPT_PATH(F, S) \
    IN_WORKSPACE_(F, S)   \
    F(S, ID("scr"), script_id, .from = FROM_PATH, .doc = "The script")
SHAPE(ScriptPath, SCRIPT_PATH);
SHAPE_DEFINE(ScriptPath, SCRIPT_PATH);
#define SCRIPTS(F, S) F(S, LIST(Script), scripts, .max = SCRIPTS_MAX, .doc = "By kind and name")
SHAPE(Scripts, SCRIPTS);
SHAPE_DEFINE(Scripts, SCRIPTS);

typedef struct Write {
    OpCall *call;
    Script *row;
} Write;

static int create_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Workspace w;
    TRY(workspace_get(x->call->app, tx_conn(tx), x->row->workspace_id, x->call->arena, &w, e));
    return script_insert(tx, x->row, e);
}

static int update_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Script old;
    TRY(script_get(tx_conn(tx), x->row->workspace_id, x->row->id, x->call->arena, &old, e));
    x->row->kind = old.kind;
    x->row->created_at = old.created_at;
    TRY(script_check(x->row, e));
    return script_replace(tx, x->row, e);
}

static int delete_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    TRY(script_get(tx_conn(tx), x->row->workspace_id, x->row->id, x->call->arena, x->row, e));
    return script_remove(tx, x->row, e);
}

static int list_scripts(OpCall *c, const void *in_, void *out_, Err *e) {
    const ScriptListIn *in = in_;
    Scripts *out = out_;
    Workspace w;
    Str kind = HAS(ScriptListIn, in, kind) ? str(enum_word(&ScriptKind_enum, (int)in->kind)) : (Str){0};
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &w, e));
    out->scripts.items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, &sql_script_list, DB_ARGS(db_text(w.id), db_text(kind)), DB_INTO(Script, c->arena, &out->scripts),
               SCRIPTS_MAX, e));
    return op_cursor(c, topic_of(c->arena, "workspace", w.id), e);
}

static int create_script(OpCall *c, const void *in_, void *out, Err *e) {
    const ScriptCreate *in = in_;
    Id id = id_new("scr");
    *(Script *)out = (Script){.id = arena_str(c->arena, id_str(&id)),
                              .workspace_id = in->workspace_id,
                              .kind = in->kind,
                              .name = in->name,
                              .command = in->command,
                              .timeout_seconds = in->timeout_seconds};
    TRY(script_check(out, e));
    return op_tx(c, create_tx, &(Write){c, out}, out, e);
}

static int update_script(OpCall *c, const void *in_, void *out, Err *e) {
    const ScriptUpdate *in = in_;
    *(Script *)out = (Script){.id = in->script_id,
                              .workspace_id = in->workspace_id,
                              .name = in->name,
                              .command = in->command,
                              .timeout_seconds = in->timeout_seconds};
    return op_tx(c, update_tx, &(Write){c, out}, out, e);
}

static int delete_script(OpCall *c, const void *in_, void *out, Err *e) {
    (void)out;
    const ScriptPath *in = in_;
    Script row = {.id = in->script_id, .workspace_id = in->workspace_id};
    return op_tx(c, delete_tx, &(Write){c, &row}, NULL, e);
}

const OrgOf script_orgs[] = {{"scr", &sql_org_of_script}, {"srn", &sql_org_of_script_run}, {0}};

#define SCRIPTS_ROUTE "/api/workspaces/{workspaceId}/scripts"
const Op script_ops[] = {
    {"list_scripts", "GET " SCRIPTS_ROUTE, "script list", OP_RUN(list_scripts, ScriptListIn, Scripts),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Lists a workspace's scripts."},
    {"create_script", "POST " SCRIPTS_ROUTE, "script create", OP_RUN(create_script, ScriptCreate, Script),
     .status = 201, .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Creates a script: a check, a run script, a setup script, which runs in each worktree that is created, or a "
         "teardown script, which runs before a worktree is removed and keeps it if it fails."},
    {"update_script", "PUT " SCRIPTS_ROUTE "/{scriptId}", "script update", OP_RUN(update_script, ScriptUpdate, Script),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Replaces a script's name, command and time limit; what runs goes on as it was."},
    {"delete_script", "DELETE " SCRIPTS_ROUTE "/{scriptId}", "script delete", OP_RUN_IN(delete_script, ScriptPath),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Deletes a script. Its runs stay."},
    {0},
};
