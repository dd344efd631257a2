/* Streams that break the protocol, one way each. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "eye_peer.h"

enum { MEMORY = 4096, POOL = 7, BUFFER = 9 };

/* ---- Headers and lengths ---- */

static void ping(int peer, void (*spoil)(EyeAbiHeader *)) {
    EyePing body = {1};
    EyeAbiHeader head = peer_header(EYE_PING, sizeof body, 0);
    peer_send_ack(peer);
    spoil(&head);
    peer_send_raw(peer, &head, &body, sizeof body, NULL);
}

static void spoil_magic(EyeAbiHeader *h) { h->magic[7] = 'J'; }
static void spoil_version(EyeAbiHeader *h) { h->version = EYE_ABI_V1; }
static void spoil_type(EyeAbiHeader *h) { h->type = 99; }
static void spoil_direction(EyeAbiHeader *h) { h->type = EYE_STEP; }
static void spoil_longer(EyeAbiHeader *h) { h->payload = 9; }
static void spoil_huge(EyeAbiHeader *h) { h->payload = UINT32_MAX; }
static void spoil_fds(EyeAbiHeader *h) { h->fds = 1; }
static void bad_magic(int peer) { ping(peer, spoil_magic); }
static void bad_version(int peer) { ping(peer, spoil_version); }
static void bad_type(int peer) { ping(peer, spoil_type); }
static void bad_direction(int peer) { ping(peer, spoil_direction); }
static void bad_longer(int peer) { ping(peer, spoil_longer); }
static void bad_huge(int peer) { ping(peer, spoil_huge); }
static void bad_fd_count(int peer) { ping(peer, spoil_fds); }

static void bad_short_header(int peer) {
    peer_send_ack(peer);
    send(peer, EYE_ABI_MAGIC, 8, MSG_NOSIGNAL);
}

static void bad_payload(int peer) {
    EyeReset r = {EYE_RESET_SIZE, 0, 2};
    peer_send_ack(peer);
    peer_send(peer, EYE_RESET, &r, 8, -1); /* as in version 1 */
}

static void bad_long_packet(int peer) {
    static uint8_t zeros[70000];
    peer_send_ack(peer);
    peer_send(peer, EYE_BUFFER, zeros, sizeof zeros, -1);
}

static void bad_many_fds(int peer) {
    int fd = peer_memory(MEMORY, F_SEAL_SHRINK), fds[12];
    EyePool pool = {.pool = POOL, .size = MEMORY, .generation = 1};
    EyeAbiHeader head = peer_header(EYE_POOL, sizeof pool, 12);
    for (int i = 0; i < 12; i++) fds[i] = fd;
    peer_send_ack(peer);
    peer_send_raw(peer, &head, &pool, sizeof pool, fds);
    close(fd);
}

static void bad_two_fds(int peer) {
    int fd = peer_memory(MEMORY, F_SEAL_SHRINK), fds[] = {fd, fd};
    EyePool pool = {.pool = POOL, .size = MEMORY, .generation = 1};
    EyeAbiHeader head = peer_header(EYE_POOL, sizeof pool, 2);
    peer_send_ack(peer);
    peer_send_raw(peer, &head, &pool, sizeof pool, fds);
    close(fd);
}

static void bad_fd_with_ping(int peer) {
    EyePing body = {1};
    int fd = peer_memory(MEMORY, 0);
    peer_send_ack(peer);
    peer_send(peer, EYE_PING, &body, sizeof body, fd);
    close(fd);
}

/* ---- The greeting ---- */

static void ack(int peer, void (*spoil)(EyeHelloAck *)) {
    EyeHelloAck a = peer_ack();
    spoil(&a);
    peer_send(peer, EYE_HELLO_ACK, &a, sizeof a, -1);
}

static void spoil_credits(EyeHelloAck *a) { a->credits = 5; }
static void spoil_no_credits(EyeHelloAck *a) { a->credits = 0; }
static void spoil_size(EyeHelloAck *a) { a->width = 1u << 31; }
static void spoil_mode(EyeHelloAck *a) { a->mode = 2; }
static void bad_credits(int peer) { ack(peer, spoil_credits); }
static void bad_no_credits(int peer) { ack(peer, spoil_no_credits); }
static void bad_output(int peer) { ack(peer, spoil_size); }
static void bad_mode(int peer) { ack(peer, spoil_mode); }

