/* What the program itself uses: it changes as the program does. */
#include "sys/self_figures.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "base/test.h"

enum { BLOCK = 32 << 20, PAGE = 4096 };

TEST(what_it_uses_grows_with_what_it_does) {
    SelfFigures before, after;
    self_figures(&before);
    CLEANUP(fd_closep) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    char *block = malloc(BLOCK);
    CHECK(block);
    for (volatile char *p = block; p < block + BLOCK; p += PAGE) *p = 1;
    self_figures(&after);
    CHECK_I64(after.open_files, before.open_files + 1);
    CHECK(after.rss_bytes >= before.rss_bytes + BLOCK / 2);
    CHECK(after.private_bytes >= before.private_bytes + BLOCK / 2);
    CHECK(after.private_bytes <= after.rss_bytes);
    CHECK(after.cpu_us >= before.cpu_us && after.cpu_us > 0);
    CHECK(after.heap_used_bytes == -1 || after.heap_used_bytes >= before.heap_used_bytes + BLOCK);
    CHECK(after.heap_used_bytes <= after.heap_total_bytes);
    free(block);
}
