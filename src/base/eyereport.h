/* The reports of muster-eye: one JSON object a line on its standard output, with `type` beside the members below. The orders
 * are in eyeline.h. */
#pragma once

#include "base/eyeline.h"

#define EYE_HELLO_LINE(F, S)                                                                      \
    F(S, I64, protocol, .min = 1, .max = 1000, .doc = "EYE_PROTOCOL")                             \
    F(S, I64, pid, .min = 1, .max = INT32_MAX, .doc = "Of the eye")                               \
    F(S, STR, wayland, .max_bytes = EYE_PATH_MAX, .doc = "Path of the Wayland socket")            \
    F(S, STR, socket, .max_bytes = EYE_PATH_MAX, .doc = "Path of eye.sock, version 2")            \
    F(S, STR, frame_socket, .max_bytes = EYE_PATH_MAX, .doc = "Path of frame.sock, version 1")    \
    F(S, STR, view_socket, .max_bytes = EYE_PATH_MAX, .doc = "Path of view.sock, for the daemon") \
    F(S, STR, display, .opt = 1, .max_bytes = 32, .doc = "DISPLAY of the program, where it runs on Xwayland")
SHAPE(EyeHelloLine, EYE_HELLO_LINE);

/* starting: no picture yet. waiting: lockstep, and nobody has asked for a step. */
#define EYE_STATE_WORDS(W)            \
    W(EYE_STATE_STARTING, "starting") \
    W(EYE_STATE_RUNNING, "running")   \
    W(EYE_STATE_WAITING, "waiting")   \
    W(EYE_STATE_STALLED, "stalled")   \
    W(EYE_STATE_IDLE, "idle")
ENUM_DECLARE(EyeState, EYE_STATE_WORDS);

#define EYE_CONSUMER_LINE(F, S)                                                               \
    F(S, STR, name, .max_bytes = 64, .doc = "As it called itself")                            \
    F(S, STR, role, .max_bytes = 16, .doc = "step, watch, view or version 1")                 \
    F(S, I64, pid, .min = 0, .max = INT32_MAX, .doc = "Its process")                          \
    F(S, F64, fps, .min = 0, .max = 1000000, .doc = "Frames a second that it gets")           \
    F(S, I64, delivered, .min = 0, .max = INT64_MAX, .doc = "Frames that it got")             \
    F(S, I64, dropped, .min = 0, .max = INT64_MAX, .doc = "Frames that it had no credit for") \
    F(S, I64, held, .min = 0, .max = 64, .doc = "Frames that it holds now")
SHAPE(EyeConsumerLine, EYE_CONSUMER_LINE);

