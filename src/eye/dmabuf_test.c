/* linux-dmabuf: what is offered, what a client may say, and what consumers get of it. Without a GPU memfds take their place (gpu_rig.h). */
#include "eye/dmabuf.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "eye/client.h"
#include "eye/fourcc.h"
#include "eye/gpu_rig.h"
#include "eye/stats.h"

enum { STRIDE = RIG_WIDTH * 4, WIDE = STRIDE + 64, OFFSET = 128, SIDE = 16, SIZE = 4096 };

/* --- what is offered ---------------------------------------------------------------------------------------------- */

TEST(dma_bufs_are_offered_only_where_a_render_node_can_be_opened) {
    char folder[4096], path[4200];
    Eye eye = {0};
    snprintf(folder, sizeof folder, "%s/nodes", test_dir());
    CHECK(!dmabuf_init(&eye, folder)); /* no such folder */
    CHECK(mkdir(folder, 0700) == 0 && !dmabuf_init(&eye, folder));
    snprintf(path, sizeof path, "%s/card0", folder); /* is no render node */
    CHECK(symlink("/dev/null", path) == 0 && !dmabuf_init(&eye, folder));
    snprintf(path, sizeof path, "%s/renderD128", folder); /* is no device */
    CHECK(symlink(folder, path) == 0 && !dmabuf_init(&eye, folder));
    snprintf(path, sizeof path, "%s/renderD129", folder); /* is nothing */
    CHECK(symlink("/nonexistent", path) == 0 && !dmabuf_init(&eye, folder));
    CHECK(!eye.dmabuf);
    rig_eye();
    CHECK_I64(gpu_client(4)->version, 4);
}

TEST(a_client_of_version_3_hears_of_formats_when_it_binds_and_older_ones_are_offered_none) {
    rig_eye();
    static const int formats[] = {0, 0, 0, 4, 0};
    for (uint32_t version = 1; version <= 4; version++) {
        const GpuClient *c = gpu_client(version);
        CHECK_I64(c->n_formats, formats[version]);
        CHECK(c->n_modifiers == formats[version] && c->n_linear == c->n_modifiers);
        for (int i = 0; i < c->n_formats; i++) CHECK(fourcc_of_drm(c->formats[i]));
    }
}

typedef struct Feedback {
    int table, n_indices;
    uint32_t size;
    dev_t main, target;
    uint16_t indices[16];
    char order[16]; /* of the events */
    size_t n;
} Feedback;

static void note(Feedback *f, char what) {
    if (f->n < sizeof f->order - 1) f->order[f->n++] = what;
}

static void on_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *r) {
    (void)r;
    note(data, 'd');
}

static void on_table(void *data, struct zwp_linux_dmabuf_feedback_v1 *r, int32_t fd, uint32_t size) {
    (void)r;
    Feedback *f = data;
    f->table = fd;
    f->size = size;
    note(f, 't');
}

static void on_main(void *data, struct zwp_linux_dmabuf_feedback_v1 *r, struct wl_array *device) {
    (void)r;
    Feedback *f = data;
    CHECK_I64(device->size, sizeof f->main);
    memcpy(&f->main, device->data, sizeof f->main);
    note(f, 'm');
}

static void on_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *r) {
    (void)r;
    note(data, 'D');
}

static void on_target(void *data, struct zwp_linux_dmabuf_feedback_v1 *r, struct wl_array *device) {
    (void)r;
    Feedback *f = data;
    CHECK_I64(device->size, sizeof f->target);
    memcpy(&f->target, device->data, sizeof f->target);
    note(f, 'T');
}

static void on_formats(void *data, struct zwp_linux_dmabuf_feedback_v1 *r, struct wl_array *indices) {
    (void)r;
    Feedback *f = data;
    f->n_indices = (int)(indices->size / 2);
    CHECK(indices->size <= sizeof f->indices);
    memcpy(f->indices, indices->data, indices->size);
    note(f, 'f');
}

static void on_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *r, uint32_t flags) {
    (void)r;
    CHECK_I64(flags, 0);
    note(data, 'F');
}

static const struct zwp_linux_dmabuf_feedback_v1_listener on_feedback = {
    on_done, on_table, on_main, on_tranche_done, on_target, on_formats, on_flags};

