/* See shell.h. The grammar is that of POSIX.1-2017, Shell Command Language, sections 2.2 (quoting), 2.3 (tokens), 2.4
 * (reserved words) and 2.9.1 (simple commands); what bash, zsh and fish add is refused as well. */
#include "approval/shell.h"

#include "base/mem.h"
#include "base/vec.h"
#include "sys/file.h"

typedef struct Reader {
    Str rest;
    Buf word;
    bool wild, is_quoted; /* some part of the current word is */
} Reader;

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool is_in(char c, const char *set) { return c && strchr(set, c); }

static bool is_alnum(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

/* --- one simple command --- */

static const struct {
    const char *bytes, *why;
} specials[] = {
    {"|&;", "has an operator"},
    {"<>", "has a redirection or a process substitution"},
    {"$`", "has an expansion or a substitution"},
    {"(){}", "has a group or a brace expansion"},
    {"*?[]", "has a glob outside quotes"},
    {"#", "has a comment"},
    {"!^", "has a history expansion or a negation"},
    {"\\", "has a backslash outside quotes"},
};

/* `before` is the character in front of it, which decides whether a tilde expands (bash also after = and :). */
static const char *why_not_plain(char c, char before) {
    for (size_t i = 0; i < COUNT_OF(specials); i++)
        if (is_in(c, specials[i].bytes)) return specials[i].why;
    if (c == '~' && !is_alnum(before)) return "has a tilde expansion";
    if (c == '=' && !before) return "has a word that begins with ="; /* zsh: the path of a program */
    return (unsigned char)c >= 0x80 ? "has a character outside ASCII and outside quotes" : NULL;
}

/* For fish, a backslash in front of it quotes the quote that closes here. */
static const char *read_single(Reader *r) {
    size_t end;
    if (!str_find(r->rest, STR("'"), &end)) return "has an open quote";
    if (end && r->rest.p[end - 1] == '\\') return "has a backslash in front of a closing quote";
    buf_add_str(&r->word, str_upto(r->rest, end));
    r->rest = str_from(r->rest, end + 1);
    return NULL;
}

/* POSIX 2.2.3: a backslash quotes only $ ` " \ and a newline; in front of anything else it stays. */
static const char *read_double(Reader *r) {
    while (r->rest.n) {
        char c = r->rest.p[0];
        r->rest = str_from(r->rest, 1);
        if (c == '"') return NULL;
        if (is_in(c, "$`")) return "has an expansion or a substitution";
        if (c == '!') return "has a history expansion or a negation";
        char next = r->rest.n ? r->rest.p[0] : '\0';
        if (c == '\\' && is_in(next, "$`!")) return "has a backslash in front of an expansion";
        if (c == '\\' && is_in(next, "\"\\")) {
            c = next;
            r->rest = str_from(r->rest, 1);
        }
        buf_add_c(&r->word, c);
    }
    return "has an open quote";
}

static const char *read_word(Reader *r) {
    char before = '\0';
    buf_clear(&r->word);
    r->is_quoted = false;
    while (r->rest.n && !is_blank(r->rest.p[0])) {
        char c = r->rest.p[0];
        const char *why = NULL;
        r->rest = str_from(r->rest, 1);
        if (c == '\'' || c == '"') {
            r->is_quoted = true;
            why = c == '"' ? read_double(r) : read_single(r);
        } else if (c == '*' && r->wild) {
            buf_add_c(&r->word, SHELL_ANY);
        } else {
            why = why_not_plain(c, before);
            buf_add_c(&r->word, c);
        }
        if (why) return why;
        before = c;
    }
    return NULL;
}

/* POSIX 2.4, and what bash, zsh and fish add. */
static const char *const reserved[] = {
    "if",     "then",   "else",      "elif", "fi",    "do",      "done", "case",   "esac",   "in",
    "for",    "select", "while",     "end",  "until", "foreach", "time", "coproc", "repeat", "function",
    "always", "noglob", "nocorrect", "-",    "and",   "or",      "not",  "begin",  "switch"};

static const char *check_command_word(const Reader *r) {
    Str word = buf_str(&r->word);
    if (r->is_quoted) return "has quotes in its first word";
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '=') return "begins with an assignment";
        if (!is_alnum(word.p[i]) && !is_in(word.p[i], "_./+-")) return "has a special character in its first word";
    }
    for (size_t i = 0; i < COUNT_OF(reserved); i++)
        if (str_is(word, reserved[i])) return "begins with a word of the shell's own";
    return NULL;
}

