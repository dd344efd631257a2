/* The doctor: every check says something, what hangs does not keep it, and what it finds is what is there. */
#include "doctor/doctor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "sys/file.h"

typedef struct Bench {
    char home[64];
    Arena *arena;
    Doctor *doctor;
    DoctorReport report;
    Str health;             /* what get_health answers */
    const char *workspaces; /* what list_workspaces answers; NULL: it is refused */
    _Atomic int n_asked;
    _Atomic bool hangs, releases; /* releases: get_health ends what hangs */
} Bench;

static int ask(void *arg, const DoctorQuestion *q, Arena *a, Json **ret, Err *e) {
    Bench *b = arg;
    size_t at;
    b->n_asked++;
    while (b->hangs && strcmp(q->op, "list_clis") == 0) usleep(1000);
    if (b->releases && strcmp(q->op, "get_health") == 0) b->hangs = false;
    if (strcmp(q->op, "list_workspaces") == 0 && b->workspaces)
        return json_parse(a, str(b->workspaces), JSON_DEPTH_REQUEST, ret, e);
    if (strcmp(q->op, "list_workspace_salvages") == 0 && str_find(q->input, STR("ws_1"), &at))
        return json_parse(a, STR("{\"salvages\":[{\"id\":\"slv_1\",\"state\":\"kept\"}]}"), JSON_DEPTH_REQUEST, ret, e);
    if (strcmp(q->op, "get_health") == 0) return json_parse(a, b->health, JSON_DEPTH_REQUEST, ret, e);
    if (strcmp(q->op, "list_trash") == 0)
        return json_parse(a, STR("{\"entries\":[{\"id\":\"trs_1\",\"name\":\"x\",\"place\":\"/x\",\"isGone\":true}]}"),
                          JSON_DEPTH_REQUEST, ret, e);
    return err_fail(e, ERR_BUSY, "%s is refused", q->op);
}

static void open_bench(Bench *b, bool has_daemon) {
    static const Sql *const *const none[] = {NULL};
    *b = (Bench){.arena = arena_new(), .health = STR("{\"version\":\"7\",\"problems\":[]}")};
    snprintf(b->home, sizeof b->home, "/tmp/doctor-XXXXXX");
    CHECK(mkdtemp(b->home));
    DoctorPlace p = {.home = b->home, .command = "muster", .sql = none};
    err_set(&p.absence, ERR_NOT_FOUND, "no daemon is running");
    if (has_daemon) p.ask = ask, p.ask_arg = b;
    b->doctor = doctor_new(&p);
}

static void close_bench(Bench *b) {
    CHECK(doctor_free(b->doctor));
    file_remove_tree(b->home, NULL);
    arena_free(b->arena);
}

static const DoctorRow *row(const Bench *b, const char *title) {
    for (size_t i = 0; i < b->report.checks.n; i++)
        if (str_is(b->report.checks.items[i].title, title)) return &b->report.checks.items[i];
    return NULL;
}

static void run(Bench *b) { doctor_run(b->doctor, clock_mono_us(), b->arena, &b->report); }

TEST(without_a_daemon_the_same_list_says_what_can_be_seen_from_outside) {
    static const struct {
        const char *title;
        DoctorState state;
    } want[] = {{"daemon", DOCTOR_WARNING},   {"data folder", DOCTOR_OK},
                {"store", DOCTOR_WARNING},    {"trash", DOCTOR_SKIPPED},
                {"salvages", DOCTOR_SKIPPED}, {"holds", DOCTOR_OK},
                {"streams", DOCTOR_SKIPPED},  {"git", DOCTOR_OK}};
    Bench b;
    open_bench(&b, false);
    run(&b);
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        const DoctorRow *r = row(&b, want[i].title);
        if (!r || r->state != want[i].state) test_fail(__FILE__, __LINE__, "%s", want[i].title);
    }
    CHECK(row(&b, "open files") && row(&b, "clock") && row(&b, "ports") && row(&b, "terminals") && row(&b, "limits"));
    close_bench(&b);
}

