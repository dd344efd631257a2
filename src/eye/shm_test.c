/* wl_shm: what a client may say about its memory, and how much of it there may be. */
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-server-protocol.h>

#include "base/test.h"
#include "eye/client.h"
#include "eye/fourcc.h"
#include "eye/guard.h"
#include "eye/rig.h"
#include "eye/ring.h"

enum { POOL = 4096, SIDE = 16 };

static struct wl_shm_pool *pool_of(RigClient *c, int fd, int32_t size) {
    struct wl_shm_pool *pool = wl_shm_create_pool(c->shm, fd, size);
    close(fd);
    return pool;
}

TEST(formats_are_found_by_both_of_their_codes) {
    for (size_t i = 0; i < fourcc_shm_n; i++) {
        CHECK(fourcc_of_shm(fourcc_shm[i].shm) == &fourcc_shm[i]);
        CHECK(fourcc_of_drm(fourcc_shm[i].fourcc) == &fourcc_shm[i]);
    }
    CHECK_I64(fourcc_of_shm(0)->has_alpha, true);
    CHECK_I64(fourcc_of_shm(1)->has_alpha, false);
    CHECK(!fourcc_of_shm(WL_SHM_FORMAT_RGB565) && !fourcc_of_shm(2) && !fourcc_of_drm(0));
}

/* Rows of `facts` that a spike got wrong among them: a stride that overflows 32 bits, and a format that is not offered. */
static const struct {
    const char *name;
    int32_t offset, width, height, stride;
    uint32_t format, error;
} buffers[] = {
    {"negative offset", -4, SIDE, SIDE, 64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"offset past the end", POOL, SIDE, 1, 64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"last row past the end", POOL - 1023, SIDE, SIDE, 64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"offset that wraps", INT_MAX, SIDE, SIDE, 64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"no width", 0, 0, SIDE, 64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"negative width", 0, -1, SIDE, 64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"no height", 0, SIDE, 0, 64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"negative height", 0, SIDE, -SIDE, 64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"stride of less than a row", 0, SIDE, SIDE, 60, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"stride of broken pixels", 0, SIDE, 1, 65, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"negative stride", 0, SIDE, SIDE, -64, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"width whose row overflows", 0, 0x40000001, 1, 4, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"height whose size overflows", 0, 1, 0x40000001, 4, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"wider than 16,384", 0, 16385, 1, 65540, 1, WL_SHM_ERROR_INVALID_STRIDE},
    {"format that is not offered", 0, SIDE, SIDE, 64, WL_SHM_FORMAT_RGB565, WL_SHM_ERROR_INVALID_FORMAT},
    {"format that does not exist", 0, SIDE, SIDE, 64, 12345, WL_SHM_ERROR_INVALID_FORMAT},
};

TEST(each_bad_buffer_is_a_protocol_error_and_nothing_of_it_stays) {
    rig_eye();
    int before = rig_count_fds();
    for (size_t i = 0; i < COUNT_OF(buffers); i++) {
        RigClient *c = rig_client();
        struct wl_shm_pool *pool = pool_of(c, rig_memory(POOL), POOL);
        wl_shm_pool_create_buffer(pool, buffers[i].offset, buffers[i].width, buffers[i].height, buffers[i].stride,
                                  buffers[i].format);
        RIG_UNTIL(c->is_over);
        uint32_t code = wl_display_get_protocol_error(c->display, NULL, NULL);
        if (code != buffers[i].error) test_fail(__FILE__, __LINE__, "%s: error %u", buffers[i].name, code);
        rig_leave(c);
        CHECK(rig_is_empty());
        CHECK_I64(rig_count_fds(), before);
    }
}

TEST(buffers_that_just_fit_are_taken) {
    Eye *eye = rig_eye();
    RigClient *c = rig_client();
    struct wl_shm_pool *pool = pool_of(c, rig_memory(POOL), POOL);
    wl_shm_pool_create_buffer(pool, POOL - 1024, SIDE, SIDE, 64, 0);
    wl_shm_pool_create_buffer(pool, 0, 1, POOL / 4, 4, WL_SHM_FORMAT_ABGR8888);
    rig_roundtrip(c);
    CHECK(!c->is_over);
    const Buffer *b = container_of(eye->buffers.next, Buffer, link);
    CHECK_I64(b->fourcc, FOURCC_ARGB8888);
    CHECK_I64(b->planes[0].offset + b->planes[0].size, POOL);
}

TEST(a_pool_must_be_backed_by_its_file) {
    rig_eye();
    int before = rig_count_fds();
    for (int32_t size = -1; size <= 0; size++) {
        RigClient *c = rig_client();
        pool_of(c, rig_memory(POOL), size);
        rig_want_error(c, &wl_shm_interface, WL_SHM_ERROR_INVALID_STRIDE);
        rig_leave(c);
    }
    RigClient *c = rig_client();
    pool_of(c, rig_memory(POOL), POOL + 1);
    rig_want_error(c, &wl_shm_interface, WL_SHM_ERROR_INVALID_FD);
    rig_leave(c);
    CHECK_I64(rig_count_fds(), before);
}

