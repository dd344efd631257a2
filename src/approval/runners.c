/* See shell.h. The programs are those of coreutils, util-linux and the like whose manuals say that they run what an argument
 * names; the builtins are those of bash, zsh and fish. */
#include "approval/shell.h"
#include "base/mem.h"
#include "sys/file.h"

static bool is_in(char c, const char *set) { return c && strchr(set, c); }

/* `list`: words between spaces. */
static bool is_listed(Str word, const char *list) {
    for (Str rest = str(list), one; str_split(&rest, ' ', &one);)
        if (one.n && str_eq(one, word)) return true;
    return false;
}

/* --- the tables --- */

/* They run what their arguments say, whatever these are. */
static const char always[] =
    /* as another user, or in another environment */
    "env envdir chpst sudo doas su su-exec gosu runuser pkexec capsh setpriv sg newgrp runcon chroot unshare nsenter bwrap "
    "firejail proot fakeroot fakechroot systemd-run systemd-nspawn run0 setuidgid dbus-run-session dbus-launch "
    "xvfb-run direnv nix-shell "
    /* with limits, under watch, later */
    "nohup timeout time nice ionice chrt taskset numactl cpulimit prlimit setsid setarch linux32 linux64 i386 i486 i586 i686 "
    "x86_64 uname26 stdbuf unbuffer watch entr flock cgexec catchsegv eatmydata faketime strace ltrace gdb lldb rr valgrind "
    "perf tini dumb-init start-stop-daemon at batch crontab nq dtach tmux screen script expect rlwrap choom uclampset "
    "softlimit hyperfine chronic ifne systemd-inhibit watchexec nodemon bpftrace trace-cmd daemonize "
    /* for each of many, or elsewhere */
    "xargs parallel run-parts ssh autossh sshpass mosh ssh-agent torsocks torify proxychains proxychains4 socat busybox "
    "toybox corepack wine "
    /* builtins */
    "eval exec command builtin source . trap sched zpty zargs print let read unset compgen mapfile readarray getopts local "
    "readonly integer float";

static const char changers[] =
    "cd pushd popd chdir alias unalias abbr enable disable hash rehash set shopt setopt unsetopt "
    "export declare typeset bind complete fc history emulate zmodload autoload functions umask";

/* Their arguments are programs or commands of their own. */
static const char programs[] =
    "awk gawk mawk nawk sed gsed ed ex vi vim nvim view emacs nano pico less more most jq bc dc m4 gnuplot sqlite sqlite3 psql "
    "mysql mariadb redis-cli lftp ftp fzf mutt osascript jshell npx pnpx bunx uvx pipx";

static const char shells[] =
    "sh bash rbash dash ash zsh ksh mksh lksh oksh posh csh tcsh fish yash osh elvish nu xonsh pwsh";

/* `args`: the arguments, between spaces, with which it runs, or writes to, what they say. A long option also matches in each
 * shorter form and with a value after =, one of a single letter also in a bundle; * at the end stands for anything, and = is
 * an assignment. `is_named`: a pattern may name such an argument, but a wildcard must not stand for it. `commands`: the same
 * of the program's own commands; they no longer count once a pattern has named the first word. */
typedef struct Runner {
    const char *names, *args, *commands;
    bool is_named;
    bool is_old; /* the first argument is a bundle even without a dash */
    bool sums;   /* some shells compute what it compares or prints, and run the substitutions in it */
} Runner;

#define OF_PYTHON " -c -m "
#define OF_NODE " -e -p -r --eval --print --require --import --loader --experimental-loader "

