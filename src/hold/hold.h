/* Hold: one launch. Owns its lock, its log, its child's streams and the whole process tree below it.
 *
 * One thread, one poll loop; nothing else waits. Descriptors besides 0, 1 and 2 (/dev/null, or a file for stderr):
 *   dir_fd            the launch's folder
 *   lock_fd           `lock`, locked while the hold is alive
 *   log.fd            the newest segment
 *   signal_fd         SIGCHLD and SIGTERM
 *   clients.listen_fd, .served.fd, .greeting.fd   `sock` and at most two connections
 *   cgroup.fd         the child's v2 cgroup, where one could be created
 *   exec_fd           until the child's exec
 *   stdin_fd, sources[0].fd, sources[1].fd        three pipes; for a pty only sources[0].fd, its master
 * Files below /proc are open only while they are read.
 */
#pragma once

#include "base/holdspec.h"
#include "hold/cgroup.h"
#include "hold/client.h"
#include "hold/input.h"
#include "hold/logfile.h"
#include "hold/priority.h"
#include "hold/tree.h"

typedef enum Phase {
    PHASE_WAITING,  /* for go */
    PHASE_RUNNING,  /* the child lives */
    PHASE_SWEEPING, /* stop all and kill all, until nothing is left */
    PHASE_DRAINING, /* read what the dead processes left in the pipes */
    PHASE_ENDED     /* the exit frame is written; the daemon is served until it sends bye */
} Phase;

/* One-shot deadlines on the monotonic clock. */
typedef enum Due {
    DUE_GO,
    DUE_WALL,
    DUE_SAMPLE,
    DUE_STOP,
    DUE_SWEEP,
    DUE_DRAIN,
    DUE_SYNC,
    DUE_RETRY,
    DUE_HEAD,
    DUE_LINGER,
    DUE_N
} Due;

typedef enum StopStep { STOP_NONE, STOP_ASKED, STOP_TERMED } StopStep;

typedef struct Source {
    int fd; /* -1 = closed */
    HoldChannel channel;
} Source;

typedef struct Hold {
    int dir_fd, lock_fd, signal_fd, exec_fd, stdin_fd;
    Source sources[2];
    Arena *arena; /* of the spec */
    HoldSpec spec;
    LogFile log;
    Clients clients;
    Cgroup cgroup;
    Priority priority; /* from before it was raised: the child's */
    Input input;
    Phase phase;
    int64_t due[DUE_N]; /* 0 = unset */

    /* Output: one read at a time, kept until it is in the log. */
    HoldChannel pending_channel;
    size_t pending_n;
    HoldGap gap; /* dropped but not yet written as a frame */
    bool has_gap;
    HoldSize size; /* asked for, and not yet set: its frame comes first */
    bool has_size;
    bool is_full; /* the log cannot be written */
    uint64_t derived;

    /* The child and its end. */
    pid_t child;       /* 0 = none or reaped */
    bool is_suspended; /* a signal stopped it */
    bool is_started, has_status, is_sweep_wanted, is_given_up, is_drain_over, is_linger_over, is_bye;
    int status;        /* of waitpid */
    int signal_wanted; /* to send to the child's group after its exec; 0 = none */
    StopStep stop;
    uint32_t grace_ms;
    int64_t sweep_until;
    HoldExit exit;
    char exit_text[256];
    uint64_t exit_offset;
    Tree tree, noted; /* the last walk; what the file `tree` contains */
    int64_t rss_bytes;
    int32_t processes;

    uint64_t poked_before, poked_sent; /* bytes of pokes before the served client; the last count that it was sent */
    HoldHead sent_head;                /* the newest head that the served client was sent */
    int64_t head_sent_at;
    bool is_done;
    char pending[HOLD_FRAME_BYTES_MAX];
} Hold;

/* hold.c: everything up to the child's start, and the loop. */
int hold_open(const char *folder, Hold **ret, Err *e);
void hold_run(Hold *h);
void hold_close(Hold *h);
void hold_set_due(Hold *h, Due due, int64_t after_us);
void hold_start_child(Hold *h);
void hold_end_stdin(Hold *h); /* closes it once everything accepted is written */
void hold_close_stdin(Hold *h);

/* output.c */
bool output_is_held(const Hold *h); /* backlog or full disk: the child's output is not read */
bool output_is_backlogged(const Hold *h);
void output_read(Hold *h, Source *s); /* one read, one frame */
void output_flush(Hold *h);           /* writes pending output; sets is_full if it cannot */
void output_set_full(Hold *h);
void output_resize(Hold *h);        /* sets the size that was asked for last, once the log says so */
bool output_is_over(const Hold *h); /* every source has ended */
uint64_t output_discard(Hold *h);   /* discards pending output and what is in the pipes; returns its size in bytes */

/* end.c */
void end_set_cause(Hold *h, const char *reason, const char *limit, const char *mechanism, const char *text);
void end_stop(Hold *h, uint32_t grace_ms, const char *reason);
void end_kill(Hold *h, const char *reason);
void end_signal_group(Hold *h, int signal);
void end_sweep(Hold *h);     /* while the child runs: SIGKILL to the whole tree until none is left */
void end_read_exec(Hold *h); /* exec has succeeded or failed */
void end_reap(Hold *h);      /* reaps every dead child, and notes whether ours is stopped */
void end_advance(Hold *h);   /* once per turn of the loop: enters the next phase when its condition is met */
void end_on_go_late(Hold *h);
void end_on_stop(Hold *h);
void end_on_sweep(Hold *h);
void end_on_drain(Hold *h);
void end_on_linger(Hold *h);
void end_send_exited(Hold *h);

/* watch.c */
void watch_start(Hold *h);
void watch_on_sample(Hold *h);
void watch_on_wall(Hold *h);
void watch_on_output(Hold *h); /* the log has grown */

/* orders.c */
void orders_greet(Hold *h);      /* reads the greeting client */
void orders_read(Hold *h);       /* reads the served client */
void orders_send_head(Hold *h);  /* if it changed, at most every 2 ms */
void orders_send_poked(Hold *h); /* if the child has taken more */
void orders_accept_input(Hold *h);
void orders_refuse_input(Hold *h, uint64_t n);
