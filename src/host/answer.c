#include "host/answer.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text_cut.h"

enum { URL_MAX = 2000 };

static void fault(Answer *a, const char *path, const char *wanted) {
    if (!a->fault[0]) snprintf(a->fault, sizeof a->fault, "%s is not %s", path[0] ? path : "the answer", wanted);
}

static const Json *find(const Json *o, const char *path) {
    const Json *j = path[0] ? json_at(o, path) : o;
    return json_is(j, JSON_NULL) ? NULL : j;
}

/* U+202A to U+202E and U+2066 to U+2069 reorder what is shown (Unicode UAX 9); U+E0000 to U+E007F are never shown. */
static size_t hidden_len(Str s, size_t i) {
    const unsigned char *p = (const unsigned char *)s.p + i;
    size_t left = s.n - i;
    if (left >= 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) return 3;
    if (left >= 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9) return 3;
    if (left >= 4 && p[0] == 0xf3 && p[1] == 0xa0 && (p[2] == 0x80 || p[2] == 0x81)) return 4;
    return 0;
}

/* What is not UTF-8 is replaced in between: where control characters are taken out of it, others may come together. */
Str answer_clean(Arena *a, Str s, size_t max) {
    Str first = text_printable(a, s);
    Str shown = text_printable(a, text_clean(a, first, first.n));
    char *p = arena_alloc(a, shown.n + 1);
    size_t n = 0;
    for (size_t i = 0, skip; i < shown.n; i += skip ? skip : 1) {
        skip = hidden_len(shown, i);
        if (!skip) p[n++] = shown.p[i];
    }
    return text_cut(str_n(p, n), max);
}

Str answer_find_line(Answer *a, const Json *o, const char *path, size_t max) {
    const Json *j = find(o, path);
    if (!j) return (Str){0};
    if (j->type != JSON_STRING) {
        fault(a, path, "text");
        return (Str){0};
    }
    char *p = arena_cstr(a->arena, answer_clean(a->arena, j->s, j->s.n));
    for (char *at = p; *at; at++)
        if (*at == '\n' || *at == '\t') *at = ' ';
    return arena_str(a->arena, text_cut(str_trim(str(p)), max));
}

Str answer_line(Answer *a, const Json *o, const char *path, size_t max) {
    if (!find(o, path)) fault(a, path, "text");
    Str s = answer_find_line(a, o, path, max);
    return s.p ? s : STR("");
}

Str answer_text(Answer *a, const Json *o, const char *path, size_t max, bool *ret_is_cut) {
    const Json *j = find(o, path);
    *ret_is_cut = false;
    if (!j) return STR("");
    if (j->type != JSON_STRING) {
        fault(a, path, "text");
        return STR("");
    }
    Str all = answer_clean(a->arena, j->s, j->s.n);
    *ret_is_cut = all.n > max;
    return arena_str(a->arena, text_cut(all, max));
}

int64_t answer_find_number(Answer *a, const Json *o, const char *path, int64_t def) {
    const Json *j = find(o, path);
    if (!j) return def;
    if (j->type == JSON_INT && j->i >= 0) return j->i;
    fault(a, path, "a number");
    return def;
}

int64_t answer_number(Answer *a, const Json *o, const char *path) {
    if (!find(o, path)) fault(a, path, "a number");
    return answer_find_number(a, o, path, 0);
}

bool answer_bool(Answer *a, const Json *o, const char *path) {
    const Json *j = find(o, path);
    if (json_is(j, JSON_BOOL)) return j->b;
    fault(a, path, "true or false");
    return false;
}

TimeUs answer_find_time(Answer *a, const Json *o, const char *path) {
    const Json *j = find(o, path);
    TimeUs t = 0;
    if (!j) return 0;
    if (j->type != JSON_STRING || !time_parse(j->s, &t)) fault(a, path, "a time");
    return t;
}

TimeUs answer_time(Answer *a, const Json *o, const char *path) {
    if (!find(o, path)) fault(a, path, "a time");
    return answer_find_time(a, o, path);
}

Str answer_find_url(Answer *a, const Json *o, const char *path) {
    Str s = answer_find_line(a, o, path, URL_MAX);
    return str_starts(s, STR("https://")) || str_starts(s, STR("http://")) ? s : (Str){0};
}

const Json *answer_object(Answer *a, const Json *o, const char *path) {
    const Json *j = find(o, path);
    if (json_is(j, JSON_OBJECT)) return j;
    fault(a, path, "an object");
    return NULL;
}

const Json *answer_array(Answer *a, const Json *o, const char *path) {
    const Json *j = find(o, path);
    if (json_is(j, JSON_ARRAY)) return j;
    fault(a, path, "a list");
    return NULL;
}

int answer_word(const AnswerWord *words, size_t n, Str word) {
    for (size_t i = 0; i < n; i++)
        if (str_is(word, words[i].word)) return words[i].value;
    return 0;
}

int answer_end(const Answer *a, Err *e) {
    if (!a->fault[0]) return 0;
    return err_fail(e, ERR_PROVIDER, "%s answered something else than expected: %s", a->program, a->fault);
}
