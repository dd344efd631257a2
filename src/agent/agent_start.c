/* Starting an agent: program, arguments, environment, limits. */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent_sql.h"
#include "agent/agent_start.h"
#include "base/mem.h"
#include "base/vec.h"
#include "conversation/session.h"
#include "core/launch_input.h"
#include "core/launch_limits.h"
#include "core/launch_space.h"
#include "core/setting.h"
#include "script/port.h"
#include "sys/digest.h"
#include "sys/environment.h"
#include "sys/fault.h"
#include "sys/path_look.h"
#include "sys/process.h"
#include "sys/self.h"
#include "workspace/workspace.h"

extern char **environ;

typedef VEC(Str) StrVec;

/* Of the user's own account: a demo agent must not get them. */
static bool is_api_name(Str name) { return str_starts(name, STR("ANTHROPIC_")) || str_starts(name, STR("CLAUDE_")); }

static bool is_of_cli(Str name, const Agent *g) {
    const Adapter *ad = adapter_find(g->adapter);
    for (const char *const *v = ad ? ad->variables : NULL; v && *v; v++)
        if (environment_name_fits(name, str(*v))) return !g->is_demo;
    return false;
}

/* A demo agent talks to the scripted model, with folders of its own for configuration and temporary files. */
static void add_demo_names(App *app, StrVec *v, Arena *a) {
    static const char *const quiet[] = {"DISABLE_TELEMETRY=1", "DISABLE_ERROR_REPORTING=1", "DISABLE_AUTOUPDATER=1",
                                        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "IS_SANDBOX=1"};
    vec_push(v, arena_fmt(a, "ANTHROPIC_BASE_URL=%s", app->samples->model_url(app->samples)));
    vec_push(v, STR("ANTHROPIC_API_KEY=scripted-model-needs-no-key"));
    vec_push(v, arena_fmt(a, "CLAUDE_CONFIG_DIR=%s/demo/claude", app->home));
    vec_push(v, arena_fmt(a, "CLAUDE_CODE_TMPDIR=%s/demo/tmp", app->home));
    for (size_t i = 0; i < COUNT_OF(quiet); i++) vec_push(v, str(quiet[i]));
}

static bool is_set_by(const StrList *entries, Str name) {
    for (size_t i = 0; i < entries->n; i++)
        if (str_eq(environment_name(entries->items[i].p), name)) return true;
    return false;
}

/* The agent's own values replace those of the user; a demo agent's cannot lead it to a person's account. */
static StrList make_environment(App *app, const Agent *g, const StrList *ports, Arena *a) {
    StrList named = setting_strs(app->settings, SET_AGENT_ENV, a), own = g->environment;
    StrVec v = {0};
    for (size_t i = 0; i < own.n; i++) own.items[i] = arena_str(a, own.items[i]);
    for (char **p = environ; *p; p++) {
        Str name = environment_name(*p);
        if ((g->is_demo && is_api_name(name)) || is_set_by(&own, name)) continue;
        if (environment_is_passed(name, &named) || is_of_cli(name, g)) vec_push(&v, arena_str(a, str(*p)));
    }
    for (size_t i = 0; i < own.n; i++)
        if (!g->is_demo || !is_api_name(own.items[i])) vec_push(&v, own.items[i]);
    for (size_t i = 0; i < ports->n; i++) vec_push(&v, ports->items[i]);
    if (g->is_demo && app->samples) add_demo_names(app, &v, a);
    StrList list;
    vec_take(&v, a, &list);
    return list;
}

int agent_environment(App *app, DbConn *db, const LaunchRow *l, Arena *a, StrList *ret, Err *e) {
    Agent g;
    StrList ports;
    TRY(agent_get(db, l->owner_id, a, &g, e));
    TRY(worktree_port_names(db, g.worktree_id, a, &ports, e));
    *ret = make_environment(app, &g, &ports, a);
    return 0;
}

/* The agent's own limits, otherwise the settings. */
static HoldSpecLimits make_limits(const AgentLimits *own, App *app) {
    LaunchLimits l = launch_limits(app);
    if (own && HAS(AgentLimits, own, wall_seconds)) l.wall_ms = own->wall_seconds * 1000;
    if (own && HAS(AgentLimits, own, memory_mib)) l.memory_mib = own->memory_mib;
    if (own && HAS(AgentLimits, own, processes)) l.processes = own->processes;
    if (own && HAS(AgentLimits, own, output_mib)) l.output_mib = own->output_mib;
    return launch_limits_spec(&l);
}

static int fail_missing(const Adapter *ad, Str name, bool is_path, Err *e) {
    char file[4096];
    CLEANUP(arena_freep) Arena *a = arena_new();
    if (process_find_not_executable(name, getenv("PATH"), file, sizeof file))
        return err_fail(e, ERR_MISSING_CLI, "`%s` is not executable; run `chmod +x " STR_FMT "`", file,
                        STR_ARG(shell_word(str(file), a)));
    return err_fail(e, ERR_MISSING_CLI, "`" STR_FMT "` is not %s%s%s", STR_ARG(name),
                    is_path ? "an executable program" : "installed", ad->install ? "; install it with: " : "",
                    ad->install ? ad->install : "");
}

