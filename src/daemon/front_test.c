/* The front door: who serves which path, with which headers, and who is refused. */
#include "daemon/front.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "core/auth.h"
#include "core/test_app.h"
#include "core/ticket.h"
#include "net/asset.h"
#include "net/test_server.h"
#include "sys/file.h"
#include "sys/loop.h"

/* A page in place of the embedded one. */
static const Asset assets[] = {
    {.path = "/app.js", .content_type = "text/javascript", .digest = "d2", .identity = STR("the script")},
    {.path = "/index.html", .content_type = "text/html", .digest = "d1", .identity = STR("the page " ASSET_NONCE)},
};
const AssetSet web_assets = {assets, COUNT_OF(assets)};

static int nothing(OpCall *c UNUSED, const void *in UNUSED, void *out UNUSED, Err *e UNUSED) { return 0; }

static const Op ops[] = {
    {.name = "open", .route = "GET /api/open", .run = nothing, .flags = OP_PUBLIC, .doc = "x"},
    {.name = "shut", .route = "GET /api/shut", .run = nothing, .role = ROLE_OWNER, .doc = "x"},
    {0},
};

typedef struct Bench {
    TestApp t;
    Front *front;
    char token[65];
    int port;  /* to listen at; 0: any */
    Err error; /* of listening */
    atomic_bool is_stopped;
} Bench;

static void open_front(void *arg) {
    Bench *b = arg;
    Config c = {.address = "127.0.0.1", .port = b->port};
    if (front_new(&b->t.app, &b->front, &b->error) >= 0) (void)!front_listen(b->front, &c, &b->error);
}

static void open_bench(Bench *b, int port) {
    static const Op *const lists[] = {ops, NULL};
    Err e = {0};
    CLEANUP(buf_done) Buf token;
    *b = (Bench){.port = port};
    test_app_start(&b->t, &(TestAppConfig){.ops = lists});
    CHECK_OK(auth_open(&(AuthConfig){.home_fd = b->t.app.home_fd}, &b->t.app.auth, &e), e);
    b->t.app.tickets = tickets_new(NULL);
    buf_init(&token, 100);
    CHECK_OK(file_read(b->t.app.home_fd, "token", &token, &e), e);
    snprintf(b->token, sizeof b->token, STR_FMT, STR_ARG(buf_str(&token)));
    loop_call(b->t.app.loop, open_front, b);
    if (port == 0) CHECK_I64(b->error.code, ERR_OK);
}

static void on_stopped(void *arg) { atomic_store(&((Bench *)arg)->is_stopped, true); }
static void stop_front(void *arg) { front_stop(((Bench *)arg)->front, on_stopped, arg); }
static bool is_stopped(void *arg) { return atomic_load(&((Bench *)arg)->is_stopped); }
static void free_front(void *arg) { front_free(((Bench *)arg)->front); }

static void close_bench(Bench *b) {
    loop_call(b->t.app.loop, stop_front, b);
    CHECK(test_app_until(is_stopped, b));
    loop_call(b->t.app.loop, free_front, b);
    test_app_stop(&b->t);
    auth_close(b->t.app.auth);
    tickets_free(b->t.app.tickets);
}

static Str exchange(Bench *b, int fd, const char *line, const char *headers) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 1 << 20);
    CHECK(test_send(fd, arena_fmt(b->t.arena, "%s HTTP/1.1\r\n%s\r\n", line, headers)));
    CHECK(test_read_answer(fd, &out, str_starts(str(line), STR("HEAD "))));
    close(fd);
    return arena_str(b->t.arena, buf_str(&out));
}

/* The whole answer. `headers` may hold one %d for the port and then one %s for the token. */
static Str answer_to(Bench *b, const char *line, const char *headers) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((in_port_t)front_port(b->front))};
    char lines[1000];
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    snprintf(lines, sizeof lines, headers, front_port(b->front), b->token);
    return exchange(b, fd, line, lines);
}

static bool says(Str answer, const char *text) { return !text || str_find(answer, str(text), &(size_t){0}); }

#define HOST "host: 127.0.0.1:%d\r\n"
#define BEARER "authorization: Bearer %s\r\n"
#define UPGRADE                                                                  \
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n" \
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

