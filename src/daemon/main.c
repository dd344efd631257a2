/* muster: the daemon and the command line in one program. This table lists its own verbs; the others are operations.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "daemon/config.h"
#include "daemon/derive_print.h"
#include "daemon/features.h"
#include "daemon/serve.h"
#include "eye_control/requirement.h"
#include "model/model.h"
#include "sys/environment.h"
#include "sys/self.h"

#ifndef MUSTER_VERSION
#define MUSTER_VERSION "0.1.0"
#endif

typedef struct Verb Verb;
typedef struct Start {
    Config config;
    CliContext cli;
    CliFollow follow;
    CliCheck check;
    bool only_prints;
    int argc;
    char **argv; /* of the verb: argv[0] is the verb */
} Start;

static int verb_serve(Start *s) { return serve_main(&s->config, MUSTER_VERSION); }

static int print(Buf *b) {
    fwrite(b->p, 1, b->n, stdout);
    buf_done(b);
    return 0;
}

static int verb_config(Start *s) {
    if (s->argc != 2 || strcmp(s->argv[1], "example") != 0) {
        fprintf(stderr, "muster: usage: muster config example\n");
        return 2;
    }
    Buf b;
    buf_init(&b, 65536);
    config_print_example(&b);
    return print(&b);
}

static int refuse_word(const Start *s, const char *verb, const char *word) {
    fprintf(stderr, "muster: %s does not take `%s`; see `%s help %s`\n", verb, word, s->cli.program, verb);
    return 2;
}

static int verb_version(Start *s) {
    if (s->argc > 1) return refuse_word(s, "version", s->argv[1]);
    printf("muster %s\n", MUSTER_VERSION);
    return 0;
}

static int verb_open(Start *s) { return cli_open(&s->cli, s->follow.subject, s->only_prints); }
static int verb_logs(Start *s) { return cli_logs(&s->cli, &s->follow); }
static int verb_events(Start *s) { return cli_events(&s->cli, &s->follow); }
static int verb_attach(Start *s) { return cli_attach(&s->cli, s->follow.subject); }
static int verb_doctor(Start *s) { return cli_doctor(&s->cli); }
static int verb_check(Start *s) { return cli_check(&s->cli, &s->check); }
static int verb_model(Start *s) { return model_main(s->argc, s->argv); }
static int verb_gpu_facts(Start *s) {
    if (s->argc > 1) return refuse_word(s, "gpu-facts", s->argv[1]);
    return gpu_facts_main();
}
static int verb_derive(Start *s) { return derive_print_main(s->argc, s->argv); }
static int verb_help(Start *s);
static const Verb *find_verb(int n, const char *const *words);

/* Only verbs that need the start-up options read them: help must work even if the configuration file is broken. */
typedef enum VerbInput {
    VERB_OPTIONS, /* the start-up options, before and after the verb, and its own */
    VERB_WORDS,   /* only words */
    VERB_OWN      /* the verb parses what follows itself */
} VerbInput;

struct Verb {
    const char *name; /* one word or two */
    int (*run)(Start *s);
    VerbInput input;
    const char *words; /* VERB_OPTIONS: the word that it requires, in [] if it may be left out, "" if it takes none;
                        * others: for the help text */
    const char *doc;
};

static const Verb verbs[] = {
    {"serve", verb_serve, VERB_OPTIONS, "", "Runs the daemon"},
    {"open", verb_open, VERB_OPTIONS, "[ID]",
     "Opens the page in the browser: at the agent, ask, message, worktree or workspace that is named, else at Home"},
    {"logs", verb_logs, VERB_OPTIONS, "AGENT", "Shows what an agent says and does"},
    {"events", verb_events, VERB_OPTIONS, "TOPIC", "Prints the events of a topic, one JSON object per line"},
    {"attach", verb_attach, VERB_OPTIONS, "AGENT|TERMINAL",
     "Shows an agent's or another terminal in this one, to type at it; Ctrl-] leaves it"},
    {"doctor", verb_doctor, VERB_OPTIONS, "", "Checks the installation"},
    {"agent check", verb_check, VERB_OPTIONS, "",
     "Starts an agent CLI in a temporary repository, lets it answer one prompt, and stops it"},
    {"config", verb_config, VERB_WORDS, "example", "Prints every start-up option with its default"},
    {"model", verb_model, VERB_OWN, "SCRIPT …", "Runs the scripted model"},
    {"derive", verb_derive, VERB_OWN, "ADAPTER FOLDER", "Prints the events of a launch's log"},
    {"gpu-facts", verb_gpu_facts, VERB_WORDS, "", "Prints what NVIDIA's driver says of the first GPU"},
    {"help", verb_help, VERB_OWN, "[COMMAND]", "Prints this page, or the options of a command"},
    {"version", verb_version, VERB_WORDS, "", "Prints the version"},
};

/* Options of single verbs. */
typedef struct VerbOption {
    const char *verb, *name, *brief; /* brief: its other name, or NULL */
    const char *value;               /* what it takes, for the help text; NULL: nothing */
    void (*put)(Start *s, const char *value);
    const char *doc;
} VerbOption;

