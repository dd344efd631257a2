/* What can be seen of a launch from outside: its hold, its log, its memory, its processes.
 *
 * Nothing here waits for the hold or for its child, so it is also true of one that is stuck. Slow threads: it reads files
 * and /proc.
 */
#pragma once

#include "core/launch.h"

enum { EVIDENCE_PROCESSES_MAX = 1000, EVIDENCE_LOOKED_MAX = 10000 };

#define RUN_STATE_WORDS(W)             \
    W(RUN_WORD_PREPARING, "preparing") \
    W(RUN_WORD_CALLING, "calling")     \
    W(RUN_WORD_LINKED, "linked") W(RUN_WORD_ORPHANED, "orphaned") W(RUN_WORD_ENDED, "ended")
ENUM_DECLARE(RunWord, RUN_STATE_WORDS);
#define DERIVE_STATE_WORDS(W)   \
    W(DERIVE_WORD_IDLE, "idle") \
    W(DERIVE_WORD_WANTED, "wanted") W(DERIVE_WORD_RUNNING, "running") W(DERIVE_WORD_FAILED, "failed")
ENUM_DECLARE(DeriveWord, DERIVE_STATE_WORDS);

#define HOLD_EVIDENCE(F, S)                                                                                         \
    F(S, ENUM(RunWord), state,                                                                                      \
      .doc = "preparing: it is being started; calling: no connection to it yet; linked; orphaned: it is gone, and " \
             "the rest of the log is read; ended")                                                                  \
    F(S, I64, pid, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Its process, if known")                            \
    F(S, BOOL, has_lock, .opt = 1, .doc = "A living hold has the lock of this launch; left out: cannot be read")    \
    F(S, TIME, heard_at, .opt = 1, .doc = "When it last reported: it does so when something changes")               \
    F(S, BOOL, is_full, .opt = 1, .doc = "It has stopped reading, because the disk is full")                        \
    F(S, BOOL, is_backlogged, .opt = 1, .doc = "It has stopped reading, because too much is not derived yet")       \
    F(S, BOOL, is_stopping, .opt = 1, .doc = "It is ending the program")                                            \
    F(S, BOOL, is_exited, .opt = 1, .doc = "The program's end is in the log")                                       \
    F(S, BOOL, is_suspended, .opt = 1, .doc = "A signal stopped the program, and none has continued it")            \
    F(S, BOOL, is_input_closed, .opt = 1, .doc = "The program's input is closed")                                   \
    F(S, I64, inputs, .min = 0, .max = INT64_MAX, .doc = "Inputs that were stored for the program")                 \
    F(S, I64, inputs_accepted, .min = 0, .max = INT64_MAX, .doc = "Of them in the log")                             \
    F(S, I64, inputs_delivered, .min = 0, .max = INT64_MAX, .doc = "Of them written to the program")
SHAPE(HoldEvidence, HOLD_EVIDENCE);

#define LAST_OUTPUT(F, S)                                                                               \
    F(S, TIME, at, .doc = "When it was read from the program")                                          \
    F(S, STR, channel, .max_bytes = 16, .doc = "stdout (of a terminal: all it shows) or stderr")        \
    F(S, I64, offset, .min = 0, .max = INT64_MAX, .doc = "Where it is in the log, in bytes of the log") \
    F(S, I64, size, .min = 0, .max = INT64_MAX, .doc = "Its bytes")
SHAPE(LastOutput, LAST_OUTPUT);

#define LOG_EVIDENCE(F, S)                                                                                    \
    F(S, I64, end, .min = 0, .max = INT64_MAX, .doc = "Bytes of the log, as its files show")                  \
    F(S, I64, derived, .min = 0, .max = INT64_MAX, .doc = "Of them derived: what follows is not shown yet")   \
    F(S, I64, backlog, .min = 0, .max = INT64_MAX, .doc = "Bytes that are still to be derived")               \
    F(S, ENUM(DeriveWord), derivation, .opt = 1, .doc = "idle, wanted, running or failed: it is tried again") \
    F(S, OBJ(LastOutput), last, .opt = 1, .doc = "The program's newest output that the log still has")
SHAPE(LogEvidence, LOG_EVIDENCE);

#define MEMORY_MEASURES(W) W(MEMORY_CGROUP, "cgroup") W(MEMORY_SUM, "sum")
ENUM_DECLARE(MemoryMeasure, MEMORY_MEASURES);
#define MEMORY_EVIDENCE(F, S)                                                                                          \
    F(S, I64, used_bytes, .min = 0, .max = INT64_MAX, .doc = "In use now")                                             \
    F(S, ENUM(MemoryMeasure), measured_by,                                                                             \
      .doc = "cgroup: the kernel counts it; sum: of the resident memory of the processes, shared pages once for each") \
    F(S, I64, limit_bytes, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Its limit; left out: it has none")            \
    F(S, STR, limited_by, .opt = 1, .max_bytes = 32,                                                                   \
      .doc = "sampled: the hold compares the sum once a second; cgroup")                                               \
    F(S, I64, sampled_bytes, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "What the hold measured last")
SHAPE(MemoryEvidence, MEMORY_EVIDENCE);

#define PROCESS_EVIDENCE(F, S)                                                                                   \
    F(S, I64, pid, .min = 0, .max = INT64_MAX, .doc = "The process")                                             \
    F(S, I64, parent, .min = 0, .max = INT64_MAX, .doc = "Its parent")                                           \
    F(S, STR, program, .max_bytes = 64, .doc = "Name of its program, as the kernel has it: 15 bytes")            \
    F(S, STR, command, .opt = 1, .max_bytes = 1024,                                                              \
      .doc = "Program and arguments, cut, without what looks like a secret")                                     \
    F(S, STR, state, .max_bytes = 4, .doc = "As in proc(5): R runs, S and D sleep, T is stopped, Z is a zombie") \
    F(S, I64, rss_bytes, .min = 0, .max = INT64_MAX, .doc = "Resident memory")                                   \
    F(S, I64, cpu_ms, .min = 0, .max = INT64_MAX, .doc = "Processor time that it has used")                      \
    F(S, TIME, started_at, .doc = "When it started")                                                             \
    F(S, BOOL, is_hold, .opt = 1, .doc = "It is the hold, the parent of the rest")
SHAPE(ProcessEvidence, PROCESS_EVIDENCE);

/* Empty, and its `set` bits clear: not known. */
typedef struct LaunchEvidence {
    HoldEvidence hold;
    LogEvidence log;
    MemoryEvidence memory;
    bool has_memory;
    ProcessEvidenceList processes; /* the hold first */
    int64_t n_processes;
    bool is_cut;
    StrList problems; /* what could not be seen, one sentence each */
} LaunchEvidence;

/* Always answers; what cannot be read is a problem. */
void launch_evidence(App *app, const LaunchRow *l, Arena *a, LaunchEvidence *ret);

/* Records that its program has written nothing since then; false: it has, or has ended. What it writes next ends that. */
int launch_mark_silent(Tx *tx, Str launch_id, TimeUs since, bool *ret_is_silent, Err *e);
