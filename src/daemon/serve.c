/* See serve.h. Start-up in order, each step with its cleanup; then the loop; then the cleanup in reverse order. */
#define LOG_MODULE "serve"
#include "daemon/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/handshake.h"
#include "agent/overview.h"
#include "agent/silence.h"
#include "attachment/attachment.h"
#include "change/change.h"
#include "checkpoint/checkpoint.h"
#include "conversation/attached.h"
#include "core/dispatch.h"
#include "core/error_log.h"
#include "core/hook.h"
#include "core/hub.h"
#include "core/launch.h"
#include "core/launch_restore.h"
#include "core/metrics.h"
#include "core/op_call.h"
#include "core/rate.h"
#include "core/setting.h"
#include "core/ticket.h"
#include "daemon/ballast.h"
#include "daemon/demo.h"
#include "daemon/doctor_ops.h"
#include "daemon/features.h"
#include "daemon/front.h"
#include "daemon/health.h"
#include "daemon/housekeeping.h"
#include "daemon/installed.h"
#include "db/state.h"
#include "eye_control/eye_control.h"
#include "host/host.h"
#include "script/port_watch.h"
#include "sys/errand.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "sys/process.h"
#include "sys/self.h"
#include "terminal/terminal.h"
#include "workspace/clone.h"
#include "workspace/file_index.h"
#include "workspace/watch.h"

/* Slow threads start when they are needed and end when they are idle, each with its own connection to the store.
 * Background work gets only a few, so that people's calls find a free one. */
enum { N_WORKERS = 4, N_LAUNCHERS = 2, N_LAUNCHERS_MAX = 16, N_SLOW = 4, N_SLOW_MAX = 32, N_BACKGROUND = 4 };
enum { QUEUE_WORKERS = 4096, QUEUE_SLOW = 256 };
enum { LOCK_WAIT_MS = 2000, LOCK_WAIT_ALIVE_MS = 1000, LOCK_STEP_MS = 20 };

typedef struct Daemon {
    App app;
    const Config *config;
    Arena *arena; /* owned; for what lives as long as the daemon */
    char *home;   /* owned; canonical, because paths are compared with it */
    int lock_fd;
    DbConn *db; /* of the main thread, for start-up */
    Front *front;
    Demo *demo;
    Housekeeping *housekeeping;
    HandshakeWatch *handshakes;
    SilenceWatch *silences;
    WorkspaceWatch *watch;
    LastLines *last_lines;
    uv_signal_t on_int, on_term, on_child;
    int n_stopping;
    bool has_lost_home;
} Daemon;

/* --- the data folder -------------------------------------------------------------------------------------- */

/* The process that wrote into the data folder that it uses it. */
static Str read_user(int home_fd, Buf *b) {
    buf_init(b, 256);
    (void)file_read(home_fd, "daemon", b, NULL);
    return str_trim(buf_str(b));
}

static bool user_lives(int home_fd) {
    CLEANUP(buf_done) Buf b;
    Str rest = read_user(home_fd, &b), word;
    int64_t pid;
    return str_split(&rest, ' ', &word) && str_parse_i64(rest, 1, INT32_MAX, &pid) && process_start_time(pid) != 0;
}

/* A child that a killed daemon forked a moment before holds the lock until its exec, and the kernel takes a while to end a
 * killed daemon, which looks alive until then: the start waits. */
static int lock_home(Daemon *d, bool *ret_held, Err *e) {
    for (int waited_ms = 0;; waited_ms += LOCK_STEP_MS) {
        TRY(file_lock(d->app.home_fd, "lock", &d->lock_fd, ret_held, e));
        if (*ret_held || waited_ms >= (user_lives(d->app.home_fd) ? LOCK_WAIT_ALIVE_MS : LOCK_WAIT_MS)) return 0;
        poll(NULL, 0, LOCK_STEP_MS);
    }
}

static int refuse_second(const Daemon *d, Err *e) {
    CLEANUP(buf_done) Buf b;
    Str who = read_user(d->app.home_fd, &b);
    return err_fail(e, ERR_CONFLICT,
                    "another daemon uses %s (" STR_FMT
                    "); `%s open` opens its page; to run a second one, give it its own --home and --port",
                    d->app.home, STR_ARG(who.n ? who : STR("unknown process")), d->app.command);
}

/* With less than this a start cannot create its journal. */
enum { START_BYTES = 4 << 20 };

