/* See recording.h. */
#include "eye_control/recording.h"

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "eye_control/eye_control_sql.h"

ENUM_DEFINE(RecordingKind, RECORDING_KIND_WORDS);
ENUM_DEFINE(RecordingState, RECORDING_STATE_WORDS);
ENUM_DEFINE(ReplayState, REPLAY_STATE_WORDS);
SHAPE_DEFINE(EyeRecording, EYE_RECORDING);

enum { OPEN_MAX = 100, DETAIL_MAX_BYTES = 1900 };

int recording_get(DbConn *c, Str id, Arena *a, EyeRecording *ret, Err *e) {
    bool found;
    TRY(db_one(c, &sql_recording_by_id, DB_ARGS(db_text(id)), DB_INTO(EyeRecording, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no recording " STR_FMT, STR_ARG(id));
}

int recording_store(Tx *tx, const EyeRecording *r, Err *e) {
    TRY(tx_run_shape(tx, &sql_recording_set, &EyeRecording_shape, r, NULL, e));
    return eye_emit(tx, r->org_id, "recording_changed", &EyeRecording_shape, r, e);
}

static bool fits(const EyeRecording *r, Str eye_id, int kind) {
    if (kind == RecordingKind_n)
        return HAS(EyeRecording, r, replay_state) && r->replay_state == REPLAY_RUNNING &&
               str_eq(r->replay_eye_id, eye_id);
    return r->state == RECORDING_RUNNING && (int)r->kind == kind && str_eq(r->eye_id, eye_id);
}

int recording_find_open(DbConn *c, Str eye_id, int kind, Arena *a, EyeRecording *ret, Err *e) {
    EyeRecordingList all = {0};
    *ret = (EyeRecording){0};
    TRY(db_all(c, &sql_recording_open_of, DB_ARGS(db_text(eye_id)), DB_INTO(EyeRecording, a, &all), OPEN_MAX, e));
    for (size_t i = 0; i < all.n && !ret->id.n; i++) {
        if (fits(&all.items[i], eye_id, kind)) *ret = all.items[i];
    }
    return 0;
}

int recording_start(Tx *tx, const RecordingStart *s, EyeRecording *ret, Err *e) {
    const Eye *eye = s->eye;
    EyeRecording running;
    TRY(recording_find_open(tx_conn(tx), eye->id, (int)s->kind, s->arena, &running, e));
    if (running.id.n)
        return err_fail(e, ERR_CONFLICT, "this eye is already %s",
                        s->kind == RECORDING_VIDEO ? "being filmed" : "recording its inputs");
    Id id = id_new("rec");
    const char *end = s->kind == RECORDING_VIDEO ? "mp4" : "jsonl";
    *ret = (EyeRecording){.id = arena_str(s->arena, id_str(&id)),
                          .org_id = eye->org_id,
                          .eye_id = eye->id,
                          .game_id = eye->game_id,
                          .game_digest = eye->game_digest,
                          .kind = s->kind,
                          .state = RECORDING_RUNNING,
                          .path = arena_fmt(s->arena, "eyes/" STR_FMT "/%s.%s", STR_ARG(eye->id), id.text, end),
                          .config = eye->config,
                          .created_at = tx_now(tx)};
    TRY(tx_run_shape(tx, &sql_recording_add, &EyeRecording_shape, ret, NULL, e));
    EyeOrder order = {.type = s->kind == RECORDING_VIDEO ? EYE_ORDER_VIDEO : EYE_ORDER_RECORD};
    GIVE(EyeOrder, &order, path, arena_fmt(s->arena, "%s/" STR_FMT, s->app->home, STR_ARG(ret->path)));
    if (s->encoder.n) GIVE(EyeOrder, &order, encoder, s->encoder);
    TRY(eye_order(s->app, tx, eye, &order, e));
    return eye_emit(tx, ret->org_id, "recording_changed", &EyeRecording_shape, ret, e);
}

/* --- what the eye reports ------------------------------------------------------------------------------------------ */

static void end_recording(EyeRecording *r, const EyeRecordedLine *l, TimeUs at) {
    r->state = l->detail.n ? RECORDING_CUT : RECORDING_DONE;
    GIVE(EyeRecording, r, steps, l->steps);
    if (HAS(EyeRecordedLine, l, bytes)) GIVE(EyeRecording, r, bytes, l->bytes);
    if (l->detail.n) GIVE(EyeRecording, r, detail, text_cut(l->detail, DETAIL_MAX_BYTES));
    GIVE(EyeRecording, r, ended_at, at);
}

static void end_replay(EyeRecording *r, const EyeRecordedLine *l) {
    bool differs = HAS(EyeRecordedLine, l, differs_at);
    GIVE(EyeRecording, r, replay_state, l->detail.n ? REPLAY_CUT : differs ? REPLAY_DIFFERS : REPLAY_SAME);
    GIVE(EyeRecording, r, replay_steps, l->steps);
    if (differs) GIVE(EyeRecording, r, differs_at, l->differs_at);
    if (l->detail.n) GIVE(EyeRecording, r, replay_detail, text_cut(l->detail, DETAIL_MAX_BYTES));
}

int recording_report(App *app, Tx *tx, const EyeReport *r, Arena *a, Err *e) {
    const EyeRecordedLine *l = &r->recorded;
    Str home = str(app->home);
    EyeRecording row;
    bool found;
    if (!str_starts(l->path, home)) return 0;
    Str path = str_from(l->path, home.n + 1);
    TRY(db_one(tx_conn(tx), &sql_recording_by_path, DB_ARGS(db_text(path)), DB_INTO(EyeRecording, a, &row), &found, e));
    if (!found) return 0;
    if (r->kind == EYE_SAYS_REPLAYED)
        end_replay(&row, l);
    else
        end_recording(&row, l, tx_now(tx));
    return recording_store(tx, &row, e);
}

int recording_deny(Tx *tx, const Eye *eye, TimeUs at, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    EyeRecording r;
    TRY(recording_find_open(tx_conn(tx), eye->id, RECORDING_INPUTS, a, &r, e));
    if (!r.id.n || at - r.created_at < RECORDING_BEGINS_US) return 0;
    bool says_why = eye->last_error.n && eye->last_error_at >= r.created_at;
    r.state = RECORDING_CUT;
    GIVE(EyeRecording, &r, detail, says_why ? eye->last_error : STR("the eye does not record"));
    GIVE(EyeRecording, &r, ended_at, at);
    return recording_store(tx, &r, e);
}

int recordings_cut(Tx *tx, Str eye_id, Str why, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    EyeRecordingList all = {0};
    TRY(db_all(tx_conn(tx), &sql_recording_open_of, DB_ARGS(db_text(eye_id)), DB_INTO(EyeRecording, a, &all), OPEN_MAX,
               e));
    for (size_t i = 0; i < all.n; i++) {
        EyeRecording *r = &all.items[i];
        if (r->state == RECORDING_RUNNING && str_eq(r->eye_id, eye_id)) {
            r->state = RECORDING_CUT;
            GIVE(EyeRecording, r, detail, why);
            GIVE(EyeRecording, r, ended_at, tx_now(tx));
        }
        if (fits(r, eye_id, RecordingKind_n)) {
            GIVE(EyeRecording, r, replay_state, REPLAY_CUT);
            GIVE(EyeRecording, r, replay_detail, why);
        }
        TRY(recording_store(tx, r, e));
    }
    return 0;
}