static void bad_first(int peer) {
    EyePing body = {1};
    peer_send(peer, EYE_PING, &body, sizeof body, -1);
}

static void bad_second_ack(int peer) {
    peer_send_ack(peer);
    peer_send_ack(peer);
}

static void bad_end(int peer) { peer_send_ack(peer); }

/* ---- Pools ---- */

static void pool_with(int peer, EyePool pool, int fd) {
    peer_send_ack(peer);
    peer_send(peer, EYE_POOL, &pool, sizeof pool, fd);
    if (fd >= 0) close(fd);
}

static void bad_pool_without_fd(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .size = MEMORY, .generation = 1}, -1);
}
static void bad_pool_size(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .size = MEMORY + 1, .generation = 1}, peer_memory(MEMORY, F_SEAL_SHRINK));
}
static void bad_pool_huge(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .size = UINT64_MAX, .generation = 1}, peer_memory(MEMORY, F_SEAL_SHRINK));
}
static void bad_pool_empty(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .size = 0, .generation = 1}, peer_memory(MEMORY, F_SEAL_SHRINK));
}
static void bad_pool_unsealed(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .size = MEMORY, .seals = F_SEAL_SHRINK, .generation = 1},
              peer_memory(MEMORY, 0));
}
static void bad_pool_kind(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .kind = 3, .size = MEMORY, .generation = 1},
              peer_memory(MEMORY, F_SEAL_SHRINK));
}
static void bad_pool_dmabuf(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .kind = EYE_POOL_DMABUF, .size = MEMORY, .generation = 1},
              peer_memory(MEMORY, F_SEAL_SHRINK));
}
static void bad_pool_generation(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .size = MEMORY, .generation = 2}, peer_memory(MEMORY, F_SEAL_SHRINK));
}

static void bad_pool_socket(int peer) {
    int other, fd = peer_pair(&other);
    close(other);
    pool_with(peer, (EyePool){.pool = POOL, .size = MEMORY, .generation = 1}, fd);
}

static void bad_pool_shrunk(int peer) {
    int fd = peer_memory(MEMORY, 0);
    if (ftruncate(fd, 64) < 0) return;
    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
    pool_with(peer, (EyePool){.pool = POOL, .size = MEMORY, .generation = 1}, fd);
}

static void bad_pool_smaller(int peer) {
    pool_with(peer, (EyePool){.pool = POOL, .size = MEMORY, .generation = 1}, peer_memory(MEMORY, F_SEAL_SHRINK));
    peer_send_pool(peer, POOL, MEMORY / 2, peer_memory(MEMORY, F_SEAL_SHRINK));
}

static void bad_many_pools(int peer) {
    peer_send_ack(peer);
    for (uint32_t i = 0; i < 300; i++) peer_send_pool(peer, i, 64, peer_memory(64, F_SEAL_SHRINK));
}

/* ---- Buffers ---- */

typedef struct EYE_PACKED Planes {
    uint32_t buffer, width, height, fourcc, planes, flags;
    uint64_t modifier;
    EyePlane plane[2];
} Planes;

static void buffer_with(int peer, Planes b, size_t planes) {
    peer_send_ack(peer);
    peer_send_pool(peer, POOL, MEMORY, peer_memory(MEMORY, F_SEAL_SHRINK));
    peer_send(peer, EYE_BUFFER, &b, sizeof(EyeBuffer) + planes * sizeof(EyePlane), -1);
}

/* A good one, changed by what follows. */
#define BUFFER_WITH(...)                                                                                         \
    (Planes) {                                                                                                   \
        .buffer = BUFFER, .width = PEER_WIDTH, .height = PEER_HEIGHT, .fourcc = 0x34325258, .planes = 1,         \
        .plane = {{POOL, PEER_STRIDE, 0, PEER_PICTURE, 0}, {POOL, PEER_STRIDE, 0, PEER_PICTURE, 0}}, __VA_ARGS__ \
    }

