/* The screen against libvterm itself, fed with the same bytes, on recordings of real programs; and what hostile bytes must
 * not do. */
#include "base/test.h"
#include "term/term_int.h"

#include <stdio.h>
#include <stdlib.h>

/* libvterm alone, as a program without our parser would use it. */
typedef struct Peer {
    VTerm *vt;
    VTermScreen *screen;
    char held[4]; /* of a character that is cut: libvterm would not put it together again */
    size_t n_held;
} Peer;

static Peer peer_new(TermSize size) {
    Peer p = {.vt = vterm_new(size.rows, size.cols)};
    vterm_set_utf8(p.vt, 1);
    p.screen = vterm_obtain_screen(p.vt);
    vterm_screen_enable_altscreen(p.screen, 1);
    vterm_screen_reset(p.screen, 1);
    return p;
}

static void peer_feed(Peer *p, Str s) {
    char bytes[8192];
    while (s.n) {
        size_t n = p->n_held, more = s.n < sizeof bytes - n ? s.n : sizeof bytes - n;
        memcpy(bytes, p->held, n);
        memcpy(bytes + n, s.p, more);
        n += more;
        s = str_from(s, more);
        size_t whole = n;
        while (whole > 0 && n - whole < 3 && ((unsigned char)bytes[whole - 1] & 0xc0) == 0x80) whole--;
        if (whole > 0 && (unsigned char)bytes[whole - 1] >= 0xc0) whole--;
        if (whole < n && utf8_step(bytes + whole, n - whole) == n - whole) whole = n;
        if (whole < n && ((unsigned char)bytes[whole] & 0xc0) == 0x80) whole = n;
        p->n_held = n - whole;
        memcpy(p->held, bytes + whole, p->n_held);
        vterm_input_write(p->vt, bytes, whole);
    }
}

static VTermScreenCell cell_at(VTermScreen *screen, int row, int col) {
    VTermScreenCell c = {0};
    vterm_screen_get_cell(screen, (VTermPos){row, col}, &c);
    return c;
}

/* A blank cell shows its background only, the second half of a wide character nothing. Fonts carry what libvterm has no
 * room for. */
static bool is_same_cell(const VTermScreenCell *a, const VTermScreenCell *b) {
    uint32_t rest = (uint32_t)-1;
    if (a->chars[0] == rest || b->chars[0] == rest)
        return (a->chars[0] == rest || !a->chars[0]) && (b->chars[0] == rest || !b->chars[0]);
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && (a->chars[i] || b->chars[i]); i++)
        if (a->chars[i] != b->chars[i]) return false;
    Pen pa = sgr_pen_of(a, false), pb = sgr_pen_of(b, false);
    if (!a->chars[0]) pa = (Pen){.bg = pa.bg}, pb = (Pen){.bg = pb.bg};
    pa.font = pb.font = 0;
    return sgr_pen_is_equal(&pa, &pb);
}

static void check_same(VTermScreen *got, VTermScreen *want, TermSize size, const char *name, size_t at,
                       const char *what) {
    for (int row = 0; row < size.rows; row++)
        for (int col = 0; col < size.cols; col++) {
            VTermScreenCell a = cell_at(got, row, col), b = cell_at(want, row, col);
            if (!is_same_cell(&a, &b))
                test_fail(__FILE__, __LINE__, "%s at byte %zu, %s: row %d, column %d has U+%04X, wanted U+%04X", name,
                          at, what, row, col, a.chars[0], b.chars[0]);
        }
}

static void check_cursor(Term *t, Peer *p, const char *name, size_t at, const char *what) {
    VTermPos want;
    vterm_state_get_cursorpos(vterm_obtain_state(p->vt), &want);
    TermCursor got = term_cursor(t);
    if (got.row != want.row || got.col != want.col)
        test_fail(__FILE__, __LINE__, "%s at byte %zu, %s: cursor at %d,%d, wanted %d,%d", name, at, what, got.row,
                  got.col, want.row, want.col);
}