Str agent_program_setting(const App *app, const Adapter *ad, Arena *a) {
    const SettingDef *d = setting_find(arena_fmt(a, "agent.%s_path", ad->name));
    return d ? setting_str(app->settings, (Setting)(d - setting_def((Setting)0)), a) : (Str){0};
}

/* A name with a slash is a path and means the same as to the child: a relative path starts in its worktree. */
static int find_program(const AgentStart *s, const Adapter *ad, Str folder, Str *ret, Err *e) {
    char found[4096], interpreter[4096];
    Arena *a = s->arena;
    const StrList *command = &s->agent->command;
    Str configured = agent_program_setting(s->app, ad, a);
    Str name = configured.n ? configured : ad->program ? str(ad->program) : command->n ? command->items[0] : (Str){0};
    if (!name.n) return err_fail(e, ERR_INVALID, "an agent with the adapter %s requires a command", ad->name);
    bool is_path = memchr(name.p, '/', name.n);
    if (is_path && name.p[0] != '/') name = arena_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(name));
    bool is_found = process_find_program(name, getenv("PATH"), found, sizeof found) ||
                    (s->agent->is_demo && s->app->samples &&
                     process_find_program(name, s->app->samples->cli_path, found, sizeof found));
    if (!is_found) return fail_missing(ad, name, is_path, e);
    if (process_missing_interpreter(found, interpreter, sizeof interpreter))
        return err_fail(e, ERR_MISSING_CLI, "`%s` cannot be started: its interpreter `%s` does not exist", found,
                        interpreter);
    *ret = arena_str(a, str(found));
    return 0;
}

/* Resumes a session, forks one, or begins a new one. */
static void choose_session(AgentStart *s, const Adapter *ad) {
    const Agent *g = s->agent;
    char uuid[37];
    random_uuid(uuid);
    if (!(ad->caps & ADAPTER_HANDSHAKE)) s->session_id = arena_str(s->arena, str(uuid));
    s->resumes =
        (ad->caps & ADAPTER_RESUME) && !s->is_retry && (s->resume_session.n || (g->is_resumable && g->session_id.n));
    if (s->resumes)
        s->from_session = s->session_id = s->resume_session.n ? s->resume_session : g->session_id;
    else if (ad->caps & ADAPTER_FORK)
        s->from_session = g->fork_session_id;
}

static int make_command(AgentStart *s, const Adapter *ad, Str folder, AdapterCommand *ret, Err *e) {
    Agent *g = s->agent;
    AdapterOptions chosen = agent_options(g);
    choose_session(s, ad);
    s->cli = (AdapterSpec){.session_id = s->session_id,
                           .resume = s->resumes,
                           .fork_from = s->resumes ? (Str){0} : s->from_session,
                           .mode = chosen.mode,
                           .permissions = chosen.permissions,
                           .model = chosen.model,
                           .effort = chosen.effort,
                           .command = g->command};
    TRY(find_program(s, ad, folder, &s->cli.program, e));
    return ad->command(&s->cli, s->arena, ret, e);
}

/* An earlier session, which is resumed in place of the current one. */
static int check_session(const AgentStart *s, DbConn *db, const Adapter *ad, Err *e) {
    Conversation c;
    Session x;
    if (!s->resume_session.n) return 0;
    if (!(ad->caps & ADAPTER_RESUME)) return err_fail(e, ERR_CONFLICT, "an agent of this kind has no sessions");
    TRY(conversation_get(db, STR("agent"), s->agent->id, s->arena, &c, e));
    TRY(session_get(db, &c, s->resume_session, s->arena, &x, e));
    return x.is_resumable ? 0 : err_fail(e, ERR_CONFLICT, "the CLI no longer has this session");
}

static int refuse_archived(const Agent *g, Err *e) {
    return HAS(Agent, g, deleted_at) ? err_fail(e, ERR_CONFLICT, "the agent is archived; restore it first") : 0;
}

static int check_folder(Str path, Err *e) {
    PathLook l = {.path = path, .follows_link = true};
    paths_look(&l, 1);
    if (l.state == PATH_SILENT)
        return err_fail(e, ERR_TIMEOUT, "the disk of this worktree does not answer: " STR_FMT, STR_ARG(path));
    return l.is_folder
               ? 0
               : err_fail(e, ERR_NOT_FOUND, "the folder of this worktree does not exist: " STR_FMT, STR_ARG(path));
}

