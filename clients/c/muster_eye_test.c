#include "muster-eye.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "eye_peer.h"

enum { SIZE = 4 * PEER_PICTURE };

static MusterEyeOptions options(void) {
    return (MusterEyeOptions){.name = "test", .role = EYE_ROLE_STEP, .timeout_ms = 1000};
}

/* A connection that has greeted; the HELLO is read. */
static MusterEye *opened(int *ret_peer, const MusterEyeOptions *o) {
    MusterEye *eye = NULL;
    MusterEyeError e = {0};
    PeerMessage m;
    int fd;
    *ret_peer = peer_pair(&fd);
    peer_send_ack(*ret_peer);
    if (muster_eye_open_fd(fd, o, &eye, &e) < 0) test_fail(__FILE__, __LINE__, "open: %s", e.text);
    CHECK(peer_receive(*ret_peer, &m) && m.head.type == EYE_HELLO);
    return eye;
}

static MusterEye *with_buffer(int *ret_peer, int *ret_memory) {
    MusterEyeOptions o = options();
    MusterEye *eye = opened(ret_peer, &o);
    *ret_memory = peer_memory(SIZE, F_SEAL_SHRINK);
    peer_send_pool(*ret_peer, 1, SIZE, dup(*ret_memory));
    peer_send_buffer(*ret_peer, 1, 1, PEER_PICTURE);
    return eye;
}

static void end(MusterEye *eye, int peer, int memory) {
    muster_eye_close(eye);
    close(peer);
    if (memory >= 0) close(memory);
}

static MusterEyeFrame next_frame(MusterEye *eye) {
    MusterEyeEvent ev;
    MusterEyeError e = {0};
    int r = muster_eye_next(eye, 1000, &ev, &e);
    if (r != 1) test_fail(__FILE__, __LINE__, "no event: %d %s", r, e.text);
    CHECK_I64(ev.kind, MUSTER_EYE_FRAME);
    return ev.frame;
}

static uint32_t pixel(const MusterEyeFrame *f, uint32_t x, uint32_t y) {
    uint32_t value;
    memcpy(&value, f->plane[0].pixels + (size_t)y * f->plane[0].stride + x * sizeof value, sizeof value);
    return value;
}

static int count_fds(void) {
    int n = 0;
    for (int fd = 0; fd < 200; fd++) n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static int count_maps(void) {
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512];
    int n = 0;
    while (f && fgets(line, sizeof line, f)) n += strstr(line, "memfd:peer") != NULL;
    if (f) fclose(f);
    return n;
}

/* ---- Bad eyes ---- */

static int read_until_error(int fd, MusterEyeError *e) {
    MusterEyeOptions o = options();
    MusterEye *eye;
    MusterEyeEvent ev;
    int r = muster_eye_open_fd(fd, &o, &eye, e);
    if (r < 0) return r;
    while ((r = muster_eye_next(eye, 1000, &ev, e)) > 0) continue;
    if (r < 0) CHECK_I64(muster_eye_next(eye, 0, &ev, NULL), r); /* and it stays so */
    muster_eye_close(eye);
    return r;
}

TEST(each_bad_stream_is_refused_with_its_reason) {
    for (size_t i = 0; i < eye_peer_cases_n; i++) {
        const PeerCase *c = &eye_peer_cases[i];
        MusterEyeError e = {0};
        int fd, before = count_fds(), peer = peer_pair(&fd);
        c->play(peer);
        shutdown(peer, SHUT_WR);
        int r = read_until_error(fd, &e);
        close(peer);
        if (r >= 0 || !strstr(e.text, c->says))
            test_fail(__FILE__, __LINE__, "%s: %d, \"%s\", wanted \"%s\"", c->name, r, e.text, c->says);
        if (r != e.code || (r != -EPROTO && r != -ECONNRESET)) test_fail(__FILE__, __LINE__, "%s: code %d", c->name, r);
        if (count_fds() != before) test_fail(__FILE__, __LINE__, "%s: descriptors leak", c->name);
        if (count_maps()) test_fail(__FILE__, __LINE__, "%s: mappings leak", c->name);
    }
}

