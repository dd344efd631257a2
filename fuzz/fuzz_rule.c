/* Patterns and commands of rules. The first byte selects what the rest is: what is allowed is one simple command, and no
 * operator behind it is; an exact pattern matches its own text; a glob ends. The text before the first NUL is the pattern. */
#include "approval/match.h"
#include "approval/shell.h"
#include "base/mem.h"
#include "fuzz.h"

static bool allows(Str pattern, Str command, Arena *a) {
    AskFacts f = {.command = command};
    if (!pattern.n) return false; /* it would match anything */
    MatchAsk ask = {.tool = STR("Bash"), .facts = &f, .arena = a};
    return !match_ask(&(MatchPattern){.decision = RULE_ALLOW, .command = pattern}, &ask);
}

static Str joined(Arena *a, Str s, const char *more) { return arena_fmt(a, STR_FMT "%s", STR_ARG(s), more); }

static void check_command(Arena *a, Str pattern, Str command) {
    static const char *const more[] = {";x", " ; x", "|x", "&&x", "&", "\nx", ">x", " $(x)", "`x`", " #"};
    StrList words, again;
    (void)shell_loose(command, a);
    if (allows(pattern, command, a)) {
        MUST(!shell_words(command, false, a, &words) && words.n > 0);
        for (size_t i = 0; i < sizeof more / sizeof *more; i++) MUST(!allows(pattern, joined(a, command, more[i]), a));
    }
    if (shell_words(command, false, a, &words)) return;
    Str exact = match_exact_command(command, a);
    if (!exact.n) return;
    MUST(!shell_words(exact, false, a, &again) && again.n == words.n);
    for (size_t i = 0; i < words.n; i++) MUST(str_eq(words.items[i], again.items[i]));
    MUST(allows(exact, command, a) || shell_runs_others(&words, words.n, a));
}

static void check_path(Arena *a, Str glob, Str path) {
    Str exact = match_exact_path(path, a);
    (void)match_path(glob, path);
    if (exact.n) MUST(match_path(exact, path));
    MUST(match_path(STR("**"), path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 8192) return 0;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str all = str_n(data + 1, size - 1), rest = all, pattern = {0};
    (void)str_split(&rest, '\0', &pattern);
    if (!rest.p) rest = STR("");
    MatchPattern p = {.decision = (RuleDecision)(data[0] % RuleDecision_n)};
    *(data[0] & 4 ? &p.path : data[0] & 8 ? &p.tool : &p.command) = pattern;
    (void)match_check(&p, a, NULL);
    check_command(a, pattern, rest);
    if (!memchr(rest.p, 0, rest.n)) check_path(a, pattern, rest);
    return 0;
}
