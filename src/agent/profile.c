/* See profile.h. */
#include "agent/profile.h"

#include "agent/agent_sql.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "core/dispatch.h"
#include "sys/environment.h"
#include "workspace/workspace.h"

SHAPE_DEFINE(LaunchProfile, LAUNCH_PROFILE);

#define PROFILE_CREATE(F, S)                                                \
    F(S, ID("ws"), workspace_id, .from = FROM_PATH, .doc = "The workspace") \
    PROFILE_VALUES(F, S)
SHAPE(ProfileCreate, PROFILE_CREATE);
SHAPE_DEFINE(ProfileCreate, PROFILE_CREATE);
#define PROFILE_UPDATE(F, S)                                                \
    F(S, ID("ws"), workspace_id, .from = FROM_PATH, .doc = "The workspace") \
    F(S, ID("lpr"), profile_id, .from = FROM_PATH, .doc = "The profile")    \
    PROFILE_VALUES(F, S)
SHAPE(ProfileUpdate, PROFILE_UPDATE);
SHAPE_DEFINE(ProfileUpdate, PROFILE_UPDATE);
#define PROFILE_PATH(F, S)                                                  \
    F(S, ID("ws"), workspace_id, .from = FROM_PATH, .doc = "The workspace") \
    F(S, ID("lpr"), profile_id, .from = FROM_PATH, .doc = "The profile")
SHAPE(ProfilePath, PROFILE_PATH);
SHAPE_DEFINE(ProfilePath, PROFILE_PATH);
#define PROFILES_OF(F, S) F(S, ID("ws"), workspace_id, .from = FROM_PATH, .doc = "The workspace")
SHAPE(ProfilesOf, PROFILES_OF);
SHAPE_DEFINE(ProfilesOf, PROFILES_OF);
#define PROFILE_REORDER(F, S)                                               \
    F(S, ID("ws"), workspace_id, .from = FROM_PATH, .doc = "The workspace") \
    F(S, STRS, profile_ids, .min = 1, .max = PROFILES_MAX, .item_max = 40,  \
      .doc = "All of its profiles in their new order")
SHAPE(ProfileReorder, PROFILE_REORDER);
SHAPE_DEFINE(ProfileReorder, PROFILE_REORDER);
#define PROFILES(F, S) F(S, LIST(LaunchProfile), profiles, .max = PROFILES_MAX, .doc = "In their order")
SHAPE(Profiles, PROFILES);
SHAPE_DEFINE(Profiles, PROFILES);
/* An event's data: neither command nor environment. */
#define PROFILE_NEWS(F, S)                    \
    F(S, ID("lpr"), id, .doc = "The profile") \
    F(S, STR, name, .min = 1, .max = 100, .doc = "Its name")
SHAPE(ProfileNews, PROFILE_NEWS);
SHAPE_DEFINE(ProfileNews, PROFILE_NEWS);

/* --- rules --- */

static int refuse(Err *e, const char *field, const char *detail, const char *text) {
    int r = err_fail(e, ERR_INVALID, "%s", text);
    err_detail(e, field, "%s", detail);
    return r;
}

int profile_check_adapter(Str adapter, const StrList *command, bool has_effort, Err *e) {
    const Adapter *ad = adapter_find(adapter);
    char text[200];
    if (!ad->program && (!command->n || !command->items[0].n)) {
        snprintf(text, sizeof text, "an agent with the adapter %s requires a command", ad->name);
        return refuse(e, "command", "is required", text);
    }
    if (ad->program && command->n) {
        snprintf(text, sizeof text, "an agent with the adapter %s runs its own program", ad->name);
        return refuse(e, "command", "is only for an adapter without a program of its own", text);
    }
    if (!has_effort || (ad->caps & ADAPTER_EFFORT)) return 0;
    snprintf(text, sizeof text, "an agent with the adapter %s has no effort to choose", ad->name);
    return refuse(e, "effort", "is only for a CLI that can choose", text);
}

static bool is_name(Str name) {
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return name.n > 0;
}

static const char *fault_of(Str entry, Map *names) {
    Str name = entry;
    if (!memchr(entry.p, '=', entry.n)) return "is not NAME=value";
    if (memchr(entry.p, 0, entry.n)) return "contains a NUL";
    name = str_upto(entry, (size_t)((const char *)memchr(entry.p, '=', entry.n) - entry.p));
    if (!is_name(name)) return "does not begin with a name of letters, digits and _";
    if (str_starts(name, STR("MUSTER_"))) return "has a name that Muster sets itself";
    return map_put(names, name, names) ? "names a variable again" : NULL;
}

static int check_environment(const StrList *l, Err *e) {
    Map names = {0};
    char field[32];
    size_t bytes = 0, at = 0;
    const char *fault = NULL;
    for (; at < l->n && !fault; at++) {
        fault = fault_of(l->items[at], &names);
        bytes += l->items[at].n;
    }
    map_done(&names);
    snprintf(field, sizeof field, "environment[%zu]", at - 1);
    if (fault) return refuse(e, field, fault, "the environment is not valid");
    if (bytes <= ENVIRONMENT_BYTES_MAX) return 0;
    return refuse(e, "environment", "is longer than 64 KiB", "the environment is too long");
}