static void make_room(const Daemon *d) {
    int64_t free_bytes = file_free_bytes(d->home);
    if (free_bytes < 0 || free_bytes >= START_BYTES || !ballast_give(d->app.home_fd)) return;
    log_warn("the disk of %s has only %lld bytes free: using the reserve of %d MiB there to start", d->home,
             (long long)free_bytes, BALLAST_BYTES >> 20);
}

static int fail_full(const Daemon *d, Err *e) {
    Err why = *e;
    return err_fail(e, ERR_DISK_FULL,
                    "%s; %lld bytes are free in %s: free some space, for example old backups "
                    "(muster.*.backup) or the folders of ended launches in streams",
                    why.text, (long long)file_free_bytes(d->home), d->home);
}

/* Only a second daemon reads it, while this one is alive: it need not be synced to disk, which would delay the
 * start. */
static int say_owner(int home_fd, Err *e) {
    CLEANUP(fd_closep) int fd = openat(home_fd, "daemon", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || dprintf(fd, "process %d\n", getpid()) < 0) return err_sys(e, "write the file daemon");
    return 0;
}

static int open_home(Daemon *d, Err *e) {
    struct stat st;
    bool held = false;
    TRY(file_mkdirs(d->config->home, 0700, e));
    TRY(file_real_path(d->config->home, &d->home, e));
    const char *home = d->app.home = d->home;
    d->app.command = self_command(d->config->is_own_home ? home : NULL, d->arena).p;
    d->app.home_fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->app.home_fd < 0) return err_sys(e, "open %s", home);
    if (fstat(d->app.home_fd, &st) == 0 && (st.st_mode & 077)) (void)fchmod(d->app.home_fd, 0700);
    TRY(lock_home(d, &held, e));
    if (!held) return refuse_second(d, e);
    make_room(d);
    TRY(say_owner(d->app.home_fd, e));
    if (mkdirat(d->app.home_fd, "streams", 0700) < 0 && errno != EEXIST)
        return err_sys(e, "cannot create the folder streams in %s", home);
    return file_mkdirs(d->config->cache, 0700, e);
}

static void begin_stop(Daemon *d);

/* --- threads and store ------------------------------------------------------------------------------------ */

static void *thread_open(void *arg) {
    App *app = arg;
    DbConn *c = NULL;
    Err e = {0};
    thread_set_role(THREAD_WORKER);
    if (db_conn_open(app->db, &c, &e) < 0) log_err(LOG_ERROR, LOG_MODULE, "opening the store for a worker", &e);
    return c;
}

static void thread_close(void *context) { db_conn_close(context); }

static int open_pools(Daemon *d, Err *e) {
    const PoolConfig any = {.thread_open = thread_open, .thread_close = thread_close, .arg = &d->app};
    PoolConfig workers = any, launchers = any, slow = any;
    workers.name = "worker", workers.n_threads = N_WORKERS, workers.queue_max = QUEUE_WORKERS;
    slow.name = "slow", slow.n_threads = N_SLOW, slow.queue_max = QUEUE_SLOW;
    slow.n_max = N_SLOW_MAX, slow.n_background = N_BACKGROUND;
    launchers.name = "launcher", launchers.n_threads = N_LAUNCHERS, launchers.queue_max = QUEUE_WORKERS;
    launchers.n_max = N_LAUNCHERS_MAX;
    TRY(pool_new(&workers, &d->app.workers, e));
    TRY(pool_new(&launchers, &d->app.launchers, e));
    return pool_new(&slow, &d->app.slow, e);
}

static int open_store(Daemon *d, Err *e) {
    App *app = &d->app;
    TRY(loop_new(&app->loop, e));
    TRY(hub_new(app, HUB_RING_BYTES, &app->hub, e));
    app->errands = errands_new();
    DbConfig c = {.dir = app->home, .migrations = features_migrations()};
    hub_feed(app->hub, &c);
    int r = db_open(&c, &app->db, e);
    if (r == -(int)ERR_DISK_FULL && ballast_give(app->home_fd)) r = db_open(&c, &app->db, e); /* perhaps a quota */
    TRY(r);
    TRY(db_conn_open(app->db, &d->db, e));
    TRY(settings_open(d->db, &app->settings, e));
    TRY(open_pools(d, e));
    return error_log_open(app->errors, d->db, e);
}

/* Whatever is written from now on would be lost, because the files no longer have a name. */
static void on_home_gone(void *arg) {
    Daemon *d = arg;
    log_error("the data folder %s was removed or replaced; stopping; agents keep running", d->home);
    d->has_lost_home = true;
    begin_stop(d);
}

