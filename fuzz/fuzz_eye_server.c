/* eye.sock, what the eye reads: whatever a consumer sends, the program inside goes on, nobody else is disconnected, and when
 * the consumer ends everything that it held is free. The input is a byte of choices and a series of acts: a message (its
 * highest bit: the header is in the payload) with its length and payload, or something that a good consumer would do. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "eye_serving.h"
#include "fuzz.h"

enum { RAW = 0x80, ACTS = 0x60 };
enum { ACT_DRAW = ACTS, ACT_REPLACE, ACT_RELEASE, ACT_STEP, ACT_DRAIN, ACT_SIZE };

static EyeFrame newest;
static uint64_t n_steps;

static void drain(int fd) {
    RigMessage m;
    while (rig_try_receive(fd, &m)) {
        MUST(m.head.version == EYE_ABI_V2);
        for (int i = 0; i < m.n_fds; i++) close(m.fds[i]);
        if (m.head.type == EYE_FRAME) newest = m.frame;
    }
}

static void send_packet(int fd, int type, Str payload) {
    uint8_t packet[sizeof(EyeAbiHeader) + UINT8_MAX];
    EyeAbiHeader head = {"MBEYEABI", EYE_ABI_V2, (uint16_t)type, (uint32_t)payload.n, 0};
    size_t n = type & RAW ? 0 : sizeof head;
    memcpy(packet, &head, n);
    memcpy(packet + n, payload.p, payload.n);
    if (n + payload.n && send(fd, packet, n + payload.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        MUST(errno == EPIPE || errno == EAGAIN || errno == ECONNRESET);
}

static void send_good(int fd, int type, const void *payload, size_t n) { send_packet(fd, type, str_n(payload, n)); }

static void act(int fd, int what) {
    EyeRelease release = {.buffer = newest.buffer, .frame_id = newest.frame_id};
    EyeStep step = {.step = ++n_steps, .frames = 1, .flags = EYE_STEP_RELEASES};
    switch (what) {
    case ACT_DRAW: serving_draw(); break;
    case ACT_REPLACE: serving_replace(); break;
    case ACT_RELEASE: send_good(fd, EYE_RELEASE, &release, sizeof release); break;
    case ACT_STEP: send_good(fd, EYE_STEP, &step, sizeof step); break;
    case ACT_SIZE: rig_order("{\"type\":\"size\",\"width\":96,\"height\":32}"); break;
    default: drain(fd);
    }
}

/* The next act of the input, cut off it. */
static bool take(Str *rest, int fd) {
    if (rest->n < 1) return false;
    int what = (uint8_t)rest->p[0];
    *rest = str_from(*rest, 1);
    if ((what & ACTS) == ACTS && !(what & RAW)) {
        act(fd, what);
    } else {
        size_t n = rest->n ? (uint8_t)rest->p[0] : 0;
        Str payload = str_upto(str_from(*rest, 1), n);
        send_packet(fd, what, payload);
        *rest = str_from(*rest, 1 + payload.n);
    }
    rig_settle();
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    const Eye *eye = serving_begin(data[0] & 1);
    EyeHello hello = {.role = data[0] >> 1 & 1, .accepts = data[0] >> 4, .credits = 1 + (data[0] >> 2 & 3)};
    int fd = rig_connect(EYE_ABI_V2);
    if (data[0] & 8) send_good(fd, EYE_HELLO, &hello, sizeof hello);
    Str rest = str_n(data + 1, size - 1);
    for (int n = 0; n < 200 && take(&rest, fd);) n++;
    drain(fd);
    serving_end(eye, fd);
    return 0;
}
