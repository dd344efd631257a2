/* Eyes: headless compositors in which a game runs, their frames and what is done to them.
 *
 * An eye is a row with at most one living launch: muster-eye under a hold, so that it outlives the daemon. Everything that
 * the row says follows from the eye's own lines (adapter/eye.h, folded by eye_fold), from the launch's end and from what
 * people asked for. The newest status is kept in the row; the stream `eyes/org_…` carries the row when something happened,
 * at most once a second, and whoever watches one eye (view.c) gets each status.
 */
#pragma once

#include "adapter/eye.h"
#include "core/live_source.h"
#include "core/op.h"
#include "core/org.h"
#include "core/topic.h"

enum { EYES_MAX = 1000, EYES_ALIVE_MAX = 64, EYE_SOCKET_PATH_MAX = 107, EYE_DENIED_KEYS_MAX = 64 };

/* The first five are words of muster-eye. */
#define EYE_WORDS(W)            \
    W(EYE_STARTING, "starting") \
    W(EYE_RUNNING, "running")   \
    W(EYE_WAITING, "waiting")   \
    W(EYE_STALLED, "stalled")   \
    W(EYE_IDLE, "idle")         \
    W(EYE_STOPPED, "stopped")   \
    W(EYE_EXITED, "exited")     \
    W(EYE_LOST, "lost")         \
    W(EYE_FAILED, "failed")
ENUM_DECLARE(EyeWord, EYE_WORDS);

#define EYE_WHY_WORDS(W)                        \
    W(EYE_WHY_PREPARING, "preparing")           \
    W(EYE_WHY_NO_FRAME, "no_frame")             \
    W(EYE_WHY_DRAWING, "drawing")               \
    W(EYE_WHY_NO_STEPPER, "no_stepper")         \
    W(EYE_WHY_NOT_DRAWING, "not_drawing")       \
    W(EYE_WHY_SILENT, "silent")                 \
    W(EYE_WHY_NO_PROGRAM, "no_program")         \
    W(EYE_WHY_PROGRAM_EXITED, "program_exited") \
    W(EYE_WHY_PROGRAM_FAILED, "program_failed") \
    W(EYE_WHY_ASKED, "asked")                   \
    W(EYE_WHY_EXITED, "exited")                 \
    W(EYE_WHY_KILLED, "killed")                 \
    W(EYE_WHY_LIMIT, "limit")                   \
    W(EYE_WHY_HOLD_LOST, "hold_lost")           \
    W(EYE_WHY_NOT_STARTED, "not_started")
ENUM_DECLARE(EyeWhy, EYE_WHY_WORDS);

/* `O`: 1 where each may be left out, in a call. */
#define EYE_SETUP_FIELDS(F, S, O)                                                                                  \
    F(S, I64, width, .opt = O, .min = 16, .max = EYE_WIDTH_MAX, .doc = "Pixels; even")                             \
    F(S, I64, height, .opt = O, .min = 16, .max = EYE_HEIGHT_MAX, .doc = "Pixels; even")                           \
    F(S, BOOL, lockstep, .opt = O, .doc = "A frame is drawn when a consumer asks for it")                          \
    F(S, I64, hz, .opt = O, .min = 0, .max = EYE_HZ_MAX,                                                           \
      .doc = "Frames a second in free run, and of the virtual clock; 0: as fast as the program draws")             \
    F(S, I64, buffers, .opt = O, .min = EYE_BUFFERS_MIN, .max = EYE_BUFFERS_MAX, .doc = "Of the eye's own ring")   \
    F(S, I64, step_timeout_ms, .opt = O, .min = 1, .max = 60000,                                                   \
      .doc = "Real time after which a step without a frame ends with the last one")                                \
    F(S, ENUM(EyeTime), clock, .opt = O,                                                                           \
      .doc = "real, virtual (time moves by steps), or barrier (each present waits)")                               \
    F(S, ENUM(EyeRoute), route, .opt = O, .doc = "How the program gets its window: auto, wayland or x11")          \
    F(S, I64, seed, .opt = O, .min = 0, .max = INT64_MAX, .doc = "Of random numbers, with a virtual clock")        \
    F(S, STR, socket_path, .opt = 1, .max_bytes = EYE_SOCKET_PATH_MAX, .example = "/run/user/1000/eye/frame.sock", \
      .doc = "Place of version 1's socket, in a folder that only you can write; default: the eye's own")           \
    F(S, BOOL, draws_cursor, .opt = O, .doc = "The program's cursor is drawn into the frames")                     \
    F(S, BOOL, is_restarted, .opt = O, .doc = "The program is started again when it ends by itself")               \
    F(S, STRS, denied_keys, .opt = 1, .max = EYE_DENIED_KEYS_MAX, .item_max = 32,                                  \
      .doc = "Keys that nobody may press here, named as in input-event-codes.h without KEY_")
#define EYE_SETUP(F, S) EYE_SETUP_FIELDS(F, S, 0)
SHAPE(EyeSetup, EYE_SETUP);
#define EYE_SETUP_IN(F, S) EYE_SETUP_FIELDS(F, S, 1)
SHAPE(EyeSetupIn, EYE_SETUP_IN);

