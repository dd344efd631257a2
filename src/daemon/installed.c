/* See installed.h. */
#define LOG_MODULE "installed"
#include "daemon/installed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/mem.h"
#include "core/setting.h"
#include "core/stream.h"
#include "sys/log.h"
#include "sys/pool.h"
#include "sys/process.h"
#include "sys/self.h"

/* A program that gave no answer is asked again, but not for every page that is opened. */
enum { PATH_SIZE = 4096, ASK_AGAIN_US = 60 * 1000 * 1000 };

SHAPE_DEFINE(CliInstall, CLI_INSTALL);
SHAPE_DEFINE(SystemNews, SYSTEM_NEWS);

struct Installed {
    App *app;
    pthread_mutex_t lock; /* guards all that follows */
    bool is_asking;
    TimeUs asked_at;                    /* 0 = never */
    struct stat file;                   /* the program that was asked last */
    char version[PROCESS_VERSION_SIZE]; /* "" if it printed none */
};

/* One question. Owned by the pool's job. */
typedef struct Question {
    Installed *of;
    struct stat file;
    char path[PATH_SIZE];
} Question;

Installed *installed_new(App *app) {
    Installed *i = mu_new(Installed);
    i->app = app;
    pthread_mutex_init(&i->lock, NULL);
    return i;
}

void installed_free(Installed *i) {
    if (!i) return;
    pthread_mutex_destroy(&i->lock);
    free(i);
}

static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int publish(Tx *tx, void *arg, Err *e) {
    return stream_emit(tx, STR("app"), "system_updated", &SystemNews_shape, arg, e);
}

/* Runs in the background. The answer is published only if it differs from the previous one. */
static void ask(void *db, void *arg) {
    (void)db;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Question *q = arg;
    Installed *i = q->of;
    char version[PROCESS_VERSION_SIZE];
    process_version(q->path, version);
    pthread_mutex_lock(&i->lock);
    bool is_news = strcmp(version, i->version) != 0;
    memcpy(i->version, version, sizeof version);
    i->file = q->file;
    i->asked_at = clock_now_us();
    i->is_asking = false;
    pthread_mutex_unlock(&i->lock);
    free(q);
    if (!is_news) return;
    CliInstall claude;
    Err e = {0};
    installed_read(i, a, &claude);
    if (db_tx(i->app->db, DB_PERSON, publish, &(SystemNews){.claude = &claude}, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "publishing the version of claude", &e);
}

/* The lock is held. */
static bool must_ask(const Installed *i, const struct stat *file) {
    if (i->is_asking) return false;
    if (!i->asked_at || !is_same(&i->file, file)) return true;
    return !i->version[0] && clock_now_us() - i->asked_at > ASK_AGAIN_US;
}

static Str known_version(Installed *i, const char *program, Arena *a) {
    struct stat file;
    if (stat(program, &file) < 0) return (Str){0};
    pthread_mutex_lock(&i->lock);
    Str known = i->asked_at && is_same(&i->file, &file) ? arena_str(a, str(i->version)) : (Str){0};
    if (must_ask(i, &file)) {
        Question *q = mu_new(Question);
        *q = (Question){.of = i, .file = file};
        snprintf(q->path, sizeof q->path, "%s", program);
        i->is_asking = pool_submit_background(i->app->slow, ask, q);
        if (!i->is_asking) free(q);
    }
    pthread_mutex_unlock(&i->lock);
    return known;
}

static bool has_login(Arena *a) {
    const char *home = getenv("CLAUDE_CONFIG_DIR"), *user = getenv("HOME");
    if (getenv("ANTHROPIC_API_KEY") || getenv("ANTHROPIC_AUTH_TOKEN") || getenv("CLAUDE_CODE_OAUTH_TOKEN")) return true;
    Str path = home ? arena_fmt(a, "%s/.credentials.json", home)
                    : arena_fmt(a, "%s/.claude/.credentials.json", user ? user : "");
    return access(path.p, R_OK) == 0;
}

bool installed_find_claude(const Installed *i, bool for_demo, char *out, size_t out_size) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str own = setting_str(i->app->settings, SET_AGENT_CLAUDE_PATH, a), name = own.n ? own : STR("claude");
    return process_find_program(name, getenv("PATH"), out, out_size) ||
           (for_demo && process_find_program(name, i->app->samples->cli_path, out, out_size));
}

/* A program that is there and cannot be executed, which an installation would not mend. */
static bool find_blocked(const Installed *i, Arena *a, char *out, size_t out_size) {
    Str own = setting_str(i->app->settings, SET_AGENT_CLAUDE_PATH, a);
    return process_find_not_executable(own.n ? own : STR("claude"), getenv("PATH"), out, out_size);
}

void installed_read(Installed *i, Arena *a, CliInstall *ret) {
    char path[PATH_SIZE], demo[PATH_SIZE];
    *ret = (CliInstall){.install_command = STR(CLAUDE_INSTALL_COMMAND), .login_found = has_login(a)};
    ret->demo_found = installed_find_claude(i, true, demo, sizeof demo);
    ret->found = installed_find_claude(i, false, path, sizeof path);
    if (!ret->found && find_blocked(i, a, path, sizeof path)) {
        GIVE(CliInstall, ret, not_executable, arena_str(a, str(path)));
        ret->install_command = arena_fmt(a, "chmod +x " STR_FMT, STR_ARG(shell_word(ret->not_executable, a)));
    }
    if (!ret->found) return;
    GIVE(CliInstall, ret, path, arena_str(a, str(path)));
    Str version = known_version(i, path, a);
    if (version.n) GIVE(CliInstall, ret, version, version);
}