TEST(each_path_is_served_by_who_it_belongs_to) {
    static const struct {
        const char *line, *headers, *status, *says;
    } rows[] = {
        {"GET /", HOST, "200", "the page"},
        {"HEAD /", HOST, "200", "Content-Length: 33\r\n"},
        {"GET /agents/ag_1", HOST "accept: text/html\r\n", "200", "the page"}, /* an address of the page's own */
        {"GET /app.js", HOST, "200", "the script"},
        {"GET /nosuch.js", HOST, "404", "nothing is served at /nosuch.js"},
        {"GET /api/nosuch", HOST "accept: text/html\r\n", "404", "NOT_FOUND"},
        {"GET /api/open", HOST, "204", NULL},
        {"GET /api/shut", HOST, "401", "UNAUTHORIZED"},
        {"GET /api/shut", HOST BEARER, "204", NULL},
        {"GET /ws", HOST UPGRADE, "401", "a token is required"},
        {"GET /ws", HOST BEARER UPGRADE "sec-websocket-protocol: muster.v1\r\n", "101",
         "Sec-WebSocket-Protocol: muster.v1\r\n"},
        {"GET /ws", HOST BEARER UPGRADE, "101", "Upgrade: websocket\r\n"},
    };
    Bench b;
    open_bench(&b, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str answer = answer_to(&b, rows[i].line, rows[i].headers);
        bool fits = str_starts(str_from(answer, 9), str(rows[i].status)) && says(answer, rows[i].says);
        if (!fits) fprintf(stderr, "%s gave " STR_FMT "\n", rows[i].line, STR_ARG(answer));
        CHECK(fits);
    }
    close_bench(&b);
}

TEST(nothing_is_served_to_another_host_or_to_another_site) {
    static const char *const lines[] = {"GET /", "GET /app.js", "GET /api/open", "GET /ws"};
    Bench b;
    open_bench(&b, 0);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        CHECK(says(answer_to(&b, lines[i], "host: evil.example:%d\r\n" BEARER UPGRADE), "HTTP/1.1 421 "));
        CHECK(says(answer_to(&b, lines[i], HOST BEARER UPGRADE "origin: http://evil.example\r\n"), "HTTP/1.1 403 "));
        CHECK(says(answer_to(&b, lines[i], HOST BEARER UPGRADE "sec-fetch-site: cross-site\r\n"), "HTTP/1.1 403 "));
    }
    close_bench(&b);
}

TEST(every_answer_guards_the_page) {
    static const char *const headers[] = {
        "content-security-policy: default-src 'none'; ",
        "require-trusted-types-for 'script'",
        "x-content-type-options: nosniff\r\n",
        "x-frame-options: DENY\r\n",
        "referrer-policy: no-referrer\r\n",
        "cross-origin-opener-policy: same-origin\r\n",
        "cross-origin-resource-policy: same-origin\r\n",
        "permissions-policy: camera=(), ",
    };
    static const char *const lines[] = {"GET /", "GET /app.js", "GET /api/open", "GET /api/shut", "GET /nosuch.js"};
    Bench b;
    open_bench(&b, 0);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        Str answer = answer_to(&b, lines[i], HOST);
        for (size_t k = 0; k < COUNT_OF(headers); k++) CHECK(says(answer, headers[k]));
    }
    close_bench(&b);
}

TEST(the_page_is_not_stored_and_its_policy_admits_styles_with_its_nonce) {
    static const char *const headers[] = {
        "Cache-Control: no-store\r\n",
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self' 'nonce-",
        "=='; img-src",
        "worker-src 'self'; ",
        "require-trusted-types-for 'script'; trusted-types muster\r\n",
    };
    static const char *const lines[] = {"GET /", "GET /agents/ag_1"};
    Bench b;
    open_bench(&b, 0);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        Str answer = answer_to(&b, lines[i], HOST "accept: text/html\r\n");
        for (size_t k = 0; k < COUNT_OF(headers); k++) CHECK(says(answer, headers[k]));
        CHECK(!says(answer, "; style-src 'self';")); /* and not that of the other answers besides */
    }
    CHECK(!says(answer_to(&b, "GET /app.js", HOST), "nonce-"));
    close_bench(&b);
}

TEST(the_unix_socket_is_in_the_data_folder_and_requires_no_token) {
    Bench b;
    open_bench(&b, 0);
    int fd = test_connect_unix(b.t.app.home_fd, "sock");
    CHECK(fd >= 0);
    CHECK(says(exchange(&b, fd, "GET /api/shut", "host: localhost\r\n"), "HTTP/1.1 204 "));
    close_bench(&b);
}

TEST(a_port_that_is_taken_is_refused) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CLEANUP(fd_closep) int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(taken, (struct sockaddr *)&at, sizeof at) == 0 && listen(taken, 1) == 0);
    CHECK(getsockname(taken, (struct sockaddr *)&at, &n) == 0);
    Bench b;
    open_bench(&b, ntohs(at.sin_port));
    CHECK_I64(b.error.code, ERR_CONFLICT);
    close_bench(&b);
}
