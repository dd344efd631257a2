/* The eye's announcements of memory. Nothing of them is believed: every number is compared with the file itself, in 64 bits,
 * when the announcement comes and again when a frame comes in it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal.h"

static const uint64_t LINEAR = 0, ANY_MODIFIER = 0x00ffffffffffffff; /* DRM_FORMAT_MOD_… of drm_fourcc.h */

#define FOURCC(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
/* Formats of one plane, in which a row's length is known. */
static const struct {
    uint32_t fourcc, bytes;
} formats[] = {
    {FOURCC('X', 'R', '2', '4'), 4}, {FOURCC('A', 'R', '2', '4'), 4}, {FOURCC('X', 'B', '2', '4'), 4},
    {FOURCC('A', 'B', '2', '4'), 4}, {FOURCC('R', 'X', '2', '4'), 4}, {FOURCC('R', 'A', '2', '4'), 4},
    {FOURCC('B', 'X', '2', '4'), 4}, {FOURCC('B', 'A', '2', '4'), 4}, {FOURCC('X', 'R', '3', '0'), 4},
    {FOURCC('A', 'R', '3', '0'), 4}, {FOURCC('X', 'B', '3', '0'), 4}, {FOURCC('A', 'B', '3', '0'), 4},
    {FOURCC('R', 'G', '2', '4'), 3}, {FOURCC('B', 'G', '2', '4'), 3}, {FOURCC('R', 'G', '1', '6'), 2},
    {FOURCC('X', 'B', '4', 'H'), 8}, {FOURCC('A', 'B', '4', 'H'), 8},
};

static void *grown(void *array, uint32_t n, uint32_t *cap, size_t size) {
    if (n < *cap) return array;
    uint32_t more = *cap ? *cap * 2 : 16;
    array = realloc(array, more * size);
    if (!array) abort();
    *cap = more;
    return array;
}

/* ---- Mappings ---- */

void meye_unref(MeyeMapping *m) {
    if (!m || --m->refs > 0) return;
    if (m->p) munmap(m->p, m->size);
    if (m->fd >= 0) close(m->fd);
    free(m);
}