TEST(a_malformed_message_is_answered_with_a_goodbye) {
    MusterEyeOptions o = options();
    MusterEyeEvent ev;
    PeerMessage m;
    EyeBye bye;
    int peer;
    MusterEye *eye = opened(&peer, &o);
    peer_send_reset(peer, EYE_RESET_CLIENT, 0);
    CHECK_I64(muster_eye_next(eye, 1000, &ev, NULL), -EPROTO);
    CHECK(peer_receive(peer, &m));
    CHECK_I64(m.head.type, EYE_BYE);
    memcpy(&bye, m.payload, sizeof bye);
    CHECK_I64(bye.reason, EYE_BYE_PROTOCOL);
    CHECK_I64(muster_eye_ping(eye, 1, NULL), -EPROTO);
    end(eye, peer, -1);
}

TEST(unsealed_memory_is_mapped_where_it_was_accepted) {
    MusterEyeOptions o = options();
    int peer;
    o.accepts = EYE_ACCEPTS_SHM | EYE_ACCEPTS_UNSEALED;
    MusterEye *eye = opened(&peer, &o);
    peer_send_pool(peer, 1, SIZE, peer_memory(SIZE, 0));
    peer_send_buffer(peer, 1, 1, 0);
    peer_send_frame(peer, 1, 1, 1);
    MusterEyeFrame f = next_frame(eye);
    CHECK_I64(pixel(&f, 1, 0), 1);
    end(eye, peer, -1);
}

/* ---- Opening ---- */

TEST(the_greeting_says_what_was_asked_for) {
    MusterEyeOptions o = {.name = "fifteen bytes..", .credits = 3, .max_hz = 30};
    MusterEye *eye = NULL;
    PeerMessage m;
    EyeHello hello;
    EyeHelloAck ack = peer_ack();
    int fd, peer = peer_pair(&fd);
    ack.role = EYE_ROLE_WATCH;
    peer_send(peer, EYE_HELLO_ACK, &ack, sizeof ack, -1);
    CHECK_I64(muster_eye_open_fd(fd, &o, &eye, NULL), 0);
    CHECK(peer_receive(peer, &m));
    memcpy(&hello, m.payload, sizeof hello);
    CHECK(m.head.type == EYE_HELLO && m.head.payload == sizeof hello && m.head.version == EYE_ABI_V2);
    CHECK(hello.role == EYE_ROLE_WATCH && hello.accepts == EYE_ACCEPTS_SHM && hello.credits == 3 && hello.max_hz == 30);
    CHECK(memcmp(hello.name, "fifteen bytes..", 16) == 0);
    CHECK(muster_eye_info(eye)->width == PEER_WIDTH && muster_eye_info(eye)->credits == 2);
    CHECK_I64(muster_eye_send_step(eye, &(MusterEyeStep){0}, NULL, NULL), -EPERM);
    end(eye, peer, -1);
}

