/* What housekeeping removes from streams/ and what it leaves: the test creates rows and folders. */
#include "core/launchtidy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "core/test_app.h"
#include "sys/file.h"

#define LCH(c) "lch_01arz3ndektsv4rrffq69g5fa" c
static const TimeUs day_us = 24ll * 3600 * 1000000;

typedef struct Bench {
    TestApp t;
    TimeUs now;
    int lock_fds[4], n_locks;
} Bench;

static const char *folder(Bench *b, const char *id) {
    return arena_fmt(b->t.arena, "%s/streams/%s", b->t.app.home, id).p;
}

static void make_folder(Bench *b, const char *id, int days, bool is_held) {
    Err e = {0};
    bool held = false;
    CHECK_OK(file_mkdirs(folder(b, id), 0700, &e), e);
    CLEANUP(fd_closep) int fd = open(folder(b, id), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(file_write_atomic(fd, "log.00000000000000000000", STR("log"), 0600, &e), e);
    if (is_held) CHECK_OK(file_lock(fd, "lock", &b->lock_fds[b->n_locks++], &held, &e), e);
    time_t at = (time_t)((b->now - days * day_us) / 1000000);
    CHECK(futimens(fd, (struct timespec[]){{.tv_sec = at}, {.tv_sec = at}}) == 0);
}

static bool has_folder(Bench *b, const char *id) { return access(folder(b, id), F_OK) == 0; }

typedef struct Row {
    const char *id, *owner;
    int days; /* since its end; -1: it is alive */
} Row;

static int add_row(Tx *tx, void *arg, Err *e) {
    static const Sql launch = {"add_launch",
                               "INSERT INTO launch (id, owner_kind, owner_id, state, nonce, spec, role, created_at, "
                               "ended_at) VALUES (?1, 'own', ?2, 'exited', 'n', '{}', 1, 1, ?3)",
                               "test"};
    static const Sql input = {"add_input",
                              "INSERT INTO launch_input (launch, n, bytes, cause, cause_id, at) "
                              "VALUES (?1, 1, x'00', 'message', 'm', 1)",
                              "test"};
    const Row *r = arg;
    DbValue ended = r->days < 0 ? (DbValue){0} : db_i64(clock_now_us() - r->days * day_us);
    TRY(tx_run(tx, &launch, DB_ARGS(db_text(str(r->id)), db_text(str(r->owner)), ended), NULL, e));
    return tx_run(tx, &input, DB_ARGS(db_text(str(r->id))), NULL, e);
}

static void open_bench(Bench *b) {
    static Row rows[] = {{LCH("a"), "one", 40},
                         {LCH("b"), "one", 35},
                         {LCH("c"), "two", 5},
                         {LCH("d"), "three", 40},
                         {LCH("e"), "three", -1}};
    *b = (Bench){.now = clock_now_us()};
    test_app_start(&b->t, &(TestAppConfig){0});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_write(&b->t, add_row, &rows[i]);
        make_folder(b, rows[i].id, 40, str_is(str(rows[i].id), LCH("d")) || rows[i].days < 0);
    }
    make_folder(b, LCH("v"), 2, false);
    make_folder(b, LCH("w"), 2, true);
    make_folder(b, LCH("x"), 0, false);
    make_folder(b, "of_somebody_else", 40, false);
}

static void close_bench(Bench *b) {
    for (int i = 0; i < b->n_locks; i++) close(b->lock_fds[i]);
    test_app_stop(&b->t);
}

