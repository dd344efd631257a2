/* See system.h. */
#include "daemon/system.h"

#include "adapter/adapters.h"
#include "base/mem.h"
#include "core/launchtidy.h"
#include "daemon/demo.h"
#include "daemon/health.h"
#include "daemon/installed.h"

static int get_live(OpCall *c, const void *in, void *out, Err *e) {
    (void)in, (void)e;
    health_recall(c->app->health, c->arena, out);
    return 0;
}

static int get_health(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in;
    Health *out = out_;
    bool can_work = false;
    health_look(c->app->health, c->arena, out, &can_work);
    if (can_work) return 0;
    int r = err_fail(e, ERR_BUSY, STR_FMT, STR_ARG(out->problems.items[0].message));
    for (size_t i = 0; i < out->problems.n; i++)
        err_detail(e, enum_word(&HealthCheckName_enum, (int)out->problems.items[i].check), "is not well");
    if (HAS(HealthProblem, &out->problems.items[0], since)) {
        char since[TIME_TEXT_MAX];
        time_print(out->problems.items[0].since, since);
        err_detail(e, "since", "%s", since);
    }
    return r;
}

#define START_CODE(F, S)                                            \
    F(S, STR, code, .max_bytes = 64, .doc = "Valid once, for 60 s") \
    F(S, STR, url, .max_bytes = 256, .doc = "The page's address with the code")
SHAPE(StartCode, START_CODE);
SHAPE_DEFINE(StartCode, START_CODE);
#define CODE_IN(F, S) F(S, STR, code, .min = 1, .max_bytes = 64, .doc = "The code in the fragment of the start URL")
SHAPE(StartCodeIn, CODE_IN);
SHAPE_DEFINE(StartCodeIn, CODE_IN);
#define TOKEN_OUT(F, S) F(S, STR, token, .max_bytes = 64, .doc = "Bearer token of this installation")
SHAPE(StartToken, TOKEN_OUT);
SHAPE_DEFINE(StartToken, TOKEN_OUT);

static int create_start_code(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in, (void)e;
    StartCode *out = out_;
    char code[44];
    auth_code_new(c->app->auth, code);
    out->code = arena_str(c->arena, str(code));
    out->url = arena_fmt(c->arena, "%ssignin#code=%s", c->app->url, code);
    return 0;
}

static int redeem_start_code(OpCall *c, const void *in, void *out, Err *e) {
    char token[65];
    TRY(auth_code_redeem(c->app->auth, ((const StartCodeIn *)in)->code, token, e));
    ((StartToken *)out)->token = arena_str(c->arena, str(token));
    return 0;
}

#define SIGN_IN(F, S) \
    F(S, STR, open_command, .max_bytes = 8192, .doc = "The command that opens a new start URL, quoted for a shell")
SHAPE(SignIn, SIGN_IN);
SHAPE_DEFINE(SignIn, SIGN_IN);

static int get_sign_in(OpCall *c, const void *in, void *out, Err *e) {
    (void)in, (void)e;
    ((SignIn *)out)->open_command = arena_fmt(c->arena, "%s open", c->app->command);
    return 0;
}

#define SYSTEM(F, S)                                                                                              \
    F(S, STR, version, .max_bytes = 32, .doc = "Version of Muster")                                               \
    F(S, BOOL, is_demo, .doc = "Everything here is a demo")                                                       \
    F(S, STR, home, .max_bytes = 4096, .is_path = 1, .doc = "The data folder")                                    \
    F(S, STR, command, .max_bytes = 8192, .doc = "How to call `muster` for this data folder, quoted for a shell") \
    F(S, OBJ(CliInstall), claude, .doc = "The Claude Code CLI")
SHAPE(System, SYSTEM);
SHAPE_DEFINE(System, SYSTEM);

/* The cursor is taken first: events that are published in the meantime come again. */
static int get_system(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    CliInstall *claude = arena_new_in(c->arena, CliInstall);
    TRY(op_cursor(c, STR("app"), e));
    installed_read(c->app->installed, &adapter_claude, c->arena, claude);
    *(System *)out = (System){.version = str(c->app->version),
                              .is_demo = agent_all_are_samples(c->app),
                              .home = str(c->app->home),
                              .command = str(c->app->command),
                              .claude = claude};
    return 0;
}

