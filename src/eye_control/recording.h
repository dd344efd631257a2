/* Recordings of an eye: what was pressed and the hash of each frame, which can be replayed; and videos.
 *
 * A file in the eye's folder, written by muster-eye; the row says how far it got. Of a replay the row keeps the newest.
 */
#pragma once

#include "eye_control/eye_control.h"

#define RECORDING_KIND_WORDS(W) W(RECORDING_INPUTS, "inputs") W(RECORDING_VIDEO, "video")
ENUM_DECLARE(RecordingKind, RECORDING_KIND_WORDS);
#define RECORDING_STATE_WORDS(W) W(RECORDING_RUNNING, "recording") W(RECORDING_DONE, "done") W(RECORDING_CUT, "cut")
ENUM_DECLARE(RecordingState, RECORDING_STATE_WORDS);
#define REPLAY_STATE_WORDS(W) \
    W(REPLAY_RUNNING, "running") W(REPLAY_SAME, "same") W(REPLAY_DIFFERS, "differs") W(REPLAY_CUT, "cut")
ENUM_DECLARE(ReplayState, REPLAY_STATE_WORDS);

#define EYE_RECORDING(F, S)                                                                                          \
    F(S, ID("rec"), id, .doc = "The recording")                                                                      \
    F(S, ID("org"), org_id, .doc = "Whose it is")                                                                    \
    F(S, ID("eye"), eye_id, .doc = "The eye that made it")                                                           \
    F(S, STR, game_id, .opt = 1, .max_bytes = 128, .doc = "The game that ran in it")                                 \
    F(S, STR, game_digest, .opt = 1, .max_bytes = 64, .doc = "SHA-256 of the game's manifest")                       \
    F(S, ENUM(RecordingKind), kind, .doc = "inputs: what was pressed, and the hash of each frame; video")            \
    F(S, ENUM(RecordingState), state, .doc = "recording, done, or cut: the eye ended, or could not write on")        \
    F(S, STR, path, .max_bytes = 4096, .doc = "The file, relative to the data folder")                               \
    F(S, OBJ(EyeSetup), config, .doc = "Of the eye, when it began")                                                  \
    F(S, I64, steps, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "In it")                                           \
    F(S, I64, bytes, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Its size")                                        \
    F(S, STR, detail, .opt = 1, .max_bytes = 2000, .doc = "Why it was cut")                                          \
    F(S, ENUM(ReplayState), replay_state, .opt = 1,                                                                  \
      .doc = "Of its newest replay: running, same (each frame had the hash that was recorded), differs, or cut")     \
    F(S, ID("eye"), replay_eye_id, .opt = 1, .doc = "The eye that replayed it")                                      \
    F(S, I64, replay_steps, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Steps that were replayed")                 \
    F(S, TIME, replay_at, .opt = 1, .doc = "When that began")                                                        \
    F(S, STR, replay_detail, .opt = 1, .max_bytes = 2000, .doc = "Why it was cut")                                   \
    F(S, I64, differs_at, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "The first step whose frame was another one") \
    F(S, TIME, created_at, .doc = "When it began")                                                                   \
    F(S, TIME, ended_at, .opt = 1, .doc = "When it ended")
SHAPE(EyeRecording, EYE_RECORDING);

int recording_get(DbConn *c, Str id, Arena *a, EyeRecording *ret, Err *e);
/* Adds the row of a recording that the eye begins now, and orders it. Inside a write. */
typedef struct RecordingStart {
    App *app;
    const Eye *eye;
    RecordingKind kind;
    Str encoder; /* of a video: the path of ffmpeg */
    Arena *arena;
} RecordingStart;
int recording_start(Tx *tx, const RecordingStart *s, EyeRecording *ret, Err *e);
/* What muster-eye says of a recording, a video or a replay that has ended. One that has no row is ignored. */
int recording_report(App *app, Tx *tx, const EyeReport *r, Arena *a, Err *e);
/* The eye says that it does not record: what it should have been recording since a while was refused. */
enum { RECORDING_BEGINS_US = 3000000 };
int recording_deny(Tx *tx, const Eye *eye, TimeUs at, Err *e);
/* The eye has ended: what it recorded and replayed has too. */
int recordings_cut(Tx *tx, Str eye_id, Str why, Err *e);
/* What the eye has in progress of this kind (of a replay: `kind` is RecordingKind_n). Without an id: nothing. */
int recording_find_open(DbConn *c, Str eye_id, int kind, Arena *a, EyeRecording *ret, Err *e);
int recording_store(Tx *tx, const EyeRecording *r, Err *e);
