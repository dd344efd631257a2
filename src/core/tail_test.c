/* Tails of launches with real holds, and what is typed at them. */
#include "core/tail.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/test.h"
#include "core/launch_rig.h"
#include "core/launch_watch.h"
#include "sys/loop.h"

/* A reader of stdout, on the loop. */
typedef struct Reader {
    LaunchRig *rig;
    uint64_t from;
    size_t room; /* frames that it takes before it is full */
    Tail *tail;
    Buf text;
    atomic_int n_full, n_gaps;
    uint64_t gap_from, gap_to, second; /* second: the offset behind the first frame of output */
    atomic_bool is_over, has_failed, has_exit;
    const char *want;
} Reader;

static size_t on_frames(void *arg, const LaunchFrame *frames, size_t n) {
    Reader *r = arg;
    size_t taken = 0;
    for (; taken < n && r->room; taken++, r->room--) {
        const HoldFrame *f = &frames[taken].frame;
        if (f->channel == HOLD_STDOUT) buf_add_str(&r->text, f->bytes);
        if (f->channel == HOLD_STDOUT && !r->second) r->second = tail_frame_end(&frames[taken]);
        if (f->channel == HOLD_EXIT) atomic_store(&r->has_exit, true);
    }
    if (taken < n) atomic_fetch_add(&r->n_full, 1);
    return taken;
}

static void on_gap(void *arg, uint64_t from, uint64_t to) {
    Reader *r = arg;
    r->gap_from = from;
    r->gap_to = to;
    atomic_fetch_add(&r->n_gaps, 1);
}

static void on_end(void *arg) { atomic_store(&((Reader *)arg)->is_over, true); }

static void on_failed(void *arg, const Err *why UNUSED) {
    atomic_store(&((Reader *)arg)->has_failed, true);
    on_end(arg);
}

static const TailSink sink = {on_frames, on_gap, on_end, on_failed};

static void open_on_loop(void *arg) {
    Reader *r = arg;
    r->tail = tail_open(&r->rig->t.app, id_str(&r->rig->launch), r->from, &sink, r);
}

static void close_on_loop(void *arg) {
    Reader *r = arg;
    tail_close(r->tail);
}

static void resume_on_loop(void *arg) {
    Reader *r = arg;
    r->room++;
    tail_resume(r->tail);
}

static void reader_open(Reader *r, LaunchRig *b, uint64_t from, size_t room) {
    *r = (Reader){.rig = b, .from = from, .room = room};
    buf_init(&r->text, 8 << 20);
    loop_call(b->t.app.loop, open_on_loop, r);
}

static void reader_close(Reader *r) {
    loop_call(r->rig->t.app.loop, close_on_loop, r);
    buf_done(&r->text);
}

static bool is_over(void *arg) { return atomic_load(&((Reader *)arg)->is_over); }

typedef struct Look {
    Reader *r;
    bool is_so;
} Look;

static void look_on_loop(void *arg) {
    Look *l = arg;
    size_t at;
    l->is_so = str_find(buf_str(&l->r->text), str(l->r->want), &at);
}

static bool has_wanted(void *arg) {
    Look l = {.r = arg};
    loop_call(l.r->rig->t.app.loop, look_on_loop, &l);
    return l.is_so;
}

typedef struct Type {
    LaunchRig *rig;
    Str bytes;
    uint64_t total;
    Err e;
    int result;
} Type;

static void type_on_loop(void *arg) {
    Type *y = arg;
    y->result = launch_type(&y->rig->t.app, id_str(&y->rig->launch), y->bytes, &y->total, &y->e);
}

static Type type(LaunchRig *b, Str bytes) {
    Type y = {.rig = b, .bytes = bytes};
    loop_call(b->t.app.loop, type_on_loop, &y);
    return y;
}

/* The row says that it has ended a moment before the loop does. */
static bool is_too_late(void *arg) {
    Type late = type(arg, STR("x"));
    return late.result < 0 && late.e.code == ERR_CONFLICT;
}

TEST(a_tail_follows_a_launch_as_it_grows_up_to_its_exit) {
    static const char *const cat[] = {"cat", NULL};
    LaunchRig b;
    Reader whole, late;
    rig_open(&b, NULL);
    rig_launch(&b, cat);
    reader_open(&whole, &b, 0, SIZE_MAX); /* there may be no folder yet */
    CHECK_I64(rig_input(&b, "one\n"), 0);
    whole.want = "one\n";
    CHECK(test_app_until(has_wanted, &whole));
    CHECK_I64(rig_input(&b, "two\n"), 0);
    whole.want = "two\n";
    CHECK(test_app_until(has_wanted, &whole));
    CHECK(!is_over(&whole));
    reader_open(&late, &b, whole.second, SIZE_MAX);
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_GRACEFUL);
    CHECK(test_app_until(is_over, &whole) && test_app_until(is_over, &late));
    CHECK_STR(buf_str(&whole.text), "one\ntwo\n");
    CHECK_STR(buf_str(&late.text), "two\n");
    CHECK(whole.has_exit && late.has_exit && !whole.has_failed && !late.n_gaps);
    reader_close(&whole);
    reader_close(&late);
    rig_stop(&b);
}

