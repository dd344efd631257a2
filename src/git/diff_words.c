/* Where two lines differ: the longest common subsequence of their words, within bounds. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/vec.h"
#include "git/diff.h"

enum { TOKENS_MAX = 500, CELLS_MAX = 16 << 20, LINE_MAX_BYTES = 8 << 10 };

/* A run of letters and digits, of spaces, or one other character. */
typedef struct Token {
    Str text;
    int64_t start, chars; /* in characters */
    bool is_common;
} Token;

typedef struct Tokens {
    Token items[TOKENS_MAX];
    size_t n;
    int64_t common; /* characters, without white space */
} Tokens;

typedef struct Words {
    Arena *a;
    Tokens *old_line, *new_line;
    uint16_t *cells; /* (TOKENS_MAX + 1) squared */
    size_t left;     /* cells that may still be computed */
} Words;

static int class_of(char c) {
    bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
    return is_word ? 1 : c == ' ' || c == '\t' ? 2 : 0;
}

/* False: the line has too many. */
static bool split(Str line, Tokens *ret) {
    int64_t at = 0;
    *ret = (Tokens){0};
    if (line.n > LINE_MAX_BYTES) return false;
    for (size_t i = 0; i < line.n;) {
        size_t end = i + 1;
        int class = class_of(line.p[i]);
        while (class && end < line.n && class_of(line.p[end]) == class) end++;
        if (ret->n == TOKENS_MAX) return false;
        Token t = {.text = str_n(line.p + i, end - i), .start = at};
        t.chars = (int64_t)str_chars(t.text);
        at += t.chars;
        ret->items[ret->n++] = t;
        i = end;
    }
    return true;
}

static void mark(Words *w, size_t i, size_t j) {
    Token *t = &w->old_line->items[i];
    t->is_common = w->new_line->items[j].is_common = true;
    if (class_of(t->text.p[0]) != 2) w->old_line->common += t->chars;
}

static bool is_same(const Words *w, size_t i, size_t j) {
    return str_eq(w->old_line->items[i].text, w->new_line->items[j].text);
}

/* The part between the common start and the common end. */
typedef struct Middle {
    size_t from, old_end, new_end;
} Middle;

static uint16_t *cell(const Words *w, size_t i, size_t j) { return &w->cells[i * (TOKENS_MAX + 1) + j]; }

/* Lengths of the longest common subsequences of the tails, then one of them is walked. */
static void compare_middle(Words *w, Middle m) {
    size_t n_old = m.old_end - m.from, n_new = m.new_end - m.from;
    if (!n_old || !n_new || n_old * n_new > w->left) return;
    w->left -= n_old * n_new;
    for (size_t j = 0; j <= n_new; j++) *cell(w, n_old, j) = 0;
    for (size_t i = n_old; i-- > 0;) {
        *cell(w, i, n_new) = 0;
        for (size_t j = n_new; j-- > 0;) {
            uint16_t down = *cell(w, i + 1, j), right = *cell(w, i, j + 1);
            uint16_t both = (uint16_t)(*cell(w, i + 1, j + 1) + 1);
            *cell(w, i, j) = is_same(w, m.from + i, m.from + j) ? both : down > right ? down : right;
        }
    }
    for (size_t i = 0, j = 0; i < n_old && j < n_new;) {
        if (is_same(w, m.from + i, m.from + j))
            mark(w, m.from + i++, m.from + j++);
        else if (*cell(w, i + 1, j) >= *cell(w, i, j + 1))
            i++;
        else
            j++;
    }
}

static void compare(Words *w) {
    size_t n_old = w->old_line->n, n_new = w->new_line->n;
    Middle m = {0, n_old, n_new};
    while (m.from < n_old && m.from < n_new && is_same(w, m.from, m.from)) mark(w, m.from, m.from), m.from++;
    while (m.old_end > m.from && m.new_end > m.from && is_same(w, m.old_end - 1, m.new_end - 1))
        mark(w, --m.old_end, --m.new_end);
    compare_middle(w, m);
}

static void give_spans(Arena *a, const Tokens *t, GitDiffLine *l) {
    GitSpan *spans = arena_array(a, t->n + 1, sizeof *spans);
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const Token *k = &t->items[i];
        bool goes_on = i && !t->items[i - 1].is_common;
        if (k->is_common) continue;
        if (!goes_on) spans[n++] = (GitSpan){.start = k->start};
        spans[n - 1].length += k->chars;
    }
    l->changed = (GitSpanList){spans, n};
}

/* Lines with little in common have changed as a whole. */
static void show_pair(Words *w, GitDiffLine *old_line, GitDiffLine *new_line) {
    if (!split(old_line->text, w->old_line) || !split(new_line->text, w->new_line)) return;
    compare(w);
    int64_t chars = (int64_t)(old_line->text.n < new_line->text.n ? old_line->text.n : new_line->text.n);
    if (w->old_line->common * 4 < chars) return;
    give_spans(w->a, w->old_line, old_line);
    give_spans(w->a, w->new_line, new_line);
}

static size_t run_end(const GitDiffHunk *h, size_t at, GitLineType type) {
    while (at < h->lines.n && h->lines.items[at].type == type) at++;
    return at;
}

/* Removed lines are replaced by the added ones that follow, in their order. */
static void show_hunk(Words *w, GitDiffHunk *h) {
    for (size_t i = 0; i < h->lines.n;) {
        size_t removed = run_end(h, i, GIT_LINE_REMOVED), added = run_end(h, removed, GIT_LINE_ADDED);
        size_t pairs = removed - i < added - removed ? removed - i : added - removed;
        for (size_t k = 0; k < pairs; k++) show_pair(w, &h->lines.items[i + k], &h->lines.items[removed + k]);
        i = added > i ? added : i + 1;
    }
}

void git_diff_words(Arena *a, GitDiffFileList *files) {
    Words w = {.a = a, .left = CELLS_MAX};
    w.old_line = mu_new(Tokens);
    w.new_line = mu_new(Tokens);
    w.cells = mu_array((TOKENS_MAX + 1) * (TOKENS_MAX + 1), sizeof *w.cells);
    for (size_t f = 0; f < files->n; f++)
        for (size_t h = 0; h < files->items[f].hunks.n; h++) show_hunk(&w, &files->items[f].hunks.items[h]);
    free(w.old_line);
    free(w.new_line);
    free(w.cells);
}