static void bad_buffer_planes(int peer) { buffer_with(peer, BUFFER_WITH(.planes = 2), 1); }
static void bad_buffer_no_planes(int peer) { buffer_with(peer, BUFFER_WITH(.planes = 0), 1); }
static void bad_buffer_many_planes(int peer) { buffer_with(peer, BUFFER_WITH(.planes = UINT32_MAX), 2); }
static void bad_buffer_two_planes(int peer) { buffer_with(peer, BUFFER_WITH(.planes = 2), 2); }
static void bad_buffer_width(int peer) { buffer_with(peer, BUFFER_WITH(.width = 0), 1); }
static void bad_buffer_height(int peer) { buffer_with(peer, BUFFER_WITH(.height = 0x40000001), 1); }
static void bad_buffer_stride(int peer) { buffer_with(peer, BUFFER_WITH(.plane[0].stride = PEER_STRIDE - 1), 1); }
static void bad_buffer_rows(int peer) { buffer_with(peer, BUFFER_WITH(.plane[0].stride = 0x80000000), 1); }
static void bad_buffer_short(int peer) { buffer_with(peer, BUFFER_WITH(.plane[0].size = PEER_PICTURE - 1), 1); }
static void bad_buffer_offset(int peer) {
    buffer_with(peer, BUFFER_WITH(.plane[0].offset = MEMORY - PEER_PICTURE + 1), 1);
}
static void bad_buffer_wraps(int peer) { buffer_with(peer, BUFFER_WITH(.plane[0].offset = UINT32_MAX - 15), 1); }
static void bad_buffer_pool(int peer) { buffer_with(peer, BUFFER_WITH(.plane[0].pool = POOL + 1), 1); }

static void bad_buffer_before_pool(int peer) {
    peer_send_ack(peer);
    peer_send_buffer(peer, BUFFER, POOL, 0);
}

/* ---- Frames, and what is gone ---- */

static void good_buffer(int peer) {
    peer_send_ack(peer);
    peer_send_pool(peer, POOL, MEMORY, peer_memory(MEMORY, F_SEAL_SHRINK));
    peer_send_buffer(peer, BUFFER, POOL, 0);
}

static void bad_frame_buffer(int peer) {
    good_buffer(peer);
    peer_send_frame(peer, BUFFER + 1, 1, 1);
}

static void bad_frame_gone(int peer) {
    EyeGone gone = {EYE_GONE_BUFFER, BUFFER};
    good_buffer(peer);
    peer_send(peer, EYE_GONE, &gone, sizeof gone, -1);
    peer_send_frame(peer, BUFFER, 1, 1);
}

static void bad_frame_pool_gone(int peer) {
    EyeGone gone = {EYE_GONE_POOL, POOL};
    good_buffer(peer);
    peer_send(peer, EYE_GONE, &gone, sizeof gone, -1);
    peer_send_frame(peer, BUFFER, 1, 1);
}

/* The same pool's number comes again with less memory: the buffer does not fit any more. */
static void bad_frame_pool_changed(int peer) {
    EyeGone gone = {EYE_GONE_POOL, POOL};
    good_buffer(peer);
    peer_send(peer, EYE_GONE, &gone, sizeof gone, -1);
    peer_send_pool(peer, POOL, 64, peer_memory(64, F_SEAL_SHRINK));
    peer_send_frame(peer, BUFFER, 1, 1);
}

static void bad_frame_generation(int peer) {
    EyeFrame f = peer_frame(BUFFER, 1, 1);
    good_buffer(peer);
    f.generation = 3;
    peer_send(peer, EYE_FRAME, &f, sizeof f, -1);
}

static void bad_frame_credits(int peer) {
    good_buffer(peer);
    for (uint64_t i = 1; i <= 3; i++) peer_send_frame(peer, BUFFER, i, i);
}

static void bad_reset_generation(int peer) {
    peer_send_ack(peer);
    peer_send_reset(peer, EYE_RESET_CLIENT, 0);
}

static void bad_gone(int peer) {
    EyeGone gone = {EYE_GONE_POOL, POOL};
    peer_send_ack(peer);
    peer_send(peer, EYE_GONE, &gone, sizeof gone, -1);
}

static void bad_gone_kind(int peer) {
    EyeGone gone = {2, POOL};
    good_buffer(peer);
    peer_send(peer, EYE_GONE, &gone, sizeof gone, -1);
}

