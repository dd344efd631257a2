/* The eye's own buffers, and what a truncated file does to a copy. */
#include "eye/ring.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/test.h"
#include "eye/guard.h"
#include "eye/rig.h"

TEST(the_ring_has_as_many_buffers_as_configured_and_more_only_for_a_stepper) {
    Eye *eye = rig_eye();
    Buffer *taken[EYE_BUFFERS_MAX + RING_EXTRA];
    uint8_t *pixels;
    int n = 0, most = (int)eye->config.buffers;
    while (n < most) CHECK((taken[n++] = ring_take(eye, 8, 8, false, &pixels)));
    CHECK(!ring_take(eye, 8, 8, false, &pixels));
    while (n < most + RING_EXTRA) CHECK((taken[n++] = ring_take(eye, 8, 8, true, &pixels)));
    CHECK(!ring_take(eye, 8, 8, true, &pixels));
    Buffer *first = taken[0];
    buffer_unhold(first);
    CHECK(ring_take(eye, 8, 8, false, &pixels) == first);
    while (n) buffer_unhold(taken[--n]);
}

TEST(free_buffers_of_another_size_are_dropped_with_their_memory) {
    Eye *eye = rig_eye();
    uint8_t *pixels;
    int before = rig_count_fds();
    buffer_unhold(ring_take(eye, 8, 8, false, &pixels));
    uint32_t id = ring_take(eye, 16, 8, false, &pixels)->id;
    Buffer *b = container_of(eye->buffers.prev, Buffer, link);
    CHECK_I64(b->id, id);
    memset(pixels, 1, (size_t)16 * 8 * 4);
    ring_drop(eye); /* it is held, and stays */
    CHECK(b->width == 16 && pixels[0] == 1);
    buffer_unhold(b);
    ring_drop(eye);
    CHECK_I64(rig_count_fds(), before);
    CHECK(list_is_empty(&eye->buffers) && list_is_empty(&eye->pools));
}

static Buffer *picture(Eye *eye, int fd, uint32_t stride, uint32_t offset) {
    Pool *pool = pool_new(eye, EYE_POOL_SHM, fd, 4096);
    Buffer *b = buffer_new(eye, FOURCC_ABGR8888, 8, 4);
    b->n_planes = 1;
    b->planes[0] = (BufferPlane){.pool = pool, .stride = stride, .offset = offset, .size = stride * 4};
    return b;
}

TEST(a_copy_has_the_rows_of_its_source_without_their_padding) {
    Eye *eye = rig_eye();
    int fd = rig_memory(4096);
    uint8_t rows[4096];
    for (size_t i = 0; i < sizeof rows; i++) rows[i] = (uint8_t)(i * 31 >> 3);
    CHECK(write(fd, rows, sizeof rows) == sizeof rows);
    static const uint32_t strides[] = {32, 36, 64};
    for (size_t i = 0; i < COUNT_OF(strides); i++) {
        Buffer *from = picture(eye, dup(fd), strides[i], 12);
        Buffer *to = ring_copy(eye, from, false);
        CHECK(to && to->fourcc == FOURCC_ABGR8888 && to->planes[0].stride == 32);
        CHECK(pool_map(to->planes[0].pool));
        for (size_t y = 0; y < 4; y++)
            CHECK(memcmp(to->planes[0].pool->map + y * 32, rows + 12 + y * strides[i], 32) == 0);
        buffer_unhold(to);
        buffer_unref(from);
    }
    close(fd);
}

TEST(a_format_is_announced_again_when_the_buffer_comes_with_another_one) {
    Eye *eye = rig_eye();
    int fd = rig_memory(4096);
    Buffer *from = picture(eye, fd, 32, 0), *to = ring_copy(eye, from, false);
    to->announced = 1;
    buffer_unhold(to);
    CHECK(ring_copy(eye, from, false) == to);
    CHECK_I64(to->announced, 1);
    buffer_unhold(to);
    from->fourcc = FOURCC_XRGB8888;
    CHECK(ring_copy(eye, from, false) == to);
    CHECK_I64(to->announced, 0);
    buffer_unhold(to);
    buffer_unref(from);
}

TEST(what_is_missing_of_a_truncated_file_is_black) {
    Eye *eye = rig_eye();
    int fd = memfd_create("short", MFD_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
    Buffer *from = picture(eye, fd, 32, 0);
    CHECK(pool_map(from->planes[0].pool));
    CHECK(ftruncate(fd, 0) == 0);
    Buffer *to = ring_copy(eye, from, false);
    CHECK(to && pool_map(to->planes[0].pool));
    for (size_t i = 0; i < 128; i++) CHECK(to->planes[0].pool->map[i] == 0);
    buffer_unhold(to);
    buffer_unref(from);
}

static void touch(void *arg) { *(volatile uint8_t *)arg; }

TEST(a_guard_says_whether_memory_was_missing) {
    rig_eye();
    int fd = memfd_create("guarded", MFD_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, 8192) == 0);
    uint8_t *at = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    CHECK(guard_run(at, 8192, touch, at + 5000));
    CHECK(ftruncate(fd, 4096) == 0);
    CHECK(guard_run(at, 8192, touch, at));
    CHECK(!guard_run(at, 8192, touch, at + 5000));
    CHECK_I64(at[5000], 0);
    munmap(at, 8192);
    close(fd);
}