TEST(opening_fails_with_what_is_wrong) {
    MusterEyeOptions o = options();
    MusterEye *eye = NULL;
    MusterEyeError e;
    EyeBye full = {EYE_BYE_FULL, 0};
    int fd, peer = peer_pair(&fd), pair[2];
    peer_send(peer, EYE_BYE, &full, sizeof full, -1);
    CHECK_I64(muster_eye_open_fd(fd, &o, &eye, &e), -ECONNREFUSED);
    CHECK(strstr(e.text, "as many consumers as it may have"));
    close(peer);
    peer = peer_pair(&fd);
    peer_send(peer, EYE_BYE, &full, sizeof full, -1);
    close(peer);
    CHECK_I64(muster_eye_open_fd(fd, &o, &eye, &e), -ECONNREFUSED);
    peer = peer_pair(&fd);
    o.timeout_ms = 20;
    CHECK_I64(muster_eye_open_fd(fd, &o, &eye, &e), -ETIMEDOUT);
    close(peer);
    CHECK_I64(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_I64(muster_eye_open_fd(pair[0], &o, &eye, &e), -EINVAL);
    close(pair[1]);
    peer = peer_pair(&fd);
    o.name = "a name that is too long";
    CHECK_I64(muster_eye_open_fd(fd, &o, &eye, &e), -EINVAL);
    close(peer);
    CHECK_I64(muster_eye_open("/nowhere/eye.sock", &(MusterEyeOptions){0}, &eye, &e), -ENOENT);
    CHECK(strstr(e.text, "/nowhere/eye.sock"));
    CHECK(!eye);
}

/* ---- Frames ---- */

TEST(a_frame_is_the_memory_itself) {
    int peer, memory;
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send_frame(peer, 1, 11, 1);
    MusterEyeFrame f = next_frame(eye);
    CHECK(f.id == 11 && f.step == 1 && f.width == PEER_WIDTH && f.height == PEER_HEIGHT &&
          f.plane[0].stride == PEER_STRIDE);
    CHECK(f.damage_x == 1 && f.damage_y == 2 && f.damage_width == 3 && f.damage_height == 4 && f.fence == -1);
    CHECK_I64(pixel(&f, 3, 2), (PEER_PICTURE + 2 * PEER_STRIDE) / 4 + 3);
    uint32_t written = 0xdecade;
    CHECK(pwrite(memory, &written, 4, PEER_PICTURE) == 4);
    CHECK_I64(pixel(&f, 0, 0), written);
    CHECK(ftruncate(memory, 16) < 0); /* it cannot vanish */
    end(eye, peer, memory);
    CHECK_I64(count_maps(), 0);
}

TEST(releasing_a_frame_to_an_eye_that_is_gone_is_no_error) {
    int peer, memory;
    MusterEyeEvent ev;
    MusterEyeError e = {0};
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send_frame(peer, 1, 1, 1);
    peer_send_frame(peer, 1, 2, 2);
    close(peer);
    for (uint64_t id = 1; id <= 2; id++) { /* what it sent before it went is there */
        MusterEyeFrame f = next_frame(eye);
        CHECK_I64(f.id, id);
        CHECK_I64(muster_eye_release(eye, &f, &e), 0);
        CHECK_I64(e.code, 0);
    }
    CHECK_I64(muster_eye_next(eye, 1000, &ev, NULL), -ECONNRESET);
    muster_eye_close(eye);
    close(memory);
}

TEST(a_frame_is_released_exactly_once) {
    int peer, memory;
    PeerMessage m;
    EyeRelease out;
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send_frame(peer, 1, 11, 1);
    peer_send_frame(peer, 1, 11, 2); /* the same picture, once more */
    MusterEyeFrame a = next_frame(eye), b = next_frame(eye);
    CHECK_I64(muster_eye_release(eye, &a, NULL), 0);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_RELEASE);
    memcpy(&out, m.payload, sizeof out);
    CHECK(out.buffer == 1 && out.frame_id == 11);
    CHECK_I64(muster_eye_release(eye, &a, NULL), -EINVAL);
    CHECK(!peer_receive(peer, &m));
    CHECK_I64(pixel(&b, 0, 0), PEER_PICTURE / 4);
    CHECK_I64(muster_eye_release(eye, &b, NULL), 0);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_RELEASE);
    end(eye, peer, memory);
}

