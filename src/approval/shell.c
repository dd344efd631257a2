/* See shell.h. The grammar is that of POSIX.1-2017, Shell Command Language, sections 2.2 (quoting), 2.3 (tokens), 2.4
 * (reserved words) and 2.9.1 (simple commands); what bash, zsh and fish add is refused as well. */
#include "approval/shell.h"

#include "base/mem.h"
#include "base/vec.h"

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

static const char *read_single(Reader *r) {
    size_t end;
    if (!str_find(r->rest, STR("'"), &end)) return "has an open quote";
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

/* POSIX 2.4, and what bash and zsh add. */
static const char *const reserved[] = {"if",     "then",     "else",   "elif",    "fi",        "do",
                                       "done",   "case",     "esac",   "in",      "for",       "select",
                                       "while",  "end",      "until",  "foreach", "time",      "coproc",
                                       "repeat", "function", "always", "noglob",  "nocorrect", "-"};

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

/* --- programs that run others --- */

/* `args`: the arguments, between spaces, with which it runs, or writes to, what they say; NULL: it always does. A long
 * option also matches in each shorter form and with a value after =, one of a single letter also in a bundle. `is_named`:
 * a pattern may name such an argument, but a wildcard must not stand for it. */
typedef struct Runner {
    const char *name, *args;
    bool is_named;
} Runner;

static const Runner runners[] = {
    {"env", NULL},
    {"sudo", NULL},
    {"doas", NULL},
    {"su", NULL},
    {"runuser", NULL},
    {"pkexec", NULL},
    {"xargs", NULL},
    {"parallel", NULL},
    {"nohup", NULL},
    {"timeout", NULL},
    {"nice", NULL},
    {"ionice", NULL},
    {"chrt", NULL},
    {"taskset", NULL},
    {"setsid", NULL},
    {"setarch", NULL},
    {"setpriv", NULL},
    {"stdbuf", NULL},
    {"unbuffer", NULL},
    {"watch", NULL},
    {"entr", NULL},
    {"flock", NULL},
    {"chroot", NULL},
    {"unshare", NULL},
    {"nsenter", NULL},
    {"prlimit", NULL},
    {"bwrap", NULL},
    {"firejail", NULL},
    {"proot", NULL},
    {"fakeroot", NULL},
    {"strace", NULL},
    {"ltrace", NULL},
    {"gdb", NULL},
    {"lldb", NULL},
    {"valgrind", NULL},
    {"perf", NULL},
    {"script", NULL},
    {"expect", NULL},
    {"systemd-run", NULL},
    {"run-parts", NULL},
    {"start-stop-daemon", NULL},
    {"at", NULL},
    {"batch", NULL},
    {"crontab", NULL},
    {"ssh", NULL},
    {"busybox", NULL},
    {"toybox", NULL},
    {"direnv", NULL},
    {"tmux", NULL},
    {"screen", NULL},
    /* Builtins that run words, or change what later words mean. */
    {"eval", NULL},
    {"exec", NULL},
    {"command", NULL},
    {"builtin", NULL},
    {"source", NULL},
    {".", NULL},
    {"trap", NULL},
    {"alias", NULL},
    {"enable", NULL},
    {"hash", NULL},
    {"set", NULL},
    {"shopt", NULL},
    {"setopt", NULL},
    {"export", NULL},
    {"declare", NULL},
    {"typeset", NULL},
    {"bind", NULL},
    {"complete", NULL},
    {"fc", NULL},
    {"emulate", NULL},
    {"zmodload", NULL},
    {"autoload", NULL},
    {"find", " -exec -execdir -ok -okdir -delete -fprint -fprint0 -fprintf -fls "},
    {"git",
     " --exec -x --upload-pack --receive-pack --upload-archive --ext-diff --textconv --extcmd --open-files-in-pager -O "
     "--output --template clone bisect foreach difftool mergetool config filter-branch for-each-repo daemon instaweb "
     "send-email credential hook "},
    {"fd", " -x -X --exec --exec-batch "},
    {"fdfind", " -x -X --exec --exec-batch "},
    {"rg", " --pre --hostname-bin "},
    {"tar",
     " -I -F --use-compress-program --checkpoint-action --to-command --info-script --new-volume-script --rsh-command "
     "--rmt-command "},
    {"rsync", " -e --rsh --rsync-path "},
    {"scp", " -o -S -F "},
    {"sort", " --compress-program --output -o "},
    {"split", " --filter "},
    {"zip", " -T --test --unzip-command "},
    {"man", " -P -H --pager --html "},
    {"docker", " run exec ", true},
    {"podman", " run exec ", true},
    {"npm", " exec x --script-shell ", true},
    {"yarn", " dlx exec ", true},
    {"pnpm", " dlx exec ", true},
    {"make", " -f -C --eval --file --makefile --directory SHELL= ", true},
    {"cargo", " --config ", true},
    {"go", " -exec -toolexec -vettool ", true},
    {"python", " -c -m ", true},
    {"python2", " -c -m ", true},
    {"python3", " -c -m ", true},
    {"perl", " -e -E -M -m -x -d -i ", true},
    {"ruby", " -e -r ", true},
    {"node", " -e -p -r --eval --print --require --import --loader --experimental-loader ", true},
    {"bun", " -e -p x --eval --print --preload ", true},
    {"deno", " eval ", true},
    {"php", " -r -B -R -E -F ", true},
    {"lua", " -e -l ", true},
};

/* Their arguments are programs or commands of their own, so a pattern must name all of them. */
static const char *const programs[] = {"awk",     "gawk", "mawk",  "nawk",  "sed",  "gsed", "ed",   "ex",  "vi",
                                       "vim",     "nvim", "view",  "emacs", "nano", "less", "more", "jq",  "bc",
                                       "sqlite3", "psql", "mysql", "npx",   "pnpx", "bunx", "uvx",  "pipx"};

static const char *const shells[] = {"sh",  "bash", "rbash", "dash", "ash",    "zsh", "ksh", "mksh",
                                     "csh", "tcsh", "fish",  "yash", "elvish", "nu",  "pwsh"};

static Str name_of(Str word) {
    const char *slash = word.n ? memrchr(word.p, '/', word.n) : NULL;
    return slash ? str_from(word, (size_t)(slash - word.p) + 1) : word;
}

static bool is_one_of(Str name, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (str_is(name, names[i])) return true;
    return false;
}

/* The word without its value. */
static Str option_of(Str word) {
    size_t at;
    return str_find(word, STR("="), &at) ? str_upto(word, at) : word;
}

static bool is_arg(Str word, Str arg) {
    bool is_long = str_starts(arg, STR("--")), is_letter = arg.n == 2 && arg.p[0] == '-';
    if (str_eq(option_of(word), arg)) return true;
    if (str_ends(arg, STR("="))) return str_starts(word, arg);
    if (is_long) {
        Str option = option_of(word);
        return option.n > 2 && str_starts(option, STR("--")) && str_starts(arg, option);
    }
    if (!is_letter || word.n < 2 || word.p[0] != '-' || word.p[1] == '-') return false;
    return memchr(word.p + 1, arg.p[1], word.n - 1) != NULL;
}

static bool has_arg(const StrList *words, const char *args, size_t from) {
    for (size_t i = from > 1 ? from : 1; i < words->n; i++)
        for (Str rest = str(args), one; str_split(&rest, ' ', &one);)
            if (one.n && is_arg(words->items[i], one)) return true;
    return false;
}

/* What git itself gets, in front of its command, can define an alias that runs anything (-c), or another repository. And
 * `ext::sh -c …` is a remote. */
static bool git_runs(const StrList *words) {
    size_t at;
    bool has_option = words->n > 1 && str_starts(words->items[1], STR("-"));
    for (size_t i = 1; i < words->n; i++)
        if (str_find(words->items[i], STR("::"), &at)) return true;
    return has_option && !str_is(words->items[1], "--no-pager") && !str_is(words->items[1], "--version");
}

static bool runs(const Runner *r, const StrList *words, size_t n_named) {
    if (!r->args || has_arg(words, r->args, r->is_named ? n_named : 1)) return true;
    if (!str_is(str(r->name), "git")) return false;
    bool is_paged = words->n > 2 && str_is(words->items[1], "--no-pager");
    return git_runs(words) || (is_paged && str_starts(words->items[2], STR("-")));
}

const char *shell_runs_others(const StrList *words, size_t n_named, Arena *a) {
    Str name = words->n ? name_of(words->items[0]) : (Str){0};
    bool has_file = words->n > 1 && words->items[1].n && !is_in(words->items[1].p[0], "-+\1");
    if (is_one_of(name, shells, COUNT_OF(shells)) && !has_file)
        return arena_fmt(a, "runs what the arguments of `" STR_FMT "` say", STR_ARG(name)).p;
    if (n_named < words->n && is_one_of(name, programs, COUNT_OF(programs)))
        return arena_fmt(a, "gives `" STR_FMT "` a program of its own, so a pattern must name all of its words",
                         STR_ARG(name))
            .p;
    for (size_t i = 0; i < COUNT_OF(runners); i++)
        if (str_is(name, runners[i].name) && runs(&runners[i], words, n_named))
            return arena_fmt(a, "can run another program through `" STR_FMT "`", STR_ARG(name)).p;
    return NULL;
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

void shell_put_word(Buf *b, Str word) {
    bool is_plain = word.n > 0 && word.p[0] != '=';
    for (size_t i = 0; i < word.n && is_plain; i++) is_plain = is_alnum(word.p[i]) || is_in(word.p[i], "_@%+=:,./-");
    if (is_plain) {
        buf_add_str(b, word);
        return;
    }
    buf_add_c(b, '\'');
    for (Str rest = word, part; str_split(&rest, '\'', &part);) {
        buf_add_str(b, part);
        if (rest.p) buf_add_str(b, STR("'\"'\"'"));
    }
    buf_add_c(b, '\'');
}

Str shell_unwrap(const StrList *words, Arena *a) {
    static const char *const flags[] = {"-c", "-lc"};
    static const char *const plain_shells[] = {"sh", "bash", "zsh"};
    bool is_shell = words->n == 3 && is_one_of(name_of(words->items[0]), plain_shells, COUNT_OF(plain_shells));
    if (is_shell && is_one_of(words->items[1], flags, COUNT_OF(flags))) return words->items[2];
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 8 * SHELL_TEXT_MAX);
    for (size_t i = 0; i < words->n; i++) {
        if (i) buf_add_c(&b, ' ');
        shell_put_word(&b, words->items[i]);
    }
    return b.failed ? (Str){0} : arena_str(a, buf_str(&b));
}
