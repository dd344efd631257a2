/* See health.h. */
#define LOG_MODULE "health"
#include "daemon/health.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "core/launchtidy.h"
#include "daemon/ballast.h"
#include "db/state.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

ENUM_DEFINE(CheckWord, CHECK_WORDS);
ENUM_DEFINE(HealthWord, HEALTH_WORDS);
ENUM_DEFINE(HealthCheckName, HEALTH_CHECK_NAMES);
SHAPE_DEFINE(HealthChecks, HEALTH_CHECKS);
SHAPE_DEFINE(HealthProblem, HEALTH_PROBLEM);
SHAPE_DEFINE(Health, HEALTH);

enum { LOOK_MS = 5000, SUSPECT_MS = 1000, LOOKS_GONE = 3, PROBE_AGE_US = 5 * 1000 * 1000 };
enum { SPACE_LOW_BYTES = 4 << 20 };

struct HealthWatch {
    App *app;
    HealthConfig config;
    Timer timer;
    bool has_begun, is_stopped; /* loop thread */
    int n_gone;                 /* loop thread: consecutive looks that found no home */
    pthread_mutex_t lock;       /* guards what follows */
    DbName home;
    int64_t free_bytes;  /* -1 unknown */
    int n_unknown;       /* running programs without a row; -1: not looked yet */
    bool has_no_ballast; /* the reserve for a start on a full disk was used and cannot be created again */
};

/* --- looking ----------------------------------------------------------------------------------------------- */

static DbName look_lock(const HealthWatch *h) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    struct stat named, ours;
    if (fstat(h->config.lock_fd, &ours) < 0) return DB_NAME_UNKNOWN;
    if (stat(arena_fmt(a, "%s/lock", h->app->home).p, &named) == 0)
        return named.st_dev == ours.st_dev && named.st_ino == ours.st_ino ? DB_NAME_OURS : DB_NAME_ANOTHER;
    return errno == ENOENT || errno == ENOTDIR ? DB_NAME_GONE : DB_NAME_UNKNOWN;
}

static bool is_gone(DbName name) { return name == DB_NAME_GONE || name == DB_NAME_ANOTHER; }

static DbName look_home(const HealthWatch *h) {
    DbName lock = look_lock(h), store = db_look(h->app->db);
    if (is_gone(lock)) return lock;
    if (is_gone(store)) return store;
    return lock == DB_NAME_OURS ? store : lock;
}

static DbName look(HealthWatch *h) {
    DbName home = look_home(h);
    int64_t free_bytes = file_free_bytes(h->app->home);
    bool has_no_ballast = !ballast_is_there(h->app->home_fd);
    pthread_mutex_lock(&h->lock);
    h->has_no_ballast = has_no_ballast;
    h->home = home;
    h->free_bytes = free_bytes;
    pthread_mutex_unlock(&h->lock);
    return home;
}

/* A new store, or one older than the running programs, does not know them. */
static void count_unknown(HealthWatch *h, DbConn *db) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    HoldsFound found = {0};
    Err e = {0};
    int n = 0;
    if (launchtidy_find_holds(h->app, db, a, &found, &e) < 0) {
        log_err(LOG_WARN, LOG_MODULE, "looking for holds", &e);
        return;
    }
    for (size_t i = 0; i < found.holds.n; i++) n += found.holds.items[i].is_alive && !found.holds.items[i].is_known;
    pthread_mutex_lock(&h->lock);
    h->n_unknown = n;
    pthread_mutex_unlock(&h->lock);
}

static int unknown_count(HealthWatch *h) {
    pthread_mutex_lock(&h->lock);
    int n = h->n_unknown;
    pthread_mutex_unlock(&h->lock);
    return n;
}

/* --- the watch --------------------------------------------------------------------------------------------- */

static void note_on_loop(void *arg) {
    HealthWatch *h = arg;
    if (h->is_stopped) return;
    pthread_mutex_lock(&h->lock);
    DbName home = h->home;
    pthread_mutex_unlock(&h->lock);
    h->n_gone = is_gone(home) ? h->n_gone + 1 : 0;
    timer_start(&h->timer, h->n_gone ? SUSPECT_MS : LOOK_MS, 0);
    if (h->n_gone == LOOKS_GONE) h->config.on_home_gone(h->config.arg);
}