static int check(const LaunchProfile *p, Err *e) {
    TRY(profile_check_adapter(p->adapter, &p->command, HAS(LaunchProfile, p, effort), e));
    return check_environment(&p->environment, e);
}

void profile_apply(const LaunchProfile *p, Agent *g) {
    GIVE(Agent, g, profile_id, p->id);
    g->adapter = p->adapter;
    if (p->command.n) GIVE(Agent, g, command, p->command);
    if (p->model.n) GIVE(Agent, g, model, p->model);
    if (p->limits) GIVE(Agent, g, limits, p->limits);
    if (p->environment.n) GIVE(Agent, g, environment, p->environment);
    if (HAS(LaunchProfile, p, effort)) GIVE(Agent, g, effort, p->effort);
    if (HAS(LaunchProfile, p, mode)) GIVE(Agent, g, mode, p->mode);
    if (HAS(LaunchProfile, p, permissions)) GIVE(Agent, g, permissions, p->permissions);
}

/* --- rows --- */

int profile_get(DbConn *c, Str workspace_id, Str id, Arena *a, LaunchProfile *ret, Err *e) {
    bool found;
    TRY(db_one(c, &sql_profile_by_id, DB_ARGS(db_text(id), db_text(workspace_id)), DB_INTO(LaunchProfile, a, ret),
               &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no launch profile " STR_FMT " in this workspace", STR_ARG(id));
}

static int emit(Tx *tx, const LaunchProfile *p, const char *change, Err *e) {
    ProfileNews v = {.id = p->id, .name = p->name};
    return workspace_emit(tx, p->workspace_id, change, &ProfileNews_shape, &v, e);
}

static int check_name(Tx *tx, const LaunchProfile *p, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_profile_named, DB_ARGS(db_text(p->workspace_id), db_text(p->name), db_text(p->id)),
                  0, &n, e));
    if (!n) return 0;
    int r = err_fail(e, ERR_CONFLICT, "another launch profile of this workspace has this name");
    err_detail(e, "name", "is taken");
    return r;
}

static bool on_counts(void *arg, DbRow *r) {
    int64_t *counts = arg;
    counts[0] = db_col_i64(r, 0);
    counts[1] = db_col_i64(r, 1);
    return false;
}

static int add(Tx *tx, OpCall *c, LaunchProfile *p, Err *e) {
    int64_t counts[2] = {0};
    Workspace w;
    TRY(workspace_get(c->app, tx_conn(tx), p->workspace_id, c->arena, &w, e));
    TRY(db_each(tx_conn(tx), &sql_profile_counts, DB_ARGS(db_text(w.id)), on_counts, counts, e));
    if (counts[0] >= PROFILES_MAX)
        return err_fail(e, ERR_CONFLICT, "this workspace has %d launch profiles, the maximum; delete some first",
                        PROFILES_MAX);
    TRY(check_name(tx, p, e));
    p->display_order = counts[1];
    p->created_at = p->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_profile_add, &LaunchProfile_shape, p, NULL, e));
    return emit(tx, p, "profile_added", e);
}

typedef struct Write {
    OpCall *call;
    LaunchProfile *row;
    const StrList *ids; /* of a new order */
    Profiles *out;
} Write;

static int create_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    return add(tx, x->call, x->row, e);
}

static int update_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    LaunchProfile old;
    TRY(profile_get(tx_conn(tx), x->row->workspace_id, x->row->id, x->call->arena, &old, e));
    TRY(check_name(tx, x->row, e));
    x->row->display_order = old.display_order;
    x->row->created_at = old.created_at;
    x->row->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_profile_set, &LaunchProfile_shape, x->row, NULL, e));
    return emit(tx, x->row, "profile_updated", e);
}

static int delete_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    TRY(profile_get(tx_conn(tx), x->row->workspace_id, x->row->id, x->call->arena, x->row, e));
    TRY(tx_run(tx, &sql_profile_remove, DB_ARGS(db_text(x->row->id)), NULL, e));
    return emit(tx, x->row, "profile_removed", e);
}

static int list(DbConn *db, Str workspace_id, Arena *a, Profiles *out, Err *e) {
    out->profiles.items = arena_alloc(a, 1);
    return db_all(db, &sql_profile_list, DB_ARGS(db_text(workspace_id)), DB_INTO(LaunchProfile, a, &out->profiles),
                  PROFILES_MAX, e);
}

static int reorder_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    for (size_t i = 0; i < x->ids->n; i++) {
        LaunchProfile p;
        TRY(profile_get(tx_conn(tx), x->row->workspace_id, x->ids->items[i], x->call->arena, &p, e));
        TRY(tx_run(tx, &sql_profile_set_order, DB_ARGS(db_text(p.id), db_i64((int64_t)i)), NULL, e));
        if (p.display_order == (int64_t)i) continue;
        p.display_order = (int64_t)i;
        TRY(emit(tx, &p, "profile_updated", e));
    }
    return list(tx_conn(tx), x->row->workspace_id, x->call->arena, x->out, e);
}

