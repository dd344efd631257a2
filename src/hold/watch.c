/* Limits: wall time by a timer; memory and the number of processes by a sample of the tree every second; output by the
 * size of the log. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "hold/hold.h"

enum { SAMPLE_US = 1000 * 1000 };

void watch_start(Hold *h) {
    const HoldSpecLimits *limits = h->spec.limits;
    if (limits->wall_ms > 0 && limits->wall_ms < INT64_MAX / 1000) hold_set_due(h, DUE_WALL, limits->wall_ms * 1000);
    if (limits->mechanism == HOLD_LIMIT_SAMPLED || h->cgroup.fd < 0) hold_set_due(h, DUE_SAMPLE, SAMPLE_US);
}

static void exceed(Hold *h, const char *limit, const char *mechanism, const char *amount) {
    char text[sizeof h->exit_text];
    const char *name = strcmp(limit, "wall") == 0 ? "wall time" : limit;
    snprintf(text, sizeof text, "%s limit %s exceeded (%s)", name, amount, mechanism);
    end_set_cause(h, "limit", limit, mechanism, text);
    end_sweep(h);
}

static void print_bytes(int64_t n, char *out, size_t size) {
    static const struct {
        int shift;
        const char *unit;
    } units[] = {{30, "GiB"}, {20, "MiB"}, {10, "KiB"}, {0, "bytes"}};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        int64_t unit = INT64_C(1) << units[i].shift;
        if (n % unit) continue;
        snprintf(out, size, "%" PRId64 " %s", n / unit, units[i].unit);
        return;
    }
}

static void check_sample(Hold *h) {
    const HoldSpecLimits *limits = h->spec.limits;
    char amount[48];
    if (limits->processes > 0 && h->processes > limits->processes) {
        snprintf(amount, sizeof amount, "%" PRId64, limits->processes);
        exceed(h, "processes", "sampled", amount);
    } else if (limits->memory_bytes > 0 && h->rss_bytes > limits->memory_bytes) {
        print_bytes(limits->memory_bytes, amount, sizeof amount);
        exceed(h, "memory", "sampled", amount);
    }
}

void watch_on_sample(Hold *h) {
    if (h->phase != PHASE_RUNNING) return;
    const HoldSpecLimits *limits = h->spec.limits;
    /* Stop counting a fork bomb once it exceeds its limit. */
    size_t enough = limits->processes > 0 && limits->processes < TREE_ALL ? (size_t)limits->processes : TREE_ALL;
    tree_walk(&h->tree, getpid(), enough);
    h->processes = (int32_t)h->tree.pids.n;
    h->rss_bytes = tree_rss_bytes(&h->tree);
    if (h->cgroup.fd < 0) tree_note(&h->tree, &h->noted, h->dir_fd);
    if (limits->mechanism == HOLD_LIMIT_SAMPLED) check_sample(h);
    hold_set_due(h, DUE_SAMPLE, SAMPLE_US);
}

void watch_on_wall(Hold *h) {
    if (h->phase != PHASE_RUNNING) return;
    char amount[48];
    int64_t ms = h->spec.limits->wall_ms;
    if (ms % 1000)
        snprintf(amount, sizeof amount, "%" PRId64 " ms", ms);
    else
        snprintf(amount, sizeof amount, "%" PRId64 " s", ms / 1000);
    exceed(h, "wall", "timer", amount);
}

void watch_on_output(Hold *h) {
    int64_t limit = h->spec.limits->output_bytes;
    if (h->phase != PHASE_RUNNING || limit <= 0 || h->log.head <= (uint64_t)limit) return;
    char amount[48];
    print_bytes(limit, amount, sizeof amount);
    exceed(h, "output", "counted", amount);
}
