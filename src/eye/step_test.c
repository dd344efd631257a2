/* When the program draws: lockstep with its time-outs, clients that run ahead, and free run. */
#include "eye/step.h"

#include <linux/input-event-codes.h>
#include <unistd.h>

#include "base/test.h"
#include "eye/rig.h"
#include "eye/seat.h"
#include "eye/stats.h"

typedef struct Stepped {
    Eye *eye;
    RigClient *client;
    RigBuffer *b[3];
    int fd;
    RigMessage m;
    uint64_t n;
} Stepped;

/* A STEP or INPUT with what follows its head. */
static void send_inputs(int fd, int type, const void *head, size_t n_head, const EyeInput *inputs, size_t n) {
    char bytes[256];
    CHECK(n_head + n * sizeof *inputs <= sizeof bytes);
    memcpy(bytes, head, n_head);
    memcpy(bytes + n_head, inputs, n * sizeof *inputs);
    rig_send(fd, EYE_ABI_V2, type, bytes, n_head + n * sizeof *inputs);
}

/* A window of `buffers` buffers with its first picture, and who steps it. */
static void begin(Stepped *s, int buffers) {
    *s = (Stepped){.eye = rig_eye()};
    s->eye->config.lockstep = true;
    s->client = rig_client();
    rig_window(s->client);
    for (int i = 0; i < buffers; i++) s->b[i] = rig_buffer(s->client, RIG_WIDTH, RIG_HEIGHT);
    rig_draw(s->client, s->b[0]);
    s->fd = rig_consumer(EYE_ROLE_STEP, 2, &s->m);
    CHECK_I64(s->m.ack.mode, EYE_MODE_LOCKSTEP);
    s->n = s->m.ack.step;
}

static void ask(Stepped *s) { rig_step(s->fd, ++s->n, EYE_STEP_RELEASES); }

static uint32_t answer(Stepped *s) {
    rig_receive(s->fd, EYE_FRAME, &s->m);
    CHECK_I64(s->m.frame.step, s->n);
    return s->m.frame.flags;
}

TEST(a_step_is_one_callback_one_commit_and_one_frame) {
    Stepped s;
    begin(&s, 2);
    for (int i = 1; i <= 20; i++) {
        int callbacks = s.client->n_callbacks;
        CHECK(!rig_try_receive(s.fd, &s.m));
        ask(&s);
        rig_roundtrip(s.client);
        CHECK_I64(s.client->n_callbacks, callbacks + 1);
        rig_draw(s.client, s.b[i & 1]);
        CHECK_I64(answer(&s) & EYE_FRAME_STALE, 0);
        CHECK_I64(s.client->n_callbacks, callbacks + 1); /* the next one comes with the next step */
    }
    CHECK_I64(s.eye->step->n_ran_ahead, 0);
}

/* It never drew a second frame in a spike: its only buffer was shown. */
TEST(a_program_with_one_buffer_draws_each_step) {
    Stepped s;
    begin(&s, 1);
    for (int i = 0; i < 10; i++) {
        int releases = s.b[0]->n_releases;
        ask(&s);
        RIG_UNTIL(s.b[0]->n_releases == releases + 1);
        rig_draw(s.client, s.b[0]);
        CHECK_I64(answer(&s) & EYE_FRAME_STALE, 0);
    }
}

TEST(a_step_without_a_frame_ends_stale_at_its_time_out_and_says_so_once) {
    Stepped s;
    begin(&s, 2);
    uint64_t timeouts = s.eye->step->n_timeouts;
    s.eye->config.step_timeout_ms = 10;
    for (int i = 0; i < 3; i++) {
        ask(&s);
        CHECK(answer(&s) & EYE_FRAME_STALE);
        CHECK_I64(s.m.frame.damage_width, i ? 0 : RIG_WIDTH); /* all of the first frame is new to it */
    }
    CHECK_I64(s.eye->step->n_timeouts, timeouts + 3);
    CHECK(rig_said("ended without a frame after"));
    s.eye->config.step_timeout_ms = 60000;
    ask(&s);
    rig_draw(s.client, s.b[1]); /* its callback has come before */
    CHECK_I64(answer(&s) & EYE_FRAME_STALE, 0);
    CHECK_I64(s.eye->step->timeouts_in_a_row, 0);
}