static Term *term_of(Term *t, TermSize size) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TERM_SNAPSHOT_MAX);
    term_snapshot(t, &b);
    Term *copy = term_new(size);
    term_feed(copy, buf_str(&b));
    return copy;
}

static Str read_recording(const char *name, TermSize *ret) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", TERM_RECORDINGS, name);
    FILE *f = fopen(path, "rb");
    if (!f) test_fail(__FILE__, __LINE__, "cannot open %s", path);
    static char bytes[1024 * 1024];
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    CHECK(sscanf(strrchr(name, '-'), "-%dx%d", &ret->rows, &ret->cols) == 2);
    return str_n(bytes, n);
}

static int by_size(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

enum { OFFSETS = 200, LOADED = 8 }; /* of each of five recordings */

/* At each of 200 random offsets the screen equals libvterm's replay of everything before; and so do screens that were
 * loaded from snapshots at the eight offsets before and fed on from there. */
static void check_recording(const char *name) {
    TermSize size = {0};
    Str all = read_recording(name, &size);
    size_t at[OFFSETS];
    srandom(1);
    for (int i = 0; i < OFFSETS; i++) at[i] = (size_t)random() % all.n;
    qsort(at, OFFSETS, sizeof at[0], by_size);
    Peer peer = peer_new(size);
    CLEANUP(term_freep) Term *t = term_new(size);
    Term *loaded[LOADED] = {0};
    for (int i = 0, from = 0; i < OFFSETS; from = (int)at[i++]) {
        Str piece = str_upto(str_from(all, (size_t)from), at[i] - (size_t)from);
        peer_feed(&peer, piece);
        term_feed(t, piece);
        check_same(t->screen, peer.screen, size, name, at[i], "replay");
        check_cursor(t, &peer, name, at[i], "replay");
        for (int k = 0; k < LOADED; k++) {
            if (!loaded[k]) continue;
            term_feed(loaded[k], piece);
            check_same(loaded[k]->screen, peer.screen, size, name, at[i], "from a snapshot");
            check_cursor(loaded[k], &peer, name, at[i], "from a snapshot");
        }
        term_free(loaded[i % LOADED]);
        loaded[i % LOADED] = term_of(t, size);
        check_same(loaded[i % LOADED]->screen, peer.screen, size, name, at[i], "snapshot");
        check_cursor(loaded[i % LOADED], &peer, name, at[i], "snapshot");
    }
    for (int k = 0; k < LOADED; k++) term_free(loaded[k]);
    vterm_free(peer.vt);
}

TEST(snapshots_of_htop_equal_a_replay) { check_recording("htop-30x100"); }
TEST(snapshots_of_less_equal_a_replay) { check_recording("less-24x60"); }
TEST(snapshots_of_a_shell_equal_a_replay) { check_recording("shell-24x80"); }
TEST(snapshots_of_tmux_equal_a_replay) { check_recording("tmux-40x120"); }
TEST(snapshots_of_vim_equal_a_replay) { check_recording("vim-24x80"); }

static Term *fed(TermSize size, const char *bytes) {
    Term *t = term_new(size);
    term_feed(t, str(bytes));
    return t;
}

static void add_run(void *arg, const TermRun *run) {
    Buf *b = arg;
    buf_add_fmt(b, "%s" STR_FMT, b->n ? "|" : "", STR_ARG(run->text));
    if (run->is_bold) buf_add_str(b, STR("<bold>"));
    if (run->is_dim) buf_add_str(b, STR("<dim>"));
    if (run->is_hidden) buf_add_str(b, STR("<hidden>"));
    if (run->is_overlined) buf_add_str(b, STR("<overlined>"));
    if (run->is_reverse) buf_add_str(b, STR("<reverse>"));
    if (run->underline) buf_add_fmt(b, "<underline %d>", run->underline);
    if (run->fg >= 0) buf_add_fmt(b, "<fg %x>", (unsigned)run->fg);
    if (run->bg >= 0) buf_add_fmt(b, "<bg %x>", (unsigned)run->bg);
}

static void check_row(Term *t, int row, const char *want) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 65536);
    term_row(t, row, add_run, &b);
    CHECK_STR(buf_str(&b), want);
}

