/* See fold.h. Pure functions. */
#include "eye_control/fold.h"

#include "base/text_cut.h"
#include "core/launch_held.h"

enum { DETAIL_MAX_BYTES = 1900 };

static void note_news(Eye *row) { row->is_news_due = true; }

static void set_detail(Eye *row, Str detail) {
    row->set &= ~(1ull << Eye_detail_bit);
    row->detail = (Str){0};
    if (detail.n) GIVE(Eye, row, detail, detail);
}

/* The newest change is published at once: news_at is forgotten. */
static void set_state(Eye *row, EyeWord state, EyeWhy why, TimeUs at) {
    if (row->state == state && row->why == why) return;
    if (row->state != state) row->since = at;
    row->state = state;
    row->why = why;
    row->news_at = 0;
    note_news(row);
}

static void set_error(Eye *row, Str message, TimeUs at) {
    GIVE(Eye, row, last_error, text_cut(message, DETAIL_MAX_BYTES));
    GIVE(Eye, row, last_error_at, at);
    row->errors++;
    note_news(row);
}

/* --- program ------------------------------------------------------------------------------------------------------ */

static bool has_event(const Eye *row, const char *event) { return row->program && str_is(row->program->event, event); }

static Str program_sentence(const EyeProgramLine *p, Arena *a) {
    Str why = p->detail;
    if (str_is(p->event, "failed")) return why.n ? why : STR("the program could not be started");
    Str end = STR("the program has ended");
    if (HAS(EyeProgramLine, p, signal))
        end = arena_fmt(a, "signal %lld ended the program", (long long)p->signal);
    else if (HAS(EyeProgramLine, p, code))
        end = arena_fmt(a, "the program exited with status %lld", (long long)p->code);
    return why.n ? arena_fmt(a, STR_FMT ": " STR_FMT, STR_ARG(end), STR_ARG(why)) : end;
}

static EyeWhy why_idle(const Eye *row) {
    if (has_event(row, "exited")) return EYE_WHY_PROGRAM_EXITED;
    return has_event(row, "failed") ? EYE_WHY_PROGRAM_FAILED : EYE_WHY_NO_PROGRAM;
}

static void fold_program(Eye *row, const EyeProgramLine *p, TimeUs at, Arena *a) {
    EyeProgramLine *kept = arena_new_in(a, EyeProgramLine);
    *kept = *p;
    GIVE(Eye, row, program, kept);
    GIVE(Eye, row, program_at, at);
    note_news(row);
    if (str_is(p->event, "started")) {
        set_state(row, EYE_STARTING, EYE_WHY_NO_FRAME, at);
        set_detail(row, (Str){0});
    } else {
        set_state(row, EYE_IDLE, why_idle(row), at);
        set_detail(row, program_sentence(p, a));
    }
}

/* --- status ------------------------------------------------------------------------------------------------------- */

static const struct {
    EyeWord state;
    EyeWhy why;
} states[] = {
    [EYE_STATE_STARTING] = {EYE_STARTING, EYE_WHY_NO_FRAME}, [EYE_STATE_RUNNING] = {EYE_RUNNING, EYE_WHY_DRAWING},
    [EYE_STATE_WAITING] = {EYE_WAITING, EYE_WHY_NO_STEPPER}, [EYE_STATE_STALLED] = {EYE_STALLED, EYE_WHY_NOT_DRAWING},
    [EYE_STATE_IDLE] = {EYE_IDLE, EYE_WHY_NO_PROGRAM},
};

/* What people look at in a list beside the state. */
static bool is_news(const EyeStatusLine *was, const EyeStatusLine *now) {
    return !was || was->width != now->width || was->height != now->height || was->resets != now->resets ||
           was->is_recording != now->is_recording || !str_eq(was->stepper, now->stepper) ||
           was->timeouts != now->timeouts || was->consumers.n != now->consumers.n;
}

static void fold_status(Eye *row, const EyeStatusLine *s, TimeUs at, Arena *a) {
    EyeStatusLine *kept = arena_new_in(a, EyeStatusLine);
    *kept = *s;
    if (is_news(row->status, s)) note_news(row);
    GIVE(Eye, row, status, kept);
    GIVE(Eye, row, status_at, at);
    EyeWhy why = s->state == EYE_STATE_IDLE ? why_idle(row) : states[s->state].why;
    bool is_known_end = s->state == EYE_STATE_IDLE && row->state == EYE_IDLE && row->why == why;
    set_state(row, states[s->state].state, why, at);
    if (!is_known_end) set_detail(row, s->detail);
}

