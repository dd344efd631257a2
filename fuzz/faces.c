#include "faces.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "fuzz.h"
#include "net/http.h"
#include "net/test_server.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { FRAME_MAX = 8 << 20, LONG16 = 126, LONG64 = 127, LINES_MAX = 64 };

typedef struct Daemon {
    TestApp t;
    HttpServer *server;
    const Face *face;
} Daemon;

/* ---- Functions of the test runner that shared test code needs ---- */

static char folder[] = "/dev/shm/muster-fuzz-XXXXXX"; /* memory: a sync costs nothing */

static void remove_folder(void) { (void)file_remove_tree(folder, NULL); }

const char *test_dir(void) {
    static bool is_made;
    if (!is_made) {
        MUST(mkdtemp(folder));
        is_made = true;
        atexit(remove_folder);
    }
    return folder;
}

void test_fail(const char *file, int line, const char *fmt, ...) {
    fprintf(stderr, "%s:%d: %s\n", file, line, fmt);
    abort();
}

/* ---- The daemon ---- */

static void on_request(void *arg, HttpRequest *r) {
    Daemon *d = arg;
    Principal who = {.role = ROLE_OWNER};
    d->t.app.last_feed = 0; /* each input counts its subscriptions from 1 */
    d->face->accept(&d->t.app, r, &who);
}

static void listen_there(void *arg) {
    Daemon *d = arg;
    HttpHandler handler = {.on_request = on_request, .arg = d};
    HttpLimits limits = {0};
    MUST(http_server_new(d->t.app.loop, &limits, &handler, &d->server, NULL) == 0);
    MUST(http_listen_unix(d->server, d->t.app.home_fd, "sock", NULL) == 0);
}

/* Lives as long as the process. */
static Daemon *the_daemon(const Face *face) {
    static Daemon *d;
    if (d) return d;
    d = mu_new(Daemon);
    d->face = face;
    test_app_start(&d->t, &(TestAppConfig){.topics = face->topics});
    loop_call(d->t.app.loop, listen_there, d);
    return d;
}

/* ---- The client (RFC 6455 5.2; the mask is all zeros) ---- */

static bool send_frame(int fd, int opcode, Str bytes) {
    uint8_t head[14] = {(uint8_t)(0x80 | opcode), (uint8_t)(0x80 | (bytes.n < LONG16 ? bytes.n : LONG16)),
                        (uint8_t)(bytes.n >> 8), (uint8_t)bytes.n};
    size_t n = bytes.n < LONG16 ? 6 : 8;
    if (n == 6) head[2] = head[3] = 0;
    return test_send(fd, str_n(head, n)) && test_send(fd, bytes);
}

static int connect_to(const Daemon *d) {
    CLEANUP(buf_done) Buf answer;
    char request[512];
    int fd = test_connect_unix(d->t.app.home_fd, "sock");
    buf_init(&answer, 4096);
    snprintf(request, sizeof request,
             "GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
             "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n%s\r\n",
             d->face->protocol);
    MUST(test_send(fd, str(request)) && test_read_answer(fd, &answer, true));
    MUST(str_starts(buf_str(&answer), STR("HTTP/1.1 101 ")));
    return fd;
}

static uint64_t number(const char *p, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | (uint8_t)p[i];
    return value;
}

/* False at a close frame and at the end. */
static bool read_frame(int fd, Buf *b) {
    buf_clear(b);
    if (!test_read_n(fd, b, 2) || b->n < 2) return false;
    uint8_t opcode = (uint8_t)b->p[0] & 15, length = (uint8_t)b->p[1];
    size_t n_more = length == LONG16 ? 2 : length == LONG64 ? 8 : 0;
    MUST(length < 128); /* a server does not mask its frames */
    buf_clear(b);
    if (n_more && !test_read_n(fd, b, n_more)) return false;
    uint64_t n = n_more ? number(b->p, n_more) : length;
    MUST(n <= FRAME_MAX);
    buf_clear(b);
    return (!n || test_read_n(fd, b, (size_t)n)) && opcode != 8;
}

void face_talk(const Face *face, Str lines) {
    CLEANUP(buf_done) Buf b;
    Str line;
    size_t at;
    int fd = connect_to(the_daemon(face));
    bool is_open = true;
    for (int i = 0; i < LINES_MAX && is_open && str_split(&lines, '\n', &line); i++) {
        bool is_binary = line.n && (uint8_t)line.p[0] == 0xFF;
        is_open = send_frame(fd, is_binary ? 2 : 1, str_n(line.p + is_binary, line.n - is_binary));
    }
    is_open = is_open && send_frame(fd, 1, str(face->last));
    buf_init(&b, FRAME_MAX);
    while (is_open && read_frame(fd, &b)) {
        face->on_message(buf_str(&b));
        if (str_find(buf_str(&b), str(face->last_answer), &at)) break;
    }
    close(fd);
}