static void check_feedback(const Feedback *f) {
    struct stat node;
    struct {
        uint32_t fourcc, padding;
        uint64_t modifier;
    } entry;
    CHECK_STR(str(f->order), "tmTFfDd");
    CHECK(stat("/dev/null", &node) == 0 && f->main == node.st_rdev && f->target == node.st_rdev);
    CHECK(f->size == 4 * sizeof entry && f->n_indices == 4);
    for (uint16_t i = 0; i < 4; i++) {
        CHECK_I64(f->indices[i], i);
        CHECK(pread(f->table, &entry, sizeof entry, i * (off_t)sizeof entry) == sizeof entry);
        CHECK(entry.fourcc == fourcc_shm[i].fourcc && entry.modifier == FOURCC_MOD_LINEAR);
    }
    CHECK_I64(fcntl(f->table, F_GETFL) & O_ACCMODE, O_RDONLY);
    CHECK(fcntl(f->table, F_GET_SEALS) & F_SEAL_WRITE && fcntl(f->table, F_GET_SEALS) & F_SEAL_SHRINK);
    void *map = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, f->table, 0);
    CHECK(map != MAP_FAILED);
    munmap(map, f->size);
    close(f->table);
}

TEST(feedback_names_the_device_and_the_formats_for_any_surface) {
    rig_eye();
    GpuClient *c = gpu_client(4);
    Feedback all = {0}, one = {0};
    rig_window(c->rig);
    zwp_linux_dmabuf_feedback_v1_add_listener(zwp_linux_dmabuf_v1_get_default_feedback(c->dmabuf), &on_feedback, &all);
    struct zwp_linux_dmabuf_feedback_v1 *of_surface =
        zwp_linux_dmabuf_v1_get_surface_feedback(c->dmabuf, c->rig->surface);
    zwp_linux_dmabuf_feedback_v1_add_listener(of_surface, &on_feedback, &one);
    rig_roundtrip(c->rig);
    check_feedback(&all);
    check_feedback(&one);
    zwp_linux_dmabuf_feedback_v1_destroy(of_surface);
    rig_roundtrip(c->rig);
    CHECK(!c->rig->is_over);
}

/* --- what is against the protocol --------------------------------------------------------------------------------- */

#define ERROR(name) ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_##name

typedef struct Bad {
    const char *name;
    uint32_t error;
    uint32_t planes; /* bit i: plane i is added */
    int32_t width, height;
    uint32_t offset, stride, format;
    uint64_t modifier;
} Bad;

static const Bad bads[] = {
    {"no plane", ERROR(INCOMPLETE), 0, SIDE, SIDE, 0, 64, FOURCC_XRGB8888, 0},
    {"plane 1 alone", ERROR(INCOMPLETE), 2, SIDE, SIDE, 0, 64, FOURCC_XRGB8888, 0},
    {"two planes of a format with one", ERROR(INCOMPLETE), 3, SIDE, SIDE, 0, 64, FOURCC_XRGB8888, 0},
    {"four planes", ERROR(INCOMPLETE), 15, SIDE, SIDE, 0, 64, FOURCC_XRGB8888, 0},
    {"unknown format", ERROR(INVALID_FORMAT), 1, SIDE, SIDE, 0, 64, FOURCC('N', 'V', '1', '2'), 0},
    {"a code of wl_shm", ERROR(INVALID_FORMAT), 1, SIDE, SIDE, 0, 64, 1, 0},
    {"modifier that is not offered", ERROR(INVALID_FORMAT), 1, SIDE, SIDE, 0, 64, FOURCC_XRGB8888, 1ull << 56 | 1},
    {"no modifier", ERROR(INVALID_FORMAT), 1, SIDE, SIDE, 0, 64, FOURCC_XRGB8888, FOURCC_MOD_INVALID},
    {"no width", ERROR(INVALID_DIMENSIONS), 1, 0, SIDE, 0, 64, FOURCC_XRGB8888, 0},
    {"negative width", ERROR(INVALID_DIMENSIONS), 1, -1, SIDE, 0, 64, FOURCC_XRGB8888, 0},
    {"no height", ERROR(INVALID_DIMENSIONS), 1, SIDE, 0, 0, 64, FOURCC_XRGB8888, 0},
    {"negative height", ERROR(INVALID_DIMENSIONS), 1, SIDE, INT_MIN, 0, 64, FOURCC_XRGB8888, 0},
    {"wider than 16,384", ERROR(INVALID_DIMENSIONS), 1, 16385, 1, 0, 65540, FOURCC_XRGB8888, 0},
    {"width whose row overflows", ERROR(INVALID_DIMENSIONS), 1, 0x40000001, 1, 0, 4, FOURCC_XRGB8888, 0},
    {"stride of less than a row", ERROR(OUT_OF_BOUNDS), 1, SIDE, SIDE, 0, 60, FOURCC_XRGB8888, 0},
    {"stride of broken pixels", ERROR(OUT_OF_BOUNDS), 1, SIDE, 1, 0, 65, FOURCC_XRGB8888, 0},
    {"no stride", ERROR(OUT_OF_BOUNDS), 1, SIDE, SIDE, 0, 0, FOURCC_XRGB8888, 0},
    {"last row past the end", ERROR(OUT_OF_BOUNDS), 1, SIDE, SIDE, SIZE - 1020, 64, FOURCC_XRGB8888, 0},
    {"more rows than there are", ERROR(OUT_OF_BOUNDS), 1, SIDE, SIZE / 64 + 1, 0, 64, FOURCC_XRGB8888, 0},
    {"offset past the end", ERROR(OUT_OF_BOUNDS), 1, SIDE, 1, SIZE, 64, FOURCC_XRGB8888, 0},
    {"offset that wraps", ERROR(OUT_OF_BOUNDS), 1, SIDE, SIDE, UINT32_MAX - 1023, 64, FOURCC_XRGB8888, 0},
    {"size that wraps", ERROR(OUT_OF_BOUNDS), 1, SIDE, SIDE, 0, 0x10000000, FOURCC_XRGB8888, 0},
};

