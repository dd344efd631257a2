/* See error_mask.h. */
#include "core/error_mask.h"

#include "base/mem.h"
#include "base/text_cut.h"

enum { RUN_MIN = 48 };

static const Str prefixes[] = {{"sk-", 3},          {"ghp_", 4},   {"gho_", 4}, {"ghs_", 4}, {"ghu_", 4},
                               {"github_pat_", 11}, {"glpat-", 6}, {"xox", 3},  {"AKIA", 4}, {"AIza", 4}};

static bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Length of the run of token characters at the front. */
static size_t run_of(Str s) {
    size_t n = 0;
    while (n < s.n && is_token_char(s.p[n])) n++;
    return n;
}

static bool is_secret(Str word, bool is_after_bearer) {
    if (is_after_bearer || word.n >= RUN_MIN) return true;
    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        if (word.n > prefixes[i].n + 4 && str_starts(word, prefixes[i])) return true;
    return false;
}

/* Behind "://": the length up to an '@' that comes before the host's end; 0 if there is none. */
static size_t user_part(Str s) {
    for (size_t i = 0; i < s.n && s.p[i] != '/' && s.p[i] > ' '; i++)
        if (s.p[i] == '@') return i;
    return 0;
}

Str error_mask(Arena *a, Str text, size_t max) {
    CLEANUP(buf_done) Buf b;
    bool is_after_bearer = false;
    buf_init(&b, 4 * text.n + 16);
    for (size_t at = 0; at < text.n;) {
        Str rest = str_from(text, at);
        size_t n = run_of(rest);
        if (n) {
            Str word = str_upto(rest, n);
            buf_add_str(&b, is_secret(word, is_after_bearer) ? STR("***") : word);
            is_after_bearer = str_ieq(word, STR("Bearer"));
            at += n;
        } else if (str_starts(rest, STR("://")) && (n = user_part(str_from(rest, 3)))) {
            buf_add_str(&b, STR("://***"));
            at += 3 + n;
        } else {
            is_after_bearer &= rest.p[0] == ' ';
            buf_add_c(&b, rest.p[0]);
            at++;
        }
    }
    return text_clean(a, arena_str(a, buf_str(&b)), max);
}
