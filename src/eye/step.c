/* See step.h. */
#include "eye/step.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/client.h"
#include "eye/clock.h"
#include "eye/consumer.h"
#include "eye/lines.h"
#include "eye/pattern.h"
#include "eye/present.h"
#include "eye/program.h"
#include "eye/record.h"
#include "eye/seat.h"
#include "eye/stats.h"
#include "eye/video.h"
#include "eye/view.h"

enum {
    NS_PER_MS = 1000000,
    NS_PER_S = 1000000000,
    LOOK_NS = 40000, /* between two looks whether the program is quiet */
    QUIET_LOOKS = 2, /* in a row */
    PARKED_MAX = 2,
    SETTLE_MAX_NS =
        2000000000, /* then a step begins although it is not: on a busy machine even a quiet program needs long */
    RESTLESS_NS = 100000000, /* the same for one that never is, as RESTLESS_STARTS of its steps have shown */
    RESTLESS_STARTS = 3,
    TIMEOUTS_MAX = 20, /* in a row: the program is taken to hang */
    IDLE_HZ = 60,      /* of a program that draws as fast as it can while nobody looks */
};

static bool has_barrier(const Eye *eye) { return eye->config.clock == EYE_TIME_BARRIER; }

bool step_is_starting(const Eye *eye) { return !eye->pattern && has_barrier(eye) && !clock_pid(eye->clock); }

static uint64_t frame_ns(const Eye *eye) { return NS_PER_S / (uint64_t)(eye->config.hz ? eye->config.hz : EYE_HZ_DEF); }

/* --- looks -------------------------------------------------------------------------------------------------------- */

static void look_again(Step *s, bool is_on) {
    struct itimerspec when = {.it_value.tv_nsec = is_on ? LOOK_NS : 0};
    timerfd_settime(s->poll_fd, 0, &when, NULL);
}

/* The program sleeps, and what was sent to it is read: true after QUIET_LOOKS looks in a row. */
static bool is_quiet(Step *s) {
    s->quiet_looks = program_is_quiet(s->eye) ? s->quiet_looks + 1 : 0;
    return s->quiet_looks >= QUIET_LOOKS;
}

/* --- parked buffers ----------------------------------------------------------------------------------------------- */

static void unpark(Step *s) {
    list_each(&s->parked, Buffer, parked, b) {
        list_remove(&b->parked);
        buffer_settle(b);
    }
}

void step_release_current(Eye *eye) {
    if (eye->shown && eye->shown->current.buffer) buffer_release_early(eye->shown->current.buffer);
}

/* --- a step ------------------------------------------------------------------------------------------------------- */

static void end_step(Step *s, bool is_new) {
    Eye *eye = s->eye;
    s->state = STEP_IDLE;
    wl_event_source_timer_update(s->timer, 0);
    look_again(s, false);
    s->n_steps++;
    s->timeouts_in_a_row = is_new ? 0 : s->timeouts_in_a_row;
    if (eye->clock) clock_hold(eye->clock);
    uint64_t number = s->request.number;
    s->is_answering = true;
    bool has_frame = is_new ? frames_publish(eye, number) : frames_repeat(eye, number);
    s->is_answering = false;
    if (!is_new) s->n_stale++;
    if (!has_frame) consumers_no_frame(eye);
    stats_step(eye, s->asked_ns);
    views_stepped(eye);
    recorder_stepped(eye);
}

static void apply_inputs(Step *s) {
    Eye *eye = s->eye;
    for (uint32_t i = 0; i < s->request.n_inputs; i++) {
        if (s->inputs[i].at != s->frame) continue;
        seat_input(eye->seat, &s->inputs[i]);
        recorder_input(eye, &s->inputs[i]);
    }
    seat_frame(eye->seat);
}

static uint64_t timeout_ms(const Step *s) {
    return s->request.timeout_ms ? s->request.timeout_ms : (uint64_t)s->eye->config.step_timeout_ms;
}