TEST(memory_that_is_held_outlives_its_pool) {
    int peer, memory;
    EyeGone buffer = {EYE_GONE_BUFFER, 1}, pool = {EYE_GONE_POOL, 1};
    MusterEyeEvent ev;
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send_frame(peer, 1, 1, 1);
    MusterEyeFrame old = next_frame(eye);
    peer_send_pool(peer, 1, 2 * SIZE, peer_memory(2 * SIZE, F_SEAL_SHRINK)); /* it grows */
    peer_send_buffer(peer, 2, 1, SIZE);
    peer_send_frame(peer, 2, 2, 2);
    MusterEyeFrame new = next_frame(eye);
    CHECK_I64(count_maps(), 2);
    CHECK_I64(pixel(&new, 0, 0), SIZE / 4);
    CHECK_I64(pixel(&old, 0, 0), PEER_PICTURE / 4);
    CHECK_I64(muster_eye_release(eye, &old, NULL), 0);
    CHECK_I64(count_maps(), 1);
    peer_send(peer, EYE_GONE, &buffer, sizeof buffer, -1);
    peer_send(peer, EYE_GONE, &pool, sizeof pool, -1);
    CHECK_I64(muster_eye_next(eye, 0, &ev, NULL), 0);
    CHECK_I64(pixel(&new, 0, 0), SIZE / 4);
    muster_eye_release(eye, &new, NULL);
    CHECK_I64(count_maps(), 0);
    end(eye, peer, memory);
}

TEST(what_is_said_to_have_changed_is_within_the_picture) {
    int peer, memory;
    EyeFrame f = peer_frame(1, 1, 1);
    MusterEye *eye = with_buffer(&peer, &memory);
    f.damage_x = 10, f.damage_width = UINT32_MAX, f.damage_y = 100, f.damage_height = 1;
    f.content_width = 1u << 31;
    peer_send(peer, EYE_FRAME, &f, sizeof f, -1);
    MusterEyeFrame got = next_frame(eye);
    CHECK(got.damage_x == 10 && got.damage_width == 6 && got.damage_y == PEER_HEIGHT && got.damage_height == 0);
    CHECK_I64(got.content_width, PEER_WIDTH);
    end(eye, peer, memory);
}

TEST(a_frame_with_a_fence_comes_when_it_is_drawn) {
    int peer, memory, fence = eventfd(0, EFD_CLOEXEC);
    EyeFrame f = peer_frame(1, 1, 1);
    MusterEyeEvent ev;
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send(peer, EYE_FRAME, &f, sizeof f, fence);
    CHECK_I64(muster_eye_next(eye, 0, &ev, NULL), 0);
    CHECK_I64(muster_eye_next(eye, 10, &ev, NULL), 0);
    struct pollfd p = {muster_eye_fd(eye), POLLIN, 0};
    CHECK_I64(poll(&p, 1, 0), 0);
    CHECK_I64(eventfd_write(fence, 1), 0);
    CHECK_I64(poll(&p, 1, 1000), 1);
    CHECK(muster_eye_next(eye, 0, &ev, NULL) == 1 && ev.kind == MUSTER_EYE_FRAME && ev.frame.fence == -1);
    CHECK_I64(pixel(&ev.frame, 0, 0), PEER_PICTURE / 4);
    end(eye, peer, memory);
    close(fence);
}

TEST(a_step_gives_back_a_frame_that_still_waits_for_its_fence) {
    int peer, memory, fence = eventfd(0, EFD_CLOEXEC);
    EyeFrame f = peer_frame(1, 1, 1);
    MusterEyeEvent ev;
    PeerMessage m;
    EyeStep out;
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send(peer, EYE_FRAME, &f, sizeof f, fence);
    CHECK_I64(muster_eye_next(eye, 0, &ev, NULL), 0);
    CHECK_I64(muster_eye_send_step(eye, &(MusterEyeStep){0}, NULL, NULL), 0);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_STEP);
    memcpy(&out, m.payload, sizeof out);
    CHECK_I64(out.flags, EYE_STEP_RELEASES);
    CHECK_I64(eventfd_write(fence, 1), 0);
    CHECK_I64(muster_eye_next(eye, 0, &ev, NULL), 0);
    peer_send_frame(peer, 1, 2, 1);
    CHECK_I64(next_frame(eye).id, 2);
    end(eye, peer, memory);
    close(fence);
}

