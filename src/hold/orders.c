/* Orders: what the daemon sends over the socket, and what the hold answers. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "hold/hold.h"

enum { HEAD_EVERY_US = 2000 };
static const char features[] = "tree_signal " HOLD_FEATURE_POKE_ACK;

static HoldHead present_head(const Hold *h) {
    uint32_t flags = (h->is_started ? HOLD_IS_STARTED : 0) | (h->is_full ? HOLD_IS_FULL : 0) |
                     (output_is_backlogged(h) ? HOLD_IS_BACKLOGGED : 0) | (h->stop ? HOLD_IS_STOPPING : 0) |
                     (h->phase == PHASE_ENDED ? HOLD_IS_EXITED : 0) |
                     (h->is_started && h->input.fd < 0 ? HOLD_STDIN_CLOSED : 0) |
                     (h->is_suspended && h->phase == PHASE_RUNNING ? HOLD_IS_SUSPENDED : 0);
    HoldHead head;
    memset(&head, 0, sizeof head);
    head.head = h->log.head;
    head.first = logfile_first(&h->log);
    head.last_input = h->input.last;
    head.delivered = h->input.delivered;
    head.flags = flags;
    head.pid = (int32_t)h->child;
    head.rss_bytes = h->rss_bytes;
    head.processes = h->processes;
    return head;
}

static void send_head(Hold *h, const HoldHead *head) {
    h->sent_head = *head;
    h->head_sent_at = clock_mono_us();
    h->due[DUE_HEAD] = 0;
    client_send(&h->clients.served, &(HoldMsg){.type = HOLD_MSG_HEAD, .head = *head});
}

/* A client that does not read gets a single head, with all changes, once it reads again. */
void orders_send_head(Hold *h) {
    if (!client_is_open(&h->clients.served) || client_wants_write(&h->clients.served)) return;
    HoldHead head = present_head(h);
    if (memcmp(&head, &h->sent_head, sizeof head) == 0) return;
    int64_t wait = h->head_sent_at + HEAD_EVERY_US - clock_mono_us();
    if (wait > 0) {
        if (!h->due[DUE_HEAD]) hold_set_due(h, DUE_HEAD, wait);
        return;
    }
    send_head(h, &head);
}

/* What an earlier client poked is not counted, and is written first. */
void orders_send_poked(Hold *h) {
    uint64_t taken = h->input.n_taken > h->poked_before ? h->input.n_taken - h->poked_before : 0;
    if (taken == h->poked_sent || !client_is_open(&h->clients.served)) return;
    h->poked_sent = taken;
    client_send(&h->clients.served, &(HoldMsg){.type = HOLD_MSG_POKE_ACK, .poked = taken});
}

static void send_ack(Hold *h, uint64_t n, HoldAck status) {
    client_send(&h->clients.served, &(HoldMsg){.type = HOLD_MSG_INPUT_ACK, .ack = {.n = n, .status = status}});
}

void orders_refuse_input(Hold *h, uint64_t n) { send_ack(h, n, HOLD_ACK_CLOSED); }

void orders_accept_input(Hold *h) {
    InputStep step = INPUT_IDLE;
    while (!h->is_full && (step = input_accept(&h->input, &h->log)) == INPUT_ACCEPTED)
        send_ack(h, h->input.last, HOLD_ACK_ACCEPTED);
    if (step == INPUT_HELD) output_set_full(h);
}

/* ---- One function per order ---- */

static void on_go(Hold *h, const HoldMsg *m UNUSED) { hold_start_child(h); }

static void on_input(Hold *h, const HoldMsg *m) {
    HoldAck answer = h->phase == PHASE_WAITING ? HOLD_ACK_CLOSED : input_take(&h->input, &m->input);
    if (answer != HOLD_ACK_ACCEPTED) send_ack(h, m->input.n, answer);
}

static void on_poke(Hold *h, const HoldMsg *m) { input_poke(&h->input, m->poke); }

static void on_size(Hold *h, const HoldMsg *m) {
    h->size = m->size;
    h->has_size = true;
    output_resize(h);
}

static void on_signal(Hold *h, const HoldMsg *m) {
    int signal = m->signal.signal;
    if (signal < 1 || signal >= NSIG || h->child <= 0) return;
    if (!m->signal.whole_tree) return end_signal_group(h, signal);
    bool pauses = signal == SIGSTOP, resumes = signal == SIGCONT;
    if (pauses && cgroup_freeze(&h->cgroup, true)) return;
    if (pauses) return tree_stop(&h->tree, getpid());
    if (resumes) cgroup_freeze(&h->cgroup, false);
    tree_walk(&h->tree, getpid(), TREE_ALL);
    tree_signal(&h->tree, signal);
}

static void on_stop(Hold *h, const HoldMsg *m) { end_stop(h, m->grace_ms, "stopped"); }

static void on_kill(Hold *h, const HoldMsg *m UNUSED) {
    h->is_given_up = true;
    end_kill(h, "killed");
}

static void on_derived(Hold *h, const HoldMsg *m) {
    if (m->derived > h->derived) h->derived = m->derived;
}

static void on_bye(Hold *h, const HoldMsg *m UNUSED) { h->is_bye = h->phase == PHASE_ENDED; }

static void (*const orders[])(Hold *h, const HoldMsg *m) = {
    [HOLD_MSG_GO] = on_go,     [HOLD_MSG_INPUT] = on_input,         [HOLD_MSG_POKE] = on_poke,
    [HOLD_MSG_SIZE] = on_size, [HOLD_MSG_SIGNAL] = on_signal,       [HOLD_MSG_STOP] = on_stop,
    [HOLD_MSG_KILL] = on_kill, [HOLD_MSG_SET_DERIVED] = on_derived, [HOLD_MSG_BYE] = on_bye,
};

/* ---- Reading ---- */

void orders_read(Hold *h) {
    Client *c = &h->clients.served;
    if (!client_is_open(c)) return;
    bool is_open = client_read(c);
    HoldMsg m;
    size_t size;
    HoldCond cond = HOLD_CUT;
    while (client_is_open(c) && (cond = client_next(c, &m, &size)) == HOLD_WHOLE) {
        if ((size_t)m.type < COUNT_OF(orders) && orders[m.type]) orders[m.type](h, &m);
        if (client_is_open(c)) client_drop(c, size);
    }
    if (is_open && cond != HOLD_BAD) return;
    client_close(c);
    input_forget_partial(&h->input);
}

static void welcome(Hold *h) {
    client_send(&h->clients.served, &(HoldMsg){.type = HOLD_MSG_HELLO,
                                               .hello = {.version = HOLD_WIRE_VERSION,
                                                         .launch = h->spec.launch,
                                                         .nonce = h->spec.nonce,
                                                         .features = str(features)}});
    HoldHead head = present_head(h);
    send_head(h, &head);
    if (h->phase == PHASE_ENDED) end_send_exited(h);
}

void orders_greet(Hold *h) {
    Client *c = &h->clients.greeting;
    bool is_open = client_read(c);
    HoldMsg m;
    size_t size;
    HoldCond cond = client_next(c, &m, &size);
    if (cond == HOLD_CUT && is_open) return;
    if (cond != HOLD_WHOLE || !clients_greet(&h->clients, &m)) return client_close(c);
    input_forget_partial(&h->input);
    h->poked_before = h->input.n_poked;
    h->poked_sent = 0;
    client_drop(&h->clients.served, size);
    welcome(h);
    orders_read(h); /* what arrived together with the hello */
}
