/* Operations over HTTP: the head of the answer, and what a request must not contain. */
#include "core/face_rest.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "core/test_app.h"
#include "net/http.h"
#include "net/test_server.h"
#include "sys/file.h"
#include "sys/loop.h"

#define NOTE_IN(F, S)                                                            \
    F(S, STR, note_id, .max_bytes = 64, .from = FROM_PATH, .doc = "Which one")   \
    F(S, STR, tone, .opt = 1, .max_bytes = 64, .from = FROM_QUERY, .doc = "How") \
    F(S, STR, text, .opt = 1, .max_bytes = 64, .doc = "What")
SHAPE(NoteIn, NOTE_IN);
SHAPE_DEFINE(NoteIn, NOTE_IN);
#define NOTE(F, S)                                           \
    F(S, STR, note_id, .max_bytes = 64, .doc = "Which one")  \
    F(S, STR, tone, .opt = 1, .max_bytes = 64, .doc = "How") \
    F(S, STR, text, .opt = 1, .max_bytes = 64, .doc = "What")
SHAPE(Note, NOTE);
SHAPE_DEFINE(Note, NOTE);

static int show(OpCall *c, const void *in_, void *out_, Err *e) {
    const NoteIn *in = in_;
    *(Note *)out_ = (Note){.note_id = in->note_id, .tone = in->tone, .text = in->text};
    return op_cursor(c, STR("app"), e);
}

static int refuse_busy(OpCall *c UNUSED, const void *in UNUSED, void *out UNUSED, Err *e) {
    return err_fail(e, ERR_BUSY, "not now");
}

static int nothing(OpCall *c UNUSED, const void *in UNUSED, void *out UNUSED, Err *e UNUSED) { return 0; }

static const Op ops[] = {
    {.name = "get_note",
     .route = "GET /api/notes/{noteId}",
     OP_RUN(show, NoteIn, Note),
     .role = ROLE_VIEWER,
     .where = ON_WORKER,
     .doc = "x"},
    {.name = "put_note",
     .route = "PUT /api/notes/{noteId}",
     OP_RUN(show, NoteIn, Note),
     .role = ROLE_VIEWER,
     .where = ON_WORKER,
     .doc = "x"},
    {.name = "busy", .route = "GET /api/busy", .run = refuse_busy, .role = ROLE_VIEWER, .doc = "x"},
    {.name = "open", .route = "GET /api/open", .run = nothing, .flags = OP_PUBLIC, .doc = "x"},
    {0},
};

typedef struct Bench {
    TestApp t;
    HttpServer *server;
    int port;
    char token[65];
    atomic_bool is_stopped;
} Bench;

static void on_request(void *arg, HttpRequest *r) { face_rest_request(arg, r); }

static bool on_head(void *arg, HttpRequest *r) { return face_rest_head(arg, r); }

static void listen_there(void *arg) {
    Bench *b = arg;
    HttpHandler handler = {.on_request = on_request, .on_head = on_head, .arg = &b->t.app};
    HttpLimits limits = {0};
    Err e = {0};
    if (http_server_new(b->t.app.loop, &limits, &handler, &b->server, &e) < 0 ||
        http_listen_tcp(b->server, "127.0.0.1", 0, &b->port, &e) < 0)
        abort();
    auth_set_port(b->t.app.auth, b->port);
}

static void open_bench(Bench *b) {
    static const Op *const lists[] = {ops, NULL};
    Err e = {0};
    *b = (Bench){0};
    test_app_start(&b->t, &(TestAppConfig){.ops = lists});
    CHECK_OK(auth_open(&(AuthConfig){.home_fd = b->t.app.home_fd}, &b->t.app.auth, &e), e);
    Buf token;
    buf_init(&token, 100);
    CHECK_OK(file_read(b->t.app.home_fd, "token", &token, &e), e);
    snprintf(b->token, sizeof b->token, STR_FMT, STR_ARG(buf_str(&token)));
    buf_done(&token);
    loop_call(b->t.app.loop, listen_there, b);
}

