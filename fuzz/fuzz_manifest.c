/* Fuzzes the manifest of a snapshot: whatever is accepted names only paths inside the worktree, and is printed as it was
 * read. */
#include <stdlib.h>

#include "base/mem.h"
#include "git/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(manifest_done) Manifest m = {0};
    CLEANUP(manifest_done) Manifest again = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    if (manifest_parse(arena_str(a, str_n(data, size)), &m, &(Err){0}) < 0) return 0;
    vec_each(&m.items, i) {
        bool is_out = i->path.n == 0 || (!manifest_is_left(i->kind) && i->path.p[0] == '/');
        if (is_out || !manifest_reason(i->kind)) abort();
    }
    manifest_print(&m, &b);
    if (manifest_parse(arena_str(a, buf_str(&b)), &again, &(Err){0}) < 0 || again.items.n != m.items.n) abort();
    return 0;
}
