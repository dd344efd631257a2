#include "sys/self_figures.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"

enum { ROLLUP_MAX = 8192 };

/* Adds the "Name:   123 kB" lines whose name starts with `prefix`; -1 if there is none (proc_pid_smaps(5)). */
static int64_t sum_lines(Str text, Str prefix) {
    int64_t sum = -1, kib;
    Str line, name;
    while (str_split(&text, '\n', &line)) {
        if (!str_starts(line, prefix) || !str_split(&line, ':', &name)) continue;
        Str number = str_trim(line);
        if (str_ends(number, STR(" kB")) && str_parse_i64(str_upto(number, number.n - 3), 0, INT64_MAX >> 10, &kib))
            sum = (sum < 0 ? 0 : sum) + (kib << 10);
    }
    return sum;
}

static void read_memory(SelfFigures *f) {
    char text[ROLLUP_MAX];
    CLEANUP(fd_closep) int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    Str rollup = str_n(text, n > 0 ? (size_t)n : 0);
    f->rss_bytes = sum_lines(rollup, STR("Rss:"));
    f->private_bytes = sum_lines(rollup, STR("Private_"));
}

/* A replaced allocator (a sanitizer's) reports nothing here. */
static void read_heap(SelfFigures *f) {
    struct mallinfo2 m = mallinfo2();
    size_t total = m.arena + m.hblkhd;
    f->heap_used_bytes = total ? (int64_t)(m.uordblks + m.hblkhd) : -1;
    f->heap_total_bytes = total ? (int64_t)total : -1;
}

/* Without the one that counts. */
static int64_t count_files(void) {
    DIR *d = opendir("/proc/self/fd");
    int64_t n = 0;
    if (!d) return -1;
    for (const struct dirent *entry; (entry = readdir(d));) n += entry->d_name[0] != '.';
    closedir(d);
    return n - 1;
}

void self_figures(SelfFigures *ret) {
    struct rusage used;
    read_memory(ret);
    read_heap(ret);
    ret->cpu_us = -1;
    if (getrusage(RUSAGE_SELF, &used) == 0)
        ret->cpu_us =
            (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000ll + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    ret->open_files = count_files();
}