static void add_plane(struct zwp_linux_buffer_params_v1 *p, uint32_t index, const Bad *bad) {
    int fd = gpu_memory(SIZE);
    zwp_linux_buffer_params_v1_add(p, fd, index, bad->offset, bad->stride, (uint32_t)(bad->modifier >> 32),
                                   (uint32_t)bad->modifier);
    close(fd);
}

static void check_bad(const Bad *bad, bool is_immediate) {
    GpuClient *c = gpu_client(4);
    struct zwp_linux_buffer_params_v1 *p = gpu_params(c);
    for (uint32_t i = 0; i < 4; i++) {
        if (bad->planes & 1u << i) add_plane(p, i, bad);
    }
    if (is_immediate)
        zwp_linux_buffer_params_v1_create_immed(p, bad->width, bad->height, bad->format, 0);
    else
        zwp_linux_buffer_params_v1_create(p, bad->width, bad->height, bad->format, 0);
    RIG_UNTIL(c->rig->is_over);
    uint32_t code = wl_display_get_protocol_error(c->rig->display, NULL, NULL);
    if (code != bad->error) test_fail(__FILE__, __LINE__, "%s: error %u", bad->name, code);
    rig_leave(c->rig);
}

TEST(each_bad_dma_buf_is_a_protocol_error_and_nothing_of_it_stays) {
    rig_eye();
    int before = rig_count_fds();
    for (size_t i = 0; i < 2 * COUNT_OF(bads); i++) {
        check_bad(&bads[i / 2], i % 2);
        CHECK(rig_is_empty());
        CHECK_I64(rig_count_fds(), before);
    }
}

static const Bad good = {"good", 0, 1, SIDE, SIDE, SIZE - 1024, 64, FOURCC_ABGR8888, 0};

TEST(planes_have_their_index_once_and_parameters_are_used_once) {
    rig_eye();
    int before = rig_count_fds();
    for (int i = 0; i < 5; i++) {
        static const uint32_t errors[] = {ERROR(PLANE_IDX), ERROR(PLANE_SET), ERROR(ALREADY_USED), ERROR(ALREADY_USED),
                                          ERROR(ALREADY_USED)};
        GpuClient *c = gpu_client(4);
        struct zwp_linux_buffer_params_v1 *p = gpu_params(c);
        add_plane(p, 0, &good);
        if (i == 0) add_plane(p, 4, &good);
        if (i == 1) add_plane(p, 0, &good);
        if (i >= 2) zwp_linux_buffer_params_v1_create(p, SIDE, SIDE, good.format, 0);
        if (i == 2) zwp_linux_buffer_params_v1_create(p, SIDE, SIDE, good.format, 0);
        if (i == 3) zwp_linux_buffer_params_v1_create_immed(p, SIDE, SIDE, good.format, 0);
        if (i == 4) add_plane(p, 1, &good);
        rig_want_error(c->rig, &zwp_linux_buffer_params_v1_interface, errors[i]);
        rig_leave(c->rig);
        CHECK_I64(rig_count_fds(), before);
    }
}