static void sync_all(MeyeMapping *const mappings[], uint32_t n, uint64_t flags) {
    for (uint32_t i = 0; i < n; i++) {
        if (mappings[i]->fd < 0 || !mappings[i]->p || (i > 0 && mappings[i] == mappings[i - 1])) continue;
        struct dma_buf_sync sync = {flags | DMA_BUF_SYNC_READ};
        while (ioctl(mappings[i]->fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    }
}

void meye_begin_read(MeyeMapping *const mappings[static EYE_ABI_PLANES_MAX], uint32_t n) {
    sync_all(mappings, n, DMA_BUF_SYNC_START);
}
void meye_end_read(MeyeMapping *const mappings[static EYE_ABI_PLANES_MAX], uint32_t n) {
    sync_all(mappings, n, DMA_BUF_SYNC_END);
}

/* Memory behind the descriptor that cannot become smaller than `size` while it is mapped. */
static int check_file(const MeyeMemory *mem, const EyePool *pool, int fd, bool is_dmabuf, MusterEyeError *e) {
    struct stat st;
    if (is_dmabuf) {
        off_t end = lseek(fd, 0, SEEK_END);
        if (end < 0 || (uint64_t)end < pool->size)
            return meye_fail(e, -EPROTO, "pool %u is a dma-buf of %lld bytes, not of %llu", pool->pool, (long long)end,
                             (unsigned long long)pool->size);
        return 0;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) return meye_fail(e, -EPROTO, "pool %u is not a file", pool->pool);
    int seals = fcntl(fd, F_GET_SEALS);
    if ((seals < 0 || !(seals & F_SEAL_SHRINK)) && !(mem->accepts & EYE_ACCEPTS_UNSEALED))
        return meye_fail(e, -EPROTO, "pool %u may be truncated by its owner, which was not accepted", pool->pool);
    if (st.st_size < 0 || (uint64_t)st.st_size < pool->size)
        return meye_fail(e, -EPROTO, "pool %u has %lld bytes, not %llu", pool->pool, (long long)st.st_size,
                         (unsigned long long)pool->size);
    return 0;
}

static bool is_dmabuf_file(int fd) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && (uint64_t)fs.f_type == DMA_BUF_MAGIC;
}

/* Takes fd. */
static int map_pool(const MeyeMemory *mem, const EyePool *pool, int fd, MeyeMapping **ret, MusterEyeError *e) {
    bool is_dmabuf = is_dmabuf_file(fd);
    int r = check_file(mem, pool, fd, is_dmabuf, e);
    if (r < 0) {
        close(fd);
        return r;
    }
    void *p = mmap(NULL, (size_t)pool->size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED && !is_dmabuf) {
        r = meye_fail(e, -errno, "cannot map pool %u of %llu bytes: %s", pool->pool, (unsigned long long)pool->size,
                      strerror(errno));
        close(fd);
        return r;
    }
    MeyeMapping *m = malloc(sizeof *m);
    if (!m) abort();
    *m = (MeyeMapping){
        .refs = 1, .p = p == MAP_FAILED ? NULL : p, .size = (size_t)pool->size, .fd = is_dmabuf ? fd : -1};
    if (!is_dmabuf) close(fd);
    *ret = m;
    return 0;
}

/* ---- Pools ---- */

static MeyePool *find_pool(const MeyeMemory *mem, uint32_t id) {
    for (uint32_t i = 0; i < mem->n_pools; i++) {
        if (mem->pools[i].id == id) return &mem->pools[i];
    }
    return NULL;
}

static int check_pool(const MeyeMemory *mem, const EyePool *pool, MusterEyeError *e) {
    uint32_t needed = pool->kind == EYE_POOL_DMABUF ? EYE_ACCEPTS_DMABUF : EYE_ACCEPTS_SHM;
    const MeyePool *old = find_pool(mem, pool->pool);
    if (pool->kind > EYE_POOL_RING)
        return meye_fail(e, -EPROTO, "pool %u is of unknown kind %u", pool->pool, pool->kind);
    if (!(mem->accepts & needed))
        return meye_fail(e, -EPROTO, "pool %u is of kind %u, which was not accepted", pool->pool, pool->kind);
    if (pool->size == 0 || pool->size > SIZE_MAX / 2)
        return meye_fail(e, -EPROTO, "pool %u cannot have %llu bytes", pool->pool, (unsigned long long)pool->size);
    if (old && (old->kind != pool->kind || pool->size < old->mapping->size))
        return meye_fail(e, -EPROTO, "pool %u was announced again, but it has not grown", pool->pool);
    if (!old && mem->n_pools == MEYE_POOLS_MAX)
        return meye_fail(e, -EPROTO, "the eye has announced more than %d pools", MEYE_POOLS_MAX);
    return 0;
}

int meye_add_pool(MeyeMemory *mem, const EyePool *pool, int fd, MusterEyeError *e) {
    MeyeMapping *m;
    int r = check_pool(mem, pool, e);
    if (r < 0) {
        close(fd);
        return r;
    }
    r = map_pool(mem, pool, fd, &m, e);
    if (r < 0) return r;
    MeyePool *old = find_pool(mem, pool->pool);
    if (old) {
        meye_unref(old->mapping);
        old->mapping = m;
        return 0;
    }
    mem->pools = grown(mem->pools, mem->n_pools, &mem->pools_cap, sizeof *mem->pools);
    mem->pools[mem->n_pools++] = (MeyePool){pool->pool, pool->kind, m};
    return 0;
}

/* ---- Buffers ---- */

static MeyeBuffer *find_buffer(const MeyeMemory *mem, uint32_t id) {
    for (uint32_t i = 0; i < mem->n_buffers; i++) {
        if (mem->buffers[i].id == id) return &mem->buffers[i];
    }
    return NULL;
}

static bool is_linear(const MeyeBuffer *b) { return b->modifier == LINEAR || b->modifier == ANY_MODIFIER; }

static uint32_t bytes_of(uint32_t fourcc) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i].fourcc == fourcc) return formats[i].bytes;
    }
    return 0;
}

/* All of the plane is in its pool, and all rows of the picture are in the plane. */
static int check_plane(const MeyeMemory *mem, const MeyeBuffer *b, uint32_t i, MusterEyeError *e) {
    const EyePlane *plane = &b->planes[i];
    const MeyePool *pool = find_pool(mem, plane->pool);
    uint64_t row = (uint64_t)b->width * bytes_of(b->fourcc);
    if (!pool) return meye_fail(e, -EPROTO, "buffer %u is in pool %u, which is unknown", b->id, plane->pool);
    if ((uint64_t)plane->offset + plane->size > pool->mapping->size || plane->size == 0)
        return meye_fail(e, -EPROTO, "plane %u of buffer %u (%u bytes at %u) is not within its pool of %zu", i, b->id,
                         plane->size, plane->offset, pool->mapping->size);
    if (!is_linear(b) || row == 0) return 0; /* only the format's own reader knows the rows */
    if (b->n_planes != 1)
        return meye_fail(e, -EPROTO, "buffer %u has %u planes, its format has one", b->id, b->n_planes);
    if (plane->stride < row || (uint64_t)plane->stride * (b->height - 1) + row > plane->size)
        return meye_fail(e, -EPROTO, "buffer %u has %u bytes, too few for %u rows of %llu, %u apart", b->id,
                         plane->size, b->height, (unsigned long long)row, plane->stride);
    return 0;
}