static void put_print(Start *s, const char *value UNUSED) { s->only_prints = true; }
static void put_endless(Start *s, const char *value UNUSED) { s->follow.is_endless = true; }
static void put_after(Start *s, const char *value) { s->follow.after = value; }

static void put_adapter(Start *s, const char *value) { s->check.adapter = value; }
static void put_model(Start *s, const char *value) { s->check.model_url = value; }

#define FOLLOW_DOC "Keeps following it, also when the daemon restarts"
static const VerbOption verb_options[] = {
    {"open", "--print", NULL, NULL, put_print, "Prints the page's address instead of opening it"},
    {"logs", "--follow", "-f", NULL, put_endless, FOLLOW_DOC},
    {"events", "--follow", "-f", NULL, put_endless, FOLLOW_DOC},
    {"events", "--after", NULL, "GENERATION:SEQ", put_after, "Only what follows the event with these two numbers"},
    {"agent check", "--adapter", NULL, "ADAPTER", put_adapter, "Whose CLI; default: claude"},
    {"agent check", "--model-url", NULL, "URL", put_model, "A scripted model to use in place of the CLI's login"},
};

/* "[-f] [--after GENERATION:SEQ] TOPIC", behind `between`. */
static void add_usage(const Verb *verb, const char *between, Buf *out) {
    for (size_t i = 0; i < COUNT_OF(verb_options); i++) {
        const VerbOption *o = &verb_options[i];
        if (strcmp(o->verb, verb->name) != 0) continue;
        buf_add_fmt(out, "%s[%s%s%s]", between, o->brief ? o->brief : o->name, o->value ? " " : "",
                    o->value ? o->value : "");
        between = " ";
    }
    if (verb->words[0]) buf_add_fmt(out, "%s%s", between, verb->words);
}

static void add_own_options(const Verb *verb, Buf *out) {
    for (size_t i = 0; i < COUNT_OF(verb_options); i++) {
        const VerbOption *o = &verb_options[i];
        if (strcmp(o->verb, verb->name) != 0) continue;
        buf_add_fmt(out, "  %s%s%s%s%s\n      %s\n", o->brief ? o->brief : "", o->brief ? ", " : "", o->name,
                    o->value ? " " : "", o->value ? o->value : "", o->doc);
    }
}

/* How many words its name has. */
static int words_of(const Verb *verb) { return strchr(verb->name, ' ') ? 2 : 1; }

/* The help of one verb. Only `serve` uses more of the start-up options than --home. */
static int print_verb(const Verb *verb) {
    Buf b;
    buf_init(&b, 1 << 16);
    buf_add_fmt(&b, "usage: muster %s%s", verb->name, verb->input == VERB_OPTIONS ? " [options]" : "");
    add_usage(verb, " ", &b);
    buf_add_fmt(&b, "\n\n%s.\n", verb->doc);
    if (verb->input == VERB_OPTIONS) {
        buf_add_str(&b, STR("\noptions:\n"));
        add_own_options(verb, &b);
        config_print_help(verb->run == verb_serve ? NULL : "home", &b);
    }
    return print(&b);
}

enum { HELP_USAGE = 41 /* columns of the longest usage */ };

static int print_page(const Start *s) {
    Buf b;
    buf_init(&b, 1 << 20);
    buf_add_fmt(&b, "muster %s\n\nusage: muster [options] COMMAND …\n\ncommands:\n", MUSTER_VERSION);
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        CLEANUP(buf_done) Buf usage;
        buf_init(&usage, 4096);
        add_usage(&verbs[i], "", &usage);
        int pad = HELP_USAGE - (int)str_chars(buf_str(&usage));
        buf_add_fmt(&b, "  %-11s " STR_FMT "%*s %s\n", verbs[i].name, STR_ARG(buf_str(&usage)), pad > 0 ? pad : 0, "",
                    verbs[i].doc);
    }
    buf_add_str(
        &b, STR("\noptions (--home selects the daemon that a command talks to; most others apply only to `serve`):\n"));
    config_print_help(NULL, &b);
    buf_add_str(&b, STR("\noperations of the running daemon, by either name (`muster agent create --worktree wt_…` is "
                        "`muster create_agent --worktree wt_…`):\n"));
    cli_print_operations(&s->cli, &b);
    return print(&b);
}

/* `muster help WORD…`, or a verb of ours with --help behind it. */
static int verb_help(Start *s) {
    const Verb *asked = find_verb(s->argc, (const char *const *)s->argv);
    if (asked && asked->run != verb_help) return print_verb(asked);
    if (s->argc < 2 || cli_asks_help(s->argv[1])) return print_page(s);
    asked = find_verb(s->argc - 1, (const char *const *)s->argv + 1);
    if (!asked) return cli_help(&s->cli, s->argc - 1, (const char *const *)s->argv + 1);
    int next = 1 + words_of(asked);
    return s->argc > next ? refuse_word(s, asked->name, s->argv[next]) : print_verb(asked);
}

