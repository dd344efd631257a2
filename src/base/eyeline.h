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
    F(S, STRS, argv, .max = 256, .item_max = 4096, .doc = "The program and its arguments; none: it waits for one")  \
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
