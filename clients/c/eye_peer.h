/* For tests: the eye's side of a connection, by script. It does what the script says, good or bad; what the library must make of
 * the bad is in eye_peer_cases, which the tests of both libraries (C and Python) run through. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "muster-eye-abi.h"

enum { PEER_WIDTH = 16, PEER_HEIGHT = 8, PEER_STRIDE = PEER_WIDTH * 4, PEER_PICTURE = PEER_STRIDE * PEER_HEIGHT };

/* What was received. */
typedef struct PeerMessage {
    EyeAbiHeader head;
    uint8_t payload[1 << 15];
} PeerMessage;

int peer_pair(int *ret_consumer_fd); /* a connection: the eye's end is returned */
/* A memfd of that size with these seals; each u32 of it is its index. */
int peer_memory(size_t size, unsigned seals);
/* With a good header. `fd` is borrowed; -1: none. */
void peer_send(int peer, int type, const void *payload, size_t n, int fd);
/* As it is. The descriptors are borrowed. */
void peer_send_raw(int peer, const EyeAbiHeader *head, const void *payload, size_t n, const int *fds);
EyeAbiHeader peer_header(int type, size_t payload, uint32_t fds);
bool peer_receive(int peer, PeerMessage *ret); /* false: nothing is there, or the other side has closed */

/* Good messages. */
EyeHelloAck peer_ack(void); /* 16×8, lockstep, two credits, generation 1 */
void peer_send_ack(int peer);
void peer_send_pool(int peer, uint32_t id, size_t size, int fd); /* fd is taken */
void peer_send_buffer(int peer, uint32_t id, uint32_t pool, uint32_t offset);
EyeFrame peer_frame(uint32_t buffer, uint64_t id, uint64_t step);
void peer_send_frame(int peer, uint32_t buffer, uint64_t id, uint64_t step);
void peer_send_reset(int peer, uint32_t reason, uint64_t generation);

/* A stream that a library must refuse. */
typedef struct PeerCase {
    const char *name;
    void (*play)(int peer); /* everything the eye sends, the HELLO_ACK included */
    const char *says;       /* is in the error's text */
} PeerCase;
extern const PeerCase eye_peer_cases[];
extern const size_t eye_peer_cases_n;
