/* See figures.h. */
#include "adapter/figures.h"

#include "base/mem.h"

enum { LINES_MAX = 20000, EDITS_MAX = 1000 };

int64_t figures_lines(Str text) {
    int64_t n = 0;
    for (size_t i = 0; i < text.n; i++) n += text.p[i] == '\n';
    return n + (text.n && text.p[text.n - 1] != '\n');
}

/* --- the shortest difference --- */

typedef struct Line {
    Str text;
    uint64_t hash;
} Line;

typedef struct Lines {
    Line *items;
    int64_t n;
} Lines;

/* With its newline, so that a missing one at the end is a difference. */
static Str next_line(Str *rest) {
    const char *end = memchr(rest->p, '\n', rest->n);
    Str line = str_upto(*rest, end ? (size_t)(end - rest->p) + 1 : rest->n);
    *rest = str_from(*rest, line.n);
    return line;
}

static Lines split(Arena *a, Str text) {
    Lines l = {arena_array(a, (size_t)figures_lines(text) + 1, sizeof(Line)), 0};
    while (text.n) {
        Str line = next_line(&text);
        l.items[l.n++] = (Line){line, str_hash(line)};
    }
    return l;
}

static bool is_same(const Line *a, const Line *b) { return a->hash == b->hash && str_eq(a->text, b->text); }

static void trim_same(Lines *a, Lines *b) {
    while (a->n && b->n && is_same(&a->items[0], &b->items[0])) {
        a->items++, a->n--;
        b->items++, b->n--;
    }
    while (a->n && b->n && is_same(&a->items[a->n - 1], &b->items[b->n - 1])) a->n--, b->n--;
}

/* The greedy algorithm of Myers, section 4: the least number of lines removed and added; -1: more than EDITS_MAX. */
static int64_t count_edits(Arena *arena, const Lines *a, const Lines *b) {
    int64_t *reach = (int64_t *)arena_array(arena, 2 * EDITS_MAX + 3, sizeof(int64_t)) + EDITS_MAX + 1;
    for (int64_t d = 0; d <= EDITS_MAX; d++) {
        for (int64_t k = -d; k <= d; k += 2) {
            bool is_down = k == -d || (k != d && reach[k - 1] < reach[k + 1]);
            int64_t x = is_down ? reach[k + 1] : reach[k - 1] + 1, y = x - k;
            while (x < a->n && y >= 0 && y < b->n && is_same(&a->items[x], &b->items[y])) x++, y++;
            reach[k] = x;
            if (x >= a->n && y >= b->n) return d;
        }
    }
    return -1;
}

bool figures_change(Str before, Str after, LineCount *ret) {
    if (figures_lines(before) > LINES_MAX || figures_lines(after) > LINES_MAX) return false;
    CLEANUP(arena_freep) Arena *arena = arena_new();
    Lines a = split(arena, before), b = split(arena, after);
    trim_same(&a, &b);
    int64_t edits = a.n && b.n ? count_edits(arena, &a, &b) : a.n + b.n;
    if (edits < 0) return false;
    *ret = (LineCount){.added = (edits + b.n - a.n) / 2, .removed = (edits + a.n - b.n) / 2};
    return true;
}

/* --- a unified diff --- */

static bool read_number(Str *rest, int64_t *ret) {
    size_t n = 0;
    while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9') n++;
    bool ok = str_parse_i64(str_upto(*rest, n), 0, INT32_MAX, ret);
    *rest = str_from(*rest, n);
    return ok;
}

/* "-12,3" or "-12": *ret is how many lines the hunk has of that side. */
static bool read_side(Str *rest, char sign, int64_t *ret) {
    int64_t from;
    if (!rest->n || rest->p[0] != sign) return false;
    *rest = str_from(*rest, 1);
    if (!read_number(rest, &from)) return false;
    *ret = 1;
    if (!rest->n || rest->p[0] != ',') return true;
    *rest = str_from(*rest, 1);
    return read_number(rest, ret);
}

static bool read_hunk_head(Str line, int64_t *ret_old, int64_t *ret_new) {
    if (!str_starts(line, STR("@@ "))) return false;
    Str rest = str_from(line, 3);
    if (!read_side(&rest, '-', ret_old) || !rest.n || rest.p[0] != ' ') return false;
    rest = str_from(rest, 1);
    return read_side(&rest, '+', ret_new) && str_starts(rest, STR(" @@"));
}

/* The head says how many lines follow, so that a line of the file never passes for one of the diff. */
static bool read_hunk(Str *rest, int64_t n_old, int64_t n_new, LineCount *n) {
    while (n_old > 0 || n_new > 0) {
        if (!rest->n) return false;
        Str line = next_line(rest);
        char c = line.p[0];
        if (c == '\\') continue; /* "\ No newline at end of file" */
        if (c != '+' && c != '-' && c != ' ' && c != '\n') return false;
        n_old -= c != '+';
        n_new -= c != '-';
        n->added += c == '+';
        n->removed += c == '-';
    }
    return n_old == 0 && n_new == 0;
}

bool figures_patch(Str diff, LineCount *ret) {
    LineCount n = *ret;
    int64_t n_old, n_new;
    bool has_hunk = false;
    while (diff.n) {
        if (!read_hunk_head(next_line(&diff), &n_old, &n_new)) continue;
        has_hunk = true;
        if (!read_hunk(&diff, n_old, n_new, &n)) return false;
    }
    if (has_hunk) *ret = n;
    return has_hunk;
}

/* --- giving --- */

void figures_give_lines(EvToolEnd *v, LineCount n) {
    GIVE(EvToolEnd, v, added, n.added);
    GIVE(EvToolEnd, v, removed, n.removed);
}

void figures_give_exit(EvToolEnd *v, const Json *code) {
    if (json_is(code, JSON_INT) && code->i >= INT32_MIN && code->i <= INT32_MAX) GIVE(EvToolEnd, v, exit_code, code->i);
}

void figures_give_ms(EvToolEnd *v, const Json *ms) {
    if (json_is(ms, JSON_INT) && ms->i >= 0) GIVE(EvToolEnd, v, duration_ms, ms->i);
}
