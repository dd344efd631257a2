#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "base/vec.h"

_Noreturn static void out_of_memory(size_t size) {
    fprintf(stderr, "muster: out of memory (%zu bytes)\n", size);
    abort();
}

void *mu_alloc(size_t size) {
    void *p = calloc(1, size ? size : 1);
    if (!p) out_of_memory(size);
    return p;
}

void *mu_realloc(void *p, size_t size) {
    void *q = realloc(p, size ? size : 1);
    if (!q) out_of_memory(size);
    return q;
}

void *mu_array(size_t n, size_t size) {
    size_t bytes;
    if (!mul_ok(n, size, &bytes)) out_of_memory(SIZE_MAX);
    return mu_alloc(bytes);
}

char *mu_strdup(const char *s) {
    size_t n = strlen(s) + 1;
    return memcpy(mu_alloc(n), s, n);
}

bool add_ok(size_t a, size_t b, size_t *ret) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *ret = sum;
    return true;
}

bool mul_ok(size_t a, size_t b, size_t *ret) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *ret = product;
    return true;
}

void *vec_grow_(void *items, size_t n, size_t *cap, size_t size) {
    size_t bytes, wanted = n < 8 ? 8 : n * 2;
    if (!mul_ok(wanted, size, &bytes)) out_of_memory(SIZE_MAX);
    *cap = wanted;
    return mu_realloc(items, bytes);
}

void fd_closep(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

void free_p(void *pp) {
    void **p = pp;
    free(*p);
    *p = NULL;
}