static int check_planes(const MeyeMemory *mem, const MeyeBuffer *b, MusterEyeError *e) {
    for (uint32_t i = 0; i < b->n_planes; i++) {
        int r = check_plane(mem, b, i, e);
        if (r < 0) return r;
    }
    return 0;
}

int meye_add_buffer(MeyeMemory *mem, const uint8_t *payload, uint32_t n, MusterEyeError *e) {
    EyeBuffer in;
    memcpy(&in, payload, sizeof in);
    MeyeBuffer b = {in.buffer, in.width, in.height, in.fourcc, in.planes, in.modifier, {{0}}};
    if (in.planes == 0 || in.planes > EYE_ABI_PLANES_MAX || n != sizeof in + in.planes * sizeof(EyePlane))
        return meye_fail(e, -EPROTO, "buffer %u has %u planes in %u bytes", b.id, in.planes, n);
    if (b.width == 0 || b.height == 0 || b.width > MEYE_SIZE_MAX || b.height > MEYE_SIZE_MAX)
        return meye_fail(e, -EPROTO, "buffer %u cannot have %u×%u pixels", b.id, b.width, b.height);
    memcpy(b.planes, payload + sizeof in, in.planes * sizeof(EyePlane));
    int r = check_planes(mem, &b, e);
    if (r < 0) return r;
    MeyeBuffer *old = find_buffer(mem, b.id);
    if (!old && mem->n_buffers == MEYE_BUFFERS_MAX)
        return meye_fail(e, -EPROTO, "the eye has announced more than %d buffers", MEYE_BUFFERS_MAX);
    if (!old) {
        mem->buffers = grown(mem->buffers, mem->n_buffers, &mem->buffers_cap, sizeof *mem->buffers);
        old = &mem->buffers[mem->n_buffers++];
    }
    *old = b;
    return 0;
}

int meye_drop(MeyeMemory *mem, const EyeGone *gone, MusterEyeError *e) {
    MeyePool *pool = gone->kind == EYE_GONE_POOL ? find_pool(mem, gone->id) : NULL;
    MeyeBuffer *buffer = gone->kind == EYE_GONE_BUFFER ? find_buffer(mem, gone->id) : NULL;
    if (pool) {
        meye_unref(pool->mapping);
        *pool = mem->pools[--mem->n_pools];
    } else if (buffer) {
        *buffer = mem->buffers[--mem->n_buffers];
    } else {
        return meye_fail(e, -EPROTO, "%s %u is gone, but it was not there",
                         gone->kind == EYE_GONE_POOL ? "pool" : "buffer", gone->id);
    }
    return 0;
}

int meye_find_picture(MeyeMemory *mem, uint32_t buffer, MusterEyeFrame *f,
                      MeyeMapping *ret_mappings[static EYE_ABI_PLANES_MAX], MusterEyeError *e) {
    const MeyeBuffer *b = find_buffer(mem, buffer);
    if (!b) return meye_fail(e, -EPROTO, "a frame is in buffer %u, which is unknown", buffer);
    int r = check_planes(mem, b, e); /* the pool may be another one by now */
    if (r < 0) return r;
    f->buffer = b->id;
    f->width = b->width;
    f->height = b->height;
    f->fourcc = b->fourcc;
    f->modifier = b->modifier;
    f->n_planes = b->n_planes;
    for (uint32_t i = 0; i < b->n_planes; i++) {
        const EyePlane *plane = &b->planes[i];
        MeyeMapping *m = find_pool(mem, plane->pool)->mapping;
        const uint8_t *pixels = m->p && is_linear(b) ? m->p + plane->offset : NULL;
        f->plane[i] = (MusterEyePlane){pixels, plane->stride, plane->offset, plane->size, m->fd};
        m->refs++;
        ret_mappings[i] = m;
    }
    return 0;
}

void meye_memory_done(MeyeMemory *mem) {
    for (uint32_t i = 0; i < mem->n_pools; i++) meye_unref(mem->pools[i].mapping);
    free(mem->pools);
    free(mem->buffers);
    *mem = (MeyeMemory){0};
}
