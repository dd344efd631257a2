#include "core/holdlink.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"
#include "sys/loop.h"

enum {
    CONNECT_EVERY_MS = 10,
    IN_MAX = HOLD_MSG_HEADER + HOLD_MSG_BODY_MAX,
    IN_USUAL = 4096,       /* most messages of a hold are short; the room for a long one is made when it comes */
    QUEUE_MAX = 256 * 1024 /* orders and pokes that the hold has not taken; an input has its own buffer */
};

typedef enum LinkState { LINK_CONNECTING, LINK_GREETING, LINK_READY, LINK_CLOSING } LinkState;

/* An input being sent: its parts are written one after another, so that an order can come between two of them. */
typedef struct Outgoing {
    Buf bytes;
    uint64_t n;  /* 0 = none */
    size_t sent; /* bytes handed to the socket */
} Outgoing;

struct HoldLink {
    Loop *loop;
    int dirfd;
    Buf launch, nonce, features;
    uint32_t version;
    const HoldLinkEvents *on;
    void *arg;
    LinkState state;
    uv_pipe_t pipe;
    uv_connect_t connect;
    uv_write_t write;
    Timer wait, again;
    int open_handles; /* pipe, wait, again: the link is freed when the last one is closed */
    int64_t answer_ms;
    bool has_pipe, is_writing, has_hello, has_failed;
    Buf in, queue, writing;
    Outgoing input;
    HoldHead head;
    uint64_t n_poked, n_poke_acked; /* bytes on this connection */
    int64_t peer_pid;
    Err why;
};

static void try_connect(HoldLink *l);
static void flush(HoldLink *l);

/* ---- End ---- */

static void link_free(HoldLink *l) {
    if (l->dirfd >= 0) close(l->dirfd);
    Buf *bufs[] = {&l->launch, &l->nonce, &l->features, &l->in, &l->queue, &l->writing, &l->input.bytes};
    for (size_t i = 0; i < COUNT_OF(bufs); i++) buf_done(bufs[i]);
    free(l);
}

static void on_handle_closed(HoldLink *l) {
    if (--l->open_handles > 0) return;
    l->on->on_closed(l->arg, l->has_failed ? &l->why : NULL);
    link_free(l);
}

static void on_pipe_closed(uv_handle_t *pipe) { on_handle_closed(pipe->data); }
static void on_wait_closed(Timer *t) { on_handle_closed(container_of(t, HoldLink, wait)); }
static void on_again_closed(Timer *t) { on_handle_closed(container_of(t, HoldLink, again)); }

static void start_closing(HoldLink *l) {
    if (l->state == LINK_CLOSING) return;
    l->state = LINK_CLOSING;
    timer_close(&l->wait, on_wait_closed);
    timer_close(&l->again, on_again_closed);
    if (l->has_pipe && !uv_is_closing((uv_handle_t *)&l->pipe)) uv_close((uv_handle_t *)&l->pipe, on_pipe_closed);
}

static void fail(HoldLink *l, ErrCode code, const char *what) {
    if (l->state == LINK_CLOSING) return;
    l->has_failed = true;
    int ignored UNUSED = err_fail(&l->why, code, "%s", what);
    start_closing(l);
}

void holdlink_close(HoldLink *l) { start_closing(l); }

int64_t holdlink_peer_pid(const HoldLink *l) { return l->peer_pid; }

/* ---- Messages from the hold ---- */

/* SO_PEERCRED identifies the listener: the hold, which runs as the same user. */
static bool is_own_peer(HoldLink *l) {
    uv_os_fd_t fd;
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (uv_fileno((uv_handle_t *)&l->pipe, &fd) < 0) return false;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return false;
    l->peer_pid = peer.pid;
    return peer.uid == geteuid();
}

static void on_hello(HoldLink *l, const HoldMsg *m) {
    bool is_right = m->hello.version >= HOLD_WIRE_VERSION && str_eq(m->hello.launch, buf_str(&l->launch)) &&
                    str_eq(m->hello.nonce, buf_str(&l->nonce));
    if (!is_right) return fail(l, ERR_CONFLICT, "another launch's hold answers on this launch's socket");
    l->has_hello = true;
    l->version = m->hello.version;
    buf_clear(&l->features);
    buf_add_str(&l->features, m->hello.features);
}

