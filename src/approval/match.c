/* See match.h. */
#include "approval/match.h"

#include "approval/shell.h"
#include "base/mem.h"
#include "base/text_cut.h"

ENUM_DEFINE(RuleDecision, RULE_DECISION_LIST);
SHAPE_DEFINE(AskFacts, ASK_FACTS);

/* --- text with wildcards --- */

/* One position of a pattern: how many of its bytes it takes, and what it stands for. */
typedef struct Unit {
    size_t n;
    char c;
    bool is_any, is_one; /* * and ? */
} Unit;

typedef Unit (*NextUnit)(Str pattern, size_t at);

static Unit next_star(Str p, size_t at) { return (Unit){1, p.p[at], p.p[at] == '*', false}; }

static Unit next_word(Str p, size_t at) { return (Unit){1, p.p[at], p.p[at] == SHELL_ANY, false}; }

static Unit next_glob(Str p, size_t at) {
    if (p.p[at] == '\\' && at + 1 < p.n) return (Unit){2, p.p[at + 1], false, false};
    return (Unit){1, p.p[at], p.p[at] == '*', p.p[at] == '?'};
}

/* After a mismatch only the last * has to take more, so this is at most |pattern| * |text|. */
static bool matches(Str pattern, Str text, NextUnit next) {
    size_t p = 0, t = 0, star = SIZE_MAX, star_t = 0;
    while (t < text.n) {
        Unit u = p < pattern.n ? next(pattern, p) : (Unit){0};
        if (u.n && u.is_any) {
            star = p += u.n;
            star_t = t;
        } else if (u.n && u.is_one) {
            size_t step = utf8_step(text.p + t, text.n - t);
            p += u.n;
            t += step ? step : 1;
        } else if (u.n && u.c == text.p[t]) {
            p += u.n;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++star_t;
        } else {
            return false;
        }
    }
    while (p < pattern.n && next(pattern, p).is_any) p += next(pattern, p).n;
    return p == pattern.n;
}

bool match_tool(Str pattern, Str tool) { return matches(pattern, tool, next_star); }

/* --- paths --- */

static Str part_of(Str s, size_t at) {
    Str rest = str_from(s, at), part = {0};
    (void)str_split(&rest, '/', &part);
    return part;
}

/* The same over parts, with ** in place of *. Positions are those of the first byte of a part; one past the end of the
 * text when none is left. */
bool match_path(Str glob, Str path) {
    size_t g = 0, t = 0, star = SIZE_MAX, star_t = 0;
    while (t <= path.n) {
        Str pattern = g <= glob.n ? part_of(glob, g) : (Str){0}, part = part_of(path, t);
        bool has_pattern = g <= glob.n;
        if (has_pattern && str_is(pattern, "**")) {
            star = g += 3;
            star_t = t;
        } else if (has_pattern && matches(pattern, part, next_glob)) {
            g += pattern.n + 1;
            t += part.n + 1;
        } else if (star != SIZE_MAX) {
            g = star;
            t = star_t += part_of(path, star_t).n + 1;
        } else {
            return false;
        }
    }
    while (g <= glob.n && str_is(part_of(glob, g), "**")) g += 3;
    return g > glob.n;
}

static bool any_path(Str glob, const StrList *paths) {
    for (size_t i = 0; i < paths->n; i++)
        if (match_path(glob, paths->items[i])) return true;
    return false;
}

static bool all_paths(Str glob, const StrList *paths) {
    for (size_t i = 0; i < paths->n; i++)
        if (!match_path(glob, paths->items[i])) return false;
    return paths->n > 0;
}

static bool names_git(Str path) {
    for (Str rest = path, part; str_split(&rest, '/', &part);)
        if (str_ieq(part, STR(".git"))) return true;
    return false;
}

/* What git reads there makes it run programs. */
static bool reaches_git(Str glob, const StrList *paths) {
    for (size_t i = 0; i < paths->n; i++)
        if (names_git(paths->items[i])) return !names_git(glob);
    return false;
}

/* --- commands --- */

static bool is_rest(Str word) { return word.n == 2 && word.p[0] == SHELL_ANY && word.p[1] == SHELL_ANY; }

static bool has_any(Str word) { return word.n && memchr(word.p, SHELL_ANY, word.n); }

static size_t count_named(const StrList *pattern) {
    size_t n = 0;
    while (n < pattern->n && !has_any(pattern->items[n])) n++;
    return n;
}

static bool words_match(const StrList *pattern, const StrList *words) {
    bool has_rest = pattern->n && is_rest(pattern->items[pattern->n - 1]);
    size_t n = pattern->n - has_rest;
    if (words->n < n || (words->n > n && !has_rest)) return false;
    for (size_t i = 0; i < n; i++)
        if (!matches(pattern->items[i], words->items[i], next_word)) return false;
    return true;
}

static void read_words(MatchAsk *ask) {
    if (ask->has_words) return;
    ask->has_words = true;
    ask->why = shell_words(ask->facts->command, false, ask->arena, &ask->words);
    if (ask->why) ask->why = arena_fmt(ask->arena, "The command %s.", ask->why).p;
}

static const char *allow_command(Str pattern, MatchAsk *ask) {
    StrList wanted;
    Arena *a = ask->arena;
    read_words(ask);
    if (ask->why) return ask->why;
    const char *why = shell_words(pattern, true, a, &wanted);
    if (why) return arena_fmt(a, "The pattern %s.", why).p;
    if (!words_match(&wanted, &ask->words)) return "Its command does not match.";
    why = shell_runs_others(&ask->words, count_named(&wanted), a);
    return why ? arena_fmt(a, "The command %s.", why).p : NULL;
}

