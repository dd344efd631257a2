/* Screens of a written log: from any snapshot, at any place, they equal a replay of everything before. */
#include "terminal/screen.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "base/ulid.h"
#include "base/vec.h"

enum { ROWS = 20, COLS = 70, FRAMES = 1400, FRAME_BYTES = 3000, PLACES = 25 };

typedef struct Place {
    uint64_t end;
    TimeUs at;
    size_t text; /* bytes of Log.text up to there */
} Place;

typedef struct Log {
    App app;
    Id id;
    char dir[400];
    int fd;
    Buf text; /* all output; resizes are not in it */
    VEC(Place) places;
    size_t resized_at; /* bytes of text before the resize */
    unsigned random;
} Log;

static unsigned next(Log *l, unsigned below) {
    l->random = l->random * 1103515245u + 12345u;
    return (l->random >> 8) % below;
}

static void put_frame(Log *l, HoldChannel channel, Str bytes, TimeUs at) {
    HoldFrame f = {.channel = channel, .at = at, .bytes = bytes};
    uint8_t head[HOLD_FRAME_HEADER];
    uint64_t before = l->places.n ? l->places.items[l->places.n - 1].end : 0;
    holdlog_frame_head(&f, (Str){0}, head);
    CHECK(write(l->fd, head, sizeof head) == (ssize_t)sizeof head);
    CHECK(write(l->fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    if (channel == HOLD_STDOUT) buf_add_str(&l->text, bytes);
    vec_push(&l->places, ((Place){before + HOLD_FRAME_HEADER + bytes.n, at, l->text.n}));
}

/* Words in colours at places, lines that scroll, and sequences cut by the ends of frames. */
static void put_drawing(Log *l, TimeUs at) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, FRAME_BYTES * 2);
    while (b.n < FRAME_BYTES) {
        unsigned what = next(l, 8);
        if (what == 0) buf_add_fmt(&b, "\033[%u;%uH", next(l, ROWS) + 1, next(l, COLS) + 1);
        if (what == 1) buf_add_fmt(&b, "\033[%um", 30 + next(l, 8));
        if (what == 2) buf_add_str(&b, STR("\033[K"));
        if (what == 3) buf_add_str(&b, STR("\r\n"));
        if (what > 3) buf_add_fmt(&b, "word%u ", next(l, 1000000));
    }
    put_frame(l, HOLD_STDOUT, str_upto(buf_str(&b), FRAME_BYTES), at);
}

static void open_log(Log *l) {
    *l = (Log){.app = {.home = test_dir()}, .id = id_new("lch"), .random = 7};
    char path[600];
    buf_init(&l->text, 16 << 20);
    l->app.home_fd = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(l->dir, sizeof l->dir, "%s/streams", test_dir());
    mkdir(l->dir, 0700);
    snprintf(l->dir, sizeof l->dir, "%s/streams/%s", test_dir(), l->id.text);
    CHECK(mkdir(l->dir, 0700) == 0);
    snprintf(path, sizeof path, "%s/log.%020d", l->dir, 0);
    l->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    HoldSegment segment = {.first = 0, .at = 1};
    uint8_t head[HOLD_SEGMENT_HEADER];
    holdlog_segment_head(&segment, head);
    CHECK(l->fd >= 0 && write(l->fd, head, sizeof head) == (ssize_t)sizeof head);
    for (int i = 0; i < FRAMES; i++) {
        put_drawing(l, 1000 + i);
        if (i != FRAMES / 2) continue;
        CLEANUP(buf_done) Buf size;
        buf_init(&size, 16);
        holdlog_put_size(&size, &(HoldSize){ROWS + 5, COLS - 9});
        l->resized_at = l->text.n;
        put_frame(l, HOLD_RESIZE, buf_str(&size), 1000 + i);
    }
}

static void close_log(Log *l) {
    close(l->fd);
    close(l->app.home_fd);
    buf_done(&l->text);
    vec_done(&l->places);
}

static void add_run(void *arg, const TermRun *r) {
    buf_add_fmt(arg, STR_FMT "<%d,%d>", STR_ARG(r->text), r->fg, r->cells);
}

static void add_rows(Term *t, Buf *out) {
    TermSize size = term_size(t);
    for (int row = 0; row < size.rows; row++) {
        term_row(t, row, add_run, out);
        buf_add_c(out, '\n');
    }
}

static Screen load(Log *l, const ScreenWant *want) {
    Screen s;
    Err e = {0};
    CHECK_OK(screen_load(&l->app, id_str(&l->id), (TermSize){ROWS, COLS}, want, &s, &e), e);
    return s;
}

