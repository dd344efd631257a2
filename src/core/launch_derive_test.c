/* Steps of derivation: where they continue, what a refused batch leads to, what hides an end and what reveals it. */
#include "core/supervisor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "core/launch_evidence.h"
#include "core/launches.h"
#include "core/test_app.h"

/* An owner that records what it receives and refuses what a test specifies. */
static struct Noted {
    Buf frames; /* of each batch: [text|text], or <text> when it is plain, and the gap before it */
    const char *poison;
    bool refuses_all;  /* plain frames too */
    bool refuses_kept; /* everything, as long as there is a state */
    bool has_poison;   /* out: the last batch */
    int n_lost, n_caught_up, n_heard;
} noted;

static int own_derive(void *live_, const LaunchBatchIn *in, LaunchPlace *ret, Err *e UNUSED) {
    TestLive *live = live_;
    buf_clear(&live->text);
    noted.has_poison = false;
    if (in->gap.n) buf_add_fmt(&live->text, "(%llu)", (unsigned long long)(in->gap_to - in->gap_from));
    buf_add_str(&live->text, in->is_plain ? STR("<") : STR("["));
    for (size_t i = 0; i < in->n; i++) {
        const HoldFrame *f = &in->frames[i].frame;
        if (i) buf_add_c(&live->text, '|');
        buf_add_str(&live->text, f->channel == HOLD_EXIT ? STR("exit") : f->bytes);
        noted.has_poison |= noted.poison && str_is(f->bytes, noted.poison) && (noted.refuses_all || !in->is_plain);
        *ret = test_place_after(&in->frames[i]);
    }
    buf_add_str(&live->text, in->is_plain ? STR(">") : STR("]"));
    return 0;
}

static int own_apply(void *live_, App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, Buf *state, Err *e) {
    TestLive *live = live_;
    if (noted.has_poison && (!noted.refuses_kept || live->has_state)) return err_fail(e, ERR_INVALID, "poison");
    buf_add_str(&noted.frames, buf_str(&live->text));
    buf_add_str(state, STR("kept"));
    live->has_state = true;
    return 0;
}

static int own_lost(App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, const char *why UNUSED, Err *e UNUSED) {
    noted.n_lost++;
    return 0;
}

static int own_caught_up(void *live UNUSED, App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, Err *e UNUSED) {
    noted.n_caught_up++;
    return 0;
}

static int own_heard(App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, Err *e UNUSED) {
    noted.n_heard++;
    return 0;
}

static const LaunchOwner own = {.kind = "own",
                                .open = test_live_open,
                                .close = test_live_close,
                                .derive = own_derive,
                                .apply = own_apply,
                                .lost = own_lost,
                                .heard = own_heard,
                                .caught_up = own_caught_up};

/* A launch that consists of a row and a log written by the test. */
typedef struct Bench {
    TestApp t;
    Id launch;
    char dir[300];
    Buf segment;
    uint64_t at;
    DeriveStep step;
    void *live;
} Bench;

static int launch_tx(Tx *tx, void *arg, Err *e) {
    Bench *b = arg;
    Str argv[] = {STR("/bin/true")};
    LaunchSpec s = {.owner_kind = STR("own"), .owner_id = STR("one"), .argv = {argv, 1}, .cwd = STR("/")};
    shape_init(&HoldSpecLimits_shape, &s.limits);
    return launch_add(&b->t.app, tx, &s, &b->launch, e);
}

static void open_bench(Bench *b) {
    *b = (Bench){0};
    noted = (struct Noted){0};
    buf_init(&noted.frames, 1 << 16);
    buf_init(&b->segment, 1 << 20);
    test_app_start(&b->t, &(TestAppConfig){0});
    test_write(&b->t, launch_tx, b);
    snprintf(b->dir, sizeof b->dir, "%s/log", b->t.app.home);
    CHECK(mkdir(b->dir, 0700) == 0);
    uint8_t head[HOLD_SEGMENT_HEADER];
    HoldSegment s = {.launch = "lch_test", .boot_id = {7}};
    holdlog_segment_head(&s, head);
    buf_add(&b->segment, head, sizeof head);
    b->step = (DeriveStep){.app = &b->t.app, .owner = &own, .live = &b->live};
    b->step.dirfd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(b->step.dirfd >= 0);
}

static void close_bench(Bench *b) {
    if (b->live) test_live_close(b->live);
    close(b->step.dirfd);
    buf_done(&b->segment);
    buf_done(&noted.frames);
    test_app_stop(&b->t);
}

static void store(Bench *b) {
    char name[HOLD_SEGMENT_NAME_MAX];
    holdlog_segment_name(0, name);
    CLEANUP(fd_closep) int fd = openat(b->step.dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, b->segment.p, b->segment.n) == (ssize_t)b->segment.n);
}