TEST(a_buffer_that_just_fits_is_created) {
    Eye *eye = rig_eye();
    GpuClient *c = gpu_client(4);
    struct zwp_linux_buffer_params_v1 *p = gpu_params(c);
    add_plane(p, 0, &good);
    zwp_linux_buffer_params_v1_create(p, SIDE, SIDE, good.format, 0);
    RIG_UNTIL(c->n_created + c->n_failed == 1);
    CHECK_I64(c->n_created, 1);
    const Buffer *b = container_of(eye->buffers.next, Buffer, link);
    CHECK(b->fourcc == FOURCC_ABGR8888 && b->modifier == FOURCC_MOD_LINEAR && b->n_planes == 1);
    CHECK_I64(b->planes[0].offset + b->planes[0].size, SIZE);
    CHECK(b->planes[0].pool->kind == EYE_POOL_DMABUF && b->planes[0].pool->size == SIZE);
}

/* Reasons that a client cannot know before. */
static void check_refused(int fd, uint32_t version, uint64_t modifier, uint32_t flags) {
    for (int is_immediate = 0; is_immediate < 2; is_immediate++) {
        GpuClient *c = gpu_client(version);
        struct zwp_linux_buffer_params_v1 *p = gpu_params(c);
        zwp_linux_buffer_params_v1_add(p, fd, 0, 0, 64, (uint32_t)(modifier >> 32), (uint32_t)modifier);
        if (is_immediate) {
            zwp_linux_buffer_params_v1_create_immed(p, SIDE, SIDE, FOURCC_XRGB8888, flags);
            rig_want_error(c->rig, &zwp_linux_buffer_params_v1_interface, ERROR(INVALID_WL_BUFFER));
        } else {
            zwp_linux_buffer_params_v1_create(p, SIDE, SIDE, FOURCC_XRGB8888, flags);
            RIG_UNTIL(c->n_failed == 1 || c->rig->is_over);
            CHECK(!c->rig->is_over && !c->n_created);
        }
        rig_leave(c->rig);
        CHECK(rig_is_empty());
    }
    close(fd);
}

