/* frame.sock, what the eye reads: as fuzz_eye_server for version 1, a stream of bytes. The first byte says how the stream is
 * cut; a piece is followed by a picture of the program where its first byte is odd. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "eye_serving.h"
#include "fuzz.h"

static void drain(int fd) {
    RigMessage m;
    while (rig_try_receive(fd, &m)) {
        MUST(m.head.version == EYE_ABI_V1);
        for (int i = 0; i < m.n_fds; i++) close(m.fds[i]);
        if (m.head.type == EYE_FRAME) MUST(m.n_fds == rig_frame1(&m)->fds);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    const Eye *eye = serving_begin(data[0] & 1);
    int fd = rig_connect(EYE_ABI_V1);
    Str rest = str_n(data + 1, size - 1);
    for (size_t cut = 1 + data[0] / 2; rest.n; rest = str_from(rest, cut)) {
        Str piece = str_upto(rest, cut);
        if (send(fd, piece.p, piece.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            MUST(errno == EPIPE || errno == EAGAIN || errno == ECONNRESET);
        rig_settle();
        if (piece.p[0] & 1) serving_draw();
        drain(fd);
    }
    drain(fd);
    serving_end(eye, fd);
    return 0;
}
