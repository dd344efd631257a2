/* Operations over HTTP: the head of the answer, and what a request must not contain. */
#include "core/face_rest.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "core/face_upload.h"
#include "core/op_body.h"
#include "core/test_app.h"
#include "net/http.h"
#include "net/test_server.h"
#include "sys/fault.h"
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

static int take_subject(OpCall *c UNUSED, const void *in UNUSED, Str *ret, Err *e UNUSED) {
    *ret = STR("file");
    return 0;
}

static int note_tx(Tx *tx UNUSED, void *arg UNUSED, Err *e UNUSED) { return 0; }

static int put_file(OpCall *c, const void *in UNUSED, void *out UNUSED, Err *e) {
    return op_tx(c, note_tx, NULL, NULL, e);
}

enum { FILE_BYTES = 600 << 10 }; /* three pieces */

static int get_file(OpCall *c, const void *in UNUSED, void *out UNUSED, Err *e UNUSED) {
    OpFile *f = arena_new_in(c->arena, OpFile);
    *f = (OpFile){.size = FILE_BYTES, .media = "text/plain", .name = STR("a")};
    f->fd = openat(c->app->home_fd, "a", O_RDONLY | O_CLOEXEC);
    c->file = f;
    return 0;
}

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
    {.name = "put_file",
     .route = "POST /api/files",
     .run = put_file,
     .role = ROLE_MEMBER,
     .where = ON_SLOW,
     .subject = take_subject,
     .flags = OP_WRITES,
     .body_max = 100,
     .body_dir = "files",
     .doc = "x"},
    {.name = "get_file",
     .route = "GET /api/file",
     .run = get_file,
     .role = ROLE_VIEWER,
     .where = ON_SLOW,
     .subject = take_subject,
     .flags = OP_SENDS_FILE,
     .doc = "x"},
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

/* Whoever calls over the Unix socket. */
static bool is_another(void *arg UNUSED, int64_t pid UNUSED, Str launch UNUSED, Principal *ret) {
    *ret = auth_local(ROLE_MEMBER);
    snprintf(ret->id, sizeof ret->id, "usr_00000000000000000000000002");
    return true;
}

static void listen_there(void *arg) {
    Bench *b = arg;
    HttpHandler handler = {.on_request = on_request, .on_head = on_head, .arg = &b->t.app};
    HttpLimits limits = {0};
    Err e = {0};
    if (http_server_new(b->t.app.loop, &limits, &handler, &b->server, &e) < 0 ||
        http_listen_tcp(b->server, "127.0.0.1", 0, &b->port, &e) < 0 ||
        http_listen_unix(b->server, b->t.app.home_fd, "sock", &e) < 0)
        abort();
    auth_set_port(b->t.app.auth, b->port);
    auth_set_hold_lookup(b->t.app.auth, is_another, NULL);
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

static int dial(const Bench *b) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((in_port_t)b->port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

/* The whole answer, head and body. */
static Str answer_to(Bench *b, const Ask *a) {
    Buf out;
    int fd = dial(b);
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

/* --- files --- */

/* The head of an upload of ten bytes, over TCP as the owner or over the Unix socket as whoever that is. */
static int begin_upload(Bench *b, bool is_unix) {
    int fd = is_unix ? test_connect_unix(b->t.app.home_fd, "sock") : dial(b);
    CHECK(test_send(fd, arena_fmt(b->t.arena,
                                  "POST /api/files HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nauthorization: Bearer %s\r\n"
                                  "expect: 100-continue\r\ncontent-length: 10\r\n\r\n",
                                  b->port, b->token)));
    return fd;
}

static bool is_answered(int fd, const char *status, const char *says) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 1 << 20);
    return test_read_answer(fd, &out, false) && str_is(str_upto(str_from(buf_str(&out), 9), 3), status) &&
           str_find(buf_str(&out), str(says), &(size_t){0});
}

static void send_rest(int fd) {
    CHECK(test_send(fd, STR("0123456789")));
    CHECK(is_answered(fd, "204", ""));
    close(fd);
}

typedef struct Places {
    Bench *b;
    uint32_t n;
} Places;

static void count(void *arg) {
    Places *p = arg;
    const List *all = &p->b->t.app.uploads;
    p->n = 0;
    for (const List *at = all->next; at && at != all; at = at->next) p->n++;
}

static bool has_room(void *arg) {
    Places *p = arg;
    loop_call(p->b->t.app.loop, count, p);
    return p->n < UPLOADS_OF_ONE;
}

TEST(who_uploads_slowly_keeps_nobody_else_out) {
    int fds[UPLOADS_OF_ONE];
    Bench b;
    open_bench(&b);
    for (int i = 0; i < UPLOADS_OF_ONE; i++) {
        fds[i] = begin_upload(&b, false);
        CHECK(is_answered(fds[i], "100", ""));
    }
    int refused = begin_upload(&b, false);
    CHECK(is_answered(refused, "503", "8 of your files are arriving already; try again when one of them has arrived"));
    close(refused);
    int other = begin_upload(&b, true);
    CHECK(is_answered(other, "100", ""));
    send_rest(other);
    send_rest(fds[0]);
    CHECK(test_app_until(has_room, &(Places){.b = &b}));
    fds[0] = begin_upload(&b, false);
    CHECK(is_answered(fds[0], "100", ""));
    close(fds[0]); /* one that is given up leaves its place too */
    CHECK(test_app_until(has_room, &(Places){.b = &b}));
    for (int i = 1; i < UPLOADS_OF_ONE; i++) send_rest(fds[i]);
    close_bench(&b);
}

TEST(a_download_waits_while_the_slow_threads_have_no_room) {
    CLEANUP(free_p) char *text = mu_alloc(FILE_BYTES);
    Bench b;
    open_bench(&b);
    memset(text, 'x', FILE_BYTES);
    fault_arm(1, "test.");
    bool has_faults = fault_point("test."); /* a debug build */
    int fd = openat(b.t.app.home_fd, "a", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, text, FILE_BYTES) == FILE_BYTES);
    close(fd);
    for (int64_t k = 1; k <= 3; k++) {
        fault_arm(k, "download.queue");
        Str got = answer_to(&b, &(Ask){"GET /api/file"});
        CHECK_I64(fault_seen(), has_faults ? 4 : 0); /* one for each piece, and the one that was refused */
        fault_arm(0, NULL);
        CHECK(str_starts(got, STR("HTTP/1.1 200 ")) && str_ends(got, str_n(text, FILE_BYTES)));
    }
    close_bench(&b);
}
