/* See encode.h. */
#include "eye/encode.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <jpeglib.h>
#include <setjmp.h>

#include "base/mem.h"

struct Encoder {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news;
    List waiting, done;
    int event_fd;
    bool is_ending;
};

/* --- the picture -------------------------------------------------------------------------------------------------- */

/* One row of the smaller picture: the mean of the pixels that it covers, each axis in whole pixels. */
static void shrink_row(const EncodeJob *j, uint32_t row, uint8_t *to) {
    uint32_t top = (uint32_t)((uint64_t)row * j->height / j->to_height);
    uint32_t bottom = (uint32_t)((uint64_t)(row + 1) * j->height / j->to_height);
    for (uint32_t x = 0; x < j->to_width; x++) {
        uint32_t left = (uint32_t)((uint64_t)x * j->width / j->to_width);
        uint32_t right = (uint32_t)((uint64_t)(x + 1) * j->width / j->to_width);
        uint32_t sum[3] = {0}, n = (right - left) * (bottom - top);
        for (uint32_t y = top; y < bottom; y++) {
            const uint8_t *from = j->pixels + (size_t)y * j->stride + (size_t)left * 4;
            for (uint32_t k = left; k < right; k++, from += 4) {
                sum[0] += from[0];
                sum[1] += from[1];
                sum[2] += from[2];
            }
        }
        for (int c = 0; c < 3; c++) to[x * 4 + (uint32_t)c] = (uint8_t)(sum[c] / n);
        to[x * 4 + 3] = 0;
    }
}

typedef struct Failure {
    struct jpeg_error_mgr manager;
    jmp_buf back;
} Failure;

static void on_jpeg_error(j_common_ptr c) { longjmp(((Failure *)c->err)->back, 1); }
static void on_jpeg_message(j_common_ptr c) { (void)c; }

static void encode(EncodeJob *j) {
    struct jpeg_compress_struct c;
    Failure failure;
    uint8_t *row = mu_alloc((size_t)j->to_width * 4);
    c.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = on_jpeg_error;
    failure.manager.output_message = on_jpeg_message;
    if (setjmp(failure.back)) {
        jpeg_destroy_compress(&c);
        free(j->jpeg);
        j->jpeg = NULL;
        free(row);
        return;
    }
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &j->jpeg, &j->n_jpeg);
    c.image_width = j->to_width;
    c.image_height = j->to_height;
    c.input_components = 4;
    c.in_color_space = JCS_EXT_BGRX;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, j->quality, TRUE);
    c.dct_method = JDCT_IFAST;
    jpeg_start_compress(&c, TRUE);
    bool is_same = j->to_width == j->width && j->to_height == j->height;
    while (c.next_scanline < c.image_height) {
        JSAMPROW at = (JSAMPROW)(j->pixels + (size_t)c.next_scanline * j->stride);
        if (!is_same) {
            shrink_row(j, c.next_scanline, row);
            at = row;
        }
        jpeg_write_scanlines(&c, &at, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    free(row);
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

static EncodeJob *next_job(Encoder *en) {
    while (list_is_empty(&en->waiting) && !en->is_ending) pthread_cond_wait(&en->news, &en->lock);
    EncodeJob *j = en->is_ending ? NULL : list_first(&en->waiting, EncodeJob, link);
    if (j) list_remove(&j->link);
    return j;
}

static void *run(void *arg) {
    Encoder *en = arg;
    pthread_mutex_lock(&en->lock);
    for (EncodeJob *j = next_job(en); j; j = next_job(en)) {
        pthread_mutex_unlock(&en->lock);
        encode(j);
        pthread_mutex_lock(&en->lock);
        list_add_last(&en->done, &j->link);
        eventfd_write(en->event_fd, 1);
    }
    pthread_mutex_unlock(&en->lock);
    return NULL;
}

Encoder *encoder_new(int *ret_event_fd, Err *e) {
    Encoder *en = mu_new(Encoder);
    en->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&en->lock, NULL);
    pthread_cond_init(&en->news, NULL);
    list_init(&en->waiting);
    list_init(&en->done);
    sigset_t all, before; /* signals are the loop thread's */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = en->event_fd < 0 ? -1 : pthread_create(&en->thread, NULL, run, en);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        free(en);
        err_set(e, ERR_INTERNAL, "the thread that encodes pictures cannot be started");
        return NULL;
    }
    *ret_event_fd = en->event_fd;
    return en;
}

void encoder_give(Encoder *en, EncodeJob *job) {
    pthread_mutex_lock(&en->lock);
    list_add_last(&en->waiting, &job->link);
    pthread_cond_signal(&en->news);
    pthread_mutex_unlock(&en->lock);
}

EncodeJob *encoder_take(Encoder *en) {
    pthread_mutex_lock(&en->lock);
    EncodeJob *j = list_first(&en->done, EncodeJob, link);
    if (j) list_remove(&j->link);
    pthread_mutex_unlock(&en->lock);
    return j;
}

void encode_job_free(EncodeJob *job) {
    free(job->jpeg);
    free(job);
}

void encoder_free(Encoder *en) {
    if (!en) return;
    pthread_mutex_lock(&en->lock);
    en->is_ending = true;
    pthread_cond_signal(&en->news);
    pthread_mutex_unlock(&en->lock);
    pthread_join(en->thread, NULL);
    list_each(&en->waiting, EncodeJob, link, j) encode_job_free(j);
    list_each(&en->done, EncodeJob, link, k) encode_job_free(k);
    close(en->event_fd);
    free(en);
}