static void add(Bench *b, HoldChannel channel, Str bytes) {
    uint8_t head[HOLD_FRAME_HEADER];
    holdlog_frame_head(&(HoldFrame){.channel = channel, .at = 1000 + (TimeUs)b->at, .bytes = bytes}, (Str){0}, head);
    buf_add(&b->segment, head, sizeof head);
    buf_add_str(&b->segment, bytes);
    b->at += sizeof head + bytes.n;
    store(b);
}

static void write_lines(Bench *b, const char *const *lines) {
    for (; *lines; lines++) add(b, HOLD_STDOUT, str(*lines));
}

static void put_exit(Buf *body) {
    HoldExit x = {.reason = STR("exited"), .text = STR(""), .limit = STR(""), .mechanism = STR("")};
    buf_init(body, 4096);
    CHECK(holdlog_put_exit(body, &x));
}

static void step(Bench *b) { launch_derive_step(&b->step, b->t.conn, id_str(&b->launch)); }

static void check_noted(const char *want) {
    CHECK_STR(buf_str(&noted.frames), want);
    buf_clear(&noted.frames);
}

static void check_row(Bench *b, const char *want) {
    CHECK_STR(test_cell(&b->t, "SELECT state || ' ' || derived || coalesce(' ' || owner_state, '') FROM launch"), want);
}

TEST(a_step_continues_where_the_last_one_stopped) {
    Bench b;
    open_bench(&b);
    step(&b);
    CHECK(!b.step.has_more && !b.step.has_ended && !b.step.has_failed);
    write_lines(&b, (const char *const[]){"a", "b", NULL});
    step(&b);
    check_noted("[a|b]");
    write_lines(&b, (const char *const[]){"c", NULL});
    test_live_close(b.live); /* another daemon: only the row is shared */
    b.live = NULL;
    step(&b);
    check_noted("[c]");
    check_row(&b, arena_fmt(b.t.arena, "starting %llu kept", (unsigned long long)b.at).p);
    close_bench(&b);
}

typedef struct Silent {
    Str launch;
    TimeUs since;
    bool is_silent;
} Silent;

static int silent_tx(Tx *tx, void *arg, Err *e) {
    Silent *x = arg;
    return launch_mark_silent(tx, x->launch, x->since, &x->is_silent, e);
}

static bool mark_silent(Bench *b, TimeUs since) {
    Silent x = {id_str(&b->launch), since, false};
    test_write(&b->t, silent_tx, &x);
    return x.is_silent;
}

TEST(the_newest_output_of_a_program_is_noted_and_ends_its_silence_once) {
    Bench b;
    open_bench(&b);
    uint64_t said = 0;
    write_lines(&b, (const char *const[]){"a", NULL});
    said = b.at;
    add(&b, HOLD_STDERR, STR("b"));
    add(&b, HOLD_INPUT, STR("not said by the program"));
    step(&b);
    Str heard = test_cell(&b.t, "SELECT heard_at FROM launch");
    CHECK_STR(heard, arena_fmt(b.t.arena, "%llu", 1000 + (unsigned long long)said).p);
    CHECK_I64(noted.n_heard, 0);
    CHECK(!mark_silent(&b, 999 + (TimeUs)said)); /* it was heard later */
    CHECK(mark_silent(&b, 1000 + (TimeUs)said));
    CHECK(!mark_silent(&b, 2000 + (TimeUs)said)); /* it is silent already */
    add(&b, HOLD_INPUT, STR("x"));
    step(&b);
    CHECK_I64(noted.n_heard, 0);
    CHECK(str_eq(test_cell(&b.t, "SELECT silent_since FROM launch"), heard));
    write_lines(&b, (const char *const[]){"c", NULL});
    step(&b);
    write_lines(&b, (const char *const[]){"d", NULL});
    step(&b);
    CHECK_I64(noted.n_heard, 1);
    CHECK(!test_cell(&b.t, "SELECT silent_since FROM launch").p);
    close_bench(&b);
}

/* After five refusals of the whole batch and one of the single frame, the frame is stored without effect, and the
 * frames after it come in batches again. */
TEST(a_frame_that_is_always_refused_is_derived_alone_and_then_plain) {
    static const DeriveMode modes[] = {DERIVE_WHOLE, DERIVE_WHOLE, DERIVE_WHOLE, DERIVE_WHOLE, DERIVE_ONE};
    Bench b;
    open_bench(&b);
    noted.poison = "bad";
    write_lines(&b, (const char *const[]){"a", "bad", "c", "d", NULL});
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        step(&b);
        CHECK(b.step.has_failed && b.step.mode == modes[i]);
    }
    step(&b);
    check_noted("[a]");
    CHECK(b.step.mode == DERIVE_ONE && !b.step.has_failed);
    step(&b);
    CHECK(b.step.has_failed && b.step.mode == DERIVE_PLAIN);
    step(&b); /* the row's position: after a */
    check_noted("<bad>");
    CHECK(b.step.mode == DERIVE_ONE);
    step(&b);
    step(&b);
    check_noted("[c][d]");
    CHECK(b.step.mode == DERIVE_WHOLE);
    write_lines(&b, (const char *const[]){"e", "f", NULL});
    step(&b);
    check_noted("[e|f]");
    close_bench(&b);
}

