/* See fence.h. */
#include "eye/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/lines.h"
#include "eye/step.h"

struct FenceWait {
    List link; /* Eye.fences */
    Eye *eye;
    int fd;
    struct wl_event_source *source, *timer;
    const char *what;
    void (*done)(void *data, bool is_signalled);
    void *data;
};

static bool is_signalled(int fd) {
    struct pollfd p = {fd, POLLIN, 0};
    return poll(&p, 1, 0) != 0; /* an error is not worth waiting for either */
}

/* Of the writes to one dma-buf; -1: the kernel exports none. */
static int export_one(const Pool *p) {
    struct dma_buf_export_sync_file m = {.flags = DMA_BUF_SYNC_READ, .fd = -1};
    return ioctl(p->fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &m) == 0 ? m.fd : -1;
}

static int keep_unsignalled(int fd) {
    if (fd < 0 || !is_signalled(fd)) return fd;
    close(fd);
    return -1;
}

int fence_export(const Buffer *b) {
    if (b->n_planes != 1 || b->planes[0].pool->kind != EYE_POOL_DMABUF) return -1;
    return keep_unsignalled(export_one(b->planes[0].pool));
}

int fence_of_writes(const Buffer *b) {
    for (int i = 0; i < b->n_planes; i++) {
        const Pool *p = b->planes[i].pool;
        if (p->kind != EYE_POOL_DMABUF) continue;
        int fd = export_one(p);
        fd = keep_unsignalled(fd >= 0 ? fd : fcntl(p->fd, F_DUPFD_CLOEXEC, 0));
        if (fd >= 0) return fd;
    }
    return -1;
}

/* --- waiting ------------------------------------------------------------------------------------------------------ */

void fence_cancel(FenceWait *w) {
    if (!w) return;
    list_remove(&w->link);
    wl_event_source_remove(w->source);
    wl_event_source_remove(w->timer);
    close(w->fd);
    free(w);
}

static void end_wait(FenceWait *w, bool was_signalled) {
    void (*done)(void *data, bool is_signalled) = w->done;
    void *data = w->data;
    fence_cancel(w);
    done(data, was_signalled);
}

static int on_readable(int fd, uint32_t mask, void *data) {
    (void)fd, (void)mask;
    end_wait(data, true);
    return 0;
}

static int on_late(void *data) {
    FenceWait *w = data;
    lines_error(w->eye, "the GPU has not finished %s within %d ms; going on without waiting", w->what, FENCE_WAIT_MS);
    end_wait(w, false);
    return 0;
}

FenceWait *fence_wait(Eye *eye, int fd, const char *what, void (*done)(void *data, bool is_signalled), void *data) {
    FenceWait *w = mu_new(FenceWait);
    *w = (FenceWait){.eye = eye, .fd = fd, .what = what, .done = done, .data = data};
    w->source = wl_event_loop_add_fd(eye->loop, fd, WL_EVENT_READABLE, on_readable, w);
    if (!w->source) {
        close(fd);
        free(w);
        return NULL;
    }
    w->timer = wl_event_loop_add_timer(eye->loop, on_late, w);
    wl_event_source_timer_update(w->timer, FENCE_WAIT_MS);
    list_add_last(&eye->fences, &w->link);
    return w;
}

/* --- release ------------------------------------------------------------------------------------------------------ */

/* The client's next drawing into it waits for the fence by itself. False: the kernel cannot import; `errno` says why. */
static bool import_all(const Buffer *b, int fd) {
    for (int i = 0; i < b->n_planes; i++) {
        struct dma_buf_import_sync_file m = {.flags = DMA_BUF_SYNC_WRITE, .fd = fd};
        if (ioctl(b->planes[i].pool->fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &m) < 0) return false;
    }
    return true;
}

static void on_read(void *data, bool was_signalled) {
    (void)was_signalled;
    Buffer *b = data;
    Eye *eye = b->eye;
    buffer_unhold(b);
    if (step_is_busy(eye->step)) step_release_current(eye);
    step_on_credit(eye);
}

void fence_unhold(Buffer *b, int fd) {
    bool is_dmabuf = b->planes[0].pool->kind == EYE_POOL_DMABUF;
    bool is_late = is_dmabuf && !is_signalled(fd) && !import_all(b, fd) && errno == ENOTTY;
    int own = is_late ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (own < 0 || !fence_wait(b->eye, own, "reading a buffer that a consumer gave back", on_read, b)) buffer_unhold(b);
}

void fences_done(Eye *eye) {
    while (!list_is_empty(&eye->fences)) {
        FenceWait *w = list_first(&eye->fences, FenceWait, link);
        Buffer *read = w->done == on_read ? w->data : NULL;
        fence_cancel(w);
        if (read) buffer_unhold(read);
    }
}