static void move_time(Step *s, uint64_t by_ns) {
    if (!s->eye->clock) return;
    if (!s->target_ns) s->target_ns = clock_first(s->eye->clock);
    s->target_ns += by_ns;
    /* A program that draws more slowly than the steps come has moved the time itself. One that did not draw waits for it. */
    uint64_t now = clock_now(s->eye->clock);
    if (s->was_new && now > s->target_ns) s->target_ns = now;
    clock_advance(s->eye->clock, s->target_ns);
}

static uint64_t request_ns(const Step *s) { return s->request.dt_ns ? s->request.dt_ns : frame_ns(s->eye); }

static void move_due_time(Step *s) {
    if (s->is_time_due) move_time(s, request_ns(s));
    s->is_time_due = false;
}

/* Time moves, then the inputs of this frame arrive, then the program may draw. A program that waits for either, and not at its
 * present, would see them in any order: it gets the inputs first, and the time when it is quiet again. */
static void draw_frame(Step *s) {
    Eye *eye = s->eye;
    unpark(s);
    s->is_time_due = true;
    if (!has_barrier(eye) || clock_is_parked(eye->clock)) move_due_time(s);
    if (has_barrier(eye)) s->presented = clock_presented(eye->clock);
    apply_inputs(s);
    s->state = has_barrier(eye) ? STEP_FEEDING : STEP_DRAWING;
    s->quiet_looks = 0;
    s->began_ns = eye_now_ns();
    if (has_barrier(eye))
        wl_display_flush_clients(eye->display); /* what is not sent yet would not count as unread */
    else
        present_send_frames(eye);
    wl_event_source_timer_update(s->timer, (int)timeout_ms(s));
    look_again(s, eye->clock != NULL);
}

/* What was committed before this frame is still drawn by the GPU: it would be taken for the answer. */
static bool is_drawn_late(const Eye *eye) { return eye->shown && eye->shown->n_delayed; }

static bool is_held_up(const Eye *eye) { return video_is_full(eye) || is_drawn_late(eye); }

static void next_frame(Step *s) {
    if (!s->eye->clock && !is_held_up(s->eye)) {
        draw_frame(s);
        return;
    }
    if (s->eye->clock) clock_hold(s->eye->clock);
    s->state = STEP_SETTLING;
    s->quiet_looks = 0;
    s->began_ns = eye_now_ns();
    look_again(s, true);
}

static void frame_drawn(Step *s, bool is_new) {
    s->was_new = is_new;
    if (++s->frame < s->request.frames) {
        next_frame(s);
        return;
    }
    end_step(s, is_new);
}

/* The pattern is drawn at once, and by the same steps the same. */
static void step_pattern(Step *s) {
    Eye *eye = s->eye;
    for (s->frame = 0; s->frame < s->request.frames; s->frame++) {
        move_time(s, request_ns(s));
        apply_inputs(s);
        pattern_advance(eye);
    }
    end_step(s, true);
}

/* Those that came early, as many as fit, then those of the request. */
static void take_inputs(Step *s, const StepRequest *r) {
    size_t room = COUNT_OF(s->inputs) - r->n_inputs, n = s->early.n < room ? s->early.n : room;
    if (n) memcpy(s->inputs, s->early.items, n * sizeof *s->inputs);
    if (r->n_inputs) memcpy(s->inputs + n, r->inputs, r->n_inputs * sizeof *s->inputs);
    s->early.n -= n;
    if (s->early.n) memmove(s->early.items, s->early.items + n, s->early.n * sizeof *s->inputs);
    s->request = *r;
    s->request.inputs = NULL;
    s->request.n_inputs += (uint32_t)n;
}

bool step_input(Eye *eye, const EyeInput *in) {
    Step *s = eye->step;
    if (!eye->config.lockstep) {
        recorder_input(eye, in);
        return seat_input(eye->seat, in);
    }
    if (!seat_accepts(eye->seat, in) || s->early.n == EYE_ABI_INPUTS_MAX) return false;
    EyeInput early = *in;
    early.at = 0;
    vec_push(&s->early, early);
    return true;
}

