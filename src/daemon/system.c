/* See system.h. */
#include "daemon/system.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/launchtidy.h"
#include "core/setting.h"
#include "daemon/demo.h"
#include "sys/process.h"

enum { VERSION_MS = 5000 };

static char page_url[128];

void system_set_url(const char *url) { snprintf(page_url, sizeof page_url, "%s", url); }

#define HEALTH_CHECKS(F, S) F(S, STR, database, .max = 16, .doc = "ok or error")
SHAPE(HealthChecks, HEALTH_CHECKS);
SHAPE_DEFINE(HealthChecks, HEALTH_CHECKS);
#define HEALTH(F, S)                                      \
    F(S, STR, status, .max = 16, .doc = "ok or degraded") \
    F(S, TIME, timestamp, .doc = "Now")                   \
    F(S, STR, version, .max = 32, .doc = "Of Muster")     \
    F(S, OBJ(HealthChecks), checks, .doc = "Part by part")
SHAPE(Health, HEALTH);
SHAPE_DEFINE(Health, HEALTH);

static int fill_health(OpCall *c, Health *out, const char *database) {
    out->checks = arena_new_in(c->arena, HealthChecks);
    out->checks->database = str(database);
    out->status = str(strcmp(database, "ok") == 0 ? "ok" : "degraded");
    out->timestamp = clock_now_us();
    out->version = str(c->app->version);
    return 0;
}

static int get_live(OpCall *c, const void *in, void *out, Err *e) {
    (void)in, (void)e;
    return fill_health(c, out, "ok");
}

static int get_health(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    Cursor at;
    if (stream_head(c->db, STR("app"), &at, e) >= 0) return fill_health(c, out, "ok");
    fill_health(c, out, "error");
    return err_fail(e, ERR_BUSY, "the store does not answer");
}

#define START_CODE(F, S)                                     \
    F(S, STR, code, .max = 64, .doc = "Good once, for 60 s") \
    F(S, STR, url, .max = 256, .doc = "The page's address with the code")
SHAPE(StartCode, START_CODE);
SHAPE_DEFINE(StartCode, START_CODE);
#define CODE_IN(F, S) F(S, STR, code, .min = 1, .max = 64, .doc = "From the start address's fragment")
SHAPE(StartCodeIn, CODE_IN);
SHAPE_DEFINE(StartCodeIn, CODE_IN);
#define TOKEN_OUT(F, S) F(S, STR, token, .max = 64, .doc = "Bearer token of this installation")
SHAPE(StartToken, TOKEN_OUT);
SHAPE_DEFINE(StartToken, TOKEN_OUT);

static int create_start_code(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in, (void)e;
    StartCode *out = out_;
    char code[44];
    auth_code_new(c->app->auth, code);
    out->code = arena_str(c->arena, str(code));
    out->url = arena_fmt(c->arena, "%s#code=%s", page_url, code);
    return 0;
}

static int redeem_start_code(OpCall *c, const void *in, void *out, Err *e) {
    char token[65];
    TRY(auth_code_redeem(c->app->auth, ((const StartCodeIn *)in)->code, token, e));
    ((StartToken *)out)->token = arena_str(c->arena, str(token));
    return 0;
}

#define CLI_STATE_SHAPE(F, S)                                                \
    F(S, BOOL, found, .doc = "The program is installed")                     \
    F(S, STR, path, .opt = 1, .max = 4096, .doc = "Where")                   \
    F(S, STR, version, .opt = 1, .max = 64, .doc = "What it says of itself") \
    F(S, BOOL, login_found, .doc = "A key or a login was found")             \
    F(S, STR, install_command, .max = 256, .doc = "What installs it")
SHAPE(CliInstall, CLI_STATE_SHAPE);
SHAPE_DEFINE(CliInstall, CLI_STATE_SHAPE);
#define SYSTEM(F, S)                                        \
    F(S, STR, version, .max = 32, .doc = "Of Muster")       \
    F(S, BOOL, is_demo, .doc = "Everything here is a demo") \
    F(S, STR, home, .max = 4096, .doc = "The data folder")  \
    F(S, OBJ(CliInstall), claude, .doc = "The Claude Code CLI")
SHAPE(System, SYSTEM);
SHAPE_DEFINE(System, SYSTEM);

static Str version_of(const char *program, Arena *a) {
    const char *argv[] = {program, "--version", NULL};
    const char *path = getenv("PATH"), *home = getenv("HOME");
    const char *envp[] = {arena_fmt(a, "PATH=%s", path ? path : "").p, arena_fmt(a, "HOME=%s", home ? home : "/").p,
                          NULL};
    ProcessSpec s = {.argv = argv, .envp = envp, .cwd = "/", .timeout_ms = VERSION_MS, .output_max = 4096};
    CLEANUP(process_result_done) ProcessResult r = {0};
    if (process_run(&s, &r, NULL) < 0 || r.exit_code != 0) return (Str){0};
    Str line = str_trim(buf_str(&r.out)), word;
    return str_split(&line, ' ', &word) ? arena_str(a, str_upto(word, 64)) : (Str){0};
}

