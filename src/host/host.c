/* Finding the host of a repository, and who is logged in there, which is kept for half a minute. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "git/remote.h"
#include "host/host_in.h"
#include "sys/process.h"

SHAPE_DEFINE(HostRead, HOST_READ);
SHAPE_DEFINE(HostInfo, HOST_INFO);

enum { KEPT_US = 30000000, KEPT_MAX = 100, VERSION_MS = 5000, TEXT_MAX = 480 };

static const HostService *const services[HostKind_n] = {[HOST_GITHUB] = &host_github, [HOST_GITLAB] = &host_gitlab};

/* -- what is kept ---------------------------------------------------------------------------------------------- */

/* What a program said of its login at a host. */
typedef struct Login {
    TimeUs at;
    int64_t mono_us;
    char who[256], version[PROCESS_VERSION_SIZE], problem[TEXT_MAX]; /* "": none */
} Login;

struct Hosts {
    pthread_mutex_t lock;
    Map logins; /* "program host" to Login*, owned */
};

void host_register(App *app) {
    app->hosts = mu_new(Hosts);
    pthread_mutex_init(&app->hosts->lock, NULL);
}

static void forget_all(Hosts *s) {
    MapSlot *slot;
    for (size_t i = 0; (slot = map_next(&s->logins, &i));) free(slot->value);
    map_done(&s->logins);
    s->logins = (Map){0};
}

void host_done(App *app) {
    if (!app->hosts) return;
    forget_all(app->hosts);
    pthread_mutex_destroy(&app->hosts->lock);
    free(app->hosts);
    app->hosts = NULL;
}

static Str login_key(const Host *h) { return arena_fmt(h->call->arena, "%s " STR_FMT, h->program, STR_ARG(h->name)); }

static bool find_login(const Host *h, Login *ret) {
    Hosts *s = h->call->app->hosts;
    if (!s) return false;
    pthread_mutex_lock(&s->lock);
    const Login *kept = map_find(&s->logins, login_key(h));
    bool is_fresh = kept && clock_mono_us() - kept->mono_us < KEPT_US;
    if (is_fresh) *ret = *kept;
    pthread_mutex_unlock(&s->lock);
    return is_fresh;
}

static void keep_login(const Host *h, const Login *l) {
    Hosts *s = h->call->app->hosts;
    if (!s) return;
    Login *kept = mu_new(Login);
    *kept = *l;
    pthread_mutex_lock(&s->lock);
    if (s->logins.n >= KEPT_MAX) forget_all(s);
    free(map_put(&s->logins, login_key(h), kept));
    pthread_mutex_unlock(&s->lock);
}

/* -- which host ------------------------------------------------------------------------------------------------ */

/* A variable of the person's own configuration: that of the repository, which an agent may write, does not say who gets their
 * login. */
static int find_own(const Git *g, Str name, const char *what, Str *ret, Err *e) {
    GitOut o;
    const char *key = arena_fmt(g->arena, "muster." STR_FMT ".%s", STR_ARG(name), what).p;
    const char *const *args = GIT_ARGS("config", "--global", "--includes", "--get", "--null", key);
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    Str rest = o.out;
    *ret = (Str){0};
    if (o.exit_code == 0) (void)str_split(&rest, 0, ret);
    return 0;
}

/* muster.<name>.service, where the name does not say it, and muster.<name>.host, where gh or glab knows the host by another
 * name, as for an alias of ssh. */
static int apply_config(Host *h, const Git *g, Err *e) {
    Arena *a = h->call->arena;
    Str service, other;
    int kind;
    RemoteUrl at;
    TRY(find_own(g, h->name, "service", &service, e));
    TRY(find_own(g, h->name, "host", &other, e));
    h->kind = remote_host_kind(h->name);
    if (other.n && remote_url_parse(a, arena_fmt(a, "https://" STR_FMT "/a/b", STR_ARG(other)), &at)) {
        h->name = at.host;
        h->kind = remote_host_kind(h->name);
    }
    if (service.n && enum_find(&HostKind_enum, service, &kind)) h->kind = (HostKind)kind;
    return 0;
}

static void find_service(Host *h) {
    char path[4096];
    h->service = services[h->kind];
    if (!h->service || !process_find_program(str(h->service->program), getenv("PATH"), path, sizeof path)) return;
    h->program = arena_strdup(h->call->arena, path);
}

