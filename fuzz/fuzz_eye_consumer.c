/* libmuster-eye, what it reads: whatever an eye sends, only memory that is there is handed out, every byte of a frame can be
 * read, each frame is released once, and nothing leaks. The input is a series of packets: type (its highest bit: the header is
 * in the payload), descriptors, length, payload. The first byte says whether a good greeting precedes them. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "eye_peer.h"
#include "fuzz.h"
#include "muster-eye.h"

enum { RAW = 0x80, MEMORY = 8192, HELD_MAX = EYE_ABI_CREDITS_MAX };

/* Kinds of descriptors. */
enum { FD_NONE, FD_SEALED, FD_UNSEALED, FD_SOCKET, FD_TWO, FD_KINDS };

static volatile uint8_t read_last; /* so that reads are not left out */
static int sealed = -1, unsealed = -1, other = -1;

static void make_memory(void) {
    if (sealed >= 0) return;
    sealed = peer_memory(MEMORY, F_SEAL_SHRINK);
    unsealed = peer_memory(MEMORY, 0);
    MUST(peer_pair(&other) >= 0);
}

/* All that the library says may be read. */
static void look_at(const MusterEyeFrame *f) {
    MUST(f->n_planes >= 1 && f->n_planes <= EYE_ABI_PLANES_MAX);
    MUST((uint64_t)f->damage_x + f->damage_width <= f->width && (uint64_t)f->damage_y + f->damage_height <= f->height);
    MUST(f->content_width <= f->width && f->content_height <= f->height);
    for (uint32_t i = 0; i < f->n_planes; i++) {
        const MusterEyePlane *p = &f->plane[i];
        if (!p->pixels) continue;
        MUST(p->size <= MEMORY && p->offset + p->size <= MEMORY);
        for (size_t at = 0; at < p->size; at += 64) read_last = p->pixels[at];
        read_last = p->pixels[p->size - 1];
    }
}

typedef struct Frames {
    MusterEyeFrame items[HELD_MAX];
    uint32_t n;
} Frames;

/* Reads what there is; the oldest frame is given back when all credits are used. False: the connection is over. */
static bool read_events(MusterEye *eye, Frames *held) {
    MusterEyeEvent ev;
    for (;;) {
        int r = muster_eye_next(eye, 0, &ev, NULL);
        if (r <= 0) return r == 0;
        if (ev.kind != MUSTER_EYE_FRAME) continue;
        look_at(&ev.frame);
        MUST(held->n < muster_eye_info(eye)->credits);
        held->items[held->n++] = ev.frame;
        if (held->n < muster_eye_info(eye)->credits) continue;
        MUST(muster_eye_release(eye, &held->items[0], NULL) <= 0);
        MUST(muster_eye_release(eye, &held->items[0], NULL) < 0);
        memmove(held->items, held->items + 1, --held->n * sizeof *held->items);
    }
}

static void send_packet(int peer, const uint8_t *in, Str payload) {
    int fds[] = {in[1] % FD_KINDS == FD_UNSEALED ? unsealed : in[1] % FD_KINDS == FD_SOCKET ? other : sealed, sealed};
    uint32_t n_fds = in[1] % FD_KINDS == FD_TWO ? 2 : in[1] % FD_KINDS != FD_NONE;
    EyeAbiHeader head = peer_header(in[0] & ~RAW, payload.n, n_fds);
    if (in[0] & RAW && payload.n >= sizeof head) {
        memcpy(&head, payload.p, sizeof head);
        payload = str_from(payload, sizeof head);
        n_fds = head.fds = head.fds < 2 ? head.fds : 2;
    }
    peer_send_raw(peer, &head, payload.p, payload.n, n_fds ? fds : NULL);
}

/* The next packet of the input, cut off it. */
static bool take_packet(Str *rest, int peer) {
    if (rest->n < 3) return false;
    const uint8_t *in = (const uint8_t *)rest->p;
    Str payload = str_upto(str_from(*rest, 3), in[2]);
    send_packet(peer, in, payload);
    *rest = str_from(*rest, 3 + payload.n);
    return true;
}

/* Without `keeps` the frame that came last is void afterwards, where it came to the step. */
static void ask_for_step(MusterEye *eye, Frames *held, bool keeps) {
    if (muster_eye_send_step(eye, &(MusterEyeStep){.keeps_last = keeps}, NULL, NULL) < 0 || keeps || held->n == 0)
        return;
    muster_eye_release(eye, &held->items[--held->n], NULL);
}

static int drain(int peer) {
    static PeerMessage m;
    int n = 0;
    while (peer_receive(peer, &m)) n++;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Frames held;
    MusterEyeOptions o = {.name = "fuzz", .role = EYE_ROLE_STEP, .credits = 2, .timeout_ms = 1};
    MusterEye *eye;
    int fd;
    if (size < 4) return 0;
    make_memory();
    held.n = 0;
    int peer = peer_pair(&fd);
    Str rest = str_n(data + 1, size - 1);
    if (data[0] & 1)
        peer_send_ack(peer);
    else
        take_packet(&rest, peer);
    if (data[0] & 2) o.accepts = EYE_ACCEPTS_SHM | EYE_ACCEPTS_DMABUF | EYE_ACCEPTS_UNSEALED;
    if (muster_eye_open_fd(fd, &o, &eye, NULL) == 0) {
        bool goes_on = true;
        while (goes_on && take_packet(&rest, peer)) {
            goes_on = read_events(eye, &held);
            if (data[0] & 4) ask_for_step(eye, &held, data[0] & 8);
            drain(peer);
        }
        for (uint32_t i = 0; i < held.n; i++) look_at(&held.items[i]); /* also when the connection is over */
        muster_eye_close(eye);
    }
    close(peer);
    return 0;
}