static int open_core(Daemon *d, Err *e) {
    App *app = &d->app;
    AuthConfig auth = {.home_fd = app->home_fd,
                       .allowed_origins = d->config->allowed_origins,
                       .port = (int)d->config->port,
                       .command = app->command};
    TRY(auth_open(&auth, &app->auth, e));
    app->tickets = tickets_new(NULL);
    app->topics = features_topics();
    app->orgs = features_orgs();
    app->conversations = features_conversations();
    TRY(op_table_new(features_ops(), &app->ops, e));
    app->dispatch = dispatch_new();
    TRY(launches_new(app, &app->launches, e));
    auth_set_hold_lookup(app->auth, launches_find_hold, app->launches);
    app->rates = rates_new(app->settings, NULL);
    app->installed = installed_new(app);
    app->health = health_new(app, &(HealthConfig){.lock_fd = d->lock_fd, .on_home_gone = on_home_gone, .arg = d});
    TRY(demo_new(app, d->config, &d->demo, e));
    features_register(app);
    app->doctor = doctor_desk_new(app);
    return 0;
}

static int distrust_tx(Tx *tx, void *arg, Err *e) {
    (void)arg;
    TRY(stream_distrust(tx, e));
    TRY(launches_distrust(tx, e));
    return tx_forget_lost_power(tx, e);
}

static void on_recovered(void *arg, int n_failed) {
    (void)arg;
    if (n_failed)
        log_warn("%d %s not be recovered; the next start tries those again that are still open", n_failed,
                 str_plural(n_failed, "operation could", "operations could"));
}

static int restored_tx(Tx *tx, void *arg, Err *e) {
    (void)arg;
    TRY(stream_distrust(tx, e));
    return tx_forget_put_back(tx, e);
}

/* A follower of a stream may have seen more of it than a restored store contains. */
static int restore(Daemon *d, Err *e) {
    int64_t n = 0;
    if (!db_was_put_back(d->app.db)) return 0;
    TRY(launches_restore(&d->app, d->db, &n, e));
    TRY(db_tx(d->app.db, DB_PERSON, restored_tx, NULL, e));
    log_warn("the store was restored from a backup: every stream gets a new generation, and the logs "
             "of %lld %s are read again",
             (long long)n, str_plural(n, "launch", "launches"));
    return 0;
}

/* Interrupted operations are finished or undone before any call on the same subject is served. */
static int recover(Daemon *d, Err *e) {
    /* After a power loss numbers may be assigned a second time, so every cursor starts again; and a launch may have
     * done more than its log shows. */
    if (db_lost_power(d->app.db)) TRY(db_tx(d->app.db, DB_PERSON, distrust_tx, NULL, e));
    TRY(restore(d, e));
    TRY(checkpoints_start(&d->app, d->db, e));
    attachments_start(&d->app);
    TRY(op_recover_begin(&d->app, d->db, on_recovered, NULL, e));
    TRY(launches_recover(d->app.launches, d->db, e));
    return attached_start(&d->app, d->db, e);
}

/* --- the end ---------------------------------------------------------------------------------------------- */

static void on_part_stopped(void *arg) {
    Daemon *d = arg;
    if (--d->n_stopping == 0 && d->app.loop) loop_stop(d->app.loop);
}

/* Also called for what a failed start had created so far. */
static void begin_stop(Daemon *d) {
    if (d->n_stopping) return;
    d->n_stopping = 1 + (d->front != NULL) + (d->app.launches != NULL) + (d->demo != NULL);
    if (d->on_int.data) uv_close((uv_handle_t *)&d->on_int, NULL);
    if (d->on_term.data) uv_close((uv_handle_t *)&d->on_term, NULL);
    if (d->on_child.data) uv_close((uv_handle_t *)&d->on_child, NULL);
    if (d->housekeeping) housekeeping_stop(d->housekeeping);
    handshake_watch_stop(d->handshakes);
    silence_watch_stop(d->silences);
    if (d->app.health) health_stop(d->app.health);
    error_log_stop(d->app.errors);
    doctor_desk_stop(d->app.doctor);
    landings_stop(&d->app);
    clones_stop(&d->app);
    if (d->watch) workspace_watch_stop(d->watch);
    last_lines_stop(d->last_lines);
    checkpoints_stop(d->app.checkpoints);
    port_watch_stop(d->app.port_watch);
    terminals_stop(d->app.terminals);
    eyes_stop(d->app.eyes);
    if (d->front) front_stop(d->front, on_part_stopped, d);
    if (d->app.launches) launches_stop(d->app.launches, on_part_stopped, d);
    if (d->demo) demo_stop(d->demo, on_part_stopped, d);
    on_part_stopped(d);
}