TEST(a_fence_can_be_left_to_the_caller) {
    MusterEyeOptions o = options();
    int peer, fence = eventfd(0, EFD_CLOEXEC), before;
    EyeFrame in = peer_frame(1, 1, 1);
    o.leaves_fences = true;
    MusterEye *eye = opened(&peer, &o);
    peer_send_pool(peer, 1, SIZE, peer_memory(SIZE, F_SEAL_SHRINK));
    peer_send_buffer(peer, 1, 1, 0);
    before = count_fds();
    peer_send(peer, EYE_FRAME, &in, sizeof in, fence);
    MusterEyeFrame f = next_frame(eye);
    CHECK(f.fence >= 0 && fcntl(f.fence, F_GETFD) == FD_CLOEXEC);
    muster_eye_release(eye, &f, NULL);
    CHECK_I64(count_fds(), before);
    end(eye, peer, -1);
    close(fence);
}

TEST(frames_of_an_older_generation_are_given_back_unseen) {
    int peer, memory;
    PeerMessage m;
    EyeRelease out;
    MusterEyeEvent ev;
    EyeFrame f = peer_frame(1, 3, 2);
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send_frame(peer, 1, 1, 1);
    MusterEyeFrame held = next_frame(eye);
    peer_send_reset(peer, EYE_RESET_SIZE, 4);
    peer_send_frame(peer, 1, 2, 1);
    f.generation = 4;
    peer_send(peer, EYE_FRAME, &f, sizeof f, -1);
    CHECK(muster_eye_next(eye, 1000, &ev, NULL) == 1 && ev.kind == MUSTER_EYE_RESET);
    CHECK(ev.reason == EYE_RESET_SIZE && ev.generation == 4);
    CHECK_I64(pixel(&held, 0, 0), PEER_PICTURE / 4);
    MusterEyeFrame new = next_frame(eye);
    CHECK_I64(new.id, 3);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_RELEASE);
    memcpy(&out, m.payload, sizeof out);
    CHECK_I64(out.frame_id, 2);
    CHECK(!peer_receive(peer, &m));
    end(eye, peer, memory);
}

/* ---- Steps ---- */

TEST(a_step_carries_its_inputs_and_releases_the_last_frame) {
    int peer, memory;
    PeerMessage m;
    EyeStep out;
    EyeInput in[2], got[2];
    MusterEyeEvent ev;
    MusterEyeError e = {0};
    MusterEye *eye = with_buffer(&peer, &memory);
    in[0] = muster_eye_key((uint16_t)muster_eye_key_code("Space"), true);
    in[1] = muster_eye_motion(-1.5, 2);
    in[1].at = 3;
    MusterEyeStep step = {.inputs = in, .n_inputs = 2, .frames = 4, .dt_ns = 1000, .timeout_ms = 7, .wait_ms = 1000};
    peer_send_frame(peer, 1, 1, 1);
    if (muster_eye_step(eye, &step, &ev, &e) != 1) test_fail(__FILE__, __LINE__, "%s", e.text);
    CHECK(ev.kind == MUSTER_EYE_FRAME && ev.frame.step == 1);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_STEP && m.head.payload == sizeof out + sizeof in);
    memcpy(&out, m.payload, sizeof out);
    memcpy(got, m.payload + sizeof out, sizeof got);
    CHECK(out.step == 1 && out.frames == 4 && out.dt_ns == 1000 && out.timeout_ms == 7 && out.flags == 0 &&
          out.inputs == 2);
    CHECK(got[0].kind == EYE_INPUT_KEY && got[0].code == KEY_SPACE && got[0].a == 1 && got[0].at == 0);
    CHECK(got[1].kind == EYE_INPUT_MOTION && got[1].a == -384 && got[1].b == 512 && got[1].at == 3);
    peer_send_frame(peer, 1, 2, 2);
    MusterEyeFrame first = ev.frame;
    CHECK_I64(muster_eye_step(eye, &(MusterEyeStep){.wait_ms = 1000}, &ev, &e), 1);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_STEP);
    memcpy(&out, m.payload, sizeof out);
    CHECK(out.step == 2 && out.flags == EYE_STEP_RELEASES && out.frames == 1);
    CHECK_I64(muster_eye_release(eye, &first, NULL), -EINVAL);
    end(eye, peer, memory);
}