/* The answer of the program that was asked last. */
typedef struct Asked {
    pthread_mutex_t lock;
    struct stat file;
    char version[65];
} Asked;
static Asked asked = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_unchanged(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A CLI takes a second to tell its version, and every page begins with this: it is asked again when its file changed,
 * or had no answer. */
static Str known_version(const char *program, Arena *a) {
    struct stat file;
    if (stat(program, &file) < 0) return (Str){0};
    pthread_mutex_lock(&asked.lock);
    if (!asked.version[0] || !is_unchanged(&asked.file, &file)) {
        Str version = version_of(program, a);
        snprintf(asked.version, sizeof asked.version, STR_FMT, STR_ARG(version));
        asked.file = file;
    }
    Str known = arena_str(a, str(asked.version));
    pthread_mutex_unlock(&asked.lock);
    return known;
}

static bool has_login(Arena *a) {
    const char *home = getenv("CLAUDE_CONFIG_DIR"), *user = getenv("HOME");
    if (getenv("ANTHROPIC_API_KEY") || getenv("ANTHROPIC_AUTH_TOKEN") || getenv("CLAUDE_CODE_OAUTH_TOKEN")) return true;
    Str path = home ? arena_fmt(a, "%s/.credentials.json", home)
                    : arena_fmt(a, "%s/.claude/.credentials.json", user ? user : "");
    return access(path.p, R_OK) == 0;
}

static int get_system(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in, (void)e;
    System *out = out_;
    Arena *a = c->arena;
    char path[4096];
    Str own = setting_str(c->app->settings, SET_AGENT_CLAUDE_PATH, a);
    CliInstall *cli = arena_new_in(a, CliInstall);
    *out =
        (System){.version = str(c->app->version), .is_demo = c->app->is_demo, .home = str(c->app->home), .claude = cli};
    cli->install_command = STR("npm install -g @anthropic-ai/claude-code");
    cli->login_found = has_login(a);
    cli->found = process_find_program(own.n ? own : STR("claude"), getenv("PATH"), path, sizeof path);
    if (!cli->found) return 0;
    GIVE(CliInstall, cli, path, arena_str(a, str(path)));
    Str version = known_version(path, a);
    if (version.n) GIVE(CliInstall, cli, version, version);
    return 0;
}

static int list_holds(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    return launchtidy_find_holds(c->app, c->db, c->arena, out, e);
}

const Op system_ops[] = {
    {"get_health", "GET /api/health", "health", OP_RUN_OUT(get_health, Health), .where = ON_WORKER, .flags = OP_PUBLIC,
     .doc = "Is the daemon well? 503 when not."},
    {"get_health_live", "GET /api/health/live", NULL, OP_RUN_OUT(get_live, Health), .where = ON_LOOP,
     .flags = OP_PUBLIC, .doc = "Does it answer at all?"},
    {"get_health_ready", "GET /api/health/ready", NULL, OP_RUN_OUT(get_health, Health), .where = ON_WORKER,
     .flags = OP_PUBLIC, .doc = "Can it work? 503 when not."},
    {"create_start_code", "POST /api/auth/codes", "code", OP_RUN_OUT(create_start_code, StartCode), .role = ROLE_OWNER,
     .where = ON_LOOP, .doc = "A fresh start address for a browser, good once, for 60 s."},
    {"redeem_start_code", "POST /api/auth/code", NULL, OP_RUN(redeem_start_code, StartCodeIn, StartToken),
     .where = ON_LOOP, .flags = OP_PUBLIC, .doc = "Exchanges a start code for the token."},
    {"get_system", "GET /api/system", "system", OP_RUN_OUT(get_system, System), .role = ROLE_VIEWER, .where = ON_SLOW,
     .doc = "What is installed, and whether this is a demo."},
    {"list_holds", "GET /api/holds", "holds", OP_RUN_OUT(list_holds, HoldsFound), .role = ROLE_OWNER, .where = ON_SLOW,
     .doc = "Launches whose hold lives, and folders of launches that no row knows."},
    {"start_demo", "POST /api/demo", "demo start", OP_RUN_OUT(start_demo, DemoStarted), .role = ROLE_OWNER,
     .where = ON_SLOW, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Makes the sample repository and opens it; its agents talk to the scripted model."},
    {0},
};
