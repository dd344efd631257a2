/* See installed.h. */
#define LOG_MODULE "installed"
#include "daemon/installed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapter/adapters.h"
#include "agent/agent.h"
#include "base/mem.h"
#include "core/setting.h"
#include "core/stream.h"
#include "sys/log.h"
#include "sys/pool.h"
#include "sys/process.h"
#include "sys/self.h"

/* A program that gave no answer is asked again, but not for every page that is opened. */
#define ONE_(name) +1
enum { PATH_SIZE = 4096, PROBES = 0 ADAPTER_LIST(ONE_), ASK_AGAIN_US = 60 * 1000 * 1000, VERSION_MS = 30000 };
#undef ONE_

SHAPE_DEFINE(CliInstall, CLI_INSTALL);
SHAPE_DEFINE(SystemNews, SYSTEM_NEWS);

/* What a program said, and what is to be asked. */
typedef struct Probe {
    const Adapter *adapter;
    bool is_wanted;
    char path[PATH_SIZE];               /* of the program to ask */
    struct stat wanted;                 /* that file */
    TimeUs asked_at;                    /* 0 = never */
    struct stat file;                   /* the file that was asked last */
    char version[PROCESS_VERSION_SIZE]; /* "" if it printed none */
} Probe;

struct Installed {
    App *app;
    pthread_mutex_t lock; /* guards all that follows */
    bool is_asking;
    Probe probes[PROBES]; /* in the order of `adapters` */
};

Installed *installed_new(App *app) {
    Installed *i = mu_new(Installed);
    i->app = app;
    pthread_mutex_init(&i->lock, NULL);
    for (size_t n = 0; n < PROBES; n++) i->probes[n].adapter = adapters[n];
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

static Probe *probe_of(Installed *i, const Adapter *ad) {
    size_t n = 0;
    while (i->probes[n].adapter != ad) n++;
    return &i->probes[n];
}

static int publish(Tx *tx, void *arg, Err *e) {
    return stream_emit(tx, STR("app"), "system_updated", &SystemNews_shape, arg, e);
}

static void publish_news(Installed *i, const Adapter *ad) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CliInstall cli;
    Err e = {0};
    installed_read(i, ad, a, &cli);
    if (db_tx(i->app->db, DB_PERSON, publish, &(SystemNews){.cli = &cli}, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "publishing the version of an agent CLI", &e);
}

/* The next program to ask, copied; false: none is left, and the next one starts a job again. */
static bool take_wanted(Installed *i, Probe *ret, Probe **ret_at) {
    bool found = false;
    pthread_mutex_lock(&i->lock);
    for (size_t n = 0; n < PROBES && !found; n++) {
        if (!i->probes[n].is_wanted) continue;
        *ret_at = &i->probes[n];
        *ret = i->probes[n];
        found = true;
    }
    i->is_asking = found;
    pthread_mutex_unlock(&i->lock);
    return found;
}

/* Runs in the background. An answer is published only if it differs from the previous one. */
static void ask(void *db, void *arg) {
    (void)db;
    Installed *i = arg;
    Probe asked, *p;
    while (take_wanted(i, &asked, &p)) {
        char version[PROCESS_VERSION_SIZE];
        (void)process_version(asked.path, VERSION_MS, version);
        pthread_mutex_lock(&i->lock);
        bool is_news = !p->asked_at || strcmp(version, p->version) != 0;
        memcpy(p->version, version, sizeof version);
        p->file = asked.wanted;
        p->asked_at = clock_now_us();
        p->is_wanted = false;
        pthread_mutex_unlock(&i->lock);
        if (is_news) publish_news(i, asked.adapter);
    }
}

/* The lock is held. */
static bool must_ask(const Probe *p, const struct stat *file) {
    if (p->is_wanted) return false;
    if (!p->asked_at || !is_same(&p->file, file)) return true;
    return !p->version[0] && clock_now_us() - p->asked_at > ASK_AGAIN_US;
}

/* The lock is held. */
static void want(Installed *i, Probe *p, const char *program, const struct stat *file) {
    p->is_wanted = true;
    p->wanted = *file;
    snprintf(p->path, sizeof p->path, "%s", program);
    if (i->is_asking) return;
    p->is_wanted = i->is_asking = pool_submit_background(i->app->slow, ask, i);
}

/* *ret_asked: this very file was asked already. */
static Str known_version(Installed *i, const Adapter *ad, const char *program, Arena *a, bool *ret_asked) {
    struct stat file;
    *ret_asked = false;
    if (stat(program, &file) < 0) return (Str){0};
    pthread_mutex_lock(&i->lock);
    Probe *p = probe_of(i, ad);
    *ret_asked = p->asked_at && is_same(&p->file, &file);
    Str known = *ret_asked ? arena_str(a, str(p->version)) : (Str){0};
    if (must_ask(p, &file)) want(i, p, program, &file);
    pthread_mutex_unlock(&i->lock);
    return known;
}

/* As agents look for it: by its setting, if it has one, or by its name. */
static Str name_of(const Installed *i, const Adapter *ad, Arena *a) {
    Str own = agent_program_setting(i->app, ad, a);
    return own.n ? own : str(ad->program);
}

bool installed_find_claude(const Installed *i, bool for_demo, char *out, size_t out_size) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str name = name_of(i, &adapter_claude, a);
    return process_find_program(name, getenv("PATH"), out, out_size) ||
           (for_demo && process_find_program(name, i->app->samples->cli_path, out, out_size));
}