TEST(what_is_no_dma_buf_and_what_cannot_be_shown_as_it_is_fails) {
    rig_eye();
    int before = rig_count_fds();
    check_refused(rig_memory(SIZE), 4, 0, 0); /* it could be truncated under a consumer */
    check_refused(open("/dev/null", O_RDWR | O_CLOEXEC), 4, 0, 0);
    check_refused(gpu_memory(0), 4, 0, 0);
    check_refused(gpu_memory(SIZE), 3, FOURCC_MOD_INVALID, 0);
    for (uint32_t flags = 1; flags <= 8; flags *= 2) check_refused(gpu_memory(SIZE), 4, 0, flags);
    CHECK_I64(rig_count_fds(), before);
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static void want_limit(const GpuClient *c, const char *says, int before) {
    RIG_UNTIL(c->rig->is_over);
    CHECK_I64(wl_display_get_protocol_error(c->rig->display, NULL, NULL), WL_DISPLAY_ERROR_IMPLEMENTATION);
    CHECK(rig_said(says));
    rig_leave(c->rig);
    CHECK(rig_is_empty());
    CHECK_I64(rig_count_fds(), before);
}

TEST(a_client_has_so_many_parameters_dma_bufs_and_objects_of_feedback_at_most) {
    rig_eye();
    int before = rig_count_fds();
    GpuClient *c = gpu_client(4);
    for (int i = 0; i < 3 * CLIENT_PARAMS_MAX; i++) zwp_linux_buffer_params_v1_destroy(gpu_params(c));
    rig_roundtrip(c->rig);
    CHECK(!c->rig->is_over);
    for (int i = 0; i <= CLIENT_PARAMS_MAX; i++) gpu_params(c);
    want_limit(c, "64 sets of buffer parameters", before);
    c = gpu_client(4);
    for (int i = 0; i < CLIENT_POOLS_MAX; i++) gpu_buffer(c, STRIDE, 0);
    rig_roundtrip(c->rig);
    CHECK(!c->rig->is_over);
    gpu_buffer(c, STRIDE, 0);
    want_limit(c, "64 pools", before);
    c = gpu_client(4);
    for (int i = 0; i <= CLIENT_FEEDBACKS_MAX; i++) {
        Feedback f = {0};
        struct zwp_linux_dmabuf_feedback_v1 *r = zwp_linux_dmabuf_v1_get_default_feedback(c->dmabuf);
        zwp_linux_dmabuf_feedback_v1_add_listener(r, &on_feedback, &f);
        rig_roundtrip(c->rig);
        if (f.n) close(f.table);
    }
    want_limit(c, "256 objects of dma-buf feedback", before);
}

TEST(a_client_has_a_gibibyte_of_dma_bufs_at_most) {
    rig_eye();
    int before = rig_count_fds();
    GpuClient *c = gpu_client(4);
    for (int i = 0; i < 3; i++) {
        int fd = gpu_memory((size_t)1 << 29); /* sparse */
        struct zwp_linux_buffer_params_v1 *p = gpu_params(c);
        zwp_linux_buffer_params_v1_add(p, fd, 0, 0, 64, 0, 0);
        zwp_linux_buffer_params_v1_create_immed(p, SIDE, SIDE, FOURCC_XRGB8888, 0);
        close(fd);
    }
    want_limit(c, "1073741824 bytes", before);
}

/* --- what consumers get ------------------------------------------------------------------------------------------- */

static int consumer(uint32_t role, uint32_t accepts) {
    return rig_consumer_of(&(EyeHello){.role = role, .accepts = accepts, .credits = 2, .name = "rig"}, NULL);
}

static bool is_same_file(int a, int b) {
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

TEST(a_stepper_that_accepts_dma_bufs_gets_the_client_s_own_and_it_is_released_once) {
    Eye *eye = rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    rig_window(c->rig);
    RigBuffer *first = gpu_buffer(c, WIDE, OFFSET), *second = gpu_buffer(c, STRIDE, 0);
    int fd = consumer(EYE_ROLE_STEP, EYE_ACCEPTS_DMABUF);
    rig_draw(c->rig, first);
    rig_receive(fd, EYE_POOL, &m);
    CHECK(m.pool.kind == EYE_POOL_DMABUF && m.pool.size == first->size && !(m.pool.flags & EYE_POOL_READ_ONLY));
    CHECK(m.n_fds == 1 && is_same_file(m.fds[0], first->fd));
    close(m.fds[0]);
    rig_receive(fd, EYE_BUFFER, &m);
    EyeBuffer b;
    EyePlane plane;
    CHECK_I64(m.head.payload, sizeof b + sizeof plane);
    memcpy(&b, m.bytes, sizeof b);
    memcpy(&plane, m.bytes + sizeof b, sizeof plane);
    CHECK(b.width == RIG_WIDTH && b.height == RIG_HEIGHT && b.fourcc == FOURCC_XRGB8888);
    CHECK(b.planes == 1 && b.modifier == FOURCC_MOD_LINEAR);
    CHECK(plane.stride == WIDE && plane.offset == OFFSET && plane.size == WIDE * RIG_HEIGHT);
    rig_receive(fd, EYE_FRAME, &m);
    CHECK(!(m.frame.flags & (EYE_FRAME_COPIED | EYE_FRAME_COMPOSED)) && m.n_fds == 0);
    CHECK_STR(str(eye->stats->path), "dma-buf");
    EyeFrame frame = m.frame;
    rig_draw(c->rig, second);
    rig_receive(fd, EYE_FRAME, &m);
    CHECK_I64(first->n_releases, 0); /* the consumer holds it */
    rig_release(fd, &frame);
    rig_release(fd, &frame);
    rig_roundtrip(c->rig);
    CHECK(first->n_releases == 1 && second->n_releases == 0);
    rig_disconnect(fd);
    rig_draw(c->rig, first);
    rig_roundtrip(c->rig);
    CHECK(first->n_releases == 1 && second->n_releases == 1);
    CHECK_I64(gpu.n_begins, 0); /* nobody has read it with the processor */
}

static void paint(RigBuffer *b, uint32_t stride, uint32_t offset) {
    for (uint32_t y = 0; y < RIG_HEIGHT; y++) memset(b->pixels + offset + (size_t)y * stride, (int)y + 1, STRIDE);
}

/* The frame's pixels in the pool, which is the first one announced. */
static void check_painted(int fd, uint32_t flags) {
    RigMessage m;
    rig_receive(fd, EYE_POOL, &m);
    CHECK_I64(m.pool.kind, EYE_POOL_RING);
    uint8_t *map = mmap(NULL, m.pool.size, PROT_READ, MAP_SHARED, m.fds[0], 0);
    CHECK(map != MAP_FAILED);
    close(m.fds[0]);
    size_t size = m.pool.size;
    rig_receive(fd, EYE_FRAME, &m);
    CHECK(m.frame.flags & flags);
    for (size_t i = 0; i < RIG_HEIGHT; i++) CHECK(map[i * STRIDE] == i + 1 && map[i * STRIDE + STRIDE - 2] == i + 1);
    munmap(map, size);
}

TEST(others_get_a_copy_that_is_read_between_the_two_calls_for_the_caches) {
    rig_eye();
    GpuClient *c = gpu_client(4);
    rig_window(c->rig);
    RigBuffer *b = gpu_buffer(c, WIDE, OFFSET);
    paint(b, WIDE, OFFSET);
    int stepper = consumer(EYE_ROLE_STEP, EYE_ACCEPTS_SHM), watcher = consumer(EYE_ROLE_WATCH, EYE_ACCEPTS_DMABUF);
    rig_draw(c->rig, b);
    check_painted(stepper, EYE_FRAME_COPIED);
    check_painted(watcher, EYE_FRAME_COPIED);
    CHECK(gpu.n_begins == 1 && gpu.n_ends == 1); /* one copy for both */
}

TEST(version_1_gets_the_descriptor_with_each_frame_and_no_mark_of_shared_memory) {
    rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    rig_window(c->rig);
    RigBuffer *b = gpu_buffer(c, WIDE, OFFSET);
    int fd = rig_connect(EYE_ABI_V1);
    for (int i = 0; i < 2; i++) {
        rig_draw(c->rig, b);
        rig_receive(fd, EYE_FRAME, &m);
        const EyeV1Frame *f = rig_frame1(&m);
        CHECK(m.n_fds == 1 && is_same_file(m.fds[0], b->fd));
        CHECK(f->fds == 1 && f->planes == 1 && f->flags == 0 && f->modifier == FOURCC_MOD_LINEAR);
        CHECK(f->plane[0].fd == 0 && f->plane[0].stride == WIDE && f->plane[0].offset == OFFSET);
        close(m.fds[0]);
        rig_send(fd, EYE_ABI_V1, EYE_PING, NULL, 0);
    }
}

TEST(version_1_gets_one_descriptor_for_each_plane) {
    Eye *eye = rig_eye();
    RigMessage m;
    int fd = rig_connect(EYE_ABI_V1), before = rig_count_fds();
    Buffer *b = buffer_new(eye, FOURCC('N', 'V', '1', '2'), 8, 4);
    for (int i = 0; i < EYE_ABI_PLANES_MAX; i++) {
        Pool *pool = pool_new(eye, EYE_POOL_DMABUF, gpu_memory(SIZE), SIZE);
        pool->shared_fd = dup(pool->fd);
        b->planes[b->n_planes++] = (BufferPlane){pool, (uint32_t)i * 64, 8, 32};
    }
    for (int i = 0; i < EYE_CONSUMERS_MAX; i++) {
        Consumer *c = &eye->consumers->items[i];
        if (c->version == EYE_ABI_V1) consumer_v1_send(c, &(Frame){.id = 7}, 0, b);
    }
    rig_receive(fd, EYE_FRAME, &m);
    const EyeV1Frame *f = rig_frame1(&m);
    CHECK(f->frame_id == 7 && f->fds == 4 && f->planes == 4 && m.n_fds == 4);
    for (int i = 0; i < EYE_ABI_PLANES_MAX; i++) {
        const EyeV1Plane *p = &f->plane[i];
        CHECK(p->fd == i && p->offset == (uint32_t)i * 64 && p->stride == 8 && p->size == 32);
        CHECK(is_same_file(m.fds[i], b->planes[i].pool->fd));
        close(m.fds[i]);
    }
    buffer_unref(b);
    CHECK_I64(rig_count_fds(), before);
}

TEST(a_dma_buf_among_several_surfaces_is_composed) {
    Eye *eye = rig_eye();
    GpuClient *c = gpu_client(4);
    rig_window(c->rig);
    RigBuffer *b = gpu_buffer(c, WIDE, OFFSET), *small = rig_buffer(c->rig, 1, 1);
    struct wl_surface *over = wl_compositor_create_surface(c->rig->compositor);
    struct wl_subsurface *sub = wl_subcompositor_get_subsurface(c->rig->subcompositor, over, c->rig->surface);
    wl_subsurface_set_position(sub, 1, 0); /* check_painted looks at the pixels beside it */
    wl_surface_attach(over, small->wl, 0, 0);
    wl_surface_commit(over);
    paint(b, WIDE, OFFSET);
    int fd = consumer(EYE_ROLE_STEP, EYE_ACCEPTS_SHM | EYE_ACCEPTS_DMABUF);
    rig_draw(c->rig, b);
    check_painted(fd, EYE_FRAME_COMPOSED);
    CHECK_STR(str(eye->stats->path), "composed");
    CHECK(gpu.n_begins >= 1 && gpu.n_begins == gpu.n_ends);
}

TEST(a_dma_buf_that_cannot_be_mapped_is_reported_once_and_goes_to_the_stepper_alone) {
    rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    char link[64];
    rig_window(c->rig);
    int memory = gpu_memory(STRIDE * RIG_HEIGHT);
    snprintf(link, sizeof link, "/proc/self/fd/%d", memory);
    int write_only = open(link, O_WRONLY | O_CLOEXEC);
    struct zwp_linux_buffer_params_v1 *p = gpu_params(c);
    zwp_linux_buffer_params_v1_add(p, write_only, 0, 0, STRIDE, 0, 0);
    struct wl_buffer *wl = zwp_linux_buffer_params_v1_create_immed(p, RIG_WIDTH, RIG_HEIGHT, FOURCC_XRGB8888, 0);
    RigBuffer *b = rig_adopt(c->rig, wl, memory, STRIDE * RIG_HEIGHT);
    close(write_only);
    int stepper = consumer(EYE_ROLE_STEP, EYE_ACCEPTS_DMABUF), watcher = consumer(EYE_ROLE_WATCH, EYE_ACCEPTS_SHM);
    rig_draw(c->rig, b);
    rig_receive(stepper, EYE_FRAME, &m);
    CHECK(rig_said("a buffer cannot be mapped: Permission denied"));
    rig_release(stepper, &m.frame);
    rig_draw(c->rig, b);
    rig_receive(stepper, EYE_FRAME, &m);
    rig_settle();
    while (rig_try_receive(watcher, &m)) CHECK(m.head.type != EYE_FRAME);
}

/* --- a real one --------------------------------------------------------------------------------------------------- */

TEST(a_real_dma_buf_is_copied_and_handed_out) {
    int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
    if (device < 0) test_skip("no /dev/udmabuf");
    rig_eye();
    GpuClient *c = gpu_client(4);
    RigMessage m;
    rig_window(c->rig);
    size_t size = (size_t)STRIDE * RIG_HEIGHT; /* two pages */
    int memory = rig_memory(size);
    CHECK(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    struct udmabuf_create create = {.memfd = (uint32_t)memory, .flags = UDMABUF_FLAGS_CLOEXEC, .size = size};
    int fd = ioctl(device, UDMABUF_CREATE, &create);
    close(device);
    CHECK(fd >= 0);
    struct zwp_linux_buffer_params_v1 *p = gpu_params(c);
    zwp_linux_buffer_params_v1_add(p, fd, 0, 0, STRIDE, 0, 0);
    struct wl_buffer *wl = zwp_linux_buffer_params_v1_create_immed(p, RIG_WIDTH, RIG_HEIGHT, FOURCC_XRGB8888, 0);
    RigBuffer *b = rig_adopt(c->rig, wl, memory, size);
    paint(b, STRIDE, 0);
    int watcher = consumer(EYE_ROLE_WATCH, EYE_ACCEPTS_SHM), stepper = consumer(EYE_ROLE_STEP, EYE_ACCEPTS_DMABUF);
    rig_draw(c->rig, b);
    rig_receive(stepper, EYE_POOL, &m);
    CHECK(m.pool.kind == EYE_POOL_DMABUF && is_same_file(m.fds[0], fd));
    close(m.fds[0]);
    check_painted(watcher, EYE_FRAME_COPIED);
    close(fd);
}
