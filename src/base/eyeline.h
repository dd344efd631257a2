/* The lines that the daemon and muster-eye exchange: one JSON object a line, on the eye's standard input and output. What
 * the program inside writes goes to standard error.
 *
 * The first line in is the order `start`. The eye answers an order with the reports that follow from it, and a bad one with
 * `error`; it goes on. A reader of reports ignores unknown types and members. `lost` in a report counts the reports before
 * it that could not be written.
 */
#pragma once

#include "base/shape.h"

enum {
    EYE_PROTOCOL = 1,
    EYE_LINE_MAX = 1 << 20,
    EYE_WIDTH_MAX = 3840,
    EYE_HEIGHT_MAX = 2160,
    EYE_BUFFERS_MIN = 2,
    EYE_BUFFERS_MAX = 5,
    EYE_BUFFERS_DEF = 3,
    EYE_HZ_DEF = 60,
    EYE_HZ_MAX = 1000,
    EYE_STEP_TIMEOUT_MS_DEF = 500,
    EYE_VIRTUAL_TIMEOUT_MS_DEF = 5000, /* with a virtual clock: a level that loads slowly must not end its step */
    EYE_CONSUMERS_MAX = 16,
    EYE_PATH_MAX = 4096,
};

/* How the program gets its window. auto: Wayland, and Xwayland if the program ends at once without having shown one. */
#define EYE_ROUTE_WORDS(W)          \
    W(EYE_ROUTE_AUTO, "auto")       \
    W(EYE_ROUTE_WAYLAND, "wayland") \
    W(EYE_ROUTE_X11, "x11")
ENUM_DECLARE(EyeRoute, EYE_ROUTE_WORDS);

/* real: the machine's clocks. virtual: time moves by steps. barrier: virtual, and each present waits for its step. */
#define EYE_TIME_WORDS(W)          \
    W(EYE_TIME_REAL, "real")       \
    W(EYE_TIME_VIRTUAL, "virtual") \
    W(EYE_TIME_BARRIER, "barrier")
ENUM_DECLARE(EyeTime, EYE_TIME_WORDS);

#define EYE_PROGRAM(F, S)                                                                                           \
    F(S, STRS, argv, .max = 256, .item_max = 4096,                                                                  \
      .doc = "The program and its arguments; none: a moving test pattern")                                          \
    F(S, STRS, env, .opt = 1, .max = 256, .item_max = 65536, .doc = "NAME=value, beside the eye's own environment") \
    F(S, STR, cwd, .opt = 1, .max_bytes = EYE_PATH_MAX, .doc = "Its working folder; default: the eye's")            \
    F(S, ENUM(EyeRoute), route, .opt = 1, .has_def = 1, .def = EYE_ROUTE_AUTO, .doc = "auto, wayland or x11")       \
    F(S, BOOL, is_restarted, .opt = 1, .doc = "Started again when it ends by itself")
SHAPE(EyeProgram, EYE_PROGRAM);

#define EYE_CONFIG(F, S)                                                                                                   \
    F(S, STR, id, .min = 1, .max_bytes = 64, .doc = "The eye")                                                             \
    F(S, I64, width, .opt = 1, .has_def = 1, .def = 1280, .min = 16, .max = EYE_WIDTH_MAX, .doc = "Pixels")                \
    F(S, I64, height, .opt = 1, .has_def = 1, .def = 720, .min = 16, .max = EYE_HEIGHT_MAX, .doc = "Pixels")               \
    F(S, BOOL, lockstep, .opt = 1, .doc = "A frame is drawn when a consumer asks for it")                                  \
    F(S, I64, hz, .opt = 1, .has_def = 1, .def = EYE_HZ_DEF, .min = 0, .max = EYE_HZ_MAX,                                  \
      .doc = "Frames a second in free run, and of the virtual clock; 0: as fast as the program draws")                     \
    F(S, I64, buffers, .opt = 1, .has_def = 1, .def = EYE_BUFFERS_DEF, .min = EYE_BUFFERS_MIN, .max = EYE_BUFFERS_MAX,     \
      .doc = "Of the eye's own ring")                                                                                      \
    F(S, I64, step_timeout_ms, .opt = 1, .has_def = 1, .def = EYE_STEP_TIMEOUT_MS_DEF, .min = 1, .max = 60000,             \
      .doc =                                                                                                               \
          "Real time after which a step without a frame ends with the last one; left out: 500, with a virtual clock 5000") \
    F(S, ENUM(EyeTime), clock, .opt = 1, .has_def = 1, .def = EYE_TIME_REAL, .doc = "real, virtual or barrier")            \
    F(S, I64, seed, .opt = 1, .has_def = 1, .def = 1, .min = 0, .max = INT64_MAX,                                          \
      .doc = "Of the random numbers that a program with a virtual clock asks the system for")                              \
    F(S, STR, socket_path, .opt = 1, .max_bytes = 107, .doc = "Another place of version 1's socket")                       \
    F(S, BOOL, draws_cursor, .opt = 1, .doc = "The program's cursor is drawn into the frames")                             \
    F(S, BOOL, places_windows, .opt = 1, .doc = "For conformance tests: windows keep their own size")                      \
    F(S, STRS, denied_keys, .opt = 1, .max = 64, .item_max = 32,                                                           \
      .doc =                                                                                                               \
          "Keys that nobody may press here, beside those that never are; names of input-event-codes.h without KEY_")       \
    F(S, OBJ(EyeProgram), program, .doc = "What runs inside")
SHAPE(EyeConfig, EYE_CONFIG);

/* end: the program, Xwayland and the eye itself. record: inputs and the hash of each frame into a new file. */
#define EYE_ORDER_WORDS(W)                      \
    W(EYE_ORDER_START, "start")                 \
    W(EYE_ORDER_START_PROGRAM, "start_program") \
    W(EYE_ORDER_STOP_PROGRAM, "stop_program")   \
    W(EYE_ORDER_SIZE, "size")                   \
    W(EYE_ORDER_RECORD, "record")               \
    W(EYE_ORDER_STOP_RECORD, "stop_record")     \
    W(EYE_ORDER_REPLAY, "replay")               \
    W(EYE_ORDER_VIDEO, "video")                 \
    W(EYE_ORDER_STOP_VIDEO, "stop_video")       \
    W(EYE_ORDER_END, "end")
ENUM_DECLARE(EyeOrderType, EYE_ORDER_WORDS);

#define EYE_ORDER(F, S)                                                             \
    F(S, ENUM(EyeOrderType), type, .doc = "What to do")                             \
    F(S, OBJ(EyeConfig), config, .opt = 1, .doc = "Of start")                       \
    F(S, I64, width, .opt = 1, .min = 16, .max = EYE_WIDTH_MAX, .doc = "Of size")   \
    F(S, I64, height, .opt = 1, .min = 16, .max = EYE_HEIGHT_MAX, .doc = "Of size") \
    F(S, STR, path, .opt = 1, .max_bytes = EYE_PATH_MAX,                            \
      .doc = "Absolute; of record and video a file that is not there")              \
    F(S, STR, encoder, .opt = 1, .max_bytes = EYE_PATH_MAX, .doc = "Of video: the path of ffmpeg")
SHAPE(EyeOrder, EYE_ORDER);

/* --- reports -------------------------------------------------------------------------------------------------------- */

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
