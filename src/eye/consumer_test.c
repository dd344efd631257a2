/* Consumers: what each message does, who steps, and what is left when one ends. */
#include "eye/consumer.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "eye/rig.h"
#include "eye/step.h"

/* A window with content; the consumers of a test come after it. */
static RigClient *drawn(RigBuffer **ret, int n) {
    RigClient *c = rig_client();
    rig_window(c);
    for (int i = 0; i < n; i++) ret[i] = rig_buffer(c, RIG_WIDTH, RIG_HEIGHT);
    rig_draw(c, ret[0]);
    return c;
}

static uint32_t frame_of(int fd, RigMessage *m) {
    rig_receive(fd, EYE_FRAME, m);
    return m->frame.flags;
}

/* --- malformed ---------------------------------------------------------------------------------------------------- */

typedef struct Bad {
    const char *name, *says;
    int version, type;
    size_t n;
    uint32_t words[8]; /* of the payload */
} Bad;

static const Bad bads[] = {
    {"version 1 on this socket", "wrong magic, version", EYE_ABI_V1, EYE_PING, 8, {0}},
    {"unknown version", "wrong magic, version", 9, EYE_PING, 8, {0}},
    {"second greeting", "a second HELLO", EYE_ABI_V2, EYE_HELLO, 32, {0, 1, 1}},
    {"short greeting", "length is not that of its type", EYE_ABI_V2, EYE_HELLO, 31, {0, 1, 1}},
    {"short release", "length is not that of its type", EYE_ABI_V2, EYE_RELEASE, 15, {0}},
    {"long release", "length is not that of its type", EYE_ABI_V2, EYE_RELEASE, 17, {0}},
    {"short ping", "length is not that of its type", EYE_ABI_V2, EYE_PING, 0, {0}},
    {"short step", "length is not that of its type", EYE_ABI_V2, EYE_STEP, 31, {0}},
    {"step with fewer inputs than it says", "not that of its inputs", EYE_ABI_V2, EYE_STEP, 32, {1, 0, 1, 0, 0, 0, 1}},
    {"step with 4 billion inputs", "not that of its inputs", EYE_ABI_V2, EYE_STEP, 32, {1, 0, 1, 0, 0, 0, UINT32_MAX}},
    {"step with inputs whose size overflows",
     "not that of its inputs",
     EYE_ABI_V2,
     EYE_STEP,
     32,
     {1, 0, 1, 0, 0, 0, 1 << 28}},
    {"inputs that are not there", "not that of its inputs", EYE_ABI_V2, EYE_INPUT, 8, {1}},
    {"inputs whose size overflows", "not that of its inputs", EYE_ABI_V2, EYE_INPUT, 8, {1 << 28}},
    {"step in free run", "this eye runs freely", EYE_ABI_V2, EYE_STEP, 32, {1, 0, 1}},
};

TEST(each_malformed_message_ends_its_consumer_alone_and_is_reported) {
    rig_eye();
    RigBuffer *b;
    drawn(&b, 1);
    RigMessage m;
    int other = rig_consumer(EYE_ROLE_WATCH, 1, NULL), before = rig_count_fds();
    for (size_t i = 0; i < COUNT_OF(bads); i++) {
        int fd = rig_consumer(EYE_ROLE_STEP, 1, NULL);
        rig_send(fd, bads[i].version, bads[i].type, bads[i].words, bads[i].n);
        rig_receive(fd, EYE_BYE, &m);
        CHECK_I64(m.bye.reason, EYE_BYE_PROTOCOL);
        if (!rig_is_closed(fd) || !rig_said(bads[i].says)) test_fail(__FILE__, __LINE__, "%s", bads[i].name);
        rig_disconnect(fd);
    }
    CHECK_I64(rig_count_fds(), before);
    rig_send(other, EYE_ABI_V2, EYE_PING, &(EyePing){7}, sizeof(EyePing));
    rig_receive(other, EYE_PONG, &m);
}