TEST(as_a_last_resort_the_owner_discards_its_state) {
    Bench b;
    open_bench(&b);
    write_lines(&b, (const char *const[]){"a", NULL});
    step(&b);
    check_noted("[a]");
    noted.poison = "bad";
    noted.refuses_all = noted.refuses_kept = true;
    write_lines(&b, (const char *const[]){"bad", NULL});
    for (int i = 0; i < 7; i++) step(&b);
    CHECK(b.step.has_failed && b.step.mode == DERIVE_RESET);
    step(&b);
    check_noted("<bad>");
    CHECK(b.step.mode == DERIVE_WHOLE && !b.step.has_failed);
    close_bench(&b);
}

/* A failing store says nothing about the frames. */
TEST(a_temporary_error_is_retried_unchanged) {
    Bench b;
    open_bench(&b);
    write_lines(&b, (const char *const[]){"a", NULL});
    b.step.dirfd = dup(STDIN_FILENO); /* no folder: reading the log fails */
    for (int i = 0; i < 10; i++) {
        step(&b);
        CHECK(b.step.has_failed && b.step.mode == DERIVE_WHOLE);
    }
    close(b.step.dirfd);
    b.step.dirfd = open(b.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    step(&b);
    check_noted("[a]");
    close_bench(&b);
}

TEST(an_exit_ends_the_launch_and_nothing_follows_it) {
    Bench b;
    CLEANUP(buf_done) Buf body;
    open_bench(&b);
    put_exit(&body);
    write_lines(&b, (const char *const[]){"a", NULL});
    add(&b, HOLD_EXIT, buf_str(&body));
    step(&b);
    CHECK(b.step.has_ended);
    check_noted("[a|exit]");
    CHECK_STR(test_cell(&b.t, "SELECT state || (ended_at IS NOT NULL) FROM launch"), "exited1");
    step(&b);
    CHECK(b.step.has_ended);
    check_noted("");
    close_bench(&b);
}

/* Damage at the exit frame: the hold still reports it. */
TEST(an_exit_hidden_by_damage_is_taken_from_the_hold) {
    Bench b;
    CLEANUP(buf_done) Buf body;
    open_bench(&b);
    put_exit(&body);
    write_lines(&b, (const char *const[]){"a", NULL});
    step(&b);
    check_noted("[a]");
    b.step.exit_at = b.at;
    b.step.exit_body = buf_str(&body);
    b.step.is_hold_gone = true;
    step(&b);
    CHECK(b.step.has_ended);
    check_noted("[exit]");
    CHECK_I64(noted.n_lost, 0);
    close_bench(&b);
}

TEST(damage_is_skipped_and_reported_once_a_whole_frame_follows) {
    Bench b;
    open_bench(&b);
    write_lines(&b, (const char *const[]){"a", NULL});
    size_t damaged = b.segment.n;
    write_lines(&b, (const char *const[]){"torn", "c", NULL});
    b.segment.p[damaged + HOLD_FRAME_HEADER] ^= 1;
    store(&b);
    step(&b);
    check_noted("[a]");
    b.step.head = b.at; /* as its hold reports */
    step(&b);
    check_noted(arena_fmt(b.t.arena, "(%d)[c]", HOLD_FRAME_HEADER + 4).p);
    close_bench(&b);
}

TEST(a_hold_gone_without_an_exit_is_a_loss_once_all_is_read) {
    Bench b;
    open_bench(&b);
    write_lines(&b, (const char *const[]){"a", NULL});
    b.step.is_hold_gone = true;
    step(&b);
    check_noted("[a]");
    for (int i = 0; i < 2 && !b.step.has_ended; i++) step(&b);
    CHECK(b.step.has_ended);
    CHECK_I64(noted.n_lost, 1);
    CHECK_STR(test_cell(&b.t, "SELECT state FROM launch"), "lost");
    close_bench(&b);
}

static int restore_tx(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql restore = {"restore", "UPDATE launch SET restored = 1", "test"};
    return tx_run(tx, &restore, DB_NONE, NULL, e);
}

TEST(a_launch_of_a_store_that_was_put_back_has_caught_up_once_its_log_is_read_to_the_head) {
    Bench b;
    open_bench(&b);
    test_write(&b.t, restore_tx, NULL);
    write_lines(&b, (const char *const[]){"a", NULL});
    step(&b);
    CHECK_I64(noted.n_caught_up, 0); /* where the head is, its hold has not said yet */
    write_lines(&b, (const char *const[]){"b", NULL});
    b.step.head = b.at;
    for (int i = 0; i < 2; i++) {
        step(&b);
        CHECK_I64(noted.n_caught_up, 1);
    }
    check_noted("[a][b]");
    CHECK_STR(test_cell(&b.t, "SELECT restored FROM launch"), "0");
    close_bench(&b);
}
