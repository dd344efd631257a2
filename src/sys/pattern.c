/* See pattern.h. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "sys/pattern.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

/* The match limit counts for each place where a match may begin, so it alone bounds no search: the time does. */
enum { MATCH_STEPS_MAX = 1000000, DEPTH_MAX = 10000, HEAP_KIB_MAX = 16 * 1024, NEST_MAX = 100 };

struct Pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    int64_t deadline_us; /* of the search in progress */
};

void pattern_free(Pattern *p) {
    if (!p) return;
    pcre2_match_context_free(p->limits);
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
    free(p);
}

/* PCRE2 calls it before each item of the pattern. Between two calls it scans the text at most once. */
static int on_step(pcre2_callout_block *b, void *arg) {
    (void)b;
    const Pattern *p = arg;
    return clock_mono_us() > p->deadline_us ? PCRE2_ERROR_CALLOUT : 0;
}

static int fail_compile(Str text, int code, size_t at, Err *e) {
    PCRE2_UCHAR why[256];
    pcre2_get_error_message(code, why, sizeof why);
    size_t chars = str_chars(str_upto(text, at));
    int r = err_fail(e, ERR_INVALID, "the regular expression is not valid after character %zu: %s", chars,
                     (const char *)why);
    err_detail(e, "offset", "%zu", chars);
    return r;
}

static int compile(const PatternSpec *s, Pattern *p, Err *e) {
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_AUTO_CALLOUT;
    int code;
    size_t at;
    options |= s->is_regex ? PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C : PCRE2_LITERAL;
    if (!s->is_case_sensitive) options |= PCRE2_CASELESS;
    pcre2_compile_context *c = pcre2_compile_context_create(NULL);
    pcre2_set_newline(c, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_parens_nest_limit(c, NEST_MAX);
    p->code = pcre2_compile((PCRE2_SPTR)s->text.p, s->text.n, options, &code, &at, c);
    pcre2_compile_context_free(c);
    return p->code ? 0 : fail_compile(s->text, code, at, e);
}

int pattern_new(const PatternSpec *s, Pattern **ret, Err *e) {
    if (!s->text.n || !str_is_utf8(s->text) || str_chars(s->text) > PATTERN_CHARS_MAX)
        return err_fail(e, ERR_INVALID, "a pattern has 1 to %d characters of UTF-8", PATTERN_CHARS_MAX);
    CLEANUP(pattern_freep) Pattern *p = mu_new(Pattern);
    TRY(compile(s, p, e));
    p->match = pcre2_match_data_create(1, NULL); /* the whole match; groups are not asked for */
    p->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(p->limits, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(p->limits, DEPTH_MAX);
    pcre2_set_heap_limit(p->limits, HEAP_KIB_MAX);
    pcre2_set_callout(p->limits, on_step, p);
    *ret = TAKE(p);
    return 0;
}

/* \K may set the begin of a match behind its end, or before `from`. */
static bool is_span(const PatternSpan *s, size_t from) { return s->begin >= from && s->begin < s->end; }

PatternFound pattern_find(Pattern *p, Str text, size_t from, int64_t deadline_us, PatternSpan *ret) {
    p->deadline_us = deadline_us;
    while (from <= text.n) {
        int rc =
            pcre2_match(p->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, from, PCRE2_NOTEMPTY, p->match, p->limits);
        if (rc == PCRE2_ERROR_NOMATCH) return PATTERN_NONE;
        if (rc == PCRE2_ERROR_CALLOUT) return PATTERN_LATE;
        if (rc < 0) return PATTERN_GAVE_UP;
        const size_t *at = pcre2_get_ovector_pointer(p->match);
        *ret = (PatternSpan){at[0], at[1]};
        if (is_span(ret, from)) return PATTERN_FOUND;
        from = (at[1] > from ? at[1] : from) + 1;
        while (from < text.n && ((unsigned char)text.p[from] & 0xc0) == 0x80) from++;
    }
    return PATTERN_NONE;
}
