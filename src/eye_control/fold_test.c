#include "base/mem.h"
#include "base/test.h"
#include "core/launch_held.h"
#include "eye_control/eye_control.h"
#include "eye_control/fold.h"

#define SECOND 1000000

typedef struct Bench {
    Arena *arena;
    Eye row;
    TimeUs at;
} Bench;

static void bench_init(Bench *b) {
    *b = (Bench){.arena = arena_new(), .row = {.state = EYE_STARTING, .why = EYE_WHY_PREPARING}, .at = 100 * SECOND};
}

static void say(Bench *b, const char *line) {
    EyeReport r;
    eye_report_read(str(line), b->arena, &r);
    CHECK(r.kind < EYE_REPORT_KINDS);
    eye_fold(&b->row, &r, b->at, b->arena);
}

static void say_status(Bench *b, const char *state, const char *more) {
    say(b,
        arena_fmt(
            b->arena,
            "{\"type\":\"status\",\"state\":\"%s\",\"width\":640,\"height\":480,\"fps\":60,\"stepsPerS\":0,\"frames\":1,"
            "\"steps\":0,\"stale\":0,\"timeouts\":0,\"delivered\":0,\"dropped\":0,\"ranAhead\":0,\"resets\":0,"
            "\"generation\":1,\"consumers\":[]%s}",
            state, more)
            .p);
}

static void check_state(const Bench *b, EyeWord state, EyeWhy why, const char *detail) {
    CHECK_I64(b->row.state, state);
    CHECK_I64(b->row.why, why);
    CHECK_STR(b->row.detail, detail);
}

TEST(eye_row_follows_what_the_eye_reports) {
    Bench b;
    bench_init(&b);
    say(&b, "{\"type\":\"hello\",\"protocol\":1,\"pid\":9,\"wayland\":\"/w\",\"socket\":\"/s\",\"frameSocket\":\"/f\","
            "\"viewSocket\":\"/v\"}");
    CHECK_STR(b.row.sockets->view_socket, "/v");
    say(&b, "{\"type\":\"program\",\"event\":\"started\",\"pid\":10,\"route\":\"wayland\"}");
    check_state(&b, EYE_STARTING, EYE_WHY_NO_FRAME, "");
    b.at += SECOND;
    say_status(&b, "running", "");
    check_state(&b, EYE_RUNNING, EYE_WHY_DRAWING, "");
    CHECK_I64(b.row.since, b.at);
    b.at += SECOND;
    say_status(&b, "stalled", ",\"detail\":\"all its threads sleep\"");
    check_state(&b, EYE_STALLED, EYE_WHY_NOT_DRAWING, "all its threads sleep");
    say_status(&b, "waiting", ",\"detail\":\"nobody steps\"");
    check_state(&b, EYE_WAITING, EYE_WHY_NO_STEPPER, "nobody steps");
    arena_free(b.arena);
}