/* The words of a pattern that asks or denies. */
static StrList loose_pattern(Str pattern, Arena *a) {
    StrList words = shell_loose(pattern, a);
    for (size_t i = 0; i < words.n; i++) {
        char *p = arena_cstr(a, words.items[i]);
        for (size_t k = 0; k < words.items[i].n; k++)
            if (p[k] == '*') p[k] = SHELL_ANY;
        words.items[i].p = p;
    }
    if (words.n && is_rest(words.items[words.n - 1])) words.n--;
    return words;
}

/* A program may be named by its path. */
static bool is_program(Str pattern, Str word) {
    const char *slash = word.n ? memrchr(word.p, '/', word.n) : NULL;
    if (matches(pattern, word, next_word)) return true;
    return slash && matches(pattern, str_from(word, (size_t)(slash - word.p) + 1), next_word);
}

static bool any_command(Str pattern, MatchAsk *ask) {
    StrList wanted = loose_pattern(pattern, ask->arena);
    if (!ask->has_loose) ask->loose = shell_loose(ask->facts->command, ask->arena);
    ask->has_loose = true;
    StrList words = ask->loose;
    for (size_t at = 0; wanted.n && at + wanted.n <= words.n; at++) {
        size_t i = 1;
        if (!is_program(wanted.items[0], words.items[at])) continue;
        while (i < wanted.n && matches(wanted.items[i], words.items[at + i], next_word)) i++;
        if (i == wanted.n) return true;
    }
    return false;
}

/* --- asks --- */

static const char *allow_ask(const MatchPattern *p, MatchAsk *ask) {
    const AskFacts *f = ask->facts;
    if (f->unclear.n) return arena_cstr(ask->arena, f->unclear);
    if (f->is_unknown && (p->path.n || p->command.n))
        return "Muster does not know the arguments of this tool, so a rule can allow it only by its name.";
    if (p->path.n && !all_paths(p->path, &f->resolved)) return "Not every file that it names matches the path.";
    if (reaches_git(p->path, &f->resolved))
        return "It names what is in .git, which a rule allows only with a path that names .git too.";
    if (!p->command.n) return NULL;
    return f->command.p ? allow_command(p->command, ask) : "It runs no command.";
}

const char *match_ask(const MatchPattern *p, MatchAsk *ask) {
    const AskFacts *f = ask->facts;
    if (p->tool.n && !match_tool(p->tool, ask->tool)) return "Its tool does not match.";
    if (p->decision == RULE_ALLOW) return allow_ask(p, ask);
    if (p->path.n && !any_path(p->path, &f->paths) && !any_path(p->path, &f->resolved))
        return "No file that it names matches the path.";
    if (p->command.n && !(f->command.p && any_command(p->command, ask))) return "Its command does not match.";
    return NULL;
}

/* --- checks --- */

static int fault(Err *e, const char *field, const char *why) {
    int r = err_fail(e, ERR_INVALID, "%s", why);
    err_detail(e, field, "%s", why);
    return r;
}

static int check_path(const MatchPattern *p, Err *e) {
    bool is_absolute = p->path.p[0] == '/';
    if (is_absolute && p->decision == RULE_ALLOW)
        return fault(e, "path", "a path that is allowed must be relative to the worktree");
    for (Str rest = str_from(p->path, is_absolute), part; str_split(&rest, '/', &part);) {
        if (!part.n || str_is(part, ".") || str_is(part, ".."))
            return fault(e, "path", "a path must not have empty parts, `.` or `..`");
        if (part.p[part.n - 1] == '\\' && !(part.n > 1 && part.p[part.n - 2] == '\\'))
            return fault(e, "path", "a backslash must quote a character");
    }
    return 0;
}

static int check_command(const MatchPattern *p, Arena *a, Err *e) {
    StrList words = {0};
    if (p->decision != RULE_ALLOW)
        return loose_pattern(p->command, a).n ? 0 : fault(e, "command", "the pattern has no word");
    const char *why = shell_words(p->command, true, a, &words);
    if (!why) why = shell_runs_others(&words, count_named(&words), a);
    if (why) return fault(e, "command", arena_fmt(a, "a rule cannot allow this: the command %s", why).p);
    for (size_t i = 0; i + 1 < words.n; i++)
        if (is_rest(words.items[i])) return fault(e, "command", "`**` must be the last word");
    return 0;
}

int match_check(const MatchPattern *p, Arena *a, Err *e) {
    bool is_wide = !p->path.n && !p->command.n && match_tool(p->tool.n ? p->tool : STR("*"), STR(""));
    if (p->decision == RULE_ALLOW && is_wide)
        return fault(e, "tool", "a rule that allows needs a tool, a path or a command");
    if (p->path.n) TRY(check_path(p, e));
    return p->command.n ? check_command(p, a, e) : 0;
}

Str match_exact_path(Str path, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, MATCH_PATH_MAX);
    for (size_t i = 0; i < path.n; i++) {
        if (strchr("*?\\", path.p[i])) buf_add_c(&b, '\\');
        buf_add_c(&b, path.p[i]);
    }
    return b.failed || !b.n ? (Str){0} : arena_str(a, buf_str(&b));
}

Str match_exact_command(Str command, Arena *a) {
    CLEANUP(buf_done) Buf b;
    StrList words;
    buf_init(&b, MATCH_COMMAND_MAX);
    if (shell_words(command, false, a, &words)) return (Str){0};
    for (size_t i = 0; i < words.n; i++) {
        if (i) buf_add_c(&b, ' ');
        shell_put_word(&b, words.items[i]);
    }
    return b.failed ? (Str){0} : arena_str(a, buf_str(&b));
}