static void check_screen(const Log *l, Screen *s, size_t text) {
    CLEANUP(term_freep) Term *all = term_new((TermSize){ROWS, COLS});
    CLEANUP(buf_done) Buf want, is;
    size_t before = text < l->resized_at ? text : l->resized_at;
    buf_init(&want, 4 << 20);
    buf_init(&is, 4 << 20);
    term_feed(all, str_upto(buf_str(&l->text), before));
    if (s->offset > 0 && term_size(s->term).cols != COLS) term_resize(all, (TermSize){ROWS + 5, COLS - 9});
    term_feed(all, str_from(str_upto(buf_str(&l->text), text), before));
    add_rows(all, &want);
    add_rows(s->term, &is);
    CHECK(str_eq(buf_str(&is), buf_str(&want)));
    CHECK(!s->is_partial);
}

static int count_files(const Log *l) {
    char command[600];
    snprintf(command, sizeof command, "%s", l->dir);
    int n = 0, fd = open(command, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const Place *p = l->places.items; p < l->places.items + l->places.n; p++) {
        char name[40];
        snprintf(name, sizeof name, "screen.%020llu", (unsigned long long)p->end);
        n += faccessat(fd, name, F_OK, 0) == 0;
    }
    close(fd);
    return n;
}

TEST(a_screen_at_any_place_equals_a_replay_of_the_whole_log) {
    Log l;
    bool more = true;
    Err e = {0};
    open_log(&l);
    for (int i = 0; i < 10 && more; i++)
        CHECK_OK(screen_keep(&l.app, id_str(&l.id), (TermSize){ROWS, COLS}, &more, &e), e);
    CHECK(!more);
    CHECK_I64(count_files(&l), (int64_t)(l.places.items[l.places.n - 1].end / SCREEN_EVERY));
    for (int i = 0; i < PLACES; i++) {
        const Place *p = &l.places.items[next(&l, (unsigned)l.places.n)];
        Screen s = load(&l, &(ScreenWant){.upto = p->end + next(&l, HOLD_FRAME_HEADER)});
        CHECK_I64(s.offset, p->end);
        check_screen(&l, &s, p->text);
        screen_done(&s);
    }
    const Place *p = &l.places.items[900];
    Screen s = load(&l, &(ScreenWant){.upto = UINT64_MAX, .until = p->at});
    CHECK_I64(s.offset, p->end);
    check_screen(&l, &s, p->text);
    screen_done(&s);
    s = load(&l, &(ScreenWant){.upto = UINT64_MAX, .is_blank = true});
    CHECK_I64(s.offset, l.places.items[l.places.n - 1].end);
    CHECK_I64(term_size(s.term).cols, COLS - 9);
    screen_done(&s);
    close_log(&l);
}

/* Damaged files are passed over; they are written again only where the log goes on. */
TEST(a_damaged_snapshot_is_passed_over) {
    Log l;
    bool more = true;
    Err e = {0};
    open_log(&l);
    while (more) CHECK_OK(screen_keep(&l.app, id_str(&l.id), (TermSize){ROWS, COLS}, &more, &e), e);
    for (size_t i = 0; i < l.places.n; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/screen.%020llu", l.dir, (unsigned long long)l.places.items[i].end);
        CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd >= 0 && i % 3) CHECK(ftruncate(fd, 50) == 0);
        if (fd >= 0 && i % 3 == 0) CHECK(pwrite(fd, "\xff", 1, 60) == 1);
    }
    const Place *p = &l.places.items[l.places.n - 2];
    Screen s = load(&l, &(ScreenWant){.upto = p->end});
    check_screen(&l, &s, p->text);
    screen_done(&s);
    close_log(&l);
}

TEST(a_screen_far_behind_its_snapshot_is_drawn_from_the_end_and_says_so) {
    Log l;
    open_log(&l);
    uint64_t end = l.places.items[l.places.n - 1].end;
    Screen s = load(&l, &(ScreenWant){.upto = UINT64_MAX, .budget = 1 << 20});
    CHECK_I64(s.offset, end);
    CHECK_I64(term_size(s.term).cols, COLS - 9);
    CHECK(s.is_partial);
    screen_done(&s);
    s = load(&l, &(ScreenWant){.upto = UINT64_MAX, .budget = end + 1});
    CHECK(!s.is_partial);
    screen_done(&s);
    close_log(&l);
}

static void put_exit(Log *l) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1024);
    CHECK(holdlog_put_exit(&b, &(HoldExit){.code = 3, .reason = STR("exit")}));
    put_frame(l, HOLD_EXIT, buf_str(&b), 5000);
}