static const Runner runners[] = {
    {"find", " -exec -execdir -ok -okdir -delete -fprint -fprint0 -fprintf -fls "},
    {"git",
     " --exec -x --upload-pack --receive-pack --upload-archive --ext-diff --textconv --extcmd --open-files-in-pager -O "
     "--output --template clone bisect foreach difftool mergetool config filter-branch for-each-repo daemon instaweb "
     "send-email credential hook "},
    {"fd fdfind", " -x -X --exec --exec-batch "},
    {"rg", " --pre --hostname-bin "},
    {"bat batcat", " --pager "},
    {"tar bsdtar gtar",
     " -I -F --use-compress-program --checkpoint-action --to-command --info-script --new-volume-script --rsh-command "
     "--rmt-command ",
     .is_old = true},
    {"cpio", " --rsh-command --rmt-command "},
    {"rsync", " -e -M --rsh --rsync-path --remote-option "},
    {"scp sftp", " -o -S -F -D "},
    {"nc ncat netcat", " -e -c --exec --sh-exec --lua-exec "},
    {"sort", " --compress-program --output -o "},
    {"split", " --filter "},
    {"install", " --strip-program "},
    {"zip", " -T --test --unzip-command "},
    {"man", " -P -H --pager --html "},
    {"wget", " -e --execute --use-askpass "},
    {"tcpdump", " -z "},
    {"nmap", " --script "},
    {"ip", " netns vrf -b -batch --batch "},
    {"apt apt-get aptitude", " -o -c --option --config-file "},
    {"dpkg", " --pre-invoke --post-invoke "},
    {"rpm", " -E -D --eval --define --pipe "},
    {"printf", " -v ", .sums = true},
    {"test", " -v -R ", .sums = true},
    {"jobs", " -x "},
    {"wait", " -p "},
    {"docker podman", " run exec create ", .is_named = true},
    {"kubectl", " exec run ", .is_named = true},
    {"npm", " exec x --script-shell --shell --git --editor --viewer ",
     " exe explo explor explore init innit create edit config c set pkg ", .is_named = true},
    {"yarn", " dlx exec ", " create node ", .is_named = true},
    {"pnpm", " dlx exec ", " create ", .is_named = true},
    {"gh", NULL, " alias extension extensions ext config codespace cs ", .is_named = true},
    {"nix", NULL, " run shell develop ", .is_named = true},
    {"uv poetry pipenv conda mamba bundle mise asdf rbenv pyenv volta", NULL, " run exec x tool shell ",
     .is_named = true},
    {"make gmake", " -f -C -E --eval --file --makefile --directory = ", .is_named = true},
    {"ninja", " -f -C ", .is_named = true},
    {"just", " -f -d -c --justfile --working-directory --shell --shell-arg --command ", .is_named = true},
    {"cmake", " -E* -P* -C* ", .is_named = true},
    {"gcc g++ cc c++ clang clang++", " -wrapper -fplugin -specs --specs -B* @* -Xlinker -Wl* ", .is_named = true},
    {"cargo", " --config ", .is_named = true},
    {"go", " -exec -toolexec -vettool --exec --toolexec --vettool ", .is_named = true},
    {"python pypy", OF_PYTHON, .is_named = true},
    {"perl", " -e -E -M -m -x -d -i ", .is_named = true},
    {"ruby", " -e -r ", .is_named = true},
    {"node nodejs tsx ts-node", OF_NODE, .is_named = true},
    {"bun", " -e -p x exec --eval --print --preload ", " create ", .is_named = true},
    {"deno", " eval repl ", " run serve x ", .is_named = true},
    {"php", " -r -B -R -E -F ", .is_named = true},
    {"lua luajit", " -e -l ", .is_named = true},
    {"julia", " -e -E -L --eval --print --load ", .is_named = true},
    {"R Rscript", " -e -f --file ", .is_named = true},
    {"octave guile racket elixir iex erl groovy scala swift ghc ocaml sbcl clisp",
     " -e -c -l -x -r -s -eval --eval -run --load ", .is_named = true},
};

/* --- a word and the tables --- */

/* "python" of "python3.11". */
static Str without_version(Str name) {
    while (name.n && is_in(name.p[name.n - 1], "0123456789.-")) name.n--;
    return name;
}

static bool is_of(Str name, const char *list) {
    return is_listed(name, list) || is_listed(without_version(name), list);
}

/* The loader of programs, which runs the one that its argument names. */
static bool is_loader(Str name) { return str_starts(name, STR("ld-")) || str_starts(name, STR("ld.so")); }

/* The word without its value. */
static Str option_of(Str word) {
    size_t at;
    return str_find(word, STR("="), &at) ? str_upto(word, at) : word;
}