TEST(a_reader_without_room_misses_nothing_and_a_launch_that_ended_is_read_again) {
    static const char *const count[] = {"sh", "-c", "i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); done", NULL};
    LaunchRig b;
    Reader fast, slow;
    rig_open(&b, NULL);
    rig_launch(&b, count);
    reader_open(&fast, &b, 0, SIZE_MAX);
    reader_open(&slow, &b, 0, 0);
    CHECK(test_app_until(is_over, &fast));
    rig_check_ended(&b, "exited1");
    for (int i = 0; i < 100000 && !is_over(&slow); i++) {
        loop_call(b.t.app.loop, resume_on_loop, &slow);
        if (i % 100 == 99) test_app_until(is_over, &fast);
    }
    CHECK(is_over(&slow) && slow.has_exit);
    CHECK(atomic_load(&slow.n_full) > 0);
    CHECK(str_starts(buf_str(&fast.text), STR("0\n1\n2\n")) && str_ends(buf_str(&fast.text), STR("298\n299\n")));
    CHECK(str_eq(buf_str(&fast.text), buf_str(&slow.text)));
    reader_close(&fast);
    reader_close(&slow);
    rig_stop(&b);
}

TEST(damage_and_what_is_not_there_are_reported_as_gaps) {
    static const char *const lines[] = {"sh", "-c", "echo first; sleep 0.2; echo second", NULL};
    LaunchRig b;
    Reader r;
    char path[600];
    rig_open(&b, NULL);
    rig_launch(&b, lines);
    rig_check_ended(&b, "exited1");
    reader_open(&r, &b, 1 << 20, SIZE_MAX); /* behind its end */
    CHECK(test_app_until(is_over, &r));
    CHECK_I64(r.n_gaps, 1);
    CHECK(r.gap_to < r.gap_from && !r.has_failed);
    reader_close(&r);
    snprintf(path, sizeof path, "%s/streams/%s/log.%020d", b.home, b.launch.text, 0);
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, "X", 1, HOLD_SEGMENT_HEADER + HOLD_FRAME_HEADER) == 1);
    reader_open(&r, &b, 0, SIZE_MAX);
    CHECK(test_app_until(is_over, &r));
    CHECK_STR(buf_str(&r.text), "second\n");
    CHECK_I64(r.n_gaps, 1);
    CHECK_I64(r.gap_from, 0);
    CHECK_I64(r.gap_to, HOLD_FRAME_HEADER + 6);
    reader_close(&r);
    b.launch = id_new("lch");
    reader_open(&r, &b, 0, SIZE_MAX); /* there is no such launch */
    CHECK(test_app_until(is_over, &r));
    CHECK(r.has_failed);
    reader_close(&r);
    rig_stop(&b);
}

/* 200 KiB: fifty pieces, each behind the one before it. Nothing of it is in the log's input. */
TEST(what_is_typed_arrives_once_and_in_order) {
    static const char *const cat[] = {"cat", NULL};
    enum { LINES = 20000, LINE = 10 };
    LaunchRig b;
    Reader r;
    CLEANUP(buf_done) Buf want;
    buf_init(&want, LINES * LINE + 100);
    rig_open(&b, NULL);
    rig_launch(&b, cat);
    for (int i = 0; i < LINES; i++) buf_add_fmt(&want, "line%05d\n", i);
    Type early = type(&b, buf_str(&want)); /* its child may not have started */
    CHECK_OK(early.result, early.e);
    CHECK_I64(early.total, LINES * LINE);
    Type more = type(&b, buf_str(&want));
    CHECK(more.result < 0 && more.e.code == ERR_BUSY);
    reader_open(&r, &b, 0, SIZE_MAX);
    r.want = "line19999\n";
    CHECK(test_app_until(has_wanted, &r));
    CHECK(str_eq(buf_str(&r.text), buf_str(&want)));
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_GRACEFUL);
    CHECK(test_app_until(is_over, &r));
    rig_check_ended(&b, "exited1");
    CHECK(test_app_until(is_too_late, &b));
    reader_close(&r);
    rig_stop(&b);
}