#define CLI_LIST(F, S) \
    F(S, LIST(CliInstall), clis, .max = 64, .doc = "One for each adapter that has a program of its own")
SHAPE(CliInstalls, CLI_LIST);
SHAPE_DEFINE(CliInstalls, CLI_LIST);

static int list_clis(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in;
    CliInstalls *out = out_;
    size_t n = 0;
    TRY(op_cursor(c, STR("app"), e));
    while (adapters[n]) n++;
    out->clis.items = arena_array(c->arena, n, sizeof(CliInstall));
    for (const Adapter *const *ad = adapters; *ad; ad++)
        if ((*ad)->program) installed_read(c->app->installed, *ad, c->arena, &out->clis.items[out->clis.n++]);
    return 0;
}

static int list_holds(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    TRY(op_cursor(c, STR("app"), e));
    return launchtidy_find_holds(c->app, c->db, c->arena, out, e);
}

/* One call at a time. */
static int own_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)in, (void)e;
    *ret = str(c->op->name);
    return 0;
}

const TopicDef system_topics[] = {{.noun = "app", .role = ROLE_VIEWER}, {0}};

const Op system_ops[] = {
    {"get_health", "GET /api/health", "health", OP_RUN_OUT(get_health, Health), .where = ON_WORKER,
     .flags = OP_PUBLIC | OP_UNLIMITED,
     .doc = "Reports the daemon's health and what is wrong; 503 if it cannot store anything."},
    {"get_health_live", "GET /api/health/live", NULL, OP_RUN_OUT(get_live, Health), .where = ON_LOOP,
     .flags = OP_PUBLIC | OP_UNLIMITED, .doc = "Shows that the daemon answers; its checks as last seen."},
    {"get_health_ready", "GET /api/health/ready", NULL, OP_RUN_OUT(get_health, Health), .where = ON_WORKER,
     .flags = OP_PUBLIC | OP_UNLIMITED, .doc = "Shows whether the daemon can work; the same as get_health."},
    {"create_start_code", "POST /api/auth/codes", "code", OP_RUN_OUT(create_start_code, StartCode), .role = ROLE_OWNER,
     .where = ON_LOOP, .doc = "Creates a start URL for a browser: valid once, for 60 s."},
    {"redeem_start_code", "POST /api/auth/code", NULL, OP_RUN(redeem_start_code, StartCodeIn, StartToken),
     .where = ON_LOOP, .flags = OP_PUBLIC | OP_UNLIMITED, .doc = "Exchanges a start code for the token."},
    {"get_sign_in", "GET /api/auth", NULL, OP_RUN_OUT(get_sign_in, SignIn), .where = ON_LOOP,
     .flags = OP_PUBLIC | OP_UNLIMITED, .doc = "Describes how to get a token."},
    {"get_system", "GET /api/system", "system", OP_RUN_OUT(get_system, System), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Shows what is installed, and whether this is a demo."},
    {"list_clis", "GET /api/clis", "cli list", OP_RUN_OUT(list_clis, CliInstalls), .role = ROLE_VIEWER,
     .where = ON_WORKER,
     .doc =
         "Lists the agent CLIs: where each is installed, its version and login, and how to install it. No program is "
         "started: a version that is not known yet follows as system_updated."},
    {"list_holds", "GET /api/holds", "holds", OP_RUN_OUT(list_holds, HoldsFound), .role = ROLE_OWNER, .where = ON_SLOW,
     .subject = own_subject, .doc = "Lists launches whose hold is alive, and folders of launches without a row."},
    {"start_demo", "POST /api/demo", "demo start", OP_RUN_OUT(start_demo, DemoStarted), .role = ROLE_OWNER,
     .where = ON_SLOW, .subject = own_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Creates the sample repository and opens it; its agents talk to the scripted model."},
    {0},
};
