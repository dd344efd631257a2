/* adapter-replay ADAPTER RECORDING: prints the events of a recording, for writing and reviewing expectations. */
#include <stdio.h>

#include "adapter/replay.h"
#include "base/mem.h"

static int read_all(const char *path, Buf *out) {
    FILE *f = fopen(path, "rb");
    if (!f) return -1;
    char chunk[65536];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) buf_add(out, chunk, n);
    fclose(f);
    return out->failed ? -1 : 0;
}

static int replay(const Adapter *adapter, Str file) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    Replay recording;
    if (replay_parse(file, a, &recording, &e) < 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    ReplayRun r;
    replay_begin(&r, adapter);
    for (size_t i = 0; i < recording.n; i++) replay_step(&r, &recording.items[i]);
    fwrite(r.out.p, 1, r.out.n, stdout);
    replay_done(&r);
    return 0;
}

int main(int argc, char **argv) {
    CLEANUP(buf_done) Buf file;
    buf_init(&file, ADAPTER_LINE_MAX);
    const Adapter *adapter = argc == 3 ? adapter_find(str(argv[1])) : NULL;
    if (adapter && read_all(argv[2], &file) == 0) return replay(adapter, buf_str(&file));
    fprintf(stderr, "usage: adapter-replay ADAPTER RECORDING\n");
    return 2;
}
