/* See screen.h. */
#include "terminal/screen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/le.h"
#include "base/mem.h"
#include "base/vec.h"
#include "sys/file.h"

/* A file: magic, u32 version, u16 rows, u16 cols, u64 offset, u64 time_us, u8 is_partial, u32 crc32c of all other bytes, and
 * the terminal bytes of term_snapshot. */
enum { FILE_VERSION = 1, FILE_HEAD = 37, FILE_CRC_AT = 33, READ_BYTES = 1 << 20, NAME_DIGITS = 20, NAME_SIZE = 40 };
static const char magic[] = "MUSTRSCR", prefix[] = "screen.";

void screen_done(Screen *s) {
    term_free(s->term);
    s->term = NULL;
    buf_done(&s->exit);
}

int screen_first_size(DbConn *db, Str launch_id, TermSize *ret, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchRow row;
    HoldSpec spec;
    bool found = false;
    TRY(launch_find(db, launch_id, a, &row, &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "no launch " STR_FMT, STR_ARG(launch_id));
    TRY(holdspec_parse(row.spec, a, &spec, e));
    if (!HAS(HoldSpec, &spec, pty))
        return err_fail(e, ERR_INVALID, "launch " STR_FMT " has no terminal", STR_ARG(launch_id));
    *ret = (TermSize){(int)spec.pty->rows, (int)spec.pty->cols};
    return 0;
}

/* --- files ------------------------------------------------------------------------------------------------------ */

typedef VEC(uint64_t) Offsets;

static void name_of(uint64_t offset, char out[NAME_SIZE]) {
    snprintf(out, NAME_SIZE, "%s%020llu", prefix, (unsigned long long)offset);
}

static bool name_parse(Str name, uint64_t *ret) {
    int64_t n;
    if (!str_starts(name, str(prefix)) || name.n != sizeof prefix - 1 + NAME_DIGITS) return false;
    if (!str_parse_i64(str_from(name, sizeof prefix - 1), 0, INT64_MAX, &n)) return false;
    *ret = (uint64_t)n;
    return true;
}

static int by_offset(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int list_files(int dirfd, Offsets *ret, Err *e) {
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    uint64_t offset;
    if (!d) {
        fd_closep(&fd);
        return err_sys(e, "cannot list the snapshots of a terminal");
    }
    for (struct dirent *x; (x = readdir(d));)
        if (name_parse(str(x->d_name), &offset)) vec_push(ret, offset);
    closedir(d);
    if (ret->n) qsort(ret->items, ret->n, sizeof *ret->items, by_offset);
    return 0;
}

static uint32_t crc_of(Str file) {
    uint32_t crc = crc32c(0, file.p, FILE_CRC_AT);
    return crc32c(crc, file.p + FILE_HEAD, file.n - FILE_HEAD);
}

static int write_file(int dirfd, const Screen *s, Err *e) {
    CLEANUP(buf_done) Buf b;
    char name[NAME_SIZE];
    TermSize size = term_size(s->term);
    buf_init(&b, TERM_SNAPSHOT_MAX + FILE_HEAD);
    buf_add_str(&b, str(magic));
    le_put32(&b, FILE_VERSION);
    le_put16(&b, (uint16_t)size.rows);
    le_put16(&b, (uint16_t)size.cols);
    le_put64(&b, s->offset);
    le_put64(&b, (uint64_t)s->at);
    buf_add_c(&b, (char)s->is_partial);
    le_put32(&b, 0);
    term_snapshot(s->term, &b);
    if (b.failed) return 0; /* it is drawn from an earlier one */
    le_store32(b.p + FILE_CRC_AT, crc_of(buf_str(&b)));
    name_of(s->offset, name);
    return file_write_atomic(dirfd, name, buf_str(&b), 0600, e);
}

/* False: damaged, or later than what is wanted. */
static bool parse_file(Str file, uint64_t offset, TimeUs until, Screen *ret) {
    LeReader r = {.rest = file};
    if (!str_is(le_take(&r, sizeof magic - 1), magic) || le_take32(&r) != FILE_VERSION) return false;
    TermSize size = {le_take16(&r), 0};
    size.cols = le_take16(&r);
    Screen s = {.offset = le_take64(&r), .at = (TimeUs)le_take64(&r), .is_partial = le_take8(&r) != 0};
    uint32_t crc = le_take32(&r);
    if (r.failed || s.offset != offset || crc != crc_of(file) || (until && s.at > until)) return false;
    s.term = term_new(size);
    term_feed(s.term, r.rest);
    *ret = s;
    return true;
}

/* False: it is damaged, gone, or later than what is wanted. */
static bool read_file(int dirfd, uint64_t offset, TimeUs until, Screen *ret) {
    CLEANUP(buf_done) Buf b;
    char name[NAME_SIZE];
    buf_init(&b, TERM_SNAPSHOT_MAX + FILE_HEAD);
    name_of(offset, name);
    return file_read(dirfd, name, &b, &(Err){0}) >= 0 && parse_file(buf_str(&b), offset, until, ret);
}

/* --- drawing ---------------------------------------------------------------------------------------------------- */

typedef struct Draw {
    int dirfd;
    LaunchLog *log;
    const ScreenWant *want;
    Screen *s;
    uint64_t upto;       /* frames that end behind it are left out */
    uint64_t blank_upto; /* nothing below it is drawn */
    uint64_t kept;       /* offset of the newest snapshot */
    Buf output;          /* of the last frames, not drawn yet: of a flood a screen draws only the end */
} Draw;

static void begin(Draw *d, TermSize first, const Offsets *files) {
    size_t i = files->n;
    d->kept = files->n ? files->items[files->n - 1] : 0;
    while (i > 0 &&
           (files->items[i - 1] > d->want->upto || !read_file(d->dirfd, files->items[i - 1], d->want->until, d->s)))
        i--;
    if (i == 0) *d->s = (Screen){.term = term_new(first)};
}

static void flush(Draw *d) {
    term_feed(d->s->term, buf_str(&d->output));
    buf_clear(&d->output);
}

static void draw_frame(Draw *d, const LaunchFrame *f) {
    Screen *s = d->s;
    HoldSize size;
    bool is_drawn = !d->want->is_blank && f->offset >= d->blank_upto;
    if (f->frame.channel == HOLD_STDOUT && is_drawn) buf_add_str(&d->output, f->frame.bytes);
    if (f->frame.channel == HOLD_RESIZE && holdlog_size_parse(f->frame.bytes, &size)) {
        flush(d);
        term_resize(s->term, (TermSize){size.rows, size.cols});
    }
    if (f->frame.channel == HOLD_EXIT) {
        buf_init(&s->exit, HOLD_FRAME_BYTES_MAX);
        buf_add_str(&s->exit, f->frame.bytes);
    }
    s->offset = f->offset + HOLD_FRAME_HEADER + f->frame.bytes.n;
    s->at = f->frame.at;
}

/* No snapshot is behind the exit: whoever draws from one still learns of it. */
static bool is_kept_here(const Draw *d) {
    return d->want->keeps && !d->s->exit.n && d->s->offset / SCREEN_EVERY > d->kept / SCREEN_EVERY;
}

/* True: the place that is wanted is reached. */
static bool draw_frames(Draw *d, const LaunchBatch *b, Err *e, int *ret) {
    for (size_t i = 0; i < b->n && *ret >= 0; i++) {
        const LaunchFrame *f = &b->frames[i];
        bool is_later = d->want->until && f->frame.at > d->want->until;
        if (is_later || f->offset + HOLD_FRAME_HEADER + f->frame.bytes.n > d->upto) return true;
        draw_frame(d, f);
        if (!is_kept_here(d)) continue;
        flush(d);
        *ret = write_file(d->dirfd, d->s, e);
        d->kept = d->s->offset;
    }
    return *ret < 0;
}

/* Where the log goes on behind what cannot be read at the screen's place; the same place: nowhere yet. */
static int pass_gap(Draw *d, const LaunchBatch *b, Err *e) {
    uint64_t to = d->s->offset;
    if (b->cond == LAUNCHLOG_GAP && b->resume > to) to = b->resume;
    if (b->cond == LAUNCHLOG_BAD) TRY(launchlog_skip_damage(d->log, to, 0, &to, e));
    d->s->is_partial |= to != d->s->offset;
    if (to <= d->upto) d->s->offset = to;
    return 0;
}

static int draw(Draw *d, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    uint64_t began = d->s->offset;
    for (bool is_done = false; !is_done;) {
        LaunchBatch b;
        int r = 0;
        uint64_t before = d->s->offset;
        arena_reset(a);
        TRY(launchlog_read(d->log, before, READ_BYTES, a, &b, e));
        is_done = draw_frames(d, &b, e, &r);
        flush(d);
        TRY(r);
        if (!is_done && b.n == 0) TRY(pass_gap(d, &b, e));
        is_done |= d->s->offset == before || b.saw_exit;
        d->s->has_more = !is_done && d->want->keeps && d->s->offset - began > SCREEN_REPLAY_MAX;
        is_done |= d->s->has_more;
    }
    return 0;
}

/* Nothing behind what is there now is drawn: a program may print faster than a screen is drawn. A screen that lies far
 * behind its snapshot, as behind a program that prints without end, is drawn from its last bytes. */
static int bound(Draw *d, Err *e) {
    uint64_t end, from = d->s->offset, budget = d->want->budget;
    TRY(launchlog_end(d->log, &end, e));
    if (end < d->upto) d->upto = end;
    if (!budget || d->upto <= from || d->upto - from <= budget) return 0;
    TermSize size = term_size(d->s->term);
    screen_done(d->s);
    d->s->term = term_new(size);
    d->s->is_partial = true;
    d->blank_upto = d->upto - budget / 4;
    return 0;
}

static int open_log(const App *app, Str launch_id, int *ret_fd, LaunchLog **ret, Err *e) {
    char path[100];
    snprintf(path, sizeof path, "streams/" STR_FMT, STR_ARG(launch_id));
    *ret_fd = openat(app->home_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret_fd < 0) return err_sys(e, "the log of launch " STR_FMT, STR_ARG(launch_id));
    return launchlog_open(*ret_fd, ret, e);
}

int screen_load(const App *app, Str launch_id, TermSize first, const ScreenWant *want, Screen *ret, Err *e) {
    CLEANUP(fd_closep) int dirfd = -1;
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    Offsets files = {0};
    *ret = (Screen){0};
    Err why = {0};
    if (open_log(app, launch_id, &dirfd, &log, &why) < 0) {
        if (why.sys_errno != ENOENT) return *e = why, -(int)why.code;
        *ret = (Screen){.term = term_new(first)}; /* its folder is being made, or was removed by retention */
        return 0;
    }
    int r = list_files(dirfd, &files, e);
    Draw d = {.dirfd = dirfd, .log = log, .want = want, .upto = want->upto, .s = ret};
    buf_init(&d.output, 2 * READ_BYTES);
    if (r >= 0) begin(&d, first, &files);
    if (r >= 0) r = bound(&d, e);
    if (r >= 0) r = draw(&d, e);
    vec_done(&files);
    buf_done(&d.output);
    if (r < 0) screen_done(ret);
    return r;
}

/* --- keeping ---------------------------------------------------------------------------------------------------- */

/* A snapshot below the log's beginning shows what cannot be replayed from it any more; the newest of them still gives the
 * screen at the log's beginning. */
static int drop_old(const App *app, Str launch_id, Err *e) {
    CLEANUP(fd_closep) int dirfd = -1;
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchBatch b;
    Offsets files = {0};
    TRY(open_log(app, launch_id, &dirfd, &log, e));
    TRY(launchlog_read(log, 0, 1, a, &b, e));
    if (b.n || b.cond != LAUNCHLOG_GAP) return 0;
    int r = list_files(dirfd, &files, e);
    for (size_t i = 0; r >= 0 && i + 1 < files.n && files.items[i + 1] <= b.resume; i++) {
        char name[NAME_SIZE];
        name_of(files.items[i], name);
        unlinkat(dirfd, name, 0);
    }
    vec_done(&files);
    return r;
}

int screen_keep(const App *app, Str launch_id, TermSize first, bool *ret_more, Err *e) {
    Screen s;
    ScreenWant want = {.upto = UINT64_MAX, .keeps = true};
    TRY(screen_load(app, launch_id, first, &want, &s, e));
    *ret_more = s.has_more;
    screen_done(&s);
    return drop_old(app, launch_id, e);
}
