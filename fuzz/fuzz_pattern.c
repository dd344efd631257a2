/* Patterns over text. The first byte selects how, and the text before the first NUL is the pattern. Whatever both are, a
 * search ends soon after its deadline, a match is inside the text and not empty, and words find themselves. */
#include "base/clock.h"
#include "fuzz.h"
#include "sys/pattern.h"

enum { SLICE_US = 20000, MATCHES_MAX = 100 };

static void search(Pattern *p, Str text) {
    PatternSpan at = {0};
    size_t from = 0;
    for (int i = 0; i < MATCHES_MAX; i++) {
        if (pattern_find(p, text, from, clock_mono_us() + SLICE_US, &at) != PATTERN_FOUND) return;
        MUST(at.begin >= from && at.begin < at.end && at.end <= text.n);
        from = at.end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 16384) return 0;
    Str rest = str_n(data + 1, size - 1), text = {0};
    (void)str_split(&rest, '\0', &text);
    CLEANUP(pattern_freep) Pattern *p = NULL;
    PatternSpec spec = {.text = text, .is_regex = data[0] & 1, .is_case_sensitive = data[0] & 2};
    if (pattern_new(&spec, &p, NULL) < 0) return 0;
    search(p, rest);
    PatternSpan at;
    if (!spec.is_regex)
        MUST(pattern_find(p, text, 0, INT64_MAX, &at) == PATTERN_FOUND && !at.begin && at.end == text.n);
    return 0;
}