static const char *check_text(Str text) {
    if (text.n > SHELL_TEXT_MAX) return "is too long";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '\n' || c == '\r') return "has more than one line";
        if ((c < 0x20 && c != '\t') || c == 0x7f) return "has a control character";
    }
    return str_is_utf8(text) ? NULL : "is not UTF-8";
}

const char *shell_words(Str text, bool wild, Arena *a, StrList *ret) {
    const char *why = check_text(text);
    if (why) return why;
    VEC(Str) words = {0};
    Reader r = {.rest = text, .wild = wild};
    buf_init(&r.word, SHELL_TEXT_MAX);
    while (!why) {
        while (r.rest.n && is_blank(r.rest.p[0])) r.rest = str_from(r.rest, 1);
        if (!r.rest.n) break;
        why = words.n == SHELL_WORDS_MAX ? "has too many words" : read_word(&r);
        if (!why && !words.n) why = check_command_word(&r);
        if (!why) vec_push(&words, arena_str(a, buf_str(&r.word)));
    }
    if (!why && !words.n) why = "is empty";
    buf_done(&r.word);
    vec_take(&words, a, ret);
    return why;
}

/* --- loosely --- */

StrList shell_loose(Str text, Arena *a) {
    StrList list = {0};
    VEC(Str) words = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, SHELL_TEXT_MAX + 1);
    for (size_t i = 0; i <= text.n && i <= SHELL_TEXT_MAX; i++) {
        char c = i < text.n ? text.p[i] : ' ';
        if (is_in(c, "'\"\\")) continue;
        bool is_end = (unsigned char)c <= ' ' || is_in(c, "|&;<>$`(){}#");
        if (!is_end) buf_add_c(&b, c);
        if (is_end && b.n) vec_push(&words, arena_str(a, buf_str(&b)));
        if (is_end) buf_clear(&b);
    }
    vec_take(&words, a, &list);
    return list;
}

/* --- back to text --- */

/* A backslash in front of the closing quote has double quotes of its own, see read_single. */
static void put_quoted(Buf *b, Str part) {
    size_t n = part.n;
    while (n && part.p[n - 1] == '\\') n--;
    buf_add_fmt(b, "'" STR_FMT "'", STR_ARG(str_upto(part, n)));
    if (n == part.n) return;
    buf_add_c(b, '"');
    for (; n < part.n; n++) buf_add_str(b, STR("\\\\"));
    buf_add_c(b, '"');
}

void shell_put_word(Buf *b, Str word) {
    bool is_plain = word.n > 0 && word.p[0] != '=';
    for (size_t i = 0; i < word.n && is_plain; i++) is_plain = is_alnum(word.p[i]) || is_in(word.p[i], "_@%+=:,./-");
    if (is_plain) {
        buf_add_str(b, word);
        return;
    }
    for (Str rest = word, part; str_split(&rest, '\'', &part);) {
        put_quoted(b, part);
        if (rest.p) buf_add_str(b, STR("\"'\""));
    }
}

/* A shell of the system: one in another folder may be anything. */
static bool is_wrapper(const StrList *words) {
    if (words->n != 3) return false;
    Str program = words->items[0], name = path_last(program), flag = words->items[1];
    Str folder = str_upto(program, program.n - name.n);
    bool is_shell = str_is(name, "sh") || str_is(name, "bash") || str_is(name, "zsh");
    bool is_of_system =
        !folder.n || str_is(folder, "/bin/") || str_is(folder, "/usr/bin/") || str_is(folder, "/usr/local/bin/");
    return is_shell && is_of_system && (str_is(flag, "-c") || str_is(flag, "-lc"));
}

Str shell_unwrap(const StrList *words, Arena *a) {
    if (is_wrapper(words)) return words->items[2];
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 8 * SHELL_TEXT_MAX);
    for (size_t i = 0; i < words->n; i++) {
        if (i) buf_add_c(&b, ' ');
        shell_put_word(&b, words->items[i]);
    }
    return b.failed ? (Str){0} : arena_str(a, buf_str(&b));
}