/* What is drawn, in one row of 20 cells, and the same from its snapshot. */
TEST(sequences_draw_what_they_should) {
    static const struct {
        const char *bytes, *row;
    } cases[] = {
        {"a\033[1mb\033[22mc", "a|b<bold>|c"},
        {"\033[2mdim\033[22m \033[2;1mx\033[0my", "dim<dim>| |x<bold><dim>|y"},
        {"\033[8mh\033[28m\033[53mo\033[55mp", "h<hidden>|o<overlined>|p"},
        {"\033[4:3mc\033[4:0mn\033[21md\033[24m.", "c<underline 3>|n|d<underline 2>|."},
        {"\033[38;5;200ma\033[38:5:201mb\033[48;2;1;2;3mc", "a<fg c8>|b<fg c9>|c<fg c9><bg 1010203>"},
        {"\033[38:2::1:2:3ma\033[39mb\033[58:5:3mc\033[38;5mz", "a<fg 1010203>|bcz"},
        {"\033[1;2;3;4;5;7;9;31;41;1;1;1;1;1;1;1;1;35mx", "x<bold><dim><reverse><underline 1><fg 5><bg 1>"},
        {"\033[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;mx", "x"},
        {"abc\033[1;2H\033[s\033[1;9HX\033[uY", "aYc     X"},
        {"x\033[5by", "xxxxxxy"},
        {"\033[5bx", "x"},
        {"\xcc\x81\033[5bx", "x"},
        {"\xc2\x85\033[Kx", "x"},
        {"\033[1;19H\033#6\033[@y", "                  y"},
        {"\033(0qx\033(Bq\016\033)0x\017x", "\xe2\x94\x80\xe2\x94\x82q\xe2\x94\x82x"},
        {"abc\0337\033[2J\033[H\0338d", "   d"},
        {"\033[3g\033[1;5H\033H\r\tx", "    x"},
        {"a\xff\xfe"
         "b\xe2\x82",
         "a\xef\xbf\xbd\xef\xbf\xbd"
         "b"},
        {"\033]2;title\007x\033]0;other\033\\y", "xy"},
        {"\033P1$r0m\033\\\033_hidden\033\\\033^also\033\\x", "x"},
        {"\033[?12;25lx\033[?47hy\033[?47lz", "x z"},
        {"\033[4hb\033[1Ga", "ab"},
        {"12345678901234567890", "12345678901234567890"},
        {"\033[?7l12345678901234567890Z", "1234567890123456789Z"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        TermSize size = {3, 20};
        CLEANUP(term_freep) Term *t = fed(size, cases[i].bytes);
        check_row(t, 0, cases[i].row);
        CLEANUP(term_freep) Term *copy = term_of(t, size);
        check_row(copy, 0, cases[i].row);
        for (size_t cut = 1; cut < strlen(cases[i].bytes); cut++) {
            CLEANUP(term_freep) Term *half = term_new(size);
            term_feed(half, str_n(cases[i].bytes, cut));
            CLEANUP(term_freep) Term *rest = term_of(half, size);
            term_feed(rest, str(cases[i].bytes + cut));
            check_row(rest, 0, cases[i].row);
        }
    }
}

TEST(a_snapshot_keeps_what_is_not_drawn) {
    static const struct {
        const char *before, *after, *row0, *row1;
    } cases[] = {
        {"\033[2;3r\033[3;1Ha\n\nb", "\033[Hx\033[2;1Hy", "x", "y"},                   /* margins */
        {"\033[2;3r\033[?6h", "\033[Hx", "", "x"},                                     /* origin mode */
        {"12345678901234567890", "x", "12345678901234567890", "x"},                    /* a full last column */
        {"12345678901234567890\033[31m\033[K", "x", "1234567890123456789", "x<fg 1>"}, /* erased since */
        {"123456789012345678\xe6\xbc\xa2\033[31m\033[K", "x", "123456789012345678", "x<fg 1>"},
        {"\033[?1049hin\033[2;1Hside", "\033[?1049lx", "x", ""}, /* main screen */
        {"one\r\ntwo\033[?1049hin", "\033[?1049lx", "one", "twox"},
        {"\033[1;5H\033[7m\0337\033[m\033[2;1H", "\0338x", "    |x<reverse>", ""}, /* saved cursor */
        {"e", "\xcc\x81", "e\xcc\x81", ""},                                        /* combining character */
        {"x", "\033[3b", "xxxx", ""},                                              /* repeated character */
        {"\033[20h", "a\nb", "a", "b"},                                            /* newline mode */
        {"\033[?69h\033[3;6s\033[1;3H", "abcdef", "  abcdef", ""},
        {"\033[?5h\033[7ma\033[mb", "c", "a|bc<reverse>", NULL}, /* reversed screen */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        TermSize size = {3, 20};
        CLEANUP(term_freep) Term *t = fed(size, cases[i].before);
        CLEANUP(term_freep) Term *copy = term_of(t, size);
        term_feed(t, str(cases[i].after));
        term_feed(copy, str(cases[i].after));
        for (int row = 0; row < size.rows; row++) {
            CLEANUP(buf_done) Buf a;
            CLEANUP(buf_done) Buf b;
            buf_init(&a, 65536);
            buf_init(&b, 65536);
            term_row(t, row, add_run, &a);
            term_row(copy, row, add_run, &b);
            buf_add_c(&a, 0);
            CHECK_STR(buf_str(&b), a.p);
            const char *want = row == 0 ? cases[i].row0 : row == 1 ? cases[i].row1 : NULL;
            if (want && !str_starts(buf_str(&b), str(want)))
                test_fail(__FILE__, __LINE__, "case %zu, row %d: \"%s\", wanted \"%s\"", i, row, b.p ? b.p : "", want);
        }
    }
}

TEST(lines_that_scrolled_off_are_kept_within_bounds) {
    TermSize size = {3, 20};
    CLEANUP(term_freep) Term *t = term_new(size);
    for (int i = 0; i < 5000; i++) {
        char line[64];
        snprintf(line, sizeof line, "\033[31mline %d\033[m\r\n", i);
        term_feed(t, str(line));
    }
    CHECK_I64(term_scrollback(t), TERM_SCROLLBACK_LINES);
    CLEANUP(term_freep) Term *copy = term_of(t, size);
    CHECK_I64(term_scrollback(copy), TERM_SCROLLBACK_LINES);
    check_row(copy, 0, "line 4998<fg 1>");
    term_feed(copy, STR("\033[3J"));
    CHECK_I64(term_scrollback(copy), 0);
}

/* As the scrollback of a terminal that wraps: nothing of them is lost or drawn over. */
TEST(lines_that_scrolled_off_are_wrapped_where_the_screen_gets_narrower) {
    TermSize wide = {2, 30}, narrow = {2, 10};
    CLEANUP(term_freep)
    Term *t = fed(wide, "\033[1mabcdefghijklmnopqrstuvwxyz\033[m\r\n"
                        "\033[25Gend\r\nshort\r\n123456789\xe4\xb8\xad\xe6\x96\x87\r\n\033[2mx\r\n");
    CHECK_I64(term_scrollback(t), 4);
    term_resize(t, narrow);
    CHECK_I64(term_scrollback(t), 3 + 3 + 1 + 2);
    CLEANUP(term_freep) Term *copy = term_of(t, narrow);
    CHECK_I64(term_scrollback(copy), term_scrollback(t));
    static const char *const want[] = {
        "abcdefghij<bold>", "klmnopqrst<bold>",        "uvwxyz<bold>", "", "", "    end", "short",
        "123456789",        "\xe4\xb8\xad\xe6\x96\x87"};
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        CLEANUP(term_freep) Term *line = term_new(narrow);
        term_feed(line, str_n(lines_at(copy, i)->bytes, lines_at(copy, i)->n));
        check_row(line, 0, want[i]);
    }
    term_resize(t, wide);
    CHECK_I64(term_scrollback(t), 3 + 3 + 1 + 2);
    CLEANUP(term_freep)
    Term *lower = fed((TermSize){4, 30}, "abcdefghijkl\r\n\n\nx"); /* scrolls off by the resize itself */
    term_resize(lower, narrow);
    CHECK_I64(term_scrollback(lower), 3);
}

