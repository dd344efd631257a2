/* The end of a launch: stop, kill, sweep, drain, exit frame.
 *
 * Invariants, and what would break them:
 * - Phases only advance (waiting, running, sweeping, draining, ended) and the exit frame is the log's last frame.
 *   Writing to the log after write_exit would hide bytes behind the end that readers stop at.
 * - The first cause wins: end_set_cause ignores a later one, so that the exit names what started the end and not its
 *   consequences. Only end_kill replaces the cause, and only that of a stop in progress.
 * - The hold drains only when it has no child left, or when no process of the tree has died for SWEEP_MAX_US, or when
 *   `keep_background` asks for it. "No child" means "no descendant" only because the hold is a subreaper (tree.h).
 * - A sweep round stops the whole tree before it kills: a process that is killed while its sibling still runs could be
 *   replaced by a fork that no later walk is bound to meet.
 * - A full disk suspends the drain, because output must reach the log before the exit frame; only a kill order gives
 *   that output up, and then the exit frame counts what was lost.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "hold/child.h"
#include "hold/hold.h"

enum {
    SWEEP_AGAIN_US = 5 * 1000,
    SWEEP_MAX_US = 10 * 1000 * 1000, /* without a death: what survives SIGKILL that long hangs in the kernel */
    SWEEP_LATE_US = 1000 * 1000,
    DRAIN_US = 200 * 1000,
    LINGER_US = 60 * 1000 * 1000
};

void end_set_cause(Hold *h, const char *reason, const char *limit, const char *mechanism, const char *text) {
    if (h->exit.reason.n) return;
    h->exit.reason = str(reason);
    h->exit.limit = str(limit);
    h->exit.mechanism = str(mechanism);
    snprintf(h->exit_text, sizeof h->exit_text, "%s", text);
}

/* ---- Phases ---- */

static void begin_drain(Hold *h) {
    h->phase = PHASE_DRAINING;
    h->is_drain_over = false;
    hold_set_due(h, DUE_DRAIN, DRAIN_US);
}

void end_sweep(Hold *h) {
    if (h->phase != PHASE_RUNNING) return;
    h->phase = PHASE_SWEEPING;
    hold_close_stdin(h);
    cgroup_freeze(&h->cgroup, true); /* a frozen process cannot fork, but SIGKILL ends it */
    h->sweep_until = clock_mono_us() + SWEEP_MAX_US;
    hold_set_due(h, DUE_SWEEP, 0);
}

void end_on_drain(Hold *h) { h->is_drain_over = true; }

void end_on_linger(Hold *h) { h->is_linger_over = true; }

void end_on_go_late(Hold *h) {
    end_set_cause(h, "not_started", "", "", "the daemon did not start it within 10 s");
    h->is_bye = true;
    begin_drain(h);
}

/* ---- Stop and kill ---- */

/* Before its exec the child may not have its own process group yet: the signal waits until then. */
void end_signal_group(Hold *h, int signal) {
    if (h->child <= 0) return;
    if (h->exec_fd >= 0)
        h->signal_wanted = signal;
    else
        kill(-h->child, signal);
}

/* A paused process must run to handle the signal. */
static void ask_to_end(Hold *h, int signal) {
    cgroup_freeze(&h->cgroup, false);
    end_signal_group(h, signal);
    if (h->exec_fd < 0) end_signal_group(h, SIGCONT);
}

static void end_not_started(Hold *h, const char *reason) {
    end_set_cause(h, reason, "", "", "ended before it was started");
    begin_drain(h);
}

void end_stop(Hold *h, uint32_t grace_ms, const char *reason) {
    if (h->phase == PHASE_WAITING) return end_not_started(h, reason);
    if (h->phase != PHASE_RUNNING) return hold_set_due(h, DUE_SWEEP, 0);
    h->is_sweep_wanted = true;
    if (h->stop != STOP_NONE) return;
    end_set_cause(h, reason, "", "", "asked to end");
    h->grace_ms = grace_ms;
    h->stop = STOP_ASKED;
    if (h->spec.pty)
        ask_to_end(h, SIGHUP);
    else
        hold_end_stdin(h);
    hold_set_due(h, DUE_STOP, (int64_t)grace_ms * 1000);
}

void end_on_stop(Hold *h) {
    if (h->phase != PHASE_RUNNING) return;
    if (h->stop == STOP_TERMED) return end_sweep(h);
    h->stop = STOP_TERMED;
    hold_close_stdin(h);
    ask_to_end(h, SIGTERM);
    hold_set_due(h, DUE_STOP, (int64_t)h->grace_ms * 1000);
}

void end_kill(Hold *h, const char *reason) {
    if (h->phase == PHASE_WAITING) return end_not_started(h, reason);
    if (h->phase != PHASE_RUNNING) return hold_set_due(h, DUE_SWEEP, 0);
    /* A kill after a stop replaces the stop as the cause. */
    if (h->stop != STOP_NONE) h->exit.reason = (Str){0};
    end_set_cause(h, reason, "", "", "killed");
    end_sweep(h);
}

