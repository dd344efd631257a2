/* See terminal.h: rows and rules. */
#include "terminal/terminal.h"

#include "agent/agent.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "core/hook.h"
#include "core/launch_limits.h"
#include "core/launchtidy.h"
#include "sys/file.h"
#include "terminal/answer.h"
#include "terminal/shot.h"
#include "terminal/terminal_sql.h"
#include "terminal/terminals.h"
#include "workspace/workspace.h"

ENUM_DEFINE(TerminalState, TERMINAL_STATE_WORDS);
SHAPE_DEFINE(Terminal, TERMINAL);

enum { NAME_MAX_CHARS = 40, EXPIRE_PAGE = 100 };

int terminal_get(DbConn *c, Str id, Arena *a, Terminal *ret, Err *e) {
    bool found;
    TRY(db_one(c, &sql_terminal_by_id, DB_ARGS(db_text(id)), DB_INTO(Terminal, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no terminal " STR_FMT, STR_ARG(id));
}

static int emit(Tx *tx, const Terminal *t, Err *e) {
    return workspace_emit(tx, t->workspace_id, "terminal", &Terminal_shape, t, e);
}

static int emit_id(Tx *tx, Str id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Terminal t;
    TRY(terminal_get(tx_conn(tx), id, a, &t, e));
    return emit(tx, &t, e);
}

/* --- starting --------------------------------------------------------------------------------------------------- */

static int find_place(Tx *tx, const TerminalStart *s, Worktree *ret, Err *e) {
    Str worktree_id = s->worktree_id;
    if (s->agent_id.n) {
        Agent g;
        TRY(agent_get(tx_conn(tx), s->agent_id, s->arena, &g, e));
        worktree_id = g.worktree_id;
    }
    return worktree_get_usable(tx_conn(tx), worktree_id, s->arena, ret, e);
}

static int check_room(Tx *tx, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_terminal_count_alive, DB_NONE, 0, &n, e));
    if (n < TERMINALS_ALIVE_MAX) return 0;
    return err_fail(e, ERR_CONFLICT, "%d terminals are running, the maximum; close some first", TERMINALS_ALIVE_MAX);
}

/* The first line of the command, or the shell's name. */
static Str name_for(const TerminalStart *s) {
    if (s->name.n) return s->name;
    if (!s->command.n) return path_last(s->shell);
    size_t n = 0, chars = 0;
    while (n < s->command.n && chars < NAME_MAX_CHARS && (unsigned char)s->command.p[n] >= ' ') {
        size_t step = utf8_step(s->command.p + n, s->command.n - n);
        n += step ? step : 1;
        chars++;
    }
    Str name = str_trim(str_upto(s->command, n));
    return name.n ? name : STR("command");
}

static int add_launch(Tx *tx, const TerminalStart *s, const Terminal *t, Str path, Id *ret, Err *e) {
    LaunchLimits limits = launch_limits(s->app);
    limits.wall_ms = limits.output_mib = 0; /* a person ends it, and its log drops its beginning */
    Str command[] = {STR("/bin/sh"), STR("-c"), s->command}, shell[] = {s->shell, STR("-l")};
    Str envp[] = {STR("TERM=xterm-256color"), STR("COLORTERM=truecolor")};
    LaunchSpec spec = {.owner_kind = STR("terminal"),
                       .owner_id = t->id,
                       .argv = s->command.n ? (StrList){command, COUNT_OF(command)} : (StrList){shell, COUNT_OF(shell)},
                       .envp = {envp, COUNT_OF(envp)},
                       .cwd = path,
                       .is_pty = true,
                       .rows = s->size.rows,
                       .cols = s->size.cols,
                       .limits = launch_limits_spec(&limits),
                       .principal = str(s->who->id),
                       .role = s->who->role};
    return launch_add(s->app, tx, &spec, ret, e);
}

int terminal_start(Tx *tx, const TerminalStart *s, Terminal *ret, Err *e) {
    Id id = id_new("trm"), launch;
    Worktree wt;
    TRY(check_room(tx, e));
    TRY(find_place(tx, s, &wt, e));
    *ret = (Terminal){.id = arena_str(s->arena, id_str(&id)),
                      .workspace_id = wt.workspace_id,
                      .worktree_id = wt.id,
                      .name = name_for(s),
                      .state = TERMINAL_RUNNING,
                      .created_at = tx_now(tx)};
    if (s->agent_id.n) GIVE(Terminal, ret, agent_id, s->agent_id);
    if (s->command.n) GIVE(Terminal, ret, command, s->command);
    TRY(tx_run_shape(tx, &sql_terminal_add, &Terminal_shape, ret, NULL, e));
    TRY(add_launch(tx, s, ret, wt.path, &launch, e));
    TRY(tx_run(tx, &sql_terminal_set_launch, DB_ARGS(db_text(ret->id), db_text(id_str(&launch))), NULL, e));
    GIVE(Terminal, ret, launch_id, arena_str(s->arena, id_str(&launch)));
    return emit(tx, ret, e);
}

int terminal_rename(Tx *tx, Str id, Str name, Arena *a, Terminal *ret, Err *e) {
    TRY(tx_run(tx, &sql_terminal_set_name, DB_ARGS(db_text(id), db_text(name)), NULL, e));
    TRY(terminal_get(tx_conn(tx), id, a, ret, e));
    return emit(tx, ret, e);
}

/* --- its end ---------------------------------------------------------------------------------------------------- */

int terminal_end(Tx *tx, const TerminalEnd *x, Err *e) {
    int64_t changed = 0;
    TRY(tx_run(tx, &sql_terminal_end,
               DB_ARGS(db_text(x->id), db_text(str(enum_word(&TerminalState_enum, (int)x->state))),
                       x->exit_code < 0 ? (DbValue){0} : db_i64(x->exit_code),
                       db_text(x->detail.n ? x->detail : (Str){0}), db_i64(tx_now(tx))),
               &changed, e));
    return changed ? emit_id(tx, x->id, e) : 0;
}

int terminal_held(Tx *tx, Str id, Str why, Err *e) {
    int64_t changed = 0;
    TRY(tx_run(tx, &sql_terminal_held, DB_ARGS(db_text(id), db_text(why.n ? why : (Str){0})), &changed, e));
    return changed ? emit_id(tx, id, e) : 0;
}

int terminal_set_title(Tx *tx, Str id, Str title, Err *e) {
    int64_t changed = 0;
    TRY(tx_run(tx, &sql_terminal_set_title, DB_ARGS(db_text(id), db_text(title.n ? title : (Str){0})), &changed, e));
    return changed ? emit_id(tx, id, e) : 0;
}

typedef struct Over {
    Arena *arena;
    VEC(Str) ids;
} Over;

static bool on_over(void *arg, DbRow *r) {
    Over *o = arg;
    vec_push(&o->ids, arena_str(o->arena, db_col_text(r, 0)));
    return true;
}

static int remove_tx(Tx *tx, void *arg, Err *e) {
    return tx_run(tx, &sql_terminal_remove, DB_ARGS(db_text(*(const Str *)arg)), NULL, e);
}

/* Its launch first: if this is interrupted between the two, the next call still finds the row. */
static int expire_some(App *app, DbConn *db, TimeUs older_than, size_t *ret_n, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Over o = {.arena = a};
    int r = db_each(db, &sql_terminal_over, DB_ARGS(db_i64(older_than), db_i64(EXPIRE_PAGE)), on_over, &o, e);
    for (size_t i = 0; i < o.ids.n && r >= 0; i++) {
        r = launchtidy_erase(app, db, o.ids.items[i], e);
        if (r >= 0) r = db_tx(app->db, DB_DERIVED, remove_tx, &o.ids.items[i], e);
    }
    *ret_n = o.ids.n;
    vec_done(&o.ids);
    return r;
}

int terminals_expire(App *app, DbConn *db, TimeUs older_than, Err *e) {
    size_t n = EXPIRE_PAGE;
    while (n == EXPIRE_PAGE) TRY(expire_some(app, db, older_than, &n, e));
    return 0;
}

/* --- registration ----------------------------------------------------------------------------------------------- */

static int on_worktree_removing(App *app, Tx *tx, const WorktreeRemoving *v, Err *e) {
    (void)app;
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_terminal_count_alive_in, DB_ARGS(db_text(v->worktree_id)), 0, &n, e));
    if (n == 0) return 0;
    return err_fail(e, ERR_CONFLICT, "%lld %s open in this worktree; close %s first", (long long)n,
                    str_plural(n, "terminal is", "terminals are"), str_plural(n, "it", "them"));
}

void terminal_register(App *app) {
    launches_register(app->launches, &terminal_owner);
    hook_on_worktree_removing(app, on_worktree_removing);
    app->terminals = mu_new(Terminals);
    app->terminals->app = app;
    shots_register(app);
    answers_register(app);
}

const OrgOf terminal_orgs[] = {{"trm", &sql_org_of_terminal}, {"lch", &sql_org_of_launch}, {0}};
const TopicDef terminal_topics[] = {
    {.noun = "terminal", .prefix = "lch", .role = ROLE_VIEWER, .agent_may = true, .source = &terminal_source}, {0}};