TEST(a_pool_grows_and_does_not_shrink) {
    Eye *eye = rig_eye();
    RigClient *c = rig_client();
    int fd = rig_memory(POOL);
    struct wl_shm_pool *pool = pool_of(c, dup(fd), POOL);
    CHECK(ftruncate(fd, 2 * POOL) == 0);
    wl_shm_pool_resize(pool, 2 * POOL);
    rig_roundtrip(c);
    CHECK_I64(container_of(eye->pools.next, Pool, link)->size, 2 * POOL);
    wl_shm_pool_resize(pool, POOL);
    rig_want_error(c, &wl_shm_pool_interface, WL_SHM_ERROR_INVALID_FD);
    rig_leave(c);
    c = rig_client();
    pool = pool_of(c, fd, POOL);
    wl_shm_pool_resize(pool, INT_MAX);
    rig_want_error(c, &wl_shm_pool_interface, WL_SHM_ERROR_INVALID_FD);
}

TEST(memory_is_sealed_against_shrinking_and_handed_out_for_reading_only) {
    Eye *eye = rig_eye();
    RigClient *c = rig_client();
    int fd = rig_memory(POOL);
    pool_of(c, dup(fd), POOL);
    rig_roundtrip(c);
    const Pool *p = container_of(eye->pools.next, Pool, link);
    CHECK(p->seals & F_SEAL_SHRINK);
    CHECK(ftruncate(fd, 64) < 0 && ftruncate(fd, 2 * POOL) == 0);
    CHECK_I64(fcntl(p->shared_fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    CHECK(mmap(NULL, POOL, PROT_READ | PROT_WRITE, MAP_SHARED, p->shared_fd, 0) == MAP_FAILED);
    close(fd);
}

static RigBuffer *unsealed(RigClient *c, int *ret_fd) {
    size_t size = (size_t)RIG_WIDTH * RIG_HEIGHT * 4;
    *ret_fd = memfd_create("unsealed", MFD_CLOEXEC);
    CHECK(*ret_fd >= 0 && ftruncate(*ret_fd, (off_t)size) == 0);
    RigBuffer *b = rig_buffer(c, RIG_WIDTH, RIG_HEIGHT);
    struct wl_shm_pool *pool = wl_shm_create_pool(c->shm, *ret_fd, (int32_t)size);
    wl_buffer_destroy(b->wl);
    b->wl = wl_shm_pool_create_buffer(pool, 0, RIG_WIDTH, RIG_HEIGHT, RIG_WIDTH * 4, WL_SHM_FORMAT_XRGB8888);
    return b;
}

TEST(memory_that_cannot_be_sealed_is_copied_and_may_be_truncated_meanwhile) {
    rig_eye();
    RigClient *c = rig_client();
    RigMessage m;
    int fd;
    rig_window(c);
    RigBuffer *b = unsealed(c, &fd);
    int consumer = rig_consumer(EYE_ROLE_STEP, 2, NULL);
    rig_draw(c, b);
    rig_receive(consumer, EYE_POOL, &m);
    CHECK_I64(m.pool.kind, EYE_POOL_RING);
    close(m.fds[0]);
    rig_receive(consumer, EYE_FRAME, &m);
    CHECK(m.frame.flags & EYE_FRAME_COPIED);
    rig_release(consumer, &m.frame);
    CHECK(ftruncate(fd, 0) == 0); /* reading it is SIGBUS from here on */
    rig_draw(c, b);
    rig_receive(consumer, EYE_FRAME, &m);
    CHECK(m.frame.flags & EYE_FRAME_COPIED);
    close(fd);
    rig_disconnect(consumer);
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static void want_limit(RigClient *c, const char *says) {
    RIG_UNTIL(c->is_over);
    CHECK_I64(wl_display_get_protocol_error(c->display, NULL, NULL), WL_DISPLAY_ERROR_IMPLEMENTATION);
    CHECK(rig_said("used Wayland wrongly and was disconnected") && rig_said(says));
    rig_leave(c);
    CHECK(rig_is_empty());
}

TEST(a_client_has_64_pools_at_most) {
    rig_eye();
    int before = rig_count_fds();
    RigClient *c = rig_client();
    for (int i = 0; i < CLIENT_POOLS_MAX; i++) pool_of(c, rig_memory(64), 64);
    rig_roundtrip(c);
    CHECK(!c->is_over);
    pool_of(c, rig_memory(64), 64);
    want_limit(c, "64 pools");
    CHECK_I64(rig_count_fds(), before);
}

TEST(a_client_has_256_buffers_at_most_and_counts_those_that_it_destroyed_no_more) {
    Eye *eye = rig_eye();
    RigClient *c = rig_client();
    struct wl_shm_pool *pool = pool_of(c, rig_memory(POOL), POOL);
    for (int i = 0; i < 3 * CLIENT_BUFFERS_MAX; i++)
        wl_buffer_destroy(wl_shm_pool_create_buffer(pool, 0, SIDE, SIDE, 64, 1));
    rig_roundtrip(c);
    CHECK(!c->is_over && list_is_empty(&eye->buffers));
    for (int i = 0; i <= CLIENT_BUFFERS_MAX; i++) wl_shm_pool_create_buffer(pool, 0, SIDE, SIDE, 64, 1);
    want_limit(c, "256 buffers");
}

TEST(a_client_has_a_gibibyte_of_pools_at_most) {
    rig_eye();
    int32_t size = INT_MAX / 4 + 1; /* a sparse file: no memory */
    RigClient *c = rig_client();
    int fd = rig_memory((size_t)size);
    wl_shm_create_pool(c->shm, fd, size);
    wl_shm_create_pool(c->shm, fd, size);
    rig_roundtrip(c);
    CHECK(!c->is_over);
    wl_shm_create_pool(c->shm, fd, 1);
    want_limit(c, "1073741824 bytes");
    close(fd);
}
