/* Limits: each is enforced on the whole tree, and the exit names it and its mechanism. */
#include <signal.h>

#include "base/mem.h"
#include "base/test.h"
#include "hold/rig.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

static void run_limited(Rig *r, HoldSpec *spec, const char *limit, const char *mechanism, const char *text) {
    rig_start(r, spec, false);
    CHECK_I64(rig_finish(r), 0);
    CHECK_STR(r->exit.reason, "limit");
    CHECK_STR(r->exit.limit, limit);
    CHECK_STR(r->exit.mechanism, mechanism);
    CHECK_STR(r->exit.text, text);
    CHECK_I64(r->exit.signal, SIGKILL);
    CHECK_I64(r->exit.survivors, 0);
    rig_done(r);
}

TEST(wall_time_is_limited) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "deaf"));
    GIVE(HoldSpecLimits, spec.limits, wall_ms, 300);
    run_limited(&r, &spec, "wall", "timer", "wall time limit 300 ms exceeded (timer)");
}

TEST(a_memory_hog_is_killed) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "hog"));
    spec.limits->mechanism = HOLD_LIMIT_SAMPLED;
    GIVE(HoldSpecLimits, spec.limits, memory_bytes, 128 << 20);
    run_limited(&r, &spec, "memory", "sampled", "memory limit 128 MiB exceeded (sampled)");
}

/* Should the hold fail to end it, the bomb stays at 400 processes and stops on its own after 20 s. */
TEST(a_fork_bomb_is_killed) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "bomb"));
    spec.limits->mechanism = HOLD_LIMIT_SAMPLED;
    GIVE(HoldSpecLimits, spec.limits, processes, 50);
    run_limited(&r, &spec, "processes", "sampled", "processes limit 50 exceeded (sampled)");
}

static bool is_measured(const Rig *r) { return r->head.processes > 0; }

TEST(a_tree_within_its_limits_is_measured_and_keeps_running) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("/bin/sh", "-c", "sleep 1000 & cat"));
    spec.limits->mechanism = HOLD_LIMIT_SAMPLED;
    GIVE(HoldSpecLimits, spec.limits, processes, 50);
    GIVE(HoldSpecLimits, spec.limits, memory_bytes, INT64_C(8) << 30);
    rig_start(&r, &spec, false);
    rig_until(&r, is_measured);
    CHECK_I64(r.head.processes, 3);
    CHECK(r.head.rss_bytes > 100 * 1024);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 5000});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(r.exit.reason, "stopped");
    rig_done(&r);
}

TEST(an_output_flood_is_killed) {
    for (int pty = 0; pty < 2; pty++) {
        Rig r;
        HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "flood", "1099511627776"));
        HoldSpecPty size = {.rows = 24, .cols = 80};
        if (pty) GIVE(HoldSpec, &spec, pty, &size);
        GIVE(HoldSpecLimits, spec.limits, output_bytes, 4 << 20);
        run_limited(&r, &spec, "output", "counted", "output limit 4 MiB exceeded (counted)");
    }
}