static void acked_pokes(HoldLink *l, uint64_t bytes) {
    if (bytes <= l->n_poke_acked || bytes > l->n_poked) return;
    l->n_poke_acked = bytes;
    if (l->on->on_poked) l->on->on_poked(l->arg);
}

static void on_poke_ack(HoldLink *l, const HoldMsg *m) { acked_pokes(l, m->poked); }

static void on_head(HoldLink *l, const HoldMsg *m) {
    l->head = m->head;
    if (!holdlink_acks_pokes(l)) acked_pokes(l, l->n_poked);
    if (l->state == LINK_READY) return l->on->on_head(l->arg, &l->head);
    l->state = LINK_READY;
    timer_stop(&l->wait);
    HoldHello hello = {.version = l->version,
                       .launch = buf_str(&l->launch),
                       .nonce = buf_str(&l->nonce),
                       .features = buf_str(&l->features)};
    l->on->on_ready(l->arg, &hello, &l->head);
}

static void on_ack(HoldLink *l, const HoldMsg *m) {
    if (!l->input.n || l->input.n != m->ack.n) return; /* not in flight */
    l->input.n = 0;
    buf_done(&l->input.bytes);
    if (m->ack.status == HOLD_ACK_ACCEPTED && m->ack.n > l->head.last_input) l->head.last_input = m->ack.n;
    l->on->on_input_ack(l->arg, m->ack.n, m->ack.status);
}

static void on_exited(HoldLink *l, const HoldMsg *m) { l->on->on_exited(l->arg, m->exited.offset, &m->exited.exit); }

static void (*const handlers[])(HoldLink *l, const HoldMsg *m) = {
    [HOLD_MSG_HELLO] = on_hello,   [HOLD_MSG_HEAD] = on_head,         [HOLD_MSG_INPUT_ACK] = on_ack,
    [HOLD_MSG_EXITED] = on_exited, [HOLD_MSG_POKE_ACK] = on_poke_ack,
};

static void take_message(HoldLink *l, const HoldMsg *m) {
    if (!l->has_hello && m->type != HOLD_MSG_HELLO) return fail(l, ERR_CONFLICT, "the hold did not say hello first");
    if ((size_t)m->type < COUNT_OF(handlers) && handlers[m->type]) handlers[m->type](l, m);
}

static void take_messages(HoldLink *l) {
    HoldMsg m;
    size_t size;
    HoldCond cond = HOLD_CUT;
    size_t used = 0;
    while (l->state != LINK_CLOSING &&
           (cond = holdwire_parse(str_from(buf_str(&l->in), used), &m, &size)) == HOLD_WHOLE) {
        take_message(l, &m);
        used += size;
    }
    if (cond == HOLD_BAD) fail(l, ERR_INTERNAL, "the hold sent an invalid message");
    buf_drop(&l->in, used);
}

static void on_alloc(uv_handle_t *pipe, size_t suggested UNUSED, uv_buf_t *ret) {
    HoldLink *l = pipe->data;
    size_t room = l->in.n < IN_USUAL ? IN_USUAL - l->in.n : IN_MAX - l->in.n;
    *ret = buf_reserve(&l->in, room) ? uv_buf_init(l->in.p + l->in.n, (unsigned)room) : uv_buf_init(NULL, 0);
}

static void on_read(uv_stream_t *pipe, ssize_t n, const uv_buf_t *into UNUSED) {
    HoldLink *l = pipe->data;
    if (n < 0) return fail(l, ERR_PROCESS, "the hold closed the connection");
    l->in.n += (size_t)n;
    take_messages(l);
}

/* ---- Messages to the hold ---- */

/* Appends the next part of the input to the queued orders. */
static void add_part(HoldLink *l) {
    size_t left = l->input.bytes.n - l->input.sent;
    bool is_begun = l->input.sent > 0 || l->input.bytes.n == 0;
    if (!l->input.n || (left == 0 && is_begun)) return;
    Str part = str_upto(str_from(buf_str(&l->input.bytes), l->input.sent), HOLD_PART_MAX);
    HoldMsg m = {
        .type = HOLD_MSG_INPUT,
        .input = {.n = l->input.n, .total = (uint32_t)l->input.bytes.n, .at = (uint32_t)l->input.sent, .bytes = part}};
    if (holdwire_put(&l->queue, &m)) l->input.sent += part.n;
}