static void read_facts(const Installed *i, const Adapter *ad, Arena *a, CliInstall *ret) {
    const AdapterProgram *p = adapter_program(ad);
    size_t n = 0;
    while (p && n < ADAPTER_FACTS_MAX && p->tested_versions[n]) n++;
    ret->adapter = str(ad->name);
    ret->program = str(ad->program);
    ret->name = p ? str(p->title) : ret->program;
    ret->login_command = p ? str(p->login) : ret->program;
    ret->install_command = ad->install ? str(ad->install) : STR("");
    ret->tested_versions = (StrList){arena_array(a, n + 1, sizeof(Str)), n};
    for (size_t k = 0; k < n; k++) ret->tested_versions.items[k] = str(p->tested_versions[k]);
    Str source = {0};
    StrList named = setting_strs(i->app->settings, SET_AGENT_ENV, a);
    ret->login = p ? login_find(p, &named, a, &source) : LOGIN_UNKNOWN;
    if (source.n) GIVE(CliInstall, ret, login_source, source);
}

void installed_read(Installed *i, const Adapter *ad, Arena *a, CliInstall *ret) {
    char path[PATH_SIZE];
    *ret = (CliInstall){0};
    read_facts(i, ad, a, ret);
    Str name = name_of(i, ad, a), version;
    if (ad == &adapter_claude) {
        char demo[PATH_SIZE];
        GIVE(CliInstall, ret, demo_found, installed_find_claude(i, true, demo, sizeof demo));
    }
    ret->found = process_find_program(name, getenv("PATH"), path, sizeof path);
    if (!ret->found && process_find_not_executable(name, getenv("PATH"), path, sizeof path)) {
        GIVE(CliInstall, ret, not_executable, arena_str(a, str(path)));
        ret->install_command = arena_fmt(a, "chmod +x " STR_FMT, STR_ARG(shell_word(ret->not_executable, a)));
    }
    if (!ret->found) return;
    GIVE(CliInstall, ret, path, arena_str(a, str(path)));
    bool was_asked;
    version = known_version(i, ad, path, a, &was_asked);
    if (version.n) GIVE(CliInstall, ret, version, version);
    if (was_asked && !version.n) GIVE(CliInstall, ret, reports_no_version, true);
    for (size_t k = 0; version.n && k < ret->tested_versions.n; k++)
        ret->is_tested |= str_eq(version, ret->tested_versions.items[k]);
}