TEST(a_program_that_hangs_for_twenty_steps_is_reported_by_a_reset) {
    Stepped s;
    begin(&s, 1);
    uint64_t generation = s.eye->generation;
    s.eye->config.step_timeout_ms = 1;
    for (int i = 0; i < 19; i++) {
        ask(&s);
        CHECK(answer(&s) & EYE_FRAME_STALE);
    }
    ask(&s);
    rig_receive(s.fd, EYE_RESET, &s.m);
    CHECK_I64(s.m.reset.reason, EYE_RESET_CLIENT);
    CHECK_I64(s.m.reset.generation, generation + 1);
    CHECK(answer(&s) & EYE_FRAME_STALE);
}

TEST(a_step_without_a_window_is_answered_by_a_reset) {
    Eye *eye = rig_eye();
    RigMessage m;
    eye->config.lockstep = true;
    int fd = rig_consumer(EYE_ROLE_STEP, 1, NULL);
    for (uint64_t n = 1; n <= 3; n++) {
        rig_step(fd, n, 0);
        rig_receive(fd, EYE_RESET, &m);
        CHECK_I64(m.reset.reason, EYE_RESET_CLIENT);
    }
}

TEST(a_program_that_ends_within_a_step_ends_the_step_with_a_reset) {
    Stepped s;
    begin(&s, 2);
    ask(&s);
    rig_leave(s.client);
    rig_receive(s.fd, EYE_RESET, &s.m);
    CHECK_I64(s.m.reset.reason, EYE_RESET_CLIENT);
    CHECK(!step_is_busy(s.eye->step));
    RigClient *c = rig_client(); /* the next program goes on */
    rig_window(c);
    RigBuffer *b = rig_buffer(c, RIG_WIDTH, RIG_HEIGHT);
    rig_draw(c, b);
    ask(&s);
    rig_draw(c, b);
    CHECK(answer(&s) & EYE_FRAME_FIRST || s.m.frame.generation == s.eye->generation);
}

TEST(a_program_that_unmaps_its_window_within_a_step_ends_it_too) {
    Stepped s;
    begin(&s, 2);
    ask(&s);
    rig_draw(s.client, NULL);
    rig_receive(s.fd, EYE_RESET, &s.m);
    CHECK(!step_is_busy(s.eye->step));
    CHECK(!s.eye->shown);
}

/* What it drew before it was asked must not answer the step: it was drawn without the inputs. */
TEST(a_program_that_does_not_wait_is_held_back_and_answers_with_what_it_drew_after_the_inputs) {
    Stepped s;
    begin(&s, 3);
    uint64_t ahead = s.eye->step->n_ran_ahead;
    rig_draw(s.client, s.b[1]);
    rig_draw(s.client, s.b[2]);
    CHECK_I64(s.eye->step->n_ran_ahead, ahead + 2);
    CHECK(!rig_try_receive(s.fd, &s.m));
    CHECK_I64(s.b[0]->n_releases + s.b[1]->n_releases, 0); /* parked: it has nothing to draw into */
    ask(&s);
    RIG_UNTIL(s.b[0]->n_releases == 1 && s.b[1]->n_releases == 1);
    memset(s.b[0]->pixels, 0x55, s.b[0]->size);
    rig_draw(s.client, s.b[0]);
    uint64_t before = s.eye->frames->last.id;
    CHECK_I64(answer(&s) & EYE_FRAME_STALE, 0);
    CHECK_I64(s.m.frame.frame_id, before);
}