/* Once a second, and at once when `state` changes. Latencies are of the last second, in microseconds. */
#define EYE_STATUS_LINE(F, S)                                                                                        \
    F(S, ENUM(EyeState), state, .doc = "starting, running, waiting, stalled or idle (no program)")                   \
    F(S, STR, detail, .opt = 1, .max_bytes = 500, .doc = "Why, in a sentence")                                       \
    F(S, I64, width, .min = 0, .max = 1 << 14, .doc = "Of the output")                                               \
    F(S, I64, height, .min = 0, .max = 1 << 14, .doc = "Of the output")                                              \
    F(S, F64, fps, .min = 0, .max = 1000000, .doc = "Frames a second that the program drew")                         \
    F(S, F64, steps_per_s, .min = 0, .max = 1000000, .doc = "Steps a second")                                        \
    F(S, I64, frames, .min = 0, .max = INT64_MAX, .doc = "Drawn since the start")                                    \
    F(S, I64, steps, .min = 0, .max = INT64_MAX, .doc = "Made since the start")                                      \
    F(S, I64, stale, .min = 0, .max = INT64_MAX, .doc = "Steps that ended without a new frame")                      \
    F(S, I64, timeouts, .min = 0, .max = INT64_MAX, .doc = "Of these, by the time-out")                              \
    F(S, I64, delivered, .min = 0, .max = INT64_MAX, .doc = "Frames that consumers got")                             \
    F(S, I64, dropped, .min = 0, .max = INT64_MAX, .doc = "Frames that consumers had no credit for")                 \
    F(S, I64, ran_ahead, .min = 0, .max = INT64_MAX, .doc = "Frames that the program drew without being asked")      \
    F(S, I64, resets, .min = 0, .max = INT64_MAX, .doc = "Since the start")                                          \
    F(S, I64, generation, .min = 0, .max = INT64_MAX, .doc = "Changes with each reset")                              \
    F(S, F64, latency_p50_us, .opt = 1, .min = 0, .max = 1e12, .doc = "Commit to sent; left out: no frame was sent") \
    F(S, F64, latency_p99_us, .opt = 1, .min = 0, .max = 1e12, .doc = "Likewise")                                    \
    F(S, F64, step_p50_us, .opt = 1, .min = 0, .max = 1e12, .doc = "Step asked for to frame sent")                   \
    F(S, F64, step_p99_us, .opt = 1, .min = 0, .max = 1e12, .doc = "Likewise")                                       \
    F(S, STR, path, .opt = 1, .max_bytes = 32, .doc = "Of the last frame: shared, dma-buf, copied or composed")      \
    F(S, STR, stepper, .opt = 1, .max_bytes = 64, .doc = "Who holds the step")                                       \
    F(S, BOOL, is_recording, .opt = 1, .doc = "Inputs and hashes are recorded")                                      \
    F(S, I64, program_pid, .opt = 1, .min = 0, .max = INT32_MAX, .doc = "Of the program; left out: none runs")       \
    F(S, I64, clock_reads, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Of the virtual clock; 0: it is not used")   \
    F(S, LIST(EyeConsumerLine), consumers, .max = EYE_CONSUMERS_MAX + 8, .doc = "Who gets frames")
SHAPE(EyeStatusLine, EYE_STATUS_LINE);

#define EYE_RESET_LINE(F, S)                                                            \
    F(S, STR, reason, .max_bytes = 32, .doc = "xwayland, output, client, size or down") \
    F(S, I64, generation, .min = 0, .max = INT64_MAX, .doc = "From here on")            \
    F(S, STR, detail, .opt = 1, .max_bytes = 500, .doc = "What happened")
SHAPE(EyeResetLine, EYE_RESET_LINE);

/* started, exited (code or signal), failed (it could not be started, or its display failed) */
#define EYE_PROGRAM_LINE(F, S)                                                 \
    F(S, STR, event, .max_bytes = 16, .doc = "started, exited or failed")      \
    F(S, I64, pid, .opt = 1, .min = 0, .max = INT32_MAX, .doc = "Its process") \
    F(S, I64, code, .opt = 1, .min = 0, .max = 255, .doc = "Exit status")      \
    F(S, I64, signal, .opt = 1, .min = 1, .max = 128, .doc = "That ended it")  \
    F(S, STR, route, .opt = 1, .max_bytes = 16, .doc = "wayland or x11")       \
    F(S, STR, detail, .opt = 1, .max_bytes = 500, .doc = "Why")
SHAPE(EyeProgramLine, EYE_PROGRAM_LINE);

#define EYE_ERROR_LINE(F, S) F(S, STR, message, .max_bytes = 1000, .doc = "A sentence for a person")
SHAPE(EyeErrorLine, EYE_ERROR_LINE);

/* Of a recording or video that has ended, and of a replay. */
#define EYE_RECORDED_LINE(F, S)                                                                                      \
    F(S, STR, path, .max_bytes = EYE_PATH_MAX, .doc = "The file")                                                    \
    F(S, I64, steps, .min = 0, .max = INT64_MAX, .doc = "In it, or replayed")                                        \
    F(S, I64, bytes, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Its size")                                        \
    F(S, I64, differs_at, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "The first step whose frame was another one") \
    F(S, STR, detail, .opt = 1, .max_bytes = 500, .doc = "Why it ended before its end")
SHAPE(EyeRecordedLine, EYE_RECORDED_LINE);

/* word of `type`, shape */
#define EYE_REPORT_TABLE(R)        \
    R("hello", EyeHelloLine)       \
    R("status", EyeStatusLine)     \
    R("reset", EyeResetLine)       \
    R("program", EyeProgramLine)   \
    R("error", EyeErrorLine)       \
    R("recorded", EyeRecordedLine) \
    R("replayed", EyeRecordedLine) \
    R("filmed", EyeRecordedLine)
