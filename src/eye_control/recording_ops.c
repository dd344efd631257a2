/* Operations on recordings: of inputs, videos, replays. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/op_body.h"
#include "core/setting.h"
#include "eye_control/eye_control_sql.h"
#include "eye_control/eye_in.h"
#include "eye_control/recording.h"
#include "sys/file.h"
#include "sys/process.h"

enum { LIST_MAX = 1000 };

#define RECORDINGS_IN(F, S)                                                                             \
    F(S, ID("eye"), eye_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this eye")                    \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = LIST_MAX, .from = FROM_QUERY, \
      .doc = "Maximum number of rows")                                                                  \
    F(S, ID("rec"), after, .opt = 1, .from = FROM_QUERY, .doc = "Only those that began before this one; default: all")
SHAPE(RecordingsIn, RECORDINGS_IN);
SHAPE_DEFINE(RecordingsIn, RECORDINGS_IN);
#define RECORDINGS(F, S)                                                         \
    F(S, LIST(EyeRecording), recordings, .max = LIST_MAX, .doc = "Newest first") \
    F(S, BOOL, has_more, .doc = "There are older ones")                          \
    F(S, ID("rec"), next_cursor, .opt = 1, .doc = "`after` of the next page")
SHAPE(RecordingPage, RECORDINGS);
SHAPE_DEFINE(RecordingPage, RECORDINGS);
#define RECORDING_PATH(F, S) F(S, ID("rec"), recording_id, .from = FROM_PATH, .doc = "The recording")
SHAPE(RecordingPath, RECORDING_PATH);
SHAPE_DEFINE(RecordingPath, RECORDING_PATH);
#define REPLAY_IN(F, S)  \
    RECORDING_PATH(F, S) \
    F(S, ID("eye"), eye_id, .opt = 1, .doc = "The eye that replays it; default: the one that recorded it")
SHAPE(ReplayIn, REPLAY_IN);
SHAPE_DEFINE(ReplayIn, REPLAY_IN);

/* --- reading --- */

static int list_recordings(OpCall *c, const void *in_, void *out_, Err *e) {
    const RecordingsIn *in = in_;
    RecordingPage *out = out_;
    EyeRecording before;
    Eye eye;
    if (in->eye_id.n) TRY(eye_get(c->db, in->eye_id, c->arena, &eye, e));
    if (in->after.n) TRY(recording_get(c->db, in->after, c->arena, &before, e));
    out->recordings.items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, &sql_recording_list,
               DB_ARGS(db_text(str(c->who->org)), db_text(in->eye_id), db_text(in->after), db_i64(in->limit + 1)),
               DB_INTO(EyeRecording, c->arena, &out->recordings), (size_t)in->limit + 1, e));
    out->has_more = out->recordings.n > (size_t)in->limit;
    if (out->has_more) GIVE(RecordingPage, out, next_cursor, out->recordings.items[--out->recordings.n - 1].id);
    return op_cursor(c, eyes_topic(c), e);
}

static int get_recording(OpCall *c, const void *in, void *out, Err *e) {
    TRY(recording_get(c->db, ((const RecordingPath *)in)->recording_id, c->arena, out, e));
    return op_cursor(c, eyes_topic(c), e);
}

static Str path_of(const OpCall *c, const EyeRecording *r) {
    return arena_fmt(c->arena, "%s/" STR_FMT, c->app->home, STR_ARG(r->path));
}

/* The game runs with the rights of Muster, so what is there may not be the file that the eye wrote. */
static int open_file(const App *app, const EyeRecording *r, Arena *a, OpFile *f, Err *e) {
    struct stat st;
    if (file_open_beneath(app->home_fd, arena_cstr(a, r->path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, &f->fd, e) < 0)
        return err_fail(e, ERR_NOT_FOUND, "the file of this recording is gone: " STR_FMT, STR_ARG(r->path));
    if (fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode))
        return err_fail(e, ERR_NOT_FOUND, "what is in the place of this recording is not a file: " STR_FMT,
                        STR_ARG(r->path));
    f->size = st.st_size;
    return 0;
}

static int get_recording_content(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    EyeRecording r;
    OpFile *f = arena_new_in(c->arena, OpFile);
    TRY(recording_get(c->db, ((const RecordingPath *)in)->recording_id, c->arena, &r, e));
    if (r.state == RECORDING_RUNNING) return err_fail(e, ERR_CONFLICT, "this recording has not ended yet");
    *f = (OpFile){
        .fd = -1, .media = r.kind == RECORDING_VIDEO ? "video/mp4" : "application/x-ndjson", .name = path_last(r.path)};
    c->file = f; /* closed after the call, also when it fails */
    return open_file(c->app, &r, c->arena, f, e);
}