TEST(old_launches_are_removed_unless_they_are_held) {
    Bench b;
    Err e = {0};
    open_bench(&b);
    for (int i = 0; i < 2; i++) { /* the second run changes nothing */
        CHECK_OK(launchtidy_expire(&b.t.app, b.t.conn, b.now - 30 * day_us, &e), e);
        CHECK(!has_folder(&b, LCH("a")) && !has_folder(&b, LCH("b")));
        CHECK(has_folder(&b, LCH("c")) && has_folder(&b, LCH("d")) && has_folder(&b, LCH("e")));
        CHECK(has_folder(&b, LCH("v")) && has_folder(&b, LCH("w")) && has_folder(&b, LCH("x"))); /* they have no rows */
        CHECK(has_folder(&b, "of_somebody_else"));
        /* b is its owner's newest: its session is kept. */
        CHECK_STR(test_cell(&b.t, "SELECT group_concat(substr(id, -1), '') FROM (SELECT id FROM launch ORDER BY id)"),
                  "bcde");
        CHECK_STR(test_cell(&b.t, "SELECT group_concat(substr(launch, -1), '') FROM (SELECT launch FROM launch_input "
                                  "ORDER BY launch)"),
                  "cde");
        CHECK_STR(test_cell(&b.t, "SELECT spec FROM launch WHERE id = '" LCH("b") "'"), "{}");
    }
    close_bench(&b);
}

TEST(launches_of_an_erased_owner_are_removed_once_they_are_not_held) {
    Bench b;
    Err e = {0};
    open_bench(&b);
    CHECK_OK(launchtidy_erase(&b.t.app, b.t.conn, STR("three"), &e), e); /* d has ended and is held, e is alive */
    CHECK_STR(test_cell(&b.t, "SELECT group_concat(DISTINCT substr(launch, -1)) FROM launch_input WHERE launch IN "
                              "('" LCH("d") "', '" LCH("e") "')"),
              "e");
    CHECK_OK(launchtidy_remove_forgotten(&b.t.app, b.t.conn, &e), e);
    CHECK(has_folder(&b, LCH("d")) && has_folder(&b, LCH("e")));
    for (; b.n_locks > 0; b.n_locks--) close(b.lock_fds[b.n_locks - 1]);
    CHECK_OK(launchtidy_remove_forgotten(&b.t.app, b.t.conn, &e), e);
    CHECK(!has_folder(&b, LCH("d")) && has_folder(&b, LCH("e")) && has_folder(&b, LCH("c")));
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM launch_forgotten"), "0");
    close_bench(&b);
}

TEST(living_holds_and_folders_without_rows_are_found) {
    Bench b;
    HoldsFound found;
    Err e = {0};
    char seen[64] = "";
    open_bench(&b);
    CHECK_OK(launchtidy_find_holds(&b.t.app, b.t.conn, b.t.arena, &found, &e), e);
    for (char c = 'a'; c <= 'z'; c++)
        for (size_t i = 0; i < found.holds.n; i++) {
            const HoldFound *h = &found.holds.items[i];
            size_t n = strlen(seen);
            if (h->launch_id.p[h->launch_id.n - 1] == c)
                snprintf(seen + n, sizeof seen - n, "%c%d%d ", c, h->is_alive, h->is_known);
        }
    CHECK_STR(str(seen), "d11 e11 v00 w10 x00 ");
    close_bench(&b);
}

/* A lock that is a socket cannot be opened, whoever asks. */
static void break_lock(Bench *b, const char *id) {
    CLEANUP(fd_closep) int fd = open(folder(b, id), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(mknodat(fd, "lock", S_IFSOCK | 0600, 0) == 0);
}

TEST(a_lock_that_cannot_be_read_is_reported_and_hides_no_other) {
    Bench b;
    HoldsFound found;
    Err e = {0};
    int n_alive = 0, n_problems = 0;
    open_bench(&b);
    break_lock(&b, LCH("a"));
    break_lock(&b, LCH("x"));
    CHECK_OK(launchtidy_find_holds(&b.t.app, b.t.conn, b.t.arena, &found, &e), e);
    CHECK_I64(found.holds.n, 6); /* as without the two, and a, which has a row and has ended */
    for (size_t i = 0; i < found.holds.n; i++) {
        const HoldFound *h = &found.holds.items[i];
        bool is_broken = str_ends(h->launch_id, STR("a")) || str_ends(h->launch_id, STR("x"));
        CHECK(is_broken == (h->problem.n > 0));
        n_alive += h->is_alive;
        n_problems += h->problem.n > 0;
    }
    CHECK_I64(n_alive, 3);
    CHECK_I64(n_problems, 2);
    close_bench(&b);
}