/* Which of the lines that scrolled off and of the rows go on with the one before, as "." and "+". */
static void check_wrapped(Term *t, const char *want) {
    char got[64] = {0};
    size_t n = 0;
    for (size_t i = 0; i < t->n_lines; i++) got[n++] = lines_at(t, i)->edges.is_wrapped ? '+' : '.';
    for (int row = 0; row < t->size.rows; row++) got[n++] = t->wrapped[row] ? '+' : '.';
    CHECK_STR(str(got), want);
}

/* On rows of six columns; once fed at once, once byte by byte. */
TEST(a_snapshot_keeps_lines_that_were_wrapped) {
    static const struct {
        const char *bytes, *wrapped, *kept; /* kept: of the snapshot; NULL: the same */
    } cases[] = {
        {"abcdefghijklmno", ".++.", NULL},
        {"abcdef\r\nghi", "....", NULL},      /* a full row that ends there */
        {"abcdef\nghi", "..+.", NULL},        /* a line feed stays in the last column */
        {"abcde\xe6\xbc\xa2x", ".+..", NULL}, /* a wide character had no room */
        {"abcd\xe6\xbc\xa2\xe6\xbc\xa2x", ".+..", NULL},
        {"\r\ne\xcc\x81", "....", NULL}, /* drawn in the first column, but not wrapped */
        {"abcdefe\xcc\x81", ".+..", NULL},
        {"abcdef\033[41mghi\033[m", ".+..", NULL},
        {"a\r\nb\r\nc\r\nd\r\nabcdefghi\r\nx", ".....+.", NULL}, /* three lines have scrolled off */
        {"abcdefghijklmnopqrstuvwxyz012345", ".+++++", NULL},
        {"abcdefghijklmnopqrstuvwxyz\033[41m012345", ".+++++", NULL},
        {"abcdefghi\033[1;4H\033[K", ".+..", "...."}, /* the end of the first was erased since */
        {"abcdefghi\033[2;1H\033[K", "....", NULL},
        {"abcdefghi\033[2J", "....", NULL},
        {"abcdefghi\033[H\033[L", "..+.", NULL}, /* moved down */
        {"abcdefghi\033c", "....", NULL},
        {"abcdefghi\033[?1049hABCDEFGHI\033[?1049l", ".+..", NULL},
        {"\033[?7labcdefghi", "....", NULL},
        {"\033[4habcdefghi\033[4l", ".+..", NULL},
        {"abcdefghi\033[1;1H1\r\n2", "....", NULL}, /* the second row is a line of its own now */
    };
    TermSize size = {4, 6};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(term_freep) Term *t = fed(size, cases[i].bytes);
        CLEANUP(term_freep) Term *each = term_new(size);
        for (const char *c = cases[i].bytes; *c; c++) term_feed(each, str_n(c, 1));
        CLEANUP(term_freep) Term *copy = term_of(t, size);
        check_wrapped(t, cases[i].wrapped);
        check_wrapped(each, cases[i].wrapped);
        check_wrapped(copy, cases[i].kept ? cases[i].kept : cases[i].wrapped);
        check_same(copy->screen, t->screen, size, cases[i].bytes, 0, "snapshot");
        CHECK_I64(copy->n_lines, t->n_lines);
        for (size_t k = 0; k < t->n_lines; k++)
            CHECK_STR(str_n(lines_at(copy, k)->bytes, lines_at(copy, k)->n), lines_at(t, k)->bytes);
    }
}