/* --- recording and filming --- */

typedef struct Write {
    OpCall *call;
    const void *in;
    EyeRecording *out;
    RecordingKind kind;
    Str encoder;
} Write;

static int begin_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Eye eye;
    TRY(eye_get(tx_conn(tx), ((const EyePath *)x->in)->eye_id, x->call->arena, &eye, e));
    TRY(eye_check_alive(&eye, e));
    RecordingStart s = {
        .app = x->call->app, .eye = &eye, .kind = x->kind, .encoder = x->encoder, .arena = x->call->arena};
    return recording_start(tx, &s, x->out, e);
}

static int record_synthetic_eye(OpCall *c, const void *in, void *out, Err *e) {
    return op_tx(c, begin_tx, &(Write){.call = c, .in = in, .out = out, .kind = RECORDING_INPUTS}, out, e);
}

static int film_synthetic_eye(OpCall *c, const void *in, void *out, Err *e) {
    Eye eye;
    char encoder[4096];
    TRY(eye_get(c->db, ((const EyePath *)in)->eye_id, c->arena, &eye, e));
    TRY(eye_check_alive(&eye, e));
    if (!process_find_program(STR("ffmpeg"), getenv("PATH"), encoder, sizeof encoder))
        return err_fail(e, ERR_MISSING_CLI, "ffmpeg is not installed; on Debian: apt install ffmpeg");
    return op_tx(c, begin_tx,
                 &(Write){.call = c, .in = in, .out = out, .kind = RECORDING_VIDEO, .encoder = str(encoder)}, out, e);
}

static int end_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Eye eye;
    bool is_video = x->kind == RECORDING_VIDEO;
    EyeOrder order = {.type = is_video ? EYE_ORDER_STOP_VIDEO : EYE_ORDER_STOP_RECORD};
    TRY(eye_get(tx_conn(tx), ((const EyePath *)x->in)->eye_id, x->call->arena, &eye, e));
    TRY(eye_check_alive(&eye, e));
    TRY(recording_find_open(tx_conn(tx), eye.id, (int)x->kind, x->call->arena, x->out, e));
    if (!x->out->id.n)
        return err_fail(e, ERR_CONFLICT, "this eye is not %s", is_video ? "being filmed" : "recording its inputs");
    return eye_order(x->call->app, tx, &eye, &order, e);
}

static int stop_recording_synthetic_eye(OpCall *c, const void *in, void *out, Err *e) {
    return op_tx(c, end_tx, &(Write){.call = c, .in = in, .out = out, .kind = RECORDING_INPUTS}, out, e);
}

static int stop_filming_synthetic_eye(OpCall *c, const void *in, void *out, Err *e) {
    return op_tx(c, end_tx, &(Write){.call = c, .in = in, .out = out, .kind = RECORDING_VIDEO}, out, e);
}

/* --- replaying --- */

static int check_replay(const EyeRecording *r, const Eye *eye, Err *e) {
    if (r->kind != RECORDING_INPUTS)
        return err_fail(e, ERR_CONFLICT, "a video cannot be replayed, only what recorded inputs");
    if (r->state == RECORDING_RUNNING) return err_fail(e, ERR_CONFLICT, "this recording has not ended yet");
    TRY(eye_check_alive(eye, e));
    return eye->config->lockstep ? 0 : err_fail(e, ERR_CONFLICT, "a replay needs an eye in lockstep; restart it so");
}

static int replay_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    OpCall *c = x->call;
    const ReplayIn *in = x->in;
    Eye eye;
    EyeRecording other;
    TRY(recording_get(tx_conn(tx), in->recording_id, c->arena, x->out, e));
    TRY(eye_get(tx_conn(tx), in->eye_id.n ? in->eye_id : x->out->eye_id, c->arena, &eye, e));
    TRY(check_replay(x->out, &eye, e));
    TRY(recording_find_open(tx_conn(tx), eye.id, RecordingKind_n, c->arena, &other, e));
    if (other.id.n) return err_fail(e, ERR_CONFLICT, "this eye already replays " STR_FMT, STR_ARG(other.id));
    EyeOrder order = {.type = EYE_ORDER_REPLAY};
    GIVE(EyeOrder, &order, path, path_of(c, x->out));
    TRY(eye_order(c->app, tx, &eye, &order, e));
    EyeRecording *r = x->out;
    r->set &= ~(1ull << EyeRecording_differs_at_bit | 1ull << EyeRecording_replay_steps_bit |
                1ull << EyeRecording_replay_detail_bit);
    r->replay_detail = (Str){0};
    GIVE(EyeRecording, r, replay_state, REPLAY_RUNNING);
    GIVE(EyeRecording, r, replay_eye_id, eye.id);
    GIVE(EyeRecording, r, replay_at, tx_now(tx));
    return recording_store(tx, r, e);
}