TEST(eye_without_its_program_says_how_that_ended_until_it_runs_again) {
    static const struct {
        const char *line, *detail;
        EyeWhy why;
    } cases[] = {
        {"{\"type\":\"program\",\"event\":\"exited\",\"code\":3}", "the program exited with status 3",
         EYE_WHY_PROGRAM_EXITED},
        {"{\"type\":\"program\",\"event\":\"exited\",\"signal\":9,\"detail\":\"it was killed\"}",
         "signal 9 ended the program: it was killed", EYE_WHY_PROGRAM_EXITED},
        {"{\"type\":\"program\",\"event\":\"failed\",\"detail\":\"Xwayland has ended\"}", "Xwayland has ended",
         EYE_WHY_PROGRAM_FAILED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Bench b;
        bench_init(&b);
        say(&b, "{\"type\":\"program\",\"event\":\"started\",\"pid\":10}");
        say_status(&b, "running", "");
        say(&b, cases[i].line);
        check_state(&b, EYE_IDLE, cases[i].why, cases[i].detail);
        say_status(&b, "idle", "");
        check_state(&b, EYE_IDLE, cases[i].why, cases[i].detail);
        say(&b, "{\"type\":\"program\",\"event\":\"started\",\"pid\":11}");
        check_state(&b, EYE_STARTING, EYE_WHY_NO_FRAME, "");
        arena_free(b.arena);
    }
}

TEST(eye_news_are_published_at_once_when_the_state_changes_and_else_once_a_second) {
    Bench b;
    bench_init(&b);
    say_status(&b, "running", "");
    CHECK(eye_take_news(&b.row, b.at));
    b.at += SECOND / 10;
    say_status(&b, "running", "");
    CHECK(!eye_take_news(&b.row, b.at)); /* figures alone are none */
    say(&b, "{\"type\":\"error\",\"message\":\"No.\"}");
    CHECK(!eye_take_news(&b.row, b.at));
    b.at += SECOND;
    say_status(&b, "running", "");
    CHECK(eye_take_news(&b.row, b.at)); /* the error's turn */
    CHECK(!eye_take_news(&b.row, b.at));
    CHECK_STR(b.row.last_error, "No.");
    CHECK_I64(b.row.errors, 1);
    say_status(&b, "stalled", "");
    CHECK(eye_take_news(&b.row, b.at));
    arena_free(b.arena);
}

TEST(eye_that_has_ended_has_no_sockets_and_no_program) {
    Bench b;
    bench_init(&b);
    say(&b, "{\"type\":\"hello\",\"protocol\":1,\"pid\":9,\"wayland\":\"/w\",\"socket\":\"/s\",\"frameSocket\":\"/f\","
            "\"viewSocket\":\"/v\"}");
    say(&b, "{\"type\":\"program\",\"event\":\"started\",\"pid\":10}");
    say_status(&b, "running", "");
    CHECK(eye_take_news(&b.row, b.at));
    EyeEnd end = {
        .state = EYE_EXITED, .why = EYE_WHY_KILLED, .exit_code = -1, .detail = STR("signal 9 ended muster-eye")};
    eye_fold_end(&b.row, &end, b.at);
    check_state(&b, EYE_EXITED, EYE_WHY_KILLED, "signal 9 ended muster-eye");
    CHECK(!b.row.sockets && !b.row.program && HAS(Eye, &b.row, ended_at) && !HAS(Eye, &b.row, exit_code));
    CHECK(b.row.status); /* the last figures stay */
    CHECK(eye_take_news(&b.row, b.at));
    arena_free(b.arena);
}

TEST(eye_of_another_protocol_is_reported) {
    Bench b;
    bench_init(&b);
    say(&b, "{\"type\":\"hello\",\"protocol\":2,\"pid\":9,\"wayland\":\"/w\",\"socket\":\"/s\",\"frameSocket\":\"/f\","
            "\"viewSocket\":\"/v\"}");
    CHECK(str_starts(b.row.last_error, STR("muster-eye speaks version 2")));
    arena_free(b.arena);
}

TEST(eye_that_a_signal_stopped_is_stalled_at_once) {
    Bench b;
    bench_init(&b);
    say_status(&b, "running", "");
    eye_fold_held(&b.row, STR(LAUNCH_HELD_SUSPENDED), b.at);
    check_state(&b, EYE_STALLED, EYE_WHY_SILENT, "a signal stopped muster-eye");
    eye_fold_held(&b.row, STR(""), b.at);
    CHECK(!b.row.held.n);
    say_status(&b, "running", "");
    check_state(&b, EYE_RUNNING, EYE_WHY_DRAWING, "");
    eye_fold_held(&b.row, STR(LAUNCH_HELD_BACKLOG), b.at);
    check_state(&b, EYE_RUNNING, EYE_WHY_DRAWING, "");
    arena_free(b.arena);
}

TEST(eye_that_reports_nothing_is_stalled_until_it_does) {
    Bench b;
    bench_init(&b);
    b.row.started_at = b.at;
    CHECK(!eye_fold_silence(&b.row, b.at - SECOND, b.at, b.arena));
    say_status(&b, "running", "");
    CHECK(eye_take_news(&b.row, b.at));
    TimeUs heard = b.at;
    b.at += 5 * SECOND;
    CHECK(eye_fold_silence(&b.row, heard + 1, b.at, b.arena));
    check_state(&b, EYE_STALLED, EYE_WHY_SILENT, "muster-eye has reported nothing for 5 s");
    CHECK(eye_take_news(&b.row, b.at));
    CHECK(!eye_fold_silence(&b.row, heard + 1, b.at, b.arena));
    say_status(&b, "running", "");
    check_state(&b, EYE_RUNNING, EYE_WHY_DRAWING, "");
    CHECK(!eye_fold_silence(&b.row, b.at, b.at, b.arena));
    arena_free(b.arena);
}