static void look_job(void *context, void *arg) {
    HealthWatch *h = arg;
    Err e = {0};
    if (ballast_make(h->app->home_fd, file_free_bytes(h->app->home), &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "reserving room for the next start", &e);
    look(h);
    if (unknown_count(h) != 0) count_unknown(h, context);
    loop_post(h->app->loop, note_on_loop, h);
}

/* What the start did not check because the last run ended cleanly. */
static void check_job(void *context, void *arg) {
    HealthWatch *h = arg;
    Err e = {0};
    (void)context;
    if (db_check(h->app->db, &e) < 0 && e.code != ERR_TIMEOUT) log_err(LOG_ERROR, LOG_MODULE, "checking the store", &e);
}

static void on_due(Timer *t) {
    HealthWatch *h = container_of(t, HealthWatch, timer);
    if (!h->has_begun && db_was_clean(h->app->db)) (void)pool_submit_background(h->app->slow, check_job, h);
    h->has_begun = true;
    if (!pool_submit_background(h->app->slow, look_job, h)) timer_start(&h->timer, LOOK_MS, 0);
}

HealthWatch *health_new(App *app, const HealthConfig *c) {
    HealthWatch *h = mu_new(HealthWatch);
    h->app = app;
    h->config = *c;
    h->free_bytes = h->n_unknown = -1;
    pthread_mutex_init(&h->lock, NULL);
    timer_init(app->loop, &h->timer, on_due);
    return h;
}

void health_start(HealthWatch *h) { timer_start(&h->timer, 0, 0); }

static void on_closed(Timer *t) { (void)t; }

void health_stop(HealthWatch *h) {
    h->is_stopped = true;
    db_stop_checks(h->app->db);
    timer_close(&h->timer, on_closed);
}

void health_free(HealthWatch *h) {
    if (!h) return;
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* --- the report ------------------------------------------------------------------------------------------ */

typedef struct Report {
    HealthWatch *watch;
    Arena *arena;
    Health *out;
    DbState store;
    DbName home;
    int64_t free_bytes;
    int n_unknown;
    bool has_no_ballast;
} Report;

__attribute__((format(printf, 4, 5))) static CheckWord find(Report *r, HealthCheckName check, CheckWord word,
                                                            const char *fmt, ...) {
    CLEANUP(buf_done) Buf text;
    buf_init(&text, 8192);
    va_list ap;
    va_start(ap, fmt);
    buf_add_vfmt(&text, fmt, ap);
    va_end(ap);
    HealthProblem p = {
        .check = check, .path = str(r->watch->app->home), .message = arena_str(r->arena, buf_str(&text))};
    r->out->problems.items[r->out->problems.n++] = p;
    return word;
}

static CheckWord check_database(Report *r) {
    const DbState *s = &r->store;
    if (s->is_damaged)
        return find(r, HEALTH_CHECK_DATABASE, CHECK_ERROR,
                    "%s; stop the daemon, replace the store with the backup and start again", s->why);
    if (!s->failing_since) return CHECK_OK;
    CheckWord word = find(r, HEALTH_CHECK_DATABASE, CHECK_ERROR,
                          "Nothing can be stored: %s. Agents keep running, but what is shown of them is out of date "
                          "until this is solved.",
                          s->why);
    GIVE(HealthProblem, &r->out->problems.items[r->out->problems.n - 1], since, s->failing_since);
    return word;
}

static CheckWord check_home(Report *r) {
    const char *home = r->watch->app->home;
    if (is_gone(r->home))
        return find(r, HEALTH_CHECK_HOME, CHECK_ERROR,
                    "The data folder %s was removed or replaced: its lock or its store is missing or another "
                    "file; the daemon exits if this persists",
                    home);
    if (r->home == DB_NAME_UNKNOWN)
        return find(r, HEALTH_CHECK_HOME, CHECK_UNKNOWN, "The data folder %s cannot be read; check its disk", home);
    return CHECK_OK;
}

static void print_room(int64_t bytes, char text[32]) {
    if (bytes < 1 << 20)
        snprintf(text, 32, "%lld KiB", (long long)(bytes >> 10));
    else
        snprintf(text, 32, "%lld MiB", (long long)(bytes >> 20));
}

static CheckWord check_space(Report *r) {
    if (r->free_bytes < 0) return CHECK_UNKNOWN;
    bool is_reserve_gone =
        r->has_no_ballast && r->free_bytes < 2 * BALLAST_BYTES; /* otherwise it is about to be created */
    if (r->free_bytes >= SPACE_LOW_BYTES && !is_reserve_gone) return CHECK_OK;
    /* The logs of launches are no advice: transcripts are made of them, and programs that run write there. */
    static const char advice[] =
        "free some space there: empty the trash or remove old salvages on the page Recovery, or "
        "remove other files from that disk";
    char room[32];
    print_room(r->free_bytes, room);
    if (is_reserve_gone)
        return find(r, HEALTH_CHECK_SPACE, CHECK_ERROR,
                    "The disk of %s has %s free, too few to reserve %d MiB for the next start, so that operations that "
                    "need room may be refused; %s",
                    r->watch->app->home, room, BALLAST_BYTES >> 20, advice);
    return find(r, HEALTH_CHECK_SPACE, CHECK_ERROR, "The disk of %s has %s free; %s", r->watch->app->home, room,
                advice);
}

static CheckWord check_launches(Report *r) {
    if (r->n_unknown < 0) return CHECK_UNKNOWN;
    if (r->n_unknown == 0) return CHECK_OK;
    return find(r, HEALTH_CHECK_LAUNCHES, CHECK_ERROR,
                "%d running %s unknown to the store %s/muster.db, which is new or was restored from an "
                "older backup; stop the daemon and put the right store in its place, or end them (`%s "
                "doctor` lists them)",
                r->n_unknown, str_plural(r->n_unknown, "program is", "programs are"), r->watch->app->home,
                r->watch->app->command);
}

static void fill(Report *r) {
    Health *out = r->out;
    *out = (Health){.timestamp = clock_now_us(), .version = str(r->watch->app->version)};
    out->problems.items = arena_array(r->arena, HEALTH_PROBLEMS_MAX, sizeof *out->problems.items);
    HealthChecks *c = out->checks = arena_new_in(r->arena, HealthChecks);
    c->database = check_database(r);
    c->home = check_home(r);
    c->space = check_space(r);
    c->launches = check_launches(r);
    out->status = out->problems.n ? HEALTH_DEGRADED : HEALTH_OK;
}

static Report report_of(HealthWatch *h, Arena *a, Health *out) {
    Report r = {.watch = h, .arena = a, .out = out};
    db_state(h->app->db, &r.store);
    pthread_mutex_lock(&h->lock);
    r.home = h->home;
    r.free_bytes = h->free_bytes;
    r.n_unknown = h->n_unknown;
    r.has_no_ballast = h->has_no_ballast;
    pthread_mutex_unlock(&h->lock);
    return r;
}

void health_recall(HealthWatch *h, Arena *a, Health *ret) {
    Report r = report_of(h, a, ret);
    fill(&r);
}

/* A recent commit or failure of the writer already shows the state of the store. */
static void probe(HealthWatch *h) {
    DbState s;
    Err e = {0};
    db_state(h->app->db, &s);
    TimeUs last = s.kept_at > s.failed_at ? s.kept_at : s.failed_at;
    if (s.is_damaged || clock_now_us() - last < PROBE_AGE_US) return;
    if (db_probe(h->app->db, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "trying a write", &e);
}

void health_look(HealthWatch *h, Arena *a, Health *ret, bool *ret_can_work) {
    look(h);
    probe(h);
    Report r = report_of(h, a, ret);
    fill(&r);
    *ret_can_work = ret->checks->database == CHECK_OK && ret->checks->home != CHECK_ERROR;
}