int host_find(OpCall *c, const Git *g, Str remote, Host *ret, Err *e) {
    Str url;
    RemoteUrl at;
    *ret = (Host){.call = c, .kind = HOST_UNKNOWN};
    TRY(git_remote_choose(g, remote, &ret->remote, e));
    TRY(git_remote_url(g, ret->remote, &url, e));
    if (!remote_url_parse(c->arena, url, &at))
        return err_fail(e, ERR_CONFLICT, "the remote " STR_FMT " is not a repository on a host", STR_ARG(ret->remote));
    ret->name = at.host;
    ret->project = at.project;
    TRY(apply_config(ret, g, e));
    find_service(ret);
    return 0;
}

void host_restore(OpCall *c, HostKind kind, Str name, Host *ret) {
    *ret = (Host){.call = c, .kind = kind, .name = name};
    find_service(ret);
}

int host_require(const Host *h, Err *e) {
    if (!h->service)
        return err_fail(e, ERR_CONFLICT,
                        "Muster does not know whether " STR_FMT " runs GitHub or GitLab: run "
                        "`git config --global muster." STR_FMT ".service gitlab`, or github",
                        STR_ARG(h->name), STR_ARG(h->name));
    if (h->program) return 0;
    return err_fail(e, ERR_MISSING_CLI, "`%s`, which reaches " STR_FMT ", is not installed: %s, then run `" STR_FMT "`",
                    h->service->program, STR_ARG(h->name), h->service->install, STR_ARG(host_login_command(h)));
}

Str host_title(const Host *h) { return h->service ? str(h->service->title) : h->name; }

Str host_login_command(const Host *h) {
    return arena_fmt(h->call->arena, "%s auth login --hostname " STR_FMT, h->service->program, STR_ARG(h->name));
}

static int find_in_workspace(OpCall *c, Str workspace_id, Str remote, Host *ret, Err *e) {
    Workspace w;
    Git *g;
    TRY(workspace_get(c->app, c->db, workspace_id, c->arena, &w, e));
    TRY(workspace_git(c, &w, &g, e));
    return host_find(c, g, remote, ret, e);
}

int host_open(OpCall *c, Str workspace_id, Str remote, Host *ret, Err *e) {
    TRY(find_in_workspace(c, workspace_id, remote, ret, e));
    return host_require(ret, e);
}

/* -- get_host ---------------------------------------------------------------------------------------------------- */

static void ask_login(const Host *h, Login *ret) {
    Err e = {0};
    Str who;
    *ret = (Login){.at = clock_now_us(), .mono_us = clock_mono_us()};
    (void)process_version(h->program, VERSION_MS, ret->version);
    if (h->service->login(h, &who, &e) < 0)
        snprintf(ret->problem, sizeof ret->problem, "%s", e.text);
    else
        snprintf(ret->who, sizeof ret->who, STR_FMT, STR_ARG(who));
}

static void put_login(const Host *h, const Login *l, HostInfo *out) {
    Arena *a = h->call->arena;
    out->is_ready = !l->problem[0];
    GIVE(HostInfo, out, checked_at, l->at);
    if (l->version[0]) GIVE(HostInfo, out, version, answer_clean(a, str(l->version), 64));
    if (l->who[0]) GIVE(HostInfo, out, login, arena_str(a, str(l->who)));
    if (l->problem[0]) GIVE(HostInfo, out, problem, arena_str(a, str(l->problem)));
}

static void put_host(const Host *h, HostInfo *out) {
    *out = (HostInfo){.kind = h->kind, .is_installed = h->program != NULL};
    if (h->remote.n) GIVE(HostInfo, out, remote, h->remote);
    if (h->service) GIVE(HostInfo, out, program, str(h->service->program));
    if (!h->name.n) return;
    GIVE(HostInfo, out, name, h->name);
    GIVE(HostInfo, out, project, h->project);
    GIVE(HostInfo, out, url,
         arena_fmt(h->call->arena, "https://" STR_FMT "/" STR_FMT, STR_ARG(h->name), STR_ARG(h->project)));
}

/* A repository without a host is an answer; a remote that a caller names and that does not exist is not. */
int host_info(OpCall *c, const HostRead *in, HostInfo *out, Err *e) {
    Host h = {0};
    Login l;
    Err why = {0};
    int r = find_in_workspace(c, in->workspace_id, in->remote, &h, &why);
    if (r < 0 && r != -ERR_CONFLICT) {
        *e = why;
        return r;
    }
    if (r >= 0) r = host_require(&h, &why);
    put_host(&h, out);
    if (r < 0) {
        GIVE(HostInfo, out, problem, arena_str(c->arena, str(why.text)));
        return 0;
    }
    if (in->refresh || !find_login(&h, &l)) {
        ask_login(&h, &l);
        keep_login(&h, &l);
    }
    put_login(&h, &l, out);
    return 0;
}