#define EYE(F, S)                                                                                                    \
    F(S, ID("eye"), id, .doc = "The eye: its topic is eye/eye_…")                                                    \
    F(S, ID("org"), org_id, .doc = "Whose it is")                                                                    \
    F(S, STR, name, .min = 1, .max = 100, .is_name = 1, .example = "Kobo Deluxe", .doc = "Shown in lists")           \
    F(S, STR, game_id, .opt = 1, .max_bytes = 128, .doc = "The game; left out: none was asked for")                  \
    F(S, STR, game_digest, .opt = 1, .max_bytes = 64, .doc = "SHA-256 of its manifest as it was started with")       \
    F(S, BOOL, is_pattern, .doc = "No game: the frames are a moving test pattern")                                   \
    F(S, OBJ(EyeSetup), config, .doc = "As it was started")                                                          \
    F(S, ENUM(EyeWord), state,                                                                                       \
      .doc = "starting, running, waiting (for a step), stalled, idle (its program has ended), stopped by a person, " \
             "exited, lost (its hold is gone), failed to start")                                                     \
    F(S, ENUM(EyeWhy), why, .doc = "The reason of the state")                                                        \
    F(S, STR, detail, .opt = 1, .max_bytes = 2000, .doc = "The reason in a sentence, with what shows it")            \
    F(S, TIME, since, .doc = "When the state began")                                                                 \
    F(S, STR, held, .opt = 1, .max_bytes = 2000, .doc = "Why what it reports is not read for now")                   \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its newest launch")                                                 \
    F(S, OBJ(EyeHelloLine), sockets, .opt = 1, .doc = "Where it can be reached, while it lives")                     \
    F(S, OBJ(EyeStatusLine), status, .opt = 1, .doc = "The newest that it reported")                                 \
    F(S, TIME, status_at, .opt = 1, .doc = "When")                                                                   \
    F(S, OBJ(EyeProgramLine), program, .opt = 1, .doc = "What happened to its program last")                         \
    F(S, TIME, program_at, .opt = 1, .doc = "When")                                                                  \
    F(S, OBJ(EyeResetLine), last_reset, .opt = 1, .doc = "The newest break in the frames")                           \
    F(S, TIME, last_reset_at, .opt = 1, .doc = "When")                                                               \
    F(S, STR, last_error, .opt = 1, .max_bytes = 2000, .doc = "The newest complaint")                                \
    F(S, TIME, last_error_at, .opt = 1, .doc = "When")                                                               \
    F(S, I64, errors, .min = 0, .max = INT64_MAX, .doc = "Complaints of this launch")                                \
    F(S, I64, exit_code, .opt = 1, .min = 0, .max = 255, .doc = "Of muster-eye; left out when a signal ended it")    \
    F(S, TIME, news_at, .opt = 1, .secret = 1, .doc = "When the row was last published")                             \
    F(S, BOOL, is_news_due, .secret = 1, .doc = "Something happened that was not published yet")                     \
    F(S, TIME, created_at, .doc = "When it was first started")                                                       \
    F(S, TIME, started_at, .doc = "When its newest launch was")                                                      \
    F(S, TIME, ended_at, .opt = 1, .doc = "When that ended")
SHAPE(Eye, EYE);

/* Is it one of the states in which muster-eye runs? */
static inline bool eye_is_alive(EyeWord state) { return state < EYE_STOPPED; }

/* Folds one report into the row, which refers to it afterwards, and notes in the row whether others should learn of it; figures
 * alone are no news. Pure. */
void eye_fold(Eye *row, const EyeReport *r, TimeUs at, Arena *a);
typedef struct EyeEnd {
    EyeWord state;
    EyeWhy why;
    int64_t exit_code; /* -1: none */
    Str detail;        /* {NULL,0}: none */
} EyeEnd;
void eye_fold_end(Eye *row, const EyeEnd *end, TimeUs at);
/* Nothing was heard since then: false if that is not so, or not news. Pure. */
bool eye_fold_silence(Eye *row, TimeUs since, TimeUs at, Arena *a);
/* Whether the row is to be published now: at once when the state changed, else at most once a second. Pure. */
enum { EYE_NEWS_EVERY_US = 1000000 };
bool eye_take_news(Eye *row, TimeUs now);

/* Rows. ERR_NOT_FOUND. */
int eye_get(DbConn *c, Str id, Arena *a, Eye *ret, Err *e);
/* ERR_CONFLICT, with what it is instead, unless it is alive. */
int eye_check_alive(const Eye *row, Err *e);
/* The whole row: publishes it where that is due, and to those who watch after the commit. */
int eye_store(App *app, Tx *tx, Eye *row, Err *e);
int eye_emit(Tx *tx, Str org_id, const char *kind, const Shape *s, const void *v, Err *e); /* to eyes/org_… */
/* One line more for muster-eye, in the same write. ERR_CONFLICT: it has ended. */
int eye_order(App *app, Tx *tx, const Eye *row, const EyeOrder *o, Err *e);
Str eye_folder(const App *app, Str id, Arena *a); /* absolute: of its recordings and its programs' homes */

/* Deletes one that has ended, with its recordings and logs. Worker. */
int eye_remove(App *app, DbConn *db, const Eye *eye, Err *e);
/* Deletes eyes that ended before older_than, with their recordings and logs. Worker. */
int eyes_expire(App *app, DbConn *db, TimeUs older_than, Err *e);

void eye_control_register(App *app);
void eyes_stop(struct Eyes *s); /* NULL is fine */
void eyes_free(struct Eyes *s); /* after the loop has ended; NULL is fine */
extern const LaunchOwner eye_owner;
extern const LiveSource eye_source;
extern const Op eye_ops[], eye_run_ops[], eye_measure_ops[], recording_ops[];
extern const TopicDef eye_topics[];
extern const OrgOf eye_orgs[];