/* 1,000 commits without a wait: all are taken, none of them answers anything. */
TEST(a_flood_of_commits_ends_no_step_that_was_not_asked_for) {
    Stepped s;
    begin(&s, 3);
    for (int i = 0; i < 1000; i++) {
        rig_attach(s.client, s.b[i % 3]);
        wl_surface_commit(s.client->surface);
    }
    rig_roundtrip(s.client);
    CHECK(!s.client->is_over && !rig_try_receive(s.fd, &s.m));
    ask(&s);
    rig_draw(s.client, s.b[1]);
    answer(&s);
    CHECK(!rig_try_receive(s.fd, &s.m));
}

TEST(inputs_go_before_the_frame_that_they_name) {
    Stepped s;
    begin(&s, 2);
    EyeStep step = {.step = ++s.n, .frames = 3, .inputs = 2};
    const EyeInput inputs[] = {{.kind = EYE_INPUT_KEY, .code = KEY_A, .a = 1, .at = 0},
                               {.kind = EYE_INPUT_KEY, .code = KEY_A, .at = 2}};
    send_inputs(s.fd, EYE_STEP, &step, sizeof step, inputs, COUNT_OF(inputs));
    static const size_t pressed[] = {1, 1, 0};
    for (int i = 0; i < 3; i++) {
        CHECK_I64(s.eye->seat->n_keys, pressed[i]);
        CHECK(!rig_try_receive(s.fd, &s.m)); /* the last frame alone is sent */
        rig_draw(s.client, s.b[i & 1]);
    }
    answer(&s);
}

TEST(keys_are_lifted_when_who_pressed_them_is_gone) {
    Eye *eye = rig_eye();
    int fd = rig_consumer(EYE_ROLE_STEP, 1, NULL);
    const EyeInput inputs[] = {{.kind = EYE_INPUT_KEY, .code = KEY_W, .a = 1},
                               {.kind = EYE_INPUT_BUTTON, .code = BTN_LEFT, .a = 1},
                               {.kind = EYE_INPUT_KEY, .code = 0xffff, .a = 1}};
    send_inputs(fd, EYE_INPUT, &(EyeInputs){.inputs = 3}, sizeof(EyeInputs), inputs, COUNT_OF(inputs));
    CHECK_I64(eye->seat->n_keys, 1);
    CHECK_I64(eye->seat->n_buttons, 1);
    rig_disconnect(fd);
    CHECK_I64(eye->seat->n_keys + eye->seat->n_buttons, 0);
}

TEST(inputs_of_any_value_are_taken_or_ignored) {
    Eye *eye = rig_eye();
    RigClient *c = rig_client();
    rig_window(c);
    rig_draw(c, rig_buffer(c, RIG_WIDTH, RIG_HEIGHT));
    int fd = rig_consumer(EYE_ROLE_STEP, 1, NULL);
    static const int32_t values[] = {0, 1, -1, INT32_MAX, INT32_MIN, 256 * RIG_WIDTH};
    for (uint16_t kind = 0; kind < 8; kind++) {
        for (size_t i = 0; i < COUNT_OF(values) * COUNT_OF(values); i++) {
            EyeInput input = {.kind = kind,
                              .code = (uint16_t)(i * 37),
                              .a = values[i % COUNT_OF(values)],
                              .b = values[i / COUNT_OF(values)]};
            send_inputs(fd, EYE_INPUT, &(EyeInputs){.inputs = 1}, sizeof(EyeInputs), &input, 1);
            CHECK(eye->seat->x >= 0 && eye->seat->x <= RIG_WIDTH && eye->seat->y >= 0 && eye->seat->y <= RIG_HEIGHT);
        }
    }
    CHECK(!rig_is_closed(fd));
}

TEST(another_size_is_a_reset_and_a_configure) {
    Stepped s;
    begin(&s, 2);
    int configures = s.client->n_configures;
    rig_order("{\"type\":\"size\",\"width\":128,\"height\":48}");
    rig_receive(s.fd, EYE_RESET, &s.m);
    CHECK_I64(s.m.reset.reason, EYE_RESET_SIZE);
    RIG_UNTIL(s.client->n_configures > configures);
    ask(&s);
    rig_draw(s.client, s.b[1]);
    CHECK(answer(&s) & EYE_FRAME_OTHER_SIZE);
    CHECK_I64(s.m.frame.generation, s.eye->generation);
}

