/* See eye_figures.h. */
#include "eye_figures.h"

#include <dirent.h>
#include <stdio.h>
#include <time.h>

enum { SAMPLES_MAX = 1 << 20 };
#define TOO_LONG_NS UINT64_C(10000000000)
#define STAMP_MASK ((UINT64_C(1) << 48) - 1)

uint64_t figures_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t figures_cpu_ns(long pid) {
    char path[64];
    uint64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *tasks = pid ? opendir(path) : NULL;
    if (!tasks) return 0;
    for (struct dirent *d; (d = readdir(tasks));) {
        char name[352];
        unsigned long long ns = 0;
        snprintf(name, sizeof name, "%s/%s/schedstat", path, d->d_name);
        FILE *f = d->d_name[0] == '.' ? NULL : fopen(name, "r");
        if (f && fscanf(f, "%llu", &ns) == 1) sum += ns;
        if (f) fclose(f);
    }
    closedir(tasks);
    return sum;
}

void samples_add(Samples *s, uint64_t from_ns, uint64_t to_ns) {
    if (!s->us10) s->us10 = calloc(SAMPLES_MAX, sizeof *s->us10);
    if (!s->us10) abort();
    if (s->n == SAMPLES_MAX || !from_ns || to_ns < from_ns || to_ns - from_ns >= TOO_LONG_NS) return;
    s->us10[s->n++] = (uint32_t)((to_ns - from_ns) / 100);
}

static int compare(const void *x, const void *y) {
    uint32_t p = *(const uint32_t *)x, q = *(const uint32_t *)y;
    return p < q ? -1 : p > q;
}

void samples_print(const char *name, Samples *s) {
    if (s->n == 0) return;
    qsort(s->us10, s->n, sizeof *s->us10, compare);
    size_t median = s->n / 2, last = s->n * 99 / 100;
    printf(", \"%s\": {\"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}", name, s->us10[median] / 10.0,
           s->us10[last] / 10.0, s->us10[s->n - 1] / 10.0);
}

void stamp_put(uint8_t *pixels, uint64_t now_ns) {
    for (int i = 0; i < 6; i++) pixels[i / 3 * 4 + i % 3] = (uint8_t)(now_ns >> (8 * i));
}

uint64_t stamp_get(const uint8_t *pixels, uint64_t now_ns) {
    uint64_t low = 0;
    for (int i = 0; i < 6; i++) low |= (uint64_t)pixels[i / 3 * 4 + i % 3] << (8 * i);
    return now_ns - ((now_ns - low) & STAMP_MASK);
}
