/* Bytes to a screen, with sizes in between: 0xff and two bytes resize it. Its snapshot must load, and give the same text. */
#include <stdlib.h>

#include "fuzz.h"
#include "term/term.h"

static void add_run(void *arg, const TermRun *run) { buf_add_str(arg, run->text); }

static void text_of(Term *t, Buf *out) {
    for (int row = 0; row < term_size(t).rows; row++) {
        term_row(t, row, add_run, out);
        buf_add_c(out, '\n');
    }
}

static void check_snapshot(Term *t) {
    Buf snapshot, a, b;
    buf_init(&snapshot, TERM_SNAPSHOT_MAX);
    buf_init(&a, TERM_SNAPSHOT_MAX);
    buf_init(&b, TERM_SNAPSHOT_MAX);
    term_snapshot(t, &snapshot);
    Term *copy = term_new(term_size(t));
    term_feed(copy, buf_str(&snapshot));
    text_of(t, &a);
    text_of(copy, &b);
    if (snapshot.failed || !str_eq(buf_str(&a), buf_str(&b))) abort();
    term_free(copy);
    buf_done(&snapshot);
    buf_done(&a);
    buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Term *t = term_new((TermSize){6, 20});
    for (size_t i = 0; i < size;) {
        size_t n = 0;
        while (i + n < size && data[i + n] != 0xff) n++;
        term_feed(t, str_n(data + i, n));
        i += n;
        if (i + 2 < size) term_resize(t, (TermSize){data[i + 1] % 40, data[i + 2] % 60});
        i += 3;
    }
    check_snapshot(t);
    term_free(t);
    return 0;
}