TEST(wrapped_lines_are_those_of_the_main_screen_after_the_alternate_one) {
    CLEANUP(term_freep) Term *t = fed((TermSize){4, 6}, "x\r\nabcdefghi\r\n$\033[?1049hABCDEFGHI");
    CLEANUP(term_freep) Term *copy = term_of(t, t->size);
    Term *all[] = {t, copy};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        term_resize(all[i], (TermSize){2, 6}); /* two rows scroll off the main screen */
        term_feed(all[i], STR("\033[?1049l"));
        check_wrapped(all[i], "..+.");
    }
    term_resize(t, (TermSize){2, 5});
    check_wrapped(t, "..+..");
}

TEST(a_resize_leaves_nothing_outside_the_screen) {
    static const char *const before[] = {"\033[20;24r\033[24;1H", "\033[24;80H\0337\033[H", "\033[?69h\033[60;70s",
                                         "\033[?1049h\033[20;24r", "\033[24Hb\033[H\033[4h"};
    for (size_t i = 0; i < COUNT_OF(before); i++)
        for (int rows = 1; rows < 30; rows += 7) {
            CLEANUP(term_freep) Term *t = fed((TermSize){24, 80}, before[i]);
            term_resize(t, (TermSize){rows, 10});
            term_feed(t, STR("\n\n\033[L\0338\033[M\033[@x\033[?1049l\n\n\0338y\033[S\033[T"));
            TermCursor at = term_cursor(t);
            CHECK(at.row < rows && at.col < 10);
            term_resize(t, (TermSize){24, 80});
            term_feed(t, STR("\n\n\0338z"));
        }
}

