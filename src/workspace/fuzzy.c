#include "workspace/fuzzy.h"

#include <stdbool.h>

#include "sys/file.h"

enum { LETTER = 16, BESIDE = 8, AT_WORD = 10, GAP = 1, GAPS_MAX = 64, IN_NAME = 40, NAME_START = 20, WHOLE_NAME = 60 };

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static char lower(char c) { return is_upper(c) ? (char)(c - 'A' + 'a') : c; }

FuzzyQuery fuzzy_query(Str typed) {
    FuzzyQuery q = {0};
    Str word;
    while (q.n < FUZZY_TERMS && typed.n && str_split(&typed, ' ', &word))
        if (word.n) q.terms[q.n++] = word;
    return q;
}

static bool is_cased(Str term) {
    for (size_t i = 0; i < term.n; i++)
        if (is_upper(term.p[i])) return true;
    return false;
}

static bool fits(char typed, char c, bool cased) { return typed == (cased ? c : lower(c)); }

/* The shortest stretch that ends where the term first fits; false: it does not. */
static bool find_stretch(Str term, Str text, bool cased, size_t *ret_from, size_t *ret_to) {
    size_t at = 0, i = 0;
    while (i < text.n && at < term.n) at += fits(term.p[at], text.p[i++], cased);
    if (at < term.n) return false;
    *ret_to = i;
    while (at > 0) at -= fits(term.p[at - 1], text.p[--i], cased);
    *ret_from = i;
    return true;
}

static bool begins_word(Str text, size_t i) {
    if (i == 0) return true;
    char before = text.p[i - 1];
    return before == '/' || before == '_' || before == '-' || before == '.' || before == ' ' ||
           (is_lower(before) && is_upper(text.p[i]));
}

static int score_stretch(Str term, Str text, bool cased, size_t from, size_t to) {
    int score = 0, gaps = 0;
    bool was_letter = false;
    for (size_t i = from, at = 0; i < to; i++) {
        bool is_letter = at < term.n && fits(term.p[at], text.p[i], cased);
        at += is_letter;
        if (is_letter)
            score += LETTER + (was_letter ? BESIDE : 0) + (begins_word(text, i) ? AT_WORD : 0);
        else
            gaps++;
        was_letter = is_letter;
    }
    return score - GAP * (gaps < GAPS_MAX ? gaps : GAPS_MAX);
}

static int score_term(Str term, Str path) {
    bool cased = is_cased(term);
    Str name = path_last(path);
    size_t from, to;
    if (find_stretch(term, name, cased, &from, &to))
        return score_stretch(term, name, cased, from, to) + IN_NAME + (from == 0 ? NAME_START : 0) +
               (from == 0 && to == name.n && term.n == name.n ? WHOLE_NAME : 0);
    return find_stretch(term, path, cased, &from, &to) ? score_stretch(term, path, cased, from, to) : -1;
}

int fuzzy_score(const FuzzyQuery *q, Str path) {
    int sum = 0;
    for (int i = 0; i < q->n; i++) {
        int score = score_term(q->terms[i], path);
        if (score < 0) return -1;
        sum += score;
    }
    return q->n ? sum : -1;
}