bool step_begin(Eye *eye, const StepRequest *r) {
    Step *s = eye->step;
    if (s->state != STEP_IDLE) return false;
    take_inputs(s, r);
    s->frame = 0;
    s->asked_ns = eye_now_ns();
    recorder_step(eye, r);
    if (eye->pattern)
        step_pattern(s);
    else if (eye->shown)
        next_frame(s);
    else
        end_step(s, false);
    return true;
}

void step_cancel(Eye *eye) {
    Step *s = eye->step;
    vec_clear(&s->early);
    if (s->state == STEP_IDLE) return;
    s->state = STEP_IDLE;
    wl_event_source_timer_update(s->timer, 0);
    look_again(s, false);
}

/* --- what ends it ------------------------------------------------------------------------------------------------- */

static bool is_late(const Step *s) {
    uint64_t max_ns = s->late_starts < RESTLESS_STARTS ? SETTLE_MAX_NS : RESTLESS_NS;
    return eye_now_ns() - s->began_ns > max_ns;
}

static bool is_timed_out(const Step *s) { return eye_now_ns() - s->began_ns > timeout_ms(s) * NS_PER_MS; }

static bool is_waiting(Step *s) {
    bool waits = is_held_up(s->eye) && !is_timed_out(s);
    if (s->was_held_up && !waits) s->began_ns = eye_now_ns();
    s->was_held_up = waits;
    return waits;
}

/* Before a step: nothing of the last one is still going on. With the barrier the program is at its present, or it waits for
 * something else and is not waited for. After a step that timed out it is neither for a while: what it presents then belongs
 * to that step, and all that follows is as if it had been in time. */
static void look_settling(Step *s) {
    Eye *eye = s->eye;
    if (is_waiting(s)) return;
    if (!eye->clock) {
        draw_frame(s);
        return;
    }
    if (step_is_starting(eye)) { /* its first present is not a matter of steps: time does not move before it */
        if (is_timed_out(s)) end_step(s, false);
        return;
    }
    bool is_at_rest = !has_barrier(eye) || clock_is_parked(eye->clock) || clock_wait(eye->clock).is_waiting;
    bool was_quiet = is_quiet(s), is_over = is_at_rest ? is_late(s) : is_timed_out(s);
    if (!(was_quiet && is_at_rest) && !is_over) return;
    s->late_starts = was_quiet ? 0 : s->late_starts + 1;
    draw_frame(s);
}

/* The inputs have arrived. A program that is not at its present is not granted one, or it would not stop at the next; if the
 * inputs or the time have just made it present, that was this frame. */
static void look_feeding(Step *s) {
    Eye *eye = s->eye;
    if (!is_quiet(s) && !is_late(s)) return;
    bool was_due = s->is_time_due, has_presented = clock_presented(eye->clock) != s->presented;
    move_due_time(s);
    if (has_presented) {
        frame_drawn(s, true);
        return;
    }
    s->quiet_looks = 0;
    if (was_due) return; /* looks again what the time has made it do */
    if (clock_is_parked(eye->clock)) clock_grant(eye->clock, 1);
    s->state = STEP_DRAWING;
}

/* A quiet program has drawn, or it waits for something that will not come within this step and the last frame is the answer.
 * Without the barrier a frame ends the step by itself (step_on_content). */
static void look_drawing(Step *s) {
    Eye *eye = s->eye;
    if (!is_quiet(s) || is_drawn_late(eye)) return;
    if (has_barrier(eye) && clock_presented(eye->clock) != s->presented) {
        frame_drawn(s, true);
        return;
    }
    ClockWait wait = clock_wait(eye->clock);
    if (wait.is_waiting && wait.deadline_ns > s->target_ns) frame_drawn(s, false);
}