/* ---- Sweep ---- */

void end_read_exec(Hold *h) {
    ChildFailure failure;
    if (child_read_failure(h->exec_fd, &failure)) {
        bool is_cwd = strcmp(failure.step, "chdir") == 0;
        char text[sizeof h->exit_text];
        snprintf(text, sizeof text, "%s: %.120s: %s", failure.step, is_cwd ? h->spec.cwd.p : h->spec.argv.items[0].p,
                 strerror(failure.sys_errno));
        end_set_cause(h, "exec_failed", "", "", text);
    }
    fd_closep(&h->exec_fd);
    if (h->signal_wanted) end_signal_group(h, h->signal_wanted);
    h->signal_wanted = 0;
}

static void on_child_exit(Hold *h, int status) {
    h->child = 0;
    h->status = status;
    h->has_status = true;
    h->is_suspended = false;
    end_read_exec(h);
    hold_close_stdin(h);
    if (h->phase != PHASE_RUNNING) return;
    if (h->spec.keep_background && !h->is_sweep_wanted)
        begin_drain(h);
    else
        end_sweep(h);
}

void end_reap(Hold *h) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
            if (pid == h->child) h->is_suspended = WIFSTOPPED(status);
            continue;
        }
        if (pid == h->child) on_child_exit(h, status);
        /* As long as processes die, the sweep continues, however slow the machine: all orphans are reaped here. */
        if (h->phase == PHASE_SWEEPING) h->sweep_until = clock_mono_us() + SWEEP_MAX_US;
    }
}

/* A subreaper has at least one child as long as it has any descendant. */
static bool is_childless(void) {
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

/* One round: a stopped process cannot fork, so what the kill misses was forked before the stop and the next round finds
 * it. */
void end_on_sweep(Hold *h) {
    cgroup_kill(&h->cgroup);
    tree_stop(&h->tree, getpid());
    tree_signal(&h->tree, SIGKILL);
    end_reap(h);
    if (is_childless()) return;
    bool is_late = h->phase != PHASE_SWEEPING || clock_mono_us() > h->sweep_until;
    hold_set_due(h, DUE_SWEEP, is_late ? SWEEP_LATE_US : SWEEP_AGAIN_US);
}

static bool is_swept(Hold *h) {
    if (is_childless()) return true;
    if (clock_mono_us() <= h->sweep_until) return false;
    tree_walk(&h->tree, getpid(), TREE_ALL);
    h->exit.survivors = (uint32_t)h->tree.pids.n;
    return true;
}

/* ---- The exit frame ---- */

static void describe_exit(Hold *h) {
    h->exit.code = -1;
    if (h->has_status && WIFEXITED(h->status)) h->exit.code = WEXITSTATUS(h->status);
    if (h->has_status && WIFSIGNALED(h->status)) h->exit.signal = WTERMSIG(h->status);
    char text[sizeof h->exit_text];
    if (h->exit.signal)
        snprintf(text, sizeof text, "ended by signal %d", h->exit.signal);
    else
        snprintf(text, sizeof text, "exited with code %d", h->exit.code);
    end_set_cause(h, h->exit.signal ? "signal" : "exit", "", "", text);
    h->exit.text = str(h->exit_text);
}

static void write_exit(Hold *h) {
    describe_exit(h);
    CLEANUP(buf_done) Buf body;
    buf_init(&body, 4096);
    holdlog_put_exit(&body, &h->exit);
    uint64_t offset = h->log.head;
    if (!logfile_sync(&h->log) || !logfile_put_last(&h->log, HOLD_EXIT, buf_str(&body))) return output_set_full(h);
    logfile_sync(&h->log);
    h->exit_offset = offset;
    h->phase = PHASE_ENDED;
    h->is_full = false;
    hold_set_due(h, DUE_LINGER, LINGER_US);
    end_send_exited(h);
}

void end_send_exited(Hold *h) {
    client_send(&h->clients.served,
                &(HoldMsg){.type = HOLD_MSG_EXITED, .exited = {.offset = h->exit_offset, .exit = h->exit}});
}

/* A full disk suspends the deadline: the hold waits until it can log what is in the pipes, except after a kill. */
static void advance_drain(Hold *h) {
    if (h->is_full && h->is_given_up) {
        h->exit.lost += output_discard(h);
        return write_exit(h);
    }
    if (h->is_full) return hold_set_due(h, DUE_DRAIN, DRAIN_US);
    if (output_is_over(h) || h->is_drain_over) write_exit(h);
}

void end_advance(Hold *h) {
    if (h->phase == PHASE_SWEEPING && is_swept(h)) begin_drain(h);
    if (h->phase == PHASE_DRAINING) advance_drain(h);
    if (h->phase == PHASE_ENDED && (h->is_bye || h->is_linger_over) && is_childless()) h->is_done = true;
}