static int prepare(AgentStart *s, DbConn *db, Err *e) {
    Agent *g = s->agent;
    TRY(refuse_archived(g, e));
    const Adapter *ad = adapter_find(g->adapter);
    if (!ad) return err_fail(e, ERR_INVALID, "unknown adapter `" STR_FMT "`", STR_ARG(g->adapter));
    TRY(check_session(s, db, ad, e));
    if (s->must_resume && !s->resume_session.n && !(g->is_resumable && g->session_id.n))
        return err_fail(e, ERR_CONFLICT, "the agent has no session to resume; start it instead");
    Worktree wt;
    TRY(worktree_get(db, g->worktree_id, s->arena, &wt, e));
    TRY(check_folder(wt.path, e));
    TRY(launch_check_space(s->app, e));
    AdapterCommand c = {0};
    TRY(make_command(s, ad, wt.path, &c, e));
    s->spec = (LaunchSpec){.owner_kind = STR("agent"),
                           .owner_id = g->id,
                           .argv = c.argv,
                           .envp = c.env,
                           .cwd = wt.path,
                           .is_pty = c.is_pty,
                           .adapter = g->adapter,
                           .principal = s->principal,
                           .limits = make_limits(g->limits, s->app),
                           .role = ROLE_AGENT};
    if (ad->caps & ADAPTER_PTY) s->spec.role = s->role;
    return 0;
}

typedef struct Refused {
    const AgentStart *start;
    StatusAct act;
    Str why;
} Refused;

/* A running agent keeps its status when a second start fails. */
static int refused_tx(Tx *tx, void *arg, Err *e) {
    Refused *x = arg;
    Arena *a = x->start->arena;
    Agent g;
    LaunchRow launch;
    bool alive = false;
    TRY(agent_get(tx_conn(tx), x->start->agent->id, a, &g, e));
    TRY(launch_find_alive(tx_conn(tx), g.id, a, &launch, &alive, e));
    return alive || HAS(Agent, &g, deleted_at) ? 0 : agent_act(tx, &g, (ConversationAct){x->act, x->why}, a, e);
}

/* What must change on the machine before this agent can run becomes its status, which everyone sees. If the store
 * cannot take that write, the caller still gets the refusal. */
static void report_refusal(const AgentStart *s, const Err *why) {
    Refused x = {s, why->code == ERR_DISK_FULL ? ACT_DISK_FULL : ACT_MISSING_CLI, str(why->text)};
    Err late = {0};
    if (why->code == ERR_DISK_FULL || why->code == ERR_MISSING_CLI)
        (void)db_tx(s->app->db, s->is_retry ? DB_DERIVED : DB_PERSON, refused_tx, &x, &late);
}

int agent_start_prepare(AgentStart *s, DbConn *db, Err *e) {
    int r = prepare(s, db, e);
    if (r < 0) report_refusal(s, e);
    return r;
}

static int add_handshake(AgentStart *s, Tx *tx, const Adapter *ad, Str launch, Err *e) {
    if (!ad->start) return 0;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 65536);
    TRY(ad->start(&(AdapterTo){.number = 1}, &b, e));
    return b.n ? launch_add_input(s->app, tx, &(LaunchInput){launch, buf_str(&b), "handshake", launch}, e) : 0;
}

/* Since the start was prepared outside the write, the agent may have been archived or deleted, or its worktree
 * removed. */
static int read_again(Tx *tx, AgentStart *s, Err *e) {
    Agent *g = s->agent;
    Worktree wt;
    TRY(agent_get(tx_conn(tx), g->id, s->arena, g, e));
    TRY(refuse_archived(g, e));
    return worktree_get_usable(tx_conn(tx), g->worktree_id, s->arena, &wt, e);
}

int agent_start_tx(Tx *tx, AgentStart *s, Err *e) {
    Agent *g = s->agent;
    Arena *a = s->arena;
    ConversationSubject who;
    Conversation c;
    TRY(read_again(tx, s, e));
    TRY(worktree_take_ports(tx, g->worktree_id, e));
    TRY(agent_subject(g, a, &who, e));
    TRY(conversation_get(tx_conn(tx), who.kind, who.id, a, &c, e));
    ConversationBegin begin = {s->from_session, &s->cli, s->spec.cwd, tx_now(tx)};
    TRY(conversation_begin(tx_conn(tx), &who, &begin, a, &s->spec.begin, e));
    Id launch;
    TRY(launch_add(s->app, tx, &s->spec, &launch, e));
    Str launch_id = arena_str(a, id_str(&launch));
    ConversationLaunch l = {launch_id, who.adapter->caps & ADAPTER_RESUME ? s->session_id : c.session_id, s->resumes};
    TRY(conversation_set_launch(tx, &c, &l, e));
    TRY(tx_run(tx, &sql_agent_set_retried, DB_ARGS(db_text(g->id), db_i64(s->is_retry), db_i64(tx_now(tx))), NULL, e));
    TRY(agent_act(tx, g, (ConversationAct){.act = ACT_LAUNCHED}, a, e));
    TRY(add_handshake(s, tx, who.adapter, launch_id, e));
    MessageAdd m = {.text = s->prompt, .attachments = s->attachments};
    bool handed = false, has_prompt = s->prompt.n || s->attachments.n;
    TRY(has_prompt ? message_add(s->app, tx, &who, &m, a, e) : message_deliver_next(s->app, tx, &who, a, &handed, e));
    return agent_get(tx_conn(tx), g->id, a, g, e);
}