static bool is_bundle(Str word) { return word.n > 1 && word.p[0] == '-' && word.p[1] != '-'; }

static bool is_arg(Str word, Str arg) {
    Str option = option_of(word);
    if (str_eq(option, arg)) return true;
    if (str_is(arg, "=")) return option.n < word.n && word.p[0] != '-';
    if (str_ends(arg, STR("*"))) return str_starts(word, str_upto(arg, arg.n - 1));
    if (str_starts(arg, STR("--"))) return option.n > 2 && str_starts(option, STR("--")) && str_starts(arg, option);
    bool is_letter = arg.n == 2 && arg.p[0] == '-';
    return is_letter && is_bundle(word) && memchr(word.p + 1, arg.p[1], word.n - 1);
}

static bool is_any(Str word, const char *args) {
    for (Str rest = str(args), one; str_split(&rest, ' ', &one);)
        if (one.n && is_arg(word, one)) return true;
    return false;
}

static bool has_arg(const StrList *words, const char *args, size_t from) {
    for (size_t i = from > 1 ? from : 1; args && i < words->n; i++)
        if (is_any(words->items[i], args)) return true;
    return false;
}

static bool old_bundle_has(Str word, const char *args) {
    for (Str rest = str(args), one; str_split(&rest, ' ', &one);)
        if (one.n == 2 && memchr(word.p, one.p[1], word.n)) return true;
    return false;
}

static bool has_substitution(const StrList *words) {
    for (size_t i = 1; i < words->n; i++)
        for (size_t k = 0; k < words->items[i].n; k++)
            if (is_in(words->items[i].p[k], "$`")) return true;
    return false;
}

/* What git itself gets, in front of its command, can define an alias that runs anything (-c), or another repository. One of
 * its own commands with a slash is a program in a folder, and `ext::sh -c …` is a remote. */
static bool git_runs(const StrList *words) {
    static const char others[] = "remote-ext remote-fd shell http-backend web--browse svn p4 cvsserver archimport";
    size_t at = words->n > 1 && str_is(words->items[1], "--no-pager") ? 2 : 1, found;
    for (size_t i = 1; i < words->n; i++)
        if (str_find(words->items[i], STR("::"), &found)) return true;
    if (at >= words->n || str_is(words->items[at], "--version")) return false;
    Str command = words->items[at];
    return str_starts(command, STR("-")) || str_find(command, STR("/"), &found) || is_listed(command, others);
}

static bool runs(const Runner *r, const StrList *words, size_t n_named) {
    bool is_old = r->is_old && words->n > 1 && !str_starts(words->items[1], STR("-"));
    if (has_arg(words, r->args, r->is_named ? n_named : 1)) return true;
    if (n_named < 2 && has_arg(words, r->commands, 1)) return true;
    if (is_old && old_bundle_has(words->items[1], r->args)) return true;
    if (r->sums && n_named < words->n && has_substitution(words)) return true;
    return is_listed(STR("git"), r->names) && git_runs(words);
}

static bool is_runner(Str name, const StrList *words, size_t n_named) {
    if (is_of(name, always) || is_loader(name)) return true;
    for (size_t i = 0; i < COUNT_OF(runners); i++)
        if (is_of(name, runners[i].names) && runs(&runners[i], words, n_named)) return true;
    return false;
}

static const char *why_of(Arena *a, const char *before, Str name, const char *behind) {
    return arena_fmt(a, "%s `" STR_FMT "`%s", before, STR_ARG(name), behind).p;
}

const char *shell_runs_others(const StrList *words, size_t n_named, Arena *a) {
    Str name = words->n ? path_last(words->items[0]) : (Str){0};
    bool has_file = words->n > 1 && words->items[1].n && !is_in(words->items[1].p[0], "-+\1");
    if (is_of(name, shells) && !has_file) return why_of(a, "runs what the arguments of", name, " say");
    if (is_of(name, changers)) return why_of(a, "changes with", name, " what later commands mean");
    if (n_named < words->n && is_of(name, programs))
        return why_of(a, "gives", name, " a program of its own, so a pattern must name all of its words");
    return is_runner(name, words, n_named) ? why_of(a, "can run another program through", name, "") : NULL;
}