TEST(a_step_that_keeps_the_last_frame_needs_a_credit) {
    int peer, memory;
    PeerMessage m;
    MusterEyeEvent ev;
    MusterEyeError e = {0};
    MusterEyeStep keeping = {.keeps_last = true, .wait_ms = 1000};
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send_frame(peer, 1, 1, 1);
    peer_send_frame(peer, 1, 2, 2);
    CHECK_I64(muster_eye_step(eye, &keeping, &ev, &e), 1);
    CHECK_I64(muster_eye_step(eye, &keeping, &ev, &e), 1);
    CHECK_I64(muster_eye_step(eye, &keeping, &ev, &e), -EBUSY);
    CHECK_I64(muster_eye_release(eye, &ev.frame, &e), 0);
    while (peer_receive(peer, &m)) CHECK(m.head.type == EYE_RELEASE || m.head.type == EYE_STEP);
    peer_send_frame(peer, 1, 3, 3);
    CHECK_I64(muster_eye_step(eye, &keeping, &ev, &e), 1);
    end(eye, peer, memory);
}

TEST(a_step_skips_what_does_not_answer_it) {
    int peer, memory;
    PeerMessage m;
    MusterEyeEvent ev;
    MusterEye *eye = with_buffer(&peer, &memory);
    CHECK_I64(muster_eye_step(eye, &(MusterEyeStep){.wait_ms = 10}, &ev, NULL), 0); /* too late: */
    peer_send_frame(peer, 1, 1, 1);
    peer_send_frame(peer, 1, 2, 2);
    CHECK_I64(muster_eye_step(eye, &(MusterEyeStep){.wait_ms = 1000}, &ev, NULL), 1);
    CHECK_I64(ev.frame.step, 2);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_STEP && peer_receive(peer, &m) && m.head.type == EYE_STEP);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_RELEASE && !peer_receive(peer, &m));
    peer_send_reset(peer, EYE_RESET_LEASE, 1);
    CHECK(muster_eye_step(eye, &(MusterEyeStep){.wait_ms = 1000}, &ev, NULL) == 1 && ev.kind == MUSTER_EYE_RESET);
    CHECK_I64(muster_eye_info(eye)->role, EYE_ROLE_WATCH);
    end(eye, peer, memory);
}

TEST(inputs_are_checked_before_they_are_sent) {
    MusterEyeOptions o = options();
    int peer;
    PeerMessage m;
    EyeInput bad[] = {{.kind = 9}}, late[] = {muster_eye_key(KEY_A, true)};
    MusterEye *eye = opened(&peer, &o);
    late[0].at = 1;
    CHECK_I64(muster_eye_send_inputs(eye, bad, 1, NULL), -EINVAL);
    CHECK_I64(muster_eye_send_inputs(eye, late, 1, NULL), -EINVAL);
    CHECK_I64(muster_eye_send_inputs(eye, late, EYE_ABI_INPUTS_MAX + 1, NULL), -EINVAL);
    CHECK_I64(muster_eye_send_step(eye, &(MusterEyeStep){.dt_ns = 1ull << 32}, NULL, NULL), -EINVAL);
    CHECK(!peer_receive(peer, &m));
    late[0].at = 0;
    CHECK_I64(muster_eye_send_inputs(eye, late, 1, NULL), 0);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_INPUT && m.head.payload == sizeof(EyeInputs) + sizeof(EyeInput));
    end(eye, peer, -1);
}

/* ---- Liveness ---- */