/* --- the rest ------------------------------------------------------------------------------------------------------ */

static void fold_hello(Eye *row, const EyeHelloLine *h, TimeUs at, Arena *a) {
    EyeHelloLine *kept = arena_new_in(a, EyeHelloLine);
    *kept = *h;
    GIVE(Eye, row, sockets, kept);
    note_news(row);
    if (h->protocol != EYE_PROTOCOL)
        set_error(
            row,
            arena_fmt(a, "muster-eye speaks version %lld of its protocol, and this is version %d; install both again",
                      (long long)h->protocol, EYE_PROTOCOL),
            at);
}

static void fold_reset(Eye *row, const EyeResetLine *r, TimeUs at, Arena *a) {
    EyeResetLine *kept = arena_new_in(a, EyeResetLine);
    *kept = *r;
    GIVE(Eye, row, last_reset, kept);
    GIVE(Eye, row, last_reset_at, at);
    note_news(row);
}

void eye_fold(Eye *row, const EyeReport *r, TimeUs at, Arena *a) {
    switch (r->kind) {
    case EYE_SAYS_HELLO: fold_hello(row, &r->hello, at, a); break;
    case EYE_SAYS_STATUS: fold_status(row, &r->status, at, a); break;
    case EYE_SAYS_RESET: fold_reset(row, &r->reset, at, a); break;
    case EYE_SAYS_PROGRAM: fold_program(row, &r->program, at, a); break;
    case EYE_SAYS_ERROR:
    case EYE_SAYS_NONSENSE: set_error(row, r->error.message, at); break;
    case EYE_SAYS_RECORDED: /* of the recordings: recording.c */
    case EYE_SAYS_REPLAYED:
    case EYE_SAYS_FILMED:
    case EYE_SAYS_UNKNOWN: break;
    }
}

void eye_fold_held(Eye *row, Str why, TimeUs at) {
    row->held = (Str){0};
    row->set &= ~(1ull << Eye_held_bit);
    if (why.n) GIVE(Eye, row, held, why);
    note_news(row);
    if (!str_is(why, LAUNCH_HELD_SUSPENDED)) return;
    set_state(row, EYE_STALLED, EYE_WHY_SILENT, at);
    set_detail(row, STR("a signal stopped muster-eye"));
}

bool eye_fold_silence(Eye *row, TimeUs since, TimeUs at, Arena *a) {
    TimeUs heard = row->status_at ? row->status_at : row->started_at;
    if (HAS(Eye, row, ended_at) || row->held.n || row->why == EYE_WHY_SILENT || heard >= since) return false;
    set_state(row, EYE_STALLED, EYE_WHY_SILENT, at);
    set_detail(row, arena_fmt(a, "muster-eye has reported nothing for %lld s", (long long)((at - heard) / 1000000)));
    return true;
}

void eye_fold_end(Eye *row, const EyeEnd *end, TimeUs at) {
    set_state(row, end->state, end->why, at);
    set_detail(row, text_cut(end->detail, DETAIL_MAX_BYTES));
    row->sockets = NULL;             /* they are gone */
    if (has_event(row, "started")) { /* and so is what ran */
        row->program = NULL;
        row->program_at = 0;
        row->set &= ~(1ull << Eye_program_bit | 1ull << Eye_program_at_bit);
    }
    row->held = (Str){0};
    row->set &= ~(1ull << Eye_sockets_bit | 1ull << Eye_held_bit | 1ull << Eye_exit_code_bit);
    if (end->exit_code >= 0) GIVE(Eye, row, exit_code, end->exit_code);
    GIVE(Eye, row, ended_at, at);
    note_news(row);
}

bool eye_take_news(Eye *row, TimeUs now) {
    bool is_due = row->is_news_due && (now - row->news_at >= EYE_NEWS_EVERY_US || now < row->news_at);
    if (!is_due) return false;
    row->is_news_due = false;
    GIVE(Eye, row, news_at, now);
    return true;
}