/* --- operations --- */

static int list_launch_profiles(OpCall *c, const void *in_, void *out, Err *e) {
    Workspace w;
    TRY(workspace_get(c->app, c->db, ((const ProfilesOf *)in_)->workspace_id, c->arena, &w, e));
    TRY(list(c->db, w.id, c->arena, out, e));
    return op_cursor(c, topic_of(c->arena, "workspace", w.id), e);
}

/* The values stand in the same order in both. */
#define COPY_VALUES(S, in, p)                                                                         \
    do {                                                                                              \
        (p)->workspace_id = (in)->workspace_id, (p)->name = (in)->name, (p)->adapter = (in)->adapter; \
        if ((in)->command.n) GIVE(LaunchProfile, p, command, (in)->command);                          \
        if ((in)->model.n) GIVE(LaunchProfile, p, model, (in)->model);                                \
        if ((in)->limits) GIVE(LaunchProfile, p, limits, (in)->limits);                               \
        if ((in)->environment.n) GIVE(LaunchProfile, p, environment, (in)->environment);              \
        if (HAS(S, in, effort)) GIVE(LaunchProfile, p, effort, (in)->effort);                         \
        if (HAS(S, in, mode)) GIVE(LaunchProfile, p, mode, (in)->mode);                               \
        if (HAS(S, in, permissions)) GIVE(LaunchProfile, p, permissions, (in)->permissions);          \
    } while (0)

/* The environment may hold keys: what earlier calls answered with it is deleted with it. */
static int forget_environment(OpCall *c, const LaunchProfile *p, Err *e) {
    LaunchProfile old;
    TRY(profile_get(c->db, p->workspace_id, p->id, c->arena, &old, e));
    return old.environment.n ? op_results_erase(c->app, c->db, old.id, e) : 0;
}

static int create_launch_profile(OpCall *c, const void *in_, void *out, Err *e) {
    const ProfileCreate *in = in_;
    LaunchProfile *p = out;
    Id id = id_new("lpr");
    *p = (LaunchProfile){.id = arena_str(c->arena, id_str(&id))};
    COPY_VALUES(ProfileCreate, in, p);
    TRY(check(p, e));
    return op_tx(c, create_tx, &(Write){.call = c, .row = p}, out, e);
}

static int update_launch_profile(OpCall *c, const void *in_, void *out, Err *e) {
    const ProfileUpdate *in = in_;
    LaunchProfile *p = out;
    *p = (LaunchProfile){.id = in->profile_id, .workspace_id = in->workspace_id};
    COPY_VALUES(ProfileUpdate, in, p);
    TRY(check(p, e));
    TRY(forget_environment(c, p, e));
    return op_tx(c, update_tx, &(Write){.call = c, .row = p}, out, e);
}

static int delete_launch_profile(OpCall *c, const void *in_, void *out, Err *e) {
    (void)out;
    const ProfilePath *in = in_;
    LaunchProfile p = {.id = in->profile_id, .workspace_id = in->workspace_id};
    TRY(forget_environment(c, &p, e));
    return op_tx(c, delete_tx, &(Write){.call = c, .row = &p}, NULL, e);
}

static int reorder_launch_profiles(OpCall *c, const void *in_, void *out, Err *e) {
    const ProfileReorder *in = in_;
    LaunchProfile of = {.workspace_id = in->workspace_id};
    return op_tx(c, reorder_tx, &(Write){c, &of, &in->profile_ids, out}, out, e);
}

#define PROFILES_ROUTE "/api/workspaces/{workspaceId}/profiles"
const Op profile_ops[] = {
    {"list_launch_profiles", "GET " PROFILES_ROUTE, "profile list", OP_RUN(list_launch_profiles, ProfilesOf, Profiles),
     .role = ROLE_MEMBER, .where = ON_WORKER, .doc = "Lists a workspace's launch profiles, with their environments."},
    {"create_launch_profile", "POST " PROFILES_ROUTE, "profile create",
     OP_RUN(create_launch_profile, ProfileCreate, LaunchProfile), .status = 201, .role = ROLE_MEMBER,
     .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Creates a launch profile: values with which agents are created."},
    {"reorder_launch_profiles", "PUT " PROFILES_ROUTE "/reorder", "profile reorder",
     OP_RUN(reorder_launch_profiles, ProfileReorder, Profiles), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES, .doc = "Sets the order of a workspace's launch profiles."},
    {"update_launch_profile", "PUT " PROFILES_ROUTE "/{profileId}", "profile update",
     OP_RUN(update_launch_profile, ProfileUpdate, LaunchProfile), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED,
     .doc = "Replaces all values of a launch profile; what is left out is unset. Agents keep theirs."},
    {"delete_launch_profile", "DELETE " PROFILES_ROUTE "/{profileId}", "profile delete",
     OP_RUN_IN(delete_launch_profile, ProfilePath), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED, .doc = "Deletes a launch profile. Agents keep their values."},
    {0},
};