static int replay_recording(OpCall *c, const void *in, void *out, Err *e) {
    return op_tx(c, replay_tx, &(Write){.call = c, .in = in, .out = out}, out, e);
}

/* --- deleting --- */

#define RECORDING_GONE_NEWS(F, S) F(S, ID("rec"), id, .doc = "The recording that was deleted")
SHAPE(RecordingGoneNews, RECORDING_GONE_NEWS);
SHAPE_DEFINE(RecordingGoneNews, RECORDING_GONE_NEWS);

static int delete_tx(Tx *tx, void *arg, Err *e) {
    const EyeRecording *r = arg;
    RecordingGoneNews gone = {.id = r->id};
    TRY(tx_run(tx, &sql_recording_remove, DB_ARGS(db_text(r->id)), NULL, e));
    return eye_emit(tx, r->org_id, "recording_removed", &RecordingGoneNews_shape, &gone, e);
}

static int delete_recording(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    EyeRecording r;
    TRY(recording_get(c->db, ((const RecordingPath *)in)->recording_id, c->arena, &r, e));
    bool is_used =
        r.state == RECORDING_RUNNING || (HAS(EyeRecording, &r, replay_state) && r.replay_state == REPLAY_RUNNING);
    if (is_used) return err_fail(e, ERR_CONFLICT, "this recording is in use; stop it first");
    TRY(op_tx(c, delete_tx, &r, NULL, e));
    (void)unlink(path_of(c, &r).p); /* what stays is deleted with its eye */
    return 0;
}

static int recording_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)c, (void)e;
    *ret = ((const RecordingPath *)in)->recording_id;
    return 0;
}

#define CHANGES .role = ROLE_MEMBER, .flags = OP_WRITES | OP_AUDITED
const Op recording_ops[] = {
    {"record_synthetic_eye", "POST /api/eyes/{eyeId}/recording", "eye record",
     OP_RUN(record_synthetic_eye, EyePath, EyeRecording), CHANGES, .status = 201, .where = ON_WORKER,
     .doc = "Begins a recording of a running eye: each step with its inputs and the hash of its frame."},
    {"stop_recording_synthetic_eye", "DELETE /api/eyes/{eyeId}/recording", "eye stop-record",
     OP_RUN(stop_recording_synthetic_eye, EyePath, EyeRecording), CHANGES, .where = ON_WORKER,
     .doc = "Ends that recording. Its row says so when the eye has written the last of it."},
    {"film_synthetic_eye", "POST /api/eyes/{eyeId}/video", "eye film",
     OP_RUN(film_synthetic_eye, EyePath, EyeRecording), CHANGES, .status = 201, .where = ON_SLOW,
     .subject = eye_subject, .doc = "Begins a video of a running eye's frames, with ffmpeg."},
    {"stop_filming_synthetic_eye", "DELETE /api/eyes/{eyeId}/video", "eye stop-film",
     OP_RUN(stop_filming_synthetic_eye, EyePath, EyeRecording), CHANGES, .where = ON_WORKER,
     .doc = "Ends that video. Its row says so when the file is complete."},
    {"list_recordings", "GET /api/recordings", "recording list", OP_RUN(list_recordings, RecordingsIn, RecordingPage),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Lists recordings and videos of eyes, newest first."},
    {"get_recording", "GET /api/recordings/{recordingId}", "recording show",
     OP_RUN(get_recording, RecordingPath, EyeRecording), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Shows one recording or video."},
    {"get_recording_content", "GET /api/recordings/{recordingId}/content", "recording content",
     OP_RUN_IN(get_recording_content, RecordingPath), .status = 200, .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = recording_subject, .flags = OP_SENDS_FILE,
     .doc = "Downloads a recording or video that has ended, or a byte range of it."},
    {"replay_recording", "POST /api/recordings/{recordingId}/replay", "recording replay",
     OP_RUN(replay_recording, ReplayIn, EyeRecording), CHANGES, .where = ON_WORKER,
     .doc =
         "Has a running eye do again what was recorded, and compares the hash of each frame. The row says how it went."},
    {"delete_recording", "DELETE /api/recordings/{recordingId}", "recording delete",
     OP_RUN_IN(delete_recording, RecordingPath), CHANGES, .where = ON_SLOW, .subject = recording_subject,
     .doc = "Deletes a recording or video with its file."},
    {0},
};