/* Written as it is, it would wrap onto a line of its own. */
TEST(a_wide_character_that_a_resize_cuts_is_gone_from_the_main_screen_too) {
    CLEANUP(term_freep) Term *t = fed((TermSize){2, 20}, "abc\xe6\xbc\xa2\033[?1049h");
    term_resize(t, (TermSize){2, 4});
    CLEANUP(term_freep) Term *copy = term_of(t, (TermSize){2, 4});
    CHECK_I64(term_scrollback(copy), 0);
    term_feed(copy, STR("\033[?1049l"));
    check_row(copy, 0, "abc");
}

/* As a shell's window that is made smaller while an editor runs in it. */
TEST(a_resize_keeps_the_end_of_the_main_screen_while_the_alternate_one_is_shown) {
    CLEANUP(term_freep)
    Term *t = fed((TermSize){6, 20}, "1\r\n2\r\n3\r\n4\r\n5\r\n$ vi\033[?1049h\033[31mtext\033[2;3r\033[4H");
    CLEANUP(term_freep) Term *copy = term_of(t, (TermSize){6, 20});
    Term *all[] = {t, copy};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        term_resize(all[i], (TermSize){3, 20});
        CHECK_I64(term_scrollback(all[i]), 3);
        term_resize(all[i], (TermSize){5, 20});
        term_feed(all[i], STR("x\033[r\033[?1049l"));
        check_row(all[i], 0, "4");
        check_row(all[i], 2, "$ vi");
        check_row(all[i], 3, "");
        CHECK_I64(term_cursor(all[i]).row, 2);
        CHECK_I64(term_cursor(all[i]).col, 4);
    }
}

TEST(a_resize_in_the_middle_of_a_sequence_leaves_it_whole) {
    static const char *const halves[][2] = {{"\033[3", "1mx"}, {"\xe6\xbc", "\xa2"}, {"\033]2;a ti", "tle\033\\x"}};
    static const char *const rows[] = {"x<fg 1>", "\xe6\xbc\xa2", "x"};
    for (size_t i = 0; i < COUNT_OF(halves); i++) {
        CLEANUP(term_freep) Term *t = fed((TermSize){6, 20}, "\033[6;20H\0337\033[?1049h\033[H\033[2m\033[22m");
        term_feed(t, str(halves[i][0]));
        term_resize(t, (TermSize){3, 10});
        term_feed(t, str(halves[i][1]));
        check_row(t, 0, rows[i]);
    }
}

