/* See local_ws.h. */
#include "net/local_ws.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "net/local_client.h"
#include "net/ws_parse.h"
#include "sys/digest.h"

enum {
    OPEN_MS = 10000,
    MESSAGE_MAX = 64 << 20,
    READ_BYTES = 65536,
    KEY_BYTES = 16,
    MASK_BYTES = 4,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
    FIN = 0x80,
    MASKED = 0x80
};

struct LocalWs {
    int fd;
    Buf in;        /* bytes read and not yet handled */
    size_t n_done; /* bytes of `in` that belong to the last message */
};

int local_ws_fd(const LocalWs *w) { return w->fd; }

void local_ws_close(LocalWs *w) {
    if (!w) return;
    close(w->fd);
    buf_done(&w->in);
    free(w);
}

/* ---- out ---- */

/* RFC 6455 5.3: a client's frames are masked. */
static int send_frame(LocalWs *w, WsOpcode op, Str payload, Err *e) {
    uint8_t mask[MASK_BYTES];
    CLEANUP(buf_done) Buf out;
    buf_init(&out, payload.n + WS_CLIENT_HEAD_MAX);
    random_bytes(mask, sizeof mask);
    buf_add_c(&out, (char)(FIN | op));
    int n_length = payload.n < LENGTH_16 ? 0 : payload.n <= UINT16_MAX ? 2 : 8;
    buf_add_c(&out, (char)(MASKED | (n_length == 0 ? (int)payload.n : n_length == 2 ? LENGTH_16 : LENGTH_64)));
    for (int i = n_length; i-- > 0;) buf_add_c(&out, (char)((uint64_t)payload.n >> 8 * i));
    buf_add(&out, mask, sizeof mask);
    for (size_t i = 0; i < payload.n; i++) buf_add_c(&out, (char)(payload.p[i] ^ mask[i % MASK_BYTES]));
    return local_client_send(w->fd, buf_str(&out), OPEN_MS, e);
}

int local_ws_send(LocalWs *w, Str text, Err *e) { return send_frame(w, WS_TEXT, text, e); }

int local_ws_send_bytes(LocalWs *w, Str bytes, Err *e) { return send_frame(w, WS_BINARY, bytes, e); }

/* ---- in ---- */

typedef struct Frame {
    uint8_t op;
    Str payload;
    size_t size; /* with its head */
} Frame;

/* False: its end has not arrived yet; *ret_bad: it is not one that our server sends. */
static bool parse_frame(Str in, Frame *ret, bool *ret_bad) {
    const uint8_t *p = (const uint8_t *)in.p;
    if (in.n < 2) return false;
    uint64_t n = p[1] & 0x7f;
    size_t head = n == LENGTH_16 ? 4 : n == LENGTH_64 ? 10 : 2;
    *ret_bad = !(p[0] & FIN) || (p[0] & 0x70) || (p[1] & MASKED);
    if (*ret_bad || in.n < head) return false;
    if (head > 2) n = 0;
    for (size_t i = 2; i < head; i++) n = n << 8 | p[i];
    *ret_bad = n > MESSAGE_MAX;
    if (*ret_bad || in.n - head < n) return false;
    *ret = (Frame){p[0] & 0x0f, str_n(in.p + head, n), head + n};
    return true;
}

/* False: the peer has gone. */
static bool fill(LocalWs *w, bool *ret_more) {
    *ret_more = false;
    if (!buf_reserve(&w->in, READ_BYTES)) return false;
    ssize_t n = recv(w->fd, w->in.p + w->in.n, READ_BYTES, MSG_DONTWAIT);
    if (n > 0) w->in.n += (size_t)n;
    *ret_more = n > 0;
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

LocalWsCond local_ws_read(LocalWs *w, Str *ret_text) {
    for (bool more = true;;) {
        Frame f;
        bool is_bad = false;
        buf_drop(&w->in, w->n_done);
        w->n_done = 0;
        if (!parse_frame(buf_str(&w->in), &f, &is_bad)) {
            if (is_bad || !fill(w, &more)) return LOCAL_WS_CLOSED;
            if (!more) return LOCAL_WS_NOTHING;
            continue;
        }
        w->n_done = f.size;
        *ret_text = f.payload;
        if (f.op == WS_TEXT) return LOCAL_WS_TEXT;
        if (f.op == WS_BINARY) return LOCAL_WS_BYTES;
        if (f.op == WS_CLOSE || (f.op == WS_PING && send_frame(w, WS_PONG, f.payload, NULL) < 0))
            return LOCAL_WS_CLOSED;
    }
}

/* ---- the handshake ---- */

static void answer_done(LocalAnswer *a) {
    fd_closep(&a->fd);
    buf_done(&a->out);
}

static int refused(int status, Str body, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *j = NULL;
    (void)json_parse(a, body, JSON_DEPTH_REQUEST, &j, NULL);
    Str why = json_str(json_get(j, "error"), "message");
    return err_fail(e, status == 503 ? ERR_BUSY : ERR_PROCESS, STR_FMT,
                    STR_ARG(why.n ? why : STR("the daemon does not serve a WebSocket here")));
}

int local_ws_open(int dirfd, const char *name, const char *target, const char *protocol, LocalWs **ret, Err *e) {
    uint8_t raw[KEY_BYTES];
    char key[4 * (KEY_BYTES + 2) / 3 + 1];
    CLEANUP(answer_done) LocalAnswer answer = {.fd = -1};
    buf_init(&answer.out, READ_BYTES);
    random_bytes(raw, sizeof raw);
    base64_print(raw, sizeof raw, key, false);
    LocalCall call = {
        .method = "GET", .target = str(target), .timeout_ms = OPEN_MS, .ws_key = key, .ws_protocol = protocol};
    TRY(local_client_upgrade(dirfd, name, &call, &answer, e));
    if (answer.status != 101) return refused(answer.status, buf_str(&answer.out), e);
    LocalWs *w = mu_new(LocalWs);
    w->fd = TAKE_FD(answer.fd);
    buf_init(&w->in, MESSAGE_MAX + READ_BYTES + WS_CLIENT_HEAD_MAX);
    *ret = w;
    return 0;
}