TEST(a_packet_that_is_no_message_ends_its_consumer) {
    rig_eye();
    static char large[CONSUMER_PACKET_SIZE + 1];
    EyeAbiHeader wrong = {.magic = "MBEYEABJ", .version = EYE_ABI_V2, .type = EYE_PING, .payload = 8};
    EyeAbiHeader longer = {.magic = "MBEYEABI", .version = EYE_ABI_V2, .type = EYE_PING, .payload = UINT32_MAX};
    const struct {
        const void *p;
        size_t n;
    } packets[] = {{&wrong, sizeof wrong}, {&longer, sizeof longer}, {"MBEYEABI", 8}, {large, sizeof large}, {"", 1}};
    for (size_t i = 0; i < COUNT_OF(packets); i++) {
        int fd = rig_consumer(EYE_ROLE_WATCH, 1, NULL);
        CHECK(send(fd, packets[i].p, packets[i].n, MSG_NOSIGNAL) == (ssize_t)packets[i].n);
        CHECK(rig_is_closed(fd));
    }
}

TEST(descriptors_that_nobody_asked_for_are_closed) {
    rig_eye();
    int memory = rig_memory(64), least = rig_count_fds(), fd = rig_consumer(EYE_ROLE_WATCH, 1, NULL);
    int before = rig_count_fds();
    struct {
        EyeAbiHeader head;
        EyePing ping;
    } EYE_PACKED packet = {{"MBEYEABI", EYE_ABI_V2, EYE_PING, sizeof(EyePing), 0}, {1}};
    struct iovec part = {&packet, sizeof packet};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * 16)];
    } control = {0};
    for (int n = 8; n <= 16; n += 8) {
        struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room};
        m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        *c = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n)};
        for (int i = 0; i < n; i++) memcpy(CMSG_DATA(c) + (size_t)i * sizeof(int), &memory, sizeof memory);
        CHECK(sendmsg(fd, &m, MSG_NOSIGNAL) == sizeof packet);
        rig_settle();
        if (n == 8) CHECK_I64(rig_count_fds(), before);
    }
    CHECK(rig_said("too many descriptors"));
    rig_disconnect(fd);
    CHECK_I64(rig_count_fds(), least);
    close(memory);
}

TEST(only_a_greeting_may_come_first) {
    rig_eye();
    static const int types[] = {EYE_RELEASE, EYE_PING, EYE_INPUT, EYE_PONG};
    static const size_t sizes[] = {sizeof(EyeRelease), sizeof(EyePing), sizeof(EyeInputs), sizeof(EyePing)};
    char zeros[64] = {0};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        int fd = rig_connect(EYE_ABI_V2);
        rig_send(fd, EYE_ABI_V2, types[i], zeros, sizes[i]);
        CHECK(rig_is_closed(fd));
        CHECK(rig_said("its first message is not HELLO"));
    }
}

TEST(a_greeting_out_of_range_is_refused) {
    rig_eye();
    static const EyeHello hellos[] = {
        {.role = 2, .credits = 1}, {.credits = 0}, {.credits = 5}, {.credits = 1, .max_hz = 100001}};
    for (size_t i = 0; i < COUNT_OF(hellos); i++) {
        int fd = rig_connect(EYE_ABI_V2);
        rig_send(fd, EYE_ABI_V2, EYE_HELLO, &hellos[i], sizeof hellos[i]);
        CHECK(rig_is_closed(fd));
    }
    CHECK(rig_said("role, credits or rate out of range"));
}

TEST(messages_of_a_later_version_of_this_program_are_ignored) {
    rig_eye();
    RigMessage m;
    int fd = rig_consumer(EYE_ROLE_WATCH, 1, NULL);
    rig_send(fd, EYE_ABI_V2, 999, "new", 3);
    rig_send(fd, EYE_ABI_V2, EYE_PING, &(EyePing){1}, sizeof(EyePing));
    rig_receive(fd, EYE_PONG, &m);
}