static void on_stopped(void *arg) { atomic_store(&((Bench *)arg)->is_stopped, true); }

static void stop_server(void *arg) { http_server_stop(((Bench *)arg)->server, on_stopped, arg); }

static bool is_stopped(void *arg) { return atomic_load(&((Bench *)arg)->is_stopped); }

static void free_server(void *arg) { http_server_free(((Bench *)arg)->server); }

static void close_bench(Bench *b) {
    loop_call(b->t.app.loop, stop_server, b);
    CHECK(test_app_until(is_stopped, b));
    loop_call(b->t.app.loop, free_server, b);
    test_app_stop(&b->t);
    auth_close(b->t.app.auth);
}

typedef struct Ask {
    const char *line; /* "GET /api/x" */
    const char *headers, *body;
    bool is_stranger; /* without the token */
} Ask;

/* The whole answer, head and body. */
static Str answer_to(Bench *b, const Ask *a) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((in_port_t)b->port)};
    Buf out;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    Str auth = a->is_stranger ? STR("") : arena_fmt(b->t.arena, "authorization: Bearer %s\r\n", b->token);
    Str body = str(a->body);
    Str request =
        arena_fmt(b->t.arena, "%s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n" STR_FMT "%scontent-length: %zu\r\n\r\n" STR_FMT,
                  a->line, b->port, STR_ARG(auth), a->headers ? a->headers : "", body.n, STR_ARG(body));
    CHECK(test_send(fd, request));
    buf_init(&out, 1 << 20);
    CHECK(test_read_answer(fd, &out, false));
    close(fd);
    Str text = arena_str(b->t.arena, buf_str(&out));
    buf_done(&out);
    return text;
}

#define JSON_TYPE "content-type: application/json\r\n"
static char long_key[260];

