/* When the program draws: in free run by a timer or as fast as it can, in lockstep when somebody asks.
 *
 * Lockstep, one step: settle (with a virtual clock: the program is quiet) → inputs → time moves → frame callbacks → the
 * first new content of the shown surface → frame. A program that draws without waiting for its callback is held back: a
 * buffer that it replaces before its step is parked, and released when the step begins, so that what answers a step was
 * drawn after its inputs. With the present barrier the program itself waits for each step instead of for callbacks.
 */
#pragma once

#include "base/vec.h"
#include "eye/frame.h"

typedef struct StepRequest {
    uint64_t number;
    uint32_t frames, dt_ns, timeout_ms;
    const EyeInput *inputs; /* copied */
    uint32_t n_inputs;
} StepRequest;

typedef enum StepState {
    STEP_IDLE,
    STEP_SETTLING, /* waits until the program is quiet, with the barrier at its present */
    STEP_FEEDING,  /* with the barrier: waits until the inputs have arrived */
    STEP_DRAWING   /* the callback is sent, or a present is granted */
} StepState;

struct Step {
    Eye *eye;
    StepState state;
    StepRequest request; /* its inputs are in `inputs` */
    EyeInput inputs[EYE_ABI_INPUTS_MAX];
    VEC(EyeInput) early; /* inputs that came between steps: of the next one */
    uint32_t frame;      /* of request.frames, from 0 */
    uint64_t asked_ns, began_ns;
    uint64_t target_ns;                   /* virtual time after this step; 0: no step since the program started */
    bool is_time_due;                     /* of this frame, once its inputs have arrived */
    bool was_held_up;                     /* before its frame began: by the video, or the GPU */
    bool was_new;                         /* the last step ended with a new frame */
    uint32_t presented;                   /* of the program, before this frame */
    bool is_answering;                    /* the frame that is being published answers this step */
    int quiet_looks, late_starts;         /* in a row */
    struct wl_event_source *timer, *poll; /* the time-out; the looks while a step is settled or drawn */
    int poll_fd;
    List parked;                  /* Buffer.parked */
    struct wl_event_source *tick; /* of free run */
    bool is_callback_due, is_tick_armed;
    uint64_t last_tick_ns;
    uint64_t n_steps, n_stale, n_timeouts, n_ran_ahead;
    int timeouts_in_a_row;
};

void step_init(Eye *eye);
/* Begins a step. False: one is in progress. Its end is frames_publish or frames_repeat, then consumers_stepped. */
bool step_begin(Eye *eye, const StepRequest *r);
/* The buffer that is shown goes back to its program, which may draw the step into it. */
void step_release_current(Eye *eye);
void step_cancel(Eye *eye); /* whoever asked is gone */
/* An input that is not part of a request: applied at once, in lockstep with the next step, so that a recording of it can be
 * replayed. False: it is refused (seat_accepts), or there are too many. seat_frame follows. */
bool step_input(Eye *eye, const EyeInput *in);
/* The shown picture has new content. `old`: the buffer that it replaces, or NULL. */
void step_on_content(Eye *eye, Buffer *old);
/* Another part of the picture was committed, or the shown surface without new content. */
void step_on_commit(Eye *eye, Surface *s);
/* A consumer has a credit again, or came, or gave a buffer back. */
void step_on_credit(Eye *eye);
/* With the barrier: the program has not come to its first present yet, so that nothing can be stepped. */
bool step_is_starting(const Eye *eye);
void step_on_shown(Eye *eye);   /* another window is shown, or none */
void step_on_program(Eye *eye); /* it is about to start, with a clock that begins again */
static inline bool step_is_busy(const Step *s) { return s->state != STEP_IDLE; }