TEST(when_all_places_are_taken_the_next_one_hears_it) {
    rig_eye();
    RigMessage m;
    for (int i = 0; i < EYE_CONSUMERS_MAX; i++) rig_consumer(EYE_ROLE_WATCH, 1, NULL);
    int before = rig_count_fds(), fd = rig_connect(EYE_ABI_V2);
    rig_receive(fd, EYE_BYE, &m);
    CHECK_I64(m.bye.reason, EYE_BYE_FULL);
    CHECK(rig_is_closed(fd));
    rig_disconnect(fd);
    CHECK_I64(rig_count_fds(), before);
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

TEST(the_stepper_gets_the_programs_memory_and_a_watcher_a_copy) {
    rig_eye();
    RigBuffer *b[2];
    RigMessage m;
    RigClient *c = drawn(b, 2);
    int stepper = rig_consumer(EYE_ROLE_STEP, 2, NULL), watcher = rig_consumer(EYE_ROLE_WATCH, 2, NULL);
    rig_receive(stepper, EYE_POOL, &m);
    CHECK_I64(m.pool.kind, EYE_POOL_SHM);
    CHECK(m.pool.seals & F_SEAL_SHRINK && m.pool.flags & EYE_POOL_READ_ONLY);
    close(m.fds[0]);
    CHECK_I64(frame_of(stepper, &m), EYE_FRAME_FIRST);
    CHECK_I64(b[0]->n_releases, 0);
    rig_receive(watcher, EYE_POOL, &m);
    CHECK_I64(m.pool.kind, EYE_POOL_RING);
    close(m.fds[0]);
    CHECK(frame_of(watcher, &m) & EYE_FRAME_COPIED);
    rig_draw(c, b[1]);
    CHECK_I64(frame_of(stepper, &m), 0);
    CHECK(frame_of(watcher, &m) & EYE_FRAME_COPIED);
}

TEST(a_buffer_is_released_once_when_nobody_holds_it_any_more) {
    rig_eye();
    RigBuffer *b[2];
    RigMessage m;
    RigClient *c = drawn(b, 2);
    int fd = rig_consumer(EYE_ROLE_STEP, 4, NULL);
    frame_of(fd, &m);
    EyeFrame first = m.frame;
    rig_draw(c, b[1]);
    CHECK_I64(b[0]->n_releases, 0); /* not shown any more, but held */
    rig_release(fd, &first);
    rig_roundtrip(c);
    CHECK_I64(b[0]->n_releases, 1);
    rig_release(fd, &first); /* what is not held is ignored */
    frame_of(fd, &m);
    m.frame.buffer += 1000;
    rig_release(fd, &m.frame);
    rig_roundtrip(c);
    CHECK_I64(b[0]->n_releases, 1);
    CHECK_I64(b[1]->n_releases, 0);
}

TEST(a_consumer_that_dies_gives_back_all_that_it_held) {
    rig_eye();
    RigBuffer *b[3];
    RigMessage m;
    RigClient *c = drawn(b, 3);
    int before = rig_count_fds();
    for (int round = 0; round < 5; round++) {
        int fd = rig_consumer(EYE_ROLE_STEP, 4, NULL);
        frame_of(fd, &m);
        for (int i = 0; i < 3; i++) rig_draw(c, b[i]);
        rig_disconnect(fd);
        rig_roundtrip(c);
        CHECK_I64(rig_count_fds(), before);
    }
    for (int i = 0; i < 2; i++) CHECK(b[i]->n_releases >= 5);
}

TEST(frames_without_a_credit_are_dropped_and_counted_and_the_newest_follows) {
    rig_eye();
    RigBuffer *b[3];
    RigMessage m;
    RigClient *c = drawn(b, 3);
    int fd = rig_consumer(EYE_ROLE_WATCH, 1, NULL);
    frame_of(fd, &m);
    EyeFrame first = m.frame;
    for (int i = 0; i < 6; i++) rig_draw(c, b[(i + 1) % 3]);
    CHECK(!rig_try_receive(fd, &m));
    rig_release(fd, &first);
    frame_of(fd, &m);
    CHECK_I64(m.frame.frame_id, first.frame_id + 6);
    CHECK_I64(m.frame.dropped, 6);
    CHECK_I64(m.frame.damage_width, RIG_WIDTH);
}

/* With zero-copy for all, a watcher that holds each frame stopped the program. */
TEST(a_watcher_that_holds_its_frames_slows_nobody) {
    Eye *eye = rig_eye();
    RigBuffer *b[2];
    RigMessage m;
    RigClient *c = drawn(b, 2);
    int watcher = rig_consumer(EYE_ROLE_WATCH, 4, NULL);
    frame_of(watcher, &m);
    for (int i = 0; i < 200; i++) {
        int before = b[i & 1]->n_releases;
        rig_draw(c, b[i & 1]);
        rig_draw(c, b[!(i & 1)]);
        CHECK_I64(b[i & 1]->n_releases, before + 1);
    }
    CHECK(c->n_callbacks >= 400);
    eye->config.lockstep = true;
    int stepper = rig_consumer(EYE_ROLE_STEP, 1, NULL);
    for (uint64_t n = 1; n <= 50; n++) {
        rig_step(stepper, n, EYE_STEP_RELEASES);
        rig_draw(c, b[n & 1]);
        frame_of(stepper, &m);
        CHECK_I64(m.frame.step, n);
    }
}

TEST(a_consumer_that_does_not_read_is_disconnected_and_the_program_goes_on) {
    rig_eye();
    RigBuffer *b[2];
    RigClient *c = drawn(b, 2);
    int fd = rig_consumer(EYE_ROLE_WATCH, 4, NULL);
    struct {
        EyeAbiHeader head;
        EyePing ping;
    } EYE_PACKED packet = {{"MBEYEABI", EYE_ABI_V2, EYE_PING, sizeof(EyePing), 0}, {1}};
    for (int i = 0; i < 5000 && !rig_said("it does not read what is sent"); i++)
        if (send(fd, &packet, sizeof packet, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) rig_turn();
    RIG_UNTIL(rig_said("it does not read what is sent"));
    rig_draw(c, b[1]);
    RIG_UNTIL(c->n_callbacks == 2);
}

/* In free run as fast as a client goes, one that came late to a client that does not wait saw two frames only. */
TEST(a_consumer_that_comes_late_sees_all_that_follows) {
    rig_eye();
    RigBuffer *b[3];
    RigMessage m;
    RigClient *c = drawn(b, 3);
    for (int i = 0; i < 50; i++) rig_draw(c, b[i % 3]);
    for (int role = EYE_ROLE_WATCH; role <= EYE_ROLE_STEP; role++) {
        int fd = rig_consumer((uint32_t)role, 2, NULL);
        frame_of(fd, &m);
        uint64_t last = m.frame.frame_id;
        for (int i = 0; i < 50; i++) {
            rig_release(fd, &m.frame);
            rig_draw(c, b[(i + 1) % 3]);
            frame_of(fd, &m);
            CHECK(m.frame.frame_id > last);
            last = m.frame.frame_id;
        }
        rig_disconnect(fd);
    }
}

TEST(memory_that_is_gone_is_said_to_be_gone_after_its_release) {
    rig_eye();
    RigBuffer *b[2];
    RigMessage m;
    RigClient *c = drawn(b, 2);
    int fd = rig_consumer(EYE_ROLE_STEP, 2, NULL);
    frame_of(fd, &m);
    EyeFrame first = m.frame;
    rig_draw(c, b[1]);
    rig_free_buffer(c, b[0]);
    rig_roundtrip(c);
    frame_of(fd, &m);
    CHECK(!rig_try_receive(fd, &m)); /* held: it is there */
    rig_release(fd, &first);
    rig_receive(fd, EYE_GONE, &m);
    CHECK_I64(m.gone.kind, EYE_GONE_BUFFER);
    CHECK_I64(m.gone.id, first.buffer);
    rig_receive(fd, EYE_GONE, &m);
    CHECK_I64(m.gone.kind, EYE_GONE_POOL);
}

/* --- the lease ---------------------------------------------------------------------------------------------------- */

TEST(one_consumer_steps_and_the_next_that_asked_follows_it) {
    Eye *eye = rig_eye();
    eye->config.lockstep = true;
    RigBuffer *b;
    RigMessage m;
    drawn(&b, 1);
    int first = rig_consumer(EYE_ROLE_STEP, 1, &m);
    CHECK_I64(m.ack.role, EYE_ROLE_STEP);
    int watcher = rig_consumer(EYE_ROLE_WATCH, 1, &m), second = rig_consumer(EYE_ROLE_STEP, 1, &m);
    CHECK_I64(m.ack.role, EYE_ROLE_WATCH);
    rig_step(second, 1, 0);
    rig_receive(second, EYE_RESET, &m);
    CHECK_I64(m.reset.reason, EYE_RESET_LEASE);
    rig_disconnect(first);
    rig_receive(second, EYE_RESET, &m);
    CHECK_I64(m.reset.reason, EYE_RESET_LEASE_GAINED);
    rig_disconnect(second);
    CHECK(!eye->consumers->stepper);
    while (rig_try_receive(watcher, &m)) CHECK(m.head.type != EYE_RESET);
}

TEST(a_step_needs_a_credit_and_the_end_of_the_last_one) {
    Eye *eye = rig_eye();
    eye->config.lockstep = true;
    RigBuffer *b[3];
    RigMessage m;
    RigClient *c = drawn(b, 3);
    int fd = rig_consumer(EYE_ROLE_STEP, 1, NULL);
    rig_step(fd, 1, 0);
    rig_step(fd, 2, 0);
    rig_receive(fd, EYE_BYE, &m);
    CHECK(rig_said("before the last one was answered"));
    fd = rig_consumer(EYE_ROLE_STEP, 1, NULL);
    rig_step(fd, 1, 0);
    rig_draw(c, b[1]);
    frame_of(fd, &m);
    rig_step(fd, 2, 0);
    rig_receive(fd, EYE_BYE, &m);
    CHECK(rig_said("without a credit"));
}

/* --- version 1 ---------------------------------------------------------------------------------------------------- */

static void ping1(int fd) { rig_send(fd, EYE_ABI_V1, EYE_PING, NULL, 0); }

TEST(version_1_gets_a_frame_with_its_memory_for_each_ping) {
    Eye *eye = rig_eye();
    eye->config.lockstep = true;
    RigBuffer *b[2];
    RigMessage m;
    RigClient *c = drawn(b, 2);
    int before = rig_count_fds(), fd = rig_connect(EYE_ABI_V1);
    rig_receive(fd, EYE_HELLO_ACK, &m);
    for (int i = 0; i < 5; i++) {
        ping1(fd);
        rig_draw(c, b[i & 1]);
        rig_receive(fd, EYE_FRAME, &m);
        CHECK_I64(m.n_fds, 1);
        CHECK_I64(rig_frame1(&m)->flags & EYE_V1_SHM, EYE_V1_SHM);
        CHECK(rig_frame1(&m)->width == RIG_WIDTH && rig_frame1(&m)->plane[0].stride == RIG_WIDTH * 4);
        close(m.fds[0]);
    }
    rig_disconnect(fd);
    CHECK_I64(rig_count_fds(), before);
    CHECK(b[0]->n_releases >= 2);
}

TEST(version_1_has_one_consumer_and_refuses_what_is_malformed) {
    rig_eye();
    RigMessage m;
    int fd = rig_connect(EYE_ABI_V1), other = rig_connect(EYE_ABI_V1);
    CHECK(rig_is_closed(other));
    rig_receive(fd, EYE_HELLO_ACK, &m);
    char bytes[sizeof(EyeAbiHeader)] = "MBEYEABI";
    for (size_t i = 0; i < sizeof bytes; i++) { /* in pieces */
        CHECK(send(fd, bytes + i, 1, MSG_NOSIGNAL) == 1);
        rig_settle();
    }
    CHECK(rig_is_closed(fd)); /* version 0 */
    CHECK(rig_said("wrong magic, version or length"));
    fd = rig_connect(EYE_ABI_V1);
    EyeAbiHeader longer = {"MBEYEABI", EYE_ABI_V1, EYE_PING, UINT32_MAX, 0};
    CHECK(send(fd, &longer, sizeof longer, MSG_NOSIGNAL) == sizeof longer);
    CHECK(rig_is_closed(fd));
}