static void on_signal(uv_signal_t *s, int number) {
    log_info("stopping: received SIG%s; agents keep running", sigabbrev_np(number));
    begin_stop(s->data);
}

/* A hold that has exited is reaped at once and does not stay a zombie until the next launch. */
static void on_child_ended(uv_signal_t *s, int number) {
    (void)s, (void)number;
    process_reap();
}

static void watch_signals(Daemon *d) {
    uv_loop_t *uv = loop_uv(d->app.loop);
    uv_signal_init(uv, &d->on_int);
    uv_signal_init(uv, &d->on_term);
    uv_signal_init(uv, &d->on_child);
    d->on_int.data = d->on_term.data = d->on_child.data = d;
    uv_signal_start(&d->on_int, on_signal, SIGINT);
    uv_signal_start(&d->on_term, on_signal, SIGTERM);
    uv_signal_start(&d->on_child, on_child_ended, SIGCHLD);
}

/* Also called after a failed start: every call here accepts NULL. */
static void close_all(Daemon *d) {
    App *app = &d->app;
    landings_join(app);
    Pool *const pools[] = {app->slow, app->launchers, app->workers};
    for (size_t i = 0; i < COUNT_OF(pools); i++)
        pool_stop(pools[i]); /* what ends in one pool may continue in another */
    for (size_t i = 0; i < COUNT_OF(pools); i++) pool_free(pools[i]);
    if (d->db) db_conn_close(d->db);
    if (app->db) db_close(app->db);
    front_free(d->front);
    workspace_watch_free(d->watch);
    file_index_free(app->files);
    last_lines_free(d->last_lines);
    checkpoints_free(app->checkpoints);
    terminals_free(app->terminals);
    eyes_free(app->eyes);
    port_watch_free(app->port_watch);
    housekeeping_free(d->housekeeping);
    handshake_watch_free(d->handshakes);
    silence_watch_free(d->silences);
    health_free(app->health);
    doctor_desk_free(app->doctor);
    launches_free(app->launches);
    dispatch_free(app->dispatch);
    op_table_free(app->ops);
    tickets_free(app->tickets);
    auth_close(app->auth);
    demo_free(d->demo);
    installed_free(app->installed);
    error_log_free(app->errors);
    rates_free(app->rates);
    metrics_free(app->metrics);
    settings_close(app->settings);
    hooks_free(app->hooks);
    change_done(app);
    clones_done(app);
    host_done(app);
    hub_free(app->hub);
    errands_free(app->errands);
    loop_free(app->loop);
    fd_closep(&d->lock_fd);
    fd_closep(&app->home_fd);
    free(d->home);
    arena_free(d->arena);
}

/* There may be many sockets, holds and folders, so the soft limit of descriptors is raised to the hard one. Launches
 * get the old limit back, because programs that use select() break above 1,024. */
static void raise_descriptor_limit(App *app) {
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) < 0) return;
    app->launch_files = (int64_t)r.rlim_cur;
    r.rlim_cur = r.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &r) < 0) log_warn("at most %lld files can be open", (long long)app->launch_files);
}

static int listen_here(Daemon *d, Err *e) {
    Err why = {0};
    int r = front_listen(d->front, d->config, &why);
    if (r == 0) return 0;
    bool is_taken = why.code == ERR_CONFLICT;
    return err_fail(e, why.code, "%s%s", why.text,
                    is_taken ? "; choose another with --port, or use any free one with --port 0" : "");
}

static int start(Daemon *d, Err *e) {
    raise_descriptor_limit(&d->app);
    TRY(open_home(d, e));
    TRY(open_store(d, e));
    TRY(open_core(d, e));
    TRY(recover(d, e));
    TRY(front_new(&d->app, &d->front, e));
    TRY(workspace_watch_start(&d->app, &d->watch, e));
    d->last_lines = last_lines_start(&d->app);
    TRY(housekeeping_new(&d->app, &d->housekeeping, e));
    d->handshakes = handshake_watch_start(&d->app);
    d->silences = silence_watch_start(&d->app);
    TRY(landings_start(&d->app, d->db, e));
    health_start(d->app.health);
    TRY(listen_here(d, e));
    const char *host = strchr(d->config->address, ':') ? "[::1]" : d->config->address;
    d->app.url = arena_fmt(d->arena, "http://%s:%d/", host, front_port(d->front)).p;
    return 0;
}

