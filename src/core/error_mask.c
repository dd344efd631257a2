/* See error_mask.h. */
#include "core/error_mask.h"

#include "base/mem.h"
#include "base/text_cut.h"

enum { RUN_MIN = 48 };

static const Str prefixes[] = {{"sk-", 3},          {"ghp_", 4},   {"gho_", 4}, {"ghs_", 4}, {"ghu_", 4},
                               {"github_pat_", 11}, {"glpat-", 6}, {"xox", 3},  {"AKIA", 4}, {"AIza", 4}};

static const Str schemes[] = {{"Bearer", 6}, {"Basic", 5}};
static const Str names[] = {{"password", 8},       {"passwd", 6},  {"secret", 6}, {"token", 5},
                            {"ticket", 6},         {"api_key", 7}, {"apikey", 6}, {"access_token", 12},
                            {"refresh_token", 13}, {"auth", 4},    {"api-key", 7}};

/* What the text so far says of the word that comes next. */
typedef enum After { AFTER_NOTHING, AFTER_SCHEME, AFTER_NAME, AFTER_QUOTED_NAME, AFTER_SIGN } After;

static bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Length of the run of token characters at the front. */
static size_t run_of(Str s) {
    size_t n = 0;
    while (n < s.n && is_token_char(s.p[n])) n++;
    return n;
}

/* The same of what is known to be a secret: base64 and three parts with dots too. */
static size_t secret_of(Str s) {
    size_t n = 0;
    while (n < s.n && (is_token_char(s.p[n]) || memchr(".+/=~%", s.p[n], 6))) n++;
    return n;
}

static bool is_one_of(const Str *list, size_t n, Str word) {
    for (size_t i = 0; i < n; i++)
        if (str_ieq(word, list[i])) return true;
    return false;
}

static bool is_secret(Str word) {
    if (word.n >= RUN_MIN) return true;
    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        if (word.n > prefixes[i].n + 4 && str_starts(word, prefixes[i])) return true;
    return false;
}

static After after_word(Str word) {
    if (is_one_of(schemes, COUNT_OF(schemes), word)) return AFTER_SCHEME;
    return is_one_of(names, COUNT_OF(names), word) ? AFTER_NAME : AFTER_NOTHING;
}

/* `Bearer x`, `token=x` and `"token": "x"`. */
static After after_char(After at, char c) {
    if (at == AFTER_SCHEME) return c == ' ' ? at : AFTER_NOTHING;
    if (at == AFTER_NAME && c == '=') return AFTER_SIGN;
    if (at == AFTER_NAME && (c == '"' || c == '\'')) return AFTER_QUOTED_NAME;
    if (at == AFTER_QUOTED_NAME && c == ':') return AFTER_SIGN;
    return at == AFTER_SIGN && (c == ' ' || c == '"' || c == '\'') ? at : AFTER_NOTHING;
}

/* Behind "://": the length up to an '@' that comes before the host's end; 0 if there is none. */
static size_t user_part(Str s) {
    for (size_t i = 0; i < s.n && s.p[i] != '/' && s.p[i] > ' '; i++)
        if (s.p[i] == '@') return i;
    return 0;
}

Str error_mask(Arena *a, Str text, size_t max) {
    CLEANUP(buf_done) Buf b;
    After after = AFTER_NOTHING;
    buf_init(&b, 4 * text.n + 16);
    for (size_t at = 0; at < text.n;) {
        Str rest = str_from(text, at);
        bool is_announced = after == AFTER_SCHEME || after == AFTER_SIGN;
        size_t n = is_announced ? secret_of(rest) : run_of(rest);
        if (n) {
            Str word = str_upto(rest, n);
            buf_add_str(&b, is_announced || is_secret(word) ? STR("***") : word);
            after = is_announced ? AFTER_NOTHING : after_word(word);
            at += n;
        } else if (str_starts(rest, STR("://")) && (n = user_part(str_from(rest, 3)))) {
            buf_add_str(&b, STR("://***"));
            at += 3 + n;
        } else {
            after = after_char(after, rest.p[0]);
            buf_add_c(&b, rest.p[0]);
            at++;
        }
    }
    return text_clean(a, arena_str(a, buf_str(&b)), max);
}