TEST(the_first_picture_of_a_window_is_one_frame) {
    Eye *eye = rig_eye();
    for (int lockstep = 0; lockstep < 2; lockstep++) {
        eye->config.lockstep = lockstep;
        RigClient *c = rig_client();
        uint64_t before = eye->frames->last.id, ahead = eye->step->n_ran_ahead;
        rig_window(c);
        rig_draw(c, rig_buffer(c, RIG_WIDTH, RIG_HEIGHT));
        CHECK_I64(eye->frames->last.id, before + 1);
        CHECK_I64(eye->step->n_ran_ahead, ahead);
        rig_leave(c);
    }
}

TEST(free_run_gives_a_callback_at_once_to_who_is_watched_and_sixty_a_second_to_who_is_not) {
    rig_eye();
    RigClient *c = rig_client();
    rig_window(c);
    RigBuffer *b[] = {rig_buffer(c, RIG_WIDTH, RIG_HEIGHT), rig_buffer(c, RIG_WIDTH, RIG_HEIGHT)};
    rig_draw(c, b[0]);
    RIG_UNTIL(c->n_callbacks == 1);
    rig_draw(c, b[1]);
    rig_draw(c, b[0]);
    CHECK(c->n_callbacks <= 2); /* at the next tick */
    rig_consumer(EYE_ROLE_WATCH, 1, NULL);
    RIG_UNTIL(c->n_callbacks == 3);
    for (int i = 0; i < 10; i++) {
        int before = c->n_callbacks;
        rig_draw(c, b[i & 1]);
        CHECK_I64(c->n_callbacks, before + 1);
    }
}

TEST(the_stepper_paces_a_free_program_by_its_credits) {
    rig_eye();
    RigClient *c = rig_client();
    RigMessage m;
    rig_window(c);
    RigBuffer *b[] = {rig_buffer(c, RIG_WIDTH, RIG_HEIGHT), rig_buffer(c, RIG_WIDTH, RIG_HEIGHT)};
    int fd = rig_consumer(EYE_ROLE_STEP, 1, NULL);
    rig_draw(c, b[0]);
    rig_receive(fd, EYE_FRAME, &m);
    CHECK_I64(c->n_callbacks, 0); /* it holds all that it may */
    rig_release(fd, &m.frame);
    rig_roundtrip(c);
    CHECK_I64(c->n_callbacks, 1);
}

TEST(a_program_with_one_buffer_runs_freely) {
    rig_eye();
    RigClient *c = rig_client();
    RigMessage m;
    rig_window(c);
    RigBuffer *b = rig_buffer(c, RIG_WIDTH, RIG_HEIGHT);
    int fd = rig_consumer(EYE_ROLE_STEP, 2, NULL);
    for (int i = 0; i < 20; i++) {
        rig_draw(c, b);
        rig_receive(fd, EYE_FRAME, &m);
        CHECK_I64(b->n_releases, i); /* it is held */
        rig_release(fd, &m.frame);
        RIG_UNTIL(b->n_releases == i + 1);
    }
    rig_disconnect(fd);
    rig_draw(c, b);
    RIG_UNTIL(b->n_releases == 21);
}

TEST(a_program_is_not_asked_for_a_frame_while_all_of_its_buffers_are_shown_or_held) {
    rig_eye();
    RigClient *c = rig_client();
    RigMessage m;
    rig_window(c);
    RigBuffer *b[] = {rig_buffer(c, RIG_WIDTH, RIG_HEIGHT), rig_buffer(c, RIG_WIDTH, RIG_HEIGHT)};
    int fd = rig_consumer(EYE_ROLE_STEP, 4, NULL);
    rig_draw(c, b[0]);
    rig_receive(fd, EYE_FRAME, &m);
    RIG_UNTIL(c->n_callbacks == 1); /* the other one is free */
    rig_draw(c, b[1]);
    rig_roundtrip(c);
    CHECK_I64(c->n_callbacks, 1); /* one is shown, one held */
    rig_release(fd, &m.frame);
    RIG_UNTIL(c->n_callbacks == 2);
    CHECK_I64(b[0]->n_releases, 1);
}