static int check_config(const Config *c, LogConfig *ret, Err *e) {
    bool is_json = strcmp(c->log_format, "json") == 0;
    if (strcmp(c->address, "127.0.0.1") != 0 && strcmp(c->address, "::1") != 0)
        return err_fail(
            e, ERR_INVALID,
            "address %s is not loopback; other addresses require TLS and accounts, which Muster does not have yet",
            c->address);
    if (!is_json && strcmp(c->log_format, "text") != 0)
        return err_fail(e, ERR_INVALID, "log-format must be text or json");
    *ret = (LogConfig){
        .levels = c->log, .format = is_json ? LOG_JSON : LOG_TEXT, .path = c->log_file[0] ? c->log_file : NULL};
    return log_open(ret, e);
}

static void say_where(Daemon *d) {
    char code[44];
    auth_code_new(d->app.auth, code);
    log_info("version %s serves %s at %s", d->app.version, d->app.home, d->app.url);
    printf("Muster is ready. Open %ssignin#code=%s\n(valid once, for 60 s; `%s open` opens a new one)\n", d->app.url,
           code, d->app.command);
    fflush(stdout);
}

static void on_demo_started(void *arg, const OpAnswer *a) {
    if (a->status >= 300) log_warn("the demo could not be prepared: " STR_FMT, STR_ARG(a->body));
    say_where(arg);
}

/* A demo creates its sample before anyone opens the page. */
static void open_door(Daemon *d) {
    Principal owner = auth_local(ROLE_OWNER);
    if (d->config->demo)
        op_task_run(op_task_new(&d->app, op_find(d->app.ops, STR("start_demo")), &owner), on_demo_started, d);
    else
        say_where(d);
}

static void advise_backup(const Daemon *d, const char *backup) {
    fprintf(
        stderr,
        "To start with that backup, run `cd %s && mv muster.db* \"$(mktemp -d damaged.XXXXXX)\" && cp %s muster.db`. "
        "The next start reads from the logs in streams what the agents that the backup knows to be running did since "
        "then. What you changed since then is lost, and agents started since then are left alone.\n",
        shell_word(str(d->home), d->arena).p, shell_word(str(backup), d->arena).p);
}

static void advise_empty(const Daemon *d) {
    fprintf(
        stderr,
        "To start with an empty store, run `cd %s && mv muster.db* \"$(mktemp -d damaged.XXXXXX)\"`. "
        "The list of workspaces, the agents with their messages, and the settings are lost. Repositories and "
        "worktrees stay as they are and can be opened again. The folders in streams keep all output of the agents; "
        "`%s derive claude FOLDER` prints that of a Claude agent as events. Agents that still run are left alone.\n",
        shell_word(str(d->home), d->arena).p, self_program(d->arena).p);
}

/* What a person can do about a damaged store. */
static void advise_damaged(const Daemon *d, const Err *why) {
    for (unsigned i = 0; i < why->n_details; i++) {
        const char *backup = why->details[i].text;
        if (strcmp(why->details[i].path, DB_BACKUP) != 0) continue;
        if (strcmp(backup, DB_NO_BACKUP) != 0)
            advise_backup(d, backup);
        else
            advise_empty(d);
    }
}

enum { LARGE_BYTES = 64 << 10 };

/* Large blocks go back to the kernel when they are freed. By default malloc raises this limit with each one that is freed
 * (mallopt(3), M_MMAP_THRESHOLD), and then the heaps of many threads keep the room of their largest batch. */
static void return_large_blocks(void) { (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES); }

int serve_main(const Config *c, const char *version) {
    return_large_blocks();
    Daemon d = {.config = c, .arena = arena_new(), .lock_fd = -1};
    LogConfig log = {0};
    Err e = {0};
    d.app = (App){.cache = c->cache,
                  .home_fd = -1,
                  .exe_dir = self_dir(d.arena).p,
                  .version = version,
                  .started_at = clock_now_us(),
                  .metrics = metrics_new()};
    d.app.errors = error_log_new(&d.app);
    int r = check_config(c, &log, &e);
    if (r >= 0) r = start(&d, &e);
    if (r == -(int)ERR_DISK_FULL && d.home) r = fail_full(&d, &e);
    if (r < 0) {
        fprintf(stderr, "muster: %s\n", e.text);
        advise_damaged(&d, &e);
        if (log.path) log_err(LOG_ERROR, LOG_MODULE, "the start failed", &e);
        begin_stop(&d);
    } else {
        watch_signals(&d); /* the reader of the address may end us at once */
        open_door(&d);
    }
    if (d.app.loop) loop_run(d.app.loop);
    close_all(&d);
    if (r >= 0) log_info("stopped");
    log_close();
    return r < 0 || d.has_lost_home;
}
