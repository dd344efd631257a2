/* The command line: every operation of the table, over the daemon's Unix socket, plus a few commands of its own. */
#pragma once

#include "core/op.h"

typedef struct CliContext {
    const char *home;
    const char *command;          /* the command line for this program and data folder, quoted for a shell */
    const char *program;          /* the same without the data folder, for commands that need none */
    const Op *const *ops;         /* NULL-terminated lists */
    const Sql *const *const *sql; /* NULL-terminated list of NULL-terminated tables */
    const char *version;
} CliContext;

/* words[0] is the operation or the first word of its alias. Exit code: 0; 1: the operation failed; 2: bad usage. */
int cli_run(const CliContext *c, int n, const char *const *words);
void cli_print_operations(const CliContext *c, Buf *out);
/* The operation that the first words name, by name or alias; the longest match wins. NULL: none. */
const Op *cli_find(const CliContext *c, int n, const char *const *words, int *ret_used);
/* Writes one operation's options, or the aliases that begin with the words, to `out`; false when nothing matches. */
bool cli_print_help(const CliContext *c, int n, const char *const *words, Buf *out);
/* "--help" or "-h". */
bool cli_asks_help(const char *word);
/* `muster help WORD…`; exit code as cli_run. */
int cli_help(const CliContext *c, int n, const char *const *words);

/* A switch that the command line adds to an operation: passes what was created to a second one, as its first field. */
typedef struct CliAlso {
    const char *op, *option, *then, *doc;
} CliAlso;
const CliAlso *cli_also(const Op *op); /* NULL: none */

/* `muster open [ID]`: opens a new start URL in the browser, or prints it. It leads to what has that id; NULL: to Home. */
int cli_open(const CliContext *c, const char *id, bool only_prints);
/* `muster agent check`: proves that an adapter's CLI can be started, talked to and stopped, in a temporary place. */
typedef struct CliCheck {
    const char *adapter;   /* NULL: claude */
    const char *model_url; /* of a scripted model; NULL: the CLI's own login is used */
} CliCheck;
int cli_check(const CliContext *c, const CliCheck *k);
/* `muster doctor`: checks the installation and reports what is wrong. */
int cli_doctor(const CliContext *c);

/* Arguments of `muster events` and `muster logs`. */
typedef struct CliFollow {
    const char *subject; /* a topic, or an agent's id */
    const char *after;   /* "GENERATION:SEQ": only what follows it; NULL: everything stored */
    bool is_endless;     /* keeps following, across restarts of the daemon */
} CliFollow;
/* `muster events TOPIC`: prints the envelopes of a topic, one JSON object per line. */
int cli_events(const CliContext *c, const CliFollow *f);
/* `muster logs AGENT`: prints what an agent says and does, or a terminal's output without its control sequences. */
int cli_logs(const CliContext *c, const CliFollow *f);

/* `muster attach AGENT|TERMINAL`: shows it in the user's own terminal and types at it, until Ctrl-]. */
int cli_attach(const CliContext *c, const char *id);

/* One call and its answer. */
typedef struct CliCall {
    const Op *op;
    const char *target; /* path and query */
    Str body;           /* JSON, may be empty */
    int64_t file_bytes; /* the body is a file of that size; 0: it is not */
    int file_fd;
    int64_t timeout_ms; /* 0: two minutes */
    int status;         /* out */
    Buf answer;         /* out: JSON; initialised by the caller, owned */
} CliCall;
/* ERR_NOT_FOUND: no daemon is running. A refusal is not an error but a status. */
int cli_call(const CliContext *c, CliCall *x, Err *e);
/* ERR_NOT_FOUND: no daemon is running, and how to start one. */
int cli_no_daemon(const CliContext *c, Err *e);

typedef struct CliQuestion {
    const char *op;
    const char *target; /* path and query; NULL: the path of its route */
    Str body;           /* JSON, may be empty */
    int64_t timeout_ms; /* 0: two minutes */
} CliQuestion;
/* The answer in the arena. A refusal is an error: ERR_BUSY for a 503, else ERR_PROCESS. */
int cli_ask(const CliContext *c, const CliQuestion *q, Arena *a, Json **ret, Err *e);