static void on_written(uv_write_t *write, int status) {
    HoldLink *l = write->data;
    l->is_writing = false;
    if (status < 0) return fail(l, ERR_PROCESS, "cannot write to the hold");
    flush(l);
}

static void flush(HoldLink *l) {
    if (l->is_writing || l->state == LINK_CLOSING) return;
    if (l->state == LINK_READY) add_part(l);
    if (l->queue.n == 0) return;
    Buf written = l->writing;
    l->writing = l->queue;
    l->queue = written;
    buf_clear(&l->queue);
    uv_buf_t out = uv_buf_init(l->writing.p, (unsigned)l->writing.n);
    l->is_writing = true;
    l->write.data = l;
    if (uv_write(&l->write, (uv_stream_t *)&l->pipe, &out, 1, on_written) < 0) {
        l->is_writing = false;
        fail(l, ERR_PROCESS, "cannot write to the hold");
    }
}

/* Orders are small; a full queue means that the hold is stuck. */
static bool send_order(HoldLink *l, const HoldMsg *m) {
    if (l->state != LINK_READY) return false;
    enum { ROOM_FOR_A_PART = IN_MAX };
    size_t size = HOLD_MSG_HEADER + (m->type == HOLD_MSG_POKE ? m->poke.n : 64);
    if (l->queue.n + size + ROOM_FOR_A_PART > QUEUE_MAX) return false;
    holdwire_put(&l->queue, m);
    flush(l);
    return true;
}

static void send_or_fail(HoldLink *l, const HoldMsg *m) {
    if (!send_order(l, m) && l->state == LINK_READY) fail(l, ERR_PROCESS, "the hold does not read its orders");
}

void holdlink_go(HoldLink *l) { send_or_fail(l, &(HoldMsg){.type = HOLD_MSG_GO}); }

bool holdlink_input(HoldLink *l, uint64_t n, Str bytes) {
    if (l->state != LINK_READY || l->input.n || bytes.n > HOLD_INPUT_MAX) return false;
    buf_add_str(&l->input.bytes, bytes);
    l->input.n = n;
    l->input.sent = 0;
    if (bytes.n)
        flush(l);
    else
        send_or_fail(l, &(HoldMsg){.type = HOLD_MSG_INPUT, .input = {.n = n}});
    return true;
}

bool holdlink_poke(HoldLink *l, Str bytes) {
    if (bytes.n > HOLD_PART_MAX || !send_order(l, &(HoldMsg){.type = HOLD_MSG_POKE, .poke = bytes})) return false;
    l->n_poked += bytes.n;
    return true;
}

uint64_t holdlink_pokes_left(const HoldLink *l) { return l->n_poked - l->n_poke_acked; }

bool holdlink_acks_pokes(const HoldLink *l) {
    Str rest = buf_str(&l->features), word;
    while (rest.n && str_split(&rest, ' ', &word))
        if (str_is(word, HOLD_FEATURE_POKE_ACK)) return true;
    return false;
}

void holdlink_size(HoldLink *l, HoldSize size) { send_or_fail(l, &(HoldMsg){.type = HOLD_MSG_SIZE, .size = size}); }

/* Any process of the same user, above all its own child, can stop a hold as Ctrl-Z does; a stopped hold reads no
 * orders. */
static void wake(const HoldLink *l) {
    if (l->peer_pid > 0) kill((pid_t)l->peer_pid, SIGCONT);
}

void holdlink_stop(HoldLink *l, int64_t grace_ms) {
    wake(l);
    int64_t bounded = grace_ms < 0 ? 0 : grace_ms > INT32_MAX ? INT32_MAX : grace_ms;
    send_or_fail(l, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = (uint32_t)bounded});
}

void holdlink_kill(HoldLink *l) {
    wake(l);
    send_or_fail(l, &(HoldMsg){.type = HOLD_MSG_KILL});
}

