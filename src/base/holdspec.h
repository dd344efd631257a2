/* The spec of a launch: the JSON file `spec` in its folder, which the daemon writes before it starts the hold and the
 * hold reads once. Declared once as shapes: both sides use shape_encode and holdspec_parse. Any thread. */
#pragma once

#include "base/shape.h"

#define HOLD_MECHANISMS(E) E(HOLD_LIMIT_NONE, "none") E(HOLD_LIMIT_SAMPLED, "sampled")
ENUM_DECLARE(HoldMechanism, HOLD_MECHANISMS);

#define HOLD_SPEC_PTY(F, S)                                                \
    F(S, I64, rows, .min = 1, .max = 10000, .doc = "Rows of the terminal") \
    F(S, I64, cols, .min = 1, .max = 10000, .doc = "Columns of the terminal")
SHAPE(HoldSpecPty, HOLD_SPEC_PTY);

#define HOLD_SPEC_LIMITS(F, S)                                                                     \
    F(S, ENUM(HoldMechanism), mechanism, .doc = "How memory and processes are watched")            \
    F(S, I64, wall_ms, .opt = 1, .max = INT64_MAX, .doc = "Wall time; 0 = no limit")               \
    F(S, I64, memory_bytes, .opt = 1, .max = INT64_MAX, .doc = "RSS of the tree; 0 = no limit")    \
    F(S, I64, processes, .opt = 1, .max = INT64_MAX, .doc = "Processes of the tree; 0 = no limit") \
    F(S, I64, output_bytes, .opt = 1, .max = INT64_MAX, .doc = "Offset that the log may reach; 0 = no limit")
SHAPE(HoldSpecLimits, HOLD_SPEC_LIMITS);

#define HOLD_SPEC_RLIMITS(F, S)                                                            \
    F(S, I64, core_bytes, .opt = 1, .max = INT64_MAX, .doc = "RLIMIT_CORE; absent = 0")    \
    F(S, I64, files, .opt = 1, .max = 1 << 20, .doc = "RLIMIT_NOFILE; absent = inherited") \
    F(S, I64, cpu_seconds, .opt = 1, .max = INT64_MAX, .doc = "RLIMIT_CPU; absent = inherited")
SHAPE(HoldSpecRlimits, HOLD_SPEC_RLIMITS);

#define HOLD_SPEC(F, S)                                                                                 \
    F(S, ID("lch"), launch, .doc = "The launch")                                                        \
    F(S, STR, nonce, .min = 16, .max_bytes = 64, .doc = "Random text that both ends must know")         \
    F(S, STRS, argv, .max = 4096, .item_max = 131071,                                                   \
      .doc = "Program and arguments; argv[0] is an absolute path or is found on the PATH of envp")      \
    F(S, STRS, envp, .max = 4096, .item_max = 131071, .doc = "NAME=value; carries MUSTER_LAUNCH")       \
    F(S, STR, cwd, .min = 1, .max_bytes = 4095, .doc = "Absolute working folder")                       \
    F(S, OBJ(HoldSpecPty), pty, .opt = 1, .doc = "A terminal; absent = three pipes")                    \
    F(S, OBJ(HoldSpecLimits), limits, .doc = "What the tree may use")                                   \
    F(S, OBJ(HoldSpecRlimits), rlimits, .opt = 1, .doc = "Per process limits of the kernel")            \
    F(S, BOOL, keep_background, .opt = 1, .doc = "Do not sweep the tree after the child's own exit")    \
    F(S, I64, backlog_cap_bytes, .opt = 1, .has_def = 1, .def = 268435456, .max = INT64_MAX,            \
      .doc = "Underived bytes at which the hold stops reading")                                         \
    F(S, I64, terminal_cap_bytes, .opt = 1, .has_def = 1, .def = 67108864, .max = INT64_MAX,            \
      .doc = "Bytes kept of a terminal's log")                                                          \
    F(S, I64, log_segment_bytes, .opt = 1, .has_def = 1, .def = 16777216, .min = 65536, .max = 1 << 30, \
      .doc = "Size at which a new segment begins")
SHAPE(HoldSpec, HOLD_SPEC);

enum { HOLD_SPEC_BYTES_MAX = 4 * 1024 * 1024 };

/* Decodes the spec and checks what shapes cannot express: argv not empty, no NUL inside a string, an absolute cwd. The
 * result is in the arena and borrows from `text`. */
int holdspec_parse(Str text, Arena *a, HoldSpec *ret, Err *e);