/* Margins that reach the edge do so after every resize, whether they were asked for so or were cut to it. */
TEST(margins_at_the_edge_stay_there) {
    static const char *const before[] = {"\033[2r",   "\033[2;6r", "\033[2;99r",
                                         "\033[1;6r", "\033[2;5r", "\033[?69h\033[3;10s"};
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        CLEANUP(term_freep) Term *t = fed((TermSize){6, 10}, before[i]);
        CLEANUP(term_freep) Term *from_first = term_of(t, (TermSize){6, 10});
        term_resize(t, (TermSize){5, 8});
        term_resize(from_first, (TermSize){5, 8});
        CLEANUP(term_freep) Term *from_second = term_of(t, (TermSize){5, 8});
        Term *all[] = {t, from_first, from_second};
        for (size_t k = 0; k < COUNT_OF(all); k++) {
            term_resize(all[k], (TermSize){9, 12});
            term_feed(all[k], STR("\033[9Habcdefghijkl\r\n\n\nx"));
            CHECK_I64(sequence_margins(all[k]).bottom, 9);
            CHECK_I64(sequence_margins(all[k]).right, 12);
            CHECK_I64(term_cursor(all[k]).row, 8);
        }
    }
}

TEST(a_size_is_brought_within_the_bounds) {
    CHECK_I64(term_size_within((TermSize){0, 0}).cols, TERM_COLS_MIN);
    CHECK_I64(term_size_within((TermSize){65535, 65535}).rows, TERM_ROWS_MAX);
}

TEST(the_title_is_the_one_that_was_set_last) {
    CLEANUP(term_freep) Term *t = fed((TermSize){3, 20}, "\033]0;a\007\033]2;b c\033\\\033]1;icon\007");
    CHECK_STR(term_title(t), "b c");
    CLEANUP(term_freep) Term *copy = term_of(t, (TermSize){3, 20});
    CHECK_STR(term_title(copy), "b c");
}

TEST(characters_of_no_width_do_not_pile_up) {
    CLEANUP(term_freep) Term *t = fed((TermSize){3, 20}, "e");
    for (int i = 0; i < 100000; i++) term_feed(t, STR("\xcc\x81"));
    term_feed(t, STR("x"));
    CHECK_I64(term_cursor(t).col, 2);
}

/* Fed at once, most of it is passed over; byte by byte, all of it is drawn. */
TEST(a_flood_of_lines_leaves_what_its_end_leaves) {
    static const struct {
        const char *before, *after;
        int width;
    } floods[] = {
        {"", "", 1},
        {"\033[31mred text that is longer than the lines\r\n\033[H", "end", 7},
        {"\033[2;5r\033[H", "in margins", 3},
        {"\033[?1049h\033[44m", "alternate", 30},
        {"half a line", "\r\n\033[1mbold", 50},
        {"\033[?7l\0337", "\0338x", 90},
        {"\033[4h\033(0", "\tq", 2},
    };
    for (size_t f = 0; f < COUNT_OF(floods); f++) {
        CLEANUP(term_freep) Term *once = term_new((TermSize){8, 40}), *each = term_new((TermSize){8, 40});
        CLEANUP(buf_done) Buf b, x, y;
        buf_init(&b, 1 << 20);
        buf_init(&x, 1 << 20);
        buf_init(&y, 1 << 20);
        buf_add_str(&b, str(floods[f].before));
        for (int i = 0; i < 1400; i++) {
            for (int k = 0; k < (i * 7 + k) % (floods[f].width + 1); k++) buf_add_c(&b, (char)('a' + (i + k) % 26));
            buf_add_fmt(&b, "%d%s", i, i % 50 == 9 ? "\n" : "\r\n");
        }
        buf_add_str(&b, str(floods[f].after));
        term_feed(once, buf_str(&b));
        for (size_t i = 0; i < b.n; i++) term_feed(each, str_n(b.p + i, 1));
        term_snapshot(once, &x);
        term_snapshot(each, &y);
        CHECK(str_eq(buf_str(&x), buf_str(&y)));
    }
}