void holdlink_set_derived(HoldLink *l, uint64_t offset) {
    send_or_fail(l, &(HoldMsg){.type = HOLD_MSG_SET_DERIVED, .derived = offset});
}

void holdlink_bye(HoldLink *l) { send_or_fail(l, &(HoldMsg){.type = HOLD_MSG_BYE}); }

/* ---- Connecting ---- */

static void greet(HoldLink *l) {
    l->state = LINK_GREETING;
    timer_start(&l->wait, l->answer_ms, 0);
    wake(l);
    HoldMsg hello = {
        .type = HOLD_MSG_HELLO,
        .hello = {.version = HOLD_WIRE_VERSION, .launch = buf_str(&l->launch), .nonce = buf_str(&l->nonce)}};
    holdwire_put(&l->queue, &hello);
    if (uv_read_start((uv_stream_t *)&l->pipe, on_alloc, on_read) < 0)
        return fail(l, ERR_PROCESS, "cannot read from the hold");
    flush(l);
}

/* A pipe whose connect failed cannot be reused: it is closed, and a new one is tried a moment later. */
static void on_failed_pipe_closed(uv_handle_t *pipe) {
    HoldLink *l = pipe->data;
    l->has_pipe = false;
    if (l->state == LINK_CLOSING) return on_handle_closed(l);
    l->open_handles--;
    timer_start(&l->again, CONNECT_EVERY_MS, 0);
}

static void on_connected(uv_connect_t *connect, int status) {
    HoldLink *l = connect->data;
    if (l->state == LINK_CLOSING) return;
    if (status < 0) return uv_close((uv_handle_t *)&l->pipe, on_failed_pipe_closed);
    if (!is_own_peer(l)) return fail(l, ERR_FORBIDDEN, "the launch's socket belongs to another user");
    greet(l);
}

static void try_connect(HoldLink *l) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d/sock", l->dirfd);
    uv_pipe_init(loop_uv(l->loop), &l->pipe, 0);
    l->pipe.data = l->connect.data = l;
    l->has_pipe = true;
    l->open_handles++;
    uv_pipe_connect(&l->connect, &l->pipe, path, on_connected);
}

static void on_again(Timer *t) { try_connect(container_of(t, HoldLink, again)); }

static void on_wait_over(Timer *t) {
    HoldLink *l = container_of(t, HoldLink, wait);
    fail(l, ERR_TIMEOUT, l->state == LINK_CONNECTING ? "no hold is listening" : "the hold does not answer");
}

int holdlink_open(const HoldLinkConfig *c, HoldLink **ret, Err *e) {
    HoldLink *l = mu_new(HoldLink);
    *l = (HoldLink){.loop = c->loop, .on = c->on, .arg = c->arg, .answer_ms = c->answer_ms};
    buf_init(&l->launch, 128);
    buf_init(&l->nonce, 128);
    buf_init(&l->features, UINT16_MAX);
    buf_init(&l->in, IN_MAX);
    buf_init(&l->queue, QUEUE_MAX);
    buf_init(&l->writing, QUEUE_MAX);
    buf_init(&l->input.bytes, HOLD_INPUT_MAX);
    l->dirfd = fcntl(c->dirfd, F_DUPFD_CLOEXEC, 3);
    int result = l->dirfd < 0 ? err_sys(e, "cannot duplicate the launch's folder descriptor") : 0;
    if (result == 0 && (!buf_add_str(&l->launch, c->launch) || !buf_add_str(&l->nonce, c->nonce)))
        result = err_fail(e, ERR_INVALID, "the launch id or nonce is too long");
    if (result < 0) {
        link_free(l);
        return result;
    }
    timer_init(l->loop, &l->wait, on_wait_over);
    timer_init(l->loop, &l->again, on_again);
    l->open_handles = 2;
    timer_start(&l->wait, c->connect_ms, 0);
    try_connect(l);
    *ret = l;
    return 0;
}

/* ---- State ---- */

bool holdlink_is_ready(const HoldLink *l) { return l->state == LINK_READY; }

const HoldHead *holdlink_head(const HoldLink *l) { return &l->head; }

int launch_lock_is_held(int dirfd, bool *ret_held, Err *e) { return file_is_locked(dirfd, "lock", ret_held, e); }
