/* eye-peer --list prints the bad streams: name, tab, what the error says. eye-peer NAME FD plays one over the inherited
 * socket. eye-peer good FD is an eye that draws what it is asked for: each step's picture has the step in all of its pixels. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "eye_peer.h"

enum { BUFFERS = 3 };

static void answer(int peer, uint32_t *pixels, uint64_t step, uint32_t n_inputs) {
    uint32_t buffer = (uint32_t)(step % BUFFERS);
    for (size_t i = 0; i < PEER_WIDTH * PEER_HEIGHT; i++)
        pixels[buffer * PEER_WIDTH * PEER_HEIGHT + i] = (uint32_t)step;
    EyeFrame f = peer_frame(buffer, step, step);
    f.damage_width = UINT32_MAX; /* what is drawn does not end at the picture's border */
    f.dropped = n_inputs;        /* so that the tests see that they arrived */
    peer_send(peer, EYE_FRAME, &f, sizeof f, -1);
}

static void serve(int peer) {
    static uint8_t bytes[1 << 15];
    int fd = peer_memory(BUFFERS * PEER_PICTURE, F_SEAL_SHRINK);
    uint32_t *pixels = mmap(NULL, BUFFERS * PEER_PICTURE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    EyeStep step;
    if (pixels == MAP_FAILED) abort();
    peer_send_ack(peer);
    peer_send_pool(peer, 1, BUFFERS * PEER_PICTURE, fd);
    for (uint32_t i = 0; i < BUFFERS; i++) peer_send_buffer(peer, i, 1, i * PEER_PICTURE);
    for (ssize_t n; (n = recv(peer, bytes, sizeof bytes, 0)) > 0;) {
        EyeAbiHeader head;
        memcpy(&head, bytes, sizeof head);
        if (head.type == EYE_BYE) break;
        if (head.type == EYE_PING) peer_send(peer, EYE_PONG, bytes + sizeof head, sizeof(EyePing), -1);
        if (head.type != EYE_STEP || (size_t)n < sizeof head + sizeof step) continue;
        memcpy(&step, bytes + sizeof head, sizeof step);
        if (step.step == 13) peer_send_reset(peer, EYE_RESET_SIZE, 1);
        answer(peer, pixels, step.step, step.inputs);
    }
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < eye_peer_cases_n; i++)
            printf("%s\t%s\n", eye_peer_cases[i].name, eye_peer_cases[i].says);
        return 0;
    }
    if (argc != 3) return 2;
    int peer = (int)strtol(argv[2], NULL, 10);
    if (strcmp(argv[1], "good") == 0) serve(peer);
    for (size_t i = 0; i < eye_peer_cases_n; i++) {
        if (strcmp(argv[1], eye_peer_cases[i].name) == 0) eye_peer_cases[i].play(peer);
    }
    close(peer);
    return 0;
}
