/* Bytes to a screen, with sizes in between: 0xff and two bytes resize it, 0xfe loads a second one from its snapshot, which
 * gets the same from there on. The two must show the same, and so must what the snapshot of the first gives at the end. */
#include <stdlib.h>

#include "fuzz.h"
#include "term/term.h"

static void add_run(void *arg, const TermRun *run) {
    buf_add_fmt(arg, "%d:%d.%d.%d%d%d%d%d%d%d%d%d " STR_FMT "|", run->cells, run->fg, run->bg, run->underline,
                run->is_bold, run->is_dim, run->is_italic, run->is_blinking, run->is_reverse, run->is_struck,
                run->is_hidden, run->is_overlined, STR_ARG(run->text));
}

static void look_of(Term *t, Buf *out) {
    TermCursor at = term_cursor(t);
    buf_init(out, TERM_SNAPSHOT_MAX);
    buf_add_fmt(out, "%d,%d%d %d %zu " STR_FMT "\n", at.row, at.col, at.is_visible, term_is_alternate(t),
                term_scrollback(t), STR_ARG(term_title(t)));
    for (int row = 0; row < term_size(t).rows; row++) {
        term_row(t, row, add_run, out);
        buf_add_c(out, '\n');
    }
}

static void check_same(Term *x, Term *y) {
    CLEANUP(buf_done) Buf a;
    CLEANUP(buf_done) Buf b;
    look_of(x, &a);
    look_of(y, &b);
    if (str_eq(buf_str(&a), buf_str(&b))) return;
    fprintf(stderr, "one:\n" STR_FMT "\nother:\n" STR_FMT "\n", STR_ARG(buf_str(&a)), STR_ARG(buf_str(&b)));
    abort();
}

static Term *copy_of(Term *t) {
    CLEANUP(buf_done) Buf snapshot;
    buf_init(&snapshot, TERM_SNAPSHOT_MAX);
    term_snapshot(t, &snapshot);
    if (snapshot.failed) abort();
    Term *copy = term_new(term_size(t));
    term_feed(copy, buf_str(&snapshot));
    return copy;
}

static void feed(Term *t, Str s) {
    if (t) term_feed(t, s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP(term_freep) Term *t = term_new((TermSize){6, 20});
    CLEANUP(term_freep) Term *from = NULL;
    for (size_t i = 0; i < size;) {
        size_t n = 0;
        while (i + n < size && data[i + n] < 0xfe) n++;
        feed(t, str_n(data + i, n));
        feed(from, str_n(data + i, n));
        i += n;
        if (i < size && data[i] == 0xfe && !from) from = copy_of(t);
        if (i + 2 < size && data[i] == 0xff) {
            TermSize to = {2 + data[i + 1] % 38, data[i + 2] % 60}; /* one row keeps no lines, see term.h */
            term_resize(t, to);
            if (from) term_resize(from, to);
            i += 2;
        }
        i++;
    }
    if (from) check_same(t, from);
    CLEANUP(term_freep) Term *copy = copy_of(t);
    check_same(t, copy);
    return 0;
}
