/* The path of an event from a write to its subscribers, as in the daemon, with an external publisher.
 *
 *     bench-live FOLDER        prints "listening PORT"
 *
 * /ws is the live socket of the daemon (core/face_live.h). On /publish, a worker appends each message "publish
 * <object>" to the topic of an agent in a separate write: commit, hub, ring, shared frame, as for an agent's event.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/auth.h"
#include "core/core_migrations.h"
#include "core/face_live.h"
#include "core/hub.h"
#include "core/stream.h"
#include "core/topic.h"
#include "net/http.h"
#include "net/ws.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum { WORKERS = 4, QUEUE = 4096 };

#define TOPIC "agent/ag_00000000000000000000000000"
static const TopicDef topics[] = {{.noun = "agent", .prefix = "ag", .role = ROLE_VIEWER}, {0}};
static const TopicDef *const topic_lists[] = {topics, NULL};

static const Principal owner = {.role = ROLE_OWNER, .id = LOCAL_USER, .org = LOCAL_ORG};

typedef struct Publish {
    Db *db;
    size_t n;
    char text[];
} Publish;

static int append(Tx *tx, void *arg, Err *e) {
    const Publish *p = arg;
    StreamEvent ev = {.topic = STR(TOPIC), .kind = STR("text"), .at = tx_now(tx), .payload = str_n(p->text, p->n)};
    return stream_append(tx, &ev, NULL, e);
}

static void publish(void *context, void *arg) {
    Publish *p = arg;
    Err e = {0};
    (void)context;
    if (db_tx(p->db, DB_DERIVED, append, p, &e) < 0) fprintf(stderr, "bench-live: %s\n", e.text);
    free(p);
}

static void on_message(void *arg, WsOpcode op, Str payload) {
    App *app = arg;
    static const Str prefix = STR("publish ");
    if (op != WS_TEXT || !str_starts(payload, prefix)) return;
    Str event = str_from(payload, prefix.n);
    Publish *p = mu_alloc(sizeof *p + event.n);
    p->db = app->db;
    p->n = event.n;
    memcpy(p->text, event.p, event.n);
    if (pool_submit(app->workers, publish, p)) return;
    fprintf(stderr, "bench-live: an event found the queue full\n");
    free(p);
}

static void on_closed(void *arg, int code) { (void)arg, (void)code; }

static const WsHandler publisher = {on_message, NULL, on_closed};

static void on_request(void *arg, HttpRequest *r) {
    static const WsConfig config = {.protocol = "muster.v1"};
    App *app = arg;
    if (!r->wants_upgrade)
        http_answer(r, &(HttpAnswer){.status = 426, .close = true});
    else if (str_is(r->path, "/publish"))
        ws_accept(r, &config, &publisher, app);
    else
        face_live_accept(app, r, &owner);
}

static void *open_conn(void *arg) {
    DbConn *c = NULL;
    Err e = {0};
    if (db_conn_open(((App *)arg)->db, &c, &e) < 0) fprintf(stderr, "bench-live: %s\n", e.text);
    return c;
}

static void close_conn(void *conn) { db_conn_close(conn); }

typedef struct Live {
    App app;
    HttpServer *server;
    uv_signal_t term;
} Live;

static void on_stopped(void *arg) { loop_stop(((Live *)arg)->app.loop); }

static void on_term(uv_signal_t *s, int signum) {
    Live *l = s->data;
    (void)signum;
    uv_close((uv_handle_t *)s, NULL);
    http_server_stop(l->server, on_stopped, l);
}

static int open_store(App *app, const char *folder, Err *e) {
    static const Migration *const migrations[] = {core_migrations, NULL};
    DbConfig c = {.dir = folder, .migrations = migrations};
    PoolConfig pool = {.name = "worker",
                       .n_threads = WORKERS,
                       .queue_max = QUEUE,
                       .thread_open = open_conn,
                       .thread_close = close_conn,
                       .arg = app};
    app->topics = topic_lists;
    TRY(loop_new(&app->loop, e));
    TRY(hub_new(app, HUB_RING_BYTES, &app->hub, e));
    hub_feed(app->hub, &c);
    TRY(db_open(&c, &app->db, e));
    return pool_new(&pool, &app->workers, e);
}

static int serve(Live *l, const char *folder, Err *e) {
    HttpHandler handler = {.on_request = on_request, .arg = &l->app};
    int port;
    TRY(open_store(&l->app, folder, e));
    TRY(http_server_new(l->app.loop, NULL, &handler, &l->server, e));
    TRY(http_listen_tcp(l->server, "127.0.0.1", 0, &port, e));
    uv_signal_init(loop_uv(l->app.loop), &l->term);
    l->term.data = l;
    uv_signal_start(&l->term, on_term, SIGTERM);
    printf("listening %d\n", port);
    fflush(stdout);
    loop_run(l->app.loop);
    pool_free(l->app.workers);
    db_close(l->app.db);
    http_server_free(l->server);
    hub_free(l->app.hub);
    loop_free(l->app.loop);
    return 0;
}

int main(int argc, char **argv) {
    Live l = {0};
    Err e = {0};
    if (argc != 2) return fprintf(stderr, "bench-live FOLDER\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    int r = serve(&l, argv[1], &e);
    if (r < 0) fprintf(stderr, "bench-live: %s\n", e.text);
    return r < 0;
}