TEST(others_who_can_read_the_folder_are_an_error_with_advice) {
    Bench b;
    char token[80];
    open_bench(&b, false);
    chmod(b.home, 0755);
    snprintf(token, sizeof token, "%s/token", b.home);
    close(open(token, O_CREAT | O_WRONLY, 0644));
    run(&b);
    CHECK(row(&b, "data folder")->state == DOCTOR_ERROR && row(&b, "token")->state == DOCTOR_ERROR);
    CHECK(str_starts(row(&b, "data folder")->advice, STR("run `chmod 700 /tmp/doctor-")));
    CHECK(b.report.state == DOCTOR_ERROR);
    close_bench(&b);
}

TEST(what_the_daemon_says_is_in_the_report) {
    Bench b;
    open_bench(&b, true);
    b.health =
        STR("{\"version\":\"7\",\"problems\":[{\"check\":\"launches\",\"message\":\"two are \\u001b[31munknown\"}]}");
    run(&b);
    CHECK_STR(row(&b, "daemon")->detail, "version 7 is running");
    CHECK_STR(row(&b, "launches")->detail, "two are unknown");
    CHECK_STR(row(&b, "trash")->detail, "the folder of x, /x, is gone");
    CHECK(row(&b, "launches")->state == DOCTOR_ERROR && row(&b, "trash")->state == DOCTOR_WARNING);
    close_bench(&b);
}

TEST(who_asked_before_the_last_run_ended_gets_its_report) {
    Bench b;
    open_bench(&b, true);
    int64_t asked_us = clock_mono_us();
    run(&b);
    int n = b.n_asked;
    DoctorReport first = b.report;
    doctor_run(b.doctor, asked_us, b.arena, &b.report);
    CHECK_I64(b.n_asked, n);
    CHECK_I64(b.report.ended_at, first.ended_at);
    CHECK_I64(b.report.checks.n, first.checks.n);
    run(&b);
    CHECK(b.n_asked > n && b.report.ended_at > first.ended_at);
    close_bench(&b);
}

/* The deadline of the check is the longest one. */
TEST(a_check_that_hangs_says_so_and_the_others_are_there) {
    Bench b;
    open_bench(&b, true);
    b.hangs = true;
    int64_t began = clock_mono_us();
    run(&b);
    int64_t took_ms = (clock_mono_us() - began) / 1000;
    CHECK(took_ms >= DOCTOR_MS - 100 && took_ms < DOCTOR_MS + 5000);
    const DoctorRow *stuck = row(&b, "agent CLIs");
    CHECK(stuck && stuck->state == DOCTOR_WARNING && str_starts(stuck->detail, STR("this check began at ")));
    CHECK(row(&b, "git")->state == DOCTOR_OK);
    b.releases = true; /* it ends during the next run, which has nothing of it */
    run(&b);
    stuck = row(&b, "agent CLIs");
    CHECK(stuck && stuck->state == DOCTOR_WARNING && str_starts(stuck->detail, STR("this check began at ")));
    CHECK(b.report.state != DOCTOR_OK && !b.hangs);
    close_bench(&b);
}

TEST(salvages_that_are_not_listed_are_not_called_whole) {
    static const struct {
        const char *workspaces, *detail;
        DoctorState state;
    } cases[] = {
        {"{\"workspaces\":[{\"id\":\"ws_1\",\"path\":\"/one\"}]}", "1, none damaged", DOCTOR_OK},
        {"{\"workspaces\":[{\"id\":\"ws_1\",\"path\":\"/one\"},{\"id\":\"ws_2\",\"path\":\"/two\"}]}",
         "the salvages of /two were not checked: the daemon did not list them in time, or could not", DOCTOR_WARNING},
        {"{\"workspaces\":[{\"id\":\"ws_2\",\"path\":\"/two\"},{\"id\":\"ws_3\",\"path\":\"/three\"}]}",
         "the salvages of 2 repositories, the first is /two, were not checked: the daemon did not list them in "
         "time, or could not",
         DOCTOR_WARNING},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Bench b;
        open_bench(&b, true);
        b.workspaces = cases[i].workspaces;
        run(&b);
        CHECK_STR(row(&b, "salvages")->detail, cases[i].detail);
        CHECK_I64(row(&b, "salvages")->state, cases[i].state);
        close_bench(&b);
    }
}