const PeerCase eye_peer_cases[] = {
    {"magic", bad_magic, "does not begin with MBEYEABI"},
    {"version", bad_version, "is of version 1, not 2"},
    {"type", bad_type, "does not send messages of type 99"},
    {"direction", bad_direction, "does not send messages of type 20"},
    {"longer than its packet", bad_longer, "PING does not have the 9 bytes"},
    {"4 GiB", bad_huge, "PING does not have the 4294967295 bytes"},
    {"descriptor missing", bad_fd_count, "PING came with 0 descriptors instead of 1"},
    {"short header", bad_short_header, "8 bytes, less than its header"},
    {"payload of version 1", bad_payload, "RESET cannot have 8 bytes"},
    {"long packet", bad_long_packet, "BUFFER does not have the 70000 bytes"},
    {"more descriptors than room", bad_many_fds, "POOL came without all of its descriptors"},
    {"two descriptors", bad_two_fds, "POOL cannot have 2 descriptors"},
    {"descriptor where none is due", bad_fd_with_ping, "PING cannot have 1 descriptors"},
    {"too many credits", bad_credits, "gives 5 credits"},
    {"no credits", bad_no_credits, "gives 0 credits"},
    {"huge output", bad_output, "output cannot have 2147483648×8 pixels"},
    {"unknown mode", bad_mode, "answers with mode 2"},
    {"no greeting", bad_first, "not HELLO_ACK"},
    {"second greeting", bad_second_ack, "a second HELLO_ACK"},
    {"end without a word", bad_end, "the eye is gone"},
    {"pool without descriptor", bad_pool_without_fd, "POOL cannot have 0 descriptors"},
    {"pool larger than its file", bad_pool_size, "pool 7 has 4096 bytes, not 4097"},
    {"pool of all bytes", bad_pool_huge, "pool 7 cannot have 18446744073709551615 bytes"},
    {"empty pool", bad_pool_empty, "pool 7 cannot have 0 bytes"},
    {"unsealed pool that is said to be sealed", bad_pool_unsealed, "pool 7 may be truncated"},
    {"pool of unknown kind", bad_pool_kind, "pool 7 is of unknown kind 3"},
    {"dma-buf that was not accepted", bad_pool_dmabuf, "pool 7 is of kind 1, which was not accepted"},
    {"pool of a generation to come", bad_pool_generation, "pool 7 is of generation 2"},
    {"pool that is a socket", bad_pool_socket, "pool 7 is not a file"},
    {"shrunk file", bad_pool_shrunk, "pool 7 has 64 bytes, not 4096"},
    {"pool that shrinks", bad_pool_smaller, "it has not grown"},
    {"too many pools", bad_many_pools, "more than 256 pools"},
    {"fewer planes than said", bad_buffer_planes, "buffer 9 has 2 planes in 52 bytes"},
    {"no planes", bad_buffer_no_planes, "buffer 9 has 0 planes"},
    {"4 billion planes", bad_buffer_many_planes, "buffer 9 has 4294967295 planes"},
    {"two planes of XRGB", bad_buffer_two_planes, "its format has one"},
    {"no width", bad_buffer_width, "buffer 9 cannot have 0×8 pixels"},
    {"height that overflows", bad_buffer_height, "buffer 9 cannot have 16×1073741825 pixels"},
    {"short stride", bad_buffer_stride, "too few for 8 rows of 64, 63 apart"},
    {"stride that overflows", bad_buffer_rows, "too few for 8 rows of 64, 2147483648 apart"},
    {"short plane", bad_buffer_short, "buffer 9 has 511 bytes, too few"},
    {"plane past the end", bad_buffer_offset, "is not within its pool of 4096"},
    {"offset that wraps", bad_buffer_wraps, "is not within its pool of 4096"},
    {"buffer of another pool", bad_buffer_pool, "buffer 9 is in pool 8, which is unknown"},
    {"buffer before its pool", bad_buffer_before_pool, "buffer 9 is in pool 7, which is unknown"},
    {"frame of an unknown buffer", bad_frame_buffer, "in buffer 10, which is unknown"},
    {"frame of a buffer that is gone", bad_frame_gone, "in buffer 9, which is unknown"},
    {"frame of a pool that is gone", bad_frame_pool_gone, "in pool 7, which is unknown"},
    {"frame of a pool that is smaller by now", bad_frame_pool_changed, "is not within its pool of 64"},
    {"frame of a generation to come", bad_frame_generation, "generation 3, which has not begun"},
    {"more frames than credits", bad_frame_credits, "frame 3 came although 2 frames are held"},
    {"generation that goes back", bad_reset_generation, "generation 0 follows 1"},
    {"gone before it was there", bad_gone, "pool 7 is gone, but it was not there"},
    {"gone of no kind", bad_gone_kind, "buffer 7 is gone, but it was not there"},
};
const size_t eye_peer_cases_n = sizeof eye_peer_cases / sizeof eye_peer_cases[0];