static const Verb *find_verb(int n, const char *const *words) {
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        Str rest = str(verbs[i].name), word;
        int k = 0;
        while (k < n && str_split(&rest, ' ', &word) && str_is(word, words[k])) k++;
        if (k == words_of(&verbs[i])) return &verbs[i];
    }
    return NULL;
}

/* The position of the verb: options with a value may come before it. */
static int verb_place(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) return i;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "--version") == 0) return i;
        if (!strchr(argv[i], '=') && strcmp(argv[i], "--demo") != 0) i++;
    }
    return argc;
}

/* "--help" means `help` wherever an option is allowed, also after a verb of ours: `muster serve --help`. */
static const Verb *verb_at(int argc, char **argv, int at) {
    static const char *const help[] = {"help"};
    if (at == argc || cli_asks_help(argv[at])) return find_verb(1, help);
    const char *words[] = {argv[at] + (strncmp(argv[at], "--", 2) == 0 ? 2 : 0), at + 1 < argc ? argv[at + 1] : NULL};
    const Verb *verb = find_verb(words[1] ? 2 : 1, words);
    for (int i = at + 1; verb && verb->input != VERB_OWN && i < argc; i++)
        if (cli_asks_help(argv[i])) return find_verb(1, help);
    return verb;
}

static const VerbOption *find_option(const Verb *verb, const char *word) {
    for (size_t i = 0; i < COUNT_OF(verb_options); i++) {
        const VerbOption *o = &verb_options[i];
        bool is_it = strcmp(o->name, word) == 0 || (o->brief && strcmp(o->brief, word) == 0);
        if (is_it && strcmp(o->verb, verb->name) == 0) return o;
    }
    return NULL;
}

/* Takes the verb's own options out of the words after it, and leaves the rest in `ret_argv` for config_load. */
static int take_own_options(int argc, char **argv, const Verb *verb, Start *s, int *ret_argc, char **ret_argv) {
    int behind = argc - s->argc, n = 0;
    for (int i = 0; i < argc; i++) {
        const VerbOption *o = i > behind ? find_option(verb, argv[i]) : NULL;
        if (o && o->value && i + 1 == argc) {
            fprintf(stderr, "muster: %s requires a value\n", o->name);
            return 2;
        }
        if (o)
            o->put(s, o->value ? argv[++i] : NULL);
        else
            ret_argv[n++] = argv[i];
    }
    *ret_argc = n;
    return 0;
}

static int check_words(const Verb *verb, Start *s) {
    int n_wanted = words_of(verb) + (verb->words[0] ? 1 : 0);
    s->follow.subject = verb->words[0] && s->config.n_words > 1 ? s->config.words[1] : NULL;
    if (s->config.n_words > n_wanted) return refuse_word(s, verb->name, s->config.words[n_wanted]);
    if (s->config.n_words == n_wanted || verb->words[0] == '[') return 0;
    fprintf(stderr, "muster: %s requires %s; see `%s help %s`\n", verb->name, verb->words, s->cli.program, verb->name);
    return 2;
}

/* A verb of ours shares the program's options; an operation has its own options after it. */
static int load_config(int argc, char **argv, const Verb *verb, Arena *a, Start *s) {
    Err e = {0};
    char **rest = arena_array(a, (size_t)argc + 1, sizeof *rest);
    int n = argc - s->argc, failed = 0;
    memcpy(rest, argv, (size_t)argc * sizeof *rest);
    if (verb) failed = take_own_options(argc, argv, verb, s, &n, rest);
    if (failed) return failed;
    if (config_load(n, rest, a, &s->config, &e) < 0) {
        fprintf(stderr, "muster: %s\n", e.text);
        return 2;
    }
    s->cli.home = s->config.home;
    s->cli.command = self_command(s->config.is_own_home ? s->config.home : NULL, a).p;
    return verb ? check_words(verb, s) : 0;
}

static int run(int argc, char **argv, Arena *a) {
    int at = verb_place(argc, argv);
    const Verb *verb = verb_at(argc, argv, at);
    const char *program = self_program(a).p;
    Start s = {.argc = argc - at, .argv = argv + at};
    s.cli = (CliContext){.command = program,
                         .program = program,
                         .ops = features_ops(),
                         .sql = features_sql(),
                         .version = MUSTER_VERSION};
    bool has_options_only = at == argc && argc > 1;
    if (!verb || verb->input == VERB_OPTIONS || has_options_only) {
        int failed = load_config(argc, argv, has_options_only ? NULL : verb, a, &s);
        if (failed) return failed;
    }
    if (has_options_only) {
        fprintf(stderr, "muster: no command given; `%s help` lists all commands\n", program);
        return 2;
    }
    return verb ? verb->run(&s) : cli_run(&s.cli, s.argc, (const char *const *)s.argv);
}

int main(int argc, char **argv) {
    environment_find_home();
    Arena *a = arena_new();
    int r = run(argc, argv, a);
    arena_free(a);
    if (fflush(stdout) == 0 && !ferror(stdout)) return r;
    fprintf(stderr, "muster: the output could not be written in full\n");
    return r ? r : 1;
}