static int n_out; /* buffers that the program has handed over and not got back, when its callback came */

static void on_counted(void *data, struct wl_callback *callback, uint32_t ms) {
    (void)ms;
    RigBuffer *const *b = data;
    n_out = 3 - b[0]->n_releases - b[1]->n_releases; /* of three commits */
    wl_callback_destroy(callback);
}

TEST(the_buffer_that_was_replaced_comes_back_before_the_callback) {
    static const struct wl_callback_listener counted = {on_counted};
    rig_eye();
    RigClient *c = rig_client();
    rig_window(c);
    RigBuffer *b[] = {rig_buffer(c, RIG_WIDTH, RIG_HEIGHT), rig_buffer(c, RIG_WIDTH, RIG_HEIGHT)};
    rig_consumer(EYE_ROLE_WATCH, 1, NULL);
    rig_draw(c, b[0]);
    rig_draw(c, b[1]);
    n_out = -1;
    wl_callback_add_listener(wl_surface_frame(c->surface), &counted, b);
    rig_attach(c, b[0]);
    wl_surface_commit(c->surface);
    RIG_UNTIL(n_out >= 0);
    CHECK_I64(n_out, 1);
}

/* A program that draws into both of its windows in turn would wait forever. */
TEST(a_window_that_is_covered_by_another_one_gets_its_callbacks) {
    Eye *eye = rig_eye();
    RigClient *a = rig_client(), *b = rig_client();
    for (int lockstep = 0; lockstep < 2; lockstep++) {
        eye->config.lockstep = lockstep;
        rig_window(a);
        RigBuffer *of_a = rig_buffer(a, RIG_WIDTH, RIG_HEIGHT);
        int before = a->n_callbacks;
        rig_draw(a, of_a);
        rig_window(b);
        rig_draw(b, rig_buffer(b, RIG_WIDTH, RIG_HEIGHT));
        RIG_UNTIL(a->n_callbacks == before + 1);
        rig_draw(a, of_a); /* covered: it is not paced */
        RIG_UNTIL(a->n_callbacks == before + 2);
        wl_surface_destroy(b->surface);
        rig_roundtrip(b);
        CHECK(eye->shown != NULL);
    }
}

/* --- orders ------------------------------------------------------------------------------------------------------- */

TEST(bad_orders_are_answered_and_the_eye_goes_on) {
    rig_eye();
    static const struct {
        const char *line, *says;
    } orders[] = {{"{", "error"},
                  {"[]", "an order is a JSON object"},
                  {"{\"type\":\"dance\"}", "type"},
                  {"{\"type\":\"size\"}", "width and height are required"},
                  {"{\"type\":\"size\",\"width\":3,\"height\":3}", "width"},
                  {"{\"type\":\"size\",\"width\":100000,\"height\":100}", "width"},
                  {"{\"type\":\"start\",\"config\":{\"id\":\"x\",\"program\":{\"argv\":[]}}}", "has been started"},
                  {"{\"type\":\"record\"}", "path is required"},
                  {"{\"type\":\"video\"}", "path is required"},
                  {"{\"type\":\"video\",\"path\":\"/x\"}", "encoder is required"},
                  {"{\"type\":\"stop_video\"}", "no video is being made"},
                  {"", NULL}};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        rig_order(orders[i].line);
        if (orders[i].says && !rig_said(orders[i].says)) test_fail(__FILE__, __LINE__, "%s", orders[i].line);
    }
    char piece[4097] = {0};
    memset(piece, 'x', sizeof piece - 1);
    for (size_t n = 0; n <= EYE_LINE_MAX; n += sizeof piece - 1) rig_order_raw(piece);
    rig_order("");
    CHECK(rig_said("a line of more than"));
    rig_order("{\"type\":\"stop_record\"}");
}