static int on_look(int fd, uint32_t mask, void *data) {
    (void)mask;
    Step *s = data;
    uint64_t n;
    if (read(fd, &n, sizeof n) < 0 && errno == EAGAIN) return 0;
    switch (s->state) {
    case STEP_SETTLING: look_settling(s); break;
    case STEP_FEEDING: look_feeding(s); break;
    case STEP_DRAWING: look_drawing(s); break;
    case STEP_IDLE: return 0;
    }
    if (s->state != STEP_IDLE) look_again(s, s->eye->clock != NULL || s->state == STEP_SETTLING);
    return 0;
}

static int on_timeout(void *data) {
    Step *s = data;
    if (s->state == STEP_IDLE) return 0;
    s->n_timeouts++;
    char doing[200];
    program_describe(s->eye, doing, sizeof doing);
    if (s->timeouts_in_a_row++ == 0)
        lines_error(s->eye, "step %llu ended without a frame after %lld ms: %s", (unsigned long long)s->request.number,
                    (long long)((eye_now_ns() - s->began_ns) / NS_PER_MS), doing);
    if (s->timeouts_in_a_row == TIMEOUTS_MAX) eye_reset(s->eye, EYE_RESET_CLIENT);
    s->frame = s->request.frames - 1;
    s->was_new = false;
    end_step(s, false);
    return 0;
}

/* --- content ------------------------------------------------------------------------------------------------------ */

/* At most so many that a program with four buffers, as Mesa's software renderer has, keeps one to draw into: without one it
 * crashes. */
static void park(Step *s, Buffer *b) {
    int n = 0;
    list_each(&s->parked, Buffer, parked, other) n += other != b;
    if (b && n < PARKED_MAX && b->is_out && !b->on_idle && !list_is_linked(&b->parked))
        list_add_last(&s->parked, &b->parked);
}

static void pace_free(Eye *eye);

/* Before the callback: a program that hears of its callback first draws, and has nothing to draw into. */
static void release_replaced(Buffer *old) {
    if (old->n_current == 1 && !list_is_linked(&old->parked)) buffer_release_early(old);
}

void step_on_content(Eye *eye, Buffer *old) {
    Step *s = eye->step;
    bool is_out = frames_is_newest(eye); /* its window has just come, and was published with it (step_on_shown) */
    if (eye->shown) stats_drawn(eye);
    if (old && (has_barrier(eye) || !eye->config.lockstep)) release_replaced(old);
    /* Until a step is asked for, no wait of the program may move the time. */
    if (eye->clock && eye->config.lockstep && s->state == STEP_IDLE) clock_hold(eye->clock);
    if (has_barrier(eye)) { /* the barrier paces it: its callbacks must not */
        present_send_frames(eye);
        if (!is_out && (!eye->config.lockstep || !eye->frames->last.picture.buffer)) frames_publish(eye, s->n_steps);
        return;
    }
    if (!eye->config.lockstep) {
        if (is_out) return;
        frames_publish(eye, s->n_steps);
        pace_free(eye);
        return;
    }
    if (s->state == STEP_DRAWING) {
        frame_drawn(s, true); /* of the commit that is being applied */
        return;
    }
    if (!eye->frames->last.picture.buffer) { /* the first picture of a window is shown before anybody asks */
        frames_publish(eye, s->n_steps);
        return;
    }
    if (is_out) return;
    s->n_ran_ahead++;
    park(s, old);
}

void step_on_commit(Eye *eye, Surface *surface) {
    if (surface != eye->shown && (eye->config.lockstep || has_barrier(eye)))
        surface_send_frames(surface, eye_time_ms(eye)); /* only the shown surface is paced */
    else if (has_barrier(eye))
        present_send_frames(eye);
    else if (!eye->config.lockstep)
        pace_free(eye);
    if (surface != eye->shown && !eye->config.lockstep) frames_publish(eye, eye->step->n_steps);
}

/* --- free run ----------------------------------------------------------------------------------------------------- */