/* Who draws from a snapshot learns of the exit too, even where the exit frame is the first behind a MiB. */
TEST(a_screen_behind_the_exit_says_how_the_program_ended) {
    Log l;
    bool more = true;
    HoldExit x;
    Err e = {0};
    open_log(&l);
    uint64_t before = l.places.items[l.places.n - 1].end;
    static char fill[FRAME_BYTES];
    memset(fill, 'x', sizeof fill);
    while (before % SCREEN_EVERY < SCREEN_EVERY - FRAME_BYTES - 2 * HOLD_FRAME_HEADER) {
        put_frame(&l, HOLD_STDOUT, str_n(fill, sizeof fill), 4000);
        before = l.places.items[l.places.n - 1].end;
    }
    size_t rest = SCREEN_EVERY - before % SCREEN_EVERY - HOLD_FRAME_HEADER - 1;
    put_frame(&l, HOLD_STDOUT, str_n(fill, rest), 4000);
    before = l.places.items[l.places.n - 1].end;
    put_exit(&l);
    uint64_t end = l.places.items[l.places.n - 1].end;
    CHECK(before / SCREEN_EVERY < end / SCREEN_EVERY);
    for (int i = 0; i < 10 && more; i++)
        CHECK_OK(screen_keep(&l.app, id_str(&l.id), (TermSize){ROWS, COLS}, &more, &e), e);
    const ScreenWant wants[] = {
        {.upto = UINT64_MAX}, {.upto = end, .is_blank = true}, {.upto = end + 100}, {.upto = before}};
    for (size_t i = 0; i < COUNT_OF(wants); i++) {
        Screen s = load(&l, &wants[i]);
        CHECK_I64(s.offset, i < 3 ? end : before);
        CHECK((s.exit.n > 0) == (i < 3));
        if (i < 3) CHECK(holdlog_exit_parse(buf_str(&s.exit), &x) && x.code == 3);
        screen_done(&s);
    }
    close_log(&l);
}

typedef struct Flood {
    Log *log;
    atomic_bool is_over;
} Flood;

enum { FLOOD_FRAMES = 20000 };

static void *print_on(void *arg) {
    Flood *f = arg;
    for (int i = 0; i < FLOOD_FRAMES && !atomic_load(&f->is_over); i++) put_drawing(f->log, 5000);
    return NULL;
}

/* Sixty million bytes follow while it draws: it must not run after them. */
TEST(a_screen_shows_what_was_there_when_it_was_asked_for) {
    Log l;
    pthread_t thread;
    open_log(&l);
    Flood flood = {.log = &l};
    buf_done(&l.text);
    buf_init(&l.text, FLOOD_FRAMES * FRAME_BYTES + (16 << 20));
    CHECK(pthread_create(&thread, NULL, print_on, &flood) == 0);
    Screen s = load(&l, &(ScreenWant){.upto = UINT64_MAX});
    atomic_store(&flood.is_over, true);
    pthread_join(thread, NULL);
    CHECK(l.places.n > FRAMES + 2);
    CHECK(s.offset <= l.places.items[FRAMES + FRAMES / 4].end);
    screen_done(&s);
    close_log(&l);
}

/* The log before it was removed: what is drawn of it is not said to reach further than was asked. */
TEST(a_screen_of_a_place_that_is_gone_is_partial) {
    Log l;
    char path[600], to[600];
    Err e = {0};
    bool more = true;
    open_log(&l);
    CHECK_OK(screen_keep(&l.app, id_str(&l.id), (TermSize){ROWS, COLS}, &more, &e), e);
    const Place *p = &l.places.items[500];
    snprintf(path, sizeof path, "%s/log.%020d", l.dir, 0);
    snprintf(to, sizeof to, "%s/log.%020llu", l.dir, (unsigned long long)l.places.items[l.places.n - 1].end);
    CHECK(rename(path, to) == 0 && truncate(to, HOLD_SEGMENT_HEADER) == 0);
    Screen s = load(&l, &(ScreenWant){.upto = p->end});
    CHECK(s.is_partial);
    CHECK(s.offset <= p->end);
    screen_done(&s);
    close_log(&l);
}

TEST(a_launch_without_a_folder_has_an_empty_screen) {
    Log l;
    open_log(&l);
    Id keep = l.id;
    l.id = id_new("lch");
    Screen s = load(&l, &(ScreenWant){.upto = UINT64_MAX});
    CHECK_I64(s.offset, 0);
    CHECK_I64(term_size(s.term).rows, ROWS);
    screen_done(&s);
    l.id = keep;
    close_log(&l);
}