TEST(each_request_is_answered_with_its_status_and_head) {
    static const struct {
        Ask ask;
        const char *status;
        const char *says[2]; /* somewhere in head or body */
    } rows[] = {
        {{"GET /api/notes/7"}, "200", {"muster-cursor: app;1;0\r\n", "{\"noteId\":\"7\"}"}},
        {{"GET /api/notes/a%20b?tone=x%26y"}, "200", {"{\"noteId\":\"a b\",\"tone\":\"x&y\"}", "application/json"}},
        {{"PUT /api/notes/7?tone=t", JSON_TYPE, "{\"text\":\"hi\"}"}, "200", {"\"tone\":\"t\",\"text\":\"hi\""}},
        {{"PUT /api/notes/7", "content-type: application/json; charset=utf-8\r\n", "{\"text\":\"hi\"}"},
         "200",
         {"\"hi\""}},
        {{"PUT /api/notes/7", "content-type: text/plain\r\n", "{\"text\":\"hi\"}"},
         "415",
         {"UNSUPPORTED_MEDIA_TYPE", "application/json"}},
        {{"PUT /api/notes/7", "content-type: application/jsonx\r\n", "{\"text\":\"hi\"}"}, "415", {"application/json"}},
        {{"PUT /api/notes/7", "content-type: application/json; charset=latin1\r\n", "{\"text\":\"hi\"}"},
         "415",
         {"UTF-8"}},
        {{"PUT /api/notes/7", NULL, "{\"text\":\"hi\"}"}, "415", {"application/json"}}, /* a form of another page */
        {{"PUT /api/notes/7", JSON_TYPE, "{\"noteId\":\"8\"}"}, "400", {"\"noteId\":["}},
        {{"PUT /api/notes/7", JSON_TYPE, "{\"tone\":\"8\"}"}, "400", {"\"tone\":["}},
        {{"GET /api/notes/7?text=x"}, "400", {"\"text\":["}},
        {{"GET /api/notes/7?noteId=8"}, "400", {"\"noteId\":["}},
        {{"GET /api/notes/7?nosuch=1"}, "400", {"\"nosuch\":["}},
        {{"GET /api/notes/7?tone=a&tone=b"}, "400", {"\"tone\":["}},
        {{"GET /api/notes/7?tone=%zz"}, "400", {"percent"}},
        {{"GET /api/notes/7?access_token=a&access_token=b"}, "400", {"\"access_token\":["}},
        {{"DELETE /api/notes/7"},
         "405",
         {"\r\nallow: GET, HEAD, PUT, OPTIONS\r\n", "DELETE is not served at /api/notes/7\""}},
        {{"POST /api/notes/7", JSON_TYPE, "{}"},
         "405",
         {"\r\nallow: GET, HEAD, PUT, OPTIONS\r\n", "METHOD_NOT_ALLOWED"}},
        {{"OPTIONS /api/notes/7"}, "204", {"\r\nallow: GET, HEAD, PUT, OPTIONS\r\n"}},
        {{"OPTIONS /api/notes/7", .is_stranger = true}, "204", {"\r\nallow: "}},
        {{"OPTIONS /api/nosuch"}, "404", {"NOT_FOUND"}},
        {{"OPTIONS /api/notes/7", "origin: http://evil.example\r\n"}, "403", {"FORBIDDEN"}},
        {{"OPTIONS *"}, "204", {"\r\nallow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"}},
        {{"OPTIONS *", "origin: http://evil.example\r\n"}, "403", {"FORBIDDEN"}},
        {{"GET /api/nosuch"}, "404", {"NOT_FOUND"}},
        {{"GET /api/busy"}, "503", {"retry-after: 1\r\n", "BUSY"}},
        {{"GET /api/notes/7", .is_stranger = true}, "401", {"www-authenticate: Bearer\r\n", "UNAUTHORIZED"}},
        {{"PUT /api/notes/7", JSON_TYPE, "{\"text\":7}", true}, "401", {"UNAUTHORIZED"}},
        {{"GET /api/notes/7", "origin: http://evil.example\r\n"}, "403", {"FORBIDDEN"}},
        {{"GET /api/notes/7", long_key}, "400", {"\"Idempotency-Key\":["}},
        {{"GET /api/notes/7", "idempotency-key: \r\n"}, "400", {"\"Idempotency-Key\":["}},
        {{"GET /api/notes/7", "idempotency-key: a b\r\n"}, "400", {"\"Idempotency-Key\":["}},
        {{"GET /api/notes/7", "idempotency-key: \xc3\xa9\r\n"}, "400", {"\"Idempotency-Key\":["}},
        {{"GET /api/notes/7", "idempotency-key: 0a-Z_!~\r\n"}, "200"},
        {{"GET http://evil.example/api/notes/7"}, "421", {"MISDIRECTED"}},
    };
    Bench b;
    int n = snprintf(long_key, sizeof long_key, "idempotency-key: %0201d\r\n", 1);
    CHECK_I64(n, 17 + 201 + 2);
    open_bench(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str got = answer_to(&b, &rows[i].ask);
        bool fits = str_is(str_upto(str_from(got, 9), 3), rows[i].status);
        for (size_t k = 0; k < 2 && rows[i].says[k]; k++)
            fits = fits && str_find(got, str(rows[i].says[k]), &(size_t){0});
        if (!fits) test_fail(__FILE__, __LINE__, "%s: " STR_FMT, rows[i].ask.line, STR_ARG(got));
    }
    close_bench(&b);
}

TEST(what_is_public_needs_no_token_but_the_right_host) {
    Bench b;
    open_bench(&b);
    CHECK(str_starts(answer_to(&b, &(Ask){"GET /api/open", .is_stranger = true}), STR("HTTP/1.1 204")));
    CHECK(str_starts(answer_to(&b, &(Ask){"GET /api/open", "origin: http://evil.example\r\n", .is_stranger = true}),
                     STR("HTTP/1.1 403")));
    close_bench(&b);
}