TEST(pings_are_answered_and_pongs_are_events) {
    MusterEyeOptions o = options();
    EyePing ping = {77};
    int peer;
    PeerMessage m;
    MusterEyeEvent ev;
    MusterEye *eye = opened(&peer, &o);
    peer_send(peer, EYE_PING, &ping, sizeof ping, -1);
    CHECK_I64(muster_eye_next(eye, 0, &ev, NULL), 0);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_PONG && memcmp(m.payload, &ping, sizeof ping) == 0);
    CHECK_I64(muster_eye_ping(eye, 78, NULL), 0);
    CHECK(peer_receive(peer, &m) && m.head.type == EYE_PING);
    peer_send(peer, EYE_PONG, m.payload, sizeof ping, -1);
    CHECK(muster_eye_next(eye, 0, &ev, NULL) == 1 && ev.kind == MUSTER_EYE_PONG && ev.cookie == 78);
    end(eye, peer, -1);
}

TEST(a_goodbye_is_the_last_event) {
    int peer, memory;
    EyeBye bye = {EYE_BYE_SLOW, 0};
    PeerMessage m;
    MusterEyeEvent ev;
    MusterEye *eye = with_buffer(&peer, &memory);
    peer_send_frame(peer, 1, 1, 1);
    peer_send(peer, EYE_BYE, &bye, sizeof bye, -1);
    MusterEyeFrame f = next_frame(eye);
    CHECK(muster_eye_next(eye, 0, &ev, NULL) == 1 && ev.kind == MUSTER_EYE_BYE && ev.reason == EYE_BYE_SLOW);
    CHECK_I64(muster_eye_next(eye, 0, &ev, NULL), -ECONNRESET);
    CHECK_I64(pixel(&f, 0, 0), PEER_PICTURE / 4);
    CHECK_I64(muster_eye_release(eye, &f, NULL), 0);
    CHECK(!peer_receive(peer, &m));
    end(eye, peer, memory);
}

TEST(what_an_eye_sent_before_it_closed_is_read) {
    MusterEyeOptions o = options();
    EyeBye bye = {EYE_BYE_SLOW, 0};
    EyePing ping = {1};
    int peer;
    MusterEyeEvent ev;
    MusterEye *eye = opened(&peer, &o);
    CHECK_I64(muster_eye_ping(eye, 1, NULL), 0); /* is never read */
    peer_send(peer, EYE_PING, &ping, sizeof ping, -1);
    peer_send(peer, EYE_BYE, &bye, sizeof bye, -1);
    close(peer);
    CHECK(muster_eye_next(eye, 1000, &ev, NULL) == 1 && ev.kind == MUSTER_EYE_BYE);
    muster_eye_close(eye);
}

TEST(an_eye_that_does_not_read_is_not_waited_for_without_end) {
    MusterEyeOptions o = options();
    MusterEyeError e = {0};
    int peer, r = 0;
    o.timeout_ms = 20;
    MusterEye *eye = opened(&peer, &o);
    for (int i = 0; r == 0 && i < 100000; i++) r = muster_eye_ping(eye, 1, &e);
    CHECK_I64(r, -ETIMEDOUT);
    end(eye, peer, -1);
}

TEST(keys_are_found_by_name) {
    CHECK_I64(muster_eye_key_code("KEY_LEFT"), KEY_LEFT);
    CHECK_I64(muster_eye_button_code("left"), BTN_LEFT);
    CHECK(muster_eye_key_code("nothing") == -1 && muster_eye_key_code(NULL) == -1 &&
          muster_eye_button_code("mouse") == -1);
    CHECK_STR(str(muster_eye_key_name(KEY_SPACE)), "space");
    CHECK(!muster_eye_button_name(KEY_SPACE));
    EyeInput wheel = muster_eye_wheel(-1, true), far = muster_eye_position(1e30, -1e30);
    CHECK(wheel.code == 1 && wheel.a == -120 && far.a == INT32_MAX && far.b == INT32_MIN);
}