/* A program that has one buffer alone draws into what is shown, or never again. */
static void release_single(Eye *eye) {
    Buffer *b = eye->shown ? eye->shown->current.buffer : NULL;
    if (b && b->client && b->client->n_buffers == 1) buffer_release_early(b);
}

/* The program has a buffer to draw into. Several of them end when they are asked for a frame while all of their buffers are
 * shown or held; what a consumer holds comes back. */
static bool has_room(const Eye *eye) {
    const Buffer *shown = eye->shown ? eye->shown->current.buffer : NULL;
    bool is_held = false;
    if (!shown || !shown->client) return true;
    list_each(&eye->buffers, Buffer, link, b) {
        if (b->client != shown->client) continue;
        if (!b->n_held && !b->is_out) return true;
        is_held |= b != shown && b->n_held;
    }
    return !is_held;
}

static void send_callbacks(Eye *eye) {
    present_send_frames(eye);
    release_single(eye);
}

static bool is_watched(const Eye *eye) { return consumers_want_frames(eye) || views_want_frames(eye); }

static int on_tick(void *data) {
    Step *s = data;
    Eye *eye = s->eye;
    s->is_tick_armed = false;
    if (eye->config.lockstep || !s->is_callback_due || !has_room(eye)) return 0; /* step_on_credit sends it */
    s->is_callback_due = false;
    s->last_tick_ns = eye_now_ns();
    if (eye->clock) {
        move_time(s, frame_ns(eye));
        if (has_barrier(eye) && clock_is_parked(eye->clock)) clock_grant(eye->clock, 1);
    }
    send_callbacks(eye);
    return 0;
}

/* Frame callbacks: at once where the program may draw as fast as it can, else at the next tick. */
static void pace_free(Eye *eye) {
    Step *s = eye->step;
    bool is_fast = !eye->config.hz && is_watched(eye) && !eye->clock;
    if (is_fast && consumers_have_credit(eye) && has_room(eye)) {
        send_callbacks(eye);
        return;
    }
    s->is_callback_due = true;
    if (is_fast || s->is_tick_armed) return; /* step_on_credit sends it */
    uint64_t period = eye->config.hz ? frame_ns(eye) : NS_PER_S / IDLE_HZ, now = eye_now_ns();
    uint64_t due = s->last_tick_ns + period;
    int64_t wait_ms = due > now ? (int64_t)((due - now + NS_PER_MS / 2) / NS_PER_MS) : 0;
    s->is_tick_armed = true;
    wl_event_source_timer_update(s->tick, wait_ms > 0 ? (int)wait_ms : 1);
}

void step_on_credit(Eye *eye) {
    Step *s = eye->step;
    if (eye->config.lockstep) return;
    if (!s->is_callback_due) release_single(eye);
    if (!s->is_callback_due || (eye->config.hz && s->is_tick_armed)) return;
    if (!consumers_have_credit(eye) || !has_room(eye)) return;
    s->is_callback_due = false;
    send_callbacks(eye);
}

void step_on_shown(Eye *eye) {
    Step *s = eye->step;
    unpark(s);
    if (!eye->shown) {
        frames_forget(eye);
        if (s->state != STEP_IDLE) end_step(s, false);
        return;
    }
    if (!surface_has_content(eye->shown)) return;
    frames_publish(eye, s->n_steps);
    if (!eye->config.lockstep) pace_free(eye);
}

void step_on_program(Eye *eye) {
    Step *s = eye->step;
    s->target_ns = 0;
    s->was_new = true;
    s->timeouts_in_a_row = 0;
}

void step_init(Eye *eye) {
    Step *s = eye->step = mu_new(Step);
    *s = (Step){.eye = eye, .poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    list_init(&s->parked);
    s->timer = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_timeout, s));
    s->tick = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_tick, s));
    s->poll = eye_watch(eye, wl_event_loop_add_fd(eye->loop, s->poll_fd, WL_EVENT_READABLE, on_look, s));
}
