/* The hold's greeting: a client that has not sent the launch and its nonce gets nothing, changes nothing and replaces
 * no other client; one that has is served. The first byte selects the cuts, the rest is what a client sends. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuzz.h"
#include "holdrig.h"

static bool is_right(Str in) {
    HoldMsg m;
    size_t size;
    return holdwire_parse(in, &m, &size) == HOLD_WHOLE && m.type == HOLD_MSG_HELLO &&
           m.hello.version >= HOLD_WIRE_VERSION && str_is(m.hello.launch, HOLDRIG_LAUNCH) &&
           str_is(m.hello.nonce, HOLDRIG_NONCE);
}

static bool was_answered(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK) == 1;
}

static void greet(Hold *h, Str in, size_t piece, int peer) {
    for (; in.n && client_is_open(&h->clients.greeting); in = str_from(in, piece)) {
        Str part = str_upto(in, piece);
        if (send(peer, part.p, part.n, MSG_NOSIGNAL) < 0) break;
        orders_greet(h);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    Str in = str_n(data + 1, size - 1);
    int served[2], greeting[2], child[2];
    Hold *h = holdrig_new(child);
    holdrig_connect(&h->clients.served, served);
    holdrig_connect(&h->clients.greeting, greeting);
    int before = h->clients.served.fd;
    greet(h, in, 1 + data[0] % 64, greeting[1]);
    if (is_right(in)) {
        MUST(h->clients.served.fd != before && h->clients.greeting.fd < 0);
        MUST(was_answered(greeting[1]));
    } else {
        MUST(h->clients.served.fd == before && !was_answered(greeting[1]) && !was_answered(served[1]));
        MUST(h->phase == PHASE_RUNNING && h->input.last == 0 && h->stop == STOP_NONE);
    }
    close(served[1]);
    close(greeting[1]);
    close(child[0]);
    holdrig_free(h);
    return 0;
}
